/*
 * Filters: which entries they hold for, what they complain about, what they read.
 */
#include <string.h>

#include "base/error.h"
#include "core/filter.h"

/* An entry as "attribute: value" lines; \xx in a value is a byte. */
static Entry *entry_of(const char *const *lines)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8",
				 "CN=Jane Doe,OU=Sales,DC=corp,DC=example");

	for (; *lines != NULL; lines += 2)
		entry_add(entry, lines[0], lines[1], strlen(lines[1]));
	return entry;
}

static Entry *jane(void)
{
	static const char *const lines[] = {
		"objectClass",
		"top",
		"objectClass",
		"person",
		"objectClass",
		"user",
		"objectCategory",
		"CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example",
		"cn",
		"Jane  Doe",
		"sn",
		"D\xc3\x96",
		"mail",
		"jane@x.org",
		"mail",
		"Doe@y.org",
		"userAccountControl",
		"514",
		"groupType",
		"-2147483646",
		"accountExpires",
		"9223372036854775807",
		"uidNumber",
		"1000",
		"homeDirectory",
		"/home/Jane",
		"manager",
		"CN=Boss\\, Big,DC=corp,DC=example",
		"telephoneNumber",
		"+49 30-123 45",
		"whenCreated",
		"20260102030405.0Z",
		"isDeleted",
		"FALSE",
		"description",
		"2*3 (six)",
		"title",
		"van",
		"entryUUID",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"pwdAccountLockedTime",
		"000001010000Z",
		"employeeNumber",
		"",
		NULL,
	};
	static const guint8 guid[16] = { 0x10, 0xb8, 0xa7, 0x6b, 0xad, 0x9d, 0xd1, 0x11,
					 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
	static const guint8 sid[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };
	Entry *entry = entry_of(lines);

	entry_add(entry, "objectGUID", guid, sizeof guid);
	entry_add(entry, "objectSid", sid, sizeof sid);
	return entry;
}

static FilterResult run(const char *text, const Entry *entry)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Filter) filter = filter_parse(text, &error);

	g_assert_no_error(error);
	g_assert_nonnull(filter);
	return filter_match(filter, entry);
}

#define T FILTER_TRUE
#define F FILTER_FALSE
#define U FILTER_UNDEFINED

typedef struct {
	const char *filter;
	FilterResult result;
} Case;

static void check(const Case *cases, guint count)
{
	g_autoptr(Entry) entry = jane();

	for (guint i = 0; i < count; i++) {
		g_test_message("%s", cases[i].filter);
		g_assert_cmpint(run(cases[i].filter, entry), ==, cases[i].result);
	}
}

static void test_text(void)
{
	static const Case cases[] = {
		{ "(cn=jane doe)", T },
		{ "(CN=  JANE    DOE  )", T },
		{ "(cn=janedoe)", F },
		{ "(commonName=jane doe)", T },
		{ "(2.5.4.3=jane doe)", T },
		{ "(sn=d\xc3\xb6)", T },
		{ "(sn=\\44\\c3\\b6)", T },
		{ "(sn=do\xcc\x88)", T },
		{ "(mail=doe@Y.org)", T },
		{ "(mail~=DOE@y.org)", T },
		{ "(mail=nobody@y.org)", F },
		{ "(homeDirectory=/home/Jane)", T },
		{ "(homeDirectory=/home/jane)", F },
		{ "(objectClass=USER)", T },
		{ "(objectClass=group)", F },
		{ "(telephoneNumber=+493012345)", T },
		{ "(telephoneNumber=+49 30 123-4*)", T },
		{ "(description=2\\2a3 \\28six\\29)", T },
		{ "(pwdAccountLockedTime=000001010000Z)", T },
		{ "(cn>=jane)", T },
		{ "(cn<=jane)", F },
		{ "(employeeNumber=)", T },
		{ "(cn=)", F },
	};

	check(cases, G_N_ELEMENTS(cases));
}

static void test_substrings(void)
{
	static const Case cases[] = {
		{ "(cn=jane*)", T },
		{ "(cn=*DOE)", T },
		{ "(cn=*ne d*)", T },
		{ "(cn=j*e*e)", T },
		{ "(cn=jane*e doe)", F }, /* the ends must not overlap */
		{ "(cn=*doe*jane*)", F },
		{ "(cn=*e*e*e*)", F },
		{ "(cn=jane doe*jane doe)", F },
		{ "(mail=*@y.org)", T },
		{ "(mail=*@z.org)", F },
		{ "(title=van*)", T },
		{ "(title=van *)", F },
		{ "(cn=jane *)", T },
		{ "(description=*\\2a*)", T },
		{ "(title=*\\2a*)", F },
		{ "(homeDirectory=/home/*)", T },
		{ "(homeDirectory=/HOME/*)", F },
		{ "(absent=*x*)", F },
		{ "(manager=CN=*)", U },
		{ "(uidNumber=10*)", U },
		{ "(mail=*)", T },
		{ "(absent=*)", F },
		{ "(cn=**)", T },
	};

	check(cases, G_N_ELEMENTS(cases));
}

static void test_syntaxes(void)
{
	static const Case cases[] = {
		{ "(uidNumber=1000)", T },
		{ "(uidNumber>=999)", T },
		{ "(uidNumber>=1001)", F },
		{ "(uidNumber<=9999)", T },
		{ "(uidNumber=abc)", U },
		{ "(uidNumber>=99999999999999999999)", U },
		{ "(accountExpires=9223372036854775807)", T },
		{ "(accountExpires>=1)", T },
		{ "(isDeleted=FALSE)", T },
		{ "(isDeleted=TRUE)", F },
		{ "(isDeleted=maybe)", U },
		{ "(manager=cn=boss\\5c2c big, dc=CORP, dc=example)", T },
		{ "(manager=cn=\\22Boss, Big\\22,dc=corp,dc=example)", T },
		{ "(manager=cn=other,dc=corp,dc=example)", F },
		{ "(manager=boss)", U },
		{ "(whenCreated>=20260102030405Z)", T },
		{ "(whenCreated>=20260102040406+0100)", F },
		{ "(whenCreated<=20260102040405+0100)", T },
		{ "(whenCreated>=yesterday)", U },
		{ "(objectGUID=\\10\\b8\\a7\\6b\\ad\\9d\\d1\\11\\80\\b4\\00\\c0\\4f\\d4\\30\\c8)",
		  T },
		{ "(objectGUID=6BA7B810-9dad-11d1-80b4-00c04fd430c8)", T },
		{ "(objectGUID=\\6b\\a7\\b8\\10\\9d\\ad\\11\\d1\\80\\b4\\00\\c0\\4f\\d4\\30\\c8)",
		  F },
		{ "(objectGUID=jane)", U },
		{ "(entryUUID=6BA7B810-9DAD-11D1-80B4-00C04FD430C8)", T },
		{ "(entryUUID=\\6b\\a7\\b8\\10\\9d\\ad\\11\\d1\\80\\b4\\00\\c0\\4f\\d4\\30\\c8)",
		  T },
		{ "(objectSid=S-1-5-32-544)", T },
		{ "(objectSid=S-1-5-32-545)", F },
		{ "(objectSid=S-1-x)", U },
		{ "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\20\\02\\00\\00)",
		  T },
	};

	check(cases, G_N_ELEMENTS(cases));
}

static void test_logic(void)
{
	static const Case cases[] = {
		{ "(&)", T },
		{ "(|)", F },
		{ "(!(cn=jane doe))", F },
		{ "(!(absent=x))", T },
		{ "(!(absent=*))", T },
		{ "(!(uidNumber=abc))", U },
		{ "(&(cn=jane*)(uidNumber=abc))", U },
		{ "(&(cn=john*)(uidNumber=abc))", F },
		{ "(&(uidNumber=abc)(cn=john*))", F },
		{ "(|(cn=jane*)(uidNumber=abc))", T },
		{ "(|(uidNumber=abc)(cn=jane*))", T },
		{ "(|(cn=john*)(uidNumber=abc))", U },
		{ "(absent=abc)", F },
		{ "  ( & (cn=jane*)\n\t( | (sn=x) (sn=*) ) ) ", T },
		{ "cn=jane doe", T },
		{ "&(cn=jane*)(mail=*)", T },
		{ "!(mail=*)", F },
	};

	check(cases, G_N_ELEMENTS(cases));
}

static void test_extensible(void)
{
	static const Case cases[] = {
		{ "(cn:caseExactMatch:=Jane Doe)", T },
		{ "(cn:caseExactMatch:=jane doe)", F },
		{ "(cn:2.5.13.5:=jane doe)", F },
		{ "(homeDirectory:caseIgnoreMatch:=/HOME/jane)", T },
		{ "(cn:=jane doe)", T },
		{ "(uidNumber:integerOrderingMatch:=1001)", T },
		{ "(uidNumber:integerOrderingMatch:=1000)", F },
		{ "(ou:dn:=sales)", T },
		{ "(ou=sales)", F },
		{ "(ou:=sales)", F },
		{ "(organizationalUnitName:dn:caseExactMatch:=Sales)", T },
		{ "(ou:DN:caseExactMatch:=sales)", F },
		{ "(:caseIgnoreMatch:=doe@y.org)", T },
		{ "(:caseIgnoreMatch:=sales)", F },
		{ "(:dn:caseIgnoreMatch:=sales)", T },
		{ "(:integerMatch:=1000)", T },
		{ "(:integerMatch:=1001)", F },
	};

	check(cases, G_N_ELEMENTS(cases));
}

static void test_active_directory(void)
{
	static const Case cases[] = {
		{ "(userAccountControl:1.2.840.113556.1.4.803:=2)", T },
		{ "(userAccountControl:1.2.840.113556.1.4.803:=514)", T },
		{ "(userAccountControl:1.2.840.113556.1.4.803:=3)", F },
		{ "(userAccountControl:1.2.840.113556.1.4.804:=3)", T },
		{ "(userAccountControl:1.2.840.113556.1.4.804:=1)", F },
		{ "(groupType:1.2.840.113556.1.4.803:=2147483648)", T },
		{ "(absent:1.2.840.113556.1.4.803:=2)", F },
		{ "(!(absent:1.2.840.113556.1.4.803:=2))", T },
		{ "(&(objectCategory=person)(objectClass=user))", T },
		{ "(objectCategory=Person)", T },
		{ "(objectCategory=user)", T },
		{ "(objectCategory=contact)", T },
		{ "(objectCategory=group)", F },
		{ "(objectCategory=pers)", F },
		{ "(objectCategory=computer)", F },
		{ "(objectCategory=cn=person,cn=schema,cn=configuration,dc=corp,dc=example)", T },
		{ "(objectCategory=cn=person,cn=schema)", F },
		{ "(objectCategory=*)", T },
	};
	static const char *const ou[] = { "objectCategory",
					  "CN=Organizational-Unit,CN=Schema,CN=Configuration,DC=x",
					  NULL };
	static const char *const none[] = { "objectClass", "inetOrgPerson", NULL };
	g_autoptr(Entry) unit = entry_of(ou);
	g_autoptr(Entry) plain = entry_of(none);

	check(cases, G_N_ELEMENTS(cases));
	g_assert_cmpint(run("(objectCategory=organizationalUnit)", unit), ==, T);
	g_assert_cmpint(run("(objectCategory=person)", unit), ==, F);
	g_assert_cmpint(run("(objectCategory=person)", plain), ==, F);
}

static void test_errors(void)
{
	static const struct {
		const char *filter, *column, *says;
	} bad[] = {
		{ "", "column 1:", "empty" },
		{ "   ", "column 4:", "empty" },
		{ "(cn=a", "column 6:", "not closed" },
		{ "(&(cn=a)", "column 9:", "not closed" },
		{ "(cn=a))", "column 7:", "ends before" },
		{ "(cn=a)(sn=b)", "column 7:", "(&...)" },
		{ "cn=a)", "column 5:", "ends before" },
		{ "()", "column 2:", "attribute expected" },
		{ "(cn)", "column 4:", "'=' expected" },
		{ "(cn>a)", "column 4:", "'>='" },
		{ "(c\xc3\xb6=a)", "column 3:", "'=' expected" },
		{ "(cn=\xc3\xb6\xc3\xb6\\2)", "column 7:", "\\2a" },
		{ "(cn=a(b)", "column 6:", "\\28" },
		{ "(cn>=a*)", "column 6:", "\\2a" },
		{ "(!(a=b)(c=d))", "column 13:", "takes one" },
		{ "(!)", "column 3:", "takes one" },
		{ "(& cn=a)", "column 4:", "brackets of its own" },
		{ "(cn:foo:=a)", "column 5:", "unknown matching rule 'foo'" },
		{ "(memberOf:1.2.840.113556.1.4.1941:=cn=g)", "column 11:", "assign rule" },
		{ "(userAccountControl:1.2.840.113556.1.4.803:=x)", "column 45:", "whole number" },
		{ "(cn:a)", "column 5:", "unknown matching rule" },
		{ "(cn:dn=a)", "column 7:", "':=' expected" },
		{ "(:=a)", "column 4:", "neither" },
		{ "(:dn:=a)", "column 7:", "neither" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(filter_parse(bad[i].filter, &error));
		g_assert_error(error, BRIDGE_ERROR, ERROR_CONFIG);
		g_test_message("%s: %s", bad[i].filter, error->message);
		g_assert_nonnull(strstr(error->message, bad[i].column));
		g_assert_nonnull(strstr(error->message, bad[i].says));
		/* A hint on a line of its own. */
		g_assert_nonnull(strchr(error->message, '\n'));
	}
}

static char *nested(guint depth)
{
	GString *text = g_string_new(NULL);

	for (guint i = 1; i < depth; i++)
		g_string_append(text, "(!");
	g_string_append(text, "(cn=*)");
	for (guint i = 1; i < depth; i++)
		g_string_append_c(text, ')');
	return g_string_free(text, FALSE);
}

static void test_depth(void)
{
	g_autoptr(Entry) entry = jane();
	g_autofree char *deepest = nested(100);
	g_autofree char *deeper = nested(101);
	g_autofree char *absurd = nested(1000000);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(run(deepest, entry), ==, F);
	g_assert_null(filter_parse(deeper, &error));
	g_assert_error(error, BRIDGE_ERROR, ERROR_CONFIG);
	g_assert_null(filter_parse(absurd, NULL));
}

static void test_attributes(void)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(Filter) filter =
		filter_parse("(&(objectCategory=person)(|(MAIL=*)(mail=x*)(commonName=a))"
			     "(!(userAccountControl:1.2.840.113556.1.4.803:=2))(cert;binary=*)"
			     "(:caseIgnoreMatch:=x))",
			     NULL);

	g_assert_nonnull(filter);
	filter_attributes(filter, names);
	g_assert_cmpuint(g_hash_table_size(names), ==, 5);
	g_assert_true(g_hash_table_contains(names, "objectcategory"));
	g_assert_true(g_hash_table_contains(names, "mail"));
	g_assert_true(g_hash_table_contains(names, "cn"));
	g_assert_true(g_hash_table_contains(names, "useraccountcontrol"));
	g_assert_true(g_hash_table_contains(names, "cert"));
}

/* Attributes from all over the table; with a row out of order they would be plain text. */
static void test_attribute_table(void)
{
	static const char *const rows[][3] = {
		{ "accountExpires", "007", "7" },
		{ "aliasedObjectName", "CN = a", "cn=A" },
		{ "gecos", "a  b", "a b" },
		{ "whenCreated", "20260101000000.0Z", "202601010000Z" },
		{ "x121Address", "12 34", "1234" },
		{ "usnCreated", "0010", "10" },
		{ "uniqueMember", "CN = a", "cn=A" },
		{ "mobile", "1-2", "12" },
		{ "memberOf", "CN = a", "cn=A" },
		{ "seeAlso", "CN = a", "cn=A" },
		{ "nsUniqueId", "6ba7b810-9dad11d1-80b400c0-4fd430c8",
		  "6BA7B810-9dad-11d1-80b4-00c04fd430c8" },
		{ "nsAccountLock", "true", "TRUE" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(Entry) entry = entry_new("", "");
		g_autofree char *text = g_strdup_printf("(%s=%s)", rows[i][0], rows[i][2]);

		entry_add(entry, rows[i][0], rows[i][1], strlen(rows[i][1]));
		g_test_message("%s", text);
		g_assert_cmpint(run(text, entry), ==, T);
	}
}

static void append_random(GString *text, GRand *rand, guint depth)
{
	static const char *const items[] = { "(cn=jane*)",     "(uidNumber=abc)", "(absent=x)",
					     "(uidNumber>=5)", "(manager=x)",     "(sn=*)" };
	guint which = (guint)g_rand_int_range(rand, 0, depth < 4 ? 9 : 6);
	guint children = which == 8 ? 1 : (guint)g_rand_int_range(rand, 0, 4);

	if (which < 6) {
		g_string_append(text, items[which]);
		return;
	}
	g_string_append_c(text, '(');
	g_string_append_c(text, "&|!"[which - 6]);
	for (guint i = 0; i < children; i++)
		append_random(text, rand, depth + 1);
	g_string_append_c(text, ')');
}

static FilterResult negated(FilterResult result)
{
	return result == U ? U : result == T ? F : T;
}

/* De Morgan's laws in three values. */
static void test_de_morgan_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(4511);
	g_autoptr(Entry) entry = jane();
	guint seen[3] = { 0, 0, 0 };

	g_test_message("seed 4511");
	for (int i = 0; i < 3000; i++) {
		g_autoptr(GString) a = g_string_new(NULL);
		g_autoptr(GString) b = g_string_new(NULL);
		g_autofree char *not_and = NULL;
		g_autofree char *or_not = NULL;
		g_autofree char *not_a = NULL;
		FilterResult result;

		append_random(a, rand, 0);
		append_random(b, rand, 0);
		not_and = g_strdup_printf("(!(&%s%s))", a->str, b->str);
		or_not = g_strdup_printf("(|(!%s)(!%s))", a->str, b->str);
		not_a = g_strdup_printf("(!%s)", a->str);
		result = run(not_and, entry);
		g_assert_cmpint(result, ==, run(or_not, entry));
		g_assert_cmpint(run(not_a, entry), ==, negated(run(a->str, entry)));
		seen[result]++;
	}
	g_assert_cmpuint(MIN(seen[0], MIN(seen[1], seen[2])), >, 100);
}

static void test_noise_property(void)
{
	static const char letters[] = "()&|!=*:\\2acn<>~ \xc3\xb6";
	g_autoptr(GRand) rand = g_rand_new_with_seed(4515);
	g_autoptr(Entry) entry = jane();
	guint accepted = 0;

	g_test_message("seed 4515");
	for (int i = 0; i < 200000; i++) {
		char noise[16];
		gsize length = (gsize)g_rand_int_range(rand, 0, sizeof noise);
		g_autoptr(GError) error = NULL;
		g_autoptr(Filter) filter = NULL;

		for (gsize j = 0; j < length; j++)
			noise[j] = letters[g_rand_int_range(rand, 0, sizeof letters - 1)];
		noise[length] = '\0';
		filter = filter_parse(noise, &error);
		g_assert_true((filter == NULL) == error_is(error, ERROR_CONFIG));
		if (filter != NULL) {
			g_assert_cmpint(filter_match(filter, entry), <=, FILTER_UNDEFINED);
			accepted++;
		}
	}
	g_assert_cmpuint(accepted, >, 100);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/filter/text", test_text);
	g_test_add_func("/filter/substrings", test_substrings);
	g_test_add_func("/filter/syntaxes", test_syntaxes);
	g_test_add_func("/filter/logic", test_logic);
	g_test_add_func("/filter/extensible", test_extensible);
	g_test_add_func("/filter/active-directory", test_active_directory);
	g_test_add_func("/filter/errors", test_errors);
	g_test_add_func("/filter/depth", test_depth);
	g_test_add_func("/filter/attributes", test_attributes);
	g_test_add_func("/filter/attribute-table", test_attribute_table);
	g_test_add_func("/filter/de-morgan", test_de_morgan_property);
	g_test_add_func("/filter/noise", test_noise_property);
	return g_test_run();
}
