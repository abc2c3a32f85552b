/*
 * Fuzzer for distinguished names. The input is a DN, bytes as a server may send them.
 *
 * Promised: the normal form is a DN and its own normal form; parents of it are normal too and hold
 * it; the first RDN is no longer than the DN.
 */
#include <string.h>

#include "core/dn.h"
#include "fuzz.h"

#define MAX_CHECKED 20

static void check_normal(const char *dn)
{
	g_autofree char *again = dn_normalize(dn, strlen(dn));

	FUZZ_PROMISE(again && strcmp(again, dn) == 0);
}

static void check_parents(const char *normal)
{
	guint depth = 0;

	for (const char *parent = normal; *parent;) {
		const char *next = dn_parent(parent);

		/* A DN of thousands of parts would make this check alone take seconds. */
		if (depth++ < MAX_CHECKED)
			check_normal(parent);
		FUZZ_PROMISE(dn_is_within(normal, parent));
		FUZZ_PROMISE(dn_rdn_length(parent) <= strlen(parent));
		FUZZ_PROMISE(next > parent && next <= parent + strlen(parent));
		parent = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *exact = g_memdup2(data, size);
	g_autofree char *normal = dn_normalize(size > 0 ? exact : "", size);

	if (!normal)
		return 0;
	FUZZ_PROMISE(dn_is_within(normal, ""));
	check_parents(normal);

	/* These two take any DN, so also one as the server wrote it. */
	g_autofree char *text = fuzz_text(data, size);
	g_autofree char *value = dn_rdn_value(text);
	g_autofree char *normal_value = dn_rdn_value(normal);
	FUZZ_PROMISE(!value == !normal_value || strlen(text) < size);
	if (value && *text)
		FUZZ_PROMISE(dn_rdn_length(text) <= strlen(text));
	return 0;
}
