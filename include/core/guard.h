/*
 * Guard: says no to a plan that takes away more than a human would expect. Pure functions over
 * counts; a refused plan has sent nothing.
 */
#pragma once
#include <glib.h>

typedef struct {
	gint64 removals;         /* objects allowed within the window; default 10 */
	gint64 removals_percent; /* percent of what we manage; default 5; the larger one counts */
	gboolean hold_first_run; /* the first plan against an app waits for approval */
} GuardLimits;

typedef struct {
	guint64 managed;             /* accounts linked and not deleted before this plan */
	guint64 removals;            /* disables and deletes in this plan that nobody approved */
	guint64 removals_window;     /* the same, done by earlier runs within the window */
	guint64 memberships;         /* put into groups by us before this plan */
	guint64 memberships_removed; /* members removed in this plan that nobody approved */
	guint64 memberships_window;  /* the same, done by earlier runs within the window */
	guint64 ops;                 /* all ops in this plan that nobody approved */
	gboolean first_run;          /* no plan for this app was ever released */
} GuardCounts;

typedef enum {
	GUARD_PASS,
	GUARD_FIRST_RUN,
	GUARD_REMOVALS,
} GuardVerdict;

/* The verdict; *why (if not NULL) gets a new string with the sentence for people, NULL on pass. */
GuardVerdict guard_check(const GuardLimits *limits, const GuardCounts *counts, char **why);

/* The number of removals that still passes: max(removals, percent of managed, rounded down). */
guint64 guard_allowed(const GuardLimits *limits, guint64 managed);
