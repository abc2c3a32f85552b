/*
 * What is asked of a token service, to the byte; what its answers mean; and that what is signed can
 * be checked by others.
 */
#include <jwt.h>
#include <string.h>

#include "../../../src/target/credential_internal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "credential_support.h"

#define NOW (G_GINT64_CONSTANT(1795000000) * CLOCK_SECOND)
#define URL "token_url = \"https://id.example/token\"; "
#define CLIENT "client_id = \"me & you\"; client_secret = \"a+b/c:d\"; "

/* Requests ------------------------------------------------------------------------------------- */

static const struct {
	const char *text, *form, *basic;
} requests[] = {
	{ "type = \"client_credentials\"; " URL CLIENT "scope = \"a b\";",
	  "grant_type=client_credentials&scope=a%20b",
	  /* RFC 6749 §2.3.1: encoded first, "me%20%26%20you:a%2Bb%2Fc%3Ad" */
	  "Authorization: Basic bWUlMjAlMjYlMjB5b3U6YSUyQmIlMkZjJTNBZA==" },
	{ "type = \"client_credentials\"; " URL CLIENT "client_auth = \"body\";",
	  "grant_type=client_credentials&client_id=me%20%26%20you&client_secret=a%2Bb%2Fc%3Ad",
	  NULL },
	{ "type = \"client_credentials\"; grant = \"account_credentials\"; " URL CLIENT
	  "parameters = { account_id = \"A1=\"; };",
	  "grant_type=account_credentials&account_id=A1%3D",
	  "Authorization: Basic bWUlMjAlMjYlMjB5b3U6YSUyQmIlMkZjJTNBZA==" },
	{ "type = \"client_credentials\"; client_id = \"me\"; " URL,
	  "grant_type=client_credentials&client_id=me", NULL },
	{ "type = \"refresh_token\"; refresh_token = \"r\"; client_id = \"me\"; " URL,
	  "grant_type=refresh_token&refresh_token=RT%2F1&client_id=me", NULL },
	{ "type = \"password\"; user = \"jo\"; password = \"p&=\"; client_id = \"me\"; "
	  "scope = \"s\"; " URL,
	  "grant_type=password&username=jo&password=p%26%3D&client_id=me&scope=s", NULL },
	{ "type = \"password\"; user = \"jo\"; password = \"p\"; " URL CLIENT,
	  "grant_type=password&username=jo&password=p",
	  "Authorization: Basic bWUlMjAlMjYlMjB5b3U6YSUyQmIlMkZjJTNBZA==" },
	{ "type = \"client_credentials\"; client_id = \"me\"; key = \"k\"; " URL,
	  "grant_type=client_credentials&client_id=me&client_assertion_type="
	  "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
	  "client_assertion=c.c.c",
	  NULL },
	{ "type = \"jwt_bearer\"; issuer = \"me\"; key = \"k\"; scope = \"s\"; " URL,
	  "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.a.a&"
	  "scope=s",
	  NULL },
};

static void test_requests(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(requests); i++) {
		g_autoptr(Settings) settings = settings_new(requests[i].text);
		CredentialProof proof = { .client_assertion = "c.c.c" };

		if (settings->conf.type == CREDENTIAL_REFRESH_TOKEN)
			proof.refresh_token = "RT/1";
		if (settings->conf.type == CREDENTIAL_JWT_BEARER)
			proof.assertion = "a.a.a";
		g_autofree char *form = credential_grant_form(&settings->conf, &proof);
		g_autofree char *basic = credential_grant_basic(&settings->conf);
		g_assert_cmpstr(form, ==, requests[i].form);
		g_assert_cmpstr(basic, ==, requests[i].basic);
	}
}

static void assert_claims(const char *text, gboolean of_client, const char *expected)
{
	g_autoptr(Settings) settings = settings_new(text);
	g_autoptr(json_t) claims = credential_grant_claims(&settings->conf, of_client, NOW, "id1");
	g_autofree char *got = json_canonical(claims);

	g_assert_cmpstr(got, ==, expected);
}

static void test_claims(void)
{
	/* As Google wants it. */
	assert_claims("type = \"jwt_bearer\"; issuer = \"svc@x\"; subject = \"admin@x\"; key = "
		      "\"k\"; scope = \"s1 s2\"; assertion_lifetime = \"1h\"; " URL,
		      FALSE,
		      "{\"aud\":\"https://id.example/token\",\"exp\":1795003600,"
		      "\"iat\":1795000000,\"iss\":\"svc@x\",\"jti\":\"id1\","
		      "\"scope\":\"s1 s2\",\"sub\":\"admin@x\"}");
	/* As Box wants it. */
	assert_claims(
		"type = \"jwt_bearer\"; client_id = \"me\"; subject = \"77\"; key = \"k\"; "
		"claims = { box_sub_type = \"enterprise\"; }; audience = \"https://aud\"; " URL,
		FALSE,
		"{\"aud\":\"https://aud\",\"box_sub_type\":\"enterprise\","
		"\"exp\":1795000300,\"iat\":1795000000,\"iss\":\"me\",\"jti\":\"id1\","
		"\"sub\":\"77\"}");
	/* RFC 7523 §3: the client says who it is. */
	assert_claims("type = \"client_credentials\"; client_id = \"me\"; key = \"k\"; "
		      "scope = \"s\"; token_url = \"https://id.example/token/?tenant=7\";",
		      TRUE,
		      "{\"aud\":\"https://id.example/token/\",\"exp\":1795000300,"
		      "\"iat\":1795000000,\"iss\":\"me\",\"jti\":\"id1\",\"sub\":\"me\"}");
}

/* Signatures ----------------------------------------------------------------------------------- */

static char *sign(const char *pem)
{
	g_autoptr(Secret) key = secret_new(pem, strlen(pem) - 1); /* as read from a file */
	g_autoptr(json_t) claims = json_pack("{s:s, s:i}", "iss", "me", "iat", 1795000000);
	g_autoptr(json_t) head = json_pack("{s:s}", "kid", "k1");
	g_autoptr(GError) error = NULL;
	char *jwt = credential_jwt_sign(claims, head, key, &error);

	g_assert_no_error(error);
	return jwt;
}

static void assert_verified(const char *jwt, const char *public_key, jwt_alg_t algorithm)
{
	jwt_t *read = NULL;

	g_assert_cmpint(jwt_decode(&read, jwt, (const unsigned char *)public_key,
				   (int)strlen(public_key)),
			==, 0);
	g_assert_cmpint(jwt_get_alg(read), ==, algorithm);
	g_assert_cmpstr(jwt_get_header(read, "kid"), ==, "k1");
	g_assert_cmpstr(jwt_get_grant(read, "iss"), ==, "me");
	jwt_free(read);
}

static guchar *unbase64url(const char *text, gssize length, gsize *size)
{
	g_autoptr(GString) padded = g_string_new_len(text, length);

	g_strdelimit(g_strdelimit(padded->str, "-", '+'), "_", '/');
	while (padded->len % 4 != 0)
		g_string_append_c(padded, '=');
	return g_base64_decode(padded->str, size);
}

/* openssl takes the signature of RS256 as it is. */
static void assert_openssl_agrees(const char *jwt, const char *public_key, const char *folder)
{
	g_autofree char *key = g_build_filename(folder, "public.pem", NULL);
	g_autofree char *signature = g_build_filename(folder, "signature", NULL);
	const char *dot = strrchr(jwt, '.');
	g_autofree char *text = g_strndup(jwt, (gsize)(dot - jwt));
	gsize size;
	g_autofree guchar *bytes = unbase64url(dot + 1, -1, &size);
	const char *const command[] = { "openssl", "dgst",       "-sha256", "-verify",
					key,       "-signature", signature, NULL };

	g_assert_true(g_file_set_contents(key, public_key, -1, NULL));
	g_assert_true(g_file_set_contents(signature, (const char *)bytes, (gssize)size, NULL));
	g_autofree char *said = settings_command(command, text);
	g_assert_cmpstr(said, ==, "Verified OK\n");
}

static void test_signatures(void)
{
	g_autoptr(Settings) settings = settings_new("");
	g_autofree char *rsa = settings_key("rsa:2048");
	g_autofree char *rsa_public = settings_public_key(rsa);
	g_autofree char *ec = settings_key("ec:P-256");
	g_autofree char *ec_public = settings_public_key(ec);
	g_autofree char *by_rsa = sign(rsa);
	g_autofree char *by_ec = sign(ec);

	assert_verified(by_rsa, rsa_public, JWT_ALG_RS256);
	assert_verified(by_ec, ec_public, JWT_ALG_ES256);
	assert_openssl_agrees(by_rsa, rsa_public, settings->folder);
}

/* The digest of a certificate as openssl tells it, in the spelling of a JWT. */
static char *digest_by_openssl(const char *file, const char *digest)
{
	const char *const command[] = { "openssl", "x509",         "-in",  file,
					"-noout",  "-fingerprint", digest, NULL };
	g_autofree char *said = settings_command(command, "");
	g_auto(GStrv) digits = g_strsplit_set(strchr(said, '=') + 1, ":\n", -1);
	guchar bytes[64];
	gsize n = 0;

	for (char **two = digits; **two; two++)
		bytes[n++] = (guchar)g_ascii_strtoull(*two, NULL, 16);
	char *text = g_base64_encode(bytes, n);
	g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
	text[strcspn(text, "=")] = '\0';
	return text;
}

static void make_certificate(const char *key, const char *key_file, const char *file)
{
	const char *const command[] = { "openssl",    "req",   "-x509", "-key", key_file, "-subj",
					"/CN=bridge", "-days", "1",     "-out", file,     NULL };

	g_assert_true(g_file_set_contents(key_file, key, -1, NULL));
	g_free(settings_command(command, ""));
}

/* Who is known by a certificate says which one it is. */
static void test_certificate(void)
{
	g_autoptr(Settings) settings = settings_new("");
	g_autofree char *pem = settings_key("rsa:2048");
	g_autofree char *key_file = g_build_filename(settings->folder, "key.pem", NULL);
	g_autofree char *file = g_build_filename(settings->folder, "cert.pem", NULL);
	g_autoptr(json_t) claims = json_pack("{s:s}", "iss", "me");
	g_autoptr(Secret) key = secret_new(pem, strlen(pem));
	g_autoptr(GError) error = NULL;
	jwt_t *read = NULL;

	make_certificate(pem, key_file, file);
	g_autofree char *sha1 = digest_by_openssl(file, "-sha1");
	g_autofree char *sha256 = digest_by_openssl(file, "-sha256");
	g_autofree char *public_key = settings_public_key(pem);
	g_autoptr(json_t) head = credential_jwt_head("k1", file, &error);
	g_assert_no_error(error);
	g_autofree char *jwt = credential_jwt_sign(claims, head, key, &error);
	g_assert_no_error(error);
	assert_verified(jwt, public_key, JWT_ALG_RS256);
	g_assert_cmpint(jwt_decode(&read, jwt, NULL, 0), ==, 0);
	g_assert_cmpstr(jwt_get_header(read, "x5t"), ==, sha1);
	g_assert_cmpstr(jwt_get_header(read, "x5t#S256"), ==, sha256);
	jwt_free(read);

	g_assert_null(credential_jwt_head(NULL, key_file, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_nonnull(strstr(error->message, "holds no certificate"));
	g_clear_error(&error);
	g_assert_null(credential_jwt_head(NULL, "/nowhere.pem", &error));
	g_assert_nonnull(strstr(error->message, "cannot read auth.certificate"));
}

/* Answers -------------------------------------------------------------------------------------- */

static const struct {
	int status;
	const char *body, *access, *refresh;
	gint64 seconds;
	const char *code, *words;
} answers[] = {
	{ 200, "{\"access_token\":\"x\",\"token_type\":\"Bearer\",\"expires_in\":3600}", "x", NULL,
	  3600 },
	{ 200, "{\"access_token\":\"x\",\"token_type\":\"bearer\",\"expires_in\":\"3599\"}", "x",
	  NULL, 3599 },
	{ 200, "{\"Access_Token\":\"x\",\"expires_in\":3599.5,\"refresh_token\":\"y\"}", "x", "y",
	  3599 },
	{ 200, "{\"access_token\":\"x\",\"expires_in\":null,\"refresh_token\":\"\"}", "x" },
	{ 200, "{\"access_token\":\"x\",\"expires_in\":-1}", "x" },
	{ 200, "{\"access_token\":\"x\",\"expires_in\":\"soon\"}", "x" },
	{ 200, "{\"access_token\":\"x\",\"expires_in\":1e300}", "x", NULL, 315360000 },
	{ 201, "\xef\xbb\xbf{\"access_token\":\"x\"}", "x" },
	{ 200, "access_token=x%2By&token_type=bearer&expires_in=60", "x+y", NULL, 60 },
	{ 200, "{\"token_type\":\"Bearer\"}", .words = "its answer holds no access_token" },
	{ 200, "{\"access_token\":\"\"}", .words = "its answer holds no access_token" },
	{ 200, "{\"access_token\":{\"a\":1}}", .words = "its answer holds no access_token" },
	{ 200, "[]", .words = "its answer holds no access_token" },
	{ 200, "<html>", .words = "its answer holds no access_token" },
	{ 200, NULL, .words = "its answer holds no access_token" },
	{ 200, "{\"access_token\":\"x\\r\\nX-Evil: 1\"}",
	  .words = "its token holds characters that no header may have" },
	{ 200, "{\"access_token\":\"x\",\"token_type\":\"DPoP\"}", .code = "token_type",
	  .words = "its token is of the kind 'DPoP', and bearer tokens are what we can use" },
	/* The old refresh token is used up all the same. */
	{ 200, "{\"access_token\":\"x\",\"token_type\":\"DPoP\",\"refresh_token\":\"y\"}",
	  .refresh = "y", .code = "token_type",
	  .words = "its token is of the kind 'DPoP', and bearer tokens are what we can use" },
	{ 200, "{\"refresh_token\":\"y\"}", .refresh = "y",
	  .words = "its answer holds no access_token" },
	{ 200, "refresh_token=y%2B&expires_in=60", .refresh = "y+",
	  .words = "its answer holds no access_token" },
	{ 200, "{\"access_token\":\"x y\",\"refresh_token\":\"y\"}", .refresh = "y",
	  .words = "its token holds characters that no header may have" },
	{ 200, "{\"error\":\"odd\",\"refresh_token\":\"y\"}", .refresh = "y", .code = "odd" },
	{ 400, "{\"error\":\"odd\",\"refresh_token\":\"y\"}", .code = "odd" },
	{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"used up\"}",
	  .code = "invalid_grant", .words = "used up" },
	{ 200, "{\"error\":\"invalid_code\"}", .code = "invalid_code" },
	{ 401, "{\"error\":{\"code\":401,\"message\":\"no\",\"status\":\"UNAUTHENTICATED\"}}",
	  .code = "UNAUTHENTICATED", .words = "no" },
	{ 400, "{\"errorCode\":\"invalid_client\",\"errorSummary\":\"bad\"}",
	  .code = "invalid_client", .words = "bad" },
	{ 400, "{\"reason\":\"Bad Request\",\"error\":\"invalid_request\"}",
	  .code = "invalid_request", .words = "Bad Request" },
	{ 400, "[{\"error\":\"invalid_request\"}]", .code = "invalid_request" },
	{ 400, "error=invalid_scope&error_description=no+such+scope", .code = "invalid_scope",
	  .words = "no such scope" },
	{ 502, "<html>Bad Gateway</html>" },
	/* A refusal that holds a token is a refusal. */
	{ 400, "{\"access_token\":\"x\"}" },
};

static void assert_secret(const Secret *secret, const char *expected)
{
	g_assert_cmpstr(secret ? secret_peek(secret) : NULL, ==, expected);
}

static void test_answers(void)
{
	g_autoptr(Settings) settings = settings_new("type = \"client_credentials\";");

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_auto(CredentialAnswer) answer = { 0 };
		const char *body = answers[i].body;
		gboolean ok = credential_answer_read(&answer, &settings->conf, answers[i].status,
						     body, body ? strlen(body) : 0);

		g_test_message("%d %s", answers[i].status, body ? body : "");
		g_assert_cmpint(ok, ==, answers[i].access != NULL);
		assert_secret(answer.access, answers[i].access);
		assert_secret(answer.refresh, answers[i].refresh);
		g_assert_cmpint(answer.lifetime_us / CLOCK_SECOND, ==, answers[i].seconds);
		g_assert_cmpstr(answer.code, ==, answers[i].code);
		g_assert_cmpstr(answer.words, ==, answers[i].words);
	}
}

static void test_prefix_allows_kind(void)
{
	static const char body[] = "{\"access_token\":\"x\",\"token_type\":\"odd\"}";
	g_autoptr(Settings) settings = settings_new(
		"type = \"client_credentials\"; prefix = \"Odd-token\";");
	g_auto(CredentialAnswer) answer = { 0 };

	g_assert_true(credential_answer_read(&answer, &settings->conf, 200, body, strlen(body)));
	assert_secret(answer.access, "x");
}

static void test_hints(void)
{
	g_autoptr(Settings) refresh = settings_new("type = \"refresh_token\"; client_id = \"me\"; "
						   "client_secret = \"s\";");
	const CredentialConf *conf = &refresh->conf;

	g_assert_nonnull(
		strstr(credential_answer_hint(conf, "invalid_client", 400), "auth.client_secret"));
	g_assert_nonnull(strstr(credential_answer_hint(conf, NULL, 401), "auth.client_secret"));
	g_assert_nonnull(strstr(credential_answer_hint(conf, "invalid_grant", 400),
				"put it into auth.refresh_token"));
	g_assert_nonnull(strstr(credential_answer_hint(conf, "invalid_scope", 400), "auth.scope"));
	g_assert_nonnull(strstr(credential_answer_hint(conf, NULL, 404), "auth.token_url"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credential_grant/requests", test_requests);
	g_test_add_func("/credential_grant/claims", test_claims);
	g_test_add_func("/credential_grant/signatures", test_signatures);
	g_test_add_func("/credential_grant/certificate", test_certificate);
	g_test_add_func("/credential_answer/answers", test_answers);
	g_test_add_func("/credential_answer/prefix_allows_kind", test_prefix_allows_kind);
	g_test_add_func("/credential_answer/hints", test_hints);
	return g_test_run();
}
