/*
 * Time formats: known moments in every form, everything that is no moment refused, and there and
 * back for random ones.
 */
#include "base/clock.h"
#include "base/timefmt.h"

typedef struct {
	const char *text;
	gint64 us;
} Known;

static const Known rfc3339[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59.5Z", -500000 },
	{ "2012-03-16T07:00:00Z", 1331881200 * CLOCK_SECOND },
	{ "2012-03-16t08:30:00+01:30", 1331881200 * CLOCK_SECOND },
	{ "2012-03-15 23:00:00-08:00", 1331881200 * CLOCK_SECOND },
	{ "2012-03-16T07:00:00.123456789z", 1331881200 * CLOCK_SECOND + 123456 },
	{ "2000-02-29T12:00:00Z", 951825600 * CLOCK_SECOND },
	{ "2024-02-29T00:00:00Z", 1709164800 * CLOCK_SECOND },
	{ "2016-12-31T23:59:60Z", 1483228800 * CLOCK_SECOND }, /* a leap second that was */
	{ "0001-01-01T00:00:00Z", -62135596800 * CLOCK_SECOND },
	{ "9999-12-31T23:59:59Z", 253402300799 * CLOCK_SECOND },
};

static const char *const not_rfc3339[] = {
	"",
	"2012-03-16",
	"2012-03-16T07:00Z",
	"2012-03-16T07:00:00",
	"2012-03-16T07:00:00.Z",
	"2012-03-16T07:00:00Zx",
	"2012-03-16T07:00:00+0100",
	"2012-03-16T07:00:00+01",
	"2012-03-16T07:00:00+24:00",
	"2012-03-16T07:00:00+01:60",
	"2012-03-16T24:00:00Z",
	"2012-03-16T07:60:00Z",
	"2012-03-16T07:00:61Z",
	"2023-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"2012-13-01T00:00:00Z",
	"2012-00-01T00:00:00Z",
	"2012-04-31T00:00:00Z",
	"0000-01-01T00:00:00Z",
	"12-03-16T07:00:00Z",
	"2012/03/16T07:00:00Z",
	" 2012-03-16T07:00:00Z",
	"-012-03-16T07:00:00Z",
};

/* RFC 4517 §3.3.13 */
static const Known generalized[] = {
	{ "20120316070000Z", 1331881200 * CLOCK_SECOND },
	{ "20120316070000.0Z", 1331881200 * CLOCK_SECOND }, /* AD writes whenCreated so */
	{ "20120316070000.5Z", 1331881200 * CLOCK_SECOND + 500000 },
	{ "20120316070000,25Z", 1331881200 * CLOCK_SECOND + 250000 },
	{ "201203160700Z", 1331881200 * CLOCK_SECOND },
	{ "201203160700.5Z", 1331881200 * CLOCK_SECOND + 30 * CLOCK_SECOND },
	{ "2012031607Z", 1331881200 * CLOCK_SECOND },
	{ "2012031606.5Z", 1331881200 * CLOCK_SECOND - 30 * CLOCK_MINUTE },
	{ "2012031607.999999999999999Z", 1331881200 * CLOCK_SECOND + CLOCK_HOUR - 4 },
	{ "20120316080000+0100", 1331881200 * CLOCK_SECOND },
	{ "20120316080000+01", 1331881200 * CLOCK_SECOND },
	{ "20120316033000-0330", 1331881200 * CLOCK_SECOND },
	{ "20161231235960Z", 1483228800 * CLOCK_SECOND },
};

static const char *const not_generalized[] = {
	"",
	"20120316070000",
	"20120316Z",
	"201203160Z",
	"2012031607000Z",
	"20120316070000.Z",
	"20120316070000Z ",
	"20120316070000+1",
	"20120316070000+01:00",
	"20120230000000Z",
	"20120316250000Z",
	"2012-03-16T07:00:00Z",
	"133",
};

static void assert_known(const Known *known, gboolean (*parse)(const char *, gint64 *))
{
	gint64 us = 4711;

	if (!parse(known->text, &us))
		g_error("\"%s\" was refused", known->text);
	if (us != known->us)
		g_error("\"%s\" is %" G_GINT64_FORMAT ", should be %" G_GINT64_FORMAT, known->text,
			us, known->us);
}

static void assert_refused(const char *text, gboolean (*parse)(const char *, gint64 *))
{
	gint64 us = 4711;

	if (parse(text, &us))
		g_error("\"%s\" was taken", text);
	g_assert_cmpint(us, ==, 4711);
}

static void test_parse_rfc3339(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(rfc3339); i++)
		assert_known(&rfc3339[i], timefmt_parse_rfc3339);
	for (guint i = 0; i < G_N_ELEMENTS(not_rfc3339); i++)
		assert_refused(not_rfc3339[i], timefmt_parse_rfc3339);
}

static void test_parse_generalized(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(generalized); i++)
		assert_known(&generalized[i], timefmt_parse_generalized);
	for (guint i = 0; i < G_N_ELEMENTS(not_generalized); i++)
		assert_refused(not_generalized[i], timefmt_parse_generalized);
}

static void assert_text(gint64 us, char *(*format)(gint64), const char *expected)
{
	g_autofree char *text = format(us);

	g_assert_cmpstr(text, ==, expected);
}

static void test_format(void)
{
	assert_text(0, timefmt_rfc3339, "1970-01-01T00:00:00Z");
	assert_text(-1, timefmt_rfc3339, "1969-12-31T23:59:59Z");
	assert_text(1331881200 * CLOCK_SECOND + 999999, timefmt_rfc3339, "2012-03-16T07:00:00Z");
	assert_text(-62135596800 * CLOCK_SECOND, timefmt_rfc3339, "0001-01-01T00:00:00Z");
	/* AD's "never" and other things that no four digits can say. */
	assert_text(timefmt_from_filetime(G_MAXINT64), timefmt_rfc3339, "9999-12-31T23:59:59Z");
	assert_text(G_MININT64, timefmt_rfc3339, "0001-01-01T00:00:00Z");
}

static void test_there_and_back(void)
{
	for (int i = 0; i < 20000; i++) {
		gint64 seconds = (gint64)g_test_rand_double_range(-62135596800.0, 253402300799.0);
		gint64 us = seconds * CLOCK_SECOND, back;
		g_autofree char *text = timefmt_rfc3339(us);
		g_assert_true(timefmt_parse_rfc3339(text, &back));
		g_assert_cmpint(back, ==, us);
		g_assert_cmpint(timefmt_from_filetime(timefmt_to_filetime(us)), ==,
				MAX(us, timefmt_from_filetime(0)));
	}
}

/* Against GLib's calendar, another implementation; it does not pad years before 1000. */
static void test_agrees_with_gdatetime(void)
{
	for (int i = 0; i < 5000; i++) {
		gint64 seconds = (gint64)g_test_rand_double_range(-30610224000.0, 253402300799.0);
		g_autoptr(GDateTime) moment = g_date_time_new_from_unix_utc(seconds);
		g_autofree char *expected = g_date_time_format(moment, "%Y-%m-%dT%H:%M:%SZ");
		assert_text(seconds * CLOCK_SECOND, timefmt_rfc3339, expected);
	}
}

/* [MS-DTYP] 2.3.3 */
static void test_filetime(void)
{
	g_assert_cmpint(timefmt_from_filetime(129763548000000000), ==, 1331881200 * CLOCK_SECOND);
	g_assert_cmpint(timefmt_to_filetime(1331881200 * CLOCK_SECOND), ==, 129763548000000000);
	g_assert_cmpint(timefmt_from_filetime(116444736000000000), ==, 0);
	g_assert_cmpint(timefmt_from_filetime(116444736000000019), ==, 1);
	g_assert_cmpint(timefmt_to_filetime(G_MAXINT64), ==, G_MAXINT64);
	g_assert_cmpint(timefmt_to_filetime(G_MAXINT64 / 10), ==, G_MAXINT64);
	g_assert_cmpint(timefmt_to_filetime(G_MININT64), ==, 0);
}

static void test_span(void)
{
	assert_text(0, timefmt_span, "0 ms");
	assert_text(250000, timefmt_span, "250 ms");
	assert_text(CLOCK_SECOND, timefmt_span, "1 s");
	assert_text(4 * CLOCK_SECOND, timefmt_span, "4 s");
	assert_text(90 * CLOCK_SECOND, timefmt_span, "90 s");
	assert_text(12 * CLOCK_MINUTE, timefmt_span, "12 min");
	assert_text(3 * CLOCK_HOUR, timefmt_span, "3 h");
	assert_text(5 * CLOCK_DAY, timefmt_span, "5 days");
	assert_text(-5 * CLOCK_DAY, timefmt_span, "5 days");
	assert_text(G_MININT64, timefmt_span, "106751991 days");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/timefmt/parse-rfc3339", test_parse_rfc3339);
	g_test_add_func("/timefmt/parse-generalized", test_parse_generalized);
	g_test_add_func("/timefmt/format", test_format);
	g_test_add_func("/timefmt/there-and-back", test_there_and_back);
	g_test_add_func("/timefmt/agrees-with-gdatetime", test_agrees_with_gdatetime);
	g_test_add_func("/timefmt/filetime", test_filetime);
	g_test_add_func("/timefmt/span", test_span);
	return g_test_run();
}
