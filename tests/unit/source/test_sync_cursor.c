/* The cursor must survive the store, and nothing damaged may pass for one. */
#include <string.h>

#include "../../../src/source/sync_cursor_internal.h"

static char *sample(void)
{
	SyncCursor cursor = { .base = (char *)"dc=ex",
			      .filter = (char *)"(objectClass=*)",
			      .attributes = (char *)"9f",
			      .vendor = (char *)"openldap",
			      .database = (char *)"u",
			      .cookie = g_bytes_new_static("rid=000\0,x", 10),
			      .seen = (char *)"s",
			      .full_us = 1795334400000000,
			      .owed = TRUE };
	char *text = sync_cursor_format(&cursor);

	g_bytes_unref(cursor.cookie);
	return text;
}

static void test_round_trip(void)
{
	g_autofree char *text = sample();
	g_autoptr(SyncCursor) cursor = sync_cursor_parse(text);

	g_assert_nonnull(cursor);
	g_assert_cmpstr(cursor->base, ==, "dc=ex");
	g_assert_cmpuint(g_bytes_get_size(cursor->cookie), ==, 10);
	g_assert_cmpint(cursor->full_us, ==, 1795334400000000);
	g_assert_true(cursor->owed);
	g_autofree char *again = sync_cursor_format(cursor);
	g_assert_cmpstr(again, ==, text);
}

/* A cookie with one changed letter makes OpenLDAP lose deletes without a word. */
static void test_any_damage_shows(void)
{
	g_autofree char *text = sample();

	for (gsize i = 0; i < strlen(text); i++) {
		g_autofree char *damaged = g_strdup(text);

		damaged[i] ^= 1;
		g_autoptr(SyncCursor) cursor = sync_cursor_parse(damaged);
		g_assert_null(cursor);
		damaged[i] = '\0';
		g_autoptr(SyncCursor) cut = sync_cursor_parse(damaged);
		g_assert_null(cut);
	}
}

static void test_likeness(void)
{
	g_autofree char *text = sample();
	g_autoptr(SyncCursor) a = sync_cursor_parse(text);
	g_autoptr(SyncCursor) b = sync_cursor_parse(text);

	g_assert_true(sync_cursor_is_like(a, b));
	g_free(b->attributes);
	b->attributes = g_strdup("other");
	g_assert_false(sync_cursor_is_like(a, b));
	/* What is asked for changed, and not who is asked: its age can still be judged. */
	g_assert_true(sync_cursor_is_same_database(a, b));
	g_free(b->database);
	b->database = g_strdup("other");
	g_assert_false(sync_cursor_is_same_database(a, b));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sync_cursor/round-trip", test_round_trip);
	g_test_add_func("/sync_cursor/any-damage-shows", test_any_damage_shows);
	g_test_add_func("/sync_cursor/likeness", test_likeness);
	return g_test_run();
}
