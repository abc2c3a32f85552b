/*
 * SQL: prepared statements, parameters, columns, and the one place where a result code of SQLite
 * becomes an error of ours.
 *
 * Preparing a statement costs more than running most of them, and a pull runs the same dozen a
 * million times: they are kept for the life of the store, found by the address of the literal. A
 * statement that somebody up the stack is stepping through (a callback asks the same question
 * again) is prepared a second time for that one use.
 *
 * Every error of SQLite that a user can meet has its own sentence here, and each says what to do.
 * Three of them need more than a sentence:
 *
 * - After some failures (disk full, I/O error) SQLite has already rolled the transaction back.
 *   Statements that follow would then be committed one by one, outside of any transaction. The
 *   store notes that the transaction is lost and refuses everything until it was rolled back.
 * - Damage can show at any moment, not only at open. It is noted, so that the next writer checks
 *   the whole file even though this one closes in order.
 * - Out of memory aborts, as it does everywhere in the program.
 */
#include <errno.h>

#include "base/error.h"
#include "base/json.h"
#include "state_internal.h"

static Statement *statement_prepare(State *state, const char *sql, gboolean kept, int *rc)
{
	unsigned flags = kept ? SQLITE_PREPARE_PERSISTENT : 0;
	sqlite3_stmt *handle = NULL;

	*rc = sqlite3_prepare_v3(state->db, sql, -1, flags, &handle, NULL);
	if (*rc != SQLITE_OK)
		return NULL;
	Statement *statement = g_new0(Statement, 1);
	statement->handle = handle;
	statement->kept = kept;
	if (kept)
		g_hash_table_insert(state->statements, (gpointer)sql, statement);
	return statement;
}

Query query_new(State *state, const char *sql)
{
	Query self = { .state = state, .parameter = 1 };

	self.statement = g_hash_table_lookup(state->statements, sql);
	if (!self.statement)
		self.statement = statement_prepare(state, sql, TRUE, &self.rc);
	else if (self.statement->busy)
		self.statement = statement_prepare(state, sql, FALSE, &self.rc);
	if (self.statement)
		self.statement->busy = TRUE;
	return self;
}

void query_clear(Query *self)
{
	Statement *statement = self->statement;

	if (!statement)
		return;
	sqlite3_reset(statement->handle);
	sqlite3_clear_bindings(statement->handle);
	statement->busy = FALSE;
	if (!statement->kept) {
		sqlite3_finalize(statement->handle);
		g_free(statement);
	}
	self->statement = NULL;
}

static void query_note(Query *self, int rc)
{
	if (self->rc == SQLITE_OK)
		self->rc = rc;
}

void query_int(Query *self, gint64 value)
{
	if (self->statement)
		query_note(self,
			   sqlite3_bind_int64(self->statement->handle, self->parameter++, value));
}

static void query_null(Query *self)
{
	if (self->statement)
		query_note(self, sqlite3_bind_null(self->statement->handle, self->parameter++));
}

void query_id(Query *self, gint64 id)
{
	if (id)
		query_int(self, id);
	else
		query_null(self);
}

void query_text(Query *self, const char *text)
{
	if (!text)
		query_null(self);
	else if (self->statement)
		query_note(self, sqlite3_bind_text(self->statement->handle, self->parameter++, text,
						   -1, SQLITE_STATIC));
}

void query_bytes(Query *self, const void *data, gsize length)
{
	if (self->statement)
		query_note(self, sqlite3_bind_blob64(self->statement->handle, self->parameter++,
						     data ? data : "", length, SQLITE_STATIC));
}

void query_json(Query *self, const json_t *json)
{
	if (!json)
		query_null(self);
	else if (self->statement)
		query_note(self, sqlite3_bind_text(self->statement->handle, self->parameter++,
						   json_canonical(json), -1, g_free));
}

void query_rewind(Query *self)
{
	sqlite3_reset(self->statement->handle);
	self->parameter = 1;
}

static gboolean query_check(Query *self, GError **error)
{
	if (self->state->lost)
		return error_set(
			error, ERROR_FATAL,
			"the transaction on the state '%s' was rolled back by an earlier failure",
			self->state->path);
	if (self->rc != SQLITE_OK || !self->statement)
		return sql_fail(self->state, self->rc, error);
	return TRUE;
}

gboolean query_next(Query *self, gboolean *row, GError **error)
{
	if (!query_check(self, error))
		return FALSE;

	int rc = sqlite3_step(self->statement->handle);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sql_fail(self->state, rc, error);
	*row = rc == SQLITE_ROW;
	return TRUE;
}

gboolean query_run(Query *self, GError **error)
{
	gboolean row = TRUE;

	while (row) {
		if (!query_next(self, &row, error))
			return FALSE;
	}
	query_rewind(self);
	return TRUE;
}

gboolean query_value(Query *self, gint64 *value, GError **error)
{
	gboolean row;

	if (!query_next(self, &row, error))
		return FALSE;
	*value = row ? query_get_int(self, 0) : 0;
	query_rewind(self);
	return TRUE;
}

gboolean query_list(Query *self, GArray *values, GError **error)
{
	gboolean row;

	for (;;) {
		if (!query_next(self, &row, error))
			return FALSE;
		if (!row)
			break;
		gint64 value = query_get_int(self, 0);
		g_array_append_val(values, value);
	}
	query_rewind(self);
	return TRUE;
}

gint64 query_get_int(const Query *self, int column)
{
	return sqlite3_column_int64(self->statement->handle, column);
}

const char *query_peek_text(const Query *self, int column)
{
	return (const char *)sqlite3_column_text(self->statement->handle, column);
}

char *query_get_text(const Query *self, int column)
{
	return g_strdup(query_peek_text(self, column));
}

const void *query_peek_bytes(const Query *self, int column, gsize *length)
{
	const void *data = sqlite3_column_blob(self->statement->handle, column);

	*length = (gsize)sqlite3_column_bytes(self->statement->handle, column);
	return data;
}

gboolean query_get_json(const Query *self, int column, json_t **json, GError **error)
{
	gsize length;
	const char *text = query_peek_bytes(self, column, &length);

	if (!text) {
		*json = NULL;
		return TRUE;
	}
	json_t *value = json_read_canonical(text, length);
	if (!value)
		return sql_fail(self->state, SQLITE_CORRUPT, error);
	*json = value;
	return TRUE;
}

gboolean sql_run(State *state, const char *sql, GError **error)
{
	g_auto(Query) query = query_new(state, sql);

	return query_run(&query, error);
}

gboolean sql_script(State *state, const char *sql, GError **error)
{
	int rc = sqlite3_exec(state->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? TRUE : sql_fail(state, rc, error);
}

gint64 sql_changes(State *state)
{
	return sqlite3_changes64(state->db);
}

char *sql_fold(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	return g_utf8_casefold(valid, -1);
}

char *state_way_back(const char *path)
{
	return g_strdup_printf(
		"restore it from a backup, or move '%s' (with its -wal and -shm files) away and"
		" run 'dirbridge sync': the accounts are found again by the match rules, and"
		" nothing is sent before the first plan is approved",
		path);
}

static gboolean fail_damaged(State *state, const char *what, GError **error)
{
	g_autofree char *back = state_way_back(state->path);

	state->damaged = TRUE;
	return error_set(error, ERROR_FATAL, "the state '%s' is damaged: %s\n%s", state->path, what,
			 back);
}

static gboolean fail_full(State *state, GError **error)
{
	return error_set(error, ERROR_FATAL,
			 "could not write the state '%s': no space left on the disk (it needs some "
			 "in the temporary folder too)\n"
			 "free some space and run again; nothing that was stored is lost",
			 state->path);
}

static gboolean fail_io(State *state, int rc, GError **error)
{
	int number = sqlite3_system_errno(state->db);

	if (rc == SQLITE_IOERR_SHORT_READ)
		return fail_damaged(state, "the file is shorter than it says", error);
	if (number == ENOSPC || number == EDQUOT)
		return fail_full(state, error);
	return error_set(error, ERROR_FATAL,
			 "could not read or write the state '%s': %s (%s)\n"
			 "look at the disk and the system's log, then run again",
			 state->path, sqlite3_errstr(rc), g_strerror(number));
}

static gboolean fail_access(State *state, GError **error)
{
	int number = sqlite3_system_errno(state->db);

	return error_set(
		error, ERROR_FATAL,
		"cannot use the state '%s': %s\n"
		"the file and its folder must be writable for the user that runs dirbridge",
		state->path, number ? g_strerror(number) : "it is read-only");
}

gboolean sql_fail(State *state, int rc, GError **error)
{
	if (state->depth > 0 && sqlite3_get_autocommit(state->db))
		state->lost = TRUE;

	switch (rc & 0xff) {
	case SQLITE_NOTADB:
		return fail_damaged(state, "it is not a database", error);
	case SQLITE_CORRUPT:
		return fail_damaged(state, sqlite3_errmsg(state->db), error);
	case SQLITE_FULL:
		return fail_full(state, error);
	case SQLITE_IOERR:
		return fail_io(state, rc, error);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
		return fail_access(state, error);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(
			error, ERROR_REFUSED,
			"the state '%s' is in use by another program\n"
			"end what has it open (a database shell, a backup), then run again",
			state->path);
	case SQLITE_TOOBIG:
		return error_set(error, ERROR_OBJECT, "a value is too large for the state '%s'",
				 state->path);
	case SQLITE_NOMEM:
		g_error("out of memory in the state '%s'", state->path);
	default:
		return error_set(error, ERROR_FATAL, "the state '%s' failed: %s", state->path,
				 sqlite3_errmsg(state->db));
	}
}
