/*
 * What is switched on, and the target cannot do: known from the settings alone, so that it is said
 * before anybody waits for it.
 *
 * What was written down and cannot be done is a mistake. What is so by default is none, but for
 * what nobody may overlook: a leaver who keeps the access, and that nobody gets an account.
 */
#include "config_internal.h"

typedef struct {
	ConfigLoader *loader;
	const AppConfig *app;
	const ConfNode *group;
	guint can; /* TARGET_CAN_* */
} Able;

static void problem(const Able *self, const ConfNode *node, const char *sentence)
{
	conf_problem(self->loader->problems, CONF_PROBLEM, node ? node : self->group, "%s",
		     sentence);
}

/* ---- features ---- */

typedef struct {
	const char *name;
	guint needs; /* one of these */
	const char *why;
} Feature;

static const Feature features[] = {
	{ "create", TARGET_CAN_CREATE, "accounts cannot be made at this target as it is defined" },
	{ "update", TARGET_CAN_UPDATE,
	  "accounts cannot be changed at this target as it is defined" },
	{ "disable", TARGET_CAN_DISABLE,
	  "accounts cannot be disabled at this target as it is defined" },
	{ "delete", TARGET_CAN_DELETE,
	  "accounts cannot be deleted at this target as it is defined" },
	{ "groups", TARGET_CAN_GROUPS,
	  "nothing can be done with groups at this target as it is defined" },
	{ "password", TARGET_CAN_PASSWORD | TARGET_CAN_RESET_MAIL,
	  "passwords can neither be set nor reset at this target as it is defined" },
};

/* Whoever writes "true" relies on it. */
static void check_features(const Able *self)
{
	const ConfNode *group = conf_member(self->group, "features");

	for (gsize i = 0; i < G_N_ELEMENTS(features); i++) {
		const ConfNode *node = conf_member(group, features[i].name);
		gboolean on = FALSE;

		if (!node || !conf_boolean(node, &on) || !on || (self->can & features[i].needs))
			continue;
		conf_problem(self->loader->problems, CONF_PROBLEM, node,
			     "'%s' is switched on, but %s\ndefine how, or leave it out",
			     features[i].name, features[i].why);
	}
}

/* Of what is so by default only the main thing, for a definition that forgot it looks sound. */
static void check_create(const Able *self)
{
	const ConfNode *node = conf_member(conf_member(self->group, "features"), "create");

	if (node || (self->can & TARGET_CAN_CREATE))
		return;
	conf_problem(self->loader->problems, CONF_WARNING, self->group,
		     "nobody gets an account: accounts cannot be made at this target as it is "
		     "defined\ndefine how, or say features = { create = false; } if that is meant");
}

/* ---- what becomes of leavers ---- */

typedef struct {
	const char *name;
	Deprovision value;
} Cause;

/* Only one sentence of what is so by default, however many causes there are. */
static void check_disable(const Able *self, const Cause *cause, gboolean *warned)
{
	const ConfNode *node = conf_member(conf_member(self->group, "deprovision"), cause->name);
	gboolean can = (self->can & TARGET_CAN_DISABLE) != 0;

	if (can || (!node && *warned))
		return;
	*warned |= !node;
	conf_problem(
		self->loader->problems, node ? CONF_PROBLEM : CONF_WARNING,
		node ? node : self->group,
		"whoever leaves keeps the access: accounts are to be disabled (%s), and cannot "
		"be at this target as it is defined\ndefine how, or say in 'deprovision' what "
		"is to be done instead",
		cause->name);
}

static void check_delete(const Able *self, const Cause *cause)
{
	const ConfNode *node = conf_member(conf_member(self->group, "deprovision"), cause->name);

	if (self->can & TARGET_CAN_DELETE)
		return;
	conf_problem(self->loader->problems, CONF_PROBLEM, node ? node : self->group,
		     "accounts are to be deleted (%s), and cannot be at this target as it is "
		     "defined\ndefine how, or say in 'deprovision' what is to be done instead",
		     cause->name);
}

static void check_leavers(const Able *self)
{
	const LifecyclePolicy *policy = &self->app->policy;
	const Cause causes[] = {
		{ "disabled", policy->disabled },
		{ "unassigned", policy->unassigned },
		{ "deleted", policy->deleted },
		{ "out_of_scope", policy->out_of_scope },
	};
	gboolean warned = FALSE, disables = FALSE;

	for (gsize i = 0; i < G_N_ELEMENTS(causes); i++) {
		disables |= causes[i].value == DEPROVISION_DISABLE;
		if (causes[i].value == DEPROVISION_DISABLE && self->app->features.disable)
			check_disable(self, &causes[i], &warned);
		if (causes[i].value == DEPROVISION_DELETE && self->app->features.delete)
			check_delete(self, &causes[i]);
	}
	if (policy->delete_after_us && self->app->features.delete)
		check_delete(self, &(Cause){ "delete_after", DEPROVISION_DELETE });
	if (disables && self->app->features.disable &&
	    !self->app->features.delete &&(self->can & TARGET_DISABLE_DELETES))
		problem(self, conf_member(conf_member(self->group, "features"), "delete"),
			"'delete' is switched off, but an account is disabled by deleting it at "
			"this target as it is defined\ndefine how it is disabled, or say in "
			"'deprovision' what is to be done instead");
}

/* ---- the whole ---- */

static void check_groups(const Able *self)
{
	const AppConfig *app = self->app;

	if (app->push && app->push->len > 0 && app->features.groups &&
	    !(self->can & TARGET_CAN_GROUPS))
		problem(self, conf_member(self->group, "groups"),
			"groups are to be pushed, and nothing can be done with groups at this "
			"target as it is defined\ndefine how, or leave 'groups' out");
}

void config_able_check(ConfigLoader *loader, const AppConfig *app, const ConfNode *group)
{
	Able self = { loader, app, group, app->ops->abilities(app->conf) };

	check_features(&self);
	check_create(&self);
	check_leavers(&self);
	check_groups(&self);
}
