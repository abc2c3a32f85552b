/*
 * Anchors: three spellings of the same 16 bytes, one canonical text.
 *
 *	entryUUID, syncUUID   6ba7b810-9dad-11d1-80b4-00c04fd430c8   bytes in network order
 *	objectGUID            {6BA7B810-9DAD-11D1-80B4-00C04FD430C8} bytes 10b8a76b ad9d d111..
 *	nsUniqueId            6ba7b810-9dad11d1-80b400c0-4fd430c8    text only
 *
 * All become the first form in lower case. Nothing else is accepted as text: a string of 32 digits
 * without hyphens is more often a hash than an id.
 */
#include "core/anchor.h"

#include <string.h>

static const char uuid_shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
static const char nsuniqueid_shape[] = "xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx";

static gboolean has_shape(const char *text, gsize length, const char *shape)
{
	if (length != strlen(shape))
		return FALSE;
	for (gsize i = 0; i < length; i++)
		if (shape[i] == 'x' ? !g_ascii_isxdigit(text[i]) : text[i] != shape[i])
			return FALSE;
	return TRUE;
}

void anchor_from_uuid(const guint8 bytes[16], char out[ANCHOR_LENGTH + 1])
{
	static const char digits[] = "0123456789abcdef";
	guint nibble = 0;

	for (guint i = 0; i < ANCHOR_LENGTH; i++) {
		if (uuid_shape[i] == '-') {
			out[i] = '-';
			continue;
		}
		out[i] = digits[nibble % 2 ? bytes[nibble / 2] & 15 : bytes[nibble / 2] >> 4];
		nibble++;
	}
	out[ANCHOR_LENGTH] = '\0';
}

void anchor_from_guid(const guint8 bytes[16], char out[ANCHOR_LENGTH + 1])
{
	/* [MS-DTYP] 2.3.4.2: Data1, Data2 and Data3 are little-endian, Data4 is not. */
	static const guint8 order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	guint8 network[16];

	for (guint i = 0; i < 16; i++)
		network[i] = bytes[order[i]];
	anchor_from_uuid(network, out);
}

gboolean anchor_from_text(const char *text, char out[ANCHOR_LENGTH + 1])
{
	gsize length = strlen(text);

	if (length == ANCHOR_LENGTH + 2 && text[0] == '{' && text[length - 1] == '}') {
		text++;
		length -= 2;
		if (!has_shape(text, length, uuid_shape))
			return FALSE;
	} else if (!has_shape(text, length, uuid_shape) &&
		   !has_shape(text, length, nsuniqueid_shape)) {
		return FALSE;
	}
	for (guint i = 0; i < ANCHOR_LENGTH; i++) {
		if (uuid_shape[i] == '-') {
			out[i] = '-';
			continue;
		}
		text += *text == '-';
		out[i] = g_ascii_tolower(*text++);
	}
	out[ANCHOR_LENGTH] = '\0';
	return TRUE;
}
