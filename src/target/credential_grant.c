/*
 * What is asked of a token service: one POST, a form (RFC 6749 §4.4.2, §6; RFC 7523 §2).
 *
 *	client_credentials   grant_type=client_credentials&scope=...
 *	  grant = "account_credentials"     the same under a service's own name, with its parameters
 *	refresh_token        grant_type=refresh_token&refresh_token=...
 *	password             grant_type=password&username=...&password=...      RFC 6749 §4.3.2
 *	jwt_bearer           grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=...
 *
 *	basic                Authorization: Basic base64(id:secret)             RFC 6749 §2.3.1
 *	body                 client_id=...&client_secret=...
 *	private_key_jwt      client_id=...&client_assertion_type=...&client_assertion=...
 *	none                 client_id=...: public clients, and those that a certificate names
 *	                     (RFC 8705 §2)
 *
 * The form goes into the body, or with send = "query" into the address. All but RFC 3986's
 * unreserved characters are percent-encoded, a blank as %20, which every reader of forms takes; id
 * and secret in Basic are encoded like that before they are joined, as RFC 6749 §2.3.1 says, so
 * that services which forget to decode still read ordinary ones.
 *
 * A scope is told twice to jwt_bearer services: as a parameter (RFC 7521 §4.1) and as a claim,
 * where Google reads it; both places are optional, and ignored where they mean nothing.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "credential_internal.h"

#define JWT_GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define JWT_CLIENT "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

CredentialClientAuth credential_client_auth(const CredentialConf *conf)
{
	if (conf->client_auth != CREDENTIAL_CLIENT_AUTO)
		return conf->client_auth;
	if (conf->client_secret)
		return CREDENTIAL_CLIENT_BASIC;
	/* With jwt_bearer the key signs the grant, which is proof enough (RFC 7523 §3.1). */
	return conf->key && conf->type != CREDENTIAL_JWT_BEARER ? CREDENTIAL_CLIENT_PRIVATE_KEY_JWT
								: CREDENTIAL_CLIENT_NONE;
}

static void put(GString *form, const char *name, const char *value)
{
	char *escaped;

	if (!value)
		return;
	escaped = http_escape(value);
	if (form->len > 0)
		g_string_append_c(form, '&');
	g_string_append(g_string_append_c(g_string_append(form, name), '='), escaped);
	credential_wipe(escaped);
}

static void put_secret(GString *form, const char *name, const Secret *value)
{
	put(form, name, value ? secret_peek(value) : NULL);
}

static const char *grant_of(const CredentialConf *conf)
{
	if (conf->grant)
		return conf->grant;
	switch ((CredentialType)conf->type) {
	case CREDENTIAL_REFRESH_TOKEN:
		return "refresh_token";
	case CREDENTIAL_JWT_BEARER:
		return JWT_GRANT;
	case CREDENTIAL_PASSWORD:
		return "password";
	default:
		return "client_credentials";
	}
}

static void put_client(GString *form, const CredentialConf *conf, const CredentialProof *proof)
{
	CredentialClientAuth way = credential_client_auth(conf);

	if (way != CREDENTIAL_CLIENT_BASIC)
		put(form, "client_id", conf->client_id);
	if (way == CREDENTIAL_CLIENT_BODY)
		put_secret(form, "client_secret", conf->client_secret);
	if (way == CREDENTIAL_CLIENT_PRIVATE_KEY_JWT) {
		put(form, "client_assertion_type", JWT_CLIENT);
		put(form, "client_assertion", proof->client_assertion);
	}
}

char *credential_grant_form(const CredentialConf *conf, const CredentialProof *proof)
{
	/* Large enough that it is not moved about, which would leave copies of secrets. */
	GString *form = g_string_sized_new(16384);

	put(form, "grant_type", grant_of(conf));
	put(form, "refresh_token", proof->refresh_token);
	put(form, "assertion", proof->assertion);
	if (conf->type == CREDENTIAL_PASSWORD) {
		put(form, "username", conf->user);
		put_secret(form, "password", conf->password);
	}
	put_client(form, conf, proof);
	put(form, "scope", conf->scope);
	for (guint i = 0; i < conf_length(conf->parameters); i++) {
		const ConfNode *node = conf_element(conf->parameters, i);
		put(form, conf_name(node), conf_string(node));
	}
	return g_string_free(form, FALSE);
}

char *credential_grant_basic(const CredentialConf *conf)
{
	if (credential_client_auth(conf) != CREDENTIAL_CLIENT_BASIC)
		return NULL;
	g_autofree char *user = http_escape(conf->client_id);
	char *password = http_escape(secret_peek(conf->client_secret));
	char *pair = credential_pair(user, password);
	char *line = g_strconcat("Authorization: Basic ", pair, NULL);

	credential_wipe(password);
	credential_wipe(pair);
	return line;
}

char *credential_grant_path(const CredentialConf *conf)
{
	g_autofree char *service = credential_grant_service(conf);

	/* A base URL loses its last slash; some services have the token under ".../token/" only. */
	return g_strdup(g_str_has_suffix(service, "/") ? "/" : "");
}

char *credential_grant_service(const CredentialConf *conf)
{
	const char *url = conf->token_url;

	if (conf->type == CREDENTIAL_LOGIN)
		url = conf_string(conf_member(conf_element(conf->login, 0), "url"));
	return g_strndup(url, strcspn(url, "?"));
}

static void claim(json_t *claims, const char *name, const char *text)
{
	if (text)
		json_object_set_new(claims, name, json_lossy_string(text, strlen(text)));
}

json_t *credential_grant_claims(const CredentialConf *conf, gboolean of_client, gint64 now_us,
				const char *id)
{
	g_autofree char *service = credential_grant_service(conf);
	const char *issuer = conf->issuer && !of_client ? conf->issuer : conf->client_id;
	const char *subject = conf->subject && !of_client ? conf->subject : issuer;
	gint64 now = now_us / CLOCK_SECOND;
	json_t *claims = json_object();

	claim(claims, "iss", issuer);
	claim(claims, "sub", subject);
	claim(claims, "aud", conf->audience ? conf->audience : service);
	claim(claims, "jti", id);
	json_object_set_new(claims, "iat", json_integer(now));
	json_object_set_new(claims, "exp",
			    json_integer(now + conf->assertion_lifetime_us / CLOCK_SECOND));
	if (of_client)
		return claims;
	claim(claims, "scope", conf->scope);
	for (guint i = 0; i < conf_length(conf->claims); i++) {
		const ConfNode *node = conf_element(conf->claims, i);
		claim(claims, conf_name(node), conf_string(node));
	}
	return claims;
}
