/*
 * Expressions in tests, see expr_support.h.
 */
#include "expr_support.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

Entry *expr_person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");

	entry_add(entry, "mail", "jane@example.com", 16);
	entry_add(entry, "sn", "O'Neil", 6);
	entry_add(entry, "proxy", "b@x", 3);
	entry_add(entry, "proxy", "a@x", 3);
	entry_add(entry, "proxy", "c@x", 3);
	entry_add(entry, "twice", "x", 1);
	entry_add(entry, "twice", "y", 1);
	entry_add(entry, "twice", "x", 1);
	entry_add(entry, "title", "", 0);
	entry_add(entry, "logoncount", "42", 2);
	entry_add(entry, "flag", "TRUE", 4);
	entry_add(entry, "photo", "\377\330\377", 3);
	entry_add(entry, "street", "Stra\303\237e", 7);
	entry_add(entry, "mixed", "text", 4);
	entry_add(entry, "mixed", "\377", 1);
	entry_add(entry, "ends", "133480816000000000", 18);
	entry_add(entry, "never", "9223372036854775807", 19);
	entry_add(entry, "dates", "20210630160000Z", 15);
	entry_add(entry, "dates", "2020-02-29", 10);
	return entry;
}

Expr *expr_must_compile(const char *text)
{
	guint column = 0;
	g_autoptr(GError) error = NULL;
	Expr *expr = expr_compile(text, &column, &error);

	if (!expr)
		g_error("%s: column %u: %s", text, column, error->message);
	return expr;
}

static char *show(const Value *value)
{
	if (value->type == VALUE_NULL)
		return g_strdup("-");
	if (value->type == VALUE_CLEARED)
		return g_strdup("!clear");
	if (value->type == VALUE_IGNORED)
		return g_strdup("!keep");
	g_autoptr(json_t) json = value_json(value);
	return json_canonical(json);
}

char *expr_result_with(const char *text, const ExprInput *input)
{
	g_autoptr(Expr) expr = expr_must_compile(text);
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	const Value *value = expr_eval(expr, input, arena, &error);

	if (!value) {
		g_assert_true(error_is(error, ERROR_OBJECT));
		return g_strdup_printf("! %s", error->message);
	}
	g_assert_no_error(error);
	return show(value);
}

char *expr_result_on(const char *text, const Entry *entry)
{
	const ExprInput input = {
		.entry = entry,
		.account_enabled = TRUE,
		.now_us = G_GINT64_CONSTANT(1795335300) * G_USEC_PER_SEC,
	};

	return expr_result_with(text, &input);
}

void expr_run_cases(const ExprCase *cases, gsize count)
{
	g_autoptr(Entry) entry = expr_person_new();

	for (gsize i = 0; i < count; i++) {
		g_autofree char *result = expr_result_on(cases[i].expr, entry);

		if (strcmp(result, cases[i].result) != 0)
			g_error("%s yields %s instead of %s", cases[i].expr, result,
				cases[i].result);
	}
}

void expr_run_mistakes(const ExprMistake *cases, gsize count)
{
	for (gsize i = 0; i < count; i++) {
		g_autoptr(GError) error = NULL;
		guint column = 0;
		g_autoptr(Expr) expr = expr_compile(cases[i].expr, &column, &error);

		if (expr)
			g_error("%s compiles", cases[i].expr);
		g_assert_true(error_is(error, ERROR_CONFIG));
		if (column != cases[i].column || !strstr(error->message, cases[i].message))
			g_error("%s: column %u, \"%s\"", cases[i].expr, column, error->message);
	}
}
