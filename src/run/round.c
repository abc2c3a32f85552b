/*
 * Round: one app's share of a pass.
 *
 *	a. requests whose fate is unknown are settled by asking the app,
 *	b. what should be there is compared with what we last made true: the plan,
 *	c. accounts that exist already are adopted instead of created,
 *	d. the guard refuses a plan that takes away too much; a human then decides,
 *	e. the plan is carried out, leavers first, each step journalled before it is sent.
 *
 * What was learnt on the way may call for another round; then the app is in step.
 *
 * Four things cut this short, and none of them keeps a leaver waiting:
 *
 *	nothing can be settled, as the   a plan of leavers alone is made and carried out
 *	app answers nothing usable
 *	the app rests (quarantine.c)     likewise
 *	the first plan is held           it is split: leavers of accounts that are ours go, the rest
 *	                                 is held
 *	the slice of time is over        what is under way is finished, the sources are pulled
 *	                                 again, and the same plan is gone on with; a new one is
 *	                                 made if the directory has changed
 */
#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "connect_internal.h"
#include "push_internal.h"
#include "round_internal.h"

/* A lost answer costs a round; an app that loses them all must wait for the next run. */
#define ROUNDS 4

static gboolean settle_what_is_open(AppRun *app, GError **error)
{
	g_autoptr(GPtrArray) open = op_array_new();

	if (!plan_open_ops(app->run->state, app->row.id, 1, open, error))
		return FALSE;
	if (open->len == 0)
		return TRUE;
	return connect_app(app, error) && settle_open(app, error);
}

/* What the next requests would be. *plan 0: in step already. */
static gboolean propose(AppRun *app, gint64 *plan, GError **error)
{
	if (!push_read_due(app, connect_app, error) || !plan_make(app, plan, error))
		return FALSE;
	return !*plan ||
	       (connect_app(app, error) && able_trim_plan(app, *plan, error) &&
		match_existing(app, *plan, error) && able_trim_creates(app, *plan, error) &&
		choose_values(app, *plan, error) && push_match(app, *plan, error) &&
		plan_drop_empty(app, plan, error));
}

/* *held: a human decides. *rest: what nobody approved is left for a plan of its own. */
static gboolean guard(AppRun *app, gint64 *plan, gboolean *held, gboolean *rest, GError **error)
{
	gboolean spared = FALSE;

	if (!hold_spare_approved(app, *plan, rest, error) ||
	    (!*rest && !hold_spare_leavers(app, *plan, &spared, error)) ||
	    !connect_note_plan(app, *plan, error))
		return FALSE;
	app->leavers_only = spared;
	*rest |= spared;
	return spared || hold_if_dangerous(app, plan, held, error);
}

/*
 * Making the plan may take long, and so may pulling; at least half of the time goes into sending.
 */
static gboolean carry_out(AppRun *app, gint64 plan, gboolean *again, GError **error)
{
	gint64 now = clock_monotonic_us(), slice = app->run->config->slice_us;
	gboolean ok;

	if (slice && !app->slice_ends_us)
		app->slice_ends_us = now + MAX(slice, now - app->run->pulling_us);
	app->plan = 0;
	ok = exec_plan(app, plan, again, error);
	app->leavers_only = FALSE;
	return ok;
}

/* ---- leavers alone ---- */

/* Of a leaver whose create is open nobody knows the account: that is to be learnt first. */
static gboolean plan_leavers(AppRun *app, gint64 *plan, GError **error)
{
	if (!plan_make(app, plan, error))
		return FALSE;
	if (!app->leaver_waits)
		return TRUE;
	return settle_what_is_open(app, error) && plan_make(app, plan, error);
}

/* Too many leavers wait for a human like any others; who is approved goes. */
static gboolean send_leavers(AppRun *app, gint64 plan, GError **error)
{
	gboolean allowed, some = FALSE, held, again;

	if (!hold_allows(app, plan, &allowed, error) ||
	    (!allowed && !hold_spare_approved(app, plan, &some, error)))
		return FALSE;
	if (!allowed && !some)
		return connect_note_plan(app, plan, error) &&
		       hold_if_dangerous(app, &plan, &held, error);
	return connect_app(app, error) && connect_note_plan(app, plan, error) &&
	       carry_out(app, plan, &again, error);
}

/* That a disable came through says that the app is back, if it was away. */
static gboolean sync_leavers(AppRun *app, GError **error)
{
	guint64 before = app->result->done[OP_DISABLE];
	gint64 plan = 0;
	gboolean ok;

	app->leavers_only = TRUE;
	ok = plan_leavers(app, &plan, error) && (!plan || send_leavers(app, plan, error));
	app->leavers_only = FALSE;
	if (ok && app->was_down && !app->result->problem && app->result->done[OP_DISABLE] > before)
		app->rests = FALSE;
	return ok;
}

/* ---- the whole ---- */

static gboolean sync_round(AppRun *app, gboolean *again, GError **error)
{
	gboolean held = FALSE, rest = FALSE;
	gint64 plan = app->plan;

	*again = FALSE;
	if (!settle_what_is_open(app, error))
		return FALSE;
	if (app->result->problem) /* who shows no account may disable one all the same */
		return !app->hopeless || plan || sync_leavers(app, error);
	if (!plan &&
	    (!propose(app, &plan, error) || (plan && !guard(app, &plan, &held, &rest, error))))
		return FALSE;
	crash_point("plan made");
	if (!plan || held)
		return TRUE;
	if (!carry_out(app, plan, again, error))
		return FALSE;
	*again |= (rest || app->looks_again || app->again) && !app->result->problem;
	app->again = app->cut && *again;
	return TRUE;
}

/* What was not sent of an outdated plan counts as never planned. */
static gboolean take_back(AppRun *app, GError **error)
{
	State *state = app->run->state;
	AppResult *result = app->result;
	gint64 id = app->plan;
	Plan before = { 0 }, after = { 0 };
	gboolean ok = plan_load(state, id, &before, error) && plan_interrupt(state, id, error) &&
		      plan_load(state, id, &after, error);

	for (int kind = 0; ok && kind < OP_KINDS; kind++)
		result->planned[kind] -= before.counts[kind] - after.counts[kind];
	result->members_planned -= before.members[OP_ADD_MEMBERS] - after.members[OP_ADD_MEMBERS];
	result->unmembers_planned -= before.members[OP_REMOVE_MEMBERS] -
				     after.members[OP_REMOVE_MEMBERS];
	plan_clear(&before);
	plan_clear(&after);
	app->plan = 0;
	return ok;
}

gboolean round_begin_slice(AppRun *app, gboolean news, GError **error)
{
	app->cut = FALSE;
	app->slice_ends_us = 0;
	return !news || !app->plan || take_back(app, error);
}

gboolean round_leave(AppRun *app, GError **error)
{
	return !app->plan || take_back(app, error);
}

gboolean round_sync(AppRun *app, GError **error)
{
	gboolean again = TRUE;

	if (app->rests && !sync_leavers(app, error))
		return FALSE;
	if (app->rests)
		return TRUE;
	while (again && app->rounds < ROUNDS) {
		if (!sync_round(app, &again, error))
			return FALSE;
		if (app->cut)
			return TRUE;
		app->rounds++;
	}
	if (!again)
		return TRUE;
	return settle_what_is_open(app, error) &&
	       (app->result->problem || leftover_park(app, error));
}

/* ---- the rehearsal ---- */

static gboolean is_fatal(GError **problem, GError **error)
{
	if (!error_is(*problem, ERROR_FATAL))
		return FALSE;
	g_propagate_error(error, g_steal_pointer(problem));
	return TRUE;
}

/* An app that cannot be asked is a remark in the rehearsal, and no end of it. */
static gboolean rehearse_reading(AppRun *app, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (push_read_due(app, connect_app_readonly, &problem))
		return TRUE;
	if (is_fatal(&problem, error))
		return FALSE;
	g_ptr_array_add(app->result->notes,
			g_strdup_printf("the members of exclusive groups could not be read: %s",
					problem->message));
	return TRUE;
}

/* The rehearsal shows creates as creates when the app cannot be asked for existing accounts. */
static gboolean rehearse_matching(AppRun *app, gint64 *plan, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (connect_app_readonly(app, &problem) && able_trim_plan(app, *plan, &problem) &&
	    match_existing(app, *plan, &problem) && able_trim_creates(app, *plan, &problem) &&
	    choose_values(app, *plan, &problem) && push_match(app, *plan, &problem) &&
	    plan_drop_empty(app, plan, &problem))
		return TRUE;
	if (is_fatal(&problem, error))
		return FALSE;
	g_ptr_array_add(app->result->notes,
			g_strdup_printf("existing accounts could not be looked for, some creates "
					"may turn out to be adoptions: %s",
					problem->message));
	return TRUE;
}

static gboolean rehearse_guard(AppRun *app, gint64 *plan, GError **error)
{
	gboolean held;
	guint64 leavers;

	if (!connect_note_plan(app, *plan, error) ||
	    !hold_count_leavers(app, *plan, &leavers, error) ||
	    !hold_if_dangerous(app, plan, &held, error))
		return FALSE;
	if (held && leavers)
		g_ptr_array_add(
			app->result->notes,
			g_strdup_printf(
				"a sync would disable the accounts of leavers (%" G_GUINT64_FORMAT
				") although the rest is held",
				leavers));
	return TRUE;
}

gboolean round_rehearse(AppRun *app, gint64 *plan, GError **error)
{
	if (!rehearse_reading(app, error) || !plan_make(app, plan, error))
		return FALSE;
	return (!*plan || rehearse_matching(app, plan, error)) &&
	       (!*plan || rehearse_guard(app, plan, error));
}
