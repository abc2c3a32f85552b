/*
 * The log as an operator sees it: on a plain stream, on a terminal, in the journal.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "child_support.h"

static void say_all_levels(void)
{
	log_error("cannot open \"%s\"", "x");
	log_warning("two");
	log_info("three");
	log_debug("four");
}

static void say_all_levels_verbosely(void)
{
	log_set_level(LOG_LEVEL_DEBUG);
	say_all_levels();
}

static void say_with_context(void)
{
	log_set_context("run", "12");
	log_set_context("app", "zoom");
	log_warning("one");
	log_set_context("run", "13");
	log_set_context("app", NULL);
	log_warning("two");
	log_set_context("app", "zoho");
	log_warning("three");
	log_set_context("run", NULL);
	log_set_context("app", NULL);
	log_warning("four");
}

static void say_hint(void)
{
	log_set_context("app", "zoom");
	log_error("could not connect\ncheck the firewall");
}

static void say_hostile(void)
{
	log_error("server said: %s", "\033[2Jok\rerror: forged\x7f \xc2\x9b \xff ü\t.");
}

static void say_hint_in_journal(void)
{
	struct stat status;
	char journal[64];

	g_assert_no_errno(fstat(STDERR_FILENO, &status));
	g_snprintf(journal, sizeof(journal), "%lu:%lu", (gulong)status.st_dev,
		   (gulong)status.st_ino);
	g_setenv("JOURNAL_STREAM", journal, TRUE);
	say_hint();
}

static void assert_says(void (*run)(void), gboolean on_terminal, const char *expected)
{
	g_auto(ChildResult) child = child_run(run, on_terminal);

	g_assert_cmpint(child.status, ==, 0);
	g_assert_cmpstr(child.output, ==, expected);
}

static void test_levels(void)
{
	assert_says(say_all_levels, FALSE, "error: cannot open \"x\"\nwarning: two\n");
	assert_says(say_all_levels_verbosely, FALSE,
		    "error: cannot open \"x\"\nwarning: two\ninfo: three\ndebug: four\n");
}

static void test_context(void)
{
	assert_says(say_with_context, FALSE,
		    "warning: run=12 app=zoom: one\n"
		    "warning: run=13: two\n"
		    "warning: run=13 app=zoho: three\n"
		    "warning: four\n");
}

static void test_hint_is_indented(void)
{
	assert_says(say_hint, FALSE, "error: app=zoom: could not connect\n  check the firewall\n");
}

static void test_control_characters(void)
{
	assert_says(
		say_hostile, FALSE,
		"error: server said: \\x1b[2Jok\\x0derror: forged\\x7f \\x9b \xef\xbf\xbd ü\t.\n");
}

static void test_terminal_has_colour(void)
{
	g_unsetenv("NO_COLOR");
	assert_says(
		say_hint, TRUE,
		"\033[1;31merror:\033[0m app=zoom: could not connect\r\n  check the firewall\r\n");
}

static void test_no_color(void)
{
	g_setenv("NO_COLOR", "1", TRUE);
	assert_says(say_hint, TRUE,
		    "error: app=zoom: could not connect\r\n  check the firewall\r\n");
	g_unsetenv("NO_COLOR");
}

static void test_journal(void)
{
	assert_says(say_hint_in_journal, FALSE,
		    "<3>app=zoom: could not connect\n<3>  check the firewall\n");
}

/* The variable is inherited by a process whose standard error was redirected. */
static void test_not_the_journal(void)
{
	g_setenv("JOURNAL_STREAM", "8:1234567", TRUE);
	assert_says(say_hint, FALSE, "error: app=zoom: could not connect\n  check the firewall\n");
	g_unsetenv("JOURNAL_STREAM");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_unsetenv("JOURNAL_STREAM");
	g_test_add_func("/log/levels", test_levels);
	g_test_add_func("/log/context", test_context);
	g_test_add_func("/log/hint-is-indented", test_hint_is_indented);
	g_test_add_func("/log/control-characters", test_control_characters);
	g_test_add_func("/log/terminal-has-colour", test_terminal_has_colour);
	g_test_add_func("/log/no-color", test_no_color);
	g_test_add_func("/log/journal", test_journal);
	g_test_add_func("/log/not-the-journal", test_not_the_journal);
	return g_test_run();
}
