/*
 * Chance, made from the seed of the input.
 *
 * An expression is pure, and so is what it draws: a value that was planned, approved and written
 * down is the same when it is evaluated again after a crash, and nobody without the seed can guess
 * it. That makes no secret of it: seed and value stand in the state. What must be secret is made
 * from a seed that nobody keeps (core/mapping.h). Block n of a call's bytes is
 *
 *	HMAC-SHA256(seed, "column:turn:n")
 *
 * with the column at which the call stands in its expression and the number of times that this
 * call was evaluated before (Select evaluates one for each value). So two calls differ, two turns
 * of one call differ, and which other branch was taken makes no difference.
 *
 * Numbers below a bound are drawn from two bytes; those from the incomplete last round of the
 * bound are thrown away, else the first numbers were likelier than the others.
 */
#include <string.h>

#include "chance_internal.h"

#define TWO_BYTES 65536

/* How often a call was evaluated; one list for each evaluation. */
struct FunctionTurn {
	FunctionTurn *next;
	guint column;
	guint count;
};

/* How often the call was evaluated before. */
static guint take_turn(const FunctionContext *context)
{
	for (FunctionTurn *turn = *context->turns; turn; turn = turn->next) {
		if (turn->column == context->column)
			return turn->count++;
	}
	FunctionTurn *first = arena_alloc(context->arena, sizeof(*first));
	first->next = *context->turns;
	first->column = context->column;
	first->count = 1;
	*context->turns = first;
	return 0;
}

void chance_begin(Chance *self, const FunctionContext *context)
{
	static const guint8 zeros[EXPR_SEED];

	memset(self, 0, sizeof(*self));
	self->seed = context->input->seed ? context->input->seed : zeros;
	g_snprintf(self->place, sizeof(self->place), "%u:%u", context->column, take_turn(context));
}

static void make_block(Chance *self)
{
	g_autofree char *text = g_strdup_printf("%s:%" G_GUINT64_FORMAT, self->place, self->block);
	GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, self->seed, EXPR_SEED);

	self->left = sizeof(self->bytes);
	g_hmac_update(hmac, (const guchar *)text, -1);
	g_hmac_get_digest(hmac, self->bytes, &self->left);
	g_hmac_unref(hmac);
	self->block++;
}

void chance_take(Chance *self, guint8 *bytes, gsize count)
{
	for (gsize i = 0; i < count; i++) {
		if (self->left == 0)
			make_block(self);
		bytes[i] = self->bytes[sizeof(self->bytes) - self->left--];
	}
}

guint chance_below(Chance *self, guint bound)
{
	guint complete = TWO_BYTES - TWO_BYTES % bound, number;

	do {
		guint8 bytes[2];
		chance_take(self, bytes, sizeof(bytes));
		number = (guint)bytes[0] << 8 | bytes[1];
	} while (number >= complete);
	return number % bound;
}
