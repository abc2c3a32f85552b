/*
 * References: what a question costs where an application has very many of them.
 */
#include <sqlite3.h>
#include <string.h>

#include "../../../src/state/state_internal.h"
#include "state/reference.h"
#include "state_support.h"

#define APP 1
#define MANY 1000

static void put(Store *store, gint64 entry, gint64 referred)
{
	g_autofree char *name = g_strdup_printf("cn=boss%d,dc=example", (int)entry);
	Reference reference = {
		.app = APP,
		.entry = entry,
		.path = "manager",
		.name = name,
		.referred = referred,
	};

	g_assert_true(reference_put(store->state, &reference, NULL));
}

/* Rows that the statements about references looked through without an index since the last call. */
static int rows_scanned(State *state)
{
	int rows = 0;

	for (sqlite3_stmt *at = sqlite3_next_stmt(state->db, NULL); at;
	     at = sqlite3_next_stmt(state->db, at))
		if (strstr(sqlite3_sql(at), "reference"))
			rows += sqlite3_stmt_status(at, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
	return rows;
}

static gboolean any_dangling(Store *store)
{
	gboolean any;

	g_assert_true(reference_any_dangling(store->state, &any, NULL));
	return any;
}

/* Every run asks this. */
static void test_dangling(Store *store, gconstpointer unused)
{
	(void)unused;
	g_assert_false(any_dangling(store));
	for (gint64 entry = 1; entry <= MANY; entry++)
		put(store, entry, 1);
	rows_scanned(store->state);
	g_assert_false(any_dangling(store));
	g_assert_cmpint(rows_scanned(store->state), <, 5);
	put(store, MANY, 0);
	g_assert_true(any_dangling(store));
	put(store, MANY, 1);
	g_assert_false(any_dangling(store));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add("/reference/dangling", Store, NULL, store_open, test_dangling, store_close);
	return g_test_run();
}
