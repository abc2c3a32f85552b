/*
 * A bound connection to one server of the list, and the few operations that drivers need.
 */
#pragma once
#include <ldap.h>

#include "core/entry.h"
#include "ldap_conf_internal.h"

typedef struct {
	LDAP *ld;
	const LdapConf *conf;
	char *uri;       /* the one that answered */
	char *who;       /* as whom Kerberos made us bind; or NULL */
	char *remark;    /* a doubt about how the server was found, for describe; or NULL */
	gboolean sealed; /* what goes over it is signed and encrypted by Kerberos */
} LdapConn;

/* The end of an operation. */
typedef struct {
	int code;
	char *text;             /* the server's words, or NULL; owned */
	LDAPControl **controls; /* or NULL; owned */
} LdapResult;

/* Connects and binds to the first server of the list that can be used. DOWN, CONFIG or RETRY. */
LdapConn *ldap_conn_open(const LdapConf *conf, GError **error);

/*
 * The same, with a server that is tried before the others if it is in the list: a host name or a
 * URI, or NULL. The connection says which one it became. To go on with the next server after a
 * look at one, use LdapServers.
 */
LdapConn *ldap_conn_open_preferring(const LdapConf *conf, const char *preferred, GError **error);

/*
 * One server. *refused TRUE if it failed because of the credentials, so that trying another server
 * is no use and may lock the account.
 */
LdapConn *ldap_conn_open_one(const LdapConf *conf, const char *uri, gboolean *refused,
			     GError **error);

/*
 * For a finding of "check": which server answered, as what we are bound to it, and whether others
 * can read along. 'server' is what the driver knows about it ("openldap", "DC dc1.corp.example").
 */
char *ldap_conn_describe(const LdapConn *self, const char *server);

/* Unbinds and frees; NULL is fine. */
void ldap_conn_close(LdapConn *self);

/* What to search for. Everything is borrowed. */
typedef struct {
	const char *base;
	int scope;
	const char *filter;
	const char *const *attributes;
	LDAPControl **controls;
} LdapSearch;

/* Starts a search with the largest size limit that can be asked for. */
gboolean ldap_conn_search(LdapConn *self, const LdapSearch *search, int *msgid, GError **error);

/*
 * The next single message of an operation; free with ldap_msgfree(). Waits as long as
 * conf->timeout allows; then the operation is abandoned and the error is DOWN.
 */
gboolean ldap_conn_next(LdapConn *self, int msgid, LDAPMessage **message, GError **error);

/* The same with a time limit of its own, for what comes before the first operation. */
gboolean ldap_conn_wait(LdapConn *self, int msgid, gint64 limit_us, LDAPMessage **message,
			GError **error);

/* True for what ends an operation: any type that is not entry, reference or intermediate. */
gboolean ldap_conn_is_final(LDAPMessage *message);

/* Takes apart a final message. */
gboolean ldap_conn_result(LdapConn *self, LDAPMessage *message, LdapResult *result, GError **error);

/* Frees what a result holds. */
void ldap_result_clear(LdapResult *result);

/* Reads one entry by DN ("" is the root DSE), as an Entry without anchor. 'uri' is in errors. */
Entry *ldap_conn_read(LdapConn *self, const char *dn, const char *const *attributes,
		      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapConn, ldap_conn_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LdapResult, ldap_result_clear)
