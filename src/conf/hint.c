/*
 * Hints: what is probably wrong where libconfig says "syntax error".
 *
 * libconfig's parser has no other words, and the line it names is that of the token it could not
 * use. This file reads the same text with a few habits of people in mind, and looks for one of
 * them on that line:
 *
 *	name = zoom;                       a text value stands in double quotes
 *	name 'zoom';                       double quotes, not single ones
 *	name "zoom";                       '=' is missing
 *	( { ... } { ... } )                ',' is missing between the elements
 *	( { ... }, )                       ',' behind the last one
 *	( { ... )                          ')' does not close the '{' of line 12
 *	url = "a"; url = "b";              'url' already stands on line 3
 *	name = "zoom;                      the text of line 1 runs on to line 2
 *
 * Most are a pair of neighbouring tokens inside a kind of bracket: the table 'rules'. It is not a
 * second parser: what stands before the line was accepted by libconfig, and a finding there would
 * be ours alone, so it is passed over. A hint never quotes a value, for that may be a secret.
 */
#include <string.h>

#include "conf_internal.h"

typedef enum {
	KIND_START = 1 << 0,
	KIND_NAME = 1 << 1,   /* a bare word that is no value */
	KIND_QUOTED = 1 << 2, /* 'single' */
	KIND_VALUE = 1 << 3,  /* number, true, false */
	KIND_TEXT = 1 << 4,
	KIND_ASSIGN = 1 << 5,
	KIND_OPEN = 1 << 6,
	KIND_CLOSE = 1 << 7,
	KIND_COMMA = 1 << 8,
	KIND_SEMICOLON = 1 << 9,
	KIND_END = 1 << 10,
} Kind;

#define KIND_ANY ((guint)-1)
#define KIND_SEPARATOR (KIND_COMMA | KIND_SEMICOLON)

typedef struct {
	Kind kind;
	const char *start;
	gsize length;
	guint line;     /* where it begins */
	guint end_line; /* where it ends: a text can have several lines */
} Token;

typedef enum {
	INSIDE_GROUP = 1 << 0,
	INSIDE_LIST = 1 << 1,
	INSIDE_ANY = INSIDE_GROUP | INSIDE_LIST,
} Inside;

/* An open bracket; the file itself is a group with the bracket 0. */
typedef struct {
	char bracket;
	guint line;
	GHashTable *names; /* char * to line */
} Frame;

typedef struct {
	const ConfText *text;
	guint error_line;
	const char *at;
	guint line;
	Token before;
	Token long_text; /* the last text of several lines, or chain of them */
	GArray *frames;
} Reader;

static const struct {
	Inside inside;
	guint before;
	guint now;
	const char *hint;
} rules[] = {
	{ INSIDE_ANY, KIND_ANY, KIND_QUOTED, "text stands in double quotes, not in single ones" },
	{ INSIDE_ANY, KIND_ASSIGN, KIND_NAME, "a text value stands in double quotes" },
	{ INSIDE_ANY, KIND_ASSIGN, KIND_SEPARATOR | KIND_CLOSE | KIND_END,
	  "the value behind '=' is missing" },
	{ INSIDE_LIST, KIND_COMMA, KIND_CLOSE, "there must be no ',' behind the last element" },
	{ INSIDE_LIST, KIND_ANY, KIND_SEMICOLON,
	  "elements of a list are separated by ',', not ';'" },
	{ INSIDE_LIST, KIND_ANY, KIND_ASSIGN,
	  "settings in a list need braces: ( { name = ...; } )" },
	{ INSIDE_LIST, KIND_VALUE | KIND_TEXT | KIND_CLOSE, KIND_OPEN | KIND_VALUE | KIND_NAME,
	  "a ',' is missing between the elements" },
	{ INSIDE_LIST, KIND_VALUE | KIND_CLOSE, KIND_TEXT,
	  "a ',' is missing between the elements" },
	{ INSIDE_LIST, KIND_OPEN | KIND_COMMA, KIND_NAME,
	  "text in a list stands in double quotes, settings in braces: ( { name = ...; } )" },
	{ INSIDE_GROUP, KIND_NAME, KIND_VALUE | KIND_TEXT | KIND_OPEN | KIND_NAME,
	  "a '=' is missing behind the name" },
	{ INSIDE_GROUP, KIND_NAME, KIND_SEPARATOR | KIND_CLOSE | KIND_END,
	  "a name without a value" },
	{ INSIDE_GROUP, (guint)~KIND_NAME, KIND_ASSIGN, "a name is missing before '='" },
	{ INSIDE_GROUP, (guint)~KIND_ASSIGN, KIND_VALUE | KIND_TEXT | KIND_OPEN,
	  "a value without a name before it" },
};

/* Reading tokens --------------------------------------------------------------------------- */

static void skip_to(Reader *self, const char *end)
{
	for (; self->at < end; self->at++)
		self->line += *self->at == '\n';
}

/* The end of the comment that starts here, or NULL if none does. */
static const char *comment_end(const char *at)
{
	const char *end;

	if (g_str_has_prefix(at, "/*")) {
		end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	if (*at == '#' || g_str_has_prefix(at, "//"))
		return at + strcspn(at, "\n");
	return NULL;
}

static void skip_blank(Reader *self)
{
	for (;;) {
		skip_to(self, self->at + strspn(self->at, " \t\f\n"));
		const char *end = comment_end(self->at);
		if (!end)
			return;
		skip_to(self, end);
	}
}

/* With both quotes; text.c has seen to it that there are two. */
static gsize text_length(const char *start)
{
	const char *at = start + 1;

	for (; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
	}
	return (gsize)(at - start) + (*at ? 1 : 0);
}

static Kind word_kind(const char *start, gsize length)
{
	if (*start == '\'')
		return KIND_QUOTED;
	if (g_ascii_isdigit(*start) || strchr("+-.", *start))
		return KIND_VALUE;
	if ((length == 4 && g_ascii_strncasecmp(start, "true", 4) == 0) ||
	    (length == 5 && g_ascii_strncasecmp(start, "false", 5) == 0))
		return KIND_VALUE;
	return KIND_NAME;
}

static Kind mark_kind(char mark)
{
	switch (mark) {
	case '\0':
		return KIND_END;
	case '=':
	case ':':
		return KIND_ASSIGN;
	case ',':
		return KIND_COMMA;
	case ';':
		return KIND_SEMICOLON;
	case '(':
	case '[':
	case '{':
		return KIND_OPEN;
	default:
		return KIND_CLOSE;
	}
}

static Token next_token(Reader *self)
{
	Token token = { 0 };

	skip_blank(self);
	token.start = self->at;
	token.line = self->line;
	token.length = strcspn(self->at, " \t\f\n=:,;()[]{}\"#");
	if (*self->at == '"') {
		token.kind = KIND_TEXT;
		token.length = text_length(self->at);
	} else if (token.length > 0) {
		token.kind = word_kind(self->at, token.length);
	} else {
		token.kind = mark_kind(*self->at);
		token.length = token.kind == KIND_END ? 0 : 1;
	}
	skip_to(self, self->at + token.length);
	token.end_line = self->line;
	return token;
}

/* Open brackets ---------------------------------------------------------------------------- */

static Frame *top(Reader *self)
{
	return &g_array_index(self->frames, Frame, self->frames->len - 1);
}

static void push(Reader *self, char bracket, guint line)
{
	Frame frame = { bracket, line,
			g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };

	g_array_append_val(self->frames, frame);
}

static void frame_clear(void *data)
{
	g_hash_table_unref(((Frame *)data)->names);
}

static gboolean closes(char opened, char closing)
{
	return (opened == '(' && closing == ')') || (opened == '[' && closing == ']') ||
	       (opened == '{' && closing == '}');
}

/* "line 12", with the file if it is not the one of the error. New string. */
static char *line_label(const Reader *self, guint line)
{
	ConfPlace there = conf_text_place(self->text, line);
	ConfPlace here = conf_text_place(self->text, self->error_line);

	if (g_str_equal(there.file, here.file))
		return g_strdup_printf("line %u", there.line);
	return g_strdup_printf("line %u of '%s'", there.line, there.file);
}

/* Findings --------------------------------------------------------------------------------- */

static char *find_bracket(Reader *self, const Token *token)
{
	const Frame *frame = top(self);
	g_autofree char *label = line_label(self, frame->line);

	if (token->kind == KIND_END && frame->bracket)
		return g_strdup_printf("the '%c' of %s is not closed", frame->bracket, label);
	if (token->kind != KIND_CLOSE || closes(frame->bracket, *token->start))
		return NULL;
	if (!frame->bracket)
		return g_strdup_printf("there is no open bracket that '%c' could close",
				       *token->start);
	return g_strdup_printf("'%c' does not close the '%c' of %s", *token->start, frame->bracket,
			       label);
}

static char *find_duplicate(Reader *self, const Token *token)
{
	if (token->kind != KIND_ASSIGN || self->before.kind != KIND_NAME ||
	    top(self)->bracket == '(')
		return NULL;

	g_autofree char *name = g_strndup(self->before.start, self->before.length);
	guint line = GPOINTER_TO_UINT(g_hash_table_lookup(top(self)->names, name));
	if (line) {
		g_autofree char *label = line_label(self, line);
		return g_strdup_printf("'%s' already stands on %s", name, label);
	}
	g_hash_table_insert(top(self)->names, g_steal_pointer(&name),
			    GUINT_TO_POINTER(self->before.line));
	return NULL;
}

static gboolean is_include(const Token *token)
{
	const char word[] = "@include";

	return token->kind == KIND_NAME && token->length == strlen(word) &&
	       strncmp(token->start, word, token->length) == 0;
}

static char *find_rule(Reader *self, const Token *token)
{
	Inside inside = strchr("([", top(self)->bracket) && top(self)->bracket ? INSIDE_LIST
									       : INSIDE_GROUP;

	if (is_include(&self->before))
		return g_strdup("'@include \"...\"' needs a line of its own");
	for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
		if ((rules[i].inside & inside) && (rules[i].before & self->before.kind) &&
		    (rules[i].now & token->kind))
			return g_strdup(rules[i].hint);
	}
	return NULL;
}

/* A text that swallowed a line is the likelier cause of whatever follows right behind it. */
static char *find_long_text(const Reader *self, const Token *token)
{
	if (!self->long_text.start || self->long_text.end_line + 1 < token->line)
		return NULL;
	g_autofree char *label = line_label(self, self->long_text.line);
	return g_strdup_printf("the text that begins on %s runs over several lines; "
			       "is its closing quote missing?",
			       label);
}

static char *find(Reader *self, const Token *token)
{
	char *hint = find_duplicate(self, token);

	if (!hint)
		hint = find_bracket(self, token);
	if (!hint)
		hint = find_rule(self, token);
	return hint;
}

/* After a missing quote all that follow pair up wrongly; the first of such a chain is meant. */
static void note_long_text(Reader *self, const Token *token)
{
	if (self->long_text.start && self->long_text.end_line == token->line)
		self->long_text.end_line = token->end_line;
	else
		self->long_text = *token;
}

static void step(Reader *self, const Token *token)
{
	if (token->kind == KIND_OPEN)
		push(self, *token->start, token->line);
	else if (token->kind == KIND_CLOSE && self->frames->len > 1)
		g_array_set_size(self->frames, self->frames->len - 1);
	if (token->kind == KIND_TEXT && token->end_line > token->line)
		note_long_text(self, token);
	self->before = *token;
}

static char *read_to_error(Reader *self)
{
	for (;;) {
		Token token = next_token(self);
		gboolean reached = token.line >= self->error_line || token.kind == KIND_END;
		char *hint = find(self, &token);
		if (hint && reached) {
			char *other = find_long_text(self, &token);
			if (!other)
				return hint;
			g_free(hint);
			return other;
		}
		g_free(hint);
		if (token.line > self->error_line || token.kind == KIND_END)
			return find_long_text(self, &token);
		step(self, &token);
	}
}

char *conf_hint(const ConfText *text, guint line)
{
	Reader reader = {
		.text = text,
		.error_line = line,
		.at = text->text->str,
		.line = 1,
		.before = { .kind = KIND_START },
		.frames = g_array_new(FALSE, FALSE, sizeof(Frame)),
	};

	g_array_set_clear_func(reader.frames, frame_clear);
	push(&reader, '\0', 1);
	char *hint = read_to_error(&reader);
	g_array_unref(reader.frames);
	return hint;
}
