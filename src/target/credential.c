/*
 * Credentials: the line that requests carry, and that nobody gets to see it.
 *
 *	Authorization: Bearer eyJhbGciOi...      a token from a file (RFC 6750), or fetched
 *	Authorization: Basic am86cGE6c3M=        RFC 7617
 *	Authorization: Zoho-oauthtoken 1000.8cb  another prefix
 *	X-Api-Key: 8cb99                         another header, without one
 *	api_key=8cb99                            a parameter of each address
 *
 * Those that somebody put into a file never change; tokens that are fetched are
 * credential_token.c's. What is secret is remembered here, and kept out of messages by
 * credential_blot.c.
 */
#include <string.h>

#include "base/error.h"
#include "credential_internal.h"

#define HIDDEN_MAX 32 /* tokens come and go; an echo is of a recent one */
#define WAIT_STEP_MS 1000u
#define SHORT_SECRET 3 /* up to this length blotting would only spoil the sentence */

void credential_wipe(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	g_free(text);
}

char *credential_pair(const char *user, const char *password)
{
	char *pair = g_strconcat(user, ":", password, NULL);
	char *encoded = g_base64_encode((const guchar *)pair, strlen(pair));

	credential_wipe(pair);
	return encoded;
}

static const char *usual_prefix(const CredentialConf *conf)
{
	switch ((CredentialType)conf->type) {
	case CREDENTIAL_BASIC:
		return "Basic";
	case CREDENTIAL_HEADER:
		return "";
	case CREDENTIAL_LOGIN:
		/* A header of the service's own has a form of its own, and no word before it. */
		return g_ascii_strcasecmp(conf->header, "Authorization") == 0 ? "Bearer" : "";
	default:
		return "Bearer";
	}
}

char *credential_line(const CredentialConf *conf, const char *token)
{
	const char *prefix = conf->prefix ? conf->prefix : usual_prefix(conf);
	/* "Token token=8cb99", "SESSION=8cb99" in a cookie. */
	gboolean is_apart = *prefix && !g_str_has_suffix(prefix, "=");

	if (conf->type == CREDENTIAL_NONE || conf->type == CREDENTIAL_QUERY)
		return NULL;
	return g_strconcat(conf->header, ": ", prefix, is_apart ? " " : "", token, NULL);
}

static char *parameter_of(const CredentialConf *conf)
{
	g_autofree char *name = http_escape(conf->header);
	char *value = http_escape(secret_peek(conf->value));
	char *pair = g_strconcat(name, "=", value, NULL);

	credential_wipe(value);
	return pair;
}

static char *fixed_line(Credential *self)
{
	const CredentialConf *conf = self->conf;
	char *pair, *line;

	switch ((CredentialType)conf->type) {
	case CREDENTIAL_BEARER:
		return credential_line(conf, secret_peek(conf->token));
	case CREDENTIAL_BASIC:
		pair = credential_pair(conf->user, secret_peek(conf->password));
		line = credential_line(conf, pair);
		credential_hide(self, pair);
		credential_wipe(pair);
		return line;
	case CREDENTIAL_HEADER:
		return credential_line(conf, secret_peek(conf->value));
	case CREDENTIAL_QUERY:
		return parameter_of(conf);
	default:
		return NULL;
	}
}

/* What nobody sees ----------------------------------------------------------------------------- */

void credential_hide(Credential *self, const char *text)
{
	if (!text || strlen(text) <= SHORT_SECRET)
		return;
	for (guint i = 0; i < self->hidden->len; i++) {
		if (g_str_equal(secret_peek(self->hidden->pdata[i]), text))
			return;
	}
	/* The first one may be a pair of Basic, which stays in use. */
	if (self->hidden->len == HIDDEN_MAX)
		g_ptr_array_remove_index(self->hidden, 1);
	g_ptr_array_add(self->hidden, secret_new(text, strlen(text)));
}

/* The promises of the header ------------------------------------------------------------------- */

static HttpCredentialState get(void *self_, guint timeout_ms, const char **header,
			       const char **problem)
{
	Credential *self = self_;

	if (self->token)
		return credential_token_get(self->token, timeout_ms, header, problem);
	*header = self->line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean refused(void *self_, const char *header)
{
	Credential *self = self_;

	return self->token && credential_token_refused(self->token, header);
}

Credential *credential_new(const CredentialConf *conf, const CredentialPeer *peer, GError **error)
{
	g_autoptr(Credential) self = g_new0(Credential, 1);

	self->conf = conf;
	self->hidden = g_ptr_array_new_with_free_func((GDestroyNotify)secret_free);
	self->line = fixed_line(self);
	if (credential_is_fetched(conf)) {
		self->token = credential_token_new(self, peer, error);
		if (!self->token)
			return NULL;
	}
	return g_steal_pointer(&self);
}

void credential_free(Credential *self)
{
	if (!self)
		return;
	credential_token_free(self->token);
	credential_wipe(self->line);
	g_ptr_array_unref(self->hidden);
	g_free(self);
}

HttpCredentials credential_source(Credential *self)
{
	return (HttpCredentials){ .self = self,
				  .in_query = self->conf->type == CREDENTIAL_QUERY,
				  .get = get,
				  .refused = refused };
}

gboolean credential_wait(Credential *self, GError **error)
{
	HttpCredentialState state;
	const char *line, *problem = NULL;

	do {
		state = get(self, WAIT_STEP_MS, &line, &problem);
	} while (state == HTTP_CREDENTIAL_PENDING);
	return state == HTTP_CREDENTIAL_READY || error_set(error, ERROR_DOWN, "%s", problem);
}

const char *credential_field(const Credential *self, const char *name)
{
	return self->token ? credential_token_field(self->token, name) : NULL;
}

const char *credential_setting(const CredentialConf *conf, const char *name)
{
	const struct {
		const char *name, *text;
		const Secret *secret;
	} settings[] = {
		{ .name = "user", .text = conf->user },
		{ .name = "client_id", .text = conf->client_id },
		{ .name = "password", .secret = conf->password },
		{ .name = "token", .secret = conf->token },
		{ .name = "value", .secret = conf->value },
		{ .name = "client_secret", .secret = conf->client_secret },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
		if (g_str_equal(settings[i].name, name))
			return settings[i].secret ? secret_peek(settings[i].secret)
						  : settings[i].text;
	}
	return NULL;
}

static char *describe_grant(const Credential *self)
{
	const CredentialConf *conf = self->conf;
	const char *client = conf->client_id ? conf->client_id : conf->issuer;
	const char *who = conf->user ? conf->user : client;
	g_autofree char *service = credential_grant_service(conf);
	g_autofree char *state = credential_token_describe(self->token);

	if (conf->type == CREDENTIAL_LOGIN)
		return g_strdup_printf("a login at %s; %s", service, state);
	const char *what = conf->type == CREDENTIAL_CLIENT_CREDENTIALS ? "client credentials"
			   : conf->type == CREDENTIAL_REFRESH_TOKEN    ? "a refresh token"
			   : conf->type == CREDENTIAL_PASSWORD         ? "a user's password"
								       : "signed assertions";

	return g_strdup_printf("%s of '%s' at %s; %s", what, who ? who : "", service, state);
}

char *credential_describe(const Credential *self)
{
	const CredentialConf *conf = self->conf;

	switch ((CredentialType)conf->type) {
	case CREDENTIAL_NONE:
		return g_strdup("no credential");
	case CREDENTIAL_BEARER:
		return g_strdup("a bearer token that does not change");
	case CREDENTIAL_BASIC:
		return g_strdup_printf("user '%s' and a password", conf->user);
	case CREDENTIAL_HEADER:
		return g_strdup_printf("a value in the header '%s'", conf->header);
	case CREDENTIAL_QUERY:
		return g_strdup_printf("a value in the parameter '%s' of each address",
				       conf->header);
	default:
		return describe_grant(self);
	}
}
