/*
 * X.509 certificates, RFC 5280 §4.1, as far as they can be described without cryptography.
 *
 *	Certificate = SEQUENCE { TBS, algorithm, signature BIT STRING }
 *	TBS         = SEQUENCE { [0] version, serial INTEGER, algorithm, issuer, validity, subject,
 *	                         key SEQUENCE { algorithm, BIT STRING },
 *	                         [1] issuer id, [2] subject id, [3] extensions }
 *	algorithm   = SEQUENCE { OBJECT IDENTIFIER, parameters }
 *	extension   = SEQUENCE { OBJECT IDENTIFIER, critical BOOLEAN, OCTET STRING }
 *
 * Nothing is verified: no signature, no chain, no date.
 *
 * This is not left to libcrypto although it is linked: whatever decodes a name, an algorithm or a
 * key there looks into its table of object ids, and that loads the configuration file of OpenSSL
 * with all modules that it names. The value of an attribute is no reason to read files.
 *
 * DER is strict, and so is this: lengths are definite and as short as they can be, tags are those
 * of one byte, nothing is left over behind the last element. Certificates are read from a directory
 * where anybody may have written them.
 */
#include <string.h>

#include "base/timefmt.h"
#include "x509_internal.h"

#define MULTI_BYTE_TAG 31
#define LONG_LENGTH 128
#define LENGTH_BYTES 4
#define UTC_TIME_LENGTH 13         /* "500101000000Z" */
#define GENERALIZED_TIME_LENGTH 15 /* "20500101000000Z" */

/* The length at the second byte; its first byte if it is short, those behind it if not. */
static gboolean read_length(const X509Der *der, gsize *head, gsize *length)
{
	gsize count = der->data[1] & (LONG_LENGTH - 1);

	*head = 2;
	*length = der->data[1];
	if (*length < LONG_LENGTH)
		return TRUE;
	if (count == 0 || count > LENGTH_BYTES || count > der->length - 2)
		return FALSE;
	*head += count;
	*length = 0;
	for (gsize i = 2; i < *head; i++)
		*length = *length << 8 | der->data[i];
	return der->data[2] != 0 && *length >= LONG_LENGTH;
}

gboolean x509_take(X509Der *der, guint8 *tag, X509Der *whole, X509Der *contents)
{
	gsize head, length;

	if (der->length < 2 || (der->data[0] & MULTI_BYTE_TAG) == MULTI_BYTE_TAG ||
	    !read_length(der, &head, &length) || length > der->length - head)
		return FALSE;
	*tag = der->data[0];
	*whole = (X509Der){ der->data, head + length };
	*contents = (X509Der){ der->data + head, length };
	der->data += whole->length;
	der->length -= whole->length;
	return TRUE;
}

gboolean x509_take_tag(X509Der *der, guint8 tag, X509Der *contents)
{
	X509Der whole;
	guint8 found;

	return x509_take(der, &found, &whole, contents) && found == tag;
}

/* Takes the element if it is the next one; *contents is empty if it is not. */
static gboolean take_optional(X509Der *der, guint8 tag, X509Der *contents)
{
	*contents = (X509Der){ 0 };
	return der->length == 0 || der->data[0] != tag || x509_take_tag(der, tag, contents);
}

static gboolean read_version(X509Der *tbs, int *version)
{
	X509Der tagged, number;

	*version = 1;
	if (!take_optional(tbs, DER_VERSION, &tagged))
		return FALSE;
	if (!tagged.data)
		return TRUE;
	if (!x509_take_tag(&tagged, DER_INTEGER, &number) || tagged.length > 0 ||
	    number.length != 1 || number.data[0] > 2)
		return FALSE;
	*version = number.data[0] + 1;
	return TRUE;
}

/* An algorithm; its parameters are whatever is behind its id. */
static gboolean read_algorithm(X509Der *der, X509Der *oid, X509Der *parameters)
{
	X509Der inside, contents;
	guint8 tag;

	if (!x509_take_tag(der, DER_SEQUENCE, &inside) || !x509_take_tag(&inside, DER_OID, oid))
		return FALSE;
	*parameters = (X509Der){ 0 };
	return inside.length == 0 ||
	       (x509_take(&inside, &tag, parameters, &contents) && inside.length == 0);
}

/* RFC 5280 §4.1.2.5: seconds and Z always; two digits of a year are 1950 to 2049. */
static gboolean read_time(X509Der *der, gint64 *us)
{
	X509Der whole, contents;
	char text[GENERALIZED_TIME_LENGTH + 1] = "";
	guint8 tag;

	if (!x509_take(der, &tag, &whole, &contents))
		return FALSE;
	if (tag == DER_UTC_TIME && contents.length == UTC_TIME_LENGTH) {
		memcpy(text, contents.data[0] < '5' ? "20" : "19", 2);
		memcpy(text + 2, contents.data, UTC_TIME_LENGTH);
	} else if (tag == DER_GENERALIZED_TIME && contents.length == GENERALIZED_TIME_LENGTH) {
		memcpy(text, contents.data, GENERALIZED_TIME_LENGTH);
	}
	return strspn(text, "0123456789") == GENERALIZED_TIME_LENGTH - 1 &&
	       timefmt_parse_generalized(text, us);
}

static gboolean read_validity(X509Der *tbs, X509Cert *cert)
{
	X509Der validity;

	return x509_take_tag(tbs, DER_SEQUENCE, &validity) &&
	       read_time(&validity, &cert->not_before_us) &&
	       read_time(&validity, &cert->not_after_us) && validity.length == 0;
}

static gboolean read_key(X509Der *tbs, X509Cert *cert)
{
	X509Der key, bits;

	return x509_take_tag(tbs, DER_SEQUENCE, &key) &&
	       read_algorithm(&key, &cert->key_oid, &cert->key_parameters) &&
	       x509_take_tag(&key, DER_BIT_STRING, &bits) && key.length == 0;
}

static gboolean read_extensions(X509Der *tbs, X509Cert *cert)
{
	X509Der ignored, tagged;

	if (!take_optional(tbs, DER_ISSUER_ID, &ignored) ||
	    !take_optional(tbs, DER_SUBJECT_ID, &ignored) ||
	    !take_optional(tbs, DER_EXTENSIONS, &tagged) || tbs->length > 0)
		return FALSE;
	return !tagged.data ||
	       (x509_take_tag(&tagged, DER_SEQUENCE, &cert->extensions) && tagged.length == 0);
}

static gboolean read_tbs(X509Der tbs, X509Cert *cert)
{
	X509Der parameters;

	return read_version(&tbs, &cert->version) &&
	       x509_take_tag(&tbs, DER_INTEGER, &cert->serial) && cert->serial.length > 0 &&
	       read_algorithm(&tbs, &cert->signature_oid, &parameters) &&
	       x509_take_tag(&tbs, DER_SEQUENCE, &cert->issuer) && read_validity(&tbs, cert) &&
	       x509_take_tag(&tbs, DER_SEQUENCE, &cert->subject) && read_key(&tbs, cert) &&
	       read_extensions(&tbs, cert);
}

/* One extension; FALSE at the end of them or if it is none. */
static gboolean take_extension(X509Der *der, X509Der *oid, gboolean *critical)
{
	X509Der inside, flag, value;

	if (!x509_take_tag(der, DER_SEQUENCE, &inside) || !x509_take_tag(&inside, DER_OID, oid) ||
	    !take_optional(&inside, DER_BOOLEAN, &flag))
		return FALSE;
	*critical = flag.length == 1 && flag.data[0] != 0;
	return x509_take_tag(&inside, DER_OCTET_STRING, &value) && inside.length == 0;
}

gboolean x509_foreach_extension(const X509Cert *cert, X509ExtensionFn fn, void *data)
{
	X509Der rest = cert->extensions, oid;
	gboolean critical;

	while (rest.length > 0) {
		if (!take_extension(&rest, &oid, &critical))
			return FALSE;
		fn(oid, critical, data);
	}
	return TRUE;
}

/* X.690 §8.19: numbers of seven bits a byte, the first two in one. */
char *x509_oid_text(X509Der oid)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint64 number = 0;

	if (oid.length == 0 || oid.data[oid.length - 1] & 0x80)
		return NULL;
	for (gsize i = 0; i < oid.length; i++) {
		if (number > G_MAXUINT64 >> 7)
			return NULL;
		number = number << 7 | (oid.data[i] & 0x7f);
		if (oid.data[i] & 0x80)
			continue;
		guint64 first = MIN(number / 40, 2);
		if (text->len == 0)
			g_string_append_printf(text, "%u.%" G_GUINT64_FORMAT, (guint)first,
					       number - 40 * first);
		else
			g_string_append_printf(text, ".%" G_GUINT64_FORMAT, number);
		number = 0;
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void check_oid(X509Der oid, gboolean critical, void *data)
{
	g_autofree char *text = x509_oid_text(oid);

	if (!text)
		*(gboolean *)data = FALSE;
}

/* True if every part can be told, so that no function fails on half of a certificate. */
static gboolean is_readable(const X509Cert *cert)
{
	g_autofree char *issuer = x509_name_text(cert->issuer);
	g_autofree char *subject = x509_name_text(cert->subject);
	gboolean good = issuer && subject;

	check_oid(cert->signature_oid, FALSE, &good);
	check_oid(cert->key_oid, FALSE, &good);
	return x509_foreach_extension(cert, check_oid, &good) && good;
}

gboolean x509_read(const void *data, gsize length, X509Cert *cert)
{
	X509Der der = { data, length }, inside, tbs, oid, parameters, signature;

	memset(cert, 0, sizeof(*cert));
	cert->whole = der;
	return x509_take_tag(&der, DER_SEQUENCE, &inside) && der.length == 0 &&
	       x509_take_tag(&inside, DER_SEQUENCE, &tbs) &&
	       read_algorithm(&inside, &oid, &parameters) &&
	       x509_take_tag(&inside, DER_BIT_STRING, &signature) && inside.length == 0 &&
	       read_tbs(tbs, cert) && is_readable(cert);
}
