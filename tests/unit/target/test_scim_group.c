/*
 * Groups at a scripted SCIM service: what is asked in which order, and what a request came to.
 */
#include <string.h>

#include "../../../src/target/scim_group_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "drive_support.h"
#include "sink_support.h"

#define GROUPS "{\"totalResults\":1,\"Resources\":[{\"id\":\"9\",\"displayName\":\"x\"}]}"
#define NONE "{\"totalResults\":0,\"Resources\":[]}"
#define ERROR(type) "{\"scimType\":\"" type "\"}"

typedef struct {
	Sink *sink;
	ScimConf conf;
	Target *target;
	guint seen; /* requests that were looked at */
} Service;

/* By the book, with 4 members a request. */
static Service service_new(void)
{
	Service self = { .sink = sink_new() };
	g_autoptr(ConfProblems) problems = conf_problems_new();

	conf_fill(NULL, &(OptionSet){ scim_options, &self.conf }, 1, NULL, problems);
	self.conf.net.concurrency = 1;
	self.conf.net.timeout_us = self.conf.net.connect_timeout_us = 5 * CLOCK_SECOND;
	self.conf.net.max_wait_us = 5 * CLOCK_SECOND;
	self.conf.net.tries = 1;
	self.conf.quirks.groups.add_max = self.conf.quirks.groups.remove_max = 4;
	sink_say(self.sink, 200, "", "{}");
	return self;
}

static void service_open(Service *self, gboolean groups)
{
	g_autoptr(GError) error = NULL;
	TargetSetup setup = { .app = "app", .conf = &self->conf, .groups = groups };

	self->conf.url = g_strdup(sink_url(self->sink));
	self->target = target_scim.open(&setup, &error);
	g_assert_no_error(error);
	self->seen = sink_count(self->sink);
}

static void service_clear(Service *self)
{
	/* Nothing was asked that the test did not look at. */
	g_assert_cmpuint(sink_count(self->sink), ==, self->seen);
	self->target->ops->close(self->target);
	option_clear(scim_options, &self->conf);
	sink_free(self->sink);
}

/* The next request that came: its first line begins so, its body is that JSON, or none (NULL). */
static void assert_wire(Service *self, const char *line, const char *body)
{
	const char *text = sink_request(self->sink, self->seen++);
	const char *blank = strstr(text, "\r\n\r\n");
	g_autofree char *beginning = g_strndup(text, strlen(line));

	g_assert_cmpstr(beginning, ==, line);
	g_assert_nonnull(blank);
	if (!body) {
		g_assert_cmpstr(blank + 4, ==, "");
		return;
	}
	g_autoptr(json_t) sent = json_loads(blank + 4, 0, NULL);
	g_assert_nonnull(sent);
	/* Of a PATCH the operations. */
	json_t *ops = json_object_get(sent, "Operations");
	assert_json(ops ? ops : sent, body);
}

static TargetOutcome ask_members(Service *self, TargetVerb verb, guint count, char **detail)
{
	static const TargetMember people[] = {
		{ "1", FALSE }, { "2", FALSE }, { "3", FALSE }, { "4", FALSE }, { "5", FALSE }
	};
	Got got = drive(self->target, (TargetRequest){ .verb = verb,
						       .id = "g",
						       .members = people,
						       .member_count = count });
	TargetOutcome outcome = got.outcome;

	g_assert_cmpint(got.detail != NULL, ==, outcome != TARGET_OK);
	if (detail)
		*detail = g_steal_pointer(&got.detail);
	got_clear(&got);
	return outcome;
}

static Got ask(Service *self, TargetVerb verb)
{
	g_autoptr(json_t) resource = json_of("{'displayName':'New Sales'}");
	return drive(self->target, (TargetRequest){ .verb = verb,
						    .id = "g",
						    .anchor = "a-1",
						    .resource = resource,
						    .match_path = "displayName",
						    .match_value = "New Sales" });
}

static void assert_asked(Service *self, TargetVerb verb, TargetOutcome outcome)
{
	Got got = ask(self, verb);

	g_assert_cmpstr(target_outcome_name(got.outcome), ==, target_outcome_name(outcome));
	got_clear(&got);
}

/* The plain verbs ------------------------------------------------------------------------------ */

static void test_lookup(void)
{
	Service service = service_new();

	/* Others that a careless filter shows, and members that nobody asked for. */
	sink_say(service.sink, 200, "",
		 "{\"totalResults\":2,\"Resources\":[{\"id\":1,\"displayName\":\"new sales\","
		 "\"members\":[{\"value\":\"7\"}]},{\"id\":\"2\",\"displayName\":\"Sales\"}]}");
	sink_say(service.sink, 200, "", NONE);
	service_open(&service, FALSE);
	Got got = ask(&service, TARGET_GROUP_LOOKUP);
	assert_json(got.documents, "[{'id':'1','displayName':'new sales'}]");
	got_clear(&got);
	assert_wire(&service,
		    "GET /scim/Groups?filter=displayName%20eq%20%22New%20Sales%22"
		    "&excludedAttributes=members ",
		    NULL);
	got = ask(&service, TARGET_GROUP_LOOKUP);
	g_assert_cmpint(got.outcome, ==, TARGET_ABSENT);
	g_assert_cmpstr(got.detail, ==, "no such group");
	got_clear(&got);
	service.seen++;
	service_clear(&service);
}

/* The one that is looked for is on another page than the first. */
static void test_lookup_pages(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "",
		 "{\"totalResults\":3,\"Resources\":[{\"id\":\"1\",\"displayName\":\"Sales\"},"
		 "{\"id\":\"2\",\"displayName\":\"x\"}]}");
	sink_say(service.sink, 200, "",
		 "{\"totalResults\":3,\"Resources\":[{\"id\":\"3\",\"displayName\":"
		 "\"New Sales\"}]}");
	service_open(&service, FALSE);
	Got got = ask(&service, TARGET_GROUP_LOOKUP);
	assert_json(got.documents, "[{'id':'3','displayName':'New Sales'}]");
	got_clear(&got);
	service.seen++;
	assert_wire(&service,
		    "GET /scim/Groups?filter=displayName%20eq%20%22New%20Sales%22"
		    "&excludedAttributes=members&startIndex=3&count=100 ",
		    NULL);
	service_clear(&service);
}

static Got look_up(Service *self, const char *path, const char *value)
{
	return drive(self->target, (TargetRequest){ .verb = TARGET_GROUP_LOOKUP,
						    .match_path = path,
						    .match_value = value });
}

/* All groups are shown, page by page: given up, and not begun for the next one. */
static void test_lookup_ignored(void)
{
	Service service = service_new();

	for (guint i = 1; i <= 12; i++) {
		g_autofree char *page = g_strdup_printf("{\"totalResults\":500,\"Resources\":"
							"[{\"id\":\"%u\"}]}",
							i);
		sink_say(service.sink, 200, "", page);
	}
	service_open(&service, FALSE);
	for (guint i = 0; i < 2; i++) {
		Got got = look_up(&service, "displayName", "Sales");
		g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
		g_assert_cmpint(got.status, ==, 501);
		got_clear(&got);
	}
	service.seen += 10;
	service_clear(&service);
}

/* A path that the service does not search by is tried once, unless there is no other one. */
static void test_lookup_refused(void)
{
	static const struct {
		int status;
		const char *body, *path, *value;
		guint sent;
	} cases[] = {
		{ 400, "{\"detail\":\"no\"}", "externalId", "a-1", 1 },
		{ 400, ERROR("invalidFilter"), "externalId", "a-1", 1 },
		{ 501, "", "externalId", "a-1", 1 },
		{ 400, ERROR("invalidValue"), "externalId", "a-1", 2 },
		{ 400, "{\"detail\":\"no\"}", "externalId", "a\"1", 2 },
		{ 403, "", "externalId", "a-1", 2 },
		{ 501, "", "displayName", "Sales", 2 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = service_new();
		sink_say(service.sink, cases[i].status, "", cases[i].body);
		service_open(&service, FALSE);
		for (guint round = 0; round < 2; round++) {
			Got got = look_up(&service, cases[i].path, cases[i].value);
			g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
			g_assert_nonnull(got.detail);
			got_clear(&got);
		}
		service.seen += cases[i].sent;
		service_clear(&service);
	}
}

static void test_create(void)
{
	Service service = service_new();

	sink_say(service.sink, 201, "", "{\"id\":\"7\",\"displayName\":\"New Sales\"}");
	sink_say(service.sink, 201, "Location: /scim/Groups/8\r\n", "");
	sink_say(service.sink, 201, "Location: /scim/Groups/\r\n", "");
	sink_say(service.sink, 409, "", ERROR("uniqueness"));
	service_open(&service, FALSE);
	Got got = ask(&service, TARGET_GROUP_CREATE);
	g_assert_cmpstr(got.id, ==, "7");
	assert_json(got.documents, "[{'id':'7','displayName':'New Sales'}]");
	got_clear(&got);
	assert_wire(&service, "POST /scim/Groups ",
		    "{'schemas':['urn:ietf:params:scim:schemas:core:2.0:Group'],"
		    "'displayName':'New Sales','externalId':'a-1'}");
	got = ask(&service, TARGET_GROUP_CREATE);
	g_assert_cmpstr(got.id, ==, "8");
	got_clear(&got);
	assert_asked(&service, TARGET_GROUP_CREATE, TARGET_UNKNOWN);
	assert_asked(&service, TARGET_GROUP_CREATE, TARGET_EXISTS);
	service.seen += 3;
	service_clear(&service);
}

static void test_rename_and_delete(void)
{
	Service service = service_new();

	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	assert_asked(&service, TARGET_GROUP_RENAME, TARGET_OK);
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'replace','path':'displayName','value':'New Sales'}]");
	assert_asked(&service, TARGET_GROUP_DELETE, TARGET_OK);
	assert_wire(&service, "DELETE /scim/Groups/g ", NULL);
	service_clear(&service);
}

/* Where PATCH is not spoken the group is sent whole; its members with it. */
static void test_rename_by_put(void)
{
	Service service = service_new();

	sink_say(service.sink, 405, "", "");
	for (guint i = 0; i < 2; i++) {
		sink_say(service.sink, 200, "",
			 "{\"id\":\"g\",\"displayName\":\"Sales\",\"meta\":{},\"owner\":\"o\","
			 "\"members\":[{\"value\":\"1\",\"display\":\"Ann\"}]}");
		sink_say(service.sink, 200, "", "{}");
	}
	service_open(&service, FALSE);
	for (guint i = 0; i < 2; i++) {
		assert_asked(&service, TARGET_GROUP_RENAME, TARGET_OK);
		/* PATCH is tried once. */
		service.seen += i == 0;
		assert_wire(&service, "GET /scim/Groups/g ", NULL);
		assert_wire(&service, "PUT /scim/Groups/g ",
			    "{'schemas':['urn:ietf:params:scim:schemas:core:2.0:Group'],'id':'g',"
			    "'displayName':'New Sales','owner':'o','members':[{'value':'1'}]}");
	}
	service_clear(&service);
}

/* What stands before a service may refuse a method for a minute: that is no reason for a month. */
static void test_method_refused_once(void)
{
	static const char group[] = "{\"id\":\"g\",\"displayName\":\"Sales\",\"members\":[]}";
	static const char renamed[] = "[{'op':'replace','path':'displayName','value':'New Sales'}]";
	Service service = service_new();

	sink_say(service.sink, 501, "", ""); /* PATCH */
	sink_say(service.sink, 200, "", group);
	sink_say(service.sink, 501, "", ""); /* PUT */
	sink_say(service.sink, 200, "", group);
	sink_say(service.sink, 501, "", ""); /* PUT */
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	assert_asked(&service, TARGET_GROUP_RENAME, TARGET_REJECTED);
	service.seen += 3;
	assert_asked(&service, TARGET_GROUP_RENAME, TARGET_OK);
	service.seen += 2;
	assert_wire(&service, "PATCH /scim/Groups/g ", renamed);
	assert_asked(&service, TARGET_GROUP_RENAME, TARGET_OK);
	assert_wire(&service, "PATCH /scim/Groups/g ", renamed);
	service_clear(&service);
}

/* What cannot be done here is not sent. */
static void test_not_possible(void)
{
	Service service = service_new();

	service.conf.quirks.groups.can_create = FALSE;
	service.conf.quirks.groups.can_rename = FALSE;
	service_open(&service, FALSE);
	g_assert_cmpuint(service.target->caps & (TARGET_CAN_GROUPS | TARGET_CAN_CREATE_GROUP |
						 TARGET_CAN_DELETE_GROUP | TARGET_CAN_NEST_GROUPS),
			 ==, TARGET_CAN_GROUPS | TARGET_CAN_DELETE_GROUP);
	assert_asked(&service, TARGET_GROUP_CREATE, TARGET_REJECTED);
	assert_asked(&service, TARGET_GROUP_RENAME, TARGET_REJECTED);
	service_clear(&service);
}

/* Members -------------------------------------------------------------------------------------- */

static void test_members(void)
{
	Service service = service_new();

	for (guint i = 0; i < 3; i++)
		sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	g_assert_cmpuint(service.target->add_batch, ==, 4);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 5, NULL), ==, TARGET_OK);
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'add','path':'members','value':"
		    "[{'value':'1'},{'value':'2'},{'value':'3'},{'value':'4'}]}]");
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'add','path':'members','value':[{'value':'5'}]}]");
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 2, NULL), ==, TARGET_OK);
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'remove','path':'members[value eq \\\"1\\\"]'},"
		    "{'op':'remove','path':'members[value eq \\\"2\\\"]'}]");
	service_clear(&service);
}

/* A smaller portion is found out once, and what is above hears of it. */
static void test_smaller_portion(void)
{
	Service service = service_new();

	sink_say(service.sink, 413, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 4, NULL), ==, TARGET_OK);
	service.seen += 3;
	g_assert_cmpuint(service.target->add_batch, ==, 2);
	g_assert_cmpuint(service.target->remove_batch, ==, 4);
	/* A request that was made before is split. */
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 4, NULL), ==, TARGET_OK);
	service.seen += 2;
	service_clear(&service);
}

/* One who does not exist keeps nobody else out. */
static void test_bad_member(void)
{
	Service service = service_new();
	g_autofree char *detail = NULL;

	sink_say(service.sink, 400, "", "{\"detail\":\"unknown member\"}"); /* 1 2 3 */
	sink_say(service.sink, 404, "", "{\"detail\":\"no user 1\"}");      /* 1 */
	sink_say(service.sink, 200, "", "{\"id\":\"g\"}");                  /* the group is there */
	sink_say(service.sink, 204, "", "");                                /* 2 3 */
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 3, &detail), ==, TARGET_REJECTED);
	g_assert_cmpstr(detail, ==, "member '1': the service answered 404: no user 1");
	service.seen += 2;
	assert_wire(&service, "GET /scim/Groups/g?excludedAttributes=members ", NULL);
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'add','path':'members','value':[{'value':'2'},{'value':'3'}]}]");
	g_assert_cmpuint(service.target->add_batch, ==, 4);
	service_clear(&service);
}

static void test_removed_already(void)
{
	Service service = service_new();

	sink_say(service.sink, 400, "", ERROR("noTarget"));
	sink_say(service.sink, 400, "", ERROR("noTarget"));
	sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 2, NULL), ==, TARGET_OK);
	service.seen += 3;
	g_assert_cmpuint(service.target->remove_batch, ==, 4);
	service_clear(&service);
}

/* A portion without an answer: nobody may say "not done". */
static void test_lost(void)
{
	Service service = service_new();

	sink_say(service.sink, 204, "Connection: close\r\n", "");
	sink_cut(service.sink, "", 0);
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 5, NULL), ==, TARGET_UNKNOWN);
	service.seen += 2;
	service_clear(&service);
}

static void test_lost_then_refused(void)
{
	Service service = service_new();

	service.conf.net.tries = 2;
	sink_cut(service.sink, "", 0);
	sink_say(service.sink, 403, "", "");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, NULL), ==, TARGET_UNKNOWN);
	service.seen += 2;
	service_clear(&service);
}

/* Removals that may empty the group ------------------------------------------------------------ */

#define ANN_BOB "{\"id\":\"g\",\"members\":[{\"value\":\"1\"},{\"value\":\"8\"},{\"value\":\"9\"}]}"
#define BOB "{\"id\":\"g\",\"members\":[{\"value\":\"8\"},{\"value\":\"9\"}]}"
#define REMOVED "[{'op':'remove','path':'members','value':[{'value':'1'}]}]"

/* Looked at once: a service that does it right is not asked again. */
static void test_removal_proved(void)
{
	Service service = service_new();

	service.conf.quirks.groups.remove = SCIM_REMOVE_VALUE;
	sink_say(service.sink, 200, "", ANN_BOB);
	sink_say(service.sink, 204, "", "");
	sink_say(service.sink, 200, "", BOB);
	sink_say(service.sink, 204, "", "");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, NULL), ==, TARGET_OK);
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	assert_wire(&service, "PATCH /scim/Groups/g ", REMOVED);
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, NULL), ==, TARGET_OK);
	assert_wire(&service, "PATCH /scim/Groups/g ", REMOVED);
	service_clear(&service);
}

/* The whole group went: the others are put back, and it does not happen to another one. */
static void test_removal_empties(void)
{
	Service service = service_new();
	g_autofree char *detail = NULL, *later = NULL;

	service.conf.quirks.groups.remove = SCIM_REMOVE_VALUE;
	sink_say(service.sink, 200, "", ANN_BOB);
	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 200, "", "{\"id\":\"g\"}");
	sink_say(service.sink, 200, "", "{}");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, &detail), ==,
			TARGET_REJECTED);
	g_assert_nonnull(strstr(detail, "its 2 others were put back\n"));
	service.seen += 3;
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'add','path':'members','value':[{'value':'8'},{'value':'9'}]}]");
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, &later), ==,
			TARGET_REJECTED);
	g_assert_nonnull(strstr(later, "emptied another group"));
	service_clear(&service);
}

static void test_removal_not_put_back(void)
{
	Service service = service_new();
	g_autofree char *detail = NULL;

	service.conf.quirks.groups.remove = SCIM_REMOVE_NESTED;
	sink_say(service.sink, 200, "", ANN_BOB);
	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"members\":[]}");
	sink_say(service.sink, 403, "", "{\"detail\":\"enough\"}");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, &detail), ==,
			TARGET_REJECTED);
	g_assert_nonnull(strstr(detail, "not all put back: "));
	g_assert_nonnull(strstr(detail, "enough"));
	service.seen += 4;
	service_clear(&service);
}

/* What the service only says is not done; who is out already is not removed. */
static void test_removal_without_effect(void)
{
	Service service = service_new();
	g_autofree char *detail = NULL;

	service.conf.quirks.groups.remove = SCIM_REMOVE_VALUE;
	sink_say(service.sink, 200, "", ANN_BOB);
	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 200, "", ANN_BOB);
	sink_say(service.sink, 200, "", BOB);
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"members\":[{}]}");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, &detail), ==,
			TARGET_REJECTED);
	g_assert_nonnull(strstr(detail, "still there"));
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, NULL), ==, TARGET_OK);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 1, NULL), ==, TARGET_REJECTED);
	service.seen += 5;
	service_clear(&service);
}

/* The whole list ------------------------------------------------------------------------------- */

static void test_replace(void)
{
	Service service = service_new();

	service.conf.quirks.groups.add = SCIM_ADD_REPLACE;
	service.conf.quirks.groups.remove = SCIM_REMOVE_PUT;
	for (guint i = 0; i < 2; i++) {
		sink_say(service.sink, 200, "",
			 "{\"id\":\"g\",\"displayName\":\"S\",\"members\":[{\"value\":\"1\"},"
			 "{\"value\":\"9\"}]}");
		sink_say(service.sink, 200, "", "{}");
	}
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"members\":[{\"value\":\"1\"}]}");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 2, NULL), ==, TARGET_OK);
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	assert_wire(&service, "PATCH /scim/Groups/g ",
		    "[{'op':'replace','path':'members','value':"
		    "[{'value':'1'},{'value':'9'},{'value':'2'}]}]");
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_REMOVE, 2, NULL), ==, TARGET_OK);
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	assert_wire(&service, "PUT /scim/Groups/g ",
		    "{'schemas':['urn:ietf:params:scim:schemas:core:2.0:Group'],'id':'g',"
		    "'displayName':'S','members':[{'value':'9'}]}");
	/* Everything is as wanted: nothing is written. */
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 1, NULL), ==, TARGET_OK);
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	service_clear(&service);
}

/* A list that may be short is never sent back. */
static void test_never_a_short_list(void)
{
	Service service = service_new();
	g_autofree char *detail = NULL;

	service.conf.quirks.groups.add = SCIM_ADD_REPLACE;
	service.conf.quirks.groups.read = SCIM_READ_CAPPED;
	service.conf.quirks.groups.read_max = 2;
	sink_say(service.sink, 200, "",
		 "{\"id\":\"g\",\"members\":[{\"value\":\"8\"},{\"value\":\"9\"}]}");
	service_open(&service, FALSE);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 1, &detail), ==, TARGET_REJECTED);
	g_assert_nonnull(strstr(detail, "only so many members"));
	assert_wire(&service, "GET /scim/Groups/g ", NULL);
	service_clear(&service);
}

static void test_reading_members(void)
{
	Service service = service_new();

	service.conf.quirks.groups.read = SCIM_READ_CAPPED;
	service.conf.quirks.groups.read_max = 3;
	sink_say(service.sink, 200, "",
		 "{\"id\":\"g\",\"members\":[{\"value\":2},{\"value\":\"1\"}]}");
	sink_say(service.sink, 200, "",
		 "{\"id\":\"g\",\"members\":[{\"value\":\"1\"},{\"value\":\"2\"},"
		 "{\"value\":\"3\"}]}");
	sink_say(service.sink, 200, "", "{\"id\":\"g\",\"members\":[{\"value\":\"1\"},{}]}");
	sink_say(service.sink, 404, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"g\"}");
	service_open(&service, FALSE);
	static const char *const wanted[] = { "1,2", "(incomplete) 1,2,3", "(incomplete) 1",
					      "(incomplete) ", "" };
	for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
		g_autofree char *members = members_text(service.target, "g");
		g_assert_cmpstr(members, ==, wanted[i]);
		assert_wire(&service, "GET /scim/Groups/g ", NULL);
	}
	service_clear(&service);
}

/* Is it gone? ---------------------------------------------------------------------------------- */

/* A group is gone only where /Groups is there; without it accounts are not touched by that. */
static void test_404(void)
{
	static const struct {
		int status;
		const char *body;
		TargetOutcome outcome;
	} lists[] = { { 200, GROUPS, TARGET_ABSENT }, { 200, NONE, TARGET_ABSENT },
		      { 404, "", TARGET_REJECTED },   { 200, "<html>", TARGET_REJECTED },
		      { 401, "", TARGET_DOWN },       { 503, "", TARGET_LATER },
		      { 501, "{}", TARGET_REJECTED } };

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		Service service = service_new();

		sink_say(service.sink, 404, "", "");
		sink_say(service.sink, lists[i].status, "", lists[i].body);
		service_open(&service, FALSE);
		assert_asked(&service, TARGET_GROUP_DELETE, lists[i].outcome);
		assert_wire(&service, "DELETE /scim/Groups/g ", NULL);
		assert_wire(&service,
			    "GET /scim/Groups?startIndex=1&count=1&excludedAttributes=members ",
			    NULL);
		service_clear(&service);
	}
}

static void test_404_of_members(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "", NONE);
	sink_say(service.sink, 404, "", "");
	sink_say(service.sink, 404, "", "");
	service_open(&service, FALSE);
	assert_asked(&service, TARGET_GROUP_LOOKUP, TARGET_ABSENT);
	g_assert_cmpint(ask_members(&service, TARGET_MEMBERS_ADD, 2, NULL), ==, TARGET_ABSENT);
	/* The group is looked for, and the list of groups was good before. */
	service.seen += 3;
	service_clear(&service);
}

/* What is asked at the beginning --------------------------------------------------------------- */

static void test_no_groups(void)
{
	static const struct {
		const char *types;
		gboolean has;
	} cases[] = { { "{\"Resources\":[{\"name\":\"User\"}]}", FALSE },
		      { "{\"Resources\":[{\"name\":\"User\"},{\"name\":\"Group\"}]}", TRUE },
		      { "<html>", TRUE } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = service_new();
		g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
		const char *wanted = cases[i].has ? "at most 4" : "no groups";

		sink_say(service.sink, 200, "", cases[i].types);
		service_open(&service, TRUE);
		service.seen = 1;
		assert_wire(&service, "GET /scim/ResourceTypes ", NULL);
		g_assert_cmpint((service.target->caps & TARGET_CAN_GROUPS) != 0, ==, cases[i].has);
		service.target->ops->findings(service.target, findings);
		g_assert_nonnull(strstr(findings->pdata[findings->len - 1], wanted));
		service_clear(&service);
	}
}

/* Nobody is asked about what is not wanted. */
static void test_not_offered(void)
{
	Service service = service_new();
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

	service.conf.quirks.groups.offered = FALSE;
	service_open(&service, TRUE);
	g_assert_cmpuint(service.target->caps & TARGET_CAN_GROUPS, ==, 0);
	service.target->ops->findings(service.target, findings);
	g_assert_nonnull(strstr(findings->pdata[findings->len - 1], "have no effect"));
	g_assert_cmpuint(service.seen, ==, 1);
	service_clear(&service);
}

static void test_match_paths(void)
{
	Service service = service_new();

	g_ptr_array_add(service.conf.quirks.groups.match, g_strdup("displayName"));
	service_open(&service, FALSE);
	g_assert_cmpstr(service.target->ops->group_match[0], ==, "displayName");
	g_assert_null(service.target->ops->group_match[1]);
	g_assert_cmpstr(target_scim.group_match[0], ==, "externalId");
	service_clear(&service);
}

static void on_nobody(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	g_assert_not_reached();
}

static void test_close_under_way(void)
{
	Service service = service_new();
	TargetRequest waits = { .verb = TARGET_GROUP_DELETE, .id = "7" };

	sink_say(service.sink, 404, "", "");
	sink_hang(service.sink);
	service_open(&service, FALSE);
	service.target->ops->submit(service.target, &waits);
	while (sink_count(service.sink) < 3)
		g_assert_cmpuint(service.target->ops->step(service.target, 20, on_nobody, NULL), ==,
				 1);
	service.seen += 2;
	service_clear(&service);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-group/lookup", test_lookup);
	g_test_add_func("/scim-group/lookup-pages", test_lookup_pages);
	g_test_add_func("/scim-group/lookup-ignored", test_lookup_ignored);
	g_test_add_func("/scim-group/lookup-refused", test_lookup_refused);
	g_test_add_func("/scim-group/create", test_create);
	g_test_add_func("/scim-group/rename-and-delete", test_rename_and_delete);
	g_test_add_func("/scim-group/rename-by-put", test_rename_by_put);
	g_test_add_func("/scim-group/method-refused-once", test_method_refused_once);
	g_test_add_func("/scim-group/not-possible", test_not_possible);
	g_test_add_func("/scim-group/members", test_members);
	g_test_add_func("/scim-group/smaller-portion", test_smaller_portion);
	g_test_add_func("/scim-group/bad-member", test_bad_member);
	g_test_add_func("/scim-group/removed-already", test_removed_already);
	g_test_add_func("/scim-group/lost", test_lost);
	g_test_add_func("/scim-group/lost-then-refused", test_lost_then_refused);
	g_test_add_func("/scim-group/removal-proved", test_removal_proved);
	g_test_add_func("/scim-group/removal-empties", test_removal_empties);
	g_test_add_func("/scim-group/removal-not-put-back", test_removal_not_put_back);
	g_test_add_func("/scim-group/removal-without-effect", test_removal_without_effect);
	g_test_add_func("/scim-group/replace", test_replace);
	g_test_add_func("/scim-group/never-a-short-list", test_never_a_short_list);
	g_test_add_func("/scim-group/reading-members", test_reading_members);
	g_test_add_func("/scim-group/404", test_404);
	g_test_add_func("/scim-group/404-of-members", test_404_of_members);
	g_test_add_func("/scim-group/no-groups", test_no_groups);
	g_test_add_func("/scim-group/not-offered", test_not_offered);
	g_test_add_func("/scim-group/match-paths", test_match_paths);
	g_test_add_func("/scim-group/close-under-way", test_close_under_way);
	return g_test_run();
}
