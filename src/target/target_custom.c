/*
 * The driver for custom APIs: opening, and the contract over custom_internal.h.
 *
 * What an API is like is in its definition, nothing is discovered. Opening finds out the base
 * address where only the token's answer knows it, and makes the call 'test' if there is one. That
 * address comes from outside: it is used only if its host is one that the definition names, or is
 * beneath one, and over TLS.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/plain.h"
#include "custom_internal.h"
#include "http_internal.h"
#include "target_internal.h"

/* Opening -------------------------------------------------------------------------------------- */

static gboolean is_named(const GPtrArray *hosts, const char *host)
{
	for (guint i = 0; hosts && i < hosts->len; i++) {
		const char *name = hosts->pdata[i];
		gsize length = strlen(name), whole = strlen(host);

		if (g_ascii_strcasecmp(host, name) == 0)
			return TRUE;
		if (whole > length + 1 && host[whole - length - 1] == '.' &&
		    g_ascii_strcasecmp(host + whole - length, name) == 0)
			return TRUE;
	}
	return FALSE;
}

/* A base address that the token's answer gave. */
static gboolean use_base(CustomTarget *self, const char *url, GError **error)
{
	const char *field = self->api->base_from;
	g_autofree char *valid = g_utf8_make_valid(url, -1);
	g_autofree char *shown = plain_line(valid, 120);
	g_autoptr(GError) bad = NULL;
	g_autoptr(GUri) uri = NULL;
	HttpBase base = { 0 };
	gboolean clear, ok;

	if (!http_base_parse(&base, url, &bad))
		return error_set(error, ERROR_DOWN,
				 "'%s' of the token's answer is no base address: %.*s", field,
				 (int)strcspn(bad->message, "\n"), bad->message);
	uri = http_uri_parse(base.prefix);
	clear = !g_str_has_prefix(base.origin, "https://");
	ok = uri && !base.query && is_named(self->api->hosts, g_uri_get_host(uri));
	if (!ok)
		error_set(error, ERROR_DOWN,
			  "'%s' of the token's answer is '%s', whose host is none that 'hosts' "
			  "names: nothing is sent there",
			  field, shown);
	else if (clear && !(base.loopback && self->conf->net.insecure))
		ok = error_set(error, ERROR_DOWN,
			       "'%s' of the token's answer is '%s': the credential would cross the "
			       "network in clear text",
			       field, shown);
	if (ok) {
		self->origin = g_strdup(base.origin);
		self->base_path = g_strdup(g_uri_get_path(uri));
	}
	http_base_clear(&base);
	return ok;
}

static gboolean find_base(CustomTarget *self, GError **error)
{
	const CustomApi *api = self->api;
	const char *url;

	if (!api->base_from) {
		self->origin = g_strdup(api->origin);
		return TRUE;
	}
	if (!credential_wait(self->credential, error))
		return FALSE;
	url = credential_field(self->credential, api->base_from);
	if (url)
		return use_base(self, url, error);
	return error_set(error, ERROR_DOWN,
			 "the token's answer has no '%s', which is to be the base address "
			 "('base_from')",
			 api->base_from);
}

static gboolean open_credential(CustomTarget *self, const TargetSetup *setup, GError **error)
{
	CredentialPeer peer = http_conf_peer(&self->conf->net, setup->app, setup->folder,
					     self->conf->user_agent);

	self->credential = credential_new(&self->conf->net.auth, &peer, error);
	return self->credential != NULL;
}

static gboolean open_http(CustomTarget *self, const TargetSetup *target, GError **error)
{
	HttpSetup setup = http_conf_setup(&self->conf->net);

	setup.base_url = self->origin;
	setup.credentials = credential_source(self->credential);
	setup.user_agent = self->conf->user_agent;
	setup.rates = self->api->rates ? (const HttpRate *)self->api->rates->data : NULL;
	setup.n_rates = self->api->rates ? self->api->rates->len : 0;
	setup.throttled = self->api->throttled;
	setup.rates_left = json_object_get(target->memory, "rates");
	self->http = http_new(&setup, error);
	return self->http != NULL;
}

/* What an answer to the test puts out. */
typedef struct {
	const CustomStep *step;
	const CustomScope *scope;
	CustomReply *reply;
	json_t *outputs;
} Test;

static void take_outputs(const HttpAnswer *http, void *test_)
{
	const Test *test = test_;
	g_autofree char *flaw = NULL;

	if (test->reply->outcome == TARGET_OK)
		flaw = custom_take_outputs(test->step->outputs, test->reply->body, http,
					   test->scope, test->outputs);
	if (flaw)
		custom_reply_turn(test->reply, TARGET_REJECTED, "the service answered %d: %s",
				  test->reply->status, flaw);
}

static gboolean test_step(CustomTarget *self, const CustomOp *op, const CustomStep *step,
			  json_t *outputs, GError **error)
{
	CustomScope scope = { .api = self->api,
			      .origin = self->origin,
			      .base_path = self->base_path,
			      .net = &self->conf->net,
			      .credential = self->credential,
			      .outputs = outputs,
			      .now_us = clock_now_us() };
	CustomReply reply = { 0 };
	Test test = { .step = step, .scope = &scope, .reply = &reply, .outputs = outputs };
	HttpRequest *request;
	gboolean ok;

	if (!custom_when_holds(step->when, &scope))
		return TRUE;
	request = custom_request_new(step, &scope, NULL, error);
	if (!request)
		return FALSE;
	custom_call_and_wait(self, request, step, op, &reply, take_outputs, &test);
	if (reply.outcome == TARGET_OK)
		custom_prove(self, op, reply.status);
	ok = reply.outcome == TARGET_OK ||
	     error_set(error, ERROR_DOWN, "%s", reply.detail ? reply.detail : "no answer");
	custom_reply_clear(&reply);
	return ok;
}

/* Are the address and the credential good? Without a test nothing is asked. */
static gboolean test(CustomTarget *self, GError **error)
{
	const CustomOp *op = custom_op(self->api, CUSTOM_TEST);
	g_autoptr(json_t) outputs = json_object();

	for (guint i = 0; op && i < op->steps->len; i++) {
		g_autoptr(GError) bad = NULL;
		if (!test_step(self, op, op->steps->pdata[i], outputs, &bad))
			return error_set(error, ERROR_DOWN, "%s", bad->message);
	}
	return TRUE;
}

/* The contract --------------------------------------------------------------------------------- */

static void note_waiting(CustomTarget *self)
{
	gint64 away = http_away_us(self->http);

	self->base.waited_us = http_waited_us(self->http);
	self->base.away_until_us = away > 0 ? clock_now_us() + away : 0;
}

static void custom_close(Target *base)
{
	CustomTarget *self = (CustomTarget *)base;

	if (!self)
		return;
	http_free(self->http);
	credential_free(self->credential);
	custom_seek_free(self->seek);
	g_queue_clear_full(&self->answered, custom_job_free);
	g_queue_clear_full(&self->timed, custom_job_free);
	g_queue_clear_full(&self->doubted, custom_job_free);
	g_free(self->silence);
	g_hash_table_unref(self->sent);
	json_decref(self->proven);
	g_free(self->origin);
	g_free(self->base_path);
	g_free(self);
}

static Target *custom_open(const TargetSetup *setup, GError **error)
{
	const CustomConf *conf = setup->conf;
	CustomTarget *self = g_new0(CustomTarget, 1);

	self->base.ops = &target_custom;
	self->base.concurrency = (guint)conf->net.concurrency;
	self->base.caps = custom_abilities(conf);
	self->conf = conf;
	self->api = conf->api;
	self->sent = g_hash_table_new_full(NULL, NULL, custom_job_free, NULL);
	custom_recall(self, setup->memory);
	custom_group_batches(self);
	if (open_credential(self, setup, error) && find_base(self, error) &&
	    open_http(self, setup, error) && test(self, error)) {
		note_waiting(self);
		return &self->base;
	}
	custom_close(&self->base);
	return NULL;
}

static void custom_submit(Target *base, TargetRequest *request)
{
	CustomTarget *self = (CustomTarget *)base;

	if (target_verb_is_of_group(request->verb))
		custom_group_start(self, request);
	else
		custom_verb_start(self, request);
}

static guint custom_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	CustomTarget *self = (CustomTarget *)base;
	CustomDelivery to = { .target = self, .done = done, .data = data };
	guint64 before = self->finished;

	custom_deliver_answered(&to);
	custom_jobs_wake(self);
	custom_seek_step(self, &to);
	guint patience = self->finished > before || self->answered.length > 0
				 ? 0
				 : custom_jobs_patience(self, timeout_ms);
	guint left = http_step(self->http, patience, custom_on_answer, &to);
	/* Nothing is on the wire, and somebody waits for his time. */
	if (left == 0 && self->timed.length > 0 && self->answered.length == 0 &&
	    custom_seek_length(self->seek) == 0 && self->finished == before)
		clock_sleep_ms(MIN(patience, custom_jobs_patience(self, timeout_ms)));
	note_waiting(self);
	return left + self->answered.length + self->timed.length + self->doubted.length +
	       custom_seek_length(self->seek);
}

static gboolean list_and_note(Target *base, TargetListFn fn, void *data, gboolean *complete,
			      char **why, GError **error)
{
	gboolean ok = custom_list(base, fn, data, complete, why, error);

	note_waiting((CustomTarget *)base);
	return ok;
}

static gboolean members_and_note(Target *base, const char *id, TargetMemberFn fn, void *data,
				 gboolean *complete, char **why, GError **error)
{
	gboolean ok = custom_members(base, id, fn, data, complete, why, error);

	note_waiting((CustomTarget *)base);
	return ok;
}

static const char *const match_by_default[] = { NULL };
static const char *const match_groups_by[] = { "displayName", NULL };
static const char *const manner[] = {
	"url",        "base_from", "content_type", "accept",  "headers", "parameters", "success",
	"error",      "errors",    "id",           "account", "removed", "lookup",     "get",
	"list",       "create",    "update",       "enable",  "disable", "delete",     "password",
	"reset_mail", "group",     "member",       NULL
};

const TargetOps target_custom = {
	.name = "custom",
	.options = custom_options,
	.conf_size = sizeof(CustomConf),
	.active_path = "active",
	.active_if_mapped = TRUE,
	.group_match = match_groups_by,
	.default_match = match_by_default,
	.manner = manner,
	.load = custom_load,
	.unload = custom_unload,
	.abilities = custom_abilities,
	.render = custom_render,
	.operations = custom_operations,
	.validate = custom_validate,
	.identity = custom_identity,
	.open = custom_open,
	.list = list_and_note,
	.members = members_and_note,
	.submit = custom_submit,
	.step = custom_step,
	.meaning = custom_meaning,
	.findings = custom_findings,
	.remember = custom_remember,
	.close = custom_close,
};
