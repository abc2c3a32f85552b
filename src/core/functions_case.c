/*
 * Functions that change letters one by one: ToLower, ToUpper, LCase, UCase, PCase,
 * NormalizeDiacritics.
 *
 * Letter case is that of .NET's invariant culture, because the accounts that Entra made before us
 * have their names from it: Unicode's simple mapping, one character for one, so that U+00DF
 * (sharp s) stays what it is, and U+0130 and U+0131, the Turkish i, stay too. The Turkish and
 * Azeri cultures pair i with U+0130 and I with U+0131. GLib's g_utf8_strdown() is of no use here:
 * it asks the locale of the process.
 *
 * PCase makes the text lower case and then the first letter of each word upper case. What a word
 * is:
 *
 *	PCase("JEAN-LUC O'NEIL")           "Jean-Luc O'neil"    .NET's ToTitleCase: a word begins at
 *	PCase("3com mc_donald (x)")        "3Com Mc_Donald (X)" a letter and ends at space, control,
 *	                                                        punctuation or symbol, but not at '
 *	PCase("PINTO-DE'SILVA", " '-")     "Pinto-De'Silva"     only these characters stand between
 *	                                                        words
 *
 * What diacritics become stands in diacritics.c.
 */
#include <string.h>

#include "base/error.h"
#include "diacritics_internal.h"
#include "functions_text_internal.h"
#include "utf8_internal.h"

typedef gunichar (*CaseFn)(gunichar character);

static gunichar invariant_lower(gunichar character)
{
	if (character < 0x80)
		return (guchar)g_ascii_tolower((char)character);
	return character == 0x130 ? character : g_unichar_tolower(character);
}

static gunichar invariant_upper(gunichar character)
{
	if (character < 0x80)
		return (guchar)g_ascii_toupper((char)character);
	return character == 0x131 ? character : g_unichar_toupper(character);
}

static gunichar invariant_title(gunichar character)
{
	if (character < 0x80)
		return (guchar)g_ascii_toupper((char)character);
	return character == 0x131 ? character : g_unichar_totitle(character);
}

static gunichar turkish_lower(gunichar character)
{
	return character == 'I' ? 0x131 : g_unichar_tolower(character);
}

static gunichar turkish_upper(gunichar character)
{
	return character == 'i' ? 0x130 : g_unichar_toupper(character);
}

static const Value *map_case(const FunctionContext *context, const Value *source, CaseFn fn,
			     GError **error)
{
	const char *from = source->string.data, *end = from + source->string.length;
	gboolean changed = FALSE;
	gsize length = 0;

	for (const char *at = from; at < end;) {
		gunichar character = utf8_next(&at), mapped = fn(character);

		changed |= mapped != character;
		length += utf8_put(mapped, NULL);
	}
	if (!changed)
		return source;
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;
	char *to = text;
	for (const char *at = from; at < end;)
		to += utf8_put(fn(utf8_next(&at)), to);
	return value_borrow(context->arena, text, length);
}

const Value *text_lower(const FunctionContext *context, const Value *text, GError **error)
{
	return map_case(context, text, invariant_lower, error);
}

/* RFC 4646 in shape: letters, then subtags behind hyphens. Empty is the invariant culture. */
static gboolean is_culture(const Value *culture)
{
	gsize letters = strspn(culture->string.data, "abcdefghijklmnopqrstuvwxyz"
						     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	char behind = culture->string.data[letters];

	if (culture->string.length == 0)
		return TRUE;
	for (gsize i = letters; i < culture->string.length; i++) {
		if (!g_ascii_isalnum(culture->string.data[i]) && culture->string.data[i] != '-')
			return FALSE;
	}
	return letters >= 2 && letters <= 8 && (!behind || behind == '-');
}

static gboolean is_turkish(const Value *culture)
{
	const char *name = culture->string.data;

	return (g_ascii_strncasecmp(name, "tr", 2) == 0 ||
		g_ascii_strncasecmp(name, "az", 2) == 0) &&
	       (!name[2] || name[2] == '-');
}

static gboolean check_culture(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *culture = function_literal(call, 1);

	if (!culture || (culture->type == VALUE_STRING && is_culture(culture)))
		return TRUE;
	*arg = 1;
	return error_set(error, ERROR_CONFIG,
			 "this is no culture\nwrite one such as \"tr-TR\", or leave it out");
}

static const Value *change_case(const FunctionContext *context, const Value *const *args,
				guint count, CaseFn invariant, CaseFn turkish, GError **error)
{
	const Value *culture = text_argument(context, args, count, 1);

	if (!is_culture(culture)) {
		error_set(error, ERROR_OBJECT,
			  "the second argument is no culture such as \"tr-TR\"");
		return NULL;
	}
	return map_case(context, text_argument(context, args, count, 0),
			is_turkish(culture) ? turkish : invariant, error);
}

static const Value *to_lower(const FunctionContext *context, const Value *const *args, guint count,
			     GError **error)
{
	return change_case(context, args, count, invariant_lower, turkish_lower, error);
}

static const Value *to_upper(const FunctionContext *context, const Value *const *args, guint count,
			     GError **error)
{
	return change_case(context, args, count, invariant_upper, turkish_upper, error);
}

/* .NET's word separators, as ToTitleCase knows them. */
static gboolean ends_word(gunichar character)
{
	if (character < 0x80)
		return !g_ascii_isalnum((char)character) && character != '\'';
	switch (g_unichar_type(character)) {
	case G_UNICODE_CONTROL:
	case G_UNICODE_FORMAT:
	case G_UNICODE_LINE_SEPARATOR:
	case G_UNICODE_PARAGRAPH_SEPARATOR:
	case G_UNICODE_SPACE_SEPARATOR:
	case G_UNICODE_CONNECT_PUNCTUATION:
	case G_UNICODE_DASH_PUNCTUATION:
	case G_UNICODE_OPEN_PUNCTUATION:
	case G_UNICODE_CLOSE_PUNCTUATION:
	case G_UNICODE_INITIAL_PUNCTUATION:
	case G_UNICODE_FINAL_PUNCTUATION:
	case G_UNICODE_CURRENCY_SYMBOL:
	case G_UNICODE_MODIFIER_SYMBOL:
	case G_UNICODE_MATH_SYMBOL:
	case G_UNICODE_OTHER_SYMBOL:
	case G_UNICODE_OTHER_PUNCTUATION:
		return TRUE;
	default:
		return FALSE;
	}
}

typedef struct {
	const TextSet *separators; /* NULL: .NET's */
	gboolean in_word;
} Words;

static gboolean begins_word(Words *self, gunichar character)
{
	gboolean was_in_word = self->in_word;

	if (self->separators)
		self->in_word = !text_set_has(self->separators, character);
	else
		self->in_word = was_in_word ? !ends_word(character) : g_unichar_isalpha(character);
	return self->in_word && !was_in_word;
}

/* Writes to 'to', if that is not NULL. Returns the bytes. */
static gsize put_title(const Value *source, const TextSet *separators, char *to)
{
	const char *end = source->string.data + source->string.length;
	Words words = { .separators = separators };
	gsize length = 0;

	for (const char *at = source->string.data; at < end;) {
		gunichar character = utf8_next(&at), lower = invariant_lower(character);
		gunichar put = begins_word(&words, character) ? invariant_title(lower) : lower;

		length += utf8_put(put, to ? to + length : NULL);
	}
	return length;
}

static const Value *pcase(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	const Value *source = text_argument(context, args, count, 0);
	const Value *given = text_argument(context, args, count, 1);
	TextSet set;

	text_set_init(&set, given);
	const TextSet *separators = given->string.length > 0 ? &set : NULL;
	gsize length = put_title(source, separators, NULL);
	char *text = function_text(context, length, error);
	if (text)
		put_title(source, separators, text);
	text_set_clear(&set);
	return text ? value_borrow(context->arena, text, length) : NULL;
}

static const Value *normalize_diacritics(const FunctionContext *context, const Value *const *args,
					 guint count, GError **error)
{
	const Value *source = text_argument(context, args, count, 0);

	if (g_str_is_ascii(source->string.data))
		return source;
	gsize length = diacritics_strip(source->string.data, source->string.length, NULL);
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;
	diacritics_strip(source->string.data, source->string.length, text);
	return value_borrow(context->arena, text, length);
}

const Function functions_case[] = {
	{ "ToLower", 1, 2, to_lower, "ToLower(source, culture?)", .lists = LISTS_EACH,
	  .check = check_culture },
	{ "ToUpper", 1, 2, to_upper, "ToUpper(source, culture?)", .lists = LISTS_EACH,
	  .check = check_culture },
	{ "LCase", 1, 1, to_lower, "LCase(source)", .lists = LISTS_EACH },
	{ "UCase", 1, 1, to_upper, "UCase(source)", .lists = LISTS_EACH },
	{ "PCase", 1, 2, pcase, "PCase(source, wordSeparators?)", .lists = LISTS_EACH },
	{ "NormalizeDiacritics", 1, 1, normalize_diacritics, "NormalizeDiacritics(source)",
	  .lists = LISTS_EACH },
	{ 0 },
};
