/*
 * Parameters of a definition: what an administrator, or the user of a preset, fills in once.
 *
 *	parameters = { org = "1234"; region = { value = "eu"; one_of = [ "com", "eu", "in" ]; }; };
 *
 * With 'one_of' the values are known when the definition is written, all of them: so only such a
 * parameter may stand in the host of an address.
 */
#include "custom_conf_internal.h"

typedef struct {
	const ConfNode *value;
	GPtrArray *one_of;
} ParameterConf;

static const Option parameter_options[] = { OPTION(NODE, ParameterConf, value, "value", 0),
					    OPTION(STRINGS, ParameterConf, one_of, "one_of", 0),
					    OPTION_END };

static json_t *scalar(const ConfNode *node)
{
	gboolean truth;
	gint64 number;

	if (conf_string(node))
		return json_string(conf_string(node));
	if (conf_boolean(node, &truth))
		return json_boolean(truth);
	return conf_number(node, &number) ? json_integer(number) : NULL;
}

/* "com, eu or in". New string. */
static char *choices_text(const GPtrArray *choices)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < choices->len; i++)
		g_string_append_printf(text, "%s\"%s\"",
				       i == 0                 ? ""
				       : i + 1 < choices->len ? ", "
							      : " or ",
				       (char *)choices->pdata[i]);
	return g_string_free(text, FALSE);
}

static void check_choice(CustomBuild *self, const ConfNode *node, const ParameterConf *conf)
{
	const char *name = conf_name(node);
	g_autofree char *allowed = choices_text(conf->one_of);
	g_autofree char *text = conf->value ? custom_conf_scalar(conf->value) : NULL;
	json_t *list = json_array();

	for (guint i = 0; i < conf->one_of->len; i++)
		json_array_append_new(list, json_string(conf->one_of->pdata[i]));
	json_object_set_new(self->choices, name, list);
	if (!conf->value)
		conf_problem(self->problems, CONF_PROBLEM, node, "parameter '%s' needs a value: %s",
			     name, allowed);
	else if (!g_ptr_array_find_with_equal_func(conf->one_of, text ? text : "", g_str_equal,
						   NULL))
		conf_problem(self->problems, CONF_PROBLEM, conf->value,
			     "parameter '%s' must be %s, found \"%s\"", name, allowed,
			     text ? text : "");
}

static void read_parameter(CustomBuild *self, const ConfNode *node)
{
	ParameterConf conf = { 0 };
	const ConfNode *value = node;

	if (conf_is_group(node)) {
		conf_fill(node, &(OptionSet){ parameter_options, &conf }, 1, NULL, self->problems);
		value = conf.value;
		if (conf.one_of->len > 0)
			check_choice(self, node, &conf);
		else if (!value)
			conf_problem(self->problems, CONF_PROBLEM, node,
				     "parameter '%s' needs a value", conf_name(node));
		option_clear(parameter_options, &conf);
	}
	json_t *json = value ? scalar(value) : json_string("");
	if (!json)
		conf_problem(self->problems, CONF_PROBLEM, value,
			     "parameter '%s' must be a text, a number, true or false",
			     conf_name(node));
	json_object_set_new(self->api->parameters, conf_name(node), json ? json : json_string(""));
}

void custom_conf_parameters(CustomBuild *self)
{
	const ConfNode *node = self->conf->parameters;

	if (node && !conf_is_group(node))
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'parameters' needs a group of names and texts: { org = \"123\"; }");
	for (guint i = 0; conf_is_group(node) && i < conf_length(node); i++)
		read_parameter(self, conf_element(node, i));
}
