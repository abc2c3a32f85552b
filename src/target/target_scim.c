/*
 * The SCIM 2.0 driver: opening and listing, and the contract over scim_driver_internal.h.
 *
 * Opening asks what the service can do. Where it does not say, or is not to be asked, one search
 * tells whether the address and the credential are good.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "http_internal.h"
#include "scim_driver_internal.h"
#include "scim_group_internal.h"
#include "scim_probe_internal.h"
#include "target_internal.h"

static void scim_submit(Target *base, TargetRequest *request)
{
	ScimTarget *self = (ScimTarget *)base;

	if (target_verb_is_of_group(request->verb)) {
		scim_groups_submit(self->groups, request);
		return;
	}
	ScimJob *job = g_new0(ScimJob, 1);
	job->request = request;
	scim_job_start(self, job);
}

/* What the engine knows of how long things take. */
static void note_waiting(ScimTarget *self)
{
	gint64 away = http_away_us(self->http);

	self->base.waited_us = http_waited_us(self->http);
	self->base.away_until_us = away > 0 ? clock_now_us() + away : 0;
}

static guint scim_step(Target *base, guint timeout_ms, TargetDoneFn done, void *data)
{
	ScimTarget *self = (ScimTarget *)base;
	ScimDelivery to = { .target = self, .done = done, .data = data };
	gboolean delivers = self->answered.length > 0 || scim_groups_ready(self->groups) > 0;

	scim_deliver_answered(&to);
	scim_groups_deliver(self->groups, done, data);
	guint left = http_step(self->http, delivers ? 0 : timeout_ms, scim_on_answer, &to);
	note_waiting(self);
	return left + self->answered.length + scim_groups_ready(self->groups);
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
	ScimContext context = scim_context(self, TARGET_READ);
	HttpRequest *request = http_request_new("GET", path);

	request->accept = self->profile.accept;
	request->tag = &context;
	http_submit(self->http, request);
	while (http_step(self->http, SCIM_STEP_MS, on_single, reply) > 0)
		continue;
}

static gboolean is_refused(const ScimReply *reply)
{
	return reply->status == 401 || reply->status == 403;
}

/* Without discovery one search tells whether the address and the credential are good. */
static gboolean probe(ScimTarget *self, GError **error)
{
	g_autofree char *path = scim_smallest_list(&self->profile);
	ScimReply reply = { 0 };
	gboolean ok;

	get_and_wait(self, path, &reply);
	self->profile.url_good = scim_is_list(&reply);
	ok = reply.outcome != TARGET_DOWN || error_set(error, ERROR_DOWN, "%s", reply.detail);
	scim_reply_clear(&reply);
	return ok;
}

static gboolean discover(ScimTarget *self, GError **error)
{
	const ScimQuirks *quirks = self->profile.quirks;
	ScimReply reply = { 0 };
	gboolean ok = TRUE;

	if (!quirks->discovery) {
		self->profile.note = g_strdup("the service is not asked what it can do (as "
					      "configured)");
		return probe(self, error);
	}
	get_and_wait(self, quirks->discovery_path, &reply);
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
	g_clear_pointer(&self->rate_patterns, g_ptr_array_unref);
	credential_free(self->credential);
	scim_groups_free(self->groups);
	g_queue_clear_full(&self->answered, scim_job_free);
	g_queue_clear_full(&self->waiting, scim_job_free);
	g_free(self->users_problem);
	scim_profile_clear(&self->profile);
	g_free(self);
}

static Credential *open_credential(const TargetSetup *setup, GError **error)
{
	const ScimConf *conf = setup->conf;
	CredentialPeer peer = http_conf_peer(&conf->net, setup->app, setup->folder,
					     conf->quirks.user_agent);

	return credential_new(&conf->net.auth, &peer, error);
}

static gboolean open_http(ScimTarget *self, const TargetSetup *target, GError **error)
{
	const ScimConf *conf = self->conf;
	g_autoptr(GArray) rates = g_array_new(FALSE, FALSE, sizeof(HttpRate));
	g_autoptr(GPtrArray) throttled = scim_throttled(&conf->quirks, error);

	self->rate_patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free);
	if (!throttled || !scim_rates(&conf->quirks, rates, self->rate_patterns, error))
		return FALSE;
	HttpSetup setup = http_conf_setup(&conf->net);

	setup.base_url = conf->url;
	setup.credentials = credential_source(self->credential);
	setup.user_agent = conf->quirks.user_agent;
	setup.rates = (const HttpRate *)rates->data;
	setup.n_rates = rates->len;
	setup.throttled = throttled;
	setup.rates_left = json_object_get(target->memory, "rates");
	self->http = http_new(&setup, error);
	return self->http != NULL;
}

static void get_for_groups(void *self, const char *path, ScimReply *reply)
{
	get_and_wait(self, path, reply);
}

static void begin_groups(ScimTarget *self, const TargetSetup *setup)
{
	const ScimGroupPeer peer = { .base = &self->base,
				     .http = self->http,
				     .conf = self->conf,
				     .profile = &self->profile,
				     .context = scim_context(self, TARGET_READ),
				     .get = get_for_groups,
				     .driver = self };

	self->groups = scim_groups_new(&peer, setup->groups);
	if (!scim_groups_match(self->groups))
		return;
	self->ops = *self->base.ops;
	self->ops.group_match = scim_groups_match(self->groups);
	self->base.ops = &self->ops;
}

static Target *scim_open(const TargetSetup *setup, GError **error)
{
	const ScimConf *conf = setup->conf;
	ScimTarget *self = g_new0(ScimTarget, 1);

	self->base.ops = &target_scim;
	self->base.concurrency = (guint)conf->net.concurrency;
	self->conf = conf;
	scim_profile_init(&self->profile, conf, setup->memory);
	self->base.caps = scim_profile_caps(&self->profile);
	self->credential = open_credential(setup, error);
	if (self->credential && open_http(self, setup, error) && discover(self, error)) {
		scim_profile_recall(&self->profile);
		begin_groups(self, setup);
		note_waiting(self);
		return &self->base;
	}
	scim_close(&self->base);
	return NULL;
}

/* Takes a page, or what came instead of one. */
static gboolean take_page(ScimTarget *self, ScimWalk *walk, const ScimReply *reply, TargetListFn fn,
			  void *data, GError **error)
{
	gboolean forgotten = g_strcmp0(reply->scim_type, "expiredCursor") == 0 ||
			     g_strcmp0(reply->scim_type, "invalidCursor") == 0;

	if (reply->outcome == TARGET_DOWN)
		return error_set(error, ERROR_DOWN, "%s", reply->detail);
	if (forgotten && scim_walk_restart(walk))
		return TRUE;
	if (reply->outcome != TARGET_OK || !json_is_object(reply->body)) {
		scim_walk_break(walk,
				reply->detail ? reply->detail : "a page of the listing is empty");
		return TRUE;
	}
	if (self->profile.quirks->id_is_external)
		scim_show_external(json_get_nocase(reply->body, "Resources"));
	return scim_walk_page(walk, reply->body, fn, data, error);
}

static gboolean scim_list(Target *base, TargetListFn fn, void *data, gboolean *complete, char **why,
			  GError **error)
{
	ScimTarget *self = (ScimTarget *)base;
	const ScimProfile *profile = &self->profile;
	g_autoptr(ScimWalk) walk = scim_walk_new(profile->page_size.value, profile->page.value);
	gboolean ok = TRUE;
	char *path;

	while (ok && (path = scim_walk_next(walk))) {
		ScimReply reply = { 0 };
		get_and_wait(self, path, &reply);
		self->profile.url_good |= scim_is_list(&reply);
		ok = take_page(self, walk, &reply, fn, data, error);
		scim_reply_clear(&reply);
		g_free(path);
	}
	note_waiting(self);
	if (ok)
		*complete = scim_walk_is_complete(walk, why);
	return ok;
}

static const char *scim_meaning(Target *base, TargetVerb verb)
{
	return scim_profile_meaning(&((ScimTarget *)base)->profile, verb);
}

static gboolean scim_members(Target *base, const char *id, TargetMemberFn fn, void *data,
			     gboolean *complete, char **why, GError **error)
{
	ScimTarget *self = (ScimTarget *)base;
	gboolean ok = scim_groups_members(self->groups, id, fn, data, complete, why, error);

	note_waiting(self);
	return ok;
}

static void scim_findings(Target *base, GPtrArray *findings)
{
	const ScimTarget *self = (const ScimTarget *)base;

	scim_profile_findings(&self->profile, findings);
	scim_groups_findings(self->groups, findings);
}

/* How much of the rates is used up is kept beside what was learnt. */
static json_t *scim_remember(Target *base)
{
	const ScimTarget *self = (const ScimTarget *)base;
	json_t *memory = scim_memory_json(&self->profile.memory);
	json_t *rates = http_rates_left(self->http);

	if (rates && !memory)
		memory = json_object();
	if (rates)
		json_object_set_new(memory, "rates", rates);
	return memory;
}

static void scim_news(Target *base, GPtrArray *sentences)
{
	scim_memory_tell(&((const ScimTarget *)base)->profile.memory, TRUE, sentences);
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

static void scim_load(void *conf, const TargetLoad *with)
{
	credential_settle(&((ScimConf *)conf)->net.auth, with->group);
}

static const char *const match_by_default[] = { "userName", NULL };
static const char *const match_groups_by[] = { "externalId", "displayName", NULL };
static const char *const manner[] = { "update", "quirks", "content_type", NULL };

const TargetOps target_scim = {
	.name = "scim",
	.options = scim_options,
	.conf_size = sizeof(ScimConf),
	.active_path = "active",
	.reserved = scim_reserved,
	.no_indexes = TRUE,
	.group_match = match_groups_by,
	.default_match = match_by_default,
	.manner = manner,
	.load = scim_load,
	.validate = scim_validate,
	.identity = scim_identity,
	.open = scim_open,
	.list = scim_list,
	.members = scim_members,
	.submit = scim_submit,
	.step = scim_step,
	.meaning = scim_meaning,
	.findings = scim_findings,
	.probe = scim_probe,
	.remember = scim_remember,
	.news = scim_news,
	.close = scim_close,
};
