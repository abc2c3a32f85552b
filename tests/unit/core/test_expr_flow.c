/*
 * Expressions: what becomes of the target's value, and roles.
 */
#include <string.h>

#include "base/json.h"
#include "expr_support.h"

static void test_flow(void)
{
	static const ExprCase cases[] = {
		{ "IgnoreFlowIfNullOrEmpty([missing])", "!keep" },
		{ "IgnoreFlowIfNullOrEmpty([title])", "!keep" },
		{ "IgnoreFlowIfNullOrEmpty(AuthoritativeNull)", "!keep" },
		{ "IgnoreFlowIfNullOrEmpty([sn])", "\"O'Neil\"" },
		{ "IgnoreFlowIfNullOrEmpty([proxy])", "[\"b@x\",\"a@x\",\"c@x\"]" },
		{ "IgnoreFlowIfNullOrEmpty([photo])", "\"/9j/\"" },
		{ "Coalesce(IgnoreFlowIfNullOrEmpty([title]), [sn])", "\"O'Neil\"" },
		{ "Redact([sn])", "\"O'Neil\"" },
		{ "Redact([missing])", "-" },
		{ "Redact(IgnoreFlowIfNullOrEmpty([missing]))", "!keep" },
		{ "Redact([photo])", "\"/9j/\"" },
		{ "CRef([dn])", "\"CN=Jane,DC=x\"" },
		{ "CRef([missing])", "-" },
		{ "CRef([title])", "-" },
		{ "CRef([twice])", "[\"x\",\"y\",\"x\"]" },
		{ "CRef([photo])", "! [photo] holds bytes that are no text" },
		{ "SelectUniqueValue([missing], [title])", "-" },
		{ "SelectUniqueValue([sn], [proxy])",
		  "! [proxy] has 3 values where SelectUniqueValue takes one" },
	};

	RUN(cases);
}

/* A reason would show what it is about. */
static void test_redact_hides_reasons(void)
{
	g_autoptr(Entry) entry = expr_person_new();
	g_autofree char *open = expr_result_on("NumFromDate([sn])", entry);
	g_autofree char *hidden = expr_result_on("Redact(NumFromDate([sn]))", entry);

	g_assert_nonnull(strstr(open, "O'Neil"));
	g_assert_null(strstr(hidden, "O'Neil"));
	g_assert_true(g_str_has_prefix(hidden, "! what is inside of Redact cannot be worked out"));
}

static void test_choice(void)
{
	g_autoptr(Entry) entry = expr_person_new();
	g_autoptr(Expr) expr = expr_must_compile(
		"SelectUniqueValue([missing], [sn], [title], 7, \"O'Neil\", NULL, \"o'neil\")");
	g_autoptr(Arena) arena = arena_new();
	const ExprInput input = { .entry = entry };
	const Value *value = expr_eval(expr, &input, arena, NULL);

	g_assert_cmpint(value->type, ==, VALUE_CHOICE);
	g_assert_cmpuint(value->list.count, ==, 3);
	g_assert_cmpstr(value_text(arena, value->list.items[0]), ==, "O'Neil");
	g_assert_cmpstr(value_text(arena, value->list.items[1]), ==, "7");
	g_assert_cmpstr(value_text(arena, value->list.items[2]), ==, "o'neil");
}

static void test_error(void)
{
	static const ExprCase cases[] = {
		{ "Error(\"no mail\")", "! no mail" },
		{ "Coalesce([missing], Error(Append(\"no \", [sn])))", "! no O'Neil" },
		{ "Coalesce([sn], Error(\"no name\"))", "\"O'Neil\"" },
		{ "IIF([flag], 1, Error(\"off\"))", "1" },
		{ "Error(\"two\nlines\")", "! two lines" },
		{ "Error(\"50%s %n\")", "! 50%s %n" },
		{ "Error([missing])", "! Error() without a text" },
	};
	g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Long");
	g_autofree char *text = g_strnfill(5000, 'x');

	RUN(cases);
	entry_add(entry, "long", text, 5000);
	g_autofree char *result = expr_result_on("Error([long])", entry);
	g_assert_cmpuint(strlen(result), <, 300);
}

static void test_imported(void)
{
	static const ExprCase cases[] = {
		{ "ImportedValue(\"userName\")", "\"jane\"" },
		{ "ImportedValue(\"USERNAME\")", "\"jane\"" },
		{ "ImportedValue(\"name.givenName\")", "\"Jane\"" },
		{ "ImportedValue(\"emails[type eq \\\"work\\\"]\")", "\"j@x\"" },
		{ "ImportedValue(\"active\")", "true" },
		{ "ImportedValue(\"level\")", "7" },
		{ "ImportedValue(\"tags\")", "[\"a\",\"b\"]" },
		{ "ImportedValue(\"roles\")", "[\"r1\",\"r2\"]" },
		{ "ImportedValue(\"none\")", "-" },
		{ "ImportedValue(\"title\")", "-" },
		{ "Coalesce(ImportedValue(\"title\"), \"new\")", "\"new\"" },
	};
	g_autoptr(json_t) shadow =
		json_pack("{s:s, s:s, s:s, s:b, s:i, s:[s,s], s:[{s:s},{s:s}], s:n}", "userName",
			  "jane", "name.givenName", "Jane", "emails[type eq \"work\"].value", "j@x",
			  "active", 1, "level", 7, "tags", "a", "b", "roles", "value", "r1",
			  "value", "r2", "none");
	g_autoptr(Entry) entry = expr_person_new();
	const ExprInput known = { .entry = entry, .shadow = shadow };
	const ExprInput unknown = { .entry = entry };

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *result = expr_result_with(cases[i].expr, &known);
		g_assert_cmpstr(result, ==, cases[i].result);
	}
	g_autofree char *nothing = expr_result_with("ImportedValue(\"userName\")", &unknown);
	g_assert_cmpstr(nothing, ==, "-");
}

#define ROLES "[appRoleAssignments]"

/* What a person with the first 'count' of these roles gets. New string. */
static char *with_roles(const char *expr, guint count, gboolean one_role)
{
	static const ExprRole roles[] = { { "Admin", 10 }, { "Agent", 10 }, { "User", 1 } };
	g_autoptr(Entry) entry = expr_person_new();
	const ExprInput input = {
		.entry = entry, .roles = roles, .role_count = count, .one_role = one_role
	};

	return expr_result_with(expr, &input);
}

static void test_roles(void)
{
	static const struct {
		const char *expr;
		guint count;
		gboolean one_role;
		const char *result;
	} cases[] = {
		{ ROLES, 0, FALSE, "-" },
		{ ROLES, 1, FALSE, "\"Admin\"" },
		{ "[approleassignments]", 3, FALSE, "[\"Admin\",\"Agent\",\"User\"]" },
		{ "SingleAppRoleAssignment(" ROLES ")", 0, TRUE, "-" },
		{ "SingleAppRoleAssignment(" ROLES ")", 1, TRUE, "\"Admin\"" },
		{ "SingleAppRoleAssignment(" ROLES ")", 3, FALSE, "\"Admin\"" },
		{ "SingleAppRoleAssignment(" ROLES ")", 3, TRUE,
		  "! the roles \"Admin\" and \"Agent\" are equally important, and only one can be "
		  "given\ngive their rules different priorities" },
		{ "AppRoleAssignmentsComplex(" ROLES ")", 0, FALSE, "-" },
		{ "AppRoleAssignmentsComplex(" ROLES ")", 1, FALSE,
		  "{\"display\":\"Admin\",\"primary\":false,\"type\":"
		  "\"WindowsAzureActiveDirectoryRole\",\"value\":\"Admin\"}" },
		{ "AssertiveAppRoleAssignmentsComplex(" ROLES ")", 2, FALSE,
		  "[{\"display\":\"Admin\",\"primary\":false,\"type\":"
		  "\"WindowsAzureActiveDirectoryRole\",\"value\":\"Admin\"},"
		  "{\"display\":\"Agent\",\"primary\":false,\"type\":"
		  "\"WindowsAzureActiveDirectoryRole\",\"value\":\"Agent\"}]" },
		{ "IIF(Contains(" ROLES ", \"Agent\") > 0, \"yes\", \"no\")", 2, FALSE, "\"yes\"" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *result = with_roles(cases[i].expr, cases[i].count,
						     cases[i].one_role);
		g_assert_cmpstr(result, ==, cases[i].result);
	}
}

static void test_mistakes(void)
{
	static const ExprMistake cases[] = {
		{ "SelectUniqueValue([a])", 1, "at least 2 arguments" },
		{ "ImportedValue([a])", 15, "takes the path of a row, in quotes" },
		{ "ImportedValue(\"\")", 15, "" },
		{ "ImportedValue()", 1, "at least 1 argument" },
		{ "SingleAppRoleAssignment([roles])", 25,
		  "write SingleAppRoleAssignment([appRole" },
		{ "AppRoleAssignmentsComplex(\"x\")", 27, "write AppRoleAssignmentsComplex([app" },
		{ "SingleAppRoleAssignmen([roles])", 1, "did you mean SingleAppRoleAssignment?" },
		{ "AssertiveAppRoleAssignmentComplex([x])", 1,
		  "did you mean AssertiveAppRoleAssignmentsComplex?" },
	};

	RUN_MISTAKES(cases);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/expr-flow/flow", test_flow);
	g_test_add_func("/expr-flow/redact-hides-reasons", test_redact_hides_reasons);
	g_test_add_func("/expr-flow/choice", test_choice);
	g_test_add_func("/expr-flow/error", test_error);
	g_test_add_func("/expr-flow/imported", test_imported);
	g_test_add_func("/expr-flow/roles", test_roles);
	g_test_add_func("/expr-flow/mistakes", test_mistakes);
	return g_test_run();
}
