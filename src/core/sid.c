/*
 * SIDs from bytes, [MS-DTYP] 2.4.2.2 (packet) and 2.4.2.1 (text):
 *
 *	01                 revision, always 1
 *	05                 number of sub-authorities, at most 15
 *	00 00 00 00 00 05  authority, big-endian
 *	15 00 00 00 ...    sub-authorities, little-endian: 21, ...
 *
 *	S-1-5-21-1004336348-1177238915-682003330-512
 *
 * The authority is decimal, and hexadecimal with all twelve digits from 2^32 on. Bytes that are
 * anything else are refused: half a SID is somebody else's.
 */
#include "core/sid.h"

enum {
	SID_HEADER = 8,
	SID_REVISION = 1,
	SID_MAX_SUB_AUTHORITIES = 15,
};

static guint64 big_endian(const guint8 *bytes, guint count)
{
	guint64 number = 0;

	for (guint i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

static guint32 little_endian(const guint8 *bytes)
{
	return (guint32)bytes[3] << 24 | (guint32)bytes[2] << 16 | (guint32)bytes[1] << 8 |
	       bytes[0];
}

static gsize write_authority(guint64 authority, char *out)
{
	if (authority > G_MAXUINT32)
		return (gsize)g_snprintf(out, SID_LENGTH + 1, "S-1-0x%012" G_GINT64_MODIFIER "x",
					 authority);
	return (gsize)g_snprintf(out, SID_LENGTH + 1, "S-1-%" G_GUINT64_FORMAT, authority);
}

gboolean sid_from_bytes(const void *data, gsize length, char out[SID_LENGTH + 1])
{
	const guint8 *bytes = data;

	if (length < SID_HEADER || bytes[0] != SID_REVISION || bytes[1] > SID_MAX_SUB_AUTHORITIES ||
	    length != SID_HEADER + 4 * (gsize)bytes[1])
		return FALSE;
	gsize used = write_authority(big_endian(bytes + 2, 6), out);
	for (guint i = 0; i < bytes[1]; i++)
		used += (gsize)g_snprintf(out + used, SID_LENGTH + 1 - used, "-%u",
					  little_endian(bytes + SID_HEADER + 4 * i));
	return TRUE;
}
