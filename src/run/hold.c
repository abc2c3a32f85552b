/*
 * Hold: gathers the counts, asks the guard, and keeps a refused plan for a human.
 *
 * Removals that somebody approved do not count, neither now nor in the window afterwards. The first
 * plan of an app waits as a whole; once one was approved (or the config says first_run = "apply")
 * the app is released and only the removal limits remain. A plan for one person releases nothing.
 *
 * Where only some ops of a held plan were approved, the next plan is split: these go, and the rest
 * is planned again and held. So is the first plan of an app in which we have accounts already (some
 * people were synced alone): it disables leavers, and the rest waits. A plan that takes away too
 * much is never split like that: who may stay is then the question that a human is asked.
 */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "run_internal.h"
#include "state/history.h"
#include "state/membership.h"

#define BATCH 200

/* Counting all memberships takes a while, so only where some are removed. */
static gboolean gather_memberships(AppRun *app, gint64 plan, gint64 since, GuardCounts *counts,
				   GError **error)
{
	State *state = app->run->state;

	if (!plan_members_removed(state, plan, &counts->memberships_removed, error))
		return FALSE;
	if (counts->memberships_removed == 0)
		return TRUE;
	if (!plan_members_since(state, app->row.id, since, &counts->memberships_window, error) ||
	    !membership_count(state, app->row.id, 0, &counts->memberships, error))
		return FALSE;
	counts->memberships += counts->memberships_window;
	return TRUE;
}

static gboolean gather(AppRun *app, gint64 plan, GuardCounts *counts, GError **error)
{
	State *state = app->run->state;
	gint64 since = app->run->now_us - app->config->window_us;
	guint64 ops, active, disabled;

	if (!plan_counts(state, plan, &ops, &counts->ops, &counts->removals, error) ||
	    !plan_removals_since(state, app->row.id, since, &counts->removals_window, error) ||
	    !link_count(state, app->row.id, &active, &disabled, error))
		return FALSE;
	/* What the window already took away still belongs to the whole that percent is of. */
	counts->managed = active + counts->removals_window;
	counts->first_run = !app->row.released;
	return gather_memberships(app, plan, since, counts, error);
}

static gboolean note_held(AppRun *app, gint64 plan, const char *why, GError **error)
{
	g_autoptr(json_t) detail = json_pack("{s:I, s:s}", "plan", (json_int_t)plan, "why", why);
	AuditRow row = {
		.run = app->run->id,
		.app = app->row.id,
		.at_us = app->run->now_us,
		.event = "held",
		.detail = detail,
	};

	return audit_add(app->run->state, &row, error);
}

/* A plan that waits already is not news. */
static gboolean hold(AppRun *app, gint64 *plan, const char *why, GError **error)
{
	gint64 held = *plan;

	app->result->held = TRUE;
	g_free(app->result->held_why);
	app->result->held_why = g_strdup(why);
	log_info("held: %s", why);
	if (!state_begin(app->run->state, error))
		return FALSE;
	if (!plan_hold(app->run->state, &held, why, error) ||
	    (held == *plan && !note_held(app, held, why, error))) {
		state_rollback(app->run->state);
		return FALSE;
	}
	*plan = held;
	app->result->plan = held;
	return state_commit(app->run->state, error);
}

static gboolean is_unapproved(const Op *op)
{
	return !op->approved;
}

static gboolean is_no_disable(const Op *op)
{
	return op->kind != OP_DISABLE;
}

static gboolean forget(State *state, gint64 plan, gboolean (*which)(const Op *op), GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	Op last = { 0 };

	do {
		g_ptr_array_set_size(ops, 0);
		if (!plan_ops(state, plan, OP_PLANNED, last.id ? &last : NULL, BATCH, ops, error))
			return FALSE;
		for (guint i = 0; i < ops->len; i++) {
			const Op *op = g_ptr_array_index(ops, i);

			last = (Op){ .id = op->id, .kind = op->kind };
			if (which(op) && !plan_forget(state, op->id, error))
				return FALSE;
		}
	} while (ops->len > 0);
	return TRUE;
}

gboolean hold_spare_approved(AppRun *app, gint64 plan, gboolean *rest, GError **error)
{
	State *state = app->run->state;
	guint64 ops, unapproved, removals;
	GuardCounts counts = { 0 };

	if (!plan_counts(state, plan, &ops, &unapproved, &removals, error) ||
	    !gather(app, plan, &counts, error))
		return FALSE;
	*rest = unapproved > 0 && unapproved < ops &&
		guard_check(&app->config->limits, &counts, NULL) != GUARD_PASS;
	if (!*rest)
		return TRUE;
	if (!state_begin(state, error))
		return FALSE;
	if (forget(state, plan, is_unapproved, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}

gboolean hold_allows(AppRun *app, gint64 plan, gboolean *allowed, GError **error)
{
	GuardLimits limits = app->config->limits;
	GuardCounts counts = { 0 };

	limits.hold_first_run = FALSE;
	if (!gather(app, plan, &counts, error))
		return FALSE;
	*allowed = guard_check(&limits, &counts, NULL) == GUARD_PASS;
	return TRUE;
}

gboolean hold_count_leavers(AppRun *app, gint64 plan, guint64 *leavers, GError **error)
{
	gboolean allowed;
	Plan row = { 0 };

	*leavers = 0;
	if (app->row.released || !app->config->limits.hold_first_run)
		return TRUE;
	if (!hold_allows(app, plan, &allowed, error) ||
	    !plan_load(app->run->state, plan, &row, error))
		return FALSE;
	if (allowed)
		*leavers = row.counts[OP_DISABLE];
	plan_clear(&row);
	return TRUE;
}

gboolean hold_spare_leavers(AppRun *app, gint64 plan, gboolean *spared, GError **error)
{
	State *state = app->run->state;
	guint64 leavers;

	if (!hold_count_leavers(app, plan, &leavers, error))
		return FALSE;
	*spared = leavers > 0;
	if (!*spared)
		return TRUE;
	if (!state_begin(state, error))
		return FALSE;
	if (forget(state, plan, is_no_disable, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}

gboolean hold_if_dangerous(AppRun *app, gint64 *plan, gboolean *held, GError **error)
{
	g_autofree char *why = NULL;
	GuardCounts counts = { 0 };

	if (!gather(app, *plan, &counts, error))
		return FALSE;
	*held = guard_check(&app->config->limits, &counts, &why) != GUARD_PASS;
	if (*held)
		return hold(app, plan, why, error);
	if (app->row.released || counts.ops == 0 || app->only)
		return TRUE;
	app->row.released = TRUE;
	return app_row_put(app->run->state, &app->row, error);
}
