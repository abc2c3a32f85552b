/*
 * Conversions: what Microsoft's pages show comes out; what is no number, hex or base64 is refused.
 */
#include <string.h>

#include "function_support.h"

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8",
				 "cn=Joe,dc=contoso,dc=com");

	entry_add(entry, "photo", "\377\330\377", 3);
	entry_add(entry, "control", "514", 3);
	entry_add(entry, "empty", "", 0);
	entry_add(entry, "name", "Zo\303\253", 4);
	entry_add(entry, "numbers", "1", 1);
	entry_add(entry, "numbers", "2", 1);
	entry_add(entry, "codes", "5A", 2);
	entry_add(entry, "codes", "6f", 2);
	entry_add(entry, "encoding", "Latin1", 6);
	entry_add(entry, "face", "\360\237\230\200", 4);
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
		{ "BitAnd(&HF, &HF7)", "7" },
		{ "IsBitSet(&HF,4)", "true" },
		{ "CStr([dn])", "\"cn=Joe,dc=contoso,dc=com\"" },
		{ "ConvertToBase64(\"Hello world!\")", "\"SABlAGwAbABvACAAdwBvAHIAbABkACEA\"" },
		{ "ConvertToUTF8Hex(\"Hello world!\")", "\"48656C6C6F20776F726C6421\"" },
		{ "ConvertFromBase64(\"SABlAGwAbABvACAAdwBvAHIAbABkACEA\")", "\"Hello world!\"" },
		{ "ConvertFromBase64(\"SGVsbG8gd29ybGQh\", UTF8)", "\"Hello world!\"" },
		{ "ConvertFromUTF8Hex(\"48656C6C6F20776F726C6421\")", "\"Hello world!\"" },
	};

	RUN(cases);
}

static void test_text_and_numbers(void)
{
	static const FunctionCase cases[] = {
		{ "CStr(12)", "\"12\"" },
		{ "CStr(-9223372036854775808)", "\"-9223372036854775808\"" },
		{ "CStr(true)", "\"True\"" },
		{ "CStr([empty])", "\"\"" },
		{ "CStr([missing])", "-" },
		{ "CStr([numbers])", "[\"1\",\"2\"]" },
		{ "CStr([photo])", "! [photo] holds bytes that are no text" },
		{ "CNum('12')", "12" },
		{ "CNum('-12')", "-12" },
		{ "CNum('9223372036854775807')", "9223372036854775807" },
		{ "CNum([control])", "514" },
		{ "CNum([numbers])", "[1,2]" },
		{ "CNum([missing])", "-" },
		{ "CNum([empty])", "-" },
		{ "CNum('9223372036854775808')", "! '9223372036854775808' is no whole number" },
		{ "CNum('1.5')", "! '1.5' is no whole number" },
		{ "CNum(' 1')", "! ' 1' is no whole number" },
		{ "CNum(true)", "! 'True' is no whole number" },
	};

	RUN(cases);
}

static void test_bits(void)
{
	static const FunctionCase cases[] = {
		{ "BitAnd([control], 2)", "2" },
		{ "BitAnd([control], '512')", "512" },
		{ "BitAnd(-1, &HFF)", "255" },
		{ "BitOr(8, 7)", "15" },
		{ "BitOr([control], &H10000)", "66050" },
		{ "BitAnd([missing], 2)", "-" },
		{ "BitOr(2, [empty])", "-" },
		{ "BitAnd([name], 2)", "! 'Zo\303\253' is no whole number" },
		{ "BitOr(2, [name])", "! 'Zo\303\253' is no whole number" },
		{ "BitAnd([numbers], 2)", "! [numbers] has 2 values where BitAnd takes one" },
		{ "IsBitSet([control], 2)", "true" },
		{ "IsBitSet([control], 16)", "false" },
		{ "IsBitSet(6, 3)", "false" },
		{ "IsBitSet(7, 3)", "true" },
		{ "IsBitSet(7, 0)", "false" },
		{ "IsBitSet([missing], 2)", "false" },
		{ "IsBitSet([name], 2)", "! 'Zo\303\253' is no whole number" },
	};

	RUN(cases);
}

static void test_base64(void)
{
	static const FunctionCase cases[] = {
		{ "ConvertToBase64([name])", "\"WgBvAOsA\"" },
		{ "ConvertToBase64([face])", "\"PdgA3g==\"" },
		{ "ConvertFromBase64('PdgA3g==')", "\"\360\237\230\200\"" },
		{ "ConvertToBase64([photo])", "\"/9j/\"" },
		{ "ConvertFromBase64(ConvertToBase64([photo]), 'UTF8')", "#ffd8ff" },
		{ "ConvertToBase64([empty])", "\"\"" },
		{ "ConvertToBase64([missing])", "-" },
		{ "ConvertFromBase64([missing])", "-" },
		{ "ConvertFromBase64([empty])", "-" },
		{ "ConvertFromBase64('SGVs bG8=', 'utf8')", "\"Hello\"" },
		{ "ConvertFromBase64('SGVsbG8=', 'ASCII')", "\"Hello\"" },
		{ "ConvertFromBase64('WgBvAOsA', 'Unicode')", "\"Zo\303\253\"" },
		{ "ConvertFromBase64('AA==', 'UTF8')", "#00" },
		{ "ConvertFromBase64('/9j/', 'ASCII')", "! '/9j/' is no base64 of ASCII text" },
		{ "ConvertFromBase64('SGVsbG8=')",
		  "! 'SGVsbG8=' is no base64 of Unicode text; for other bytes name the encoding: "
		  "UTF8 or ASCII" },
		{ "ConvertFromBase64('PdgAAA==')", "! 'PdgAAA==' is no base64 of Unicode text" },
		{ "ConvertFromBase64('SGVsbG8', 'UTF8')", "! 'SGVsbG8' is no base64" },
		{ "ConvertFromBase64('SG=sbG8=', 'UTF8')", "! 'SG=sbG8=' is no base64" },
		{ "ConvertFromBase64('S===', 'UTF8')", "! 'S===' is no base64" },
		{ "ConvertFromBase64('SGVs!G8=', 'UTF8')", "! 'SGVs!G8=' is no base64" },
		{ "ConvertFromBase64('SGVsbG8=', [encoding])",
		  "! 'Latin1' is no encoding: they are Unicode, ASCII and UTF8" },
	};

	RUN(cases);
}

static void test_hex(void)
{
	static const FunctionCase cases[] = {
		{ "ConvertToUTF8Hex([name])", "\"5A6FC3AB\"" },
		{ "ConvertToUTF8Hex([photo])", "\"FFD8FF\"" },
		{ "ConvertToUTF8Hex(12)", "\"3132\"" },
		{ "ConvertToUTF8Hex([empty])", "\"\"" },
		{ "ConvertToUTF8Hex([missing])", "-" },
		{ "ConvertToUTF8Hex([numbers])", "[\"31\",\"32\"]" },
		{ "ConvertFromUTF8Hex('5a6fC3AB')", "\"Zo\303\253\"" },
		{ "ConvertFromUTF8Hex('FFD8FF')", "#ffd8ff" },
		{ "ConvertFromUTF8Hex([codes])", "[\"Z\",\"o\"]" },
		{ "ConvertFromUTF8Hex([missing])", "-" },
		{ "ConvertFromUTF8Hex('5A6')",
		  "! '5A6' is no text of hex digits, two for each byte" },
		{ "ConvertFromUTF8Hex('0x')",
		  "! '0x' is no text of hex digits, two for each byte" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const FunctionCase cases[] = {
		{ "ConvertFromBase64([x], 'Latin1')",
		  "24: this is no encoding\nthe encodings are" },
		{ "ConvertFromBase64([x], 8)", "24: this is no encoding" },
		{ "BitAnd(1)", "1: BitAnd takes at least 2 arguments" },
	};

	FUNCTION_MISTAKES_RUN(cases);
}

/* Whatever a text is, it comes back out of its encodings. */
static void test_roundtrip(void)
{
	for (guint i = 0; i < 200; i++) {
		g_autoptr(GString) text = g_string_new("x");
		g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=x");
		ExprInput input = { .entry = entry };

		for (gint k = g_test_rand_int_range(0, 20); k > 0; k--) {
			gunichar character = (gunichar)g_test_rand_int_range(1, 0x10ffff);
			if (g_unichar_validate(character))
				g_string_append_unichar(text, character);
		}
		entry_add(entry, "t", text->str, text->len);
		g_autofree char *plain = function_result("[t]", &input);
		g_autofree char *base64 = function_result("ConvertFromBase64(ConvertToBase64([t]))",
							  &input);
		g_autofree char *hex = function_result("ConvertFromUTF8Hex(ConvertToUTF8Hex([t]))",
						       &input);
		g_assert_cmpstr(base64, ==, plain);
		g_assert_cmpstr(hex, ==, plain);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-convert/documented", test_documented);
	g_test_add_func("/functions-convert/text-and-numbers", test_text_and_numbers);
	g_test_add_func("/functions-convert/bits", test_bits);
	g_test_add_func("/functions-convert/base64", test_base64);
	g_test_add_func("/functions-convert/hex", test_hex);
	g_test_add_func("/functions-convert/mistakes", test_mistakes);
	g_test_add_func("/functions-convert/roundtrip", test_roundtrip);
	return g_test_run();
}
