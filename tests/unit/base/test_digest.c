/*
 * Digests: known values (they stand in state stores, so they may never change), and strings that
 * do not run into each other.
 */
#include "base/digest.h"

/* FIPS 180-4's examples. */
static void test_known_values(void)
{
	g_autofree char *empty = digest_bytes("", 0);
	g_autofree char *abc = digest_bytes("abc", 3);

	g_assert_cmpstr(empty, ==,
			"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	g_assert_cmpstr(abc, ==,
			"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_strings_are_their_bytes_with_nul(void)
{
	g_autofree char *strings = digest_strings("ab", "c", NULL);
	g_autofree char *bytes = digest_bytes("ab\0c", 5);

	g_assert_cmpstr(strings, ==, bytes);
}

static void test_borders_count(void)
{
	g_autofree char *one = digest_strings("ab", "c", NULL);
	g_autofree char *other = digest_strings("a", "bc", NULL);
	g_autofree char *more = digest_strings("ab", "c", "", NULL);

	g_assert_cmpstr(one, !=, other);
	g_assert_cmpstr(one, !=, more);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/digest/known-values", test_known_values);
	g_test_add_func("/digest/strings-are-their-bytes-with-nul",
			test_strings_are_their_bytes_with_nul);
	g_test_add_func("/digest/borders-count", test_borders_count);
	return g_test_run();
}
