/*
 * Signed assertions: the one home of libjwt.
 *
 *	base64url({"alg":"ES256","kid":"k1","typ":"JWT"}) . base64url(claims) . base64url(signature)
 *
 * Some services know a key by the certificate that it belongs to, and want that one's digest beside
 * "kid" or in place of it: "x5t" is SHA-1 of the certificate's bytes, "x5t#S256" SHA-256.
 *
 * The kind of key says the algorithm: RSA signs RS256, EC on the curve P-256 signs ES256 (RFC 7518
 * §3.3, §3.4). libjwt does not tell the kind, but refuses to sign with the wrong one. It does not
 * look at the size either: the length of the signature is that of the key, so a short RSA key or
 * another curve is noticed by it.
 *
 * An encrypted key must not reach libjwt: OpenSSL would ask for its password on the terminal.
 */
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "credential_internal.h"

#define RSA_SIGNATURE_MIN 342 /* base64url of 256 bytes: 2048 bits, the least of RFC 7518 §3.3 */
#define P256_SIGNATURE 86     /* of 64 bytes, RFC 7518 §3.4 */

#define BEGIN_CERTIFICATE "-----BEGIN CERTIFICATE-----"
#define CERTIFICATE_MIN 64 /* bytes; none is as small */
#define DER_SEQUENCE 0x30
#define DIGEST_MAX 32

static char *sign_as(jwt_alg_t algorithm, const char *claims, const char *head, const Secret *key)
{
	jwt_t *jwt = NULL;
	char *made = NULL, *copy = NULL;

	if (jwt_new(&jwt) != 0)
		return NULL;
	if (jwt_add_grants_json(jwt, claims) == 0 &&
	    (!head || jwt_add_headers_json(jwt, head) == 0) &&
	    jwt_set_alg(jwt, algorithm, (const unsigned char *)secret_peek(key),
			(int)secret_length(key)) == 0)
		made = jwt_encode_str(jwt);
	if (made) {
		copy = g_strdup(made);
		secret_wipe(made, strlen(made));
		free(made); /* lint: free */
	}
	jwt_free(jwt);
	return copy;
}

static gsize signature_length(const char *jwt)
{
	return strlen(strrchr(jwt, '.') + 1);
}

static gboolean is_readable(const Secret *key, GError **error)
{
	const char *text = secret_peek(key);

	if (!strstr(text, "-----BEGIN "))
		return error_set(error, ERROR_CONFIG,
				 "auth.key is no private key in PEM form (-----BEGIN ...)\n"
				 "of a JSON file take the text of private_key, with real line "
				 "breaks");
	if (strstr(text, "ENCRYPTED"))
		return error_set(error, ERROR_CONFIG,
				 "auth.key is encrypted\n"
				 "write it without a password: openssl pkey -in key.pem -out "
				 "plain.pem, and chmod 600 that");
	return TRUE;
}

char *credential_jwt_sign(const json_t *claims, const json_t *head_, const Secret *key,
			  GError **error)
{
	g_autofree char *text = NULL;
	g_autofree char *head = head_ ? json_canonical(head_) : NULL;
	char *jwt;

	if (!is_readable(key, error))
		return NULL;
	text = json_canonical(claims);
	jwt = sign_as(JWT_ALG_RS256, text, head, key);
	if (jwt && signature_length(jwt) >= RSA_SIGNATURE_MIN)
		return jwt;
	if (jwt) {
		credential_wipe(jwt);
		error_set(error, ERROR_CONFIG,
			  "auth.key is shorter than 2048 bits, which no service may take");
		return NULL;
	}
	jwt = sign_as(JWT_ALG_ES256, text, head, key);
	if (jwt && signature_length(jwt) == P256_SIGNATURE)
		return jwt;
	credential_wipe(jwt);
	error_set(error, ERROR_CONFIG,
		  "auth.key cannot sign: it must be an RSA key, or an EC key on the curve P-256\n"
		  "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one");
	return NULL;
}

/* What the header says of the key -------------------------------------------------------------- */

/* The bytes of the first certificate of a PEM file, or NULL. */
static guchar *certificate_of(const char *pem, gsize *length)
{
	const char *begin = strstr(pem, BEGIN_CERTIFICATE);
	const char *end = begin ? strstr(begin, "-----END CERTIFICATE-----") : NULL;

	if (!end)
		return NULL;
	begin += strlen(BEGIN_CERTIFICATE);
	g_autofree char *text = g_strndup(begin, (gsize)(end - begin));
	guchar *bytes = g_base64_decode(text, length);
	if (*length > CERTIFICATE_MIN && bytes[0] == DER_SEQUENCE)
		return bytes;
	g_free(bytes);
	return NULL;
}

static void put_digest(json_t *head, const char *name, GChecksumType type, const guchar *bytes,
		       gsize length)
{
	g_autoptr(GChecksum) sum = g_checksum_new(type);
	guint8 digest[DIGEST_MAX];
	gsize size = sizeof(digest);

	g_checksum_update(sum, bytes, (gssize)length);
	g_checksum_get_digest(sum, digest, &size);
	g_autofree char *text = g_base64_encode(digest, size);
	g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
	text[strcspn(text, "=")] = '\0';
	json_object_set_new(head, name, json_string(text));
}

static gboolean put_certificate(json_t *head, const char *file, GError **error)
{
	g_autofree char *pem = NULL;
	g_autofree guchar *bytes = NULL;
	g_autoptr(GError) cause = NULL;
	gsize length = 0;

	if (!g_file_get_contents(file, &pem, NULL, &cause))
		return error_set(error, ERROR_CONFIG, "cannot read auth.certificate: %s",
				 cause->message);
	bytes = certificate_of(pem, &length);
	if (!bytes)
		return error_set(error, ERROR_CONFIG,
				 "auth.certificate '%s' holds no certificate in PEM form "
				 "(-----BEGIN CERTIFICATE-----)",
				 file);
	put_digest(head, "x5t", G_CHECKSUM_SHA1, bytes, length);
	put_digest(head, "x5t#S256", G_CHECKSUM_SHA256, bytes, length);
	return TRUE;
}

json_t *credential_jwt_head(const char *key_id, const char *certificate_file, GError **error)
{
	g_autoptr(json_t) head = json_object();

	if (key_id)
		json_object_set_new(head, "kid", json_lossy_string(key_id, strlen(key_id)));
	if (certificate_file && !put_certificate(head, certificate_file, error))
		return NULL;
	return g_steal_pointer(&head);
}
