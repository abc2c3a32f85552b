/*
 * The text of the config: the file with its @include files put in, each line knowing its place.
 *
 *	line of the text   comes from
 *	1  apps = (        dirbridge.cfg:1
 *	2    { name = "z"; dirbridge.cfg:2
 *	3  map = ( ... );  mappings/zoom.cfg:1      <- dirbridge.cfg:3 was: @include "zoom.cfg"
 *	4      # preset    dirbridge.cfg:3          <- what stood behind the file name
 *	5  } );            dirbridge.cfg:4
 *
 * libconfig could include files itself, but its way has holes that an operator falls into: an
 * absolute path is glued behind the include folder, a folder instead of a file ends the process
 * (exit(2) inside the scanner), a missing file is reported without its name, and only the first
 * one. So includes are ours and libconfig gets one text.
 *
 * The directive is libconfig's: '@include "name"' at the start of a line, outside of strings and
 * comments. A name that is not absolute is looked for beside the file that includes it, then in
 * the folder of the presets: DIRBRIDGE_MAPPINGS_DIR in the environment, or what was compiled in.
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
	guint depth;
	gboolean failed;
} Assembly;

static void assemble_file(Assembly *self, const char *path, const ConfPlace *from);

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

/* Moves the state over one line; 'line' is its text without the newline. */
static LexState lex_line(LexState state, const char *line)
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

/* Where 'name' is, seen from a file that includes it. New string. */
static char *find_include(const char *name, const char *including)
{
	if (g_path_is_absolute(name))
		return g_strdup(name);

	g_autofree char *folder = g_path_get_dirname(including);
	g_autofree char *beside = g_str_equal(folder, ".") ? g_strdup(name)
							   : g_build_filename(folder, name, NULL);
	const char *presets = g_getenv("DIRBRIDGE_MAPPINGS_DIR");
#ifdef DIRBRIDGE_MAPPINGS_DIR
	if (!presets)
		presets = DIRBRIDGE_MAPPINGS_DIR;
#endif
	if (presets && !g_file_test(beside, G_FILE_TEST_EXISTS)) {
		g_autofree char *preset = g_build_filename(presets, name, NULL);
		if (g_file_test(preset, G_FILE_TEST_EXISTS))
			return g_steal_pointer(&preset);
	}
	return g_steal_pointer(&beside);
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
	g_autofree char *path = find_include(name, place->file);
	assemble_file(self, path, place);
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
		LexState next = lex_line(state, line);
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

static void fail_unreadable(Assembly *self, const char *path, const ConfPlace *from, int failure)
{
	g_autofree char *message = g_strdup_printf("cannot read %s'%s': %s",
						   from ? "the included file " : "", path,
						   g_strerror(failure));

	fail(self, from ? from : &(ConfPlace){ .file = path }, message);
}

/* 'from' is the directive, or NULL for the config file itself. */
static void assemble_file(Assembly *self, const char *path, const ConfPlace *from)
{
	if (self->depth == DEPTH_MAX) {
		fail(self, from,
		     "'@include' goes deeper than 10 files\n"
		     "does a file include itself?");
		return;
	}
	GString *content = read_whole(path);
	if (!content) {
		fail_unreadable(self, path, from, errno);
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
	Assembly assembly = { .text = text, .problems = problems };

	assemble_file(&assembly, path, NULL);
	return assembly.failed ? NULL : g_steal_pointer(&text);
}
