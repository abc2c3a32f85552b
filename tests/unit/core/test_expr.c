/*
 * Expressions: the language itself. What an administrator writes against what comes out for one
 * person.
 */
#include <string.h>

#include "expr_support.h"

#define MIB (1024 * 1024)

static void test_literals(void)
{
	static const ExprCase cases[] = {
		{ "\"text\"", "\"text\"" },
		{ "'text'", "\"text\"" },
		{ "\"it's\"", "\"it's\"" },
		{ "'say \"hi\"'", "\"say \\\"hi\\\"\"" },
		{ "\"a\\\"b\\\\c\\'d\"", "\"a\\\"b\\\\c'd\"" },
		{ "\"\"", "\"\"" },
		{ "12", "12" },
		{ "-5", "-5" },
		{ "&HF", "15" },
		{ "&hff", "255" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "true", "true" },
		{ "FALSE", "false" },
		{ "  \t\n\"x\"\302\240 ", "\"x\"" }, /* with a no-break space from a web page */
		{ "((\"x\"))", "\"x\"" },
	};

	RUN(cases);
}

static void test_attributes(void)
{
	static const ExprCase cases[] = {
		{ "[mail]", "\"jane@example.com\"" },
		{ "[MAIL]", "\"jane@example.com\"" },
		{ "[ mail ]", "\"jane@example.com\"" },
		{ "[mail;binary]", "\"jane@example.com\"" },
		{ "[missing]", "-" },
		{ "[title]", "\"\"" },
		{ "[proxy]", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "[photo]", "\"/9j/\"" },
		{ "[accountEnabled]", "true" },
		{ "[LockedOut]", "false" },
		{ "[ACCOUNTENABLED]", "true" },
		{ "[dn]", "\"CN=Jane,DC=x\"" },
		{ "[anchor]", "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"" },
		{ "[objectId]", "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"" },
		{ "[surname]", "\"O'Neil\"" }, /* as Entra calls sn */
		{ "[jobTitle]", "\"\"" },
		{ "Switch([IsSoftDeleted], , \"False\", 1, \"True\", 2)", "1" },
	};

	RUN(cases);
}

static void test_comparison(void)
{
	static const ExprCase cases[] = {
		{ "\"a\" = \"a\"", "true" },
		{ "\"a\" = \"A\"", "false" },
		{ "\"a\" <> \"A\"", "true" },
		{ "\"a\" < \"b\"", "true" },
		{ "\"a\" < \"ab\"", "true" },
		{ "\"10\" < \"9\"", "true" }, /* two texts, even if they look like numbers */
		{ "10 < 9", "false" },
		{ "10 >= 10", "true" },
		{ "-1 < 0", "true" },
		{ "[logonCount] > 9", "true" },
		{ "9 < [logonCount]", "true" },
		{ "[logonCount] = 42", "true" },
		{ "[logonCount] <= 41", "false" },
		{ "[sn] = 42", "false" },
		{ "[sn] <> 42", "true" },
		{ "[sn] < 42",
		  "! a text and a number cannot be compared by size, only numbers and texts can" },
		{ "[flag] = true", "true" },
		{ "true = [flag]", "true" },
		{ "[flag] <> false", "true" },
		{ "[sn] = true", "false" },
		{ "[sn] <> true", "true" },
		{ "true = 1", "false" },
		{ "true < false",
		  "! a boolean and a boolean cannot be compared by size, only numbers and "
		  "texts can" },
		{ "(\"a\" = \"a\") = true", "true" },
	};

	RUN(cases);
}

/* A check on an attribute that is null or empty fails, whatever the operator. */
static void test_comparison_with_nothing(void)
{
	static const char *const operators[] = { "=", "<>", "<", "<=", ">", ">=" };
	static const char *const nothing[] = { "[missing]", "[title]" };
	g_autoptr(Entry) entry = expr_person_new();

	for (gsize i = 0; i < G_N_ELEMENTS(operators) * G_N_ELEMENTS(nothing); i++) {
		const char *symbol = operators[i / 2], *what = nothing[i % 2];
		g_autofree char *right = g_strdup_printf("\"a\" %s %s", symbol, what);
		g_autofree char *left = g_strdup_printf("%s %s 1", what, symbol);
		g_autofree char *both = g_strdup_printf("%s %s [missing]", what, symbol);
		g_autofree char *result_right = expr_result_on(right, entry);
		g_autofree char *result_left = expr_result_on(left, entry);
		g_autofree char *result_both = expr_result_on(both, entry);

		g_assert_cmpstr(result_right, ==, "false");
		g_assert_cmpstr(result_left, ==, "false");
		g_assert_cmpstr(result_both, ==, "false");
	}
}

static void test_conditions(void)
{
	static const ExprCase cases[] = {
		{ "true AND true", "true" },
		{ "true and false", "false" },
		{ "false Or true", "true" },
		{ "false or false or false", "false" },
		{ "NOT true", "false" },
		{ "not NOT true", "true" },
		{ "not(true)", "false" },
		{ "[sn] = \"O'Neil\" AND [logonCount] > 41", "true" },
		{ "[sn] = \"x\" OR [logonCount] > 41", "true" },
		{ "[sn]=\"x\"or[flag]", "true" },
		{ "NOT [sn] = \"x\"", "true" }, /* NOT ([sn] = "x"), or it would be an error */
		{ "NOT [sn] = \"x\" AND false", "false" },
		{ "true OR true AND false", "true" }, /* AND first: else it were false */
		{ "(true OR true) AND false", "false" },
		{ "false AND false OR true", "true" },
		{ "[flag] AND [accountEnabled]", "true" },
		{ "[flag] = NOT false", "true" },
		{ "true = (false OR true)", "true" },
		{ "Join(\"-\", true AND false, 1 < 2 OR [flag])", "\"False-True\"" },
		{ "NULL OR true", "true" },
		{ "[missing] AND true", "false" },
		{ "[title] OR [missing]", "false" },
		{ "NOT [missing]", "true" },
		{ "AuthoritativeNull OR IgnoreThisFlow", "false" },
		{ "[sn] AND true", "! [sn] is a text, where AND needs true or false" },
		{ "false OR [logonCount]",
		  "! [logoncount] is a text, where OR needs true or false" },
		{ "true AND Count([proxy])",
		  "! argument 2 of AND is a number, where AND needs true or false" },
		{ "[proxy] OR true", "! [proxy] has 3 values where OR takes one" },
		{ "true AND [photo]", "! [photo] holds bytes that are no text" },
		{ "NOT [proxy]", "! [proxy] has 3 values where Not takes one" },
	};

	RUN(cases);
}

/* An operand that does not matter any more cannot fail the person. */
static void test_conditions_lazy(void)
{
	static const ExprCase cases[] = {
		{ "false AND [photo]", "false" },
		{ "true OR [photo]", "true" },
		{ "true AND false AND [photo]", "false" },
		{ "IsPresent([missing]) AND Item([proxy], 9) = 1", "false" },
		{ "false OR [photo]", "! [photo] holds bytes that are no text" },
	};

	RUN(cases);
}

static void test_words(void)
{
	static const ExprCase cases[] = {
		{ "NULL", "-" },
		{ "null", "-" },
		{ "AuthoritativeNull", "!clear" },
		{ "authoritativenull", "!clear" },
		{ "IgnoreThisFlow", "!keep" },
		{ "vbtextcompare", "\"vbTextCompare\"" },
		{ "Contains([proxy], \"A@\", caseinsensitive)", "2" },
		{ "Append(NULL, \"x\")", "-" },
		{ "Append(\"x\", NULL)", "\"x\"" },
	};

	RUN(cases);
}

static void test_variables(void)
{
	static const ExprCase cases[] = {
		{ "Select($x, [proxy], $x)", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "Select($X, [proxy], ToUpper($x))", "[\"B@X\",\"A@X\",\"C@X\"]" },
		{ "With($a, \"1\", With($b, \"2\", Join(\"-\", $a, $b, $a)))", "\"1-2-1\"" },
		/* Two that do not meet may have one name, and one slot. */
		{ "Join(\"-\", With($a, \"1\", $a), With($a, \"2\", $a))", "\"1-2\"" },
		{ "With($a, With($a, \"1\", Append($a, \"2\")), Append($a, \"3\"))", "\"123\"" },
		/* An inner one does not disturb the outer one, turn by turn. */
		{ "Select($a, [twice], Join(\"\", $a, Select($b, [proxy], Left($b, 1)), $a))",
		  "[\"xbacx\",\"ybacy\",\"xbacx\"]" },
		{ "With($l, [proxy], Select($x, $l, Join(\"/\", $x, Count($l))))",
		  "[\"b@x/3\",\"a@x/3\",\"c@x/3\"]" },
		{ "Select($x, [photo], ToLower($x))", "! $x holds bytes that are no text" },
		{ "With($l, [proxy], Not($l))", "! $l has 3 values where Not takes one" },
	};

	RUN(cases);
}

static void test_traits(void)
{
	static const struct {
		const char *expr;
		guint traits;
	} cases[] = {
		{ "[mail]", 0 },
		{ "ToLower(Redact([mail]))", EXPR_SECRET },
		{ "IIF([a], CRef([b]), ImportedValue(\"title\"))", EXPR_REFERS | EXPR_IMPORTED },
		{ "SelectUniqueValue([a], Redact([b]))", EXPR_CHOOSES | EXPR_SECRET },
		{ "Select($x, [a], Redact($x))", EXPR_SECRET },
		{ "[a] = \"x\" AND CRef([b]) = \"y\"", EXPR_REFERS },
		{ "AppRoleAssignmentsComplex([appRoleAssignments])", EXPR_OBJECTS | EXPR_ADDS },
		{ "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])", EXPR_OBJECTS },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Expr) expr = expr_must_compile(cases[i].expr);
		g_assert_cmpuint(expr_traits(expr), ==, cases[i].traits);
	}
}

/* As long as the language allows, and no level deeper than a short one. */
static void test_long_chains(void)
{
	g_autoptr(GString) text = g_string_new("[flag]");
	g_autoptr(Entry) entry = expr_person_new();

	while (text->len < 9990)
		g_string_append(text, "AND[flag]");
	g_string_truncate(text, strlen("[flag]") + 1100 * strlen("AND[flag]"));
	g_autofree char *result = expr_result_on(text->str, entry);
	g_assert_cmpstr(result, ==, "true");
	g_string_append(text, "AND 1=2");
	g_autofree char *other = expr_result_on(text->str, entry);
	g_assert_cmpstr(other, ==, "false");
}

/* Turns within turns within turns end, by the limit on what one person may cost. */
static void test_nested_turns(void)
{
	g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Many");
	const char *too_much = "! the expression builds more than 16 MiB on the way";

	for (guint i = 0; i < 1000; i++)
		entry_add(entry, "many", &i, sizeof(i));
	g_autofree char *squared =
		expr_result_on("Count(Select($a, [many], Count(Select($b, [many], true))))", entry);
	g_autofree char *cubed =
		expr_result_on("Count(Select($a,[many],Select($b,[many],Select($c,[many],true))))",
			       entry);
	g_autofree char *plain = expr_result_on("Count(Select($a, [many], IsPresent($a)))", entry);

	g_assert_cmpstr(squared, ==, too_much);
	g_assert_cmpstr(cubed, ==, too_much);
	g_assert_cmpstr(plain, ==, "1000");
}

static Entry *heavy_person_new(gsize length, guint count)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Heavy");
	g_autofree char *text = g_strnfill(length, 'x');

	for (guint i = 0; i < count; i++)
		entry_add(entry, "big", text, length);
	return entry;
}

static void assert_starts(const char *expr, const Entry *entry, const char *expected)
{
	g_autofree char *result = expr_result_on(expr, entry);

	if (!g_str_has_prefix(result, expected))
		g_error("%s yields %.80s instead of %s", expr, result, expected);
}

static void test_result_size(void)
{
	g_autoptr(Entry) full = heavy_person_new(MIB, 1);
	g_autoptr(Entry) over = heavy_person_new(MIB + 1, 1);
	g_autoptr(Entry) halves = heavy_person_new(MIB / 2, 100);
	const char *too_large = "! the result is larger than 1 MiB";
	const char *too_much = "! the expression builds more than 16 MiB on the way";

	assert_starts("[big]", full, "\"xxx");
	assert_starts("Append([big], \"\")", full, "\"xxx");
	assert_starts("Append([big], \"y\")", full, too_large);
	assert_starts("Join(\"\", [big], [big])", full, too_large);
	assert_starts("Replace([big], \"x\", , , \"yy\", , )", full, too_large);
	assert_starts("[big]", over, too_large);
	assert_starts("IsPresent([big])", over, "true");
	assert_starts("[big]", halves, too_large);
	assert_starts("ToUpper([big])", halves, too_much);
	assert_starts("IsPresent(ToUpper([big]))", halves, too_much);
	assert_starts("IsPresent([big])", halves, "true");
}

static gint order_names(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static void test_attribute_names(void)
{
	g_autoptr(Expr) expr = expr_must_compile(
		"Join([Sep], IIF([a] = [B;binary], [sn], 'x'), [dn], [SN])");
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	expr_attributes(expr, names);
	g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(names), order_names);
	static const char *const expected[] = { "a", "b", "sep", "sn" };
	guint i = 0;

	g_assert_cmpuint(g_list_length(sorted), ==, G_N_ELEMENTS(expected));
	for (const GList *at = sorted; at; at = at->next)
		g_assert_cmpstr(at->data, ==, expected[i++]);
}

static void test_constant(void)
{
	static const struct {
		const char *expr;
		gboolean constant;
	} cases[] = {
		{ "\"x\"", TRUE },
		{ "Join(\" \", \"a\", ToLower(\"B\"))", TRUE },
		{ "[mail]", FALSE },
		{ "Join(\" \", \"a\", ToLower([mail]))", FALSE },
		{ "[accountEnabled]", FALSE },
		{ "[lockedOut]", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Expr) expr = expr_must_compile(cases[i].expr);
		g_assert_cmpint(expr_is_constant(expr), ==, cases[i].constant);
	}
}

static void test_account_enabled_follows_input(void)
{
	g_autoptr(Entry) entry = expr_person_new();
	g_autoptr(Expr) expr = expr_must_compile("IIF([accountEnabled], \"on\", IIF([lockedOut], "
						 "\"off, locked\", \"off\"))");
	g_autoptr(Arena) arena = arena_new();
	ExprInput input = { .entry = entry, .account_enabled = FALSE, .locked_out = TRUE };
	const Value *value = expr_eval(expr, &input, arena, NULL);

	g_assert_cmpstr(value->string.data, ==, "off, locked");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr/literals", test_literals);
	g_test_add_func("/expr/attributes", test_attributes);
	g_test_add_func("/expr/comparison", test_comparison);
	g_test_add_func("/expr/comparison-with-nothing", test_comparison_with_nothing);
	g_test_add_func("/expr/conditions", test_conditions);
	g_test_add_func("/expr/conditions-lazy", test_conditions_lazy);
	g_test_add_func("/expr/words", test_words);
	g_test_add_func("/expr/variables", test_variables);
	g_test_add_func("/expr/traits", test_traits);
	g_test_add_func("/expr/long-chains", test_long_chains);
	g_test_add_func("/expr/result-size", test_result_size);
	g_test_add_func("/expr/nested-turns", test_nested_turns);
	g_test_add_func("/expr/attribute-names", test_attribute_names);
	g_test_add_func("/expr/constant", test_constant);
	g_test_add_func("/expr/account-enabled", test_account_enabled_follows_input);
	return g_test_run();
}
