/*
 * Diacritics: texts without them, for names of accounts and addresses.
 */
#pragma once
#include <glib.h>

/* Writes the text without diacritics to 'to', if that is not NULL. Returns its bytes. */
gsize diacritics_strip(const char *text, gsize length, char *to);
