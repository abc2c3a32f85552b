/*
 * Overlay: flat changes laid over the nested document that a service holds.
 *
 *	{ "path": "emails[type eq \"work\"].value", "new": "j@x.org" }
 *	                          v
 *	"emails": [ { "type": "home", ... }, { "type": "work", "value": "j@x.org", ... } ]
 *
 * A change with "add" is about a list that others add to as well: what is missing of these elements
 * is put beside what is there. Setting is path_set()'s work. Removing is here: a simple attribute
 * is deleted; a sub-attribute is deleted and its empty parent with it; a typed element goes as a
 * whole once nothing is left of it but what described it (type, primary, display). Names are found
 * without regard to case.
 *
 * An element that is named by its index goes once nothing at all is left of it, and those behind it
 * move up. So all such removals are done last, from the highest index down: until then each index
 * means the element that it meant when the change was computed. Where something is set at the same
 * place as well (a path in another spelling), that says it all.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "target_internal.h"

void overlay_delete_nocase(json_t *object, const char *key)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe (object, next, name, value) {
		if (g_ascii_strcasecmp(name, key) == 0)
			json_object_del(object, name);
	}
}

static void delete_empty(json_t *object, const char *key)
{
	const json_t *value = json_get_nocase(object, key);

	if ((json_is_array(value) && json_array_size(value) == 0) ||
	    (json_is_object(value) && json_object_size(value) == 0))
		overlay_delete_nocase(object, key);
}

static void delete_sub(json_t *object, const char *sub);

/* Deletes an element, or 'rest' within it and then what is empty. */
static void delete_element(json_t *object, const char *key, int index, const char *rest)
{
	json_t *array = json_get_nocase(object, key);
	json_t *element = json_array_get(array, (size_t)index);

	if (!element)
		return;
	if (rest)
		delete_sub(element, rest);
	if (!rest || (json_is_object(element) && json_object_size(element) == 0))
		json_array_remove(array, (size_t)index);
	delete_empty(object, key);
}

/* Deletes "givenName", or "a.b" within nested objects, or "a[1].b". */
static void delete_sub(json_t *object, const char *sub)
{
	g_autofree char *name = NULL;
	int index;
	const char *rest = path_next(sub, &name, &index);

	if (index >= 0)
		delete_element(object, name, index, rest);
	else if (rest)
		delete_sub(json_get_nocase(object, name), rest);
	else
		overlay_delete_nocase(object, name);
}

static gboolean is_description(const char *name)
{
	return g_ascii_strcasecmp(name, "type") == 0 || g_ascii_strcasecmp(name, "primary") == 0 ||
	       g_ascii_strcasecmp(name, "display") == 0;
}

static gboolean is_hollow(const json_t *element, const char *filter_name)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)element, name, value) {
		if (!is_description(name) && g_ascii_strcasecmp(name, filter_name) != 0)
			return FALSE;
	}
	return TRUE;
}

static void remove_typed(json_t *list, const Path *path)
{
	for (size_t i = json_array_size(list); i > 0; i--) {
		json_t *element = json_array_get(list, i - 1);
		const json_t *type = json_get_nocase(element, path->filter_name);
		g_autofree char *text = type ? json_scalar_text(type) : NULL;

		if (!text || g_ascii_strcasecmp(text, path->filter_value) != 0)
			continue;
		delete_sub(element, path->sub ? path->sub : "value");
		if (is_hollow(element, path->filter_name))
			json_array_remove(list, i - 1);
	}
}

static void remove_within(json_t *parent, const Path *path)
{
	json_t *value = json_get_nocase(parent, path->attribute);

	if (path->filter_name) {
		remove_typed(value, path);
		if (json_is_array(value) && json_array_size(value) == 0)
			overlay_delete_nocase(parent, path->attribute);
	} else if (path->index >= 0) {
		delete_element(parent, path->attribute, path->index, path->sub);
	} else if (path->sub) {
		delete_sub(value, path->sub);
		if (json_is_object(value) && json_object_size(value) == 0)
			overlay_delete_nocase(parent, path->attribute);
	} else {
		overlay_delete_nocase(parent, path->attribute);
	}
}

void overlay_remove(json_t *document, const char *path_text)
{
	g_autoptr(Path) path = path_parse(path_text, NULL);

	if (!path)
		return;
	if (!path->urn) {
		remove_within(document, path);
		return;
	}
	json_t *extension = json_get_nocase(document, path->urn);
	remove_within(extension, path);
	if (json_is_object(extension) && json_object_size(extension) == 0)
		overlay_delete_nocase(document, path->urn);
}

/* True if a list has the element; objects with a "value" are the same if that is. */
static gboolean holds(const json_t *list, const json_t *element)
{
	const json_t *wanted = json_get_nocase(element, "value");
	size_t i;
	json_t *held;

	json_array_foreach ((json_t *)list, i, held) {
		const json_t *value = json_get_nocase(held, "value");
		if (json_equal(held, element) ||
		    (wanted && value && json_equal((json_t *)value, (json_t *)wanted)))
			return TRUE;
	}
	return FALSE;
}

/* What is at the path, with the elements that it lacks. New reference. */
static json_t *with_added(const json_t *document, const Path *path, const json_t *added)
{
	const json_t *parent = path->urn ? json_get_nocase(document, path->urn) : document;
	const json_t *there = json_get_nocase(parent, path->attribute);
	json_t *list = json_is_array(there) ? json_deep_copy(there) : json_array();
	size_t i;
	json_t *element;

	json_array_foreach ((json_t *)added, i, element) {
		if (!holds(list, element))
			json_array_append_new(list, json_deep_copy(element));
	}
	return list;
}

static void set_one(json_t *document, const Path *path, const json_t *change)
{
	const json_t *added = json_object_get(change, "add");
	g_autoptr(json_t) copy = added && !path->sub
					 ? with_added(document, path, added)
					 : json_deep_copy(json_object_get(change, "new"));

	path_set(path, document, copy);
}

static gboolean is_set_as_well(const json_t *changes, const Path *removed)
{
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		const char *text = json_get_string(change, "path");
		g_autoptr(Path) path = json_object_get(change, "new") ? path_parse(text, NULL)
								      : NULL;
		if (path && path_conflicts(path, removed))
			return TRUE;
	}
	return FALSE;
}

void overlay_changes(json_t *document, const json_t *changes)
{
	g_autoptr(GPtrArray) elements = g_ptr_array_new();
	size_t i;
	json_t *change;

	json_array_foreach ((json_t *)changes, i, change) {
		const char *text = json_get_string(change, "path");
		g_autoptr(Path) path = path_parse(text, NULL);

		if (path && json_object_get(change, "new"))
			set_one(document, path, change);
		else if (path && !path_has_index(path))
			overlay_remove(document, text);
		else if (path && !is_set_as_well(changes, path))
			g_ptr_array_add(elements, (gpointer)text);
	}
	/* They stand in the order of their paths, lower elements first. */
	for (guint at = elements->len; at > 0; at--)
		overlay_remove(document, elements->pdata[at - 1]);
}
