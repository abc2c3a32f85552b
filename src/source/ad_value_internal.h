/*
 * What Active Directory writes inside names and values. Pure: no connection, no state.
 */
#pragma once
#include "core/anchor.h"

/* A DN that may begin with who it names: "<GUID=..>;<SID=..>;CN=..". Points into the input. */
typedef struct {
	char anchor[ANCHOR_LENGTH + 1]; /* canonical; "" if the server did not tell it */
	const char *dn;                 /* not NUL-terminated by us */
	gsize length;                   /* bytes of 'dn' */
} AdDn;

/* Takes a value apart. What has no such beginning, or a damaged one, is a plain DN as a whole. */
void ad_dn_parse(const char *data, gsize length, AdDn *out);

/*
 * The range of an attribute description: "member;range=0-1499" is 0 and 1499, "member;range=1500-*"
 * is 1500 and -1. FALSE, outputs as they were, if it has none or a damaged one.
 */
gboolean ad_range_parse(const char *name, gsize length, gint64 *first, gint64 *last);
