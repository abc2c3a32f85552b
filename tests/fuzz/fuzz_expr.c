/*
 * Fuzzer for expressions. The input is the expression up to the first NUL; what follows, split at
 * NULs, are values of [a] (every value) and [b] (the last one).
 *
 * Promised: a mistake has a column within the text; a result is no larger than 1 MiB, text in it is
 * UTF-8, and it can be written as JSON; evaluating twice gives the same.
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

static void check_value(const Value *value)
{
	gsize length = 0;

	for (guint i = 0; i < value_count(value); i++) {
		const Value *item = value_item(value, i);
		FUZZ_PROMISE(item->type != VALUE_LIST && item->type != VALUE_NULL);
		if (item->type != VALUE_STRING && item->type != VALUE_BYTES)
			continue;
		length += item->string.length;
		FUZZ_PROMISE(item->string.data[item->string.length] == '\0');
		FUZZ_PROMISE(item->type == VALUE_BYTES ||
			     g_utf8_validate_len(item->string.data, item->string.length, NULL));
	}
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
	check_value(value);
	g_autoptr(json_t) json = value_json(value);
	FUZZ_PROMISE(json);
	return json_canonical(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	ExprInput input = { .entry = entry, .account_enabled = size % 2 == 0 };
	g_autofree char *once = evaluate(expr, &input);
	g_autofree char *twice = evaluate(expr, &input);

	FUZZ_PROMISE(strcmp(once, twice) == 0);
	expr_attributes(expr, names);
	FUZZ_PROMISE(!expr_is_constant(expr) || g_hash_table_size(names) == 0);
	return 0;
}
