/*
 * Arena: what it hands out is zero, aligned, apart from everything else, and stays put until the
 * reset; and memory does not grow from one person to the next.
 */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"

typedef struct {
	guint8 *memory;
	gsize size;
	guint8 mark;
} Piece;

static gsize random_size(void)
{
	/* Mostly small, sometimes larger than a block. */
	return g_test_rand_int_range(0, 20) ? (gsize)g_test_rand_int_range(0, 300)
					    : (gsize)g_test_rand_int_range(10000, 60000);
}

static void assert_filled(const guint8 *memory, gsize size, guint8 with)
{
	for (gsize i = 0; i < size; i++)
		g_assert_cmphex(memory[i], ==, with);
}

static Piece take_piece(Arena *arena)
{
	Piece piece = { .size = random_size(), .mark = (guint8)g_test_rand_int_range(1, 256) };

	piece.memory = arena_alloc(arena, piece.size);
	g_assert_cmpuint((guintptr)piece.memory % _Alignof(max_align_t), ==, 0);
	assert_filled(piece.memory, piece.size, 0);
	if (piece.size)
		memset(piece.memory, piece.mark, piece.size);
	return piece;
}

static void test_pieces_keep_apart(void)
{
	g_autoptr(Arena) arena = arena_new();

	for (int person = 0; person < 20; person++) {
		g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
		for (int i = 0; i < 300; i++) {
			Piece piece = take_piece(arena);
			g_array_append_val(pieces, piece);
		}
		for (guint i = 0; i < pieces->len; i++) {
			const Piece *piece = &g_array_index(pieces, Piece, i);
			assert_filled(piece->memory, piece->size, piece->mark);
		}
		arena_reset(arena);
	}
}

static void test_copy(void)
{
	g_autoptr(Arena) arena = arena_new();

	g_assert_cmpstr(arena_copy(arena, "Müller, Ann", 7), ==, "Müller");
	g_assert_cmpstr(arena_copy(arena, NULL, 0), ==, "");
}

static void test_even_nothing_has_an_address(void)
{
	g_autoptr(Arena) arena = arena_new();
	void *first = arena_alloc(arena, 0);

	g_assert_nonnull(first);
	g_assert_true(first != arena_alloc(arena, 0));
}

/* The same small work again uses the same memory: nothing is kept beyond it, nothing leaks. */
static void test_reset_uses_the_same_memory(void)
{
	g_autoptr(Arena) arena = arena_new();
	void *first = arena_alloc(arena, 100);

	for (int person = 0; person < 1000; person++) {
		arena_alloc(arena, 1000000);
		arena_reset(arena);
		g_assert_true(arena_alloc(arena, 100) == first);
	}
}

static void test_free_nothing(void)
{
	arena_free(NULL);
	g_autoptr(Arena) unused = arena_new();
	arena_reset(unused);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/arena/pieces-keep-apart", test_pieces_keep_apart);
	g_test_add_func("/arena/copy", test_copy);
	g_test_add_func("/arena/even-nothing-has-an-address", test_even_nothing_has_an_address);
	g_test_add_func("/arena/reset-uses-the-same-memory", test_reset_uses_the_same_memory);
	g_test_add_func("/arena/free-nothing", test_free_nothing);
	return g_test_run();
}
