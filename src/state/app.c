/*
 * Apps: one row each, with what is remembered of an app between runs.
 */
#include "base/json.h"
#include "state/account.h"
#include "state_internal.h"

static gboolean insert_app(State *state, const char *name, GError **error)
{
	g_auto(Query) query = query_new(state,
					"INSERT INTO app (name) VALUES (?) ON CONFLICT DO NOTHING");

	query_text(&query, name);
	return query_run(&query, error);
}

/* A hint: what is damaged is as good as nothing. New reference, or NULL. */
static json_t *get_memory(const Query *query, int column)
{
	gsize length;
	const char *text = query_peek_bytes(query, column, &length);

	return text ? json_read_canonical(text, length) : NULL;
}

static gboolean find_app(State *state, const char *name, AppRow *out, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT id, rules_digest, released, target,"
					       " memory, failures, failing_since_us,"
					       " rests_until_us, trouble, trouble_kind, tried_with"
					       " FROM app WHERE name = ?");
	gboolean row;

	query_text(&query, name);
	if (!query_next(&query, &row, error))
		return FALSE;
	*out = (AppRow){ 0 };
	if (row)
		*out = (AppRow){
			.id = query_get_int(&query, 0),
			.rules_digest = query_get_text(&query, 1),
			.released = query_get_int(&query, 2) != 0,
			.target = query_get_text(&query, 3),
			.memory = get_memory(&query, 4),
			.failures = (guint)query_get_int(&query, 5),
			.failing_since_us = query_get_int(&query, 6),
			.rests_until_us = query_get_int(&query, 7),
			.trouble = query_get_text(&query, 8),
			.trouble_kind = query_get_text(&query, 9),
			.tried_with = query_get_text(&query, 10),
		};
	return TRUE;
}

gboolean app_row_get(State *state, const char *name, AppRow *out, GError **error)
{
	if (!find_app(state, name, out, error))
		return FALSE;
	if (out->id || state->mode == STATE_READ)
		return TRUE;
	return insert_app(state, name, error) && find_app(state, name, out, error);
}

gboolean app_row_put(State *state, const AppRow *row, GError **error)
{
	g_auto(Query) query = query_new(state,
					"UPDATE app SET rules_digest = ?, released = ?, target = ?,"
					" memory = ?, failures = ?, failing_since_us = ?,"
					" rests_until_us = ?, trouble = ?, trouble_kind = ?,"
					" tried_with = ? WHERE id = ?");

	query_text(&query, row->rules_digest);
	query_int(&query, row->released != FALSE);
	query_text(&query, row->target);
	query_json(&query, row->memory);
	query_int(&query, row->failures);
	query_int(&query, row->failing_since_us);
	query_int(&query, row->rests_until_us);
	query_text(&query, row->trouble);
	query_text(&query, row->trouble_kind);
	query_text(&query, row->tried_with);
	query_int(&query, row->id);
	return query_run(&query, error);
}

void app_row_clear(AppRow *row)
{
	g_clear_pointer(&row->rules_digest, g_free);
	g_clear_pointer(&row->target, g_free);
	g_clear_pointer(&row->memory, json_decref);
	g_clear_pointer(&row->trouble, g_free);
	g_clear_pointer(&row->trouble_kind, g_free);
	g_clear_pointer(&row->tried_with, g_free);
}

gboolean app_names(State *state, GPtrArray *names, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT name FROM app ORDER BY id");
	gboolean row;

	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		g_ptr_array_add(names, query_get_text(&query, 0));
	}
}
