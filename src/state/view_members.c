/*
 * Members: edges from a group's entry to nodes.
 *
 * A group comes with all its members. They are resolved to nodes, sorted, and compared with what is
 * stored; only the difference is written, and only users whom the difference concerns are touched.
 * Two arrays of eight bytes a member, for one group at a time, is all the memory this takes.
 *
 * While a pull runs, the names in the tree are those of before the pull, so what a group states is
 * resolved by the same names in whatever order the facts come. Edges of groups that were stated
 * hold a name, edges of all other groups hold an entry: if the entry at a node moves away in this
 * pull, the former stay with the name and the latter go with the entry (view_moves.c).
 */
#include "view_internal.h"

static int compare_ids(const void *a, const void *b)
{
	gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

	return (left > right) - (left < right);
}

static gint64 id_at(const GArray *ids, guint i)
{
	return i < ids->len ? g_array_index(ids, gint64, i) : G_MAXINT64;
}

static gboolean resolve_members(ViewPull *self, const Entry *entry, GError **error)
{
	guint count, kept = 0;
	const EntryMember *members = entry_members(entry, &count);
	GArray *wanted = self->wanted;
	gint64 node;

	g_array_set_size(wanted, 0);
	for (guint i = 0; i < count; i++) {
		if (!tree_ensure(&self->tree, members[i].dn, members[i].length, &node, error))
			return FALSE;
		if (node)
			g_array_append_val(wanted, node);
	}
	g_array_sort(wanted, compare_ids);
	for (guint i = 0; i < wanted->len; i++) {
		if (kept == 0 || id_at(wanted, kept - 1) != id_at(wanted, i))
			g_array_index(wanted, gint64, kept++) = id_at(wanted, i);
	}
	g_array_set_size(wanted, kept);
	return TRUE;
}

static gboolean load_members(ViewPull *self, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT node FROM member WHERE grp = ? ORDER BY node");

	g_array_set_size(self->stored, 0);
	query_int(&query, group);
	return query_list(&query, self->stored, error);
}

gboolean pull_add_edge(ViewPull *self, gint64 group, gint64 node, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "INSERT INTO member (grp, node) VALUES (?, ?) ON CONFLICT DO NOTHING");

	query_int(&query, group);
	query_int(&query, node);
	return query_run(&query, error);
}

static gboolean remove_edge(ViewPull *self, gint64 group, gint64 node, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"DELETE FROM member WHERE grp = ? AND node = ?");

	query_int(&query, group);
	query_int(&query, node);
	return query_run(&query, error);
}

static gboolean has_no_edges(ViewPull *self, gint64 *empty, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT NOT EXISTS (SELECT 1 FROM member)");

	return query_value(&query, empty, error);
}

/* The very first edges: their index is made at commit, sorted, instead of row by row. */
static gboolean put_off_reverse(ViewPull *self, GError **error)
{
	gint64 empty;

	if (!self->fresh || self->edges_asked)
		return TRUE;
	self->edges_asked = TRUE;
	if (!has_no_edges(self, &empty, error))
		return FALSE;
	if (empty && !schema_drop_reverse(self->state, error))
		return FALSE;
	self->no_reverse = empty != 0;
	return TRUE;
}

gboolean pull_need_reverse(ViewPull *self, GError **error)
{
	if (!self->no_reverse)
		return TRUE;
	self->no_reverse = FALSE;
	return schema_make_reverse(self->state, error);
}

/* Twenty rows a statement: most of the cost of an insert is the statement, not the row. */
#define BATCH 20
#define FIVE "(?, ?), (?, ?), (?, ?), (?, ?), (?, ?)"

static gboolean insert_batch(ViewPull *self, gint64 group, guint from, GError **error)
{
	g_auto(Query) query = query_new(self->state, "INSERT INTO member (grp, node) VALUES " FIVE
						     ", " FIVE ", " FIVE ", " FIVE);

	for (guint i = from; i < from + BATCH; i++) {
		query_int(&query, group);
		query_int(&query, id_at(self->wanted, i));
	}
	return query_run(&query, error);
}

/* A new group: nothing to compare with, and touching it touches all of its users. */
static gboolean insert_members(ViewPull *self, gint64 group, GError **error)
{
	guint i = 0, count = self->wanted->len;

	if (count > 0 && !put_off_reverse(self, error))
		return FALSE;
	for (; i + BATCH <= count; i += BATCH) {
		if (!insert_batch(self, group, i, error))
			return FALSE;
	}
	for (; i < count; i++) {
		if (!pull_add_edge(self, group, id_at(self->wanted, i), error))
			return FALSE;
	}
	return TRUE;
}

static gboolean change_members(ViewPull *self, gint64 group, gboolean *changed, GError **error)
{
	guint i = 0, j = 0;

	if (!load_members(self, group, error))
		return FALSE;
	while (i < self->wanted->len || j < self->stored->len) {
		gint64 wanted = id_at(self->wanted, i), stored = id_at(self->stored, j);
		gint64 differing = MIN(wanted, stored);

		i += wanted <= stored;
		j += stored <= wanted;
		if (wanted == stored)
			continue;
		*changed = TRUE;
		if (!(wanted < stored ? pull_add_edge(self, group, wanted, error)
				      : remove_edge(self, group, stored, error)) ||
		    !pull_touch_node(self, differing, error))
			return FALSE;
		if (stored < wanted)
			bits_set(&self->vacated, stored);
	}
	return TRUE;
}

gboolean pull_put_members(ViewPull *self, gint64 group, const Entry *entry, gboolean is_new,
			  gboolean *changed, GError **error)
{
	if (!resolve_members(self, entry, error))
		return FALSE;
	return is_new ? insert_members(self, group, error)
		      : change_members(self, group, changed, error);
}

gboolean pull_drop_members(ViewPull *self, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(self->state, "DELETE FROM member WHERE grp = ?");

	if (!load_members(self, group, error))
		return FALSE;
	for (guint i = 0; i < self->stored->len; i++) {
		gint64 node = id_at(self->stored, i);
		if (!pull_touch_node(self, node, error))
			return FALSE;
		bits_set(&self->vacated, node);
	}
	query_int(&query, group);
	return query_run(&query, error);
}

static gboolean load_groups(ViewPull *self, gint64 node, GArray *groups, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT grp FROM member WHERE node = ? ORDER BY grp");

	query_int(&query, node);
	return query_list(&query, groups, error);
}

gboolean pull_drop_memberships(ViewPull *self, gint64 node, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!load_groups(self, node, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = id_at(groups, i);
		if (!bits_has(&self->put, group) && !remove_edge(self, group, node, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_repoint(ViewPull *self, gint64 from, gint64 to, gboolean stated_only, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint moved = 0;

	if (!load_groups(self, from, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = id_at(groups, i);
		if (stated_only && !bits_has(&self->put, group))
			continue;
		moved++;
		if (!remove_edge(self, group, from, error) ||
		    !pull_add_edge(self, group, to, error))
			return FALSE;
	}
	return moved == 0 ||
	       (pull_touch_node(self, from, error) && pull_touch_node(self, to, error));
}
