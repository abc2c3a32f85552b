/*
 * approve: releases a held plan, or some of its ops, for the next sync.
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/approve.h"

static gboolean parse_number(const char *text, gint64 *number)
{
	return g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, number, NULL);
}

/* PLAN and OPs; what is not a number is an error of usage. */
static gboolean parse_arguments(int argc, char **argv, gint64 *plan, GArray *ops, GError **error)
{
	*plan = 0;
	for (int i = 1; i < argc; i++) {
		gint64 number;

		if (!parse_number(argv[i], &number))
			return error_set(
				error, ERROR_CONFIG,
				"'%s' is no number of a plan or an op\n'dirbridge status' lists "
				"the held plans and their ops",
				argv[i]);
		if (i == 1)
			*plan = number;
		else
			g_array_append_val(ops, number);
	}
	return TRUE;
}

static int run_approve(Cli *cli, int argc, char **argv)
{
	g_autoptr(GArray) ops = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(Config) config = NULL;
	g_autoptr(State) state = NULL;
	g_autoptr(json_t) document = NULL;
	g_autoptr(GError) error = NULL;
	gint64 plan;

	if (!cli_options(&command_approve, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (!parse_arguments(argc, argv, &plan, ops, &error))
		return cli_fail(error);
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_WRITE);
	if (!state)
		return EXIT_FAILED;
	document = approve_plan(config, state, plan, ops->len ? ops : NULL, &error);
	if (!document)
		return cli_fail(error);
	if (cli->json)
		print_json(document);
	else
		print_text(0,
			   "approved %" JSON_INTEGER_FORMAT " ops of plan %" JSON_INTEGER_FORMAT
			   " for %s; the next sync sends them, a running service at once",
			   json_integer_value(json_object_get(document, "ops")),
			   json_integer_value(json_object_get(document, "plan")),
			   json_get_string(document, "app"));
	return EXIT_DONE;
}

const Command command_approve = { "approve", "[PLAN [OP...]]", G_MAXINT,
				  "release a held plan, or some of its ops", run_approve };
