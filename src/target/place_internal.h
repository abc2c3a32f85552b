/*
 * Place: where something stands in the answer of a service.
 *
 *	status                     a member
 *	data.user.id               a member of a member
 *	users[0].details.id        an element of an array; without an index: the first one
 *	users[*].status            of each element
 *	'@odata.nextLink'          a name with dots or blanks, in single or double quotes
 *	                           (nothing) the answer itself
 *
 * Names are found as they are spelled, else without regard to case. An XML answer is read as the
 * same kind of tree (body_internal.h).
 */
#pragma once
#include <glib.h>
#include <jansson.h>

typedef struct Place Place;

/* Parses; NULL and ERROR_CONFIG with the column in the message. */
Place *place_parse(const char *text, GError **error);

/* Frees it; NULL is fine. */
void place_free(Place *self);

/* As it was written. Borrowed. */
const char *place_text(const Place *self);

/* The first value there; null and nothing are NULL. Borrowed from 'tree'. */
json_t *place_get(const Place *self, const json_t *tree);

/* All values there, in order; null is left out. New array. */
json_t *place_all(const Place *self, const json_t *tree);

/* Text of the first value there if it is a text, a number or a truth value, else NULL. New. */
char *place_get_text(const Place *self, const json_t *tree);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)
