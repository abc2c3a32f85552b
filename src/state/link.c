/*
 * Links: which account at a target is whose, and the shadow: what we last made true there.
 *
 * One account has one owner. The link of an account that we deleted stays as memory and does not
 * count: should the target give the id to somebody else one day, that is another account.
 */
#include "base/error.h"
#include "state/account.h"
#include "state_internal.h"

static gboolean read_link(const Query *query, Link *link, GError **error)
{
	link->target_id = query_get_text(query, 2);
	link->state = account_state_parse(query_peek_text(query, 3));
	link->adopted = query_get_int(query, 4) != 0;
	link->match = query_get_text(query, 5);
	link->label = query_get_text(query, 6);
	link->disabled_by_us = query_get_int(query, 8) != 0;
	link->disabled_at_us = query_get_int(query, 9);
	link->linked_at_us = query_get_int(query, 10);
	return query_get_json(query, 7, &link->shadow, error) &&
	       query_get_json(query, 11, &link->echo, error);
}

gboolean link_find(State *state, gint64 app, gint64 entry, Link **link, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT app, entry, target_id, state, adopted, match_path, label, shadow,"
			  " disabled_by_us, disabled_at_us, linked_at_us, echo FROM link"
			  " WHERE app = ? AND entry = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	if (!row) {
		*link = NULL;
		return TRUE;
	}
	g_autoptr(Link) found = g_new0(Link, 1);
	found->app = app;
	found->entry = entry;
	if (!read_link(&query, found, error))
		return FALSE;
	*link = g_steal_pointer(&found);
	return TRUE;
}

gboolean link_owner(State *state, gint64 app, const char *target_id, gint64 *entry, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT entry FROM link WHERE app = ? AND target_id = ?"
					" AND state <> 'deleted' LIMIT 1");

	query_int(&query, app);
	query_text(&query, target_id);
	return query_value(&query, entry, error);
}

static gboolean check_owner(State *state, const Link *link, GError **error)
{
	gint64 owner;

	if (link->state == ACCOUNT_DELETED)
		return TRUE;
	if (!link_owner(state, link->app, link->target_id, &owner, error))
		return FALSE;
	if (owner && owner != link->entry)
		return error_set(error, ERROR_OBJECT,
				 "the account '%s' already belongs to another person",
				 link->target_id);
	return TRUE;
}

gboolean link_put(State *state, const Link *link, GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"INSERT INTO link (app, entry, target_id, state, adopted, match_path, label,"
		" shadow, disabled_by_us, disabled_at_us, linked_at_us, echo)"
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT (app, entry) DO UPDATE SET"
		" target_id = excluded.target_id, state = excluded.state,"
		" adopted = excluded.adopted, match_path = excluded.match_path,"
		" label = excluded.label, shadow = excluded.shadow,"
		" disabled_by_us = excluded.disabled_by_us,"
		" disabled_at_us = excluded.disabled_at_us, linked_at_us = excluded.linked_at_us,"
		" echo = excluded.echo");

	if (!check_owner(state, link, error))
		return FALSE;
	query_int(&query, link->app);
	query_int(&query, link->entry);
	query_text(&query, link->target_id);
	query_text(&query, account_state_name(link->state));
	query_int(&query, link->adopted != FALSE);
	query_text(&query, link->match);
	query_text(&query, link->label);
	query_json(&query, link->shadow);
	query_int(&query, link->disabled_by_us != FALSE);
	query_int(&query, link->disabled_at_us);
	query_int(&query, link->linked_at_us);
	query_json(&query, link->echo);
	return query_run(&query, error);
}

gboolean link_remove(State *state, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM link WHERE app = ? AND entry = ?");

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean link_with_echo(State *state, gint64 app, gint64 last, guint limit, GArray *entries,
			GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT entry FROM link WHERE app = ? AND entry > ?"
					       " AND echo IS NOT NULL ORDER BY entry LIMIT ?");

	query_int(&query, app);
	query_int(&query, last);
	query_int(&query, limit);
	return query_list(&query, entries, error);
}

static gboolean count_state(State *state, gint64 app, AccountState which, guint64 *count,
			    GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT count(*) FROM link WHERE app = ? AND state = ?");
	gint64 value;

	query_int(&query, app);
	query_text(&query, account_state_name(which));
	if (!query_value(&query, &value, error))
		return FALSE;
	*count = (guint64)value;
	return TRUE;
}

gboolean link_count(State *state, gint64 app, guint64 *active, guint64 *disabled, GError **error)
{
	return count_state(state, app, ACCOUNT_ACTIVE, active, error) &&
	       count_state(state, app, ACCOUNT_DISABLED, disabled, error);
}

gboolean link_count_alone(State *state, gint64 app, guint64 *active, GError **error)
{
	g_auto(Query) query = query_new(
		state, "SELECT count(*) FROM link l JOIN app a ON a.id = l.app"
		       " WHERE l.app = ? AND l.state = 'active' AND NOT EXISTS"
		       " (SELECT 1 FROM app b JOIN link m ON m.app = b.id"
		       "  WHERE b.id <> a.id AND b.target = a.target AND b.rules_digest IS NOT NULL"
		       "  AND m.target_id = l.target_id AND m.state <> 'deleted')");
	gint64 value;

	query_int(&query, app);
	if (!query_value(&query, &value, error))
		return FALSE;
	*active = (guint64)value;
	return TRUE;
}

gboolean link_disabled_before(State *state, gint64 app, gint64 cutoff_us, GArray *entries,
			      GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT entry FROM link WHERE app = ? AND state = 'disabled'"
				 " AND disabled_by_us = 1 AND disabled_at_us <= ? ORDER BY entry");

	query_int(&query, app);
	query_int(&query, cutoff_us);
	return query_list(&query, entries, error);
}

gboolean link_disabled_next(State *state, gint64 app, gint64 after_us, gint64 *at_us,
			    GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT min(disabled_at_us) FROM link WHERE app = ?"
					       " AND state = 'disabled' AND disabled_by_us = 1"
					       " AND disabled_at_us > ?");

	query_int(&query, app);
	query_int(&query, after_us);
	return query_value(&query, at_us, error);
}

void link_free(Link *link)
{
	if (!link)
		return;
	g_free(link->target_id);
	g_free(link->match);
	g_free(link->label);
	json_decref(link->shadow);
	json_decref(link->echo);
	g_free(link);
}
