#include "custom_support.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static Mapping *mapping_of(const char *const *paths)
{
	Mapping *mapping = mapping_new();

	for (guint i = 0; paths[i]; i++) {
		MappingRow row = { .to = paths[i], .from = "[mail]" };
		g_assert_true(mapping_add(mapping, &row, NULL, NULL));
	}
	return mapping;
}

static Conf *read_text(const char *text, ConfProblems *problems)
{
	g_autofree char *path = NULL;
	g_autofree char *plain = g_strdelimit(g_strdup(text), "'", '"');
	int fd = g_file_open_tmp("custom-XXXXXX.cfg", &path, NULL);
	Conf *conf;

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, plain, -1, NULL));
	conf = conf_read(path, problems);
	g_unlink(path);
	g_assert_nonnull(conf);
	return conf;
}

static void assert_sound(const Definition *self)
{
	const GPtrArray *list = conf_problems_list(self->problems);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = list->pdata[i];
		if (problem->severity == CONF_PROBLEM)
			g_error("line %u: %s", problem->line, problem->message);
	}
}

static Definition *compiled(const char *text)
{
	static const char *const paths[] = { "email", "title", "name.givenName", "name.familyName",
					     NULL };
	static const char *const also[] = { "match", "map", "type", "name", NULL };
	Definition *self = g_new0(Definition, 1);

	self->problems = conf_problems_new();
	self->mapping = mapping_of(paths);
	self->file = read_text(text, self->problems);
	conf_fill(conf_root(self->file), &(OptionSet){ custom_options, &self->conf }, 1, also,
		  self->problems);
	custom_load(&self->conf, &(TargetLoad){ .app = "app",
						.group = conf_root(self->file),
						.mapping = self->mapping,
						.problems = self->problems });
	return self;
}

Definition *definition_new(const char *text)
{
	Definition *self = compiled(text);

	assert_sound(self);
	g_assert_nonnull(self->conf.api);
	return self;
}

char *definition_problems(const char *text)
{
	Definition *self = compiled(text);
	const GPtrArray *list = conf_problems_list(self->problems);
	GString *said = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = list->pdata[i];
		gboolean is_warning = problem->severity != CONF_PROBLEM;
		if (!strstr(problem->message, "stands in the config file itself"))
			g_string_append_printf(said, "%s%u: %s\n", is_warning ? "~" : "",
					       problem->line, problem->message);
	}
	definition_free(self);
	return g_string_free(said, FALSE);
}

Definition *definition_at(const char *text, const char *url)
{
	g_auto(GStrv) parts = g_strsplit(text, "%s", -1);
	g_autofree char *whole = g_strjoinv(url, parts);

	return definition_new(whole);
}

void definition_free(Definition *self)
{
	if (!self)
		return;
	custom_unload(&self->conf);
	option_clear(custom_options, &self->conf);
	mapping_free(self->mapping);
	conf_free(self->file);
	conf_problems_free(self->problems);
	g_free(self);
}

const CustomStep *definition_step(const Definition *self, CustomOperation operation)
{
	const CustomOp *op = custom_op(self->conf.api, operation);

	g_assert_nonnull(op);
	return op->steps->pdata[0];
}
