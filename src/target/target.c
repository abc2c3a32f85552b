/*
 * The registry: one array of drivers, and the names of verbs and outcomes.
 */
#include "target/target.h"

#include "target_internal.h"

static const TargetOps *const drivers[] = { &target_scim, &target_custom, &target_mem };
/* In the order of 'drivers'. */
static const char *const types[] = { "scim", "custom", "mem", NULL };
G_STATIC_ASSERT(G_N_ELEMENTS(types) == G_N_ELEMENTS(drivers) + 1);

const TargetOps *target_find(const char *type)
{
	for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++) {
		if (g_str_equal(drivers[i]->name, type))
			return drivers[i];
	}
	return NULL;
}

const char *const *target_types(void)
{
	return types;
}

const char *target_verb_name(TargetVerb verb)
{
	static const char *const names[TARGET_VERBS] = {
		[TARGET_LOOKUP] = "lookup",
		[TARGET_READ] = "read",
		[TARGET_GROUP_LOOKUP] = "group_lookup",
		[TARGET_CREATE] = "create",
		[TARGET_UPDATE] = "update",
		[TARGET_ENABLE] = "enable",
		[TARGET_DISABLE] = "disable",
		[TARGET_DELETE] = "delete",
		[TARGET_GROUP_CREATE] = "group_create",
		[TARGET_GROUP_RENAME] = "group_rename",
		[TARGET_GROUP_DELETE] = "group_delete",
		[TARGET_MEMBERS_ADD] = "members_add",
		[TARGET_MEMBERS_REMOVE] = "members_remove",
		[TARGET_PASSWORD] = "password",
		[TARGET_RESET_MAIL] = "reset_mail",
	};
	return names[verb];
}

const char *target_outcome_name(TargetOutcome outcome)
{
	static const char *const names[] = {
		[TARGET_OK] = "ok",
		[TARGET_ABSENT] = "absent",
		[TARGET_EXISTS] = "exists",
		[TARGET_STALE] = "stale",
		[TARGET_REJECTED] = "rejected",
		[TARGET_LATER] = "later",
		[TARGET_UNKNOWN] = "unknown",
		[TARGET_DOWN] = "down",
	};
	return names[outcome];
}

gboolean target_verb_writes(TargetVerb verb)
{
	return verb != TARGET_LOOKUP && verb != TARGET_READ && verb != TARGET_GROUP_LOOKUP;
}

gboolean target_verb_is_of_group(TargetVerb verb)
{
	return verb == TARGET_GROUP_LOOKUP ||
	       (verb >= TARGET_GROUP_CREATE && verb <= TARGET_MEMBERS_REMOVE);
}

static void finding_free(void *finding_)
{
	TargetFinding *finding = finding_;

	g_free(finding->subject);
	g_free(finding->what);
	g_free(finding->found);
	g_free(finding->setting);
	g_free(finding->value);
	g_free(finding);
}

GPtrArray *target_findings_new(void)
{
	return g_ptr_array_new_with_free_func(finding_free);
}
