/*
 * The words of a service, made fit for our sentences.
 *
 * Errors come in at least these shapes, tried in this order:
 *
 *	{ "schemas": [...Error], "detail": "...", "scimType": "uniqueness" }   RFC 7644 §3.12
 *	{ "schema": "...", "detail": "...", "exceptionRequestId": "..." }      AWS
 *	{ "Errors": { "description": "...", "code": "x" } }  or a list         SCIM 1.1, Slack
 *	{ "error": { "message": "...", "status": "ALREADY_EXISTS" } }          Google, Graph
 *	{ "error": "...", "error_description": "..." }                         OAuth
 *	{ "message": "...", "code": "..." }  or what else it is called
 *	{ "userName": ["taken"] }  or the same beneath "detail" or "errors"    Django, Sentry
 *	[ any of these ]
 *	a page of HTML: its title, else its text
 *	anything else: the text itself. RFC 7644's own example lacks a comma, and was copied
 *
 * From each comes a sentence, and a code where it is a word: a number is the status once more.
 * Whatever a service says is bounded, put on one line, and freed of our own credential, which some
 * services echo when they refuse it.
 */
#include <string.h>

#include "base/json.h"
#include "base/plain.h"
#include "words_internal.h"

#define EXCERPT_CHARS 200

char *words_excerpt(const char *text, gssize length, const Credential *credential)
{
	gsize bytes = length < 0 ? strlen(text) : (gsize)length;
	/* The secret is searched in more than is shown, or a cut could leave the half of it. */
	g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(bytes, (gsize)64 * 1024));
	g_autofree char *whole = credential ? credential_blot(credential, valid) : NULL;

	return plain_line(whole ? whole : valid, EXCERPT_CHARS);
}

static char *text_member(const json_t *object, const char *name)
{
	const json_t *value = json_get_nocase(object, name);
	char *text = value ? json_scalar_text(value) : NULL;

	if (text && *text)
		return text;
	g_free(text);
	return NULL;
}

/* The first member of these names that is a text. */
static char *first_member(const json_t *object, const char *const *names)
{
	char *text = NULL;

	for (; *names && !text; names++)
		text = text_member(object, *names);
	return text;
}

/* The first member of these names that is a word; a number says no more than the status does. */
static char *code_member(const json_t *object, const char *const *names)
{
	for (; *names; names++) {
		char *text = json_is_string(json_get_nocase(object, *names))
				     ? text_member(object, *names)
				     : NULL;
		if (text && !g_ascii_isdigit(*text) && !strpbrk(text, " \t\r\n"))
			return text;
		g_free(text);
	}
	return NULL;
}

static const char *const sentences[] = { "detail",
					 "description",
					 "message",
					 "errorMessage",
					 "errorSummary",
					 "error_description",
					 "error_message",
					 "msg",
					 "title",
					 "reason",
					 NULL };
static const char *const codes[] = { "scimType", "code",   "errorCode", "__type",
				     "status",   "reason", NULL };

static char *words_within(const json_t *value, guint depth);

/* { "userName": ["this field must be unique"] } */
static char *words_of_fields(const json_t *body, guint depth)
{
	const char *field;
	json_t *texts;

	json_object_foreach ((json_t *)body, field, texts) {
		g_autofree char *text = NULL;

		if (g_ascii_strcasecmp(field, "schemas") == 0 || json_is_string(texts))
			continue;
		text = words_within(texts, depth + 1);
		if (text && depth == 0 &&
		    (g_ascii_strcasecmp(field, "errors") == 0 ||
		     g_ascii_strcasecmp(field, "error") == 0))
			return g_steal_pointer(&text);
		if (text)
			return g_strdup_printf("%s: %s", field, text);
	}
	return NULL;
}

/* The words of whatever stands where an error may stand. */
static char *words_within(const json_t *value, guint depth)
{
	char *words;

	if (depth > 4)
		return NULL;
	if (json_is_array(value))
		return words_within(json_array_get(value, 0), depth + 1);
	if (json_is_string(value))
		return *json_string_value(value) ? g_strdup(json_string_value(value)) : NULL;
	words = first_member(value, sentences);
	return words ? words : words_of_fields(value, depth + 1);
}

static const json_t *first_of(const json_t *value)
{
	return json_is_array(value) ? json_array_get(value, 0) : value;
}

/* The code of an error, wherever its shape has it. */
static char *code_of(const json_t *body)
{
	static const char *const error_name[] = { "error", NULL };
	const json_t *error = json_get_nocase(body, "error");
	char *code = code_member(first_of(json_get_nocase(body, "Errors")), codes);

	if (!code)
		code = code_member(first_of(json_get_nocase(error, "errors")), codes);
	if (!code)
		code = code_member(first_of(error), codes);
	if (!code && json_get_nocase(body, "error_description"))
		code = code_member(body, error_name);
	return code ? code : code_member(body, codes);
}

char *words_of_error(const json_t *body_, char **code)
{
	const json_t *body = first_of(body_);
	const json_t *errors = json_get_nocase(body, "Errors");
	const json_t *error = json_get_nocase(body, "error");
	char *words = text_member(body, "detail");

	*code = text_member(body, "scimType");
	if (!*code)
		*code = code_of(body);
	if (!words)
		words = words_within(first_of(errors), 0);
	if (!words && !json_is_string(error))
		words = words_within(error, 0);
	if (!words)
		words = text_member(body, "error_description");
	if (!words && json_is_string(error))
		words = text_member(body, "error");
	if (!words)
		words = first_member(body, sentences);
	return words                  ? words
	       : json_is_string(body) ? words_within(body, 0)
				      : words_of_fields(body, 0);
}

/* Text that is no JSON ------------------------------------------------------------------------- */

/* The text behind "name": in what was meant to be JSON. New string, or NULL. */
static char *scrap(const char *text, const char *name)
{
	g_autofree char *key = g_strdup_printf("\"%s\"", name);
	const char *at = strstr(text, key);
	GString *value;

	if (!at)
		return NULL;
	at += strlen(key);
	at += strspn(at, " \t\r\n:");
	if (*at++ != '"')
		return NULL;
	value = g_string_new(NULL);
	for (; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		g_string_append_c(value, *at);
	}
	return g_string_free(value, *at != '"' || value->len == 0);
}

char *words_of_scraps(const char *text, char **code)
{
	*code = scrap(text, "scimType");
	return scrap(text, "detail");
}

static gboolean is_tag(const char *at, const char *name)
{
	gsize length = strlen(name);
	return g_ascii_strncasecmp(at, name, length) == 0 &&
	       (at[length] == '>' || g_ascii_isspace(at[length]));
}

/* What stands between "<title>" and the next tag. New string, or NULL. */
static char *html_title(const char *html)
{
	for (const char *at = strchr(html, '<'); at; at = strchr(at + 1, '<')) {
		const char *start = is_tag(at, "<title") ? strchr(at, '>') : NULL;
		if (start)
			return g_strstrip(g_strndup(start + 1, strcspn(start + 1, "<")));
	}
	return NULL;
}

char *words_of_page(const char *html)
{
	char *title = html_title(html);
	GString *text;
	gboolean within = FALSE;

	if (title && *title)
		return title;
	g_free(title);
	text = g_string_new(NULL);
	for (const char *at = html; *at && text->len < EXCERPT_CHARS * 2; at++) {
		if (is_tag(at, "<script") || is_tag(at, "<style"))
			break;
		if (*at == '<' || *at == '>')
			g_string_append_c(text, ' ');
		else if (!within)
			g_string_append_c(text, *at);
		within = *at == '<' || (within && *at != '>');
	}
	return g_strstrip(g_string_free(text, FALSE));
}
