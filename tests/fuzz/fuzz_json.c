/*
 * Fuzzer for bounded JSON parsing. The input is a response body from the network.
 *
 * Promised: what is refused is ERROR_OBJECT; what is accepted has a canonical text that parses to
 * an equal value and is its own canonical text.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "fuzz.h"

static void check_members(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value) {
		g_autofree char *upper = g_ascii_strup(key, -1);
		FUZZ_PROMISE(json_get_nocase(object, key) == value);
		FUZZ_PROMISE(json_get_nocase(object, upper) != NULL);
		FUZZ_PROMISE(!json_is_string(value) || json_get_string(object, key));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) value = json_parse_bounded((const char *)data, size, &error);
	g_autoptr(json_t) lossy = json_lossy_string((const char *)data, size);

	FUZZ_PROMISE(json_is_string(lossy));
	if (!value) {
		FUZZ_PROMISE(error_is(error, ERROR_OBJECT));
		return 0;
	}
	g_autofree char *text = json_canonical(value);
	g_autoptr(json_t) again = json_parse_bounded(text, strlen(text), NULL);
	FUZZ_PROMISE(again && json_equal(value, again));
	g_autofree char *text_again = json_canonical(again);
	FUZZ_PROMISE(strcmp(text, text_again) == 0);
	g_autofree char *scalar = json_scalar_text(value);
	FUZZ_PROMISE(!scalar ==
		     (json_is_object(value) || json_is_array(value) || json_is_null(value)));
	check_members(value);
	return 0;
}
