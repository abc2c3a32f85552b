/*
 * The line that requests carry for a credential, that nobody gets to see it, and what is said about
 * settings that cannot work.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "credential_support.h"

static Credential *credential_of(const Settings *settings)
{
	const CredentialPeer peer = { .app = "app",
				      .connect_timeout_us = 1000000,
				      .request_timeout_us = 1000000 };
	g_autoptr(GError) error = NULL;
	Credential *credential = credential_new(&settings->conf, &peer, &error);

	g_assert_no_error(error);
	return credential;
}

static void assert_line(const char *text, const char *expected)
{
	g_autoptr(Settings) settings = settings_new(text);
	g_autoptr(Credential) credential = credential_of(settings);
	HttpCredentials source = credential_source(credential);
	const char *header = "", *problem = NULL;

	g_assert_cmpint(source.get(source.self, 0, &header, &problem), ==, HTTP_CREDENTIAL_READY);
	g_assert_cmpstr(header, ==, expected);
	g_assert_false(source.refused(source.self, header));
}

static void test_lines(void)
{
	assert_line("", NULL);
	assert_line("type = \"bearer\"; token = \"t0ken\";", "Authorization: Bearer t0ken");
	assert_line("type = \"bearer\"; token = \"t0ken\"; prefix = \"\";", "Authorization: t0ken");
	assert_line("type = \"bearer\"; token = \"t0ken\"; prefix = \"SSWS\"; name = \"X-Auth\";",
		    "X-Auth: SSWS t0ken");
	assert_line("type = \"basic\"; user = \"jo\"; password = \"pa:ss\";",
		    "Authorization: Basic am86cGE6c3M=");
	assert_line("type = \"header\"; name = \"X-Api-Key\"; value = \"t0ken\";",
		    "X-Api-Key: t0ken");
}

static void assert_blotted(const char *text, const char *said, const char *shown)
{
	g_autoptr(Settings) settings = settings_new(text);
	g_autoptr(Credential) credential = credential_of(settings);
	g_autofree char *got = credential_blot(credential, said);

	g_assert_cmpstr(got, ==, shown);
}

static void test_blotting(void)
{
	const char *client = "type = \"client_credentials\"; client_id = \"me\"; "
			     "client_secret = \"s3 cret\"; token_url = \"https://id.example/t\";";

	assert_blotted("type = \"bearer\"; token = \"t0ken\";", "bad token 't0ken', t0ken!",
		       "bad token '[hidden]', [hidden]!");
	assert_blotted("type = \"basic\"; user = \"jo\"; password = \"pa:ss\";",
		       "no pa:ss for Basic am86cGE6c3M=", "no [hidden] for Basic [hidden]");
	assert_blotted("type = \"header\"; value = \"v4lue\";", "v4lue?", "[hidden]?");
	/* As it stood in a form, and as it stood in a header. */
	assert_blotted(client, "s3 cret s3%20cret bWU6czMlMjBjcmV0", "[hidden] [hidden] [hidden]");
	/* The longer one first, or the rest of it would be shown. */
	assert_blotted("type = \"basic\"; user = \"jo\"; password = \"am86\";",
		       "am86 and am86YW04Ng==", "[hidden] and [hidden]");
}

/* What services make of what they echo. */
static void test_spellings(void)
{
	static const char *const echoes[] = {
		"p'q <&>/+\"=\\z",
		"p%27q%20%3C%26%3E%2F%2B%22%3D%5Cz",
		"p%27q%20%3c%26%3e%2f%2b%22%3d%5cz",
		"p'q+%3C%26%3E%2F%2B%22%3D%5Cz",
		"p%27q+%3c%26%3e%2f%2b%22%3d%5cz",
		"p'q &lt;&amp;&gt;/+&quot;=\\z",
		"p&#39;q &lt;&amp;&gt;/+&#34;=\\z",
		"p&apos;q &lt;&amp;&gt;/+&quot;=\\z",
		"p&#x27;q &lt;&amp;&gt;/+&quot;=\\z",
		"p&#39;q &lt;&amp;&gt;&#x2F;+&quot;&#x3D;\\z",
		"p'q <&>/+\\\"=\\\\z",
		"p'q <&>\\/+\\\"=\\\\z",
		"cCdxIDwmPi8rIj1ceg==",
		"cCdxIDwmPi8rIj1ceg",
		"P'Q <&>/+\"=\\Z",
		/* Shortened. */
		"p'q <&>/+\"=\\",
		"cCdxIDwmPi8r",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(echoes); i++) {
		g_autofree char *said = g_strdup_printf("no: '%s'… is it", echoes[i]);
		g_test_message("%s", said);
		assert_blotted("type = \"header\"; value = \"p'q <&>/+\\\"=\\\\z\";", said,
			       "no: '[hidden]'… is it");
	}
}

/* What filters of templates make of it before it is sent. */
static void test_filtered(void)
{
	static const char *const echoes[] = {
		"p''q \"\\\xc3\xb6",
		"p''q \\\"\\\\\xc3\xb6", /* in JSON */
		"p%27%27q%20%22%5C%C3%B6",
		"p%27%27q+%22%5c%c3%b6",
		"p&#39;&#39;q &quot;\\\xc3\xb6",
		"p'q \\\"\\\\\xc3\xb6",
		"p\\'q \"\\\\\xc3\xb6",
		"p%5C%27q%20%22%5C%5C%C3%B6",
		"P'Q \"\\\xc3\x96",
		"P%27Q%20%22%5C%C3%96",
		"cCcncSAiXMO2", /* odata and base64 */
		"UCdRICJcw5Y=", /* upper and base64 */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(echoes); i++) {
		g_autofree char *said = g_strdup_printf("no: <%s>", echoes[i]);
		g_test_message("%s", said);
		assert_blotted("type = \"header\"; value = \"p'q \\\"\\\\\xc3\xb6\";", said,
			       "no: <[hidden]>");
	}
}

static void test_parts(void)
{
	const char *two = "type = \"basic\"; user = \"jo\"; password = \"cdefghi-secret\";";

	/* Eleven characters may be a chance; twelve are none, whatever follows. */
	assert_blotted(two, "cdefghi-sec and cdefghi-secr...", "cdefghi-sec and [hidden]...");
	assert_blotted(two, "cdefghi-secrcdefghi-secret", "[hidden][hidden]");
	assert_blotted("type = \"header\"; value = \"aaaaaa\";", "aaaaaaa aaaaa", "[hidden] aaaaa");
	/* Half a character is none. */
	assert_blotted("type = \"header\"; value = \"twelve bytesé\";", "twelve bytes\xc3\xa8!",
		       "[hidden]!");
	assert_blotted(two, "", "");
}

static void test_descriptions(void)
{
	g_autoptr(Settings) settings = settings_new(
		"type = \"client_credentials\"; client_id = \"me\"; "
		"client_secret = \"secret\"; "
		"token_url = \"https://id.example/token?tenant=7\";");
	g_autoptr(Credential) credential = credential_of(settings);
	g_autofree char *text = credential_describe(credential);

	g_assert_cmpstr(text, ==,
			"client credentials of 'me' at https://id.example/token; no token was "
			"fetched yet");
}

/* What is wrong ------------------------------------------------------------------------------ */

#define URL "token_url = \"https://id.example/token\"; "
#define CLIENT "client_id = \"me\"; client_secret = \"secret\"; "

static const struct {
	const char *text, *problem; /* problem NULL: nothing is wrong */
} checks[] = {
	{ "", NULL },
	{ "token = \"x\";", "auth.type \"none\" does not use it\nset auth.type to \"bearer\"" },
	{ "type = \"bearer\";", "set auth.token_file" },
	{ "type = \"bearer\"; token = \"x\"; password = \"y\";",
	  "there is auth.password, but auth.type \"bearer\" does not use it\nset auth.type to "
	  "\"basic\" or \"password\" or \"login\", or take auth.password out" },
	{ "type = \"bearer\"; token = \"x\\ny\";", "auth.token holds a line break" },
	{ "type = \"header\"; value = \"x\"; name = \"A: b\";", "without a colon" },
	{ "type = \"basic\"; user = \"jo\";", "set auth.user and auth.password_file" },
	{ "type = \"basic\"; user = \"j:o\"; password = \"x\";", "cannot hold a colon" },
	{ "type = \"header\";", "set auth.value_file" },
	{ "type = \"client_credentials\"; " CLIENT, "set auth.token_url" },
	{ "type = \"client_credentials\"; " URL, "set auth.client_id" },
	{ "type = \"client_credentials\"; " URL CLIENT, NULL },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\";", NULL },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\"; client_auth = \"body\";",
	  "set auth.client_secret_file" },
	{ "type = \"client_credentials\"; " URL CLIENT "client_auth = \"none\";",
	  "set auth.client_auth to \"basic\" or \"body\"" },
	{ "type = \"client_credentials\"; " URL CLIENT "key = \"x\";", "take one of them out" },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\"; "
	  "client_auth = \"private_key_jwt\";",
	  "set auth.key_file" },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\"; key = \"hello\";",
	  "no private key in PEM form" },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\"; "
	  "key = \"-----BEGIN ENCRYPTED PRIVATE KEY-----\";",
	  "auth.key is encrypted" },
	{ "type = \"client_credentials\"; " URL "client_id = \"me\"; "
	  "key = \"-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\";",
	  "auth.key cannot sign" },
	{ "type = \"client_credentials\"; " URL CLIENT "audience = \"x\";",
	  "parameters = { audience" },
	{ "type = \"client_credentials\"; " URL CLIENT "subject = \"x\";",
	  "set auth.type to \"jwt_bearer\"" },
	{ "type = \"client_credentials\"; " URL CLIENT "key_id = \"x\";", "no key that it names" },
	{ "type = \"client_credentials\"; " URL CLIENT "parameters = { scope = \"x\"; };",
	  "auth.parameters.scope is said elsewhere" },
	{ "type = \"client_credentials\"; " URL CLIENT "parameters = { account_id = 5; };",
	  "auth.parameters.account_id must be a text" },
	{ "type = \"client_credentials\"; " URL CLIENT "parameters = \"a=b\";",
	  "auth.parameters must be a group" },
	{ "type = \"client_credentials\"; " URL CLIENT "assertion_lifetime = 0;",
	  "must be more than nothing" },
	{ "type = \"client_credentials\"; token_url = \"ftp://id.example\"; " CLIENT,
	  "auth.token_url: " },
	{ "type = \"client_credentials\"; token_url = \"http://id.example\"; " CLIENT,
	  "unencrypted\nuse https" },
	{ "type = \"client_credentials\"; token_url = \"http://127.0.0.1:80\"; " CLIENT, NULL },
	{ "type = \"refresh_token\"; " URL CLIENT, "set auth.refresh_token_file" },
	{ "type = \"refresh_token\"; " URL CLIENT "refresh_token = \"r\";", NULL },
	{ "type = \"jwt_bearer\"; " URL "issuer = \"me\";", "set auth.key_file" },
	{ "type = \"client_credentials\"; " URL CLIENT "certificate = \"x.pem\";",
	  "no key that belongs to it" },
	{ "type = \"bearer\"; token = \"x\"; keep = [\"a\"];", "take auth.keep out" },
	{ "type = \"query\"; name = \"key\"; value = \"x\";", NULL },
	{ "type = \"query\"; value = \"x\";", "set auth.name" },
	{ "type = \"query\"; name = \"key\";", "set auth.value_file" },
	{ "type = \"query\"; name = \"key\"; value = \"x\"; prefix = \"y\";",
	  "take auth.prefix out" },
	{ "type = \"password\"; " URL "user = \"u\"; password = \"p\";", NULL },
	{ "type = \"password\"; " URL CLIENT "user = \"u\"; password = \"p\";", NULL },
	{ "type = \"password\"; " URL CLIENT "user = \"u\";",
	  "set auth.user and auth.password_file" },
	{ "type = \"password\"; user = \"u\"; password = \"p\";", "set auth.token_url" },
	{ "type = \"password\"; " URL "user = \"u\"; password = \"p\"; "
	  "parameters = { username = \"x\"; };",
	  "auth.parameters.username is said elsewhere" },
};

static void test_checks(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(Settings) settings = settings_new(checks[i].text);
		g_autoptr(GError) error = NULL;
		gboolean ok = credential_validate(&settings->conf, FALSE, "zoom", &error);

		g_test_message("%s", checks[i].text);
		g_assert_cmpint(ok, ==, checks[i].problem == NULL);
		if (ok)
			continue;
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_true(g_str_has_prefix(error->message, "app 'zoom': "));
		g_test_message("says %s", error->message);
		g_assert_nonnull(strstr(error->message, checks[i].problem));
	}
}

/* What is wrong with an app's 'auth' that includes a preset with another type. New, or NULL. */
static char *problem_beside_preset(const char *own)
{
	static const char preset[] =
		"auth = { type = \"client_credentials\"; token_url = \"https://t.example\";\n"
		" grant = \"g\"; scope = \"s\"; prefix = \"Zoom\"; keep = [ \"home\" ];\n"
		" client_secret_file = \"none\"; parameters = { a = \"1\"; }; };\n";
	g_autofree char *folder = g_dir_make_tmp("dirbridge-XXXXXX", NULL);
	g_autofree char *main = g_build_filename(folder, "main.cfg", NULL);
	g_autofree char *included = g_build_filename(folder, "preset.cfg", NULL);
	g_autofree char *text =
		g_strdup_printf("app = {\nauth = { %s };\n@include \"preset.cfg\"\n};\n", own);
	g_autoptr(ConfProblems) problems = conf_problems_new();
	g_autoptr(GError) error = NULL;
	CredentialConf conf = { 0 };

	g_assert_true(g_file_set_contents(main, text, -1, NULL));
	g_assert_true(g_file_set_contents(included, preset, -1, NULL));
	g_autoptr(Conf) file = conf_read(main, problems);
	const ConfNode *app = conf_member(conf_root(file), "app");
	conf_fill(conf_member(app, "auth"), &(OptionSet){ credential_options, &conf }, 1, NULL,
		  problems);
	credential_settle(&conf, app);
	credential_validate(&conf, FALSE, "zoom", &error);
	option_clear(credential_options, &conf);
	g_unlink(main);
	g_unlink(included);
	g_rmdir(folder);
	return error ? g_strdup(error->message) : NULL;
}

/* A preset's settings for another type are not this one's; the app's own are. */
static void test_beside_preset(void)
{
	static const char *const sound[] = {
		"type = \"bearer\"; token = \"x\";",
		"type = \"basic\"; user = \"u\"; password = \"p\";",
		"type = \"query\"; name = \"key\"; value = \"v\";",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(sound); i++)
		g_assert_cmpstr(problem_beside_preset(sound[i]), ==, NULL);
	g_autofree char *own = problem_beside_preset(
		"type = \"bearer\"; token = \"x\"; scope = \"mine\";");
	g_assert_nonnull(strstr(own, "there is auth.scope, but"));
	g_autofree char *typeless = problem_beside_preset("value = \"v\"; client_id = \"c\";");
	g_assert_nonnull(strstr(typeless, "there is auth.value, but"));
}

static void test_insecure(void)
{
	g_autoptr(Settings) settings = settings_new(
		"type = \"client_credentials\"; token_url = \"http://id.example\"; " CLIENT);

	g_assert_true(credential_validate(&settings->conf, TRUE, "zoom", NULL));
	g_assert_true(credential_is_secret(&settings->conf));
}

static void test_keys(void)
{
	static const struct {
		const char *kind, *problem;
	} keys[] = { { "rsa:2048", NULL },
		     { "ec:P-256", NULL },
		     { "rsa:1024", "shorter than 2048 bits" },
		     { "ec:P-384", "on the curve P-256" } };

	for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
		g_autoptr(Settings) settings = settings_new("type = \"client_credentials\"; " URL
							    "client_id = \"me\";");
		g_autoptr(GError) error = NULL;
		g_autofree char *key = settings_key(keys[i].kind);

		settings->conf.key = secret_new(key, strlen(key));
		credential_validate(&settings->conf, FALSE, "zoom", &error);
		if (!keys[i].problem)
			g_assert_no_error(error);
		else
			g_assert_nonnull(strstr(error->message, keys[i].problem));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credential/lines", test_lines);
	g_test_add_func("/credential/blotting", test_blotting);
	g_test_add_func("/credential/spellings", test_spellings);
	g_test_add_func("/credential/blotting/filters", test_filtered);
	g_test_add_func("/credential/parts", test_parts);
	g_test_add_func("/credential/descriptions", test_descriptions);
	g_test_add_func("/credential/checks", test_checks);
	g_test_add_func("/credential/insecure", test_insecure);
	g_test_add_func("/credential/beside-preset", test_beside_preset);
	g_test_add_func("/credential/keys", test_keys);
	return g_test_run();
}
