/*
 * eval: an expression on one person, to try it before it is written into a mapping.
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/eval.h"

static void print_document(const Cli *cli, const json_t *document)
{
	const char *problem = json_get_string(document, "problem");
	size_t index;
	json_t *text;

	if (problem) {
		print_text(0, "fails: %s", problem);
	} else {
		g_autofree char *value = json_canonical(json_object_get(document, "value"));

		print_text(0, "%s  (%s)", value, json_get_string(document, "type"));
	}
	json_array_foreach (json_object_get(document, "unread"), index, text)
		print_text(
			2,
			"note: [%s] was not read, because no mapping, filter or rule of the config "
			"names it; it counts as null here",
			json_string_value(text));
	json_array_foreach (json_object_get(document, "warnings"), index, text)
		print_text(2, "warning: %s", json_string_value(text));
}

static int evaluate(Cli *cli, const char *expression, const char *user, const char *app)
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
	document = eval_expression(config, state, expression, user, app, &error);
	if (!document)
		return cli_fail(error);
	if (cli->json)
		print_json(document);
	else
		print_document(cli, document);
	return json_get_string(document, "problem") ? EXIT_FAILED : EXIT_DONE;
}

static int run_eval(Cli *cli, int argc, char **argv)
{
	g_autofree char *user = NULL, *app = NULL;
	GOptionEntry entries[] = {
		{ "user", 0, 0, G_OPTION_ARG_STRING, &user, "on whom", "U" },
		{ "app", 0, 0, G_OPTION_ARG_STRING, &app, "whose roles and account it sees", "A" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_eval, entries, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 2 && user)
		return evaluate(cli, argv[1], user, app);
	error_set(&error, ERROR_CONFIG,
		  "eval needs an expression and a person\n"
		  "dirbridge eval 'ToLower([mail])' --user jane");
	return cli_fail(error);
}

const Command command_eval = { "eval", "EXPR --user U [--app A]", 1,
			       "the value of an expression for one person", run_eval };
