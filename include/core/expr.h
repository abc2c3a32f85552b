/*
 * Expressions: the mapping language that administrators know from Entra provisioning.
 *
 *	"a constant"   'a constant'   12   &HF   true   [attribute]   Function(argument, , argument)
 *	a = b   a <> b   a < b   a <= b   a > b   a >= b
 *
 * Compiled once, evaluated on whole objects only. An attribute reference names a directory
 * attribute without regard to case, or a derived one ([accountEnabled], [lockedOut], [dn],
 * [anchor]). Function names are matched without regard to case. An argument may be left empty,
 * which is "not given", not null. Functions are rows of tables (core/functions.h); a new one is a
 * row.
 */
#pragma once
#include "core/entry.h"
#include "core/value.h"

/* Everything an expression may look at; no clock, no I/O. */
typedef struct {
	const Entry *entry;
	gboolean account_enabled; /* [accountEnabled], derived by the source's rules */
	gboolean locked_out;      /* [lockedOut], likewise; such a person is not disabled */
	gint64 now_us;            /* Now() */
} ExprInput;

typedef struct Expr Expr;

/*
 * Compiles. On failure NULL, ERROR_CONFIG with a hint ("did you mean"), and *column set to the
 * 1-based position in 'text' (in characters).
 */
Expr *expr_compile(const char *text, guint *column, GError **error);

/* Frees it; NULL is fine. */
void expr_free(Expr *self);

/*
 * Evaluates. The value may point into 'arena', the expression and the entry, and is valid while
 * all three are. NULL and ERROR_OBJECT if the object makes it impossible (a number expected and
 * text found, a result larger than 1 MiB). What null, empty text and several values do is the
 * table in the head of expr_eval.c.
 */
const Value *expr_eval(const Expr *self, const ExprInput *input, Arena *arena, GError **error);

/* Adds the lower-case names of the directory attributes it reads to 'names'. */
void expr_attributes(const Expr *self, GHashTable *names);

/* True if it reads no attribute at all, a derived one neither. */
gboolean expr_is_constant(const Expr *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expr, expr_free)
