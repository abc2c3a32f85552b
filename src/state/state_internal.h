/*
 * State, for siblings only: the store's own struct, and the little language in which every file
 * of this folder talks to SQLite.
 *
 *	g_auto(Query) query = query_new(state, "SELECT id FROM app WHERE name = ?");
 *	query_text(&query, name);
 *	if (!query_next(&query, &row, error))
 *		return FALSE;
 *	if (row)
 *		id = query_get_int(&query, 0);
 *
 * The SQL must be a literal: prepared statements are kept by its address for the life of the
 * store. Parameters are given in order. What was bound is borrowed until the statement has run.
 * A failure on the way (a parameter too big) shows at the next query_next() or query_run().
 */
#pragma once
#include <jansson.h>
#include <sqlite3.h>

#include "state/state.h"

typedef struct {
	sqlite3_stmt *handle;
	gboolean busy; /* somebody further up the stack steps through it */
	gboolean kept; /* in the cache; else it goes with its query */
} Statement;

struct State {
	sqlite3 *db;
	char *path;
	StateMode mode;
	GHashTable *statements; /* SQL literal (by address) -> Statement */
	int lock;               /* descriptor of the lock file, or -1 */
	int bell;               /* lifted: the service hears when it is let go; or -1 */
	gboolean silent;        /* what this one writes, the service knows */
	guint depth;            /* open transactions, inner ones included */
	gboolean lost;          /* SQLite rolled back by itself: nothing more may be written */
	guint8 key[STATE_KEY];
	gboolean damaged; /* corruption was seen: the next writer checks the whole file */
};

/* ---- queries (sql.c) ---- */

typedef struct {
	State *state;
	Statement *statement; /* NULL: it could not be prepared */
	int parameter;        /* the next one to bind, from 1 */
	int rc;
} Query;

/* Takes the statement from the cache, or prepares it. */
Query query_new(State *state, const char *sql);

/* Gives the statement back. */
void query_clear(Query *self);

/* Bind the next parameter. */
void query_int(Query *self, gint64 value);
void query_id(Query *self, gint64 id);          /* 0 is NULL */
void query_text(Query *self, const char *text); /* NULL is NULL */
void query_bytes(Query *self, const void *data, gsize length);
void query_json(Query *self, const json_t *json); /* canonical text; NULL is NULL */

/* One step; *row says whether there is a row. */
gboolean query_next(Query *self, gboolean *row, GError **error);

/* Runs it to the end and makes it ready to be bound again. */
gboolean query_run(Query *self, GError **error);

/* Runs it and gives the first column of the first row, or 0. */
gboolean query_value(Query *self, gint64 *value, GError **error);

/* Runs it and appends the first column of every row. */
gboolean query_list(Query *self, GArray *values, GError **error);

/* Makes it ready to be bound and run again. */
void query_rewind(Query *self);

/* Columns of the current row, from 0; NULL reads as 0, NULL. */
gint64 query_get_int(const Query *self, int column);
char *query_get_text(const Query *self, int column);        /* new string */
const char *query_peek_text(const Query *self, int column); /* until the next step */
const void *query_peek_bytes(const Query *self, int column, gsize *length);

/* JSON of a column, new reference, NULL for NULL; ERROR_FATAL if it is damaged. */
gboolean query_get_json(const Query *self, int column, json_t **json, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Query, query_clear)

/* Runs one literal without parameters. */
gboolean sql_run(State *state, const char *sql, GError **error);

/* Runs several statements, as in a schema; nothing is kept. */
gboolean sql_script(State *state, const char *sql, GError **error);

/* Rows that the last INSERT, UPDATE or DELETE changed. */
gint64 sql_changes(State *state);

/* Sets 'error' from a result code of SQLite: the only place that knows them. Always FALSE. */
gboolean sql_fail(State *state, int rc, GError **error);

/* The way back from a damaged store, for the hint of an error. New string. */
char *state_way_back(const char *path);

/* 'text' folded so that texts equal without regard to case are equal bytes. New string. */
char *sql_fold(const char *text);

/* ---- lock (lock.c) ---- */

/* Takes the writer's lock, waiting so long. *died: the last writer did not end in order. */
gboolean lock_take(const char *path, gint64 patience_us, int *lock, gboolean *died, GError **error);

/* Gives it back; 'clean' says that the store was closed in order. */
void lock_release(int lock, gboolean clean);

/* Takes the lock of the one service. */
gboolean lock_serve(const char *path, int *lock, GError **error);

/* A descriptor that the service, if there is one, hears being closed; or -1. */
int lock_lift_bell(const char *path);

/* ---- opening (state.c) ---- */

typedef struct {
	StateMode mode;
	gint64 patience_us; /* how long to wait for another writer */
	gboolean silent;    /* the service itself: does not ring its own bell */
} StateWay;

State *state_open_way(const char *path, const StateWay *way, GError **error);

/* ---- key (key.c) ---- */

/* Reads the state's key, and makes one if there is none; a reader's own lasts as long as it. */
gboolean key_prepare(State *state, GError **error);

/* ---- schema (schema.c) ---- */

/* Makes the schema or brings it up to date (STATE_WRITE); refuses what it cannot read. */
gboolean schema_prepare(State *state, GError **error);

/* The index from a node to the groups that name it; a first pull makes it last. */
gboolean schema_drop_reverse(State *state, GError **error);
gboolean schema_make_reverse(State *state, GError **error);

/* Temporary tables, made when first needed. */
gboolean schema_make_staging(State *state, GError **error);
gboolean schema_make_sightings(State *state, GError **error);
