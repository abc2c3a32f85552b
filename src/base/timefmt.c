/*
 * Time formats: text and integer forms of a moment.
 *
 *	RFC 3339          2026-11-22T08:15:00Z   2026-11-22T09:15:00.25+01:00
 *	GeneralizedTime   20261122081500Z   202611220815Z   2026112208.25Z   20261122091500+0100
 *	FILETIME          100 ns since 1601-01-01, the form of accountExpires and pwdLastSet
 *
 * Everything is proleptic Gregorian and UTC; there is no time zone data and no locale. Years are
 * 1 to 9999: that is what the text forms can say, and timefmt_rfc3339() clips what lies outside
 * (AD's "never" is the year 30828).
 *
 * A leap second (":60", RFC 3339 §5.6, RFC 4517 §3.3.13) is the first moment of the next minute,
 * as everywhere in POSIX. Digits beyond the microsecond are dropped.
 *
 * Both parsers read with a Reader, a position that only moves forward; the value is assembled in
 * a Moment and checked once.
 */
#include "base/timefmt.h"

#include <time.h>

#include "base/clock.h"

#define UNIX_EPOCH_JULIAN 719163 /* g_date_get_julian() of 1970-01-01 */
#define FILETIME_EPOCH_US (G_GINT64_CONSTANT(11644473600) * CLOCK_SECOND)
#define EARLIEST_S (-G_GINT64_CONSTANT(62135596800)) /* 0001-01-01T00:00:00Z */
#define LATEST_S G_GINT64_CONSTANT(253402300799)     /* 9999-12-31T23:59:59Z */

typedef struct {
	int year, month, day, hour, minute, second;
	gint64 fraction_us;
	gint64 offset_us; /* local time minus UTC */
} Moment;

static gint64 floor_div(gint64 value, gint64 by)
{
	return value / by - (value % by < 0);
}

/* FALSE if there is no such moment. */
static gboolean moment_to_us(const Moment *moment, gint64 *us)
{
	GDate date;

	if (moment->hour > 23 || moment->minute > 59 || moment->second > 60)
		return FALSE;
	if (!g_date_valid_dmy((GDateDay)moment->day, (GDateMonth)moment->month,
			      (GDateYear)moment->year))
		return FALSE;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)moment->day, (GDateMonth)moment->month,
		       (GDateYear)moment->year);

	gint64 days = (gint64)g_date_get_julian(&date) - UNIX_EPOCH_JULIAN;
	*us = days * CLOCK_DAY + moment->hour * CLOCK_HOUR + moment->minute * CLOCK_MINUTE +
	      moment->second * CLOCK_SECOND + moment->fraction_us - moment->offset_us;
	return TRUE;
}

/* Reads exactly 'count' digits. */
static gboolean read_number(const char **at, guint count, int *number)
{
	int read = 0;

	for (guint i = 0; i < count; i++) {
		if (!g_ascii_isdigit((*at)[i]))
			return FALSE;
		read = read * 10 + ((*at)[i] - '0');
	}
	*at += count;
	*number = read;
	return TRUE;
}

static gboolean read_one_of(const char **at, const char *allowed)
{
	for (; *allowed; allowed++) {
		if (**at == *allowed) {
			(*at)++;
			return TRUE;
		}
	}
	return FALSE;
}

/* The digits after a decimal sign, as a part of 'unit_us'. */
static gboolean read_fraction(const char **at, gint64 unit_us, gint64 *us)
{
	gint64 digits = 0, scale = 1;

	if (!g_ascii_isdigit(**at))
		return FALSE;
	for (; g_ascii_isdigit(**at); (*at)++) {
		/* Nine digits of an hour still fit into 63 bits; the tenth is below 1 us. */
		if (scale == 1000000000)
			continue;
		digits = digits * 10 + (**at - '0');
		scale *= 10;
	}
	*us = digits * unit_us / scale;
	return TRUE;
}

/* "Z", "+01:00" with separator ':', or "+0100" and "+01" without. Must be the end. */
static gboolean read_zone(const char **at, gboolean with_colon, gint64 *offset_us)
{
	int hours, minutes = 0;
	gboolean west = **at == '-';

	*offset_us = 0;
	if (read_one_of(at, "Zz"))
		return **at == '\0';
	if (!read_one_of(at, "+-") || !read_number(at, 2, &hours))
		return FALSE;
	if (with_colon ? !read_one_of(at, ":") || !read_number(at, 2, &minutes)
		       : **at && !read_number(at, 2, &minutes))
		return FALSE;
	if (**at || hours > 23 || minutes > 59)
		return FALSE;
	*offset_us = (hours * CLOCK_HOUR + minutes * CLOCK_MINUTE) * (west ? -1 : 1);
	return TRUE;
}

static gboolean read_full_date(const char **at, Moment *moment)
{
	return read_number(at, 4, &moment->year) && read_one_of(at, "-") &&
	       read_number(at, 2, &moment->month) && read_one_of(at, "-") &&
	       read_number(at, 2, &moment->day);
}

static gboolean read_full_time(const char **at, Moment *moment)
{
	return read_number(at, 2, &moment->hour) && read_one_of(at, ":") &&
	       read_number(at, 2, &moment->minute) && read_one_of(at, ":") &&
	       read_number(at, 2, &moment->second);
}

gboolean timefmt_parse_rfc3339(const char *text, gint64 *us)
{
	Moment moment = { 0 };

	/* RFC 3339 §5.6: "T" may be lower case, and a blank is allowed for people. */
	if (!read_full_date(&text, &moment) || !read_one_of(&text, "Tt ") ||
	    !read_full_time(&text, &moment))
		return FALSE;
	if (read_one_of(&text, ".") && !read_fraction(&text, CLOCK_SECOND, &moment.fraction_us))
		return FALSE;
	return read_zone(&text, TRUE, &moment.offset_us) && moment_to_us(&moment, us);
}

gboolean timefmt_parse_generalized(const char *text, gint64 *us)
{
	Moment moment = { 0 };
	gint64 unit_us = CLOCK_HOUR;

	if (!read_number(&text, 4, &moment.year) || !read_number(&text, 2, &moment.month) ||
	    !read_number(&text, 2, &moment.day) || !read_number(&text, 2, &moment.hour))
		return FALSE;
	if (read_number(&text, 2, &moment.minute))
		unit_us = read_number(&text, 2, &moment.second) ? CLOCK_SECOND : CLOCK_MINUTE;

	/* RFC 4517 §3.3.13: the fraction is one of the smallest unit that is written. */
	if (read_one_of(&text, ".,") && !read_fraction(&text, unit_us, &moment.fraction_us))
		return FALSE;
	return read_zone(&text, FALSE, &moment.offset_us) && moment_to_us(&moment, us);
}

char *timefmt_rfc3339(gint64 us)
{
	time_t seconds = CLAMP(floor_div(us, CLOCK_SECOND), EARLIEST_S, LATEST_S);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

gint64 timefmt_from_filetime(gint64 filetime)
{
	return floor_div(filetime, 10) - FILETIME_EPOCH_US;
}

gint64 timefmt_to_filetime(gint64 us)
{
	gint64 since_1601_us;

	/* Beyond the range lie "always was" and AD's "never", not a number that wrapped. */
	if (__builtin_add_overflow(us, FILETIME_EPOCH_US, &since_1601_us) ||
	    since_1601_us > G_MAXINT64 / 10)
		return G_MAXINT64;
	return MAX(since_1601_us, 0) * 10;
}

char *timefmt_span(gint64 us)
{
	static const struct {
		gint64 unit_us;
		const char *name;
	} units[] = {
		{ CLOCK_DAY, "days" },
		{ CLOCK_HOUR, "h" },
		{ CLOCK_MINUTE, "min" },
		{ CLOCK_SECOND, "s" },
	};

	us = us < 0 ? -MAX(us, -G_MAXINT64) : us;
	/* Two of a unit at least, so that "90 min" does not become "1 h". */
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		if (us >= 2 * units[i].unit_us)
			return g_strdup_printf("%" G_GINT64_FORMAT " %s", us / units[i].unit_us,
					       units[i].name);
	}
	return us >= CLOCK_SECOND ? g_strdup("1 s")
				  : g_strdup_printf("%" G_GINT64_FORMAT " ms", us / 1000);
}
