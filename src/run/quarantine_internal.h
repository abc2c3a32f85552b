/*
 * Quarantine: an app that failed as a whole rests, and what that means for a run.
 */
#pragma once
#include "run_internal.h"

/*
 * Begins a run: app->rests is set if it failed before and its pause is not over. One that was named
 * by hand, or whose settings changed since, is tried at once.
 */
void quarantine_begin(AppRun *app);

/*
 * Hears what came of a call. NULL, or once so many in a row came to nothing that nobody needs to be
 * asked further: the sentence that says so (the app's), and app->trouble is set.
 */
const char *quarantine_heard(AppRun *app, TargetOutcome outcome, int status, const char *detail);

/*
 * Ends a run: notes in the app's row how it went, and says in the result until when it rests. To be
 * called within the transaction that ends the run.
 */
gboolean quarantine_end(AppRun *app, GError **error);

/* Why an app rests, and until when. New string; NULL: it does not. */
char *quarantine_words(const AppConfig *config, const AppRow *row, gint64 now_us);
