/*
 * One call of a definition.
 *
 *	{ name = "wait"; when = "step.job"; url = "/jobs/{step.job}";
 *	  poll = { path = "state"; done = [ "complete" ]; failed = [ "failed" ]; }; }
 *
 * What it says nothing of is as in every call of the app, and the method and body as the operation
 * has them: the first call of a create is a POST with all that the map says, a later one a GET, or
 * a POST where it has a body.
 */
#include <string.h>

#include "custom_conf_internal.h"

static const char *const answer_names[] = { "auto", "json", "form", "xml", "text", NULL };
static const char *const form_names[] = { "brackets", "dots", NULL };
static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };

const Option custom_step_options[] = {
	OPTION(STRING, CustomStepConf, name, "name", 0),
	OPTION(STRING, CustomStepConf, method, "method", 0),
	OPTION(STRING, CustomStepConf, url, "url", 0),
	OPTION(STRING, CustomStepConf, follow, "follow", 0),
	OPTION(NODE, CustomStepConf, query, "query", 0),
	OPTION(NODE, CustomStepConf, headers, "headers", 0),
	OPTION(STRING, CustomStepConf, content_type, "content_type", 0),
	OPTION(STRING, CustomStepConf, accept, "accept", 0),
	OPTION(ENUM, CustomStepConf, answer, "answer", 0, .names = answer_names,
	       .fallback = "auto"),
	OPTION(ENUM, CustomStepConf, form, "form", 0, .names = form_names, .fallback = "brackets"),
	OPTION(NODE, CustomStepConf, body, "body", 0),
	OPTION(STRINGS, CustomStepConf, leave_out, "leave_out", 0),
	OPTION(NODE, CustomStepConf, success, "success", 0),
	OPTION(NODE, CustomStepConf, error, "error", 0),
	OPTION(NODE, CustomStepConf, errors, "errors", 0),
	OPTION(NODE, CustomStepConf, outputs, "outputs", 0),
	OPTION(STRINGS, CustomStepConf, when, "when", 0),
	OPTION(STRING, CustomStepConf, foreach, "foreach", 0),
	OPTION(INT, CustomStepConf, chunk, "chunk", 0, .min = 1, .max = 100000, .fallback = "1"),
	OPTION(NODE, CustomStepConf, poll, "poll", 0),
	OPTION(NODE, CustomStepConf, repeat, "repeat", 0),
	OPTION_END
};

/* Method --------------------------------------------------------------------------------------- */

static const char *known_method(const CustomBuild *self, const ConfNode *node, const char *text)
{
	g_autoptr(GPtrArray) known = g_ptr_array_new();
	g_autofree char *upper = g_ascii_strup(text, -1);
	const char *near;

	for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
		if (strcmp(methods[i], text) == 0)
			return methods[i];
		g_ptr_array_add(known, (char *)methods[i]);
	}
	near = conf_suggest(upper, known);
	conf_problem(
		self->problems, CONF_PROBLEM, node,
		"'method' must be one of GET, POST, PUT, PATCH, DELETE, HEAD; found \"%s\"%s%s%s",
		text, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return "GET";
}

static gboolean has_body(const CustomStepConf *conf)
{
	const char *text = conf_string(conf->body);

	return conf->body && !(text && !*text);
}

static const char *method_of(const CustomBuild *self, const ConfNode *node,
			     const CustomStepConf *conf, const CustomStepRole *role)
{
	if (conf->method)
		return known_method(self, custom_conf_at(node, "method"), conf->method);
	if (role->position == 0 && role->method)
		return role->method;
	return has_body(conf) ? "POST" : "GET";
}

gboolean custom_conf_is_of_bodies(const char *method)
{
	return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
	       strcmp(method, "PATCH") == 0;
}

/*
 * A call whose fate is not known is sent again only where that does no harm. Of a create nobody
 * knows: many a service makes one more with each PUT, or even with a GET.
 */
static gboolean is_harmless(const char *method, const CustomStepRole *role)
{
	if (!role->writes || strcmp(method, "HEAD") == 0)
		return TRUE;
	if (role->makes)
		return strcmp(method, "GET") == 0 && role->position > 0;
	return strcmp(method, "POST") != 0 && strcmp(method, "PATCH") != 0;
}

static gboolean is_repeatable(const CustomBuild *self, const CustomStepConf *conf,
			      const CustomStep *step, const CustomStepRole *role)
{
	gboolean truth;

	if (!conf->repeat)
		return is_harmless(step->method, role);
	if (conf_boolean(conf->repeat, &truth))
		return truth;
	conf_problem(self->problems, CONF_PROBLEM, conf->repeat,
		     "'repeat' needs true or false without quotes");
	return FALSE;
}

/* Parts ---------------------------------------------------------------------------------------- */

static void set_address(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
			CustomStep *step)
{
	if (!!conf->url + !!conf->follow != 1) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     conf->url ? "'url' and 'follow' cannot both be there"
				       : "missing setting 'url'");
		return;
	}
	if (conf->url) {
		custom_conf_address(self, custom_conf_at(node, "url"), conf->url, step);
		return;
	}
	if (g_str_has_prefix(conf->follow, "step."))
		custom_conf_name(self, custom_conf_at(node, "follow"), conf->follow, TRUE);
	else
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "follow"),
			     "'follow' names an output of an earlier call: \"step.NAME\"");
	step->follow = g_strdup(conf->follow);
}

BodyKind custom_conf_kind(const CustomBuild *self, const ConfNode *group, const char *content_type)
{
	BodyKind kind = BODY_JSON;

	custom_conf_is_line(self, group, "content_type", content_type);
	if (content_type && !body_kind(content_type, &kind))
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(group, "content_type"),
			     "bodies of content type '%s' cannot be written: JSON, forms "
			     "(application/x-www-form-urlencoded), XML and text/plain can",
			     content_type);
	return kind;
}

/* Which kinds the body and the answer are of. */
static void set_kinds(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
		      CustomStep *step)
{
	step->content_type = g_strdup(conf->content_type ? conf->content_type
							 : self->conf->content_type);
	step->accept = g_strdup(conf->accept ? conf->accept : self->conf->accept);
	custom_conf_is_line(self, node, "accept", conf->accept);
	step->kind = conf->content_type ? custom_conf_kind(self, node, conf->content_type)
					: self->kind;
	step->expects = conf->answer > 0 ? (BodyKind)(conf->answer - 1) : step->kind;
	step->answer_said = conf->answer > 0;
	step->dotted = conf->form == 1;
}

static void set_answers(CustomBuild *self, const CustomStepConf *conf, CustomStep *step)
{
	step->success = conf->success ? custom_conf_success(self, conf->success)
				      : g_ptr_array_ref(self->success);
	if (conf->error)
		step->error = custom_conf_error(self, conf->error);
	else
		step->error = (CustomErrorPlaces){ .words = g_ptr_array_ref(self->error.words),
						   .codes = g_ptr_array_ref(self->error.codes) };
	step->errors = custom_conf_errors(self, conf->errors, self->errors);
	step->own_errors = step->errors->len - self->errors->len;
	step->throttled = self->api->throttled;
	step->outputs = custom_conf_outputs(self, conf->outputs);
	step->poll = custom_conf_poll(self, conf->poll);
}

static void set_list(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
		     CustomStep *step)
{
	step->chunk = (guint)conf->chunk;
	step->foreach = g_strdup(conf->foreach);
	if (conf->chunk > 1 && !conf->foreach)
		conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(node, "chunk"),
			     "'chunk' is without effect: it is for 'foreach'");
	if (conf->foreach)
		custom_conf_name(self, custom_conf_at(node, "foreach"), conf->foreach, TRUE);
	self->at.foreach = conf->foreach != NULL;
	self->at.chunk = step->chunk;
}

static void set_leave_out(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
			  CustomStep *step)
{
	step->leave_out = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < conf->leave_out->len; i++) {
		GError *error = NULL;
		g_autoptr(Path) path = path_parse(conf->leave_out->pdata[i], &error);
		if (path)
			g_ptr_array_add(step->leave_out, g_strdup(path->text));
		else
			custom_conf_report(self, custom_conf_at(node, "leave_out"), "leave_out",
					   error);
	}
}

static void set_body(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
		     const CustomStepRole *role, CustomStep *step)
{
	gboolean is_usual = !conf->body && role->default_body &&
			    custom_conf_is_of_bodies(step->method);

	if (conf->body)
		custom_conf_body(self, conf->body, step);
	if (is_usual)
		custom_conf_default_body(self, node, role->default_body, step);
	self->at.bodied |= conf->body || is_usual;
}

CustomStep *custom_conf_step(CustomBuild *self, const ConfNode *node, const CustomStepConf *conf,
			     const CustomStepRole *role)
{
	CustomStep *step = g_new0(CustomStep, 1);
	guint before = self->at.named;

	self->at.named &= ~(guint)CUSTOM_NAMED_SECRET;
	step->node = node;
	step->name = conf->name ? g_strdup(conf->name) : g_strdup_printf("%u", role->position + 1);
	step->method = method_of(self, node, conf, role);
	step->when = custom_conf_when(self, custom_conf_at(node, "when"), conf->when);
	set_list(self, node, conf, step);
	set_address(self, node, conf, step);
	set_kinds(self, node, conf, step);
	set_leave_out(self, node, conf, step);
	step->parameters = custom_conf_pairs(self, conf->query, "query", TEMPLATE_PARAMETER);
	step->headers = custom_conf_pairs(self, conf->headers, "headers", TEMPLATE_HEADER);
	set_body(self, node, conf, role, step);
	set_answers(self, conf, step);
	step->repeatable = is_repeatable(self, conf, step, role);
	step->secret = ((self->at.named | self->named_everywhere) & CUSTOM_NAMED_SECRET) != 0;
	self->at.named |= before;
	self->at.foreach = FALSE;
	return step;
}

CustomStep *custom_conf_step_of(CustomBuild *self, const ConfNode *node, const CustomStepRole *role)
{
	CustomStepConf conf = { 0 };
	CustomStep *step;

	conf_fill(node, &(OptionSet){ custom_step_options, &conf }, 1, NULL, self->problems);
	step = custom_conf_step(self, node, &conf, role);
	option_clear(custom_step_options, &conf);
	return step;
}
