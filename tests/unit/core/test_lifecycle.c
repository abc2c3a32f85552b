/*
 * The lifecycle table, row by row, and what time alone changes.
 */
#include "core/lifecycle.h"

#define DAY (G_GINT64_CONSTANT(86400000000))
#define T0 (G_GINT64_CONSTANT(1800000000000000))

static LifecycleVerdict decide(Deprovision action, Standing standing, AccountState account,
			       gboolean by_us)
{
	LifecyclePolicy policy = { action, action, action, action, 0 };
	LifecycleInput input = { standing, account, by_us, T0, T0 + 999 * DAY };

	return lifecycle_decide(&policy, &input);
}

static void test_assigned(void)
{
	for (Deprovision action = DEPROVISION_DISABLE; action <= DEPROVISION_KEEP; action++) {
		Standing standing = STANDING_ASSIGNED;

		g_assert_cmpint(decide(action, standing, ACCOUNT_NONE, FALSE), ==,
				LIFECYCLE_PROVISION);
		g_assert_cmpint(decide(action, standing, ACCOUNT_ACTIVE, FALSE), ==,
				LIFECYCLE_UPDATE);
		g_assert_cmpint(decide(action, standing, ACCOUNT_DISABLED, TRUE), ==,
				LIFECYCLE_ENABLE);
		g_assert_cmpint(decide(action, standing, ACCOUNT_DISABLED, FALSE), ==,
				LIFECYCLE_UPDATE);
		g_assert_cmpint(decide(action, standing, ACCOUNT_DELETED, TRUE), ==,
				LIFECYCLE_PROVISION);
	}
}

static void test_leavers(void)
{
	static const struct {
		Deprovision action;
		AccountState account;
		gboolean by_us;
		LifecycleVerdict verdict;
	} rows[] = {
		{ DEPROVISION_DISABLE, ACCOUNT_NONE, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_DISABLE, ACCOUNT_ACTIVE, FALSE, LIFECYCLE_DISABLE },
		{ DEPROVISION_DISABLE, ACCOUNT_DISABLED, TRUE, LIFECYCLE_NOTHING },
		{ DEPROVISION_DISABLE, ACCOUNT_DISABLED, FALSE, LIFECYCLE_DISABLE },
		{ DEPROVISION_DISABLE, ACCOUNT_DELETED, TRUE, LIFECYCLE_NOTHING },
		{ DEPROVISION_DELETE, ACCOUNT_NONE, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_DELETE, ACCOUNT_ACTIVE, FALSE, LIFECYCLE_DELETE },
		{ DEPROVISION_DELETE, ACCOUNT_DISABLED, TRUE, LIFECYCLE_DELETE },
		{ DEPROVISION_DELETE, ACCOUNT_DISABLED, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_DELETE, ACCOUNT_DELETED, TRUE, LIFECYCLE_NOTHING },
		{ DEPROVISION_KEEP, ACCOUNT_NONE, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_KEEP, ACCOUNT_ACTIVE, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_KEEP, ACCOUNT_DISABLED, TRUE, LIFECYCLE_NOTHING },
		{ DEPROVISION_KEEP, ACCOUNT_DISABLED, FALSE, LIFECYCLE_NOTHING },
		{ DEPROVISION_KEEP, ACCOUNT_DELETED, TRUE, LIFECYCLE_NOTHING },
	};

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		for (Standing s = STANDING_DISABLED; s <= STANDING_DELETED; s++) {
			g_test_message("row %u, %s", i, standing_name(s));
			g_assert_cmpint(decide(rows[i].action, s, rows[i].account, rows[i].by_us),
					==, rows[i].verdict);
		}
	}
}

static void test_each_cause_has_its_action(void)
{
	LifecyclePolicy policy = { .disabled = DEPROVISION_KEEP,
				   .unassigned = DEPROVISION_DISABLE,
				   .deleted = DEPROVISION_DELETE,
				   .out_of_scope = DEPROVISION_KEEP };
	LifecycleInput input = { .account = ACCOUNT_ACTIVE, .now_us = T0 };

	input.standing = STANDING_DISABLED;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_NOTHING);
	input.standing = STANDING_UNASSIGNED;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_DISABLE);
	input.standing = STANDING_DELETED;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_DELETE);
	input.standing = STANDING_OUT_OF_SCOPE;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_NOTHING);
	policy.out_of_scope = DEPROVISION_DELETE;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_DELETE);
}

static void test_delete_after(void)
{
	LifecyclePolicy policy = { .unassigned = DEPROVISION_DISABLE, .delete_after_us = 30 * DAY };
	LifecycleInput input = { STANDING_UNASSIGNED, ACCOUNT_DISABLED, TRUE, T0, 0 };

	input.now_us = T0 + 30 * DAY - 1;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_NOTHING);
	g_assert_cmpint(lifecycle_due_us(&policy, &input), ==, T0 + 30 * DAY);
	input.now_us = T0 + 30 * DAY;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_DELETE);
	g_assert_cmpint(lifecycle_due_us(&policy, &input), ==, 0);

	input.disabled_by_us = FALSE;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_DISABLE);
	input.disabled_by_us = TRUE;
	input.standing = STANDING_ASSIGNED;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_ENABLE);
	input.standing = STANDING_UNASSIGNED;
	policy.unassigned = DEPROVISION_KEEP;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_NOTHING);
	policy.unassigned = DEPROVISION_DISABLE;
	policy.delete_after_us = G_MAXINT64;
	g_assert_cmpint(lifecycle_decide(&policy, &input), ==, LIFECYCLE_NOTHING);
}

static void random_case(GRand *rand, LifecyclePolicy *policy, LifecycleInput *input)
{
	policy->disabled = (Deprovision)g_rand_int_range(rand, 0, 3);
	policy->unassigned = (Deprovision)g_rand_int_range(rand, 0, 3);
	policy->deleted = (Deprovision)g_rand_int_range(rand, 0, 3);
	policy->out_of_scope = (Deprovision)g_rand_int_range(rand, 0, 3);
	policy->delete_after_us = g_rand_int_range(rand, 0, 4) * DAY;
	input->standing = (Standing)g_rand_int_range(rand, 0, 5);
	input->account = (AccountState)g_rand_int_range(rand, 0, 4);
	input->disabled_by_us = g_rand_boolean(rand);
	input->disabled_at_us = T0;
	input->now_us = T0 + g_rand_int_range(rand, 0, 5) * DAY;
}

/* The due time is where the decision changes: not a moment earlier, and never if there is none. */
static void test_due_property(void)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(30);
	guint with_due = 0;

	g_test_message("seed 30");
	for (int i = 0; i < 20000; i++) {
		LifecyclePolicy policy;
		LifecycleInput input;
		LifecycleVerdict now;
		gint64 due;

		random_case(rand, &policy, &input);
		now = lifecycle_decide(&policy, &input);
		due = lifecycle_due_us(&policy, &input);
		input.now_us = due > 0 ? due - 1 : input.now_us + 1000 * DAY;
		g_assert_cmpint(lifecycle_decide(&policy, &input), ==, now);
		if (due == 0)
			continue;
		input.now_us = due;
		g_assert_cmpint(lifecycle_decide(&policy, &input), !=, now);
		with_due++;
	}
	g_assert_cmpuint(with_due, >, 0);
}

static void test_names(void)
{
	g_assert_cmpstr(standing_name(STANDING_OUT_OF_SCOPE), ==, "out of scope");
	g_assert_cmpstr(standing_name(STANDING_ASSIGNED), ==, "assigned");
	for (AccountState state = ACCOUNT_NONE; state <= ACCOUNT_DELETED; state++)
		g_assert_cmpint(account_state_parse(account_state_name(state)), ==, state);
	g_assert_cmpint(account_state_parse("Active"), ==, ACCOUNT_NONE);
	g_assert_cmpint(account_state_parse(NULL), ==, ACCOUNT_NONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lifecycle/assigned", test_assigned);
	g_test_add_func("/lifecycle/leavers", test_leavers);
	g_test_add_func("/lifecycle/each-cause", test_each_cause_has_its_action);
	g_test_add_func("/lifecycle/delete-after", test_delete_after);
	g_test_add_func("/lifecycle/due", test_due_property);
	g_test_add_func("/lifecycle/names", test_names);
	return g_test_run();
}
