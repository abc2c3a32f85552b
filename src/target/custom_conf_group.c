/*
 * Groups and their members in a definition, and what settings need of operations.
 *
 *	group  = { name = "displayName"; lookup = { ... }; create = { ... }; };
 *	member = { id = "user_id"; add = { ... }; remove = { ... }; list = { ... }; };
 */
#include "custom_conf_internal.h"

typedef struct {
	const ConfNode *operations[CUSTOM_OPERATIONS];
	char *id, *name;
} GroupConf;

static const Option group_options[] = {
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_LOOKUP], "lookup", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_LIST], "list", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_GET], "get", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_CREATE], "create", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_UPDATE], "update", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_GROUP_DELETE], "delete", 0),
	OPTION(STRING, GroupConf, id, "id", 0, .fallback = "id"),
	OPTION(STRING, GroupConf, name, "name", 0, .fallback = "name"),
	OPTION_END
};

static const Option member_options[] = {
	OPTION(NODE, GroupConf, operations[CUSTOM_MEMBER_ADD], "add", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_MEMBER_REMOVE], "remove", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_MEMBER_LIST], "list", 0),
	OPTION(NODE, GroupConf, operations[CUSTOM_MEMBER_REPLACE], "replace", 0),
	OPTION(STRING, GroupConf, id, "id", 0, .fallback = "id"),
	OPTION_END
};

void custom_conf_groups_of(CustomBuild *self)
{
	const ConfNode *group = self->conf->group, *member = self->conf->member;
	GroupConf of_group = { 0 }, of_member = { 0 };

	conf_fill(group, &(OptionSet){ group_options, &of_group }, 1, NULL, self->problems);
	conf_fill(member, &(OptionSet){ member_options, &of_member }, 1, NULL, self->problems);
	custom_conf_group_shape(self, group, of_group.id, of_group.name);
	custom_conf_member_shape(self, member, of_member.id);
	for (int i = CUSTOM_GROUP_LOOKUP; i < CUSTOM_OPERATIONS; i++)
		custom_conf_operation(self, i,
				      of_group.operations[i] ? of_group.operations[i]
							     : of_member.operations[i]);
	option_clear(group_options, &of_group);
	option_clear(member_options, &of_member);
}

/* What other settings need --------------------------------------------------------------------- */

static gboolean has(const CustomBuild *self, CustomOperation what)
{
	return self->api->operations[what] != NULL;
}

static void need(const CustomBuild *self, gboolean there, const ConfNode *node, const char *why)
{
	if (!there)
		conf_problem(self->problems, CONF_PROBLEM, node, "%s", why);
}

static void check_members(const CustomBuild *self)
{
	const ConfNode *member = self->conf->member;
	gboolean whole = has(self, CUSTOM_MEMBER_REPLACE) && has(self, CUSTOM_MEMBER_LIST);

	if (!member)
		return;
	need(self, has(self, CUSTOM_GROUP_LOOKUP) || has(self, CUSTOM_GROUP_LIST), member,
	     "members need a group that can be found: operation 'lookup' or 'list' of 'group' is "
	     "missing");
	need(self, whole || has(self, CUSTOM_MEMBER_ADD), member,
	     "nobody can be added to a group: set 'add', or 'replace' and 'list'");
	need(self, whole || has(self, CUSTOM_MEMBER_REMOVE), member,
	     "nobody can be removed from a group: set 'remove', or 'replace' and 'list'");
}

void custom_conf_needs(CustomBuild *self)
{
	gboolean any = FALSE;

	for (int i = 0; i < CUSTOM_OPERATIONS; i++)
		any |= has(self, i);
	need(self, any, self->group,
	     "no operation is defined: set 'create', 'update', 'delete' and so on");
	if (self->ids_by_lookup)
		need(self, has(self, CUSTOM_LOOKUP) || has(self, CUSTOM_LIST), self->ids_by_lookup,
		     "'lookup' needs the operation 'lookup' or 'list', and there is neither");
	check_members(self);
}
