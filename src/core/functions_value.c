/*
 * Arguments and results of functions, as functions_value_internal.h promises.
 *
 * A value in a message is cut: it may be a photo or a page of text, and a message is one line. Text
 * is cut between characters, bytes are shown in hex, which is how a GUID or a SID is recognised.
 */
#include <string.h>

#include "base/error.h"
#include "functions_value_internal.h"

#define SHOWN_CHARACTERS 40
#define SHOWN_BYTES 16

/* New string. */
static char *show_bytes(const guint8 *bytes, gsize length)
{
	GString *text = g_string_new("0x");

	for (gsize i = 0; i < MIN(length, SHOWN_BYTES); i++)
		g_string_append_printf(text, "%02x", bytes[i]);
	if (length > SHOWN_BYTES)
		g_string_append(text, "...");
	return g_string_free(text, FALSE);
}

/* New string. */
static char *show_text(const char *text)
{
	if (g_utf8_strlen(text, -1) <= SHOWN_CHARACTERS)
		return g_strdup(text);
	g_autofree char *head = g_utf8_substring(text, 0, SHOWN_CHARACTERS);
	return g_strdup_printf("%s...", head);
}

/* New string. */
static char *show(const Value *value)
{
	switch (value->type) {
	case VALUE_NUMBER:
		return g_strdup_printf("%" G_GINT64_FORMAT, value->number);
	case VALUE_BOOL:
		return g_strdup(value->boolean ? "True" : "False");
	case VALUE_STRING:
		return show_text(value->string.data);
	case VALUE_BYTES:
		return show_bytes((const guint8 *)value->string.data, value->string.length);
	default:
		return g_strdup(value_type_name(value->type));
	}
}

const Value *argument_refuse(const Value *value, const char *what, GError **error)
{
	g_autofree char *text = show(value);

	error_set(error, ERROR_OBJECT, "'%s' is no %s", text, what);
	return NULL;
}

gboolean argument_is_missing(const Value *value)
{
	return !value || value_is_blank(value);
}

gboolean argument_number(const Value *value, gint64 *number)
{
	if (value->type == VALUE_NUMBER) {
		*number = value->number;
		return TRUE;
	}
	return value->type == VALUE_STRING &&
	       g_ascii_string_to_signed(value->string.data, 10, G_MININT64, G_MAXINT64, number,
					NULL);
}

/* Whole groups of four, padded at the end only. */
static gboolean is_base64(const char *text)
{
	gsize digits = 0, padding = 0;

	for (; *text; text++) {
		if (g_ascii_isspace(*text))
			continue;
		if (*text == '=')
			padding++;
		else if (padding > 0 || !(g_ascii_isalnum(*text) || strchr("+/", *text)))
			return FALSE;
		else
			digits++;
	}
	return padding <= 2 && (digits + padding) % 4 == 0;
}

guint8 *argument_base64(const Value *value, gsize *length)
{
	if (value->type != VALUE_STRING || !is_base64(value->string.data))
		return NULL;

	guint8 *bytes = g_base64_decode(value->string.data, length);
	/* GLib decodes nothing into nothing. */
	return bytes ? bytes : g_malloc0(1);
}

/* Room with the bytes in it and a NUL behind them. */
static char *copy(const FunctionContext *context, const void *data, gsize length, GError **error)
{
	char *room = function_text(context, length, error);

	if (!room)
		return NULL;
	if (length > 0)
		memcpy(room, data, length);
	room[length] = '\0';
	return room;
}

const Value *result_text(const FunctionContext *context, const char *text, gsize length,
			 GError **error)
{
	char *room = copy(context, text, length, error);

	return room ? value_borrow(context->arena, room, length) : NULL;
}

const Value *result_taken(const FunctionContext *context, char *made, GError **error)
{
	g_autofree char *text = made;

	return result_text(context, text, strlen(text), error);
}

const Value *result_bytes(const FunctionContext *context, const void *data, gsize length,
			  GError **error)
{
	char *room = copy(context, data, length, error);

	if (!room)
		return NULL;
	Value *value = arena_alloc(context->arena, sizeof(*value));
	value->type = VALUE_BYTES;
	value->string.data = room;
	value->string.length = length;
	return value;
}
