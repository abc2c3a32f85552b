/*
 * The groups of the mem driver, and what they were made to be:
 *
 *	{"group":{"displayName":"Sales","externalId":"5f0c…","id":"g1"},"id":"g1"}
 *	{"add":["m1","m2"],"id":"g1"}
 *	{"id":"g1","remove":["m2"]}
 *	{"id":"g1","set":{"displayName":"Sales and Service"}}
 *	{"deleted":true,"id":"g1"}
 *
 * A "group" states all of the group; it may have "members", an array of { "value": id }, and then
 * no "add" is needed. The other lines are as long as what they change, so that one more member of
 * a large group is a short line. "set" is a flat resource. Whoever is deleted is in no group any
 * more, without a line that says so.
 *
 * A strict service is imitated: names of groups are unique without regard to case, a member must
 * exist here, a request with one that does not is refused as a whole, and so are one member more
 * than a request may have, and a group within itself. What is true already is not written again.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "core/resource.h"
#include "mem_internal.h"

struct MemGroups {
	guint64 last_id;
	json_t *groups;      /* id to document, without members, in order of creation */
	json_t *members;     /* id to an object: ids of members, in the order in which they came */
	GHashTable *by_name; /* folded displayName to id */
};

MemGroups *mem_groups_new(void)
{
	MemGroups *self = g_new0(MemGroups, 1);

	self->groups = json_object();
	self->members = json_object();
	self->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return self;
}

void mem_groups_free(MemGroups *self)
{
	if (!self)
		return;
	g_hash_table_unref(self->by_name);
	json_decref(self->groups);
	json_decref(self->members);
	g_free(self);
}

json_t *mem_groups_members(const MemGroups *self, const char *id)
{
	return json_object_get(self->members, id);
}

static char *folded_name(const json_t *document)
{
	const char *name = json_string_value(json_get_nocase(document, "displayName"));
	return name ? g_utf8_casefold(name, -1) : NULL;
}

/* Effects -------------------------------------------------------------------------------------- */

static void drop_name(MemGroups *self, const char *id)
{
	g_autofree char *name = folded_name(json_object_get(self->groups, id));

	if (name && g_strcmp0(g_hash_table_lookup(self->by_name, name), id) == 0)
		g_hash_table_remove(self->by_name, name);
}

static void put_group(MemGroups *self, const char *id, json_t *document)
{
	char *name = folded_name(document);
	guint64 number;

	drop_name(self, id);
	json_object_set(self->groups, id, document);
	if (name)
		g_hash_table_replace(self->by_name, name, g_strdup(id));
	if (id[0] == 'g' && g_ascii_string_to_unsigned(id + 1, 10, 1, G_MAXUINT64, &number, NULL))
		self->last_id = MAX(self->last_id, number);
}

static void take_group(MemGroups *self, const char *id, const json_t *group)
{
	g_autoptr(json_t) document = json_deep_copy(group);
	const json_t *listed = json_object_get(group, "members");
	json_t *members = json_object();
	json_t *member;
	size_t i;

	json_array_foreach ((json_t *)listed, i, member) {
		const char *value = json_get_string(member, "value");
		if (value)
			json_object_set_new(members, value, json_true());
	}
	json_object_set_new(self->members, id, members);
	json_object_del(document, "members");
	put_group(self, id, document);
}

/* What a flat resource sets in the group. New document. */
static json_t *changed(const MemGroups *self, const char *id, const json_t *resource)
{
	json_t *document = json_deep_copy(json_object_get(self->groups, id));
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)resource, key, value) {
		g_autoptr(Path) path = path_parse(key, NULL);
		if (path)
			path_set(path, document, value);
	}
	return document;
}

gboolean mem_groups_take(MemGroups *self, const json_t *effect)
{
	const char *id = json_get_string(effect, "id");
	const json_t *group = json_object_get(effect, "group");
	const json_t *set = json_object_get(effect, "set");
	const json_t *add = json_object_get(effect, "add");
	const json_t *remove = json_object_get(effect, "remove");
	json_t *members = mem_groups_members(self, id);
	json_t *member;
	size_t i;

	if (json_is_object(group)) {
		take_group(self, id, group);
		return TRUE;
	}
	if (!members || !(json_is_object(set) || json_is_array(add) || json_is_array(remove)))
		return FALSE;
	json_array_foreach ((json_t *)add, i, member)
		json_object_set_new(members, json_string_value(member), json_true());
	json_array_foreach ((json_t *)remove, i, member)
		json_object_del(members, json_string_value(member));
	if (set) {
		g_autoptr(json_t) document = changed(self, id, set);
		put_group(self, id, document);
	}
	return TRUE;
}

void mem_groups_forget(MemGroups *self, const char *id)
{
	const char *group;
	json_t *members;

	drop_name(self, id);
	json_object_del(self->groups, id);
	json_object_del(self->members, id);
	json_object_foreach (self->members, group, members)
		json_object_del(members, id);
}

/* Looking up ----------------------------------------------------------------------------------- */

static gboolean holds(const json_t *document, const Path *path, const char *value)
{
	json_t *held = path_get(path, document);
	g_autofree char *text = held ? json_scalar_text(held) : NULL;

	if (!text)
		return FALSE;
	if (g_ascii_strcasecmp(path->text, "externalId") == 0)
		return g_str_equal(text, value);
	g_autofree char *a = g_utf8_casefold(text, -1);
	g_autofree char *b = g_utf8_casefold(value, -1);
	return g_str_equal(a, b);
}

json_t *mem_groups_find(const MemGroups *self, const char *path_text, const char *value)
{
	g_autoptr(Path) path = path_parse(path_text, NULL);
	json_t *found = json_array();
	const char *id;
	json_t *document;

	json_object_foreach (self->groups, id, document) {
		if (path && holds(document, path, value))
			json_array_append(found, document);
	}
	return found;
}

/* Requests ------------------------------------------------------------------------------------- */

static json_t *answer_with(TargetAnswer *answer, TargetOutcome outcome, int status,
			   const char *detail)
{
	answer->outcome = outcome;
	answer->status = status;
	answer->detail = detail;
	return NULL;
}

/* What is to be done is true already. */
static json_t *nothing_to_do(TargetAnswer *answer)
{
	return answer_with(answer, TARGET_OK, 204, NULL);
}

static gboolean is_name_taken(const MemGroups *self, const json_t *document, const char *own_id)
{
	g_autofree char *name = folded_name(document);
	const char *owner = name ? g_hash_table_lookup(self->by_name, name) : NULL;

	return owner && g_strcmp0(owner, own_id) != 0;
}

static json_t *effect_new(const char *id, const char *what, json_t *value)
{
	json_t *effect = json_object();

	json_object_set_new(effect, "id", json_string(id));
	json_object_set_new(effect, what, value);
	return effect;
}

static json_t *create_effect(const MemGroups *self, const TargetRequest *request,
			     TargetAnswer *answer)
{
	g_autoptr(json_t) document = resource_document(request->resource);
	g_autofree char *id = g_strdup_printf("g%" G_GUINT64_FORMAT, self->last_id + 1);

	if (is_name_taken(self, document, NULL))
		return answer_with(answer, TARGET_EXISTS, 409,
				   "a group with this displayName exists");
	if (request->anchor && !json_get_nocase(document, "externalId"))
		json_object_set_new(document, "externalId", json_string(request->anchor));
	json_object_set_new(document, "id", json_string(id));
	return effect_new(id, "group", json_incref(document));
}

static json_t *rename_effect(const MemGroups *self, const TargetRequest *request,
			     TargetAnswer *answer)
{
	g_autoptr(json_t) document = changed(self, request->id, request->resource);

	if (is_name_taken(self, document, request->id))
		return answer_with(answer, TARGET_REJECTED, 409,
				   "another group has this displayName");
	if (json_equal(document, json_object_get(self->groups, request->id)))
		return nothing_to_do(answer);
	return effect_new(request->id, "set", json_incref((json_t *)request->resource));
}

/* Why this cannot be a member of the group, or NULL. */
static const char *objection(const MemGroups *self, const Target *target, const json_t *accounts,
			     const char *group, const TargetMember *member)
{
	gboolean known = member->is_group ? mem_groups_members(self, member->id) != NULL
					  : json_object_get(accounts, member->id) != NULL;

	if (!known)
		return "a member does not exist";
	if (member->is_group && !(target->caps & TARGET_CAN_NEST_GROUPS))
		return "a group cannot be a member";
	return g_str_equal(member->id, group) ? "a group cannot be its own member" : NULL;
}

static json_t *add_effect(const MemGroups *self, const Target *target, const json_t *accounts,
			  const TargetRequest *request, TargetAnswer *answer)
{
	g_autoptr(json_t) added = json_array();
	const json_t *there = mem_groups_members(self, request->id);

	for (guint i = 0; i < request->member_count; i++) {
		const TargetMember *member = &request->members[i];
		const char *problem = objection(self, target, accounts, request->id, member);
		if (problem)
			return answer_with(answer, TARGET_REJECTED, 400, problem);
		if (!json_object_get(there, member->id))
			json_array_append_new(added, json_string(member->id));
	}
	if (json_array_size(added) == 0)
		return nothing_to_do(answer);
	return effect_new(request->id, "add", g_steal_pointer(&added));
}

static json_t *remove_effect(const MemGroups *self, const TargetRequest *request,
			     TargetAnswer *answer)
{
	g_autoptr(json_t) removed = json_array();
	const json_t *there = mem_groups_members(self, request->id);

	for (guint i = 0; i < request->member_count; i++) {
		const char *id = request->members[i].id;
		if (json_object_get(there, id))
			json_array_append_new(removed, json_string(id));
	}
	if (json_array_size(removed) == 0)
		return nothing_to_do(answer);
	return effect_new(request->id, "remove", g_steal_pointer(&removed));
}

/* The ability that a verb takes. */
static guint needs(TargetVerb verb)
{
	switch (verb) {
	case TARGET_GROUP_CREATE:
		return TARGET_CAN_GROUPS | TARGET_CAN_CREATE_GROUP;
	case TARGET_GROUP_RENAME:
		return TARGET_CAN_GROUPS | TARGET_CAN_RENAME_GROUP;
	case TARGET_GROUP_DELETE:
		return TARGET_CAN_GROUPS | TARGET_CAN_DELETE_GROUP;
	default:
		return TARGET_CAN_GROUPS;
	}
}

json_t *mem_groups_effect(const MemGroups *self, const Target *target, const json_t *accounts,
			  const TargetRequest *request, TargetAnswer *answer)
{
	gboolean adds = request->verb == TARGET_MEMBERS_ADD;
	guint needed = needs(request->verb);

	if ((target->caps & needed) != needed)
		return answer_with(answer, TARGET_REJECTED, 501, "not possible here");
	if (request->verb == TARGET_GROUP_CREATE)
		return create_effect(self, request, answer);
	if (!mem_groups_members(self, request->id))
		return answer_with(answer, TARGET_ABSENT, 404, "no group has this id");
	if (request->verb == TARGET_GROUP_RENAME)
		return rename_effect(self, request, answer);
	if (request->verb == TARGET_GROUP_DELETE)
		return effect_new(request->id, "deleted", json_true());
	if (request->member_count > (adds ? target->add_batch : target->remove_batch))
		return answer_with(answer, TARGET_REJECTED, 413, "too many members in a request");
	return adds ? add_effect(self, target, accounts, request, answer)
		    : remove_effect(self, request, answer);
}
