/*
 * Target paths: parsing and comparing them; path_walk.c goes along them.
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
 *	emails[0].email_id        index 0, sub "email_id"
 *	profile.phones[1].number  sub "phones[1].number": what is behind the first name stays a text
 *
 * An index is for services that know their lists by order. A number in brackets is one only if
 * nothing else is in them, so a filter may be on an attribute with digits in its name.
 *
 * Not supported, because nothing can be created from it: other operators, other types than text,
 * more than one condition.
 */
#include "core/path.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "path_internal.h"

#define CORE_SCHEMA "urn:ietf:params:scim:schemas:core:2.0:"
#define INDEX_MAX 99

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

/* True if there is a number and nothing else in the brackets at 'at'. */
static gboolean is_index(const char *at)
{
	gsize digits;

	if (*at != '[')
		return FALSE;
	at += 1 + strspn(at + 1, " ");
	digits = strspn(at, "0123456789");
	return digits > 0 && at[digits + strspn(at + digits, " ")] == ']';
}

/* The index that is_index() has seen. */
static gboolean read_index(Reader *reader, int *index, GError **error)
{
	guint64 number;

	reader->at++;
	skip_spaces(reader);
	number = g_ascii_strtoull(reader->at, NULL, 10);
	if (number > INDEX_MAX)
		return fail(reader, error, "an index goes up to 99");
	*index = (int)number;
	reader->at = strchr(reader->at, ']') + 1;
	return TRUE;
}

static gboolean read_filter(Path *self, Reader *reader, GError **error)
{
	if (*reader->at != '[')
		return TRUE;
	if (is_index(reader->at))
		return read_index(reader, &self->index, error);
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

/* Equal without regard to case; NULL equals only NULL. */
static gboolean same(const char *a, const char *b)
{
	return a && b ? g_ascii_strcasecmp(a, b) == 0 : a == b;
}

const char *path_next(const char *sub, char **name, int *index)
{
	gsize length = strcspn(sub, ".[");
	const char *rest = sub + length;

	*name = g_strndup(sub, length);
	*index = -1;
	if (*rest == '[') {
		*index = (int)g_ascii_strtoull(rest + 1, NULL, 10);
		rest = strchr(rest, ']') + 1;
	}
	return *rest == '.' ? rest + 1 : NULL;
}

/* True if one sub-attribute is the other, or leads to it, or to another element of its list. */
static gboolean subs_conflict(const char *a, const char *b)
{
	while (a && b) {
		g_autofree char *name_a = NULL, *name_b = NULL;
		int index_a, index_b;

		a = path_next(a, &name_a, &index_a);
		b = path_next(b, &name_b, &index_b);
		if (!same(name_a, name_b))
			return FALSE;
		if (index_a != index_b)
			return index_a < 0 || index_b < 0;
	}
	return TRUE;
}

/* One name behind a dot, with its index. */
static gboolean read_sub_name(Reader *reader, GString *sub, GError **error)
{
	g_autofree char *name = NULL;
	int index;

	reader->at++;
	name = read_name(reader, "a name is missing behind the dot", error);
	if (!name)
		return FALSE;
	if (sub->len > 0)
		g_string_append_c(sub, '.');
	g_string_append(sub, name);
	if (!is_index(reader->at))
		return TRUE;
	if (!read_index(reader, &index, error))
		return FALSE;
	g_string_append_printf(sub, "[%d]", index);
	return TRUE;
}

static gboolean read_sub(Path *self, Reader *reader, GError **error)
{
	const char *from = reader->at + 1;
	g_autoptr(GString) sub = *reader->at == '.' ? g_string_new(NULL) : NULL;

	while (*reader->at == '.') {
		if (!read_sub_name(reader, sub, error))
			return FALSE;
	}
	if (sub)
		self->sub = g_strndup(sub->str, sub->len);
	else if (self->filter_name)
		self->sub = g_strdup("value");
	if (!self->filter_name || !subs_conflict(self->sub, self->filter_name))
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

	if (!self->urn && !self->filter_name && self->index < 0)
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
	if (self->index >= 0)
		g_string_append_printf(text, "[%d]", self->index);
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

	self->index = -1;
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

gboolean path_same_text(const char *a, const char *b)
{
	if (same(a, b))
		return TRUE;
	g_autofree char *folded_a = g_utf8_casefold(a, -1);
	g_autofree char *folded_b = g_utf8_casefold(b, -1);
	return strcmp(folded_a, folded_b) == 0;
}

gboolean path_has_index(const Path *self)
{
	return self->index >= 0 || (self->sub && strchr(self->sub, '['));
}

static gboolean same_filter(const Path *a, const Path *b)
{
	if (!a->filter_name || !b->filter_name)
		return a->filter_name == b->filter_name;
	return same(a->filter_name, b->filter_name) &&
	       path_same_text(a->filter_value, b->filter_value);
}

gboolean path_equal(const Path *a, const Path *b)
{
	return same(a->urn, b->urn) && same(a->attribute, b->attribute) && same_filter(a, b) &&
	       a->index == b->index && same(a->sub, b->sub);
}

gboolean path_conflicts(const Path *a, const Path *b)
{
	if (!same(a->urn, b->urn) || !same(a->attribute, b->attribute))
		return FALSE;
	if (a->filter_name && b->filter_name)
		return same_filter(a, b) && subs_conflict(a->sub, b->sub);
	if (a->index >= 0 && b->index >= 0)
		return a->index == b->index && subs_conflict(a->sub, b->sub);
	return a->filter_name || b->filter_name || a->index != b->index ||
	       subs_conflict(a->sub, b->sub);
}

/* Of two paths that differ at 'at': by how many digits the index there is longer, if it is one. */
static int order_indexes(const char *a, const char *b, gsize at)
{
	gsize from = at, digits_a, digits_b;

	while (from > 0 && g_ascii_isdigit(a[from - 1]))
		from--;
	if (from == 0 || a[from - 1] != '[')
		return 0;
	digits_a = strspn(a + from, "0123456789");
	digits_b = strspn(b + from, "0123456789");
	return a[from + digits_a] == ']' && b[from + digits_b] == ']'
		       ? (int)digits_a - (int)digits_b
		       : 0;
}

int path_order(const char *a, const char *b)
{
	gsize at = 0;
	int order;

	while (a[at] && g_ascii_tolower(a[at]) == g_ascii_tolower(b[at]))
		at++;
	if (a[at] == b[at])
		return strcmp(a, b);
	order = order_indexes(a, b, at);
	return order ? order
		     : (int)(guchar)g_ascii_tolower(a[at]) - (int)(guchar)g_ascii_tolower(b[at]);
}
