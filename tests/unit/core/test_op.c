/*
 * Ops: the names in the store, and the arrows of the state machine.
 */
#include "core/op.h"

static void test_kinds(void)
{
	static const struct {
		const char *name;
		gboolean removes, of_group;
	} kinds[OP_KINDS] = {
		{ "disable", TRUE, FALSE },      { "remove_members", TRUE, TRUE },
		{ "enable", FALSE, FALSE },      { "adopt", FALSE, FALSE },
		{ "create", FALSE, FALSE },      { "update", FALSE, FALSE },
		{ "adopt_group", FALSE, TRUE },  { "create_group", FALSE, TRUE },
		{ "rename_group", FALSE, TRUE }, { "add_members", FALSE, TRUE },
		{ "delete_group", TRUE, TRUE },  { "delete", TRUE, FALSE },
	};
	OpKind kind;

	for (guint i = 0; i < OP_KINDS; i++) {
		g_assert_cmpstr(op_kind_name((OpKind)i), ==, kinds[i].name);
		g_assert_true(op_kind_parse(kinds[i].name, &kind));
		g_assert_cmpint(kind, ==, i);
		g_assert_cmpint(op_is_removal(kind), ==, kinds[i].removes);
		g_assert_cmpint(op_is_of_group(kind), ==, kinds[i].of_group);
	}
	kind = OP_UPDATE;
	g_assert_false(op_kind_parse("Create", &kind));
	g_assert_false(op_kind_parse("", &kind));
	g_assert_false(op_kind_parse(NULL, &kind));
	g_assert_cmpint(kind, ==, OP_UPDATE);
}

static void test_states(void)
{
	static const char *const names[] = { "planned", "held",   "intent",  "unknown",  "done",
					     "settled", "failed", "dropped", "overtaken" };
	OpState state;

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_assert_cmpstr(op_state_name((OpState)i), ==, names[i]);
		g_assert_true(op_state_parse(names[i], &state));
		g_assert_cmpint(state, ==, i);
	}
	state = OP_HELD;
	g_assert_false(op_state_parse("sent", &state));
	g_assert_cmpint(state, ==, OP_HELD);
}

/* The picture in op.h, drawn once more as a list. */
static gboolean has_arrow(OpState from, OpState to)
{
	static const OpState arrows[][2] = {
		{ OP_PLANNED, OP_INTENT },   { OP_PLANNED, OP_HELD },
		{ OP_PLANNED, OP_DROPPED },  { OP_HELD, OP_PLANNED },
		{ OP_HELD, OP_DROPPED },     { OP_INTENT, OP_DONE },
		{ OP_INTENT, OP_FAILED },    { OP_INTENT, OP_SETTLED },
		{ OP_INTENT, OP_UNKNOWN },   { OP_UNKNOWN, OP_SETTLED },
		{ OP_INTENT, OP_OVERTAKEN }, { OP_UNKNOWN, OP_OVERTAKEN },
	};

	for (guint i = 0; i < G_N_ELEMENTS(arrows); i++)
		if (arrows[i][0] == from && arrows[i][1] == to)
			return TRUE;
	return FALSE;
}

static void test_arrows(void)
{
	for (OpState from = OP_PLANNED; from < OP_STATES; from++) {
		for (OpState to = OP_PLANNED; to < OP_STATES; to++) {
			g_test_message("%s to %s", op_state_name(from), op_state_name(to));
			g_assert_cmpint(op_state_may(from, to), ==, has_arrow(from, to));
		}
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/op/kinds", test_kinds);
	g_test_add_func("/op/states", test_states);
	g_test_add_func("/op/arrows", test_arrows);
	return g_test_run();
}
