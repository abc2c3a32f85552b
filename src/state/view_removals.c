/*
 * Removals: entries that are no more.
 *
 * Applied at commit, before the moves: a name that became free by a removal is free for who moves
 * there. With an entry goes what stands beneath it and was not seen in this pull (a removed OU is
 * reported alone); who was put elsewhere has left, and who was put there or reported as present is
 * alive, whatever happened above.
 *
 * There are two ways to say it. A removal gives way to a put in the same pull, whichever comes
 * first: for servers that tell who is gone and who is there in no order. A retraction takes back
 * what was said before it, and gives way to what is said after it: somebody changed in one part of
 * a long answer and is deleted in the next.
 *
 * Who was deleted and is back is renewed: the server took it out of all groups and may have put it
 * into some again. The edges of before go at once, so that what is said after that counts; they are
 * kept aside until it is certain that the pull is complete.
 *
 * The row stays as a tombstone with its last DN and its facts. Its edges go, as a member and as a
 * group, and the keys by which memberships are derived. Only the edge of a group that was itself
 * put whole in this pull, and still names the DN, stays as what it says: a name. So a newcomer with
 * the DN of a dead entry gets no membership of his, but gets those that the server states anew.
 */
#include "view_internal.h"

gboolean view_pull_retract(ViewPull *self, const char *anchor, gboolean left, GError **error)
{
	gint64 id;

	if (!view_find_anchor(self->state, self->source, anchor, &id, error))
		return FALSE;
	if (!id)
		return left || pull_forget_placeholder(self, anchor, error);
	bits_unset(&self->put, id);
	bits_unset(&self->seen, id);
	bits_set(&self->removed, id);
	if (left)
		bits_set(&self->left, id);
	else
		bits_unset(&self->left, id);
	return TRUE;
}

gboolean view_pull_renew(ViewPull *self, const char *anchor, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT node FROM entry WHERE source = ?"
						     " AND anchor = ? AND gone_at = 0");
	gint64 node;

	query_int(&query, self->source);
	query_text(&query, anchor);
	if (!query_value(&query, &node, error))
		return FALSE;
	return node ? pull_end_memberships(self, node, TRUE, error)
		    : pull_forget_placeholder(self, anchor, error);
}

/* ---- at commit ---- */

typedef struct {
	gint64 id, node;
	EntryKind kind;
	gboolean left;
} Leaver;

static gboolean find_child(ViewPull *self, gint64 node, gboolean left, GArray *stack,
			   GError **error)
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
		if (entry && left && !bits_has(&self->removed, entry))
			bits_set(&self->left, entry);
		if (entry)
			bits_set(&self->removed, entry);
		g_array_append_val(stack, child);
	}
}

/* Marks what stands beneath an entry that goes: it goes the same way. */
static gboolean mark_beneath(ViewPull *self, const Leaver *top, GError **error)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_array_append_val(stack, top->node);
	while (stack->len > 0) {
		gint64 node = g_array_index(stack, gint64, stack->len - 1);

		g_array_set_size(stack, stack->len - 1);
		if (!find_child(self, node, top->left, stack, error))
			return FALSE;
	}
	return TRUE;
}

/* Id 0 if the entry is gone already; node 0 if it has no place yet, its name was taken. */
static gboolean load_leaver(ViewPull *self, gint64 id, Leaver *leaver, GError **error)
{
	g_auto(Query) query =
		query_new(self->state, "SELECT node, kind FROM entry WHERE id = ? AND gone_at = 0");
	gboolean row;

	query_int(&query, id);
	if (!query_next(&query, &row, error))
		return FALSE;
	*leaver = (Leaver){ 0 };
	if (row) {
		leaver->id = id;
		leaver->node = query_get_int(&query, 0);
		leaver->kind = (EntryKind)query_get_int(&query, 1);
		leaver->left = bits_has(&self->left, id);
	}
	return TRUE;
}

/* What is meant by its anchor: elsewhere now, or never more. */
static gboolean leave_anchor(ViewPull *self, const Leaver *leaver, const char *dn, GError **error)
{
	g_autofree char *anchor = NULL;

	if (leaver->node ? !leaver->left : leaver->left)
		return TRUE;
	if (!view_anchor(self->state, leaver->id, &anchor, error))
		return FALSE;
	return leaver->left ? pull_strand_anchor(self, anchor, dn, leaver->node, error)
			    : pull_forget_placeholder(self, anchor, error);
}

static gboolean bury(ViewPull *self, const Leaver *leaver, const char *dn, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"UPDATE entry SET gone_at = ?, last_dn = ?, node = NULL"
					" WHERE id = ?");

	query_int(&query, self->now_us);
	query_text(&query, dn);
	query_int(&query, leaver->id);
	return query_run(&query, error) && view_due_put(self->state, leaver->id, 0, error) &&
	       pull_unstage(self, leaver->id, error);
}

/* Its node is a name again, if anything. */
static gboolean leave_node(ViewPull *self, const Leaver *leaver, GError **error)
{
	if (!leaver->node)
		return TRUE;
	bits_set(&self->vacated, leaver->node);
	return pull_drop_memberships(self, leaver->node, error) &&
	       tree_occupy(&self->tree, leaver->node, 0, NULL, error);
}

static gboolean drop_group(ViewPull *self, const Leaver *leaver, GError **error)
{
	return leaver->kind != ENTRY_GROUP || (pull_drop_members(self, leaver->id, error) &&
					       pull_unstage_edges(self, leaver->id, error));
}

static gboolean remove_one(ViewPull *self, const Leaver *leaver, GError **error)
{
	g_autofree char *dn = NULL;

	pull_touch(self, leaver->id, leaver->kind);
	if (!(leaver->node ? tree_dn(self->state, leaver->node, &dn, error)
			   : pull_staged_dn(self, leaver->id, &dn, error)) ||
	    !drop_group(self, leaver, error) || !leave_anchor(self, leaver, dn, error) ||
	    !leave_node(self, leaver, error) ||
	    !pull_derive_removed(self, leaver->id, leaver->kind, error) ||
	    !bury(self, leaver, dn, error))
		return FALSE;
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
		    (leaver.node && !mark_beneath(self, &leaver, error)))
			return FALSE;
	}
	for (id = bits_next(&self->removed, 0); id; id = bits_next(&self->removed, id)) {
		if (!load_leaver(self, id, &leaver, error) ||
		    (leaver.id && !remove_one(self, &leaver, error)))
			return FALSE;
	}
	return TRUE;
}
