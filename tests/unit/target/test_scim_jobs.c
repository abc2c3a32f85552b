/*
 * Requests of the SCIM driver that take several: searches with more than a page, a PATCH of which a
 * part is refused, versions. Against a scripted service.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "drive_support.h"
#include "sink_support.h"

#define FILTER "/scim/Users?filter=userName%20eq%20%22j%22"
#define MUTABILITY "{\"scimType\":\"mutability\",\"status\":\"400\",\"detail\":\"no\"}"

typedef struct {
	Sink *sink;
	ScimConf conf;
	Target *target;
} Service;

static Service service_new(void)
{
	Service self = { .sink = sink_new() };
	g_autoptr(ConfProblems) problems = conf_problems_new();

	conf_fill(NULL, &(OptionSet){ scim_options, &self.conf }, 1, NULL, problems);
	self.conf.url = g_strdup(sink_url(self.sink));
	self.conf.net.timeout_us = self.conf.net.connect_timeout_us = 5 * CLOCK_SECOND;
	self.conf.net.tries = 1;
	sink_say(self.sink, 200, "", "{}");
	return self;
}

static void service_open(Service *self)
{
	g_autoptr(GError) error = NULL;
	TargetSetup setup = { .app = "app", .conf = &self->conf };

	self->target = target_scim.open(&setup, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(sink_count(self->sink), ==, 1);
}

static void service_clear(Service *self)
{
	target_scim.close(self->target);
	option_clear(scim_options, &self->conf);
	sink_free(self->sink);
}

/* Request 'n' after opening has this first line. */
static void assert_sent(Service *self, guint n, const char *line)
{
	g_autofree char *head = g_strconcat(line, " HTTP/1.1\r\n", NULL);

	if (!g_str_has_prefix(sink_request(self->sink, n + 1), head))
		g_error("not '%s' but: %s", line, sink_request(self->sink, n + 1));
}

static void assert_has(Service *self, guint n, const char *part)
{
	if (!strstr(sink_request(self->sink, n + 1), part))
		g_error("no '%s' in: %s", part, sink_request(self->sink, n + 1));
}

static void assert_count(Service *self, guint n)
{
	g_assert_cmpuint(sink_count(self->sink) - 1, ==, n);
}

static Got look_up(Service *self)
{
	return drive(self->target, (TargetRequest){ .verb = TARGET_LOOKUP,
						    .match_path = "userName",
						    .match_value = "j" });
}

/* Searching ------------------------------------------------------------------------------------ */

static void test_search_pages(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "",
		 "{\"totalResults\":3,\"Resources\":[{\"id\":\"1\",\"userName\":\"j\"},"
		 "{\"id\":\"2\",\"userName\":\"x\"}]}");
	sink_say(service.sink, 200, "",
		 "{\"totalResults\":3,\"resources\":[{\"id\":\"2\",\"userName\":\"x\"},"
		 "{\"id\":3,\"userName\":\"J\"}]}");
	service_open(&service);
	Got got = look_up(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	assert_json(got.documents, "[{'id':'1','userName':'j'},{'id':'3','userName':'J'}]");
	got_clear(&got);
	assert_sent(&service, 0, "GET " FILTER);
	assert_sent(&service, 1, "GET " FILTER "&startIndex=3&count=100");
	assert_count(&service, 2);
	service_clear(&service);
}

static void test_search_cursor(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "", "{\"nextCursor\":\"a+/=\",\"Resources\":[]}");
	sink_say(service.sink, 200, "", "{\"Resources\":[{\"id\":\"1\",\"userName\":\"j\"}]}");
	service_open(&service);
	Got got = look_up(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	assert_sent(&service, 1, "GET " FILTER "&cursor=a%2B%2F%3D&count=100");
	service_clear(&service);
}

/* A total that is the number of all accounts: no page adds anything. The listing decides. */
static void test_search_lying_total(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "", "{\"totalResults\":70,\"Resources\":[]}");
	service_open(&service);
	Got got = look_up(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
	g_assert_cmpint(got.status, ==, 501);
	got_clear(&got);
	assert_count(&service, 1);
	service_clear(&service);

	service = service_new();
	sink_say(service.sink, 200, "",
		 "{\"totalResults\":70,\"Resources\":[{\"id\":\"1\",\"userName\":\"j\"}]}");
	service_open(&service);
	got = look_up(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	assert_count(&service, 2);
	service_clear(&service);
}

/* Everybody is shown, page by page: it is given up, and not begun for the next one. */
static void test_search_ignored(void)
{
	Service service = service_new();

	for (guint i = 1; i <= 12; i++) {
		g_autofree char *page = g_strdup_printf(
			"{\"totalResults\":500,\"Resources\":[{\"id\":\"%u\",\"userName\":"
			"\"u%u\"}]}",
			i, i);
		sink_say(service.sink, 200, "", page);
	}
	service_open(&service);
	for (guint i = 0; i < 2; i++) {
		Got got = look_up(&service);
		g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
		g_assert_cmpint(got.status, ==, 501);
		got_clear(&got);
		assert_count(&service, 10);
	}
	service_clear(&service);
}

static void test_search_sensitive(void)
{
	Service service = service_new();

	sink_say(service.sink, 403, "", "{\"scimType\":\"sensitive\",\"status\":\"403\"}");
	sink_say(service.sink, 200, "", "{\"totalResults\":0}");
	service_open(&service);
	for (guint i = 0; i < 2; i++) {
		Got got = look_up(&service);
		g_assert_cmpint(got.outcome, ==, TARGET_ABSENT);
		got_clear(&got);
		assert_sent(&service, i + 1, "POST /scim/Users/.search");
		assert_has(&service, i + 1,
			   "{\"filter\":\"userName eq \\\"j\\\"\",\"schemas\":[\"urn:ietf:params:"
			   "scim:api:messages:2.0:SearchRequest\"]}");
	}
	assert_count(&service, 3);
	service_clear(&service);
}

/* A PATCH in parts ----------------------------------------------------------------------------- */

static Got change_three(Service *self)
{
	g_autoptr(json_t) changes = json_of("[{'path':'title','old':'a','new':'b'},"
					    "{'path':'nickName','old':'a','new':'b'},"
					    "{'path':'locale','old':'a','new':'b'}]");
	g_autoptr(json_t) wanted = json_of("{'title':'b','nickName':'b','locale':'b'}");

	return drive(self->target, (TargetRequest){ .verb = TARGET_UPDATE,
						    .id = "7",
						    .changes = changes,
						    .resource = wanted });
}

/* One of three is refused: the others arrive, it is named, and "not done" is not said. */
static void test_one_refused(void)
{
	Service service = service_new();

	sink_say(service.sink, 400, "", MUTABILITY);
	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 400, "", MUTABILITY);
	sink_say(service.sink, 204, "", "");
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_UNKNOWN);
	g_assert_cmpint(got.status, ==, 400);
	g_assert_nonnull(strstr(got.detail, "attribute 'nickName': the service answered 400"));
	got_clear(&got);
	assert_count(&service, 4);
	assert_has(&service, 1, "\"path\":\"title\"");
	assert_has(&service, 2, "\"path\":\"nickName\"");
	assert_has(&service, 3, "\"path\":\"locale\"");
	service_clear(&service);
}

/* It was only too much at once. */
static void test_all_taken_alone(void)
{
	Service service = service_new();

	sink_say(service.sink, 413, "", "");
	sink_say(service.sink, 200, "", "{}");
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	assert_count(&service, 4);
	service_clear(&service);
}

/* Nothing was done, which may be said. A refusal of the account as such is not tried in parts. */
static void test_none_taken(void)
{
	Service service = service_new();

	sink_say(service.sink, 400, "", MUTABILITY);
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
	g_assert_nonnull(strstr(got.detail, "attribute 'title'"));
	got_clear(&got);
	assert_count(&service, 4);
	service_clear(&service);

	service = service_new();
	sink_say(service.sink, 403, "", "{}");
	service_open(&service);
	got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
	got_clear(&got);
	assert_count(&service, 1);
	service_clear(&service);
}

/* noTarget among the parts: all is made anew against what is there. */
static void test_no_target_in_parts(void)
{
	Service service = service_new();

	sink_say(service.sink, 400, "", MUTABILITY);
	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 400, "", "{\"scimType\":\"noTarget\",\"status\":\"400\"}");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"title\":\"b\"}");
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	assert_sent(&service, 3, "GET /scim/Users/7");
	assert_sent(&service, 4, "PATCH /scim/Users/7");
	assert_has(&service, 4, "\"path\":\"nickName\"");
	assert_has(&service, 4, "\"path\":\"locale\"");
	assert_count(&service, 5);
	service_clear(&service);
}

static Got change_work_phone(Service *self)
{
	g_autoptr(json_t) changes = json_of("[{'path':'phoneNumbers[type eq \\\"work\\\"].value',"
					    "'new':'1'}]");
	g_autoptr(json_t) wanted = json_of("{'phoneNumbers[type eq \\\"work\\\"].value':'1'}");

	return drive(self->target, (TargetRequest){ .verb = TARGET_UPDATE,
						    .id = "7",
						    .changes = changes,
						    .resource = wanted });
}

/* A typed value is refused without a reason: it may not be there yet. Asked once. */
static void test_nameless(void)
{
	for (guint taken = 0; taken < 2; taken++) {
		Service service = service_new();

		sink_say(service.sink, 400, "", "{\"detail\":\"no\"}");
		sink_say(service.sink, 200, "", "{\"id\":\"7\",\"title\":\"b\"}");
		sink_say(service.sink, taken ? 200 : 400, "", "{}");
		service_open(&service);
		Got got = change_work_phone(&service);
		g_assert_cmpint(got.outcome, ==, taken ? TARGET_OK : TARGET_REJECTED);
		got_clear(&got);
		assert_sent(&service, 1, "GET /scim/Users/7");
		assert_sent(&service, 2, "PATCH /scim/Users/7");
		assert_has(&service, 2, "\"type\":\"work\"");
		assert_count(&service, 3);
		service_clear(&service);
	}
}

/* Nothing is read for what has no type, or where another reason was given. */
static void test_nameless_plain(void)
{
	Service service = service_new();

	sink_say(service.sink, 400, "", "{\"detail\":\"no\"}");
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
	got_clear(&got);
	for (guint i = 0; i < 4; i++)
		assert_sent(&service, i, "PATCH /scim/Users/7");
	assert_count(&service, 4);
	service_clear(&service);

	service = service_new();
	sink_say(service.sink, 400, "", MUTABILITY);
	service_open(&service);
	got = change_work_phone(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
	got_clear(&got);
	assert_count(&service, 1);
	service_clear(&service);
}

/* Versions ------------------------------------------------------------------------------------- */

/* The version is in the account; where it is not, it is the header's. */
static void test_version_of_header(void)
{
	static const struct {
		const char *header, *body, *sent;
	} cases[] = {
		{ "ETag: W/\"5\"\r\n", "{\"id\":\"7\"}", "If-Match: W/\"5\"\r\n" },
		{ "ETag: W/\"5\"\r\n", "{\"id\":\"7\",\"meta\":{\"version\":\"W/\\\"6\\\"\"}}",
		  "If-Match: W/\"6\"\r\n" },
		{ "", "{\"id\":\"7\",\"Meta\":{\"Version\":\"W/\\\"6\\\"\"}}",
		  "If-Match: W/\"6\"\r\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = service_new();
		sink_say(service.sink, 428, "", "");
		sink_say(service.sink, 200, cases[i].header, cases[i].body);
		service_open(&service);
		Got got = drive(service.target,
				(TargetRequest){ .verb = TARGET_DISABLE, .id = "7" });
		g_assert_cmpint(got.outcome, ==, TARGET_OK);
		got_clear(&got);
		assert_sent(&service, 2, "PATCH /scim/Users/7");
		assert_has(&service, 2, cases[i].sent);
		service_clear(&service);
	}
}

/* A part that is not answered with the new version: it is read before the next one. */
static void test_version_between_parts(void)
{
	Service service = service_new();

	service.conf.quirks.etag = TRUE;
	service.conf.quirks.patch_ops_max = 2;
	sink_say(service.sink, 200, "ETag: \"1\"\r\n", "{\"id\":\"7\",\"title\":\"a\"}");
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 200, "ETag: \"2\"\r\n", "{\"id\":\"7\",\"title\":\"b\"}");
	sink_say(service.sink, 204, "", "");
	service_open(&service);
	Got got = change_three(&service);
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	assert_has(&service, 1, "If-Match: \"1\"\r\n");
	assert_sent(&service, 2, "GET /scim/Users/7");
	assert_has(&service, 3, "If-Match: \"2\"\r\n");
	assert_has(&service, 3, "\"path\":\"locale\"");
	assert_count(&service, 4);
	service_clear(&service);
}

/* Groups, too: any version where members come and go, the one that was read where all are sent. */
static void test_versions_of_groups(void)
{
	const TargetMember members[] = { { .id = "1" }, { .id = "2" } };
	TargetRequest add = {
		.verb = TARGET_MEMBERS_ADD, .id = "g", .members = members, .member_count = 2
	};
	Service service = service_new();

	service.conf.quirks.groups.add_max = 1;
	sink_say(service.sink, 428, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service);
	for (guint i = 0; i < 2; i++) {
		Got got = drive(service.target, add);
		g_assert_cmpint(got.outcome, ==, TARGET_OK);
		got_clear(&got);
	}
	assert_count(&service, 5);
	for (guint i = 1; i < 5; i++)
		assert_has(&service, i, "If-Match: *\r\n");
	service_clear(&service);

	service = service_new();
	service.conf.quirks.groups.add = SCIM_ADD_PUT;
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"meta\":{\"version\":\"\\\"4\\\"\"}}");
	sink_say(service.sink, 428, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"meta\":{\"version\":\"\\\"4\\\"\"}}");
	sink_say(service.sink, 428, "", "");
	service_open(&service);
	Got got = drive(service.target, add);
	g_assert_cmpint(got.outcome, ==, TARGET_STALE);
	got_clear(&got);
	assert_has(&service, 3, "If-Match: \"4\"\r\n");
	assert_count(&service, 4);
	service_clear(&service);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-jobs/search-pages", test_search_pages);
	g_test_add_func("/scim-jobs/search-cursor", test_search_cursor);
	g_test_add_func("/scim-jobs/search-lying-total", test_search_lying_total);
	g_test_add_func("/scim-jobs/search-ignored", test_search_ignored);
	g_test_add_func("/scim-jobs/search-sensitive", test_search_sensitive);
	g_test_add_func("/scim-jobs/one-refused", test_one_refused);
	g_test_add_func("/scim-jobs/all-taken-alone", test_all_taken_alone);
	g_test_add_func("/scim-jobs/none-taken", test_none_taken);
	g_test_add_func("/scim-jobs/no-target-in-parts", test_no_target_in_parts);
	g_test_add_func("/scim-jobs/nameless", test_nameless);
	g_test_add_func("/scim-jobs/nameless-plain", test_nameless_plain);
	g_test_add_func("/scim-jobs/version-of-header", test_version_of_header);
	g_test_add_func("/scim-jobs/version-between-parts", test_version_between_parts);
	g_test_add_func("/scim-jobs/versions-of-groups", test_versions_of_groups);
	return g_test_run();
}
