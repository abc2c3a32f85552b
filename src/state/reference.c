/*
 * References: rows that turn "the manager now has an account" into work for the people beneath.
 *
 *	app  entry  path           name                    referred
 *	1    17     ...manager     cn=boss,ou=x            4          known by its row
 *	1    18     ...manager     cn=new,ou=x             0          dangling: not in the view yet
 *
 * 'name' is kept in its normal form (a normalised DN, or an anchor), so that an entry that arrives
 * finds whoever waits for it by one look into an index. Whether the other one has an account is
 * not stored: the link says so when it is asked for.
 */
#include "state/reference.h"

#include <string.h>

#include "core/anchor.h"
#include "core/dn.h"
#include "core/lifecycle.h"
#include "state/view.h"
#include "state_internal.h"

/* The form in which names are stored; NULL if it is neither. New string. */
static char *normal_name(const char *name)
{
	char anchor[ANCHOR_LENGTH + 1];
	char *dn;

	if (anchor_from_text(name, anchor))
		return g_strdup(anchor);
	dn = dn_normalize(name, strlen(name));
	if (dn && !*dn)
		g_clear_pointer(&dn, g_free);
	return dn;
}

static gboolean find_in(State *state, gint64 source, const char *name, gint64 *entry,
			GError **error)
{
	char anchor[ANCHOR_LENGTH + 1];

	return anchor_from_text(name, anchor)
		       ? view_find_anchor(state, source, anchor, entry, error)
		       : view_find_dn(state, source, name, entry, error);
}

gboolean reference_resolve(State *state, gint64 source, const char *name, gint64 *entry,
			   GError **error)
{
	g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autofree char *normal = normal_name(name);

	*entry = 0;
	if (!normal)
		return TRUE;
	if (!find_in(state, source, name, entry, error))
		return FALSE;
	if (*entry)
		return TRUE;

	g_auto(Query) query = query_new(state, "SELECT id FROM source WHERE id <> ? ORDER BY id");
	query_int(&query, source);
	if (!query_list(&query, sources, error))
		return FALSE;
	for (guint i = 0; i < sources->len && !*entry; i++)
		if (!find_in(state, g_array_index(sources, gint64, i), name, entry, error))
			return FALSE;
	return TRUE;
}

gboolean reference_target_id(State *state, gint64 app, gint64 entry, char **id, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT target_id FROM link WHERE app = ?"
					       " AND entry = ? AND state <> 'deleted'");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	if (!query_next(&query, &row, error))
		return FALSE;
	*id = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}

gboolean reference_targets(State *state, gint64 app, gint64 entry, ReferenceFn fn, void *data,
			   GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT r.path, l.target_id FROM reference r JOIN link l ON l.app = r.app"
			  " AND l.entry = r.referred AND l.state <> 'deleted'"
			  " WHERE r.app = ? AND r.entry = ?");
	gboolean row;

	query_int(&query, app);
	query_int(&query, entry);
	while (query_next(&query, &row, error)) {
		if (!row)
			return TRUE;
		fn(query_peek_text(&query, 0), query_peek_text(&query, 1), data);
	}
	return FALSE;
}

gboolean reference_put(State *state, const Reference *reference, GError **error)
{
	g_autofree char *normal = normal_name(reference->name);
	g_auto(Query) query =
		query_new(state, "INSERT INTO reference (app, entry, path, name, referred)"
				 " VALUES (?, ?, ?, ?, ?) ON CONFLICT (app, entry, path) DO UPDATE"
				 " SET name = excluded.name, referred = excluded.referred"
				 " WHERE reference.name <> excluded.name"
				 " OR reference.referred <> excluded.referred");

	query_int(&query, reference->app);
	query_int(&query, reference->entry);
	query_text(&query, reference->path);
	query_text(&query, normal ? normal : reference->name);
	query_int(&query, reference->referred);
	return query_run(&query, error);
}

gboolean reference_remove(State *state, gint64 app, gint64 entry, const char *path, GError **error)
{
	g_auto(Query) query =
		query_new(state, "DELETE FROM reference WHERE app = ? AND entry = ? AND path = ?");

	query_int(&query, app);
	query_int(&query, entry);
	query_text(&query, path);
	return query_run(&query, error);
}

gboolean reference_wake(State *state, gint64 app, gint64 referred, gint64 now_us, gboolean *woken,
			GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO work (app, entry, parked, since_us)"
		       " SELECT app, entry, 0, ?3 FROM reference WHERE app = ?1 AND referred = ?2"
		       " ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, app);
	query_int(&query, referred);
	query_int(&query, now_us);
	if (!query_run(&query, error))
		return FALSE;
	if (woken && sql_changes(state) > 0)
		*woken = TRUE;
	return TRUE;
}

gboolean reference_wake_waiting(State *state, gint64 app, gint64 now_us, gboolean *woken,
				GError **error)
{
	g_auto(Query) query =
		query_new(state, "INSERT INTO work (app, entry, parked, since_us)"
				 " SELECT r.app, r.entry, 0, ?2 FROM reference r WHERE r.app = ?1"
				 " AND r.referred <> 0"
				 " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.app = r.app"
				 " AND l.entry = r.referred AND l.state <> 'deleted')"
				 " AND NOT EXISTS (SELECT 1 FROM assignment a WHERE a.app = r.app"
				 " AND a.entry = r.referred AND a.standing = ?3)"
				 " ON CONFLICT (app, entry) DO NOTHING");

	query_int(&query, app);
	query_int(&query, now_us);
	query_int(&query, STANDING_ASSIGNED);
	if (!query_run(&query, error))
		return FALSE;
	*woken |= sql_changes(state) > 0;
	return TRUE;
}

gboolean reference_any_dangling(State *state, gboolean *any, GError **error)
{
	/*
	 * In the order of the index that has nothing but these; else all rows are looked through.
	 */
	g_auto(Query) query =
		query_new(state,
			  "SELECT 1 FROM reference WHERE referred = 0 ORDER BY name LIMIT 1");

	return query_next(&query, any, error);
}

static gboolean wake_by_name(State *state, const char *name, gint64 now_us, GError **error)
{
	g_auto(Query) query = query_new(
		state, "INSERT INTO work (app, entry, parked, since_us)"
		       " SELECT app, entry, 0, ?2 FROM reference WHERE name = ?1 AND referred = 0"
		       " ON CONFLICT (app, entry) DO NOTHING");

	query_text(&query, name);
	query_int(&query, now_us);
	return query_run(&query, error);
}

gboolean reference_wake_dangling(State *state, const char *anchor, const char *dn, gint64 now_us,
				 GError **error)
{
	g_autofree char *normal = normal_name(dn);

	return wake_by_name(state, anchor, now_us, error) &&
	       (!normal || wake_by_name(state, normal, now_us, error));
}
