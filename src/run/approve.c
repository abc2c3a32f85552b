/*
 * Approve: marks a held plan, and with it exactly its ops. Nothing is sent here: the next sync
 * plans anew, and an op that is then still the same passes the guard once. An op whose person
 * changed since is another op, and the guard looks at it again.
 */
#include "run/approve.h"

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "state/account.h"
#include "state/history.h"
#include "state/plan.h"

/* Takes up the held plans of an app; of all, or the one that was named. */
static gboolean look_at(State *state, const AppConfig *app, gint64 wanted, GArray *plans,
			GError **error)
{
	g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(gint64));
	AppRow row = { 0 };
	gboolean ok = app_row_get(state, app->name, &row, error) &&
		      (!row.id || plan_list_held(state, row.id, held, error));

	for (guint i = 0; ok && i < held->len; i++)
		if (!wanted || g_array_index(held, gint64, i) == wanted)
			g_array_append_vals(plans, &g_array_index(held, gint64, i), 1);
	app_row_clear(&row);
	return ok;
}

/* What waits now in the place of one that was dropped: the latest; 0 if nothing does. */
static gboolean find_successor(State *state, const Plan *dropped, gint64 *successor, GError **error)
{
	Plan held = { 0 };

	*successor = 0;
	if (!plan_find_held(state, dropped->app, &held, error))
		return FALSE;
	if (held.id > dropped->id && (!held.person || held.person == dropped->person))
		*successor = held.id;
	plan_clear(&held);
	return TRUE;
}

static gboolean fail_dropped(State *state, const Plan *plan, GError **error)
{
	gint64 successor;

	if (!find_successor(state, plan, &successor, error))
		return FALSE;
	if (!successor)
		return error_set(error, ERROR_CONFIG,
				 "plan %" G_GINT64_FORMAT " is not held any more, because %s",
				 plan->id, plan->why);
	return error_set(error, ERROR_CONFIG,
			 "plan %" G_GINT64_FORMAT " was replaced by plan %" G_GINT64_FORMAT
			 ", because %s\nsee it with 'dirbridge plan', release it with 'dirbridge "
			 "approve %" G_GINT64_FORMAT "'",
			 plan->id, successor, plan->why, successor);
}

/* The plan of that number is not held: why. Always FALSE. */
static gboolean fail_not_held(State *state, gint64 wanted, GError **error)
{
	Plan plan = { 0 };

	if (!plan_load(state, wanted, &plan, error))
		return FALSE;
	if (!plan.id)
		error_set(error, ERROR_CONFIG, "there is no plan %" G_GINT64_FORMAT, wanted);
	else if (plan.status == PLAN_DROPPED)
		fail_dropped(state, &plan, error);
	else if (plan.status == PLAN_APPROVED)
		error_set(error, ERROR_CONFIG,
			  "plan %" G_GINT64_FORMAT " is approved already; the next sync sends it",
			  wanted);
	else
		error_set(error, ERROR_CONFIG, "plan %" G_GINT64_FORMAT " is not held", wanted);
	plan_clear(&plan);
	return FALSE;
}

/* The plan that is meant, with its app's index. */
static gboolean find_plan(const Config *config, State *state, gint64 wanted, Plan *plan, guint *app,
			  GError **error)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(gint64));

	for (guint i = 0; i < config->apps->len; i++) {
		guint before = found->len;

		if (!look_at(state, g_ptr_array_index(config->apps, i), wanted, found, error))
			return FALSE;
		if (found->len > before)
			*app = i;
	}
	if (found->len == 1)
		return plan_load(state, g_array_index(found, gint64, 0), plan, error);
	if (found->len > 1)
		return error_set(error, ERROR_CONFIG,
				 "several plans are held\nname one: 'dirbridge status' lists them");
	if (wanted)
		return fail_not_held(state, wanted, error);
	return error_set(error, ERROR_CONFIG, "no plan is held");
}

static gboolean mark(State *state, const Plan *plan, const AppConfig *config, const GArray *ops,
		     json_t *document, GError **error)
{
	AppRow row = { 0 };
	AuditRow audit = {
		.app = plan->app,
		.at_us = clock_now_us(),
		.event = "approved",
		.detail = document,
	};
	gboolean ok = plan_approve(state, plan->id, ops, error) &&
		      app_row_get(state, config->name, &row, error);

	/* Whoever has seen one person's first plan has not seen everybody's. */
	row.released |= ops == NULL && !plan->person;
	ok = ok && app_row_put(state, &row, error) && audit_add(state, &audit, error);
	app_row_clear(&row);
	return ok;
}

static gboolean store(State *state, const Plan *plan, const AppConfig *config, const GArray *ops,
		      json_t *document, GError **error)
{
	if (!state_begin(state, error))
		return FALSE;
	if (!mark(state, plan, config, ops, document, error)) {
		state_rollback(state);
		return FALSE;
	}
	crash_point("approval written, not committed");
	if (!state_commit(state, error))
		return FALSE;
	crash_point("approval durable");
	return TRUE;
}

static gint64 ops_in(const Plan *plan)
{
	guint64 sum = 0;

	for (int kind = 0; kind < OP_KINDS; kind++)
		sum += plan->counts[kind];
	return (gint64)sum;
}

json_t *approve_plan(const Config *config, State *state, gint64 plan_id, const GArray *ops,
		     GError **error)
{
	Plan plan = { 0 };
	guint app = 0;
	json_t *document;
	const AppConfig *app_config;

	if (!find_plan(config, state, plan_id, &plan, &app, error))
		return NULL;
	app_config = g_ptr_array_index(config->apps, app);
	document = json_pack("{s:I, s:s, s:I}", "plan", (json_int_t)plan.id, "app",
			     app_config->name, "ops", (json_int_t)(ops ? ops->len : ops_in(&plan)));
	if (!store(state, &plan, app_config, ops, document, error))
		g_clear_pointer(&document, json_decref);
	plan_clear(&plan);
	return document;
}
