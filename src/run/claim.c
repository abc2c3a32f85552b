/*
 * Claims: a name that one account gives up is free for somebody else.
 *
 * Two people who want one name are never merged: the later one is parked (plan.c). When the account
 * that has the name is renamed or deleted, whoever waits for it is looked at again in the same run,
 * however long its pause still is.
 */
#include "run_internal.h"

#define RIVALS 100 /* so many who wait for one name are a mistake in the mapping */

/* Then somebody may be in step without an account, because this one was theirs (precedence.c). */
static gboolean is_same_person(const AppRun *app)
{
	return app->config->precedence && app->config->precedence->len > 0;
}

static gboolean look_again(AppRun *app, gint64 entry, GError **error)
{
	Run *run = app->run;
	g_autoptr(Work) work = NULL;

	if (!work_find(run->state, app->row.id, entry, &work, error))
		return FALSE;
	if (!work && is_same_person(app))
		return work_add(run->state, app->row.id, entry, run->now_us, error);
	if (!work || !work->retry_at_us)
		return TRUE;
	work->retry_at_us = run->now_us;
	return work_park(run->state, work, error);
}

/* Who asked for it before it was free may have been answered after. */
static void note_freed(AppRun *app, const char *name)
{
	if (!app->freed)
		app->freed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_add(app->freed, g_utf8_casefold(name, -1));
}

gboolean claim_release(AppRun *app, gint64 entry, const json_t *before, const json_t *after,
		       gboolean *wanted, GError **error)
{
	State *state = app->run->state;
	const char *name = json_string_value(before);
	g_autoptr(GArray) rivals = g_array_new(FALSE, FALSE, sizeof(gint64));

	*wanted = FALSE;
	if (!after && !matchkey_put(state, app->row.id, entry, NULL, error))
		return FALSE;
	if (!name || json_equal(before, after))
		return TRUE;
	if (!matchkey_rivals(state, app->row.id, entry, name, RIVALS, rivals, error))
		return FALSE;
	for (guint i = 0; i < rivals->len; i++)
		if (!look_again(app, g_array_index(rivals, gint64, i), error))
			return FALSE;
	*wanted = rivals->len > 0;
	if (*wanted)
		note_freed(app, name);
	return TRUE;
}

gboolean claim_was_freed(AppRun *app, const char *name)
{
	g_autofree char *folded = g_utf8_casefold(name, -1);

	return app->freed && g_hash_table_remove(app->freed, folded);
}
