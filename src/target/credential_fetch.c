/*
 * One request to a token service, or the calls of a login one after the other, and what came of
 * them.
 *
 * It goes over an HTTP engine of its own, for a token service is another origin than the
 * application: another credential (that of the client, or none), no rates, one request at a time.
 * TLS, certificate and proxy are those of the application, so that a client certificate proves the
 * client here as well (RFC 8705 §2).
 *
 * The request is a POST and treated like one: sent again where it certainly was not done (no
 * connection, 429, 503), and never where it may have been, for a refresh token may be used up.
 *
 * A login's calls may be at several origins: each has an engine of its own, without a credential.
 * What one takes of its answer the next one sends; where one fails, the login begins anew.
 *
 * Sentences about refusals quote the service, without any of our secrets, and say what to look at.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plain.h"
#include "body_internal.h"
#include "credential_internal.h"

#define TRIES 3
#define LONGEST_WAIT_US (20 * CLOCK_SECOND)
#define WORDS_MAX 300 /* characters of the service's own */

struct CredentialFetch {
	Credential *owner;
	const CredentialConf *conf;
	GPtrArray *engines;     /* Http, one per call; of a token service the only one */
	CredentialLogin *login; /* or NULL */
	guint at;               /* the call that is under way */
	json_t *outputs;        /* of the calls before; what is secret in it is wiped */
	char *client_line;      /* how the client says who it is, in a header; or NULL */
	json_t *head;           /* of what is signed */
	gboolean is_under_way;
};

typedef struct {
	CredentialFetch *fetch;
	CredentialFetched *fetched;
	gboolean over;
} Landing;

/* Sentences ------------------------------------------------------------------------------------ */

/* The service's words without secrets, on one line, bounded. New string. */
static char *words_of(const CredentialFetch *self, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *blotted = credential_blot(self->owner, valid);

	return plain_line(blotted, WORDS_MAX);
}

/* Who was asked. New string. */
static char *service_of(const CredentialFetch *self)
{
	if (!self->login)
		return credential_grant_service(self->conf);
	return g_strdup(credential_login_service(self->login, self->at));
}

static char *refusal(const CredentialFetch *self, const CredentialAnswer *answer, int status)
{
	g_autofree char *service = service_of(self);
	g_autofree char *code = answer->code ? words_of(self, answer->code) : NULL;
	g_autofree char *words = answer->words ? words_of(self, answer->words) : NULL;
	GString *text = g_string_new(NULL);

	g_string_printf(text,
			self->login ? "the login at %s failed" : "the token service %s refused us",
			service);
	if (code)
		g_string_append_printf(text, ": %s", code);
	if (words)
		g_string_append_printf(text, ": %s", words);
	if (!code && !words)
		g_string_append_printf(text, " with status %d", status);
	g_string_append_printf(text, "\n%s",
			       credential_answer_hint(self->conf, answer->code, status));
	return g_string_free(text, FALSE);
}

/* Answers -------------------------------------------------------------------------------------- */

/* Why there is no answer. New string. */
static char *lost(const CredentialFetch *self, const HttpAnswer *http)
{
	g_autofree char *service = service_of(self);
	g_autofree char *words = NULL;

	if (http->fate == HTTP_TOO_LARGE)
		return g_strdup_printf(
			"cannot get an access token: the answer of the token service "
			"%s is larger than %u kB, which none is\ncheck %s",
			service, (guint)(CREDENTIAL_ANSWER_MAX / 1024),
			self->login ? "auth.login" : "auth.token_url");
	words = credential_blot(self->owner, http->problem);
	return g_strdup_printf("cannot get an access token: %s", words);
}

static void hide(const CredentialFetch *self, const Secret *secret)
{
	if (secret)
		credential_hide(self->owner, secret_peek(secret));
}

/* Whatever a login takes on its way may be as good as a password. */
static void hide_outputs(const CredentialFetch *self)
{
	if (self->outputs)
		credential_fields_hide(self->owner, self->outputs);
}

/* TRUE: it is under way. */
static gboolean submit_call(CredentialFetch *self, GError **error)
{
	HttpRequest *request = credential_login_request(self->login, self->at, self->outputs,
							error);

	if (!request)
		return FALSE;
	self->is_under_way = TRUE;
	http_submit(self->engines->pdata[self->at], request);
	return TRUE;
}

static gboolean next_call(CredentialFetch *self, CredentialFetched *fetched)
{
	g_autoptr(GError) error = NULL;

	self->at++;
	if (submit_call(self, &error))
		return TRUE;
	g_autofree char *words = words_of(self, error->message);
	fetched->problem = g_strdup_printf("cannot get an access token: the login at %s: %s",
					   credential_login_service(self->login, self->at), words);
	return FALSE;
}

static void on_answer(HttpRequest *request, const HttpAnswer *http, void *landing_)
{
	Landing *landing = landing_;
	CredentialFetch *self = landing->fetch;
	CredentialFetched *fetched = landing->fetched;
	gboolean ok;

	http_request_free(request);
	landing->over = TRUE;
	self->is_under_way = FALSE;
	if (http->fate != HTTP_ANSWERED) {
		fetched->problem = lost(self, http);
		fetched->pause_us = http->retry_after_us;
		return;
	}
	ok = self->login ? credential_login_read(self->login, self->at, http, self->outputs,
						 &fetched->answer)
			 : credential_answer_read(&fetched->answer, self->conf, http->status,
						  http->body, http->length);
	hide_outputs(self);
	hide(self, fetched->answer.access);
	hide(self, fetched->answer.refresh);
	if (!ok)
		fetched->problem = refusal(self, &fetched->answer, http->status);
	else if (self->login && self->at + 1 < credential_login_length(self->login))
		landing->over = !next_call(self, fetched);
}

void credential_fetched_clear(CredentialFetched *self)
{
	credential_answer_clear(&self->answer);
	g_clear_pointer(&self->problem, g_free);
}

gboolean credential_fetch_step(CredentialFetch *self, guint timeout_ms, CredentialFetched *fetched)
{
	Landing landing = { .fetch = self, .fetched = fetched };

	*fetched = (CredentialFetched){ 0 };
	http_step(self->engines->pdata[self->at], timeout_ms, on_answer, &landing);
	return landing.over;
}

/* Asking --------------------------------------------------------------------------------------- */

static char *sign(CredentialFetch *self, gboolean of_client, GError **error)
{
	g_autofree char *id = g_uuid_string_random();
	g_autoptr(json_t) claims = credential_grant_claims(self->conf, of_client, clock_now_us(),
							   id);
	char *jwt = credential_jwt_sign(claims, self->head, self->conf->key, error);

	credential_hide(self->owner, jwt);
	return jwt;
}

static HttpRequest *make_request(const CredentialConf *conf, const CredentialProof *proof)
{
	g_autofree char *path = credential_grant_path(conf);
	char *form = credential_grant_form(conf, proof);
	HttpRequest *request = http_request_new("POST", path);

	request->secret = TRUE;
	request->accept = "application/json";
	if (conf->send == CREDENTIAL_SEND_QUERY) {
		g_free(request->path);
		request->path = g_strconcat(path, "?", form, NULL);
		credential_wipe(form);
		form = g_strdup("");
	}
	request->body = form;
	request->body_length = strlen(form);
	request->content_type = "application/x-www-form-urlencoded";
	return request;
}

static void forget_outputs(CredentialFetch *self)
{
	body_wipe(self->outputs);
	json_decref(self->outputs);
	self->outputs = NULL;
}

static gboolean begin_login(CredentialFetch *self, GError **error)
{
	forget_outputs(self);
	self->outputs = json_object();
	self->at = 0;
	return submit_call(self, error);
}

gboolean credential_fetch_begin(CredentialFetch *self, const char *refresh_token, GError **error)
{
	CredentialProof proof = { .refresh_token = refresh_token };
	char *assertion = NULL, *client = NULL;
	gboolean by_key = credential_client_auth(self->conf) == CREDENTIAL_CLIENT_PRIVATE_KEY_JWT;
	gboolean ok = TRUE;

	/* A second use of the same refresh token would lock everybody out. */
	g_assert(!self->is_under_way);
	if (self->login)
		return begin_login(self, error);
	if (self->conf->type == CREDENTIAL_JWT_BEARER)
		ok = (assertion = sign(self, FALSE, error)) != NULL;
	if (ok && by_key)
		ok = (client = sign(self, TRUE, error)) != NULL;
	if (ok) {
		proof.assertion = assertion;
		proof.client_assertion = client;
		self->is_under_way = TRUE;
		http_submit(self->engines->pdata[0], make_request(self->conf, &proof));
	}
	credential_wipe(assertion);
	credential_wipe(client);
	return ok;
}

/* Life ----------------------------------------------------------------------------------------- */

static HttpCredentialState get_client(void *self_, guint timeout_ms, const char **header,
				      const char **problem)
{
	CredentialFetch *self = self_;

	*header = self->client_line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean client_refused(void *self, const char *header)
{
	return FALSE;
}

/* An engine for one origin, or for the token service as it is configured. */
static gboolean add_engine(CredentialFetch *self, const CredentialPeer *peer, const char *url,
			   GError **error)
{
	HttpSetup setup = {
		.base_url = url,
		.tls = peer->tls,
		.proxy = peer->proxy,
		.user_agent = peer->user_agent,
		.concurrency = 1,
		.connect_timeout_us = peer->connect_timeout_us,
		.request_timeout_us = peer->request_timeout_us,
		.max_body = CREDENTIAL_ANSWER_MAX,
		.max_tries = TRIES,
		.longest_wait_us = LONGEST_WAIT_US,
	};

	if (!self->login)
		setup.credentials = (HttpCredentials){ .self = self,
						       .get = get_client,
						       .refused = client_refused };
	Http *http = http_new(&setup, error);
	if (http)
		g_ptr_array_add(self->engines, http);
	return http != NULL;
}

/* As HTTP Basic has it, which is what services repeat. */
static void hide_pair(const CredentialFetch *self, const char *user, const Secret *password)
{
	if (!user || !password)
		return;
	char *pair = credential_pair(user, secret_peek(password));
	credential_hide(self->owner, pair);
	credential_wipe(pair);
}

static gboolean prepare_login(CredentialFetch *self, const CredentialPeer *peer, GError **error)
{
	/* Whether clear text is allowed was settled when the settings were checked. */
	self->login = credential_login_new(self->conf, TRUE, error);
	if (!self->login)
		return FALSE;
	hide_pair(self, self->conf->user, self->conf->password);
	hide_pair(self, self->conf->client_id, self->conf->client_secret);
	for (guint i = 0; i < credential_login_length(self->login); i++) {
		if (!add_engine(self, peer, credential_login_origin(self->login, i), error))
			return FALSE;
	}
	return TRUE;
}

static gboolean prepare_grant(CredentialFetch *self, const CredentialPeer *peer, GError **error)
{
	self->client_line = credential_grant_basic(self->conf);
	if (self->client_line)
		credential_hide(self->owner, strrchr(self->client_line, ' ') + 1);
	self->head = credential_jwt_head(self->conf->key_id, self->conf->certificate, error);
	return self->head && add_engine(self, peer, self->conf->token_url, error);
}

CredentialFetch *credential_fetch_new(Credential *owner, const CredentialPeer *peer, GError **error)
{
	CredentialFetch *self = g_new0(CredentialFetch, 1);
	gboolean is_login = owner->conf->type == CREDENTIAL_LOGIN;

	self->owner = owner;
	self->conf = owner->conf;
	self->engines = g_ptr_array_new_with_free_func((GDestroyNotify)http_free);
	if (is_login ? prepare_login(self, peer, error) : prepare_grant(self, peer, error))
		return self;
	credential_fetch_free(self);
	return NULL;
}

void credential_fetch_free(CredentialFetch *self)
{
	if (!self)
		return;
	/* Header lines name what is in the calls: these go last. */
	g_ptr_array_unref(self->engines);
	credential_login_free(self->login);
	forget_outputs(self);
	credential_wipe(self->client_line);
	json_decref(self->head);
	g_free(self);
}
