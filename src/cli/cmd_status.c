/*
 * status: sources, apps, held plans, parked objects and the latest runs, from the state alone.
 */
#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/status.h"

#define SHOWN 20

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_get_string(object, key);

	return text ? text : otherwise;
}

static void print_source(const Cli *cli, const json_t *row)
{
	json_int_t users = number(row, "users"), groups = number(row, "groups"),
		   containers = number(row, "containers");

	print_heading(cli, "source %s", json_get_string(row, "name"));
	print_text(2,
		   "%" JSON_INTEGER_FORMAT " user%s, %" JSON_INTEGER_FORMAT
		   " group%s, %" JSON_INTEGER_FORMAT " container%s",
		   users, print_plural(users), groups, print_plural(groups), containers,
		   print_plural(containers));
	print_text(2, "type %s, changes \"%s\"%s%s", text_or(row, "type", ""),
		   text_or(row, "changes", ""),
		   json_get_string(row, "server") ? ", last read from " : "",
		   text_or(row, "server", ""));
	print_text(2, "last complete read: %s", text_or(row, "read", "never"));
	if (json_get_string(row, "problem"))
		print_text(2, "last try %s: %s", text_or(row, "tried", ""),
			   json_get_string(row, "problem"));
}

static void print_held(const json_t *held)
{
	g_autofree char *counts = print_counts(json_object_get(held, "ops"));
	const json_t *list = json_object_get(held, "list");
	const char *person = json_get_string(held, "person");
	size_t index;
	json_t *op;

	print_text(2,
		   "HELD plan %" JSON_INTEGER_FORMAT
		   " since %s%s%s: %s\n%s\nrelease it with 'dirbridge "
		   "approve %" JSON_INTEGER_FORMAT "'",
		   number(held, "plan"), text_or(held, "since", ""), person ? " for " : "",
		   person ? person : "", counts, text_or(held, "why", ""), number(held, "plan"));
	json_array_foreach (list, index, op)
		print_text(4, "op %" JSON_INTEGER_FORMAT "  %-8s %s", number(op, "op"),
			   text_or(op, "kind", ""), text_or(op, "label", ""));
	if (index == SHOWN)
		print_text(4, "more with 'dirbridge status --json'");
}

static void print_pushed(const json_t *pushed)
{
	json_int_t waiting = number(pushed, "waiting"), groups = number(pushed, "groups"),
		   members = number(pushed, "memberships");

	if (!pushed)
		return;
	print_text(2, "%" JSON_INTEGER_FORMAT " group%s with %" JSON_INTEGER_FORMAT " membership%s",
		   groups, print_plural(groups), members, print_plural(members));
	if (waiting)
		print_text(2, "%" JSON_INTEGER_FORMAT " membership%s for an account", waiting,
			   waiting == 1 ? " waits" : "s wait");
}

/* Where groups are pushed, they are among those who wait. */
static const char *waiting_words(const json_t *row)
{
	gboolean one = number(row, "waiting") == 1;

	if (json_object_get(row, "pushed"))
		return one ? "person or group waits" : "people and groups wait";
	return one ? "person waits" : "people wait";
}

static void print_app(const Cli *cli, const json_t *row)
{
	const json_t *held = json_object_get(row, "held");
	size_t index;
	json_t *parked, *other;

	const char *problem = json_get_string(row, "problem");

	if (problem)
		print_heading(cli, "app %s: %s at %s", json_get_string(row, "name"),
			      json_get_string(row, "rests_until") ? "RESTS, last tried" : "FAILED",
			      text_or(row, "last_run", ""));
	else
		print_heading(cli, "app %s", json_get_string(row, "name"));
	if (problem)
		print_text(2, "%s", problem);
	print_text(2,
		   "%" JSON_INTEGER_FORMAT " %s assigned; accounts: %" JSON_INTEGER_FORMAT
		   " active, %" JSON_INTEGER_FORMAT " disabled",
		   number(row, "assigned"), number(row, "assigned") == 1 ? "person" : "people",
		   number(row, "active"), number(row, "disabled"));
	if (number(row, "waiting"))
		print_text(2, "%" JSON_INTEGER_FORMAT " %s for a sync", number(row, "waiting"),
			   waiting_words(row));
	print_pushed(json_object_get(row, "pushed"));
	if (held)
		print_held(held);
	json_array_foreach (json_object_get(row, "held_too"), index, other)
		print_held(other);
	json_array_foreach (json_object_get(row, "parked"), index, parked) {
		g_autofree char *heading = g_strdup_printf("parked since %s",
							   text_or(parked, "since", ""));

		print_parked(heading, parked);
	}
	if (number(row, "parked_count") > (json_int_t)index)
		print_text(2, "and %" JSON_INTEGER_FORMAT " more parked",
			   number(row, "parked_count") - (json_int_t)index);
}

static void print_unmanaged(const Cli *cli, const json_t *row)
{
	print_heading(cli, "app %s: not in the config", json_get_string(row, "name"));
	print_text(2,
		   "%" JSON_INTEGER_FORMAT " active account%s that nobody manages\n"
		   "put the app back, or see to the accounts by hand",
		   number(row, "active"), print_plural(number(row, "active")));
}

static void print_runs(const Cli *cli, const json_t *runs)
{
	size_t index;
	json_t *run;

	if (json_array_size(runs) == 0)
		return;
	print_heading(cli, "latest runs");
	json_array_foreach (runs, index, run) {
		const json_t *code = json_object_get(run, "exit");

		if (code)
			print_text(2,
				   "%" JSON_INTEGER_FORMAT "  %s  %s  exit %" JSON_INTEGER_FORMAT,
				   number(run, "run"), text_or(run, "started", ""),
				   text_or(run, "command", ""), json_integer_value(code));
		else
			print_text(2, "%" JSON_INTEGER_FORMAT "  %s  %s  did not end",
				   number(run, "run"), text_or(run, "started", ""),
				   text_or(run, "command", ""));
	}
}

static int run_status(Cli *cli, int argc, char **argv)
{
	g_autoptr(Config) config = NULL;
	g_autoptr(State) state = NULL;
	g_autoptr(json_t) report = NULL;
	g_autoptr(GError) error = NULL;
	size_t index;
	json_t *row;

	if (!cli_options(&command_status, NULL, &argc, &argv))
		return EXIT_USAGE;
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	state = cli_state(config, STATE_READ);
	if (!state)
		return EXIT_FAILED;
	report = status_report(config, state, cli->json ? G_MAXUINT : SHOWN, &error);
	if (!report)
		return cli_fail(error);
	if (cli->json) {
		print_json(report);
		return EXIT_DONE;
	}
	json_array_foreach (json_object_get(report, "sources"), index, row)
		print_source(cli, row);
	json_array_foreach (json_object_get(report, "apps"), index, row)
		print_app(cli, row);
	json_array_foreach (json_object_get(report, "unmanaged"), index, row)
		print_unmanaged(cli, row);
	if (json_get_string(report, "next_change"))
		print_text(0, "next change by time: %s", json_get_string(report, "next_change"));
	print_runs(cli, json_object_get(report, "runs"));
	return EXIT_DONE;
}

const Command command_status = { "status", "", 0,
				 "how everything stands; held plans, parked objects", run_status };
