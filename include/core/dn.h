/*
 * Distinguished names, RFC 4514, compared by the rules of the schema.
 *
 * The normal form of a DN is itself a DN string: attribute types in lower case, values folded and
 * with inner spaces squeezed (RFC 4518 §2.6.1; caseIgnoreMatch holds for all naming attributes in
 * common use), the least escaping, AVAs of one RDN in order, no spaces around separators. Two DNs
 * name the same entry if and only if their normal forms are equal bytes.
 */
#pragma once
#include <glib.h>

/* The normal form. NULL if 'dn' is no DN; the empty DN gives "". New string. */
char *dn_normalize(const char *dn, gsize length);

/* The part of a DN behind its first RDN ("" at the last one); works on both forms. Borrowed. */
const char *dn_parent(const char *dn);

/* Length in bytes of the first RDN. */
gsize dn_rdn_length(const char *dn);

/* True if normalised 'dn' is 'base' or stands beneath it; 'base' normalised, "" holds all. */
gboolean dn_is_within(const char *dn, const char *base);

/* Value of the first RDN without escapes, for people: "Jane, Doe". New string; NULL if no DN. */
char *dn_rdn_value(const char *dn);
