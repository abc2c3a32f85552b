/*
 * A group that is sent as a whole, or its list of members: by PUT, or by a PATCH that replaces
 * them.
 *
 * Whoever sends a list as a whole throws out whom it did not see. So that is done only when the
 * service shows all members; a PUT that renames has the members in it, too. Where it does not, the
 * request is refused here.
 */
#include <string.h>

#include "base/json.h"
#include "scim_group_internal.h"
#include "target_internal.h"

/* The group that was read, with all its members. NULL after the reply was turned. */
static json_t *whole_group(const ScimGroups *self, const ScimGroupJob *job, ScimReply *reply)
{
	g_autoptr(json_t) group = scim_read_document(reply, job->request->id);
	const char *why;

	if (!group) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"the service answered with something that is not the group");
		return NULL;
	}
	if (!scim_members_are_all(self->quirks, group, &why)) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"the group could only be sent with all its members: %s", why);
		return NULL;
	}
	return g_steal_pointer(&group);
}

/* What is sent in the place of the group that was read. NULL after the reply was turned. */
static json_t *whole_body(const ScimGroups *self, const ScimGroupJob *job, ScimReply *reply,
			  gboolean by_put)
{
	const TargetRequest *request = job->request;
	g_autoptr(json_t) group = whole_group(self, job, reply);
	gboolean changed;
	g_autoptr(json_t) members = group ? scim_members_after(group, request, &changed) : NULL;

	if (!group)
		return NULL;
	if (!members) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"the group's list holds something that is no member");
		return NULL;
	}
	/* Done already: the reply says OK. */
	if (!changed && request->verb != TARGET_GROUP_RENAME)
		return NULL;
	if (!by_put)
		return scim_members_replace(members);
	overlay_delete_nocase(group, "members");
	json_object_set(group, "members", members);
	scim_group_overlay(self->quirks, group,
			   request->verb == TARGET_GROUP_RENAME ? request->resource : NULL);
	return g_steal_pointer(&group);
}

static gboolean is_put(const ScimGroups *self, TargetVerb verb)
{
	if (!self->peer.profile->group_put.value)
		return FALSE;
	return !scim_group_is_patched(self) || verb == TARGET_GROUP_RENAME ||
	       (verb == TARGET_MEMBERS_ADD ? self->quirks->add == SCIM_ADD_PUT
					   : self->quirks->remove == SCIM_REMOVE_PUT);
}

static gboolean fits(const ScimGroups *self, const json_t *body, ScimReply *reply)
{
	g_autofree char *text = json_canonical(body);

	if (self->quirks->payload_max == 0 || strlen(text) <= (gsize)self->quirks->payload_max)
		return TRUE;
	scim_reply_turn(reply, TARGET_REJECTED,
			"the group has more members than a request to this service may hold");
	return FALSE;
}

gboolean scim_group_send_whole(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	g_free(job->version);
	job->version = g_strdup(scim_reply_version(reply));
	gboolean by_put = is_put(self, job->request->verb);
	g_autoptr(json_t) body = whole_body(self, job, reply, by_put);

	if (!body || !fits(self, body, reply))
		return FALSE;
	job->by_put = by_put;
	scim_group_send_to(self, job, SCIM_GROUP_WHOLE, by_put ? "PUT" : "PATCH", body);
	return TRUE;
}
