/*
 * Functions that count characters: Len, Left, Right, Mid, Word, Split, InStr, InStrRev. What a
 * character is stands in functions_text.c.
 *
 * Edges, as documented for Entra and, where that is silent, for Connect:
 *
 *	Left, Right, Mid    a count of 0 is ""; a negative one, and for Mid a start below 1 or
 *	                    past the end, is the source as it is; null is ""
 *	Mid                 without a length: up to the end
 *	Word                words are what stands between delimiters, however many of those there
 *	                    are; n < 1, null and too few words are ""
 *	Split               each part trimmed, as the documented sample needs; empty parts stay, so
 *	                    that Item() can count on them; with a limit, the last part is the rest
 *	InStr, InStrRev     from 1; 0 if it is not there; nothing to look for is found at once;
 *	                    null, in the source or to look for, gives null: neither = 0 nor > 0
 *	InStrRev            what is found must end at 'start' or before it; -1, or none, is the end
 */
#include <string.h>

#include "base/error.h"
#include "functions_text_internal.h"
#include "functions_value_internal.h"

static gint64 characters(const char *from, const char *to)
{
	return g_utf8_strlen(from, to - from);
}

static const char *end_of(const Value *text)
{
	return text->string.data + text->string.length;
}

/* 'count' characters on, or 'end' if there are fewer. */
static const char *forward(const char *at, const char *end, gint64 count)
{
	while (count-- > 0 && at < end)
		at = g_utf8_next_char(at);
	return at;
}

static const Value *len(const FunctionContext *context, const Value *const *args, guint count,
			GError **error)
{
	const Value *text = text_argument(context, args, count, 0);

	return value_number(context->arena, characters(text->string.data, end_of(text)));
}

static const Value *left(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	const Value *text = text_argument(context, args, count, 0);
	const char *from = text->string.data;
	gint64 number;

	if (!text_number(args, count, 1, &number, error))
		return NULL;
	if (number < 0)
		return text;
	return text_part(context, text, from, forward(from, end_of(text), number), error);
}

static const Value *right(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	const Value *text = text_argument(context, args, count, 0);
	const char *end = end_of(text), *at = end;
	gint64 number;

	if (!text_number(args, count, 1, &number, error))
		return NULL;
	if (number < 0)
		return text;
	while (number-- > 0 && at > text->string.data)
		at = g_utf8_prev_char(at);
	return text_part(context, text, at, end, error);
}

static const Value *mid(const FunctionContext *context, const Value *const *args, guint count,
			GError **error)
{
	const Value *text = text_argument(context, args, count, 0);
	const char *end = end_of(text);
	gint64 start, length = G_MAXINT64;

	if (!text_number(args, count, 1, &start, error))
		return NULL;
	if (count > 2 && args[2] && !text_number(args, count, 2, &length, error))
		return NULL;
	if (length == 0)
		return text_part(context, text, end, end, error);
	if (length < 0 || start < 1)
		return text;
	const char *from = forward(text->string.data, end, start - 1);
	if (from == end)
		return text;
	return text_part(context, text, from, forward(from, end, length), error);
}

static gboolean check_number(const FunctionCall *call, guint *arg, GError **error)
{
	return text_check_number(call, 1, FALSE, arg, error);
}

static gboolean check_mid(const FunctionCall *call, guint *arg, GError **error)
{
	return text_check_number(call, 1, FALSE, arg, error) &&
	       text_check_number(call, 2, TRUE, arg, error);
}

/* The next character that is a delimiter, or is none. */
static const char *skip(const TextSet *delimiters, const char *at, const char *end, gboolean wanted)
{
	while (at < end && text_set_has(delimiters, g_utf8_get_char(at)) != wanted)
		at = g_utf8_next_char(at);
	return at;
}

static const Value *word(const FunctionContext *context, const Value *const *args, guint count,
			 GError **error)
{
	const Value *text = text_argument(context, args, count, 0);
	const char *end = end_of(text), *from, *to = text->string.data;
	TextSet delimiters;
	gint64 number;

	if (!text_number(args, count, 1, &number, error))
		return NULL;
	if (number < 1)
		return text_part(context, text, end, end, error);
	text_set_init(&delimiters, text_argument(context, args, count, 2));
	do {
		from = skip(&delimiters, to, end, FALSE);
		to = skip(&delimiters, from, end, TRUE);
	} while (--number > 0 && from < end);
	text_set_clear(&delimiters);
	return text_part(context, text, from, to, error);
}

/* The end of the part that begins at 'from': the next delimiter, or the end. */
static char *part_end(char *from, char *end, const Value *delimiter)
{
	char *hit = memmem(from, (gsize)(end - from), delimiter->string.data,
			   delimiter->string.length);

	return hit ? hit : end;
}

/* One part in the copy, its spaces left out and a NUL behind it. */
static const Value *trimmed(const FunctionContext *context, char *from, char *to)
{
	while (from < to && text_is_white(g_utf8_get_char(from)))
		from = g_utf8_next_char(from);
	while (from < to) {
		char *last = g_utf8_prev_char(to);
		if (!text_is_white(g_utf8_get_char(last)))
			break;
		to = last;
	}
	*to = '\0';
	return value_borrow(context->arena, from, (gsize)(to - from));
}

static guint count_parts(char *text, char *end, const Value *delimiter, gint64 limit)
{
	guint parts = 1;

	for (char *at = text; parts < limit; parts++) {
		char *to = part_end(at, end, delimiter);
		if (to == end)
			break;
		at = to + delimiter->string.length;
	}
	return parts;
}

/* A delimiter is a byte at least, and gives the NUL behind its part the room. */
static const Value *split_copy(const FunctionContext *context, char *text, gsize length,
			       const Value *delimiter, gint64 limit, GError **error)
{
	char *end = text + length, *at = text;
	guint parts = count_parts(text, end, delimiter, limit);

	if (!function_spend(context, parts * (sizeof(Value) + 2 * sizeof(Value *)), error))
		return NULL;
	const Value **items = arena_alloc(context->arena, parts * sizeof(*items));
	for (guint i = 0; i < parts; i++) {
		char *to = i + 1 < parts ? part_end(at, end, delimiter) : end;

		items[i] = trimmed(context, at, to);
		if (i + 1 < parts)
			at = to + delimiter->string.length;
	}
	return value_list(context->arena, items, parts);
}

static const Value *split(const FunctionContext *context, const Value *const *args, guint count,
			  GError **error)
{
	const Value *source = text_argument(context, args, count, 0);
	const Value *delimiter = text_argument(context, args, count, 1);
	gint64 limit = G_MAXUINT;

	if (count > 2 && args[2] && !text_number(args, count, 2, &limit, error))
		return NULL;
	if (delimiter->string.length == 0) {
		error_set(error, ERROR_OBJECT, "the delimiter of Split is empty");
		return NULL;
	}
	const Value *copy = result_text(context, source->string.data, source->string.length, error);
	if (!copy)
		return NULL;
	return split_copy(context, (char *)copy->string.data, copy->string.length, delimiter,
			  CLAMP(limit, 1, G_MAXUINT), error);
}

static gboolean check_split(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *delimiter = function_literal(call, 1);

	*arg = 1;
	if (!function_given(call, 1) || (delimiter && value_is_blank(delimiter)))
		return error_set(error, ERROR_CONFIG,
				 "the delimiter of Split is empty\nwrite one such as \",\"");
	return text_check_number(call, 2, TRUE, arg, error);
}

/* vbTextCompare or vbBinaryCompare, as a word or as Visual Basic's number for it. */
static gboolean read_compare(const Value *value, gboolean *text)
{
	gint64 number;

	if (argument_is_missing(value)) {
		*text = FALSE;
		return TRUE;
	}
	if (argument_number(value, &number)) {
		*text = number == 1;
		return number == 0 || number == 1;
	}
	if (value->type != VALUE_STRING)
		return FALSE;
	*text = g_ascii_strcasecmp(value->string.data, "vbTextCompare") == 0;
	return *text || g_ascii_strcasecmp(value->string.data, "vbBinaryCompare") == 0;
}

typedef struct {
	const Value *text, *wanted;
	gint64 start;
} Search;

/* Without regard to case both texts are lowered, which keeps the number of their characters. */
static gboolean read_search(Search *self, const FunctionContext *context, const Value *const *args,
			    guint count, GError **error)
{
	gboolean lower = FALSE;

	self->text = text_argument(context, args, count, 0);
	self->wanted = text_argument(context, args, count, 1);
	if (count > 2 && args[2] && !value_is_blank(args[2]) &&
	    !text_number(args, count, 2, &self->start, error))
		return FALSE;
	if (count > 3 && !read_compare(args[3], &lower))
		return error_set(error, ERROR_OBJECT,
				 "the last argument is neither vbTextCompare nor vbBinaryCompare");
	if (!lower)
		return TRUE;
	self->text = text_lower(context, self->text, error);
	self->wanted = self->text ? text_lower(context, self->wanted, error) : NULL;
	return self->wanted != NULL;
}

static gboolean is_null(const Value *arg)
{
	return !arg || arg->type == VALUE_NULL;
}

static const Value *in_str(const FunctionContext *context, const Value *const *args, guint count,
			   GError **error)
{
	Search search = { .start = 1 };

	if (is_null(args[1]))
		return value_null();
	if (!read_search(&search, context, args, count, error))
		return NULL;
	if (search.start < 1) {
		error_set(error, ERROR_OBJECT, "the start of InStr is below 1");
		return NULL;
	}
	const char *text = search.text->string.data, *end = end_of(search.text);
	const char *from = forward(text, end, search.start - 1);
	const char *hit = from == end
				  ? NULL
				  : memmem(from, (gsize)(end - from), search.wanted->string.data,
					   search.wanted->string.length);
	return value_number(context->arena, hit ? search.start + characters(from, hit) : 0);
}

/* The last place of 'wanted' in the bytes up to 'end'; NULL if there is none. */
static const char *find_last(const FunctionContext *context, const char *text, const char *end,
			     const Value *wanted, GError **error)
{
	gsize length = (gsize)(end - text), size = wanted->string.length;
	char *backwards = function_text(context, length, error);
	char *needle = backwards ? function_text(context, size, error) : NULL;

	if (!needle)
		return NULL;
	/* Turned round byte by byte: one search in linear time, however often it is there. */
	for (gsize i = 0; i < length; i++)
		backwards[i] = end[-1 - (gssize)i];
	for (gsize i = 0; i < size; i++)
		needle[i] = wanted->string.data[size - 1 - i];
	const char *hit = memmem(backwards, length, needle, size);
	return hit ? end - (hit - backwards) - size : NULL;
}

static const Value *in_str_rev(const FunctionContext *context, const Value *const *args,
			       guint count, GError **error)
{
	Search search = { .start = -1 };
	GError *failure = NULL;

	if (is_null(args[1]))
		return value_null();
	if (!read_search(&search, context, args, count, error))
		return NULL;
	if (search.start < -1 || search.start == 0) {
		error_set(error, ERROR_OBJECT, "the start of InStrRev is neither -1 nor above 0");
		return NULL;
	}
	const char *text = search.text->string.data, *end = end_of(search.text);
	gint64 length = characters(text, end);
	if (length == 0 || search.start > length)
		return value_number(context->arena, 0);
	if (search.start > 0)
		end = forward(text, end, search.start);
	if (search.wanted->string.length == 0)
		return value_number(context->arena, characters(text, end));
	const char *hit = find_last(context, text, end, search.wanted, &failure);
	if (failure) {
		g_propagate_error(error, failure);
		return NULL;
	}
	return value_number(context->arena, hit ? characters(text, hit) + 1 : 0);
}

static gboolean check_search(const FunctionCall *call, guint *arg, GError **error)
{
	const Value *compare = function_literal(call, 3);
	gboolean text;

	*arg = 1;
	if (!function_given(call, 1))
		return error_set(error, ERROR_CONFIG, "the text to look for is left empty");
	if (!text_check_number(call, 2, TRUE, arg, error))
		return FALSE;
	*arg = 3;
	if (!compare || read_compare(compare, &text))
		return TRUE;
	return error_set(error, ERROR_CONFIG, "write vbTextCompare or vbBinaryCompare");
}

const Function functions_part[] = {
	{ "Len", 1, 1, len, "Len(source)", .lists = LISTS_EACH },
	{ "Left", 2, 2, left, "Left(source, count)", .check = check_number, .lists = LISTS_EACH,
	  .nulls = TRUE, .sure = TRUE },
	{ "Right", 2, 2, right, "Right(source, count)", .check = check_number, .lists = LISTS_EACH,
	  .nulls = TRUE, .sure = TRUE },
	{ "Mid", 2, 3, mid, "Mid(source, start, length?)", .check = check_mid, .lists = LISTS_EACH,
	  .nulls = TRUE, .sure = TRUE },
	{ "Word", 3, 3, word, "Word(source, number, delimiters)", .check = check_number,
	  .lists = LISTS_EACH, .nulls = TRUE, .sure = TRUE },
	{ "Split", 2, 3, split, "Split(source, delimiter, limit?)", .check = check_split,
	  .lists = LISTS_EACH },
	{ "InStr", 2, 4, in_str, "InStr(source, text, start?, compare?)", .check = check_search,
	  .lists = LISTS_EACH },
	{ "InStrRev", 2, 4, in_str_rev, "InStrRev(source, text, start?, compare?)",
	  .check = check_search, .lists = LISTS_EACH },
	{ 0 },
};
