/*
 * A step of a custom API as a request: what is on the wire, and that no value leaves its place.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "custom_support.h"
#include "drive_support.h"

typedef struct {
	Definition *definition;
	json_t *resource, *outputs;
	TargetRequest request;
} Fixture;

static Fixture fixture_new(const char *text)
{
	Fixture self = { .definition = definition_new(text) };

	self.outputs = json_object();
	self.resource = json_of("{'email':'a@x.org','name.givenName':'Jo'}");
	self.request = (TargetRequest){ .verb = TARGET_UPDATE,
					.id = "7",
					.resource = self.resource,
					.match_path = "email",
					.match_value = "o'a b&c=d#ü" };
	return self;
}

static void fixture_clear(Fixture *self)
{
	definition_free(self->definition);
	json_decref(self->resource);
	json_decref(self->outputs);
}

static HttpRequest *request_of(Fixture *self, CustomOperation operation, GError **error)
{
	CustomScope scope = { .api = self->definition->conf.api,
			      .net = &self->definition->conf.net,
			      .request = &self->request,
			      .outputs = self->outputs };

	return custom_request_new(definition_step(self->definition, operation), &scope, NULL,
				  error);
}

static void assert_path(const char *text, const char *id, const char *path)
{
	Fixture self = fixture_new(text);
	g_autoptr(GError) error = NULL;

	self.request.id = id;
	HttpRequest *request = request_of(&self, CUSTOM_DELETE, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(request->method, ==, "DELETE");
	g_assert_cmpstr(request->path, ==, path);
	http_request_free(request);
	fixture_clear(&self);
}

#define BY_ID "delete = { url = 'https://api.example/v1/users/{id}'; };"

static void test_ids(void)
{
	assert_path(BY_ID, "7", "/v1/users/7");
	assert_path(BY_ID, "a/b", "/v1/users/a%2Fb");
	assert_path(BY_ID, "a\"b'c d", "/v1/users/a%22b%27c%20d");
	assert_path(BY_ID, "ü?x=1#y", "/v1/users/%C3%BC%3Fx%3D1%23y");
	assert_path(BY_ID, "%2e%2e", "/v1/users/%252e%252e");
	assert_path(BY_ID, "a\r\nX: y", "/v1/users/a%0D%0AX%3A%20y");
	assert_path("url = 'https://api.example/base/'; delete = { url = '/u'; query = { q = "
		    "'{id}'; n = '{anchor|or none}'; }; };",
		    "a&b=c d", "/base/u?q=a%26b%3Dc%20d&n=none");
}

static void assert_refused(const char *text, const char *id, const char *why)
{
	Fixture self = fixture_new(text);
	g_autoptr(GError) error = NULL;

	self.request.id = id;
	g_assert_null(request_of(&self, CUSTOM_DELETE, &error));
	g_assert_error(error, BRIDGE_ERROR, ERROR_OBJECT);
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, why));
	fixture_clear(&self);
}

/* Whoever is asked for nothing, or for the folder above, is not asked. */
static void test_refused(void)
{
	assert_refused(BY_ID, "", "step '1'");
	assert_refused(BY_ID, "..", "step '1'");
	assert_refused(BY_ID, NULL, "'id'");
	assert_refused("delete = { url = 'https://api.example/u'; headers = { X_Id = '{id}'; }; };",
		       "a\r\nX-Evil: 1", "X_Id");
}

static void test_headers(void)
{
	Fixture self = fixture_new("headers = ( { name = 'X-Org'; value = '{parameter.org}'; },"
				   "            { name = 'X-Who'; value = 'all'; },"
				   "            { name = 'X-None'; value = '{token.none}'; } );"
				   "parameters = { org = '12'; };"
				   "auth = { type = 'client_credentials'; client_id = 'c';"
				   "         client_auth = 'none';"
				   "         token_url = 'https://login.example/token'; };"
				   "create = { url = 'https://api.example/u'; };"
				   "delete = { url = 'https://api.example/u/{id}';"
				   "           headers = { x-who = '{id}'; }; };");
	g_autoptr(GError) error = NULL;
	HttpRequest *request = request_of(&self, CUSTOM_DELETE, &error);

	g_assert_no_error(error);
	g_assert_cmpuint(request->headers->len, ==, 2);
	g_assert_cmpstr(request->headers->pdata[0], ==, "X-Org: 12");
	g_assert_cmpstr(request->headers->pdata[1], ==, "x-who: 7");
	g_assert_cmpstr(request->accept, ==, "application/json");
	g_assert_true(request->repeatable);
	g_assert_null(request->body);
	http_request_free(request);
	fixture_clear(&self);
}

static void assert_body(const char *text, const char *given, const char *type, const char *body)
{
	Fixture self = fixture_new(text);
	g_autoptr(GError) error = NULL;

	json_object_set_new(self.resource, "name.givenName", json_string(given));
	HttpRequest *request = request_of(&self, CUSTOM_CREATE, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(request->method, ==, "POST");
	g_assert_cmpstr(request->content_type, ==, type);
	g_assert_cmpstr(request->body, ==, body);
	g_assert_cmpuint(request->body_length, ==, strlen(body));
	g_assert_false(request->repeatable);
	http_request_free(request);
	fixture_clear(&self);
}

static void test_bodies(void)
{
	assert_body("create = { url = 'https://api.example/u'; };", "J\"o\n<ü>", "application/json",
		    "{\"email\":\"a@x.org\",\"name\":{\"givenName\":\"J\\\"o\\n<ü>\"}}");
	assert_body("content_type = 'application/x-www-form-urlencoded';"
		    "create = { url = 'https://api.example/u'; };",
		    "a&b=c", "application/x-www-form-urlencoded",
		    "email=a%40x.org&name%5BgivenName%5D=a%26b%3Dc");
	assert_body("create = { url = 'https://api.example/u'; body = { users = ( { first = "
		    "'{resource.name.givenName}'; last = '{resource.name.familyName}';"
		    " kind = 'x {resource.email}'; } ); }; };",
		    "Jo", "application/json",
		    "{\"users\":[{\"first\":\"Jo\",\"kind\":\"x a@x.org\"}]}");
}

/* Only what names a password is wiped, and the caller's own is never touched by that. */
static void test_secret(void)
{
	Fixture self = fixture_new(
		"create = { url = 'https://api.example/u'; };"
		"password = { url = 'https://api.example/u/{id}';"
		"  body = { password = '{password}'; mail = '{parameter.mail}'; };"
		" }; parameters = { mail = 'm@x'; };");
	g_autoptr(Secret) password = secret_new("p\"w", 3);
	g_autoptr(GError) error = NULL;

	self.request.verb = TARGET_PASSWORD;
	self.request.password = password;
	for (guint i = 0; i < 2; i++) {
		HttpRequest *request = request_of(&self, CUSTOM_PASSWORD, &error);
		g_assert_no_error(error);
		g_assert_true(request->secret);
		g_assert_cmpstr(request->body, ==, "{\"password\":\"p\\\"w\",\"mail\":\"m@x\"}");
		http_request_free(request);
	}
	g_assert_cmpstr(secret_peek(password), ==, "p\"w");
	fixture_clear(&self);
}

/* Addresses in answers ------------------------------------------------------------------------- */

static void test_same_origin(void)
{
	static const struct {
		const char *address, *path;
	} cases[] = {
		{ "https://api.example/users?$skiptoken=a%20b", "/users?$skiptoken=a%20b" },
		{ "https://API.example:443/users", "/users" },
		{ "/users?page=2", "/users?page=2" },
		{ "https://api.example", "/" },
		{ "https://api.example/a b#top", "/a%20b" },
		{ "http://api.example/users", NULL },
		{ "https://api.example.evil.test/users", NULL },
		{ "https://api.example@evil.test/users", NULL },
		{ "https://user:word@api.example/users", NULL },
		{ "https://api.example:8443/users", NULL },
		{ "//evil.test/users", NULL },
		{ "file:///etc/passwd", NULL },
		{ "https://api.example/a\r\nX: y", NULL },
		{ "users", NULL },
		{ "", NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *path = custom_same_origin("https://api.example", cases[i].address,
							   &error);

		g_test_message("%s: %s", cases[i].address, error ? error->message : path);
		g_assert_cmpstr(path, ==, cases[i].path);
		if (!path)
			g_assert_error(error, BRIDGE_ERROR, ERROR_OBJECT);
	}
}

static void test_names_both_hosts(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(custom_same_origin("https://api.example", "https://evil.test/u", &error));
	g_assert_nonnull(strstr(error->message, "https://api.example"));
	g_assert_nonnull(strstr(error->message, "evil.test"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_request/ids", test_ids);
	g_test_add_func("/custom_request/refused", test_refused);
	g_test_add_func("/custom_request/headers", test_headers);
	g_test_add_func("/custom_request/bodies", test_bodies);
	g_test_add_func("/custom_request/secret", test_secret);
	g_test_add_func("/custom_request/same_origin", test_same_origin);
	g_test_add_func("/custom_request/names_both_hosts", test_names_both_hosts);
	return g_test_run();
}
