/*
 * Fuzzer for what services say of their rates. The input is header lines, "Name: value".
 *
 * Promised: a wait is never negative and never longer than five weeks, whatever is said and
 * whatever the time is; asked twice, the answer is the same; only lines that may matter do.
 */
#include <string.h>

#include "../../src/target/http_internal.h"
#include "base/clock.h"
#include "fuzz.h"

#define NOW_US G_GINT64_CONSTANT(1795000000000000)

/* Borrowed from lines in which the colon is a NUL. */
static const char *find(void *lines, const char *name)
{
	for (char **line = lines; *line; line++) {
		if (g_ascii_strcasecmp(*line, name) == 0)
			return *line + strlen(*line) + 1;
	}
	return NULL;
}

static gboolean is_any_of_rates(char **lines)
{
	for (; *lines; lines++) {
		if (http_is_of_rates(*lines, strlen(*lines)))
			return TRUE;
	}
	return FALSE;
}

static void check(char **lines, gint64 now_us)
{
	gint64 wait = http_limits_wait_us(find, lines, now_us);
	gboolean spent = http_limits_spent(find, lines);

	FUZZ_PROMISE(wait >= 0 && wait <= 35 * CLOCK_DAY);
	FUZZ_PROMISE(wait == http_limits_wait_us(find, lines, now_us));
	FUZZ_PROMISE((wait == 0 && !spent) || is_any_of_rates(lines));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) split = g_strsplit(text, "\n", 50);
	g_autoptr(GPtrArray) lines = g_ptr_array_new();

	for (char **line = split; *line; line++) {
		char *colon = strstr(*line, ": ");
		if (!colon)
			continue;
		/* "Name\0value" */
		*colon = '\0';
		memmove(colon + 1, colon + 2, strlen(colon + 2) + 1);
		g_ptr_array_add(lines, *line);
	}
	g_ptr_array_add(lines, NULL);
	check((char **)lines->pdata, NOW_US);
	check((char **)lines->pdata, 0);
	return 0;
}
