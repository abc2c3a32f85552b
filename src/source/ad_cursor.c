/*
 * A JSON object with a checksum over itself, as sync_cursor.c has it, and for the same reason: a
 * position that does not fit is answered with success, and what lies between is never told.
 *
 *	{"attributes":"9f..","base":"dc=corp,dc=example","check":"41..","cookie":"TVNEUw..",
 *	 "domain":"6ba7..","dsa":"77c1..","filter":"(&..)","full":1795334400000000,
 *	 "invocation":"a85e..","mark":4711,"pulled":1795334460000000,
 *	 "seen":"a85e..=4711;..","unsure":false,"uri":"ldaps://dc1.corp.example",
 *	 "version":1,"way":"dirsync"}
 */
#include <string.h>

#include "ad_cursor_internal.h"
#include "base/json.h"
#include "cursor_text_internal.h"

enum {
	CURSOR_VERSION = 1
};

static const char *const way_names[] = {
	[AD_WAY_DIRSYNC] = "dirsync",
	[AD_WAY_DIRSYNC_OBJECT] = "dirsync-object",
	[AD_WAY_USN] = "usn",
	[AD_WAY_SCAN] = "scan",
};

const char *ad_way_name(AdWay way)
{
	return way_names[way];
}

gboolean ad_way_is_dirsync(AdWay way)
{
	return way == AD_WAY_DIRSYNC || way == AD_WAY_DIRSYNC_OBJECT;
}

static gboolean way_from_name(const char *name, AdWay *way)
{
	for (guint i = 0; name && i < G_N_ELEMENTS(way_names); i++) {
		if (strcmp(way_names[i], name) != 0)
			continue;
		*way = (AdWay)i;
		return TRUE;
	}
	return FALSE;
}

char *ad_cursor_format(const AdCursor *self)
{
	g_autoptr(json_t) object = json_object();

	cursor_text_set(object, "way", ad_way_name(self->way));
	cursor_text_set(object, "base", self->base);
	cursor_text_set(object, "filter", self->filter);
	cursor_text_set(object, "attributes", self->attributes);
	cursor_text_set(object, "domain", self->domain);
	cursor_text_set(object, "dsa", self->dsa);
	cursor_text_set(object, "invocation", self->invocation);
	cursor_text_set(object, "uri", self->uri);
	cursor_text_set_bytes(object, "cookie", self->cookie);
	cursor_text_set(object, "seen", self->seen);
	json_object_set_new(object, "mark", json_integer(self->mark));
	json_object_set_new(object, "full", json_integer(self->full_us));
	json_object_set_new(object, "pulled", json_integer(self->pulled_us));
	json_object_set_new(object, "unsure", json_boolean(self->unsure));
	return cursor_text_seal(object, CURSOR_VERSION);
}

AdCursor *ad_cursor_parse(const char *text)
{
	g_autoptr(json_t) object = cursor_text_open(text, CURSOR_VERSION);
	AdWay way;

	if (!object || !way_from_name(json_get_string(object, "way"), &way))
		return NULL;
	AdCursor *self = g_new0(AdCursor, 1);
	self->way = way;
	self->base = cursor_text_get(object, "base");
	self->filter = cursor_text_get(object, "filter");
	self->attributes = cursor_text_get(object, "attributes");
	self->domain = cursor_text_get(object, "domain");
	self->dsa = cursor_text_get(object, "dsa");
	self->invocation = cursor_text_get(object, "invocation");
	self->uri = cursor_text_get(object, "uri");
	self->seen = cursor_text_get(object, "seen");
	self->cookie = cursor_text_get_bytes(object, "cookie");
	self->mark = json_integer_value(json_object_get(object, "mark"));
	self->full_us = json_integer_value(json_object_get(object, "full"));
	self->pulled_us = json_integer_value(json_object_get(object, "pulled"));
	self->unsure = json_is_true(json_object_get(object, "unsure"));
	return self;
}

gboolean ad_cursor_is_like(const AdCursor *self, const AdCursor *other)
{
	return g_strcmp0(self->base, other->base) == 0 &&
	       g_strcmp0(self->filter, other->filter) == 0 &&
	       g_strcmp0(self->attributes, other->attributes) == 0;
}

gboolean ad_cursor_has_position(const AdCursor *self)
{
	return self->mark > 0 && self->way != AD_WAY_SCAN &&
	       (self->cookie || !ad_way_is_dirsync(self->way));
}

AdCursor *ad_cursor_copy(const AdCursor *self)
{
	AdCursor *copy = g_memdup2(self, sizeof(*self));

	copy->base = g_strdup(self->base);
	copy->filter = g_strdup(self->filter);
	copy->attributes = g_strdup(self->attributes);
	copy->domain = g_strdup(self->domain);
	copy->dsa = g_strdup(self->dsa);
	copy->invocation = g_strdup(self->invocation);
	copy->uri = g_strdup(self->uri);
	copy->seen = g_strdup(self->seen);
	copy->cookie = self->cookie ? g_bytes_ref(self->cookie) : NULL;
	return copy;
}

void ad_cursor_free(AdCursor *self)
{
	if (!self)
		return;
	g_free(self->base);
	g_free(self->filter);
	g_free(self->attributes);
	g_free(self->domain);
	g_free(self->dsa);
	g_free(self->invocation);
	g_free(self->uri);
	g_free(self->seen);
	g_clear_pointer(&self->cookie, g_bytes_unref);
	g_free(self);
}
