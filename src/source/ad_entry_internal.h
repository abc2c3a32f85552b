/*
 * From a message of Active Directory to our Entry.
 */
#pragma once
#include <ldap.h>

#include "core/entry.h"

typedef enum {
	AD_ENTRY_WHOLE, /* the entry as it is: 'member' is all its members */
	AD_ENTRY_BARE,  /* its attributes as they are; nothing is said about its members */
	AD_ENTRY_DELTA, /* only the news; what has no values was removed; members as changes */
} AdEntryForm;

/* What a message said. Clear it. */
typedef struct {
	Entry *entry;      /* NULL: it has no objectGUID, or cannot be decoded */
	gboolean deleted;  /* isDeleted is TRUE */
	gboolean restored; /* a delta: isDeleted has no value any more, so it had one */
	gint64 range_next; /* first member value that was not sent; 0: all were sent */
	gboolean cut;      /* another attribute was not told in full, see ad_entry_read() */
} AdEntry;

/*
 * Reads the entry. 'wanted' are the attributes to keep (NULL-terminated, any case; NULL: all);
 * objectGUID is always kept, as text, and those that hold secrets never. isDeleted and member are
 * understood whether wanted or not. Values that are SIDs become text; DNs lose the ids before them.
 *
 * 'cut': a wanted attribute other than member has more values than the server sends at once; or,
 * in a delta, it has many values of which only the changes were sent, or a member that left is not
 * named by id; or it says that a user lost what every user has. A delta leaves those out:
 * read the entry whole (ad_group_read() reads any).
 */
void ad_entry_read(LDAP *ld, LDAPMessage *message, AdEntryForm form, const char *const *wanted,
		   AdEntry *out);

/*
 * The first attribute that every user has and this whole entry of one lacks: it may not be read.
 * NULL if there is none, or if it is no user.
 */
const char *ad_entry_lacks(const Entry *entry);

/*
 * Appends the values of "member;range=.." to an entry and tells the range, -1 for '*'. FALSE, and
 * nothing appended, if the message has no such range.
 */
gboolean ad_entry_read_range(LDAP *ld, LDAPMessage *message, Entry *into, gint64 *first,
			     gint64 *last);

/* Frees what it holds and zeroes it. */
void ad_entry_clear(AdEntry *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AdEntry, ad_entry_clear)
