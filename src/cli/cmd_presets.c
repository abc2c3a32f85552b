/*
 * presets: which services there are settings for, and one of them in words.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli_internal.h"
#include "run/presets.h"

static void print_list(const json_t *list)
{
	size_t index;
	json_t *row;

	json_array_foreach (list, index, row) {
		const char *problem = json_get_string(row, "problem");
		json_int_t open = json_integer_value(json_object_get(row, "unconfirmed"));
		g_autofree char *remark =
			open ? g_strdup_printf("  (%" JSON_INTEGER_FORMAT " to confirm)", open)
			     : g_strdup("");

		print_text(0, "%-26s %-8s %s%s", json_get_string(row, "name"),
			   problem ? "?" : json_get_string(row, "type"),
			   problem ? problem : json_get_string(row, "title"), remark);
	}
}

static void print_sentences(const char *heading, const json_t *list)
{
	size_t index;
	json_t *sentence;

	if (json_array_size(list) == 0)
		return;
	print_text(2, "%s", heading);
	json_array_foreach (list, index, sentence)
		print_text(4, "- %s", json_string_value(sentence));
}

static void print_row(const json_t *row)
{
	const char *when = json_get_string(row, "when");

	print_text(4, "%s <- %s%s%s%s", json_get_string(row, "to"), json_get_string(row, "from"),
		   json_is_true(json_object_get(row, "required")) ? "  (required)" : "",
		   json_is_true(json_object_get(row, "reference")) ? "  (the id of that account)"
								   : "",
		   g_strcmp0(when, "create") == 0 ? "  (set once, at the create)" : "");
}

static void print_map(const json_t *settings)
{
	size_t index;
	json_t *row;

	print_text(2, "what an account gets:");
	json_array_foreach (json_object_get(settings, "map"), index, row)
		print_row(row);
	json_array_foreach (json_object_get(settings, "match"), index, row)
		print_text(2, "%s %s", index ? "then by" : "existing accounts are found by",
			   json_string_value(row));
}

static char *constraint_words(const json_t *row)
{
	static const struct {
		const char *name, *words;
	} flags[] = {
		{ "required", "needed" },         { "forbidden", "not taken" },
		{ "immutable", "never changes" }, { "single", "one value only" },
		{ "lower", "in lower case" },
	};
	g_autoptr(GStrvBuilder) words = g_strv_builder_new();
	g_auto(GStrv) list = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
		if (json_is_true(json_object_get(row, flags[i].name)))
			g_strv_builder_add(words, flags[i].words);
	}
	if (json_get_string(row, "pattern"))
		g_strv_builder_add(words, "some characters only");
	list = g_strv_builder_end(words);
	return g_strjoinv(", ", list);
}

static void print_constraint(const json_t *row)
{
	const json_t *length = json_object_get(row, "max_length");
	const char *why = json_get_string(row, "why");
	g_autofree char *words = constraint_words(row);

	print_text(4, "%s:%s%s", json_get_string(row, "path"), *words ? " " : "", words);
	if (length)
		print_text(6, "at most %" JSON_INTEGER_FORMAT " characters",
			   json_integer_value(length));
	if (why)
		print_text(6, "%s", why);
}

static void print_meaning(const json_t *quirks, const char *key, const char *verb)
{
	const char *words = json_get_string(quirks, key);

	if (words)
		print_text(2, "%s: %s", verb, words);
}

static void print_rate(const json_t *row)
{
	print_text(4, "%s: %" JSON_INTEGER_FORMAT " in %s", json_get_string(row, "what"),
		   json_integer_value(json_object_get(row, "calls")), json_get_string(row, "per"));
}

static void print_service(const json_t *settings)
{
	const json_t *quirks = json_object_get(settings, "quirks");
	const json_t *constraints = json_object_get(settings, "constraints");
	const json_t *rates = json_object_get(quirks ? quirks : settings, "rate");
	size_t index;
	json_t *row;

	if (json_array_size(constraints))
		print_text(2, "what the service demands:");
	json_array_foreach (constraints, index, row)
		print_constraint(row);
	print_meaning(quirks, "disable_means", "to disable an account");
	print_meaning(quirks, "delete_means", "to delete an account");
	if (json_array_size(rates))
		print_text(2, "requests are paced:");
	json_array_foreach (rates, index, row)
		print_rate(row);
}

/* ---- of custom APIs ---- */

static const char *const operation_names[] = { "test",   "lookup",   "get",        "list",
					       "create", "update",   "enable",     "disable",
					       "delete", "password", "reset_mail", NULL };

/* How it is asked where the preset does not say it; everything else by GET. */
static const char *usual_method(const char *operation)
{
	static const struct {
		const char *operation, *method;
	} usual[] = {
		{ "create", "POST" },     { "update", "PUT" },   { "delete", "DELETE" },
		{ "enable", "POST" },     { "disable", "POST" }, { "password", "POST" },
		{ "reset_mail", "POST" }, { "add", "POST" },     { "remove", "DELETE" },
		{ "replace", "PUT" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(usual); i++)
		if (strcmp(operation, usual[i].operation) == 0)
			return usual[i].method;
	return "GET";
}

/* "POST /users": of an operation of several calls its first one, and how many more there are. */
static char *call_words(const char *name, const json_t *operation)
{
	const json_t *steps = json_object_get(operation, "steps");
	const json_t *first = steps ? json_array_get(steps, 0) : operation;
	const char *method = json_get_string(first, "method"), *url = json_get_string(first, "url");
	g_autofree char *more = json_array_size(steps) > 1
					? g_strdup_printf(", and %zu more",
							  json_array_size(steps) - 1)
					: g_strdup("");

	return g_strdup_printf("%s %s%s", method ? method : usual_method(name), url ? url : "",
			       more);
}

static void print_operation(const char *prefix, const char *name, const json_t *operation)
{
	const json_t *first = json_is_array(operation) ? json_array_get(operation, 0) : operation;
	const char *off = json_get_string(first, "off"), *means = json_get_string(first, "means");
	g_autofree char *call = call_words(name, first);

	if (off)
		print_text(4, "%s%s: off, %s", prefix, name, off);
	else if (json_array_size(operation) > 1)
		print_text(4, "%s%s: %s, and %zu listings more", prefix, name, call,
			   json_array_size(operation) - 1);
	else
		print_text(4, "%s%s: %s", prefix, name, call);
	if (means && !off)
		print_text(6, "%s", means);
}

/* The operations among the members of 'group' or 'member'; the others say where records show. */
static void print_operations_of(const json_t *settings, const char *group)
{
	g_autofree char *prefix = g_strconcat(group, ".", NULL);
	const char *name;
	json_t *member;

	json_object_foreach (json_object_get(settings, group), name, member)
		if (json_is_object(member) || json_is_array(member))
			print_operation(prefix, name, member);
}

static void print_operations(const json_t *settings)
{
	print_text(2, "what is asked of the service:");
	for (guint i = 0; operation_names[i]; i++) {
		const json_t *operation = json_object_get(settings, operation_names[i]);

		if (operation)
			print_operation("", operation_names[i], operation);
	}
	print_operations_of(settings, "group");
	print_operations_of(settings, "member");
}

static void print_parameters(const json_t *settings)
{
	const char *name;
	json_t *parameter;

	json_object_foreach (json_object_get(settings, "parameters"), name, parameter) {
		const json_t *value = json_is_object(parameter)
					      ? json_object_get(parameter, "value")
					      : parameter;
		g_autofree char *text = print_value(value);
		g_autofree char *allowed = print_value(json_object_get(parameter, "one_of"));
		gboolean is_choice = json_object_get(parameter, "one_of") != NULL;

		print_text(2, "parameters.%s is %s%s%s", name, text, is_choice ? ", of " : "",
			   is_choice ? allowed : "");
	}
}

/* ---- one ---- */

static void print_preset(const Cli *cli, const json_t *preset)
{
	const json_t *settings = json_object_get(preset, "settings");
	const json_t *about = json_object_get(settings, "preset");

	print_heading(cli, "%s: %s", json_get_string(preset, "name"),
		      json_get_string(preset, "title"));
	print_text(2, "file %s", json_get_string(preset, "file"));
	print_text(2, "for apps of type \"%s\"", json_get_string(preset, "type"));
	if (json_get_string(settings, "url"))
		print_text(2, "address %s", json_get_string(settings, "url"));
	print_sentences("you supply:", json_object_get(about, "needs"));
	print_sentences("good to know:", json_object_get(about, "notes"));
	print_parameters(settings);
	print_map(settings);
	if (strcmp(json_get_string(preset, "type"), "custom") == 0)
		print_operations(settings);
	print_service(settings);
	print_sentences("not confirmed by documents of the service; look before you rely on it:",
			json_object_get(about, "unconfirmed"));
	print_text(2, "in the config: @include \"%s.cfg\" inside of the app",
		   json_get_string(preset, "name"));
}

static int show_one(const Cli *cli, const char *name)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) preset = presets_show(name, &error);

	if (!preset)
		return cli_fail(error);
	if (cli->json)
		print_json(preset);
	else
		print_preset(cli, preset);
	return EXIT_DONE;
}

static int show_all(const Cli *cli)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) list = presets_list(&error);

	if (!list)
		return cli_fail(error);
	if (cli->json)
		print_json(list);
	else
		print_list(list);
	return EXIT_DONE;
}

static int run_presets(Cli *cli, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;

	if (!cli_options(&command_presets, NULL, &argc, &argv))
		return EXIT_USAGE;
	if (argc == 1)
		return show_all(cli);
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return show_one(cli, argv[2]);
	error_set(&error, ERROR_CONFIG, "say 'dirbridge presets' or 'dirbridge presets show NAME'");
	return cli_fail(error);
}

const Command command_presets = { "presets", "[show NAME]", 2,
				  "the services that have ready settings", run_presets };
