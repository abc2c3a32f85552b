/*
 * Expressions: what an administrator writes against what comes out for one person.
 *
 * Tables of expression and result; results are canonical JSON, "-" is null. The person:
 *
 *	mail        jane@example.com            title      "" (a careless import)
 *	sn          O'Neil                      logonCount 42
 *	proxy       b@x, a@x, c@x               flag       TRUE
 *	photo       bytes                       street     Stra(sharp s)e
 *	mixed       text, bytes                 missing    -
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/expr.h"
#include "core/functions.h"

#define MIB (1024 * 1024)

typedef struct {
	const char *expr, *result;
} Case;

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");

	entry_add(entry, "mail", "jane@example.com", 16);
	entry_add(entry, "sn", "O'Neil", 6);
	entry_add(entry, "proxy", "b@x", 3);
	entry_add(entry, "proxy", "a@x", 3);
	entry_add(entry, "proxy", "c@x", 3);
	entry_add(entry, "title", "", 0);
	entry_add(entry, "logoncount", "42", 2);
	entry_add(entry, "flag", "TRUE", 4);
	entry_add(entry, "photo", "\377\330\377", 3);
	entry_add(entry, "street", "Stra\303\237e", 7);
	entry_add(entry, "mixed", "text", 4);
	entry_add(entry, "mixed", "\377", 1);
	entry_add(entry, "ends", "133480816000000000", 18);
	entry_add(entry, "never", "9223372036854775807", 19);
	entry_add(entry, "dates", "20210630160000Z", 15);
	entry_add(entry, "dates", "2020-02-29", 10);
	return entry;
}

static Expr *compile(const char *text)
{
	guint column = 0;
	g_autoptr(GError) error = NULL;
	Expr *expr = expr_compile(text, &column, &error);

	if (!expr)
		g_error("%s: column %u: %s", text, column, error->message);
	return expr;
}

/* The result as text; "-" for null, "! message" for an error. New string. */
static char *result_on(const char *text, const Entry *entry)
{
	g_autoptr(Expr) expr = compile(text);
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	ExprInput input = {
		.entry = entry,
		.account_enabled = TRUE,
		.now_us = G_GINT64_CONSTANT(1795335300) * G_USEC_PER_SEC,
	};
	const Value *value = expr_eval(expr, &input, arena, &error);

	if (!value) {
		g_assert_true(error_is(error, ERROR_OBJECT));
		return g_strdup_printf("! %s", error->message);
	}
	g_assert_no_error(error);
	if (value->type == VALUE_NULL)
		return g_strdup("-");
	g_autoptr(json_t) json = value_json(value);
	return json_canonical(json);
}

static void run(const Case *cases, gsize count)
{
	g_autoptr(Entry) entry = person_new();

	for (gsize i = 0; i < count; i++) {
		g_autofree char *result = result_on(cases[i].expr, entry);

		if (strcmp(result, cases[i].result) != 0)
			g_error("%s yields %s instead of %s", cases[i].expr, result,
				cases[i].result);
	}
}

#define RUN(cases) run(cases, G_N_ELEMENTS(cases))

/* The person's time is 2026-11-22T08:15:00Z. */
static void test_dates(void)
{
	static const Case cases[] = {
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
	};

	RUN(cases);
}

static void test_literals(void)
{
	static const Case cases[] = {
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
	static const Case cases[] = {
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
	};

	RUN(cases);
}

static void test_join_append(void)
{
	static const Case cases[] = {
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
	static const Case cases[] = {
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
	static const Case cases[] = {
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
		{ "Replace(\"abc\", , [mail], , \"x\", , )",
		  "! regular expressions are not available yet in Replace" },
		{ "Replace(\"abc\", \"a\", , , [mail], , [sn])",
		  "! Replace has both a replacementValue and a template" },
	};

	RUN(cases);
}

static void test_logic(void)
{
	static const Case cases[] = {
		{ "IIF([sn] = \"O'Neil\", \"yes\", \"no\")", "\"yes\"" },
		{ "IIF([flag], 1, 2)", "1" },
		{ "IIF([missing], 1, 2)", "2" },
		{ "IIF([title], 1, 2)", "2" },
		{ "IIF(true, , 2)", "-" },
		{ "IIF([accountEnabled], [proxy], \"no\")", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "IIF([sn], 1, 2)", "! the condition of IIF is a text, neither true nor false" },
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

/* A branch that is not taken, and a key behind the one that fits, cannot fail the person. */
static void test_lazy(void)
{
	static const Case cases[] = {
		{ "IIF(true, 1, ToLower([photo]))", "1" },
		{ "IIF(false, ToLower([photo]), 2)", "2" },
		{ "Coalesce([sn], ToLower([photo]))", "\"O'Neil\"" },
		{ "Switch(\"a\", ToLower([photo]), \"a\", 1, [photo], 2)", "1" },
		{ "Coalesce(ToLower([photo]), 1)", "! [photo] holds bytes that are no text" },
	};

	RUN(cases);
}

static void test_comparison(void)
{
	static const Case cases[] = {
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
	g_autoptr(Entry) entry = person_new();

	for (gsize i = 0; i < G_N_ELEMENTS(operators) * G_N_ELEMENTS(nothing); i++) {
		const char *symbol = operators[i / 2], *what = nothing[i % 2];
		g_autofree char *right = g_strdup_printf("\"a\" %s %s", symbol, what);
		g_autofree char *left = g_strdup_printf("%s %s 1", what, symbol);
		g_autofree char *both = g_strdup_printf("%s %s [missing]", what, symbol);
		g_autofree char *result_right = result_on(right, entry);
		g_autofree char *result_left = result_on(left, entry);
		g_autofree char *result_both = result_on(both, entry);

		g_assert_cmpstr(result_right, ==, "false");
		g_assert_cmpstr(result_left, ==, "false");
		g_assert_cmpstr(result_both, ==, "false");
	}
}

static void test_lists_and_bytes_refused(void)
{
	static const Case cases[] = {
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

typedef struct {
	const char *expr;
	guint column;
	const char *message; /* must occur in the error's */
} Mistake;

static void test_mistakes(void)
{
	static const Mistake cases[] = {
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
		{ "[a] & [b]", 5, "write Join" },
		{ "\342\200\234a\342\200\235", 1, "straight quotes" },
		{ "[a] =", 6, "ends too early" },
		{ "= [a]", 1, "nothing on its left" },
		{ "[a] = )", 7, "unexpected \")\"" },
		{ "[a] = \"b\" = \"c\"", 11, "second comparison" },
		{ "[a] < \"b\" = true", 11, "second comparison" },
		{ "[a] = \"\"", 7, "use IsNullOrEmpty" },
		{ "[a] <> \"\"", 8, "IsPresent" },
		{ "IIF(, 1, 2)", 1, "left empty" },
		{ "IIF(\"x\", 1, 2)", 5, "a constant is no condition" },
		{ "Switch([a], 1, 2, 3, 4)", 1, "the last key of Switch has no value" },
		{ "Switch(, 1, 2, 3)", 1, "source of Switch" },
		{ "Replace([a], , \"x+\", , \"y\", , )", 16, "regular expressions are not" },
		{ "Replace([a], \"b\", , \"g\", \"y\", , )", 21, "regular expressions are not" },
		{ "Replace([a], , , , \"y\", , )", 1, "oldValue" },
		{ "Replace([a], \"\", , , \"y\", , )", 14, "oldValue" },
		{ "Replace([a], \"x\", , , \"y\", , \"z\")", 30, "exclude each other" },
		{ "Replace([a], \"x\")", 1, "Replace(source, oldValue, regexPattern" },
		{ "ToLower([a], \"Turkish language\")", 14, "no culture" },
		{ "ToLower([a], 7)", 14, "no culture" },
		{ "\"a\303\"", 3, "not UTF-8" },
		{ "\001", 1, "U+0001" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		guint column = 0;
		g_autoptr(Expr) expr = expr_compile(cases[i].expr, &column, &error);

		if (expr)
			g_error("%s compiles", cases[i].expr);
		g_assert_true(error_is(error, ERROR_CONFIG));
		if (column != cases[i].column || !strstr(error->message, cases[i].message))
			g_error("%s: column %u, \"%s\"", cases[i].expr, column, error->message);
	}
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
	g_autofree char *filler = g_strnfill(9998, 'x');
	g_autofree char *longest = g_strdup_printf("'%s'", filler);
	g_autofree char *longer = g_strdup_printf("' %s'", filler);
	g_autoptr(Expr) fits_depth = compile(deep);
	g_autoptr(Expr) fits_length = compile(longest);

	g_assert_true(expr_is_constant(fits_depth));
	g_assert_true(expr_is_constant(fits_length));
	assert_refused(deeper, 401, "nested deeper than 100");
	assert_refused(brackets, 101, "nested deeper than 100");
	assert_refused(longer, 10001, "longer than 10000 characters");
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
	g_autofree char *result = result_on(expr, entry);

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
	g_autoptr(Expr) expr = compile("Join([Sep], IIF([a] = [B;binary], [sn], 'x'), [dn], [SN])");
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
		g_autoptr(Expr) expr = compile(cases[i].expr);
		g_assert_cmpint(expr_is_constant(expr), ==, cases[i].constant);
	}
}

static void test_account_enabled_follows_input(void)
{
	g_autoptr(Entry) entry = person_new();
	g_autoptr(Expr) expr = compile("IIF([accountEnabled], \"on\", IIF([lockedOut], "
				       "\"off, locked\", \"off\"))");
	g_autoptr(Arena) arena = arena_new();
	ExprInput input = { .entry = entry, .account_enabled = FALSE, .locked_out = TRUE };
	const Value *value = expr_eval(expr, &input, arena, NULL);

	g_assert_cmpstr(value->string.data, ==, "off, locked");
}

static void assert_rows(const Function *table)
{
	for (const Function *row = table; row->name; row++) {
		g_autofree char *misspelt = g_strdup_printf("%sx", row->name);
		g_autofree char *opening = g_strdup_printf("%s(", row->name);

		g_assert_true(function_find(row->name, strlen(row->name)) == row);
		g_assert_cmpstr(function_nearest(misspelt), ==, row->name);
		g_assert_true(g_str_has_prefix(row->usage, opening));
		g_assert_true((row->fn != NULL) != (row->lazy != NULL));
		g_assert_cmpuint(row->min_args, <=, row->max_args);
	}
}

static void test_function_rows(void)
{
	assert_rows(functions_text);
	assert_rows(functions_logic);
	g_assert_null(function_find("Joi", 3));
	g_assert_null(function_find("Joinx", 5));
	g_assert_nonnull(function_find("JOINx", 4));
	g_assert_null(function_nearest("CompletelyDifferent"));
}

static const char *pick(GRand *rand, const char *const *from, guint count)
{
	return from[g_rand_int_range(rand, 0, (gint)count)];
}

/* Any text made of the language's pieces: it compiles or names a column within it, and if it
 * compiles it yields a value or an error that parks the person. */
static void test_random(void)
{
	static const char *const pieces[] = {
		"Join(",   "IIF(",      "Switch(",  "Coalesce(", "ToUpper(", "Replace(", "Not(",
		"(",       ")",         ")",        ",",         ",",        "[mail]",   "[proxy]",
		"[photo]", "[missing]", "\"a\"",    "''",        "12",       "true",     "=",
		"<>",      " ",         "\303\244", "\\"
	};
	guint32 seed = 20261122;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	g_autoptr(Entry) entry = person_new();
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
		g_autofree char *result = result_on(text->str, entry);
		g_assert_cmpuint(strlen(result), >, 0);
		compiled++;
	}
	g_assert_cmpuint(compiled, >, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr/literals", test_literals);
	g_test_add_func("/expr/dates", test_dates);
	g_test_add_func("/expr/attributes", test_attributes);
	g_test_add_func("/expr/join-append", test_join_append);
	g_test_add_func("/expr/case", test_case);
	g_test_add_func("/expr/replace", test_replace);
	g_test_add_func("/expr/logic", test_logic);
	g_test_add_func("/expr/lazy", test_lazy);
	g_test_add_func("/expr/comparison", test_comparison);
	g_test_add_func("/expr/comparison-with-nothing", test_comparison_with_nothing);
	g_test_add_func("/expr/lists-and-bytes-refused", test_lists_and_bytes_refused);
	g_test_add_func("/expr/mistakes", test_mistakes);
	g_test_add_func("/expr/limits", test_limits);
	g_test_add_func("/expr/result-size", test_result_size);
	g_test_add_func("/expr/attribute-names", test_attribute_names);
	g_test_add_func("/expr/constant", test_constant);
	g_test_add_func("/expr/account-enabled", test_account_enabled_follows_input);
	g_test_add_func("/expr/function-rows", test_function_rows);
	g_test_add_func("/expr/random", test_random);
	return g_test_run();
}
