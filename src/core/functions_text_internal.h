/*
 * What the families that work on text share: arguments, parts of texts, lower case.
 */
#pragma once
#include "core/functions.h"

/* An argument as a text; not given and null count as empty. */
const Value *text_argument(const FunctionContext *context, const Value *const *args, guint count,
			   guint index);

/* A number in an argument that must have one. FALSE and ERROR_OBJECT. */
gboolean text_number(const Value *const *args, guint count, guint index, gint64 *number,
		     GError **error);

/*
 * For FunctionCheckFn: argument 'index' is there unless 'optional', and is a whole number if it is
 * a constant.
 */
gboolean text_check_number(const FunctionCall *call, guint index, gboolean optional, guint *arg,
			   GError **error);

/* Copies the bytes of a text; returns where they end. */
char *text_put(char *at, const Value *text);

/* The part of a text between two of its bytes, copied only if it must be. */
const Value *text_part(const FunctionContext *context, const Value *text, const char *from,
		       const char *to, GError **error);

/* In lower case by the invariant culture: as many characters as before. */
const Value *text_lower(const FunctionContext *context, const Value *text, GError **error);

/* White space as .NET has it. */
gboolean text_is_white(gunichar character);

/* A set of characters, which a text gives. */
typedef struct {
	gboolean ascii[128];
	GHashTable *others; /* NULL if there are none */
} TextSet;

/* Fills a set; text_set_clear() gives back what it holds. */
void text_set_init(TextSet *self, const Value *text);
void text_set_clear(TextSet *self);
gboolean text_set_has(const TextSet *self, gunichar character);
