/*
 * History: runs and the audit.
 */
#include "base/json.h"
#include "state/history.h"
#include "state_support.h"

static void write_run(const RunRow *run, void *data)
{
	g_autofree char *result = run->result ? json_canonical(run->result) : g_strdup("-");

	g_string_append_printf(data, "%s %d-%d %d %s\n", run->command, (int)run->started_us,
			       (int)run->ended_us, run->exit_code, result);
}

static void test_runs(Store *store, gconstpointer unused)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(json_t) result = json_pack("{s:i}", "ops", 3);
	gint64 first, second;

	(void)unused;
	g_assert_true(run_begin(store->state, "sync", 10, &first, NULL));
	g_assert_true(run_end(store->state, first, 3, result, 20, NULL));
	g_assert_true(run_begin(store->state, "plan", 30, &second, NULL));
	g_assert_cmpint(second, >, first);
	g_assert_true(run_latest(store->state, 5, write_run, text, NULL));
	g_assert_cmpstr(text->str, ==, "plan 30-0 0 -\nsync 10-20 3 {\"ops\":3}\n");
	g_string_truncate(text, 0);
	g_assert_true(run_latest(store->state, 1, write_run, text, NULL));
	g_assert_cmpstr(text->str, ==, "plan 30-0 0 -\n");
}

static void write_audit(const AuditRow *row, void *data)
{
	g_autofree char *detail = row->detail ? json_canonical(row->detail) : g_strdup("-");

	g_string_append_printf(data, "%d/%d %s %s %s\n", (int)row->app, (int)row->entry, row->event,
			       row->outcome ? row->outcome : "-", detail);
}

static char *audit_text(Store *store, gint64 app, gint64 entry, guint limit)
{
	GString *text = g_string_new(NULL);

	g_assert_true(audit_of(store->state, app, entry, limit, write_audit, text, NULL));
	return g_string_free(text, FALSE);
}

static void test_audit(Store *store, gconstpointer unused)
{
	g_autoptr(json_t) detail = json_pack("{s:s}", "rule", "staff");
	AuditRow rows[] = { { .run = 1,
			      .app = 1,
			      .entry = 7,
			      .at_us = 1,
			      .event = "assigned",
			      .detail = detail },
			    { .run = 1, .app = 2, .entry = 7, .event = "create", .outcome = "ok" },
			    { .run = 1, .app = 1, .event = "held" } };

	(void)unused;
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		g_assert_true(audit_add(store->state, &rows[i], NULL));
	g_autofree char *of_entry = audit_text(store, 0, 7, 9);
	g_autofree char *of_both = audit_text(store, 2, 7, 9);
	g_autofree char *of_app = audit_text(store, 1, 0, 9);
	g_autofree char *all = audit_text(store, 0, 0, 2);
	g_assert_cmpstr(of_entry, ==, "1/7 assigned - {\"rule\":\"staff\"}\n2/7 create ok -\n");
	g_assert_cmpstr(of_both, ==, "2/7 create ok -\n");
	g_assert_cmpstr(of_app, ==, "1/7 assigned - {\"rule\":\"staff\"}\n1/0 held - -\n");
	g_assert_cmpstr(all, ==, of_entry);
}

#define ADD(name, fn) g_test_add("/history/" name, Store, NULL, store_open, fn, store_close)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("runs", test_runs);
	ADD("audit", test_audit);
	return g_test_run();
}
