/*
 * From searches to facts.
 *
 *	all      (classes), beneath the base, paged       every entry with its members
 *	beneath  the same under <GUID=..>                 one object, or a container's content
 *	usn      (&(classes)(uSNChanged>=mark+1)),        what changed, without members, and
 *	         whole domain, deleted ones too           what was deleted
 *	dirsync  (classes), whole domain, cookie          attributes and members that changed
 *	names    (classes), beneath the base, only ids    who is there, for what cannot be told else
 *
 * The filter has nothing but objectClass in it: the class of an object stays when it is deleted,
 * while all that an administrator would filter by is stripped from a tombstone, and of an object
 * that leaves a richer filter nothing more is ever heard.
 *
 * Changes are read from the whole domain although only the base is wanted: where an object stands
 * is not part of the filter for the same reason. What stands outside has left, which means
 * nothing if the view never had it. A tombstone stands in CN=Deleted Objects and is known by its
 * GUID; that of an object re-animated meanwhile is not seen, because it is none any more.
 *
 * References to other naming contexts (the configuration, the zones of DNS, other domains) come if
 * a server does not honour the domain scope control. They are not ours: each domain is a source.
 */
#include <string.h>

#include "ad_control_internal.h"
#include "ad_read_internal.h"
#include "base/error.h"
#include "core/dn.h"
#include "ldap_attributes_internal.h"

static const char *const leaf_classes[] = { "user", "group", "person", "contact", "computer" };

gboolean ad_read_is_leaf(const Entry *entry)
{
	for (gsize i = 0; i < G_N_ELEMENTS(leaf_classes); i++)
		if (entry_has(entry, "objectclass", leaf_classes[i]))
			return TRUE;
	return FALSE;
}

gboolean ad_read_is_within(const AdReader *self, const Entry *entry)
{
	const char *dn = entry_dn(entry);
	g_autofree char *normal = dn_normalize(dn, strlen(dn));

	return normal && dn_is_within(normal, self->within);
}

static gboolean retract(AdReader *self, const Entry *entry, gboolean left, GError **error)
{
	return self->sink->ops->retract(self->sink, entry_anchor(entry), left, error);
}

/* It is there, and stays as it was. */
static gboolean take_curtailed(AdReader *self, const Entry *entry, const char *lacks,
			       GError **error)
{
	if (self->curtailed++ == 0) {
		self->curtailed_dn = g_strdup(entry_dn(entry));
		self->curtailed_name = lacks;
	}
	return self->sink->ops->present(self->sink, entry_anchor(entry), error);
}

void ad_read_clear(AdReader *self)
{
	g_clear_pointer(&self->curtailed_dn, g_free);
}

gboolean ad_read_put(AdReader *self, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	const char *lacks = ad_entry_lacks(entry);
	SinkVerdict meant = SINK_SAME;

	if (!ad_read_is_within(self, entry))
		return retract(self, entry, TRUE, error);
	if (lacks)
		return take_curtailed(self, entry, lacks, error);
	if (!self->sink->ops->put(self->sink, entry, &meant, error))
		return FALSE;
	if (meant == SINK_NEW && ad_read_is_leaf(entry))
		ad_follow_comer(self->follow, entry);
	if (verdict)
		*verdict = meant;
	return TRUE;
}

/* Counts the message and reads its entry; FALSE if there is nothing to go on with. */
static gboolean read_message(AdReader *self, LDAPMessage *message, AdEntryForm form, AdEntry *read)
{
	self->entries++;
	ad_entry_read(self->conn->ld, message, form, self->kept, read);
	if (!read->entry)
		self->unreadable++;
	return read->entry != NULL;
}

/* One entry with its members. */
static gboolean take_whole(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	AdReader *self = data;
	g_auto(AdEntry) read = { 0 };

	if (!read_message(self, message, AD_ENTRY_WHOLE, &read) || read.deleted)
		return TRUE;
	if (read.range_next || read.cut) {
		ad_follow_group(self->follow, entry_anchor(read.entry));
		return TRUE;
	}
	return ad_read_put(self, read.entry, NULL, error);
}

static gboolean take_changed(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	AdReader *self = data;
	g_auto(AdEntry) read = { 0 };
	SinkVerdict verdict = SINK_SAME;

	if (!read_message(self, message, AD_ENTRY_WHOLE, &read))
		return TRUE;
	if (read.deleted || !ad_read_is_within(self, read.entry))
		return retract(self, read.entry, !read.deleted, error);
	if (read.cut || entry_has(read.entry, "objectclass", "group")) {
		ad_follow_group(self->follow, entry_anchor(read.entry));
		return TRUE;
	}
	if (!ad_read_put(self, read.entry, &verdict, error))
		return FALSE;
	if ((verdict == SINK_NEW || verdict == SINK_RENAMED) && !ad_read_is_leaf(read.entry))
		ad_follow_object(self->follow, entry_anchor(read.entry));
	return TRUE;
}

/*
 * Deleted and back between two pulls: whatever the server did to its links, no delta of a group
 * says so. It is read whole, and its groups are searched for.
 */
static gboolean take_restored(AdReader *self, const Entry *entry, GError **error)
{
	if (!self->sink->ops->renew(self->sink, entry_anchor(entry), error))
		return FALSE;
	ad_follow_object(self->follow, entry_anchor(entry));
	ad_follow_comer(self->follow, entry);
	return TRUE;
}

/* What a delta does not say, and what moved (is it a container?), is read whole. */
static gboolean take_delta(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	AdReader *self = data;
	g_auto(AdEntry) read = { 0 };
	SinkVerdict verdict = SINK_UNKNOWN;

	if (!read_message(self, message, AD_ENTRY_DELTA, &read))
		return TRUE;
	if (read.deleted || !ad_read_is_within(self, read.entry))
		return retract(self, read.entry, !read.deleted && !read.restored, error);
	if (read.restored && !take_restored(self, read.entry, error))
		return FALSE;
	if (!read.cut && !self->sink->ops->put(self->sink, read.entry, &verdict, error))
		return FALSE;
	if (verdict != SINK_SAME && verdict != SINK_CHANGED)
		ad_follow_object(self->follow, entry_anchor(read.entry));
	return TRUE;
}

typedef struct {
	const char *base;
	const char *filter;
	const char *const *attributes;
	gboolean deleted; /* those too */
	LdapPageFn fn;
} Search;

static gboolean run(AdReader *self, const Search *search, GError **error)
{
	LDAPControl *controls[] = {
		(LDAPControl *)&ad_control_extended_dn, (LDAPControl *)&ad_control_domain_scope,
		search->deleted ? (LDAPControl *)&ad_control_show_deleted : NULL, NULL
	};
	const LdapSearch ldap = { .base = search->base,
				  .scope = LDAP_SCOPE_SUBTREE,
				  .filter = search->filter,
				  .attributes = search->attributes,
				  .controls = controls };
	LdapPageCount count = { 0 };

	return ldap_page_search(self->conn, &ldap, search->fn, self, &count, error);
}

/* With members: only where they are wanted, a large group costs megabytes. */
static gboolean run_with_members(AdReader *self, Search *search, GError **error)
{
	static const char *const members[] = { "member", NULL };
	g_autoptr(GPtrArray) all = ldap_attributes_build(self->attributes, members, NULL);

	search->attributes = (const char *const *)all->pdata;
	return run(self, search, error);
}

gboolean ad_read_all(AdReader *self, GError **error)
{
	Search search = { .base = self->base, .filter = self->filter, .fn = take_whole };

	return run_with_members(self, &search, error);
}

gboolean ad_read_beneath(AdReader *self, const char *anchor, GError **error)
{
	g_autofree char *base = g_strdup_printf("<GUID=%s>", anchor);
	Search search = { .base = base, .filter = self->filter, .fn = take_whole };

	return run_with_members(self, &search, error);
}

gboolean ad_read_usn(AdReader *self, gint64 mark, GError **error)
{
	g_autofree char *filter = g_strdup_printf("(&%s(uSNChanged>=%" G_GINT64_FORMAT "))",
						  self->filter, mark + 1);
	const Search search = { .base = self->server->context,
				.filter = filter,
				.attributes = self->attributes,
				.deleted = self->server->tombstones,
				.fn = take_changed };

	return run(self, &search, error);
}

gboolean ad_read_dirsync(AdReader *self, gboolean object_security, GBytes *cookie,
			 AdDirsyncEnd *end, GError **error)
{
	static const char *const members[] = { "member", NULL };
	g_autoptr(GPtrArray) all = ldap_attributes_build(self->attributes, members, NULL);
	const AdDirsync dirsync = { .conn = self->conn,
				    .context = self->server->context,
				    .filter = self->filter,
				    .attributes = (const char *const *)all->pdata,
				    .object_security = object_security,
				    .cookie = cookie,
				    .fn = take_delta,
				    .data = self };

	return ad_dirsync(&dirsync, end, error);
}

gboolean ad_read_names(AdReader *self, GError **error)
{
	static const char *const attributes[] = { "objectGUID", NULL };
	const Search search = { .base = self->base,
				.filter = self->filter,
				.attributes = attributes,
				.fn = take_delta };

	return run(self, &search, error);
}
