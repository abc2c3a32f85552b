/*
 * Spans between dates, in the units of Visual Basic: what DateAdd and DateDiff reckon with.
 */
#pragma once
#include <glib.h>

typedef struct DateUnit DateUnit;

/* "yyyy", "q", "m", "y", "d", "w", "ww", "h", "n", "s", in any case; NULL if it is none. */
const DateUnit *date_unit_find(const char *name);

/* What date_unit_find() takes, for people. */
extern const char date_unit_names[];

/*
 * Moves *us, microseconds since 1970 UTC, by 'count' units; a day that the month does not have
 * becomes its last one. FALSE, and *us untouched, if that leaves the years 1 to 9999.
 */
gboolean date_add(const DateUnit *unit, gint64 count, gint64 *us);

/* How many units lie between two such dates of the years 1 to 9999; below 0 if 'to' is earlier. */
gint64 date_diff(const DateUnit *unit, gint64 from_us, gint64 to_us);
