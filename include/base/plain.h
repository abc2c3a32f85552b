/*
 * Plain text: what strangers say, made fit for our sentences.
 */
#pragma once
#include <glib.h>

/*
 * 'text' (UTF-8) on one line of at most so many characters, with "…" behind it where it was cut. A
 * run of white space and control characters is one blank; what is not seen, like the characters
 * that turn the direction of writing, is left out. New string.
 */
char *plain_line(const char *text, guint max_chars);
