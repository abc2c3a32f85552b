/*
 * Push: source groups as groups at an app.
 *
 *	push.c        which groups are pushed, and who is in them: rows, worked out with the touched
 *	push_plan.c   what the rows want against what is there, as ops
 *	push_match.c  groups that exist already; what the app cannot do
 *	push_read.c   the members that an exclusive group really has
 *	push_spare.c  whom 'protect' keeps where they are
 *	push_exec.c   one request at a time for each group, and what its answer means
 *	push_settle.c what became of a request without an answer
 *	push_tell.c   for people
 */
#pragma once
#include "rules_internal.h"
#include "run_internal.h"
#include "state/membership.h"
#include "state/view.h"

/* ---- push.c ---- */

/* The groups rules of all apps, at work on the view. */
typedef struct Push Push;

/* 'app_ids' has the row id of each app of the config, or 0; it and 'rules' outlive the Push. */
Push *push_new(const Run *run, const Rules *rules, const gint64 *app_ids, GError **error);

/* Frees it; NULL is fine. */
void push_free(Push *self);

/*
 * Looks at a touched entry for an app (index in config->apps): a group may be pushed by another
 * rule than before or by none, a person may be in others. 'rules' has taken the entry up.
 */
gboolean push_assign(Push *self, guint app, const ViewEntry *entry, Standing standing,
		     GError **error);

/* Touches who is beneath the groups that take nested ones as they are. */
gboolean push_touch_kept(AppRun *app, GError **error);

/*
 * A note in the result for each rule that names a group which is not there, or not there any
 * more.
 */
gboolean push_note_rules(AppRun *app, GError **error);

/* The rule that fits a group, or NULL. */
gboolean push_rule(Push *self, guint app, gint64 group, const PushRule **rule, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Push, push_free)

/* How a group is pushed, as it is kept in Pushed.rule. */
typedef struct {
	PushMode mode;
	PushNested nested;
	PushGone gone;
} PushWay;
PushWay push_way(const Pushed *pushed);

/* ---- push_plan.c ---- */

#define PUSH_MOST_MEMBERS 100 /* in an op; more make a plan that nobody can read */

/* TRUE if the work is a group's, and none of an account. */
gboolean push_is_groups(const ViewEntry *entry, gboolean known, const Link *link);

/* Adds the ops for all groups that have work. */
gboolean push_plan(AppRun *app, gint64 plan, GError **error);

/* The members of a group that this plan adopts, alone; and forgetting them. */
gboolean push_plan_members(AppRun *app, gint64 plan, gint64 group, GError **error);
gboolean push_forget_members(AppRun *app, gint64 plan, gint64 group, GError **error);

/* Takes out of what is planned the members that will have no account there after all. */
gboolean push_prune(AppRun *app, gint64 plan, GError **error);

/* Forgets what is planned for groups. */
gboolean push_forget(AppRun *app, gint64 plan, GError **error);

/* Parks a group with a sentence. */
gboolean push_park(AppRun *app, gint64 plan, gint64 group, ParkClass klass, const char *why,
		   GError **error);

/* ---- push_match.c ---- */

/* Adopts groups that exist, and fits the plan to what the app can do. The target is open. */
gboolean push_match(AppRun *app, gint64 plan, GError **error);

typedef struct {
	gint64 group;     /* entry */
	const char *name; /* or NULL */
	const char *id;   /* only a group with this id is meant; or NULL */
	void *tag;        /* the caller's */
} PushQuery;

typedef struct {
	guint count;       /* groups that fit */
	const char *id;    /* of the first */
	const char *match; /* path by which it was found */
	const char *label; /* its name there, or NULL */
	gboolean failed;   /* the target did not say */
	TargetOutcome why;
	const char *detail;
	int status;
} PushAnswer;

/* Asks the target for groups by the driver's paths; 'fn' is called once for each. */
typedef gboolean (*PushFindFn)(const PushQuery *query, const PushAnswer *answer, void *data,
			       GError **error);
gboolean push_find(AppRun *app, const PushQuery *queries, guint n, PushFindFn fn, void *data,
		   GError **error);

/* ---- push_read.c ---- */

/*
 * Reads the members of exclusive groups that were not read for a day, and looks again whether those
 * who are still to be removed are protected. Opens the target if need be.
 */
gboolean push_read_due(AppRun *app, gboolean (*open)(AppRun *app, GError **error), GError **error);

/* Reads those of one, which has this id there. */
gboolean push_read(AppRun *app, gint64 plan, gint64 group, const char *id, GError **error);

/* ---- push_spare.c ---- */

/* Takes out of the members those whose accounts are protected, and counts them in *spared. */
gboolean push_spare(AppRun *app, json_t *members, guint *spared, GError **error);

/* Notes how many memberships of a group were left alone, if any. */
void push_note_spared(AppRun *app, const char *name, guint spared);

/*
 * Forgets the strangers of a group that are protected, or may be; they stay. The target is open.
 */
gboolean push_spare_strangers(AppRun *app, gint64 group, const char *name, GError **error);

/* Appends the groups (gint64) whose strangers are to be asked about before a plan. */
gboolean push_spare_due(AppRun *app, GArray *groups, GError **error);

/* ---- push_exec.c ---- */

/* TRUE in *has if the plan has ops that add or remove members. */
gboolean push_has_members(AppRun *app, gint64 plan, gboolean *has, GError **error);

/* Which groups have member ops to be sent, and for which a request is under way. */
typedef struct PushLanes PushLanes;
PushLanes *push_lanes_new(AppRun *app, gint64 plan, OpKind kind, GError **error);
void push_lanes_free(PushLanes *self);
gboolean push_lanes_empty(const PushLanes *self);

/*
 * Takes at most 'limit' ops (Op *) of groups for which nothing is under way, with the ids of their
 * members. 'last': who cannot be sent now cannot be later either. *left FALSE: nothing remains.
 */
gboolean push_take(PushLanes *self, gboolean last, guint limit, GPtrArray *ops, gboolean *left,
		   GError **error);

/* The op's answer was noted. */
void push_landed(PushLanes *self, const Op *op);

/* The request of an op that push_take() gave, with its members; freed by the caller. */
TargetMember *push_members(const Op *op, guint *count);

/* Notes that an op of a group was done; 'id' is that of a new group. */
gboolean push_done(AppRun *app, const Op *op, const char *id, GError **error);

/*
 * A request was refused: if it had several members, one may be to blame, so the next plan asks for
 * half of them at a time, until that one stands alone. 'done' are the ids (array) of those who are
 * done all the same, which is noted; or NULL.
 */
gboolean push_refused(AppRun *app, const Op *op, const json_t *done, GError **error);

/*
 * What could not be done, before what the app said of it; new string, NULL if there is nothing to
 * add.
 */
char *push_words(const Op *op, const char *said);

/* The group is not there any more. */
gboolean push_gone(AppRun *app, const Op *op, gboolean *parked, GError **error);

/* Was it put aside for that? */
gboolean push_is_gone(State *state, const Pushed *pushed, gboolean *gone, GError **error);

/* Forgets the one that is gone: the next plan makes it, with all its members. */
gboolean push_make_again(AppRun *app, gint64 group, GError **error);

/* An account came to be linked, or an account is there no more. */
gboolean push_account_new(AppRun *app, gint64 entry, GError **error);
gboolean push_account_gone(AppRun *app, gint64 entry, GError **error);

/* The account of one entry becomes that of another, and stays in the groups that it is in. */
gboolean push_hand_over(AppRun *app, gint64 from, gint64 to, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PushLanes, push_lanes_free)

/* ---- push_settle.c ---- */

/* Settles those of the open ops that are of groups, and takes them out of the array. */
gboolean push_settle(AppRun *app, GPtrArray *ops, guint64 *settled, GError **error);

/* ---- push_tell.c ---- */

/* Counts for the result: what waits for an account. */
gboolean push_note_rest(AppRun *app, GError **error);

/* Adds "pushed": { "groups", "memberships", "waiting" } if the app has any. */
gboolean push_status(State *state, gint64 app, json_t *object, GError **error);

/* Adds "groups": [{ "name", "state", "dn", "id" }] of an entry. */
gboolean push_explain(State *state, gint64 app, gint64 entry, json_t *object, GError **error);
