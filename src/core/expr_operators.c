/*
 * Operators: what stands between two operands, from the loosest to the tightest.
 *
 *	OR                    true as soon as one operand is; the others are not evaluated
 *	AND                   false as soon as one operand is; likewise
 *	= <> < <= > >=        two values, as the second table in expr_eval.c says
 *
 * NOT is not among them: "NOT a" is the function Not(a), and binds looser than a comparison and
 * tighter than AND. Comparisons do not chain: "a = b = c" means different things to different
 * people.
 */
#include <string.h>

#include "base/error.h"
#include "core/moment.h"
#include "expr_internal.h"
#include "functions_value_internal.h"

/* How two values stand to each other; bits, so that an operator is the set that it accepts. */
typedef enum {
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

/* The moment of a text that is exactly one of moment_date_text(). */
static gboolean read_date_text(const Value *value, gint64 *us)
{
	const char *text = value->string.data;

	if (!g_ascii_isdigit(*text) || !g_str_has_suffix(text, "M") || !moment_parse_date(text, us))
		return FALSE;
	g_autofree char *exact = moment_date_text(*us);
	return g_str_equal(text, exact);
}

/*
 * Byte by byte a 9th of October would come before a 30th of September, and every text of a date in
 * another form after it or before it for good. So beside a date nothing but a date has a place.
 */
static Order order_texts_or_dates(const Value *a, const Value *b)
{
	gint64 us_a, us_b;
	gboolean date_a = read_date_text(a, &us_a), date_b = read_date_text(b, &us_b);

	if (!date_a && !date_b)
		return order_texts(a, b);
	if ((date_a || moment_parse_date(a->string.data, &us_a)) &&
	    (date_b || moment_parse_date(b->string.data, &us_b)))
		return order_numbers(us_a, us_b);
	return ORDER_UNLIKE;
}

gboolean expr_read_truth(const Value *value, gboolean *truth)
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
		return order_texts_or_dates(a, b);
	if (a->type == VALUE_BOOL || b->type == VALUE_BOOL) {
		if (!expr_read_truth(a, &truth_a) || !expr_read_truth(b, &truth_b) ||
		    truth_a != truth_b)
			return ORDER_UNLIKE;
		return ORDER_EQUAL;
	}
	if (!argument_number(a, &number_a) || !argument_number(b, &number_b))
		return ORDER_UNLIKE;
	return order_numbers(number_a, number_b);
}

gboolean expr_is_equal(const Value *a, const Value *b)
{
	return order_values(a, b) == ORDER_EQUAL;
}

/* Two texts of which one is a date and the other is none, or values that have no size. */
static void refuse_order(const Value *left, const Value *right, GError **error)
{
	const char *word;
	gint64 us;

	if (left->type != VALUE_STRING || right->type != VALUE_STRING) {
		error_set(error, ERROR_OBJECT,
			  "a %s and a %s cannot be compared by size, only numbers and texts can",
			  value_type_name(left->type), value_type_name(right->type));
		return;
	}
	word = read_date_text(left, &us) ? right->string.data : left->string.data;
	error_set(error, ERROR_OBJECT,
		  "'%s' is no date, and a date compares with a date only\na "
		  "FILETIME is made one by DateFromNum()",
		  word);
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
		refuse_order(left, right, error);
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

/* True if it yields a date in the form of moment_date_text(), or null. */
static gboolean is_date_call(const Node *node)
{
	static const char *const names[] = { "Now",         "CDate",         "DateAdd",
					     "DateFromNum", "CertNotBefore", "CertNotAfter" };

	for (gsize i = 0; node && node->type == NODE_CALL && i < G_N_ELEMENTS(names); i++) {
		if (strcmp(node->call.function->name, names[i]) == 0)
			return TRUE;
	}
	return FALSE;
}

/* Beside a date any other constant is a mistake, which is better said before it meets somebody. */
static gboolean check_date(const FunctionCall *call, guint index, GError **error)
{
	const Value *literal = function_literal(call, index);
	gint64 us;

	if (!literal || !is_date_call(call->args[1 - index]) ||
	    (literal->type == VALUE_STRING && moment_parse_date(literal->string.data, &us)))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "a date compares with a date only\nwrite CDate(\"2026-01-31\")");
}

/* [x] = "" is never true, neither here nor in Entra; better said at start than wondered about. */
static gboolean check_comparison(const FunctionCall *call, guint *arg, GError **error)
{
	for (*arg = 0; *arg < 2; ++*arg) {
		const Value *literal = function_literal(call, *arg);
		if (literal && value_is_blank(literal))
			return error_set(error, ERROR_CONFIG,
					 "a comparison with empty text or NULL is never true\nuse "
					 "IsNullOrEmpty(...) or IsPresent(...)");
		if (!check_date(call, *arg, error))
			return FALSE;
	}
	return TRUE;
}

gboolean expr_condition(const FunctionContext *context, const FunctionCall *call, guint index,
			gboolean *truth, GError **error)
{
	const Value *value = function_scalar(context, call, index, error);

	if (!value)
		return FALSE;
	*truth = FALSE;
	if (value_is_blank(value) || expr_read_truth(value, truth))
		return TRUE;
	g_autofree char *what = expr_describe(call, index);
	return error_set(error, ERROR_OBJECT, "%s is a %s, where %s needs true or false", what,
			 value_type_name(value->type), call->function->name);
}

gboolean expr_check_condition(const FunctionCall *call, guint index, GError **error)
{
	const Value *literal = function_literal(call, index);
	gboolean truth;

	if (!function_given(call, index))
		return error_set(error, ERROR_CONFIG, "the condition of %s is left empty",
				 call->function->name);
	if (literal && !value_is_blank(literal) && !expr_read_truth(literal, &truth))
		return error_set(error, ERROR_CONFIG,
				 "a constant is no condition\nwrite one such as [c] = \"DE\"");
	return TRUE;
}

static gboolean check_conditions(const FunctionCall *call, guint *arg, GError **error)
{
	for (*arg = 0; *arg < call->count; ++*arg) {
		if (!expr_check_condition(call, *arg, error))
			return FALSE;
	}
	return TRUE;
}

/* The first operand that is 'decisive' decides; without one it is the opposite. */
static const Value *decide(const FunctionContext *context, const FunctionCall *call,
			   gboolean decisive, GError **error)
{
	for (guint i = 0; i < call->count; i++) {
		gboolean truth;

		if (!expr_condition(context, call, i, &truth, error))
			return NULL;
		if (truth == decisive)
			return value_bool(decisive);
	}
	return value_bool(!decisive);
}

static const Value * and (const FunctionContext *context, const FunctionCall *call, GError **error)
{
	return decide(context, call, FALSE, error);
}

static const Value * or (const FunctionContext *context, const FunctionCall *call, GError **error)
{
	return decide(context, call, TRUE, error);
}

#define LOGICAL(symbol, precedence, lazy_fn)                                             \
	{                                                                                \
		symbol, precedence, TRUE,                                                \
		{                                                                        \
			symbol, 2, FUNCTION_ANY_ARGS, NULL, "a " symbol " b",            \
				.lazy = lazy_fn, .check = check_conditions, .sure = TRUE \
		}                                                                        \
	}

#define COMPARISON(symbol, fn)                                                         \
	{                                                                              \
		symbol, PRECEDENCE_COMPARISON, FALSE,                                  \
		{                                                                      \
			symbol, 2, 2, fn, "a " symbol " b", .check = check_comparison, \
							    .sure = TRUE               \
		}                                                                      \
	}

const Operator expr_operators[] = {
	LOGICAL("OR", 1, or),
	LOGICAL("AND", 2, and),
	COMPARISON("=", equal),
	COMPARISON("<>", unequal),
	COMPARISON("<", less),
	COMPARISON("<=", less_or_equal),
	COMPARISON(">", greater),
	COMPARISON(">=", greater_or_equal),
	{ 0 },
};
