/* The cursor must survive the store, and nothing damaged may pass for one. */
#include <string.h>

#include "../../../src/source/ad_cursor_internal.h"

static char *sample(void)
{
	AdCursor cursor = { .way = AD_WAY_DIRSYNC_OBJECT,
			    .base = (char *)"dc=ex",
			    .filter = (char *)"(objectClass=user)",
			    .attributes = (char *)"9f",
			    .domain = (char *)"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
			    .dsa = (char *)"77c1b810-9dad-11d1-80b4-00c04fd430c8",
			    .invocation = (char *)"a85eb810-9dad-11d1-80b4-00c04fd430c8",
			    .uri = (char *)"ldaps://dc1.ex",
			    .mark = G_GINT64_CONSTANT(9007199254740993),
			    .cookie = g_bytes_new_static("MSDS\0\1", 6),
			    .seen = (char *)"a85eb810-9dad-11d1-80b4-00c04fd430c8=4711",
			    .full_us = 1795334400000000,
			    .pulled_us = 1795334460000000 };
	char *text = ad_cursor_format(&cursor);

	g_bytes_unref(cursor.cookie);
	return text;
}

static void test_round_trip(void)
{
	g_autofree char *text = sample();
	g_autoptr(AdCursor) cursor = ad_cursor_parse(text);

	g_assert_nonnull(cursor);
	g_assert_cmpint(cursor->way, ==, AD_WAY_DIRSYNC_OBJECT);
	g_assert_cmpstr(cursor->uri, ==, "ldaps://dc1.ex");
	g_assert_cmpint(cursor->mark, ==, G_GINT64_CONSTANT(9007199254740993));
	g_assert_cmpuint(g_bytes_get_size(cursor->cookie), ==, 6);
	g_autoptr(AdCursor) copy = ad_cursor_copy(cursor);
	g_autofree char *again = ad_cursor_format(copy);
	g_assert_cmpstr(again, ==, text);
}

/* What is not there stays away: a server that tells no invocationId, a way without cookie. */
static void test_nothing_told(void)
{
	AdCursor bare = { .way = AD_WAY_SCAN, .base = (char *)"dc=ex" };
	g_autofree char *text = ad_cursor_format(&bare);
	g_autoptr(AdCursor) cursor = ad_cursor_parse(text);

	g_assert_nonnull(cursor);
	g_assert_null(cursor->invocation);
	g_assert_null(cursor->cookie);
	g_assert_null(cursor->seen);
	g_assert_cmpint(cursor->mark, ==, 0);
}

/* A cookie with one changed bit is answered with success, and what lies between is lost. */
static void test_any_damage_shows(void)
{
	g_autofree char *text = sample();

	for (gsize i = 0; i < strlen(text); i++) {
		g_autofree char *damaged = g_strdup(text);

		damaged[i] ^= 1;
		g_autoptr(AdCursor) cursor = ad_cursor_parse(damaged);
		g_assert_null(cursor);
		damaged[i] = '\0';
		g_autoptr(AdCursor) cut = ad_cursor_parse(damaged);
		g_assert_null(cut);
	}
}

static void test_position(void)
{
	g_autofree char *text = sample();
	g_autoptr(AdCursor) cursor = ad_cursor_parse(text);

	g_assert_true(ad_cursor_has_position(cursor));
	cursor->mark = 0;
	g_assert_false(ad_cursor_has_position(cursor));
	cursor->mark = 1;
	g_clear_pointer(&cursor->cookie, g_bytes_unref);
	g_assert_false(ad_cursor_has_position(cursor));
	cursor->way = AD_WAY_USN;
	g_assert_true(ad_cursor_has_position(cursor));
	cursor->way = AD_WAY_SCAN;
	g_assert_false(ad_cursor_has_position(cursor));
}

static void test_likeness(void)
{
	g_autofree char *text = sample();
	g_autoptr(AdCursor) a = ad_cursor_parse(text);
	g_autoptr(AdCursor) b = ad_cursor_parse(text);

	g_assert_true(ad_cursor_is_like(a, b));
	/* Whom we asked is not what we asked. */
	g_free(b->invocation);
	b->invocation = NULL;
	g_assert_true(ad_cursor_is_like(a, b));
	g_free(b->filter);
	b->filter = g_strdup("(objectClass=person)");
	g_assert_false(ad_cursor_is_like(a, b));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ad_cursor/round-trip", test_round_trip);
	g_test_add_func("/ad_cursor/nothing-told", test_nothing_told);
	g_test_add_func("/ad_cursor/any-damage-shows", test_any_damage_shows);
	g_test_add_func("/ad_cursor/position", test_position);
	g_test_add_func("/ad_cursor/likeness", test_likeness);
	return g_test_run();
}
