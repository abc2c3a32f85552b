/*
 * Dates and times in the patterns of .NET, parsed and printed.
 *
 *	yyyy-MM-dd'T'HH:mm:ss.fffK   M/d/yyyy h:mm:ss tt   dddd, dd MMMM yyyy   o
 *
 * Invariant culture: English names, "/" and ":" as separators, Gregorian calendar, local time is
 * UTC. dotnet_date.c lists the fields.
 */
#pragma once
#include <glib.h>

/* What a date knows of its offset; the patterns K and z ask for it. */
typedef enum {
	DATE_UNSPECIFIED, /* it was read without one */
	DATE_UTC,
	DATE_LOCAL, /* it was read with one and is now local time, which is UTC here */
} DateKind;

/* A point in time between the years 1 and 9999; Unspecified counts as UTC. */
typedef struct {
	gint64 ticks; /* of 100 ns, since 0001-01-01 */
	DateKind kind;
} DotnetDate;

#define DOTNET_TICKS_PER_SECOND G_GINT64_CONSTANT(10000000)
#define DOTNET_TICKS_PER_MINUTE (60 * DOTNET_TICKS_PER_SECOND)
#define DOTNET_TICKS_PER_HOUR (60 * DOTNET_TICKS_PER_MINUTE)
#define DOTNET_TICKS_PER_DAY (24 * DOTNET_TICKS_PER_HOUR)
#define DOTNET_MAX_TICKS (3652059 * DOTNET_TICKS_PER_DAY - 1) /* 9999-12-31T23:59:59.9999999 */

/* DateTimeStyles, by their documented numbers. */
enum {
	STYLE_LEADING_WHITE = 0x01,
	STYLE_TRAILING_WHITE = 0x02,
	STYLE_INNER_WHITE = 0x04,
	STYLE_NO_CURRENT_DATE_DEFAULT = 0x08, /* as it always is here */
	STYLE_ADJUST_TO_UNIVERSAL = 0x10,
	STYLE_ASSUME_LOCAL = 0x20,
	STYLE_ASSUME_UNIVERSAL = 0x40,
	STYLE_ROUNDTRIP_KIND = 0x80,

	STYLE_DEFAULT = STYLE_ROUNDTRIP_KIND | STYLE_LEADING_WHITE | STYLE_TRAILING_WHITE,
};

/*
 * Names of DateTimeStyles, separated by commas, each with or without "DateTimeStyles." and in any
 * case; blank means STYLE_DEFAULT. FALSE, and *why (a literal) says what is wrong.
 */
gboolean dotnet_styles_parse(const char *text, guint *styles, const char **why);

/* NULL if a pattern can be read and printed with, else what is wrong with it (a literal). */
const char *dotnet_pattern_fault(const char *pattern);

/* FALSE if the text is not in that pattern, or there is no such date; *date untouched. */
gboolean dotnet_date_parse(const char *text, const char *pattern, guint styles, DotnetDate *date);

/* New string; NULL if the pattern is none. */
char *dotnet_date_print(const DotnetDate *date, const char *pattern);

/* From and to microseconds since 1970; a moment outside the years 1 to 9999 is clipped. */
DotnetDate dotnet_date_from_us(gint64 us, DateKind kind);
gint64 dotnet_date_to_us(const DotnetDate *date);

/* Between the files dotnet_date*.c ------------------------------------------------------------- */

typedef enum {
	PART_END,
	PART_FIELD,   /* 'letter', 'count' times */
	PART_LITERAL, /* 'text', 'length' */
	PART_BAD,
} PatternPartType;

typedef struct {
	PatternPartType type;
	char letter;
	guint count;
	const char *text;
	gsize length;
	gboolean quoted; /* a literal in quotes or behind a backslash */
} PatternPart;

/* What a pattern of one letter stands for, other patterns themselves; NULL if it is unknown. */
const char *dotnet_pattern_expand(const char *pattern);

/* Reads the next part of an expanded pattern and moves *at behind it. */
PatternPart dotnet_pattern_next(const char **at);

/* "January"; index 0 to 11. "Sunday"; index 0 to 6. Short names are their first three letters. */
extern const char *const dotnet_months[12];
extern const char *const dotnet_days[7];

/* Digits of a second that a pattern can ask for. */
#define DOTNET_FRACTION_DIGITS 7
