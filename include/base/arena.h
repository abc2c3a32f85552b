/*
 * Arena: memory for one object's work, given back all at once.
 *
 * Evaluating the mappings of one person makes many small values that all die together. They come
 * from an arena that is reset before the next person, so that a million people cost the memory
 * of the largest one.
 */
#pragma once
#include <glib.h>

typedef struct Arena Arena;

/* An empty arena. */
Arena *arena_new(void);

/* Gives back everything allocated so far; keeps a little for the next object. */
void arena_reset(Arena *self);

/* Frees the arena and all that came from it. */
void arena_free(Arena *self);

/* 'size' zeroed bytes aligned for any type, valid until reset or free. */
void *arena_alloc(Arena *self, gsize size);

/* A NUL-terminated copy of 'length' bytes. */
char *arena_copy(Arena *self, const char *bytes, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arena, arena_free)
