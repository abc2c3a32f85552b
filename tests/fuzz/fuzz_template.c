/*
 * Fuzzer for templates. The first character is the context (p, q, h, t, v: a tree), then comes the
 * template up to the first newline, then the value of each of its places: JSON, or else a text.
 *
 * Promised: whatever the value is, it does not leave its place. A path has as many segments, and a
 * query as many parameters, as with a harmless value, and no byte that an address does not have; a
 * header is one line; a parameter is one; a tree's bytes are that tree again.
 */
#include <string.h>

#include "../../src/target/body_internal.h"
#include "../../src/target/template_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "fuzz.h"

static json_t *get(const char *name, void *value)
{
	return json_incref(value);
}

static gsize count(const char *text, const char *which)
{
	gsize found = 0;

	for (; *text; text++)
		found += strchr(which, *text) != NULL;
	return found;
}

static gboolean is_in_address(const char *text)
{
	for (; *text; text++) {
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}#", *text))
			return FALSE;
	}
	return TRUE;
}

static gboolean has_dots(const char *path)
{
	g_auto(GStrv) segments = g_strsplit(path, "/", -1);

	return g_strv_contains((const char *const *)segments, ".") ||
	       g_strv_contains((const char *const *)segments, "..");
}

static gboolean is_line(const char *text)
{
	for (; *text; text++) {
		if ((guchar)*text < ' ' || *text == '\x7f')
			return FALSE;
	}
	return TRUE;
}

/* 'harmless' is the same template with a value that cannot mean anything. */
static void check_text(TemplateContext context, const char *filled, const char *harmless)
{
	switch (context) {
	case TEMPLATE_PATH:
		FUZZ_PROMISE(is_in_address(filled) && !strchr(filled, '?') && !has_dots(filled));
		FUZZ_PROMISE(count(filled, "/") == count(harmless, "/"));
		break;
	case TEMPLATE_QUERY:
		FUZZ_PROMISE(is_in_address(filled));
		FUZZ_PROMISE(count(filled, "&=") == count(harmless, "&="));
		break;
	case TEMPLATE_PARAMETER:
		FUZZ_PROMISE(is_in_address(filled) && count(filled, "&=+/?;'") == 0);
		break;
	case TEMPLATE_HEADER:
		FUZZ_PROMISE(is_line(filled));
		break;
	case TEMPLATE_PLAIN:
	default:
		break;
	}
}

static void fuzz_one(TemplateContext context, const char *text, json_t *value)
{
	g_autoptr(GError) error = NULL, problem = NULL;
	g_autoptr(Template) template = template_parse(text, context, &error);
	g_autoptr(json_t) nothing = json_string("x");
	TemplateScope scope = { get, value }, harmless = { get, nothing };
	g_autofree char *filled = NULL, *plain = NULL;

	FUZZ_PROMISE(template || error_is(error, ERROR_CONFIG));
	if (!template)
		return;
	filled = template_fill(template, &scope, NULL, &problem);
	plain = template_fill(template, &harmless, NULL, NULL);
	FUZZ_PROMISE(plain);
	FUZZ_PROMISE(filled || !problem || error_is(problem, ERROR_OBJECT));
	if (filled)
		check_text(context, filled, plain);
}

static void fuzz_tree(const char *text, json_t *value)
{
	g_autoptr(json_t) model = json_parse_bounded(text, strlen(text), NULL);
	g_autoptr(GError) error = NULL, problem = NULL;
	g_autoptr(TemplateTree) tree = model ? template_tree_parse(model, &error) : NULL;
	TemplateScope scope = { get, value };
	g_autoptr(json_t) filled = NULL, again = NULL;
	g_autofree char *bytes = NULL;
	gsize length;

	FUZZ_PROMISE(tree || !model || error_is(error, ERROR_CONFIG));
	if (!tree)
		return;
	filled = template_tree_fill(tree, &scope, &problem);
	FUZZ_PROMISE(filled || error_is(problem, ERROR_OBJECT));
	if (!filled)
		return;
	bytes = body_write(BODY_JSON, filled, FALSE, &length, NULL);
	FUZZ_PROMISE(bytes);
	again = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	FUZZ_PROMISE(json_equal(filled, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char contexts[] = "pqhtv";
	const char *context = size > 0 ? memchr(contexts, data[0], strlen(contexts)) : NULL;
	g_autofree char *text = context ? fuzz_text(data + 1, size - 1) : NULL;
	char *end = text ? strchr(text, '\n') : NULL;
	g_autoptr(json_t) value = NULL;

	if (!end)
		return 0;
	*end++ = '\0';
	value = json_parse_bounded(end, strlen(end), NULL);
	if (!value)
		value = json_lossy_string(end, strlen(end));
	if (*context == 'v')
		fuzz_tree(text, value);
	else
		fuzz_one(*context == 'p'   ? TEMPLATE_PATH
			 : *context == 'q' ? TEMPLATE_QUERY
			 : *context == 'h' ? TEMPLATE_HEADER
					   : TEMPLATE_PARAMETER,
			 text, value);
	return 0;
}
