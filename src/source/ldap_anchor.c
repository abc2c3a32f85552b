/*
 * Every directory server has an attribute that stays with an entry for its life, and each calls it
 * by a name of its own:
 *
 *	entryUUID      RFC 4530: OpenLDAP, OpenDJ, ApacheDS; text with hyphens
 *	nsUniqueId     389-ds, Oracle DSEE; text with other hyphens
 *	objectGUID     AD: 16 bytes, the first three fields little-endian
 *	GUID           eDirectory: 16 bytes
 *	ibm-entryuuid  IBM Security Directory Server; text with hyphens
 *	orclguid       Oracle Internet Directory: 32 digits without hyphens
 *
 * 389-ds has entryUUID as well, with other values, but names entries by nsUniqueId in RFC 4533:
 * who looks at such a server must prefer that, or the same person has two ids.
 */
#include <string.h>

#include "ldap_anchor_internal.h"

const char *const *ldap_anchor_attributes(void)
{
	static const char *const names[] = { "entryUUID",     "nsUniqueId", "objectGUID", "GUID",
					     "ibm-entryuuid", "orclguid",   NULL };

	return names;
}

/* orclguid. Hyphens are put where the canonical text has them. */
static gboolean from_digits(const char *digits, char *anchor)
{
	g_autofree char *text = g_strdup_printf("%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8,
						digits + 12, digits + 16, digits + 20);

	return anchor_from_text(text, anchor);
}

gboolean ldap_anchor_read(const char *attribute, const struct berval *value, char *anchor)
{
	g_autofree char *text = g_strndup(value->bv_val, value->bv_len);

	if (strlen(text) == value->bv_len && anchor_from_text(text, anchor))
		return TRUE;
	if (value->bv_len == 32 && strlen(text) == 32)
		return from_digits(text, anchor);
	if (value->bv_len != 16)
		return FALSE;
	if (g_ascii_strcasecmp(attribute, "objectGUID") == 0)
		anchor_from_guid((const guint8 *)value->bv_val, anchor);
	else
		anchor_from_uuid((const guint8 *)value->bv_val, anchor);
	return TRUE;
}
