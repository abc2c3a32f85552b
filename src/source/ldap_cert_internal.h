/*
 * The dates of a server's certificate, for a diagnosis: libldap says nothing about them.
 */
#pragma once
#include <glib.h>
#include <ldap.h>

/* "has expired on ..." or "is not valid before ..."; NULL if the dates are fine or unreadable. */
char *ldap_cert_date_problem(LDAP *ld, gint64 now_us);

/* Both dates of a DER certificate (RFC 5280 §4.1.2.5). FALSE if it cannot be read. */
gboolean ldap_cert_dates(const void *der, gsize length, gint64 *not_before_us,
			 gint64 *not_after_us);
