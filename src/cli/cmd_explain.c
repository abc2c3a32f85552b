/*
 * explain: why this person has or has not this app, down to groups, rule, mapping and last calls.
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/explain.h"

static void print_standing(const json_t *person)
{
	const char *expired = json_get_string(person, "expired");
	const char *expires = json_get_string(person, "expires");
	gboolean enabled = json_is_true(json_object_get(person, "enabled"));

	print_text(2, "%s in the directory%s%s", enabled ? "enabled" : "disabled",
		   expires   ? ", until the account expires at "
		   : expired ? ": the account expired at "
			     : "",
		   expires   ? expires
		   : expired ? expired
			     : "");
	if (json_is_true(json_object_get(person, "locked_out")))
		print_text(2, "locked out after wrong passwords, which takes nothing away");
}

static void print_person(const Cli *cli, const json_t *person)
{
	const char *since = json_get_string(person, "gone_since");

	print_heading(cli, "%s", json_get_string(person, "dn"));
	print_text(2, "anchor %s", json_get_string(person, "anchor"));
	if (since)
		print_text(2, "gone from the directory since %s", since);
	else
		print_standing(person);
}

static void print_rest(const json_t *app)
{
	const char *until = json_get_string(app, "rests_until");

	if (until)
		print_text(2,
			   "the app rests until %s, and disables leavers alone, because %s\n"
			   "'dirbridge sync --app %s' tries at once",
			   until, json_get_string(app, "trouble"), json_get_string(app, "app"));
}

static void print_account(const json_t *account)
{
	const json_t *kept = json_object_get(account, "kept_otherwise");
	const char *match = json_get_string(account, "matched_by");

	if (!account) {
		print_text(2, "account: none that we know of");
		return;
	}
	print_text(2, "account: %s, id %s, %s%s%s since %s", json_get_string(account, "state"),
		   json_get_string(account, "id"), json_get_string(account, "origin"),
		   match ? " by " : "", match ? match : "", json_get_string(account, "linked"));
	if (json_get_string(account, "disabled"))
		print_text(2, "disabled since %s", json_get_string(account, "disabled"));
	if (kept) {
		print_text(2, "the service keeps otherwise than it was sent:");
		print_changes(4, kept);
	}
}

static void print_history(const json_t *history)
{
	size_t index;
	json_t *op;

	if (json_array_size(history))
		print_text(2, "latest ops:");
	json_array_foreach (history, index, op) {
		const char *problem = json_get_string(op, "problem");
		const json_t *status = json_object_get(op, "status");
		g_autofree char *code = status ? g_strdup_printf(" (HTTP %" JSON_INTEGER_FORMAT ")",
								 json_integer_value(status))
					       : g_strdup("");

		print_text(4, "%s %s %s%s%s%s", json_get_string(op, "at"),
			   json_get_string(op, "kind"), json_get_string(op, "state"), code,
			   problem ? ": " : "", problem ? problem : "");
		print_changes(8, json_object_get(op, "changes"));
	}
}

static void print_groups(const json_t *groups)
{
	size_t index;
	json_t *group;

	if (json_array_size(groups))
		print_text(2, "groups there:");
	json_array_foreach (groups, index, group)
		print_text(4, "%s: %s", json_get_string(group, "name"),
			   json_get_string(group, "state"));
}

static void print_app(const Cli *cli, const json_t *app)
{
	g_autofree char *reason = print_reason(json_get_string(app, "standing"),
					       json_object_get(app, "reason"));
	const json_t *difference = json_object_get(app, "difference");
	const char *verdict = json_get_string(app, "verdict");

	print_heading(cli, "app %s", json_get_string(app, "app"));
	print_text(2, "%s", reason);
	print_rest(app);
	if (json_get_string(app, "problem"))
		print_text(2, "problem: %s", json_get_string(app, "problem"));
	if (json_get_string(app, "parked"))
		print_text(2, "parked: %s", json_get_string(app, "parked"));
	print_account(json_object_get(app, "account"));
	if (verdict)
		print_text(2, "verdict: %s", verdict);
	if (json_object_get(app, "wanted")) {
		print_text(2, "the mapping gives:");
		print_resource(4, json_object_get(app, "wanted"));
	}
	if (json_array_size(difference)) {
		print_text(2, "differs from what we last sent:");
		print_changes(4, difference);
	}
	print_groups(json_object_get(app, "groups"));
	print_history(json_object_get(app, "history"));
}

static void print_document(const Cli *cli, const json_t *document)
{
	size_t index;
	json_t *app;

	print_person(cli, json_object_get(document, "person"));
	json_array_foreach (json_object_get(document, "apps"), index, app)
		print_app(cli, app);
}

static int run_explain(Cli *cli, int argc, char **argv)
{
	g_autofree char *app = NULL;
	GOptionEntry entries[] = {
		{ "app", 0, 0, G_OPTION_ARG_STRING, &app, "only this app", "A" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(Config) config = NULL;
	g_autoptr(State) state = NULL;
	g_autoptr(json_t) document = NULL;
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_explain, entries, &argc, &argv))
		return EXIT_USAGE;
	if (argc != 2) {
		error_set(&error, ERROR_CONFIG,
			  "explain whom?\nname one person: 'dirbridge explain jane'");
		return cli_fail(error);
	}
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_READ);
	if (!state)
		return EXIT_FAILED;
	document = explain_person(config, state, argv[1], app, &error);
	if (!document)
		return cli_fail(error);
	if (cli->json)
		print_json(document);
	else
		print_document(cli, document);
	return EXIT_DONE;
}

const Command command_explain = { "explain", "USER [--app A]", 1,
				  "why this person has or has not this app", run_explain };
