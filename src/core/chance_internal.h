/*
 * Chance that can be repeated: the same seed and the same place give the same numbers.
 */
#pragma once
#include "core/functions.h"

typedef struct Chance {
	const guint8 *seed; /* EXPR_SEED bytes */
	char place[48];     /* which call this is the chance of */
	guint64 block;      /* how many blocks were made */
	guint8 bytes[32];   /* the last one */
	gsize left;         /* bytes of it that were not taken yet */
} Chance;

/* Begins the chance of the call that is being evaluated; 'self' lives as long as its input. */
void chance_begin(Chance *self, const FunctionContext *context);

void chance_take(Chance *self, guint8 *bytes, gsize count);

/* A number below 'bound', which is at least 1 and at most 65536; each is equally likely. */
guint chance_below(Chance *self, guint bound);
