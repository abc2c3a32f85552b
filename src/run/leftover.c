/*
 * Leftover: what is still not so after the last round of a run.
 *
 * A request whose fate is unknown is settled by asking, and sent again in the next round if it was
 * not done. An application that answers 500 to one person, or loses each request of one, would be
 * asked for ever; the rounds end it, and whoever still differs then is parked with what was said
 * last, like any other object that cannot be handled: named, with a pause, and tried at once when
 * its input changes.
 */
#include "base/error.h"
#include "base/json.h"
#include "run_internal.h"

#define BATCH 200

/*
 * What the op before this one came to: what was said, and whether it was sent at all. One that was
 * dropped waited for something else that is not so, such as members for their accounts.
 */
static gboolean last_words(AppRun *app, const Op *op, char **words, gboolean *sent, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*sent = TRUE;
	if (!plan_ops_of(app->run->state, op->app, op->entry, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len && !*words; i++) {
		const Op *earlier = g_ptr_array_index(ops, i);

		if (earlier->plan == op->plan)
			continue;
		*words = g_strdup(earlier->error);
		*sent = earlier->state != OP_DROPPED;
	}
	return TRUE;
}

/* What was never sent is no failure: it stays work for the next run. */
static gboolean park(AppRun *app, const Op *op, GError **error)
{
	g_autofree char *words = NULL, *why = NULL;
	gboolean sent;

	if (!last_words(app, op, &words, &sent, error))
		return FALSE;
	if (!sent)
		return plan_forget(app->run->state, op->id, error);
	why = g_strdup_printf("%s did not take effect, however often it was sent: %s",
			      op_kind_name(op->kind), words ? words : "nobody said why");
	return park_entry(app, op->entry,
			  &(Parking){ ERROR_RETRY, why, op->digest, 0, PARK_UNKNOWN }, error) &&
	       plan_forget(app->run->state, op->id, error);
}

static gboolean park_all(AppRun *app, gint64 plan, GError **error)
{
	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (!plan_ops(app->run->state, plan, OP_PLANNED, NULL, BATCH, ops, error))
			return FALSE;
		if (ops->len == 0)
			return plan_end(app->run->state, plan, error);
		for (guint i = 0; i < ops->len; i++)
			if (!park(app, g_ptr_array_index(ops, i), error))
				return FALSE;
	}
}

gboolean leftover_park(AppRun *app, GError **error)
{
	gint64 plan = 0;

	if (!plan_make(app, &plan, error))
		return FALSE;
	if (!plan)
		return TRUE;
	if (!state_begin(app->run->state, error))
		return FALSE;
	if (park_all(app, plan, error))
		return state_commit(app->run->state, error);
	state_rollback(app->run->state);
	return FALSE;
}
