/*
 * Entries: what goes in comes out, in memory and through the store, and damaged bytes do no harm.
 */
#include <string.h>

#include "base/error.h"
#include "core/entry.h"

static void add_text(Entry *entry, const char *name, const char *value)
{
	entry_add(entry, name, value, strlen(value));
}

static Entry *jane(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");

	add_text(entry, "sAMAccountName", "jane");
	add_text(entry, "objectClass", "top");
	add_text(entry, "mail", "z@x.org");
	add_text(entry, "objectclass", "User");
	add_text(entry, "MAIL", "a@x.org");
	entry_add(entry, "jpegPhoto", "\xff\xd8\0\x01", 4);
	return entry;
}

static void test_values(void)
{
	g_autoptr(Entry) entry = jane();
	const EntryValue *values;
	guint count;

	g_assert_cmpstr(entry_anchor(entry), ==, "6ba7b810-9dad-11d1-80b4-00c04fd430c8");
	g_assert_cmpstr(entry_dn(entry), ==, "CN=Jane,DC=x");
	g_assert_cmpstr(entry_text(entry, "SAMACCOUNTNAME"), ==, "jane");
	values = entry_values(entry, "Mail", &count);
	g_assert_cmpuint(count, ==, 2);
	g_assert_cmpstr(values[0].data, ==, "z@x.org");
	g_assert_cmpstr(values[1].data, ==, "a@x.org");
	values = entry_values(entry, "jpegphoto", &count);
	g_assert_cmpuint(count, ==, 1);
	g_assert_cmpmem(values[0].data, values[0].length, "\xff\xd8\0\x01", 4);
	g_assert_null(entry_values(entry, "sn", &count));
	g_assert_cmpuint(count, ==, 0);
	g_assert_null(entry_text(entry, "mai"));
	g_assert_null(entry_text(entry, "mailx"));
}

static void test_has(void)
{
	g_autoptr(Entry) entry = jane();

	g_assert_true(entry_has(entry, "objectClass", "user"));
	g_assert_true(entry_has(entry, "OBJECTCLASS", "TOP"));
	g_assert_false(entry_has(entry, "objectClass", "use"));
	g_assert_false(entry_has(entry, "objectClass", "users"));
	g_assert_false(entry_has(entry, "absent", "top"));
}

static void test_options(void)
{
	g_autoptr(Entry) entry = entry_new("", "");
	guint count;

	add_text(entry, "cn;lang-de", "Johanna");
	add_text(entry, "cn", "Jane");
	add_text(entry, "cn;x-other;LANG-fr", "Jeanne");
	add_text(entry, "userCertificate;binary", "DER");
	g_assert_cmpstr(entry_text(entry, "cn"), ==, "Jane");
	entry_values(entry, "cn", &count);
	g_assert_cmpuint(count, ==, 1);
	g_assert_null(entry_text(entry, "cn;lang-de"));
	g_assert_cmpstr(entry_text(entry, "usercertificate"), ==, "DER");
	g_assert_cmpstr(entry_text(entry, "userCertificate;binary"), ==, "DER");
}

static void note_name(const char *name, const EntryValue *values, guint count, void *data)
{
	g_string_append_printf(data, "%s:%u ", name, count);
}

static void test_foreach_in_order(void)
{
	g_autoptr(Entry) entry = jane();
	g_autoptr(GString) seen = g_string_new(NULL);

	entry_foreach(entry, note_name, seen);
	g_assert_cmpstr(seen->str, ==, "jpegphoto:1 mail:2 objectclass:2 samaccountname:1 ");
}

static void test_large_group(void)
{
	g_autoptr(Entry) entry = entry_new("", "cn=all");
	const guint wanted = 100000;
	const EntryMember *members;
	const EntryValue *values;
	const char *first = NULL;
	guint count;

	add_text(entry, "cn", "all");
	first = entry_text(entry, "cn");
	for (guint i = 0; i < wanted; i++) {
		g_autofree char *dn = g_strdup_printf("uid=u%u,ou=people,dc=x", i);

		entry_add_member(entry, dn, strlen(dn));
		add_text(entry, "memberUid", dn + 4);
	}
	members = entry_members(entry, &count);
	g_assert_cmpuint(count, ==, wanted);
	g_assert_cmpstr(members[0].dn, ==, "uid=u0,ou=people,dc=x");
	g_assert_cmpstr(members[wanted - 1].dn, ==, "uid=u99999,ou=people,dc=x");
	values = entry_values(entry, "memberuid", &count);
	g_assert_cmpuint(count, ==, wanted);
	g_assert_cmpstr(values[wanted - 1].data, ==, "u99999,ou=people,dc=x");
	/* The promise of the header: what was handed out stays. */
	g_assert_true(entry_text(entry, "cn") == first);
	g_assert_cmpstr(first, ==, "all");
	g_assert_null(entry_values(entry, "member", &count));
}

static void assert_text(const Entry *entry, const char *name, const char *text)
{
	g_assert_cmpstr(entry_text(entry, name), ==, text);
}

static void test_delta(void)
{
	g_autoptr(Entry) known = jane();
	g_autoptr(Entry) delta = entry_new_delta("anchor", "cn=moved");
	guint count;

	add_text(delta, "title", "Boss");
	entry_clear(delta, "Mail");
	entry_clear(delta, "title");
	entry_add_member_by_anchor(delta, "1", "cn=came", 7, FALSE);
	entry_add_member_by_anchor(delta, "2", "", 0, TRUE);
	g_assert_true(entry_is_delta(delta));

	g_autoptr(Entry) merged = entry_merge(known, delta);
	assert_text(merged, "title", "Boss");
	assert_text(merged, "mail", NULL);
	assert_text(merged, "samaccountname", "jane");
	g_assert_cmpstr(entry_dn(merged), ==, "cn=moved");
	g_assert_false(entry_is_delta(merged));
	g_assert_true(entry_members_are_changes(merged));
	const EntryMember *members = entry_members(merged, &count);
	g_assert_cmpuint(count, ==, 2);
	g_assert_cmpstr(members[0].anchor, ==, "1");
	g_assert_cmpstr(members[0].dn, ==, "cn=came");
	g_assert_false(members[0].left);
	g_assert_true(members[1].left);

	/* A delta without news changes nothing but what the members mean. */
	g_autoptr(Entry) nothing = entry_new_delta("anchor", "cn=moved");
	g_autoptr(Entry) same = entry_merge(merged, nothing);
	g_autoptr(GBytes) a = entry_encode(merged);
	g_autoptr(GBytes) b = entry_encode(same);
	g_assert_true(g_bytes_equal(a, b));
}

static void assert_same(const Entry *a, const Entry *b)
{
	g_autoptr(GBytes) bytes_a = entry_encode(a);
	g_autoptr(GBytes) bytes_b = entry_encode(b);

	g_assert_true(g_bytes_equal(bytes_a, bytes_b));
}

static Entry *decode(GBytes *bytes, GError **error)
{
	gsize length;
	const void *data = g_bytes_get_data(bytes, &length);
	/* A copy of exactly this size lets the address sanitizer see the first byte too many. */
	g_autofree void *copy = g_memdup2(data, length);

	return entry_decode("anchor", "cn=x", copy, length, error);
}

static void test_encoded_form(void)
{
	g_autoptr(Entry) entry = entry_new("", "");
	g_autoptr(GBytes) bytes = NULL;
	static const char expected[] = "\x01\x01\x04mail\x01\x05j@x.y";

	add_text(entry, "Mail", "j@x.y");
	bytes = entry_encode(entry);
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), expected,
			sizeof expected - 1);
}

static void test_decode(void)
{
	g_autoptr(Entry) entry = jane();
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(Entry) again = NULL;
	guint count;

	entry_add_member(entry, "cn=m", 4);
	bytes = entry_encode(entry);
	again = decode(bytes, &error);
	g_assert_no_error(error);
	assert_same(entry, again);
	g_assert_cmpstr(entry_anchor(again), ==, "anchor");
	g_assert_cmpstr(entry_dn(again), ==, "cn=x");
	g_assert_cmpstr(entry_values(again, "mail", &count)[1].data, ==, "a@x.org");
	g_assert_null(entry_members(again, &count));
	/* A decoded entry can be added to like any other. */
	add_text(again, "aaa", "1");
	g_assert_cmpstr(entry_text(again, "aaa"), ==, "1");
	g_assert_cmpstr(entry_text(again, "samaccountname"), ==, "jane");
}

static void test_order_of_names_does_not_matter(void)
{
	g_autoptr(Entry) a = entry_new("", "");
	g_autoptr(Entry) b = entry_new("", "");

	add_text(a, "sn", "Doe");
	add_text(a, "cn", "Jane");
	add_text(b, "CN", "Jane");
	add_text(b, "SN", "Doe");
	assert_same(a, b);
}

static Entry *random_entry(GRand *rand)
{
	Entry *entry = entry_new("a", "cn=random");
	guint names = (guint)g_rand_int_range(rand, 0, 50);

	for (guint i = 0; i < names; i++) {
		g_autofree char *name = g_strdup_printf("Attr%d", g_rand_int_range(rand, 0, 40));
		guint length = (guint)g_rand_int_range(rand, 0, i == 3 ? 70000 : 40);
		g_autofree char *value = g_malloc(length + 1);

		for (guint j = 0; j < length; j++)
			value[j] = (char)g_rand_int(rand);
		entry_add(entry, name, value, length);
	}
	return entry;
}

static void test_round_trip_property(void)
{
	guint32 seed = 20261122;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

	g_test_message("seed %u", seed);
	for (int i = 0; i < 300; i++) {
		g_autoptr(Entry) entry = random_entry(rand);
		g_autoptr(GBytes) bytes = entry_encode(entry);
		g_autoptr(GError) error = NULL;
		g_autoptr(Entry) again = decode(bytes, &error);

		g_assert_no_error(error);
		assert_same(entry, again);
	}
}

static void test_damaged(void)
{
	static const struct {
		const char *bytes;
		gsize length;
	} bad[] = {
		{ "", 0 },
		{ "\x02\0", 2 },                 /* unknown version */
		{ "\x01", 1 },                   /* no count */
		{ "\x01\0\0", 3 },               /* bytes behind the end */
		{ "\x01\x01\0\x01\x01x", 6 },    /* no name */
		{ "\x01\x01\x01M\x01\x01x", 7 }, /* upper case */
		{ "\x01\x01\x03"
		  "a;b\x01\x01x",
		  9 },                                            /* option */
		{ "\x01\x01\x01m\0", 5 },                         /* no value */
		{ "\x01\x01\x01m\x01\x05x", 7 },                  /* value too short */
		{ "\x01\x01\x01m\xff\xff\xff\xff\x0f\x01x", 11 }, /* four billion values */
		{ "\x01\x01\x01m\x81\0\x01x", 8 },                /* 1 in two bytes */
		{ "\x01\x01\x01m\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15 },
		{ "\x01\x02\x01n\x01\x01x\x01m\x01\x01x", 12 }, /* names not in order */
		{ "\x01\x02\x01m\x01\x01x\x01m\x01\x01x", 12 }, /* the same name twice */
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GBytes) bytes = g_bytes_new(bad[i].bytes, bad[i].length);
		g_autoptr(GError) error = NULL;

		g_test_message("row %u", i);
		g_assert_null(decode(bytes, &error));
		g_assert_error(error, BRIDGE_ERROR, ERROR_FATAL);
		g_assert_nonnull(strstr(error->message, "cn=x"));
	}
}

/* Whatever is accepted is exactly what would be written. */
static void test_flipped_bytes_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(7);
	guint accepted = 0;

	for (int i = 0; i < 20000; i++) {
		g_autoptr(Entry) entry = jane();
		g_autoptr(GBytes) good = entry_encode(entry);
		gsize length = g_bytes_get_size(good);
		g_autofree guint8 *copy = g_memdup2(g_bytes_get_data(good, NULL), length);
		g_autoptr(GBytes) bytes = NULL;
		g_autoptr(Entry) again = NULL;

		copy[g_rand_int_range(rand, 0, (gint32)length)] = (guint8)g_rand_int(rand);
		if (i % 3 == 0)
			length = (gsize)g_rand_int_range(rand, 0, (gint32)length);
		bytes = g_bytes_new(copy, length);
		again = decode(bytes, NULL);
		if (again != NULL) {
			g_autoptr(GBytes) written = entry_encode(again);

			g_assert_true(g_bytes_equal(bytes, written));
			accepted++;
		}
	}
	g_assert_cmpuint(accepted, >, 0);
	g_assert_cmpuint(accepted, <, 20000);
}

static void test_kind_names(void)
{
	g_assert_cmpstr(entry_kind_name(ENTRY_USER), ==, "user");
	g_assert_cmpstr(entry_kind_name(ENTRY_GROUP), ==, "group");
	g_assert_cmpstr(entry_kind_name(ENTRY_CONTAINER), ==, "container");
	g_assert_cmpstr(entry_kind_name(ENTRY_OTHER), ==, "other");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/entry/values", test_values);
	g_test_add_func("/entry/has", test_has);
	g_test_add_func("/entry/options", test_options);
	g_test_add_func("/entry/foreach-in-order", test_foreach_in_order);
	g_test_add_func("/entry/large-group", test_large_group);
	g_test_add_func("/entry/delta", test_delta);
	g_test_add_func("/entry/encoded-form", test_encoded_form);
	g_test_add_func("/entry/decode", test_decode);
	g_test_add_func("/entry/order-of-names", test_order_of_names_does_not_matter);
	g_test_add_func("/entry/round-trip", test_round_trip_property);
	g_test_add_func("/entry/damaged", test_damaged);
	g_test_add_func("/entry/flipped-bytes", test_flipped_bytes_property);
	g_test_add_func("/entry/kind-names", test_kind_names);
	return g_test_run();
}
