/*
 * Conditions of a step, and whether they can hold at all.
 *
 *	when = "step.job";                          there
 *	when = "not step.job";                      not there
 *	when = [ "step.state = done", "changes.email" ];    all of them
 *
 * A step that is never sent is a mistake that nobody notices: what contradicts itself, what
 * compares a parameter with a value that it cannot have, and what is written as in a programming
 * language ("==", "!=", quotes) is refused.
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

static gboolean is_quoted(const char *text)
{
	gsize length = strlen(text);

	return length >= 2 && strchr("'\"", *text) && text[length - 1] == *text;
}

/* Written as elsewhere: it would be compared with "= done", or a name that ends in "!". */
static const char *slip_of(const CustomWhen *when)
{
	gsize length = strlen(when->name);

	if (length > 0 && strchr("!<>", when->name[length - 1]))
		return "that something is not so is said by \"not\": \"not step.state = done\"; "
		       "nothing else is compared";
	if (*when->name == '!' || (strchr(when->name, ' ') && !strchr(when->name, '\'')))
		return "write \"step.state\", \"not step.state\", \"step.state = done\" or "
		       "\"not step.state = done\"";
	if (!when->text)
		return NULL;
	if (*when->text == '=')
		return "write one '='";
	if (*when->text == '\0')
		return "the value behind '=' is missing; that nothing is there is said by \"not "
		       "step.state\"";
	return is_quoted(when->text) ? "the value stands there without quotes" : NULL;
}

static gboolean is_well_written(const CustomBuild *self, const ConfNode *node, const char *text,
				const CustomWhen *when)
{
	const char *slip = slip_of(when);

	if (slip)
		conf_problem(self->problems, CONF_PROBLEM, node, "'%s' is no condition\n%s", text,
			     slip);
	return !slip;
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
		if (!is_well_written(self, at, texts->pdata[i], when)) {
			when_free(when);
			continue;
		}
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
