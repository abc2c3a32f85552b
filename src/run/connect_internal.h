/*
 * Connect: opening an app's target with its decorators, and what is noted in the app's result.
 */
#pragma once
#include "run_internal.h"

/* Opens the target if it is not open. ERROR_DOWN if the app cannot be reached. */
gboolean connect_app(AppRun *app, GError **error);

/* The same with every write cut off. */
gboolean connect_app_readonly(AppRun *app, GError **error);

/* Closes the target, with what is under way. */
void connect_drop(AppRun *app);

/* The same, and frees the row. */
void connect_close(AppRun *app);

/* Copies the plan's number and counts to the result. */
gboolean connect_note_plan(AppRun *app, gint64 plan, GError **error);

/* Counts what is left: parked, waiting, unsettled. */
gboolean connect_note_rest(AppRun *app, GError **error);

/*
 * Compares the target that the config means with the one that the app's links are of, and remembers
 * it at first sight. Another one while there are accounts is a problem of the app (in the result).
 */
gboolean connect_check_target(AppRun *app, GError **error);

/* For each app of the config why it cannot be planned for (char *), or NULL. */
GPtrArray *connect_unusable_apps(Run *run, GError **error);
