/*
 * Digests: SHA-256 fingerprints, to tell whether something changed.
 *
 * They stand in the state store and in saved plans, so their form may never change: 64 lower-case
 * hex digits. Several strings are digested with the NUL that ends each of them, so that
 * ("ab", "c") and ("a", "bc") differ.
 *
 * They are no defence against anybody who chooses the text; nothing is authenticated with them.
 */
#include "base/digest.h"

#include <stdarg.h>
#include <string.h>

char *digest_bytes(const void *data, gsize length)
{
	return g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, length);
}

char *digest_strings(const char *first, ...)
{
	g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
	va_list args;

	va_start(args, first);
	for (const char *text = first; text; text = va_arg(args, const char *))
		g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text) + 1);
	va_end(args);
	return g_strdup(g_checksum_get_string(checksum));
}
