/*
 * Anchors: the same id in every spelling is one anchor.
 */
#include <string.h>

#include "core/anchor.h"

static const guint8 network[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
				    0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
static const guint8 mixed[16] = { 0x10, 0xb8, 0xa7, 0x6b, 0xad, 0x9d, 0xd1, 0x11,
				  0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
static const char text[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

static void test_bytes(void)
{
	char out[ANCHOR_LENGTH + 1];

	anchor_from_uuid(network, out);
	g_assert_cmpstr(out, ==, text);
	anchor_from_guid(mixed, out);
	g_assert_cmpstr(out, ==, text);
}

static void test_text(void)
{
	static const char *const spellings[] = {
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8",   "6BA7B810-9DAD-11D1-80B4-00C04FD430C8",
		"{6BA7B810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b810-9dad11d1-80b400c0-4fd430c8",
		"6BA7B810-9DAD11D1-80B400C0-4FD430C8",
	};
	char out[ANCHOR_LENGTH + 1];

	for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
		g_assert_true(anchor_from_text(spellings[i], out));
		g_assert_cmpstr(out, ==, text);
	}
}

static void test_refused(void)
{
	static const char *const others[] = {
		"",
		"jane",
		"6ba7b8109dad11d180b400c04fd430c8",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8 ",
		"6ba7b810-9dad-11d1-80b4-00c04fd430cg",
		"6ba7b810-9dad-11d1-80b4000-c04fd430c8",
		"{6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8}",
		"{6ba7b810-9dad11d1-80b400c0-4fd430c8}",
		"((6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"------------------------------------",
	};
	char out[ANCHOR_LENGTH + 1] = "as before";

	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_test_message("'%s'", others[i]);
		g_assert_false(anchor_from_text(others[i], out));
		g_assert_cmpstr(out, ==, "as before");
	}
}

static void test_own_text_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);

	g_test_message("seed 3");
	for (int i = 0; i < 1000; i++) {
		guint8 bytes[16];
		char out[ANCHOR_LENGTH + 1], again[ANCHOR_LENGTH + 1];

		for (guint j = 0; j < 16; j++)
			bytes[j] = (guint8)g_rand_int(rand);
		anchor_from_guid(bytes, out);
		g_assert_cmpuint(strlen(out), ==, ANCHOR_LENGTH);
		g_assert_true(anchor_from_text(out, again));
		g_assert_cmpstr(out, ==, again);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/anchor/bytes", test_bytes);
	g_test_add_func("/anchor/text", test_text);
	g_test_add_func("/anchor/refused", test_refused);
	g_test_add_func("/anchor/own-text", test_own_text_property);
	return g_test_run();
}
