/*
 * JSON helpers over jansson; canonical text is json_canonical.c's.
 *
 * Bounded parsing is how text from the network is read. Three services that exist send a byte
 * order mark; a hostile or broken one sends a hundred thousand opening brackets. Jansson refuses
 * those too, but only at 2048 levels of its own recursion; one pass over the bytes in front of it
 * costs next to nothing and makes the depth our decision. The pass knows strings and nothing
 * else: whether the text is JSON at all is the parser's business.
 *
 * Duplicate keys are tolerated, the last one wins, as in every browser: RFC 8259 §4 only says that
 * names SHOULD be unique, and a service that repeats a key must not stop a leaver's disable. Where
 * what is read proves that somebody has no account, they are refused: {"users":[...],"users":[]}.
 * "\u0000" inside a string is refused: the rest of the program reads C strings, and a user name
 * cut at the NUL could match somebody else's account.
 *
 * Reading without regard to case is RFC 7643 §2.1: "attribute names are case insensitive".
 */
#include "base/json.h"

#include <string.h>

#include "base/error.h"
#include "json_internal.h"

#define DEPTH_MAX 64
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The end of the string whose opening quote is at 'at': the position of the closing quote. */
static gsize skip_string(const char *text, gsize length, gsize at)
{
	for (at++; at < length && text[at] != '"'; at++) {
		if (text[at] == '\\')
			at++;
	}
	return at;
}

/* Position of the bracket that goes too deep, or 'length' if none does. */
static gsize find_too_deep(const char *text, gsize length)
{
	guint depth = 0;

	for (gsize i = 0; i < length; i++) {
		char c = text[i];
		if (c == '"')
			i = skip_string(text, length, i);
		else if ((c == '{' || c == '[') && ++depth > DEPTH_MAX)
			return i;
		else if ((c == '}' || c == ']') && depth > 0)
			depth--;
	}
	return length;
}

static json_t *set_parse_error(const json_error_t *problem, GError **error)
{
	error_set(error, ERROR_OBJECT, "not valid JSON at line %d, column %d: %s", problem->line,
		  problem->column, problem->text);
	return NULL;
}

/* 'flags' beside JSON_DECODE_ANY. */
static json_t *parse(const char *text, gsize length, size_t flags, GError **error)
{
	if (length >= strlen(BYTE_ORDER_MARK) &&
	    memcmp(text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0) {
		text += strlen(BYTE_ORDER_MARK);
		length -= strlen(BYTE_ORDER_MARK);
	}

	json_t *plain = json_read_plain(text, length);
	if (plain)
		return plain;

	/* No JSON has one, but jansson reads over it between two values. */
	if (memchr(text, '\0', length)) {
		error_set(error, ERROR_OBJECT, "not valid JSON: it holds a zero byte");
		return NULL;
	}
	gsize deep = find_too_deep(text, length);
	if (deep < length) {
		error_set(error, ERROR_OBJECT,
			  "JSON is nested deeper than %d levels at byte %" G_GSIZE_FORMAT,
			  DEPTH_MAX, deep);
		return NULL;
	}

	json_error_t problem;
	json_t *value = json_loadb(text, length, JSON_DECODE_ANY | flags, &problem);
	return value ? value : set_parse_error(&problem, error);
}

json_t *json_parse_bounded(const char *text, gsize length, GError **error)
{
	return parse(text, length, 0, error);
}

json_t *json_parse_strict(const char *text, gsize length, GError **error)
{
	return parse(text, length, JSON_REJECT_DUPLICATES, error);
}

json_t *json_get_nocase(const json_t *object, const char *key)
{
	json_t *exact = json_object_get(object, key);
	if (exact)
		return exact;

	/* jansson iterates over a non-const object, but does not change it. */
	json_t *iterated = (json_t *)object;
	const char *name;
	json_t *value;
	json_object_foreach (iterated, name, value) {
		/* Most names differ in the first letter; that is cheap to see. */
		if (((name[0] ^ key[0]) & ~0x20) == 0 && g_ascii_strcasecmp(name, key) == 0)
			return value;
	}
	return NULL;
}

const char *json_get_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The shortest text that reads back as the same number; jansson would write 0.1 in 17 digits. */
static char *real_text(double number)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	for (int digits = 15; digits <= 17; digits++) {
		char format[8];
		g_snprintf(format, sizeof(format), "%%.%dg", digits);
		g_ascii_formatd(text, sizeof(text), format, number);
		if (memcmp(&(double){ g_ascii_strtod(text, NULL) }, &number, sizeof(number)) == 0)
			break;
	}
	return g_strdup(text);
}

char *json_scalar_text(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return g_strdup(json_string_value(value));
	case JSON_REAL:
		return real_text(json_real_value(value));
	case JSON_INTEGER:
	case JSON_TRUE:
	case JSON_FALSE:
		return json_canonical(value);
	case JSON_OBJECT:
	case JSON_ARRAY:
	case JSON_NULL:
	default:
		return NULL;
	}
}

json_t *json_lossy_string(const char *bytes, gsize length)
{
	/* One U+FFFD for each byte that is not part of a valid character. */
	g_autofree char *valid = g_utf8_make_valid(bytes ? bytes : "", (gssize)length);

	return json_stringn_nocheck(valid, strlen(valid));
}
