/*
 * Park: an object that cannot be handled is put aside with the reason, and the others go on.
 *
 * There are three kinds. Where planning itself failed (a mapping, a rival) nothing was sent: it
 * costs nothing to work it out anew in every run. Where an op was refused, the same op is not
 * sent again until a pause is over that doubles with each failure; an op that differs, because
 * the person or the config changed, is sent at once. The digest tells the same from another. And
 * where nobody can tell what became of an op, the next run asks before anything else is done.
 */
#include <string.h>

#include "base/error.h"
#include "core/retry.h"
#include "run_internal.h"

gboolean park_entry(AppRun *app, gint64 entry, const Parking *parking, GError **error)
{
	Run *run = app->run;
	g_autoptr(Work) before = NULL;
	Work work = {
		.app = app->row.id,
		.entry = entry,
		.parked = TRUE,
		.error = (char *)parking->why,
		.error_kind = (char *)error_kind_name(parking->kind),
		.digest = (char *)parking->digest,
		.klass = parking->klass,
		.since_us = run->now_us,
	};

	if (!work_find(run->state, work.app, entry, &before, error))
		return FALSE;
	if (before && before->parked && g_strcmp0(before->digest, parking->digest) == 0) {
		work.since_us = before->since_us;
		work.tries = before->tries + 1;
	}
	if (parking->digest)
		work.retry_at_us = run->now_us +
				   MAX(retry_parked_us(work.tries), parking->asked_us);
	return work_park(run->state, &work, error);
}

/* Is there a later op of the entry whose outcome says more? */
static gboolean is_spoken_for(AppRun *app, const Op *op, gboolean *is, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*is = FALSE;
	if (!plan_ops_of(app->run->state, op->app, op->entry, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *later = g_ptr_array_index(ops, i);

		*is |= later->id > op->id &&
		       (later->state == OP_INTENT || later->state == OP_UNKNOWN ||
			later->state == OP_FAILED);
	}
	return TRUE;
}

gboolean park_open(AppRun *app, const Op *op, const char *why, GError **error)
{
	g_autoptr(Work) before = NULL;
	gboolean spoken;

	if (!work_find(app->run->state, app->row.id, op->entry, &before, error) ||
	    !is_spoken_for(app, op, &spoken, error))
		return FALSE;
	if (before && before->parked &&
	    (spoken || (op->digest && g_strcmp0(before->digest, op->digest) == 0)))
		return TRUE;
	return park_entry(app, op->entry, &(Parking){ ERROR_RETRY, why, NULL, 0, PARK_UNKNOWN },
			  error);
}

/* Such that a shell takes it for one word. New string. */
static char *as_word(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@.+-_=,";

	return text[strspn(text, plain)] ? g_shell_quote(text) : g_strdup(text);
}

gboolean park_for_human(AppRun *app, const Op *op, GError **error)
{
	g_autofree char *name = as_word(app->config->name);
	g_autofree char *user = op->label ? as_word(op->label) : g_strdup("USER");
	g_autofree char *why = g_strdup_printf(
		"it is not known whether the account was made: the create had no usable answer, "
		"and accounts can neither be looked up nor listed at this application\n"
		"look there, and say 'dirbridge approve --app %s --user %s --made ID' with the id "
		"that it has, or --not-made to have it made again; or give the app a way to look "
		"accounts up, and the next sync looks itself",
		name, user);

	return park_entry(app, op->entry, &(Parking){ ERROR_OBJECT, why, NULL, 0, PARK_UNKNOWN },
			  error);
}

gboolean park_forget_ops(AppRun *app, gint64 plan, gint64 entry, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	if (!plan_ops_of(app->run->state, app->row.id, entry, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *op = g_ptr_array_index(ops, i);

		if (op->plan == plan && op->state == OP_PLANNED &&
		    !plan_forget(app->run->state, op->id, error))
			return FALSE;
	}
	return TRUE;
}

gboolean park_instead(AppRun *app, gint64 plan, gint64 entry, const Parking *parking,
		      GError **error)
{
	app->lost_members = TRUE;
	return park_forget_ops(app, plan, entry, error) && park_entry(app, entry, parking, error);
}

/* Who may still have access is tried with every run, unless the service has given its verdict. */
static gboolean is_urgent(const AppRun *app, const Op *op, const Work *work)
{
	return op->kind == OP_DISABLE &&
	       (app->by_hand || work->klass == PARK_WAITING || work->klass == PARK_UNKNOWN);
}

gboolean park_forget_resting(AppRun *app, const Op *op, gboolean *resting, GError **error)
{
	g_autoptr(Work) work = NULL;

	*resting = FALSE;
	if (!work_find(app->run->state, app->row.id, op->entry, &work, error))
		return FALSE;
	if (!work || !work->parked || g_strcmp0(work->digest, op->digest) != 0)
		return TRUE;
	*resting = (!work->retry_at_us || work->retry_at_us > app->run->now_us) &&
		   !is_urgent(app, op, work);
	return !*resting || plan_forget(app->run->state, op->id, error);
}
