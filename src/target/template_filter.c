/*
 * Filters of templates.
 *
 *	odata    O'Neil      ->  O''Neil         OData 4.01 part 2, §5.1.1.6.1
 *	scim     a "b" \     ->  a \"b\" \\      RFC 7644 figure 1: a JSON string's escapes
 *	soql     O'Neil \   ->  O\'Neil \\       SOQL and SOSL Reference, Reserved Characters
 *	lower, upper                             every letter of Unicode
 *	base64   Zoë         ->  Wm/Dqw==        of the UTF-8 bytes
 *	json     [1,"x"]     ->  text [1,"x"]
 *	first    [1,2]       ->  1
 *	or none              ->  none            where there is no value, or an empty one
 *
 * Those of text take numbers and truth values by their text, and a list element by element, so that
 * {resource.mails|lower} is a list again. An object they cannot take.
 *
 * A value may be a password. What a filter made is wiped before the next one's work replaces it;
 * what came from outside is only given back.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "body_internal.h"
#include "conf/conf.h"
#include "template_filter_internal.h"

/* New string. */
typedef char *(*TextFn)(const char *text);

typedef enum {
	KIND_TEXT,
	KIND_JSON,
	KIND_FIRST,
	KIND_OR,
} Kind;

/* The text with 'with' in front of each character that is one of 'which'. New string. */
static char *escape(const char *text, const char *which, const char *with)
{
	GString *escaped = g_string_sized_new(2 * strlen(text) + 1);

	for (; *text; text++) {
		if (strchr(which, *text))
			g_string_append(escaped, with);
		g_string_append_c(escaped, *text);
	}
	return g_string_free(escaped, FALSE);
}

static char *to_odata(const char *text)
{
	return escape(text, "'", "'");
}

static char *to_scim(const char *text)
{
	return escape(text, "\\\"", "\\");
}

static char *to_soql(const char *text)
{
	return escape(text, "\\'", "\\");
}

static char *to_lower(const char *text)
{
	return g_utf8_strdown(text, -1);
}

static char *to_upper(const char *text)
{
	return g_utf8_strup(text, -1);
}

static char *to_base64(const char *text)
{
	return g_base64_encode((const guchar *)text, strlen(text));
}

static const struct {
	const char *name;
	Kind kind;
	TextFn fn;
} filters_known[] = {
	{ "odata", KIND_TEXT, to_odata }, { "scim", KIND_TEXT, to_scim },
	{ "soql", KIND_TEXT, to_soql },   { "lower", KIND_TEXT, to_lower },
	{ "upper", KIND_TEXT, to_upper }, { "base64", KIND_TEXT, to_base64 },
	{ "json", KIND_JSON, NULL },      { "first", KIND_FIRST, NULL },
	{ "or", KIND_OR, NULL },
};

/* ---- reading ---- */

static void skip_blanks(const char **at)
{
	while (**at == ' ')
		(*at)++;
}

static char *say_unknown(const char *word)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const char *near;

	for (gsize i = 0; i < G_N_ELEMENTS(filters_known); i++)
		g_ptr_array_add(names, (gpointer)filters_known[i].name);
	near = conf_suggest(word, names);
	if (near)
		return g_strdup_printf("there is no filter '%s'\ndid you mean '%s'?", word, near);
	return g_strdup_printf("there is no filter '%s'\nthere are odata, scim, soql, lower, "
			       "upper, base64, json, first, or TEXT",
			       word);
}

/* The text of "or": in quotes, or up to the next mark. */
static char *read_fallback(TemplateFilter *self, const char **at)
{
	const char *end;

	skip_blanks(at);
	if (**at == '\'' || **at == '"') {
		end = strchr(*at + 1, **at);
		if (!end)
			return g_strdup("the quotes are not closed");
		self->text = g_strndup(*at + 1, (gsize)(end - *at - 1));
		*at = end + 1;
		return NULL;
	}
	end = *at + strcspn(*at, "|}");
	if (end == *at)
		return g_strdup("the text is missing\nwrite or '' for an empty one");
	self->text = g_strchomp(g_strndup(*at, (gsize)(end - *at)));
	*at = end;
	return NULL;
}

char *template_filter_read(TemplateFilter *self, const char **at)
{
	g_autofree char *word = NULL;
	char *problem = NULL;
	gsize length;

	skip_blanks(at);
	length = strcspn(*at, " |}'\"");
	word = g_strndup(*at, length);
	if (length == 0)
		return g_strdup("the name of a filter is missing behind |");
	for (guint i = 0; i < G_N_ELEMENTS(filters_known); i++) {
		if (strcmp(word, filters_known[i].name) != 0)
			continue;
		*at += length;
		self->what = i;
		if (filters_known[i].kind == KIND_OR)
			problem = read_fallback(self, at);
		skip_blanks(at);
		if (!problem && **at && !strchr("|}", **at))
			problem = g_strdup_printf("| or } expected behind %s", word);
		return problem;
	}
	return say_unknown(word);
}

void template_filter_clear(void *self)
{
	g_clear_pointer(&((TemplateFilter *)self)->text, g_free);
}

gboolean template_filters_fall_back(const GArray *filters)
{
	for (guint i = 0; i < filters->len; i++) {
		guint what = g_array_index(filters, TemplateFilter, i).what;

		if (filters_known[what].kind == KIND_OR)
			return TRUE;
	}
	return FALSE;
}

/* ---- doing ---- */

static void wipe_free(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	g_free(text);
}

static json_t *change_text(guint what, const json_t *value, GError **error);

static json_t *change_list(guint what, const json_t *list, GError **error)
{
	g_autoptr(json_t) changed = json_array();
	json_t *element;
	size_t i;

	json_array_foreach (list, i, element) {
		json_t *new = change_text(what, element, error);

		if (!new) {
			body_wipe(changed);
			return NULL;
		}
		json_array_append_new(changed, new);
	}
	return g_steal_pointer(&changed);
}

static json_t *change_text(guint what, const json_t *value, GError **error)
{
	char *text, *made;
	json_t *changed;

	if (json_is_array(value))
		return change_list(what, value, error);
	if (json_is_string(value) &&
	    !g_utf8_validate_len(json_string_value(value), json_string_length(value), NULL)) {
		error_set(error, ERROR_OBJECT, "the value holds a zero byte, or is not UTF-8");
		return NULL;
	}
	text = json_scalar_text(value);
	if (!text) {
		error_set(error, ERROR_OBJECT, "the filter '%s' cannot take an object",
			  filters_known[what].name);
		return NULL;
	}
	made = filters_known[what].fn(text);
	changed = json_string_nocheck(made);
	wipe_free(text);
	wipe_free(made);
	return changed;
}

static json_t *write_json(const json_t *value, GError **error)
{
	gsize length;
	char *text = body_write(BODY_JSON, value, FALSE, &length, error);
	json_t *written = text ? json_stringn_nocheck(text, length) : NULL;

	wipe_free(text);
	return written;
}

static gboolean is_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

/* New reference, or NULL. */
static json_t *apply(const TemplateFilter *self, json_t *value, GError **error)
{
	switch (filters_known[self->what].kind) {
	case KIND_OR:
		return is_empty(value) ? json_string_nocheck(self->text) : json_incref(value);
	case KIND_FIRST:
		/* A copy: the list that it is in may be wiped now. */
		return json_is_array(value) ? json_deep_copy(json_array_get(value, 0))
					    : json_incref(value);
	case KIND_JSON:
		return value ? write_json(value, error) : NULL;
	case KIND_TEXT:
	default:
		return value ? change_text(self->what, value, error) : NULL;
	}
}

/* What came from outside has other owners, and is not ours to wipe. */
static void let_go(json_t *value, const json_t *given)
{
	if (value && value != given && value->refcount == 1)
		body_wipe(value);
	json_decref(value);
}

json_t *template_filters_apply(const GArray *filters, json_t *value, GError **error)
{
	json_t *now = json_is_null(value) ? NULL : json_incref(value);

	for (guint i = 0; i < filters->len; i++) {
		g_autoptr(GError) problem = NULL;
		json_t *next = apply(&g_array_index(filters, TemplateFilter, i), now, &problem);

		let_go(now, value);
		now = json_is_null(next) ? NULL : next;
		if (problem) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return NULL;
		}
	}
	return now;
}
