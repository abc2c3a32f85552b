/*
 * The words of a service, made fit for our sentences.
 *
 * Errors come in at least these shapes, tried in this order:
 *
 *	{ "schemas": [...Error], "detail": "...", "scimType": "uniqueness" }   RFC 7644 §3.12, AWS
 *	{ "Errors": { "description": "...", "code": 409 } }  or a list         SCIM 1.1, Slack
 *	{ "error": { "message": "..." } }  or  { "error": "...", "error_description": "..." }
 *	{ "message": "..." }
 *	{ "userName": ["taken"] }                                              Django, Sentry
 *	anything else: the text itself
 *
 * Whatever a service says is bounded, put on one line, and freed of our own credential, which some
 * services echo when they refuse it.
 */
#include <string.h>

#include "base/json.h"
#include "scim_internal.h"

#define EXCERPT_CHARS 200

static void blot_out(GString *text, const Secret *secret)
{
	if (secret && secret_length(secret) > 3)
		g_string_replace(text, secret_peek(secret), "[hidden]", 0);
}

/* One character of the excerpt; any run of white space and control characters is one blank. */
static void append_clean(GString *out, gunichar c)
{
	if (!g_unichar_iscntrl(c) && !g_unichar_isspace(c) && g_unichar_isdefined(c))
		g_string_append_unichar(out, c);
	else if (out->len > 0 && out->str[out->len - 1] != ' ')
		g_string_append_c(out, ' ');
}

char *scim_excerpt(const char *text, gssize length, const Secret *secret)
{
	gsize bytes = length < 0 ? strlen(text) : (gsize)length;
	/* The secret is searched in more than is shown, or a cut could leave the half of it. */
	g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(bytes, (gsize)64 * 1024));
	GString *whole = g_string_new(valid);
	GString *out = g_string_new(NULL);

	blot_out(whole, secret);
	glong shown = 0;
	const char *at = whole->str;
	for (; *at && shown < EXCERPT_CHARS; at = g_utf8_next_char(at), shown++)
		append_clean(out, g_utf8_get_char(at));
	if (*at)
		g_string_append(out, "…");
	g_string_free(whole, TRUE);
	return g_strchomp(g_string_free(out, FALSE));
}

gboolean scim_integer(const json_t *value, gint64 *number)
{
	if (json_is_integer(value)) {
		*number = json_integer_value(value);
		return TRUE;
	}
	if (json_is_real(value) && json_real_value(value) >= 0 && json_real_value(value) < 1e15) {
		*number = (gint64)json_real_value(value);
		return TRUE;
	}
	return json_is_string(value) &&
	       g_ascii_string_to_signed(json_string_value(value), 10, 0, G_MAXINT64, number, NULL);
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

static char *words_of_errors(const json_t *body)
{
	const json_t *errors = json_get_nocase(body, "Errors");

	if (json_is_array(errors))
		errors = json_array_get(errors, 0);
	char *words = text_member(errors, "description");
	return words ? words : text_member(errors, "message");
}

static char *words_of_error(const json_t *body)
{
	const json_t *error = json_get_nocase(body, "error");

	if (json_is_object(error))
		return text_member(error, "message");
	char *words = text_member(body, "error_description");
	return words ? words : text_member(body, "error");
}

/* { "userName": ["this field must be unique"] } */
static char *words_of_fields(const json_t *body)
{
	const char *field;
	json_t *texts;

	json_object_foreach ((json_t *)body, field, texts) {
		const char *text = json_string_value(json_array_get(texts, 0));
		if (text && g_ascii_strcasecmp(field, "schemas") != 0)
			return g_strdup_printf("%s: %s", field, text);
	}
	return NULL;
}

char *scim_error_words(const json_t *body, char **scim_type)
{
	char *words = text_member(body, "detail");

	*scim_type = text_member(body, "scimType");
	if (!words)
		words = words_of_errors(body);
	if (!words)
		words = words_of_error(body);
	if (!words)
		words = text_member(body, "message");
	return words ? words : words_of_fields(body);
}
