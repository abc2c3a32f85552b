/*
 * Values: the data of the expression language. See value.h for what they promise.
 *
 * Whether bytes are text is decided once, when the value is made: valid UTF-8 without NUL is
 * VALUE_STRING, all else VALUE_BYTES. A NUL counts as "no text" because neither jansson's strings
 * nor the services behind them carry one, and because every text here may then be read as a C
 * string. null, true and false are constants; they cost nothing.
 */
#include "core/value.h"

#include <string.h>

const Value *value_null(void)
{
	static const Value null = { .type = VALUE_NULL };

	return &null;
}

const Value *value_bool(gboolean boolean)
{
	static const Value truth = { .type = VALUE_BOOL, .boolean = TRUE };
	static const Value falsehood = { .type = VALUE_BOOL, .boolean = FALSE };

	return boolean ? &truth : &falsehood;
}

const Value *value_number(Arena *arena, gint64 number)
{
	Value *value = arena_alloc(arena, sizeof(*value));

	value->type = VALUE_NUMBER;
	value->number = number;
	return value;
}

const Value *value_borrow(Arena *arena, const char *text, gsize length)
{
	Value *value = arena_alloc(arena, sizeof(*value));

	value->type = g_utf8_validate_len(text, length, NULL) ? VALUE_STRING : VALUE_BYTES;
	value->string.data = text;
	value->string.length = length;
	return value;
}

const Value *value_string(Arena *arena, const char *text, gsize length)
{
	return value_borrow(arena, arena_copy(arena, text, length), length);
}

const Value *value_list(Arena *arena, const Value *const *items, guint count)
{
	if (count == 0)
		return value_null();
	if (count == 1)
		return items[0];

	Value *value = arena_alloc(arena, sizeof(*value));
	const Value **copy = arena_alloc(arena, count * sizeof(*copy));

	memcpy(copy, items, count * sizeof(*copy));
	value->type = VALUE_LIST;
	value->list.items = copy;
	value->list.count = count;
	return value;
}

guint value_count(const Value *value)
{
	if (value->type == VALUE_LIST)
		return value->list.count;
	return value->type == VALUE_NULL ? 0 : 1;
}

const Value *value_item(const Value *value, guint index)
{
	return value->type == VALUE_LIST ? value->list.items[index] : value;
}

const char *value_type_name(ValueType type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null",   [VALUE_BOOL] = "boolean", [VALUE_NUMBER] = "number",
		[VALUE_STRING] = "text", [VALUE_BYTES] = "bytes",  [VALUE_LIST] = "list",
	};

	return names[type];
}

static const Value *borrow_constant(Arena *arena, const char *text)
{
	return value_borrow(arena, text, strlen(text));
}

static const Value *number_to_string(Arena *arena, gint64 number)
{
	char text[32];
	int length = g_snprintf(text, sizeof(text), "%" G_GINT64_FORMAT, number);

	return value_string(arena, text, (gsize)length);
}

static const Value *bytes_to_string(Arena *arena, const Value *value)
{
	g_autofree char *text = g_base64_encode((const guchar *)value->string.data,
						value->string.length);

	return value_string(arena, text, strlen(text));
}

const Value *value_to_string(Arena *arena, const Value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		return borrow_constant(arena, "");
	case VALUE_BOOL:
		return borrow_constant(arena, value->boolean ? "True" : "False");
	case VALUE_NUMBER:
		return number_to_string(arena, value->number);
	case VALUE_STRING:
		return value;
	case VALUE_BYTES:
		return bytes_to_string(arena, value);
	case VALUE_LIST:
		return value_to_string(arena, value->list.items[0]);
	}
	g_assert_not_reached();
}

const char *value_text(Arena *arena, const Value *value)
{
	return value_to_string(arena, value)->string.data;
}

gboolean value_is_blank(const Value *value)
{
	return value->type == VALUE_NULL ||
	       (value->type == VALUE_STRING && value->string.length == 0);
}

static json_t *list_json(const Value *value)
{
	json_t *array = json_array();

	for (guint i = 0; i < value->list.count; i++)
		json_array_append_new(array, value_json(value->list.items[i]));
	return array;
}

static json_t *bytes_json(const Value *value)
{
	g_autofree char *text = g_base64_encode((const guchar *)value->string.data,
						value->string.length);

	return json_string_nocheck(text);
}

json_t *value_json(const Value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		return json_null();
	case VALUE_BOOL:
		return json_boolean(value->boolean);
	case VALUE_NUMBER:
		return json_integer(value->number);
	case VALUE_STRING:
		return json_stringn_nocheck(value->string.data, value->string.length);
	case VALUE_BYTES:
		return bytes_json(value);
	case VALUE_LIST:
		return list_json(value);
	}
	g_assert_not_reached();
}
