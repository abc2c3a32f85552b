/*
 * JSON helpers over jansson: canonical text and back, bounded parsing, reading without regard to
 * case.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

/* Compact text with sorted keys: equal values give equal bytes. New string. */
char *json_canonical(const json_t *value);

/*
 * Reads what json_canonical() wrote, out of the store; any other JSON too, but not as fast. NULL:
 * it is damaged. New reference.
 */
json_t *json_read_canonical(const char *text, gsize length);

/*
 * Parses 'length' bytes. Accepts a UTF-8 byte order mark, any JSON value at the root; refuses
 * nesting deeper than 64, trailing garbage, invalid UTF-8 and NUL, also as \u0000: every string of
 * the result is a whole C string. Of a repeated key the last one counts. NULL and ERROR_OBJECT with
 * the position on failure.
 */
json_t *json_parse_bounded(const char *text, gsize length, GError **error);

/*
 * The same, and refuses an object with a key twice: two readers would see two different things in
 * it. For answers that decide who has an account.
 */
json_t *json_parse_strict(const char *text, gsize length, GError **error);

/* Member by name without regard to ASCII case (RFC 7643 §2.1); exact spelling wins. Borrowed. */
json_t *json_get_nocase(const json_t *object, const char *key);

/* String member, or NULL if absent or of another type. Borrowed. */
const char *json_get_string(const json_t *object, const char *key);

/* A string for a string, number or boolean ("12", "true"); NULL for anything else. New string. */
char *json_scalar_text(const json_t *value);

/* A JSON string of bytes that may be invalid UTF-8; bad bytes become U+FFFD. New reference. */
json_t *json_lossy_string(const char *bytes, gsize length);

/* g_autoptr for json_t. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
