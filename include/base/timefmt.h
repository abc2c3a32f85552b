/*
 * Time formats: text and integer forms of a moment, to and from microseconds since 1970 UTC.
 */
#pragma once
#include <glib.h>

/* RFC 3339 with seconds, "2026-11-22T08:15:00Z"; clipped to the years 1 to 9999. New string. */
char *timefmt_rfc3339(gint64 us);

/* Parses RFC 3339 (any offset, optional fraction). FALSE if it is none; *us untouched. */
gboolean timefmt_parse_rfc3339(const char *text, gint64 *us);

/* GeneralizedTime, RFC 4517 §3.3.13: "20261122081500Z", ".5Z", "+0100", minutes optional. */
gboolean timefmt_parse_generalized(const char *text, gint64 *us);

/* FILETIME, [MS-DTYP] 2.3.3: 100 ns since 1601-01-01. */
gint64 timefmt_from_filetime(gint64 filetime);

/* The reverse of timefmt_from_filetime(); 0 and G_MAXINT64 (AD's "never") where it ends. */
gint64 timefmt_to_filetime(gint64 us);

/* A span in words for people: "250 ms", "4 s", "12 min", "3 h", "5 days". New string. */
char *timefmt_span(gint64 us);
