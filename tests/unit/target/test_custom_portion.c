/*
 * Members of one request against a scripted service that takes several in one call: what it says of
 * one of them is not believed of the others.
 */
#include <string.h>

#include "../../../src/target/target_internal.h"
#include "base/json.h"
#include "custom_support.h"
#include "drive_support.h"
#include "sink_support.h"

#define BASE                                                                                   \
	"url = '%s'; insecure = true; tries = 1; match = [ 'email' ];"                         \
	"group = { lookup = { url = '/g'; query = { n = '{group.name}'; }; items = 'e'; }; };" \
	"error = { path = 'message'; };"
#define REMOVE "remove = { url = '/g/{id}/m/{member.id}'; };"
#define ROW "errors = ( { status = 400; message = 'already'; is = 'member'; } );"
#define ADD                                                                                       \
	"member = { add = { batch = 10; url = '/g/{id}/m'; body = '{members}'; " ROW "}; " REMOVE \
	" };"
#define EACH                                                                        \
	"member = { add = { batch = 10; steps = ( { url = '/g/{id}/m'; chunk = 2; " \
	"foreach = 'members'; body = '{items}'; " ROW " } ); }; " REMOVE " };"

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

/* Answers, as letters: g good, a "already a member", r refused, x the service is busy. */
static void script(Service *self, const char *answers)
{
	for (; *answers; answers++)
		sink_say(self->sink,
			 *answers == 'g'   ? 204
			 : *answers == 'x' ? 503
					   : 400,
			 "Content-Type: application/json\r\n",
			 *answers == 'a'   ? "{\"message\":\"already a member\"}"
			 : *answers == 'r' ? "{\"message\":\"who is that\"}"
					   : "");
}

static Got add(Service *self, guint count)
{
	static const TargetMember members[] = { { "1", FALSE }, { "2", FALSE }, { "3", FALSE },
						{ "4", FALSE }, { "5", FALSE }, { "6", FALSE },
						{ "7", FALSE }, { "8", FALSE } };

	return drive(self->target, (TargetRequest){ .verb = TARGET_MEMBERS_ADD,
						    .id = "g",
						    .members = members,
						    .member_count = count });
}

/* The bodies that were sent, each with a blank behind. */
static void assert_sent(Service *self, const char *bodies)
{
	g_autoptr(GString) sent = g_string_new(NULL);

	for (guint i = 0; i < sink_count(self->sink); i++)
		g_string_append_printf(sent, "%s ",
				       strstr(sink_request(self->sink, i), "\r\n\r\n") + 4);
	for (char *at; (at = strchr(sent->str, '"'));)
		g_string_erase(sent, at - sent->str, 1);
	g_assert_cmpstr(sent->str, ==, bodies);
}

typedef struct {
	const char *definition;
	guint count;
	const char *answers, *sent;
	TargetOutcome outcome;
	const char *said, *done; /* or NULL */
} Case;

static void check(const Case *it)
{
	Service self = service_new(it->definition);
	script(&self, it->answers);
	Got got = add(&self, it->count);

	g_test_message("%s: %s", it->answers, got.detail);
	assert_sent(&self, it->sent);
	g_assert_cmpstr(target_outcome_name(got.outcome), ==, target_outcome_name(it->outcome));
	if (it->said)
		g_assert_nonnull(strstr(got.detail ? got.detail : "", it->said));
	if (it->done)
		assert_json(got.members_done, it->done);
	else if (it->outcome != TARGET_OK)
		g_assert_null(got.members_done);
	got_clear(&got);
	service_clear(&self);
}

/* One of several is a member already: the others are added all the same. */
static void test_one_is_member(void)
{
	static const Case cases[] = {
		{ ADD, 4, "aaagg", "[1,2,3,4] [1,2] [1] [2,3] [4] ", TARGET_OK, NULL, NULL },
		{ ADD, 1, "a", "[1] ", TARGET_OK, NULL, NULL },
		{ EACH, 3, "aagg", "[1,2] [1] [2,3] ", TARGET_OK, NULL, NULL },
		{ EACH, 4, "gaga", "[1,2] [3,4] [3] [4] ", TARGET_OK, NULL, NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		check(&cases[i]);
}

/* The one who is refused is found at once, and is the only one who is left out. */
static void test_one_is_refused(void)
{
	static const Case cases[] = {
		{ ADD, 3, "rgrrg", "[1,2,3] [1] [2,3] [2] [3] ", TARGET_REJECTED,
		  "member '2': the service answered 400: who is that", "['1','3']" },
		{ ADD, 2, "rrr", "[1,2] [1] [2] ", TARGET_REJECTED, "2 of 2 members were refused",
		  NULL },
		{ ADD, 4, "rgx", "[1,2,3,4] [1,2] [3,4] ", TARGET_LATER, NULL, "['1','2']" },
		{ EACH, 4, "grgr", "[1,2] [3,4] [3] [4] ", TARGET_REJECTED, "member '4'",
		  "['1','2','3']" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		check(&cases[i]);
}

/* Nobody is taken: that is the group, and nobody asks eight times. */
static void test_hopeless(void)
{
	const Case it = { ADD,
			  8,
			  "rrrrrrrrrrrr",
			  "[1,2,3,4,5,6,7,8] [1,2,3,4] [1,2] [1] [2,3] [2] [3,4] [3] [4,5] [4] "
			  "[5,6] [5] ",
			  TARGET_REJECTED,
			  "5 of 8 members were refused",
			  NULL };

	check(&it);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_portion/one_is_member", test_one_is_member);
	g_test_add_func("/custom_portion/one_is_refused", test_one_is_refused);
	g_test_add_func("/custom_portion/hopeless", test_hopeless);
	return g_test_run();
}
