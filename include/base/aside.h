/*
 * Aside: a piece of work in a thread of its own, while the caller does something else. Whatever
 * the work uses is its alone from start to end; that is why there is no lock.
 */
#pragma once
#include <glib.h>

typedef struct Aside Aside;

/* The work. FALSE with 'error' for a failure. */
typedef gboolean (*AsideFn)(void *data, GError **error);

/* Begins it. Always to be followed by aside_end(). */
Aside *aside_start(AsideFn fn, void *data);

/* Whether its end would not have to be waited for. */
gboolean aside_has_ended(Aside *self);

/* Waits for the end, frees it, and gives what the work gave. */
gboolean aside_end(Aside *self, GError **error);
