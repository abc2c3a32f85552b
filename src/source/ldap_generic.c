/*
 * Servers take class names that their schema lacks for names that nobody has, so one list serves
 * OpenLDAP, 389-ds, FreeIPA and all the others.
 *
 * Members are written in four ways: member and uniqueMember hold DNs (RFC 4519), memberUid of a
 * posixGroup the uid of users (RFC 2307), memberURL a search (RFC 4516). memberOf is never asked
 * for: it is written without events, and only by some servers.
 */
#include "base/error.h"
#include "ldap_generic_internal.h"

/* [MS-ADTS] 3.1.1.3.4.3.1: LDAP_CAP_ACTIVE_DIRECTORY_OID. */
#define CAPABILITY_AD "1.2.840.113556.1.4.800"

gboolean ldap_generic_check(const LdapConn *conn, const Entry *root, GError **error)
{
	return !entry_has(root, "supportedcapabilities", CAPABILITY_AD) ||
	       error_set(error, ERROR_CONFIG, "'%s' is Active Directory\nset type = \"ad\"",
			 conn->uri);
}

const char *const *ldap_generic_classes(void)
{
	static const char *const classes[] = {
		"person",         "account",      "posixAccount",
		"nsPerson",       "groupOfNames", "groupOfUniqueNames",
		"groupOfMembers", "groupOfURLs",  "posixGroup",
		"organization",   "domain",       "organizationalUnit",
		"dcObject",       "locality",     "country",
		"nsContainer",    "container",    NULL,
	};

	return classes;
}

const char *const *ldap_generic_attributes(void)
{
	static const char *const attributes[] = {
		"objectClass", "member", "uniqueMember", "memberUid", "uid", "memberURL", NULL,
	};

	return attributes;
}
