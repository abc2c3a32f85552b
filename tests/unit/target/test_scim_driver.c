/*
 * The SCIM driver against a scripted service: what a request came to when its answer was lost, and
 * when a 404 is believed.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "core/resource.h"
#include "drive_support.h"
#include "sink_support.h"

#define LIST "{\"totalResults\":1,\"Resources\":[{\"id\":\"9\"}]}"

typedef struct {
	Sink *sink;
	ScimConf conf;
	Target *target;
} Service;

/* A service with a ServiceProviderConfig, opened; what it says next is the test's. */
static Service service_new(ScimUpdate update)
{
	Service self = { .sink = sink_new() };
	g_autoptr(ConfProblems) problems = conf_problems_new();

	conf_fill(NULL, &(OptionSet){ scim_options, &self.conf }, 1, NULL, problems);
	self.conf.net.concurrency = 1;
	self.conf.net.timeout_us = self.conf.net.connect_timeout_us = 5 * CLOCK_SECOND;
	self.conf.net.max_wait_us = 5 * CLOCK_SECOND;
	self.conf.net.tries = 2;
	self.conf.update = update;
	self.conf.net.max_body = 4096;
	return self;
}

static void service_open(Service *self)
{
	g_autoptr(GError) error = NULL;
	TargetSetup setup = { .app = "app", .conf = &self->conf };

	self->conf.url = g_strdup(sink_url(self->sink));
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

static Got ask(Service *self, TargetVerb verb)
{
	g_autoptr(json_t) before = json_of("{'title':'x'}");
	g_autoptr(json_t) wanted = json_of("{'title':'y'}");
	g_autoptr(json_t) changes = resource_diff(before, wanted);
	TargetRequest request = { .verb = verb, .id = "7", .changes = changes, .resource = wanted };
	return drive(self->target, request);
}

static void assert_asked(Service *self, TargetVerb verb, TargetOutcome outcome, guint calls)
{
	Got got = ask(self, verb);

	g_assert_cmpstr(target_outcome_name(got.outcome), ==, target_outcome_name(outcome));
	g_assert_cmpuint(got.calls, ==, calls);
	got_clear(&got);
}

/* Done, and every answer cut: nobody may say "not done". */
static void test_lost_writes(void)
{
	static const TargetVerb verbs[] = { TARGET_UPDATE, TARGET_ENABLE, TARGET_DISABLE,
					    TARGET_DELETE };

	for (guint i = 0; i < G_N_ELEMENTS(verbs); i++) {
		Service service = service_new(SCIM_UPDATE_PATCH);

		service.conf.net.tries = 1 + i % 2;
		sink_say(service.sink, 200, "Connection: close\r\n", "{}");
		sink_cut(service.sink, "", 0);
		service_open(&service);
		assert_asked(&service, verbs[i], TARGET_UNKNOWN, 1 + i % 2);
		assert_asked(&service, TARGET_READ, TARGET_LATER, 1 + i % 2);
		service_clear(&service);
	}
}

/* Lost, sent again, and then answered: only what says that it is done is the whole answer. */
static void test_lost_then_answered(void)
{
	static const struct {
		int status;
		TargetOutcome outcome;
	} cases[] = { { 200, TARGET_OK },
		      { 403, TARGET_UNKNOWN },
		      { 401, TARGET_UNKNOWN },
		      { 429, TARGET_UNKNOWN },
		      { 412, TARGET_STALE } };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Service service = service_new(SCIM_UPDATE_PATCH);

		sink_say(service.sink, 200, "", "{}");
		sink_cut(service.sink, "", 0);
		sink_say(service.sink, cases[i].status, "", "{}");
		service_open(&service);
		Got got = ask(&service, TARGET_ENABLE);
		g_assert_cmpstr(target_outcome_name(got.outcome), ==,
				target_outcome_name(cases[i].outcome));
		got_clear(&got);
		service_clear(&service);
	}
}

/* The way over PUT: nothing was written while the account is being read. */
static void test_lost_in_steps(void)
{
	Service service = service_new(SCIM_UPDATE_PUT);

	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 503, "", "");
	sink_say(service.sink, 503, "", "");
	sink_say(service.sink, 200, "", "{\"id\":\"7\"}");
	sink_cut(service.sink, "", 0);
	service_open(&service);
	assert_asked(&service, TARGET_DISABLE, TARGET_LATER, 2);
	assert_asked(&service, TARGET_DISABLE, TARGET_UNKNOWN, 3);
	service_clear(&service);
}

/* The PATCH may have been done although the second one says noTarget; the GET tells nothing. */
static void test_lost_before_a_step(void)
{
	Service service = service_new(SCIM_UPDATE_PATCH);

	sink_say(service.sink, 200, "", "{}");
	sink_cut(service.sink, "", 0);
	sink_say(service.sink, 400, "", "{\"scimType\":\"noTarget\"}");
	sink_say(service.sink, 503, "", "");
	service_open(&service);
	assert_asked(&service, TARGET_UPDATE, TARGET_UNKNOWN, 3);
	service_clear(&service);
}

/*
 * One search for all that wait, and none for those that come later. It is as urgent as a leaver is,
 * so that these are sent before it.
 */
static void on_gone(TargetRequest *request, const TargetAnswer *answer, void *n)
{
	g_assert_cmpint(answer->outcome, ==, TARGET_ABSENT);
	g_assert_cmpint(answer->status, ==, 404);
	++*(guint *)n;
}

static void test_404_is_checked_once(void)
{
	Service service = service_new(SCIM_UPDATE_PATCH);
	TargetRequest requests[3];
	guint n = 0;

	sink_say(service.sink, 200, "", "{}");
	for (guint i = 0; i < 3; i++)
		sink_say(service.sink, 404, "", "");
	sink_say(service.sink, 200, "", LIST);
	sink_say(service.sink, 404, "", "");
	service_open(&service);
	for (guint i = 0; i < 3; i++) {
		requests[i] = (TargetRequest){ .verb = TARGET_DISABLE, .id = "7" };
		target_scim.submit(service.target, &requests[i]);
	}
	while (target_scim.step(service.target, 1000, on_gone, &n) > 0)
		continue;
	g_assert_cmpuint(n, ==, 3);
	g_assert_cmpuint(sink_count(service.sink), ==, 5);
	g_assert_nonnull(
		strstr(sink_request(service.sink, 4), "GET /scim/Users?startIndex=1&count=1 "));
	assert_asked(&service, TARGET_DISABLE, TARGET_ABSENT, 1);
	service_clear(&service);
}

/* A ServiceProviderConfig from a file, and nothing behind it: nobody is gone. */
static void test_404_of_everything(void)
{
	static const struct {
		int status;
		const char *body;
	} lists[] = { { 404, "" }, { 200, "<html>" }, { 200, "{}" }, { 502, "" } };

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		Service service = service_new(SCIM_UPDATE_PATCH);

		service.conf.net.tries = 1;
		sink_say(service.sink, 200, "", "{}");
		sink_say(service.sink, 404, "", "");
		sink_say(service.sink, lists[i].status, "", lists[i].body);
		sink_say(service.sink, 404, "", "");
		service_open(&service);
		Got got = ask(&service, TARGET_DELETE);
		g_assert_cmpstr(target_outcome_name(got.outcome), ==, "down");
		g_assert_nonnull(strstr(got.detail, "no accounts at all beneath /Users"));
		got_clear(&got);
		assert_asked(&service, TARGET_READ, TARGET_DOWN, 1);
		service_clear(&service);
	}
}

/* Who has shown an account is not asked for a list. */
static void test_404_after_an_account(void)
{
	Service service = service_new(SCIM_UPDATE_PATCH);

	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 200, "", "{\"id\":\"7\"}");
	sink_say(service.sink, 404, "", "");
	service_open(&service);
	assert_asked(&service, TARGET_READ, TARGET_OK, 1);
	assert_asked(&service, TARGET_DELETE, TARGET_ABSENT, 1);
	g_assert_cmpuint(sink_count(service.sink), ==, 3);
	service_clear(&service);
}

/* Closing while a 404 waits frees it. */
static void on_nobody(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	g_assert_not_reached();
}

static void test_close_while_waiting(void)
{
	Service service = service_new(SCIM_UPDATE_PATCH);
	TargetRequest request = { .verb = TARGET_DELETE, .id = "7" };

	sink_say(service.sink, 200, "", "{}");
	sink_say(service.sink, 404, "", "");
	sink_hang(service.sink);
	service_open(&service);
	target_scim.submit(service.target, &request);
	while (sink_count(service.sink) < 3)
		g_assert_cmpuint(target_scim.step(service.target, 20, on_nobody, NULL), ==, 1);
	service_clear(&service);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-driver/lost-writes", test_lost_writes);
	g_test_add_func("/scim-driver/lost-then-answered", test_lost_then_answered);
	g_test_add_func("/scim-driver/lost-in-steps", test_lost_in_steps);
	g_test_add_func("/scim-driver/lost-before-a-step", test_lost_before_a_step);
	g_test_add_func("/scim-driver/404-is-checked-once", test_404_is_checked_once);
	g_test_add_func("/scim-driver/404-of-everything", test_404_of_everything);
	g_test_add_func("/scim-driver/404-after-an-account", test_404_after_an_account);
	g_test_add_func("/scim-driver/close-while-waiting", test_close_while_waiting);
	return g_test_run();
}
