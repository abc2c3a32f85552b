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
 * An operator is a call of the function in its table row; a chain "a AND b AND c" is one call of
 * three. Derived attributes are resolved to their row and variables to a slot when compiling;
 * nothing is looked up by name when evaluating, except the directory attribute in its entry. Tree
 * and literals live in the arena of their Expr.
 */
#pragma once
#include "core/functions.h"

typedef enum {
	TOKEN_END,
	TOKEN_STRING,    /* text without quotes and escapes */
	TOKEN_NUMBER,    /* number */
	TOKEN_ATTRIBUTE, /* text between the brackets, without outer spaces */
	TOKEN_VARIABLE,  /* text behind the $ */
	TOKEN_WORD,      /* text */
	TOKEN_OPERATOR,  /* infix */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
} TokenType;

typedef struct {
	const char *symbol; /* a word is matched without regard to case */
	guint precedence;   /* higher binds tighter */
	gboolean chains;    /* a OR b OR c; one that does not stands alone on its level */
	Function function;
} Operator;

#define PRECEDENCE_COMPARISON 3 /* and what NOT applies to */

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
	gboolean sure;  /* it is never null */
	gboolean truth; /* it is true or false */
} Derived;

/* By name without regard to case, or NULL. */
const Derived *expr_derived_find(const char *name);

#define DERIVED_ROLES "appRoleAssignments"

typedef struct Node Node;

struct FunctionCall {
	const Function *function;
	const Node **args; /* NULL: left empty */
	guint count;
	gpointer prepared; /* by function->prepare */
};

typedef enum {
	NODE_LITERAL,
	NODE_ATTRIBUTE,
	NODE_DERIVED,
	NODE_VARIABLE,
	NODE_CALL,
} NodeType;

struct Node {
	NodeType type;
	guint column;
	union {
		const Value *literal;
		struct {
			const char *attribute; /* lower case, without options */
			const char *instead;   /* read where the entry has none of it; or NULL */
		};
		const Derived *derived;
		struct {
			const char *name; /* without $ */
			guint slot;       /* how many variables are around it */
		} variable;
		FunctionCall call;
	};
};

struct Expr {
	Arena *arena;
	const Node *root;
	guint slots;         /* variables that exist at the same time, at most */
	GPtrArray *prepared; /* nodes whose call.prepared is to be given back */
};

/* Calls 'fn' for a node and everything below it, from the outside to the inside. */
typedef void (*NodeFn)(const Node *node, void *data);
void expr_visit(const Node *node, NodeFn fn, void *data);

/* The EXPR_ bits of a node and everything below it. */
guint expr_node_traits(const Node *node);

/* The argument in words: "[mail]", "$x", or its place in the call. New string. */
char *expr_describe(const FunctionCall *call, guint index);

/* What a node yields for everybody; NULL if that depends on something, or is long to work out. */
const Value *expr_fold(const Node *node, Arena *arena);

/* Gives the variable of a call that binds one its value, for function_arg() of what follows. */
void expr_bind(const FunctionContext *context, const FunctionCall *call, const Value *value);

/* A list of all values in 'parts', which may be lists themselves; NULL if there is no room. */
const Value *expr_flatten(const FunctionContext *context, const Value *const *parts, guint count,
			  GError **error);

/* The truth that a value is or, as text, spells; RFC 4517 §3.3.3 writes TRUE and FALSE. */
gboolean expr_read_truth(const Value *value, gboolean *truth);

/* Two scalars, neither of them null: are they equal as "=" has it? */
gboolean expr_is_equal(const Value *a, const Value *b);

/*
 * Evaluates an argument that is a condition: no value is false. ERROR_OBJECT if it is neither
 * true nor false, a list, or bytes.
 */
gboolean expr_condition(const FunctionContext *context, const FunctionCall *call, guint index,
			gboolean *truth, GError **error);

/* Refuses a condition that is left empty, or a constant that is no truth; ERROR_CONFIG. */
gboolean expr_check_condition(const FunctionCall *call, guint index, GError **error);

/* Whether a condition is the same for everybody, see expr_certain.c. */
typedef enum {
	CERTAIN_NOT,
	CERTAIN_TRUE,
	CERTAIN_FALSE,
} ExprCertainty;

ExprCertainty expr_certainty(const Node *node, Arena *arena);

/* The attribute that two operands compare with different texts, by the operator; or NULL. */
const char *expr_find_rivals(const FunctionCall *call, const char *symbol);

/* Is it a call of the function of this name? Of any operator, or Not? */
gboolean expr_is_call(const Node *node, const char *name);
gboolean expr_is_operation(const Node *node);
