/*
 * Constraints: what a target demands of values, checked before anything is sent.
 *
 * A service that refuses a name of 22 characters says so in its own words, one request a person,
 * run after run; here it is said once, with the limit and the reason, and nothing is sent. What can
 * be mended without asking (lower case) is mended; nothing is ever cut to fit, since a cut login
 * name may be somebody else's.
 *
 * Characters are Unicode code points: services that count bytes or UTF-16 units do not say so, and
 * it matters for few names. Of a list each text is judged. A message never has the value, which may
 * be a secret.
 */
#include "core/constraint.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "core/pattern.h"

typedef struct {
	Constraint data; /* with strings of its own */
	Path *path;
	Pattern *pattern;
} Item;

struct Constraints {
	GPtrArray *items; /* Item */
};

static void item_free(gpointer data)
{
	Item *item = data;

	path_free(item->path);
	if (item->pattern)
		pattern_free(item->pattern);
	g_free((char *)item->data.path);
	g_free((char *)item->data.pattern);
	g_free((char *)item->data.why);
	g_free(item);
}

Constraints *constraints_new(void)
{
	Constraints *self = g_new0(Constraints, 1);

	self->items = g_ptr_array_new_with_free_func(item_free);
	return self;
}

void constraints_free(Constraints *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->items);
	g_free(self);
}

static const Item *find(const Constraints *self, const Path *path)
{
	for (guint i = 0; i < self->items->len; i++) {
		const Item *item = self->items->pdata[i];

		if (path_equal(path, item->path))
			return item;
	}
	return NULL;
}

/* As it stands, for a message about it; then so that it has to match from end to end. */
static Pattern *compile(const Constraint *constraint, GError **error)
{
	guint offset = 0;
	const char *text = constraint->pattern;
	Pattern *plain = pattern_compile(text, strlen(text), &offset, error);
	g_autofree char *whole = NULL;

	if (!plain) {
		g_prefix_error(error, "pattern of \"%s\", column %u: ", constraint->path,
			       offset + 1);
		return NULL;
	}
	pattern_free(plain);
	whole = g_strdup_printf("\\A(?:%s)\\z", text);
	return pattern_compile(whole, strlen(whole), NULL, error);
}

gboolean constraints_add(Constraints *self, const Constraint *constraint, GError **error)
{
	g_autoptr(Path) path = path_parse(constraint->path, error);
	Pattern *pattern = NULL;
	Item *item;

	if (!path)
		return FALSE;
	if (find(self, path))
		return error_set(error, ERROR_CONFIG, "a second constraint of \"%s\"", path->text);
	if (constraint->pattern) {
		pattern = compile(constraint, error);
		if (!pattern)
			return FALSE;
	}
	item = g_new0(Item, 1);
	item->data = *constraint;
	item->data.path = g_strdup(path->text);
	item->data.pattern = g_strdup(constraint->pattern);
	item->data.why = g_strdup(constraint->why);
	item->path = g_steal_pointer(&path);
	item->pattern = pattern;
	g_ptr_array_add(self->items, item);
	return TRUE;
}

/* Mappings ask by the canonical text, for every value: a comparison of bytes first. */
static const Item *find_text(const Constraints *self, const char *text)
{
	g_autoptr(Path) path = NULL;

	for (guint i = 0; i < self->items->len; i++) {
		const Item *item = self->items->pdata[i];

		if (strcmp(item->data.path, text) == 0)
			return item;
	}
	path = self->items->len ? path_parse(text, NULL) : NULL;
	return path ? find(self, path) : NULL;
}

const Constraint *constraints_find(const Constraints *self, const char *path)
{
	const Item *item = find_text(self, path);

	return item ? &item->data : NULL;
}

static gboolean refuse(const Item *item, const char *sentence, GError **error)
{
	const char *why = item->data.why;

	return error_set(error, ERROR_OBJECT, "\"%s\" %s%s%s", item->data.path, sentence,
			 why ? "\n" : "", why ? why : "");
}

static gboolean check_length(const Item *item, const char *text, GError **error)
{
	glong length = g_utf8_strlen(text, -1);
	g_autofree char *sentence = NULL;

	if (item->data.max_length == 0 || length <= item->data.max_length)
		return TRUE;
	sentence = g_strdup_printf("has %ld characters, and the target takes %" G_GINT64_FORMAT,
				   length, item->data.max_length);
	return refuse(item, sentence, error);
}

static gboolean check_pattern(const Item *item, const char *text, GError **error)
{
	g_autofree char *sentence = NULL;

	if (!item->pattern)
		return TRUE;
	switch (pattern_match(item->pattern, text, strlen(text), error)) {
	case PATTERN_YES:
		return TRUE;
	case PATTERN_FAILED:
		g_prefix_error(error, "cannot check \"%s\": ", item->data.path);
		return FALSE;
	case PATTERN_NO:
		break;
	}
	sentence = g_strdup_printf("is not what the target takes, which is %s", item->data.pattern);
	return refuse(item, sentence, error);
}

/* Letter by letter: g_utf8_strdown() follows the locale, and a Turkish one changes "I". */
static json_t *lower(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);

	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		g_string_append_unichar(out, character == 0x130 ? character
								: g_unichar_tolower(character));
	}
	return json_stringn_nocheck(out->str, out->len);
}

static json_t *apply_text(const Item *item, json_t *value, GError **error)
{
	g_autoptr(json_t) text = item->data.lower ? lower(json_string_value(value))
						  : json_incref(value);

	if (!check_length(item, json_string_value(text), error) ||
	    !check_pattern(item, json_string_value(text), error))
		return NULL;
	return g_steal_pointer(&text);
}

static json_t *apply_list(const Item *item, const json_t *list, GError **error)
{
	g_autoptr(json_t) result = json_array();
	json_t *element;
	size_t i;

	if (item->data.single && json_array_size(list) > 1) {
		refuse(item, "has several values, and the target takes one", error);
		return NULL;
	}
	json_array_foreach (list, i, element) {
		json_t *taken = json_is_string(element) ? apply_text(item, element, error)
							: json_incref(element);

		if (!taken)
			return NULL;
		json_array_append_new(result, taken);
	}
	return g_steal_pointer(&result);
}

json_t *constraints_apply(const Constraints *self, const char *path, json_t *value, GError **error)
{
	const Item *item = find_text(self, path);

	if (item && json_is_string(value))
		return apply_text(item, value, error);
	if (item && json_is_array(value))
		return apply_list(item, value, error);
	return json_incref(value);
}
