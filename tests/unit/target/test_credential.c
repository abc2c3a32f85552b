/*
 * The line that requests carry for a credential, and that nobody gets to see it.
 */
#include <string.h>

#include "target/credential.h"

static char *line_of(const CredentialConf *conf)
{
	const CredentialPeer peer = { .app = "app" };
	g_autoptr(Credential) credential = credential_new(conf, &peer, NULL);
	HttpCredentials source = credential_source(credential);
	const char *header = NULL, *problem = NULL;

	g_assert_cmpint(source.get(source.self, 0, &header, &problem), ==, HTTP_CREDENTIAL_READY);
	return g_strdup(header);
}

static void test_lines(void)
{
	g_autoptr(Secret) token = secret_new("t0ken", 5);
	g_autoptr(Secret) password = secret_new("pa:ss", 5);
	CredentialConf conf = { .header = (char *)"Authorization" };
	g_autofree char *none = line_of(&conf);
	g_assert_null(none);

	conf = (CredentialConf){ .type = CREDENTIAL_BEARER,
				 .header = (char *)"Authorization",
				 .token = token };
	g_autofree char *bearer = line_of(&conf);
	g_assert_cmpstr(bearer, ==, "Authorization: Bearer t0ken");

	conf.prefix = (char *)"";
	g_autofree char *bare = line_of(&conf);
	g_assert_cmpstr(bare, ==, "Authorization: t0ken");

	conf = (CredentialConf){ .type = CREDENTIAL_BASIC,
				 .header = (char *)"Authorization",
				 .user = (char *)"jo",
				 .password = password };
	g_autofree char *basic = line_of(&conf);
	g_assert_cmpstr(basic, ==, "Authorization: Basic am86cGE6c3M=");

	conf = (CredentialConf){ .type = CREDENTIAL_HEADER,
				 .header = (char *)"X-Api-Key",
				 .value = token };
	g_autofree char *header = line_of(&conf);
	g_assert_cmpstr(header, ==, "X-Api-Key: t0ken");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credential/lines", test_lines);
	return g_test_run();
}
