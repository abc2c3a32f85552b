/*
 * Conditions of a step, and whether they can hold at all.
 *
 *	when = "step.job";                          there
 *	when = "not step.job";                      not there
 *	when = [ "step.state = done", "changes.email" ];    all of them
 *
 * A step that is never sent is a mistake that nobody notices: what contradicts itself, and what
 * compares a parameter with a value that it cannot have, is refused.
 */
#include <string.h>

#include "custom_conf_internal.h"

static void when_free(void *when_)
{
	CustomWhen *when = when_;

	g_free(when->name);
	g_free(when->text);
	g_free(when);
}

static CustomWhen *parse(const char *text)
{
	CustomWhen *when = g_new0(CustomWhen, 1);
	const char *equals;

	while (g_ascii_isspace(*text))
		text++;
	if (g_str_has_prefix(text, "not ")) {
		when->negated = TRUE;
		text += strlen("not ");
	}
	equals = strchr(text, '=');
	when->kind = equals ? CUSTOM_WHEN_EQUAL : CUSTOM_WHEN_THERE;
	when->name = g_strstrip(equals ? g_strndup(text, (gsize)(equals - text)) : g_strdup(text));
	when->text = equals ? g_strstrip(g_strdup(equals + 1)) : NULL;
	return when;
}

static gboolean is_allowed(const json_t *choices, const char *text)
{
	size_t i;
	json_t *choice;

	json_array_foreach ((json_t *)choices, i, choice) {
		if (g_strcmp0(json_string_value(choice), text) == 0)
			return TRUE;
	}
	return FALSE;
}

/* A parameter is the same at each run: another value must at least be possible. */
static void check_parameter(const CustomBuild *self, const ConfNode *node, const CustomWhen *when)
{
	const char *name = when->name + strlen("parameter.");
	const json_t *choices = json_object_get(self->choices, name);

	if (when->kind == CUSTOM_WHEN_EQUAL && choices && !is_allowed(choices, when->text))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'%s' is not among the values of parameter '%s'", when->text, name);
}

static gboolean exclude_each_other(const CustomWhen *a, const CustomWhen *b)
{
	if (strcmp(a->name, b->name) != 0)
		return FALSE;
	if (a->kind == CUSTOM_WHEN_THERE && b->kind == CUSTOM_WHEN_THERE)
		return a->negated != b->negated;
	if (a->kind == CUSTOM_WHEN_EQUAL && b->kind == CUSTOM_WHEN_EQUAL)
		return strcmp(a->text, b->text) == 0 ? a->negated != b->negated
						     : !a->negated && !b->negated;
	const CustomWhen *there = a->kind == CUSTOM_WHEN_THERE ? a : b;
	const CustomWhen *equal = there == a ? b : a;
	return there->negated && !equal->negated;
}

GPtrArray *custom_conf_when(CustomBuild *self, const ConfNode *node, const GPtrArray *texts)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(when_free);

	for (guint i = 0; i < texts->len; i++) {
		CustomWhen *when = parse(texts->pdata[i]);
		const ConfNode *at = conf_is_list(node) ? conf_element(node, i) : node;
		custom_conf_name(self, at, when->name, TRUE);
		if (g_str_has_prefix(when->name, "parameter."))
			check_parameter(self, at, when);
		for (guint j = 0; j < list->len; j++) {
			if (exclude_each_other(list->pdata[j], when))
				conf_problem(self->problems, CONF_PROBLEM, at,
					     "this call is never sent: '%s' and '%s' exclude each "
					     "other",
					     (char *)texts->pdata[j], (char *)texts->pdata[i]);
		}
		g_ptr_array_add(list, when);
	}
	return list;
}
