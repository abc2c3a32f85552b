/*
 * Functions that put texts together, cut them and look into them: what Microsoft's pages show comes
 * out, and what the edges are.
 *
 * "entra" is "Reference for writing expressions for attribute mappings", "connect" the functions
 * reference of Connect Sync.
 */
#include <string.h>

#include "base/error.h"
#include "function_support.h"

#define MIB (1024 * 1024)

static void add(Entry *entry, const char *name, const char *value)
{
	entry_add(entry, name, value, strlen(value));
}

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=John,DC=x");

	add(entry, "givenname", "John");
	add(entry, "surname", "Doe");
	add(entry, "extensionattribute5", "PermissionSetOne, PermissionSetTwo");
	add(entry, "proxyaddresses", " smtp:a@x ");
	add(entry, "proxyaddresses", "SMTP:b@x ");
	add(entry, "umlaut", "J\u00f6rg \u00c4");
	add(entry, "combining", "Joe\u0308l");
	add(entry, "astral", "a\U0001F600b");
	add(entry, "empty", "");
	add(entry, "count", "2");
	add(entry, "word", "two");
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

static void test_documented(void)
{
	static const FunctionCase cases[] = {
		/* entra */
		{ "Left('John Doe', 3)", "\"Joh\"" },
		{ "InStr(\"The quick brown fox\",\"quick\")", "5" },
		{ "InStr(\"repEated\",\"e\",3,vbBinaryCompare)", "7" },
		{ "Word(\"The quick brown fox\",3,\" \")", "\"brown\"" },
		{ "Word(\"This,string!has&many separators\",3,\",!&#\")", "\"has\"" },
		{ "Split([extensionAttribute5], \",\")",
		  "[\"PermissionSetOne\",\"PermissionSetTwo\"]" },
		{ "Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", "\"JohDoe\"" },
		{ "Join(\"@\", NormalizeDiacritics(StripSpaces(Join(\".\", "
		  "Mid([givenName], 1, 2), "
		  "[surname]))), \"contoso.com\")",
		  "\"Jo.Doe@contoso.com\"" },
		{ "Join(\", \", [surname], [givenName])", "\"Doe, John\"" },
		/* connect */
		{ "InStrRev(\"abbcdbbbef\",\"bb\")", "7" },
		{ "Len(\"John Doe\")", "8" },
		{ "LTrim(\" Test \")", "\"Test \"" },
		{ "RTrim(\" Test \")", "\" Test\"" },
		{ "Trim(\" Test \")", "\"Test\"" },
		{ "Trim([proxyAddresses])", "[\"smtp:a@x\",\"SMTP:b@x\"]" },
		{ "Mid(\"John Doe\", 3, 5)", "\"hn Do\"" },
		{ "Mid(\"John Doe\", 6, 999)", "\"Doe\"" },
		{ "Mid(Item([proxyAddresses],Contains([proxyAddresses], \"SMTP:\")),6)",
		  "\"b@x \"" },
		{ "PadLeft(\"User\", 10, \"0\")", "\"000000User\"" },
		{ "PadRight(\"User\", 10, \"0\")", "\"User000000\"" },
		{ "Right(\"John Doe\", 3)", "\"Doe\"" },
		{ "Split(\"SMTP:john.doe@contoso.com,smtp:jd@contoso.com\",\",\")",
		  "[\"SMTP:john.doe@contoso.com\",\"smtp:jd@contoso.com\"]" },
	};

	RUN(cases);
}

static void test_left_right(void)
{
	static const FunctionCase cases[] = {
		{ "Left('abc', 0)", "\"\"" },
		{ "Left('abc', -1)", "\"abc\"" },
		{ "Left('abc', 3)", "\"abc\"" },
		{ "Left('abc', 4)", "\"abc\"" },
		{ "Left('abc', 9223372036854775807)", "\"abc\"" },
		{ "Left('abc', '2')", "\"ab\"" },
		{ "Left('abc', [count])", "\"ab\"" },
		{ "Left(12345, 2)", "\"12\"" },
		{ "Left([missing], 2)", "\"\"" },
		{ "Left([missing], -1)", "\"\"" },
		{ "Left(AuthoritativeNull, 2)", "\"\"" },
		{ "Left(, 2)", "\"\"" },
		{ "Left([empty], 2)", "\"\"" },
		{ "Left([proxyAddresses], 2)", "[\" s\",\"SM\"]" },
		{ "Left([umlaut], 2)", "\"J\u00f6\"" },
		{ "Left([combining], 3)", "\"Joe\"" },
		{ "Left([astral], 2)", "\"a\U0001F600\"" },
		{ "Left('abc', [word])", "! 'two' is no whole number" },
		{ "Left('abc', [missing])", "! argument 2 is empty and must be a number" },
		{ "Left('abc', [proxyAddresses])", "! [proxyaddresses] has 2 values where Left "
						   "takes one" },
		{ "Left([photo], 1)", "! [photo] holds bytes that are no text" },
		{ "Right('abc', 0)", "\"\"" },
		{ "Right('abc', -1)", "\"abc\"" },
		{ "Right('abc', 4)", "\"abc\"" },
		{ "Right([missing], 2)", "\"\"" },
		{ "Right([umlaut], 1)", "\"\u00c4\"" },
		{ "Right([combining], 2)", "\"\u0308l\"" },
		{ "Right([astral], 2)", "\"\U0001F600b\"" },
	};

	RUN(cases);
}

static void test_mid(void)
{
	static const FunctionCase cases[] = {
		{ "Mid('abc', 1, 0)", "\"\"" },
		{ "Mid('abc', 0, 0)", "\"\"" },
		{ "Mid('abc', 2, -1)", "\"abc\"" },
		{ "Mid('abc', 0, 1)", "\"abc\"" },
		{ "Mid('abc', -5, 1)", "\"abc\"" },
		{ "Mid('abc', -9223372036854775808, 1)", "\"abc\"" },
		{ "Mid('abc', 3, 1)", "\"c\"" },
		{ "Mid('abc', 4, 1)", "\"abc\"" },
		{ "Mid('abc', 99, 1)", "\"abc\"" },
		{ "Mid('abc', 2)", "\"bc\"" },
		{ "Mid('abc', 2, )", "\"bc\"" },
		{ "Mid([missing], 1, 2)", "\"\"" },
		{ "Mid([missing], 0, 2)", "\"\"" },
		{ "Mid([empty], 1, 2)", "\"\"" },
		{ "Mid([umlaut], 2, 2)", "\"\u00f6r\"" },
		{ "Mid([astral], 3, 2)", "\"b\"" },
		{ "Mid([proxyAddresses], 2, 4)", "[\"smtp\",\"MTP:\"]" },
		{ "Mid('abc', 1, [word])", "! 'two' is no whole number" },
	};

	RUN(cases);
}

static void test_word(void)
{
	static const FunctionCase cases[] = {
		{ "Word('a b', 0, ' ')", "\"\"" },
		{ "Word('a b', -1, ' ')", "\"\"" },
		{ "Word('a b', 1, ' ')", "\"a\"" },
		{ "Word('a b', 2, ' ')", "\"b\"" },
		{ "Word('a b', 3, ' ')", "\"\"" },
		{ "Word('a b', 9223372036854775807, ' ')", "\"\"" },
		{ "Word('  a  b  ', 2, ' ')", "\"b\"" },
		{ "Word('  a  b  ', 3, ' ')", "\"\"" },
		{ "Word('   ', 1, ' ')", "\"\"" },
		{ "Word('abc', 1, ' ')", "\"abc\"" },
		{ "Word('a b', 1, '')", "\"a b\"" },
		{ "Word([missing], 1, ' ')", "\"\"" },
		{ "Word([empty], 1, ' ')", "\"\"" },
		{ "Word([umlaut], 2, '\u00f6')", "\"rg \u00c4\"" },
		{ "Word([umlaut], 2, '\u00f6 ')", "\"rg\"" },
		{ "Word([proxyAddresses], 2, ':')", "[\"a@x \",\"b@x \"]" },
	};

	RUN(cases);
}

static void test_split(void)
{
	static const FunctionCase cases[] = {
		{ "Split('a', ',')", "\"a\"" },
		{ "Split('a,,b', ',')", "[\"a\",\"\",\"b\"]" },
		{ "Split(',a,', ',')", "[\"\",\"a\",\"\"]" },
		{ "Split('  a  , b\u00a0,\u2003c ', ',')", "[\"a\",\"b\",\"c\"]" },
		{ "Split(' , ', ',')", "[\"\",\"\"]" },
		{ "Split('a b', ' ')", "[\"a\",\"b\"]" },
		{ "Split('a->b->c', '->')", "[\"a\",\"b\",\"c\"]" },
		{ "Split('a\u00f6b', '\u00f6')", "[\"a\",\"b\"]" },
		{ "Split('a,b,c', ',', 2)", "[\"a\",\"b,c\"]" },
		{ "Split('a,b,c', ',', 1)", "\"a,b,c\"" },
		{ "Split('a,b,c', ',', 9)", "[\"a\",\"b\",\"c\"]" },
		{ "Split('a,b,c', ',', 0)", "\"a,b,c\"" },
		{ "Item(Split('a,,c', ','), 3)", "\"c\"" },
		{ "Join('-', Split('a, b', ','))", "\"a-b\"" },
		{ "Split([empty], ',')", "\"\"" },
		{ "Split([missing], ',')", "-" },
		{ "Split([proxyAddresses], ':')", "[\"smtp\",\"a@x\",\"SMTP\",\"b@x\"]" },
		{ "Split('a', [missing])", "! the delimiter of Split is empty" },
	};

	RUN(cases);
}

static void test_spaces(void)
{
	static const FunctionCase cases[] = {
		{ "StripSpaces(' a  b ')", "\"ab\"" },
		{ "StripSpaces('a\tb\u00a0c')", "\"a\\tb\u00a0c\"" },
		{ "StripSpaces('   ')", "\"\"" },
		{ "StripSpaces([missing])", "-" },
		{ "StripSpaces([proxyAddresses])", "[\"smtp:a@x\",\"SMTP:b@x\"]" },
		{ "Trim('\t\n\v\302\205\u00a0\u2028 a b\u3000 ')", "\"a b\"" },
		{ "LTrim(' \u00a0 a ')", "\"a \"" },
		{ "RTrim(' a \u00a0 ')", "\" a\"" },
		{ "Trim('   ')", "\"\"" },
		{ "RTrim('   ')", "\"\"" },
		{ "LTrim('   ')", "\"\"" },
		{ "Trim('\u200b')", "\"\u200b\"" },
		{ "Trim([empty])", "\"\"" },
		{ "Trim([missing])", "-" },
		{ "Trim(12)", "\"12\"" },
	};

	RUN(cases);
}

static void test_pad(void)
{
	static const FunctionCase cases[] = {
		{ "PadLeft('abc', 3, '0')", "\"abc\"" },
		{ "PadLeft('abc', 2, '0')", "\"abc\"" },
		{ "PadLeft('abc', 0, '0')", "\"abc\"" },
		{ "PadLeft('abc', -4, '0')", "\"abc\"" },
		{ "PadLeft('7', 3, 0)", "\"007\"" },
		{ "PadLeft(7, 3, '0')", "\"007\"" },
		{ "PadLeft('', 2, ' ')", "\"  \"" },
		{ "PadLeft([missing], 3, '0')", "\"\"" },
		{ "PadRight([missing], 3, '0')", "\"\"" },
		{ "PadLeft(, 3, '0')", "\"\"" },
		{ "PadLeft('\u00f6', 3, '\u00e4')", "\"\u00e4\u00e4\u00f6\"" },
		{ "PadRight('a', 3, '\U0001F600')", "\"a\U0001F600\U0001F600\"" },
		{ "PadLeft([proxyAddresses], 11, '*')", "[\"* smtp:a@x \",\"**SMTP:b@x \"]" },
		{ "PadLeft('a', 2, [missing])", "! '' is no single character to pad with" },
		{ "PadLeft('a', 2, [word])", "! 'two' is no single character to pad with" },
		{ "PadLeft('a', 1048577, '0')", "! the result is larger than 1 MiB" },
		{ "PadRight('a', 9223372036854775807, '\u00f6')",
		  "! the result is larger than 1 MiB" },
		{ "Len(PadLeft('a', 1048576, '0'))", "1048576" },
	};

	RUN(cases);
}

static void test_len(void)
{
	static const FunctionCase cases[] = {
		{ "Len([umlaut])", "6" },  { "Len([combining])", "5" },
		{ "Len([astral])", "3" },  { "Len([empty])", "0" },
		{ "Len([missing])", "-" }, { "Len(-12)", "3" },
		{ "Len(true)", "4" },      { "Len([proxyAddresses])", "[10,9]" },
	};

	RUN(cases);
}

static void test_in_str(void)
{
	static const FunctionCase cases[] = {
		{ "InStr('abc', 'x')", "0" },
		{ "InStr('abc', 'B')", "0" },
		{ "InStr('abc', 'B', 1, vbTextCompare)", "2" },
		{ "InStr('abc', 'B', , vbTextCompare)", "2" },
		{ "InStr('abc', 'B', 1, 1)", "2" },
		{ "InStr('abc', 'B', 1, 0)", "0" },
		{ "InStr('abc', 'B', 1, \"vbTextCompare\")", "2" },
		{ "InStr('abcb', 'b', 3)", "4" },
		{ "InStr('abcb', 'b', 4)", "4" },
		{ "InStr('abcb', 'b', 5)", "0" },
		{ "InStr('abcb', 'b', 99)", "0" },
		{ "InStr('abc', 'abcd')", "0" },
		{ "InStr('abc', '')", "1" },
		{ "InStr('abc', '', 3)", "3" },
		{ "InStr('', '')", "0" },
		{ "InStr([empty], 'a')", "0" },
		{ "InStr([missing], 'a')", "-" },
		{ "InStr('abc', [missing])", "-" },
		{ "InStr([umlaut], 'r')", "3" },
		{ "InStr([umlaut], '\u00e4', 1, vbTextCompare)", "6" },
		{ "InStr('\u0130\u0130x', 'X', 1, vbTextCompare)", "3" },
		{ "InStr([proxyAddresses], ':')", "[6,5]" },
		{ "InStr('abc', 'b', [word])", "! 'two' is no whole number" },
		{ "InStr('abc', 'b', Len([empty]))", "! the start of InStr is below 1" },
		{ "InStr('abc', 'b', 1, [word])",
		  "! the last argument is neither vbTextCompare nor vbBinaryCompare" },
	};

	RUN(cases);
}

static void test_in_str_rev(void)
{
	static const FunctionCase cases[] = {
		{ "InStrRev('abcb', 'b')", "4" },
		{ "InStrRev('abcb', 'b', -1)", "4" },
		{ "InStrRev('abcb', 'b', 4)", "4" },
		{ "InStrRev('abcb', 'b', 3)", "2" },
		{ "InStrRev('abcb', 'b', 1)", "0" },
		{ "InStrRev('abbb', 'bb', 3)", "2" },
		{ "InStrRev('abcb', 'b', 5)", "0" },
		{ "InStrRev('abcb', 'x')", "0" },
		{ "InStrRev('abcb', 'B')", "0" },
		{ "InStrRev('abcb', 'B', -1, vbTextCompare)", "4" },
		{ "InStrRev('abc', '')", "3" },
		{ "InStrRev('abc', '', 2)", "2" },
		{ "InStrRev([empty], '')", "0" },
		{ "InStrRev([missing], 'a')", "-" },
		{ "InStrRev('abc', [missing])", "-" },
		{ "InStrRev('\u00f6\u00e4\u00f6\u00e4', '\u00f6')", "3" },
		{ "InStrRev('\u00f6\u00e4\u00f6\u00e4', '\u00f6\u00e4', 3)", "1" },
		{ "InStrRev([proxyAddresses], 'x')", "[9,8]" },
		{ "InStrRev('abc', 'b', Len([empty]))",
		  "! the start of InStrRev is neither -1 nor above 0" },
	};

	RUN(cases);
}

static void test_join_append(void)
{
	static const FunctionCase cases[] = {
		{ "Join(', ', [proxyAddresses], [givenName])", "\" smtp:a@x , SMTP:b@x , John\"" },
		{ "Join('', 1000, [givenName])", "\"1000John\"" },
		{ "Join('-', [missing], [givenName], [empty])", "\"John-\"" },
		{ "Join('-', [missing], [missing])", "-" },
		{ "Append([givenName], [missing])", "\"John\"" },
		{ "Append([missing], 'x')", "-" },
		{ "Append([proxyAddresses], '!')", "[\" smtp:a@x !\",\"SMTP:b@x !\"]" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const FunctionCase cases[] = {
		{ "Left([a], )", "1: argument 2 is left empty" },
		{ "Left([a], 'x')", "11: this is no whole number" },
		{ "Left([a])", "1: Left takes at least 2 arguments" },
		{ "Mid([a], 'one', 2)", "10: this is no whole number" },
		{ "Mid([a], 1, 'x')", "13: this is no whole number" },
		{ "Word([a], 'x', ',')", "11: this is no whole number" },
		{ "Split([a], '')", "12: the delimiter of Split is empty" },
		{ "Split([a], )", "1: the delimiter of Split is empty" },
		{ "Split([a], ',', 'x')", "17: this is no whole number" },
		{ "PadLeft([a], 'x', '0')", "14: this is no whole number" },
		{ "PadLeft([a], 5, '00')", "17: a text is padded with one character" },
		{ "PadLeft([a], 5, '')", "17: a text is padded with one character" },
		{ "PadLeft([a], 5, )", "1: a text is padded with one character" },
		{ "PadLeft([a], 5, 12)", "17: a text is padded with one character" },
		{ "InStr([a], , 1)", "1: the text to look for is left empty" },
		{ "InStr([a], 'x', 'y')", "17: this is no whole number" },
		{ "InStr([a], 'x', 1, 'binary')", "20: write vbTextCompare or vbBinaryCompare" },
		{ "InStr([a], 'x', 1, 2)", "20: write vbTextCompare or vbBinaryCompare" },
	};

	FUNCTION_MISTAKES_RUN(cases);
}

/* What a careless algorithm needs hours for. */
static void test_large(void)
{
	static const FunctionCase cases[] = {
		{ "InStrRev([big], Append(Left([big], 500000), 'b'))", "0" },
		{ "InStr([big], Append(Left([big], 500000), 'b'), 1, vbTextCompare)", "0" },
		{ "InStrRev([big], Left([big], 500000))", "548577" },
		{ "Len(Word([big], 1, 'b'))", "1048576" },
		{ "Word([big], 1000000, 'a')", "\"\"" },
		{ "Len(Mid([big], 1000000, 999))", "999" },
		{ "Len(Replace([big], 'a', , , '', , ))", "0" },
		{ "Count(Split([commas], ','))", "100001" },
		{ "Split(Append([commas], [big]), ',')", "! the result is larger than 1 MiB" },
		{ "Split(Replace([big], 'a', , , ',', , ), ',')",
		  "! the expression builds more than 16 MiB on the way" },
	};
	g_autofree char *big = g_strnfill(MIB, 'a'), *commas = g_strnfill(100000, ',');
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry };

	entry_add(entry, "big", big, MIB);
	entry_add(entry, "commas", commas, 100000);
	function_cases_run(cases, G_N_ELEMENTS(cases), &input);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-text/documented", test_documented);
	g_test_add_func("/functions-text/left-right", test_left_right);
	g_test_add_func("/functions-text/mid", test_mid);
	g_test_add_func("/functions-text/word", test_word);
	g_test_add_func("/functions-text/split", test_split);
	g_test_add_func("/functions-text/spaces", test_spaces);
	g_test_add_func("/functions-text/pad", test_pad);
	g_test_add_func("/functions-text/len", test_len);
	g_test_add_func("/functions-text/in-str", test_in_str);
	g_test_add_func("/functions-text/in-str-rev", test_in_str_rev);
	g_test_add_func("/functions-text/join-append", test_join_append);
	g_test_add_func("/functions-text/mistakes", test_mistakes);
	g_test_add_func("/functions-text/large", test_large);
	return g_test_run();
}
