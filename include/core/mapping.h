/*
 * Mapping: the table "to what, from what" of an app, compiled; and its application to one person.
 *
 * What a person's rows yield is a *mapped* resource: flat as of core/resource.h, but a value may be
 * a marker, an object of one member, for what only the caller can work out:
 *
 *	{ "$reference": "cn=Boss,..." }    the target's id of somebody, named by DN or anchor
 *	{ "$choose": [ "jdoe", "jdoe2" ] } the first that nobody has at the target
 *	{ "$keep": true }                  whatever the target has stays
 *	{ "$clear": true }                 no value, and what the target has is cleared
 *
 * The caller puts an id, or $keep, in the place of each $reference. mapping_create() and
 * mapping_update() then make the wanted resource, in which no marker but $choose is left.
 *
 * A secret value (a path "password", or Redact()) stands in mapped and wanted resources, in plans
 * and in the state as a text that begins with MAPPING_REDACTED and says only whether it changed;
 * mapping_reveal() puts the values in place for the wire.
 */
#pragma once
#include <jansson.h>

#include "core/constraint.h"
#include "core/expr.h"

#define MAPPING_REDACTED "[Redact]"

typedef enum {
	MAPPING_ALWAYS,
	MAPPING_CREATE, /* sent when the account is created, never compared afterwards */
} MappingWhen;

/* What the target gets when a value that it has is gone in the directory. */
typedef enum {
	MAPPING_CLEAR_REMOVE, /* the attribute is removed */
	MAPPING_CLEAR_OMIT,   /* nothing: it keeps what it has */
	MAPPING_CLEAR_NULL,   /* null */
	MAPPING_CLEAR_EMPTY,  /* "" */
} MappingClear;

typedef struct {
	const char *to;
	const char *from;
	MappingWhen when;
	gboolean required;    /* without a value the person is parked */
	const char *fallback; /* sent on create if 'from' is null; a later null keeps; or NULL */
	MappingClear clear;
	gboolean reference; /* 'from' yields a DN or an anchor (as CRef() does); an id is sent */
	gboolean all;       /* all values, as an array; else the first */
} MappingRow;

typedef struct Mapping Mapping;

/* An empty mapping. */
Mapping *mapping_new(void);

/* Frees it; NULL is fine. */
void mapping_free(Mapping *self);

/*
 * Compiles one row and adds it. FALSE and ERROR_CONFIG; *column is the position in 'from', or 0
 * if something else is at fault (a bad path, the same path twice, or one that another row's path
 * excludes; settings that exclude each other; chance in a row that is compared at each run).
 */
gboolean mapping_add(Mapping *self, const MappingRow *row, guint *column, GError **error);

/*
 * Adds what the target demands of a path; to be called after all rows. ERROR_CONFIG if a row fills
 * what is forbidden, or none fills what is required.
 */
gboolean mapping_constrain(Mapping *self, const Constraint *constraint, GError **error);

/* The path as the row that fills it spells it (any case will do); NULL if none does. Borrowed. */
const char *mapping_spelling(const Mapping *self, const char *path);

/* Calls 'fn' for each row in order, with its compiled expression. */
typedef void (*MappingRowFn)(const MappingRow *row, const Expr *expr, void *data);
void mapping_foreach(const Mapping *self, MappingRowFn fn, void *data);

/*
 * The mapped resource of one person, in order of rows. A row that yields null is left out; of
 * several values the first is taken, as the server ordered them, unless the row takes all.
 * ERROR_OBJECT names the row that could not be evaluated or the required one without value (null
 * or empty), or that breaks a constraint.
 */
json_t *mapping_apply(const Mapping *self, const ExprInput *input, Arena *arena, GError **error);

/*
 * What the row of a path, as the mapping spells it, would send for a person on its own, default and
 * constraints applied; or a marker. New reference; NULL without 'error' if there is no value.
 */
json_t *mapping_apply_row(const Mapping *self, const char *path, const ExprInput *input,
			  Arena *arena, GError **error);

/*
 * The wanted resource of an account that is to be created, from a mapped one whose references are
 * settled; a $reference that is left counts as $keep. ERROR_OBJECT if two values claim to be the
 * primary one of an attribute, or if a required reference could not be settled.
 */
json_t *mapping_create(const Mapping *self, const json_t *mapped, GError **error);

/*
 * The wanted resource of an account that exists: without MAPPING_CREATE rows; with what 'shadow'
 * (flat: what we last made true, or what was found when adopting) has where the row keeps it, as
 * 'clear' says where a value is gone, and with the shadow's elements in lists that are only added
 * to. Equal to the shadow means nothing is to be done; it mostly is the shadow itself then. 'kept'
 * (may be NULL) gets the paths (new strings) whose change the target does not allow (immutable).
 */
json_t *mapping_update(const Mapping *self, const json_t *mapped, const json_t *shadow,
		       GPtrArray *kept, GError **error);

/*
 * The same of an account that others made and that is adopted: 'resource' is what would be created,
 * 'found' the values that it has there, masked. A default takes the place of nothing that is there.
 */
json_t *mapping_adopt(const Mapping *self, const json_t *resource, const json_t *found,
		      GError **error);

/* Puts MAPPING_REDACTED in the place of what a target showed of secret rows, in a flat resource. */
void mapping_mask(const Mapping *self, json_t *found);

/*
 * 'resource' as mapping_create() made it, without what MAPPING_CREATE rows filled: what is compared
 * later. Defaults stay, they were made true. An adoption is compared by mapping_update(). New.
 */
json_t *mapping_steady(const Mapping *self, const json_t *resource);

/*
 * resource_diff() with "add" where a row only adds to its list, and without what the account had
 * where a row is secret. New reference.
 */
json_t *mapping_diff(const Mapping *self, const json_t *shadow, const json_t *wanted);

/*
 * Puts secret values in place of their redacted texts in a resource or in changes
 * (mapping_diff()), both as they were made from the same person. New reference. ERROR_STALE if the
 * person has another value by now, or none.
 */
json_t *mapping_reveal(const Mapping *self, const json_t *resource_or_changes,
		       const ExprInput *input, Arena *arena, GError **error);

/* True if some row is secret; if the one of this path (as the mapping spells it) is. */
gboolean mapping_has_secret(const Mapping *self);
gboolean mapping_is_secret(const Mapping *self, const char *path);

/* Adds the lower-case names of all directory attributes it reads to 'names'. */
void mapping_attributes(const Mapping *self, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mapping, mapping_free)
