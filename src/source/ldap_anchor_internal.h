/*
 * Anchors as servers write them: one value of the attribute with the permanent id.
 */
#pragma once
#include <ldap.h>

#include "core/anchor.h"

/*
 * The canonical text of a value of 'attribute', whose name decides the byte order of objectGUID.
 * 'anchor' holds ANCHOR_LENGTH + 1. FALSE if the value is no id of 128 bits.
 */
gboolean ldap_anchor_read(const char *attribute, const struct berval *value, char *anchor);

/* The attributes that servers keep permanent ids in, in order of preference; NULL-terminated. */
const char *const *ldap_anchor_attributes(void);
