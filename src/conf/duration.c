/*
 * Durations: "250ms", "30s", "5m", "12h", "30d", or plain seconds.
 *
 * One number and one unit. No fractions ("1.5h" is "90m"), no sums ("1h30m" is "90m"), no
 * months, which are no fixed length; and no sign, because nothing in a config file lasts less
 * than nothing.
 */
#include <string.h>

#include "base/clock.h"
#include "conf/conf.h"

static const struct {
	const char *name;
	gint64 us;
} units[] = {
	{ "", CLOCK_SECOND },  { "ms", CLOCK_SECOND / 1000 }, { "s", CLOCK_SECOND },
	{ "m", CLOCK_MINUTE }, { "h", CLOCK_HOUR },           { "d", CLOCK_DAY },
};

gboolean conf_parse_duration(const char *text, gint64 *us)
{
	gsize digits = strspn(text, "0123456789");
	gint64 number = g_ascii_strtoll(text, NULL, 10);

	/* Fifteen digits are 30 million years in seconds; more is a slip, and may not fit. */
	if (digits == 0 || digits > 15)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		gint64 product;
		if (!g_str_equal(text + digits, units[i].name))
			continue;
		if (__builtin_mul_overflow(number, units[i].us, &product))
			return FALSE;
		*us = product;
		return TRUE;
	}
	return FALSE;
}
