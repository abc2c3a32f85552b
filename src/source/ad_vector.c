/*
 * The DirSync cookie is the server's secret, [MS-ADTS] 3.1.1.3.4.1.3, but for one thing we have to
 * look inside: whether the domain controller that answers has heard of all that we have seen from
 * another one. All numbers are little-endian.
 *
 *	 0  "MSDS", u32 version 3, FILETIME, u32, u32
 *	24  u32 length of what follows behind 68
 *	28  u64 position within this round, u64 reserved, u64 highest USN
 *	52  invocationId of the controller that wrote it
 *	68  the up-to-dateness vector, [MS-DRSR] 5.204 (version 1) and 5.205 (version 2):
 *	    u32 version, u32, u32 count, u32, then for each controller
 *	    invocationId, u64 USN (version 2: and u64 time of the last contact)
 *
 * The controller's own line in the vector may be missing or older than its highest USN: the newer
 * of the two counts. Anything else gives no vector, and then nothing is known about lag.
 */
#include <string.h>

#include "ad_vector_internal.h"
#include "core/anchor.h"
#include "provider_list_internal.h"

enum {
	COOKIE_VERSION = 3,
	AT_VERSION = 4,
	AT_VECTOR_LENGTH = 24,
	AT_HIGHEST_USN = 44,
	AT_INVOCATION_ID = 52,
	COOKIE_HEADER = 68,
	VECTOR_HEADER = 16,
	AT_COUNT = 8,
	GUID_LENGTH = 16,
};

/* The bytes of one controller in the vector, by its version; 0: not known. */
static const guint line_lengths[] = { 0, 24, 32 };

static guint64 little_endian(const guint8 *bytes, guint count)
{
	guint64 number = 0;

	while (count-- > 0)
		number = number << 8 | bytes[count];
	return number;
}

static void append(GString *text, const guint8 *invocation_id, const guint8 *usn)
{
	char name[ANCHOR_LENGTH + 1];

	anchor_from_guid(invocation_id, name);
	g_string_append_printf(text, "%s%s=%" G_GUINT64_FORMAT, text->len ? ";" : "", name,
			       little_endian(usn, 8));
}

static gboolean append_vector(GString *text, const guint8 *bytes, guint64 length)
{
	if (length == 0)
		return TRUE;
	if (length < VECTOR_HEADER)
		return FALSE;
	guint64 version = little_endian(bytes, 4), count = little_endian(bytes + AT_COUNT, 4);
	guint line = version < G_N_ELEMENTS(line_lengths) ? line_lengths[version] : 0;

	if (!line || length != VECTOR_HEADER + count * line)
		return FALSE;
	bytes += VECTOR_HEADER;
	for (guint64 i = 0; i < count; i++)
		append(text, bytes + i * line, bytes + i * line + GUID_LENGTH);
	return TRUE;
}

/* Whose item it is: "invocationId=usn", all of it in canonical form. */
static char *item_provider(const char *item)
{
	const char *usn = strchr(item, '=');
	char name[ANCHOR_LENGTH + 1];
	guint64 number;

	if (!usn || !g_ascii_string_to_unsigned(usn + 1, 10, 0, G_MAXUINT64, &number, NULL))
		return NULL;
	g_autofree char *text = g_strndup(item, (gsize)(usn - item));
	return anchor_from_text(text, name) ? g_strdup(name) : NULL;
}

static int item_compare(const char *a, const char *b)
{
	guint64 left = g_ascii_strtoull(strchr(a, '=') + 1, NULL, 10);
	guint64 right = g_ascii_strtoull(strchr(b, '=') + 1, NULL, 10);

	return (left > right) - (left < right);
}

static const ProviderKind usn_items = { .provider = item_provider, .compare = item_compare };

char *ad_vector_from_cookie(const void *data, gsize length)
{
	const guint8 *bytes = data;

	if (length < COOKIE_HEADER || memcmp(bytes, "MSDS", 4) != 0 ||
	    little_endian(bytes + AT_VERSION, 4) != COOKIE_VERSION)
		return NULL;
	guint64 vector = little_endian(bytes + AT_VECTOR_LENGTH, 4);
	if (vector > length - COOKIE_HEADER)
		return NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	append(text, bytes + AT_INVOCATION_ID, bytes + AT_HIGHEST_USN);
	return append_vector(text, bytes + COOKIE_HEADER, vector)
		       ? provider_list_normalize(&usn_items, text->str)
		       : NULL;
}

char *ad_vector_merge(const char *a, const char *b)
{
	return provider_list_merge(&usn_items, a, b);
}

AdVectorOrder ad_vector_compare(const char *now, const char *seen)
{
	return (AdVectorOrder)provider_list_compare(&usn_items, now, seen);
}

char *ad_vector_behind(const char *now, const char *seen)
{
	return provider_list_behind(&usn_items, now, seen);
}
