/*
 * What a directory that is not AD is asked for: classes and attributes, the same for every driver.
 */
#pragma once
#include "ldap_conn_internal.h"
#include "source/source.h"

/* What a source asks for, made of its settings. */
typedef struct {
	char *filter;
	GPtrArray *attributes; /* char *, NULL-terminated */
	char *digest;          /* of the attributes and of what says who is a user or a group */
	char *coverage;        /* what part of the directory is read, for people */
	GPtrArray *remarks;    /* char *: about the settings, noted in every pull */
} LdapAsk;

/* Makes it; clear it. */
void ldap_ask_init(LdapAsk *self, const LdapConf *conf, const SourceSetup *setup);

/* Frees what it holds. */
void ldap_ask_clear(LdapAsk *self);

/* The settings that every such driver must check. ERROR_CONFIG with the fix. No I/O. */
gboolean ldap_generic_validate(const LdapConf *conf, const char *name, GError **error);

/*
 * ERROR_CONFIG if this root DSE, read with supportedCapabilities, is that of Active Directory,
 * which needs a driver of its own.
 */
gboolean ldap_generic_check(const LdapConn *conn, const Entry *root, GError **error);
