/*
 * Parser, between its two files: expr_parse.c knows the grammar, expr_names.c what a name stands
 * for and whether a call can be right.
 */
#pragma once
#include "expr_internal.h"

#define MAX_QUOTED 40 /* bytes of the text that a message repeats */

/* A variable that exists where the parser is; on the stack of who parses its body. */
typedef struct Scope Scope;
struct Scope {
	const Node *variable;
	const Scope *outer;
};

typedef struct {
	Lexer lexer;
	Token token; /* the next one, not consumed yet */
	Arena *arena;
	guint depth;
	guint column; /* of the mistake, once there is one */
	const Scope *scope;
	guint slots;
	GPtrArray *prepared; /* Node */
} Parser;

/* Notes the mistake; always NULL. */
const Node *parser_fail(Parser *self, guint column, GError **error, const char *format, ...)
	G_GNUC_PRINTF(4, 5);

Node *parser_node(Parser *self, NodeType type, guint column);

/* The attribute that a token names. */
const Node *parser_attribute(Parser *self, const Token *token, GError **error);

/* The variable that a token names, and one that a token introduces. */
const Node *parser_variable(Parser *self, const Token *token, GError **error);
const Node *parser_declare(Parser *self, const Token *token, GError **error);

/* The value that a word without parentheses stands for, or NULL. */
const Value *parser_word(Parser *self, const Token *word);

/* Why a word is neither a function that is called nor a constant. */
const Node *parser_fail_unknown(Parser *self, const Token *word, GError **error);
const Node *parser_fail_bare(Parser *self, const Token *word, GError **error);

/* The call, once its arguments are found to be possible. */
const Node *parser_call(Parser *self, const Function *function, guint column, const GPtrArray *args,
			GError **error);
