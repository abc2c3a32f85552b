/*
 * What is sent to a SCIM service: documents, PATCH operations, filters. Pure.
 *
 * A change becomes one operation with a path, in lower case, with a value of JSON's own type; the
 * one dialect that every service met so far takes (RFC 7644 §3.5.2):
 *
 *	{ path: "title", old: "a", new: "b" }     { "op": "replace", "path": "title", "value": "b" }
 *	{ path: "title", new: "b" }               { "op": "add",     "path": "title", "value": "b" }
 *	{ path: "title", old: "a" }               { "op": "remove",  "path": "title" }
 *	{ path: "roles", ..., add: [r] }          { "op": "add",     "path": "roles", "value": [r] }
 *
 * A list that is only added to is never replaced: others add to it too.
 *
 * A typed element whose last value goes is removed as a whole: emails[type eq "work"], not its
 * .value, or a { "type": "work" } would stay behind. An element that is not there cannot be
 * addressed by its filter on strict services (400 noTarget); adding { "type": "work", "value": … }
 * to the list works everywhere, but where the element exists it makes a second one. So the filter
 * path is tried first, and after noTarget the operations are made anew against what is really
 * there. So it is with a complex attribute of which nothing is there: manager.value is refused by
 * some, who take { "value": … } as the manager.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "scim_internal.h"
#include "target_internal.h"

#define URN_USER "urn:ietf:params:scim:schemas:core:2.0:User"
#define URN_PATCH "urn:ietf:params:scim:api:messages:2.0:PatchOp"

/* Some services and all strict ones refuse "True" for a boolean; mappings yield text easily. */
json_t *scim_typed_value(const char *name, json_t *value)
{
	const char *text = json_string_value(value);

	if (text &&
	    (g_ascii_strcasecmp(name, "active") == 0 || g_ascii_strcasecmp(name, "primary") == 0)) {
		if (g_ascii_strcasecmp(text, "true") == 0)
			return json_true();
		if (g_ascii_strcasecmp(text, "false") == 0)
			return json_false();
	}
	return json_incref(value);
}

static json_t *typed_value(const Path *path, json_t *value)
{
	return scim_typed_value(path->sub ? path->sub : path->attribute, value);
}

static void mend_booleans(json_t *document)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe (document, next, key, value)
		json_object_set_new(document, key, scim_typed_value(key, value));
}

json_t *scim_schemas_of(const json_t *document)
{
	json_t *schemas = json_array();
	const char *key;
	json_t *value;

	json_array_append_new(schemas, json_string(URN_USER));
	json_object_foreach ((json_t *)document, key, value) {
		if (g_ascii_strncasecmp(key, "urn:", 4) == 0)
			json_array_append_new(schemas, json_string(key));
	}
	return schemas;
}

/* What a service writes itself, and what we write for it (RFC 7643 §3.1). */
const char *const scim_reserved[] = { "meta", "schemas", NULL };

json_t *scim_create_document(const json_t *resource, const char *anchor)
{
	json_t *document = resource_document(resource);

	mend_booleans(document);
	if (!json_get_nocase(document, "schemas"))
		json_object_set_new(document, "schemas", scim_schemas_of(document));
	if (anchor && !json_get_nocase(document, "externalId"))
		json_object_set_new(document, "externalId", json_string(anchor));
	return document;
}

/* Operations ----------------------------------------------------------------------------------- */

static void add_op(json_t *ops, const char *verb, const char *path, json_t *value)
{
	json_t *op = json_object();

	json_object_set_new(op, "op", json_string(verb));
	json_object_set_new(op, "path", json_string(path));
	if (value)
		json_object_set_new(op, "value", value);
	json_array_append_new(ops, op);
}

json_t *scim_patch_message(json_t *ops)
{
	json_t *message = json_object();
	json_t *schemas = json_array();

	json_array_append_new(schemas, json_string(URN_PATCH));
	json_object_set_new(message, "schemas", schemas);
	json_object_set_new(message, "Operations", ops);
	return message;
}

/* "emails", or "urn:...:User:things". New string. */
static char *list_path(const Path *path)
{
	if (path->urn)
		return g_strconcat(path->urn, ":", path->attribute, NULL);
	return g_strdup(path->attribute);
}

/* "emails[type eq \"work\"]", or "name", without the sub-attribute. New string. */
static char *element_path(const Path *path)
{
	const char *bracket = path->filter_name ? strrchr(path->text, ']') : NULL;

	if (!bracket)
		return list_path(path);
	return g_strndup(path->text, (gsize)(bracket - path->text) + 1);
}

static gboolean is_same_element(const char *text, const char *element)
{
	gsize length = strlen(element);
	return g_ascii_strncasecmp(text, element, length) == 0 &&
	       (text[length] == '\0' || text[length] == '.');
}

/* True if the wanted account still has something in the typed element. */
static gboolean is_element_wanted(const json_t *resource, const char *element)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)resource, key, value) {
		if (is_same_element(key, element))
			return TRUE;
	}
	return FALSE;
}

/* One pass over the changes: what was already said about typed elements must not be said twice. */
typedef struct {
	json_t *ops;
	const json_t *resource;
	const json_t *document; /* what the service holds, or NULL: not known */
	GHashTable *elements;   /* element paths dealt with as a whole */
} Patch;

static void patch_remove(Patch *self, const Path *path)
{
	g_autofree char *element = NULL;

	if (self->document && !path_get(path, self->document))
		return;
	if (!path->filter_name) {
		add_op(self->ops, "remove", path->text, NULL);
		return;
	}
	element = element_path(path);
	if (is_element_wanted(self->resource, element))
		add_op(self->ops, "remove", path->text, NULL);
	else if (g_hash_table_add(self->elements, g_strdup(element)))
		add_op(self->ops, "remove", element, NULL);
}

/*
 * True if the service holds no element of that type at all, or nothing of a complex attribute. Of
 * an extension's one it is assumed: there are services that take its URN apart at the dots, and
 * never find what is inside.
 */
static gboolean is_element_missing(const Patch *self, const Path *path)
{
	const json_t *parent = path->urn ? json_get_nocase(self->document, path->urn)
					 : self->document;
	const json_t *list = json_get_nocase(parent, path->attribute);
	size_t i;
	json_t *element;

	if (!path->filter_name)
		return path->sub && (path->urn || !list);
	json_array_foreach ((json_t *)list, i, element) {
		const json_t *type = json_get_nocase(element, path->filter_name);
		g_autofree char *text = type ? json_scalar_text(type) : NULL;
		if (text && g_ascii_strcasecmp(text, path->filter_value) == 0)
			return FALSE;
	}
	return TRUE;
}

/* The whole wanted element, out of the flat resource: in a list of one, or a complex value. */
static json_t *wanted_elements(const Patch *self, const Path *like, const char *element)
{
	g_autoptr(json_t) document = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)self->resource, key, value) {
		if (!is_same_element(key, element))
			continue;
		g_autoptr(Path) path = path_parse(key, NULL);
		g_autoptr(json_t) typed = path ? typed_value(path, value) : NULL;
		if (path)
			path_set(path, document, typed);
	}
	const json_t *parent = like->urn ? json_get_nocase(document, like->urn) : document;
	return json_incref(json_get_nocase(parent, like->attribute));
}

static void patch_add_element(Patch *self, const Path *path)
{
	g_autofree char *element = element_path(path);
	g_autofree char *list = list_path(path);

	if (!g_hash_table_add(self->elements, g_strdup(element)))
		return;
	add_op(self->ops, "add", list, wanted_elements(self, path, element));
}

/* A value that stands for none: what is "added" to nothing confuses services. */
static gboolean is_cleared(const json_t *value)
{
	return json_is_null(value) || (json_is_string(value) && !*json_string_value(value));
}

static void patch_change(Patch *self, const json_t *change)
{
	g_autoptr(Path) path = path_parse(json_get_string(change, "path"), NULL);
	json_t *value = json_object_get(change, "new");
	json_t *added = json_object_get(change, "add");
	gboolean known = json_object_get(change, "old") != NULL;

	if (!path)
		return;
	if (!value) {
		patch_remove(self, path);
	} else if (added) {
		add_op(self->ops, "add", path->text, json_incref(added));
	} else if (self->document && is_element_missing(self, path)) {
		if (!is_cleared(value))
			patch_add_element(self, path);
	} else {
		if (self->document)
			known = path_get(path, self->document) != NULL;
		known |= is_cleared(value);
		add_op(self->ops, known ? "replace" : "add", path->text, typed_value(path, value));
	}
}

static json_t *patch_all(const json_t *changes, const json_t *resource, const json_t *document)
{
	g_autoptr(GHashTable) elements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
							       NULL);
	Patch patch = { .ops = json_array(),
			.resource = resource,
			.document = document,
			.elements = elements };
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change)
		patch_change(&patch, change);
	if (json_array_size(patch.ops) > 0)
		return scim_patch_message(patch.ops);
	json_decref(patch.ops);
	return NULL;
}

json_t *scim_patch_changes(const json_t *changes, const json_t *resource)
{
	return patch_all(changes, resource, NULL);
}

json_t *scim_patch_against(const json_t *changes, const json_t *resource, const json_t *document)
{
	return patch_all(changes, resource, document);
}

json_t *scim_patch_active(gboolean active)
{
	json_t *ops = json_array();

	add_op(ops, "replace", "active", json_boolean(active));
	return scim_patch_message(ops);
}

json_t *scim_active_changes(gboolean active)
{
	json_t *change = json_object();
	json_t *changes = json_array();

	json_object_set_new(change, "path", json_string("active"));
	json_object_set_new(change, "new", json_boolean(active));
	json_array_append_new(changes, change);
	return changes;
}

void scim_put_document(json_t *document, const json_t *changes)
{
	/* Read-only attributes: to be ignored by RFC 7644 §3.5.1, refused by some services. */
	overlay_delete_nocase(document, "meta");
	overlay_delete_nocase(document, "groups");
	overlay_changes(document, changes);
	mend_booleans(document);
	overlay_delete_nocase(document, "schemas");
	json_object_set_new(document, "schemas", scim_schemas_of(document));
}

json_t *scim_take_operations(json_t **operations, size_t max)
{
	json_t *taken = json_array();
	size_t size = json_array_size(*operations);

	max = max > 0 ? MIN(max, size) : size;
	while (json_array_size(taken) < max) {
		json_array_append(taken, json_array_get(*operations, 0));
		json_array_remove(*operations, 0);
	}
	return taken;
}

/* Addresses ------------------------------------------------------------------------------------ */

/* A JSON string literal, as RFC 7644 §3.4.2.2 wants for text. New string. */
static char *quoted(const char *text)
{
	g_autoptr(json_t) value = json_lossy_string(text, strlen(text));
	return json_canonical(value);
}

/*
 * emails[type eq "work"].value is looked up as emails.value: within a filter the RFC has no form
 * that services agree on, and any hit is compared with the whole path afterwards.
 */
static char *filter_attribute(const char *match_path)
{
	g_autoptr(Path) path = path_parse(match_path, NULL);

	if (!path || !path->filter_name)
		return g_strdup(match_path);
	g_autofree char *list = list_path(path);
	return g_strconcat(list, ".", path->sub ? path->sub : "value", NULL);
}

char *scim_lookup_filter(const char *match_path, const char *match_value)
{
	g_autofree char *attribute = filter_attribute(match_path);
	g_autofree char *value = quoted(match_value);
	return g_strconcat(attribute, " eq ", value, NULL);
}

char *scim_lookup_path(const char *match_path, const char *match_value)
{
	g_autofree char *filter = scim_lookup_filter(match_path, match_value);
	g_autofree char *escaped = http_escape(filter);

	return g_strconcat("/Users?filter=", escaped, NULL);
}

char *scim_account_path(const char *id)
{
	g_autofree char *escaped = http_escape(id);
	return g_strconcat("/Users/", escaped, NULL);
}
