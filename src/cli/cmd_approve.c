/*
 * approve: releases a held plan, or some of its ops, for the next sync; or takes the word of
 * somebody who looked what became of a create.
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

typedef struct {
	char *app, *user, *made;
	gboolean not_made;
} Options;

static void options_clear(Options *self)
{
	g_free(self->app);
	g_free(self->user);
	g_free(self->made);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static gboolean is_vouched(const Options *options)
{
	return options->app || options->user || options->made || options->not_made;
}

static gboolean check_vouched(const Options *options, int argc, GError **error)
{
	gboolean one = (options->made != NULL) != options->not_made;

	return (options->app && options->user && one && argc == 1) ||
	       error_set(error, ERROR_CONFIG,
			 "what became of whose account?\nsay 'dirbridge approve --app A --user "
			 "USER --made ID', or --not-made in place of the id");
}

static json_t *approve(const Config *config, State *state, const Options *options, gint64 plan,
		       const GArray *ops, GError **error)
{
	Vouched what = { options->app, options->user, options->made };

	return is_vouched(options)
		       ? approve_vouched(config, state, &what, error)
		       : approve_plan(config, state, plan, ops->len ? ops : NULL, error);
}

static void print_approved(const json_t *document)
{
	const char *app = json_get_string(document, "app");
	const char *user = json_get_string(document, "user");
	const char *id = json_get_string(document, "id");

	if (id)
		print_text(0, "noted: the account of %s at %s has the id %s", user, app, id);
	else if (user)
		print_text(0, "noted: no account of %s was made at %s; the next sync makes it",
			   user, app);
	else
		print_text(0,
			   "approved %" JSON_INTEGER_FORMAT " ops of plan %" JSON_INTEGER_FORMAT
			   " for %s; the next sync sends them, a running service at once",
			   json_integer_value(json_object_get(document, "ops")),
			   json_integer_value(json_object_get(document, "plan")), app);
}

static int run_approve(Cli *cli, int argc, char **argv)
{
	g_autoptr(GArray) ops = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(Config) config = NULL;
	g_autoptr(State) state = NULL;
	g_autoptr(json_t) document = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(Options) options = { 0 };
	GOptionEntry entries[] = {
		{ "app", 0, 0, G_OPTION_ARG_STRING, &options.app, "of this app", "A" },
		{ "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "whose create is open",
		  "USER" },
		{ "made", 0, 0, G_OPTION_ARG_STRING, &options.made, "the account is there", "ID" },
		{ "not-made", 0, 0, G_OPTION_ARG_NONE, &options.not_made, "it is not there", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	gint64 plan;

	if (!cli_options(&command_approve, entries, &argc, &argv))
		return EXIT_USAGE;
	if ((is_vouched(&options) && !check_vouched(&options, argc, &error)) ||
	    !parse_arguments(argc, argv, &plan, ops, &error))
		return cli_fail(error);
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_WRITE);
	if (!state)
		return EXIT_FAILED;
	document = approve(config, state, &options, plan, ops, &error);
	if (!document)
		return cli_fail(error);
	if (cli->json)
		print_json(document);
	else
		print_approved(document);
	return EXIT_DONE;
}

const Command command_approve = { "approve", "[PLAN [OP...]]", G_MAXINT,
				  "release a held plan, or some of its ops", run_approve };
