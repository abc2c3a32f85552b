/*
 * Crash points: where a test may stop the program dead.
 *
 * A crash test runs the shipped binary again and again with DIRBRIDGE_CRASH_AT=1, 2, 3, ... until
 * a run gets through, resumes after every stop, and compares the end states. SIGKILL is what a
 * power cut looks like to a process: no handler, no flush, no atexit.
 *
 * To walk a run of n points in this way costs n runs, most of which do the same again. What a
 * killed process leaves is what its files hold at that moment, so DIRBRIDGE_CRASH_AT=each lets a
 * test copy them at each point of a single run: the process stops, and is sent SIGCONT.
 *
 * With DIRBRIDGE_CRASH_TRACE=1 every point that is passed is named on standard error, with its
 * number, so that a test can count the steps of a run and a reader can see what step 17 was:
 *
 *	crash point 17: intent is durable
 *
 * The environment is read once, at the first point. Nothing here is in a hurry: the points stand
 * beside a commit or a network request.
 */
#include "base/crash.h"

#include <glib.h>
#include <signal.h>
#include <unistd.h>

typedef struct {
	gboolean ready;
	gboolean trace;
	gboolean each;
	guint64 at;   /* 0: never */
	guint passed; /* atomic */
} CrashState;

/* lint: state: counts the points passed by this process */
static CrashState crash;

static void crash_read_environment(void)
{
	const char *at = g_getenv("DIRBRIDGE_CRASH_AT");
	const char *trace = g_getenv("DIRBRIDGE_CRASH_TRACE");

	crash.ready = TRUE;
	crash.trace = g_strcmp0(trace, "1") == 0;
	crash.each = g_strcmp0(at, "each") == 0;
	if (at && !crash.each)
		crash.at = g_ascii_strtoull(at, NULL, 10);
}

void crash_point(const char *name)
{
	if (!crash.ready)
		crash_read_environment();
	if (!crash.at && !crash.each && !crash.trace)
		return;

	guint passed = (guint)g_atomic_int_add(&crash.passed, 1) + 1;

	if (crash.trace)
		g_printerr("crash point %u: %s\n", passed, name);
	if (passed == crash.at)
		kill(getpid(), SIGKILL);
	if (crash.each)
		raise(SIGSTOP);
}
