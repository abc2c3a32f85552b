/*
 * Functions about certificates, in attributes like userCertificate: one certificate a value, DER or
 * text in base64 with or without the lines of PEM. What is in them is read by x509.c.
 *
 *	CertSubject([userCertificate])      "CN=Jane Doe, OU=Sales, O=Contoso\, Ltd, C=US"
 *	CertThumbprint([userCertificate])   "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B", SHA-1
 *	CertNotAfter([userCertificate])     "6/29/2021 4:00:00 PM", UTC like every date here
 *
 * Serial numbers and key parameters are the bytes of the certificate in hex, the first one first.
 * Object ids are dotted; CertKeyAlgorithm and CertPublicKeyOid are the same one. CertExtensionOids
 * are those of the critical extensions.
 *
 * A value is only described, never trusted: no signature, chain or date is checked. What is no
 * certificate from the first to the last byte fails the object, and IsCert asks first.
 *
 * Not here, of the functions that Connect Sync has: CertFriendlyName, a name that Windows' own
 * certificate store keeps beside the certificate; CertIssuerOid, CertSubjectNameOid and
 * CertPublicKeyParametersOid, fields of .NET's objects that say nothing about the certificate;
 * CertNameInfo, which chooses among names by rules that only Windows has.
 */
#include <string.h>

#include "core/moment.h"
#include "functions_value_internal.h"
#include "x509_internal.h"

/* Without the lines of PEM. New text; NULL if they are not those of one certificate. */
static char *strip_pem(const char *text)
{
	const char *begin = "-----BEGIN CERTIFICATE-----", *end = "-----END CERTIFICATE-----";
	g_autofree char *stripped = g_strstrip(g_strdup(text));

	if (!g_str_has_prefix(stripped, "-----"))
		return g_steal_pointer(&stripped);
	if (!g_str_has_prefix(stripped, begin) || !g_str_has_suffix(stripped, end) ||
	    strlen(stripped) < strlen(begin) + strlen(end))
		return NULL;
	return g_strndup(stripped + strlen(begin), strlen(stripped) - strlen(begin) - strlen(end));
}

/* The DER of a value. New memory; NULL if it is neither bytes nor base64. */
static guint8 *read_der(const Value *value, gsize *length)
{
	if (value->type == VALUE_BYTES) {
		*length = value->string.length;
		return g_memdup2(value->string.data, MAX(value->string.length, 1));
	}
	if (value->type != VALUE_STRING)
		return NULL;
	g_autofree char *text = strip_pem(value->string.data);
	Value stripped = { .type = VALUE_STRING, .string = { text, text ? strlen(text) : 0 } };
	return text ? argument_base64(&stripped, length) : NULL;
}

typedef const Value *(*CertFn)(const FunctionContext *context, const X509Cert *cert,
			       GError **error);

static const Value *with_cert(const FunctionContext *context, const Value *const *args, CertFn fn,
			      GError **error)
{
	X509Cert cert;
	gsize length;

	if (argument_is_missing(args[0]))
		return value_null();
	g_autofree guint8 *der = read_der(args[0], &length);
	if (!der || !x509_read(der, length, &cert))
		return argument_refuse(args[0], "certificate", error);
	return fn(context, &cert, error);
}

static const Value *give_hex(const FunctionContext *context, X509Der der, GError **error)
{
	static const char digits[] = "0123456789ABCDEF";
	char *hex = function_text(context, 2 * der.length, error);

	if (!hex)
		return NULL;
	for (gsize i = 0; i < der.length; i++) {
		hex[2 * i] = digits[der.data[i] >> 4];
		hex[2 * i + 1] = digits[der.data[i] & 15];
	}
	return value_borrow(context->arena, hex, 2 * der.length);
}

static const Value *thumbprint(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	g_autofree char *hex = g_compute_checksum_for_data(G_CHECKSUM_SHA1, cert->whole.data,
							   cert->whole.length);

	return result_taken(context, g_ascii_strup(hex, -1), error);
}

static const Value *subject(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, x509_name_text(cert->subject), error);
}

static const Value *issuer(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, x509_name_text(cert->issuer), error);
}

static const Value *serial(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return give_hex(context, cert->serial, error);
}

static const Value *not_before(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, moment_date_text(cert->not_before_us), error);
}

static const Value *not_after(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, moment_date_text(cert->not_after_us), error);
}

static const Value *version(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, g_strdup_printf("%d", cert->version), error);
}

static const Value *format(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_text(context, "X509", strlen("X509"), error);
}

static const Value *signature_oid(const FunctionContext *context, const X509Cert *cert,
				  GError **error)
{
	return result_taken(context, x509_oid_text(cert->signature_oid), error);
}

static const Value *key_oid(const FunctionContext *context, const X509Cert *cert, GError **error)
{
	return result_taken(context, x509_oid_text(cert->key_oid), error);
}

static const Value *key_parameters(const FunctionContext *context, const X509Cert *cert,
				   GError **error)
{
	return cert->key_parameters.length == 0 ? value_null()
						: give_hex(context, cert->key_parameters, error);
}

static void add_critical(X509Der oid, gboolean critical, void *oids)
{
	if (critical)
		g_ptr_array_add(oids, x509_oid_text(oid));
}

static const Value *critical_oids(const FunctionContext *context, const X509Cert *cert,
				  GError **error)
{
	g_autoptr(GPtrArray) oids = g_ptr_array_new_with_free_func(g_free);

	x509_foreach_extension(cert, add_critical, oids);
	const Value **items = arena_alloc(context->arena, (oids->len + 1) * sizeof(*items));
	for (guint i = 0; i < oids->len; i++) {
		const char *oid = g_ptr_array_index(oids, i);
		items[i] = result_text(context, oid, strlen(oid), error);
		if (!items[i])
			return NULL;
	}
	return value_list(context->arena, items, oids->len);
}

static const Value *is_cert(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	X509Cert cert;
	gsize length;

	g_autofree guint8 *der = args[0] ? read_der(args[0], &length) : NULL;
	return value_bool(der && x509_read(der, length, &cert));
}

/* A function of the table for what is made of one certificate. */
#define CERT_FUNCTION(name, fn)                                                            \
	static const Value *name(const FunctionContext *context, const Value *const *args, \
				 guint count, GError **error)                              \
	{                                                                                  \
		return with_cert(context, args, fn, error);                                \
	}

CERT_FUNCTION(cert_thumbprint, thumbprint)
CERT_FUNCTION(cert_subject, subject)
CERT_FUNCTION(cert_issuer, issuer)
CERT_FUNCTION(cert_serial, serial)
CERT_FUNCTION(cert_not_before, not_before)
CERT_FUNCTION(cert_not_after, not_after)
CERT_FUNCTION(cert_version, version)
CERT_FUNCTION(cert_format, format)
CERT_FUNCTION(cert_signature_oid, signature_oid)
CERT_FUNCTION(cert_key_oid, key_oid)
CERT_FUNCTION(cert_key_parameters, key_parameters)
CERT_FUNCTION(cert_critical_oids, critical_oids)

#define CERT_ROW(name, fn)                                                               \
	{                                                                                \
		name, 1, 1, fn, name "(certificate)", .lists = LISTS_EACH, .bytes = TRUE \
	}

const Function functions_cert[] = {
	{ "IsCert", 1, 1, is_cert, "IsCert(source)", .bytes = TRUE, .sure = TRUE },
	CERT_ROW("CertThumbprint", cert_thumbprint),
	CERT_ROW("CertHashString", cert_thumbprint),
	CERT_ROW("CertSubject", cert_subject),
	CERT_ROW("CertSubjectNameDN", cert_subject),
	CERT_ROW("CertIssuer", cert_issuer),
	CERT_ROW("CertIssuerDN", cert_issuer),
	CERT_ROW("CertSerialNumber", cert_serial),
	CERT_ROW("CertNotBefore", cert_not_before),
	CERT_ROW("CertNotAfter", cert_not_after),
	CERT_ROW("CertVersion", cert_version),
	CERT_ROW("CertFormat", cert_format),
	CERT_ROW("CertSignatureAlgorithmOid", cert_signature_oid),
	CERT_ROW("CertKeyAlgorithm", cert_key_oid),
	CERT_ROW("CertKeyAlgorithmParams", cert_key_parameters),
	CERT_ROW("CertPublicKeyOid", cert_key_oid),
	CERT_ROW("CertExtensionOids", cert_critical_oids),
	{ 0 },
};
