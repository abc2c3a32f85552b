/*
 * Expressions, parser: tokens to a tree, and every mistake that shows without a person's data.
 *
 *	expression  = operand [ operator operand ]          operators by precedence, none chains
 *	operand     = string | number | "true" | "false"
 *	            | "[" attribute "]"
 *	            | word "(" [ argument *( "," argument ) ] ")"
 *	            | "(" expression ")"
 *	argument    = [ expression ]                        empty: not given
 *
 * Recursive descent, with precedence climbing over the operator table. A comparison compares once:
 * "a = b = c" means different things to different people and is refused. Limits: 10,000
 * characters, as the language always had, and 100 levels, which also bounds the recursion here and
 * in the evaluator. Functions are checked for the number of their arguments, then by the check of
 * their row. A mistake is reported with the column where a person would put the finger.
 */
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"

#define MAX_CHARACTERS 10000
#define MAX_DEPTH 100
#define MAX_QUOTED 40 /* bytes of the text that a message repeats */

typedef struct {
	Lexer lexer;
	Token token; /* the next one, not consumed yet */
	Arena *arena;
	guint depth;
	guint column; /* of the mistake, once there is one */
} Parser;

static const Node *parse_expression(Parser *self, guint precedence, GError **error);

static const Node *fail(Parser *self, guint column, GError **error, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

static const Node *fail(Parser *self, guint column, GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *message = g_strdup_vprintf(format, args);
	va_end(args);
	self->column = column;
	error_set(error, ERROR_CONFIG, "%s", message);
	return NULL;
}

static gboolean next(Parser *self, GError **error)
{
	if (expr_lex(&self->lexer, &self->token, error))
		return TRUE;
	self->column = self->token.column;
	return FALSE;
}

static Node *node_new(Parser *self, NodeType type)
{
	Node *node = arena_alloc(self->arena, sizeof(*node));

	node->type = type;
	node->column = self->token.column;
	return node;
}

static const Node *literal_new(Parser *self, const Value *value)
{
	Node *node = node_new(self, NODE_LITERAL);

	node->literal = value;
	return node;
}

static const Node *attribute_new(Parser *self, GError **error)
{
	const Token *token = &self->token;
	char *name = arena_copy(self->arena, token->text, token->length);
	const Derived *derived = expr_derived_find(name);
	Node *node = node_new(self, derived ? NODE_DERIVED : NODE_ATTRIBUTE);

	if (derived) {
		node->derived = derived;
		return node;
	}
	/* Entries keep "userCertificate;binary" under "usercertificate", and drop ";lang-de". */
	char *options = name + strcspn(name, ";");
	if (g_ascii_strncasecmp(options, ";lang-", strlen(";lang-")) == 0)
		return fail(self, token->column, error,
			    "values of one language are not read\nwrite the name without ;lang-");
	*options = '\0';
	for (char *at = name; *at; at++)
		*at = g_ascii_tolower(*at);
	node->attribute = name;
	return node;
}

static gboolean check_count(Parser *self, const Node *node, GError **error)
{
	const Function *function = node->call.function;
	guint count = node->call.count;

	if (count >= function->min_args && count <= function->max_args)
		return TRUE;
	gboolean few = count < function->min_args;
	guint bound = few ? function->min_args : function->max_args;
	fail(self, node->column, error, "%s takes at %s %u argument%s, here %s %u\n%s",
	     function->name, few ? "least" : "most", bound, bound == 1 ? "" : "s",
	     count == 1 ? "is" : "are", count, function->usage);
	return FALSE;
}

static const Node *check_call(Parser *self, const Node *node, GError **error)
{
	const Function *function = node->call.function;
	guint arg = 0;

	if (!check_count(self, node, error))
		return NULL;
	if (!function->check || function->check(&node->call, &arg, error))
		return node;
	const Node *at = arg < node->call.count ? node->call.args[arg] : NULL;
	self->column = (at ? at : node)->column;
	return NULL;
}

/* Takes one argument, or notes that it was left empty. */
static gboolean parse_argument(Parser *self, GPtrArray *args, GError **error)
{
	const Node *arg = NULL;

	if (self->token.type != TOKEN_COMMA && self->token.type != TOKEN_CLOSE) {
		arg = parse_expression(self, 0, error);
		if (!arg)
			return FALSE;
	}
	g_ptr_array_add(args, (gpointer)arg);
	return TRUE;
}

static gboolean fail_unclosed(Parser *self, const char *function, guint open, GError **error)
{
	if (self->token.type == TOKEN_END)
		fail(self, open, error, "the parenthesis of %s is not closed\nadd a )", function);
	else
		fail(self, self->token.column, error,
		     "a comma or ) is missing here in the arguments of %s", function);
	return FALSE;
}

/* The arguments behind "(", up to and with ")". */
static gboolean parse_arguments(Parser *self, const char *function, GPtrArray *args, GError **error)
{
	guint open = self->token.column;

	if (!next(self, error))
		return FALSE;
	if (self->token.type == TOKEN_CLOSE)
		return next(self, error);
	for (;;) {
		/* An argument that is missing because the text ends is not one left empty. */
		if (self->token.type == TOKEN_END || !parse_argument(self, args, error))
			break;
		if (self->token.type == TOKEN_CLOSE)
			return next(self, error);
		if (self->token.type != TOKEN_COMMA)
			break;
		if (!next(self, error))
			return FALSE;
	}
	return self->column == 0 ? fail_unclosed(self, function, open, error) : FALSE;
}

static const Node *parse_call(Parser *self, const Function *function, guint column, GError **error)
{
	g_autoptr(GPtrArray) args = g_ptr_array_new();

	if (!parse_arguments(self, function->name, args, error))
		return NULL;

	Node *node = node_new(self, NODE_CALL);
	node->column = column;
	node->call.function = function;
	node->call.count = args->len;
	node->call.args = arena_alloc(self->arena, args->len * sizeof(*node->call.args));
	if (args->len > 0)
		memcpy(node->call.args, args->pdata, args->len * sizeof(*node->call.args));
	return check_call(self, node, error);
}

static const Node *fail_unknown(Parser *self, const Token *word, GError **error)
{
	g_autofree char *name = g_strndup(word->text, word->length);
	const char *nearest = function_nearest(name);

	if (word->length > MAX_QUOTED)
		return fail(self, word->column, error, "unknown function");
	if (!nearest)
		return fail(self, word->column, error, "unknown function \"%s\"", name);
	return fail(self, word->column, error, "unknown function \"%s\"\ndid you mean %s?", name,
		    nearest);
}

/* A word that is no call: most often an attribute or a text whose marks were forgotten. */
static const Node *fail_bare(Parser *self, const Token *word, GError **error)
{
	const Function *function = function_find(word->text, word->length);
	int length = (int)MIN(word->length, MAX_QUOTED);

	if (function)
		return fail(self, word->column, error, "%s is a function and needs parentheses\n%s",
			    function->name, function->usage);
	return fail(self, word->column, error,
		    "\"%.*s\" stands alone\nwrite [%.*s] for an attribute or \"%.*s\" for text",
		    length, word->text, length, word->text, length, word->text);
}

static gboolean word_is(const Token *word, const char *text)
{
	return strlen(text) == word->length &&
	       g_ascii_strncasecmp(word->text, text, word->length) == 0;
}

static const Node *parse_word(Parser *self, GError **error)
{
	Token word = self->token;

	if (!next(self, error))
		return NULL;
	if (self->token.type == TOKEN_OPEN) {
		const Function *function = function_find(word.text, word.length);
		return function ? parse_call(self, function, word.column, error)
				: fail_unknown(self, &word, error);
	}
	gboolean truth = word_is(&word, "true");
	if (!truth && !word_is(&word, "false"))
		return fail_bare(self, &word, error);

	Node *node = node_new(self, NODE_LITERAL);
	node->column = word.column;
	node->literal = value_bool(truth);
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
		return fail(self, open, error, "the parenthesis is not closed\nadd a )");
	return next(self, error) ? node : NULL;
}

/* What stands where an operand should. */
static const Node *fail_operand(Parser *self, GError **error)
{
	guint column = self->token.column;

	switch (self->token.type) {
	case TOKEN_END:
		return fail(self, column, error, "the expression ends too early");
	case TOKEN_CLOSE:
		return fail(self, column, error, "unexpected \")\"");
	case TOKEN_COMMA:
		return fail(self, column, error, "unexpected \",\"");
	default:
		return fail(self, column, error, "\"%s\" has nothing on its left to compare with",
			    self->token.infix->symbol);
	}
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
		node = literal_new(self, value_borrow(self->arena, token->text, token->length));
		break;
	case TOKEN_NUMBER:
		node = literal_new(self, value_number(self->arena, token->number));
		break;
	case TOKEN_ATTRIBUTE:
		node = attribute_new(self, error);
		break;
	default:
		return fail_operand(self, error);
	}
	return node && next(self, error) ? node : NULL;
}

/* 'left', the operator that is the next token, and its right side. */
static const Node *parse_operation(Parser *self, const Node *left, GError **error)
{
	const Operator *row = self->token.infix;
	Node *node = node_new(self, NODE_CALL);

	if (!next(self, error))
		return NULL;
	const Node *right = parse_expression(self, row->precedence + 1, error);
	if (!right)
		return NULL;
	node->call.function = &row->function;
	node->call.count = 2;
	node->call.args = arena_alloc(self->arena, 2 * sizeof(*node->call.args));
	node->call.args[0] = left;
	node->call.args[1] = right;
	return check_call(self, node, error);
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
			return fail(self, self->token.column, error,
				    "a second comparison without parentheses\nnest one IIF in the "
				    "other");
	}
	return left;
}

static const Node *parse_expression(Parser *self, guint precedence, GError **error)
{
	if (self->depth == MAX_DEPTH)
		return fail(self, self->token.column, error, "nested deeper than %d levels",
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
		return fail(self, 1, error,
			    "the expression is empty\nwrite [mail] for an attribute "
			    "or \"text\" for a constant");
	const Node *node = parse_expression(self, 0, error);
	if (!node || self->token.type == TOKEN_END)
		return node;
	if (self->token.type == TOKEN_CLOSE)
		return fail(self, self->token.column, error, "a ) too many");
	return fail(self, self->token.column, error, "text behind the end of the expression");
}

/* Limits that are checked before anything is read. */
static gboolean check_text(Parser *self, const char *text, GError **error)
{
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		fail(self, (guint)g_utf8_strlen(text, bad - text) + 1, error,
		     "this is not UTF-8\nsave the file in UTF-8");
		return FALSE;
	}
	if (g_utf8_strlen(text, -1) > MAX_CHARACTERS) {
		fail(self, MAX_CHARACTERS + 1, error, "longer than %d characters", MAX_CHARACTERS);
		return FALSE;
	}
	return TRUE;
}

Expr *expr_compile(const char *text, guint *column, GError **error)
{
	Arena *arena = arena_new();
	Parser parser = {
		.lexer = { .at = text, .column = 1, .arena = arena },
		.arena = arena,
	};
	const Node *root = check_text(&parser, text, error) ? parse_all(&parser, error) : NULL;

	if (!root) {
		if (column)
			*column = parser.column;
		arena_free(arena);
		return NULL;
	}
	Expr *self = g_new0(Expr, 1);
	self->arena = arena;
	self->root = root;
	return self;
}

void expr_free(Expr *self)
{
	if (!self)
		return;
	arena_free(self->arena);
	g_free(self);
}
