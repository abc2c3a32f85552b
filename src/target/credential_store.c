/*
 * Tokens of earlier runs: which of them may be used by this one.
 *
 *	{ "version": 1, "salt": "9f2c...",
 *	  "settings": "77ab...", "began": "3c5d...",
 *	  "access_token": "...", "fetched": 1795000000000000, "expires": 1795003600000000,
 *	  "renewed": 0, "refresh_token": "...", "fields": { "api_domain": "https://..." } }
 *
 * A token is good for the settings that it was fetched with, secrets and all: "settings" is a keyed
 * digest over them, so that a changed scope or secret fetches anew, and nobody can tell a secret
 * from the file. A refresh token lasts longer: it stays ours as long as the service, the client
 * and the refresh token that an administrator put into the config are the same ("began"). A new
 * client secret must not throw away what cannot be got again; a new refresh token in the config is
 * meant to replace what is kept.
 *
 * For the same reason apps that begin with the same refresh token share a file, named after what
 * "began" stands for: where it rotates, each of two files would hold what the other one's app has
 * used up. The token in it is that of the app that fetched last, and the other's settings tell.
 *
 * Why tokens are kept at all: services hand out few (Zoho ten in ten minutes), and a command that
 * runs every minute would spend them.
 */
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "credential_internal.h"

#define VERSION 1
#define SALT_BYTES 16
#define NAME_MAX_KEPT 200 /* longer names become a digest; a file's name has 255 bytes */
#define NAME_DIGITS 32    /* of a digest: enough that no two are the same */

struct CredentialStore {
	const CredentialConf *conf;
	CredentialFile *file;
};

char *credential_store_name(const CredentialConf *conf, const char *app)
{
	g_autofree char *digest = NULL;
	char *name;

	if (conf->type == CREDENTIAL_REFRESH_TOKEN) {
		digest = digest_strings(conf->token_url, conf->client_id ? conf->client_id : "",
					secret_peek(conf->refresh_token), NULL);
		/* No app is called like that: '@' is escaped. */
		return g_strdup_printf("refresh@%.*s", NAME_DIGITS, digest);
	}
	name = g_uri_escape_string(app, NULL, FALSE);
	if (strlen(name) <= NAME_MAX_KEPT)
		return name;
	g_free(name);
	return digest_strings(app, NULL);
}

CredentialStore *credential_store_new(const CredentialConf *conf, const char *folder,
				      const char *app)
{
	g_autofree char *name = credential_store_name(conf, app);
	CredentialStore *self = g_new0(CredentialStore, 1);

	self->conf = conf;
	self->file = credential_file_new(folder, name);
	return self;
}

void credential_store_free(CredentialStore *self)
{
	if (!self)
		return;
	credential_file_free(self->file);
	g_free(self);
}

gboolean credential_store_lock(CredentialStore *self, gboolean *got, GError **error)
{
	return credential_file_lock(self->file, got, error);
}

void credential_store_unlock(CredentialStore *self)
{
	credential_file_unlock(self->file);
}

gboolean credential_store_reserve(CredentialStore *self, gsize bytes, GError **error)
{
	return credential_file_reserve(self->file, bytes, error);
}

/* Digests -------------------------------------------------------------------------------------- */

static void add_text(GHmac *hmac, const char *text)
{
	g_hmac_update(hmac, (const guchar *)(text ? text : "\1"),
		      text ? (gssize)strlen(text) + 1 : 2);
}

static void add_secret(GHmac *hmac, const Secret *secret)
{
	add_text(hmac, secret ? secret_peek(secret) : NULL);
}

static void add_node(GHmac *hmac, const ConfNode *node)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (node)
		conf_append_text(node, text);
	add_text(hmac, text->str);
}

static GHmac *hmac_for(const char *salt)
{
	return g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)salt, strlen(salt));
}

/* What a refresh token depends on. */
static char *seal_beginning(const CredentialConf *conf, const char *salt)
{
	g_autoptr(GHmac) hmac = hmac_for(salt);

	add_text(hmac, conf->token_url);
	add_text(hmac, conf->client_id);
	add_secret(hmac, conf->refresh_token);
	return g_strdup(g_hmac_get_string(hmac));
}

/* What a token depends on. */
static char *seal_settings(const CredentialConf *conf, const char *salt)
{
	const char *const texts[] = { credential_type_names[conf->type],
				      conf->token_url,
				      conf->grant,
				      conf->client_id,
				      conf->scope,
				      conf->key_id,
				      conf->issuer,
				      conf->subject,
				      conf->audience };
	g_autoptr(GHmac) hmac = hmac_for(salt);

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		add_text(hmac, texts[i]);
	add_secret(hmac, conf->client_secret);
	add_secret(hmac, conf->refresh_token);
	add_secret(hmac, conf->key);
	add_node(hmac, conf->parameters);
	add_node(hmac, conf->claims);
	if (conf->type == CREDENTIAL_PASSWORD || conf->type == CREDENTIAL_LOGIN) {
		add_text(hmac, conf->user);
		add_secret(hmac, conf->password);
		add_secret(hmac, conf->token);
		add_secret(hmac, conf->value);
		add_node(hmac, conf->login);
		add_text(hmac, conf->token_path);
	}
	return g_strdup(g_hmac_get_string(hmac));
}

static char *make_salt(void)
{
	guchar bytes[SALT_BYTES];
	GString *text = g_string_new(NULL);

	/* Cannot fail for so few bytes once the system is up; getrandom(2). */
	if (getrandom(bytes, sizeof(bytes), 0) != (gssize)sizeof(bytes))
		g_error("the system has no random numbers");
	for (gsize i = 0; i < sizeof(bytes); i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	return g_string_free(text, FALSE);
}

/* Reading -------------------------------------------------------------------------------------- */

static gint64 take_time(const json_t *object, const char *name)
{
	return (gint64)json_integer_value(json_object_get(object, name));
}

static gboolean is_sealed(const json_t *object, const char *name, const char *seal)
{
	return g_strcmp0(json_get_string(object, name), seal) == 0;
}

/* The clock was set back, or the file is another machine's: nothing in it can be reckoned with. */
static gboolean is_of_the_future(gint64 us)
{
	return us > clock_now_us() + CLOCK_MINUTE;
}

static gboolean has_odd_refresh(const json_t *object)
{
	const json_t *value = json_object_get(object, "refresh_token");

	return value && (!json_is_string(value) || json_string_length(value) == 0);
}

static void take_tokens(const CredentialConf *conf, const json_t *object, CredentialTokens *tokens)
{
	const char *salt = json_get_string(object, "salt");
	g_autofree char *settings = seal_settings(conf, salt);
	g_autofree char *beginning = seal_beginning(conf, salt);
	g_autoptr(Secret) access = credential_take_secret(object, "access_token");
	g_autoptr(Secret) refresh = credential_take_secret(object, "refresh_token");

	if (is_sealed(object, "began", beginning))
		tokens->refresh = g_steal_pointer(&refresh);
	if (!is_sealed(object, "settings", settings) ||
	    is_of_the_future(take_time(object, "fetched")))
		return;
	tokens->access = g_steal_pointer(&access);
	tokens->fetched_us = take_time(object, "fetched");
	tokens->expires_us = take_time(object, "expires");
	tokens->renewed_us = take_time(object, "renewed");
	tokens->fields = json_incref(json_object_get(object, "fields"));
}

static json_t *parse(const char *text, gsize length)
{
	json_t *object = json_parse_bounded(text, length, NULL);

	if (json_is_object(object) && json_get_string(object, "salt") &&
	    json_integer_value(json_object_get(object, "version")) == VERSION)
		return object;
	json_decref(object);
	return NULL;
}

gboolean credential_store_read(CredentialStore *self, CredentialTokens *tokens, char **note,
			       GError **error)
{
	g_autoptr(json_t) object = NULL;
	const char *path = credential_file_path(self->file);
	char *text = NULL;
	gsize length = 0;

	*tokens = (CredentialTokens){ 0 };
	*note = NULL;
	if (!credential_file_read(self->file, &text, &length, error))
		return FALSE;
	if (!text)
		return TRUE;
	object = parse(text, length);
	secret_wipe(text, length);
	g_free(text);
	if (object)
		take_tokens(self->conf, object, tokens);
	else
		*note = g_strdup_printf("'%s' was damaged and is made anew", path);
	if (object && has_odd_refresh(object))
		*note = g_strdup_printf("the refresh token in '%s' is no text, so that of "
					"auth.refresh_token is used",
					path);
	return TRUE;
}

/* Writing -------------------------------------------------------------------------------------- */

static void put_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, json_lossy_string(text, strlen(text)));
}

static void wipe_member(json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (value)
		secret_wipe((char *)json_string_value(value), json_string_length(value));
}

static char *text_of(const CredentialConf *conf, const CredentialTokens *tokens)
{
	g_autofree char *salt = make_salt();
	g_autofree char *settings = seal_settings(conf, salt);
	g_autofree char *beginning = seal_beginning(conf, salt);
	g_autoptr(json_t) object = json_object();
	char *text;

	json_object_set_new(object, "version", json_integer(VERSION));
	put_text(object, "salt", salt);
	put_text(object, "settings", settings);
	put_text(object, "began", beginning);
	json_object_set_new(object, "fetched", json_integer(tokens->fetched_us));
	json_object_set_new(object, "expires", json_integer(tokens->expires_us));
	json_object_set_new(object, "renewed", json_integer(tokens->renewed_us));
	if (tokens->access)
		put_text(object, "access_token", secret_peek(tokens->access));
	if (tokens->refresh)
		put_text(object, "refresh_token", secret_peek(tokens->refresh));
	if (tokens->fields)
		json_object_set(object, "fields", tokens->fields);
	text = json_canonical(object);
	wipe_member(object, "access_token");
	wipe_member(object, "refresh_token");
	return text;
}

gboolean credential_store_write(CredentialStore *self, const CredentialTokens *tokens,
				GError **error)
{
	char *text = text_of(self->conf, tokens);
	gboolean ok = credential_file_write(self->file, text, strlen(text), error);

	credential_wipe(text);
	return ok;
}
