/*
 * Which operation of a custom API a verb about an account is, and what is read before and after it.
 *
 *	LOOKUP      lookup, else a walk through list (custom_seek.c)
 *	READ        get, else likewise; also where a 404 of get may not be believed (custom_doubt.c)
 *	CREATE      create; where its answer has no id, and 'id' says so, the account is looked up
 *	UPDATE      update; without one the account is read, and nothing is changed
 *	ENABLE      enable
 *	DISABLE     disable; where there is none at all, delete: the account is gone then, and
 *	            'meaning' says so
 *	DELETE      delete
 *	PASSWORD    password
 *	RESET_MAIL  reset_mail
 *
 * An operation that names the account as it is ({document}, {merged}) has it read first. What comes
 * back is compared with the id that was asked for: somebody else's account is never merged into
 * this one. Nor is one that the answer to a create shows with other keys taken for the one made.
 *
 * An account that was made without a word of which one is looked for by the first key that the app
 * finds accounts by. One that fits is it, since before the create there was none: that is how it
 * came to be made. Whatever else is found is for the caller, who compares more than one value.
 */
#include "base/json.h"
#include "core/resource.h"
#include "custom_internal.h"

char *custom_verb_lacks(const CustomApi *api, CustomOperation operation)
{
	const CustomOp *op = api->operations[operation];
	const char *name = custom_operation_name(operation);

	if (op && op->off)
		return g_strdup_printf("operation '%s' is switched off: %s", name, op->off);
	return g_strdup_printf("the API has no operation '%s'", name);
}

static void refuse(CustomTarget *self, CustomJob *job, CustomOperation operation)
{
	g_autofree char *why = custom_verb_lacks(self->api, operation);

	job->unasked = !target_verb_writes(job->request->verb);
	custom_job_answer(self, job, TARGET_REJECTED, "not sent: %s", why);
}

static CustomOperation operation_of(TargetVerb verb)
{
	switch (verb) {
	case TARGET_LOOKUP:
		return CUSTOM_LOOKUP;
	case TARGET_CREATE:
		return CUSTOM_CREATE;
	case TARGET_UPDATE:
		return CUSTOM_UPDATE;
	case TARGET_ENABLE:
		return CUSTOM_ENABLE;
	case TARGET_DISABLE:
		return CUSTOM_DISABLE;
	case TARGET_DELETE:
		return CUSTOM_DELETE;
	case TARGET_PASSWORD:
		return CUSTOM_PASSWORD;
	case TARGET_RESET_MAIL:
		return CUSTOM_RESET_MAIL;
	default:
		return CUSTOM_GET;
	}
}

const CustomOp *custom_verb_op(const CustomApi *api, TargetVerb verb)
{
	const CustomOp *op = custom_op(api, operation_of(verb));

	if (verb == TARGET_DISABLE && custom_disables_by_delete(api))
		op = custom_op(api, CUSTOM_DELETE);
	return op;
}

static gboolean can_list(const CustomApi *api)
{
	return custom_op(api, CUSTOM_LIST) != NULL;
}

/* Reading -------------------------------------------------------------------------------------- */

static void start_lookup(CustomTarget *self, CustomJob *job)
{
	const CustomOp *op = custom_op(self->api, CUSTOM_LOOKUP);

	if (op)
		custom_seek_alone(self, job, op);
	else if (can_list(self->api))
		custom_seek_add(self, job);
	else
		refuse(self, job, CUSTOM_LOOKUP);
}

/* A record as the account that was asked for. NULL after the reply became REJECTED. */
static json_t *account_of(const CustomTarget *self, const CustomJob *job, CustomReply *reply)
{
	g_autoptr(json_t) document = job->record
					     ? custom_shown(&self->api->account, job->record, -1)
					     : NULL;

	if (!document) {
		custom_reply_turn(reply, TARGET_REJECTED,
				  "the service answered %d with something that is no account%s%s",
				  reply->status, reply->unread ? ": " : "",
				  reply->unread ? reply->unread : "");
		return NULL;
	}
	if (g_strcmp0(json_get_string(document, "id"), job->request->id) == 0)
		return g_steal_pointer(&document);
	custom_reply_turn(reply, TARGET_REJECTED,
			  "the service answered with another account than the one asked for");
	return NULL;
}

/* The account was found in a listing: what was to follow. */
static void on_read_in_list(CustomTarget *self, CustomJob *job, CustomReply *reply,
			    const CustomFound *found, const CustomDelivery *to)
{
	if (reply->outcome != TARGET_OK) {
		custom_job_finish(job, reply, to);
		return;
	}
	job->document = json_incref(json_array_get(found->records, 0));
	job->op = g_steal_pointer(&job->then);
	custom_job_go(self, job);
}

gboolean custom_verb_reads_list(CustomTarget *self, CustomJob *job)
{
	if (!can_list(self->api))
		return FALSE;
	custom_job_rewind(job);
	job->sought = job->then ? on_read_in_list : NULL;
	custom_seek_add(self, job);
	return TRUE;
}

/* Has the account read; then comes job->then, or the answer. */
static void start_read(CustomTarget *self, CustomJob *job)
{
	job->op = custom_op(self->api, CUSTOM_GET);
	if (job->op) {
		custom_job_go(self, job);
		return;
	}
	if (custom_verb_reads_list(self, job))
		return;
	if (job->note)
		custom_job_answer(self, job, TARGET_OK, "%s", job->note);
	else
		refuse(self, job, CUSTOM_GET);
}

/* Writing -------------------------------------------------------------------------------------- */

static void start_write(CustomTarget *self, CustomJob *job)
{
	const CustomOp *op = custom_verb_op(self->api, job->request->verb);

	if (op && op->reads_first) {
		job->then = op;
		start_read(self, job);
	} else if (op) {
		job->op = op;
		custom_job_go(self, job);
	} else {
		refuse(self, job, operation_of(job->request->verb));
	}
}

static void start_update(CustomTarget *self, CustomJob *job)
{
	if (custom_op(self->api, CUSTOM_UPDATE)) {
		if (json_array_size(job->request->changes) == 0)
			custom_job_answer(self, job, TARGET_OK, NULL);
		else
			start_write(self, job);
		return;
	}
	job->note = custom_meaning(&self->base, TARGET_UPDATE);
	start_read(self, job);
}

void custom_verb_start(CustomTarget *self, TargetRequest *request)
{
	CustomJob *job = custom_job_new(request);

	switch (request->verb) {
	case TARGET_LOOKUP:
		start_lookup(self, job);
		break;
	case TARGET_READ:
		start_read(self, job);
		break;
	case TARGET_UPDATE:
		start_update(self, job);
		break;
	default:
		start_write(self, job);
		break;
	}
}

/* What follows --------------------------------------------------------------------------------- */

/* The first key of the app's that the account which was made has a value for. */
static gboolean has_key(const CustomTarget *self, CustomJob *job)
{
	const GPtrArray *match = self->api->match;

	for (guint i = 0; match && i < match->len; i++) {
		const json_t *value = json_get_nocase(job->request->resource, match->pdata[i]);
		g_autofree char *text = value ? json_scalar_text(value) : NULL;

		if (!text || !*text)
			continue;
		job->seek_path = g_strdup(match->pdata[i]);
		job->seek_value = g_steal_pointer(&text);
		return TRUE;
	}
	return FALSE;
}

static void on_made_found(CustomTarget *self, CustomJob *job, CustomReply *reply,
			  const CustomFound *found, const CustomDelivery *to)
{
	size_t size = reply->outcome == TARGET_OK ? json_array_size(found->documents) : 0;

	if (size == 1) {
		const json_t *document = json_array_get(found->documents, 0);
		job->id = g_strdup(json_get_string(document, "id"));
		job->sought = NULL;
		if (job->step < job->op->steps->len)
			custom_job_go(self, job);
		else
			custom_job_finish(job, reply, to);
		return;
	}
	g_autofree char *why = g_strdup(reply->detail ? reply->detail : "");
	if (size > 1)
		custom_reply_turn(reply, TARGET_UNKNOWN,
				  "an account was made, and %zu have the same '%s'", size,
				  job->seek_path);
	else
		custom_reply_turn(reply, TARGET_UNKNOWN,
				  "an account was made, and is not found by '%s'%s%s",
				  job->seek_path, *why ? ": " : "", why);
	custom_job_finish(job, reply, to);
}

/* TRUE if the account that was made is looked for. */
static gboolean looks_for_made(CustomTarget *self, CustomJob *job)
{
	const CustomOp *op = custom_op(self->api, CUSTOM_LOOKUP);

	if (job->request->verb != TARGET_CREATE || job->id || !job->op->id_by_lookup ||
	    job->calls == 0 || (!op && !can_list(self->api)) || !has_key(self, job))
		return FALSE;
	job->sought = on_made_found;
	if (op)
		custom_seek_alone(self, job, op);
	else
		custom_seek_add(self, job);
	return TRUE;
}

gboolean custom_verb_needs_id(CustomTarget *self, CustomJob *job)
{
	const GPtrArray *steps = job->op->steps;

	return job->step < steps->len && job->wrote > 0 &&
	       custom_step_names_id(steps->pdata[job->step]) && looks_for_made(self, job);
}

static gboolean continues_with_document(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	g_autoptr(json_t) account = account_of(self, job, reply);

	if (!account)
		return FALSE;
	job->document = g_steal_pointer(&job->record);
	job->op = g_steal_pointer(&job->then);
	job->step = 0;
	json_object_clear(job->outputs);
	custom_job_go(self, job);
	return TRUE;
}

gboolean custom_verb_continues(CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	if (reply->outcome != TARGET_OK || target_verb_is_of_group(job->request->verb))
		return FALSE;
	if (job->then)
		return continues_with_document(self, job, reply);
	return looks_for_made(self, job);
}

/* What is shown -------------------------------------------------------------------------------- */

/* The record of a write, if it is the account's. New reference, or NULL. */
static json_t *echo_of(const CustomTarget *self, const CustomJob *job)
{
	const char *id = job->id ? job->id : job->request->id;
	g_autoptr(json_t) document = job->record
					     ? custom_shown(&self->api->account, job->record, -1)
					     : NULL;

	if (!document || g_strcmp0(json_get_string(document, "id"), id) != 0)
		return NULL;
	return g_steal_pointer(&document);
}

/* What the answer to a create shows of an account, also where no setting says where it stands. */
static json_t *made_of(const CustomTarget *self, const CustomJob *job, const CustomReply *reply)
{
	const json_t *record = job->record ? job->record : reply->body;
	g_autoptr(json_t) document = record ? custom_shown(&self->api->account, record, -1) : NULL;

	if (!document || g_strcmp0(json_get_string(document, "id"), job->id) != 0)
		return NULL;
	return g_steal_pointer(&document);
}

static char *text_at(const char *path, const json_t *document)
{
	Path *parsed = path_parse(path, NULL);
	const json_t *value = parsed ? path_get(parsed, document) : NULL;
	char *text = value ? json_scalar_text(value) : NULL;

	path_free(parsed);
	return text && *text ? text : (g_free(text), NULL);
}

void custom_verb_check_made(const CustomTarget *self, CustomJob *job, CustomReply *reply)
{
	const GPtrArray *match = self->api->match;
	const json_t *wanted = job->request->resource;
	g_autofree char *other = NULL;

	if (reply->outcome != TARGET_OK || job->request->verb != TARGET_CREATE || !job->id)
		return;
	g_autoptr(json_t) document = made_of(self, job, reply);
	for (guint i = 0; document && match && i < match->len; i++) {
		g_autofree char *shown = text_at(match->pdata[i], document);

		if (!shown || !json_get_nocase(wanted, match->pdata[i]))
			continue;
		if (resource_matches(wanted, document, match->pdata[i]))
			return;
		if (!other)
			other = g_strdup_printf("'%s' is '%s'", (char *)match->pdata[i], shown);
	}
	if (!other)
		return;
	g_clear_pointer(&job->id, g_free);
	custom_reply_turn(reply, TARGET_UNKNOWN,
			  "the service answered %d to a create with another account: %s there",
			  reply->status, other);
}

/* An account that was taken away, and is shown as enabled all the same. */
static void check_taken(const CustomTarget *self, const CustomJob *job, CustomReply *reply)
{
	g_autoptr(json_t) document = echo_of(self, job);

	if (json_is_true(json_object_get(document, "active")))
		custom_reply_turn(reply, TARGET_UNKNOWN,
				  "the service answered %d and shows the account still enabled",
				  reply->status);
}

json_t *custom_verb_shows(const CustomTarget *self, const CustomJob *job, CustomReply *reply)
{
	json_t *document = NULL;

	switch (job->request->verb) {
	case TARGET_READ:
		document = account_of(self, job, reply);
		break;
	case TARGET_CREATE:
		document = echo_of(self, job);
		break;
	case TARGET_UPDATE:
		/* Read instead of changed, or told without being asked. */
		document = job->note && job->op ? account_of(self, job, reply) : echo_of(self, job);
		break;
	case TARGET_DISABLE:
	case TARGET_DELETE:
		check_taken(self, job, reply);
		break;
	default:
		break;
	}
	return document ? json_pack("[o]", document) : NULL;
}
