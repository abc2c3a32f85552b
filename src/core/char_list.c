/*
 * Lists of characters and what they become, as char_list_internal.h promises. Kept in order, so
 * that neither a long list nor a long text makes it slow.
 */
#include <stdlib.h>
#include <string.h>

#include "char_list_internal.h"
#include "functions_text_internal.h"

typedef struct {
	gunichar from;
	const char *to; /* in 'text' of the list */
	gsize length;
} CharRule;

struct CharList {
	char *text;    /* of the argument, without white space */
	GArray *rules; /* CharRule, by 'from' */
};

void char_list_free(CharList *self)
{
	if (!self)
		return;
	g_array_unref(self->rules);
	g_free(self->text);
	g_free(self);
}

/* New string. */
static char *without_white(const char *text)
{
	char *kept = g_strdup(text), *to = kept;

	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		if (!text_is_white(g_utf8_get_char(at)))
			to += g_unichar_to_utf8(g_utf8_get_char(at), to);
	}
	*to = '\0';
	return kept;
}

static int compare_rules(const void *a, const void *b)
{
	const CharRule *one = a, *other = b;

	return one->from < other->from ? -1 : one->from > other->from;
}

/* Reads "x:to" at *at, which then is behind its comma. */
static gboolean read_rule(CharList *self, const char **at, ErrorKind kind, GError **error)
{
	const char *colon = *g_utf8_next_char(*at) == ':' ? g_utf8_next_char(*at) : NULL;
	gsize length = colon ? strcspn(colon + 1, ":,") : 0;

	if (!colon || strchr(":,", **at) || colon[1 + length] == ':')
		return error_set(error, kind,
				 "\"%.40s\" is no replacement of one character\nwrite the "
				 "character, a colon and what it becomes, such as \"a:b,c:\"",
				 *at);
	CharRule rule = { g_utf8_get_char(*at), colon + 1, length };
	g_array_append_val(self->rules, rule);
	*at = colon + 1 + length;
	*at += **at == ',';
	return TRUE;
}

CharList *char_list_read(const char *text, ErrorKind kind, GError **error)
{
	g_autoptr(CharList) self = g_new0(CharList, 1);

	self->text = without_white(text);
	self->rules = g_array_new(FALSE, FALSE, sizeof(CharRule));
	for (const char *at = self->text; *at;) {
		if (!read_rule(self, &at, kind, error))
			return NULL;
	}
	g_array_sort(self->rules, compare_rules);
	for (guint i = 1; i < self->rules->len; i++) {
		const CharRule *rule = &g_array_index(self->rules, CharRule, i);
		if (rule[-1].from == rule->from) {
			error_set(error, kind, "the character U+%04X is replaced twice",
				  rule->from);
			return NULL;
		}
	}
	return g_steal_pointer(&self);
}

static const CharRule *find_rule(const CharList *self, gunichar character)
{
	CharRule key = { .from = character };

	if (self->rules->len == 0)
		return NULL;
	return bsearch(&key, self->rules->data, self->rules->len, sizeof(key), compare_rules);
}

gsize char_list_replace(const CharList *self, const char *text, gsize length, char *to)
{
	const char *end = text + length, *next;
	gsize done = 0;

	for (const char *at = text; at < end; at = next) {
		const CharRule *rule = find_rule(self, g_utf8_get_char(at));

		next = g_utf8_next_char(at);
		gsize size = rule ? rule->length : (gsize)(next - at);
		if (to)
			memcpy(to + done, rule ? rule->to : at, size);
		done += size;
	}
	return done;
}
