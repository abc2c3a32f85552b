/*
 * Functions about dates. A date in an expression is text, "6/29/2021 4:00:00 PM", always UTC, as
 * Entra's functions hand it on; whatever a directory or a person writes as a date is read
 * (core/moment.h). FILETIME numbers are large integers and stay 64 bits wide.
 *
 *	DateFromNum(133480000000000000)      "12/25/2023 5:46:40 PM"
 *	NumFromDate("2023-12-25T17:46:40Z")  133480000000000000
 *	CDate("2021-06-30+08:00")            "6/29/2021 4:00:00 PM"
 *	ToRFC3339(either form)               "2021-06-29T16:00:00Z"
 *
 * "Never" (a FILETIME of 0 or of the largest number) is no date: null. What is no date although one
 * is needed fails the object; IsDate asks first.
 */
#include <string.h>

#include "base/error.h"
#include "base/timefmt.h"
#include "core/functions.h"
#include "core/moment.h"

#define SHOWN 40 /* bytes of a value in a message */

static const Value *fail(const Value *value, const char *what, GError **error)
{
	g_autofree char *text =
		value->type == VALUE_NUMBER ? g_strdup_printf("%" G_GINT64_FORMAT, value->number)
		: value->type == VALUE_STRING
			? g_utf8_substring(value->string.data, 0,
					   MIN(SHOWN, g_utf8_strlen(value->string.data, -1)))
			: g_strdup(value_type_name(value->type));

	error_set(error, ERROR_OBJECT, "'%s' is no %s", text, what);
	return NULL;
}

/* A text made by g_*, handed over to the arena. */
static const Value *give(const FunctionContext *context, char *made, GError **error)
{
	g_autofree char *text = made;
	gsize length = strlen(text);
	char *room = function_text(context, length, error);

	if (!room)
		return NULL;
	memcpy(room, text, length + 1);
	return value_borrow(context->arena, room, length);
}

static gboolean read_filetime(const Value *value, gint64 *number)
{
	if (value->type == VALUE_NUMBER) {
		*number = value->number;
		return TRUE;
	}
	return value->type == VALUE_STRING &&
	       g_ascii_string_to_signed(value->string.data, 10, G_MININT64, G_MAXINT64, number,
					NULL);
}

static gboolean read_date(const Value *value, gint64 *us)
{
	return value->type == VALUE_STRING && moment_parse_date(value->string.data, us);
}

/* Either form; MOMENT_NONE for anything else. */
static MomentKind read_either(const Value *value, gint64 *us)
{
	gint64 number;

	if (read_filetime(value, &number))
		return moment_of_filetime(number, us);
	return read_date(value, us) ? MOMENT_AT : MOMENT_NONE;
}

static const Value *date_from_num(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	gint64 number, us;

	if (!args[0] || value_is_blank(args[0]))
		return value_null();
	if (!read_filetime(args[0], &number))
		return fail(args[0], "FILETIME number", error);
	switch (moment_of_filetime(number, &us)) {
	case MOMENT_AT:
		return give(context, moment_date_text(us), error);
	case MOMENT_NEVER:
		return value_null();
	case MOMENT_NONE:
		break;
	}
	return fail(args[0], "moment: a FILETIME below 0 is a span of time", error);
}

static const Value *num_from_date(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	gint64 us;

	if (!args[0] || value_is_blank(args[0]))
		return value_null();
	if (!read_date(args[0], &us))
		return fail(args[0], "date", error);
	return value_number(context->arena, timefmt_to_filetime(us));
}

static const Value *cdate(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	gint64 us;

	if (!args[0] || value_is_blank(args[0]))
		return value_null();
	if (!read_date(args[0], &us))
		return fail(args[0], "date", error);
	return give(context, moment_date_text(us), error);
}

static const Value *to_rfc3339(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	gint64 us;

	if (!args[0] || value_is_blank(args[0]))
		return value_null();
	switch (read_either(args[0], &us)) {
	case MOMENT_AT:
		return give(context, timefmt_rfc3339(us), error);
	case MOMENT_NEVER:
		return value_null();
	case MOMENT_NONE:
		break;
	}
	return fail(args[0], "date and no FILETIME number", error);
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
	return give(context, moment_date_text(context->input->now_us), error);
}

const Function functions_date[] = {
	{ "DateFromNum", 1, 1, date_from_num, "DateFromNum(number)", .lists = LISTS_EACH },
	{ "NumFromDate", 1, 1, num_from_date, "NumFromDate(date)", .lists = LISTS_EACH },
	{ "CDate", 1, 1, cdate, "CDate(date)", .lists = LISTS_EACH },
	{ "ToRFC3339", 1, 1, to_rfc3339, "ToRFC3339(date or number)", .lists = LISTS_EACH },
	{ "IsDate", 1, 1, is_date, "IsDate(source)", .bytes = TRUE },
	{ "Now", 0, 0, now, "Now()" },
	{ 0 },
};
