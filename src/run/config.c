/*
 * The config as a whole: the top level and the sources. Apps are read in config_app.c.
 *
 * Reading goes on after a problem wherever that makes sense, so that an administrator sees all of
 * them in one run of 'dirbridge check'. A source or app that has a problem of its own is still
 * looked at to its end, but the config as a whole is then refused.
 *
 * The list of attributes that sources read is derived here, from everything that looks at an
 * entry: mappings, filters, and a few that people use to name a person.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "config_internal.h"
#include "core/dn.h"

/* What names a person in reports and on the command line ('explain jane'). */
static const char *const naming_attributes[] = {
	"cn",          "displayname",    "employeeid", "employeenumber",    "mail",
	"objectclass", "samaccountname", "uid",        "userprincipalname",
};

typedef struct {
	char *state_path;
	const ConfNode *sources, *apps;
	gint64 interval_us, debounce_us, slice_us;
} TopConf;

static const Option top_options[] = {
	OPTION(STRING, TopConf, state_path, "state", OPTION_REQUIRED),
	OPTION(NODE, TopConf, sources, "sources", OPTION_REQUIRED),
	OPTION(NODE, TopConf, apps, "apps", OPTION_REQUIRED),
	OPTION(DURATION, TopConf, interval_us, "interval", 0, .fallback = "15m"),
	OPTION(DURATION, TopConf, debounce_us, "debounce", 0, .fallback = "200ms"),
	OPTION(DURATION, TopConf, slice_us, "slice", 0, .fallback = "5m"),
	OPTION_END
};

typedef struct {
	char *filter, *disabled, *locked, *expires;
} UsersConf;

static const Option users_options[] = { OPTION(STRING, UsersConf, filter, "filter", 0),
					OPTION(STRING, UsersConf, disabled, "disabled", 0),
					OPTION(STRING, UsersConf, locked, "locked", 0),
					OPTION(STRING, UsersConf, expires, "expires", 0),
					OPTION_END };

typedef struct {
	char *filter;
} GroupsConf;

static const Option groups_options[] = { OPTION(STRING, GroupsConf, filter, "filter", 0),
					 OPTION_END };

typedef struct {
	char *name, *type, *changes;
	UsersConf users;
	GroupsConf groups;
	gint64 max_drop;
	gboolean allow_empty;
	GPtrArray *canaries;
} SourceCommon;

static const Option source_options[] = {
	OPTION(STRING, SourceCommon, name, "name", OPTION_REQUIRED),
	OPTION(STRING, SourceCommon, type, "type", OPTION_REQUIRED),
	OPTION(STRING, SourceCommon, changes, "changes", 0, .fallback = "auto"),
	OPTION(GROUP, SourceCommon, users, "users", 0, .table = users_options),
	OPTION(GROUP, SourceCommon, groups, "groups", 0, .table = groups_options),
	OPTION(INT, SourceCommon, max_drop, "max_drop", 0, .min = 0, .max = 100, .fallback = "30"),
	OPTION(BOOL, SourceCommon, allow_empty, "allow_empty", 0, .fallback = "false"),
	OPTION(STRINGS, SourceCommon, canaries, "canary", 0),
	OPTION_END
};

void config_driver_free(const Option *options, void *conf)
{
	if (!conf)
		return;
	option_clear(options, conf);
	g_free(conf);
}

static void source_free(SourceConfig *source)
{
	if (!source)
		return;
	if (source->ops)
		config_driver_free(source->ops->options, source->conf);
	g_free(source->name);
	g_free(source->type);
	g_free(source->changes);
	g_free(source->users_text);
	g_free(source->groups_text);
	g_free(source->disabled_text);
	g_free(source->locked_text);
	g_free(source->expires);
	filter_free(source->users);
	filter_free(source->groups);
	filter_free(source->disabled);
	filter_free(source->locked);
	g_clear_pointer(&source->canaries, g_ptr_array_unref);
	g_free(source);
}

static void refuse_type(ConfigLoader *loader, const ConfNode *node, const char *type)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *sentence = g_strdup_printf("unknown source type '%s'", type);

	for (const char *const *name = source_types(); *name; name++)
		g_ptr_array_add(known, (gpointer)*name);
	config_refuse_word(loader, node, sentence, known);
}

static void refuse_changes(ConfigLoader *loader, const ConfNode *node, const char *type)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *sentence =
		g_strdup_printf("a source of type '%s' cannot follow changes by '%s'", type,
				conf_string(node));

	source_changes(type, known);
	config_refuse_word(loader, node, sentence, known);
}

/* The driver is chosen before the group is read, because its option table takes part in that. */
static const SourceOps *choose_driver(ConfigLoader *loader, const ConfNode *group)
{
	const char *type = config_type(loader, group, "a source");
	const char *changes = type ? conf_string(conf_member(group, "changes")) : NULL;
	const SourceOps *ops;

	if (!type)
		return NULL;
	ops = source_find(type, changes ? changes : "auto");
	if (ops)
		return ops;
	if (!source_find(type, "auto"))
		refuse_type(loader, conf_member(group, "type"), type);
	else
		refuse_changes(loader, conf_member(group, "changes"), type);
	return NULL;
}

/* An attribute's name: a letter, then letters, digits and hyphens (RFC 4512 §1.4), or an OID. */
static gboolean is_attribute_name(const char *name)
{
	return g_ascii_isalnum(*name) &&
	       name[strspn(name,
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.")] ==
		       '\0';
}

/* What switches an account besides the disabled filter; "" in the config means nothing does. */
static void source_standing(ConfigLoader *loader, const ConfNode *group, SourceConfig *source,
			    const UsersConf *users)
{
	const SourceDefaults *defaults = source_defaults(source->type);
	const char *locked = users->locked ? users->locked : defaults->locked;
	const char *expires = users->expires ? users->expires : defaults->expires;
	const ConfNode *node = conf_member(group, "users");

	source->locked_text = g_strdup(locked);
	source->expires = g_ascii_strdown(expires, -1);
	if (*locked)
		source->locked = config_filter(loader, node, locked);
	if (*expires && !is_attribute_name(expires))
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' is not the name of an attribute\n'expires' names the one with "
			     "the moment when an account ends",
			     expires);
	else if (*expires)
		g_hash_table_add(loader->attributes, g_strdup(source->expires));
}

static void source_filters(ConfigLoader *loader, const ConfNode *group, SourceConfig *source,
			   const SourceCommon *common)
{
	const SourceDefaults *defaults = source_defaults(source->type);
	const char *users = common->users.filter ? common->users.filter : defaults->users;
	const char *groups = common->groups.filter ? common->groups.filter : defaults->groups;
	const char *disabled = common->users.disabled ? common->users.disabled : defaults->disabled;

	source->users_text = g_strdup(users);
	source->groups_text = g_strdup(groups);
	source->disabled_text = g_strdup(disabled);
	source->users = config_filter(loader, conf_member(group, "users"), users);
	source->groups = config_filter(loader, conf_member(group, "groups"), groups);
	source->disabled = config_filter(loader, conf_member(group, "users"), disabled);
}

static void check_canaries(ConfigLoader *loader, const ConfNode *group, const SourceConfig *source)
{
	for (guint i = 0; source->canaries && i < source->canaries->len; i++) {
		const char *dn = g_ptr_array_index(source->canaries, i);
		g_autofree char *normal = dn_normalize(dn, strlen(dn));

		if (!normal || !*normal)
			conf_problem(loader->problems, CONF_PROBLEM, conf_member(group, "canary"),
				     "'%s' is not a DN", dn);
	}
}

static SourceConfig *source_load(ConfigLoader *loader, const ConfNode *group)
{
	SourceConfig *source = g_new0(SourceConfig, 1);
	SourceCommon common = { 0 };
	OptionSet sets[2] = { { source_options, &common } };
	guint before = conf_problems_count(loader->problems);
	g_autoptr(GError) error = NULL;
	gboolean sound;

	source->ops = choose_driver(loader, group);
	if (source->ops) {
		source->conf = g_malloc0(source->ops->conf_size);
		sets[1] = (OptionSet){ source->ops->options, source->conf };
		conf_fill(group, sets, 2, NULL, loader->problems);
	}
	sound = conf_problems_count(loader->problems) == before;
	source->name = g_steal_pointer(&common.name);
	source->type = g_steal_pointer(&common.type);
	source->changes = g_steal_pointer(&common.changes);
	source->max_drop = common.max_drop;
	source->allow_empty = common.allow_empty;
	source->canaries = g_steal_pointer(&common.canaries);
	if (source->ops && source->name && source->type) {
		source_filters(loader, group, source, &common);
		source_standing(loader, group, source, &common.users);
		check_canaries(loader, group, source);
		if (sound && source->ops->validate &&
		    !source->ops->validate(source->conf, source->name, &error))
			conf_problem(loader->problems, CONF_PROBLEM, group, "%s", error->message);
	}
	option_clear(source_options, &common);
	return source;
}

/* Two sources or two apps of one name would share their state. */
static void check_name(ConfigLoader *loader, const ConfNode *group, const char *what,
		       const char *name, GHashTable *names)
{
	if (name && !g_hash_table_add(names, (gpointer)name))
		conf_problem(loader->problems, CONF_PROBLEM, group, "a second %s named '%s'", what,
			     name);
}

static gboolean check_list(ConfigLoader *loader, const ConfNode *list, const char *name)
{
	if (!list)
		return FALSE;
	if (conf_is_list(list) && conf_length(list) > 0)
		return TRUE;
	conf_problem(loader->problems, CONF_PROBLEM, list,
		     "'%s' must be a list with at least one group\nwrite %s = ( { ... } );", name,
		     name);
	return FALSE;
}

static void load_sources(ConfigLoader *loader, Config *config, const ConfNode *list)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	if (!check_list(loader, list, "sources"))
		return;
	for (guint i = 0; i < conf_length(list); i++) {
		SourceConfig *source = source_load(loader, conf_element(list, i));

		g_ptr_array_add(config->sources, source);
		check_name(loader, conf_element(list, i), "source", source->name, names);
	}
}

static void load_apps(ConfigLoader *loader, Config *config, const ConfNode *list)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	if (!check_list(loader, list, "apps"))
		return;
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *group = conf_element(list, i);
		AppConfig *app = config_app_load(loader, group);

		g_ptr_array_add(config->apps, app);
		check_name(loader, group, "app", app->name, names);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char **attribute_list(GHashTable *names)
{
	GPtrArray *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer name;

	for (gsize i = 0; i < G_N_ELEMENTS(naming_attributes); i++)
		g_hash_table_add(names, g_strdup(naming_attributes[i]));
	g_hash_table_iter_init(&iter, names);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		g_ptr_array_add(list, g_strdup(name));
	g_ptr_array_sort(list, compare_names);
	g_ptr_array_add(list, NULL);
	return (char **)g_ptr_array_free(list, FALSE);
}

Config *config_load(const char *path, ConfProblems *problems)
{
	g_autoptr(GHashTable) attributes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
								 NULL);
	g_autoptr(Config) config = g_new0(Config, 1);
	ConfigLoader loader = { .problems = problems, .attributes = attributes };
	TopConf top = { 0 };
	OptionSet set = { top_options, &top };

	config->sources = g_ptr_array_new_with_free_func((GDestroyNotify)source_free);
	config->apps = g_ptr_array_new_with_free_func((GDestroyNotify)config_app_free);
	config->file = conf_read(path, problems);
	if (!config->file)
		return NULL;
	conf_fill(conf_root(config->file), &set, 1, NULL, problems);
	config->state_path = g_steal_pointer(&top.state_path);
	config->token_folder = g_strconcat(config->state_path, ".tokens", NULL);
	config->interval_us = MAX(top.interval_us, CLOCK_SECOND);
	config->debounce_us = top.debounce_us;
	config->slice_us = top.slice_us;
	loader.sources = config->sources;
	load_sources(&loader, config, top.sources);
	load_apps(&loader, config, top.apps);
	config->attributes = attribute_list(attributes);
	return conf_problems_count(problems) ? NULL : g_steal_pointer(&config);
}

void config_free(Config *self)
{
	if (!self)
		return;
	g_free(self->state_path);
	g_free(self->token_folder);
	g_ptr_array_unref(self->sources);
	g_ptr_array_unref(self->apps);
	g_strfreev(self->attributes);
	conf_free(self->file);
	g_free(self);
}

const SourceConfig *config_source(const Config *self, const char *name)
{
	for (guint i = 0; i < self->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(self->sources, i);

		if (g_strcmp0(source->name, name) == 0)
			return source;
	}
	return NULL;
}

gboolean config_no_app(const Config *self, const char *name, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; i < self->apps->len; i++) {
		const AppConfig *app = g_ptr_array_index(self->apps, i);

		g_string_append_printf(names, "%s%s", i ? ", " : "", app->name);
	}
	return error_set(error, ERROR_CONFIG, "the config has no app named '%s'\nthe apps are: %s",
			 name, names->str);
}

const AppConfig *config_app(const Config *self, const char *name)
{
	for (guint i = 0; i < self->apps->len; i++) {
		const AppConfig *app = g_ptr_array_index(self->apps, i);

		if (g_strcmp0(app->name, name) == 0)
			return app;
	}
	return NULL;
}
