/*
 * Cycle: the description of the product, as a program.
 *
 *	1. Every source tells what changed in its directory; that becomes the view.
 *	2. For everybody who was touched, by that or by time (an account ends at its moment), the
 *	   rules say which apps they have, and why.
 *	3. For every app, on its own, what should be there is compared with what is; a plan is made,
 *	   a guard looks at it, and it is carried out, leavers first (round.c).
 *
 * A plan of a hundred thousand accounts takes hours, and who leaves meanwhile must not wait so
 * long, at this app or at the next. So each app has its slice of time in turn, those with little to
 * do first; when some were cut short, all begins again at 1., with what was not sent yet: in one
 * run with one result, or, for the service, in another run at once, between which it hears signals
 * and other commands get their turn.
 *
 * A source that fails leaves the view as it was, an app that fails leaves the others alone, and a
 * person who cannot be handled is parked while everybody else goes on. Only our own state failing
 * stops everything.
 *
 * The rehearsal ('dirbridge plan') is the same pass with the app's writes cut off, up to the guard,
 * and then forgotten.
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
#include "quarantine_internal.h"
#include "round_internal.h"
#include "state/history.h"
#include "state/view.h"
#include "unmanaged_internal.h"

#define EXIT_CONFIG 2 /* of a run that was called with what does not exist; see dirbridge(1) */

typedef struct {
	Run run;
	const CycleOptions *options;
	GPtrArray *apps; /* AppRun */
	gint64 only;     /* entry of options->user; 0: all */
	gboolean news;   /* the last pull touched somebody */
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
	g_autoptr(GArray) touched = g_array_new(FALSE, FALSE, sizeof(gint64));

	self->run.pulling_us = clock_monotonic_us();
	if (!touch_due(self, error))
		return FALSE;
	for (guint i = 0; i < sources->len; i++) {
		if (!pull_source(&self->run, g_ptr_array_index(sources, i), error))
			return FALSE;
		crash_point("source pulled");
	}
	if (!view_touched(self->run.state, 0, 1, touched, error) ||
	    !assign_touched(&self->run, error))
		return FALSE;
	self->news = touched->len > 0;
	crash_point("assignments made");
	return TRUE;
}

/* The same between two slices of a run; the result tells of all pulls as of one. */
static gboolean pull_again(Cycle *self, GError **error)
{
	g_autoptr(Result) more = result_new();
	Result *result = self->run.result;
	gboolean ok;

	self->run.now_us = clock_now_us();
	self->run.result = more;
	ok = pull_and_assign(self, error);
	self->run.result = result;
	result_add_sources(result, more);
	return ok;
}

/* ---- 3. ---- */

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
	app->tried &= !error_is(*problem, ERROR_CONFIG);
	if (!app->result->problem)
		app->result->problem = g_strdup((*problem)->message);
	g_clear_error(problem);
	return TRUE;
}

static gboolean rehearse_app(Cycle *self, AppRun *app, GError **error)
{
	gint64 plan = 0;
	g_autofree char *rest = quarantine_words(app->config, &app->row, self->run.now_us);

	if (rest)
		g_ptr_array_add(app->result->notes, g_steal_pointer(&rest));
	return round_rehearse(app, &plan, error) &&
	       self->show(self->run.state, app->config, app->row.id, plan, app->result, self->data,
			  error);
}

/* The row may have been written by others since the last slice: assign.c notes new rules in it. */
static gboolean refresh_row(AppRun *app, GError **error)
{
	AppRow row = { 0 };

	if (!app_row_get(app->run->state, app->config->name, &row, error))
		return FALSE;
	if (!app->row.id) {
		app->row = row;
		quarantine_begin(app);
		return TRUE;
	}
	g_free(app->row.rules_digest);
	app->row.rules_digest = g_steal_pointer(&row.rules_digest);
	app_row_clear(&row);
	return TRUE;
}

static gboolean usable_app(Cycle *self, AppRun *app, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (!refresh_row(app, error) || !round_begin_slice(app, self->news, error) ||
	    !connect_check_target(app, error) || (!app->seen && !push_note_rules(app, error)))
		return FALSE;
	app->seen = TRUE;
	if (app->result->problem)
		return connect_note_rest(app, error);
	if (self->rehearsal)
		rehearse_app(self, app, &problem);
	else
		round_sync(app, &problem);
	return contain(app, &problem, error) && connect_note_rest(app, error);
}

static gboolean work_on_app(Cycle *self, AppRun *app, const char *unusable, GError **error)
{
	gboolean ok = TRUE;

	log_set_context("app", app->config->name);
	if (unusable) {
		log_info("%s", unusable);
		app->cut = FALSE;
		app->result->problem = g_strdup(unusable);
	} else {
		ok = usable_app(self, app, error);
	}
	log_set_context("app", NULL);
	return ok;
}

typedef struct {
	AppRun *app;
	guint64 work;
} Turn;

static gint less_work_first(gconstpointer a, gconstpointer b)
{
	const Turn *one = a, *other = b;

	return one->work < other->work ? -1 : one->work > other->work;
}

/*
 * Who has a single leaver to send does not wait for who has a hundred thousand newcomers. The
 * rehearsal, where nobody waits, keeps the order of the config.
 */
static gboolean order_apps(Cycle *self, GArray *turns, GError **error)
{
	for (guint i = 0; i < self->apps->len; i++) {
		Turn turn = { .app = g_ptr_array_index(self->apps, i) };
		guint64 parked;
		AppRow row = { 0 };
		gboolean ok = app_row_get(self->run.state, turn.app->config->name, &row, error) &&
			      work_count(self->run.state, row.id, &turn.work, &parked, error);

		app_row_clear(&row);
		if (!ok)
			return FALSE;
		g_array_append_val(turns, turn);
	}
	if (!self->rehearsal)
		g_array_sort(turns, less_work_first);
	return TRUE;
}

/*
 * One slice of each app that has not had all; and of those that had, once somebody may have left
 * meanwhile.
 */
static gboolean work_on_apps(Cycle *self, gboolean *cut, GError **error)
{
	const GPtrArray *configs = self->run.config->apps;
	g_autoptr(GPtrArray) unusable = connect_unusable_apps(&self->run, error);
	g_autoptr(GArray) turns = g_array_new(FALSE, FALSE, sizeof(Turn));

	*cut = FALSE;
	if (!unusable || !order_apps(self, turns, error))
		return FALSE;
	for (guint i = 0; i < turns->len; i++) {
		AppRun *app = g_array_index(turns, Turn, i).app;
		guint index;

		if (!app->cut && (!self->news || app->result->problem))
			continue;
		if (!app->cut)
			app->rounds = 0;
		g_ptr_array_find((GPtrArray *)configs, app->config, &index);
		if (!work_on_app(self, app, g_ptr_array_index(unusable, index), error))
			return FALSE;
		*cut |= app->cut;
	}
	return TRUE;
}

static void app_free(AppRun *app)
{
	connect_close(app);
	g_free(app);
}

static void begin_apps(Cycle *self)
{
	const GPtrArray *configs = self->run.config->apps;

	for (guint i = 0; i < configs->len; i++) {
		const AppConfig *config = g_ptr_array_index(configs, i);
		AppRun *app;

		if (self->options->app && g_strcmp0(config->name, self->options->app) != 0)
			continue;
		app = g_new0(AppRun, 1);
		app->run = &self->run;
		app->config = config;
		app->only = self->only;
		app->by_hand = self->options->app != NULL;
		app->result = result_add_app(self->run.result, config->name);
		app->cut = TRUE;
		g_ptr_array_add(self->apps, app);
	}
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

static gboolean leave_rest(Cycle *self, gboolean cut, GError **error)
{
	self->run.result->unfinished = cut;
	for (guint i = 0; cut && i < self->apps->len; i++)
		if (!round_leave(g_ptr_array_index(self->apps, i), error))
			return FALSE;
	return TRUE;
}

static gboolean pass(Cycle *self, GError **error)
{
	gboolean cut;

	if (!pull_and_assign(self, error) || !find_only(self, error))
		return FALSE;
	begin_apps(self);
	if (!work_on_apps(self, &cut, error))
		return FALSE;
	while (cut && !self->options->one_slice)
		if (!pull_again(self, error) || !work_on_apps(self, &cut, error))
			return FALSE;
	return leave_rest(self, cut, error) && unmanaged_note(&self->run, error);
}

static gboolean note_due(Cycle *self, GError **error)
{
	return due_next(self->run.config, self->run.state, self->run.now_us,
			&self->run.result->due_us, error);
}

/* How it went is stored with what comes of it: which apps rest from now on. */
static gboolean end_inside(Cycle *self, const GError *problem, GError **error)
{
	Result *result = self->run.result;
	g_autoptr(json_t) document = NULL;

	for (guint i = 0; i < self->apps->len; i++)
		if (!quarantine_end(g_ptr_array_index(self->apps, i), error))
			return FALSE;
	if (!note_due(self, error))
		return FALSE;
	document = result_json(result);
	return run_end(self->run.state, self->run.id,
		       problem ? EXIT_CONFIG : result_exit_code(result), document, clock_now_us(),
		       error);
}

static gboolean end(Cycle *self, const GError *problem, GError **error)
{
	if (!state_begin(self->run.state, error))
		return FALSE;
	if (end_inside(self, problem, error))
		return state_commit(self->run.state, error);
	state_rollback(self->run.state);
	return FALSE;
}

static gboolean check_options(const Config *config, const CycleOptions *options, GError **error)
{
	if (!options->app || config_app(config, options->app))
		return TRUE;
	return config_no_app(config, options->app, error);
}

gboolean cycle_sync(const Config *config, State *state, const CycleOptions *options, Result *result,
		    GError **error)
{
	g_autoptr(GPtrArray) apps = g_ptr_array_new_with_free_func((GDestroyNotify)app_free);
	Cycle self = {
		.run = { .config = config,
			 .state = state,
			 .now_us = clock_now_us(),
			 .result = result },
		.options = options,
		.apps = apps,
	};
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
	if (!end(&self, problem, error))
		return FALSE;
	if (!problem)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&problem));
	return FALSE;
}

gboolean cycle_plan(const Config *config, State *state, const CycleOptions *options,
		    CyclePlanFn show, void *data, Result *result, GError **error)
{
	g_autoptr(GPtrArray) apps = g_ptr_array_new_with_free_func((GDestroyNotify)app_free);
	Cycle self = {
		.run = { .config = config,
			 .state = state,
			 .now_us = clock_now_us(),
			 .result = result },
		.options = options,
		.apps = apps,
		.rehearsal = TRUE,
		.show = show,
		.data = data,
	};
	gboolean ok;

	if (!check_options(config, options, error) || !pull_check_sources(config, state, error) ||
	    !state_begin(state, error))
		return FALSE;
	ok = run_begin(state, "plan", self.run.now_us, &self.run.id, error) && pass(&self, error) &&
	     note_due(&self, error);
	state_rollback(state);
	return ok;
}
