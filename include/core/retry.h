/*
 * Retry: how long to wait before the same call is made again. Pure; chance comes in as a number.
 */
#pragma once
#include <glib.h>

typedef struct {
	guint max_tries;
	gint64 first_us;   /* pause after the first failure */
	gint64 longest_us; /* cap of one pause */
} RetryPolicy;

/*
 * Pause before try number 'tries' + 1: doubling from first_us, capped, with jitter: 'chance' in
 * [0,1) picks a point in the upper half. A server's wish ('asked_us' > 0, Retry-After) wins over
 * the computed pause when it is longer. -1 when max_tries is reached.
 */
gint64 retry_pause_us(const RetryPolicy *policy, guint tries, gint64 asked_us, double chance);

/* The gap before a parked object is looked at again: 5 min, doubling, at most a day. */
gint64 retry_parked_us(guint tries);
