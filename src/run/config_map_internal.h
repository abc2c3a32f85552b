/* Shared by the files that read the map: rows before they are compiled. */
#pragma once
#include "config_internal.h"

typedef struct {
	char *to, *from, *fallback;
	int when, clear, values;
	gboolean required, reference, drop;
} MapConf;

typedef struct {
	MapConf conf;
	const ConfNode *node;
	gboolean overrides; /* it is one of map_override */
} MapRow;

/* Puts the rows of map_override into those of map; takes out of 'overrides' what it uses. */
void config_map_override(ConfigLoader *loader, GPtrArray *rows, GPtrArray *overrides);

/* True if both are spellings of one path. */
gboolean config_map_same(const char *a, const char *b);
