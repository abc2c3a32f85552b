/*
 * Memberships: what is wanted against what is there, who waits for what, and what a reading of a
 * group at the target makes of it.
 */
#include "base/json.h"
#include "state/account.h"
#include "state/membership.h"
#include "state/plan.h"
#include "state_support.h"

#define APP 1
#define SALES 100
#define NORTH 101
#define ANN 1
#define BOB 2
#define CID 3

static void group_store(Store *store, gconstpointer unused)
{
	Pushed pushed = {
		.app = APP,
		.group = SALES,
		.wanted = TRUE,
		.rule = (char *)"managed flatten empty",
		.name = (char *)"Sales",
		.read_at_us = PUSHED_UNREAD,
	};

	store_open(store, unused);
	g_assert_true(pushed_put(store->state, &pushed, NULL));
}

static void link_account(Store *store, gint64 entry, const char *id)
{
	g_autoptr(json_t) shadow = json_object();
	Link link = { .app = APP,
		      .entry = entry,
		      .target_id = (char *)id,
		      .state = ACCOUNT_ACTIVE,
		      .label = (char *)id,
		      .shadow = shadow };

	g_assert_true(link_put(store->state, &link, NULL));
}

static void want(Store *store, gint64 entry, gboolean wanted)
{
	g_assert_true(membership_want(store->state, APP, SALES, entry, wanted, NULL));
}

static void note(Store *store, gint64 entry, MemberThere there)
{
	g_assert_true(membership_note(store->state, APP, SALES, entry, there, NULL));
}

/* Who would be added or removed, as "ann bob". */
static char *listed(Store *store, gboolean add, gint64 plan, guint limit)
{
	MemberQuery query = { .app = APP, .group = SALES, .plan = plan, .limit = limit };
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(json_t) members = NULL;
	size_t index;
	json_t *member;

	g_assert_true((add ? membership_to_add : membership_to_remove)(store->state, &query,
								       &members, NULL));
	json_array_foreach (members, index, member)
		g_string_append_printf(text, "%s%s", index ? " " : "",
				       json_get_string(member, "label"));
	return g_strdup(text->str);
}

static void check(Store *store, gboolean add, const char *expected)
{
	g_autofree char *text = listed(store, add, 0, 100);

	g_assert_cmpstr(text, ==, expected);
}

static guint rows_of(Store *store, gint64 entry)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Membership));

	g_assert_true(membership_of(store->state, APP, entry, rows, NULL));
	return rows->len;
}

static guint64 waiting(Store *store)
{
	guint64 count;

	g_assert_true(membership_waiting(store->state, APP, &count, NULL));
	return count;
}

static void test_wanted_and_there(Store *store, gconstpointer unused)
{
	link_account(store, ANN, "ann");
	link_account(store, BOB, "bob");
	want(store, ANN, TRUE);
	want(store, BOB, TRUE);
	check(store, TRUE, "ann bob");
	note(store, ANN, MEMBER_THERE);
	check(store, TRUE, "bob");
	want(store, ANN, FALSE);
	check(store, FALSE, "ann");
	note(store, ANN, MEMBER_ABSENT);
	check(store, FALSE, "");
	g_assert_cmpuint(rows_of(store, ANN), ==, 0);
	want(store, BOB, FALSE); /* never sent: nothing to take back */
	g_assert_cmpuint(rows_of(store, BOB), ==, 0);
}

/* A request may have been carried out although nobody said so. */
static void test_perhaps(Store *store, gconstpointer unused)
{
	guint64 count;

	link_account(store, ANN, "ann");
	want(store, ANN, TRUE);
	note(store, ANN, MEMBER_PERHAPS);
	check(store, TRUE, "ann");
	g_assert_true(membership_count(store->state, APP, 0, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	want(store, ANN, FALSE);
	check(store, TRUE, "");
	check(store, FALSE, "ann");
}

static void stand(Store *store, gint64 entry, Standing standing)
{
	g_assert_true(assignment_put(store->state, APP, entry, standing, NULL, 1, NULL));
}

/* Somebody who is to have one; who is disabled in the directory waits for nothing. */
static void test_waits_for_account(Store *store, gconstpointer unused)
{
	g_autoptr(Work) work = NULL, woken = NULL;
	g_autoptr(json_t) resource = json_object();
	Op create = { .app = APP,
		      .entry = ANN,
		      .kind = OP_CREATE,
		      .label = (char *)"ann",
		      .resource = resource };

	want(store, ANN, TRUE);
	check(store, TRUE, "");
	stand(store, ANN, STANDING_DISABLED);
	g_assert_cmpuint(waiting(store), ==, 0);
	stand(store, ANN, STANDING_ASSIGNED);
	g_assert_cmpuint(waiting(store), ==, 1);

	g_assert_true(plan_new(store->state, APP, 1, 1, &create.plan, NULL));
	g_assert_true(plan_add(store->state, &create, 1, NULL));
	g_free(create.digest);
	g_autofree char *planned = listed(store, TRUE, create.plan, 100);
	g_assert_cmpstr(planned, ==, "ann");
	g_assert_true(membership_wake_planned(store->state, create.plan, 1, NULL));
	g_assert_true(work_find(store->state, APP, SALES, &work, NULL));
	g_assert_nonnull(work);
	g_assert_true(work_done(store->state, APP, SALES, NULL));

	link_account(store, ANN, "ann");
	g_assert_cmpuint(waiting(store), ==, 0);
	check(store, TRUE, "ann");
	g_assert_true(membership_wake(store->state, APP, ANN, 1, NULL));
	g_assert_true(work_find(store->state, APP, SALES, &woken, NULL));
	g_assert_nonnull(woken);
}

static void test_account_goes(Store *store, gconstpointer unused)
{
	link_account(store, ANN, "ann");
	link_account(store, BOB, "bob");
	want(store, ANN, TRUE);
	want(store, BOB, TRUE);
	note(store, ANN, MEMBER_THERE);
	note(store, BOB, MEMBER_THERE);
	want(store, BOB, FALSE);
	g_assert_true(membership_lost(store->state, APP, ANN, 1, NULL));
	g_assert_true(membership_lost(store->state, APP, BOB, 1, NULL));
	check(store, TRUE, "ann");
	check(store, FALSE, "");
	g_assert_cmpuint(rows_of(store, BOB), ==, 0);
}

static void test_hand_over(Store *store, gconstpointer unused)
{
	link_account(store, ANN, "ann");
	want(store, ANN, TRUE);
	note(store, ANN, MEMBER_THERE);
	want(store, ANN, FALSE);
	g_assert_true(membership_hand_over(store->state, APP, ANN, BOB, NULL));
	g_assert_true(link_remove(store->state, APP, ANN, NULL));
	link_account(store, BOB, "ann");
	g_assert_cmpuint(rows_of(store, ANN), ==, 0);
	check(store, FALSE, "ann"); /* the heir is not wanted there */
}

static void test_additive_forgets(Store *store, gconstpointer unused)
{
	link_account(store, ANN, "ann");
	want(store, ANN, TRUE);
	want(store, BOB, TRUE);
	note(store, ANN, MEMBER_THERE);
	note(store, BOB, MEMBER_THERE);
	want(store, ANN, FALSE);
	want(store, BOB, FALSE);
	g_assert_true(membership_forget(store->state, APP, SALES, FALSE, NULL));
	g_assert_cmpuint(rows_of(store, BOB), ==, 0); /* has no account to be removed */
	check(store, FALSE, "ann");
	g_assert_true(membership_forget(store->state, APP, SALES, TRUE, NULL));
	check(store, FALSE, "");
}

static void test_portions(Store *store, gconstpointer unused)
{
	g_autofree char *first = NULL;

	for (gint64 entry = 1; entry <= 5; entry++) {
		g_autofree char *id = g_strdup_printf("u%d", (int)entry);

		link_account(store, entry, id);
		want(store, entry, TRUE);
	}
	first = listed(store, TRUE, 0, 2);
	g_assert_cmpstr(first, ==, "u1 u2");
}

/* ---- readings ---- */

static void read_group(Store *store, const char *ids, gint64 plan)
{
	g_auto(GStrv) list = g_strsplit(ids, " ", -1);

	g_assert_true(reading_begin(store->state, NULL));
	for (guint i = 0; list[i]; i++)
		g_assert_true(reading_add(store->state, list[i], NULL));
	g_assert_true(reading_end(store->state, APP, SALES, plan, NULL));
}

static void check_strangers(Store *store, const char *after, const char *expected)
{
	g_autoptr(json_t) members = NULL;
	g_autoptr(GString) text = g_string_new(NULL);
	size_t index;
	json_t *member;

	g_assert_true(stranger_next(store->state, APP, SALES, after, 10, &members, NULL));
	json_array_foreach (members, index, member)
		g_string_append_printf(text, "%s%s", index ? " " : "",
				       json_get_string(member, "id"));
	g_assert_cmpstr(text->str, ==, expected);
}

static void test_reading(Store *store, gconstpointer unused)
{
	link_account(store, ANN, "ann");
	link_account(store, BOB, "bob");
	link_account(store, CID, "cid");
	want(store, ANN, TRUE);
	want(store, BOB, TRUE);
	note(store, BOB, MEMBER_THERE);
	read_group(store, "ann cid x1 x2", 0);
	check(store, TRUE, "bob"); /* others took him out; and ann is there without us */
	check_strangers(store, NULL, "cid x1 x2");
	check_strangers(store, "x1", "x2");
	g_assert_true(stranger_remove(store->state, APP, SALES, "x1", NULL));
	check_strangers(store, NULL, "cid x2");
	read_group(store, "ann x2", 0);
	check_strangers(store, NULL, "x2");
}

static void test_adopted_is_no_stranger(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) resource = json_object();
	Op adopt = { .app = APP,
		     .entry = ANN,
		     .kind = OP_ADOPT,
		     .label = (char *)"ann",
		     .target_id = (char *)"x1",
		     .resource = resource };

	g_assert_true(plan_new(store->state, APP, 1, 1, &adopt.plan, NULL));
	g_assert_true(plan_add(store->state, &adopt, 1, NULL));
	g_free(adopt.digest);
	read_group(store, "x1 x2", adopt.plan);
	check_strangers(store, NULL, "x2");
}

/* ---- groups ---- */

static void test_pushed(Store *store, gconstpointer unused)
{
	Pushed north = { .app = APP,
			 .group = NORTH,
			 .wanted = TRUE,
			 .name = (char *)"SALES",
			 .rule = (char *)"exclusive keep delete",
			 .named = (char *)"cn=north",
			 .target_id = (char *)"g1",
			 .label = (char *)"north" };
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;
	guint64 there;
	gboolean any;
	gint64 other = 0;

	g_assert_true(pushed_put(store->state, &north, NULL));
	g_assert_true(pushed_namesake(store->state, &north, &other, NULL));
	g_assert_cmpint(other, ==, SALES); /* whatever the case */
	g_assert_true(pushed_by_name(store->state, APP, "cn=north", &other, NULL));
	g_assert_cmpint(other, ==, NORTH);
	g_assert_true(pushed_count(store->state, APP, &there, &any, NULL));
	g_assert_cmpuint(there, ==, 1);
	g_assert_true(pushed_unread(store->state, APP, 1, groups, NULL));
	g_assert_cmpuint(groups->len, ==, 1);

	g_autoptr(Pushed) sales = NULL;
	g_assert_true(pushed_find(store->state, APP, SALES, &sales, NULL));
	sales->target_id = g_strdup("g1");
	g_assert_false(pushed_put(store->state, sales, &error));
	g_assert_nonnull(error);

	g_assert_true(membership_want(store->state, APP, NORTH, ANN, TRUE, NULL));
	g_assert_true(membership_note(store->state, APP, NORTH, ANN, MEMBER_THERE, NULL));
	g_assert_true(pushed_unlink(store->state, APP, NORTH, NULL));
	g_assert_true(membership_count(store->state, APP, NORTH, &there, NULL));
	g_assert_cmpuint(there, ==, 0);
	g_assert_true(pushed_put(store->state, sales, NULL)); /* the id is free */
}

static void test_nesting(Store *store, gconstpointer unused)
{
	AppRow row = { 0 };
	guint nests;

	g_assert_true(app_row_get(store->state, "app", &row, NULL));
	g_assert_true(pushed_nests(store->state, row.id, &nests, NULL));
	g_assert_cmpuint(nests, ==, 2);
	g_assert_true(pushed_set_nests(store->state, row.id, FALSE, NULL));
	g_assert_true(pushed_nests(store->state, row.id, &nests, NULL));
	g_assert_cmpuint(nests, ==, 0);
	app_row_clear(&row);
}

static void add_members(Store *store, gint64 plan, gint64 group, OpKind kind)
{
	g_autoptr(json_t) members = json_array();
	Op op = { .plan = plan, .app = APP, .entry = group, .kind = kind, .changes = members };

	for (op.members = 0; op.members < 100; op.members++)
		json_array_append_new(members, json_pack("{s:i}", "entry", (int)op.members));
	g_assert_true(plan_add(store->state, &op, 10, NULL));
	g_free(op.digest);
}

/* The members of all ops of a group of a million fit into no memory: a read leaves some out. */
static void test_large_ops(Store *store, gconstpointer unused)
{
	g_autoptr(GPtrArray) ops = op_array_new();
	gint64 plan;
	guint64 most = 0;

	(void)unused;
	g_assert_true(plan_new(store->state, APP, 1, 10, &plan, NULL));
	for (gint64 i = 0; i < 60; i++)
		add_members(store, plan, i / 40, i % 2 ? OP_ADD_MEMBERS : OP_REMOVE_MEMBERS);
	for (guint seen = 0;; seen = ops->len) {
		const Op *last = seen ? g_ptr_array_index(ops, seen - 1) : NULL;
		guint64 members = 0;

		g_assert_true(plan_ops(store->state, plan, OP_PLANNED, last, 1000, ops, NULL));
		if (ops->len == seen)
			break;
		for (guint i = seen; i < ops->len; i++)
			members += ((Op *)g_ptr_array_index(ops, i))->members;
		most = MAX(most, members);
	}
	g_assert_cmpuint(most, <=, 2100);
	g_assert_cmpuint(ops->len, ==, 60);
	for (guint i = 1; i < ops->len; i++) {
		const Op *a = g_ptr_array_index(ops, i - 1), *b = g_ptr_array_index(ops, i);
		g_assert_true(a->kind < b->kind || (a->kind == b->kind && a->id < b->id));
	}
	g_ptr_array_set_size(ops, 0);
	g_assert_true(plan_ops_of_kind(store->state, plan, &(Op){ .kind = OP_ADD_MEMBERS }, 0, 1000,
				       ops, NULL));
	g_assert_cmpuint(ops->len, <=, 21);
}

#define ADD(name, test) g_test_add("/membership/" name, Store, NULL, group_store, test, store_close)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("wanted-and-there", test_wanted_and_there);
	ADD("perhaps", test_perhaps);
	ADD("waits-for-account", test_waits_for_account);
	ADD("account-goes", test_account_goes);
	ADD("hand-over", test_hand_over);
	ADD("additive-forgets", test_additive_forgets);
	ADD("portions", test_portions);
	ADD("large-ops", test_large_ops);
	ADD("reading", test_reading);
	ADD("adopted-is-no-stranger", test_adopted_is_no_stranger);
	ADD("pushed", test_pushed);
	ADD("nesting", test_nesting);
	return g_test_run();
}
