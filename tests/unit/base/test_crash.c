/*
 * Crash points: the k-th one ends the process, k beyond the last one ends nothing.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crash.h"
#include "child_support.h"

static void pass_three(void)
{
	crash_point("intent is durable");
	crash_point("request is sent");
	crash_point("outcome is durable");
}

static ChildResult run_with(const char *at, const char *trace)
{
	g_unsetenv("DIRBRIDGE_CRASH_AT");
	g_unsetenv("DIRBRIDGE_CRASH_TRACE");
	if (at)
		g_setenv("DIRBRIDGE_CRASH_AT", at, TRUE);
	if (trace)
		g_setenv("DIRBRIDGE_CRASH_TRACE", trace, TRUE);
	return child_run(pass_three, FALSE);
}

static void test_off(void)
{
	g_auto(ChildResult) child = run_with(NULL, NULL);

	g_assert_true(WIFEXITED(child.status));
	g_assert_cmpstr(child.output, ==, "");
}

static void test_stops_at_the_second(void)
{
	g_auto(ChildResult) child = run_with("2", "1");

	g_assert_true(WIFSIGNALED(child.status));
	g_assert_cmpint(WTERMSIG(child.status), ==, SIGKILL);
	g_assert_cmpstr(child.output, ==,
			"crash point 1: intent is durable\n"
			"crash point 2: request is sent\n");
}

static void test_every_step_then_through(void)
{
	for (int k = 1; k <= 4; k++) {
		char at[] = { (char)('0' + k), '\0' };
		g_auto(ChildResult) child = run_with(at, NULL);
		g_assert_cmpint(WIFSIGNALED(child.status) != 0, ==, k <= 3);
		g_assert_cmpstr(child.output, ==, "");
	}
}

static void test_trace_counts(void)
{
	g_auto(ChildResult) child = run_with(NULL, "1");

	g_assert_true(WIFEXITED(child.status));
	g_assert_true(g_str_has_suffix(child.output, "crash point 3: outcome is durable\n"));
}

static void test_stops_at_each(void)
{
	int status, stops = 0;

	g_setenv("DIRBRIDGE_CRASH_AT", "each", TRUE);
	pid_t child = fork();
	g_assert_cmpint(child, >=, 0);
	if (child == 0) {
		pass_three();
		_exit(0);
	}
	while (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
		stops++;
		g_assert_no_errno(kill(child, SIGCONT));
	}
	g_assert_true(WIFEXITED(status));
	g_assert_cmpint(stops, ==, 3);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/crash/off", test_off);
	g_test_add_func("/crash/stops-at-the-second", test_stops_at_the_second);
	g_test_add_func("/crash/every-step-then-through", test_every_step_then_through);
	g_test_add_func("/crash/stops-at-each", test_stops_at_each);
	g_test_add_func("/crash/trace-counts", test_trace_counts);
	return g_test_run();
}
