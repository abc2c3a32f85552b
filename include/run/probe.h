/*
 * Probe: finds out how one application does things, and what to set for it.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"

/*
 * Opens an app as a run would, lets its driver find out, and reports. Nothing is written to the
 * state. The document:
 *	{ "app", "type", "ok", "problem", "write", "left", "fragment",
 *	  "findings": [ { "subject", "what", "found", "evidence", "setting", "value", "odd",
 *	                  "left" } ] }
 * "evidence" is "assumed", "configured", "announced" or "tried"; "left" counts the throw-away
 * objects that are still there. NULL and ERROR_CONFIG for a driver that has nothing to find out.
 */
json_t *probe_app(const Config *config, const AppConfig *app, const TargetProbe *how,
		  GError **error);

/*
 * The settings of the rows (TargetFinding) whose value is not what is configured, as they stand in
 * an app of the config file, nested groups within each other; "" if there are none. New string.
 */
char *probe_fragment(const GPtrArray *rows);
