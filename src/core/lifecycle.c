/*
 * The decision table of lifecycle.h.
 *
 *	account at the app      assigned     disable          delete     keep
 *	---------------------   ----------   --------------   --------   -------
 *	none                    provision    nothing          nothing    nothing
 *	active                  update       disable          delete     nothing
 *	disabled by us          enable       nothing (1)      delete     nothing
 *	disabled by others      update (2)   disable (3)      nothing    nothing
 *	deleted by us           provision    nothing          nothing    nothing
 *
 * The columns behind "assigned" are the action that the policy names for the cause: disabled in
 * the directory, out of scope, unassigned, or deleted.
 *
 * (1) delete, once delete_after has passed since we disabled it.
 * (2) A human at the app switched this account off. The directory does not overrule that: the
 *     attributes are kept right, the switch is left alone. For the same reason neither
 *     delete_after nor the action "delete" touches it.
 * (3) We saw it switched off once; it may have been switched on since, which nobody tells us. A
 *     leaver is disabled in so many words. It stays an account that others disabled.
 *
 * The defaults of the policy live with the config.
 */
#include "core/lifecycle.h"

typedef enum {
	ROW_NONE,
	ROW_ACTIVE,
	ROW_DISABLED_BY_US,
	ROW_DISABLED_BY_OTHERS,
	ROW_DELETED,
	ROWS,
} Row;

static const LifecycleVerdict when_assigned[ROWS] = {
	[ROW_NONE] = LIFECYCLE_PROVISION,        [ROW_ACTIVE] = LIFECYCLE_UPDATE,
	[ROW_DISABLED_BY_US] = LIFECYCLE_ENABLE, [ROW_DISABLED_BY_OTHERS] = LIFECYCLE_UPDATE,
	[ROW_DELETED] = LIFECYCLE_PROVISION,
};

/* What is not named is LIFECYCLE_NOTHING. */
static const LifecycleVerdict when_action[][ROWS] = {
	[DEPROVISION_DISABLE] = { [ROW_ACTIVE] = LIFECYCLE_DISABLE,
				  [ROW_DISABLED_BY_OTHERS] = LIFECYCLE_DISABLE },
	[DEPROVISION_DELETE] = { [ROW_ACTIVE] = LIFECYCLE_DELETE,
				 [ROW_DISABLED_BY_US] = LIFECYCLE_DELETE },
	[DEPROVISION_KEEP] = { [ROW_NONE] = LIFECYCLE_NOTHING },
};

static const char *const standing_names[] = {
	[STANDING_ASSIGNED] = "assigned",         [STANDING_DISABLED] = "disabled",
	[STANDING_OUT_OF_SCOPE] = "out of scope", [STANDING_UNASSIGNED] = "unassigned",
	[STANDING_DELETED] = "deleted",
};

static const char *const account_names[] = {
	[ACCOUNT_NONE] = "none",
	[ACCOUNT_ACTIVE] = "active",
	[ACCOUNT_DISABLED] = "disabled",
	[ACCOUNT_DELETED] = "deleted",
};

static Row row_of(const LifecycleInput *input)
{
	switch (input->account) {
	case ACCOUNT_ACTIVE:
		return ROW_ACTIVE;
	case ACCOUNT_DISABLED:
		return input->disabled_by_us ? ROW_DISABLED_BY_US : ROW_DISABLED_BY_OTHERS;
	case ACCOUNT_DELETED:
		return ROW_DELETED;
	case ACCOUNT_NONE:
		break;
	}
	return ROW_NONE;
}

static Deprovision action_of(const LifecyclePolicy *policy, Standing standing)
{
	switch (standing) {
	case STANDING_DISABLED:
		return policy->disabled;
	case STANDING_OUT_OF_SCOPE:
		return policy->out_of_scope;
	case STANDING_UNASSIGNED:
		return policy->unassigned;
	case STANDING_DELETED:
		return policy->deleted;
	case STANDING_ASSIGNED:
		break;
	}
	return DEPROVISION_KEEP;
}

/* TRUE if the account is one that delete_after will delete or should have deleted. */
static gboolean is_counting(const LifecyclePolicy *policy, const LifecycleInput *input)
{
	return input->standing != STANDING_ASSIGNED && row_of(input) == ROW_DISABLED_BY_US &&
	       action_of(policy, input->standing) == DEPROVISION_DISABLE &&
	       policy->delete_after_us > 0;
}

static gint64 deadline_us(const LifecyclePolicy *policy, const LifecycleInput *input)
{
	gint64 deadline;

	if (__builtin_add_overflow(input->disabled_at_us, policy->delete_after_us, &deadline))
		return G_MAXINT64;
	return deadline;
}

LifecycleVerdict lifecycle_decide(const LifecyclePolicy *policy, const LifecycleInput *input)
{
	if (input->standing == STANDING_ASSIGNED)
		return when_assigned[row_of(input)];
	if (is_counting(policy, input) && input->now_us >= deadline_us(policy, input))
		return LIFECYCLE_DELETE;
	return when_action[action_of(policy, input->standing)][row_of(input)];
}

gint64 lifecycle_due_us(const LifecyclePolicy *policy, const LifecycleInput *input)
{
	gint64 deadline;

	if (!is_counting(policy, input))
		return 0;
	deadline = deadline_us(policy, input);
	return deadline > input->now_us ? deadline : 0;
}

const char *standing_name(Standing standing)
{
	return standing_names[standing];
}

const char *account_state_name(AccountState state)
{
	return account_names[state];
}

AccountState account_state_parse(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(account_names); i++)
		if (g_strcmp0(name, account_names[i]) == 0)
			return (AccountState)i;
	return ACCOUNT_NONE;
}
