/*
 * Fuzzer for expressions. The input is the expression up to the first NUL; what follows, split at
 * NULs, are values of [a] (every value) and [b] (the last one). There are three roles, and a
 * resource for ImportedValue().
 *
 * Promised: a mistake and a warning have a column within the text; a result is at most 1 MiB,
 * text in it is UTF-8, and it can be written as JSON; evaluating twice gives the same; a choice and
 * objects come from expressions that say so; a constant is the same for everybody.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/expr.h"
#include "fuzz.h"

static Entry *entry_from(const char *data, gsize size)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Fuzz,DC=x");

	while (size > 0) {
		const char *end = memchr(data, '\0', size);
		gsize length = end ? (gsize)(end - data) : size;

		entry_add(entry, "a", data, length);
		if (!end)
			entry_add(entry, "b", data, length);
		data += MIN(length + 1, size);
		size -= MIN(length + 1, size);
	}
	return entry;
}

/* Bytes of a scalar. */
static gsize check_scalar(const Value *value)
{
	FUZZ_PROMISE(value->type != VALUE_LIST && value_count(value) == 1);
	if (value->type != VALUE_STRING && value->type != VALUE_BYTES)
		return 0;
	FUZZ_PROMISE(value->string.data[value->string.length] == '\0');
	FUZZ_PROMISE(value->type == VALUE_BYTES ||
		     g_utf8_validate_len(value->string.data, value->string.length, NULL));
	return value->string.length;
}

static void check_value(const Value *value, guint traits)
{
	gsize length = 0;

	FUZZ_PROMISE(value->type != VALUE_LIST || value->list.count > 1);
	FUZZ_PROMISE(value->type != VALUE_CHOICE || (traits & EXPR_CHOOSES));
	for (guint i = 0; i < value_count(value); i++) {
		const Value *item = value_item(value, i);
		FUZZ_PROMISE(item->type != VALUE_OBJECT || (traits & EXPR_OBJECTS));
		length += check_scalar(item);
	}
	for (guint i = 0; value->type == VALUE_CHOICE && i < value->list.count; i++)
		length += check_scalar(value->list.items[i]);
	FUZZ_PROMISE(length <= 1024 * 1024);
}

/* The value as JSON text, or the error's message. New string. */
static char *evaluate(const Expr *expr, const ExprInput *input)
{
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	const Value *value = expr_eval(expr, input, arena, &error);

	FUZZ_PROMISE((value != NULL) == (error == NULL));
	if (!value) {
		FUZZ_PROMISE(error_is(error, ERROR_OBJECT));
		return g_strdup(error->message);
	}
	check_value(value, expr_traits(expr));
	g_autoptr(json_t) json = value_json(value);
	FUZZ_PROMISE(json);
	return json_canonical(json);
}

static void check_warning(guint column, const char *sentence, void *characters)
{
	FUZZ_PROMISE(column >= 1 && column <= *(glong *)characters);
	FUZZ_PROMISE(*sentence && g_utf8_validate(sentence, -1, NULL));
}

/* What is said of an expression must fit what it does. */
static void check_promises(const Expr *expr, const char *text, const ExprInput *input)
{
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *once = evaluate(expr, input);
	g_autofree char *twice = evaluate(expr, input);
	glong characters = g_utf8_strlen(text, -1);

	FUZZ_PROMISE(strcmp(once, twice) == 0);
	expr_warnings(expr, check_warning, &characters);
	expr_attributes(expr, names);
	if (!expr_is_constant(expr))
		return;
	FUZZ_PROMISE(g_hash_table_size(names) == 0);
	g_autoptr(Entry) nobody = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Nobody");
	ExprInput other = *input;
	other.entry = nobody;
	other.account_enabled = !input->account_enabled;
	g_autofree char *elsewhere = evaluate(expr, &other);
	FUZZ_PROMISE(strcmp(once, elsewhere) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ExprRole roles[] = { { "Admin", 2 }, { "Agent", 2 }, { "User", 1 } };
	g_autofree char *text = fuzz_text(data, size);
	gsize used = MIN(strlen(text) + 1, size);
	guint column = 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(Expr) expr = expr_compile(text, &column, &error);

	if (!expr) {
		g_autofree char *valid = g_utf8_make_valid(text, -1);
		FUZZ_PROMISE(error_is(error, ERROR_CONFIG));
		FUZZ_PROMISE(column >= 1 && column <= g_utf8_strlen(valid, -1) + 1);
		return 0;
	}
	g_autoptr(Entry) entry = entry_from((const char *)data + used, size - used);
	g_autoptr(json_t) shadow = json_pack("{s:s, s:[i,s]}", "a", "was", "b", 1, "2");
	const ExprInput input = {
		.entry = entry,
		.account_enabled = size % 2 == 0,
		.now_us = G_GINT64_CONSTANT(1795335300000000),
		.roles = roles,
		.role_count = size % (G_N_ELEMENTS(roles) + 1),
		.one_role = size % 3 == 0,
		.shadow = shadow,
	};
	check_promises(expr, text, &input);
	return 0;
}
