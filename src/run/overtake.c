/*
 * Overtake: a leaver does not wait until somebody knows what became of the last request.
 *
 * While an update or an enable has no answer and the account cannot be read, nothing more is sent
 * for its person; a service that refuses to show accounts would keep a leaver's access open for
 * good. What takes the account away is therefore sent all the same: whatever became of the older
 * request, it was before.
 *
 *	the later request     an older one that is still open
 *	-----------------     -----------------------------------------------------------
 *	done                  overtaken: nobody will learn what became of it, nor need to
 *	no answer             stays open, unless it is of the same kind: then overtaken
 *	refused               stays open
 *
 * The outcome of one and the end of the other are in one transaction, so a crash leaves both open
 * or neither. An overtaken update may have been carried out or not. The shadow goes on saying what
 * was confirmed, and all that such an update was about is sent again when its person comes back.
 */
#include "overtake_internal.h"

static gboolean is_of_account(const Op *op)
{
	return !op_is_of_group(op->kind) && op->kind != OP_CREATE && op->kind != OP_ADOPT;
}

gboolean overtake_may(const GPtrArray *open)
{
	gboolean may = TRUE;

	for (guint i = 0; i < open->len; i++)
		may &= is_of_account(g_ptr_array_index(open, i));
	return may;
}

void overtake_suppose_enabled(const GPtrArray *open, Link *link)
{
	for (guint i = 0; i < open->len; i++)
		if (((const Op *)g_ptr_array_index(open, i))->kind == OP_ENABLE &&
		    link->state == ACCOUNT_DISABLED)
			link->state = ACCOUNT_ACTIVE;
}

gboolean overtake_give_back(State *state, const GPtrArray *open, GError **error)
{
	for (guint i = 0; i < open->len; i++) {
		const Op *op = g_ptr_array_index(open, i);

		if (op_is_removal(op->kind) && !plan_give_back(state, op->id, error))
			return FALSE;
	}
	return TRUE;
}

gboolean overtake_older(AppRun *app, const Op *op, gboolean done, GError **error)
{
	State *state = app->run->state;
	g_autoptr(GPtrArray) open = op_array_new();

	if (!app->overtakes || (op->kind != OP_DISABLE && op->kind != OP_DELETE))
		return TRUE;
	if (!plan_open_ops_of(state, op->app, op->entry, open, error))
		return FALSE;
	for (guint i = 0; i < open->len; i++) {
		Op *older = g_ptr_array_index(open, i);
		g_autofree char *words = g_strdup_printf("a later %s has made it matter no more",
							 op_kind_name(op->kind));

		if (older->id >= op->id || !is_of_account(older) ||
		    (!done && older->kind != op->kind))
			continue;
		if (!op_move(state, older, OP_OVERTAKEN, older->status, words, app->run->now_us,
			     error))
			return FALSE;
	}
	return TRUE;
}

/* Such that a diff to what is wanted has each path of the change. */
static void doubt_change(json_t *shadow, const json_t *wanted, const json_t *change)
{
	const char *path = json_string_value(json_object_get(change, "path"));
	json_t *value = json_object_get(change, "new");

	if (!path)
		return;
	if (!value)
		value = json_object_get(change, "old");
	if (json_object_get(wanted, path))
		json_object_del(shadow, path);
	else if (value)
		json_object_set(shadow, path, value);
}

json_t *overtake_shadow(State *state, const Link *link, const json_t *wanted, GError **error)
{
	g_autoptr(GPtrArray) doubts = op_array_new();
	json_t *shadow, *change;
	size_t index;

	if (!plan_doubts_of(state, link->app, link->entry, doubts, error))
		return NULL;
	if (doubts->len == 0)
		return json_incref(link->shadow);
	shadow = json_copy(link->shadow);
	for (guint i = 0; i < doubts->len; i++) {
		const Op *doubt = g_ptr_array_index(doubts, i);

		json_array_foreach (doubt->changes, index, change)
			doubt_change(shadow, wanted, change);
	}
	return shadow;
}
