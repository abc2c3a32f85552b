/*
 * Trees of templates: the body of a request as the definition shows it.
 *
 *	{ "users": [ { "email": "{resource.mail}", "type": 1,
 *	               "name": "{resource.first} {resource.last}" } ],
 *	  "members": { "$each": "members", "$make": { "id": "{item}" } } }
 *
 * Compiled once into nodes of the same shape. What is a constant stays as it is. A text that is one
 * place takes the value with its type; any other text is filled as text. A value that is not there
 * takes the member or element with it, and then what held nothing else: a service that has never
 * heard of an address should not be sent an empty one. What the model itself has empty stays.
 *
 * Within "$make" the name "item" is the element, as a tree that {item.PLACE} looks into; an inner
 * "$each" hides the item of the outer one, but its own list is still one of the outer item.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/secret.h"
#include "body_internal.h"
#include "place_internal.h"
#include "template_internal.h"

#define DEPTH_MAX 64

typedef enum {
	NODE_CONSTANT,
	NODE_TEXT,
	NODE_OBJECT,
	NODE_ARRAY,
	NODE_EACH,  /* nodes: what is made of each */
	NODE_MERGE, /* nodes: the objects */
} NodeKind;

typedef struct {
	NodeKind kind;
	char *key;        /* within an object, or NULL */
	json_t *constant; /* or NULL */
	Template *text;   /* TEXT; EACH: the list */
	GPtrArray *nodes; /* Node; of those that have some */
} Node;

struct TemplateTree {
	Node *root;
};

static void node_free(void *data)
{
	Node *self = data;

	if (!self)
		return;
	g_free(self->key);
	json_decref(self->constant);
	template_free(self->text);
	if (self->nodes)
		g_ptr_array_unref(self->nodes);
	g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* ---- compiling ---- */

static Node *node_parse(const json_t *model, guint depth, GError **error);

/* Adds a node; 'where' is what an error is told of: "users", "[0]". */
static gboolean add_node(Node *self, const json_t *model, const char *key, const char *where,
			 guint depth, GError **error)
{
	g_autoptr(GError) problem = NULL;
	Node *node = node_parse(model, depth + 1, &problem);

	if (node) {
		node->key = g_strdup(key);
		g_ptr_array_add(self->nodes, node);
		return TRUE;
	}
	/* "users[0].email: bad template ..." is put together from the inside to the outside. */
	if (problem->message[0] == '[' || g_str_has_prefix(problem->message, "bad template"))
		g_prefix_error(&problem, "%s%s", where, problem->message[0] == '[' ? "" : ": ");
	else
		g_prefix_error(&problem, "%s.", where);
	g_propagate_error(error, g_steal_pointer(&problem));
	return FALSE;
}

static gboolean fail(GError **error, const char *message)
{
	return error_set(error, ERROR_CONFIG, "bad template: %s", message);
}

static gboolean add_members(Node *self, const json_t *object, guint depth, GError **error)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		if (!add_node(self, value, key, key, depth, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_elements(Node *self, const json_t *array, guint depth, GError **error)
{
	size_t i;
	json_t *value;

	json_array_foreach (array, i, value) {
		g_autofree char *where = g_strdup_printf("[%" G_GSIZE_FORMAT "]", i);

		if (!add_node(self, value, NULL, where, depth, error))
			return FALSE;
	}
	return TRUE;
}

/* "members" is the same as "{members}". */
static Template *parse_list(const char *text, GError **error)
{
	g_autofree char *place = *text == '{' ? g_strdup(text) : g_strdup_printf("{%s}", text);
	g_autoptr(Template) list = template_parse(place, TEMPLATE_PLAIN, error);

	if (list && !template_is_value(list)) {
		fail(error, "\"$each\" names one list");
		return NULL;
	}
	return g_steal_pointer(&list);
}

static gboolean read_each(Node *self, const json_t *model, guint depth, GError **error)
{
	const char *list = json_get_string(model, "$each");
	const json_t *make = json_object_get(model, "$make");

	if (!list || !make || json_object_size(model) != 2)
		return fail(error, "\"$each\", the name of a list, and \"$make\" stand together, "
				   "and nothing else beside them");
	self->kind = NODE_EACH;
	self->text = parse_list(list, error);
	return self->text && add_node(self, make, NULL, "$make", depth, error);
}

static gboolean read_merge(Node *self, const json_t *model, guint depth, GError **error)
{
	const json_t *parts = json_object_get(model, "$merge");

	if (!json_is_array(parts) || json_object_size(model) != 1)
		return fail(error, "\"$merge\" is a list of objects, and stands alone");
	self->kind = NODE_MERGE;
	return add_elements(self, parts, depth, error);
}

static gboolean read_object(Node *self, const json_t *model, guint depth, GError **error)
{
	if (json_object_get(model, "$each") || json_object_get(model, "$make"))
		return read_each(self, model, depth, error);
	if (json_object_get(model, "$merge"))
		return read_merge(self, model, depth, error);
	self->kind = NODE_OBJECT;
	return add_members(self, model, depth, error);
}

static gboolean read_text(Node *self, const json_t *model, GError **error)
{
	self->kind = NODE_TEXT;
	self->text = template_parse(json_string_value(model), TEMPLATE_PLAIN, error);
	return self->text != NULL;
}

static gboolean read_node(Node *self, const json_t *model, guint depth, GError **error)
{
	if (json_is_string(model))
		return read_text(self, model, error);
	self->nodes = g_ptr_array_new_with_free_func(node_free);
	if (json_object_size(model) > 0)
		return read_object(self, model, depth, error);
	if (json_array_size(model) > 0) {
		self->kind = NODE_ARRAY;
		return add_elements(self, model, depth, error);
	}
	self->kind = NODE_CONSTANT;
	self->constant = json_deep_copy(model);
	return TRUE;
}

static Node *node_parse(const json_t *model, guint depth, GError **error)
{
	g_autoptr(Node) self = g_new0(Node, 1);

	if (depth > DEPTH_MAX) {
		fail(error, "it is nested too deep");
		return NULL;
	}
	return read_node(self, model, depth, error) ? g_steal_pointer(&self) : NULL;
}

TemplateTree *template_tree_parse(const json_t *model, GError **error)
{
	Node *root = node_parse(model, 0, error);
	TemplateTree *self;

	if (!root)
		return NULL;
	self = g_new0(TemplateTree, 1);
	self->root = root;
	return self;
}

void template_tree_free(TemplateTree *self)
{
	if (!self)
		return;
	node_free(self->root);
	g_free(self);
}

/* ---- names ---- */

static gboolean is_item(const char *name)
{
	return strcmp(name, "item") == 0 || g_str_has_prefix(name, "item.") ||
	       g_str_has_prefix(name, "item[");
}

typedef struct {
	TemplateNameFn fn;
	void *data;
	gboolean has_item; /* within a "$make" */
} Naming;

static void tell_name(const char *name, gboolean is_needed, void *data)
{
	const Naming *naming = data;

	naming->fn(name, is_needed && !(naming->has_item && is_item(name)), naming->data);
}

static void name_node(const Node *self, Naming naming)
{
	if (self->text)
		template_names(self->text, tell_name, &naming);
	naming.has_item |= self->kind == NODE_EACH;
	for (guint i = 0; self->nodes && i < self->nodes->len; i++)
		name_node(self->nodes->pdata[i], naming);
}

void template_tree_names(const TemplateTree *self, TemplateNameFn fn, void *data)
{
	name_node(self->root, (Naming){ .fn = fn, .data = data });
}

/* ---- filling ---- */

/* New tree; NULL without error: it is not there. */
static json_t *fill(const Node *self, const TemplateScope *scope, GError **error);

static json_t *fill_text(const Template *text, const TemplateScope *scope, GError **error)
{
	g_autoptr(json_t) value = NULL;
	json_t *filled = NULL;
	char *string;

	if (template_is_value(text)) {
		value = template_value(text, scope, error);
		return value ? json_deep_copy(value) : NULL;
	}
	string = template_fill(text, scope, NULL, error);
	if (string) {
		filled = json_string_nocheck(string);
		secret_wipe(string, strlen(string));
		g_free(string);
	}
	return filled;
}

/* Puts what a node comes to into an object or array, if it is there. FALSE: an error. */
static gboolean fill_into(json_t *parent, const Node *node, const TemplateScope *scope,
			  GError **error)
{
	g_autoptr(GError) problem = NULL;
	json_t *value = fill(node, scope, &problem);

	if (problem) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	if (value && node->key)
		json_object_set_new_nocheck(parent, node->key, value);
	else if (value)
		json_array_append_new(parent, value);
	return TRUE;
}

static gboolean is_hollow(const json_t *tree)
{
	return json_object_size(tree) == 0 && json_array_size(tree) == 0;
}

static json_t *fill_nodes(const Node *self, const TemplateScope *scope, GError **error)
{
	json_t *tree = self->kind == NODE_OBJECT ? json_object() : json_array();
	gboolean is_good = TRUE;

	for (guint i = 0; is_good && i < self->nodes->len; i++)
		is_good = fill_into(tree, self->nodes->pdata[i], scope, error);
	if (is_good && !is_hollow(tree))
		return tree;
	body_wipe(tree);
	json_decref(tree);
	return NULL;
}

typedef struct {
	const TemplateScope *outer;
	const json_t *item;
} ItemScope;

/* TemplateScope.get within a "$make". */
static json_t *get_in_make(const char *name, void *data)
{
	const ItemScope *self = data;
	g_autoptr(Place) place = NULL;

	if (!is_item(name))
		return self->outer->get(name, self->outer->data);
	name += strlen("item");
	place = place_parse(*name == '.' ? name + 1 : name, NULL);
	return place ? json_incref(place_get(place, self->item)) : NULL;
}

static gboolean make_each(json_t *made, const Node *self, const json_t *list,
			  const TemplateScope *scope, GError **error)
{
	ItemScope items = { .outer = scope };
	TemplateScope inner = { get_in_make, &items };
	size_t i;
	json_t *item;

	json_array_foreach (list, i, item) {
		items.item = item;
		if (!fill_into(made, self->nodes->pdata[0], &inner, error))
			return FALSE;
	}
	return TRUE;
}

static json_t *fill_each(const Node *self, const TemplateScope *scope, GError **error)
{
	g_autoptr(json_t) value = template_value(self->text, scope, error);
	g_autoptr(json_t) list = NULL;
	json_t *made;

	if (!value)
		return NULL;
	list = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
	made = json_array();
	if (make_each(made, self, list, scope, error))
		return made;
	body_wipe(made);
	json_decref(made);
	return NULL;
}

/* Lays what is a new tree over another, which it becomes part of. */
static gboolean lay_over(json_t *merged, const Node *node, const TemplateScope *scope,
			 GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(json_t) part = fill(node, scope, &problem);

	if (problem) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	if (part && !json_is_object(part))
		return error_set(error, ERROR_OBJECT, "what \"$merge\" merges is no object");
	if (part)
		json_object_update(merged, part);
	return TRUE;
}

static json_t *fill_merge(const Node *self, const TemplateScope *scope, GError **error)
{
	json_t *merged = json_object();
	gboolean is_good = TRUE;

	for (guint i = 0; is_good && i < self->nodes->len; i++)
		is_good = lay_over(merged, self->nodes->pdata[i], scope, error);
	if (is_good)
		return merged;
	body_wipe(merged);
	json_decref(merged);
	return NULL;
}

static json_t *fill(const Node *self, const TemplateScope *scope, GError **error)
{
	switch (self->kind) {
	case NODE_TEXT:
		return fill_text(self->text, scope, error);
	case NODE_OBJECT:
	case NODE_ARRAY:
		return fill_nodes(self, scope, error);
	case NODE_EACH:
		return fill_each(self, scope, error);
	case NODE_MERGE:
		return fill_merge(self, scope, error);
	case NODE_CONSTANT:
	default:
		return json_deep_copy(self->constant);
	}
}

json_t *template_tree_fill(const TemplateTree *self, const TemplateScope *scope, GError **error)
{
	g_autoptr(GError) problem = NULL;
	json_t *tree = fill(self->root, scope, &problem);

	if (tree)
		return tree;
	if (problem)
		g_propagate_error(error, g_steal_pointer(&problem));
	else if (self->root->kind == NODE_OBJECT)
		return json_object();
	else if (self->root->kind == NODE_ARRAY)
		return json_array();
	else
		error_set(error, ERROR_OBJECT, "there is nothing to send: \"%s\" has no value",
			  template_text(self->root->text));
	return NULL;
}
