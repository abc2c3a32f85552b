/*
 * Expressions, between their files: tokens, operators and the syntax tree.
 *
 *	Join(" ", [givenName], ToUpper([sn]))
 *
 *	CALL Join
 *	 |- LITERAL " "
 *	 |- ATTRIBUTE givenname
 *	 '- CALL ToUpper
 *	     '- ATTRIBUTE sn
 *
 * An operator is a call of the function in its table row. Derived attributes are resolved to their
 * row when compiling; nothing is looked up by name when evaluating, except the directory
 * attribute in its entry. Tree and literals live in the arena of their Expr.
 */
#pragma once
#include "core/functions.h"

typedef enum {
	TOKEN_END,
	TOKEN_STRING,    /* text without quotes and escapes */
	TOKEN_NUMBER,    /* number */
	TOKEN_ATTRIBUTE, /* text between the brackets, without outer spaces */
	TOKEN_WORD,      /* text */
	TOKEN_OPERATOR,  /* infix */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
} TokenType;

typedef struct {
	const char *symbol;
	guint precedence; /* higher binds tighter; equal ones do not chain */
	Function function;
} Operator;

typedef struct {
	TokenType type;
	guint column; /* of its first character, from 1 */
	gsize length; /* of 'text' */
	const char *text;
	gint64 number;
	const Operator *infix;
} Token;

typedef struct {
	const char *at; /* what is not read yet; valid UTF-8 */
	guint column;   /* of 'at' */
	Arena *arena;   /* for the text of tokens */
} Lexer;

/* Reads the next token. FALSE and ERROR_CONFIG; token->column is where the mistake is. */
gboolean expr_lex(Lexer *self, Token *token, GError **error);

/* Operators, ended by a row without symbol. */
extern const Operator expr_operators[];

/* An attribute that is not in the directory but derived from the input. */
typedef struct {
	const char *name;
	const Value *(*fn)(const ExprInput *input, Arena *arena);
} Derived;

/* By name without regard to case, or NULL. */
const Derived *expr_derived_find(const char *name);

typedef struct Node Node;

struct FunctionCall {
	const Function *function;
	const Node **args; /* NULL: left empty */
	guint count;
};

typedef enum {
	NODE_LITERAL,
	NODE_ATTRIBUTE,
	NODE_DERIVED,
	NODE_CALL,
} NodeType;

struct Node {
	NodeType type;
	guint column;
	union {
		const Value *literal;
		const char *attribute; /* lower case, without options */
		const Derived *derived;
		FunctionCall call;
	};
};

struct Expr {
	Arena *arena;
	const Node *root;
};
