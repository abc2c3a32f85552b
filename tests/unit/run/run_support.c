/*
 * See run_support.h. Problems are shown without the folder, which is another one in each run.
 */
#include "run_support.h"

#include <glib/gstdio.h>

Bench *bench_new(void)
{
	Bench *self = g_new0(Bench, 1);
	g_autoptr(GError) error = NULL;

	self->folder = g_dir_make_tmp("dirbridge-run-XXXXXX", &error);
	g_assert_no_error(error);
	self->problems = conf_problems_new();
	return self;
}

void bench_free(Bench *self)
{
	g_autoptr(GDir) dir = g_dir_open(self->folder, 0, NULL);

	for (const char *name; (name = g_dir_read_name(dir));) {
		g_autofree char *path = bench_path(self, name);
		g_unlink(path);
	}
	g_rmdir(self->folder);
	conf_problems_free(self->problems);
	g_free(self->folder);
	g_free(self);
}

char *bench_path(const Bench *self, const char *name)
{
	return g_build_filename(self->folder, name, NULL);
}

Config *bench_load(Bench *self, const char *text)
{
	g_autofree char *path = bench_path(self, "main.cfg");
	g_autoptr(GString) content = g_string_new(text);
	g_autoptr(GError) error = NULL;

	g_string_replace(content, "@DIR@", self->folder, 0);
	g_file_set_contents_full(path, content->str, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
				 &error);
	g_assert_no_error(error);
	conf_problems_free(self->problems);
	self->problems = conf_problems_new();
	return config_load(path, self->problems);
}

void bench_assert_problems(const Bench *self, const char *expected)
{
	const GPtrArray *list = conf_problems_list(self->problems);
	g_autoptr(GString) found = g_string_new(NULL);
	g_autofree char *folder = g_strconcat(self->folder, "/", NULL);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = g_ptr_array_index(list, i);
		g_string_append_printf(found, "%s:%u: %s%s\n", problem->file, problem->line,
				       problem->severity == CONF_WARNING ? "warning: " : "",
				       problem->message);
	}
	g_string_replace(found, folder, "", 0);
	g_assert_cmpstr(found->str, ==, expected);
}
