/*
 * Functions on several values: Count, Item, ItemOrNull, Contains, RemoveDuplicates, and Select,
 * Where, With, which bring a variable.
 *
 *	Select($x, [proxyAddresses], Replace($x, "smtp:", , , "", , ))    one value of each
 *	Where($x, [proxyAddresses], InStr($x, "SMTP:") = 1)               those for which it holds
 *	With($v, ToLower([mail]), Join("", $v, " (", $v, ")"))            worked out once
 *
 * They follow Entra Connect, which has all of them: places count from 1. A scalar is a list of one
 * and nothing is a list of none, so that no attribute needs a question first. Item of nothing is
 * nothing, as a function of a missing source is everywhere; a place behind the end of what is there
 * fails the person, which ItemOrNull does not. Contains looks inside of the values, with regard to
 * case unless told otherwise. Values are the same if they are of one type and write the same text.
 *
 * Select and Where evaluate their last argument once for each value; what that may cost all in all
 * is limited by the evaluator, see expr_eval.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"
#include "functions_value_internal.h"

#define TURN_COST (2 * sizeof(Value)) /* what a turn takes at least */

static const Value *count_values(const FunctionContext *context, const Value *const *args,
				 guint count, GError **error)
{
	return value_number(context->arena, args[0] ? value_count(args[0]) : 0);
}

static gboolean check_place(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 1);
	gint64 place;

	*arg = 1;
	if (!function_given(call, 1))
		return error_set(error, ERROR_CONFIG, "the place is left empty\n%s",
				 call->function->usage);
	if (!literal || (argument_number(literal, &place) && place > 0))
		return TRUE;
	return error_set(error, ERROR_CONFIG, "this is no place\nplaces count from 1");
}

static const Value *item_or_null(const FunctionContext *context, const Value *const *args,
				 guint count, GError **error)
{
	gint64 place;

	if (!argument_number(args[1], &place) || place < 1)
		return argument_refuse(args[1], "place: they count from 1", error);
	if (!args[0] || place > value_count(args[0]))
		return value_null();
	return value_item(args[0], (guint)(place - 1));
}

static const Value *item(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	const Value *found = item_or_null(context, args, count, error);
	guint values = args[0] ? value_count(args[0]) : 0;

	if (!found || values == 0 || found->type != VALUE_NULL)
		return found;
	error_set(error, ERROR_OBJECT,
		  "there is no value %s, only %u\nItemOrNull yields nothing then",
		  value_text(context->arena, args[1]), values);
	return NULL;
}

static gboolean has_text(const Value *value, const Value *text)
{
	return memmem(value->string.data, value->string.length, text->string.data,
		      text->string.length) != NULL;
}

/* A text as it compares without regard to case. */
static const Value *fold(const FunctionContext *context, const Value *text, GError **error)
{
	g_autofree char *folded = g_utf8_casefold(text->string.data, (gssize)text->string.length);

	return result_text(context, folded, strlen(folded), error);
}

/* What the third argument of Contains says: FALSE if it says nothing that is known. */
static gboolean read_case(const Value *value, gboolean *sensitive)
{
	*sensitive = !value || value_is_blank(value);
	if (*sensitive || value->type != VALUE_STRING)
		return *sensitive;
	*sensitive = g_ascii_strcasecmp(value->string.data, "CaseSensitive") == 0;
	return *sensitive || g_ascii_strcasecmp(value->string.data, "CaseInsensitive") == 0;
}

static gboolean check_contains(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 2);
	gboolean sensitive;

	*arg = 2;
	if (!literal || read_case(literal, &sensitive))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "this is no way to compare\nwrite CaseSensitive or CaseInsensitive");
}

/* The place of the first value with 'search' in it, or 0; -1 with 'error' set. */
static gint64 find_place(const FunctionContext *context, const Value *source, const Value *search,
			 gboolean sensitive, GError **error)
{
	if (!sensitive)
		search = fold(context, search, error);
	for (guint i = 0; search && i < value_count(source); i++) {
		const Value *text = value_to_string(context->arena, value_item(source, i));
		if (!sensitive)
			text = fold(context, text, error);
		if (!text)
			return -1;
		if (has_text(text, search))
			return i + 1;
	}
	return search ? 0 : -1;
}

static const Value *contains(const FunctionContext *context, const Value *const *args, guint count,
			     GError **error)
{
	gboolean sensitive;
	gint64 place = 0;

	if (!read_case(count > 2 ? args[2] : NULL, &sensitive))
		return argument_refuse(args[2], "way to compare", error);
	if (args[0] && !argument_is_missing(args[1]))
		place = find_place(context, args[0], value_to_string(context->arena, args[1]),
				   sensitive, error);
	return place < 0 ? NULL : value_number(context->arena, place);
}

/* A value and the place where it stood. */
typedef struct {
	const Value *value;
	guint place;
} Placed;

static int order_texts(const Value *a, const Value *b)
{
	int sign = memcmp(a->string.data, b->string.data, MIN(a->string.length, b->string.length));

	return sign ? sign
		    : (a->string.length > b->string.length) - (a->string.length < b->string.length);
}

/* Any order will do as long as equal values meet. */
static int order_values(const Value *a, const Value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == VALUE_NUMBER)
		return (a->number > b->number) - (a->number < b->number);
	if (a->type == VALUE_BOOL)
		return a->boolean - b->boolean;
	return order_texts(a, b);
}

static int order_placed(const void *a, const void *b)
{
	const Placed *left = a, *right = b;
	int sign = order_values(left->value, right->value);

	return sign ? sign : (left->place > right->place) - (left->place < right->place);
}

/* Puts what is the first of its kind back to its place; the others leave a gap. */
static void spread_first(const Placed *sorted, guint count, const Value **items)
{
	for (guint i = 0; i < count; i++) {
		if (i == 0 || order_values(sorted[i - 1].value, sorted[i].value) != 0)
			items[sorted[i].place] = sorted[i].value;
	}
}

/* Sorted, not hashed: whoever writes the values must not be able to make it slow. */
static const Value *remove_duplicates(const FunctionContext *context, const Value *const *args,
				      guint count, GError **error)
{
	const Value *source = args[0] ? args[0] : value_null();
	guint values = value_count(source), kept = 0;

	if (values < 2)
		return source;
	if (!function_spend(context, values * (sizeof(Placed) + 2 * sizeof(Value *)), error))
		return NULL;

	Placed *sorted = arena_alloc(context->arena, values * sizeof(*sorted));
	const Value **items = arena_alloc(context->arena, values * sizeof(*items));
	for (guint i = 0; i < values; i++)
		sorted[i] = (Placed){ value_item(source, i), i };
	qsort(sorted, values, sizeof(*sorted), order_placed);
	spread_first(sorted, values, items);
	for (guint i = 0; i < values; i++) {
		if (items[i])
			items[kept++] = items[i];
	}
	return value_list(context->arena, items, kept);
}

/* The values that a call with a variable goes through, with room for one result each. */
static const Value *begin_turns(const FunctionContext *context, const FunctionCall *call,
				const Value ***results, GError **error)
{
	const Value *source = function_arg(context, call, 1, error);
	guint count = source ? value_count(source) : 0;

	if (!source || !function_spend(context, count * TURN_COST, error))
		return NULL;
	*results = arena_alloc(context->arena, count * sizeof(**results));
	return source;
}

static const Value *select_values(const FunctionContext *context, const FunctionCall *call,
				  GError **error)
{
	const Value **results;
	const Value *source = begin_turns(context, call, &results, error);

	if (!source)
		return NULL;
	for (guint i = 0; i < value_count(source); i++) {
		expr_bind(context, call, value_item(source, i));
		results[i] = function_arg(context, call, 2, error);
		if (!results[i])
			return NULL;
	}
	return expr_flatten(context, results, value_count(source), error);
}

static const Value *where(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	const Value **kept;
	const Value *source = begin_turns(context, call, &kept, error);
	guint count = 0;

	if (!source)
		return NULL;
	for (guint i = 0; i < value_count(source); i++) {
		gboolean truth;

		expr_bind(context, call, value_item(source, i));
		if (!expr_condition(context, call, 2, &truth, error))
			return NULL;
		if (truth)
			kept[count++] = value_item(source, i);
	}
	return value_list(context->arena, kept, count);
}

static const Value *with(const FunctionContext *context, const FunctionCall *call, GError **error)
{
	const Value *value = function_arg(context, call, 1, error);

	if (!value)
		return NULL;
	expr_bind(context, call, value);
	return function_arg(context, call, 2, error);
}

static gboolean check_where(const FunctionCall *call, guint *arg, GError **error)
{
	*arg = 2;
	return expr_check_condition(call, 2, error);
}

/* With a variable that nothing is done with, something was forgotten. */
static gboolean check_body(const FunctionCall *call, guint *arg, GError **error)
{
	for (*arg = 1; *arg < 3; ++*arg) {
		if (!function_given(call, *arg))
			return error_set(error, ERROR_CONFIG, "an argument is left empty\n%s",
					 call->function->usage);
	}
	return TRUE;
}

const Function functions_list[] = {
	{ "Count", 1, 1, count_values, "Count(source)", .lists = LISTS_FIRST, .bytes = TRUE,
	  .sure = TRUE },
	{ "Item", 2, 2, item, "Item(source, place)", .lists = LISTS_FIRST, .bytes = TRUE,
	  .check = check_place },
	{ "ItemOrNull", 2, 2, item_or_null, "ItemOrNull(source, place)", .lists = LISTS_FIRST,
	  .bytes = TRUE, .check = check_place },
	{ "Contains", 2, 3, contains, "Contains(source, text, CaseInsensitive?)",
	  .lists = LISTS_FIRST, .check = check_contains, .sure = TRUE },
	{ "RemoveDuplicates", 1, 1, remove_duplicates, "RemoveDuplicates(source)",
	  .lists = LISTS_FIRST, .bytes = TRUE },
	{ "Select", 3, 3, NULL, "Select($x, source, expression with $x)", .lazy = select_values,
	  .check = check_body, .binds = TRUE },
	{ "Where", 3, 3, NULL, "Where($x, source, condition with $x)", .lazy = where,
	  .check = check_where, .binds = TRUE },
	{ "With", 3, 3, NULL, "With($v, value, expression with $v)", .lazy = with,
	  .check = check_body, .binds = TRUE },
	{ 0 },
};
