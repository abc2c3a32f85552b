/*
 * Expressions, warnings: what is allowed but hardly meant. Only what is certain is said, since a
 * warning that is wrong once is not read the next time:
 *
 *	Switch([c], , "DE", 1)                no default, and nobody said that this is meant
 *	Switch([c], 0, "DE", 1, "DE", 2)      the second key is never reached
 *	IIF("a" = "b", 1, 2)                  always the same branch
 *	[c] = "DE" AND [c] = "FR"             never true
 *	[c] <> "DE" OR [c] <> "FR"            true for everybody who has a c
 *	Coalesce([dn], [mail])                the second is never needed
 *	Replace([mail], , "@contoso.com", ... the dot stands for any character
 *
 * Each cause is told once: within a condition that was told about nothing more is looked for. What
 * makes a condition certain is in expr_certain.c.
 */
#include <string.h>

#include "expr_internal.h"

typedef struct {
	ExprWarningFn fn;
	void *data;
	Arena *arena; /* for what is folded */
} Warner;

/* What one kind of call is looked at for. */
typedef struct {
	const char *name;
	void (*fn)(const Warner *self, const Node *node);
	guint condition; /* argument that is a condition, from 1 */
} Kind;

static void warn_node(const Warner *self, const Node *node);

static void warn(const Warner *self, const Node *node, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void warn(const Warner *self, const Node *node, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *sentence = g_strdup_vprintf(format, args);
	va_end(args);
	self->fn(node->column, sentence, self->data);
}

/* A condition, or an operator wherever it stands. TRUE if it was told about. */
static gboolean warn_certain(const Warner *self, const Node *node, const char *hint)
{
	ExprCertainty certainty = expr_certainty(node, self->arena);

	if (certainty == CERTAIN_NOT)
		return FALSE;
	warn(self, node, "this condition is always %s%s",
	     certainty == CERTAIN_TRUE ? "true" : "false", hint);
	return TRUE;
}

static void warn_or(const Warner *self, const Node *node)
{
	const char *attribute = expr_find_rivals(&node->call, "<>");

	if (attribute)
		warn(self, node,
		     "this is true for everybody who has [%s]\nwrite AND to exclude both",
		     attribute);
}

/* Two values that are written in the expression and the same in every respect. */
static gboolean is_same_key(const Value *a, const Value *b)
{
	if (value_is_blank(a) || value_is_blank(b))
		return value_is_blank(a) && value_is_blank(b);
	return a->type == b->type && a->type != VALUE_LIST && expr_is_equal(a, b);
}

static void warn_key(const Warner *self, const FunctionCall *call, guint index)
{
	const Node *node = call->args[index];
	const Value *key = node ? expr_fold(node, self->arena) : NULL;

	for (guint i = 2; key && i < index; i += 2) {
		const Value *earlier = call->args[i] ? expr_fold(call->args[i], self->arena) : NULL;
		if (!earlier || !is_same_key(earlier, key))
			continue;
		warn(self, node, "this key of Switch comes twice, and the second is never reached");
		return;
	}
}

static gboolean has_key(const Warner *self, const FunctionCall *call, const char *text)
{
	for (guint i = 2; i < call->count; i += 2) {
		const Value *key = call->args[i] ? expr_fold(call->args[i], self->arena) : NULL;

		if (key && g_ascii_strcasecmp(value_text(self->arena, key), text) == 0)
			return TRUE;
	}
	return FALSE;
}

/* What is true or false and nothing else needs no default beside both: [IsSoftDeleted]. */
static gboolean covers_all(const Warner *self, const FunctionCall *call)
{
	const Node *source = call->args[0];

	return source && source->type == NODE_DERIVED && source->derived->truth &&
	       has_key(self, call, "true") && has_key(self, call, "false");
}

static void warn_switch(const Warner *self, const Node *node)
{
	const FunctionCall *call = &node->call;

	if (!call->args[1] && !covers_all(self, call))
		warn(self, node,
		     "Switch has no default, so whatever is none of its keys yields no value\n"
		     "write the default as second argument, or NULL if this is meant");
	if (expr_fold(call->args[0], self->arena))
		warn(self, call->args[0], "the source of Switch is the same for everybody");
	for (guint i = 4; i < call->count; i += 2)
		warn_key(self, call, i);
}

static gboolean is_sure(const Warner *self, const Node *node);

/* Whether all arguments from 'first' on, every 'step', have a value. */
static gboolean are_sure(const Warner *self, const FunctionCall *call, guint first, guint step)
{
	for (guint i = first; i < call->count; i += step) {
		if (!is_sure(self, call->args[i]))
			return FALSE;
	}
	return TRUE;
}

/* Whether it yields a value for everybody. */
static gboolean is_sure(const Warner *self, const Node *node)
{
	const Value *folded = node ? expr_fold(node, self->arena) : value_null();

	if (folded)
		return value_count(folded) > 0;
	if (node->type == NODE_DERIVED)
		return node->derived->sure;
	if (node->type != NODE_CALL)
		return FALSE;
	if (node->call.function->sure)
		return TRUE;
	if (expr_is_call(node, "IIF"))
		return are_sure(self, &node->call, 1, 1);
	return expr_is_call(node, "Switch") && is_sure(self, node->call.args[1]) &&
	       are_sure(self, &node->call, 3, 2);
}

static void warn_coalesce(const Warner *self, const Node *node)
{
	const FunctionCall *call = &node->call;

	for (guint i = 0; i + 1 < call->count; i++) {
		if (!is_sure(self, call->args[i]))
			continue;
		const Node *next = call->args[i + 1];
		warn(self, next ? next : node,
		     "argument %u of Coalesce is never used: the one before it always has a value",
		     i + 2);
		return;
	}
}

static gboolean is_label(char character)
{
	return g_ascii_isalnum(character) || character == '-';
}

/* The end of an escape or of a bracket, which mean something else than their characters. */
static const char *skip_special(const char *at)
{
	if (*at == '\\')
		return at[1] ? at + 2 : at + 1;
	for (at += at[1] == ']' ? 2 : 1; *at && *at != ']'; at++) {
		if (*at == '\\' && at[1])
			at++;
	}
	return *at ? at + 1 : at;
}

/* The first "contoso.com" whose dot is bare: where it begins, and *dot. NULL if there is none. */
static const char *find_domain(const char *pattern, const char **dot)
{
	const char *from = pattern;

	for (const char *at = pattern; *at;) {
		if (*at == '.' && at - from > 1 && g_ascii_isalpha(at[1]) && is_label(at[2])) {
			*dot = at;
			return from;
		}
		gboolean special = *at == '\\' || *at == '[';
		gboolean label = is_label(*at);
		at = special ? skip_special(at) : at + 1;
		if (!label)
			from = at;
	}
	return NULL;
}

static void warn_pattern(const Warner *self, const Node *node)
{
	const Value *pattern = function_literal(&node->call, 2);
	const char *dot;

	if (!pattern || pattern->type != VALUE_STRING)
		return;
	const char *from = find_domain(pattern->string.data, &dot);
	if (!from)
		return;
	const char *end = dot + 1;
	while (is_label(*end))
		end++;
	warn(self, node->call.args[2],
	     "the dot in %.*s stands for any character\nwrite %.*s\\\\%.*s", (int)(end - from),
	     from, (int)(dot - from), from, (int)(end - dot), dot);
}

static const Kind *find_kind(const Node *node)
{
	static const Kind kinds[] = {
		{ "IIF", NULL, 1 },
		{ "Where", NULL, 3 },
		{ "OR", warn_or, 0 },
		{ "Switch", warn_switch, 0 },
		{ "Coalesce", warn_coalesce, 0 },
		{ "Replace", warn_pattern, 0 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
		if (expr_is_call(node, kinds[i].name))
			return &kinds[i];
	}
	return NULL;
}

static const char *hint_of(const Node *node, guint index)
{
	if (expr_is_call(node, "IIF") && index == 0)
		return ", so IIF always takes the same value";
	return "";
}

static void warn_arguments(const Warner *self, const Node *node, const Kind *kind)
{
	for (guint i = 0; i < node->call.count; i++) {
		const Node *arg = node->call.args[i];

		if (!arg)
			continue;
		if (kind && kind->condition == i + 1 && warn_certain(self, arg, hint_of(node, i)))
			continue;
		warn_node(self, arg);
	}
}

static void warn_node(const Warner *self, const Node *node)
{
	if (node->type != NODE_CALL)
		return;
	if (expr_is_operation(node) && warn_certain(self, node, ""))
		return;
	const Kind *kind = find_kind(node);
	if (kind && kind->fn)
		kind->fn(self, node);
	warn_arguments(self, node, kind);
}

void expr_warnings(const Expr *self, ExprWarningFn fn, void *data)
{
	g_autoptr(Arena) arena = arena_new();
	const Warner warner = { .fn = fn, .data = data, .arena = arena };

	warn_node(&warner, self->root);
}
