/*
 * Signed assertions: the one home of libjwt.
 *
 *	base64url({"alg":"ES256","kid":"k1","typ":"JWT"}) . base64url(claims) . base64url(signature)
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

static char *sign_as(jwt_alg_t algorithm, const char *claims, const char *key_id, const Secret *key)
{
	jwt_t *jwt = NULL;
	char *made = NULL, *copy = NULL;

	if (jwt_new(&jwt) != 0)
		return NULL;
	if (jwt_add_grants_json(jwt, claims) == 0 &&
	    (!key_id || jwt_add_header(jwt, "kid", key_id) == 0) &&
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

char *credential_jwt_sign(const json_t *claims, const char *key_id, const Secret *key,
			  GError **error)
{
	g_autofree char *text = NULL;
	char *jwt;

	if (!is_readable(key, error))
		return NULL;
	text = json_canonical(claims);
	jwt = sign_as(JWT_ALG_RS256, text, key_id, key);
	if (jwt && signature_length(jwt) >= RSA_SIGNATURE_MIN)
		return jwt;
	if (jwt) {
		credential_wipe(jwt);
		error_set(error, ERROR_CONFIG,
			  "auth.key is shorter than 2048 bits, which no service may take");
		return NULL;
	}
	jwt = sign_as(JWT_ALG_ES256, text, key_id, key);
	if (jwt && signature_length(jwt) == P256_SIGNATURE)
		return jwt;
	credential_wipe(jwt);
	error_set(error, ERROR_CONFIG,
		  "auth.key cannot sign: it must be an RSA key, or an EC key on the curve P-256\n"
		  "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 makes one");
	return NULL;
}
