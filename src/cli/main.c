/*
 * The program: global options, then a command. Commands are rows of the table below; each lives in
 * its own cmd_*.c.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "cli_internal.h"

#define DEFAULT_CONFIG "/etc/dirbridge/dirbridge.cfg"

const Command *const commands[] = {
	&command_check, &command_probe,    &command_plan,    &command_sync,
	&command_run,   &command_status,   &command_approve, &command_explain,
	&command_eval,  &command_coverage, &command_render,  &command_presets,
	NULL,
};

static void usage(FILE *out)
{
	fputs("usage: dirbridge [-c FILE] [-v] [--json] COMMAND\n"
	      "\n"
	      "Keeps applications in step with a directory.\n"
	      "\n"
	      "commands:\n",
	      out);
	for (guint i = 0; commands[i]; i++)
		fprintf(out, "  %-8s %-30s %s\n", commands[i]->name, commands[i]->arguments,
			commands[i]->summary);
	fputs("\n"
	      "options:\n"
	      "  -c, --config FILE   the config file (default " DEFAULT_CONFIG ")\n"
	      "  -v, --verbose       say more on standard error; twice: say everything\n"
	      "      --json          print one document, or one object a line where it streams\n"
	      "      --version       print the version\n"
	      "  -h, --help          print this; 'dirbridge COMMAND --help' for a command\n"
	      "\n"
	      "exit codes: 0 done; 1 failed; 2 wrong usage or config; 3 done, but some objects\n"
	      "are parked; 4 held by a guard; 5 with 'plan --check', there are changes\n",
	      out);
}

static const Command *find_command(const char *name)
{
	for (guint i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

typedef struct {
	Cli cli;
	guint verbose;
	gboolean help, version;
	const char *problem;
} Global;

/* One global option at argv[i]; returns how many words it took, 0 if it is none. */
static int take_option(Global *global, char **argv, int i, int argc)
{
	const char *word = argv[i];

	if (strcmp(word, "-c") == 0 || strcmp(word, "--config") == 0) {
		global->cli.config_path = argv[i + 1];
		if (i + 1 >= argc)
			global->problem = "-c needs the path of the config file";
		return 2;
	}
	if (g_str_has_prefix(word, "--config="))
		global->cli.config_path = word + strlen("--config=");
	else if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0)
		global->verbose++;
	else if (strcmp(word, "-vv") == 0)
		global->verbose += 2;
	else if (strcmp(word, "--json") == 0)
		global->cli.json = TRUE;
	else if (strcmp(word, "--version") == 0)
		global->version = TRUE;
	else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
		global->help = TRUE;
	else
		return 0;
	return 1;
}

/*
 * Takes the global options out of argv wherever they stand ('dirbridge plan --json' works as well);
 * what is left is the command with its own words. --help behind a command is the command's.
 */
static int take_globals(Global *global, int argc, char **argv)
{
	int left = 1;

	for (int i = 1; i < argc && !global->problem;) {
		gboolean for_command = left > 1 && (strcmp(argv[i], "--help") == 0 ||
						    strcmp(argv[i], "-h") == 0);
		int took = for_command ? 0 : take_option(global, argv, i, argc);

		if (!took) {
			argv[left++] = argv[i];
			took = 1;
		}
		i += took;
	}
	argv[left] = NULL;
	return left;
}

static int complain(const char *problem, const char *word)
{
	fprintf(stderr, "dirbridge: %s%s%s\n", problem, word ? " " : "", word ? word : "");
	fprintf(stderr, "  'dirbridge --help' lists the commands and options\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	Global global = { .cli = { .config_path = DEFAULT_CONFIG } };
	const Command *command;

	setlocale(LC_ALL, "");
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }); /* a core file would hold secrets */
	signal(SIGPIPE, SIG_IGN); /* a peer that hangs up is an error of that call */
	argc = take_globals(&global, argc, argv);
	global.cli.colour = isatty(STDOUT_FILENO) && !g_getenv("NO_COLOR");
	if (global.problem)
		return complain(global.problem, NULL);
	if (global.version) {
		puts("dirbridge " DIRBRIDGE_VERSION);
		return EXIT_DONE;
	}
	if (global.help) {
		usage(stdout);
		return EXIT_DONE;
	}
	if (argc < 2)
		return complain("which command?", NULL);
	global.cli.log_level = (LogLevel)MIN(LOG_LEVEL_WARNING + global.verbose, LOG_LEVEL_DEBUG);
	log_set_level(global.cli.log_level);
	command = find_command(argv[1]);
	if (!command)
		return complain(argv[1][0] == '-' ? "unknown option" : "unknown command", argv[1]);
	return command->run(&global.cli, argc - 1, argv + 1);
}
