/*
 * Changes for services that take attributes as a whole: PATCH without paths, and a partial PUT.
 *
 *	{ path: "title", new: "b" }                "title": "b"
 *	{ path: "title", old: "a" }                "title": null            RFC 7643 §2.5: no value
 *	{ path: "name.givenName", new: "J" }       "name": { "givenName": "J", "familyName": "D" }
 *	{ path: "emails[type eq \"work\"]…" }      "emails": [ all of them, with the change ]
 *
 * A complex attribute goes with all that we know of it, since some services put the whole of it
 * down anew. A list goes as a whole because without a path there is no other way, so what others
 * have in it has to be read first (scim_changes_lists() says when). A list that is only added to
 * is an operation "add" of its own in PATCH (RFC 7644 §3.5.2.1), and a union in PUT. Pure.
 */
#include "base/json.h"
#include "core/path.h"
#include "scim_internal.h"
#include "target_internal.h"

static gboolean is_same_attribute(const Path *a, const Path *b)
{
	return g_ascii_strcasecmp(a->attribute, b->attribute) == 0 &&
	       g_ascii_strcasecmp(a->urn ? a->urn : "", b->urn ? b->urn : "") == 0;
}

static const json_t *holder_of(const Path *path, const json_t *document)
{
	return path->urn ? json_get_nocase(document, path->urn) : document;
}

/* The attribute of a path as a whole. */
static Path *whole_attribute(const Path *path)
{
	g_autofree char *text = path->urn ? g_strconcat(path->urn, ":", path->attribute, NULL)
					  : g_strdup(path->attribute);
	return path_parse(text, NULL);
}

/* A list as it will be: what the service holds with all changes laid over it. */
static void put_list(json_t *members, const Path *path, const json_t *changes,
		     const json_t *document)
{
	g_autoptr(json_t) after = json_deep_copy(document);
	g_autoptr(Path) whole = whole_attribute(path);
	g_autoptr(json_t) list = NULL;

	overlay_changes(after, changes);
	list = json_incref(json_get_nocase(holder_of(path, after), path->attribute));
	if (!list)
		list = json_array();
	if (whole)
		path_set(whole, members, list);
}

/* What else we want of a complex attribute. */
static void put_siblings(json_t *members, const Path *path, const json_t *resource)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)resource, key, value) {
		g_autoptr(Path) other = path_parse(key, NULL);
		if (!other || !other->sub || other->filter_name || !is_same_attribute(path, other))
			continue;
		g_autoptr(json_t) typed = scim_typed_value(other->sub, value);
		path_set(other, members, typed);
	}
}

static void put_value(json_t *members, const Path *path, json_t *value)
{
	g_autoptr(json_t) typed = value ? scim_typed_value(path->sub ? path->sub : path->attribute,
							   value)
					: json_null();
	path_set(path, members, typed);
}

/* The attributes that change, as one nested object; with 'additions' lists that are added to. */
static json_t *changed_members(const json_t *changes, const json_t *resource,
			       const json_t *document, gboolean additions)
{
	json_t *members = json_object();
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		g_autoptr(Path) path = path_parse(json_get_string(change, "path"), NULL);
		gboolean adds = json_object_get(change, "add") != NULL;

		if (!path || (adds && !additions))
			continue;
		if (path->filter_name || adds)
			put_list(members, path, changes, document);
		else if (path->sub)
			put_siblings(members, path, resource);
	}
	/* After the siblings: among those is what the shadow says of an attribute that goes. */
	json_array_foreach ((json_t *)changes, i, change) {
		g_autoptr(Path) path = path_parse(json_get_string(change, "path"), NULL);

		if (path && !path->filter_name && !json_object_get(change, "add"))
			put_value(members, path, json_object_get(change, "new"));
	}
	return members;
}

/* The elements that are added, as one nested object. */
static json_t *added_members(const json_t *changes)
{
	json_t *members = json_object();
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		g_autoptr(Path) path = path_parse(json_get_string(change, "path"), NULL);
		json_t *added = json_object_get(change, "add");
		g_autoptr(json_t) copy = json_deep_copy(added);

		if (path && added)
			path_set(path, members, copy);
	}
	return members;
}

static void append_operation(json_t *operations, const char *verb, json_t *members)
{
	if (json_object_size(members) > 0)
		json_array_append_new(operations,
				      json_pack("{s:s, s:o}", "op", verb, "value", members));
	else
		json_decref(members);
}

json_t *scim_patch_merged(const json_t *changes, const json_t *resource, const json_t *document)
{
	json_t *operations = json_array();

	append_operation(operations, "replace",
			 changed_members(changes, resource, document, FALSE));
	append_operation(operations, "add", added_members(changes));
	if (json_array_size(operations) > 0)
		return scim_patch_message(operations);
	json_decref(operations);
	return NULL;
}

json_t *scim_partial_document(const json_t *changes, const json_t *resource, const json_t *document,
			      const char *id)
{
	json_t *body = changed_members(changes, resource, document, TRUE);

	if (!json_get_nocase(body, "userName")) {
		json_t *name = json_get_nocase(resource, "userName");
		if (!name)
			name = json_get_nocase(document, "userName");
		if (name)
			json_object_set(body, "userName", name);
	}
	overlay_delete_nocase(body, "id");
	json_object_set_new(body, "id", json_string(id));
	overlay_delete_nocase(body, "schemas");
	json_object_set_new(body, "schemas", scim_schemas_of(body));
	return body;
}

gboolean scim_changes_lists(const json_t *changes, gboolean additions)
{
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		g_autoptr(Path) path = path_parse(json_get_string(change, "path"), NULL);

		if (path && (path->filter_name || (additions && json_object_get(change, "add"))))
			return TRUE;
	}
	return FALSE;
}
