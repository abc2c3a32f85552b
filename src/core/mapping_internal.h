/* Shared by the files of the mapping; see core/mapping.h. */
#pragma once
#include "core/mapping.h"
#include "core/path.h"

typedef struct {
	MappingRow row; /* strings of its own; 'to' is the canonical text */
	Path *path;
	Expr *expr;
	guint traits;     /* EXPR_* */
	gboolean secret;  /* no value of it is shown or stored */
	gboolean primary; /* a constant that claims to be the primary value */
	gboolean immutable;
	guint position; /* in 'rows' */
} Row;

struct Mapping {
	GPtrArray *rows;     /* Row */
	GPtrArray *by_path;  /* the same in order of 'to', as stored resources are; borrowed */
	GPtrArray *demanded; /* Path: one of the rows beneath must have a value */
	Constraints *constraints;
	gboolean secrets, adds; /* some row is one, does */
	gboolean primaries;     /* some row says which value is the primary one */
};

/* The content of the marker of this name, or NULL if the value is not that. Borrowed. */
json_t *mapping_marker(const json_t *value, const char *name);

/* The text of 'fallback' as it is sent, constraints applied. New reference. */
json_t *mapping_fallback(const Mapping *self, const Row *row, GError **error);

/* True if 'inner' is 'outer' or a part of it; an attribute holds all of its elements. */
gboolean mapping_covers(const Path *outer, const Path *inner);

/* True for a path that says which of several values is the primary one. */
gboolean mapping_is_primary(const Path *path);
