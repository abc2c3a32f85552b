/*
 * Exec: carries a plan out.
 *
 *	turn:  [ outcomes of the last turn, intents of the next batch ]  one durable transaction
 *	       --> requests --> answers --> next turn
 *
 * Intent before wire, outcome after. Both are written in groups, so that the disk is asked once for
 * some hundred requests: an intent written early or an outcome written late only means that a crash
 * leaves more ops open, and settle.c asks the target about each of those. Nothing is lost by it and
 * nothing is done twice.
 *
 * Ops go out in the order of the plan (leavers first). An op that stands behind another one of the
 * same person waits for the second pass, and is dropped if the first did not end well.
 *
 * What an answer means for our state is in land(): the link, the shadow, the work and the audit
 * change together with the op.
 */
#include <string.h>

#include "base/crash.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "push_internal.h"
#include "rival_internal.h"
#include "run_internal.h"
#include "state/history.h"
#include "state/reference.h"
#include "wire_internal.h"

#define WINDOW 1024      /* ops under way, most of them queued in the driver */
#define FAILING_FLOOR 20 /* so many refusals, and more than half of all: stop the app */

typedef struct {
	Op *op;
	TargetRequest request;
	WireForm form;
	TargetMember *members;
	json_t *shown; /* the account as the service shows it afterwards; or NULL */
	TargetOutcome outcome;
	char *id, *detail;
	int status;
	gint64 retry_after_us;
} Flight;

typedef struct {
	AppRun *app;
	gint64 plan;
	gboolean second_pass;
	OpKind until;       /* no further than this kind in this pass */
	PushLanes *lanes;   /* this pass is of members, by group; or NULL */
	Op last;            /* place in the plan's order */
	gboolean exhausted; /* no more ops in this pass */
	guint flying;
	GHashTable *flights; /* set of Flight: owns all, from the intent until they are noted */
	GPtrArray *landed;   /* Flight, answered but not yet noted */
	Wire wire;
	guint64 finished, refused;
	gboolean stopped; /* the app is down or refuses most: nothing more is sent */
	gboolean again;
} Exec;

static void flight_free(Flight *flight)
{
	op_free(flight->op);
	wire_form_clear(&flight->form);
	g_free(flight->members);
	json_decref(flight->shown);
	g_free(flight->id);
	g_free(flight->detail);
	g_free(flight);
}

static void stop(Exec *self, const char *why)
{
	if (!self->app->result->problem)
		self->app->result->problem = g_strdup(why);
	self->stopped = TRUE;
}

/* ---- what an answer means ---- */

static gboolean note_audit(const Exec *self, const Flight *flight, const char *outcome,
			   GError **error)
{
	const Op *op = flight->op;
	g_autoptr(json_t) detail = json_pack("{s:I, s:s?, s:i, s:O?, s:s?}", "op",
					     (json_int_t)op->id, "label", op->label, "status",
					     flight->status, "changes", op->changes, "detail",
					     flight->detail);
	AuditRow row = {
		.run = self->app->run->id,
		.app = op->app,
		.entry = op->entry,
		.at_us = self->app->run->now_us,
		.event = op_kind_name(op->kind),
		.outcome = outcome,
		.detail = detail,
	};

	return audit_add(self->app->run->state, &row, error);
}

/* Is there a planned op of the same person that waits for this one? */
static gboolean has_follower(const Exec *self, const Op *op, gboolean *has, GError **error)
{
	g_autoptr(GPtrArray) ops = op_array_new();

	*has = FALSE;
	if (op->kind != OP_ADOPT && op->kind != OP_ENABLE)
		return TRUE;
	if (!plan_ops_of(self->app->run->state, op->app, op->entry, 4, ops, error))
		return FALSE;
	for (guint i = 0; i < ops->len; i++)
		*has |= ((Op *)g_ptr_array_index(ops, i))->after == op->id;
	return TRUE;
}

/* An adopted account that is switched off there is enabled by the follower. */
static gboolean link_new(const Exec *self, const Flight *flight, gboolean follower, GError **error)
{
	const Op *op = flight->op;
	const AppConfig *config = self->app->config;
	g_autoptr(json_t) steady = mapping_steady(config->mapping, op->resource);
	Link link = {
		.app = op->app,
		.entry = op->entry,
		.target_id = op->kind == OP_CREATE ? flight->id : op->target_id,
		.state = follower ? ACCOUNT_DISABLED : ACCOUNT_ACTIVE,
		.disabled_by_us = follower,
		.disabled_at_us = follower ? self->app->run->now_us : 0,
		.adopted = op->kind == OP_ADOPT,
		.match = op->match,
		.label = op->label,
		.shadow = steady,
		.linked_at_us = self->app->run->now_us,
	};

	config_drop_active(config, steady);
	echo_note(self->app, op, flight->shown, &link);
	gboolean ok = rival_inherit(self->app, op, error) &&
		      refer_put_link(self->app, &link, error);
	json_decref(link.echo);
	return ok;
}

/* An account that others had switched off before us is not ours to switch on again. */
static void switch_link(const Exec *self, OpKind kind, Link *link)
{
	gboolean by_others = link->state == ACCOUNT_DISABLED && !link->disabled_by_us;

	link->state = kind == OP_ENABLE    ? ACCOUNT_ACTIVE
		      : kind == OP_DISABLE ? ACCOUNT_DISABLED
					   : ACCOUNT_DELETED;
	link->disabled_by_us = kind == OP_DISABLE && !by_others;
	link->disabled_at_us = kind == OP_DISABLE ? self->app->run->now_us : 0;
}

static gboolean link_known(const Exec *self, const Flight *flight, GError **error)
{
	const Op *op = flight->op;
	State *state = self->app->run->state;
	g_autoptr(Link) link = NULL;

	if (!link_find(state, op->app, op->entry, &link, error))
		return FALSE;
	if (!link)
		return error_set(error, ERROR_FATAL, "op %" G_GINT64_FORMAT " has no link", op->id);
	if (op->kind == OP_UPDATE) {
		json_decref(link->shadow);
		link->shadow = json_incref(op->resource);
		g_free(link->label);
		link->label = g_strdup(op->label);
		echo_note(self->app, op, flight->shown, link);
	} else {
		switch_link(self, op->kind, link);
	}
	return refer_put_link(self->app, link, error);
}

/* A deleted or renamed account sets its name free for others. */
static gboolean free_name(Exec *self, const Op *op, GError **error)
{
	const char *path = g_ptr_array_index(self->app->config->match, 0);
	g_autoptr(Link) link = NULL;
	gboolean wanted = FALSE;

	if (op->kind != OP_DELETE && op->kind != OP_UPDATE)
		return TRUE;
	if (!link_find(self->app->run->state, op->app, op->entry, &link, error) ||
	    !claim_release(self->app, op->entry, link ? json_object_get(link->shadow, path) : NULL,
			   json_object_get(op->resource, path), &wanted, error))
		return FALSE;
	self->again |= wanted;
	return TRUE;
}

static gboolean land_failed(Exec *self, Flight *flight, ErrorKind kind, GError **error)
{
	Op *op = flight->op;
	Run *run = self->app->run;
	g_autofree char *words = push_words(op, flight->detail);
	Parking parking = { kind, words ? words : flight->detail, op->digest,
			    flight->retry_after_us };

	self->refused += kind == ERROR_OBJECT;
	if (kind == ERROR_OBJECT && !push_refused(self->app, op, error))
		return FALSE;
	return park_entry(self->app, op->entry, &parking, error) &&
	       op_move(run->state, op, OP_FAILED, flight->status, flight->detail, run->now_us,
		       error) &&
	       note_audit(self, flight, "failed", error);
}

/* The answer names an account that is somebody else's: nothing of it may become our state. */
static gboolean land_not_ours(Exec *self, Flight *flight, GError *problem, GError **error)
{
	if (!error_is(problem, ERROR_OBJECT)) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	g_free(flight->detail);
	flight->detail = g_strdup(problem->message);
	g_error_free(problem);
	return land_failed(self, flight, ERROR_OBJECT, error);
}

static gboolean land_group(Exec *self, Flight *flight, GError **error)
{
	Op *op = flight->op;
	Run *run = self->app->run;
	GError *problem = NULL;

	if (!push_done(self->app, op, flight->id, &problem))
		return land_not_ours(self, flight, problem, error);
	self->app->result->done[op->kind]++;
	return op_move(run->state, op, OP_DONE, flight->status, NULL, run->now_us, error) &&
	       note_audit(self, flight, "ok", error);
}

static gboolean land_done(Exec *self, Flight *flight, GError **error)
{
	Op *op = flight->op;
	Run *run = self->app->run;
	gboolean follower, complete, fresh = op->kind == OP_CREATE || op->kind == OP_ADOPT;
	GError *problem = NULL;

	if (op_is_of_group(op->kind))
		return land_group(self, flight, error);
	if (!has_follower(self, op, &follower, error) || !free_name(self, op, error))
		return FALSE;
	if (!(fresh ? link_new(self, flight, follower, &problem)
		    : link_known(self, flight, &problem)))
		return land_not_ours(self, flight, problem, error);
	self->app->result->done[op->kind]++;
	if (op->kind == OP_DELETE && !choice_remove(run->state, op->app, op->entry, error))
		return FALSE;
	if (!refer_is_complete(self->app, op, &complete, error))
		return FALSE;
	return op_move(run->state, op, OP_DONE, flight->status, NULL, run->now_us, error) &&
	       (follower || !complete || work_done(run->state, op->app, op->entry, error)) &&
	       note_audit(self, flight, "ok", error);
}

/* Nobody knows what happened, or the world moved: settle.c asks before anything else is done. */
static gboolean land_unknown(Exec *self, Flight *flight, GError **error)
{
	Run *run = self->app->run;

	self->again = TRUE;
	return op_move(run->state, flight->op, OP_UNKNOWN, flight->status, flight->detail,
		       run->now_us, error) &&
	       note_audit(self, flight, "unknown", error);
}

/* Nothing was done: the person stays in the work, and an approval holds for the next run. */
static gboolean land_down(Exec *self, Flight *flight, GError **error)
{
	Run *run = self->app->run;

	stop(self, flight->detail);
	if (!plan_give_back(run->state, flight->op->id, error))
		return FALSE;
	return op_move(run->state, flight->op, OP_FAILED, flight->status, flight->detail,
		       run->now_us, error) &&
	       note_audit(self, flight, "failed", error);
}

static gboolean land(Exec *self, Flight *flight, GError **error)
{
	self->finished++;
	switch (flight->outcome) {
	case TARGET_OK:
		return land_done(self, flight, error);
	case TARGET_ABSENT:
		if (flight->op->kind == OP_DELETE_GROUP)
			return land_done(self, flight, error); /* somebody was faster */
		return land_unknown(self, flight, error);
	case TARGET_EXISTS:
	case TARGET_STALE:
	case TARGET_UNKNOWN:
		return land_unknown(self, flight, error);
	case TARGET_REJECTED:
		return land_failed(self, flight, ERROR_OBJECT, error);
	case TARGET_LATER:
		return land_failed(self, flight, ERROR_RETRY, error);
	case TARGET_DOWN:
		return land_down(self, flight, error);
	}
	return error_set(error, ERROR_FATAL, "an answer of an unknown kind");
}

/* ---- sending ---- */

static void answered(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	Exec *self = data;
	Flight *flight = request->tag;

	flight->outcome = answer->outcome;
	flight->id = g_strdup(answer->id);
	flight->detail = target_blot(request, answer->detail);
	flight->status = answer->status;
	flight->shown = json_incref(json_array_get(answer->documents, 0));
	flight->retry_after_us = answer->retry_after_us;
	self->app->result->calls += answer->calls;
	self->flying--;
	g_ptr_array_add(self->landed, flight);
	crash_point("answer in hand, not noted");
}

TargetVerb exec_verb(OpKind kind)
{
	static const TargetVerb verbs[OP_KINDS] = {
		[OP_DISABLE] = TARGET_DISABLE,
		[OP_REMOVE_MEMBERS] = TARGET_MEMBERS_REMOVE,
		[OP_ENABLE] = TARGET_ENABLE,
		[OP_ADOPT] = TARGET_UPDATE,
		[OP_CREATE] = TARGET_CREATE,
		[OP_UPDATE] = TARGET_UPDATE,
		[OP_ADOPT_GROUP] = TARGET_GROUP_RENAME,
		[OP_CREATE_GROUP] = TARGET_GROUP_CREATE,
		[OP_RENAME_GROUP] = TARGET_GROUP_RENAME,
		[OP_ADD_MEMBERS] = TARGET_MEMBERS_ADD,
		[OP_DELETE_GROUP] = TARGET_GROUP_DELETE,
		[OP_DELETE] = TARGET_DELETE,
	};

	return verbs[kind];
}

static void send_flight(Exec *self, Flight *flight)
{
	Target *target = self->app->target;
	const Op *op = flight->op;

	self->flying++;
	if ((op->kind == OP_ADOPT || op->kind == OP_ADOPT_GROUP) &&
	    json_array_size(op->changes) == 0) {
		/* The account or group already is as wanted: the link alone is missing. */
		TargetAnswer nothing = { .outcome = TARGET_OK };

		flight->request.tag = flight;
		answered(&flight->request, &nothing, self);
		return;
	}
	flight->request = (TargetRequest){
		.verb = exec_verb(op->kind),
		.id = op->target_id,
		.anchor = flight->form.anchor,
		.resource = flight->form.resource ? flight->form.resource : op->resource,
		.changes = flight->form.changes ? flight->form.changes : op->changes,
		.resource_shown = op->resource,
		.changes_shown = op->changes,
		.tag = flight,
	};
	if (self->lanes) {
		flight->members = push_members(op, &flight->request.member_count);
		flight->request.members = flight->members;
	}
	target->ops->submit(target, &flight->request);
}

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
			  &(Parking){ ERROR_OBJECT, problem->message, NULL, 0 }, error) &&
	       op_move(state, op, OP_DROPPED, 0, problem->message, self->app->run->now_us, error);
}

/* Takes the next ops of the plan and writes their intents. */
static gboolean take_batch(Exec *self, guint limit, GPtrArray *flights, GError **error)
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

/* The same of members: one op of each group. */
static gboolean take_members(Exec *self, guint limit, GPtrArray *flights, GError **error)
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

static gboolean note_landed(Exec *self, GError **error)
{
	for (guint i = 0; i < self->landed->len; i++) {
		Flight *flight = g_ptr_array_index(self->landed, i);

		if (!land(self, flight, error))
			return FALSE;
		if (self->lanes)
			push_landed(self->lanes, flight->op);
	}
	return TRUE;
}

static void notice_refusals(Exec *self)
{
	if (self->stopped || self->refused < FAILING_FLOOR || self->refused * 2 < self->finished)
		return;
	stop(self,
	     "most requests were refused; the rest was not sent\nlook at the parked objects with "
	     "'dirbridge status', mend the mapping or the credential, and sync again");
}

/* One transaction: what came back, and what goes out next. */
static gboolean turn(Exec *self, GPtrArray *flights, GError **error)
{
	State *state = self->app->run->state;
	gboolean ok;

	if (!state_begin(state, error))
		return FALSE;
	ok = note_landed(self, error);
	notice_refusals(self);
	if (ok && !self->stopped && !self->exhausted)
		ok = self->lanes ? take_members(self, WINDOW - self->flying, flights, error)
				 : take_batch(self, WINDOW - self->flying, flights, error);
	crash_point("outcomes and intents written, not committed");
	if (!ok) {
		state_rollback(state);
		return FALSE;
	}
	if (!state_commit(state, error))
		return FALSE;
	for (guint i = 0; i < self->landed->len; i++)
		g_hash_table_remove(self->flights, g_ptr_array_index(self->landed, i));
	g_ptr_array_set_size(self->landed, 0);
	crash_point("outcomes and intents durable, nothing sent");
	return TRUE;
}

/* So many may be under way when the next turn begins. A lane goes on only after an answer. */
static guint floor_of(const Exec *self)
{
	if (self->exhausted || self->stopped)
		return 0;
	return self->lanes ? self->flying / 2 : WINDOW / 2;
}

/* The ops of these kinds. */
static gboolean exec_pass(Exec *self, OpKind from, OpKind until, GError **error)
{
	Target *target = self->app->target;

	self->last = (Op){ .kind = from };
	self->until = until;
	self->exhausted = FALSE;
	do {
		g_autoptr(GPtrArray) flights = g_ptr_array_new();

		if (!turn(self, flights, error))
			return FALSE;
		for (guint i = 0; i < flights->len; i++)
			send_flight(self, g_ptr_array_index(flights, i));
		for (guint floor = floor_of(self); self->flying > floor;)
			target->ops->step(target, 1000, answered, self);
	} while (self->landed->len > 0 || (!self->exhausted && !self->stopped));
	return TRUE;
}

/* Members are added to groups, or taken out. */
static gboolean exec_members(Exec *self, OpKind kind, GError **error)
{
	g_autoptr(PushLanes) lanes = NULL;
	gboolean ok;

	if (self->stopped)
		return TRUE;
	lanes = push_lanes_new(self->app, self->plan, kind, error);
	if (!lanes)
		return FALSE;
	self->lanes = lanes;
	ok = push_lanes_empty(lanes) || exec_pass(self, kind, kind, error);
	self->lanes = NULL;
	return ok;
}

/*
 * Leavers first, then who leaves a group; who comes into one has an account by then, and the group
 * is there. Ops that stand behind another one of the same person have a pass of their own.
 */
static gboolean exec_all(Exec *self, GError **error)
{
	gboolean members;

	if (!push_has_members(self->app, self->plan, &members, error))
		return FALSE;
	if (members && (!exec_pass(self, OP_DISABLE, OP_DISABLE, error) ||
			!exec_members(self, OP_REMOVE_MEMBERS, error)))
		return FALSE;
	if (!self->stopped && !exec_pass(self, members ? OP_ENABLE : OP_DISABLE,
					 members ? OP_RENAME_GROUP : OP_DELETE, error))
		return FALSE;
	self->second_pass = TRUE;
	if (!self->stopped && !exec_pass(self, members ? OP_ENABLE : OP_DISABLE,
					 members ? OP_RENAME_GROUP : OP_DELETE, error))
		return FALSE;
	if (!members)
		return TRUE;
	return exec_members(self, OP_REMOVE_MEMBERS, error) &&
	       exec_members(self, OP_ADD_MEMBERS, error) &&
	       (self->stopped || exec_pass(self, OP_DELETE_GROUP, OP_DELETE, error));
}

gboolean exec_plan(AppRun *app, gint64 plan, gboolean *again, GError **error)
{
	g_autoptr(GHashTable) flights = g_hash_table_new_full(NULL, NULL,
							      (GDestroyNotify)flight_free, NULL);
	g_autoptr(GPtrArray) landed = g_ptr_array_new();
	Exec self = { .app = app, .plan = plan, .flights = flights, .landed = landed };
	gboolean ok;

	self.wire.app = app;
	app->woken = FALSE;
	ok = exec_all(&self, error);
	wire_clear(&self.wire);
	*again = (self.again || app->woken) && !self.stopped;
	if (!ok)
		return FALSE;
	if (self.stopped)
		return plan_interrupt(app->run->state, plan, error);
	/* With answers outstanding the next plan ends this one: its approvals may be needed. */
	return *again || plan_end(app->run->state, plan, error);
}
