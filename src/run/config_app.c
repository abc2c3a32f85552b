/*
 * One app of the config: the common part of the group, the driver's part, the mapping and the
 * assign rules. The defaults of deprovision and limits are a contract with the users.
 *
 * The digest covers everything that decides who has an account and what it looks like; when it
 * differs from the one of the last plan, everybody is looked at again.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "config_internal.h"
#include "core/anchor.h"
#include "core/dn.h"

static const char *const deprovision_names[] = { "disable", "delete", "keep", NULL };
static const char *const first_run_names[] = { "hold", "apply", NULL };
static const char *const rehire_names[] = { "park", "adopt", NULL };
static const char *const when_names[] = { "always", "create", NULL };

typedef struct {
	int disabled, unassigned, deleted, out_of_scope;
	gint64 delete_after_us;
} DeprovisionConf;

#define DEPROVISION_OPTION(member)                                                    \
	OPTION(ENUM, DeprovisionConf, member, #member, 0, .names = deprovision_names, \
	       .fallback = "disable")

static const Option deprovision_options[] = { DEPROVISION_OPTION(disabled),
					      DEPROVISION_OPTION(unassigned),
					      DEPROVISION_OPTION(deleted),
					      DEPROVISION_OPTION(out_of_scope),
					      OPTION(DURATION, DeprovisionConf, delete_after_us,
						     "delete_after", 0),
					      OPTION_END };

typedef struct {
	gint64 removals, removals_percent, window_us;
} LimitsConf;

static const Option limits_options[] = {
	OPTION(INT, LimitsConf, removals, "removals", 0, .min = 0, .max = G_MAXINT32,
	       .fallback = "10"),
	OPTION(INT, LimitsConf, removals_percent, "removals_percent", 0, .min = 0, .max = 100,
	       .fallback = "5"),
	OPTION(DURATION, LimitsConf, window_us, "window", 0, .fallback = "1d"), OPTION_END
};

static const Option features_options[] = {
	OPTION(BOOL, AppFeatures, create, "create", 0, .fallback = "true"),
	OPTION(BOOL, AppFeatures, update, "update", 0, .fallback = "true"),
	OPTION(BOOL, AppFeatures, disable, "disable", 0, .fallback = "true"),
	OPTION(BOOL, AppFeatures, delete, "delete", 0, .fallback = "true"), OPTION_END
};

typedef struct {
	char *name, *type, *scope, *trace;
	GPtrArray *match, *fault;
	const ConfNode *map, *assign, *exclude;
	DeprovisionConf deprovision;
	LimitsConf limits;
	AppFeatures features;
	int first_run, rehire;
	gboolean recreate;
} AppCommon;

static const Option app_options[] = {
	OPTION(STRING, AppCommon, name, "name", OPTION_REQUIRED),
	OPTION(STRING, AppCommon, type, "type", OPTION_REQUIRED),
	OPTION(NODE, AppCommon, map, "map", OPTION_REQUIRED),
	OPTION(STRINGS, AppCommon, match, "match", 0),
	OPTION(NODE, AppCommon, assign, "assign", OPTION_REQUIRED),
	OPTION(NODE, AppCommon, exclude, "exclude", 0),
	OPTION(STRING, AppCommon, scope, "scope", 0),
	OPTION(GROUP, AppCommon, deprovision, "deprovision", 0, .table = deprovision_options),
	OPTION(GROUP, AppCommon, limits, "limits", 0, .table = limits_options),
	OPTION(GROUP, AppCommon, features, "features", 0, .table = features_options),
	OPTION(ENUM, AppCommon, first_run, "first_run", 0, .names = first_run_names,
	       .fallback = "hold"),
	OPTION(BOOL, AppCommon, recreate, "recreate", 0, .fallback = "false"),
	OPTION(ENUM, AppCommon, rehire, "rehire", 0, .names = rehire_names, .fallback = "park"),
	OPTION(STRING, AppCommon, trace, "trace", 0),
	OPTION(STRINGS, AppCommon, fault, "fault", 0),
	OPTION_END
};

typedef struct {
	char *to, *from;
	int when;
	gboolean required;
} MapConf;

static const Option map_options[] = {
	OPTION(STRING, MapConf, to, "to", OPTION_REQUIRED),
	OPTION(STRING, MapConf, from, "from", OPTION_REQUIRED),
	OPTION(ENUM, MapConf, when, "when", 0, .names = when_names, .fallback = "always"),
	OPTION(BOOL, MapConf, required, "required", 0, .fallback = "false"), OPTION_END
};

static const Option rule_options[] = {
	OPTION(STRING, AssignRule, group, "group", OPTION_REQUIRED),
	OPTION(STRING, AssignRule, source, "source", 0),
	OPTION(STRING, AssignRule, role, "role", 0),
	OPTION(BOOL, AssignRule, nested, "nested", 0, .fallback = "true"), OPTION_END
};

static void rule_free(AssignRule *rule)
{
	option_clear(rule_options, rule);
	g_free(rule->place);
	g_free(rule);
}

/* What is no DN and no id would be looked for in vain, and nobody would see why. */
static void check_group(ConfigLoader *loader, const ConfNode *node, const AssignRule *rule)
{
	char anchor[ANCHOR_LENGTH + 1];
	g_autofree char *dn = rule->group ? dn_normalize(rule->group, strlen(rule->group)) : NULL;

	if (rule->group && !(dn && *dn) && !anchor_from_text(rule->group, anchor))
		conf_problem(loader->problems, CONF_PROBLEM, conf_member(node, "group"),
			     "'%s' names no group\nwrite its DN or its permanent id (objectGUID, "
			     "entryUUID, nsUniqueId), as 'dirbridge explain' shows them",
			     rule->group);
}

static void load_rules(ConfigLoader *loader, const ConfNode *list, GPtrArray *rules)
{
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		AssignRule *rule = g_new0(AssignRule, 1);
		OptionSet set = { rule_options, rule };

		rule->place = g_strdup_printf("%s:%u", conf_file(node), conf_line(node));
		g_ptr_array_add(rules, rule);
		if (conf_is_group(node)) {
			conf_fill(node, &set, 1, NULL, loader->problems);
			check_group(loader, node, rule);
		} else
			conf_problem(loader->problems, CONF_PROBLEM, node,
				     "a rule is a group\nwrite { group = \"cn=...\"; }");
	}
}

/* FALSE after adding a problem: what is not understood must not be taken for "no rule". */
static gboolean check_list(ConfigLoader *loader, const ConfNode *node, const char *form)
{
	if (!node || conf_is_list(node))
		return node != NULL;
	conf_problem(loader->problems, CONF_PROBLEM, node,
		     "'%s' must be a list\nwrite %s = ( %s );", conf_name(node), conf_name(node),
		     form);
	return FALSE;
}

static void load_assign(ConfigLoader *loader, AppConfig *app, const AppCommon *common,
			const ConfNode *group)
{
	const char *word = conf_string(common->assign);

	if (common->assign && word) {
		app->assign_all = strcmp(word, "all") == 0;
		if (!app->assign_all)
			conf_problem(loader->problems, CONF_PROBLEM, common->assign,
				     "'assign' is a list of rules, or the word \"all\"");
	} else if (check_list(loader, common->assign, "{ group = ...; }")) {
		if (conf_length(common->assign) == 0)
			conf_problem(loader->problems, CONF_WARNING, common->assign,
				     "no assign rule: nobody has an account at '%s'", app->name);
		load_rules(loader, common->assign, app->include);
	}
	if (check_list(loader, common->exclude, "{ group = ...; }"))
		load_rules(loader, common->exclude, app->exclude);
	if (common->scope) {
		app->scope_text = g_strdup(common->scope);
		app->scope = config_filter(loader, conf_member(group, "scope"), common->scope);
	}
}

static void report_mapping(ConfigLoader *loader, const ConfNode *node, const MapConf *row,
			   guint column, const GError *error)
{
	if (column)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "mapping of '%s', column %u: %s\n  %s\n  %*s", row->to, column,
			     error->message, row->from, (int)column, "^");
	else
		conf_problem(loader->problems, CONF_PROBLEM, node, "mapping to '%s': %s", row->to,
			     error->message);
}

static void load_map_row(ConfigLoader *loader, AppConfig *app, const ConfNode *node)
{
	MapConf row = { 0 };
	OptionSet set = { map_options, &row };
	g_autoptr(GError) error = NULL;
	guint column = 0;

	if (!conf_is_group(node)) {
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "a mapping is a group\nwrite { to = \"...\"; from = \"...\"; }");
		return;
	}
	conf_fill(node, &set, 1, NULL, loader->problems);
	if (row.to && row.from) {
		MappingRow mapping = { row.to, row.from, (MappingWhen)row.when, row.required };

		if (!mapping_add(app->mapping, &mapping, &column, &error))
			report_mapping(loader, node, &row, column, error);
	}
	option_clear(map_options, &row);
}

static void load_mapping(ConfigLoader *loader, AppConfig *app, const AppCommon *common)
{
	if (!check_list(loader, common->map, "{ to = ...; from = ...; }"))
		return;
	for (guint i = 0; i < conf_length(common->map); i++)
		load_map_row(loader, app, conf_element(common->map, i));
	mapping_attributes(app->mapping, loader->attributes);
}

static void load_match(ConfigLoader *loader, AppConfig *app, AppCommon *common,
		       const ConfNode *group)
{
	app->match = g_steal_pointer(&common->match);
	for (guint i = 0; app->match->len == 0 && app->ops->default_match[i]; i++)
		g_ptr_array_add(app->match, g_strdup(app->ops->default_match[i]));
	for (guint i = 0; i < app->match->len; i++) {
		char **path = (char **)&g_ptr_array_index(app->match, i);
		const char *spelling = mapping_spelling(app->mapping, *path);
		const ConfNode *node = conf_member(group, "match");

		if (!spelling) {
			conf_problem(loader->problems, CONF_PROBLEM, node ? node : group,
				     "accounts are matched by '%s', but nothing is mapped to it\n"
				     "add it to 'map', or name another attribute in 'match'",
				     *path);
			continue;
		}
		g_free(*path);
		*path = g_strdup(spelling);
	}
}

/* The mapping may spell it its own way ("Active"). */
static void find_active(AppConfig *app)
{
	const char *path = app->ops->active_path;
	const char *spelling = path ? mapping_spelling(app->mapping, path) : NULL;

	app->active = g_strdup(spelling ? spelling : path);
}

gboolean config_is_login(const AppConfig *app, const char *path)
{
	for (guint i = 0; i < app->match->len; i++)
		if (strcmp(path, g_ptr_array_index(app->match, i)) == 0)
			return TRUE;
	return g_strv_contains(app->ops->default_match, path);
}

void config_drop_active(const AppConfig *app, json_t *resource)
{
	if (app->active)
		json_object_del(resource, app->active);
}

static void copy_policy(AppConfig *app, const AppCommon *common)
{
	const DeprovisionConf *deprovision = &common->deprovision;

	app->policy = (LifecyclePolicy){
		.disabled = (Deprovision)deprovision->disabled,
		.unassigned = (Deprovision)deprovision->unassigned,
		.deleted = (Deprovision)deprovision->deleted,
		.out_of_scope = (Deprovision)deprovision->out_of_scope,
		.delete_after_us = deprovision->delete_after_us,
	};
	app->limits = (GuardLimits){
		.removals = common->limits.removals,
		.removals_percent = common->limits.removals_percent,
		.hold_first_run = common->first_run == 0,
	};
	app->window_us = common->limits.window_us;
	app->features = common->features;
	app->recreate = common->recreate;
	app->rehire = common->rehire == 1;
}

static void make_digest(AppConfig *app, const AppCommon *common)
{
	const ConfNode *nodes[] = { common->map, common->assign, common->exclude };
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++)
		if (nodes[i])
			conf_append_text(nodes[i], text);
	g_string_append_printf(text, "scope=%s;", app->scope_text ? app->scope_text : "");
	g_string_append_printf(text, "%d%d%d%d %" G_GINT64_FORMAT " %d%d%d%d %d%d",
			       app->policy.disabled, app->policy.unassigned, app->policy.deleted,
			       app->policy.out_of_scope, app->policy.delete_after_us,
			       app->features.create, app->features.update, app->features.disable,
			       app->features.delete, app->recreate, app->rehire);
	for (guint i = 0; i < app->match->len; i++)
		g_string_append_printf(text, " %s", (char *)g_ptr_array_index(app->match, i));
	app->digest = digest_bytes(text->str, text->len);
}

static const TargetOps *choose_driver(ConfigLoader *loader, const ConfNode *group)
{
	const char *type = config_type(loader, group, "an app");
	const TargetOps *ops = type ? target_find(type) : NULL;

	if (type && !ops) {
		g_autofree char *types = g_strjoinv(", ", (char **)target_types());

		conf_problem(loader->problems, CONF_PROBLEM, conf_member(group, "type"),
			     "unknown app type '%s'\nthe types are: %s", type, types);
	}
	return ops;
}

AppConfig *config_app_load(ConfigLoader *loader, const ConfNode *group)
{
	AppConfig *app = g_new0(AppConfig, 1);
	AppCommon common = { 0 };
	OptionSet sets[2] = { { app_options, &common } };
	guint before = conf_problems_count(loader->problems);
	g_autoptr(GError) error = NULL;
	gboolean sound;

	app->include = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	app->exclude = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	app->mapping = mapping_new();
	app->ops = choose_driver(loader, group);
	if (app->ops) {
		app->conf = g_malloc0(app->ops->conf_size);
		sets[1] = (OptionSet){ app->ops->options, app->conf };
		conf_fill(group, sets, 2, NULL, loader->problems);
		sound = conf_problems_count(loader->problems) == before;
		app->name = g_steal_pointer(&common.name);
		app->type = g_steal_pointer(&common.type);
		app->trace = g_steal_pointer(&common.trace);
		app->fault = g_steal_pointer(&common.fault);
		load_mapping(loader, app, &common);
		load_match(loader, app, &common, group);
		find_active(app);
		load_assign(loader, app, &common, group);
		copy_policy(app, &common);
		make_digest(app, &common);
		if (sound && app->ops->validate && app->name &&
		    !app->ops->validate(app->conf, app->name, &error))
			conf_problem(loader->problems, CONF_PROBLEM, group, "%s", error->message);
	}
	option_clear(app_options, &common);
	return app;
}

void config_app_free(AppConfig *app)
{
	if (!app)
		return;
	if (app->ops)
		config_driver_free(app->ops->options, app->conf);
	g_free(app->name);
	g_free(app->type);
	mapping_free(app->mapping);
	g_clear_pointer(&app->match, g_ptr_array_unref);
	g_free(app->active);
	g_ptr_array_unref(app->include);
	g_ptr_array_unref(app->exclude);
	g_free(app->scope_text);
	filter_free(app->scope);
	g_free(app->trace);
	g_clear_pointer(&app->fault, g_ptr_array_unref);
	g_free(app->digest);
	g_free(app);
}
