/*
 * Fuzzers: what libFuzzer calls, and how the fuzzers here say that a promise was broken.
 */
#pragma once
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>

/* One input. Returns 0; a broken promise ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process with the condition's text if it does not hold, in every build. */
#define FUZZ_PROMISE(condition)                                                    \
	do {                                                                       \
		if (!(condition)) {                                                \
			g_printerr("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                   \
		}                                                                  \
	} while (0)

/* The input as a C string, cut at its first NUL. New string. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return g_strndup((const char *)data, size);
}
