/*
 * What functions on text share, as functions_text_internal.h promises.
 */
#include <string.h>

#include "base/error.h"
#include "functions_text_internal.h"
#include "functions_value_internal.h"

const Value *text_argument(const FunctionContext *context, const Value *const *args, guint count,
			   guint index)
{
	const Value *arg = index < count && args[index] ? args[index] : value_null();

	return value_to_string(context->arena, arg);
}

gboolean text_number(const Value *const *args, guint count, guint index, gint64 *number,
		     GError **error)
{
	const Value *arg = index < count ? args[index] : NULL;

	if (argument_is_missing(arg))
		return error_set(error, ERROR_OBJECT, "argument %u is empty and must be a number",
				 index + 1);
	if (argument_number(arg, number))
		return TRUE;
	argument_refuse(arg, "whole number", error);
	return FALSE;
}

gboolean text_check_number(const FunctionCall *call, guint index, gboolean optional, guint *arg,
			   GError **error)
{
	const Value *literal = function_literal(call, index);
	gint64 number;

	*arg = index;
	if (!function_given(call, index))
		return optional ||
		       error_set(error, ERROR_CONFIG, "argument %u is left empty\nwrite a number",
				 index + 1);
	if (!literal || argument_number(literal, &number))
		return TRUE;
	return error_set(error, ERROR_CONFIG, "this is no whole number");
}

char *text_put(char *at, const Value *text)
{
	if (text->string.length > 0)
		memcpy(at, text->string.data, text->string.length);
	return at + text->string.length;
}

const Value *text_part(const FunctionContext *context, const Value *text, const char *from,
		       const char *to, GError **error)
{
	const char *end = text->string.data + text->string.length;

	if (from == text->string.data && to == end)
		return text;
	if (to == end)
		return value_borrow(context->arena, from, (gsize)(to - from));
	return result_text(context, from, (gsize)(to - from), error);
}

/* As .NET: U+000B and U+0085 are white space there, and not for GLib. */
gboolean text_is_white(gunichar character)
{
	return character == 0x0b || character == 0x85 || g_unichar_isspace(character);
}

void text_set_init(TextSet *self, const Value *text)
{
	const char *end = text->string.data + text->string.length;

	*self = (TextSet){ 0 };
	for (const char *at = text->string.data; at < end; at = g_utf8_next_char(at)) {
		gunichar character = g_utf8_get_char(at);

		if (character < G_N_ELEMENTS(self->ascii)) {
			self->ascii[character] = TRUE;
			continue;
		}
		if (!self->others)
			self->others = g_hash_table_new(NULL, NULL);
		g_hash_table_add(self->others, GUINT_TO_POINTER(character));
	}
}

void text_set_clear(TextSet *self)
{
	g_clear_pointer(&self->others, g_hash_table_unref);
}

gboolean text_set_has(const TextSet *self, gunichar character)
{
	if (character < G_N_ELEMENTS(self->ascii))
		return self->ascii[character];
	return self->others && g_hash_table_contains(self->others, GUINT_TO_POINTER(character));
}
