/*
 * What a request brings along: header lines of its own, a credential in its address; and what it
 * gets to see of the answer's lines.
 */
#include <string.h>

#include "../../../src/target/http_internal.h"
#include "base/clock.h"
#include "engine_support.h"
#include "sink_support.h"

static const char *const any[] = { NULL };

/* A GET of '/Users' with these lines. */
static HttpRequest *request_with(const char *const *lines)
{
	HttpRequest *request = http_request_new("GET", "/Users");

	request->accept = "application/json";
	request->headers = g_ptr_array_new_with_free_func(g_free);
	for (; *lines; lines++)
		g_ptr_array_add(request->headers, g_strdup(*lines));
	return request;
}

/* What the service hears. Freed with the sink. */
static const char *heard(Sink *sink, HttpCredentials credentials, const char *const *lines)
{
	HttpSetup setup = setup_for(sink_url(sink));
	setup.credentials = credentials;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	http_submit(http, request_with(lines));
	run(http, &seen);
	g_assert_cmpint(seen.status, ==, 200);
	seen_clear(&seen);
	http_free(http);
	return sink_request(sink, 0);
}

static guint count(const char *text, const char *what)
{
	guint n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void test_lines(void)
{
	static const char *const lines[] = { "X-Org: 7", "X-Org: 8",
					     "x-Blank:", "Prefer: return=minimal\r\nX-Evil: 1",
					     NULL };
	Sink *sink = sink_new();
	const char *text = heard(sink, (HttpCredentials){ 0 }, lines);

	g_assert_nonnull(strstr(text, "\r\nX-Org: 8\r\n"));
	g_assert_null(strstr(text, "X-Org: 7"));
	g_assert_nonnull(strstr(text, "\r\nx-Blank:\r\n"));
	g_assert_nonnull(strstr(text, "\r\nPrefer: return=minimal  X-Evil: 1\r\n"));
	g_assert_nonnull(strstr(text, "\r\nAccept: application/json\r\n"));
	sink_free(sink);
}

static void test_in_place_of_ours(void)
{
	static const char *const lines[] = { "accept: text/csv", "User-Agent: other/1", NULL };
	Sink *sink = sink_new();
	const char *text = heard(sink, (HttpCredentials){ 0 }, lines);

	g_assert_nonnull(strstr(text, "\r\naccept: text/csv\r\n"));
	g_assert_nonnull(strstr(text, "\r\nUser-Agent: other/1\r\n"));
	g_assert_null(strstr(text, "application/json"));
	g_assert_null(strstr(text, "dirbridge"));
	sink_free(sink);
}

/* Neither the credential nor where a request ends is a definition's to say. */
static void test_not_in_place_of(void)
{
	static const char *const lines[] = {
		"authorization: Basic eDp5",  "Host: elsewhere.example", "Content-Length: 99",
		"Transfer-Encoding: chunked", "Connection: close",       NULL
	};
	static const char *const words[] = { "eDp5", "elsewhere", "99", "chunked", "close" };
	Sink *sink = sink_new();
	const char *text = heard(sink, fixed((char *)"Authorization: Bearer good"), lines);

	g_assert_nonnull(strstr(text, "\r\nAuthorization: Bearer good\r\n"));
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_assert_null(strstr(text, words[i]));
	g_assert_cmpuint(count(text, "Host:"), ==, 1);
	sink_free(sink);
}

/* Without a credential of that name it is a line like others. */
static void test_authorization_of_its_own(void)
{
	static const char *const lines[] = { "Authorization: Basic eDp5", NULL };
	Sink *sink = sink_new();
	const char *text = heard(sink, fixed((char *)"X-Api-Key: good"), lines);

	g_assert_nonnull(strstr(text, "\r\nAuthorization: Basic eDp5\r\n"));
	g_assert_nonnull(strstr(text, "\r\nX-Api-Key: good\r\n"));
	sink_free(sink);
}

/* The lines of an answer ----------------------------------------------------------------------- */

static void on_lines(HttpRequest *request, const HttpAnswer *answer, void *lines)
{
	if (answer->headers) {
		for (guint i = 0; i < answer->headers->len; i++)
			g_ptr_array_add(lines, g_strdup(answer->headers->pdata[i]));
	} else {
		g_ptr_array_add(lines, g_strdup("none"));
	}
	http_request_free(request);
}

static GPtrArray *lines_of_answer(const char *headers, gboolean wanted)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	HttpRequest *request = request_with(any);

	request->wants_headers = wanted;
	sink_say(sink, 200, headers, "{}");
	http_submit(http, request);
	while (http_step(http, 1000, on_lines, lines) > 0)
		continue;
	http_free(http);
	sink_free(sink);
	return lines;
}

static gboolean has(const GPtrArray *lines, const char *line)
{
	return g_ptr_array_find_with_equal_func((GPtrArray *)lines, line, g_str_equal, NULL);
}

static void test_answer(void)
{
	static const char headers[] = "LINK: <https://a/?page=2>; rel=\"next\"\r\n"
				      "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Empty:\r\n";
	g_autoptr(GPtrArray) lines = lines_of_answer(headers, TRUE);
	g_autoptr(GPtrArray) none = lines_of_answer(headers, FALSE);

	g_assert_true(has(lines, "link: <https://a/?page=2>; rel=\"next\""));
	g_assert_true(has(lines, "set-cookie: a=1"));
	g_assert_true(has(lines, "set-cookie: b=2"));
	g_assert_true(has(lines, "x-empty: "));
	g_assert_cmpuint(none->len, ==, 1);
	g_assert_cmpstr(none->pdata[0], ==, "none");
}

/* However many there are, what is handed on has bounds. */
static void test_answer_of_many_lines(void)
{
	g_autoptr(GString) many = g_string_new(NULL), large = g_string_new(NULL);
	g_autofree char *value = g_strnfill(30000, 'v');
	gsize bytes = 0;

	for (guint i = 0; i < 400; i++)
		g_string_append_printf(many, "X-%u: 1\r\n", i);
	for (guint i = 0; i < 5; i++)
		g_string_append_printf(large, "X-%u: %s\r\n", i, value);
	g_autoptr(GPtrArray) lines = lines_of_answer(many->str, TRUE);
	g_autoptr(GPtrArray) few = lines_of_answer(large->str, TRUE);
	g_assert_cmpuint(lines->len, ==, 200);
	for (guint i = 0; i < few->len; i++)
		bytes += strlen(few->pdata[i]);
	g_assert_cmpuint(bytes, >, 60000);
	g_assert_cmpuint(bytes, <=, 65536);
}

/* A credential in the address ------------------------------------------------------------------ */

static void assert_url(const char *url, const char *pair, const char *expected)
{
	g_autofree char *got = http_url_with(url, pair);

	g_assert_cmpstr(got, ==, expected);
}

static void test_addresses(void)
{
	assert_url("https://a/u", "key=k1", "https://a/u?key=k1");
	assert_url("https://a/u?", "key=k1", "https://a/u?key=k1");
	assert_url("https://a/u?q=1&r", "key=k1", "https://a/u?q=1&r&key=k1");
	assert_url("https://a/u?key=old&q=1", "key=k1", "https://a/u?q=1&key=k1");
	assert_url("https://a/u?q=1&key=old", "key=k1", "https://a/u?q=1&key=k1");
	assert_url("https://a/u?key=k1&key=k1", "key=k1", "https://a/u?key=k1");
	assert_url("https://a/u?keys=1&&mykey=2", "key=k1", "https://a/u?keys=1&mykey=2&key=k1");
}

typedef struct {
	guint serial, refused;
	char line[40];
} Keys;

static HttpCredentialState keys_get(void *self_, guint timeout_ms, const char **header,
				    const char **problem)
{
	Keys *self = self_;

	g_snprintf(self->line, sizeof(self->line), "api_key=secret-%u", self->serial);
	*header = self->line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean keys_refused(void *self_, const char *header)
{
	Keys *self = self_;

	g_assert_cmpstr(header, ==, self->line);
	self->serial++;
	self->refused++;
	return TRUE;
}

static HttpSetup setup_in_query(Sink *sink, Keys *keys)
{
	HttpSetup setup = setup_for(sink_url(sink));

	setup.credentials = (HttpCredentials){
		.self = keys, .in_query = TRUE, .get = keys_get, .refused = keys_refused
	};
	return setup;
}

static void assert_asked(Sink *sink, guint n, const char *line)
{
	g_autofree char *first = g_strndup(sink_request(sink, n),
					   strcspn(sink_request(sink, n), "\r"));

	g_assert_cmpstr(first, ==, line);
	g_assert_cmpuint(count(sink_request(sink, n), "secret-"), ==, count(line, "secret-"));
}

/* It is added to each address, also to one that a redirect names, and to none elsewhere. */
static void test_in_query(void)
{
	Sink *sink = sink_new();
	Keys keys = { .serial = 1 };
	HttpSetup setup = setup_in_query(sink, &keys);

	sink_say(sink, 302, "Location: /scim/People?page=1&api_key=secret-1\r\n", "");
	sink_say(sink, 200, "", "{}");
	Seen seen = ask(&setup, "GET", NULL);
	g_assert_cmpint(seen.status, ==, 200);
	assert_asked(sink, 0, "GET /scim/Users?api_key=secret-1 HTTP/1.1");
	assert_asked(sink, 1, "GET /scim/People?page=1&api_key=secret-1 HTTP/1.1");
	seen_clear(&seen);
	sink_free(sink);
}

static void test_in_query_elsewhere(void)
{
	Sink *sink = sink_new(), *other = sink_new();
	Keys keys = { .serial = 1 };
	HttpSetup setup = setup_in_query(sink, &keys);
	g_autofree char *location = g_strdup_printf("Location: %s/Users?api_key=secret-1\r\n",
						    sink_url(other));

	sink_say(other, 200, "", "{}");
	sink_say(sink, 302, location, "");
	Seen seen = ask(&setup, "GET", NULL);
	g_assert_cmpint(seen.fate, ==, HTTP_UNREACHABLE);
	g_assert_nonnull(strstr(seen.problem, "not followed"));
	g_assert_null(strstr(seen.problem, "secret-1"));
	g_assert_cmpuint(sink_count(other), ==, 0);
	seen_clear(&seen);
	sink_free(sink);
	sink_free(other);
}

static void test_in_query_refused(void)
{
	Sink *sink = sink_new();
	Keys keys = { .serial = 1 };
	HttpSetup setup = setup_in_query(sink, &keys);

	sink_say(sink, 401, "", "expired");
	sink_say(sink, 201, "", "{}");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_cmpuint(keys.refused, ==, 1);
	assert_asked(sink, 0, "POST /scim/Users?api_key=secret-1 HTTP/1.1");
	assert_asked(sink, 1, "POST /scim/Users?api_key=secret-2 HTTP/1.1");
	seen_clear(&seen);
	sink_free(sink);
}

/* Whatever goes wrong, the address is not quoted. */
static void test_in_query_unsaid(void)
{
	Sink *sink = sink_new();
	Keys keys = { .serial = 1 };
	HttpSetup setup = setup_in_query(sink, &keys);

	setup.max_tries = 1;
	sink_cut(sink, "", 0);
	sink_cut(sink, "nonsense\r\n\r\n", 12);
	sink_leave(sink);
	for (guint i = 0; i < 3; i++) {
		Seen seen = ask(&setup, "PUT", "{}");
		g_assert_cmpint(seen.fate, !=, HTTP_ANSWERED);
		g_assert_null(strstr(seen.problem, "secret-"));
		seen_clear(&seen);
	}
	sink_free(sink);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-lines/own", test_lines);
	g_test_add_func("/http-lines/in-place-of-ours", test_in_place_of_ours);
	g_test_add_func("/http-lines/not-in-place-of", test_not_in_place_of);
	g_test_add_func("/http-lines/authorization-of-its-own", test_authorization_of_its_own);
	g_test_add_func("/http-lines/answer", test_answer);
	g_test_add_func("/http-lines/answer-of-many-lines", test_answer_of_many_lines);
	g_test_add_func("/http-lines/addresses", test_addresses);
	g_test_add_func("/http-lines/in-query", test_in_query);
	g_test_add_func("/http-lines/in-query-elsewhere", test_in_query_elsewhere);
	g_test_add_func("/http-lines/in-query-refused", test_in_query_refused);
	g_test_add_func("/http-lines/in-query-unsaid", test_in_query_unsaid);
	return g_test_run();
}
