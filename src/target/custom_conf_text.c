/*
 * What all files that compile a definition need: scalars, lists, places, patterns, pairs, and the
 * problems of each at its own line.
 *
 * Numbers and truth values are taken for their text wherever a text is compared or sent: the
 * administrator need not know whether a service says 200 or "200".
 */
#include <string.h>

#include "base/error.h"
#include "custom_conf_internal.h"

void custom_conf_report(const CustomBuild *self, const ConfNode *node, const char *what,
			GError *error)
{
	conf_problem(self->problems, CONF_PROBLEM, node, "%s: %s", what,
		     error ? error->message : "it cannot be read");
	g_clear_error(&error);
}

const ConfNode *custom_conf_at(const ConfNode *group, const char *name)
{
	const ConfNode *node = conf_is_group(group) ? conf_member(group, name) : NULL;

	return node ? node : group;
}

char *custom_conf_scalar(const ConfNode *node)
{
	gboolean truth;
	gint64 number;

	if (conf_string(node))
		return g_strdup(conf_string(node));
	if (conf_boolean(node, &truth))
		return g_strdup(truth ? "true" : "false");
	if (conf_number(node, &number))
		return g_strdup_printf("%" G_GINT64_FORMAT, number);
	return NULL;
}

GPtrArray *custom_conf_texts(const CustomBuild *self, const ConfNode *node, const char *name)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
	guint n = !node ? 0 : conf_is_list(node) ? conf_length(node) : 1;

	for (guint i = 0; i < n; i++) {
		const ConfNode *element = conf_is_list(node) ? conf_element(node, i) : node;
		char *text = custom_conf_scalar(element);
		if (text)
			g_ptr_array_add(texts, text);
		else
			conf_problem(self->problems, CONF_PROBLEM, element,
				     "'%s' needs a text, a number, true or false, or a list of "
				     "these",
				     name);
	}
	return texts;
}

Place *custom_conf_place(const CustomBuild *self, const ConfNode *group, const char *name,
			 const char *text)
{
	GError *error = NULL;
	Place *place = text ? place_parse(text, &error) : NULL;

	if (text && !place)
		custom_conf_report(self, custom_conf_at(group, name), name, error);
	return place;
}

Pattern *custom_conf_pattern(const CustomBuild *self, const ConfNode *group, const char *name,
			     const char *text)
{
	GError *error = NULL;
	Pattern *pattern = text ? pattern_compile(text, strlen(text), NULL, &error) : NULL;

	if (text && !pattern)
		custom_conf_report(self, custom_conf_at(group, name), name, error);
	return pattern;
}

gboolean custom_conf_is_line(const CustomBuild *self, const ConfNode *group, const char *name,
			     const char *text)
{
	for (const char *at = text; at && *at; at++) {
		if (g_ascii_iscntrl(*at)) {
			conf_problem(self->problems, CONF_PROBLEM, custom_conf_at(group, name),
				     "'%s' must be one line", name);
			return FALSE;
		}
	}
	return TRUE;
}

guint custom_conf_groups(const ConfNode *node)
{
	return !node ? 0 : conf_is_list(node) ? conf_length(node) : 1;
}

const ConfNode *custom_conf_group(const ConfNode *node, guint i)
{
	return conf_is_list(node) ? conf_element(node, i) : node;
}

/* Pairs ---------------------------------------------------------------------------------------- */

typedef struct {
	char *name;
	const ConfNode *value;
} PairConf;

static const Option pair_options[] = { OPTION(STRING, PairConf, name, "name", OPTION_REQUIRED),
				       OPTION(NODE, PairConf, value, "value", OPTION_REQUIRED),
				       OPTION_END };

/* Headers that are somebody else's business, and whose. */
static const struct {
	const char *name, *instead;
} taken_headers[] = {
	{ "content-type", "the setting content_type says it" },
	{ "accept", "the setting accept says it" },
	{ "user-agent", "the setting user_agent says it" },
	{ "content-length", "it follows from the body" },
	{ "transfer-encoding", "it follows from the body" },
	{ "host", "it follows from the url" },
	{ "connection", "it is the connection's" },
};

/* RFC 9110 §5.6.2 */
static gboolean is_token(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (!g_ascii_isalnum(*at) && !strchr("!#$%&'*+-.^_`|~", *at))
			return FALSE;
	}
	return *text != '\0';
}

/* Whether it is the header that carries the credential. */
static gboolean is_credential_header(const CustomBuild *self, const char *name)
{
	const CredentialConf *auth = &self->conf->net.auth;

	return auth->type != CREDENTIAL_NONE && auth->type != CREDENTIAL_QUERY &&
	       g_ascii_strcasecmp(name, auth->header ? auth->header : "Authorization") == 0;
}

static gboolean may_be_header(const CustomBuild *self, const ConfNode *node, const char *name)
{
	if (!is_token(name)) {
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "'%s' cannot be the name of a header", name);
		return FALSE;
	}
	if (is_credential_header(self, name)) {
		conf_problem(
			self->problems, CONF_PROBLEM, node,
			"the header '%s' cannot be set here: 'auth' sends the credential in it",
			name);
		return FALSE;
	}
	for (gsize i = 0; i < G_N_ELEMENTS(taken_headers); i++) {
		if (g_ascii_strcasecmp(name, taken_headers[i].name) != 0)
			continue;
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the header '%s' cannot be set here: %s", name,
			     taken_headers[i].instead);
		return FALSE;
	}
	return TRUE;
}

static void add_pair(CustomBuild *self, GPtrArray *pairs, const ConfNode *node, const char *name,
		     TemplateContext context)
{
	g_autofree char *text = custom_conf_scalar(node);
	Template *value;

	if (!text)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "the value of '%s' must be a text, a number, true or false", name);
	if (!text || (context == TEMPLATE_HEADER && !may_be_header(self, node, name)))
		return;
	value = custom_conf_template(self, node, text, context);
	if (!value)
		return;
	CustomPair *pair = g_new0(CustomPair, 1);
	pair->name = g_strdup(name);
	pair->value = value;
	g_ptr_array_add(pairs, pair);
}

GPtrArray *custom_conf_pairs(CustomBuild *self, const ConfNode *node, const char *name,
			     TemplateContext context)
{
	GPtrArray *pairs = g_ptr_array_new_with_free_func(custom_pair_free);

	if (node && !conf_is_group(node) && !conf_is_list(node))
		conf_problem(
			self->problems, CONF_PROBLEM, node,
			"'%s' needs a list of groups: ( { name = \"...\"; value = \"...\"; } )",
			name);
	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *element = conf_element(node, i);
		PairConf conf = { 0 };
		if (conf_is_group(node)) {
			add_pair(self, pairs, element, conf_name(element), context);
			continue;
		}
		conf_fill(element, &(OptionSet){ pair_options, &conf }, 1, NULL, self->problems);
		if (conf.name && conf.value)
			add_pair(self, pairs, conf.value, conf.name, context);
		option_clear(pair_options, &conf);
	}
	return pairs;
}
