/*
 * Whether a removal takes out whom it names, and nobody else.
 *
 * "remove" with path "members" and a list as value removes those of the list at some services. By
 * RFC 7644 §3.5.2.2 it removes the attribute: the group is empty. Which of the two it is, no
 * answer says; both are 200. So where 'remove' is "value" or "nested", and members can be read,
 * each removal is looked at before and after, until one has shown that it is right:
 *
 *	GET --> PATCH --> GET --.--> the others are there: proved for a while, on with the rest
 *	                        |--> they are gone: put back, and no such removal any more
 *	                        '--> who was named is still there: refused
 *
 * That costs at most one group per request under way its members, for as long as it takes to put
 * them back. A removal that leaves nobody proves nothing, and does no harm either.
 */
#include "base/json.h"
#include "scim_group_internal.h"

gboolean scim_proof_is_wanted(const ScimGroups *self, TargetVerb verb)
{
	const ScimGroupQuirks *quirks = self->quirks;

	const ScimLearnt *removal = &self->peer.profile->memory.facts[SCIM_FACT_REMOVAL];

	return verb == TARGET_MEMBERS_REMOVE && !(removal->known && removal->value) &&
	       (quirks->remove == SCIM_REMOVE_VALUE || quirks->remove == SCIM_REMOVE_NESTED) &&
	       (quirks->read == SCIM_READ_FULL || quirks->read == SCIM_READ_CAPPED);
}

static gboolean has(const json_t *members, const char *id)
{
	size_t i;
	json_t *member;

	json_array_foreach ((json_t *)members, i, member) {
		if (g_strcmp0(json_get_string(member, "value"), id) == 0)
			return TRUE;
	}
	return FALSE;
}

/*
 * The members of a group that was read as they are after a request, { "value", "type" } each. NULL
 * if there may be more, or after the reply was turned.
 */
static json_t *members_after(const ScimGroups *self, const TargetRequest *request, ScimReply *reply,
			     gboolean *changed)
{
	g_autoptr(json_t) group = scim_read_document(reply, request->id);
	json_t *members = NULL;
	const char *why;

	if (group && !scim_members_are_all(self->quirks, group, &why))
		return NULL;
	if (group)
		members = scim_members_after(group, request, changed);
	if (!members)
		scim_reply_turn(reply, TARGET_REJECTED,
				"the service answered with something that is not the group");
	return members;
}

gboolean scim_proof_before(const ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	gboolean changed = TRUE;
	g_autoptr(json_t) others = members_after(self, job->request, reply, &changed);

	if (reply->outcome != TARGET_OK || !changed)
		return FALSE;
	if (json_array_size(others) > 0)
		job->others = g_steal_pointer(&others);
	return TRUE;
}

/* Everybody who was to stay is gone. */
static gboolean is_emptied(const ScimGroupJob *job, const json_t *after)
{
	size_t i;
	json_t *member;

	json_array_foreach (job->others, i, member) {
		if (has(after, json_get_string(member, "value")))
			return FALSE;
	}
	return TRUE;
}

/* The first of the last portion who is still there, or NULL. Borrowed. */
static const char *still_there(const ScimGroupJob *job, const json_t *after)
{
	const ScimChunks *chunks = &job->chunks;

	for (guint i = chunks->first - MIN(chunks->first, chunks->count); i < chunks->first; i++) {
		if (has(after, chunks->request->members[i].id))
			return chunks->request->members[i].id;
	}
	return NULL;
}

ScimProof scim_proof_after(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	const TargetRequest nobody = { .verb = TARGET_MEMBERS_ADD, .id = job->request->id };
	gboolean changed;
	g_autoptr(json_t) after = members_after(self, &nobody, reply, &changed);
	const char *left;

	if (!after) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"the group's members cannot be read after removing some");
		return SCIM_PROOF_REFUSED;
	}
	if (is_emptied(job, after)) {
		scim_profile_learn(self->peer.profile, SCIM_FACT_REMOVAL, FALSE, 0);
		return SCIM_PROOF_EMPTIED;
	}
	left = still_there(job, after);
	if (left) {
		scim_reply_turn(reply, TARGET_REJECTED,
				"member '%s' was removed by what the service says, and is still "
				"there\nset quirks.groups.remove to what this service takes",
				left);
		return SCIM_PROOF_REFUSED;
	}
	scim_profile_learn(self->peer.profile, SCIM_FACT_REMOVAL, TRUE, 0);
	g_clear_pointer(&job->others, json_decref);
	return SCIM_PROOF_GIVEN;
}

void scim_proof_rescue(const ScimGroups *self, ScimGroupJob *job)
{
	guint count = (guint)json_array_size(job->others);

	job->rescued = g_new0(TargetMember, count);
	for (guint i = 0; i < count; i++) {
		const json_t *member = json_array_get(job->others, i);
		job->rescued[i].id = json_get_string(member, "value");
		job->rescued[i].is_group = json_get_string(member, "type") != NULL;
	}
	job->rescue = (TargetRequest){ .verb = TARGET_MEMBERS_ADD,
				       .id = job->request->id,
				       .members = job->rescued,
				       .member_count = count };
	scim_chunks_clear(&job->chunks);
	scim_chunks_init(&job->chunks, self->quirks, &job->rescue, self->peer.base->add_batch);
}

void scim_proof_tell(const ScimGroupJob *job, ScimReply *reply)
{
	gboolean saved = reply->outcome == TARGET_OK;
	g_autofree char *why = g_strdup(reply->detail);

	scim_reply_turn(reply, TARGET_REJECTED,
			"removing members emptied the group: its %u others were %s%s\n"
			"set quirks.groups.remove to \"filter\", or to what this service takes",
			job->rescue.member_count,
			saved ? "put back" : "not all put back: ", saved || !why ? "" : why);
}
