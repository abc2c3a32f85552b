/*
 * Groups of a custom API: which operation a verb is.
 *
 *	GROUP_LOOKUP    group.lookup, else a walk through group.list (custom_seek.c)
 *	GROUP_CREATE    group.create: an empty group
 *	GROUP_RENAME    group.update
 *	GROUP_DELETE    group.delete
 *	MEMBERS_ADD     member.add, else all members by member.replace (custom_member.c)
 *	MEMBERS_REMOVE  member.remove, else likewise
 *
 * A 404 to members may mean the group or somebody in it. A group that is taken for gone is made
 * anew, so it is looked for before that is said: by whatever reads it, or its members, or lists all
 * groups. Where nothing does, the request is refused. Of several members in one request the one who
 * is refused is then singled out (custom_portion.c).
 */
#include <string.h>

#include "custom_seek_internal.h"

#define REPLACE_BATCH 1000 /* in one request; what is sent is all members anyway */

/* What there is -------------------------------------------------------------------------------- */

static gboolean has(const CustomApi *api, CustomOperation operation)
{
	return custom_op(api, operation) != NULL;
}

static gboolean can_replace(const CustomApi *api)
{
	return has(api, CUSTOM_MEMBER_REPLACE) && has(api, CUSTOM_MEMBER_LIST);
}

static guint batch_of(const CustomApi *api, CustomOperation operation)
{
	const CustomOp *op = custom_op(api, operation);

	if (op)
		return MAX(1, op->batch);
	return can_replace(api) ? REPLACE_BATCH : 1;
}

void custom_group_batches(CustomTarget *self)
{
	self->base.add_batch = batch_of(self->api, CUSTOM_MEMBER_ADD);
	self->base.remove_batch = batch_of(self->api, CUSTOM_MEMBER_REMOVE);
}

/* Taking up a verb ----------------------------------------------------------------------------- */

static void lacks(CustomTarget *self, CustomJob *job, CustomOperation operation)
{
	g_autofree char *why = custom_verb_lacks(self->api, operation);
	custom_job_answer(self, job, TARGET_REJECTED, "not sent: %s", why);
}

static void go(CustomTarget *self, CustomJob *job, CustomOperation operation)
{
	job->op = custom_op(self->api, operation);
	if (job->op)
		custom_job_go(self, job);
	else
		lacks(self, job, operation);
}

static void look_up(CustomTarget *self, CustomJob *job)
{
	const CustomOp *op = custom_op(self->api, CUSTOM_GROUP_LOOKUP);

	if (op && g_ascii_strcasecmp(job->request->match_path, "displayName") == 0)
		custom_seek_alone(self, job, op);
	else
		custom_seek_add(self, job);
}

static void send_members(CustomTarget *self, CustomJob *job, CustomOperation operation)
{
	if (job->request->member_count == 0)
		custom_job_answer(self, job, TARGET_OK, NULL);
	else if (!has(self->api, operation) && can_replace(self->api))
		custom_member_replace(self, job);
	else
		go(self, job, operation);
}

void custom_group_start(CustomTarget *self, TargetRequest *request)
{
	CustomJob *job = custom_job_new(request);

	switch (request->verb) {
	case TARGET_GROUP_LOOKUP:
		look_up(self, job);
		break;
	case TARGET_GROUP_CREATE:
		go(self, job, CUSTOM_GROUP_CREATE);
		break;
	case TARGET_GROUP_RENAME:
		go(self, job, CUSTOM_GROUP_UPDATE);
		break;
	case TARGET_GROUP_DELETE:
		go(self, job, CUSTOM_GROUP_DELETE);
		break;
	case TARGET_MEMBERS_ADD:
		send_members(self, job, CUSTOM_MEMBER_ADD);
		break;
	default:
		send_members(self, job, CUSTOM_MEMBER_REMOVE);
		break;
	}
}

/* Is the group there? -------------------------------------------------------------------------- */

/* What may tell, in this order: an address that never answered well proves nothing by a 404. */
static const CustomOperation readers[] = { CUSTOM_GROUP_GET, CUSTOM_MEMBER_LIST,
					   CUSTOM_GROUP_LIST };

typedef struct {
	CustomJob *job;   /* 'held' is what was answered */
	guint reader;     /* in 'readers' */
	gboolean is_seen; /* the group, or somebody in it, was shown */
} Look;

static void look_free(void *look_)
{
	Look *self = look_;

	if (self->job)
		custom_job_free(self->job);
	g_free(self);
}

/* All groups are read, and this one is to be among them. */
static gboolean is_of_all(const Look *self)
{
	return readers[self->reader] == CUSTOM_GROUP_LIST;
}

static gboolean on_shown(const json_t *document, void *look_, GError **error)
{
	Look *look = look_;
	const char *id = json_string_value(json_object_get(document, "id"));

	look->is_seen = !is_of_all(look) || g_strcmp0(id, look->job->request->id) == 0;
	return !look->is_seen;
}

static gboolean looks(CustomTarget *self, CustomJob *job, guint reader);

static void on_looked(CustomTarget *self, const CustomStrollEnd *end, void *look_,
		      const CustomDelivery *to)
{
	Look *look = look_;
	CustomJob *job = g_steal_pointer(&look->job);
	gboolean is_there = look->is_seen || (!is_of_all(look) && end->complete);
	gboolean is_gone = is_of_all(look) ? end->complete : end->trouble == TARGET_ABSENT;

	self->seek->jobs--;
	job->calls += end->calls;
	job->retries += end->retries;
	if (!is_there && !is_gone && looks(self, job, look->reader + 1))
		return;
	CustomReply reply = job->held;
	job->held = (CustomReply){ 0 };
	/* What was answered is about somebody in the group, unless it is gone itself. */
	if (is_there || !is_gone)
		reply.outcome = TARGET_REJECTED;
	job->is_seen = is_there;
	if (!custom_portion_continues(self, job, &reply))
		custom_job_finish(job, &reply, to);
	custom_reply_clear(&reply);
}

static void look(CustomTarget *self, CustomJob *job, guint reader)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	Look *look = g_new0(Look, 1);
	const CustomStrollFns fns = {
		.fn = on_shown, .end = on_looked, .data = look, .free_data = look_free
	};
	const CustomShape *shape = readers[reader] == CUSTOM_MEMBER_LIST ? &self->api->member
									 : &self->api->group;

	g_ptr_array_add(ops, (void *)custom_op(self->api, readers[reader]));
	look->job = job;
	look->reader = reader;
	custom_seek_of(self)->jobs++;
	custom_stroll_begin(self, job, ops, shape, &fns);
}

/* FALSE: no reader is left, from this one on. */
static gboolean looks(CustomTarget *self, CustomJob *job, guint reader)
{
	while (reader < G_N_ELEMENTS(readers) && !has(self->api, readers[reader]))
		reader++;
	if (reader == G_N_ELEMENTS(readers))
		return FALSE;
	look(self, job, reader);
	return TRUE;
}

/* TRUE: whether the 404 is about the group is found out. */
static gboolean looks_for_group(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	custom_reply_clear(&job->held);
	job->held = *reply;
	*reply = (CustomReply){ 0 };
	if (looks(self, job, 0))
		return TRUE;
	*reply = job->held;
	job->held = (CustomReply){ 0 };
	custom_reply_turn(reply, TARGET_REJECTED,
			  "the group or somebody in it is not there, and nothing shows which");
	return FALSE;
}

gboolean custom_group_continues(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	TargetVerb verb = job->request->verb;

	if (verb != TARGET_MEMBERS_ADD && verb != TARGET_MEMBERS_REMOVE)
		return FALSE;
	if (reply->outcome == TARGET_ABSENT && job->is_seen)
		reply->outcome = TARGET_REJECTED;
	if (reply->outcome == TARGET_ABSENT && looks_for_group(self, job, reply))
		return TRUE;
	return custom_portion_continues(self, job, reply);
}
