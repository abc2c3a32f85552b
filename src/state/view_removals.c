/*
 * Removals: entries that are no more.
 *
 * Applied at commit, before the moves: a name that became free by a removal is free for who moves
 * there. With an entry goes what stands beneath it and was not seen in this pull (a removed OU is
 * reported alone); who was put elsewhere has left, and who was put there or reported as present is
 * alive, whatever happened above.
 *
 * The row stays as a tombstone with its last DN and its facts. Its edges go, as a member and as a
 * group, and the keys by which memberships are derived. Only the edge of a group that was itself
 * put whole in this pull, and still names the DN, stays as what it says: a name. So a newcomer with
 * the DN of a dead entry gets no membership of his, but gets those that the server states anew.
 */
#include "view_internal.h"

static gboolean find_child(ViewPull *self, gint64 node, GArray *stack, GError **error)
{
	g_auto(Query) query =
		query_new(self->state, "SELECT id, entry FROM node WHERE parent = ? ORDER BY name");
	gboolean row;

	query_int(&query, node);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		gint64 child = query_get_int(&query, 0), entry = query_get_int(&query, 1);
		if (entry && bits_has(&self->seen, entry))
			continue;
		if (entry)
			bits_set(&self->removed, entry);
		g_array_append_val(stack, child);
	}
}

/* Marks what stands beneath an entry that goes. */
static gboolean mark_beneath(ViewPull *self, gint64 top, GError **error)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_array_append_val(stack, top);
	while (stack->len > 0) {
		gint64 node = g_array_index(stack, gint64, stack->len - 1);

		g_array_set_size(stack, stack->len - 1);
		if (!find_child(self, node, stack, error))
			return FALSE;
	}
	return TRUE;
}

typedef struct {
	gint64 id, node;
	EntryKind kind;
} Leaver;

/* Node 0 if the entry is gone already. */
static gboolean load_leaver(ViewPull *self, gint64 id, Leaver *leaver, GError **error)
{
	g_auto(Query) query =
		query_new(self->state, "SELECT node, kind FROM entry WHERE id = ? AND gone_at = 0");
	gboolean row;

	query_int(&query, id);
	if (!query_next(&query, &row, error))
		return FALSE;
	*leaver = (Leaver){ .id = id };
	if (row) {
		leaver->node = query_get_int(&query, 0);
		leaver->kind = (EntryKind)query_get_int(&query, 1);
	}
	return TRUE;
}

static gboolean bury(ViewPull *self, const Leaver *leaver, GError **error)
{
	g_autofree char *dn = NULL;
	g_auto(Query) query = query_new(self->state,
					"UPDATE entry SET gone_at = ?, last_dn = ?, node = NULL"
					" WHERE id = ?");

	if (!tree_dn(self->state, leaver->node, &dn, error))
		return FALSE;
	query_int(&query, self->now_us);
	query_text(&query, dn);
	query_int(&query, leaver->id);
	return query_run(&query, error) && view_due_put(self->state, leaver->id, 0, error) &&
	       tree_occupy(&self->tree, leaver->node, 0, NULL, error);
}

static gboolean remove_one(ViewPull *self, const Leaver *leaver, GError **error)
{
	pull_touch(self, leaver->id, leaver->kind);
	if (leaver->kind == ENTRY_GROUP && !pull_drop_members(self, leaver->id, error))
		return FALSE;
	if (!pull_drop_memberships(self, leaver->node, error) ||
	    !pull_derive_removed(self, leaver->id, leaver->kind, error) ||
	    !bury(self, leaver, error))
		return FALSE;
	bits_set(&self->vacated, leaver->node);
	self->counts[leaver->kind]--;
	self->stats.removed++;
	return TRUE;
}

gboolean pull_settle_removals(ViewPull *self, GError **error)
{
	Leaver leaver;
	gint64 id;

	if (bits_next(&self->removed, 0) && !pull_need_reverse(self, error))
		return FALSE;
	for (id = bits_next(&self->removed, 0); id; id = bits_next(&self->removed, id)) {
		if (!load_leaver(self, id, &leaver, error) ||
		    (leaver.node && !mark_beneath(self, leaver.node, error)))
			return FALSE;
	}
	for (id = bits_next(&self->removed, 0); id; id = bits_next(&self->removed, id)) {
		if (!load_leaver(self, id, &leaver, error) ||
		    (leaver.node && !remove_one(self, &leaver, error)))
			return FALSE;
	}
	return TRUE;
}
