/*
 * Dates: what Microsoft's pages show comes out, and what .NET does at the edges.
 *
 * "entra" is "Reference for writing expressions for attribute mappings", "connect" the functions
 * reference of Connect Sync. The time is 2021-08-25T17:41:18Z.
 */
#include <string.h>

#include "base/json.h"
#include "function_support.h"

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");

	entry_add(entry, "hired", "2012-03-16-07:00", 16);
	entry_add(entry, "extensionattribute1", "20150123105347.1Z", 17);
	entry_add(entry, "contractend", "2020-12-31-08:00", 16);
	entry_add(entry, "enddate", "12/31/2020 12:00:00 AM", 22);
	entry_add(entry, "pwdlastset", "130543784938765432", 18);
	entry_add(entry, "never", "9223372036854775807", 19);
	entry_add(entry, "whencreated", "20140905081453.0Z", 17);
	entry_add(entry, "whencreated", "20150906081453.0Z", 17);
	entry_add(entry, "format", "yyyy/MM", 7);
	entry_add(entry, "empty", "", 0);
	return entry;
}

static void run(const FunctionCase *cases, gsize count)
{
	g_autoptr(Entry) entry = person_new();
	ExprInput input = {
		.entry = entry,
		.now_us = G_GINT64_CONSTANT(1629913278) * G_USEC_PER_SEC,
	};

	function_cases_run(cases, count, &input);
}

#define RUN(cases) run(cases, G_N_ELEMENTS(cases))

static void test_documented(void)
{
	static const FunctionCase cases[] = {
		/* entra, CDate */
		{ "CDate('2020-03-16-07:00')", "\"3/16/2020 7:00:00 AM\"" },
		{ "CDate(\"2021-06-30+08:00\")", "\"6/29/2021 4:00:00 PM\"" },
		{ "CDate(\"2009-06-15T01:45:30-07:00\")", "\"6/15/2009 8:45:30 AM\"" },
		/* connect, CDate */
		{ "CDate(\"2013-01-10 4:00 PM -8\")", "\"1/11/2013 12:00:00 AM\"" },
		/* entra, DateAdd */
		{ "DateAdd(\"d\", 7, CDate([hired]))", "\"3/23/2012 7:00:00 AM\"" },
		{ "DateAdd(\"d\", -10, CDate([hired]))", "\"3/6/2012 7:00:00 AM\"" },
		{ "DateAdd(\"ww\", 2, CDate([hired]))", "\"3/30/2012 7:00:00 AM\"" },
		{ "DateAdd(\"m\", 10, CDate([hired]))", "\"1/16/2013 7:00:00 AM\"" },
		{ "DateAdd(\"yyyy\", 2, CDate([hired]))", "\"3/16/2014 7:00:00 AM\"" },
		/* connect, DateAdd */
		{ "DateAdd(\"m\", 3, CDate(\"2001-01-01\"))", "\"4/1/2001 12:00:00 AM\"" },
		/* entra, DateDiff */
		{ "DateDiff('d', CDate('2021-08-18+08:00'), CDate('2021-08-31+08:00'))", "13" },
		{ "DateDiff('d', '8/25/2021 5:41:18 PM', CDate([hired]))", "-3449" },
		{ "DateDiff('ww', '8/25/2021 5:41:18 PM', CDate([hired]))", "-493" },
		{ "DateDiff('m', '8/25/2021 5:41:18 PM', CDate([hired]))", "-113" },
		{ "DateDiff('yyyy', '8/25/2021 5:41:18 PM', CDate([hired]))", "-9" },
		{ "DateDiff('d', Now(), CDate([hired]))", "-3449" },
		{ "DateDiff('d', '2021-08-31+08:00', '2021-08-31+08:00')", "0" },
		{ "DateDiff('h', '2021-08-24', '2021-08-25')", "24" },
		{ "DateDiff('n', '2021-08-24', '2021-08-25')", "1440" },
		{ "DateDiff('s', '2021-08-24', '2021-08-25')", "86400" },
		/* entra and connect, DateFromNum and NumFromDate */
		{ "DateFromNum(129699324000000000)", "\"1/1/2012 11:00:00 PM\"" },
		{ "NumFromDate(CDate(\"2012-01-01 23:00:00\"))", "129699324000000000" },
		{ "NumFromDate(Join(\"\", FormatDateTime([contractEnd], , \"yyyy-MM-ddzzz\", "
		  "\"yyyy-MM-dd\"), \" 23:59:59-08:00\"))",
		  "132539615990000000" },
		{ "NumFromDate(Join(\"\", FormatDateTime([endDate], , \"M/d/yyyy hh:mm:ss tt\", "
		  "\"yyyy-MM-dd\"), \" 23:59:59-08:00\"))",
		  "132539615990000000" },
		/* entra, FormatDateTime */
		{ "FormatDateTime([extensionAttribute1], , \"yyyyMMddHHmmss.fZ\", \"yyyy-MM-dd\")",
		  "\"2015-01-23\"" },
		/* connect, FormatDateTime */
		{ "FormatDateTime(CDate(\"12/25/2007\"),\"yyyy-MM-dd\")", "\"2007-12-25\"" },
		{ "FormatDateTime(DateFromNum([pwdLastSet]),\"yyyyMMddHHmmss.0Z\")",
		  "\"20140905081453.0Z\"" },
		/* entra, Now */
		{ "Now()", "\"8/25/2021 5:41:18 PM\"" },
	};

	RUN(cases);
}

/* 2021-03-07 is a Sunday. */
static void test_patterns_out(void)
{
	static const struct {
		const char *pattern, *result;
	} cases[] = {
		{ "y yy yyy yyyy yyyyy", "21 21 2021 2021 02021" },
		{ "M MM MMM MMMM", "3 03 Mar March" },
		{ "d dd ddd dddd", "7 07 Sun Sunday" },
		{ "H HH h hh", "16 16 4 04" },
		{ "m mm s ss", "5 05 9 09" },
		{ "t tt", "P PM" },
		{ "f ff fff ffff fffff ffffff fffffff", "1 12 125 1250 12500 125000 1250000" },
		{ "F FF FFF FFFF FFFFFFF", "1 12 125 125 125" },
		{ "z zz zzz K", "+0 +00 +00:00 Z" },
		{ "g", "03/07/2021 16:05" },
		{ "gg", "A.D." },
		{ "%d", "7" },
		{ "%h %m", "4 5" },
		{ "'day' d\\d \\\\ \"it's\"", "day 7d \\ it's" },
		{ "yyyy/MM/dd'T'HH:mm:ss.fffK", "2021/03/07T16:05:09.125Z" },
		{ "d. MMMM yyyy, \\u\\m H '\303\274hr'", "7. March 2021, um 16 \303\274hr" },
		{ "d", "03/07/2021" },
		{ "D", "Sunday, 07 March 2021" },
		{ "f", "Sunday, 07 March 2021 16:05" },
		{ "F", "Sunday, 07 March 2021 16:05:09" },
		{ "U", "Sunday, 07 March 2021 16:05:09" },
		{ "G", "03/07/2021 16:05:09" },
		{ "M", "March 07" },
		{ "m", "March 07" },
		{ "o", "2021-03-07T16:05:09.1250000Z" },
		{ "O", "2021-03-07T16:05:09.1250000Z" },
		{ "r", "Sun, 07 Mar 2021 16:05:09 GMT" },
		{ "R", "Sun, 07 Mar 2021 16:05:09 GMT" },
		{ "s", "2021-03-07T16:05:09" },
		{ "t", "16:05" },
		{ "T", "16:05:09" },
		{ "u", "2021-03-07 16:05:09Z" },
		{ "y", "2021 March" },
		{ "Y", "2021 March" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Entry) entry = person_new();
		ExprInput input = { .entry = entry };

		/* The pattern comes out of an attribute, so that no escape is needed. */
		entry_add(entry, "p", cases[i].pattern, strlen(cases[i].pattern));
		g_autofree char *result =
			function_result("FormatDateTime('2021-03-07T16:05:09.125Z', , , [p])",
					&input);
		g_autoptr(json_t) json = json_string(cases[i].result);
		g_autofree char *wanted = json_canonical(json);
		g_assert_cmpstr(result, ==, wanted);
	}
}

static void test_patterns_out_edges(void)
{
	static const FunctionCase cases[] = {
		{ "FormatDateTime('2021-03-07T16:05:09Z', , , 'ss.FFF')", "\"09\"" },
		{ "FormatDateTime('2021-03-07T16:05:09.5Z', , , 'ss.FFF')", "\"09.5\"" },
		{ "FormatDateTime('2021-03-07T00:05:09Z', , , 'h:mm tt')", "\"12:05 AM\"" },
		{ "FormatDateTime('2021-03-07T12:05:09Z', , , 'h:mm tt')", "\"12:05 PM\"" },
		{ "FormatDateTime('0001-01-01', , , 's')", "\"0001-01-01T00:00:00\"" },
		{ "FormatDateTime('9999-12-31T23:59:59.999999Z', , , 'o')",
		  "\"9999-12-31T23:59:59.9999990Z\"" },
		{ "FormatDateTime('2000-01-01', , , 'ddd')", "\"Sat\"" },
		{ "FormatDateTime([whenCreated], , 'yyyyMMddHHmmss.fZ', 'yyyy')",
		  "[\"2014\",\"2015\"]" },
		{ "FormatDateTime('2021-03-07', , , [format])", "\"2021/03\"" },
		{ "FormatDateTime([pwdLastSet], , , 'yyyy-MM-dd')", "\"2014-09-05\"" },
		{ "FormatDateTime([never], , , 'yyyy-MM-dd')", "-" },
		{ "FormatDateTime([missing], , , 'yyyy-MM-dd')", "-" },
		{ "FormatDateTime([empty], , 'yyyy', 'yyyy')", "-" },
		{ "FormatDateTime('2021-03-07', , , [empty])", "! '' is no pattern for dates" },
		{ "FormatDateTime('2021-03-07', , , [missing])",
		  "! 'null' is no pattern for dates" },
		{ "FormatDateTime('soon', , , 'yyyy')", "! 'soon' is no date" },
		{ "FormatDateTime('soon', , 'yyyy-MM-dd', 'yyyy')",
		  "! 'soon' is no date in the pattern \"yyyy-MM-dd\"" },
		{ "FormatDateTime('2021', [format], 'yyyy', 'yyyy')",
		  "! 'yyyy/MM' is no list of date styles: the styles are AllowLeadingWhite, "
		  "AllowTrailingWhite, AllowInnerWhite, AllowWhiteSpaces, NoCurrentDateDefault, "
		  "AdjustToUniversal, AssumeLocal, AssumeUniversal, RoundtripKind, None" },
	};

	RUN(cases);
}

/* What is read in which pattern, shown by "o"; NULL: it is refused. */
static void test_patterns_in(void)
{
	static const struct {
		const char *text, *pattern, *styles, *result;
	} cases[] = {
		{ "2021-3-7", "yyyy-M-d", "", "2021-03-07T00:00:00.0000000" },
		{ "2021-12-31", "yyyy-M-d", "", "2021-12-31T00:00:00.0000000" },
		{ "2021-3-7", "yyyy-MM-dd", "", NULL },
		{ "021-03-07", "yyyy-MM-dd", "", NULL },
		{ "20210307", "yyyyMMdd", "", "2021-03-07T00:00:00.0000000" },
		{ "49", "yy", "", "2049-01-01T00:00:00.0000000" },
		{ "7.3.49", "d.M.yy", "", "2049-03-07T00:00:00.0000000" },
		{ "7.3.50", "d.M.yy", "", "1950-03-07T00:00:00.0000000" },
		{ "7 mar 2021", "d MMM yyyy", "", "2021-03-07T00:00:00.0000000" },
		{ "MARCH 7, 2021", "MMMM d, yyyy", "", "2021-03-07T00:00:00.0000000" },
		{ "Mar 7, 2021", "MMMM d, yyyy", "", NULL },
		{ "Sun, 7 Mar 2021", "ddd, d MMM yyyy", "", "2021-03-07T00:00:00.0000000" },
		{ "Mon, 7 Mar 2021", "ddd, d MMM yyyy", "", NULL },
		{ "Sunday 7/3/2021", "dddd d/M/yyyy", "", "2021-03-07T00:00:00.0000000" },
		{ "7/3/2021 12:05 am", "d/M/yyyy h:mm tt", "", "2021-03-07T00:05:00.0000000" },
		{ "7/3/2021 12:05 PM", "d/M/yyyy h:mm tt", "", "2021-03-07T12:05:00.0000000" },
		{ "7/3/2021 4:05 p", "d/M/yyyy h:mm t", "", "2021-03-07T16:05:00.0000000" },
		{ "7/3/2021 13:05 PM", "d/M/yyyy h:mm tt", "", NULL },
		{ "7/3/2021 13:05 PM", "d/M/yyyy H:mm tt", "", "2021-03-07T13:05:00.0000000" },
		{ "7/3/2021 13:05 AM", "d/M/yyyy H:mm tt", "", NULL },
		{ "7/3/2021 24:00", "d/M/yyyy H:mm", "", NULL },
		{ "7/3/2021 23:60", "d/M/yyyy H:mm", "", NULL },
		{ "29/2/2021", "d/M/yyyy", "", NULL },
		{ "29/2/2020", "d/M/yyyy", "", "2020-02-29T00:00:00.0000000" },
		{ "0/2/2020", "d/M/yyyy", "", NULL },
		{ "1/13/2020", "d/M/yyyy", "", NULL },
		{ "1/1/0000", "d/M/yyyy", "", NULL },
		{ "20150123105347.1234567Z", "yyyyMMddHHmmss.fffffffZ", "",
		  "2015-01-23T10:53:47.1234567Z" },
		{ "20150123105347.12Z", "yyyyMMddHHmmss.fZ", "", NULL },
		{ "20150123105347Z", "yyyyMMddHHmmss.fZ", "", NULL },
		{ "20150123105347Z", "yyyyMMddHHmmss.FZ", "", "2015-01-23T10:53:47.0000000Z" },
		{ "20150123105347.5Z", "yyyyMMddHHmmss.FFFZ", "", "2015-01-23T10:53:47.5000000Z" },
		{ "2015-01-23 GMT", "yyyy-MM-dd Z", "", "2015-01-23T00:00:00.0000000Z" },
		{ "2021-03-07T01:00:00+08:00", "yyyy-MM-ddTHH:mm:sszzz", "",
		  "2021-03-06T17:00:00.0000000+00:00" },
		{ "2021-03-07T01:00:00+0800", "yyyy-MM-ddTHH:mm:sszzz", "",
		  "2021-03-06T17:00:00.0000000+00:00" },
		{ "2021-03-07T23:00-8", "yyyy-MM-ddTHH:mmz", "",
		  "2021-03-08T07:00:00.0000000+00:00" },
		{ "2021-03-07T23:00-08", "yyyy-MM-ddTHH:mmzz", "",
		  "2021-03-08T07:00:00.0000000+00:00" },
		{ "2021-03-07T23:00+14:30", "yyyy-MM-ddTHH:mmzzz", "", NULL },
		{ "2021-03-07T23:00", "yyyy-MM-ddTHH:mmzzz", "", NULL },
		{ "2021-03-07T23:00", "yyyy-MM-ddTHH:mmK", "", "2021-03-07T23:00:00.0000000" },
		{ "2021-03-07T23:00Z", "yyyy-MM-ddTHH:mmK", "", "2021-03-07T23:00:00.0000000Z" },
		{ "2021-03-07T23:00+01:00", "yyyy-MM-ddTHH:mmK", "",
		  "2021-03-07T22:00:00.0000000+00:00" },
		{ "0001-01-01T00:00+01:00", "yyyy-MM-ddTHH:mmK", "", NULL },
		{ "  2021-03-07\t", "yyyy-MM-dd", "", "2021-03-07T00:00:00.0000000" },
		{ " 2021-03-07", "yyyy-MM-dd", "None", NULL },
		{ "2021-03-07 ", "yyyy-MM-dd", "AllowLeadingWhite", NULL },
		{ "2021 - 03-07", "yyyy-MM-dd", "", NULL },
		{ "2021 - 03-07", "yyyy-MM-dd", "DateTimeStyles.AllowWhiteSpaces",
		  "2021-03-07T00:00:00.0000000" },
		{ "2021-03-07", "yyyy-MM-dd", "AssumeUniversal, AdjustToUniversal",
		  "2021-03-07T00:00:00.0000000Z" },
		{ "2021-03-07", "yyyy-MM-dd", "AssumeUniversal",
		  "2021-03-07T00:00:00.0000000+00:00" },
		{ "2021-03-07", "yyyy-MM-dd", "assumelocal", "2021-03-07T00:00:00.0000000+00:00" },
		{ "2021-03-07+02:00", "yyyy-MM-ddzzz", "AdjustToUniversal",
		  "2021-03-06T22:00:00.0000000Z" },
		{ "2021-03-07T16:05:09.1250000Z", "o", "", "2021-03-07T16:05:09.1250000Z" },
		{ "Sun, 07 Mar 2021 16:05:09 GMT", "r", "", "2021-03-07T16:05:09.0000000Z" },
		{ "2021-03-07 16:05:09Z", "u", "", "2021-03-07T16:05:09.0000000Z" },
		{ "2021-03-07T16:05:09", "s", "", "2021-03-07T16:05:09.0000000" },
		{ "03/07/2021", "d", "", "2021-03-07T00:00:00.0000000" },
		{ "on 7 the 03/2021", "'on' d \"the\" MM/yyyy", "", "2021-03-07T00:00:00.0000000" },
		{ "7 2021-03-08", "d yyyy-MM-dd", "", NULL },
		{ "08 2021-03-08", "dd yyyy-MM-dd", "", "2021-03-08T00:00:00.0000000" },
		{ "16:05", "H:mm", "", "0001-01-01T16:05:00.0000000" },
		{ "2021-03-07 and more", "yyyy-MM-dd", "", NULL },
		{ "2021-03-07", "yyyy-MM-dd HH", "", NULL },
		{ "\303\274 2021", "\303\274 yyyy", "", "2021-01-01T00:00:00.0000000" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Entry) entry = person_new();
		ExprInput input = { .entry = entry };

		entry_add(entry, "t", cases[i].text, strlen(cases[i].text));
		entry_add(entry, "p", cases[i].pattern, strlen(cases[i].pattern));
		entry_add(entry, "s", cases[i].styles, strlen(cases[i].styles));
		g_autofree char *result = function_result("FormatDateTime([t], [s], [p], 'o')",
							  &input);
		g_autofree char *wanted =
			cases[i].result ? g_strdup_printf("\"%s\"", cases[i].result)
					: g_strdup_printf("! '%s' is no date in the pattern \"%s\"",
							  cases[i].text, cases[i].pattern);
		g_assert_cmpstr(result, ==, wanted);
	}
}

static void test_adding(void)
{
	static const FunctionCase cases[] = {
		{ "DateAdd('m', 1, '2021-01-31')", "\"2/28/2021 12:00:00 AM\"" },
		{ "DateAdd('m', 1, '2020-01-31')", "\"2/29/2020 12:00:00 AM\"" },
		{ "DateAdd('m', -1, '2021-03-31T10:20:30Z')", "\"2/28/2021 10:20:30 AM\"" },
		{ "DateAdd('m', -13, '2021-01-15')", "\"12/15/2019 12:00:00 AM\"" },
		{ "DateAdd('yyyy', 1, '2020-02-29')", "\"2/28/2021 12:00:00 AM\"" },
		{ "DateAdd('YYYY', 4, '2020-02-29')", "\"2/29/2024 12:00:00 AM\"" },
		{ "DateAdd('q', 1, '2020-11-30')", "\"2/28/2021 12:00:00 AM\"" },
		{ "DateAdd('y', 1, '2020-12-31')", "\"1/1/2021 12:00:00 AM\"" },
		{ "DateAdd('w', 1, '2020-12-31')", "\"1/1/2021 12:00:00 AM\"" },
		{ "DateAdd('h', -1, '1970-01-01')", "\"12/31/1969 11:00:00 PM\"" },
		{ "DateAdd('n', 90, '2021-01-01')", "\"1/1/2021 1:30:00 AM\"" },
		{ "DateAdd('s', -1, '2021-01-01')", "\"12/31/2020 11:59:59 PM\"" },
		{ "DateAdd('d', '7', '2021-01-01')", "\"1/8/2021 12:00:00 AM\"" },
		{ "DateAdd('d', 0, '9999-12-31T23:59:59Z')", "\"12/31/9999 11:59:59 PM\"" },
		{ "DateAdd('d', 7, [missing])", "-" },
		{ "DateAdd('d', [missing], '2021-01-01')", "-" },
		{ "DateAdd('d', 7, [empty])", "-" },
		{ "DateAdd('s', 1, '9999-12-31T23:59:59Z')",
		  "! '1' is no span that leads to a date of the years 1 to 9999" },
		{ "DateAdd('m', 1, '9999-12-01')",
		  "! '1' is no span that leads to a date of the years 1 to 9999" },
		{ "DateAdd('d', -1, '0001-01-01')",
		  "! '-1' is no span that leads to a date of the years 1 to 9999" },
		{ "DateAdd('yyyy', 9223372036854775807, '2021-01-01')",
		  "! '9223372036854775807' is no span that leads to a date of the years 1 to "
		  "9999" },
		{ "DateAdd('m', 9223372036854775807, '2021-01-01')",
		  "! '9223372036854775807' is no span that leads to a date of the years 1 to "
		  "9999" },
		{ "DateAdd('ww', 9223372036854775807, '2021-01-01')",
		  "! '9223372036854775807' is no span that leads to a date of the years 1 to "
		  "9999" },
		{ "DateAdd('d', 'many', '2021-01-01')", "! 'many' is no whole number" },
		{ "DateAdd('d', 1, 'tomorrow')", "! 'tomorrow' is no date" },
		{ "DateAdd([format], 1, '2021-01-01')",
		  "! 'yyyy/MM' is no interval: they are yyyy, q, m, y, d, w, ww, h, n and s" },
	};

	RUN(cases);
}

/* Boundaries between are counted, and the sign is that of the later minus the earlier. */
static void test_differences(void)
{
	static const FunctionCase cases[] = {
		{ "DateDiff('yyyy', '2020-12-31T23:00Z', '2021-01-01T01:00Z')", "1" },
		{ "DateDiff('q', '2020-12-31T23:00Z', '2021-01-01T01:00Z')", "1" },
		{ "DateDiff('m', '2020-12-31T23:00Z', '2021-01-01T01:00Z')", "1" },
		{ "DateDiff('d', '2020-12-31T23:00Z', '2021-01-01T01:00Z')", "1" },
		{ "DateDiff('y', '2021-01-01T01:00Z', '2020-12-31T23:00Z')", "-1" },
		{ "DateDiff('d', '2021-01-01T00:00Z', '2021-01-01T23:59Z')", "0" },
		{ "DateDiff('h', '2021-01-01T00:59Z', '2021-01-01T01:00Z')", "1" },
		{ "DateDiff('n', '2021-01-01T00:00:59Z', '2021-01-01T00:01:00Z')", "1" },
		{ "DateDiff('s', '2021-01-01T00:00:00.9Z', '2021-01-01T00:00:01.1Z')", "1" },
		{ "DateDiff('h', '1969-12-31T23:30Z', '1970-01-01T00:30Z')", "1" },
		{ "DateDiff('q', '2020-01-01', '2021-12-31')", "7" },
		/* From a Saturday to a Sunday it is a week, from a Sunday to a Saturday none. */
		{ "DateDiff('ww', '2021-03-06', '2021-03-07')", "1" },
		{ "DateDiff('ww', '2021-03-07', '2021-03-13')", "0" },
		{ "DateDiff('ww', '2021-03-07', '2021-03-06')", "-1" },
		{ "DateDiff('w', '2021-03-06', '2021-03-12')", "0" },
		{ "DateDiff('w', '2021-03-06', '2021-03-13')", "1" },
		{ "DateDiff('s', '0001-01-01', '9999-12-31T23:59:59Z')", "315537897599" },
		{ "DateDiff('d', [missing], '2021-01-01')", "-" },
		{ "DateDiff('d', '2021-01-01', [missing])", "-" },
		{ "DateDiff('d', '2021-01-01', 'later')", "! 'later' is no date" },
		{ "IIF(DateDiff('d', Now(), '2021-08-30') > 5, 'False', 'True')", "\"True\"" },
		{ "IIF(DateDiff('d', Now(), '2021-08-31') > 5, 'False', 'True')", "\"False\"" },
	};

	RUN(cases);
}

/* Dates by hand, and what is none. */
static void test_reading(void)
{
	static const FunctionCase cases[] = {
		{ "CDate('2021-3-7 4:05 pm')", "\"3/7/2021 4:05:00 PM\"" },
		{ "CDate('3/7/2021 16:05')", "\"3/7/2021 4:05:00 PM\"" },
		{ "CDate('7 March 2021')", "\"3/7/2021 12:00:00 AM\"" },
		{ "CDate('Mar 7, 2021')", "\"3/7/2021 12:00:00 AM\"" },
		{ "CDate('Sun, 07 Mar 2021 16:05:09 GMT')", "\"3/7/2021 4:05:09 PM\"" },
		{ "CDate('Mon, 07 Mar 2021 16:05:09 GMT')",
		  "! 'Mon, 07 Mar 2021 16:05:09 GMT' is no date" },
		{ "IsDate('7 March 2021')", "true" },
		{ "IsDate('7 Foo 2021')", "false" },
		{ "IsDate(Now())", "true" },
		{ "IsDate(12)", "false" },
		/* An offset leads out of the years that can be written. */
		{ "CDate('0001-01-01T00:00:00+01:00')",
		  "! '0001-01-01T00:00:00+01:00' is no date" },
		{ "CDate('9999-12-31T23:59:59-01:00')",
		  "! '9999-12-31T23:59:59-01:00' is no date" },
		{ "CDate('a text that is much longer than what fits into a message')",
		  "! 'a text that is much longer than what fit...' is no date" },
		{ "DateFromNum('99999999999999999999')",
		  "! '99999999999999999999' is no FILETIME number" },
	};

	RUN(cases);
}

static void test_mistakes(void)
{
	static const FunctionCase cases[] = {
		{ "DateAdd('minute', 1, [x])", "9: this is no interval\nthe intervals are yyyy" },
		{ "DateDiff(, [x], [y])", "1: this is no interval" },
		{ "DateAdd(5, 1, [x])", "9: this is no interval" },
		{ "FormatDateTime([x], , 'yyyy')", "1: FormatDateTime takes 4 arguments, or 2" },
		{ "FormatDateTime([x], , 'yyyy', )", "1: the pattern of the result is missing" },
		{ "FormatDateTime([x], , 'yyyy', 'q')", "31: this is no pattern for dates" },
		{ "FormatDateTime([x], , \"yyyy'\", 'yyyy')", "23: this is no pattern for dates" },
		{ "FormatDateTime([x], , , 'ffffffff')", "25: this is no pattern for dates" },
		{ "FormatDateTime([x], , , 'yyyy%')", "25: this is no pattern for dates" },
		{ "FormatDateTime([x], '')", "21: this is no pattern for dates\nit is empty" },
		{ "FormatDateTime([x], 'Fancy', , 'yyyy')", "21: these are no styles for dates" },
		{ "FormatDateTime([x], 'AssumeLocal,AssumeUniversal', , 'yyyy')",
		  "21: these are no styles for dates\nAssumeLocal, AssumeUniversal and" },
		{ "FormatDateTime([x], 'RoundtripKind,AdjustToUniversal', , 'yyyy')",
		  "21: these are no styles for dates" },
	};

	FUNCTION_MISTAKES_RUN(cases);
}

static void test_traits(void)
{
	g_autoptr(Expr) now = expr_compile("Append('', Now())", NULL, NULL);
	g_autoptr(Expr) fixed = expr_compile("CDate('2021-01-01')", NULL, NULL);

	g_assert_cmpuint(expr_traits(now), ==, EXPR_TIME);
	g_assert_cmpuint(expr_traits(fixed), ==, 0);
}

/* A date that is printed in a pattern and read in it again is the same. */
static void test_roundtrip(void)
{
	static const char *const patterns[] = {
		"o",
		"s",
		"u",
		"r",
		"F",
		"yyyy-MM-dd HH:mm:ss",
		"M/d/yyyy h:mm:ss tt",
		"dddd, d MMMM yyyy h.m.s tt",
	};

	for (guint i = 0; i < 400; i++) {
		gint64 seconds = g_test_rand_int_range(0, G_MAXINT) * G_GINT64_CONSTANT(117) +
				 g_test_rand_int_range(0, 117);
		g_autofree char *expr = g_strdup_printf(
			"CDate(FormatDateTime(FormatDateTime(DateAdd('s', %" G_GINT64_FORMAT
			", '0001-01-01'), , , '%s'), , '%s', 's'))",
			seconds, patterns[i % G_N_ELEMENTS(patterns)],
			patterns[i % G_N_ELEMENTS(patterns)]);
		g_autofree char *plain = g_strdup_printf("DateAdd('s', %" G_GINT64_FORMAT
							 ", '0001-01-01')",
							 seconds);
		g_autoptr(Entry) entry = person_new();
		ExprInput input = { .entry = entry };
		g_autofree char *result = function_result(expr, &input);
		g_autofree char *wanted = function_result(plain, &input);

		g_assert_cmpstr(result, ==, wanted);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-date/documented", test_documented);
	g_test_add_func("/functions-date/patterns-out", test_patterns_out);
	g_test_add_func("/functions-date/patterns-out-edges", test_patterns_out_edges);
	g_test_add_func("/functions-date/patterns-in", test_patterns_in);
	g_test_add_func("/functions-date/adding", test_adding);
	g_test_add_func("/functions-date/differences", test_differences);
	g_test_add_func("/functions-date/reading", test_reading);
	g_test_add_func("/functions-date/mistakes", test_mistakes);
	g_test_add_func("/functions-date/traits", test_traits);
	g_test_add_func("/functions-date/roundtrip", test_roundtrip);
	return g_test_run();
}
