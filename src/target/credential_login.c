/*
 * A login: calls in a row for a token, each with what those before it took of their answers.
 *
 *	POST /session  {"user":"bridge","password":"..."}     -> {"data":{"id":"7f"}}
 *	  takes session = data.id
 *	GET /token?session=7f                                 -> {"token":"x","ends":1795003600}
 *	  token_path = "token", expires_path = "ends", expires_as = "epoch"
 *
 * The token is where token_path says in the last answer, or what any call has taken by the name
 * "token", which is how one comes out of a header. An end that is not there, cannot be read or is
 * over already is as good as not said: auth.token_lifetime counts, and a refusal renews.
 *
 * All that is taken is a secret for all we know, but for addresses. Requests and what they are made
 * of are wiped. Whether a service is content is told by its status, and by its showing what is
 * taken: one that says "no" with 200 shows no token.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "credential_login_internal.h"
#include "http_internal.h"

#define EPOCH_MS 1e12
#define LONGEST_LIFETIME (3650 * CLOCK_DAY)

/* Compiling ------------------------------------------------------------------------------------ */

static gboolean take_calls(CredentialLogin *self, gboolean insecure, GPtrArray *names,
			   GError **error)
{
	const ConfNode *list = self->conf->login;
	guint n = conf_length(list);

	if (!conf_is_list(list) || n == 0 || n > CREDENTIAL_LOGIN_MOST)
		return error_set(error, ERROR_CONFIG,
				 "auth.login is a list of at most %d calls: ( { url = "
				 "\"https://...\"; body = { ... }; } )",
				 CREDENTIAL_LOGIN_MOST);
	for (guint i = 0; i < n; i++) {
		LoginCall *call = login_call_new(self->conf, conf_element(list, i), i, insecure,
						 names, error);
		if (!call)
			return FALSE;
		g_ptr_array_add(self->calls, call);
		for (guint k = 0; k < call->outputs->len; k++)
			g_ptr_array_add(names, ((LoginTake *)call->outputs->pdata[k])->name);
	}
	return TRUE;
}

static gboolean take_place(Place **place, const char *text, const char *setting, GError **error)
{
	if (!text || (*place = place_parse(text, error)))
		return TRUE;
	g_prefix_error(error, "auth.%s: ", setting);
	return FALSE;
}

static gboolean check_token(const CredentialLogin *self, GPtrArray *names, GError **error)
{
	gboolean is_taken = g_ptr_array_find_with_equal_func(names, "token", g_str_equal, NULL);

	if (is_taken && self->token)
		return error_set(error, ERROR_CONFIG,
				 "there are auth.token_path and an output called token\n"
				 "take one of them out");
	return is_taken || self->token ||
	       error_set(error, ERROR_CONFIG,
			 "auth.type is login, but nothing says where the token is\n"
			 "set auth.token_path to its place in the last answer, or take it from any "
			 "as the output \"token\"");
}

CredentialLogin *credential_login_new(const CredentialConf *conf, gboolean insecure, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	CredentialLogin *self = g_new0(CredentialLogin, 1);

	self->conf = conf;
	self->calls = g_ptr_array_new_with_free_func(login_call_free);
	if (take_calls(self, insecure, names, error) &&
	    take_place(&self->token, conf->token_path, "token_path", error) &&
	    take_place(&self->expires, conf->expires_path, "expires_path", error) &&
	    check_token(self, names, error))
		return self;
	credential_login_free(self);
	return NULL;
}

void credential_login_free(CredentialLogin *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->calls);
	place_free(self->token);
	place_free(self->expires);
	g_free(self);
}

static const LoginCall *call_of(const CredentialLogin *self, guint n)
{
	return self->calls->pdata[n];
}

guint credential_login_length(const CredentialLogin *self)
{
	return self->calls->len;
}

const char *credential_login_origin(const CredentialLogin *self, guint n)
{
	return call_of(self, n)->origin;
}

const char *credential_login_service(const CredentialLogin *self, guint n)
{
	return call_of(self, n)->service;
}

/* Asking --------------------------------------------------------------------------------------- */

typedef struct {
	const CredentialConf *conf;
	const json_t *outputs;
	gint64 now_us;
} Scope;

static json_t *pair_of(const char *user, const Secret *password)
{
	char *pair = credential_pair(user, secret_peek(password));
	json_t *text = json_string(pair);

	credential_wipe(pair);
	return text;
}

static json_t *get_value(const char *name, void *scope_)
{
	const Scope *scope = scope_;
	const CredentialConf *conf = scope->conf;

	if (g_str_equal(name, "now"))
		return json_integer(scope->now_us / CLOCK_SECOND);
	if (g_str_equal(name, "uuid")) {
		g_autofree char *uuid = g_uuid_string_random();
		return json_string(uuid);
	}
	if (g_str_equal(name, "auth.basic"))
		return pair_of(conf->user, conf->password);
	if (g_str_equal(name, "auth.client_basic"))
		return pair_of(conf->client_id, conf->client_secret);
	if (g_str_has_prefix(name, "auth.")) {
		const char *text = credential_setting(conf, name + strlen("auth."));
		return text ? json_lossy_string(text, strlen(text)) : NULL;
	}
	return json_deep_copy(json_object_get(scope->outputs, name + strlen("step.")));
}

/* NULL without 'error': a value is not there. */
static gboolean fill(const Template *template, const TemplateScope *scope, char **text,
		     GError **error)
{
	g_autofree char *missing = NULL;
	g_autoptr(GError) cause = NULL;

	*text = template_fill(template, scope, &missing, &cause);
	if (cause)
		g_propagate_error(error, g_steal_pointer(&cause));
	else if (!*text)
		error_set(error, ERROR_OBJECT, "'%s' is not there", missing ? missing : "a value");
	return *text != NULL;
}

static void append(GString *path, char *text)
{
	g_string_append(path, text);
	credential_wipe(text);
}

/* Path and query. NULL: a value cannot stand there. */
static char *path_of(const LoginCall *call, const TemplateScope *scope, GError **error)
{
	/* Large enough that it is not moved about, which would leave copies of secrets. */
	GString *path = g_string_sized_new(16384);
	char sign = '?', *text = NULL;
	gboolean ok = fill(call->path, scope, &text, error);

	if (ok)
		append(path, text);
	if (ok && call->query && (ok = fill(call->query, scope, &text, error))) {
		append(g_string_append_c(path, sign), text);
		sign = '&';
	}
	for (guint i = 0; ok && i < call->parameters->len; i++) {
		const LoginPair *pair = call->parameters->pdata[i];
		g_autofree char *name = http_escape(pair->name);
		if (!(ok = fill(pair->value, scope, &text, error)))
			break;
		g_string_append_printf(path, "%c%s=", sign, name);
		append(path, text);
		sign = '&';
	}
	if (ok)
		return g_string_free(path, FALSE);
	credential_wipe(g_string_free(path, FALSE));
	return NULL;
}

static gboolean put_headers(HttpRequest *request, const LoginCall *call, const TemplateScope *scope,
			    GError **error)
{
	request->headers = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < call->headers->len; i++) {
		const LoginPair *pair = call->headers->pdata[i];
		char *text;
		if (!fill(pair->value, scope, &text, error))
			return FALSE;
		g_ptr_array_add(request->headers, g_strconcat(pair->name, ": ", text, NULL));
		credential_wipe(text);
	}
	return TRUE;
}

static gboolean put_body(HttpRequest *request, const LoginCall *call, const TemplateScope *scope,
			 GError **error)
{
	if (call->text && !fill(call->text, scope, &request->body, error))
		return FALSE;
	if (call->text)
		request->body_length = strlen(request->body);
	if (call->body) {
		json_t *tree = template_tree_fill(call->body, scope, error);
		if (tree)
			request->body = body_write(call->kind, tree, call->dotted,
						   &request->body_length, error);
		body_wipe(tree);
		json_decref(tree);
		if (!request->body)
			return FALSE;
	}
	if (request->body)
		request->content_type = call->content_type;
	else if (!http_is_safe(call->method) && !g_str_equal(call->method, "DELETE"))
		request->body = g_strdup("");
	return TRUE;
}

HttpRequest *credential_login_request(const CredentialLogin *self, guint n, const json_t *outputs,
				      GError **error)
{
	const LoginCall *call = call_of(self, n);
	Scope values = { .conf = self->conf, .outputs = outputs, .now_us = clock_now_us() };
	const TemplateScope scope = { .get = get_value, .data = &values };
	char *path = path_of(call, &scope, error);

	if (!path)
		return NULL;
	HttpRequest *request = http_request_new(call->method, path);
	credential_wipe(path);
	request->secret = TRUE;
	request->accept = call->accept;
	for (guint i = 0; i < call->outputs->len; i++)
		request->wants_headers |= ((LoginTake *)call->outputs->pdata[i])->header != NULL;
	if (put_headers(request, call, &scope, error) && put_body(request, call, &scope, error))
		return request;
	http_request_free(request);
	return NULL;
}

/* Answers -------------------------------------------------------------------------------------- */

static const char *header_value(const GPtrArray *headers, const char *name)
{
	for (guint i = 0; headers && i < headers->len; i++) {
		const char *line = headers->pdata[i];
		gsize length = strcspn(line, ":");
		if (strlen(name) == length && strncmp(line, name, length) == 0)
			return line + length + strspn(line + length, ": ");
	}
	return NULL;
}

/* What the pattern's first group caught, else all that it matched. New string, or NULL. */
static char *part_of(const Pattern *pattern, const char *text)
{
	gsize start, end;
	const char *group = pattern_has(pattern, "1") ? "1" : NULL;

	if (pattern_find(pattern, group, text, strlen(text), &start, &end, NULL) != PATTERN_YES)
		return NULL;
	return g_strndup(text + start, end - start);
}

static json_t *text_of(const char *text)
{
	return text && *text ? json_lossy_string(text, strlen(text)) : NULL;
}

/* New reference, or NULL: it is not there. */
static json_t *taken(const LoginTake *take, const json_t *body, const HttpAnswer *http)
{
	if (take->place && !take->pattern)
		return json_deep_copy(place_get(take->place, body));
	g_autofree char *whole = take->place ? place_get_text(take->place, body)
					     : g_strdup(header_value(http->headers, take->header));
	if (!whole || !take->pattern)
		return text_of(whole);
	g_autofree char *part = part_of(take->pattern, whole);
	return text_of(part);
}

static gboolean take_outputs(const LoginCall *call, const json_t *body, const HttpAnswer *http,
			     json_t *outputs, CredentialAnswer *answer)
{
	for (guint i = 0; i < call->outputs->len; i++) {
		const LoginTake *take = call->outputs->pdata[i];
		json_t *value = taken(take, body, http);
		if (value) {
			json_object_set_new(outputs, take->name, value);
			continue;
		}
		credential_answer_refusal(answer, body);
		if (!answer->words)
			answer->words = g_strdup_printf("its answer does not show '%s' (%s)",
							take->name,
							take->place ? place_text(take->place)
								    : take->header);
		return FALSE;
	}
	return TRUE;
}

static gint64 moment_of(int expires_as, const char *text)
{
	gint64 moment = 0;
	gdouble number;

	switch ((CredentialExpires)expires_as) {
	case CREDENTIAL_EXPIRES_SECONDS:
		number = g_ascii_strtod(text, NULL) * (gdouble)CLOCK_SECOND;
		return clock_now_us() + (gint64)CLAMP(number, 0, (gdouble)LONGEST_LIFETIME);
	case CREDENTIAL_EXPIRES_EPOCH:
		number = g_ascii_strtod(text, NULL);
		if (number >= EPOCH_MS)
			number /= 1000;
		return (gint64)(CLAMP(number, 0, EPOCH_MS) * (gdouble)CLOCK_SECOND);
	case CREDENTIAL_EXPIRES_DATE:
		return http_date_parse(text, &moment) ? moment : 0;
	}
	return 0;
}

/* How long it lasts from now on; 0: that is not said. */
static gint64 lifetime_of(const CredentialLogin *self, const json_t *body)
{
	g_autofree char *text = self->expires ? place_get_text(self->expires, body) : NULL;

	if (!text)
		return 0;
	gint64 life = moment_of(self->conf->expires_as, text) - clock_now_us();
	return life >= CLOCK_SECOND ? MIN(life, LONGEST_LIFETIME) : 0;
}

static gboolean take_token(const CredentialLogin *self, const json_t *body, const json_t *outputs,
			   CredentialAnswer *answer)
{
	const json_t *given = json_object_get(outputs, "token");
	char *text = given         ? json_scalar_text(given)
		     : self->token ? place_get_text(self->token, body)
				   : NULL;

	if (!text || !*text) {
		g_free(text);
		credential_answer_refusal(answer, body);
		if (!answer->words)
			answer->words = g_strdup_printf("its answer shows no token (%s)",
							self->token ? place_text(self->token) : "");
		return FALSE;
	}
	answer->fields = credential_fields_of(self->conf, outputs, body);
	answer->lifetime_us = lifetime_of(self, body);
	Secret *access = secret_new(text, strlen(text));
	credential_wipe(text);
	return credential_answer_token(answer, access);
}

/* The answer as a tree; an empty one, or none that we can read, is NULL. */
static json_t *read_body(const LoginCall *call, const HttpAnswer *http, char **problem)
{
	g_autoptr(GError) error = NULL;
	json_t *body = http->body ? body_read(call->expects, http->content_type, http->body,
					      http->length, NULL, &error)
				  : NULL;

	if (error)
		*problem = g_strdup(error->message);
	return body;
}

gboolean credential_login_read(const CredentialLogin *self, guint n, const HttpAnswer *http,
			       json_t *outputs, CredentialAnswer *answer)
{
	const LoginCall *call = call_of(self, n);
	g_autofree char *problem = NULL;
	json_t *body = read_body(call, http, &problem);
	gboolean ok = FALSE;

	if (http->status / 100 != 2)
		credential_answer_refusal(answer, body);
	else if (problem)
		answer->words = g_steal_pointer(&problem);
	else
		ok = take_outputs(call, body, http, outputs, answer) &&
		     (n + 1 < self->calls->len || take_token(self, body, outputs, answer));
	body_wipe(body);
	json_decref(body);
	return ok;
}
