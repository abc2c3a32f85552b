/*
 * A job for a custom API: which step comes next, and what became of the one before.
 *
 *	          .--condition does not hold--.
 *	          v                           |
 *	go --> step --> request --> answer --> good --> outputs --> next portion, next step --> over
 *	          ^                   |          |
 *	          |                   |          '--poll: not yet--> waits, the same step again
 *	          |                   '--not good----------------------------------> the answer
 *	          '--the next operation (an update behind what it reads): custom_verb.c
 *
 * Several steps may be half done: what that comes to for the whole is custom_whole.c's to say.
 *
 * A step is written once: what may be sent again without harm, the HTTP engine has sent again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "custom_internal.h"

#define PORTIONS_MAX 1000

CustomJob *custom_job_new(TargetRequest *request)
{
	CustomJob *job = g_new0(CustomJob, 1);
	g_autofree char *uuid = g_uuid_string_random();

	job->request = request;
	custom_portion_begin(job);
	job->outputs = json_object();
	g_strlcpy(job->uuid, uuid, sizeof(job->uuid));
	return job;
}

void custom_job_free(void *job_)
{
	CustomJob *job = job_;

	custom_reply_clear(&job->held);
	json_decref(job->list);
	json_decref(job->items);
	json_decref(job->outputs);
	json_decref(job->document);
	json_decref(job->members);
	json_decref(job->record);
	json_decref(job->refused);
	g_free(job->problem);
	g_free(job->id);
	g_free(job->seek_path);
	g_free(job->seek_value);
	g_free(job);
}

CustomScope custom_job_scope(const CustomTarget *self, const CustomJob *job)
{
	return (CustomScope){ .api = self->api,
			      .origin = self->origin,
			      .base_path = self->base_path,
			      .net = &self->conf->net,
			      .credential = self->credential,
			      .request = &job->part,
			      .id = job->id,
			      .document = job->document,
			      .outputs = job->outputs,
			      .items = job->items,
			      .members = job->members,
			      .match_path = job->seek_path,
			      .match_value = job->seek_value,
			      .now_us = clock_now_us(),
			      .uuid = job->uuid };
}

/* The answer to the caller --------------------------------------------------------------------- */

void custom_job_answer(CustomTarget *self, CustomJob *job, TargetOutcome outcome,
		       const char *detail, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, detail);
	text = detail ? g_strdup_vprintf(detail, arguments) : NULL;
	va_end(arguments);
	custom_reply_clear(&job->held);
	job->held.outcome = outcome;
	job->held.detail = text;
	g_queue_push_tail(&self->answered, job);
}

static void check_id(const CustomJob *job, CustomReply *reply)
{
	TargetVerb verb = job->request->verb;

	if (reply->outcome != TARGET_OK || job->id ||
	    (verb != TARGET_CREATE && verb != TARGET_GROUP_CREATE))
		return;
	if (job->calls == 0) {
		custom_reply_turn(reply, TARGET_REJECTED,
				  "not sent: no step of the operation applies");
		return;
	}
	custom_reply_turn(reply, TARGET_UNKNOWN,
			  "the service answered %d to a create without saying which %s it made%s%s",
			  reply->status, verb == TARGET_CREATE ? "account" : "group",
			  reply->unread ? ": " : "", reply->unread ? reply->unread : "");
}

void custom_job_finish(CustomJob *job, CustomReply *reply, const CustomDelivery *to)
{
	g_autoptr(json_t) documents = NULL;
	g_autoptr(json_t) done = custom_portion_done(job);

	check_id(job, reply);
	custom_verb_check_made(to->target, job, reply);
	if (reply->outcome == TARGET_OK)
		documents = reply->documents ? json_incref(reply->documents)
					     : custom_verb_shows(to->target, job, reply);
	const char *note = reply->outcome == TARGET_OK ? job->note : NULL;
	g_autofree char *unfinished = custom_whole_unfinished(job, reply);
	TargetAnswer answer = {
		.outcome = custom_whole_outcome(job, reply->outcome),
		.unfinished = unfinished,
		.id = job->id,
		.documents = documents,
		.members_done = json_array_size(done) > 0 ? done : NULL,
		.status = reply->status,
		.detail = note ? note : reply->detail,
		.retry_after_us = reply->retry_after_us,
		.calls = job->calls,
		.retries = job->retries,
		.unasked = job->unasked,
	};
	answer.lingers = answer.outcome == TARGET_UNKNOWN && custom_whole_lingers(job, reply);
	to->target->finished++;
	to->done(job->request, &answer, to->data);
	custom_job_free(job);
}

void custom_deliver_answered(const CustomDelivery *to)
{
	/* Only those there are now: what a callback submits is for the next step. */
	for (guint n = to->target->answered.length; n > 0; n--) {
		CustomJob *job = g_queue_pop_head(&to->target->answered);
		CustomReply reply = job->held;

		job->held = (CustomReply){ 0 };
		custom_job_finish(job, &reply, to);
		custom_reply_clear(&reply);
	}
}

/* Sending -------------------------------------------------------------------------------------- */

static const CustomStep *step_of(const CustomJob *job)
{
	return job->step < job->op->steps->len ? job->op->steps->pdata[job->step] : NULL;
}

/* A list out of an answer is as long as the service likes; the members are those we have. */
static gboolean is_too_long(const CustomJob *job, const CustomStep *step)
{
	return job->list && !g_str_equal(step->foreach, "members") &&
	       json_array_size(job->list) > (gsize)PORTIONS_MAX * MAX(step->chunk, 1);
}

static void send_step(CustomTarget *self, CustomJob *job, const CustomStep *step)
{
	CustomScope scope = custom_job_scope(self, job);
	g_autoptr(GError) error = NULL;
	HttpRequest *request;

	if (is_too_long(job, step)) {
		custom_job_answer(self, job, TARGET_REJECTED,
				  "step '%s' is not sent: '%s' has %zu elements, and one list is "
				  "worth %d calls at most",
				  step->name, step->foreach, json_array_size(job->list),
				  PORTIONS_MAX);
		return;
	}
	request = custom_request_new(step, &scope, NULL, &error);
	if (!request) {
		custom_job_answer(self, job, TARGET_REJECTED, "not sent: %s", error->message);
		return;
	}
	request->urgent = job->request->verb == TARGET_DISABLE;
	request->tag = job;
	g_hash_table_add(self->sent, job);
	http_submit(self->http, request);
}

void custom_job_send(CustomTarget *self, CustomJob *job)
{
	send_step(self, job, step_of(job));
}

static gboolean is_left_out(const GPtrArray *left_out, const char *path)
{
	for (guint i = 0; left_out && i < left_out->len; i++) {
		gsize length = strlen(left_out->pdata[i]);
		if (g_ascii_strncasecmp(path, left_out->pdata[i], length) == 0 &&
		    (path[length] == '\0' || path[length] == '.' || path[length] == '['))
			return TRUE;
	}
	return FALSE;
}

static void note_name(const char *name, gboolean is_needed, void *found)
{
	if (g_str_equal(name, "changes"))
		*(gboolean *)found = TRUE;
}

/* An object of changes that has nothing in it, because removals are not said. */
static gboolean says_nothing(const CustomStep *step, const CustomScope *scope)
{
	gboolean named = FALSE;
	CustomScope own = *scope;

	if (step->body)
		template_tree_names(step->body, note_name, &named);
	if (!named)
		return FALSE;
	own.leave_out = step->leave_out;
	g_autoptr(json_t) changes = custom_scope_get("changes", &own);
	return json_object_size(changes) == 0;
}

/* A step of an update all of whose changes are left out of it. */
static gboolean is_empty(const CustomJob *job, const CustomStep *step, const CustomScope *scope)
{
	const json_t *changes = job->request->changes;
	json_t *change;
	size_t i;

	if (job->op->what != CUSTOM_UPDATE || !changes)
		return FALSE;
	json_array_foreach ((json_t *)changes, i, change) {
		const char *path = json_get_string(change, "path");
		if (path && !is_left_out(step->leave_out, path))
			return says_nothing(step, scope);
	}
	return TRUE;
}

/* The list of a foreach. New reference, empty where there is none. */
static json_t *list_of(const CustomStep *step, const CustomScope *scope)
{
	json_t *value = custom_scope_get(step->foreach, (void *)scope);

	if (json_is_array(value))
		return value;
	return value ? json_pack("[o]", value) : json_array();
}

static void take_portion(CustomJob *job, const CustomStep *step)
{
	guint chunk = MAX(step->chunk, 1);
	guint end = job->at + (job->chunk ? MIN(job->chunk, chunk) : chunk);

	json_decref(job->items);
	job->items = json_array();
	for (guint i = job->at; i < end && i < json_array_size(job->list); i++)
		json_array_append(job->items, json_array_get(job->list, i));
}

/* Is there something to do for a step, or more of it? */
static gboolean has_work(const CustomTarget *self, CustomJob *job, const CustomStep *step)
{
	CustomScope scope = custom_job_scope(self, job);

	if (job->list) {
		take_portion(job, step);
		return json_array_size(job->items) > 0;
	}
	if (!custom_when_holds(step->when, &scope) || is_empty(job, step, &scope))
		return FALSE;
	if (!step->foreach)
		return TRUE;
	job->list = list_of(step, &scope);
	job->at = 0;
	take_portion(job, step);
	return json_array_size(job->items) > 0;
}

static void next_step(CustomJob *job)
{
	g_clear_pointer(&job->list, json_decref);
	g_clear_pointer(&job->items, json_decref);
	job->at = 0;
	job->chunk = 0;
	job->step++;
}

void custom_job_next_portion(CustomJob *job, const CustomStep *step)
{
	job->at += (guint)MAX(json_array_size(job->items), 1);
	job->chunk *= 2;
	if (!job->list || job->at >= json_array_size(job->list))
		next_step(job);
}

void custom_job_rewind(CustomJob *job)
{
	next_step(job);
	json_object_clear(job->outputs);
	job->step = 0;
	job->wrote = 0;
	job->deadline_us = 0;
	job->failed = FALSE;
}

/* TRUE if a step was sent, or the job answered. FALSE: its operation is over. */
static gboolean advances(CustomTarget *self, CustomJob *job)
{
	const CustomStep *step;

	while ((step = step_of(job))) {
		if (has_work(self, job, step)) {
			send_step(self, job, step);
			return TRUE;
		}
		next_step(job);
	}
	return FALSE;
}

void custom_job_go(CustomTarget *self, CustomJob *job)
{
	CustomReply none = { .outcome = TARGET_OK };

	if (advances(self, job))
		return;
	if (!custom_verb_continues(self, job, &none) && !custom_group_continues(self, job, &none))
		custom_job_answer(self, job, none.outcome, none.detail ? "%s" : NULL, none.detail);
	custom_reply_clear(&none);
}

/* Answers -------------------------------------------------------------------------------------- */

/* An answer that was good may yet not be one to go on with: the reply turns. */
static void take_outputs(const CustomTarget *self, CustomJob *job, const CustomStep *step,
			 CustomReply *reply, const HttpAnswer *http)
{
	const CustomScope scope = custom_job_scope(self, job);
	g_autofree char *flaw = custom_take_outputs(step->outputs, reply->body, http, &scope,
						    job->outputs);

	if (flaw)
		custom_reply_turn(reply,
				  custom_step_writes(job->op->what, step) ? TARGET_UNKNOWN
									  : TARGET_REJECTED,
				  "the service answered %d: %s", reply->status, flaw);
}

static void take_id(const CustomTarget *self, CustomJob *job, const CustomReply *reply,
		    const HttpAnswer *http)
{
	const CustomScope scope = custom_job_scope(self, job);
	const GPtrArray *ids = job->op->ids;
	gboolean usual = job->step < job->op->id_steps;
	g_autofree char *id = NULL;

	if (job->id && !usual)
		return;
	for (guint i = 0; !id && ids && i < ids->len; i++)
		id = custom_take_text(ids->pdata[i], reply->body, http, &scope);
	if (id) {
		g_free(job->id);
		job->id = g_steal_pointer(&id);
	}
}

/* What an answer shows of the account, if it is said where; the only one of a list. */
static json_t *record_of(const CustomOp *op, const json_t *body)
{
	json_t *record = op->items ? place_get(op->items, body)
			 : op->what == CUSTOM_GET || op->what == CUSTOM_GROUP_GET ? (json_t *)body
										  : NULL;

	if (json_is_array(record) && json_array_size(record) == 1)
		record = json_array_get(record, 0);
	return json_is_object(record) ? json_incref(record) : NULL;
}

static void take_answer(const CustomTarget *self, CustomJob *job, const CustomStep *step,
			CustomReply *reply, const HttpAnswer *http)
{
	job->wrote += custom_step_writes(job->op->what, step);
	take_outputs(self, job, step, reply, http);
	take_id(self, job, reply, http);
	json_decref(job->record);
	job->record = record_of(job->op, reply->body);
}

/* TRUE: the job goes on. FALSE: the reply is the answer. */
static gboolean goes_on(CustomTarget *self, CustomJob *job, const CustomStep *step,
			CustomReply *reply, const HttpAnswer *http)
{
	if (step->poll && reply->outcome == TARGET_LATER &&
	    custom_poll_waits(self, job, step->poll))
		return TRUE;
	if (step->poll && reply->outcome == TARGET_OK &&
	    custom_poll_goes_on(self, job, step, reply))
		return TRUE;
	if (reply->outcome == TARGET_OK && custom_portion_doubts(self, job, reply))
		return TRUE;
	if (reply->outcome != TARGET_OK)
		return FALSE;
	take_answer(self, job, step, reply, http);
	if (reply->outcome != TARGET_OK)
		return FALSE;
	custom_job_next_portion(job, step);
	if (custom_verb_needs_id(self, job) || advances(self, job))
		return TRUE;
	custom_prove(self, job->op, reply->status);
	return FALSE;
}

/* How a password may come back: as it is, within JSON, within an address. */
static gboolean holds_password(const char *text, const Secret *password)
{
	g_autoptr(json_t) value = json_lossy_string(secret_peek(password), secret_length(password));
	char *quoted = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	char *escaped = http_escape(secret_peek(password));
	gboolean holds;

	quoted[strlen(quoted) - 1] = '\0';
	holds = strstr(text, secret_peek(password)) || strstr(text, quoted + 1) ||
		strstr(text, escaped);
	secret_wipe(quoted, strlen(quoted));
	secret_wipe(escaped, strlen(escaped));
	free(quoted); /* lint: free */
	g_free(escaped);
	body_wipe(value);
	return holds;
}

/* Words that repeat a password are nobody's. */
static void hide_password(const CustomJob *job, const HttpAnswer *http, CustomReply *reply)
{
	const Secret *password = job->request->password;

	if (!password || secret_length(password) == 0 || !http->body || !reply->detail ||
	    !holds_password(http->body, password))
		return;
	custom_reply_turn(reply, reply->outcome,
			  "the service answered %d, with words that repeat the password",
			  reply->status);
}

void custom_job_end(CustomTarget *self, CustomJob *job, CustomReply *reply,
		    const CustomDelivery *to)
{
	if (!custom_group_continues(self, job, reply))
		custom_job_finish(job, reply, to);
}

static void job_answered(CustomTarget *self, CustomJob *job, const HttpAnswer *http,
			 const CustomDelivery *to)
{
	const CustomStep *step = step_of(job);
	gboolean writes = custom_step_writes(job->op->what, step);
	CustomReply reply;

	g_hash_table_steal(self->sent, job);
	job->calls += http->calls;
	job->retries += http->retries;
	job->doubtful |= writes && http->doubtful;
	job->lingers |= writes && http->lingers;
	custom_reply_read(&reply, step, job->op->what, writes, custom_is_proven(self, job->op),
			  self->credential, &self->conf->net.auth, http);
	hide_password(job, http, &reply);
	CustomScope scope = custom_job_scope(self, job);
	custom_whole_judge_404(job, &scope, &reply);
	job->doubtful |= writes && reply.outcome == TARGET_UNKNOWN;
	if (!goes_on(self, job, step, &reply, http) && !custom_job_doubts(self, job, &reply) &&
	    !custom_verb_continues(self, job, &reply))
		custom_job_end(self, job, &reply, to);
	custom_reply_clear(&reply);
}

void custom_on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery)
{
	const CustomDelivery *to = delivery;

	if (!custom_seek_answered(to->target, request, http, to))
		job_answered(to->target, request->tag, http, to);
	http_request_free(request);
}
