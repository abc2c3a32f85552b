/*
 * What the SCIM driver believes: a success that does not show that an account was taken away, and a
 * refusal of a method that need not hold for long. Against a scripted service.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "drive_support.h"
#include "sink_support.h"

#define HTML "Content-Type: text/html\r\n"
#define ON "{\"id\":\"7\",\"userName\":\"j\",\"active\":true}"
#define OFF "{\"id\":\"7\",\"userName\":\"j\",\"active\":false}"
#define BARE "{\"id\":\"7\",\"userName\":\"j\"}"

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

/* With what an earlier session learnt ("learnt": ...), or NULL. */
static void service_open(Service *self, const char *learnt)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *digest = scim_settings_digest(&self->conf);
	g_autoptr(json_t) memory = json_object();
	TargetSetup setup = { .app = "app", .conf = &self->conf, .memory = memory };

	json_object_set_new(memory, "settings", json_string(digest));
	if (learnt)
		json_object_set_new(memory, "learnt",
				    json_pack("{s:{s:i, s:i, s:I}}", learnt, "value", 0, "status",
					      501, "at_us", (json_int_t)clock_now_us()));
	self->target = target_scim.open(&setup, &error);
	g_assert_no_error(error);
}

static void service_clear(Service *self)
{
	target_scim.close(self->target);
	option_clear(scim_options, &self->conf);
	sink_free(self->sink);
}

/* The methods that were sent since opening. */
static void assert_methods(Service *self, const char *expected)
{
	g_autoptr(GString) methods = g_string_new(NULL);

	for (guint i = 1; i < sink_count(self->sink); i++) {
		const char *request = sink_request(self->sink, i);
		g_string_append_printf(methods, "%s%.*s", i > 1 ? " " : "",
				       (int)strcspn(request, " "), request);
	}
	g_assert_cmpstr(methods->str, ==, expected);
}

static Got ask(Service *self, TargetVerb verb)
{
	return drive(self->target, (TargetRequest){ .verb = verb, .id = "7" });
}

static void assert_asked(Service *self, TargetVerb verb, TargetOutcome outcome)
{
	Got got = ask(self, verb);

	g_assert_cmpint(got.outcome, ==, outcome);
	got_clear(&got);
}

/* Successes ------------------------------------------------------------------------------------ */

typedef struct {
	TargetVerb verb;
	const char *headers, *body; /* of a 200 to the write */
	int status;                 /* of the account that is read then, or 0: it is not */
	const char *account;
	TargetOutcome outcome;
	const char *words;
} Case;

static const Case cases[] = {
	/* The answer shows it. */
	{ TARGET_DISABLE, "", OFF, 0, NULL, TARGET_OK, NULL },
	{ TARGET_DISABLE, "", BARE, 0, NULL, TARGET_OK, NULL },
	{ TARGET_DELETE, "", "{}", 0, NULL, TARGET_OK, NULL },
	/* It does not, and it was done. */
	{ TARGET_DISABLE, "", "", 200, OFF, TARGET_OK, NULL },
	{ TARGET_DISABLE, "", "", 200, "{\"ID\":7,\"Active\":\"False\"}", TARGET_OK, NULL },
	{ TARGET_DISABLE, "", "", 200, BARE, TARGET_OK, NULL },
	{ TARGET_DISABLE, HTML, "", 200, OFF, TARGET_OK, NULL },
	{ TARGET_DISABLE, HTML, "<html>x", 200, OFF, TARGET_OK, NULL },
	{ TARGET_DISABLE, "", ON, 200, OFF, TARGET_OK, NULL },
	{ TARGET_DELETE, "", "", 404, "{}", TARGET_OK, NULL },
	{ TARGET_DELETE, "", "", 200, OFF, TARGET_OK, NULL },
	/* It was not. */
	{ TARGET_DISABLE, "", "", 200, ON, TARGET_REJECTED, "keeps the account enabled" },
	{ TARGET_DISABLE, "", "{\"success\":false}", 200, ON, TARGET_REJECTED, "answers 200" },
	{ TARGET_DISABLE, HTML, "", 200, ON, TARGET_REJECTED, "keeps the account enabled" },
	{ TARGET_DISABLE, HTML, "<html>x", 200, ON, TARGET_REJECTED, "keeps the account" },
	{ TARGET_DISABLE, "", "garbage", 200, ON, TARGET_REJECTED, "keeps the account" },
	{ TARGET_DISABLE, "", "[]", 200, ON, TARGET_REJECTED, "keeps the account" },
	{ TARGET_DISABLE, "", ON, 200, ON, TARGET_REJECTED, "keeps the account enabled" },
	{ TARGET_DELETE, "", "", 200, ON, TARGET_REJECTED, "keeps the account" },
	{ TARGET_DELETE, HTML, "", 200, OFF, TARGET_REJECTED, "keeps the account" },
	/* Nobody knows. */
	{ TARGET_DISABLE, HTML, "", 200, BARE, TARGET_UNKNOWN, "does not show" },
	{ TARGET_DISABLE, "", "", 200, "", TARGET_UNKNOWN, NULL },
	{ TARGET_DISABLE, "", "", 403, "", TARGET_UNKNOWN, "403" },
	{ TARGET_DISABLE, "", ON, 500, "", TARGET_UNKNOWN, "500" },
	{ TARGET_DELETE, HTML, "<html>x", 200, "<html>x", TARGET_UNKNOWN, NULL },
};

static void test_success(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Case *at = &cases[i];
		const char *method = at->verb == TARGET_DELETE ? "DELETE" : "PATCH";
		g_autofree char *methods = g_strconcat("GET ", method, at->status ? " GET" : "",
						       NULL);
		Service service = service_new();

		sink_say(service.sink, 200, "", BARE);
		sink_say(service.sink, 200, at->headers, at->body);
		if (at->status)
			sink_say(service.sink, at->status, "", at->account);
		service_open(&service, NULL);
		assert_asked(&service, TARGET_READ, TARGET_OK);
		Got got = ask(&service, at->verb);
		g_test_message("case %u: %s", i, got.detail ? got.detail : "-");
		g_assert_cmpint(got.outcome, ==, at->outcome);
		g_assert_true(!at->words || strstr(got.detail, at->words));
		got_clear(&got);
		assert_methods(&service, methods);
		service_clear(&service);
	}
}

/* An account that is disabled by DELETE is looked for, and not there: that is what was wanted. */
static void test_disabled_by_delete(void)
{
	Service service = service_new();

	service.conf.quirks.disable_by = SCIM_DISABLE_DELETE;
	sink_say(service.sink, 200, "", BARE);
	sink_say(service.sink, 200, "", "");
	sink_say(service.sink, 404, "", "");
	service_open(&service, NULL);
	assert_asked(&service, TARGET_READ, TARGET_OK);
	assert_asked(&service, TARGET_DISABLE, TARGET_OK);
	assert_methods(&service, "GET DELETE GET");
	service_clear(&service);
}

/* Refused methods ------------------------------------------------------------------------------ */

static gboolean remembers(Service *self, const char *fact)
{
	g_autoptr(json_t) kept = target_scim.remember(self->target);
	return json_object_get(json_object_get(kept, "learnt"), fact) != NULL;
}

/* PATCH was refused some time ago, PUT is now: PATCH is the last hope, and works. */
static void test_forgiven(void)
{
	Service service = service_new();

	sink_say(service.sink, 200, "", BARE);
	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service, "patch");
	assert_asked(&service, TARGET_DISABLE, TARGET_OK);
	assert_methods(&service, "GET PUT PATCH");
	assert_asked(&service, TARGET_ENABLE, TARGET_OK);
	assert_methods(&service, "GET PUT PATCH PATCH");
	g_assert_false(remembers(&service, "patch"));
	g_assert_true(remembers(&service, "put"));
	service_clear(&service);
}

/* The other way round. */
static void test_put_forgiven(void)
{
	Service service = service_new();

	sink_say(service.sink, 405, "", "");
	sink_say(service.sink, 200, "", BARE);
	sink_say(service.sink, 200, "", OFF);
	service_open(&service, "put");
	assert_asked(&service, TARGET_DISABLE, TARGET_OK);
	assert_methods(&service, "PATCH GET PUT");
	g_assert_true(remembers(&service, "patch"));
	g_assert_false(remembers(&service, "put"));
	service_clear(&service);
}

/* Both are refused: that is an answer, nothing is kept of it, and both are tried the next time. */
static void test_neither(void)
{
	Service service = service_new();

	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 200, "", BARE);
	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 200, "", BARE);
	sink_say(service.sink, 501, "", "");
	sink_say(service.sink, 204, "", "");
	service_open(&service, NULL);
	assert_asked(&service, TARGET_DISABLE, TARGET_REJECTED);
	assert_methods(&service, "PATCH GET PUT");
	g_assert_false(remembers(&service, "patch"));
	g_assert_false(remembers(&service, "put"));
	assert_asked(&service, TARGET_DISABLE, TARGET_OK);
	assert_methods(&service, "PATCH GET PUT GET PUT PATCH");
	service_clear(&service);
}

/* A refusal is kept when the other method has worked, and not before. */
static void test_proved(void)
{
	static const struct {
		int status;
		TargetOutcome outcome;
		gboolean kept;
	} puts[] = {
		{ 200, TARGET_OK, TRUE },
		{ 400, TARGET_REJECTED, FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(puts); i++) {
		Service service = service_new();
		sink_say(service.sink, 501, "", "");
		sink_say(service.sink, 200, "", BARE);
		sink_say(service.sink, puts[i].status, "", OFF);
		sink_say(service.sink, 200, "", BARE);
		sink_say(service.sink, 200, "", OFF);
		service_open(&service, NULL);
		assert_asked(&service, TARGET_DISABLE, puts[i].outcome);
		g_assert_cmpint(remembers(&service, "patch"), ==, puts[i].kept);
		assert_asked(&service, TARGET_DISABLE, TARGET_OK);
		assert_methods(&service, "PATCH GET PUT GET PUT");
		g_assert_true(remembers(&service, "patch"));
		service_clear(&service);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-trust/success", test_success);
	g_test_add_func("/scim-trust/disabled-by-delete", test_disabled_by_delete);
	g_test_add_func("/scim-trust/forgiven", test_forgiven);
	g_test_add_func("/scim-trust/put-forgiven", test_put_forgiven);
	g_test_add_func("/scim-trust/neither", test_neither);
	g_test_add_func("/scim-trust/proved", test_proved);
	return g_test_run();
}
