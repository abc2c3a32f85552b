/*
 * Which addresses of a custom API have proved good, from one run to the next. Pure.
 *
 *	{ "proven": [ "3b5d…", "9f86…" ], "rates": … }
 *
 * A 404 is about an account only where the address has answered well before (custom_verdict.c).
 * Most runs delete nobody twice, so that is kept: a digest for each operation, made of its address
 * as the definition has it, whatever the method: where a PUT found an account, a DELETE looks in
 * the right place too. Another address is another digest, and begins anew; what the definition does
 * not have any more is dropped. That an address was good once says nothing of today: whether the
 * API answers at all is found out anew in each session (custom_doubt.c).
 *
 * It is a hint and no more: whatever is damaged is nothing, and costs a sentence that asks people
 * to look at the address.
 */
#include "custom_internal.h"

#define DIGEST_LENGTH 64

gboolean custom_is_proven(const CustomTarget *self, const CustomOp *op)
{
	return op && op->digest && json_object_get(self->proven, op->digest) != NULL;
}

gboolean custom_believes(const CustomTarget *self, const CustomOp *op)
{
	return self->good && custom_is_proven(self, op);
}

void custom_prove(CustomTarget *self, const CustomOp *op, int status)
{
	if (status < 200 || status > 299)
		return;
	self->good = TRUE;
	if (!op || !op->digest || custom_is_proven(self, op))
		return;
	json_object_set_new(self->proven, op->digest, json_true());
	self->proved = TRUE;
}

static gboolean is_kept(const json_t *kept, const char *digest)
{
	size_t i;
	json_t *value;

	json_array_foreach ((json_t *)kept, i, value) {
		if (json_string_length(value) == DIGEST_LENGTH &&
		    g_str_equal(json_string_value(value), digest))
			return TRUE;
	}
	return FALSE;
}

static void recall_op(CustomTarget *self, const json_t *kept, const CustomOp *op)
{
	if (op && op->digest && is_kept(kept, op->digest))
		json_object_set_new(self->proven, op->digest, json_true());
}

void custom_recall(CustomTarget *self, const json_t *memory)
{
	const json_t *kept = json_object_get(memory, "proven");

	self->proven = json_object();
	for (guint i = 0; i < CUSTOM_OPERATIONS; i++)
		recall_op(self, kept, self->api->operations[i]);
	for (guint i = 0; self->api->lists && i < self->api->lists->len; i++)
		recall_op(self, kept, self->api->lists->pdata[i]);
}

json_t *custom_remember(Target *base)
{
	const CustomTarget *self = (const CustomTarget *)base;
	json_t *memory = json_object(), *proven = json_array(), *rates, *unused;
	const char *digest;

	json_object_foreach (self->proven, digest, unused)
		json_array_append_new(proven, json_string(digest));
	json_object_set_new(memory, "proven", proven);
	rates = http_rates_left(self->http);
	if (rates)
		json_object_set_new(memory, "rates", rates);
	return memory;
}
