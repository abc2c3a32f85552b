/*
 * Memberships: who shall be in a pushed group, and who is so far as we know.
 *
 *	wanted  there
 *	  1       0     to be added, when the member has an account there
 *	  1       1     in step: not looked at again
 *	  1       2     the request to add may have been carried out: it is sent again
 *	  0      1, 2   to be removed
 *	  0       0     no row
 *
 * 'todo' is what is wanted where the two differ, else NULL: with it in an index the cost of a
 * change in a group is that of the change.
 *
 * "Perhaps" is written with the intent of an addition, before the request is sent. Somebody who
 * leaves the group between a lost answer and the next plan is removed for that reason, though
 * nobody ever said that the addition took place.
 */
#include "state/membership.h"

#include "core/lifecycle.h"
#include "state_internal.h"

gboolean membership_of(State *state, gint64 app, gint64 entry, GArray *rows, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT grp, wanted, there FROM membership WHERE app = ?"
					" AND entry = ? ORDER BY grp");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		Membership membership = {
			.group = query_get_int(&query, 0),
			.wanted = query_get_int(&query, 1) != 0,
			.there = (MemberThere)query_get_int(&query, 2),
		};
		g_array_append_val(rows, membership);
	}
}

static gboolean put_wanted(State *state, gint64 app, gint64 group, gint64 entry, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO membership (app, grp, entry, wanted, there, todo)"
			  " VALUES (?, ?, ?, 1, 0, 1) ON CONFLICT (app, grp, entry) DO UPDATE SET"
			  " wanted = 1, todo = CASE WHEN membership.there <> 1 THEN 1 END");

	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, entry);
	return query_run(&query, error);
}

static gboolean drop_idle(State *state, gint64 app, gint64 group, gint64 entry, GError **error)
{
	g_auto(Query) query =
		query_new(state, "DELETE FROM membership WHERE app = ? AND grp = ? AND entry = ?"
				 " AND wanted = 0 AND there = 0");

	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean membership_want(State *state, gint64 app, gint64 group, gint64 entry, gboolean wanted,
			 GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE membership SET wanted = 0,"
					       " todo = CASE WHEN there <> 0 THEN 0 END"
					       " WHERE app = ? AND grp = ? AND entry = ?");

	if (wanted)
		return put_wanted(state, app, group, entry, error);
	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, entry);
	return query_run(&query, error) && drop_idle(state, app, group, entry, error);
}

gboolean membership_note(State *state, gint64 app, gint64 group, gint64 entry, MemberThere there,
			 GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE membership SET there = ?1,"
					       " todo = CASE WHEN wanted <> ?1 THEN wanted END"
					       " WHERE app = ?2 AND grp = ?3 AND entry = ?4");

	query_int(&query, there);
	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, entry);
	return query_run(&query, error) &&
	       (there != MEMBER_ABSENT || drop_idle(state, app, group, entry, error));
}

/* ---- what is to be sent ---- */

/* Columns: entry, account's id and label, group's id and label, of the op that makes it: label. */
static json_t *member_json(const Query *query)
{
	const char *account = query_peek_text(query, 1), *group = query_peek_text(query, 3);
	const char *label = group     ? query_peek_text(query, 4)
			    : account ? query_peek_text(query, 2)
				      : query_peek_text(query, 5);
	json_t *member = json_pack("{s:I, s:s}", "entry", (json_int_t)query_get_int(query, 0),
				   "label", label ? label : "");

	if (group || account)
		json_object_set_new(member, "id", json_string(group ? group : account));
	if (group || query_get_int(query, 6))
		json_object_set_new(member, "group", json_true());
	return member;
}

static gboolean list_members(Query *query, json_t **members, GError **error)
{
	json_t *list = json_array();
	gboolean row;

	for (;;) {
		if (!query_next(query, &row, error)) {
			json_decref(list);
			return FALSE;
		}
		if (!row) {
			*members = list;
			return TRUE;
		}
		json_array_append_new(list, member_json(query));
	}
}

static void bind_members(Query *query, const MemberQuery *wanted)
{
	query_int(query, wanted->app);
	query_int(query, wanted->group);
	query_int(query, wanted->after);
	query_int(query, wanted->only);
	query_int(query, wanted->limit);
}

gboolean membership_to_add(State *state, const MemberQuery *wanted, json_t **members,
			   GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"SELECT m.entry, l.target_id, l.label, p.target_id, p.label, o.label,"
		" o.kind IN ('create_group', 'adopt_group') FROM membership m"
		" LEFT JOIN link l ON l.app = m.app AND l.entry = m.entry AND l.state <> 'deleted'"
		" LEFT JOIN pushed p ON p.app = m.app AND p.grp = m.entry"
		"  AND p.target_id IS NOT NULL AND p.wanted = 1"
		" LEFT JOIN op o ON o.entry = m.entry AND o.plan = ?6 AND o.state = 'planned'"
		"  AND o.kind IN ('create', 'adopt', 'create_group', 'adopt_group')"
		" WHERE m.app = ?1 AND m.grp = ?2 AND m.todo = 1"
		" AND m.entry > ?3 AND (?4 = 0 OR m.entry = ?4)"
		" AND COALESCE(l.entry, p.grp, o.id) IS NOT NULL ORDER BY m.entry LIMIT ?5");

	bind_members(&query, wanted);
	query_int(&query, wanted->plan);
	return list_members(&query, members, error);
}

gboolean membership_to_remove(State *state, const MemberQuery *wanted, json_t **members,
			      GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"SELECT m.entry, l.target_id, l.label, p.target_id, p.label, NULL, 0"
		" FROM membership m"
		" LEFT JOIN link l ON l.app = m.app AND l.entry = m.entry AND l.state <> 'deleted'"
		" LEFT JOIN pushed p ON p.app = m.app AND p.grp = m.entry"
		"  AND p.target_id IS NOT NULL"
		" WHERE m.app = ?1 AND m.grp = ?2 AND m.todo = 0"
		" AND m.entry > ?3 AND (?4 = 0 OR m.entry = ?4)"
		" AND COALESCE(l.entry, p.grp) IS NOT NULL ORDER BY m.entry LIMIT ?5");

	bind_members(&query, wanted);
	return list_members(&query, members, error);
}

gboolean membership_target(State *state, gint64 app, gint64 entry, char **id, gboolean *is_group,
			   GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT target_id, 1 FROM pushed WHERE app = ?1 AND grp = ?2"
			  " AND target_id IS NOT NULL UNION ALL SELECT target_id, 0 FROM link"
			  " WHERE app = ?1 AND entry = ?2 AND state <> 'deleted' LIMIT 1");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	*id = row ? query_get_text(&query, 0) : NULL;
	*is_group = row && query_get_int(&query, 1) != 0;
	return TRUE;
}

/* ---- what becomes of them otherwise ---- */

gboolean membership_forget(State *state, gint64 app, gint64 group, gboolean all, GError **error)
{
	g_auto(Query) query = query_new(
		state, "DELETE FROM membership WHERE app = ?1 AND grp = ?2 AND todo = 0"
		       " AND (?3 <> 0 OR NOT EXISTS (SELECT 1 FROM link l"
		       "  WHERE l.app = ?1 AND l.entry = membership.entry AND l.state <> 'deleted')"
		       " AND NOT EXISTS (SELECT 1 FROM pushed p WHERE p.app = ?1"
		       "  AND p.grp = membership.entry AND p.target_id IS NOT NULL))");

	query_int(&query, app);
	query_int(&query, group);
	query_int(&query, all != FALSE);
	return query_run(&query, error);
}

gboolean membership_wake(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO work (app, entry, parked, since_us) SELECT app, grp, 0, ?"
			  " FROM membership WHERE app = ? AND entry = ? AND todo IS NOT NULL"
			  " ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, now_us);
	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

/*
 * From the ops to their memberships: naming the app, or "todo", would lead through all that wait.
 */
gboolean membership_wake_planned(State *state, gint64 plan, gint64 now_us, GError **error)
{
	g_auto(Query) query = query_new(
		state,
		"INSERT INTO work (app, entry, parked, since_us) SELECT DISTINCT m.app, m.grp,"
		" 0, ? FROM op o JOIN membership m ON m.app = o.app AND m.entry = o.entry"
		" WHERE o.plan = ? AND o.state = 'planned' AND o.kind IN ('create', 'adopt')"
		" AND m.wanted <> m.there ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, now_us);
	query_int(&query, plan);
	return query_run(&query, error);
}

gboolean membership_wake_all(State *state, gint64 app, gint64 now_us, GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO work (app, entry, parked, since_us) SELECT DISTINCT app, grp,"
		       " 0, ? FROM membership WHERE app = ? AND todo IS NOT NULL"
		       " ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, now_us);
	query_int(&query, app);
	return query_run(&query, error);
}

/* Runs one literal whose parameters are an app and an entry. */
static gboolean run_for(State *state, const char *sql, gint64 app, gint64 entry, GError **error)
{
	g_auto(Query) query = query_new(state, sql);

	query_int(&query, app);
	query_int(&query, entry);
	return query_run(&query, error);
}

gboolean membership_lost(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error)
{
	return run_for(state, "DELETE FROM membership WHERE app = ? AND entry = ? AND wanted = 0",
		       app, entry, error) &&
	       run_for(state,
		       "UPDATE membership SET there = 0, todo = 1 WHERE app = ? AND entry = ?"
		       " AND there <> 0",
		       app, entry, error) &&
	       membership_wake(state, app, entry, now_us, error);
}

static gboolean take_over(State *state, gint64 app, gint64 from, gint64 to, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO membership (app, grp, entry, wanted, there, todo)"
			  " SELECT app, grp, ?3, 0, there, 0 FROM membership WHERE app = ?1"
			  " AND entry = ?2 AND there <> 0"
			  " ON CONFLICT (app, grp, entry) DO UPDATE SET there = excluded.there,"
			  " todo = CASE WHEN membership.wanted <> excluded.there"
			  "  THEN membership.wanted END");

	query_int(&query, app);
	query_int(&query, from);
	query_int(&query, to);
	return query_run(&query, error);
}

gboolean membership_hand_over(State *state, gint64 app, gint64 from, gint64 to, GError **error)
{
	return take_over(state, app, from, to, error) &&
	       run_for(state, "DELETE FROM membership WHERE app = ? AND entry = ? AND wanted = 0",
		       app, from, error) &&
	       run_for(state,
		       "UPDATE membership SET there = 0, todo = 1 WHERE app = ? AND entry = ?", app,
		       from, error);
}

/* ---- numbers ---- */

gboolean membership_count(State *state, gint64 app, gint64 group, guint64 *there, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT count(*) FROM membership WHERE app = ?1 AND there <> 0");
	g_auto(Query) one = query_new(
		state, "SELECT count(*) FROM membership WHERE app = ? AND grp = ? AND there <> 0");
	gint64 value;

	query_int(&query, app);
	query_int(&one, app);
	query_int(&one, group);
	if (!query_value(group ? &one : &query, &value, error))
		return FALSE;
	*there = (guint64)value;
	return TRUE;
}

gboolean membership_waiting(State *state, gint64 app, guint64 *waiting, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT count(*) FROM membership m WHERE m.app = ?1"
				 " AND m.todo = 1 AND NOT EXISTS"
				 " (SELECT 1 FROM link l WHERE l.app = ?1 AND l.entry = m.entry"
				 "  AND l.state <> 'deleted') AND EXISTS"
				 " (SELECT 1 FROM assignment a WHERE a.app = ?1"
				 "  AND a.entry = m.entry AND a.standing = ?2) AND NOT EXISTS"
				 " (SELECT 1 FROM pushed p WHERE p.app = ?1 AND p.grp = m.entry)");
	gint64 value;

	query_int(&query, app);
	query_int(&query, STANDING_ASSIGNED);
	if (!query_value(&query, &value, error))
		return FALSE;
	*waiting = (guint64)value;
	return TRUE;
}
