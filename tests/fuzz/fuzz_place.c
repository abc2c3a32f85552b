/*
 * Fuzzer for places in answers. The input is a place up to the first newline, then a JSON document.
 *
 * Promised: what does not parse is a mistake of the config; the first value at a place is the first
 * of all that are there, and null is none of them.
 */
#include <string.h>

#include "../../src/target/place_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size), *scalar = NULL;
	char *end = strchr(text, '\n');
	const char *rest = end ? end + 1 : "{}";
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = NULL, all = NULL;
	g_autoptr(Place) place = NULL;

	if (end)
		*end = '\0';
	place = place_parse(text, &error);
	FUZZ_PROMISE(place || error_is(error, ERROR_CONFIG));
	tree = json_parse_bounded(rest, strlen(rest), NULL);
	if (!place || !tree)
		return 0;
	FUZZ_PROMISE(strcmp(place_text(place), text) == 0);
	all = place_all(place, tree);
	FUZZ_PROMISE(place_get(place, tree) == json_array_get(all, 0));
	FUZZ_PROMISE(!json_is_null(place_get(place, tree)));
	scalar = place_get_text(place, tree);
	return 0;
}
