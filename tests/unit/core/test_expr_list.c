/*
 * Expressions: functions on several values.
 */
#include "expr_support.h"

static void test_count_item(void)
{
	static const ExprCase cases[] = {
		{ "Count([proxy])", "3" },
		{ "Count([sn])", "1" },
		{ "Count([title])", "1" },
		{ "Count([photo])", "1" },
		{ "Count([missing])", "0" },
		{ "Item([proxy], 1)", "\"b@x\"" },
		{ "Item([proxy], 3)", "\"c@x\"" },
		{ "Item([proxy], \"2\")", "\"a@x\"" },
		{ "Item([proxy], Count([proxy]))", "\"c@x\"" },
		{ "Item([proxy], 4)",
		  "! there is no value 4, only 3\nItemOrNull yields nothing then" },
		{ "Item([sn], 1)", "\"O'Neil\"" },
		{ "Item([sn], 2)",
		  "! there is no value 2, only 1\nItemOrNull yields nothing then" },
		{ "Item([missing], 1)", "-" },
		{ "Item([mixed], 2)", "\"/w==\"" },
		{ "Item([proxy], Count([missing]))", "! '0' is no place: they count from 1" },
		{ "Item([proxy], [sn])", "! 'O'Neil' is no place: they count from 1" },
		{ "Item([proxy], [missing])", "! 'null' is no place: they count from 1" },
		{ "Item([proxy], [twice])", "! [twice] has 3 values where Item takes one" },
		{ "ItemOrNull([proxy], 3)", "\"c@x\"" },
		{ "ItemOrNull([proxy], 4)", "-" },
		{ "ItemOrNull([proxy], 9223372036854775807)", "-" },
		{ "ItemOrNull([missing], 1)", "-" },
	};

	RUN(cases);
}

static void test_contains(void)
{
	static const ExprCase cases[] = {
		{ "Contains([proxy], \"a@\")", "2" },
		{ "Contains([proxy], \"@x\")", "1" },
		{ "Contains([proxy], \"A@\")", "0" },
		{ "Contains([proxy], \"A@\", CaseSensitive)", "0" },
		{ "Contains([proxy], \"A@\", CaseInsensitive)", "2" },
		{ "Contains([proxy], \"A@\", \"CaseInsensitive\")", "2" },
		{ "Contains([proxy], \"A@\", )", "0" },
		{ "Contains([street], \"STRASSE\", CaseInsensitive)", "1" },
		{ "Contains([proxy], \"nobody\")", "0" },
		{ "Contains([proxy], \"\")", "0" },
		{ "Contains([proxy], [missing])", "0" },
		{ "Contains([missing], \"a\")", "0" },
		{ "Contains([title], \"a\")", "0" },
		{ "Contains([logonCount], 4)", "1" },
		{ "IIF(Contains([proxy], \"c@\") > 0, \"yes\", Error(\"no c\"))", "\"yes\"" },
		{ "Contains([mixed], \"t\")", "! [mixed] holds bytes that are no text" },
		{ "Contains([proxy], [twice])", "! [twice] has 3 values where Contains takes one" },
		{ "Contains([proxy], \"a\", [sn])", "! 'O'Neil' is no way to compare" },
	};

	RUN(cases);
}

static void test_remove_duplicates(void)
{
	static const ExprCase cases[] = {
		{ "RemoveDuplicates([twice])", "[\"x\",\"y\"]" },
		{ "RemoveDuplicates([proxy])", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "RemoveDuplicates(Select($x, [proxy], Count([proxy])))", "3" },
		{ "RemoveDuplicates(Select($x, [proxy], $x = \"a@x\"))", "[false,true]" },
		{ "RemoveDuplicates(Select($x, [twice], IIF($x = \"x\", 1, \"1\")))", "[1,\"1\"]" },
		{ "RemoveDuplicates([mixed])", "[\"text\",\"/w==\"]" },
		{ "RemoveDuplicates([sn])", "\"O'Neil\"" },
		{ "RemoveDuplicates([missing])", "-" },
	};

	RUN(cases);
}

static void test_select_where_with(void)
{
	static const ExprCase cases[] = {
		{ "Select($x, [proxy], Append($x, \".org\"))",
		  "[\"b@x.org\",\"a@x.org\",\"c@x.org\"]" },
		{ "Select($x, [sn], ToUpper($x))", "\"O'NEIL\"" },
		{ "Select($x, [missing], \"y\")", "-" },
		{ "Select($x, [title], \"y\")", "\"y\"" },
		{ "Select($x, [proxy], NULL)", "-" },
		{ "Select($x, [proxy], IIF($x = \"a@x\", $x, NULL))", "\"a@x\"" },
		{ "Count(Select($x, [twice], [proxy]))", "9" }, /* a list of lists is one list */
		{ "Where($x, [proxy], $x <> \"a@x\")", "[\"b@x\",\"c@x\"]" },
		{ "Where($x, [proxy], $x = \"b@x\" OR $x = \"c@x\")", "[\"b@x\",\"c@x\"]" },
		{ "Where($x, [proxy], [missing])", "-" },
		{ "Where($x, [missing], true)", "-" },
		{ "Where($x, [photo], true)", "\"/9j/\"" },
		{ "Where($x, [proxy], $x)", "! $x is a text, where Where needs true or false" },
		{ "With($v, ToLower([sn]), Join(\"\", $v, \" (\", $v, \")\"))",
		  "\"o'neil (o'neil)\"" },
		{ "With($v, [missing], Coalesce($v, \"none\"))", "\"none\"" },
		{ "With($v, [proxy], Item($v, 2))", "\"a@x\"" },
		{ "With($v, [photo], $v)", "\"/9j/\"" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const ExprMistake cases[] = {
		{ "Item([a], 0)", 11, "places count from 1" },
		{ "Item([a], -1)", 11, "places count from 1" },
		{ "Item([a], \"x\")", 11, "places count from 1" },
		{ "Item([a], )", 1, "the place is left empty" },
		{ "ItemOrNull([a], 0)", 17, "places count from 1" },
		{ "Contains([a], \"x\", \"loosely\")", 20, "write CaseSensitive or" },
		{ "Contains([a], \"x\", 7)", 20, "write CaseSensitive or" },
	};

	RUN_MISTAKES(cases);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-list/count-item", test_count_item);
	g_test_add_func("/expr-list/contains", test_contains);
	g_test_add_func("/expr-list/remove-duplicates", test_remove_duplicates);
	g_test_add_func("/expr-list/select-where-with", test_select_where_with);
	g_test_add_func("/expr-list/mistakes", test_mistakes);
	return g_test_run();
}
