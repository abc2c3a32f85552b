/*
 * Places: what is one, and what is found at it in answers as services send them.
 */
#include <string.h>

#include "../../../src/target/place_internal.h"
#include "base/error.h"
#include "base/json.h"

static Place *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	Place *place = place_parse(text, &error);

	if (!place)
		g_error("%s: %s", text, error->message);
	return place;
}

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

/* 'expected' is canonical JSON, or NULL for "nothing". */
static void assert_at(const char *place_written, const char *tree_text, const char *expected)
{
	g_autoptr(Place) place = parse(place_written);
	g_autoptr(json_t) tree = json(tree_text);
	const json_t *value = place_get(place, tree);
	g_autofree char *text = value ? json_canonical(value) : NULL;

	g_assert_cmpstr(place_text(place), ==, place_written);
	g_assert_cmpstr(text, ==, expected);
}

static void assert_all(const char *place_written, const char *tree_text, const char *expected)
{
	g_autoptr(Place) place = parse(place_written);
	g_autoptr(json_t) tree = json(tree_text);
	g_autoptr(json_t) values = place_all(place, tree);
	g_autofree char *text = json_canonical(values);

	g_assert_cmpstr(text, ==, expected);
}

static void test_get(void)
{
	assert_at("status", "{\"status\":\"ok\"}", "\"ok\"");
	assert_at("data.user.id", "{\"data\":{\"user\":{\"id\":5}}}", "5");
	assert_at("'@odata.nextLink'", "{\"@odata.nextLink\":\"u\"}", "\"u\"");
	assert_at("a.\"b c\".d", "{\"a\":{\"b c\":{\"d\":1}}}", "1");
	assert_at("@id", "{\"@id\":\"7\"}", "\"7\"");
	assert_at("größe", "{\"größe\":1}", "1");
	assert_at("", "{\"a\":1}", "{\"a\":1}");
	assert_at("", "[1,2]", "[1,2]");
	assert_at("", "\"text\"", "\"text\"");
	assert_at("", "null", NULL);
	assert_at("a", "{\"a\":null}", NULL);
	assert_at("a", "{}", NULL);
	assert_at("a.b", "{\"a\":\"text\"}", NULL);
	assert_at("a", "{\"a\":false}", "false");
	assert_at("a", "{\"a\":\"\"}", "\"\"");
}

static void test_case(void)
{
	assert_at("userId", "{\"UserID\":1}", "1");
	assert_at("userId", "{\"USERID\":1,\"userId\":2}", "2");
}

static void test_elements(void)
{
	const char *crm = "{\"users\":[{\"details\":{\"id\":\"1\"}},{\"details\":{\"id\":\"2\"}}]}";
	const char *one = "{\"users\":{\"details\":{\"id\":\"1\"}}}";

	assert_at("users[0].details.id", crm, "\"1\"");
	assert_at("users[1].details.id", crm, "\"2\"");
	assert_at("users[2].details.id", crm, NULL);
	assert_at("users.details.id", crm, "\"1\"");
	assert_at("users[0].details.id", one, "\"1\"");
	assert_at("users[1].details.id", one, NULL);
	assert_at("[1]", "[1,2]", "2");
	assert_at("[0].message", "[{\"message\":\"m\"}]", "\"m\"");
	assert_at("message", "[{\"message\":\"m\"}]", "\"m\"");
	assert_at("message", "[[{\"message\":\"m\"}]]", "\"m\"");
	assert_at("message", "[]", NULL);
	assert_at("a[1][0]", "{\"a\":[[1],[2]]}", "2");
	assert_at("users[*].x", "{\"users\":[{},{\"x\":null},{\"x\":3}]}", "3");
}

static void test_all(void)
{
	const char *three = "{\"r\":[{\"s\":1},{\"s\":null},{},{\"s\":\"x\"}]}";

	assert_all("r[*].s", three, "[1,\"x\"]");
	assert_all("r.s", three, "[1]");
	assert_all("r[*]", "{\"r\":{\"s\":1}}", "[{\"s\":1}]");
	assert_all("r[*].s[*]", "{\"r\":[{\"s\":[1,2]},{\"s\":3}]}", "[1,2,3]");
	assert_all("nothing[*].s", three, "[]");
	assert_all("[*]", "[]", "[]");
}

static void test_text(void)
{
	static const struct {
		const char *tree, *text;
	} cases[] = {
		{ "{\"a\":\"x\"}", "x" }, { "{\"a\":9007199254740993}", "9007199254740993" },
		{ "{\"a\":1.5}", "1.5" }, { "{\"a\":true}", "true" },
		{ "{\"a\":{}}", NULL },   { "{\"a\":[\"x\"]}", NULL },
		{ "{\"a\":null}", NULL },
	};
	g_autoptr(Place) place = parse("a");

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) tree = json(cases[i].tree);
		g_autofree char *text = place_get_text(place, tree);

		g_assert_cmpstr(text, ==, cases[i].text);
	}
	g_assert_null(place_get_text(place, NULL));
}

static void assert_mistake(const char *text, guint column)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Place) place = place_parse(text, &error);
	g_autofree char *said = g_strdup_printf("column %u:", column);

	if (place)
		g_error("%s parses", text);
	g_assert_true(error_is(error, ERROR_CONFIG));
	if (!strstr(error->message, said))
		g_error("%s: %s", text, error->message);
}

static void test_mistakes(void)
{
	static const struct {
		const char *text;
		guint column;
	} cases[] = {
		{ "a.", 3 },
		{ ".a", 1 },
		{ "a..b", 3 },
		{ "a b", 2 },
		{ "a[", 3 },
		{ "a[]", 3 },
		{ "a[x]", 3 },
		{ "a[-1]", 3 },
		{ "a[1", 4 },
		{ "a[0]b", 5 },
		{ "a[9999999]", 3 },
		{ "'a", 1 },
		{ "a.''", 3 },
		{ "'a'b", 4 },
		{ "{a}", 1 },
		{ "a|b", 2 },
		{ "\303\244.\377", 3 },
	};
	g_autoptr(GString) deep = g_string_new("a"), longest = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_mistake(cases[i].text, cases[i].column);
	for (int i = 0; i < 40; i++)
		g_string_append(deep, ".a");
	assert_mistake(deep->str, 64);
	for (int i = 0; i < 1000; i++)
		g_string_append_c(longest, 'a');
	assert_mistake(longest->str, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/place/get", test_get);
	g_test_add_func("/place/case", test_case);
	g_test_add_func("/place/elements", test_elements);
	g_test_add_func("/place/all", test_all);
	g_test_add_func("/place/text", test_text);
	g_test_add_func("/place/mistakes", test_mistakes);
	return g_test_run();
}
