/*
 * The settings of an app with type = "custom", and what they become: custom_api_internal.h.
 *
 *	url = "https://api.example";
 *	create = { url = "/users"; };
 *	update = { url = "/users/{id}"; };
 *	delete = { url = "/users/{id}"; };
 *
 * Option tables fill what is plain; the rest is compiled by custom_conf_*.c. dirbridge-custom(7)
 * says the whole language. Everything that can be known without asking the service is checked here,
 * with file and line, all of it in one reading: what is wrong with a definition must not be found
 * out by the first person who is created with it.
 */
#include <string.h>

#include "base/error.h"
#include "custom_conf_internal.h"

static const char *const removed_names[] = { "null", "empty", "omit", NULL };

const Option custom_options[] = {
	HTTP_CONF_OPTIONS(CustomConf, net),
	OPTION(STRING, CustomConf, url, "url", 0),
	OPTION(STRING, CustomConf, base_from, "base_from", 0),
	OPTION(STRINGS, CustomConf, hosts, "hosts", 0),
	OPTION(STRING, CustomConf, user_agent, "user_agent", 0),
	OPTION(STRING, CustomConf, content_type, "content_type", 0, .fallback = "application/json"),
	OPTION(STRING, CustomConf, accept, "accept", 0),
	OPTION(NODE, CustomConf, headers, "headers", 0),
	OPTION(NODE, CustomConf, parameters, "parameters", 0),
	OPTION(NODE, CustomConf, success, "success", 0),
	OPTION(NODE, CustomConf, error, "error", 0),
	OPTION(NODE, CustomConf, errors, "errors", 0),
	OPTION(NODE, CustomConf, id, "id", 0),
	OPTION(NODE, CustomConf, account, "account", 0),
	OPTION(ENUM, CustomConf, removed, "removed", 0, .names = removed_names, .fallback = "null"),
	OPTION(NODE, CustomConf, rate, "rate", 0),
	OPTION(STRINGS, CustomConf, throttled, "throttled", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_TEST], "test", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_LOOKUP], "lookup", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_GET], "get", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_LIST], "list", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_CREATE], "create", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_UPDATE], "update", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_ENABLE], "enable", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_DISABLE], "disable", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_DELETE], "delete", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_PASSWORD], "password", 0),
	OPTION(NODE, CustomConf, operations[CUSTOM_RESET_MAIL], "reset_mail", 0),
	OPTION(NODE, CustomConf, group, "group", 0),
	OPTION(NODE, CustomConf, member, "member", 0),
	OPTION_END
};

static void add_mapped(const MappingRow *row, const Expr *expr, void *paths)
{
	Path *path = path_parse(row->to, NULL);

	if (path)
		g_ptr_array_add(paths, path);
}

static CustomApi *api_new(void)
{
	CustomApi *api = g_new0(CustomApi, 1);

	api->lists = g_ptr_array_new_with_free_func(custom_op_free);
	api->parameters = json_object();
	api->rates = g_array_new(FALSE, FALSE, sizeof(HttpRate));
	api->rate_patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free);
	return api;
}

static void begin(CustomBuild *self, const TargetLoad *with)
{
	self->api = api_new();
	self->app = with->app;
	self->group = with->group;
	self->problems = with->problems;
	self->choices = json_object();
	self->addressed = json_object();
	self->at.operation = CUSTOM_OPERATIONS;
	if (!with->mapping)
		return;
	self->mapped = g_ptr_array_new_with_free_func((GDestroyNotify)path_free);
	mapping_foreach(with->mapping, add_mapped, self->mapped);
}

static void end(CustomBuild *self)
{
	g_clear_pointer(&self->mapped, g_ptr_array_unref);
	json_decref(self->choices);
	json_decref(self->addressed);
	g_ptr_array_unref(self->success);
	g_ptr_array_unref(self->errors);
	g_ptr_array_unref(self->ids);
	custom_error_places_clear(&self->error);
}

/* The new account's id is at "id" unless something is said of it. */
static GPtrArray *usual_id(void)
{
	GPtrArray *takes = g_ptr_array_new_with_free_func(custom_take_free);
	CustomTake *take = g_new0(CustomTake, 1);

	take->place = place_parse("id", NULL);
	g_ptr_array_add(takes, take);
	return takes;
}

/* What every call has that says nothing else. */
static void read_answers(CustomBuild *self)
{
	const CustomConf *conf = self->conf;

	self->success = custom_conf_success(self, conf->success);
	self->error = custom_conf_error(self, conf->error);
	self->errors = custom_conf_errors(self, conf->errors, NULL);
	self->ids = conf->id ? custom_conf_ids(self, conf->id, &self->id_by_lookup) : usual_id();
	custom_conf_account(self, conf->account);
}

static void read_headers(CustomBuild *self)
{
	const CustomConf *conf = self->conf;

	self->api->headers = custom_conf_pairs(self, conf->headers, "headers", TEMPLATE_HEADER);
	self->named_everywhere = self->at.named;
	custom_conf_is_line(self, self->group, "user_agent", conf->user_agent);
	self->kind = custom_conf_kind(self, self->group, conf->content_type);
	custom_conf_is_line(self, self->group, "accept", conf->accept);
}

static void read_limits(CustomBuild *self)
{
	const CustomConf *conf = self->conf;
	CustomApi *api = self->api;
	GError *error = NULL;

	if (!http_conf_rates(conf->rate, "rate", NULL, NULL, api->rates, api->rate_patterns,
			     &error)) {
		conf_problem(self->problems, CONF_PROBLEM, conf->rate, "%s", error->message);
		g_clear_error(&error);
	}
	api->throttled = http_conf_patterns(conf->throttled, TRUE, &error);
	if (!api->throttled)
		custom_conf_report(self, custom_conf_at(self->group, "throttled"), "throttled",
				   error);
}

/* The credential, and whether it crosses a network in clear text. */
static void check_network(const CustomBuild *self)
{
	const HttpConf *net = &self->conf->net;
	g_autoptr(GError) error = NULL;
	const char *place = "auth";
	gboolean ok = credential_validate(&net->auth, net->insecure, self->app, &error);

	if (ok && self->api->origin) {
		place = "url";
		ok = http_conf_validate(net, self->api->origin, self->app, &error);
	}
	if (!ok)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(self->group, place), "%s",
			     error->message);
}

static void read_match(CustomBuild *self)
{
	GPtrArray *texts = custom_conf_texts(self, conf_member(self->group, "match"), "match");

	if (texts->len > 0)
		self->api->match = texts;
	else
		g_ptr_array_unref(texts);
}

void custom_load(void *conf_, const TargetLoad *with)
{
	CustomConf *conf = conf_;
	CustomBuild self = { .conf = conf };
	guint before = conf_problems_count(with->problems);

	credential_settle(&conf->net.auth, with->group);
	begin(&self, with);
	self.api->removed = conf->removed;
	read_match(&self);
	custom_conf_parameters(&self);
	custom_conf_base(&self);
	read_headers(&self);
	read_answers(&self);
	read_limits(&self);
	custom_conf_operations(&self);
	check_network(&self);
	self.api->identity = custom_conf_identity(&self);
	end(&self);
	conf->api = self.api;
	if (conf_problems_count(with->problems) == before)
		return;
	custom_unload(conf);
}

void custom_unload(void *conf_)
{
	CustomConf *conf = conf_;

	g_clear_pointer(&conf->api, custom_api_free);
}
