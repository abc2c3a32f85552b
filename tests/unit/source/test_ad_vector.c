/* Up-to-dateness vectors: what a DirSync cookie says, and who lags behind whom. */
#include <string.h>

#include "../../../src/source/ad_vector_internal.h"

#define A "4432d9fb-e501-49c5-8e34-b415a5e41618"
#define B "a85e771f-6e1c-40f1-9a20-60ec8f76a029"

/* As a Samba domain controller wrote it. */
static const char real_cookie[] =
	"TVNEUwMAAAAAV61VPXrdAQAAAAAAAAAAKAAAAK4PAAAAAAAAAAAAAAAAAACu"
	"DwAAAAAAAPvZMkQB5cBJjrQVpeQWGJUBAAAAAAAAAAEAAAAAAAAA+9kyRAHlwEmOtBWl5BYYla4PAAAAAAAA";
#define REAL_VECTOR "4432d9fb-e501-49c0-8eb4-15a5e4161895=4014"

enum {
	HIGHEST = 44,
	VECTOR = 68,
	LINE = VECTOR + 16,
};

static guint8 *cookie(gsize *length)
{
	return g_base64_decode(real_cookie, length);
}

static void test_reads_real_cookie(void)
{
	gsize length;
	g_autofree guint8 *bytes = cookie(&length);
	g_autofree char *vector = ad_vector_from_cookie(bytes, length);

	g_assert_cmpstr(vector, ==, REAL_VECTOR);
}

static void test_own_controller_counts(void)
{
	gsize length;
	g_autofree guint8 *bytes = cookie(&length);

	bytes[HIGHEST] = 0xaf;
	g_autofree char *newer = ad_vector_from_cookie(bytes, length);
	g_assert_cmpstr(newer, ==, "4432d9fb-e501-49c0-8eb4-15a5e4161895=4015");

	bytes[HIGHEST] = 0x01;
	g_autofree char *older = ad_vector_from_cookie(bytes, length);
	g_assert_cmpstr(older, ==, REAL_VECTOR);

	bytes[24] = 0;
	g_autofree char *alone = ad_vector_from_cookie(bytes, VECTOR);
	g_assert_cmpstr(alone, ==, "4432d9fb-e501-49c0-8eb4-15a5e4161895=3841");
}

/* Version 2, with another controller, whose name comes first in the order. */
static void test_reads_version_2(void)
{
	gsize length;
	g_autofree guint8 *bytes = cookie(&length);
	guint8 line[32] = { 1, 0, 0, 0, [16] = 7, [24] = 0xff, [25] = 0xff };
	g_autoptr(GByteArray) longer = g_byte_array_new();

	bytes[24] = 16 + sizeof line;
	bytes[VECTOR] = 2;
	g_byte_array_append(longer, bytes, LINE);
	g_byte_array_append(longer, line, sizeof line);
	g_autofree char *vector = ad_vector_from_cookie(longer->data, longer->len);
	g_assert_cmpstr(vector, ==, "00000001-0000-0000-0000-000000000000=7;" REAL_VECTOR);
}

static void check_damaged(gsize at, guint8 value)
{
	gsize length;
	g_autofree guint8 *bytes = cookie(&length);

	bytes[at] = value;
	g_test_message("byte %" G_GSIZE_FORMAT, at);
	g_assert_null(ad_vector_from_cookie(bytes, length));
}

static void test_refuses_what_it_does_not_know(void)
{
	gsize length;
	g_autofree guint8 *bytes = cookie(&length);

	for (gsize i = 0; i < length; i++)
		g_assert_null(ad_vector_from_cookie(bytes, i));
	check_damaged(0, 'm');
	check_damaged(4, 4);
	check_damaged(24, 39);
	check_damaged(24, 41);
	check_damaged(27, 0xff);
	check_damaged(VECTOR, 0);
	check_damaged(VECTOR, 2);
	check_damaged(VECTOR, 3);
	check_damaged(VECTOR + 8, 0);
	check_damaged(VECTOR + 8, 2);
	check_damaged(VECTOR + 11, 0xff);
}

static void test_compares_per_controller(void)
{
	static const struct {
		const char *now, *seen;
		AdVectorOrder order;
		const char *behind;
	} rows[] = {
		{ A "=9", A "=9", AD_VECTOR_EQUAL, NULL },
		{ A "=10", A "=9", AD_VECTOR_NEWER, NULL },
		{ A "=9", A "=10", AD_VECTOR_OLDER, A },
		{ A "=9;" B "=1", A "=9", AD_VECTOR_NEWER, NULL },
		{ A "=99", A "=9;" B "=1", AD_VECTOR_OLDER, B },
		{ A "=99;" B "=1", A "=9;" B "=2", AD_VECTOR_OLDER, B },
		{ B "=2;" A "=1", A "=1;" B "=2", AD_VECTOR_EQUAL, NULL },
		{ A "=18446744073709551615", A "=18446744073709551614", AD_VECTOR_NEWER, NULL },
		{ NULL, A "=1", AD_VECTOR_UNKNOWN, A },
		{ A "=1", NULL, AD_VECTOR_UNKNOWN, NULL },
		{ A "=1", "", AD_VECTOR_UNKNOWN, NULL },
		{ A "=x", A "=1", AD_VECTOR_UNKNOWN, NULL },
		{ "x=1", A "=1", AD_VECTOR_UNKNOWN, NULL },
		{ A "=-1", A "=1", AD_VECTOR_UNKNOWN, NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *behind = ad_vector_behind(rows[i].now, rows[i].seen);

		g_test_message("'%s' '%s'", rows[i].now, rows[i].seen);
		g_assert_cmpint(ad_vector_compare(rows[i].now, rows[i].seen), ==, rows[i].order);
		g_assert_cmpstr(behind, ==, rows[i].behind);
	}
}

static void test_merges(void)
{
	static const struct {
		const char *a, *b, *both;
	} rows[] = {
		{ A "=9", A "=10", A "=10" },
		{ B "=1", A "=2", A "=2;" B "=1" },
		{ A "=1;" B "=5", B "=4;" A "=3", A "=3;" B "=5" },
		{ NULL, A "=1", A "=1" },
		{ A "=1", NULL, A "=1" },
		{ A "=1;bad", B "=1", B "=1" },
		{ NULL, NULL, NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *both = ad_vector_merge(rows[i].a, rows[i].b);
		g_assert_cmpstr(both, ==, rows[i].both);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ad-vector/real", test_reads_real_cookie);
	g_test_add_func("/ad-vector/own", test_own_controller_counts);
	g_test_add_func("/ad-vector/version-2", test_reads_version_2);
	g_test_add_func("/ad-vector/refused", test_refuses_what_it_does_not_know);
	g_test_add_func("/ad-vector/compare", test_compares_per_controller);
	g_test_add_func("/ad-vector/merge", test_merges);
	return g_test_run();
}
