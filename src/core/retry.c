/*
 * Pauses that double up to a cap. The jitter spreads a pause over its upper half: a thousand calls
 * refused in the same second do not come back in the same second, and none comes back at once.
 */
#include "core/retry.h"

#define MINUTE (60 * (gint64)G_USEC_PER_SEC)
#define DAY (24 * 60 * MINUTE)

/* first * 2^(tries - 1), at most 'longest'; 0 before the first try. */
static gint64 doubled(gint64 first, guint tries, gint64 longest)
{
	gint64 pause = MIN(first, longest);

	if (tries == 0)
		return 0;
	while (--tries > 0 && pause > 0 && pause < longest)
		pause = pause > longest / 2 ? longest : 2 * pause;
	return MAX(pause, 0);
}

gint64 retry_pause_us(const RetryPolicy *policy, guint tries, gint64 asked_us, double chance)
{
	gint64 pause = doubled(policy->first_us, tries, policy->longest_us);
	gint64 half = pause / 2;

	if (tries >= policy->max_tries)
		return -1;
	pause = pause - half + (gint64)((double)half * CLAMP(chance, 0.0, 1.0));
	return MAX(pause, asked_us);
}

gint64 retry_parked_us(guint tries)
{
	return doubled(5 * MINUTE, MAX(tries, 1), DAY);
}
