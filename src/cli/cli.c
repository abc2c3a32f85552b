/*
 * What every command does first: its options, the config with all its problems, the state.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"

/* A pass of the service that follows a change takes less. */
#define PATIENCE (10 * CLOCK_SECOND)

/* A word that would be ignored is a mistake: 'sync zoom' must not sync everything. */
static gboolean check_words(const Command *command, int argc, char **argv)
{
	gboolean by_app = strstr(command->arguments, "--app") != NULL;
	const char *word = (guint)argc > command->words + 1 ? argv[command->words + 1] : NULL;

	if (!word)
		return TRUE;
	fprintf(stderr, "dirbridge: %s does not take the word '%s'\n", command->name, word);
	if (by_app && argc == 2)
		fprintf(stderr, "  for one app: 'dirbridge %s --app %s'\n", command->name, word);
	else
		fprintf(stderr, "  'dirbridge %s --help' says what it takes\n", command->name);
	return FALSE;
}

/* GLib leaves "--" in its place if a word with a dash follows. */
static void drop_dashes(int *argc, char **argv)
{
	for (int i = 1; i < *argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		memmove(&argv[i], &argv[i + 1], (gsize)(*argc - i) * sizeof *argv);
		(*argc)--;
		return;
	}
}

static void complain(const Command *command, const GError *error)
{
	fprintf(stderr, "dirbridge: %s\n  'dirbridge %s --help' lists the options\n",
		error->message, command->name);
	if (command->words > 0 &&
	    g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
		fprintf(stderr, "  what begins with a dash and is no option stands at the end, "
				"behind --\n");
}

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
	if (ok)
		drop_dashes(argc, *argv);
	else
		complain(command, error);
	g_option_context_free(context);
	return ok && check_words(command, *argc, *argv);
}

static void show_problem(const ConfProblem *problem)
{
	g_auto(GStrv) lines = g_strsplit(problem->message, "\n", -1);

	if (problem->file)
		fprintf(stderr, "%s:%u: ", problem->file, problem->line);
	fprintf(stderr, "%s%s\n", problem->severity == CONF_PROBLEM ? "" : "warning: ", lines[0]);
	for (guint i = 1; lines[i]; i++)
		fprintf(stderr, "  %s\n", lines[i]);
}

static json_t *problem_json(const ConfProblem *problem)
{
	json_t *row = json_pack("{s:s, s:o}", "severity",
				problem->severity == CONF_PROBLEM ? "problem" : "warning",
				"message",
				json_lossy_string(problem->message, strlen(problem->message)));

	if (problem->file)
		json_object_set_new(row, "file",
				    json_lossy_string(problem->file, strlen(problem->file)));
	if (problem->line)
		json_object_set_new(row, "line", json_integer(problem->line));
	return row;
}

Config *cli_config(Cli *cli)
{
	return cli_config_noting(cli, NULL);
}

Config *cli_config_noting(Cli *cli, json_t *rows)
{
	g_autoptr(ConfProblems) problems = conf_problems_new();
	Config *config = config_load(cli->config_path, problems);
	const GPtrArray *list = conf_problems_list(problems);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = g_ptr_array_index(list, i);

		/* Advice is for 'check'; in the log of every run it would be noise. */
		if (problem->severity == CONF_ADVICE && !rows)
			continue;
		show_problem(problem);
		if (rows)
			json_array_append_new(rows, problem_json(problem));
	}
	if (!config)
		fprintf(stderr, "dirbridge: the config has %u problem%s\n",
			conf_problems_count(problems),
			conf_problems_count(problems) == 1 ? "" : "s");
	return config;
}

State *cli_state(const Config *config, StateMode mode)
{
	g_autoptr(GError) error = NULL;
	State *state = mode == STATE_WRITE
			       ? state_open_patiently(config->state_path, PATIENCE, &error)
			       : state_open(config->state_path, mode, &error);

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
