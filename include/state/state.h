/*
 * State: the store that makes a scheduled one-shot run as good as a daemon. SQLite in WAL mode,
 * one writer. Only src/state/ knows SQL. src/state/README.md has the schema and the table of what
 * is durable when.
 *
 * Reading functions return FALSE only on failure; "not there" is a value (0, NULL) in the
 * out-parameter. Errors: FATAL for a damaged or unwritable store (disk full, read-only), with the
 * way back in the hint; REFUSED when another process holds it.
 */
#pragma once
#include <glib.h>

typedef struct State State;

typedef enum {
	STATE_READ,  /* for status and explain; works beside a running writer; must exist */
	STATE_WRITE, /* takes the lock; makes the store and migrates it when needed */
} StateMode;

/* Opens. After an unclean end of the last writer the integrity is checked first. */
State *state_open(const char *path, StateMode mode, GError **error);

/*
 * Opens for writing, and waits up to 'patience_us' while another process writes; after that the
 * error says who it is, and for how long it has been at it.
 */
State *state_open_patiently(const char *path, gint64 patience_us, GError **error);

/* Rolls back what is open, releases the lock, frees; NULL is fine. */
void state_close(State *self);

/*
 * Transactions nest: an inner one is a savepoint, so that a whole run can be planned inside an
 * outer one that is rolled back. The outermost commit is durable when it returns.
 */
gboolean state_begin(State *self, GError **error);
gboolean state_commit(State *self, GError **error);
void state_rollback(State *self);

/* Checks the whole file; ERROR_FATAL with what is damaged and the way back. */
gboolean state_check(State *self, GError **error);

#define STATE_KEY 32

/* STATE_KEY random bytes: the same for the life of the state, others at another. Borrowed. */
const guint8 *state_key(const State *self);

/* Version of the schema in the file. */
int state_schema_version(State *self);

/*
 * The service of a state: a process that comes back to write again and again, and lets others write
 * in between. There is one at a time; a bell tells it when another process has written.
 */
typedef struct StateService StateService;

/* Takes the place of the one service. ERROR_REFUSED if there is one already. */
StateService *state_service_new(const char *path, GError **error);

/* Gives it up; NULL is fine. */
void state_service_free(StateService *self);

/* Opens for writing, without waiting: ERROR_REFUSED if another process writes just now. */
State *state_service_open(StateService *self, GError **error);

/* The descriptor to poll for reading; then ask state_service_rung(). */
int state_service_fd(const StateService *self);

/* TRUE if another process has written since the last call, and has let go of the state. */
gboolean state_service_rung(StateService *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StateService, state_service_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(State, state_close)
