/*
 * Two notations of Active Directory.
 *
 * Extended DNs, [MS-ADTS] 3.1.1.3.4.1.5, in every DN that is sent while that control is on, and in
 * DirSync's lastKnownParent without it:
 *
 *	<GUID=967835c6-8fd4-403a-97e7-74c5e7112f4f>;<SID=S-1-5-21-1-2-3-1104>;CN=Ada,DC=x
 *	<GUID=c6357896d48f3a4097e774c5e7112f4f>;CN=Ada,DC=x        flag 0: the bytes in hexadecimal
 *
 * What has no security principal behind it has no SID. The SID is skipped: the GUID says it all.
 * A plain DN cannot begin with "<" (RFC 4514 §2.4 wants it escaped), so there is nothing to
 * confuse; a beginning that is not exactly of this shape is left in the DN, where it is noticed,
 * instead of becoming an anchor.
 *
 * Ranges, [MS-ADTS] 3.1.1.3.1.3.3, an option of the attribute's name: "member;range=0-1499",
 * "member;range=1500-*".
 */
#include <string.h>

#include "ad_value_internal.h"

enum {
	GUID_HEX_LENGTH = 32
};

/* The bytes of an objectGUID in hexadecimal: not the same order as in its text. */
static gboolean anchor_from_hex(const char *text, char *out)
{
	guint8 bytes[GUID_HEX_LENGTH / 2];

	for (guint i = 0; i < G_N_ELEMENTS(bytes); i++) {
		int high = g_ascii_xdigit_value(text[2 * i]);
		int low = g_ascii_xdigit_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return FALSE;
		bytes[i] = (guint8)(high << 4 | low);
	}
	anchor_from_guid(bytes, out);
	return TRUE;
}

static gboolean guid_parse(const char *text, gsize length, char *out)
{
	char copy[ANCHOR_LENGTH + 1] = "";

	if (length == GUID_HEX_LENGTH)
		return anchor_from_hex(text, out);
	if (length != ANCHOR_LENGTH)
		return FALSE;
	memcpy(copy, text, length);
	return anchor_from_text(copy, out);
}

/*
 * Takes "<NAME=value>" and the ";" behind it off the front. FALSE if it is none, or a GUID that
 * cannot be read.
 */
static gboolean take_id(AdDn *dn)
{
	const char *end = dn->length && dn->dn[0] == '<' ? memchr(dn->dn, '>', dn->length) : NULL;
	gsize used = end ? (gsize)(end - dn->dn) + 1 : 0;

	if (!end)
		return FALSE;
	if (used < dn->length && dn->dn[used++] != ';')
		return FALSE;
	if (strncmp(dn->dn, "<GUID=", 6) == 0) {
		if (dn->anchor[0] || !guid_parse(dn->dn + 6, (gsize)(end - dn->dn) - 6, dn->anchor))
			return FALSE;
	} else if (strncmp(dn->dn, "<SID=", 5) != 0) {
		return FALSE;
	}
	dn->dn += used;
	dn->length -= used;
	return TRUE;
}

void ad_dn_parse(const char *data, gsize length, AdDn *out)
{
	*out = (AdDn){ .dn = data, .length = length };
	while (take_id(out))
		;
	if (out->length && out->dn[0] == '<')
		*out = (AdDn){ .dn = data, .length = length };
}

/* A number without sign, so many digits that it cannot overflow. */
static gboolean take_number(const char **at, const char *end, gint64 *number)
{
	const char *begin = *at;

	for (*number = 0; *at < end && g_ascii_isdigit(**at) && *at - begin < 18; ++*at)
		*number = *number * 10 + (**at - '0');
	return *at > begin;
}

static gboolean range_value(const char *at, const char *end, gint64 *first, gint64 *last)
{
	gint64 from, to = -1;

	if (!take_number(&at, end, &from) || at == end || *at++ != '-' || at == end)
		return FALSE;
	if (*at == '*')
		at++;
	else if (!take_number(&at, end, &to) || to < from)
		return FALSE;
	if (at != end)
		return FALSE;
	*first = from;
	*last = to;
	return TRUE;
}

gboolean ad_range_parse(const char *name, gsize length, gint64 *first, gint64 *last)
{
	static const char option[] = "range=";
	const char *end = name + length;
	const char *at = length ? memchr(name, ';', length) : NULL;

	while (at) {
		const char *begin = at + 1;
		gsize left = (gsize)(end - begin);

		at = left ? memchr(begin, ';', left) : NULL;
		if (left >= sizeof(option) - 1 &&
		    g_ascii_strncasecmp(begin, option, sizeof(option) - 1) == 0)
			return range_value(begin + sizeof(option) - 1, at ? at : end, first, last);
	}
	return FALSE;
}
