/*
 * Fuzzer for what domain controllers write inside values: extended DNs, ranges in attribute names,
 * DirSync cookies. The input is one of them; all three parsers get it.
 *
 * Promised: a DN that was taken apart ends the input; an anchor is canonical, and without one
 * nothing was taken off; a range is a range; a vector is its own merge and equals itself.
 */
#include <string.h>

#include "../../src/source/ad_value_internal.h"
#include "../../src/source/ad_vector_internal.h"
#include "fuzz.h"

static void check_dn(const char *data, gsize size)
{
	char again[ANCHOR_LENGTH + 1];
	AdDn dn;

	ad_dn_parse(data, size, &dn);
	FUZZ_PROMISE(dn.length <= size && dn.dn + dn.length == data + size);
	if (dn.anchor[0])
		FUZZ_PROMISE(anchor_from_text(dn.anchor, again) && !strcmp(again, dn.anchor));
}

static void check_range(const char *data, gsize size)
{
	gint64 first = -9, last = -9;

	if (ad_range_parse(data, size, &first, &last))
		FUZZ_PROMISE(first >= 0 && (last == -1 || last >= first));
	else
		FUZZ_PROMISE(first == -9 && last == -9);
}

static void check_vector(const char *data, gsize size)
{
	g_autofree char *vector = ad_vector_from_cookie(data, size);
	g_autofree char *merged = ad_vector_merge(vector, vector);
	g_autofree char *behind = ad_vector_behind(vector, vector);

	FUZZ_PROMISE(g_strcmp0(vector, merged) == 0 && !behind);
	if (vector)
		FUZZ_PROMISE(ad_vector_compare(vector, vector) == AD_VECTOR_EQUAL);
}

static void check_text(const char *text)
{
	static const char *const other = "4432d9fb-e501-49c0-8eb4-15a5e4161895=4014";
	g_autofree char *merged = ad_vector_merge(text, other);

	/* Whatever the text is, a merge never loses what the other list knows. */
	FUZZ_PROMISE(merged && ad_vector_compare(merged, other) != AD_VECTOR_OLDER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long as it is, so that a read behind the end is seen. */
	g_autofree char *exact = g_memdup2(data, size);
	const char *bytes = size ? exact : "";
	g_autofree char *text = fuzz_text(data, size);

	check_dn(bytes, size);
	check_range(bytes, size);
	check_vector(bytes, size);
	check_text(text);
	return 0;
}
