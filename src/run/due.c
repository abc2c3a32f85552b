/*
 * Due: the next moment at which a pass has something to do although the directory did not change:
 *
 *	an account ends, or begins, by itself       the view knows (view_due_next())
 *	delete_after is over for an account that    counted from when we disabled it
 *	  we disabled
 *	an app has rested long enough               its people wait
 *
 * Parked people are not among them: that they are tried again is our affair, and not a change that
 * an administrator waits for.
 */
#include "due_internal.h"
#include "state/account.h"
#include "state/view.h"

static void sooner(gint64 *soonest, gint64 at_us)
{
	if (at_us && (!*soonest || at_us < *soonest))
		*soonest = at_us;
}

/* What happens at an app by itself, and first. */
static gboolean next_of_app(const AppConfig *app, State *state, gint64 now_us, gint64 *soonest,
			    GError **error)
{
	gint64 after = app->policy.delete_after_us, disabled = 0;
	AppRow row = { 0 };
	gboolean ok;

	ok = app_row_get(state, app->name, &row, error) &&
	     (!after || link_disabled_next(state, row.id, now_us - after, &disabled, error));
	if (ok && row.rests_until_us > now_us)
		sooner(soonest, row.rests_until_us);
	if (ok && disabled)
		sooner(soonest, disabled + after);
	app_row_clear(&row);
	return ok;
}

gboolean due_next(const Config *config, State *state, gint64 now_us, gint64 *at_us, GError **error)
{
	gint64 soonest;

	if (!view_due_next(state, &soonest, error))
		return FALSE;
	for (guint i = 0; i < config->apps->len; i++) {
		if (!next_of_app(g_ptr_array_index(config->apps, i), state, now_us, &soonest,
				 error))
			return FALSE;
	}
	*at_us = soonest;
	return TRUE;
}
