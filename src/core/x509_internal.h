/*
 * X.509 certificates, taken apart: who, by whom, from when until when.
 */
#pragma once
#include <glib.h>

/* Bytes of DER, within the bytes of their certificate. */
typedef struct {
	const guint8 *data;
	gsize length;
} X509Der;

typedef struct {
	X509Der whole;
	int version;             /* 1 to 3 */
	X509Der serial;          /* the bytes of the number */
	X509Der issuer, subject; /* contents of the names */
	gint64 not_before_us;    /* since 1970 UTC */
	gint64 not_after_us;
	X509Der signature_oid, key_oid; /* contents of the object ids */
	X509Der key_parameters;         /* whole; empty if there are none */
	X509Der extensions;             /* contents of their sequence */
} X509Cert;

/* FALSE if the bytes are not exactly one certificate. 'cert' points into them. */
gboolean x509_read(const void *data, gsize length, X509Cert *cert);

/* "2.5.29.15". New string; NULL if it is no object id, or a number in it exceeds 64 bits. */
char *x509_oid_text(X509Der oid);

/*
 * A name as text, the last RDN first: "CN=Jane Doe, O=Contoso\, Ltd, C=US"; UTF-8. New string; NULL
 * if it is no name.
 */
char *x509_name_text(X509Der name);

/* Calls 'fn' for every extension. FALSE if they are none. */
typedef void (*X509ExtensionFn)(X509Der oid, gboolean critical, void *data);
gboolean x509_foreach_extension(const X509Cert *cert, X509ExtensionFn fn, void *data);

/* Between the files x509*.c -------------------------------------------------------------------- */

enum {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_NUMERIC_STRING = 0x12,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_VISIBLE_STRING = 0x1a,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_ISSUER_ID = 0x81, /* [1] and [2] of a certificate */
	DER_SUBJECT_ID = 0x82,
	DER_VERSION = 0xa0, /* [0] and [3] */
	DER_EXTENSIONS = 0xa3,
};

/* Takes the next element: its identifier octet, all of it, and its contents. */
gboolean x509_take(X509Der *der, guint8 *tag, X509Der *whole, X509Der *contents);

/* Takes an element of that identifier; its contents. */
gboolean x509_take_tag(X509Der *der, guint8 tag, X509Der *contents);
