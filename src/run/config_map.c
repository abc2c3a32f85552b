/*
 * What an account looks like: the map, what the target demands of it, and the keys that accounts
 * are found by.
 *
 * All problems of all rows are shown at once, each with its line; a mistake in an expression with
 * its column. What is allowed but hardly meant is a warning.
 */
#include <string.h>

#include "base/error.h"
#include "config_map_internal.h"
#include "core/path.h"

static const char *const when_names[] = { "always", "create", NULL };
static const char *const clear_names[] = { "remove", "omit", "null", "", NULL };
static const char *const values_names[] = { "first", "all", NULL };

static const Option map_options[] = {
	OPTION(STRING, MapConf, to, "to", OPTION_REQUIRED),
	OPTION(STRING, MapConf, from, "from", 0),
	OPTION(ENUM, MapConf, when, "when", 0, .names = when_names, .fallback = "always"),
	OPTION(STRING, MapConf, fallback, "default", 0),
	OPTION(BOOL, MapConf, required, "required", 0, .fallback = "false"),
	OPTION(ENUM, MapConf, clear, "clear", 0, .names = clear_names, .fallback = "remove"),
	OPTION(BOOL, MapConf, reference, "reference", 0, .fallback = "false"),
	OPTION(ENUM, MapConf, values, "values", 0, .names = values_names, .fallback = "first"),
	OPTION(BOOL, MapConf, drop, "drop", 0, .fallback = "false"),
	OPTION_END
};

typedef struct {
	char *path, *pattern, *why;
	gboolean required, forbidden, immutable, single, lower;
	gint64 max_length;
} ConstraintConf;

static const Option constraint_options[] = {
	OPTION(STRING, ConstraintConf, path, "path", OPTION_REQUIRED),
	OPTION(BOOL, ConstraintConf, required, "required", 0, .fallback = "false"),
	OPTION(BOOL, ConstraintConf, forbidden, "forbidden", 0, .fallback = "false"),
	OPTION(BOOL, ConstraintConf, immutable, "immutable", 0, .fallback = "false"),
	OPTION(BOOL, ConstraintConf, single, "single", 0, .fallback = "false"),
	OPTION(BOOL, ConstraintConf, lower, "lower", 0, .fallback = "false"),
	OPTION(INT, ConstraintConf, max_length, "max_length", 0, .min = 1, .max = G_MAXINT32),
	OPTION(STRING, ConstraintConf, pattern, "pattern", 0),
	OPTION(STRING, ConstraintConf, why, "why", 0),
	OPTION_END
};

/* ---- rows ---- */

static void row_free(gpointer data)
{
	MapRow *row = data;

	option_clear(map_options, &row->conf);
	g_free(row);
}

/* One row of map or map_override that can be worked with, or NULL after adding problems. */
static MapRow *row_read(ConfigLoader *loader, const ConfNode *node, const char *list)
{
	gboolean overrides = strcmp(list, "map_override") == 0;
	MapRow *row = g_new0(MapRow, 1);
	OptionSet set = { map_options, &row->conf };
	guint before = conf_problems_count(loader->problems);

	row->node = node;
	conf_fill(node, &set, 1, NULL, loader->problems);
	if (row->conf.drop && !overrides)
		conf_problem(loader->problems, CONF_PROBLEM, conf_member(node, "drop"),
			     "'drop' is of 'map_override'\nhere, leave the row out");
	else if (row->conf.drop && row->conf.from)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "a row that is dropped needs no 'from'");
	else if (!row->conf.drop && !conf_member(node, "from"))
		conf_problem(loader->problems, CONF_PROBLEM, node, "missing setting 'from' in '%s'",
			     list);
	if (conf_problems_count(loader->problems) == before)
		return row;
	row_free(row);
	return NULL;
}

static GPtrArray *rows_read(ConfigLoader *loader, const ConfNode *list)
{
	GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);

	if (!config_list(loader, list, "{ to = ...; from = ...; }"))
		return rows;
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		MapRow *row = NULL;

		if (config_is_group(loader, node, "a mapping", "{ to = \"...\"; from = \"...\"; }"))
			row = row_read(loader, node, conf_name(list));
		if (row)
			g_ptr_array_add(rows, row);
	}
	return rows;
}

/* What a service writes itself, and what the driver writes for it. */
static gboolean is_reserved(const AppConfig *app, const char *to)
{
	g_autoptr(Path) path = path_parse(to, NULL);

	if (!path || path->urn)
		return FALSE;
	for (const char *const *name = app->ops->reserved; name && *name; name++)
		if (g_ascii_strcasecmp(path->attribute, *name) == 0)
			return TRUE;
	return g_ascii_strcasecmp(path->attribute, "id") == 0;
}

/* A place that the service has no word for. */
static gboolean is_unknown_there(const AppConfig *app, const char *to)
{
	g_autoptr(Path) path = app->ops->no_indexes ? path_parse(to, NULL) : NULL;

	return path && path_has_index(path);
}

static void row_add(ConfigLoader *loader, AppConfig *app, const MapRow *row)
{
	if (is_unknown_there(app, row->conf.to)) {
		conf_problem(loader->problems, CONF_PROBLEM, row->node,
			     "mapping to '%s': SCIM has no numbers for the elements of a list\n"
			     "name it by what it is: [type eq \"work\"]",
			     row->conf.to);
		return;
	}
	if (is_reserved(app, row->conf.to)) {
		conf_problem(loader->problems, CONF_PROBLEM, row->node,
			     "mapping to '%s': the service gives it to each account, it cannot be "
			     "filled%s",
			     row->conf.to,
			     app->ops->reserved
				     ? "\nthe attribute for an id of the directory is externalId"
				     : "");
		return;
	}

	const MapConf *conf = &row->conf;
	MappingRow mapping = {
		.to = conf->to,
		.from = conf->from,
		.when = (MappingWhen)conf->when,
		.required = conf->required,
		.fallback = conf->fallback,
		.clear = (MappingClear)conf->clear,
		.reference = conf->reference,
		.all = conf->values == 1,
	};
	g_autofree char *of = g_strdup_printf("mapping of '%s'", conf->to);
	g_autofree char *to = g_strdup_printf("mapping to '%s'", conf->to);
	ConfigColumn column = { .severity = CONF_PROBLEM, .what = of, .text = conf->from };
	g_autoptr(GError) error = NULL;

	if (mapping_add(app->mapping, &mapping, &column.column, &error))
		return;
	if (!column.column)
		column.what = to;
	config_column(loader, column.column ? conf_member(row->node, "from") : row->node, &column,
		      error->message);
}

/* ---- warnings ---- */

typedef struct {
	ConfigLoader *loader;
	const GPtrArray *rows; /* MapRow */
} Warnings;

/* The row of the config that a compiled one comes from: 'from' is enough, any line says it. */
static const MapRow *row_of(const GPtrArray *rows, const MappingRow *row)
{
	for (guint i = 0; i < rows->len; i++) {
		const MapRow *read = rows->pdata[i];

		if (config_map_same(read->conf.to, row->to))
			return read;
	}
	return NULL;
}

static void warn_row(const MappingRow *row, const Expr *expr, void *data)
{
	Warnings *self = data;
	const MapRow *read = row_of(self->rows, row);
	const ConfNode *node = conf_member(read->node, "from");
	g_autofree char *what = g_strdup_printf("mapping of '%s'", row->to);

	config_warnings(self->loader, node, what, row->from, expr);
	if (row->when == MAPPING_ALWAYS && (expr_traits(expr) & EXPR_TIME))
		conf_problem(self->loader->problems, CONF_WARNING, node,
			     "%s: the time is another one at each look, and what comes of it may "
			     "be sent each time\nwhen = \"create\" sends it once",
			     what);
	if (row->when == MAPPING_CREATE && (row->reference || (expr_traits(expr) & EXPR_REFERS)))
		conf_problem(
			self->loader->problems, CONF_WARNING, node,
			"%s: who gets an account later than the one that refers to it is never "
			"filled in\nleave out when = \"create\"",
			what);
}

/* ---- constraints ---- */

static void constrain(ConfigLoader *loader, AppConfig *app, const ConfNode *node,
		      const ConstraintConf *conf)
{
	const char *active = app->ops->active_path;
	Constraint constraint = {
		.path = conf->path,
		/* What says enabled is sent whether it is mapped or not. */
		.required = conf->required && !(active && config_map_same(conf->path, active)),
		.forbidden = conf->forbidden,
		.immutable = conf->immutable,
		.single = conf->single,
		.lower = conf->lower,
		.max_length = conf->max_length,
		.pattern = conf->pattern,
		.why = conf->why,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(Pattern) pattern = NULL;
	g_autofree char *what = g_strdup_printf("constraint of '%s'", conf->path);

	if (conf->pattern) {
		pattern = config_pattern(loader, conf_member(node, "pattern"), what, conf->pattern);
		if (!pattern)
			return;
	}
	if (!mapping_constrain(app->mapping, &constraint, &error))
		conf_problem(loader->problems, CONF_PROBLEM, node, "%s: %s", what, error->message);
}

static void load_constraints(ConfigLoader *loader, AppConfig *app, const ConfNode *list)
{
	if (!config_list(loader, list, "{ path = ...; ... }"))
		return;
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		ConstraintConf conf = { 0 };
		OptionSet set = { constraint_options, &conf };

		if (!config_is_group(loader, node, "a constraint",
				     "{ path = \"userName\"; max_length = 21; }"))
			continue;
		conf_fill(node, &set, 1, NULL, loader->problems);
		if (conf.path)
			constrain(loader, app, node, &conf);
		option_clear(constraint_options, &conf);
	}
}

void config_map_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	guint before = conf_problems_count(loader->problems);
	const ConfNode *map = conf_member(group, "map");
	g_autoptr(GPtrArray) rows = rows_read(loader, map);
	g_autoptr(GPtrArray) overrides = rows_read(loader, conf_member(group, "map_override"));
	Warnings warnings = { .loader = loader, .rows = rows };

	app->mapping = mapping_new();
	config_map_override(loader, rows, overrides);
	for (guint i = 0; i < rows->len; i++)
		row_add(loader, app, rows->pdata[i]);
	mapping_attributes(app->mapping, loader->attributes);
	mapping_foreach(app->mapping, warn_row, &warnings);
	/* Of a map that is not whole it cannot be said what it lacks. */
	if (map && conf_problems_count(loader->problems) == before)
		load_constraints(loader, app, conf_member(group, "constraints"));
}

/* ---- match ---- */

typedef struct {
	const char *path;
	const char *why; /* it cannot be looked for, or NULL */
} MatchCheck;

static void check_match_row(const MappingRow *row, const Expr *expr, void *data)
{
	MatchCheck *self = data;

	if (strcmp(row->to, self->path) != 0)
		return;
	if (expr_traits(expr) & EXPR_CHOOSES)
		self->why = "SelectUniqueValue() makes a new value, so nobody's account has it yet";
	else if (row->reference)
		self->why = "a reference says who somebody else is";
	else if (row->all || (expr_traits(expr) & EXPR_OBJECTS))
		self->why = "a list is not one value";
}

/* Why accounts cannot be found by this path, or NULL. */
static const char *unfit_match(const AppConfig *app, const char *path)
{
	MatchCheck check = { .path = path };

	if (mapping_is_secret(app->mapping, path))
		return "it is secret";
	mapping_foreach(app->mapping, check_match_row, &check);
	return check.why;
}

static void load_match_path(ConfigLoader *loader, const AppConfig *app, const ConfNode *node,
			    char **path)
{
	const char *spelling = mapping_spelling(app->mapping, *path);
	const char *why = spelling ? unfit_match(app, spelling) : NULL;

	if (!spelling) {
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "accounts are matched by '%s', but nothing is mapped to it\n"
			     "add it to 'map', or name another attribute in 'match'",
			     *path);
		return;
	}
	if (why)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "accounts cannot be matched by '%s': %s", spelling, why);
	g_free(*path);
	*path = g_strdup(spelling);
}

static void check_match_twice(ConfigLoader *loader, const AppConfig *app, const ConfNode *node)
{
	for (guint i = 0; i < app->match->len; i++) {
		for (guint j = 0; j < i; j++) {
			if (!config_map_same(app->match->pdata[i], app->match->pdata[j]))
				continue;
			conf_problem(loader->problems, CONF_PROBLEM, node,
				     "'%s' stands in 'match' twice\nleave it out once",
				     (const char *)app->match->pdata[i]);
			return;
		}
	}
}

void config_match_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	const ConfNode *node = conf_member(group, "match");

	for (guint i = 0; app->match->len == 0 && app->ops->default_match[i]; i++)
		g_ptr_array_add(app->match, g_strdup(app->ops->default_match[i]));
	if (app->match->len == 0)
		conf_problem(loader->problems, CONF_PROBLEM, node ? node : group,
			     "it is not said by what accounts are found\nname the attributes, the "
			     "surest one first: match = [ \"email\" ];");
	for (guint i = 0; i < app->match->len; i++)
		load_match_path(loader, app, node ? node : group,
				(char **)&g_ptr_array_index(app->match, i));
	check_match_twice(loader, app, node ? node : group);
}
