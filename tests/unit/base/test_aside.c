/*
 * Work aside: done while the caller goes on, its verdict and its error given at the end.
 */
#include "base/aside.h"
#include "base/error.h"

typedef struct {
	gint go, steps; /* atomic */
	gboolean fails;
} Work;

/* Waits for the caller's word: so it can only end if the caller goes on meanwhile. */
static gboolean wait_for_word(void *work_, GError **error)
{
	Work *work = work_;

	while (!g_atomic_int_get(&work->go))
		g_thread_yield();
	g_atomic_int_inc(&work->steps);
	return !work->fails || error_set(error, ERROR_FATAL, "the disk is full");
}

static void test_done(void)
{
	Work work = { 0 };
	g_autoptr(GError) error = NULL;
	Aside *aside = aside_start(wait_for_word, &work);

	g_assert_false(aside_has_ended(aside));
	g_atomic_int_set(&work.go, TRUE);
	g_assert_true(aside_end(aside, &error));
	g_assert_no_error(error);
	g_assert_cmpint(work.steps, ==, 1);
}

static void test_failed(void)
{
	Work work = { .go = TRUE, .fails = TRUE };
	g_autoptr(GError) error = NULL;
	Aside *aside = aside_start(wait_for_word, &work);

	while (!aside_has_ended(aside))
		g_thread_yield();
	g_assert_false(aside_end(aside, &error));
	g_assert_true(error_is(error, ERROR_FATAL));
	g_assert_cmpstr(error->message, ==, "the disk is full");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/aside/done", test_done);
	g_test_add_func("/aside/failed", test_failed);
	return g_test_run();
}
