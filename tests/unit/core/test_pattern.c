/*
 * Patterns: what they match, what a replacement means, and that none of them can hang a run.
 */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "core/pattern.h"

#define MIB (1024 * 1024)

static Pattern *compile(const char *text)
{
	g_autoptr(GError) error = NULL;
	Pattern *pattern = pattern_compile(text, strlen(text), NULL, &error);

	if (!pattern)
		g_error("%.40s: %s", text, error->message);
	return pattern;
}

static void test_match(void)
{
	static const struct {
		const char *pattern, *text;
		PatternResult result;
	} cases[] = {
		{ "b+", "abbc", PATTERN_YES },
		{ "^b+", "abbc", PATTERN_NO },
		{ "", "", PATTERN_YES },
		{ "^.$", "\303\204", PATTERN_YES },         /* one character of two bytes */
		{ "^\\w+$", "M\303\274ller", PATTERN_YES }, /* as .NET: letters of all scripts */
		{ "^\\d$", "\331\243", PATTERN_YES },       /* U+0663, a digit */
		{ "(?i)\303\244", "\303\204", PATTERN_YES },
		{ "\303\244", "\303\204", PATTERN_NO },
		{ "^a$", "a\n", PATTERN_YES },
		{ "a.c", "a\nc", PATTERN_NO },
		{ "(?<x>a)\\k<x>", "aa", PATTERN_YES },
		{ "(?<x>a)|(?<x>b)", "b", PATTERN_YES },
		{ "(?<!b)a", "ba", PATTERN_NO },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Pattern) pattern = compile(cases[i].pattern);
		g_autoptr(GError) error = NULL;

		g_test_message("%s", cases[i].pattern);
		g_assert_cmpint(pattern_match(pattern, cases[i].text, strlen(cases[i].text),
					      &error),
				==, cases[i].result);
		g_assert_no_error(error);
	}
}

static void test_nul(void)
{
	g_autoptr(Pattern) pattern = compile("a\\x00b$");
	gsize length;
	g_autofree char *text = pattern_replace(pattern, NULL, "xa\0b", 4, "-", MIB, &length, NULL);

	g_assert_cmpint(pattern_match(pattern, "xa\0b", 4, NULL), ==, PATTERN_YES);
	g_assert_cmpmem(text, length, "x-", 2);
}

static void test_find(void)
{
	static const struct {
		const char *pattern, *group, *text;
		PatternResult result;
		gsize start, end;
	} cases[] = {
		{ "b+", NULL, "abbc", PATTERN_YES, 1, 3 },
		{ "b+", "", "abbc", PATTERN_YES, 1, 3 },
		{ "(?<n>\\d+) (?<s>.*)", "s", "12 Main", PATTERN_YES, 3, 7 },
		{ "(?<n>\\d+) (?<s>.*)", "n", "\303\204 12 M", PATTERN_YES, 3, 5 },
		{ "(?<n>\\d+)", "1", "a12", PATTERN_YES, 1, 3 },
		{ "(?<n>\\d+)", "0", "a12", PATTERN_YES, 1, 3 },
		{ "(?<n>\\d+)", "2", "a12", PATTERN_NO, 0, 0 },
		{ "(?<n>\\d+)", "m", "a12", PATTERN_NO, 0, 0 },
		{ "a|(?<n>b)", "n", "a", PATTERN_NO, 0, 0 },
		{ "(?<n>x)?", "n", "a", PATTERN_NO, 0, 0 },
		{ "x(?<n>a)|y(?<n>b)", "n", "yb", PATTERN_YES, 1, 2 },
		{ "(?<n>)x", "n", "ax", PATTERN_YES, 1, 1 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Pattern) pattern = compile(cases[i].pattern);
		gsize start = 77, end = 77;

		g_test_message("%s %s", cases[i].pattern, cases[i].group);
		g_assert_cmpint(pattern_find(pattern, cases[i].group, cases[i].text,
					     strlen(cases[i].text), &start, &end, NULL),
				==, cases[i].result);
		gboolean found = cases[i].result == PATTERN_YES;
		g_assert_cmpuint(start, ==, found ? cases[i].start : 77);
		g_assert_cmpuint(end, ==, found ? cases[i].end : 77);
	}
}

static void test_has(void)
{
	g_autoptr(Pattern) pattern = compile("(?<isdCode>a)(?<x>b)|(?<x>c)");

	g_assert_true(pattern_has(pattern, "isdCode"));
	g_assert_true(pattern_has(pattern, "x"));
	g_assert_false(pattern_has(pattern, "isdcode"));
	g_assert_false(pattern_has(pattern, "isd"));
	g_assert_false(pattern_has(pattern, ""));
}

static void assert_replaced(const char *expression, const char *group, const char *text,
			    const char *replacement, const char *expected)
{
	g_autoptr(Pattern) pattern = compile(expression);
	g_autoptr(GError) error = NULL;
	gsize length = 0;
	g_autofree char *result = pattern_replace(pattern, group, text, strlen(text), replacement,
						  MIB, &length, &error);

	g_test_message("%s -> %s", expression, replacement);
	g_assert_no_error(error);
	g_assert_cmpstr(result, ==, expected);
	g_assert_cmpuint(length, ==, strlen(expected));
}

static void test_replace(void)
{
	assert_replaced("b", NULL, "abcb", "x", "axcx");
	assert_replaced("q", NULL, "abc", "x", "abc");
	assert_replaced("b", NULL, "", "x", "");
	assert_replaced("^", NULL, "", "x", "x");
	assert_replaced("(?<first>\\w+) (?<last>\\w+)", NULL, "Jane Doe", "${last}, ${first}",
			"Doe, Jane");
	assert_replaced("(a)(b)?", NULL, "ac", "[$1$2]", "[a]c");
	assert_replaced(".", NULL, "\303\204b", "<$0>", "<\303\204><b>");
	/* .NET's numbers: the named group comes after the one without a name. */
	assert_replaced("(?<n>a)(b)", NULL, "ab", "$1-$2", "b-a");
	assert_replaced("x(?<n>a)|y(?<n>b)", NULL, "xayb", "${n}", "ab");
}

static void test_replacement(void)
{
	assert_replaced("b(c)", NULL, "abcd", "$$", "a$d");
	assert_replaced("b(c)", NULL, "abcd", "$$1", "a$1d");
	assert_replaced("b(c)", NULL, "abcd", "$&$&", "abcbcd");
	assert_replaced("b(c)", NULL, "abcd", "$+", "acd");
	assert_replaced("b(c)", NULL, "abcd", "[$`|$'|$_]", "a[a|d|abcd]d");
	assert_replaced("b(c)", NULL, "abcd", "${1}0", "ac0d");
	/* What exists in none of .NET's ways stays as it is written. */
	assert_replaced("b(c)", NULL, "abcd", "$10", "a$10d");
	assert_replaced("b(c)", NULL, "abcd", "${x}", "a${x}d");
	assert_replaced("b(c)", NULL, "abcd", "${}", "a${}d");
	assert_replaced("b(c)", NULL, "abcd", "${1", "a${1d");
	assert_replaced("b(c)", NULL, "abcd", "$", "a$d");
	assert_replaced("b(c)", NULL, "abcd", "$x$", "a$x$d");
	assert_replaced("b(c)", NULL, "abcd", "${x${1}", "a${xcd");
	assert_replaced("b(c)", NULL, "abcd", "$99999999999999999999", "a$99999999999999999999d");
	assert_replaced("b", NULL, "abd", "\\1\\n", "a\\1\\nd");
}

static void test_replace_empty_matches(void)
{
	assert_replaced("[a-z]*", NULL, "ab1", "-", "--1-");
	assert_replaced("[a-zA-Z_]*", NULL, "john_doe72", "", "72");
	assert_replaced("|a", NULL, "a", "-", "-a-");
	assert_replaced("", NULL, "\303\204\303\226", "-", "-\303\204-\303\226-");
	assert_replaced("$", NULL, "a", "-", "a-");
	assert_replaced("(?=a)", NULL, "aa", "-", "-a-a");
}

static void test_replace_group(void)
{
	assert_replaced("(?<street>^\\d*)", "street", "545 Tremont Street", "888",
			"888 Tremont Street");
	assert_replaced("(?<user>\\w+)@x", "user", "a@x b@y c@x", "${user}1", "a1@x b@y c1@x");
	assert_replaced("a(?<n>b)?", "n", "ac ab", "-", "ac a-");
	assert_replaced("(?<n>b)c", "none", "abc", "-", "abc");
	/* The first group is behind what was replaced last, the second before it. */
	assert_replaced("(?=(?<n>b))", "n", "ab", "-", "a-");
	assert_replaced("(?<=(?<n>a))b|a", "n", "ab", "-", "-b");
	assert_replaced("(?<=(?<n>ab))c", "n", "abc", "-", "-c");
}

static void test_replace_limit(void)
{
	g_autoptr(Pattern) pattern = compile("a");
	g_autoptr(GError) error = NULL;
	gsize length = 77;
	g_autofree char *fits = pattern_replace(pattern, NULL, "aaxa", 4, "bb", 7, &length, &error);

	g_assert_cmpstr(fits, ==, "bbbbxbb");
	g_assert_cmpuint(length, ==, 7);
	length = 77;
	for (gsize limit = 0; limit < 7; limit++) {
		g_autoptr(GError) failure = NULL;
		g_assert_null(
			pattern_replace(pattern, NULL, "aaxa", 4, "bb", limit, &length, &failure));
		g_assert_true(error_is(failure, ERROR_OBJECT));
		g_assert_cmpuint(length, ==, 77);
	}
}

static void test_compile_errors(void)
{
	static const struct {
		const char *pattern;
		guint offset;
		const char *words;
	} cases[] = {
		{ "a(b", 3, "missing closing parenthesis" },
		{ "\303\204[z-a]", 4, "range out of order" },
		{ "*a", 0, "quantifier does not follow" },
		{ "(?<1a>x)", 3, "" },
		{ "\\C", 2, "\\C" },
		{ "(?<n-m>x)", 4, "" },
		{ "a\\", 2, "\\ at end of pattern" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *text = cases[i].pattern;
		g_autoptr(GError) error = NULL;
		guint offset = 77;

		g_test_message("%s", text);
		g_assert_null(pattern_compile(text, strlen(text), &offset, &error));
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_cmpuint(offset, ==, cases[i].offset);
		g_assert_nonnull(strstr(error->message, cases[i].words));
	}
	g_autoptr(GError) error = NULL;
	g_assert_null(pattern_compile("a(", 2, NULL, &error));
	g_assert_cmpstr(error->message, ==,
			"the regular expression is wrong at its character 3: "
			"missing closing parenthesis");
}

/* New string: 'count' times 'part'. */
static char *repeated(const char *part, gsize count)
{
	GString *text = g_string_new(NULL);

	while (count-- > 0)
		g_string_append(text, part);
	return g_string_free(text, FALSE);
}

static void test_compile_limits(void)
{
	g_autofree char *longest = repeated("a", 4000), *too_long = repeated("a", 4001);
	g_autofree char *open = repeated("(", 101), *close = repeated(")", 101);
	g_autofree char *nested = g_strconcat(open, "a", close, NULL);
	g_autoptr(Pattern) fits = compile(longest);
	const char *refused[] = { too_long, nested, "\377", "((a{1,1000}){1,1000}){1,1000}" };

	g_assert_cmpint(pattern_match(fits, longest, 4000, NULL), ==, PATTERN_YES);
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;
		guint offset;

		g_assert_null(pattern_compile(refused[i], strlen(refused[i]), &offset, &error));
		g_assert_true(error_is(error, ERROR_CONFIG));
	}
}

/* Seconds of the processor until the operation gave up, as it must. */
static double seconds_to_fail(const char *expression, const char *text, gsize length,
			      gboolean replace)
{
	g_autoptr(Pattern) pattern = compile(expression);
	g_autoptr(GError) error = NULL;
	clock_t from = clock();
	gsize out;

	g_test_message("%s on %" G_GSIZE_FORMAT " bytes", expression, length);
	if (replace)
		g_assert_null(pattern_replace(pattern, NULL, text, length, "-", MIB, &out, &error));
	else
		g_assert_cmpint(pattern_match(pattern, text, length, &error), ==, PATTERN_FAILED);
	g_assert_true(error_is(error, ERROR_OBJECT));
	return (double)(clock() - from) / CLOCKS_PER_SEC;
}

#ifdef __SANITIZE_ADDRESS__
#define PATIENCE 30.0 /* a sanitizer makes everything slower */
#else
#define PATIENCE 3.0
#endif

static void test_endless(void)
{
	static const struct {
		const char *pattern;
		gsize length; /* of a text of the letter a, with one b behind it */
	} cases[] = {
		{ "(a+)+$", 40 },
		{ "(a+)+$", 5000 },
		{ "^(a|aa)+$", 60 },
		{ "(a|a)*[cd]", 60 },
		{ "(.*)*[cd]", 60 },
		{ "(?:a?){40}a{40}[cd]", 60 },
		{ "a*a*a*a*[cd]", 20000 },
		{ "a*[cd]", MIB - 1 },
		{ "(?=(a+))\\1*[cd]", 20000 },
		{ "(.)*[cd]", MIB - 1 },
		{ "(?R)?a?b?[cd]", 20000 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *letters = repeated("a", cases[i].length);
		g_autofree char *text = g_strconcat(letters, "b", NULL);

		g_assert_cmpfloat(seconds_to_fail(cases[i].pattern, text, cases[i].length + 1,
						  FALSE),
				  <, PATIENCE);
		g_assert_cmpfloat(seconds_to_fail(cases[i].pattern, text, cases[i].length + 1,
						  TRUE),
				  <, PATIENCE);
	}
}

/* Each match is cheap, all of them together are not. */
static void test_endless_replacing(void)
{
	g_autofree char *text = repeated("a", 200000);
	g_autofree char *replacement = repeated("$2", 4000);
	g_autoptr(Pattern) cheap = compile("a(b)?");
	g_autoptr(GError) error = NULL;
	gsize length;

	g_assert_cmpfloat(seconds_to_fail("a(?=a*(b)?)", text, 200000, TRUE), <, PATIENCE);
	g_free(replacement);
	replacement = repeated("$1", 4000);
	g_assert_null(
		pattern_replace(cheap, NULL, text, 200000, replacement, MIB, &length, &error));
	g_assert_nonnull(strstr(error->message, "too many steps"));
}

static void test_recovers(void)
{
	g_autoptr(Pattern) pattern = compile("^(a+)+$");
	g_autofree char *letters = repeated("a", 40);
	g_autofree char *bad = g_strconcat(letters, "b", NULL);

	for (int i = 0; i < 3; i++) {
		g_assert_cmpint(pattern_match(pattern, bad, 41, NULL), ==, PATTERN_FAILED);
		g_assert_cmpint(pattern_match(pattern, letters, 40, NULL), ==, PATTERN_YES);
	}
}

/* The limits must not stand in the way of honest work on the largest text there is. */
static void test_large(void)
{
	g_autofree char *text = repeated("+49 (89) 1234-5678 ", MIB / 19);
	g_autoptr(Pattern) punctuation = compile("[()\\s-]+");
	g_autoptr(Pattern) words = compile(
		"(?<code>\\+\\d{2}) \\((?<area>\\d+)\\) (?<rest>[\\d-]+)");
	g_autoptr(GError) error = NULL;
	gsize length = 0;
	g_autofree char *digits = pattern_replace(punctuation, NULL, text, strlen(text), "", MIB,
						  &length, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(length, ==, 13 * (MIB / 19));
	g_assert_true(g_str_has_prefix(digits, "+498912345678+49"));
	g_autofree char *rests = pattern_replace(words, NULL, text, strlen(text), "${rest}", MIB,
						 &length, &error);
	g_assert_no_error(error);
	g_assert_true(g_str_has_prefix(rests, "1234-5678 1234-5678 "));
	g_assert_cmpuint(length, ==, 10 * (MIB / 19));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/pattern/match", test_match);
	g_test_add_func("/pattern/nul", test_nul);
	g_test_add_func("/pattern/find", test_find);
	g_test_add_func("/pattern/has", test_has);
	g_test_add_func("/pattern/replace", test_replace);
	g_test_add_func("/pattern/replacement", test_replacement);
	g_test_add_func("/pattern/replace-empty-matches", test_replace_empty_matches);
	g_test_add_func("/pattern/replace-group", test_replace_group);
	g_test_add_func("/pattern/replace-limit", test_replace_limit);
	g_test_add_func("/pattern/compile-errors", test_compile_errors);
	g_test_add_func("/pattern/compile-limits", test_compile_limits);
	g_test_add_func("/pattern/endless", test_endless);
	g_test_add_func("/pattern/endless-replacing", test_endless_replacing);
	g_test_add_func("/pattern/recovers", test_recovers);
	g_test_add_func("/pattern/large", test_large);
	return g_test_run();
}
