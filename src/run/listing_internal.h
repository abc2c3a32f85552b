/*
 * Listing: all accounts of a target, read once into temporary storage and matched there. For many
 * people it costs less than a look-up each, and some services know no other way to search.
 */
#pragma once
#include "find_internal.h"
#include "run_internal.h"

/*
 * Reads the listing. *whole FALSE: who is not in it may be there; *why (new string; 'why' may be
 * NULL) says what is wrong with it. ERROR_DOWN if the target cannot be listed.
 */
gboolean listing_take(AppRun *app, gboolean *whole, char **why, GError **error);

/*
 * The listed account that 'resource' describes, by the app's match keys in their order. What
 * 'answer' borrows lives in *found, the caller's to release.
 */
gboolean listing_find(AppRun *app, const json_t *resource, FindAnswer *answer, json_t **found,
		      GError **error);
