/*
 * check: everything that can be wrong before the first run. The config and mappings first; if they
 * are sound, every connection and credential.
 */
#include "base/json.h"
#include "cli_internal.h"
#include "run/check.h"

static void print_rows(const Cli *cli, const char *what, const json_t *rows)
{
	size_t index;
	json_t *row;

	json_array_foreach (rows, index, row) {
		const char *problem = json_get_string(row, "problem");
		size_t i;
		json_t *finding;

		print_heading(cli, "%s %s: %s", what, json_get_string(row, "name"),
			      problem ? "FAILED" : "ok");
		if (problem)
			print_text(2, "%s", problem);
		json_array_foreach (json_object_get(row, "findings"), i, finding)
			print_text(2, "%s", json_string_value(finding));
	}
}

/* Whoever reads standard output gets a document also if nothing could be tested. */
static int refuse(const Cli *cli, json_t *problems)
{
	g_autoptr(json_t) document = json_pack("{s:b, s:O, s:[], s:[]}", "ok", FALSE, "problems",
					       problems, "sources", "apps");

	if (cli->json)
		print_json(document);
	return EXIT_USAGE;
}

static int run_check(Cli *cli, int argc, char **argv)
{
	g_autoptr(json_t) problems = json_array();
	g_autoptr(Config) config = NULL;
	g_autoptr(json_t) document = NULL;
	gboolean ok;

	if (!cli_options(&command_check, NULL, &argc, &argv))
		return EXIT_USAGE;
	config = cli_config_noting(cli, problems);
	if (!config)
		return refuse(cli, problems);
	document = check_connections(config, &ok);
	json_object_set(document, "problems", problems);
	if (cli->json) {
		print_json(document);
	} else {
		print_heading(cli, "config %s: ok", cli->config_path);
		print_rows(cli, "source", json_object_get(document, "sources"));
		print_rows(cli, "app", json_object_get(document, "apps"));
	}
	return ok ? EXIT_DONE : EXIT_FAILED;
}

const Command command_check = { "check", "", 0, "validate the config, test every connection",
				run_check };
