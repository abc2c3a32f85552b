/*
 * Folding: the text form in which directories compare strings, for DN values and filters.
 */
#pragma once
#include <glib.h>

typedef enum {
	FOLD_CASE = 1,       /* without regard to case; otherwise only compatibility forms */
	FOLD_TRIM_LEFT = 2,  /* drop leading spaces; otherwise a run becomes one space */
	FOLD_TRIM_RIGHT = 4, /* the same at the end */
	FOLD_TRIM = FOLD_TRIM_LEFT | FOLD_TRIM_RIGHT,
} FoldFlags;

/*
 * Appends the folded form of 'length' bytes to 'out'. Runs of spaces become one. Bytes that are no
 * UTF-8, and NUL, are kept as they are. Folding twice changes nothing more.
 */
void fold_append(GString *out, const char *data, gsize length, FoldFlags flags);
