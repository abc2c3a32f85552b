/*
 * DN cache, for siblings only: which node a DN names, for the DNs of late; bounded.
 */
#pragma once
#include <glib.h>

typedef struct DnCache DnCache;

/* An empty cache. */
DnCache *dn_cache_new(void);

/* Frees it; NULL is fine. */
void dn_cache_free(DnCache *self);

/* Forgets all; to be called when a node moved or went. */
void dn_cache_forget(DnCache *self);

/* The node of a DN in exactly this spelling, or 0. */
gint64 dn_cache_find(DnCache *self, const char *dn, gsize length);

/* Remembers it. */
void dn_cache_put(DnCache *self, const char *dn, gsize length, gint64 node);
