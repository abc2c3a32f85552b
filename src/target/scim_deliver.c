/*
 * What the answer to a job's last request becomes for the caller.
 *
 * Answers of CREATE and UPDATE pass on the account as the service shows it, where it does: some
 * services store another value than they were sent, or none, and say so only here. Nothing is
 * asked for it: an empty answer is an empty answer.
 */
#include "base/json.h"
#include "scim_driver_internal.h"

ScimContext scim_context(const ScimTarget *self, TargetVerb verb)
{
	return (ScimContext){ .verb = verb,
			      .url_good = self->profile.url_good,
			      .credential = self->credential,
			      .auth = &self->conf->net.auth,
			      .conflict = self->profile.conflict };
}

TargetVerb scim_job_verb(const ScimJob *job)
{
	gboolean reads = job->step == SCIM_STEP_GET || job->step == SCIM_STEP_LOOK;
	return reads ? TARGET_READ : job->request->verb;
}

void scim_job_free(void *job_)
{
	ScimJob *job = job_;

	scim_reply_clear(&job->held);
	json_decref(job->ops);
	json_decref(job->part);
	scim_pages_clear(&job->pages);
	g_free(job->refusal);
	g_free(job->version);
	g_free(job);
}

void scim_job_answer(ScimTarget *self, ScimJob *job, TargetOutcome outcome, int status,
		     const char *detail, ...)
{
	va_list arguments;

	va_start(arguments, detail);
	scim_reply_clear(&job->held);
	job->held.outcome = outcome;
	job->held.status = status;
	job->held.detail = detail ? g_strdup_vprintf(detail, arguments) : NULL;
	va_end(arguments);
	g_queue_push_tail(&self->answered, job);
}

/* "Not done" holds for the last request of a job; an earlier one may have been done. */
static TargetOutcome outcome_of_all(const ScimJob *job, TargetOutcome last)
{
	gboolean denies = last == TARGET_REJECTED || last == TARGET_LATER || last == TARGET_DOWN;
	return job->doubtful && denies ? TARGET_UNKNOWN : last;
}

/* Done, as it says, though it does not say what; or not answered in time. */
static gboolean may_linger(const ScimJob *job, const ScimReply *reply)
{
	gboolean accepted = reply->status >= 200 && reply->status < 300;
	return job->request->verb == TARGET_CREATE && (job->lingers || accepted);
}

/* The account that a write shows, if it is the one with this id. New reference, or NULL. */
static json_t *echo_of(const ScimReply *reply, const char *id)
{
	if (!id || !json_is_object(reply->body) || !scim_normalise(reply->body) ||
	    g_strcmp0(json_get_string(reply->body, "id"), id) != 0)
		return NULL;
	return json_pack("[O]", reply->body);
}

/* The id of an account that was made, or NULL after the reply became UNKNOWN. New string. */
static char *made_id(const ScimTarget *self, const TargetRequest *request, ScimReply *reply,
		     const char *location)
{
	char *id = scim_created_id(reply, location);

	if (!id && self->profile.quirks->id_is_external) {
		const json_t *given = json_get_nocase(request->resource, "externalId");
		id = given ? json_scalar_text(given) : g_strdup(request->anchor);
	}
	if (!id)
		scim_reply_turn(reply, TARGET_UNKNOWN,
				"the service answered %d to a create without saying which account "
				"it made",
				reply->status);
	return id;
}

/* What a successful answer shows. New reference, or NULL; the reply may turn. */
static json_t *shown(const ScimTarget *self, const ScimJob *job, ScimReply *reply, const char *id)
{
	const TargetRequest *request = job->request;
	json_t *documents = NULL, *document;

	switch (request->verb) {
	case TARGET_LOOKUP:
		documents = scim_found_documents(reply, request->match_path, request->match_value);
		break;
	case TARGET_READ:
		document = scim_read_document(reply, request->id);
		documents = document ? json_pack("[o]", document) : NULL;
		break;
	case TARGET_CREATE:
		documents = echo_of(reply, id);
		break;
	case TARGET_UPDATE:
		documents = echo_of(reply, request->id);
		break;
	default:
		break;
	}
	if (self->profile.quirks->id_is_external)
		scim_show_external(documents);
	return documents;
}

void scim_job_finish(ScimJob *job, ScimReply *reply, const HttpAnswer *http, const ScimDelivery *to)
{
	g_autofree char *id = NULL;
	g_autoptr(json_t) documents = NULL;

	if (reply->outcome == TARGET_OK && job->request->verb == TARGET_CREATE)
		id = made_id(to->target, job->request, reply, http->location);
	if (reply->outcome == TARGET_OK)
		documents = shown(to->target, job, reply, id);
	TargetAnswer answer = {
		.outcome = outcome_of_all(job, reply->outcome),
		.id = id,
		.documents = documents,
		.status = reply->status,
		.detail = reply->detail,
		.retry_after_us = http->retry_after_us,
		.calls = job->calls,
		.retries = job->retries,
	};
	answer.lingers = answer.outcome == TARGET_UNKNOWN && may_linger(job, reply);
	to->done(job->request, &answer, to->data);
	scim_job_free(job);
}

static void job_answered(ScimTarget *self, ScimJob *job, const HttpAnswer *http,
			 const ScimDelivery *to)
{
	ScimContext context = scim_context(self, scim_job_verb(job));
	ScimReply reply;

	job->calls += http->calls;
	job->retries += http->retries;
	job->doubtful |= http->doubtful;
	job->lingers |= http->lingers;
	scim_reply_read(&reply, &context, http);
	if (reply.outcome == TARGET_OK && json_is_object(reply.body))
		self->profile.url_good = TRUE;
	if (!scim_job_waits(self, job, http, &reply) && !scim_job_continues(self, job, &reply))
		scim_job_finish(job, &reply, http, to);
	scim_reply_clear(&reply);
}

void scim_on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery)
{
	const ScimDelivery *to = delivery;
	gboolean of_group = scim_groups_answered(to->target->groups, request, http, to->done,
						 to->data);

	if (request->tag && !of_group)
		job_answered(to->target, request->tag, http, to);
	else if (!of_group)
		scim_users_answered(to->target, http, to);
	http_request_free(request);
}

void scim_deliver_answered(const ScimDelivery *to)
{
	/* Only those there are now: what a callback submits is for the next step. */
	for (guint n = to->target->answered.length; n > 0; n--) {
		ScimJob *job = g_queue_pop_head(&to->target->answered);
		TargetAnswer answer = { .outcome = job->held.outcome,
					.status = job->held.status,
					.detail = job->held.detail };
		to->done(job->request, &answer, to->data);
		scim_job_free(job);
	}
}
