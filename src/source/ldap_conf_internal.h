/*
 * The settings that every driver over LDAP shares, and their check. A driver's own struct has an
 * LdapConf named 'ldap', and its table starts with LDAP_CONF_ROWS(ItsStruct).
 */
#pragma once
#include "base/secret.h"
#include "conf/option.h"

typedef enum {
	LDAP_BIND_SIMPLE,
	LDAP_BIND_EXTERNAL, /* SASL EXTERNAL: over ldapi the process is who it is */
	LDAP_BIND_ANONYMOUS,
	LDAP_BIND_GSSAPI,     /* Kerberos */
	LDAP_BIND_GSS_SPNEGO, /* the same, wrapped as Windows does it */
} LdapBindMethod;

typedef struct {
	int method; /* LdapBindMethod */
	char *dn;
	Secret *password;
	char *keytab;    /* with Kerberos; or NULL: the ticket is in the default cache */
	char *principal; /* of the keytab; or NULL: its first one */
} LdapBind;

typedef struct {
	char *ca_file; /* or NULL: the system's */
	gboolean starttls;
} LdapTls;

typedef struct {
	GPtrArray *uris; /* char *, in order of preference; empty with 'domain' */
	char *domain;    /* whose domain controllers DNS knows; or NULL */
	char *site;      /* of Active Directory: whose domain controllers come first; or NULL */
	char *base;
	LdapBind bind;
	LdapTls tls;
	gboolean insecure;
	gint64 connect_timeout_us; /* one URI: TCP, TLS and bind each */
	gint64 timeout_us;         /* no message for so long ends an operation */
	GPtrArray *classes;        /* char *; NULL or empty: the driver's own */
	gint64 page_size;
} LdapConf;

extern const Option ldap_bind_options[];
extern const Option ldap_tls_options[];

#define LDAP_CONF_ROWS(Holder)                                                                    \
	OPTION(STRINGS, Holder, ldap.uris, "uri", 0),                                             \
		OPTION(STRING, Holder, ldap.domain, "domain", 0),                                 \
		OPTION(STRING, Holder, ldap.site, "site", 0),                                     \
		OPTION(STRING, Holder, ldap.base, "base", OPTION_REQUIRED),                       \
		OPTION(GROUP, Holder, ldap.bind, "bind", 0, .table = ldap_bind_options),          \
		OPTION(GROUP, Holder, ldap.tls, "tls", 0, .table = ldap_tls_options),             \
		OPTION(BOOL, Holder, ldap.insecure, "insecure", 0, .fallback = "false"),          \
		OPTION(DURATION, Holder, ldap.connect_timeout_us, "connect_timeout", 0,           \
		       .fallback = "10s"),                                                        \
		OPTION(DURATION, Holder, ldap.timeout_us, "timeout", 0, .fallback = "60s"),       \
		OPTION(STRINGS, Holder, ldap.classes, "classes", 0),                              \
		OPTION(INT, Holder, ldap.page_size, "page_size", 0, .fallback = "1000", .min = 1, \
		       .max = 100000)

/* Checks what a table cannot say. ERROR_CONFIG with the fix. No I/O. */
gboolean ldap_conf_validate(const LdapConf *conf, const char *source, GError **error);

/*
 * The filter that goes to the server: an OR of objectClass terms and nothing else, from the
 * setting or, where there is none, from 'fallback' (NULL-terminated). New string.
 */
char *ldap_conf_filter(const LdapConf *conf, const char *const *fallback);

/* True for the methods that bind with a Kerberos ticket. */
gboolean ldap_conf_is_kerberos(const LdapConf *conf);

/*
 * With 'domain': whether connections begin in the clear (ldap://) because Kerberos or StartTLS
 * then makes them private. Otherwise ldaps://.
 */
gboolean ldap_conf_wants_ldap_scheme(const LdapConf *conf);

/* True if nobody on the way can read what this URI's connection carries. */
gboolean ldap_conf_is_private(const LdapConf *conf, const char *uri);

/* Escapes a value for a filter, RFC 4515 §3. New string. */
char *ldap_conf_escape(const char *value);
