/*
 * Which file an '@include "name"' means.
 *
 * A name that is not absolute is looked for beside the file that includes it, then in the folder of
 * the presets: DIRBRIDGE_MAPPINGS_DIR in the environment, or what was compiled in. So a file of the
 * administrator's own beside the config takes the place of a preset of the same name.
 */
#include <string.h>

#include "conf_internal.h"

static const char *presets_folder(void)
{
	const char *folder = g_getenv("DIRBRIDGE_MAPPINGS_DIR");

#ifdef DIRBRIDGE_MAPPINGS_DIR
	if (!folder)
		folder = DIRBRIDGE_MAPPINGS_DIR;
#endif
	return folder;
}

char *conf_include_find(const char *name, const char *including)
{
	const char *presets = presets_folder();

	if (g_path_is_absolute(name))
		return g_strdup(name);

	g_autofree char *folder = g_path_get_dirname(including);
	g_autofree char *beside = g_str_equal(folder, ".") ? g_strdup(name)
							   : g_build_filename(folder, name, NULL);
	if (presets && !g_file_test(beside, G_FILE_TEST_EXISTS)) {
		g_autofree char *preset = g_build_filename(presets, name, NULL);

		if (g_file_test(preset, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&preset);
	}
	return g_steal_pointer(&beside);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In order, so that of two names that are as near it is always the same one that is suggested. */
static GPtrArray *preset_names(const char *folder)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		if (g_str_has_suffix(name, ".cfg"))
			g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_sort(names, compare_names);
	return names;
}

char *conf_include_hint(const char *name)
{
	const char *folder = presets_folder();
	g_autoptr(GPtrArray) names = preset_names(folder);
	g_autofree char *with_suffix = g_str_has_suffix(name, ".cfg")
					       ? g_strdup(name)
					       : g_strconcat(name, ".cfg", NULL);
	const char *near = conf_suggest(with_suffix, names);

	/* The suffix alone makes short names alike. */
	for (guint i = 0; !near && i < names->len; i++) {
		g_autofree char *stem = g_strndup(with_suffix, strlen(with_suffix) - 4);

		if (*stem && (g_str_has_prefix(names->pdata[i], stem) ||
			      g_str_has_prefix(stem, names->pdata[i])))
			near = names->pdata[i];
	}
	if (!near)
		return NULL;
	return g_strdup_printf("did you mean '%s'? the presets are in %s", near, folder);
}

const char *conf_presets(GPtrArray *names)
{
	const char *folder = presets_folder();
	g_autoptr(GPtrArray) found = preset_names(folder);

	for (guint i = 0; i < found->len; i++)
		g_ptr_array_add(names, g_strdup(found->pdata[i]));
	return folder;
}
