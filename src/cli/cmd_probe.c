/*
 * probe: how one application does things, by reading alone or on throw-away objects.
 *
 *	members of groups
 *	! how members are removed: value (tried)
 *	  the members of a group: are shown (tried)
 *
 *	to paste into the app 'zoom':
 *	  quirks = {
 *	    ...
 *
 * Whoever stops a probe that writes (SIGINT, SIGTERM) ends it between two requests: what it made is
 * removed first. So the signals are held back, and looked for.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/probe.h"

#define MEMBERS_MAX 10000

typedef struct {
	gboolean write, clean;
	char *user_name, *attributes;
	int caps;
} Words;

/* Signals -------------------------------------------------------------------------------------- */

static gboolean is_stopped(void *data)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	       (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

static void hold_signals(sigset_t *held, sigset_t *before)
{
	sigemptyset(held);
	sigaddset(held, SIGINT);
	sigaddset(held, SIGTERM);
	sigprocmask(SIG_BLOCK, held, before);
}

/* The signal was obeyed already. */
static void release_signals(const sigset_t *held, const sigset_t *before)
{
	while (sigtimedwait(held, NULL, &(struct timespec){ 0 }) > 0)
		continue;
	sigprocmask(SIG_SETMASK, before, NULL);
}

/* Output --------------------------------------------------------------------------------------- */

static void say(const char *sentence, void *data)
{
	fprintf(stderr, "dirbridge: %s\n", sentence);
}

/* A probe of a large service takes minutes: whoever watches sees where it is. */
static void tell_section(const char *subject, void *data)
{
	fprintf(stderr, "dirbridge: %s ...\n", subject);
}

static gboolean is_watched(const Cli *cli)
{
	return !cli->json && (isatty(STDERR_FILENO) || cli->log_level > LOG_LEVEL_WARNING);
}

/* What is odd, and what was not tried, can be set: the setting is named. */
static void print_row(const json_t *row)
{
	gboolean odd = json_is_true(json_object_get(row, "odd"));
	const char *setting = json_string_value(json_object_get(row, "setting"));
	gboolean named = setting &&
			 (odd || g_str_equal(json_get_string(row, "subject"), "not tried"));

	print_text(0, "%c %s: %s%s%s%s (%s)", odd ? '!' : ' ', json_get_string(row, "what"),
		   json_get_string(row, "found"), named ? " [" : "", named ? setting : "",
		   named ? "]" : "", json_get_string(row, "evidence"));
}

/* The rows of one subject, wherever they are. */
static void print_subject(const Cli *cli, const json_t *findings, const char *subject)
{
	size_t i;
	json_t *row;

	print_heading(cli, "%s", subject);
	json_array_foreach ((json_t *)findings, i, row) {
		if (g_str_equal(json_get_string(row, "subject"), subject))
			print_row(row);
	}
}

static void print_findings(const Cli *cli, const json_t *findings)
{
	g_autoptr(GHashTable) done = g_hash_table_new(g_str_hash, g_str_equal);
	size_t i;
	json_t *row;

	json_array_foreach ((json_t *)findings, i, row) {
		const char *subject = json_get_string(row, "subject");
		if (g_hash_table_add(done, (char *)subject))
			print_subject(cli, findings, subject);
	}
}

static void print_document(const Cli *cli, const json_t *document, gboolean clean)
{
	const char *fragment = json_get_string(document, "fragment");
	const char *problem = json_get_string(document, "problem");
	const char *app = json_get_string(document, "app");

	print_findings(cli, json_object_get(document, "findings"));
	if (*fragment) {
		g_auto(GStrv) lines = g_strsplit(fragment, "\n", -1);
		print_heading(cli, "to paste into the app '%s' (into the groups that it has)", app);
		for (guint i = 0; lines[i] && *lines[i]; i++)
			print_text(2, "%s", lines[i]);
	} else if (!problem && !clean) {
		print_heading(cli, "nothing to change in the app '%s'", app);
	}
	if (problem)
		print_heading(cli, "app %s: FAILED", app);
	if (problem)
		print_text(2, "%s", problem);
}

/* Running -------------------------------------------------------------------------------------- */

static int exit_code(const json_t *document)
{
	if (json_integer_value(json_object_get(document, "left")) > 0)
		return EXIT_PARKED;
	return json_is_true(json_object_get(document, "ok")) ? EXIT_DONE : EXIT_FAILED;
}

static gboolean check_words(const Words *words, GError **error)
{
	const char *place = words->user_name ? strstr(words->user_name, "%s") : NULL;

	if (words->user_name &&
	    (!place || strchr(place + 1, '%') || place != strchr(words->user_name, '%')))
		return error_set(error, ERROR_CONFIG,
				 "--user-name must hold one %%s, and no other percent sign\n"
				 "for example '%%s@example.com'");
	if (words->caps < 0 || words->caps > MEMBERS_MAX)
		return error_set(error, ERROR_CONFIG, "--caps must be between 1 and %d",
				 MEMBERS_MAX);
	if (!words->write && (words->user_name || words->attributes || words->caps))
		return error_set(error, ERROR_CONFIG,
				 "--user-name, --attributes and --caps go with --write");
	return !(words->write && words->clean) ||
	       error_set(error, ERROR_CONFIG, "--clean only removes: it goes without --write");
}

/* The members that accounts must have. NULL: none, or an error. */
static json_t *read_attributes(const char *file, GError **error)
{
	g_autofree char *text = NULL;
	gsize length = 0;
	g_autoptr(GError) problem = NULL;
	json_t *attributes = NULL;

	if (g_file_get_contents(file, &text, &length, &problem))
		attributes = json_parse_bounded(text, length, &problem);
	if (json_is_object(attributes))
		return attributes;
	json_decref(attributes);
	error_set(error, ERROR_CONFIG, "cannot use %s: %s", file,
		  problem ? problem->message : "it must hold a JSON object");
	return NULL;
}

static const AppConfig *find_app(const Config *config, const char *name, GError **error)
{
	const AppConfig *app = config_app(config, name);

	if (!app)
		error_set(error, ERROR_CONFIG, "there is no app '%s' in the config", name);
	return app;
}

static int probe(Cli *cli, const char *name, const Words *words, GError **error)
{
	g_autoptr(json_t) attributes = NULL;
	g_autoptr(json_t) document = NULL;
	g_autoptr(Config) config = NULL;
	sigset_t held, before;

	if (words->attributes && !(attributes = read_attributes(words->attributes, error)))
		return EXIT_USAGE;
	config = cli_config(cli);
	if (!config)
		return EXIT_USAGE;
	const AppConfig *app = find_app(config, name, error);
	if (!app)
		return EXIT_USAGE;
	const TargetProbe how = { .write = words->write,
				  .clean = words->clean,
				  .user_name = words->user_name,
				  .attributes = attributes,
				  .members = (guint)words->caps,
				  .stopped = is_stopped,
				  .say = say,
				  .section = is_watched(cli) ? tell_section : NULL };
	hold_signals(&held, &before);
	document = probe_app(config, app, &how, error);
	release_signals(&held, &before);
	if (!document)
		return EXIT_USAGE;
	if (cli->json)
		print_json(document);
	else
		print_document(cli, document, words->clean);
	return exit_code(document);
}

static int run_probe(Cli *cli, int argc, char **argv)
{
	Words words = { 0 };
	GOptionEntry entries[] = {
		{ "write", 0, 0, G_OPTION_ARG_NONE, &words.write,
		  "try it on throw-away accounts and groups, and remove them again", NULL },
		{ "user-name", 0, 0, G_OPTION_ARG_STRING, &words.user_name,
		  "what their userName looks like, such as '%s@example.com'", "PATTERN" },
		{ "attributes", 0, 0, G_OPTION_ARG_FILENAME, &words.attributes,
		  "JSON object: what accounts must have besides", "FILE" },
		{ "caps", 0, 0, G_OPTION_ARG_INT, &words.caps, "try so many members in one request",
		  "N" },
		{ "clean", 0, 0, G_OPTION_ARG_NONE, &words.clean,
		  "remove what a probe that was killed has left", NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
	};
	g_autoptr(GError) error = NULL;
	int code = EXIT_USAGE;

	if (!cli_options(&command_probe, entries, &argc, &argv))
		return EXIT_USAGE;
	if (argc < 2)
		error_set(&error, ERROR_CONFIG, "probe which app?\ndirbridge probe zoom");
	else if (check_words(&words, &error))
		code = probe(cli, argv[1], &words, &error);
	g_free(words.user_name);
	g_free(words.attributes);
	return error ? cli_fail(error) : code;
}

const Command command_probe = { "probe", "APP [--write | --clean]", 1,
				"how an application does things, and what to set for it",
				run_probe };
