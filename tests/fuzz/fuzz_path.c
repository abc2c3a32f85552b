/*
 * Fuzzer for target paths. The input is a path up to the first newline, then a JSON document.
 *
 * Promised: what parses has a canonical text that parses to the same place; what is put into any
 * document is found there again, except where an index is behind the end of a list, since no holes
 * are made; reading an unknown document does no harm.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/path.h"
#include "fuzz.h"

static void check_document(const Path *path, json_t *document)
{
	g_autoptr(json_t) value = json_string("what was put");

	path_get(path, document);
	if (!json_is_object(document))
		return;
	path_set(path, document, value);
	FUZZ_PROMISE(path_has_index(path) || path_get(path, document) == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *text = fuzz_text(data, size);
	char *end = strchr(text, '\n');
	const char *rest = end ? end + 1 : "{}";
	g_autoptr(GError) error = NULL;

	if (end)
		*end = '\0';
	g_autoptr(Path) path = path_parse(text, &error);
	if (!path) {
		FUZZ_PROMISE(error_is(error, ERROR_CONFIG));
		return 0;
	}
	g_autoptr(Path) again = path_parse(path->text, NULL);
	FUZZ_PROMISE(again && strcmp(again->text, path->text) == 0);
	FUZZ_PROMISE(path_equal(path, again) && path_conflicts(path, again));

	g_autoptr(json_t) document = json_parse_bounded(rest, strlen(rest), NULL);
	g_autoptr(json_t) empty = json_object();
	if (document)
		check_document(path, document);
	check_document(path, empty);
	return 0;
}
