/*
 * run: the service. Each pass prints what a sync would print, unless there is nothing new to say;
 * with --json each pass is one line.
 */
#include <stdio.h>

#include "base/json.h"
#include "cli_internal.h"
#include "run/service.h"

static Config *load(void *data)
{
	return cli_config(data);
}

static void report(const Config *config, State *state, const Result *result, gboolean news,
		   void *data)
{
	const Cli *cli = data;

	if (cli->json) {
		g_autoptr(json_t) document = result_json(result);

		print_json_line(document);
	} else if (news) {
		report_show(cli, config, state, result);
	}
	fflush(stdout);
}

static int run_run(Cli *cli, int argc, char **argv)
{
	Config *config;
	g_autoptr(GError) error = NULL;
	ServiceHooks hooks = {
		.load = load,
		.report = report,
		.data = cli,
		.level = MAX(cli->log_level, LOG_LEVEL_INFO),
		.pass_level = cli->log_level,
	};

	if (!cli_options(&command_run, NULL, &argc, &argv))
		return EXIT_USAGE;
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	return service_run(config, &hooks, &error) ? EXIT_DONE : cli_fail(error);
}

const Command command_run = { "run", "", 0,
			      "the service: keeps doing what sync does, as it is needed", run_run };
