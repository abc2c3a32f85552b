/*
 * Names of op kinds and states, and the state machine drawn in op.h as a table of arrows.
 *
 * The names are what stands in the store, so a name is never changed, only added.
 */
#include "core/op.h"

static const char *const kind_names[] = {
	[OP_DISABLE] = "disable",
	[OP_REMOVE_MEMBERS] = "remove_members",
	[OP_ENABLE] = "enable",
	[OP_ADOPT] = "adopt",
	[OP_CREATE] = "create",
	[OP_UPDATE] = "update",
	[OP_ADOPT_GROUP] = "adopt_group",
	[OP_CREATE_GROUP] = "create_group",
	[OP_RENAME_GROUP] = "rename_group",
	[OP_ADD_MEMBERS] = "add_members",
	[OP_DELETE_GROUP] = "delete_group",
	[OP_DELETE] = "delete",
};

static const char *const state_names[] = {
	[OP_PLANNED] = "planned", [OP_HELD] = "held",       [OP_INTENT] = "intent",
	[OP_UNKNOWN] = "unknown", [OP_DONE] = "done",       [OP_SETTLED] = "settled",
	[OP_FAILED] = "failed",   [OP_DROPPED] = "dropped", [OP_OVERTAKEN] = "overtaken",
};

#define TO(state) (1u << (state))

static const guint arrows[] = {
	[OP_PLANNED] = TO(OP_INTENT) | TO(OP_HELD) | TO(OP_DROPPED),
	[OP_HELD] = TO(OP_PLANNED) | TO(OP_DROPPED),
	[OP_INTENT] = TO(OP_DONE) | TO(OP_FAILED) | TO(OP_UNKNOWN) | TO(OP_SETTLED) |
		      TO(OP_OVERTAKEN),
	[OP_UNKNOWN] = TO(OP_SETTLED) | TO(OP_OVERTAKEN),
	[OP_DONE] = 0,
	[OP_SETTLED] = 0,
	[OP_FAILED] = 0,
	[OP_DROPPED] = 0,
	[OP_OVERTAKEN] = 0,
};

static gboolean find_name(const char *const *names, guint count, const char *name, guint *index)
{
	for (guint i = 0; i < count; i++) {
		if (g_strcmp0(name, names[i]) == 0) {
			*index = i;
			return TRUE;
		}
	}
	return FALSE;
}

const char *op_kind_name(OpKind kind)
{
	return kind_names[kind];
}

gboolean op_kind_parse(const char *name, OpKind *kind)
{
	guint index;

	if (!find_name(kind_names, G_N_ELEMENTS(kind_names), name, &index))
		return FALSE;
	*kind = (OpKind)index;
	return TRUE;
}

const char *op_state_name(OpState state)
{
	return state_names[state];
}

gboolean op_state_parse(const char *name, OpState *state)
{
	guint index;

	if (!find_name(state_names, G_N_ELEMENTS(state_names), name, &index))
		return FALSE;
	*state = (OpState)index;
	return TRUE;
}

gboolean op_state_may(OpState from, OpState to)
{
	return (arrows[from] & TO(to)) != 0;
}

gboolean op_is_removal(OpKind kind)
{
	return kind == OP_DISABLE || kind == OP_DELETE || kind == OP_REMOVE_MEMBERS ||
	       kind == OP_DELETE_GROUP;
}

gboolean op_is_of_group(OpKind kind)
{
	return kind == OP_REMOVE_MEMBERS || kind == OP_ADD_MEMBERS ||
	       (kind >= OP_ADOPT_GROUP && kind <= OP_RENAME_GROUP) || kind == OP_DELETE_GROUP;
}
