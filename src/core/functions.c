/*
 * Function tables: the families in one list, and how a name finds its row.
 *
 * A new function is a row in the table of its family (functions_x.c) and, if it founds a family,
 * one line below. Names are found by walking the tables: that happens when an expression is
 * compiled, never when it is evaluated.
 *
 * "Did you mean" is the least number of letters typed wrong, forgotten or too many (Levenshtein),
 * without regard to case; a third of the word may be wrong, or it was meant to be something else.
 */
#include "core/functions.h"

#include <string.h>

#define MAX_NAME 40 /* longer than every name, to keep the distance in a fixed array */

static const Function *const families[] = {
	functions_text,  functions_part, functions_case,    functions_replace,
	functions_logic, functions_list, functions_flow,    functions_date,
	functions_cert,  functions_id,   functions_convert,
};

const Function *function_find(const char *name, gsize length)
{
	for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
		for (const Function *row = families[i]; row->name; row++) {
			if (strlen(row->name) == length &&
			    g_ascii_strncasecmp(row->name, name, length) == 0)
				return row;
		}
	}
	return NULL;
}

/* Letters to change between two names of at most MAX_NAME letters. */
static guint distance(const char *a, const char *b)
{
	guint row[MAX_NAME + 1];
	gsize length = strlen(b);

	for (guint j = 0; j <= length; j++)
		row[j] = j;
	for (guint i = 0; a[i]; i++) {
		guint diagonal = row[0];
		row[0] = i + 1;
		for (guint j = 0; j < length; j++) {
			guint above = row[j + 1];
			guint same = g_ascii_tolower(a[i]) == g_ascii_tolower(b[j]) ? 0 : 1;
			row[j + 1] = MIN(MIN(above, row[j]) + 1, diagonal + same);
			diagonal = above;
		}
	}
	return row[length];
}

const char *function_nearest(const char *name)
{
	gsize length = strlen(name);
	const char *nearest = NULL;
	guint least = (guint)length / 3 + 1;

	if (length > MAX_NAME)
		return NULL;
	for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
		for (const Function *row = families[i]; row->name; row++) {
			guint wrong = distance(name, row->name);
			if (wrong < least || (wrong == least && !nearest)) {
				least = wrong;
				nearest = row->name;
			}
		}
	}
	return nearest;
}
