/*
 * Which target the settings mean: other spellings of one address are one target, other addresses
 * are others, and nothing else of the settings is part of it.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"

static char *scim_identity(const char *url)
{
	ScimConf conf = { .url = (char *)url, .net = { .concurrency = 3, .timeout_us = 7 } };

	return target_scim.identity(&conf);
}

static void test_scim(void)
{
	static const char *const same[] = {
		"https://app.example/scim/v2",   "https://app.example/scim/v2/",
		"https://APP.Example/scim/v2//", "https://app.example:443/SCIM/v2?tenant=7",
		"HTTPS://app.example/scim/v2",
	};
	static const char *const others[] = {
		"https://sandbox.app.example/scim/v2",
		"https://app.example:8443/scim/v2",
		"http://app.example/scim/v2",
		"https://app.example/scim/v3",
		"https://app.example/",
	};

	for (guint i = 0; i < G_N_ELEMENTS(same); i++) {
		g_autofree char *identity = scim_identity(same[i]);
		g_assert_cmpstr(identity, ==, "https://app.example/scim/v2");
	}
	for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *identity = scim_identity(others[i]);
		g_assert_cmpstr(identity, !=, "https://app.example/scim/v2");
	}
	g_autofree char *bare = scim_identity("https://app.example");
	g_autofree char *slash = scim_identity("https://app.example/");
	g_assert_cmpstr(bare, ==, slash);
}

static void test_secret(void)
{
	g_autofree char *identity = scim_identity("https://user:hunter2@app.example/scim");

	g_assert_null(strstr(identity, "hunter2"));
}

static void test_mem(void)
{
	struct {
		char *file;
		gint64 batch;
		GPtrArray *lacks;
	} conf = { .file = (char *)"/tmp/./x/../Paper.jsonl" };
	g_autofree char *identity = target_mem.identity(&conf);

	g_assert_cmpuint(target_mem.conf_size, ==, sizeof conf);
	g_assert_cmpstr(identity, ==, "/tmp/Paper.jsonl");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/identity/scim", test_scim);
	g_test_add_func("/identity/secret", test_secret);
	g_test_add_func("/identity/mem", test_mem);
	return g_test_run();
}
