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
 * Several steps may be half done. "Not done" holds for the last request alone; what it comes to
 * for the whole, once a writing step before it was done or any may have been:
 *
 *	                 REJECTED LATER DOWN     EXISTS STALE ABSENT
 *	creates          UNKNOWN                 UNKNOWN            looked up, and linked
 *	MEMBERS_*        as it is, unless lost   as it is           doing it again does no harm
 *	all others       UNKNOWN                 as it is           read again, and compared
 *
 * One exception: the service itself says of the work that the only writing step began that it has
 * failed. That is a refusal.
 *
 * A step is written once: what may be sent again without harm, the HTTP engine has sent again.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "custom_internal.h"

CustomJob *custom_job_new(TargetRequest *request)
{
	CustomJob *job = g_new0(CustomJob, 1);
	g_autofree char *uuid = g_uuid_string_random();

	job->request = request;
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
			      .request = job->request,
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

static gboolean denies(TargetOutcome outcome)
{
	return outcome == TARGET_REJECTED || outcome == TARGET_LATER || outcome == TARGET_DOWN;
}

static TargetOutcome outcome_of_all(const CustomJob *job, TargetOutcome last)
{
	TargetVerb verb = job->request->verb;
	gboolean of_members = verb == TARGET_MEMBERS_ADD || verb == TARGET_MEMBERS_REMOVE;
	gboolean creates = verb == TARGET_CREATE || verb == TARGET_GROUP_CREATE;

	if (job->failed && job->wrote <= 1 && !job->doubtful)
		return last;
	if (creates && job->wrote > 0 && last != TARGET_OK)
		return TARGET_UNKNOWN;
	if (denies(last) && (job->doubtful || (job->wrote > 0 && !of_members)))
		return TARGET_UNKNOWN;
	return last;
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

	check_id(job, reply);
	if (reply->outcome == TARGET_OK)
		documents = reply->documents ? json_incref(reply->documents)
					     : custom_verb_shows(to->target, job, reply);
	const char *note = reply->outcome == TARGET_OK ? job->note : NULL;
	TargetAnswer answer = {
		.outcome = outcome_of_all(job, reply->outcome),
		.id = job->id,
		.documents = documents,
		.status = reply->status,
		.detail = note ? note : reply->detail,
		.retry_after_us = reply->retry_after_us,
		.calls = job->calls,
		.retries = job->retries,
	};
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

/* A step that asks, and changes nothing. */
static gboolean step_writes(const CustomJob *job, const CustomStep *step)
{
	return custom_operation_writes(job->op->what) && !step->poll &&
	       !g_str_equal(step->method, "GET") && !g_str_equal(step->method, "HEAD");
}

static void send_step(CustomTarget *self, CustomJob *job, const CustomStep *step)
{
	CustomScope scope = custom_job_scope(self, job);
	g_autoptr(GError) error = NULL;
	HttpRequest *request = custom_request_new(step, &scope, NULL, &error);

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
	guint end = job->at + MAX(step->chunk, 1);

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
	job->step++;
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
	if (!custom_verb_continues(self, job, &none))
		custom_job_answer(self, job, none.outcome, none.detail ? "%s" : NULL, none.detail);
	custom_reply_clear(&none);
}

/* Answers -------------------------------------------------------------------------------------- */

/* An output keeps its type; out of a header, or by a pattern, it is a text. */
static void take_outputs(CustomJob *job, const CustomStep *step, const CustomReply *reply,
			 const HttpAnswer *http)
{
	for (guint i = 0; step->outputs && i < step->outputs->len; i++) {
		const CustomTake *take = step->outputs->pdata[i];

		if (take->place && !take->pattern) {
			json_t *value = place_get(take->place, reply->body);
			if (value)
				json_object_set(job->outputs, take->name, value);
			continue;
		}
		g_autofree char *text = custom_take_text(take, reply->body, http);
		if (text)
			json_object_set_new(job->outputs, take->name,
					    json_lossy_string(text, strlen(text)));
	}
}

static void take_id(CustomJob *job, const CustomReply *reply, const HttpAnswer *http)
{
	const GPtrArray *ids = job->op->ids;

	for (guint i = 0; !job->id && ids && i < ids->len; i++)
		job->id = custom_take_text(ids->pdata[i], reply->body, http);
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

static void take_answer(CustomJob *job, const CustomStep *step, const CustomReply *reply,
			const HttpAnswer *http)
{
	job->wrote += step_writes(job, step);
	take_outputs(job, step, reply, http);
	take_id(job, reply, http);
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
	if (reply->outcome != TARGET_OK)
		return FALSE;
	take_answer(job, step, reply, http);
	job->at += MAX(step->chunk, 1);
	if (!job->list || job->at >= json_array_size(job->list))
		next_step(job);
	if (custom_verb_needs_id(self, job) || advances(self, job))
		return TRUE;
	custom_prove(self, job->op);
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

static void job_answered(CustomTarget *self, CustomJob *job, const HttpAnswer *http,
			 const CustomDelivery *to)
{
	const CustomStep *step = step_of(job);
	gboolean writes = step_writes(job, step);
	CustomReply reply;

	g_hash_table_steal(self->sent, job);
	job->calls += http->calls;
	job->retries += http->retries;
	job->doubtful |= writes && http->doubtful;
	custom_reply_read(&reply, step, job->op->what, writes, custom_is_proven(self, job->op),
			  self->credential, &self->conf->net.auth, http);
	hide_password(job, http, &reply);
	job->doubtful |= writes && reply.outcome == TARGET_UNKNOWN;
	if (!goes_on(self, job, step, &reply, http) && !custom_verb_continues(self, job, &reply) &&
	    !(target_verb_is_of_group(job->request->verb) &&
	      custom_group_continues(self, job, &reply)))
		custom_job_finish(job, &reply, to);
	custom_reply_clear(&reply);
}

void custom_on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery)
{
	const CustomDelivery *to = delivery;

	if (!custom_seek_answered(to->target, request, http, to))
		job_answered(to->target, request->tag, http, to);
	http_request_free(request);
}
