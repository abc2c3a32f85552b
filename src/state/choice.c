/*
 * Choices: the values that accounts were given out of several possible ones. A row is written when
 * the account is planned and stays until it is deleted: what stands in the shadow would not do,
 * because a value that is set once, at the create, is not kept there.
 *
 * Values are compared as targets compare login names: without regard to case.
 */
#include "base/error.h"
#include "state/reference.h"
#include "state_internal.h"

gboolean choice_get(State *state, gint64 app, gint64 entry, const char *path, char **value,
		    GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT value FROM choice WHERE app = ? AND entry = ? AND path = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	query_text(&query, path);
	if (!query_next(&query, &row, error))
		return FALSE;
	*value = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}

gboolean choice_owner(State *state, gint64 app, const char *path, const char *value, gint64 *entry,
		      GError **error)
{
	g_autofree char *folded = sql_fold(value);
	g_auto(Query) query =
		query_new(state,
			  "SELECT entry FROM choice WHERE app = ? AND path = ? AND value = ?");

	query_int(&query, app);
	query_text(&query, path);
	query_text(&query, folded);
	return query_value(&query, entry, error);
}

static gboolean forget_path(State *state, gint64 app, gint64 entry, const char *path,
			    GError **error)
{
	g_auto(Query) query =
		query_new(state, "DELETE FROM choice WHERE app = ? AND entry = ? AND path = ?");

	query_int(&query, app);
	query_int(&query, entry);
	query_text(&query, path);
	return query_run(&query, error);
}

gboolean choice_put(State *state, gint64 app, gint64 entry, const char *path, const char *value,
		    GError **error)
{
	g_autofree char *folded = sql_fold(value);
	gint64 owner = 0;

	if (!choice_owner(state, app, path, value, &owner, error))
		return FALSE;
	if (owner == entry)
		return TRUE;
	if (owner)
		return error_set(error, ERROR_OBJECT, "'%s' was given to somebody else already",
				 value);
	if (!forget_path(state, app, entry, path, error))
		return FALSE;

	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO choice (app, path, value, entry) VALUES (?, ?, ?, ?)");
	query_int(&query, app);
	query_text(&query, path);
	query_text(&query, folded);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean choice_remove(State *state, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM choice WHERE app = ? AND entry = ?");

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}
