/*
 * Patterns, between their files: single matches, and what their groups caught. An operation is one
 * pattern_begin() and any number of matches; their costs add up and are limited together.
 */
#pragma once
#include "core/pattern.h"

/* A group by number, or all groups of one name; {0} is the whole match. */
typedef struct {
	const guint8 *names; /* NULL: by number */
	guint count;
	guint number; /* PCRE2's */
} PatternGroup;

/* Begins an operation on a text of 'length' bytes. */
void pattern_begin(const Pattern *self, gsize length);

/* Adds something else to its costs. FALSE and ERROR_OBJECT if that is too much. */
gboolean pattern_pay(const Pattern *self, gsize cost, GError **error);

/* The first match at or behind the byte 'from', which is the beginning of a character. */
PatternResult pattern_run(const Pattern *self, const char *text, gsize length, gsize from,
			  GError **error);

/* By name, or by .NET's number in digits; empty is the whole match. FALSE if there is none. */
gboolean pattern_group(const Pattern *self, const char *name, gsize length, PatternGroup *group);

/* The highest number of a group; 0 if there is none. */
guint pattern_groups(const Pattern *self);

/* What the group caught in the last match, in bytes; FALSE if it took no part. */
gboolean pattern_span(const Pattern *self, const PatternGroup *group, gsize *from, gsize *to);
