/*
 * What the steps of an operation of a custom API come to as a whole. Pure.
 *
 * "Not done" holds for the last request alone; what it comes to for the whole, once a writing step
 * before it was done or any may have been:
 *
 *	                 REJECTED LATER DOWN     EXISTS STALE ABSENT
 *	creates          UNKNOWN                 UNKNOWN            looked up, and linked
 *	  id known       OK, "unfinished"        OK, "unfinished"   linked, and its person parked
 *	DISABLE DELETE   as it is                as it is           all steps come again
 *	MEMBERS_*        as it is, unless lost   as it is           doing it again does no harm
 *	all others       UNKNOWN                 as it is           read again, and compared
 *
 * What takes access away is never called done by half: an account that is disabled already may
 * still have its sessions, so reading it says nothing of the step that was refused.
 *
 * Whether an account was made is not known while the service works at it ('poll'); one that is made
 * and has an id stays, whatever fails behind it. Two exceptions: the service itself says of the
 * work that the only writing step began that it has failed, which is a refusal; and nothing is
 * called unfinished for the one step that there is.
 *
 * A 404 is about the account where it answers the last writing step that applies. What comes before
 * may lack something else, sessions or a licence, of an account that is there.
 */
#include <string.h>

#include "custom_internal.h"

static gboolean denies(TargetOutcome outcome)
{
	return outcome == TARGET_REJECTED || outcome == TARGET_LATER || outcome == TARGET_DOWN;
}

static const CustomStep *step_of(const CustomJob *job)
{
	return job->op && job->step < job->op->steps->len ? job->op->steps->pdata[job->step] : NULL;
}

/* Behind an account that was made, and is known: not the making itself. */
static gboolean is_behind(const CustomJob *job)
{
	const CustomStep *step = step_of(job);

	return job->request->verb == TARGET_CREATE && job->id && job->wrote > 0 && step &&
	       (!step->poll || job->wrote > 1);
}

TargetOutcome custom_whole_outcome(const CustomJob *job, TargetOutcome last)
{
	TargetVerb verb = job->request->verb;
	gboolean of_members = verb == TARGET_MEMBERS_ADD || verb == TARGET_MEMBERS_REMOVE;
	gboolean creates = verb == TARGET_CREATE || verb == TARGET_GROUP_CREATE;
	gboolean removes = verb == TARGET_DISABLE || verb == TARGET_DELETE;

	if (last == TARGET_OK || (job->failed && job->wrote <= 1 && !job->doubtful))
		return last;
	if (is_behind(job))
		return TARGET_OK;
	if (creates && job->wrote > 0)
		return TARGET_UNKNOWN;
	if (!denies(last) || (removes && job->wrote > 0))
		return last;
	return job->doubtful || (job->wrote > 0 && !of_members) ? TARGET_UNKNOWN : last;
}

char *custom_whole_unfinished(const CustomJob *job, const CustomReply *last)
{
	const CustomStep *step = step_of(job);

	if (last->outcome == TARGET_OK || !is_behind(job))
		return NULL;
	return g_strdup_printf("step '%s': %s", step->name,
			       last->detail ? last->detail : "there is no answer");
}

/* Something was done, as it said, though nobody knows what; or there was no answer in time. */
gboolean custom_whole_lingers(const CustomJob *job, const CustomReply *last)
{
	gboolean accepted = last->status >= 200 && last->status < 300;
	return job->request->verb == TARGET_CREATE && (job->lingers || job->wrote || accepted);
}

/* Steps of what only an answer could tell count as applying. */
static gboolean applies(const CustomStep *step, const CustomScope *scope)
{
	for (guint i = 0; step->when && i < step->when->len; i++) {
		const CustomWhen *when = step->when->pdata[i];
		if (g_str_has_prefix(when->name, "step."))
			return TRUE;
	}
	return custom_when_holds(step->when, scope);
}

/* Whether another step follows that is more about the account than this one. */
static gboolean is_auxiliary(const CustomJob *job, const CustomScope *scope)
{
	const CustomOp *op = job->op;
	gboolean writes = custom_operation_writes(op->what);
	const CustomStep *step = step_of(job);

	if (op->steps->len > 1 && writes && !custom_step_writes(op->what, step))
		return TRUE;
	for (guint i = job->step + 1; i < op->steps->len; i++) {
		const CustomStep *later = op->steps->pdata[i];
		if ((!writes || custom_step_writes(op->what, later)) && applies(later, scope))
			return TRUE;
	}
	return FALSE;
}

void custom_whole_judge_404(const CustomJob *job, const CustomScope *scope, CustomReply *reply)
{
	TargetVerb verb = job->request->verb;
	gboolean of_members = verb == TARGET_MEMBERS_ADD || verb == TARGET_MEMBERS_REMOVE;
	gboolean gone = reply->status == 404 || reply->status == 410 ||
			reply->outcome == TARGET_ABSENT;
	g_autofree char *detail = NULL;

	/* A row that makes something else of it is believed, an app's "not_found" is not. */
	if (!gone || of_members || reply->by_own_row || reply->outcome == TARGET_OK ||
	    (reply->class != CUSTOM_UNCLASSIFIED && reply->outcome != TARGET_ABSENT) ||
	    !is_auxiliary(job, scope))
		return;
	detail = g_strndup(reply->detail ? reply->detail : "",
			   strcspn(reply->detail ? reply->detail : "", "\n"));
	custom_reply_turn(reply, TARGET_REJECTED,
			  "step '%s': %s\nif that is no failure, say so in the step's errors",
			  step_of(job)->name, detail);
}
