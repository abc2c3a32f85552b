/*
 * Diacritics: what NormalizeDiacritics() makes of a character.
 *
 * Entra documents a table of letters. Nearly all of its rows say the same: a letter without its
 * marks, whether it comes as one character or as a letter with combining marks behind it. So that
 * is the rule here, by Unicode's canonical decomposition, and it serves letters that the table
 * forgot as well (Vietnamese, Greek, Cyrillic). Accents of umlauts are dropped like others: U+00E4
 * becomes a, never ae. Only the rows below do not follow from it:
 *
 *	U+00E6 ae     U+00F8 oe     U+00DF ss     U+0142 l     U+0131 i     and their capitals
 *	U+0153 oe, but only with a macron, as in the table; alone it stays, and so do U+0111, U+00FE
 *	and U+00F0, which the table does not have either
 *
 * A mark is what Unicode's blocks of combining diacritical marks hold. The signs by which Hebrew,
 * Arabic, Devanagari or Japanese write vowels and consonants are none: without them the word would
 * be another one. Characters whose decomposition holds no mark (Hangul) stay as they are.
 */
#include <string.h>

#include "diacritics_internal.h"
#include "utf8_internal.h"

#define MACRON 0x304

static const struct {
	gunichar character;
	const char *plain;
	gboolean with_macron; /* only then */
} letters[] = {
	{ 0xc6, "AE" },        { 0xd8, "OE" },        { 0xdf, "ss" }, { 0xe6, "ae" },
	{ 0xf8, "oe" },        { 0x131, "i" },        { 0x141, "L" }, { 0x142, "l" },
	{ 0x152, "OE", TRUE }, { 0x153, "oe", TRUE },
};

static gboolean is_mark(gunichar character)
{
	return (character >= 0x300 && character <= 0x36f) ||
	       (character >= 0x1ab0 && character <= 0x1aff) ||
	       (character >= 0x1dc0 && character <= 0x1dff) ||
	       (character >= 0x20d0 && character <= 0x20ff) ||
	       (character >= 0xfe20 && character <= 0xfe2f);
}

static gsize put_letter(gunichar character, gboolean macron, char *to)
{
	for (gsize i = 0; i < G_N_ELEMENTS(letters); i++) {
		if (letters[i].character != character || (letters[i].with_macron && !macron))
			continue;
		gsize length = strlen(letters[i].plain);
		if (to)
			memcpy(to, letters[i].plain, length);
		return length;
	}
	return utf8_put(character, to);
}

/* True if a macron is among the marks that follow. */
static gboolean has_macron(const char *at, const char *end)
{
	for (; at < end && is_mark(g_utf8_get_char(at)); at = g_utf8_next_char(at)) {
		if (g_utf8_get_char(at) == MACRON)
			return TRUE;
	}
	return FALSE;
}

/* One character, with what follows it up to 'end'. */
static gsize put_plain(gunichar character, const char *behind, const char *end, char *to)
{
	gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
	gsize count = g_unichar_fully_decompose(character, FALSE, parts, G_N_ELEMENTS(parts));
	gsize marks = 0, length = 0;

	for (gsize i = 0; i < count; i++)
		marks += is_mark(parts[i]);
	if (marks == 0)
		return put_letter(character, has_macron(behind, end), to);
	for (gsize i = 0; i < count; i++) {
		if (!is_mark(parts[i]))
			length += put_letter(parts[i], FALSE, to ? to + length : NULL);
	}
	return length;
}

gsize diacritics_strip(const char *text, gsize length, char *to)
{
	const char *end = text + length;
	gsize done = 0;

	for (const char *at = text; at < end;) {
		gunichar character = utf8_next(&at);
		char *room = to ? to + done : NULL;

		done += character < 0x80 ? utf8_put(character, room)
					 : put_plain(character, at, end, room);
	}
	return done;
}
