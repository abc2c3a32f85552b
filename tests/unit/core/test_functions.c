/*
 * Function tables: every row is complete, and is found by its name and near it.
 */
#include <string.h>

#include "core/functions.h"

static const Function *const families[] = {
	functions_text, functions_case, functions_replace, functions_logic, functions_list,
	functions_flow, functions_date, functions_convert, functions_id,    functions_cert,
};

static void assert_row(const Function *row)
{
	g_autofree char *misspelt = g_strdup_printf("%sx", row->name);
	g_autofree char *lower = g_ascii_strdown(row->name, -1);
	g_autofree char *opening = g_strdup_printf("%s(", row->name);

	g_test_message("%s", row->name);
	g_assert_true(function_find(row->name, strlen(row->name)) == row);
	g_assert_true(function_find(lower, strlen(lower)) == row);
	g_assert_cmpstr(function_nearest(misspelt), ==, row->name);
	g_assert_true(g_str_has_prefix(row->usage, opening));
	g_assert_true((row->fn != NULL) != (row->lazy != NULL));
	g_assert_true((row->prepare != NULL) == (row->forget != NULL));
	g_assert_cmpuint(row->min_args, <=, row->max_args);
	if (row->binds)
		g_assert_true(row->lazy && row->min_args == 3 && row->max_args == 3);
}

static void test_rows(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(families); i++) {
		for (const Function *row = families[i]; row->name; row++)
			assert_row(row);
	}
}

static void test_find(void)
{
	g_assert_null(function_find("Joi", 3));
	g_assert_null(function_find("Joinx", 5));
	g_assert_nonnull(function_find("JOINx", 4));
	g_assert_cmpstr(function_nearest("ToLowr"), ==, "ToLower");
	g_assert_cmpstr(function_nearest("isnulorempty"), ==, "IsNullOrEmpty");
	g_assert_null(function_nearest("CompletelyDifferent"));
	g_assert_null(function_nearest("AssertiveAppRoleAssignmentsComplexAndMuchMore"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions/rows", test_rows);
	g_test_add_func("/functions/find", test_find);
	return g_test_run();
}
