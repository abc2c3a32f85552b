/*
 * What strangers say comes out on one line, and nothing in it does more than being read.
 */
#include "base/plain.h"

static void assert_plain(const char *text, guint max_chars, const char *expected)
{
	g_autofree char *line = plain_line(text, max_chars);

	g_assert_cmpstr(line, ==, expected);
}

static void test_lines(void)
{
	assert_plain("", 5, "");
	assert_plain("  no\r\n\tsuch  user \n", 50, "no such user");
	assert_plain("caf\u00e9 \u6f22\u5b57", 50, "caf\u00e9 \u6f22\u5b57");
	assert_plain("abcdef", 6, "abcdef");
	assert_plain("abcdefg", 6, "abcdef\u2026");
}

static void test_commands(void)
{
	assert_plain("a\033[2Jb", 50, "a [2Jb");
	assert_plain("a\xc2\x9b\x32Jb\xc2\x85"
		     "c\177d",
		     50, "a 2Jb c d");
	assert_plain("a\u2028b", 50, "a b");
}

static void test_directions(void)
{
	assert_plain("a\u202etxt\u202c.exe\u2066b\u2069", 50, "atxt.exeb");
	assert_plain("\ufeffin\u00advis\u200bible\u200f", 50, "invisible");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/plain/lines", test_lines);
	g_test_add_func("/plain/commands", test_commands);
	g_test_add_func("/plain/directions", test_directions);
	return g_test_run();
}
