/*
 * When a token is fetched: once, before it ends, after a refusal, and by one of several; and that a
 * refresh token which rotates is never lost.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../../../src/target/credential_internal.h"
#include "base/clock.h"
#include "credential_support.h"
#include "sink_support.h"

#define CLIENT "client_id = \"me\"; client_secret = \"s3cret\"; "
#define REFRESH "type = \"refresh_token\"; refresh_token = \"RT1-first\"; " CLIENT
#define PLAIN "type = \"client_credentials\"; " CLIENT

typedef struct {
	Sink *sink;
	Settings *settings;
	char *folder;
	const char *app;
	Credential *credential;
	HttpCredentials source;
	const char *header, *problem;
} World;

static void open_credential(World *self)
{
	const CredentialPeer peer = { .app = self->app,
				      .folder = self->folder,
				      .connect_timeout_us = 2 * CLOCK_SECOND,
				      .request_timeout_us = 2 * CLOCK_SECOND };
	g_autoptr(GError) error = NULL;

	g_assert_true(credential_validate(&self->settings->conf, FALSE, "app", &error));
	self->credential = credential_new(&self->settings->conf, &peer, &error);
	g_assert_no_error(error);
	self->source = credential_source(self->credential);
}

static World *world_new(const char *auth, const char *path)
{
	World *self = g_new0(World, 1);

	self->sink = sink_new();
	self->app = "app";
	g_autofree char *text = g_strdup_printf("%s token_url = \"%s%s\";", auth,
						sink_url(self->sink), path);
	self->settings = settings_new(text);
	self->folder = g_build_filename(self->settings->folder, "tokens", NULL);
	open_credential(self);
	return self;
}

static char *path_of(const World *self, const char *suffix)
{
	g_autofree char *name = credential_store_name(&self->settings->conf, "app");
	g_autofree char *file = g_strconcat(name, suffix, NULL);

	return g_build_filename(self->folder, file, NULL);
}

/* As the next run of the program would. */
static void begin_again(World *self)
{
	credential_free(self->credential);
	open_credential(self);
}

static void world_free(World *self)
{
	credential_free(self->credential);
	settings_free(self->settings);
	sink_free(self->sink);
	g_free(self->folder);
	g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static HttpCredentialState get(World *self, guint timeout_ms)
{
	self->header = self->problem = NULL;
	return self->source.get(self->source.self, timeout_ms, &self->header, &self->problem);
}

static HttpCredentialState settle(World *self)
{
	HttpCredentialState state;

	while ((state = get(self, 50)) == HTTP_CREDENTIAL_PENDING)
		continue;
	return state;
}

static void assert_token(World *self, const char *token)
{
	g_autofree char *line = g_strconcat("Authorization: Bearer ", token, NULL);
	HttpCredentialState state = settle(self);

	if (state == HTTP_CREDENTIAL_FAILED)
		g_test_message("%s", self->problem);
	g_assert_cmpint(state, ==, HTTP_CREDENTIAL_READY);
	g_assert_cmpstr(self->header, ==, line);
}

static void assert_problem(World *self, const char *words)
{
	g_assert_cmpint(settle(self), ==, HTTP_CREDENTIAL_FAILED);
	g_test_message("%s", self->problem);
	g_assert_nonnull(strstr(self->problem, words));
}

static gboolean refuse(World *self)
{
	g_autofree char *line = g_strdup(self->header);

	return self->source.refused(self->source.self, line);
}

static void say_token(World *self, const char *access, const char *refresh, guint seconds)
{
	g_autofree char *body = g_strdup_printf("{\"access_token\":\"%s\",\"expires_in\":%u%s%s%s}",
						access, seconds,
						refresh ? ",\"refresh_token\":\"" : "",
						refresh ? refresh : "", refresh ? "\"" : "");

	sink_say(self->sink, 200, "Content-Type: application/json\r\n", body);
}

static const char *body_of(World *self, guint n)
{
	return strstr(sink_request(self->sink, n), "\r\n\r\n") + 4;
}

/* Fetching ------------------------------------------------------------------------------------- */

static void test_once(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	gint64 began = clock_monotonic_us();

	say_token(world, "at1", NULL, 3600);
	g_assert_cmpuint(sink_count(world->sink), ==, 0);
	g_assert_cmpint(get(world, 0), ==, HTTP_CREDENTIAL_PENDING);
	g_assert_cmpint(clock_monotonic_us() - began, <, CLOCK_SECOND);
	assert_token(world, "at1");
	assert_token(world, "at1");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
	g_assert_true(g_str_has_prefix(sink_request(world->sink, 0), "POST /scim HTTP/1.1\r\n"));
	g_assert_nonnull(
		strstr(sink_request(world->sink, 0), "\r\nAuthorization: Basic bWU6czNjcmV0\r\n"));
	g_assert_nonnull(strstr(sink_request(world->sink, 0),
				"\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
	g_assert_cmpstr(body_of(world, 0), ==, "grant_type=client_credentials");
}

static void test_kept_for_the_next_run(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");

	say_token(world, "at1", NULL, 3600);
	assert_token(world, "at1");
	begin_again(world);
	assert_token(world, "at1");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

static void test_address(void)
{
	g_autoptr(World) world = world_new(PLAIN "send = \"query\"; client_auth = \"body\"; ",
					   "/token/?tenant=7");

	say_token(world, "at1", NULL, 3600);
	assert_token(world, "at1");
	g_assert_true(
		g_str_has_prefix(sink_request(world->sink, 0),
				 "POST /scim/token/?grant_type=client_credentials&client_id=me&"
				 "client_secret=s3cret&tenant=7 HTTP/1.1\r\n"));
	g_assert_cmpstr(body_of(world, 0), ==, "");
}

/* Waits until it is this token. */
static void assert_becomes(World *self, const char *token)
{
	g_autofree char *line = g_strconcat("Authorization: Bearer ", token, NULL);
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	for (;;) {
		g_assert_cmpint(settle(self), ==, HTTP_CREDENTIAL_READY);
		if (g_str_equal(self->header, line))
			return;
		g_assert_cmpint(clock_monotonic_us(), <, until);
		clock_sleep_ms(10);
	}
}

static void test_renewed_before_it_ends(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	gint64 began = clock_monotonic_us();

	say_token(world, "at1", NULL, 4);
	say_token(world, "at2", NULL, 3600);
	assert_token(world, "at1");
	assert_becomes(world, "at2");
	g_assert_cmpint(clock_monotonic_us() - began, <, 4 * CLOCK_SECOND);
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
}

static void test_old_one_while_it_lasts(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	say_token(world, "at1", NULL, 6);
	sink_say(world->sink, 400, "", "{\"error\":\"server_error\"}");
	assert_token(world, "at1");
	while (sink_count(world->sink) < 2 && clock_monotonic_us() < until) {
		assert_token(world, "at1");
		clock_sleep_ms(10);
	}
	assert_token(world, "at1");
	g_autofree char *text = credential_describe(world->credential);
	g_assert_nonnull(strstr(text, "holds until"));
	g_assert_nonnull(strstr(text, "server_error"));
}

/* However short a service says that its tokens last, it is not asked without end. */
static void test_not_without_end(void)
{
	g_autoptr(World) world = world_new(PLAIN "token_lifetime = \"30ms\"; ", "");
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	sink_say(world->sink, 200, "", "{\"access_token\":\"at1\"}");
	while (settle(world) == HTTP_CREDENTIAL_READY && clock_monotonic_us() < until)
		clock_sleep_ms(10);
	assert_problem(world, "10 were fetched within ten minutes");
	g_assert_cmpuint(sink_count(world->sink), ==, 10);
}

/* What comes along ----------------------------------------------------------------------------- */

static void test_fields(void)
{
	g_autoptr(World) world = world_new(PLAIN "keep = [\"Region\", \"missing\"]; ", "");

	sink_say(world->sink, 200, "",
		 "{\"access_token\":\"at1\",\"api_domain\":\"https://www.eu.example\","
		 "\"region\":\"eu-17\",\"id_token\":\"it1\"}");
	g_assert_null(credential_field(world->credential, "api_domain"));
	assert_token(world, "at1");
	for (guint i = 0; i < 2; i++) {
		g_assert_cmpstr(credential_field(world->credential, "api_domain"), ==,
				"https://www.eu.example");
		g_assert_cmpstr(credential_field(world->credential, "Region"), ==, "eu-17");
		g_assert_null(credential_field(world->credential, "missing"));
		g_assert_null(credential_field(world->credential, "id_token"));
		g_autofree char *text = credential_blot(world->credential,
							"eu-17 at https://www.eu.example");
		g_assert_cmpstr(text, ==, "[hidden] at https://www.eu.example");
		/* The next run has them too, and asks nobody. */
		begin_again(world);
		assert_token(world, "at1");
	}
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

/* The token of a run that did not look for a field is no use to one that needs it. */
static void test_field_of_an_old_token(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	GPtrArray *keep = world->settings->conf.keep;

	sink_say(world->sink, 200, "", "{\"access_token\":\"at1\",\"region\":\"eu-17\"}");
	sink_say(world->sink, 200, "", "{\"access_token\":\"at2\",\"region\":\"eu-17\"}");
	assert_token(world, "at1");
	credential_keep(&world->settings->conf, "region");
	credential_keep(&world->settings->conf, "region");
	g_assert_cmpuint(keep->len, ==, 1);
	begin_again(world);
	assert_token(world, "at2");
	g_assert_cmpstr(credential_field(world->credential, "region"), ==, "eu-17");
	g_ptr_array_remove_index(keep, keep->len - 1);
	begin_again(world);
	assert_token(world, "at2");
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
}

static void test_wait(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	g_autoptr(GError) error = NULL;

	sink_say(world->sink, 400, "", "{\"error\":\"invalid_client\"}");
	g_assert_false(credential_wait(world->credential, &error));
	g_assert_nonnull(strstr(error->message, "invalid_client"));
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

static void test_password(void)
{
	g_autoptr(World) world =
		world_new("type = \"password\"; user = \"jo\"; password = \"pass w\"; ", "");
	g_autofree char *path = NULL;

	/* A refresh token that comes along is of no use: the password is there. */
	say_token(world, "at1", "rt1", 3600);
	sink_say(world->sink, 400, "", "{\"error\":\"invalid_grant\"}");
	assert_token(world, "at1");
	g_assert_cmpstr(body_of(world, 0), ==, "grant_type=password&username=jo&password=pass%20w");
	path = path_of(world, ".token");
	g_autofree char *kept = NULL;
	g_assert_true(g_file_get_contents(path, &kept, NULL, NULL));
	g_assert_nonnull(strstr(kept, "at1"));
	g_assert_null(strstr(kept, "rt1"));
	g_assert_null(strstr(kept, "pass"));
	g_assert_true(refuse(world));
	assert_problem(world, "check auth.user and auth.password");
	g_assert_cmpstr(body_of(world, 1), ==, "grant_type=password&username=jo&password=pass%20w");
}

/* Refusals ------------------------------------------------------------------------------------- */

static void test_refused_once(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	g_autofree char *first = NULL;

	say_token(world, "at1", NULL, 3600);
	say_token(world, "at2", NULL, 3600);
	assert_token(world, "at1");
	first = g_strdup(world->header);
	g_assert_true(refuse(world));
	/* Others that were under way with it. */
	g_assert_true(world->source.refused(world->source.self, first));
	assert_token(world, "at2");
	g_assert_true(world->source.refused(world->source.self, first));
	assert_token(world, "at2");
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
	/* A new one that is refused too is not what is wrong. */
	g_assert_false(refuse(world));
	begin_again(world);
	assert_token(world, "at2");
	g_assert_false(refuse(world));
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
}

/* Some services end the old token with its renewal, and refuse all that is under way with it. */
static void assert_renewed_once(guint steps)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;
	g_autofree char *old = NULL;
	guint n = 0;

	say_token(world, "at1", "RT2-second", 2);
	say_token(world, "at2", "RT3-third", 2);
	say_token(world, "at3", "RT4-fourth", 3600);
	assert_token(world, "at1");
	old = g_strdup(world->header);
	while (get(world, 0) != HTTP_CREDENTIAL_PENDING && clock_monotonic_us() < until)
		clock_sleep_ms(10);
	for (guint i = 0; i < steps; i++)
		g_assert_cmpint(get(world, 0), ==, HTTP_CREDENTIAL_PENDING);
	do {
		g_assert_true(world->source.refused(world->source.self, old));
		n++;
	} while (get(world, 0) == HTTP_CREDENTIAL_PENDING && clock_monotonic_us() < until);
	g_assert_cmpuint(n, >=, 1);
	g_assert_true(world->source.refused(world->source.self, old));
	assert_token(world, "at2");
	assert_becomes(world, "at3");
	begin_again(world);
	assert_token(world, "at3");
	g_assert_cmpuint(sink_count(world->sink), ==, 3);
	g_assert_cmpstr(body_of(world, 1), ==, "grant_type=refresh_token&refresh_token=RT2-second");
	g_assert_cmpstr(body_of(world, 2), ==, "grant_type=refresh_token&refresh_token=RT3-third");
}

static void test_refused_while_renewed(void)
{
	/* While it waits for the lock, and while the request is under way. */
	assert_renewed_once(0);
	assert_renewed_once(1);
}

static void test_refused_but_renewed_by_others(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	World other = *world;

	say_token(world, "at1", NULL, 3600);
	say_token(world, "at2", NULL, 3600);
	assert_token(world, "at1");
	open_credential(&other);
	assert_token(&other, "at1");
	g_assert_true(refuse(world));
	assert_token(world, "at2");
	g_assert_true(refuse(&other));
	assert_token(&other, "at2");
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
	credential_free(other.credential);
}

/* Rotation ------------------------------------------------------------------------------------- */

static void test_rotation(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");

	say_token(world, "at1", "RT2-second", 1);
	say_token(world, "at2", "RT3-third", 1);
	say_token(world, "at3", NULL, 1);
	say_token(world, "at4", NULL, 3600);
	assert_token(world, "at1");
	assert_becomes(world, "at2");
	begin_again(world);
	assert_becomes(world, "at3");
	assert_becomes(world, "at4");
	g_assert_cmpstr(body_of(world, 0), ==, "grant_type=refresh_token&refresh_token=RT1-first");
	g_assert_cmpstr(body_of(world, 1), ==, "grant_type=refresh_token&refresh_token=RT2-second");
	g_assert_cmpstr(body_of(world, 2), ==, "grant_type=refresh_token&refresh_token=RT3-third");
	/* None came with the third answer, so it stays good. */
	g_assert_cmpstr(body_of(world, 3), ==, "grant_type=refresh_token&refresh_token=RT3-third");
}

/* The answer is of no use, but it has used the old refresh token up. */
static void assert_kept_with(const char *body, const char *words)
{
	g_autoptr(World) world = world_new(REFRESH, "");

	sink_say(world->sink, 200, "Content-Type: application/json\r\n", body);
	say_token(world, "at2", NULL, 3600);
	assert_problem(world, words);
	g_assert_null(strstr(world->problem, "RT2"));
	begin_again(world);
	assert_token(world, "at2");
	g_assert_cmpstr(body_of(world, 1), ==, "grant_type=refresh_token&refresh_token=RT2-second");
}

static void test_rotation_without_token(void)
{
	assert_kept_with("{\"access_token\":\"x\",\"token_type\":\"RT2-second\","
			 "\"refresh_token\":\"RT2-second\"}",
			 "its token is of the kind '[hidden]'");
	assert_kept_with("{\"refresh_token\":\"RT2-second\"}", "holds no access_token");
	assert_kept_with("{\"access_token\":\"a b\",\"refresh_token\":\"RT2-second\"}",
			 "characters that no header may have");
}

static void test_rotation_of_two_apps(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	World other = *world;

	other.app = "other";
	open_credential(&other);
	say_token(world, "at1", "RT2-second", 1);
	say_token(world, "at2", "RT3-third", 1);
	say_token(world, "at3", "RT4-fourth", 3600);
	assert_token(world, "at1");
	assert_becomes(&other, "at2");
	assert_becomes(world, "at3");
	assert_becomes(&other, "at3");
	g_assert_cmpstr(body_of(world, 1), ==, "grant_type=refresh_token&refresh_token=RT2-second");
	g_assert_cmpstr(body_of(world, 2), ==, "grant_type=refresh_token&refresh_token=RT3-third");
	g_assert_cmpuint(sink_count(world->sink), ==, 3);
	credential_free(other.credential);
}

static void test_damage_is_told(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	g_autofree char *path = path_of(world, ".token");

	say_token(world, "at1", "RT2-second", 3600);
	sink_say(world->sink, 400, "", "{\"error\":\"invalid_grant\"}");
	assert_token(world, "at1");
	credential_free(g_steal_pointer(&world->credential));
	g_assert_true(g_file_set_contents_full(path, "{", -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600,
					       NULL));
	open_credential(world);
	assert_problem(world, "invalid_grant");
	g_assert_nonnull(strstr(world->problem, "was damaged"));
}

static void allow_bytes(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	limit.rlim_cur = bytes;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

/* The old refresh token is not used up as long as there is no room for the next one. */
static void test_full_disk(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	HttpCredentialState state;

	say_token(world, "at1", "RT2-second", 3600);
	allow_bytes(4096);
	state = settle(world);
	allow_bytes(RLIM_INFINITY);
	g_assert_cmpint(state, ==, HTTP_CREDENTIAL_FAILED);
	g_assert_nonnull(strstr(world->problem, "cannot write"));
	g_assert_cmpuint(sink_count(world->sink), ==, 0);
	begin_again(world);
	assert_token(world, "at1");
}

/* Goes on until the room for the next refresh token is reserved; nothing is sent before. */
static void ask_slowly(World *self)
{
	g_autofree char *path = path_of(self, ".token.new");
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	while (!g_file_test(path, G_FILE_TEST_EXISTS) && clock_monotonic_us() < until)
		g_assert_cmpint(get(self, 0), ==, HTTP_CREDENTIAL_PENDING);
	g_assert_cmpuint(sink_count(self->sink), ==, 0);
}

static void test_disk_that_fails_afterwards(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	g_autofree char *path = path_of(world, ".token");
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	say_token(world, "at1", "RT2-second", 3600);
	ask_slowly(world);
	g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
	assert_problem(world, "the new refresh token cannot be kept, and the old one is used up");
	g_assert_null(strstr(world->problem, "RT2"));
	g_assert_cmpint(g_rmdir(path), ==, 0);
	while (settle(world) == HTTP_CREDENTIAL_FAILED && clock_monotonic_us() < until)
		clock_sleep_ms(10);
	assert_token(world, "at1");
	begin_again(world);
	assert_token(world, "at1");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

/* Several at once ------------------------------------------------------------------------------ */

static void test_one_asks_for_all(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	World other = *world;

	say_token(world, "at1", "RT2-second", 3600);
	open_credential(&other);
	ask_slowly(world);
	g_assert_cmpint(get(&other, 50), ==, HTTP_CREDENTIAL_PENDING);
	assert_token(world, "at1");
	assert_token(&other, "at1");
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
	credential_free(other.credential);
}

static void wait_for_request(World *self)
{
	gint64 until = clock_monotonic_us() + 20 * CLOCK_SECOND;

	while (sink_count(self->sink) == 0 && clock_monotonic_us() < until)
		g_assert_cmpint(get(self, 10), ==, HTTP_CREDENTIAL_PENDING);
	g_assert_cmpuint(sink_count(self->sink), ==, 1);
}

static void test_one_that_gave_up(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	World other = *world;

	sink_hang(world->sink);
	say_token(world, "at1", NULL, 3600);
	wait_for_request(world);
	open_credential(&other);
	g_assert_cmpint(get(&other, 0), ==, HTTP_CREDENTIAL_PENDING);
	credential_free(g_steal_pointer(&world->credential));
	assert_token(&other, "at1");
	credential_free(other.credential);
}

/* Refusals of the token service ---------------------------------------------------------------- */

static void assert_refusal(const char *auth, int status, const char *body, const char *words)
{
	g_autoptr(World) world = world_new(auth, "?tenant=s3cret");

	sink_say(world->sink, status, "", body);
	assert_problem(world, words);
	g_assert_nonnull(strstr(world->problem, sink_url(world->sink)));
	g_assert_null(strstr(world->problem, "s3cret"));
	g_assert_null(strstr(world->problem, "RT1"));
	/* Not again and again. */
	settle(world);
	g_assert_cmpuint(sink_count(world->sink), ==, 1);
}

static void test_sentences(void)
{
	assert_refusal(PLAIN, 401,
		       "{\"error\":\"invalid_client\",\"error_description\":\"no s3cret\\nis\"}",
		       "refused us: invalid_client: no [hidden] is\ncheck auth.client_id and "
		       "auth.client_secret");
	assert_refusal(REFRESH, 400,
		       "{\"error\":\"invalid_grant\",\"error_description\":\"RT1-first is used\"}",
		       "invalid_grant: [hidden] is used\nthe refresh token is expired");
	/* Terminals and pages would make something of these. */
	assert_refusal(PLAIN, 400,
		       "{\"error\":\"odd\",\"error_description\":\"a\\u009b2J\\u202eb\\u2066c\"}",
		       "refused us: odd: a 2Jbc\n");
	assert_refusal(PLAIN, 404, "<html>", "refused us with status 404\ncheck auth.token_url");
}

static void test_too_large(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");
	g_autofree char *body = g_strnfill(CREDENTIAL_ANSWER_MAX + 1, 'x');

	sink_say(world->sink, 200, "", body);
	assert_problem(world, "is larger than 64 kB, which none is\ncheck auth.token_url");
	g_assert_null(strstr(world->problem, "max_body"));
}

static void test_unreachable(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");

	sink_free(world->sink);
	assert_problem(world, "cannot get an access token: could not reach http://127.0.0.1");
	world->sink = sink_new();
}

static void test_no_answer_is_asked_again(void)
{
	g_autoptr(World) world = world_new(PLAIN, "");

	sink_say(world->sink, 503, "Retry-After: 0\r\n", "");
	say_token(world, "at1", NULL, 3600);
	assert_token(world, "at1");
	g_assert_cmpuint(sink_count(world->sink), ==, 2);
}

/* Signals -------------------------------------------------------------------------------------- */

static gboolean is_done(void (*what)(int))
{
	struct sigaction action;

	g_assert_cmpint(sigaction(SIGTERM, NULL, &action), ==, 0);
	return action.sa_handler == what;
}

/* TRUE: a signal to this process would end it. */
static gboolean is_mortal(void)
{
	return is_done(SIG_DFL);
}

static gboolean is_ignored(void)
{
	return is_done(SIG_IGN);
}

static void note_signal(int number)
{
	signal(number, SIG_IGN);
}

static void test_signals_wait(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	g_autofree char *path = path_of(world, ".token");

	say_token(world, "at1", "RT2-second", 3600);
	signal(SIGTERM, note_signal);
	ask_slowly(world);
	/* Not to this thread alone. */
	kill(getpid(), SIGTERM);
	g_assert_false(is_ignored());
	assert_token(world, "at1");
	g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	/* It came when the token was kept, to whom it was meant for. */
	g_assert_true(is_ignored());
	signal(SIGTERM, SIG_DFL);
	g_assert_true(is_mortal());
}

static void test_signals_afterwards(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	g_autoptr(World) other = world_new(REFRESH, "");
	g_autoptr(World) plain = world_new(PLAIN, "");

	g_assert_true(is_mortal());
	sink_say(world->sink, 400, "", "{\"error\":\"invalid_grant\"}");
	ask_slowly(world);
	g_assert_false(is_mortal());
	assert_problem(world, "invalid_grant");
	g_assert_true(is_mortal());
	ask_slowly(other);
	g_assert_false(is_mortal());
	credential_free(g_steal_pointer(&other->credential));
	g_assert_true(is_mortal());
	/* Nothing is lost with this one. */
	sink_hang(plain->sink);
	wait_for_request(plain);
	g_assert_true(is_mortal());
}

/* What nobody sees ----------------------------------------------------------------------------- */

static void test_blotting(void)
{
	g_autoptr(World) world = world_new(REFRESH, "");
	g_autofree char *text = NULL;

	say_token(world, "at1-secret", "RT2-second", 3600);
	assert_token(world, "at1-secret");
	text = credential_blot(world->credential,
			       "at1-secret RT1-first RT2-second s3cret bWU6czNjcmV0 fine");
	g_assert_cmpstr(text, ==, "[hidden] [hidden] [hidden] [hidden] [hidden] fine");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/credential_token/once", test_once);
	g_test_add_func("/credential_token/kept_for_the_next_run", test_kept_for_the_next_run);
	g_test_add_func("/credential_token/address", test_address);
	g_test_add_func("/credential_token/renewed_before_it_ends", test_renewed_before_it_ends);
	g_test_add_func("/credential_token/old_one_while_it_lasts", test_old_one_while_it_lasts);
	g_test_add_func("/credential_token/not_without_end", test_not_without_end);
	g_test_add_func("/credential_token/fields", test_fields);
	g_test_add_func("/credential_token/field_of_an_old_token", test_field_of_an_old_token);
	g_test_add_func("/credential_token/wait", test_wait);
	g_test_add_func("/credential_token/password", test_password);
	g_test_add_func("/credential_token/refused_once", test_refused_once);
	g_test_add_func("/credential_token/refused_while_renewed", test_refused_while_renewed);
	g_test_add_func("/credential_token/refused_but_renewed_by_others",
			test_refused_but_renewed_by_others);
	g_test_add_func("/credential_token/rotation", test_rotation);
	g_test_add_func("/credential_token/rotation_without_token", test_rotation_without_token);
	g_test_add_func("/credential_token/rotation_of_two_apps", test_rotation_of_two_apps);
	g_test_add_func("/credential_token/damage_is_told", test_damage_is_told);
	g_test_add_func("/credential_token/full_disk", test_full_disk);
	g_test_add_func("/credential_token/disk_that_fails_afterwards",
			test_disk_that_fails_afterwards);
	g_test_add_func("/credential_token/one_asks_for_all", test_one_asks_for_all);
	g_test_add_func("/credential_token/one_that_gave_up", test_one_that_gave_up);
	g_test_add_func("/credential_token/signals_wait", test_signals_wait);
	g_test_add_func("/credential_token/signals_afterwards", test_signals_afterwards);
	g_test_add_func("/credential_token/sentences", test_sentences);
	g_test_add_func("/credential_token/unreachable", test_unreachable);
	g_test_add_func("/credential_token/too_large", test_too_large);
	g_test_add_func("/credential_token/no_answer_is_asked_again",
			test_no_answer_is_asked_again);
	g_test_add_func("/credential_token/blotting", test_blotting);
	return g_test_run();
}
