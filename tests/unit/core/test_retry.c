/*
 * Pauses grow, stay in bounds and end.
 */
#include "core/retry.h"

#define SECOND ((gint64)G_USEC_PER_SEC)

static const RetryPolicy policy = { 6, SECOND, 10 * SECOND };

static void test_growth(void)
{
	g_assert_cmpint(retry_pause_us(&policy, 1, 0, 0.0), ==, SECOND / 2);
	g_assert_cmpint(retry_pause_us(&policy, 1, 0, 0.5), ==, SECOND * 3 / 4);
	g_assert_cmpint(retry_pause_us(&policy, 2, 0, 0.0), ==, SECOND);
	g_assert_cmpint(retry_pause_us(&policy, 4, 0, 0.0), ==, 4 * SECOND);
	g_assert_cmpint(retry_pause_us(&policy, 5, 0, 0.0), ==, 5 * SECOND);
	g_assert_cmpint(retry_pause_us(&policy, 6, 0, 0.0), ==, -1);
	g_assert_cmpint(retry_pause_us(&policy, 7, SECOND, 0.0), ==, -1);
}

static void test_server_asks(void)
{
	g_assert_cmpint(retry_pause_us(&policy, 1, 60 * SECOND, 0.9), ==, 60 * SECOND);
	g_assert_cmpint(retry_pause_us(&policy, 4, SECOND, 0.0), ==, 4 * SECOND);
}

static void test_bounds_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(5);

	g_test_message("seed 5");
	for (int i = 0; i < 100000; i++) {
		RetryPolicy any = { G_MAXUINT,
				    (gint64)g_rand_int(rand) << g_rand_int_range(rand, 0, 30),
				    (gint64)g_rand_int(rand) << g_rand_int_range(rand, 0, 31) };
		guint tries = 1 + (g_rand_int(rand) >> g_rand_int_range(rand, 0, 31));
		gint64 pause = retry_pause_us(&any, MIN(tries, 1000000), 0, g_rand_double(rand));

		g_assert_cmpint(pause, >=, MIN(any.first_us, any.longest_us) / 2);
		g_assert_cmpint(pause, <=, any.longest_us);
	}
}

static void test_parked(void)
{
	const gint64 minute = 60 * SECOND;

	g_assert_cmpint(retry_parked_us(0), ==, 5 * minute);
	g_assert_cmpint(retry_parked_us(1), ==, 5 * minute);
	g_assert_cmpint(retry_parked_us(2), ==, 10 * minute);
	g_assert_cmpint(retry_parked_us(9), ==, 1280 * minute);
	g_assert_cmpint(retry_parked_us(10), ==, 1440 * minute);
	g_assert_cmpint(retry_parked_us(G_MAXUINT), ==, 1440 * minute);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/retry/growth", test_growth);
	g_test_add_func("/retry/server-asks", test_server_asks);
	g_test_add_func("/retry/bounds", test_bounds_property);
	g_test_add_func("/retry/parked", test_parked);
	return g_test_run();
}
