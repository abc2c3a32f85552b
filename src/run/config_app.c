/*
 * One app of the config: the common part of the group, the driver's part, and what config_map.c,
 * config_assign.c, config_push.c and config_preset.c make of the rest. The defaults of deprovision
 * and limits are a contract with the users.
 *
 * The digest covers everything that decides who has an account and what it looks like; when it
 * differs from the one of the last plan, everybody is looked at again.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "config_internal.h"

static const char *const deprovision_names[] = { "disable", "delete", "keep", NULL };
static const char *const first_run_names[] = { "hold", "apply", NULL };
static const char *const rehire_names[] = { "park", "adopt", NULL };
static const char *const role_conflict_names[] = { "priority", "park", NULL };

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
	OPTION(BOOL, AppFeatures, delete, "delete", 0, .fallback = "true"),
	OPTION(BOOL, AppFeatures, groups, "groups", 0, .fallback = "true"),
	OPTION(BOOL, AppFeatures, password, "password", 0, .fallback = "false"),
	OPTION(BOOL, AppFeatures, import, "import", 0, .fallback = "false"),
	OPTION_END
};

typedef struct {
	char *name, *type, *scope, *trace;
	GPtrArray *match, *precedence, *fault;
	const ConfNode *map, *map_override, *constraints, *assign, *exclude, *groups, *protect;
	PresetConfig preset;
	DeprovisionConf deprovision;
	LimitsConf limits;
	AppFeatures features;
	int first_run, rehire, role_conflict;
	gboolean recreate;
	gint64 max_rest_us;
} AppCommon;

static const Option app_options[] = {
	OPTION(STRING, AppCommon, name, "name", OPTION_REQUIRED),
	OPTION(STRING, AppCommon, type, "type", OPTION_REQUIRED),
	OPTION(GROUP, AppCommon, preset, "preset", 0, .table = config_preset_options),
	OPTION(NODE, AppCommon, map, "map", OPTION_REQUIRED),
	OPTION(NODE, AppCommon, map_override, "map_override", 0),
	OPTION(NODE, AppCommon, constraints, "constraints", 0),
	OPTION(STRINGS, AppCommon, match, "match", 0),
	OPTION(NODE, AppCommon, assign, "assign", OPTION_REQUIRED),
	OPTION(NODE, AppCommon, exclude, "exclude", 0),
	OPTION(STRING, AppCommon, scope, "scope", 0),
	OPTION(ENUM, AppCommon, role_conflict, "role_conflict", 0, .names = role_conflict_names,
	       .fallback = "priority"),
	OPTION(STRINGS, AppCommon, precedence, "precedence", 0),
	OPTION(NODE, AppCommon, protect, "protect", 0),
	OPTION(NODE, AppCommon, groups, "groups", 0),
	OPTION(GROUP, AppCommon, deprovision, "deprovision", 0, .table = deprovision_options),
	OPTION(GROUP, AppCommon, limits, "limits", 0, .table = limits_options),
	OPTION(GROUP, AppCommon, features, "features", 0, .table = features_options),
	OPTION(ENUM, AppCommon, first_run, "first_run", 0, .names = first_run_names,
	       .fallback = "hold"),
	OPTION(BOOL, AppCommon, recreate, "recreate", 0, .fallback = "false"),
	OPTION(ENUM, AppCommon, rehire, "rehire", 0, .names = rehire_names, .fallback = "park"),
	OPTION(DURATION, AppCommon, max_rest_us, "max_rest", 0, .fallback = "12h"),
	OPTION(STRING, AppCommon, trace, "trace", 0),
	OPTION(STRINGS, AppCommon, fault, "fault", 0),
	OPTION_END
};

/* The mapping may spell it its own way ("Active"). */
static void find_active(AppConfig *app)
{
	const char *path = app->ops->active_path;
	const char *spelling = path ? mapping_spelling(app->mapping, path) : NULL;

	app->active = g_strdup(spelling || app->ops->active_if_mapped ? spelling : path);
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
	app->one_role = common->role_conflict == 1;
	app->max_rest_us = common->max_rest_us;
}

static void make_digest(AppConfig *app, const AppCommon *common)
{
	const ConfNode *nodes[] = { common->map,    common->map_override, common->constraints,
				    common->assign, common->exclude,      common->groups,
				    common->protect };
	g_autoptr(GString) text = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(nodes); i++)
		if (nodes[i])
			conf_append_text(nodes[i], text);
	g_string_append_printf(text, "scope=%s;", app->scope_text ? app->scope_text : "");
	g_string_append_printf(text, "%d%d%d%d %" G_GINT64_FORMAT " %d%d%d%d%d %d%d",
			       app->policy.disabled, app->policy.unassigned, app->policy.deleted,
			       app->policy.out_of_scope, app->policy.delete_after_us,
			       app->features.create, app->features.update, app->features.disable,
			       app->features.delete, app->features.groups, app->recreate,
			       app->rehire);
	for (guint i = 0; i < app->match->len; i++)
		g_string_append_printf(text, " %s", (char *)g_ptr_array_index(app->match, i));
	g_string_append_printf(text, " roles=%d precedence=", app->one_role);
	for (guint i = 0; i < app->precedence->len; i++)
		g_string_append_printf(text, "%s,", (char *)app->precedence->pdata[i]);
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
	/* None of the settings of another type's preset would be understood. */
	if (ops && !config_preset_fits(loader, group, type))
		return NULL;
	return ops;
}

static void take_common(AppConfig *app, AppCommon *common)
{
	app->name = g_steal_pointer(&common->name);
	app->type = g_steal_pointer(&common->type);
	app->scope_text = g_steal_pointer(&common->scope);
	app->match = g_steal_pointer(&common->match);
	app->precedence = g_steal_pointer(&common->precedence);
	app->trace = g_steal_pointer(&common->trace);
	app->fault = g_steal_pointer(&common->fault);
}

static void load_parts(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	config_map_load(loader, app, group);
	config_match_load(loader, app, group);
	config_protect_load(loader, app, group);
	config_assign_load(loader, app, group);
	config_push_load(loader, app, group);
	find_active(app);
}

/* What is said of itself is only true of a definition without mistakes. */
static void check_driver(ConfigLoader *loader, const AppConfig *app, const ConfNode *group)
{
	g_autoptr(GError) error = NULL;

	if (app->features.import)
		conf_problem(loader->problems, CONF_PROBLEM,
			     conf_member(conf_member(group, "features"), "import"),
			     "importing people from an application is not offered\nleave 'import' "
			     "out");
	if (app->ops->validate && app->name && !app->ops->validate(app->conf, app->name, &error))
		conf_problem(loader->problems, CONF_PROBLEM, group, "%s", error->message);
	else if (app->ops->abilities)
		config_able_check(loader, app, group);
}

/* 'sound': the tables found nothing wrong. What the driver compiles is looked at in any case. */
static void load_driver(ConfigLoader *loader, AppConfig *app, const ConfNode *group, gboolean sound)
{
	TargetLoad with = { .app = app->name ? app->name : "",
			    .group = group,
			    .mapping = app->mapping,
			    .problems = loader->problems };
	guint before = conf_problems_count(loader->problems);

	if (app->ops->load)
		app->ops->load(app->conf, &with);
	if (sound && conf_problems_count(loader->problems) == before)
		check_driver(loader, app, group);
}

AppConfig *config_app_load(ConfigLoader *loader, const ConfNode *group)
{
	AppConfig *app = g_new0(AppConfig, 1);
	AppCommon common = { 0 };
	OptionSet sets[2] = { { app_options, &common } };
	guint before = conf_problems_count(loader->problems);
	gboolean sound;

	app->ops = choose_driver(loader, group);
	if (app->ops) {
		app->conf = g_malloc0(app->ops->conf_size);
		sets[1] = (OptionSet){ app->ops->options, app->conf };
		conf_fill(group, sets, 2, NULL, loader->problems);
		sound = conf_problems_count(loader->problems) == before;
		take_common(app, &common);
		config_preset_take(loader, app, &common.preset, group);
		load_parts(loader, app, group);
		copy_policy(app, &common);
		make_digest(app, &common);
		app->settings = config_settings_digest(group, sets, G_N_ELEMENTS(sets));
		app->manner = config_manner_digest(group, app->ops->manner);
		load_driver(loader, app, group, sound);
	}
	option_clear(app_options, &common);
	return app;
}

void config_app_free(AppConfig *app)
{
	if (!app)
		return;
	if (app->ops && app->ops->unload)
		app->ops->unload(app->conf);
	if (app->ops)
		config_driver_free(app->ops->options, app->conf);
	config_assign_clear(app);
	config_push_clear(app);
	config_preset_clear(app);
	g_free(app->name);
	g_free(app->type);
	mapping_free(app->mapping);
	g_clear_pointer(&app->match, g_ptr_array_unref);
	g_free(app->active);
	g_free(app->trace);
	g_clear_pointer(&app->fault, g_ptr_array_unref);
	g_free(app->digest);
	g_free(app->settings);
	g_free(app->manner);
	g_free(app);
}
