/*
 * The servers of one connect: the list, and how far it has been tried.
 *
 *	g_autoptr(LdapServers) servers = ldap_servers_new(conf, mark->host, error);
 *	while (servers && (conn = ldap_servers_next(servers, error))) {
 *		if (suits(conn, &why))
 *			return conn;
 *		ldap_servers_reject(servers, g_steal_pointer(&conn), why);
 *	}
 *	return NULL;	// error: each server with its reason, the rejected ones too
 *
 * A driver that takes whatever answers uses ldap_conn_open() or ldap_conn_open_preferring().
 */
#pragma once
#include "ldap_conn_internal.h"

typedef struct LdapServers LdapServers;

/*
 * The list as of now: conf->uris, or what DNS says about conf->domain at this moment. 'preferred'
 * is a host name or a URI that is tried before all others if it is in the list, and is no more
 * than a wish: NULL, or one that left the list, is fine. 'conf' must outlive the list. ERROR_DOWN
 * if DNS knows no server, with what was asked.
 */
LdapServers *ldap_servers_new(const LdapConf *conf, const char *preferred, GError **error);

/*
 * Connects and binds to the next server that can be used; the connection does not need the list.
 * NULL at the end, or at once when the credentials were refused: the next server would refuse them
 * too, and count it towards the lockout. The error then names every server with its reason; its
 * kind and hint are those of the first.
 */
LdapConn *ldap_servers_next(LdapServers *self, GError **error);

/*
 * Gives back a connection whose server does not suit (it lags behind, it is not a writable one):
 * it is closed, and the reason goes into the error if no other server suits either. Takes both.
 */
void ldap_servers_reject(LdapServers *self, LdapConn *conn, GError *why);

/* How many were not tried yet. */
guint ldap_servers_left(const LdapServers *self);

/* Frees it; NULL is fine. */
void ldap_servers_free(LdapServers *self);

/*
 * Pure part of the discovery: appends to 'uris' (char *) a URI for each record, in their order,
 * that is not there yet. A host outside of conf->domain is left out; returns how many were.
 */
guint ldap_servers_add(GPtrArray *uris, const LdapConf *conf, GPtrArray *records);

/* Moves the URI that is, or whose host is, 'preferred' to the front. */
void ldap_servers_prefer(GPtrArray *uris, const char *preferred);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapServers, ldap_servers_free)
