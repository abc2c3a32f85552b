/*
 * Expressions: what is refused before anybody is looked at, with which words, and where.
 */
#include <string.h>

#include "base/error.h"
#include "expr_support.h"

static void test_mistakes_of_names(void)
{
	static const ExprMistake cases[] = {
		{ "$x", 1, "unknown variable \"$x\"\na variable exists in the last argument" },
		{ "Select($x, $x, 1)", 12, "unknown variable" },
		{ "Join(\" \", Select($x, [a], $x), $x)", 32, "unknown variable" },
		{ "Select($item, [a], $itm)", 20, "did you mean $item?" },
		{ "Select([a], [b], 1)", 8,
		  "the first argument of Select is a variable such as $x" },
		{ "With(, [b], 1)", 6, "the first argument of With is a variable" },
		{ "With($a, [b], With($A, 1, 2))", 20, "there is a variable $a already" },
		{ "Select($x, [a])", 1, "Select takes at least 3 arguments, here are 2" },
		{ "Select($x, , $x)", 1, "left empty" },
		{ "Where($x, [a], )", 1, "the condition of Where is left empty" },
		{ "Where($x, [a], \"x\")", 16, "a constant is no condition" },
		{ "$", 1, "a variable is written $name, an attribute [name]" },
		{ "$1", 1, "a variable is written $name" },
		{ "[a] AND", 8, "ends too early" },
		{ "AND [a]", 1, "\"AND\" has nothing on its left\nwrite a AND b" },
		{ "OR([a], [b])", 1, "write a OR b" },
		{ "[a] NOT [b]", 5, "behind the end" },
		{ "NOT", 4, "ends too early" },
		{ "NOT()", 1, "Not takes at least 1 argument" },
		{ "[a] AND \"yes\"", 9, "a constant is no condition" },
		{ "7 OR [a]", 1, "a constant is no condition" },
		{ "[a] = NULL", 7, "a comparison with empty text or NULL is never true" },
		{ "Now() > 'soon'", 9, "a date compares with a date only" },
		{ "'1/1/26' < Now()", 1, "a date compares with a date only" },
		{ "5 < CDate([a])", 1, "a date compares with a date only" },
		{ "[a] && [b]", 5, "write AND" },
		{ "[a] || [b]", 5, "write OR" },
		{ "![a]", 1, "write NOT" },
		{ "[a] + [b]", 5, "write Join" },
		{ "[a] = 1 = 2 AND [b]", 9, "write AND between two comparisons" },
	};

	RUN_MISTAKES(cases);
}

/* What only a mapping can act on has to reach it. */
static void test_tops(void)
{
	static const ExprMistake cases[] = {
		{ "ToLower(SelectUniqueValue([a], [b]))", 9,
		  "SelectUniqueValue cannot be an argument of ToLower\nit must be the whole" },
		{ "IIF([a], SelectUniqueValue([a], [b]), 1)", 10, "cannot be an argument of IIF" },
		{ "[a] = SelectUniqueValue([a], [b])", 7, "cannot be an argument of =" },
		{ "NOT SelectUniqueValue([a], [b])", 5, "cannot be an argument of Not" },
		{ "Count(AppRoleAssignmentsComplex([appRoleAssignments]))", 7,
		  "cannot be an argument of Count" },
	};
	g_autoptr(Expr) grouped = expr_must_compile("(SelectUniqueValue([a], [b]))");

	RUN_MISTAKES(cases);
	g_assert_cmpuint(expr_traits(grouped), ==, EXPR_CHOOSES);
}

static void test_mistakes(void)
{
	static const ExprMistake cases[] = {
		{ "", 1, "empty" },
		{ "   ", 1, "empty" },
		{ "mail", 1, "write [mail] for an attribute or \"mail\" for text" },
		{ "Join(\" \", givenName, [sn])", 11, "write [givenName] for" },
		{ "ToLowr([mail])", 1, "did you mean ToLower?" },
		{ "lower([mail])", 1, "did you mean ToLower?" },
		{ "Xyzzyplugh([mail])", 1, "unknown function \"Xyzzyplugh\"" },
		{ "ToLower", 1, "ToLower(source, culture?)" },
		{ "ToLower()", 1, "at least 1 argument, here are 0\nToLower(source, culture?)" },
		{ "Append(\"a\")", 1, "at least 2 arguments, here is 1\nAppend(source, suffix)" },
		{ "Join(\"-\", Append(\"a\", \"b\", \"c\"))", 11, "at most 2" },
		{ "Join(\" \", \"a\"", 5, "is not closed\nadd a )" },
		{ "Join(\" \",", 5, "is not closed\nadd a )" },
		{ "Join(\" \" \"a\")", 10, "a comma or ) is missing" },
		{ "(\"a\"", 1, "is not closed" },
		{ "Append(\"a\", \"b\"))", 17, "a ) too many" },
		{ "\"a\" \"b\"", 5, "text behind the end" },
		{ "Append(\"\303\244\303\266\", \"b)", 14,
		  "the text is not closed\nend it with \"" },
		{ "'abc", 1, "end it with '" },
		{ "\"abc\\\"", 1, "not closed" },
		{ "\"\303\244\\d\"", 3, "unknown escape \"\\d\"" },
		{ "[mail", 1, "end its name with ]" },
		{ "[]", 1, "is no attribute name" },
		{ "[mail address]", 1, "\"mail address\" is no attribute name" },
		{ "[-x]", 1, "is no attribute name" },
		{ "[a\nb]", 1, "this is no attribute name" },
		{ "Not([mail;lang-en])", 5, "values of one language are not read" },
		{ "12a", 1, "no whole number" },
		{ "1.5", 1, "no whole number" },
		{ "9223372036854775808", 1, "no whole number" },
		{ "&HG", 1, "no whole number" },
		{ "&H", 1, "no whole number" },
		{ "[a] == \"x\"", 5, "write = to compare" },
		{ "[a] != \"x\"", 5, "write <>" },
		{ "[a] & [b]", 5, "write AND between conditions, Join" },
		{ "\342\200\234a\342\200\235", 1, "straight quotes" },
		{ "[a] =", 6, "ends too early" },
		{ "= [a]", 1, "nothing on its left" },
		{ "[a] = )", 7, "unexpected \")\"" },
		{ "[a] = \"b\" = \"c\"", 11, "second comparison" },
		{ "[a] < \"b\" = true", 11, "second comparison" },
		{ "[a] = \"\"", 7, "use IsNullOrEmpty" },
		{ "[a] <> \"\"", 8, "IsPresent" },
		{ "\"a\303\"", 3, "not UTF-8" },
		{ "\001", 1, "U+0001" },
	};

	RUN_MISTAKES(cases);
}

/* 'count' times 'open', the core, 'count' times 'close'. */
static char *nest(const char *open, guint count, const char *core, const char *close)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < count; i++)
		g_string_append(text, open);
	g_string_append(text, core);
	for (guint i = 0; i < count; i++)
		g_string_append(text, close);
	return g_string_free(text, FALSE);
}

static void assert_refused(const char *text, guint at, const char *message)
{
	g_autoptr(GError) error = NULL;
	guint column = 0;
	g_autoptr(Expr) expr = expr_compile(text, &column, &error);

	g_assert_null(expr);
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_nonnull(strstr(error->message, message));
	g_assert_cmpuint(column, ==, at);
}

static void test_limits(void)
{
	g_autofree char *deep = nest("Not(", 99, "true", ")");
	g_autofree char *deeper = nest("Not(", 200, "true", ")");
	g_autofree char *brackets = nest("(", 9000, "", "");
	g_autofree char *nots = nest("NOT ", 200, "true", "");
	g_autofree char *ands = nest("(true AND ", 200, "true", ")");
	g_autofree char *turns = nest("Select($x, [a], ", 2, "$x", ")");
	g_autofree char *filler = g_strnfill(9998, 'x');
	g_autofree char *longest = g_strdup_printf("'%s'", filler);
	g_autofree char *longer = g_strdup_printf("' %s'", filler);
	g_autoptr(Expr) fits_depth = expr_must_compile(deep);
	g_autoptr(Expr) fits_length = expr_must_compile(longest);

	g_assert_true(expr_is_constant(fits_depth));
	g_assert_true(expr_is_constant(fits_length));
	assert_refused(deeper, 401, "nested deeper than 100");
	assert_refused(brackets, 101, "nested deeper than 100");
	assert_refused(nots, 401, "nested deeper than 100");
	assert_refused(ands, 501, "nested deeper than 100");
	assert_refused(turns, 24, "there is a variable $x already");
	assert_refused(longer, 10001, "longer than 10000 characters");
}

static const char *pick(GRand *rand, const char *const *from, guint count)
{
	return from[g_rand_int_range(rand, 0, (gint)count)];
}

static void check_column(guint column, const char *sentence, void *characters)
{
	g_assert_cmpuint(column, >=, 1);
	g_assert_cmpint(column, <=, *(glong *)characters);
	g_assert_cmpuint(strlen(sentence), >, 0);
}

/* Any text made of the language's pieces: it compiles or names a column within it, and if it
 * compiles it yields a value or an error that parks the person. */
static void test_random(void)
{
	static const char *const pieces[] = { "Join(",    "IIF(",     "Switch(",    "Coalesce(",
					      "ToUpper(", "Replace(", "Not(",       "(",
					      ")",        ")",        ",",          ",",
					      "[mail]",   "[proxy]",  "[photo]",    "[missing]",
					      "\"a\"",    "''",       "12",         "true",
					      "=",        "<>",       " ",          "\303\244",
					      "\\",       " AND ",    " or ",       "NOT ",
					      "NULL",     "$x",       "Select($x,", "With($y," };
	guint32 seed = 20261122;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(Entry) entry = expr_person_new();
	guint compiled = 0;

	g_test_message("seed %u", seed);
	for (guint i = 0; i < 20000; i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		gint length = g_rand_int_range(rand, 1, 14);
		while (length-- > 0)
			g_string_append(text, pick(rand, pieces, G_N_ELEMENTS(pieces)));

		guint column = 0;
		g_autoptr(GError) error = NULL;
		g_autoptr(Expr) expr = expr_compile(text->str, &column, &error);
		if (!expr) {
			g_assert_true(error_is(error, ERROR_CONFIG));
			g_assert_cmpuint(column, >=, 1);
			g_assert_cmpuint(column, <=, g_utf8_strlen(text->str, -1) + 1);
			continue;
		}
		glong characters = g_utf8_strlen(text->str, -1);
		g_autofree char *result = expr_result_on(text->str, entry);
		g_assert_cmpuint(strlen(result), >, 0);
		expr_warnings(expr, check_column, &characters);
		compiled++;
	}
	g_assert_cmpuint(compiled, >, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-mistakes/names", test_mistakes_of_names);
	g_test_add_func("/expr-mistakes/tops", test_tops);
	g_test_add_func("/expr-mistakes/all", test_mistakes);
	g_test_add_func("/expr-mistakes/limits", test_limits);
	g_test_add_func("/expr-mistakes/random", test_random);
	return g_test_run();
}
