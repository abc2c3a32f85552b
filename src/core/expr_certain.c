/*
 * Expressions, certainty: whether a condition is the same for everybody.
 *
 *	"a" = "b"                         false: expr_fold() works it out
 *	[c] <> [c]                        false, also for who has no c
 *	[c] = [c]                         open: false for who has no c
 *	[c] = "DE" AND [c] = "FR"         false: no value is both
 *	[c] = "DE" AND 1 = 2              false: one operand decides
 *
 * "=" of texts is by their bytes, which is why two different texts are enough for the rivals; of a
 * text and a number it is not.
 */
#include <string.h>

#include "expr_internal.h"

gboolean expr_is_call(const Node *node, const char *name)
{
	return node->type == NODE_CALL && strcmp(node->call.function->name, name) == 0;
}

gboolean expr_is_operation(const Node *node)
{
	if (node->type != NODE_CALL)
		return FALSE;
	for (const Operator *row = expr_operators; row->symbol; row++) {
		if (node->call.function == &row->function)
			return TRUE;
	}
	return expr_is_call(node, "Not");
}

/* The comparison 'symbol' of an attribute with a text that is written there. */
static gboolean read_check(const Node *node, const char *symbol, const char **attribute,
			   const char **text)
{
	if (!expr_is_call(node, symbol))
		return FALSE;
	const Node *left = node->call.args[0], *right = node->call.args[1];
	if (left->type == NODE_LITERAL) {
		const Node *literal = left;
		left = right;
		right = literal;
	}
	if (left->type != NODE_ATTRIBUTE || right->type != NODE_LITERAL ||
	    right->literal->type != VALUE_STRING)
		return FALSE;
	*attribute = left->attribute;
	*text = right->literal->string.data;
	return TRUE;
}

const char *expr_find_rivals(const FunctionCall *call, const char *symbol)
{
	const char *attribute, *text, *other, *other_text;

	for (guint i = 0; i < call->count; i++) {
		if (!read_check(call->args[i], symbol, &attribute, &text))
			continue;
		for (guint k = i + 1; k < call->count; k++) {
			if (read_check(call->args[k], symbol, &other, &other_text) &&
			    strcmp(attribute, other) == 0 && strcmp(text, other_text) != 0)
				return attribute;
		}
	}
	return NULL;
}

/* [c] <> [c] and the like. */
static gboolean denies_itself(const Node *node)
{
	if (!expr_is_call(node, "<>") && !expr_is_call(node, "<") && !expr_is_call(node, ">"))
		return FALSE;
	const Node *left = node->call.args[0], *right = node->call.args[1];
	return left->type == NODE_ATTRIBUTE && right->type == NODE_ATTRIBUTE &&
	       strcmp(left->attribute, right->attribute) == 0;
}

static ExprCertainty opposite(ExprCertainty certainty)
{
	if (certainty == CERTAIN_NOT)
		return CERTAIN_NOT;
	return certainty == CERTAIN_TRUE ? CERTAIN_FALSE : CERTAIN_TRUE;
}

/* An AND is false if one operand is, and true if all are; an OR the other way round. */
static ExprCertainty judge_chain(const FunctionCall *call, ExprCertainty decisive, Arena *arena)
{
	ExprCertainty all = opposite(decisive);

	for (guint i = 0; i < call->count; i++) {
		ExprCertainty certainty = expr_certainty(call->args[i], arena);
		if (certainty == decisive)
			return decisive;
		if (certainty == CERTAIN_NOT)
			all = CERTAIN_NOT;
	}
	return all;
}

static ExprCertainty judge_folded(const Node *node, Arena *arena)
{
	const Value *value = expr_fold(node, arena);
	gboolean truth = FALSE;

	if (!value || (!value_is_blank(value) && !expr_read_truth(value, &truth)))
		return CERTAIN_NOT;
	return truth ? CERTAIN_TRUE : CERTAIN_FALSE;
}

ExprCertainty expr_certainty(const Node *node, Arena *arena)
{
	if (expr_is_call(node, "AND") && expr_find_rivals(&node->call, "="))
		return CERTAIN_FALSE;
	if (expr_is_call(node, "AND"))
		return judge_chain(&node->call, CERTAIN_FALSE, arena);
	if (expr_is_call(node, "OR"))
		return judge_chain(&node->call, CERTAIN_TRUE, arena);
	if (expr_is_call(node, "Not") && node->call.args[0] &&
	    expr_is_operation(node->call.args[0]))
		return opposite(expr_certainty(node->call.args[0], arena));
	if (denies_itself(node))
		return CERTAIN_FALSE;
	return judge_folded(node, arena);
}
