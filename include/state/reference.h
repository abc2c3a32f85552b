/*
 * References: whose account at an app has a value that is the id of another account (a manager),
 * so that it can be completed or corrected when the other one appears or changes. Choices: which
 * of several possible values (a login name) an account was given, so that nobody else gets it.
 */
#pragma once
#include "state/state.h"

/* ---- references ---- */

typedef struct {
	gint64 app, entry;
	const char *path; /* target path that holds the other account's id */
	const char *name; /* DN or anchor, as the directory has it */
	gint64 referred;  /* the entry that it means; 0: not in the view (yet) */
} Reference;

/*
 * The entry that a DN or an anchor means, first in 'source', then in any other one; living ones
 * only. 0 if there is none.
 */
gboolean reference_resolve(State *state, gint64 source, const char *name, gint64 *entry,
			   GError **error);

/* The id of an entry's account at an app that is not deleted; NULL: none. New string. */
gboolean reference_target_id(State *state, gint64 app, gint64 entry, char **id, GError **error);

/*
 * Calls 'fn' for each value of an entry's account that can be told now: the path, and the id of the
 * account that it refers to.
 */
typedef void (*ReferenceFn)(const char *path, const char *target_id, void *data);
gboolean reference_targets(State *state, gint64 app, gint64 entry, ReferenceFn fn, void *data,
			   GError **error);

/* Stores or replaces what the account of an entry refers to at a path; writes only news. */
gboolean reference_put(State *state, const Reference *reference, GError **error);

/* Forgets it. */
gboolean reference_remove(State *state, gint64 app, gint64 entry, const char *path, GError **error);

/*
 * The account of 'referred' at the app came, went or got another id: whoever refers to it becomes
 * work. *woken (may be NULL) is set TRUE if there was somebody.
 */
gboolean reference_wake(State *state, gint64 app, gint64 referred, gint64 now_us, gboolean *woken,
			GError **error);

/*
 * Whoever refers to an entry that neither has the app nor an account there becomes work. *woken as
 * above.
 */
gboolean reference_wake_waiting(State *state, gint64 app, gint64 now_us, gboolean *woken,
				GError **error);

/* TRUE in *any if some reference names an entry that is not in the view. */
gboolean reference_any_dangling(State *state, gboolean *any, GError **error);

/* An entry is there: whoever named it before it was becomes work for the app. */
gboolean reference_wake_dangling(State *state, const char *anchor, const char *dn, gint64 now_us,
				 GError **error);

/* ---- choices ---- */

/* The value that an entry was given at a path, NULL: none. New string. */
gboolean choice_get(State *state, gint64 app, gint64 entry, const char *path, char **value,
		    GError **error);

/* The entry that has the value, compared without regard to case; 0: nobody. */
gboolean choice_owner(State *state, gint64 app, const char *path, const char *value, gint64 *entry,
		      GError **error);

/* Gives a value to an entry, in place of the one it had. ERROR_OBJECT if somebody else has it. */
gboolean choice_put(State *state, gint64 app, gint64 entry, const char *path, const char *value,
		    GError **error);

/* Sets free what an entry was given at an app: the account is gone, or never came. */
gboolean choice_remove(State *state, gint64 app, gint64 entry, GError **error);
