/*
 * Functions on text: Join, Append, ToLower, ToUpper, Replace.
 *
 * They follow Entra's application provisioning; what nulls and lists do to them stands in the
 * table in expr_eval.c. Whoever builds a text counts its bytes first, gets the room from
 * function_text(), and fills it: there is no text that was too large before somebody looked.
 *
 * Letter case is that of .NET's invariant culture, because the accounts that Entra made before us
 * have their names from it: Unicode's simple mapping, one character for one, so that U+00DF
 * (sharp s) stays what it is, and U+0130 and U+0131, the Turkish i, stay too. The Turkish and
 * Azeri cultures pair i with U+0130 and I with U+0131. GLib's g_utf8_strdown() is of no use here:
 * it asks the locale of the process.
 *
 * Replace always has seven positions; which of them are filled in decides what it does:
 *
 *	1  oldValue, replacementValue    every oldValue in source becomes replacementValue
 *	2  oldValue, template            every oldValue in template becomes source
 *
 * The modes that need a regular expression do not exist yet, and say so.
 */
#include <string.h>

#include "base/error.h"
#include "core/functions.h"

/* Positions of Replace. */
enum {
	REPLACE_SOURCE,
	REPLACE_OLD,
	REPLACE_PATTERN,
	REPLACE_GROUP,
	REPLACE_NEW,
	REPLACE_NEW_ATTRIBUTE,
	REPLACE_TEMPLATE,
	REPLACE_COUNT,
};

static const Value *fail(GError **error, const char *message)
{
	error_set(error, ERROR_OBJECT, "%s", message);
	return NULL;
}

/* An argument as text; not given and null count as empty. */
static const Value *text_arg(const FunctionContext *context, const Value *const *args, guint count,
			     guint index)
{
	const Value *arg = index < count && args[index] ? args[index] : value_null();

	return value_to_string(context->arena, arg);
}

static char *put(char *at, const Value *text)
{
	if (text->string.length > 0)
		memcpy(at, text->string.data, text->string.length);
	return at + text->string.length;
}

static const Value *append(const FunctionContext *context, const Value *const *args, guint count,
			   GError **error)
{
	const Value *source = text_arg(context, args, count, 0);
	const Value *suffix = text_arg(context, args, count, 1);
	gsize length = source->string.length + suffix->string.length;
	char *text = function_text(context, length, error);

	if (!text)
		return NULL;
	put(put(text, source), suffix);
	return value_borrow(context->arena, text, length);
}

typedef struct {
	const Value *separator;
	gsize length; /* of all parts and separators so far */
	guint parts;
	char *at; /* NULL while lengths are counted */
} Joining;

static void join_part(Joining *self, const FunctionContext *context, const Value *value)
{
	const Value *part = value_to_string(context->arena, value);

	if (self->parts++ > 0) {
		self->length += self->separator->string.length;
		if (self->at)
			self->at = put(self->at, self->separator);
	}
	self->length += part->string.length;
	if (self->at)
		self->at = put(self->at, part);
}

static void join_parts(Joining *self, const FunctionContext *context, const Value *const *args,
		       guint count)
{
	for (guint i = 1; i < count; i++) {
		for (guint k = 0; args[i] && k < value_count(args[i]); k++)
			join_part(self, context, value_item(args[i], k));
	}
}

static const Value *join(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	const Value *separator = text_arg(context, args, count, 0);
	Joining measured = { .separator = separator };

	join_parts(&measured, context, args, count);
	if (measured.parts == 0)
		return value_null();

	char *text = function_text(context, measured.length, error);
	if (!text)
		return NULL;
	Joining filled = { .separator = separator, .at = text };
	join_parts(&filled, context, args, count);
	return value_borrow(context->arena, text, measured.length);
}

typedef gunichar (*CaseFn)(gunichar character);

static gunichar invariant_lower(gunichar character)
{
	return character == 0x130 ? character : g_unichar_tolower(character);
}

static gunichar invariant_upper(gunichar character)
{
	return character == 0x131 ? character : g_unichar_toupper(character);
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
	gsize length = 0;

	for (const char *at = from; at < end; at = g_utf8_next_char(at))
		length += (gsize)g_unichar_to_utf8(fn(g_utf8_get_char(at)), NULL);

	char *text = function_text(context, length, error);
	if (!text)
		return NULL;
	char *to = text;
	for (const char *at = from; at < end; at = g_utf8_next_char(at))
		to += g_unichar_to_utf8(fn(g_utf8_get_char(at)), to);
	return value_borrow(context->arena, text, length);
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
	const Value *culture = text_arg(context, args, count, 1);

	if (!is_culture(culture))
		return fail(error, "the second argument is no culture such as \"tr-TR\"");
	return map_case(context, text_arg(context, args, count, 0),
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

static gsize count_found(const Value *in, const Value *old)
{
	const char *at = in->string.data, *end = at + in->string.length;
	gsize found = 0;

	while ((at = memmem(at, (gsize)(end - at), old->string.data, old->string.length))) {
		at += old->string.length;
		found++;
	}
	return found;
}

/* Every 'old' in 'in' becomes 'new'. */
static const Value *substitute(const FunctionContext *context, const Value *in, const Value *old,
			       const Value *new, GError **error)
{
	gsize found = old->string.length > 0 ? count_found(in, old) : 0;

	if (found == 0)
		return in;
	/* At most 2^20 finds in a text of 1 MiB, so the product stays far within 64 bits. */
	gsize length = in->string.length - found * old->string.length + found * new->string.length;
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;

	const char *from = in->string.data, *end = from + in->string.length, *hit;
	char *to = text;
	while ((hit = memmem(from, (gsize)(end - from), old->string.data, old->string.length))) {
		memcpy(to, from, (gsize)(hit - from));
		to = put(to + (hit - from), new);
		from = hit + old->string.length;
	}
	memcpy(to, from, (gsize)(end - from));
	return value_borrow(context->arena, text, length);
}

#define NO_PATTERNS "regular expressions are not available yet in Replace"

static const Value *replace(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	const Value *all[REPLACE_COUNT];

	for (guint i = 0; i < REPLACE_COUNT; i++)
		all[i] = text_arg(context, args, count, i);
	if (!value_is_blank(all[REPLACE_PATTERN]) || !value_is_blank(all[REPLACE_GROUP]) ||
	    !value_is_blank(all[REPLACE_NEW_ATTRIBUTE]))
		return fail(error, NO_PATTERNS);
	if (value_is_blank(all[REPLACE_TEMPLATE]))
		return substitute(context, all[REPLACE_SOURCE], all[REPLACE_OLD], all[REPLACE_NEW],
				  error);
	if (!value_is_blank(all[REPLACE_NEW]))
		return fail(error, "Replace has both a replacementValue and a template");
	return substitute(context, all[REPLACE_TEMPLATE], all[REPLACE_OLD], all[REPLACE_SOURCE],
			  error);
}

/* True if the argument is there and not the constant "", which Entra treats as not there. */
static gboolean is_filled(const FunctionCall *call, guint index)
{
	const Value *literal = function_literal(call, index);

	return literal ? !value_is_blank(literal) : function_given(call, index);
}

/* Refuses what can never work; what depends on the person's data is left to replace(). */
static gboolean check_replace(const FunctionCall *call, guint *arg, GError **error)
{
	static const guint pattern_args[] = { REPLACE_PATTERN, REPLACE_GROUP,
					      REPLACE_NEW_ATTRIBUTE };

	for (gsize i = 0; i < G_N_ELEMENTS(pattern_args); i++) {
		*arg = pattern_args[i];
		const Value *literal = function_literal(call, *arg);
		if (literal && !value_is_blank(literal))
			return error_set(error, ERROR_CONFIG,
					 NO_PATTERNS "\nuse oldValue with replacementValue or "
						     "template");
	}
	*arg = REPLACE_OLD;
	if (!is_filled(call, REPLACE_OLD) && !function_given(call, REPLACE_PATTERN))
		return error_set(error, ERROR_CONFIG, "Replace needs an oldValue to look for");
	*arg = REPLACE_TEMPLATE;
	const Value *new = function_literal(call, REPLACE_NEW);
	const Value *template = function_literal(call, REPLACE_TEMPLATE);
	if (new &&template && !value_is_blank(new) && !value_is_blank(template))
		return error_set(error, ERROR_CONFIG,
				 "replacementValue and template exclude each other\nleave one of "
				 "them empty");
	return TRUE;
}

const Function functions_text[] = {
	{ "Join", 2, FUNCTION_ANY_ARGS, join, "Join(separator, source1, source2, ...)",
	  .lists = LISTS_REST },
	{ "Append", 2, 2, append, "Append(source, suffix)", .lists = LISTS_EACH },
	{ "ToLower", 1, 2, to_lower, "ToLower(source, culture?)", .lists = LISTS_EACH,
	  .check = check_culture },
	{ "ToUpper", 1, 2, to_upper, "ToUpper(source, culture?)", .lists = LISTS_EACH,
	  .check = check_culture },
	{ "Replace", 5, 7, replace,
	  "Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, "
	  "replacementAttributeName, template)",
	  .lists = LISTS_EACH, .check = check_replace },
	{ 0 },
};
