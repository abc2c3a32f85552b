/*
 * A domain controller: who answered, what it holds, and what the bind account may see there.
 */
#pragma once
#include "ldap_conn_internal.h"

typedef struct {
	char *host;    /* dnsHostName, or the URI */
	char *context; /* DN of the naming context that holds the base, as the server writes it */
	char *domain;  /* objectGUID of that context: the same on all its controllers */
	char *dsa;     /* objectGUID of its NTDS settings: survives a restore; NULL: not told */
	char *invocation;    /* invocationId: does not survive a restore; NULL: not told */
	gint64 highest;      /* highestCommittedUSN when we connected; -1: not told */
	gint64 clock_us;     /* its clock when we connected; 0: not told */
	gboolean tombstones; /* deleted objects can be read */
} AdServer;

/*
 * Finds all this out. ERROR_CONFIG if it is no Active Directory, if no naming context of it holds
 * the base, or if the base does not exist.
 */
gboolean ad_server_identify(LdapConn *conn, const char *base, AdServer *out, GError **error);

/* Frees what it holds and zeroes it. */
void ad_server_clear(AdServer *self);

/* How an administrator lets the account read deleted objects: sentences for a hint. New string. */
char *ad_server_tombstone_fix(const AdServer *self);

/* The same for the right to replicate changes. */
char *ad_server_dirsync_fix(const AdServer *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AdServer, ad_server_clear)
