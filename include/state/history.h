/*
 * History: runs and the audit. The audit is append-only: who had access to what, since when,
 * through which group, and every call that changed something.
 */
#pragma once
#include <jansson.h>

#include "state/state.h"

/* Begins a run. */
gboolean run_begin(State *state, const char *command, gint64 now_us, gint64 *id, GError **error);

/* Ends it with the exit code and the result document. */
gboolean run_end(State *state, gint64 run, int exit_code, const json_t *result, gint64 now_us,
		 GError **error);

typedef struct {
	gint64 id, started_us, ended_us; /* ended 0: still running, or died */
	int exit_code;
	char *command;
	const json_t *result; /* the document of run_end(), or NULL */
} RunRow;

/* Calls 'fn' for the latest runs, newest first. */
typedef void (*RunFn)(const RunRow *run, void *data);
gboolean run_latest(State *state, guint limit, RunFn fn, void *data, GError **error);

typedef struct {
	gint64 run, app, entry; /* 0: none */
	gint64 at_us;
	const char
		*event; /* "assigned", "unassigned", "create", "disable", "held", "approved", ... */
	const char *outcome;  /* "ok", "failed", or NULL */
	const json_t *detail; /* or NULL */
} AuditRow;

/* Appends one row. */
gboolean audit_add(State *state, const AuditRow *row, GError **error);

/* Calls 'fn' for the rows of an entry (0: all) at an app (0: all), oldest first. */
typedef void (*AuditFn)(const AuditRow *row, void *data);
gboolean audit_of(State *state, gint64 app, gint64 entry, guint limit, AuditFn fn, void *data,
		  GError **error);
