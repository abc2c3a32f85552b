/*
 * Option tables: values arrive in the struct, fallbacks stand in, and everything that is wrong is
 * told at once, in the order of the file, with a useful word.
 */
#include "base/clock.h"
#include "base/secret.h"
#include "conf_support.h"

typedef enum {
	COLOUR_RED,
	COLOUR_GREEN,
} Colour;

typedef struct {
	gint64 port;
	char *realm;
	GPtrArray *hosts;
} Inner;

typedef struct {
	char *name;
	char *title;
	gboolean nested;
	gint64 retries;
	gint64 delay_us;
	int colour;
	GPtrArray *uris;
	GPtrArray *classes;
	Secret *token;
	Inner inner;
	const ConfNode *raw;
} Thing;

static const char *const colours[] = { "red", "green", NULL };

static const Option inner_options[] = { OPTION(INT, Inner, port, "port", OPTION_REQUIRED,
					       .fallback = "389", .min = 1, .max = 65535),
					OPTION(STRING, Inner, realm, "realm", 0,
					       .fallback = "none"),
					OPTION(STRINGS, Inner, hosts, "hosts", 0), OPTION_END };

static const Option thing_options[] = {
	OPTION(STRING, Thing, name, "name", OPTION_REQUIRED),
	OPTION(STRING, Thing, title, "title", 0),
	OPTION(BOOL, Thing, nested, "nested", 0, .fallback = "true"),
	OPTION(INT, Thing, retries, "retries", 0, .fallback = "3", .min = 0, .max = 10),
	OPTION(DURATION, Thing, delay_us, "delay", 0, .fallback = "30s"),
	OPTION(ENUM, Thing, colour, "colour", 0, .names = colours, .fallback = "green"),
	OPTION(STRINGS, Thing, uris, "uri", 0),
	OPTION(STRINGS, Thing, classes, "classes", 0, .fallback = "[\"user\", \"person\"]"),
	OPTION(SECRET, Thing, token, "token", 0),
	OPTION(GROUP, Thing, inner, "inner", 0, .table = inner_options),
	OPTION(NODE, Thing, raw, "raw", 0),
	OPTION_END
};

static void fill(Files *files, const char *content, Thing *thing)
{
	files_read(files, content);
	g_assert_nonnull(files->conf);
	conf_fill(conf_root(files->conf), &(OptionSet){ thing_options, thing }, 1, NULL,
		  files->problems);
}

static char *joined(const GPtrArray *strings)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < strings->len; i++)
		g_string_append_printf(text, "%s|", (const char *)strings->pdata[i]);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void assert_strings(const GPtrArray *strings, const char *expected)
{
	g_autofree char *text = joined(strings);

	g_assert_cmpstr(text, ==, expected);
}

static void test_values(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };

	fill(files,
	     "name = \"zoom\"; title = \"t\"; nested = false; retries = 10; delay = \"5m\";\n"
	     "colour = \"red\"; uri = [\"a\", \"b\"]; classes = \"one\";\n"
	     "inner = { port = 0x185; realm = \"R\"; hosts = (\"h\"); };\n"
	     "raw = ( 1, 2 );\n",
	     &thing);
	files_assert_problems(files, "");
	g_assert_cmpstr(thing.name, ==, "zoom");
	g_assert_cmpstr(thing.title, ==, "t");
	g_assert_false(thing.nested);
	g_assert_cmpint(thing.retries, ==, 10);
	g_assert_cmpint(thing.delay_us, ==, 5 * CLOCK_MINUTE);
	g_assert_cmpint(thing.colour, ==, COLOUR_RED);
	assert_strings(thing.uris, "a|b|");
	assert_strings(thing.classes, "one|");
	g_assert_cmpint(thing.inner.port, ==, 389);
	g_assert_cmpstr(thing.inner.realm, ==, "R");
	assert_strings(thing.inner.hosts, "h|");
	g_assert_cmpuint(conf_length(thing.raw), ==, 2);
	option_clear(thing_options, &thing);
	g_assert_cmpmem(&thing, sizeof(thing), &(Thing){ 0 }, sizeof(Thing));
}

static void test_fallbacks(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };

	fill(files, "name = \"x\";\n", &thing);
	files_assert_problems(files, "");
	g_assert_null(thing.title);
	g_assert_true(thing.nested);
	g_assert_cmpint(thing.retries, ==, 3);
	g_assert_cmpint(thing.delay_us, ==, 30 * CLOCK_SECOND);
	g_assert_cmpint(thing.colour, ==, COLOUR_GREEN);
	assert_strings(thing.uris, "");
	assert_strings(thing.classes, "user|person|");
	g_assert_null(thing.token);
	g_assert_cmpint(thing.inner.port, ==, 389);
	g_assert_cmpstr(thing.inner.realm, ==, "none");
	g_assert_null(thing.raw);
	option_clear(thing_options, &thing);
}

static void test_duration_as_number(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };

	fill(files, "name = \"x\"; delay = 90;\n", &thing);
	files_assert_problems(files, "");
	g_assert_cmpint(thing.delay_us, ==, 90 * CLOCK_SECOND);
	option_clear(thing_options, &thing);
}

static void test_everything_wrong_at_once(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };

	fill(files,
	     "raw = 1;\n"
	     "title = 5;\n"
	     "nested = \"true\";\n"
	     "retries = 11;\n"
	     "delay = \"soon\";\n"
	     "colour = \"blue\";\n"
	     "uri = ( \"a\",\n"
	     "        7, \"c\" );\n"
	     "classes = { };\n"
	     "tokn = \"hunter2\";\n"
	     "inner = { realm = false;\n"
	     "          prot = 1; };\n",
	     &thing);
	files_assert_problems(
		files,
		"main.cfg:1: missing setting 'name'\n"
		"main.cfg:2: 'title' needs text in double quotes, found a whole number\n"
		"main.cfg:3: 'nested' needs true or false without quotes, "
		"found text in double quotes\n"
		"main.cfg:4: 'retries' must be from 0 to 10, found 11\n"
		"main.cfg:5: 'delay' needs a time span such as "
		"\"30s\", \"5m\", \"12h\" or \"30d\", "
		"found \"soon\"\n"
		"main.cfg:6: 'colour' must be one of red, green; found \"blue\"\n"
		"main.cfg:8: element 2 of 'uri' needs text in double quotes, found a whole number\n"
		"main.cfg:9: 'classes' needs text in double quotes or a list of such texts, "
		"found a group { ... }\n"
		"main.cfg:10: unknown setting 'tokn' (did you mean 'token'?)\n"
		"main.cfg:11: missing setting 'port' in 'inner'\n"
		"main.cfg:11: 'realm' needs text in double quotes, found true or false\n"
		"main.cfg:12: unknown setting 'prot' (did you mean 'port'?)\n");
	g_assert_cmpuint(conf_problems_count(files->problems), ==, 12);

	/* The struct is whole all the same. */
	g_assert_null(thing.name);
	g_assert_true(thing.nested);
	g_assert_cmpint(thing.retries, ==, 3);
	g_assert_cmpint(thing.delay_us, ==, 30 * CLOCK_SECOND);
	g_assert_cmpint(thing.colour, ==, COLOUR_GREEN);
	assert_strings(thing.uris, "a|c|");
	assert_strings(thing.classes, "user|person|");
	g_assert_cmpstr(thing.inner.realm, ==, "none");
	option_clear(thing_options, &thing);
}

static void test_more_wrong_types(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };

	fill(files,
	     "name = [ ];\nretries = 1.5;\ndelay = true;\ncolour = 1;\ninner = ( );\n"
	     "nested = 1;\nuri = 5L;\n",
	     &thing);
	files_assert_problems(
		files,
		"main.cfg:1: 'name' needs text in double quotes, found an array [ ... ]\n"
		"main.cfg:2: 'retries' needs a whole number, found a number with a decimal point\n"
		"main.cfg:3: 'delay' needs a time span such as "
		"\"30s\", \"5m\", \"12h\" or \"30d\", "
		"found true or false\n"
		"main.cfg:4: 'colour' must be one of red, green; found a whole number\n"
		"main.cfg:5: 'inner' needs a group { ... }, found a list ( ... )\n"
		"main.cfg:6: 'nested' needs true or false without quotes, found a whole number\n"
		"main.cfg:7: 'uri' needs text in double quotes or a list of such texts, "
		"found a whole number\n");
	g_assert_cmpint(thing.inner.port, ==, 389);
	option_clear(thing_options, &thing);
}

/* A key is unknown only if no set and no name in 'also' knows it. */
static void test_several_sets(void)
{
	g_autoptr(Files) files = files_new();
	Thing thing = { 0 };
	Inner inner = { 0 };
	OptionSet sets[] = { { thing_options, &thing }, { inner_options, &inner } };

	files_read(files, "name = \"x\"; port = 99; map = 1;\nmpa = 2;\n");
	conf_fill(conf_root(files->conf), sets, 2, (const char *const[]){ "map", NULL },
		  files->problems);
	files_assert_problems(files, "main.cfg:2: unknown setting 'mpa' (did you mean 'map'?)\n");
	g_assert_cmpint(inner.port, ==, 99);
	option_clear(thing_options, &thing);
	option_clear(inner_options, &inner);
}

static void test_not_a_group(void)
{
	g_autoptr(Files) files = files_new();
	Inner inner = { 0 };

	files_read(files, "apps = (\n \"zoom\" );\n");
	conf_fill(conf_element(conf_member(conf_root(files->conf), "apps"), 0),
		  &(OptionSet){ inner_options, &inner }, 1, NULL, files->problems);
	files_assert_problems(files, "main.cfg:2: 'apps' needs a group { ... }, "
				     "found text in double quotes\n");
	g_assert_cmpint(inner.port, ==, 389);
	option_clear(inner_options, &inner);
}

/* Without a group there is nobody to blame: fallbacks only. */
static void test_no_group(void)
{
	g_autoptr(ConfProblems) problems = conf_problems_new();
	Inner inner = { 0 };

	conf_fill(NULL, &(OptionSet){ inner_options, &inner }, 1, NULL, problems);
	g_assert_cmpuint(conf_problems_list(problems)->len, ==, 0);
	g_assert_cmpstr(inner.realm, ==, "none");
	option_clear(inner_options, &inner);
}

static void test_suggestions(void)
{
	static const struct {
		const char *word;
		const char *suggested;
	} cases[] = {
		{ "Colour", "colour" },
		{ "color", "colour" },
		{ "clases", "classes" },
		{ "tkoen_file", "token_file" },
		{ "token-env", "token_env" },
		{ "retires", "retries" },
		{ "xyz", NULL },
		{ "urls", NULL },
		{ "password", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Files) files = files_new();
		Thing thing = { 0 };
		g_autofree char *content = g_strdup_printf("name = \"x\"; %s = 1;\n",
							   cases[i].word);
		g_autofree char *hint = cases[i].suggested
						? g_strdup_printf(" (did you mean '%s'?)",
								  cases[i].suggested)
						: g_strdup("");
		g_autofree char *expected = g_strdup_printf("main.cfg:1: unknown setting '%s'%s\n",
							    cases[i].word, hint);
		fill(files, content, &thing);
		files_assert_problems(files, expected);
		option_clear(thing_options, &thing);
	}
}

static void test_problems_are_in_order(void)
{
	g_autoptr(Files) files = files_new();

	conf_problem_at(files->problems, CONF_PROBLEM, "b.cfg", 1, "third");
	conf_problem_at(files->problems, CONF_WARNING, "a.cfg", 10, "second");
	conf_problem_at(files->problems, CONF_PROBLEM, "b.cfg", 1, "fourth");
	conf_problem_at(files->problems, CONF_PROBLEM, "a.cfg", 9, "first");
	conf_problem(files->problems, CONF_PROBLEM, NULL, "no %s", "place");
	files_assert_problems(files, ":0: no place\n"
				     "a.cfg:9: first\n"
				     "a.cfg:10: warning: second\n"
				     "b.cfg:1: third\n"
				     "b.cfg:1: fourth\n");
	g_assert_cmpuint(conf_problems_count(files->problems), ==, 4);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fill/values", test_values);
	g_test_add_func("/fill/fallbacks", test_fallbacks);
	g_test_add_func("/fill/duration-as-number", test_duration_as_number);
	g_test_add_func("/fill/everything-wrong-at-once", test_everything_wrong_at_once);
	g_test_add_func("/fill/more-wrong-types", test_more_wrong_types);
	g_test_add_func("/fill/several-sets", test_several_sets);
	g_test_add_func("/fill/not-a-group", test_not_a_group);
	g_test_add_func("/fill/no-group", test_no_group);
	g_test_add_func("/fill/suggestions", test_suggestions);
	g_test_add_func("/fill/problems-are-in-order", test_problems_are_in_order);
	return g_test_run();
}
