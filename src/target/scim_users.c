/*
 * Is /Users there? Whether a 404 may be believed to speak of an account.
 *
 * A gateway that has lost the service says 404 too, and "gone" would be noted for everybody who is
 * asked about. Where nothing beneath /Users has answered well in this session, the first 404 waits,
 * with those that follow it, for one search:
 *
 *	404 --> waiting --> GET /Users?startIndex=1&count=1 --a list--> ABSENT, of all that wait
 *	                                                    '---else--> DOWN, of all that wait
 *
 * A service that shows an account, or a list, is never asked that question. One that pages by
 * cursor only is asked for its first page, one that does not page at all for somebody who cannot
 * exist: the whole listing would be much for a question of yes or no.
 */
#include <string.h>

#include "scim_driver_internal.h"

#define NOBODY "dirbridge-asks-for-nobody"

char *scim_smallest_list(const ScimProfile *profile)
{
	const GPtrArray *filter = profile->quirks->filter;

	switch (profile->page.value) {
	case SCIM_PAGE_CURSOR:
		return g_strdup("/Users?cursor=&count=1");
	case SCIM_PAGE_NONE:
		return scim_lookup_path(filter && filter->len > 0 ? filter->pdata[0] : "userName",
					NOBODY);
	default:
		return g_strdup("/Users?startIndex=1&count=1");
	}
}

static void users_ask(ScimTarget *self)
{
	g_autofree char *path = scim_smallest_list(&self->profile);
	HttpRequest *request = http_request_new("GET", path);

	self->users = SCIM_USERS_ASKED;
	request->accept = self->profile.accept;
	request->urgent = TRUE;           /* somebody to be disabled may wait for it */
	http_submit(self->http, request); /* no tag: its answer is nobody's job */
}

static void users_not_there(const ScimTarget *self, ScimReply *reply)
{
	scim_reply_turn(reply, TARGET_DOWN,
			"the service answered %d, and shows no accounts at all beneath /Users: "
			"%s\nis the url right, and the service in order?",
			reply->status, self->users_problem);
}

gboolean scim_job_waits(ScimTarget *self, ScimJob *job, const HttpAnswer *http, ScimReply *reply)
{
	if (self->profile.url_good || (reply->status != 404 && reply->status != 410))
		return FALSE;
	if (self->users == SCIM_USERS_MISSING) {
		users_not_there(self, reply);
		return FALSE;
	}
	ScimContext context = scim_context(self, scim_job_verb(job));
	context.url_good = TRUE;
	scim_reply_read(&job->held, &context, http);
	g_queue_push_tail(&self->waiting, job);
	if (self->users == SCIM_USERS_NOT_ASKED)
		users_ask(self);
	return TRUE;
}

void scim_users_answered(ScimTarget *self, const HttpAnswer *http, const ScimDelivery *to)
{
	const HttpAnswer nothing = { .fate = HTTP_ANSWERED };
	ScimContext context = scim_context(self, TARGET_READ);
	guint calls = http->calls, retries = http->retries;
	ScimReply reply;
	ScimJob *job;

	scim_reply_read(&reply, &context, http);
	if (scim_is_list(&reply)) {
		self->profile.url_good = TRUE;
	} else if (!self->profile.url_good) {
		const char *why = reply.detail ? reply.detail : "the answer is no list";
		self->users = SCIM_USERS_MISSING;
		self->users_problem = g_strndup(why, strcspn(why, "\n"));
	}
	while ((job = g_queue_pop_head(&self->waiting))) {
		if (!self->profile.url_good)
			users_not_there(self, &job->held);
		job->calls += calls;
		job->retries += retries;
		calls = retries = 0;
		scim_job_finish(job, &job->held, &nothing, to);
	}
	scim_reply_clear(&reply);
}
