/*
 * Functions that put texts together and take off their edges: Join, Append, PadLeft, PadRight,
 * StripSpaces, Trim, LTrim, RTrim.
 *
 * They follow Entra's application provisioning, and where that says nothing Connect; what nulls and
 * lists do to them stands in the table in expr_eval.c. Whoever builds a text counts its bytes
 * first, gets the room from function_text(), and fills it: there is no text that was too large
 * before somebody looked.
 *
 * A character is a Unicode code point, in all functions: neither a byte, nor one of .NET's 16-bit
 * units, nor what a reader takes for one (an e with a combining accent is two). Len, Left, PadLeft
 * and InStr count the same thing.
 *
 *	StripSpaces("a b")          only U+0020, as documented; a no-break space stays
 *	Trim(" a ")                 whatever .NET calls white space
 *	PadLeft("7", 3, "0")        "007"; a text that is long enough as it is, and null as ""
 */
#include <string.h>

#include "base/error.h"
#include "functions_text_internal.h"
#include "functions_value_internal.h"

static const Value *append(const FunctionContext *context, const Value *const *args, guint count,
			   GError **error)
{
	const Value *source = text_argument(context, args, count, 0);
	const Value *suffix = text_argument(context, args, count, 1);
	gsize length = source->string.length + suffix->string.length;
	char *text = function_text(context, length, error);

	if (!text)
		return NULL;
	text_put(text_put(text, source), suffix);
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
			self->at = text_put(self->at, self->separator);
	}
	self->length += part->string.length;
	if (self->at)
		self->at = text_put(self->at, part);
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
	const Value *separator = text_argument(context, args, count, 0);
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

static const Value *strip_spaces(const FunctionContext *context, const Value *const *args,
				 guint count, GError **error)
{
	const Value *source = text_argument(context, args, count, 0);
	gsize length = source->string.length, kept = 0;

	if (!memchr(source->string.data, ' ', length))
		return source;
	char *text = function_text(context, length, error);
	if (!text)
		return NULL;
	for (gsize i = 0; i < length; i++) {
		if (source->string.data[i] != ' ')
			text[kept++] = source->string.data[i];
	}
	text[kept] = '\0';
	return value_borrow(context->arena, text, kept);
}

static const Value *trim_sides(const FunctionContext *context, const Value *source, gboolean left,
			       gboolean right, GError **error)
{
	const char *from = source->string.data, *to = from + source->string.length;

	while (left && from < to && text_is_white(g_utf8_get_char(from)))
		from = g_utf8_next_char(from);
	while (right && from < to) {
		const char *last = g_utf8_prev_char(to);
		if (!text_is_white(g_utf8_get_char(last)))
			break;
		to = last;
	}
	return text_part(context, source, from, to, error);
}

static const Value *trim(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	return trim_sides(context, text_argument(context, args, count, 0), TRUE, TRUE, error);
}

static const Value *trim_left(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	return trim_sides(context, text_argument(context, args, count, 0), TRUE, FALSE, error);
}

static const Value *trim_right(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	return trim_sides(context, text_argument(context, args, count, 0), FALSE, TRUE, error);
}

static gboolean is_character(const Value *value)
{
	return value->type == VALUE_STRING && value->string.length > 0 &&
	       g_utf8_next_char(value->string.data) == value->string.data + value->string.length;
}

static const Value *pad_with(const FunctionContext *context, const Value *text, gsize missing,
			     const Value *character, gboolean left, GError **error)
{
	/* Beyond this the room is refused anyway, and the product below could overflow. */
	gsize pads = MIN(missing, (gsize)1 << 30);
	gsize length = text->string.length + pads * character->string.length;
	char *room = function_text(context, length, error), *at = room;

	if (!room)
		return NULL;
	if (!left)
		at = text_put(at, text);
	while (pads-- > 0)
		at = text_put(at, character);
	if (left)
		text_put(at, text);
	return value_borrow(context->arena, room, length);
}

static const Value *pad(const FunctionContext *context, const Value *const *args, guint count,
			gboolean left, GError **error)
{
	const Value *text = text_argument(context, args, count, 0);
	const Value *character = text_argument(context, args, count, 2);
	gint64 wanted;

	if (!text_number(args, count, 1, &wanted, error))
		return NULL;
	if (!is_character(character))
		return argument_refuse(character, "single character to pad with", error);
	gint64 length = g_utf8_strlen(text->string.data, (gssize)text->string.length);
	if (!args[0] || args[0]->type == VALUE_NULL || length >= wanted)
		return text;
	return pad_with(context, text, (gsize)(wanted - length), character, left, error);
}

static const Value *pad_left(const FunctionContext *context, const Value *const *args, guint count,
			     GError **error)
{
	return pad(context, args, count, TRUE, error);
}

static const Value *pad_right(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	return pad(context, args, count, FALSE, error);
}

static gboolean check_pad(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *character = function_literal(call, 2);

	if (!text_check_number(call, 1, FALSE, arg, error))
		return FALSE;
	*arg = 2;
	if (character && character->type == VALUE_NUMBER && character->number >= 0 &&
	    character->number <= 9)
		return TRUE;
	if (function_given(call, 2) && (!character || is_character(character)))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "a text is padded with one character\nwrite one such as \"0\"");
}

const Function functions_text[] = {
	{ "Join", 2, FUNCTION_ANY_ARGS, join, "Join(separator, source1, source2, ...)",
	  .lists = LISTS_REST },
	{ "Append", 2, 2, append, "Append(source, suffix)", .lists = LISTS_EACH },
	{ "StripSpaces", 1, 1, strip_spaces, "StripSpaces(source)", .lists = LISTS_EACH },
	{ "Trim", 1, 1, trim, "Trim(source)", .lists = LISTS_EACH },
	{ "LTrim", 1, 1, trim_left, "LTrim(source)", .lists = LISTS_EACH },
	{ "RTrim", 1, 1, trim_right, "RTrim(source)", .lists = LISTS_EACH },
	{ "PadLeft", 3, 3, pad_left, "PadLeft(source, length, character)", .check = check_pad,
	  .lists = LISTS_EACH, .nulls = TRUE, .sure = TRUE },
	{ "PadRight", 3, 3, pad_right, "PadRight(source, length, character)", .check = check_pad,
	  .lists = LISTS_EACH, .nulls = TRUE, .sure = TRUE },
	{ 0 },
};
