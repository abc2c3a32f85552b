/*
 * Patterns: regular expressions (PCRE2, Perl's syntax, UTF-8) that cannot run away. Matching is
 * limited in steps, depth and memory, so that no pattern and no directory data can hang a run.
 */
#pragma once
#include <glib.h>

typedef struct Pattern Pattern;

typedef enum {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_FAILED, /* a limit was reached; 'error' is set */
} PatternResult;

/* Compiles; NULL and ERROR_CONFIG, *offset (may be NULL) the character at fault, from 0. */
Pattern *pattern_compile(const char *text, gsize length, guint *offset, GError **error);

/* Frees it; NULL is fine. */
void pattern_free(Pattern *self);

/* Is there a match anywhere in valid UTF-8? ERROR_OBJECT if a limit was reached. */
PatternResult pattern_match(const Pattern *self, const char *text, gsize length, GError **error);

/*
 * The part of the first match that the group of this name caught ("" or NULL: all of it), as byte
 * offsets. PATTERN_NO also if the group took no part. A name that does not exist: pattern_has().
 */
PatternResult pattern_find(const Pattern *self, const char *group, const char *text, gsize length,
			   gsize *start, gsize *end, GError **error);

/* What the last of these calls cost, in steps; a compile counts none. */
gsize pattern_cost(const Pattern *self);

/* True if the pattern has a group of this name, or with this number in digits. */
gboolean pattern_has(const Pattern *self, const char *group);

/*
 * 'text' with every match replaced, ${name} and ${1} in 'replacement' meaning what a group caught
 * (all of .NET's substitutions are known); if 'group' is given, only what that group caught is
 * replaced. At most 'limit' bytes, else NULL and ERROR_OBJECT. New string, *out_length its bytes.
 */
char *pattern_replace(const Pattern *self, const char *group, const char *text, gsize length,
		      const char *replacement, gsize limit, gsize *out_length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pattern, pattern_free)
