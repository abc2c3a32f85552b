/*
 * Spans between dates.
 *
 * The units are Visual Basic's, because Entra's expressions took them over: n is the minute, since
 * m is the month.
 *
 *	unit   adding                        the difference counts
 *	yyyy   12 months                     turns of the year
 *	q      3 months                      turns of the quarter
 *	m      months, to the last day at    turns of the month
 *	       most: 31 January + 1 m is
 *	       28 or 29 February
 *	d, y   days                          midnights
 *	ww     7 days                        Sundays, of the later date but not of the earlier one
 *	w      days                          whole weeks of the midnights
 *	h n s  hours, minutes, seconds       full hours, minutes, seconds of the clock
 *
 * A difference thus counts boundaries that lie between, not time that went by: from 31 December
 * 23:00 to 1 January 01:00 it is one year, one month and one day. All is in UTC.
 *
 * Days are numbered from 0001-01-01, a Monday, as GDate does less one; seconds are rounded down to
 * the clock's, also before 1970.
 */
#include "date_span_internal.h"

#define US_PER_SECOND ((gint64)G_USEC_PER_SEC)
#define SECONDS_PER_DAY 86400
#define US_PER_DAY (SECONDS_PER_DAY * US_PER_SECOND)
#define EPOCH_DAYS 719162 /* from 0001-01-01 to 1970-01-01 */
#define LAST_DAY 3652058  /* 9999-12-31 */
#define MONTHS_PER_YEAR 12

struct DateUnit {
	const char *name;
	int months;  /* in calendar units */
	int seconds; /* in units of the clock */
	enum {
		COUNT_BOUNDARIES,
		COUNT_SUNDAYS,
		COUNT_WEEKS
	} count;
};

const char date_unit_names[] = "yyyy, q, m, y, d, w, ww, h, n and s";

const DateUnit *date_unit_find(const char *name)
{
	static const DateUnit units[] = {
		{ "yyyy", .months = MONTHS_PER_YEAR },
		{ "q", .months = 3 },
		{ "m", .months = 1 },
		{ "y", .seconds = SECONDS_PER_DAY },
		{ "d", .seconds = SECONDS_PER_DAY },
		{ "w", .seconds = SECONDS_PER_DAY, .count = COUNT_WEEKS },
		{ "ww", .seconds = 7 * SECONDS_PER_DAY, .count = COUNT_SUNDAYS },
		{ "h", .seconds = 3600 },
		{ "n", .seconds = 60 },
		{ "s", .seconds = 1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
		if (g_ascii_strcasecmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

static gint64 floor_div(gint64 value, gint64 by)
{
	return value / by - (value % by < 0);
}

/* Days since 0001-01-01. */
static gint64 day_of(gint64 us)
{
	return floor_div(us, US_PER_DAY) + EPOCH_DAYS;
}

static void split_day(gint64 day, GDate *date)
{
	g_date_clear(date, 1);
	g_date_set_julian(date, (guint32)day + 1);
}

/* Months since January of the year 1. */
static gint64 month_of(gint64 us)
{
	GDate date;

	split_day(day_of(us), &date);
	return (gint64)(g_date_get_year(&date) - 1) * MONTHS_PER_YEAR + g_date_get_month(&date) - 1;
}

static gboolean add_months(gint64 count, gint64 *us)
{
	gint64 day = day_of(*us), month;
	GDate date;

	split_day(day, &date);
	if (__builtin_add_overflow(month_of(*us), count, &month) || month < 0 ||
	    month >= 9999 * MONTHS_PER_YEAR)
		return FALSE;

	GDateYear year = (GDateYear)(month / MONTHS_PER_YEAR + 1);
	GDateMonth of_year = (GDateMonth)(month % MONTHS_PER_YEAR + 1);
	GDateDay last = g_date_get_days_in_month(of_year, year);
	GDateDay of_month = MIN(g_date_get_day(&date), last);
	g_date_set_dmy(&date, of_month, of_year, year);
	*us += ((gint64)g_date_get_julian(&date) - 1 - day) * US_PER_DAY;
	return TRUE;
}

gboolean date_add(const DateUnit *unit, gint64 count, gint64 *us)
{
	gint64 span, sum;

	if (unit->months)
		return !__builtin_mul_overflow(count, unit->months, &span) && add_months(span, us);
	if (__builtin_mul_overflow(count, unit->seconds * US_PER_SECOND, &span) ||
	    __builtin_add_overflow(*us, span, &sum) || day_of(sum) < 0 || day_of(sum) > LAST_DAY)
		return FALSE;
	*us = sum;
	return TRUE;
}

/* Sundays since the year 1; day 6 was the first. */
static gint64 sundays(gint64 us)
{
	return floor_div(day_of(us) + 1, 7);
}

gint64 date_diff(const DateUnit *unit, gint64 from_us, gint64 to_us)
{
	gint64 size_us = unit->seconds * US_PER_SECOND;

	if (unit->months)
		return month_of(to_us) / unit->months - month_of(from_us) / unit->months;
	switch (unit->count) {
	case COUNT_SUNDAYS:
		return sundays(to_us) - sundays(from_us);
	case COUNT_WEEKS:
		return (day_of(to_us) - day_of(from_us)) / 7;
	case COUNT_BOUNDARIES:
		break;
	}
	return floor_div(to_us, size_us) - floor_div(from_us, size_us);
}
