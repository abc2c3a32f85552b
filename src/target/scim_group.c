/*
 * Groups at a SCIM service: what answers become, whether a 404 may be believed, and the members of
 * a group. Which request comes next is scim_group_job.c's.
 *
 * A 404 speaks of a group only where /Groups itself is known to answer; the first one waits for
 * one search, as a 404 of an account does. If there is no /Groups the requests are refused one by
 * one: the accounts of the service may be in order.
 *
 * What was refused after some members were done is answered REJECTED all the same: to add or
 * remove them again does no harm. A lost answer is UNKNOWN for the request as a whole.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "scim_group_internal.h"
#include "target_internal.h"

#define SMALLEST_LIST "/Groups?startIndex=1&count=1&excludedAttributes=members"

/* Where answers go during a step. */
typedef struct {
	TargetDoneFn done;
	void *data;
} Delivery;

/* Answering ------------------------------------------------------------------------------------ */

static void job_free(void *job_)
{
	ScimGroupJob *job = job_;

	scim_chunks_clear(&job->chunks);
	scim_pages_clear(&job->pages);
	scim_reply_clear(&job->held);
	json_decref(job->others);
	g_free(job->version);
	g_free(job->rescued);
	g_free(job);
}

/* "Not done" holds for the last request of a job; an earlier one may have been done. */
static TargetOutcome outcome_of_all(const ScimGroupJob *job, TargetOutcome last)
{
	gboolean denies = last == TARGET_REJECTED || last == TARGET_LATER || last == TARGET_DOWN;
	return job->doubtful && denies ? TARGET_UNKNOWN : last;
}

/* The verb about an account that is answered the same way. */
static TargetVerb like_verb(const ScimGroupJob *job)
{
	if (job->step == SCIM_GROUP_READ || job->step == SCIM_GROUP_LOOK ||
	    job->step == SCIM_GROUP_BEFORE || job->step == SCIM_GROUP_AFTER)
		return TARGET_READ;
	switch (job->request->verb) {
	case TARGET_GROUP_LOOKUP:
		return TARGET_LOOKUP;
	case TARGET_GROUP_CREATE:
		return TARGET_CREATE;
	case TARGET_GROUP_DELETE:
		return TARGET_DELETE;
	default:
		return TARGET_UPDATE;
	}
}

static ScimContext context_of(const ScimGroups *self, TargetVerb verb)
{
	ScimContext context = self->peer.context;

	context.verb = verb;
	context.url_good = TRUE; /* whether a 404 is to be believed is found out here */
	return context;
}

static json_t *found_groups(const ScimGroups *self, const TargetRequest *request, ScimReply *reply)
{
	gboolean by_name = g_ascii_strcasecmp(request->match_path, "displayName") == 0;
	g_autofree char *value = by_name ? scim_group_name(self->quirks, request->match_value)
					 : g_strdup(request->match_value);

	scim_group_mend(self->quirks, reply->body);
	json_t *found = scim_found_documents(reply, request->match_path, value);
	if (reply->outcome == TARGET_ABSENT)
		scim_reply_turn(reply, TARGET_ABSENT, "no such group");
	return found;
}

/* The group as the service shows it now, in a list of one; NULL if it does not. */
static json_t *shown_group(ScimReply *reply)
{
	if (!json_is_object(reply->body) || !json_get_nocase(reply->body, "displayName") ||
	    !scim_normalise(reply->body))
		return NULL;
	overlay_delete_nocase(reply->body, "members");
	return json_pack("[O]", reply->body);
}

static char *created_id(ScimReply *reply, const char *location)
{
	char *id = scim_created_id(reply, location);

	/* The address of the collection itself names no group. */
	if (id && g_ascii_strcasecmp(id, "Groups") == 0)
		g_clear_pointer(&id, g_free);
	if (!id)
		scim_reply_turn(reply, TARGET_UNKNOWN,
				"the service answered %d to a create without saying which group it "
				"made",
				reply->status);
	return id;
}

static void learn(ScimGroups *self, const ScimGroupJob *job)
{
	gboolean adds = job->chunks.request && job->chunks.request->verb == TARGET_MEMBERS_ADD;
	Target *base = self->peer.base;
	guint *batch = adds ? &base->add_batch : &base->remove_batch;
	guint size = scim_chunks_learned(&job->chunks);

	if (size == 0 || size >= *batch)
		return;
	*batch = size;
	scim_profile_learn(self->peer.profile, adds ? SCIM_FACT_ADD_MAX : SCIM_FACT_REMOVE_MAX,
			   size, job->chunks.shrunk_by);
}

/* Answers the caller and frees the job. */
static void job_finish(ScimGroups *self, ScimGroupJob *job, ScimReply *reply, gint64 retry_after_us,
		       const char *location, const Delivery *to)
{
	TargetRequest *request = job->request;
	g_autofree char *id = NULL;
	g_autoptr(json_t) documents = NULL;

	if (reply->outcome == TARGET_OK && request->verb == TARGET_GROUP_LOOKUP)
		documents = found_groups(self, request, reply);
	if (reply->outcome == TARGET_OK && request->verb == TARGET_GROUP_CREATE)
		id = created_id(reply, location);
	if (reply->outcome == TARGET_OK &&
	    (request->verb == TARGET_GROUP_CREATE || request->verb == TARGET_GROUP_RENAME))
		documents = shown_group(reply);
	learn(self, job);
	TargetAnswer answer = {
		.outcome = outcome_of_all(job, reply->outcome),
		.id = id,
		.documents = documents,
		.status = reply->status,
		.detail = reply->detail,
		.retry_after_us = retry_after_us,
		.calls = job->calls,
		.retries = job->retries,
	};
	g_hash_table_steal(self->jobs, job);
	to->done(request, &answer, to->data);
	job_free(job);
}

void scim_groups_submit(ScimGroups *self, TargetRequest *request)
{
	ScimGroupJob *job = g_new0(ScimGroupJob, 1);

	job->request = request;
	g_hash_table_add(self->jobs, job);
	scim_group_job_start(self, job);
}

guint scim_groups_ready(const ScimGroups *self)
{
	return self->ready.length;
}

guint scim_groups_deliver(ScimGroups *self, TargetDoneFn done, void *data)
{
	const Delivery to = { .done = done, .data = data };
	guint n = self->ready.length;

	/* Only those there are now: what a callback submits is for the next step. */
	for (guint i = 0; i < n; i++) {
		ScimGroupJob *job = g_queue_pop_head(&self->ready);
		job_finish(self, job, &job->held, 0, NULL, &to);
	}
	return n;
}

/* Is /Groups there? ---------------------------------------------------------------------------- */

static void say_missing(const ScimGroups *self, ScimReply *reply)
{
	scim_reply_turn(reply, self->without,
			"the service answered %d, and shows no groups at all beneath /Groups: %s",
			reply->status, self->problem);
}

/* TRUE if the answer is a 404 that cannot be believed yet: the job waits. */
static gboolean job_waits(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	if (self->good || reply->outcome == TARGET_OK ||
	    (reply->status != 404 && reply->status != 410))
		return FALSE;
	if (self->check == SCIM_GROUPS_MISSING) {
		say_missing(self, reply);
		return FALSE;
	}
	scim_reply_clear(&job->held);
	job->held = *reply;
	*reply = (ScimReply){ 0 };
	g_queue_push_tail(&self->waiting, job);
	if (self->check == SCIM_GROUPS_NOT_ASKED) {
		self->check = SCIM_GROUPS_ASKED;
		scim_group_send(self, self, "GET", SMALLEST_LIST, NULL);
	}
	return TRUE;
}

/* The service as a whole is what is wrong, or only its groups are. */
static void note_missing(ScimGroups *self, const ScimReply *reply)
{
	const char *why = reply->detail ? reply->detail : "the answer is no list";
	gboolean other = reply->outcome == TARGET_DOWN || reply->outcome == TARGET_LATER;

	self->check = SCIM_GROUPS_MISSING;
	self->without = other ? reply->outcome : TARGET_REJECTED;
	g_free(self->problem);
	self->problem = g_strndup(why, strcspn(why, "\n"));
}

static void check_answered(ScimGroups *self, const HttpAnswer *http, const Delivery *to)
{
	ScimContext context = context_of(self, TARGET_READ);
	guint calls = http->calls, retries = http->retries;
	ScimReply reply;
	ScimGroupJob *job;

	scim_reply_read(&reply, &context, http);
	self->good |= scim_is_list(&reply);
	if (!self->good)
		note_missing(self, &reply);
	while ((job = g_queue_pop_head(&self->waiting))) {
		if (!self->good)
			say_missing(self, &job->held);
		job->calls += calls;
		job->retries += retries;
		calls = retries = 0;
		job_finish(self, job, &job->held, http->retry_after_us, NULL, to);
	}
	/* Busy is not missing: who comes next may ask again. */
	if (self->without == TARGET_LATER)
		self->check = SCIM_GROUPS_NOT_ASKED;
	scim_reply_clear(&reply);
}

gboolean scim_groups_answered(ScimGroups *self, const HttpRequest *request, const HttpAnswer *http,
			      TargetDoneFn done, void *data)
{
	const Delivery to = { .done = done, .data = data };
	ScimGroupJob *job = request->tag;
	ScimReply reply;

	if (request->tag == self) {
		check_answered(self, http, &to);
		return TRUE;
	}
	if (!job || !g_hash_table_contains(self->jobs, job))
		return FALSE;
	ScimContext context = context_of(self, like_verb(job));
	job->calls += http->calls;
	job->retries += http->retries;
	job->doubtful |= http->doubtful;
	scim_reply_read(&reply, &context, http);
	if (reply.outcome == TARGET_OK && json_is_object(reply.body))
		self->good = TRUE;
	if (!scim_group_job_continues(self, job, &reply) && !job_waits(self, job, &reply))
		job_finish(self, job, &reply, http->retry_after_us, http->location, &to);
	scim_reply_clear(&reply);
	return TRUE;
}

/* Members -------------------------------------------------------------------------------------- */

static gboolean pass_members(const json_t *group, TargetMemberFn fn, void *data, const char **flaw,
			     GError **error)
{
	const json_t *members = json_get_nocase(group, "members");
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	size_t i;
	json_t *member;

	json_array_foreach ((json_t *)members, i, member) {
		char *id = scim_member_id(member);
		if (!id) {
			*flaw = "the group's list holds something that is no member";
			continue;
		}
		if (g_hash_table_add(seen, id) && !fn(id, data, error))
			return FALSE;
	}
	return TRUE;
}

gboolean scim_groups_members(ScimGroups *self, const char *id, TargetMemberFn fn, void *data,
			     gboolean *complete, char **why, GError **error)
{
	g_autofree char *path = scim_group_path(id);
	ScimReply reply = { 0 };
	const char *flaw = NULL;
	g_autoptr(json_t) group = NULL;
	gboolean ok = TRUE;

	self->peer.get(self->peer.driver, path, &reply);
	if (reply.outcome == TARGET_OK)
		group = scim_read_document(&reply, id);
	if (group) {
		scim_members_are_all(self->quirks, group, &flaw);
		ok = pass_members(group, fn, data, &flaw, error);
	} else if (reply.outcome == TARGET_DOWN && reply.status != 404 && reply.status != 410) {
		ok = error_set(error, ERROR_DOWN, "%s", reply.detail);
	} else {
		flaw = reply.detail ? reply.detail : "the service did not show the group";
	}
	if (ok) {
		*complete = flaw == NULL;
		*why = flaw ? g_strndup(flaw, strcspn(flaw, "\n")) : NULL;
	}
	scim_reply_clear(&reply);
	return ok;
}

/* Beginning ------------------------------------------------------------------------------------ */

static void discover(ScimGroups *self)
{
	ScimReply reply = { 0 };

	self->peer.get(self->peer.driver, "/ResourceTypes", &reply);
	self->missing = reply.outcome == TARGET_OK && scim_has_no_groups(reply.body);
	scim_reply_clear(&reply);
}

/* As the settings say, or less where the service took less in an earlier run. */
static guint most_members(const ScimGroups *self, gint64 set, ScimFact fact)
{
	const ScimLearnt *learnt = &self->peer.profile->memory.facts[fact];
	return (guint)MAX(1, learnt->known ? MIN(set, learnt->value) : set);
}

ScimGroups *scim_groups_new(const ScimGroupPeer *peer, gboolean wanted)
{
	ScimGroups *self = g_new0(ScimGroups, 1);
	const ScimGroupQuirks *quirks = &peer->conf->quirks.groups;

	self->peer = *peer;
	self->quirks = quirks;
	self->wanted = wanted;
	self->jobs = g_hash_table_new_full(NULL, NULL, job_free, NULL);
	if (quirks->match && quirks->match->len > 0) {
		self->match = g_new0(const char *, quirks->match->len + 1);
		memcpy(self->match, quirks->match->pdata, quirks->match->len * sizeof(char *));
	}
	if (wanted && quirks->offered && peer->conf->quirks.discovery)
		discover(self);
	if (!self->missing)
		peer->base->caps |= scim_group_caps(quirks);
	peer->base->add_batch = most_members(self, quirks->add_max, SCIM_FACT_ADD_MAX);
	peer->base->remove_batch = most_members(self, quirks->remove_max, SCIM_FACT_REMOVE_MAX);
	return self;
}

void scim_groups_free(ScimGroups *self)
{
	if (!self)
		return;
	g_queue_clear(&self->ready);
	g_queue_clear(&self->waiting);
	g_hash_table_unref(self->jobs);
	g_free(self->match);
	g_free(self->problem);
	g_free(self);
}

const char *const *scim_groups_match(const ScimGroups *self)
{
	return self->match;
}

void scim_groups_findings(const ScimGroups *self, GPtrArray *findings)
{
	if (self->wanted && !self->quirks->offered)
		g_ptr_array_add(findings, g_strdup("groups are not pushed to this service "
						   "(quirks.groups.offered = false): the rules in "
						   "'groups' have no effect"));
	else if (self->missing)
		g_ptr_array_add(findings, g_strdup("the service has no groups: none of its types "
						   "of resources is Group"));
	else if (self->wanted)
		scim_group_findings(self->quirks, self->peer.base, findings);
}
