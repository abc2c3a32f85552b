/*
 * Resources: comparing, changing, nesting and matching the flat form.
 *
 *	flat      { "userName": "jane", "emails[type eq \"work\"].value": "j@x.org" }
 *	nested    { "emails": [ { "type": "work", "value": "j@x.org", "primary": true } ],
 *	            "userName": "jane" }
 *
 * Values are compared as JSON, strictly: "1" is not 1 and "true" is not true, because a target may
 * well tell them apart, and it was us who said which one it should be. Only matching is
 * tolerant, since there the question is who this is and not what it should look like.
 *
 * Invariants, with null as good as absent: diff(x, x) is empty; apply(a, diff(a, b)) equals b;
 * project(document(r), r) equals r.
 */
#include "core/resource.h"

#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "walk_internal.h"

static int order_keys(gconstpointer a, gconstpointer b)
{
	return path_order(*(const char *const *)a, *(const char *const *)b);
}

/* Keys in order, borrowed. */
static GPtrArray *sorted_keys(const json_t *object)
{
	GPtrArray *keys = g_ptr_array_sized_new((guint)json_object_size(object));
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		g_ptr_array_add(keys, (gpointer)key);
	g_ptr_array_sort(keys, order_keys);
	return keys;
}

static json_t *change_new(const char *path, json_t *old, json_t *new)
{
	json_t *change = json_object();

	json_object_set_new_nocheck(change, "path", json_string_nocheck(path));
	if (old)
		json_object_set_nocheck(change, "old", old);
	if (new)
		json_object_set_nocheck(change, "new", new);
	return change;
}

static int order_changes(gconstpointer a, gconstpointer b)
{
	const json_t *change_a = *(json_t *const *)a, *change_b = *(json_t *const *)b;
	const char *path_a = json_get_string(change_a, "path");
	const char *path_b = json_get_string(change_b, "path");
	int removes_a = json_object_get(change_a, "new") == NULL;
	int removes_b = json_object_get(change_b, "new") == NULL;

	if (removes_a != removes_b && g_ascii_strcasecmp(path_a, path_b) == 0)
		return removes_b - removes_a;
	return path_order(path_a, path_b);
}

/* null is no value (RFC 7643 §2.5), and where there is none there is nothing to say so. */
static gboolean is_none(const json_t *value)
{
	return !value || json_is_null(value);
}

/* Adds what 'wanted' changes or brings; returns how many paths of 'shadow' it still has. */
static gsize add_settings(GPtrArray *found, const json_t *shadow, const json_t *wanted)
{
	gsize kept = 0;
	const char *path;
	json_t *value;
	Walk walk = walk_begin(shadow);

	json_object_foreach ((json_t *)wanted, path, value) {
		json_t *old = walk_find(&walk, path);

		if (old)
			kept++;
		if (is_none(old) ? !is_none(value) : !json_equal(old, value))
			g_ptr_array_add(found, change_new(path, old, value));
	}
	return kept;
}

static void add_removals(GPtrArray *found, const json_t *shadow, const json_t *wanted)
{
	const char *path;
	json_t *old;

	json_object_foreach ((json_t *)shadow, path, old) {
		if (!json_object_get(wanted, path) && !is_none(old))
			g_ptr_array_add(found, change_new(path, old, NULL));
	}
}

json_t *resource_diff(const json_t *shadow, const json_t *wanted)
{
	g_autoptr(GPtrArray) found = NULL;

	if (shadow == wanted)
		return json_array();
	found = g_ptr_array_new();
	/* Most often nothing is removed, and then the second walk is not needed to know it. */
	if (add_settings(found, shadow, wanted) < json_object_size(shadow))
		add_removals(found, shadow, wanted);
	g_ptr_array_sort(found, order_changes);

	json_t *changes = json_array();
	for (guint i = 0; i < found->len; i++)
		json_array_append_new(changes, found->pdata[i]);
	return changes;
}

static gboolean has_element(const json_t *list, const json_t *wanted)
{
	json_t *element;
	size_t i;

	json_array_foreach (list, i, element) {
		if (json_equal(element, wanted))
			return TRUE;
	}
	return FALSE;
}

static void mark_change(json_t *change)
{
	const json_t *old = json_object_get(change, "old"), *new = json_object_get(change, "new");
	json_t *added = json_array(), *element;
	size_t i;

	json_array_foreach (new, i, element) {
		if (!has_element(old, element))
			json_array_append(added, element);
	}
	json_object_set_new_nocheck(change, "add", added);
}

void resource_mark_added(json_t *changes, const char *path)
{
	json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const char *changed = json_get_string(change, "path");

		if (changed && strcmp(changed, path) == 0 &&
		    json_is_array(json_object_get(change, "new")))
			mark_change(change);
	}
}

json_t *resource_apply(const json_t *shadow, const json_t *changes)
{
	json_t *result = json_copy((json_t *)shadow);
	json_t *change;
	size_t i;

	json_array_foreach (changes, i, change) {
		const char *path = json_get_string(change, "path");
		json_t *new = json_object_get(change, "new");

		if (path && new)
			json_object_set(result, path, new);
		else if (path)
			json_object_del(result, path);
	}
	return result;
}

static void mark_primary(json_t *document)
{
	json_t *emails = json_get_nocase(document, "emails");
	json_t *only = json_array_get(emails, 0);

	if (json_array_size(emails) == 1 && json_get_nocase(only, "value") &&
	    !json_get_nocase(only, "primary"))
		json_object_set_new_nocheck(only, "primary", json_true());
}

json_t *resource_document(const json_t *resource)
{
	g_autoptr(GPtrArray) keys = sorted_keys(resource);
	json_t *document = json_object();
	gboolean typed = FALSE;

	for (guint i = 0; i < keys->len; i++) {
		g_autoptr(Path) path = path_parse(keys->pdata[i], NULL);
		if (!path)
			continue;
		path_set(path, document, json_object_get(resource, keys->pdata[i]));
		typed |= path->filter_name && !path->urn;
	}
	/* An array that the mapping filled as a whole is the administrator's own. */
	if (typed)
		mark_primary(document);
	return document;
}

json_t *resource_project(const json_t *document, const json_t *like)
{
	json_t *result = json_object();
	const char *key;
	json_t *unused;

	json_object_foreach ((json_t *)like, key, unused) {
		g_autoptr(Path) path = path_parse(key, NULL);
		json_t *value = path ? path_get(path, document) : NULL;
		if (value)
			json_object_set_nocheck(result, key, value);
	}
	return result;
}

/* The value of the resource at a path, however the resource spells it. */
static json_t *find_value(const json_t *resource, const Path *path)
{
	const char *key;
	json_t *value = json_get_nocase(resource, path->text);

	if (value)
		return value;
	json_object_foreach ((json_t *)resource, key, value) {
		g_autoptr(Path) other = path_parse(key, NULL);
		if (other && path_equal(path, other))
			return value;
	}
	return NULL;
}

static gboolean is_exact(const Path *path)
{
	return !path->urn && !path->sub &&
	       (g_ascii_strcasecmp(path->attribute, "externalId") == 0 ||
		g_ascii_strcasecmp(path->attribute, "id") == 0);
}

gboolean resource_matches(const json_t *resource, const json_t *document, const char *path)
{
	g_autoptr(Path) parsed = path_parse(path, NULL);

	if (!parsed)
		return FALSE;
	g_autofree char *ours = json_scalar_text(find_value(resource, parsed));
	g_autofree char *theirs = json_scalar_text(path_get(parsed, document));
	if (!ours || !theirs || !*ours || !*theirs)
		return FALSE;
	if (is_exact(parsed))
		return strcmp(ours, theirs) == 0;

	g_autofree char *folded_ours = g_utf8_casefold(ours, -1);
	g_autofree char *folded_theirs = g_utf8_casefold(theirs, -1);
	return strcmp(folded_ours, folded_theirs) == 0;
}
