/*
 * Plans and their ops: the decisions of a run as rows, and the journal of what became of them.
 * The states of an op and their picture are in core/op.h; every change of state is checked.
 */
#pragma once
#include <jansson.h>

#include "core/op.h"
#include "state/state.h"

typedef enum {
	PLAN_READY,
	PLAN_HELD,
	PLAN_APPROVED, /* was held; its ops pass the guard once, in the next plan that has them */
	PLAN_DONE,
	PLAN_DROPPED, /* was held; something else is to be done now */
} PlanStatus;

typedef struct {
	gint64 id, app, run;
	PlanStatus status;
	char *why; /* held: the guard's sentence; dropped: the reason, behind "because" */
	gint64 created_us;
	gint64 person; /* entry that it is for, alone; 0: for everybody */
	guint64 counts[OP_KINDS];
	guint64 members[OP_KINDS]; /* memberships that the ops of the kind add or take away */
} Plan;

typedef struct {
	gint64 id, plan, app, entry;
	gint64 after; /* id of the op that must be done first; 0: none */
	OpKind kind;
	OpState state;
	gboolean approved;
	char *target_id;  /* NULL for a create */
	char *label;      /* the account's name, for people */
	json_t *resource; /* CREATE, ADOPT, UPDATE, ENABLE: what the account shall be; else NULL */
	json_t *changes;  /* ADOPT, UPDATE, ADOPT_GROUP, RENAME_GROUP: resource_diff(); ADD_MEMBERS,
			    * REMOVE_MEMBERS: [{ "entry", "label", "id", "group" }]; else NULL */
	guint64 members;  /* memberships that it adds or takes away */
	char *reason;     /* why, as JSON text: kept for the record, read by people only */
	char *match;      /* ADOPT: the path that matched */
	char *digest;     /* of app, entry, kind, target id, resource, changes */
	char *error;      /* what went wrong, or NULL */
	int status;       /* HTTP status, or 0; 2xx of an unknown create: it may show later */
	gint64 changed_us; /* last change of state */
} Op;

/*
 * Starts a plan of a run; PLAN_READY. Drops the unsent ops of older ready ones that a crash cut
 * off; approvals they had taken are given back. What is held stays until this one is held or ends.
 */
gboolean plan_new(State *state, gint64 app, gint64 run, gint64 now_us, gint64 *id, GError **error);

/*
 * The same for one person: app, run, person, created_us of 'plan' are given, the id is filled. Of
 * the held plans it takes the place only of those for the same person: what waits for everybody
 * goes on waiting.
 */
gboolean plan_new_for_one(State *state, Plan *plan, GError **error);

/*
 * No plan is needed: held and cut-off ones are dropped, and the app's approvals are void. Writes
 * nothing if there is nothing of that.
 */
gboolean plan_none(State *state, gint64 app, GError **error);

/*
 * Adds an op as OP_PLANNED; fills op->id, op->digest (new string), and op->approved: whether an
 * approval for it was left, which it takes.
 */
gboolean plan_add(State *state, Op *op, gint64 now_us, GError **error);

/*
 * Replaces kind, target_id, resource, changes, match of a planned op. Works out the digest anew; if
 * it is another one, its approval is given back and one for the new digest is looked for. Fills
 * op->digest (its former value is freed) and op->approved.
 */
gboolean plan_replace(State *state, Op *op, GError **error);

/* Forgets a planned op again (it turned out not to be needed, or its object was parked). */
gboolean plan_forget(State *state, gint64 op, GError **error);

/*
 * Holds it: the plan and its ops wait for a human. Approvals that it had taken are given back. If a
 * held one of the same person consists of the same ops, the new one is forgotten and *plan becomes
 * the held one, with 'why'; held ones that this one takes the place of are dropped.
 */
gboolean plan_hold(State *state, gint64 *plan, const char *why, GError **error);

/*
 * Ends it: PLAN_DONE, or dropped without trace if it never had an op. Ops that are still planned
 * are forgotten, and held plans that it takes the place of are dropped. Uses up the app's
 * approvals, unless such ops were left; a plan for one person only those that it took.
 */
gboolean plan_end(State *state, gint64 plan, GError **error);

/*
 * Ends it before its time, because the app cannot be worked with: what was not sent is forgotten
 * and will be planned again, and the approvals are kept for that.
 */
gboolean plan_interrupt(State *state, gint64 plan, GError **error);

/*
 * Ends one that was only a part of what is to be done: it says nothing about the rest, so what is
 * held goes on waiting and what was approved stays so. What was not sent is forgotten.
 */
gboolean plan_end_part(State *state, gint64 plan, GError **error);

/* The request of this op was certainly not carried out: its approval holds for the next try. */
gboolean plan_give_back(State *state, gint64 op, GError **error);

/*
 * Marks a held plan approved, or only some of its ops ('ops' of gint64, NULL: all). ERROR_REFUSED
 * if the plan is not held (any more), or holds no such op.
 */
gboolean plan_approve(State *state, gint64 plan, const GArray *ops, GError **error);

/* Loads one; out->id is 0 if there is none. Clear with plan_clear(). */
gboolean plan_load(State *state, gint64 id, Plan *out, GError **error);

/* The latest held plan of an app; out->id is 0 if there is none. */
gboolean plan_find_held(State *state, gint64 app, Plan *out, GError **error);

/* Appends the ids (gint64) of all held plans of an app, oldest first. */
gboolean plan_list_held(State *state, gint64 app, GArray *plans, GError **error);

/* Frees the strings. */
void plan_clear(Plan *plan);

/*
 * Ops of this plan, and how many of them nobody approved; the same only of those that take an
 * account or a group away.
 */
gboolean plan_counts(State *state, gint64 plan, guint64 *ops, guint64 *unapproved,
		     guint64 *removals_unapproved, GError **error);

/* Removals (disable, delete) of the app carried out since 'since_us' that nobody approved. */
gboolean plan_removals_since(State *state, gint64 app, gint64 since_us, guint64 *count,
			     GError **error);

/* Memberships that ops of this plan take away without approval; and that earlier ones took. */
gboolean plan_members_removed(State *state, gint64 plan, guint64 *count, GError **error);
gboolean plan_members_since(State *state, gint64 app, gint64 since_us, guint64 *count,
			    GError **error);

/*
 * Appends up to 'limit' ops (Op *, owned by the array) of a plan in the order of sending: by kind,
 * then id, beyond the position of 'last' (NULL: from the start); only those in 'op_state'. Fewer if
 * they name some thousand members between them, and none only if there are none.
 */
gboolean plan_ops(State *state, gint64 plan, OpState op_state, const Op *last, guint limit,
		  GPtrArray *ops, GError **error);

/* Planned ops of the kind of 'last' beyond its id, likewise; of one group (0: all). */
gboolean plan_ops_of_kind(State *state, gint64 plan, const Op *last, gint64 entry, guint limit,
			  GPtrArray *ops, GError **error);

/* Appends the entries (gint64) that have planned ops of a kind, each once, in order of row. */
gboolean plan_entries(State *state, gint64 plan, OpKind kind, GArray *entries, GError **error);

/* TRUE in *all if nothing is left of the other ops that the plan of this one has for its entry. */
gboolean plan_all_done(State *state, const Op *op, gboolean *all, GError **error);

/*
 * Who an op is about turned out while it was carried out: stores target_id, changes and members of
 * a planned op. What was approved stays so, and the digest is that of what was planned.
 */
gboolean op_resolve(State *state, const Op *op, GError **error);

/* Ops of the app left in OP_INTENT or OP_UNKNOWN, whatever the plan; as above. */
gboolean plan_open_ops(State *state, gint64 app, guint limit, GPtrArray *ops, GError **error);

/* Those of one entry, all of them. */
gboolean plan_open_ops_of(State *state, gint64 app, gint64 entry, GPtrArray *ops, GError **error);

/*
 * Its updates whose fate nobody learnt (OP_OVERTAKEN), since a create, an adoption or an update of
 * it was done last; oldest first.
 */
gboolean plan_doubts_of(State *state, gint64 app, gint64 entry, GPtrArray *ops, GError **error);

/* The latest 'limit' ops of an entry at an app (app 0: all), newest first. */
gboolean plan_ops_of(State *state, gint64 app, gint64 entry, guint limit, GPtrArray *ops,
		     GError **error);

/* Moves an op to another state; ERROR_FATAL if op_state_may() says no. Updates op->state too. */
gboolean op_move(State *state, Op *op, OpState to, int status, const char *problem, gint64 now_us,
		 GError **error);

/* Frees it; NULL is fine. */
void op_free(Op *op);

/* An empty array that frees its ops. */
GPtrArray *op_array_new(void);

/* "ready", "held", ... */
const char *plan_status_name(PlanStatus status);
