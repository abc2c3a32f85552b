/*
 * Edges: the rows of 'member', one by one or many at a time.
 *
 *	grp  how  node
 *	12   0    4711     group 12 names the DN of node 4711
 *	12   1    4712     group 12 means the entry at node 4712
 *	12   2    4713     the user at node 4713 has a key of group 12 (view_derived.c)
 *
 * One user can be in one group in all three ways. Each way comes and goes by itself, and the user
 * is a member while one of them is left. Ordered by 'how' first, the derived edges, which can be a
 * million for one group, are out of the way when the stated ones are compared.
 */
#include "view_internal.h"

static gboolean run_edge(Query *query, gint64 group, MemberHow how, gint64 node, gboolean *done,
			 GError **error)
{
	query_int(query, group);
	query_int(query, how);
	query_int(query, node);
	if (!query_run(query, error))
		return FALSE;
	*done = sql_changes(query->state) > 0;
	return TRUE;
}

static gboolean has_no_edges(ViewPull *self, gint64 *empty, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT NOT EXISTS (SELECT 1 FROM member)");

	return query_value(&query, empty, error);
}

/* The very first edges: their index is made at commit, sorted, instead of row by row. */
gboolean pull_put_off_reverse(ViewPull *self, GError **error)
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

gboolean pull_add_edge(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *added,
		       GError **error)
{
	if (!pull_put_off_reverse(self, error))
		return FALSE;

	g_auto(Query) query = query_new(self->state,
					"INSERT INTO member (grp, how, node) VALUES (?, ?, ?)"
					" ON CONFLICT DO NOTHING");
	return run_edge(&query, group, how, node, added, error);
}

gboolean pull_remove_edge(ViewPull *self, gint64 group, MemberHow how, gint64 node,
			  gboolean *removed, GError **error)
{
	g_auto(Query) query =
		query_new(self->state, "DELETE FROM member WHERE grp = ? AND how = ? AND node = ?");

	return run_edge(&query, group, how, node, removed, error);
}

gboolean pull_join(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *changed,
		   GError **error)
{
	gboolean added;

	if (!pull_add_edge(self, group, how, node, &added, error))
		return FALSE;
	*changed |= added;
	return !added || pull_touch_node(self, node, error);
}

gboolean pull_leave(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *changed,
		    GError **error)
{
	gboolean removed;

	if (!pull_remove_edge(self, group, how, node, &removed, error))
		return FALSE;
	if (!removed)
		return TRUE;
	*changed = TRUE;
	bits_set(&self->vacated, node);
	return pull_touch_node(self, node, error);
}

/* Twenty rows a statement: most of the cost of an insert is the statement, not the row. */
#define BATCH 20
#define FIVE "(?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?), (?, ?, ?)"

static gboolean insert_batch(ViewPull *self, gint64 group, const gint64 *edges, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"INSERT INTO member (grp, how, node) VALUES " FIVE ", " FIVE
					", " FIVE ", " FIVE);

	for (guint i = 0; i < BATCH; i++) {
		query_int(&query, group);
		query_int(&query, EDGE_HOW(edges[i]));
		query_int(&query, EDGE_NODE(edges[i]));
	}
	return query_run(&query, error);
}

gboolean pull_insert_edges(ViewPull *self, gint64 group, const GArray *edges, GError **error)
{
	const gint64 *edge = (const gint64 *)(void *)edges->data;
	guint i = 0;
	gboolean added;

	if (edges->len > 0 && !pull_put_off_reverse(self, error))
		return FALSE;
	for (; i + BATCH <= edges->len; i += BATCH) {
		if (!insert_batch(self, group, edge + i, error))
			return FALSE;
	}
	for (; i < edges->len; i++) {
		if (!pull_add_edge(self, group, EDGE_HOW(edge[i]), EDGE_NODE(edge[i]), &added,
				   error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_drop_members(ViewPull *self, gint64 group, GError **error)
{
	g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_auto(Query) list = query_new(self->state, "SELECT node FROM member WHERE grp = ?");
	g_auto(Query) query = query_new(self->state, "DELETE FROM member WHERE grp = ?");

	query_int(&list, group);
	if (!query_list(&list, nodes, error))
		return FALSE;
	for (guint i = 0; i < nodes->len; i++) {
		gint64 node = g_array_index(nodes, gint64, i);
		if (!pull_touch_node(self, node, error))
			return FALSE;
		bits_set(&self->vacated, node);
	}
	query_int(&query, group);
	return query_run(&query, error);
}

typedef struct {
	gint64 group, node;
	MemberHow how;
} Membership;

static gboolean load_memberships(ViewPull *self, gint64 node, GArray *memberships, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT grp, how FROM member WHERE node = ?"
						     " ORDER BY grp, how");
	gboolean row;

	query_int(&query, node);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		Membership membership = { .group = query_get_int(&query, 0),
					  .node = node,
					  .how = (MemberHow)query_get_int(&query, 1) };
		g_array_append_val(memberships, membership);
	}
}

gboolean pull_drop_memberships(ViewPull *self, gint64 node, GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Membership));
	gboolean removed;

	if (!load_memberships(self, node, all, error))
		return FALSE;
	for (guint i = 0; i < all->len; i++) {
		const Membership *one = &g_array_index(all, Membership, i);
		if (one->how == MEMBER_BY_NAME && bits_has(&self->whole, one->group))
			continue;
		if (!pull_remove_edge(self, one->group, one->how, node, &removed, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_end_memberships(ViewPull *self, gint64 node, gboolean noted, GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Membership));
	gboolean changed;

	if (!pull_need_reverse(self, error) || !load_memberships(self, node, all, error))
		return FALSE;
	for (guint i = 0; i < all->len; i++) {
		const Membership *one = &g_array_index(all, Membership, i);
		if (one->how == MEMBER_DERIVED)
			continue;
		if (!pull_leave(self, one->group, one->how, node, &changed, error))
			return FALSE;
		if (noted)
			g_array_append_val(self->ended, *one);
	}
	return TRUE;
}

gboolean pull_resume_memberships(ViewPull *self, GError **error)
{
	gboolean changed;

	for (guint i = 0; i < self->ended->len; i++) {
		const Membership *one = &g_array_index(self->ended, Membership, i);
		if (!pull_join(self, one->group, one->how, one->node, &changed, error))
			return FALSE;
	}
	return TRUE;
}

GArray *pull_new_ended(void)
{
	return g_array_new(FALSE, FALSE, sizeof(Membership));
}

/* Edges of the ways from 'least' to 'most'. */
static gboolean repoint(ViewPull *self, gint64 from, gint64 to, MemberHow least, MemberHow most,
			GError **error)
{
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Membership));
	gboolean done;

	if (!pull_need_reverse(self, error) || !load_memberships(self, from, all, error))
		return FALSE;
	for (guint i = 0; i < all->len; i++) {
		const Membership *one = &g_array_index(all, Membership, i);
		if (one->how < least || one->how > most)
			continue;
		if (!pull_remove_edge(self, one->group, one->how, from, &done, error) ||
		    !pull_add_edge(self, one->group, one->how, to, &done, error))
			return FALSE;
	}
	return all->len == 0 ||
	       (pull_touch_node(self, from, error) && pull_touch_node(self, to, error));
}

gboolean pull_repoint(ViewPull *self, gint64 from, gint64 to, GError **error)
{
	return repoint(self, from, to, MEMBER_BY_NAME, MEMBER_DERIVED, error);
}

gboolean pull_repoint_by_anchor(ViewPull *self, gint64 from, gint64 to, GError **error)
{
	return repoint(self, from, to, MEMBER_BY_ANCHOR, MEMBER_BY_ANCHOR, error);
}

gboolean pull_is_meant(ViewPull *self, gint64 node, gint64 *meant, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT EXISTS (SELECT 1 FROM member"
						     " WHERE node = ? AND how = ?)");

	query_int(&query, node);
	query_int(&query, MEMBER_BY_ANCHOR);
	return query_value(&query, meant, error);
}
