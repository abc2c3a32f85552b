/*
 * Lists of characters and what they become: the second argument of ReplaceChars().
 *
 *	"a:b, c:, s:ss"     one character, a colon, what it becomes; commas between
 *
 * White space in the list means nothing, and neither a comma nor a colon can be replaced. The text
 * is gone through once: what a character became is not replaced again.
 */
#pragma once
#include "base/error.h"

typedef struct CharList CharList;

/* Reads a list; NULL and an error of this kind if it is none, or names a character twice. */
CharList *char_list_read(const char *text, ErrorKind kind, GError **error);

/* Frees it; NULL is fine. */
void char_list_free(CharList *self);

/* Writes the text as the list has it to 'to', if that is not NULL. Returns its bytes. */
gsize char_list_replace(const CharList *self, const char *text, gsize length, char *to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CharList, char_list_free)
