/*
 * UTF-8, one character at a time. Most texts are ASCII, and are worth the hurry: these run for
 * every character of every mapping.
 */
#pragma once
#include <glib.h>

/* The character at *at, which then is behind it. Valid UTF-8. */
static inline gunichar utf8_next(const char **at)
{
	guchar byte = (guchar) * *at;
	gunichar character = byte < 0x80 ? byte : g_utf8_get_char(*at);

	*at = g_utf8_next_char(*at);
	return character;
}

/* Writes a character to 'to', if that is not NULL. Returns its bytes. */
static inline gsize utf8_put(gunichar character, char *to)
{
	if (character >= 0x80)
		return (gsize)g_unichar_to_utf8(character, to);
	if (to)
		*to = (char)character;
	return 1;
}
