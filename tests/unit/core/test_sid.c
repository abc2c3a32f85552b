/*
 * SIDs: the text that Windows shows, from the bytes that the directory holds.
 */
#include <string.h>

#include "core/sid.h"

static void test_real(void)
{
	static const struct {
		const char *bytes;
		gsize length;
		const char *text;
	} rows[] = {
		{ "\1\5\0\0\0\0\0\5\x15\0\0\0\xdc\xf4\xdc\x3b\x83\x3d\x2b\x46\x82\x8b\xa6\x28"
		  "\0\2\0\0",
		  28, "S-1-5-21-1004336348-1177238915-682003330-512" },
		{ "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", 16, "S-1-5-32-544" },
		{ "\1\1\0\0\0\0\0\1\0\0\0\0", 12, "S-1-1-0" },
		{ "\1\0\0\0\0\0\0\5", 8, "S-1-5" },
		{ "\1\0\0\0\xff\xff\xff\xff", 8, "S-1-4294967295" },
		{ "\1\1\0\1\0\0\0\0\1\0\0\0", 12, "S-1-0x000100000000-1" },
	};
	char out[SID_LENGTH + 1];

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_true(sid_from_bytes(rows[i].bytes, rows[i].length, out));
		g_assert_cmpstr(out, ==, rows[i].text);
	}
}

static void test_longest(void)
{
	guint8 bytes[8 + 15 * 4];
	char out[SID_LENGTH + 1];

	memset(bytes, 0xff, sizeof bytes);
	bytes[0] = 1;
	bytes[1] = 15;
	g_assert_true(sid_from_bytes(bytes, sizeof bytes, out));
	g_assert_cmpuint(strlen(out), ==, SID_LENGTH);
	g_assert_true(g_str_has_prefix(out, "S-1-0xffffffffffff-4294967295-"));
	g_assert_true(g_str_has_suffix(out, "-4294967295"));
}

static void test_refused(void)
{
	static const struct {
		const char *bytes;
		gsize length;
	} rows[] = {
		{ "", 0 },
		{ "\1\0\0\0\0\0\0", 7 },
		{ "\2\0\0\0\0\0\0\5", 8 },
		{ "\1\1\0\0\0\0\0\5", 8 },
		{ "\1\1\0\0\0\0\0\5\1\0\0", 11 },
		{ "\1\0\0\0\0\0\0\5\0", 9 },
		{ "S-1-5-32-544", 12 },
	};
	guint8 many[8 + 16 * 4] = { 1, 16 };
	char out[SID_LENGTH + 1] = "as before";

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_false(sid_from_bytes(rows[i].bytes, rows[i].length, out));
	g_assert_false(sid_from_bytes(many, sizeof many, out));
	g_assert_cmpstr(out, ==, "as before");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sid/real", test_real);
	g_test_add_func("/sid/longest", test_longest);
	g_test_add_func("/sid/refused", test_refused);
	return g_test_run();
}
