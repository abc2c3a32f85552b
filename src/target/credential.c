/*
 * Credentials as settings: what an administrator writes into 'auth', checked, and the line that
 * requests carry for it. Those that somebody put into a file never change; tokens that are fetched
 * are credential_token.c's.
 */
#include <string.h>

#include "base/error.h"
#include "credential_internal.h"

static const char *const type_names[] = {
	"none",          "bearer",     "basic", "header", "client_credentials",
	"refresh_token", "jwt_bearer", NULL
};

const Option credential_options[] = {
	OPTION(ENUM, CredentialConf, type, "type", 0, .names = type_names, .fallback = "none"),
	OPTION(STRING, CredentialConf, header, "name", 0, .fallback = "Authorization"),
	OPTION(STRING, CredentialConf, prefix, "prefix", 0),
	OPTION(SECRET, CredentialConf, token, "token", 0),
	OPTION(STRING, CredentialConf, user, "user", 0),
	OPTION(SECRET, CredentialConf, password, "password", 0),
	OPTION(SECRET, CredentialConf, value, "value", 0),
	OPTION_END
};

static void wipe(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	g_free(text);
}

gboolean credential_is_secret(const CredentialConf *conf)
{
	return conf->type != CREDENTIAL_NONE;
}

const char *credential_hint(const CredentialConf *conf)
{
	switch ((CredentialType)conf->type) {
	case CREDENTIAL_NONE:
		break;
	case CREDENTIAL_BEARER:
		return "check auth.token: expired, revoked, or of another tenant";
	case CREDENTIAL_BASIC:
		return "check auth.user and auth.password";
	case CREDENTIAL_HEADER:
		return "check auth.value: expired, revoked, or of another tenant";
	case CREDENTIAL_CLIENT_CREDENTIALS:
	case CREDENTIAL_REFRESH_TOKEN:
	case CREDENTIAL_JWT_BEARER:
		return "the token that was fetched is not accepted: check auth.scope, and what the "
		       "client may do there";
	}
	return "set auth.type and its credential";
}

/* What is missing or wrong, as a sentence with the fix; NULL: nothing. */
static const char *problem_of(const CredentialConf *conf)
{
	switch ((CredentialType)conf->type) {
	case CREDENTIAL_NONE:
		return conf->token || conf->password || conf->value
			       ? "there is a credential, but auth.type does not use it\n"
				 "set auth.type to \"bearer\", \"basic\" or \"header\""
			       : NULL;
	case CREDENTIAL_BEARER:
		return conf->token ? NULL
				   : "auth.type is bearer, but there is no token\n"
				     "set auth.token_file (or token_env)";
	case CREDENTIAL_BASIC:
		if (!conf->user || !conf->password)
			return "auth.type is basic, which wants user and password\n"
			       "set auth.user and auth.password_file";
		return strchr(conf->user, ':') ? "auth.user cannot hold a colon (RFC 7617)" : NULL;
	case CREDENTIAL_HEADER:
		return conf->value ? NULL
				   : "auth.type is header, but there is no value for it\n"
				     "set auth.value_file (or value_env)";
	default:
		return NULL;
	}
}

gboolean credential_validate(const CredentialConf *conf, const char *app, GError **error)
{
	const char *problem = problem_of(conf);

	return !problem || error_set(error, ERROR_CONFIG, "app '%s': %s", app, problem);
}

/* The line ------------------------------------------------------------------------------------- */

static char *basic_pair(const CredentialConf *conf)
{
	char *pair = g_strconcat(conf->user, ":", secret_peek(conf->password), NULL);
	char *encoded = g_base64_encode((const guchar *)pair, strlen(pair));

	wipe(pair);
	return encoded;
}

char *credential_line(const CredentialConf *conf, const char *usual_prefix, const char *token)
{
	const char *prefix = conf->prefix ? conf->prefix : usual_prefix;

	return g_strconcat(conf->header, ": ", prefix, *prefix ? " " : "", token, NULL);
}

static char *fixed_line(const CredentialConf *conf)
{
	g_autofree char *pair = NULL;
	char *line;

	switch ((CredentialType)conf->type) {
	case CREDENTIAL_BEARER:
		return credential_line(conf, "Bearer", secret_peek(conf->token));
	case CREDENTIAL_BASIC:
		pair = basic_pair(conf);
		line = credential_line(conf, "Basic", pair);
		secret_wipe(pair, strlen(pair));
		return line;
	case CREDENTIAL_HEADER:
		return credential_line(conf, "", secret_peek(conf->value));
	default:
		return NULL;
	}
}

/* The promises of the header ------------------------------------------------------------------- */

static HttpCredentialState get(void *self_, guint timeout_ms, const char **header,
			       const char **problem)
{
	Credential *self = self_;

	*header = self->line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean refused(void *self, const char *header)
{
	return FALSE;
}

Credential *credential_new(const CredentialConf *conf, const CredentialPeer *peer, GError **error)
{
	Credential *self = g_new0(Credential, 1);

	self->conf = conf;
	self->line = fixed_line(conf);
	return self;
}

void credential_free(Credential *self)
{
	if (!self)
		return;
	wipe(self->line);
	g_free(self);
}

HttpCredentials credential_source(Credential *self)
{
	return (HttpCredentials){ .self = self, .get = get, .refused = refused };
}

static void blot_out(GString *text, const Secret *secret)
{
	if (secret && secret_length(secret) > 3)
		g_string_replace(text, secret_peek(secret), "[hidden]", 0);
}

char *credential_blot(const Credential *self, const char *text)
{
	GString *out = g_string_new(text);

	blot_out(out, self->conf->token);
	blot_out(out, self->conf->password);
	blot_out(out, self->conf->value);
	return g_string_free(out, FALSE);
}

char *credential_describe(const Credential *self)
{
	return g_strdup(type_names[self->conf->type]);
}
