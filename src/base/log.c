/*
 * The log: lines on standard error.
 *
 *	warning: run=12 app=zoom: could not reach "api.zoom.us": connection refused
 *	  check the firewall                                    <- a hint, after a newline
 *
 *	<4>run=12 app=zoom: could not reach ...                 <- the same in a journal
 *	<4>  check the firewall
 *
 * The journal takes the priority from the <n> of sd-daemon(3), line by line, so every line has
 * one. Whether standard error is the journal is told by JOURNAL_STREAM, "device:inode" of the
 * stream (systemd.exec(5)); the variable is inherited, so a redirected standard error must be
 * told apart by comparing it. Colour is for people: a terminal, and NO_COLOR unset.
 *
 * Messages quote what servers said. Control characters in them are written as \x1b, so that a
 * hostile answer can neither paint the operator's terminal nor forge a line. A message leaves in
 * one write, so that the lines of two processes do not mix.
 *
 * Context is a short list in the order in which its keys first came; setting a key again keeps
 * its place. One thread logs: the conductor.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTEXT_MAX 8

typedef enum {
	STREAM_UNKNOWN,
	STREAM_PLAIN,
	STREAM_TERMINAL,
	STREAM_JOURNAL,
} LogStream;

typedef struct {
	const char *name;
	const char *colour;
	const char *priority; /* sd-daemon(3) */
} LevelLook;

static const LevelLook looks[] = {
	[LOG_LEVEL_ERROR] = { "error", "\033[1;31m", "<3>" },
	[LOG_LEVEL_WARNING] = { "warning", "\033[1;33m", "<4>" },
	[LOG_LEVEL_INFO] = { "info", "\033[32m", "<6>" },
	[LOG_LEVEL_DEBUG] = { "debug", "\033[2m", "<7>" },
};

typedef struct {
	const char *key;
	char *value;
} ContextItem;

typedef struct {
	LogLevel level;
	LogStream stream;
	ContextItem context[CONTEXT_MAX]; /* changed only while there is one thread */
	GMutex lock;
} Log;

/* lint: state: what the operator asked to see and what the program is doing; one per process */
static Log the_log = { .level = LOG_LEVEL_WARNING };

void log_set_level(LogLevel level)
{
	the_log.level = level;
}

/* The place of 'key', or the first free one; NULL if there is none. */
static ContextItem *context_find(const char *key)
{
	for (guint i = 0; i < CONTEXT_MAX; i++) {
		ContextItem *item = &the_log.context[i];
		if (!item->key || g_str_equal(item->key, key))
			return item;
	}
	return NULL;
}

void log_set_context(const char *key, const char *value)
{
	ContextItem *item = context_find(key);

	g_return_if_fail(item != NULL);
	g_free(item->value);
	item->key = key;
	item->value = g_strdup(value);
}

static gboolean stream_is_journal(void)
{
	const char *journal = g_getenv("JOURNAL_STREAM");
	struct stat status;

	if (!journal || fstat(STDERR_FILENO, &status) != 0)
		return FALSE;
	g_autofree char *ours = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
						(guint64)status.st_dev, (guint64)status.st_ino);
	return g_str_equal(journal, ours);
}

static LogStream stream_detect(void)
{
	const char *no_color = g_getenv("NO_COLOR");

	if (stream_is_journal())
		return STREAM_JOURNAL;
	if (isatty(STDERR_FILENO) && !(no_color && *no_color))
		return STREAM_TERMINAL;
	return STREAM_PLAIN;
}

static void append_head(GString *line, LogStream stream, const LevelLook *look)
{
	if (stream == STREAM_JOURNAL)
		g_string_append(line, look->priority);
	else if (stream == STREAM_TERMINAL)
		g_string_append_printf(line, "%s%s:\033[0m ", look->colour, look->name);
	else
		g_string_append_printf(line, "%s: ", look->name);

	gboolean any = FALSE;
	for (guint i = 0; i < CONTEXT_MAX && the_log.context[i].key; i++) {
		const ContextItem *item = &the_log.context[i];
		if (!item->value)
			continue;
		g_string_append_printf(line, "%s%s=%s", any ? " " : "", item->key, item->value);
		any = TRUE;
	}
	if (any)
		g_string_append(line, ": ");
}

static void append_text(GString *line, const char *text, const char *line_start)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		if (c == '\n')
			g_string_append_printf(line, "\n%s  ", line_start);
		else if (g_unichar_iscntrl(c) && c != '\t')
			g_string_append_printf(line, "\\x%02x", c);
		else
			g_string_append_unichar(line, c);
	}
}

void log_message(LogLevel level, const char *format, ...)
{
	if (level > the_log.level)
		return;
	g_mutex_lock(&the_log.lock);
	if (the_log.stream == STREAM_UNKNOWN)
		the_log.stream = stream_detect();

	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);

	const LevelLook *look = &looks[level];
	g_autoptr(GString) line = g_string_new(NULL);
	append_head(line, the_log.stream, look);
	append_text(line, text, the_log.stream == STREAM_JOURNAL ? look->priority : "");
	g_string_append_c(line, '\n');
	fputs(line->str, stderr);
	fflush(stderr);
	g_mutex_unlock(&the_log.lock);
}
