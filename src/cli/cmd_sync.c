/*
 * sync: one pass: pull, plan, guard, execute.
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/cycle.h"

static int run_sync(Cli *cli, int argc, char **argv)
{
	g_autofree char *app = NULL, *user = NULL;
	GOptionEntry entries[] = {
		{ "app", 0, 0, G_OPTION_ARG_STRING, &app, "only this app", "A" },
		{ "user", 0, 0, G_OPTION_ARG_STRING, &user, "only this person", "U" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(Config) config = NULL;
	g_autoptr(State) state = NULL;
	g_autoptr(Result) result = result_new();
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_sync, entries, &argc, &argv))
		return EXIT_USAGE;
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_WRITE);
	if (!state)
		return EXIT_FAILED;
	if (!cycle_sync(config, state, &(CycleOptions){ .app = app, .user = user }, result, &error))
		return cli_fail(error);
	return report_show(cli, config, state, result);
}

const Command command_sync = { "sync", "[--app A] [--user U]", 0,
			       "one pass: pull, plan, guard, execute", run_sync };
