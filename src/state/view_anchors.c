/*
 * Members by anchor: a group says which entry it means, not what that is called today.
 *
 * Such an edge leads to the node of the entry and goes where that goes. Anchors are unique in the
 * world, so the entry may be one of another source: the groups of one domain have members of the
 * others. If several sources have it, it is that of the group's own source, else of the source with
 * the lowest id. If nobody has it, the edge leads to a placeholder:
 *
 *	node   parent  name               rdn
 *	91     0       #5f0c...-be2f      CN=S-1-5-21-7-8-9-1104,CN=ForeignSecurityPrincipals,...
 *
 * All sources share the placeholders. When the entry comes, in whichever source, its placeholder
 * becomes its node: one row is written however many groups name it. Only if a node stands at its DN
 * already, the edges are led there.
 *
 * If somebody has the anchor of a newcomer in another source, a group that comes before the
 * newcomer means that one until then. So that one may be touched for nothing; no edge is wrong in
 * the end.
 *
 * An edge by anchor ends with the entry: servers take who is deleted out of all groups without a
 * word about the groups. Who returns is a member of what is stated after that. Who is only moved to
 * where a source does not read stays a member on the server, without a word too: the edge goes to
 * the entry of another source that has the anchor, or back to a placeholder, and waits there.
 */
#include <string.h>

#include "dn_cache_internal.h"
#include "view_internal.h"

gboolean pull_find_placeholder(ViewPull *self, const char *anchor, gint64 *node, GError **error)
{
	if (!self->nameless) {
		*node = 0;
		return TRUE;
	}

	g_autofree char *name = g_strconcat("#", anchor, NULL);
	g_auto(Query) query = query_new(self->state,
					"SELECT id FROM node WHERE parent = 0 AND name = ?");
	query_text(&query, name);
	return query_value(&query, node, error);
}

static gboolean ensure_placeholder(ViewPull *self, const char *anchor, const char *dn, gint64 *node,
				   GError **error)
{
	gint64 found;

	if (!pull_find_placeholder(self, anchor, &found, error))
		return FALSE;
	if (!found) {
		g_auto(Place) place = { .name = g_strconcat("#", anchor, NULL) };
		place.rdn = g_strdup(*dn ? dn : place.name);
		if (!tree_insert(&self->tree, &place, 0, &found, error))
			return FALSE;
		self->nameless = TRUE;
	}
	*node = found;
	return TRUE;
}

/* The node of a living entry of the group's own source; 0 if it has none, or has none yet. */
static gboolean own_node(ViewPull *self, const char *anchor, gboolean *lives, gint64 *node,
			 GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT node FROM entry WHERE source = ? AND anchor = ? AND gone_at = 0");

	query_int(&query, self->source);
	query_text(&query, anchor);
	if (!query_next(&query, lives, error))
		return FALSE;
	*node = *lives ? query_get_int(&query, 0) : 0;
	return TRUE;
}

typedef struct {
	gint64 source, node;
} Namesake;

/* The living entries of other sources with this anchor, in order of source. */
static gboolean find_namesakes(ViewPull *self, const char *anchor, GArray *found, GError **error)
{
	if (!self->others)
		return TRUE;

	g_auto(Query) query = query_new(self->state,
					"SELECT s.id, e.node FROM source s CROSS JOIN entry e"
					" WHERE e.source = s.id AND e.anchor = ? AND e.gone_at = 0"
					" AND e.node IS NOT NULL AND s.id <> ? ORDER BY s.id");
	gboolean row;
	query_text(&query, anchor);
	query_int(&query, self->source);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		Namesake namesake = { query_get_int(&query, 0), query_get_int(&query, 1) };
		g_array_append_val(found, namesake);
	}
}

static gboolean find_node(ViewPull *self, const EntryMember *member, gint64 *node, GError **error)
{
	g_autoptr(GArray) namesakes = g_array_new(FALSE, FALSE, sizeof(Namesake));
	gboolean lives;

	if (!own_node(self, member->anchor, &lives, node, error))
		return FALSE;
	if (*node)
		return TRUE;
	if (!lives && !find_namesakes(self, member->anchor, namesakes, error))
		return FALSE;
	if (namesakes->len == 0) {
		if (!ensure_placeholder(self, member->anchor, member->dn, node, error))
			return FALSE;
		bits_set(&self->nobody, *node);
		return TRUE;
	}
	*node = g_array_index(namesakes, Namesake, 0).node;
	return TRUE;
}

gboolean pull_anchor_node(ViewPull *self, const EntryMember *member, gint64 *node, GError **error)
{
	gsize length = strlen(member->anchor);
	gint64 found = dn_cache_find(self->tree.anchors, member->anchor, length);

	if (!found) {
		if (!find_node(self, member, &found, error))
			return FALSE;
		dn_cache_put(self->tree.anchors, member->anchor, length, found);
	}
	*node = found;
	return TRUE;
}

/* Out of the group whichever way it was stated, and wherever the edge leads at the moment. */
static gboolean leave_node(ViewPull *self, gint64 group, gint64 node, gboolean *changed,
			   GError **error)
{
	return !node || (pull_leave(self, group, MEMBER_BY_ANCHOR, node, changed, error) &&
			 pull_leave(self, group, MEMBER_BY_NAME, node, changed, error));
}

gboolean pull_leave_by_anchor(ViewPull *self, gint64 group, const char *anchor, gboolean *changed,
			      GError **error)
{
	g_autoptr(GArray) namesakes = g_array_new(FALSE, FALSE, sizeof(Namesake));
	gint64 own, nobody;
	gboolean lives;

	if (!own_node(self, anchor, &lives, &own, error) ||
	    !pull_find_placeholder(self, anchor, &nobody, error) ||
	    !find_namesakes(self, anchor, namesakes, error) ||
	    !leave_node(self, group, own, changed, error) ||
	    !leave_node(self, group, nobody, changed, error))
		return FALSE;
	for (guint i = 0; i < namesakes->len; i++) {
		gint64 node = g_array_index(namesakes, Namesake, i).node;
		if (!pull_leave(self, group, MEMBER_BY_ANCHOR, node, changed, error))
			return FALSE;
	}
	return TRUE;
}

/* ---- an entry comes ---- */

/* Which groups mean the newcomer rather than the entry with the same anchor in another source. */
static gboolean find_adherents(ViewPull *self, const Namesake *other, GArray *groups,
			       GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT m.grp FROM member m JOIN entry g ON g.id = m.grp"
			  " WHERE m.node = ? AND m.how = ? AND (g.source = ? OR (g.source <> ?"
			  " AND ? < ?)) ORDER BY m.grp");

	query_int(&query, other->node);
	query_int(&query, MEMBER_BY_ANCHOR);
	query_int(&query, self->source);
	query_int(&query, other->source);
	query_int(&query, self->source);
	query_int(&query, other->source);
	return query_list(&query, groups, error);
}

static gboolean win_over(ViewPull *self, const Namesake *other, gint64 node, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	gboolean moved = FALSE;

	if (!find_adherents(self, other, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = g_array_index(groups, gint64, i);
		if (!pull_leave(self, group, MEMBER_BY_ANCHOR, other->node, &moved, error) ||
		    !pull_join(self, group, MEMBER_BY_ANCHOR, node, &moved, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_claim_anchor(ViewPull *self, const char *anchor, gint64 node, GError **error)
{
	g_autoptr(GArray) namesakes = g_array_new(FALSE, FALSE, sizeof(Namesake));
	gint64 placeholder;

	bits_unset(&self->nobody, node);
	if (!pull_find_placeholder(self, anchor, &placeholder, error) ||
	    !find_namesakes(self, anchor, namesakes, error))
		return FALSE;
	if (placeholder) {
		bits_unset(&self->nobody, placeholder);
		if (!pull_repoint(self, placeholder, node, error) ||
		    !tree_delete(&self->tree, placeholder, error))
			return FALSE;
	}
	for (guint i = 0; i < namesakes->len; i++) {
		if (!win_over(self, &g_array_index(namesakes, Namesake, i), node, error))
			return FALSE;
	}
	if (namesakes->len > 0)
		dn_cache_forget(self->tree.anchors);
	return TRUE;
}

/* ---- an entry goes ---- */

gboolean pull_strand_anchor(ViewPull *self, const char *anchor, const char *dn, gint64 node,
			    GError **error)
{
	g_autoptr(GArray) namesakes = g_array_new(FALSE, FALSE, sizeof(Namesake));
	gint64 meant, to;

	if (!pull_is_meant(self, node, &meant, error))
		return FALSE;
	if (!meant)
		return TRUE;
	if (!find_namesakes(self, anchor, namesakes, error))
		return FALSE;
	/* Whoever meant the leaver has nobody with this anchor in a source that comes first. */
	if (namesakes->len > 0)
		to = g_array_index(namesakes, Namesake, 0).node;
	else if (!ensure_placeholder(self, anchor, dn, &to, error))
		return FALSE;
	dn_cache_forget(self->tree.anchors);
	return pull_repoint_by_anchor(self, node, to, error);
}

gboolean pull_forget_placeholder(ViewPull *self, const char *anchor, GError **error)
{
	gint64 placeholder;

	if (!pull_find_placeholder(self, anchor, &placeholder, error))
		return FALSE;
	return !placeholder || pull_end_memberships(self, placeholder, FALSE, error);
}

/* ---- nobody ---- */

static gboolean is_named(ViewPull *self, gint64 node, gint64 *named, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT EXISTS (SELECT 1 FROM member"
						     " WHERE node = ?)");

	query_int(&query, node);
	return query_value(&query, named, error);
}

gboolean pull_count_nobody(ViewPull *self, GError **error)
{
	gint64 node, named;

	self->stats.unresolved = 0;
	for (node = bits_next(&self->nobody, 0); node; node = bits_next(&self->nobody, node)) {
		if (!is_named(self, node, &named, error))
			return FALSE;
		self->stats.unresolved += named != 0;
	}
	return TRUE;
}

gboolean view_unresolved(State *state, gint64 source, guint limit, GPtrArray *dns, guint64 *count,
			 GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT COALESCE(n.rdn, substr(n.name, 2)) FROM node n WHERE n.parent = 0"
			  " AND n.name >= '#' AND n.name < '$' AND EXISTS (SELECT 1 FROM member m"
			  " JOIN entry g ON g.id = m.grp WHERE m.node = n.id AND g.source = ?)"
			  " ORDER BY n.name");
	guint64 found = 0;
	gboolean row;

	query_int(&query, source);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			break;
		if (found++ < limit)
			g_ptr_array_add(dns, query_get_text(&query, 0));
	}
	*count = found;
	return TRUE;
}
