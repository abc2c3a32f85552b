/*
 * Tree: DNs as nodes.
 *
 *	node   parent  name               rdn                 entry
 *	1      -7      dc=example         (as name)           -       source 7's topmost node
 *	2      1       ou=people          OU=People           31
 *	3      2       cn=doe\, jane      CN=Doe\, Jane       32      a user
 *	4      2       cn=nobody          -                   -       named as a member, never seen
 *
 * A node is found by its parent and its normalised RDN, so a DN is looked up from the top, and a
 * rename is a change of one row. 'rdn' is how the server spells it; NULL if as in 'name', which
 * saves half of the text. A node without entry is a placeholder: a parent that was never sent, or
 * a DN that some group names.
 *
 * A node may be parked: taken off its name because another entry took that. Its name is then
 * "*<id>", which no DN can have (there is no '='); beneath parent 0 it waits for its new place,
 * beneath its old parent it stays (see view_moves.c).
 *
 * A member that is named by an anchor nobody has (yet) is a node beneath parent 0 with the name
 * "#<anchor>", for the same reason; 'rdn' is then the whole DN that the server wrote beside it.
 */
#include <string.h>

#include "base/error.h"
#include "core/dn.h"
#include "dn_cache_internal.h"
#include "view_internal.h"

gboolean tree_init(Tree *self, State *state, gint64 source, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT max(id) FROM node");

	*self = (Tree){ .state = state, .root = -source, .cache = dn_cache_new() };
	self->anchors = dn_cache_new();
	return query_value(&query, &self->last, error);
}

void tree_clear(Tree *self)
{
	g_clear_pointer(&self->cache, dn_cache_free);
	g_clear_pointer(&self->anchors, dn_cache_free);
}

void place_clear(Place *self)
{
	g_clear_pointer(&self->name, g_free);
	g_clear_pointer(&self->rdn, g_free);
}

static gboolean look_up(State *state, gint64 parent, const char *name, gint64 *node, GError **error)
{
	g_auto(Query) query = query_new(state, "SELECT id FROM node WHERE parent = ? AND name = ?");

	query_int(&query, parent);
	query_text(&query, name);
	return query_value(&query, node, error);
}

gboolean tree_insert(Tree *self, const Place *place, gint64 entry, gint64 *node, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"INSERT INTO node (id, parent, name, rdn, entry)"
					" VALUES (?, ?, ?, ?, ?)");
	gint64 id = ++self->last;

	query_int(&query, id);
	query_int(&query, place->parent);
	query_text(&query, place->name);
	query_text(&query, strcmp(place->name, place->rdn) == 0 ? NULL : place->rdn);
	query_id(&query, entry);
	if (!query_run(&query, error))
		return FALSE;
	*node = id;
	return TRUE;
}

/* The first RDN of both forms of a DN. */
static void place_name(Place *place, const char *dn, const char *normal)
{
	while (*dn == ' ')
		dn++;
	place->name = g_strndup(normal, dn_rdn_length(normal));
	place->rdn = g_strchomp(g_strndup(dn, dn_rdn_length(dn)));
}

static gboolean ensure_node(Tree *self, const char *dn, const char *normal, gint64 *node,
			    GError **error);

/* As ensure_node(), for the parents of many: the cache is asked first. */
static gboolean ensure_parent(Tree *self, const char *dn, const char *normal, gint64 *node,
			      GError **error)
{
	gint64 found = *normal ? dn_cache_find(self->cache, normal, strlen(normal)) : self->root;

	if (!found) {
		if (!ensure_node(self, dn, normal, &found, error))
			return FALSE;
		dn_cache_put(self->cache, normal, strlen(normal), found);
	}
	*node = found;
	return TRUE;
}

/* A node by both forms of its DN; missing ones are made, the topmost first. */
static gboolean ensure_node(Tree *self, const char *dn, const char *normal, gint64 *node,
			    GError **error)
{
	g_auto(Place) place = { 0 };
	gint64 found;

	if (!ensure_parent(self, dn_parent(dn), dn_parent(normal), &place.parent, error))
		return FALSE;
	place_name(&place, dn, normal);
	if (!look_up(self->state, place.parent, place.name, &found, error) ||
	    (!found && !tree_insert(self, &place, 0, &found, error)))
		return FALSE;
	*node = found;
	return TRUE;
}

gboolean tree_ensure(Tree *self, const char *dn, gsize length, gint64 *node, GError **error)
{
	gint64 found = dn_cache_find(self->cache, dn, length);

	if (!found) {
		g_autofree char *normal = dn_normalize(dn, length);
		/* A member that is no DN, or the root of all: nobody can ever stand there. */
		if (normal && *normal && !ensure_node(self, dn, normal, &found, error))
			return FALSE;
		if (found)
			dn_cache_put(self->cache, dn, length, found);
	}
	*node = found;
	return TRUE;
}

void tree_remember(Tree *self, const char *dn, gint64 node)
{
	dn_cache_put(self->cache, dn, strlen(dn), node);
}

static guint count_rdns(const char *normal)
{
	guint count = 0;

	for (; *normal; normal = dn_parent(normal))
		count++;
	return count;
}

gboolean tree_place(Tree *self, const char *dn, Place *place, GError **error)
{
	g_autofree char *normal = dn_normalize(dn, strlen(dn));
	gint64 parent;

	if (!normal || !*normal)
		return error_set(error, ERROR_OBJECT, "'%s' is not the DN of an entry", dn);
	if (!ensure_parent(self, dn_parent(dn), dn_parent(normal), &parent, error))
		return FALSE;
	place->parent = parent;
	place->depth = count_rdns(normal);
	place_name(place, dn, normal);
	return TRUE;
}

gboolean tree_at(Tree *self, const Place *place, NodeRef *ref, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT id, entry, rdn FROM node WHERE parent = ? AND name = ?");
	gboolean row;

	query_int(&query, place->parent);
	query_text(&query, place->name);
	if (!query_next(&query, &row, error))
		return FALSE;
	*ref = (NodeRef){ 0 };
	if (row) {
		const char *rdn = query_peek_text(&query, 2);
		ref->id = query_get_int(&query, 0);
		ref->entry = query_get_int(&query, 1);
		ref->same_spelling = strcmp(rdn ? rdn : place->name, place->rdn) == 0;
	}
	return TRUE;
}

gboolean tree_find(State *state, gint64 source, const char *dn, gint64 *node, GError **error)
{
	g_autofree char *normal = dn_normalize(dn, strlen(dn));
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	gint64 at = -source;

	for (const char *rest = normal; rest && *rest; rest = dn_parent(rest))
		g_ptr_array_add(names, g_strndup(rest, dn_rdn_length(rest)));
	for (guint i = names->len; i > 0 && at != 0; i--) {
		if (!look_up(state, at, g_ptr_array_index(names, i - 1), &at, error))
			return FALSE;
	}
	*node = MAX(at, 0);
	return TRUE;
}

gboolean tree_occupy(Tree *self, gint64 node, gint64 entry, const char *rdn, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "UPDATE node SET entry = ?, rdn = COALESCE(?, rdn) WHERE id = ?");

	query_id(&query, entry);
	query_text(&query, rdn);
	query_int(&query, node);
	return query_run(&query, error);
}

gboolean tree_dn(State *state, gint64 node, char **dn, GError **error)
{
	g_auto(Query) query =
		query_new(state, "SELECT parent, COALESCE(rdn, name) FROM node WHERE id = ?");
	g_autoptr(GString) text = g_string_new(NULL);
	gboolean row = TRUE;

	while (node > 0 && row) {
		query_int(&query, node);
		if (!query_next(&query, &row, error))
			return FALSE;
		if (row) {
			g_string_append_printf(text, "%s%s", text->len ? "," : "",
					       query_peek_text(&query, 1));
			node = query_get_int(&query, 0);
		}
		query_rewind(&query);
	}
	*dn = g_string_free(g_steal_pointer(&text), FALSE);
	return TRUE;
}

gboolean tree_park(Tree *self, gint64 node, gint64 parent, GError **error)
{
	g_autofree char *name = g_strdup_printf("*%" G_GINT64_FORMAT, node);
	g_auto(Query) query =
		query_new(self->state,
			  "UPDATE node SET parent = ?, rdn = COALESCE(rdn, name), name = ?"
			  " WHERE id = ?");

	dn_cache_forget(self->cache);
	query_int(&query, parent);
	query_text(&query, name);
	query_int(&query, node);
	return query_run(&query, error);
}

gboolean tree_move(Tree *self, gint64 node, const Place *place, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "UPDATE node SET parent = ?, name = ?, rdn = ? WHERE id = ?");

	dn_cache_forget(self->cache);
	query_int(&query, place->parent);
	query_text(&query, place->name);
	query_text(&query, place->rdn);
	query_int(&query, node);
	return query_run(&query, error);
}

gboolean tree_settle(Tree *self, gint64 node, const Place *place, gint64 entry, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "UPDATE node SET parent = ?, name = ?, rdn = ?, entry = ? WHERE id = ?");

	query_int(&query, place->parent);
	query_text(&query, place->name);
	query_text(&query, strcmp(place->name, place->rdn) == 0 ? NULL : place->rdn);
	query_int(&query, entry);
	query_int(&query, node);
	return query_run(&query, error);
}

gboolean tree_parent(Tree *self, gint64 node, gint64 *parent, GError **error)
{
	g_auto(Query) query = query_new(self->state, "SELECT parent FROM node WHERE id = ?");

	query_int(&query, node);
	return query_value(&query, parent, error);
}

gboolean tree_children(Tree *self, gint64 node, GArray *children, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT id FROM node WHERE parent = ? ORDER BY name");

	query_int(&query, node);
	return query_list(&query, children, error);
}

gboolean tree_delete(Tree *self, gint64 node, GError **error)
{
	g_auto(Query) query = query_new(self->state, "DELETE FROM node WHERE id = ?");

	dn_cache_forget(self->cache);
	dn_cache_forget(self->anchors);
	query_int(&query, node);
	return query_run(&query, error);
}

static gboolean is_needed(Tree *self, gint64 node, gint64 *needed, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT EXISTS (SELECT 1 FROM node WHERE id = ? AND entry IS NOT NULL)"
			  " OR EXISTS (SELECT 1 FROM node WHERE parent = ?)"
			  " OR EXISTS (SELECT 1 FROM member WHERE node = ?)");

	query_int(&query, node);
	query_int(&query, node);
	query_int(&query, node);
	return query_value(&query, needed, error);
}

gboolean tree_prune(Tree *self, gint64 node, GError **error)
{
	gint64 needed, parent;

	while (node > 0) {
		if (!is_needed(self, node, &needed, error))
			return FALSE;
		if (needed)
			break;
		if (!tree_parent(self, node, &parent, error) || !tree_delete(self, node, error))
			return FALSE;
		node = parent;
	}
	return TRUE;
}
