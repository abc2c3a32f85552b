/*
 * Secret memory: passwords, tokens, keys.
 *
 * A Secret is the only form in which a secret travels through the program. It is locked into
 * memory where the system allows it, wiped when freed, and has no printf path: whoever needs the
 * bytes must say secret_peek(), which is easy to find in a review.
 */
#pragma once
#include <glib.h>

typedef struct Secret Secret;

/* A copy of 'length' bytes of 'text'. The caller wipes its own copy. */
Secret *secret_new(const char *text, gsize length);

/* Wipes and frees; NULL is fine. */
void secret_free(Secret *self);

/* The bytes, NUL-terminated, valid while the secret lives. Never copy them into a message. */
const char *secret_peek(const Secret *self);

/* Bytes without the final NUL. */
gsize secret_length(const Secret *self);

/* Overwrites memory in a way the compiler may not remove. */
void secret_wipe(void *memory, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_free)
