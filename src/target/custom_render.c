/*
 * What an operation of a custom API would send, written down instead of sent.
 *
 * It goes through the steps as a job would (custom_job.c), with what nobody can know yet as
 * "<name>" and with secrets hidden, and by the same function that makes the requests that go out:
 *
 *	step add     POST /members {...}                  whose answer gives step.job
 *	step wait    POST /job {"id": "<step.job>"}       "only if step.job is there; asked ..."
 *
 * A condition on what is known already (a change, the path of a search) decides as it would; one on
 * an answer is told in the note. Of a listing it is the first page, and how it goes on; of portions
 * it is the first one.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "credential_internal.h"
#include "custom_internal.h"
#include "custom_pages_internal.h"

#define HIDDEN "[hidden]"

typedef struct {
	const CustomConf *conf;
	const CustomOp *op;
	TargetRequest request; /* with the verb of the operation */
	CustomScope scope;
	json_t *requests;
} Render;

/* ---- which operation ---- */

/* The verb that leads to an operation; -1: none of its own. */
static const int verbs[CUSTOM_OPERATIONS] = {
	[CUSTOM_TEST] = -1,
	[CUSTOM_LOOKUP] = TARGET_LOOKUP,
	[CUSTOM_GET] = TARGET_READ,
	[CUSTOM_LIST] = -1,
	[CUSTOM_CREATE] = TARGET_CREATE,
	[CUSTOM_UPDATE] = TARGET_UPDATE,
	[CUSTOM_ENABLE] = TARGET_ENABLE,
	[CUSTOM_DISABLE] = TARGET_DISABLE,
	[CUSTOM_DELETE] = TARGET_DELETE,
	[CUSTOM_PASSWORD] = TARGET_PASSWORD,
	[CUSTOM_RESET_MAIL] = TARGET_RESET_MAIL,
	[CUSTOM_GROUP_LOOKUP] = TARGET_GROUP_LOOKUP,
	[CUSTOM_GROUP_LIST] = -1,
	[CUSTOM_GROUP_GET] = -1,
	[CUSTOM_GROUP_CREATE] = TARGET_GROUP_CREATE,
	[CUSTOM_GROUP_UPDATE] = TARGET_GROUP_RENAME,
	[CUSTOM_GROUP_DELETE] = TARGET_GROUP_DELETE,
	[CUSTOM_MEMBER_ADD] = TARGET_MEMBERS_ADD,
	[CUSTOM_MEMBER_REMOVE] = TARGET_MEMBERS_REMOVE,
	[CUSTOM_MEMBER_LIST] = -1,
	[CUSTOM_MEMBER_REPLACE] = -1,
};

/* CUSTOM_OPERATIONS: there is none of this name, or for this verb. */
static int find_operation(const char *name, TargetVerb verb)
{
	int i = 0;

	while (i < CUSTOM_OPERATIONS &&
	       (name ? strcmp(custom_operation_name(i), name) != 0 : verbs[i] != (int)verb))
		i++;
	return i;
}

/* ---- notes ---- */

static void add_note(GString *note, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add_note(GString *note, const char *format, ...)
{
	va_list args;

	if (note->len)
		g_string_append(note, "; ");
	va_start(args, format);
	g_string_append_vprintf(note, format, args);
	va_end(args);
}

static gboolean is_of_answer(const CustomWhen *when)
{
	return g_str_has_prefix(when->name, "step.") || g_str_has_prefix(when->name, "document.") ||
	       g_str_has_prefix(when->name, "token.") || g_str_has_prefix(when->name, "item");
}

static void note_condition(GString *note, const CustomWhen *when)
{
	if (when->kind == CUSTOM_WHEN_EQUAL)
		add_note(note, "only if %s is %s'%s'", when->name, when->negated ? "not " : "",
			 when->text);
	else
		add_note(note, "only if %s is %sthere", when->name, when->negated ? "not " : "");
}

/* FALSE: what is known already says that this step is not sent. */
static gboolean note_conditions(const Render *self, const CustomStep *step, GString *note)
{
	for (guint i = 0; step->when && i < step->when->len; i++) {
		CustomWhen *when = step->when->pdata[i];
		g_autoptr(GPtrArray) alone = g_ptr_array_new();

		g_ptr_array_add(alone, when);
		if (is_of_answer(when))
			note_condition(note, when);
		else if (!custom_when_holds(alone, &self->scope))
			return FALSE;
	}
	return TRUE;
}

static void note_poll(GString *note, const CustomPoll *poll)
{
	const char *done = poll->done->len ? poll->done->pdata[0] : "";

	add_note(note, "asked again every %g s, for %g s at most, until %s is '%s'",
		 poll->interval_us / (double)CLOCK_SECOND, poll->deadline_us / (double)CLOCK_SECOND,
		 place_text(poll->place), done);
}

static void note_pages(GString *note, const CustomPages *pages)
{
	static const char *const ways[] = {
		[CUSTOM_PAGES_PAGE] = "by its number",
		[CUSTOM_PAGES_OFFSET] = "by how many came before",
		[CUSTOM_PAGES_CURSOR] = "by what the answer says",
		[CUSTOM_PAGES_LINK] = "at the address of the header Link",
		[CUSTOM_PAGES_URL] = "at the address in the answer",
	};

	add_note(note, "the first page; each further one %s", ways[pages->kind]);
}

/* How a record is chosen for an output: the values that it must have, as far as they are known. */
static void note_choice(const Render *self, GString *note, const CustomTake *take)
{
	const TemplateScope fill = { custom_scope_get, (void *)&self->scope };

	add_note(note, "step.%s is '%s' of the record in '%s'", take->name, place_text(take->place),
		 place_text(take->items));
	for (guint i = 0; i < take->where->len; i++) {
		const CustomMatch *row = take->where->pdata[i];
		g_autofree char *value = template_fill(row->value, &fill, NULL, NULL);

		g_string_append_printf(note, "%s '%s' is '%s'", i ? " and" : " whose",
				       place_text(row->place),
				       value ? value : template_text(row->value));
	}
}

static void note_choices(const Render *self, GString *note, const CustomStep *step)
{
	for (guint i = 0; step->outputs && i < step->outputs->len; i++) {
		const CustomTake *take = step->outputs->pdata[i];

		if (take->items)
			note_choice(self, note, take);
	}
}

/* ---- one request ---- */

/* "Name: value" into an object of header lines. */
static void add_line(json_t *headers, const char *line)
{
	const char *colon = strchr(line, ':');
	g_autofree char *name = colon ? g_strndup(line, colon - line) : g_strdup(line);
	const char *value = colon ? colon + 1 : "";

	while (*value == ' ')
		value++;
	json_object_set_new(headers, name, json_lossy_string(value, strlen(value)));
}

static void add_credential(const CredentialConf *auth, json_t *headers)
{
	g_autofree char *line = credential_line(auth, HIDDEN);

	if (line)
		add_line(headers, line);
}

static json_t *headers_of(const Render *self, const HttpRequest *http)
{
	const CustomConf *conf = self->conf;
	json_t *headers = json_object();

	add_credential(&conf->net.auth, headers);
	if (conf->user_agent)
		json_object_set_new(headers, "User-Agent", json_string(conf->user_agent));
	if (http->accept)
		json_object_set_new(headers, "Accept", json_string(http->accept));
	if (http->content_type)
		json_object_set_new(headers, "Content-Type", json_string(http->content_type));
	for (guint i = 0; http->headers && i < http->headers->len; i++)
		add_line(headers, http->headers->pdata[i]);
	return headers;
}

/* "%3Cstep.job%3E" is a name that stands for a value; it is shown as one. New string. */
static char *with_names(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "%3C", -1);
	GString *shown = g_string_new(parts[0]);

	for (guint i = 1; parts[0] && parts[i]; i++) {
		gsize length = strspn(parts[i], G_CSET_a_2_z G_CSET_DIGITS "._");
		gboolean is_name = length > 0 && g_str_has_prefix(parts[i] + length, "%3E");

		if (is_name)
			g_string_append_printf(shown, "<%.*s>%s", (int)length, parts[i],
					       parts[i] + length + strlen("%3E"));
		else
			g_string_append_printf(shown, "%%3C%s", parts[i]);
	}
	return g_string_free(shown, FALSE);
}

/* The whole address; the base that only a token tells of is named. New string. */
static char *url_of(const Render *self, const char *path_sent, const char *page)
{
	g_autofree char *path = with_names(path_sent);
	const CustomApi *api = self->scope.api;
	const CredentialConf *auth = &self->conf->net.auth;
	GString *url = g_string_new(api->origin);

	if (!api->origin)
		g_string_append_printf(url, "<%s>", api->base_from);
	g_string_append(url, path);
	if (page)
		g_string_append_printf(url, "%c%s", strchr(path, '?') ? '&' : '?', page);
	if (auth->type == CREDENTIAL_QUERY)
		g_string_append_printf(url, "%c%s=" HIDDEN, strchr(url->str, '?') ? '&' : '?',
				       auth->header);
	return g_string_free(url, FALSE);
}

static gboolean render_request(Render *self, const CustomStep *step, const char *page,
			       const char *note, GError **error)
{
	HttpRequest *http = custom_request_new(step, &self->scope, NULL, error);
	g_autofree char *url = NULL;
	json_t *row;

	if (!http)
		return FALSE;
	url = url_of(self, http->path, page);
	row = json_pack("{s:s, s:s, s:s, s:o}", "step", step->name, "method", http->method, "url",
			url, "headers", headers_of(self, http));
	if (http->body)
		json_object_set_new(row, "body", json_lossy_string(http->body, http->body_length));
	if (*note)
		json_object_set_new(row, "note", json_string(note));
	json_array_append_new(self->requests, row);
	http_request_free(http);
	return TRUE;
}

/* ---- portions and pages ---- */

/* The first portion of the list that a step is sent for. New reference; NULL: nothing is in it. */
static json_t *first_portion(Render *self, const CustomStep *step, GString *note)
{
	g_autoptr(json_t) list = custom_scope_get(step->foreach, &self->scope);
	size_t count = json_array_size(list);
	json_t *portion;

	if (!list)
		return NULL;
	portion = json_array();
	if (!json_is_array(list)) {
		add_note(note, "once for each %u of %s", step->chunk, step->foreach);
		json_array_append_new(portion, json_string("<item>"));
		return portion;
	}
	for (size_t i = 0; i < MIN(count, step->chunk); i++)
		json_array_append(portion, json_array_get(list, i));
	add_note(note, "once for each %u of %s, which has %zu now", step->chunk, step->foreach,
		 count);
	if (count == 0)
		g_clear_pointer(&portion, json_decref);
	return portion;
}

static gboolean render_portion(Render *self, const CustomStep *step, GString *note, GError **error)
{
	g_autoptr(json_t) portion = first_portion(self, step, note);
	gboolean ok;

	if (!portion)
		return TRUE;
	self->scope.items = portion;
	ok = render_request(self, step, NULL, note->str, error);
	self->scope.items = NULL;
	return ok;
}

/* How further pages are asked for, where that is a call of its own. */
static gboolean render_continues(Render *self, const CustomStep *step, GError **error)
{
	g_autoptr(json_t) nothing = json_object();
	gboolean ok;

	self->scope.page = nothing; /* so that what the answer tells is named */
	ok = render_request(self, step, NULL, "for each further page", error);
	self->scope.page = NULL;
	return ok;
}

static gboolean render_page(Render *self, const CustomStep *step, GString *note, GError **error)
{
	const CustomPages *pages = &self->op->pages;
	g_autoptr(json_t) values = NULL;
	g_autofree char *query = NULL;
	CustomPager pager;
	gboolean ok;

	custom_pager_init(&pager, pages, self->scope.api->origin);
	values = custom_pager_values(&pager);
	query = custom_pager_query(&pager);
	if (!json_object_get(values, "cursor"))
		json_object_set_new(values, "cursor", json_null());
	note_pages(note, pages);
	self->scope.page = values;
	ok = render_request(self, step, query, note->str, error);
	self->scope.page = NULL;
	custom_pager_clear(&pager);
	return ok && (!pages->continues || render_continues(self, pages->continues, error));
}

/* ---- one operation ---- */

static gboolean render_step(Render *self, const CustomStep *step, gboolean is_last,
			    const char *before, GError **error)
{
	g_autoptr(GString) note = g_string_new(before);

	if (!note_conditions(self, step, note))
		return TRUE;
	if (step->poll)
		note_poll(note, step->poll);
	note_choices(self, note, step);
	if (is_last && self->op->id_by_lookup)
		add_note(note, "what was made is looked for afterwards%s",
			 self->op->ids->len ? ", if the answer shows no id" : ", for its id");
	if (step->foreach)
		return render_portion(self, step, note, error);
	if (is_last && self->op->pages.kind != CUSTOM_PAGES_NONE)
		return render_page(self, step, note, error);
	return render_request(self, step, NULL, note->str, error);
}

static gboolean render_op(Render *self, const CustomOp *op, const char *before, GError **error)
{
	self->op = op;
	for (guint i = 0; i < op->steps->len; i++)
		if (!render_step(self, op->steps->pdata[i], i + 1 == op->steps->len, before, error))
			return FALSE;
	return TRUE;
}

static gboolean render_lists(Render *self, GError **error)
{
	const GPtrArray *lists = self->scope.api->lists;

	for (guint i = 0; i < lists->len; i++) {
		const CustomOp *list = lists->pdata[i];

		if (!list->off && !render_op(self, list, "", error))
			return FALSE;
	}
	return TRUE;
}

static gboolean render_all(Render *self, const CustomOp *op, GError **error)
{
	const CustomOp *get = custom_op(self->scope.api, CUSTOM_GET);

	if (op->what == CUSTOM_LIST)
		return render_lists(self, error);
	if (op->reads_first && get && !render_op(self, get, "read before", error))
		return FALSE;
	return render_op(self, op, "", error);
}

gboolean custom_render(const void *conf_, const char *operation, const TargetRequest *request,
		       json_t *requests, GError **error)
{
	const CustomConf *conf = conf_;
	int what = find_operation(operation, request->verb);
	const CustomOp *op = what < CUSTOM_OPERATIONS ? custom_op(conf->api, what) : NULL;
	g_autoptr(json_t) outputs = json_object();
	Render self = { .conf = conf, .request = *request, .requests = requests };

	if (!op)
		return error_set(error, ERROR_OBJECT,
				 "the definition has no such operation, or it is switched off");
	if (verbs[what] >= 0)
		self.request.verb = (TargetVerb)verbs[what];
	self.scope = (CustomScope){
		.api = conf->api,
		.net = &conf->net,
		.request = &self.request,
		.outputs = outputs,
		.now_us = clock_now_us(),
		.pretended = TRUE,
	};
	return render_all(&self, op, error);
}
