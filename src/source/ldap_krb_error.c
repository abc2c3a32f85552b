/*
 * The edge at which codes of the krb5 library become sentences.
 *
 * The kinds: CONFIG, as for a refused password, where the domain refuses the account or its key:
 * each further try may count as a wrong password; and where krb5.conf or our own config is at
 * fault. DOWN where what is to be done is done elsewhere (the domain, the network, the clock). What
 * has no row keeps the words of the library, which are good enough for the rest.
 */
#include <krb5.h>

#include "base/error.h"
#include "ldap_krb_internal.h"

typedef struct {
	krb5_error_code code;
	ErrorKind kind;
	const char *sentence;
	const char *hint;
} KrbRow;

#define EXPORT_HINT                                                                     \
	"export the keytab again (ktpass, or samba-tool domain exportkeytab), without " \
	"changing the password afterwards"

static const KrbRow rows[] = {
	{ KRB5KDC_ERR_PREAUTH_FAILED, ERROR_CONFIG,
	  "the keytab does not fit the account: its password was changed since", EXPORT_HINT },
	{ KRB5KRB_AP_ERR_BAD_INTEGRITY, ERROR_CONFIG,
	  "the keytab does not fit the account: its password was changed since", EXPORT_HINT },
	{ KRB5KRB_AP_ERR_MODIFIED, ERROR_DOWN,
	  "the server cannot decrypt the ticket: another account holds its service name, or a "
	  "password was changed",
	  "look with setspn -Q ldap/<host> whether the name is there once; " EXPORT_HINT },
	{ KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, ERROR_DOWN, "the domain does not know this principal",
	  "check bind.principal: the account's name and the realm in capitals; a domain "
	  "controller that was not told yet says the same of a new account" },
	{ KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, ERROR_DOWN,
	  "the domain does not know the server by this name",
	  "use the full host name of the domain controller in uri, not an alias and not the name "
	  "of the domain; and set rdns = false in krb5.conf" },
	{ KRB5KDC_ERR_CLIENT_REVOKED, ERROR_CONFIG,
	  "the account is disabled, expired or locked out", "see to the bind account" },
	{ KRB5KDC_ERR_NAME_EXP, ERROR_CONFIG, "the account has expired",
	  "move or remove the end date of the bind account" },
	{ KRB5KDC_ERR_KEY_EXP, ERROR_CONFIG,
	  "the password of the account has expired or must be changed",
	  "take \"user must change password at next logon\" off the account, or set \"password "
	  "never expires\" for it, and export the keytab again if "
	  "the password is changed" },
	{ KRB5KDC_ERR_POLICY, ERROR_CONFIG, "a policy of the domain forbids this logon",
	  "see to the logon hours and authentication policies of the bind account" },
	{ KRB5KDC_ERR_ETYPE_NOSUPP, ERROR_DOWN,
	  "the keytab and the domain have no encryption type in common",
	  "export the keytab with AES keys (ktpass /crypto AES256-SHA1), and allow AES for the "
	  "account" },
	{ KRB5_KT_NOTFOUND, ERROR_DOWN,
	  "the keytab has no key of an encryption type that the domain takes",
	  "export the keytab with AES keys (ktpass /crypto AES256-SHA1), and allow AES for the "
	  "account" },
	{ KRB5KRB_AP_ERR_SKEW, ERROR_DOWN,
	  "the clock of this host differs too much from the "
	  "domain's",
	  "run ntp or chrony on this host" },
	{ KRB5KRB_AP_ERR_TKT_NYV, ERROR_DOWN,
	  "the clock of this host differs too much from the "
	  "domain's",
	  "run ntp or chrony on this host" },
	{ KRB5_KDCREP_SKEW, ERROR_DOWN,
	  "the clock of this host differs too much from the "
	  "domain's",
	  "run ntp or chrony on this host" },
	{ KRB5KRB_AP_ERR_TKT_EXPIRED, ERROR_DOWN, "the ticket is over",
	  "set keytab in bind, so that we get tickets ourselves; or renew the one in the cache" },
	{ KRB5_KDC_UNREACH, ERROR_DOWN, "no Kerberos server (KDC) of the realm answers",
	  "see whether port 88 of the domain controllers can be reached, and what krb5.conf says "
	  "about the realm" },
	{ KRB5_REALM_UNKNOWN, ERROR_DOWN, "no Kerberos server (KDC) of the realm can be found",
	  "name the realm in capitals; DNS needs _kerberos._udp.<realm>, or krb5.conf the kdc" },
	{ KRB5_REALM_CANT_RESOLVE, ERROR_DOWN,
	  "the host name of the Kerberos server (KDC) does "
	  "not resolve",
	  "look at the kdc of the realm in krb5.conf, and at DNS" },
	{ KRB5_CONFIG_NODEFREALM, ERROR_CONFIG, "the realm is not known",
	  "write it into bind.principal (svc@CORP.EXAMPLE), or set default_realm in krb5.conf" },
	{ KRB5_CONFIG_BADFORMAT, ERROR_CONFIG, "the config of Kerberos is not well-formed",
	  "mend" },
	{ KRB5_CONFIG_CANTOPEN, ERROR_CONFIG, "the config of Kerberos cannot be read",
	  "let the user of dirbridge read" },
	{ KRB5_PARSE_MALFORMED, ERROR_CONFIG, "that is no name of a principal",
	  "write it as svc-bridge@CORP.EXAMPLE" },
	{ KRB5_FCC_NOFILE, ERROR_DOWN, "there is no ticket in the default cache",
	  "set keytab in bind, so that we get tickets ourselves; or fill the cache that "
	  "KRB5CCNAME names" },
	{ KRB5_CC_NOTFOUND, ERROR_DOWN, "there is no ticket in the default cache",
	  "set keytab in bind, so that we get tickets ourselves; or fill the cache that "
	  "KRB5CCNAME names" },
	{ KRB5_KEYTAB_BADVNO, ERROR_CONFIG, "the file is no keytab", "name a keytab in bind" },
	{ KRB5_KT_END, ERROR_CONFIG, "the keytab is empty", "export it again" },
};

static const KrbRow *row_find(gint32 code)
{
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

gboolean ldap_krb_error_set(GError **error, gint32 code, const char *what, const char *words)
{
	const KrbRow *row = row_find(code);

	if (!row)
		return error_set(error, ERROR_DOWN, "%s: %s", what, words);
	if (code == KRB5_CONFIG_BADFORMAT || code == KRB5_CONFIG_CANTOPEN) {
		const char *file = g_getenv("KRB5_CONFIG");

		file = file ? file : "/etc/krb5.conf";
		return error_set(error, row->kind, "%s: %s: '%s' (%s)\n%s '%s'", what,
				 row->sentence, file, words, row->hint, file);
	}
	return error_set(error, row->kind, "%s: %s (%s)\n%s", what, row->sentence, words,
			 row->hint);
}

gboolean ldap_krb_error_is_clock(gint32 code)
{
	return code == KRB5KRB_AP_ERR_SKEW || code == KRB5KRB_AP_ERR_TKT_NYV ||
	       code == KRB5_KDCREP_SKEW;
}
