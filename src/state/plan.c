/*
 * Plans: the decisions of one run about one app, and what people said to them.
 *
 *	ready --> done          carried out, as far as it went
 *	  |
 *	  '----> held --> approved --> done     its approvals were used, or are void
 *	           '---> dropped                something else is to be done now: held.c
 *
 * An approval says: exactly this op may be sent, once. It is a row of its own with the op's digest,
 * made by plan_approve(). The next plan that has an op with that digest takes it (op.c): the
 * guard then does not count that op. What becomes of an approval:
 *
 *	taken by an op of a plan that ends         used up
 *	taken by an op of a plan that is held      given back: nothing was sent
 *	taken by an op that is forgotten           given back
 *	taken by a plan that a crash cut off       given back for ops that were never sent
 *	taken by an op that an app being down      given back, and that plan's end voids nothing
 *	  left undone
 *	taken by an op whose fate is not known     kept until it is
 *	not taken when the next plan ends          void: that op is no longer wanted, or is another
 *	not taken when no plan is needed           void likewise
 *
 * So: approve, the next run plans anew (the world may have moved meanwhile), ops equal to approved
 * ones pass, all others face the guard again, and after that run nothing of the approval is left.
 *
 * A plan for one person ('sync --user') is no "next plan" for anybody else: it takes the approvals
 * of that person's ops and leaves all others, and held plans, as they are.
 *
 * Rows of dropped plans' ops are removed: a first plan for a million people that waits for
 * approval over a weekend would otherwise leave a million rows with every run.
 */
#include <string.h>

#include "base/error.h"
#include "plan_internal.h"

#define NOTHING_LEFT "nothing of it is to be done any more"
#define LET_PASS "what is to be done now is within the limits"

static const char *const status_names[] = {
	[PLAN_READY] = "ready", [PLAN_HELD] = "held",       [PLAN_APPROVED] = "approved",
	[PLAN_DONE] = "done",   [PLAN_DROPPED] = "dropped",
};

const char *plan_status_name(PlanStatus status)
{
	return status_names[status];
}

static PlanStatus status_parse(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(status_names); i++) {
		if (g_strcmp0(name, status_names[i]) == 0)
			return (PlanStatus)i;
	}
	return PLAN_DROPPED;
}

static gboolean set_status(State *state, gint64 plan, PlanStatus status, GError **error)
{
	g_auto(Query) query = query_new(state, "UPDATE plan SET status = ? WHERE id = ?");

	query_text(&query, plan_status_name(status));
	query_int(&query, plan);
	return query_run(&query, error);
}

/* Runs one literal whose only parameter is a plan. */
static gboolean run_for(State *state, const char *sql, gint64 plan, GError **error)
{
	g_auto(Query) query = query_new(state, sql);

	query_int(&query, plan);
	return query_run(&query, error);
}

static gboolean list_plans(State *state, gint64 app, PlanStatus status, GArray *plans,
			   GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT id FROM plan WHERE app = ? AND status = ? ORDER BY id");

	query_int(&query, app);
	query_text(&query, plan_status_name(status));
	return query_list(&query, plans, error);
}

gboolean plan_give_back_all(State *state, gint64 plan, GError **error)
{
	return run_for(state,
		       "UPDATE approval SET used_by = 0 WHERE used_by IN (SELECT id FROM op"
		       " WHERE plan = ? AND state IN ('planned', 'held'))",
		       plan, error);
}

gboolean plan_drop_ops(State *state, gint64 plan, GError **error)
{
	return plan_give_back_all(state, plan, error) &&
	       run_for(state, "DELETE FROM op WHERE plan = ? AND state IN ('planned', 'held')",
		       plan, error);
}

/* What a crash, or an app that could not be reached, cut off. */
static gboolean drop_cut_off(State *state, gint64 app, GError **error)
{
	g_autoptr(GArray) cut_off = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!list_plans(state, app, PLAN_READY, cut_off, error))
		return FALSE;
	for (guint i = 0; i < cut_off->len; i++) {
		gint64 plan = g_array_index(cut_off, gint64, i);
		if (!plan_drop_ops(state, plan, error) ||
		    !set_status(state, plan, PLAN_DONE, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean insert_plan(State *state, Plan *plan, GError **error)
{
	g_auto(Query) query = query_new(state,
					"INSERT INTO plan (app, run, status, created_us, person)"
					" VALUES (?, ?, 'ready', ?, ?) RETURNING id");

	query_int(&query, plan->app);
	query_int(&query, plan->run);
	query_int(&query, plan->created_us);
	query_int(&query, plan->person);
	return query_value(&query, &plan->id, error);
}

gboolean plan_new_for_one(State *state, Plan *plan, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	if (!drop_cut_off(state, plan->app, error) || !insert_plan(state, plan, error)) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

gboolean plan_new(State *state, gint64 app, gint64 run, gint64 now_us, gint64 *id, GError **error)
{
	Plan plan = { .app = app, .run = run, .created_us = now_us };

	if (!plan_new_for_one(state, &plan, error))
		return FALSE;
	*id = plan.id;
	return TRUE;
}

/* FALSE in *left: nothing of what was approved of this plan is left. */
static gboolean void_approved(State *state, gint64 plan, gboolean *left, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT EXISTS (SELECT 1 FROM approval WHERE plan = ?)");
	gint64 some;

	if (!run_for(state,
		     "DELETE FROM approval WHERE plan = ? AND NOT EXISTS (SELECT 1 FROM op"
		     " WHERE op.id = used_by AND op.state IN ('intent', 'unknown'))",
		     plan, error))
		return FALSE;
	query_int(&query, plan);
	if (!query_value(&query, &some, error))
		return FALSE;
	*left = some != 0;
	return TRUE;
}

/*
 * Whatever was approved before this plan and not used by it is void; but for what an op took whose
 * fate is not known: should it turn out not to be done, it is still approved.
 */
static gboolean void_approvals(State *state, gint64 app, gint64 before, GError **error)
{
	g_autoptr(GArray) approved = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!list_plans(state, app, PLAN_APPROVED, approved, error))
		return FALSE;
	for (guint i = 0; i < approved->len; i++) {
		gint64 older = g_array_index(approved, gint64, i);
		gboolean left;

		if (older >= before)
			continue;
		if (!void_approved(state, older, &left, error) ||
		    !plan_drop_ops(state, older, error) ||
		    (!left && !set_status(state, older, PLAN_DONE, error)))
			return FALSE;
	}
	return TRUE;
}

/* A plan for one person says nothing about what else was approved. */
static gboolean use_up(State *state, const Plan *plan, GError **error)
{
	if (!plan->person)
		return void_approvals(state, plan->app, plan->id, error);
	return run_for(state,
		       "DELETE FROM approval WHERE used_by IN (SELECT id FROM op WHERE plan = ?"
		       " AND state NOT IN ('intent', 'unknown'))",
		       plan->id, error);
}

static gboolean end(State *state, const Plan *plan, gboolean interrupted, GError **error)
{
	gint64 ops;
	g_auto(Query) query = query_new(state, "SELECT count(*) FROM op WHERE plan = ?");

	query_int(&query, plan->id);
	if (!plan_drop_ops(state, plan->id, error))
		return FALSE;
	interrupted |= sql_changes(state) > 0;
	if (!query_value(&query, &ops, error) ||
	    !plan_drop_held(state, plan, ops || interrupted ? LET_PASS : NOTHING_LEFT, error) ||
	    (!interrupted && !use_up(state, plan, error)))
		return FALSE;
	if (ops == 0)
		return run_for(state, "DELETE FROM plan WHERE id = ?", plan->id, error);
	return set_status(state, plan->id, PLAN_DONE, error);
}

static gboolean load_and_end(State *state, gint64 plan, gboolean interrupted, GError **error)
{
	Plan row;

	if (!plan_load(state, plan, &row, error) || !state_begin(state, error))
		return FALSE;
	gboolean ok = end(state, &row, interrupted, error);
	plan_clear(&row);
	if (!ok) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

gboolean plan_end(State *state, gint64 plan, GError **error)
{
	return load_and_end(state, plan, FALSE, error);
}

gboolean plan_interrupt(State *state, gint64 plan, GError **error)
{
	return load_and_end(state, plan, TRUE, error);
}

static gboolean end_part(State *state, gint64 plan, GError **error)
{
	return plan_drop_ops(state, plan, error) &&
	       run_for(state,
		       "DELETE FROM plan WHERE id = ?1"
		       " AND NOT EXISTS (SELECT 1 FROM op WHERE op.plan = ?1)",
		       plan, error) &&
	       set_status(state, plan, PLAN_DONE, error);
}

gboolean plan_end_part(State *state, gint64 plan, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	if (end_part(state, plan, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}

gboolean plan_none(State *state, gint64 app, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	if (!drop_cut_off(state, app, error) ||
	    !plan_drop_held(state, &(Plan){ .app = app }, NOTHING_LEFT, error) ||
	    !void_approvals(state, app, G_MAXINT64, error)) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

static gboolean approve_op(State *state, gint64 plan, gint64 op, GError **error)
{
	g_auto(Query) mark = query_new(state, "UPDATE op SET approved = 1 WHERE id = ? AND plan = ?"
					      " AND state = 'held'");
	g_auto(Query) insert = query_new(state, "INSERT INTO approval (op, plan, app, digest)"
						" SELECT id, plan, app, digest FROM op WHERE id = ?"
						" ON CONFLICT (op) DO NOTHING");

	query_int(&mark, op);
	query_int(&mark, plan);
	if (!query_run(&mark, error))
		return FALSE;
	if (sql_changes(state) == 0)
		return error_set(error, ERROR_REFUSED,
				 "plan %" G_GINT64_FORMAT " holds no op %" G_GINT64_FORMAT, plan,
				 op);
	query_int(&insert, op);
	return query_run(&insert, error);
}

static gboolean approve_all(State *state, gint64 plan, GError **error)
{
	return run_for(state, "UPDATE op SET approved = 1 WHERE plan = ? AND state = 'held'", plan,
		       error) &&
	       run_for(state,
		       "INSERT INTO approval (op, plan, app, digest)"
		       " SELECT id, plan, app, digest FROM op WHERE plan = ? AND state = 'held'"
		       " ON CONFLICT (op) DO NOTHING",
		       plan, error);
}

static gboolean approve(State *state, gint64 plan, const GArray *ops, GError **error)
{
	if (!ops && !approve_all(state, plan, error))
		return FALSE;
	for (guint i = 0; ops && i < ops->len; i++) {
		if (!approve_op(state, plan, g_array_index(ops, gint64, i), error))
			return FALSE;
	}
	return set_status(state, plan, PLAN_APPROVED, error);
}

static gboolean check_held(State *state, gint64 plan, GError **error)
{
	Plan row;

	if (!plan_load(state, plan, &row, error))
		return FALSE;
	PlanStatus status = row.status;
	plan_clear(&row);
	if (!row.id)
		return error_set(error, ERROR_REFUSED, "there is no plan %" G_GINT64_FORMAT, plan);
	if (status != PLAN_HELD && status != PLAN_APPROVED)
		return error_set(error, ERROR_REFUSED,
				 "plan %" G_GINT64_FORMAT " is not held: it is %s", plan,
				 plan_status_name(status));
	return TRUE;
}

gboolean plan_approve(State *state, gint64 plan, const GArray *ops, GError **error)
{
	if (!check_held(state, plan, error) || !state_begin(state, error))
		return FALSE;
	if (!approve(state, plan, ops, error)) {
		state_rollback(state);
		return FALSE;
	}
	return state_commit(state, error);
}

/* ---- reading ---- */

static gboolean load_counts(State *state, Plan *plan, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT kind, count(*), sum(members) FROM op WHERE plan = ?"
					" GROUP BY kind");
	gboolean row;

	query_int(&query, plan->id);
	for (;;) {
		OpKind kind;

		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		if (!op_kind_parse(query_peek_text(&query, 0), &kind))
			continue;
		plan->counts[kind] = (guint64)query_get_int(&query, 1);
		plan->members[kind] = (guint64)query_get_int(&query, 2);
	}
}

gboolean plan_load(State *state, gint64 id, Plan *out, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT id, app, run, status, why, created_us, person FROM plan"
				 " WHERE id = ?");
	gboolean row;

	query_int(&query, id);
	if (!query_next(&query, &row, error))
		return FALSE;
	Plan plan = { 0 };
	if (row) {
		plan.id = id;
		plan.app = query_get_int(&query, 1);
		plan.run = query_get_int(&query, 2);
		plan.status = status_parse(query_peek_text(&query, 3));
		plan.created_us = query_get_int(&query, 5);
		plan.person = query_get_int(&query, 6);
		if (!load_counts(state, &plan, error))
			return FALSE;
		plan.why = query_get_text(&query, 4);
	}
	*out = plan;
	return TRUE;
}

gboolean plan_find_held(State *state, gint64 app, Plan *out, GError **error)
{
	g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!list_plans(state, app, PLAN_HELD, held, error))
		return FALSE;
	if (held->len > 0)
		return plan_load(state, g_array_index(held, gint64, held->len - 1), out, error);
	*out = (Plan){ 0 };
	return TRUE;
}

gboolean plan_list_held(State *state, gint64 app, GArray *plans, GError **error)
{
	return list_plans(state, app, PLAN_HELD, plans, error);
}

void plan_clear(Plan *plan)
{
	g_clear_pointer(&plan->why, g_free);
}

gboolean plan_counts(State *state, gint64 plan, guint64 *ops, guint64 *unapproved,
		     guint64 *removals_unapproved, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT count(*), COALESCE(sum(1 - approved), 0),"
					" COALESCE(sum(CASE WHEN kind IN ('disable', 'delete',"
					"  'delete_group') THEN 1 - approved ELSE 0 END), 0)"
					" FROM op WHERE plan = ?");
	gboolean row;

	query_int(&query, plan);
	if (!query_next(&query, &row, error))
		return FALSE;
	*ops = (guint64)query_get_int(&query, 0);
	*unapproved = (guint64)query_get_int(&query, 1);
	*removals_unapproved = (guint64)query_get_int(&query, 2);
	return TRUE;
}

/* What was found done after a lost answer counts too; of a group that is asked for again. */
gboolean plan_removals_since(State *state, gint64 app, gint64 since_us, guint64 *count,
			     GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT count(*) FROM op WHERE app = ? AND changed_us >= ?"
				 " AND " OP_OF_REMOVAL " AND approved = 0"
				 " AND kind <> 'remove_members'"
				 " AND (state = 'done' OR (state = 'settled' AND EXISTS"
				 "  (SELECT 1 FROM link WHERE link.app = op.app"
				 "  AND link.entry = op.entry AND link.state <> 'active')))");
	gint64 value;

	query_int(&query, app);
	query_int(&query, since_us);
	if (!query_value(&query, &value, error))
		return FALSE;
	*count = (guint64)value;
	return TRUE;
}

gboolean plan_members_removed(State *state, gint64 plan, guint64 *count, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT COALESCE(sum(members), 0) FROM op WHERE plan = ? AND approved = 0"
			  " AND kind IN ('remove_members', 'delete_group')");
	gint64 value;

	query_int(&query, plan);
	if (!query_value(&query, &value, error))
		return FALSE;
	*count = (guint64)value;
	return TRUE;
}

gboolean plan_members_since(State *state, gint64 app, gint64 since_us, guint64 *count,
			    GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT COALESCE(sum(members), 0) FROM op WHERE app = ?"
					" AND changed_us >= ? AND " OP_OF_REMOVAL
					" AND approved = 0"
					" AND state = 'done'");
	gint64 value;

	query_int(&query, app);
	query_int(&query, since_us);
	if (!query_value(&query, &value, error))
		return FALSE;
	*count = (guint64)value;
	return TRUE;
}
