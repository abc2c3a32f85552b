/*
 * Groups at a SCIM service: which request comes next. RFC 7644.
 *
 *	GROUP_LOOKUP    GET    /Groups?filter=…    scim_group_search.c
 *	GROUP_CREATE    POST   /Groups            empty: members come when their accounts are there
 *	GROUP_RENAME    PATCH  /Groups/<id>       or GET, overlay, PUT
 *	GROUP_DELETE    DELETE /Groups/<id>
 *	MEMBERS_ADD,    PATCH  /Groups/<id>       a request for each portion, see scim_chunks.c
 *	MEMBERS_REMOVE  or GET, then the whole list by PATCH or PUT
 *
 *	start --.--> ONLY ----------------------------------.
 *	        |--> CHUNK --200, 400, 413--> CHUNK ... ----|--> answer
 *	        |      |--404--> LOOK --there--> CHUNK -----|
 *	        |--> BEFORE --> CHUNK --> AFTER --> CHUNK --|      (scim_group_proof.c)
 *	        |      '--405, 501--.                       |       (and the other way round)
 *	        '-------------------'--> READ --> WHOLE ----'      (scim_group_whole.c)
 *
 * Who wants to know which version of a group is changed (428) is told "*", any that is there (RFC
 * 9110 §13.1.1): members come and go one by one, whoever else was faster. Only where the whole list
 * is sent it is the version that was read.
 *
 * A 404 to a PATCH of members may mean the group or somebody in it: the group is looked for before
 * it is called gone.
 */
#include <string.h>

#include "base/json.h"
#include "scim_group_internal.h"

/* Sending -------------------------------------------------------------------------------------- */

static HttpRequest *request_new(const ScimGroups *self, void *tag, const char *method,
				const char *path, const json_t *body)
{
	HttpRequest *request = http_request_new(method, path);

	request->accept = self->peer.profile->accept;
	request->tag = tag;
	if (body) {
		request->body = json_canonical(body);
		request->body_length = strlen(request->body);
		request->content_type = self->peer.profile->content_type;
	}
	return request;
}

void scim_group_send(ScimGroups *self, void *tag, const char *method, const char *path,
		     const json_t *body)
{
	http_submit(self->peer.http, request_new(self, tag, method, path, body));
}

static gboolean names_version(const ScimGroups *self)
{
	return self->peer.profile->memory.facts[SCIM_FACT_GROUP_ETAG].known;
}

void scim_group_send_to(ScimGroups *self, ScimGroupJob *job, ScimGroupStep step, const char *method,
			const json_t *body)
{
	g_autofree char *path = scim_group_path(job->request->id);

	HttpRequest *request = request_new(self, job, method, path, body);
	gboolean writes = !g_str_equal(method, "GET");

	if (writes && names_version(self))
		request->if_match = g_strdup(step == SCIM_GROUP_WHOLE && job->version ? job->version
										      : "*");
	job->step = step;
	http_submit(self->peer.http, request);
}

void scim_group_ready(ScimGroups *self, ScimGroupJob *job, TargetOutcome outcome,
		      const char *detail)
{
	job->held.outcome = outcome;
	g_free(job->held.detail);
	job->held.detail = g_strdup(detail);
	g_queue_push_tail(&self->ready, job);
}

/* The next portion; FALSE if there is none. */
static gboolean send_chunk(ScimGroups *self, ScimGroupJob *job)
{
	g_autoptr(json_t) body = scim_chunks_next(&job->chunks);

	if (body)
		scim_group_send_to(self, job, SCIM_GROUP_CHUNK, "PATCH", body);
	return body != NULL;
}

/* Where both were refused, PATCH is asked for once more: the refusal is the answer. */
gboolean scim_group_is_patched(const ScimGroups *self)
{
	const ScimProfile *profile = self->peer.profile;
	return profile->group_patch.value || !profile->group_put.value;
}

/* A removal has emptied a group; see scim_group_proof.c. */
static gboolean is_removal_harmful(const ScimGroups *self)
{
	const ScimLearnt *removal = &self->peer.profile->memory.facts[SCIM_FACT_REMOVAL];
	return removal->known && !removal->value;
}

static gboolean is_whole(const ScimGroups *self, TargetVerb verb)
{
	return !scim_group_is_patched(self) || scim_members_are_whole(self->quirks, verb);
}

static void start_create(ScimGroups *self, ScimGroupJob *job)
{
	g_autoptr(json_t) body = scim_group_document(self->quirks, job->request->resource,
						     job->request->anchor);
	scim_group_send(self, job, "POST", "/Groups", body);
}

static void start_rename(ScimGroups *self, ScimGroupJob *job)
{
	g_autoptr(json_t) body = NULL;

	if (!scim_group_is_patched(self)) {
		scim_group_send_to(self, job, SCIM_GROUP_READ, "GET", NULL);
		return;
	}
	body = scim_group_patch(self->quirks, job->request->resource,
				self->peer.conf->quirks.patch_path);
	scim_group_send_to(self, job, SCIM_GROUP_ONLY, "PATCH", body);
}

static void start_members(ScimGroups *self, ScimGroupJob *job)
{
	gboolean adds = job->request->verb == TARGET_MEMBERS_ADD;
	const Target *base = self->peer.base;

	scim_chunks_init(&job->chunks, self->quirks, job->request,
			 adds ? base->add_batch : base->remove_batch);
	if (is_whole(self, job->request->verb))
		scim_group_send_to(self, job, SCIM_GROUP_READ, "GET", NULL);
	else if (scim_proof_is_wanted(self, job->request->verb) && is_removal_harmful(self))
		scim_group_ready(
			self, job, TARGET_REJECTED,
			"not sent: removing a member emptied another group\n"
			"set quirks.groups.remove to \"filter\", or to what this service takes");
	else if (scim_proof_is_wanted(self, job->request->verb))
		scim_group_send_to(self, job, SCIM_GROUP_BEFORE, "GET", NULL);
	else if (!send_chunk(self, job))
		scim_group_ready(self, job, TARGET_OK, NULL);
}

static guint needed_caps(TargetVerb verb)
{
	switch (verb) {
	case TARGET_GROUP_CREATE:
		return TARGET_CAN_CREATE_GROUP;
	case TARGET_GROUP_RENAME:
		return TARGET_CAN_RENAME_GROUP;
	case TARGET_GROUP_DELETE:
		return TARGET_CAN_DELETE_GROUP;
	default:
		return TARGET_CAN_GROUPS;
	}
}

void scim_group_job_start(ScimGroups *self, ScimGroupJob *job)
{
	if (!(self->peer.base->caps & needed_caps(job->request->verb))) {
		scim_group_ready(self, job, TARGET_REJECTED, "this is not possible here");
		return;
	}
	switch (job->request->verb) {
	case TARGET_GROUP_LOOKUP:
		scim_group_search_start(self, job);
		break;
	case TARGET_GROUP_CREATE:
		start_create(self, job);
		break;
	case TARGET_GROUP_RENAME:
		start_rename(self, job);
		break;
	case TARGET_GROUP_DELETE:
		scim_group_send_to(self, job, SCIM_GROUP_ONLY, "DELETE", NULL);
		break;
	default:
		start_members(self, job);
		break;
	}
}

/* Going on ------------------------------------------------------------------------------------- */

/* Whether the last request changed the group by PATCH or by PUT, either of which would do. */
static gboolean method_of(const ScimGroupJob *job, ScimFact *method, ScimFact *other)
{
	gboolean whole = job->step == SCIM_GROUP_WHOLE;
	gboolean put = whole && job->by_put;
	gboolean renamed = job->step == SCIM_GROUP_ONLY &&
			   job->request->verb == TARGET_GROUP_RENAME;

	*method = put ? SCIM_FACT_GROUP_PUT : SCIM_FACT_GROUP_PATCH;
	*other = put ? SCIM_FACT_GROUP_PATCH : SCIM_FACT_GROUP_PUT;
	return whole || renamed || job->step == SCIM_GROUP_CHUNK;
}

/*
 * TRUE if a method is not spoken, and the other one may be. Once a job for each; it is remembered
 * when the other one has worked, as for accounts.
 */
static gboolean turn_around(ScimGroups *self, ScimGroupJob *job, const ScimReply *reply)
{
	ScimProfile *profile = self->peer.profile;
	guint spurned = job->spurned;
	ScimFact method, other;

	if (!method_of(job, &method, &other) || job->rescued)
		return FALSE;
	if (reply->outcome == TARGET_OK)
		scim_profile_worked(profile, method);
	if (reply->status != 405 && reply->status != 501)
		return FALSE;
	job->spurned |= 1u << method;
	if (spurned || !scim_profile_may_try(profile, other))
		return FALSE;
	scim_profile_refused(profile, method, reply->status);
	scim_chunks_clear(&job->chunks);
	scim_group_job_start(self, job);
	return TRUE;
}

/* TRUE, once a job, if the service wants to know which version is changed. RFC 6585 §3. */
static gboolean name_version(ScimGroups *self, ScimGroupJob *job, const ScimReply *reply)
{
	if (reply->status != 428 || job->told_version)
		return FALSE;
	job->told_version = TRUE;
	scim_profile_learn(self->peer.profile, SCIM_FACT_GROUP_ETAG, TRUE, reply->status);
	if (job->step != SCIM_GROUP_CHUNK) {
		scim_group_job_start(self, job);
		return TRUE;
	}
	return send_chunk(self, job);
}

static gboolean is_gone(const ScimReply *reply)
{
	return reply->status == 404 || reply->status == 410;
}

static void look(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	g_autofree char *group = scim_group_path(job->request->id);
	g_autofree char *path = g_strconcat(group, "?excludedAttributes=members", NULL);

	scim_reply_clear(&job->held);
	job->held = *reply;
	*reply = (ScimReply){ 0 };
	job->step = SCIM_GROUP_LOOK;
	scim_group_send(self, job, "GET", path, NULL);
}

/* The group is there: what was answered before is about a member. */
static void blame_member(ScimGroupJob *job, ScimReply *reply)
{
	scim_reply_clear(reply);
	*reply = job->held;
	job->held = (ScimReply){ 0 };
	reply->outcome = TARGET_REJECTED;
}

/* Sends the next portion; FALSE if there is none, or the last answer was the end. */
static gboolean next_portion(ScimGroups *self, ScimGroupJob *job, ScimReply *reply,
			     gboolean goes_on)
{
	if (goes_on && send_chunk(self, job))
		return TRUE;
	if (goes_on)
		scim_chunks_conclude(&job->chunks, reply);
	if (job->rescued)
		scim_proof_tell(job, reply);
	return FALSE;
}

/* The answer to a portion: the next one, or the end. */
static gboolean portion_answered(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	if (job->step == SCIM_GROUP_CHUNK && is_gone(reply) &&
	    !scim_chunks_no_target(&job->chunks, reply)) {
		look(self, job, reply);
		return TRUE;
	}
	if (job->step == SCIM_GROUP_LOOK) {
		if (reply->outcome != TARGET_OK)
			return FALSE;
		blame_member(job, reply);
	}
	gboolean done = reply->outcome == TARGET_OK;
	gboolean goes_on = scim_chunks_answered(&job->chunks, reply);
	if (goes_on && done && job->others && !job->rescued) {
		scim_group_send_to(self, job, SCIM_GROUP_AFTER, "GET", NULL);
		return TRUE;
	}
	return next_portion(self, job, reply, goes_on);
}

/* The group as it is before or after a removal that is to be proved. */
static gboolean proof_answered(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	if (reply->outcome != TARGET_OK)
		return FALSE;
	if (job->step == SCIM_GROUP_BEFORE)
		return scim_proof_before(self, job, reply) && send_chunk(self, job);
	switch (scim_proof_after(self, job, reply)) {
	case SCIM_PROOF_EMPTIED:
		scim_proof_rescue(self, job);
		return send_chunk(self, job);
	case SCIM_PROOF_GIVEN:
		return next_portion(self, job, reply, TRUE);
	case SCIM_PROOF_REFUSED:
		break;
	}
	return FALSE;
}

gboolean scim_group_job_continues(ScimGroups *self, ScimGroupJob *job, ScimReply *reply)
{
	if (turn_around(self, job, reply) || name_version(self, job, reply))
		return TRUE;
	if (job->step == SCIM_GROUP_SEARCH)
		return scim_group_search_continues(self, job, reply);
	if (job->step == SCIM_GROUP_READ)
		return reply->outcome == TARGET_OK && scim_group_send_whole(self, job, reply);
	if (job->step == SCIM_GROUP_BEFORE || job->step == SCIM_GROUP_AFTER)
		return proof_answered(self, job, reply);
	/* It was read a moment ago: this is about somebody in it. */
	if (job->step == SCIM_GROUP_WHOLE && reply->status == 404)
		reply->outcome = TARGET_REJECTED;
	return (job->step == SCIM_GROUP_CHUNK || job->step == SCIM_GROUP_LOOK) &&
	       portion_answered(self, job, reply);
}
