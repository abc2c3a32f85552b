/*
 * What is taken from an answer: a value of one record of a list, chosen by another value of it.
 * That no record fits lets a removal be called done, so an answer that does not prove it must not.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "../../../src/target/target_internal.h"
#include "base/json.h"
#include "custom_support.h"
#include "drive_support.h"
#include "sink_support.h"

/* The rule ------------------------------------------------------------------------------------- */

#define DELETE                                                                        \
	"url = 'https://api.example'; delete = { steps = ("                           \
	"  { method = 'GET'; url = '/u/{id}/m'; outputs = ( { name = 'm'; %s } ); }," \
	"  { method = 'DELETE'; url = '/m/{step.m}'; when = 'step.m'; } ); };"
#define OF_GROUP "items = 'e'; path = 'id'; where = { path = 'g.id'; value = '{id}'; };"
#define OF_KIND                               \
	"items = 'e'; path = 'id'; where = (" \
	"  { path = 'g.id'; value = '{id}'; }, { path = 'kind'; value = 'user'; } );"

static void assert_taken(const char *row, const char *body_text, const char *found,
			 const char *flawed)
{
	g_autoptr(Definition) definition = definition_at(DELETE, row);
	const CustomStep *step = definition_step(definition, CUSTOM_DELETE);
	const TargetRequest request = { .verb = TARGET_DELETE, .id = "7" };
	g_autoptr(json_t) outputs = json_object();
	g_autoptr(json_t) body = body_text ? json_of(body_text) : NULL;
	const CustomScope scope = { .api = definition->conf.api,
				    .request = &request,
				    .outputs = outputs };
	g_autofree char *flaw = custom_take_outputs(step->outputs, body, &(HttpAnswer){ 0 }, &scope,
						    outputs);
	json_t *value = json_object_get(outputs, "m");
	g_autofree char *text = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL; /* lint: free */

	g_test_message("%s of %s: %s", row, body_text, flaw);
	g_assert_cmpstr(text, ==, found);
	g_assert_true((flaw != NULL) == (flawed != NULL));
	if (flawed)
		g_assert_nonnull(strstr(flaw, flawed));
}

static void test_chosen(void)
{
	assert_taken(OF_GROUP,
		     "{'e':[{'id':1,'g':{'id':'8'}},{'id':2,'g':{'id':'7'}},"
		     "{'id':3,'g':{'id':'7'}}]}",
		     "2", NULL);
	assert_taken(OF_GROUP, "{'e':[{'id':'a','g':{'id':70}},{'id':'b','g':{'id':7}}]}", "\"b\"",
		     NULL);
	assert_taken(OF_GROUP, "{'e':{'id':4,'g':{'id':7.0}}}", "4", NULL);
	assert_taken(OF_KIND,
		     "{'e':[{'id':1,'kind':'group','g':{'id':7}},{'id':2,'kind':'user','g':{"
		     "'id':8}},{'id':3,'kind':'user','g':{'id':7}}]}",
		     "3", NULL);
	assert_taken("items = ''; path = 'href'; pattern = '/m/([0-9]+)';"
		     "where = { path = 'on'; value = true; };",
		     "[{'href':'/m/1','on':false},{'href':'/m/2','on':'True'}]", "\"2\"", NULL);
	/* Who shows nothing does not matter once the one that is meant was seen. */
	assert_taken(OF_GROUP, "{'e':[{'id':1},null,{'id':2,'g':{'id':7}}]}", "2", NULL);
}

static void test_none_fits(void)
{
	assert_taken(OF_GROUP, "{'e':[{'id':1,'g':{'id':'07'}},{'id':2,'g':{'id':''}}]}", NULL,
		     NULL);
	assert_taken(OF_GROUP, "{'e':[]}", NULL, NULL);
	assert_taken(OF_GROUP, "{'e':''}", NULL, NULL);
	assert_taken(OF_KIND, "{'e':[{'id':1,'g':{'id':8}}]}", NULL, NULL);
	assert_taken(OF_GROUP " items_may_miss = true;", "{}", NULL, NULL);
}

static void test_nothing_proved(void)
{
	assert_taken(OF_GROUP, NULL, NULL, "'m': the answer shows no list at 'e'");
	assert_taken(OF_GROUP, "{'error':'busy'}", NULL, "no list at 'e'");
	assert_taken(OF_GROUP, "{'e':null}", NULL, "no list at 'e'");
	assert_taken(OF_GROUP, "{'e':[{'id':1,'g':{'id':8}},{'id':2,'group':7}]}", NULL,
		     "does not show what it is chosen by");
	assert_taken(OF_GROUP, "{'e':'later'}", NULL, "does not show what it is chosen by");
	assert_taken(OF_KIND, "{'e':[{'id':1,'g':{'id':7}}]}", NULL,
		     "does not show what it is chosen by");
	assert_taken(OF_GROUP " items_may_miss = true;", "{'e':[{'id':1}]}", NULL,
		     "does not show what it is chosen by");
	assert_taken(OF_GROUP, "{'e':[{'number':1,'g':{'id':7}}]}", NULL, "shows nothing at 'id'");
	assert_taken("items = 'e'; path = 'id'; where = { path = 'a'; value = '{anchor}'; };",
		     "{'e':[{'id':1,'a':''}]}", NULL, "{anchor}");
}

/* On the wire ---------------------------------------------------------------------------------- */

#define BASE "url = '%s'; insecure = true; tries = 1; match = [ 'email' ];"
#define OF_PERSON "outputs = ( { name = 'm'; " OF_GROUP " } ); }"
#define MEMBERS                                                                                \
	"group = { lookup = { url = '/g'; query = { n = '{group.name}'; }; items = 'e'; }; };" \
	"member = { add = { url = '/g/{id}/m'; body = { id = '{member.id}'; }; };"             \
	"  remove = { steps = ( { method = 'GET'; url = '/u/{member.id}/m'; " OF_PERSON        \
	"  , { method = 'DELETE'; url = '/m/{step.m}'; when = 'step.m'; } ); }; };"

typedef struct {
	Sink *sink;
	Definition *definition;
	Target *target;
} Service;

static Service service_new(const char *more)
{
	Service self = { .sink = sink_new() };
	g_autofree char *text = g_strconcat(BASE, more, NULL);
	g_autoptr(GError) error = NULL;

	self.definition = definition_at(text, sink_url(self.sink));
	TargetSetup setup = { .app = "app", .conf = &self.definition->conf };
	self.target = target_custom.open(&setup, &error);
	g_assert_no_error(error);
	return self;
}

static void service_clear(Service *self)
{
	target_custom.close(self->target);
	definition_free(self->definition);
	sink_free(self->sink);
}

static void say(Service *self, const char *body)
{
	sink_say(self->sink, 200, "Content-Type: application/json\r\n", body);
}

static void assert_asked(Service *self, TargetRequest request, TargetOutcome outcome,
			 const char *said)
{
	Got got = drive(self->target, request);

	g_test_message("%s", got.detail);
	g_assert_cmpstr(target_outcome_name(got.outcome), ==, target_outcome_name(outcome));
	if (said)
		g_assert_nonnull(strstr(got.detail ? got.detail : "", said));
	got_clear(&got);
}

static void assert_removed(Service *self, TargetOutcome outcome, const char *said)
{
	static const TargetMember members[] = { { .id = "u" } };

	assert_asked(self,
		     (TargetRequest){ .verb = TARGET_MEMBERS_REMOVE,
				      .id = "7",
				      .members = members,
				      .member_count = 1 },
		     outcome, said);
}

static void test_membership(void)
{
	Service self = service_new(MEMBERS);

	say(&self, "{\"e\":[{\"id\":1,\"g\":{\"id\":6}},{\"id\":2,\"g\":{\"id\":7}}]}");
	say(&self, "{}");
	assert_removed(&self, TARGET_OK, NULL);
	g_assert_true(g_str_has_prefix(sink_request(self.sink, 0), "GET /scim/u/u/m "));
	g_assert_true(g_str_has_prefix(sink_request(self.sink, 1), "DELETE /scim/m/2 "));
	/* Nobody is in it: there is nothing to do. */
	say(&self, "{\"e\":[{\"id\":1,\"g\":{\"id\":6}}]}");
	assert_removed(&self, TARGET_OK, NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 3);
	/* What may be in it is not called removed. */
	say(&self, "{\"entries\":[]}");
	assert_removed(&self, TARGET_REJECTED, "no list at 'e'");
	say(&self, "{\"e\":[{\"id\":2,\"g\":7}]}");
	assert_removed(&self, TARGET_REJECTED, "does not show what it is chosen by");
	g_assert_cmpuint(sink_count(self.sink), ==, 5);
	service_clear(&self);
}

/* The change was made, and what follows cannot be. */
static void test_behind_a_change(void)
{
	Service self = service_new(
		"update = { steps = ( { method = 'PUT'; url = '/u/{id}'; body = '{changes}';"
		"  outputs = ( { name = 'm'; " OF_GROUP " } ); },"
		"  { method = 'PUT'; url = '/m/{step.m}'; when = 'step.m'; } ); };");
	g_autoptr(json_t) wanted = json_of("{'title':'y'}");
	g_autoptr(json_t) changes = json_of("[{'path':'title','old':'x','new':'y'}]");
	const TargetRequest request = {
		.verb = TARGET_UPDATE, .id = "7", .resource = wanted, .changes = changes
	};

	say(&self, "{}");
	assert_asked(&self, request, TARGET_UNKNOWN, "no list at 'e'");
	g_assert_cmpuint(sink_count(self.sink), ==, 1);
	service_clear(&self);
}

static void test_id(void)
{
	Service self = service_new(
		"create = { url = '/u'; id = { items = 'users'; path = 'id';"
		"  where = { path = 'mail'; value = '{resource.email}'; }; }; };");
	g_autoptr(json_t) wanted = json_of("{'email':'a@x'}");
	const TargetRequest request = { .verb = TARGET_CREATE, .resource = wanted };

	say(&self, "{\"users\":[{\"id\":1,\"mail\":\"b@x\"},{\"id\":2,\"mail\":\"a@x\"}]}");
	Got got = drive(self.target, request);
	g_assert_cmpstr(got.id, ==, "2");
	got_clear(&got);
	say(&self, "{\"users\":[{\"id\":1,\"mail\":\"b@x\"}]}");
	assert_asked(&self, request, TARGET_UNKNOWN, "without saying which account");
	service_clear(&self);
}

/* The id that a create with these settings finds; NULL: none, and the caller is told so. */
static void assert_id(const char *settings, const char *header, const char *body, const char *id)
{
	Service self = service_new(settings);
	g_autoptr(json_t) wanted = json_of("{'email':'a@x'}");
	const TargetRequest request = { .verb = TARGET_CREATE, .resource = wanted };
	g_autofree char *lines = g_strconcat("Content-Type: application/json\r\n", header, NULL);

	sink_say(self.sink, 201, lines, body);
	Got got = drive(self.target, request);
	g_test_message("%s %s: %s", header, body, got.detail);
	g_assert_cmpstr(got.id, ==, id);
	g_assert_cmpint(got.outcome, ==, id ? TARGET_OK : TARGET_UNKNOWN);
	got_clear(&got);
	service_clear(&self);
}

static void test_id_in_body(void)
{
	static const char *const bad[] = { "true",       "false",     "null",      "{}",
					   "[]",         "\"\"",      "\" \"",     "\".\"",
					   "\"..\"",     "\"a\\nb\"", "\"a\\tb\"", "\"\\u007f\"",
					   "\"\\u0085\"" };
	static const char *const settings = "create = { url = '/u'; };";
	g_autofree char *longest = g_strnfill(1024, 'x');
	g_autofree char *good = g_strdup_printf("{\"id\":\"%s\"}", longest);
	g_autofree char *longer = g_strdup_printf("{\"id\":\"x%s\"}", longest);

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *body = g_strdup_printf("{\"id\":%s}", bad[i]);
		assert_id(settings, "", body, NULL);
	}
	assert_id(settings, "", good, longest);
	assert_id(settings, "", longer, NULL);
	assert_id(settings, "", "{\"id\":\"a/b ...\"}", "a/b ...");
	assert_id(settings, "", "{\"id\":0}", "0");
}

static void test_id_in_header(void)
{
	static const char *const settings =
		"create = { url = '/u'; id = { header = 'Location'; }; };";

	assert_id(settings, "Location: /scim/u/7\r\n", "{}", "7");
	assert_id(settings, "Location: /scim/u/7/\r\n", "{}", "7");
	assert_id(settings, "Location: https://h/v2/z%C3%B6?x=/y\r\n", "{}", "z\xc3\xb6");
	/* The address of all of them. */
	assert_id(settings, "Location: /scim/u/\r\n", "{}", NULL);
	assert_id(settings, "Location: /scim/u?made=1\r\n", "{}", NULL);
	assert_id(settings, "Location: http://127.0.0.1/scim/u/\r\n", "{}", NULL);
	assert_id(settings, "Location: /scim/u/%2E%2E\r\n", "{}", NULL);
	assert_id(settings, "Location: /scim/u/a%0Ab\r\n", "{}", NULL);
	/* Bytes that are no text become no other id. */
	assert_id(settings, "Location: /scim/u/z\xf6\r\n", "{}", NULL);
	assert_id(settings, "Location: /scim/u/z%F6\r\n", "{}", NULL);
}

/* An id is kept and shown everywhere. */
static void test_id_with_credential(void)
{
	g_autofree char *folder = g_dir_make_tmp("dirbridge-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(folder, "token", NULL);
	g_autofree char *settings = g_strdup_printf(
		"auth = { type = 'bearer'; token_file = '%s'; }; create = { url = '/u'; };", file);

	g_assert_true(g_file_set_contents_full(file, "t0p-s3cret/x", -1, G_FILE_SET_CONTENTS_NONE,
					       0600, NULL));
	assert_id(settings, "", "{\"id\":\"u-t0p-s3cret/x\"}", NULL);
	assert_id(settings, "", "{\"id\":\"t0p-s3cret%2Fx\"}", NULL);
	assert_id(settings, "", "{\"id\":\"u-7\"}", "u-7");
	g_remove(file);
	g_rmdir(folder);
}

/* A search that begins with a list that is not there has not found that there is nobody. */
static void test_search(void)
{
	Service self = service_new(
		"lookup = { items = 'users'; steps = ( { url = '/domains'; outputs = ("
		"  { name = 'd'; items = 'e'; path = 'id';"
		"    where = { path = 'kind'; value = 'main'; }; } ); },"
		"  { url = '/d/{step.d}'; query = { q = '{match.value}'; }; } ); };");
	const TargetRequest request = { .verb = TARGET_LOOKUP,
					.match_path = "email",
					.match_value = "a@x" };

	say(&self, "{\"e\":[{\"id\":1,\"kind\":\"other\"},{\"id\":2,\"kind\":\"main\"}]}");
	say(&self, "{\"users\":[]}");
	assert_asked(&self, request, TARGET_ABSENT, NULL);
	g_assert_true(g_str_has_prefix(sink_request(self.sink, 1), "GET /scim/d/2?q=a%40x "));
	say(&self, "{}");
	assert_asked(&self, request, TARGET_REJECTED, "no list at 'e'");
	service_clear(&self);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_take/chosen", test_chosen);
	g_test_add_func("/custom_take/none_fits", test_none_fits);
	g_test_add_func("/custom_take/nothing_proved", test_nothing_proved);
	g_test_add_func("/custom_take/membership", test_membership);
	g_test_add_func("/custom_take/behind_a_change", test_behind_a_change);
	g_test_add_func("/custom_take/id", test_id);
	g_test_add_func("/custom_take/id/body", test_id_in_body);
	g_test_add_func("/custom_take/id/header", test_id_in_header);
	g_test_add_func("/custom_take/id/credential", test_id_with_credential);
	g_test_add_func("/custom_take/search", test_search);
	return g_test_run();
}
