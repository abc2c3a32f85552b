/*
 * DN cache: which node a DN names, for the DNs of late.
 *
 * A first pull resolves every member value and the parents of every entry. Most of them were seen
 * moments before; finding them here saves reading the DN and a look into the tree. The cache is
 * direct-mapped and bounded: a new DN takes the slot of an old one, long DNs are not kept. Any
 * spelling may be a key, the normal form too: it is a DN like others. Whoever moves or removes a
 * node makes the whole cache stale by one more generation.
 */
#include <string.h>

#include "dn_cache_internal.h"

#define SLOTS 131072 /* a power of two */
#define LONGEST 192

typedef struct {
	char *dn;
	gint64 node;
	guint32 hash, generation;
	guint32 length;
} Slot;

struct DnCache {
	Slot *slots; /* made when first needed: an idle pull needs none */
	guint32 generation;
};

DnCache *dn_cache_new(void)
{
	return g_new0(DnCache, 1);
}

void dn_cache_free(DnCache *self)
{
	if (!self)
		return;
	for (gsize i = 0; self->slots && i < SLOTS; i++)
		g_free(self->slots[i].dn);
	g_free(self->slots);
	g_free(self);
}

void dn_cache_forget(DnCache *self)
{
	self->generation++;
}

/* Eight bytes at a time; who can choose DNs could at worst make the cache useless. */
static guint32 hash_bytes(const char *bytes, gsize length)
{
	guint64 hash = length, word = 0;

	for (; length >= sizeof(word); bytes += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	memcpy(&word, bytes, length);
	hash = (hash ^ word) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
	return (guint32)(hash >> 32);
}

static Slot *find_slot(DnCache *self, guint32 hash)
{
	return &self->slots[(hash ^ hash >> 16) & (SLOTS - 1)];
}

gint64 dn_cache_find(DnCache *self, const char *dn, gsize length)
{
	if (!self->slots || length > LONGEST)
		return 0;
	guint32 hash = hash_bytes(dn, length);
	const Slot *slot = find_slot(self, hash);
	gboolean same = slot->dn && slot->hash == hash && slot->length == length &&
			slot->generation == self->generation && memcmp(slot->dn, dn, length) == 0;
	return same ? slot->node : 0;
}

void dn_cache_put(DnCache *self, const char *dn, gsize length, gint64 node)
{
	if (length > LONGEST)
		return;
	if (!self->slots)
		self->slots = g_new0(Slot, SLOTS);
	guint32 hash = hash_bytes(dn, length);
	Slot *slot = find_slot(self, hash);
	if (slot->length < length || !slot->dn)
		slot->dn = g_realloc(slot->dn, length);
	memcpy(slot->dn, dn, length);
	slot->hash = hash;
	slot->length = (guint32)length;
	slot->generation = self->generation;
	slot->node = node;
}
