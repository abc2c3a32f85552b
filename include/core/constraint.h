/*
 * Constraint: what a target demands of the values at one path. Data of a preset; pure.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct {
	const char *path;    /* target path, canonical spelling or not */
	gboolean required;   /* some mapping must fill it, and a person without value is parked */
	gboolean forbidden;  /* no mapping may fill it: the service refuses or misreads it */
	gboolean immutable;  /* set at create; a change is not sent, and said */
	gboolean single;     /* at most one element with a filter in this multi-valued attribute */
	gboolean lower;      /* the value is sent in lower case (invariant) */
	gint64 max_length;   /* characters; 0: any */
	const char *pattern; /* the whole value must match (core/pattern.h); NULL: any */
	const char *why;     /* sentence for people, "Slack refuses longer names"; or NULL */
} Constraint;

typedef struct Constraints Constraints;

/* An empty set. */
Constraints *constraints_new(void);

/* Frees it; NULL is fine. */
void constraints_free(Constraints *self);

/* Adds one, copied. ERROR_CONFIG: no path, a bad pattern, the same path twice. */
gboolean constraints_add(Constraints *self, const Constraint *constraint, GError **error);

/* The one of a path however it is spelled, or NULL. Borrowed. */
const Constraint *constraints_find(const Constraints *self, const char *path);

/*
 * The value as the target takes it (lower case where it wants that). New reference; NULL and
 * ERROR_OBJECT if it is too long or does not fit the pattern: the message names path, limit, why.
 */
json_t *constraints_apply(const Constraints *self, const char *path, json_t *value, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Constraints, constraints_free)
