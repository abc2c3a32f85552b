/*
 * Want: what one person's account at one app should be, beside what it is. Put together from the
 * state; used by plan.c to decide and by explain.c to tell.
 */
#pragma once
#include "rules_internal.h"
#include "run_internal.h"
#include "state/view.h"

typedef struct {
	ViewEntry person;
	gboolean known; /* a standing is stored */
	Standing standing;
	json_t *reason; /* or NULL */
	Link *link;     /* or NULL */
	LifecycleVerdict verdict;
	json_t *resource; /* wanted, with create-only attributes, without the active one; or NULL */
	json_t *steady;   /* the same without create-only attributes; or NULL */
	GError *problem;  /* the mapping could not be applied (ERROR_OBJECT); or NULL */
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

/* Frees what it holds. */
void want_clear(Want *self);

/* The value by which the account is found at the target, or NULL. Borrowed from 'resource'. */
const char *want_match_value(const AppConfig *config, const json_t *resource);

/* A name for people: the match value, the link's label, or the DN's first value. New string. */
char *want_label(const AppConfig *config, const Want *self);
