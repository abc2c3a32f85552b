/*
 * Sub-codes in the texts of refused binds.
 *
 * Active Directory says 49 (invalid credentials) to nearly everything, and the reason in the text:
 *
 *	80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1
 *	^ SSPI status                                                               ^ Win32 error
 *
 * "data" is a Win32 error code in hexadecimal ([MS-ERREF] 2.2); Samba writes the same line. With
 * the status 80090346 it is the channel binding token that was missing or wrong, whatever "data"
 * says. Result 8 has no code worth the name (data 0): there the words tell, which Windows and Samba
 * choose differently.
 *
 * An unknown user is 525 only where the server was told to say so; usually it is 52e too.
 */
#include <ldap.h>
#include <string.h>

#include "ldap_ad_error_internal.h"

static const LdapAdError data_rows[] = {
	{ "525", ERROR_CONFIG, "there is no such account", "check bind.dn" },
	{ "52e", ERROR_CONFIG, "the password is wrong, or there is no such account",
	  "check bind.dn, as user@domain, DOMAIN\\user or a DN, and the password" },
	{ "52f", ERROR_CONFIG, "a restriction of the account forbids this way to log on",
	  "see whether it is in \"Protected Users\" or bound to an authentication policy; use "
	  "method = \"gssapi\" or another account" },
	{ "530", ERROR_CONFIG, "the account may not log on at this hour",
	  "lift the logon hours of the bind account" },
	{ "531", ERROR_CONFIG, "the account may not log on from this machine",
	  "let the bind account log on to the domain controllers (\"Log On To\")" },
	{ "532", ERROR_CONFIG, "the password of the account has expired",
	  "set a new one, and \"password never expires\" for a service account" },
	{ "533", ERROR_CONFIG, "the account is disabled", "enable the bind account" },
	{ "568", ERROR_CONFIG, "the account is in too many groups to log on",
	  "use a service account that is in few groups" },
	{ "569", ERROR_CONFIG, "the account lacks the right to log on in this way",
	  "give it \"Access this computer from the network\" on the domain controllers" },
	{ "701", ERROR_CONFIG, "the account has expired",
	  "move or remove the end date of the bind account" },
	{ "773", ERROR_CONFIG, "the password must be changed at the first logon",
	  "take \"user must change password at next logon\" off the bind account" },
	{ "775", ERROR_CONFIG, "the account is locked out after too many wrong passwords",
	  "find who used a wrong password (perhaps this very config), then unlock the account" },
};

static const LdapAdError binding_row = {
	"80090346", ERROR_CONFIG, "the server wants a channel binding that fits the TLS connection",
	"bind with method = \"gssapi\" over ldap://; or see whether something between us and the "
	"server (a load balancer) ends the TLS connection"
};

/* Of result 8. */
static const LdapAdError words_rows[] = {
	{ "Transport encryption required", ERROR_DOWN, "the server wants an encrypted connection",
	  "use ldaps:// or tls = { starttls = true; }" },
	{ "Sign or Seal are required", ERROR_DOWN,
	  "the server wants what goes over the connection signed and sealed by Kerberos",
	  "with method \"gssapi\" or \"gss-spnego\" use ldap:// and no starttls: Kerberos then "
	  "encrypts the connection" },
	{ "integrity checking", ERROR_DOWN, "the server wants binds signed or encrypted",
	  "use ldaps://, tls = { starttls = true; }, or method = \"gssapi\" over ldap://" },
};

/* Of result 1, by Samba and by Windows. */
static const LdapAdError anonymous_rows[] = {
	{ "00002020", ERROR_CONFIG, "the server lets nobody read without a bind",
	  "set bind = { dn = \"...\"; password_file = \"...\"; }, or method = \"gssapi\"" },
	{ "000004DC", ERROR_CONFIG, "the server lets nobody read without a bind",
	  "set bind = { dn = \"...\"; password_file = \"...\"; }, or method = \"gssapi\"" },
};

/* The hexadecimal number behind "data", in lower case; empty if there is none. */
static char *data_of(const char *text)
{
	const char *data = strstr(text, ", data ");

	if (!data)
		return g_strdup("");
	data += strlen(", data ");
	while (*data == '0')
		data++;
	return g_ascii_strdown(data, (gssize)strspn(data, "0123456789abcdefABCDEF"));
}

static const LdapAdError *find_data(const char *text)
{
	g_autofree char *data = data_of(text);

	if (g_str_has_prefix(text, binding_row.code) || strcmp(data, binding_row.code) == 0)
		return &binding_row;
	for (gsize i = 0; i < G_N_ELEMENTS(data_rows); i++)
		if (strcmp(data_rows[i].code, data) == 0)
			return &data_rows[i];
	return NULL;
}

const LdapAdError *ldap_ad_error_find(int result, const char *text)
{
	if (!text)
		return NULL;
	if (result == LDAP_INVALID_CREDENTIALS)
		return find_data(text);
	for (gsize i = 0; result == LDAP_OPERATIONS_ERROR && i < G_N_ELEMENTS(anonymous_rows); i++)
		if (strstr(text, anonymous_rows[i].code))
			return &anonymous_rows[i];
	for (gsize i = 0; result == LDAP_STRONG_AUTH_REQUIRED && i < G_N_ELEMENTS(words_rows); i++)
		if (strstr(text, words_rows[i].code))
			return &words_rows[i];
	return NULL;
}
