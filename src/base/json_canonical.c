/*
 * Canonical JSON text: equal values give equal bytes on every host.
 *
 *	{ "b": 1.5, "a": [ "x", true ] }     {"a":["x",true],"b":1.5}
 *
 * Keys are sorted by their bytes (no locale), there is no white space, and text stays UTF-8: only
 * what JSON demands is escaped (RFC 8259 §7), with the short forms that have a name and \u00XX for
 * the rest. Numbers are written as jansson writes them.
 *
 * Shadows, plans, digests and bodies of requests are all made here, some of them several times for
 * each op, and jansson's own writer costs more than the store's work on the row that the text is
 * for: it copies every object's keys, sorts them though they mostly are in order already (text that
 * was canonical and was read again is), and calls back for every piece of a string. The bytes are
 * the same as those of JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY; a unit test compares.
 */
#include <string.h>

#include "base/json.h"

#define MEMBERS_ON_STACK 48

typedef struct {
	const char *key;
	const json_t *value;
} Member;

static void write_value(GString *text, const json_t *value);

static void write_escape(GString *text, guchar c)
{
	static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *at = named; *at; at += 2) {
		if ((guchar)*at == c) {
			g_string_append_c(text, '\\');
			g_string_append_c(text, at[1]);
			return;
		}
	}
	g_string_append_printf(text, "\\u%04X", c);
}

static void write_string(GString *text, const char *string, gsize length)
{
	gsize from = 0;

	g_string_append_c(text, '"');
	for (gsize i = 0; i < length; i++) {
		guchar c = (guchar)string[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		g_string_append_len(text, string + from, (gssize)(i - from));
		write_escape(text, c);
		from = i + 1;
	}
	g_string_append_len(text, string + from, (gssize)(length - from));
	g_string_append_c(text, '"');
}

static int order_members(const void *a, const void *b)
{
	return strcmp(((const Member *)a)->key, ((const Member *)b)->key);
}

/* Fills 'members', in order. */
static void sort_members(const json_t *object, Member *members)
{
	gboolean sorted = TRUE;
	gsize n = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		sorted = sorted && (n == 0 || strcmp(members[n - 1].key, key) < 0);
		members[n++] = (Member){ key, value };
	}
	if (!sorted)
		qsort(members, n, sizeof(*members), order_members);
}

static void write_object(GString *text, const json_t *object)
{
	gsize n = json_object_size(object);
	Member some[MEMBERS_ON_STACK];
	g_autofree Member *many = n > MEMBERS_ON_STACK ? g_new(Member, n) : NULL;
	Member *members = many ? many : some;

	sort_members(object, members);
	g_string_append_c(text, '{');
	for (gsize i = 0; i < n; i++) {
		if (i > 0)
			g_string_append_c(text, ',');
		write_string(text, members[i].key, strlen(members[i].key));
		g_string_append_c(text, ':');
		write_value(text, members[i].value);
	}
	g_string_append_c(text, '}');
}

static void write_array(GString *text, const json_t *array)
{
	const json_t *element;
	size_t i;

	g_string_append_c(text, '[');
	json_array_foreach (array, i, element) {
		if (i > 0)
			g_string_append_c(text, ',');
		write_value(text, element);
	}
	g_string_append_c(text, ']');
}

static int append_chunk(const char *chunk, size_t length, void *text)
{
	g_string_append_len(text, chunk, (gssize)length);
	return 0;
}

static void write_value(GString *text, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_object(text, value);
		break;
	case JSON_ARRAY:
		write_array(text, value);
		break;
	case JSON_STRING:
		write_string(text, json_string_value(value), json_string_length(value));
		break;
	case JSON_TRUE:
		g_string_append_len(text, "true", 4);
		break;
	case JSON_FALSE:
		g_string_append_len(text, "false", 5);
		break;
	case JSON_NULL:
		g_string_append_len(text, "null", 4);
		break;
	case JSON_INTEGER:
	case JSON_REAL:
	default:
		json_dump_callback(value, append_chunk, text, JSON_ENCODE_ANY);
		break;
	}
}

char *json_canonical(const json_t *value)
{
	GString *text = g_string_sized_new(512);

	if (value)
		write_value(text, value);
	return g_string_free(text, FALSE);
}
