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
	const char *uri; /* the one that answered */
} LdapConn;

/* The end of an operation. */
typedef struct {
	int code;
	char *text;             /* the server's words, or NULL; owned */
	LDAPControl **controls; /* or NULL; owned */
} LdapResult;

/* Connects and binds to the first server of the list that can be used. DOWN, CONFIG or RETRY. */
LdapConn *ldap_conn_open(const LdapConf *conf, GError **error);

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

/* Takes apart a final message (any type that is not entry, reference or intermediate). */
gboolean ldap_conn_result(LdapConn *self, LDAPMessage *message, LdapResult *result, GError **error);

/* Frees what a result holds. */
void ldap_result_clear(LdapResult *result);

/* Reads one entry by DN ("" is the root DSE), as an Entry without anchor. 'uri' is in errors. */
Entry *ldap_conn_read(LdapConn *self, const char *dn, const char *const *attributes,
		      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapConn, ldap_conn_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(LdapResult, ldap_result_clear)
