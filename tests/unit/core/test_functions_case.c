/*
 * Functions that change letters: case, words, diacritics. What Microsoft's pages show comes out,
 * and what .NET does at the edges.
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

	add(entry, "firstname", "PABLO GONSALVES (SECOND)");
	add(entry, "lastname", "PINTO-DE'SILVA");
	add(entry, "first", "GREGORY");
	add(entry, "last", "JAMES");
	add(entry, "preferredfirstname", "John");
	add(entry, "preferredlastname", "Smith");
	add(entry, "givenname", "Zo\u00eb");
	add(entry, "names", "\u00c4NNE");
	add(entry, "names", "ren\u00c9");
	add(entry, "empty", "");
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
		{ "PCase([firstName])", "\"Pablo Gonsalves (Second)\"" },
		{ "PCase([lastName],\" '-\")", "\"Pinto-De'Silva\"" },
		{ "PCase(Join(\" \",[first],[last]))", "\"Gregory James\"" },
		{ "NormalizeDiacritics([givenName])", "\"Zoe\"" },
		{ "ToLower(Join(\"@\", NormalizeDiacritics(StripSpaces(Join(\".\",  "
		  "[PreferredFirstName], [PreferredLastName]))), \"contoso.com\"))",
		  "\"john.smith@contoso.com\"" },
		/* connect */
		{ "LCase(\"TeSt\")", "\"test\"" },
		{ "UCase(\"TeSt\")", "\"TEST\"" },
		{ "PCase(\"TEsT\")", "\"Test\"" },
		{ "PCase(LCase(\"TEST\"))", "\"Test\"" },
	};

	RUN(cases);
}

static void test_case(void)
{
	static const FunctionCase cases[] = {
		{ "ToLower([names])", "[\"\u00e4nne\",\"ren\u00e9\"]" },
		{ "UCase([names])", "[\"\u00c4NNE\",\"REN\u00c9\"]" },
		{ "ToLower([missing])", "-" },
		{ "LCase([empty])", "\"\"" },
		{ "ToUpper('stra\u00dfe')", "\"STRA\u00dfE\"" },
		{ "ToUpper('i\u0131')", "\"I\u0131\"" },
		{ "ToLower('I\u0130')", "\"i\u0130\"" },
		{ "ToUpper('i\u0131', 'tr-TR')", "\"\u0130I\"" },
		{ "ToLower('I\u0130', 'az')", "\"\u0131i\"" },
		{ "ToLower('I', 'en-US')", "\"i\"" },
		{ "ToUpper(12)", "\"12\"" },
		{ "LCase('\u0391\u0416\U00010400')", "\"\u03b1\u0436\U00010428\"" },
	};

	RUN(cases);
}

static void test_words(void)
{
	static const FunctionCase cases[] = {
		{ "PCase('JEAN-LUC O\\'NEIL')", "\"Jean-Luc O'neil\"" },
		{ "PCase('jean_luc')", "\"Jean_Luc\"" },
		{ "PCase('a.b,c/d&e+f$g\u20ach')", "\"A.B,C/D&E+F$G\u20acH\"" },
		{ "PCase('a\u2019b\u2013c\u00a0d\te')", "\"A\u2019B\u2013C\u00a0D\\tE\"" },
		{ "PCase('3com a3b')", "\"3Com A3b\"" },
		{ "PCase('\u00e4NNE \u00d6ST')", "\"\u00c4nne \u00d6st\"" },
		{ "PCase('e\u0301COLE')", "\"E\u0301cole\"" },
		{ "PCase('\u01c6a')", "\"\u01c5a\"" },
		{ "PCase('\u0131a')", "\"\u0131a\"" },
		{ "PCase('')", "\"\"" },
		{ "PCase([empty])", "\"\"" },
		{ "PCase([missing])", "-" },
		{ "PCase([names])", "[\"\u00c4nne\",\"Ren\u00e9\"]" },
		{ "PCase('anna-lena x', ' ')", "\"Anna-lena X\"" },
		{ "PCase('anna-lena x', '')", "\"Anna-Lena X\"" },
		{ "PCase('anna-lena x', [missing])", "\"Anna-Lena X\"" },
		{ "PCase('anna  lena', ' ')", "\"Anna  Lena\"" },
		{ "PCase('3com x', ' ')", "\"3com X\"" },
		{ "PCase('a\u2013b c', '\u2013')", "\"A\u2013B c\"" },
		{ "PCase('axbxc', 'x')", "\"AxBxC\"" },
	};

	RUN(cases);
}

/* entra, NormalizeDiacritics: each row of the table. */
static void test_table(void)
{
	static const struct {
		const char *plain, *letters;
		guint count;
	} rows[] = {
		{ "a",
		  "\u00e4 \u00e0 \u00e2 \u00e3 \u00e5 \u00e1 \u0105 \u0103"
		  " \u0101 \u0101\u0301 \u0101\u0300 \u0101\u0302 \u0101\u0303"
		  " \u01df \u0101\u0308 \u01e1 a\u0331 \u00e5\u0304",
		  18 },
		{ "A",
		  "\u00c4 \u00c0 \u00c2 \u00c3 \u00c5 \u00c1 \u0104 \u0102"
		  " \u0100 \u0100\u0301 \u0100\u0300 \u0100\u0302 \u0100\u0303"
		  " \u01de \u0100\u0308 \u01e0 A\u0331 \u00c5\u0304",
		  18 },
		{ "ae", "\u00e6 \u01e3", 2 },
		{ "AE", "\u00c6 \u01e2", 2 },
		{ "c", "\u00e7 \u010d \u0107 c\u0304 c\u0331", 5 },
		{ "C", "\u00c7 \u010c \u0106 C\u0304 C\u0331", 5 },
		{ "d", "\u010f d\u0304 \u1e0f", 3 },
		{ "D", "\u010e D\u0304 \u1e0e", 3 },
		{ "e",
		  "\u00eb \u00e8 \u00e9 \u00ea \u0119 \u011b \u0117 \u0113"
		  " \u1e17 \u1e15 \u0113\u0302 \u0113\u0303 \u00ea\u0304 e\u0331"
		  " \u00eb\u0304 e\u030a\u0304",
		  16 },
		{ "E",
		  "\u00cb \u00c8 \u00c9 \u00ca \u0118 \u011a \u0116 \u0112"
		  " \u1e16 \u1e14 \u0112\u0302 \u0112\u0303 \u00ca\u0304 E\u0331"
		  " \u00cb\u0304 E\u030a\u0304",
		  16 },
		{ "g", "\u011f \u1e21 g\u0331", 3 },
		{ "G", "\u011e \u1e20 G\u0331", 3 },
		{ "i",
		  "\u00ef \u00ee \u00ec \u00ed \u0131 \u012b \u012b\u0301"
		  " \u012b\u0300 \u012b\u0302 \u012b\u0303 i\u0331",
		  11 },
		{ "I",
		  "\u00cf \u00ce \u00cc \u00cd \u0130 \u012a \u012a\u0301"
		  " \u012a\u0300 \u012a\u0302 \u012a\u0303 I\u0331",
		  11 },
		{ "l", "\u013e \u0142 l\u0304 \u1e39 \u1e3b", 5 },
		{ "L", "\u0141 \u013d L\u0304 \u1e38 \u1e3a", 5 },
		{ "n", "\u00f1 \u0144 \u0148 n\u0304 \u1e49", 5 },
		{ "N", "\u00d1 \u0143 \u0147 N\u0304 \u1e48", 5 },
		{ "o",
		  "\u00f6 \u00f2 \u0151 \u00f5 \u00f4 \u00f3 \u014d \u1e53"
		  " \u1e51 \u014d\u0302 \u014d\u0303 \u022b \u014d\u0308 \u01ed"
		  " \u022d \u0231 o\u0331",
		  17 },
		{ "O",
		  "\u00d6 \u00d2 \u0150 \u00d5 \u00d4 \u00d3 \u014c \u1e52"
		  " \u1e50 \u014c\u0302 \u014c\u0303 \u022a \u014c\u0308 \u01ec"
		  " \u022c \u0230 O\u0331",
		  17 },
		{ "oe", "\u00f8 \u00f8\u0304 \u0153\u0304", 3 },
		{ "OE", "\u00d8 \u00d8\u0304 \u0152\u0304", 3 },
		{ "r", "\u0159 r\u0304 \u1e5f \u1e5d", 4 },
		{ "R", "\u0158 R\u0304 \u1e5e \u1e5c", 4 },
		{ "ss", "\u00df", 1 },
		{ "s", "\u0161 \u015b \u0219 \u015f s\u0304 s\u0331", 6 },
		{ "S", "\u0160 \u015a \u0218 \u015e S\u0304 S\u0331", 6 },
		{ "t", "\u0165 \u021b t\u0304 \u1e6f", 4 },
		{ "T", "\u0164 \u021a T\u0304 \u1e6e", 4 },
		{ "u",
		  "\u00fc \u00f9 \u00fb \u00fa \u016f \u0171 \u016b \u016b\u0301"
		  " \u016b\u0300 \u016b\u0302 \u016b\u0303 u\u0307\u0304 \u01d6"
		  " \u1e7b \u1e73\u0304 u\u0331",
		  16 },
		{ "U",
		  "\u00dc \u00d9 \u00db \u00da \u016e \u0170 \u016a \u016a\u0301"
		  " \u016a\u0300 \u016a\u0302 \u016a\u0303 U\u0307\u0304 \u01d5"
		  " \u1e7a \u1e72\u0304 U\u0331",
		  16 },
		{ "y",
		  "\u00ff \u00fd \u0233 \u0233\u0301 \u0233\u0300 \u0233\u0303"
		  " y\u0331",
		  7 },
		{ "Y",
		  "\u0178 \u00dd \u0232 \u0232\u0301 \u0232\u0300 \u0232\u0303"
		  " Y\u0331",
		  7 },
		{ "z", "\u017a \u017e \u017c z\u0304 \u1e95", 5 },
		{ "Z", "\u0179 \u017d \u017b Z\u0304 \u1e94", 5 },
	};
	ExprInput input = { .entry = NULL };

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *expr = g_strdup_printf("NormalizeDiacritics('%s')",
							rows[i].letters);
		g_autofree char *result = function_result(expr, &input);
		GString *expected = g_string_new("\"");

		for (guint k = 0; k < rows[i].count; k++)
			g_string_append_printf(expected, "%s%s", k > 0 ? " " : "", rows[i].plain);
		g_string_append_c(expected, '"');
		g_assert_cmpstr(result, ==, expected->str);
		g_string_free(expected, TRUE);
	}
}

static void test_diacritics(void)
{
	static const FunctionCase cases[] = {
		{ "NormalizeDiacritics('Zoe\u0308')", "\"Zoe\"" },
		/* Not in the table, so they stay. */
		{ "NormalizeDiacritics('\u0111\u00fe\u00f0\u0153\u1e9e')",
		  "\"\u0111\u00fe\u00f0\u0153\u1e9e\"" },
		{ "NormalizeDiacritics('\u0153\u0301')", "\"\u0153\"" },
		{ "NormalizeDiacritics('\u0152\u0331\u0304')", "\"OE\"" },
		{ "NormalizeDiacritics('\u0153e\u0304')", "\"\u0153e\"" },
		/* The rule goes on where the table ends. */
		{ "NormalizeDiacritics('Nguy\u1ec5n \u1edf')", "\"Nguyen o\"" },
		{ "NormalizeDiacritics('\u01fd\u01ff')", "\"aeoe\"" },
		{ "NormalizeDiacritics('\u0391\u0301\u03ad')", "\"\u0391\u03b5\"" },
		{ "NormalizeDiacritics('\u0419\u0451')", "\"\u0418\u0435\"" },
		/* Signs that are no accents stay: without them it is another word. */
		{ "NormalizeDiacritics('\uac01\u304c')", "\"\uac01\u304c\"" },
		{ "NormalizeDiacritics('\u0928\u0941\u05d0\u05b8')",
		  "\"\u0928\u0941\u05d0\u05b8\"" },
		{ "NormalizeDiacritics('\u0301')", "\"\"" },
		{ "NormalizeDiacritics('plain')", "\"plain\"" },
		{ "NormalizeDiacritics([names])", "[\"ANNE\",\"renE\"]" },
		{ "NormalizeDiacritics([empty])", "\"\"" },
		{ "NormalizeDiacritics([missing])", "-" },
		{ "NormalizeDiacritics(7)", "\"7\"" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const FunctionCase cases[] = {
		{ "ToLower([a], 'x')", "14: this is no culture" },
		{ "ToLower([a], 7)", "14: this is no culture" },
		{ "LCase([a], 'tr')", "1: LCase takes at most 1 argument" },
		{ "PCase()", "1: PCase takes at least 1 argument" },
	};

	FUNCTION_MISTAKES_RUN(cases);
}

/* The small letter of U+023A has a byte more. */
static void test_large(void)
{
	static const FunctionCase cases[] = {
		{ "LCase([grows])", "! the result is larger than 1 MiB" },
		{ "Len(NormalizeDiacritics([marks]))", "1" },
		{ "Len(PCase([grows], [separators]))", "! the result is larger than 1 MiB" },
		{ "Len(PCase([marks], [separators]))", "400001" },
	};
	GString *grows = g_string_new(NULL), *marks = g_string_new("e");
	GString *separators = g_string_new(NULL);
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry };

	for (guint i = 0; i < MIB / 2 - 1; i++)
		g_string_append(grows, "\u023a");
	for (guint i = 0; i < 400000; i++)
		g_string_append(marks, "\u0304");
	for (gunichar i = 0x4e00; i < 0x9000; i++)
		g_string_append_unichar(separators, i);
	entry_add(entry, "grows", grows->str, grows->len);
	entry_add(entry, "marks", marks->str, marks->len);
	entry_add(entry, "separators", separators->str, separators->len);
	function_cases_run(cases, G_N_ELEMENTS(cases), &input);
	g_string_free(grows, TRUE);
	g_string_free(marks, TRUE);
	g_string_free(separators, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-case/documented", test_documented);
	g_test_add_func("/functions-case/case", test_case);
	g_test_add_func("/functions-case/words", test_words);
	g_test_add_func("/functions-case/table", test_table);
	g_test_add_func("/functions-case/diacritics", test_diacritics);
	g_test_add_func("/functions-case/mistakes", test_mistakes);
	g_test_add_func("/functions-case/large", test_large);
	return g_test_run();
}
