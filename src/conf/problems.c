/*
 * The list of problems.
 *
 * An operator who edits a config file wants to hear everything that is wrong with it at once, in
 * the order of the file. So problems are kept sorted as they come (by file, then line, then order
 * of arrival) whatever order the readers walk in. There are a handful; insertion is fine.
 *
 * A problem without a place (there was no file to read) has the file "" and line 0.
 */
#include <stdarg.h>

#include "conf_internal.h"

struct ConfProblems {
	GPtrArray *list;
};

static void problem_free(void *data)
{
	ConfProblem *self = data;

	g_free(self->file);
	g_free(self->message);
	g_free(self);
}

ConfProblems *conf_problems_new(void)
{
	ConfProblems *self = g_new0(ConfProblems, 1);

	self->list = g_ptr_array_new_with_free_func(problem_free);
	return self;
}

void conf_problems_free(ConfProblems *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->list);
	g_free(self);
}

static gboolean stands_after(const ConfProblem *a, const char *file, guint line)
{
	int order = g_strcmp0(a->file, file);

	return order != 0 ? order > 0 : a->line > line;
}

void conf_problem_at(ConfProblems *self, ConfSeverity severity, const char *file, guint line,
		     const char *message)
{
	ConfProblem *problem = g_new0(ConfProblem, 1);
	guint position = self->list->len;

	problem->severity = severity;
	problem->file = g_strdup(file ? file : "");
	problem->line = line;
	problem->message = g_strdup(message);
	while (position > 0 && stands_after(self->list->pdata[position - 1], problem->file, line))
		position--;
	g_ptr_array_insert(self->list, (int)position, problem);
}

void conf_problem(ConfProblems *self, ConfSeverity severity, const ConfNode *node,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *message = g_strdup_vprintf(format, args);
	va_end(args);
	conf_problem_at(self, severity, node ? conf_file(node) : NULL, node ? conf_line(node) : 0,
			message);
}

guint conf_problems_count(const ConfProblems *self)
{
	guint count = 0;

	for (guint i = 0; i < self->list->len; i++) {
		const ConfProblem *problem = self->list->pdata[i];
		count += problem->severity == CONF_PROBLEM;
	}
	return count;
}

const GPtrArray *conf_problems_list(const ConfProblems *self)
{
	return self->list;
}
