/* What the texts of refused binds mean: as Windows and Samba really write them. */
#include <ldap.h>
#include <string.h>

#include "../../../src/source/ldap_ad_error_internal.h"
#include "../../../src/source/ldap_error_internal.h"

#define SSPI(data)                                                                           \
	"80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data " data \
	", v2580"

static const struct {
	int result;
	const char *text;
	const char *sentence; /* part of it */
	const char *hint;
} known[] = {
	{ 49, SSPI("52e"), "password is wrong", "bind.dn" },
	{ 49, SSPI("525"), "no such account", "bind.dn" },
	{ 49, SSPI("530"), "at this hour", "logon hours" },
	{ 49, SSPI("531"), "from this machine", "Log On To" },
	{ 49, SSPI("532"), "password of the account has expired", "never expires" },
	{ 49, SSPI("533"), "disabled", "enable" },
	{ 49, SSPI("701"), "account has expired", "end date" },
	{ 49, SSPI("773"), "must be changed", "at next logon" },
	{ 49, SSPI("775"), "locked out", "unlock" },
	/* Samba ends its lines with "v1db1", and some versions write the code in capitals. */
	{ 49,
	  "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52E, v1db1",
	  "password is wrong", "bind.dn" },
	{ 49,
	  "80090346: LdapErr: DSID-0C090569, comment: AcceptSecurityContext error, data 80090346, "
	  "v4563",
	  "channel binding", "gssapi" },
	{ 8, "BindSimple: Transport encryption required.", "encrypted connection", "ldaps://" },
	{ 8, "SASL:[GSSAPI]: Sign or Seal are required.", "signed and sealed", "ldap://" },
	{ 8,
	  "00002028: LdapErr: DSID-0C090257, comment: The server requires binds to turn on "
	  "integrity checking if SSL\\TLS are not already active on the connection, data 0, v3839",
	  "signed or encrypted", "starttls" },
};

static void test_known(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_false(ldap_error_set(&error, known[i].result, known[i].text, "ldap://dc"));
		/* Refused credentials are not offered again before somebody mended them. */
		g_assert_cmpint(error_kind(error), ==,
				known[i].result == 49 ? ERROR_CONFIG : ERROR_DOWN);
		const char *hint = strchr(error->message, '\n');
		g_assert_nonnull(hint);
		g_assert_nonnull(strstr(hint, known[i].hint));
		g_assert_nonnull(
			g_strstr_len(error->message, hint - error->message, known[i].sentence));
		/* What the server said stays readable for those who know it. */
		g_assert_nonnull(strstr(error->message, known[i].text));
	}
}

static void test_others_are_left_alone(void)
{
	static const char *const texts[] = {
		"",
		"data",
		", data ",
		", data , v1",
		", data zzz",
		", data 52",
		", data 52ef",
		", data 5",
		"data 52e",
		"invalid credentials",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 999",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_assert_null(ldap_ad_error_find(49, texts[i]));
		g_assert_null(ldap_ad_error_find(8, texts[i]));
	}
	g_assert_null(ldap_ad_error_find(49, NULL));
	g_assert_nonnull(ldap_ad_error_find(LDAP_OPERATIONS_ERROR, "00002020: Operation"));
	g_assert_null(ldap_ad_error_find(LDAP_OPERATIONS_ERROR, "00000000: Operation"));
	g_assert_null(ldap_ad_error_find(LDAP_SUCCESS, SSPI("52e")));
	g_assert_null(ldap_ad_error_find(LDAP_INSUFFICIENT_ACCESS, SSPI("52e")));
}

static void test_leading_zeros(void)
{
	g_assert_nonnull(ldap_ad_error_find(49, SSPI("0000052e")));
	g_assert_null(ldap_ad_error_find(49, SSPI("0")));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldap-ad-error/known", test_known);
	g_test_add_func("/ldap-ad-error/others", test_others_are_left_alone);
	g_test_add_func("/ldap-ad-error/zeros", test_leading_zeros);
	return g_test_run();
}
