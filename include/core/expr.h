/*
 * Expressions: the mapping language that administrators know from Entra provisioning.
 *
 *	"a constant"   'a constant'   12   &HF   true   false   NULL   AuthoritativeNull
 *	IgnoreThisFlow   [attribute]   $variable   Function(argument, , argument)   (a)
 *	a = b   a <> b   a < b   a <= b   a > b   a >= b   NOT a   a AND b   a OR b
 *
 * Compiled once, evaluated on whole objects only. An attribute reference names a directory
 * attribute without regard to case, or a derived one ([accountEnabled], [lockedOut], [dn],
 * [anchor], [appRoleAssignments]). Function names and the words above are matched without regard
 * to case; names of choices such as vbTextCompare or UTF8 are texts. An argument may be left empty,
 * which is "not given", not null. Variables exist in the last argument of Select, Where and With,
 * each under a name of its own. NOT in front of a parenthesis is the function Not(). Functions are
 * rows of tables (core/functions.h); a new one is a row.
 */
#pragma once
#include "core/entry.h"
#include "core/value.h"

#define EXPR_SEED 32 /* bytes */

/* A role that an assign rule gives. */
typedef struct {
	const char *name;
	gint64 priority; /* the larger one is the more important */
} ExprRole;

/* Everything an expression may look at; no clock, no chance, no I/O. */
typedef struct {
	const Entry *entry;
	gboolean account_enabled; /* [accountEnabled], derived by the source's rules */
	gboolean locked_out;      /* [lockedOut], likewise; such a person is not disabled */
	gint64 now_us;            /* Now() */
	const ExprRole *roles;    /* [appRoleAssignments], each once, the most important first */
	guint role_count;
	gboolean one_role;    /* two roles that are most important fail SingleAppRoleAssignment */
	const guint8 *seed;   /* EXPR_SEED bytes, of Guid() and RandomString(); NULL: zeros */
	const json_t *shadow; /* flat resource last made true, for ImportedValue(); or NULL */
} ExprInput;

/* What an expression does that its user must know; bits. */
enum {
	EXPR_RANDOM = 1 << 0,   /* asks for chance: Guid(), RandomString() */
	EXPR_TIME = 1 << 1,     /* asks for the time: Now() */
	EXPR_SECRET = 1 << 2,   /* its value is not to be shown: Redact() */
	EXPR_ADDS = 1 << 3,     /* its list is only added to: AppRoleAssignmentsComplex() */
	EXPR_CHOOSES = 1 << 4,  /* yields a VALUE_CHOICE: SelectUniqueValue() */
	EXPR_OBJECTS = 1 << 5,  /* yields objects: the Complex forms */
	EXPR_IMPORTED = 1 << 6, /* reads the shadow: ImportedValue() */
	EXPR_REFERS = 1 << 7,   /* yields the DN of somebody: CRef() */
};

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

/* The EXPR_ bits of all functions in it. */
guint expr_traits(const Expr *self);

/*
 * Calls 'fn' for what is allowed but hardly meant: branches that cannot be reached, conditions that
 * are always the same, patterns with a bare dot in what looks like a domain, a Switch without
 * default. 'column' as of expr_compile(), 'sentence' with a hint behind a newline.
 */
typedef void (*ExprWarningFn)(guint column, const char *sentence, void *data);
void expr_warnings(const Expr *self, ExprWarningFn fn, void *data);

/* True if it reads no attribute at all, a derived one neither. */
gboolean expr_is_constant(const Expr *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expr, expr_free)
