/*
 * Servers take class names that their schema lacks for names that nobody has, so one list serves
 * OpenLDAP, 389-ds, FreeIPA and all the others.
 *
 * Members are written in four ways: member and uniqueMember hold DNs (RFC 4519), memberUid of a
 * posixGroup the uid of users (RFC 2307), memberURL a search (RFC 4516). memberOf is never asked
 * for: it is written without events, and only by some servers.
 */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "core/dn.h"
#include "ldap_attributes_internal.h"
#include "ldap_generic_internal.h"

/* [MS-ADTS] 3.1.1.3.4.3.1: LDAP_CAP_ACTIVE_DIRECTORY_OID. */
#define CAPABILITY_AD "1.2.840.113556.1.4.800"

gboolean ldap_generic_check(const LdapConn *conn, const Entry *root, GError **error)
{
	return !entry_has(root, "supportedcapabilities", CAPABILITY_AD) ||
	       error_set(error, ERROR_CONFIG, "'%s' is Active Directory\nset type = \"ad\"",
			 conn->uri);
}

/* Persons, groups, and everything that may stand above them. */
static const char *const classes[] = {
	"person",         "account",      "posixAccount",
	"nsPerson",       "groupOfNames", "groupOfUniqueNames",
	"groupOfMembers", "groupOfURLs",  "posixGroup",
	"organization",   "domain",       "organizationalUnit",
	"dcObject",       "locality",     "country",
	"nsContainer",    "container",    NULL,
};

/* What kinds and memberships are made of, besides what the config reads. */
static const char *const attributes[] = {
	"objectClass", "member", "uniqueMember", "memberUid", "uid", "memberURL", NULL,
};

void ldap_ask_init(LdapAsk *self, const LdapConf *conf, const SourceSetup *setup)
{
	self->filter = ldap_conf_filter(conf, classes);
	self->remarks = g_ptr_array_new_with_free_func(g_free);
	self->attributes = ldap_attributes_build(setup->attributes, attributes, self->remarks);
	self->coverage = g_strdup_printf("base '%s' with %s", conf->base, self->filter);
	g_autofree char *list = g_strjoinv(",", (char **)self->attributes->pdata);
	self->digest = digest_strings(list, setup->kinds ? setup->kinds : "", NULL);
}

void ldap_ask_clear(LdapAsk *self)
{
	g_free(self->filter);
	g_free(self->digest);
	g_free(self->coverage);
	g_ptr_array_unref(self->attributes);
	g_ptr_array_unref(self->remarks);
}

gboolean ldap_generic_validate(const LdapConf *conf, const char *name, GError **error)
{
	if (!ldap_conf_validate(conf, name, error))
		return FALSE;
	g_autofree char *base = dn_normalize(conf->base, strlen(conf->base));
	return base ||
	       error_set(error, ERROR_CONFIG, "source '%s': base '%s' is no DN", name, conf->base);
}
