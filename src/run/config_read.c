/*
 * What the readers of the config share: words, lists, filters, patterns, names of sources, and how
 * a mistake inside of a text is shown.
 *
 *	dirbridge.cfg:6: mapping of 'title', column 1: unknown function "Joyn"
 *	did you mean Join?
 *	  Joyn(' ', [cn])
 *	  ^
 *
 * Of a long text only what is around the column is shown; a newline in it is shown as a space,
 * or the caret would stand under something else.
 */
#include <string.h>

#include "base/error.h"
#include "config_internal.h"
#include "core/anchor.h"
#include "core/dn.h"

#define SHOWN_BEFORE 60 /* characters */
#define SHOWN_BEHIND 40
#define SHOWN_WHOLE (SHOWN_BEFORE + SHOWN_BEHIND)

Filter *config_filter(ConfigLoader *loader, const ConfNode *node, const char *text)
{
	g_autoptr(GError) error = NULL;
	Filter *filter = filter_parse(text, &error);

	if (!filter)
		conf_problem(loader->problems, CONF_PROBLEM, node, "filter '%s': %s", text,
			     error->message);
	else
		filter_attributes(filter, loader->attributes);
	return filter;
}

const char *config_type(ConfigLoader *loader, const ConfNode *element, const char *what)
{
	const char *type;

	if (!conf_is_group(element)) {
		conf_problem(loader->problems, CONF_PROBLEM, element,
			     "%s must be a group\nwrite ( { name = \"...\"; type = \"...\"; } )",
			     what);
		return NULL;
	}
	type = conf_string(conf_member(element, "type"));
	if (!type)
		conf_problem(loader->problems, CONF_PROBLEM, element,
			     "%s needs a 'type', a word in quotes", what);
	return type;
}

void config_refuse_word(ConfigLoader *loader, const ConfNode *node, const char *sentence,
			GPtrArray *known)
{
	const char *near = conf_suggest(conf_string(node), known);
	g_autofree char *all = NULL;

	g_ptr_array_add(known, NULL);
	all = g_strjoinv(", ", (char **)known->pdata);
	conf_problem(loader->problems, CONF_PROBLEM, node, "%s%s%s%s\nthere are: %s", sentence,
		     near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", all);
}

gboolean config_list(ConfigLoader *loader, const ConfNode *node, const char *form)
{
	if (!node || conf_is_list(node))
		return node != NULL;
	conf_problem(loader->problems, CONF_PROBLEM, node,
		     "'%s' must be a list\nwrite %s = ( %s );", conf_name(node), conf_name(node),
		     form);
	return FALSE;
}

gboolean config_is_group(ConfigLoader *loader, const ConfNode *node, const char *what,
			 const char *form)
{
	if (conf_is_group(node))
		return TRUE;
	conf_problem(loader->problems, CONF_PROBLEM, node, "%s is a group\nwrite %s", what, form);
	return FALSE;
}

/* ---- a place inside of a text ---- */

static char *one_line(const char *start, const char *end)
{
	char *shown = g_strndup(start, (gsize)(end - start));

	return g_strdelimit(shown, "\n\r\t", ' ');
}

/* "  text\n      ^" around the column. New string. */
static char *show_column(const char *text, guint column)
{
	glong length = g_utf8_strlen(text, -1);
	glong at = CLAMP((glong)column - 1, 0, length);
	gboolean whole = length <= SHOWN_WHOLE;
	glong first = whole ? 0 : MAX(at - SHOWN_BEFORE, 0);
	glong last = whole ? length : MIN(at + SHOWN_BEHIND, length);
	g_autofree char *shown = one_line(g_utf8_offset_to_pointer(text, first),
					  g_utf8_offset_to_pointer(text, last));
	const char *before = first ? "..." : "";

	return g_strdup_printf("  %s%s%s\n  %*s", before, shown, last < length ? "..." : "",
			       (int)(at - first + 1 + (glong)strlen(before)), "^");
}

void config_column(ConfigLoader *loader, const ConfNode *node, const ConfigColumn *column,
		   const char *message)
{
	g_autofree char *shown = column->column ? show_column(column->text, column->column) : NULL;

	if (shown)
		conf_problem(loader->problems, column->severity, node, "%s, column %u: %s\n%s",
			     column->what, column->column, message, shown);
	else
		conf_problem(loader->problems, column->severity, node, "%s: %s", column->what,
			     message);
}

typedef struct {
	ConfigLoader *loader;
	const ConfNode *node;
	ConfigColumn column;
} Warning;

static void warn(guint column, const char *sentence, void *data)
{
	Warning *self = data;

	self->column.column = column;
	config_column(self->loader, self->node, &self->column, sentence);
}

void config_warnings(ConfigLoader *loader, const ConfNode *node, const char *what, const char *text,
		     const Expr *expr)
{
	Warning warning = {
		.loader = loader,
		.node = node,
		.column = { .severity = CONF_ADVICE, .what = what, .text = text },
	};

	expr_warnings(expr, warn, &warning);
}

Pattern *config_pattern(ConfigLoader *loader, const ConfNode *node, const char *what,
			const char *text)
{
	g_autoptr(GError) error = NULL;
	guint offset = 0;
	Pattern *pattern = pattern_compile(text, strlen(text), &offset, &error);
	ConfigColumn column = { CONF_PROBLEM, what, text, offset + 1 };

	if (!pattern)
		config_column(loader, node, &column, error->message);
	return pattern;
}

/* ---- names in the directory ---- */

void config_check_source(ConfigLoader *loader, const ConfNode *node, const char *name)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *sentence = g_strdup_printf("unknown source '%s'", name);

	for (guint i = 0; i < loader->sources->len; i++) {
		const SourceConfig *source = loader->sources->pdata[i];

		if (g_strcmp0(source->name, name) == 0)
			return;
		if (source->name)
			g_ptr_array_add(known, source->name);
	}
	config_refuse_word(loader, node, sentence, known);
}

static gboolean is_dn(const char *text)
{
	g_autofree char *dn = dn_normalize(text, strlen(text));

	return dn && *dn;
}

void config_check_group(ConfigLoader *loader, const ConfNode *node, const char *text)
{
	char anchor[ANCHOR_LENGTH + 1];

	/* It would be looked for in vain, and nobody would see why. */
	if (!is_dn(text) && !anchor_from_text(text, anchor))
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' names no group\nwrite its DN or its permanent id (objectGUID, "
			     "entryUUID, nsUniqueId), as 'dirbridge explain' shows them",
			     text);
}

void config_check_ou(ConfigLoader *loader, const ConfNode *node, const char *text)
{
	if (!is_dn(text))
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' is not a DN\nwrite \"OU=Staff,DC=corp,DC=example\"", text);
}
