/*
 * The calls of a login as an administrator writes them: read, compiled, and what is wrong with
 * them.
 *
 *	login = ( { url = "https://api.example/session"; body = { user = "{auth.user}"; ... };
 *	            outputs = ( { name = "session"; path = "data.id"; } ); },
 *	          { url = "https://api.example/token?session={step.session}"; method = "GET"; } );
 *
 * An address is fixed up to its path, so that no value decides who gets a password. Each name in a
 * template must be there when the call is made: a setting of 'auth' that is set, an output of an
 * earlier call.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "credential_login_internal.h"

typedef struct {
	char *name, *url, *method, *content_type, *accept;
	int answer, form;
	const ConfNode *query, *headers, *body, *outputs;
} CallConf;

static const char *const answer_names[] = { "auto", "json", "form", "xml", "text", NULL };
static const char *const form_names[] = { "brackets", "dots", NULL };
static const char *const methods[] = { "POST", "GET", "PUT", "PATCH", "DELETE", NULL };

static const Option call_options[] = {
	OPTION(STRING, CallConf, name, "name", 0),
	OPTION(STRING, CallConf, url, "url", OPTION_REQUIRED),
	OPTION(STRING, CallConf, method, "method", 0),
	OPTION(NODE, CallConf, query, "query", 0),
	OPTION(NODE, CallConf, headers, "headers", 0),
	OPTION(STRING, CallConf, content_type, "content_type", 0, .fallback = "application/json"),
	OPTION(STRING, CallConf, accept, "accept", 0),
	OPTION(ENUM, CallConf, answer, "answer", 0, .names = answer_names, .fallback = "auto"),
	OPTION(ENUM, CallConf, form, "form", 0, .names = form_names, .fallback = "brackets"),
	OPTION(NODE, CallConf, body, "body", 0),
	OPTION(NODE, CallConf, outputs, "outputs", 0),
	OPTION_END
};

/* Names in templates --------------------------------------------------------------------------- */

typedef struct {
	const CredentialConf *conf;
	const GPtrArray *outputs;
	char *unknown; /* the first name that is not there, or NULL */
} Names;

static gboolean is_there(const Names *self, const char *name)
{
	const CredentialConf *conf = self->conf;

	if (g_str_equal(name, "now") || g_str_equal(name, "uuid"))
		return TRUE;
	if (g_str_equal(name, "auth.basic"))
		return conf->user && conf->password;
	if (g_str_equal(name, "auth.client_basic"))
		return conf->client_id && conf->client_secret;
	if (g_str_has_prefix(name, "auth."))
		return credential_setting(conf, name + strlen("auth.")) != NULL;
	return g_str_has_prefix(name, "step.") &&
	       g_ptr_array_find_with_equal_func((GPtrArray *)self->outputs, name + strlen("step."),
						g_str_equal, NULL);
}

static void on_name(const char *name, gboolean is_needed, void *names)
{
	Names *self = names;

	if (!self->unknown && !is_there(self, name))
		self->unknown = g_strdup(name);
}

static gboolean check_names(Names *names, GError **error)
{
	g_autofree char *unknown = g_steal_pointer(&names->unknown);
	gboolean is_auth = unknown && g_str_has_prefix(unknown, "auth.");

	if (!unknown)
		return TRUE;
	return error_set(
		error, ERROR_CONFIG, "{%s} is not there\n%s", unknown,
		is_auth ? "set auth.user, auth.password_file and the like beside auth.login"
			: "there are auth.user, auth.password and the like, and step.NAME "
			  "of an earlier call's outputs");
}

static Template *parse(Names *names, const char *text, TemplateContext context, GError **error)
{
	g_autoptr(Template) self = template_parse(text, context, error);

	if (!self)
		return NULL;
	template_names(self, on_name, names);
	return check_names(names, error) ? g_steal_pointer(&self) : NULL;
}

/* Addresses ------------------------------------------------------------------------------------ */

static gboolean check_clear_text(const char *origin, gboolean insecure, GError **error)
{
	gboolean clear_text;

	if (!http_url_check(origin, &clear_text, error))
		return FALSE;
	return !clear_text || insecure ||
	       error_set(error, ERROR_CONFIG,
			 "the credential would cross the network unencrypted\n"
			 "use https, or say insecure = true");
}

static gboolean take_url(LoginCall *self, Names *names, const char *url, gboolean insecure,
			 GError **error)
{
	const char *host = strstr(url, "://");
	gsize query = strcspn(url, "?");

	if (!host)
		return error_set(error, ERROR_CONFIG,
				 "the url '%s' is no address of the form https://host/path", url);
	gsize origin = (gsize)(host - url) + strlen("://");
	origin += strcspn(url + origin, "/?");
	self->origin = g_strndup(url, origin);
	self->service = g_strndup(url, query);
	if (strchr(self->origin, '{'))
		return error_set(error, ERROR_CONFIG,
				 "no value may stand before the path of an address, or it would "
				 "say who gets the credential");
	if (!check_clear_text(self->origin, insecure, error))
		return FALSE;
	self->path = parse(names, self->service + origin, TEMPLATE_PATH, error);
	if (self->path && url[query])
		self->query = parse(names, url + query + 1, TEMPLATE_QUERY, error);
	return self->path && (self->query || !url[query]);
}

/* Names and values ----------------------------------------------------------------------------- */

static void pair_free(void *self_)
{
	LoginPair *self = self_;

	g_free(self->name);
	template_free(self->value);
	g_free(self);
}

static gboolean add_pair(GPtrArray *pairs, Names *names, const char *name, const char *value,
			 TemplateContext context, GError **error)
{
	if (!name || !*name || !value)
		return error_set(error, ERROR_CONFIG, "each is a name and a text: name = \"text\"");
	if (context == TEMPLATE_HEADER && strpbrk(name, " \t\r\n:"))
		return error_set(error, ERROR_CONFIG, "'%s' is no name of a header", name);
	Template *template = parse(names, value, context, error);
	if (!template)
		return FALSE;
	LoginPair *pair = g_new0(LoginPair, 1);
	pair->name = g_strdup(name);
	pair->value = template;
	g_ptr_array_add(pairs, pair);
	return TRUE;
}

/* A group of texts, or a list of { name, value }. */
static gboolean take_pairs(GPtrArray *pairs, Names *names, const ConfNode *node,
			   TemplateContext context, GError **error)
{
	if (node && !conf_is_group(node) && !conf_is_list(node))
		return error_set(error, ERROR_CONFIG,
				 "it must be a group of texts, or a list of { name, value }");
	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *one = conf_element(node, i);
		gboolean listed = conf_is_list(node);
		const char *name = listed ? conf_string(conf_member(one, "name")) : conf_name(one);
		const char *value = conf_string(listed ? conf_member(one, "value") : one);
		if (!add_pair(pairs, names, name, value, context, error))
			return FALSE;
	}
	return TRUE;
}

/* Bodies --------------------------------------------------------------------------------------- */

static json_t *model_of(const ConfNode *node)
{
	const char *text = conf_string(node);
	gboolean truth;
	gint64 number;

	if (text)
		return json_string(text);
	if (conf_boolean(node, &truth))
		return json_boolean(truth);
	if (conf_number(node, &number))
		return json_integer(number);
	json_t *model = conf_is_group(node)  ? json_object()
			: conf_is_list(node) ? json_array()
					     : json_null();
	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *one = conf_element(node, i);
		if (json_is_object(model))
			json_object_set_new(model, conf_name(one), model_of(one));
		else
			json_array_append_new(model, model_of(one));
	}
	return model;
}

/* Whether there is a body; *text is one that is no tree. */
static gboolean take_tree(LoginCall *self, Names *names, const ConfNode *node, GError **error)
{
	g_autoptr(json_t) model = NULL;
	g_autoptr(GError) cause = NULL;
	const char *text = conf_string(node);

	if (text && self->kind == BODY_TEXT)
		return (self->text = parse(names, text, TEMPLATE_PLAIN, error)) != NULL;
	model = text ? json_parse_bounded(text, strlen(text), &cause) : model_of(node);
	if (!model)
		return error_set(error, ERROR_CONFIG, "%s", cause->message);
	self->body = template_tree_parse(model, error);
	if (!self->body)
		return FALSE;
	template_tree_names(self->body, on_name, names);
	return check_names(names, error);
}

static gboolean take_body(LoginCall *self, Names *names, const CallConf *conf, GError **error)
{
	static const char *const accepts[] = { [BODY_JSON] = "application/json",
					       [BODY_FORM] = "application/x-www-form-urlencoded",
					       [BODY_XML] = "application/xml, text/xml",
					       [BODY_TEXT] = "*/*" };
	const char *text = conf->body ? conf_string(conf->body) : "";

	if (!body_kind(conf->content_type, &self->kind))
		return error_set(error, ERROR_CONFIG,
				 "content_type '%s' is none that can be written: JSON, XML, a form "
				 "or text/plain",
				 conf->content_type);
	/* Who is asked in a form or by a text answers with JSON. */
	self->expects = conf->answer > 0         ? (BodyKind)(conf->answer - 1)
			: self->kind == BODY_XML ? BODY_XML
						 : BODY_JSON;
	self->dotted = conf->form > 0;
	self->content_type = g_strdup(conf->content_type);
	self->accept = g_strdup(conf->accept ? conf->accept : accepts[self->expects]);
	return (text && !*text) || take_tree(self, names, conf->body, error);
}

/* Outputs -------------------------------------------------------------------------------------- */

static void take_free(void *self_)
{
	LoginTake *self = self_;

	g_free(self->name);
	place_free(self->place);
	g_free(self->header);
	pattern_free(self->pattern);
	g_free(self);
}

static gboolean take_output(LoginCall *self, const ConfNode *node, GError **error)
{
	const char *name = conf_string(conf_member(node, "name"));
	const char *path = conf_string(conf_member(node, "path"));
	const char *header = conf_string(conf_member(node, "header"));
	const char *pattern = conf_string(conf_member(node, "pattern"));
	LoginTake *take = g_new0(LoginTake, 1);

	g_ptr_array_add(self->outputs, take);
	if (!name || !*name || !path == !header)
		return error_set(error, ERROR_CONFIG,
				 "each of them has a name, and a path in the answer or a header");
	take->name = g_strdup(name);
	take->header = header ? g_ascii_strdown(header, -1) : NULL;
	if (path && !(take->place = place_parse(path, error)))
		return FALSE;
	if (pattern)
		take->pattern = pattern_compile(pattern, strlen(pattern), NULL, error);
	return !pattern || take->pattern;
}

static gboolean take_outputs(LoginCall *self, const ConfNode *node, GError **error)
{
	if (node && !conf_is_list(node))
		return error_set(error, ERROR_CONFIG, "it must be a list of { name, path }");
	for (guint i = 0; i < conf_length(node); i++) {
		if (!take_output(self, conf_element(node, i), error))
			return FALSE;
	}
	return TRUE;
}

/* A call --------------------------------------------------------------------------------------- */

/* The settings of the call; what is wrong with them as one error. */
static gboolean read_settings(CallConf *conf, const ConfNode *node, GError **error)
{
	ConfProblems *problems = conf_problems_new();
	OptionSet set = { call_options, conf };
	gboolean ok = conf_is_group(node);

	if (ok) {
		conf_fill(node, &set, 1, NULL, problems);
		ok = conf_problems_count(problems) == 0;
	}
	if (!ok) {
		const GPtrArray *list = conf_problems_list(problems);
		const ConfProblem *first = list->len > 0 ? list->pdata[0] : NULL;
		error_set(error, ERROR_CONFIG, "%s",
			  first ? first->message
				: "it must be a group: { url = \"https://...\"; }");
	}
	conf_problems_free(problems);
	return ok;
}

static gboolean take_method(LoginCall *self, const char *method, GError **error)
{
	for (gsize i = 0; methods[i]; i++) {
		if (!method || g_str_equal(methods[i], method)) {
			self->method = methods[i];
			return TRUE;
		}
	}
	return error_set(error, ERROR_CONFIG,
			 "method '%s' is none of GET, POST, PUT, PATCH, DELETE", method);
}

static gboolean prefixed(gboolean ok, const char *setting, GError **error)
{
	if (!ok)
		g_prefix_error(error, "%s: ", setting);
	return ok;
}

static gboolean compile(LoginCall *self, Names *names, const CallConf *conf, gboolean insecure,
			GError **error)
{
	return take_method(self, conf->method, error) &&
	       prefixed(take_url(self, names, conf->url, insecure, error), "url", error) &&
	       prefixed(take_pairs(self->parameters, names, conf->query, TEMPLATE_PARAMETER, error),
			"query", error) &&
	       prefixed(take_pairs(self->headers, names, conf->headers, TEMPLATE_HEADER, error),
			"headers", error) &&
	       prefixed(take_body(self, names, conf, error), "body", error) &&
	       prefixed(take_outputs(self, conf->outputs, error), "outputs", error);
}

LoginCall *login_call_new(const CredentialConf *auth, const ConfNode *node, guint position,
			  gboolean insecure, const GPtrArray *outputs, GError **error)
{
	Names names = { .conf = auth, .outputs = outputs };
	LoginCall *self = g_new0(LoginCall, 1);
	CallConf conf = { 0 };

	self->parameters = g_ptr_array_new_with_free_func(pair_free);
	self->headers = g_ptr_array_new_with_free_func(pair_free);
	self->outputs = g_ptr_array_new_with_free_func(take_free);
	gboolean ok = read_settings(&conf, node, error);
	self->name = conf.name ? g_strdup(conf.name) : g_strdup_printf("%u", position + 1);
	ok = ok && compile(self, &names, &conf, insecure, error);
	option_clear(call_options, &conf);
	if (ok)
		return self;
	g_prefix_error(error, "auth.login, call '%s': ", self->name);
	login_call_free(self);
	return NULL;
}

void login_call_free(void *self_)
{
	LoginCall *self = self_;

	g_free(self->name);
	g_free(self->service);
	g_free(self->origin);
	template_free(self->path);
	template_free(self->query);
	g_ptr_array_unref(self->parameters);
	g_ptr_array_unref(self->headers);
	g_free(self->content_type);
	g_free(self->accept);
	template_tree_free(self->body);
	template_free(self->text);
	g_ptr_array_unref(self->outputs);
	g_free(self);
}
