/*
 * Constraints: what becomes of a value, and what is said of one that the target would refuse.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/constraint.h"

/* The value as text, or "! message". New string. */
static char *apply(const Constraint *constraint, const char *path, const char *value_text)
{
	g_autoptr(Constraints) constraints = constraints_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) value = json_parse_bounded(value_text, strlen(value_text), &error);

	g_assert_no_error(error);
	if (!constraints_add(constraints, constraint, &error))
		g_error("%s: %s", constraint->path, error->message);
	g_autoptr(json_t) taken = constraints_apply(constraints, path, value, &error);
	if (taken)
		return json_dumps(taken, JSON_ENCODE_ANY | JSON_COMPACT);
	g_assert_true(error_is(error, ERROR_OBJECT));
	return g_strdup_printf("! %s", error->message);
}

static void assert_value(const Constraint *constraint, const char *value, const char *expected)
{
	g_autofree char *result = apply(constraint, constraint->path, value);

	g_assert_cmpstr(result, ==, expected);
}

static void test_length(void)
{
	Constraint limit = { .path = "userName", .max_length = 3 };

	assert_value(&limit, "\"abc\"", "\"abc\"");
	assert_value(&limit, "\"äöü\"", "\"äöü\"");
	assert_value(&limit, "\"\"", "\"\"");
	assert_value(&limit, "\"abcd\"", "! \"userName\" has 4 characters, and the target takes 3");
	limit.why = "it is that old";
	assert_value(&limit, "\"abcd\"",
		     "! \"userName\" has 4 characters, and the target takes 3\nit is that old");
}

/* The whole value has to fit, whichever way the pattern would match first. */
static void test_pattern(void)
{
	Constraint letters = { .path = "userName", .pattern = "a|ab" };
	Constraint anchored = { .path = "userName", .pattern = "^[a-z]+$" };

	assert_value(&letters, "\"ab\"", "\"ab\"");
	assert_value(&letters, "\"abc\"",
		     "! \"userName\" is not what the target takes, which is a|ab");
	assert_value(&letters, "\"cab\"",
		     "! \"userName\" is not what the target takes, which is a|ab");
	assert_value(&anchored, "\"abc\"", "\"abc\"");
	assert_value(&anchored, "\"abc\\n\"",
		     "! \"userName\" is not what the target takes, which is ^[a-z]+$");
}

static void test_lower(void)
{
	Constraint lower = { .path = "userName", .lower = TRUE, .pattern = "[^A-Z]*" };

	assert_value(&lower, "\"JÄNE@X.ORG\"", "\"jäne@x.org\"");
	assert_value(&lower, "\"ΣΟΦΙΑ\"", "\"σοφια\"");
	assert_value(&lower, "7", "7");
}

static void test_lists(void)
{
	Constraint lower = { .path = "aliases", .lower = TRUE, .max_length = 2 };
	Constraint single = { .path = "aliases", .single = TRUE };

	assert_value(&lower, "[\"A\",1,\"BC\"]", "[\"a\",1,\"bc\"]");
	assert_value(&lower, "[\"A\",\"ABC\"]",
		     "! \"aliases\" has 3 characters, and the target takes 2");
	assert_value(&single, "[\"A\"]", "[\"A\"]");
	assert_value(&single, "[\"A\",\"B\"]",
		     "! \"aliases\" has several values, and the target takes one");
}

static void test_other_paths(void)
{
	Constraint limit = { .path = "emails[type eq 'work']", .max_length = 1 };
	g_autofree char *same = apply(&limit, "Emails[Type eq \"WORK\"].Value", "\"ab\"");
	g_autofree char *other = apply(&limit, "emails[type eq \"home\"].value", "\"ab\"");
	g_autofree char *broken = apply(&limit, "no path", "\"ab\"");

	g_assert_true(g_str_has_prefix(same, "! \"emails[type eq \"work\"].value\" has 2"));
	g_assert_cmpstr(other, ==, "\"ab\"");
	g_assert_cmpstr(broken, ==, "\"ab\"");
}

static void assert_refused(Constraints *constraints, const Constraint *constraint,
			   const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(constraints_add(constraints, constraint, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	if (!strstr(error->message, message))
		g_error("%s", error->message);
}

static void test_refused(void)
{
	g_autoptr(Constraints) constraints = constraints_new();
	g_autoptr(GError) error = NULL;
	Constraint sound = { .path = "userName", .max_length = 3 };

	g_assert_null(constraints_find(constraints, "userName"));
	g_assert_true(constraints_add(constraints, &sound, &error));
	assert_refused(constraints, &(Constraint){ .path = "user name" }, "bad path at column 5");
	assert_refused(constraints, &(Constraint){ .path = "UserName", .lower = TRUE },
		       "a second constraint of \"UserName\"");
	assert_refused(constraints, &(Constraint){ .path = "title", .pattern = "a)|(b" },
		       "pattern of \"title\", column ");
	g_assert_null(constraints_find(constraints, "title"));
	g_assert_cmpint(constraints_find(constraints, "USERNAME")->max_length, ==, 3);
	g_assert_null(constraints_find(constraints, "no path"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/constraint/length", test_length);
	g_test_add_func("/constraint/pattern", test_pattern);
	g_test_add_func("/constraint/lower", test_lower);
	g_test_add_func("/constraint/lists", test_lists);
	g_test_add_func("/constraint/other-paths", test_other_paths);
	g_test_add_func("/constraint/refused", test_refused);
	return g_test_run();
}
