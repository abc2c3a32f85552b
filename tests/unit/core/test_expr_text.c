/*
 * Expressions: functions on texts and dates.
 */
#include "expr_support.h"

/* The person's time is 2026-11-22T08:15:00Z. */
static void test_dates(void)
{
	static const ExprCase cases[] = {
		{ "DateFromNum([ends])", "\"12/26/2023 4:26:40 PM\"" },
		{ "DateFromNum(133480816000000000)", "\"12/26/2023 4:26:40 PM\"" },
		{ "DateFromNum([never])", "-" },
		{ "DateFromNum(0)", "-" },
		{ "DateFromNum([missing])", "-" },
		{ "DateFromNum([title])", "-" },
		{ "DateFromNum([sn])", "! 'O'Neil' is no FILETIME number" },
		{ "DateFromNum(-1)", "! '-1' is no moment: a FILETIME below 0 is a span of time" },
		{ "NumFromDate(DateFromNum([ends]))", "133480816000000000" },
		{ "NumFromDate('2023-12-26T16:26:40Z')", "133480816000000000" },
		{ "NumFromDate('1601-01-01')", "0" },
		{ "NumFromDate([sn])", "! 'O'Neil' is no date" },
		{ "NumFromDate([missing])", "-" },
		{ "CDate('2021-06-30+08:00')", "\"6/29/2021 4:00:00 PM\"" },
		{ "CDate('2012-03-16T07:00')", "\"3/16/2012 7:00:00 AM\"" },
		{ "CDate('2012-03-16 00:30:15')", "\"3/16/2012 12:30:15 AM\"" },
		{ "CDate('20120316123015.5+0100')", "\"3/16/2012 11:30:15 AM\"" },
		{ "CDate('3/16/2012 12:30:15 PM')", "\"3/16/2012 12:30:15 PM\"" },
		{ "CDate('3/16/2012')", "\"3/16/2012 12:00:00 AM\"" },
		{ "CDate('3/16/12')", "! '3/16/12' is no date" },
		{ "NumFromDate('1600-12-31')",
		  "! '1600-12-31' is no date from 1601 on, where FILETIMEs begin" },
		{ "CDate([sn]) = '3/16/2012 12:00:00 AM'", "! 'O'Neil' is no date" },
		{ "CDate('3/16/2012 13:30:15 PM')", "! '3/16/2012 13:30:15 PM' is no date" },
		{ "CDate('2021-02-29')", "! '2021-02-29' is no date" },
		{ "CDate([dates])", "[\"6/30/2021 4:00:00 PM\",\"2/29/2020 12:00:00 AM\"]" },
		{ "ToRFC3339([ends])", "\"2023-12-26T16:26:40Z\"" },
		{ "ToRFC3339('6/29/2021 4:00:00 PM')", "\"2021-06-29T16:00:00Z\"" },
		{ "ToRFC3339([dates])", "[\"2021-06-30T16:00:00Z\",\"2020-02-29T00:00:00Z\"]" },
		{ "ToRFC3339([never])", "-" },
		{ "ToRFC3339([missing])", "-" },
		{ "ToRFC3339([sn])", "! 'O'Neil' is no date and no FILETIME number" },
		{ "ToRFC3339([photo])", "! [photo] holds bytes that are no text" },
		{ "IsDate('2021-06-30')", "true" },
		{ "IsDate([ends])", "false" },
		{ "IsDate([photo])", "false" },
		{ "IsDate([missing])", "false" },
		{ "Now()", "\"11/22/2026 8:15:00 AM\"" },
		{ "[ends] < NumFromDate(Now())", "true" },
		{ "[never] > NumFromDate(Now())", "true" },
		{ "DateAdd('m', -2, Now()) < Now()", "true" },
		{ "CDate('2026-12-01') > Now()", "true" },
		{ "CDate('2026-11-22T09:15') > Now() AND CDate('2026-11-22T12:00') > Now()",
		  "true" },
		{ "CDate('2025-12-31') >= CDate('2026-01-01')", "false" },
		{ "'9/1/2026' < '10/1/2026'", "false" },
		/* Beside a date, every form of a date is one. Now() is the 22nd of November. */
		{ "Now() > '2026-01-01'", "true" },
		{ "Item([dates], 2) < Now()", "true" },
		{ "Now() < Item([dates], 2)", "false" },
		{ "Item([dates], 1) >= Now()", "false" },
		{ "'20261122081501Z' > Now()", "true" },
		{ "'20261122081500Z' = Now()", "true" },
		{ "Now() <> '2026-11-22T09:15:00+01:00'", "false" },
		/* By letters it would come before. */
		{ "'2027-01-01' < '11/22/2026 8:15:00 AM'", "false" },
		{ "[sn] < Now()", "! 'O'Neil' is no date, and a date compares with a date "
				  "only\na FILETIME is made one by DateFromNum()" },
		{ "[sn] = Now()", "false" },
		{ "[sn] <> Now()", "true" },
		{ "[missing] < Now()", "false" },
		{ "Now() >= [ends]",
		  "! '133480816000000000' is no date, and a date compares with a "
		  "date only\na FILETIME is made one by DateFromNum()" },
	};

	RUN(cases);
}

static void test_join_append(void)
{
	static const ExprCase cases[] = {
		{ "Join(\" \", \"a\", \"b\")", "\"a b\"" },
		{ "join(', ', [mail], [missing], [sn])", "\"jane@example.com, O'Neil\"" },
		{ "Join(\"-\", \"a\", [title], \"b\")", "\"a--b\"" },
		{ "Join(\";\", [proxy], \"z\")", "\"b@x;a@x;c@x;z\"" },
		{ "Join(, \"a\", , 1, true)", "\"a1True\"" },
		{ "Join([missing], \"a\", \"b\")", "\"ab\"" },
		{ "Join(\" \", [missing], [missing])", "-" },
		{ "Join(\" \", [title])", "\"\"" },
		{ "Append([sn], \"-x\")", "\"O'Neil-x\"" },
		{ "Append([missing], \"-x\")", "-" },
		{ "Append([sn], [missing])", "\"O'Neil\"" },
		{ "Append([title], \"x\")", "\"x\"" },
		{ "Append([proxy], \".org\")", "[\"b@x.org\",\"a@x.org\",\"c@x.org\"]" },
		{ "Append(7, 8)", "\"78\"" },
	};

	RUN(cases);
}

static void test_case(void)
{
	static const ExprCase cases[] = {
		{ "ToLower(\"JANE\")", "\"jane\"" },
		{ "TOUPPER('jane')", "\"JANE\"" },
		{ "ToUpper([street])", "\"STRA\303\237E\"" },
		{ "ToUpper(\"\303\244\303\266\303\274\")", "\"\303\204\303\226\303\234\"" },
		{ "ToLower(\"\316\243\")", "\"\317\203\"" },
		{ "ToUpper(\"i\304\261\")", "\"I\304\261\"" },
		{ "ToLower(\"I\304\260\")", "\"i\304\260\"" },
		{ "ToUpper(\"i\304\261\", \"tr-TR\")", "\"\304\260I\"" },
		{ "ToLower(\"I\304\260\", \"az\")", "\"\304\261i\"" },
		{ "ToLower(\"I\", \"trv-TW\")", "\"i\"" },
		{ "ToLower(\"I\", \"\")", "\"i\"" },
		{ "ToLower(\"I\", [missing])", "\"i\"" },
		{ "ToLower(\"I\", [mail])",
		  "! the second argument is no culture such as \"tr-TR\"" },
		{ "ToUpper(\"\311\220\")", "\"\342\261\257\"" }, /* grows from 2 bytes to 3 */
		{ "ToLower([missing])", "-" },
		{ "ToLower([title])", "\"\"" },
		{ "ToUpper([proxy])", "[\"B@X\",\"A@X\",\"C@X\"]" },
		{ "ToLower(true)", "\"true\"" },
	};

	RUN(cases);
}

static void test_replace(void)
{
	static const ExprCase cases[] = {
		{ "Replace([mail], \"@example.com\", , , \"@x.org\", , )", "\"jane@x.org\"" },
		{ "Replace(\"aXbXc\", \"X\", , , \"--\", , )", "\"a--b--c\"" },
		{ "Replace(\"aaaa\", \"aa\", , , \"a\", , )", "\"aa\"" },
		{ "Replace(\"abc\", \"B\", , , \"x\", , )", "\"abc\"" },
		{ "Replace(\"a b c\", \" \", , , \"\", , )", "\"abc\"" },
		{ "Replace(\"a b c\", \" \", , , , , )", "\"abc\"" },
		{ "Replace(\"a b\", \" \", , , \"_\")", "\"a_b\"" },
		{ "Replace(\"abc\", \"abc\", , , \"\", , )", "\"\"" },
		{ "Replace([sn], \"{n}\", , , , , \"Dr. {n}, {n}\")", "\"Dr. O'Neil, O'Neil\"" },
		{ "Replace([missing], \"a\", , , \"b\", , )", "-" },
		{ "Replace(\"abc\", [missing], , , \"b\", , )", "\"abc\"" },
		{ "Replace([proxy], \"@x\", , , \"@y\", , )", "[\"b@y\",\"a@y\",\"c@y\"]" },
		{ "Replace(\"abc\", \"b\", [missing], \"\", \"x\", \"\", \"\")", "\"axc\"" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const ExprMistake cases[] = {
		{ "Replace([a], , , , \"y\", , )", 1, "oldValue" },
		{ "Replace([a], \"\", , , \"y\", , )", 14, "oldValue" },
		{ "Replace([a], \"x\", , , \"y\", , \"z\")", 30, "exclude each other" },
		{ "Replace([a], \"x\")", 1, "Replace(source, oldValue, regexPattern" },
		{ "ToLower([a], \"Turkish language\")", 14, "no culture" },
		{ "ToLower([a], 7)", 14, "no culture" },
	};

	RUN_MISTAKES(cases);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-text/dates", test_dates);
	g_test_add_func("/expr-text/join-append", test_join_append);
	g_test_add_func("/expr-text/case", test_case);
	g_test_add_func("/expr-text/replace", test_replace);
	g_test_add_func("/expr-text/mistakes", test_mistakes);
	return g_test_run();
}
