/*
 * Change notification of Active Directory: being told that something changed, not what.
 */
#pragma once
#include "ldap_conn_internal.h"

typedef struct AdNotify AdNotify;

/*
 * Asks the server to tell of every change below 'domain_dn', the root of a naming context. Owns
 * 'conn' from now on, also on failure. DOWN, CONFIG or RETRY.
 */
AdNotify *ad_notify_open(LdapConn *conn, const char *domain_dn, GError **error);

/* The descriptor to poll for reading. */
int ad_notify_fd(const AdNotify *self);

/*
 * Takes what has come, without waiting. *news is set to TRUE if something changed. Call it once a
 * minute at least, also when nothing came: it is then that it asks whether the server still lives.
 */
gboolean ad_notify_news(AdNotify *self, gboolean *news, GError **error);

/* Disconnects and frees; NULL is fine. */
void ad_notify_close(AdNotify *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AdNotify, ad_notify_close)
