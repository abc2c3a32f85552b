/*
 * The mem driver: an application in a file, for tests, rehearsals and demonstrations.
 *
 *	{"document":{"externalId":"5f0c…","id":"m1","userName":"jane"},"id":"m1"}
 *	{"document":{"active":false,"externalId":"5f0c…","id":"m1","userName":"jane"},"id":"m1"}
 *	{"deleted":true,"id":"m1"}
 *
 * A line per effect, appended and flushed to the disk before the answer is given; the state is
 * the replay, the last line of an id wins. So the file is also the record of what an application
 * was really made to do, which is what crash tests compare. A crash can leave half a line at the
 * end: that effect did not happen, and the half is cut off when the file is opened again.
 *
 * It behaves like a decent SCIM service: user names are unique without regard to case
 * (RFC 7643 §4.1.1), ids are given by it, updates touch what they name. Its work is done in step,
 * a few requests at a time, so that several are really under way for those who watch.
 *
 * Memory grows with the accounts; it is no store for production.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "scim_internal.h"
#include "target_internal.h"

#define MEM_CONCURRENCY 4

typedef struct {
	char *file;
} MemConf;

typedef struct {
	Target base;
	char *file;
	int fd;
	guint64 last_id;
	json_t *accounts;    /* id to document, in order of creation */
	GHashTable *by_name; /* folded userName to id */
	GQueue queue;
} MemTarget;

static const Option mem_options[] = { OPTION(STRING, MemConf, file, "file", OPTION_REQUIRED),
				      OPTION_END };

/* The accounts --------------------------------------------------------------------------------- */

static char *folded_name(const json_t *document)
{
	const char *name = json_string_value(json_get_nocase(document, "userName"));
	return name ? g_utf8_casefold(name, -1) : NULL;
}

static void forget_name(MemTarget *self, const char *id)
{
	g_autofree char *name = folded_name(json_object_get(self->accounts, id));

	if (name && g_strcmp0(g_hash_table_lookup(self->by_name, name), id) == 0)
		g_hash_table_remove(self->by_name, name);
}

/* Takes an effect into memory; 'document' NULL for a deletion. */
static void remember(MemTarget *self, const char *id, json_t *document)
{
	guint64 number;

	forget_name(self, id);
	if (!document) {
		json_object_del(self->accounts, id);
	} else {
		char *name = folded_name(document);
		json_object_set(self->accounts, id, document);
		if (name)
			g_hash_table_replace(self->by_name, name, g_strdup(id));
	}
	if (id[0] == 'm' && g_ascii_string_to_unsigned(id + 1, 10, 1, G_MAXUINT64, &number, NULL))
		self->last_id = MAX(self->last_id, number);
}

static gboolean is_name_taken(MemTarget *self, const json_t *document, const char *own_id)
{
	g_autofree char *name = folded_name(document);
	const char *owner = name ? g_hash_table_lookup(self->by_name, name) : NULL;

	return owner && g_strcmp0(owner, own_id) != 0;
}

/* The file ------------------------------------------------------------------------------------- */

static gboolean replay_line(MemTarget *self, const char *line, gsize length)
{
	g_autoptr(json_t) effect = json_parse_bounded(line, length, NULL);
	const char *id = json_get_string(effect, "id");
	json_t *document = json_object_get(effect, "document");

	if (!id || (!json_is_object(document) && !json_is_true(json_object_get(effect, "deleted"))))
		return FALSE;
	remember(self, id, document);
	return TRUE;
}

/* Replays whole lines; *whole is where they end. */
static gboolean replay(MemTarget *self, const char *text, gsize length, gsize *whole,
		       GError **error)
{
	guint line = 1;

	for (*whole = 0; *whole < length; line++) {
		const char *start = text + *whole;
		const char *end = memchr(start, '\n', length - *whole);
		if (!end)
			return TRUE;
		if (!replay_line(self, start, (gsize)(end - start)))
			return error_set(error, ERROR_DOWN,
					 "line %u of '%s' is no account of the mem target", line,
					 self->file);
		*whole += (gsize)(end - start) + 1;
	}
	return TRUE;
}

static gboolean load(MemTarget *self, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;
	gsize length, whole;

	self->fd = open(self->file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (self->fd < 0)
		return error_set(error, ERROR_DOWN, "cannot open '%s': %s", self->file,
				 g_strerror(errno));
	if (!g_file_get_contents(self->file, &text, &length, &cause))
		return error_set(error, ERROR_DOWN, "cannot read '%s': %s", self->file,
				 cause->message);
	if (!replay(self, text, length, &whole, error))
		return FALSE;
	if (whole < length && ftruncate(self->fd, (off_t)whole) != 0)
		return error_set(error, ERROR_DOWN, "cannot cut a torn line off '%s': %s",
				 self->file, g_strerror(errno));
	return TRUE;
}

static gboolean append(MemTarget *self, const char *id, json_t *document)
{
	g_autoptr(json_t) effect = json_object();

	json_object_set_new(effect, "id", json_string(id));
	if (document)
		json_object_set(effect, "document", document);
	else
		json_object_set_new(effect, "deleted", json_true());

	g_autofree char *text = json_canonical(effect);
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	gssize length = (gssize)strlen(line);
	if (self->fd >= 0 && write(self->fd, line, (gsize)length) == length && fsync(self->fd) == 0)
		return TRUE;
	/* Half a line may stand there now; nothing may follow it. */
	if (self->fd >= 0)
		close(self->fd);
	self->fd = -1;
	return FALSE;
}

/* Verbs ---------------------------------------------------------------------------------------- */

static void answer_with(TargetAnswer *answer, TargetOutcome outcome, int status, const char *detail)
{
	answer->outcome = outcome;
	answer->status = status;
	answer->detail = detail;
}

/* Makes an effect durable, then true. */
static void commit(MemTarget *self, const char *id, json_t *document, TargetAnswer *answer)
{
	if (!append(self, id, document)) {
		answer_with(answer, TARGET_DOWN, 0, "could not write the file of the mem target");
		return;
	}
	remember(self, id, document);
	crash_point("mem: effect written, answer not given");
	answer_with(answer, TARGET_OK, document ? 200 : 204, NULL);
}

static void mem_create(MemTarget *self, const TargetRequest *request, TargetAnswer *answer,
		       char **id)
{
	g_autoptr(json_t) document = scim_create_document(request->resource, request->anchor);

	if (is_name_taken(self, document, NULL)) {
		answer_with(answer, TARGET_EXISTS, 409, "an account with this userName exists");
		return;
	}
	*id = g_strdup_printf("m%" G_GUINT64_FORMAT, self->last_id + 1);
	json_object_set_new(document, "id", json_string(*id));
	commit(self, *id, document, answer);
	answer->id = answer->outcome == TARGET_OK ? *id : NULL;
}

static void mem_change(MemTarget *self, const TargetRequest *request, const json_t *changes,
		       TargetAnswer *answer)
{
	g_autoptr(json_t) document = json_deep_copy(json_object_get(self->accounts, request->id));

	overlay_changes(document, changes);
	if (is_name_taken(self, document, request->id))
		answer_with(answer, TARGET_REJECTED, 409, "another account has this userName");
	else
		commit(self, request->id, document, answer);
}

static gboolean holds(const json_t *document, const Path *path, const char *value)
{
	json_t *held = path_get(path, document);
	g_autofree char *text = held ? json_scalar_text(held) : NULL;

	if (!text)
		return FALSE;
	if (g_ascii_strcasecmp(path->text, "externalId") == 0)
		return g_str_equal(text, value);
	g_autofree char *a = g_utf8_casefold(text, -1);
	g_autofree char *b = g_utf8_casefold(value, -1);
	return g_str_equal(a, b);
}

static void find_by_name(MemTarget *self, const char *value, json_t *found)
{
	g_autofree char *name = g_utf8_casefold(value, -1);
	const char *id = g_hash_table_lookup(self->by_name, name);

	if (id)
		json_array_append(found, json_object_get(self->accounts, id));
}

static void find_by_path(MemTarget *self, const Path *path, const char *value, json_t *found)
{
	const char *id;
	json_t *document;

	json_object_foreach (self->accounts, id, document) {
		if (holds(document, path, value))
			json_array_append(found, document);
	}
}

static json_t *mem_lookup(MemTarget *self, const TargetRequest *request)
{
	g_autoptr(Path) path = path_parse(request->match_path, NULL);
	json_t *found = json_array();

	if (path && g_ascii_strcasecmp(path->text, "userName") == 0)
		find_by_name(self, request->match_value, found);
	else if (path)
		find_by_path(self, path, request->match_value, found);
	return found;
}

static void mem_write(MemTarget *self, const TargetRequest *request, TargetAnswer *answer)
{
	g_autoptr(json_t) changes = NULL;

	switch (request->verb) {
	case TARGET_UPDATE:
		mem_change(self, request, request->changes, answer);
		break;
	case TARGET_ENABLE:
	case TARGET_DISABLE:
		changes = scim_active_changes(request->verb == TARGET_ENABLE);
		mem_change(self, request, changes, answer);
		break;
	case TARGET_DELETE:
		commit(self, request->id, NULL, answer);
		break;
	default:
		g_assert_not_reached();
	}
}

static void perform(MemTarget *self, TargetRequest *request, TargetDoneFn done, void *data)
{
	TargetAnswer answer = { .outcome = TARGET_OK, .status = 200, .calls = 1 };
	g_autoptr(json_t) found = NULL;
	g_autofree char *id = NULL;

	if (request->verb == TARGET_LOOKUP) {
		found = mem_lookup(self, request);
		if (json_array_size(found) == 0)
			answer_with(&answer, TARGET_ABSENT, 200, "no such account");
	} else if (request->verb == TARGET_CREATE) {
		mem_create(self, request, &answer, &id);
	} else if (!json_object_get(self->accounts, request->id)) {
		answer_with(&answer, TARGET_ABSENT, 404, "no account has this id");
	} else if (request->verb == TARGET_READ) {
		found = json_pack("[O]", json_object_get(self->accounts, request->id));
	} else {
		mem_write(self, request, &answer);
	}
	answer.documents = answer.outcome == TARGET_OK ? found : NULL;
	done(request, &answer, data);
}

/* The contract --------------------------------------------------------------------------------- */

static void mem_close(Target *base)
{
	MemTarget *self = (MemTarget *)base;

	if (!self)
		return;
	if (self->fd >= 0)
		close(self->fd);
	g_queue_clear(&self->queue);
	g_hash_table_unref(self->by_name);
	json_decref(self->accounts);
	g_free(self->file);
	g_free(self);
}

static Target *mem_open(const TargetSetup *setup, GError **error)
{
	const MemConf *conf = setup->conf;
	MemTarget *self = g_new0(MemTarget, 1);

	self->base.ops = &target_mem;
	self->base.concurrency = MEM_CONCURRENCY;
	self->base.caps = TARGET_CAN_LIST | TARGET_CAN_LOOKUP | TARGET_CAN_UPDATE |
			  TARGET_CAN_DISABLE | TARGET_CAN_DELETE;
	self->fd = -1;
	self->file = g_strdup(conf->file);
	self->accounts = json_object();
	self->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (load(self, error))
		return &self->base;
	mem_close(&self->base);
	return NULL;
}

static gboolean mem_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
			 GError **error)
{
	MemTarget *self = (MemTarget *)base;
	const char *id;
	json_t *document;

	json_object_foreach (self->accounts, id, document) {
		if (!fn(document, data, error))
			return FALSE;
	}
	*complete = TRUE;
	*why = NULL;
	return TRUE;
}

static void mem_submit(Target *base, TargetRequest *request)
{
	g_queue_push_tail(&((MemTarget *)base)->queue, request);
}

static guint mem_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	MemTarget *self = (MemTarget *)base;

	for (guint n = MIN(self->queue.length, MEM_CONCURRENCY); n > 0; n--)
		perform(self, g_queue_pop_head(&self->queue), done, data);
	return self->queue.length;
}

static char *mem_identity(const void *conf)
{
	return g_canonicalize_filename(((const MemConf *)conf)->file, NULL);
}

static const char *const match_by_default[] = { "userName", NULL };

const TargetOps target_mem = {
	.name = "mem",
	.options = mem_options,
	.conf_size = sizeof(MemConf),
	.active_path = "active",
	.default_match = match_by_default,
	.identity = mem_identity,
	.open = mem_open,
	.list = mem_list,
	.submit = mem_submit,
	.step = mem_step,
	.close = mem_close,
};
