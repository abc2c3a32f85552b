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
 * When the slice of time is over, what is under way is finished and the rest is left in the plan,
 * to be gone on with by another call; round.c.
 *
 * What goes out next is take.c's, what an answer means for our state land.c's.
 */
#include "base/aside.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/log.h"
#include "connect_internal.h"
#include "exec_internal.h"
#include "quarantine_internal.h"

#define WINDOW 1024                      /* ops under way, most of them queued in the driver */
#define FIRST_WINDOW 40                  /* the same at first: an app that fails is known by half */
#define LAST_WINDOW 8                    /* the same of a slow app */
#define TURNS_IN_SLICE 16                /* at least */
#define SLOW_TURN (5 * CLOCK_SECOND)     /* longer than this is too much under way */
#define LAST_ANSWERS (30 * CLOCK_SECOND) /* from an app that answers nothing usable any more */
#define MANY 128                         /* under way: then sending goes on beside a turn */
#define TURN_STEP_MS 2                   /* so late may the end of a turn be noticed */
#define FAILING_FLOOR 20 /* so many refusals, and more than half of all: stop the app */

static void flight_free(Flight *flight)
{
	op_free(flight->op);
	wire_form_clear(&flight->form);
	g_free(flight->members);
	json_decref(flight->shown);
	json_decref(flight->members_done);
	g_free(flight->id);
	g_free(flight->detail);
	g_free(flight->unfinished);
	g_free(flight);
}

void exec_stop(Exec *self, const char *why)
{
	if (!self->app->result->problem)
		self->app->result->problem = g_strdup(why);
	self->stopped = TRUE;
}

/* ---- sending ---- */

static void arrive(Exec *self, const TargetRequest *request, const TargetAnswer *answer)
{
	Flight *flight = request->tag;

	flight->outcome = answer->outcome;
	flight->id = g_strdup(answer->id);
	flight->detail = target_blot(request, answer->detail);
	flight->status = answer->status;
	flight->shown = json_incref(json_array_get(answer->documents, 0));
	flight->members_done = json_incref((json_t *)answer->members_done);
	flight->retry_after_us = answer->retry_after_us;
	flight->lingers = answer->lingers;
	flight->unfinished = target_blot(request, answer->unfinished);
	self->app->result->calls += answer->calls;
	self->app->result->retries += answer->retries;
	self->flying--;
	g_ptr_array_add(self->landed, flight);
	crash_point("answer in hand, not noted");
}

static void answered(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	arrive(data, request, answer);
}

/*
 * Of a write an answer that cannot be read is "unknown": one that is refused with a success for a
 * status was refused by what the body says, and that is as good an answer as a 400.
 */
static int status_heard(const Flight *flight)
{
	gboolean verdict = flight->outcome == TARGET_REJECTED && flight->status >= 200 &&
			   flight->status < 300;

	return verdict ? 400 : flight->status;
}

/* Is there any use in going on, after what was answered since we asked last? */
static void hear(Exec *self)
{
	for (; self->heard < self->landed->len; self->heard++) {
		const Flight *flight = g_ptr_array_index(self->landed, self->heard);
		const char *hopeless = quarantine_heard(self->app, flight->outcome,
							status_heard(flight), flight->detail);

		if (hopeless && !self->gives_up_us)
			self->gives_up_us = clock_monotonic_us() + LAST_ANSWERS;
		if (hopeless)
			exec_stop(self, hopeless);
	}
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
		arrive(self, &flight->request, &nothing);
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

/* ---- turns ---- */

/* What is done to the state between two times of sending. */
typedef struct {
	Exec *exec;
	GPtrArray *landed;  /* Flight, to be noted */
	GPtrArray *flights; /* Flight, what goes out next is appended */
	guint room;         /* so many may go out */
	gboolean refuses;   /* the app refuses most; nothing was taken */
} Turn;

static gboolean note_landed(Turn *turn, GError **error)
{
	Exec *self = turn->exec;

	for (guint i = 0; i < turn->landed->len; i++) {
		Flight *flight = g_ptr_array_index(turn->landed, i);

		if (!exec_land(self, flight, error))
			return FALSE;
		if (self->lanes)
			push_landed(self->lanes, flight->op);
	}
	return TRUE;
}

static gboolean refuses_most(const Exec *self)
{
	return !self->stopped && self->refused >= FAILING_FLOOR &&
	       self->refused * 2 >= self->finished;
}

static void stop_refused(Exec *self)
{
	self->app->trouble = TROUBLE_REFUSING;
	exec_stop(self,
		  "most requests were refused; the rest was not sent\n"
		  "look at the parked objects with 'dirbridge status', mend the mapping or the "
		  "credential, and sync again");
}

/* The slice is over: no lane and no batch is begun, but for those who are to be disabled. */
static void notice_slice(Exec *self)
{
	gint64 ends = self->app->slice_ends_us;

	if (self->began && ends && !self->exhausted && clock_monotonic_us() >= ends) {
		self->cut = TRUE;
		self->until = OP_DISABLE;
		self->exhausted = self->lanes || self->last.kind > OP_DISABLE;
	}
}

static guint window_of(const Exec *self)
{
	return self->app->window ? self->app->window : FIRST_WINDOW;
}

/*
 * Wider after a turn that was quick, and not before the app has given a usable answer; narrower
 * after a slow one. What is under way has to be waited for when the slice is over; and when we are
 * killed, all of it is asked about before anything else is done. A turn that sent nothing says
 * nothing.
 */
static void widen(Exec *self, guint sent, gint64 began_us)
{
	gint64 slice = self->app->run->config->slice_us;
	gint64 slow = slice ? MIN(SLOW_TURN, slice / TURNS_IN_SLICE) : SLOW_TURN;

	if (sent > 0 && clock_monotonic_us() - began_us > slow)
		self->app->window = MAX(window_of(self) / 2, LAST_WINDOW);
	else if (sent > 0 && self->app->answers)
		self->app->window = MIN(2 * window_of(self), WINDOW);
}

/* One transaction: what came back, and what goes out next. */
static gboolean write_turn(void *turn_, GError **error)
{
	Turn *turn = turn_;
	Exec *self = turn->exec;
	State *state = self->app->run->state;
	gboolean ok;

	if (!state_begin(state, error))
		return FALSE;
	ok = note_landed(turn, error);
	turn->refuses = refuses_most(self);
	notice_slice(self);
	if (ok && !self->stopped && !turn->refuses && !self->exhausted)
		ok = self->lanes ? exec_take_members(self, turn->room, turn->flights, error)
				 : exec_take(self, turn->room, turn->flights, error);
	crash_point("outcomes and intents written, not committed");
	if (ok)
		return state_commit(state, error);
	state_rollback(state);
	return FALSE;
}

/*
 * Where much is under way the wire goes on meanwhile: what comes in then is for the next turn, and
 * the state, the plan's place and the counts of refusals are the turn's until it has ended. Lanes
 * are looked at by the driver as well, so with them one waits for the other.
 */
static gboolean run_turn(Exec *self, Turn *turn, GError **error)
{
	Target *target = self->app->target;
	Aside *aside;

	if (self->lanes || self->flying < MANY)
		return write_turn(turn, error);
	aside = aside_start(write_turn, turn);
	while (self->flying > 0 && !aside_has_ended(aside))
		target->ops->step(target, TURN_STEP_MS, answered, self);
	return aside_end(aside, error);
}

static gboolean take_turn(Exec *self, GPtrArray *flights, GError **error)
{
	g_autoptr(GPtrArray) landed = self->landed;
	Turn turn = { .exec = self,
		      .landed = landed,
		      .flights = flights,
		      .room = window_of(self) - MIN(self->flying, window_of(self)) };

	self->landed = g_ptr_array_new();
	self->heard = 0;
	if (!run_turn(self, &turn, error))
		return FALSE;
	for (guint i = 0; i < landed->len; i++)
		g_hash_table_remove(self->flights, g_ptr_array_index(landed, i));
	self->began |= flights->len > 0; /* a slice that gets nothing done would never end */
	if (turn.refuses)
		stop_refused(self);
	hear(self);
	crash_point("outcomes and intents durable, nothing sent");
	return TRUE;
}

/* So many may be under way when the next turn begins. A lane goes on only after an answer. */
static guint floor_of(const Exec *self)
{
	if (self->exhausted || self->stopped)
		return 0;
	return self->lanes ? self->flying / 2 : window_of(self) / 2;
}

/*
 * An app that lets every request run into its time limit would keep us for hours. What has no
 * answer by now is an open request like those that a crash leaves.
 */
static gboolean gives_up(const Exec *self)
{
	return self->gives_up_us && clock_monotonic_us() >= self->gives_up_us;
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
		gint64 began_us = clock_monotonic_us();

		if (!take_turn(self, flights, error))
			return FALSE;
		for (guint i = 0; i < flights->len; i++)
			send_flight(self, g_ptr_array_index(flights, i));
		for (guint floor = floor_of(self); self->flying > floor && !gives_up(self);) {
			target->ops->step(target, 1000, answered, self);
			hear(self);
		}
		widen(self, flights->len, began_us);
	} while (self->landed->len > 0 || (!self->exhausted && !self->stopped));
	return TRUE;
}

/* Members are added to groups, or taken out. */
static gboolean exec_members(Exec *self, OpKind kind, GError **error)
{
	g_autoptr(PushLanes) lanes = NULL;
	gboolean ok;

	if (self->stopped || self->cut)
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
	Exec self = { .app = app, .plan = plan, .flights = flights, .landed = g_ptr_array_new() };
	gboolean ok;

	self.wire.app = app;
	app->woken = FALSE;
	ok = exec_all(&self, error);
	wire_clear(&self.wire);
	g_ptr_array_unref(self.landed);
	if (self.flying > 0)
		connect_drop(app); /* the requests are ours, and go with this function */
	*again = (self.again || app->woken) && !self.stopped;
	if (!ok)
		return FALSE;
	if (app->leavers_only)
		return plan_end_part(app->run->state, plan, error);
	if (self.stopped)
		return plan_interrupt(app->run->state, plan, error);
	app->cut = self.cut;
	if (self.cut) {
		app->plan = plan;
		return TRUE;
	}
	/* With answers outstanding the next plan ends this one: its approvals may be needed. */
	return *again || plan_end(app->run->state, plan, error);
}
