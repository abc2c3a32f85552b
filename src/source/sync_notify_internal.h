/*
 * Being told that something changed, by servers that are pulled with content synchronisation.
 */
#pragma once
#include "ldap_conn_internal.h"

typedef struct SyncNotify SyncNotify;

/*
 * Asks the server to tell of changes to what 'filter' finds beneath 'base'. Owns 'conn' from now
 * on, also on failure. Changes from before may be told too, or not: pull once afterwards. DOWN,
 * CONFIG or RETRY.
 */
SyncNotify *sync_notify_open(LdapConn *conn, const char *base, const char *filter, GError **error);

/* The descriptor to poll for reading. */
int sync_notify_fd(const SyncNotify *self);

/*
 * Takes what has come, without waiting. *news is set to TRUE if something changed. Call it once a
 * minute at least, also when nothing came: it is then that it asks whether the server still lives.
 */
gboolean sync_notify_news(SyncNotify *self, gboolean *news, GError **error);

/* Disconnects and frees; NULL is fine. */
void sync_notify_close(SyncNotify *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SyncNotify, sync_notify_close)
