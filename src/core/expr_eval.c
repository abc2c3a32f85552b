/*
 * Expressions, evaluator: a tree and one person to a value.
 *
 *	[mail]          null, text, bytes or a list, as many as the directory has, in the order in
 *	                which the server sent them
 *	Function(...)   the arguments, then what the row says about lists and bytes, then the call
 *	a lazy call     asks for its arguments itself; a branch that is not taken cannot fail
 *
 * Nulls, empty text and lists, in one place (the functions only add what their table rows say):
 *
 *	                    null                   empty text          a list
 *	[attr] mapped       attribute left out     sent                first value is sent
 *	ToLower ToUpper
 *	Append Replace      null                   works on it         each value; a list again
 *	  other arguments   as empty text          -                   ERROR_OBJECT
 *	Join                nothing, no separator  a part like others  each value is a part
 *	Coalesce            the next argument      is a value          is a value
 *	IsNullOrEmpty       true                   true                false
 *	Not                 true                   true                ERROR_OBJECT
 *	DateFromNum CDate
 *	NumFromDate
 *	ToRFC3339           null                   null                each value; a list again
 *	IsDate              false                  false               ERROR_OBJECT
 *	IIF condition       false                  false               ERROR_OBJECT
 *	Switch source       the key ""             the key ""          ERROR_OBJECT
 *	= <> < <= > >=      false, all of them     false, all of them  ERROR_OBJECT
 *
 * So neither [x] = "a" nor [x] <> "a" holds for a person without x: a check on something that is
 * not there fails. How two values that are there compare:
 *
 *	number   number     as numbers
 *	number   text       as numbers, if the text is a whole number
 *	text     text       byte by byte, which is by code point; case matters
 *	boolean  boolean    equal or not
 *	boolean  text       equal or not, "TRUE", "True" and "true" being one (LDAP writes TRUE)
 *	otherwise           not equal; < <= > >= are ERROR_OBJECT
 *
 * Bytes that are no text (a photo) are ERROR_OBJECT wherever text is needed, and otherwise pass
 * through unchanged.
 *
 * Limits, so that no expression can exhaust memory whatever the directory holds: a result is at
 * most 1 MiB, and so is every text on the way; all that one evaluation builds is at most 16 MiB.
 * The recursion is bounded by the parser's 100 levels.
 */
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"

#define MAX_RESULT ((gsize)1024 * 1024)
#define MAX_BUILT (16 * MAX_RESULT)

static const Value *node_eval(const FunctionContext *context, const Node *node, GError **error);

static const Value *derive_account_enabled(const ExprInput *input, Arena *arena)
{
	return value_bool(input->account_enabled);
}

static const Value *derive_locked_out(const ExprInput *input, Arena *arena)
{
	return value_bool(input->locked_out);
}

static const Value *derive_dn(const ExprInput *input, Arena *arena)
{
	const char *dn = entry_dn(input->entry);

	return value_borrow(arena, dn, strlen(dn));
}

static const Value *derive_anchor(const ExprInput *input, Arena *arena)
{
	const char *anchor = entry_anchor(input->entry);

	return value_borrow(arena, anchor, strlen(anchor));
}

const Derived *expr_derived_find(const char *name)
{
	static const Derived rows[] = {
		{ "accountEnabled", derive_account_enabled },
		{ "lockedOut", derive_locked_out },
		{ "dn", derive_dn },
		{ "anchor", derive_anchor },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (g_ascii_strcasecmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Takes 'size' bytes out of what the evaluation may still build. */
static gboolean spend(const FunctionContext *context, gsize size, GError **error)
{
	if (size > *context->left)
		return error_set(error, ERROR_OBJECT,
				 "the expression builds more than %d MiB on the way",
				 (int)(MAX_BUILT / MAX_RESULT));
	*context->left -= size;
	return TRUE;
}

static gboolean fail_size(GError **error)
{
	return error_set(error, ERROR_OBJECT, "the result is larger than 1 MiB");
}

char *function_text(const FunctionContext *context, gsize length, GError **error)
{
	if (length > MAX_RESULT) {
		fail_size(error);
		return NULL;
	}
	if (!spend(context, length, error))
		return NULL;
	return arena_alloc(context->arena, length + 1);
}

static const Value *attribute_eval(const FunctionContext *context, const char *name, GError **error)
{
	Arena *arena = context->arena;
	guint count = 0;
	const EntryValue *values = entry_values(context->input->entry, name, &count);

	if (count == 0)
		return value_null();
	if (count == 1)
		return value_borrow(arena, values[0].data, values[0].length);
	if (!spend(context, count * (sizeof(Value) + 2 * sizeof(Value *)), error))
		return NULL;

	const Value **items = arena_alloc(arena, count * sizeof(*items));
	for (guint i = 0; i < count; i++)
		items[i] = value_borrow(arena, values[i].data, values[i].length);
	return value_list(arena, items, count);
}

static gboolean has_bytes(const Value *value)
{
	for (guint i = 0; i < value_count(value); i++) {
		if (value_item(value, i)->type == VALUE_BYTES)
			return TRUE;
	}
	return FALSE;
}

/* The argument in words: "[mail]", or its place if it is no plain attribute. New string. */
static char *describe(const FunctionCall *call, guint index)
{
	const Node *node = call->args[index];

	if (node && node->type == NODE_ATTRIBUTE)
		return g_strdup_printf("[%s]", node->attribute);
	return g_strdup_printf("argument %u of %s", index + 1, call->function->name);
}

static gboolean fail_list(const FunctionCall *call, guint index, const Value *value, GError **error)
{
	g_autofree char *what = describe(call, index);

	return error_set(error, ERROR_OBJECT, "%s has %u values where %s takes one", what,
			 value_count(value), call->function->name);
}

static gboolean fail_bytes(const FunctionCall *call, guint index, GError **error)
{
	g_autofree char *what = describe(call, index);

	return error_set(error, ERROR_OBJECT, "%s holds bytes that are no text", what);
}

/* Holds one argument against what the row of the function takes. */
static gboolean check_argument(const FunctionCall *call, guint index, const Value *value,
			       GError **error)
{
	const Function *function = call->function;
	gboolean lists = function->lists == LISTS_TAKEN ||
			 (function->lists == LISTS_EACH && index == 0) ||
			 (function->lists == LISTS_REST && index > 0);

	if (!lists && value->type == VALUE_LIST)
		return fail_list(call, index, value, error);
	if (!function->bytes && has_bytes(value))
		return fail_bytes(call, index, error);
	return TRUE;
}

static const Value **eval_arguments(const FunctionContext *context, const FunctionCall *call,
				    GError **error)
{
	const Value **args = arena_alloc(context->arena, call->count * sizeof(*args));

	for (guint i = 0; i < call->count; i++) {
		if (!call->args[i])
			continue;
		args[i] = node_eval(context, call->args[i], error);
		if (!args[i] || !check_argument(call, i, args[i], error))
			return NULL;
	}
	return args;
}

/* LISTS_EACH: one call for each value of the first argument. */
static const Value *call_each(const FunctionContext *context, const FunctionCall *call,
			      const Value **args, GError **error)
{
	const Value *source = args[0] ? args[0] : value_null();
	guint count = value_count(source), kept = 0;

	if (count == 1)
		return call->function->fn(context, args, call->count, error);
	if (!spend(context, 2 * count * sizeof(Value *), error))
		return NULL;

	const Value **results = arena_alloc(context->arena, count * sizeof(*results));
	for (guint i = 0; i < count; i++) {
		args[0] = value_item(source, i);
		const Value *result = call->function->fn(context, args, call->count, error);
		if (!result)
			return NULL;
		if (result->type != VALUE_NULL)
			results[kept++] = result;
	}
	return value_list(context->arena, results, kept);
}

static const Value *call_eval(const FunctionContext *context, const FunctionCall *call,
			      GError **error)
{
	const Function *function = call->function;

	if (function->lazy)
		return function->lazy(context, call, error);

	const Value **args = eval_arguments(context, call, error);
	if (!args)
		return NULL;
	if (function->lists == LISTS_EACH)
		return call_each(context, call, args, error);
	return function->fn(context, args, call->count, error);
}

static const Value *node_eval(const FunctionContext *context, const Node *node, GError **error)
{
	switch (node->type) {
	case NODE_LITERAL:
		return node->literal;
	case NODE_ATTRIBUTE:
		return attribute_eval(context, node->attribute, error);
	case NODE_DERIVED:
		return node->derived->fn(context->input, context->arena);
	case NODE_CALL:
		return call_eval(context, &node->call, error);
	}
	g_assert_not_reached();
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

const Value *function_arg(const FunctionContext *context, const FunctionCall *call, guint index,
			  GError **error)
{
	return function_given(call, index) ? node_eval(context, call->args[index], error)
					   : value_null();
}

const Value *function_scalar(const FunctionContext *context, const FunctionCall *call, guint index,
			     GError **error)
{
	const Value *value = function_arg(context, call, index, error);

	if (!value)
		return NULL;
	if (value->type == VALUE_LIST) {
		fail_list(call, index, value, error);
		return NULL;
	}
	if (value->type == VALUE_BYTES) {
		fail_bytes(call, index, error);
		return NULL;
	}
	return value;
}

static gsize size_of(const Value *value)
{
	gsize size = 0;

	for (guint i = 0; i < value_count(value); i++) {
		const Value *item = value_item(value, i);
		if (item->type == VALUE_STRING || item->type == VALUE_BYTES)
			size += item->string.length;
	}
	return size;
}

const Value *expr_eval(const Expr *self, const ExprInput *input, Arena *arena, GError **error)
{
	gsize left = MAX_BUILT;
	FunctionContext context = { .input = input, .arena = arena, .left = &left };
	const Value *value = node_eval(&context, self->root, error);

	if (value && size_of(value) > MAX_RESULT) {
		fail_size(error);
		return NULL;
	}
	return value;
}

/* Calls 'fn' for the attributes below a node. */
static void visit(const Node *node, void (*fn)(const Node *node, void *data), void *data)
{
	if (node->type == NODE_ATTRIBUTE || node->type == NODE_DERIVED)
		fn(node, data);
	if (node->type != NODE_CALL)
		return;
	for (guint i = 0; i < node->call.count; i++) {
		if (node->call.args[i])
			visit(node->call.args[i], fn, data);
	}
}

static void add_name(const Node *node, void *names)
{
	if (node->type == NODE_ATTRIBUTE)
		g_hash_table_add(names, g_strdup(node->attribute));
}

void expr_attributes(const Expr *self, GHashTable *names)
{
	visit(self->root, add_name, names);
}

static void note_reading(const Node *node, void *reads)
{
	*(gboolean *)reads = TRUE;
}

gboolean expr_is_constant(const Expr *self)
{
	gboolean reads = FALSE;

	visit(self->root, note_reading, &reads);
	return !reads;
}
