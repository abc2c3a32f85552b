/*
 * Check: tests every connection and credential and says what was found.
 */
#pragma once
#include <jansson.h>

#include "run/config.h"

/*
 * Connects to every source and app of a loaded config; goes on after a failure. The document:
 *	{ "sources": [ { "name", "ok", "problem", "findings": [...] } ], "apps": [...] }
 * *ok FALSE if one of them failed. New reference.
 */
json_t *check_connections(const Config *config, gboolean *ok);
