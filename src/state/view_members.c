/*
 * Members: what a group states, compared with what is stored.
 *
 * A group comes with all its members, or with changes to them. All of them are resolved to nodes,
 * sorted, and compared; only the difference is written, and only users whom the difference concerns
 * are touched. Two arrays of eight bytes a member, for one group at a time, is all the memory this
 * takes. Of changes each is looked up by itself, so they cost the same in a group of any size.
 *
 * While a pull runs, the names in the tree are those of before the pull, so what a group states is
 * resolved by the same names in whatever order the facts come. Names in groups that were stated
 * whole hold a name, all other edges hold an entry: if the entry at a node moves away in this pull,
 * the former stay with the name and the latter go with the entry (view_moves.c). A member that a
 * change adds by name alone is resolved at the end, when names are what the server says.
 */
#include "view_internal.h"

static int compare_edges(const void *a, const void *b)
{
	gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

	return (left > right) - (left < right);
}

static gint64 edge_at(const GArray *edges, guint i)
{
	return i < edges->len ? g_array_index(edges, gint64, i) : G_MAXINT64;
}

/* The edge of one member, 0 if it is no member that anybody could ever be. */
static gboolean resolve_member(ViewPull *self, const EntryMember *member, gint64 *edge,
			       GError **error)
{
	gint64 node;

	if (!(member->anchor ? pull_anchor_node(self, member, &node, error)
			     : tree_ensure(&self->tree, member->dn, member->length, &node, error)))
		return FALSE;
	*edge = node ? EDGE(member->anchor ? MEMBER_BY_ANCHOR : MEMBER_BY_NAME, node) : 0;
	return TRUE;
}

static void sort_edges(GArray *edges)
{
	guint kept = 0;

	g_array_sort(edges, compare_edges);
	for (guint i = 0; i < edges->len; i++) {
		if (kept == 0 || edge_at(edges, kept - 1) != edge_at(edges, i))
			g_array_index(edges, gint64, kept++) = edge_at(edges, i);
	}
	g_array_set_size(edges, kept);
}

static gboolean resolve_members(ViewPull *self, const Entry *entry, GError **error)
{
	guint count;
	const EntryMember *members = entry_members(entry, &count);
	gint64 edge;

	g_array_set_size(self->wanted, 0);
	for (guint i = 0; i < count; i++) {
		if (!resolve_member(self, &members[i], &edge, error))
			return FALSE;
		if (edge)
			g_array_append_val(self->wanted, edge);
	}
	sort_edges(self->wanted);
	return TRUE;
}

/* The stated ones; what was derived is not the group's to say. */
static gboolean load_members(ViewPull *self, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT how << 60 | node FROM member"
					" WHERE grp = ? AND how < ? ORDER BY how, node");

	g_array_set_size(self->stored, 0);
	query_int(&query, group);
	query_int(&query, MEMBER_DERIVED);
	return query_list(&query, self->stored, error);
}

static gboolean replace_members(ViewPull *self, gint64 group, gboolean *changed, GError **error)
{
	guint i = 0, j = 0;

	if (!load_members(self, group, error))
		return FALSE;
	while (i < self->wanted->len || j < self->stored->len) {
		gint64 wanted = edge_at(self->wanted, i), stored = edge_at(self->stored, j);
		gint64 edge = MIN(wanted, stored);

		i += wanted <= stored;
		j += stored <= wanted;
		if (wanted < stored &&
		    !pull_join(self, group, EDGE_HOW(edge), EDGE_NODE(edge), changed, error))
			return FALSE;
		if (stored < wanted &&
		    !pull_leave(self, group, EDGE_HOW(edge), EDGE_NODE(edge), changed, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean change_member(ViewPull *self, gint64 group, const EntryMember *member,
			      gboolean *changed, GError **error)
{
	gint64 node;

	if (!member->anchor) {
		*changed = TRUE;
		return pull_stage_edge(self, group, member->dn, error);
	}
	if (member->left)
		return pull_leave_by_anchor(self, group, member->anchor, changed, error);
	return pull_anchor_node(self, member, &node, error) &&
	       pull_join(self, group, MEMBER_BY_ANCHOR, node, changed, error);
}

static gboolean change_members(ViewPull *self, gint64 group, const Entry *entry, gboolean *changed,
			       GError **error)
{
	guint count;
	const EntryMember *members = entry_members(entry, &count);

	for (guint i = 0; i < count; i++) {
		if (!change_member(self, group, &members[i], changed, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_put_members(ViewPull *self, gint64 group, const Entry *entry, gboolean is_new,
			  gboolean *changed, GError **error)
{
	if (entry_members_are_changes(entry))
		return change_members(self, group, entry, changed, error);
	if (!resolve_members(self, entry, error))
		return FALSE;
	bits_set(&self->whole, group);
	/* A new group: nothing to compare with, and touching it touches all of its users. */
	return is_new ? pull_insert_edges(self, group, self->wanted, error)
		      : replace_members(self, group, changed, error);
}
