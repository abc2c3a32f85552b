/*
 * Fuzzer for LDAP filters. The input is a filter up to the first newline; each line behind it is
 * one value, "name: value", of the entry that it is evaluated on.
 *
 * Promised: a mistake is ERROR_CONFIG; evaluating any filter on any entry gives one of the three
 * results, the same each time; "(!(...))" gives its reverse.
 */
#include <string.h>

#include "base/error.h"
#include "core/filter.h"
#include "fuzz.h"

static Entry *entry_from(char **lines)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Fuzz,DC=x");

	for (; *lines; lines++) {
		const char *colon = strstr(*lines, ": ");
		if (!colon || colon == *lines)
			continue;
		g_autofree char *name = g_strndup(*lines, (gsize)(colon - *lines));
		entry_add(entry, name, colon + 2, strlen(colon + 2));
	}
	return entry;
}

static void check_reverse(const char *text, FilterResult result, const Entry *entry)
{
	static const FilterResult reverse[] = {
		[FILTER_FALSE] = FILTER_TRUE,
		[FILTER_TRUE] = FILTER_FALSE,
		[FILTER_UNDEFINED] = FILTER_UNDEFINED,
	};
	g_autofree char *negated = g_strdup_printf("(!%s)", text);
	g_autoptr(Filter) filter = filter_parse(negated, NULL);

	/* One level more may be one too many. */
	if (filter)
		FUZZ_PROMISE(filter_match(filter, entry) == reverse[result]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GError) error = NULL;

	if (!lines[0])
		return 0;
	g_autoptr(Filter) filter = filter_parse(lines[0], &error);
	if (!filter) {
		FUZZ_PROMISE(error_is(error, ERROR_CONFIG));
		return 0;
	}
	g_autoptr(Entry) entry = entry_from(lines + 1);
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	FilterResult result = filter_match(filter, entry);

	FUZZ_PROMISE(result == FILTER_FALSE || result == FILTER_TRUE || result == FILTER_UNDEFINED);
	FUZZ_PROMISE(filter_match(filter, entry) == result);
	if (lines[0][0] == '(')
		check_reverse(lines[0], result, entry);
	filter_attributes(filter, names);
	return 0;
}
