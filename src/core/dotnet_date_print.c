/*
 * Printing a date in a pattern of .NET.
 *
 * The fields are those in the head of dotnet_date.c. A point in front of F digits disappears when
 * they do: "ss.FFF" prints "5.25" and "5". K and z tell the offset of the kind: local time is UTC,
 * so z is always +0, and K is Z for UTC, +00:00 for local time, and nothing for a date that was
 * read without an offset.
 */
#include <string.h>

#include "dotnet_date_internal.h"

#define SHORT_NAME 3

typedef struct {
	int year, month, day, weekday; /* weekday: 0 is Sunday */
	int hour, minute, second;
	gint64 fraction; /* ticks */
	DateKind kind;
} Fields;

static Fields split(const DotnetDate *date)
{
	gint64 time = date->ticks % DOTNET_TICKS_PER_DAY;
	GDate day;

	g_date_clear(&day, 1);
	g_date_set_julian(&day, (guint32)(date->ticks / DOTNET_TICKS_PER_DAY) + 1);
	return (Fields){
		.year = g_date_get_year(&day),
		.month = (int)g_date_get_month(&day),
		.day = g_date_get_day(&day),
		.weekday = (int)g_date_get_weekday(&day) % 7,
		.hour = (int)(time / DOTNET_TICKS_PER_HOUR),
		.minute = (int)(time % DOTNET_TICKS_PER_HOUR / DOTNET_TICKS_PER_MINUTE),
		.second = (int)(time % DOTNET_TICKS_PER_MINUTE / DOTNET_TICKS_PER_SECOND),
		.fraction = time % DOTNET_TICKS_PER_SECOND,
		.kind = date->kind,
	};
}

static void put_number(GString *out, int number, guint width)
{
	g_string_append_printf(out, "%0*d", (int)MIN(width, 16), number);
}

static void put_name(GString *out, const char *name, guint count)
{
	g_string_append_len(out, name, count == SHORT_NAME ? SHORT_NAME : (gssize)strlen(name));
}

static void put_fraction(GString *out, gint64 ticks, PatternPart part)
{
	g_autofree char *digits = g_strdup_printf("%0*d", DOTNET_FRACTION_DIGITS, (int)ticks);
	gsize length = part.count;

	while (part.letter == 'F' && length > 0 && digits[length - 1] == '0')
		length--;
	if (length == 0 && out->len > 0 && out->str[out->len - 1] == '.')
		g_string_truncate(out, out->len - 1);
	g_string_append_len(out, digits, (gssize)length);
}

static void put_offset(GString *out, guint count)
{
	static const char *const zero[] = { "+0", "+00", "+00:00" };

	g_string_append(out, zero[MIN(count, G_N_ELEMENTS(zero)) - 1]);
}

static void put_kind(GString *out, DateKind kind)
{
	if (kind == DATE_UTC)
		g_string_append_c(out, 'Z');
	else if (kind == DATE_LOCAL)
		put_offset(out, 3);
}

static void put_year(GString *out, int year, guint count)
{
	put_number(out, count <= 2 ? year % 100 : year, count);
}

static void put_clock(GString *out, const Fields *fields, PatternPart part)
{
	guint width = MIN(part.count, 2);

	switch (part.letter) {
	case 'H':
		put_number(out, fields->hour, width);
		break;
	case 'h':
		put_number(out, (fields->hour + 11) % 12 + 1, width);
		break;
	case 'm':
		put_number(out, fields->minute, width);
		break;
	case 's':
		put_number(out, fields->second, width);
		break;
	case 't':
		g_string_append_len(out, fields->hour < 12 ? "AM" : "PM", width);
		break;
	default:
		put_fraction(out, fields->fraction, part);
	}
}

static void put_field(GString *out, const Fields *fields, PatternPart part)
{
	switch (part.letter) {
	case 'y':
		put_year(out, fields->year, part.count);
		break;
	case 'M':
		if (part.count < SHORT_NAME)
			put_number(out, fields->month, part.count);
		else
			put_name(out, dotnet_months[fields->month - 1], part.count);
		break;
	case 'd':
		if (part.count < SHORT_NAME)
			put_number(out, fields->day, part.count);
		else
			put_name(out, dotnet_days[fields->weekday], part.count);
		break;
	case 'z':
		put_offset(out, part.count);
		break;
	case 'K':
		put_kind(out, fields->kind);
		break;
	case 'g':
		g_string_append(out, "A.D.");
		break;
	default:
		put_clock(out, fields, part);
	}
}

char *dotnet_date_print(const DotnetDate *date, const char *pattern)
{
	g_autoptr(GString) out = g_string_new(NULL);
	Fields fields = split(date);

	if (dotnet_pattern_fault(pattern))
		return NULL;
	const char *at = dotnet_pattern_expand(pattern);
	for (;;) {
		PatternPart part = dotnet_pattern_next(&at);

		if (part.type == PART_END)
			return g_string_free(g_steal_pointer(&out), FALSE);
		if (part.type == PART_FIELD)
			put_field(out, &fields, part);
		else
			g_string_append_len(out, part.text, (gssize)part.length);
	}
}
