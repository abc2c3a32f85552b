/*
 * Whether a 404 may be believed to speak of an account.
 *
 * A gateway that has lost the service answers 404 to everything, and so does a mistyped address;
 * "gone" would be noted for everybody who is asked about. So a 404 counts where the address has
 * answered well before (custom_memory.c), and something of this API has in this session. Where
 * nothing has yet, the first 404 waits, with those that follow it, for one question: the first page
 * of the listing, or else a search for somebody who cannot exist.
 *
 *	address  session   a read, a write
 *	good     good      ABSENT
 *	good     nothing   asked once; listing fails: DOWN; search fails, or there is none: LATER
 *	never    nothing   likewise, and goes on below if there is nothing to ask by
 *	never    good      a read goes on to the listing; for a write, the account is looked for by
 *	                   get, then in the listing: not there is ABSENT; it is there, or nobody
 *	                   can tell, is REJECTED: the address is wrong
 *
 * A row of 'errors' is the administrator's own word, and is never doubted. Of groups nothing is
 * looked for here (custom_group.c does that for their members).
 */
#include <string.h>

#include "base/json.h"
#include "custom_seek_internal.h"

#define NOBODY "dirbridge-asks-for-nobody@example.invalid"

static void hold(CustomJob *job, CustomReply *reply)
{
	custom_reply_clear(&job->held);
	job->held = *reply;
	*reply = (CustomReply){ 0 };
}

static CustomReply release(CustomJob *job)
{
	CustomReply reply = job->held;

	job->held = (CustomReply){ 0 };
	return reply;
}

static void finish(CustomTarget *self, CustomJob *job, const CustomDelivery *to)
{
	CustomReply reply = release(job);

	custom_job_end(self, job, &reply, to);
	custom_reply_clear(&reply);
}

/* The first line of what was answered. New string. */
static char *answered(const CustomReply *reply)
{
	const char *detail = reply->detail ? reply->detail : "the service answered 404";
	return g_strndup(detail, strcspn(detail, "\n"));
}

/* Is the account there? ------------------------------------------------------------------------ */

typedef struct {
	CustomJob *job; /* 'held' is what the write was answered */
	gboolean is_seen;
} Look;

static void look_free(void *look_)
{
	Look *self = look_;

	if (self->job)
		custom_job_free(self->job);
	g_free(self);
}

static void call_absent(CustomJob *job)
{
	g_autofree char *words = answered(&job->held);
	custom_reply_turn(&job->held, TARGET_ABSENT, "%s", words);
}

static void on_listed(CustomTarget *self, CustomJob *job, CustomReply *reply,
		      const CustomFound *found, const CustomDelivery *to)
{
	job->sought = NULL;
	if (reply->outcome == TARGET_ABSENT)
		call_absent(job);
	else if (reply->outcome == TARGET_DOWN)
		custom_reply_turn(&job->held, TARGET_DOWN, "%s", reply->detail);
	finish(self, job, to);
}

/* FALSE: there is no listing. */
static gboolean looks_in_list(CustomTarget *self, CustomJob *job)
{
	if (!custom_op(self->api, CUSTOM_LIST))
		return FALSE;
	job->sought = on_listed;
	custom_seek_add(self, job);
	return TRUE;
}

static gboolean on_shown(const json_t *document, void *look_, GError **error)
{
	Look *look = look_;
	const char *id = json_get_string(document, "id");

	look->is_seen = g_strcmp0(id, look->job->request->id) == 0;
	return FALSE;
}

static void on_got(CustomTarget *self, const CustomStrollEnd *end, void *look_,
		   const CustomDelivery *to)
{
	Look *look = look_;
	CustomJob *job = g_steal_pointer(&look->job);

	self->seek->jobs--;
	job->calls += end->calls;
	job->retries += end->retries;
	if (!look->is_seen && end->trouble != TARGET_ABSENT && looks_in_list(self, job))
		return;
	if (!look->is_seen && end->trouble == TARGET_ABSENT)
		call_absent(job);
	finish(self, job, to);
}

/* FALSE: nothing shows an account by its id. */
static gboolean looks_by_get(CustomTarget *self, CustomJob *job)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	const CustomOp *get = custom_op(self->api, CUSTOM_GET);

	if (!get)
		return FALSE;
	Look *look = g_new0(Look, 1);
	const CustomStrollFns fns = {
		.fn = on_shown, .end = on_got, .data = look, .free_data = look_free
	};
	g_ptr_array_add(ops, (void *)get);
	look->job = job;
	custom_seek_of(self)->jobs++;
	custom_stroll_begin(self, job, ops, &self->api->account, &fns);
	return TRUE;
}

/* Does anything of the API answer? ------------------------------------------------------------- */

static void disbelieve(const CustomTarget *self, CustomReply *held)
{
	g_autofree char *words = answered(held);

	if (self->silence)
		custom_reply_turn(held, self->silent_as,
				  "%s; nothing of this API answers well: %s\nare the urls right, "
				  "and is the service in order?",
				  words, self->silence);
	else
		custom_reply_turn(held, TARGET_LATER,
				  "%s\nnothing of this API has answered well in this session, so "
				  "that this is not taken for an account that is gone",
				  words);
	held->status = 0; /* nobody is to conclude from it */
}

/* After the question, or without one. TRUE: the job goes on; FALSE: what is held is its answer. */
static gboolean goes_on(CustomTarget *self, CustomJob *job)
{
	gboolean is_proven = job->held.outcome == TARGET_ABSENT;

	if (!self->good && (is_proven || self->silence)) {
		disbelieve(self, &job->held);
		return FALSE;
	}
	if (is_proven || target_verb_is_of_group(job->request->verb))
		return FALSE;
	if (job->op->what == CUSTOM_GET)
		return custom_verb_reads_list(self, job);
	return looks_by_get(self, job) || looks_in_list(self, job);
}

typedef struct {
	CustomJob *job; /* that asks; nobody waits for it */
	TargetRequest request;
	const CustomOp *op;
} Question;

static void question_free(void *question_)
{
	Question *self = question_;

	custom_job_free(self->job);
	g_free(self);
}

static gboolean on_answer(const json_t *document, void *question, GError **error)
{
	return FALSE; /* one is enough */
}

static void on_asked(CustomTarget *self, const CustomStrollEnd *end, void *question_,
		     const CustomDelivery *to)
{
	const Question *question = question_;
	guint calls = end->calls, retries = end->retries;
	CustomJob *job;

	self->asked = CUSTOM_ASKED;
	/* Of a search for nobody, a refusal may be the usual answer. */
	if (!self->good && question->op->what == CUSTOM_LIST) {
		gboolean later = end->trouble == TARGET_LATER || end->trouble == TARGET_UNKNOWN;

		self->silence = g_strdup(end->why ? end->why : "the listing shows nothing");
		self->silent_as = later ? TARGET_LATER : TARGET_DOWN;
	}
	while ((job = g_queue_pop_head(&self->doubted))) {
		job->calls += calls;
		job->retries += retries;
		calls = retries = 0;
		if (!goes_on(self, job))
			finish(self, job, to);
	}
}

static const CustomOp *op_to_ask(const CustomApi *api)
{
	const CustomOp *list = custom_op(api, CUSTOM_LIST);
	gboolean can_search = api->match && api->match->len > 0;

	return list || !can_search ? list : custom_op(api, CUSTOM_LOOKUP);
}

static void ask(CustomTarget *self)
{
	g_autoptr(GPtrArray) ops = g_ptr_array_new();
	const CustomOp *op = op_to_ask(self->api);

	self->asked = op ? CUSTOM_ASKING : CUSTOM_ASKED;
	if (!op)
		return;
	Question *question = g_new0(Question, 1);
	const CustomStrollFns fns = {
		.fn = on_answer, .end = on_asked, .data = question, .free_data = question_free
	};
	question->op = op;
	question->request.verb = TARGET_LOOKUP;
	if (op->what == CUSTOM_LOOKUP) {
		question->request.match_path = self->api->match->pdata[0];
		question->request.match_value = NOBODY;
	}
	question->job = custom_job_new(&question->request);
	g_ptr_array_add(ops, (void *)op);
	custom_stroll_begin(self, question->job, ops, &self->api->account, &fns);
}

/* Jobs ----------------------------------------------------------------------------------------- */

static gboolean is_in_doubt(const CustomJob *job, const CustomReply *reply)
{
	gboolean of_group = target_verb_is_of_group(job->request->verb);

	if (!custom_reply_is_unclear(reply) || job->op->what == CUSTOM_CREATE)
		return FALSE;
	return reply->outcome == TARGET_ABSENT || (reply->outcome == TARGET_REJECTED && !of_group);
}

gboolean custom_job_doubts(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	if (!is_in_doubt(job, reply))
		return FALSE;
	hold(job, reply);
	if (!self->good && self->asked == CUSTOM_NOT_ASKED)
		ask(self);
	if (!self->good && self->asked == CUSTOM_ASKING) {
		g_queue_push_tail(&self->doubted, job);
		return TRUE;
	}
	if (goes_on(self, job))
		return TRUE;
	*reply = release(job);
	return FALSE;
}
