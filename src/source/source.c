/*
 * The registry of sources: one row for each type and way of following changes.
 *
 * A type is what the administrator runs ("openldap"), a driver is how changes are followed
 * ("syncrepl"). The first row of a type is what "auto" means, and its filters are the defaults.
 *
 * Only a lock that an administrator set counts as disabled on OpenLDAP: ppolicy writes the same
 * attribute with a real time when somebody mistyped the password too often, and that passes.
 */
#include "source/source.h"

#include <string.h>

extern const SourceOps source_ad;
extern const SourceOps source_ldif;
extern const SourceOps source_scan;
extern const SourceOps source_syncrepl;

typedef struct {
	const char *type;
	const char *changes;
	const SourceOps *ops;
	SourceDefaults defaults;
} SourceRow;

#define PERSONS "(|(objectClass=person)(objectClass=inetOrgPerson))"
#define GROUPS                                                                                     \
	"(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)" \
	"(objectClass=groupOfURLs)(objectClass=posixGroup))"
#define LOCKED_BY_ADMIN "(pwdAccountLockedTime=000001010000Z)"

#define OPENLDAP_DEFAULTS                                                        \
	{                                                                        \
		PERSONS, GROUPS, LOCKED_BY_ADMIN, "(pwdAccountLockedTime=*)", "" \
	}
/* nsPerson: what dsidm makes. krbPrincipalExpiration: FreeIPA. */
#define DS389_DEFAULTS                                                                  \
	{                                                                               \
		"(|" PERSONS "(objectClass=nsPerson))", GROUPS, "(nsAccountLock=true)", \
			"(accountUnlockTime=*)", "krbPrincipalExpiration"               \
	}

#define AD_DEFAULTS                                                                           \
	{                                                                                     \
		"(&(objectCategory=person)(objectClass=user))", "(objectClass=group)",        \
			"(userAccountControl:1.2.840.113556.1.4.803:=2)", "(lockoutTime>=1)", \
			"accountExpires"                                                      \
	}

static const SourceRow rows[] = {
	{ "ad", "dirsync", &source_ad, AD_DEFAULTS },
	{ "ad", "usn", &source_ad, AD_DEFAULTS },
	{ "ad", "scan", &source_ad, AD_DEFAULTS },
	{ "openldap", "syncrepl", &source_syncrepl, OPENLDAP_DEFAULTS },
	{ "openldap", "scan", &source_scan, OPENLDAP_DEFAULTS },
	{ "389ds", "syncrepl", &source_syncrepl, DS389_DEFAULTS },
	{ "389ds", "scan", &source_scan, DS389_DEFAULTS },
	{ "ldap",
	  "scan",
	  &source_scan,
	  { PERSONS, GROUPS,
	    "(|" LOCKED_BY_ADMIN "(nsAccountLock=true)(loginDisabled=true)"
	    "(ds-pwp-account-disabled=true))",
	    "(|(pwdAccountLockedTime=*)(accountUnlockTime=*)(lockedByIntruder=true))", "" } },
	{ "ldif",
	  "scan",
	  &source_ldif,
	  { "(&" PERSONS "(!(objectClass=computer)))",
	    "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=group))",
	    "(|" LOCKED_BY_ADMIN "(nsAccountLock=true)"
	    "(userAccountControl:1.2.840.113556.1.4.803:=2))",
	    "(|(pwdAccountLockedTime=*)(lockoutTime>=1)(accountUnlockTime=*))",
	    "accountExpires" } },
};

const SourceOps *source_find(const char *type, const char *changes)
{
	gboolean any = !changes || strcmp(changes, "auto") == 0;

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].type, type) == 0 &&
		    (any || strcmp(rows[i].changes, changes) == 0))
			return rows[i].ops;
	return NULL;
}

void source_changes(const char *type, GPtrArray *names)
{
	g_ptr_array_add(names, (gpointer) "auto");
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			g_ptr_array_add(names, (gpointer)rows[i].changes);
}

const char *const *source_types(void)
{
	static const char *const types[] = { "ad", "openldap", "389ds", "ldap", "ldif", NULL };

	return types;
}

const SourceDefaults *source_defaults(const char *type)
{
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i].defaults;
	return &rows[0].defaults;
}
