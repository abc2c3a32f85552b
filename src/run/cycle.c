/*
 * Cycle: the description of the product, as a program.
 *
 *	1. Every source tells what changed in its directory; that becomes the view.
 *	2. For everybody who was touched, by that or by time (an account ends at its moment), the
 *	   rules say which apps they have, and why.
 *	3. For every app, on its own:
 *	   a. requests whose fate is unknown are settled by asking the app,
 *	   b. what should be there is compared with what we last made true: the plan,
 *	   c. accounts that exist already are adopted instead of created,
 *	   d. the guard refuses a plan that takes away too much; a human then decides,
 *	   e. the plan is carried out, leavers first, each step journalled before it is sent.
 *	   What was learnt on the way may call for another round; then the app is in step.
 *
 * A source that fails leaves the view as it was, an app that fails leaves the others alone, and a
 * person who cannot be handled is parked while everybody else goes on. Only our own state failing
 * stops everything.
 *
 * The rehearsal ('dirbridge plan') is the same pass with the app's writes cut off, up to d, and
 * then forgotten.
 */
#include "run/cycle.h"

#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "connect_internal.h"
#include "due_internal.h"
#include "push_internal.h"
#include "run_internal.h"
#include "state/history.h"
#include "state/view.h"
#include "unmanaged_internal.h"

/* A lost answer costs a round; an app that loses them all must wait for the next run. */
#define ROUNDS 4

#define EXIT_CONFIG 2 /* of a run that was called with what does not exist; see dirbridge(1) */

typedef struct {
	Run run;
	const CycleOptions *options;
	gint64 only; /* entry of options->user; 0: all */
	gboolean rehearsal;
	CyclePlanFn show;
	void *data;
} Cycle;

/* ---- 1. and 2. ---- */

static gboolean touch_due(Cycle *self, GError **error)
{
	State *state = self->run.state;

	if (!state_begin(state, error))
		return FALSE;
	if (view_due_touch(state, self->run.now_us, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}

static gboolean pull_and_assign(Cycle *self, GError **error)
{
	const GPtrArray *sources = self->run.config->sources;

	if (!touch_due(self, error))
		return FALSE;
	for (guint i = 0; i < sources->len; i++) {
		if (!pull_source(&self->run, g_ptr_array_index(sources, i), error))
			return FALSE;
		crash_point("source pulled");
	}
	if (!assign_touched(&self->run, error))
		return FALSE;
	crash_point("assignments made");
	return TRUE;
}

/* ---- 3. ---- */

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
	return !*plan || (connect_app(app, error) && match_existing(app, *plan, error) &&
			  choose_values(app, *plan, error) && push_match(app, *plan, error) &&
			  plan_drop_empty(app, plan, error));
}

/* *held: a human decides. *rest: what nobody approved is left for a plan of its own. */
static gboolean guard(AppRun *app, gint64 *plan, gboolean *held, gboolean *rest, GError **error)
{
	return hold_spare_approved(app, *plan, rest, error) &&
	       connect_note_plan(app, *plan, error) && hold_if_dangerous(app, plan, held, error);
}

static gboolean sync_round(AppRun *app, gboolean *again, GError **error)
{
	gboolean held = FALSE, rest = FALSE;
	gint64 plan = 0;

	*again = FALSE;
	if (!settle_what_is_open(app, error) || app->result->problem)
		return *error == NULL;
	if (!propose(app, &plan, error) || (plan && !guard(app, &plan, &held, &rest, error)))
		return FALSE;
	crash_point("plan made");
	if (!plan || held)
		return TRUE;
	if (!exec_plan(app, plan, again, error))
		return FALSE;
	*again |= (rest || app->looks_again) && !app->result->problem;
	return TRUE;
}

static gboolean sync_app(AppRun *app, GError **error)
{
	gboolean again = TRUE;

	for (int round = 0; again && round < ROUNDS; round++)
		if (!sync_round(app, &again, error))
			return FALSE;
	if (!again)
		return TRUE;
	return settle_what_is_open(app, error) &&
	       (app->result->problem || leftover_park(app, error));
}

/* An app that cannot be asked is a remark in the rehearsal, and no end of it. */
static gboolean rehearse_reading(AppRun *app, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (push_read_due(app, connect_app_readonly, &problem))
		return TRUE;
	if (error_is(problem, ERROR_FATAL)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	g_ptr_array_add(app->result->notes,
			g_strdup_printf("the members of exclusive groups could not be read: %s",
					problem->message));
	return TRUE;
}

/* The rehearsal shows creates as creates when the app cannot be asked for existing accounts. */
static gboolean rehearse_app(Cycle *self, AppRun *app, GError **error)
{
	g_autoptr(GError) unreachable = NULL;
	gboolean held = FALSE;
	gint64 plan = 0;

	if (!rehearse_reading(app, error) || !plan_make(app, &plan, error))
		return FALSE;
	if (plan &&
	    !(connect_app_readonly(app, &unreachable) && match_existing(app, plan, &unreachable) &&
	      choose_values(app, plan, &unreachable) && push_match(app, plan, &unreachable) &&
	      plan_drop_empty(app, &plan, &unreachable))) {
		if (error_is(unreachable, ERROR_FATAL)) {
			g_propagate_error(error, g_steal_pointer(&unreachable));
			return FALSE;
		}
		g_ptr_array_add(
			app->result->notes,
			g_strdup_printf("existing accounts could not be looked for, some creates "
					"may turn out to be adoptions: %s",
					unreachable->message));
	}
	if (plan &&
	    (!connect_note_plan(app, plan, error) || !hold_if_dangerous(app, &plan, &held, error)))
		return FALSE;
	return self->show(app->run->state, app->config, app->row.id, plan, app->result, self->data,
			  error);
}

/* A failure of the app ends in its result; only a failure of the state goes up. */
static gboolean contain(AppRun *app, GError **problem, GError **error)
{
	if (!*problem)
		return TRUE;
	if (error_is(*problem, ERROR_FATAL)) {
		g_propagate_error(error, g_steal_pointer(problem));
		return FALSE;
	}
	log_info("%s", (*problem)->message);
	if (!app->result->problem)
		app->result->problem = g_strdup((*problem)->message);
	g_clear_error(problem);
	return TRUE;
}

static gboolean usable_app(Cycle *self, AppRun *app, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (!app_row_get(self->run.state, app->config->name, &app->row, error) ||
	    !connect_check_target(app, error) || !push_note_rules(app, error))
		return FALSE;
	if (app->result->problem)
		return connect_note_rest(app, error);
	if (self->rehearsal)
		rehearse_app(self, app, &problem);
	else
		sync_app(app, &problem);
	return contain(app, &problem, error) && connect_note_rest(app, error);
}

static gboolean work_on_app(Cycle *self, const AppConfig *config, const char *unusable,
			    GError **error)
{
	AppRun app = { .run = &self->run, .config = config, .only = self->only };
	gboolean ok = TRUE;

	log_set_context("app", config->name);
	app.result = result_add_app(self->run.result, config->name);
	if (unusable) {
		log_info("%s", unusable);
		app.result->problem = g_strdup(unusable);
	} else {
		ok = usable_app(self, &app, error);
	}
	connect_close(&app);
	log_set_context("app", NULL);
	return ok;
}

static gboolean work_on_apps(Cycle *self, GError **error)
{
	const GPtrArray *apps = self->run.config->apps;
	g_autoptr(GPtrArray) unusable = connect_unusable_apps(&self->run, error);

	for (guint i = 0; unusable && i < apps->len; i++) {
		const AppConfig *app = g_ptr_array_index(apps, i);

		if (self->options->app && g_strcmp0(app->name, self->options->app) != 0)
			continue;
		if (!work_on_app(self, app, g_ptr_array_index(unusable, i), error))
			return FALSE;
	}
	return unusable != NULL;
}

/* ---- the whole ---- */

static gboolean find_only(Cycle *self, GError **error)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	if (!self->options->user)
		return TRUE;
	if (!view_search_users(self->run.state, self->options->user, ids, error))
		return FALSE;
	if (ids->len != 1)
		return error_set(error, ERROR_CONFIG, "%s is called '%s'\n%s",
				 ids->len ? "more than one person" : "nobody", self->options->user,
				 ids->len ? "name one by the DN"
					  : "try the DN, the uid or the mail");
	self->only = g_array_index(ids, gint64, 0);
	return TRUE;
}

static gboolean pass(Cycle *self, GError **error)
{
	return pull_and_assign(self, error) && find_only(self, error) &&
	       work_on_apps(self, error) && unmanaged_note(&self->run, error) &&
	       due_next(self->run.config, self->run.state, self->run.now_us,
			&self->run.result->due_us, error);
}

static gboolean check_options(const Config *config, const CycleOptions *options, GError **error)
{
	if (!options->app || config_app(config, options->app))
		return TRUE;
	return error_set(error, ERROR_CONFIG, "the config has no app named '%s'", options->app);
}

gboolean cycle_sync(const Config *config, State *state, const CycleOptions *options, Result *result,
		    GError **error)
{
	Cycle self = {
		.run = { .config = config,
			 .state = state,
			 .now_us = clock_now_us(),
			 .result = result },
		.options = options,
	};
	g_autoptr(json_t) document = NULL;
	g_autoptr(GError) problem = NULL;

	if (!check_options(config, options, error) || !pull_check_sources(config, state, error) ||
	    !run_begin(state, options->command ? options->command : "sync", self.run.now_us,
		       &self.run.id, error))
		return FALSE;
	result->run = self.run.id;
	if (!pass(&self, &problem) && !error_is(problem, ERROR_CONFIG)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE; /* the state is in doubt: the run is left as one that did not end */
	}
	document = result_json(result);
	if (!run_end(state, self.run.id, problem ? EXIT_CONFIG : result_exit_code(result), document,
		     clock_now_us(), error))
		return FALSE;
	if (!problem)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&problem));
	return FALSE;
}

gboolean cycle_plan(const Config *config, State *state, const CycleOptions *options,
		    CyclePlanFn show, void *data, Result *result, GError **error)
{
	Cycle self = {
		.run = { .config = config,
			 .state = state,
			 .now_us = clock_now_us(),
			 .result = result },
		.options = options,
		.rehearsal = TRUE,
		.show = show,
		.data = data,
	};
	gboolean ok;

	if (!check_options(config, options, error) || !pull_check_sources(config, state, error) ||
	    !state_begin(state, error))
		return FALSE;
	ok = run_begin(state, "plan", self.run.now_us, &self.run.id, error) && pass(&self, error);
	state_rollback(state);
	return ok;
}
