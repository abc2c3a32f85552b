/*
 * trace: writes down what is asked of a target and what it answers, a JSON line each.
 *
 *	{"app":"zoom","at":"2026-11-22T08:15:00Z","event":"request","id":"17","verb":"update",
 *	 "changes":[{"new":"Sales","path":"department"}]}
 *	{"app":"zoom","at":"…","calls":1,"event":"answer","id":"17","outcome":"ok","status":200,
 *	 "verb":"update"}
 *	{"app":"zoom","at":"…","count":2,"event":"request","id":"9","members":["17","18"],
 *	 "verb":"members_add"}
 *
 * It stands above the driver's wire format, so neither headers nor credentials can get in. Values
 * that the caller hides are not in it, and those of attributes whose name speaks of a password are
 * blotted out. The file holds personal data: it
 * is made readable for its owner only.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/timefmt.h"
#include "decorator_internal.h"
#include "target/decorators.h"

#define MEMBERS_SHOWN 100

typedef struct {
	Decorator deco;
	char *app;
	int fd;
} Trace;

typedef struct {
	Trace *trace;
	TargetDoneFn done;
	void *data;
} Delivery;

static gboolean is_password(const char *name)
{
	g_autofree char *lower = g_ascii_strdown(name, -1);
	return strstr(lower, "password") != NULL || strstr(lower, "secret") != NULL;
}

/* A copy in which no password is left, however deep. */
static json_t *without_passwords(const json_t *value)
{
	json_t *copy = json_is_object(value) ? json_object() : json_array();
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, key, member)
			json_object_set_new(copy, key,
					    is_password(key) ? json_string("***")
							     : without_passwords(member));
		return copy;
	}
	if (json_is_array(value)) {
		json_array_foreach ((json_t *)value, i, member)
			json_array_append_new(copy, without_passwords(member));
		return copy;
	}
	json_decref(copy);
	return json_incref((json_t *)value);
}

static json_t *changes_without_passwords(const json_t *changes)
{
	json_t *copies = json_array();
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		const char *path = json_get_string(change, "path");
		json_t *copy = without_passwords(change);
		if (path && is_password(path) && json_object_get(copy, "new"))
			json_object_set_new(copy, "new", json_string("***"));
		if (path && is_password(path) && json_object_get(copy, "old"))
			json_object_set_new(copy, "old", json_string("***"));
		json_array_append_new(copies, copy);
	}
	return copies;
}

static void put_text(json_t *line, const char *key, const char *text)
{
	if (text)
		json_object_set_new(line, key, json_lossy_string(text, strlen(text)));
}

static json_t *line_new(const Trace *self, const char *event, const TargetRequest *request)
{
	json_t *line = json_object();
	g_autofree char *at = timefmt_rfc3339(clock_now_us());

	put_text(line, "at", at);
	put_text(line, "app", self->app);
	put_text(line, "event", event);
	put_text(line, "verb", target_verb_name(request->verb));
	put_text(line, "id", request->id);
	put_text(line, "anchor", request->anchor);
	return line;
}

/* A trace that cannot be written (full disk) must not stop a leaver's disable: it just ends. */
static void line_write(Trace *self, json_t *line)
{
	g_autofree char *text = json_canonical(line);
	g_autofree char *whole = g_strconcat(text, "\n", NULL);

	json_decref(line);
	if (self->fd >= 0 && write(self->fd, whole, strlen(whole)) != (gssize)strlen(whole)) {
		close(self->fd);
		self->fd = -1;
	}
}

/* Enough of them to find somebody; a group may have very many. */
static void put_members(json_t *line, const TargetRequest *request)
{
	guint shown = MIN(request->member_count, MEMBERS_SHOWN);
	json_t *members;

	if (request->verb != TARGET_MEMBERS_ADD && request->verb != TARGET_MEMBERS_REMOVE)
		return;
	members = json_array();
	for (guint i = 0; i < shown; i++) {
		const char *id = request->members[i].id;
		json_array_append_new(members, json_lossy_string(id, strlen(id)));
	}
	json_object_set_new(line, "members", members);
	json_object_set_new(line, "count", json_integer(request->member_count));
}

static void trace_submit(Target *base, TargetRequest *request)
{
	Trace *self = (Trace *)base;
	json_t *line = line_new(self, "request", request);
	const json_t *resource = request->resource_shown ? request->resource_shown
							 : request->resource;
	const json_t *changes = request->changes_shown ? request->changes_shown : request->changes;

	put_text(line, "match_path", request->match_path);
	put_text(line, "match_value", request->match_value);
	put_members(line, request);
	if (request->verb != TARGET_UPDATE && resource)
		json_object_set_new(line, "resource", without_passwords(resource));
	if (changes)
		json_object_set_new(line, "changes", changes_without_passwords(changes));
	line_write(self, line);
	self->deco.beneath->ops->submit(self->deco.beneath, request);
}

static void trace_answer(TargetRequest *request, const TargetAnswer *answer, void *delivery)
{
	const Delivery *to = delivery;
	json_t *line = line_new(to->trace, "answer", request);

	g_autofree char *detail = target_blot(request, answer->detail);

	put_text(line, "id", answer->id);
	put_text(line, "outcome", target_outcome_name(answer->outcome));
	put_text(line, "detail", detail);
	json_object_set_new(line, "status", json_integer(answer->status));
	json_object_set_new(line, "calls", json_integer(answer->calls));
	if (answer->documents)
		json_object_set_new(line, "found",
				    json_integer((json_int_t)json_array_size(answer->documents)));
	line_write(to->trace, line);
	to->done(request, answer, to->data);
}

static guint trace_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	Trace *self = (Trace *)base;
	Delivery to = { .trace = self, .done = done, .data = data };

	return decorator_step(&self->deco, timeout_ms, trace_answer, &to);
}

static void trace_close(Target *base)
{
	Trace *self = (Trace *)base;

	if (!self)
		return;
	decorator_clear(&self->deco);
	if (self->fd >= 0)
		close(self->fd);
	g_free(self->app);
	g_free(self);
}

Target *target_trace(Target *beneath, const char *path, const char *app, GError **error)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0) {
		error_set(error, ERROR_CONFIG, "cannot open the trace '%s': %s", path,
			  g_strerror(errno));
		return NULL;
	}
	Trace *self = g_new0(Trace, 1);
	decorator_init(&self->deco, beneath);
	self->deco.ops.submit = trace_submit;
	self->deco.ops.step = trace_step;
	self->deco.ops.close = trace_close;
	self->app = g_strdup(app);
	self->fd = fd;
	return &self->deco.base;
}
