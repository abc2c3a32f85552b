/*
 * A PATCH in parts: as many operations in a request as the service takes; and one by one where it
 * refused several.
 *
 *	title, nickName, locale --400--> title --200--> nickName --400--> locale --200--> answer
 *
 * A PATCH is done as a whole or not at all (RFC 7644 §3.5.2), so that one attribute which a service
 * will not have changed would keep all the others from ever arriving, and which one it was hardly
 * any service says. Sent one by one all others arrive, and the refusal names the attribute.
 *
 * What is half done is not "not done": the answer is UNKNOWN then, and whoever looks sees which
 * half. The next plan has only the rest in it, and the refusal of that is a plain one.
 */
#include "base/json.h"
#include "scim_driver_internal.h"

#define HOPELESS 5 /* refused one after the other, and none done: it is the account */

/* Sends the first of the operations that wait. */
static void send_part(ScimTarget *self, ScimJob *job, size_t max)
{
	g_autoptr(json_t) body = NULL;

	json_decref(job->part);
	job->part = scim_take_operations(&job->ops, max);
	body = scim_patch_message(json_deep_copy(job->part));
	scim_write_booleans(self->profile.quirks, body);
	scim_job_send_to_account(self, job, SCIM_STEP_PATCH, "PATCH", body);
}

void scim_parts_send(ScimTarget *self, ScimJob *job)
{
	send_part(self, job, job->singly ? 1 : (size_t)self->profile.quirks->patch_ops_max);
}

/* The next part; the version that it changes is known, or read first. FALSE: there is none. */
static gboolean next_part(ScimTarget *self, ScimJob *job)
{
	if (json_array_size(job->ops) == 0)
		return FALSE;
	if (self->profile.etag.value && !job->version)
		scim_job_send_to_account(self, job, SCIM_STEP_GET, "GET", NULL);
	else
		scim_parts_send(self, job);
	return TRUE;
}

/* "attribute 'nickName': the service answered 400 mutability" */
static void name_attribute(const ScimJob *job, ScimReply *reply)
{
	const char *path = json_get_string(json_array_get(job->part, 0), "path");
	g_autofree char *why = g_strdup(reply->detail ? reply->detail : "refused");

	if (path && json_array_size(job->part) == 1)
		scim_reply_turn(reply, reply->outcome, "attribute '%s': %s", path, why);
}

/* The end of parts that went one by one. */
static void conclude(const ScimJob *job, ScimReply *reply)
{
	if (!job->refusal)
		return;
	scim_reply_turn(reply, TARGET_REJECTED, "%s", job->refusal);
	reply->status = job->refusal_status;
}

void scim_parts_forget(ScimJob *job)
{
	job->doubtful |= job->taken;
	job->singly = FALSE;
	g_clear_pointer(&job->ops, json_decref);
	g_clear_pointer(&job->refusal, g_free);
}

gboolean scim_parts_done(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	if (json_array_size(job->ops) > 0 || job->refusal)
		job->doubtful = TRUE;
	job->taken = TRUE;
	scim_job_read_version(self, job, reply);
	if (next_part(self, job))
		return TRUE;
	conclude(job, reply);
	return FALSE;
}

/* Refused for what was asked, not for who asks or for the state of the service. */
static gboolean is_refused(const ScimJob *job, const ScimReply *reply)
{
	return job->request->verb == TARGET_UPDATE && reply->outcome == TARGET_REJECTED &&
	       (reply->status == 400 || reply->status == 409 || reply->status == 413 ||
		reply->status == 422);
}

gboolean scim_parts_refused(ScimTarget *self, ScimJob *job, ScimReply *reply)
{
	if (!is_refused(job, reply))
		return FALSE;
	if (json_array_size(job->part) > 1) {
		json_array_extend(job->part, job->ops);
		json_decref(job->ops);
		job->ops = g_steal_pointer(&job->part);
		job->singly = TRUE;
		return next_part(self, job);
	}
	name_attribute(job, reply);
	if (!job->singly)
		return FALSE;
	if (!job->refusal) {
		job->refusal = g_strdup(reply->detail);
		job->refusal_status = reply->status;
	}
	job->doubtful |= job->taken;
	if ((job->taken || ++job->refused < HOPELESS) && next_part(self, job))
		return TRUE;
	conclude(job, reply);
	return FALSE;
}
