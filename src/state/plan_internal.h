/*
 * Plans, for siblings only.
 */
#pragma once
#include "state/plan.h"
#include "state_internal.h"

/* Approvals that ops of this plan took go back, if the ops were never sent. */
gboolean plan_give_back_all(State *state, gint64 plan, GError **error);

/* Ops that were never sent are forgotten; those that were stay as history. */
gboolean plan_drop_ops(State *state, gint64 plan, GError **error);

/* Held plans that 'by' (app, person, id) takes the place of are dropped; 'why' is for people. */
gboolean plan_drop_held(State *state, const Plan *by, const char *why, GError **error);
