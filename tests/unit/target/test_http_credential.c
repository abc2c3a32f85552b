/*
 * The HTTP engine and a credential that comes and goes: fetched, refused, replaced, not to be had.
 */
#include <string.h>

#include "base/clock.h"
#include "engine_support.h"
#include "sink_support.h"

/* Where a test's credential comes from. */
typedef struct {
	HttpCredentialState state;
	guint pending;   /* calls of get() until it is ready */
	guint serial;    /* of the token */
	guint most;      /* the last serial there is */
	guint asked;     /* calls of get() */
	gboolean ignore; /* a refusal changes nothing */
	gboolean hold;   /* after a refusal the next one is not there yet */
	char *line, *refused;
} Source;

static HttpCredentialState source_get(void *self_, guint timeout_ms, const char **header,
				      const char **problem)
{
	Source *self = self_;

	self->asked++;
	if (self->state == HTTP_CREDENTIAL_FAILED)
		*problem = "the token service answered 400: invalid_client";
	if (self->state != HTTP_CREDENTIAL_READY)
		return self->state;
	if (self->pending > 0) {
		self->pending--;
		clock_sleep_ms(MIN(timeout_ms, 5));
		return HTTP_CREDENTIAL_PENDING;
	}
	g_free(self->line);
	self->line = g_strdup_printf("Authorization: Bearer token-%u", self->serial);
	*header = self->line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean source_refused(void *self_, const char *header)
{
	Source *self = self_;

	g_free(self->refused);
	self->refused = g_strdup(header);
	if (self->ignore || self->serial >= self->most)
		return FALSE;
	if (self->hold)
		self->state = HTTP_CREDENTIAL_PENDING;
	/* Another request may have found out before. */
	if (g_ascii_strtoull(strrchr(header, '-') + 1, NULL, 10) == self->serial)
		self->serial++;
	return TRUE;
}

static void source_clear(Source *self)
{
	g_free(self->line);
	g_free(self->refused);
}

static HttpSetup setup_with(const char *url, Source *source)
{
	HttpSetup setup = setup_for(url);

	source->most = MAX(source->most, 9);
	setup.credentials =
		(HttpCredentials){ .self = source, .get = source_get, .refused = source_refused };
	return setup;
}

static void assert_token(Sink *sink, guint n, const char *token)
{
	g_autofree char *line = g_strdup_printf("\r\nAuthorization: Bearer %s\r\n", token);

	g_assert_nonnull(strstr(sink_request(sink, n), line));
}

/* Nothing goes out before the credential is there, and then all of it does. */
static void test_pending(void)
{
	Sink *sink = sink_new();
	Source source = { .pending = 4 };
	HttpSetup setup = setup_with(sink_url(sink), &source);
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	submit(http, "GET", "/a", NULL);
	submit_urgent(http, "POST", "/b", "{}");
	g_assert_cmpuint(http_step(http, 0, on_done, &seen), ==, 2);
	g_assert_cmpuint(sink_count(sink), ==, 0);
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 2);
	assert_token(sink, 0, "token-0");
	assert_token(sink, 1, "token-0");
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
	source_clear(&source);
}

/* What is on the wire goes on while the credential is fetched; waiting for both is no busy loop. */
static void test_pending_beside_the_wire(void)
{
	Sink *sink = sink_new();
	Source source = { .serial = 1 };
	HttpSetup setup = setup_with(sink_url(sink), &source);
	setup.concurrency = 2;
	setup.request_timeout_us = CLOCK_SECOND / 2;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_hang(sink);
	submit(http, "POST", "/slow", "{}");
	while (sink_count(sink) == 0)
		http_step(http, 20, on_done, &seen);
	source.state = HTTP_CREDENTIAL_PENDING;
	source.asked = 0;
	submit(http, "POST", "/next", "{}");
	while (seen.answers == 0)
		g_assert_cmpuint(http_step(http, 1000, on_done, &seen), >=, 1);
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	g_assert_cmpuint(sink_count(sink), ==, 1);
	g_assert_cmpuint(source.asked, <, 150);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
	source_clear(&source);
}

static void test_none_to_be_had(void)
{
	Sink *sink = sink_new();
	Source source = { .state = HTTP_CREDENTIAL_FAILED };
	HttpSetup setup = setup_with(sink_url(sink), &source);
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	submit(http, "GET", "/a", NULL);
	submit(http, "POST", "/b", "{}");
	submit_urgent(http, "PATCH", "/c", "{}");
	g_assert_cmpuint(http_step(http, 1000, on_done, &seen), ==, 0);
	g_assert_cmpuint(seen.answers, ==, 3);
	g_assert_cmpint(seen.fate, ==, HTTP_DENIED);
	g_assert_cmpuint(seen.calls, ==, 0);
	g_assert_nonnull(strstr(seen.problem, "invalid_client"));
	g_assert_cmpuint(sink_count(sink), ==, 0);

	/* It is asked for again with the next request. */
	source.state = HTTP_CREDENTIAL_READY;
	submit(http, "GET", "/a", NULL);
	run(http, &seen);
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
	source_clear(&source);
}

/* "Not done" would be a lie about what was sent before. */
static void test_lost_and_then_none(void)
{
	static const char *const methods[] = { "PATCH", "GET" };

	for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
		Sink *sink = sink_new();
		Source source = { .serial = 1 };
		HttpSetup setup = setup_with(sink_url(sink), &source);
		Http *http = engine(&setup);
		Seen seen = { 0 };

		sink_cut(sink, "", 0);
		submit(http, methods[i], "/a", i == 0 ? "{}" : NULL);
		while (sink_count(sink) == 0)
			http_step(http, 20, on_done, &seen);
		source.state = HTTP_CREDENTIAL_FAILED;
		run(http, &seen);
		g_assert_cmpint(seen.fate, ==, i == 0 ? HTTP_LOST : HTTP_DENIED);
		g_assert_cmpint(seen.doubtful, ==, i == 0);
		g_assert_cmpuint(seen.calls, ==, 1);
		g_assert_nonnull(strstr(seen.problem, "invalid_client"));
		seen_clear(&seen);
		http_free(http);
		sink_free(sink);
		source_clear(&source);
	}
}

/* A 401 was not done: sent once more with another credential, a POST too. */
static void test_refused_once(void)
{
	Sink *sink = sink_new();
	Source source = { .serial = 1 };
	HttpSetup setup = setup_with(sink_url(sink), &source);

	setup.max_tries = 1;
	sink_say(sink, 401, "", "expired");
	sink_say(sink, 201, "", "{}");
	Seen seen = ask(&setup, "POST", "{\"a\":1}");
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_cmpuint(seen.calls, ==, 2);
	g_assert_cmpuint(seen.retries, ==, 0);
	g_assert_false(seen.doubtful);
	g_assert_cmpstr(source.refused, ==, "Authorization: Bearer token-1");
	assert_token(sink, 0, "token-1");
	assert_token(sink, 1, "token-2");
	g_assert_true(g_str_has_suffix(sink_request(sink, 1), "{\"a\":1}"));
	seen_clear(&seen);
	sink_free(sink);
	source_clear(&source);
}

static void check_refused(Source *source, guint requests)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_with(sink_url(sink), source);

	sink_say(sink, 401, "", "no");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	g_assert_cmpint(seen.status, ==, 401);
	g_assert_cmpuint(sink_count(sink), ==, requests);
	seen_clear(&seen);
	sink_free(sink);
	source_clear(source);
}

/* The second 401 is the answer, and the first where there is no other credential. */
static void test_refused_for_good(void)
{
	check_refused(&(Source){ .serial = 1 }, 2);
	check_refused(&(Source){ .ignore = TRUE }, 1);
}

/* Requests that went out with the old token come back one after the other: each is sent again. */
static void test_refused_together(void)
{
	Sink *sink = sink_new();
	Source source = { .serial = 1 };
	HttpSetup setup = setup_with(sink_url(sink), &source);
	setup.concurrency = 4;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	for (guint i = 0; i < 4; i++) {
		sink_say(sink, 401, "", "expired");
		submit(http, "PUT", "/a", "{}");
	}
	sink_say(sink, 200, "", "{}");
	/* None comes a second time before all have come once: the script goes by their number. */
	source.hold = TRUE;
	while (sink_count(sink) < 4)
		http_step(http, 0, on_done, &seen);
	source.hold = FALSE;
	source.state = HTTP_CREDENTIAL_READY;
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 4);
	g_assert_cmpint(seen.status, ==, 200);
	g_assert_cmpuint(sink_count(sink), ==, 8);
	/* One new token was enough for all. */
	g_assert_cmpuint(source.serial, ==, 2);
	for (guint i = 4; i < 8; i++)
		assert_token(sink, i, "token-2");
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
	source_clear(&source);
}

/* A request whose answer was lost stays one, whatever the credential does then. */
static void test_lost_and_then_refused(void)
{
	Sink *sink = sink_new();
	Source source = { .serial = 1 };
	HttpSetup setup = setup_with(sink_url(sink), &source);

	sink_cut(sink, "", 0);
	sink_say(sink, 401, "", "expired");
	sink_say(sink, 404, "", "gone");
	Seen seen = ask(&setup, "DELETE", NULL);
	g_assert_cmpint(seen.status, ==, 404);
	g_assert_true(seen.doubtful);
	g_assert_cmpuint(seen.calls, ==, 3);
	g_assert_cmpuint(seen.retries, ==, 1);
	seen_clear(&seen);
	sink_free(sink);
	source_clear(&source);
}

/* A token that is replaced while requests with it are on the wire. */
static void test_replaced_under_way(void)
{
	Sink *sink = sink_new();
	Source source = { .serial = 1 };
	HttpSetup setup = setup_with(sink_url(sink), &source);
	setup.concurrency = 2;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	submit(http, "GET", "/old", NULL);
	http_step(http, 0, on_done, &seen);
	source.serial = 7;
	submit(http, "GET", "/new", NULL);
	run(http, &seen);
	while (seen.answers < 2)
		run(http, &seen);
	for (guint i = 0; i < 2; i++)
		assert_token(sink, i,
			     strstr(sink_request(sink, i), "/old") ? "token-1" : "token-7");
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
	source_clear(&source);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-credential/pending", test_pending);
	g_test_add_func("/http-credential/pending-beside-the-wire", test_pending_beside_the_wire);
	g_test_add_func("/http-credential/none-to-be-had", test_none_to_be_had);
	g_test_add_func("/http-credential/lost-and-then-none", test_lost_and_then_none);
	g_test_add_func("/http-credential/refused-once", test_refused_once);
	g_test_add_func("/http-credential/refused-for-good", test_refused_for_good);
	g_test_add_func("/http-credential/refused-together", test_refused_together);
	g_test_add_func("/http-credential/lost-and-then-refused", test_lost_and_then_refused);
	g_test_add_func("/http-credential/replaced-under-way", test_replaced_under_way);
	return g_test_run();
}
