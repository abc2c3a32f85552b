/*
 * Cycle: one pass over everything, the product in one function; and the same pass as a rehearsal.
 */
#pragma once
#include "run/config.h"
#include "run/result.h"
#include "state/state.h"

typedef struct {
	const char *app;     /* work on this app only; NULL: all */
	const char *user;    /* plan for this person only (DN, anchor, uid, mail, ...); NULL: all */
	const char *command; /* who asks, for the history; NULL: "sync" */
	gboolean one_slice;  /* end after a slice of each app: result.unfinished tells of more */
} CycleOptions;

/*
 * One pass: pull, assign, and for each app plan, guard, execute. What went wrong at a source or an
 * app is in the result and stops nothing else. FALSE only if our own state cannot be trusted or
 * written (FATAL), or the options name nothing that exists (CONFIG).
 */
gboolean cycle_sync(const Config *config, State *state, const CycleOptions *options, Result *result,
		    GError **error);

/*
 * Shown one app's finished plan while it is there: its ops by state/plan.h, what is parked by
 * state/account.h.
 */
typedef gboolean (*CyclePlanFn)(State *state, const AppConfig *app, gint64 app_id, gint64 plan,
				const AppResult *result, void *data, GError **error);

/*
 * The same pass up to the guard, with targets that let no write through, inside a transaction that
 * is rolled back: nothing is sent and nothing is changed.
 */
gboolean cycle_plan(const Config *config, State *state, const CycleOptions *options,
		    CyclePlanFn show, void *data, Result *result, GError **error);
