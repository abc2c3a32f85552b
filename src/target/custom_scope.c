/*
 * What the names in the templates of a custom API stand for, and whether a condition holds. Pure.
 *
 *	{resource.name.givenName}
 *	 |        '----------- the part: a target path, a place, a name; or nothing: the whole
 *	 '-------------------- the head: a row of the table 'heads'
 *
 * {resource} and {changes} are flat where they come from ("name.givenName") and nested here; values
 * keep their types. What 'leave_out' names is in none of the whole objects: a step that changes the
 * e-mail address by a call of its own still has it as {resource.email}.
 *
 * A removed value is null in {changes}, an empty text, or not there, as the setting 'removed' says:
 * services differ in which of these takes a value away.
 *
 * What is pretended, to show requests without sending them, has "<name>" for what only an answer
 * could tell and for what nobody may read.
 */
#include <string.h>

#include "base/json.h"
#include "base/timefmt.h"
#include "core/path.h"
#include "custom_internal.h"
#include "target_internal.h"

/* Objects -------------------------------------------------------------------------------------- */

static int order_texts(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "emails" leaves out emails[0].value too, and emailsOld not. */
static gboolean is_beneath(const char *path, const char *above)
{
	gsize length = strlen(above);

	return g_ascii_strncasecmp(path, above, length) == 0 &&
	       (path[length] == '\0' || path[length] == '.' || path[length] == '[');
}

static gboolean is_left_out(const CustomScope *self, const char *path)
{
	for (guint i = 0; self->leave_out && i < self->leave_out->len; i++) {
		if (is_beneath(path, self->leave_out->pdata[i]))
			return TRUE;
	}
	return FALSE;
}

static void put(json_t *document, const char *path_text, json_t *value)
{
	g_autoptr(Path) path = path_parse(path_text, NULL);

	if (path)
		path_set(path, document, value);
}

/* The nested form of a flat resource. What it says nothing of is not added: nobody's e-mail is made
 * primary, because only SCIM knows what that means. */
static json_t *nested(const CustomScope *self, const json_t *flat)
{
	g_autoptr(GPtrArray) keys = g_ptr_array_new();
	json_t *document = json_object(), *value;
	const char *key;

	json_object_foreach ((json_t *)flat, key, value)
		g_ptr_array_add(keys, (gpointer)key);
	g_ptr_array_sort(keys, order_texts); /* elements of arrays are made in order */
	for (guint i = 0; i < keys->len; i++) {
		if (!is_left_out(self, keys->pdata[i]))
			put(document, keys->pdata[i], json_object_get(flat, keys->pdata[i]));
	}
	return document;
}

/* The value of a change, as it is sent. New reference, or NULL: it is not. */
static json_t *new_value(const CustomScope *self, const json_t *change)
{
	json_t *value = json_object_get(change, "new");

	if (value)
		return json_incref(value);
	switch (self->api->removed) {
	case CUSTOM_REMOVED_NULL:
		return json_null();
	case CUSTOM_REMOVED_EMPTY:
		return json_string("");
	default:
		return NULL;
	}
}

static json_t *nested_changes(const CustomScope *self)
{
	json_t *document = json_object(), *change;
	size_t i;

	json_array_foreach (self->request->changes, i, change) {
		const char *path = json_get_string(change, "path");
		g_autoptr(json_t) value = new_value(self, change);
		if (path && value && !is_left_out(self, path))
			put(document, path, value);
	}
	return document;
}

/* A copy of the account as it was read. New reference, or NULL. */
static json_t *copy_of_document(const CustomScope *self)
{
	json_t *copy = self->document ? json_deep_copy(self->document) : NULL;

	for (guint i = 0; copy && self->leave_out && i < self->leave_out->len; i++)
		overlay_remove(copy, self->leave_out->pdata[i]);
	return copy;
}

/* The changes that are not left out. New reference. */
static json_t *kept_changes(const CustomScope *self)
{
	json_t *kept = json_array(), *change;
	size_t i;

	json_array_foreach (self->request->changes, i, change) {
		const char *path = json_get_string(change, "path");
		if (path && !is_left_out(self, path))
			json_array_append(kept, change);
	}
	return kept;
}

static json_t *merged(const CustomScope *self)
{
	json_t *document = copy_of_document(self);

	if (document && self->request && self->request->changes) {
		g_autoptr(json_t) changes = kept_changes(self);
		overlay_changes(document, changes);
	}
	return document;
}

/* Parts of objects ----------------------------------------------------------------------------- */

/* A value by target path, however it is spelled. New reference, or NULL. */
static json_t *by_path(const json_t *flat, const char *path_text)
{
	json_t *value = json_get_nocase(flat, path_text), *whole;
	g_autoptr(Path) path = NULL;

	if (value)
		return json_incref(value);
	path = path_parse(path_text, NULL);
	if (!path)
		return NULL;
	value = json_get_nocase(flat, path->text);
	if (value)
		return json_incref(value);
	/* "name" of a resource that has name.givenName and name.familyName */
	whole = nested(&(CustomScope){ 0 }, flat);
	value = json_incref(path_get(path, whole));
	json_decref(whole);
	return value;
}

static json_t *by_place(const json_t *tree, const char *text)
{
	g_autoptr(Place) place = place_parse(text, NULL);
	return place && tree ? json_incref(place_get(place, tree)) : NULL;
}

/* The change at a path, or NULL. Borrowed. */
static const json_t *change_at(const CustomScope *self, const char *path_text)
{
	g_autoptr(Path) path = path_parse(path_text, NULL);
	json_t *change;
	size_t i;

	json_array_foreach (self->request->changes, i, change) {
		const char *at = json_get_string(change, "path");
		if (at && (g_ascii_strcasecmp(at, path_text) == 0 ||
			   (path && g_ascii_strcasecmp(at, path->text) == 0)))
			return change;
	}
	return NULL;
}

static json_t *text_or_none(const char *text)
{
	return text ? json_lossy_string(text, strlen(text)) : NULL;
}

/* The heads ------------------------------------------------------------------------------------ */

typedef json_t *(*HeadFn)(const CustomScope *self, const char *part);

static json_t *get_id(const CustomScope *self, const char *part)
{
	return text_or_none(self->id ? self->id : self->request ? self->request->id : NULL);
}

static json_t *get_anchor(const CustomScope *self, const char *part)
{
	return text_or_none(self->request ? self->request->anchor : NULL);
}

static json_t *get_now(const CustomScope *self, const char *part)
{
	g_autofree char *text = timefmt_rfc3339(self->now_us);
	return json_string(text);
}

static json_t *get_uuid(const CustomScope *self, const char *part)
{
	return text_or_none(self->uuid);
}

static json_t *get_resource(const CustomScope *self, const char *part)
{
	const json_t *resource = self->request ? self->request->resource : NULL;

	if (!resource)
		return NULL;
	return part ? by_path(resource, part) : nested(self, resource);
}

static json_t *get_changes(const CustomScope *self, const char *part)
{
	if (!self->request || !self->request->changes)
		return NULL;
	if (!part)
		return nested_changes(self);
	const json_t *change = change_at(self, part);
	return change ? new_value(self, change) : NULL;
}

static json_t *get_old(const CustomScope *self, const char *part)
{
	if (!self->request || !self->request->changes || !part)
		return NULL;
	return json_incref(json_object_get(change_at(self, part), "old"));
}

static json_t *get_document(const CustomScope *self, const char *part)
{
	return part ? by_place(self->document, part) : copy_of_document(self);
}

static json_t *get_merged(const CustomScope *self, const char *part)
{
	g_autoptr(json_t) whole = merged(self);
	return part ? by_place(whole, part) : g_steal_pointer(&whole);
}

static json_t *get_match(const CustomScope *self, const char *part)
{
	const TargetRequest *request = self->request;

	if (part && g_str_equal(part, "path"))
		return text_or_none(self->match_path ? self->match_path
				    : request        ? request->match_path
						     : NULL);
	if (part && g_str_equal(part, "value"))
		return text_or_none(self->match_value ? self->match_value
				    : request         ? request->match_value
						      : NULL);
	return NULL;
}

static json_t *get_group(const CustomScope *self, const char *part)
{
	const TargetRequest *request = self->request;

	if (!request || !part || !g_str_equal(part, "name"))
		return NULL;
	if (request->verb == TARGET_GROUP_LOOKUP)
		return text_or_none(request->match_value);
	return request->resource ? by_path(request->resource, "displayName") : NULL;
}

static json_t *get_members(const CustomScope *self, const char *part)
{
	json_t *ids;

	if (self->members)
		return json_incref((json_t *)self->members);
	if (!self->request || !self->request->members)
		return NULL;
	ids = json_array();
	for (guint i = 0; i < self->request->member_count; i++)
		json_array_append_new(ids, text_or_none(self->request->members[i].id));
	return ids;
}

static json_t *get_member(const CustomScope *self, const char *part)
{
	const TargetRequest *request = self->request;

	if (!part || !g_str_equal(part, "id") || !request || !request->members ||
	    request->member_count != 1)
		return NULL;
	return text_or_none(request->members[0].id);
}

static json_t *get_items(const CustomScope *self, const char *part)
{
	return json_incref((json_t *)self->items);
}

static json_t *get_item(const CustomScope *self, const char *part)
{
	json_t *item = json_array_size(self->items) == 1 ? json_array_get(self->items, 0) : NULL;
	return part ? by_place(item, part) : json_incref(item);
}

static json_t *get_page(const CustomScope *self, const char *part)
{
	return part ? json_incref(json_object_get(self->page, part)) : NULL;
}

static json_t *get_parameter(const CustomScope *self, const char *part)
{
	return part ? json_incref(json_object_get(self->api->parameters, part)) : NULL;
}

static json_t *get_auth(const CustomScope *self, const char *part)
{
	return part && self->net ? text_or_none(credential_setting(&self->net->auth, part)) : NULL;
}

static json_t *get_token(const CustomScope *self, const char *part)
{
	return part && self->credential ? text_or_none(credential_field(self->credential, part))
					: NULL;
}

static json_t *get_step(const CustomScope *self, const char *part)
{
	return part ? json_incref(json_object_get(self->outputs, part)) : NULL;
}

static json_t *get_password(const CustomScope *self, const char *part)
{
	const Secret *password = self->request ? self->request->password : NULL;
	return password ? json_lossy_string(secret_peek(password), secret_length(password)) : NULL;
}

static json_t *get_must_change(const CustomScope *self, const char *part)
{
	return self->request ? json_boolean(self->request->must_change) : NULL;
}

typedef enum {
	HEAD_OURS,   /* known before anything is sent */
	HEAD_THEIRS, /* known from an answer */
	HEAD_SECRET,
} HeadKind;

static const struct {
	const char *name;
	HeadFn get;
	HeadKind kind;
} heads[] = {
	{ "id", get_id, HEAD_THEIRS },
	{ "anchor", get_anchor, HEAD_OURS },
	{ "now", get_now, HEAD_OURS },
	{ "uuid", get_uuid, HEAD_THEIRS },
	{ "resource", get_resource, HEAD_OURS },
	{ "changes", get_changes, HEAD_OURS },
	{ "old", get_old, HEAD_OURS },
	{ "document", get_document, HEAD_THEIRS },
	{ "merged", get_merged, HEAD_THEIRS },
	{ "match", get_match, HEAD_OURS },
	{ "group", get_group, HEAD_OURS },
	{ "members", get_members, HEAD_OURS },
	{ "member", get_member, HEAD_OURS },
	{ "items", get_items, HEAD_THEIRS },
	{ "item", get_item, HEAD_THEIRS },
	{ "page", get_page, HEAD_THEIRS },
	{ "parameter", get_parameter, HEAD_OURS },
	{ "auth", get_auth, HEAD_SECRET },
	{ "token", get_token, HEAD_THEIRS },
	{ "step", get_step, HEAD_THEIRS },
	{ "password", get_password, HEAD_SECRET },
	{ "must_change", get_must_change, HEAD_OURS },
};

static json_t *pretend(const char *name)
{
	g_autofree char *text = g_strdup_printf("<%s>", name);
	return json_string(text);
}

json_t *custom_scope_get(const char *name, void *scope)
{
	const CustomScope *self = scope;
	gsize length = strcspn(name, ".");
	const char *part = name[length] == '.' ? name + length + 1 : NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
		if (strlen(heads[i].name) != length || strncmp(heads[i].name, name, length) != 0)
			continue;
		if (self->pretended && heads[i].kind == HEAD_SECRET)
			return pretend(name);
		json_t *value = heads[i].get(self, part);
		gboolean theirs = self->pretended && heads[i].kind == HEAD_THEIRS;
		return value || !theirs ? value : pretend(name);
	}
	return NULL;
}

/* Conditions ----------------------------------------------------------------------------------- */

static gboolean is_there(const json_t *value)
{
	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_NULL:
	case JSON_FALSE:
		return FALSE;
	case JSON_STRING:
		return json_string_length(value) > 0;
	case JSON_ARRAY:
		return json_array_size(value) > 0;
	case JSON_OBJECT:
		return json_object_size(value) > 0;
	default:
		return TRUE;
	}
}

static gboolean holds(const CustomWhen *when, const CustomScope *scope)
{
	g_autoptr(json_t) value = custom_scope_get(when->name, (void *)scope);

	if (when->kind == CUSTOM_WHEN_THERE)
		return is_there(value) != when->negated;
	g_autoptr(GPtrArray) text = g_ptr_array_new();
	g_ptr_array_add(text, when->text);
	return custom_is_one_of(value, text) != when->negated;
}

gboolean custom_when_holds(const GPtrArray *when, const CustomScope *scope)
{
	for (guint i = 0; when && i < when->len; i++) {
		if (!holds(when->pdata[i], scope))
			return FALSE;
	}
	return TRUE;
}
