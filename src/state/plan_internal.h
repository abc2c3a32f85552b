/*
 * Plans, for siblings only.
 */
#pragma once
#include "state/plan.h"
#include "state_internal.h"

/*
 * As in the indexes op_group and op_removal, which only a query that says the same may use. A chain
 * of OR, since a list of more than two makes SQLite build a table for it whenever it looks whether
 * a row belongs into the index: with each change of an op.
 */
#define OP_OF_GROUP                                                                 \
	"(kind = 'remove_members' OR kind = 'adopt_group' OR kind = 'create_group'" \
	" OR kind = 'rename_group' OR kind = 'add_members' OR kind = 'delete_group')"
#define OP_OF_REMOVAL \
	"(kind = 'disable' OR kind = 'delete' OR kind = 'remove_members' OR kind = 'delete_group')"

/* Approvals that ops of this plan took go back, if the ops were never sent. */
gboolean plan_give_back_all(State *state, gint64 plan, GError **error);

/* Ops that were never sent are forgotten; those that were stay as history. */
gboolean plan_drop_ops(State *state, gint64 plan, GError **error);

/* Held plans that 'by' (app, person, id) takes the place of are dropped; 'why' is for people. */
gboolean plan_drop_held(State *state, const Plan *by, const char *why, GError **error);
