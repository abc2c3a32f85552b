/*
 * Sightings: accounts seen in one listing of a target, kept aside (in temporary storage that dies
 * with the process) so that planning can match a million people against a million accounts in
 * flat memory. Values are compared without regard to case.
 */
#pragma once
#include <jansson.h>

#include "state/state.h"

/* Forgets all. To be called first: it makes the temporary storage. */
gboolean sighting_clear(State *state, GError **error);

/* Notes that an account has 'value' at 'path'. */
gboolean sighting_add(State *state, const char *path, const char *value, const char *target_id,
		      const json_t *document, GError **error);

/* New array of { "id", "document" } of those with this value at this path; empty if none. */
gboolean sighting_find(State *state, const char *path, const char *value, json_t **found,
		       GError **error);

/*
 * Notes that an entry claims a target's account in this plan. *other is the entry that claimed it
 * before, 0 if none did.
 */
gboolean sighting_claim(State *state, const char *target_id, gint64 entry, gint64 *other,
			GError **error);
