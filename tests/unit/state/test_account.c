/*
 * Accounts: apps, assignments, links, match keys, work.
 */
#include "../../../src/state/state_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "state/account.h"
#include "state_support.h"

static void test_app(Store *store, gconstpointer unused)
{
	AppRow row, again, other;

	(void)unused;
	g_assert_true(app_row_get(store->state, "zoom", &row, NULL));
	g_assert_false(row.released);
	row.released = TRUE;
	row.rules_digest = g_strdup("abc");
	row.failures = 3;
	row.failing_since_us = 7;
	row.rests_until_us = 9;
	row.trouble = g_strdup("it is away");
	row.trouble_kind = g_strdup("down");
	row.tried_with = g_strdup("def");
	row.target = g_strdup("https://zoom.example/scim");
	g_assert_true(app_row_put(store->state, &row, NULL));
	g_assert_true(app_row_get(store->state, "zoom", &again, NULL));
	g_assert_true(app_row_get(store->state, "other", &other, NULL));
	g_assert_cmpint(again.id, ==, row.id);
	g_assert_cmpint(other.id, !=, row.id);
	g_assert_true(again.released);
	g_assert_cmpuint(again.failures, ==, 3);
	g_assert_cmpint(again.failing_since_us, ==, 7);
	g_assert_cmpint(again.rests_until_us, ==, 9);
	g_assert_cmpstr(again.trouble, ==, "it is away");
	g_assert_cmpstr(again.trouble_kind, ==, "down");
	g_assert_cmpstr(again.tried_with, ==, "def");
	g_assert_cmpstr(again.rules_digest, ==, "abc");
	g_assert_cmpstr(again.target, ==, "https://zoom.example/scim");
	g_assert_null(other.rules_digest);
	g_assert_null(other.target);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	g_assert_true(app_names(store->state, names, NULL));
	g_assert_cmpuint(names->len, ==, 2);
	g_assert_cmpstr(g_ptr_array_index(names, 0), ==, "zoom");
	g_assert_cmpstr(g_ptr_array_index(names, 1), ==, "other");
	app_row_clear(&row);
	app_row_clear(&again);
	app_row_clear(&other);
}

/* What is kept of a target is a hint: when it is damaged the app is there all the same. */
static void test_damaged_memory(Store *store, gconstpointer unused)
{
	static const char *const damaged[] = { "'{\"learnt\":'", "''", "x'00ff'", "7" };
	g_autoptr(json_t) memory = json_pack("{s:i}", "learnt", 1);
	AppRow row;

	(void)unused;
	g_assert_true(app_row_get(store->state, "zoom", &row, NULL));
	row.failures = 2;
	row.memory = json_incref(memory);
	g_assert_true(app_row_put(store->state, &row, NULL));
	app_row_clear(&row);
	g_assert_true(app_row_get(store->state, "zoom", &row, NULL));
	g_assert_true(json_equal(row.memory, memory));
	app_row_clear(&row);
	for (gsize i = 0; i < G_N_ELEMENTS(damaged); i++) {
		g_autofree char *sql = g_strdup_printf("UPDATE app SET memory = %s", damaged[i]);
		g_autoptr(GError) error = NULL;

		g_assert_true(sql_run(store->state, sql, NULL));
		g_assert_true(app_row_get(store->state, "zoom", &row, &error));
		g_assert_no_error(error);
		g_assert_cmpuint(row.failures, ==, 2);
		g_assert_false(json_is_object(row.memory));
		app_row_clear(&row);
	}
}

/* An app at a target, with or without a digest; and one active account. */
static gint64 app_at(Store *store, const char *name, const char *target, const char *digest)
{
	AppRow row;

	g_assert_true(app_row_get(store->state, name, &row, NULL));
	gint64 id = row.id;
	g_free(row.target);
	row.target = g_strdup(target);
	g_free(row.rules_digest);
	row.rules_digest = g_strdup(digest);
	g_assert_true(app_row_put(store->state, &row, NULL));
	app_row_clear(&row);
	return id;
}

static guint64 alone(Store *store, gint64 app)
{
	guint64 active = 99;

	g_assert_true(link_count_alone(store->state, app, &active, NULL));
	return active;
}

/* Accounts of an app that the config lost, until another app of the same target has them. */
static void test_alone(Store *store, gconstpointer unused)
{
	gint64 old = app_at(store, "old", "one", NULL);
	gint64 new = app_at(store, "new", "two", "digest");
	Link link = { .app = old, .entry = 7, .target_id = (char *)"m1", .state = ACCOUNT_ACTIVE };

	(void)unused;
	g_assert_true(link_put(store->state, &link, NULL));
	link.app = new;
	g_assert_true(link_put(store->state, &link, NULL));
	g_assert_cmpuint(alone(store, old), ==, 1); /* the same id at another target */
	app_at(store, "new", "one", "digest");
	g_assert_cmpuint(alone(store, old), ==, 0);
	app_at(store, "new", "one", NULL);
	g_assert_cmpuint(alone(store, old), ==, 1); /* the config names neither */
	link.app = old;
	link.state = ACCOUNT_DISABLED;
	g_assert_true(link_put(store->state, &link, NULL));
	g_assert_cmpuint(alone(store, old), ==, 0);
}

static void test_assignment(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) reason = json_pack("{s:s, s:[i]}", "rule", "all", "chain", 3);
	json_t *read = NULL;
	Standing standing = STANDING_DELETED;
	gboolean found;
	guint64 count;

	(void)unused;
	g_assert_true(assignment_get(store->state, 1, 7, &found, &standing, &read, NULL));
	g_assert_false(found);
	g_assert_true(assignment_put(store->state, 1, 7, STANDING_ASSIGNED, reason, 10, NULL));
	g_assert_true(assignment_put(store->state, 1, 8, STANDING_UNASSIGNED, NULL, 10, NULL));
	g_assert_true(assignment_put(store->state, 2, 7, STANDING_ASSIGNED, NULL, 10, NULL));
	g_assert_true(assignment_get(store->state, 1, 7, &found, &standing, &read, NULL));
	g_assert_true(found);
	g_assert_cmpint(standing, ==, STANDING_ASSIGNED);
	g_assert_true(json_equal(read, reason));
	json_decref(read);
	g_assert_true(assignment_count(store->state, 1, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	g_assert_true(assignment_put(store->state, 1, 7, STANDING_DISABLED, NULL, 20, NULL));
	g_assert_true(assignment_get(store->state, 1, 7, &found, &standing, &read, NULL));
	g_assert_cmpint(standing, ==, STANDING_DISABLED);
	g_assert_null(read);
	g_assert_true(assignment_remove(store->state, 1, 7, NULL));
	g_assert_true(assignment_get(store->state, 1, 7, &found, &standing, &read, NULL));
	g_assert_false(found);
}

static Link some_link(gint64 entry, const char *target_id, AccountState state, json_t *shadow)
{
	return (Link){
		.app = 1,
		.entry = entry,
		.target_id = (char *)target_id,
		.state = state,
		.label = (char *)"jane",
		.shadow = shadow,
		.linked_at_us = 4,
	};
}

static void test_link(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) shadow = json_pack("{s:s, s:b}", "userName", "jäne", "active", 1);
	Link link = some_link(7, "t-7", ACCOUNT_ACTIVE, shadow), *read = NULL;
	guint64 active, disabled;
	gint64 owner;

	(void)unused;
	g_assert_true(link_find(store->state, 1, 7, &read, NULL));
	g_assert_null(read);
	link.adopted = TRUE;
	link.match = (char *)"userName";
	g_assert_true(link_put(store->state, &link, NULL));
	g_assert_true(link_find(store->state, 1, 7, &read, NULL));
	g_assert_cmpstr(read->target_id, ==, "t-7");
	g_assert_cmpint(read->state, ==, ACCOUNT_ACTIVE);
	g_assert_true(read->adopted);
	g_assert_cmpstr(read->match, ==, "userName");
	g_assert_cmpstr(read->label, ==, "jane");
	g_assert_true(json_equal(read->shadow, shadow));
	g_assert_cmpint(read->linked_at_us, ==, 4);
	link_free(read);
	g_assert_true(link_owner(store->state, 1, "t-7", &owner, NULL));
	g_assert_cmpint(owner, ==, 7);
	g_assert_true(link_owner(store->state, 2, "t-7", &owner, NULL));
	g_assert_cmpint(owner, ==, 0);
	g_assert_true(link_count(store->state, 1, &active, &disabled, NULL));
	g_assert_cmpuint(active, ==, 1);
	g_assert_cmpuint(disabled, ==, 0);
	g_assert_true(link_remove(store->state, 1, 7, NULL));
	g_assert_true(link_find(store->state, 1, 7, &read, NULL));
	g_assert_null(read);
}

/* One account, one owner; a deleted one is only remembered. */
static void test_link_owner(Store *store, gconstpointer unused)
{
	g_autoptr(GError) error = NULL;
	Link first = some_link(7, "t", ACCOUNT_ACTIVE, NULL);
	Link second = some_link(8, "t", ACCOUNT_ACTIVE, NULL);
	gint64 owner;

	(void)unused;
	g_assert_true(link_put(store->state, &first, NULL));
	g_assert_false(link_put(store->state, &second, &error));
	g_assert_true(error_is(error, ERROR_OBJECT));
	first.state = ACCOUNT_DELETED;
	g_assert_true(link_put(store->state, &first, NULL));
	g_assert_true(link_put(store->state, &second, NULL));
	g_assert_true(link_owner(store->state, 1, "t", &owner, NULL));
	g_assert_cmpint(owner, ==, 8);
}

static void test_disabled_before(Store *store, gconstpointer unused)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	Link links[] = { some_link(1, "a", ACCOUNT_DISABLED, NULL),
			 some_link(2, "b", ACCOUNT_DISABLED, NULL),
			 some_link(3, "c", ACCOUNT_DISABLED, NULL),
			 some_link(4, "d", ACCOUNT_DELETED, NULL) };

	(void)unused;
	for (gsize i = 0; i < G_N_ELEMENTS(links); i++) {
		links[i].disabled_by_us = i != 1;
		links[i].disabled_at_us = i == 2 ? 101 : 100;
		g_assert_true(link_put(store->state, &links[i], NULL));
	}
	g_assert_true(link_disabled_before(store->state, 1, 100, entries, NULL));
	g_assert_cmpuint(entries->len, ==, 1);
	g_assert_cmpint(g_array_index(entries, gint64, 0), ==, 1);
}

static void test_matchkey(Store *store, gconstpointer unused)
{
	g_autoptr(GArray) rivals = g_array_new(FALSE, FALSE, sizeof(gint64));

	(void)unused;
	g_assert_true(matchkey_put(store->state, 1, 7, "Ärger@X.org", NULL));
	g_assert_true(matchkey_put(store->state, 1, 8, "äRGER@x.ORG", NULL));
	g_assert_true(matchkey_put(store->state, 2, 9, "ärger@x.org", NULL));
	g_assert_true(matchkey_rivals(store->state, 1, 7, "ärger@x.org", 10, rivals, NULL));
	g_assert_cmpuint(rivals->len, ==, 1);
	g_assert_cmpint(g_array_index(rivals, gint64, 0), ==, 8);
	g_array_set_size(rivals, 0);
	g_assert_true(matchkey_put(store->state, 1, 8, NULL, NULL));
	g_assert_true(matchkey_rivals(store->state, 1, 7, "ärger@x.org", 10, rivals, NULL));
	g_assert_cmpuint(rivals->len, ==, 0);
}

static void count_work(const Work *work, void *data)
{
	GString *text = data;

	g_string_append_printf(text, "%d:%s:%u ", (int)work->entry, work->error, work->tries);
}

static void test_work(Store *store, gconstpointer unused)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GString) text = g_string_new(NULL);
	Work parked = { .app = 1,
			.entry = 3,
			.parked = TRUE,
			.error = (char *)"no mail",
			.error_kind = (char *)"object",
			.klass = PARK_REFUSED,
			.digest = (char *)"d",
			.tries = 2,
			.retry_at_us = 50,
			.since_us = 5 };
	g_autoptr(Work) read = NULL, tried = NULL;
	guint64 all, waiting, by_class[PARK_CLASSES];

	(void)unused;
	for (gint64 entry = 1; entry <= 4; entry++)
		g_assert_true(work_add(store->state, 1, entry, 1, NULL));
	g_assert_true(work_park(store->state, &parked, NULL));
	/* Known to be parked: more work for it forgets nothing. */
	g_assert_true(work_add(store->state, 1, 3, 9, NULL));
	g_assert_true(work_find(store->state, 1, 3, &read, NULL));
	g_assert_true(read->parked);
	g_assert_cmpstr(read->error, ==, "no mail");
	g_assert_cmpstr(read->error_kind, ==, "object");
	g_assert_cmpint(read->klass, ==, PARK_REFUSED);
	g_assert_cmpstr(read->digest, ==, "d");
	g_assert_cmpint(read->retry_at_us, ==, 50);
	g_assert_cmpint(read->since_us, ==, 5);
	g_assert_true(work_next(store->state, 1, 1, 2, entries, NULL));
	g_assert_cmpuint(entries->len, ==, 2);
	g_assert_cmpint(g_array_index(entries, gint64, 0), ==, 2);
	g_assert_cmpint(g_array_index(entries, gint64, 1), ==, 3);
	g_assert_true(work_count(store->state, 1, &all, &waiting, NULL));
	g_assert_cmpuint(all, ==, 4);
	g_assert_cmpuint(waiting, ==, 1);
	g_assert_true(work_parked(store->state, 1, 10, count_work, text, NULL));
	g_assert_cmpstr(text->str, ==, "3:no mail:2 ");
	parked.entry = 4;
	parked.klass = PARK_UNCLASSIFIED;
	g_assert_true(work_park(store->state, &parked, NULL));
	g_assert_true(work_count_parked(store->state, 1, by_class, NULL));
	for (guint i = 0; i < PARK_CLASSES; i++)
		g_assert_cmpuint(by_class[i], ==, i == PARK_REFUSED || i == PARK_UNCLASSIFIED);
	g_assert_true(work_end_pauses(store->state, 1, NULL));
	g_assert_true(work_find(store->state, 1, 4, &tried, NULL));
	g_assert_true(tried->parked);
	g_assert_null(tried->digest);
	g_assert_cmpint(tried->retry_at_us, ==, 0);
	g_assert_cmpstr(tried->error, ==, "no mail");
	g_assert_true(work_done(store->state, 1, 4, NULL));
	g_assert_true(work_done(store->state, 1, 3, NULL));
	g_assert_true(work_count(store->state, 1, &all, &waiting, NULL));
	g_assert_cmpuint(all, ==, 2);
	g_assert_cmpuint(waiting, ==, 0);
}

#define ADD(name, fn) g_test_add("/account/" name, Store, NULL, store_open, fn, store_close)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("app", test_app);
	ADD("damaged-memory", test_damaged_memory);
	ADD("assignment", test_assignment);
	ADD("link", test_link);
	ADD("link-owner", test_link_owner);
	ADD("alone", test_alone);
	ADD("disabled-before", test_disabled_before);
	ADD("matchkey", test_matchkey);
	ADD("work", test_work);
	return g_test_run();
}
