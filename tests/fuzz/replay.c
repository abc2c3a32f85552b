/*
 * Replay: feeds files to a fuzzer's LLVMFuzzerTestOneInput(), for builds without libFuzzer.
 *
 *	fuzz_expr FILE...
 *
 * "make check" runs the seeds through every fuzzer this way, so that a finding that became a seed
 * stays found with any compiler and any sanitizer. A copy of exact size goes in: reading one byte
 * too far is then an error that the sanitizer sees.
 */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *content = NULL;
		gsize length;

		if (!g_file_get_contents(argv[i], &content, &length, &error)) {
			fprintf(stderr, "%s\n", error->message);
			return 1;
		}
		g_autofree uint8_t *exact = g_malloc(MAX(length, 1));
		memcpy(exact, content, length);
		LLVMFuzzerTestOneInput(exact, length);
	}
	return 0;
}
