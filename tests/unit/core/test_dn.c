/*
 * DNs: every spelling of a name has the same normal form, and no two names share one.
 */
#include <string.h>

#include "core/dn.h"

static char *normal(const char *dn)
{
	return dn_normalize(dn, strlen(dn));
}

static const struct {
	const char *dn, *form;
} forms[] = {
	{ "", "" },
	{ "  ", "" },
	{ "CN=Jane Doe,OU=Sales,DC=Example,DC=ORG", "cn=jane doe,ou=sales,dc=example,dc=org" },
	{ "cn = Jane   Doe , ou=  Sales  ,dc=x", "cn=jane doe,ou=sales,dc=x" },
	{ "cn=,dc=x", "cn=,dc=x" },
	{ "cn=\\20\\ ,dc=x", "cn=,dc=x" },
	/* the examples of RFC 4514 §4 */
	{ "UID=jsmith,DC=example,DC=net", "uid=jsmith,dc=example,dc=net" },
	{ "OU=Sales+CN=J.  Smith,DC=example,DC=net", "cn=j. smith+ou=sales,dc=example,dc=net" },
	{ "CN=James \\\"Jim\\\" Smith\\, III,DC=x", "cn=james \\\"jim\\\" smith\\, iii,dc=x" },
	{ "CN=Before\\0dAfter,DC=x", "cn=before\\0dafter,dc=x" },
	{ "1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=hi" },
	{ "CN=Lu\\C4\\8Di\\C4\\87", "cn=lu\xc4\x8di\xc4\x87" },
	/* RFC 2253, RFC 1779 */
	{ "CN=\"Doe, Jane\";OU=Sales;DC=x", "cn=doe\\, jane,ou=sales,dc=x" },
	{ "cn=\"a\\\"b\\\\c\"", "cn=a\\\"b\\\\c" },
	{ "OID.2.5.4.3=Jane,oid.0.9.2342.19200300.100.1.25=x", "cn=jane,dc=x" },
	{ "commonName=Jane,organizationalUnitName=S,domainComponent=x", "cn=jane,ou=s,dc=x" },
	{ "2.5.4.5=12,2.5.4.3=#0C044A616E65", "serialnumber=12,cn=jane" },
	/* BER that is no string stays */
	{ "x-flag=#0101FF", "x-flag=#0101ff" },
	/* the least escaping */
	{ "cn=\\#1", "cn=\\#1" },
	{ "cn=a\\#1", "cn=a#1" },
	{ "cn=\\41\\2c\\2b\\3b\\3c\\3e\\3d", "cn=a\\,\\+\\;\\<\\>=" },
	{ "cn=a=b", "cn=a=b" },
	/* AD's deleted objects */
	{ "CN=Jane\\0ADEL:6BA7B810,CN=Deleted Objects,DC=x",
	  "cn=jane\\0adel:6ba7b810,cn=deleted objects,dc=x" },
	/* NUL and bytes that are no UTF-8 survive */
	{ "cn=a\\00b", "cn=a\\00b" },
	{ "cn=\\FFX\\c3", "cn=\\ffx\\c3" },
	{ "cn=\xff", "cn=\\ff" },
	/* case and compatibility beyond ASCII */
	{ "CN=K\xc3\x96LN", "cn=k\xc3\xb6ln" },
	{ "CN=Ko\xcc\x88ln", "cn=k\xc3\xb6ln" },
	{ "CN=Stra\xc3\x9f"
	  "e",
	  "cn=strasse" },
	{ "CN=a\xef\xbc\x8c"
	  "b",
	  "cn=a\\,b" },
	{ "CN=a\xc2\xa0\xc2\xa0"
	  "b\xc2\xa0",
	  "cn=a b" },
	{ "CN=\xcf\x92", "cn=\xcf\x85" },
};

static void test_forms(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autofree char *form = normal(forms[i].dn);
		g_autofree char *again = NULL;

		g_test_message("'%s'", forms[i].dn);
		g_assert_cmpstr(form, ==, forms[i].form);
		again = normal(form);
		g_assert_cmpstr(again, ==, form);
	}
}

static void test_refused(void)
{
	static const char *const others[] = {
		"jane",       "cn",     "=x",        "cn=a,",         ",cn=a",
		"cn=a,,dc=x", "cn=a+",  "cn=a\\",    "cn=a\\4",       "cn=a\\zz",
		"cn=a\"b",    "cn=\"a", "cn=\"a\"b", "cn=a<b",        "cn=#",
		"cn=#0",      "cn=#zz", "c n=a",     "2..5=a",        "2.5.=a",
		".5=a",       "1a=b",   "cn.x=b",    "<GUID=1>;cn=a", "oid.=a",
	};

	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_test_message("'%s'", others[i]);
		g_assert_null(normal(others[i]));
	}
	g_assert_null(dn_normalize("cn=a\0b", 6));
}

static void test_different_names(void)
{
	static const char *const names[] = {
		"cn=a,dc=x",   "cn=a\\,dc\\=x", "cn=a+dc=x",     "cn=a\\+dc\\=x", "cn=ab,dc=x",
		"cn=a b,dc=x", "cn=a\\00,dc=x", "cn=a\\0a,dc=x", "cn=\\ff",       "cn=\\\\ff",
		"cn=#0101ff",  "cn=\\#0101ff",  "uid=a,dc=x",    "dc=x,cn=a",     "cn=a\\00b,dc=x",
	};

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		for (guint j = 0; j < i; j++) {
			g_autofree char *a = normal(names[i]);
			g_autofree char *b = normal(names[j]);

			g_assert_cmpstr(a, !=, b);
		}
	}
}

static void test_parts(void)
{
	g_autofree char *jane = dn_rdn_value("CN=Doe\\, Jane+OU=x , DC=x");
	g_autofree char *quoted = dn_rdn_value("cn=\" Jane; \";dc=x");
	g_autofree char *spaced = dn_rdn_value("cn= Jane\\  ,dc=x");
	g_autofree char *zero = dn_rdn_value("cn=a\\00\\ff");

	g_assert_cmpstr(jane, ==, "Doe, Jane");
	g_assert_cmpstr(quoted, ==, " Jane; ");
	g_assert_cmpstr(spaced, ==, "Jane ");
	g_assert_cmpstr(zero, ==, "a\xef\xbf\xbd\xef\xbf\xbd");
	g_assert_null(dn_rdn_value(""));
	g_assert_null(dn_rdn_value("jane"));

	g_assert_cmpstr(dn_parent("cn=a\\,b\\\\,dc=x,dc=y"), ==, "dc=x,dc=y");
	g_assert_cmpstr(dn_parent("cn=\"a,b\" ; dc=x"), ==, "dc=x");
	g_assert_cmpstr(dn_parent("cn=a\\2cb, dc=x"), ==, "dc=x");
	g_assert_cmpstr(dn_parent("dc=x"), ==, "");
	g_assert_cmpstr(dn_parent(""), ==, "");
	g_assert_cmpuint(dn_rdn_length("cn=a\\,b,dc=x"), ==, 7);
	g_assert_cmpuint(dn_rdn_length("dc=x"), ==, 4);
	g_assert_cmpuint(dn_rdn_length("dc=x\\"), ==, 5);
}

static void test_within(void)
{
	g_assert_true(dn_is_within("cn=a,dc=x", "dc=x"));
	g_assert_true(dn_is_within("dc=x", "dc=x"));
	g_assert_true(dn_is_within("cn=a,dc=x", ""));
	g_assert_true(dn_is_within("", ""));
	g_assert_true(dn_is_within("cn=a\\\\,dc=x", "dc=x"));
	g_assert_false(dn_is_within("cn=a\\,dc=x", "dc=x"));
	g_assert_false(dn_is_within("cn=a\\\\\\,dc=x", "dc=x"));
	g_assert_false(dn_is_within("cn=adc=x", "dc=x"));
	g_assert_false(dn_is_within("dc=x", "cn=a,dc=x"));
	g_assert_false(dn_is_within("dc=y", "dc=x"));
	g_assert_false(dn_is_within("", "dc=x"));
}

/* One value, written in one of the ways in which clients write values. */
static void append_spelled(GString *dn, GRand *rand, const char *value, gsize length)
{
	gboolean quoted = g_rand_int_range(rand, 0, 4) == 0;

	if (g_rand_int_range(rand, 0, 6) == 0 && length < 128) {
		g_string_append_printf(dn, "#0c%02X", (guint)length);
		for (gsize i = 0; i < length; i++)
			g_string_append_printf(dn, "%02x", (guchar)value[i]);
		return;
	}
	if (quoted)
		g_string_append_c(dn, '"');
	for (gsize i = 0; i < length; i++) {
		char c = value[i];
		gboolean special = c != '\0' && strchr("\"+,;<>\\#= ", c) != NULL;

		if (c == '\0' || g_rand_int_range(rand, 0, 5) == 0)
			g_string_append_printf(dn, "\\%02X", (guchar)c);
		else if (special && (!quoted || c == '"' || c == '\\'))
			g_string_append_printf(dn, "\\%c", c);
		else
			g_string_append_c(dn, c);
	}
	if (quoted)
		g_string_append_c(dn, '"');
}

static void append_type(GString *dn, GRand *rand, guint which)
{
	static const char *const types[][4] = {
		{ "cn", "CN", "OID.2.5.4.3", "commonName" },
		{ "ou", "Ou", "2.5.4.11", "organizationalUnitName" },
		{ "uid", "UID", "oid.0.9.2342.19200300.100.1.1", "userid" },
	};

	g_string_append(dn, types[which][g_rand_int_range(rand, 0, 4)]);
}

static GString *random_value(GRand *rand)
{
	static const char *const bits[] = { "a",    "B",  " ", ",", "+",        "\"",
					    "\\",   "#",  "<", ";", "=",        "\xc3\x96",
					    "\xff", "\n", "z", "7", "\xe2\x82", "\xcc\x88" };
	GString *value = g_string_new("v");
	guint count = (guint)g_rand_int_range(rand, 0, 8);

	for (guint i = 0; i < count; i++) {
		guint which = (guint)g_rand_int_range(rand, 0, G_N_ELEMENTS(bits) + 1);

		if (which == G_N_ELEMENTS(bits))
			g_string_append_c(value, '\0');
		else
			g_string_append(value, bits[which]);
	}
	g_string_append_c(value, 'e');
	return value;
}

static char *spell(GRand *rand, GString *const values[3])
{
	g_autoptr(GString) dn = g_string_new(NULL);

	for (guint i = 0; i < 3; i++) {
		append_type(dn, rand, i);
		g_string_append(dn, g_rand_boolean(rand) ? "=" : " = ");
		append_spelled(dn, rand, values[i]->str, values[i]->len);
		if (i < 2)
			g_string_append(dn, g_rand_boolean(rand) ? "," : " ; ");
	}
	return g_string_free(g_steal_pointer(&dn), FALSE);
}

static void test_spellings_property(void)
{
	guint32 seed = 4514;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

	g_test_message("seed %u", seed);
	for (int i = 0; i < 5000; i++) {
		GString *values[3] = { random_value(rand), random_value(rand), random_value(rand) };
		g_autofree char *one = spell(rand, values);
		g_autofree char *two = spell(rand, values);
		g_autofree char *form_one = normal(one);
		g_autofree char *form_two = normal(two);
		g_autofree char *again = form_one != NULL ? normal(form_one) : NULL;
		g_autofree char *parent = normal(dn_parent(one));

		g_assert_nonnull(form_one);
		g_assert_cmpstr(form_one, ==, form_two);
		g_assert_cmpstr(form_one, ==, again);
		g_assert_true(g_utf8_validate(form_one, -1, NULL));
		g_assert_cmpstr(parent, ==, dn_parent(form_one));
		g_assert_true(dn_is_within(form_one, parent));
		for (guint j = 0; j < 3; j++)
			g_string_free(values[j], TRUE);
	}
}

/* Any bytes at all: no harm, and what is accepted is settled. */
static void test_noise_property(void)
{
	static const char letters[] = "cn=aO ,;+\\\"#<>2c.0\xc3\x96\xff";
	guint32 seed = 1779;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	guint accepted = 0;

	g_test_message("seed %u", seed);
	for (int i = 0; i < 200000; i++) {
		gsize length = (gsize)g_rand_int_range(rand, 0, 14);
		g_autofree char *noise = g_malloc(length);
		g_autofree char *form = NULL;
		g_autofree char *again = NULL;

		for (gsize j = 0; j < length; j++)
			noise[j] = letters[g_rand_int_range(rand, 0, sizeof letters)];
		if (length > 4)
			memcpy(noise, "cn=", 3);
		form = dn_normalize(noise, length);
		if (form == NULL)
			continue;
		again = normal(form);
		g_assert_cmpstr(again, ==, form);
		accepted++;
	}
	g_assert_cmpuint(accepted, >, 1000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/dn/forms", test_forms);
	g_test_add_func("/dn/refused", test_refused);
	g_test_add_func("/dn/different-names", test_different_names);
	g_test_add_func("/dn/parts", test_parts);
	g_test_add_func("/dn/within", test_within);
	g_test_add_func("/dn/spellings", test_spellings_property);
	g_test_add_func("/dn/noise", test_noise_property);
	return g_test_run();
}
