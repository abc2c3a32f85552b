/*
 * Bodies: which format, and the two that need no file of their own, JSON and text.
 *
 * What an answer is, its Content-Type says; but services are careless with it. JSON is sent as
 * text/html (PHP's default), as text/plain and as nothing at all, so these three say no more than
 * what was expected does. Only a body that looks like a page is one: a proxy's error, a login form,
 * a maintenance notice, mostly with status 200. Such a page must never be taken for an answer, not
 * even by a rule that wants the status alone.
 *
 *	<!DOCTYPE html>...     <html lang="en">...     <?xml ...?><!-- ... --><!DOCTYPE html PUBLIC
 *	text/html, and the first character is <
 *
 * JSON is written as the tree stands, in its order: a definition's author compares what is sent
 * with the service's documentation. Reading is json_parse_strict()'s.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "body_internal.h"
#include "body_parts_internal.h"

#define LARGEST (64 * 1024 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BLANKS " \t\r\n"

/* ---- media types ---- */

static const struct {
	const char *type; /* "+x": any that ends so */
	BodyKind kind;
} types[] = {
	{ "application/json", BODY_JSON },
	{ "text/json", BODY_JSON },
	{ "application/x-json", BODY_JSON },
	{ "+json", BODY_JSON },
	{ "application/x-www-form-urlencoded", BODY_FORM },
	{ "application/xml", BODY_XML },
	{ "text/xml", BODY_XML },
	{ "+xml", BODY_XML },
	{ "text/plain", BODY_TEXT },
};

/* "text/html; charset=x" is "text/html". New string. */
static char *media_type(const char *content_type)
{
	char *type = g_ascii_strdown(content_type, (gssize)strcspn(content_type, ";"));

	return g_strstrip(type);
}

static gboolean is_html(const char *type)
{
	return strcmp(type, "text/html") == 0 || strcmp(type, "application/xhtml+xml") == 0;
}

gboolean body_kind(const char *content_type, BodyKind *kind)
{
	g_autofree char *type = content_type ? media_type(content_type) : NULL;

	if (!type || is_html(type))
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
		if (*types[i].type == '+' ? g_str_has_suffix(type, types[i].type)
					  : strcmp(type, types[i].type) == 0) {
			*kind = types[i].kind;
			return TRUE;
		}
	}
	return FALSE;
}

const char *body_kind_name(BodyKind kind)
{
	static const char *const names[] = { "JSON", "a form", "XML", "text" };

	return names[kind];
}

/* "utf-8" of "text/xml; charset=\"utf-8\"". New string, or NULL. */
static char *charset_of(const char *content_type)
{
	g_auto(GStrv) parts = g_strsplit(content_type ? content_type : "", ";", 16);

	for (char **part = parts; *part; part++) {
		char *value = g_strstrip(*part);

		if (g_ascii_strncasecmp(value, "charset=", strlen("charset=")) != 0)
			continue;
		value += strlen("charset=");
		value += strspn(value, "\"");
		return g_strndup(value, strcspn(value, "\""));
	}
	return NULL;
}

/* ---- writing ---- */

gsize body_size(const json_t *tree)
{
	return json_dumpb(tree, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
}

static char *write_json(const json_t *tree, gsize *length, GError **error)
{
	const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
	gsize size = json_dumpb(tree, NULL, 0, flags);
	char *text;

	if (size == 0) {
		error_set(error, ERROR_OBJECT, "a text in the body is not UTF-8");
		return NULL;
	}
	text = g_malloc(size + 1);
	*length = json_dumpb(tree, text, size, flags);
	text[size] = '\0';
	return text;
}

static char *write_text(const json_t *tree, gsize *length, GError **error)
{
	char *text = json_scalar_text(tree);

	if (!text)
		error_set(error, ERROR_OBJECT, "the body is text, but what is to be sent is %s",
			  json_is_null(tree) ? "nothing" : "a list or an object");
	else
		*length = strlen(text);
	return text;
}

char *body_write(BodyKind kind, const json_t *tree, gboolean dotted, gsize *length, GError **error)
{
	switch (kind) {
	case BODY_FORM:
		return body_form_write(tree, dotted, length, error);
	case BODY_XML:
		return body_xml_write(tree, length, error);
	case BODY_TEXT:
		return write_text(tree, length, error);
	case BODY_JSON:
	default:
		return write_json(tree, length, error);
	}
}

/* ---- pages ---- */

typedef struct {
	const char *at;
	gsize length; /* what is left of the body */
} Rest;

static gboolean starts_with(const Rest *rest, const char *text)
{
	gsize length = strlen(text);

	return rest->length >= length && g_ascii_strncasecmp(rest->at, text, length) == 0;
}

static void skip(Rest *rest, gsize count)
{
	rest->at += count;
	rest->length -= count;
}

static void skip_blanks(Rest *rest)
{
	if (starts_with(rest, BYTE_ORDER_MARK))
		skip(rest, strlen(BYTE_ORDER_MARK));
	while (rest->length > 0 && *rest->at && strchr(BLANKS, *rest->at))
		skip(rest, 1);
}

/* Behind the next 'end', or at the very end. */
static void skip_behind(Rest *rest, const char *end)
{
	const char *found = g_strstr_len(rest->at, (gssize)rest->length, end);

	skip(rest, found ? (gsize)(found - rest->at) + strlen(end) : rest->length);
}

static gboolean looks_like_page(Rest rest, const char *content_type)
{
	g_autofree char *type = media_type(content_type ? content_type : "");

	skip_blanks(&rest);
	if (is_html(type) && starts_with(&rest, "<"))
		return TRUE;
	while (starts_with(&rest, "<?") || starts_with(&rest, "<!--")) {
		skip_behind(&rest, rest.at[1] == '?' ? "?>" : "-->");
		skip_blanks(&rest);
	}
	return starts_with(&rest, "<!doctype html") || starts_with(&rest, "<html>") ||
	       starts_with(&rest, "<html ") || starts_with(&rest, "<html\n") ||
	       starts_with(&rest, "<html\r") || starts_with(&rest, "<html\t");
}

/* ---- reading ---- */

static json_t *read_text(const char *body, gsize length, GError **error)
{
	if (!memchr(body, '\0', length))
		return json_lossy_string(body, length);
	error_set(error, ERROR_OBJECT, "the text holds a zero byte");
	return NULL;
}

static json_t *read_as(BodyKind kind, const char *content_type, const char *body, gsize length,
		       GError **error)
{
	g_autofree char *charset = NULL;

	switch (kind) {
	case BODY_FORM:
		return body_form_read(body, length, error);
	case BODY_XML:
		charset = charset_of(content_type);
		return body_xml_read(body, length, charset, error);
	case BODY_TEXT:
		return read_text(body, length, error);
	case BODY_JSON:
	default:
		return json_parse_strict(body, length, error);
	}
}

/* As 'kind'; plain text that cannot be read so is a text after all. */
static json_t *read_body(BodyKind kind, gboolean is_plain, const char *content_type,
			 const char *body, gsize length, GError **error)
{
	g_autoptr(GError) problem = NULL;
	json_t *tree = read_as(kind, content_type, body, length, &problem);

	if (tree)
		return tree;
	if (is_plain && kind != BODY_TEXT)
		return read_text(body, length, error);
	g_propagate_prefixed_error(error, g_steal_pointer(&problem),
				   "%s was expected: ", body_kind_name(kind));
	return NULL;
}

json_t *body_read(BodyKind expected, const char *content_type, const char *body, gsize length,
		  gboolean *is_page, GError **error)
{
	Rest rest = { body, length };
	BodyKind said = expected;
	gboolean is_plain, page;

	page = length > 0 && looks_like_page(rest, content_type);
	if (is_page)
		*is_page = page;
	if (length > 0)
		skip_blanks(&rest);
	if (rest.length == 0)
		return NULL;
	if (page || length > LARGEST) {
		error_set(error, ERROR_OBJECT, "%s was expected, but the answer is %s",
			  body_kind_name(expected), page ? "an HTML page" : "too large");
		return NULL;
	}
	is_plain = body_kind(content_type, &said) && said == BODY_TEXT;
	return read_body(is_plain ? expected : said, is_plain, content_type, body, length, error);
}

/* ---- wiping ---- */

void body_wipe(json_t *tree)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach (tree, key, value)
		body_wipe(value);
	json_array_foreach (tree, i, value)
		body_wipe(value);
	if (json_is_string(tree))
		secret_wipe((char *)json_string_value(tree), json_string_length(tree));
}
