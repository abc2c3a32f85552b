/*
 * Secret memory: the bytes come back as they went in, and are gone afterwards.
 */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"

static void test_round_trip(void)
{
	g_autoptr(Secret) secret = secret_new("hunter2 and more", 7);

	g_assert_cmpstr(secret_peek(secret), ==, "hunter2");
	g_assert_cmpuint(secret_length(secret), ==, 7);
}

static void test_any_bytes(void)
{
	g_autoptr(Secret) secret = secret_new("a\0b\xff", 4);
	g_autoptr(Secret) empty = secret_new(NULL, 0);

	g_assert_cmpmem(secret_peek(secret), secret_length(secret), "a\0b\xff", 4);
	g_assert_cmpstr(secret_peek(empty), ==, "");
}

static void test_large(void)
{
	g_autofree char *text = g_strnfill(100000, 'k');
	g_autoptr(Secret) secret = secret_new(text, 100000);

	g_assert_cmpuint(strlen(secret_peek(secret)), ==, 100000);
}

static void test_wipe(void)
{
	char buffer[] = "hunter2";

	secret_wipe(buffer, sizeof(buffer));
	g_assert_cmpmem(buffer, sizeof(buffer), "\0\0\0\0\0\0\0", 8);
}

/* True if the process can still read the address: /proc/self/maps lists what is mapped. */
static gboolean is_mapped(const void *address)
{
	g_autofree char *maps = NULL;
	gulong start, end;

	g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(maps, "\n", 0);
	for (guint i = 0; lines[i]; i++) {
		if (sscanf(lines[i], "%lx-%lx", &start, &end) == 2 && (gulong)address >= start &&
		    (gulong)address < end)
			return TRUE;
	}
	return FALSE;
}

static void test_gone_after_free(void)
{
	Secret *secret = secret_new("hunter2", 7);
	const char *bytes = secret_peek(secret);

	g_assert_true(is_mapped(bytes));
	secret_free(secret);
	g_assert_false(is_mapped(bytes));
	secret_free(NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/secret/round-trip", test_round_trip);
	g_test_add_func("/secret/any-bytes", test_any_bytes);
	g_test_add_func("/secret/large", test_large);
	g_test_add_func("/secret/wipe", test_wipe);
	g_test_add_func("/secret/gone-after-free", test_gone_after_free);
	return g_test_run();
}
