/*
 * The edge at which LDAP result codes (RFC 4511 §4.1.9) become error kinds.
 *
 * A row says what can be done about a code, in the order of the protocol's numbers; libldap's own
 * codes are negative. What has no row is RETRY: the server had a reason of its own, and asking
 * again harms nobody. The server's text is kept: it often is the only real information ("Account
 * locked", "consumer state is newer than provider!"), but it is foreign input and gets cleaned.
 * What Active Directory hides in it is in ldap_ad_error.c.
 */
#include <string.h>

#include "base/error.h"
#include "ldap_ad_error_internal.h"
#include "ldap_error_internal.h"

typedef struct {
	int code;
	ErrorKind kind;
	const char *sentence;
	const char *hint; /* or NULL */
} CodeRow;

#define LIMITS_HINT                                                                    \
	"lift the limits of the bind account; OpenLDAP, inside the database section: " \
	"limits dn.exact=\"<bind dn>\" size=unlimited time=unlimited; "                \
	"389-ds, on the account: nsSizeLimit and nsLookThroughLimit -1"

static const CodeRow code_rows[] = {
	{ LDAP_OPERATIONS_ERROR, ERROR_RETRY, "the server could not carry out the operation",
	  NULL },
	{ LDAP_PROTOCOL_ERROR, ERROR_RETRY, "the server did not understand the request", NULL },
	{ LDAP_TIMELIMIT_EXCEEDED, ERROR_CONFIG, "the server's time limit cut the answer short",
	  LIMITS_HINT },
	{ LDAP_SIZELIMIT_EXCEEDED, ERROR_CONFIG, "the server's size limit cut the answer short",
	  LIMITS_HINT },
	{ LDAP_AUTH_METHOD_NOT_SUPPORTED, ERROR_DOWN, "the server does not take this way to bind",
	  "look at bind.method" },
	{ LDAP_STRONG_AUTH_REQUIRED, ERROR_DOWN, "the server wants an encrypted connection",
	  "use ldaps:// or tls = { starttls = true; }" },
	{ LDAP_REFERRAL, ERROR_CONFIG, "the server does not hold the base and names another server",
	  "use the uri of the server that holds it" },
	{ LDAP_ADMINLIMIT_EXCEEDED, ERROR_CONFIG, "an administrative limit cut the answer short",
	  LIMITS_HINT },
	{ LDAP_UNAVAILABLE_CRITICAL_EXTENSION, ERROR_CONFIG,
	  "the server does not offer content synchronisation (RFC 4533) for this base",
	  "load the overlay syncprov on the database (389-ds: enable the plugins Content "
	  "Synchronization and Retro Changelog)" },
	{ LDAP_CONFIDENTIALITY_REQUIRED, ERROR_DOWN, "the server wants an encrypted connection",
	  "use ldaps:// or tls = { starttls = true; }" },
	{ LDAP_NO_SUCH_OBJECT, ERROR_CONFIG,
	  "the base does not exist there, or the bind account may not see it",
	  "check \"base\", and that the account may read it" },
	{ LDAP_INVALID_DN_SYNTAX, ERROR_CONFIG, "a DN in the config is no DN",
	  "check \"base\" and bind.dn" },
	{ LDAP_INAPPROPRIATE_AUTH, ERROR_DOWN, "the server refuses this way to bind",
	  "look at bind.method" },
	{ LDAP_INVALID_CREDENTIALS, ERROR_CONFIG, "the server refuses the credentials",
	  "check bind.dn and the password, and that the account is not locked" },
	{ LDAP_INSUFFICIENT_ACCESS, ERROR_CONFIG, "the bind account may not do this",
	  "give it the right to read the base" },
	{ LDAP_BUSY, ERROR_RETRY, "the server is busy", NULL },
	/* Active Directory and Samba also say so when the Kerberos ticket of a connection ends. */
	{ LDAP_UNAVAILABLE, ERROR_RETRY,
	  "the server is not available just now, or the Kerberos ticket of the connection is over",
	  "the next attempt makes a new connection" },
	{ LDAP_UNWILLING_TO_PERFORM, ERROR_RETRY, "the server is unwilling", NULL },
	{ LDAP_SYNC_REFRESH_REQUIRED, ERROR_STALE, "the server refuses the cookie", NULL },
	{ LDAP_SERVER_DOWN, ERROR_DOWN,
	  "the connection to the server broke, or the server ended it", NULL },
	{ LDAP_TIMEOUT, ERROR_DOWN, "the server gave no answer in time",
	  "see whether it is overloaded; the limit is \"timeout\"" },
	{ LDAP_AUTH_UNKNOWN, ERROR_DOWN,
	  "this machine or the server does not know this SASL mechanism",
	  "install Cyrus SASL's module for GSSAPI (Debian: libsasl2-modules-gssapi-mit)" },
	{ LDAP_LOCAL_ERROR, ERROR_DOWN, "could not bind with Kerberos", NULL },
	{ LDAP_CONNECT_ERROR, ERROR_DOWN, "could not start TLS", NULL },
	{ LDAP_DECODING_ERROR, ERROR_DOWN, "the server's answer could not be decoded", NULL },
};

static const CodeRow *code_find(int code)
{
	static const CodeRow other = { LDAP_OTHER, ERROR_RETRY,
				       "the server could not do what was asked", NULL };

	for (gsize i = 0; i < G_N_ELEMENTS(code_rows); i++)
		if (code_rows[i].code == code)
			return &code_rows[i];
	return &other;
}

/* The server's words on one line, valid UTF-8, bounded. */
static char *clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, 400));

	for (char *p = valid; *p; p++)
		if (g_ascii_iscntrl(*p))
			*p = ' ';
	return g_strdup(g_strstrip(valid));
}

gboolean ldap_error_set(GError **error, int code, const char *text, const char *uri)
{
	const LdapAdError *known = ldap_ad_error_find(code, text);
	CodeRow row = *code_find(code);
	g_autofree char *words = clean(text ? text : "");

	/* What AD says is for its programmers. */
	gboolean apart = *words && strstr(words, "DSID-");

	if (known)
		row = (CodeRow){ code, known->kind, known->sentence, known->hint };
	return error_set(error, row.kind, "'%s': %s (LDAP result %d, %s%s%s)%s%s%s%s", uri,
			 row.sentence, code, ldap_err2string(code), *words && !apart ? ": " : "",
			 apart ? "" : words, apart ? "\nthe server says: " : "", apart ? words : "",
			 row.hint ? "\n" : "", row.hint ? row.hint : "");
}
