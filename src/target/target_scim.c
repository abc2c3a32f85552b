/*
 * The SCIM 2.0 driver: which request comes next. RFC 7644.
 *
 *	LOOKUP   GET  /Users?filter=…      hits are compared again: services misread filters
 *	READ     GET  /Users/<id>
 *	CREATE   POST /Users               an id from the body or Location, else UNKNOWN
 *	UPDATE   PATCH /Users/<id>         400 noTarget: GET, then PATCH made against what is there
 *	                                   405, 501: from now on by PUT
 *	         or GET, overlay, PUT      where PATCH is not spoken; others' attributes survive
 *	ENABLE,  PATCH active alone        alone, because services misread it in company
 *	DISABLE  or GET, overlay, PUT
 *	DELETE   DELETE /Users/<id>
 *
 * A request of the caller is a Job here, which walks through its steps:
 *
 *	           .--> STEP_ONLY ----------------------------------.
 *	submit ----|--> STEP_PATCH --noTarget--> STEP_GET_FOR_PATCH --> STEP_PATCH_AGAIN --> answer
 *	           |        '--405, 501--.                                  ^
 *	           '---------------------'--> STEP_GET_FOR_PUT --> STEP_PUT-'
 *
 * A 404 is believed to speak of an account only when /Users itself is known to answer: a gateway
 * that has lost the service says 404 too, and "gone" would be noted for everybody who is asked
 * about. Where nothing beneath /Users has answered well in this session, the first 404 waits, with
 * those that follow it, for one search:
 *
 *	404 --> waiting --> GET /Users?startIndex=1&count=1 --a list--> ABSENT, of all that wait
 *	                                                    '---else--> DOWN, of all that wait
 *
 * A service that shows an account, or a list, is never asked that question.
 *
 * Retrying, pausing and redirects are the HTTP engine's; what an answer means is scim_answer.c's.
 * A service's peculiarity is never an 'if' here: it is a member of ScimProfile, which settings and
 * discovery fill.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "http_internal.h"
#include "scim_internal.h"
#include "target_internal.h"

#define STEP_MS 1000
#define SMALLEST_LIST "/Users?startIndex=1&count=1"

/* What we know of /Users where nothing beneath it has answered well: asked once a session. */
typedef enum {
	USERS_NOT_ASKED,
	USERS_ASKED,
	USERS_MISSING,
} UsersCheck;

typedef struct {
	Target base;
	const ScimConf *conf;
	ScimProfile profile;
	Http *http;
	GQueue answered; /* Job, answered without the wire; delivered by the next step */
	UsersCheck users;
	GQueue waiting;      /* Job, answered 404, for the answer of the check */
	char *users_problem; /* why the check failed, or NULL */
} ScimTarget;

typedef enum {
	STEP_ONLY,
	STEP_PATCH,
	STEP_GET_FOR_PATCH,
	STEP_PATCH_AGAIN,
	STEP_GET_FOR_PUT,
	STEP_PUT,
} JobStep;

typedef struct {
	TargetRequest *request;
	JobStep step;
	guint calls;
	gboolean doubtful; /* something was written, perhaps, by a request without an answer */
	ScimReply held;    /* while waiting: the 404 as it reads if /Users is there */
} Job;

typedef struct {
	ScimTarget *target;
	TargetDoneFn done;
	void *data;
} Delivery;

/* Sending ------------------------------------------------------------------------------------- */

static void job_send(ScimTarget *self, Job *job, JobStep step, const char *method, const char *path,
		     const json_t *body)
{
	HttpRequest *request = http_request_new(method, path);

	job->step = step;
	request->accept = self->profile.accept;
	request->tag = job;
	if (body) {
		request->body = json_canonical(body);
		request->body_length = strlen(request->body);
		request->content_type = self->profile.content_type;
	}
	http_submit(self->http, request);
}

static void job_send_to_account(ScimTarget *self, Job *job, JobStep step, const char *method,
				const json_t *body)
{
	g_autofree char *path = scim_account_path(job->request->id);
	job_send(self, job, step, method, path, body);
}

static void job_lookup(ScimTarget *self, Job *job)
{
	g_autofree char *path = scim_lookup_path(job->request->match_path,
						 job->request->match_value);
	job_send(self, job, STEP_ONLY, "GET", path, NULL);
}

static void job_create(ScimTarget *self, Job *job)
{
	g_autoptr(json_t) body = scim_create_document(job->request->resource, job->request->anchor);
	job_send(self, job, STEP_ONLY, "POST", "/Users", body);
}

/* What an UPDATE, ENABLE or DISABLE changes. New reference. */
static json_t *job_changes(const Job *job)
{
	if (job->request->verb == TARGET_UPDATE)
		return json_incref((json_t *)job->request->changes);
	return scim_active_changes(job->request->verb == TARGET_ENABLE);
}

static json_t *job_patch(const Job *job)
{
	if (job->request->verb == TARGET_UPDATE)
		return scim_patch_changes(job->request->changes, job->request->resource);
	return scim_patch_active(job->request->verb == TARGET_ENABLE);
}

static void job_modify(ScimTarget *self, Job *job)
{
	if (!self->profile.patch.value) {
		job_send_to_account(self, job, STEP_GET_FOR_PUT, "GET", NULL);
		return;
	}
	g_autoptr(json_t) body = job_patch(job);
	if (body)
		job_send_to_account(self, job, STEP_PATCH, "PATCH", body);
	else
		g_queue_push_tail(&self->answered, job);
}

static void scim_submit(Target *base, TargetRequest *request)
{
	ScimTarget *self = (ScimTarget *)base;
	Job *job = g_new0(Job, 1);

	job->request = request;
	switch (request->verb) {
	case TARGET_LOOKUP:
		job_lookup(self, job);
		break;
	case TARGET_READ:
		job_send_to_account(self, job, STEP_ONLY, "GET", NULL);
		break;
	case TARGET_CREATE:
		job_create(self, job);
		break;
	case TARGET_UPDATE:
	case TARGET_ENABLE:
	case TARGET_DISABLE:
		job_modify(self, job);
		break;
	case TARGET_DELETE:
		job_send_to_account(self, job, STEP_ONLY, "DELETE", NULL);
		break;
	default:
		g_assert_not_reached(); /* not without TARGET_CAN_GROUPS */
	}
}

/* Answers -------------------------------------------------------------------------------------- */

static const Secret *secret_of(const ScimTarget *self)
{
	const ScimAuth *auth = &self->conf->auth;
	return auth->type == SCIM_AUTH_BEARER ? auth->token : auth->password;
}

static ScimContext context_of(const ScimTarget *self, TargetVerb verb)
{
	return (ScimContext){ .verb = verb,
			      .url_good = self->profile.url_good,
			      .secret = secret_of(self),
			      .auth = self->conf->auth.type };
}

/* The verb whose meaning an answer has: a GET on the way to a PUT is read as a READ. */
static TargetVerb step_verb(const Job *job)
{
	if (job->step == STEP_GET_FOR_PATCH || job->step == STEP_GET_FOR_PUT)
		return TARGET_READ;
	return job->request->verb;
}

static gboolean is_patch_unknown(const ScimReply *reply)
{
	return reply->status == 405 || reply->status == 501;
}

/* PATCH with noTarget: what is there has to be read first. */
static gboolean continue_patch(ScimTarget *self, Job *job, const ScimReply *reply)
{
	if (is_patch_unknown(reply) && self->profile.patch.by < SCIM_BY_SETTING) {
		scim_choose(&self->profile.patch, FALSE, SCIM_BY_LEARNING);
		job_send_to_account(self, job, STEP_GET_FOR_PUT, "GET", NULL);
		return TRUE;
	}
	/* Another request may have learned it while this one was under way. */
	if (is_patch_unknown(reply) && !self->profile.patch.value) {
		job_send_to_account(self, job, STEP_GET_FOR_PUT, "GET", NULL);
		return TRUE;
	}
	if (reply->status == 400 && g_strcmp0(reply->scim_type, "noTarget") == 0 &&
	    job->request->verb == TARGET_UPDATE) {
		job_send_to_account(self, job, STEP_GET_FOR_PATCH, "GET", NULL);
		return TRUE;
	}
	return FALSE;
}

/* The account was read: send what was to follow. FALSE if nothing is left to send. */
static gboolean continue_with_document(ScimTarget *self, Job *job, json_t *document)
{
	g_autoptr(json_t) body = NULL;

	if (job->step == STEP_GET_FOR_PUT) {
		g_autoptr(json_t) changes = job_changes(job);
		scim_put_document(document, changes);
		job_send_to_account(self, job, STEP_PUT, "PUT", document);
		return TRUE;
	}
	body = scim_patch_against(job->request->changes, job->request->resource, document);
	if (body)
		job_send_to_account(self, job, STEP_PATCH_AGAIN, "PATCH", body);
	return body != NULL;
}

/* TRUE if the job goes on with another request. */
static gboolean job_continues(ScimTarget *self, Job *job, ScimReply *reply)
{
	g_autoptr(json_t) document = NULL;

	switch (job->step) {
	case STEP_PATCH:
		return continue_patch(self, job, reply);
	case STEP_GET_FOR_PATCH:
	case STEP_GET_FOR_PUT:
		if (reply->outcome == TARGET_OK)
			document = scim_read_document(reply, job->request->id);
		return document && continue_with_document(self, job, document);
	case STEP_ONLY:
	case STEP_PATCH_AGAIN:
	case STEP_PUT:
		break;
	}
	return FALSE;
}

/* "Not done" holds for the last request of a job; an earlier one may have been done. */
static TargetOutcome outcome_of_all(const Job *job, TargetOutcome last)
{
	gboolean denies = last == TARGET_REJECTED || last == TARGET_LATER || last == TARGET_DOWN;
	return job->doubtful && denies ? TARGET_UNKNOWN : last;
}

static void job_free(void *job_)
{
	Job *job = job_;

	scim_reply_clear(&job->held);
	g_free(job);
}

/* Answers the caller and frees the job. */
static void job_finish(Job *job, ScimReply *reply, const HttpAnswer *http, const Delivery *to)
{
	g_autofree char *id = NULL;
	g_autoptr(json_t) documents = NULL;
	const TargetRequest *request = job->request;

	if (reply->outcome == TARGET_OK && request->verb == TARGET_LOOKUP) {
		documents = scim_found_documents(reply, request->match_path, request->match_value);
	} else if (reply->outcome == TARGET_OK && request->verb == TARGET_READ) {
		json_t *document = scim_read_document(reply, request->id);
		if (document)
			documents = json_pack("[o]", document);
	} else if (reply->outcome == TARGET_OK && request->verb == TARGET_CREATE) {
		id = scim_created_id(reply, http->location);
		if (!id)
			scim_reply_turn(
				reply, TARGET_UNKNOWN,
				"the service answered %d to a create without saying which account "
				"it made",
				reply->status);
	}
	TargetAnswer answer = {
		.outcome = outcome_of_all(job, reply->outcome),
		.id = id,
		.documents = documents,
		.status = reply->status,
		.detail = reply->detail,
		.retry_after_us = http->retry_after_us,
		.calls = job->calls,
	};
	to->done(job->request, &answer, to->data);
	job_free(job);
}

/* Is /Users there? ----------------------------------------------------------------------------- */

static void users_ask(ScimTarget *self)
{
	HttpRequest *request = http_request_new("GET", SMALLEST_LIST);

	self->users = USERS_ASKED;
	request->accept = self->profile.accept;
	http_submit(self->http, request); /* no tag: its answer is nobody's job */
}

static void users_not_there(const ScimTarget *self, ScimReply *reply)
{
	scim_reply_turn(reply, TARGET_DOWN,
			"the service answered %d, and shows no accounts at all beneath /Users: "
			"%s\nis the url right, and the service in order?",
			reply->status, self->users_problem);
}

/*
 * TRUE if the answer is a 404 that cannot be believed yet: the job waits. Once the check has
 * failed there is nothing to wait for, and the reply becomes DOWN.
 */
static gboolean job_waits(ScimTarget *self, Job *job, const HttpAnswer *http, ScimReply *reply)
{
	if (self->profile.url_good || (reply->status != 404 && reply->status != 410))
		return FALSE;
	if (self->users == USERS_MISSING) {
		users_not_there(self, reply);
		return FALSE;
	}
	ScimContext context = context_of(self, step_verb(job));
	context.url_good = TRUE;
	scim_reply_read(&job->held, &context, http);
	g_queue_push_tail(&self->waiting, job);
	if (self->users == USERS_NOT_ASKED)
		users_ask(self);
	return TRUE;
}

static void users_answered(ScimTarget *self, const HttpAnswer *http, const Delivery *to)
{
	const HttpAnswer nothing = { .fate = HTTP_ANSWERED };
	ScimContext context = context_of(self, TARGET_READ);
	guint calls = http->calls;
	ScimReply reply;
	Job *job;

	scim_reply_read(&reply, &context, http);
	if (scim_is_list(&reply)) {
		self->profile.url_good = TRUE;
	} else if (!self->profile.url_good) {
		const char *why = reply.detail ? reply.detail : "the answer is no list";
		self->users = USERS_MISSING;
		self->users_problem = g_strndup(why, strcspn(why, "\n"));
	}
	while ((job = g_queue_pop_head(&self->waiting))) {
		if (!self->profile.url_good)
			users_not_there(self, &job->held);
		job->calls += calls;
		calls = 0;
		job_finish(job, &job->held, &nothing, to);
	}
	scim_reply_clear(&reply);
}

static void job_answered(ScimTarget *self, Job *job, const HttpAnswer *http, const Delivery *to)
{
	ScimContext context = context_of(self, step_verb(job));
	ScimReply reply;

	job->calls += http->calls;
	job->doubtful |= http->doubtful;
	scim_reply_read(&reply, &context, http);
	if (reply.outcome == TARGET_OK && json_is_object(reply.body))
		self->profile.url_good = TRUE;
	if (!job_waits(self, job, http, &reply) && !job_continues(self, job, &reply))
		job_finish(job, &reply, http, to);
	scim_reply_clear(&reply);
}

static void on_answer(HttpRequest *request, const HttpAnswer *http, void *delivery)
{
	const Delivery *to = delivery;

	if (request->tag)
		job_answered(to->target, request->tag, http, to);
	else
		users_answered(to->target, http, to);
	http_request_free(request);
}

static void deliver_answered(const Delivery *to)
{
	/* Only those there are now: what a callback submits is for the next step. */
	for (guint n = to->target->answered.length; n > 0; n--) {
		Job *job = g_queue_pop_head(&to->target->answered);
		TargetAnswer answer = { .outcome = TARGET_OK };
		to->done(job->request, &answer, to->data);
		job_free(job);
	}
}

static guint scim_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	ScimTarget *self = (ScimTarget *)base;
	Delivery to = { .target = self, .done = done, .data = data };
	gboolean delivers = self->answered.length > 0;

	deliver_answered(&to);
	guint left = http_step(self->http, delivers ? 0 : timeout_ms, on_answer, &to);
	return left + self->answered.length;
}

/* One request, waited for: discovery and listing ----------------------------------------------- */

static void on_single(HttpRequest *request, const HttpAnswer *http, void *reply)
{
	const ScimContext *context = request->tag;

	scim_reply_read(reply, context, http);
	http_request_free(request);
}

static void get_and_wait(ScimTarget *self, const char *path, ScimReply *reply)
{
	ScimContext context = context_of(self, TARGET_READ);
	HttpRequest *request = http_request_new("GET", path);

	request->accept = self->profile.accept;
	request->tag = &context;
	http_submit(self->http, request);
	while (http_step(self->http, STEP_MS, on_single, reply) > 0)
		continue;
}

static gboolean is_refused(const ScimReply *reply)
{
	return reply->status == 401 || reply->status == 403;
}

/* Without discovery one search tells whether the address and the credential are good. */
static gboolean probe(ScimTarget *self, GError **error)
{
	ScimReply reply = { 0 };
	gboolean ok;

	get_and_wait(self, SMALLEST_LIST, &reply);
	self->profile.url_good = scim_is_list(&reply);
	ok = reply.outcome != TARGET_DOWN || error_set(error, ERROR_DOWN, "%s", reply.detail);
	scim_reply_clear(&reply);
	return ok;
}

static gboolean discover(ScimTarget *self, GError **error)
{
	ScimReply reply = { 0 };
	gboolean ok = TRUE;

	get_and_wait(self, "/ServiceProviderConfig", &reply);
	if (reply.outcome == TARGET_OK && json_is_object(reply.body)) {
		scim_profile_discover(&self->profile, reply.body);
	} else if (is_refused(&reply) ||
		   (reply.outcome == TARGET_DOWN && reply.status != 404 && reply.status != 410)) {
		ok = error_set(error, ERROR_DOWN, "%s", reply.detail);
	} else {
		const char *why = reply.detail ? reply.detail : "the answer was empty";
		self->profile.note =
			g_strdup_printf("no ServiceProviderConfig, usual abilities are "
					"assumed: %.*s",
					(int)strcspn(why, "\n"), why);
		ok = probe(self, error);
	}
	scim_reply_clear(&reply);
	return ok;
}

/* The contract --------------------------------------------------------------------------------- */

static void scim_close(Target *base)
{
	ScimTarget *self = (ScimTarget *)base;

	if (!self)
		return;
	http_free(self->http);
	g_queue_clear_full(&self->answered, job_free);
	g_queue_clear_full(&self->waiting, job_free);
	g_free(self->users_problem);
	scim_profile_clear(&self->profile);
	g_free(self);
}

static Http *open_http(const ScimConf *conf, GError **error)
{
	const ScimAuth *auth = &conf->auth;
	HttpSetup setup = {
		.base_url = conf->url,
		.ca_file = conf->tls.ca_file,
		.bearer_prefix = auth->prefix,
		.token = auth->type == SCIM_AUTH_BEARER ? auth->token : NULL,
		.user = auth->type == SCIM_AUTH_BASIC ? auth->user : NULL,
		.password = auth->type == SCIM_AUTH_BASIC ? auth->password : NULL,
		.concurrency = (guint)conf->concurrency,
		.connect_timeout_us = conf->connect_timeout_us,
		.request_timeout_us = conf->timeout_us,
		.max_body = (gsize)conf->max_body,
		.max_tries = (guint)conf->tries,
		.longest_wait_us = conf->max_wait_us,
	};
	return http_new(&setup, error);
}

static Target *scim_open(const TargetSetup *setup, GError **error)
{
	const ScimConf *conf = setup->conf;
	Http *http = open_http(conf, error);

	if (!http)
		return NULL;
	ScimTarget *self = g_new0(ScimTarget, 1);
	self->base.ops = &target_scim;
	self->base.concurrency = (guint)conf->concurrency;
	self->base.caps = TARGET_CAN_LIST | TARGET_CAN_LOOKUP | TARGET_CAN_UPDATE |
			  TARGET_CAN_DISABLE | TARGET_CAN_DELETE;
	self->conf = conf;
	self->http = http;
	scim_profile_init(&self->profile, conf);
	if (discover(self, error))
		return &self->base;
	scim_close(&self->base);
	return NULL;
}

static gboolean scim_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
			  GError **error)
{
	ScimTarget *self = (ScimTarget *)base;
	g_autoptr(ScimWalk) walk = scim_walk_new(self->profile.page_size.value);
	gboolean ok = TRUE;
	char *path;

	while (ok && (path = scim_walk_next(walk))) {
		ScimReply reply = { 0 };
		get_and_wait(self, path, &reply);
		self->profile.url_good |= scim_is_list(&reply);
		if (reply.outcome == TARGET_DOWN)
			ok = error_set(error, ERROR_DOWN, "%s", reply.detail);
		else if (reply.outcome == TARGET_OK && json_is_object(reply.body))
			ok = scim_walk_page(walk, reply.body, fn, data, error);
		else
			scim_walk_break(walk, reply.detail ? reply.detail
							   : "a page of the listing is empty");
		scim_reply_clear(&reply);
		g_free(path);
	}
	if (ok)
		*complete = scim_walk_is_complete(walk, why);
	return ok;
}

static void scim_findings(Target *base, GPtrArray *findings)
{
	scim_profile_findings(&((ScimTarget *)base)->profile, findings);
}

/* https://Host:443/SCIM/v2/?tenant=7 is https://host/scim/v2: origin and path, however spelled. */
static char *scim_identity(const void *conf)
{
	HttpBase base = { 0 };
	g_autoptr(GUri) uri = NULL;
	g_autofree char *text = NULL;

	if (!http_base_parse(&base, ((const ScimConf *)conf)->url, NULL))
		return g_strdup("");
	uri = g_uri_parse(base.prefix, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
	text = g_strconcat(base.origin, uri ? g_uri_get_path(uri) : "", NULL);
	http_base_clear(&base);
	return g_ascii_strdown(text, -1);
}

static const char *const match_by_default[] = { "userName", NULL };

const TargetOps target_scim = {
	.name = "scim",
	.options = scim_options,
	.conf_size = sizeof(ScimConf),
	.active_path = "active",
	.default_match = match_by_default,
	.validate = scim_validate,
	.identity = scim_identity,
	.open = scim_open,
	.list = scim_list,
	.submit = scim_submit,
	.step = scim_step,
	.findings = scim_findings,
	.close = scim_close,
};
