/*
 * Result: what a run did, in numbers and sentences; the same for people and for --json.
 */
#pragma once
#include <jansson.h>

#include "core/op.h"
#include "core/park_class.h"
#include "state/view.h"

typedef struct {
	char *name;
	gboolean complete;
	char *problem;    /* why it failed or is incomplete, or NULL */
	gboolean refused; /* the operator must mend something first, such as the password */
	GPtrArray *notes; /* char *: entries that could not be used */
	ViewPullStats stats;
} SourceResult;

typedef struct {
	char *name;
	char *problem;  /* the app could not be worked on, or stopped early, or rests; or NULL */
	gboolean rests; /* after failures; only leavers were tried */
	gint64 plan;    /* 0: nothing to do */
	gboolean held;  /* a guard said no */
	char *held_why;
	GPtrArray *notes; /* char *: remarks that stop nothing */
	guint64 planned[OP_KINDS];
	guint64 done[OP_KINDS];
	guint64 members_planned, unmembers_planned; /* memberships to be added, to be taken away */
	guint64 members_added, members_removed;
	guint64 members_waiting; /* memberships that wait for an account */
	guint64 settled;         /* ops whose outcome had to be asked for */
	guint64 unsettled;       /* ops whose outcome is still not known */
	guint64 calls;           /* requests on the wire */
	guint64 retries;         /* of these, repeated on account of a failure */
	gint64 waited_us;   /* requests waited so long because of rates and the service's pauses */
	guint64 not_sticky; /* values that the service keeps otherwise than sent, news only */
	guint64 waiting;    /* objects with work left, parked ones not counted */
	guint64 parked;
	guint64 parked_by[PARK_CLASSES];
} AppResult;

typedef struct {
	gint64 run;
	GPtrArray *sources;  /* SourceResult */
	GPtrArray *apps;     /* AppResult */
	GPtrArray *notes;    /* char *: remarks about neither */
	gboolean unfinished; /* ended for lack of time, with work left for a next run at once */
	gint64 due_us;       /* somebody's standing changes then by time alone; 0: nobody's */
} Result;

/* An empty result. */
Result *result_new(void);

/* Frees it; NULL is fine. */
void result_free(Result *self);

/* Appends a row and returns it (owned by the result). */
SourceResult *result_add_source(Result *self, const char *name);
AppResult *result_add_app(Result *self, const char *name);

/* Adds what another pull of the same sources told: numbers to numbers, the later problem counts. */
void result_add_sources(Result *self, const Result *later);

/* True if the pass was refused by the source, so that trying again at once can only do harm. */
gboolean result_was_refused(const Result *self, const char *source);

/* The process's exit code: 1 a source or app failed; else 4 held; else 3 parked; else 0. */
int result_exit_code(const Result *self);

/* { class: number } of those that there are. New reference. */
json_t *result_parked_json(const guint64 by_class[PARK_CLASSES]);

/* The document of --json: see dirbridge(1). New reference. */
json_t *result_json(const Result *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Result, result_free)
