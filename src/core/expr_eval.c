/*
 * Expressions, evaluator: a tree and one person to a value.
 *
 *	[mail]          null, text, bytes or a list, as many as the directory has, in the order in
 *	                which the server sent them
 *	$x              what Select, Where or With gave it
 *	Function(...)   the arguments, then what the row says about lists and bytes, then the call
 *	a lazy call     asks for its arguments itself; a branch that is not taken cannot fail
 *
 * Nulls, empty text and lists, in one place (the functions only add what their table rows say):
 *
 *	                    null                   empty text          a list
 *	[attr] mapped       attribute left out     sent                first value is sent
 *	ToLower ToUpper
 *	PCase Normalize...
 *	StripSpaces Trim...
 *	Append Replace...
 *	CStr ConvertTo...
 *	EscapeDNComponent   null                   works on it         each value; a list again
 *	  other arguments   as empty text          -                   ERROR_OBJECT
 *	Left Right Mid Word
 *	PadLeft PadRight    ""                     works on it         each value; a list again
 *	Split Len InStr...  null                   works on it         each value; a list again
 *	Join                nothing, no separator  a part like others  each value is a part
 *	Coalesce            the next argument      is a value          is a value
 *	IsNull              true                   false               false
 *	IsNullOrEmpty       true                   true                false
 *	IsPresent           false                  false               true
 *	IsString IsNumeric  false                  true; false         false
 *	IsDate IsGuid
 *	IsCert IsBitSet     false                  false               ERROR_OBJECT
 *	CBool               false                  false               ERROR_OBJECT
 *	Not, NOT            true                   true                ERROR_OBJECT
 *	AND OR operands     false                  false               ERROR_OBJECT
 *	IIF Where condition false                  false               ERROR_OBJECT
 *	IIF Switch value    null                   is a value          is a value
 *	Switch source       the key ""             the key ""          ERROR_OBJECT
 *	= <> < <= > >=      false, all of them     false, all of them  ERROR_OBJECT
 *	CNum CGuid
 *	ConvertFrom...
 *	StringFrom...
 *	DNComponent... Cert...
 *	FormatDateTime CDate
 *	DateFromNum
 *	NumFromDate
 *	ToRFC3339           null                   null                each value; a list again
 *	DateAdd DateDiff
 *	BitAnd BitOr        null                   null                ERROR_OBJECT
 *	Count               0                      1                   number of values
 *	Item ItemOrNull     null                   is a value          the one at that place
 *	Contains            0                      0                   place of the first with it
 *	  what to find      0                      0                   ERROR_OBJECT
 *	RemoveDuplicates    null                   is a value          without what came before
 *	Select Where        null                   is a value          each value; what is null and
 *	                                                               what does not hold left out
 *	With                $v is null             is a value          $v is the list
 *	IgnoreFlow...       whatever the target has stays as it is     is a value
 *	Redact              null                   is a value          is a value
 *	SelectUniqueValue   no candidate           no candidate        ERROR_OBJECT
 *	CRef                null                   null                each value; a list again
 *	Single...           null                   -                   its first value
 *	...Complex          null                   -                   an object for each
 *
 * So neither [x] = "a" nor [x] <> "a" holds for a person without x: a check on something that is
 * not there fails. How two values that are there compare:
 *
 *	number   number     as numbers
 *	number   text       as numbers, if the text is a whole number
 *	text     text       byte by byte, which is by code point; case matters
 *	date     text       by time, if the text is a date of any form (ISO 8601 ...); a date is a
 *	                    text of exactly the form that Now() gives, the year of four digits
 *	boolean  boolean    equal or not
 *	boolean  text       equal or not, "TRUE", "True" and "true" being one (LDAP writes TRUE)
 *	otherwise           not equal; < <= > >= are ERROR_OBJECT
 *
 * Bytes that are no text (a photo) are ERROR_OBJECT wherever text is needed, and otherwise pass
 * through unchanged: Count, Item, RemoveDuplicates, Select, Where, With and the functions that
 * choose take them.
 *
 * What only a mapping can act on (AuthoritativeNull, IgnoreThisFlow) is null to every function
 * that gets it as an argument. IIF, Switch, With and Redact hand it on if it is what they choose;
 * Coalesce too, but only as its last argument: before that, it looks for a value. A choice and
 * objects come from functions that are the whole expression and so are nobody's argument.
 *
 * Limits, so that no expression can exhaust memory or time whatever the directory holds: a result
 * is at most 1 MiB, and so is every text on the way; all that one evaluation builds is at most
 * 16 MiB, where each call counts for CALL_COST, which bounds the turns of Select and Where
 * however they are nested; all texts that it looks at together are at most 1 GiB. The recursion is
 * bounded by the parser's 100 levels.
 */
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"

#define MAX_RESULT ((gsize)1024 * 1024)
#define MAX_BUILT (16 * MAX_RESULT)
#define MAX_WORK (1024 * MAX_RESULT)
#define CALL_COST (2 * sizeof(Value)) /* about what a call takes from the arena */

/* What expr_fold() may spend: enough for what people write as constants. */
#define FOLD_BUILT ((gsize)64 * 1024)
#define FOLD_WORK ((gsize)1024 * 1024)

static const Value *node_eval(const FunctionContext *context, const Node *node, GError **error);

gboolean function_spend(const FunctionContext *context, gsize size, GError **error)
{
	if (size > *context->left)
		return error_set(error, ERROR_OBJECT,
				 "the expression builds more than %d MiB on the way",
				 (int)(MAX_BUILT / MAX_RESULT));
	*context->left -= size;
	return TRUE;
}

/* Takes 'size' bytes out of what may still be looked at. */
static gboolean look(const FunctionContext *context, gsize size, GError **error)
{
	if (size > *context->work)
		return error_set(error, ERROR_OBJECT,
				 "the expression looks at more than %d MiB on the way",
				 (int)(MAX_WORK / MAX_RESULT));
	*context->work -= size;
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
	if (!function_spend(context, length, error))
		return NULL;
	return arena_alloc(context->arena, length + 1);
}

static const Value *attribute_eval(const FunctionContext *context, const Node *node, GError **error)
{
	Arena *arena = context->arena;
	guint count = 0;
	const EntryValue *values = entry_values(context->input->entry, node->attribute, &count);
	gsize length = 0;

	if (count == 0 && node->instead)
		values = entry_values(context->input->entry, node->instead, &count);
	if (count == 0)
		return value_null();
	for (guint i = 0; i < count; i++)
		length += values[i].length;
	if (!look(context, length, error) ||
	    !function_spend(context, count * (sizeof(Value) + 2 * sizeof(Value *)), error))
		return NULL;
	if (count == 1)
		return value_borrow(arena, values[0].data, values[0].length);

	const Value **items = arena_alloc(arena, count * sizeof(*items));
	for (guint i = 0; i < count; i++)
		items[i] = value_borrow(arena, values[i].data, values[i].length);
	return value_list(arena, items, count);
}

static const Value *derived_eval(const FunctionContext *context, const Derived *derived,
				 GError **error)
{
	if (!function_spend(context, CALL_COST * (1 + context->input->role_count), error))
		return NULL;
	return derived->fn(context->input, context->arena);
}

static gboolean is_text_or_bytes(const Value *value)
{
	return value->type == VALUE_STRING || value->type == VALUE_BYTES;
}

/* Bytes of all texts in an argument; *bytes if one of them is no text. */
static gsize measure(const Value *value, gboolean *bytes)
{
	gsize size = 0;

	for (guint i = 0; i < value_count(value); i++) {
		const Value *item = value_item(value, i);
		if (is_text_or_bytes(item))
			size += item->string.length;
		if (item->type == VALUE_BYTES)
			*bytes = TRUE;
	}
	return size;
}

static gboolean fail_list(const FunctionCall *call, guint index, const Value *value, GError **error)
{
	g_autofree char *what = expr_describe(call, index);

	return error_set(error, ERROR_OBJECT, "%s has %u values where %s takes one", what,
			 value_count(value), call->function->name);
}

static gboolean fail_bytes(const FunctionCall *call, guint index, GError **error)
{
	g_autofree char *what = expr_describe(call, index);

	return error_set(error, ERROR_OBJECT, "%s holds bytes that are no text", what);
}

/* Holds one argument against what the row of the function takes. */
static gboolean check_argument(const FunctionContext *context, const FunctionCall *call,
			       guint index, const Value *value, GError **error)
{
	const Function *function = call->function;
	gboolean lists = function->lists == LISTS_TAKEN ||
			 (function->lists == LISTS_EACH && index == 0) ||
			 (function->lists == LISTS_FIRST && index == 0) ||
			 (function->lists == LISTS_REST && index > 0);
	gboolean bytes = FALSE;
	gsize size = measure(value, &bytes);

	if (!lists && value->type == VALUE_LIST)
		return fail_list(call, index, value, error);
	if (!function->bytes && bytes)
		return fail_bytes(call, index, error);
	return look(context, size, error);
}

/* What only a mapping can act on is null to a function. */
static const Value *settle(const Value *value)
{
	switch (value->type) {
	case VALUE_CLEARED:
	case VALUE_IGNORED:
	case VALUE_CHOICE:
		return value_null();
	default:
		return value;
	}
}

static const Value **eval_arguments(const FunctionContext *context, const FunctionCall *call,
				    GError **error)
{
	const Value **args = arena_alloc(context->arena, call->count * sizeof(*args));

	for (guint i = 0; i < call->count; i++) {
		if (!call->args[i])
			continue;
		const Value *value = node_eval(context, call->args[i], error);
		if (!value)
			return NULL;
		args[i] = settle(value);
		if (!check_argument(context, call, i, args[i], error))
			return NULL;
	}
	return args;
}

const Value *expr_flatten(const FunctionContext *context, const Value *const *parts, guint count,
			  GError **error)
{
	guint total = 0, filled = 0;

	for (guint i = 0; i < count; i++)
		total += value_count(parts[i]);
	if (!function_spend(context, 2 * total * sizeof(Value *), error))
		return NULL;

	const Value **items = arena_alloc(context->arena, total * sizeof(*items));
	for (guint i = 0; i < count; i++) {
		for (guint k = 0; k < value_count(parts[i]); k++)
			items[filled++] = value_item(parts[i], k);
	}
	return value_list(context->arena, items, filled);
}

/* Each turn looks at the other arguments again. */
static gboolean look_again(const FunctionContext *context, const FunctionCall *call,
			   const Value **args, guint turns, GError **error)
{
	gboolean bytes;

	for (guint i = 1; i < call->count; i++) {
		if (args[i] && !look(context, turns * measure(args[i], &bytes), error))
			return FALSE;
	}
	return TRUE;
}

/* LISTS_EACH: one call for each value of the first argument. */
static const Value *call_each(const FunctionContext *context, const FunctionCall *call,
			      const Value **args, GError **error)
{
	const Value *source = args[0] ? args[0] : value_null();
	guint count = value_count(source);

	if (count == 0 && !call->function->nulls)
		return value_null();
	args[0] = source;
	if (count < 2)
		return call->function->fn(context, args, call->count, error);
	if (!look_again(context, call, args, count, error) ||
	    !function_spend(context, count * CALL_COST, error))
		return NULL;

	const Value **results = arena_alloc(context->arena, count * sizeof(*results));
	for (guint i = 0; i < count; i++) {
		args[0] = value_item(source, i);
		results[i] = call->function->fn(context, args, call->count, error);
		if (!results[i])
			return NULL;
	}
	return expr_flatten(context, results, count, error);
}

static const Value *call_made(const FunctionContext *context, const FunctionCall *call,
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

/* Only a few functions ask for what is theirs alone in the context. */
static const Value *call_eval(const FunctionContext *context, const Node *node, GError **error)
{
	const FunctionCall *call = &node->call;

	if (!function_spend(context, CALL_COST, error))
		return NULL;
	if (call->prepared == context->prepared && !(call->function->traits & EXPR_RANDOM))
		return call_made(context, call, error);
	FunctionContext own = *context;
	own.prepared = call->prepared;
	own.column = node->column;
	return call_made(&own, call, error);
}

static const Value *node_eval(const FunctionContext *context, const Node *node, GError **error)
{
	switch (node->type) {
	case NODE_LITERAL:
		return node->literal;
	case NODE_ATTRIBUTE:
		return attribute_eval(context, node, error);
	case NODE_DERIVED:
		return derived_eval(context, node->derived, error);
	case NODE_VARIABLE:
		return context->variables[node->variable.slot];
	case NODE_CALL:
		return call_eval(context, node, error);
	}
	g_assert_not_reached();
}

void expr_bind(const FunctionContext *context, const FunctionCall *call, const Value *value)
{
	context->variables[call->args[0]->variable.slot] = value;
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
	if (is_text_or_bytes(value) && !look(context, value->string.length, error))
		return NULL;
	return settle(value);
}

static gsize size_of(const Value *value)
{
	const Value *const *items = NULL;
	guint count = 0;
	gsize size = is_text_or_bytes(value) ? value->string.length : 0;

	if (value->type == VALUE_LIST || value->type == VALUE_CHOICE) {
		items = value->list.items;
		count = value->list.count;
	} else if (value->type == VALUE_OBJECT) {
		items = value->object.items;
		count = value->object.count;
	}
	for (guint i = 0; i < count; i++)
		size += size_of(items[i]);
	return size;
}

const Value *expr_eval(const Expr *self, const ExprInput *input, Arena *arena, GError **error)
{
	gsize left = MAX_BUILT, work = MAX_WORK;
	FunctionTurn *turns = NULL;
	FunctionContext context = {
		.input = input,
		.arena = arena,
		.left = &left,
		.work = &work,
		.turns = &turns,
	};

	if (self->slots > 0)
		context.variables = arena_alloc(arena, self->slots * sizeof(Value *));
	const Value *value = node_eval(&context, self->root, error);
	if (value && size_of(value) > MAX_RESULT) {
		fail_size(error);
		return NULL;
	}
	return value;
}

/* What yields different things for different people, or at different times. */
static void note_variance(const Node *node, void *varies)
{
	if (node->type != NODE_LITERAL && node->type != NODE_CALL)
		*(gboolean *)varies = TRUE;
}

const Value *expr_fold(const Node *node, Arena *arena)
{
	gsize left = FOLD_BUILT, work = FOLD_WORK;
	const ExprInput nobody = { 0 };
	FunctionContext context = {
		.input = &nobody,
		.arena = arena,
		.left = &left,
		.work = &work,
	};
	gboolean varies = expr_node_traits(node) & (EXPR_RANDOM | EXPR_TIME | EXPR_IMPORTED);

	expr_visit(node, note_variance, &varies);
	return varies ? NULL : node_eval(&context, node, NULL);
}
