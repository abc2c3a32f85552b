/*
 * Text for people: the few forms that all commands share. Standard output is the result; nothing
 * here writes to standard error.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli_internal.h"

#define VALUE_SHOWN 120 /* bytes of a value, for the eye */
#define NAMES_SHOWN 20  /* members of a group; one more is shown instead of "and 1 more" */

/*
 * Secrets stand in documents as a text that says whether they changed; nobody but the program needs
 * to see that much. A copy without it, or a new reference if there is none.
 */
static json_t *without_secrets(json_t *value)
{
	const char *text = json_string_value(value), *key;
	json_t *copy, *member;
	size_t i;

	if (text)
		return g_str_has_prefix(text, MAPPING_REDACTED) ? json_string(MAPPING_REDACTED)
								: json_incref(value);
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, member)
			json_array_append_new(copy, without_secrets(member));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref(value);
	copy = json_object();
	json_object_foreach (value, key, member)
		json_object_set_new(copy, key, without_secrets(member));
	return copy;
}

static void dump(const json_t *document, size_t flags)
{
	json_t *shown = without_secrets((json_t *)document);

	json_dumpf(shown, stdout, flags | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	putchar('\n');
	json_decref(shown);
}

void print_json(const json_t *document)
{
	dump(document, JSON_INDENT(2));
}

void print_json_line(const json_t *document)
{
	dump(document, JSON_COMPACT);
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

const char *print_plural(gint64 count)
{
	return count == 1 ? "" : "s";
}

char *print_counts(const json_t *counts)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const char *kind;
	json_t *count;

	json_object_foreach ((json_t *)counts, kind, count) {
		g_autofree char *words = g_strdelimit(g_strdup(kind), "_", ' ');

		g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT " %s", text->len ? ", " : "",
				       json_integer_value(count), words);
	}
	return g_strdup(text->len ? text->str : "nothing");
}

char *print_value(const json_t *value)
{
	g_autofree char *text = NULL;
	const char *end;

	if (!value)
		return g_strdup("(none)");
	if (json_is_string(value) && g_str_has_prefix(json_string_value(value), MAPPING_REDACTED))
		return g_strdup(MAPPING_REDACTED);
	text = json_canonical(value);
	if (strlen(text) <= VALUE_SHOWN)
		return g_steal_pointer(&text);
	if (!g_utf8_validate(text, VALUE_SHOWN, &end))
		text[end - text] = '\0';
	else
		text[VALUE_SHOWN] = '\0';
	return g_strconcat(text, "...", NULL);
}

static gboolean is_everybody(const json_t *rule)
{
	return g_strcmp0(json_get_string(rule, "rule"), "all") == 0;
}

static void append_names(GString *text, const json_t *names)
{
	size_t index;
	json_t *name;

	g_string_append(text, json_array_size(names) > 1 ? "groups " : "group ");
	json_array_foreach (names, index, name)
		g_string_append_printf(text, "%s\"%s\"", index ? " > " : "",
				       json_string_value(name));
}

/* What a rule names: all of it holds. */
static void append_rule(GString *text, const json_t *rule)
{
	const json_t *names = json_object_get(rule, "names");
	const char *ou = json_get_string(rule, "ou"), *filter = json_get_string(rule, "filter");

	if (is_everybody(rule)) {
		g_string_append(text, "everybody is assigned");
		return;
	}
	if (names)
		append_names(text, names);
	if (ou)
		g_string_append_printf(text, "%sOU \"%s\"", names ? " and " : "", ou);
	if (filter)
		g_string_append_printf(text, "%sfilter %s", names || ou ? " and " : "", filter);
}

/* The same behind "was" or "although": "in group", "in OU", but "by filter". */
static void append_former(GString *text, const json_t *rule)
{
	gboolean place = json_object_get(rule, "names") || json_get_string(rule, "ou");

	if (is_everybody(rule)) {
		g_string_append(text, "assigned like everybody");
		return;
	}
	g_string_append(text, place ? "in " : "by ");
	append_rule(text, rule);
}

static void append_roles(GString *text, const json_t *reason)
{
	const json_t *roles = json_object_get(reason, "roles");
	size_t index;
	json_t *role;

	if (json_array_size(roles) == 0)
		return;
	g_string_append(text, json_array_size(roles) > 1 ? "; roles " : "; role ");
	json_array_foreach (roles, index, role) {
		g_string_append_printf(text, "%s\"%s\"", index ? ", " : "",
				       json_get_string(role, "role"));
		if (json_array_size(roles) > 1)
			g_string_append_printf(text, " (priority %" JSON_INTEGER_FORMAT ")",
					       json_integer_value(
						       json_object_get(role, "priority")));
	}
}

/* Who would have the app if the directory had not ended the account. */
static char *words_for_disabled(const json_t *reason)
{
	const char *expired = json_get_string(reason, "expired");
	GString *text = g_string_new(NULL);

	if (is_everybody(reason)) {
		g_string_append(text, "would be assigned like everybody");
	} else {
		g_string_append(text, "would be assigned by ");
		append_rule(text, reason);
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
		append_rule(text, excluded);
	}
	if (was || excluded) {
		g_string_append(text, excluded ? ", although " : "; was ");
		append_former(text, was ? was : reason);
	} else if (reason) {
		g_string_append(text, ": ");
		append_rule(text, reason);
		append_roles(text, reason);
	}
	if (scope)
		g_string_append_printf(text, ", but not in the scope %s", scope);
	return g_string_free(text, FALSE);
}

void print_parked(const char *heading, const json_t *parked)
{
	const char *dn = json_get_string(parked, "dn"), *again = json_get_string(parked, "again");
	const char *problem = json_get_string(parked, "problem");
	const char *klass = json_get_string(parked, "class");

	print_text(2, "%s (%s): %s\n%s\n%s%s%s", heading, klass ? klass : "unclassified",
		   dn ? dn : "", problem ? problem : "",
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

char *print_names(const json_t *members)
{
	g_autoptr(GString) text = g_string_new(NULL);
	size_t count = json_array_size(members),
	       shown = count <= NAMES_SHOWN + 1 ? count : NAMES_SHOWN;

	for (size_t i = 0; i < shown; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "",
				       json_get_string(json_array_get(members, i), "label"));
	if (shown < count)
		g_string_append_printf(text, ", ... (and %zu more)", count - shown);
	return g_strdup(text->str);
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
