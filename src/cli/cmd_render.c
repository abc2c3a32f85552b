/*
 * render: the requests that would be sent, as HTTP writes them, to look at a definition before
 * anything is sent.
 *
 *	create
 *	POST https://api.example/users
 *	Authorization: Bearer [hidden]
 *	Content-Type: application/json
 *
 *	{
 *	  "email": "jane@corp.example"
 *	}
 *
 * With --json the array of requests alone: what one would keep as an expectation. Notes are talk,
 * and go to standard error.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/render.h"

static void print_body(const char *body)
{
	g_autoptr(json_t) tree = json_parse_bounded(body, strlen(body), NULL);
	g_autofree char *pretty = NULL;

	if (json_is_object(tree) || json_is_array(tree)) {
		char *text = json_dumps(tree, JSON_INDENT(2));

		pretty = g_strdup(text);
		free(text); /* lint: free */
	}
	printf("\n%s\n", pretty ? pretty : body);
}

static void print_request(const json_t *request)
{
	const char *note = json_get_string(request, "note"), *body, *name;
	const json_t *headers = json_object_get(request, "headers");
	json_t *value;

	if (note)
		print_text(0, "# %s", note);
	print_text(0, "%s %s", json_get_string(request, "method"), json_get_string(request, "url"));
	json_object_foreach ((json_t *)headers, name, value)
		print_text(0, "%s: %s", name, json_string_value(value));
	body = json_get_string(request, "body");
	if (body && *body)
		print_body(body);
}

static void print_row(const Cli *cli, const json_t *row, gboolean is_first)
{
	const char *problem = json_get_string(row, "problem");
	const char *step = json_get_string(row, "step");

	if (!is_first)
		puts("");
	print_heading(cli, "%s%s%s", json_get_string(row, "operation"), step ? ", step " : "",
		      step ? step : "");
	if (problem)
		print_text(2, "nothing can be sent: %s", problem);
	else
		print_request(row);
}

static void print_notes(const json_t *document)
{
	size_t index;
	json_t *sentence;

	json_array_foreach (json_object_get(document, "notes"), index, sentence)
		fprintf(stderr, "note: %s\n", json_string_value(sentence));
}

/* TRUE if each operation can be sent. */
static gboolean print_document(const Cli *cli, const json_t *document)
{
	const json_t *requests = json_object_get(document, "requests");
	gboolean ok = TRUE;
	size_t index;
	json_t *row;

	print_notes(document);
	if (cli->json)
		print_json(requests);
	json_array_foreach (requests, index, row) {
		ok &= !json_object_get(row, "problem");
		if (!cli->json)
			print_row(cli, row, index == 0);
	}
	return ok;
}

static int render(Cli *cli, const RenderQuery *query)
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
	document = render_requests(config, state, query, &error);
	if (!document)
		return cli_fail(error);
	return print_document(cli, document) ? EXIT_DONE : EXIT_FAILED;
}

static int run_render(Cli *cli, int argc, char **argv)
{
	g_autofree char *operation = NULL, *user = NULL, *group = NULL, *member = NULL;
	GOptionEntry entries[] = {
		{ "op", 0, 0, G_OPTION_ARG_STRING, &operation,
		  "create, update, ...; all without it", "OP" },
		{ "user", 0, 0, G_OPTION_ARG_STRING, &user, "for whom", "U" },
		{ "group", 0, 0, G_OPTION_ARG_STRING, &group, "for which pushed group", "NAME" },
		{ "member", 0, 0, G_OPTION_ARG_STRING, &member, "who comes into it, or leaves it",
		  "U" },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_render, entries, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 2) {
		RenderQuery query = { argv[1], operation, user, group, member };

		return render(cli, &query);
	}
	error_set(&error, ERROR_CONFIG,
		  "render needs an app\ndirbridge render zoho --op create --user jane");
	return cli_fail(error);
}

const Command command_render = { "render", "APP [--op OP] [--user U]", 1,
				 "the requests an app would be sent, without sending", run_render };
