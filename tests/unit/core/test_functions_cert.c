/*
 * Certificates: one that openssl made, described as openssl describes it; and what is none.
 *
 * The certificate: EC P-256, serial 00C0FFEE01, C=US, O="Contoso, Ltd", OU=Sales, CN=Zo(e trema)
 * Doe, from 2026 (a UTCTime) to 2051 (a GeneralizedTime), key usage and basic constraints critical.
 */
#include <string.h>

#include "function_support.h"

#define SUBJECT "\"CN=Zo\303\253 Doe, OU=Sales, O=Contoso\\\\, Ltd, C=US\""
#define THUMBPRINT "\"CCAFBD9D61D23BA765E38C710E74FB14955D411A\""

static const char base64[] =
	"MIIB+TCCAZ6gAwIBAgIFAMD/7gEwCgYIKoZIzj0EAwIwRzELMAkGA1UEBhMCVVMxFTATBgNV\n"
	"BAoMDENvbnRvc28sIEx0ZDEOMAwGA1UECwwFU2FsZXMxETAPBgNVBAMMCFpvw6sgRG9lMCAX\n"
	"DTI2MTEyMjA4MzcyNFoYDzIwNTEwNzE0MDgzNzI0WjBHMQswCQYDVQQGEwJVUzEVMBMGA1UE\n"
	"CgwMQ29udG9zbywgTHRkMQ4wDAYDVQQLDAVTYWxlczERMA8GA1UEAwwIWm/DqyBEb2UwWTAT\n"
	"BgcqhkjOPQIBBggqhkjOPQMBBwNCAARObw9y37OHjqSpuH1aqS46f/mOt5H6LzcJ0yv9XFG+\n"
	"V51XAViLkt+BGsHxha1TjhQih8thbmr01QD0LWm83XXso3UwczAdBgNVHQ4EFgQUJ4FNN5to\n"
	"LJCfNgLO8D5T8L/4TA8wHwYDVR0jBBgwFoAUJ4FNN5toLJCfNgLO8D5T8L/4TA8wDgYDVR0P\n"
	"AQH/BAQDAgeAMAwGA1UdEwEB/wQCMAAwEwYDVR0lBAwwCgYIKwYBBQUHAwIwCgYIKoZIzj0E\n"
	"AwIDSQAwRgIhAJ+utMiYTDUC53LfB48GdDcKOek5ahf1VeLYEpftQagVAiEA+qZArXS3gi8N\n"
	"lhmly95Tauff92G80+Hc3w+RJon9Ztw=\n";

typedef struct {
	Entry *entry;
	ExprInput input;
	guint8 *der;
	gsize length;
} Person;

static void person_init(Person *self)
{
	g_autofree char *pem = g_strconcat("-----BEGIN CERTIFICATE-----\n", base64,
					   "-----END CERTIFICATE-----\n", NULL);
	g_autofree char *broken = g_strconcat("-----BEGIN CERTIFICATE-----\n", base64, NULL);

	self->entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");
	self->der = g_base64_decode(base64, &self->length);
	self->input = (ExprInput){ .entry = self->entry };
	entry_add(self->entry, "cert", (const char *)self->der, self->length);
	entry_add(self->entry, "two", (const char *)self->der, self->length);
	entry_add(self->entry, "two", base64, strlen(base64));
	entry_add(self->entry, "text", base64, strlen(base64));
	entry_add(self->entry, "pem", pem, strlen(pem));
	entry_add(self->entry, "broken", broken, strlen(broken));
	entry_add(self->entry, "photo", "\377\330\377\340\000\020JFIF\000\001\001\001\000\140", 16);
	entry_add(self->entry, "empty", "", 0);
}

static void person_clear(Person *self)
{
	entry_free(self->entry);
	g_free(self->der);
}

static void test_described(void)
{
	static const FunctionCase cases[] = {
		{ "CertThumbprint([cert])", THUMBPRINT },
		{ "CertHashString([cert])", THUMBPRINT },
		{ "CertSubject([cert])", SUBJECT },
		{ "CertSubjectNameDN([cert])", SUBJECT },
		{ "CertIssuer([cert])", SUBJECT },
		{ "CertIssuerDN([cert])", SUBJECT },
		{ "DNComponent(CertSubject([cert]), 3)", "\"Contoso, Ltd\"" },
		{ "CertSerialNumber([cert])", "\"00C0FFEE01\"" },
		{ "CertNotBefore([cert])", "\"11/22/2026 8:37:24 AM\"" },
		{ "CertNotAfter([cert])", "\"7/14/2051 8:37:24 AM\"" },
		{ "DateDiff('yyyy', CertNotBefore([cert]), CertNotAfter([cert]))", "25" },
		{ "CertVersion([cert])", "\"3\"" },
		{ "CertFormat([cert])", "\"X509\"" },
		{ "CertSignatureAlgorithmOid([cert])", "\"1.2.840.10045.4.3.2\"" },
		{ "CertKeyAlgorithm([cert])", "\"1.2.840.10045.2.1\"" },
		{ "CertPublicKeyOid([cert])", "\"1.2.840.10045.2.1\"" },
		{ "CertKeyAlgorithmParams([cert])", "\"06082A8648CE3D030107\"" },
		{ "CertExtensionOids([cert])", "[\"2.5.29.15\",\"2.5.29.19\"]" },
		{ "IsCert([cert])", "true" },
	};
	Person person;

	person_init(&person);
	FUNCTION_CASES_RUN(cases, &person.input);
	person_clear(&person);
}

static void test_forms(void)
{
	static const FunctionCase cases[] = {
		{ "CertThumbprint([text])", THUMBPRINT },
		{ "CertThumbprint([pem])", THUMBPRINT },
		{ "CertThumbprint(ConvertToBase64([cert]))", THUMBPRINT },
		{ "CertThumbprint([two])", "[" THUMBPRINT "," THUMBPRINT "]" },
		{ "Count(Where($c, [two], DateDiff('d', '2050-01-01', CertNotAfter($c)) > 0))",
		  "2" },
		{ "Count(Where($c, [two], DateDiff('d', '2052-01-01', CertNotAfter($c)) > 0))",
		  "0" },
		{ "CertThumbprint([missing])", "-" },
		{ "CertThumbprint([empty])", "-" },
		{ "IsCert([pem])", "true" },
		{ "IsCert([broken])", "false" },
		{ "IsCert([photo])", "false" },
		{ "IsCert([missing])", "false" },
		{ "IsCert('MIIB')", "false" },
		{ "IsCert(12)", "false" },
		{ "CertSubject([photo])",
		  "! '0xffd8ffe000104a464946000101010060' is no certificate" },
		{ "CertSubject('Jane')", "! 'Jane' is no certificate" },
		{ "CertSubject(12)", "! '12' is no certificate" },
		{ "CertSubject([broken])",
		  "! '-----BEGIN CERTIFICATE-----\nMIIB+TCCAZ6g...' is no certificate" },
	};
	Person person;

	person_init(&person);
	FUNCTION_CASES_RUN(cases, &person.input);
	person_clear(&person);
}

static char *describe(const guint8 *der, gsize length, const char *expr)
{
	g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=x");
	ExprInput input = { .entry = entry };

	entry_add(entry, "cert", (const char *)der, length);
	return function_result(expr, &input);
}

/* A certificate that was cut anywhere is none; nor is one with something behind it. */
static void test_truncated(void)
{
	Person person;

	person_init(&person);
	for (gsize length = 1; length < person.length; length++) {
		g_autofree char *result = describe(person.der, length, "IsCert([cert])");
		g_assert_cmpstr(result, ==, "false");
	}
	g_autofree guint8 *longer = g_malloc0(person.length + 1);
	memcpy(longer, person.der, person.length);
	g_autofree char *result = describe(longer, person.length + 1, "IsCert([cert])");
	g_assert_cmpstr(result, ==, "false");
	person_clear(&person);
}

/* Where bytes are wrong, either it is no certificate, or everything asked of it has an answer. */
static void test_damaged(void)
{
	static const char *const exprs[] = {
		"CertSubject([cert])",
		"CertIssuer([cert])",
		"CertNotAfter([cert])",
		"CertSerialNumber([cert])",
		"CertKeyAlgorithmParams([cert])",
		"CertExtensionOids([cert])",
		"CertSignatureAlgorithmOid([cert])",
	};
	Person person;

	person_init(&person);
	for (guint i = 0; i < 6000; i++) {
		g_autofree guint8 *der = g_memdup2(person.der, person.length);
		for (gint k = g_test_rand_int_range(1, 4); k > 0; k--)
			der[g_test_rand_int_range(0, (gint32)person.length)] =
				(guint8)g_test_rand_int_range(0, 256);
		g_autofree char *is = describe(der, person.length, "IsCert([cert])");
		g_autofree char *result = describe(der, person.length,
						   exprs[i % G_N_ELEMENTS(exprs)]);
		g_assert_cmpint(g_str_has_suffix(result, "is no certificate"), ==,
				strcmp(is, "false") == 0);
	}
	person_clear(&person);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-cert/described", test_described);
	g_test_add_func("/functions-cert/forms", test_forms);
	g_test_add_func("/functions-cert/truncated", test_truncated);
	g_test_add_func("/functions-cert/damaged", test_damaged);
	return g_test_run();
}
