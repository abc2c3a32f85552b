/*
 * One libldap handle, connected to one URI and not yet bound, with every trap of libldap avoided.
 */
#pragma once
#include <ldap.h>

#include "ldap_conf_internal.h"

/* How much of the server's certificate is checked. A bind may follow LDAP_VERIFY_ALL only. */
typedef enum {
	LDAP_VERIFY_ALL,
	LDAP_VERIFY_NAME, /* the host name, not who signed it: for diagnosis */
	LDAP_VERIFY_NOTHING,
} LdapVerify;

/*
 * Makes a handle and connects: TCP, and TLS where the URI or the settings ask for it. NULL and
 * ERROR_DOWN, or ERROR_CONFIG for a CA file that cannot be used, with the bare reason.
 */
LDAP *ldap_handle_open(const LdapConf *conf, const char *uri, LdapVerify verify, GError **error);

/* Unbinds and frees; NULL is fine. */
void ldap_handle_close(LDAP *ld);

/* The host of a URI; "" if it has none. New string. */
char *ldap_handle_host(const char *uri);

/* Waits until the asynchronous connect is through. FALSE when 'until_us' (monotonic) passed. */
gboolean ldap_handle_wait_connected(LDAP *ld, gint64 until_us);

/*
 * Why a connection that failed did so: the name does not resolve, refused, no answer, or what is
 * wrong with the certificate, found by connecting again without verification and without binding.
 */
char *ldap_handle_diagnose(const LdapConf *conf, const char *uri, int saved_errno, gint64 took_us);
