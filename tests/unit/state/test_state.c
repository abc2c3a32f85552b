/*
 * Opening, locking, transactions, and what happens when the file or the disk is not as it should.
 */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "state/account.h"
#include "state/history.h"
#include "state/sighting.h"
#include "state/state.h"

typedef struct {
	char *folder, *path;
} Place;

static void place_make(Place *place, gconstpointer unused)
{
	(void)unused;
	place->folder = g_dir_make_tmp("dirbridge-state-XXXXXX", NULL);
	place->path = g_build_filename(place->folder, "state.db", NULL);
}

static void place_remove(Place *place, gconstpointer unused)
{
	static const char *const suffixes[] = { "", ".lock", ".service", "-wal", "-shm" };

	(void)unused;
	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *name = g_strconcat(place->path, suffixes[i], NULL);
		g_unlink(name);
	}
	g_assert_cmpint(g_rmdir(place->folder), ==, 0);
	g_free(place->path);
	g_free(place->folder);
}

static State *open_store(const Place *place, StateMode mode)
{
	g_autoptr(GError) error = NULL;
	State *state = state_open(place->path, mode, &error);

	g_assert_no_error(error);
	return state;
}

static gint64 app_id(State *state, const char *name)
{
	AppRow row;

	g_assert_true(app_row_get(state, name, &row, NULL));
	app_row_clear(&row);
	return row.id;
}

/* Opening must fail with this kind; the message must hold both texts, one of them in the hint. */
static void check_refused(const Place *place, StateMode mode, ErrorKind kind, const char *text,
			  const char *hint)
{
	g_autoptr(GError) error = NULL;
	State *state = state_open(place->path, mode, &error);

	g_assert_null(state);
	g_test_message("%s", error->message);
	g_assert_true(error_is(error, kind));
	g_assert_nonnull(strstr(error->message, place->path));
	g_assert_nonnull(strstr(error->message, text));
	g_assert_nonnull(strchr(error->message, '\n'));
	g_assert_nonnull(strstr(strchr(error->message, '\n'), hint));
}

static void fill(const Place *place)
{
	g_autoptr(State) state = open_store(place, STATE_WRITE);
	g_autofree char *text = g_strnfill(5000, 'x');

	g_assert_true(state_begin(state, NULL));
	for (guint i = 0; i < 40; i++) {
		AuditRow row = { .event = text };
		g_assert_true(audit_add(state, &row, NULL));
	}
	g_assert_true(state_commit(state, NULL));
}

static void test_private(Place *place, gconstpointer unused)
{
	static const char *const suffixes[] = { "", ".lock", "-wal", "-shm" };
	mode_t mask = umask(0);
	g_autoptr(State) state = open_store(place, STATE_WRITE);

	(void)unused;
	app_id(state, "zoom");
	for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
		g_autofree char *name = g_strconcat(place->path, suffixes[i], NULL);
		struct stat file;
		g_assert_cmpint(stat(name, &file), ==, 0);
		g_assert_cmpint(file.st_mode & 0777, ==, 0600);
	}
	umask(mask);
}

static void test_reopen(Place *place, gconstpointer unused)
{
	State *state = open_store(place, STATE_WRITE);
	gint64 id = app_id(state, "zoom");

	(void)unused;
	g_assert_cmpint(state_schema_version(state), >, 0);
	state_close(state);
	state = open_store(place, STATE_WRITE);
	g_assert_cmpint(app_id(state, "zoom"), ==, id);
	g_assert_true(state_check(state, NULL));
	state_close(state);
}

static void test_nested(Place *place, gconstpointer unused)
{
	g_autoptr(State) state = open_store(place, STATE_WRITE);
	guint64 all, parked;

	(void)unused;
	g_assert_true(state_begin(state, NULL));
	g_assert_true(work_add(state, 1, 1, 0, NULL));
	g_assert_true(state_begin(state, NULL));
	g_assert_true(work_add(state, 1, 2, 0, NULL));
	state_rollback(state);
	g_assert_true(state_begin(state, NULL));
	g_assert_true(work_add(state, 1, 3, 0, NULL));
	g_assert_true(state_commit(state, NULL));
	g_assert_true(work_count(state, 1, &all, &parked, NULL));
	g_assert_cmpuint(all, ==, 2);
	state_rollback(state);
	g_assert_true(work_count(state, 1, &all, &parked, NULL));
	g_assert_cmpuint(all, ==, 0);
}

static void test_second_writer(Place *place, gconstpointer unused)
{
	g_autoptr(State) first = open_store(place, STATE_WRITE);
	g_autofree char *pid = g_strdup_printf("process %d", (int)getpid());

	(void)unused;
	check_refused(place, STATE_WRITE, ERROR_REFUSED, pid, "wait");
	/* A reader is welcome, sees what is committed, and cannot write. */
	gint64 id = app_id(first, "zoom");
	g_autoptr(State) reader = open_store(place, STATE_READ);
	g_assert_cmpint(app_id(reader, "zoom"), ==, id);
	g_assert_cmpint(app_id(reader, "other"), ==, 0);
	g_autoptr(GError) error = NULL;
	g_assert_false(work_add(reader, 1, 1, 0, &error));
	g_assert_true(error_is(error, ERROR_FATAL));
}

static gpointer close_later(gpointer state)
{
	g_usleep(200000);
	state_close(state);
	return NULL;
}

/* Who is patient gets the store when the other one is done with it, or is told who has it. */
static void test_patience(Place *place, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	State *first = open_store(place, STATE_WRITE);
	gint64 began = g_get_monotonic_time();

	(void)unused;
	g_assert_null(state_open_patiently(place->path, 300000, &error));
	g_assert_true(error_is(error, ERROR_REFUSED));
	g_assert_nonnull(strstr(error->message, ", for 0 s now\n"));
	g_assert_cmpint(g_get_monotonic_time() - began, >=, 300000);
	g_clear_error(&error);
	GThread *thread = g_thread_new("close", close_later, first);
	State *second = state_open_patiently(place->path, 60000000, &error);
	g_assert_no_error(error);
	g_thread_join(thread);
	state_close(second);
}

static void commit_something(State *state)
{
	g_assert_true(state_begin(state, NULL));
	app_id(state, "zoom");
	g_assert_true(state_commit(state, NULL));
}

/* The service hears of what others committed when they are done, and of nothing else. */
static void test_service(Place *place, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(StateService) service = state_service_new(place->path, &error);

	(void)unused;
	g_assert_no_error(error);
	State *own = state_service_open(service, &error);
	g_assert_no_error(error);
	commit_something(own);
	state_close(own);
	State *reader = open_store(place, STATE_READ);
	state_close(reader);
	State *other = open_store(place, STATE_WRITE);
	g_assert_true(state_begin(other, NULL));
	app_id(other, "rehearsed");
	state_rollback(other);
	state_close(other);
	g_assert_false(state_service_rung(service));

	other = open_store(place, STATE_WRITE);
	commit_something(other);
	g_assert_null(state_service_open(service, &error));
	g_assert_true(error_is(error, ERROR_REFUSED));
	g_clear_error(&error);
	g_assert_false(state_service_rung(service));
	state_close(other);
	g_assert_true(state_service_rung(service));
	g_assert_false(state_service_rung(service));

	/* There is one service; the place is free again when it goes. */
	g_assert_null(state_service_new(place->path, &error));
	g_assert_true(error_is(error, ERROR_REFUSED));
	g_assert_nonnull(strstr(error->message, "there is a service"));
	g_clear_error(&error);
	state_service_free(g_steal_pointer(&service));
	service = state_service_new(place->path, &error);
	g_assert_no_error(error);
}

/* A commit of one who died right after it is heard of too. */
static void test_service_hears_the_dead(Place *place, gconstpointer unused)
{
	g_autoptr(StateService) service = state_service_new(place->path, NULL);
	int status;

	(void)unused;
	g_assert_nonnull(service);
	pid_t child = fork();
	if (child == 0) {
		State *state = state_open(place->path, STATE_WRITE, NULL);
		if (state && state_begin(state, NULL) && work_add(state, 1, 1, 0, NULL) &&
		    state_commit(state, NULL))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
	g_assert_true(state_service_rung(service));
}

/* A writer that is killed leaves the lock free, all that was committed, and nothing else. */
static void test_killed_writer(Place *place, gconstpointer unused)
{
	g_autofree char *lock = g_strconcat(place->path, ".lock", NULL);
	guint64 all, parked;
	struct stat file;
	int status;

	(void)unused;
	pid_t child = fork();
	if (child == 0) {
		State *state = state_open(place->path, STATE_WRITE, NULL);
		if (state && work_add(state, 1, 1, 0, NULL) && state_begin(state, NULL) &&
		    work_add(state, 1, 2, 0, NULL))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	g_assert_cmpint(waitpid(child, &status, 0), ==, child);
	g_assert_true(WIFSIGNALED(status));
	g_assert_cmpint(stat(lock, &file), ==, 0);
	g_assert_cmpint(file.st_size, >, 0);
	State *state = open_store(place, STATE_WRITE);
	g_assert_true(work_count(state, 1, &all, &parked, NULL));
	g_assert_cmpuint(all, ==, 1);
	state_close(state);
	g_assert_cmpint(stat(lock, &file), ==, 0);
	g_assert_cmpint(file.st_size, ==, 0);
}

static void test_missing(Place *place, gconstpointer unused)
{
	Place nowhere = { .path = g_build_filename(place->folder, "no", "state.db", NULL) };

	(void)unused;
	check_refused(place, STATE_READ, ERROR_FATAL, "no state", "sync");
	check_refused(&nowhere, STATE_WRITE, ERROR_FATAL, "no folder", "folder");
	g_free(nowhere.path);
}

static void test_garbage(Place *place, gconstpointer unused)
{
	g_autofree char *text = g_strnfill(20000, 'g');

	(void)unused;
	g_assert_true(g_file_set_contents(place->path, text, -1, NULL));
	check_refused(place, STATE_WRITE, ERROR_FATAL, "damaged", "move");
	check_refused(place, STATE_READ, ERROR_FATAL, "damaged", "sync");
}

static void test_truncated(Place *place, gconstpointer unused)
{
	struct stat file;

	(void)unused;
	fill(place);
	g_assert_cmpint(stat(place->path, &file), ==, 0);
	g_assert_cmpint(truncate(place->path, file.st_size / 8192 * 4096), ==, 0);
	check_refused(place, STATE_WRITE, ERROR_FATAL, "damaged", "move");
}

static void ignore_audit(const AuditRow *row, void *data)
{
	(void)row;
	(void)data;
}

/* Damage in the middle is found by the check after an unclean end, and when it is met. */
static void test_corrupt(Place *place, gconstpointer unused)
{
	g_autofree char *text = NULL;
	gsize length;

	(void)unused;
	fill(place);
	g_assert_true(g_file_get_contents(place->path, &text, &length, NULL));
	memset(text + length * 2 / 3, 0xa5, length - length * 2 / 3);
	FILE *file = fopen(place->path, "r+");
	g_assert_nonnull(file);
	g_assert_cmpuint(fwrite(text, 1, length, file), ==, length);
	g_assert_cmpint(fclose(file), ==, 0);

	g_autoptr(GError) error = NULL;
	State *state = open_store(place, STATE_WRITE);
	g_assert_false(audit_of(state, 0, 0, 100, ignore_audit, NULL, &error));
	g_assert_true(error_is(error, ERROR_FATAL));
	g_assert_nonnull(strstr(error->message, "damaged"));
	state_close(state);
	/* It was noted: the next writer does not even start. */
	check_refused(place, STATE_WRITE, ERROR_FATAL, "damaged", "move");
}

static void set_header(const Place *place, long offset, guint32 value)
{
	guint32 bytes = GUINT32_TO_BE(value);
	FILE *file = fopen(place->path, "r+");

	g_assert_nonnull(file);
	g_assert_cmpint(fseek(file, offset, SEEK_SET), ==, 0);
	g_assert_cmpuint(fwrite(&bytes, 1, sizeof(bytes), file), ==, sizeof(bytes));
	g_assert_cmpint(fclose(file), ==, 0);
}

/* Bytes 60 and 68 of the header: user_version and application_id (SQLite file format 1.3). */
static void test_newer_and_foreign(Place *place, gconstpointer unused)
{
	(void)unused;
	fill(place);
	set_header(place, 60, 999);
	check_refused(place, STATE_WRITE, ERROR_FATAL, "newer", "newer program");
	check_refused(place, STATE_READ, ERROR_FATAL, "newer", "newer program");
	set_header(place, 68, 42);
	check_refused(place, STATE_WRITE, ERROR_FATAL, "another program", "nothing was changed");
}

/* Runs as nobody where the test runs as root, whom no mode stops. */
static void as_other(void)
{
	if (geteuid() == 0)
		g_assert_cmpint(seteuid(65534), ==, 0);
}

static void as_self(void)
{
	if (getuid() == 0)
		g_assert_cmpint(seteuid(0), ==, 0);
}

static void test_read_only(Place *place, gconstpointer unused)
{
	(void)unused;
	fill(place);
	g_assert_cmpint(chmod(place->path, 0444), ==, 0);
	g_assert_cmpint(chmod(place->folder, 0777), ==, 0);
	g_autofree char *lock = g_strconcat(place->path, ".lock", NULL);
	g_assert_cmpint(chmod(lock, 0666), ==, 0);
	as_other();
	check_refused(place, STATE_WRITE, ERROR_FATAL, "read-only", "writable");
	as_self();

	g_assert_cmpint(g_unlink(lock), ==, 0);
	g_assert_cmpint(chmod(place->folder, 0555), ==, 0);
	as_other();
	check_refused(place, STATE_WRITE, ERROR_FATAL, "Permission denied", "writable");
	as_self();
	g_assert_cmpint(chmod(place->folder, 0755), ==, 0);
}

/* A disk that fills up in the middle: the transaction is gone as a whole, the store is sound. */
static void test_full_disk(Place *place, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strnfill(100000, 'x');
	AuditRow row = { .event = text };
	guint64 all, parked;

	(void)unused;
	if (mount("none", place->folder, "tmpfs", 0, "size=1m") != 0) {
		g_test_skip("needs the right to mount");
		return;
	}
	State *state = open_store(place, STATE_WRITE);
	g_assert_true(work_add(state, 1, 1, 0, NULL));
	g_assert_true(state_begin(state, NULL));
	gboolean ok = work_add(state, 1, 2, 0, NULL);
	for (guint i = 0; ok && i < 1000; i++)
		ok = audit_add(state, &row, &error);
	ok = ok && state_commit(state, &error);
	g_assert_false(ok);
	g_assert_true(error_is(error, ERROR_FATAL));
	g_assert_nonnull(strstr(error->message, "no space left"));
	g_assert_nonnull(strstr(error->message, "\nfree some space"));
	/* Nothing slips in behind the lost transaction. */
	g_assert_false(work_add(state, 1, 3, 0, NULL) && state_commit(state, NULL));
	state_close(state);
	state = open_store(place, STATE_WRITE);
	g_assert_true(state_check(state, NULL));
	g_assert_true(work_count(state, 1, &all, &parked, NULL));
	g_assert_cmpuint(all, ==, 1);
	state_close(state);
	g_assert_cmpint(umount(place->folder), ==, 0);
}

static void test_sightings(Place *place, gconstpointer unused)
{
	g_autoptr(State) state = open_store(place, STATE_WRITE);
	json_t *document = json_pack("{s:s}", "userName", "Jane"), *found = NULL;

	(void)unused;
	g_assert_true(sighting_clear(state, NULL));
	g_assert_true(sighting_find(state, "userName", "jane", &found, NULL));
	g_assert_cmpuint(json_array_size(found), ==, 0);
	json_decref(found);
	g_assert_true(sighting_add(state, "userName", "JÄNE", "7", document, NULL));
	g_assert_true(sighting_add(state, "email", "j@x", "7", document, NULL));
	g_assert_true(sighting_find(state, "userName", "jäne", &found, NULL));
	g_assert_cmpuint(json_array_size(found), ==, 1);
	json_t *first = json_array_get(found, 0);
	g_assert_cmpstr(json_string_value(json_object_get(first, "id")), ==, "7");
	g_assert_true(json_equal(json_object_get(first, "document"), document));
	json_decref(found);
	g_assert_true(sighting_clear(state, NULL));
	g_assert_true(sighting_find(state, "email", "j@x", &found, NULL));
	g_assert_cmpuint(json_array_size(found), ==, 0);
	json_decref(found);
	json_decref(document);
}

/* Made once, durable at once, and another for each state. */
static void test_key(Place *place, gconstpointer unused)
{
	Place other;
	guint8 key[STATE_KEY];
	State *state = open_store(place, STATE_WRITE);

	(void)unused;
	memcpy(key, state_key(state), STATE_KEY);
	/* What is rolled back does not take it along. */
	g_assert_true(state_begin(state, NULL));
	state_rollback(state);
	state_close(state);
	for (StateMode mode = STATE_READ; mode <= STATE_WRITE; mode++) {
		g_autoptr(State) again = open_store(place, mode);
		g_assert_cmpmem(state_key(again), STATE_KEY, key, STATE_KEY);
	}
	place_make(&other, NULL);
	g_autoptr(State) elsewhere = open_store(&other, STATE_WRITE);
	g_assert_cmpint(memcmp(state_key(elsewhere), key, STATE_KEY), !=, 0);
	g_clear_pointer(&elsewhere, state_close);
	place_remove(&other, NULL);
}

#define ADD(name, fn) g_test_add("/state/" name, Place, NULL, place_make, fn, place_remove)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("private", test_private);
	ADD("reopen", test_reopen);
	ADD("nested", test_nested);
	ADD("second-writer", test_second_writer);
	ADD("patience", test_patience);
	ADD("service", test_service);
	ADD("service-hears-the-dead", test_service_hears_the_dead);
	ADD("killed-writer", test_killed_writer);
	ADD("missing", test_missing);
	ADD("garbage", test_garbage);
	ADD("truncated", test_truncated);
	ADD("corrupt", test_corrupt);
	ADD("newer-and-foreign", test_newer_and_foreign);
	ADD("read-only", test_read_only);
	ADD("full-disk", test_full_disk);
	ADD("sightings", test_sightings);
	ADD("key", test_key);
	return g_test_run();
}
