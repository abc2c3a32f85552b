/*
 * Templates: what is one, how values are written where they go, and that none leaves its place.
 */
#include <string.h>

#include "../../../src/target/template_internal.h"
#include "base/error.h"
#include "base/json.h"

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

/* Names are the members of an object. */
static json_t *get(const char *name, void *object)
{
	return json_incref(json_object_get(object, name));
}

static Template *parse(TemplateContext context, const char *text)
{
	g_autoptr(GError) error = NULL;
	Template *self = template_parse(text, context, &error);

	if (!self)
		g_error("%s: %s", text, error->message);
	g_assert_cmpstr(template_text(self), ==, text);
	return self;
}

static char *fill(TemplateContext context, const char *text, json_t *values, char **missing,
		  GError **error)
{
	g_autoptr(Template) self = parse(context, text);
	TemplateScope scope = { get, values };

	return template_fill(self, &scope, missing, error);
}

static void assert_filled(TemplateContext context, const char *text, const char *values_text,
			  const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) values = json(values_text);
	g_autofree char *filled = fill(context, text, values, NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(filled, ==, expected);
}

/* 'value' is that of {v}. */
static void assert_refused(TemplateContext context, const char *text, json_t *value,
			   const char *because)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) values = json_pack("{s:o}", "v", value);
	g_autofree char *filled = fill(context, text, values, NULL, &error);

	if (filled)
		g_error("%s: %s", text, filled);
	g_assert_true(error_is(error, ERROR_OBJECT));
	if (!strstr(error->message, because))
		g_error("%s: %s", text, error->message);
}

static void test_plain(void)
{
	const char *values = "{\"a\":\"x\",\"n\":12,\"t\":true,\"f\":false,\"r\":1.5,\"e\":\"\","
			     "\"big\":9007199254740993,\"a.b[type eq \\\"}|\\\"].c\":\"odd\"}";

	assert_filled(TEMPLATE_PLAIN, "", values, "");
	assert_filled(TEMPLATE_PLAIN, "no place }", values, "no place }");
	assert_filled(TEMPLATE_PLAIN, "<{a}{n}>{{a}", values, "<x12>{a}");
	assert_filled(TEMPLATE_PLAIN, "{{{a}}", values, "{x}");
	assert_filled(TEMPLATE_PLAIN, "{ a }{t}{f}{r}{e}{big}", values,
		      "xtruefalse1.59007199254740993");
	assert_filled(TEMPLATE_PLAIN, "{a.b[type eq \"}|\"].c}", values, "odd");
	assert_filled(TEMPLATE_PLAIN, "'\"{a}\"'", "{\"a\":\"{n} \\\"'\\n\"}", "'\"{n} \"'\n\"'");
}

static void test_filters(void)
{
	const char *values = "{\"o\":\"O'Ne\\\"il\\\\\",\"u\":\"ZÖE\",\"l\":[\"B\",\"C\"],"
			     "\"none\":[],\"e\":\"\",\"m\":{\"b\":[1,\"x\"],\"a\":null},\"n\":7}";

	assert_filled(TEMPLATE_PLAIN, "{o|odata}", values, "O''Ne\"il\\");
	assert_filled(TEMPLATE_PLAIN, "{o|scim}", values, "O'Ne\\\"il\\\\");
	assert_filled(TEMPLATE_PLAIN, "{o|soql}", values, "O\\'Ne\"il\\\\");
	assert_filled(TEMPLATE_PLAIN, "{u|lower}{ o | odata | upper }", values, "zöeO''NE\"IL\\");
	assert_filled(TEMPLATE_PLAIN, "{u|base64} {n|base64}", values, "WsOWRQ== Nw==");
	assert_filled(TEMPLATE_PLAIN, "{m|json}", values, "{\"b\":[1,\"x\"],\"a\":null}");
	assert_filled(TEMPLATE_PLAIN, "{l|first}{l|lower|first}{l|lower|json}", values,
		      "Bb[\"b\",\"c\"]");
	assert_filled(TEMPLATE_PLAIN, "{n|first}", values, "7");
	assert_filled(TEMPLATE_PLAIN, "{x|or none at all}{e|or b|upper}{x|upper|or b}", values,
		      "none at allBb");
	assert_filled(TEMPLATE_PLAIN, "{x|or '|}'}{x|or \"\"}{x|or don't}{none|first|or n}", values,
		      "|}don'tn");
	assert_filled(TEMPLATE_PLAIN, "{u|or b}", values, "ZÖE");
}

static void test_path(void)
{
	const char *values = "{\"id\":\"a/b?c#d&e=f;g%2e x\",\"u\":\"é\",\"n\":5,\"q\":\"..x\"}";

	assert_filled(TEMPLATE_PATH, "/users/{id}/y", values,
		      "/users/a%2Fb%3Fc%23d%26e%3Df%3Bg%252e%20x/y");
	assert_filled(TEMPLATE_PATH, "/{u}/{n}/{q}/...", values, "/%C3%A9/5/..x/...");
	assert_filled(TEMPLATE_PATH, "/v1/my dir/\\/%41%zz/groups/$ref/a(b='{n}')", values,
		      "/v1/my%20dir/%5C/%41%25zz/groups/$ref/a(b='5')");
	assert_filled(TEMPLATE_PATH, "/x{{y", values, "/x%7By");
}

static void test_path_escapes(void)
{
	assert_refused(TEMPLATE_PATH, "/u/{v}", json_string(""), "it is empty");
	assert_refused(TEMPLATE_PATH, "/u/{v}", json_string("."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v}/x", json_string(".."), "dots");
	assert_refused(TEMPLATE_PATH, "{v}", json_string(".."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/.{v}", json_string("."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v}{v}/x", json_string("."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/%2E{v}/x", json_string("."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v}", json("[1]"), "list");
	assert_refused(TEMPLATE_PATH, "/u/{v}", json("{\"a\":1}"), "object");
	assert_refused(TEMPLATE_PATH, "/u/{v}", json_stringn("a\0b", 3), "zero");
	assert_filled(TEMPLATE_PATH, "/u/{v}", "{\"v\":\"%2e%2e\"}", "/u/%252e%252e");
	assert_filled(TEMPLATE_PATH, "/u/{v}", "{\"v\":\"//evil.example/\"}",
		      "/u/%2F%2Fevil.example%2F");
	assert_refused(TEMPLATE_PATH, "/u/{v}", json_string("..\\.."), "dots");
	assert_filled(TEMPLATE_PATH, "/u/{v}", "{\"v\":\"\\r\\n Host: x\"}",
		      "/u/%0D%0A%20Host%3A%20x");
}

static void test_query(void)
{
	const char *values = "{\"v\":\"O'Neil & sons=1+1%41#\"}";

	assert_filled(TEMPLATE_QUERY, "$filter=mail eq '{v|odata}'&x=a+b%20c%", values,
		      "$filter=mail%20eq%20%27O%27%27Neil%20%26%20sons%3D1%2B1%2541%23%27&x=a+b%20c"
		      "%25");
	assert_filled(TEMPLATE_QUERY, "a=\"<>#é[0]", values, "a=%22%3C%3E%23%C3%A9%5B0%5D");
	assert_filled(TEMPLATE_PARAMETER, "R&D=+%41/{v}", values,
		      "R%26D%3D%2B%2541%2FO%27Neil%20%26%20sons%3D1%2B1%2541%23");
	assert_refused(TEMPLATE_QUERY, "a={v}", json("[1]"), "list");
	assert_filled(TEMPLATE_QUERY, "a={v}", "{\"v\":\"\"}", "a=");
}

static void test_header(void)
{
	assert_filled(TEMPLATE_HEADER, "Bearer {v}", "{\"v\":\"a b é\"}", "Bearer a b é");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string("a\r\nX: y"), "line break");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string("a\n"), "line break");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string("a\tb"), "control");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string("a\177"), "control");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string(" a"), "blank");
	assert_refused(TEMPLATE_HEADER, "{v}", json_string("a "), "blank");
	assert_refused(TEMPLATE_HEADER, "{v}", json_stringn("a\0b", 3), "zero");
}

/* A server may decode an address before it takes it apart; so does one that hands it on. */
static void test_decoded_path(void)
{
	static const char *const values[] = { "../admins/1", "a/../../b", "a/..",  "a/.",
					      "./a",         "..\\a",     "a\\..", "..;a=b",
					      "a/..;x/b",    "/..",       ";.." };

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		assert_refused(TEMPLATE_PATH, "/u/{v}", json_string(values[i]), "dots");
		assert_refused(TEMPLATE_PATH, "/u/{v}/x", json_string(values[i]), "dots");
	}
	assert_refused(TEMPLATE_PATH, "/u/a%2F{v}", json_string(".."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v}%2fb", json_string(".."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/.{v}", json_string("./b"), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v}%2E", json_string("a/."), "dots");
	assert_refused(TEMPLATE_PATH, "/u/{v};x", json_string(".."), "dots");
	assert_filled(TEMPLATE_PATH, "/u/{v}", "{\"v\":\"a/b\"}", "/u/a%2Fb");
	assert_filled(TEMPLATE_PATH, "/u/{v}/x", "{\"v\":\".../a..b/..c/d..\"}",
		      "/u/...%2Fa..b%2F..c%2Fd../x");
}

/* What is refused is not repeated: it may be a password. */
static void test_silence(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) values = json("{\"v\":\"hush\\n\"}");

	g_assert_null(fill(TEMPLATE_HEADER, "{v}", values, NULL, &error));
	g_assert_nonnull(strstr(error->message, "{v}"));
	g_assert_null(strstr(error->message, "hush"));
}

static void test_missing(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) values = json("{\"a\":\"x\",\"null\":null}");
	g_autofree char *missing = NULL, *other = NULL;

	g_assert_null(fill(TEMPLATE_PATH, "/{a}/{gone}/{too}", values, &missing, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(missing, ==, "gone");
	g_assert_null(fill(TEMPLATE_PLAIN, "{null|upper}", values, &other, &error));
	g_assert_no_error(error);
	g_assert_cmpstr(other, ==, "null");
	g_assert_null(fill(TEMPLATE_PLAIN, "{null}", values, NULL, &error));
}

/* The values of the scope belong to others, who still have them afterwards. */
static void test_ownership(void)
{
	g_autoptr(json_t) values = json("{\"a\":[\"Quiet\",\"Words\"]}");
	g_autofree char *filled = fill(TEMPLATE_PLAIN, "{a|upper|first}{a|first|lower}", values,
				       NULL, NULL);
	g_autofree char *after = json_canonical(values);

	g_assert_cmpstr(filled, ==, "QUIETquiet");
	g_assert_cmpstr(after, ==, "{\"a\":[\"Quiet\",\"Words\"]}");
}

static void test_filter_problems(void)
{
	assert_refused(TEMPLATE_PLAIN, "{v|lower}", json("{\"a\":1}"), "object");
	assert_refused(TEMPLATE_PLAIN, "{v|lower|first}", json("[[{\"a\":1}]]"), "object");
	assert_refused(TEMPLATE_PLAIN, "{v|upper}", json_stringn("a\0b", 3), "zero");
	assert_refused(TEMPLATE_PLAIN, "{v}", json_stringn("a\0b", 3), "zero");
	assert_refused(TEMPLATE_PLAIN, "{v}!", json("[1]"), "{NAME|first}");
	assert_refused(TEMPLATE_PLAIN, "{v|upper}", json_stringn_nocheck("\303", 1), "UTF-8");
}

static void assert_mistake(TemplateContext context, const char *text, guint column,
			   const char *hint)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Template) self = template_parse(text, context, &error);
	g_autofree char *said = g_strdup_printf("column %u:", column);

	if (self)
		g_error("%s parses", text);
	g_assert_true(error_is(error, ERROR_CONFIG));
	if (!strstr(error->message, said) || !strstr(error->message, hint))
		g_error("%s: %s", text, error->message);
}

static void test_mistakes(void)
{
	assert_mistake(TEMPLATE_PLAIN, "x { \"a\": 1 }", 5, "{{");
	assert_mistake(TEMPLATE_PLAIN, "{}", 2, "{{");
	assert_mistake(TEMPLATE_PLAIN, "{id", 4, "not closed");
	assert_mistake(TEMPLATE_PLAIN, "{", 2, "{{");
	assert_mistake(TEMPLATE_PLAIN, "{a b}", 3, "{{");
	assert_mistake(TEMPLATE_PLAIN, "{a'}", 5, "not closed");
	assert_mistake(TEMPLATE_PLAIN, "ä{id|}", 6, "filter is missing");
	assert_mistake(TEMPLATE_PLAIN, "{id|odatta}", 5, "did you mean 'odata'");
	assert_mistake(TEMPLATE_PLAIN, "{id|rot13}", 5, "base64");
	assert_mistake(TEMPLATE_PLAIN, "{id|lower x}", 11, "expected");
	assert_mistake(TEMPLATE_PLAIN, "{id|or}", 7, "or ''");
	assert_mistake(TEMPLATE_PLAIN, "{id|or 'x}", 8, "not closed");
	assert_mistake(TEMPLATE_PLAIN, "{id|or x", 9, "not closed");
	assert_mistake(TEMPLATE_PLAIN, "{id|lower", 10, "not closed");
	assert_mistake(TEMPLATE_PLAIN, "a\377", 2, "UTF-8");
	assert_mistake(TEMPLATE_PATH, "/a/../{id}", 11, "dots");
	assert_mistake(TEMPLATE_PATH, "/a/%2e%2E", 10, "dots");
	assert_mistake(TEMPLATE_PATH, "/a?b", 5, "? or #");
	assert_mistake(TEMPLATE_HEADER, "a\nb", 4, "control");
}

/* ---- trees ---- */

static TemplateTree *parse_tree(const char *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) model = json(text);
	TemplateTree *self = template_tree_parse(model, &error);

	if (!self)
		g_error("%s: %s", text, error->message);
	return self;
}

/* 'expected' in the order of the tree. */
static void assert_tree(const char *model, const char *values_text, const char *expected)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(TemplateTree) self = parse_tree(model);
	g_autoptr(json_t) values = json(values_text);
	TemplateScope scope = { get, values };
	g_autoptr(json_t) tree = template_tree_fill(self, &scope, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY);
	g_assert_cmpstr(text, ==, expected);
}

static void assert_tree_refused(const char *model, const char *values_text, const char *because)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(TemplateTree) self = parse_tree(model);
	g_autoptr(json_t) values = json(values_text);
	TemplateScope scope = { get, values };

	g_assert_null(template_tree_fill(self, &scope, &error));
	g_assert_true(error_is(error, ERROR_OBJECT));
	if (!strstr(error->message, because))
		g_error("%s: %s", model, error->message);
}

static void test_tree(void)
{
	const char *values = "{\"a\":\"x\\\"}\",\"n\":12,\"t\":true,\"o\":{\"z\":1,\"y\":[2]},"
			     "\"l\":[1,\"{a}\"]}";

	assert_tree("{\"b\":\"{a}\",\"a\":\"<{a}>\",\"k\":\"{{\"}", values,
		    "{\"b\":\"x\\\"}\",\"a\":\"<x\\\"}>\",\"k\":\"{\"}");
	assert_tree("{\"n\":\"{n}\",\"s\":\"{n} \",\"t\":\"{t}\",\"c\":5,\"z\":null}", values,
		    "{\"n\":12,\"s\":\"12 \",\"t\":true,\"c\":5,\"z\":null}");
	assert_tree("\"{o}\"", values, "{\"z\":1,\"y\":[2]}");
	assert_tree("[{\"w\":\"{o}\"},\"{l}\",{},[]]", values,
		    "[{\"w\":{\"z\":1,\"y\":[2]}},[1,\"{a}\"],{},[]]");
	assert_tree("{\"{a}\":1}", values, "{\"{a}\":1}");
	assert_tree("{\"@odata.id\":\"https://x/{n}\"}", values,
		    "{\"@odata.id\":\"https://x/12\"}");
}

static void test_tree_missing(void)
{
	const char *values = "{\"a\":\"x\",\"null\":null}";

	assert_tree("{\"b\":\"{gone}\",\"c\":\"{gone} {a}\",\"a\":\"{a}\"}", values,
		    "{\"a\":\"x\"}");
	assert_tree("{\"b\":{\"c\":{\"d\":\"{gone}\"}},\"a\":[\"{gone}\",\"{a}\"]}", values,
		    "{\"a\":[\"x\"]}");
	assert_tree("{\"b\":[{\"c\":\"{gone}\"}],\"e\":{\"f\":{}}}", values, "{\"e\":{\"f\":{}}}");
	assert_tree("{\"b\":\"{null}\",\"c\":\"{null|or -}\"}", values, "{\"c\":\"-\"}");
	assert_tree("{\"b\":\"{gone}\"}", values, "{}");
	assert_tree("[\"{gone}\"]", values, "[]");
	assert_tree_refused("\"{gone}\"", values, "{gone}");
}

static void test_each(void)
{
	const char *values = "{\"members\":[\"1\",\"2\"],\"one\":{\"k\":7},\"none\":[],\"x\":\"y\","
			     "\"deep\":[{\"n\":1,\"l\":[{\"m\":2},{\"m\":3}]},{\"n\":4}]}";

	assert_tree("{\"m\":{\"$each\":\"members\",\"$make\":{\"id\":\"{item}\"}}}", values,
		    "{\"m\":[{\"id\":\"1\"},{\"id\":\"2\"}]}");
	assert_tree("{\"$each\":\"{members}\",\"$make\":\"/u/{item}/{x}\"}", values,
		    "[\"/u/1/y\",\"/u/2/y\"]");
	assert_tree("{\"m\":{\"$each\":\"none\",\"$make\":1},\"n\":{\"$each\":\"gone\","
		    "\"$make\":1}}",
		    values, "{\"m\":[]}");
	assert_tree("{\"$each\":\"one\",\"$make\":\"{item.K}\"}", values, "[7]");
	assert_tree("{\"$each\":\"deep\",\"$make\":{\"n\":\"{item.n}\",\"l\":"
		    "{\"$each\":\"item.l\",\"$make\":\"{item.m}\"}}}",
		    values, "[{\"n\":1,\"l\":[2,3]},{\"n\":4}]");
}

static void test_merge(void)
{
	const char *values = "{\"a\":{\"x\":1,\"y\":{\"z\":1}},\"n\":5}";

	assert_tree("{\"$merge\":[\"{a}\",{\"y\":{\"w\":2},\"n\":\"{n}\"}]}", values,
		    "{\"x\":1,\"y\":{\"w\":2},\"n\":5}");
	assert_tree("{\"u\":{\"$merge\":[\"{gone}\",{\"q\":1}]}}", values, "{\"u\":{\"q\":1}}");
	assert_tree("{\"$merge\":[]}", values, "{}");
	assert_tree_refused("{\"$merge\":[\"{n}\"]}", values, "no object");
}

/* What was filled can be wiped without harm to where it came from. */
static void test_tree_shares_nothing(void)
{
	g_autoptr(TemplateTree) self = parse_tree("{\"a\":\"{a}\"}");
	g_autoptr(json_t) values = json("{\"a\":{\"k\":\"kept\"}}");
	TemplateScope scope = { get, values };
	g_autoptr(json_t) tree = template_tree_fill(self, &scope, NULL);

	json_object_set_new(json_object_get(tree, "a"), "k", json_string("other"));
	g_assert_cmpstr(json_string_value(json_object_get(json_object_get(values, "a"), "k")), ==,
			"kept");
}

static void assert_tree_mistake(const char *text, const char *said)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) model = json(text);
	g_autoptr(TemplateTree) self = template_tree_parse(model, &error);

	g_assert_null(self);
	g_assert_true(error_is(error, ERROR_CONFIG));
	if (!strstr(error->message, said))
		g_error("%s: %s", text, error->message);
}

static void test_tree_mistakes(void)
{
	g_autoptr(json_t) deep = json_object();
	g_autoptr(TemplateTree) tree = NULL;
	g_autoptr(GError) error = NULL;

	assert_tree_mistake("{\"users\":[1,{\"mail\":\"{a b}\"}]}",
			    "users[1].mail: bad template at column 3");
	assert_tree_mistake("[[\"{\"]]", "[0][0]: bad template at column 2");
	assert_tree_mistake("\"{\"", "bad template at column 2");
	assert_tree_mistake("{\"$each\":\"l\"}", "$make");
	assert_tree_mistake("{\"$make\":1}", "$each");
	assert_tree_mistake("{\"$each\":\"l\",\"$make\":1,\"x\":1}", "nothing else");
	assert_tree_mistake("{\"$each\":\"{a}{b}\",\"$make\":1}", "one list");
	assert_tree_mistake("{\"$each\":\"l\",\"$make\":{\"q\":\"{\"}}", "$make.q: bad");
	assert_tree_mistake("{\"$merge\":{}}", "list of objects");
	assert_tree_mistake("{\"$merge\":[],\"x\":1}", "alone");
	for (int i = 0; i < 70; i++) {
		json_t *outer = json_pack("{s:o}", "a", deep);
		deep = outer;
	}
	tree = template_tree_parse(deep, &error);
	g_assert_null(tree);
	g_assert_nonnull(strstr(error->message, "too deep"));
}

static void collect(const char *name, gboolean is_needed, void *text)
{
	g_string_append_printf(text, "%s%s ", name, is_needed ? "" : "?");
}

static void test_names(void)
{
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(Template) text = parse(TEMPLATE_PATH, "/{id}/{a.b|lower}/{c|or x}/{{no}");
	g_autoptr(TemplateTree) tree = parse_tree(
		"{\"a\":\"{x}\",\"b\":[{\"$each\":\"members\",\"$make\":"
		"{\"i\":\"{item.id}\",\"y\":\"{y} {item}\"}}],\"c\":\"{item}\"}");

	template_names(text, collect, names);
	g_assert_cmpstr(names->str, ==, "id a.b c? ");
	g_string_truncate(names, 0);
	template_tree_names(tree, collect, names);
	g_assert_cmpstr(names->str, ==, "x members item.id? y item? item ");
}

static void test_value(void)
{
	g_autoptr(json_t) values = json("{\"l\":[1]}");
	TemplateScope scope = { get, values };
	g_autoptr(Template) whole = parse(TEMPLATE_PLAIN, "{l}");
	g_autoptr(Template) part = parse(TEMPLATE_PLAIN, "{l} ");
	g_autoptr(Template) none = parse(TEMPLATE_PLAIN, "");
	g_autoptr(json_t) value = NULL;

	g_assert_true(template_is_value(whole));
	g_assert_false(template_is_value(part));
	g_assert_false(template_is_value(none));
	value = template_value(whole, &scope, NULL);
	g_assert_true(json_is_array(value));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/template/plain", test_plain);
	g_test_add_func("/template/filters", test_filters);
	g_test_add_func("/template/path", test_path);
	g_test_add_func("/template/path_escapes", test_path_escapes);
	g_test_add_func("/template/query", test_query);
	g_test_add_func("/template/header", test_header);
	g_test_add_func("/template/decoded_path", test_decoded_path);
	g_test_add_func("/template/silence", test_silence);
	g_test_add_func("/template/missing", test_missing);
	g_test_add_func("/template/ownership", test_ownership);
	g_test_add_func("/template/filter_problems", test_filter_problems);
	g_test_add_func("/template/mistakes", test_mistakes);
	g_test_add_func("/template/tree", test_tree);
	g_test_add_func("/template/tree_missing", test_tree_missing);
	g_test_add_func("/template/each", test_each);
	g_test_add_func("/template/merge", test_merge);
	g_test_add_func("/template/tree_shares_nothing", test_tree_shares_nothing);
	g_test_add_func("/template/tree_mistakes", test_tree_mistakes);
	g_test_add_func("/template/names", test_names);
	g_test_add_func("/template/value", test_value);
	return g_test_run();
}
