/*
 * Work that a service does later: a step that is asked again until the answer says what became of
 * it.
 *
 *	answer --> the value at 'path' is ... 'done'     the next step
 *	                                  ... 'failed'   the end: a refusal, by the rows of 'errors'
 *	                                  ... 'pending'  again after 'interval', until 'deadline'
 *	                                  not there      the end: nobody knows
 *
 * Without 'pending' everything else is that; without 'failed', but with 'pending', everything else
 * has failed. A poll changes nothing, so one that a service has no time for is made again as well.
 */
#include "base/clock.h"
#include "base/timefmt.h"
#include "custom_internal.h"
#include "words_internal.h"

void custom_jobs_wake(CustomTarget *self)
{
	gint64 now = clock_monotonic_us();

	for (guint n = self->timed.length; n > 0; n--) {
		CustomJob *job = g_queue_pop_head(&self->timed);
		if (job->due_us > now)
			g_queue_push_tail(&self->timed, job);
		else
			custom_job_send(self, job);
	}
}

guint custom_jobs_patience(const CustomTarget *self, guint timeout_ms)
{
	gint64 now = clock_monotonic_us();
	gint64 until = now + (gint64)timeout_ms * 1000;

	for (const GList *at = self->timed.head; at; at = at->next)
		until = MIN(until, ((const CustomJob *)at->data)->due_us);
	return (guint)((MAX(until - now, 0) + 999) / 1000);
}

gboolean custom_poll_waits(CustomTarget *self, CustomJob *job, const CustomPoll *poll)
{
	gint64 now = clock_monotonic_us();

	if (job->deadline_us == 0)
		job->deadline_us = now + poll->deadline_us;
	if (now + poll->interval_us > job->deadline_us)
		return FALSE;
	job->due_us = now + poll->interval_us;
	g_queue_push_tail(&self->timed, job);
	return TRUE;
}

static void tell_late(const CustomJob *job, const CustomPoll *poll, CustomReply *reply)
{
	g_autofree char *span = timefmt_span(poll->deadline_us);
	gboolean writes = custom_operation_writes(job->op->what);

	custom_reply_turn(reply, writes ? TARGET_UNKNOWN : TARGET_LATER,
			  "the service has not finished its work within %s", span);
}

static void tell_odd(const CustomJob *job, const CustomPoll *poll, CustomReply *reply,
		     const char *state)
{
	gboolean writes = custom_operation_writes(job->op->what);
	const char *place = place_text(poll->place);

	if (state)
		custom_reply_turn(reply, writes ? TARGET_UNKNOWN : TARGET_REJECTED,
				  "the service says '%s' of its work at '%s', which is neither "
				  "done nor failed",
				  state, place);
	else
		custom_reply_turn(reply, writes ? TARGET_UNKNOWN : TARGET_REJECTED,
				  "the service does not say at '%s' what has become of its work",
				  place);
}

typedef enum {
	POLL_DONE,
	POLL_PENDING,
	POLL_FAILED,
	POLL_ODD,
} PollState;

static PollState poll_state(const CustomPoll *poll, const json_t *value)
{
	gboolean has_failed = poll->failed && poll->failed->len > 0;
	gboolean has_pending = poll->pending && poll->pending->len > 0;

	if (custom_is_one_of(value, poll->done))
		return POLL_DONE;
	if (!value)
		return POLL_ODD;
	if (custom_is_one_of(value, poll->failed))
		return POLL_FAILED;
	if (!has_pending || custom_is_one_of(value, poll->pending))
		return POLL_PENDING;
	return has_failed ? POLL_ODD : POLL_FAILED;
}

gboolean custom_poll_goes_on(CustomTarget *self, CustomJob *job, const CustomStep *step,
			     CustomReply *reply)
{
	const json_t *value = place_get(step->poll->place, reply->body);
	g_autofree char *text = custom_text_of(value);
	g_autofree char *said = text ? words_excerpt(text, -1, self->credential) : NULL;

	switch (poll_state(step->poll, value)) {
	case POLL_DONE:
		job->deadline_us = 0;
		return FALSE;
	case POLL_PENDING:
		if (custom_poll_waits(self, job, step->poll))
			return TRUE;
		tell_late(job, step->poll, reply);
		return FALSE;
	case POLL_FAILED:
		custom_reply_failed(reply, step, job->op->what,
				    custom_operation_writes(job->op->what), self->credential,
				    said ? said : "");
		job->failed = TRUE;
		return FALSE;
	case POLL_ODD:
		break;
	}
	tell_odd(job, step->poll, reply, said);
	return FALSE;
}
