/*
 * The clock: close to what the system says, and sleeping ends early when a signal came, or a stop
 * of the service would have to wait for a back-off.
 */
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "base/clock.h"

static void on_alarm(int number)
{
	(void)number;
}

static void test_now(void)
{
	gint64 before = (gint64)time(NULL);
	gint64 now = clock_now_us();

	g_assert_cmpint(now / CLOCK_SECOND, >=, before);
	g_assert_cmpint(now / CLOCK_SECOND, <=, before + 5);
}

static void test_sleep_lasts(void)
{
	gint64 start = clock_monotonic_us();

	clock_sleep_ms(30);
	g_assert_cmpint(clock_monotonic_us() - start, >=, 30000);
}

static void test_signal_ends_sleep(void)
{
	struct sigaction action = { .sa_handler = on_alarm };
	/* Again and again: the first one may come before the sleep. */
	struct itimerval soon = { .it_value = { .tv_usec = 20000 },
				  .it_interval = { .tv_usec = 20000 } };
	struct itimerval never = { 0 };
	gint64 start = clock_monotonic_us();

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	clock_sleep_ms(60000);
	setitimer(ITIMER_REAL, &never, NULL);
	g_assert_cmpint(clock_monotonic_us() - start, <, 30 * CLOCK_SECOND);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/clock/now", test_now);
	g_test_add_func("/clock/sleep-lasts", test_sleep_lasts);
	g_test_add_func("/clock/signal-ends-sleep", test_signal_ends_sleep);
	return g_test_run();
}
