/*
 * Names in certificates, as text.
 *
 *	Name = SEQUENCE of SET of SEQUENCE { type OBJECT IDENTIFIER, value }
 *
 *	CN=Jane Doe, OU=Sales, O=Contoso\, Ltd, C=US
 *
 * RFC 4514: the last RDN comes first, values are escaped, "+" joins the AVAs of one RDN. Behind
 * commas and around "+" stand blanks, as .NET and openssl write them; a reader of DNs skips them.
 * A type without a short name is its object id, and its value then the hex digits of its DER, as
 * is a value that is no text (RFC 4514 §2.4).
 *
 * Texts become UTF-8. T61String is read as Latin-1, which is what those who still write it mean.
 */
#include <string.h>

#include "dn_escape_internal.h"
#include "x509_internal.h"

static const char *short_name(const char *oid)
{
	static const struct {
		const char *oid, *name;
	} rows[] = {
		{ "2.5.4.3", "CN" },
		{ "2.5.4.4", "SN" },
		{ "2.5.4.5", "serialNumber" },
		{ "2.5.4.6", "C" },
		{ "2.5.4.7", "L" },
		{ "2.5.4.8", "ST" },
		{ "2.5.4.9", "STREET" },
		{ "2.5.4.10", "O" },
		{ "2.5.4.11", "OU" },
		{ "2.5.4.12", "title" },
		{ "2.5.4.17", "postalCode" },
		{ "2.5.4.42", "givenName" },
		{ "2.5.4.43", "initials" },
		{ "2.5.4.44", "generationQualifier" },
		{ "2.5.4.46", "dnQualifier" },
		{ "2.5.4.65", "pseudonym" },
		{ "2.5.4.97", "organizationIdentifier" },
		{ "0.9.2342.19200300.100.1.1", "UID" },
		{ "0.9.2342.19200300.100.1.25", "DC" },
		{ "1.2.840.113549.1.9.1", "emailAddress" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(rows[i].oid, oid) == 0)
			return rows[i].name;
	}
	return NULL;
}

/* Characters of 'width' bytes each, the first byte first. New string; NULL if it is no text. */
static char *wide_text(X509Der der, gsize width)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (der.length % width != 0)
		return NULL;
	for (gsize i = 0; i < der.length; i += width) {
		gunichar character = 0;
		for (gsize k = 0; k < width; k++)
			character = character << 8 | der.data[i + k];
		if (character == 0 || !g_unichar_validate(character))
			return NULL;
		g_string_append_unichar(text, character);
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* New string; NULL if the value is no text. */
static char *value_string(guint8 tag, X509Der der)
{
	switch (tag) {
	case DER_UTF8_STRING:
		return g_utf8_validate_len((const char *)der.data, der.length, NULL)
			       ? g_strndup((const char *)der.data, der.length)
			       : NULL;
	case DER_NUMERIC_STRING:
	case DER_PRINTABLE_STRING:
	case DER_T61_STRING:
	case DER_IA5_STRING:
	case DER_VISIBLE_STRING:
		return wide_text(der, 1);
	case DER_BMP_STRING:
		return wide_text(der, 2);
	case DER_UNIVERSAL_STRING:
		return wide_text(der, 4);
	default:
		return NULL;
	}
}

static void put_hex(GString *out, X509Der der)
{
	g_string_append_c(out, '#');
	for (gsize i = 0; i < der.length; i++)
		g_string_append_printf(out, "%02x", der.data[i]);
}

/* "CN=Jane Doe" of one type and value. */
static gboolean put_ava(GString *out, X509Der ava)
{
	X509Der oid, whole, contents;
	guint8 tag;

	if (!x509_take_tag(&ava, DER_OID, &oid) || !x509_take(&ava, &tag, &whole, &contents) ||
	    ava.length > 0)
		return FALSE;
	g_autofree char *type = x509_oid_text(oid);
	if (!type)
		return FALSE;
	const char *name = short_name(type);
	g_autofree char *value = name ? value_string(tag, contents) : NULL;

	g_string_append_printf(out, "%s=", name ? name : type);
	if (value)
		dn_escape_append(out, value, strlen(value));
	else
		put_hex(out, whole);
	return TRUE;
}

/* The AVAs of one RDN. New string; NULL if it is none. */
static char *rdn_text(X509Der rdn)
{
	g_autoptr(GString) text = g_string_new(NULL);
	X509Der ava;

	do {
		if (text->len > 0)
			g_string_append(text, " + ");
		if (!x509_take_tag(&rdn, DER_SEQUENCE, &ava) || !put_ava(text, ava))
			return NULL;
	} while (rdn.length > 0);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

char *x509_name_text(X509Der name)
{
	g_autoptr(GPtrArray) rdns = g_ptr_array_new_with_free_func(g_free);
	GString *text;
	X509Der rdn;

	while (name.length > 0) {
		char *one = x509_take_tag(&name, DER_SET, &rdn) ? rdn_text(rdn) : NULL;
		if (!one)
			return NULL;
		g_ptr_array_add(rdns, one);
	}
	text = g_string_new(NULL);
	for (guint i = rdns->len; i > 0; i--) {
		g_string_append(text, g_ptr_array_index(rdns, i - 1));
		if (i > 1)
			g_string_append(text, ", ");
	}
	return g_string_free(text, FALSE);
}
