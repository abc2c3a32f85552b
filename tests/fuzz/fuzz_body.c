/*
 * Fuzzer for bodies. The input is a Content-Type up to the first newline, then the body, which is
 * read as what that says, as JSON where it says nothing.
 *
 * Promised: what cannot be read is the matter of one object; a page is never an answer; what was
 * read can be written in the same format and is the same then, or it is refused.
 */
#include <string.h>

#include "../../src/target/body_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "fuzz.h"

/* An attribute "xmlns" of some namespace would be one of XML's own without it. */
static gboolean has_xmlns(const json_t *tree)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)tree, key, value) {
		if (strcmp(key, "@xmlns") == 0 || has_xmlns(value))
			return TRUE;
	}
	json_array_foreach (tree, i, value) {
		if (has_xmlns(value))
			return TRUE;
	}
	return FALSE;
}

static void write_and_read(BodyKind kind, json_t *tree)
{
	g_autoptr(GError) error = NULL;
	gsize length = 0;
	g_autofree char *bytes = body_write(kind, tree, FALSE, &length, &error);
	g_autoptr(json_t) again = NULL;

	FUZZ_PROMISE(bytes || error_is(error, ERROR_OBJECT));
	if (!bytes || has_xmlns(tree))
		return;
	again = body_read(kind, NULL, bytes, length, NULL, NULL);
	FUZZ_PROMISE(json_equal(tree, again));
}

static void write_all(json_t *tree)
{
	for (int kind = BODY_JSON; kind <= BODY_TEXT; kind++) {
		gsize length = 0;
		g_autofree char *bytes = body_write((BodyKind)kind, tree, TRUE, &length, NULL);

		FUZZ_PROMISE(!bytes || bytes[length] == '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	g_autofree char *type = end ? fuzz_text(data, (size_t)(end - data)) : NULL;
	const char *body = (const char *)data + (end ? end - data + 1 : 0);
	gsize length = (gsize)((const char *)data + size - body);
	BodyKind kind = BODY_JSON;
	gboolean is_page = FALSE;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) tree = NULL;

	tree = body_read(BODY_JSON, type, body, length, &is_page, &error);
	FUZZ_PROMISE(!error || error_is(error, ERROR_OBJECT));
	FUZZ_PROMISE(!tree || (!error && !is_page));
	if (!tree)
		return 0;
	body_kind(type, &kind);
	if (kind != BODY_TEXT)
		write_and_read(kind, tree);
	write_all(tree);
	body_wipe(tree);
	return 0;
}
