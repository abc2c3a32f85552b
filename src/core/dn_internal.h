/*
 * The parts of a DN, for siblings that look inside one.
 */
#pragma once
#include <glib.h>

/* One attribute and value of an RDN: type in lower case and canonical, value without escapes. */
typedef void (*DnAvaFn)(const char *type, const char *value, gsize length, void *data);

/* Calls 'fn' for every AVA, left to right. FALSE at the first place that is no DN. */
gboolean dn_foreach_ava(const char *dn, gsize length, DnAvaFn fn, void *data);

/* The short name of a type in lower case or OID ("commonname", "2.5.4.3": "cn"), or itself. */
const char *dn_canonical_type(const char *type);
