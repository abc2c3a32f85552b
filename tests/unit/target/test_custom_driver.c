/*
 * The driver for custom APIs against a scripted service: what goes over the wire step by step, and
 * what a request came to when something in between failed.
 */
#include <string.h>

#include "../../../src/target/target_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "custom_support.h"
#include "drive_support.h"
#include "sink_support.h"

#define BASE "url = '%s'; insecure = true; tries = 2; max_wait = '2s'; match = [ 'email' ];"
#define LIST "list = { url = '/users'; items = 'users'; };"
#define GET "get = { url = '/users/{id}'; };"
#define SEVEN "{\"users\":[{\"id\":7,\"email\":\"a@x\"}]}"

typedef struct {
	Sink *sink;
	Definition *definition;
	Target *target;
} Service;

static Service service_new(const char *more, const json_t *memory)
{
	Service self = { .sink = sink_new() };
	g_autofree char *text = g_strconcat(BASE, more, NULL);
	g_autoptr(GError) error = NULL;

	self.definition = definition_at(text, sink_url(self.sink));
	TargetSetup setup = { .app = "app", .conf = &self.definition->conf, .memory = memory };
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

static Got ask(Service *self, TargetVerb verb)
{
	g_autoptr(json_t) wanted = json_of("{'email':'a@x','title':'y'}");
	g_autoptr(json_t) changes = json_of("[{'path':'title','old':'x','new':'y'}]");
	TargetRequest request = { .verb = verb, .id = "7", .changes = changes, .resource = wanted };

	if (verb == TARGET_CREATE)
		request.id = NULL;
	return drive(self->target, request);
}

static void assert_outcome(const Got *got, TargetOutcome outcome, const char *said)
{
	g_test_message("%s", got->detail);
	g_assert_cmpstr(target_outcome_name(got->outcome), ==, target_outcome_name(outcome));
	if (said)
		g_assert_nonnull(strstr(got->detail ? got->detail : "", said));
}

static void assert_asked(Service *self, TargetVerb verb, TargetOutcome outcome, const char *said)
{
	Got got = ask(self, verb);

	assert_outcome(&got, outcome, said);
	got_clear(&got);
}

/* "PUT /scim/users/7 {...}": the body too if there is one. */
static void assert_sent(Service *self, guint n, const char *line, const char *body)
{
	const char *request = sink_request(self->sink, n);
	const char *at = strstr(request, "\r\n\r\n");
	g_autofree char *first = g_strndup(request, strcspn(request, "\r"));
	g_autofree char *wanted = g_strdup_printf("%s HTTP/1.1", line);

	g_assert_cmpstr(first, ==, wanted);
	if (body)
		g_assert_cmpstr(at + 4, ==, body);
}

static void say(Service *self, int status, const char *body)
{
	sink_say(self->sink, status, "Content-Type: application/json\r\n", body);
}

/* Sequences ------------------------------------------------------------------------------------ */

#define TWO                                                                                        \
	LIST GET                                                                                   \
		"create = { steps = ( { url = '/users'; }, { method = 'PUT';"                      \
		"                       url = '/users/{id}/state'; body = { on = true; }; } ); };" \
		"update = { steps = ( { method = 'PATCH'; url = '/users/{id}';"                    \
		"                       body = '{changes}'; },"                                    \
		"                     { method = 'PUT'; url = '/users/{id}/seen'; } ); };"

static void test_sequence(void)
{
	Service self = service_new(TWO, NULL);

	say(&self, 201, "{\"id\":7}");
	say(&self, 200, "{}");
	Got got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "7");
	g_assert_cmpuint(got.calls, ==, 2);
	got_clear(&got);
	assert_sent(&self, 0, "POST /scim/users", "{\"email\":\"a@x\",\"title\":\"y\"}");
	assert_sent(&self, 1, "PUT /scim/users/7/state", "{\"on\":true}");
	say(&self, 204, "");
	say(&self, 204, "");
	assert_asked(&self, TARGET_UPDATE, TARGET_OK, NULL);
	assert_sent(&self, 2, "PATCH /scim/users/7", "{\"title\":\"y\"}");
	assert_sent(&self, 3, "PUT /scim/users/7/seen", "");
	service_clear(&self);
}

/* A create that was perhaps done is never sent again by itself, whatever its method. */
static void test_create_is_sent_once(void)
{
	static const char *const creates[] = {
		"create = { method = 'PUT'; url = '/users'; };",
		"create = { method = 'DELETE'; url = '/users/{anchor}'; body = '{resource}'; };",
		"create = { method = 'GET'; url = '/make'; query = { e = '{resource.email}'; }; };",
		"create = { steps = ( { method = 'PUT'; url = '/users'; repeat = false; } ); };",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(creates); i++) {
		Service self = service_new(creates[i], NULL);
		TargetRequest request = { .verb = TARGET_CREATE, .anchor = "k" };
		g_autoptr(json_t) wanted = json_of("{'email':'a@x','title':'y'}");

		request.resource = wanted;
		sink_cut(self.sink, "", 0);
		say(&self, 201, "{\"id\":7}");
		Got got = drive(self.target, request);
		assert_outcome(&got, TARGET_UNKNOWN, NULL);
		g_assert_cmpuint(sink_count(self.sink), ==, 1);
		got_clear(&got);
		service_clear(&self);
	}
}

/* Whoever knows that it does no harm says so. */
static void test_create_may_be_repeated(void)
{
	Service self = service_new("create = { method = 'PUT'; url = '/users'; repeat = true; };",
				   NULL);

	sink_cut(self.sink, "", 0);
	say(&self, 201, "{\"id\":7}");
	assert_asked(&self, TARGET_CREATE, TARGET_OK, NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 2);
	service_clear(&self);
}

/* The first step is done, and nobody may say "not done" of the whole. */
static void test_half_done(void)
{
	Service self = service_new(TWO, NULL);

	say(&self, 201, "{\"id\":7}");
	say(&self, 400, "{\"message\":\"no licence\"}");
	Got got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "7");
	g_assert_cmpstr(got.unfinished, ==, "step '2': the service answered 400: no licence");
	got_clear(&got);
	say(&self, 200, "{}");
	say(&self, 400, "{\"message\":\"no licence\"}");
	assert_asked(&self, TARGET_UPDATE, TARGET_UNKNOWN, "no licence");
	say(&self, 400, "{\"message\":\"no licence\"}");
	assert_asked(&self, TARGET_UPDATE, TARGET_REJECTED, "no licence");
	g_assert_cmpuint(sink_count(self.sink), ==, 5);
	service_clear(&self);
}

/* A create whose answer is lost is not sent again. */
static void test_lost_create(void)
{
	Service self = service_new(TWO, NULL);

	sink_cut(self.sink, "", 0);
	assert_asked(&self, TARGET_CREATE, TARGET_UNKNOWN, NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 1);
	service_clear(&self);
}

static void test_another_made(void)
{
	Service self = service_new("create = { url = '/users'; };" LIST, NULL);

	say(&self, 200, "{\"id\":7,\"email\":\"Q@x\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_UNKNOWN, "another account: 'email' is 'Q@x'");
	say(&self, 200, "{\"id\":7,\"email\":\"A@X\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_OK, NULL);
	say(&self, 200, "{\"id\":7}");
	assert_asked(&self, TARGET_CREATE, TARGET_OK, NULL);
	service_clear(&self);
}

/* Who is read by listings that contradict, or of which one fails, is not taken for disabled. */
static void test_listings_contradict(void)
{
	Service self = service_new("list = ( { url = '/off'; items = 'u'; active = false; },"
				   "         { url = '/on'; items = 'u'; active = true; } );",
				   NULL);
	static const struct {
		int status;
		const char *body, *shown;
	} on[] = { { 200, "{\"u\":[{\"id\":7}]}", "[{'id':'7'}]" },
		   { 400, "{}", "[{'id':'7'}]" },
		   { 200, "{\"u\":[]}", "[{'id':'7','active':false}]" } };

	for (guint i = 0; i < G_N_ELEMENTS(on); i++) {
		say(&self, 200, "{\"u\":[{\"id\":7}]}");
		say(&self, on[i].status, on[i].body);
		Got got = ask(&self, TARGET_READ);
		assert_outcome(&got, TARGET_OK, NULL);
		assert_json(got.documents, on[i].shown);
		got_clear(&got);
	}
	service_clear(&self);
}

/* What takes access away in several steps is never done by half, nor gone by the first of them. */
static void test_removal_in_steps(void)
{
	Service self = service_new(LIST GET
				   "disable = { steps = ("
				   "  { method = 'DELETE'; url = '/users/{id}/sessions'; },"
				   "  { method = 'PUT'; url = '/users/{id}/off'; } ); };"
				   "errors = ( { status = 404; is = 'not_found'; } );",
				   NULL);

	g_assert_true(self.target->caps & TARGET_DISABLES_IN_STEPS);
	say(&self, 404, "{\"message\":\"no sessions\"}");
	assert_asked(&self, TARGET_DISABLE, TARGET_REJECTED, "step '1': ");
	say(&self, 204, "");
	say(&self, 403, "{\"message\":\"not allowed\"}");
	assert_asked(&self, TARGET_DISABLE, TARGET_REJECTED, "not allowed");
	say(&self, 204, "");
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DISABLE, TARGET_ABSENT, NULL);
	service_clear(&self);
}

static void assert_lingers(Service *self)
{
	Got got = ask(self, TARGET_CREATE);

	assert_outcome(&got, TARGET_UNKNOWN, NULL);
	g_assert_true(got.lingers);
	got_clear(&got);
}

static void test_no_id(void)
{
	Service self = service_new(TWO, NULL);

	say(&self, 200, "{\"ok\":true}");
	assert_lingers(&self);
	service_clear(&self);
}

/* Of what is not said, the last id before it is needed is the account's. */
static void test_usual_id(void)
{
	Service self = service_new("create = { steps = ( { url = '/forms'; }, { url = '/users'; },"
				   "  { method = 'PUT'; url = '/users/{id}/state'; } ); };" LIST,
				   NULL);
	g_autofree char *said = definition_problems(
		"url = 'https://api.example';"
		"create = { steps = ( { url = '/u'; outputs = ( { name = 'j'; path = 'j'; } ); },"
		"  { url = '/j/{step.j}'; }, { url = '/u/{id}'; } ); };" LIST);

	say(&self, 201, "{\"id\":1}");
	say(&self, 201, "{\"id\":7}");
	say(&self, 200, "{\"id\":9}");
	Got got = ask(&self, TARGET_CREATE);
	g_assert_cmpstr(got.id, ==, "7");
	got_clear(&got);
	service_clear(&self);
	g_assert_nonnull(strstr(said, "operation 'create' has to say where the id is"));
}

/* Who hangs up has ended; who does not answer in time may still be at it. */
static void test_slow_create(void)
{
	Service self = service_new(TWO "timeout = '1s';", NULL);

	sink_cut(self.sink, "", 0);
	Got got = ask(&self, TARGET_CREATE);
	g_assert_false(got.lingers);
	got_clear(&got);
	sink_hang(self.sink);
	assert_lingers(&self);
	service_clear(&self);
}

/* Polling -------------------------------------------------------------------------------------- */

#define JOB                                                                            \
	LIST "create = { steps = ("                                                    \
	     "  { url = '/jobs'; outputs = ( { name = 'job'; path = 'job'; } ); },"    \
	     "  { url = '/jobs/{step.job}'; when = 'step.job'; poll = { path = 'tag';" \
	     "    done = ['complete']; failed = ['failed']; pending = ['waiting'];"    \
	     "    interval = '50ms'; deadline = 'DEADLINE'; }; } );"                   \
	     "  id = { path = 'user'; }; };"                                           \
	     "error = { path = 'why'; };"                                              \
	     "errors = ( { message = 'taken'; is = 'exists'; } );"

static Service job_service(const char *deadline)
{
	g_auto(GStrv) parts = g_strsplit(JOB, "DEADLINE", -1);
	g_autofree char *text = g_strjoinv(deadline, parts);

	return service_new(text, NULL);
}

static void test_poll(void)
{
	Service self = job_service("30s");

	say(&self, 200, "{\"job\":\"j/1\"}");
	say(&self, 200, "{\"tag\":\"waiting\"}");
	say(&self, 503, "{}");
	say(&self, 200, "{\"tag\":\"waiting\"}");
	say(&self, 200, "{\"tag\":\"complete\",\"user\":9}");
	Got got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "9");
	got_clear(&got);
	assert_sent(&self, 1, "GET /scim/jobs/j%2F1", NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 5);
	/* Done at once: there is no job to ask for. */
	say(&self, 200, "{\"user\":10}");
	got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "10");
	got_clear(&got);
	g_assert_cmpuint(sink_count(self.sink), ==, 6);
	service_clear(&self);
}

static void test_poll_ends(void)
{
	Service self = job_service("120ms");

	say(&self, 200, "{\"job\":1}");
	say(&self, 200, "{\"tag\":\"failed\",\"why\":\"no licence\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_REJECTED, "'failed' of its work: no licence");
	say(&self, 200, "{\"job\":1}");
	say(&self, 200, "{\"tag\":\"failed\",\"why\":\"the name is taken\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_EXISTS, "taken");
	say(&self, 200, "{\"job\":1}");
	say(&self, 200, "{\"tag\":\"confused\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_UNKNOWN, "neither done nor failed");
	say(&self, 200, "{\"job\":1}");
	say(&self, 200, "{\"tag\":\"waiting\"}");
	assert_asked(&self, TARGET_CREATE, TARGET_UNKNOWN, "not finished its work within");
	service_clear(&self);
}

/* Portions ------------------------------------------------------------------------------------- */

static void test_foreach(void)
{
	Service self =
		service_new("update = { steps = ( { method = 'GET'; url = '/users/{id}/roles';"
			    "  outputs = ( { name = 'roles'; path = 'roles'; } ); },"
			    "  { method = 'PUT'; url = '/roles'; foreach = 'step.roles'; chunk = 2;"
			    "    body = { ids = '{items}'; }; } ); };",
			    NULL);

	say(&self, 200, "{\"roles\":[1,2,3,4,5]}");
	say(&self, 200, "{}");
	Got got = ask(&self, TARGET_UPDATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpuint(got.calls, ==, 4);
	got_clear(&got);
	assert_sent(&self, 1, "PUT /scim/roles", "{\"ids\":[1,2]}");
	assert_sent(&self, 2, "PUT /scim/roles", "{\"ids\":[3,4]}");
	assert_sent(&self, 3, "PUT /scim/roles", "{\"ids\":[5]}");
	service_clear(&self);
}

/* What a service lists must not keep us busy for a day. */
static void test_foreach_bound(void)
{
	Service self =
		service_new("update = { steps = ( { method = 'GET'; url = '/users/{id}/roles';"
			    "  outputs = ( { name = 'roles'; path = 'roles'; } ); },"
			    "  { method = 'PUT'; url = '/roles'; foreach = 'step.roles'; chunk = 2;"
			    "    body = { ids = '{items}'; }; } ); };",
			    NULL);
	GString *roles = g_string_new("{\"roles\":[0");

	for (guint i = 0; i < 2000; i++)
		g_string_append(roles, ",1");
	g_string_append(roles, "]}");
	say(&self, 200, roles->str);
	assert_asked(&self, TARGET_UPDATE, TARGET_REJECTED, "'step.roles' has 2001 elements");
	g_assert_cmpuint(sink_count(self.sink), ==, 1);
	g_string_free(roles, TRUE);
	service_clear(&self);
}

/* Update modes --------------------------------------------------------------------------------- */

#define UPDATE(more) LIST GET "update = { url = '/users/{id}'; " more " };"

static void test_modes(void)
{
	Service self = service_new(UPDATE("mode = 'full';"), NULL);
	say(&self, 200, "{}");
	assert_asked(&self, TARGET_UPDATE, TARGET_OK, NULL);
	assert_sent(&self, 0, "PUT /scim/users/7", "{\"email\":\"a@x\",\"title\":\"y\"}");
	service_clear(&self);

	self = service_new(UPDATE("mode = 'changed'; method = 'PATCH';"), NULL);
	say(&self, 200, "{}");
	assert_asked(&self, TARGET_UPDATE, TARGET_OK, NULL);
	assert_sent(&self, 0, "PATCH /scim/users/7", "{\"title\":\"y\"}");
	service_clear(&self);

	self = service_new(UPDATE("mode = 'merge';"), NULL);
	say(&self, 200, "{\"id\":7,\"title\":\"x\",\"theirs\":[1]}");
	say(&self, 200, "{}");
	assert_asked(&self, TARGET_UPDATE, TARGET_OK, NULL);
	assert_sent(&self, 0, "GET /scim/users/7", NULL);
	assert_sent(&self, 1, "PUT /scim/users/7", "{\"id\":7,\"title\":\"y\",\"theirs\":[1]}");
	/* Nobody is merged into somebody else. */
	say(&self, 200, "{\"id\":8,\"title\":\"x\"}");
	assert_asked(&self, TARGET_UPDATE, TARGET_REJECTED, "another account");
	g_assert_cmpuint(sink_count(self.sink), ==, 3);
	service_clear(&self);
}

/* Without a call for one account it is read out of the listing. */
static void test_merge_by_list(void)
{
	Service self = service_new(LIST "update = { url = '/users/{id}'; mode = 'merge'; };", NULL);

	say(&self, 200, "{\"users\":[{\"id\":6},{\"id\":7,\"title\":\"x\",\"theirs\":1}]}");
	say(&self, 200, "{}");
	assert_asked(&self, TARGET_UPDATE, TARGET_OK, NULL);
	assert_sent(&self, 0, "GET /scim/users", NULL);
	assert_sent(&self, 1, "PUT /scim/users/7", "{\"id\":7,\"title\":\"y\",\"theirs\":1}");
	service_clear(&self);
}

/* What is left out of all steps is not sent, and a call of its own is made only for it. */
static void test_left_out(void)
{
	Service self = service_new(
		"update = { steps = ( { method = 'PATCH'; url = '/users/{id}'; body = '{changes}';"
		"  leave_out = [ 'title' ]; }, { method = 'PUT'; url = '/users/{id}/email';"
		"  when = 'changes.email'; body = { to = '{changes.email}'; }; } ); };",
		NULL);
	Got got = ask(&self, TARGET_UPDATE);

	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpuint(got.calls, ==, 0);
	got_clear(&got);
	g_assert_cmpuint(sink_count(self.sink), ==, 0);
	service_clear(&self);
}

/* Which operation ------------------------------------------------------------------------------ */

static void test_disable(void)
{
	Service self = service_new(LIST "delete = { url = '/users/{id}'; };", NULL);

	g_assert_cmphex(self.target->caps & TARGET_DISABLE_DELETES, !=, 0);
	g_assert_nonnull(strstr(target_custom.meaning(self.target, TARGET_DISABLE), "deletes"));
	say(&self, 204, "");
	assert_asked(&self, TARGET_DISABLE, TARGET_OK, NULL);
	assert_sent(&self, 0, "DELETE /scim/users/7", NULL);
	assert_asked(&self, TARGET_ENABLE, TARGET_REJECTED, "not sent");
	/* The address has proved good, so now a 404 is about the account. */
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, NULL);
	service_clear(&self);

	self = service_new(LIST "disable = { url = '/users/{id}/off'; items = ''; };"
				"account = { active = 'active'; };",
			   NULL);
	say(&self, 200, "{\"id\":7,\"active\":true}");
	assert_asked(&self, TARGET_DISABLE, TARGET_UNKNOWN, "still enabled");
	say(&self, 200, "{\"id\":7,\"active\":false}");
	assert_asked(&self, TARGET_DISABLE, TARGET_OK, NULL);
	assert_sent(&self, 0, "POST /scim/users/7/off", NULL);
	service_clear(&self);
}

/* The account is read instead, and what it holds is told. */
static void test_no_update(void)
{
	Service self = service_new(LIST GET, NULL);

	say(&self, 200, "{\"id\":7,\"title\":\"x\"}");
	Got got = ask(&self, TARGET_UPDATE);
	assert_outcome(&got, TARGET_OK, "no operation 'update'");
	assert_json(got.documents, "[{'id':'7','title':'x'}]");
	got_clear(&got);
	service_clear(&self);
}

static void test_off(void)
{
	Service self = service_new(LIST "create = { url = '/users'; };"
					"delete = { url = '/users/{id}'; off = 'nobody knows'; };",
				   NULL);

	assert_asked(&self, TARGET_DELETE, TARGET_REJECTED, "switched off: nobody knows");
	assert_asked(&self, TARGET_DISABLE, TARGET_REJECTED, "not sent");
	g_assert_cmpuint(sink_count(self.sink), ==, 0);
	service_clear(&self);
}

/* A delete does not take the place of a disable that somebody switched off. */
static void test_disable_off(void)
{
	Service self = service_new(LIST "create = { url = '/users'; };"
					"delete = { url = '/users/{id}'; };"
					"disable = { url = '/users/{id}/off'; off = 'not yet'; };",
				   NULL);

	assert_asked(&self, TARGET_DISABLE, TARGET_REJECTED, "switched off: not yet");
	g_assert_cmpuint(sink_count(self.sink), ==, 0);
	service_clear(&self);
}

/* A made account is found by its key, in a look-up or in the list; nobody is made twice. */
static void test_id_by_lookup(void)
{
	Service self = service_new(
		"create = { url = '/users'; id = { lookup = true; }; };"
		"lookup = { url = '/users'; query = { q = '{match.value}'; }; items = 'users'; };",
		NULL);

	say(&self, 201, "{}");
	say(&self, 200, "{\"users\":[{\"id\":\"u1\",\"email\":\"A@x\"}]}");
	Got got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "u1");
	got_clear(&got);
	assert_sent(&self, 1, "GET /scim/users?q=a%40x", NULL);
	say(&self, 201, "{}");
	say(&self, 200, "{\"users\":[]}");
	assert_asked(&self, TARGET_CREATE, TARGET_UNKNOWN, "not found by 'email'");
	service_clear(&self);

	self = service_new(LIST "create = { url = '/users'; id = { lookup = true; }; };", NULL);
	say(&self, 201, "{}");
	say(&self, 200, "{\"users\":[{\"id\":1,\"email\":\"b@x\"},{\"id\":2,\"email\":\"a@x\"}]}");
	got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "2");
	got_clear(&got);
	service_clear(&self);
}

/* A later step that names the id has the account looked for before it. */
static void test_id_between_steps(void)
{
	Service self =
		service_new(LIST
			    "create = { id = { lookup = true; }; steps = ( { url = '/users'; },"
			    "  { method = 'PUT'; url = '/users/{id}/on'; } ); };",
			    NULL);

	say(&self, 201, "{}");
	say(&self, 200, "{\"users\":[{\"id\":5,\"email\":\"a@x\"}]}");
	say(&self, 200, "{}");
	Got got = ask(&self, TARGET_CREATE);
	assert_outcome(&got, TARGET_OK, NULL);
	g_assert_cmpstr(got.id, ==, "5");
	got_clear(&got);
	assert_sent(&self, 2, "PUT /scim/users/5/on", NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 3);
	service_clear(&self);
}

/* Looking up ----------------------------------------------------------------------------------- */

static Got look_up(Service *self, const char *value)
{
	return drive(self->target, (TargetRequest){ .verb = TARGET_LOOKUP,
						    .match_path = "email",
						    .match_value = value });
}

static void test_lookup(void)
{
	Service self = service_new("lookup = { url = '/users'; query = { q = '{match.value}'; };"
				   "           items = 'users'; };",
				   NULL);

	/* A service that ignores the question shows somebody else. */
	say(&self, 200, "{\"users\":[{\"id\":1,\"email\":\"b@x\"}]}");
	Got got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_ABSENT, NULL);
	got_clear(&got);
	say(&self, 200, "{\"users\":[{\"id\":1,\"email\":\"A@X\"}]}");
	got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_OK, NULL);
	assert_json(got.documents, "[{'email':'A@X','id':'1'}]");
	got_clear(&got);
	/* Nonsense is never absence. */
	say(&self, 200, "{\"nonsense\":true}");
	got = look_up(&self, "a@x");
	g_assert_cmpint(got.outcome, !=, TARGET_ABSENT);
	g_assert_cmpint(got.outcome, !=, TARGET_OK);
	got_clear(&got);
	/* Nor is somebody of whom the value is not shown. */
	say(&self, 200, "{\"users\":[{\"id\":1}]}");
	got = look_up(&self, "a@x");
	g_assert_cmpint(got.outcome, !=, TARGET_ABSENT);
	g_assert_cmpint(got.outcome, !=, TARGET_OK);
	got_clear(&got);
	service_clear(&self);
}

/* Memory --------------------------------------------------------------------------------------- */

static void test_proof_is_kept(void)
{
	static const char delete[] = LIST "delete = { url = '/users/{id}'; };";
	Service self = service_new(delete, NULL);

	/* Nothing is known of the address: the account is in the listing. */
	say(&self, 404, "{}");
	say(&self, 200, SEVEN);
	say(&self, 200, SEVEN);
	assert_asked(&self, TARGET_DELETE, TARGET_REJECTED, "check url of operation 'delete'");
	say(&self, 200, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_OK, NULL);
	g_autoptr(json_t) memory = target_custom.remember(self.target);
	service_clear(&self);

	json_array_append_new(json_object_get(memory, "proven"), json_string("damaged"));
	json_array_append_new(json_object_get(memory, "proven"), json_integer(7));
	self = service_new(delete, memory);
	say(&self, 404, "{}");
	say(&self, 200, SEVEN);
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 2);
	/* Once is enough. */
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, NULL);
	g_assert_cmpuint(sink_count(self.sink), ==, 3);
	service_clear(&self);
	/* Another address begins anew. */
	self = service_new(LIST "delete = { url = '/people/{id}'; };", memory);
	say(&self, 404, "{}");
	say(&self, 200, SEVEN);
	say(&self, 200, SEVEN);
	assert_asked(&self, TARGET_DELETE, TARGET_REJECTED, "check url");
	service_clear(&self);
}

/* 404 ------------------------------------------------------------------------------------------ */

#define DELETE "delete = { url = '/users/{id}'; };"
#define LOOKUP "lookup = { url = '/search'; query = { q = '{match.value}'; }; items = 'users'; };"

/* Memory of a session in which the addresses of these operations were good. New reference. */
static json_t *memory_of(const char *definition)
{
	Service self = service_new(definition, NULL);

	say(&self, 200, "{\"id\":7,\"email\":\"a@x\"}");
	assert_asked(&self, TARGET_DELETE, TARGET_OK, NULL);
	json_t *memory = target_custom.remember(self.target);
	service_clear(&self);
	return memory;
}

/* A gateway that has lost the service: nobody is gone. */
static void test_404_of_all(void)
{
	g_autoptr(json_t) memory = memory_of(LIST DELETE);
	Service self = service_new(LIST GET DELETE, memory);

	say(&self, 404, "{}");
	assert_asked(&self, TARGET_READ, TARGET_DOWN, "nothing of this API answers well");
	assert_asked(&self, TARGET_DELETE, TARGET_DOWN, "nothing of this API answers well");
	g_assert_cmpuint(sink_count(self.sink), ==, 3); /* it was asked once */
	service_clear(&self);
	/* Without a listing to ask for, it may be true, and is no reason to stop. */
	self = service_new(LOOKUP DELETE, memory);
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_LATER, "not taken for an account that is gone");
	assert_sent(&self, 1, "GET /scim/search?q=dirbridge-asks-for-nobody%40example.invalid",
		    NULL);
	service_clear(&self);
	self = service_new(LOOKUP DELETE, memory);
	say(&self, 404, "{}");
	say(&self, 200, "{\"users\":[]}");
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, "404");
	service_clear(&self);
	self = service_new(DELETE, memory);
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_LATER, "not taken for an account that is gone");
	service_clear(&self);
}

/* An address that has never answered well: what else shows accounts is asked. */
static void test_404_unproven(void)
{
	Service self = service_new(LIST GET, NULL);

	say(&self, 404, "{}");
	say(&self, 200, "{\"users\":[{\"id\":8}]}");
	say(&self, 200, "{\"users\":[{\"id\":8}]}");
	assert_asked(&self, TARGET_READ, TARGET_ABSENT, NULL);
	say(&self, 404, "{}");
	say(&self, 200, SEVEN);
	assert_asked(&self, TARGET_READ, TARGET_OK, NULL);
	service_clear(&self);

	self = service_new(GET "delete = { url = '/people/{id}'; };", NULL);
	say(&self, 404, "{}");
	say(&self, 200, "{\"id\":7}");
	assert_asked(&self, TARGET_DELETE, TARGET_REJECTED, "check url of operation 'delete'");
	/* By now 'get' has proved good. */
	say(&self, 404, "{}");
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, NULL);
	service_clear(&self);

	self = service_new(LIST "delete = { url = '/people/{id}'; };", NULL);
	say(&self, 404, "{}");
	say(&self, 200, "{\"users\":[{\"id\":8}]}");
	say(&self, 200, "{\"users\":[{\"id\":8}]}");
	assert_asked(&self, TARGET_DELETE, TARGET_ABSENT, NULL);
	service_clear(&self);
}

/* A search that is answered 404 says nothing; a row, or the listing, does. */
static void test_404_of_search(void)
{
	Service self = service_new(LOOKUP, NULL);

	say(&self, 200, "{\"users\":[]}");
	Got got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_ABSENT, NULL);
	got_clear(&got);
	say(&self, 404, "{}");
	got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_REJECTED, "not_found");
	got_clear(&got);
	service_clear(&self);

	self = service_new(LIST LOOKUP, NULL);
	say(&self, 404, "{}");
	say(&self, 200, "{\"users\":[{\"id\":8,\"email\":\"b@x\"}]}");
	got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_ABSENT, NULL);
	got_clear(&got);
	got = look_up(&self, "b@x");
	assert_outcome(&got, TARGET_OK, NULL);
	got_clear(&got);
	service_clear(&self);
}

static void on_refused(TargetRequest *request, const TargetAnswer *answer, void *answers)
{
	g_assert_cmpint(answer->outcome, ==, TARGET_REJECTED);
	g_assert_nonnull(strstr(answer->detail, "not all is shown"));
	g_assert_false(answer->unasked);
	(*(guint *)answers)++;
}

/* Who waits for a walk that fails was asked about; who cannot be asked about was not. */
static void test_unasked(void)
{
	TargetRequest requests[] = { { .verb = TARGET_READ, .id = "7" },
				     { .verb = TARGET_READ, .id = "8" } };
	Service self = service_new(LIST, NULL);
	guint answers = 0;

	say(&self, 200, "{\"nonsense\":true}");
	for (guint i = 0; i < G_N_ELEMENTS(requests); i++)
		target_custom.submit(self.target, &requests[i]);
	while (target_custom.step(self.target, 1000, on_refused, &answers) > 0)
		continue;
	g_assert_cmpuint(answers, ==, 2);
	g_assert_cmpuint(sink_count(self.sink), ==, 1);
	service_clear(&self);

	self = service_new(DELETE, NULL);
	Got got = ask(&self, TARGET_READ);
	assert_outcome(&got, TARGET_REJECTED, "no operation");
	g_assert_true(got.unasked);
	got_clear(&got);
	service_clear(&self);
}

/* Passwords ------------------------------------------------------------------------------------ */

static void test_password(void)
{
	Service self = service_new("password = { url = '/users/{id}/password'; body = {"
				   "  word = '{password}'; change = '{must_change}'; }; };"
				   "reset_mail = { url = '/users/{id}/reset'; };",
				   NULL);
	g_autoptr(Secret) password = secret_new("s3cr3t\"word", 11);

	say(&self, 400, "{\"message\":\"it is too short\"}");
	TargetRequest request = {
		.verb = TARGET_PASSWORD, .id = "7", .password = password, .must_change = TRUE
	};
	Got got = drive(self.target, request);
	assert_outcome(&got, TARGET_REJECTED, "too short");
	got_clear(&got);
	assert_sent(&self, 0, "POST /scim/users/7/password",
		    "{\"word\":\"s3cr3t\\\"word\",\"change\":true}");
	/* Whatever a service says of it, nobody reads it. */
	say(&self, 400, "{\"message\":\"s3cr3t\\\"word is too short\"}");
	got = drive(self.target, request);
	assert_outcome(&got, TARGET_REJECTED, "repeat the password");
	g_assert_null(strstr(got.detail, "s3cr3t"));
	got_clear(&got);
	say(&self, 200, "{}");
	got = drive(self.target, (TargetRequest){ .verb = TARGET_RESET_MAIL, .id = "7" });
	assert_outcome(&got, TARGET_OK, NULL);
	got_clear(&got);
	assert_sent(&self, 2, "POST /scim/users/7/reset", NULL);
	service_clear(&self);
}

/* A base address out of the token's answer ----------------------------------------------------- */

#define BY_TOKEN                                                                         \
	"base_from = 'instance_url'; hosts = [ 'HOSTS' ]; insecure = true; tries = 1;"   \
	"auth = { type = 'client_credentials'; token_url = '%s/token'; client_id = 'c';" \
	"         client_secret = 'wide open'; }; match = [ 'email' ];" LIST             \
	"delete = { url = '/users/{id}'; };"

/* What opening comes to when the token's answer names this address; NULL: it names none. */
static char *open_at(Sink *sink, const char *hosts, const char *address, Target **target,
		     Definition **definition)
{
	g_auto(GStrv) parts = g_strsplit(BY_TOKEN, "HOSTS", -1);
	g_autofree char *text = g_strjoinv(hosts, parts);
	g_autofree char *field = address ? g_strdup_printf(",\"instance_url\":\"%s\"", address)
					 : g_strdup("");
	g_autofree char *answer = g_strdup_printf("{\"access_token\":\"t0ken\","
						  "\"token_type\":\"Bearer\"%s}",
						  field);
	g_autoptr(GError) error = NULL;

	*definition = definition_at(text, sink_url(sink));
	sink_say(sink, 200, "Content-Type: application/json\r\n", answer);
	*target = target_custom.open(&(TargetSetup){ .app = "app", .conf = &(*definition)->conf },
				     &error);
	return error ? g_strdup(error->message) : NULL;
}

static void test_base_from_token(void)
{
	Service self = { .sink = sink_new() };
	g_autofree char *problem = open_at(self.sink, "127.0.0.1", sink_url(self.sink),
					   &self.target, &self.definition);

	g_assert_cmpstr(problem, ==, NULL);
	say(&self, 204, "");
	assert_asked(&self, TARGET_DELETE, TARGET_OK, NULL);
	assert_sent(&self, 1, "DELETE /scim/users/7", NULL);
	g_assert_nonnull(strstr(sink_request(self.sink, 1), "Bearer t0ken"));
	/* A listing is at the same base. */
	say(&self, 200, "{\"users\":[{\"id\":1,\"email\":\"a@x\"}]}");
	Got got = look_up(&self, "a@x");
	assert_outcome(&got, TARGET_OK, NULL);
	got_clear(&got);
	assert_sent(&self, 2, "GET /scim/users", NULL);
	service_clear(&self);
}

static void test_base_elsewhere(void)
{
	static const struct {
		const char *hosts, *address, *said;
	} cases[] = {
		{ "api.example", "https://api.example.evil.test", "none that 'hosts' names" },
		{ "api.example", "https://evilapi.example", "none that 'hosts' names" },
		{ "api.example", "https://evil.test/api.example", "none that 'hosts' names" },
		{ "api.example", "http://eu.api.example", "clear text" },
		{ "api.example", "https://u:p@api.example", "no base address" },
		{ "api.example", "https://127.0.0.1%2F.api.example", "no base address" },
		{ "api.example", "https://127.0.0.1%3F.api.example", "no base address" },
		{ "api.example", "https://127.0.0.1%23.api.example:9/", "no base address" },
		{ "api.example", "https://127.0.0.1\\\\.api.example", "no base address" },
		{ "api.example", "nonsense", "no base address" },
		{ "api.example", NULL, "has no 'instance_url'" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Sink *sink = sink_new();
		Target *target;
		Definition *definition;
		g_autofree char *problem = open_at(sink, cases[i].hosts, cases[i].address, &target,
						   &definition);

		g_test_message("%s", problem);
		g_assert_null(target);
		g_assert_nonnull(strstr(problem, cases[i].said));
		g_assert_null(strstr(problem, "t0ken"));
		definition_free(definition);
		sink_free(sink);
	}
}

/* Closed with requests on their way: nothing is left, and nobody is called back. */
static void never(TargetRequest *request, const TargetAnswer *answer, void *data)
{
	g_assert_not_reached();
}

static void test_closed_early(void)
{
	Service self = job_service("30s");
	g_autoptr(json_t) wanted = json_of("{'email':'a@x'}");
	TargetRequest requests[2] = {
		{ .verb = TARGET_CREATE, .resource = wanted },
		{ .verb = TARGET_LOOKUP, .match_path = "email", .match_value = "a@x" }
	};

	sink_hang(self.sink);
	target_custom.submit(self.target, &requests[0]);
	target_custom.submit(self.target, &requests[1]);
	g_assert_cmpuint(target_custom.step(self.target, 20, never, NULL), >, 0);
	service_clear(&self);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_driver/sequence", test_sequence);
	g_test_add_func("/custom_driver/create-is-sent-once", test_create_is_sent_once);
	g_test_add_func("/custom_driver/create-may-be-repeated", test_create_may_be_repeated);
	g_test_add_func("/custom_driver/half_done", test_half_done);
	g_test_add_func("/custom_driver/lost_create", test_lost_create);
	g_test_add_func("/custom_driver/no_id", test_no_id);
	g_test_add_func("/custom_driver/usual_id", test_usual_id);
	g_test_add_func("/custom_driver/slow_create", test_slow_create);
	g_test_add_func("/custom_driver/removal_in_steps", test_removal_in_steps);
	g_test_add_func("/custom_driver/another_made", test_another_made);
	g_test_add_func("/custom_driver/listings_contradict", test_listings_contradict);
	g_test_add_func("/custom_driver/poll", test_poll);
	g_test_add_func("/custom_driver/poll_ends", test_poll_ends);
	g_test_add_func("/custom_driver/foreach", test_foreach);
	g_test_add_func("/custom_driver/foreach/bound", test_foreach_bound);
	g_test_add_func("/custom_driver/modes", test_modes);
	g_test_add_func("/custom_driver/merge_by_list", test_merge_by_list);
	g_test_add_func("/custom_driver/left_out", test_left_out);
	g_test_add_func("/custom_driver/disable", test_disable);
	g_test_add_func("/custom_driver/no_update", test_no_update);
	g_test_add_func("/custom_driver/off", test_off);
	g_test_add_func("/custom_driver/disable_off", test_disable_off);
	g_test_add_func("/custom_driver/id_by_lookup", test_id_by_lookup);
	g_test_add_func("/custom_driver/id_between_steps", test_id_between_steps);
	g_test_add_func("/custom_driver/lookup", test_lookup);
	g_test_add_func("/custom_driver/proof_is_kept", test_proof_is_kept);
	g_test_add_func("/custom_driver/404_of_all", test_404_of_all);
	g_test_add_func("/custom_driver/404_unproven", test_404_unproven);
	g_test_add_func("/custom_driver/404_of_search", test_404_of_search);
	g_test_add_func("/custom_driver/unasked", test_unasked);
	g_test_add_func("/custom_driver/password", test_password);
	g_test_add_func("/custom_driver/base_from_token", test_base_from_token);
	g_test_add_func("/custom_driver/base_elsewhere", test_base_elsewhere);
	g_test_add_func("/custom_driver/closed_early", test_closed_early);
	return g_test_run();
}
