/*
 * coverage: how often each mapping of an app has a value, over everybody in the view.
 *
 *	                          who has the app           everybody
 *	                          value  none  fails        value  none  fails
 *	userName                    812     0      0         1204     7      0
 *	title                       790    22      0         1100   111      0
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/eval.h"

static json_int_t number(const json_t *counts, const char *name)
{
	return json_integer_value(json_object_get(counts, name));
}

static void print_row(const json_t *row)
{
	const json_t *mine = json_object_get(row, "with_app"), *all = json_object_get(row, "all");
	const char *example = json_get_string(mine, "example");

	if (!example)
		example = json_get_string(all, "example");
	print_text(2,
		   "%8" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT
		   "  %8" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT " %8" JSON_INTEGER_FORMAT
		   "  %s%s",
		   number(mine, "filled"), number(mine, "null") + number(mine, "empty"),
		   number(mine, "failed"), number(all, "filled"),
		   number(all, "null") + number(all, "empty"), number(all, "failed"),
		   json_get_string(row, "to"),
		   json_is_true(json_object_get(row, "required")) ? " (required)" : "");
	if (example)
		print_text(60, "fails: %s", example);
}

static void print_key(const json_t *key)
{
	json_int_t duplicates = number(key, "duplicates");

	if (duplicates)
		print_text(2,
			   "'%s' finds accounts, but %" JSON_INTEGER_FORMAT
			   " people have a value that another one has too, such as '%s'",
			   json_get_string(key, "path"), duplicates,
			   json_get_string(key, "example"));
	else
		print_text(2, "'%s' finds accounts, and nobody shares a value",
			   json_get_string(key, "path"));
}

static void print_document(const Cli *cli, const json_t *document)
{
	size_t index;
	json_t *row;

	print_heading(cli,
		      "app %s: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " people have it",
		      json_get_string(document, "app"), number(document, "with_app"),
		      number(document, "people"));
	print_text(2, "%-27s %-27s", "  of those who have the app", "  of everybody");
	print_text(2, "%8s %8s %8s  %8s %8s %8s", "value", "none", "fails", "value", "none",
		   "fails");
	json_array_foreach (json_object_get(document, "rows"), index, row)
		print_row(row);
	json_array_foreach (json_object_get(document, "match"), index, row)
		print_key(row);
}

static int cover(Cli *cli, const char *app)
{
	g_autoptr(Config) config = cli_config(cli);
	g_autoptr(State) state = NULL;
	g_autoptr(json_t) document = NULL;
	g_autoptr(GError) error = NULL;

	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_READ);
	if (!state)
		return EXIT_FAILED;
	document = coverage_of(config, state, app, &error);
	if (!document)
		return cli_fail(error);
	if (cli->json)
		print_json(document);
	else
		print_document(cli, document);
	return EXIT_DONE;
}

static int run_coverage(Cli *cli, int argc, char **argv)
{
	g_autofree char *app = NULL;
	GOptionEntry entries[] = {
		{ "app", 0, 0, G_OPTION_ARG_STRING, &app, "whose mappings", "A" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_coverage, entries, &argc, &argv))
		return EXIT_USAGE;
	if (app)
		return cover(cli, app);
	error_set(&error, ERROR_CONFIG, "coverage of which app?\ndirbridge coverage --app zoom");
	return cli_fail(error);
}

const Command command_coverage = { "coverage", "--app A", 0,
				   "how the directory fills the mappings of an app", run_coverage };
