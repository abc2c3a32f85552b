/*
 * Binding a connected handle, by each of the methods.
 */
#pragma once
#include "ldap_conn_internal.h"

/*
 * Binds; a step takes at most conf->connect_timeout. *refused TRUE if the credentials are the
 * reason, so that another server would refuse them too. 'who' and 'sealed' of the connection are
 * set. DOWN, RETRY, or CONFIG for a keytab that cannot be used.
 */
gboolean ldap_bind(LdapConn *self, gboolean *refused, GError **error);
