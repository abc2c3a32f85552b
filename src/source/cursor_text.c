/*
 * A position must never reach the server damaged: OpenLDAP answers a cookie that it cannot parse
 * with all entries and "nothing was deleted", and a domain controller passes over what it is told
 * that we know. The checksum is over the canonical text of the object without it.
 */
#include <string.h>

#include "base/digest.h"
#include "cursor_text_internal.h"

static char *checksum(json_t *object)
{
	g_autofree char *text = json_canonical(object);

	return digest_strings(text, NULL);
}

char *cursor_text_seal(json_t *object, int version)
{
	json_object_set_new(object, "version", json_integer(version));
	g_autofree char *check = checksum(object);
	cursor_text_set(object, "check", check);
	return json_canonical(object);
}

static gboolean is_sound(json_t *object, int version)
{
	g_autofree char *check = cursor_text_get(object, "check");

	if (!check || json_object_del(object, "check") != 0)
		return FALSE;
	g_autofree char *real = checksum(object);
	return strcmp(check, real) == 0 &&
	       json_integer_value(json_object_get(object, "version")) == version;
}

json_t *cursor_text_open(const char *text, int version)
{
	g_autoptr(json_t) object = json_parse_bounded(text, strlen(text), NULL);

	return json_is_object(object) && is_sound(object, version) ? g_steal_pointer(&object)
								   : NULL;
}

void cursor_text_set(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, value ? json_string(value) : json_null());
}

char *cursor_text_get(const json_t *object, const char *key)
{
	return g_strdup(json_get_string(object, key));
}

void cursor_text_set_bytes(json_t *object, const char *key, GBytes *bytes)
{
	gsize length;
	const void *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;
	g_autofree char *text = data ? g_base64_encode(data, length) : NULL;

	cursor_text_set(object, key, text);
}

GBytes *cursor_text_get_bytes(const json_t *object, const char *key)
{
	const char *text = json_get_string(object, key);
	gsize length;
	guchar *data = text ? g_base64_decode(text, &length) : NULL;

	return data ? g_bytes_new_take(data, length) : NULL;
}

gboolean cursor_full_is_due(gint64 full_us, gint64 every_us, gint64 now_us)
{
	gint64 age_us = now_us - full_us;

	return every_us > 0 && (age_us < 0 || age_us >= every_us);
}
