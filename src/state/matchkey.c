/*
 * Match keys: the value by which an entry claims an account at an app. Kept for everybody who has
 * to do with the app, so that two people who claim one account are seen although only one of them
 * changed. Compared without regard to case, as targets do.
 */
#include "state/account.h"
#include "state_internal.h"

static gboolean matchkey_remove(State *state, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM matchkey WHERE app = ? AND entry = ?");

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean matchkey_put(State *state, gint64 app, gint64 entry, const char *value, GError **error)
{
	if (!value)
		return matchkey_remove(state, app, entry, error);

	g_autofree char *folded = sql_fold(value);
	g_auto(Query) query =
		query_new(state, "INSERT INTO matchkey (app, entry, value) VALUES (?, ?, ?)"
				 " ON CONFLICT (app, entry) DO UPDATE SET value = excluded.value"
				 " WHERE matchkey.value <> excluded.value");
	query_int(&query, app);
	query_int(&query, entry);
	query_text(&query, folded);
	return query_run(&query, error);
}

gboolean matchkey_get(State *state, gint64 app, gint64 entry, char **value, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT value FROM matchkey WHERE app = ? AND entry = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	*value = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}

gboolean matchkey_rivals(State *state, gint64 app, gint64 entry, const char *value, guint limit,
			 GArray *entries, GError **error)
{
	g_autofree char *folded = sql_fold(value);
	g_auto(Query) query = query_new(state,
					"SELECT entry FROM matchkey WHERE app = ? AND value = ?"
					" AND entry <> ? ORDER BY entry LIMIT ?");

	query_int(&query, app);
	query_text(&query, folded);
	query_int(&query, entry);
	query_int(&query, limit);
	return query_list(&query, entries, error);
}
