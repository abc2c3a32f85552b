/*
 * Time: the only place that asks the system what time it is.
 *
 * Wall-clock times are gint64 microseconds since 1970-01-01T00:00:00Z ("_us"), everywhere: in
 * structs, in the state store, in parameters. Pure code gets the time as a parameter.
 */
#pragma once
#include <glib.h>

#define CLOCK_SECOND G_GINT64_CONSTANT(1000000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/* Now, UTC, microseconds since 1970. */
gint64 clock_now_us(void);

/* A clock that never goes back, microseconds since an arbitrary moment; for time-outs. */
gint64 clock_monotonic_us(void);

/* Sleeps; returns early only when a signal handler ran. */
void clock_sleep_ms(guint ms);
