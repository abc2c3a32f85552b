/*
 * Rates: what is kept for urgent requests, and what the next run takes over.
 */
#include "../../../src/target/http_internal.h"
#include "base/clock.h"
#include "base/json.h"

#define START (1000 * CLOCK_SECOND) /* monotonic */
#define TODAY G_GINT64_CONSTANT(1795000000000000)

static const HttpRate hundred_a_second = { .calls = 100, .per_us = CLOCK_SECOND, .burst = 20 };

static HttpRequest request_of(gboolean urgent)
{
	return (HttpRequest){ .method = "PATCH", .path = (char *)"/Users/1", .urgent = urgent };
}

/* How many requests go at this moment. */
static guint send_all(GArray *buckets, gboolean urgent, gint64 now)
{
	HttpRequest request = request_of(urgent);
	guint n = 0;

	while (http_buckets_wait_us(buckets, &request, now) == 0 && n < 1000) {
		http_buckets_take(buckets, &request, now);
		n++;
	}
	return n;
}

static void test_a_tenth_is_kept(void)
{
	g_autoptr(GArray) buckets = http_buckets_new(&hundred_a_second, 1);

	g_assert_cmpuint(send_all(buckets, FALSE, START), ==, 18);
	g_assert_cmpuint(send_all(buckets, FALSE, START), ==, 0);
	g_assert_cmpuint(send_all(buckets, TRUE, START), ==, 2);
	g_assert_cmpuint(send_all(buckets, TRUE, START), ==, 0);
}

/* Whoever asks at every millisecond of ten seconds gets so many. */
static guint ten_seconds(GArray *buckets, gboolean urgent)
{
	guint n = 0;

	for (gint64 ms = 1; ms <= 10000; ms++)
		n += send_all(buckets, urgent, START + ms * 1000);
	return n;
}

static void test_a_tenth_of_the_flow(void)
{
	g_autoptr(GArray) buckets = http_buckets_new(&hundred_a_second, 1);
	g_autoptr(GArray) others = http_buckets_new(&hundred_a_second, 1);
	guint n = ten_seconds(others, FALSE);

	g_assert_cmpuint(n, >=, 18 + 899);
	g_assert_cmpuint(n, <=, 18 + 901);
	/* They did not touch what is kept: as much as an untouched bucket has at once. */
	g_assert_cmpuint(send_all(others, TRUE, START + 10 * CLOCK_SECOND), >=, 19);
	n = ten_seconds(buckets, TRUE);
	g_assert_cmpuint(n, >=, 20 + 999);
	g_assert_cmpuint(n, <=, 20 + 1001);
}

/* What is urgent takes from the whole: both together never exceed the rate. */
static void test_together(void)
{
	g_autoptr(GArray) buckets = http_buckets_new(&hundred_a_second, 1);
	guint n = 0;

	for (gint64 ms = 0; ms <= 10000; ms++) {
		n += send_all(buckets, FALSE, START + ms * 1000);
		n += send_all(buckets, TRUE, START + ms * 1000);
	}
	g_assert_cmpuint(n, >=, 20 + 999);
	g_assert_cmpuint(n, <=, 20 + 1001);
}

/* A burst too small to have a tenth is everybody's. */
static void test_small_burst(void)
{
	const HttpRate rate = { .calls = 1, .per_us = CLOCK_SECOND, .burst = 1 };
	g_autoptr(GArray) buckets = http_buckets_new(&rate, 1);
	HttpRequest request = request_of(FALSE);

	g_assert_cmpuint(send_all(buckets, FALSE, START), ==, 1);
	gint64 wait = http_buckets_wait_us(buckets, &request, START);
	g_assert_cmpint(wait, >=, CLOCK_SECOND);
	g_assert_cmpint(wait, <=, CLOCK_SECOND * 12 / 10);
	g_assert_cmpuint(send_all(buckets, FALSE, START + wait), ==, 1);
}

/* A rate for the requests that a pattern finds, address and all. */
static void test_pattern(void)
{
	g_autoptr(Pattern) pattern = pattern_compile("^POST /users\\b.*notify", 22, NULL, NULL);
	const HttpRate rate = {
		.pattern = pattern, .calls = 1, .per_us = CLOCK_SECOND, .burst = 10
	};
	g_autoptr(GArray) buckets = http_buckets_new(&rate, 1);
	HttpRequest about = { .method = "POST", .path = (char *)"/users?notify=no" };
	const HttpRequest others[] = {
		{ .method = "POST", .path = (char *)"/users?q=1" },
		{ .method = "GET", .path = (char *)"/users?notify=no" },
		{ .method = "POST", .path = (char *)"/v2/users?notify=no" },
	};

	for (guint i = 0; i < 9; i++)
		http_buckets_take(buckets, &about, START);
	g_assert_cmpint(http_buckets_wait_us(buckets, &about, START), >, 0);
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_cmpint(http_buckets_wait_us(buckets, &others[i], START), ==, 0);

	/* The next run goes on with it. */
	g_autoptr(json_t) left = http_buckets_save(buckets, START, TODAY);
	g_autoptr(GArray) next = http_buckets_new(&rate, 1);
	http_buckets_load(next, left, 5 * START, TODAY);
	g_assert_cmpint(http_buckets_wait_us(next, &about, 5 * START), >, 0);
}

/* From run to run ------------------------------------------------------------------------------ */

/* How many go at once in a run that begins so long after the end of one that used all up. */
static guint next_run(const json_t *left, const HttpRate *rate, gint64 later)
{
	g_autoptr(GArray) buckets = http_buckets_new(rate, 1);

	http_buckets_load(buckets, left, 5 * START, TODAY + later);
	return send_all(buckets, TRUE, 5 * START);
}

static json_t *used_up(void)
{
	g_autoptr(GArray) buckets = http_buckets_new(&hundred_a_second, 1);

	send_all(buckets, TRUE, START);
	return http_buckets_save(buckets, START, TODAY);
}

static void test_next_run(void)
{
	g_autoptr(json_t) left = used_up();

	g_assert_cmpuint(next_run(NULL, &hundred_a_second, 0), ==, 20);
	g_assert_cmpuint(next_run(left, &hundred_a_second, 0), ==, 0);
	g_assert_cmpuint(next_run(left, &hundred_a_second, CLOCK_SECOND / 10 + 1), ==, 10);
	g_assert_cmpuint(next_run(left, &hundred_a_second, CLOCK_DAY), ==, 20);
	/* The clock was set back: nothing is known to have come in, and nothing is owed. */
	g_assert_cmpuint(next_run(left, &hundred_a_second, -CLOCK_DAY), ==, 0);
}

static void test_changed_rates(void)
{
	g_autoptr(json_t) left = used_up();
	const HttpRate slower = { .calls = 1, .per_us = CLOCK_SECOND, .burst = 5 };
	const HttpRate other = {
		.what = HTTP_RATE_UPDATE, .calls = 100, .per_us = CLOCK_SECOND, .burst = 20
	};
	const HttpRate users = {
		.path = "/Users", .calls = 100, .per_us = CLOCK_SECOND, .burst = 20
	};

	g_assert_cmpuint(next_run(left, &slower, 2 * CLOCK_SECOND + 1), ==, 2);
	g_assert_cmpuint(next_run(left, &slower, CLOCK_DAY), ==, 5);
	g_assert_cmpuint(next_run(left, &other, 0), ==, 20);
	g_assert_cmpuint(next_run(left, &users, 0), ==, 20);
}

/* Whatever stands there, a run sends what its rates allow. */
static void test_damaged(void)
{
	static const char *const texts[] = {
		"null",
		"[]",
		"7",
		"{}",
		"{\"at_us\": \"x\", \"levels\": []}",
		"{\"at_us\": 5, \"levels\": {}}",
		"{\"at_us\": 5, \"levels\": [1, null, {\"what\": \"all\"}]}",
		"{\"at_us\": 5, \"levels\": [{\"what\": 0, \"tokens\": \"1\", \"common\": 1}]}",
		"{\"at_us\": 5, \"levels\": [{\"what\": 0, \"tokens\": 1e300, \"common\": 1e300}]}",
		"{\"levels\": [{\"what\": 0, \"tokens\": 0, \"common\": 0}]}",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(json_t) left = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		g_assert_nonnull(left);
		g_assert_cmpuint(next_run(left, &hundred_a_second, 0), ==, 20);
	}
	g_autoptr(json_t) debt = json_loads(
		"{\"at_us\": 1795000000000000, \"levels\": [{\"what\": 0, \"tokens\": -1e300, "
		"\"common\": -5}]}",
		0, NULL);
	g_assert_cmpuint(next_run(debt, &hundred_a_second, CLOCK_SECOND / 10 + 1), <=, 10);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-rate/a-tenth-is-kept", test_a_tenth_is_kept);
	g_test_add_func("/http-rate/a-tenth-of-the-flow", test_a_tenth_of_the_flow);
	g_test_add_func("/http-rate/together", test_together);
	g_test_add_func("/http-rate/small-burst", test_small_burst);
	g_test_add_func("/http-rate/pattern", test_pattern);
	g_test_add_func("/http-rate/next-run", test_next_run);
	g_test_add_func("/http-rate/changed-rates", test_changed_rates);
	g_test_add_func("/http-rate/damaged", test_damaged);
	return g_test_run();
}
