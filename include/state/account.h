/*
 * Accounts: per app, who is assigned and why, which account at the target is whose, what we last
 * made true there, and which objects are out of step.
 *
 * assignment: entry -> app with its reason.   link: entry -> target id, with the shadow.
 * work: the entry's account may differ from what is wanted; due now, or parked with the reason.
 */
#pragma once
#include <jansson.h>

#include "core/lifecycle.h"
#include "core/park_class.h"
#include "state/state.h"

/* ---- apps ---- */

typedef struct {
	gint64 id;
	char *rules_digest; /* of the assign rules, mapping, policy last planned with, and behind
			     * blanks AppConfig.manner and AppConfig.settings; or NULL */
	char *target;       /* identity of the target that its links are of; or NULL */
	gboolean released;  /* a plan for it was carried out or approved: no longer first run */
	json_t *memory;     /* what its driver keeps of the target (TargetOps.remember); or NULL */
	guint failures;     /* runs in a row in which it failed as a whole; 0: none did */
	gint64 failing_since_us; /* the first of them; 0: none */
	gint64 rests_until_us;   /* only leavers are sent before; 0: it does not rest */
	char *trouble;           /* why the last one failed; or NULL */
	char *trouble_kind;      /* in what way; the run's own word, or NULL */
	char *tried_with;        /* digest of the settings that it failed with; or NULL */
} AppRow;

/* The app's row, made when missing (in STATE_READ mode id 0). Clear with app_row_clear(). */
gboolean app_row_get(State *state, const char *name, AppRow *out, GError **error);

/* Stores all fields but the id. */
gboolean app_row_put(State *state, const AppRow *row, GError **error);

/* Frees the strings. */
void app_row_clear(AppRow *row);

/* Appends the names (new strings) of all apps that have a row, in the order of their rows. */
gboolean app_names(State *state, GPtrArray *names, GError **error);

/* ---- assignments ---- */

/*
 * The anchor of the group that a rule names as 'group', if somebody is or was assigned by it when
 * it was found; else NULL. New string. Scans the app's assignments.
 */
gboolean assignment_group(State *state, gint64 app, const char *group, char **anchor,
			  GError **error);

/*
 * The stored standing of an entry at an app and its reason (JSON, see src/state/README.md).
 * *found FALSE if none is stored. *reason is a new reference.
 */
gboolean assignment_get(State *state, gint64 app, gint64 entry, gboolean *found, Standing *standing,
			json_t **reason, GError **error);

/* Stores or replaces it. */
gboolean assignment_put(State *state, gint64 app, gint64 entry, Standing standing,
			const json_t *reason, gint64 now_us, GError **error);

/* Forgets it: the entry has nothing to do with the app. */
gboolean assignment_remove(State *state, gint64 app, gint64 entry, GError **error);

/* How many entries stand there as STANDING_ASSIGNED. */
gboolean assignment_count(State *state, gint64 app, guint64 *count, GError **error);

/* ---- links ---- */

typedef struct {
	gint64 app, entry;
	char *target_id;
	AccountState state;
	gboolean adopted; /* existed before us; FALSE: created by us */
	char *match;      /* adopted: by which rule, "userName"; else NULL */
	char *label;      /* the match value, for people */
	json_t *shadow;   /* flat resource, what we last made true */
	json_t *echo;     /* what the service shows in place of it, path to value; or NULL */
	gboolean disabled_by_us;
	gint64 disabled_at_us; /* 0: not disabled */
	gint64 linked_at_us;
} Link;

/* NULL in *link if there is none; free with link_free(). */
gboolean link_find(State *state, gint64 app, gint64 entry, Link **link, GError **error);

/* The entry that a target id is linked to; 0 if none. Links of deleted accounts do not count. */
gboolean link_owner(State *state, gint64 app, const char *target_id, gint64 *entry, GError **error);

/* Appends up to 'limit' entries (gint64) beyond 'last', in order, whose link has an echo. */
gboolean link_with_echo(State *state, gint64 app, gint64 last, guint limit, GArray *entries,
			GError **error);

/* Stores or replaces it. ERROR_OBJECT if the account is another entry's (link_owner()). */
gboolean link_put(State *state, const Link *link, GError **error);

/* Forgets it (a lost account). */
gboolean link_remove(State *state, gint64 app, gint64 entry, GError **error);

/* Accounts linked and active / disabled. */
gboolean link_count(State *state, gint64 app, guint64 *active, guint64 *disabled, GError **error);

/*
 * Active accounts of an app that no app of the same target has that the config names (it has a
 * digest of its rules): if the config does not name this one either, nobody manages them.
 */
gboolean link_count_alone(State *state, gint64 app, guint64 *active, GError **error);

/* Appends entries (gint64) with an account that we disabled at or before 'cutoff_us'. */
gboolean link_disabled_before(State *state, gint64 app, gint64 cutoff_us, GArray *entries,
			      GError **error);

/* When the first account was disabled of those that we disabled after 'after_us'; 0: none was. */
gboolean link_disabled_next(State *state, gint64 app, gint64 after_us, gint64 *at_us,
			    GError **error);

/* Frees it; NULL is fine. */
void link_free(Link *link);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Link, link_free)

/* ---- match keys: two people must not claim one account ---- */

/* Notes the value (any case) by which an entry claims an account at an app. NULL: none. */
gboolean matchkey_put(State *state, gint64 app, gint64 entry, const char *value, GError **error);

/* The value as it is noted (folded), new string; NULL if the entry claims none. */
gboolean matchkey_get(State *state, gint64 app, gint64 entry, char **value, GError **error);

/* Appends at most 'limit' other entries (gint64) that claim the same value, in order of row. */
gboolean matchkey_rivals(State *state, gint64 app, gint64 entry, const char *value, guint limit,
			 GArray *entries, GError **error);

/* ---- work ---- */

typedef struct {
	gint64 app, entry;
	gboolean parked;
	char *error;      /* parked: why */
	char *error_kind; /* parked: error_kind_name() */
	ParkClass klass;  /* parked: who must do what about it */
	char *digest;     /* parked: of the input that failed; another input is tried at once */
	guint tries;
	gint64 retry_at_us; /* parked: not before, when the input is the same; 0: only on change */
	gint64 since_us;
} Work;

/* Notes that an entry may be out of step. Keeps what is known about a parked one. */
gboolean work_add(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error);

/* Appends up to 'limit' entries (gint64) greater than 'after' that have work, parked or not. */
gboolean work_next(State *state, gint64 app, gint64 after, guint limit, GArray *entries,
		   GError **error);

/* NULL in *work if there is none; free with work_free(). */
gboolean work_find(State *state, gint64 app, gint64 entry, Work **work, GError **error);

/* Parks it: all fields of 'work' are stored. */
gboolean work_park(State *state, const Work *work, GError **error);

/* The pauses of all that an app has parked are over. */
gboolean work_end_pauses(State *state, gint64 app, GError **error);

/* In step again. */
gboolean work_done(State *state, gint64 app, gint64 entry, GError **error);

/* How many wait, and how many of them are parked. */
gboolean work_count(State *state, gint64 app, guint64 *all, guint64 *parked, GError **error);

/* How many are parked, by class. */
gboolean work_count_parked(State *state, gint64 app, guint64 by_class[PARK_CLASSES],
			   GError **error);

/* Calls 'fn' for the parked ones, in order of entry, at most 'limit'. */
typedef void (*WorkFn)(const Work *work, void *data);
gboolean work_parked(State *state, gint64 app, guint limit, WorkFn fn, void *data, GError **error);

/* Frees it; NULL is fine. */
void work_free(Work *work);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Work, work_free)
