/*
 * Runs the tables of function_support.h.
 */
#include "function_support.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

static char *show_bytes(const Value *value)
{
	GString *text = g_string_new("#");

	for (gsize i = 0; i < value->string.length; i++)
		g_string_append_printf(text, "%02x", (guint8)value->string.data[i]);
	return g_string_free(text, FALSE);
}

char *function_result(const char *text, const ExprInput *input)
{
	guint column = 0;
	g_autoptr(GError) error = NULL;
	g_autoptr(Expr) expr = expr_compile(text, &column, &error);
	g_autoptr(Arena) arena = arena_new();

	if (!expr)
		g_error("%s: column %u: %s", text, column, error->message);
	const Value *value = expr_eval(expr, input, arena, &error);
	if (!value) {
		g_assert_true(error_is(error, ERROR_OBJECT));
		return g_strdup_printf("! %s", error->message);
	}
	g_assert_no_error(error);
	if (value->type == VALUE_NULL)
		return g_strdup("-");
	if (value->type == VALUE_BYTES)
		return show_bytes(value);
	g_autoptr(json_t) json = value_json(value);
	return json_canonical(json);
}

void function_cases_run(const FunctionCase *cases, gsize count, const ExprInput *input)
{
	for (gsize i = 0; i < count; i++) {
		g_autofree char *result = function_result(cases[i].expr, input);

		if (strcmp(result, cases[i].result) != 0)
			g_error("%s yields %s instead of %s", cases[i].expr, result,
				cases[i].result);
	}
}

void function_mistakes_run(const FunctionCase *cases, gsize count)
{
	for (gsize i = 0; i < count; i++) {
		guint column = 0;
		g_autoptr(GError) error = NULL;
		g_autoptr(Expr) expr = expr_compile(cases[i].expr, &column, &error);

		if (expr)
			g_error("%s compiles", cases[i].expr);
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_autofree char *result = g_strdup_printf("%u: %s", column, error->message);
		if (!g_str_has_prefix(result, cases[i].result))
			g_error("%s says %s instead of %s", cases[i].expr, result, cases[i].result);
	}
}
