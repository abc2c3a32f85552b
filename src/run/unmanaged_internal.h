/* Unmanaged: apps with active accounts that the config does not name. */
#pragma once
#include "base/json.h"
#include "run_internal.h"

/* New array of { "name", "active" }. */
json_t *unmanaged_apps(const Config *config, State *state, GError **error);

/* A note in the result for each of them. */
gboolean unmanaged_note(Run *run, GError **error);
