/*
 * From libldap's message to our Entry.
 */
#pragma once
#include <ldap.h>

#include "core/entry.h"

/* Where the anchor of an entry comes from. */
typedef struct {
	const char *anchor;         /* known from a control; NULL: read 'uuid_attribute' */
	const char *uuid_attribute; /* "entryUUID"; not kept as an attribute unless keep_uuid */
	gboolean keep_uuid;
	const char *const
		*hidden; /* not kept: read for the driver itself; NULL-terminated or NULL */
} LdapEntryShape;

/*
 * Reads the entry. Options are stripped from attribute names; values of member and uniqueMember
 * become members. NULL if the message cannot be decoded or has no anchor.
 */
Entry *ldap_entry_read(LDAP *ld, LDAPMessage *message, const LdapEntryShape *shape);

/* The anchor in an attribute of the message; 'anchor' holds ANCHOR_LENGTH + 1. FALSE if none. */
gboolean ldap_entry_anchor(LDAP *ld, LDAPMessage *message, const char *attribute, char *anchor);

/* Puts one value where it belongs; 'name' may have options. For every driver, LDIF too. */
void ldap_entry_add(Entry *entry, const char *name, gsize name_length, const char *data,
		    gsize length);
