/* Every row of the table in ad_decide.c, and what goes before what. */
#include "../../../src/source/ad_decide_internal.h"

#define DOMAIN_A "d0000000-0000-0000-0000-00000000000a"
#define DOMAIN_B "d0000000-0000-0000-0000-00000000000b"
#define DSA_1 "50000000-0000-0000-0000-000000000001"
#define DSA_2 "50000000-0000-0000-0000-000000000002"
#define LIFE_1 "10000000-0000-0000-0000-000000000001"
#define LIFE_2 "10000000-0000-0000-0000-000000000002"
#define LIFE_3 "10000000-0000-0000-0000-000000000003"

#define NOW G_GINT64_CONSTANT(1795334400000000)
#define HOUR G_GINT64_CONSTANT(3600000000)
#define DAY (24 * HOUR)

typedef struct {
	const char *name;
	AdDecision decision;
	AdReason reason;
	/* Of the cursor; those of the server are DOMAIN_A, DSA_1, LIFE_1, 1000. */
	const char *domain, *dsa, *invocation;
	gint64 mark;
	AdWay way;
	const char *seen;
	const char *filter;
	gboolean forbidden; /* the config does not permit the way any more */
	gboolean no_position;
	gint64 age_us; /* of the last full read */
} Row;

static const Row rows[] = {
	{ "same, dirsync", AD_READ_CHANGES, AD_REASON_GOES_ON, .mark = 900 },
	{ "same, object", AD_READ_CHANGES, AD_REASON_GOES_ON, .mark = 900,
	  .way = AD_WAY_DIRSYNC_OBJECT },
	{ "same, usn", AD_READ_CHANGES, AD_REASON_GOES_ON, .mark = 900, .way = AD_WAY_USN },
	{ "same, idle", AD_READ_CHANGES, AD_REASON_GOES_ON, .mark = 1000, .way = AD_WAY_USN },
	{ "rollback by mark", AD_READ_ALL_ANEW, AD_REASON_ROLLBACK, .mark = 1001 },
	{ "rollback by mark, usn", AD_READ_ALL_ANEW, AD_REASON_ROLLBACK, .mark = 1001,
	  .way = AD_WAY_USN },
	{ "rollback of one seen before the last", AD_READ_ALL_ANEW, AD_REASON_ROLLBACK,
	  .dsa = DSA_2, .invocation = LIFE_2, .mark = 50, .seen = LIFE_1 "=1001;" LIFE_2 "=50" },
	{ "a higher mark of another", AD_READ_CHANGES, AD_REASON_GOES_ON, .dsa = DSA_2,
	  .invocation = LIFE_2, .mark = 5000, .seen = LIFE_1 "=1000;" LIFE_2 "=5000" },
	{ "rollback before settings", AD_READ_ALL_ANEW, AD_REASON_ROLLBACK, .mark = 1001,
	  .filter = "(objectClass=person)" },
	{ "rollback before no position", AD_READ_ALL_ANEW, AD_REASON_ROLLBACK, .no_position = TRUE,
	  .seen = LIFE_1 "=1001" },
	{ "restored", AD_READ_ALL_ANEW, AD_REASON_RESTORED, .invocation = LIFE_3, .mark = 5000,
	  .seen = LIFE_3 "=5000" },
	{ "restored, usn", AD_READ_ALL_ANEW, AD_REASON_RESTORED, .invocation = LIFE_3, .mark = 900,
	  .way = AD_WAY_USN },
	{ "other server, dirsync", AD_READ_CHANGES, AD_REASON_GOES_ON, .dsa = DSA_2,
	  .invocation = LIFE_2, .mark = 900 },
	{ "other server, usn", AD_READ_ALL, AD_REASON_OTHER_SERVER, .dsa = DSA_2,
	  .invocation = LIFE_2, .mark = 900, .way = AD_WAY_USN },
	{ "other domain", AD_READ_ALL_ANEW, AD_REASON_OTHER_DOMAIN, .domain = DOMAIN_B,
	  .mark = 900 },
	{ "other domain before rollback", AD_READ_ALL_ANEW, AD_REASON_OTHER_DOMAIN,
	  .domain = DOMAIN_B, .mark = 1001 },
	{ "settings", AD_READ_ALL, AD_REASON_SETTINGS, .mark = 900,
	  .filter = "(objectClass=person)" },
	{ "way not permitted", AD_READ_ALL, AD_REASON_SETTINGS, .mark = 900, .forbidden = TRUE },
	{ "no position", AD_READ_ALL, AD_REASON_NO_POSITION, .no_position = TRUE },
	{ "scan", AD_READ_ALL, AD_REASON_NO_POSITION, .mark = 900, .way = AD_WAY_SCAN },
	{ "due", AD_READ_ALL, AD_REASON_DUE, .mark = 900, .age_us = DAY },
	{ "not yet due", AD_READ_CHANGES, AD_REASON_GOES_ON, .mark = 900, .age_us = DAY - 1 },
	{ "clock set back", AD_READ_ALL, AD_REASON_DUE, .mark = 900, .age_us = -1 },
};

static void test_row(gconstpointer data)
{
	const Row *row = data;
	g_autoptr(GBytes) cookie = g_bytes_new_static("x", 1);
	const AdCursor old = {
		.way = row->way,
		.base = (char *)"dc=ex",
		.filter = (char *)(row->filter ? row->filter : "(objectClass=user)"),
		.attributes = (char *)"9f",
		.domain = (char *)(row->domain ? row->domain : DOMAIN_A),
		.dsa = (char *)(row->dsa ? row->dsa : DSA_1),
		.invocation = (char *)(row->invocation ? row->invocation : LIFE_1),
		.mark = row->mark,
		.cookie = row->no_position ? NULL : cookie,
		.seen = (char *)row->seen,
		.full_us = NOW - row->age_us,
		.pulled_us = NOW - HOUR,
	};
	const AdCursor now = {
		.base = (char *)"dc=ex",
		.filter = (char *)"(objectClass=user)",
		.attributes = (char *)"9f",
		.domain = (char *)DOMAIN_A,
		.dsa = (char *)DSA_1,
		.invocation = (char *)LIFE_1,
		.mark = 1000,
	};
	const AdQuestion question = { .old = &old,
				      .now = &now,
				      .way_allowed = !row->forbidden,
				      .full_every_us = DAY,
				      .now_us = NOW };
	AdReason reason;

	g_assert_cmpint(ad_decide(&question, &reason), ==, row->decision);
	g_assert_cmpint(reason, ==, row->reason);
}

static void test_settings_are_named(void)
{
	const AdCursor old = { .base = (char *)"dc=a", .filter = (char *)"(x)" };
	const AdCursor now = { .base = (char *)"dc=b", .filter = (char *)"(x)" };
	const AdQuestion question = { .old = &old, .now = &now };
	g_autofree char *text = ad_settings_text(&question);

	g_assert_cmpstr(text, ==,
			"not the same as at the last pull: base, way of following "
			"changes; everything is read");
}

static void test_first(void)
{
	const AdCursor now = { .domain = (char *)DOMAIN_A, .mark = 1000 };
	const AdQuestion question = { .now = &now, .full_every_us = DAY, .now_us = NOW };
	AdReason reason;

	g_assert_cmpint(ad_decide(&question, &reason), ==, AD_READ_ALL_ANEW);
	g_assert_cmpint(reason, ==, AD_REASON_FIRST);
	g_assert_null(ad_reason_text(reason));
}

/* A proxy hides who answers: there is nothing that could be gone on from. */
static void test_nameless_server(void)
{
	const AdCursor old = { .way = AD_WAY_USN, .domain = (char *)DOMAIN_A, .mark = 900 };
	const AdCursor now = { .domain = (char *)DOMAIN_A, .mark = 1000 };
	const AdQuestion question = {
		.old = &old, .now = &now, .way_allowed = TRUE, .now_us = NOW
	};
	AdReason reason;

	g_assert_cmpint(ad_decide(&question, &reason), ==, AD_READ_ALL);
	g_assert_cmpint(reason, ==, AD_REASON_NO_POSITION);
}

static AdLag lag(const char *knows, const char *seen, gint64 waited_us)
{
	return ad_judge_lag(knows, seen, NOW - waited_us, 12 * HOUR, NOW);
}

static void test_lag(void)
{
	g_assert_cmpint(lag(LIFE_1 "=10", NULL, 0), ==, AD_LAG_NONE);
	g_assert_cmpint(lag(NULL, NULL, 0), ==, AD_LAG_NONE);
	g_assert_cmpint(lag(LIFE_1 "=10", LIFE_1 "=10", 0), ==, AD_LAG_NONE);
	g_assert_cmpint(lag(LIFE_1 "=11;" LIFE_2 "=1", LIFE_1 "=10", 0), ==, AD_LAG_NONE);
	g_assert_cmpint(lag(LIFE_1 "=9;" LIFE_2 "=99", LIFE_1 "=10", 0), ==, AD_LAG_WAIT);
	g_assert_cmpint(lag(LIFE_2 "=99", LIFE_1 "=10", 0), ==, AD_LAG_WAIT);
	/* What cannot be told is not taken for good. */
	g_assert_cmpint(lag(NULL, LIFE_1 "=10", 0), ==, AD_LAG_WAIT);
	g_assert_cmpint(lag(LIFE_1 "=9", LIFE_1 "=10", 12 * HOUR - 1), ==, AD_LAG_WAIT);
	g_assert_cmpint(lag(LIFE_1 "=9", LIFE_1 "=10", 12 * HOUR), ==, AD_LAG_OVER);
}

static void test_seen_of(void)
{
	static const char vector[] = LIFE_1 "=7;" LIFE_2 "=9223372036854775807";

	g_assert_cmpint(ad_seen_of(vector, LIFE_1), ==, 7);
	g_assert_cmpint(ad_seen_of(vector, LIFE_2), ==, G_MAXINT64);
	g_assert_cmpint(ad_seen_of(vector, LIFE_3), ==, 0);
	g_assert_cmpint(ad_seen_of(NULL, LIFE_1), ==, 0);
	g_assert_cmpint(ad_seen_of(vector, NULL), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *name = g_strdup_printf("/ad_decide/%s", rows[i].name);

		g_test_add_data_func(name, &rows[i], test_row);
	}
	g_test_add_func("/ad-decide/settings", test_settings_are_named);
	g_test_add_func("/ad_decide/first", test_first);
	g_test_add_func("/ad_decide/nameless server", test_nameless_server);
	g_test_add_func("/ad_decide/lag", test_lag);
	g_test_add_func("/ad_decide/seen of", test_seen_of);
	return g_test_run();
}
