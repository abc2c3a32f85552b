/*
 * One request to a token service, and what came of it.
 *
 * It goes over an HTTP engine of its own, for a token service is another origin than the
 * application: another credential (that of the client, or none), no rates, one request at a time.
 * TLS, certificate and proxy are those of the application, so that a client certificate proves the
 * client here as well (RFC 8705 §2).
 *
 * The request is a POST and treated like one: sent again where it certainly was not done (no
 * connection, 429, 503), and never where it may have been, for a refresh token may be used up.
 *
 * Sentences about refusals quote the service, without any of our secrets, and say what to look at.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/plain.h"
#include "credential_internal.h"

#define TRIES 3
#define LONGEST_WAIT_US (20 * CLOCK_SECOND)
#define WORDS_MAX 300 /* characters of the service's own */

struct CredentialFetch {
	Credential *owner;
	const CredentialConf *conf;
	Http *http;
	char *client_line; /* how the client says who it is, in a header; or NULL */
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

static char *refusal(const CredentialFetch *self, const CredentialAnswer *answer, int status)
{
	g_autofree char *service = credential_grant_service(self->conf);
	g_autofree char *code = answer->code ? words_of(self, answer->code) : NULL;
	g_autofree char *words = answer->words ? words_of(self, answer->words) : NULL;
	GString *text = g_string_new(NULL);

	g_string_printf(text, "the token service %s refused us", service);
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

static void forget_request(HttpRequest *request)
{
	if (request->body)
		secret_wipe(request->body, request->body_length);
	secret_wipe(request->path, strlen(request->path));
	http_request_free(request);
}

/* Why there is no answer. New string. */
static char *lost(const CredentialFetch *self, const HttpAnswer *http)
{
	g_autofree char *service = credential_grant_service(self->conf);
	g_autofree char *words = NULL;

	if (http->fate == HTTP_TOO_LARGE)
		return g_strdup_printf(
			"cannot get an access token: the answer of the token service "
			"%s is larger than %u kB, which none is\ncheck "
			"auth.token_url",
			service, (guint)(CREDENTIAL_ANSWER_MAX / 1024));
	words = credential_blot(self->owner, http->problem);
	return g_strdup_printf("cannot get an access token: %s", words);
}

static void hide(const CredentialFetch *self, const Secret *secret)
{
	if (secret)
		credential_hide(self->owner, secret_peek(secret));
}

static void on_answer(HttpRequest *request, const HttpAnswer *http, void *landing_)
{
	Landing *landing = landing_;
	CredentialFetch *self = landing->fetch;
	CredentialFetched *fetched = landing->fetched;
	gboolean ok;

	forget_request(request);
	landing->over = TRUE;
	self->is_under_way = FALSE;
	if (http->fate != HTTP_ANSWERED) {
		fetched->problem = lost(self, http);
		fetched->pause_us = http->retry_after_us;
		return;
	}
	ok = credential_answer_read(&fetched->answer, self->conf, http->status, http->body,
				    http->length);
	hide(self, fetched->answer.access);
	hide(self, fetched->answer.refresh);
	if (!ok)
		fetched->problem = refusal(self, &fetched->answer, http->status);
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
	http_step(self->http, timeout_ms, on_answer, &landing);
	return landing.over;
}

/* Asking --------------------------------------------------------------------------------------- */

static char *sign(CredentialFetch *self, gboolean of_client, GError **error)
{
	g_autofree char *id = g_uuid_string_random();
	g_autoptr(json_t) claims = credential_grant_claims(self->conf, of_client, clock_now_us(),
							   id);
	char *jwt = credential_jwt_sign(claims, self->conf->key_id, self->conf->key, error);

	credential_hide(self->owner, jwt);
	return jwt;
}

static HttpRequest *make_request(const CredentialConf *conf, const CredentialProof *proof)
{
	g_autofree char *path = credential_grant_path(conf);
	char *form = credential_grant_form(conf, proof);
	HttpRequest *request = http_request_new("POST", path);

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

gboolean credential_fetch_begin(CredentialFetch *self, const char *refresh_token, GError **error)
{
	CredentialProof proof = { .refresh_token = refresh_token };
	char *assertion = NULL, *client = NULL;
	gboolean by_key = credential_client_auth(self->conf) == CREDENTIAL_CLIENT_PRIVATE_KEY_JWT;
	gboolean ok = TRUE;

	/* A second use of the same refresh token would lock everybody out. */
	g_assert(!self->is_under_way);
	if (self->conf->type == CREDENTIAL_JWT_BEARER)
		ok = (assertion = sign(self, FALSE, error)) != NULL;
	if (ok && by_key)
		ok = (client = sign(self, TRUE, error)) != NULL;
	if (ok) {
		proof.assertion = assertion;
		proof.client_assertion = client;
		self->is_under_way = TRUE;
		http_submit(self->http, make_request(self->conf, &proof));
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

CredentialFetch *credential_fetch_new(Credential *owner, const CredentialPeer *peer, GError **error)
{
	CredentialFetch *self = g_new0(CredentialFetch, 1);
	HttpSetup setup = {
		.base_url = owner->conf->token_url,
		.credentials = { .self = self, .get = get_client, .refused = client_refused },
		.tls = peer->tls,
		.proxy = peer->proxy,
		.user_agent = peer->user_agent,
		.concurrency = 1,
		.connect_timeout_us = peer->connect_timeout_us,
		.request_timeout_us = peer->request_timeout_us,
		.max_body = CREDENTIAL_ANSWER_MAX,
		.max_tries = TRIES,
		.longest_wait_us = LONGEST_WAIT_US
	};

	self->owner = owner;
	self->conf = owner->conf;
	self->client_line = credential_grant_basic(self->conf);
	if (self->client_line)
		credential_hide(owner, strrchr(self->client_line, ' ') + 1);
	self->http = http_new(&setup, error);
	if (self->http)
		return self;
	credential_fetch_free(self);
	return NULL;
}

void credential_fetch_free(CredentialFetch *self)
{
	if (!self)
		return;
	http_free(self->http);
	credential_wipe(self->client_line);
	g_free(self);
}
