/*
 * Reading the view: entries by row id, DN, anchor, or what a person would type.
 */
#include <string.h>

#include "base/error.h"
#include "view_internal.h"

static const char *const identifying[] = {
	"uid",        "mail",       "cn", "samaccountname", "userprincipalname", "employeenumber",
	"employeeid", "displayname"
};

static gboolean read_entry(State *state, const Query *query, ViewEntry *out, GError **error)
{
	g_autofree char *dn = query_get_text(query, 5);
	gsize length;
	const void *data = query_peek_bytes(query, 6, &length);
	gint64 node = query_get_int(query, 4);

	if (node) {
		g_clear_pointer(&dn, g_free);
		if (!tree_dn(state, node, &dn, error))
			return FALSE;
	}
	Entry *entry = entry_decode(query_peek_text(query, 1), dn ? dn : "", data, length, error);
	if (!entry) {
		g_prefix_error(error, "the state '%s' is damaged: ", state->path);
		return FALSE;
	}
	out->source = query_get_int(query, 0);
	out->kind = (EntryKind)query_get_int(query, 2);
	out->gone_at_us = query_get_int(query, 3);
	out->entry = entry;
	return TRUE;
}

gboolean view_load(State *state, gint64 id, ViewEntry *out, GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT e.source, e.anchor, e.kind, e.gone_at, e.node, e.last_dn, f.data"
			  " FROM entry e JOIN fact f ON f.entry = e.id WHERE e.id = ?");
	gboolean row;

	query_int(&query, id);
	if (!query_next(&query, &row, error))
		return FALSE;
	*out = (ViewEntry){ 0 };
	if (row && !read_entry(state, &query, out, error))
		return FALSE;
	if (row)
		out->id = id;
	return TRUE;
}

gboolean view_anchor(State *state, gint64 id, char **anchor, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT anchor FROM entry WHERE id = ?");
	gboolean row;

	query_int(&query, id);
	if (!query_next(&query, &row, error))
		return FALSE;
	*anchor = row ? query_get_text(&query, 0) : NULL;
	return TRUE;
}

void view_entry_clear(ViewEntry *entry)
{
	g_clear_pointer(&entry->entry, entry_free);
}

gboolean view_find_dn(State *state, gint64 source, const char *dn, gint64 *id, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT entry FROM node WHERE id = ?");
	gint64 node;

	if (!tree_find(state, source, dn, &node, error))
		return FALSE;
	query_int(&query, node);
	return query_value(&query, id, error);
}

gboolean view_holds(State *state, gint64 source, const char *dn, gboolean *holds, GError **error)
{
	g_auto(Query) query = query_new(state,
					"WITH RECURSIVE below(id) AS (SELECT ? UNION ALL"
					" SELECT n.id FROM node n JOIN below b ON n.parent = b.id)"
					" SELECT n.entry FROM below b JOIN node n ON n.id = b.id"
					" WHERE n.entry IS NOT NULL LIMIT 1");
	gint64 node, entry = 0;

	if (!tree_find(state, source, dn, &node, error))
		return FALSE;
	query_int(&query, node);
	if (node && !query_value(&query, &entry, error))
		return FALSE;
	*holds = entry != 0;
	return TRUE;
}

gboolean view_find_anchor(State *state, gint64 source, const char *anchor, gint64 *id,
			  GError **error)
{
	g_auto(Query) query =
		query_new(state,
			  "SELECT id FROM entry WHERE source = ? AND anchor = ? AND gone_at = 0");

	query_int(&query, source);
	query_text(&query, anchor);
	return query_value(&query, id, error);
}

gboolean view_groups_of(State *state, gint64 id, GArray *groups, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT DISTINCT m.grp FROM entry e JOIN member m"
					       " ON m.node = e.node WHERE e.id = ? ORDER BY m.grp");

	query_int(&query, id);
	return query_list(&query, groups, error);
}

/* ---- searching, for people ---- */

static gboolean value_is(const EntryValue *value, const char *folded)
{
	if (strlen(value->data) != value->length)
		return FALSE;
	g_autofree char *other = sql_fold(value->data);
	return strcmp(other, folded) == 0;
}

/* DOMAIN\name, as people of a domain write themselves. */
static gboolean is_account(const Entry *entry, const char *folded)
{
	const char *name = strchr(folded, '\\');
	guint count;
	const EntryValue *values = entry_values(entry, "samaccountname", &count);

	return name && !strchr(folded, '=') && count > 0 && value_is(&values[0], name + 1);
}

static gboolean entry_is(const Entry *entry, const char *text, const char *folded)
{
	g_autofree char *dn = sql_fold(entry_dn(entry));

	if (g_ascii_strcasecmp(entry_anchor(entry), text) == 0 || strcmp(dn, folded) == 0 ||
	    is_account(entry, folded))
		return TRUE;
	for (gsize i = 0; i < G_N_ELEMENTS(identifying); i++) {
		guint count;
		const EntryValue *values = entry_values(entry, identifying[i], &count);
		for (guint j = 0; j < count; j++) {
			if (value_is(&values[j], folded))
				return TRUE;
		}
	}
	return FALSE;
}

/* The live user at a DN, whatever its spelling. */
static gboolean is_at_dn(State *state, const ViewEntry *user, const char *text, gboolean *is,
			 GError **error)
{
	gint64 id = 0;

	if (strchr(text, '=') && !view_find_dn(state, user->source, text, &id, error))
		return FALSE;
	*is = id != 0 && id == user->id;
	return TRUE;
}

static gboolean user_is(State *state, gint64 id, const char *text, const char *folded, gboolean *is,
			GError **error)
{
	ViewEntry user = { 0 };

	if (!view_load(state, id, &user, error))
		return FALSE;
	*is = user.entry && entry_is(user.entry, text, folded);
	gboolean ok = *is || is_at_dn(state, &user, text, is, error);
	view_entry_clear(&user);
	return ok;
}

/* Who of the living, or of the gone, is called so. */
static gboolean search(State *state, const char *text, gboolean gone, GArray *ids, GError **error)
{
	g_autofree char *folded = sql_fold(text);
	g_auto(Query) query = query_new(state, "SELECT id FROM entry WHERE kind = ?"
					       " AND (gone_at <> 0) = ? ORDER BY id");
	gboolean row;

	query_int(&query, ENTRY_USER);
	query_int(&query, gone);
	for (;;) {
		gboolean is;

		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		gint64 id = query_get_int(&query, 0);
		if (!user_is(state, id, text, folded, &is, error))
			return FALSE;
		if (is)
			g_array_append_val(ids, id);
	}
}

gboolean view_search_users(State *state, const char *text, GArray *ids, GError **error)
{
	guint before = ids->len;

	return search(state, text, FALSE, ids, error) &&
	       (ids->len > before || search(state, text, TRUE, ids, error));
}

gboolean view_users(State *state, gint64 after, guint limit, GArray *ids, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT id FROM entry WHERE id > ? AND kind = ?"
					       " AND gone_at = 0 ORDER BY id LIMIT ?");

	query_int(&query, after);
	query_int(&query, ENTRY_USER);
	query_int(&query, limit);
	return query_list(&query, ids, error);
}
