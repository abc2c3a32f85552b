/*
 * Ranged retrieval, [MS-ADTS] 3.1.1.3.1.3.3: a domain controller sends 1500 values of an attribute
 * at most and names the range; the client asks for the next one.
 *
 *	asked                    answered
 *	member                   member (no values), member;range=0-1499
 *	member;range=1499-*      member;range=1499-2998
 *	member;range=2998-*      member;range=2998-*      that was the last
 *
 * The ranges are numbers of places, not a snapshot. If a member leaves while we read, all others
 * move up a place, and the one at the seam would be read by neither request: a person would lose
 * what the group gives, without anything being wrong in the directory. So each request begins one
 * place before the end of what we have, and must begin with the member that we have from there. A
 * server that hides values has other numbers than we have members; then there is no such check.
 *
 * An answer that is not what was asked for is no reason to guess. The group is as it was in the
 * view until a read of it goes through.
 */
#include <string.h>

#include "ad_control_internal.h"
#include "ad_entry_internal.h"
#include "ad_range_internal.h"
#include "base/error.h"
#include "ldap_attributes_internal.h"
#include "ldap_error_internal.h"

typedef gboolean (*MessageFn)(LdapConn *conn, LDAPMessage *message, void *data, GError **error);

typedef struct {
	const char *anchor;
	const char *const *attributes;
	MessageFn fn;
	void *data;
} ObjectSearch;

static gboolean object_end(LdapConn *conn, LDAPMessage *message, GError **error)
{
	g_auto(LdapResult) result = { 0 };

	if (!ldap_conn_result(conn, message, &result, error))
		return FALSE;
	return result.code == LDAP_SUCCESS || result.code == LDAP_NO_SUCH_OBJECT ||
	       ldap_error_set(error, result.code, result.text, conn->uri);
}

/* Takes one message; *more tells whether there are others. */
static gboolean object_message(LdapConn *conn, const ObjectSearch *search, LDAPMessage *message,
			       gboolean *more, GError **error)
{
	switch (ldap_msgtype(message)) {
	case LDAP_RES_SEARCH_ENTRY:
		return search->fn(conn, message, search->data, error);
	case LDAP_RES_SEARCH_REFERENCE:
	case LDAP_RES_INTERMEDIATE:
		return TRUE;
	case LDAP_RES_SEARCH_RESULT:
		*more = FALSE;
		return object_end(conn, message, error);
	default:
		return ldap_error_set(error, LDAP_DECODING_ERROR, NULL, conn->uri);
	}
}

static gboolean object_messages(LdapConn *conn, const ObjectSearch *search, int msgid,
				GError **error)
{
	gboolean more = TRUE, ok = TRUE;

	while (more && ok) {
		LDAPMessage *message = NULL;

		ok = ldap_conn_next(conn, msgid, &message, error) &&
		     object_message(conn, search, message, &more, error);
		ldap_msgfree(message);
	}
	if (more)
		ldap_abandon_ext(conn->ld, msgid, NULL, NULL);
	return ok;
}

/* One object by its id; 'fn' is not called if it is gone. */
static gboolean object_search(LdapConn *conn, const ObjectSearch *search, GError **error)
{
	g_autofree char *base = g_strdup_printf("<GUID=%s>", search->anchor);
	LDAPControl *controls[] = { (LDAPControl *)&ad_control_extended_dn,
				    (LDAPControl *)&ad_control_domain_scope, NULL };
	const LdapSearch ldap = { .base = base,
				  .scope = LDAP_SCOPE_BASE,
				  .filter = "(objectClass=*)",
				  .attributes = search->attributes,
				  .controls = controls };
	int msgid;

	return ldap_conn_search(conn, &ldap, &msgid, error) &&
	       object_messages(conn, search, msgid, error);
}

/* One answer to a request for members. */
typedef struct {
	Entry *part; /* with the members of it; NULL: none came */
	gint64 first, last;
} Part;

static gboolean take_part(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Part *self = data;
	g_autoptr(Entry) part = entry_new("", "");

	if (!self->part && ad_entry_read_range(conn->ld, message, part, &self->first, &self->last))
		self->part = g_steal_pointer(&part);
	return TRUE;
}

static gboolean is_same_member(const EntryMember *a, const EntryMember *b)
{
	if (a->anchor && b->anchor)
		return strcmp(a->anchor, b->anchor) == 0;
	return a->length == b->length && memcmp(a->dn, b->dn, a->length) == 0;
}

static gboolean cut_short(const LdapConn *conn, const Entry *entry, const char *why, GError **error)
{
	return error_set(error, ERROR_RETRY, "'%s': the members of '%s' were cut short: %s",
			 conn->uri, entry_dn(entry), why);
}

/* Appends what is new in a part; 'known' members at its beginning are those that we have. */
static void append(Entry *entry, const Entry *part, guint known)
{
	guint count;
	const EntryMember *members = entry_members(part, &count);

	for (guint i = known; i < count; i++) {
		const EntryMember *member = &members[i];

		if (member->anchor)
			entry_add_member_by_anchor(entry, member->anchor, member->dn,
						   member->length, FALSE);
		else
			entry_add_member(entry, member->dn, member->length);
	}
}

/* Why a part is not what follows the members of the entry; NULL if it is. */
static const char *find_flaw(const Entry *entry, const Part *part, gint64 from, gboolean overlap)
{
	guint have, got;
	const EntryMember *known = entry_members(entry, &have);
	const EntryMember *members = part->part ? entry_members(part->part, &got) : NULL;

	if (!part->part)
		return "the server sent no further ones";
	if (part->first != from)
		return "the server sent others than were asked for";
	if (part->last >= 0 && (part->last < from + overlap || got <= (guint)overlap))
		return "the server sent the same ones again";
	if (overlap && (got == 0 || !is_same_member(&known[have - 1], &members[0])))
		return "they changed while they were read";
	return NULL;
}

/* Reads the part that begins at *next and moves *next behind it; 0 when it was the last. */
static gboolean read_part(LdapConn *conn, Entry *entry, gint64 *next, GError **error)
{
	guint have;
	entry_members(entry, &have);
	gboolean overlap = have > 0 && have == *next;
	gint64 from = *next - overlap;
	g_autofree char *range = g_strdup_printf("member;range=%" G_GINT64_FORMAT "-*", from);
	const char *const attributes[] = { range, NULL };
	Part part = { 0 };
	const ObjectSearch search = { entry_anchor(entry), attributes, take_part, &part };
	gboolean ok = object_search(conn, &search, error);
	const char *flaw = ok ? find_flaw(entry, &part, from, overlap) : NULL;

	if (!ok)
		g_prefix_error(error, "members of '%s': ", entry_dn(entry));
	if (flaw)
		ok = cut_short(conn, entry, flaw, error);
	if (ok) {
		append(entry, part.part, overlap);
		*next = part.last < 0 ? 0 : part.last + 1;
	}
	entry_free(part.part);
	return ok;
}

gboolean ad_range_read(LdapConn *conn, Entry *entry, gint64 next, GError **error)
{
	while (next > 0)
		if (!read_part(conn, entry, &next, error))
			return FALSE;
	return TRUE;
}

typedef struct {
	const char *const *attributes;
	AdEntry read;
} Whole;

static gboolean take_whole(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Whole *self = data;

	if (self->read.entry)
		return TRUE;
	ad_entry_read(conn->ld, message, AD_ENTRY_WHOLE, self->attributes, &self->read);
	return self->read.entry ||
	       error_set(error, ERROR_RETRY, "'%s': an entry came back that cannot be read",
			 conn->uri);
}

Entry *ad_group_read(LdapConn *conn, const char *anchor, const char *const *attributes,
		     GError **error)
{
	static const char *const own[] = { "objectGUID", "isDeleted", "member", NULL };
	g_autoptr(GPtrArray) asked = ldap_attributes_build(attributes, own, NULL);
	Whole whole = { .attributes = attributes };
	const ObjectSearch search = { anchor, (const char *const *)asked->pdata, take_whole,
				      &whole };
	gboolean ok = object_search(conn, &search, error) &&
		      (!whole.read.entry || whole.read.deleted ||
		       ad_range_read(conn, whole.read.entry, whole.read.range_next, error));
	Entry *entry = ok && !whole.read.deleted ? g_steal_pointer(&whole.read.entry) : NULL;

	ad_entry_clear(&whole.read);
	return entry;
}
