/*
 * Moves: entries whose DN in this pull is another than in the tree.
 *
 * Facts come in any order, and no order is right for all: two people swap their DNs, an OU is
 * renamed and a new one made under its old name, a member list already has the new DN of somebody
 * whose own entry comes later. So nothing is moved while the pull runs. The tree keeps the names of
 * before, new entries stand at names that are free, and whoever has to move is noted:
 *
 *	staged_move    entry, depth of the new DN, new DN
 *	staged_edge    group, DN of a member: edges that hold a name which will change hands, and
 *	               members that a change to the group names by DN
 *
 * At commit, after the removals:
 *
 *  1. vacate: everything that was *stated* in this pull, and stands beneath a node that moves away,
 *     keeps its stated name: entries put beneath it become moves of their own, names in groups that
 *     were put whole become staged edges. What was not stated goes along with the node: children of
 *     a renamed OU, memberships in groups that nobody sent, members by anchor and derived ones.
 *  2. detach: all nodes that move leave their names at once, so a swap is no conflict.
 *  3. place, parents before children. At the new name may stand nobody; a placeholder, which is
 *     merged into the entry's node; or a live entry of which we heard nothing. The server says it
 *     cannot have that DN any more; it was not said to be gone either, so it is parked: it lives,
 *     its DN finds the other one, and the pull that brings its new DN or its end sets it right.
 *  4. staged edges are made again, by name.
 *  5. placeholders that nobody needs go.
 *
 * The cost follows the number of moved entries and what stands beneath them.
 */
#include "base/error.h"
#include "view_internal.h"

/* ---- noting ---- */

static gboolean need_staging(ViewPull *self, GError **error)
{
	return self->moves++ > 0 || schema_make_staging(self->state, error);
}

gboolean pull_stage(ViewPull *self, gint64 entry, const char *dn, guint depth, GError **error)
{
	if (!need_staging(self, error))
		return FALSE;

	g_auto(Query) query =
		query_new(self->state, "INSERT INTO staged_move (entry, depth, dn) VALUES (?, ?, ?)"
				       " ON CONFLICT (entry) DO UPDATE SET depth = excluded.depth,"
				       " dn = excluded.dn");
	query_int(&query, entry);
	query_int(&query, depth);
	query_text(&query, dn);
	return query_run(&query, error);
}

gboolean pull_staged_dn(ViewPull *self, gint64 entry, char **dn, GError **error)
{
	gboolean row;

	*dn = NULL;
	if (self->moves == 0)
		return TRUE;

	g_auto(Query) query = query_new(self->state, "SELECT dn FROM staged_move WHERE entry = ?");
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	if (row)
		*dn = query_get_text(&query, 0);
	return TRUE;
}

gboolean pull_unstage(ViewPull *self, gint64 entry, GError **error)
{
	if (self->moves == 0)
		return TRUE;

	g_auto(Query) query = query_new(self->state, "DELETE FROM staged_move WHERE entry = ?");
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean pull_stage_edge(ViewPull *self, gint64 group, const char *dn, GError **error)
{
	if (!need_staging(self, error))
		return FALSE;

	g_auto(Query) query = query_new(self->state,
					"INSERT INTO staged_edge (grp, dn) VALUES (?, ?)");
	query_int(&query, group);
	query_text(&query, dn);
	return query_run(&query, error);
}

gboolean pull_unstage_edges(ViewPull *self, gint64 group, GError **error)
{
	if (self->moves == 0)
		return TRUE;

	g_auto(Query) query = query_new(self->state, "DELETE FROM staged_edge WHERE grp = ?");
	query_int(&query, group);
	return query_run(&query, error);
}

static gboolean node_of(ViewPull *self, gint64 entry, gint64 *node, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT node FROM entry WHERE id = ?");

	query_int(&query, entry);
	return query_value(&query, node, error);
}

static gboolean entry_at(ViewPull *self, gint64 node, gint64 *entry, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT entry FROM node WHERE id = ?");

	query_int(&query, node);
	return query_value(&query, entry, error);
}

static gboolean set_node(ViewPull *self, gint64 entry, gint64 node, GError **error)
{
	g_auto(Query) query = query_new(self->state, "UPDATE entry SET node = ? WHERE id = ?");

	query_id(&query, node);
	query_int(&query, entry);
	return query_run(&query, error);
}

/* ---- what stands beneath ---- */

typedef gboolean (*BeneathFn)(ViewPull *self, gint64 node, gboolean *descend, GError **error);

/* Calls 'fn' for a node and, where it wants to descend, for everything beneath. */
static gboolean walk_beneath(ViewPull *self, gint64 top, BeneathFn fn, GError **error)
{
	g_autoptr(GArray) stack = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_array_append_val(stack, top);
	while (stack->len > 0) {
		gint64 node = g_array_index(stack, gint64, stack->len - 1);
		gboolean descend = TRUE;

		g_array_set_size(stack, stack->len - 1);
		if (!fn(self, node, &descend, error) ||
		    (descend && !tree_children(&self->tree, node, stack, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean touch_one(ViewPull *self, gint64 node, gboolean *descend, GError **error)
{
	(void)descend;
	return pull_touch_node(self, node, error);
}

gboolean pull_touch_beneath(ViewPull *self, gint64 node, GError **error)
{
	return walk_beneath(self, node, touch_one, error);
}

/* ---- 1. vacate ---- */

/* Edges that hold the name of this node: those of groups that were put whole. */
static gboolean vacate_edges(ViewPull *self, gint64 node, const char *dn, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_auto(Query) query = query_new(self->state,
					"SELECT grp FROM member WHERE node = ? AND how = ?"
					" ORDER BY grp");
	gboolean removed;

	query_int(&query, node);
	query_int(&query, MEMBER_BY_NAME);
	if (!query_list(&query, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = g_array_index(groups, gint64, i);

		if (!bits_has(&self->whole, group))
			continue;
		if (!pull_remove_edge(self, group, MEMBER_BY_NAME, node, &removed, error) ||
		    !pull_stage_edge(self, group, dn, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean vacate_one(ViewPull *self, gint64 node, gboolean *descend, GError **error)
{
	g_autofree char *dn = NULL, *staged = NULL;
	gint64 entry;

	(void)descend;
	if (!tree_dn(self->state, node, &dn, error) || !entry_at(self, node, &entry, error) ||
	    !pull_touch_node(self, node, error) || !vacate_edges(self, node, dn, error))
		return FALSE;
	if (!entry || !bits_has(&self->put, entry))
		return TRUE;

	/* Stated at this very name: it comes back to it. Beneath it, all is as stated by itself. */
	g_auto(Place) place = { 0 };
	if (!pull_staged_dn(self, entry, &staged, error))
		return FALSE;
	if (staged)
		return TRUE;
	return tree_place(&self->tree, dn, &place, error) &&
	       pull_stage(self, entry, dn, place.depth, error);
}

static gboolean next_move(ViewPull *self, gint64 after, gint64 *entry, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT entry FROM staged_move WHERE entry > ?"
						     " ORDER BY entry LIMIT 1");

	query_int(&query, after);
	return query_value(&query, entry, error);
}

static gboolean vacate_all(ViewPull *self, GError **error)
{
	gint64 entry = 0, node;

	for (;;) {
		if (!next_move(self, entry, &entry, error))
			return FALSE;
		if (!entry)
			return TRUE;
		if (!node_of(self, entry, &node, error) ||
		    (node && !walk_beneath(self, node, vacate_one, error)))
			return FALSE;
	}
}

/* ---- 2. detach ---- */

static gboolean detach_all(ViewPull *self, GError **error)
{
	gint64 entry = 0, node, parent;

	for (;;) {
		if (!next_move(self, entry, &entry, error))
			return FALSE;
		if (!entry)
			return TRUE;
		if (!node_of(self, entry, &node, error))
			return FALSE;
		if (!node)
			continue;
		if (!tree_parent(&self->tree, node, &parent, error) ||
		    !tree_park(&self->tree, node, 0, error))
			return FALSE;
		if (parent > 0)
			bits_set(&self->vacated, parent);
	}
}

/* ---- 3. place ---- */

/*
 * Off its name, still beneath its old parent. What holds the name stays with the name. Two entries
 * that were both put with one DN contradict each other: the one placed last has it.
 */
static gboolean park_aside(ViewPull *self, gint64 node, GError **error)
{
	gint64 parent, entry;

	if (!entry_at(self, node, &entry, error))
		return FALSE;
	bits_unset(&self->put, entry);
	return walk_beneath(self, node, vacate_one, error) &&
	       tree_parent(&self->tree, node, &parent, error) &&
	       tree_park(&self->tree, node, parent, error);
}

static gboolean merge(ViewPull *self, gint64 from, gint64 to, GError **error);

static gboolean child_place(ViewPull *self, gint64 child, Place *place, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT name, COALESCE(rdn, name) FROM node WHERE id = ?");
	gboolean row;

	query_int(&query, child);
	if (!query_next(&query, &row, error))
		return FALSE;
	if (!row)
		return sql_fail(self->state, SQLITE_CORRUPT, error);
	place->name = query_get_text(&query, 0);
	place->rdn = query_get_text(&query, 1);
	return TRUE;
}

/* One child of a placeholder comes to stand beneath the entry that takes the placeholder's name. */
static gboolean adopt_child(ViewPull *self, gint64 child, gint64 parent, GError **error)
{
	g_auto(Place) place = { .parent = parent };
	NodeRef there;
	gint64 entry;

	if (!child_place(self, child, &place, error) ||
	    !tree_at(&self->tree, &place, &there, error) || !entry_at(self, child, &entry, error))
		return FALSE;
	if (there.id && !entry)
		return merge(self, child, there.id, error);
	if (there.id && there.entry && !bits_has(&self->put, there.entry)) {
		if (!park_aside(self, there.id, error))
			return FALSE;
	} else if (there.id && there.entry) {
		if (!park_aside(self, child, error))
			return FALSE;
		place_clear(&place);
		if (!child_place(self, child, &place, error))
			return FALSE;
	} else if (there.id && !merge(self, there.id, child, error)) {
		return FALSE;
	}
	return tree_move(&self->tree, child, &place, error);
}

/* The placeholder 'from' was only a name for what stands at 'to': one node is left. */
static gboolean merge(ViewPull *self, gint64 from, gint64 to, GError **error)
{
	g_autoptr(GArray) children = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!tree_children(&self->tree, from, children, error))
		return FALSE;
	for (guint i = 0; i < children->len; i++) {
		if (!adopt_child(self, g_array_index(children, gint64, i), to, error))
			return FALSE;
	}
	return pull_repoint(self, from, to, error) && tree_delete(&self->tree, from, error);
}

/* An entry that has a node of its own takes its new place. */
static gboolean place_node(ViewPull *self, gint64 node, const Place *place, GError **error)
{
	NodeRef there;

	if (!tree_at(&self->tree, place, &there, error))
		return FALSE;
	if (there.id == node)
		return tree_move(&self->tree, node, place, error);
	if (there.id && there.entry && !park_aside(self, there.id, error))
		return FALSE;
	if (there.id && !there.entry && !merge(self, there.id, node, error))
		return FALSE;
	return tree_move(&self->tree, node, place, error);
}

/* An entry that found its name taken when it came. */
static gboolean place_newcomer(ViewPull *self, gint64 entry, const Place *place, GError **error)
{
	g_autofree char *anchor = NULL;
	NodeRef there;
	gint64 node;

	if (!tree_at(&self->tree, place, &there, error))
		return FALSE;
	if (there.id && there.entry) {
		if (!park_aside(self, there.id, error))
			return FALSE;
		there.id = 0;
	}
	node = there.id;
	if (!(node ? tree_occupy(&self->tree, node, entry, place->rdn, error)
		   : tree_insert(&self->tree, place, entry, &node, error)))
		return FALSE;
	return set_node(self, entry, node, error) &&
	       view_anchor(self->state, entry, &anchor, error) &&
	       pull_claim_anchor(self, anchor, node, error) &&
	       pull_derive_placed(self, entry, node, error);
}

static gboolean place_one(ViewPull *self, gint64 entry, const char *dn, GError **error)
{
	g_auto(Place) place = { 0 };
	gint64 node;

	if (!pull_unstage(self, entry, error) || !tree_place(&self->tree, dn, &place, error) ||
	    !node_of(self, entry, &node, error))
		return FALSE;
	return node ? place_node(self, node, &place, error)
		    : place_newcomer(self, entry, &place, error);
}

static gboolean next_place(ViewPull *self, gint64 *entry, char **dn, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT entry, dn FROM staged_move ORDER BY depth, entry LIMIT 1");
	gboolean row;

	if (!query_next(&query, &row, error))
		return FALSE;
	*entry = row ? query_get_int(&query, 0) : 0;
	*dn = row ? query_get_text(&query, 1) : NULL;
	return TRUE;
}

static gboolean place_all(ViewPull *self, GError **error)
{
	for (;;) {
		g_autofree char *dn = NULL;
		gint64 entry;

		if (!next_place(self, &entry, &dn, error))
			return FALSE;
		if (!entry)
			return TRUE;
		if (!place_one(self, entry, dn, error))
			return FALSE;
	}
}

/* ---- 4. edges, by name ---- */

static gboolean restore_edges(ViewPull *self, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT grp, dn FROM staged_edge ORDER BY id");
	gboolean row;

	for (;;) {
		gboolean changed;
		gint64 node;
		gsize length;

		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		const char *dn = query_peek_bytes(&query, 1, &length);
		gint64 group = query_get_int(&query, 0);
		if (!tree_ensure(&self->tree, dn, length, &node, error) ||
		    (node && !pull_join(self, group, MEMBER_BY_NAME, node, &changed, error)))
			return FALSE;
	}
}

/* ---- 5. placeholders that nobody needs ---- */

static gboolean prune_all(ViewPull *self, GError **error)
{
	gint64 node = bits_next(&self->vacated, 0);

	if (node && !pull_need_reverse(self, error))
		return FALSE;
	for (; node; node = bits_next(&self->vacated, node)) {
		if (!tree_prune(&self->tree, node, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_settle_moves(ViewPull *self, GError **error)
{
	if (self->moves > 0 &&
	    !(pull_need_reverse(self, error) && vacate_all(self, error) &&
	      detach_all(self, error) && place_all(self, error) && restore_edges(self, error)))
		return FALSE;
	return prune_all(self, error);
}
