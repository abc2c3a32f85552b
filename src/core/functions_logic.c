/*
 * Functions that decide: comparison operators, Not, IsPresent, IsNullOrEmpty, IIF, Switch,
 * Coalesce. The rules for nulls and for unlike types are the tables in expr_eval.c.
 *
 * IIF, Switch and Coalesce are lazy: they evaluate what they choose and nothing else, so that a
 * photo in a branch that is not taken fails nobody.
 */
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"

/* How two values stand to each other; bits, so that an operator is the set that it accepts. */
typedef enum {
	ORDER_FAILED = 0,
	ORDER_LESS = 1 << 0,
	ORDER_EQUAL = 1 << 1,
	ORDER_GREATER = 1 << 2,
	ORDER_UNLIKE = 1 << 3, /* not equal, and neither comes first */
} Order;

static Order order_numbers(gint64 a, gint64 b)
{
	return a == b ? ORDER_EQUAL : a < b ? ORDER_LESS : ORDER_GREATER;
}

static Order order_texts(const Value *a, const Value *b)
{
	int sign = memcmp(a->string.data, b->string.data, MIN(a->string.length, b->string.length));

	return sign ? order_numbers(sign, 0)
		    : order_numbers((gint64)a->string.length, (gint64)b->string.length);
}

/* The number that a value is or, as text, spells. */
static gboolean read_number(const Value *value, gint64 *number)
{
	if (value->type == VALUE_NUMBER) {
		*number = value->number;
		return TRUE;
	}
	return value->type == VALUE_STRING &&
	       g_ascii_string_to_signed(value->string.data, 10, G_MININT64, G_MAXINT64, number,
					NULL);
}

/* The truth that a value is or, as text, spells; RFC 4517 §3.3.3 writes TRUE and FALSE. */
static gboolean read_truth(const Value *value, gboolean *truth)
{
	if (value->type == VALUE_BOOL) {
		*truth = value->boolean;
		return TRUE;
	}
	if (value->type != VALUE_STRING)
		return FALSE;
	*truth = g_ascii_strcasecmp(value->string.data, "true") == 0;
	return *truth || g_ascii_strcasecmp(value->string.data, "false") == 0;
}

/* Two scalars, neither of them null. */
static Order order_values(const Value *a, const Value *b)
{
	gint64 number_a, number_b;
	gboolean truth_a, truth_b;

	if (a->type == VALUE_STRING && b->type == VALUE_STRING)
		return order_texts(a, b);
	if (a->type == VALUE_BOOL || b->type == VALUE_BOOL) {
		if (!read_truth(a, &truth_a) || !read_truth(b, &truth_b) || truth_a != truth_b)
			return ORDER_UNLIKE;
		return ORDER_EQUAL;
	}
	if (!read_number(a, &number_a) || !read_number(b, &number_b))
		return ORDER_UNLIKE;
	return order_numbers(number_a, number_b);
}

static const Value *compare(const Value *const *args, guint accepted, GError **error)
{
	const Value *left = args[0], *right = args[1];

	if (value_is_blank(left) || value_is_blank(right))
		return value_bool(FALSE);

	gboolean by_order = !(accepted & ORDER_UNLIKE) && accepted != ORDER_EQUAL;
	gboolean truths = left->type == VALUE_BOOL || right->type == VALUE_BOOL;
	Order order = order_values(left, right);
	if (by_order && (truths || order == ORDER_UNLIKE)) {
		error_set(error, ERROR_OBJECT,
			  "a %s and a %s cannot be compared by size, only numbers and texts can",
			  value_type_name(left->type), value_type_name(right->type));
		return NULL;
	}
	return value_bool((order & accepted) != 0);
}

static const Value *equal(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	return compare(args, ORDER_EQUAL, error);
}

static const Value *unequal(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	return compare(args, ORDER_LESS | ORDER_GREATER | ORDER_UNLIKE, error);
}

static const Value *less(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	return compare(args, ORDER_LESS, error);
}

static const Value *less_or_equal(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	return compare(args, ORDER_LESS | ORDER_EQUAL, error);
}

static const Value *greater(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	return compare(args, ORDER_GREATER, error);
}

static const Value *greater_or_equal(const FunctionContext *context, const Value *const *args,
				     guint count, GError **error)
{
	return compare(args, ORDER_GREATER | ORDER_EQUAL, error);
}

/* [x] = "" is never true, neither here nor in Entra; better said at start than wondered about. */
static gboolean check_comparison(const FunctionCall *call, guint *arg, GError **error)
{
	for (*arg = 0; *arg < 2; ++*arg) {
		const Value *literal = function_literal(call, *arg);
		if (literal && value_is_blank(literal))
			return error_set(error, ERROR_CONFIG,
					 "a comparison with empty text is never true\nuse "
					 "IsNullOrEmpty(...) or IsPresent(...)");
	}
	return TRUE;
}

#define COMPARISON(symbol, fn)                                                        \
	{                                                                             \
		symbol, 1,                                                            \
		{                                                                     \
			symbol, 2, 2, fn, "a " symbol " b", .check = check_comparison \
		}                                                                     \
	}

const Operator expr_operators[] = {
	COMPARISON("=", equal),
	COMPARISON("<>", unequal),
	COMPARISON("<", less),
	COMPARISON("<=", less_or_equal),
	COMPARISON(">", greater),
	COMPARISON(">=", greater_or_equal),
	{ 0 },
};

static const Value *
	not(const FunctionContext *context, const Value *const *args, guint count, GError **error)
{
	gboolean truth = FALSE;

	if (args[0])
		read_truth(args[0], &truth);
	return value_bool(!truth);
}

static const Value *is_null_or_empty(const FunctionContext *context, const Value *const *args,
				     guint count, GError **error)
{
	return value_bool(!args[0] || value_is_blank(args[0]));
}

static const Value *is_present(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	return value_bool(args[0] && !value_is_blank(args[0]));
}

static gboolean check_condition(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 0);
	gboolean truth;

	*arg = 0;
	if (!function_given(call, 0))
		return error_set(error, ERROR_CONFIG, "the condition of IIF is left empty");
	if (literal && !read_truth(literal, &truth))
		return error_set(error, ERROR_CONFIG,
				 "a constant is no condition\nwrite one such as [c] = \"DE\"");
	return TRUE;
}

static const Value *iif(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	const Value *condition = function_scalar(context, call, 0, error);
	gboolean truth = FALSE;

	if (!condition)
		return NULL;
	if (!value_is_blank(condition) && !read_truth(condition, &truth)) {
		error_set(error, ERROR_OBJECT,
			  "the condition of IIF is a %s, neither true nor false",
			  value_type_name(condition->type));
		return NULL;
	}
	return function_arg(context, call, truth ? 1 : 2, error);
}

static gboolean check_switch(const FunctionCall *call, guint *arg, GError **error)
{
	guint count = function_count(call);

	*arg = 0;
	if (!function_given(call, 0))
		return error_set(error, ERROR_CONFIG, "the source of Switch is left empty");
	*arg = count;
	if (count % 2 == 0)
		return TRUE;
	return error_set(
		error, ERROR_CONFIG,
		"the last key of Switch has no value\nSwitch(source, default, key1, value1, "
		"...); the default may be left empty: Switch([c], , \"DE\", \"Germany\")");
}

/* The key "" stands for "no value"; everywhere else Switch compares as the operator "=" does. */
static gboolean is_key(const Value *source, const Value *key)
{
	if (value_is_blank(source) || value_is_blank(key))
		return value_is_blank(source) && value_is_blank(key);
	return order_values(source, key) == ORDER_EQUAL;
}

static const Value *choose(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	const Value *source = function_scalar(context, call, 0, error);

	for (guint i = 2; source && i < function_count(call); i += 2) {
		const Value *key = function_scalar(context, call, i, error);
		if (!key)
			return NULL;
		if (is_key(source, key))
			return function_arg(context, call, i + 1, error);
	}
	return source ? function_arg(context, call, 1, error) : NULL;
}

static const Value *coalesce(const FunctionContext *context, const FunctionCall *call,
			     GError **error)
{
	for (guint i = 0; i < function_count(call); i++) {
		const Value *value = function_arg(context, call, i, error);
		if (!value || value->type != VALUE_NULL)
			return value;
	}
	return value_null();
}

const Function functions_logic[] = {
	{ "Not", 1, 1, not, "Not(source)" },
	{ "IsPresent", 1, 1, is_present, "IsPresent(source)", .lists = LISTS_TAKEN, .bytes = TRUE },
	{ "IsNullOrEmpty", 1, 1, is_null_or_empty, "IsNullOrEmpty(source)", .lists = LISTS_TAKEN,
	  .bytes = TRUE },
	{ "IIF", 3, 3, NULL, "IIF(condition, value if true, value if false)", .lazy = iif,
	  .check = check_condition },
	{ "Switch", 4, FUNCTION_ANY_ARGS, NULL,
	  "Switch(source, default, key1, value1, key2, value2, ...)", .lazy = choose,
	  .check = check_switch },
	{ "Coalesce", 1, FUNCTION_ANY_ARGS, NULL, "Coalesce(source1, source2, ..., default)",
	  .lazy = coalesce },
	{ 0 },
};
