/*
 * Who has an account: assign, exclude, scope, and which source counts for whom.
 *
 * A rule holds for whom everything that it names holds: member of the group, and matching the
 * filter, and beneath the OU. A rule that names nothing would hold for everybody, which is said by
 * the word "all" or not at all.
 */
#include <string.h>

#include "config_internal.h"

#define RULE_FORM "{ group = \"cn=...\"; }"

static const Option rule_options[] = {
	OPTION(STRING, AssignRule, group, "group", 0),
	OPTION(STRING, AssignRule, filter, "filter", 0),
	OPTION(STRING, AssignRule, ou, "ou", 0),
	OPTION(STRING, AssignRule, source, "source", 0),
	OPTION(STRING, AssignRule, role, "role", 0),
	OPTION(INT, AssignRule, priority, "priority", 0, .min = G_MININT32, .max = G_MAXINT32,
	       .fallback = "0"),
	OPTION(BOOL, AssignRule, nested, "nested", 0, .fallback = "true"),
	OPTION_END
};

static void rule_free(AssignRule *rule)
{
	option_clear(rule_options, rule);
	filter_free(rule->compiled);
	g_free(rule->place);
	g_free(rule);
}

static void check_role(ConfigLoader *loader, const ConfNode *node, const AssignRule *rule,
		       gboolean gives)
{
	const ConfNode *priority = conf_member(node, "priority");

	if (rule->role && !gives)
		conf_problem(loader->problems, CONF_PROBLEM, conf_member(node, "role"),
			     "a rule that excludes gives no role");
	if (priority && !rule->role)
		conf_problem(loader->problems, CONF_PROBLEM, priority,
			     "'priority' is that of a role\nadd role = \"...\", or take it away");
}

static void check_rule(ConfigLoader *loader, const ConfNode *node, AssignRule *rule)
{
	const ConfNode *nested = conf_member(node, "nested");

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
			     "a rule names a 'group', a 'filter' or an 'ou'\n"
			     "everybody has an account by assign = \"all\"");
	else if (nested && !rule->group)
		conf_problem(loader->problems, CONF_PROBLEM, nested,
			     "'nested' is about the members of a 'group', and the rule names none");
}

static void load_rules(ConfigLoader *loader, const ConfNode *list, GPtrArray *rules, gboolean gives)
{
	for (guint i = 0; i < conf_length(list); i++) {
		const ConfNode *node = conf_element(list, i);
		AssignRule *rule = g_new0(AssignRule, 1);
		OptionSet set = { rule_options, rule };

		rule->place = g_strdup_printf("%s:%u", conf_file(node), conf_line(node));
		g_ptr_array_add(rules, rule);
		if (!config_is_group(loader, node, "a rule", RULE_FORM))
			continue;
		conf_fill(node, &set, 1, NULL, loader->problems);
		check_rule(loader, node, rule);
		check_role(loader, node, rule, gives);
	}
}

static void load_include(ConfigLoader *loader, AppConfig *app, const ConfNode *assign)
{
	const char *word = conf_string(assign);

	if (word) {
		app->assign_all = strcmp(word, "all") == 0;
		if (!app->assign_all)
			conf_problem(loader->problems, CONF_PROBLEM, assign,
				     "'assign' is a list of rules, or the word \"all\"");
	} else if (config_list(loader, assign, "{ group = ...; }")) {
		if (conf_length(assign) == 0)
			conf_problem(loader->problems, CONF_WARNING, assign,
				     "no assign rule: nobody has an account at '%s'", app->name);
		load_rules(loader, assign, app->include, TRUE);
	}
}

/* What several sources say of one person: the names in order, each once. */
static void check_precedence(ConfigLoader *loader, const AppConfig *app, const ConfNode *node)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < app->precedence->len; i++) {
		char *name = app->precedence->pdata[i];
		const ConfNode *word = conf_is_list(node) ? conf_element(node, i) : node;

		config_check_source(loader, word, name);
		if (!g_hash_table_add(seen, name))
			conf_problem(loader->problems, CONF_PROBLEM, word,
				     "source '%s' stands twice in 'precedence'", name);
	}
}

void config_assign_load(ConfigLoader *loader, AppConfig *app, const ConfNode *group)
{
	const ConfNode *exclude = conf_member(group, "exclude");

	app->include = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	app->exclude = g_ptr_array_new_with_free_func((GDestroyNotify)rule_free);
	load_include(loader, app, conf_member(group, "assign"));
	if (config_list(loader, exclude, "{ group = ...; }"))
		load_rules(loader, exclude, app->exclude, FALSE);
	if (app->scope_text)
		app->scope = config_filter(loader, conf_member(group, "scope"), app->scope_text);
	check_precedence(loader, app, conf_member(group, "precedence"));
}

void config_assign_clear(AppConfig *app)
{
	g_clear_pointer(&app->include, g_ptr_array_unref);
	g_clear_pointer(&app->exclude, g_ptr_array_unref);
	g_clear_pointer(&app->precedence, g_ptr_array_unref);
	g_clear_pointer(&app->scope_text, g_free);
	g_clear_pointer(&app->scope, filter_free);
}
