/*
 * What a token service answers, in the spellings that are met.
 *
 *	{"access_token":"x","token_type":"Bearer","expires_in":3600}           RFC 6749 §5.1
 *	... "expires_in":"3599"                                                as a text
 *	... without expires_in, or with null: auth.token_lifetime says it
 *	... "refresh_token":"y": the old one is used up (rotation, §6)
 *	access_token=x&token_type=bearer                                       a form
 *
 *	400 {"error":"invalid_grant","error_description":"..."}                §5.2
 *	200 {"error":"invalid_code"}                                           refused with success
 *	401 {"error":{"code":401,"status":"UNAUTHENTICATED","message":"..."}}
 *	400 {"errorCode":"invalid_client","errorSummary":"..."}
 *	    {"reason":"Bad Request","error":"invalid_request"}
 *	502 <html>: no words of its own
 *
 * A token goes into a header as it is: one with blanks or control characters in it is none. A
 * token of another kind than bearer (§7.1) wants more than a header, and is used only where a
 * prefix is configured, which says that somebody has thought about it. A refresh token beside a
 * token that cannot be used is taken all the same, or there would never be another one.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "credential_internal.h"

#define LONGEST_LIFETIME (3650 * CLOCK_DAY)

void credential_answer_clear(CredentialAnswer *self)
{
	secret_free(self->access);
	secret_free(self->refresh);
	json_decref(self->fields);
	g_free(self->code);
	g_free(self->words);
	*self = (CredentialAnswer){ 0 };
}

/* "a=b&c=d+e" as an object of texts. */
static json_t *read_form(const char *body)
{
	g_auto(GStrv) pairs = g_strsplit(body, "&", 64);
	json_t *object = json_object();

	for (char **pair = pairs; *pair; pair++) {
		char *value = strchr(*pair, '=');
		if (!value)
			continue;
		*value++ = '\0';
		g_autofree char *text = g_uri_unescape_string(g_strdelimit(value, "+", ' '), NULL);
		if (text)
			json_object_set_new(object, *pair, json_lossy_string(text, strlen(text)));
		credential_wipe(g_steal_pointer(&text));
		secret_wipe(value, strlen(value));
	}
	return object;
}

static json_t *read_body(const char *body, gsize length)
{
	json_t *json = body ? json_parse_bounded(body, length, NULL) : NULL;

	if (json || !body)
		return json;
	return strstr(body, "access_token=") || strstr(body, "refresh_token=") ||
			       g_str_has_prefix(body, "error=")
		       ? read_form(body)
		       : NULL;
}

Secret *credential_take_secret(const json_t *object, const char *name)
{
	const json_t *value = json_get_nocase(object, name);
	Secret *secret;

	if (!json_is_string(value) || json_string_length(value) == 0)
		return NULL;
	secret = secret_new(json_string_value(value), json_string_length(value));
	secret_wipe((char *)json_string_value(value), json_string_length(value));
	return secret;
}

static gboolean fits_a_header(const Secret *token)
{
	for (const char *at = secret_peek(token); *at; at++) {
		if (*at <= ' ' || *at > '~')
			return FALSE;
	}
	return TRUE;
}

gboolean credential_answer_token(CredentialAnswer *self, Secret *access)
{
	if (fits_a_header(access)) {
		self->access = access;
		return TRUE;
	}
	secret_free(access);
	self->words = g_strdup("its token holds characters that no header may have");
	return FALSE;
}

static gint64 lifetime_of(const json_t *object)
{
	g_autofree char *text = NULL;
	const json_t *value = json_get_nocase(object, "expires_in");
	gdouble seconds;

	if (!value)
		return 0;
	text = json_scalar_text(value);
	seconds = text ? g_ascii_strtod(text, NULL) : 0;
	if (!(seconds >= 1))
		return 0;
	return (gint64)MIN(seconds * (gdouble)CLOCK_SECOND, (gdouble)LONGEST_LIFETIME);
}

/* Why not -------------------------------------------------------------------------------------- */

static char *first_text(const json_t *object, const char *const *names)
{
	for (; *names; names++) {
		const json_t *value = json_get_nocase(object, *names);
		char *text = json_is_string(value) ? json_scalar_text(value) : NULL;
		if (text && *text)
			return text;
		g_free(text);
	}
	return NULL;
}

/* Of an XML answer the tree has one member, its root. */
static const json_t *within_root(const json_t *body)
{
	json_t *only = json_object_size(body) == 1
			       ? json_object_iter_value(json_object_iter((json_t *)body))
			       : NULL;

	return json_is_object(only) && !json_get_nocase(body, "error") ? only : body;
}

void credential_answer_refusal(CredentialAnswer *self, const json_t *body_)
{
	static const char *const codes[] = { "error", "errorCode", "status", "code", NULL };
	static const char *const words[] = { "error_description",
					     "message",
					     "msg",
					     "errorSummary",
					     "errorMessage",
					     "reason",
					     "detail",
					     "title",
					     NULL };
	const json_t *body = json_is_array(body_) ? json_array_get(body_, 0) : body_;
	body = within_root(body);
	const json_t *nested = json_get_nocase(body, "error");

	if (json_is_object(nested))
		body = nested;
	self->code = first_text(body, codes);
	self->words = first_text(body, words);
}

static gboolean is_usable_kind(CredentialAnswer *self, const CredentialConf *conf,
			       const json_t *body)
{
	const char *kind = json_string_value(json_get_nocase(body, "token_type"));

	if (!kind || conf->prefix || g_ascii_strcasecmp(kind, "bearer") == 0)
		return TRUE;
	self->words = g_strdup_printf(
		"its token is of the kind '%s', and bearer tokens are what we can use", kind);
	self->code = g_strdup("token_type");
	return FALSE;
}

gboolean credential_answer_read(CredentialAnswer *self, const CredentialConf *conf, int status,
				const char *text, gsize length)
{
	g_autoptr(json_t) body = read_body(text, length);
	g_autoptr(Secret) access = NULL;

	*self = (CredentialAnswer){ 0 };
	if (status / 100 == 2) {
		access = credential_take_secret(body, "access_token");
		/* Whatever is wrong with the token: the old refresh token is used up. */
		self->refresh = credential_take_secret(body, "refresh_token");
	}
	if (!access) {
		credential_answer_refusal(self, body);
		if (!self->code && !self->words && status / 100 == 2)
			self->words = g_strdup("its answer holds no access_token");
		return FALSE;
	}
	if (!is_usable_kind(self, conf, body))
		return FALSE;
	if (!credential_answer_token(self, g_steal_pointer(&access)))
		return FALSE;
	self->lifetime_us = lifetime_of(body);
	self->fields = credential_fields_of(conf, NULL, body);
	return TRUE;
}

static const char *client_hint(const CredentialConf *conf)
{
	switch (credential_client_auth(conf)) {
	case CREDENTIAL_CLIENT_BASIC:
		return "check auth.client_id and auth.client_secret; some services want "
		       "client_auth = \"body\"";
	case CREDENTIAL_CLIENT_BODY:
		return "check auth.client_id and auth.client_secret; some services want "
		       "client_auth = \"basic\"";
	case CREDENTIAL_CLIENT_PRIVATE_KEY_JWT:
		return "check auth.client_id, auth.key, auth.key_id, this machine's clock, and "
		       "that the service has the public key";
	default:
		return "check auth.client_id; the service may want a client_secret, or a "
		       "certificate (tls.cert_file)";
	}
}

static const char *grant_hint(const CredentialConf *conf)
{
	switch ((CredentialType)conf->type) {
	case CREDENTIAL_REFRESH_TOKEN:
		return "the refresh token is expired, revoked, used up or another client's: get a "
		       "new one from the service and put it into auth.refresh_token";
	case CREDENTIAL_JWT_BEARER:
		return "check auth.issuer, auth.subject, auth.audience, auth.key, and this "
		       "machine's clock";
	case CREDENTIAL_PASSWORD:
		return "check auth.user and auth.password, and that the account may sign in "
		       "without a second factor";
	default:
		return "check auth.grant and auth.parameters";
	}
}

const char *credential_answer_hint(const CredentialConf *conf, const char *code, int status)
{
	static const struct {
		const char *code, *hint;
	} others[] = {
		{ "invalid_scope", "check auth.scope" },
		{ "token_type",
		  "if the service wants it in a header all the same, set auth.prefix" },
		{ "unsupported_grant_type", "check auth.type and auth.grant" },
		{ "unauthorized_client",
		  "the client may not do this there: check auth.type, and what the service's "
		  "administrator has allowed it" },
		{ "access_denied", "ask the service's administrator to allow this client" },
	};

	if (conf->type == CREDENTIAL_LOGIN)
		return "check auth.user, auth.password and what else auth.login sends";
	if (g_strcmp0(code, "invalid_client") == 0)
		return client_hint(conf);
	if (g_strcmp0(code, "invalid_grant") == 0 || g_strcmp0(code, "invalid_code") == 0 ||
	    g_strcmp0(code, "invalid_token") == 0)
		return grant_hint(conf);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		if (g_strcmp0(code, others[i].code) == 0)
			return others[i].hint;
	}
	return status == 401 ? client_hint(conf)
			     : "check auth.token_url and the settings beside it";
}
