/*
 * Credentials as settings: what an administrator writes into 'auth', and what is wrong with it.
 *
 * What is missing, what contradicts, and what the type does not use: a setting without effect is a
 * misunderstanding, and with credentials it ends in an hour of searching at the service.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "credential_internal.h"

const char *const credential_type_names[] = { "none",          "bearer",     "basic",
					      "header",        "query",      "client_credentials",
					      "refresh_token", "jwt_bearer", "password",
					      "login",         NULL };
static const char *const client_names[] = {
	"auto", "basic", "body", "private_key_jwt", "none", NULL
};
static const char *const send_names[] = { "form", "query", NULL };
static const char *const expires_names[] = { "seconds", "epoch", "date", NULL };

const Option credential_options[] = {
	OPTION(ENUM, CredentialConf, type, "type", 0, .names = credential_type_names,
	       .fallback = "none"),
	OPTION(STRING, CredentialConf, header, "name", 0, .fallback = "Authorization"),
	OPTION(STRING, CredentialConf, prefix, "prefix", 0),
	OPTION(SECRET, CredentialConf, token, "token", 0),
	OPTION(STRING, CredentialConf, user, "user", 0),
	OPTION(SECRET, CredentialConf, password, "password", 0),
	OPTION(SECRET, CredentialConf, value, "value", 0),
	OPTION(STRING, CredentialConf, token_url, "token_url", 0),
	OPTION(STRING, CredentialConf, grant, "grant", 0),
	OPTION(STRING, CredentialConf, client_id, "client_id", 0),
	OPTION(SECRET, CredentialConf, client_secret, "client_secret", 0),
	OPTION(ENUM, CredentialConf, client_auth, "client_auth", 0, .names = client_names,
	       .fallback = "auto"),
	OPTION(ENUM, CredentialConf, send, "send", 0, .names = send_names, .fallback = "form"),
	OPTION(STRING, CredentialConf, scope, "scope", 0),
	OPTION(NODE, CredentialConf, parameters, "parameters", 0),
	OPTION(SECRET, CredentialConf, refresh_token, "refresh_token", 0),
	OPTION(SECRET, CredentialConf, key, "key", 0),
	OPTION(STRING, CredentialConf, key_id, "key_id", 0),
	OPTION(STRING, CredentialConf, certificate, "certificate", OPTION_PATH),
	OPTION(STRING, CredentialConf, issuer, "issuer", 0),
	OPTION(STRING, CredentialConf, subject, "subject", 0),
	OPTION(STRING, CredentialConf, audience, "audience", 0),
	OPTION(NODE, CredentialConf, claims, "claims", 0),
	OPTION(NODE, CredentialConf, login, "login", 0),
	OPTION(STRING, CredentialConf, token_path, "token_path", 0),
	OPTION(STRING, CredentialConf, expires_path, "expires_path", 0),
	OPTION(ENUM, CredentialConf, expires_as, "expires_as", 0, .names = expires_names,
	       .fallback = "seconds"),
	OPTION(STRINGS, CredentialConf, keep, "keep", 0),
	OPTION(DURATION, CredentialConf, assertion_lifetime_us, "assertion_lifetime", 0,
	       .fallback = "5m"),
	OPTION(DURATION, CredentialConf, token_lifetime_us, "token_lifetime", 0, .fallback = "1h"),
	OPTION_END
};

void credential_keep(CredentialConf *conf, const char *name)
{
	if (!g_ptr_array_find_with_equal_func(conf->keep, name, g_str_equal, NULL))
		g_ptr_array_add(conf->keep, g_strdup(name));
}

gboolean credential_is_fetched(const CredentialConf *conf)
{
	return conf->type >= CREDENTIAL_CLIENT_CREDENTIALS;
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
	case CREDENTIAL_QUERY:
		return "check auth.value: expired, revoked, or of another tenant";
	case CREDENTIAL_CLIENT_CREDENTIALS:
	case CREDENTIAL_REFRESH_TOKEN:
	case CREDENTIAL_JWT_BEARER:
	case CREDENTIAL_PASSWORD:
	case CREDENTIAL_LOGIN:
		return "the token that was fetched is not accepted: check auth.scope, and what the "
		       "client may do there";
	}
	return "set auth.type and its credential";
}

/* Settings without effect ---------------------------------------------------------------------- */

#define OF(type) (1u << CREDENTIAL_##type)
#define FETCHED (OF(CLIENT_CREDENTIALS) | OF(REFRESH_TOKEN) | OF(JWT_BEARER) | OF(PASSWORD))

typedef struct {
	const char *name;
	gsize offset; /* of a pointer */
	guint types;
} Use;

#define USE(member, types_)                                                         \
	{                                                                           \
		.name = #member, .offset = G_STRUCT_OFFSET(CredentialConf, member), \
		.types = (types_)                                                   \
	}

static const Use uses[] = {
	USE(token, OF(BEARER) | OF(LOGIN)),
	USE(user, OF(BASIC) | OF(PASSWORD) | OF(LOGIN)),
	USE(password, OF(BASIC) | OF(PASSWORD) | OF(LOGIN)),
	USE(value, OF(HEADER) | OF(QUERY) | OF(LOGIN)),
	USE(login, OF(LOGIN)),
	USE(token_path, OF(LOGIN)),
	USE(expires_path, OF(LOGIN)),
	USE(refresh_token, OF(REFRESH_TOKEN)),
	USE(issuer, OF(JWT_BEARER)),
	USE(subject, OF(JWT_BEARER)),
	USE(claims, OF(JWT_BEARER)),
	USE(token_url, FETCHED),
	USE(grant, FETCHED),
	USE(client_id, FETCHED | OF(LOGIN)),
	USE(client_secret, FETCHED | OF(LOGIN)),
	USE(scope, FETCHED),
	USE(parameters, FETCHED),
	USE(key, FETCHED),
	USE(key_id, FETCHED),
	USE(certificate, FETCHED),
	USE(audience, FETCHED),
};

/* The names of the types that a setting is for, "a or b". */
static char *types_for(guint types)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; credential_type_names[i]; i++) {
		if (types & (1u << i))
			g_string_append_printf(text, "%s\"%s\"", text->len > 0 ? " or " : "",
					       credential_type_names[i]);
	}
	return g_string_free(text, FALSE);
}

gboolean credential_uses(const CredentialConf *conf, const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(uses); i++) {
		if (strcmp(uses[i].name, name) == 0)
			return (uses[i].types & (1u << conf->type)) != 0;
	}
	return TRUE;
}

static gboolean check_unused(const CredentialConf *conf, GError **error)
{
	for (gsize i = 0; i < G_N_ELEMENTS(uses); i++) {
		const void *const *value = (const void *const *)((const char *)conf +
								 uses[i].offset);
		if (!*value || (uses[i].types & (1u << conf->type)))
			continue;
		g_autofree char *types = types_for(uses[i].types);
		return error_set(error, ERROR_CONFIG,
				 "there is auth.%s, but auth.type \"%s\" does not use it\n"
				 "set auth.type to %s, or take auth.%s out",
				 uses[i].name, credential_type_names[conf->type], types,
				 uses[i].name);
	}
	return TRUE;
}

static gboolean check_keep(const CredentialConf *conf, GError **error)
{
	return !conf->keep || conf->keep->len == 0 || credential_is_fetched(conf) ||
	       error_set(error, ERROR_CONFIG,
			 "there is auth.keep, but auth.type \"%s\" fetches no token whose answer "
			 "would have fields\ntake auth.keep out",
			 credential_type_names[conf->type]);
}

/* Headers -------------------------------------------------------------------------------------- */

/* A line break in it would begin another header. */
static gboolean check_line(const char *name, const char *text, GError **error)
{
	for (const char *at = text ? text : ""; *at; at++) {
		if (g_ascii_iscntrl(*at))
			return error_set(error, ERROR_CONFIG,
					 "auth.%s holds a line break or another control character, "
					 "which no header may have\nis it the right file?",
					 name);
	}
	return TRUE;
}

/* In an address there is a name and a value, and nothing else. */
static gboolean check_parameter(const CredentialConf *conf, GError **error)
{
	if (conf->type != CREDENTIAL_QUERY)
		return TRUE;
	if (g_str_equal(conf->header, "Authorization"))
		return error_set(error, ERROR_CONFIG,
				 "auth.type is query, but nothing says which parameter it is\n"
				 "set auth.name, as in name = \"api_key\"");
	return !conf->prefix || error_set(error, ERROR_CONFIG,
					  "there is auth.prefix, but auth.type \"query\" does not "
					  "use it\ntake auth.prefix out");
}

static gboolean check_lines(const CredentialConf *conf, GError **error)
{
	if (!conf->header || !*conf->header || strpbrk(conf->header, " \t:"))
		return error_set(error, ERROR_CONFIG,
				 "auth.name is the name of a header, without a colon or blanks");
	return check_parameter(conf, error) && check_line("name", conf->header, error) &&
	       check_line("prefix", conf->prefix, error) &&
	       check_line("token", conf->token ? secret_peek(conf->token) : NULL, error) &&
	       check_line("value", conf->value ? secret_peek(conf->value) : NULL, error);
}

/* Given credentials ---------------------------------------------------------------------------- */

static const char *missing_of(const CredentialConf *conf)
{
	switch ((CredentialType)conf->type) {
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
	case CREDENTIAL_QUERY:
		return conf->value ? NULL
				   : "auth.type is query, but there is no value for it\n"
				     "set auth.value_file (or value_env)";
	case CREDENTIAL_PASSWORD:
		return conf->user && conf->password
			       ? NULL
			       : "auth.type is password, which wants user and password\n"
				 "set auth.user and auth.password_file";
	case CREDENTIAL_CLIENT_CREDENTIALS:
		return conf->client_id ? NULL
				       : "auth.type is client_credentials, but there is no client\n"
					 "set auth.client_id and auth.client_secret_file";
	case CREDENTIAL_REFRESH_TOKEN:
		return conf->refresh_token ? NULL
					   : "auth.type is refresh_token, but there is none\n"
					     "set auth.refresh_token_file to the first one; later "
					     "ones are kept beside the state";
	case CREDENTIAL_JWT_BEARER:
		if (!conf->key)
			return "auth.type is jwt_bearer, but there is no key to sign with\n"
			       "set auth.key_file to a private key (PEM)";
		return conf->issuer || conf->client_id
			       ? NULL
			       : "auth.type is jwt_bearer, but nothing says who signs\n"
				 "set auth.issuer, or auth.client_id";
	default:
		return NULL;
	}
}

/* Fetched credentials -------------------------------------------------------------------------- */

/* How the client says who it is, against what there is for it. */
static const char *client_problem(const CredentialConf *conf)
{
	CredentialClientAuth way = credential_client_auth(conf);
	gboolean by_secret = way == CREDENTIAL_CLIENT_BASIC || way == CREDENTIAL_CLIENT_BODY;
	gboolean by_key = way == CREDENTIAL_CLIENT_PRIVATE_KEY_JWT;

	if (conf->client_secret && conf->key && conf->type != CREDENTIAL_JWT_BEARER)
		return "there are auth.client_secret and auth.key: which one does the service "
		       "want?\ntake one of them out";
	if (by_secret && !conf->client_secret)
		return "auth.client_auth wants a secret, but there is none\n"
		       "set auth.client_secret_file";
	if (!by_secret && conf->client_secret)
		return "there is auth.client_secret, but auth.client_auth does not use it\n"
		       "set auth.client_auth to \"basic\" or \"body\"";
	if (by_key && !conf->key)
		return "auth.client_auth is private_key_jwt, but there is no key to sign with\n"
		       "set auth.key_file to a private key (PEM)";
	if (!by_key && conf->key && conf->type != CREDENTIAL_JWT_BEARER)
		return "there is auth.key, but auth.client_auth does not use it\n"
		       "set auth.client_auth to \"private_key_jwt\"";
	if ((by_secret || by_key) && !conf->client_id)
		return "there is a proof of the client, but not which client it is\n"
		       "set auth.client_id";
	if (conf->key_id && !conf->key)
		return "there is auth.key_id, but no key that it names\nset auth.key_file";
	if (conf->certificate && !conf->key)
		return "there is auth.certificate, but no key that belongs to it\n"
		       "set auth.key_file; to be known by a certificate in TLS, set tls.cert_file";
	return conf->audience && !conf->key
		       ? "there is auth.audience, but no signed assertion that would have it\n"
			 "for a parameter write parameters = { audience = \"...\" }"
		       : NULL;
}

static gboolean check_texts(const ConfNode *group, const char *setting, const char *const *taken,
			    GError **error)
{
	if (group && !conf_is_group(group))
		return error_set(error, ERROR_CONFIG,
				 "auth.%s must be a group of texts: { name = \"text\"; }", setting);
	for (guint i = 0; i < conf_length(group); i++) {
		const ConfNode *node = conf_element(group, i);
		if (!conf_string(node))
			return error_set(error, ERROR_CONFIG, "auth.%s.%s must be a text", setting,
					 conf_name(node));
		if (g_strv_contains(taken, conf_name(node)))
			return error_set(error, ERROR_CONFIG,
					 "auth.%s.%s is said elsewhere: take it out, and use the "
					 "setting beside it",
					 setting, conf_name(node));
	}
	return TRUE;
}

static gboolean check_token_url(const CredentialConf *conf, gboolean insecure, GError **error)
{
	gboolean clear_text;

	if (!conf->token_url)
		return error_set(error, ERROR_CONFIG,
				 "auth.type is %s, but nothing says where tokens come from\n"
				 "set auth.token_url",
				 credential_type_names[conf->type]);
	if (!http_url_check(conf->token_url, &clear_text, error)) {
		g_prefix_error(error, "auth.token_url: ");
		return FALSE;
	}
	if (clear_text && !insecure)
		return error_set(error, ERROR_CONFIG,
				 "auth.token_url: the credential would cross the network "
				 "unencrypted\nuse https, or say insecure = true");
	return TRUE;
}

/* Signs something, to see whether the key can. */
static gboolean check_key(const CredentialConf *conf, GError **error)
{
	g_autoptr(json_t) claims = NULL;
	char *jwt;

	if (!conf->key)
		return TRUE;
	claims = json_object();
	jwt = credential_jwt_sign(claims, NULL, conf->key, error);
	if (!jwt)
		return FALSE;
	credential_wipe(jwt);
	return TRUE;
}

static gboolean check_fetched(const CredentialConf *conf, gboolean insecure, GError **error)
{
	static const char *const taken_parameters[] = {
		"grant_type", "client_id", "client_secret",    "client_assertion_type",
		"scope",      "assertion", "client_assertion", "refresh_token",
		NULL
	};
	static const char *const taken_claims[] = { "iss", "sub", "aud",   "exp",
						    "iat", "jti", "scope", NULL };
	static const char *const taken_of_user[] = { "username", "password", NULL };
	const char *problem;

	if (!check_token_url(conf, insecure, error))
		return FALSE;
	problem = client_problem(conf);
	if (problem)
		return error_set(error, ERROR_CONFIG, "%s", problem);
	if (conf->assertion_lifetime_us <= 0 || conf->token_lifetime_us <= 0)
		return error_set(error, ERROR_CONFIG,
				 "auth.assertion_lifetime and auth.token_lifetime must be more "
				 "than nothing");
	if (conf->type == CREDENTIAL_PASSWORD &&
	    !check_texts(conf->parameters, "parameters", taken_of_user, error))
		return FALSE;
	return check_texts(conf->parameters, "parameters", taken_parameters, error) &&
	       check_texts(conf->claims, "claims", taken_claims, error) && check_key(conf, error);
}

static gboolean check_login(const CredentialConf *conf, gboolean insecure, GError **error)
{
	CredentialLogin *login;

	if (conf->token_lifetime_us <= 0)
		return error_set(error, ERROR_CONFIG,
				 "auth.token_lifetime must be more than nothing");
	login = credential_login_new(conf, insecure, error);
	credential_login_free(login);
	return login != NULL;
}

static gboolean check(const CredentialConf *conf, gboolean insecure, GError **error)
{
	const char *missing;

	if (!check_unused(conf, error) || !check_keep(conf, error) || !check_lines(conf, error))
		return FALSE;
	missing = missing_of(conf);
	if (missing)
		return error_set(error, ERROR_CONFIG, "%s", missing);
	if (conf->type == CREDENTIAL_LOGIN)
		return check_login(conf, insecure, error);
	return !credential_is_fetched(conf) || check_fetched(conf, insecure, error);
}

gboolean credential_validate(const CredentialConf *conf, gboolean insecure, const char *app,
			     GError **error)
{
	if (check(conf, insecure, error))
		return TRUE;
	g_prefix_error(error, "app '%s': ", app);
	return FALSE;
}
