/*
 * Status: how everything stands, from the state alone: sources, apps, held plans, parked objects.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

/*
 * An app's "last_run" is when the latest run ended in which it took part, "problem" what was wrong.
 * { "sources": [...], "apps": [ { ..., "held": {...}, "parked": [...] } ], "runs": [...],
 *   "unmanaged": [ { "name", "active" } ], "next_change": time or null }
 * At most 'limit' held ops and as many parked objects an app are named. New reference.
 */
json_t *status_report(const Config *config, State *state, guint limit, GError **error);
