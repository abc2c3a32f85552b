/*
 * What a directory that is not AD is asked for: classes and attributes, the same for every driver.
 */
#pragma once
#include "ldap_conn_internal.h"

/*
 * ERROR_CONFIG if this root DSE, read with supportedCapabilities, is that of Active Directory,
 * which needs a driver of its own.
 */
gboolean ldap_generic_check(const LdapConn *conn, const Entry *root, GError **error);
#include <glib.h>

/* Persons, groups, and everything that may stand above them; NULL-terminated. */
const char *const *ldap_generic_classes(void);

/* What kinds and memberships are made of, besides what the config reads; NULL-terminated. */
const char *const *ldap_generic_attributes(void);
