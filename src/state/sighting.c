/*
 * Sightings: one listing of a target, in temporary tables. The database that holds them is a file
 * without a name; it goes with the process, whatever becomes of that. A document is kept once,
 * however many of its values are looked for.
 */
#include "state/sighting.h"

#include "base/json.h"
#include "state_internal.h"

/* A reader may write what dies with it; SQLite's guard makes no difference between tables. */
static gboolean lift_guard(State *state, GError **error)
{
	return state->mode != STATE_READ || sql_script(state, "PRAGMA query_only=OFF;", error);
}

gboolean sighting_clear(State *state, GError **error)
{
	return lift_guard(state, error) && schema_make_sightings(state, error) &&
	       sql_script(state, "DELETE FROM sighting; DELETE FROM sighted; DELETE FROM claimed;",
			  error);
}

static gboolean keep_document(State *state, const char *target_id, const json_t *document,
			      GError **error)
{
	g_auto(Query) query = query_new(state,
					"INSERT INTO sighted (target_id, document) VALUES (?, ?)"
					" ON CONFLICT (target_id) DO NOTHING");

	query_text(&query, target_id);
	query_json(&query, document);
	return query_run(&query, error);
}

gboolean sighting_add(State *state, const char *path, const char *value, const char *target_id,
		      const json_t *document, GError **error)
{
	g_autofree char *folded = sql_fold(value);

	if (!keep_document(state, target_id, document, error))
		return FALSE;

	g_auto(Query) query =
		query_new(state, "INSERT INTO sighting (path, value, target_id) VALUES (?, ?, ?)");
	query_text(&query, path);
	query_text(&query, folded);
	query_text(&query, target_id);
	return query_run(&query, error);
}

gboolean sighting_find(State *state, const char *path, const char *value, json_t **found,
		       GError **error)
{
	g_autofree char *folded = sql_fold(value);
	g_autoptr(json_t) array = json_array();
	gboolean row;

	g_auto(Query) query = query_new(state, "SELECT s.target_id, d.document FROM sighting s"
					       " JOIN sighted d ON d.target_id = s.target_id"
					       " WHERE s.path = ? AND s.value = ? ORDER BY s.id");
	query_text(&query, path);
	query_text(&query, folded);
	for (;;) {
		json_t *document;

		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			break;
		if (!query_get_json(&query, 1, &document, error))
			return FALSE;
		json_array_append_new(array,
				      json_pack("{s:s, s:o}", "id", query_peek_text(&query, 0),
						"document", document));
	}
	*found = g_steal_pointer(&array);
	return TRUE;
}

gboolean sighting_claim(State *state, const char *target_id, gint64 entry, gint64 *other,
			GError **error)
{
	g_auto(Query) claim = query_new(state, "INSERT INTO claimed (target_id, entry)"
					       " VALUES (?, ?) ON CONFLICT (target_id) DO NOTHING");
	g_auto(Query) find = query_new(state, "SELECT entry FROM claimed WHERE target_id = ?"
					      " AND entry <> ?");

	query_text(&claim, target_id);
	query_int(&claim, entry);
	query_text(&find, target_id);
	query_int(&find, entry);
	return query_run(&claim, error) && query_value(&find, other, error);
}
