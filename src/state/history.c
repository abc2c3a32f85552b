/*
 * History: runs, and the audit. The audit is only ever appended to; a trigger in the schema refuses
 * everything else, so that not even a mistake of ours rewrites it.
 */
#include "state/history.h"

#include "base/json.h"
#include "state_internal.h"

gboolean run_begin(State *state, const char *command, gint64 now_us, gint64 *id, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO run (command, started_us) VALUES (?, ?) RETURNING id");

	query_text(&query, command);
	query_int(&query, now_us);
	return query_value(&query, id, error);
}

gboolean run_end(State *state, gint64 run, int exit_code, const json_t *result, gint64 now_us,
		 GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "UPDATE run SET ended_us = ?, exit_code = ?, result = ? WHERE id = ?");

	query_int(&query, now_us);
	query_int(&query, exit_code);
	query_json(&query, result);
	query_int(&query, run);
	return query_run(&query, error);
}

gboolean run_latest(State *state, guint limit, RunFn fn, void *data, GError **error)
{
	g_auto(Query) query = query_new(state,
					"SELECT id, started_us, ended_us, exit_code, command,"
					" result FROM run ORDER BY id DESC LIMIT ?");
	gboolean row;

	query_int(&query, limit);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		g_autofree char *command = query_get_text(&query, 4);
		g_autoptr(json_t) result = NULL;
		if (!query_get_json(&query, 5, &result, error))
			return FALSE;
		RunRow run = {
			.id = query_get_int(&query, 0),
			.started_us = query_get_int(&query, 1),
			.ended_us = query_get_int(&query, 2),
			.exit_code = (int)query_get_int(&query, 3),
			.command = command,
			.result = result,
		};
		fn(&run, data);
	}
}

gboolean audit_add(State *state, const AuditRow *row, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "INSERT INTO audit (run, app, entry, at_us, event, outcome, detail)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?)");

	query_id(&query, row->run);
	query_id(&query, row->app);
	query_id(&query, row->entry);
	query_int(&query, row->at_us);
	query_text(&query, row->event);
	query_text(&query, row->outcome);
	query_json(&query, row->detail);
	return query_run(&query, error);
}

static gboolean audit_each(Query *query, AuditFn fn, void *data, GError **error)
{
	gboolean row;

	for (;;) {
		json_t *detail;

		if (!query_next(query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		if (!query_get_json(query, 6, &detail, error))
			return FALSE;
		AuditRow audit = {
			.run = query_get_int(query, 0),
			.app = query_get_int(query, 1),
			.entry = query_get_int(query, 2),
			.at_us = query_get_int(query, 3),
			.event = query_peek_text(query, 4),
			.outcome = query_peek_text(query, 5),
			.detail = detail,
		};
		fn(&audit, data);
		json_decref(detail);
	}
}

gboolean audit_of(State *state, gint64 app, gint64 entry, guint limit, AuditFn fn, void *data,
		  GError **error)
{
	/* Two statements, so that one entry's rows are found by index. */
	g_auto(Query) query =
		query_new(state,
			  entry ? "SELECT run, app, entry, at_us, event, outcome, detail FROM audit"
				  " WHERE (?1 = 0 OR app = ?1) AND entry = ?2 ORDER BY id LIMIT ?3"
				: "SELECT run, app, entry, at_us, event, outcome, detail FROM audit"
				  " WHERE (?1 = 0 OR app = ?1) AND ?2 = 0 ORDER BY id LIMIT ?3");

	query_int(&query, app);
	query_int(&query, entry);
	query_int(&query, limit);
	return audit_each(&query, fn, data, error);
}
