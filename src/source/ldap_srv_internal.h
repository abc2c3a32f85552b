/*
 * SRV records (RFC 2782): asking for them, and the order in which their servers are to be tried.
 */
#pragma once
#include <glib.h>

typedef struct {
	guint16 priority; /* low before high */
	guint16 weight;   /* the share of those with the same priority */
	guint16 port;
	char *host; /* lower case, without the final dot; "" is "there is no such service" */
} LdapSrv;

/* A number from 0 to 'most', both possible. */
typedef guint32 (*LdapSrvRandom)(guint32 most, void *data);

/* The SRV records (LdapSrv *) of a DNS answer; NULL if it cannot be read. */
GPtrArray *ldap_srv_parse(const guint8 *answer, gsize length);

/*
 * Sorts by priority, and within one by chance in proportion to the weights. 'chance' NULL is
 * GLib's; tests bring their own.
 */
void ldap_srv_order(GPtrArray *records, LdapSrvRandom chance, void *data);

/*
 * Asks DNS. A name that does not exist, or has no such records, gives an empty array. No answer
 * within about 'limit_us', or a refusal, is ERROR_DOWN.
 */
GPtrArray *ldap_srv_ask(const char *name, gint64 limit_us, GError **error);
