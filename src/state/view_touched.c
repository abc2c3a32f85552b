/*
 * Touched: which users and groups must be looked at again.
 *
 * A pull collects in memory, at one bit an entry: users touched by themselves, groups whose own
 * facts changed, and groups whose users beneath are touched ("dirty"), which are touched themselves
 * too: they are new, gone, renamed, or in other groups. Who comes or goes touches the comer and not
 * the group. Who is beneath is worked out once, at commit, on the final
 * graph. That is enough: take any chain user - group - ... - group that the pull made or broke, and
 * the lowest edge of it that changed. The edges below it were there before and are there now, so
 * the user is found beneath that edge in the final graph. Marking the groups done makes cycles
 * harmless and the cost one visit a group.
 *
 * The rows are added in the pull's transaction and taken away in the one that stores what came of
 * looking, so a crash never loses one.
 */
#include "view_internal.h"

void pull_touch(ViewPull *self, gint64 entry, EntryKind kind)
{
	if (self->fresh)
		return; /* all users are new; touch_source() */
	if (kind == ENTRY_USER)
		bits_set(&self->touched, entry);
	else if (kind == ENTRY_GROUP)
		bits_set(&self->dirty, entry);
}

gboolean pull_touch_node(ViewPull *self, gint64 node, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT e.id, e.kind FROM node n JOIN entry e ON e.id = n.entry"
			  " WHERE n.id = ?");
	gboolean row;

	query_int(&query, node);
	if (!query_next(&query, &row, error))
		return FALSE;
	if (row)
		pull_touch(self, query_get_int(&query, 0), (EntryKind)query_get_int(&query, 1));
	return TRUE;
}

static gboolean touch_members(ViewPull *self, gint64 group, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT e.id, e.kind FROM member m JOIN node n ON n.id = m.node"
			  " JOIN entry e ON e.id = n.entry WHERE m.grp = ?");
	gboolean row;

	query_int(&query, group);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		pull_touch(self, query_get_int(&query, 0), (EntryKind)query_get_int(&query, 1));
	}
}

/* Touches members of dirty groups until no group is left that was not looked at. */
static gboolean spread(ViewPull *self, GError **error)
{
	Bits done = { 0 };
	gboolean ok = TRUE, again = TRUE;

	while (ok && again) {
		again = FALSE;
		for (gint64 group = bits_next(&self->dirty, 0); ok && group;
		     group = bits_next(&self->dirty, group)) {
			if (bits_has(&done, group))
				continue;
			bits_set(&done, group);
			again = TRUE;
			ok = touch_members(self, group, error);
		}
	}
	bits_clear(&done);
	return ok;
}

/* A first pull: everybody, and all groups. */
static gboolean touch_source(ViewPull *self, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "INSERT INTO touched (entry) SELECT id FROM entry WHERE source = ?"
			  " AND kind IN (?, ?) AND gone_at = 0 ORDER BY id"
			  " ON CONFLICT DO NOTHING");

	query_int(&query, self->source);
	query_int(&query, ENTRY_USER);
	query_int(&query, ENTRY_GROUP);
	return query_run(&query, error);
}

static gboolean store_touched(ViewPull *self, const Bits *bits, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "INSERT INTO touched (entry) VALUES (?) ON CONFLICT DO NOTHING");

	for (gint64 entry = bits_next(bits, 0); entry; entry = bits_next(bits, entry)) {
		query_int(&query, entry);
		if (!query_run(&query, error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_settle_touched(ViewPull *self, GError **error)
{
	return spread(self, error) && (!self->fresh || touch_source(self, error)) &&
	       store_touched(self, &self->touched, error) &&
	       store_touched(self, &self->dirty, error);
}

gboolean view_touch_all(State *state, GError **error)
{
	g_auto(Query) query = query_new(state, "INSERT INTO touched (entry)"
					       " SELECT id FROM entry WHERE kind IN (?, ?)"
					       " OR id IN (SELECT entry FROM assignment)"
					       " OR id IN (SELECT entry FROM link)"
					       " OR id IN (SELECT grp FROM pushed)"
					       " ON CONFLICT DO NOTHING");

	query_int(&query, ENTRY_USER);
	query_int(&query, ENTRY_GROUP);
	return query_run(&query, error);
}

gboolean view_touch_beneath(State *state, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO touched (entry) WITH RECURSIVE beneath(id) AS (SELECT ?1 UNION"
		       " SELECT e.id FROM beneath b JOIN member m ON m.grp = b.id"
		       "  JOIN node n ON n.id = m.node JOIN entry e ON e.id = n.entry)"
		       " SELECT id FROM beneath WHERE id <> ?1 ORDER BY id"
		       " ON CONFLICT DO NOTHING");

	query_int(&query, group);
	return query_run(&query, error);
}

gboolean view_touch(State *state, gint64 id, GError **error)
{
	g_auto(Query) query =
		query_new(state, "INSERT INTO touched (entry) VALUES (?) ON CONFLICT DO NOTHING");

	query_int(&query, id);
	return query_run(&query, error);
}

gboolean view_touched(State *state, gint64 after, guint limit, GArray *ids, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT entry FROM touched WHERE entry > ? ORDER BY entry LIMIT ?");

	query_int(&query, after);
	query_int(&query, limit);
	return query_list(&query, ids, error);
}

gboolean view_untouch(State *state, gint64 id, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM touched WHERE entry = ?");

	query_int(&query, id);
	return query_run(&query, error);
}
