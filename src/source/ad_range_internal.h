/*
 * Groups that are larger than one answer of Active Directory ("member;range=0-1499").
 */
#pragma once
#include "core/entry.h"
#include "ldap_conn_internal.h"

/*
 * Appends the members from number 'next' on to the entry, asking again and again until the server
 * says that it was the last. RETRY ("cut short") if it answers anything else than what was asked,
 * or if the entry is gone: then the entry must not be put, and the pull is incomplete.
 */
gboolean ad_range_read(LdapConn *conn, Entry *entry, gint64 next, GError **error);

/*
 * Reads one entry whole, with all its members, by its anchor. 'attributes' are those to keep; what
 * else is needed is asked for here. NULL without an error if it is gone (or deleted). Of an
 * attribute other than member that has more values than one answer holds, it has the first ones.
 */
Entry *ad_group_read(LdapConn *conn, const char *anchor, const char *const *attributes,
		     GError **error);
