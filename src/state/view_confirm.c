/*
 * Confirming: a delta that says what is known already.
 *
 * A driver that compares lists everything that is there, and nearly all of it is as it was. Merging
 * such a delta with the stored entry, to find that both are the same, would cost several times what
 * 'present' does. So it is compared where it lies: the DN by its place in the tree, and attributes,
 * if it has any, one by one with the stored ones.
 */
#include <string.h>

#include "view_internal.h"

typedef struct {
	gint64 id, node;
} Row;

static gboolean find_row(ViewPull *self, const char *anchor, Row *row, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT id, node FROM entry"
					" WHERE source = ? AND anchor = ? AND gone_at = 0");
	gboolean found;

	*row = (Row){ 0 };
	query_int(&query, self->source);
	query_text(&query, anchor);
	if (!query_next(&query, &found, error))
		return FALSE;
	if (found)
		*row = (Row){ .id = query_get_int(&query, 0), .node = query_get_int(&query, 1) };
	return TRUE;
}

/* Whether the entry stands where the delta says, in the same spelling, and is to stay there. */
static gboolean is_home(ViewPull *self, const char *dn, const Row *row, gboolean *home,
			GError **error)
{
	g_auto(Place) place = { 0 };
	g_autofree char *staged = NULL;
	NodeRef there;

	if (!tree_place(&self->tree, dn, &place, error) ||
	    !tree_at(&self->tree, &place, &there, error) ||
	    !pull_staged_dn(self, row->id, &staged, error))
		return FALSE;
	*home = there.id && there.id == row->node && there.same_spelling && !staged;
	return TRUE;
}

typedef struct {
	const Entry *known;
	gboolean any, same;
} Comparison;

static void note_any(const char *name, const EntryValue *values, guint count, void *data)
{
	(void)name, (void)values, (void)count;
	((Comparison *)data)->any = TRUE;
}

static void compare_values(const char *name, const EntryValue *values, guint count, void *data)
{
	Comparison *comparison = data;
	guint known_count;
	const EntryValue *known = entry_values(comparison->known, name, &known_count);

	comparison->same &= count == known_count;
	for (guint i = 0; comparison->same && i < count; i++)
		comparison->same = values[i].length == known[i].length &&
				   memcmp(values[i].data, known[i].data, known[i].length) == 0;
}

static gboolean has_same_facts(ViewPull *self, const Entry *delta, const Row *row, gboolean *same,
			       GError **error)
{
	Comparison comparison = { .same = TRUE };
	ViewEntry stored = { 0 };

	entry_foreach(delta, note_any, &comparison);
	if (comparison.any) {
		if (!view_load(self->state, row->id, &stored, error))
			return FALSE;
		comparison.known = stored.entry;
		entry_foreach(delta, compare_values, &comparison);
		view_entry_clear(&stored);
	}
	*same = comparison.same;
	return TRUE;
}

gboolean view_pull_confirm(ViewPull *self, const Entry *delta, gboolean *same, GError **error)
{
	gboolean home;
	guint members;
	Row row;

	*same = FALSE;
	entry_members(delta, &members);
	if (members > 0)
		return TRUE;
	if (!find_row(self, entry_anchor(delta), &row, error) ||
	    (row.id && !is_home(self, entry_dn(delta), &row, &home, error)))
		return FALSE;
	if (!row.id || !home)
		return TRUE;
	if (!has_same_facts(self, delta, &row, same, error))
		return FALSE;
	if (*same)
		pull_note_put(self, row.id);
	return TRUE;
}
