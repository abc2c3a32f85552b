/*
 * The header Link, in which many services say where the next page is. RFC 8288 §3. Pure.
 *
 *	link: <https://api.example/users?page=2>; rel="next", </users?page=9>; rel=last; title="a,b"
 *
 * Commas and semicolons stand in addresses and in quoted texts as well, so the line is read from
 * its beginning. Of a parameter that repeats the first counts (§3.3); "rel" is a list of words in
 * any case; a link that is about something else ("anchor", §3.2) is none of ours. What cannot be
 * read ends the line.
 */
#include <string.h>

#include "custom_pages_internal.h"

static const char *skip_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* A token, or a quoted text with its escapes undone. */
static const char *read_value(const char *at, GString *value)
{
	if (*at != '"') {
		while (*at && !strchr(",; \t", *at))
			g_string_append_c(value, *at++);
		return at;
	}
	for (at++; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		g_string_append_c(value, *at);
	}
	return *at ? at + 1 : at;
}

static gboolean has_word(const char *list, const char *word)
{
	g_auto(GStrv) words = g_strsplit_set(list, " \t", -1);

	for (guint i = 0; words[i]; i++)
		if (g_ascii_strcasecmp(words[i], word) == 0)
			return TRUE;
	return FALSE;
}

typedef struct {
	gboolean has_rel, is_next, is_elsewhere;
} Link;

static void note_parameter(Link *link, const char *name, const char *value)
{
	if (g_ascii_strcasecmp(name, "anchor") == 0)
		link->is_elsewhere = TRUE;
	if (g_ascii_strcasecmp(name, "rel") != 0 || link->has_rel)
		return;
	link->has_rel = TRUE;
	link->is_next = has_word(value, "next");
}

/* Reads ";name=value" as often as it stands there. */
static const char *read_parameters(const char *at, Link *link)
{
	for (at = skip_blanks(at); *at == ';'; at = skip_blanks(at)) {
		g_autoptr(GString) name = g_string_new(NULL);
		g_autoptr(GString) value = g_string_new(NULL);

		at = skip_blanks(at + 1);
		while (*at && !strchr("=;, \t", *at))
			g_string_append_c(name, *at++);
		at = skip_blanks(at);
		if (*at == '=')
			at = read_value(skip_blanks(at + 1), value);
		note_parameter(link, name->str, value->str);
	}
	return at;
}

static char *next_of_line(const char *at)
{
	for (;;) {
		Link link = { 0 };

		at += strspn(at, " \t,");
		const char *end = *at == '<' ? strchr(at, '>') : NULL;
		if (!end)
			return NULL;
		g_autofree char *address = g_strndup(at + 1, (gsize)(end - at - 1));
		at = read_parameters(end + 1, &link);
		if (link.is_next && !link.is_elsewhere)
			return g_steal_pointer(&address);
	}
}

char *custom_link_next(const GPtrArray *headers)
{
	for (guint i = 0; headers && i < headers->len; i++) {
		const char *line = g_ptr_array_index(headers, i);
		char *next = g_ascii_strncasecmp(line, "link:", 5) == 0 ? next_of_line(line + 5)
									: NULL;
		if (next)
			return next;
	}
	return NULL;
}
