/*
 * Expressions, tree: what can be said of one without a person: which attributes it reads, whether
 * it reads any, what its functions do that their user must know; and what the functions' own
 * checks may ask of a call.
 */
#include "expr_internal.h"

void expr_visit(const Node *node, NodeFn fn, void *data)
{
	fn(node, data);
	if (node->type != NODE_CALL)
		return;
	for (guint i = 0; i < node->call.count; i++) {
		if (node->call.args[i])
			expr_visit(node->call.args[i], fn, data);
	}
}

static void add_name(const Node *node, void *names)
{
	if (node->type != NODE_ATTRIBUTE)
		return;
	g_hash_table_add(names, g_strdup(node->attribute));
	if (node->instead)
		g_hash_table_add(names, g_strdup(node->instead));
}

void expr_attributes(const Expr *self, GHashTable *names)
{
	expr_visit(self->root, add_name, names);
}

static void note_reading(const Node *node, void *reads)
{
	if (node->type == NODE_ATTRIBUTE || node->type == NODE_DERIVED)
		*(gboolean *)reads = TRUE;
}

gboolean expr_is_constant(const Expr *self)
{
	gboolean reads = FALSE;

	expr_visit(self->root, note_reading, &reads);
	return !reads;
}

static void add_traits(const Node *node, void *traits)
{
	if (node->type == NODE_CALL)
		*(guint *)traits |= node->call.function->traits;
}

guint expr_node_traits(const Node *node)
{
	guint traits = 0;

	expr_visit(node, add_traits, &traits);
	return traits;
}

guint expr_traits(const Expr *self)
{
	return expr_node_traits(self->root);
}

char *expr_describe(const FunctionCall *call, guint index)
{
	const Node *node = call->args[index];

	if (node && node->type == NODE_ATTRIBUTE)
		return g_strdup_printf("[%s]", node->attribute);
	if (node && node->type == NODE_DERIVED)
		return g_strdup_printf("[%s]", node->derived->name);
	if (node && node->type == NODE_VARIABLE)
		return g_strdup_printf("$%s", node->variable.name);
	return g_strdup_printf("argument %u of %s", index + 1, call->function->name);
}

guint function_count(const FunctionCall *call)
{
	return call->count;
}

gboolean function_given(const FunctionCall *call, guint index)
{
	return index < call->count && call->args[index];
}

const Value *function_literal(const FunctionCall *call, guint index)
{
	if (!function_given(call, index) || call->args[index]->type != NODE_LITERAL)
		return NULL;
	return call->args[index]->literal;
}
