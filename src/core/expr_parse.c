/*
 * Expressions, parser: tokens to a tree, and every mistake that shows without a person's data.
 *
 *	expression  = operand *( operator operand )         operators by precedence
 *	operand     = string | number | "[" attribute "]" | "$" variable | constant
 *	            | word "(" [ argument *( "," argument ) ] ")"
 *	            | "NOT" operand | "(" expression ")"
 *	argument    = [ expression ]                        empty: not given
 *	constant    = "true" | "false" | "NULL" | "AuthoritativeNull" | "IgnoreThisFlow" | choice
 *
 * From loose to tight: OR, AND, NOT, comparisons. "NOT" in front of a parenthesis is the function
 * Not(), as it always was, and so binds as tight as any call; without one it takes the comparison
 * behind it: NOT [a] = "x" is Not([a] = "x").
 *
 * Recursive descent, with precedence climbing over the operator table. A chain of ANDs or ORs
 * is one node, however long. A comparison compares once: "a = b = c" means different things to
 * different people and is refused. Limits: 10,000 characters, as the language always had, and 100
 * levels, which also bounds the recursion here and in the evaluator. A mistake is reported with
 * the column where a person would put the finger.
 */
#include <string.h>

#include "base/error.h"
#include "expr_parse_internal.h"

#define MAX_CHARACTERS 10000
#define MAX_DEPTH 100

static const Node *parse_expression(Parser *self, guint precedence, GError **error);

static gboolean next(Parser *self, GError **error)
{
	if (expr_lex(&self->lexer, &self->token, error))
		return TRUE;
	self->column = self->token.column;
	return FALSE;
}

static const Node *parse_declaration(Parser *self, const Function *function, GError **error)
{
	if (self->token.type != TOKEN_VARIABLE)
		return parser_fail(self, self->token.column, error,
				   "the first argument of %s is a variable such as $x\n%s",
				   function->name, function->usage);
	const Node *node = parser_declare(self, &self->token, error);
	return node && next(self, error) ? node : NULL;
}

/* An argument in which the variable exists that the call begins with. */
static const Node *parse_body(Parser *self, const Node *variable, GError **error)
{
	const Scope *outer = self->scope;
	const Scope scope = { .variable = variable, .outer = outer };

	self->scope = &scope;
	const Node *node = parse_expression(self, 0, error);
	self->scope = outer;
	return node;
}

/* Takes one argument, or notes that it was left empty. */
static gboolean parse_argument(Parser *self, const Function *function, GPtrArray *args,
			       GError **error)
{
	const Node *arg = NULL;
	guint last = function->max_args - 1;

	if (function->binds && args->len == 0) {
		arg = parse_declaration(self, function, error);
	} else if (self->token.type == TOKEN_COMMA || self->token.type == TOKEN_CLOSE) {
		g_ptr_array_add(args, NULL);
		return TRUE;
	} else if (function->binds && args->len == last) {
		arg = parse_body(self, args->pdata[0], error);
	} else {
		arg = parse_expression(self, 0, error);
	}
	g_ptr_array_add(args, (gpointer)arg);
	return arg != NULL;
}

static gboolean fail_unclosed(Parser *self, const char *function, guint open, GError **error)
{
	if (self->token.type == TOKEN_END)
		parser_fail(self, open, error, "the parenthesis of %s is not closed\nadd a )",
			    function);
	else
		parser_fail(self, self->token.column, error,
			    "a comma or ) is missing here in the arguments of %s", function);
	return FALSE;
}

/* The arguments behind "(", up to and with ")". */
static gboolean parse_arguments(Parser *self, const Function *function, GPtrArray *args,
				GError **error)
{
	guint open = self->token.column;

	if (!next(self, error))
		return FALSE;
	if (self->token.type == TOKEN_CLOSE)
		return next(self, error);
	for (;;) {
		/* An argument that is missing because the text ends is not one left empty. */
		if (self->token.type == TOKEN_END || !parse_argument(self, function, args, error))
			break;
		if (self->token.type == TOKEN_CLOSE)
			return next(self, error);
		if (self->token.type != TOKEN_COMMA)
			break;
		if (!next(self, error))
			return FALSE;
	}
	return self->column == 0 ? fail_unclosed(self, function->name, open, error) : FALSE;
}

static const Node *parse_call(Parser *self, const Token *word, GError **error)
{
	const Function *function = function_find(word->text, word->length);
	g_autoptr(GPtrArray) args = g_ptr_array_new();

	if (!function)
		return parser_fail_unknown(self, word, error);
	if (!parse_arguments(self, function, args, error))
		return NULL;
	return parser_call(self, function, word->column, args, error);
}

/* What follows a NOT without a parenthesis. */
static const Node *parse_not(Parser *self, const Token *word, GError **error)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new();
	const Node *operand = parse_expression(self, PRECEDENCE_COMPARISON, error);

	if (!operand)
		return NULL;
	g_ptr_array_add(args, (gpointer)operand);
	return parser_call(self, function_find(word->text, word->length), word->column, args,
			   error);
}

static gboolean is_not(const Token *word)
{
	return word->length == strlen("NOT") && g_ascii_strncasecmp(word->text, "NOT", 3) == 0;
}

static const Node *parse_word(Parser *self, GError **error)
{
	Token word = self->token;

	if (!next(self, error))
		return NULL;
	if (self->token.type == TOKEN_OPEN)
		return parse_call(self, &word, error);
	if (is_not(&word))
		return parse_not(self, &word, error);
	const Value *value = parser_word(self, &word);
	if (!value)
		return parser_fail_bare(self, &word, error);
	Node *node = parser_node(self, NODE_LITERAL, word.column);
	node->literal = value;
	return node;
}

static const Node *parse_group(Parser *self, GError **error)
{
	guint open = self->token.column;

	if (!next(self, error))
		return NULL;
	const Node *node = parse_expression(self, 0, error);
	if (!node)
		return NULL;
	if (self->token.type != TOKEN_CLOSE)
		return parser_fail(self, open, error, "the parenthesis is not closed\nadd a )");
	return next(self, error) ? node : NULL;
}

/* What stands where an operand should. */
static const Node *fail_operand(Parser *self, GError **error)
{
	const Token *token = &self->token;

	switch (token->type) {
	case TOKEN_END:
		return parser_fail(self, token->column, error, "the expression ends too early");
	case TOKEN_CLOSE:
		return parser_fail(self, token->column, error, "unexpected \")\"");
	case TOKEN_COMMA:
		return parser_fail(self, token->column, error, "unexpected \",\"");
	default:
		return parser_fail(self, token->column, error,
				   "\"%s\" has nothing on its left\nwrite %s", token->infix->symbol,
				   token->infix->function.usage);
	}
}

static const Node *parse_literal(Parser *self, const Value *value, GError **error)
{
	Node *node = parser_node(self, NODE_LITERAL, self->token.column);

	node->literal = value;
	return next(self, error) ? node : NULL;
}

static const Node *parse_operand(Parser *self, GError **error)
{
	const Token *token = &self->token;
	const Node *node;

	switch (token->type) {
	case TOKEN_WORD:
		return parse_word(self, error);
	case TOKEN_OPEN:
		return parse_group(self, error);
	case TOKEN_STRING:
		return parse_literal(self, value_borrow(self->arena, token->text, token->length),
				     error);
	case TOKEN_NUMBER:
		return parse_literal(self, value_number(self->arena, token->number), error);
	case TOKEN_ATTRIBUTE:
		node = parser_attribute(self, token, error);
		break;
	case TOKEN_VARIABLE:
		node = parser_variable(self, token, error);
		break;
	default:
		return fail_operand(self, error);
	}
	return node && next(self, error) ? node : NULL;
}

/* 'left', the operator that is the next token, and its right side; all of them in a chain. */
static const Node *parse_operation(Parser *self, const Node *left, GError **error)
{
	const Operator *row = self->token.infix;
	guint column = self->token.column;
	g_autoptr(GPtrArray) operands = g_ptr_array_new();

	g_ptr_array_add(operands, (gpointer)left);
	do {
		if (!next(self, error))
			return NULL;
		const Node *right = parse_expression(self, row->precedence + 1, error);
		if (!right)
			return NULL;
		g_ptr_array_add(operands, (gpointer)right);
	} while (row->chains && self->token.type == TOKEN_OPERATOR && self->token.infix == row);
	return parser_call(self, &row->function, column, operands, error);
}

static gboolean at_operator(const Parser *self, guint precedence)
{
	return self->token.type == TOKEN_OPERATOR && self->token.infix->precedence >= precedence;
}

static const Node *parse_operations(Parser *self, guint precedence, GError **error)
{
	const Node *left = parse_operand(self, error);

	while (left && at_operator(self, precedence)) {
		guint done = self->token.infix->precedence;

		left = parse_operation(self, left, error);
		if (left && at_operator(self, done))
			return parser_fail(self, self->token.column, error,
					   "a second comparison without parentheses\nwrite AND "
					   "between two comparisons");
	}
	return left;
}

static const Node *parse_expression(Parser *self, guint precedence, GError **error)
{
	if (self->depth == MAX_DEPTH)
		return parser_fail(self, self->token.column, error, "nested deeper than %d levels",
				   MAX_DEPTH);
	self->depth++;
	const Node *node = parse_operations(self, precedence, error);
	self->depth--;
	return node;
}

static const Node *parse_all(Parser *self, GError **error)
{
	if (!next(self, error))
		return NULL;
	if (self->token.type == TOKEN_END)
		return parser_fail(self, 1, error,
				   "the expression is empty\nwrite [mail] for an attribute "
				   "or \"text\" for a constant");
	const Node *node = parse_expression(self, 0, error);
	if (!node || self->token.type == TOKEN_END)
		return node;
	if (self->token.type == TOKEN_CLOSE)
		return parser_fail(self, self->token.column, error, "a ) too many");
	return parser_fail(self, self->token.column, error,
			   "text behind the end of the expression");
}

/* Limits that are checked before anything is read. */
static gboolean check_text(Parser *self, const char *text, GError **error)
{
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		parser_fail(self, (guint)g_utf8_strlen(text, bad - text) + 1, error,
			    "this is not UTF-8\nsave the file in UTF-8");
		return FALSE;
	}
	if (g_utf8_strlen(text, -1) > MAX_CHARACTERS) {
		parser_fail(self, MAX_CHARACTERS + 1, error, "longer than %d characters",
			    MAX_CHARACTERS);
		return FALSE;
	}
	return TRUE;
}

static void forget_call(gpointer data)
{
	const Node *node = data;

	node->call.function->forget(node->call.prepared);
}

Expr *expr_compile(const char *text, guint *column, GError **error)
{
	Expr *self = g_new0(Expr, 1);

	self->arena = arena_new();
	self->prepared = g_ptr_array_new_with_free_func(forget_call);
	Parser parser = {
		.lexer = { .at = text, .column = 1, .arena = self->arena },
		.arena = self->arena,
		.prepared = self->prepared,
	};
	self->root = check_text(&parser, text, error) ? parse_all(&parser, error) : NULL;
	self->slots = parser.slots;
	if (self->root)
		return self;
	if (column)
		*column = parser.column;
	expr_free(self);
	return NULL;
}

void expr_free(Expr *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->prepared);
	arena_free(self->arena);
	g_free(self);
}
