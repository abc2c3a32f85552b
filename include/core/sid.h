/*
 * Security identifiers of Windows: bytes on the wire, "S-1-5-21-1004336348-1177238915-512" where
 * people meet them. [MS-DTYP] 2.4.2.
 */
#pragma once
#include <glib.h>

/* "S-1-", the authority ("0x" and 12 digits at most), 15 times "-4294967295". */
#define SID_LENGTH 183

/* From the bytes of an objectSid. FALSE, and 'out' as it was, if they are not exactly one SID. */
gboolean sid_from_bytes(const void *data, gsize length, char out[SID_LENGTH + 1]);
