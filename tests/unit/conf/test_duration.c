/*
 * Durations: one number, one unit.
 */
#include "base/clock.h"
#include "conf/conf.h"

static void test_taken(void)
{
	static const struct {
		const char *text;
		gint64 us;
	} cases[] = {
		{ "250ms", 250000 },
		{ "30s", 30 * CLOCK_SECOND },
		{ "5m", 5 * CLOCK_MINUTE },
		{ "12h", 12 * CLOCK_HOUR },
		{ "30d", 30 * CLOCK_DAY },
		{ "90", 90 * CLOCK_SECOND },
		{ "0", 0 },
		{ "007s", 7 * CLOCK_SECOND },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 us = -1;
		g_assert_true(conf_parse_duration(cases[i].text, &us));
		g_assert_cmpint(us, ==, cases[i].us);
	}
}

static void test_refused(void)
{
	static const char *const texts[] = {
		"",
		"s",
		"-5s",
		"+5s",
		"1.5h",
		"1h30m",
		" 5s",
		"5 s",
		"5s ",
		"5S",
		"5w",
		"0x5s",
		"5sec",
		"99999999999999999999s",
		"900000000000000d",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		gint64 us = 4711;
		if (conf_parse_duration(texts[i], &us))
			g_error("\"%s\" was taken", texts[i]);
		g_assert_cmpint(us, ==, 4711);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/duration/taken", test_taken);
	g_test_add_func("/duration/refused", test_refused);
	return g_test_run();
}
