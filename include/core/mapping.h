/*
 * Mapping: the table "to what, from what" of an app, compiled; and its application to one person.
 */
#pragma once
#include <jansson.h>

#include "core/expr.h"

typedef enum {
	MAPPING_ALWAYS,
	MAPPING_CREATE, /* sent when the account is created, never compared afterwards */
} MappingWhen;

typedef struct {
	const char *to;
	const char *from;
	MappingWhen when;
	gboolean required; /* without a value the person is parked */
} MappingRow;

typedef struct Mapping Mapping;

/* An empty mapping. */
Mapping *mapping_new(void);

/* Frees it; NULL is fine. */
void mapping_free(Mapping *self);

/*
 * Compiles one row and adds it. FALSE and ERROR_CONFIG; *column is the position in 'from', or 0
 * if 'to' is at fault (a bad path, the same path twice, or one that another row's path excludes).
 */
gboolean mapping_add(Mapping *self, const MappingRow *row, guint *column, GError **error);

/* The path as the row that fills it spells it (any case will do); NULL if none does. Borrowed. */
const char *mapping_spelling(const Mapping *self, const char *path);

/*
 * The wanted resource of one person, with the MAPPING_CREATE rows, in order of rows. A row that
 * yields null is left out; of several values the first is taken, as the server ordered them.
 * ERROR_OBJECT names the row that could not be evaluated or the required one without value (null
 * or empty).
 */
json_t *mapping_apply(const Mapping *self, const ExprInput *input, Arena *arena, GError **error);

/* 'resource' without what MAPPING_CREATE rows filled: what is compared with the shadow. New. */
json_t *mapping_steady(const Mapping *self, const json_t *resource);

/* Adds the lower-case names of all directory attributes it reads to 'names'. */
void mapping_attributes(const Mapping *self, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mapping, mapping_free)
