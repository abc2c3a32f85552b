/*
 * Values: types as the directory's bytes decide them, their text and their JSON.
 */
#include <string.h>

#include "base/json.h"
#include "core/value.h"

static void assert_json(const Value *value, const char *expected)
{
	g_autoptr(json_t) json = value_json(value);
	g_autofree char *text = json_canonical(json);

	g_assert_cmpstr(text, ==, expected);
}

static void test_text_or_bytes(void)
{
	static const struct {
		const char *bytes;
		gsize length;
		ValueType type;
	} rows[] = {
		{ "jane", 4, VALUE_STRING },        { "", 0, VALUE_STRING },
		{ "Zo\303\253", 4, VALUE_STRING },  { "\360\237\230\200", 4, VALUE_STRING },
		{ "\377\330\377", 3, VALUE_BYTES }, /* a JPEG */
		{ "Zo\353", 3, VALUE_BYTES },       /* Latin-1 */
		{ "a\0b", 3, VALUE_BYTES },         /* no JSON string can carry it */
		{ "\355\240\200", 3, VALUE_BYTES }, /* a lone surrogate */
		{ "\300\200", 2, VALUE_BYTES },     /* an overlong NUL */
	};
	g_autoptr(Arena) arena = arena_new();

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		const Value *value = value_string(arena, rows[i].bytes, rows[i].length);

		g_assert_cmpint(value->type, ==, rows[i].type);
		g_assert_cmpmem(value->string.data, value->string.length, rows[i].bytes,
				rows[i].length);
		g_assert_cmpint(value->string.data[rows[i].length], ==, '\0');
	}
}

static void test_copies(void)
{
	g_autoptr(Arena) arena = arena_new();
	char text[] = "jane";
	const Value *copied = value_string(arena, text, 4);
	const Value *borrowed = value_borrow(arena, text, 4);

	text[0] = 'J';
	g_assert_cmpstr(copied->string.data, ==, "jane");
	g_assert_cmpstr(borrowed->string.data, ==, "Jane");
}

static void test_text(void)
{
	g_autoptr(Arena) arena = arena_new();
	const Value *two[] = { value_string(arena, "b", 1), value_string(arena, "a", 1) };

	g_assert_cmpstr(value_text(arena, value_null()), ==, "");
	g_assert_cmpstr(value_text(arena, value_bool(TRUE)), ==, "True");
	g_assert_cmpstr(value_text(arena, value_bool(FALSE)), ==, "False");
	g_assert_cmpstr(value_text(arena, value_number(arena, G_MININT64)), ==,
			"-9223372036854775808");
	g_assert_cmpstr(value_text(arena, value_string(arena, "x", 1)), ==, "x");
	g_assert_cmpstr(value_text(arena, value_string(arena, "\377", 1)), ==, "/w==");
	g_assert_cmpstr(value_text(arena, value_list(arena, two, 2)), ==, "b");
}

static void test_json(void)
{
	g_autoptr(Arena) arena = arena_new();
	const Value *items[] = { value_string(arena, "b\"\n", 3), value_number(arena, 7),
				 value_bool(TRUE), value_string(arena, "\377\330", 2) };

	assert_json(value_null(), "null");
	assert_json(value_bool(FALSE), "false");
	assert_json(value_number(arena, G_MAXINT64), "9223372036854775807");
	assert_json(value_string(arena, "", 0), "\"\"");
	assert_json(value_list(arena, items, 4), "[\"b\\\"\\n\",7,true,\"/9g=\"]");
}

static void test_lists_collapse(void)
{
	g_autoptr(Arena) arena = arena_new();
	const Value *items[] = { value_number(arena, 1), value_number(arena, 2) };
	const Value *list = value_list(arena, items, 2);

	g_assert_cmpint(value_list(arena, items, 0)->type, ==, VALUE_NULL);
	g_assert_true(value_list(arena, items, 1) == items[0]);
	items[1] = items[0];
	g_assert_cmpuint(value_count(list), ==, 2);
	g_assert_cmpint(value_item(list, 1)->number, ==, 2);
	g_assert_cmpuint(value_count(value_null()), ==, 0);
	g_assert_cmpuint(value_count(value_bool(FALSE)), ==, 1);
	g_assert_true(value_item(value_bool(TRUE), 0)->boolean);
}

static void test_blank(void)
{
	g_autoptr(Arena) arena = arena_new();

	g_assert_true(value_is_blank(value_null()));
	g_assert_true(value_is_blank(value_string(arena, "", 0)));
	g_assert_false(value_is_blank(value_string(arena, " ", 1)));
	g_assert_false(value_is_blank(value_bool(FALSE)));
	g_assert_false(value_is_blank(value_number(arena, 0)));
	g_assert_false(value_is_blank(value_string(arena, "\0", 1)));
}

static void test_type_names(void)
{
	g_assert_cmpstr(value_type_name(VALUE_NULL), ==, "null");
	g_assert_cmpstr(value_type_name(VALUE_BOOL), ==, "boolean");
	g_assert_cmpstr(value_type_name(VALUE_NUMBER), ==, "number");
	g_assert_cmpstr(value_type_name(VALUE_STRING), ==, "text");
	g_assert_cmpstr(value_type_name(VALUE_BYTES), ==, "bytes");
	g_assert_cmpstr(value_type_name(VALUE_LIST), ==, "list");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/value/text-or-bytes", test_text_or_bytes);
	g_test_add_func("/value/copies", test_copies);
	g_test_add_func("/value/text", test_text);
	g_test_add_func("/value/json", test_json);
	g_test_add_func("/value/lists-collapse", test_lists_collapse);
	g_test_add_func("/value/blank", test_blank);
	g_test_add_func("/value/type-names", test_type_names);
	return g_test_run();
}
