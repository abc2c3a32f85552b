/*
 * Replace in its five ways, and ReplaceChars: what Microsoft's pages show comes out, what the edges
 * are, and that no pattern hangs.
 *
 * "entra" is "Reference for writing expressions for attribute mappings", "connect" the functions
 * reference of Connect Sync.
 */
#include <string.h>

#include "function_support.h"

#define MIB (1024 * 1024)

static void add(Entry *entry, const char *name, const char *value)
{
	entry_add(entry, name, value, strlen(value));
}

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=John,DC=x");

	add(entry, "businesstitle", "Product Developer");
	add(entry, "userid", "jsmith");
	add(entry, "telephonenumber", "+91 9998887777");
	add(entry, "mobile", "+1 (999) 888-7777");
	add(entry, "othermobile", "+91 8887779999");
	add(entry, "addresslinedata", "545 Tremont Street");
	add(entry, "userprincipalname", "jsmith@contoso.com");
	add(entry, "mailnickname", "john_doe72");
	add(entry, "mail", "john.doe@contoso.com");
	add(entry, "objectid", "00aa00aa-bb11-cc22-dd33-44ee44ee44ee");
	add(entry, "otherphone", "12-34");
	add(entry, "otherphone", "5-6-7");
	add(entry, "empty", "");
	add(entry, "b", "b");
	add(entry, "pattern", "(?<digits>\\d+)");
	add(entry, "broken", "(");
	add(entry, "group", "digits");
	add(entry, "wronggroup", "letters");
	add(entry, "evil", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	entry_add(entry, "photo", "\377\330", 2);
	return entry;
}

static void run(const FunctionCase *cases, gsize count)
{
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry };

	function_cases_run(cases, count, &input);
}

#define RUN(cases) run(cases, G_N_ELEMENTS(cases))

/* As it stands in the expression, where a backslash is written twice. */
#define PHONE "\"\\\\+(?<isdCode>\\\\d* )(?<phoneNumber>\\\\d{10})\""

static void test_documented(void)
{
	static const FunctionCase cases[] = {
		/* entra, examples 1 to 6 */
		{ "Replace([BusinessTitle],\"Product Developer\", , , \"Software Engineer\", , )",
		  "\"Software Engineer\"" },
		{ "Replace([UserID],\"<username>\", , , , , \"<username>@contoso.com\")",
		  "\"jsmith@contoso.com\"" },
		{ "Replace([telephoneNumber], , " PHONE ", , \"${phoneNumber}\", , )",
		  "\"9998887777\"" },
		{ "Replace([mobile], , \"[()\\\\s-]+\", , \"\", , )", "\"+19998887777\"" },
		{ "Replace([AddressLineData], ,\"(?<streetNumber>^\\\\d*)\",\"streetNumber\", "
		  "\"888\", , )",
		  "\"888 Tremont Street\"" },
		{ "Replace([userPrincipalName], , \"(?<Suffix>@(.)*)\", \"Suffix\", \"\", , )",
		  "\"jsmith\"" },
		{ "Replace([empty], , " PHONE ", \"phoneNumber\" , , [otherMobile], )",
		  "\"8887779999\"" },
		{ "Replace([mailNickname], , \"[a-zA-Z_]*\", , \"\", , )", "\"72\"" },
		/* entra, examples at the end; the output shown for the last is another person's */
		{ "Replace([mail], \"@contoso.com\", , ,\"\", ,)", "\"john.doe\"" },
		{ "Join(\"\", 1000, Replace(ConvertToUTF8Hex([objectId]), , \"[a-zA-Z_]*\", , "
		  "\"\", , ))",
		  "\"100030306161303061612626231312636332322646433332343465653434656534346565\"" },
		/* connect; its list lacks a colon, which is a slip */
		{ "ReplaceChars(\"R\u00e4ksm\u00f6rg\u00e5s\", "
		  "'\u2019:,\u00c5:A,\u00c4:A,\u00d6:O,\u00e5:a,\u00e4:a,\u00f6:o')",
		  "\"Raksmorgas\"" },
		{ "ReplaceChars(\"O\u2019Neil\", "
		  "'\u2019:,\u00c5:A,\u00c4:A,\u00d6:O,\u00e5:a,\u00e4:a,\u00f6:o')",
		  "\"ONeil\"" },
	};

	RUN(cases);
}

static void test_old_value(void)
{
	static const FunctionCase cases[] = {
		{ "Replace('aXbXc', 'X', , , '--', , )", "\"a--b--c\"" },
		{ "Replace('aaaa', 'aa', , , 'a', , )", "\"aa\"" },
		{ "Replace('abc', 'B', , , 'x', , )", "\"abc\"" },
		{ "Replace('a b', ' ', , , , , )", "\"ab\"" },
		{ "Replace('a b', ' ', , , '_')", "\"a_b\"" },
		{ "Replace('a.b', '.', , , '$&', , )", "\"a$&b\"" },
		{ "Replace([missing], 'a', , , 'b', , )", "-" },
		{ "Replace([empty], 'a', , , 'b', , )", "\"\"" },
		{ "Replace('abc', [missing], , , 'b', , )", "\"abc\"" },
		{ "Replace('abc', 'b', [missing], '', 'x', '', '')", "\"axc\"" },
		{ "Replace([otherPhone], '-', , , '', , )", "[\"1234\",\"567\"]" },
		{ "Replace('a\u00f6b', '\u00f6', , , 'oe', , )", "\"aoeb\"" },
		{ "Replace('abc', [b], [b], , 'x', , )",
		  "! oldValue and regexPattern exclude each other in Replace" },
		{ "Replace([photo], 'a', , , 'b', , )", "! [photo] holds bytes that are no text" },
	};

	RUN(cases);
}

static void test_template(void)
{
	static const FunctionCase cases[] = {
		{ "Replace('x', '{}', , , , , '{}-{}')", "\"x-x\"" },
		{ "Replace('x', '{}', , , , , 'none')", "\"none\"" },
		{ "Replace([missing], '{}', , , , , '{}-{}')", "-" },
		{ "Replace([empty], '{}', , , , , '{}-{}')", "\"-\"" },
		{ "Replace([otherPhone], '{}', , , , , 'tel:{}')",
		  "[\"tel:12-34\",\"tel:5-6-7\"]" },
		{ "Replace('x', 'b', , , [b], , [b])",
		  "! replacementValue and template exclude each other in Replace" },
		{ "Replace('x', 'b', [b], , , , [b])",
		  "! oldValue and regexPattern exclude each other in Replace" },
	};

	RUN(cases);
}

static void test_pattern(void)
{
	static const FunctionCase cases[] = {
		{ "Replace('abc', , 'B', , 'x', , )", "\"abc\"" },
		{ "Replace('abc', , '(?i)B', , 'x', , )", "\"axc\"" },
		{ "Replace('abc', , 'b', , , , )", "\"ac\"" },
		{ "Replace('Doe, Jane', , '(\\\\w+), (\\\\w+)', , '$2 $1', , )", "\"Jane Doe\"" },
		{ "Replace('a1b22', , '\\\\d+', , '<$0>', , )", "\"a<1>b<22>\"" },
		{ "Replace('M\u00fcller!', , '\\\\W', , '', , )", "\"M\u00fcller\"" },
		{ "Replace('abc', , 'b', , '${nope}$$', , )", "\"a${nope}$c\"" },
		{ "Replace([otherPhone], , '-', , '', , )", "[\"1234\",\"567\"]" },
		{ "Replace([missing], , 'a', , 'b', , )", "-" },
		{ "Replace([empty], , '^$', , 'b', , )", "\"b\"" },
		{ "Replace(120, , '0$', , '', , )", "\"12\"" },
		/* A pattern that is not constant. */
		{ "Replace('a12b', , [pattern], , '<${digits}>', , )", "\"a<12>b\"" },
		{ "Replace('a12b', , Append('[a', '-z]'), , '', , )", "\"12\"" },
		{ "Replace('a12b', , 12, , '', , )", "\"ab\"" },
		{ "Replace('a12b', , [missing], , 'x', , )", "\"a12b\"" },
		{ "Replace('a12b', , [broken], , 'x', , )",
		  "! the regular expression is wrong at its character 2: missing closing "
		  "parenthesis" },
	};

	RUN(cases);
}

static void test_group(void)
{
	static const FunctionCase cases[] = {
		{ "Replace('a1 b2', , '[a-z](?<n>\\\\d)', 'n', '#', , )", "\"a# b#\"" },
		{ "Replace('a1 b2', , '[a-z](?<n>\\\\d)', 'n', '${n}${n}', , )", "\"a11 b22\"" },
		{ "Replace('a1', , '[a-z](\\\\d)', '1', '#', , )", "\"a#\"" },
		{ "Replace('ac', , 'a(?<n>b)?c', 'n', '#', , )", "\"ac\"" },
		{ "Replace('xyz', , 'a(?<n>b)', 'n', '#', , )", "\"xyz\"" },
		{ "Replace([missing], , '(?<n>b)', 'n', '#', , )", "-" },
		{ "Replace('a12', , [pattern], [group], '#', , )", "\"a#\"" },
		{ "Replace('a12', , '(?<digits>\\\\d)', [wrongGroup], '#', , )",
		  "! the regular expression has no group \"letters\"\nname it (?<letters>...)" },
		{ "Replace('a12', , [pattern], 'letters', '#', , )",
		  "! the regular expression has no group \"letters\"\nname it (?<letters>...)" },
	};

	RUN(cases);
}

static void test_fallback(void)
{
	static const FunctionCase cases[] = {
		{ "Replace([telephoneNumber], , " PHONE ", 'phoneNumber', , [otherMobile], )",
		  "\"+91 9998887777\"" },
		{ "Replace([missing], , " PHONE ", 'phoneNumber', , [otherMobile], )",
		  "\"8887779999\"" },
		{ "Replace([missing], , " PHONE ", 'isdCode', , [otherMobile], )", "\"91 \"" },
		{ "Replace([missing], , " PHONE ", 'phoneNumber', , [mobile], )", "-" },
		{ "Replace([missing], , " PHONE ", 'phoneNumber', , [missing], )", "-" },
		{ "Replace([missing], , 'a|(?<n>b)', 'n', , 'a', )", "-" },
		/* The sixth position decides, not what the person has there. */
		{ "Replace([telephoneNumber], , " PHONE ", 'phoneNumber', , [missing], )",
		  "\"+91 9998887777\"" },
		{ "Replace([telephoneNumber], , " PHONE ", 'phoneNumber', , [empty], )",
		  "\"+91 9998887777\"" },
		{ "Replace([otherPhone], , '(?<n>1)', 'n', , [mobile], )",
		  "[\"12-34\",\"5-6-7\"]" },
		{ "Replace([missing], , '(?<n>1)', 'n', , [otherPhone], )",
		  "! [otherphone] has 2 values where Replace takes one" },
		{ "Replace([missing], , [missing], 'n', , [mobile], )", "-" },
		{ "Replace([missing], , [pattern], 'digits', , [mobile], )", "\"1\"" },
		{ "Replace([missing], , [pattern], 'letters', , [mobile], )",
		  "! the regular expression has no group \"letters\"\nname it (?<letters>...)" },
	};

	RUN(cases);
}

static void test_nested(void)
{
	static const FunctionCase cases[] = {
		{ "Replace(Replace([mail], , '@.*', , '', , ), , '\\\\.', , '_', , )",
		  "\"john_doe\"" },
		{ "Replace(ReplaceChars([mail], Append('j:', 'J')), , '@.*', , '', , )",
		  "\"John.doe\"" },
		{ "Replace('a b', , ReplaceChars([b], Append('b:', '\\\\s')), , "
		  "Replace('x', [b], , , 'y', , ), , )",
		  "\"axb\"" },
		{ "Select($v, [otherPhone], Replace($v, , '^(\\\\d).*', , '$1', , ))",
		  "[\"1\",\"5\"]" },
	};

	RUN(cases);
}

static void test_chars(void)
{
	static const FunctionCase cases[] = {
		{ "ReplaceChars('abcA', 'a:b,b:a')", "\"bacA\"" },
		{ "ReplaceChars('\u00e4\u00df', ' \u00e4 : a e , \u00df :\u00a0ss ')", "\"aess\"" },
		{ "ReplaceChars('abc', 'b:')", "\"ac\"" },
		{ "ReplaceChars('abc', 'b:\U0001F600')", "\"a\U0001F600c\"" },
		{ "ReplaceChars('a\U0001F600c', '\U0001F600:x')", "\"axc\"" },
		{ "ReplaceChars('abc', 'b:x,')", "\"axc\"" },
		{ "ReplaceChars('a\"b', '\":q')", "\"aqb\"" },
		{ "ReplaceChars('abc', '')", "\"abc\"" },
		{ "ReplaceChars('abc', [missing])", "\"abc\"" },
		{ "ReplaceChars('abc', Append('b:', 'x'))", "\"axc\"" },
		{ "ReplaceChars([missing], 'a:b')", "-" },
		{ "ReplaceChars([empty], 'a:b')", "\"\"" },
		{ "ReplaceChars([otherPhone], '-:')", "[\"1234\",\"567\"]" },
		{ "ReplaceChars('abc', [broken])",
		  "! \"(\" is no replacement of one character\nwrite the character, a colon and "
		  "what it becomes, such as \"a:b,c:\"" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const FunctionCase cases[] = {
		{ "Replace([a], , , , 'y', , )", "1: Replace needs an oldValue or a regexPattern" },
		{ "Replace([a], '', , , 'y', , )",
		  "14: Replace needs an oldValue or a regexPattern" },
		{ "Replace([a], 'x', 'y', , 'z', , )", "19: oldValue and regexPattern exclude" },
		{ "Replace([a], 'x', , , 'y', , 'z')",
		  "30: replacementValue and template exclude" },
		{ "Replace([a], , 'x', , , , 'z')", "27: regexPattern and template exclude" },
		{ "Replace([a], , '(?<x>)', 'x', 'y', [b], )",
		  "36: replacementValue and replacementAttributeName exclude" },
		{ "Replace([a], 'x', , 'g', 'y', , )",
		  "21: a regexGroupName needs a regexPattern" },
		{ "Replace([a], 'x', , , , [b], )",
		  "25: a replacementAttributeName needs a regexPattern" },
		{ "Replace([a], , 'x', , , [b], )",
		  "25: a replacementAttributeName needs a regexGroupName" },
		{ "Replace([a], , , , , , 'z')", "24: a template needs an oldValue" },
		{ "Replace([a], , 'a(b', , 'y', , )",
		  "16: the regular expression is wrong at its character 4: missing closing "
		  "parenthesis" },
		{ "Replace([a], , '(?<n>b)', 'm', 'y', , )",
		  "27: the regular expression has no group \"m\"\nname it (?<m>...)" },
		{ "Replace([a], 'x', 'y')", "1: Replace takes at least 5 arguments" },
		{ "ReplaceChars([a], 'ab:c')", "19: \"ab:c\" is no replacement of one character" },
		{ "ReplaceChars([a], ':a')", "19: \":a\" is no replacement of one character" },
		{ "ReplaceChars([a], 'x:y,,:a')",
		  "19: \",:a\" is no replacement of one character" },
		{ "ReplaceChars([a], 'x:y:z')",
		  "19: \"x:y:z\" is no replacement of one character" },
		{ "ReplaceChars([a], 'a')", "19: \"a\" is no replacement of one character" },
		{ "ReplaceChars([a], 'a:b,a:c')", "19: the character U+0061 is replaced twice" },
		{ "ReplaceChars([a], 12)", "19: the list of ReplaceChars is a text" },
		{ "ReplaceChars([a], )", "1: the list of ReplaceChars is a text" },
	};

	FUNCTION_MISTAKES_RUN(cases);
}

#define TOO_MANY                                                                       \
	"! the regular expression takes too many steps on this value\navoid a repeat " \
	"within a repeat, such as (a+)+"

static void test_endless(void)
{
	static const FunctionCase cases[] = {
		{ "Replace([evil], , '(a+)+$', , 'x', , )", TOO_MANY },
		{ "Replace([evil], , '(?<n>(a|aa)+)$', 'n', 'x', , )", TOO_MANY },
		{ "Replace([missing], , '(?<n>(a|a)*)$', 'n', , [evil], )", TOO_MANY },
		{ "Replace([evil], , Append('(a+)', '+$'), , 'x', , )", TOO_MANY },
		{ "Replace([big], , 'a', , 'xx', , )", "! the result is larger than 1 MiB" },
		{ "Len(Replace([big], , 'a', , 'x', , ))", "1048576" },
		{ "Len(Replace([big], , '^a*(?<n>a)$', 'n', '', , ))", "1048575" },
		{ "Len(ReplaceChars([big], 'a:b'))", "1048576" },
		{ "ReplaceChars([big], 'a:bb')", "! the result is larger than 1 MiB" },
		/* Each value is just bearable, all of them are not. */
		{ "Replace([many], , '(a+)+$', , 'x', , )",
		  "! regular expressions take too many steps for this object" },
	};
	g_autofree char *big = g_strnfill(MIB, 'a');
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry };

	entry_add(entry, "big", big, MIB);
	for (guint i = 0; i < 2000; i++) {
		g_autofree char *value = g_strdup_printf("aaaaaaaaaaaaaaaab%u", i);
		add(entry, "many", value);
	}
	gint64 from = g_get_monotonic_time();
	function_cases_run(cases, G_N_ELEMENTS(cases), &input);
	g_test_message("%.2f s", (double)(g_get_monotonic_time() - from) / G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-replace/documented", test_documented);
	g_test_add_func("/functions-replace/old-value", test_old_value);
	g_test_add_func("/functions-replace/template", test_template);
	g_test_add_func("/functions-replace/pattern", test_pattern);
	g_test_add_func("/functions-replace/group", test_group);
	g_test_add_func("/functions-replace/fallback", test_fallback);
	g_test_add_func("/functions-replace/nested", test_nested);
	g_test_add_func("/functions-replace/chars", test_chars);
	g_test_add_func("/functions-replace/mistakes", test_mistakes);
	g_test_add_func("/functions-replace/endless", test_endless);
	return g_test_run();
}
