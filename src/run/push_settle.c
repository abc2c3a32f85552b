/*
 * Push, settling: what became of a request about a group whose answer never came?
 *
 *	op                     what is done
 *	add, remove members    settled: nobody is in a group twice, so the next plan sends it again
 *	adopt, rename          settled: likewise
 *	delete                 settled: likewise; a group that is gone then counts as deleted
 *	create                 the target is asked, by externalId and name; linked if it is there
 *	any but create that    the target is asked whether the group is there still
 *	  was answered "404"
 *
 * That a request is sent twice costs a request; that a group is made twice costs an administrator
 * an afternoon.
 */
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "push_internal.h"
#include "state/history.h"

typedef struct {
	AppRun *app;
	guint64 settled;
} Settler;

static gboolean note(Settler *self, Op *op, const char *outcome, GError **error)
{
	Run *run = self->app->run;
	g_autoptr(json_t) detail = json_pack("{s:s, s:I}", "found", outcome, "op",
					     (json_int_t)op->id);
	g_autofree char *words =
		g_strdup_printf("%s; %s", op->error ? op->error : "no answer was noted", outcome);
	AuditRow row = {
		.run = run->id,
		.app = op->app,
		.entry = op->entry,
		.at_us = run->now_us,
		.event = op_kind_name(op->kind),
		.outcome = "settled",
		.detail = detail,
	};

	self->settled++;
	log_info("%s of '%s' had no answer; %s", op_kind_name(op->kind), op->label, outcome);
	return op_move(run->state, op, OP_SETTLED, op->status, words, run->now_us, error) &&
	       audit_add(run->state, &row, error);
}

/* The truth is one that only a human, or another input, can mend. */
static gboolean park(Settler *self, Op *op, ParkClass klass, const char *why, GError **error)
{
	Run *run = self->app->run;

	self->settled++;
	return park_entry(self->app, op->entry,
			  &(Parking){ ERROR_OBJECT, why, op->digest, 0, klass }, error) &&
	       op_move(run->state, op, OP_SETTLED, op->status, why, run->now_us, error);
}

static gboolean link_found(Settler *self, Op *op, const PushAnswer *answer, GError **error)
{
	State *state = self->app->run->state;
	g_autoptr(Pushed) pushed = NULL;
	Pushed now;

	if (!pushed_find(state, op->app, op->entry, &pushed, error))
		return FALSE;
	if (!pushed)
		return note(self, op, "nobody pushes it any more", error);
	now = *pushed;
	now.target_id = (char *)answer->id;
	now.label = (char *)(answer->label ? answer->label : op->label);
	now.adopted = g_ascii_strcasecmp(answer->match, "externalId") != 0;
	now.match = now.adopted ? (char *)answer->match : NULL;
	now.linked_at_us = self->app->run->now_us;
	return pushed_put(state, &now, error) &&
	       membership_wake(state, op->app, op->entry, now.linked_at_us, error) &&
	       note(self, op, "the group is there", error);
}

static gboolean created(Settler *self, Op *op, const PushAnswer *answer, GError **error)
{
	g_autofree char *taken = NULL;
	gint64 owner = 0;

	if (answer->count > 1)
		return park(self, op, PARK_CONFLICT,
			    "several groups there fit this one\nremove or rename all but one",
			    error);
	if (answer->count == 1 &&
	    !pushed_owner(self->app->run->state, op->app, answer->id, &owner, error))
		return FALSE;
	if (owner && owner != op->entry)
		return park(self, op, PARK_CONFLICT,
			    "the group there that fits is that of another pushed group already",
			    error);
	if (answer->count == 1)
		return link_found(self, op, answer, error);
	if (op->state != OP_UNKNOWN || !settle_was_refused(op))
		return note(self, op, "the group is not there", error);
	taken = g_strdup_printf("%s\nno group there is found by the name '%s'; free the name there",
				op->error ? op->error : "a like group exists there already",
				op->label);
	return park(self, op, PARK_CONFLICT, taken, error);
}

static gboolean looked_for(Settler *self, Op *op, const PushAnswer *answer, GError **error)
{
	Run *run = self->app->run;
	gboolean parked;

	if (answer->count > 0)
		return park(self, op, PARK_REFUSED,
			    op->error ? op->error : "the application says 404", error);
	if (!push_gone(self->app, op, &parked, error))
		return FALSE;
	if (!parked)
		return note(self, op, "the group is gone", error);
	self->settled++;
	return op_move(run->state, op, OP_SETTLED, op->status, "the group is gone", run->now_us,
		       error);
}

/* What is not known stays open, and is said; its group is not planned for until it is known. */
static gboolean stays_open(Settler *self, const Op *op, const PushAnswer *answer)
{
	AppResult *result = self->app->result;
	char *words = g_strdup_printf("could not learn what became of %s of '%s': %s",
				      op_kind_name(op->kind), op->label,
				      answer->detail ? answer->detail : "no reason was given");

	if (answer->why == TARGET_DOWN && !result->problem)
		result->problem = words;
	else
		g_ptr_array_add(result->notes, words);
	return TRUE;
}

static gboolean answered(const PushQuery *query, const PushAnswer *answer, void *data,
			 GError **error)
{
	Settler *self = data;
	Op *op = query->tag;

	if (answer->failed)
		return stays_open(self, op, answer);
	return op->kind == OP_CREATE_GROUP ? created(self, op, answer, error)
					   : looked_for(self, op, answer, error);
}

static gboolean must_ask(const Op *op)
{
	return op->kind == OP_CREATE_GROUP || (op->state == OP_UNKNOWN && op->status == 404);
}

static gboolean ask(Settler *self, const GPtrArray *ops, GError **error)
{
	g_autofree PushQuery *queries = g_new0(PushQuery, ops->len);

	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);

		queries[i] = (PushQuery){
			.group = op->entry,
			.name = op->label,
			.id = op->kind == OP_CREATE_GROUP ? NULL : op->target_id,
			.tag = op,
		};
	}
	return push_find(self->app, queries, ops->len, answered, self, error);
}

gboolean push_settle(AppRun *app, GPtrArray *ops, guint64 *settled, GError **error)
{
	g_autoptr(GPtrArray) asked = op_array_new();
	Settler self = { .app = app };

	for (guint i = ops->len; i-- > 0;) {
		Op *op = g_ptr_array_index(ops, i);

		if (!op_is_of_group(op->kind))
			continue;
		if (must_ask(op)) {
			g_ptr_array_add(asked, g_ptr_array_steal_index(ops, i));
			continue;
		}
		if (!note(&self, op, "it is sent again if it is still wanted", error))
			return FALSE;
		g_ptr_array_remove_index(ops, i);
	}
	if (asked->len > 0 && !ask(&self, asked, error))
		return FALSE;
	*settled += self.settled;
	return TRUE;
}
