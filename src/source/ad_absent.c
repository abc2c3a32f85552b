/*
 * An answer of Active Directory looks the same whether somebody was deleted or the account lost
 * the right to see him: the entry is not in it, and the search succeeds. So before absence is said
 * to mean gone, the server is asked after each absentee by his id, which survives all moves:
 *
 *	<GUID=..>, deleted ones too    right to read deleted objects    no such right
 *	a tombstone                    gone                             -
 *	stands outside of the base     gone from what is read           the same
 *	of a class that is not read    gone from what is read           the same
 *	stands where it should         hidden: the search left it out   the same
 *	nothing                        hidden                           still a member: hidden
 *	                                                                else: gone
 *
 * Deleting takes somebody out of all groups, hiding does not: whom a group still names is there.
 * Without the right to read deleted objects that is all that can be known, and somebody hidden who
 * is in no group is taken for gone.
 *
 * "Nothing" although deleted objects can be read has other causes too: a domain that was put back
 * to a time before he was hired, a tombstone that was thrown away after its lifetime, a move to
 * another domain. A human decides; none of them is so common that it should cost somebody an
 * account without being asked.
 *
 * A thousand are asked after. If more are absent and none of those is hidden, the others are
 * believed to be like them; the limits behind the sink hold in any case.
 */
#include <string.h>

#include "ad_absent_internal.h"
#include "ad_control_internal.h"

enum {
	ASKED_MAX = 1000
};

/* What a search for one absentee found. */
typedef struct {
	const AdReader *reader;
	gboolean found, within;
} Sight;

/* A tombstone's RDN is its old one, a line feed, "DEL:" and the id. */
static gboolean is_tombstone_dn(const char *dn)
{
	return strstr(dn, "\\0ADEL:") || strstr(dn, "\nDEL:");
}

static gboolean take_sight(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	static const char *const none[] = { NULL };
	Sight *self = data;
	g_auto(AdEntry) read = { 0 };

	ad_entry_read(conn->ld, message, AD_ENTRY_BARE, none, &read);
	self->found = TRUE;
	/* One whose id cannot be read is there, as far as anybody can tell. */
	self->within = !read.entry || (!read.deleted && !is_tombstone_dn(entry_dn(read.entry)) &&
				       ad_read_is_within(self->reader, read.entry));
	return TRUE;
}

static gboolean look(const AdReader *reader, const LdapSearch *wanted, Sight *sight, GError **error)
{
	static const char *const attributes[] = { "objectGUID", "isDeleted", NULL };
	LDAPControl *controls[] = {
		(LDAPControl *)&ad_control_extended_dn, (LDAPControl *)&ad_control_domain_scope,
		reader->server->tombstones ? (LDAPControl *)&ad_control_show_deleted : NULL, NULL
	};
	LdapSearch search = *wanted;
	LdapPageCount count = { 0 };

	*sight = (Sight){ .reader = reader };
	search.attributes = attributes;
	search.controls = controls;
	return ldap_page_search(reader->conn, &search, take_sight, sight, &count, error);
}

static gboolean look_at(const AdReader *reader, const char *anchor, const char *filter,
			Sight *sight, GError **error)
{
	g_autofree char *base = g_strdup_printf("<GUID=%s>", anchor);
	const LdapSearch search = { .base = base, .scope = LDAP_SCOPE_BASE, .filter = filter };

	return look(reader, &search, sight, error);
}

/* Whether a group of the domain names him still. */
static gboolean is_member(const AdReader *reader, const char *anchor, gboolean *is, GError **error)
{
	g_autofree char *filter = g_strdup_printf("(&(objectClass=group)(member=<GUID=%s>))",
						  anchor);
	const LdapSearch search = { .base = reader->server->context,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter };
	Sight sight;

	if (!look(reader, &search, &sight, error))
		return FALSE;
	*is = sight.found;
	return TRUE;
}

static gboolean is_hidden(const AdReader *reader, const char *anchor, gboolean *hidden,
			  GError **error)
{
	Sight sight;

	if (!look_at(reader, anchor, "(objectClass=*)", &sight, error))
		return FALSE;
	if (!sight.found && !reader->server->tombstones)
		return is_member(reader, anchor, hidden, error);
	*hidden = !sight.found;
	if (!sight.found || !sight.within)
		return TRUE;
	if (!look_at(reader, anchor, reader->filter, &sight, error))
		return FALSE;
	*hidden = sight.found && sight.within;
	return TRUE;
}

gboolean ad_absent_judge(AdReader *reader, AdAbsent *out, GError **error)
{
	g_autoptr(GPtrArray) absent = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	const Sink *sink = reader->sink;

	if (!sink->ops->absent(reader->sink, ASKED_MAX, absent, &out->count, error))
		return FALSE;
	for (guint i = 0; i < absent->len; i++) {
		const Entry *entry = g_ptr_array_index(absent, i);
		gboolean hidden = FALSE;

		if (!is_hidden(reader, entry_anchor(entry), &hidden, error))
			return FALSE;
		if (hidden && !out->example)
			out->example = g_strdup(entry_dn(entry));
		out->hidden += hidden;
	}
	return TRUE;
}

void ad_absent_clear(AdAbsent *self)
{
	g_free(self->example);
	*self = (AdAbsent){ 0 };
}
