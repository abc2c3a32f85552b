/*
 * What a step sends, from the config to a tree whose texts are templates.
 *
 *	body = { user = { email = "{resource.email}"; admin = false; }; };      a tree
 *	body = "{ \"@odata.id\": \"https://host/o/{member.id}\" }";     the same as JSON
 *	body = "{resource}";                                                    one place: all of it
 *	body = "";                                                              none
 *
 * JSON is for names that a setting cannot have, and for "$each", "$merge". With the content type
 * text/plain a text is the template itself. What could never be written is refused here: an array
 * as a form, an XML body with two roots or none.
 */
#include <string.h>

#include "base/json.h"
#include "core/path.h"
#include "custom_conf_internal.h"

/* Trees ---------------------------------------------------------------------------------------- */

static json_t *tree_of(CustomBuild *self, const ConfNode *node);

static json_t *object_of(CustomBuild *self, const ConfNode *node)
{
	json_t *object = json_object();

	for (guint i = 0; i < conf_length(node); i++) {
		const ConfNode *element = conf_element(node, i);
		json_object_set_new(object, conf_name(element), tree_of(self, element));
	}
	return object;
}

static json_t *array_of(CustomBuild *self, const ConfNode *node)
{
	json_t *array = json_array();

	for (guint i = 0; i < conf_length(node); i++)
		json_array_append_new(array, tree_of(self, conf_element(node, i)));
	return array;
}

/* Each text is checked where it stands; a bad one is left out of the tree. */
static json_t *text_of(CustomBuild *self, const ConfNode *node, const char *text)
{
	g_autoptr(Template) checked = custom_conf_template(self, node, text, TEMPLATE_PLAIN);

	return json_string(checked ? text : "");
}

static json_t *tree_of(CustomBuild *self, const ConfNode *node)
{
	gboolean truth;
	gint64 number;

	if (conf_is_group(node))
		return object_of(self, node);
	if (conf_is_list(node))
		return array_of(self, node);
	if (conf_string(node))
		return text_of(self, node, conf_string(node));
	if (conf_boolean(node, &truth))
		return json_boolean(truth);
	if (conf_number(node, &number))
		return json_integer(number);
	conf_problem(self->problems, CONF_PROBLEM, node,
		     "a body has texts, whole numbers, true and false, groups and lists");
	return json_null();
}

/* Texts ---------------------------------------------------------------------------------------- */

/* "{resource}", and nothing else. */
static gboolean is_one_place(const char *text)
{
	const char *at = text + 1;

	if (*text != '{' || !g_ascii_isalpha(*at))
		return FALSE;
	while (*at && !strchr("{}\"", *at))
		at++;
	return at[0] == '}' && at[1] == '\0';
}

/* TRUE if somewhere in it elements are made of a list. */
static gboolean makes_elements(const json_t *tree)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_object_get(tree, "$each"))
		return TRUE;
	json_object_foreach ((json_t *)tree, key, value) {
		if (makes_elements(value))
			return TRUE;
	}
	json_array_foreach ((json_t *)tree, i, value) {
		if (makes_elements(value))
			return TRUE;
	}
	return FALSE;
}

typedef struct {
	CustomBuild *build;
	const ConfNode *node;
} Visit;

static void visit_name(const char *name, gboolean is_needed, void *data)
{
	const Visit *visit = data;

	custom_conf_name(visit->build, visit->node, name, is_needed);
}

/* A tree that was written as JSON, or by us: all its names at one line. */
static void take_tree(CustomBuild *self, const ConfNode *node, const json_t *model,
		      gboolean is_checked, CustomStep *step)
{
	GError *error = NULL;
	Visit visit = { self, node };

	step->body = template_tree_parse(model, &error);
	if (!step->body) {
		custom_conf_report(self, node, "body", error);
		return;
	}
	if (is_checked)
		return;
	self->at.each = makes_elements(model);
	template_tree_names(step->body, visit_name, &visit);
	self->at.each = FALSE;
}

static json_t *parse_json(CustomBuild *self, const ConfNode *node, const char *text)
{
	GError *error = NULL;
	json_t *model = json_parse_bounded(text, strlen(text), &error);

	if (model)
		return model;
	conf_problem(self->problems, CONF_PROBLEM, node,
		     "body: %s\na text is read as JSON, in which a place stands in quotes: "
		     "{ \\\"id\\\": \\\"{id}\\\" }; or write a group: { id = \"{id}\"; }",
		     error->message);
	g_error_free(error);
	return NULL;
}

/* What can never be written -------------------------------------------------------------------- */

/* How many roots an object of mapped values has; 1 if that is not known. */
static guint mapped_roots(const CustomBuild *self)
{
	g_autoptr(GHashTable) roots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint i = 0; self->mapped && i < self->mapped->len; i++) {
		const Path *path = self->mapped->pdata[i];
		g_hash_table_add(roots, g_strdup(path->attribute));
	}
	return self->mapped ? g_hash_table_size(roots) : 1;
}

static void check_xml(const CustomBuild *self, const ConfNode *node, const json_t *model)
{
	const char *text = json_string_value(model);
	gboolean is_mapped = text &&
			     (strcmp(text, "{resource}") == 0 || strcmp(text, "{changes}") == 0);

	if ((json_is_object(model) && json_object_size(model) == 1) ||
	    (is_mapped && mapped_roots(self) == 1) || (text && is_one_place(text) && !is_mapped))
		return;
	conf_problem(self->problems, CONF_PROBLEM, node,
		     "an XML body has one element that holds all others: "
		     "body = { user = \"{resource}\"; }");
}

static void check_writable(const CustomBuild *self, const ConfNode *node, const json_t *model,
			   const CustomStep *step)
{
	const char *text = json_string_value(model);

	if (step->kind == BODY_XML)
		check_xml(self, node, model);
	else if (step->kind == BODY_FORM && !json_is_object(model) && !(text && is_one_place(text)))
		conf_problem(
			self->problems, CONF_PROBLEM, node,
			"a form has names and values: body = { user = \"{resource.email}\"; }");
	else if (step->kind == BODY_TEXT && !text)
		conf_problem(self->problems, CONF_PROBLEM, node,
			     "a body of content type '%s' is one text", step->content_type);
}

void custom_conf_body(CustomBuild *self, const ConfNode *node, CustomStep *step)
{
	const char *text = conf_string(node);
	gboolean is_tree = !text;
	g_autoptr(json_t) model = NULL;

	if (text && !*text)
		return;
	if (is_tree)
		model = tree_of(self, node);
	else if (step->kind == BODY_TEXT || is_one_place(text))
		model = json_string(text);
	else
		model = parse_json(self, node, text);
	if (!model)
		return;
	check_writable(self, node, model, step);
	take_tree(self, node, model, is_tree, step);
}

void custom_conf_default_body(CustomBuild *self, const ConfNode *node, const char *text,
			      CustomStep *step)
{
	g_autoptr(json_t) model = json_string(text);

	if (step->kind == BODY_TEXT) {
		conf_problem(
			self->problems, CONF_PROBLEM, node,
			"a body of content type '%s' is one text, and '%s' is an object: write "
			"a 'body'",
			step->content_type, text);
		return;
	}
	check_writable(self, node, model, step);
	take_tree(self, node, model, FALSE, step);
}
