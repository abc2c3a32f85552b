/*
 * The clock: the one file that asks the system what time it is.
 *
 * Everything that decides gets the time as a parameter, so that a plan can be computed for any
 * moment and tests do not wait. Only the ends and run/ call these functions.
 */
#include "base/clock.h"

#include <time.h>

gint64 clock_now_us(void)
{
	return g_get_real_time();
}

gint64 clock_monotonic_us(void)
{
	return g_get_monotonic_time();
}

void clock_sleep_ms(guint ms)
{
	struct timespec span = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	/* Not g_usleep(): that goes back to sleep after a signal, and a stop would have to wait. */
	nanosleep(&span, NULL);
}
