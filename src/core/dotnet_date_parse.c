/*
 * Reading a date in a pattern of .NET, as DateTime.ParseExact does.
 *
 * A field of one digit letter takes one or two digits (M: 3 or 12), a longer one exactly as many as
 * it has letters; f takes exactly its digits, F at most as many, and none at all. Names and AM/PM
 * are read in any case. A field that stands there twice must say the same twice, a weekday must be
 * that of the date, and an hour of the 12-hour clock without AM or PM is one of the morning.
 *
 *	z zz zzz   an offset is needed: +8, +08, +08:00 or +0800
 *	K          an offset, Z, or nothing
 *	Z          outside of quotes: Z or GMT, and the date is UTC
 *
 * What had an offset becomes UTC; of the kind UTC if it was written as UTC, else local (see
 * dotnet_date.c). White space counts as the styles say.
 */
#include <string.h>

#include "dotnet_date_internal.h"

#define UNSET G_MININT
#define SHORT_NAME 3
#define MAX_OFFSET_HOURS 14

typedef struct {
	const char *at;
	guint styles;
	int year, month, day, weekday, hour, minute, second;
	int half; /* 0 in the morning, 1 in the afternoon */
	int fraction;
	int offset_minutes;
	gboolean hour12;
	gboolean utc; /* it was written as UTC, not as an offset of 0 */
} Reader;

/* Sets a field, which must not have been set to anything else before. */
static gboolean set(int *field, int value)
{
	if (*field != UNSET && *field != value)
		return FALSE;
	*field = value;
	return TRUE;
}

/* Takes from 'least' to 'most' digits. */
static gboolean take_digits(Reader *self, guint least, guint most, int *number)
{
	int read = 0;
	guint count = 0;

	for (; count < most && g_ascii_isdigit(*self->at); count++, self->at++)
		read = MIN(read, 100000000) * 10 + (*self->at - '0');
	*number = read;
	return count >= least;
}

/* The digits of a field of 'count' letters. */
static gboolean take_number(Reader *self, guint count, int *field)
{
	int number;

	return take_digits(self, count, MAX(count, 2), &number) && set(field, number);
}

static gboolean take_text(Reader *self, const char *text, gsize length)
{
	if (strncmp(self->at, text, length) != 0)
		return FALSE;
	self->at += length;
	return TRUE;
}

static gboolean take_word(Reader *self, const char *word, gsize length)
{
	if (g_ascii_strncasecmp(self->at, word, length) != 0)
		return FALSE;
	self->at += length;
	return TRUE;
}

/* One of 'names', or of their first three letters; *field gets its index plus 'first'. */
static gboolean take_name(Reader *self, const char *const *names, int count, guint letters,
			  int first, int *field)
{
	for (int i = 0; i < count; i++) {
		gsize length = letters == SHORT_NAME ? SHORT_NAME : strlen(names[i]);
		if (take_word(self, names[i], length))
			return set(field, i + first);
	}
	return FALSE;
}

static gboolean take_year(Reader *self, guint count)
{
	int year;

	if (count > 2)
		return take_digits(self, count, count, &year) && set(&self->year, year);
	/* .NET's GregorianCalendar.TwoDigitYearMax is 2049. */
	return take_digits(self, count, 2, &year) &&
	       set(&self->year, year + (year < 50 ? 2000 : 1900));
}

static gboolean take_month(Reader *self, guint count)
{
	if (count < SHORT_NAME)
		return take_number(self, count, &self->month);
	return take_name(self, dotnet_months, G_N_ELEMENTS(dotnet_months), count, 1, &self->month);
}

static gboolean take_day(Reader *self, guint count)
{
	if (count < SHORT_NAME)
		return take_number(self, count, &self->day);
	return take_name(self, dotnet_days, G_N_ELEMENTS(dotnet_days), count, 0, &self->weekday);
}

static gboolean take_half(Reader *self, guint count)
{
	gsize length = MIN(count, 2);

	if (take_word(self, "AM", length))
		return set(&self->half, 0);
	return take_word(self, "PM", length) && set(&self->half, 1);
}

static gboolean take_fraction(Reader *self, PatternPart part)
{
	const char *start = self->at;
	int digits;

	if (!take_digits(self, part.letter == 'f' ? part.count : 0, part.count, &digits))
		return FALSE;
	for (gssize i = self->at - start; i < DOTNET_FRACTION_DIGITS; i++)
		digits *= 10;
	return set(&self->fraction, digits);
}

static gboolean take_offset(Reader *self, guint count)
{
	int hours, minutes = 0;
	gboolean west = *self->at == '-';

	if (!take_text(self, "+", 1) && !take_text(self, "-", 1))
		return FALSE;
	if (!take_digits(self, count == 2 ? 2 : 1, 2, &hours))
		return FALSE;
	if (count > 2) {
		take_text(self, ":", 1);
		if (!take_digits(self, 2, 2, &minutes) || minutes > 59)
			return FALSE;
	}
	minutes += 60 * hours;
	return minutes <= 60 * MAX_OFFSET_HOURS &&
	       set(&self->offset_minutes, west ? -minutes : minutes);
}

static gboolean take_utc(Reader *self)
{
	self->utc = TRUE;
	return (take_text(self, "Z", 1) || take_word(self, "GMT", 3)) &&
	       set(&self->offset_minutes, 0);
}

static gboolean take_kind(Reader *self)
{
	if (*self->at == 'Z')
		return take_utc(self);
	return !*self->at || !strchr("+-", *self->at) || take_offset(self, 3);
}

static gboolean take_era(Reader *self)
{
	return take_word(self, "A.D.", 4) || take_word(self, "AD", 2);
}

static gboolean take_clock(Reader *self, PatternPart part)
{
	guint count = MIN(part.count, 2);

	switch (part.letter) {
	case 'h':
		self->hour12 = TRUE;
		return take_number(self, count, &self->hour);
	case 'H':
		return take_number(self, count, &self->hour);
	case 'm':
		return take_number(self, count, &self->minute);
	case 's':
		return take_number(self, count, &self->second);
	case 't':
		return take_half(self, count);
	default:
		return take_fraction(self, part);
	}
}

static gboolean take_field(Reader *self, PatternPart part)
{
	switch (part.letter) {
	case 'y':
		return take_year(self, part.count);
	case 'M':
		return take_month(self, part.count);
	case 'd':
		return take_day(self, part.count);
	case 'z':
		return take_offset(self, part.count);
	case 'K':
		return take_kind(self);
	case 'g':
		return take_era(self);
	default:
		return take_clock(self, part);
	}
}

static gboolean is_white(PatternPart part)
{
	return part.type == PART_LITERAL && !part.quoted && part.length == 1 &&
	       g_ascii_isspace(*part.text);
}

/* A literal; *pattern is behind it and may be moved on, for what leaves the text together. */
static gboolean take_literal(Reader *self, PatternPart part, const char **pattern)
{
	gboolean plain = !part.quoted && part.length == 1;

	if (plain && *part.text == 'Z')
		return take_utc(self);
	if ((self->styles & STYLE_INNER_WHITE) && is_white(part))
		return TRUE;
	if (take_text(self, part.text, part.length))
		return TRUE;
	if (!plain || *part.text != '.')
		return FALSE;
	return dotnet_pattern_next(pattern).letter == 'F';
}

static void skip_white(Reader *self)
{
	while (g_ascii_isspace(*self->at))
		self->at++;
}

static gboolean take_all(Reader *self, const char *pattern)
{
	for (;;) {
		PatternPart part = dotnet_pattern_next(&pattern);

		if (self->styles & STYLE_INNER_WHITE)
			skip_white(self);
		if (part.type == PART_END)
			return TRUE;
		if (part.type == PART_BAD || (part.type == PART_FIELD && !take_field(self, part)))
			return FALSE;
		if (part.type == PART_LITERAL && !take_literal(self, part, &pattern))
			return FALSE;
	}
}

static int or_else(int field, int value)
{
	return field == UNSET ? value : field;
}

/* The hour of 24. FALSE if it contradicts AM or PM. */
static gboolean settle_hour(const Reader *self, int *hour)
{
	*hour = or_else(self->hour, 0);
	if (self->hour12) {
		if (*hour > 12)
			return FALSE;
		*hour = *hour % 12 + 12 * or_else(self->half, 0);
	}
	return *hour < 24 && (self->half == UNSET || self->half == (*hour >= 12));
}

/* Days since 0001-01-01. FALSE if there is no such day, or it is no such weekday. */
static gboolean settle_day(const Reader *self, gint64 *days)
{
	int year = or_else(self->year, 1), month = or_else(self->month, 1);
	int day = or_else(self->day, 1);
	GDate date;

	if (year < 1 || year > 9999 || month > 12 || day > 31 ||
	    !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
		return FALSE;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
	*days = (gint64)g_date_get_julian(&date) - 1;
	return self->weekday == UNSET || self->weekday == (int)g_date_get_weekday(&date) % 7;
}

static DateKind settle_kind(const Reader *self)
{
	gboolean offset = self->offset_minutes != UNSET;

	if (!offset && !(self->styles & (STYLE_ASSUME_LOCAL | STYLE_ASSUME_UNIVERSAL)))
		return DATE_UNSPECIFIED;
	if (self->styles & STYLE_ADJUST_TO_UNIVERSAL)
		return DATE_UTC;
	return self->utc && (self->styles & STYLE_ROUNDTRIP_KIND) ? DATE_UTC : DATE_LOCAL;
}

static gboolean settle(const Reader *self, DotnetDate *date)
{
	int hour, minute = or_else(self->minute, 0), second = or_else(self->second, 0);
	gint64 days;

	if (!settle_hour(self, &hour) || !settle_day(self, &days) || minute > 59 || second > 59)
		return FALSE;
	gint64 ticks = days * DOTNET_TICKS_PER_DAY + hour * DOTNET_TICKS_PER_HOUR +
		       minute * DOTNET_TICKS_PER_MINUTE + second * DOTNET_TICKS_PER_SECOND +
		       or_else(self->fraction, 0) -
		       or_else(self->offset_minutes, 0) * DOTNET_TICKS_PER_MINUTE;
	if (ticks < 0 || ticks > DOTNET_MAX_TICKS)
		return FALSE;
	date->ticks = ticks;
	date->kind = settle_kind(self);
	return TRUE;
}

gboolean dotnet_date_parse(const char *text, const char *pattern, guint styles, DotnetDate *date)
{
	Reader reader = {
		.at = text,
		.styles = styles,
		.year = UNSET,
		.month = UNSET,
		.day = UNSET,
		.weekday = UNSET,
		.hour = UNSET,
		.minute = UNSET,
		.second = UNSET,
		.half = UNSET,
		.fraction = UNSET,
		.offset_minutes = UNSET,
	};

	if (dotnet_pattern_fault(pattern))
		return FALSE;
	/* The letters of these write UTC without saying so in the fields. */
	if (pattern[1] == '\0' && strchr("rRuU", *pattern)) {
		reader.offset_minutes = 0;
		reader.utc = TRUE;
	}
	if (styles & STYLE_LEADING_WHITE)
		skip_white(&reader);
	if (!take_all(&reader, dotnet_pattern_expand(pattern)))
		return FALSE;
	if (styles & STYLE_TRAILING_WHITE)
		skip_white(&reader);
	return *reader.at == '\0' && settle(&reader, date);
}
