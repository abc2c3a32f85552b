/*
 * Land: what an answer means for our state.
 *
 * The link, the shadow, the work and the audit change together with the op, within the caller's
 * transaction:
 *
 *	done           link with shadow, work gone           op done
 *	made, in part  link with shadow, parked              op done
 *	refused        parked with the reason                op failed
 *	down           nothing, the approval is given back   op failed
 *	nobody knows   nothing: settle.c asks                op unknown
 *
 * A removal that was done ends older ops of its account that are still open; overtake.c.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "exec_internal.h"
#include "overtake_internal.h"
#include "rival_internal.h"
#include "state/history.h"
#include "state/reference.h"

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

/* Accounts there stay as they are: the answer tells what this one has. */
static gboolean was_not_sent(const Exec *self, const Op *op)
{
	return exec_verb(op->kind) == TARGET_UPDATE && !able_takes_updates(self->app);
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
	if (was_not_sent(self, op))
		echo_instead(config, op->changes, flight->shown, steady);
	else
		echo_note(self->app, op, flight->shown, &link);
	gboolean ok = rival_inherit(self->app, op, error) &&
		      refer_put_link(self->app, &link, error);
	json_decref(link.echo);
	return ok;
}

/* At some services a disable is the end of the account: who returns gets a new one. */
static OpKind kind_there(const Exec *self, OpKind kind)
{
	gboolean deletes = (self->app->target->caps & TARGET_DISABLE_DELETES) != 0;

	return kind == OP_DISABLE && deletes ? OP_DELETE : kind;
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

static gboolean link_known(const Exec *self, const Flight *flight, Link *link, GError **error)
{
	const Op *op = flight->op;

	if (!link)
		return error_set(error, ERROR_FATAL, "op %" G_GINT64_FORMAT " has no link", op->id);
	if (was_not_sent(self, op)) {
		echo_instead(self->app->config, op->changes, flight->shown, link->shadow);
	} else if (op->kind == OP_UPDATE) {
		json_decref(link->shadow);
		link->shadow = json_incref(op->resource);
		g_free(link->label);
		link->label = g_strdup(op->label);
		echo_note(self->app, op, flight->shown, link);
	} else {
		switch_link(self, kind_there(self, op->kind), link);
	}
	return refer_put_link(self->app, link, error);
}

/* A deleted or renamed account sets its name free for others. */
static gboolean free_name(Exec *self, const Op *op, const Link *link, GError **error)
{
	const char *path = g_ptr_array_index(self->app->config->match, 0);
	OpKind kind = kind_there(self, op->kind);
	gboolean wanted = FALSE;

	if (kind != OP_DELETE && kind != OP_UPDATE)
		return TRUE;
	if (!claim_release(self->app, op->entry, link ? json_object_get(link->shadow, path) : NULL,
			   json_object_get(op->resource, path), &wanted, error))
		return FALSE;
	self->again |= wanted;
	return TRUE;
}

static gboolean land_failed(Exec *self, Flight *flight, ParkClass klass, GError **error)
{
	ErrorKind kind = klass == PARK_WAITING ? ERROR_RETRY : ERROR_OBJECT;
	Op *op = flight->op;
	Run *run = self->app->run;
	g_autofree char *words = push_words(op, flight->detail);
	Parking parking = { kind, words ? words : flight->detail, op->digest,
			    flight->retry_after_us, klass };

	self->refused += kind == ERROR_OBJECT;
	if (kind == ERROR_OBJECT && !push_refused(self->app, op, flight->members_done, error))
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
	return land_failed(self, flight, PARK_CONFLICT, error);
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

/* The account is there and ours; what failed behind its making, a human has to see. */
static gboolean park_unfinished(Exec *self, Flight *flight, GError **error)
{
	Parking parking = { .kind = ERROR_OBJECT, .klass = PARK_REFUSED };

	g_free(flight->detail);
	flight->detail = g_strdup_printf("the account was made, but not all of it: %s",
					 flight->unfinished);
	parking.why = flight->detail;
	return park_entry(self->app, flight->op->entry, &parking, error);
}

/* What is done is no work any more, unless another op or value waits, or some of it failed. */
static gboolean end_work(Exec *self, Flight *flight, gboolean waits, GError **error)
{
	const Op *op = flight->op;

	if (flight->unfinished)
		return park_unfinished(self, flight, error);
	return waits || work_done(self->app->run->state, op->app, op->entry, error);
}

static gboolean land_done(Exec *self, Flight *flight, GError **error)
{
	Op *op = flight->op;
	Run *run = self->app->run;
	gboolean follower, complete, fresh = op->kind == OP_CREATE || op->kind == OP_ADOPT;
	g_autoptr(Link) link = NULL;
	GError *problem = NULL;

	if (op_is_of_group(op->kind))
		return land_group(self, flight, error);
	if (!has_follower(self, op, &follower, error) ||
	    (!fresh && !link_find(run->state, op->app, op->entry, &link, error)) ||
	    !free_name(self, op, link, error))
		return FALSE;
	if (!(fresh ? link_new(self, flight, follower, &problem)
		    : link_known(self, flight, link, &problem)))
		return land_not_ours(self, flight, problem, error);
	self->app->result->done[op->kind]++;
	if (kind_there(self, op->kind) == OP_DELETE &&
	    !choice_remove(run->state, op->app, op->entry, error))
		return FALSE;
	if (!refer_is_complete(self->app, op, &complete, error) ||
	    !overtake_older(self->app, op, TRUE, error))
		return FALSE;
	return op_move(run->state, op, OP_DONE, flight->status, flight->unfinished, run->now_us,
		       error) &&
	       end_work(self, flight, follower || !complete, error) &&
	       note_audit(self, flight, "ok", error);
}

/* A verdict that a service gives in the body, with HTTP 200, counts like the status for it. */
static int status_of(const Flight *flight)
{
	if (flight->status >= 400 && flight->status < 500)
		return flight->status;
	switch (flight->outcome) {
	case TARGET_ABSENT:
		return 404;
	case TARGET_EXISTS:
		return 409;
	default:
		return flight->status;
	}
}

/*
 * Nobody knows what happened, or the world moved: settle.c asks before anything else is done. How
 * long a create may show late counts from now, not from the beginning of the run (linger.c).
 */
static gboolean land_unknown(Exec *self, Flight *flight, GError **error)
{
	Run *run = self->app->run;
	int status = flight->lingers ? linger_status(flight->status) : status_of(flight);
	gint64 when = flight->lingers ? clock_now_us() : run->now_us;

	self->again = TRUE;
	return op_move(run->state, flight->op, OP_UNKNOWN, status, flight->detail, when, error) &&
	       note_audit(self, flight, "unknown", error);
}

/* Nothing was done: the person stays in the work, and an approval holds for the next run. */
static gboolean land_down(Exec *self, Flight *flight, GError **error)
{
	Run *run = self->app->run;

	exec_stop(self, flight->detail);
	if (!plan_give_back(run->state, flight->op->id, error))
		return FALSE;
	return op_move(run->state, flight->op, OP_FAILED, flight->status, flight->detail,
		       run->now_us, error) &&
	       note_audit(self, flight, "failed", error);
}

gboolean exec_land(Exec *self, Flight *flight, GError **error)
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
		return land_failed(self, flight, PARK_REFUSED, error);
	case TARGET_LATER:
		/* Nobody is put aside for what is wrong with all. */
		return self->app->hopeless ? land_down(self, flight, error)
					   : land_failed(self, flight, PARK_WAITING, error);
	case TARGET_DOWN:
		return land_down(self, flight, error);
	}
	return error_set(error, ERROR_FATAL, "an answer of an unknown kind");
}
