/*
 * Error kinds: the caller learns what can be done, and an unknown error is the worst one.
 */
#include "base/error.h"

static void test_kinds_have_names(void)
{
	g_assert_cmpstr(error_kind_name(ERROR_OBJECT), ==, "object");
	g_assert_cmpstr(error_kind_name(ERROR_STALE), ==, "stale");
	g_assert_cmpstr(error_kind_name(ERROR_RETRY), ==, "retry");
	g_assert_cmpstr(error_kind_name(ERROR_DOWN), ==, "down");
	g_assert_cmpstr(error_kind_name(ERROR_REFUSED), ==, "refused");
	g_assert_cmpstr(error_kind_name(ERROR_CONFIG), ==, "config");
	g_assert_cmpstr(error_kind_name(ERROR_FATAL), ==, "fatal");
	g_assert_cmpstr(error_kind_name((ErrorKind)99), ==, "fatal");
}

static void test_set_and_prefix(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(error_set(&error, ERROR_RETRY, "host \"%s\" is busy", "a%sb"));
	g_prefix_error(&error, "cannot list users: ");
	g_assert_cmpstr(error->message, ==, "cannot list users: host \"a%sb\" is busy");
	g_assert_true(error_is(error, ERROR_RETRY));
	g_assert_false(error_is(error, ERROR_DOWN));
}

static void test_nobody_listens(void)
{
	g_assert_false(error_set(NULL, ERROR_DOWN, "lost"));
	g_assert_false(error_is(NULL, ERROR_OBJECT));
}

static void test_foreign_is_fatal(void)
{
	g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_EXIST, "exists");
	g_autoptr(GError) strange = g_error_new(BRIDGE_ERROR, 4711, "strange");

	g_assert_cmpint(error_kind(foreign), ==, ERROR_FATAL);
	g_assert_cmpint(error_kind(strange), ==, ERROR_FATAL);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/error/kinds-have-names", test_kinds_have_names);
	g_test_add_func("/error/set-and-prefix", test_set_and_prefix);
	g_test_add_func("/error/nobody-listens", test_nobody_listens);
	g_test_add_func("/error/foreign-is-fatal", test_foreign_is_fatal);
	return g_test_run();
}
