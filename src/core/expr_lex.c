/*
 * Expressions, lexer: text to tokens.
 *
 *	Join(" ", [givenName], &HF)
 *	^   ^^  ^ ^           ^
 *	WORD OPEN STRING COMMA ATTRIBUTE ...
 *
 *	string      "..." or '...'; \" \' \\ are the only escapes. Anything else behind a backslash
 *	            is refused: Entra's examples double the backslashes of their patterns, and one
 *	            that lost its double on the way must not change its meaning in silence
 *	number      12, -5, &HF; whole and within 64 bits
 *	attribute   [mail], [userCertificate;binary], [2.5.4.3]: RFC 4512 §2.5, and the underscore
 *	            that some servers allow
 *	variable    $ and a word
 *	word        a letter, then letters, digits and underscores
 *	operator    the longest symbol of the operator table that fits, or a word that is one
 *
 * Columns count characters, not bytes: that is what an editor shows. White space is any that
 * Unicode knows, because expressions are pasted from web pages. Symbols of other languages and
 * typographic quotes are recognised only to say what to write instead.
 */
#include <string.h>

#include "base/error.h"
#include "expr_internal.h"

#define MAX_QUOTED 40 /* bytes of the text that a message repeats */

static gboolean fail(GError **error, const char *message)
{
	return error_set(error, ERROR_CONFIG, "%s", message);
}

/* Moves over 'bytes' bytes, which end at the border of a character. */
static void advance(Lexer *self, gsize bytes)
{
	self->column += (guint)g_utf8_strlen(self->at, (gssize)bytes);
	self->at += bytes;
}

static void skip_space(Lexer *self)
{
	while (*self->at && g_unichar_isspace(g_utf8_get_char(self->at))) {
		self->at = g_utf8_next_char(self->at);
		self->column++;
	}
}

/* The closing quote of the string at 'at', or NULL; *escape is the first bad escape, or NULL. */
static const char *find_quote(const char *at, const char **escape)
{
	char quote = *at;

	*escape = NULL;
	for (at++; *at && *at != quote; at++) {
		if (*at != '\\')
			continue;
		at++;
		if (!*at || !strchr("\\\"'", *at)) {
			*escape = at - 1;
			return NULL;
		}
	}
	return *at ? at : NULL;
}

static gboolean fail_string(Lexer *self, Token *token, const char *escape, GError **error)
{
	if (!escape || !escape[1])
		return error_set(error, ERROR_CONFIG, "the text is not closed\nend it with %c",
				 *self->at);

	gsize length = (gsize)(g_utf8_next_char(escape + 1) - escape);
	token->column = self->column + (guint)g_utf8_strlen(self->at, escape - self->at);
	return error_set(error, ERROR_CONFIG,
			 "unknown escape \"%.*s\" in a text\nwrite \\\\ for a backslash",
			 (int)length, escape);
}

static gboolean lex_string(Lexer *self, Token *token, GError **error)
{
	const char *escape;
	const char *end = find_quote(self->at, &escape);

	if (!end)
		return fail_string(self, token, escape, error);

	char *text = arena_alloc(self->arena, (gsize)(end - self->at));
	gsize length = 0;
	for (const char *at = self->at + 1; at < end; at++) {
		if (*at == '\\')
			at++;
		text[length++] = *at;
	}
	token->type = TOKEN_STRING;
	token->text = text;
	token->length = length;
	advance(self, (gsize)(end + 1 - self->at));
	return TRUE;
}

/* RFC 4512 §2.5: a name or a dotted number, then options behind semicolons. */
static gboolean is_attribute_name(const char *text, gsize length)
{
	if (length == 0 || !g_ascii_isalnum(*text))
		return FALSE;
	for (gsize i = 0; i < length; i++) {
		if (!g_ascii_isalnum(text[i]) && !strchr("-_.;", text[i]))
			return FALSE;
	}
	return TRUE;
}

/* What a message may repeat without being ruined by it. */
static gboolean is_quotable(const char *text, gsize length)
{
	if (length == 0 || length > MAX_QUOTED)
		return FALSE;
	for (gsize i = 0; i < length; i++) {
		if (!g_ascii_isprint(text[i]))
			return FALSE;
	}
	return TRUE;
}

static gboolean fail_quoting(const char *text, gsize length, const char *message, GError **error)
{
	if (!is_quotable(text, length))
		return error_set(error, ERROR_CONFIG, "this %s", message);
	return error_set(error, ERROR_CONFIG, "\"%.*s\" %s", (int)length, text, message);
}

static gboolean lex_attribute(Lexer *self, Token *token, GError **error)
{
	const char *end = strchr(self->at, ']');

	if (!end)
		return fail(error, "the attribute is not closed\nend its name with ]");

	const char *from = self->at + 1;
	gsize length = (gsize)(end - from);
	while (length > 0 && g_ascii_isspace(*from)) {
		from++;
		length--;
	}
	while (length > 0 && g_ascii_isspace(from[length - 1]))
		length--;
	if (!is_attribute_name(from, length))
		return fail_quoting(from, length, "is no attribute name\nwrite one such as [mail]",
				    error);

	token->type = TOKEN_ATTRIBUTE;
	token->text = from;
	token->length = length;
	advance(self, (gsize)(end + 1 - self->at));
	return TRUE;
}

static gboolean starts_number(const char *at)
{
	if (*at == '-')
		at++;
	return g_ascii_isdigit(*at);
}

static gboolean starts_hex(const char *at)
{
	return at[0] == '&' && (at[1] == 'H' || at[1] == 'h');
}

static gboolean lex_number(Lexer *self, Token *token, GError **error)
{
	gboolean hex = starts_hex(self->at);
	const char *from = self->at + (hex ? 2 : 0);
	const char *end = from + (*from == '-' ? 1 : 0);

	/* Takes letters and dots along: "12a" and "1.5" are one mistake and not two tokens. */
	while (g_ascii_isalnum(*end) || *end == '.' || *end == '_')
		end++;

	g_autofree char *digits = g_strndup(from, (gsize)(end - from));
	if (!g_ascii_string_to_signed(digits, hex ? 16 : 10, G_MININT64, G_MAXINT64, &token->number,
				      NULL))
		return fail_quoting(self->at, (gsize)(end - self->at),
				    "is no whole number of at most 64 bits\nput text in quotes",
				    error);
	token->type = TOKEN_NUMBER;
	advance(self, (gsize)(end - self->at));
	return TRUE;
}

static gboolean starts_word(const char *at)
{
	return g_ascii_isalpha(*at) || *at == '_';
}

static gsize word_length(const char *at)
{
	gsize length = 0;

	while (g_ascii_isalnum(at[length]) || at[length] == '_')
		length++;
	return length;
}

static const Operator *find_word_operator(const char *word, gsize length)
{
	for (const Operator *row = expr_operators; row->symbol; row++) {
		if (strlen(row->symbol) == length &&
		    g_ascii_strncasecmp(row->symbol, word, length) == 0)
			return row;
	}
	return NULL;
}

static gboolean lex_word(Lexer *self, Token *token)
{
	token->text = self->at;
	token->length = word_length(self->at);
	token->infix = find_word_operator(token->text, token->length);
	token->type = token->infix ? TOKEN_OPERATOR : TOKEN_WORD;
	advance(self, token->length);
	return TRUE;
}

static gboolean lex_variable(Lexer *self, Token *token)
{
	advance(self, strlen("$"));
	token->type = TOKEN_VARIABLE;
	token->text = self->at;
	token->length = word_length(self->at);
	advance(self, token->length);
	return TRUE;
}

static gboolean lex_punctuation(Lexer *self, Token *token)
{
	switch (*self->at) {
	case '(':
		token->type = TOKEN_OPEN;
		break;
	case ')':
		token->type = TOKEN_CLOSE;
		break;
	case ',':
		token->type = TOKEN_COMMA;
		break;
	default:
		return FALSE;
	}
	advance(self, 1);
	return TRUE;
}

static gboolean lex_operator(Lexer *self, Token *token)
{
	gsize longest = 0;

	for (const Operator *row = expr_operators; row->symbol; row++) {
		gsize length = strlen(row->symbol);

		if (length > longest && strncmp(self->at, row->symbol, length) == 0) {
			longest = length;
			token->infix = row;
		}
	}
	token->type = TOKEN_OPERATOR;
	advance(self, longest);
	return longest > 0;
}

/* What people write who know another language, or paste from one. */
static const char *find_foreign(const char *at)
{
	static const struct {
		const char *symbol, *hint;
	} foreign[] = {
		{ "==", "write = to compare" },
		{ "!=", "write <> for \"not equal\"" },
		{ "!", "write NOT" },
		{ "&&", "write AND" },
		{ "||", "write OR" },
		{ "|", "write OR" },
		{ "&", "write AND between conditions, Join(\"\", a, b) to put texts together" },
		{ "+", "write Join(\"\", a, b) to put texts together" },
		{ "]", "an attribute starts with [" },
		{ "{", "an attribute is written [name]" },
		{ "$", "a variable is written $name, an attribute [name]" },
		{ "%", "an attribute is written [name]" },
		{ ";", "arguments are separated by commas" },
		{ "\342\200\234", "use straight quotes" }, /* U+201C, U+201D, U+201E */
		{ "\342\200\235", "use straight quotes" },
		{ "\342\200\236", "use straight quotes" },
		{ "\342\200\230", "use straight quotes" }, /* U+2018, U+2019 */
		{ "\342\200\231", "use straight quotes" },
		{ "\302\253", "use straight quotes" }, /* U+00AB, U+00BB */
		{ "\302\273", "use straight quotes" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(foreign); i++) {
		if (g_str_has_prefix(at, foreign[i].symbol))
			return foreign[i].hint;
	}
	return NULL;
}

static gboolean fail_character(const Lexer *self, GError **error)
{
	const char *hint = find_foreign(self->at);
	gsize length = (gsize)(g_utf8_next_char(self->at) - self->at);

	/* A control character would ruin the message it is quoted in. */
	if (!g_unichar_isprint(g_utf8_get_char(self->at)))
		return error_set(error, ERROR_CONFIG, "unexpected character U+%04X",
				 g_utf8_get_char(self->at));
	return error_set(error, ERROR_CONFIG, "unexpected \"%.*s\"%s%s", (int)length, self->at,
			 hint ? "\n" : "", hint ? hint : "");
}

gboolean expr_lex(Lexer *self, Token *token, GError **error)
{
	skip_space(self);
	*token = (Token){ .type = TOKEN_END, .column = self->column };
	if (!*self->at)
		return TRUE;
	if (*self->at == '"' || *self->at == '\'')
		return lex_string(self, token, error);
	if (*self->at == '[')
		return lex_attribute(self, token, error);
	if (starts_number(self->at) || starts_hex(self->at))
		return lex_number(self, token, error);
	if (starts_word(self->at))
		return lex_word(self, token);
	if (*self->at == '$' && starts_word(self->at + 1))
		return lex_variable(self, token);
	if (g_str_has_prefix(self->at, "=="))
		return fail_character(self, error);
	if (lex_punctuation(self, token) || lex_operator(self, token))
		return TRUE;
	return fail_character(self, error);
}
