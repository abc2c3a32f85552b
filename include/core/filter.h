/*
 * LDAP search filters, RFC 4515, evaluated by us.
 *
 * The administrator's filters never go to the server (there they would hide deletes and "left the
 * filter"); they are evaluated on the entry with the matching rules of the schema for the common
 * attributes (RFC 4517: caseIgnore, caseExact, integer, boolean, DN, generalizedTime, octetString,
 * numericString, telephoneNumber; caseIgnoreMatch for unknown attributes) and with AD's bit-and
 * and bit-or rules ([MS-ADTS] 3.1.1.3.4.4). "objectCategory=person" matches the class name or DN
 * as AD does. Three-valued logic of RFC 4511 §4.5.1.7; an attribute that the entry does not have
 * makes a condition false, not Undefined. Ordering without an ordering rule in the schema works on
 * the form that is compared for equality. Members are no attribute here: "(member=...)" sees
 * entry_values() only, never entry_members().
 */
#pragma once
#include "core/entry.h"

typedef struct Filter Filter;

typedef enum {
	FILTER_FALSE,
	FILTER_TRUE,
	FILTER_UNDEFINED,
} FilterResult;

/*
 * Parses; NULL and ERROR_CONFIG with the column and a hint. The outer parentheses may be missing.
 * What could never hold is refused too: unknown matching rules, bit rules without a number, AD's
 * "in chain" rule (assign rules follow nested groups), brackets deeper than 100.
 */
Filter *filter_parse(const char *text, GError **error);

/* Frees it; NULL is fine. */
void filter_free(Filter *self);

/* Evaluates on one entry. Pure. */
FilterResult filter_match(const Filter *self, const Entry *entry);

/* Adds the lower-case names of all attributes it reads to 'names' (a set of strings it owns). */
void filter_attributes(const Filter *self, GHashTable *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Filter, filter_free)
