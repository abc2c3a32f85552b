/*
 * Exec, for its own files: the ops that are under way, and what is known of their answers.
 *
 *	take.c   plan --> Flight, with an intent
 *	exec.c   Flight --> target --> answer in the Flight
 *	land.c   Flight --> link, shadow, work, audit and op
 */
#pragma once
#include "push_internal.h"
#include "run_internal.h"
#include "wire_internal.h"

/* One op under way. */
typedef struct {
	Op *op;
	TargetRequest request;
	WireForm form;
	TargetMember *members;
	json_t *shown;        /* the account as the service shows it afterwards; or NULL */
	json_t *members_done; /* TargetAnswer.members_done */
	TargetOutcome outcome;
	char *id, *detail;
	char *unfinished; /* TargetAnswer.unfinished; or NULL */
	int status;
	gint64 retry_after_us;
	gboolean lingers; /* TargetAnswer.lingers */
} Flight;

/* One plan that is carried out. */
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
	guint heard;         /* so many of these were taken for signs of trouble */
	Wire wire;
	guint64 finished, refused;
	gboolean stopped;   /* the app is down or refuses most: nothing more is sent */
	gboolean began;     /* something was taken in this slice */
	gboolean cut;       /* the slice is over: of what is left only disables are sent */
	gint64 gives_up_us; /* monotonic; 0: waits for all answers */
	gboolean again;
} Exec;

/* Nothing more is sent; the first 'why' is the app's problem. */
void exec_stop(Exec *self, const char *why);

/* Takes the next ops of the plan, appends them to 'flights' and writes their intents. */
gboolean exec_take(Exec *self, guint limit, GPtrArray *flights, GError **error);

/* The same of members: one op of each group. */
gboolean exec_take_members(Exec *self, guint limit, GPtrArray *flights, GError **error);

/* What an answer means for our state. */
gboolean exec_land(Exec *self, Flight *flight, GError **error);
