/*
 * Moment: how directories and administrators write points in time, read into microseconds since
 * 1970 UTC. Pure; text forms only. base/timefmt.h has the formats one by one.
 */
#pragma once
#include <glib.h>

typedef enum {
	MOMENT_NONE,  /* it is no point in time */
	MOMENT_NEVER, /* the form that says "never" */
	MOMENT_AT,
} MomentKind;

/* A FILETIME as a number; *us is set with MOMENT_AT only. */
MomentKind moment_of_filetime(gint64 filetime, gint64 *us);

/* The value of an attribute: a FILETIME in digits, or a GeneralizedTime. */
MomentKind moment_of_value(const char *text, gint64 *us);

/*
 * A date as people write it: ISO 8601 (RFC 3339, the time or its offset left out means midnight,
 * UTC), GeneralizedTime, or what moment_date_text() gives. FALSE if it is none; *us untouched.
 */
gboolean moment_parse_date(const char *text, gint64 *us);

/* "6/29/2021 4:00:00 PM", UTC: the form of dates in expressions. New string. */
char *moment_date_text(gint64 us);
