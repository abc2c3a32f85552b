/*
 * What a preset says of itself, and whose accounts are left alone.
 *
 * A preset is written in the words of one driver; an app of another type that includes it would
 * show a page of unknown settings, so it is said in one sentence what is wrong.
 *
 * A protected account is known by what it has at the target, so a rule names a path that is read
 * there: one that the map has, or the id. A path that nobody looks at would protect nobody, without
 * a word.
 */
#include <string.h>

#include "config_internal.h"

#define PROTECT_FORM "{ path = \"userName\"; value = \"admin@corp.example\"; }"

const Option config_preset_options[] = {
	OPTION(STRING, PresetConfig, name, "name", OPTION_REQUIRED),
	OPTION(STRING, PresetConfig, title, "title", 0),
	OPTION(STRING, PresetConfig, type, "type", 0, .fallback = "scim"),
	OPTION(STRINGS, PresetConfig, notes, "notes", 0),
	OPTION(STRINGS, PresetConfig, unconfirmed, "unconfirmed", 0),
	OPTION(STRINGS, PresetConfig, needs, "needs", 0),
	OPTION_END
};

static const Option protect_options[] = {
	OPTION(STRING, ProtectRule, path, "path", OPTION_REQUIRED),
	OPTION(STRING, ProtectRule, value, "value", 0),
	OPTION(STRING, ProtectRule, pattern, "pattern", 0), OPTION_END
};

/* ---- protect ---- */

static void rule_free(ProtectRule *rule)
{
	option_clear(protect_options, rule);
	pattern_free(rule->compiled);
	g_free(rule);
}

typedef struct {
	const char *path;
	gboolean found;
} CreateOnly;

static void look_at_row(const MappingRow *row, const Expr *expr, void *data)
{
	CreateOnly *self = data;

	self->found |= row->when == MAPPING_CREATE && strcmp(row->to, self->path) == 0;
}

/* Of such a value nobody knows afterwards what it is. */
static gboolean is_create_only(const AppConfig *app, const char *path)
{
	CreateOnly search = { path, FALSE };

	mapping_foreach(app->mapping, look_at_row, &search);
	return search.found;
}

static void check_path(ConfigLoader *loader, const AppConfig *app, const ConfNode *node,
		       ProtectRule *rule)
{
	const char *spelling = mapping_spelling(app->mapping, rule->path);

	if (strcmp(rule->path, "id") == 0)
		return;
	if (!spelling) {
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "nothing is mapped to '%s', so it is not looked at\n"
			     "name a path of 'map', or \"id\"",
			     rule->path);
		return;
	}
	if (mapping_is_secret(app->mapping, spelling))
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' is secret, and cannot be compared", spelling);
	if (is_create_only(app, spelling))
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' is sent on create only, so nobody knows what an account has "
			     "later\nname a path that is always mapped, or \"id\"",
			     spelling);
	g_free(rule->path);
	rule->path = g_strdup(spelling);
}

static void load_protect_rule(ConfigLoader *loader, AppConfig *app, const ConfNode *node)
{
	ProtectRule *rule = g_new0(ProtectRule, 1);
	OptionSet set = { protect_options, rule };

	g_ptr_array_add(app->protect, rule);
	conf_fill(node, &set, 1, NULL, loader->problems);
	if (rule->path)
		check_path(loader, app, conf_member(node, "path"), rule);
	if (!rule->value == !rule->pattern)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "one of 'value' and 'pattern' says which accounts are protected");
	else if (rule->value ? !*rule->value : !*rule->pattern)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'%s' is empty\nall accounts are pattern = \".\"",
			     rule->value ? "value" : "pattern");
	if (rule->pattern)
		rule->compiled = config_pattern(loader, conf_member(node, "pattern"),
						"pattern of 'protect'", rule->pattern);
}

void config_protect_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	const ConfNode *list = conf_member(group, "protect");

	app->protect = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	if (!config_list(loader, list, PROTECT_FORM))
		return;
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);

		if (config_is_group(loader, node, "what is protected", PROTECT_FORM))
			load_protect_rule(loader, app, node);
	}
}

/* ---- preset ---- */

gboolean config_preset_fits(ConfigLoader *loader, const ConfNode *group, const char *type)
{
	const ConfNode *preset = conf_member(group, "preset");
	const ConfNode *node = conf_is_group(preset) ? conf_member(preset, "type") : NULL;
	const char *meant = node ? conf_string(node) : "scim"; /* as the table */
	const char *name = conf_is_group(preset) ? conf_string(conf_member(preset, "name")) : NULL;

	if (!conf_is_group(preset) || !meant || strcmp(meant, type) == 0)
		return TRUE;
	conf_problem(loader->problems, CONF_PROBLEM, node ? node : preset,
		     "the preset '%s' is for apps of type '%s', and this one is '%s'\n"
		     "'dirbridge presets' lists the presets with their types",
		     name ? name : "", meant, type);
	return FALSE;
}

void config_preset_take(ConfigLoader *loader, AppConfig *app, PresetConfig *preset,
			const ConfNode *group)
{
	const ConfNode *node = conf_member(group, "preset");

	if (!node)
		return;
	app->preset = g_new(PresetConfig, 1);
	*app->preset = *preset;
	app->preset->file = g_strdup(conf_file(node));
	*preset = (PresetConfig){ 0 };
}

void config_preset_clear(AppConfig *app)
{
	g_clear_pointer(&app->protect, g_ptr_array_unref);
	if (!app->preset)
		return;
	option_clear(config_preset_options, app->preset);
	g_free(app->preset->file);
	g_clear_pointer(&app->preset, g_free);
}
