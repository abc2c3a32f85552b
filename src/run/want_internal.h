/*
 * Want: what one person's account at one app should be, beside what it is. Put together from the
 * state; used by plan.c to decide and by explain.c to tell.
 */
#pragma once
#include "rules_internal.h"
#include "run_internal.h"
#include "state/view.h"

/* Whose id at the target a value of the account is. */
typedef struct {
	char *path, *name;
	gint64 referred;  /* entry; 0: not in the view */
	gboolean pending; /* that one has no account at the app: the value waits for it */
} WantReference;

typedef struct {
	ViewEntry person;
	gboolean known; /* a standing is stored */
	Standing standing;
	json_t *reason; /* or NULL */
	Link *link;     /* or NULL */
	LifecycleVerdict verdict;
	json_t *resource; /* wanted, with create-only attributes, without the active one; or NULL */
	json_t *steady;   /* the same without create-only attributes; or NULL */
	GPtrArray *references; /* WantReference; NULL: the mapping was not applied */
	GPtrArray *kept;       /* paths (char *) that differ and cannot be changed; or NULL */
	GError *problem;       /* the mapping could not be applied (ERROR_OBJECT); or NULL */
} Want;

typedef struct {
	const AppConfig *config;
	State *state;
	gint64 app; /* row id */
	gint64 now_us;
	Arena *arena;       /* reset by each want_load() */
	const Rules *rules; /* for [accountEnabled] and [lockedOut] */
} WantContext;

/* Loads and decides. FALSE only if the state failed. Clear with want_clear(). */
gboolean want_load(const WantContext *context, gint64 entry, Want *out, GError **error);

/* What is to become of the account, from the standing and the link as they are now. */
void want_decide(const WantContext *context, Want *self);

/*
 * Maps a loaded person for whom nothing is to be done as well, for whoever only wants to show it.
 * FALSE only if the state failed.
 */
gboolean want_map(const WantContext *context, Want *self, GError **error);

/* Frees what it holds. */
void want_clear(Want *self);

/*
 * 'resource' (or changes) of a person as it goes over the wire: with secret values in place of
 * their redacted texts. New reference; NULL and ERROR_OBJECT if they cannot be made now.
 */
json_t *want_reveal(const WantContext *context, gint64 entry, const json_t *resource,
		    GError **error);

/*
 * An expression on a loaded person, with all that the app's own mapping may look at. NULL and
 * ERROR_OBJECT if it cannot be evaluated. The value lives in the context's arena, until the next
 * one.
 */
const Value *want_eval(const WantContext *context, const Want *want, const Expr *expr,
		       GError **error);

/*
 * What the row of a path alone yields for a loaded person, whether or not the others can be filled.
 * New string; NULL: nothing, or no single value.
 */
char *want_row_text(const WantContext *context, const Want *want, const char *path);

/* ---- refer.c ---- */

/*
 * Puts ids in the place of the $reference markers of a mapped resource, and $keep where there is no
 * account yet; fills self->references. FALSE only if the state failed.
 */
gboolean refer_resolve(const WantContext *context, Want *self, json_t *mapped, GError **error);

/* Remembers what the account of this person refers to, so that it is completed later. */
gboolean refer_note(const WantContext *context, const Want *self, GError **error);

/* The value by which the account is found at the target, or NULL. Borrowed from 'resource'. */
const char *want_match_value(const AppConfig *config, const json_t *resource);

/* A name for people: the match value, the link's label, or the DN's first value. New string. */
char *want_label(const AppConfig *config, const Want *self);
