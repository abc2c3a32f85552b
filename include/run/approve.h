/*
 * Approve: a human releases a held plan, or some of its ops, once.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

/*
 * 'plan' 0 means the only held plan. 'ops' (gint64; NULL: all) must belong to it. The next sync
 * sends exactly these ops without asking the guard again, if they are then still what is wanted.
 * Returns { "plan", "app", "ops" }; ERROR_CONFIG if there is no such held plan or op.
 */
json_t *approve_plan(const Config *config, State *state, gint64 plan, const GArray *ops,
		     GError **error);
