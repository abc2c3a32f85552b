/*
 * Anchor: the permanent id of an entry in its canonical text, lower-case hyphenated hex
 * ("6ba7b810-9dad-11d1-80b4-00c04fd430c8"). A DN is never a key.
 */
#pragma once
#include <glib.h>

#define ANCHOR_LENGTH 36

/* From 16 bytes in network order: entryUUID (RFC 4530), syncUUID (RFC 4533). 'out' holds 37. */
void anchor_from_uuid(const guint8 bytes[16], char out[ANCHOR_LENGTH + 1]);

/* From 16 bytes of an objectGUID: its first three fields are little-endian, [MS-DTYP] 2.3.4.2. */
void anchor_from_guid(const guint8 bytes[16], char out[ANCHOR_LENGTH + 1]);

/* From text: any case, with or without braces, or 389-ds' nsUniqueId form. FALSE if it is none. */
gboolean anchor_from_text(const char *text, char out[ANCHOR_LENGTH + 1]);
