/*
 * Paged searches (RFC 2696) to their very end, entry by entry.
 */
#pragma once
#include "ldap_conn_internal.h"

/* One entry, borrowed. FALSE stops the search with 'error'. */
typedef gboolean (*LdapPageFn)(LdapConn *conn, LDAPMessage *entry, void *data, GError **error);

/* How the search ended when no error was set. */
typedef struct {
	guint64 entries;
	guint references;
} LdapPageCount;

/*
 * Searches page by page, halving the page where the server finds it too large. TRUE only if the
 * last page ended with success. A base that is not there (any more) is no failure: no entries.
 */
gboolean ldap_page_search(LdapConn *conn, const LdapSearch *search, LdapPageFn fn, void *data,
			  LdapPageCount *count, GError **error);
