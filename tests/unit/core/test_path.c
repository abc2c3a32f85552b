/*
 * Target paths: what is a path, and what reading and writing along one does to a document.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"

#define ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

static Path *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	Path *path = path_parse(text, &error);

	if (!path)
		g_error("%s: %s", text, error->message);
	return path;
}

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

static void test_parts(void)
{
	static const struct {
		const char *text, *urn, *attribute, *filter_name, *filter_value, *sub;
	} cases[] = {
		{ .text = "userName", .attribute = "userName" },
		{ .text = "name.givenName", .attribute = "name", .sub = "givenName" },
		{ .text = "profile.address.city", .attribute = "profile", .sub = "address.city" },
		{ .text = "emails[type eq \"work\"].display",
		  .attribute = "emails",
		  .filter_name = "type",
		  .filter_value = "work",
		  .sub = "display" },
		{ .text = ENTERPRISE ":department", .urn = ENTERPRISE, .attribute = "department" },
		{ .text = ENTERPRISE ":manager.value",
		  .urn = ENTERPRISE,
		  .attribute = "manager",
		  .sub = "value" },
		{ .text = "urn:x:1.0:User:mails[type eq \"a:b]c.d\"].value",
		  .urn = "urn:x:1.0:User",
		  .attribute = "mails",
		  .filter_name = "type",
		  .filter_value = "a:b]c.d",
		  .sub = "value" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Path) path = parse(cases[i].text);

		g_assert_cmpstr(path->text, ==, cases[i].text);
		g_assert_cmpstr(path->urn, ==, cases[i].urn);
		g_assert_cmpstr(path->attribute, ==, cases[i].attribute);
		g_assert_cmpstr(path->filter_name, ==, cases[i].filter_name);
		g_assert_cmpstr(path->filter_value, ==, cases[i].filter_value);
		g_assert_cmpstr(path->sub, ==, cases[i].sub);
	}
}

static void test_canonical(void)
{
	static const char *const cases[][2] = {
		{ "emails[type eq \"work\"]", "emails[type eq \"work\"].value" },
		{ "emails[type eq 'work'].value", "emails[type eq \"work\"].value" },
		{ "emails[  type   EQ\"work\" ].value", "emails[type eq \"work\"].value" },
		{ "Emails[Type Eq \"Work\"].Value", "Emails[Type eq \"Work\"].Value" },
		{ "a[t eq \"\\u00e4\\/\\\"\"]", "a[t eq \"\303\244/\\\"\"].value" },
		{ "a[t eq 'q\"\\']", "a[t eq \"q\\\"\\\\\"].value" },
		{ "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName", "name.givenName" },
		{ "first_name", "first_name" },
		{ "emails[ 00 ].id", "emails[0].id" },
		{ "a.b[02].C[ 99 ]", "a.b[2].C[99]" },
		{ "a[0 eq \"x\"]", "a[0 eq \"x\"].value" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Path) path = parse(cases[i][0]);
		g_autoptr(Path) again = parse(path->text);

		g_assert_cmpstr(path->text, ==, cases[i][1]);
		g_assert_cmpstr(again->text, ==, path->text);
		g_assert_true(path_equal(path, again));
	}
}

static void test_mistakes(void)
{
	static const struct {
		const char *text;
		guint column;
	} cases[] = {
		{ "", 1 },
		{ "user name", 5 },
		{ " userName", 1 },
		{ "name.", 6 },
		{ "name..x", 6 },
		{ ".name", 1 },
		{ "emails[type eq \"work\"", 22 },
		{ "emails[type eq \"work]", 16 },
		{ "emails[type eq work]", 16 },
		{ "emails[type co \"work\"]", 13 },
		{ "emails[type eqx \"work\"]", 13 },
		{ "emails[primary eq true].value", 19 },
		{ "emails[]", 8 },
		{ "emails[0", 9 },
		{ "emails[100]", 8 },
		{ "a.b[100]", 5 },
		{ "emails[-1]", 10 },
		{ "emails[0]x", 10 },
		{ "emails[0][1]", 10 },
		{ "emails[0].", 11 },
		{ "emails[type eq \"work\"][0]", 23 },
		{ "emails[type eq \"work\"].type[0]", 24 },
		{ "emails[type eq \"work\" and primary eq true]", 23 },
		{ "emails[type eq \"\303\244\"]x", 20 },
		{ "emails[type eq \"work\"].type", 24 },
		{ "emails[type eq \"work\"].Type.x", 24 },
		{ "a[t eq \"\\q\"]", 8 },
		{ "a[t eq \"\\u0000\"]", 8 },
		{ "urn:x:User:", 12 },
		{ "urn:userName", 1 },
		{ "urn:a b:User:userName", 6 },
		{ ENTERPRISE, 59 },
		{ "user\377", 5 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(Path) path = path_parse(cases[i].text, &error);
		g_autofree char *column = g_strdup_printf("column %u:", cases[i].column);

		if (path)
			g_error("%s parses", cases[i].text);
		g_assert_true(error_is(error, ERROR_CONFIG));
		if (!strstr(error->message, column))
			g_error("%s: %s", cases[i].text, error->message);
	}
}

static void test_conflicts(void)
{
	static const struct {
		const char *a, *b;
		gboolean conflict;
	} cases[] = {
		{ "name", "name.givenName", TRUE },
		{ "name.givenName", "NAME.givenname", TRUE },
		{ "name.givenName", "name.familyName", FALSE },
		{ "name.given", "name.givenName", FALSE },
		{ "a.b", "a.b.c", TRUE },
		{ "a.b.c", "a.b.d", FALSE },
		{ "emails", "emails[type eq \"work\"]", TRUE },
		{ "emails.value", "emails[type eq \"work\"]", TRUE },
		{ "emails[type eq \"work\"]", "emails[type eq 'WORK'].value", TRUE },
		{ "emails[type eq \"work\"]", "emails[type eq \"work\"].display", FALSE },
		{ "emails[type eq \"work\"]", "emails[type eq \"home\"]", FALSE },
		{ "department", ENTERPRISE ":department", FALSE },
		{ "userName", "displayName", FALSE },
		{ "emails[0]", "emails[0].id", TRUE },
		{ "emails[0].id", "emails[1].id", FALSE },
		{ "emails[0].id", "emails[0].type", FALSE },
		{ "emails[0].id", "emails", TRUE },
		{ "emails[0].id", "emails.type", TRUE },
		{ "emails[0].id", "emails[type eq \"work\"]", TRUE },
		{ "emails[1]", "emails[11]", FALSE },
		{ "a.b[1]", "a.b", TRUE },
		{ "a.b[1].c", "a.b.d", TRUE },
		{ "a.b[1].c", "a.b[2].c", FALSE },
		{ "a.b[1].c", "a.b[1]", TRUE },
		{ "a.b[1].c", "a.bb", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Path) a = parse(cases[i].a);
		g_autoptr(Path) b = parse(cases[i].b);

		if (path_conflicts(a, b) != cases[i].conflict ||
		    path_conflicts(b, a) != cases[i].conflict)
			g_error("%s and %s", cases[i].a, cases[i].b);
	}
}

static void assert_set(const char *before, const char *path_text, const char *value,
		       const char *after)
{
	g_autoptr(Path) path = parse(path_text);
	g_autoptr(json_t) document = json(before);
	g_autoptr(json_t) put = json(value);
	path_set(path, document, put);
	g_autofree char *text = json_canonical(document);

	g_assert_cmpstr(text, ==, after);
	g_assert_true(json_equal(path_get(path, document), put));
}

static void test_set(void)
{
	assert_set("{}", "userName", "\"jane\"", "{\"userName\":\"jane\"}");
	assert_set("{\"username\":\"x\"}", "userName", "\"jane\"", "{\"username\":\"jane\"}");
	assert_set("{}", "name.givenName", "\"J\"", "{\"name\":{\"givenName\":\"J\"}}");
	assert_set("{\"Name\":{\"a\":1}}", "name.givenName", "\"J\"",
		   "{\"Name\":{\"a\":1,\"givenName\":\"J\"}}");
	assert_set("{\"name\":\"flat\"}", "name.givenName", "\"J\"",
		   "{\"name\":{\"givenName\":\"J\"}}");
	assert_set("{}", "a.b.c", "true", "{\"a\":{\"b\":{\"c\":true}}}");
	assert_set("{}", "emails[type eq \"work\"]", "\"j@x\"",
		   "{\"emails\":[{\"type\":\"work\",\"value\":\"j@x\"}]}");
	assert_set("{\"emails\":[{\"type\":\"home\",\"value\":\"h\"}]}", "emails[type eq \"work\"]",
		   "\"w\"",
		   "{\"emails\":[{\"type\":\"home\",\"value\":\"h\"},"
		   "{\"type\":\"work\",\"value\":\"w\"}]}");
	assert_set("{\"emails\":[{\"Type\":\"WORK\",\"Value\":\"old\"}]}",
		   "emails[type eq \"work\"]", "\"new\"",
		   "{\"emails\":[{\"Type\":\"WORK\",\"Value\":\"new\"}]}");
	assert_set("{\"emails\":\"nonsense\"}", "emails[type eq \"work\"]", "\"w\"",
		   "{\"emails\":[{\"type\":\"work\",\"value\":\"w\"}]}");
	assert_set("{}", ENTERPRISE ":department", "\"IT\"",
		   "{\"" ENTERPRISE "\":{\"department\":\"IT\"}}");
	assert_set("{}", ENTERPRISE ":manager.value", "\"7\"",
		   "{\"" ENTERPRISE "\":{\"manager\":{\"value\":\"7\"}}}");
}

static void test_set_element(void)
{
	assert_set("{}", "emails[0].id", "1", "{\"emails\":[{\"id\":1}]}");
	assert_set("{}", "phones[0]", "\"1\"", "{\"phones\":[\"1\"]}");
	assert_set("{\"Phones\":[\"1\",\"2\"]}", "phones[1]", "\"3\"",
		   "{\"Phones\":[\"1\",\"3\"]}");
	assert_set("{\"e\":[{\"a\":1},{\"a\":2}]}", "e[1].b", "3",
		   "{\"e\":[{\"a\":1},{\"a\":2,\"b\":3}]}");
	assert_set("{\"e\":{\"a\":1}}", "e[0].b", "3", "{\"e\":[{\"b\":3}]}");
	assert_set("{\"e\":[1]}", "e[0].b", "3", "{\"e\":[{\"b\":3}]}");
	assert_set("{}", "a.b[0].c", "1", "{\"a\":{\"b\":[{\"c\":1}]}}");
	assert_set("{\"a\":{\"b\":[0,{\"c\":1}]}}", "a.b[1].c", "2",
		   "{\"a\":{\"b\":[0,{\"c\":2}]}}");
	assert_set("{}", "e[type eq \"x\"].l[0]", "1", "{\"e\":[{\"l\":[1],\"type\":\"x\"}]}");
	assert_set("{}", ENTERPRISE ":x[0]", "1", "{\"" ENTERPRISE "\":{\"x\":[1]}}");
}

/* A hole would be null, which says something else than nothing. */
static void test_no_holes(void)
{
	g_autoptr(Path) path = parse("emails[3].id");
	g_autoptr(json_t) document = json("{\"emails\":[{\"id\":1}]}");
	g_autoptr(json_t) value = json_integer(2);
	path_set(path, document, value);
	g_autofree char *text = json_canonical(document);

	g_assert_cmpstr(text, ==, "{\"emails\":[{\"id\":1},{\"id\":2}]}");
}

/* 'expected' is canonical JSON, or NULL for "not there". */
static void assert_get(const char *document_text, const char *path_text, const char *expected)
{
	g_autoptr(Path) path = parse(path_text);
	g_autoptr(json_t) document = json(document_text);
	const json_t *value = path_get(path, document);
	g_autofree char *text = value ? json_canonical(value) : NULL;

	g_assert_cmpstr(text, ==, expected);
}

static void test_get(void)
{
	const char *emails =
		"{\"EMAILS\":[\"odd\",{\"value\":\"n\"},{\"type\":\"Work\",\"VALUE\":\"w\"},"
		"{\"type\":\"work\",\"value\":\"second\"}]}";

	assert_get("{\"USERNAME\":\"jane\"}", "userName", "\"jane\"");
	assert_get("{\"userName\":\"exact\",\"USERNAME\":\"other\"}", "userName", "\"exact\"");
	assert_get("{\"userName\":null}", "userName", NULL);
	assert_get("{}", "userName", NULL);
	assert_get("[1]", "userName", NULL);
	assert_get("{\"active\":false}", "active", "false");
	assert_get("{\"name\":{\"GivenName\":\"J\"}}", "name.givenName", "\"J\"");
	assert_get("{\"name\":\"J\"}", "name.givenName", NULL);
	assert_get(emails, "emails[type eq \"work\"]", "\"w\"");
	assert_get(emails, "emails[type eq \"home\"]", NULL);
	assert_get("{\"emails\":[{\"value\":\"first\"},{\"value\":\"second\"}]}", "emails.value",
		   "\"first\"");
	assert_get("{\"emails\":[]}", "emails.value", NULL);
	assert_get("{\"manager\":{\"value\":\"7\"}}", "manager.value", "\"7\"");
	assert_get("{\"manager\":\"7\"}", "manager.value", "\"7\"");
	assert_get("{\"manager\":\"7\"}", "manager.displayName", NULL);
	assert_get("{\"" ENTERPRISE "\":{\"Department\":\"IT\"}}", ENTERPRISE ":department",
		   "\"IT\"");
	assert_get("{\"department\":\"IT\"}", ENTERPRISE ":department", NULL);
	assert_get("{\"data\":[{\"user\":{\"id\":5}}]}", "data.user.id", "5");
	assert_get(emails, "emails[3].value", "\"second\"");
	assert_get(emails, "emails[4].value", NULL);
	assert_get(emails, "emails[0].value", "\"odd\"");
	assert_get("{\"phones\":[\"1\",null]}", "phones[0]", "\"1\"");
	assert_get("{\"phones\":[\"1\",null]}", "phones[1]", NULL);
	assert_get("{\"phones\":\"1\"}", "phones[0]", NULL);
	assert_get("{\"a\":[{\"b\":[0,{\"c\":1}]}]}", "a.b[1].c", "1");
}

/* The document takes a reference of its own: the caller's survives it. */
static void test_ownership(void)
{
	g_autoptr(Path) path = parse("emails[type eq \"work\"]");
	g_autoptr(json_t) value = json_string("j@x");

	json_t *document = json_object();
	path_set(path, document, value);
	json_decref(document);
	g_assert_cmpstr(json_string_value(value), ==, "j@x");
	g_assert_cmpuint(value->refcount, ==, 1);
}

/* Whatever parses has a canonical text that parses to the same place. */
static void test_random(void)
{
	static const char *const pieces[] = { "emails",
					      "name",
					      "urn:x:1.0:U:",
					      ".value",
					      "[type eq \"work\"]",
					      "[",
					      "]",
					      ".",
					      ":",
					      "\"",
					      " eq ",
					      "'a b'",
					      "\\",
					      "type",
					      "[7]",
					      "[ 10 ]",
					      "\303\244",
					      "\"\\u00e4\"" };
	guint32 seed = 7643;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	guint parsed = 0;

	g_test_message("seed %u", seed);
	for (guint i = 0; i < 50000; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		gint length = g_rand_int_range(rand, 1, 7);
		while (length-- > 0) {
			gint at = g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces));
			g_string_append(text, pieces[at]);
		}
		g_autoptr(Path) path = path_parse(text->str, NULL);
		if (!path)
			continue;
		g_autoptr(Path) again = parse(path->text);
		g_assert_cmpstr(again->text, ==, path->text);
		g_assert_true(path_equal(again, path));
		g_assert_true(path_conflicts(again, path));
		parsed++;
	}
	g_assert_cmpuint(parsed, >, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/path/parts", test_parts);
	g_test_add_func("/path/canonical", test_canonical);
	g_test_add_func("/path/mistakes", test_mistakes);
	g_test_add_func("/path/conflicts", test_conflicts);
	g_test_add_func("/path/set", test_set);
	g_test_add_func("/path/set_element", test_set_element);
	g_test_add_func("/path/no_holes", test_no_holes);
	g_test_add_func("/path/get", test_get);
	g_test_add_func("/path/ownership", test_ownership);
	g_test_add_func("/path/random", test_random);
	return g_test_run();
}
