/*
 * Bits: a set of row ids at one bit each.
 *
 * A full read of a million entries must remember which of them it saw. A mark in every row would
 * write the whole table to say that nothing changed; a bit in memory costs 125 kB a million.
 */
#include "view_internal.h"

#define WORD_BITS 64

static void bits_grow(Bits *self, gsize word)
{
	gsize count = MAX(word + 1, self->count + self->count / 2);

	self->words = g_renew(guint64, self->words, count);
	for (gsize i = self->count; i < count; i++)
		self->words[i] = 0;
	self->count = count;
}

void bits_set(Bits *self, gint64 id)
{
	gsize word = (gsize)id / WORD_BITS;

	if (word >= self->count)
		bits_grow(self, word);
	self->words[word] |= G_GUINT64_CONSTANT(1) << (id % WORD_BITS);
}

void bits_unset(Bits *self, gint64 id)
{
	if (bits_has(self, id))
		self->words[id / WORD_BITS] &= ~(G_GUINT64_CONSTANT(1) << (id % WORD_BITS));
}

gboolean bits_has(const Bits *self, gint64 id)
{
	gsize word = (gsize)id / WORD_BITS;

	return word < self->count && (self->words[word] >> (id % WORD_BITS) & 1);
}

gint64 bits_next(const Bits *self, gint64 after)
{
	gsize word = (gsize)(after + 1) / WORD_BITS;

	if (word >= self->count)
		return 0;
	guint64 rest = self->words[word] & (~G_GUINT64_CONSTANT(0) << ((after + 1) % WORD_BITS));
	while (!rest && ++word < self->count)
		rest = self->words[word];
	return rest ? (gint64)word * WORD_BITS + __builtin_ctzll(rest) : 0;
}

void bits_clear(Bits *self)
{
	g_clear_pointer(&self->words, g_free);
	self->count = 0;
}
