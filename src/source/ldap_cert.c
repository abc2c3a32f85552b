/*
 * Reads notBefore and notAfter out of an X.509 certificate with liblber, which is there anyway.
 *
 *	Certificate ::= SEQUENCE { tbsCertificate SEQUENCE {
 *		version [0] OPTIONAL, serialNumber INTEGER, signature SEQUENCE, issuer SEQUENCE,
 *		validity SEQUENCE { notBefore Time, notAfter Time }, ... } ... }
 *	Time ::= CHOICE { utcTime UTCTime (0x17), generalTime GeneralizedTime (0x18) }
 *
 * For a message to people only: nothing here decides whether a certificate is trusted.
 */
#include <lber.h>
#include <string.h>

#include "base/timefmt.h"
#include "ldap_cert_internal.h"

enum {
	TAG_VERSION = 0xa0,
	TAG_UTC_TIME = 0x17,
};

static gboolean read_time(BerElement *ber, gint64 *us)
{
	ber_len_t length;
	ber_tag_t tag = ber_peek_tag(ber, &length);
	struct berval value;

	if (ber_scanf(ber, "m", &value) == LBER_ERROR || value.bv_len < 2)
		return FALSE;
	g_autofree char *text = g_strndup(value.bv_val, value.bv_len);
	/* UTCTime has two digits of the year: 50 to 99 are 19xx (RFC 5280 §4.1.2.5.1). */
	g_autofree char *full = tag == TAG_UTC_TIME
					? g_strconcat(text[0] >= '5' ? "19" : "20", text, NULL)
					: g_strdup(text);
	return timefmt_parse_generalized(full, us);
}

/* Steps over one element whatever it is. */
static gboolean skip(BerElement *ber)
{
	return ber_scanf(ber, "x") != LBER_ERROR;
}

static gboolean read_dates(BerElement *ber, gint64 *not_before_us, gint64 *not_after_us)
{
	ber_len_t length;

	if (ber_skip_tag(ber, &length) == LBER_DEFAULT ||
	    ber_skip_tag(ber, &length) == LBER_DEFAULT)
		return FALSE;
	if (ber_peek_tag(ber, &length) == TAG_VERSION && !skip(ber))
		return FALSE;
	if (!skip(ber) || !skip(ber) || !skip(ber))
		return FALSE;
	return ber_skip_tag(ber, &length) != LBER_DEFAULT && read_time(ber, not_before_us) &&
	       read_time(ber, not_after_us);
}

gboolean ldap_cert_dates(const void *der, gsize length, gint64 *not_before_us, gint64 *not_after_us)
{
	g_autofree char *copy = g_memdup2(der, length);
	struct berval value = { .bv_val = copy, .bv_len = length };
	gint64 first, last;

	if (length == 0)
		return FALSE;
	BerElement *ber = ber_init(&value);
	gboolean ok = ber && read_dates(ber, &first, &last);
	ber_free(ber, 1);
	if (!ok)
		return FALSE;
	*not_before_us = first;
	*not_after_us = last;
	return TRUE;
}

char *ldap_cert_date_problem(LDAP *ld, gint64 now_us)
{
	struct berval der = { 0 };
	gint64 first, last;

	if (ldap_get_option(ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || !der.bv_val)
		return NULL;
	gboolean ok = ldap_cert_dates(der.bv_val, der.bv_len, &first, &last);
	ber_memfree(der.bv_val);
	if (!ok || (first <= now_us && now_us <= last))
		return NULL;
	g_autofree char *when = timefmt_rfc3339(now_us < first ? first : last);
	return g_strdup_printf(now_us < first ? "is not valid before %s" : "has expired on %s",
			       when);
}
