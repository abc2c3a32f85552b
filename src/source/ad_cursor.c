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
#include "base/digest.h"
#include "base/json.h"

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

static char *checksum(json_t *object)
{
	g_autofree char *text = json_canonical(object);

	return digest_strings(text, NULL);
}

static void set_text(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, value ? json_string(value) : json_null());
}

static char *encode(GBytes *bytes)
{
	gsize length;
	const void *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;

	return data ? g_base64_encode(data, length) : NULL;
}

static GBytes *decode(const char *text)
{
	gsize length;
	guchar *data = text ? g_base64_decode(text, &length) : NULL;

	return data ? g_bytes_new_take(data, length) : NULL;
}

char *ad_cursor_format(const AdCursor *self)
{
	g_autoptr(json_t) object = json_object();
	g_autofree char *cookie = encode(self->cookie);

	json_object_set_new(object, "version", json_integer(CURSOR_VERSION));
	set_text(object, "way", ad_way_name(self->way));
	set_text(object, "base", self->base);
	set_text(object, "filter", self->filter);
	set_text(object, "attributes", self->attributes);
	set_text(object, "domain", self->domain);
	set_text(object, "dsa", self->dsa);
	set_text(object, "invocation", self->invocation);
	set_text(object, "uri", self->uri);
	set_text(object, "cookie", cookie);
	set_text(object, "seen", self->seen);
	json_object_set_new(object, "mark", json_integer(self->mark));
	json_object_set_new(object, "full", json_integer(self->full_us));
	json_object_set_new(object, "pulled", json_integer(self->pulled_us));
	json_object_set_new(object, "unsure", json_boolean(self->unsure));
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

static char *get_text(json_t *object, const char *key)
{
	return g_strdup(json_get_string(object, key));
}

AdCursor *ad_cursor_parse(const char *text)
{
	g_autoptr(json_t) object = json_parse_bounded(text, strlen(text), NULL);
	AdWay way;

	if (!json_is_object(object) || !is_sound(object) ||
	    !way_from_name(json_get_string(object, "way"), &way))
		return NULL;
	AdCursor *self = g_new0(AdCursor, 1);
	self->way = way;
	self->base = get_text(object, "base");
	self->filter = get_text(object, "filter");
	self->attributes = get_text(object, "attributes");
	self->domain = get_text(object, "domain");
	self->dsa = get_text(object, "dsa");
	self->invocation = get_text(object, "invocation");
	self->uri = get_text(object, "uri");
	self->seen = get_text(object, "seen");
	self->cookie = decode(json_get_string(object, "cookie"));
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
