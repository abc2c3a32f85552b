/*
 * The SCIM driver with quirks, against a scripted service: what is sent under each of them.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"
#include "sink_support.h"

#define USER "'schemas':['urn:ietf:params:scim:schemas:core:2.0:User']"
#define WORK "emails[type eq \\\"work\\\"].value"

typedef struct {
	Sink *sink;
	Conf *file;
	ScimConf conf;
	Target *target;
	guint opened; /* requests that opening took */
} Service;

/* Reads settings as a config file has them. */
static void read_settings(Service *self, const char *settings)
{
	g_autoptr(ConfProblems) problems = conf_problems_new();
	g_autofree char *path = NULL;
	g_autofree char *text = g_strdup_printf("url = \"%s\"; timeout = \"5s\"; tries = 2; %s",
						sink_url(self->sink), settings);
	int fd = g_file_open_tmp("quirks-XXXXXX.cfg", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	self->file = conf_read(path, problems);
	g_unlink(path);
	g_assert_nonnull(self->file);
	conf_fill(conf_root(self->file), &(OptionSet){ scim_options, &self->conf }, 1, NULL,
		  problems);
	g_assert_cmpuint(conf_problems_count(problems), ==, 0);
}

static Service service_new(const char *settings)
{
	Service self = { .sink = sink_new() };

	read_settings(&self, settings);
	return self;
}

/* Opens with what was scripted until now; the last line of a script repeats. */
static void service_open(Service *self)
{
	g_autoptr(GError) error = NULL;
	TargetSetup setup = { .app = "app", .conf = &self->conf };

	g_assert_true(scim_validate(&self->conf, "app", &error));
	self->target = target_scim.open(&setup, &error);
	g_assert_no_error(error);
	self->opened = sink_count(self->sink);
}

static Service opened_with(const char *settings)
{
	Service self = service_new(settings);

	sink_say(self.sink, 200, "", "{}");
	return self;
}

static void service_clear(Service *self)
{
	target_scim.close(self->target);
	option_clear(scim_options, &self->conf);
	conf_free(self->file);
	sink_free(self->sink);
}

static void assert_invalid(const char *settings, const char *words)
{
	Service self = service_new(settings);
	g_autoptr(GError) error = NULL;

	g_assert_false(scim_validate(&self.conf, "app", &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	if (!strstr(error->message, words))
		g_error("no '%s' in '%s'", words, error->message);
	service_clear(&self);
}

/* Request 'n' after opening has this first line, and this body as JSON if one is given. */
static void assert_sent(const Service *self, guint n, const char *line, const char *body)
{
	const char *request = sink_request(self->sink, self->opened + n);
	const char *at = strstr(request, "\r\n\r\n");
	g_autofree char *head = g_strconcat(line, " HTTP/1.1\r\n", NULL);

	if (!g_str_has_prefix(request, head))
		g_error("not '%s' but: %s", line, request);
	if (!body)
		return;
	g_autoptr(json_t) sent = json_loads(at + 4, 0, NULL);
	assert_json(sent, body);
}

static void assert_header(const Service *self, guint n, const char *header, gboolean there)
{
	const char *request = sink_request(self->sink, self->opened + n);

	if ((strstr(request, header) != NULL) != there)
		g_error("'%s' is %s: %s", header, there ? "missing" : "there", request);
}

static void assert_count(const Service *self, guint n)
{
	g_assert_cmpuint(sink_count(self->sink) - self->opened, ==, n);
}

static Got ask(Service *self, TargetVerb verb)
{
	return drive(self->target, (TargetRequest){ .verb = verb, .id = "7" });
}

static Got update(Service *self, const char *changes_text, const char *wanted_text)
{
	g_autoptr(json_t) changes = json_of(changes_text);
	g_autoptr(json_t) wanted = json_of(wanted_text);

	return drive(self->target, (TargetRequest){ .verb = TARGET_UPDATE,
						    .id = "7",
						    .changes = changes,
						    .resource = wanted });
}

static void assert_outcome(Got got, TargetOutcome outcome)
{
	g_assert_cmpstr(target_outcome_name(got.outcome), ==, target_outcome_name(outcome));
	got_clear(&got);
}

static void assert_says(Got got, TargetOutcome outcome, const char *words)
{
	g_assert_nonnull(got.detail);
	if (!strstr(got.detail, words))
		g_error("no '%s' in '%s'", words, got.detail);
	assert_outcome(got, outcome);
}

/* Opening -------------------------------------------------------------------------------------- */

static void test_discovery(void)
{
	static const struct {
		const char *quirks, *first;
	} cases[] = {
		{ "quirks = { discovery_path = \"/ServiceProviderConfigs\"; };",
		  "GET /scim/ServiceProviderConfigs HTTP" },
		{ "quirks = { discovery = false; };", "GET /scim/Users?startIndex=1&count=1 HTTP" },
		{ "quirks = { discovery = false; page = \"cursor\"; };",
		  "GET /scim/Users?cursor=&count=1 HTTP" },
		{ "quirks = { discovery = false; page = \"none\"; filter = \"id\"; };",
		  "GET /scim/Users?filter=id%20eq%20" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = opened_with(cases[i].quirks);
		service_open(&service);
		g_assert_cmpuint(service.opened, ==, 1);
		g_assert_true(g_str_has_prefix(sink_request(service.sink, 0), cases[i].first));
		service_clear(&service);
	}
}

static void test_headers(void)
{
	Service service = opened_with("content_type = \"application/json\"; quirks = { accept = "
				      "\"text/x\"; user_agent = \"zed/1\"; };");

	service_open(&service);
	assert_outcome(ask(&service, TARGET_ENABLE), TARGET_OK);
	assert_header(&service, 0, "Accept: text/x\r\n", TRUE);
	assert_header(&service, 0, "User-Agent: zed/1\r\n", TRUE);
	assert_header(&service, 0, "Content-Type: application/json\r\n", TRUE);
	service_clear(&service);
}

static void test_invalid(void)
{
	assert_invalid("quirks = { conflict = \"(\"; };", "quirks.conflict");
	assert_invalid("quirks = { discovery_path = \"x\"; };", "begin with a slash");
	assert_invalid("quirks = { user_agent = \"a\\nb\"; };", "must be one line");
	assert_invalid("quirks = { rate = ( { per = \"1m\"; } ); };", "missing setting 'calls'");
	assert_invalid("quirks = { rate = ( { calls = 5; per = 0; } ); };", "more than none");
	assert_invalid("quirks = { rate = ( { what = \"x\"; calls = 5; } ); };", "must be one of");
	assert_invalid("quirks = { rate = 7; };", "must be a list");
	assert_invalid("quirks = { delete = false; disable_by = \"delete\"; };",
		       "quirks.delete is false");
}

/* Updates -------------------------------------------------------------------------------------- */

#define TITLE "[{'path':'title','old':'x','new':'y'}]"
#define WANTED "{'title':'y','userName':'jane'}"

static void test_update_ways(void)
{
	static const struct {
		const char *settings;
		const char *first, *first_body, *second, *second_body;
	} cases[] = {
		{ "update = \"patch_merged\";", "PATCH /scim/Users/7",
		  "{'Operations':[{'op':'replace','value':{'title':'y'}}],"
		  "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}",
		  NULL, NULL },
		{ "quirks = { patch_path = false; };", "PATCH /scim/Users/7",
		  "{'Operations':[{'op':'replace','value':{'title':'y'}}],"
		  "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}",
		  NULL, NULL },
		{ "update = \"put\";", "GET /scim/Users/7", NULL, "PUT /scim/Users/7",
		  "{'id':'7','nickName':'n','title':'y'," USER "}" },
		{ "update = \"put_partial\";", "PUT /scim/Users/7",
		  "{'id':'7','title':'y','userName':'jane'," USER "}", NULL, NULL },
		{ "update = \"create_only\";", "GET /scim/Users/7", NULL, NULL, NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = opened_with(cases[i].settings);
		sink_say(service.sink, 200, "", "{\"id\":\"7\",\"nickName\":\"n\"}");
		service_open(&service);
		assert_outcome(update(&service, TITLE, WANTED), TARGET_OK);
		assert_count(&service, cases[i].second ? 2 : 1);
		assert_sent(&service, 0, cases[i].first, cases[i].first_body);
		if (cases[i].second)
			assert_sent(&service, 1, cases[i].second, cases[i].second_body);
		service_clear(&service);
	}
}

/* What is not sent is said, and the account is shown as it is. */
static void test_create_only(void)
{
	Service service = opened_with("update = \"create_only\";");

	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"title\":\"x\"}");
	service_open(&service);
	g_assert_false(service.target->caps & TARGET_CAN_UPDATE);
	Got got = update(&service, TITLE, WANTED);
	assert_json(got.documents, "[{'id':'7','title':'x'}]");
	assert_says(got, TARGET_OK, "changes of the profile are not sent");
	g_assert_nonnull(strstr(target_scim.meaning(service.target, TARGET_UPDATE), "not sent"));
	assert_outcome(ask(&service, TARGET_DISABLE), TARGET_OK);
	assert_sent(&service, 1, "PATCH /scim/Users/7", NULL);
	service_clear(&service);
}

/* Without paths a list goes as a whole, with what others have in it; what goes is null. */
static void test_merged_lists(void)
{
	Service service = opened_with("update = \"patch_merged\";");

	sink_say(service.sink, 200, "",
		 "{\"id\":\"7\",\"emails\":[{\"type\":\"home\",\"value\":\"h\"},{\"type\":"
		 "\"work\",\"value\":\"a\"}]}");
	service_open(&service);
	assert_outcome(update(&service,
			      "[{'path':'" WORK "','old':'a','new':'b'},"
			      "{'path':'name.middleName','old':'M'},"
			      "{'path':'roles','old':['r'],'new':['r','s'],'add':['s']},"
			      "{'path':'title','old':'x','new':null}]",
			      "{'" WORK "':'b','name.givenName':'J','roles':['r','s']}"),
		       TARGET_OK);
	assert_sent(&service, 0, "GET /scim/Users/7", NULL);
	assert_sent(&service, 1, "PATCH /scim/Users/7",
		    "{'Operations':[{'op':'replace','value':{"
		    "'emails':[{'type':'home','value':'h'},{'type':'work','value':'b'}],"
		    "'name':{'givenName':'J','middleName':null},'title':null}},"
		    "{'op':'add','value':{'roles':['s']}}],"
		    "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
	service_clear(&service);
}

/* A list that is only added to keeps what others added, whichever way it goes. */
static void test_additions(void)
{
	static const struct {
		const char *settings, *method;
	} ways[] = { { "update = \"put\";", "PUT /scim/Users/7" },
		     { "update = \"put_partial\";", "PUT /scim/Users/7" } };
	const char *changes = "[{'path':'roles','new':[{'value':'a'},{'value':'b'}],'old':[{'value'"
			      ":'a'}],'add':[{'value':'b'}]}]";
	const char *wanted = "{'roles':[{'value':'a'},{'value':'b'}],'userName':'j'}";

	for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
		Service service = opened_with(ways[i].settings);
		sink_say(service.sink, 200, "",
			 "{\"id\":\"7\",\"userName\":\"j\",\"roles\":[{\"value\":\"z\"}]}");
		service_open(&service);
		assert_outcome(update(&service, changes, wanted), TARGET_OK);
		assert_sent(&service, 1, ways[i].method,
			    "{'id':'7','userName':'j','roles':[{'value':'z'},{'value':'b'}]," USER
			    "}");
		service_clear(&service);
	}
	Service service = opened_with("");
	service_open(&service);
	assert_outcome(update(&service, changes, wanted), TARGET_OK);
	assert_sent(&service, 0, "PATCH /scim/Users/7",
		    "{'Operations':[{'op':'add','path':'roles','value':[{'value':'b'}]}],"
		    "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
	service_clear(&service);
}

/* Clearing by null or by an empty text is a replacement, also of what was never there. */
static void test_clearing(void)
{
	Service service = opened_with("");

	service_open(&service);
	assert_outcome(update(&service, "[{'path':'a','new':null},{'path':'b','old':1,'new':''}]",
			      "{'a':null,'b':''}"),
		       TARGET_OK);
	assert_sent(&service, 0, "PATCH /scim/Users/7",
		    "{'Operations':[{'op':'replace','path':'a','value':null},"
		    "{'op':'replace','path':'b','value':''}],"
		    "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
	service_clear(&service);
}

#define THREE "[{'path':'a','new':1},{'path':'b','new':2},{'path':'c','new':3}]"

static void test_ops_max(void)
{
	Service service = opened_with("quirks = { patch_ops_max = 2; };");

	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 400, "", "{\"detail\":\"no c\"}");
	service_open(&service);
	assert_outcome(update(&service, THREE, "{'a':1,'b':2,'c':3}"), TARGET_OK);
	assert_count(&service, 2);
	assert_sent(&service, 1, "PATCH /scim/Users/7",
		    "{'Operations':[{'op':'add','path':'c','value':3}],"
		    "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
	/* Half of it is done: nobody may say that it is not. */
	assert_says(update(&service, THREE, "{'a':1,'b':2,'c':3}"), TARGET_UNKNOWN, "no c");
	service_clear(&service);
}

/* The answer of a write shows the account, where it has one. */
static void test_echo(void)
{
	Service service = opened_with("");

	sink_say(service.sink, 200, "", "{\"ID\":7,\"title\":\"Y\"}");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 201, "", "{\"id\":\"9\",\"userName\":\"JANE\"}");
	sink_say(service.sink, 200, "", "{\"id\":\"8\"}");
	service_open(&service);
	Got got = update(&service, TITLE, WANTED);
	assert_json(got.documents, "[{'ID':7,'id':'7','title':'Y'}]");
	got_clear(&got);
	got = update(&service, TITLE, WANTED);
	g_assert_null(got.documents);
	got_clear(&got);
	g_autoptr(json_t) wanted = json_of(WANTED);
	got = drive(service.target, (TargetRequest){ .verb = TARGET_CREATE, .resource = wanted });
	g_assert_cmpstr(got.id, ==, "9");
	assert_json(got.documents, "[{'id':'9','userName':'JANE'}]");
	got_clear(&got);
	/* Another account than the one that was changed is no answer about it. */
	got = update(&service, TITLE, WANTED);
	g_assert_null(got.documents);
	assert_outcome(got, TARGET_OK);
	service_clear(&service);
}

static void test_etag(void)
{
	Service service = opened_with("quirks = { etag = true; };");

	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"meta\":{\"version\":\"W/\\\"a\\\"\"}}");
	sink_say(service.sink, 412, "", "");
	service_open(&service);
	assert_outcome(update(&service, TITLE, WANTED), TARGET_STALE);
	assert_sent(&service, 0, "GET /scim/Users/7", NULL);
	assert_sent(&service, 1, "PATCH /scim/Users/7", NULL);
	assert_header(&service, 1, "If-Match: W/\"a\"\r\n", TRUE);
	service_clear(&service);
}

/* Who insists is told the version from then on; once a request, or it would never end. */
static void test_etag_learned(void)
{
	Service service = opened_with("");

	sink_say(service.sink, 428, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"meta\":{\"version\":\"v1\"}}");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"meta\":{\"version\":\"v2\"}}");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\"}");
	sink_say(service.sink, 428, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\"}");
	sink_say(service.sink, 428, "", "");
	service_open(&service);
	assert_outcome(update(&service, TITLE, WANTED), TARGET_OK);
	assert_count(&service, 3);
	assert_header(&service, 2, "If-Match: v1\r\n", TRUE);
	assert_outcome(ask(&service, TARGET_DELETE), TARGET_OK);
	assert_sent(&service, 4, "DELETE /scim/Users/7", NULL);
	assert_header(&service, 4, "If-Match: v2\r\n", TRUE);
	assert_outcome(ask(&service, TARGET_DISABLE), TARGET_STALE);
	assert_count(&service, 9);
	service_clear(&service);
}

/* Switching off and on ------------------------------------------------------------------------- */

static void test_disable_by(void)
{
	static const struct {
		const char *settings, *line;
		guint n;
		const char *body;
	} cases[] = {
		{ "", "PATCH /scim/Users/7", 0, NULL },
		{ "update = \"put_partial\";", "PATCH /scim/Users/7", 0, NULL },
		{ "update = \"put\"; quirks = { disable_by = \"patch\"; };", "PATCH /scim/Users/7",
		  0, NULL },
		{ "quirks = { patch_path = false; };", "PATCH /scim/Users/7", 0,
		  "{'Operations':[{'op':'replace','value':{'active':false}}],"
		  "'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp']}" },
		{ "quirks = { disable_by = \"put\"; };", "PUT /scim/Users/7", 1,
		  "{'active':false,'id':'7','userName':'j'," USER "}" },
		{ "update = \"put_partial\"; quirks = { disable_by = \"put\"; };",
		  "PUT /scim/Users/7", 1, "{'active':false,'id':'7','userName':'j'," USER "}" },
		{ "quirks = { disable_by = \"put\"; boolean = \"text\"; };", "PUT /scim/Users/7", 1,
		  "{'active':'false','id':'7','userName':'j'," USER "}" },
		{ "quirks = { disable_by = \"delete\"; };", "DELETE /scim/Users/7", 0, NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = opened_with(cases[i].settings);
		sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
		service_open(&service);
		assert_outcome(ask(&service, TARGET_DISABLE), TARGET_OK);
		assert_count(&service, cases[i].n + 1);
		assert_sent(&service, cases[i].n, cases[i].line, cases[i].body);
		service_clear(&service);
	}
}

/* Disabled by DELETE, the account is gone, and enabling it says so. */
static void test_disable_by_delete(void)
{
	Service service = opened_with("quirks = { disable_by = \"delete\"; };");

	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 404, "", "");
	sink_say(service.sink, 200, "", "{\"totalResults\":0}");
	service_open(&service);
	g_assert_nonnull(strstr(target_scim.meaning(service.target, TARGET_DISABLE), "deletes"));
	assert_outcome(ask(&service, TARGET_DISABLE), TARGET_OK);
	assert_outcome(ask(&service, TARGET_ENABLE), TARGET_ABSENT);
	service_clear(&service);
}

/* What a service cannot do is never sent, and the plan says it beforehand. */
static void test_never_sent(void)
{
	static const struct {
		const char *settings;
		TargetVerb verb;
		guint cap;
		const char *words;
	} cases[] = {
		{ "quirks = { delete = false; };", TARGET_DELETE, TARGET_CAN_DELETE,
		  "never deleted" },
		{ "quirks = { disable_by = \"none\"; };", TARGET_DISABLE, TARGET_CAN_DISABLE,
		  "cannot disable" },
		{ "quirks = { disable_by = \"none\"; };", TARGET_ENABLE, TARGET_CAN_DISABLE,
		  "cannot disable" },
		{ "quirks = { reactivate = false; };", TARGET_ENABLE, 0, "cannot enable" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = opened_with(cases[i].settings);
		service_open(&service);
		g_assert_cmpuint(service.target->caps & cases[i].cap, ==, 0);
		assert_says(ask(&service, cases[i].verb), TARGET_REJECTED, cases[i].words);
		g_assert_nonnull(
			strstr(target_scim.meaning(service.target, cases[i].verb), cases[i].words));
		assert_count(&service, 0);
		service_clear(&service);
	}
}

static void test_meanings(void)
{
	Service service = opened_with("quirks = { create_means = \"c\"; disable_means = \"o\"; "
				      "delete_means = \"d\"; };");

	service_open(&service);
	g_assert_cmpstr(target_scim.meaning(service.target, TARGET_CREATE), ==, "c");
	g_assert_cmpstr(target_scim.meaning(service.target, TARGET_DISABLE), ==, "o");
	g_assert_cmpstr(target_scim.meaning(service.target, TARGET_DELETE), ==, "d");
	g_assert_null(target_scim.meaning(service.target, TARGET_UPDATE));
	service_clear(&service);
}

/* Creating and finding ------------------------------------------------------------------------- */

static Got create(Service *self, const char *resource_text)
{
	g_autoptr(json_t) resource = json_of(resource_text);

	return drive(self->target, (TargetRequest){ .verb = TARGET_CREATE,
						    .anchor = "ext-1",
						    .resource = resource });
}

static void test_create_dress(void)
{
	Service service = opened_with("quirks = { boolean = \"text\"; email_primary = false; };");

	sink_say(service.sink, 201, "", "{\"id\":\"1\"}");
	service_open(&service);
	assert_outcome(create(&service, "{'active':true,'" WORK "':'a'}"), TARGET_OK);
	assert_sent(&service, 0, "POST /scim/Users",
		    "{'active':'true','emails':[{'type':'work','value':'a'}],"
		    "'externalId':'ext-1'," USER "}");
	assert_outcome(create(&service, "{'emails':[{'value':'a','primary':true}]}"), TARGET_OK);
	assert_sent(&service, 1, "POST /scim/Users",
		    "{'emails':[{'value':'a','primary':'true'}],'externalId':'ext-1'," USER "}");
	service_clear(&service);
}

static void test_conflict(void)
{
	Service service = opened_with(
		"quirks = { conflict = [ \"invited\", \"SEAT .* held\" ]; };");

	sink_say(service.sink, 400, "", "{\"detail\":\"the seat is held\"}");
	sink_say(service.sink, 400, "", "{\"detail\":\"no seats\"}");
	sink_say(service.sink, 422, "", "{\"detail\":\"Invited before\"}");
	service_open(&service);
	assert_outcome(create(&service, "{'userName':'j'}"), TARGET_EXISTS);
	assert_outcome(create(&service, "{'userName':'j'}"), TARGET_REJECTED);
	assert_outcome(create(&service, "{'userName':'j'}"), TARGET_EXISTS);
	/* Only of a create: the same words about an update are a refusal. */
	assert_outcome(update(&service, TITLE, WANTED), TARGET_REJECTED);
	service_clear(&service);
}

static Got look_up(Service *self, const char *path, const char *value)
{
	return drive(self->target, (TargetRequest){ .verb = TARGET_LOOKUP,
						    .match_path = path,
						    .match_value = value });
}

static void test_id_is_external(void)
{
	Service service = opened_with("quirks = { id_is_external = true; filter = [ \"id\" ]; };");

	sink_say(service.sink, 201, "", "");
	sink_say(service.sink, 200, "", "{\"totalResults\":1,\"Resources\":[{\"id\":\"ext-1\"}]}");
	service_open(&service);
	Got got = create(&service, "{'userName':'j'}");
	g_assert_cmpstr(got.id, ==, "ext-1");
	assert_outcome(got, TARGET_OK);
	got = look_up(&service, "externalId", "ext-1");
	assert_json(got.documents, "[{'externalId':'ext-1','id':'ext-1'}]");
	assert_outcome(got, TARGET_OK);
	assert_sent(&service, 1, "GET /scim/Users?filter=id%20eq%20%22ext-1%22", NULL);
	assert_says(update(&service, "[{'path':'externalId','old':'a','new':'b'}]", "{}"),
		    TARGET_REJECTED, "another account");
	assert_count(&service, 2);
	service_clear(&service);
}

/* What cannot be searched by is answered as by a service that says so: the listing is asked. */
static void test_filter(void)
{
	static const struct {
		const char *path;
		gboolean sent;
	} cases[] = { { "userName", TRUE },
		      { "USERNAME", TRUE },
		      { "emails[type eq \"work\"].value", TRUE },
		      { "externalId", FALSE },
		      { "name.givenName", FALSE } };
	Service service = opened_with("quirks = { filter = [ \"userName\", \"emails.value\" ]; };");

	sink_say(service.sink, 200, "", "{\"totalResults\":0}");
	service_open(&service);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint before = sink_count(service.sink);
		Got got = look_up(&service, cases[i].path, "x");
		g_assert_cmpint(got.outcome, ==, cases[i].sent ? TARGET_ABSENT : TARGET_REJECTED);
		g_assert_cmpint(got.status, ==, cases[i].sent ? 200 : 501);
		g_assert_cmpuint(sink_count(service.sink) - before, ==, cases[i].sent);
		got_clear(&got);
	}
	service_clear(&service);
}

/* Rates ---------------------------------------------------------------------------------------- */

static void on_done(TargetRequest *request, const TargetAnswer *answer, void *n)
{
	g_assert_cmpint(answer->outcome, ==, TARGET_OK);
	++*(guint *)n;
}

/* Two at once, and then one each 50 ms: six writes cannot be done in less than 200 ms. */
static void test_rate(void)
{
	Service service = opened_with("quirks = { rate = ( { what = \"write\"; calls = 20; per = "
				      "\"1s\"; burst = 2; } ); };");
	TargetRequest requests[6];
	guint n = 0;

	sink_say(service.sink, 204, "", "");
	service_open(&service);
	gint64 start = clock_monotonic_us();
	for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
		requests[i] = (TargetRequest){ .verb = TARGET_ENABLE, .id = "7" };
		target_scim.submit(service.target, &requests[i]);
	}
	while (target_scim.step(service.target, 1000, on_done, &n) > 0)
		continue;
	g_assert_cmpuint(n, ==, 6);
	g_assert_cmpint(clock_monotonic_us() - start, >=, 190 * 1000);
	g_assert_cmpint(service.target->waited_us, >=, 100 * 1000);
	g_assert_cmpint(service.target->waited_us, <=, clock_monotonic_us() - start);
	service_clear(&service);
}

static gint64 time_of_six(const char *rate)
{
	g_autofree char *settings = g_strdup_printf("quirks = { rate = ( { %s calls = 20; per = "
						    "\"1s\"; burst = 2; } ); };",
						    rate);
	Service service = opened_with(settings);
	TargetRequest requests[6];
	guint n = 0;
	gint64 waited;

	sink_say(service.sink, 204, "", "");
	service_open(&service);
	for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
		requests[i] = (TargetRequest){ .verb = TARGET_DELETE, .id = "7" };
		target_scim.submit(service.target, &requests[i]);
	}
	while (target_scim.step(service.target, 1000, on_done, &n) > 0)
		continue;
	g_assert_cmpuint(n, ==, 6);
	waited = service.target->waited_us;
	service_clear(&service);
	return waited;
}

/* A limit holds back what it is about, and nothing else. */
static void test_rate_of(void)
{
	g_assert_cmpint(time_of_six("what = \"write\"; of = \"users\";"), >=, 100 * 1000);
	g_assert_cmpint(time_of_six("what = \"delete\";"), >=, 100 * 1000);
	g_assert_cmpint(time_of_six("what = \"write\"; of = \"groups\";"), ==, 0);
	g_assert_cmpint(time_of_six("what = \"update\"; of = \"users\";"), ==, 0);
}

/* Listing -------------------------------------------------------------------------------------- */

static gboolean count_account(const json_t *document, void *n, GError **error)
{
	g_assert_nonnull(json_get_string(document, "id"));
	++*(guint *)n;
	return TRUE;
}

static void assert_listed(Service *self, guint accounts, const char *why)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;
	gboolean complete = FALSE;
	guint n = 0;

	g_assert_true(target_scim.list(self->target, count_account, &n, &complete, &said, &error));
	g_assert_cmpuint(n, ==, accounts);
	g_assert_cmpint(complete, ==, why == NULL);
	if (why && !strstr(said, why))
		g_error("no '%s' in '%s'", why, said);
}

#define A "{\"id\":\"a\"}"
#define B "{\"id\":\"b\"}"
#define C "{\"id\":\"c\"}"

static void test_list_by_cursor(void)
{
	Service service = opened_with("page_size = 2; quirks = { page = \"cursor\"; };");

	sink_say(service.sink, 200, "", "{\"Resources\":[" A "," B "],\"nextCursor\":\"x+/\"}");
	sink_say(service.sink, 200, "", "{\"Resources\":[" C "]}");
	service_open(&service);
	assert_listed(&service, 3, NULL);
	assert_sent(&service, 0, "GET /scim/Users?cursor=&count=2", NULL);
	assert_sent(&service, 1, "GET /scim/Users?cursor=x%2B%2F&count=2", NULL);
	service_clear(&service);
}

/* A cursor that was forgotten costs a second walk, and not a third. */
static void test_list_forgotten_cursor(void)
{
	static const char gone[] = "{\"scimType\":\"expiredCursor\",\"status\":\"400\"}";

	for (guint i = 0; i < 2; i++) {
		Service service = opened_with("quirks = { page = \"cursor\"; };");
		sink_say(service.sink, 200, "", "{\"Resources\":[" A "],\"nextCursor\":\"x\"}");
		sink_say(service.sink, 400, "", gone);
		sink_say(service.sink, 200, "",
			 "{\"Resources\":[" A "," B "],\"nextCursor\":\"y\"}");
		if (i == 0)
			sink_say(service.sink, 200, "", "{\"Resources\":[" C "]}");
		else
			sink_say(service.sink, 400, "", gone);
		service_open(&service);
		assert_listed(&service, i == 0 ? 3 : 2, i == 0 ? NULL : "expiredCursor");
		assert_sent(&service, 2, "GET /scim/Users?cursor=&count=100", NULL);
		service_clear(&service);
	}
}

/* A service that knows no cursors shows a page and is silent about the rest. */
static void test_list_no_cursor(void)
{
	Service service = opened_with("page_size = 2; quirks = { page = \"cursor\"; };");

	sink_say(service.sink, 200, "", "{\"Resources\":[" A "," B "]}");
	service_open(&service);
	assert_listed(&service, 2, "does not say how many");
	service_clear(&service);
}

static void test_list_unpaged(void)
{
	static const struct {
		const char *page, *why;
	} cases[] = {
		{ "{\"totalResults\":2,\"Resources\":[" A "," B "]}", NULL },
		{ "{\"totalResults\":3,\"Resources\":[" A "," B "]}", "announced 3" },
		{ "{\"Resources\":[" A "," B "]}", "does not say how many" },
		{ "{\"totalResults\":2,\"Resources\":[" A "," B "],\"nextCursor\":\"x\"}",
		  "in pages" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = opened_with("quirks = { page = \"none\"; };");
		sink_say(service.sink, 200, "", cases[i].page);
		service_open(&service);
		assert_listed(&service, 2, cases[i].why);
		assert_count(&service, 1);
		assert_sent(&service, 0, "GET /scim/Users", NULL);
		service_clear(&service);
	}
}

/* Who says what wins --------------------------------------------------------------------------- */

static void assert_finding(const Service *self, const char *words)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

	target_scim.findings(self->target, findings);
	for (guint i = 0; i < findings->len; i++) {
		if (strstr(findings->pdata[i], words))
			return;
	}
	g_error("no finding says '%s'", words);
}

static void test_findings(void)
{
	const char *says = "{\"patch\":{\"supported\":false},\"pagination\":{\"cursor\":true,"
			   "\"index\":false,\"maxPageSize\":50}}";
	Service service = service_new("");

	sink_say(service.sink, 200, "", says);
	service_open(&service);
	assert_finding(&service, "PUT of the merged account (as the service says)");
	assert_finding(&service, "50 accounts a page (as the service says), by cursor (as the "
				 "service says)");
	service_clear(&service);

	service = service_new("update = \"patch\"; quirks = { page = \"index\"; disable_by = "
			      "\"delete\"; filter = \"id\"; reactivate = false; };");
	sink_say(service.sink, 200, "", says);
	service_open(&service);
	assert_finding(&service, "PATCH (as configured)");
	assert_finding(&service, "by index (as configured)");
	assert_finding(&service, "disabled by DELETE (as configured)");
	assert_finding(&service, "searched by id (as configured)");
	assert_finding(&service, "cannot be enabled (as configured)");
	service_clear(&service);
}

/* PATCH that is not spoken is found out once, also where only 'active' goes by it. */
static void test_downgrade(void)
{
	Service service = opened_with("");

	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
	service_open(&service);
	assert_outcome(ask(&service, TARGET_DISABLE), TARGET_OK);
	assert_count(&service, 3);
	assert_sent(&service, 2, "PUT /scim/Users/7", NULL);
	assert_outcome(update(&service, TITLE, WANTED), TARGET_OK);
	assert_sent(&service, 4, "PUT /scim/Users/7", NULL);
	assert_finding(&service, "PUT of the merged account (learned from a refusal)");
	service_clear(&service);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-quirks/discovery", test_discovery);
	g_test_add_func("/scim-quirks/headers", test_headers);
	g_test_add_func("/scim-quirks/invalid", test_invalid);
	g_test_add_func("/scim-quirks/update-ways", test_update_ways);
	g_test_add_func("/scim-quirks/create-only", test_create_only);
	g_test_add_func("/scim-quirks/merged-lists", test_merged_lists);
	g_test_add_func("/scim-quirks/additions", test_additions);
	g_test_add_func("/scim-quirks/clearing", test_clearing);
	g_test_add_func("/scim-quirks/ops-max", test_ops_max);
	g_test_add_func("/scim-quirks/echo", test_echo);
	g_test_add_func("/scim-quirks/etag", test_etag);
	g_test_add_func("/scim-quirks/etag-learned", test_etag_learned);
	g_test_add_func("/scim-quirks/disable-by", test_disable_by);
	g_test_add_func("/scim-quirks/disable-by-delete", test_disable_by_delete);
	g_test_add_func("/scim-quirks/never-sent", test_never_sent);
	g_test_add_func("/scim-quirks/meanings", test_meanings);
	g_test_add_func("/scim-quirks/create-dress", test_create_dress);
	g_test_add_func("/scim-quirks/conflict", test_conflict);
	g_test_add_func("/scim-quirks/id-is-external", test_id_is_external);
	g_test_add_func("/scim-quirks/filter", test_filter);
	g_test_add_func("/scim-quirks/rate", test_rate);
	g_test_add_func("/scim-quirks/rate-of", test_rate_of);
	g_test_add_func("/scim-quirks/list-by-cursor", test_list_by_cursor);
	g_test_add_func("/scim-quirks/list-forgotten-cursor", test_list_forgotten_cursor);
	g_test_add_func("/scim-quirks/list-no-cursor", test_list_no_cursor);
	g_test_add_func("/scim-quirks/list-unpaged", test_list_unpaged);
	g_test_add_func("/scim-quirks/findings", test_findings);
	g_test_add_func("/scim-quirks/downgrade", test_downgrade);
	return g_test_run();
}
