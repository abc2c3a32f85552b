/*
 * Due: when something changes by time alone.
 */
#pragma once
#include "run/config.h"
#include "state/state.h"

/* The first moment after 'now_us'; 0: nothing does. */
gboolean due_next(const Config *config, State *state, gint64 now_us, gint64 *at_us, GError **error);
