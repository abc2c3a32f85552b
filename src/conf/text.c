/*
 * The text of the config: the file with its @include files put in, each line knowing its place.
 *
 *	line of the text   comes from
 *	1  apps = (        dirbridge.cfg:1
 *	2    { name = "z"; dirbridge.cfg:2
 *	3  *include-1 = {  dirbridge.cfg:3          <- this was: @include "zoom.cfg"
 *	4  map = ( ... );  mappings/zoom.cfg:1
 *	5  };              dirbridge.cfg:3
 *	6      # preset    dirbridge.cfg:3          <- what stood behind the file name
 *	7  } );            dirbridge.cfg:4
 *
 * libconfig could include files itself, but its way has holes that an operator falls into: an
 * absolute path is glued behind the include folder, a folder instead of a file ends the process
 * (exit(2) inside the scanner), a missing file is reported without its name, and only the first
 * one. So includes are ours and libconfig gets one text.
 *
 * The directive is libconfig's: '@include "name"' at the start of a line, outside of strings and
 * comments. Which file is meant is in include.c. Inside of a group the file becomes a group of its
 * own, which layer.c dissolves; therefore open brackets are counted, across all files.
 *
 * A byte order mark is dropped, CR LF becomes LF, and what is not UTF-8 is a problem: everything
 * behind it compares text with what directories say, and they speak UTF-8.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf_internal.h"

#define DEPTH_MAX 10
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

typedef enum {
	LEX_PLAIN,
	LEX_STRING,
	LEX_BLOCK_COMMENT,
} LexState;

typedef struct {
	ConfText *text;
	ConfProblems *problems;
	GString *open; /* the brackets that are open here, the innermost last */
	guint depth, layers;
	gboolean failed;
} Assembly;

static void assemble_file(Assembly *self, const char *path, const char *name,
			  const ConfPlace *from);

static ConfText *text_new(void)
{
	ConfText *self = g_new0(ConfText, 1);

	self->text = g_string_new(NULL);
	self->files = g_ptr_array_new_with_free_func(g_free);
	self->places = g_array_new(FALSE, FALSE, sizeof(ConfPlace));
	return self;
}

void conf_text_free(ConfText *self)
{
	if (!self)
		return;
	g_string_free(self->text, TRUE);
	g_ptr_array_unref(self->files);
	g_array_unref(self->places);
	g_free(self);
}

ConfPlace conf_text_place(const ConfText *self, guint line)
{
	if (self->places->len == 0)
		return (ConfPlace){ .file = self->files->pdata[0], .line = 1 };
	return g_array_index(self->places, ConfPlace, CLAMP(line, 1, self->places->len) - 1);
}

/* Nothing, or nothing but a comment. */
static gboolean is_blank(const char *line)
{
	line += strspn(line, " \t\f");
	return strchr("\n#", *line) || g_str_has_prefix(line, "//");
}

guint conf_text_element_line(const ConfText *self, guint line)
{
	const char *text = self->text->str;
	const char *at = text + conf_text_place(self, line).offset;

	/* The line is that of the ',' or bracket behind the element; is the element on it too? */
	if (!strchr(",)]", at[strspn(at, " \t\f")]))
		return line;
	do
		line--;
	while (line > 1 && is_blank(text + conf_text_place(self, line).offset));
	return MAX(line, 1);
}

static void fail(Assembly *self, const ConfPlace *place, const char *message)
{
	conf_problem_at(self->problems, CONF_PROBLEM, place->file, place->line, message);
	self->failed = TRUE;
}

/* The whole file, or NULL with errno. Also reads pipes: "-c <(generate)" is in use. */
static GString *read_whole(const char *path)
{
	char buffer[8192];
	gsize got;
	FILE *stream = fopen(path, "re");
	if (!stream)
		return NULL;

	GString *content = g_string_new(NULL);
	while ((got = fread(buffer, 1, sizeof(buffer), stream)) > 0)
		g_string_append_len(content, buffer, (gssize)got);

	int failure = ferror(stream) ? errno : 0;
	fclose(stream);
	if (failure) {
		g_string_free(content, TRUE);
		errno = failure;
		return NULL;
	}
	return content;
}

static void note_bracket(GString *open, char mark)
{
	if (strchr("{([", mark))
		g_string_append_c(open, mark);
	else if (strchr("})]", mark) && open->len > 0)
		g_string_truncate(open, open->len - 1);
}

/* Moves the state over one line; 'line' is its text without the newline. */
static LexState lex_line(LexState state, const char *line, GString *open)
{
	for (const char *at = line; *at; at++) {
		if (state == LEX_STRING) {
			if (*at == '\\' && at[1])
				at++;
			else if (*at == '"')
				state = LEX_PLAIN;
		} else if (state == LEX_BLOCK_COMMENT) {
			if (at[0] == '*' && at[1] == '/') {
				at++;
				state = LEX_PLAIN;
			}
		} else if (*at == '"') {
			state = LEX_STRING;
		} else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
			return LEX_PLAIN; /* the comment ends with the line */
		} else if (at[0] == '/' && at[1] == '*') {
			at++;
			state = LEX_BLOCK_COMMENT;
		} else {
			note_bracket(open, *at);
		}
	}
	return state;
}

static void append_line(Assembly *self, const char *line, ConfPlace place)
{
	place.offset = self->text->text->len;
	g_string_append(self->text->text, line);
	g_string_append_c(self->text->text, '\n');
	g_array_append_val(self->text->places, place);
}

/* True if the line is an include directive; '*rest' is what follows the word. */
static gboolean is_include(const char *line, const char **rest)
{
	line += strspn(line, " \t");
	if (!g_str_has_prefix(line, "@include"))
		return FALSE;
	*rest = line + strlen("@include");
	return TRUE;
}

static void assemble_layer(Assembly *self, const char *path, const char *name,
			   const ConfPlace *place)
{
	gsize depth = self->open->len;
	g_autofree char *start = g_strdup_printf(CONF_LAYER "-%u = {", ++self->layers);

	append_line(self, start, *place);
	g_string_append_c(self->open, '{');
	assemble_file(self, path, name, place);
	g_string_truncate(self->open, depth);
	append_line(self, "};", *place);
}

/* Carries out a directive. Returns what stands behind the file name; part of 'rest'. */
static const char *assemble_include(Assembly *self, const char *rest, const ConfPlace *place)
{
	const char *start = rest + strspn(rest, " \t");
	const char *end = *start == '"' ? strchr(start + 1, '"') : NULL;

	if (!end || end == start + 1) {
		fail(self, place, "'@include' needs a file name in double quotes");
		return "";
	}
	g_autofree char *name = g_strndup(start + 1, (gsize)(end - start - 1));
	g_autofree char *path = conf_include_find(name, place->file);
	if (g_str_has_suffix(self->open->str, "{"))
		assemble_layer(self, path, name, place);
	else
		assemble_file(self, path, name, place);
	return end + 1;
}

/* Cuts the first line off; '*at' moves behind it, and becomes NULL after the last one. */
static char *cut_line(char **at)
{
	char *line = *at;
	char *end = strchr(line, '\n');

	*at = end && end[1] ? end + 1 : NULL;
	if (end) {
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		*end = '\0';
	}
	return line;
}

/*
 * libconfig takes an unclosed comment for the end of the file, and leaks an unclosed text. Which
 * quote is missing cannot be known, because the ones behind it pair up the wrong way round: the
 * first text of several lines is where to start looking.
 */
static void fail_unclosed(Assembly *self, LexState state, const ConfPlace *comment,
			  const ConfPlace *text)
{
	if (state == LEX_BLOCK_COMMENT)
		fail(self, comment, "the comment that begins here is not closed");
	else if (state == LEX_STRING)
		fail(self, text, "a closing double quote is missing, here or further down");
}

static void assemble_lines(Assembly *self, char *content, const char *file)
{
	ConfPlace comment = { .file = file }, text = { .file = file };
	ConfPlace place = { .file = file, .line = 1 };
	LexState state = LEX_PLAIN;

	for (char *at = *content ? content : NULL; at; place.line++) {
		const char *line = cut_line(&at);
		const char *rest;
		if (state == LEX_PLAIN && is_include(line, &rest))
			line = assemble_include(self, rest, &place);
		LexState next = lex_line(state, line, self->open);
		if (next == LEX_BLOCK_COMMENT && state != next)
			comment.line = place.line;
		if (next == LEX_STRING && text.line == 0)
			text.line = place.line;
		state = next;
		append_line(self, line, place);
	}
	fail_unclosed(self, state, &comment, &text);
}

/* Reports the first byte that is not UTF-8. A NUL is such a byte: libconfig would stop there. */
static void check_encoding(Assembly *self, const GString *content, const char *file)
{
	const char *bad;
	ConfPlace place = { .file = file, .line = 1 };

	if (g_utf8_validate(content->str, (gssize)content->len, &bad))
		return;
	for (const char *at = content->str; at < bad; at++)
		place.line += *at == '\n';
	fail(self, &place, "the file is not UTF-8 text here");
}

static void fail_unreadable(Assembly *self, const char *path, const char *name,
			    const ConfPlace *from, int failure)
{
	g_autofree char *hint = name && failure == ENOENT ? conf_include_hint(name) : NULL;
	g_autofree char *message = g_strdup_printf("cannot read %s'%s': %s%s%s",
						   from ? "the included file " : "", path,
						   g_strerror(failure), hint ? "\n" : "",
						   hint ? hint : "");

	fail(self, from ? from : &(ConfPlace){ .file = path }, message);
}

/* 'from' is the directive, 'name' what it says; NULL for the config file itself. */
static void assemble_file(Assembly *self, const char *path, const char *name, const ConfPlace *from)
{
	if (self->depth == DEPTH_MAX) {
		fail(self, from,
		     "'@include' goes deeper than 10 files\n"
		     "does a file include itself?");
		return;
	}
	GString *content = read_whole(path);
	if (!content) {
		fail_unreadable(self, path, name, from, errno);
		return;
	}

	char *file = g_strdup(path);
	g_ptr_array_add(self->text->files, file);
	check_encoding(self, content, file);
	gboolean marked = g_str_has_prefix(content->str, BYTE_ORDER_MARK);
	self->depth++;
	assemble_lines(self, content->str + (marked ? strlen(BYTE_ORDER_MARK) : 0), file);
	self->depth--;
	g_string_free(content, TRUE);
}

ConfText *conf_text_read(const char *path, ConfProblems *problems)
{
	g_autoptr(ConfText) text = text_new();
	g_autoptr(GString) open = g_string_new(NULL);
	Assembly assembly = { .text = text, .problems = problems, .open = open };

	assemble_file(&assembly, path, NULL, NULL);
	return assembly.failed ? NULL : g_steal_pointer(&text);
}
