/*
 * Functions that decide: IIF, Switch, Coalesce, Not, CBool and the Is... that look at what a value
 * is. The rules for nulls and for unlike types are the tables in expr_eval.c; the operators are in
 * expr_operators.c.
 *
 * IIF, Switch and Coalesce are lazy: they evaluate what they choose and nothing else, so that a
 * photo in a branch that is not taken fails nobody. What they choose they hand on as it is.
 */
#include "base/error.h"
#include "expr_internal.h"
#include "functions_value_internal.h"

/* "True", in any spelling, gives false, and all else gives true, what is not there as well. */
static const Value *
	not(const FunctionContext *context, const Value *const *args, guint count, GError **error)
{
	gboolean truth = FALSE;

	if (args[0])
		expr_read_truth(args[0], &truth);
	return value_bool(!truth);
}

/* Zero and False are false, and so is nothing. */
static const Value *cbool(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	gboolean truth = FALSE;
	gint64 number;

	if (!args[0] || value_is_blank(args[0]) || expr_read_truth(args[0], &truth))
		return value_bool(truth);
	if (argument_number(args[0], &number))
		return value_bool(number != 0);
	return argument_refuse(args[0], "boolean and no whole number", error);
}

static const Value *is_null(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	return value_bool(!args[0] || args[0]->type == VALUE_NULL);
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

/* Whether CStr() makes one text of it. */
static const Value *is_string(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	return value_bool(args[0] &&
			  (args[0]->type == VALUE_STRING || args[0]->type == VALUE_NUMBER ||
			   args[0]->type == VALUE_BOOL));
}

static const Value *is_numeric(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	gint64 number;

	return value_bool(args[0] && argument_number(args[0], &number));
}

static gboolean check_iif(const FunctionCall *call, guint *arg, GError **error)
{
	*arg = 0;
	return expr_check_condition(call, 0, error);
}

static const Value *iif(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	gboolean truth;

	if (!expr_condition(context, call, 0, &truth, error))
		return NULL;
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
	return expr_is_equal(source, key);
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

/* The last argument is the default: it is handed on even if it is no value but a word for none. */
static const Value *coalesce(const FunctionContext *context, const FunctionCall *call,
			     GError **error)
{
	const Value *value = value_null();

	for (guint i = 0; i < function_count(call); i++) {
		value = function_arg(context, call, i, error);
		if (!value || value_count(value) > 0)
			return value;
	}
	return value;
}

/* A row that looks at what a value is, and takes any. */
#define LOOKING .lists = LISTS_TAKEN, .bytes = TRUE, .sure = TRUE

const Function functions_logic[] = {
	{ "Not", 1, 1, not, "Not(source)", .sure = TRUE },
	{ "CBool", 1, 1, cbool, "CBool(source)", .sure = TRUE },
	{ "IsNull", 1, 1, is_null, "IsNull(source)", LOOKING },
	{ "IsNullOrEmpty", 1, 1, is_null_or_empty, "IsNullOrEmpty(source)", LOOKING },
	{ "IsPresent", 1, 1, is_present, "IsPresent(source)", LOOKING },
	{ "IsString", 1, 1, is_string, "IsString(source)", LOOKING },
	{ "IsNumeric", 1, 1, is_numeric, "IsNumeric(source)", LOOKING },
	{ "IIF", 3, 3, NULL, "IIF(condition, value if true, value if false)", .lazy = iif,
	  .check = check_iif },
	{ "Switch", 4, FUNCTION_ANY_ARGS, NULL,
	  "Switch(source, default, key1, value1, key2, value2, ...)", .lazy = choose,
	  .check = check_switch },
	{ "Coalesce", 1, FUNCTION_ANY_ARGS, NULL, "Coalesce(source1, source2, ..., default)",
	  .lazy = coalesce },
	{ 0 },
};
