/*
 * Op: one decision to change one account at one app. Kinds, states and their names.
 *
 *	planned --> intent --> done
 *	   |          |------> failed    (the object is parked)
 *	   |          |------> settled   (found open after a crash; the target was asked)
 *	   |          '------> unknown   (sent, answer lost) --> settled by asking the target
 *	   |--> held  (guard) --> planned, when approved, or dropped
 *	   '--> dropped (superseded by a newer plan)
 *
 * Durable states: all of them. 'intent' is written before the wire sees the request.
 */
#pragma once
#include <glib.h>

typedef enum {
	OP_DISABLE, /* in the order in which a run sends them: leavers first */
	OP_ENABLE,
	OP_ADOPT, /* link an existing account found by a match rule, and make it agree */
	OP_CREATE,
	OP_UPDATE,
	OP_DELETE,
} OpKind;
#define OP_KINDS (OP_DELETE + 1)

typedef enum {
	OP_PLANNED,
	OP_HELD,
	OP_INTENT,
	OP_UNKNOWN,
	OP_DONE,
	OP_SETTLED, /* open after a crash or a lost answer; the target was asked, the truth noted */
	OP_FAILED,
	OP_DROPPED,
} OpState;

/* "create", ...; also the form in the store. */
const char *op_kind_name(OpKind kind);

/* The reverse. FALSE if it is none. */
gboolean op_kind_parse(const char *name, OpKind *kind);

/* "planned", ...; also the form in the store. */
const char *op_state_name(OpState state);

/* The reverse. FALSE if it is none. */
gboolean op_state_parse(const char *name, OpState *state);

/* True if the state machine above has this arrow. */
gboolean op_state_may(OpState from, OpState to);

/* True for what guards count: disable and delete. */
gboolean op_is_removal(OpKind kind);
