/*
 * Functions that turn a value into one of another type: texts, numbers, bits, encodings.
 *
 *	CStr(12)                                        "12"
 *	CNum("12")                                      12
 *	BitAnd(&HF, &HF7)                               7
 *	IsBitSet([userAccountControl], 2)               true for a disabled account
 *	ConvertToBase64("Hello world!")                 "SABlAGwAbABvACAAdwBvAHIAbABkACEA"
 *	ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)     "Hello world!"
 *	ConvertToUTF8Hex("Hello world!")                "48656C6C6F20776F726C6421"
 *
 * Base64 of a text is that of its UTF-16 in little-endian order ("Unicode" to .NET), because the
 * values that Entra wrote are; of bytes it is that of the bytes. Reading it back, the encoding says
 * what the bytes are: Unicode (also if it is left out), ASCII or UTF8. What is no text in UTF8
 * comes back as the bytes it is; what is none in the others fails the object.
 *
 * A flag of several bits is set if all of them are; a flag of 0 never is. A number is a whole one
 * of 64 bits, or a text that spells one in decimal digits; AND and OR work on its two's complement.
 * Null and empty text become null everywhere, except that IsBitSet says false and that CStr and
 * the conversions of text to base64 and hex leave an empty text empty.
 */
#include <string.h>

#include "base/error.h"
#include "functions_value_internal.h"

static gboolean is_null(const Value *value)
{
	return !value || value_count(value) == 0;
}

static const Value *cstr(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	if (is_null(args[0]))
		return value_null();
	if (args[0]->type == VALUE_OBJECT)
		return argument_refuse(args[0], "text, number or boolean", error);
	return value_to_string(context->arena, args[0]);
}

static const Value *cnum(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	gint64 number;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!argument_number(args[0], &number))
		return argument_refuse(args[0], "whole number", error);
	return value_number(context->arena, number);
}

/* Two numbers; FALSE and *result is null, or NULL with 'error' set. */
static gboolean read_bits(const Value *const *args, gint64 *a, gint64 *b, const Value **result,
			  GError **error)
{
	*result = value_null();
	if (argument_is_missing(args[0]) || argument_is_missing(args[1]))
		return FALSE;
	if (!argument_number(args[0], a)) {
		*result = argument_refuse(args[0], "whole number", error);
		return FALSE;
	}
	if (!argument_number(args[1], b)) {
		*result = argument_refuse(args[1], "whole number", error);
		return FALSE;
	}
	return TRUE;
}

static const Value *bit_and(const FunctionContext *context, const Value *const *args, guint count,
			    GError **error)
{
	const Value *result;
	gint64 a, b;

	if (!read_bits(args, &a, &b, &result, error))
		return result;
	return value_number(context->arena, a & b);
}

static const Value *bit_or(const FunctionContext *context, const Value *const *args, guint count,
			   GError **error)
{
	const Value *result;
	gint64 a, b;

	if (!read_bits(args, &a, &b, &result, error))
		return result;
	return value_number(context->arena, a | b);
}

static const Value *is_bit_set(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	const Value *result;
	gint64 value, flag;

	if (!read_bits(args, &value, &flag, &result, error))
		return result ? value_bool(FALSE) : NULL;
	return value_bool(flag != 0 && (value & flag) == flag);
}

/* Text or bytes; a number or a boolean as its text. NULL and ERROR_OBJECT for an object. */
static const Value *data_of(const FunctionContext *context, const Value *value, GError **error)
{
	if (value->type == VALUE_OBJECT)
		return argument_refuse(value, "text", error);
	return value->type == VALUE_BYTES ? value : value_to_string(context->arena, value);
}

static const Value *give_base64(const FunctionContext *context, const void *data, gsize length,
				GError **error)
{
	return result_taken(context, g_base64_encode(data, length), error);
}

/* UTF-16LE of valid UTF-8. New memory; *length is in bytes. */
static guint8 *to_utf16(const Value *text, gsize *length)
{
	glong units = 0;
	g_autofree gunichar2 *utf16 = g_utf8_to_utf16(text->string.data, (glong)text->string.length,
						      NULL, &units, NULL);
	guint8 *bytes = g_malloc((gsize)units * 2 + 1);

	for (glong i = 0; i < units; i++) {
		bytes[2 * i] = utf16[i] & 0xff;
		bytes[2 * i + 1] = utf16[i] >> 8;
	}
	*length = (gsize)units * 2;
	return bytes;
}

static const Value *to_base64(const FunctionContext *context, const Value *const *args, guint count,
			      GError **error)
{
	gsize length;

	if (is_null(args[0]))
		return value_null();
	const Value *data = data_of(context, args[0], error);
	if (!data)
		return NULL;
	if (data->type == VALUE_BYTES)
		return give_base64(context, data->string.data, data->string.length, error);
	g_autofree guint8 *bytes = to_utf16(data, &length);
	return give_base64(context, bytes, length, error);
}

typedef const Value *(*DecodeFn)(const FunctionContext *context, const guint8 *bytes, gsize length,
				 const Value *source, GError **error);

static const Value *from_utf8(const FunctionContext *context, const guint8 *bytes, gsize length,
			      const Value *source, GError **error)
{
	return result_text(context, (const char *)bytes, length, error);
}

static const Value *from_ascii(const FunctionContext *context, const guint8 *bytes, gsize length,
			       const Value *source, GError **error)
{
	for (gsize i = 0; i < length; i++) {
		if (bytes[i] >= 0x80)
			return argument_refuse(source, "base64 of ASCII text", error);
	}
	return from_utf8(context, bytes, length, source, error);
}

static const Value *from_utf16(const FunctionContext *context, const guint8 *bytes, gsize length,
			       const Value *source, GError **error)
{
	g_autofree gunichar2 *units = g_new(gunichar2, length / 2 + 1);
	g_autofree char *text = NULL;
	glong written = 0;

	for (gsize i = 0; i < length / 2; i++)
		units[i] = (gunichar2)(bytes[2 * i] | bytes[2 * i + 1] << 8);
	/* A NUL would end the text for GLib, and no text here holds one. */
	for (gsize i = 0; i < length / 2; i++) {
		if (units[i] == 0)
			return argument_refuse(source, "base64 of Unicode text", error);
	}
	if (length % 2 == 0)
		text = g_utf16_to_utf8(units, (glong)(length / 2), NULL, &written, NULL);
	if (!text)
		return argument_refuse(source,
				       "base64 of Unicode text; for other bytes name "
				       "the encoding: UTF8 or ASCII",
				       error);
	return from_utf8(context, (const guint8 *)text, (gsize)written, source, error);
}

/* By the name of an encoding in any case; NULL if it is unknown. */
static DecodeFn find_encoding(const char *name)
{
	static const struct {
		const char *name;
		DecodeFn decode;
	} rows[] = {
		{ "Unicode", from_utf16 },
		{ "ASCII", from_ascii },
		{ "UTF8", from_utf8 },
		{ "UTF-8", from_utf8 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (g_ascii_strcasecmp(rows[i].name, name) == 0)
			return rows[i].decode;
	}
	return NULL;
}

static const Value *from_base64(const FunctionContext *context, const Value *const *args,
				guint count, GError **error)
{
	gboolean named = count > 1 && !argument_is_missing(args[1]);
	DecodeFn decode = named ? find_encoding(value_text(context->arena, args[1])) : from_utf16;
	gsize length;

	if (argument_is_missing(args[0]))
		return value_null();
	if (!decode)
		return argument_refuse(args[1], "encoding: they are Unicode, ASCII and UTF8",
				       error);
	g_autofree guint8 *bytes = argument_base64(args[0], &length);
	if (!bytes)
		return argument_refuse(args[0], "base64", error);
	return decode(context, bytes, length, args[0], error);
}

static gboolean check_encoding(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *literal = function_literal(call, 1);

	*arg = 1;
	if (!literal || (literal->type == VALUE_STRING && find_encoding(literal->string.data)))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "this is no encoding\nthe encodings are Unicode, ASCII and UTF8");
}

static const Value *to_utf8_hex(const FunctionContext *context, const Value *const *args,
				guint count, GError **error)
{
	static const char digits[] = "0123456789ABCDEF";

	if (is_null(args[0]))
		return value_null();
	const Value *data = data_of(context, args[0], error);
	if (!data)
		return NULL;
	gsize length = data->string.length;
	char *hex = function_text(context, 2 * length, error);
	if (!hex)
		return NULL;
	for (gsize i = 0; i < length; i++) {
		guint8 byte = (guint8)data->string.data[i];
		hex[2 * i] = digits[byte >> 4];
		hex[2 * i + 1] = digits[byte & 15];
	}
	return value_borrow(context->arena, hex, 2 * length);
}

static const Value *from_utf8_hex(const FunctionContext *context, const Value *const *args,
				  guint count, GError **error)
{
	if (argument_is_missing(args[0]))
		return value_null();

	/* A number is hex digits too, as in [code] with 48656. */
	const Value *hex = value_to_string(context->arena, args[0]);
	gsize length = hex->string.length;
	if (length % 2 != 0 || strspn(hex->string.data, "0123456789abcdefABCDEF") != length)
		return argument_refuse(args[0], "text of hex digits, two for each byte", error);

	char *bytes = function_text(context, length / 2, error);
	if (!bytes)
		return NULL;
	for (gsize i = 0; i < length / 2; i++)
		bytes[i] = (char)(g_ascii_xdigit_value(hex->string.data[2 * i]) << 4 |
				  g_ascii_xdigit_value(hex->string.data[2 * i + 1]));
	return value_borrow(context->arena, bytes, length / 2);
}

const Function functions_convert[] = {
	{ "CStr", 1, 1, cstr, "CStr(value)", .lists = LISTS_EACH },
	{ "CNum", 1, 1, cnum, "CNum(value)", .lists = LISTS_EACH },
	{ "BitAnd", 2, 2, bit_and, "BitAnd(value1, value2)" },
	{ "BitOr", 2, 2, bit_or, "BitOr(value1, value2)" },
	{ "IsBitSet", 2, 2, is_bit_set, "IsBitSet(value, flag)", .sure = TRUE },
	{ "ConvertToBase64", 1, 1, to_base64, "ConvertToBase64(source)", .lists = LISTS_EACH,
	  .bytes = TRUE },
	{ "ConvertFromBase64", 1, 2, from_base64, "ConvertFromBase64(source, encoding?)",
	  .check = check_encoding, .lists = LISTS_EACH },
	{ "ConvertToUTF8Hex", 1, 1, to_utf8_hex, "ConvertToUTF8Hex(source)", .lists = LISTS_EACH,
	  .bytes = TRUE },
	{ "ConvertFromUTF8Hex", 1, 1, from_utf8_hex, "ConvertFromUTF8Hex(source)",
	  .lists = LISTS_EACH },
	{ 0 },
};
