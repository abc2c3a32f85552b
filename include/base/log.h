/*
 * The log: chatter for the operator, on standard error; only run, cli and web may use it.
 *
 * error: a human must act; warning: we coped; info: milestones, a screenful a run; debug: for us.
 * The context ("run=12 app=zoom") prefixes itself. On a terminal the level is coloured; in a
 * journal (JOURNAL_STREAM names standard error) it gets the <n> prefix of sd-daemon(3). NO_COLOR is
 * honoured. Control characters in messages are shown as \x1b, so text of servers may be quoted.
 */
#pragma once
#include <glib.h>

typedef enum {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
} LogLevel;

/* Shows messages up to 'level'; the start value is LOG_LEVEL_WARNING. */
void log_set_level(LogLevel level);

/* Sets or clears (value NULL) one piece of context; 'key' is a literal such as "app". */
void log_set_context(const char *key, const char *value);

/* One message; newlines in it are hints and are indented. */
void log_message(LogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);

#define log_error(...) log_message(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_message(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_LEVEL_DEBUG, __VA_ARGS__)
