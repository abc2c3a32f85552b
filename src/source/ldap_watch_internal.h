/*
 * A search that never ends: the server answers it whenever something changes.
 */
#pragma once
#include "ldap_conn_internal.h"

/* True if this entry or intermediate message says that something changed. */
typedef gboolean (*LdapWatchFn)(LDAP *ld, LDAPMessage *message, void *data);

typedef struct LdapWatch LdapWatch;

/* Takes over the connection, on which nothing may be under way. Of 'data' only 'fn' knows. */
LdapWatch *ldap_watch_new(LdapConn *conn, LdapWatchFn fn, void *data);

/*
 * Starts the search, and gives the server the time to refuse it: then TRUE with refused->code not
 * LDAP_SUCCESS, and another search may be tried. What changes from now on is told.
 */
gboolean ldap_watch_search(LdapWatch *self, const LdapSearch *search, LdapResult *refused,
			   GError **error);

/* The descriptor to poll for reading. */
int ldap_watch_fd(const LdapWatch *self);

/*
 * Takes what has come, without waiting. *news is set to TRUE if something changed. To be called at
 * least once a minute, also when nothing came: then it asks whether the server still lives, and
 * keeps it from closing a connection that looks idle. DOWN or RETRY end the watch.
 */
gboolean ldap_watch_news(LdapWatch *self, gboolean *news, GError **error);

/* The connection, for reading something else over it. */
LdapConn *ldap_watch_conn(const LdapWatch *self);

/* Disconnects and frees; NULL is fine. */
void ldap_watch_free(LdapWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapWatch, ldap_watch_free)
