/*
 * State: opening, transactions, closing.
 *
 * Settings of SQLite, and why:
 *
 *	journal_mode=WAL     readers (status, explain) work beside the writer
 *	synchronous=FULL     the outermost commit is on the disk when it returns; the journal of ops
 *	                     depends on it
 *	cache_size 12 MiB    all the memory the store takes; what does not fit spills into the
 *	                     write-ahead log, also in the middle of a transaction
 *	temp_store=FILE      sorting and temporary tables use the disk: memory stays flat
 *	mmap_size=0          a damaged disk is an error, not a signal
 *	query plans are stable  what is bound does not change how a statement is carried out; else
 *	                     one that is bound anew is compiled anew wherever a partial index might
 *	                     fit the value, which costs ten times as much as running it
 *	foreign_keys off     one writer, and every reference is made by this folder; checks
 *	                     would cost a look-up for each row of a first pull
 *
 * Transactions nest by savepoints that all have one name: SQLite means the innermost. An outer
 * transaction that is rolled back takes with it whatever was committed inside: that is how 'plan'
 * runs the whole pipe and changes nothing.
 *
 * Whoever commits while a service runs lifts its bell before, and lets go of it after the lock: the
 * service then looks what there is to do (service.c). That happens too if this process dies.
 *
 * A reader opens without lock, never migrates and is kept from writing by query_only. It opens the
 * file for writing all the same, because a store in WAL mode may need its shared-memory file made.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "state_internal.h"

#define BUSY_TIMEOUT_MS 2000

static void statement_free(gpointer data)
{
	Statement *statement = data;

	sqlite3_finalize(statement->handle);
	g_free(statement);
}

static gboolean fail_missing(const char *path, GError **error)
{
	return error_set(
		error, ERROR_FATAL,
		"there is no state '%s' yet\n"
		"run 'dirbridge sync' or 'dirbridge plan' first, or correct 'state' in the config",
		path);
}

/* The file is made by us and not by SQLite, so that nobody else may read it, whatever the umask. */
static gboolean make_file(const char *path, GError **error)
{
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return TRUE;

	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_set(error, ERROR_FATAL,
				 "cannot make the state '%s': %s\n"
				 "its folder must be writable for the user that runs dirbridge",
				 path, g_strerror(errno));
	int rc = fchmod(fd, 0600);
	close(fd);
	if (rc != 0)
		return error_set(error, ERROR_FATAL, "cannot set the mode of the state '%s': %s",
				 path, g_strerror(errno));
	return TRUE;
}

static gboolean open_database(State *self, int flags, GError **error)
{
	int rc = sqlite3_open_v2(self->path, &self->db,
				 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc != SQLITE_OK)
		return sql_fail(self, rc, error);
	sqlite3_busy_timeout(self->db, BUSY_TIMEOUT_MS);
	sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
	return sql_script(self,
			  "PRAGMA temp_store=FILE; PRAGMA mmap_size=0; PRAGMA cache_size=-12288;"
			  "PRAGMA foreign_keys=OFF; PRAGMA synchronous=FULL;",
			  error);
}

static gboolean open_writer(State *self, gint64 patience_us, GError **error)
{
	gboolean died;

	if (!lock_take(self->path, patience_us, &self->lock, &died, error) ||
	    !make_file(self->path, error) || !open_database(self, SQLITE_OPEN_READWRITE, error))
		return FALSE;
	if (sqlite3_db_readonly(self->db, "main") == 1)
		return sql_fail(self, SQLITE_READONLY, error);
	if (!sql_script(self,
			"PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=2000;"
			"PRAGMA journal_size_limit=67108864;",
			error))
		return FALSE;
	if (died && !state_check(self, error))
		return FALSE;
	return schema_prepare(self, error) && key_prepare(self, error);
}

static gboolean open_reader(State *self, GError **error)
{
	struct stat file;

	if (stat(self->path, &file) != 0 || file.st_size == 0)
		return fail_missing(self->path, error);
	return open_database(self, SQLITE_OPEN_READWRITE, error) &&
	       sql_script(self, "PRAGMA query_only=ON;", error) && schema_prepare(self, error) &&
	       key_prepare(self, error);
}

State *state_open_way(const char *path, const StateWay *way, GError **error)
{
	g_autoptr(State) self = g_new0(State, 1);

	self->path = g_strdup(path);
	self->mode = way->mode;
	self->silent = way->silent;
	self->lock = -1;
	self->bell = -1;
	self->statements = g_hash_table_new_full(NULL, NULL, NULL, statement_free);
	if (!(way->mode == STATE_WRITE ? open_writer(self, way->patience_us, error)
				       : open_reader(self, error)))
		return NULL;
	return g_steal_pointer(&self);
}

State *state_open(const char *path, StateMode mode, GError **error)
{
	return state_open_way(path, &(StateWay){ .mode = mode }, error);
}

State *state_open_patiently(const char *path, gint64 patience_us, GError **error)
{
	const StateWay way = { .mode = STATE_WRITE, .patience_us = patience_us };

	return state_open_way(path, &way, error);
}

void state_close(State *self)
{
	if (!self)
		return;
	while (self->depth > 0)
		state_rollback(self);
	g_hash_table_unref(self->statements);
	sqlite3_close(self->db);
	lock_release(self->lock, !self->damaged);
	if (self->bell >= 0)
		close(self->bell);
	g_free(self->path);
	g_free(self);
}

gboolean state_begin(State *self, GError **error)
{
	const char *sql = "SAVEPOINT inner_transaction";

	if (self->depth == 0)
		sql = self->mode == STATE_WRITE ? "BEGIN IMMEDIATE" : "BEGIN";
	if (!sql_run(self, sql, error))
		return FALSE;
	self->depth++;
	return TRUE;
}

gboolean state_commit(State *self, GError **error)
{
	g_return_val_if_fail(self->depth > 0, FALSE);

	if (self->depth == 1 && self->bell < 0 && !self->silent)
		self->bell = lock_lift_bell(self->path);
	if (!sql_run(self, self->depth == 1 ? "COMMIT" : "RELEASE inner_transaction", error)) {
		state_rollback(self);
		return FALSE;
	}
	self->depth--;
	return TRUE;
}

void state_rollback(State *self)
{
	g_return_if_fail(self->depth > 0);

	/* After some failures SQLite has rolled back already; then there is nothing left to do. */
	if (!sqlite3_get_autocommit(self->db))
		sqlite3_exec(self->db,
			     self->depth == 1 ? "ROLLBACK"
					      : "ROLLBACK TO inner_transaction;"
						"RELEASE inner_transaction",
			     NULL, NULL, NULL);
	self->depth--;
	if (self->depth == 0)
		self->lost = FALSE;
}

gboolean state_check(State *self, GError **error)
{
	g_auto(Query) query = query_new(self, "PRAGMA quick_check(1)");
	gboolean row;

	if (!query_next(&query, &row, error))
		return FALSE;
	const char *found = row ? query_peek_text(&query, 0) : "the check gave no answer";
	if (g_strcmp0(found, "ok") == 0)
		return TRUE;

	g_autofree char *back = state_way_back(self->path);
	self->damaged = TRUE;
	return error_set(error, ERROR_FATAL, "the state '%s' is damaged: %s\n%s", self->path, found,
			 back);
}

int state_schema_version(State *self)
{
	g_auto(Query) query = query_new(self, "PRAGMA user_version");
	gint64 version = 0;

	if (!query_value(&query, &version, NULL))
		return 0;
	return (int)version;
}
