/*
 * Tokens on disk: what comes back, for which settings, and what is never trusted.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../../src/target/credential_internal.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "credential_support.h"

#define AUTH                                                                                       \
	"type = \"refresh_token\"; token_url = \"https://id.example/token\"; client_id = \"me\"; " \
	"client_secret = \"secret\"; refresh_token = \"first\"; "

typedef struct {
	Settings *settings;
	char *folder, *path;
	CredentialStore *store;
} World;

static CredentialStore *locked(const CredentialConf *conf, const char *folder)
{
	CredentialStore *store = credential_store_new(conf, folder, "zoom/eu");
	g_autoptr(GError) error = NULL;
	gboolean got = FALSE;

	g_assert_true(credential_store_lock(store, &got, &error));
	g_assert_no_error(error);
	g_assert_true(got);
	return store;
}

static char *path_of(const World *world, const char *folder, const char *suffix)
{
	g_autofree char *name = credential_store_name(&world->settings->conf, "zoom/eu");
	g_autofree char *file = g_strconcat(name, suffix, NULL);

	return g_build_filename(folder, file, NULL);
}

static void begin(World *world, gconstpointer data)
{
	world->settings = settings_new(AUTH);
	world->folder = g_build_filename(world->settings->folder, "tokens", NULL);
	world->path = path_of(world, world->folder, ".token");
	world->store = locked(&world->settings->conf, world->folder);
}

static void end(World *world, gconstpointer data)
{
	credential_store_free(world->store);
	settings_free(world->settings);
	g_free(world->folder);
	g_free(world->path);
}

static void write_tokens(World *world)
{
	gint64 now = clock_now_us();
	g_auto(CredentialTokens) tokens = { .access = secret_new("at \"1\"", 6),
					    .refresh = secret_new("second", 6),
					    .fetched_us = now,
					    .expires_us = now + CLOCK_HOUR,
					    .renewed_us = 7 };
	g_autoptr(GError) error = NULL;

	credential_store_write(world->store, &tokens, &error);
	g_assert_no_error(error);
}

static void assert_tokens(CredentialStore *store, const char *access, const char *refresh)
{
	g_auto(CredentialTokens) tokens = { 0 };
	g_autoptr(GError) error = NULL;
	char *note = NULL;

	g_assert_true(credential_store_read(store, &tokens, &note, &error));
	g_assert_no_error(error);
	g_assert_null(note);
	g_assert_cmpstr(tokens.access ? secret_peek(tokens.access) : NULL, ==, access);
	g_assert_cmpstr(tokens.refresh ? secret_peek(tokens.refresh) : NULL, ==, refresh);
}

static guint mode_of(const char *path)
{
	struct stat status;

	g_assert_cmpint(lstat(path, &status), ==, 0);
	return status.st_mode & 07777;
}

static void test_round_trip(World *world, gconstpointer data)
{
	g_auto(CredentialTokens) tokens = { 0 };
	char *note = NULL;

	assert_tokens(world->store, NULL, NULL);
	write_tokens(world);
	assert_tokens(world->store, "at \"1\"", "second");
	g_assert_true(credential_store_read(world->store, &tokens, &note, NULL));
	g_assert_cmpint(tokens.expires_us - tokens.fetched_us, ==, CLOCK_HOUR);
	g_assert_cmpint(tokens.renewed_us, ==, 7);
	g_assert_cmpuint(mode_of(world->folder), ==, 0700);
	g_assert_cmpuint(mode_of(world->path), ==, 0600);
}

/* Other settings than those it was fetched with: the token is not used. */
static void assert_with(World *world, const char *more, const char *access, const char *refresh)
{
	g_autofree char *text = g_strconcat(AUTH, more, NULL);
	g_autoptr(Settings) other = settings_new(text);
	CredentialStore *store;

	credential_store_unlock(world->store);
	store = locked(&other->conf, world->folder);
	assert_tokens(store, access, refresh);
	credential_store_free(store);
}

static void replace_secret(Settings *settings, const char *text)
{
	secret_free(settings->conf.client_secret);
	settings->conf.client_secret = secret_new(text, strlen(text));
}

static void test_settings(World *world, gconstpointer data)
{
	write_tokens(world);
	assert_with(world, "", "at \"1\"", "second");
	assert_with(world, "scope = \"more\";", NULL, "second");
	assert_with(world, "parameters = { a = \"b\"; };", NULL, "second");
}

/* A new client secret must not throw away what cannot be got again. */
static void test_client_secret(World *world, gconstpointer data)
{
	write_tokens(world);
	replace_secret(world->settings, "other");
	assert_tokens(world->store, NULL, "second");
}

/* Whoever puts in a new refresh token means it; and a token is of one service. */
static void test_new_beginning(World *world, gconstpointer data)
{
	CredentialConf *conf = &world->settings->conf;

	write_tokens(world);
	secret_free(conf->refresh_token);
	conf->refresh_token = secret_new("another", 7);
	assert_tokens(world->store, NULL, NULL);
	write_tokens(world);
	assert_tokens(world->store, "at \"1\"", "second");
	g_free(conf->token_url);
	conf->token_url = g_strdup("https://other.example/token");
	assert_tokens(world->store, NULL, NULL);
}

static void test_no_secrets_beside_tokens(World *world, gconstpointer data)
{
	g_autofree char *text = NULL;

	write_tokens(world);
	g_assert_true(g_file_get_contents(world->path, &text, NULL, NULL));
	g_assert_nonnull(strstr(text, "second"));
	g_assert_null(strstr(text, "secret"));
	g_assert_null(strstr(text, "first"));
}

/* What is not trusted -------------------------------------------------------------------------- */

static void test_damage(World *world, gconstpointer data)
{
	static const char *const texts[] = { "", "{", "[]", "{\"version\":1}", "\xff\xfe" };
	char *whole;
	gsize length;

	write_tokens(world);
	g_assert_true(g_file_get_contents(world->path, &whole, &length, NULL));
	for (gsize i = 0; i <= G_N_ELEMENTS(texts); i++) {
		g_auto(CredentialTokens) tokens = { 0 };
		g_autofree char *note = NULL;
		gboolean cut = i == G_N_ELEMENTS(texts);

		g_assert_true(g_file_set_contents_full(world->path, cut ? whole : texts[i],
						       cut ? (gssize)length / 2 : -1,
						       G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
		g_assert_true(credential_store_read(world->store, &tokens, &note, NULL));
		g_assert_null(tokens.access);
		g_assert_null(tokens.refresh);
		g_assert_nonnull(strstr(note, "was damaged and is made anew"));
	}
	g_free(whole);
	write_tokens(world);
	assert_tokens(world->store, "at \"1\"", "second");
}

static void assert_refused(CredentialStore *store, const char *hint)
{
	g_auto(CredentialTokens) tokens = { 0 };
	g_autoptr(GError) error = NULL;
	char *note = NULL;

	g_assert_false(credential_store_read(store, &tokens, &note, &error));
	g_assert_true(error_is(error, ERROR_CONFIG) || error_is(error, ERROR_DOWN));
	g_test_message("%s", error->message);
	g_assert_nonnull(strstr(error->message, hint));
}

static void test_readable_by_others(World *world, gconstpointer data)
{
	write_tokens(world);
	g_assert_cmpint(g_chmod(world->path, 0640), ==, 0);
	assert_refused(world->store, "chmod 600 it");
}

static void assert_owner(const char *path, uid_t owner)
{
	struct stat status;

	g_assert_cmpint(stat(path, &status), ==, 0);
	g_assert_cmpuint(status.st_uid, ==, owner);
}

/* A command by hand, as root, must not take the tokens away from the service. */
static void test_owner(World *world, gconstpointer data)
{
	g_autofree char *folder = g_build_filename(world->settings->folder, "more", NULL);
	g_autofree char *path = path_of(world, folder, ".token");
	g_autofree char *lock = path_of(world, folder, ".lock");
	uid_t owner = geteuid() == 0 ? 65534 : geteuid();

	g_assert_cmpint(chown(world->settings->folder, owner, (gid_t)-1), ==, 0);
	credential_store_free(world->store);
	world->store = locked(&world->settings->conf, folder);
	write_tokens(world);
	assert_owner(folder, owner);
	assert_owner(path, owner);
	assert_owner(lock, owner);
	assert_tokens(world->store, "at \"1\"", "second");
}

/* Only root can give a file away, so only there it can be somebody else's. */
static void test_foreign_owner(World *world, gconstpointer data)
{
	write_tokens(world);
	if (geteuid() != 0)
		return;
	g_assert_cmpint(chown(world->path, 65533, (gid_t)-1), ==, 0);
	assert_refused(world->store, "belongs to somebody else (user id 65533)");
}

static void test_no_file(World *world, gconstpointer data)
{
	g_assert_cmpint(g_mkdir(world->path, 0700), ==, 0);
	assert_refused(world->store, "not a regular file");
	g_rmdir(world->path);
	g_assert_cmpint(symlink("/etc/passwd", world->path), ==, 0);
	assert_refused(world->store, "is a symbolic link, which is not followed\nremove it");
}

static void assert_name(const char *auth, const char *app, const char *expected)
{
	g_autoptr(Settings) settings = settings_new(auth);
	g_autofree char *name = credential_store_name(&settings->conf, app);

	g_assert_cmpstr(name, ==, expected);
}

static void test_names(World *world, gconstpointer data)
{
	g_autofree char *ours = credential_store_name(&world->settings->conf, "zoom/eu");
	g_autofree char *longest = g_strnfill(250, 'a');

	assert_name("type = \"client_credentials\";", "zoom/eu", "zoom%2Feu");
	g_autofree char *digest = digest_strings(longest, NULL);
	assert_name("type = \"client_credentials\";", longest, digest);
	/* Of the service, the client and the first refresh token, and of nothing else. */
	assert_name(AUTH "scope = \"more\";", "other", ours);
	g_assert_null(strstr(ours, "first"));
	g_free(world->settings->conf.client_id);
	world->settings->conf.client_id = g_strdup("you");
	g_autofree char *other = credential_store_name(&world->settings->conf, "zoom/eu");
	g_assert_cmpstr(ours, !=, other);
}

/* Whoever changed the file is told that the config's own is tried again. */
static void test_odd_refresh_token(World *world, gconstpointer data)
{
	static const char *const values[] = { "7", "null", "{}", "\"\"" };
	g_autofree char *text = NULL;

	write_tokens(world);
	g_assert_true(g_file_get_contents(world->path, &text, NULL, NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(GString) changed = g_string_new(text);
		g_auto(CredentialTokens) tokens = { 0 };
		g_autofree char *note = NULL;

		g_assert_cmpuint(g_string_replace(changed, "\"second\"", values[i], 0), ==, 1);
		g_assert_true(g_file_set_contents_full(world->path, changed->str, -1,
						       G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
		g_assert_true(credential_store_read(world->store, &tokens, &note, NULL));
		g_assert_null(tokens.refresh);
		g_assert_nonnull(strstr(note, "is no text, so that of auth.refresh_token is used"));
	}
}

static void test_open_folder(World *world, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	gboolean got = FALSE;

	credential_store_free(world->store);
	g_assert_cmpint(g_chmod(world->folder, 0777), ==, 0);
	world->store = credential_store_new(&world->settings->conf, world->folder, "zoom/eu");
	g_assert_false(credential_store_lock(world->store, &got, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_nonnull(strstr(error->message, "chmod 700"));
}

/* The clock was set back since: how long the token holds cannot be known. */
static void test_of_the_future(World *world, gconstpointer data)
{
	gint64 then = clock_now_us() + CLOCK_DAY;
	g_auto(CredentialTokens) tokens = { .access = secret_new("at1", 3),
					    .refresh = secret_new("second", 6),
					    .fetched_us = then,
					    .expires_us = then + CLOCK_HOUR };

	g_assert_true(credential_store_write(world->store, &tokens, NULL));
	assert_tokens(world->store, NULL, "second");
}

/* Locks and space ------------------------------------------------------------------------------ */

static void test_lock(World *world, gconstpointer data)
{
	CredentialStore *other = credential_store_new(&world->settings->conf, world->folder,
						      "zoom/eu");
	g_autoptr(Settings) strange = settings_new("type = \"client_credentials\";");
	CredentialStore *stranger = credential_store_new(&strange->conf, world->folder, "zoom/eu");
	gboolean got = TRUE;

	g_assert_true(credential_store_lock(other, &got, NULL));
	g_assert_false(got);
	g_assert_true(credential_store_lock(stranger, &got, NULL));
	g_assert_true(got);
	credential_store_unlock(world->store);
	g_assert_true(credential_store_lock(other, &got, NULL));
	g_assert_true(got);
	credential_store_free(other);
	credential_store_free(stranger);
}

/* No file may get larger than so many bytes: what a full disk does, for this process alone. */
static void allow_bytes(rlim_t bytes)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
	limit.rlim_cur = bytes;
	g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static void test_no_space(World *world, gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	gboolean ok;

	write_tokens(world);
	allow_bytes(2000);
	ok = credential_store_reserve(world->store, 5000, &error);
	allow_bytes(RLIM_INFINITY);
	g_assert_false(ok);
	g_assert_true(error_is(error, ERROR_DOWN));
	assert_tokens(world->store, "at \"1\"", "second");
}

static void test_reserved_space(World *world, gconstpointer data)
{
	g_autofree char *fresh = g_strconcat(world->path, ".new", NULL);
	struct stat status;

	g_assert_true(credential_store_reserve(world->store, 5000, NULL));
	g_assert_cmpint(stat(fresh, &status), ==, 0);
	g_assert_cmpint(status.st_size, ==, 5000);
	write_tokens(world);
	assert_tokens(world->store, "at \"1\"", "second");
	g_assert_cmpint(stat(world->path, &status), ==, 0);
	g_assert_cmpint(status.st_size, <, 2000);
	g_assert_true(credential_store_reserve(world->store, 5000, NULL));
	credential_store_unlock(world->store);
	g_assert_false(g_file_test(fresh, G_FILE_TEST_EXISTS));
}

#define TEST(name) g_test_add("/credential_store/" #name, World, NULL, begin, test_##name, end)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST(round_trip);
	TEST(settings);
	TEST(client_secret);
	TEST(new_beginning);
	TEST(no_secrets_beside_tokens);
	TEST(damage);
	TEST(readable_by_others);
	TEST(owner);
	TEST(foreign_owner);
	TEST(no_file);
	TEST(names);
	TEST(odd_refresh_token);
	TEST(open_folder);
	TEST(of_the_future);
	TEST(lock);
	TEST(no_space);
	TEST(reserved_space);
	return g_test_run();
}
