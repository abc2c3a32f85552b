/*
 * Functions about dates. A date in an expression is text, "6/29/2021 4:00:00 PM", always UTC, as
 * Entra's functions hand it on; whatever a directory or a person writes as a date is read. FILETIME
 * numbers are large integers and stay 64 bits wide.
 *
 *	DateFromNum(133480000000000000)        "12/25/2023 5:46:40 PM"
 *	NumFromDate("2023-12-25T17:46:40Z")    133480000000000000
 *	CDate("2021-06-30+08:00")              "6/29/2021 4:00:00 PM"
 *	ToRFC3339(either form)                 "2021-06-29T16:00:00Z"
 *	DateAdd("m", 1, "2021-01-31")          "2/28/2021 12:00:00 AM"
 *	DateDiff("d", "2021-08-18", "2021-08-31")        13
 *	FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")  "2015-01-23"
 *	FormatDateTime(date, "yyyy-MM-dd")     the form of two arguments that Connect Sync has
 *
 * A date is read by core/moment.h, and failing that by the patterns below, which people write by
 * hand. FormatDateTime without an input pattern also reads a FILETIME. Patterns are .NET's
 * (dotnet_date.c), units Visual Basic's (date_span.c); those that are constant are checked when the
 * expression is compiled.
 *
 * "Never" (a FILETIME of 0 or of the largest number) is no date: null, and so is every result for a
 * value that is not there. What is no date although one is needed fails the object; IsDate asks
 * first. Dates are those of the years 1 to 9999, to the microsecond, and a date text has seconds.
 */
#include <string.h>

#include "base/error.h"
#include "base/timefmt.h"
#include "core/moment.h"
#include "date_span_internal.h"
#include "dotnet_date_internal.h"
#include "functions_value_internal.h"

#define LONGEST_DATE 80  /* bytes; no form of a date comes near */
#define SHOWN_PATTERN 60 /* bytes; longer ones are not worth a message */

/* Positions of FormatDateTime. */
enum {
	FORMAT_SOURCE,
	FORMAT_STYLES,
	FORMAT_INPUT,
	FORMAT_OUTPUT,
	FORMAT_COUNT,

	FORMAT_SHORT_OUTPUT = 1,
	FORMAT_SHORT_COUNT = 2,
};

static const Value *refuse_date(const Value *value, GError **error)
{
	return argument_refuse(value, "date", error);
}

static gboolean is_in_range(gint64 us)
{
	DotnetDate date = dotnet_date_from_us(us, DATE_UTC);

	return dotnet_date_to_us(&date) == us;
}

/* What people write by hand and .NET's DateTime.Parse understands. */
static gboolean read_by_hand(const char *text, gint64 *us)
{
	static const char *const patterns[] = {
		"yyyy-M-d h:mm tt z",
		"yyyy-M-d h:mm tt",
		"yyyy-M-d h:mm:ss tt z",
		"yyyy-M-d h:mm:ss tt",
		"M/d/yyyy h:mm tt",
		"M/d/yyyy H:mm",
		"M/d/yyyy H:mm:ss",
		"M/d/yyyy h:mm:ss tt zzz",
		"M/d/yyyy H:mm:ss zzz",
		"r",
		"d MMM yyyy",
		"d MMMM yyyy",
		"MMM d, yyyy",
		"MMMM d, yyyy",
		"D",
		"F",
	};
	const guint styles = STYLE_LEADING_WHITE | STYLE_TRAILING_WHITE | STYLE_INNER_WHITE;
	DotnetDate date;

	for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
		if (dotnet_date_parse(text, patterns[i], styles, &date)) {
			*us = dotnet_date_to_us(&date);
			return TRUE;
		}
	}
	return FALSE;
}

/* An offset may carry a date out of the years that can be written: it is none then. */
static gboolean read_date(const Value *value, gint64 *us)
{
	gint64 read;

	if (value->type != VALUE_STRING || value->string.length > LONGEST_DATE ||
	    !(moment_parse_date(value->string.data, &read) ||
	      read_by_hand(value->string.data, &read)))
		return FALSE;
	*us = read;
	return is_in_range(read);
}

/* A date or a FILETIME; MOMENT_NONE for anything else. */
static MomentKind read_either(const Value *value, gint64 *us)
{
	gint64 number;

	if (argument_number(value, &number))
		return moment_of_filetime(number, us);
	return read_date(value, us) ? MOMENT_AT : MOMENT_NONE;
}

static const Value *date_from_num(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	gint64 number, us;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!argument_number(args[0], &number))
		return argument_refuse(args[0], "FILETIME number", error);
	switch (moment_of_filetime(number, &us)) {
	case MOMENT_AT:
		return result_taken(context, moment_date_text(us), error);
	case MOMENT_NEVER:
		return value_null();
	case MOMENT_NONE:
		break;
	}
	return argument_refuse(args[0], "moment: a FILETIME below 0 is a span of time", error);
}

static const Value *num_from_date(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	gint64 us;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!read_date(args[0], &us))
		return refuse_date(args[0], error);
	/* The number of what is earlier would be 0, which means "never". */
	if (us < timefmt_from_filetime(0))
		return argument_refuse(args[0], "date from 1601 on, where FILETIMEs begin", error);
	return value_number(context->arena, timefmt_to_filetime(us));
}

static const Value *cdate(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	gint64 us;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!read_date(args[0], &us))
		return refuse_date(args[0], error);
	return result_taken(context, moment_date_text(us), error);
}

static const Value *to_rfc3339(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	gint64 us;

	if (argument_is_missing(args[0]))
		return value_null();
	switch (read_either(args[0], &us)) {
	case MOMENT_AT:
		return result_taken(context, timefmt_rfc3339(us), error);
	case MOMENT_NEVER:
		return value_null();
	case MOMENT_NONE:
		break;
	}
	return argument_refuse(args[0], "date and no FILETIME number", error);
}

static const Value *is_date(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	gint64 us;

	return value_bool(args[0] && read_date(args[0], &us));
}

static const Value *now(const FunctionContext *context, const Value *const *args, guint count,
			GError **error)
{
	return result_taken(context, moment_date_text(context->input->now_us), error);
}

/* The unit in the first argument of DateAdd and DateDiff. */
static const DateUnit *read_unit(const Value *value, GError **error)
{
	const DateUnit *unit = value->type == VALUE_STRING ? date_unit_find(value->string.data)
							   : NULL;

	if (!unit) {
		g_autofree char *what = g_strdup_printf("interval: they are %s", date_unit_names);
		argument_refuse(value, what, error);
	}
	return unit;
}

static gboolean check_unit(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 0);
	gboolean known = literal && literal->type == VALUE_STRING &&
			 date_unit_find(literal->string.data) != NULL;

	*arg = 0;
	if (known || (function_given(call, 0) && !literal))
		return TRUE;
	return error_set(error, ERROR_CONFIG, "this is no interval\nthe intervals are %s",
			 date_unit_names);
}

static const Value *date_add_units(const FunctionContext *context, const Value *const *args,
				   guint count, GError **error)
{
	gint64 number, us;

	if (argument_is_missing(args[0]) || argument_is_missing(args[1]) ||
	    argument_is_missing(args[2]))
		return value_null();

	const DateUnit *unit = read_unit(args[0], error);
	if (!unit)
		return NULL;
	if (!argument_number(args[1], &number))
		return argument_refuse(args[1], "whole number", error);
	if (!read_date(args[2], &us))
		return refuse_date(args[2], error);
	if (!date_add(unit, number, &us))
		return argument_refuse(args[1], "span that leads to a date of the years 1 to 9999",
				       error);
	return result_taken(context, moment_date_text(us), error);
}

static const Value *date_diff_units(const FunctionContext *context, const Value *const *args,
				    guint count, GError **error)
{
	gint64 from_us, to_us;

	if (argument_is_missing(args[0]) || argument_is_missing(args[1]) ||
	    argument_is_missing(args[2]))
		return value_null();

	const DateUnit *unit = read_unit(args[0], error);
	if (!unit)
		return NULL;
	if (!read_date(args[1], &from_us))
		return refuse_date(args[1], error);
	if (!read_date(args[2], &to_us))
		return refuse_date(args[2], error);
	return value_number(context->arena, date_diff(unit, from_us, to_us));
}

/* A constant argument that is text; else NULL. */
static const char *literal_text(const FunctionCall *call, guint index)
{
	const Value *literal = function_literal(call, index);

	return literal && literal->type == VALUE_STRING ? literal->string.data : NULL;
}

static gboolean check_pattern(const FunctionCall *call, guint index, guint *arg, GError **error)
{
	const char *pattern = literal_text(call, index);
	const char *fault = pattern ? dotnet_pattern_fault(pattern) : NULL;

	*arg = index;
	if (!fault)
		return TRUE;
	return error_set(error, ERROR_CONFIG, "this is no pattern for dates\n%s", fault);
}

static gboolean check_format(const FunctionCall *call, guint *arg, GError **error)
{
	gboolean is_short = function_count(call) == FORMAT_SHORT_COUNT;
	guint output = is_short ? FORMAT_SHORT_OUTPUT : FORMAT_OUTPUT;
	const char *styles = is_short ? NULL : literal_text(call, FORMAT_STYLES);
	const char *input = is_short ? NULL : literal_text(call, FORMAT_INPUT);
	const char *why;
	guint bits;

	*arg = output;
	if (!is_short && function_count(call) != FORMAT_COUNT)
		return error_set(error, ERROR_CONFIG,
				 "FormatDateTime takes 4 arguments, or 2\nleave out what is not "
				 "needed between commas: FormatDateTime([x], , , \"yyyy-MM-dd\")");
	if (!function_given(call, output))
		return error_set(error, ERROR_CONFIG, "the pattern of the result is missing");
	if (!check_pattern(call, output, arg, error) ||
	    (input && *input && !check_pattern(call, FORMAT_INPUT, arg, error)))
		return FALSE;
	*arg = FORMAT_STYLES;
	if (styles && !dotnet_styles_parse(styles, &bits, &why))
		return error_set(error, ERROR_CONFIG, "these are no styles for dates\n%s", why);
	return TRUE;
}

/* "" for an argument that is missing. */
static const char *text_of(const FunctionContext *context, const Value *value)
{
	return argument_is_missing(value) ? "" : value_text(context->arena, value);
}

/* Reads the source in its pattern, or in any form if there is none. */
static MomentKind read_source(const FunctionContext *context, const Value *const *args,
			      guint styles, DotnetDate *date)
{
	const char *pattern = text_of(context, args[FORMAT_INPUT]);
	const char *text = value_text(context->arena, args[FORMAT_SOURCE]);
	gint64 us;

	if (*pattern)
		return dotnet_date_parse(text, pattern, styles, date) ? MOMENT_AT : MOMENT_NONE;
	MomentKind kind = read_either(args[FORMAT_SOURCE], &us);
	if (kind == MOMENT_AT)
		*date = dotnet_date_from_us(us, DATE_UTC);
	return kind;
}

static const Value *refuse_source(const FunctionContext *context, const Value *const *args,
				  GError **error)
{
	const char *pattern = text_of(context, args[FORMAT_INPUT]);

	if (*pattern == '\0' || strlen(pattern) > SHOWN_PATTERN)
		return refuse_date(args[FORMAT_SOURCE], error);
	g_autofree char *what = g_strdup_printf("date in the pattern \"%s\"", pattern);
	return argument_refuse(args[FORMAT_SOURCE], what, error);
}

/* The four arguments, in order. */
static const Value *format(const FunctionContext *context, const Value *const *args, GError **error)
{
	DotnetDate date = { 0 };
	const char *why;
	guint styles;

	if (!dotnet_styles_parse(text_of(context, args[FORMAT_STYLES]), &styles, &why)) {
		g_autofree char *what = g_strdup_printf("list of date styles: %s", why);
		return argument_refuse(args[FORMAT_STYLES], what, error);
	}
	switch (read_source(context, args, styles, &date)) {
	case MOMENT_NONE:
		return refuse_source(context, args, error);
	case MOMENT_NEVER:
		return value_null();
	case MOMENT_AT:
		break;
	}
	char *text = dotnet_date_print(&date, text_of(context, args[FORMAT_OUTPUT]));
	if (!text)
		return argument_refuse(args[FORMAT_OUTPUT] ? args[FORMAT_OUTPUT] : value_null(),
				       "pattern for dates", error);
	return result_taken(context, text, error);
}

static const Value *format_date_time(const FunctionContext *context, const Value *const *args,
				     guint count, GError **error)
{
	const Value *all[FORMAT_COUNT] = { args[FORMAT_SOURCE] };

	if (argument_is_missing(args[FORMAT_SOURCE]))
		return value_null();
	if (count == FORMAT_SHORT_COUNT) {
		all[FORMAT_OUTPUT] = args[FORMAT_SHORT_OUTPUT];
		return format(context, all, error);
	}
	memcpy(all, args, sizeof(all));
	return format(context, all, error);
}

const Function functions_date[] = {
	{ "DateFromNum", 1, 1, date_from_num, "DateFromNum(number)", .lists = LISTS_EACH },
	{ "NumFromDate", 1, 1, num_from_date, "NumFromDate(date)", .lists = LISTS_EACH },
	{ "CDate", 1, 1, cdate, "CDate(date)", .lists = LISTS_EACH },
	{ "ToRFC3339", 1, 1, to_rfc3339, "ToRFC3339(date or number)", .lists = LISTS_EACH },
	{ "IsDate", 1, 1, is_date, "IsDate(source)", .bytes = TRUE, .sure = TRUE },
	{ "Now", 0, 0, now, "Now()", .traits = EXPR_TIME, .sure = TRUE },
	{ "DateAdd", 3, 3, date_add_units, "DateAdd(interval, number, date)", .check = check_unit },
	{ "DateDiff", 3, 3, date_diff_units, "DateDiff(interval, date1, date2)",
	  .check = check_unit },
	{ "FormatDateTime", 2, 4, format_date_time,
	  "FormatDateTime(source, styles?, inputFormat?, outputFormat)", .check = check_format,
	  .lists = LISTS_EACH },
	{ 0 },
};
