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

const Value *value_object(Arena *arena, const char *const *names, const Value *const *items,
			  guint count)
{
	Value *value = arena_alloc(arena, sizeof(*value));
	const char **name_copy = arena_alloc(arena, count * sizeof(*name_copy));
	const Value **item_copy = arena_alloc(arena, count * sizeof(*item_copy));

	for (guint i = 0; i < count; i++) {
		name_copy[i] = names[i];
		item_copy[i] = items[i];
	}
	value->type = VALUE_OBJECT;
	value->object.names = name_copy;
	value->object.items = item_copy;
	value->object.count = count;
	return value;
}

const Value *value_cleared(void)
{
	static const Value cleared = { .type = VALUE_CLEARED };

	return &cleared;
}

const Value *value_ignored(void)
{
	static const Value ignored = { .type = VALUE_IGNORED };

	return &ignored;
}

const Value *value_choice(Arena *arena, const Value *const *items, guint count)
{
	Value *value = arena_alloc(arena, sizeof(*value));
	const Value **copy = arena_alloc(arena, count * sizeof(*copy));

	memcpy(copy, items, count * sizeof(*copy));
	value->type = VALUE_CHOICE;
	value->list.items = copy;
	value->list.count = count;
	return value;
}

/* No value, for whatever reason. */
static gboolean is_nothing(const Value *value)
{
	return value->type == VALUE_NULL || value->type == VALUE_CLEARED ||
	       value->type == VALUE_IGNORED;
}

guint value_count(const Value *value)
{
	if (value->type == VALUE_LIST)
		return value->list.count;
	return is_nothing(value) ? 0 : 1;
}

const Value *value_item(const Value *value, guint index)
{
	return value->type == VALUE_LIST ? value->list.items[index] : value;
}

const char *value_type_name(ValueType type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null",     [VALUE_BOOL] = "boolean",    [VALUE_NUMBER] = "number",
		[VALUE_STRING] = "text",   [VALUE_BYTES] = "bytes",     [VALUE_LIST] = "list",
		[VALUE_OBJECT] = "object", [VALUE_CLEARED] = "cleared", [VALUE_IGNORED] = "ignored",
		[VALUE_CHOICE] = "choice",
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
	case VALUE_CLEARED:
	case VALUE_IGNORED:
	case VALUE_OBJECT:
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
	case VALUE_CHOICE:
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
	return is_nothing(value) || (value->type == VALUE_STRING && value->string.length == 0);
}

static json_t *list_json(const Value *value)
{
	json_t *array = json_array();

	for (guint i = 0; i < value->list.count; i++)
		json_array_append_new(array, value_json(value->list.items[i]));
	return array;
}

static json_t *object_json(const Value *value)
{
	json_t *object = json_object();

	for (guint i = 0; i < value->object.count; i++)
		json_object_set_new_nocheck(object, value->object.names[i],
					    value_json(value->object.items[i]));
	return object;
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
	case VALUE_CLEARED:
	case VALUE_IGNORED:
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
	case VALUE_OBJECT:
		return object_json(value);
	case VALUE_CHOICE:
		return value_json(value->list.items[0]);
	}
	g_assert_not_reached();
}
