/*
 * Due: users who change by time alone, such as one whose account ends at 17:00.
 *
 * Whoever works out what an entry is tells when that will be something else; at that moment the
 * entry is touched. A removed entry has no moment any more: its row goes with the removal, and a
 * returner is looked at anyway.
 */
#include "view_internal.h"

static gboolean forget(State *state, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM due WHERE entry = ?");

	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean view_due_put(State *state, gint64 entry, gint64 at_us, GError **error)
{
	if (!at_us)
		return forget(state, entry, error);

	g_auto(Query) query = query_new(state,
					"INSERT INTO due (entry, at_us) VALUES (?, ?)"
					" ON CONFLICT (entry) DO UPDATE SET at_us = excluded.at_us"
					" WHERE at_us <> excluded.at_us");
	query_int(&query, entry);
	query_int(&query, at_us);
	return query_run(&query, error);
}

static gboolean touch_due(State *state, gint64 now_us, GError **error)
{
	g_auto(Query) touch = query_new(state, "INSERT INTO touched (entry)"
					       " SELECT entry FROM due WHERE at_us <= ?"
					       " ON CONFLICT DO NOTHING");
	g_auto(Query) query = query_new(state, "DELETE FROM due WHERE at_us <= ?");

	query_int(&touch, now_us);
	query_int(&query, now_us);
	return query_run(&touch, error) && query_run(&query, error);
}

gboolean view_due_touch(State *state, gint64 now_us, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	if (!touch_due(state, now_us, error)) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

gboolean view_due_next(State *state, gint64 *at_us, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT min(at_us) FROM due");

	return query_value(&query, at_us, error);
}
