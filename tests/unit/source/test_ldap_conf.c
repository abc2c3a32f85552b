/* Which settings of a connection are refused, and with which words. */
#include <string.h>

#include "../../../src/source/ldap_attributes_internal.h"
#include "../../../src/source/ldap_conf_internal.h"
#include "../../../src/source/ldap_krb_internal.h"
#include "base/error.h"

typedef struct {
	const char *uri, *domain, *site;
	int method;
	const char *dn, *password, *keytab, *principal;
	gboolean starttls, insecure;
	const char *problem; /* part of the message; NULL: accepted */
} Case;

#define BOB .dn = "bob@corp.test", .password = "x"
#define KEYTAB .method = LDAP_BIND_GSSAPI, .keytab = "/k"

static const Case cases[] = {
	{ .uri = "ldaps://dc", BOB },
	{ .uri = "ldap://dc", BOB, .starttls = TRUE },
	{ .uri = "ldap://dc", BOB, .insecure = TRUE },
	{ .uri = "ldap://dc", BOB, .problem = "clear connection" },
	{ .uri = "ldaps://dc", .dn = "CORP\\bob", .password = "x" },
	{ .uri = "ldaps://dc",
	  .dn = "<GUID=967835c6-8fd4-403a-97e7-74c5e7112f4f>",
	  .password = "x" },
	{ .uri = "ldaps://dc", .dn = "bob", .problem = "needs a password that is not empty" },
	{ .uri = "ldaps://dc", .dn = "bob", .password = "", .problem = "that is not empty" },
	{ .uri = "ldaps://dc", .password = "x", .problem = "needs a dn" },
	{ BOB, .problem = "no server is named" },
	{ .domain = "corp.test", BOB },
	{ .domain = "corp.test", .site = "Berlin-1", BOB },
	{ .domain = "corp.test", BOB, .starttls = TRUE },
	{ .domain = "corp.test", .dn = "bob", .problem = "not empty" },
	{ .domain = "corp.test", .uri = "ldaps://dc", BOB, .problem = "both uri and domain" },
	{ .domain = "corp", BOB, .problem = "no DNS name" },
	{ .domain = "ldap://corp.test", BOB, .problem = "no DNS name" },
	{ .domain = "corp..test", BOB, .problem = "no DNS name" },
	{ .domain = "corp.test.", BOB, .problem = "no DNS name" },
	{ .domain = "corp.test", .site = "a.b", BOB, .problem = "site 'a.b'" },
	{ .uri = "ldaps://dc", .site = "Berlin", BOB, .problem = "no domain" },
	{ .uri = "ldap://dc1.corp.test", KEYTAB },
	{ .uri = "ldap://dc1.corp.test:3268", KEYTAB, .principal = "svc@CORP.TEST" },
	{ .uri = "ldaps://dc1.corp.test", .method = LDAP_BIND_GSS_SPNEGO },
	{ .domain = "corp.test", KEYTAB },
	{ .uri = "ldap://10.0.0.1", KEYTAB, .problem = "full host name" },
	{ .uri = "ldap://[::1]", KEYTAB, .problem = "full host name" },
	{ .uri = "ldap://dc1", KEYTAB, .problem = "full host name" },
	{ .uri = "ldapi:///", KEYTAB, .problem = "full host name" },
	{ .uri = "ldap://dc1.corp.test", KEYTAB, .dn = "bob", .problem = "does not use it" },
	{ .uri = "ldap://dc1.corp.test", KEYTAB, .password = "x", .problem = "does not use it" },
	{ .uri = "ldap://dc1.corp.test",
	  .method = LDAP_BIND_GSSAPI,
	  .principal = "svc",
	  .problem = "no keytab" },
	{ .uri = "ldaps://dc", BOB, .keytab = "/k", .problem = "method 'simple' does not use it" },
	{ .uri = "ldaps://dc", BOB, .principal = "svc", .problem = "has a principal" },
};

static gboolean validate(const Case *row, GError **error)
{
	g_autoptr(GPtrArray) uris = g_ptr_array_new();
	g_autoptr(Secret) password = row->password
					     ? secret_new(row->password, strlen(row->password))
					     : NULL;
	const LdapConf conf = {
		.uris = uris,
		.domain = (char *)row->domain,
		.site = (char *)row->site,
		.bind = { .method = row->method,
			  .dn = (char *)row->dn,
			  .password = password,
			  .keytab = (char *)row->keytab,
			  .principal = (char *)row->principal },
		.tls = { .starttls = row->starttls },
		.insecure = row->insecure,
		.connect_timeout_us = 1,
		.timeout_us = 1,
	};

	if (row->uri)
		g_ptr_array_add(uris, (char *)row->uri);
	return ldap_conf_validate(&conf, "corp", error);
}

static void test_cases(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean ok = validate(&cases[i], &error);

		if (!cases[i].problem) {
			g_assert_no_error(error);
			g_assert_true(ok);
			continue;
		}
		g_assert_false(ok);
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_nonnull(strstr(error->message, cases[i].problem));
		/* A hint says what to do. */
		g_assert_nonnull(strchr(error->message, '\n'));
	}
}

static void test_attributes(void)
{
	static const char *const extra[] = { "objectClass", "member", NULL };
	static const char *const wanted[] = { "MAIL", "Member", "unicodePwd", "mail", NULL };
	g_autoptr(GPtrArray) remarks = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ldap_attributes_build(wanted, extra, remarks);
	g_autofree char *text = g_strjoinv(" ", (char **)list->pdata);

	g_assert_cmpstr(text, ==, "objectClass member MAIL");
	g_assert_cmpuint(remarks->len, ==, 1);
	g_assert_nonnull(strstr(g_ptr_array_index(remarks, 0), "'unicodePwd' holds secrets"));
	g_autoptr(GPtrArray) none = ldap_attributes_build(NULL, NULL, NULL);
	g_assert_cmpuint(none->len, ==, 1);
	g_assert_null(g_ptr_array_index(none, 0));
}

/* Codes of krb5, by their numbers on the wire (RFC 4120 §7.5.9) from the library's base. */
static void test_kerberos_errors(void)
{
	static const struct {
		gint32 code;
		ErrorKind kind;
		const char *part;
	} rows[] = {
		{ 6, ERROR_DOWN, "does not know this principal" },
		{ 7, ERROR_DOWN, "does not know the server by this name" },
		{ 18, ERROR_CONFIG, "disabled, expired or locked out" },
		{ 23, ERROR_CONFIG, "must be changed" },
		{ 24, ERROR_CONFIG, "export the keytab again" },
		{ 37, ERROR_DOWN, "run ntp or chrony" },
		{ 41, ERROR_DOWN, "export the keytab again" },
		{ 60, ERROR_DOWN, "the library's words" },
	};
	const gint32 base = -1765328384;

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(ldap_krb_error_set(&error, base + rows[i].code, "no ticket for 'x'",
						  "the library's words"));
		g_assert_true(error_is(error, rows[i].kind));
		g_assert_true(g_str_has_prefix(error->message, "no ticket for 'x': "));
		g_assert_nonnull(strstr(error->message, rows[i].part));
		g_assert_nonnull(strstr(error->message, "the library's words"));
	}
	g_autoptr(GError) error = NULL;
	/* Of the library's own numbers: KRB5_CONFIG_BADFORMAT. */
	ldap_krb_error_set(&error, -1765328248, "cannot use Kerberos", "the library's words");
	g_assert_nonnull(strstr(error->message, "krb5.conf'"));
	g_assert_true(ldap_krb_error_is_clock(base + 37));
	g_assert_false(ldap_krb_error_is_clock(base + 24));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldap-conf/cases", test_cases);
	g_test_add_func("/ldap-conf/attributes", test_attributes);
	g_test_add_func("/ldap-conf/kerberos-errors", test_kerberos_errors);
	return g_test_run();
}
