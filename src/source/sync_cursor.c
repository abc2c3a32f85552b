/*
 * A JSON object with a checksum over itself.
 *
 *	{"attributes":"9f..","base":"dc=ex","check":"41..","cookie":"cmlk..","database":"6ba7..",
 *	 "filter":"(|..)","full":1795334400000000,"owed":false,"seen":"2026..","vendor":"openldap",
 *	 "version":1}
 *
 * A damaged cookie must never reach the server: OpenLDAP answers one that it cannot parse with all
 * entries and refreshDeletes TRUE, which reads like "these changed, nothing was deleted". A cookie
 * of another base, filter, attribute list or database would be answered with success as well. So
 * whatever does not check or does not match is not sent, and everything is read.
 */
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "sync_cursor_internal.h"

enum {
	CURSOR_VERSION = 1
};

static char *checksum(json_t *object)
{
	g_autofree char *text = json_canonical(object);

	return digest_strings(text, NULL);
}

static void set_text(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, value ? json_string(value) : json_null());
}

char *sync_cursor_format(const SyncCursor *self)
{
	g_autoptr(json_t) object = json_object();
	g_autofree char *cookie = NULL;

	if (self->cookie) {
		gsize length;
		const void *bytes = g_bytes_get_data(self->cookie, &length);

		cookie = g_base64_encode(bytes, length);
	}
	json_object_set_new(object, "version", json_integer(CURSOR_VERSION));
	set_text(object, "base", self->base);
	set_text(object, "filter", self->filter);
	set_text(object, "attributes", self->attributes);
	set_text(object, "vendor", self->vendor);
	set_text(object, "database", self->database);
	set_text(object, "cookie", cookie);
	set_text(object, "seen", self->seen);
	json_object_set_new(object, "full", json_integer(self->full_us));
	json_object_set_new(object, "owed", json_boolean(self->owed));
	g_autofree char *check = checksum(object);
	set_text(object, "check", check);
	return json_canonical(object);
}

static gboolean is_sound(json_t *object)
{
	g_autofree char *check = g_strdup(json_get_string(object, "check"));

	if (!check || json_object_del(object, "check") != 0)
		return FALSE;
	g_autofree char *real = checksum(object);
	return strcmp(check, real) == 0 &&
	       json_integer_value(json_object_get(object, "version")) == CURSOR_VERSION;
}

SyncCursor *sync_cursor_parse(const char *text)
{
	g_autoptr(json_t) object = json_parse_bounded(text, strlen(text), NULL);

	if (!json_is_object(object) || !is_sound(object))
		return NULL;
	SyncCursor *self = g_new0(SyncCursor, 1);
	const char *cookie = json_get_string(object, "cookie");
	gsize length;

	self->base = g_strdup(json_get_string(object, "base"));
	self->filter = g_strdup(json_get_string(object, "filter"));
	self->attributes = g_strdup(json_get_string(object, "attributes"));
	self->vendor = g_strdup(json_get_string(object, "vendor"));
	self->database = g_strdup(json_get_string(object, "database"));
	self->seen = g_strdup(json_get_string(object, "seen"));
	self->full_us = json_integer_value(json_object_get(object, "full"));
	self->owed = json_is_true(json_object_get(object, "owed"));
	if (cookie) {
		guchar *bytes = g_base64_decode(cookie, &length);

		self->cookie = g_bytes_new_take(bytes, length);
	}
	return self;
}

gboolean sync_cursor_is_like(const SyncCursor *self, const SyncCursor *other)
{
	return sync_cursor_is_same_database(self, other) &&
	       g_strcmp0(self->filter, other->filter) == 0 &&
	       g_strcmp0(self->attributes, other->attributes) == 0;
}

gboolean sync_cursor_is_same_database(const SyncCursor *self, const SyncCursor *other)
{
	return g_strcmp0(self->base, other->base) == 0 &&
	       g_strcmp0(self->vendor, other->vendor) == 0 &&
	       g_strcmp0(self->database, other->database) == 0;
}

void sync_cursor_free(SyncCursor *self)
{
	if (!self)
		return;
	g_free(self->base);
	g_free(self->filter);
	g_free(self->attributes);
	g_free(self->vendor);
	g_free(self->database);
	g_free(self->seen);
	g_clear_pointer(&self->cookie, g_bytes_unref);
	g_free(self);
}
