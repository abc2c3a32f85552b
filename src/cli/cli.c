/*
 * What every command does first: its options, the config with all its problems, the state.
 */
#include <stdio.h>

#include "base/error.h"
#include "cli_internal.h"

gboolean cli_options(const Command *command, GOptionEntry *entries, int *argc, char ***argv)
{
	GOptionContext *context = g_option_context_new(command->arguments);
	g_autofree char *name = g_strdup_printf("dirbridge %s", command->name);
	g_autoptr(GError) error = NULL;
	gboolean ok;

	g_set_prgname(name);
	g_option_context_set_summary(context, command->summary);
	if (entries)
		g_option_context_add_main_entries(context, entries, NULL);
	ok = g_option_context_parse(context, argc, argv, &error);
	if (!ok)
		fprintf(stderr, "dirbridge: %s\n  'dirbridge %s --help' lists the options\n",
			error->message, command->name);
	g_option_context_free(context);
	return ok;
}

static void show_problem(const ConfProblem *problem)
{
	g_auto(GStrv) lines = g_strsplit(problem->message, "\n", -1);

	if (problem->file)
		fprintf(stderr, "%s:%u: ", problem->file, problem->line);
	fprintf(stderr, "%s%s\n", problem->severity == CONF_WARNING ? "warning: " : "", lines[0]);
	for (guint i = 1; lines[i]; i++)
		fprintf(stderr, "  %s\n", lines[i]);
}

Config *cli_config(Cli *cli)
{
	g_autoptr(ConfProblems) problems = conf_problems_new();
	Config *config = config_load(cli->config_path, problems);
	const GPtrArray *list = conf_problems_list(problems);

	for (guint i = 0; i < list->len; i++)
		show_problem(g_ptr_array_index(list, i));
	if (!config)
		fprintf(stderr, "dirbridge: the config has %u problem%s\n",
			conf_problems_count(problems),
			conf_problems_count(problems) == 1 ? "" : "s");
	return config;
}

State *cli_state(const Config *config, StateMode mode)
{
	g_autoptr(GError) error = NULL;
	State *state = state_open(config->state_path, mode, &error);

	if (!state)
		cli_fail(error);
	return state;
}

int cli_fail(const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

	fprintf(stderr, "dirbridge: %s\n", lines[0]);
	for (guint i = 1; lines[i]; i++)
		fprintf(stderr, "  %s\n", lines[i]);
	return error_is(error, ERROR_CONFIG) ? EXIT_USAGE : EXIT_FAILED;
}
