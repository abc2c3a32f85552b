/*
 * Reading back what json_canonical() wrote.
 *
 * The store holds resources, changes and shadows as text, and each op is read twice or more on its
 * way. Jansson's reader takes every byte through three functions; this one knows that the text is
 * our own, compact and small, and looks at runs of bytes. It makes the same value, three times as
 * fast. What it does not know (\u escapes, numbers that are no short integers, white space, a key
 * twice, damage) it leaves to jansson's reader, the whole text, whose word then counts; so nothing
 * is decided here. Answers of services that are compact profit too.
 *
 *	{"emails[type eq \"work\"].value":"a@x.org","n":7}
 *	 '--- escapes: one more copy -----' '-- none: as it stands
 */
#include <string.h>

#include "json_internal.h"

#define DEPTH_MAX 64
#define DIGITS_MAX 18

typedef struct {
	const char *at, *end;
	GString *scratch; /* the last string that had escapes, or a key; made when needed */
	guint depth;
} Reader;

typedef struct {
	const char *text;
	gsize length;
} Piece;

static json_t *read_value(Reader *self);

static gboolean take(Reader *self, char c)
{
	if (self->at == self->end || *self->at != c)
		return FALSE;
	self->at++;
	return TRUE;
}

static char unescaped(char c)
{
	static const char named[] = "\"\"\\\\//b\bf\fn\nr\rt\t";

	for (const char *at = named; *at; at += 2) {
		if (*at == c)
			return at[1];
	}
	return '\0';
}

/* Behind the first run of a string that has a backslash next. */
static gboolean read_escaped(Reader *self, const char *from, Piece *piece)
{
	if (!self->scratch)
		self->scratch = g_string_sized_new(128);
	g_string_truncate(self->scratch, 0);
	for (;;) {
		g_string_append_len(self->scratch, from, (gssize)(self->at - from));
		if (take(self, '"'))
			break;
		if (!take(self, '\\') || self->at == self->end || !unescaped(*self->at))
			return FALSE;
		g_string_append_c(self->scratch, unescaped(*self->at));
		from = ++self->at;
		while (self->at < self->end && *self->at != '"' && *self->at != '\\')
			self->at++;
	}
	*piece = (Piece){ self->scratch->str, self->scratch->len };
	return TRUE;
}

/* Borrowed, until the next string. */
static gboolean read_piece(Reader *self, Piece *piece)
{
	const char *from;

	if (!take(self, '"'))
		return FALSE;
	from = self->at;
	while (self->at < self->end && *self->at != '"' && *self->at != '\\')
		self->at++;
	if (self->at == self->end)
		return FALSE;
	if (*self->at == '\\')
		return read_escaped(self, from, piece);
	*piece = (Piece){ from, (gsize)(self->at++ - from) };
	return TRUE;
}

static json_t *read_string(Reader *self)
{
	Piece piece;

	return read_piece(self, &piece) ? json_stringn_nocheck(piece.text, piece.length) : NULL;
}

/* As a C string: that is how jansson wants keys. */
static char *read_key(Reader *self, char *some, gsize size)
{
	Piece piece;
	char *key = some;

	if (!read_piece(self, &piece) || !take(self, ':'))
		return NULL;
	if (piece.length >= size)
		key = g_malloc(piece.length + 1);
	memcpy(key, piece.text, piece.length);
	key[piece.length] = '\0';
	return key;
}

static gboolean read_member(Reader *self, json_t *object)
{
	char some[128];
	char *key = read_key(self, some, sizeof(some));
	json_t *value = key ? read_value(self) : NULL;

	size_t before = json_object_size(object);

	if (value)
		json_object_set_new_nocheck(object, key, value);
	if (key != some)
		g_free(key);
	/* A key that repeats is rare: whether it is tolerated is jansson's business. */
	return value && json_object_size(object) > before;
}

static json_t *read_object(Reader *self)
{
	g_autoptr(json_t) object = json_object();

	if (take(self, '}'))
		return g_steal_pointer(&object);
	do {
		if (!read_member(self, object))
			return NULL;
	} while (take(self, ','));
	return take(self, '}') ? g_steal_pointer(&object) : NULL;
}

static json_t *read_array(Reader *self)
{
	g_autoptr(json_t) array = json_array();

	if (take(self, ']'))
		return g_steal_pointer(&array);
	do {
		json_t *element = read_value(self);

		if (!element)
			return NULL;
		json_array_append_new(array, element);
	} while (take(self, ','));
	return take(self, ']') ? g_steal_pointer(&array) : NULL;
}

static json_t *read_integer(Reader *self)
{
	gboolean negative = take(self, '-');
	const char *from = self->at;
	gint64 number = 0;

	while (self->at < self->end && g_ascii_isdigit(*self->at) && self->at - from < DIGITS_MAX)
		number = number * 10 + (*self->at++ - '0');
	if (self->at == from || (*from == '0' && (self->at - from > 1 || negative)) ||
	    (self->at < self->end && strchr("0123456789.eE", *self->at)))
		return NULL;
	return json_integer(negative ? -number : number);
}

static json_t *read_word(Reader *self)
{
	static const char *const words[] = { "true", "false", "null" };

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		gsize length = strlen(words[i]);

		if ((gsize)(self->end - self->at) < length ||
		    memcmp(self->at, words[i], length) != 0)
			continue;
		self->at += length;
		return i == 2 ? json_null() : json_boolean(i == 0);
	}
	return read_integer(self);
}

/* New reference, or NULL: not known here. */
static json_t *read_value(Reader *self)
{
	json_t *value = NULL;

	if (self->at == self->end || self->depth == DEPTH_MAX)
		return NULL;
	self->depth++;
	if (*self->at == '"')
		value = read_string(self);
	else if (take(self, '{'))
		value = read_object(self);
	else if (take(self, '['))
		value = read_array(self);
	else
		value = read_word(self);
	self->depth--;
	return value;
}

/* No bytes that the loops above would take, and that no JSON has in a string. */
static gboolean is_plain(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		if ((guchar)text[i] < 0x20)
			return FALSE;
	}
	return g_utf8_validate_len(text, length, NULL);
}

json_t *json_read_plain(const char *text, gsize length)
{
	Reader reader = { .at = text, .end = text + length };
	json_t *value = is_plain(text, length) ? read_value(&reader) : NULL;

	if (reader.scratch)
		g_string_free(reader.scratch, TRUE);
	if (value && reader.at == reader.end)
		return value;
	json_decref(value);
	return NULL;
}

json_t *json_read_canonical(const char *text, gsize length)
{
	json_t *value = json_read_plain(text, length);

	return value ? value : json_loadb(text, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}
