/*
 * Op: one decision to change one account or group at one app. Kinds, states and their names.
 *
 *	planned --> intent --> done
 *	   |          |------> failed    (the object is parked)
 *	   |          |------> settled   (found open after a crash; the target was asked)
 *	   |          |------> overtaken (a later request has made its fate matter no more)
 *	   |          '------> unknown   (sent, answer lost) --> settled by asking the target,
 *	   |                                                     or overtaken
 *	   |--> held  (guard) --> planned, when approved, or dropped
 *	   '--> dropped (superseded by a newer plan)
 *
 * Durable states: all of them. 'intent' is written before the wire sees the request.
 */
#pragma once
#include <glib.h>

typedef enum {
	OP_DISABLE, /* in the order in which a run sends them: leavers first */
	OP_REMOVE_MEMBERS,
	OP_ENABLE,
	OP_ADOPT, /* link an existing account found by a match rule, and make it agree */
	OP_CREATE,
	OP_UPDATE,
	OP_ADOPT_GROUP, /* the same of groups; they are made empty */
	OP_CREATE_GROUP,
	OP_RENAME_GROUP,
	OP_ADD_MEMBERS, /* to one group, when accounts and groups of the run are there */
	OP_DELETE_GROUP,
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
	OP_OVERTAKEN, /* nobody learnt its fate; the account was disabled or deleted since */
} OpState;
#define OP_STATES (OP_OVERTAKEN + 1)

/* "create", "add_members", ...; also the form in the store. */
const char *op_kind_name(OpKind kind);

/* The reverse. FALSE if it is none. */
gboolean op_kind_parse(const char *name, OpKind *kind);

/* "planned", ...; also the form in the store. */
const char *op_state_name(OpState state);

/* The reverse. FALSE if it is none. */
gboolean op_state_parse(const char *name, OpState *state);

/* True if the state machine above has this arrow. */
gboolean op_state_may(OpState from, OpState to);

/* True for what guards count: disable, delete, and what takes members or groups away. */
gboolean op_is_removal(OpKind kind);

/* True for the kinds whose entry is a group. */
gboolean op_is_of_group(OpKind kind);
