/*
 * Patterns of .NET for dates and times: their parts, the standard ones, the style names.
 *
 * Administrators bring these patterns along from Entra's FormatDateTime, so they mean what
 * Microsoft's pages "Custom date and time format strings" and "Standard date and time format
 * strings" say, in the invariant culture:
 *
 *	y yy yyy yyyy yyyyy     year; two digits are 1950 to 2049
 *	M MM MMM MMMM           month: 3, 03, Mar, March
 *	d dd ddd dddd           day: 7, 07, Tue, Tuesday
 *	H HH h hh m mm s ss     hour of 24, hour of 12, minute, second
 *	f .. fffffff            digits of the second
 *	F .. FFFFFFF            the same without zeros at the end, and then without the point
 *	t tt                    A or P, AM or PM
 *	z zz zzz K              +1, +01, +01:00; Z, +01:00 or nothing
 *	g gg                    A.D.
 *	'...' "..." \x %x       text; one character as text; a field that would stand alone
 *
 * Anything else stands for itself. A pattern of one letter is a standard one, of the table below;
 * a single field is written with a percent sign (%d). Reading and printing are in
 * dotnet_date_parse.c and dotnet_date_print.c; this file only takes a pattern apart.
 *
 * Other than .NET: the local time zone is UTC, as on Entra's servers. What a pattern leaves out is
 * that of 0001-01-01 and not of today, so that the result does not depend on the day it was made.
 */
#include <string.h>

#include "dotnet_date_internal.h"

#define EPOCH_DAYS 719162 /* from 0001-01-01 to 1970-01-01 */
#define TICKS_PER_US 10
#define US_PER_DAY (86400 * (gint64)G_USEC_PER_SEC)

const char *const dotnet_months[12] = {
	"January", "February", "March",     "April",   "May",      "June",
	"July",    "August",   "September", "October", "November", "December",
};

const char *const dotnet_days[7] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
};

const char *dotnet_pattern_expand(const char *pattern)
{
	static const struct {
		const char *letters, *pattern;
	} standard[] = {
		{ "d", "MM/dd/yyyy" },
		{ "D", "dddd, dd MMMM yyyy" },
		{ "f", "dddd, dd MMMM yyyy HH:mm" },
		{ "FU", "dddd, dd MMMM yyyy HH:mm:ss" },
		{ "g", "MM/dd/yyyy HH:mm" },
		{ "G", "MM/dd/yyyy HH:mm:ss" },
		{ "mM", "MMMM dd" },
		{ "oO", "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK" },
		{ "rR", "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'" },
		{ "s", "yyyy'-'MM'-'dd'T'HH':'mm':'ss" },
		{ "t", "HH:mm" },
		{ "T", "HH:mm:ss" },
		{ "u", "yyyy'-'MM'-'dd HH':'mm':'ss'Z'" },
		{ "yY", "yyyy MMMM" },
	};

	if (strlen(pattern) != 1)
		return pattern;
	for (gsize i = 0; i < G_N_ELEMENTS(standard); i++) {
		if (strchr(standard[i].letters, *pattern))
			return standard[i].pattern;
	}
	return NULL;
}

/* How often the character at 'at' stands there in a row. */
static guint repeats(const char *at)
{
	guint count = 1;

	while (at[count] == *at)
		count++;
	return count;
}

static PatternPart literal(const char *text, gsize length, gboolean quoted)
{
	return (PatternPart){
		.type = PART_LITERAL, .text = text, .length = length, .quoted = quoted
	};
}

/* One character of UTF-8 at *at. */
static PatternPart take_character(const char **at, gboolean quoted)
{
	const char *start = *at;

	*at = g_utf8_next_char(start);
	return literal(start, (gsize)(*at - start), quoted);
}

static PatternPart take_quoted(const char **at)
{
	const char *start = *at + 1;
	const char *end = strchr(start, **at);

	if (!end)
		return (PatternPart){ .type = PART_BAD };
	*at = end + 1;
	return literal(start, (gsize)(end - start), TRUE);
}

PatternPart dotnet_pattern_next(const char **at)
{
	char letter = **at;

	if (letter == '\0')
		return (PatternPart){ .type = PART_END };
	if (letter == '\'' || letter == '"')
		return take_quoted(at);
	if (letter == '\\' || letter == '%') {
		(*at)++;
		if (**at == '\0' || (letter == '%' && **at == '%'))
			return (PatternPart){ .type = PART_BAD };
		return letter == '\\' ? take_character(at, TRUE) : dotnet_pattern_next(at);
	}
	if (!strchr("yMdHhmsfFtzKg", letter))
		return take_character(at, FALSE);

	guint count = letter == 'K' ? 1 : repeats(*at);
	*at += count;
	if (strchr("fF", letter) && count > DOTNET_FRACTION_DIGITS)
		return (PatternPart){ .type = PART_BAD };
	return (PatternPart){ .type = PART_FIELD, .letter = letter, .count = count };
}

const char *dotnet_pattern_fault(const char *pattern)
{
	const char *at = dotnet_pattern_expand(pattern);
	PatternPart part;

	if (*pattern == '\0')
		return "it is empty";
	if (!at)
		return "there is no standard pattern of that letter, a field alone is written "
		       "with a percent sign: %d";
	do {
		part = dotnet_pattern_next(&at);
	} while (part.type != PART_END && part.type != PART_BAD);
	return part.type == PART_END ? NULL
				     : "a quotation mark is not closed, a \\ or % stands at the "
				       "end, or there are more than seven f";
}

/* A style by name; 0 for None, which has no bits. */
static gboolean find_style(const char *name, guint *style)
{
	static const struct {
		const char *name;
		guint style;
	} rows[] = {
		{ "None", 0 },
		{ "AllowLeadingWhite", STYLE_LEADING_WHITE },
		{ "AllowTrailingWhite", STYLE_TRAILING_WHITE },
		{ "AllowInnerWhite", STYLE_INNER_WHITE },
		{ "AllowWhiteSpaces",
		  STYLE_LEADING_WHITE | STYLE_TRAILING_WHITE | STYLE_INNER_WHITE },
		{ "NoCurrentDateDefault", STYLE_NO_CURRENT_DATE_DEFAULT },
		{ "AdjustToUniversal", STYLE_ADJUST_TO_UNIVERSAL },
		{ "AssumeLocal", STYLE_ASSUME_LOCAL },
		{ "AssumeUniversal", STYLE_ASSUME_UNIVERSAL },
		{ "RoundtripKind", STYLE_ROUNDTRIP_KIND },
	};
	const char *prefix = "DateTimeStyles.";

	if (g_ascii_strncasecmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (g_ascii_strcasecmp(rows[i].name, name) == 0) {
			*style = rows[i].style;
			return TRUE;
		}
	}
	return FALSE;
}

gboolean dotnet_styles_parse(const char *text, guint *styles, const char **why)
{
	const guint assume = STYLE_ASSUME_LOCAL | STYLE_ASSUME_UNIVERSAL;
	/* There are ten of them; whatever follows the hundredth comma is one bad name. */
	g_auto(GStrv) names = g_strsplit(text, ",", 100);
	guint all = 0, style;
	gboolean blank = TRUE;

	for (gsize i = 0; names[i]; i++) {
		g_strstrip(names[i]);
		if (*names[i] == '\0')
			continue;
		blank = FALSE;
		if (!find_style(names[i], &style)) {
			*why = "the styles are AllowLeadingWhite, AllowTrailingWhite, "
			       "AllowInnerWhite, AllowWhiteSpaces, NoCurrentDateDefault, "
			       "AdjustToUniversal, AssumeLocal, AssumeUniversal, RoundtripKind, "
			       "None";
			return FALSE;
		}
		all |= style;
	}
	if ((all & assume) == assume ||
	    ((all & STYLE_ROUNDTRIP_KIND) && (all & (assume | STYLE_ADJUST_TO_UNIVERSAL)))) {
		*why = "AssumeLocal, AssumeUniversal and RoundtripKind exclude each other, and "
		       "RoundtripKind excludes AdjustToUniversal";
		return FALSE;
	}
	*styles = blank ? (guint)STYLE_DEFAULT : all;
	return TRUE;
}

DotnetDate dotnet_date_from_us(gint64 us, DateKind kind)
{
	const gint64 epoch_us = EPOCH_DAYS * US_PER_DAY;

	us = CLAMP(us, -epoch_us, DOTNET_MAX_TICKS / TICKS_PER_US - epoch_us);
	return (DotnetDate){ .ticks = (us + epoch_us) * TICKS_PER_US, .kind = kind };
}

gint64 dotnet_date_to_us(const DotnetDate *date)
{
	return date->ticks / TICKS_PER_US - EPOCH_DAYS * US_PER_DAY;
}
