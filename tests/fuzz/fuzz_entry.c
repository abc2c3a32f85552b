/*
 * Fuzzer for the stored form of entries. The input is what the store gives back, damaged.
 *
 * Promised: bytes that were not made by entry_encode() are ERROR_FATAL and nothing worse; what is
 * accepted is encoded to the same bytes again.
 */
#include <string.h>

#include "base/error.h"
#include "core/entry.h"
#include "fuzz.h"

#define ANCHOR "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

static void check_attribute(const char *name, const EntryValue *values, guint count, void *data)
{
	const Entry *entry = data;
	guint found = 0;

	FUZZ_PROMISE(count > 0);
	FUZZ_PROMISE(entry_values(entry, name, &found) == values && found == count);
	for (guint i = 0; i < count; i++)
		FUZZ_PROMISE(values[i].data[values[i].length] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Entry) entry = entry_decode(ANCHOR, "CN=Fuzz,DC=x", data, size, &error);

	if (!entry) {
		FUZZ_PROMISE(error_is(error, ERROR_FATAL));
		return 0;
	}
	entry_foreach(entry, check_attribute, entry);
	g_autoptr(GBytes) encoded = entry_encode(entry);
	g_autoptr(GBytes) given = g_bytes_new(data, size);
	FUZZ_PROMISE(g_bytes_equal(encoded, given));
	return 0;
}
