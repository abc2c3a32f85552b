/*
 * Expressions: what is allowed but hardly meant is told, once and with its place; nothing else is.
 */
#include <string.h>

#include "expr_support.h"

/* "column: sentence" of every warning, one a line, without hints. */
static void note(guint column, const char *sentence, void *data)
{
	g_autofree char *first = g_strndup(sentence, strcspn(sentence, "\n"));

	g_string_append_printf(data, "%u: %s\n", column, first);
}

static char *warnings_of(const char *text)
{
	g_autoptr(Expr) expr = expr_must_compile(text);
	GString *all = g_string_new(NULL);

	expr_warnings(expr, note, all);
	return g_string_free(all, FALSE);
}

static void test_told(void)
{
	static const struct {
		const char *expr, *warnings;
	} cases[] = {
		{ "Switch([c], , \"DE\", \"Germany\")",
		  "1: Switch has no default, so whatever is none of its keys yields no value\n" },
		{ "Switch([c], 0, \"DE\", 1, \"FR\", 2, \"DE\", 3)",
		  "34: this key of Switch comes twice, and the second is never reached\n" },
		{ "Switch([c], 0, \"\", 1, NULL, 2)",
		  "23: this key of Switch comes twice, and the second is never reached\n" },
		{ "Switch([c], 0, \"de\", 1, ToLower(\"DE\"), 2)",
		  "25: this key of Switch comes twice, and the second is never reached\n" },
		{ "Switch(\"c\", 0, \"DE\", 1)",
		  "8: the source of Switch is the same for everybody\n" },
		{ "IIF(\"c\" = \"DE\", 1, 2)",
		  "9: this condition is always false, so IIF always takes the same value\n" },
		{ "IIF(true, 1, 2)",
		  "5: this condition is always true, so IIF always takes the same value\n" },
		{ "IIF(NULL, 1, 2)",
		  "5: this condition is always false, so IIF always takes the same value\n" },
		{ "IIF(IsPresent(\"c\"), 1, 2)",
		  "5: this condition is always true, so IIF always takes the same value\n" },
		{ "IIF([c] = \"DE\" AND [C] = \"FR\", 1, 2)",
		  "16: this condition is always false, so IIF always takes the same value\n" },
		{ "IIF([c] = \"DE\", IIF(1 = 2, 1, 2), 3)",
		  "23: this condition is always false, so IIF always takes the same value\n" },
		{ "1 < 2", "3: this condition is always true\n" },
		{ "NOT 1 = 2", "1: this condition is always true\n" },
		{ "[c] <> [c]", "5: this condition is always false\n" },
		{ "[c] = \"x\" AND \"a\" = \"b\"", "11: this condition is always false\n" },
		{ "[c] = \"x\" OR \"a\" = \"a\"", "11: this condition is always true\n" },
		{ "[c] = \"x\" AND \"a\" = \"a\"", "19: this condition is always true\n" },
		{ "[c] <> \"DE\" OR [c] <> \"FR\"",
		  "13: this is true for everybody who has [c]\n" },
		{ "Where($x, [c], 1 = 2)", "18: this condition is always false\n" },
		{ "Coalesce([dn], [mail])",
		  "16: argument 2 of Coalesce is never used: the one before it always has a "
		  "value\n" },
		{ "Coalesce([mail], \"none\", [cn], [sn])",
		  "26: argument 3 of Coalesce is never used: the one before it always has a "
		  "value\n" },
		{ "Coalesce(IIF([c] = \"x\", 1, 2), 3)",
		  "32: argument 2 of Coalesce is never used: the one before it always has a "
		  "value\n" },
		{ "Coalesce([cn], IsPresent([mail]), 3)",
		  "35: argument 3 of Coalesce is never used: the one before it always has a "
		  "value\n" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *warnings = warnings_of(cases[i].expr);
		if (strcmp(warnings, cases[i].warnings) != 0)
			g_error("%s: %s", cases[i].expr, warnings);
	}
}

static void test_not_told(void)
{
	static const char *const cases[] = {
		"[mail]",
		"true",
		"NULL",
		"Switch([c], NULL, \"DE\", \"Germany\")",
		"Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")",
		"Switch([c], \"\", \"DE\", 1, \"de\", 2)",
		"Switch([c], 0, \"42\", 1, 42, 2)", /* a source "042" is the second only */
		"IIF([c] = \"DE\", 1, 2)",
		"IIF([c] = [c], 1, 2)", /* false for who has no c */
		"[c] = \"DE\" OR [c] = \"FR\"",
		"[c] <> \"DE\" AND [c] <> \"FR\"",
		"[c] = \"DE\" AND [d] = \"FR\"",
		"[c] = \"TRUE\" AND [c] = true",
		"[c] >= 1 AND [c] <= 9",
		"Coalesce([displayName], [cn])",
		"Coalesce([mail], [userPrincipalName], \"none\")",
		"Coalesce([mail], AuthoritativeNull)",
		"Coalesce(IIF([c] = \"x\", 1, NULL), 3)",
		"Coalesce([appRoleAssignments], \"user\")",
		"Select($x, [proxyAddresses], ToLower($x))",
		"With($v, \"a\", IIF($v = \"b\", 1, 2))",
		"Replace([mail], \"@contoso.com\", , , \"@example.com\", , )",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *warnings = warnings_of(cases[i]);
		if (*warnings)
			g_error("%s: %s", cases[i], warnings);
	}
}

static void test_patterns(void)
{
	static const struct {
		const char *pattern;
		gboolean told;
	} cases[] = {
		{ "@contoso.com", TRUE },
		{ "@contoso.com$", TRUE },
		{ "(?<name>.*)@mail-2.contoso\\\\.com", TRUE },
		{ "mail\\\\.contoso.com", TRUE },
		{ "@contoso\\\\.com", FALSE },
		{ "@contoso[.]com", FALSE },
		{ "[a-z.com]+", FALSE },
		{ ".*", FALSE },
		{ "ab.*cd", FALSE },
		{ "ab.+cd", FALSE },
		{ "a.b", FALSE },
		{ "\\\\d.com", FALSE },
		{ "^smtp:.+", FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf("Replace([mail], , \"%s\", , \"x\", , )",
							cases[i].pattern);
		g_autofree char *warnings = warnings_of(text);
		if (g_str_has_prefix(warnings, "19: the dot in ") != cases[i].told)
			g_error("%s: %s", cases[i].pattern, warnings);
	}
}

static void note_hint(guint column, const char *sentence, void *data)
{
	g_string_append(data, sentence);
}

/* The hint can be pasted into the expression. */
static void test_pattern_hint(void)
{
	g_autoptr(Expr) expr = expr_must_compile(
		"Replace([mail], , \"@contoso.com\", , \"x\", , )");
	g_autoptr(GString) all = g_string_new(NULL);

	expr_warnings(expr, note_hint, all);
	g_assert_cmpstr(all->str, ==,
			"the dot in contoso.com stands for any character\nwrite contoso\\\\.com");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-warn/told", test_told);
	g_test_add_func("/expr-warn/not-told", test_not_told);
	g_test_add_func("/expr-warn/patterns", test_patterns);
	g_test_add_func("/expr-warn/pattern-hint", test_pattern_hint);
	return g_test_run();
}
