/*
 * Pushed groups: a directory group at an app. The row is made when a rule fits the group, and stays
 * as memory when none does any more, because what is to become of the group there is decided by the
 * rule that fitted last.
 *
 * Links of groups stand here and not in 'link': services give ids to accounts and to groups each
 * for itself, so the account 7 and the group 7 may both exist; and no count of accounts has to
 * leave groups out.
 */
#include "base/error.h"
#include "state/membership.h"
#include "state_internal.h"

static Pushed *read_pushed(const Query *query)
{
	Pushed *pushed = g_new0(Pushed, 1);

	pushed->wanted = query_get_int(query, 0) != 0;
	pushed->rule = query_get_text(query, 1);
	pushed->named = query_get_text(query, 2);
	pushed->name = query_get_text(query, 3);
	pushed->target_id = query_get_text(query, 4);
	pushed->label = query_get_text(query, 5);
	pushed->adopted = query_get_int(query, 6) != 0;
	pushed->match = query_get_text(query, 7);
	pushed->told = query_get_text(query, 8);
	pushed->linked_at_us = query_get_int(query, 9);
	pushed->read_at_us = query_get_int(query, 10);
	pushed->portion = (guint)query_get_int(query, 11);
	return pushed;
}

gboolean pushed_find(State *state, gint64 app, gint64 group, Pushed **pushed, GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"SELECT wanted, rule, named, name, target_id, label, adopted, match_path,"
		" told, linked_at_us, read_at_us, portion FROM pushed WHERE app = ? AND grp = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, group);
	if (!query_next(&query, &row, error))
		return FALSE;
	*pushed = row ? read_pushed(&query) : NULL;
	if (row) {
		(*pushed)->app = app;
		(*pushed)->group = group;
	}
	return TRUE;
}

gboolean pushed_owner(State *state, gint64 app, const char *target_id, gint64 *group,
		      GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT grp FROM pushed WHERE app = ?"
					       " AND target_id = ? LIMIT 1");

	query_int(&query, app);
	query_text(&query, target_id);
	return query_value(&query, group, error);
}

static gboolean check_owner(State *state, const Pushed *pushed, GError **error)
{
	gint64 owner = 0;

	if (!pushed->target_id)
		return TRUE;
	if (!pushed_owner(state, pushed->app, pushed->target_id, &owner, error))
		return FALSE;
	return !owner || owner == pushed->group ||
	       error_set(error, ERROR_OBJECT, "the group '%s' there already is another group's",
			 pushed->target_id);
}

gboolean pushed_put(State *state, const Pushed *pushed, GError **error)
{
	g_autofree char *key = pushed->name ? sql_fold(pushed->name) : NULL;
	g_auto(Query) query = query_new(
		state,
		"INSERT INTO pushed (app, grp, wanted, rule, named, name, name_key,"
		" target_id, label, adopted, match_path, told, linked_at_us, read_at_us, portion)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (app, grp) DO UPDATE SET wanted = excluded.wanted,"
		" rule = excluded.rule, named = excluded.named, name = excluded.name,"
		" name_key = excluded.name_key, target_id = excluded.target_id,"
		" label = excluded.label, adopted = excluded.adopted,"
		" match_path = excluded.match_path, told = excluded.told,"
		" linked_at_us = excluded.linked_at_us, read_at_us = excluded.read_at_us,"
		" portion = excluded.portion");

	if (!check_owner(state, pushed, error))
		return FALSE;
	query_int(&query, pushed->app);
	query_int(&query, pushed->group);
	query_int(&query, pushed->wanted != FALSE);
	query_text(&query, pushed->rule);
	query_text(&query, pushed->named);
	query_text(&query, pushed->name);
	query_text(&query, key);
	query_text(&query, pushed->target_id);
	query_text(&query, pushed->label);
	query_int(&query, pushed->adopted != FALSE);
	query_text(&query, pushed->match);
	query_text(&query, pushed->told);
	query_int(&query, pushed->linked_at_us);
	query_int(&query, pushed->read_at_us);
	query_int(&query, pushed->portion);
	return query_run(&query, error);
}

/* Runs one literal whose parameters are an app and a group. */
static gboolean run_for(State *state, const char *sql, gint64 app, gint64 group, GError **error)
{
	g_auto(Query) query = query_new(state, sql);

	query_int(&query, app);
	query_int(&query, group);
	return query_run(&query, error);
}

gboolean pushed_remove(State *state, gint64 app, gint64 group, GError **error)
{
	return run_for(state, "DELETE FROM membership WHERE app = ? AND grp = ?", app, group,
		       error) &&
	       stranger_forget(state, app, group, error) &&
	       run_for(state, "DELETE FROM pushed WHERE app = ? AND grp = ?", app, group, error);
}

gboolean pushed_unlink(State *state, gint64 app, gint64 group, GError **error)
{
	return run_for(state, "DELETE FROM membership WHERE app = ? AND grp = ? AND wanted = 0",
		       app, group, error) &&
	       run_for(state,
		       "UPDATE membership SET there = 0, todo = 1 WHERE app = ? AND grp = ?"
		       " AND there <> 0",
		       app, group, error) &&
	       stranger_forget(state, app, group, error) &&
	       run_for(state,
		       "UPDATE pushed SET target_id = NULL, label = NULL, adopted = 0,"
		       " match_path = NULL, told = NULL, linked_at_us = 0,"
		       " read_at_us = CASE WHEN read_at_us > 0 THEN 0 ELSE read_at_us END"
		       " WHERE app = ? AND grp = ?",
		       app, group, error);
}

gboolean pushed_namesake(State *state, const Pushed *pushed, gint64 *other, GError **error)
{
	g_autofree char *key = sql_fold(pushed->name);
	g_auto(Query) query = query_new(state, "SELECT grp FROM pushed WHERE app = ?"
					       " AND name_key = ? AND wanted = 1 AND grp <> ?"
					       " ORDER BY grp LIMIT 1");

	query_int(&query, pushed->app);
	query_text(&query, key);
	query_int(&query, pushed->group);
	return query_value(&query, other, error);
}

gboolean pushed_by_name(State *state, gint64 app, const char *named, gint64 *group, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT grp FROM pushed WHERE app = ? AND named = ?"
					       " AND wanted = 1 ORDER BY grp LIMIT 1");

	query_int(&query, app);
	query_text(&query, named);
	return query_value(&query, group, error);
}

gboolean pushed_work(State *state, gint64 app, gint64 after, guint limit, GArray *groups,
		     GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT p.grp FROM pushed p JOIN work w"
					       " ON w.app = p.app AND w.entry = p.grp"
					       " WHERE p.app = ? AND p.grp > ?"
					       " ORDER BY p.grp LIMIT ?");

	query_int(&query, app);
	query_int(&query, after);
	query_int(&query, limit);
	return query_list(&query, groups, error);
}

gboolean pushed_count(State *state, gint64 app, guint64 *there, gboolean *any, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT count(*), count(target_id) FROM pushed WHERE app = ?");
	gboolean row;

	query_int(&query, app);
	if (!query_next(&query, &row, error))
		return FALSE;
	*any = query_get_int(&query, 0) > 0;
	*there = (guint64)query_get_int(&query, 1);
	return TRUE;
}

gboolean pushed_wanted(State *state, gint64 app, GArray *groups, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT grp FROM pushed WHERE app = ?"
					       " AND wanted = 1 ORDER BY grp");

	query_int(&query, app);
	return query_list(&query, groups, error);
}

gboolean pushed_unread(State *state, gint64 app, gint64 us, GArray *groups, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT grp FROM pushed WHERE app = ? AND wanted = 1"
					       " AND target_id IS NOT NULL AND read_at_us >= 0"
					       " AND read_at_us < ? ORDER BY grp");

	query_int(&query, app);
	query_int(&query, us);
	return query_list(&query, groups, error);
}

gboolean pushed_nests(State *state, gint64 app, guint *nests, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT nests FROM app WHERE id = ?");
	gint64 value;

	query_int(&query, app);
	if (!query_value(&query, &value, error))
		return FALSE;
	*nests = (guint)value;
	return TRUE;
}

gboolean pushed_set_nests(State *state, gint64 app, gboolean nests, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE app SET nests = ? WHERE id = ?");

	query_int(&query, nests != FALSE);
	query_int(&query, app);
	return query_run(&query, error);
}

void pushed_free(Pushed *pushed)
{
	if (!pushed)
		return;
	g_free(pushed->rule);
	g_free(pushed->named);
	g_free(pushed->name);
	g_free(pushed->target_id);
	g_free(pushed->label);
	g_free(pushed->match);
	g_free(pushed->told);
	g_free(pushed);
}
