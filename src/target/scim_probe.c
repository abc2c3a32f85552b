/*
 * The probe: finds out how a service does things, instead of believing what is said of it.
 *
 * Steps are rows of a table, carried out one after the other and one request at a time. What they
 * find out is in ScimProbe for the steps behind them, and told as rows. Without leave to write only
 * the first steps are done, which send nothing but GET.
 *
 * With it, all is done to objects that this probe made itself. They carry a token that is in no
 * other object, they are inactive where the service permits that, and before each change the object
 * is read and must show the token. They are removed in reverse order, also after a failure or when
 * somebody stops the probe; a SIGKILL leaves only such objects, which "clean" finds by their mark.
 *
 * Whatever ends a probe early (a refused credential, a lost service, a signal) sets 'over': asking
 * and telling do nothing from then on, so no step draws a conclusion from what was cut off.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "scim_probe_internal.h"

/* Asking --------------------------------------------------------------------------------------- */

void scim_probe_answer_clear(ScimProbeAnswer *answer)
{
	scim_reply_clear(&answer->reply);
	g_free(answer->location);
	g_free(answer->etag);
	g_free(answer->type);
	*answer = (ScimProbeAnswer){ 0 };
}

static void on_answer(HttpRequest *request, const HttpAnswer *http, void *answer_)
{
	ScimProbeAnswer *answer = answer_;

	scim_reply_read(&answer->reply, request->tag, http);
	answer->lost = http->fate != HTTP_ANSWERED;
	answer->repeated = http->retries > 0;
	answer->location = g_strdup(http->location);
	answer->etag = g_strdup(http->etag);
	answer->type = g_strdup(http->content_type);
	http_request_free(request);
}

static TargetVerb verb_of(const char *method)
{
	if (g_str_equal(method, "GET"))
		return TARGET_READ;
	if (g_str_equal(method, "POST"))
		return TARGET_CREATE;
	return g_str_equal(method, "DELETE") ? TARGET_DELETE : TARGET_UPDATE;
}

static void send_and_wait(ScimProbe *self, const char *method, const char *path, const json_t *body,
			  const char *version, ScimProbeAnswer *answer)
{
	ScimContext context = scim_context(self->target, verb_of(method));
	HttpRequest *request = http_request_new(method, path);

	context.url_good = TRUE; /* whether a 404 is to be believed is for the steps to say */
	request->accept = self->accept;
	request->tag = &context;
	if (body) {
		request->body = json_canonical(body);
		request->body_length = strlen(request->body);
		request->content_type = self->content_type;
	}
	request->if_match = g_strdup(version);
	http_submit(self->target->http, request);
	while (http_step(self->target->http, SCIM_STEP_MS, on_answer, answer) > 0)
		continue;
}

gboolean scim_probe_ask(ScimProbe *self, const char *method, const char *path, const json_t *body,
			const char *version, ScimProbeAnswer *answer)
{
	scim_probe_answer_clear(answer);
	answer->lost = TRUE;
	answer->reply.outcome = TARGET_DOWN;
	if (!self->over && self->how->stopped && self->how->stopped(self->how->data))
		scim_probe_end(self, "stopped");
	if (self->over && !self->cleaning)
		return FALSE;
	send_and_wait(self, method, path, body, version, answer);
	if (answer->reply.outcome == TARGET_DOWN)
		scim_probe_end(self, "%s", answer->reply.detail);
	return !answer->lost;
}

gboolean scim_probe_get(ScimProbe *self, const char *path, ScimProbeAnswer *answer)
{
	return scim_probe_ask(self, "GET", path, NULL, NULL, answer);
}

gboolean scim_probe_is_fine(const ScimProbeAnswer *answer)
{
	return !answer->lost && answer->reply.outcome == TARGET_OK;
}

gboolean scim_probe_is_refusal(const ScimProbeAnswer *answer)
{
	TargetOutcome outcome = answer->reply.outcome;

	return !answer->lost && outcome != TARGET_OK && outcome != TARGET_LATER &&
	       outcome != TARGET_UNKNOWN && outcome != TARGET_DOWN;
}

char *scim_probe_words(const ScimProbeAnswer *answer)
{
	const char *words = answer->reply.detail;

	if (!words)
		return g_strdup_printf("the service answered %d", answer->reply.status);
	return g_strndup(words, strcspn(words, "\n"));
}

void scim_probe_end(ScimProbe *self, const char *format, ...)
{
	va_list arguments;

	if (self->over)
		return;
	va_start(arguments, format);
	self->error = g_error_new_valist(BRIDGE_ERROR, ERROR_DOWN, format, arguments);
	self->over = TRUE;
	va_end(arguments);
}

/* Telling -------------------------------------------------------------------------------------- */

static gboolean is_odd(const ScimProbe *self, const ScimProbeRow *row)
{
	gboolean is_default;

	if (!row->setting || !row->value)
		return FALSE;
	g_autofree char *configured = scim_probe_configured(self->target->conf, row->setting,
							    &is_default);
	return g_strcmp0(configured, row->value) != 0;
}

void scim_probe_tell(ScimProbe *self, const ScimProbeRow *row, const char *format, ...)
{
	va_list arguments;

	if (self->over && !row->left)
		return;
	TargetFinding *finding = g_new0(TargetFinding, 1);
	va_start(arguments, format);
	finding->subject = g_strdup(self->subject);
	finding->what = g_strdup(row->what);
	finding->found = g_strdup_vprintf(format, arguments);
	finding->evidence = row->evidence;
	finding->setting = g_strdup(row->setting);
	finding->value = g_strdup(row->value);
	finding->odd = row->odd || row->left || is_odd(self, row);
	finding->left = row->left;
	g_ptr_array_add(self->rows, finding);
	va_end(arguments);
}

/* Steps ---------------------------------------------------------------------------------------- */

typedef struct {
	const char *subject;
	void (*run)(ScimProbe *self);
	gboolean writes;
} Step;

static const Step steps[] = {
	{ "reading accounts", scim_probe_accept, FALSE },
	{ "what the service says of itself", scim_probe_discovery, FALSE },
	{ "reading accounts", scim_probe_listing, FALSE },
	{ "searching accounts", scim_probe_search, FALSE },
	{ "groups", scim_probe_read_groups, FALSE },
	{ "making accounts", scim_probe_make_account, TRUE },
	{ "deleting accounts", scim_probe_delete_account, TRUE },
	{ "searching accounts", scim_probe_find_account, TRUE },
	{ "searching accounts", scim_probe_tell_search, FALSE },
	{ "changing accounts", scim_probe_patch, TRUE },
	{ "changing accounts", scim_probe_switch, TRUE },
	{ "changing accounts", scim_probe_put, TRUE },
	{ "changing accounts", scim_probe_version, TRUE },
	{ "groups", scim_probe_group, TRUE },
	{ "members of groups", scim_probe_members, TRUE },
	{ "members of groups", scim_probe_caps, TRUE },
	{ "members of groups", scim_probe_nested, TRUE },
};

static void begin_section(ScimProbe *self, const char *subject)
{
	if (self->how->section && !self->over && g_strcmp0(self->subject, subject) != 0)
		self->how->section(subject, self->how->data);
	self->subject = subject;
}

static void run_steps(ScimProbe *self)
{
	for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
		if (steps[i].writes && !self->how->write)
			continue;
		begin_section(self, steps[i].subject);
		steps[i].run(self);
	}
	scim_probe_assume(self);
}

/* Whoever asked for it to be tried is not to take silence for "all is well". */
static void end_without_account(ScimProbe *self)
{
	if (self->not_made)
		scim_probe_end(self, "little was tried: no account could be made\n"
				     "use --attributes and --user-name to say what the service "
				     "wants of an account");
}

static gboolean may_write(const ScimProbe *self, GError **error)
{
	if (!self->how->write || self->target->conf->quirks.delete_accounts)
		return TRUE;
	return error_set(error, ERROR_REFUSED,
			 "accounts are never deleted at this service (quirks.delete is false), so "
			 "a throw-away account would stay for ever\n"
			 "probe it without --write");
}

static char *new_token(void)
{
	return g_strdup_printf("%06x%06x", g_random_int() & 0xffffff, g_random_int() & 0xffffff);
}

static void probe_init(ScimProbe *self, ScimTarget *target, const TargetProbe *how, GPtrArray *rows)
{
	*self = (ScimProbe){
		.target = target,
		.how = how,
		.rows = rows,
		.token = new_token(),
		.made = g_ptr_array_new_with_free_func(scim_probe_thing_free),
		.accept = target->profile.accept,
		.content_type = target->profile.content_type,
		.booleans = (ScimBoolean)target->conf->quirks.boolean,
		.attribute = scim_probe_attributes[0],
		.add = -1,
		.remove = -1,
	};
}

gboolean scim_probe(Target *base, const TargetProbe *how, GPtrArray *rows, GError **error)
{
	ScimProbe self;
	gboolean ok;

	probe_init(&self, (ScimTarget *)base, how, rows);
	if (!may_write(&self, &self.error)) {
		self.over = TRUE;
	} else if (how->clean) {
		begin_section(&self, "what a killed probe left");
		scim_probe_clean(&self);
	} else {
		run_steps(&self);
		if (how->write) {
			begin_section(&self, "removing what was made");
			scim_probe_remove_all(&self);
			scim_probe_look_last(&self);
		}
		end_without_account(&self);
	}
	ok = !self.error;
	if (self.error)
		g_propagate_error(error, self.error);
	g_ptr_array_unref(self.made);
	g_free(self.token);
	return ok;
}
