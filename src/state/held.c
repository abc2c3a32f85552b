/*
 * Held plans: a plan that the guard refused waits under its number until somebody decides.
 *
 * Every run plans anew, and most of the time the new plan says what the held one says. Then the new
 * one is forgotten and the held one stays, with its number, its ops' numbers and the time since
 * when it waits: what was written down yesterday can still be approved today. Equal means: the
 * same digests. Only the sentence is the new one, because the window of the guard moves.
 *
 * What is not equal takes the place of the held plan. The row of that one stays, without ops, and
 * says why it went, for the person who approves by the old number.
 *
 *	made, but the run was cut off, or    the held one stays
 *	  the app could not be reached
 *	held again, equal                    the held one stays, the new one never was
 *	held again, different                dropped for the new one
 *	let pass by the guard                dropped when the new one ends
 *	nothing to be done any more          dropped
 *
 * A plan for one person takes the place of held ones for that person only.
 */
#include "base/error.h"
#include "plan_internal.h"

/* Held plans that this one (person 0: for everybody) takes the place of, oldest first. */
static gboolean list_superseded(State *state, const Plan *by, GArray *plans, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT id FROM plan WHERE app = ?1 AND status = 'held'"
					" AND (?2 = 0 OR person = ?2) AND id <> ?3 ORDER BY id");

	query_int(&query, by->app);
	query_int(&query, by->person);
	query_int(&query, by->id);
	return query_list(&query, plans, error);
}

static gboolean drop(State *state, gint64 plan, const char *why, GError **error)
{
	g_auto(Query) query = query_new(state,
					"UPDATE plan SET status = 'dropped', why = ? WHERE id = ?");

	query_text(&query, why);
	query_int(&query, plan);
	return plan_drop_ops(state, plan, error) && query_run(&query, error);
}

gboolean plan_drop_held(State *state, const Plan *by, const char *why, GError **error)
{
	g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!list_superseded(state, by, held, error))
		return FALSE;
	for (guint i = 0; i < held->len; i++)
		if (!drop(state, g_array_index(held, gint64, i), why, error))
			return FALSE;
	return TRUE;
}

/* ---- the same again? ---- */

/* How many ops of 'plan' the other one has not. No plan has two ops with one digest. */
static gboolean count_missing(State *state, gint64 plan, gint64 other, gint64 *count,
			      GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT count(*) FROM (SELECT digest FROM op WHERE plan = ?"
					" EXCEPT SELECT digest FROM op WHERE plan = ?)");

	query_int(&query, plan);
	query_int(&query, other);
	return query_value(&query, count, error);
}

static gboolean is_for(State *state, gint64 plan, gint64 person, gboolean *is, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT person = ? FROM plan WHERE id = ?");
	gint64 value;

	query_int(&query, person);
	query_int(&query, plan);
	if (!query_value(&query, &value, error))
		return FALSE;
	*is = value != 0;
	return TRUE;
}

static gboolean put_why(State *state, gint64 plan, const char *why, GError **error)
{
	g_auto(Query) query = query_new(state,
					"UPDATE plan SET status = 'held', why = ? WHERE id = ?");

	query_text(&query, why);
	query_int(&query, plan);
	return query_run(&query, error);
}

/* Forgets the new plan as if it had not been made. */
static gboolean unmake(State *state, gint64 plan, GError **error)
{
	g_auto(Query) query = query_new(state, "DELETE FROM plan WHERE id = ?");

	query_int(&query, plan);
	return plan_drop_ops(state, plan, error) && query_run(&query, error);
}

/* *stays TRUE: an older plan says the same. Those that say something else are dropped. */
static gboolean compare(State *state, const Plan *plan, gint64 older, gboolean *stays,
			GError **error)
{
	gint64 gone, fresh;
	gboolean same_person;

	*stays = FALSE;
	if (!is_for(state, older, plan->person, &same_person, error) ||
	    !count_missing(state, older, plan->id, &gone, error) ||
	    !count_missing(state, plan->id, older, &fresh, error))
		return FALSE;
	*stays = same_person && gone == 0 && fresh == 0;
	if (*stays)
		return TRUE;
	g_autofree char *why = g_strdup_printf("what is to be done changed: %" G_GINT64_FORMAT
					       " of its ops are not wanted any "
					       "more, %" G_GINT64_FORMAT " are new",
					       gone, fresh);
	return drop(state, older, why, error);
}

static gboolean settle_older(State *state, const Plan *plan, gint64 *same, GError **error)
{
	g_autoptr(GArray) older = g_array_new(FALSE, FALSE, sizeof(gint64));

	*same = 0;
	if (!list_superseded(state, plan, older, error))
		return FALSE;
	for (guint i = 0; i < older->len; i++) {
		gint64 id = g_array_index(older, gint64, i);
		gboolean stays;

		if (!compare(state, plan, id, &stays, error))
			return FALSE;
		if (stays)
			*same = id;
	}
	return TRUE;
}

/* ---- holding ---- */

static gboolean hold_new(State *state, gint64 plan, const char *why, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "UPDATE op SET state = 'held' WHERE plan = ? AND state = 'planned'");

	query_int(&query, plan);
	return put_why(state, plan, why, error) && plan_give_back_all(state, plan, error) &&
	       query_run(&query, error);
}

static gboolean hold(State *state, gint64 *plan, const char *why, GError **error)
{
	Plan row;
	gint64 same = 0;

	if (!plan_load(state, *plan, &row, error))
		return FALSE;
	gboolean ok = settle_older(state, &row, &same, error);
	plan_clear(&row);
	if (!ok)
		return FALSE;
	if (!same)
		return hold_new(state, *plan, why, error);
	if (!unmake(state, *plan, error) || !put_why(state, same, why, error))
		return FALSE;
	*plan = same;
	return TRUE;
}

gboolean plan_hold(State *state, gint64 *plan, const char *why, GError **error)
{
	gint64 held = *plan;

	if (!state_begin(state, error))
		return FALSE;
	if (!hold(state, &held, why, error)) {
		state_rollback(state);
		return FALSE;
	}
	if (!state_commit(state, error))
		return FALSE;
	*plan = held;
	return TRUE;
}
