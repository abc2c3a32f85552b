/*
 * Members by name, by anchor and derived ones, told by hand: what the model (test_view_model.c)
 * cannot reach, and all orders of a few facts.
 */
#include <stdlib.h>
#include <string.h>

#include "members_support.h"

typedef struct {
	Sources view;
	ViewPull *pull;
	guint source;
} Told;

static void told_begin(Told *told, guint source)
{
	told->source = source;
	told->pull = view_pull_begin(told->view.store.state, told->view.sources[source], NULL);
	g_assert_nonnull(told->pull);
}

static ViewPullStats told_end(Told *told)
{
	ViewPullEnd end = { .removals = TRUE, .now_us = 5 };
	ViewPullStats stats;

	g_assert_true(view_pull_commit(told->pull, &end, &stats, NULL));
	return stats;
}

static Entry *new_entry(guint anchor, const char *name)
{
	g_autofree char *text = anchor_text(anchor), *dn = g_strconcat(name, "," BASE, NULL);

	return entry_new(text, dn);
}

static void told_user(Told *told, guint anchor, const char *name)
{
	g_autoptr(Entry) entry = new_entry(anchor, name);

	put(told->pull, entry, ENTRY_USER);
}

/* Members by anchor in words: "1 2 30". */
static void told_group(Told *told, guint anchor, const char *name, const char *members)
{
	g_autoptr(Entry) entry = new_entry(anchor, name);
	g_auto(GStrv) words = g_strsplit(members, " ", -1);

	for (guint i = 0; *members && words[i]; i++) {
		g_autofree char *member = anchor_text((guint)atoi(words[i]));
		g_autofree char *dn = g_strdup_printf("CN=S-1-5-%s,CN=Foreign", words[i]);
		entry_add_member_by_anchor(entry, member, dn, strlen(dn), FALSE);
	}
	put(told->pull, entry, ENTRY_GROUP);
}

static gint64 told_row(const Told *told, guint source, guint anchor)
{
	return sources_row(&told->view, source, anchor);
}

static guint told_groups(const Told *told, guint source, guint anchor)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_groups_of(told->view.store.state, told_row(told, source, anchor), groups,
				     NULL));
	return groups->len;
}

/* How many users are touched; takes all that are. */
static guint told_touched(const Told *told)
{
	State *state = told->view.store.state;
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint users = 0;

	g_assert_true(view_touched(state, 0, 1000, ids, NULL));
	for (guint i = 0; i < ids->len; i++) {
		ViewEntry entry;

		g_assert_true(view_load(state, g_array_index(ids, gint64, i), &entry, NULL));
		users += entry.kind == ENTRY_USER;
		view_entry_clear(&entry);
		g_assert_true(view_untouch(state, g_array_index(ids, gint64, i), NULL));
	}
	return users;
}

static void told_change(Told *told, guint group, guint member, gboolean left)
{
	g_autofree char *anchor = anchor_text(group);
	ViewEntry known;

	g_assert_true(view_load(told->view.store.state, told_row(told, told->source, group), &known,
				NULL));
	g_autoptr(Entry) delta = entry_new_delta(anchor, entry_dn(known.entry));
	add_by_anchor(delta, member, left);
	g_autoptr(Entry) merged = entry_merge(known.entry, delta);
	view_entry_clear(&known);
	put(told->pull, merged, ENTRY_GROUP);
}

/* One member more or less of a group concerns that member alone. */
static void test_changes(void)
{
	Told told;

	sources_open(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1 2");
	for (guint i = 1; i < 5; i++) {
		g_autofree char *name = g_strdup_printf("cn=u%u", i);
		told_user(&told, i, name);
	}
	told_end(&told);
	g_assert_cmpuint(told_touched(&told), ==, 4);

	told_begin(&told, 0);
	told_change(&told, 10, 3, FALSE);
	told_change(&told, 10, 2, TRUE);
	told_change(&told, 10, 1, FALSE); /* it is one already */
	told_change(&told, 10, 4, TRUE);  /* it never was one */
	told_end(&told);
	g_assert_cmpuint(told_touched(&told), ==, 2);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 1);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 0);
	g_assert_cmpuint(told_groups(&told, 0, 3), ==, 1);
	sources_close(&told.view);
}

/* A member that a change names by its DN is whoever is called so in the end. */
static void test_change_by_name(void)
{
	g_autofree char *anchor = anchor_text(10);
	Told told;

	sources_open(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "");
	told_user(&told, 1, "cn=old");
	told_user(&told, 2, "cn=new");
	told_end(&told);

	told_begin(&told, 0);
	g_autoptr(Entry) known = new_entry(10, "cn=all");
	g_autoptr(Entry) delta = entry_new_delta(anchor, "cn=all," BASE);
	entry_add_member(delta, "cn=new," BASE, strlen("cn=new," BASE));
	g_autoptr(Entry) merged = entry_merge(known, delta);
	put(told.pull, merged, ENTRY_GROUP);
	told_user(&told, 1, "cn=new");
	told_user(&told, 2, "cn=old");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 1);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 0);
	sources_close(&told.view);
}

static void check_listed(Told *told, const Entry *delta, gboolean expected)
{
	gboolean same;

	g_assert_true(view_pull_confirm(told->pull, delta, &same, NULL));
	g_assert_cmpint(same, ==, expected);
}

/* What a listing says of everybody is taken as seen, and never as the same if it is not. */
static void test_confirm(void)
{
	g_autofree char *anchor = anchor_text(1), *other = anchor_text(9);
	g_autoptr(Entry) same = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) moved = entry_new_delta(anchor, "cn=u2," BASE);
	g_autoptr(Entry) spelled = entry_new_delta(anchor, "CN=u1," BASE);
	g_autoptr(Entry) unknown = entry_new_delta(other, "cn=u1," BASE);
	g_autoptr(Entry) changed = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) cleared = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) user = new_entry(1, "cn=u1");
	ViewPullStats stats;
	Told told;

	sources_open(&told.view);
	told_begin(&told, 0);
	add_text(user, "mail", "a@x");
	put(told.pull, user, ENTRY_USER);
	told_user(&told, 2, "cn=other");
	told_end(&told);

	told_begin(&told, 0);
	add_text(same, "mail", "a@x");
	add_text(changed, "mail", "b@x");
	entry_clear(cleared, "mail");
	check_listed(&told, moved, FALSE);
	check_listed(&told, spelled, FALSE);
	check_listed(&told, unknown, FALSE);
	check_listed(&told, changed, FALSE);
	check_listed(&told, cleared, FALSE);
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_absent, ==, 2);
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	check_listed(&told, same, TRUE);
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_absent, ==, 1);
	told_end(&told);
	g_assert_cmpint(told_row(&told, 0, 1), !=, 0);
	sources_close(&told.view);
}

/* Members whom nobody has are named, and cease to be when somebody brings them. */
static void test_unresolved(void)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count;
	Told told;

	sources_open(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1 30 31");
	told_user(&told, 1, "cn=u1");
	g_assert_cmpuint(told_end(&told).unresolved, ==, 2);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 1, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 2);
	g_assert_cmpuint(dns->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(dns, 0), ==, "CN=S-1-5-30,CN=Foreign");
	told_touched(&told);

	/* Another source brings one; a group of its own cares for the other no more than before. */
	told_begin(&told, 1);
	told_user(&told, 31, "cn=far");
	g_assert_cmpuint(told_end(&told).unresolved, ==, 0);
	g_assert_cmpuint(told_groups(&told, 1, 31), ==, 1);
	g_assert_cmpuint(told_touched(&told), ==, 1);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[1], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 0);
	sources_close(&told.view);
}

/* A group read before one of its members was deleted still names it; deleted is deleted. */
static void test_removed_leaves(void)
{
	g_autofree char *anchor = anchor_text(1);
	Told told;

	sources_open(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1");
	told_user(&told, 1, "cn=u1");
	told_end(&told);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1");
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	told_end(&told);
	told_begin(&told, 0);
	told_user(&told, 1, "cn=u1");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 0);
	sources_close(&told.view);
}

/* Group 10 of one source with user 1 of the other, and user 2 of its own. */
static void told_start(Told *told)
{
	sources_open(&told->view);
	told_begin(told, 1);
	told_user(told, 1, "cn=u1");
	told_end(told);
	told_begin(told, 0);
	told_user(told, 2, "cn=u2");
	told_group(told, 10, "cn=all", "1 2");
	told_end(told);
	told_touched(told);
}

/* Whoever moves out of what one source reads is a member wherever he turns up. */
static void test_left(void)
{
	Told told;

	told_start(&told);
	told_begin(&told, 1);
	retract(told.pull, 1, TRUE);
	g_assert_cmpuint(told_end(&told).removed, ==, 1);
	g_assert_cmpuint(told_row(&told, 1, 1), ==, 0);
	g_assert_cmpuint(told_touched(&told), ==, 1);

	told_begin(&told, 1);
	told_user(&told, 1, "cn=back");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 1, 1), ==, 1);

	/* From one source to the other, which hears of it first. */
	told_begin(&told, 0);
	told_user(&told, 1, "cn=here");
	told_end(&told);
	told_begin(&told, 1);
	retract(told.pull, 1, TRUE);
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 1);
	sources_close(&told.view);
}

/* Who is deleted is none, even if that happens where nobody reads. */
static void test_deleted_outside(void)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count;
	Told told;

	told_start(&told);
	told_begin(&told, 1);
	retract(told.pull, 1, TRUE);
	told_end(&told);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	told_begin(&told, 1);
	retract(told.pull, 1, FALSE);
	told_end(&told);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 0);
	told_begin(&told, 1);
	told_user(&told, 1, "cn=back");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 1, 1), ==, 0);
	sources_close(&told.view);
}

/* The last word counts, unlike with remove. */
static void test_retract(void)
{
	Told told;

	told_start(&told);
	told_begin(&told, 0);
	told_user(&told, 2, "cn=moved");
	retract(told.pull, 2, FALSE);
	told_user(&told, 3, "cn=u2"); /* a name that is taken still: no place yet */
	retract(told.pull, 3, FALSE);
	told_user(&told, 4, "cn=u4");
	retract(told.pull, 4, TRUE);
	retract(told.pull, 10, TRUE);
	told_group(&told, 10, "cn=all", "1 2 3");
	told_end(&told);
	for (guint gone = 2; gone <= 4; gone++)
		g_assert_cmpint(told_row(&told, 0, gone), ==, 0);
	g_assert_cmpuint(told_groups(&told, 1, 1), ==, 1);
	sources_close(&told.view);
}

/* Deleted and back: in no group but those that are told afterwards, if the pull gets that far. */
static void test_renew(void)
{
	ViewPullEnd broken = { .problem = "it broke off", .now_us = 5 };
	Told told;

	told_start(&told);
	told_begin(&told, 0);
	renew(told.pull, 2);
	g_assert_true(view_pull_commit(told.pull, &broken, NULL, NULL));
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 1);

	told_begin(&told, 0);
	told_group(&told, 11, "cn=more", "2");
	renew(told.pull, 2);
	told_change(&told, 10, 2, FALSE);
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 1);
	told_touched(&told);
	told_begin(&told, 0);
	renew(told.pull, 2);
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 0);
	g_assert_cmpuint(told_touched(&told), ==, 1);
	sources_close(&told.view);
}

static void test_due(void)
{
	g_autofree char *anchor = anchor_text(2);
	State *state;
	gint64 at;
	Told told;

	sources_open(&told.view);
	state = told.view.store.state;
	told_begin(&told, 0);
	told_user(&told, 1, "cn=u1");
	told_user(&told, 2, "cn=u2");
	told_user(&told, 3, "cn=u3");
	told_end(&told);
	told_touched(&told);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 0);
	g_assert_true(view_due_put(state, told_row(&told, 0, 1), 500, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 1), 300, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 2), 200, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 3), 100, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 3), 0, NULL));
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 200);

	/* The second is removed before its moment. */
	told_begin(&told, 0);
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	told_end(&told);
	told_touched(&told);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 300);
	g_assert_true(view_due_touch(state, 299, NULL));
	g_assert_cmpuint(told_touched(&told), ==, 0);
	g_assert_true(view_due_touch(state, 300, NULL));
	g_assert_cmpuint(told_touched(&told), ==, 1);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 0);
	sources_close(&told.view);
}

/* ---- all orders of a few facts ---- */

#define FACTS 5

static void add_key(Entry *entry, const char *class, const char *name, const char *value)
{
	add_text(entry, "objectclass", class);
	add_text(entry, name, value);
}

/* Users 1 (corp) and 2 (branch); groups 10 to 12 (corp). */
static void tell_fact(ViewPull *pull, guint fact)
{
	static const char *const names[] = { "cn=u1", "cn=u2", "cn=g10", "cn=g11", "cn=g12" };
	static const guint anchors[] = { 1, 2, 10, 11, 12 };
	g_autoptr(Entry) entry = new_entry(anchors[fact], names[fact]);

	if (fact == 0) {
		add_text(entry, "objectsid", "S-1-5-21-1-2-3-1104");
		add_text(entry, "primarygroupid", "513");
		add_key(entry, "posixAccount", "uid", "anna");
	} else if (fact == 2) {
		add_by_anchor(entry, 1, FALSE);
		add_by_anchor(entry, 2, FALSE);
		add_by_anchor(entry, 27, FALSE);
	} else if (fact == 3) {
		add_text(entry, "objectsid", "S-1-5-21-1-2-3-513");
		add_by_anchor(entry, 10, FALSE);
		entry_add_member(entry, "cn=g12," BASE, strlen("cn=g12," BASE));
		add_key(entry, "posixGroup", "memberuid", "Anna"); /* is not anna */
	} else if (fact == 4) {
		add_key(entry, "posixGroup", "memberuid", "anna");
		entry_add_member(entry, "cn=u1," BASE, strlen("cn=u1," BASE));
	}
	put(pull, entry, fact < 2 ? ENTRY_USER : ENTRY_GROUP);
}

static void check_facts(const Told *told)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count;

	g_assert_cmpuint(told_groups(told, 0, 1), ==, 3);  /* 10, 11 by primary group, 12 */
	g_assert_cmpuint(told_groups(told, 1, 2), ==, 1);  /* 10 */
	g_assert_cmpuint(told_groups(told, 0, 10), ==, 1); /* 11 */
	g_assert_cmpuint(told_groups(told, 0, 11), ==, 0);
	g_assert_cmpuint(told_groups(told, 0, 12), ==, 1); /* 11 */
	g_assert_true(view_unresolved(told->view.store.state, told->view.sources[0], 9, dns, &count,
				      NULL));
	g_assert_cmpuint(count, ==, 1);
}

/* As few pulls as the order allows, or one for each fact; then it never was. */
static void tell_facts(Told *told, const guint *order, gboolean one_by_one)
{
	g_assert_true(state_begin(told->view.store.state, NULL));
	told_begin(told, order[0] == 1);
	for (guint i = 0; i < FACTS; i++) {
		guint source = order[i] == 1;
		if (source != told->source || (one_by_one && i > 0)) {
			told_end(told);
			told_begin(told, source);
		}
		tell_fact(told->pull, order[i]);
	}
	told_end(told);
	check_facts(told);
	state_rollback(told->view.store.state);
}

static void permute(Told *told, guint *order, guint fixed)
{
	if (fixed == FACTS) {
		tell_facts(told, order, FALSE);
		tell_facts(told, order, TRUE);
		return;
	}
	for (guint i = fixed; i < FACTS; i++) {
		guint first = order[fixed];
		order[fixed] = order[i];
		order[i] = first;
		permute(told, order, fixed + 1);
		order[i] = order[fixed];
		order[fixed] = first;
	}
}

static void test_all_orders(void)
{
	guint order[FACTS] = { 0, 1, 2, 3, 4 };
	Told told;

	sources_open(&told.view);
	permute(&told, order, 0);
	sources_close(&told.view);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/members/changes", test_changes);
	g_test_add_func("/members/change-by-name", test_change_by_name);
	g_test_add_func("/members/confirm", test_confirm);
	g_test_add_func("/members/unresolved", test_unresolved);
	g_test_add_func("/members/removed-leaves", test_removed_leaves);
	g_test_add_func("/members/left", test_left);
	g_test_add_func("/members/deleted-outside", test_deleted_outside);
	g_test_add_func("/members/retract", test_retract);
	g_test_add_func("/members/renew", test_renew);
	g_test_add_func("/members/due", test_due);
	g_test_add_func("/members/all-orders", test_all_orders);
	return g_test_run();
}
