/*
 * Digests: short fingerprints of text and bytes, to tell whether something changed.
 */
#pragma once
#include <glib.h>

/* SHA-256 of the bytes as 64 lower-case hex digits. New string. */
char *digest_bytes(const void *data, gsize length);

/* SHA-256 over several strings, each ended by its NUL; the list ends with NULL. New string. */
char *digest_strings(const char *first, ...) G_GNUC_NULL_TERMINATED;
