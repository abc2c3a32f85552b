/*
 * What a cursor looks like in the store: a JSON object with a version and a checksum over itself.
 */
#pragma once
#include "base/json.h"

/* The text of a cursor; 'object' gets "version" and "check". New string. */
char *cursor_text_seal(json_t *object, int version);

/* The reverse: NULL if the text was damaged, or is of another version. New reference. */
json_t *cursor_text_open(const char *text, int version);

/*
 * True if what was read whole at 'full_us' is to be read whole again, every so often (0: never). A
 * clock that was set back is a reason.
 */
gboolean cursor_full_is_due(gint64 full_us, gint64 every_us, gint64 now_us);

/* Text and bytes of a member; NULL is null. What is got is new. */
void cursor_text_set(json_t *object, const char *key, const char *value);
char *cursor_text_get(const json_t *object, const char *key);
void cursor_text_set_bytes(json_t *object, const char *key, GBytes *bytes);
GBytes *cursor_text_get_bytes(const json_t *object, const char *key);
