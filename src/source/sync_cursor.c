/*
 * A JSON object with a checksum over itself.
 *
 *	{"attributes":"9f..","base":"dc=ex","check":"41..","cookie":"cmlk..","database":"6ba7..",
 *	 "filter":"(|..)","full":1795334400000000,"owed":false,"seen":"2026..","vendor":"openldap",
 *	 "version":1}
 *
 * A damaged cookie must never reach the server (cursor_text.c). A cookie of another base, filter,
 * attribute list or database would be answered with success as well. So whatever does not check or
 * does not match is not sent, and everything is read.
 */
#include "cursor_text_internal.h"
#include "sync_cursor_internal.h"

enum {
	CURSOR_VERSION = 1
};

char *sync_cursor_format(const SyncCursor *self)
{
	g_autoptr(json_t) object = json_object();

	cursor_text_set(object, "base", self->base);
	cursor_text_set(object, "filter", self->filter);
	cursor_text_set(object, "attributes", self->attributes);
	cursor_text_set(object, "vendor", self->vendor);
	cursor_text_set(object, "database", self->database);
	cursor_text_set_bytes(object, "cookie", self->cookie);
	cursor_text_set(object, "seen", self->seen);
	json_object_set_new(object, "full", json_integer(self->full_us));
	json_object_set_new(object, "owed", json_boolean(self->owed));
	return cursor_text_seal(object, CURSOR_VERSION);
}

SyncCursor *sync_cursor_parse(const char *text)
{
	g_autoptr(json_t) object = cursor_text_open(text, CURSOR_VERSION);

	if (!object)
		return NULL;
	SyncCursor *self = g_new0(SyncCursor, 1);
	self->base = cursor_text_get(object, "base");
	self->filter = cursor_text_get(object, "filter");
	self->attributes = cursor_text_get(object, "attributes");
	self->vendor = cursor_text_get(object, "vendor");
	self->database = cursor_text_get(object, "database");
	self->seen = cursor_text_get(object, "seen");
	self->full_us = json_integer_value(json_object_get(object, "full"));
	self->owed = json_is_true(json_object_get(object, "owed"));
	self->cookie = cursor_text_get_bytes(object, "cookie");
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
