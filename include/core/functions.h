/*
 * Function tables of the expression language. A row is a function; the lexer, parser and
 * evaluator know none by name. An operator is a row too: its operands are the arguments.
 *
 * What a row says about lists and bytes is enforced before the function runs, so that no function
 * looks for them: an argument that does not fit fails the object, and the message names the
 * attribute. What a function may rely on:
 *
 *	an argument left empty in the text     a NULL pointer
 *	no value (an absent attribute, and     VALUE_NULL
 *	what only a mapping can act on)
 *	anything else                          what 'lists' and 'bytes' let through
 *	words such as vbTextCompare, UTF8      a text, spelt as documented
 */
#pragma once
#include "core/expr.h"

typedef struct FunctionTurn FunctionTurn;

typedef struct {
	const ExprInput *input;
	Arena *arena;
	gsize *left;             /* bytes that may still be built; see function_text() */
	gsize *work;             /* bytes that may still be looked at */
	const Value **variables; /* by slot */
	gpointer prepared;       /* what the row's 'prepare' made of this call, or NULL */
	guint column;            /* where in the expression the call stands, from 1 */
	FunctionTurn **turns;    /* calls that asked for chance so far, for chance.c alone */
} FunctionContext;

/* One call in a compiled expression. */
typedef struct FunctionCall FunctionCall;

/*
 * Arguments are evaluated before the call, left to right; one left empty in the text is a NULL
 * pointer. Returns NULL with 'error' set on failure.
 */
typedef const Value *(*FunctionFn)(const FunctionContext *context, const Value *const *args,
				   guint count, GError **error);

/*
 * For functions that choose between their arguments: one that is not chosen must not be able to
 * fail the object. They fetch what they need with function_arg() and function_scalar().
 */
typedef const Value *(*FunctionLazyFn)(const FunctionContext *context, const FunctionCall *call,
				       GError **error);

/*
 * A look at the call when it is compiled, for mistakes that the number of arguments does not
 * show. FALSE and ERROR_CONFIG; *arg is the argument at fault.
 */
typedef gboolean (*FunctionCheckFn)(const FunctionCall *call, guint *arg, GError **error);

/*
 * What a call can make once, when it is compiled, of its constant arguments: a Pattern. NULL if
 * they are none; the function then works it out each time. Given back with the row's 'forget'.
 */
typedef gpointer (*FunctionPrepareFn)(const FunctionCall *call);

/* What becomes of an argument with several values. */
typedef enum {
	LISTS_REFUSED, /* it fails the object */
	LISTS_EACH,    /* the call is made for each value of the first argument; the result is a
			* list again, flat, and null if there is no value. Other arguments:
			* refused */
	LISTS_FIRST,   /* taken as they are as first argument; others: refused */
	LISTS_REST,    /* taken as they are, except as first argument */
	LISTS_TAKEN,   /* taken as they are */
} FunctionLists;

#define FUNCTION_ANY_ARGS G_MAXUINT

typedef struct {
	const char *name; /* as documented: "ToLower" */
	guint min_args, max_args;
	FunctionFn fn;
	const char *usage;     /* "ToLower(source, culture?)" */
	FunctionLazyFn lazy;   /* instead of 'fn' */
	FunctionCheckFn check; /* may be NULL */
	FunctionPrepareFn prepare;
	GDestroyNotify forget; /* with 'prepare' */
	FunctionLists lists;   /* with 'fn' */
	gboolean bytes;        /* with 'fn': takes values that are no text */
	gboolean nulls;        /* with LISTS_EACH: the call is made for no value, too */
	guint traits;          /* EXPR_* */
	gboolean top;          /* only as the whole expression, never as an argument */
	gboolean sure;         /* it never yields null */
	gboolean binds;        /* lazy; its first argument is a variable of its last one */
} Function;

/* By name without regard to case, or NULL. */
const Function *function_find(const char *name, gsize length);

/* The known name nearest to a misspelt one, or NULL; for "did you mean". */
const char *function_nearest(const char *name);

/* How many arguments the call has. */
guint function_count(const FunctionCall *call);

/* True if an argument was not left empty. */
gboolean function_given(const FunctionCall *call, guint index);

/* The value of an argument that is a constant, or NULL; for FunctionCheckFn. */
const Value *function_literal(const FunctionCall *call, guint index);

/* Evaluates an argument of a lazy call, whatever it yields; null if left empty. */
const Value *function_arg(const FunctionContext *context, const FunctionCall *call, guint index,
			  GError **error);

/*
 * The same where one value is needed: lists and bytes are ERROR_OBJECT, and what only a mapping
 * can act on is null.
 */
const Value *function_scalar(const FunctionContext *context, const FunctionCall *call, guint index,
			     GError **error);

/*
 * Room for a text of 'length' bytes and its NUL. Every text that a function builds gets its room
 * here before it is built: ERROR_OBJECT if it exceeds 1 MiB, or if the whole evaluation, nested
 * calls and lists together, exceeds 16 MiB.
 */
char *function_text(const FunctionContext *context, gsize length, GError **error);

/* Takes 'size' bytes for anything else that grows with the data: a list. FALSE as above. */
gboolean function_spend(const FunctionContext *context, gsize size, GError **error);

/* Tables, each ended by a row without name; one file per family. */
extern const Function functions_text[];    /* joining, trimming, padding */
extern const Function functions_part[];    /* by position: cutting, counting, finding */
extern const Function functions_case[];    /* letter case, diacritics */
extern const Function functions_replace[]; /* Replace and what else knows patterns */
extern const Function functions_logic[];   /* deciding */
extern const Function functions_list[];    /* several values; Select, Where, With */
extern const Function functions_flow[];    /* what becomes of the target's value; roles */
extern const Function functions_convert[]; /* one type to another; encodings */
extern const Function functions_id[];      /* GUIDs, SIDs, DNs, chance */
extern const Function functions_date[];
extern const Function functions_cert[]; /* certificates */
