/*
 * Readings: the members that a service says a group has, kept aside in a temporary table while they
 * come, and compared with the memberships at the end; so a group of a million members costs no
 * memory. Who is left over is a stranger, kept by the id that is all we know of it.
 */
#include "state/membership.h"
#include "state_internal.h"

gboolean reading_begin(State *state, GError **error)
{
	return sql_script(state,
			  "CREATE TEMP TABLE IF NOT EXISTS seen_member (target_id TEXT PRIMARY KEY)"
			  " WITHOUT ROWID; DELETE FROM seen_member;",
			  error);
}

gboolean reading_add(State *state, const char *target_id, GError **error)
{
	g_auto(Query) query = query_new(state, "INSERT INTO seen_member (target_id) VALUES (?)"
					       " ON CONFLICT (target_id) DO NOTHING");

	query_text(&query, target_id);
	return query_run(&query, error);
}

/* What a service shows is what is there, whatever we believed. */
static gboolean note_there(State *state, gint64 app, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"UPDATE membership SET there = CASE WHEN EXISTS (SELECT 1 FROM link l"
		"  JOIN seen_member s ON s.target_id = l.target_id WHERE l.app = ?1"
		"  AND l.entry = membership.entry AND l.state <> 'deleted')"
		" OR EXISTS (SELECT 1 FROM pushed p JOIN seen_member s"
		"  ON s.target_id = p.target_id WHERE p.app = ?1 AND p.grp = membership.entry)"
		" THEN 1 ELSE 0 END"
		" WHERE app = ?1 AND grp = ?2");
	g_auto(Query) todo =
		query_new(state,
			  "UPDATE membership SET todo = CASE WHEN wanted <> there THEN wanted END"
			  " WHERE app = ? AND grp = ?");
	g_auto(Query) idle = query_new(state, "DELETE FROM membership WHERE app = ? AND grp = ?"
					      " AND wanted = 0 AND there = 0");

	query_int(&query, app);
	query_int(&query, group);
	query_int(&todo, app);
	query_int(&todo, group);
	query_int(&idle, app);
	query_int(&idle, group);
	return query_run(&query, error) && query_run(&todo, error) && query_run(&idle, error);
}

static gboolean note_strangers(State *state, gint64 app, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO stranger (app, grp, target_id)"
		       " SELECT ?1, ?2, s.target_id FROM seen_member s WHERE NOT EXISTS"
		       " (SELECT 1 FROM link l JOIN membership m ON m.app = l.app AND m.grp = ?2"
		       "  AND m.entry = l.entry WHERE l.app = ?1 AND l.target_id = s.target_id"
		       "  AND l.state <> 'deleted') AND NOT EXISTS"
		       " (SELECT 1 FROM pushed p JOIN membership m ON m.app = p.app AND m.grp = ?2"
		       "  AND m.entry = p.grp WHERE p.app = ?1 AND p.target_id = s.target_id)");

	query_int(&query, app);
	query_int(&query, group);
	return query_run(&query, error);
}

/* An account that the plan adopts is somebody's, although no link says so yet. */
static gboolean spare_adopted(State *state, gint64 app, gint64 group, gint64 plan, GError **error)
{
	g_auto(Query) query =
		query_new(state, "DELETE FROM stranger WHERE app = ? AND grp = ? AND target_id IN"
				 " (SELECT target_id FROM op WHERE plan = ? AND state = 'planned'"
				 "  AND kind IN ('adopt', 'adopt_group'))");

	if (!plan)
		return TRUE;
	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, plan);
	return query_run(&query, error);
}

gboolean reading_end(State *state, gint64 app, gint64 group, gint64 plan, GError **error)
{
	return note_there(state, app, group, error) && stranger_forget(state, app, group, error) &&
	       note_strangers(state, app, group, error) &&
	       spare_adopted(state, app, group, plan, error);
}

gboolean stranger_next(State *state, gint64 app, gint64 group, const char *after, guint limit,
		       json_t **members, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT target_id FROM stranger WHERE app = ?"
					       " AND grp = ? AND target_id > ?"
					       " ORDER BY target_id LIMIT ?");
	json_t *list = json_array();
	gboolean row = TRUE;

	query_int(&query, app);
	query_int(&query, group);
	query_text(&query, after ? after : "");
	query_int(&query, limit);
	while (row) {
		if (!query_next(&query, &row, error)) {
			json_decref(list);
			return FALSE;
		}
		if (row)
			json_array_append_new(list, json_pack("{s:s, s:s}", "id",
							      query_peek_text(&query, 0), "label",
							      query_peek_text(&query, 0)));
	}
	*members = list;
	return TRUE;
}

gboolean stranger_groups(State *state, gint64 app, GArray *groups, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT DISTINCT grp FROM stranger WHERE app = ? ORDER BY grp");

	query_int(&query, app);
	return query_list(&query, groups, error);
}

gboolean stranger_remove(State *state, gint64 app, gint64 group, const char *target_id,
			 GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "DELETE FROM stranger WHERE app = ? AND grp = ? AND target_id = ?");

	query_int(&query, app);
	query_int(&query, group);
	query_text(&query, target_id);
	return query_run(&query, error);
}

gboolean stranger_forget(State *state, gint64 app, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM stranger WHERE app = ? AND grp = ?");

	query_int(&query, app);
	query_int(&query, group);
	return query_run(&query, error);
}
