/*
 * Value: what an expression yields.
 *
 * null is "no value" and differs from the empty string. What a mapping alone can act on (cleared,
 * ignored, a choice) counts as null for every function that gets it as an argument. A list holds
 * scalars or objects and is never empty or of length one where it comes from an attribute: an
 * absent attribute is null, a single value is a scalar. Values live in an arena and are immutable;
 * the text of one that came straight out of the directory is the entry's own: evaluating copies
 * nothing that it does not change.
 */
#pragma once
#include <jansson.h>

#include "base/arena.h"

typedef enum {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_NUMBER,
	VALUE_STRING, /* valid UTF-8 */
	VALUE_BYTES,  /* anything else that came out of the directory */
	VALUE_LIST,
	VALUE_OBJECT,  /* members by name: a role */
	VALUE_CLEARED, /* AuthoritativeNull: no value, and what the target has is cleared */
	VALUE_IGNORED, /* IgnoreThisFlow: whatever the target has stays as it is */
	VALUE_CHOICE,  /* SelectUniqueValue: the first item that nobody has at the target */
} ValueType;

typedef struct Value Value;
struct Value {
	ValueType type;
	union {
		gboolean boolean;
		gint64 number;
		struct {
			const char *data; /* NUL-terminated beyond 'length' */
			gsize length;
		} string; /* also of VALUE_BYTES */
		struct {
			const Value *const *items;
			guint count;
		} list; /* also of VALUE_CHOICE, whose items are texts */
		struct {
			const char *const *names;
			const Value *const *items;
			guint count;
		} object;
	};
};

/* Constructors; the text is copied into the arena. No UTF-8, or a NUL in it, gives VALUE_BYTES. */
const Value *value_null(void);
const Value *value_bool(gboolean boolean);
const Value *value_number(Arena *arena, gint64 number);
const Value *value_string(Arena *arena, const char *text, gsize length);

/* value_string() without the copy: 'text' ends with a NUL and lives as long as the value. */
const Value *value_borrow(Arena *arena, const char *text, gsize length);

/* A list of scalars, 'items' copied; none gives null, one gives that item. */
const Value *value_list(Arena *arena, const Value *const *items, guint count);

/* An object of 'count' members in that order; names and items copied, the texts not. */
const Value *value_object(Arena *arena, const char *const *names, const Value *const *items,
			  guint count);

/* The constants of VALUE_CLEARED and VALUE_IGNORED. */
const Value *value_cleared(void);
const Value *value_ignored(void);

/* A choice between texts, best first; 'items' copied. */
const Value *value_choice(Arena *arena, const Value *const *items, guint count);

/* "null", "boolean", "number", "text", "bytes", "list", "object", ... */
const char *value_type_name(ValueType type);

/* Number of values: 0 for null, cleared and ignored, 1 for a scalar, an object, a choice. */
guint value_count(const Value *value);

/* The value at a position below value_count(): the scalar itself, or an item of the list. */
const Value *value_item(const Value *value, guint index);

/*
 * Text of a scalar as expressions see it: "True", "12", the string; "" for null, base64 for bytes.
 * A list stands for its first value. In the arena.
 */
const char *value_text(Arena *arena, const Value *value);

/* The same as a VALUE_STRING. */
const Value *value_to_string(Arena *arena, const Value *value);

/* True for null, cleared, ignored and for the empty string. */
gboolean value_is_blank(const Value *value);

/*
 * JSON of the same type; bytes become base64 text; null, cleared and ignored the JSON null; a
 * choice its first item. New reference.
 */
json_t *value_json(const Value *value);
