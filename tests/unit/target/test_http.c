/*
 * The HTTP engine against a scripted server: what is sent, what is sent again, what never is.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "sink_support.h"
#include "target/http.h"

typedef struct {
	HttpFate fate;
	int status;
	char *body, *problem, *location;
	gint64 retry_after_us;
	guint calls, answers;
} Seen;

static void on_done(HttpRequest *request, const HttpAnswer *answer, void *seen_)
{
	Seen *seen = seen_;

	g_free(seen->body);
	g_free(seen->problem);
	g_free(seen->location);
	seen->fate = answer->fate;
	seen->status = answer->status;
	seen->body = g_strdup(answer->body);
	seen->problem = g_strdup(answer->problem);
	seen->location = g_strdup(answer->location);
	seen->retry_after_us = answer->retry_after_us;
	seen->calls = answer->calls;
	seen->answers++;
	http_request_free(request);
}

static void seen_clear(Seen *seen)
{
	g_free(seen->body);
	g_free(seen->problem);
	g_free(seen->location);
	*seen = (Seen){ 0 };
}

static HttpSetup setup_for(const char *url)
{
	return (HttpSetup){ .base_url = url,
			    .concurrency = 1,
			    .connect_timeout_us = 5 * CLOCK_SECOND,
			    .request_timeout_us = 5 * CLOCK_SECOND,
			    .max_body = 100000,
			    .max_tries = 3,
			    .longest_wait_us = 5 * CLOCK_SECOND };
}

static Http *engine(const HttpSetup *setup)
{
	g_autoptr(GError) error = NULL;
	Http *http = http_new(setup, &error);

	g_assert_no_error(error);
	return http;
}

static void run(Http *http, Seen *seen)
{
	while (http_step(http, 1000, on_done, seen) > 0)
		continue;
}

static void submit(Http *http, const char *method, const char *path, const char *body)
{
	HttpRequest *request = http_request_new(method, path);

	request->accept = "application/json";
	if (body) {
		request->body = g_strdup(body);
		request->body_length = strlen(body);
		request->content_type = "application/scim+json";
	}
	http_submit(http, request);
}

/* One request with an engine of its own. */
static Seen ask(const HttpSetup *setup, const char *method, const char *body)
{
	Http *http = engine(setup);
	Seen seen = { 0 };

	submit(http, method, "/Users", body);
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 1);
	http_free(http);
	return seen;
}

/* A credential that never changes; 'line' is the header. */
static HttpCredentialState fixed_get(void *line, guint timeout_ms, const char **header,
				     const char **problem)
{
	*header = line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean fixed_refused(void *line, const char *header)
{
	return FALSE;
}

static HttpCredentials fixed(char *line)
{
	return (HttpCredentials){ .self = line, .get = fixed_get, .refused = fixed_refused };
}

static void test_what_is_sent(void)
{
	Sink *sink = sink_new();
	g_autofree char *url = g_strconcat(sink_url(sink), "/?tenant=7", NULL);
	char line[] = "Authorization: Bearer t0ken";
	HttpSetup setup = setup_for(url);

	setup.credentials = fixed(line);
	sink_say(sink, 201, "Location: /scim/Users/9\r\n", "{}");
	Seen seen = ask(&setup, "POST", "{\"a\":1}");
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_cmpstr(seen.location, ==, "/scim/Users/9");

	const char *sent = sink_request(sink, 0);
	g_assert_true(g_str_has_prefix(sent, "POST /scim/Users?tenant=7 HTTP/1.1\r\n"));
	g_assert_nonnull(strstr(sent, "\r\nAuthorization: Bearer t0ken\r\n"));
	g_assert_nonnull(strstr(sent, "\r\nContent-Type: application/scim+json\r\n"));
	g_assert_nonnull(strstr(sent, "\r\nAccept: application/json\r\n"));
	g_assert_nonnull(strstr(sent, "\r\nUser-Agent: dirbridge/"));
	g_assert_null(strstr(sent, "Expect:"));
	g_assert_true(g_str_has_suffix(sent, "\r\n\r\n{\"a\":1}"));
	seen_clear(&seen);
	sink_free(sink);
}

static void test_methods(void)
{
	static const char *const methods[] = { "GET", "POST", "PATCH", "PUT", "DELETE", "GET" };
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "ok");
	for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
		gboolean bare = methods[i][0] == 'G' || methods[i][0] == 'D';
		submit(http, methods[i], "/x", bare ? NULL : "{}");
		run(http, &seen);
		g_assert_true(g_str_has_prefix(sink_request(sink, i), methods[i]));
		g_assert_cmpint(g_str_has_suffix(sink_request(sink, i), "{}"), ==, !bare);
	}
	/* One handle and one connection served them all. */
	g_assert_cmpuint(sink_connections(sink), ==, 1);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

static void test_post_is_not_repeated(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 201, "", "{}");
	sink_cut(sink, "", 0);
	sink_say(sink, 201, "", "{}");
	submit(http, "POST", "/Users", "{}");
	run(http, &seen);
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	submit(http, "POST", "/Users", "{}");
	run(http, &seen);
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	g_assert_nonnull(strstr(seen.problem, "lost"));
	g_assert_cmpuint(sink_count(sink), ==, 2);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

/*
 * The service does it, dies, and is not there when libcurl connects again by itself: that is an
 * answer lost, not a service never reached. Only a GET cannot have done anything.
 */
static void test_sent_and_then_unreachable(void)
{
	static const struct {
		const char *method;
		HttpFate fate;
	} cases[] = { { "POST", HTTP_LOST },
		      { "PATCH", HTTP_LOST },
		      { "DELETE", HTTP_LOST },
		      { "GET", HTTP_UNREACHABLE } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Sink *sink = sink_new();
		HttpSetup setup = setup_for(sink_url(sink));
		setup.max_tries = 2;
		Http *http = engine(&setup);
		Seen seen = { 0 };

		sink_say(sink, 200, "", "{}");
		sink_leave(sink);
		submit(http, "GET", "/", NULL);
		run(http, &seen);
		submit(http, cases[i].method, "/Users", i < 2 ? "{}" : NULL);
		run(http, &seen);
		g_assert_cmpint(seen.fate, ==, cases[i].fate);
		g_assert_cmpuint(sink_count(sink), ==, 2);
		g_assert_true(i > 0 || seen.calls == 1);
		seen_clear(&seen);
		http_free(http);
		sink_free(sink);
	}
}

/* What the last try says is not the whole truth when the answer of an earlier one was lost. */
static void test_lost_and_then_refused(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_cut(sink, "", 0);
	sink_say(sink, 503, "", "busy");
	Seen seen = ask(&setup, "PATCH", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	g_assert_nonnull(strstr(seen.problem, "an answer was lost, and then"));
	g_assert_nonnull(strstr(seen.problem, "answered 503"));
	seen_clear(&seen);

	/* Nothing was lost: certainly not done. */
	seen = ask(&setup, "PATCH", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LATER);
	seen_clear(&seen);
	sink_free(sink);
}

static void test_put_is_repeated(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_cut(sink, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 43);
	sink_say(sink, 502, "", "bad gateway");
	sink_say(sink, 200, "", "done");
	Seen seen = ask(&setup, "PUT", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	g_assert_cmpstr(seen.body, ==, "done");
	g_assert_cmpuint(seen.calls, ==, 3);
	seen_clear(&seen);
	sink_free(sink);
}

static void test_post_500_is_final(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_say(sink, 500, "", "oops");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
	g_assert_cmpint(seen.status, ==, 500);
	g_assert_cmpuint(sink_count(sink), ==, 1);
	seen_clear(&seen);
	sink_free(sink);
}

/* 429: the POST was refused, so it may be sent again; not before the service said. */
static void test_retry_after(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	gint64 start = clock_monotonic_us();

	sink_say(sink, 429, "Retry-After: 1\r\n", "slow down");
	sink_say(sink, 201, "", "{}");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_cmpuint(seen.calls, ==, 2);
	g_assert_cmpint(clock_monotonic_us() - start, >=, CLOCK_SECOND * 9 / 10);
	seen_clear(&seen);
	sink_free(sink);
}

/* While one request waits, the others to the same service wait too. */
static void test_throttle_pauses_all(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	setup.concurrency = 2;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 429, "Retry-After: 1\r\n", "");
	sink_say(sink, 200, "", "{}");
	submit(http, "GET", "/one", NULL);
	while (sink_count(sink) == 0)
		http_step(http, 20, on_done, &seen);
	http_step(http, 50, on_done, &seen);
	http_step(http, 50, on_done, &seen);
	submit(http, "GET", "/two", NULL);
	gint64 start = clock_monotonic_us();
	while (clock_monotonic_us() - start < CLOCK_SECOND / 2)
		http_step(http, 20, on_done, &seen);
	g_assert_cmpuint(sink_count(sink), ==, 1);
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 2);
	g_assert_cmpuint(sink_count(sink), ==, 3);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

static void check_long_wait(const char *headers, gint64 low_s, gint64 high_s)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_say(sink, 429, headers, "{}");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LATER);
	g_assert_cmpint(seen.status, ==, 429);
	g_assert_cmpint(seen.retry_after_us, >=, low_s * CLOCK_SECOND);
	g_assert_cmpint(seen.retry_after_us, <=, high_s * CLOCK_SECOND);
	g_assert_cmpuint(sink_count(sink), ==, 1);
	seen_clear(&seen);
	sink_free(sink);
}

static void test_too_long_a_wait(void)
{
	g_autoptr(GDateTime) soon = g_date_time_new_from_unix_utc(clock_now_us() / CLOCK_SECOND +
								  600);
	g_autofree char *date = g_date_time_format(soon,
						   "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n");
	g_autofree char *epoch = g_strdup_printf("x-ratelimit-reset: %" G_GINT64_FORMAT "\r\n",
						 clock_now_us() / CLOCK_SECOND + 600);

	check_long_wait("Retry-After: 3600\r\n", 3600, 3600);
	check_long_wait(date, 590, 601);
	check_long_wait(epoch, 590, 601);
}

/* 503 without a wish: backed off, and handed up as "certainly not done". */
static void test_503_exhausted(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	setup.max_tries = 2;
	sink_say(sink, 503, "", "<html>maintenance</html>");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LATER);
	g_assert_cmpuint(sink_count(sink), ==, 2);
	g_assert_nonnull(strstr(seen.problem, "503"));
	seen_clear(&seen);
	sink_free(sink);
}

static void test_unreachable(void)
{
	HttpSetup setup = setup_for("http://127.0.0.1:1/");

	setup.max_tries = 2;
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_UNREACHABLE);
	g_assert_cmpuint(seen.calls, ==, 2);
	g_assert_nonnull(strstr(seen.problem, "could not reach http://127.0.0.1:1"));
	seen_clear(&seen);
}

static void test_silent_service(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	setup.request_timeout_us = CLOCK_SECOND / 5;
	sink_hang(sink);
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	g_assert_nonnull(strstr(seen.problem, "did not answer within"));
	seen_clear(&seen);
	sink_free(sink);
}

static void test_too_large(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	g_autofree char *big = g_strnfill(200000, 'x');

	sink_say(sink, 200, "", big);
	Seen seen = ask(&setup, "GET", NULL);
	g_assert_cmpint(seen.fate, ==, HTTP_TOO_LARGE);
	g_assert_nonnull(strstr(seen.problem, "max_body"));
	g_assert_cmpuint(sink_count(sink), ==, 1);
	seen_clear(&seen);
	sink_free(sink);
}

static void test_endless_headers(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	GString *text = g_string_new("HTTP/1.1 200 OK\r\n");

	for (guint i = 0; i < 40000; i++)
		g_string_append_printf(text, "x-%u: aaaaaaaa\r\n", i);
	g_string_append(text, "\r\n");
	sink_cut(sink, text->str, text->len);
	g_string_free(text, TRUE);
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_TOO_LARGE);
	seen_clear(&seen);
	sink_free(sink);
}

static void test_redirect_same_origin(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_say(sink, 307, "Location: /v2/Users\r\n", "");
	sink_say(sink, 201, "", "{}");
	Seen seen = ask(&setup, "POST", "{\"b\":2}");
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_true(g_str_has_prefix(sink_request(sink, 1), "POST /v2/Users HTTP/1.1"));
	g_assert_true(g_str_has_suffix(sink_request(sink, 1), "{\"b\":2}"));
	seen_clear(&seen);
	sink_free(sink);
}

/* The credential must not follow a redirect to another host, and the sentence names both. */
static void test_redirect_elsewhere(void)
{
	Sink *sink = sink_new(), *other = sink_new();
	g_autofree char *to = g_strdup_printf("Location: %s/Users\r\n", sink_url(other));
	char line[] = "Authorization: Bearer t0ken";
	HttpSetup setup = setup_for(sink_url(sink));

	setup.credentials = fixed(line);
	sink_say(sink, 308, to, "");
	sink_say(other, 200, "", "{}");
	Seen seen = ask(&setup, "GET", NULL);
	g_assert_cmpint(seen.fate, ==, HTTP_UNREACHABLE);
	g_assert_cmpuint(sink_count(other), ==, 0);
	g_autofree char *from_origin = g_strndup(sink_url(sink), strlen(sink_url(sink)) - 5);
	g_autofree char *to_origin = g_strndup(sink_url(other), strlen(sink_url(other)) - 5);
	g_assert_nonnull(strstr(seen.problem, from_origin));
	g_assert_nonnull(strstr(seen.problem, to_origin));
	g_assert_null(strstr(seen.problem, "t0ken"));
	seen_clear(&seen);
	sink_free(sink);
	sink_free(other);
}

static void test_redirect_of_writes(void)
{
	static const struct {
		const char *method;
		HttpFate fate;
	} cases[] = { { "POST", HTTP_LOST },
		      { "PATCH", HTTP_UNREACHABLE },
		      { "GET", HTTP_UNREACHABLE } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Sink *sink = sink_new();
		HttpSetup setup = setup_for(sink_url(sink));
		gboolean get = g_str_equal(cases[i].method, "GET");

		sink_say(sink, 302, "Location: /login\r\n", "");
		Seen seen = ask(&setup, cases[i].method, get ? NULL : "{}");
		g_assert_cmpint(seen.fate, ==, cases[i].fate);
		/* A GET goes round in circles, three times and no more. */
		g_assert_cmpuint(sink_count(sink), ==, get ? 4 : 1);
		seen_clear(&seen);
		sink_free(sink);
	}
}

static void test_many(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	setup.concurrency = 8;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 201, "", "{\"id\":\"1\"}");
	for (guint i = 0; i < 500; i++)
		submit(http, "POST", "/Users", "{}");
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 500);
	g_assert_cmpuint(sink_count(sink), ==, 500);
	g_assert_cmpuint(sink_connections(sink), <=, 8);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

/* Dropping an engine with work under way frees what it took, and calls nobody. */
static void test_free_under_way(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_hang(sink);
	submit(http, "POST", "/a", "{}");
	submit(http, "POST", "/b", "{}");
	g_assert_cmpuint(http_step(http, 20, on_done, &seen), ==, 2);
	http_free(http);
	g_assert_cmpuint(seen.answers, ==, 0);
	sink_free(sink);
}

static void test_bad_setup(void)
{
	static const char *const bad[] = { "",         "host/scim",       "ftp://h/x",
					   "https://", "https://h/#frag", "https://u:hunter2@h/" };

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		HttpSetup setup = setup_for(bad[i]);
		g_assert_null(http_new(&setup, &error));
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_null(strstr(error->message, "hunter2"));
	}
	g_autoptr(GError) error = NULL;
	HttpSetup setup = setup_for("https://h/");
	setup.tls.ca_file = "/nonexistent/ca.pem";
	g_assert_null(http_new(&setup, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_nonnull(strstr(error->message, "/nonexistent/ca.pem"));
}

static void test_clear_text(void)
{
	static const struct {
		const char *url;
		gboolean clear_text;
	} cases[] = {
		{ "http://127.0.0.1:80/x", FALSE }, { "http://LOCALHOST/", FALSE },
		{ "http://[::1]:9/", FALSE },       { "https://example.org/", FALSE },
		{ "http://example.org/", TRUE },    { "http://127.0.0.1.example.org/", TRUE }
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gboolean clear_text;
		g_assert_true(http_url_check(cases[i].url, &clear_text, NULL));
		g_assert_cmpint(clear_text, ==, cases[i].clear_text);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http/what-is-sent", test_what_is_sent);
	g_test_add_func("/http/methods", test_methods);
	g_test_add_func("/http/post-is-not-repeated", test_post_is_not_repeated);
	g_test_add_func("/http/sent-and-then-unreachable", test_sent_and_then_unreachable);
	g_test_add_func("/http/lost-and-then-refused", test_lost_and_then_refused);
	g_test_add_func("/http/put-is-repeated", test_put_is_repeated);
	g_test_add_func("/http/post-500-is-final", test_post_500_is_final);
	g_test_add_func("/http/retry-after", test_retry_after);
	g_test_add_func("/http/throttle-pauses-all", test_throttle_pauses_all);
	g_test_add_func("/http/too-long-a-wait", test_too_long_a_wait);
	g_test_add_func("/http/503-exhausted", test_503_exhausted);
	g_test_add_func("/http/unreachable", test_unreachable);
	g_test_add_func("/http/silent-service", test_silent_service);
	g_test_add_func("/http/too-large", test_too_large);
	g_test_add_func("/http/endless-headers", test_endless_headers);
	g_test_add_func("/http/redirect-same-origin", test_redirect_same_origin);
	g_test_add_func("/http/redirect-elsewhere", test_redirect_elsewhere);
	g_test_add_func("/http/redirect-of-writes", test_redirect_of_writes);
	g_test_add_func("/http/many", test_many);
	g_test_add_func("/http/free-under-way", test_free_under_way);
	g_test_add_func("/http/bad-setup", test_bad_setup);
	g_test_add_func("/http/clear-text", test_clear_text);
	return g_test_run();
}
