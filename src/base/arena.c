/*
 * Arena: a chain of blocks, allocated from front to back, reset as one.
 *
 *	head ──> [ block 3 | used.......free ] ──> [ block 2 | full ] ──> [ block 1 | full ]
 *
 * A request that does not fit gets a new block at the head, at least BLOCK_SIZE large. A request
 * larger than a block gets a block of its own, put *behind* the head so that the room left in the
 * head is not lost. reset frees every block but one of the usual size: the ordinary person's
 * values then never touch malloc again, and one monster (a photo, a group with a hundred thousand
 * members) does not stay in memory after its turn.
 *
 * Invariants: 'used' is always a multiple of the strictest alignment, and the first payload byte
 * of a block is aligned that strictly, so every result is. All memory handed out is zero: it is
 * cleared when handed out, not when the block is made, because a kept block is used again.
 *
 * Deliberately not here: freeing single allocations, destructors, and any form of growing in
 * place. What needs those does not belong into an arena.
 */
#include "base/arena.h"

#include <stddef.h>
#include <string.h>

#define BLOCK_SIZE ((gsize)16 * 1024)
#define ALIGNMENT (_Alignof(max_align_t))

typedef struct Block Block;
struct Block {
	Block *next;
	gsize size; /* payload bytes */
	gsize used;
	_Alignas(max_align_t) guint8 payload[];
};

struct Arena {
	Block *head;
};

static Block *block_new(gsize size)
{
	/* A size this large is a length that wrapped; dying here is better than a short block. */
	g_assert(size <= G_MAXSIZE / 2);
	Block *block = g_malloc(sizeof(Block) + size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

Arena *arena_new(void)
{
	return g_new0(Arena, 1);
}

void arena_reset(Arena *self)
{
	Block *kept = NULL;

	for (Block *block = self->head; block;) {
		Block *next = block->next;
		if (!kept && block->size == BLOCK_SIZE)
			kept = block;
		else
			g_free(block);
		block = next;
	}
	if (kept) {
		kept->next = NULL;
		kept->used = 0;
	}
	self->head = kept;
}

void arena_free(Arena *self)
{
	if (!self)
		return;
	for (Block *block = self->head; block;) {
		Block *next = block->next;
		g_free(block);
		block = next;
	}
	g_free(self);
}

/* Puts a block where it can serve 'size' bytes; see the picture above. */
static Block *arena_grow(Arena *self, gsize size)
{
	Block *block = block_new(MAX(size, BLOCK_SIZE));

	if (size > BLOCK_SIZE && self->head) {
		block->next = self->head->next;
		self->head->next = block;
	} else {
		block->next = self->head;
		self->head = block;
	}
	return block;
}

void *arena_alloc(Arena *self, gsize size)
{
	g_assert(size <= G_MAXSIZE / 2);

	/* Even nothing gets an address of its own. */
	gsize rounded = (MAX(size, 1) + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	Block *block = self->head;
	if (!block || block->size - block->used < rounded)
		block = arena_grow(self, rounded);

	void *memory = block->payload + block->used;
	block->used += rounded;
	return memset(memory, 0, rounded);
}

char *arena_copy(Arena *self, const char *bytes, gsize length)
{
	char *copy = arena_alloc(self, length + 1);

	if (length > 0)
		memcpy(copy, bytes, length);
	return copy;
}
