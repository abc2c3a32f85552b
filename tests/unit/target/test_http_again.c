/*
 * The HTTP engine against a service in trouble: what is sent again, what never is.
 */
#include <string.h>

#include "base/clock.h"
#include "engine_support.h"
#include "sink_support.h"

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

/* Who hangs up at the first question of all was not reached; once it has answered, or of a POST
 * that it may have done, the answer was lost. */
static void test_never_heard(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	setup.max_tries = 2;
	sink_cut(sink, "", 0);
	Seen seen = ask(&setup, "GET", NULL);
	g_assert_cmpint(seen.fate, ==, HTTP_UNREACHABLE);
	g_assert_cmpuint(seen.calls, ==, 2);
	g_assert_nonnull(strstr(seen.problem, "closed without an answer"));
	g_assert_null(strstr(seen.problem, "certificate"));
	seen_clear(&seen);
	seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	seen_clear(&seen);
	sink_free(sink);

	sink = sink_new();
	setup.base_url = sink_url(sink);
	sink_say(sink, 200, "", "{}");
	sink_cut(sink, "", 0);
	Http *http = engine(&setup);
	for (guint i = 0; i < 2; i++) {
		submit(http, "GET", "/Users", NULL);
		run(http, &seen);
	}
	g_assert_cmpint(seen.fate, ==, HTTP_LOST);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-again/post-is-not-repeated", test_post_is_not_repeated);
	g_test_add_func("/http-again/sent-and-then-unreachable", test_sent_and_then_unreachable);
	g_test_add_func("/http-again/lost-and-then-refused", test_lost_and_then_refused);
	g_test_add_func("/http-again/put-is-repeated", test_put_is_repeated);
	g_test_add_func("/http-again/post-500-is-final", test_post_500_is_final);
	g_test_add_func("/http-again/503-exhausted", test_503_exhausted);
	g_test_add_func("/http-again/unreachable", test_unreachable);
	g_test_add_func("/http-again/never-heard", test_never_heard);
	g_test_add_func("/http-again/silent-service", test_silent_service);
	return g_test_run();
}
