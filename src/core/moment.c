/*
 * Moments as text.
 *
 *	133480000000000000          FILETIME, as accountExpires and pwdLastSet have it
 *	20261122081500Z             GeneralizedTime, as in krbPrincipalExpiration, pwdEndTime
 *	2026-11-22T08:15:00+01:00   ISO 8601; 2026-11-22T08:15, 2026-11-22+01:00 too
 *	11/22/2026 8:15:00 AM       the date text of Entra's expressions, always UTC
 *
 * "Never" is a FILETIME of 0 or of the largest number ([MS-ADA1] 2.1), or one behind the year 9999,
 * which no text form can say; and the GeneralizedTime of 1970 itself, by which Kerberos databases
 * write that a principal does not expire. A FILETIME below 0 is a span ([MS-ADA2] 2.42 maxPwdAge)
 * and no moment.
 */
#include "core/moment.h"

#include <string.h>

#include "base/timefmt.h"

#define LATEST_US (G_GINT64_CONSTANT(253402300799) * G_USEC_PER_SEC) /* 9999-12-31T23:59:59Z */
#define ISO_DATE 10                                                  /* "2026-11-22" */

MomentKind moment_of_filetime(gint64 filetime, gint64 *us)
{
	gint64 moment = timefmt_from_filetime(filetime);

	if (filetime < 0)
		return MOMENT_NONE;
	if (filetime == 0 || moment > LATEST_US)
		return MOMENT_NEVER;
	*us = moment;
	return MOMENT_AT;
}

MomentKind moment_of_value(const char *text, gint64 *us)
{
	gint64 number, moment;

	if (g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &number, NULL))
		return moment_of_filetime(number, us);
	if (!timefmt_parse_generalized(text, &moment))
		return MOMENT_NONE;
	if (moment == 0)
		return MOMENT_NEVER;
	*us = moment;
	return MOMENT_AT;
}

/* Completes what RFC 3339 §5.6 does not let out. */
static gboolean parse_iso(const char *text, gint64 *us)
{
	const char *time = text + ISO_DATE, *zone;
	g_autofree char *whole = NULL;
	int length;

	if (strlen(text) < ISO_DATE)
		return FALSE;
	zone = time;
	if (*time && strchr("Tt ", *time)) {
		time++;
		zone = time + strcspn(time, "Zz+-");
	}
	length = (int)(zone - time);
	whole = g_strdup_printf("%.*sT%.*s%s%s", ISO_DATE, text, length, time,
				length == 0                      ? "00:00:00"
				: length == (int)strlen("08:15") ? ":00"
								 : "",
				*zone ? zone : "Z");
	return timefmt_parse_rfc3339(whole, us);
}

static gboolean read_part(const char *text, guint64 least, guint64 most, guint64 *number)
{
	return g_ascii_string_to_unsigned(text, 10, least, most, number, NULL);
}

/* The hour of a clock with twelve: 12 AM is midnight, 12 PM is noon. */
static gboolean read_half_day(const char *word, guint64 *hour)
{
	gboolean afternoon = g_ascii_strcasecmp(word, "PM") == 0;

	*hour = *hour % 12 + (afternoon ? 12 : 0);
	return afternoon || g_ascii_strcasecmp(word, "AM") == 0;
}

static gboolean parse_american(const char *text, gint64 *us)
{
	g_auto(GStrv) parts = g_strsplit_set(text, "/ :", -1);
	guint count = g_strv_length(parts);
	guint64 year, month, day, hour = 0, minute = 0, second = 0;
	g_autofree char *iso = NULL;

	/* A year of two digits would be one of the first century. */
	if ((count != 3 && count != 7) || strlen(parts[2]) != strlen("2026") ||
	    !read_part(parts[0], 1, 12, &month) || !read_part(parts[1], 1, 31, &day) ||
	    !read_part(parts[2], 1, 9999, &year))
		return FALSE;
	if (count == 7 &&
	    (!read_part(parts[3], 1, 12, &hour) || !read_part(parts[4], 0, 59, &minute) ||
	     !read_part(parts[5], 0, 59, &second) || !read_half_day(parts[6], &hour)))
		return FALSE;
	iso = g_strdup_printf("%04u-%02u-%02uT%02u:%02u:%02uZ", (guint)year, (guint)month,
			      (guint)day, (guint)hour, (guint)minute, (guint)second);
	return timefmt_parse_rfc3339(iso, us);
}

gboolean moment_parse_date(const char *text, gint64 *us)
{
	return timefmt_parse_generalized(text, us) || parse_iso(text, us) ||
	       parse_american(text, us);
}

char *moment_date_text(gint64 us)
{
	g_autofree char *iso = timefmt_rfc3339(us);
	g_auto(GStrv) parts = g_strsplit_set(iso, "-T:Z", -1);
	gint64 month = g_ascii_strtoll(parts[1], NULL, 10);
	gint64 day = g_ascii_strtoll(parts[2], NULL, 10);
	gint64 hour = g_ascii_strtoll(parts[3], NULL, 10);

	return g_strdup_printf("%d/%d/%s %d:%s:%s %s", (int)month, (int)day, parts[0],
			       (int)((hour + 11) % 12 + 1), parts[4], parts[5],
			       hour < 12 ? "AM" : "PM");
}
