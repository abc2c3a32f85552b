/*
 * Groups that are pushed as groups: which, under what name, and with whom in them.
 *
 * The name is an expression over the group's own entry, and has to be the same at every look: a
 * group whose name is made by chance or by the clock would be renamed at each pass.
 */
#include <string.h>

#include "base/error.h"
#include "config_internal.h"

#define PUSH_FORM "{ group = \"cn=...\"; }"

static const char *const mode_names[] = { "managed", "additive", "exclusive", NULL };
static const char *const nested_names[] = { "flatten", "direct", "keep", NULL };
static const char *const gone_names[] = { "empty", "delete", "keep", NULL };

static const Option push_options[] = {
	OPTION(STRING, PushRule, group, "group", 0),
	OPTION(STRING, PushRule, filter, "filter", 0),
	OPTION(STRING, PushRule, ou, "ou", 0),
	OPTION(STRING, PushRule, source, "source", 0),
	OPTION(STRING, PushRule, name_text, "name", 0, .fallback = "[cn]"),
	OPTION(ENUM, PushRule, mode, "mode", 0, .names = mode_names, .fallback = "managed"),
	OPTION(ENUM, PushRule, nested, "nested", 0, .names = nested_names, .fallback = "flatten"),
	OPTION(ENUM, PushRule, gone, "gone", 0, .names = gone_names, .fallback = "empty"),
	OPTION_END
};

/* Traits that no name can have, and why. */
static const struct {
	guint traits;
	const char *why;
} unfit[] = {
	{ EXPR_RANDOM, "chance would rename the group at each look" },
	{ EXPR_TIME, "the time would rename the group at each look" },
	{ EXPR_SECRET, "the name of a group is no secret" },
	{ EXPR_CHOOSES, "the name of a group is not chosen among several" },
	{ EXPR_OBJECTS | EXPR_ADDS, "the name of a group is one text" },
	{ EXPR_IMPORTED, "of groups nothing is imported" },
	{ EXPR_REFERS, "the name of a group refers to nobody" },
};

static void rule_free(PushRule *rule)
{
	option_clear(push_options, rule);
	filter_free(rule->compiled);
	expr_free(rule->name);
	g_free(rule->place);
	g_free(rule);
}

static void check_name(ConfigLoader *loader, const ConfNode *node, const PushRule *rule)
{
	guint traits = expr_traits(rule->name);

	for (gsize i = 0; i < G_N_ELEMENTS(unfit); i++) {
		if (traits & unfit[i].traits)
			conf_problem(loader->problems, CONF_PROBLEM, node, "'name': %s",
				     unfit[i].why);
	}
	if (expr_is_constant(rule->name) && !rule->group)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "'name' is the same for all groups of this rule\n"
			     "use an attribute of the group, as in [cn], or name one 'group'");
}

static void load_name(ConfigLoader *loader, const ConfNode *group, PushRule *rule)
{
	g_autoptr(GError) error = NULL;
	const ConfNode *name = conf_member(group, "name");
	const ConfNode *node = name ? name : group;
	ConfigColumn column = { CONF_PROBLEM, "name of the group", rule->name_text, 0 };

	rule->name = expr_compile(rule->name_text, &column.column, &error);
	if (!rule->name) {
		config_column(loader, node, &column, error->message);
		return;
	}
	expr_attributes(rule->name, loader->attributes);
	config_warnings(loader, node, column.what, rule->name_text, rule->name);
	check_name(loader, node, rule);
}

static void load_rule(ConfigLoader *loader, const ConfNode *node, PushRule *rule)
{
	OptionSet set = { push_options, rule };

	conf_fill(node, &set, 1, NULL, loader->problems);
	if (rule->group)
		config_check_group(loader, conf_member(node, "group"), rule->group);
	if (rule->filter)
		rule->compiled = config_filter(loader, conf_member(node, "filter"), rule->filter);
	if (rule->ou)
		config_check_ou(loader, conf_member(node, "ou"), rule->ou);
	if (rule->source)
		config_check_source(loader, conf_member(node, "source"), rule->source);
	if (!rule->group && !rule->filter && !rule->ou)
		conf_problem(loader->problems, CONF_PROBLEM, node,
			     "which groups? name a 'group', a 'filter' or an 'ou'\n"
			     "all groups are filter = \"(objectClass=*)\"");
	load_name(loader, node, rule);
}

void config_push_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	const ConfNode *list = conf_member(group, "groups");

	app->push = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	if (!config_list(loader, list, PUSH_FORM))
		return;
	if (conf_length(list) > 0 && !app->ops->group_match)
		conf_problem(loader->problems, CONF_PROBLEM, list,
			     "apps of type '%s' have no groups", app->ops->name);
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		PushRule *rule;

		if (!config_is_group(loader, node, "a rule for groups", PUSH_FORM))
			continue;
		rule = g_new0(PushRule, 1);
		rule->place = g_strdup_printf("%s:%u", conf_file(node), conf_line(node));
		g_ptr_array_add(app->push, rule);
		load_rule(loader, node, rule);
	}
}

void config_push_clear(AppConfig *app)
{
	g_clear_pointer(&app->push, g_ptr_array_unref);
}
