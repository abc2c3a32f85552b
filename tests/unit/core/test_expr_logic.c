/*
 * Expressions: functions that decide, and what they do with lists, bytes and words for no value.
 */
#include "expr_support.h"

static void test_logic(void)
{
	static const ExprCase cases[] = {
		{ "IIF([sn] = \"O'Neil\", \"yes\", \"no\")", "\"yes\"" },
		{ "IIF([flag], 1, 2)", "1" },
		{ "IIF([missing], 1, 2)", "2" },
		{ "IIF([title], 1, 2)", "2" },
		{ "IIF(true, , 2)", "-" },
		{ "IIF([accountEnabled], [proxy], \"no\")", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "IIF([sn], 1, 2)", "! [sn] is a text, where IIF needs true or false" },
		{ "IIF(IsPresent([mail]), \"yes\", \"no\")", "\"yes\"" },
		{ "IIF([logonCount] >= 42, IIF([logonCount] > 42, 3, 2), 1)", "2" },
		{ "Switch([sn], \"other\", \"Doe\", 1, \"O'Neil\", 2)", "2" },
		{ "Switch([sn], \"other\", \"o'neil\", 1)", "\"other\"" },
		{ "Switch([sn], , \"x\", 1)", "-" },
		{ "Switch([missing], \"default\", \"\", \"empty\")", "\"empty\"" },
		{ "Switch([title], \"default\", \"\", \"empty\")", "\"empty\"" },
		{ "Switch([missing], \"default\", \"x\", 1)", "\"default\"" },
		{ "Switch([accountEnabled], , \"False\", \"off\", \"True\", \"on\")", "\"on\"" },
		{ "Switch([logonCount], \"many\", 42, \"right\")", "\"right\"" },
		{ "Switch(\"a\", 1, \"a\", )", "-" },
		{ "Coalesce([missing], [sn], \"x\")", "\"O'Neil\"" },
		{ "Coalesce([missing], [title], \"x\")", "\"\"" },
		{ "Coalesce([missing], , [missing])", "-" },
		{ "Coalesce([missing], [photo])", "\"/9j/\"" },
		{ "Not(true)", "false" },
		{ "Not(\"True\")", "false" },
		{ "Not([flag])", "false" },
		{ "Not(\"x\")", "true" },
		{ "Not([missing])", "true" },
		{ "Not([sn] = \"x\")", "true" },
		{ "IsPresent([missing])", "false" },
		{ "IsPresent([title])", "false" },
		{ "IsPresent([proxy])", "true" },
		{ "IsPresent([photo])", "true" },
		{ "IsNullOrEmpty([title])", "true" },
		{ "IsNullOrEmpty([missing])", "true" },
		{ "IsNullOrEmpty(false)", "false" },
	};

	RUN(cases);
}

static void test_looking(void)
{
	static const ExprCase cases[] = {
		{ "IsNull([missing])", "true" },
		{ "IsNull([title])", "false" },
		{ "IsNull([proxy])", "false" },
		{ "IsNull([photo])", "false" },
		{ "IsNull(AuthoritativeNull)", "true" },
		{ "IsNullOrEmpty(IgnoreThisFlow)", "true" },
		{ "IsPresent(AuthoritativeNull)", "false" },
		{ "IsString([sn])", "true" },
		{ "IsString([title])", "true" },
		{ "IsString(12)", "true" }, /* CStr() makes a text of it */
		{ "IsString(true)", "true" },
		{ "IsString([missing])", "false" },
		{ "IsString([photo])", "false" },
		{ "IsString([proxy])", "false" },
		{ "IsNumeric([logonCount])", "true" },
		{ "IsNumeric(-12)", "true" },
		{ "IsNumeric(\"1.5\")", "false" },
		{ "IsNumeric([sn])", "false" },
		{ "IsNumeric([title])", "false" },
		{ "IsNumeric([missing])", "false" },
		{ "IsNumeric([proxy])", "false" },
		{ "IsNumeric([photo])", "false" },
		{ "IsNumeric(true)", "false" },
	};

	RUN(cases);
}

static void test_cbool(void)
{
	static const ExprCase cases[] = {
		{ "CBool(1)", "true" },
		{ "CBool(-3)", "true" },
		{ "CBool(0)", "false" },
		{ "CBool(\"0\")", "false" },
		{ "CBool([logonCount])", "true" },
		{ "CBool([flag])", "true" },
		{ "CBool(\"false\")", "false" },
		{ "CBool([missing])", "false" },
		{ "CBool([title])", "false" },
		{ "CBool([sn] = \"O'Neil\")", "true" },
		{ "CBool([sn] = \"O'Neil\" AND [logonCount] > 50)", "false" },
		{ "CBool([sn])", "! 'O'Neil' is no boolean and no whole number" },
		{ "CBool([proxy])", "! [proxy] has 3 values where CBool takes one" },
	};

	RUN(cases);
}

/* AuthoritativeNull and IgnoreThisFlow reach the mapping if they are chosen, and are null else. */
static void test_no_value(void)
{
	static const ExprCase cases[] = {
		{ "IIF([flag], AuthoritativeNull, \"x\")", "!clear" },
		{ "IIF(false, 1, IgnoreThisFlow)", "!keep" },
		{ "IIF(AuthoritativeNull, 1, 2)", "2" },
		{ "Switch([sn], IgnoreThisFlow, \"x\", 1)", "!keep" },
		{ "Switch([sn], 1, \"O'Neil\", AuthoritativeNull)", "!clear" },
		{ "Switch(IgnoreThisFlow, 1, \"\", 2)", "2" },
		{ "Switch([missing], 1, NULL, 2)", "2" },
		{ "Coalesce([missing], AuthoritativeNull)", "!clear" },
		{ "Coalesce(AuthoritativeNull, [sn])", "\"O'Neil\"" },
		{ "Coalesce(IgnoreThisFlow, [missing])", "-" },
		{ "Coalesce(IIF([missing], 1, IgnoreThisFlow), [title], 3)", "\"\"" },
		{ "With($v, AuthoritativeNull, $v)", "!clear" },
		{ "ToLower(AuthoritativeNull)", "-" },
		{ "Join(\"-\", \"a\", IgnoreThisFlow, \"b\")", "\"a-b\"" },
		{ "Count(IgnoreThisFlow)", "0" },
		{ "Select($x, [proxy], IIF($x = \"a@x\", IgnoreThisFlow, $x))",
		  "[\"b@x\",\"c@x\"]" },
	};

	RUN(cases);
}

/* A branch that is not taken, and a key behind the one that fits, cannot fail the person. */
static void test_lazy(void)
{
	static const ExprCase cases[] = {
		{ "IIF(true, 1, ToLower([photo]))", "1" },
		{ "IIF(false, ToLower([photo]), 2)", "2" },
		{ "Coalesce([sn], ToLower([photo]))", "\"O'Neil\"" },
		{ "Switch(\"a\", ToLower([photo]), \"a\", 1, [photo], 2)", "1" },
		{ "Coalesce(ToLower([photo]), 1)", "! [photo] holds bytes that are no text" },
	};

	RUN(cases);
}

static void test_lists_and_bytes_refused(void)
{
	static const ExprCase cases[] = {
		{ "[proxy] = \"a@x\"", "! [proxy] has 3 values where = takes one" },
		{ "\"a@x\" <> [proxy]", "! [proxy] has 3 values where <> takes one" },
		{ "IIF([proxy], 1, 2)", "! [proxy] has 3 values where IIF takes one" },
		{ "Switch([proxy], 1, 2, 3)", "! [proxy] has 3 values where Switch takes one" },
		{ "Not([proxy])", "! [proxy] has 3 values where Not takes one" },
		{ "Append(\"a\", [proxy])", "! [proxy] has 3 values where Append takes one" },
		{ "Join([proxy], \"a\")", "! [proxy] has 3 values where Join takes one" },
		{ "Not(ToLower([proxy]))", "! argument 1 of Not has 3 values where Not takes one" },
		{ "ToLower([photo])", "! [photo] holds bytes that are no text" },
		{ "ToLower([mixed])", "! [mixed] holds bytes that are no text" },
		{ "Join(\" \", [sn], [photo])", "! [photo] holds bytes that are no text" },
		{ "[photo] = \"x\"", "! [photo] holds bytes that are no text" },
		{ "IIF([photo], 1, 2)", "! [photo] holds bytes that are no text" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const ExprMistake cases[] = {
		{ "IIF(, 1, 2)", 1, "left empty" },
		{ "IIF(\"x\", 1, 2)", 5, "a constant is no condition" },
		{ "Switch([a], 1, 2, 3, 4)", 1, "the last key of Switch has no value" },
		{ "Switch(, 1, 2, 3)", 1, "source of Switch" },
	};

	RUN_MISTAKES(cases);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-logic/logic", test_logic);
	g_test_add_func("/expr-logic/looking", test_looking);
	g_test_add_func("/expr-logic/cbool", test_cbool);
	g_test_add_func("/expr-logic/no-value", test_no_value);
	g_test_add_func("/expr-logic/lazy", test_lazy);
	g_test_add_func("/expr-logic/lists-and-bytes-refused", test_lists_and_bytes_refused);
	g_test_add_func("/expr-logic/mistakes", test_mistakes);
	return g_test_run();
}
