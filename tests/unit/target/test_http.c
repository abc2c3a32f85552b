/*
 * The HTTP engine against a scripted server: what is sent, where to, what is taken of an answer.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "engine_support.h"
#include "sink_support.h"

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
