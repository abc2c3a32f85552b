/* One id for one entry, in whatever form a server writes it. */
#include <string.h>

#include "../../../src/source/ldap_anchor_internal.h"

#define CANONICAL "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

static void check(const char *attribute, const char *bytes, gsize length, const char *expected)
{
	const struct berval value = { .bv_val = (char *)bytes, .bv_len = length };
	char anchor[ANCHOR_LENGTH + 1] = "";
	gboolean ok = ldap_anchor_read(attribute, &value, anchor);

	g_assert_cmpint(ok, ==, expected != NULL);
	g_assert_cmpstr(anchor, ==, expected ? expected : "");
}

static void check_text(const char *attribute, const char *text, const char *expected)
{
	check(attribute, text, strlen(text), expected);
}

static void test_text(void)
{
	check_text("entryUUID", CANONICAL, CANONICAL);
	check_text("ibm-entryuuid", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", CANONICAL);
	check_text("nsUniqueId", "6ba7b810-9dad11d1-80b400c0-4fd430c8", CANONICAL);
	check_text("orclguid", "6BA7B8109DAD11D180B400C04FD430C8", CANONICAL);
}

/* AD writes the first three fields with their low byte first, eDirectory does not. */
static void test_bytes(void)
{
	static const char ordered[] = "\x6b\xa7\xb8\x10\x9d\xad\x11\xd1"
				      "\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";
	static const char mixed[] = "\x10\xb8\xa7\x6b\xad\x9d\xd1\x11"
				    "\x80\xb4\x00\xc0\x4f\xd4\x30\xc8";

	check("GUID", ordered, 16, CANONICAL);
	check("objectGUID", mixed, 16, CANONICAL);
	check("OBJECTGUID", mixed, 16, CANONICAL);
}

static void test_no_id(void)
{
	check_text("entryUUID", "", NULL);
	check_text("entryUUID", "7", NULL);
	check_text("employeeNumber", "1234567890", NULL);
	check_text("orclguid", "6BA7B8109DAD11D180B400C04FD430Cx", NULL);
	check("entryUUID", CANONICAL "\0x", ANCHOR_LENGTH + 2, NULL);
	check("orclguid", "6BA7B810\0DAD11D180B400C04FD430C8", 32, NULL);
	check("GUID", "123456789012345", 15, NULL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldap_anchor/text", test_text);
	g_test_add_func("/ldap_anchor/bytes", test_bytes);
	g_test_add_func("/ldap_anchor/no_id", test_no_id);
	return g_test_run();
}
