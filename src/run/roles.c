/*
 * Roles: every include rule that holds and has a role gives it.
 *
 * A person who is in three groups has the roles of all three. They are ordered by priority, the
 * largest first, and those of one priority as their rules stand in the config; a role that several
 * rules give counts once, with the highest of their priorities. Which of them an application gets
 * is the mapping's affair: it may take the first (SingleAppRoleAssignment) or all.
 *
 * The reason keeps the roles with what gave them, so that a change of roles is a change of the
 * reason, and therefore work for the person.
 */
#include <string.h>

#include "base/json.h"
#include "roles_internal.h"

/* Stable, so that rules of one priority stay in their order. */
static void sort_by_priority(GPtrArray *rules)
{
	for (guint i = 1; i < rules->len; i++) {
		AssignRule *rule = g_ptr_array_index(rules, i);
		guint at = i;

		for (; at > 0; at--) {
			AssignRule *before = g_ptr_array_index(rules, at - 1);

			if (before->priority >= rule->priority)
				break;
			rules->pdata[at] = before;
		}
		rules->pdata[at] = rule;
	}
}

static gboolean has_role(const json_t *roles, const char *name)
{
	size_t index;
	json_t *role;

	json_array_foreach (roles, index, role)
		if (g_strcmp0(json_get_string(role, "role"), name) == 0)
			return TRUE;
	return FALSE;
}

static json_t *role_json(const AssignRule *rule)
{
	json_t *role = json_pack("{s:s, s:I}", "role", rule->role, "priority",
				 (json_int_t)rule->priority);

	if (rule->group)
		json_object_set_new(role, "group", json_string(rule->group));
	else if (rule->ou)
		json_object_set_new(role, "ou", json_string(rule->ou));
	else
		json_object_set_new(role, "filter", json_string(rule->filter));
	return role;
}

json_t *roles_json(GPtrArray *rules)
{
	json_t *roles;

	if (rules->len == 0)
		return NULL;
	roles = json_array();
	sort_by_priority(rules);
	for (guint i = 0; i < rules->len; i++) {
		const AssignRule *rule = g_ptr_array_index(rules, i);

		if (!has_role(roles, rule->role))
			json_array_append_new(roles, role_json(rule));
	}
	return roles;
}

ExprRole *roles_of_reason(const json_t *reason, guint *count)
{
	const json_t *list = json_object_get(reason, "roles");
	ExprRole *roles = g_new0(ExprRole, json_array_size(list) + 1);
	size_t index;
	json_t *role;

	*count = 0;
	json_array_foreach (list, index, role) {
		const char *name = json_get_string(role, "role");
		const json_t *priority = json_object_get(role, "priority");

		if (name)
			roles[(*count)++] = (ExprRole){ name, json_integer_value(priority) };
	}
	return roles;
}

static const char *giver(const json_t *role)
{
	static const char *const kinds[] = { "group", "ou", "filter" };

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (json_get_string(role, kinds[i]))
			return json_get_string(role, kinds[i]);
	return "another rule";
}

void roles_name_rules(const json_t *reason, GError *problem)
{
	const json_t *roles = json_object_get(reason, "roles");
	const json_t *first = json_array_get(roles, 0), *second = json_array_get(roles, 1);
	const char *one = json_get_string(first, "role"), *two = json_get_string(second, "role");
	char *words;

	if (!one || !two ||
	    !json_equal(json_object_get(first, "priority"), json_object_get(second, "priority")) ||
	    !strstr(problem->message, one) || !strstr(problem->message, two))
		return;
	words = g_strdup_printf("%s\n'%s' is given by %s, '%s' by %s", problem->message, one,
				giver(first), two, giver(second));
	g_free(problem->message);
	problem->message = words;
}
