/*
 * Target paths: parsing, and walking JSON documents along them.
 *
 *	urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value
 *	|-------------------------- urn --------------------------|------- ---- sub
 *	                                                           attribute
 *	emails[type eq "work"].value
 *	|----- |---    |---    |----
 *	|      |       |       sub
 *	|      |       filter_value
 *	|      filter_name
 *	attribute
 *
 * The URN is everything up to the last colon before the filter; only behind it do dots separate,
 * because a URN has a version in it. The filter's text is a JSON string, as RFC 7644 figure 1 has
 * it; single quotes are taken too, since these paths stand inside the quotes of a config file, and
 * are then taken literally. The canonical text keeps the user's spelling of names, with the
 * filter as 'name eq "text"' and the ".value" that a bare filter means.
 *
 * In documents, "Name" and "name" are one key (RFC 7643 §2.1): what is written goes to the spelling
 * that is there. The element that a filter names is the first that fits, without regard to case.
 *
 * Not supported, because nothing can be created from it: other operators, other types than text,
 * more than one condition.
 */
#include "core/path.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define CORE_SCHEMA "urn:ietf:params:scim:schemas:core:2.0:"

typedef struct {
	const char *text; /* the whole */
	const char *at;   /* what is not read yet */
} Reader;

static gboolean fail(const Reader *reader, GError **error, const char *message)
{
	glong column = g_utf8_strlen(reader->text, reader->at - reader->text) + 1;

	return error_set(error, ERROR_CONFIG, "bad path at column %ld: %s", column, message);
}

static gboolean is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '$' || c == '@';
}

static char *read_name(Reader *reader, const char *missing, GError **error)
{
	const char *from = reader->at;

	while (is_name_char(*reader->at))
		reader->at++;
	if (reader->at > from)
		return g_strndup(from, (gsize)(reader->at - from));
	fail(reader, error, missing);
	return NULL;
}

static void skip_spaces(Reader *reader)
{
	while (*reader->at == ' ')
		reader->at++;
}

/* A URN whose last part is a version has no attribute behind it, only the schema's own name. */
static gboolean ends_in_version(const char *urn)
{
	const char *last = strrchr(urn, ':') + 1;
	gsize digits = strspn(last, "0123456789");

	return digits > 0 && last[digits] == '.' && last[digits + 1] != '\0';
}

static gboolean read_urn(Path *self, Reader *reader, GError **error)
{
	if (g_ascii_strncasecmp(reader->at, "urn:", 4) != 0)
		return TRUE;

	gsize length = strcspn(reader->at, "[\"'");
	const char *colon = g_strrstr_len(reader->at, (gssize)length, ":");
	g_autofree char *urn = g_strndup(reader->at, (gsize)(colon - reader->at));

	for (const char *c = urn; *c; c++) {
		if (!g_ascii_isgraph(*c)) {
			reader->at += c - urn;
			return fail(reader, error, "a URN has no such character");
		}
	}
	if (!strchr(urn, ':'))
		return fail(reader, error, "a URN has more parts than this");
	if (ends_in_version(urn)) {
		reader->at += strlen(reader->at);
		return fail(reader, error,
			    "this names a schema only\nadd a colon and the attribute");
	}
	reader->at = colon + 1;
	if (g_ascii_strncasecmp(urn, CORE_SCHEMA, strlen(CORE_SCHEMA)) != 0)
		self->urn = g_steal_pointer(&urn);
	return TRUE;
}

/* The end of the quoted text at 'at', behind its closing quote, or NULL. */
static const char *find_end(const char *at)
{
	char quote = *at;

	for (at++; *at && *at != quote; at++) {
		if (quote == '"' && *at == '\\' && at[1])
			at++;
	}
	return *at ? at + 1 : NULL;
}

/* Text that is the same within the quotes of a JSON string. */
static gboolean is_plain(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		if ((guchar)text[i] < 0x20 || text[i] == '"' || text[i] == '\\')
			return FALSE;
	}
	return TRUE;
}

static gboolean read_filter_value(Path *self, Reader *reader, GError **error)
{
	if (*reader->at != '"' && *reader->at != '\'')
		return fail(reader, error,
			    "text in quotes expected\nonly a filter such as [type eq \"work\"] is "
			    "supported");

	const char *end = find_end(reader->at);
	if (!end)
		return fail(reader, error, "the text is not closed");
	gsize length = (gsize)(end - reader->at);
	if (*reader->at == '\'' || is_plain(reader->at + 1, length - 2)) {
		self->filter_value = g_strndup(reader->at + 1, length - 2);
	} else {
		g_autoptr(json_t) text = json_loadb(reader->at, length, JSON_DECODE_ANY, NULL);
		if (!text)
			return fail(reader, error,
				    "this is no JSON string\nwrite \\\\ for a backslash");
		self->filter_value = g_strdup(json_string_value(text));
	}
	reader->at = end;
	return TRUE;
}

static gboolean read_filter(Path *self, Reader *reader, GError **error)
{
	if (*reader->at != '[')
		return TRUE;
	reader->at++;
	skip_spaces(reader);
	self->filter_name = read_name(reader, "the name of an attribute is missing", error);
	if (!self->filter_name)
		return FALSE;
	skip_spaces(reader);
	if (g_ascii_strncasecmp(reader->at, "eq", 2) != 0 || is_name_char(reader->at[2]))
		return fail(reader, error,
			    "eq expected\nonly a filter such as [type eq \"work\"] is supported");
	reader->at += 2;
	skip_spaces(reader);
	if (!read_filter_value(self, reader, error))
		return FALSE;
	skip_spaces(reader);
	if (*reader->at != ']')
		return fail(reader, error, "] expected");
	reader->at++;
	return TRUE;
}

/* True if one dotted name is the other, or leads to it. */
static gboolean is_prefix(const char *a, const char *b)
{
	gsize length_a = a ? strlen(a) : 0, length_b = b ? strlen(b) : 0;
	gsize shorter = MIN(length_a, length_b);

	if (shorter == 0)
		return TRUE;
	char behind = length_a > length_b ? a[shorter] : b[shorter];
	return g_ascii_strncasecmp(a, b, shorter) == 0 && (behind == '\0' || behind == '.');
}

static gboolean read_sub(Path *self, Reader *reader, GError **error)
{
	const char *from = reader->at + 1;

	while (*reader->at == '.') {
		reader->at++;
		g_autofree char *name = read_name(reader, "a name is missing behind the dot",
						  error);
		if (!name)
			return FALSE;
	}
	if (reader->at > from)
		self->sub = g_strndup(from, (gsize)(reader->at - from));
	else if (self->filter_name)
		self->sub = g_strdup("value");
	if (!self->filter_name || !is_prefix(self->sub, self->filter_name))
		return TRUE;
	reader->at = from;
	return fail(reader, error, "the filter already says what stands there");
}

static void append_quoted(GString *text, const char *value)
{
	if (is_plain(value, strlen(value))) {
		g_string_append_c(text, '"');
		g_string_append(text, value);
		g_string_append_c(text, '"');
		return;
	}
	g_autoptr(json_t) string = json_string(value);
	g_autofree char *quoted = json_canonical(string);
	g_string_append(text, quoted);
}

static char *canonical_text(const Path *self)
{
	GString *text;

	if (!self->urn && !self->filter_name)
		return g_strjoin(self->sub ? "." : "", self->attribute, self->sub, NULL);
	text = g_string_new(self->urn);
	if (self->urn)
		g_string_append_c(text, ':');
	g_string_append(text, self->attribute);
	if (self->filter_name) {
		g_string_append_c(text, '[');
		g_string_append(text, self->filter_name);
		g_string_append(text, " eq ");
		append_quoted(text, self->filter_value);
		g_string_append_c(text, ']');
	}
	if (self->sub) {
		g_string_append_c(text, '.');
		g_string_append(text, self->sub);
	}
	return g_string_free(text, FALSE);
}

static gboolean read_path(Path *self, Reader *reader, GError **error)
{
	if (!read_urn(self, reader, error))
		return FALSE;
	self->attribute = read_name(reader, "the name of an attribute is missing", error);
	if (!self->attribute || !read_filter(self, reader, error) || !read_sub(self, reader, error))
		return FALSE;
	return *reader->at ? fail(reader, error, "unexpected character") : TRUE;
}

Path *path_parse(const char *text, GError **error)
{
	g_autoptr(Path) self = g_new0(Path, 1);
	Reader reader = { .text = text, .at = text };
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		reader.at = bad;
		fail(&reader, error, "this is not UTF-8");
		return NULL;
	}
	if (!read_path(self, &reader, error))
		return NULL;
	self->text = canonical_text(self);
	return g_steal_pointer(&self);
}

void path_free(Path *self)
{
	if (!self)
		return;
	g_free(self->text);
	g_free(self->urn);
	g_free(self->attribute);
	g_free(self->filter_name);
	g_free(self->filter_value);
	g_free(self->sub);
	g_free(self);
}

/* Equal without regard to case; NULL equals only NULL. */
static gboolean same(const char *a, const char *b)
{
	return a && b ? g_ascii_strcasecmp(a, b) == 0 : a == b;
}

static gboolean same_text(const char *a, const char *b)
{
	if (same(a, b))
		return TRUE;
	g_autofree char *folded_a = g_utf8_casefold(a, -1);
	g_autofree char *folded_b = g_utf8_casefold(b, -1);
	return strcmp(folded_a, folded_b) == 0;
}

static gboolean same_filter(const Path *a, const Path *b)
{
	if (!a->filter_name || !b->filter_name)
		return a->filter_name == b->filter_name;
	return same(a->filter_name, b->filter_name) && same_text(a->filter_value, b->filter_value);
}

gboolean path_equal(const Path *a, const Path *b)
{
	return same(a->urn, b->urn) && same(a->attribute, b->attribute) && same_filter(a, b) &&
	       same(a->sub, b->sub);
}

gboolean path_conflicts(const Path *a, const Path *b)
{
	if (!same(a->urn, b->urn) || !same(a->attribute, b->attribute))
		return FALSE;
	if (a->filter_name && b->filter_name)
		return same_filter(a, b) && is_prefix(a->sub, b->sub);
	return a->filter_name || b->filter_name || is_prefix(a->sub, b->sub);
}

/* The spelling of a key that is there, or the one asked for. */
static const char *spelling(const json_t *object, const char *key)
{
	const char *name;
	json_t *value, *found = json_get_nocase(object, key);

	if (!found || json_object_get(object, key))
		return key;
	json_object_foreach ((json_t *)object, name, value) {
		if (value == found && g_ascii_strcasecmp(name, key) == 0)
			return name;
	}
	return key;
}

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_nocheck(object, spelling(object, key), value);
}

/* The object below 'key', made if it is not there; an array stands for its first element. */
static json_t *open_object(json_t *parent, const char *key)
{
	json_t *child = json_get_nocase(parent, key);

	if (json_is_array(child) && json_is_object(json_array_get(child, 0)))
		return json_array_get(child, 0);
	if (json_is_object(child))
		return child;
	json_t *made = json_object();
	put(parent, key, made);
	json_decref(made);
	return made;
}

static gboolean fits(const Path *self, const json_t *element)
{
	const char *text = json_string_value(json_get_nocase(element, self->filter_name));

	return text && same_text(text, self->filter_value);
}

static json_t *find_element(const Path *self, const json_t *array)
{
	json_t *element;
	size_t i;

	json_array_foreach (array, i, element) {
		if (fits(self, element))
			return element;
	}
	return NULL;
}

/* The typed element below the path's attribute, made if it is not there. */
static json_t *open_element(const Path *self, json_t *parent)
{
	json_t *array = json_get_nocase(parent, self->attribute);

	if (!json_is_array(array)) {
		array = json_array();
		put(parent, self->attribute, array);
		json_decref(array);
	}
	json_t *element = find_element(self, array);
	if (element)
		return element;
	element = json_object();
	json_object_set_new_nocheck(element, self->filter_name,
				    json_string_nocheck(self->filter_value));
	json_array_append_new(array, element);
	return element;
}

void path_set(const Path *self, json_t *document, json_t *value)
{
	json_t *at = document;

	if (self->urn)
		at = open_object(at, self->urn);
	if (!self->sub) {
		put(at, self->attribute, value);
		return;
	}
	at = self->filter_name ? open_element(self, at) : open_object(at, self->attribute);
	if (!strchr(self->sub, '.')) {
		put(at, self->sub, value);
		return;
	}

	g_auto(GStrv) names = g_strsplit(self->sub, ".", -1);
	for (guint i = 0; names[i + 1]; i++)
		at = open_object(at, names[i]);
	put(at, names[g_strv_length(names) - 1], value);
}

static json_t *step(const json_t *at, const char *name)
{
	if (json_is_array(at))
		at = json_array_get(at, 0);
	return json_get_nocase(at, name);
}

static json_t *walk(json_t *at, const char *names)
{
	g_auto(GStrv) all = g_strsplit(names, ".", -1);

	for (guint i = 0; at && all[i]; i++)
		at = step(at, all[i]);
	return at;
}

static gboolean is_scalar(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

json_t *path_get(const Path *self, const json_t *document)
{
	json_t *at = json_get_nocase(self->urn ? json_get_nocase(document, self->urn) : document,
				     self->attribute);

	if (self->filter_name)
		at = find_element(self, at);
	/* Some services write "manager": "26118915" where the schema has an object. */
	if (self->sub && !(is_scalar(at) && same(self->sub, "value")))
		at = walk(at, self->sub);
	return json_is_null(at) ? NULL : at;
}
