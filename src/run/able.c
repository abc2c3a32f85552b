/*
 * Able: what the service cannot take is not planned.
 *
 * Some services take an account once and never again, and an administrator can say so of any. An
 * update would be noted as sent then, and be missing for ever. So it is left out of the plan, the
 * shadow stays what the account has, and the person leaves the work: there is nothing to wait for.
 * When the settings that say how the service is spoken to change (AppConfig.manner), everybody is
 * looked at again, and what is still missing is found.
 *
 * A service that cannot make accounts has those that others made there: who has one is linked, and
 * who has none is parked, because somebody has to make it.
 *
 * Echoes, which stop a value from being sent again, hold for the same time (echo.c).
 *
 * A disable that is not possible stays in the plan, is refused, and its person is parked: a leaver
 * with access must be seen.
 */
#include "base/error.h"
#include "find_internal.h"
#include "run_internal.h"

#define BATCH 500

/* One behind an enable leaves the work with that. */
static gboolean leave_out(AppRun *app, const Op *op, GError **error)
{
	return plan_forget(app->run->state, op->id, error) &&
	       (op->after || work_done(app->run->state, app->row.id, op->entry, error));
}

typedef gboolean (*OpFn)(AppRun *app, const Op *op, GError **error);

/* Calls 'fn', which takes the op out of the plan, for each of a kind. */
static gboolean take_out_all(AppRun *app, gint64 plan, OpKind kind, OpFn fn, guint64 *count,
			     GError **error)
{
	Op last = { .kind = kind };

	for (;;) {
		g_autoptr(GPtrArray) ops = op_array_new();

		if (!plan_ops_of_kind(app->run->state, plan, &last, 0, BATCH, ops, error))
			return FALSE;
		if (ops->len == 0)
			return TRUE;
		for (guint i = 0; i < ops->len; i++) {
			const Op *op = g_ptr_array_index(ops, i);

			last.id = op->id;
			if (!fn(app, op, error))
				return FALSE;
		}
		*count += ops->len;
	}
}

static void tell(AppRun *app, guint64 count)
{
	const char *why = app->target->ops->meaning
				  ? app->target->ops->meaning(app->target, TARGET_UPDATE)
				  : NULL;

	if (count)
		note_once(app, "update",
			  "accounts that differ from the directory stay as they are "
			  "(%" G_GUINT64_FORMAT "): %s",
			  count, why ? why : "the service takes no changes of accounts");
}

gboolean able_takes_updates(const AppRun *app)
{
	return (app->target->caps & TARGET_CAN_UPDATE) != 0;
}

gboolean able_trim_plan(AppRun *app, gint64 plan, GError **error)
{
	State *state = app->run->state;
	guint64 count = 0;

	if (able_takes_updates(app))
		return TRUE;
	if (!state_begin(state, error))
		return FALSE;
	if (!take_out_all(app, plan, OP_UPDATE, leave_out, &count, error)) {
		state_rollback(state);
		return FALSE;
	}
	tell(app, count);
	return state_commit(state, error);
}

/* ---- creates ---- */

static gboolean park_create(AppRun *app, const Op *op, GError **error)
{
	const char *words = app->target->ops->meaning
				    ? app->target->ops->meaning(app->target, TARGET_CREATE)
				    : NULL;
	const char *remedy = find_is_possible(app->target)
				     ? "make the account there by hand; it is then adopted"
				     : "an account that is made there by hand is not known either: "
				       "accounts can neither be looked up nor listed";
	g_autofree char *why =
		g_strdup_printf("%s\n%s",
				words ? words : "accounts cannot be made at this application by us",
				remedy);

	return park_instead(app, op->plan, op->entry,
			    &(Parking){ ERROR_OBJECT, why, NULL, 0, PARK_REFUSED }, error);
}

gboolean able_trim_creates(AppRun *app, gint64 plan, GError **error)
{
	State *state = app->run->state;
	guint64 count = 0;

	if (app->target->caps & TARGET_CAN_CREATE)
		return TRUE;
	if (!state_begin(state, error))
		return FALSE;
	if (take_out_all(app, plan, OP_CREATE, park_create, &count, error))
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}
