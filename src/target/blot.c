/*
 * Blot: the secret values of a request, taken out of the words that came back.
 *
 *	sent       nickName "Hush-4711"       written down   nickName "[Redact] 0a1b..."
 *	answered   400 "nickName 'Hush-4711' is too weak"
 *	told       400 "nickName '[Redact]' is too weak"
 *
 * A value is secret if it is sent otherwise than it is written down; and so is a password that is
 * set, of which no copy is left behind here. A service may repeat it in
 * another case, as a number or as JSON spells it; and the driver cuts long sentences ("…"), so the
 * beginning of a value in front of a cut counts too. Shorter values than four characters stay:
 * they are in every sentence, and to blot them out would tell where.
 */
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "target/target.h"

#define BLOT "[Redact]"
#define CUT "…"
#define SHORTEST 4

static void form_free(void *form)
{
	secret_wipe(form, strlen(form));
	g_free(form);
}

static void add_form(GPtrArray *forms, char *form)
{
	if (form && g_utf8_strlen(form, -1) >= SHORTEST)
		g_ptr_array_add(forms, form);
	else if (form)
		form_free(form);
}

/* A text as it stands between the quotes of a JSON document. New string. */
static char *escaped(const json_t *value, size_t flags)
{
	gsize length = json_dumpb(value, NULL, 0, JSON_ENCODE_ANY | flags);
	g_autofree char *quoted = g_malloc(length);
	char *inside;

	json_dumpb(value, quoted, length, JSON_ENCODE_ANY | flags);
	inside = g_strndup(quoted + 1, length - 2);
	secret_wipe(quoted, length);
	return inside;
}

/* Each run of white space is one blank: the driver puts a sentence on one line. New string. */
static char *on_one_line(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
	GString *line = g_string_sized_new(strlen(text) + 1); /* it never moves */

	for (char **word = words; *word; word++) {
		if (**word)
			g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", *word);
		secret_wipe(*word, strlen(*word));
	}
	return g_string_free(line, FALSE);
}

/* All that a value holds, however deep, in the forms that it may come back in. */
static void add_forms(GPtrArray *forms, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach ((json_t *)value, key, member)
		add_forms(forms, member);
	json_array_foreach (value, i, member)
		add_forms(forms, member);
	if (json_is_string(value)) {
		add_form(forms, escaped(value, 0));
		add_form(forms, escaped(value, JSON_ENSURE_ASCII));
		add_form(forms, escaped(value, JSON_ESCAPE_SLASH));
		add_form(forms, on_one_line(json_string_value(value)));
	}
	if (json_is_string(value) || json_is_number(value))
		add_form(forms, json_scalar_text(value));
}

/* The members of 'sent' that are not written down like that. */
static void add_hidden(GPtrArray *forms, const json_t *sent, const json_t *shown)
{
	const char *key;
	json_t *member;
	size_t i;

	json_object_foreach ((json_t *)sent, key, member) {
		if (!json_equal(member, json_object_get(shown, key)))
			add_forms(forms, member);
	}
	json_array_foreach (sent, i, member)
		add_hidden(forms, member, json_array_get(shown, i));
}

static void add_password(GPtrArray *forms, const Secret *password)
{
	json_t *value = json_stringn(secret_peek(password), secret_length(password));

	if (!value)
		return; /* no UTF-8: it is in no sentence as it is */
	add_forms(forms, value);
	secret_wipe((char *)json_string_value(value), json_string_length(value));
	json_decref(value);
}

/* One that is part of another must not leave the rest of that. */
static int order_longest(gconstpointer a, gconstpointer b)
{
	gsize left = strlen(*(char *const *)a), right = strlen(*(char *const *)b);

	return left < right ? 1 : left > right ? -1 : 0;
}

/* So many bytes of 'form' stand in front of the cut; 0 if too few to tell. */
static gsize part_before(const GString *text, gsize cut, const char *form)
{
	for (gsize length = MIN(strlen(form), cut); length >= SHORTEST; length--) {
		if (g_ascii_strncasecmp(text->str + cut - length, form, length) == 0)
			return length;
	}
	return 0;
}

static void blot_cut(GString *text, const char *form)
{
	for (const char *at = strstr(text->str, CUT); at; at = strstr(at + strlen(CUT), CUT)) {
		gsize cut = (gsize)(at - text->str), length = part_before(text, cut, form);

		if (length == 0)
			continue;
		g_string_erase(text, (gssize)(cut - length), (gssize)length);
		g_string_insert(text, (gssize)(cut - length), BLOT);
		at = text->str + cut - length + strlen(BLOT);
	}
}

static void blot_whole(GString *text, const char *form)
{
	gsize length = strlen(form);

	for (gsize at = 0; at + length <= text->len;) {
		if (g_ascii_strncasecmp(text->str + at, form, length) != 0) {
			at++;
			continue;
		}
		g_string_erase(text, (gssize)at, (gssize)length);
		g_string_insert(text, (gssize)at, BLOT);
		at += strlen(BLOT);
	}
}

char *target_blot(const TargetRequest *request, const char *text)
{
	g_autoptr(GPtrArray) forms = g_ptr_array_new_with_free_func(form_free);
	GString *blotted;

	if (!text)
		return NULL;
	if (request->resource_shown)
		add_hidden(forms, request->resource, request->resource_shown);
	if (request->changes_shown)
		add_hidden(forms, request->changes, request->changes_shown);
	if (request->password)
		add_password(forms, request->password);
	g_ptr_array_sort(forms, order_longest);
	blotted = g_string_new(text);
	for (guint i = 0; i < forms->len; i++) {
		blot_whole(blotted, forms->pdata[i]);
		blot_cut(blotted, forms->pdata[i]);
	}
	return g_string_free(blotted, FALSE);
}
