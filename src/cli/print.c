/*
 * Text for people: the few forms that all commands share. Standard output is the result; nothing
 * here writes to standard error.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli_internal.h"

#define VALUE_SHOWN 120 /* bytes of a value, for the eye */

void print_json(const json_t *document)
{
	json_dumpf(document, stdout, JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	putchar('\n');
}

void print_json_line(const json_t *document)
{
	json_dumpf(document, stdout, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	putchar('\n');
}

void print_heading(const Cli *cli, const char *format, ...)
{
	va_list args;

	if (cli->colour)
		fputs("\033[1m", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts(cli->colour ? "\033[0m" : "");
}

void print_text(int indent, const char *format, ...)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++)
		printf("%*s%s\n", indent + (i ? 2 : 0), "", lines[i]);
}

char *print_counts(const json_t *counts)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *kind;
	json_t *count;

	json_object_foreach ((json_t *)counts, kind, count)
		g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT " %s", text->len ? ", " : "",
				       json_integer_value(count), kind);
	return g_strdup(text->len ? text->str : "nothing");
}

char *print_value(const json_t *value)
{
	g_autofree char *text = NULL;
	const char *end;

	if (!value)
		return g_strdup("(none)");
	text = json_canonical(value);
	if (strlen(text) <= VALUE_SHOWN)
		return g_steal_pointer(&text);
	if (!g_utf8_validate(text, VALUE_SHOWN, &end))
		text[end - text] = '\0';
	else
		text[VALUE_SHOWN] = '\0';
	return g_strconcat(text, "...", NULL);
}

static void append_chain(GString *text, const json_t *rule)
{
	const json_t *names = json_object_get(rule, "names");
	size_t index;
	json_t *name;

	if (g_strcmp0(json_get_string(rule, "rule"), "all") == 0) {
		g_string_append(text, "everybody is assigned");
		return;
	}
	g_string_append(text, json_array_size(names) > 1 ? "groups " : "group ");
	json_array_foreach (names, index, name)
		g_string_append_printf(text, "%s\"%s\"", index ? " > " : "",
				       json_string_value(name));
}

/* Who would have the app if the directory had not ended the account. */
static char *words_for_disabled(const json_t *reason)
{
	const char *expired = json_get_string(reason, "expired");
	GString *text = g_string_new(NULL);

	if (g_strcmp0(json_get_string(reason, "rule"), "all") == 0) {
		g_string_append(text, "would be assigned like everybody");
	} else {
		g_string_append(text, "would be assigned by ");
		append_chain(text, reason);
	}
	if (expired)
		g_string_append_printf(text, ", but expired in the directory at %s", expired);
	else
		g_string_append(text, ", but is disabled in the directory");
	return g_string_free(text, FALSE);
}

/* A standing as a clause; the same word means another thing for who never had the app. */
static const char *standing_words(const char *standing, gboolean had_it)
{
	if (g_strcmp0(standing, "deleted") == 0)
		return "no longer in the directory";
	if (g_strcmp0(standing, "disabled") == 0)
		return "disabled in the directory";
	if (g_strcmp0(standing, "unassigned") == 0)
		return had_it ? "no longer assigned" : "not assigned, no rule holds";
	return standing;
}

char *print_reason(const char *standing, const json_t *reason)
{
	const json_t *excluded = json_object_get(reason, "excluded");
	const json_t *was = json_object_get(reason, "was");
	const char *scope = json_get_string(reason, "scope");
	GString *text;

	if (g_strcmp0(standing, "disabled") == 0 && reason && !was)
		return words_for_disabled(reason);
	text = g_string_new(excluded ? "excluded" : standing_words(standing, was != NULL));

	if (excluded) {
		g_string_append(text, " by ");
		append_chain(text, excluded);
	}
	if (reason) {
		g_string_append(text, excluded ? ", although in " : was ? "; was in " : ": ");
		append_chain(text, was ? was : reason);
	}
	if (scope)
		g_string_append_printf(text, ", but not in the scope %s", scope);
	return g_string_free(text, FALSE);
}

void print_parked(const char *heading, const json_t *parked)
{
	const char *dn = json_get_string(parked, "dn"), *again = json_get_string(parked, "again");
	const char *problem = json_get_string(parked, "problem");

	print_text(2, "%s: %s\n%s\n%s%s%s", heading, dn ? dn : "", problem ? problem : "",
		   again ? "tried again after " : "looked at again with every sync",
		   again ? again : "", again ? ", and at once when it changes" : "");
}

void print_changes(int indent, const json_t *changes)
{
	size_t index;
	json_t *change;

	json_array_foreach (changes, index, change) {
		g_autofree char *before = print_value(json_object_get(change, "old"));
		g_autofree char *after = print_value(json_object_get(change, "new"));

		print_text(indent, "%s: %s -> %s", json_get_string(change, "path"), before, after);
	}
}

void print_resource(int indent, const json_t *resource)
{
	const char *path;
	json_t *value;

	json_object_foreach ((json_t *)resource, path, value) {
		g_autofree char *text = print_value(value);

		print_text(indent, "%s = %s", path, text);
	}
}
