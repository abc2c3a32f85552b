/*
 * Round: one app's share of a pass.
 */
#pragma once
#include "run_internal.h"

/*
 * Brings the app into step, as far as one slice of time goes. app->cut TRUE: something is left, for
 * another call after the sources were pulled again.
 */
gboolean round_sync(AppRun *app, GError **error);

/* The same up to the guard, with nothing sent. *plan 0: nothing would be. */
gboolean round_rehearse(AppRun *app, gint64 *plan, GError **error);

/* Only now are the answers of the last slice old news: nobody goes on with an outdated plan. */
gboolean round_begin_slice(AppRun *app, gboolean news, GError **error);

/* The rest of a plan that was cut short is left for another run. */
gboolean round_leave(AppRun *app, GError **error);
