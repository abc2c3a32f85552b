/*
 * Assignments: where an entry stands at an app, since when, and why. The moment is kept as long as
 * the standing is the same, however often the reason is worked out anew.
 */
#include "state/account.h"
#include "state_internal.h"

gboolean assignment_get(State *state, gint64 app, gint64 entry, gboolean *found, Standing *standing,
			json_t **reason, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT standing, reason FROM assignment WHERE app = ? AND entry = ?");
	json_t *json = NULL;
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error) || (row && !query_get_json(&query, 1, &json, error)))
		return FALSE;
	*found = row;
	if (row && standing)
		*standing = (Standing)query_get_int(&query, 0);
	if (reason)
		*reason = json;
	else
		json_decref(json);
	return TRUE;
}

gboolean assignment_put(State *state, gint64 app, gint64 entry, Standing standing,
			const json_t *reason, gint64 now_us, GError **error)
{
	g_auto(Query) query =
		query_new(state, "INSERT INTO assignment (app, entry, standing, reason, since_us)"
				 " VALUES (?, ?, ?, ?, ?) ON CONFLICT (app, entry) DO UPDATE SET"
				 " since_us = CASE WHEN assignment.standing = excluded.standing"
				 "  THEN assignment.since_us ELSE excluded.since_us END,"
				 " standing = excluded.standing, reason = excluded.reason");

	query_int(&query, app);
	query_int(&query, entry);
	query_int(&query, standing);
	query_json(&query, reason);
	query_int(&query, now_us);
	return query_run(&query, error);
}

gboolean assignment_remove(State *state, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state,
					"DELETE FROM assignment WHERE app = ? AND entry = ?");

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean assignment_count(State *state, gint64 app, guint64 *count, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT count(*) FROM assignment WHERE app = ? AND standing = ?");
	gint64 value;

	query_int(&query, app);
	query_int(&query, STANDING_ASSIGNED);
	if (!query_value(&query, &value, error))
		return FALSE;
	*count = (guint64)value;
	return TRUE;
}

gboolean assignment_group(State *state, gint64 app, const char *group, char **anchor,
			  GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT json_extract(reason, '$.chain[0]') FROM assignment"
				 " WHERE app = ? AND json_extract(reason, '$.group') = ?"
				 " AND json_extract(reason, '$.chain[0]') IS NOT NULL LIMIT 1");
	gboolean row;

	query_int(&query, app);
	query_text(&query, group);
	if (!query_next(&query, &row, error))
		return FALSE;
	*anchor = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}
