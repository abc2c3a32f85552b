/*
 * String preparation of RFC 4518 as far as directories really do it.
 *
 * Case folding and NFKC (§2.3, §2.2), then spaces squeezed (§2.6.1). Left out, as in OpenLDAP:
 * mapping control characters to spaces or to nothing. AD puts a line feed in the name of every
 * deleted object ("CN=Jane\0ADEL:..."), and it must not become equal to somebody's living name.
 *
 * Casefold and NFKC disturb each other: NFKC makes capitals that were none before (U+03D2 becomes
 * U+03A5). They are repeated until nothing changes, which is what makes the form a normal form.
 */
#include <string.h>

#include "fold_internal.h"

static gboolean is_plain(const char *data, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (data[i] == '\0' || (guchar)data[i] >= 128)
			return FALSE;
	return TRUE;
}

static void append_squeezed(GString *out, const char *data, gsize length, FoldFlags flags)
{
	const char capital = flags & FOLD_CASE ? 'Z' : 'A' - 1;
	gsize old = out->len;
	gboolean pending = FALSE;
	char *start, *to;

	g_string_set_size(out, old + length);
	start = to = out->str + old;
	for (gsize i = 0; i < length; i++) {
		char c = data[i];

		if (c == ' ') {
			pending = to > start || !(flags & FOLD_TRIM_LEFT);
			continue;
		}
		if (pending)
			*to++ = ' ';
		pending = FALSE;
		*to++ = c >= 'A' && c <= capital ? (char)(c | 0x20) : c;
	}
	if (pending && !(flags & FOLD_TRIM_RIGHT))
		*to++ = ' ';
	g_string_truncate(out, (gsize)(to - out->str));
}

static char *fold_once(const char *text, gssize length, FoldFlags flags)
{
	g_autofree char *folded = NULL;

	if (!(flags & FOLD_CASE))
		return g_utf8_normalize(text, length, G_NORMALIZE_NFKC);
	folded = g_utf8_casefold(text, length);
	return g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC);
}

/* 'length' bytes of valid UTF-8 without NUL. */
static char *fold_valid(const char *text, gsize length, FoldFlags flags)
{
	/* First NFKC alone, so that composed and decomposed spellings enter the fold as one. */
	g_autofree char *now = g_utf8_normalize(text, (gssize)length, G_NORMALIZE_NFKC);

	for (;;) {
		g_autofree char *next = fold_once(now, -1, flags);

		if (strcmp(now, next) == 0)
			return g_steal_pointer(&now);
		g_free(now);
		now = g_steal_pointer(&next);
	}
}

void fold_append(GString *out, const char *data, gsize length, FoldFlags flags)
{
	const char *at = data, *end = data + length;
	g_autoptr(GString) whole = NULL;

	if (is_plain(data, length)) {
		append_squeezed(out, data, length, flags);
		return;
	}
	whole = g_string_sized_new(length);
	while (at < end) {
		const char *bad;
		g_autofree char *folded = NULL;

		g_utf8_validate(at, end - at, &bad);
		folded = fold_valid(at, (gsize)(bad - at), flags);
		g_string_append(whole, folded);
		if (bad < end)
			g_string_append_c(whole, *bad++);
		at = bad;
	}
	append_squeezed(out, whole->str, whole->len, flags);
}
