/*
 * What is sent to a SCIM service about groups. Pure. RFC 7644 §3.5.2.
 *
 * Members have no spelling that every service takes. Added, with "path": "members" in each:
 *
 *	list     { "op": "add", "value": [ { "value": "1" }, { "value": "2" } ] }
 *	single   { "op": "add", "value": [ { "value": "1" } ] }, the same with 2
 *	nested   { "op": "add", "value": { "members": [ { "value": "1" }, { "value": "2" } ] } }
 *
 * and removed:
 *
 *	filter   { "op": "remove", "path": "members[value eq \"1\"]" }, the same with 2
 *	value    { "op": "remove", "path": "members", "value": [ { "value": "1" }, ... ] }
 *	nested   { "op": "remove", "path": "members", "value": { "members": [ ... ] } }
 *
 * and both by replacing the list as a whole (by PATCH, or PUT of the group), which needs the list
 * to have been read, whole: what was not seen would be thrown out.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "scim_group_internal.h"
#include "target_internal.h"

#define URN_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define URN_PATCH "urn:ietf:params:scim:api:messages:2.0:PatchOp"

/* Names ---------------------------------------------------------------------------------------- */

/* "Vertrieb München" is "vertrieb-munchen": letters without their marks, all else a hyphen. */
static char *slug(const char *name)
{
	g_autofree char *plain = g_utf8_normalize(name, -1, G_NORMALIZE_ALL);
	g_autofree char *lower = g_utf8_strdown(plain ? plain : name, -1);
	GString *text = g_string_new(NULL);

	for (const char *at = lower; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		if (g_unichar_ismark(c))
			continue;
		if (g_unichar_isalnum(c))
			g_string_append_unichar(text, c);
		else if (text->len > 0 && text->str[text->len - 1] != '-')
			g_string_append_c(text, '-');
	}
	if (text->len > 0 && text->str[text->len - 1] == '-')
		g_string_truncate(text, text->len - 1);
	return g_string_free(text, FALSE);
}

char *scim_group_name(const ScimGroupQuirks *quirks, const char *name)
{
	if (quirks->name != SCIM_NAME_SLUG)
		return g_strdup(name);
	char *text = slug(name);
	if (*text)
		return text;
	g_free(text); /* nothing but signs: the service will say what it makes of that */
	return g_strdup(name);
}

static void mend_name(const ScimGroupQuirks *quirks, json_t *object)
{
	const char *name = json_string_value(json_get_nocase(object, "displayName"));

	if (!name || quirks->name != SCIM_NAME_SLUG)
		return;
	g_autofree char *text = scim_group_name(quirks, name);
	overlay_delete_nocase(object, "displayName");
	json_object_set_new(object, "displayName", json_string(text));
}

void scim_group_mend(const ScimGroupQuirks *quirks, json_t *body)
{
	json_t *resources = json_get_nocase(body, "Resources");
	size_t i;
	json_t *group;

	json_array_foreach (resources, i, group) {
		overlay_delete_nocase(group, "members");
		mend_name(quirks, group);
	}
}

/* Documents ------------------------------------------------------------------------------------ */

static json_t *schemas_of(const json_t *document)
{
	json_t *schemas = json_array();
	const char *key;
	json_t *value;

	json_array_append_new(schemas, json_string(URN_GROUP));
	json_object_foreach ((json_t *)document, key, value) {
		if (g_ascii_strncasecmp(key, "urn:", 4) == 0)
			json_array_append_new(schemas, json_string(key));
	}
	return schemas;
}

json_t *scim_group_document(const ScimGroupQuirks *quirks, const json_t *resource,
			    const char *anchor)
{
	json_t *document = resource_document(resource);

	mend_name(quirks, document);
	overlay_delete_nocase(document, "members");
	if (!json_get_nocase(document, "schemas"))
		json_object_set_new(document, "schemas", schemas_of(document));
	if (anchor && !json_get_nocase(document, "externalId"))
		json_object_set_new(document, "externalId", json_string(anchor));
	return document;
}

void scim_group_overlay(const ScimGroupQuirks *quirks, json_t *document, const json_t *resource)
{
	g_autoptr(json_t) mended = resource ? json_deep_copy(resource) : json_object();
	const char *key;
	json_t *value;

	mend_name(quirks, mended);
	json_object_foreach (mended, key, value) {
		g_autoptr(Path) path = path_parse(key, NULL);
		if (path)
			path_set(path, document, value);
	}
	/* Read-only: to be ignored by RFC 7644 §3.5.1, refused by some services. */
	overlay_delete_nocase(document, "meta");
	overlay_delete_nocase(document, "schemas");
	json_object_set_new(document, "schemas", schemas_of(document));
}

/* Operations ----------------------------------------------------------------------------------- */

static void add_op(json_t *ops, const char *verb, const char *path, json_t *value)
{
	json_t *op = json_object();

	json_object_set_new(op, "op", json_string(verb));
	if (path)
		json_object_set_new(op, "path", json_string(path));
	if (value)
		json_object_set_new(op, "value", value);
	json_array_append_new(ops, op);
}

static json_t *patch_message(json_t *ops)
{
	json_t *message = json_object();
	json_t *schemas = json_array();

	json_array_append_new(schemas, json_string(URN_PATCH));
	json_object_set_new(message, "schemas", schemas);
	json_object_set_new(message, "Operations", ops);
	return message;
}

json_t *scim_group_patch(const ScimGroupQuirks *quirks, const json_t *resource, gboolean with_path)
{
	g_autoptr(json_t) mended = json_deep_copy(resource);
	json_t *ops = json_array();
	const char *key;
	json_t *value;

	mend_name(quirks, mended);
	if (with_path) {
		json_object_foreach (mended, key, value)
			add_op(ops, "replace", key, json_incref(value));
	} else {
		add_op(ops, "replace", NULL, resource_document(mended));
	}
	return patch_message(ops);
}

json_t *scim_members_replace(const json_t *members)
{
	json_t *ops = json_array();

	add_op(ops, "replace", "members", json_incref((json_t *)members));
	return patch_message(ops);
}

/* { "value": id }, and what a group within a group is told by. */
static json_t *member_value(const TargetMember *member)
{
	json_t *value = json_object();

	json_object_set_new(value, "value", json_string(member->id));
	if (member->is_group)
		json_object_set_new(value, "type", json_string("Group"));
	return value;
}

static json_t *member_values(const TargetRequest *request, guint first, guint count)
{
	json_t *values = json_array();

	for (guint i = first; i < first + count; i++)
		json_array_append_new(values, member_value(&request->members[i]));
	return values;
}

/* One operation with all of them, in the outer or the nested form. */
static void add_op_for_all(json_t *ops, const char *verb, json_t *values, gboolean nested)
{
	json_t *outer;

	if (!nested) {
		add_op(ops, verb, "members", values);
		return;
	}
	outer = json_object();
	json_object_set_new(outer, "members", values);
	add_op(ops, verb, "members", outer);
}

static void add_ops_one_by_one(json_t *ops, const TargetRequest *request, guint first, guint count)
{
	for (guint i = first; i < first + count; i++)
		add_op(ops, "add", "members", member_values(request, i, 1));
}

static void remove_ops_by_filter(json_t *ops, const TargetRequest *request, guint first,
				 guint count)
{
	for (guint i = first; i < first + count; i++) {
		g_autoptr(json_t) id = json_string(request->members[i].id);
		g_autofree char *quoted = json_canonical(id);
		g_autofree char *path = g_strconcat("members[value eq ", quoted, "]", NULL);
		add_op(ops, "remove", path, NULL);
	}
}

json_t *scim_members_patch(const ScimGroupQuirks *quirks, const TargetRequest *request, guint first,
			   guint count)
{
	json_t *ops = json_array();

	if (request->verb == TARGET_MEMBERS_ADD && quirks->add == SCIM_ADD_SINGLE)
		add_ops_one_by_one(ops, request, first, count);
	else if (request->verb == TARGET_MEMBERS_ADD)
		add_op_for_all(ops, "add", member_values(request, first, count),
			       quirks->add == SCIM_ADD_NESTED);
	else if (quirks->remove == SCIM_REMOVE_FILTER)
		remove_ops_by_filter(ops, request, first, count);
	else
		add_op_for_all(ops, "remove", member_values(request, first, count),
			       quirks->remove == SCIM_REMOVE_NESTED);
	return patch_message(ops);
}

/* The whole list ------------------------------------------------------------------------------- */

gboolean scim_members_are_whole(const ScimGroupQuirks *quirks, TargetVerb verb)
{
	if (verb == TARGET_MEMBERS_ADD)
		return quirks->add == SCIM_ADD_REPLACE || quirks->add == SCIM_ADD_PUT;
	return quirks->remove == SCIM_REMOVE_REPLACE || quirks->remove == SCIM_REMOVE_PUT;
}

gboolean scim_members_are_all(const ScimGroupQuirks *quirks, const json_t *document,
			      const char **why)
{
	const json_t *members = json_get_nocase(document, "members");

	*why = NULL;
	if (members && !json_is_null(members) && !json_is_array(members))
		*why = "the group's members are no list";
	else if (quirks->read == SCIM_READ_CAPPED &&
		 (gint64)json_array_size(members) >= quirks->read_max)
		*why = "the service shows only so many members of a group";
	else if (quirks->read != SCIM_READ_FULL && quirks->read != SCIM_READ_CAPPED)
		*why = "the service does not show the members of groups";
	return *why == NULL;
}

char *scim_member_id(const json_t *member)
{
	const json_t *value = json_is_object(member) ? json_get_nocase(member, "value") : member;
	char *text = value && !json_is_boolean(value) ? json_scalar_text(value) : NULL;

	if (text && *text)
		return text;
	g_free(text);
	return NULL;
}

static gboolean is_group_member(const json_t *member)
{
	const char *type = json_string_value(json_get_nocase(member, "type"));
	return type && g_ascii_strcasecmp(type, "Group") == 0;
}

/* Id to whether it is a group, of all who are in it. NULL if the list has what is no member. */
static json_t *present_members(const json_t *document)
{
	const json_t *listed = json_get_nocase(document, "members");
	g_autoptr(json_t) present = json_object();
	size_t i;
	json_t *member;

	json_array_foreach ((json_t *)listed, i, member) {
		g_autofree char *id = scim_member_id(member);
		if (!id)
			return NULL;
		json_object_set_new(present, id, json_boolean(is_group_member(member)));
	}
	return g_steal_pointer(&present);
}

json_t *scim_members_after(const json_t *document, const TargetRequest *request, gboolean *changed)
{
	g_autoptr(json_t) present = present_members(document);
	json_t *members = NULL;
	const char *id;
	json_t *is_group;

	*changed = FALSE;
	for (guint i = 0; present && i < request->member_count; i++) {
		const TargetMember *member = &request->members[i];
		gboolean in = json_object_get(present, member->id) != NULL;

		if (request->verb == TARGET_MEMBERS_ADD && !in)
			json_object_set_new(present, member->id, json_boolean(member->is_group));
		else if (request->verb == TARGET_MEMBERS_REMOVE && in)
			json_object_del(present, member->id);
		else
			continue;
		*changed = TRUE;
	}
	if (present)
		members = json_array();
	json_object_foreach (present, id, is_group) {
		TargetMember member = { .id = id, .is_group = json_is_true(is_group) };
		json_array_append_new(members, member_value(&member));
	}
	return members;
}

/* Addresses ------------------------------------------------------------------------------------ */

char *scim_group_lookup_path(const ScimGroupQuirks *quirks, const char *match_path,
			     const char *match_value)
{
	gboolean by_name = g_ascii_strcasecmp(match_path, "displayName") == 0;
	g_autofree char *text = by_name ? scim_group_name(quirks, match_value)
					: g_strdup(match_value);
	g_autoptr(json_t) value = json_lossy_string(text, strlen(text));
	g_autofree char *quoted = json_canonical(value);
	g_autofree char *filter = g_strconcat(match_path, " eq ", quoted, NULL);
	g_autofree char *escaped = http_escape(filter);

	return g_strconcat("/Groups?filter=", escaped, "&excludedAttributes=members", NULL);
}

char *scim_group_path(const char *id)
{
	g_autofree char *escaped = http_escape(id);
	return g_strconcat("/Groups/", escaped, NULL);
}
