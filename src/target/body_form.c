/*
 * Forms: application/x-www-form-urlencoded, as browsers write it (WHATWG URL §5).
 *
 *	{ "user": { "mail": "a b@x", "roles": [ "r", "s" ] } }
 *	brackets   user%5Bmail%5D=a+b%40x&user%5Broles%5D%5B0%5D=r&user%5Broles%5D%5B1%5D=s
 *	dots       user.mail=a+b%40x&user.roles.0=r&user.roles.1=s
 *
 * Names are encoded like values, so a value can begin no further pair, and neither can a name. What
 * is null is sent empty; an empty list or object has no pair at all.
 *
 * Read, a form is an object of texts, its names as they stand ("user[mail]"). Of a repeated name
 * the last one counts, as with JSON.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "body_parts_internal.h"

#define PAIRS_MAX 10000

typedef struct {
	GString *form;
	gboolean dotted;
} Writer;

/* ---- writing ---- */

static void append_encoded(GString *form, const char *text)
{
	for (; *text; text++) {
		if (g_ascii_isalnum(*text) || strchr("-._*", *text))
			g_string_append_c(form, *text);
		else if (*text == ' ')
			g_string_append_c(form, '+');
		else
			g_string_append_printf(form, "%%%02X", (guint)(guchar)*text);
	}
}

static gboolean write_value(Writer *self, const char *name, const json_t *value, guint depth,
			    GError **error);

static gboolean write_pair(Writer *self, const char *name, const json_t *value, GError **error)
{
	char *text = json_is_null(value) ? g_strdup("") : json_scalar_text(value);

	if (json_is_string(value) && strlen(text) != json_string_length(value)) {
		g_free(text);
		return error_set(error, ERROR_OBJECT, "the value of '%s' holds a zero byte", name);
	}
	if (self->form->len > 0)
		g_string_append_c(self->form, '&');
	append_encoded(self->form, name);
	g_string_append_c(self->form, '=');
	append_encoded(self->form, text);
	secret_wipe(text, strlen(text));
	g_free(text);
	return TRUE;
}

static gboolean write_below(Writer *self, const char *name, const char *key, const json_t *value,
			    guint depth, GError **error)
{
	g_autofree char *below = !*name         ? g_strdup(key)
				 : self->dotted ? g_strconcat(name, ".", key, NULL)
						: g_strconcat(name, "[", key, "]", NULL);

	return write_value(self, below, value, depth + 1, error);
}

static gboolean write_value(Writer *self, const char *name, const json_t *value, guint depth,
			    GError **error)
{
	const char *key;
	json_t *child;
	size_t i;

	if (depth > BODY_DEPTH_MAX)
		return error_set(error, ERROR_OBJECT, "the form is nested too deep");
	if (!json_is_object(value) && !json_is_array(value))
		return write_pair(self, name, value, error);
	json_object_foreach ((json_t *)value, key, child) {
		if (!write_below(self, name, key, child, depth, error))
			return FALSE;
	}
	json_array_foreach (value, i, child) {
		g_autofree char *index = g_strdup_printf("%" G_GSIZE_FORMAT, i);

		if (!write_below(self, name, index, child, depth, error))
			return FALSE;
	}
	return TRUE;
}

char *body_form_write(const json_t *tree, gboolean dotted, gsize *length, GError **error)
{
	Writer self = { .dotted = dotted };

	if (!json_is_object(tree)) {
		error_set(error, ERROR_OBJECT, "a form is an object, not a list or a single value");
		return NULL;
	}
	self.form = g_string_sized_new(3 * body_size(tree));
	if (write_value(&self, "", tree, 0, error)) {
		*length = self.form->len;
		return g_string_free(self.form, FALSE);
	}
	secret_wipe(self.form->str, self.form->len);
	g_string_free(self.form, TRUE);
	return NULL;
}

/* ---- reading ---- */

static int hex_at(const char *at)
{
	int high = g_ascii_xdigit_value(at[0]), low = high < 0 ? -1 : g_ascii_xdigit_value(at[1]);

	return low < 0 ? -1 : high * 16 + low;
}

/* Decodes in place; returns how long it is then. */
static gsize decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		int code = *at == '%' ? hex_at(at + 1) : -1;

		if (code >= 0)
			at += 2;
		*to++ = code >= 0 ? (char)code : *at == '+' ? ' ' : *at;
	}
	*to = '\0';
	return (gsize)(to - text);
}

/* A part of a pair as a text; NULL: it holds a zero byte. */
static json_t *read_part(char *text)
{
	gsize length = decode(text);

	return memchr(text, '\0', length) ? NULL : json_lossy_string(text, length);
}

static gboolean read_pair(json_t *object, char *pair)
{
	char *equals = strchr(pair, '='), *value = equals ? equals + 1 : pair + strlen(pair);
	g_autoptr(json_t) name = NULL;
	json_t *text;

	if (equals)
		*equals = '\0';
	name = read_part(pair);
	text = name ? read_part(value) : NULL;
	if (text)
		json_object_set_new_nocheck(object, json_string_value(name), text);
	return text != NULL;
}

json_t *body_form_read(const char *body, gsize length, GError **error)
{
	g_autofree char *text = g_strndup(body, length);
	g_autoptr(json_t) object = json_object();
	g_auto(GStrv) pairs = NULL;

	if (strlen(text) != length || !strchr(text, '=')) {
		error_set(error, ERROR_OBJECT, "this is no form: %s",
			  strlen(text) == length ? "there is no =" : "it holds a zero byte");
		return NULL;
	}
	pairs = g_strsplit(g_strstrip(text), "&", PAIRS_MAX + 1);
	if (g_strv_length(pairs) > PAIRS_MAX) {
		error_set(error, ERROR_OBJECT, "the form has more than %d pairs", PAIRS_MAX);
		return NULL;
	}
	for (char **pair = pairs; *pair; pair++) {
		if (**pair && !read_pair(object, *pair)) {
			error_set(error, ERROR_OBJECT, "a value of the form holds a zero byte");
			return NULL;
		}
	}
	return g_steal_pointer(&object);
}
