/*
 * "Did you mean": the known word that is nearest to a mistyped one.
 *
 * Near is the number of single steps (a letter more, less or other, two neighbours swapped)
 * between the words, without regard to case and with '-' as good as '_'. One step in three
 * letters is still taken for a slip, which is what git and compilers do; a suggestion for a word
 * that merely shares some letters would send people the wrong way.
 *
 * The distance is optimal string alignment: the matrix
 *
 *	      ""  t  o  k  e  n
 *	""     0  1  2  3  4  5
 *	t      1  0  1  2  3  4
 *	...                          of which three rows are kept.
 */
#include <string.h>

#include "conf_internal.h"

#define WORD_MAX 64 /* nobody mistypes a longer one; it is simply unknown */

static int fold(char c)
{
	return c == '-' ? '_' : g_ascii_tolower(c);
}

static guint distance(const char *a, const char *b)
{
	guint rows[3][WORD_MAX + 1];
	gsize length_a = strlen(a), length_b = strlen(b);
	guint *before = rows[0], *above = rows[1], *row = rows[2];

	if (length_a > WORD_MAX || length_b > WORD_MAX)
		return G_MAXUINT;
	for (guint j = 0; j <= length_b; j++)
		row[j] = j;
	for (guint i = 1; i <= length_a; i++) {
		guint *spare = before;
		before = above;
		above = row;
		row = spare;
		row[0] = i;
		for (guint j = 1; j <= length_b; j++) {
			guint changed = above[j - 1] + (fold(a[i - 1]) != fold(b[j - 1]));
			row[j] = MIN(changed, MIN(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				row[j] = MIN(row[j], before[j - 2] + 1);
		}
	}
	return row[length_b];
}

const char *conf_suggest(const char *word, const GPtrArray *known)
{
	const char *nearest = NULL;
	guint best = MAX((guint)strlen(word) / 3, 1) + 1;

	for (guint i = 0; i < known->len; i++) {
		guint steps = distance(word, known->pdata[i]);
		/* A word of two letters with one changed is another word. */
		if (steps < best && steps < strlen(known->pdata[i])) {
			best = steps;
			nearest = known->pdata[i];
		}
	}
	return nearest;
}
