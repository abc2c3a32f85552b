/*
 * See conf_support.h. Paths in problems are shown without the folder, which is another one in
 * each run.
 */
#include "conf_support.h"

#include <glib/gstdio.h>
#include <string.h>

Files *files_new(void)
{
	Files *self = g_new0(Files, 1);
	g_autoptr(GError) error = NULL;

	self->folder = g_dir_make_tmp("dirbridge-conf-XXXXXX", &error);
	g_assert_no_error(error);
	self->problems = conf_problems_new();
	return self;
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		g_autofree char *child = g_build_filename(path, name, NULL);
		if (g_file_test(child, G_FILE_TEST_IS_DIR))
			remove_tree(child);
		else
			g_unlink(child);
	}
	g_rmdir(path);
}

void files_free(Files *self)
{
	conf_free(self->conf);
	conf_problems_free(self->problems);
	remove_tree(self->folder);
	g_free(self->folder);
	g_free(self);
}

char *files_path(const Files *self, const char *name)
{
	return g_build_filename(self->folder, name, NULL);
}

void files_put(const Files *self, const char *name, const char *content)
{
	g_autofree char *path = files_path(self, name);
	g_autofree char *folder = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;

	g_assert_no_errno(g_mkdir_with_parents(folder, 0700));
	g_file_set_contents_full(path, content, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
	g_assert_no_error(error);
}

void files_read(Files *self, const char *content)
{
	g_autofree char *path = files_path(self, "main.cfg");

	files_put(self, "main.cfg", content);
	g_clear_pointer(&self->conf, conf_free);
	g_clear_pointer(&self->problems, conf_problems_free);
	self->problems = conf_problems_new();
	self->conf = conf_read(path, self->problems);
}

void files_assert_problems(Files *self, const char *expected)
{
	const GPtrArray *list = conf_problems_list(self->problems);
	g_autoptr(GString) found = g_string_new(NULL);
	g_autofree char *folder = g_strconcat(self->folder, "/", NULL);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = list->pdata[i];
		g_string_append_printf(found, "%s:%u: %s%s\n", problem->file, problem->line,
				       problem->severity == CONF_WARNING ? "warning: " : "",
				       problem->message);
	}
	g_string_replace(found, folder, "", 0);
	g_assert_cmpstr(found->str, ==, expected);
}
