/*
 * The guard: nothing above its limit passes, and what it says can be acted upon.
 */
#include "core/guard.h"

static const GuardLimits defaults = { 10, 5, TRUE };

static void test_allowed(void)
{
	GuardLimits none = { 0, 0, FALSE };
	GuardLimits broken = { -5, -5, FALSE };
	GuardLimits all = { 0, 100, FALSE };

	g_assert_cmpuint(guard_allowed(&defaults, 0), ==, 10);
	g_assert_cmpuint(guard_allowed(&defaults, 180), ==, 10);
	g_assert_cmpuint(guard_allowed(&defaults, 219), ==, 10);
	g_assert_cmpuint(guard_allowed(&defaults, 220), ==, 11);
	g_assert_cmpuint(guard_allowed(&defaults, 1000000), ==, 50000);
	g_assert_cmpuint(guard_allowed(&none, 1000), ==, 0);
	g_assert_cmpuint(guard_allowed(&broken, 1000), ==, 0);
	g_assert_cmpuint(guard_allowed(&all, G_MAXUINT64), ==, G_MAXUINT64);
}

static void test_removals(void)
{
	GuardCounts counts = { .managed = 180, .removals = 10, .ops = 15 };
	char *why = NULL;

	g_assert_cmpint(guard_check(&defaults, &counts, &why), ==, GUARD_PASS);
	g_assert_null(why);
	counts.removals = 12;
	g_assert_cmpint(guard_check(&defaults, &counts, &why), ==, GUARD_REMOVALS);
	g_assert_cmpstr(why, ==,
			"12 removals planned, 10 allowed (5 % of 180 managed accounts, at least "
			"10)");
	g_free(why);
	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_REMOVALS);
}

/* A search that is a little short every hour. */
static void test_window(void)
{
	GuardCounts counts = { .managed = 180, .removals = 1, .removals_window = 9, .ops = 1 };
	g_autofree char *why = NULL;

	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_PASS);
	counts.removals_window = 10;
	g_assert_cmpint(guard_check(&defaults, &counts, &why), ==, GUARD_REMOVALS);
	g_assert_cmpstr(
		why, ==,
		"1 removal planned after 10 in earlier runs, 10 allowed (5 % of 180 managed "
		"accounts, at least 10)");
	/* A full window does not hold back a plan that takes nothing away. */
	counts.removals = 0;
	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_PASS);
}

/* Memberships have limits of their own, of the same size. */
static void test_memberships(void)
{
	GuardCounts counts = {
		.managed = 180, .memberships = 1000, .memberships_removed = 50, .ops = 1
	};
	g_autofree char *why = NULL, *both = NULL;

	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_PASS);
	counts.memberships_window = 1;
	g_assert_cmpint(guard_check(&defaults, &counts, &why), ==, GUARD_REMOVALS);
	g_assert_cmpstr(why, ==,
			"50 removals of memberships planned after 1 in earlier runs, 50 allowed (5 "
			"% of 1000 managed memberships, at least 10)");
	/* Neither makes room for the other, and accounts are the more alarming. */
	counts.removals = 12;
	g_assert_cmpint(guard_check(&defaults, &counts, &both), ==, GUARD_REMOVALS);
	g_assert_true(g_str_has_prefix(both, "12 removals planned"));
	counts = (GuardCounts){ .managed = 180,
				.removals = 6,
				.memberships = 20,
				.memberships_removed = 6,
				.ops = 12 };
	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_PASS);
}

static void test_zero_limits(void)
{
	GuardLimits none = { 0, 0, FALSE };
	GuardCounts counts = { .managed = 1000, .removals = 1, .ops = 1 };

	g_assert_cmpint(guard_check(&none, &counts, NULL), ==, GUARD_REMOVALS);
	counts.removals = 0;
	g_assert_cmpint(guard_check(&none, &counts, NULL), ==, GUARD_PASS);
}

static void test_first_run(void)
{
	GuardLimits apply = { 10, 5, FALSE };
	GuardCounts counts = { .ops = 45, .first_run = TRUE };
	g_autofree char *why = NULL;

	g_assert_cmpint(guard_check(&defaults, &counts, &why), ==, GUARD_FIRST_RUN);
	g_assert_cmpstr(why, ==,
			"this is the first plan for the app, with 45 changes, and waits for "
			"approval");
	g_assert_cmpint(guard_check(&apply, &counts, NULL), ==, GUARD_PASS);
	counts.removals = 11;
	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_REMOVALS);
	counts.removals = counts.ops = 0;
	g_assert_cmpint(guard_check(&defaults, &counts, NULL), ==, GUARD_PASS);
}

static guint64 random_count(GRand *rand)
{
	guint64 wide = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);

	return wide >> g_rand_int_range(rand, 0, 64);
}

static void test_never_above_limit_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(9);
	guint passed = 0, held = 0;

	g_test_message("seed 9");
	for (int i = 0; i < 100000; i++) {
		GuardLimits limits = { (gint64)random_count(rand), g_rand_int_range(rand, -10, 120),
				       FALSE };
		GuardCounts counts = { .managed = random_count(rand),
				       .removals = random_count(rand),
				       .removals_window = random_count(rand),
				       .ops = 1 };
		/* The naive arithmetic, in a type where nothing overflows. */
		unsigned __int128 allowed = (unsigned __int128)counts.managed *
					    (guint64)CLAMP(limits.removals_percent, 0, 100) / 100;
		unsigned __int128 removals = (unsigned __int128)counts.removals +
					     counts.removals_window;
		gboolean within;

		allowed = MAX(allowed, (guint64)MAX(limits.removals, 0));
		within = counts.removals == 0 || removals <= allowed;
		g_assert_cmpint(guard_check(&limits, &counts, NULL), ==,
				within ? GUARD_PASS : GUARD_REMOVALS);
		within ? passed++ : held++;
	}
	g_assert_cmpuint(passed, >, 1000);
	g_assert_cmpuint(held, >, 1000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guard/allowed", test_allowed);
	g_test_add_func("/guard/removals", test_removals);
	g_test_add_func("/guard/window", test_window);
	g_test_add_func("/guard/memberships", test_memberships);
	g_test_add_func("/guard/zero-limits", test_zero_limits);
	g_test_add_func("/guard/first-run", test_first_run);
	g_test_add_func("/guard/never-above-limit", test_never_above_limit_property);
	return g_test_run();
}
