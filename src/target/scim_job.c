/*
 * Which SCIM request comes next. RFC 7644.
 *
 *	LOOKUP   GET  /Users?filter=…      scim_search.c; hits are compared again
 *	READ     GET  /Users/<id>
 *	CREATE   POST /Users               an id from the body or Location, else UNKNOWN
 *	DELETE   DELETE /Users/<id>
 *	UPDATE   one of the ways below
 *	ENABLE,  'active' alone, by PATCH or PUT: services misread it in company;
 *	DISABLE  or the DELETE that it takes at some services
 *
 *	patch         PATCH, an operation with a path for each attribute
 *	merged        PATCH, one operation without a path for all of them
 *	put           GET, overlay, PUT: others' attributes survive
 *	put_partial   PUT of what changes and of who it is; for services whose PUT leaves the rest
 *	read          GET, and nothing is changed (create_only)
 *
 * A caller's request is a job. The account is read first where the way needs to see it (PUT; lists
 * that are sent as a whole; If-Match), or once a PATCH was answered with noTarget, or with a 400
 * that names no reason and may mean it:
 *
 *	start --.--> GET --.--> PATCH --more operations--> PATCH ... --> answer
 *	        '----------'    |  '--400 noTarget, 428: GET, PATCH made against what is there
 *	                   |    '-----405, 501: by PUT, from now on; learnt when that works
 *	                   |--> PUT ------------------------------------------> answer
 *	                   |    '-----405, 501: by PATCH, likewise, also where it was learnt away
 *	                   '--> DELETE ---------------------------------------> answer
 *
 * Both refused is a refusal. A DISABLE or DELETE whose success shows nothing of it is followed by
 * a GET: scim_seen.c. A PATCH may go in several parts, and be half done when a part is refused:
 * scim_parts.c.
 *
 * Retrying, pausing and redirects are the HTTP engine's; what an answer means is scim_answer.c's.
 * A service's peculiarity is never an 'if' about a service here: it is a quirk.
 */
#include <string.h>

#include "base/json.h"
#include "scim_driver_internal.h"

void scim_job_send(ScimTarget *self, ScimJob *job, ScimStep step, const char *method,
		   const char *path, const json_t *body)
{
	HttpRequest *request = http_request_new(method, path);

	job->step = step;
	request->accept = self->profile.accept;
	request->urgent = job->request->verb == TARGET_DISABLE;
	request->tag = job;
	if (body) {
		request->body = json_canonical(body);
		request->body_length = strlen(request->body);
		request->content_type = self->profile.content_type;
	}
	if (step != SCIM_STEP_GET && step != SCIM_STEP_LOOK)
		request->if_match = g_strdup(job->version);
	http_submit(self->http, request);
}

void scim_job_send_to_account(ScimTarget *self, ScimJob *job, ScimStep step, const char *method,
			      const json_t *body)
{
	g_autofree char *path = scim_account_path(job->request->id);
	scim_job_send(self, job, step, method, path, body);
}

/* Reading and creating ------------------------------------------------------------------------- */

static void start_create(ScimTarget *self, ScimJob *job)
{
	const ScimQuirks *quirks = self->profile.quirks;
	g_autoptr(json_t) body = scim_create_document(job->request->resource, job->request->anchor);

	if (!quirks->email_primary)
		scim_unmark_email(body, job->request->resource);
	scim_write_booleans(quirks, body);
	scim_job_send(self, job, SCIM_STEP_ONLY, "POST", "/Users", body);
}

/* Changing ------------------------------------------------------------------------------------- */

static gboolean is_switch(const ScimJob *job)
{
	return job->request->verb == TARGET_ENABLE || job->request->verb == TARGET_DISABLE;
}

static ScimWay job_way(const ScimTarget *self, const ScimJob *job)
{
	switch (job->request->verb) {
	case TARGET_DELETE:
		return SCIM_WAY_DELETE;
	case TARGET_DISABLE:
		return scim_profile_disable_way(&self->profile);
	case TARGET_ENABLE:
		return scim_profile_enable_way(&self->profile);
	default:
		return scim_profile_update_way(&self->profile);
	}
}

/* What an UPDATE, ENABLE or DISABLE changes. New reference. */
static json_t *job_changes(const ScimJob *job)
{
	if (is_switch(job))
		return scim_active_changes(job->request->verb == TARGET_ENABLE);
	return json_incref((json_t *)job->request->changes);
}

static gboolean must_read(const ScimTarget *self, const ScimJob *job, ScimWay way,
			  const json_t *changes)
{
	if (way == SCIM_WAY_PUT || way == SCIM_WAY_READ)
		return TRUE;
	if (way == SCIM_WAY_PUT_PARTIAL && (is_switch(job) || scim_changes_lists(changes, TRUE)))
		return TRUE;
	if (way == SCIM_WAY_MERGED && scim_changes_lists(changes, FALSE))
		return TRUE;
	return job->against || self->profile.etag.value;
}

/* The message of a PATCH, or NULL: nothing to send. 'document': what the service holds, or NULL. */
static json_t *make_patch(const ScimJob *job, ScimWay way, const json_t *changes,
			  const json_t *document)
{
	const json_t *resource = job->request->resource;

	if (way == SCIM_WAY_MERGED)
		return scim_patch_merged(changes, resource, document);
	if (is_switch(job))
		return scim_patch_active(job->request->verb == TARGET_ENABLE);
	return document ? scim_patch_against(changes, resource, document)
			: scim_patch_changes(changes, resource);
}

static gboolean send_patch(ScimTarget *self, ScimJob *job, ScimWay way, const json_t *changes,
			   const json_t *document)
{
	g_autoptr(json_t) message = make_patch(job, way, changes, document);

	if (!message)
		return FALSE;
	json_decref(job->ops);
	job->ops = json_incref(json_object_get(message, "Operations"));
	scim_parts_send(self, job);
	return TRUE;
}

static gboolean send_put(ScimTarget *self, ScimJob *job, ScimWay way, const json_t *changes,
			 json_t *document)
{
	g_autoptr(json_t) body = NULL;

	if (way == SCIM_WAY_PUT) {
		scim_put_document(document, changes);
		body = json_incref(document);
	} else {
		body = scim_partial_document(changes, job->request->resource, document,
					     job->request->id);
	}
	scim_write_booleans(self->profile.quirks, body);
	scim_job_send_to_account(self, job, SCIM_STEP_PUT, "PUT", body);
	return TRUE;
}

/* Sends the writing request; 'document' is what the service holds, or NULL. FALSE: nothing to. */
static gboolean send_change(ScimTarget *self, ScimJob *job, ScimWay way, const json_t *changes,
			    json_t *document)
{
	switch (way) {
	case SCIM_WAY_PATCH:
	case SCIM_WAY_MERGED:
		return send_patch(self, job, way, changes, document);
	case SCIM_WAY_PUT:
	case SCIM_WAY_PUT_PARTIAL:
		return send_put(self, job, way, changes, document);
	case SCIM_WAY_DELETE:
		scim_job_send_to_account(self, job, SCIM_STEP_DELETE, "DELETE", NULL);
		return TRUE;
	case SCIM_WAY_READ:
	case SCIM_WAY_NONE:
		break;
	}
	return FALSE;
}

/* Why a change is not sent at all, or NULL. */
static const char *refusal_of(const ScimTarget *self, const ScimJob *job)
{
	const ScimQuirks *quirks = self->profile.quirks;

	switch (job->request->verb) {
	case TARGET_DELETE:
		return quirks->delete_accounts ? NULL : SCIM_NO_DELETE;
	case TARGET_DISABLE:
		return quirks->disable_by != SCIM_DISABLE_NONE ? NULL : SCIM_NO_DISABLE;
	case TARGET_ENABLE:
		if (quirks->disable_by == SCIM_DISABLE_NONE)
			return SCIM_NO_DISABLE;
		return quirks->reactivate ? NULL : SCIM_NO_ENABLE;
	default:
		return quirks->id_is_external && scim_changes_external(job->request->changes)
			       ? SCIM_NO_NEW_ID
			       : NULL;
	}
}

static void start_change(ScimTarget *self, ScimJob *job)
{
	const char *refusal = refusal_of(self, job);
	ScimWay way = job_way(self, job);
	g_autoptr(json_t) changes = job_changes(job);

	if (refusal)
		scim_job_answer(self, job, TARGET_REJECTED, 0, "%s", refusal);
	else if (must_read(self, job, way, changes))
		scim_job_send_to_account(self, job, SCIM_STEP_GET, "GET", NULL);
	else if (!send_change(self, job, way, changes, NULL))
		scim_job_answer(self, job, TARGET_OK, 0, NULL);
}

void scim_job_start(ScimTarget *self, ScimJob *job)
{
	switch (job->request->verb) {
	case TARGET_LOOKUP:
		scim_search_start(self, job);
		break;
	case TARGET_READ:
		scim_job_send_to_account(self, job, SCIM_STEP_ONLY, "GET", NULL);
		break;
	case TARGET_CREATE:
		start_create(self, job);
		break;
	case TARGET_UPDATE:
	case TARGET_ENABLE:
	case TARGET_DISABLE:
	case TARGET_DELETE:
		start_change(self, job);
		break;
	case TARGET_PASSWORD:
	case TARGET_RESET_MAIL:
		scim_job_answer(self, job, TARGET_REJECTED, 0,
				"not sent: SCIM has no request for passwords beside those of "
				"accounts");
		break;
	default:
		g_assert_not_reached(); /* not without TARGET_CAN_GROUPS */
	}
}

/* Going on ------------------------------------------------------------------------------------- */

/*
 * TRUE if a method is not spoken, and the other one may be. Once a job for each: what another job
 * learns meanwhile does not send this one round and round.
 */
static gboolean takes_other_way(ScimTarget *self, ScimJob *job, const ScimReply *reply,
				ScimFact refused, ScimFact other)
{
	guint spurned = job->spurned;

	if (reply->status != 405 && reply->status != 501)
		return FALSE;
	job->spurned |= 1u << refused;
	if (spurned || !scim_profile_may_try(&self->profile, other))
		return FALSE;
	scim_profile_refused(&self->profile, refused, reply->status);
	return TRUE;
}

/* TRUE, once a job, if the service wants to know which version is changed. RFC 6585 §3. */
static gboolean learns_etag(ScimTarget *self, ScimJob *job, const ScimReply *reply)
{
	if (reply->status != 428 || job->step == SCIM_STEP_ONLY || job->told_version)
		return FALSE;
	scim_profile_learn(&self->profile, SCIM_FACT_ETAG, TRUE, reply->status);
	job->told_version = TRUE;
	return TRUE;
}

void scim_job_read_version(const ScimTarget *self, ScimJob *job, const ScimReply *reply)
{
	const char *version = scim_reply_version(reply);

	g_clear_pointer(&job->version, g_free);
	if (self->profile.etag.value)
		job->version = g_strdup(version);
}

/* TRUE, once a job, if a value may be refused because the one it stands beside is not there. */
static gboolean lacks_target(const ScimTarget *self, const ScimJob *job, const ScimReply *reply)
{
	if (reply->status != 400 || job->request->verb != TARGET_UPDATE || job->against)
		return FALSE;
	if (reply->scim_type)
		return g_str_equal(reply->scim_type, "noTarget");
	return job_way(self, job) == SCIM_WAY_PATCH &&
	       scim_changes_lists(job->request->changes, FALSE);
}

static gboolean continue_patch(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	if (reply->outcome == TARGET_OK) {
		scim_profile_worked(&self->profile, SCIM_FACT_PATCH);
		return scim_parts_done(self, job, reply);
	}
	if (takes_other_way(self, job, reply, SCIM_FACT_PATCH, SCIM_FACT_PUT)) {
		scim_parts_forget(job);
		start_change(self, job);
		return TRUE;
	}
	if (lacks_target(self, job, reply)) {
		scim_parts_forget(job);
		job->against = TRUE;
		scim_job_send_to_account(self, job, SCIM_STEP_GET, "GET", NULL);
		return TRUE;
	}
	return scim_parts_refused(self, job, reply);
}

/* The account was read: send what was to follow. FALSE if nothing is left to send. */
static gboolean continue_with_document(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	g_autoptr(json_t) document = NULL;
	g_autoptr(json_t) changes = NULL;
	ScimWay way = job_way(self, job);

	if (reply->outcome != TARGET_OK)
		return FALSE;
	document = scim_read_document(reply, job->request->id);
	if (!document)
		return FALSE;
	if (way == SCIM_WAY_READ) {
		g_free(reply->detail);
		reply->detail = g_strdup(SCIM_NO_UPDATE);
		return FALSE;
	}
	scim_job_read_version(self, job, reply);
	if (json_array_size(job->ops) > 0) {
		scim_parts_send(self, job);
		return TRUE;
	}
	changes = job_changes(job);
	return send_change(self, job, way, changes, document);
}

static gboolean continue_put(ScimTarget *self, ScimJob *job, const ScimReply *reply)
{
	if (reply->outcome == TARGET_OK)
		scim_profile_worked(&self->profile, SCIM_FACT_PUT);
	if (!takes_other_way(self, job, reply, SCIM_FACT_PUT, SCIM_FACT_PATCH))
		return FALSE;
	start_change(self, job);
	return TRUE;
}

gboolean scim_job_continues(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	if (learns_etag(self, job, reply)) {
		scim_parts_forget(job);
		start_change(self, job);
		return TRUE;
	}
	if (scim_seen_asks(self, job, reply))
		return TRUE;
	switch (job->step) {
	case SCIM_STEP_GET:
		return continue_with_document(self, job, reply);
	case SCIM_STEP_PATCH:
		return continue_patch(self, job, reply);
	case SCIM_STEP_PUT:
		return continue_put(self, job, reply);
	case SCIM_STEP_LOOK:
		scim_seen_answered(job, reply);
		/* A DELETE that disables leaves nothing to see. */
		if (reply->outcome == TARGET_ABSENT && job_way(self, job) == SCIM_WAY_DELETE)
			reply->outcome = TARGET_OK;
		break;
	case SCIM_STEP_SEARCH:
		return scim_search_continues(self, job, reply);
	case SCIM_STEP_ONLY:
	case SCIM_STEP_DELETE:
		break;
	}
	return FALSE;
}
