/*
 * What the SCIM driver keeps of a service from run to run: when it holds, when it is forgotten, and
 * that nothing that stands in the state can hurt.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "drive_support.h"
#include "sink_support.h"

#define NOW (G_GINT64_CONSTANT(1795600000) * CLOCK_SECOND) /* 2026-11-25T08:26:40Z */
#define NOBODY "{\"totalResults\":0}"

static ScimMemory memory_of(const json_t *kept, gint64 now_us)
{
	ScimMemory memory;

	scim_memory_init(&memory, kept, "settings", now_us);
	return memory;
}

/* PATCH was refused, and searches of accounts by externalId, of groups by displayName. */
static json_t *kept_at(gint64 at_us)
{
	const ScimLearnt refused = { .value = 0, .status = 501, .at_us = at_us };
	const ScimLearnt most = { .value = 50, .status = 413, .at_us = at_us };
	ScimMemory memory = memory_of(NULL, at_us);

	scim_memory_learn(&memory, SCIM_FACT_PATCH, &refused);
	scim_memory_learn(&memory, SCIM_FACT_ADD_MAX, &most);
	scim_memory_unsearchable(&memory, SCIM_KIND_ACCOUNT, "externalId", 400, at_us);
	scim_memory_unsearchable(&memory, SCIM_KIND_GROUP, "displayName", 501, at_us);
	json_t *kept = scim_memory_json(&memory);
	scim_memory_clear(&memory);
	return kept;
}

static guint count_known(const json_t *kept, gint64 now_us)
{
	ScimMemory memory = memory_of(kept, now_us);
	guint known = g_hash_table_size(memory.unsearchable[SCIM_KIND_ACCOUNT]) +
		      g_hash_table_size(memory.unsearchable[SCIM_KIND_GROUP]);

	for (int i = 0; i < SCIM_FACTS; i++)
		known += memory.facts[i].known;
	scim_memory_clear(&memory);
	return known;
}

static void test_kept(void)
{
	g_autoptr(json_t) kept = kept_at(NOW);
	ScimMemory memory = memory_of(kept, NOW + CLOCK_DAY);
	g_autoptr(json_t) again = scim_memory_json(&memory);

	g_assert_true(memory.facts[SCIM_FACT_PATCH].known);
	g_assert_cmpint(memory.facts[SCIM_FACT_PATCH].status, ==, 501);
	g_assert_cmpint(memory.facts[SCIM_FACT_ADD_MAX].value, ==, 50);
	g_assert_true(scim_memory_is_unsearchable(&memory, SCIM_KIND_ACCOUNT, "EXTERNALID"));
	g_assert_false(scim_memory_is_unsearchable(&memory, SCIM_KIND_ACCOUNT, "userName"));
	g_assert_false(scim_memory_is_unsearchable(&memory, SCIM_KIND_GROUP, "externalId"));
	g_assert_true(scim_memory_is_unsearchable(&memory, SCIM_KIND_GROUP, "displayName"));
	g_assert_true(json_equal(kept, again)); /* with the time when it was learnt */
	scim_memory_clear(&memory);

	memory = memory_of(NULL, NOW);
	g_assert_null(scim_memory_json(&memory));
	scim_memory_clear(&memory);
}

static void test_forgotten(void)
{
	g_autoptr(json_t) kept = kept_at(NOW);
	ScimMemory other;

	g_assert_cmpuint(count_known(kept, NOW + 29 * CLOCK_DAY), ==, 4);
	g_assert_cmpuint(count_known(kept, NOW + 31 * CLOCK_DAY), ==, 0);
	g_assert_cmpuint(count_known(kept, NOW - CLOCK_HOUR), ==, 4);
	g_assert_cmpuint(count_known(kept, NOW - 2 * CLOCK_DAY), ==, 0);

	scim_memory_init(&other, kept, "other settings", NOW);
	g_assert_null(scim_memory_json(&other));
	scim_memory_clear(&other);
}

/* What the service says of itself decides, and only where it said something then and now. */
static void test_service_changed(void)
{
	g_autoptr(json_t) no = json_of("{'patch':{'supported':false},'meta':{'version':'1'}}");
	g_autoptr(json_t) same = json_of("{'meta':{'version':'2'},'Patch':{'supported':false}}");
	g_autoptr(json_t) yes = json_of("{'patch':{'supported':true}}");
	const ScimLearnt refused = { .value = 0, .status = 405, .at_us = NOW };
	ScimMemory memory = memory_of(NULL, NOW);

	scim_memory_discovered(&memory, no);
	scim_memory_learn(&memory, SCIM_FACT_PUT, &refused);
	g_autoptr(json_t) kept = scim_memory_json(&memory);
	scim_memory_clear(&memory);

	memory = memory_of(kept, NOW);
	g_autoptr(json_t) silent = scim_memory_json(&memory);
	g_assert_true(json_equal(silent, kept)); /* it was not asked, or did not answer */
	scim_memory_discovered(&memory, same);
	g_assert_true(memory.facts[SCIM_FACT_PUT].known);
	scim_memory_discovered(&memory, yes);
	g_assert_null(scim_memory_json(&memory));
	scim_memory_clear(&memory);
}

/* A time in the sentence is that of a test's "now". */
static void assert_told(const ScimMemory *memory, gboolean news, const char *const *expected)
{
	g_autoptr(GPtrArray) told = g_ptr_array_new_with_free_func(g_free);
	guint n = 0;

	scim_memory_tell(memory, news, told);
	for (; expected[n]; n++) {
		g_assert_cmpuint(n, <, told->len);
		g_assert_cmpstr(told->pdata[n], ==, expected[n]);
	}
	g_assert_cmpuint(told->len, ==, n);
}

static void test_told(void)
{
	static const char patch[] = "PATCH is not used for accounts: the service answered 501 on "
				    "2026-11-25; tried again after 2026-12-25";
	static const char most[] = "members added at once, at most 50: the service answered 413 "
				   "on 2026-11-25; tried again after 2026-12-25";
	static const char search[] = "accounts are not searched by 'externalId': the service "
				     "answered 400 on 2026-11-25; tried again after 2026-12-25";
	static const char groups[] = "groups are not searched by 'displayName': the service "
				     "answered 501 on 2026-11-25; tried again after 2026-12-25";
	static const char right[] = "removals take out only whom they name: seen on 2026-11-25; "
				    "tried again after 2026-12-25";
	static const char put[] = "PUT is not used for accounts in this run: the service answered "
				  "405 on 2026-11-25; the settings want it, so that each run "
				  "tries it again";
	const ScimLearnt seen = { .value = 1, .at_us = NOW };
	const ScimLearnt insisted = { .status = 405, .at_us = NOW, .insisted = TRUE };
	g_autoptr(json_t) kept = kept_at(NOW);
	ScimMemory memory = memory_of(kept, NOW);

	assert_told(&memory, FALSE, (const char *const[]){ patch, most, search, groups, NULL });
	assert_told(&memory, TRUE, (const char *const[]){ NULL });
	scim_memory_learn(&memory, SCIM_FACT_REMOVAL, &seen);
	scim_memory_learn(&memory, SCIM_FACT_PUT, &insisted);
	assert_told(&memory, FALSE,
		    (const char *const[]){ patch, put, right, most, search, groups, NULL });
	assert_told(&memory, TRUE, (const char *const[]){ put, NULL });
	g_autoptr(json_t) again = scim_memory_json(&memory);
	g_assert_null(json_object_get(json_object_get(again, "learnt"), "put"));
	scim_memory_clear(&memory);
}

/* The same once more changes nothing, least of all the time. */
static void test_learnt_twice(void)
{
	const ScimLearnt later = { .value = 0, .status = 405, .at_us = NOW + CLOCK_DAY };
	const ScimLearnt less = { .value = 20, .status = 413, .at_us = NOW + CLOCK_DAY };
	g_autoptr(json_t) kept = kept_at(NOW);
	ScimMemory memory = memory_of(kept, NOW);

	scim_memory_learn(&memory, SCIM_FACT_PATCH, &later);
	g_assert_cmpint(memory.facts[SCIM_FACT_PATCH].at_us, ==, NOW);
	scim_memory_learn(&memory, SCIM_FACT_ADD_MAX, &less);
	g_assert_cmpint(memory.facts[SCIM_FACT_ADD_MAX].value, ==, 20);
	g_assert_true(memory.facts[SCIM_FACT_ADD_MAX].news);
	scim_memory_clear(&memory);
}

static void test_damaged(void)
{
	static const char *const texts[] = {
		"null",
		"[]",
		"7",
		"{'settings':7,'learnt':[]}",
		"{'settings':'settings','learnt':7,'service':7}",
		"{'settings':'settings','learnt':{'patch':{}}}",
		"{'settings':'settings','learnt':{'patch':{'value':1,'at_us':1795600000000000}}}",
		"{'settings':'settings','learnt':{'patch':{'value':-1,'at_us':1795600000000000}}}",
		"{'settings':'settings','learnt':{'patch':{'value':0,'at_us':'1795600000000000'}}}",
		"{'settings':'settings','learnt':{'patch':{'value':false,'at_us':1}}}",
		"{'settings':'settings','learnt':{'add_max':{'value':0,'at_us':1795600000000000}}}",
		"{'settings':'settings','learnt':{'add_max':{'value':9e18,'at_us':1}}}",
		"{'settings':'settings','learnt':{'search':['userName']}}",
		"{'settings':'settings','learnt':{'search':{'userName':null}}}",
		"{'settings':'settings','learnt':{'later':{'value':0,'at_us':1795600000000000}}}",
		"{'settings':'settings','learnt':{'patch':{'value':0,'at_us':-1}}}",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(json_t) kept = json_of(texts[i]);
		g_assert_cmpuint(count_known(kept, NOW), ==, 0);
	}
	g_autoptr(json_t) odd = json_of("{'settings':'settings','service':'no digest','more':1,"
					"'learnt':{'patch':{'value':0,'at_us':1795600000000000,"
					"'status':-7,'more':1}}}");
	ScimMemory memory = memory_of(odd, NOW);
	g_assert_true(memory.facts[SCIM_FACT_PATCH].known);
	g_assert_cmpint(memory.facts[SCIM_FACT_PATCH].status, ==, 0);
	g_assert_null(memory.service);
	scim_memory_clear(&memory);
}

/* Whatever of it is changed, cut or put elsewhere: it is read, and what is read makes sense. */
static void test_mutated(void)
{
	g_autoptr(json_t) kept = kept_at(NOW);
	g_autofree char *text = json_canonical(kept);
	gsize length = strlen(text);
	g_autoptr(GRand) random = g_rand_new_with_seed(4711);

	for (guint i = 0; i < 20000; i++) {
		g_autofree char *copy = g_strdup(text);
		for (int n = g_rand_int_range(random, 1, 5); n > 0; n--)
			copy[g_rand_int_range(random, 0, (gint32)length)] =
				"{}[]:,\"0179-ae \\"[g_rand_int_range(random, 0, 15)];
		g_autoptr(json_t) value = json_parse_bounded(copy, length, NULL);
		ScimMemory memory = memory_of(value, NOW);
		const ScimLearnt *most = &memory.facts[SCIM_FACT_ADD_MAX];
		g_assert_true(!most->known || (most->value >= 1 && most->value <= G_MAXINT32));
		scim_memory_clear(&memory);
	}
}

/* The driver with it --------------------------------------------------------------------------- */

typedef struct {
	Sink *sink;
	ScimConf conf;
	Target *target;
	guint opened;
} Service;

static Service service_new(ScimUpdate update)
{
	Service self = { .sink = sink_new() };
	g_autoptr(ConfProblems) problems = conf_problems_new();

	conf_fill(NULL, &(OptionSet){ scim_options, &self.conf }, 1, NULL, problems);
	self.conf.url = g_strdup(sink_url(self.sink));
	self.conf.net.timeout_us = self.conf.net.connect_timeout_us = 5 * CLOCK_SECOND;
	self.conf.net.tries = 1;
	self.conf.update = update;
	sink_say(self.sink, 200, "", "{}");
	return self;
}

static void service_open(Service *self, const json_t *memory)
{
	g_autoptr(GError) error = NULL;
	TargetSetup setup = { .app = "app", .conf = &self->conf, .memory = memory };

	self->target = target_scim.open(&setup, &error);
	g_assert_no_error(error);
	self->opened = sink_count(self->sink);
}

/* Closed, and opened again with what it keeps. */
static void service_next_run(Service *self)
{
	g_autoptr(json_t) memory = target_scim.remember(self->target);

	target_scim.close(self->target);
	service_open(self, memory);
}

static void service_clear(Service *self)
{
	target_scim.close(self->target);
	option_clear(scim_options, &self->conf);
	sink_free(self->sink);
}

static void assert_sent(Service *self, guint n, const char *line)
{
	g_assert_cmpuint(sink_count(self->sink), >, self->opened + n);
	g_assert_true(g_str_has_prefix(sink_request(self->sink, self->opened + n), line));
}

static void change(Service *self, TargetOutcome outcome)
{
	g_autoptr(json_t) changes = json_of("[{'path':'title','old':'a','new':'b'}]");
	g_autoptr(json_t) wanted = json_of("{'userName':'j','title':'b'}");
	Got got = drive(self->target, (TargetRequest){ .verb = TARGET_UPDATE,
						       .id = "7",
						       .changes = changes,
						       .resource = wanted });

	g_assert_cmpint(got.outcome, ==, outcome);
	got_clear(&got);
}

static guint count_news(Service *self)
{
	g_autoptr(GPtrArray) news = g_ptr_array_new_with_free_func(g_free);

	target_scim.news(self->target, news);
	return news->len;
}

/* A refused PATCH is not tried by the next run, and told by the first one only. */
static void test_patch_refused(void)
{
	Service service = service_new(SCIM_UPDATE_AUTO);

	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
	service_open(&service, NULL);
	g_assert_cmpuint(count_news(&service), ==, 0);
	change(&service, TARGET_OK);
	g_assert_cmpuint(count_news(&service), ==, 1);
	service_next_run(&service);
	g_assert_cmpuint(count_news(&service), ==, 0);
	change(&service, TARGET_OK);
	assert_sent(&service, 0, "GET /scim/Users/7");
	assert_sent(&service, 1, "PUT /scim/Users/7");
	service_clear(&service);
}

/* Each way is left for the other one; where the settings want it, the next run tries it again. */
static void test_put_refused(void)
{
	static const ScimUpdate ways[] = { SCIM_UPDATE_PUT, SCIM_UPDATE_PUT_PARTIAL };

	for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
		Service service = service_new(ways[i]);
		guint reads = ways[i] == SCIM_UPDATE_PUT;

		if (reads)
			sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
		sink_say(service.sink, 405, "", "");
		sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
		service_open(&service, NULL);
		change(&service, TARGET_OK);
		assert_sent(&service, reads, "PUT /scim/Users/7");
		assert_sent(&service, reads + 1, "PATCH /scim/Users/7");
		change(&service, TARGET_OK);
		assert_sent(&service, reads + 2, "PATCH /scim/Users/7");
		g_assert_cmpuint(count_news(&service), ==, 1);
		service_next_run(&service);
		change(&service, TARGET_OK);
		assert_sent(&service, reads, "PUT /scim/Users/7");
		service_clear(&service);
	}
}

/* Neither is spoken: that is the answer, after one try of each. */
static void test_both_refused(void)
{
	Service service = service_new(SCIM_UPDATE_AUTO);

	sink_say(service.sink, 405, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\",\"userName\":\"j\"}");
	sink_say(service.sink, 405, "", "");
	service_open(&service, NULL);
	change(&service, TARGET_REJECTED);
	g_assert_cmpuint(sink_count(service.sink) - service.opened, ==, 3);
	service_clear(&service);
}

static void look_up(Service *self, const char *path, const char *value, TargetOutcome outcome)
{
	Got got = drive(self->target, (TargetRequest){ .verb = TARGET_LOOKUP,
						       .match_path = path,
						       .match_value = value });

	g_assert_cmpint(got.outcome, ==, outcome);
	got_clear(&got);
}

/* A refusal may be about the value; only one that cannot be is about the attribute. */
static void test_search_refused(void)
{
	const char *refusal = "{\"scimType\":\"invalidFilter\",\"status\":\"400\"}";
	Service service = service_new(SCIM_UPDATE_AUTO);

	sink_say(service.sink, 400, "", refusal);
	sink_say(service.sink, 400, "", refusal);
	sink_say(service.sink, 200, "", NOBODY);
	service_open(&service, NULL);
	look_up(&service, "userName", "o'brien \"x\"", TARGET_REJECTED);
	look_up(&service, "externalId", "7f-00", TARGET_REJECTED);
	g_assert_cmpuint(sink_count(service.sink) - service.opened, ==, 2);
	look_up(&service, "externalId", "7f-01", TARGET_REJECTED);
	g_assert_cmpuint(sink_count(service.sink) - service.opened, ==, 2);
	look_up(&service, "userName", "j", TARGET_ABSENT);
	service_next_run(&service);
	look_up(&service, "ExternalId", "7f-02", TARGET_REJECTED);
	g_assert_cmpuint(sink_count(service.sink), ==, service.opened);
	service_clear(&service);
}

/* Rates are kept beside, and nothing where there is nothing to keep. */
static void test_nothing(void)
{
	Service service = service_new(SCIM_UPDATE_AUTO);

	service_open(&service, NULL);
	g_assert_null(target_scim.remember(service.target));
	service_clear(&service);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-memory/kept", test_kept);
	g_test_add_func("/scim-memory/forgotten", test_forgotten);
	g_test_add_func("/scim-memory/service-changed", test_service_changed);
	g_test_add_func("/scim-memory/told", test_told);
	g_test_add_func("/scim-memory/learnt-twice", test_learnt_twice);
	g_test_add_func("/scim-memory/damaged", test_damaged);
	g_test_add_func("/scim-memory/mutated", test_mutated);
	g_test_add_func("/scim-memory/patch-refused", test_patch_refused);
	g_test_add_func("/scim-memory/put-refused", test_put_refused);
	g_test_add_func("/scim-memory/both-refused", test_both_refused);
	g_test_add_func("/scim-memory/search-refused", test_search_refused);
	g_test_add_func("/scim-memory/nothing", test_nothing);
	return g_test_run();
}
