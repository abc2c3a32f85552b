/*
 * Whether an account that was taken away is gone, where the answer does not show it.
 *
 *	PATCH active = false --200, says nothing--> GET --active: false--> done
 *	                                             |---active: true----> refused
 *	                                             '---no answer-------> unknown
 *
 * A success is believed of whoever sends a body that fits, or 204. Proxies and login pages answer
 * 200 to everything, and some services answer it to what they leave undone; a leaver whom nobody
 * looks at again keeps the account for ever. So the account itself is asked, once.
 *
 * What it shows is the truth, not a guess: "not done" is a refusal, which is told and tried again.
 * A service that shows of nobody whether he is enabled is believed, unless what it sent was no
 * answer of a SCIM service at all.
 */
#include "base/json.h"
#include "scim_driver_internal.h"

gboolean scim_seen_asks(ScimTarget *self, ScimJob *job, const ScimReply *reply)
{
	if (!reply->vague || job->step == SCIM_STEP_LOOK)
		return FALSE;
	job->claimed = reply->status;
	job->absurd = reply->outcome != TARGET_OK;
	job->unseen = !job->doubtful;
	job->doubtful = TRUE;
	scim_job_send_to_account(self, job, SCIM_STEP_LOOK, "GET", NULL);
	return TRUE;
}

/* It is as it was. */
static void still_there(ScimJob *job, ScimReply *reply)
{
	gboolean deleting = job->request->verb == TARGET_DELETE;

	/* What was in doubt before is so still: a repeated request may be on its way. */
	if (job->unseen)
		job->doubtful = FALSE;
	scim_reply_turn(reply, TARGET_REJECTED, "the service answers %d and keeps the account%s",
			job->claimed, deleting ? "" : " enabled");
	reply->status = job->claimed;
}

/* The account does not say whether it is enabled. */
static void not_said(const ScimJob *job, ScimReply *reply)
{
	if (job->absurd)
		scim_reply_turn(reply, TARGET_UNKNOWN,
				"the service answered %d with something that is no answer to it, "
				"and the account does not show whether it is enabled",
				job->claimed);
}

void scim_seen_answered(ScimJob *job, ScimReply *reply)
{
	gboolean deleting = job->request->verb == TARGET_DELETE;
	g_autoptr(json_t) document = NULL;

	if (reply->outcome == TARGET_OK)
		document = scim_read_document(reply, job->request->id);
	if (!document)
		return;
	const json_t *active = json_object_get(document, "active");
	if (json_is_false(active) && !(deleting && job->absurd))
		return; /* what a DELETE comes to at some services */
	if (json_is_boolean(active) || deleting)
		still_there(job, reply);
	else
		not_said(job, reply);
}
