/*
 * Due: the next moment at which a pass has something to do although the directory did not change:
 *
 *	an account ends, or begins, by itself       the view knows (view_due_next())
 *	delete_after is over for an account that    counted from when we disabled it
 *	  we disabled
 *
 * Parked people are not among them: that they are tried again is our affair, and not a change that
 * an administrator waits for.
 */
#include "due_internal.h"
#include "state/account.h"
#include "state/view.h"

static gboolean next_deletion(const AppConfig *app, State *state, gint64 now_us, gint64 *at_us,
			      GError **error)
{
	gint64 after = app->policy.delete_after_us, disabled;
	AppRow row = { 0 };
	gboolean ok;

	*at_us = 0;
	if (!after)
		return TRUE;
	ok = app_row_get(state, app->name, &row, error) &&
	     link_disabled_next(state, row.id, now_us - after, &disabled, error);
	app_row_clear(&row);
	if (ok && disabled)
		*at_us = disabled + after;
	return ok;
}

gboolean due_next(const Config *config, State *state, gint64 now_us, gint64 *at_us, GError **error)
{
	gint64 soonest;

	if (!view_due_next(state, &soonest, error))
		return FALSE;
	for (guint i = 0; i < config->apps->len; i++) {
		gint64 at;

		if (!next_deletion(g_ptr_array_index(config->apps, i), state, now_us, &at, error))
			return FALSE;
		if (at && (!soonest || at < soonest))
			soonest = at;
	}
	*at_us = soonest;
	return TRUE;
}
