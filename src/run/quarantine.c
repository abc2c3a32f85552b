/*
 * Quarantine: an app that failed as a whole is left alone for a while, but for its leavers.
 *
 *	a run failed as a whole:                     trouble_kind
 *	  it cannot be reached, or refuses us          down
 *	  it refused most requests                     refusing
 *	  it gave no usable answer, 20 times running   failing
 *	  it asks for more time than a run may wait    away
 *
 *	failures in a row   1      2      3      4       5       6       7    8    9    10   11...
 *	pause               none   2 min  5 min  10 min  20 min  40 min  1 h  2 h  4 h  8 h  12 h
 *
 * One failure may be a restart, so the next run tries again. Who says when to come again is
 * believed at once, up to the longest rest. From the second failure on the app rests, or as said:
 * runs come and go, its people wait in the work, and nobody of them is parked for what is not his
 * fault. Only leavers are disabled with every run, because a leaver with access is worse than a
 * service that is asked once too often. An app that was unreachable and disables somebody is back,
 * and all is sent. One that refused everything, answered nonsense or named a time goes on resting:
 * that it takes a disable says little about the rest.
 *
 * What ends a rest: its end; a run in which the app could be worked with; another setting of the
 * app in the config; and 'sync --app', because a human who names it wants to know now.
 *
 * Trying leavers while the app rests counts as no failure, else each leaver would make it longer.
 */
#include <string.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "quarantine_internal.h"

#define IN_VAIN_MOST 20 /* calls in a row without one usable answer */
#define JITTER 0.1      /* of a pause: services that failed together do not come back together */

static const char *const kind_names[] = {
	[TROUBLE_NONE] = NULL,         [TROUBLE_DOWN] = "down", [TROUBLE_REFUSING] = "refusing",
	[TROUBLE_FAILING] = "failing", [TROUBLE_AWAY] = "away",
};

/* Until when the app wants to be left alone, by its own word; 0: it did not say. */
static gint64 away_until_us(const AppRun *app)
{
	return MAX(app->away_until_us, app->target ? app->target->away_until_us : 0);
}

/* What was asked for is not shortened. */
static gint64 pause_us(const AppConfig *config, guint failures, gint64 asked_us)
{
	static const gint64 minutes[] = { 0, 0, 2, 5, 10, 20, 40, 60, 120, 240, 480, 720 };
	gint64 pause = minutes[MIN(failures, G_N_ELEMENTS(minutes) - 1)] * CLOCK_MINUTE;

	pause = MIN(pause, config->max_rest_us);
	pause -= (gint64)((double)pause * JITTER * g_random_double());
	return MAX(pause, MIN(asked_us, config->max_rest_us));
}

void quarantine_begin(AppRun *app)
{
	const AppRow *row = &app->row;

	app->rests = row->rests_until_us > app->run->now_us && !app->by_hand &&
		     app->config->max_rest_us > 0 &&
		     g_strcmp0(row->tried_with, app->config->settings) == 0;
	app->was_down = g_strcmp0(row->trouble_kind, kind_names[TROUBLE_DOWN]) == 0;
}

/* ---- what is heard of an app ---- */

/* An answer says something of the request, or of nothing but the service. */
static gboolean is_usable(TargetOutcome outcome, int status)
{
	switch (outcome) {
	case TARGET_UNKNOWN:
	case TARGET_LATER:
		return FALSE;
	case TARGET_REJECTED:
		return status >= 400 && status < 500;
	default:
		return TRUE;
	}
}

/* A request that was refused before it was sent says nothing either way. */
static gboolean says_nothing(TargetOutcome outcome, int status)
{
	return outcome == TARGET_DOWN || (outcome == TARGET_REJECTED && status == 0);
}

static char *words_for(int status, const char *detail)
{
	const char *why = detail ? detail : "no reason was given";

	if (status >= 300)
		return g_strdup_printf("the application answers %d to everything: %s", status, why);
	return g_strdup_printf("the application gives no usable answer to anything: %s", why);
}

const char *quarantine_heard(AppRun *app, TargetOutcome outcome, int status, const char *detail)
{
	if (app->hopeless || says_nothing(outcome, status))
		return app->hopeless;
	if (outcome == TARGET_LATER && away_until_us(app) > clock_now_us()) {
		app->away_until_us = away_until_us(app);
		app->hopeless = g_strdup(detail ? detail : "the application asks to wait");
		app->trouble = TROUBLE_AWAY;
		return app->hopeless;
	}
	if (is_usable(outcome, status)) {
		app->in_vain = 0;
		app->answers = TRUE;
		return NULL;
	}
	if (++app->in_vain < IN_VAIN_MOST)
		return NULL;
	app->hopeless = words_for(status, detail);
	app->trouble = TROUBLE_FAILING;
	return app->hopeless;
}

/* ---- how a run went ---- */

char *quarantine_words(const AppConfig *config, const AppRow *row, gint64 now_us)
{
	const char *trouble = row->trouble ? row->trouble : "it failed";
	gsize first_line = strcspn(trouble, "\n");
	g_autofree char *until = NULL, *since = NULL;

	if (row->rests_until_us <= now_us || config->max_rest_us == 0 ||
	    g_strcmp0(row->tried_with, config->settings) != 0)
		return NULL;
	until = timefmt_rfc3339(row->rests_until_us);
	since = timefmt_rfc3339(row->failing_since_us);
	return g_strdup_printf("rests until %s after %u failure%s since %s: %.*s\n'dirbridge sync "
			       "--app %s' tries at once; leavers are disabled all the same%s",
			       until, row->failures, row->failures == 1 ? "" : "s", since,
			       (int)first_line, trouble, config->name, trouble + first_line);
}

static void clear_troubles(AppRow *row)
{
	row->failures = 0;
	row->failing_since_us = 0;
	row->rests_until_us = 0;
	g_clear_pointer(&row->trouble, g_free);
	g_clear_pointer(&row->trouble_kind, g_free);
	g_clear_pointer(&row->tried_with, g_free);
}

static void note_failure(AppRun *app)
{
	AppRow *row = &app->row;
	gint64 now = clock_now_us(), pause;

	row->failures++;
	if (!row->failing_since_us)
		row->failing_since_us = app->run->now_us;
	pause = pause_us(app->config, row->failures, MAX(away_until_us(app) - now, 0));
	row->rests_until_us = pause ? now + pause : 0;
	g_free(row->trouble);
	row->trouble = g_strdup(app->result->problem);
	g_free(row->trouble_kind);
	row->trouble_kind = g_strdup(kind_names[app->trouble]);
	g_free(row->tried_with);
	row->tried_with = g_strdup(app->config->settings);
}

static void replace_problem(AppRun *app, char *words)
{
	g_free(app->result->problem);
	app->result->problem = words;
}

/* What became of the leavers who were tried although it rests; NULL: nothing to be told. */
static char *words_of_leavers(const AppRun *app)
{
	const AppResult *result = app->result;
	const char *problem = result->problem;

	if (problem && g_strcmp0(problem, app->row.trouble) == 0)
		return g_strdup("leavers could not be disabled now, for the same reason");
	if (problem)
		return g_strconcat("leavers could not be disabled now: ", problem, NULL);
	if (!result->held && result->planned[OP_DISABLE] > result->done[OP_DISABLE])
		return g_strdup("leavers could not be disabled now: their requests had no usable "
				"answer");
	return NULL;
}

/* The row is as it was before; what became of the leavers is said beneath. */
static void tell_rest(AppRun *app)
{
	g_autofree char *leavers = words_of_leavers(app);
	char *words = quarantine_words(app->config, &app->row, app->run->now_us);

	if (words && leavers) {
		g_autofree char *rest = words;

		words = g_strconcat(rest, "\n", leavers, NULL);
	}
	if (words)
		replace_problem(app, words);
}

static void tell_failure(AppRun *app)
{
	g_autofree char *until = app->row.rests_until_us ? timefmt_rfc3339(app->row.rests_until_us)
							 : NULL;

	if (until)
		replace_problem(app,
				g_strdup_printf("%s\nit rests until %s, but for leavers; 'dirbridge"
						" sync --app %s' tries at once",
						app->result->problem, until, app->config->name));
}

/* Who asked with the last answer, or while something was read, has failed all the same. */
static void notice_absence(AppRun *app)
{
	gint64 until = away_until_us(app);
	g_autofree char *when = NULL;

	if (until <= clock_now_us())
		return;
	if (!app->trouble)
		app->trouble = TROUBLE_AWAY;
	if (app->result->problem)
		return;
	when = timefmt_rfc3339(until);
	app->result->problem = g_strdup_printf("the application asks to be left alone until %s",
					       when);
}

gboolean quarantine_end(AppRun *app, GError **error)
{
	app->result->rests = app->rests;
	if (app->rests) {
		tell_rest(app);
		return TRUE;
	}
	if (!app->tried)
		return TRUE;
	notice_absence(app);
	if (app->result->problem) {
		if (!app->trouble)
			app->trouble = TROUBLE_DOWN;
		note_failure(app);
		tell_failure(app);
		return app_row_put(app->run->state, &app->row, error);
	}
	if (app->row.failures == 0)
		return TRUE;
	clear_troubles(&app->row);
	return app_row_put(app->run->state, &app->row, error);
}
