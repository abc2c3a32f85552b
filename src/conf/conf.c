/*
 * The config tree: libconfig's settings under our own name.
 *
 * libconfig parses one assembled text (text.c) and remembers a line of that text for each
 * setting; the place shown to people is looked up there. A list element has no name, a group
 * knows its members in the order of the file.
 *
 * libconfig stops at the first syntax error, so there is one of these at most, and its own words
 * are "syntax error". What is probably wrong is worked out by hint.c.
 *
 * The casts below are the only place where a ConfNode becomes a config_setting_t and back.
 */
#include <string.h>

#include "conf_internal.h"

const config_setting_t *conf_setting(const ConfNode *node)
{
	return (const config_setting_t *)node;
}

static const ConfNode *to_node(const config_setting_t *setting)
{
	return (const ConfNode *)setting;
}

const Conf *conf_of(const ConfNode *node)
{
	return (const Conf *)conf_setting(node)->config;
}

void conf_note_top(const ConfNode *root, const Option *table)
{
	((Conf *)conf_setting(root)->config)->top = table;
}

static void report_syntax(const Conf *self, ConfProblems *problems)
{
	guint line = (guint)MAX(config_error_line(&self->config), 1);
	ConfPlace place = conf_text_place(self->text, line);
	g_autofree char *hint = conf_hint(self->text, line);
	g_autofree char *message = g_strdup_printf("%s%s%s", config_error_text(&self->config),
						   hint ? "\n" : "", hint ? hint : "");

	conf_problem_at(problems, CONF_PROBLEM, place.file, place.line, message);
}

Conf *conf_read(const char *path, ConfProblems *problems)
{
	ConfText *text = conf_text_read(path, problems);
	if (!text)
		return NULL;

	Conf *self = g_new0(Conf, 1);
	self->text = text;
	self->folder = g_path_get_dirname(path);
	config_init(&self->config);
	if (!config_read_string(&self->config, text->text->str)) {
		report_syntax(self, problems);
		g_clear_pointer(&self, conf_free);
		return NULL;
	}
	conf_merge_layers(self, problems);
	return self;
}

void conf_free(Conf *self)
{
	if (!self)
		return;
	config_destroy(&self->config);
	conf_text_free(self->text);
	g_free(self->folder);
	g_free(self);
}

const ConfNode *conf_root(const Conf *self)
{
	return to_node(config_root_setting(&self->config));
}

const ConfNode *conf_member(const ConfNode *group, const char *name)
{
	if (!conf_is_group(group))
		return NULL;
	return to_node(config_setting_get_member(conf_setting(group), name));
}

guint conf_length(const ConfNode *node)
{
	if (!node || !config_setting_is_aggregate(conf_setting(node)))
		return 0;
	return (guint)config_setting_length(conf_setting(node));
}

const ConfNode *conf_element(const ConfNode *node, guint index)
{
	if (index >= conf_length(node))
		return NULL;
	return to_node(config_setting_get_elem(conf_setting(node), index));
}

gboolean conf_is_group(const ConfNode *node)
{
	return node && config_setting_is_group(conf_setting(node));
}

gboolean conf_is_list(const ConfNode *node)
{
	return node && (config_setting_is_list(conf_setting(node)) ||
			config_setting_is_array(conf_setting(node)));
}

const char *conf_string(const ConfNode *node)
{
	if (!node || config_setting_type(conf_setting(node)) != CONFIG_TYPE_STRING)
		return NULL;
	return config_setting_get_string(conf_setting(node));
}

gboolean conf_boolean(const ConfNode *node, gboolean *truth)
{
	if (!node || config_setting_type(conf_setting(node)) != CONFIG_TYPE_BOOL)
		return FALSE;
	*truth = config_setting_get_bool(conf_setting(node)) != 0;
	return TRUE;
}

gboolean conf_number(const ConfNode *node, gint64 *number)
{
	int type = node ? config_setting_type(conf_setting(node)) : CONFIG_TYPE_NONE;

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return FALSE;
	*number = config_setting_get_int64(conf_setting(node));
	return TRUE;
}

void conf_append_text(const ConfNode *node, GString *text)
{
	const config_setting_t *setting = conf_setting(node);
	const char *name = config_setting_name(setting);

	g_string_append_printf(text, "%s=", name ? name : "");
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		g_string_append(text, config_setting_get_string(setting));
	else if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
		g_string_append(text, config_setting_get_bool(setting) ? "true" : "false");
	else if (config_setting_is_number(setting))
		g_string_append_printf(text, "%lld", config_setting_get_int64(setting));
	for (guint i = 0; i < conf_length(node); i++)
		conf_append_text(conf_element(node, i), text);
	g_string_append_c(text, ';');
}

const char *conf_name(const ConfNode *node)
{
	return config_setting_name(conf_setting(node));
}

static ConfPlace node_place(const ConfNode *node)
{
	const ConfText *text = conf_of(node)->text;
	const config_setting_t *setting = conf_setting(node);
	guint line = config_setting_source_line(setting);

	if (!setting->name && config_setting_type(setting) == CONFIG_TYPE_STRING)
		line = conf_text_element_line(text, line);
	return conf_text_place(text, line);
}

const char *conf_file(const ConfNode *node)
{
	return node_place(node).file;
}

guint conf_line(const ConfNode *node)
{
	return node_place(node).line;
}

const char *conf_kind(const ConfNode *node)
{
	static const char *const kinds[] = {
		[CONFIG_TYPE_NONE] = "nothing",
		[CONFIG_TYPE_GROUP] = "a group { ... }",
		[CONFIG_TYPE_INT] = "a whole number",
		[CONFIG_TYPE_INT64] = "a whole number",
		[CONFIG_TYPE_FLOAT] = "a number with a decimal point",
		[CONFIG_TYPE_STRING] = "text in double quotes",
		[CONFIG_TYPE_BOOL] = "true or false",
		[CONFIG_TYPE_ARRAY] = "an array [ ... ]",
		[CONFIG_TYPE_LIST] = "a list ( ... )",
	};

	return kinds[config_setting_type(conf_setting(node))];
}
