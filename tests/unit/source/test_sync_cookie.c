/* Change numbers inside cookies: what is older, equal, newer, per provider. */
#include <string.h>

#include "../../../src/source/sync_cookie_internal.h"

#define CSN(time, sid) time ".000001Z#000000#" sid "#000000"
#define A1 CSN("20261122081500", "001")
#define A2 CSN("20261122081501", "001")
#define B1 CSN("20261122081500", "002")
#define B2 CSN("20261122081700", "002")

static void test_reads_list(void)
{
	const char *cookie = "rid=000,sid=001,csn=" B1 ";" A1;
	g_autofree char *csns = sync_cookie_csns(cookie, strlen(cookie));

	g_assert_cmpstr(csns, ==, A1 ";" B1);
}

static void test_ignores_other_parts(void)
{
	const char *cookie = "rid=000,csn=" A1 ",delcsn=" A2;
	g_autofree char *csns = sync_cookie_csns(cookie, strlen(cookie));

	g_assert_cmpstr(csns, ==, A1);
}

static void test_refuses_what_is_no_list(void)
{
	static const char *const cookies[] = {
		"",
		"garbage",
		"rid=000",
		"rid=abc,csn=",
		"csn=2026",
		"csn=" A1 ";x",
		"localhost:389#cn=x:dc=ex:(objectClass=*)#17",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cookies); i++)
		g_assert_null(sync_cookie_csns(cookies[i], strlen(cookies[i])));
	g_assert_null(sync_cookie_csns("csn=" A1 "\0,x", strlen("csn=" A1) + 3));
}

static void test_compares_per_provider(void)
{
	static const struct {
		const char *now, *seen;
		SyncCookieOrder order;
	} rows[] = {
		{ A1, A1, SYNC_COOKIE_EQUAL },
		{ A2, A1, SYNC_COOKIE_NEWER },
		{ A1, A2, SYNC_COOKIE_OLDER },
		{ A1 ";" B1, A1, SYNC_COOKIE_NEWER },
		{ A2, A1 ";" B1, SYNC_COOKIE_OLDER },
		{ A2 ";" B1, A1 ";" B2, SYNC_COOKIE_OLDER },
		{ A2 ";" B2, A1 ";" B2, SYNC_COOKIE_NEWER },
		{ B1 ";" A1, A1 ";" B1, SYNC_COOKIE_EQUAL },
		{ NULL, A1, SYNC_COOKIE_UNKNOWN },
		{ A1, NULL, SYNC_COOKIE_UNKNOWN },
		{ "x", A1, SYNC_COOKIE_UNKNOWN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_cmpint(sync_cookie_compare(rows[i].now, rows[i].seen), ==, rows[i].order);
}

static char *random_list(void)
{
	GString *list = g_string_new(NULL);

	for (int sid = 1; sid <= 4; sid++)
		if (g_test_rand_bit())
			g_string_append_printf(list,
					       "%s2026112208%02d00.000000Z#000000#%03x#000000",
					       list->len ? ";" : "", g_test_rand_int_range(0, 60),
					       (guint)sid);
	return g_string_free(list, FALSE);
}

/* What was merged is never older than either part: that is what makes it a memory. */
static void test_merge_is_newest(void)
{
	for (int i = 0; i < 2000; i++) {
		g_autofree char *a = random_list(), *b = random_list();
		g_autofree char *merged = sync_cookie_merge(a, b);

		if (!merged) {
			g_assert_cmpstr(a, ==, "");
			g_assert_cmpstr(b, ==, "");
			continue;
		}
		g_assert_cmpint(sync_cookie_compare(merged, a), !=, SYNC_COOKIE_OLDER);
		g_assert_cmpint(sync_cookie_compare(merged, b), !=, SYNC_COOKIE_OLDER);
		g_autofree char *twice = sync_cookie_merge(merged, a);
		g_assert_cmpstr(twice, ==, merged);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sync_cookie/reads-list", test_reads_list);
	g_test_add_func("/sync_cookie/ignores-other-parts", test_ignores_other_parts);
	g_test_add_func("/sync_cookie/refuses-what-is-no-list", test_refuses_what_is_no_list);
	g_test_add_func("/sync_cookie/compares-per-provider", test_compares_per_provider);
	g_test_add_func("/sync_cookie/merge-is-newest", test_merge_is_newest);
	return g_test_run();
}
