/*
 * Schema: which attributes a server knows, for 'check'.
 */
#pragma once
#include "ldap_conn_internal.h"

/*
 * Adds the names of all attribute types of the server's schema, lower case, all synonyms, to
 * 'names' (a set of strings that it owns), over a connection of its own. A server that shows no
 * schema adds nothing.
 */
gboolean ldap_schema_names(const LdapConf *conf, GHashTable *names, GError **error);
