/*
 * Plans: order of sending, approvals that hold once, and the journal's checked changes of state.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "state/plan.h"
#include "state_support.h"

#define APP 1

static gint64 new_plan(Store *store)
{
	gint64 plan;

	g_assert_true(plan_new(store->state, APP, 1, 100, &plan, NULL));
	return plan;
}

/* Adds an op for an entry; gives its id and whether it was approved. */
static gint64 add(Store *store, gint64 plan, gint64 entry, OpKind kind, gboolean *approved)
{
	g_autofree char *target = g_strdup_printf("t%d", (int)entry);
	Op op = { .plan = plan,
		  .app = APP,
		  .entry = entry,
		  .kind = kind,
		  .target_id = target,
		  .label = (char *)"somebody" };

	g_assert_true(plan_add(store->state, &op, 100, NULL));
	g_assert_cmpint(op.state, ==, OP_PLANNED);
	g_assert_cmpuint(strlen(op.digest), ==, 64);
	if (approved)
		*approved = op.approved;
	g_free(op.digest);
	return op.id;
}

static gboolean add_approved(Store *store, gint64 plan, gint64 entry, OpKind kind)
{
	gboolean approved;

	add(store, plan, entry, kind, &approved);
	return approved;
}

static PlanStatus status_of(Store *store, gint64 id)
{
	Plan plan;

	g_assert_true(plan_load(store->state, id, &plan, NULL));
	g_assert_cmpint(plan.id, ==, id);
	plan_clear(&plan);
	return plan.status;
}

static GPtrArray *ops_of(Store *store, gint64 plan, OpState state)
{
	GPtrArray *ops = op_array_new();

	g_assert_true(plan_ops(store->state, plan, state, NULL, 100, ops, NULL));
	return ops;
}

/* Sends all that is planned, with success. */
static void carry_out(Store *store, gint64 plan)
{
	g_autoptr(GPtrArray) ops = ops_of(store, plan, OP_PLANNED);

	for (guint i = 0; i < ops->len; i++) {
		Op *op = g_ptr_array_index(ops, i);
		g_assert_true(op_move(store->state, op, OP_INTENT, 0, NULL, 50, NULL));
		g_assert_true(op_move(store->state, op, OP_DONE, 200, NULL, 50 + i, NULL));
	}
}

static void test_order(Store *store, gconstpointer unused)
{
	static const OpKind kinds[] = { OP_UPDATE, OP_DELETE, OP_CREATE,  OP_DISABLE,
					OP_UPDATE, OP_ENABLE, OP_DISABLE, OP_ADOPT };
	gint64 plan = new_plan(store);
	g_autoptr(GPtrArray) ops = op_array_new();

	(void)unused;
	for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
		add(store, plan, 10 + (gint64)i, kinds[i], NULL);
	for (guint seen = 0;; seen = ops->len) {
		const Op *last = seen ? g_ptr_array_index(ops, seen - 1) : NULL;
		g_assert_true(plan_ops(store->state, plan, OP_PLANNED, last, 3, ops, NULL));
		g_assert_cmpuint(ops->len, <=, seen + 3);
		if (ops->len == seen)
			break;
	}
	g_assert_cmpuint(ops->len, ==, G_N_ELEMENTS(kinds));
	for (guint i = 1; i < ops->len; i++) {
		const Op *a = g_ptr_array_index(ops, i - 1), *b = g_ptr_array_index(ops, i);
		g_assert_true(a->kind < b->kind || (a->kind == b->kind && a->id < b->id));
	}
}

static void test_round_trip(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) resource = json_pack("{s:s}", "userName", "jäne");
	g_autoptr(json_t) changes = json_pack("[{s:s, s:s}]", "path", "title", "new", "x");
	char *reason = (char *)"{\"cause\":\"assigned\"}";
	Op op = { .plan = new_plan(store),
		  .app = APP,
		  .entry = 5,
		  .after = 0,
		  .kind = OP_UPDATE,
		  .target_id = (char *)"t",
		  .label = (char *)"jane",
		  .resource = resource,
		  .changes = changes,
		  .reason = reason,
		  .match = (char *)"userName" };
	g_autoptr(GPtrArray) ops = op_array_new();

	(void)unused;
	g_assert_true(plan_add(store->state, &op, 33, NULL));
	g_assert_true(plan_ops_of(store->state, 0, 5, 9, ops, NULL));
	g_assert_cmpuint(ops->len, ==, 1);
	const Op *read = g_ptr_array_index(ops, 0);
	g_assert_cmpint(read->id, ==, op.id);
	g_assert_cmpint(read->kind, ==, OP_UPDATE);
	g_assert_cmpstr(read->target_id, ==, "t");
	g_assert_cmpstr(read->label, ==, "jane");
	g_assert_cmpstr(read->match, ==, "userName");
	g_assert_cmpstr(read->digest, ==, op.digest);
	g_assert_cmpint(read->changed_us, ==, 33);
	g_assert_true(json_equal(read->resource, resource));
	g_assert_true(json_equal(read->changes, changes));
	g_assert_cmpstr(read->reason, ==, reason);
	g_free(op.digest);
}

/* Everything that would be sent is in the digest, and nothing else. */
static void test_digest(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) one = json_pack("{s:s, s:s}", "a", "1", "b", "2");
	g_autoptr(json_t) turned = json_pack("{s:s, s:s}", "b", "2", "a", "1");
	g_autoptr(json_t) two = json_pack("{s:s}", "a", "1");
	Op ops[] = {
		{ .entry = 5, .kind = OP_CREATE, .resource = one },
		{ .entry = 5,
		  .kind = OP_CREATE,
		  .resource = turned,
		  .reason = (char *)"{}",
		  .label = (char *)"x" },
		{ .entry = 6, .kind = OP_CREATE, .resource = one },
		{ .entry = 5, .kind = OP_UPDATE, .resource = one },
		{ .entry = 5, .kind = OP_CREATE, .resource = two },
		{ .entry = 5, .kind = OP_CREATE, .resource = one, .changes = two },
		{ .entry = 5, .kind = OP_CREATE, .resource = one, .target_id = (char *)"t" },
	};
	gint64 plan = new_plan(store);

	(void)unused;
	for (gsize i = 0; i < G_N_ELEMENTS(ops); i++) {
		ops[i].plan = plan;
		ops[i].app = APP;
		g_assert_true(plan_add(store->state, &ops[i], 1, NULL));
	}
	g_assert_cmpstr(ops[0].digest, ==, ops[1].digest);
	for (gsize i = 1; i < G_N_ELEMENTS(ops); i++) {
		for (gsize j = i + 1; j < G_N_ELEMENTS(ops); j++)
			g_assert_cmpstr(ops[i].digest, !=, ops[j].digest);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(ops); i++)
		g_free(ops[i].digest);
}

static void test_counts(Store *store, gconstpointer unused)
{
	gint64 plan = new_plan(store);
	guint64 ops, unapproved, removals;
	Plan row;

	(void)unused;
	add(store, plan, 1, OP_DISABLE, NULL);
	add(store, plan, 2, OP_DELETE, NULL);
	add(store, plan, 3, OP_CREATE, NULL);
	add(store, plan, 4, OP_CREATE, NULL);
	g_assert_true(plan_counts(store->state, plan, &ops, &unapproved, &removals, NULL));
	g_assert_cmpuint(ops, ==, 4);
	g_assert_cmpuint(unapproved, ==, 4);
	g_assert_cmpuint(removals, ==, 2);
	g_assert_true(plan_load(store->state, plan, &row, NULL));
	g_assert_cmpuint(row.counts[OP_CREATE], ==, 2);
	g_assert_cmpuint(row.counts[OP_DISABLE], ==, 1);
	g_assert_cmpuint(row.counts[OP_UPDATE], ==, 0);
	plan_clear(&row);
}

/* Holds a plan with disables of 1, 2, 3 and gives its id. */
static gint64 held_plan(Store *store)
{
	gint64 plan = new_plan(store);

	for (gint64 entry = 1; entry <= 3; entry++)
		add(store, plan, entry, OP_DISABLE, NULL);
	g_assert_true(plan_hold(store->state, &plan, "3 removals, 2 allowed", NULL));
	return plan;
}

static void test_hold(Store *store, gconstpointer unused)
{
	gint64 plan = held_plan(store);
	g_autoptr(GPtrArray) held = ops_of(store, plan, OP_HELD);
	Plan found;

	(void)unused;
	g_assert_cmpuint(held->len, ==, 3);
	g_assert_true(plan_find_held(store->state, APP, &found, NULL));
	g_assert_cmpint(found.id, ==, plan);
	g_assert_cmpstr(found.why, ==, "3 removals, 2 allowed");
	plan_clear(&found);
	g_assert_true(plan_find_held(store->state, APP + 1, &found, NULL));
	g_assert_cmpint(found.id, ==, 0);
	/* A plan that is carried out takes its place, and not before it is. */
	gint64 next = new_plan(store);
	add(store, next, 1, OP_DISABLE, NULL);
	g_assert_cmpint(status_of(store, plan), ==, PLAN_HELD);
	carry_out(store, next);
	g_assert_true(plan_end(store->state, next, NULL));
	g_assert_cmpint(status_of(store, plan), ==, PLAN_DROPPED);
	g_autoptr(GError) error = NULL;
	g_assert_false(plan_approve(store->state, plan, NULL, &error));
	g_assert_true(error_is(error, ERROR_REFUSED));
}

static void assert_why(Store *store, gint64 id, const char *part)
{
	Plan plan;

	g_assert_true(plan_load(store->state, id, &plan, NULL));
	g_assert_nonnull(strstr(plan.why, part));
	plan_clear(&plan);
}

/* What waits keeps its number and those of its ops, as long as it says the same. */
static void test_held_again(Store *store, gconstpointer unused)
{
	gint64 first = held_plan(store), again = new_plan(store), made = again;
	g_autoptr(GPtrArray) before = ops_of(store, first, OP_HELD);
	Plan row;

	(void)unused;
	for (gint64 entry = 3; entry >= 1; entry--)
		add(store, again, entry, OP_DISABLE, NULL);
	g_assert_true(plan_hold(store->state, &again, "still 3 removals", NULL));
	g_assert_cmpint(again, ==, first);
	assert_why(store, first, "still 3 removals");
	g_assert_true(plan_load(store->state, made, &row, NULL));
	g_assert_cmpint(row.id, ==, 0);
	g_autoptr(GPtrArray) after = ops_of(store, first, OP_HELD);
	g_assert_cmpuint(after->len, ==, 3);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpint(((Op *)g_ptr_array_index(after, i))->id, ==,
				((Op *)g_ptr_array_index(before, i))->id);
	g_autoptr(GPtrArray) left = op_array_new();
	g_assert_true(plan_ops_of(store->state, APP, 1, 9, left, NULL));
	g_assert_cmpuint(left->len, ==, 1);

	/* Fewer, more, and others are another plan. */
	gint64 fewer = new_plan(store);
	add(store, fewer, 1, OP_DISABLE, NULL);
	g_assert_true(plan_hold(store->state, &fewer, "why", NULL));
	g_assert_cmpint(status_of(store, fewer), ==, PLAN_HELD);
	g_assert_cmpint(status_of(store, first), ==, PLAN_DROPPED);
	assert_why(store, first, "2 of its ops are not wanted any more, 0 are new");
	gint64 more = held_plan(store);
	g_assert_cmpint(status_of(store, fewer), ==, PLAN_DROPPED);
	assert_why(store, fewer, "0 of its ops are not wanted any more, 2 are new");
	gint64 other = new_plan(store);
	for (gint64 entry = 1; entry <= 3; entry++)
		add(store, other, entry, OP_DELETE, NULL);
	g_assert_true(plan_hold(store->state, &other, "why", NULL));
	g_assert_cmpint(status_of(store, more), ==, PLAN_DROPPED);
	assert_why(store, more, "3 of its ops are not wanted any more, 3 are new");
}

/* A crash, or an app that is down, between planning and deciding takes nothing away. */
static void test_held_outlives_a_crash(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store), cut_off = new_plan(store);

	(void)unused;
	add(store, cut_off, 9, OP_DELETE, NULL);
	gint64 next = held_plan(store);
	g_assert_cmpint(next, ==, held);
	g_assert_cmpint(status_of(store, held), ==, PLAN_HELD);
	g_assert_cmpint(status_of(store, cut_off), ==, PLAN_DONE);
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
}

static void test_approve_once(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	gint64 plan = new_plan(store);
	g_assert_cmpint(status_of(store, held), ==, PLAN_APPROVED);
	g_assert_true(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_false(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_false(add_approved(store, plan, 2, OP_DELETE));
	g_assert_false(add_approved(store, plan, 9, OP_DISABLE));
	carry_out(store, plan);
	g_assert_true(plan_end(store->state, plan, NULL));
	g_assert_cmpint(status_of(store, plan), ==, PLAN_DONE);
	g_assert_cmpint(status_of(store, held), ==, PLAN_DONE);
	/* What the plan did not use is void. */
	plan = new_plan(store);
	g_assert_false(add_approved(store, plan, 3, OP_DISABLE));
}

/* The app went down on the way: what was not sent is planned again, and is still approved. */
static void test_cut_short(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	gint64 plan = new_plan(store);
	g_assert_true(add_approved(store, plan, 1, OP_DISABLE));
	carry_out(store, plan);
	g_assert_true(add_approved(store, plan, 2, OP_DISABLE));
	g_assert_true(plan_end(store->state, plan, NULL));
	g_autoptr(GPtrArray) left = ops_of(store, plan, OP_PLANNED);
	g_assert_cmpuint(left->len, ==, 0);
	plan = new_plan(store);
	g_assert_false(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_true(add_approved(store, plan, 2, OP_DISABLE));
}

/* The app was down for every request: all of them are tried again with their approvals. */
static void test_down_for_all(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	gint64 plan = new_plan(store), op = add(store, plan, 1, OP_DISABLE, NULL);
	carry_out(store, plan);
	g_assert_true(plan_give_back(store->state, op, NULL));
	g_assert_true(plan_interrupt(store->state, plan, NULL));
	g_assert_cmpint(status_of(store, plan), ==, PLAN_DONE);
	plan = new_plan(store);
	g_assert_true(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_true(add_approved(store, plan, 2, OP_DISABLE));
}

/* Leavers alone were sent: what is held waits under its number, what is approved stays so. */
static void test_part(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store), plan = new_plan(store);

	(void)unused;
	add(store, plan, 7, OP_DISABLE, NULL);
	carry_out(store, plan);
	g_assert_true(plan_end_part(store->state, plan, NULL));
	g_assert_cmpint(status_of(store, plan), ==, PLAN_DONE);
	g_assert_cmpint(status_of(store, held), ==, PLAN_HELD);
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	plan = new_plan(store);
	g_assert_true(plan_end_part(store->state, plan, NULL));
	plan = new_plan(store);
	g_assert_true(add_approved(store, plan, 1, OP_DISABLE));
}

/* What is held and approved stays, but for what the one person took. */
static void test_one_person(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);
	Plan one = { .app = APP, .run = 1, .created_us = 100, .person = 1 };
	g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(gint64));

	(void)unused;
	g_assert_true(plan_new_for_one(store->state, &one, NULL));
	g_assert_cmpint(status_of(store, held), ==, PLAN_HELD);
	add(store, one.id, 1, OP_DISABLE, NULL);
	g_assert_true(plan_hold(store->state, &one.id, "one", NULL));
	gint64 first = one.id;
	g_assert_true(plan_new_for_one(store->state, &one, NULL));
	g_assert_true(plan_list_held(store->state, APP, waiting, NULL));
	g_assert_cmpuint(waiting->len, ==, 2);

	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	g_assert_true(add_approved(store, one.id, 1, OP_DISABLE));
	carry_out(store, one.id);
	g_assert_true(plan_end(store->state, one.id, NULL));
	g_assert_cmpint(status_of(store, first), ==, PLAN_DROPPED);
	g_assert_cmpint(status_of(store, held), ==, PLAN_APPROVED);
	gint64 plan = new_plan(store);
	g_assert_false(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_true(add_approved(store, plan, 2, OP_DISABLE));
}

/* Nobody has work: whatever was held, cut off or approved is over. */
static void test_none(Store *store, gconstpointer unused)
{
	gint64 approved = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, approved, NULL, NULL));
	gint64 held = held_plan(store);
	gint64 other = add(store, new_plan(store), 4, OP_DISABLE, NULL);
	g_assert_true(plan_none(store->state, APP + 1, NULL));
	g_assert_cmpint(status_of(store, approved), ==, PLAN_APPROVED);
	g_assert_true(plan_none(store->state, APP, NULL));
	g_assert_cmpint(status_of(store, approved), ==, PLAN_DONE);
	g_assert_cmpint(status_of(store, held), ==, PLAN_DROPPED);
	g_assert_cmpint(other, >, 0);
	gint64 plan = new_plan(store);
	for (gint64 entry = 1; entry <= 4; entry++)
		g_assert_false(add_approved(store, plan, entry, OP_DISABLE));
}

static void test_approve_some(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);
	g_autoptr(GPtrArray) ops = ops_of(store, held, OP_HELD);
	g_autoptr(GArray) some = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;
	gint64 foreign = 4711;

	(void)unused;
	g_array_append_val(some, ((Op *)g_ptr_array_index(ops, 1))->id);
	g_array_append_val(some, foreign);
	g_assert_false(plan_approve(store->state, held, some, &error));
	g_assert_true(error_is(error, ERROR_REFUSED));
	g_assert_cmpint(status_of(store, held), ==, PLAN_HELD);
	g_array_set_size(some, 1);
	g_assert_true(plan_approve(store->state, held, some, NULL));
	gint64 plan = new_plan(store);
	g_assert_false(add_approved(store, plan, 1, OP_DISABLE));
	g_assert_true(add_approved(store, plan, 2, OP_DISABLE));
}

/* An approval is not lost by a plan that sent nothing: held again, forgotten, cut off. */
static void test_approval_given_back(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	gint64 again = new_plan(store);
	g_assert_true(add_approved(store, again, 1, OP_DISABLE));
	g_assert_true(plan_hold(store->state, &again, "still too much", NULL));
	gint64 cut_off = new_plan(store);
	g_assert_true(add_approved(store, cut_off, 1, OP_DISABLE));
	gint64 last = new_plan(store);
	gboolean approved;
	gint64 op = add(store, last, 1, OP_DISABLE, &approved);
	g_assert_true(approved);
	g_assert_true(plan_forget(store->state, op, NULL));
	g_assert_true(add_approved(store, last, 1, OP_DISABLE));
}

/* ... but once it was on the wire, it is used. */
static void test_sent_is_used(Store *store, gconstpointer unused)
{
	gint64 held = held_plan(store);

	(void)unused;
	g_assert_true(plan_approve(store->state, held, NULL, NULL));
	gint64 plan = new_plan(store);
	g_assert_true(add_approved(store, plan, 1, OP_DISABLE));
	g_autoptr(GPtrArray) ops = ops_of(store, plan, OP_PLANNED);
	Op *op = g_ptr_array_index(ops, 0);
	g_assert_true(op_move(store->state, op, OP_INTENT, 0, NULL, 5, NULL));
	plan = new_plan(store);
	g_assert_false(add_approved(store, plan, 1, OP_DISABLE));
	/* The open op of the plan that was cut off is still there to be settled. */
	g_autoptr(GPtrArray) open = op_array_new();
	g_assert_true(plan_open_ops(store->state, APP, 9, open, NULL));
	g_assert_cmpuint(open->len, ==, 1);
	g_assert_cmpint(((Op *)g_ptr_array_index(open, 0))->id, ==, op->id);
}

static void test_replace(Store *store, gconstpointer unused)
{
	gint64 plan = new_plan(store);
	gint64 create = add(store, plan, 1, OP_CREATE, NULL);

	(void)unused;
	g_autoptr(GPtrArray) ops = ops_of(store, plan, OP_PLANNED);
	Op *op = g_ptr_array_index(ops, 0);
	g_autofree char *before = g_strdup(op->digest);
	op->kind = OP_ADOPT;
	g_free(op->match);
	op->match = g_strdup("userName");
	g_assert_true(plan_replace(store->state, op, NULL));
	g_assert_cmpstr(op->digest, !=, before);
	g_autoptr(GPtrArray) now = ops_of(store, plan, OP_PLANNED);
	const Op *read = g_ptr_array_index(now, 0);
	g_assert_cmpint(read->id, ==, create);
	g_assert_cmpint(read->kind, ==, OP_ADOPT);
	g_assert_cmpstr(read->match, ==, "userName");
	g_assert_cmpstr(read->digest, ==, op->digest);
}

/* What was approved as an adoption is planned as a creation first, and found to be one. */
static void test_replace_finds_approval(Store *store, gconstpointer unused)
{
	gint64 plan = new_plan(store);

	(void)unused;
	add(store, plan, 1, OP_ADOPT, NULL);
	g_assert_true(plan_hold(store->state, &plan, "first", NULL));
	g_assert_true(plan_approve(store->state, plan, NULL, NULL));
	gint64 next = new_plan(store);
	g_assert_false(add_approved(store, next, 1, OP_CREATE));
	g_autoptr(GPtrArray) ops = ops_of(store, next, OP_PLANNED);
	Op *op = g_ptr_array_index(ops, 0);
	op->kind = OP_ADOPT;
	g_assert_true(plan_replace(store->state, op, NULL));
	g_assert_true(op->approved);
}

static void test_empty_plan_leaves_nothing(Store *store, gconstpointer unused)
{
	gint64 plan = new_plan(store);
	Plan row;

	(void)unused;
	g_assert_true(plan_end(store->state, plan, NULL));
	g_assert_true(plan_load(store->state, plan, &row, NULL));
	g_assert_cmpint(row.id, ==, 0);
}

static void test_moves_are_checked(Store *store, gconstpointer unused)
{
	g_autoptr(GError) wrong = NULL, stale = NULL;
	gint64 plan = new_plan(store);

	(void)unused;
	add(store, plan, 1, OP_DISABLE, NULL);
	g_autoptr(GPtrArray) ops = ops_of(store, plan, OP_PLANNED);
	g_autoptr(GPtrArray) copies = ops_of(store, plan, OP_PLANNED);
	Op *op = g_ptr_array_index(ops, 0), *copy = g_ptr_array_index(copies, 0);
	g_assert_false(op_move(store->state, op, OP_DONE, 200, NULL, 5, &wrong));
	g_assert_true(error_is(wrong, ERROR_FATAL));
	g_assert_cmpint(op->state, ==, OP_PLANNED);
	g_assert_true(op_move(store->state, op, OP_INTENT, 0, NULL, 6, NULL));
	/* Who believes in an older state learns that it is one. */
	g_assert_false(op_move(store->state, copy, OP_INTENT, 0, NULL, 7, &stale));
	g_assert_true(error_is(stale, ERROR_FATAL));
	g_assert_true(op_move(store->state, op, OP_FAILED, 409, "taken", 8, NULL));
	g_assert_cmpstr(op->error, ==, "taken");
	g_autoptr(GPtrArray) failed = ops_of(store, plan, OP_FAILED);
	g_assert_cmpuint(failed->len, ==, 1);
	const Op *read = g_ptr_array_index(failed, 0);
	g_assert_cmpint(read->status, ==, 409);
	g_assert_cmpstr(read->error, ==, "taken");
	g_assert_cmpint(read->changed_us, ==, 8);
}

/* The planned op of an entry, sent, and ended so. */
static gint64 end_update(Store *store, OpState state)
{
	gint64 plan = new_plan(store), id = add(store, plan, 1, OP_UPDATE, NULL);
	g_autoptr(GPtrArray) ops = ops_of(store, plan, OP_PLANNED);
	Op *op = g_ptr_array_index(ops, 0);

	g_assert_true(op_move(store->state, op, OP_INTENT, 0, NULL, 6, NULL));
	g_assert_true(op_move(store->state, op, state, 0, NULL, 7, NULL));
	return id;
}

static void test_doubts(Store *store, gconstpointer unused)
{
	g_autoptr(GPtrArray) doubts = op_array_new(), over = op_array_new();
	gint64 first, second;

	(void)unused;
	end_update(store, OP_OVERTAKEN);
	end_update(store, OP_DONE);
	first = end_update(store, OP_OVERTAKEN);
	end_update(store, OP_FAILED);
	second = end_update(store, OP_OVERTAKEN);
	g_assert_true(plan_doubts_of(store->state, APP, 1, doubts, NULL));
	g_assert_cmpuint(doubts->len, ==, 2);
	g_assert_cmpint(((Op *)g_ptr_array_index(doubts, 0))->id, ==, first);
	g_assert_cmpint(((Op *)g_ptr_array_index(doubts, 1))->id, ==, second);
	end_update(store, OP_DONE);
	g_assert_true(plan_doubts_of(store->state, APP, 1, over, NULL));
	g_assert_cmpuint(over->len, ==, 0);
}

static void test_removals_since(Store *store, gconstpointer unused)
{
	gint64 plan = new_plan(store);
	guint64 count;

	(void)unused;
	for (gint64 entry = 1; entry <= 3; entry++)
		add(store, plan, entry, entry == 3 ? OP_CREATE : OP_DISABLE, NULL);
	carry_out(store, plan);
	g_assert_true(plan_removals_since(store->state, APP, 50, &count, NULL));
	g_assert_cmpuint(count, ==, 2);
	g_assert_true(plan_removals_since(store->state, APP, 51, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	g_assert_true(plan_removals_since(store->state, APP + 1, 0, &count, NULL));
	g_assert_cmpuint(count, ==, 0);
}

#define ADD(name, fn) g_test_add("/plan/" name, Store, NULL, store_open, fn, store_close)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("order", test_order);
	ADD("round-trip", test_round_trip);
	ADD("digest", test_digest);
	ADD("counts", test_counts);
	ADD("hold", test_hold);
	ADD("held-again", test_held_again);
	ADD("held-outlives-a-crash", test_held_outlives_a_crash);
	ADD("approve-once", test_approve_once);
	ADD("cut-short", test_cut_short);
	ADD("down-for-all", test_down_for_all);
	ADD("part", test_part);
	ADD("one-person", test_one_person);
	ADD("none", test_none);
	ADD("approve-some", test_approve_some);
	ADD("approval-given-back", test_approval_given_back);
	ADD("sent-is-used", test_sent_is_used);
	ADD("replace", test_replace);
	ADD("replace-finds-approval", test_replace_finds_approval);
	ADD("empty-plan-leaves-nothing", test_empty_plan_leaves_nothing);
	ADD("moves-are-checked", test_moves_are_checked);
	ADD("doubts", test_doubts);
	ADD("removals-since", test_removals_since);
	return g_test_run();
}
