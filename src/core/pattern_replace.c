/*
 * Patterns, replacing: what a replacement means, and one text with all matches replaced.
 *
 * It is .NET's language, and not Perl's or PCRE2's, because that is what administrators bring:
 *
 *	${name}  ${1}  $1    what a group caught, nothing if it took no part
 *	$0  $&  $+           the match, the last group
 *	$`  $'  $_           what is before the match, behind it, all of the text
 *	$$                   a dollar
 *	anything else        itself, a group that does not exist too
 *
 * An empty match moves on by one character, as there: "[a-z]*" replaced by "-" in "ab1" gives
 * "--1-".
 */
#include <string.h>

#include "base/error.h"
#include "pattern_internal.h"

/* A piece of a replacement. */
typedef struct {
	enum {
		PIECE_TEXT,
		PIECE_GROUP,
		PIECE_BEFORE,
		PIECE_BEHIND,
		PIECE_ALL,
	} type;
	const char *text;
	gsize length;
	PatternGroup group;
} Piece;

typedef struct {
	const Pattern *pattern;
	const PatternGroup *group; /* what is replaced */
	const char *text;
	gsize length;
	gsize limit;
	gsize copied; /* bytes of 'text' that are done */
	gsize cost;   /* of one replacement, beside its bytes */
	GArray *pieces;
	GString *out;
} Replacing;

/* "${...}"; returns its bytes, or 0 if it means nothing. */
static gsize read_braced(const Pattern *pattern, const char *at, Piece *piece)
{
	gsize length = strcspn(at + 2, "}");

	if (length == 0 || !at[2 + length] ||
	    !pattern_group(pattern, at + 2, length, &piece->group))
		return 0;
	piece->type = PIECE_GROUP;
	return length + strlen("${}");
}

static gsize read_number(const Pattern *pattern, const char *at, Piece *piece)
{
	gsize length = strspn(at + 1, "0123456789");

	if (length == 0 || !pattern_group(pattern, at + 1, length, &piece->group))
		return 0;
	piece->type = PIECE_GROUP;
	return length + strlen("$");
}

static gsize read_last(const Pattern *pattern, Piece *piece)
{
	g_autofree char *number = g_strdup_printf("%u", pattern_groups(pattern));

	pattern_group(pattern, number, strlen(number), &piece->group);
	piece->type = PIECE_GROUP;
	return strlen("$+");
}

/* What stands at a dollar; its bytes, or 0 if the dollar is only itself. */
static gsize read_dollar(const Pattern *pattern, const char *at, Piece *piece)
{
	switch (at[1]) {
	case '{':
		return read_braced(pattern, at, piece);
	case '+':
		return read_last(pattern, piece);
	case '$':
		*piece = (Piece){ .type = PIECE_TEXT, .text = at, .length = 1 };
		return 2;
	case '&':
		*piece = (Piece){ .type = PIECE_GROUP };
		return 2;
	case '`':
		*piece = (Piece){ .type = PIECE_BEFORE };
		return 2;
	case '\'':
		*piece = (Piece){ .type = PIECE_BEHIND };
		return 2;
	case '_':
		*piece = (Piece){ .type = PIECE_ALL };
		return 2;
	default:
		return read_number(pattern, at, piece);
	}
}

static void read_replacement(Replacing *self, const char *replacement)
{
	const char *at = replacement;

	while (*at) {
		Piece piece = { 0 };
		gsize used = *at == '$' ? read_dollar(self->pattern, at, &piece) : 0;

		if (used == 0) {
			used = 1 + strcspn(at + 1, "$");
			piece = (Piece){ .type = PIECE_TEXT, .text = at, .length = used };
		}
		g_array_append_val(self->pieces, piece);
		self->cost += 1 + piece.group.count;
		at += used;
	}
}

static gboolean put(Replacing *self, const char *text, gsize length, GError **error)
{
	if (length > self->limit - self->out->len)
		return error_set(error, ERROR_OBJECT,
				 "the replaced text is larger than %" G_GSIZE_FORMAT " bytes",
				 self->limit);
	g_string_append_len(self->out, text, (gssize)length);
	return TRUE;
}

static gboolean put_piece(Replacing *self, const Piece *piece, GError **error)
{
	const PatternGroup whole = { 0 };
	gsize from = 0, to = 0;

	if (piece->type == PIECE_TEXT)
		return put(self, piece->text, piece->length, error);
	/* Whoever took no part is empty. */
	if (!pattern_span(self->pattern, piece->type == PIECE_GROUP ? &piece->group : &whole, &from,
			  &to))
		return TRUE;
	if (piece->type == PIECE_BEHIND)
		from = to;
	else if (piece->type == PIECE_BEFORE)
		to = from;
	if (piece->type == PIECE_BEFORE || piece->type == PIECE_ALL)
		from = 0;
	if (piece->type == PIECE_BEHIND || piece->type == PIECE_ALL)
		to = self->length;
	return put(self, self->text + from, to - from, error);
}

/* Copies up to what is to be replaced, and replaces it. */
static gboolean replace_match(Replacing *self, GError **error)
{
	gsize from, to;

	/* What a lookbehind caught may be done already. */
	if (!pattern_span(self->pattern, self->group, &from, &to) || from < self->copied)
		return TRUE;
	if (!pattern_pay(self->pattern, self->cost, error) ||
	    !put(self, self->text + self->copied, from - self->copied, error))
		return FALSE;
	self->copied = to;
	for (guint i = 0; i < self->pieces->len; i++) {
		if (!put_piece(self, &g_array_index(self->pieces, Piece, i), error))
			return FALSE;
	}
	return TRUE;
}

/* Where to look on after a match; behind the end if that was the last. */
static gsize next_start(const Replacing *self)
{
	const PatternGroup whole = { 0 };
	gsize from = 0, to = 0;

	pattern_span(self->pattern, &whole, &from, &to);
	if (from < to)
		return to;
	return to < self->length ? (gsize)(g_utf8_next_char(self->text + to) - self->text)
				 : self->length + 1;
}

static gboolean replace_all(Replacing *self, GError **error)
{
	gsize at = 0;

	pattern_begin(self->pattern, self->length);
	while (at <= self->length) {
		PatternResult result = pattern_run(self->pattern, self->text, self->length, at,
						   error);
		if (result == PATTERN_FAILED)
			return FALSE;
		if (result == PATTERN_NO)
			break;
		if (!replace_match(self, error))
			return FALSE;
		at = next_start(self);
	}
	return put(self, self->text + self->copied, self->length - self->copied, error);
}

char *pattern_replace(const Pattern *self, const char *group, const char *text, gsize length,
		      const char *replacement, gsize limit, gsize *out_length, GError **error)
{
	PatternGroup replaced = { 0 };
	Replacing state = {
		.pattern = self, .group = &replaced, .text = text, .length = length, .limit = limit
	};

	/* A group that does not exist catches nothing: every match stays as it is. */
	if (group && !pattern_group(self, group, strlen(group), &replaced))
		replacement = "$&";
	state.pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
	state.out = g_string_sized_new(MIN(length, limit));
	read_replacement(&state, replacement);
	gboolean done = replace_all(&state, error);
	g_array_unref(state.pieces);
	if (done)
		*out_length = state.out->len;
	return g_string_free(state.out, !done);
}
