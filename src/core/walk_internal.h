/*
 * Walk: the members of a JSON object one after the other, for who asks for them in about the order
 * in which they stand there. It holds nothing, and the object must not change meanwhile.
 */
#pragma once
#include <jansson.h>

typedef struct {
	json_t *object;
	void *at; /* the member that is expected next, or NULL */
} Walk;

/* At the first member of an object; NULL is an empty one. */
Walk walk_begin(const json_t *object);

/* The value at 'key', wherever it stands, or NULL; borrowed. */
json_t *walk_find(Walk *self, const char *key);
