/*
 * Secret memory: each secret lives in memory pages of its own.
 *
 *	one mapping ──> [ size | length | the bytes, NUL-terminated .......... rest of the page ]
 *
 * Pages of its own, because locking works on pages: a lock on heap memory would be lifted for a
 * neighbour when one of two secrets is freed. A program has a handful of secrets, so a page each
 * costs nothing. The pages are locked (they do not reach the swap) and left out of core dumps;
 * both are best effort, for a service may run with a memory-lock limit of zero, and refusing to
 * work there would not make anybody safer.
 *
 * Not defended against: somebody who can read the memory of the process.
 */
#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct Secret {
	gsize mapped;
	gsize length;
	char bytes[];
};

static gsize round_to_pages(gsize size)
{
	gsize page = (gsize)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

Secret *secret_new(const char *text, gsize length)
{
	g_assert(length < G_MAXSIZE / 2);
	gsize mapped = round_to_pages(sizeof(Secret) + length + 1);
	void *memory = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	if (memory == MAP_FAILED)
		g_error("cannot get %zu bytes for a secret: %s", mapped, g_strerror(errno));

	mlock(memory, mapped);
	madvise(memory, mapped, MADV_DONTDUMP);

	Secret *self = memory;
	self->mapped = mapped;
	self->length = length;
	if (length > 0)
		memcpy(self->bytes, text, length);
	return self;
}

void secret_free(Secret *self)
{
	if (!self)
		return;
	gsize mapped = self->mapped;
	secret_wipe(self, mapped);
	munmap(self, mapped);
}

const char *secret_peek(const Secret *self)
{
	return self->bytes;
}

gsize secret_length(const Secret *self)
{
	return self->length;
}

void secret_wipe(void *memory, gsize length)
{
	explicit_bzero(memory, length);
}
