/*
 * Account status: who is enabled at a moment, and when that changes by itself.
 */
#include <string.h>

#include "core/account_status.h"

/* 2026-11-22T08:15:00Z as the clock and as FILETIME. */
#define NOW (G_GINT64_CONSTANT(1795335300) * G_USEC_PER_SEC)
#define NOW_FILETIME "134398089000000000"
#define SECOND G_USEC_PER_SEC

typedef struct {
	const char *value, *other; /* of the attribute; NULL: there is none */
	gboolean disabled;
	gboolean enabled;
	gint64 expired, due; /* relative to NOW in seconds; ABSENT: 0 */
	gboolean unreadable;
} Case;

#define ABSENT G_MININT64

static gint64 moment(gint64 relative)
{
	return relative == ABSENT ? 0 : NOW + relative * SECOND;
}

static void test_table(void)
{
	static const Case cases[] = {
		{ NULL, NULL, FALSE, TRUE, ABSENT, ABSENT, FALSE },
		{ NULL, NULL, TRUE, FALSE, ABSENT, ABSENT, FALSE },
		{ "0", NULL, FALSE, TRUE, ABSENT, ABSENT, FALSE },
		{ "9223372036854775807", NULL, FALSE, TRUE, ABSENT, ABSENT, FALSE },
		{ "9223372036854775806", NULL, FALSE, TRUE, ABSENT, ABSENT, FALSE },
		{ NOW_FILETIME, NULL, FALSE, FALSE, 0, ABSENT, FALSE },
		{ "134398089010000000", NULL, FALSE, TRUE, ABSENT, 1, FALSE },
		{ "134398088990000000", NULL, FALSE, FALSE, -1, ABSENT, FALSE },
		{ "134398089010000000", NULL, TRUE, FALSE, ABSENT, ABSENT, FALSE },
		{ "20261122081501Z", NULL, FALSE, TRUE, ABSENT, 1, FALSE },
		{ "20261122091500+0100", NULL, FALSE, FALSE, 0, ABSENT, FALSE },
		{ "19700101000000Z", NULL, FALSE, TRUE, ABSENT, ABSENT, FALSE },
		{ "soon", NULL, FALSE, TRUE, ABSENT, ABSENT, TRUE },
		{ "", NULL, FALSE, TRUE, ABSENT, ABSENT, TRUE },
		{ "-1", NULL, FALSE, TRUE, ABSENT, ABSENT, TRUE },
		{ "9223372036854775808", NULL, FALSE, TRUE, ABSENT, ABSENT, TRUE },
		{ "soon", NULL, TRUE, FALSE, ABSENT, ABSENT, TRUE },
		{ "20261122081502Z", "20261122081501Z", FALSE, TRUE, ABSENT, 1, FALSE },
		{ "20270101000000Z", "20261122081500Z", FALSE, FALSE, 0, ABSENT, FALSE },
		{ "soon", "20261122081500Z", FALSE, FALSE, 0, ABSENT, TRUE },
	};
	g_autoptr(Filter) disabled = filter_parse("(off=TRUE)", NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Case *row = &cases[i];
		g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "cn=x");
		AccountStatus status;

		if (row->value)
			entry_add(entry, "ends", row->value, strlen(row->value));
		if (row->other)
			entry_add(entry, "ends", row->other, strlen(row->other));
		if (row->disabled)
			entry_add(entry, "off", "TRUE", 4);
		g_test_message("%s", row->value ? row->value : "(none)");
		status = account_status(entry, disabled, "ends", NOW);
		g_assert_cmpint(status.enabled, ==, row->enabled);
		g_assert_cmpint(status.expired_us, ==, moment(row->expired));
		g_assert_cmpint(status.due_us, ==, moment(row->due));
		g_assert_cmpint(status.unreadable != NULL, ==, row->unreadable);
	}
}

/* What is said to change at a moment does change there, and not a microsecond before. */
static void test_due(void)
{
	g_autoptr(Filter) disabled = filter_parse("(off=TRUE)", NULL);
	g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "cn=x");
	gint64 due;

	entry_add(entry, "ends", "134398089010000000", 18);
	due = account_status(entry, disabled, "ends", NOW).due_us;
	g_assert_true(account_status(entry, disabled, "ends", due - 1).enabled);
	g_assert_false(account_status(entry, disabled, "ends", due).enabled);
	g_assert_cmpint(account_status(entry, disabled, "ends", due).due_us, ==, 0);
	g_assert_true(account_status(entry, disabled, "", due).enabled);
}

/* A filter that cannot be applied says neither yes nor no; the moment counts all the same. */
static void test_undefined(void)
{
	g_autoptr(Filter) disabled = filter_parse("(uac:1.2.840.113556.1.4.803:=2)", NULL);
	g_autoptr(Entry) entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "cn=x");
	AccountStatus status = account_status(entry, disabled, "ends", NOW);

	g_assert_true(status.enabled && !status.unknown);
	entry_add(entry, "uac", "many", 4);
	g_assert_true(account_status(entry, disabled, "ends", NOW).unknown);
	entry_add(entry, "ends", NOW_FILETIME, strlen(NOW_FILETIME));
	status = account_status(entry, disabled, "ends", NOW);
	g_assert_true(!status.enabled && status.unknown);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/account-status/table", test_table);
	g_test_add_func("/account-status/due", test_due);
	g_test_add_func("/account-status/undefined", test_undefined);
	return g_test_run();
}
