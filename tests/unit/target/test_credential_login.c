/*
 * Logins: what is asked, call after call; what is taken of the answers; when the token ends; and
 * what is wrong with one.
 */
#include <string.h>

#include "../../../src/target/credential_internal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "credential_support.h"
#include "sink_support.h"

#define LOGIN "type = \"login\"; user = \"bri&dge\"; password = \"pa ss\\\"word\"; "
#define BODY "body = { user = \"{auth.user}\"; pw = \"{auth.password}\"; }; "
#define ONE "login = ( { url = \"%s/login\"; " BODY "} ); "

typedef struct {
	Sink *sink;
	Settings *settings;
	Credential *credential;
	HttpCredentials source;
	const char *header, *problem;
} World;

/* Every "%s" of the settings is where the service is. */
static World *world_new(const char *auth)
{
	const CredentialPeer peer = { .app = "app",
				      .connect_timeout_us = 2 * CLOCK_SECOND,
				      .request_timeout_us = 2 * CLOCK_SECOND };
	World *self = g_new0(World, 1);
	g_autoptr(GString) text = g_string_new(auth);
	g_autoptr(GError) error = NULL;

	self->sink = sink_new();
	g_string_replace(text, "%s", sink_url(self->sink), 0);
	self->settings = settings_new(text->str);
	credential_validate(&self->settings->conf, FALSE, "app", &error);
	g_assert_no_error(error);
	self->credential = credential_new(&self->settings->conf, &peer, &error);
	g_assert_no_error(error);
	self->source = credential_source(self->credential);
	return self;
}

static void world_free(World *self)
{
	credential_free(self->credential);
	settings_free(self->settings);
	sink_free(self->sink);
	g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static HttpCredentialState settle(World *self)
{
	HttpCredentialState state;

	do {
		self->header = self->problem = NULL;
		state = self->source.get(self->source.self, 50, &self->header, &self->problem);
	} while (state == HTTP_CREDENTIAL_PENDING);
	return state;
}

static void assert_line(World *self, const char *line)
{
	HttpCredentialState state = settle(self);

	if (state == HTTP_CREDENTIAL_FAILED)
		g_test_message("%s", self->problem);
	g_assert_cmpint(state, ==, HTTP_CREDENTIAL_READY);
	g_assert_cmpstr(self->header, ==, line);
}

static void assert_problem(World *self, const char *words)
{
	g_assert_cmpint(settle(self), ==, HTTP_CREDENTIAL_FAILED);
	g_test_message("%s", self->problem);
	g_assert_nonnull(strstr(self->problem, words));
	g_assert_null(strstr(self->problem, "pa ss"));
	g_assert_null(strstr(self->problem, "pa%20ss"));
}

static void say(World *self, int status, const char *type, const char *body)
{
	g_autofree char *headers = g_strdup_printf("Content-Type: %s\r\n", type);

	sink_say(self->sink, status, headers, body);
}

static void say_json(World *self, const char *body)
{
	say(self, 200, "application/json", body);
}

static const char *body_of(World *self, guint n)
{
	return strstr(sink_request(self->sink, n), "\r\n\r\n") + 4;
}

static void assert_asked(World *self, guint n, const char *beginning)
{
	g_test_message("%s", sink_request(self->sink, n));
	g_assert_true(g_str_has_prefix(sink_request(self->sink, n), beginning));
}

/* Asking and taking ---------------------------------------------------------------------------- */

static void test_json(void)
{
	g_autoptr(World) world = world_new(LOGIN ONE "token_path = \"data.token\";");

	say_json(world, "{\"data\":{\"token\":\"t1\"}}");
	assert_line(world, "Authorization: Bearer t1");
	assert_line(world, "Authorization: Bearer t1");
	assert_asked(world, 0, "POST /scim/login HTTP/1.1\r\n");
	g_assert_nonnull(
		strstr(sink_request(world->sink, 0), "\r\nContent-Type: application/json\r\n"));
	g_assert_nonnull(strstr(sink_request(world->sink, 0), "\r\nAccept: application/json\r\n"));
	g_assert_cmpstr(body_of(world, 0), ==, "{\"user\":\"bri&dge\",\"pw\":\"pa ss\\\"word\"}");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

static void test_form(void)
{
	g_autoptr(World) world = world_new(
		LOGIN
		"login = ( { url = \"%s/login?org=7\"; content_type = "
		"\"application/x-www-form-urlencoded\"; "
		"query = { who = \"{auth.user}\"; }; "
		"headers = ( { name = \"Authorization\"; value = \"Basic {auth.basic}\"; } ); "
		"body = { a = { pw = \"{auth.password}\"; }; }; } ); "
		"token_path = \"token\"; name = \"X-Session\";");

	say_json(world, "{\"token\":\"t1\"}");
	assert_line(world, "X-Session: t1");
	assert_asked(world, 0, "POST /scim/login?org=7&who=bri%26dge HTTP/1.1\r\n");
	g_assert_nonnull(strstr(sink_request(world->sink, 0),
				"\r\nAuthorization: Basic YnJpJmRnZTpwYSBzcyJ3b3Jk\r\n"));
	g_assert_cmpstr(body_of(world, 0), ==, "a%5Bpw%5D=pa+ss%22word");
}

static void test_xml(void)
{
	g_autoptr(World) world = world_new(
		LOGIN "login = ( { url = \"%s\"; content_type = \"text/xml\"; "
		      "body = \"{\\\"auth\\\": {\\\"@user\\\": \\\"{auth.user}\\\"}}\"; } ); "
		      "token_path = \"answer.session.id\"; prefix = \"Token token=\";");

	say(world, 200, "text/xml",
	    "<?xml version=\"1.0\"?><answer><session><id>t1</id></session></answer>");
	assert_line(world, "Authorization: Token token=t1");
	g_assert_nonnull(strstr(body_of(world, 0), "user=\"bri&amp;dge\""));
}

static void test_header(void)
{
	g_autoptr(World) world = world_new(LOGIN
					   "login = ( { url = \"%s\"; method = \"GET\"; outputs = "
					   "( { name = \"token\"; header = \"Set-Cookie\"; "
					   "pattern = \"sid=([^;]+)\"; } ); } ); "
					   "name = \"Cookie\"; prefix = \"sid=\";");

	sink_say(world->sink, 200, "set-cookie: sid=t1; Path=/\r\n", "");
	assert_line(world, "Cookie: sid=t1");
	assert_asked(world, 0, "GET /scim HTTP/1.1\r\n");
}

static void test_chain(void)
{
	g_autoptr(World) world = world_new(
		LOGIN "login = ( "
		      "{ url = \"%s/begin\"; outputs = ( { name = \"n\"; path = \"nonce\"; } ); }, "
		      "{ name = \"proof\"; url = \"%s/proof/{step.n}\"; method = \"PUT\"; "
		      "body = { n = \"{step.n}\"; pw = \"{auth.password|base64}\"; }; "
		      "outputs = ( { name = \"ticket\"; path = \"tickets[1]\"; } ); }, "
		      "{ url = \"%s/token?ticket={step.ticket}\"; method = \"GET\"; } ); "
		      "token_path = \"access\"; keep = [\"home\"];");

	say_json(world, "{\"nonce\":12}");
	say_json(world, "{\"tickets\":[\"a\",\"b/&c\"]}");
	say_json(world, "{\"access\":\"t1\",\"home\":\"https://eu.example\",\"other\":\"x\"}");
	assert_line(world, "Authorization: Bearer t1");
	assert_asked(world, 0, "POST /scim/begin HTTP/1.1\r\n");
	g_assert_nonnull(strstr(sink_request(world->sink, 0), "\r\nContent-Length: 0\r\n"));
	assert_asked(world, 1, "PUT /scim/proof/12 HTTP/1.1\r\n");
	g_assert_cmpstr(body_of(world, 1), ==, "{\"n\":12,\"pw\":\"cGEgc3Mid29yZA==\"}");
	assert_asked(world, 2, "GET /scim/token?ticket=b%2F%26c HTTP/1.1\r\n");
	g_assert_cmpstr(credential_field(world->credential, "home"), ==, "https://eu.example");
	g_assert_null(credential_field(world->credential, "other"));
	g_assert_null(credential_field(world->credential, "instance_url"));
	/* What a login takes on its way, nobody sees. */
	g_autofree char *blotted = credential_blot(world->credential, "b/&c and t1");
	g_assert_cmpstr(blotted, ==, "[hidden] and t1");
}

/* The end -------------------------------------------------------------------------------------- */

/* How long a token lasts that comes so, in seconds. */
static gint64 life_of(const char *as, const char *value)
{
	g_autofree char *auth = g_strdup_printf(LOGIN ONE "token_path = \"token\"; "
							  "expires_path = \"ends\"; %s",
						"%s", as);
	g_autofree char *answer = g_strdup_printf("{\"token\":\"t1\",\"ends\":%s}", value);
	g_autoptr(World) world = world_new(auth);
	gint64 until = 0;

	say_json(world, answer);
	assert_line(world, "Authorization: Bearer t1");
	g_autofree char *text = credential_describe(world->credential);
	const char *moment = strstr(text, "holds until ");
	g_assert_nonnull(moment);
	g_assert_true(timefmt_parse_rfc3339(moment + strlen("holds until "), &until));
	return (until - clock_now_us()) / CLOCK_SECOND;
}

static void assert_about(gint64 seconds, gint64 expected)
{
	g_assert_cmpint(seconds, >=, expected - 5);
	g_assert_cmpint(seconds, <=, expected + 1);
}

static void test_ends(void)
{
	gint64 end = clock_now_us() / CLOCK_SECOND + 900;
	g_autofree char *epoch = g_strdup_printf("%" G_GINT64_FORMAT, end);
	g_autofree char *epoch_ms = g_strdup_printf("\"%" G_GINT64_FORMAT "000\"", end);
	g_autofree char *moment = timefmt_rfc3339(end * CLOCK_SECOND);
	g_autofree char *date = g_strdup_printf("\"%s\"", moment);
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(end);
	g_autofree char *http = g_date_time_format(time, "\"%a, %d %b %Y %H:%M:%S GMT\"");

	assert_about(life_of("", "900"), 900);
	assert_about(life_of("", "\"900\""), 900);
	assert_about(life_of("expires_as = \"epoch\";", epoch), 900);
	assert_about(life_of("expires_as = \"epoch\";", epoch_ms), 900);
	assert_about(life_of("expires_as = \"date\";", date), 900);
	assert_about(life_of("expires_as = \"date\";", http), 900);
	/* What says nothing leaves it to the setting. */
	assert_about(life_of("token_lifetime = \"10m\";", "null"), 600);
	assert_about(life_of("token_lifetime = \"10m\"; expires_as = \"date\";", "\"soon\""), 600);
	assert_about(life_of("token_lifetime = \"10m\"; expires_as = \"epoch\";", "1000"), 600);
}

/* Refusals ------------------------------------------------------------------------------------- */

static void test_wrong_password(void)
{
	g_autoptr(World) world = world_new(LOGIN ONE "token_path = \"token\";");

	say(world, 401, "application/json", "{\"message\":\"no such user, or not pa ss\\\"word\"}");
	assert_problem(world, "/scim/login failed: no such user, or not [hidden]");
	assert_problem(world, "check auth.user, auth.password");
	/* It is not tried again for each request. */
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

static void test_refused_with_success(void)
{
	static const struct {
		const char *type, *body, *words;
	} answers[] = {
		{ "application/json", "{\"status\":\"error\",\"message\":\"locked\"}",
		  "failed: error: locked" },
		{ "application/json", "{\"tokens\":\"x\"}", "shows no token (token)" },
		{ "application/json", "{\"token\":\"\"}", "shows no token (token)" },
		{ "application/json", "{\"token\":\"a b\"}", "no header may have" },
		{ "application/json", "{\"token\":", "JSON" },
		{ "text/html", "<html>Sign in</html>", "page" },
		{ "text/plain", "", "shows no token (token)" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autoptr(World) world = world_new(LOGIN ONE "token_path = \"token\";");
		say(world, 200, answers[i].type, answers[i].body);
		assert_problem(world, answers[i].words);
	}
}

static void test_chain_breaks(void)
{
	g_autoptr(World) world = world_new(
		LOGIN "login = ( "
		      "{ url = \"%s/1\"; outputs = ( { name = \"n\"; path = \"nonce\"; } ); }, "
		      "{ url = \"%s/2/{step.n}\"; } ); token_path = \"token\";");

	say_json(world, "{\"nonce\":\"..\"}");
	assert_problem(world, "the login at ");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);

	g_autoptr(World) other = world_new(
		LOGIN "login = ( "
		      "{ url = \"%s/1\"; outputs = ( { name = \"n\"; path = \"nonce\"; } ); }, "
		      "{ url = \"%s/2/{step.n}\"; } ); token_path = \"token\";");
	say_json(other, "{\"once\":\"x\"}");
	assert_problem(other, "/scim/1 failed: its answer does not show 'n' (nonce)");
	g_assert_cmpuint(sink_count(other->sink), ==, 1);

	/* Refused with success: the words say why. */
	g_autoptr(World) refused = world_new(
		LOGIN "login = ( { url = \"%s/1\"; } ); token_path = \"token\";");
	say_json(refused, "{\"r\":{\"code\":7,\"msg\":\"bad login\"}}");
	assert_problem(refused, "bad login");
}

static void test_wait(void)
{
	g_autoptr(World) world = world_new(LOGIN ONE "token_path = \"token\";");
	g_autoptr(GError) error = NULL;

	say(world, 403, "application/json", "{\"error\":\"locked out\"}");
	g_assert_false(credential_wait(world->credential, &error));
	g_assert_true(error_is(error, ERROR_DOWN));
	g_assert_nonnull(strstr(error->message, "locked out"));

	g_autoptr(World) other = world_new(LOGIN ONE "token_path = \"token\";");
	say_json(other, "{\"token\":\"t1\",\"instance_url\":\"https://na1.example\"}");
	g_assert_true(credential_wait(other->credential, NULL));
	g_assert_cmpstr(credential_field(other->credential, "instance_url"), ==,
			"https://na1.example");
}

/* Settings ------------------------------------------------------------------------------------- */

#define CALL "url = \"https://id.example/a\"; "
#define TOKEN "token_path = \"t\"; "

static const struct {
	const char *text, *problem; /* problem NULL: nothing is wrong */
} checks[] = {
	{ "login = ( { " CALL "} ); " TOKEN, NULL },
	{ TOKEN, "auth.login is a list of at most 10 calls" },
	{ "login = ( ); " TOKEN, "auth.login is a list of at most 10 calls" },
	{ "login = ( { " CALL "} ); ", "set auth.token_path" },
	{ "login = ( { " CALL "outputs = ( { name = \"token\"; path = \"x\"; } ); } ); " TOKEN,
	  "take one of them out" },
	{ "login = ( { " CALL "outputs = ( { name = \"x\"; } ); } ); " TOKEN,
	  "call '1': outputs: each of them has a name, and a path" },
	{ "login = ( { " CALL "bodi = 5; } ); " TOKEN, "bodi" },
	{ "login = ( \"x\" ); " TOKEN, "must be a group" },
	{ "login = ( { name = \"a\"; } ); " TOKEN, "call 'a': " },
	{ "login = ( { " CALL "body = { u = \"{auth.user}\"; }; } ); " TOKEN,
	  "{auth.user} is not there\nset auth.user" },
	{ "login = ( { " CALL "body = { u = \"{step.x}\"; }; } ); " TOKEN,
	  "{step.x} is not there\nthere are" },
	{ "login = ( { " CALL "body = { u = \"{resource.mail}\"; }; } ); " TOKEN,
	  "{resource.mail} is not there" },
	{ "login = ( { url = \"https://{auth.client_id}.example/a\"; } ); "
	  "client_id = \"x\"; " TOKEN,
	  "before the path" },
	{ "login = ( { url = \"/a\"; } ); " TOKEN, "no address of the form" },
	{ "login = ( { url = \"http://id.example/a\"; } ); " TOKEN, "unencrypted" },
	{ "login = ( { url = \"http://127.0.0.1/a\"; } ); " TOKEN, NULL },
	{ "login = ( { " CALL "method = \"HEAD\"; } ); " TOKEN, "method 'HEAD' is none of" },
	{ "login = ( { " CALL "content_type = \"image/png\"; } ); " TOKEN, "image/png" },
	{ "login = ( { " CALL "body = \"{\"; } ); " TOKEN, "body: " },
	{ "login = ( { " CALL "headers = ( { name = \"A:\"; value = \"x\"; } ); } ); " TOKEN,
	  "no name of a header" },
	{ "login = ( { " CALL "} ); token_path = \"a[\"; ", "auth.token_path: " },
	{ "login = ( { " CALL "} ); scope = \"x\"; " TOKEN, "there is auth.scope" },
	{ "login = ( { " CALL "} ); token_lifetime = 0; " TOKEN, "more than nothing" },
};

static void test_checks(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autofree char *text = g_strconcat("type = \"login\"; ", checks[i].text, NULL);
		g_autoptr(Settings) settings = settings_new(text);
		g_autoptr(GError) error = NULL;
		gboolean ok = credential_validate(&settings->conf, FALSE, "zoom", &error);

		g_test_message("%s", text);
		if (error)
			g_test_message("says %s", error->message);
		g_assert_cmpint(ok, ==, checks[i].problem == NULL);
		if (ok)
			continue;
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_true(g_str_has_prefix(error->message, "app 'zoom': "));
		g_assert_nonnull(strstr(error->message, checks[i].problem));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credential_login/json", test_json);
	g_test_add_func("/credential_login/form", test_form);
	g_test_add_func("/credential_login/xml", test_xml);
	g_test_add_func("/credential_login/header", test_header);
	g_test_add_func("/credential_login/chain", test_chain);
	g_test_add_func("/credential_login/ends", test_ends);
	g_test_add_func("/credential_login/wrong-password", test_wrong_password);
	g_test_add_func("/credential_login/refused-with-success", test_refused_with_success);
	g_test_add_func("/credential_login/chain-breaks", test_chain_breaks);
	g_test_add_func("/credential_login/wait", test_wait);
	g_test_add_func("/credential_login/checks", test_checks);
	return g_test_run();
}
