/*
 * Explain: why a person has or has not an app, down to the groups, the rule, the mapping and the
 * last calls. Reads the state only.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"
#include "state/state.h"

/*
 * 'user' is a DN, an anchor, or an identifying value; 'app' NULL means all apps. The document:
 *	{ "person": {...}, "apps": [ { "app", "standing", "reason", "account", "wanted",
 *	  "difference", "problem", "parked", "history" } ] }
 * ERROR_CONFIG if nobody or several are called so. New reference.
 */
json_t *explain_person(const Config *config, State *state, const char *user, const char *app,
		       GError **error);
