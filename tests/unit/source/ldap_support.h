/*
 * An LDAP server that says what a test wrote down beforehand, over a pair of sockets: libldap
 * numbers its requests 1, 2, 3, so the answers can lie ready before they are asked for.
 */
#pragma once
#include <ldap.h>

#include "../../../src/source/ldap_conn_internal.h"

typedef struct {
	LdapConn *conn; /* as if connected and bound; owned unless taken */
	LdapConf conf;
	int peer; /* the server's end */
	Sockbuf *requests;
} LdapScript;

/* A connection; its first request has number 1. */
LdapScript *ldap_script_new(void);

/* Closes both ends; the connection only if it was not set to NULL. */
void ldap_script_free(LdapScript *self);

/*
 * Answers request 'msgid' with an entry. Each line is "name: text", "name:: base64" or, for an
 * attribute without values, "name". The same name in consecutive lines has several values.
 */
void ldap_script_entry(LdapScript *self, int msgid, const char *dn, const char *lines);

/* Ends request 'msgid' with a result code. */
void ldap_script_result(LdapScript *self, int msgid, int code);

/* Answers with success, but as if the request had been to modify something. */
void ldap_script_other(LdapScript *self, int msgid);

/* Answers with an intermediate message of RFC 4533. */
void ldap_script_sync_info(LdapScript *self, int msgid, const void *value, gsize length);

/* The server goes away, behind what it has said already. */
void ldap_script_hang_up(LdapScript *self);

/*
 * The next request, as "base|attribute,attribute|control control!|", "!" for critical; "" if it is
 * no search, NULL if there is none. New string.
 */
char *ldap_script_asked(LdapScript *self);

/* Sends request 'msgid' and takes its first answer; free with ldap_msgfree(). */
LDAPMessage *ldap_script_message(LdapScript *self, int msgid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdapScript, ldap_script_free)
