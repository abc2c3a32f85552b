/*
 * What the families of dates, conversions, ids and certificates do alike: read an argument, hand
 * over a result, and refuse a value so that its owner recognises it.
 */
#pragma once
#include "core/functions.h"

/*
 * Sets ERROR_OBJECT, "'...' is no date", with the beginning of the value: some characters of a
 * text, some bytes in hex. Always NULL, to be returned.
 */
const Value *argument_refuse(const Value *value, const char *what, GError **error);

/* True if there is nothing to work on: left empty, no value, or the empty text. */
gboolean argument_is_missing(const Value *value);

/* The number that the value is or, as text, spells. FALSE if it is none. */
gboolean argument_number(const Value *value, gint64 *number);

/*
 * The bytes that a text is base64 of (RFC 4648 §4), white space between its characters ignored. New
 * memory; NULL if it is none.
 */
guint8 *argument_base64(const Value *value, gsize *length);

/* A copy of a text in the evaluation's room; NULL and ERROR_OBJECT if there is no room left. */
const Value *result_text(const FunctionContext *context, const char *text, gsize length,
			 GError **error);

/* The same with a text made by g_*, which is freed. */
const Value *result_taken(const FunctionContext *context, char *made, GError **error);

/* The same with bytes, which stay VALUE_BYTES even if they look like text. */
const Value *result_bytes(const FunctionContext *context, const void *data, gsize length,
			  GError **error);
