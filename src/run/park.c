/*
 * Park: an object that cannot be handled is put aside with the reason, and the others go on.
 *
 * There are two kinds. Where planning itself failed (a mapping, a rival) nothing was sent: it costs
 * nothing to work it out anew in every run. Where an op was refused, the same op is not sent again
 * until a pause is over that doubles with each failure; an op that differs, because the person or
 * the config changed, is sent at once. The digest tells the same from another.
 */
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
