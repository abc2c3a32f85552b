/*
 * Take: which ops of a plan go out next, and their intents.
 *
 * In the order of the plan. An op behind another one of the same person is left for the second
 * pass, and dropped there if the first did not end well.
 */
#include "base/error.h"
#include "exec_internal.h"

/* Did the op that this one waits for end well? */
static gboolean first_done(const Exec *self, const Op *op, gboolean *done, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*done = FALSE;
	if (!plan_ops_of(self->app->run->state, op->app, op->entry, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++) {
		const Op *other = g_ptr_array_index(ops, i);

		*done |= other->id == op->after && other->state == OP_DONE;
	}
	return TRUE;
}

/* May the op go out in this pass? One whose predecessor failed is dropped. */
static gboolean may_go(Exec *self, Op *op, gboolean *go, GError **error)
{
	*go = !op->after;
	if (*go || !self->second_pass)
		return TRUE;
	if (!first_done(self, op, go, error))
		return FALSE;
	return *go || op_move(self->app->run->state, op, OP_DROPPED, 0, "the op before it failed",
			      self->app->run->now_us, error);
}

/*
 * The form in which the op goes out. One whose form cannot be made is dropped, its object parked.
 */
static gboolean make_form(Exec *self, Flight *flight, gboolean *go, GError **error)
{
	State *state = self->app->run->state;
	Op *op = flight->op;
	g_autoptr(GError) problem = NULL;

	if (!*go || wire_form(&self->wire, op, &flight->form, &problem))
		return TRUE;
	*go = FALSE;
	if (!error_is(problem, ERROR_OBJECT) && !error_is(problem, ERROR_RETRY)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	return park_entry(self->app, op->entry,
			  &(Parking){ ERROR_OBJECT, problem->message, NULL, 0, PARK_MAPPING },
			  error) &&
	       op_move(state, op, OP_DROPPED, 0, problem->message, self->app->run->now_us, error);
}

gboolean exec_take(Exec *self, guint limit, GPtrArray *flights, GError **error)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	gboolean ok = plan_ops(self->app->run->state, self->plan, OP_PLANNED, &self->last, limit,
			       ops, error);

	/* Fewer than asked for may also mean members, and those are not of this pass. */
	self->exhausted = ops->len < limit;
	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);
		Flight *flight = g_new0(Flight, 1);
		gboolean go = FALSE, within = op->kind <= self->until;

		flight->op = op;
		self->exhausted |= !within;
		self->last = (Op){ .id = op->id, .kind = op->kind };
		ok = ok && (!within ||
			    (may_go(self, op, &go, error) && make_form(self, flight, &go, error)));
		if (ok && go)
			ok = op_move(self->app->run->state, op, OP_INTENT, 0, NULL,
				     self->app->run->now_us, error);
		g_hash_table_add(self->flights, flight);
		if (go)
			g_ptr_array_add(flights, flight);
		else
			g_hash_table_remove(self->flights, flight);
	}
	return ok;
}

gboolean exec_take_members(Exec *self, guint limit, GPtrArray *flights, GError **error)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	Run *run = self->app->run;
	gboolean left = TRUE,
		 ok = push_take(self->lanes, self->second_pass, limit, ops, &left, error);

	self->exhausted = !left;
	for (guint i = 0; i < ops->len; i++) {
		Flight *flight = g_new0(Flight, 1);

		flight->op = g_ptr_array_index(ops, i);
		g_hash_table_add(self->flights, flight);
		g_ptr_array_add(flights, flight);
		ok = ok && op_move(run->state, flight->op, OP_INTENT, 0, NULL, run->now_us, error);
	}
	return ok;
}
