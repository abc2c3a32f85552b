/*
 * Presets, read as files: no config, no app and no connection is needed to look at one.
 */
#include "run/presets.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

/* ---- a config tree as JSON ---- */

static json_t *node_json(const ConfNode *node);

static json_t *group_json(const ConfNode *node)
{
	json_t *object = json_object();

	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *member = conf_element(node, i);

		json_object_set_new(object, conf_name(member), node_json(member));
	}
	return object;
}

static json_t *node_json(const ConfNode *node)
{
	const char *text = conf_string(node);
	gint64 number;
	gboolean truth;

	if (conf_is_group(node))
		return group_json(node);
	if (text)
		return json_string(text);
	if (conf_boolean(node, &truth))
		return json_boolean(truth);
	if (conf_number(node, &number))
		return json_integer(number);

	json_t *list = json_array();
	for (guint i = 0; i < conf_length(node); i++)
		json_array_append_new(list, node_json(conf_element(node, i)));
	return list;
}

/* ---- one file ---- */

/* What it is for, where it does not say so. */
#define USUAL_TYPE "scim"

static const char *type_of(const json_t *settings)
{
	const char *type = json_get_string(json_object_get(settings, "preset"), "type");

	return type ? type : USUAL_TYPE;
}

/* Without its suffix. New string. */
static char *name_of(const char *file)
{
	return g_strndup(file, strlen(file) - strlen(".cfg"));
}

static gboolean fail_reading(const ConfProblems *problems, GError **error)
{
	const ConfProblem *first = g_ptr_array_index(conf_problems_list(problems), 0);

	return error_set(error, ERROR_CONFIG, "%s:%u: %s", first->file, first->line,
			 first->message);
}

static json_t *read_preset(const char *folder, const char *file, GError **error)
{
	g_autofree char *path = g_build_filename(folder, file, NULL);
	g_autofree char *name = name_of(file);
	g_autoptr(ConfProblems) problems = conf_problems_new();
	g_autoptr(Conf) conf = conf_read(path, problems);
	json_t *settings;

	if (!conf) {
		fail_reading(problems, error);
		return NULL;
	}
	settings = group_json(conf_root(conf));
	return json_pack("{s:s, s:s, s:s, s:s?, s:o}", "name", name, "file", path, "type",
			 type_of(settings), "title",
			 json_get_string(json_object_get(settings, "preset"), "title"), "settings",
			 settings);
}

static json_t *row_of(const char *folder, const char *file)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(json_t) preset = read_preset(folder, file, &problem);
	g_autofree char *name = name_of(file);
	g_autofree char *path = g_build_filename(folder, file, NULL);
	const json_t *about;

	if (!preset)
		return json_pack("{s:s, s:s, s:s}", "name", name, "file", path, "problem",
				 problem->message);
	about = json_object_get(json_object_get(preset, "settings"), "preset");
	return json_pack("{s:s, s:s, s:s, s:s?, s:I}", "name", name, "file", path, "type",
			 json_get_string(preset, "type"), "title", json_get_string(about, "title"),
			 "unconfirmed",
			 (json_int_t)json_array_size(json_object_get(about, "unconfirmed")));
}

json_t *presets_list(GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	const char *folder = conf_presets(files);
	json_t *list;

	if (files->len == 0) {
		error_set(error, ERROR_CONFIG,
			  "there are no presets in '%s'\nset DIRBRIDGE_MAPPINGS_DIR to the folder "
			  "that has them",
			  folder ? folder : "");
		return NULL;
	}
	list = json_array();
	for (guint i = 0; i < files->len; i++)
		json_array_append_new(list, row_of(folder, g_ptr_array_index(files, i)));
	return list;
}

json_t *presets_show(const char *name, GError **error)
{
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	const char *folder = conf_presets(files);
	g_autofree char *file = g_str_has_suffix(name, ".cfg") ? g_strdup(name)
							       : g_strconcat(name, ".cfg", NULL);
	const char *found = conf_suggest(file, files);
	g_autofree char *near = found ? name_of(found) : NULL;

	for (guint i = 0; i < files->len; i++)
		if (strcmp(file, g_ptr_array_index(files, i)) == 0)
			return read_preset(folder, file, error);
	if (near)
		error_set(error, ERROR_CONFIG,
			  "there is no preset '%s' in '%s'\ndid you mean '%s'?", name,
			  folder ? folder : "", near);
	else
		error_set(error, ERROR_CONFIG,
			  "there is no preset '%s' in '%s'\n'dirbridge presets' lists them", name,
			  folder ? folder : "");
	return NULL;
}
