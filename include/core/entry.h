/*
 * Entry: one directory object as facts: its anchor, its DN, the attributes that we asked for and,
 * for a group, its members.
 *
 * Attribute names are compared without regard to case and stored in lower case without options
 * ("userCertificate;binary" is "usercertificate"). Values of one language ("cn;lang-de", RFC 3866)
 * are not stored: they must not mix with the plain ones. Values are bytes: they may hold NUL,
 * invalid UTF-8 and a megabyte. Member values are kept apart from the attributes, because a group
 * of 100,000 goes to the membership table and not into the stored entry.
 */
#pragma once
#include <glib.h>

typedef enum {
	ENTRY_OTHER,
	ENTRY_USER,
	ENTRY_GROUP,
	ENTRY_CONTAINER,
} EntryKind;

typedef struct {
	const char *data; /* NUL-terminated beyond 'length' for convenience */
	gsize length;     /* bytes */
} EntryValue;

typedef struct {
	const char *anchor; /* canonical text; NULL: known by its DN only */
	const char *dn;     /* NUL-terminated beyond 'length'; "" if not known */
	gsize length;       /* bytes of 'dn' */
	gboolean left;      /* it is a member no more; in changes only */
} EntryMember;

typedef struct Entry Entry;

/* A new entry without attributes. 'anchor' is canonical text, 'dn' as the server wrote it. */
Entry *entry_new(const char *anchor, const char *dn);

/* Frees the entry and its values. */
void entry_free(Entry *self);

/* The permanent id. */
const char *entry_anchor(const Entry *self);

/* The DN as the server wrote it. */
const char *entry_dn(const Entry *self);

/* Appends one value, copied; the order of values is kept. Without effect for ";lang-" variants. */
void entry_add(Entry *self, const char *name, const void *data, gsize length);

/* Appends one member, the DN as the server wrote it, copied. */
void entry_add_member(Entry *self, const char *dn, gsize length);

/* Appends one that the server names by id, copied. 'left' may be TRUE in a delta only. */
void entry_add_member_by_anchor(Entry *self, const char *anchor, const char *dn, gsize length,
				gboolean left);

/* What changed in an entry: attributes that are not in it are as they were. */
Entry *entry_new_delta(const char *anchor, const char *dn);

/* In a delta: the entry has no value of this attribute any more. */
void entry_clear(Entry *self, const char *name);

/* True for what entry_new_delta() made. */
gboolean entry_is_delta(const Entry *self);

/*
 * The whole entry that a delta makes of the known one: anchor and DN of the delta, attributes of
 * both. The members are those of the delta, as changes.
 */
Entry *entry_merge(const Entry *known, const Entry *delta);

/*
 * The attributes are whole, but the members are changes: what was known of them stays, and if
 * nothing was known, there are none yet. For a server whose members are read separately.
 */
void entry_expect_member_changes(Entry *self);

/* True if the members are changes to the known ones; else they are all there are. */
gboolean entry_members_are_changes(const Entry *self);

/* Values of an attribute in order and number; NULL and 0 if absent. Valid until entry_free(). */
const EntryValue *entry_values(const Entry *self, const char *name, guint *count);

/* First value as text, or NULL. */
const char *entry_text(const Entry *self, const char *name);

/* True if one of the values equals 'text' without regard to ASCII case; for objectClass. */
gboolean entry_has(const Entry *self, const char *name, const char *text);

/* Members in order and their number. */
const EntryMember *entry_members(const Entry *self, guint *count);

/* Calls 'fn' for every attribute in order of name. */
typedef void (*EntryAttributeFn)(const char *name, const EntryValue *values, guint count,
				 void *data);
void entry_foreach(const Entry *self, EntryAttributeFn fn, void *data);

/*
 * The attributes (not anchor, DN, members) as compact bytes for the store. Attributes are ordered
 * by name; values keep their order, as servers do, so that equal facts give equal bytes.
 */
GBytes *entry_encode(const Entry *self);

/* The reverse. ERROR_FATAL if the bytes were not made by entry_encode(). */
Entry *entry_decode(const char *anchor, const char *dn, const void *data, gsize length,
		    GError **error);

/* "user", "group", "container", "other". */
const char *entry_kind_name(EntryKind kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Entry, entry_free)
