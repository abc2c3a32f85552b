/*
 * Derived memberships: users are members of the groups with which they share a key (view_keys.c).
 *
 *	claim   source  key                        entry      users
 *	offer   source  key                        grp        groups
 *	7       sid:S-1-5-21-7-8-9-513     31
 *
 * Both sides leave their keys here, and whoever comes second makes the edge: so it does not matter
 * in which order they come, or in which pull. What an entry had before is told by its stored facts,
 * so only keys that changed are looked up, and an entry whose facts are the same costs nothing.
 *
 * A pair may share several keys (a person with two user names, both in the group). The edge is one,
 * and goes with the last of them.
 *
 * A group of all users has a million edges by one key. They are made one row after the other while
 * reading the claims, so nothing of them is kept in memory.
 */
#include <string.h>

#include "view_internal.h"

/* ---- the tables ---- */

static gboolean run_key(Query *query, gint64 source, const char *key, gint64 id, GError **error)
{
	query_int(query, source);
	query_text(query, key);
	query_int(query, id);
	return query_run(query, error);
}

static gboolean put_key(ViewPull *self, EntryKind kind, const char *key, gint64 id, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					kind == ENTRY_USER
						? "INSERT INTO claim (source, key, entry)"
						  " VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
						: "INSERT INTO offer (source, key, grp)"
						  " VALUES (?, ?, ?) ON CONFLICT DO NOTHING");

	return run_key(&query, self->source, key, id, error);
}

static gboolean remove_key(ViewPull *self, EntryKind kind, const char *key, gint64 id,
			   GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  kind == ENTRY_USER
				  ? "DELETE FROM claim WHERE source = ? AND key = ? AND entry = ?"
				  : "DELETE FROM offer WHERE source = ? AND key = ? AND grp = ?");

	return run_key(&query, self->source, key, id, error);
}

static gboolean find_groups(ViewPull *self, const char *key, GArray *groups, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT grp FROM offer WHERE source = ? AND key = ?");

	query_int(&query, self->source);
	query_text(&query, key);
	return query_list(&query, groups, error);
}

/* Whether a group offers one of these keys. */
static gboolean offers_any(ViewPull *self, gint64 group, const GPtrArray *keys, gint64 *offers,
			   GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT EXISTS (SELECT 1 FROM offer"
						     " WHERE source = ? AND key = ? AND grp = ?)");

	*offers = 0;
	for (guint i = 0; i < keys->len && !*offers; i++) {
		query_int(&query, self->source);
		query_text(&query, g_ptr_array_index(keys, i));
		query_int(&query, group);
		if (!query_value(&query, offers, error))
			return FALSE;
	}
	return TRUE;
}

/* The keys of an entry by what is stored of it. */
static gboolean stored_keys(ViewPull *self, gint64 id, EntryKind kind, GPtrArray **keys,
			    GError **error)
{
	ViewEntry stored;

	if (!view_load(self->state, id, &stored, error))
		return FALSE;
	*keys = keys_of(kind, stored.entry);
	view_entry_clear(&stored);
	return TRUE;
}

/* ---- a user's keys ---- */

static gboolean join_groups(ViewPull *self, gint64 node, const char *key, GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	gboolean changed;

	if (!node)
		return TRUE; /* pull_derive_placed() */
	if (!find_groups(self, key, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		if (!pull_join(self, g_array_index(groups, gint64, i), MEMBER_DERIVED, node,
			       &changed, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean leave_groups(ViewPull *self, gint64 node, const char *key, const GPtrArray *left,
			     GError **error)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	gboolean changed;
	gint64 stays;

	if (!node)
		return TRUE;
	if (!find_groups(self, key, groups, error))
		return FALSE;
	for (guint i = 0; i < groups->len; i++) {
		gint64 group = g_array_index(groups, gint64, i);
		if (!offers_any(self, group, left, &stays, error) ||
		    (!stays && !pull_leave(self, group, MEMBER_DERIVED, node, &changed, error)))
			return FALSE;
	}
	return TRUE;
}

/* ---- a group's keys ---- */

typedef gboolean (*ClaimantFn)(ViewPull *self, gint64 group, gint64 user, gint64 node,
			       GError **error);

/* Calls 'fn' for every user with a key who stands somewhere. */
static gboolean for_claimants(ViewPull *self, const char *key, gint64 group, ClaimantFn fn,
			      GError **error)
{
	if (!pull_put_off_reverse(self, error))
		return FALSE;

	g_auto(Query) query =
		query_new(self->state,
			  "SELECT c.entry, e.node FROM claim c JOIN entry e ON e.id = c.entry"
			  " WHERE c.source = ? AND c.key = ? AND e.node IS NOT NULL");
	gboolean row;
	query_int(&query, self->source);
	query_text(&query, key);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		if (!fn(self, group, query_get_int(&query, 0), query_get_int(&query, 1), error))
			return FALSE;
	}
}

static gboolean let_join(ViewPull *self, gint64 group, gint64 user, gint64 node, GError **error)
{
	gboolean added;

	if (!pull_add_edge(self, group, MEMBER_DERIVED, node, &added, error))
		return FALSE;
	if (added)
		pull_touch(self, user, ENTRY_USER);
	return TRUE;
}

/* The group's own rows say already what it offers now. */
static gboolean let_leave(ViewPull *self, gint64 group, gint64 user, gint64 node, GError **error)
{
	g_autoptr(GPtrArray) keys = NULL;
	gboolean changed;
	gint64 stays;

	return stored_keys(self, user, ENTRY_USER, &keys, error) &&
	       offers_any(self, group, keys, &stays, error) &&
	       (stays || pull_leave(self, group, MEMBER_DERIVED, node, &changed, error));
}

/* ---- both ---- */

/* Keys of one sorted list that are not in the other. */
static GPtrArray *without(const GPtrArray *keys, const GPtrArray *others)
{
	GPtrArray *rest = g_ptr_array_new();
	const char *last = NULL;
	guint j = 0;

	for (guint i = 0; i < keys->len; i++) {
		const char *key = g_ptr_array_index(keys, i);
		while (j < others->len && strcmp(g_ptr_array_index(others, j), key) < 0)
			j++;
		gboolean common = j < others->len && g_str_equal(g_ptr_array_index(others, j), key);
		if (!common && g_strcmp0(key, last) != 0)
			g_ptr_array_add(rest, (char *)key);
		last = key;
	}
	return rest;
}

typedef gboolean (*KeyFn)(ViewPull *self, EntryKind kind, const char *key, gint64 id,
			  GError **error);

static gboolean for_keys(ViewPull *self, const GPtrArray *keys, KeyFn fn, EntryKind kind, gint64 id,
			 GError **error)
{
	for (guint i = 0; i < keys->len; i++) {
		if (!fn(self, kind, g_ptr_array_index(keys, i), id, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean make_edges(ViewPull *self, const Derived *derived, const GPtrArray *gained,
			   GError **error)
{
	for (guint i = 0; i < gained->len; i++) {
		const char *key = g_ptr_array_index(gained, i);
		if (!(derived->kind == ENTRY_USER
			      ? join_groups(self, derived->node, key, error)
			      : for_claimants(self, key, derived->id, let_join, error)))
			return FALSE;
	}
	return TRUE;
}

static gboolean end_edges(ViewPull *self, const Derived *derived, const GPtrArray *lost,
			  const GPtrArray *left, GError **error)
{
	/* Who is no group any more has no members any more, of whatever kind. */
	if (derived->was_kind == ENTRY_GROUP && derived->kind != ENTRY_GROUP)
		return TRUE;
	for (guint i = 0; i < lost->len; i++) {
		const char *key = g_ptr_array_index(lost, i);
		if (!(derived->was_kind == ENTRY_USER
			      ? leave_groups(self, derived->node, key, left, error)
			      : for_claimants(self, key, derived->id, let_leave, error)))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_derive(ViewPull *self, const Derived *derived, GError **error)
{
	g_autoptr(GPtrArray) was = keys_of(derived->was_kind, derived->was);
	g_autoptr(GPtrArray) now = keys_of(derived->kind, derived->now);
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	gboolean same_side = derived->was_kind == derived->kind;
	g_autoptr(GPtrArray) lost = without(was, same_side ? now : none);
	g_autoptr(GPtrArray) gained = without(now, same_side ? was : none);

	/* All keys before any edge: one key for another is no leaving. */
	return for_keys(self, lost, remove_key, derived->was_kind, derived->id, error) &&
	       for_keys(self, gained, put_key, derived->kind, derived->id, error) &&
	       end_edges(self, derived, lost, same_side ? now : none, error) &&
	       make_edges(self, derived, gained, error);
}

gboolean pull_derive_placed(ViewPull *self, gint64 id, gint64 node, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT kind FROM entry WHERE id = ?");
	g_autoptr(GPtrArray) keys = NULL;
	gint64 kind;

	query_int(&query, id);
	if (!query_value(&query, &kind, error))
		return FALSE;
	if (kind != ENTRY_USER)
		return TRUE;
	if (!stored_keys(self, id, ENTRY_USER, &keys, error))
		return FALSE;
	for (guint i = 0; i < keys->len; i++) {
		if (!join_groups(self, node, g_ptr_array_index(keys, i), error))
			return FALSE;
	}
	return TRUE;
}

gboolean pull_derive_removed(ViewPull *self, gint64 id, EntryKind kind, GError **error)
{
	g_autoptr(GPtrArray) keys = NULL;

	if (kind != ENTRY_USER && kind != ENTRY_GROUP)
		return TRUE;
	if (!stored_keys(self, id, kind, &keys, error))
		return FALSE;
	return for_keys(self, keys, remove_key, kind, id, error);
}
