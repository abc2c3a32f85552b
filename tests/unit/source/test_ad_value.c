/* Extended DNs and ranges, as domain controllers write them. */
#include <string.h>

#include "../../../src/source/ad_value_internal.h"

#define GUID "967835c6-8fd4-403a-97e7-74c5e7112f4f"
#define HEX "c6357896d48f3a4097e774c5e7112f4f"
#define SID "S-1-5-21-1004336348-1177238915-682003330-1104"
#define DN "CN=Ada Lovelace,CN=Users,DC=corp,DC=test"

static void check(const char *value, const char *anchor, const char *dn)
{
	/* Exactly as long as it is, so that a sanitizer sees a read behind the end. */
	gsize length = strlen(value);
	g_autofree char *bytes = g_memdup2(value, length);
	AdDn out;

	g_test_message("%s", value);
	ad_dn_parse(length ? bytes : "", length, &out);
	g_autofree char *text = g_strndup(out.dn, out.length);
	g_assert_cmpstr(out.anchor, ==, anchor);
	g_assert_cmpstr(text, ==, dn);
}

static void test_extended(void)
{
	check("<GUID=" GUID ">;<SID=" SID ">;" DN, GUID, DN);
	check("<GUID=" GUID ">;" DN, GUID, DN);
	check("<SID=" SID ">;<GUID=" GUID ">;" DN, GUID, DN);
	check("<GUID=" HEX ">;<SID=0105000000000005>;" DN, GUID, DN);
	check("<GUID=967835C6-8FD4-403A-97E7-74C5E7112F4F>;" DN, GUID, DN);
	check("<GUID=" GUID ">", GUID, "");
	check("<GUID=" GUID ">;<SID=" SID ">;CN=a\\>b\\;c,DC=x", GUID, "CN=a\\>b\\;c,DC=x");
	check("<GUID=" GUID ">;CN=S5\\0ADEL:" GUID ",CN=Deleted Objects,DC=x", GUID,
	      "CN=S5\\0ADEL:" GUID ",CN=Deleted Objects,DC=x");
}

static void test_plain(void)
{
	static const char *const values[] = {
		DN, "", "DC=x", "Ada <GUID=" GUID ">;" DN, "\\<GUID=x",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
		check(values[i], "", values[i]);
}

static void test_damaged_is_plain(void)
{
	static const char *const values[] = {
		"<",
		"<GUID=",
		"<GUID=>;" DN,
		"<GUID=" GUID,
		"<GUID=" GUID ">" DN,
		"<GUID=" GUID "0>;" DN,
		"<GUID=967835c6-8fd4-403a-97e7-74c5e7112f4x>;" DN,
		"<GUID=c6357896d48f3a4097e774c5e7112f4x>;" DN,
		"<GUID=" GUID ">;<GUID=" GUID ">;" DN,
		"<GUID=" GUID ">;<SID=" SID,
		"<GUID=" GUID ">;<WKGUID=1>;" DN,
		"<SID=" SID ">;<GUID=1>;" DN,
	};

	for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
		check(values[i], "", values[i]);
}

static void check_range(const char *name, gboolean ok, gint64 first, gint64 last)
{
	gsize length = strlen(name);
	g_autofree char *bytes = g_memdup2(name, length);
	gint64 from = -7, to = -7;

	g_test_message("%s", name);
	g_assert_cmpint(ad_range_parse(length ? bytes : "", length, &from, &to), ==, ok);
	g_assert_cmpint(from, ==, ok ? first : -7);
	g_assert_cmpint(to, ==, ok ? last : -7);
}

static void test_ranges(void)
{
	check_range("member;range=0-1499", TRUE, 0, 1499);
	check_range("member;range=1500-*", TRUE, 1500, -1);
	check_range("member;range=0-*", TRUE, 0, -1);
	check_range("member;Range=0-0", TRUE, 0, 0);
	check_range("member;binary;RANGE=1-1", TRUE, 1, 1);
	check_range("member;range=5-6;binary", TRUE, 5, 6);
}

static void test_no_ranges(void)
{
	static const char *const names[] = {
		"",
		"member",
		";",
		"member;",
		"member;range",
		"member;range=",
		"member;range=0",
		"member;range=0-",
		"member;range=-1",
		"member;range=*-1",
		"member;range=2-1",
		"member;range=0-1499x",
		"member;range=0-*x",
		"member;range=+0-1",
		"member;range=0-99999999999999999999",
		"range=0-1",
		"member;xrange=0-1",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		check_range(names[i], FALSE, 0, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ad-value/extended", test_extended);
	g_test_add_func("/ad-value/plain", test_plain);
	g_test_add_func("/ad-value/damaged", test_damaged_is_plain);
	g_test_add_func("/ad-value/ranges", test_ranges);
	g_test_add_func("/ad-value/no-ranges", test_no_ranges);
	return g_test_run();
}
