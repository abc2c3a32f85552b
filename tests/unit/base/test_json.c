/*
 * JSON helpers: equal values are equal bytes, text from the network is bounded, names are found
 * whatever their case.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"

static json_t *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	g_assert_nonnull(value);
	return value;
}

static void assert_refused(const char *text, gsize length, const char *because)
{
	g_autoptr(GError) error = NULL;

	if (json_parse_bounded(text, length, &error))
		g_error("\"%s\" was taken", text);
	g_assert_true(error_is(error, ERROR_OBJECT));
	if (!strstr(error->message, because))
		g_error("\"%s\" does not say \"%s\"", error->message, because);
}

static char *nested(guint depth, char open, char close)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < depth; i++)
		g_string_append_c(text, open);
	for (guint i = 0; i < depth && close; i++)
		g_string_append_c(text, close);
	return g_string_free(text, FALSE);
}

static void test_canonical(void)
{
	g_autoptr(json_t) a = parse(
		"{ \"b\": [1, 2.5, true, null], \"a\": \"\\u00fc\\n\", \"A\": {} }");
	g_autoptr(json_t) b = parse("{\"A\":{},\"a\":\"ü\\u000a\",\"b\":[1,2.5,true,null]}");
	g_autofree char *text = json_canonical(a);
	g_autofree char *same = json_canonical(b);

	g_assert_cmpstr(text, ==, "{\"A\":{},\"a\":\"ü\\n\",\"b\":[1,2.5,true,null]}");
	g_assert_cmpstr(same, ==, text);
}

static json_t *random_value(int depth)
{
	static const char *const texts[] = {
		"", "ü", "a\"b\\", "\n\t", "😀", "null", "\x01\x1f\x7f/\b\f\r"
	};
	json_t *value;

	switch (g_test_rand_int_range(0, depth > 0 ? 6 : 4)) {
	case 0:
		return json_string(texts[g_test_rand_int_range(0, G_N_ELEMENTS(texts))]);
	case 1:
		return json_integer(g_test_rand_int());
	case 2:
		return json_boolean(g_test_rand_bit());
	case 3:
		return json_null();
	case 4:
		value = json_array();
		for (int i = g_test_rand_int_range(0, 4); i > 0; i--)
			json_array_append_new(value, random_value(depth - 1));
		return value;
	default:
		value = json_object();
		for (int i = g_test_rand_int_range(0, 4); i > 0; i--) {
			char key[2] = { (char)g_test_rand_int_range('A', 'z'), '\0' };
			json_object_set_new(value, key, random_value(depth - 1));
		}
		return value;
	}
}

/* canonical(parse(canonical(x))) == canonical(x), and the value is the same. */
static void test_canonical_comes_back(void)
{
	for (int i = 0; i < 2000; i++) {
		g_autoptr(json_t) value = random_value(5);
		g_autofree char *text = json_canonical(value);
		g_autoptr(json_t) back = parse(text);
		g_autofree char *again = json_canonical(back);
		g_assert_cmpstr(again, ==, text);
		g_assert_true(json_equal(value, back));
	}
}

/* The bytes are those of jansson's own writer. */
static void test_canonical_as_jansson(void)
{
	for (int i = 0; i < 2000; i++) {
		g_autoptr(json_t) value = random_value(4);
		g_autofree char *text = json_canonical(value);
		char *theirs = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

		g_assert_cmpstr(text, ==, theirs);
		free(theirs);
	}
}

/* Whatever it is, the value is the one that jansson's reader makes of it, or none. */
static void test_read_canonical(void)
{
	static const char *const texts[] = { "{}",
					     "[]",
					     "\"\"",
					     "-7",
					     "0",
					     "-0",
					     "01",
					     "123456789012345678",
					     "1234567890123456789",
					     "12345678901234567890",
					     "1.5",
					     "1e3",
					     "1E3",
					     "-",
					     "{",
					     "[1,",
					     "[1,]",
					     "{\"a\":1,}",
					     "{\"a\":1,\"a\":2}",
					     "{\"a\" :1}",
					     " 1",
					     "1 ",
					     "tru",
					     "true",
					     "nullx",
					     "\"\\u00fc\"",
					     "\"\\u0000\"",
					     "\"a\\\"b\\\\\\/\\b\\f\\n\\r\\t\"",
					     "\"\\x\"",
					     "\"a\nb\"",
					     "\"\xff\"",
					     "\"",
					     "\"\\",
					     "{\"\\\"\":[{\"b\":null}]}",
					     "" };

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		gsize length = strlen(texts[i]);
		g_autoptr(json_t) ours = json_read_canonical(texts[i], length);
		g_autoptr(json_t) theirs = json_loadb(texts[i], length,
						      JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

		if (!ours != !theirs || (ours && !json_equal(ours, theirs)))
			g_error("'%s' is read in another way", texts[i]);
	}
}

static void test_read_canonical_comes_back(void)
{
	for (int i = 0; i < 2000; i++) {
		g_autoptr(json_t) value = random_value(4);
		g_autofree char *text = json_canonical(value);
		g_autoptr(json_t) back = json_read_canonical(text, strlen(text));

		g_assert_true(json_equal(value, back));
	}
}

static void test_canonical_of_many(void)
{
	g_autoptr(json_t) object = json_object();
	GString *wanted = g_string_new("{");

	for (int i = 999; i >= 100; i--) {
		char key[8];
		g_snprintf(key, sizeof(key), "k%d", i);
		json_object_set_new(object, key, json_integer(i));
	}
	for (int i = 100; i < 1000; i++)
		g_string_append_printf(wanted, "\"k%d\":%d%s", i, i, i < 999 ? "," : "}");
	g_autofree char *text = json_canonical(object);
	g_autofree char *expected = g_string_free(wanted, FALSE);
	g_assert_cmpstr(text, ==, expected);
}

static void test_any_root(void)
{
	static const char *const texts[] = { "1", "\"x\"", "null", " [ ] ", "\xef\xbb\xbf{}" };

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(json_t) value = parse(texts[i]);
		g_assert_nonnull(value);
	}
}

static void test_length_is_obeyed(void)
{
	g_autoptr(json_t) value = json_parse_bounded("[1]garbage", 3, NULL);

	g_assert_cmpint(json_array_size(value), ==, 1);
}

static void test_duplicates_are_tolerated(void)
{
	g_autoptr(json_t) value = parse("{\"id\":\"1\",\"id\":\"2\"}");

	g_assert_cmpstr(json_get_string(value, "id"), ==, "2");
}

static void test_refused(void)
{
	assert_refused("", 0, "line 1");
	assert_refused("{\n\"a\": }", 8, "line 2");
	assert_refused("[1] x", 5, "end of file");
	assert_refused("[\"\xff\"]", 5, "byte 0xff");
	assert_refused("[\"a\\u0000b\"]", 12, "NUL");
	assert_refused("[1\0]", 4, "not valid JSON");
	assert_refused("\"abc\\", 5, "not valid JSON");
	assert_refused("<html>", 6, "not valid JSON");
}

static void test_depth(void)
{
	g_autofree char *deep = nested(64, '[', ']');
	g_autofree char *deeper = nested(65, '[', ']');
	g_autofree char *hostile = nested(3000000, '[', '\0');
	g_autoptr(json_t) value = parse(deep);

	g_assert_nonnull(value);
	assert_refused(deeper, strlen(deeper), "deeper than 64");
	assert_refused(hostile, strlen(hostile), "deeper than 64");
}

/* Brackets in strings are no depth, also behind an escaped quote. */
static void test_depth_respects_strings(void)
{
	g_autofree char *brackets = nested(500, '[', '\0');
	g_autofree char *text = g_strdup_printf("[\"\\\"%s\\\\\", {\"%s\": 1}]", brackets,
						brackets);
	g_autoptr(json_t) value = parse(text);

	g_assert_cmpint(json_array_size(value), ==, 2);
}

static void test_nocase(void)
{
	g_autoptr(json_t) value = parse("{\"USERNAME\":\"a\",\"userName\":\"b\",\"Id\":\"c\"}");

	g_assert_cmpstr(json_string_value(json_get_nocase(value, "userName")), ==, "b");
	g_assert_cmpstr(json_string_value(json_get_nocase(value, "username")), ==, "a");
	g_assert_cmpstr(json_string_value(json_get_nocase(value, "id")), ==, "c");
	g_assert_null(json_get_nocase(value, "x"));
	g_assert_null(json_get_nocase(NULL, "x"));
}

static void test_scalar_text(void)
{
	static const char *const cases[][2] = {
		{ "\"x\"", "x" },     { "12", "12" },   { "true", "true" },
		{ "false", "false" }, { "0.1", "0.1" }, { "-1.5e300", "-1.5e+300" },
		{ "null", NULL },     { "[1]", NULL },  { "{}", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) value = parse(cases[i][0]);
		g_autofree char *text = json_scalar_text(value);
		g_assert_cmpstr(text, ==, cases[i][1]);
	}
	g_assert_null(json_scalar_text(NULL));
}

static void test_get_string(void)
{
	g_autoptr(json_t) value = parse("{\"a\":\"x\",\"b\":1}");

	g_assert_cmpstr(json_get_string(value, "a"), ==, "x");
	g_assert_null(json_get_string(value, "b"));
	g_assert_null(json_get_string(value, "c"));
}

static void test_lossy(void)
{
	g_autoptr(json_t) fine = json_lossy_string("Jürgen", 7);
	g_autoptr(json_t) latin1 = json_lossy_string("J\xfcrgen\0x", 8);

	g_assert_cmpstr(json_string_value(fine), ==, "Jürgen");
	g_assert_cmpstr(json_string_value(latin1), ==, "J\xef\xbf\xbdrgen\xef\xbf\xbdx");
}

/* As long as it is white space that makes the fast reader leave it to the other one, and if not. */
static void test_strict(void)
{
	static const char *const twice[] = { "{\"users\":[{\"id\":1}],\"users\":[]}",
					     "{ \"users\": [ 1 ], \"users\": [] }",
					     "[{\"a\":{\"b\":1,\"c\":2,\"b\":1}}]",
					     "{\"a\":1,\"\\u0061\":2}" };
	static const char *const once[] = { "{\"a\":{\"a\":1},\"A\":2}", "[{\"a\":1},{\"a\":1}]" };

	for (gsize i = 0; i < G_N_ELEMENTS(twice); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(json_parse_strict(twice[i], strlen(twice[i]), &error));
		g_assert_true(error_is(error, ERROR_OBJECT));
		g_assert_nonnull(strstr(error->message, "duplicate"));
	}
	for (gsize i = 0; i < G_N_ELEMENTS(once); i++) {
		g_autoptr(json_t) value = json_parse_strict(once[i], strlen(once[i]), NULL);
		g_assert_nonnull(value);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json/canonical", test_canonical);
	g_test_add_func("/json/canonical-comes-back", test_canonical_comes_back);
	g_test_add_func("/json/canonical-as-jansson", test_canonical_as_jansson);
	g_test_add_func("/json/canonical-of-many", test_canonical_of_many);
	g_test_add_func("/json/read-canonical", test_read_canonical);
	g_test_add_func("/json/read-canonical-comes-back", test_read_canonical_comes_back);
	g_test_add_func("/json/any-root", test_any_root);
	g_test_add_func("/json/length-is-obeyed", test_length_is_obeyed);
	g_test_add_func("/json/duplicates-are-tolerated", test_duplicates_are_tolerated);
	g_test_add_func("/json/strict", test_strict);
	g_test_add_func("/json/refused", test_refused);
	g_test_add_func("/json/depth", test_depth);
	g_test_add_func("/json/depth-respects-strings", test_depth_respects_strings);
	g_test_add_func("/json/nocase", test_nocase);
	g_test_add_func("/json/scalar-text", test_scalar_text);
	g_test_add_func("/json/get-string", test_get_string);
	g_test_add_func("/json/lossy", test_lossy);
	return g_test_run();
}
