/*
 * Target paths: what reading and writing along one does to a document.
 *
 *	name.givenName                  { "name": { "givenName": v } }
 *	emails[type eq "work"].value    { "emails": [ { "type": "work", "value": v } ] }
 *	a.b[1].c                        { "a": { "b": [ {...}, { "c": v } ] } }
 *
 * In documents, "Name" and "name" are one key (RFC 7643 §2.1): what is written goes to the spelling
 * that is there. The element that a filter names is the first that fits, without regard to case.
 * An index that is read is that element of an array or nothing; one that is written is appended
 * where there are fewer elements, since a hole would be sent as null, which says something else.
 */
#include <string.h>

#include "base/json.h"
#include "path_internal.h"

/* The spelling of a key that is there, or the one asked for. */
static const char *spelling(const json_t *object, const char *key)
{
	const char *name;
	json_t *value, *found = json_get_nocase(object, key);

	if (!found || json_object_get(object, key))
		return key;
	json_object_foreach ((json_t *)object, name, value) {
		if (value == found && g_ascii_strcasecmp(name, key) == 0)
			return name;
	}
	return key;
}

static void put(json_t *object, const char *key, json_t *value)
{
	json_object_set_nocheck(object, spelling(object, key), value);
}

/* The object below 'key', made if it is not there; an array stands for its first element. */
static json_t *open_object(json_t *parent, const char *key)
{
	json_t *child = json_get_nocase(parent, key);

	if (json_is_array(child) && json_is_object(json_array_get(child, 0)))
		return json_array_get(child, 0);
	if (json_is_object(child))
		return child;
	json_t *made = json_object();
	put(parent, key, made);
	json_decref(made);
	return made;
}

/* The array below 'key', made if it is not there. */
static json_t *open_array(json_t *parent, const char *key)
{
	json_t *array = json_get_nocase(parent, key);

	if (json_is_array(array))
		return array;
	array = json_array();
	put(parent, key, array);
	json_decref(array);
	return array;
}

static void put_element(json_t *array, int index, json_t *value)
{
	if ((size_t)index < json_array_size(array))
		json_array_set(array, (size_t)index, value);
	else
		json_array_append(array, value);
}

/* What is below a name and its index, an object; made if it is not there. */
static json_t *open_step(json_t *parent, const char *key, int index)
{
	json_t *array, *element;

	if (index < 0)
		return open_object(parent, key);
	array = open_array(parent, key);
	element = json_array_get(array, (size_t)index);
	if (json_is_object(element))
		return element;
	element = json_object();
	put_element(array, index, element);
	json_decref(element);
	return element;
}

static void put_step(json_t *parent, const char *key, int index, json_t *value)
{
	if (index < 0)
		put(parent, key, value);
	else
		put_element(open_array(parent, key), index, value);
}

static gboolean fits(const Path *self, const json_t *element)
{
	const char *text = json_string_value(json_get_nocase(element, self->filter_name));

	return text && path_same_text(text, self->filter_value);
}

static json_t *find_element(const Path *self, const json_t *array)
{
	json_t *element;
	size_t i;

	json_array_foreach (array, i, element) {
		if (fits(self, element))
			return element;
	}
	return NULL;
}

/* The typed element below the path's attribute, made if it is not there. */
static json_t *open_typed(const Path *self, json_t *parent)
{
	json_t *array = open_array(parent, self->attribute);
	json_t *element = find_element(self, array);

	if (element)
		return element;
	element = json_object();
	json_object_set_new_nocheck(element, self->filter_name,
				    json_string_nocheck(self->filter_value));
	json_array_append_new(array, element);
	return element;
}

static void set_sub(json_t *at, const char *sub, json_t *value)
{
	while (sub) {
		g_autofree char *name = NULL;
		int index;

		sub = path_next(sub, &name, &index);
		if (sub)
			at = open_step(at, name, index);
		else
			put_step(at, name, index, value);
	}
}

void path_set(const Path *self, json_t *document, json_t *value)
{
	json_t *at = document;

	if (self->urn)
		at = open_object(at, self->urn);
	if (!self->sub) {
		put_step(at, self->attribute, self->index, value);
		return;
	}
	at = self->filter_name ? open_typed(self, at) : open_step(at, self->attribute, self->index);
	if (strpbrk(self->sub, ".["))
		set_sub(at, self->sub, value);
	else
		put(at, self->sub, value);
}

/* An array stands for its first element. */
static json_t *get_member(const json_t *at, const char *name)
{
	if (json_is_array(at))
		at = json_array_get(at, 0);
	return json_get_nocase(at, name);
}

static json_t *walk(json_t *at, const char *sub)
{
	while (at && sub) {
		g_autofree char *name = NULL;
		int index;

		sub = path_next(sub, &name, &index);
		at = get_member(at, name);
		if (index >= 0)
			at = json_array_get(at, (size_t)index);
	}
	return at;
}

static gboolean is_scalar(const json_t *value)
{
	return json_is_string(value) || json_is_number(value) || json_is_boolean(value);
}

/* Some services write "manager": "26118915" where the schema has an object. */
static gboolean is_own_value(const json_t *value, const char *sub)
{
	return is_scalar(value) && g_ascii_strcasecmp(sub, "value") == 0;
}

json_t *path_get(const Path *self, const json_t *document)
{
	json_t *at = json_get_nocase(self->urn ? json_get_nocase(document, self->urn) : document,
				     self->attribute);

	if (self->filter_name)
		at = find_element(self, at);
	else if (self->index >= 0)
		at = json_array_get(at, (size_t)self->index);
	if (self->sub && !is_own_value(at, self->sub))
		at = walk(at, self->sub);
	return json_is_null(at) ? NULL : at;
}
