/*
 * The members of one request of a custom API in portions: what is sent again smaller, what is
 * stepped over, and what all of it came to.
 *
 *	a b c d --"one of you is a member already"--> a b --likewise--> a: it is. b, c d: good
 *	a b c d --400, 404, 409, 413, 422-----------> a b --good--> c d --400--> c: refused. d: good
 *
 * A service that takes several members in one call speaks of any of them when it refuses, and has
 * done nothing for the others then. So "already a member" is believed of one who was sent alone,
 * and a refusal as well; before that the portion is halved. Behind one who was alone portions grow
 * again, so a request takes at most two calls for each member and a few more.
 *
 * Where a step sends portions of its own ('foreach' with 'chunk'), these shrink; else the operation
 * is begun anew with fewer. A member who is refused is stepped over and the others go on, unless
 * steps came before that wrote something for him: then nobody knows what the rest would do. If
 * several are refused one after the other and nobody is taken, it is the group or the call.
 */
#include "base/json.h"
#include "custom_internal.h"

#define HOPELESS 5 /* refused one after the other, and nobody taken */

static gboolean is_of_members(const CustomJob *job)
{
	return job->op &&
	       (job->op->what == CUSTOM_MEMBER_ADD || job->op->what == CUSTOM_MEMBER_REMOVE);
}

void custom_portion_begin(CustomJob *job)
{
	const TargetRequest *request = job->request;
	guint left = request->member_count - job->first;

	job->part = *request;
	job->part.members = request->members ? request->members + job->first : NULL;
	job->part.member_count = job->portion ? MIN(job->portion, left) : left;
}

/* The step cuts the members up itself. */
static gboolean has_portions(const CustomStep *step)
{
	return step && step->foreach && g_str_equal(step->foreach, "members");
}

/* How many the call that was answered is about. */
static gsize sent_in(const CustomJob *job, const CustomStep *step)
{
	if (job->op->what == CUSTOM_MEMBER_REPLACE)
		return json_array_size(job->members);
	if (has_portions(step))
		return json_array_size(job->items);
	return job->part.member_count;
}

/* The operation from its first step, for the portion that comes now. */
static void restart(CustomTarget *self, CustomJob *job)
{
	custom_job_rewind(job);
	custom_portion_begin(job);
	custom_job_go(self, job);
}

/* The same again with half as many. FALSE: it was one alone. */
static gboolean halve(CustomTarget *self, CustomJob *job, const CustomStep *step)
{
	if (sent_in(job, step) < 2)
		return FALSE;
	job->deadline_us = 0;
	if (has_portions(step)) {
		job->chunk = (guint)json_array_size(job->items) / 2;
		custom_job_go(self, job);
	} else {
		job->portion = job->part.member_count / 2;
		restart(self, job);
	}
	return TRUE;
}

static const CustomStep *step_of(const CustomJob *job)
{
	return job->step < job->op->steps->len ? job->op->steps->pdata[job->step] : NULL;
}

gboolean custom_portion_doubts(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	const CustomStep *step = step_of(job);
	gboolean of_one = reply->class == CUSTOM_IS_MEMBER || reply->class == CUSTOM_IS_NOT_MEMBER;

	if (!of_one || sent_in(job, step) < 2)
		return FALSE;
	if (is_of_members(job))
		return halve(self, job, step);
	custom_reply_turn(reply, TARGET_REJECTED,
			  "the service answered %d, and says of somebody in the call that he is%s "
			  "a member, not of whom",
			  reply->status, reply->class == CUSTOM_IS_MEMBER ? " already" : " not");
	return FALSE;
}

/* Refusals ------------------------------------------------------------------------------------- */

/* For what was asked, not for who asks or for the state of the service. */
static gboolean is_refused(const CustomReply *reply)
{
	int status = reply->status;
	gboolean by_row = reply->class == CUSTOM_IS_FATAL || reply->class == CUSTOM_IS_NOT_FOUND;

	return reply->outcome == TARGET_REJECTED &&
	       (by_row || status == 400 || status == 404 || status == 409 || status == 410 ||
		status == 413 || status == 422 || (status >= 200 && status < 300));
}

/* How many are through, refused or not. */
static gsize passed(const CustomJob *job, const CustomStep *step)
{
	return job->first + (has_portions(step) ? job->at : 0);
}

/* FALSE: it is no use to go on with the others. */
static gboolean note_refused(CustomJob *job, const CustomStep *step, const CustomReply *reply)
{
	const char *id = has_portions(step) ? json_string_value(json_array_get(job->items, 0))
					    : job->part.members[0].id;

	if (!job->refused)
		job->refused = json_object();
	if (json_object_size(job->refused) == 0)
		job->problem = g_strdup_printf("member '%s': %s", id,
					       reply->detail ? reply->detail : "refused");
	json_object_set_new(job->refused, id, json_true());
	return json_object_size(job->refused) < HOPELESS ||
	       json_object_size(job->refused) <= passed(job, step);
}

static void conclude(const CustomJob *job, CustomReply *reply)
{
	size_t refused = json_object_size(job->refused);

	if (refused == 1)
		custom_reply_turn(reply, TARGET_REJECTED, "%s", job->problem);
	else if (refused > 1)
		custom_reply_turn(reply, TARGET_REJECTED, "%s\n%zu of %u members were refused",
				  job->problem, refused, job->request->member_count);
}

/* Those of the portion are through, one way or the other. FALSE: they were the last ones. */
static gboolean goes_on_behind(CustomTarget *self, CustomJob *job)
{
	job->first += job->part.member_count;
	if (job->first >= job->request->member_count)
		return FALSE;
	job->portion *= 2;
	restart(self, job);
	return TRUE;
}

/* Who was refused is left out, and the others go on. */
static gboolean steps_over(CustomTarget *self, CustomJob *job, const CustomStep *step)
{
	if (!has_portions(step))
		return goes_on_behind(self, job);
	custom_job_next_portion(job, step);
	custom_job_go(self, job);
	return TRUE;
}

static gboolean refused(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	const CustomStep *step = step_of(job);

	/* What an earlier step did for them it would do again, and be refused for that. */
	if (!step || (!has_portions(step) && job->wrote > 0) ||
	    (has_portions(step) && job->step + 1 < job->op->steps->len))
		return FALSE;
	if (halve(self, job, step))
		return TRUE;
	if (note_refused(job, step, reply) && steps_over(self, job, step))
		return TRUE;
	conclude(job, reply);
	return FALSE;
}

gboolean custom_portion_continues(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	if (!is_of_members(job) || job->request->member_count < 2)
		return FALSE;
	if (is_refused(reply))
		return refused(self, job, reply);
	if (reply->outcome != TARGET_OK)
		return FALSE;
	if (goes_on_behind(self, job))
		return TRUE;
	conclude(job, reply);
	return FALSE;
}

json_t *custom_portion_done(const CustomJob *job)
{
	json_t *done = json_array();

	for (guint i = 0; i < job->first && i < job->request->member_count; i++) {
		const char *id = job->request->members[i].id;
		if (!json_object_get(job->refused, id))
			json_array_append_new(done, json_string(id));
	}
	return done;
}
