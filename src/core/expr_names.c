/*
 * Expressions, names: what stands behind the words of an expression, and the mistakes that show
 * when a call meets its arguments.
 *
 *	[name]      a derived attribute if there is one, else the directory's
 *	$name       the variable of a Select, Where or With around it
 *	word        a constant, see the table below
 *	Word(...)   a row of the function tables; their number of arguments is checked, then what
 *	            the row's own check looks for
 *
 * A variable must not have the name of one around it: an inner one that wins in silence is read
 * wrong sooner or later. It has the slot of its depth, so that two that do not meet share one.
 */
#include <string.h>

#include "base/error.h"
#include "expr_parse_internal.h"

const Node *parser_fail(Parser *self, guint column, GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *message = g_strdup_vprintf(format, args);
	va_end(args);
	self->column = column;
	error_set(error, ERROR_CONFIG, "%s", message);
	return NULL;
}

Node *parser_node(Parser *self, NodeType type, guint column)
{
	Node *node = arena_alloc(self->arena, sizeof(*node));

	node->type = type;
	node->column = column;
	return node;
}

/*
 * What Entra calls an attribute that on-premises directories call otherwise, so that a mapping
 * table can be copied. An entry that has an attribute of Entra's name keeps it.
 */
static const char *name_of_entra(const char *name)
{
	static const struct {
		const char *entra, *ours;
	} names[] = {
		{ "city", "l" },
		{ "companyname", "company" },
		{ "country", "co" },
		{ "jobtitle", "title" },
		{ "onpremisesdistinguishedname", "distinguishedname" },
		{ "onpremisessamaccountname", "samaccountname" },
		{ "onpremisesuserprincipalname", "userprincipalname" },
		{ "originaluserprincipalname", "userprincipalname" },
		{ "state", "st" },
		{ "surname", "sn" },
		{ "usagelocation", "c" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i].entra, name) == 0)
			return names[i].ours;
	return NULL;
}

const Node *parser_attribute(Parser *self, const Token *token, GError **error)
{
	char *name = arena_copy(self->arena, token->text, token->length);
	const Derived *derived = expr_derived_find(name);
	Node *node = parser_node(self, derived ? NODE_DERIVED : NODE_ATTRIBUTE, token->column);

	if (derived) {
		node->derived = derived;
		return node;
	}
	/* Entries keep "userCertificate;binary" under "usercertificate", and drop ";lang-de". */
	char *options = name + strcspn(name, ";");
	if (g_ascii_strncasecmp(options, ";lang-", strlen(";lang-")) == 0)
		return parser_fail(
			self, token->column, error,
			"values of one language are not read\nwrite the name without ;lang-");
	*options = '\0';
	for (char *at = name; *at; at++)
		*at = g_ascii_tolower(*at);
	node->attribute = name;
	node->instead = name_of_entra(name);
	return node;
}

static gboolean word_is(const Token *word, const char *text)
{
	return strlen(text) == word->length &&
	       g_ascii_strncasecmp(word->text, text, word->length) == 0;
}

static const Node *find_variable(const Parser *self, const Token *token)
{
	for (const Scope *scope = self->scope; scope; scope = scope->outer) {
		if (word_is(token, scope->variable->variable.name))
			return scope->variable;
	}
	return NULL;
}

const Node *parser_variable(Parser *self, const Token *token, GError **error)
{
	const Node *declared = find_variable(self, token);
	int length = (int)MIN(token->length, MAX_QUOTED);

	if (!declared && self->scope)
		return parser_fail(self, token->column, error,
				   "unknown variable \"$%.*s\"\ndid you mean $%s?", length,
				   token->text, self->scope->variable->variable.name);
	if (!declared)
		return parser_fail(self, token->column, error,
				   "unknown variable \"$%.*s\"\na variable exists in the last "
				   "argument of Select, Where and With, as in "
				   "Select($x, [proxyAddresses], ToLower($x))",
				   length, token->text);
	Node *node = parser_node(self, NODE_VARIABLE, token->column);
	node->variable = declared->variable;
	return node;
}

const Node *parser_declare(Parser *self, const Token *token, GError **error)
{
	const Node *taken = find_variable(self, token);

	if (taken)
		return parser_fail(self, token->column, error,
				   "there is a variable $%s already\nchoose another name",
				   taken->variable.name);
	if (token->length > MAX_QUOTED)
		return parser_fail(self, token->column, error,
				   "the name of the variable is longer than %d letters",
				   MAX_QUOTED);
	Node *node = parser_node(self, NODE_VARIABLE, token->column);
	node->variable.name = arena_copy(self->arena, token->text, token->length);
	node->variable.slot = self->scope ? self->scope->variable->variable.slot + 1 : 0;
	self->slots = MAX(self->slots, node->variable.slot + 1);
	return node;
}

const Value *parser_word(Parser *self, const Token *word)
{
	/* Names of choices, as Entra's functions take them; to a function they are texts. */
	static const char *const choices[] = {
		"vbTextCompare", "vbBinaryCompare", "CaseSensitive", "CaseInsensitive",
		"Unicode",       "ASCII",           "UTF7",          "UTF8",
		"UTF16",         "UTF32",
	};

	if (word_is(word, "true") || word_is(word, "false"))
		return value_bool(word_is(word, "true"));
	if (word_is(word, "NULL"))
		return value_null();
	if (word_is(word, "AuthoritativeNull"))
		return value_cleared();
	if (word_is(word, "IgnoreThisFlow"))
		return value_ignored();
	for (gsize i = 0; i < G_N_ELEMENTS(choices); i++) {
		if (word_is(word, choices[i]))
			return value_borrow(self->arena, choices[i], strlen(choices[i]));
	}
	return NULL;
}

const Node *parser_fail_unknown(Parser *self, const Token *word, GError **error)
{
	g_autofree char *name = g_strndup(word->text, word->length);
	const char *nearest = function_nearest(name);

	if (word->length > MAX_QUOTED)
		return parser_fail(self, word->column, error, "unknown function");
	if (!nearest)
		return parser_fail(self, word->column, error, "unknown function \"%s\"", name);
	return parser_fail(self, word->column, error, "unknown function \"%s\"\ndid you mean %s?",
			   name, nearest);
}

/* Most often an attribute or a text whose marks were forgotten. */
const Node *parser_fail_bare(Parser *self, const Token *word, GError **error)
{
	const Function *function = function_find(word->text, word->length);
	int length = (int)MIN(word->length, MAX_QUOTED);

	if (function)
		return parser_fail(self, word->column, error,
				   "%s is a function and needs parentheses\n%s", function->name,
				   function->usage);
	return parser_fail(
		self, word->column, error,
		"\"%.*s\" stands alone\nwrite [%.*s] for an attribute or \"%.*s\" for text", length,
		word->text, length, word->text, length, word->text);
}

static gboolean check_count(Parser *self, const Node *node, GError **error)
{
	const Function *function = node->call.function;
	guint count = node->call.count;

	if (count >= function->min_args && count <= function->max_args)
		return TRUE;
	gboolean few = count < function->min_args;
	guint bound = few ? function->min_args : function->max_args;
	parser_fail(self, node->column, error, "%s takes at %s %u argument%s, here %s %u\n%s",
		    function->name, few ? "least" : "most", bound, bound == 1 ? "" : "s",
		    count == 1 ? "is" : "are", count, function->usage);
	return FALSE;
}

/* What yields something only a mapping can act on must reach it. */
static gboolean check_tops(Parser *self, const Node *node, GError **error)
{
	for (guint i = 0; i < node->call.count; i++) {
		const Node *arg = node->call.args[i];
		if (!arg || arg->type != NODE_CALL || !arg->call.function->top)
			continue;
		parser_fail(self, arg->column, error,
			    "%s cannot be an argument of %s\nit must be the whole expression",
			    arg->call.function->name, node->call.function->name);
		return FALSE;
	}
	return TRUE;
}

static const Node *check_call(Parser *self, const Node *node, GError **error)
{
	const Function *function = node->call.function;
	guint arg = 0;

	if (!check_count(self, node, error) || !check_tops(self, node, error))
		return NULL;
	if (!function->check || function->check(&node->call, &arg, error))
		return node;
	const Node *at = arg < node->call.count ? node->call.args[arg] : NULL;
	self->column = (at ? at : node)->column;
	return NULL;
}

const Node *parser_call(Parser *self, const Function *function, guint column, const GPtrArray *args,
			GError **error)
{
	Node *node = parser_node(self, NODE_CALL, column);
	FunctionCall *call = &node->call;

	call->function = function;
	call->count = args->len;
	call->args = arena_alloc(self->arena, args->len * sizeof(*call->args));
	if (args->len > 0)
		memcpy(call->args, args->pdata, args->len * sizeof(*call->args));
	if (!check_call(self, node, error))
		return NULL;
	if (function->prepare)
		call->prepared = function->prepare(call);
	if (call->prepared)
		g_ptr_array_add(self->prepared, node);
	return node;
}
