/*
 * The HTTP engine against a service that wants to be asked less.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/pattern.h"
#include "engine_support.h"
#include "sink_support.h"

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

/* The rest of the queue, those that wait for a next try, and who is urgent: nobody asks again. */
static void test_told_once(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	setup.concurrency = 2;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	g_assert_cmpint(http_away_us(http), ==, 0);
	sink_say(sink, 500, "", "");
	sink_say(sink, 503, "Retry-After: 600\r\n", "{}");
	submit(http, "PUT", "/waits", "{}");
	while (sink_count(sink) == 0)
		http_step(http, 20, on_done, &seen);
	for (guint i = 0; i < 5; i++)
		submit(http, "POST", "/Users", "{}");
	run(http, &seen);
	g_assert_cmpuint(sink_count(sink), ==, 2);
	g_assert_cmpuint(seen.answers, ==, 6);
	g_assert_cmpint(http_away_us(http), >, 590 * CLOCK_SECOND);
	g_assert_cmpint(http_away_us(http), <=, 600 * CLOCK_SECOND);

	submit_urgent(http, "PATCH", "/leaver", "{}");
	run(http, &seen);
	g_assert_cmpuint(sink_count(sink), ==, 2);
	g_assert_cmpint(seen.fate, ==, HTTP_LATER);
	g_assert_cmpint(seen.status, ==, 0);
	g_assert_cmpuint(seen.calls, ==, 0);
	g_assert_cmpint(seen.retry_after_us, >, 590 * CLOCK_SECOND);
	g_assert_nonnull(strstr(seen.problem, "answered 503 and asks to wait"));
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

static void check_not_a_wish(const char *headers, const char *method, int status)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	sink_say(sink, status, headers, "");
	sink_say(sink, 200, "", "{}");
	Seen seen = ask(&setup, method, "{}");
	g_assert_cmpint(seen.status, ==, 200);
	g_assert_cmpuint(seen.calls, ==, 2);
	seen_clear(&seen);
	sink_free(sink);
}

/* Where something else is wrong, the time at which a rate is reset is no time to wait. */
static void test_news_of_rates(void)
{
	static const char plenty[] = "x-ratelimit-remaining: 4999\r\nx-ratelimit-reset: 3000\r\n";

	check_not_a_wish(plenty, "PUT", 502);
	check_not_a_wish(plenty, "PUT", 500);
	check_not_a_wish(plenty, "POST", 503);
	check_not_a_wish("x-ratelimit-reset: 3000\r\n", "POST", 503);
	check_not_a_wish("ratelimit: \"day\";r=90;t=3000\r\n", "POST", 503);
}

/* Words that mean 429, though the status says that we may not, or that we are wrong. */
static void test_throttled_by_words(void)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free);
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));

	g_ptr_array_add(words, pattern_compile("rateLimitExceeded", 17, NULL, NULL));
	setup.throttled = words;
	sink_say(sink, 403, "", "{\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}");
	sink_say(sink, 400, "", "\xff rateLimitExceeded");
	sink_say(sink, 201, "", "{}");
	Seen seen = ask(&setup, "POST", "{}");
	g_assert_cmpint(seen.status, ==, 201);
	g_assert_cmpuint(seen.calls, ==, 3);
	g_assert_cmpuint(seen.retries, ==, 2);
	g_assert_false(seen.doubtful);
	seen_clear(&seen);
	sink_free(sink);

	/* Other words, and other statuses, are answers. */
	sink = sink_new();
	setup.base_url = sink_url(sink);
	sink_say(sink, 403, "", "you are not an administrator");
	sink_say(sink, 404, "", "rateLimitExceeded");
	for (guint i = 0; i < 2; i++) {
		seen = ask(&setup, "POST", "{}");
		g_assert_cmpint(seen.fate, ==, HTTP_ANSWERED);
		g_assert_cmpuint(seen.calls, ==, 1);
		seen_clear(&seen);
	}
	sink_free(sink);
}

/* "Nothing left until in a second": waited for, instead of being refused. */
static void test_used_up(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };
	gint64 start = clock_monotonic_us();

	sink_say(sink, 200, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n", "{}");
	sink_say(sink, 200, "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 3600\r\n", "{}");
	sink_say(sink, 200, "x-ratelimit-remaining: 7\r\nx-ratelimit-reset: 4\r\n", "{}");
	for (guint i = 0; i < 4; i++)
		submit(http, "POST", "/Users", "{}");
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 4);
	g_assert_cmpuint(sink_count(sink), ==, 4);
	g_assert_cmpint(clock_monotonic_us() - start, >=, CLOCK_SECOND * 9 / 10);
	/* An hour is more than may be waited for, and who has seven left need not wait. */
	g_assert_cmpint(clock_monotonic_us() - start, <, 3 * CLOCK_SECOND);
	g_assert_cmpint(http_waited_us(http), >=, CLOCK_SECOND * 8 / 10);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

/* What is urgent ------------------------------------------------------------------------------- */

static guint place_of(Sink *sink, const char *path)
{
	g_autofree char *text = g_strdup_printf(" /scim%s HTTP", path);

	for (guint i = 0; i < sink_count(sink); i++) {
		if (strstr(sink_request(sink, i), text))
			return i;
	}
	return G_MAXUINT;
}

static void test_urgent_overtakes(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	for (guint i = 0; i < 20; i++)
		submit(http, "POST", "/Users", "{}");
	submit_urgent(http, "PATCH", "/leaver-1", "{}");
	submit_urgent(http, "PATCH", "/leaver-2", "{}");
	run(http, &seen);
	g_assert_cmpuint(place_of(sink, "/leaver-1"), ==, 0);
	g_assert_cmpuint(place_of(sink, "/leaver-2"), ==, 1);
	g_assert_cmpuint(sink_count(sink), ==, 22);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

/* Others have used up what is theirs of the rate: who leaves does not wait for the next hour. */
static void test_urgent_share(void)
{
	const HttpRate rate = { .calls = 100, .per_us = CLOCK_HOUR, .burst = 10 };
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	setup.rates = &rate;
	setup.n_rates = 1;
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 200, "", "{}");
	for (guint i = 0; i < 20; i++)
		submit(http, "POST", "/Users", "{}");
	while (seen.answers < 9)
		http_step(http, 100, on_done, &seen);
	submit_urgent(http, "PATCH", "/leaver", "{}");
	while (seen.answers < 10)
		http_step(http, 1000, on_done, &seen);
	g_assert_cmpuint(place_of(sink, "/leaver"), ==, 9);
	g_assert_cmpuint(http_step(http, 0, on_done, &seen), ==, 11);
	g_assert_cmpuint(sink_count(sink), ==, 10);
	seen_clear(&seen);

	/* The next run begins where this one ended. */
	g_autoptr(json_t) left = http_rates_left(http);
	http_free(http);
	setup.rates_left = left;
	http = engine(&setup);
	submit(http, "POST", "/Users", "{}");
	g_assert_cmpuint(http_step(http, 100, on_done, &seen), ==, 1);
	g_assert_cmpuint(sink_count(sink), ==, 10);
	http_free(http);
	seen_clear(&seen);
	sink_free(sink);
}

/* A place taken by a request that waits for its next try is not in the way. */
static void test_urgent_passes_who_waits(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 500, "", "");
	sink_say(sink, 200, "", "{}");
	submit(http, "PUT", "/Users", "{}");
	while (sink_count(sink) == 0)
		http_step(http, 20, on_done, &seen);
	submit(http, "PUT", "/other", "{}");
	submit_urgent(http, "PATCH", "/leaver", "{}");
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 3);
	g_assert_cmpuint(place_of(sink, "/leaver"), ==, 1);
	g_assert_cmpuint(sink_connections(sink), ==, 1);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

/* A service that asks to be left alone is, by everybody. */
static void test_urgent_heeds_the_service(void)
{
	Sink *sink = sink_new();
	HttpSetup setup = setup_for(sink_url(sink));
	Http *http = engine(&setup);
	Seen seen = { 0 };

	sink_say(sink, 429, "Retry-After: 1\r\n", "");
	sink_say(sink, 200, "", "{}");
	submit(http, "PUT", "/Users", "{}");
	while (http_waited_us(http) == 0)
		http_step(http, 20, on_done, &seen);
	gint64 start = clock_monotonic_us();
	submit_urgent(http, "PATCH", "/leaver", "{}");
	run(http, &seen);
	g_assert_cmpint(clock_monotonic_us() - start, >=, CLOCK_SECOND * 8 / 10);
	g_assert_cmpuint(seen.answers, ==, 2);
	g_assert_cmpuint(place_of(sink, "/leaver"), ==, 1);
	seen_clear(&seen);
	http_free(http);
	sink_free(sink);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-waiting/retry-after", test_retry_after);
	g_test_add_func("/http-waiting/throttle-pauses-all", test_throttle_pauses_all);
	g_test_add_func("/http-waiting/too-long-a-wait", test_too_long_a_wait);
	g_test_add_func("/http-waiting/told-once", test_told_once);
	g_test_add_func("/http-waiting/news-of-rates", test_news_of_rates);
	g_test_add_func("/http-waiting/throttled-by-words", test_throttled_by_words);
	g_test_add_func("/http-waiting/used-up", test_used_up);
	g_test_add_func("/http-waiting/urgent-overtakes", test_urgent_overtakes);
	g_test_add_func("/http-waiting/urgent-share", test_urgent_share);
	g_test_add_func("/http-waiting/urgent-passes-who-waits", test_urgent_passes_who_waits);
	g_test_add_func("/http-waiting/urgent-heeds-the-service", test_urgent_heeds_the_service);
	return g_test_run();
}
