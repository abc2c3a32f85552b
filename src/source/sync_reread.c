/*
 * Reading again what no event names.
 *
 * Two silences of OpenLDAP, both by design of the protocol:
 *
 *  - A container that is renamed or moved is one event; what stands beneath it changes its DN, or
 *    comes into the base for the first time, without any. So the subtree of every container that
 *    is new to the view or renamed is read.
 *  - Overlays (refint, memberof) write without events. Somebody who is new to the view may be a
 *    member of a group that has not changed as far as the server tells; somebody renamed is in
 *    groups under the new name as soon as refint has caught up. So those groups are looked for,
 *    many names in one filter, and put as they are now. A group that is not found is not touched:
 *    refint is asynchronous, and a membership under the old name is none that was taken away.
 *
 * A third is a habit of 389-ds: a delta has all user attributes of an entry, whichever were asked
 * for, and none that is operational. A lock set by an administrator (nsAccountLock) would vanish
 * with the next change of a telephone number, and values would be stored that nobody asked for. So
 * of those deltas only the ids are taken, and the entries are read by them.
 *
 * Names are few after a normal delta. When they are many, one read of everything is cheaper, and
 * the list stops growing.
 *
 * Groups that are put here are not followed further: whether a group is new says nothing about
 * groups that the view already has, and those that hold it are found by the same search.
 */
#include <string.h>

#include "base/error.h"
#include "core/dn.h"
#include "ldap_page_internal.h"
#include "sync_reread_internal.h"
#include "url_group_internal.h"

enum {
	NAMES_MAX = 500, /* beyond this everything is read */
	NAMES_A_FILTER = 50,
};

struct Reread {
	const RereadSetup *setup;
	GPtrArray *anchors;    /* char *: entries to read */
	GPtrArray *names;      /* char *: DNs of users, groups and containers to find groups of */
	GPtrArray *containers; /* char * */
	gboolean too_much;
	guint unreadable;
};

static const char *const leaf_classes[] = {
	"person",       "account",      "inetOrgPerson",
	"posixAccount", "groupOfNames", "groupOfUniqueNames",
	"groupOfURLs",  "posixGroup",   "groupOfMembers",
	"user",         "group",        "organizationalPerson",
};

static gboolean is_leaf(const Entry *entry)
{
	for (gsize i = 0; i < G_N_ELEMENTS(leaf_classes); i++)
		if (entry_has(entry, "objectclass", leaf_classes[i]))
			return TRUE;
	return FALSE;
}

Reread *reread_new(const RereadSetup *setup)
{
	Reread *self = g_new0(Reread, 1);

	self->setup = setup;
	self->anchors = g_ptr_array_new_with_free_func(g_free);
	self->names = g_ptr_array_new_with_free_func(g_free);
	self->containers = g_ptr_array_new_with_free_func(g_free);
	return self;
}

void reread_free(Reread *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->anchors);
	g_ptr_array_unref(self->names);
	g_ptr_array_unref(self->containers);
	g_free(self);
}

void reread_note(Reread *self, const Entry *entry, SinkVerdict verdict)
{
	if (verdict != SINK_NEW && verdict != SINK_RENAMED)
		return;
	if (is_leaf(entry))
		reread_note_name(self, entry_dn(entry));
	else
		g_ptr_array_add(self->containers, g_strdup(entry_dn(entry)));
	self->too_much |= self->containers->len > NAMES_MAX;
}

void reread_note_name(Reread *self, const char *dn)
{
	if (self->names->len >= NAMES_MAX)
		self->too_much = TRUE;
	else
		g_ptr_array_add(self->names, g_strdup(dn));
}

void reread_note_anchor(Reread *self, const char *anchor)
{
	if (self->anchors->len >= NAMES_MAX)
		self->too_much = TRUE;
	else
		g_ptr_array_add(self->anchors, g_strdup(anchor));
}

gboolean reread_is_due(const Reread *self)
{
	return self->anchors->len > 0 || self->names->len > 0 || self->containers->len > 0;
}

gboolean reread_is_too_much(const Reread *self)
{
	return self->too_much;
}

typedef enum {
	FOLLOW_NOTHING,
	FOLLOW_LEAVES, /* of new or renamed ones the groups are looked for */
	FOLLOW_ALL,    /* and containers are read */
} Follow;

/* Puts one entry; what cannot be read is counted and makes the whole read incomplete. */
static gboolean put_found(Reread *self, LDAPMessage *message, Follow follow, GError **error)
{
	g_autoptr(Entry) entry = ldap_entry_read(self->setup->conn->ld, message,
						 &self->setup->shape);
	SinkVerdict verdict = SINK_SAME;

	if (!entry) {
		self->unreadable++;
		return TRUE;
	}
	if (self->setup->held && url_group_is(entry)) {
		g_hash_table_add(self->setup->held, g_strdup(entry_anchor(entry)));
		return TRUE;
	}
	Sink *sink = self->setup->sink;
	if (!sink->ops->put(sink, entry, &verdict, error))
		return FALSE;
	if (follow == FOLLOW_ALL || (follow == FOLLOW_LEAVES && is_leaf(entry)))
		reread_note(self, entry, verdict);
	return TRUE;
}

static gboolean put_beneath(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	return put_found(data, message, FOLLOW_LEAVES, error);
}

static gboolean put_group(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	return put_found(data, message, FOLLOW_NOTHING, error);
}

static gboolean put_named(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	return put_found(data, message, FOLLOW_ALL, error);
}

static gboolean search(Reread *self, const char *base, const char *filter, LdapPageFn fn,
		       GError **error)
{
	const LdapSearch wanted = { .base = base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter,
				    .attributes = self->setup->attributes };
	LdapPageCount count = { 0 };

	if (!ldap_page_search(self->setup->conn, &wanted, fn, self, &count, error))
		return FALSE;
	if (count.references)
		return error_set(
			error, ERROR_RETRY,
			"'%s': %u referrals to other servers beneath '%s' were not followed",
			self->setup->conn->uri, count.references, base);
	return TRUE;
}

/* As a condition. nsUniqueId has hyphens of its own: 6ba7b810-9dad11d1-80b400c0-4fd430c8. */
static void append_anchor(GString *filter, const char *attribute, const char *anchor)
{
	if (g_ascii_strcasecmp(attribute, "nsUniqueId") == 0)
		g_string_append_printf(filter, "(%s=%.13s%.9s%.4s-%s)", attribute, anchor,
				       anchor + 14, anchor + 24, anchor + 28);
	else
		g_string_append_printf(filter, "(%s=%s)", attribute, anchor);
}

/* Who was deleted since is not found, and the next delta says so. */
static gboolean read_anchors(Reread *self, GError **error)
{
	const char *attribute = self->setup->shape.uuid_attribute;

	for (guint start = 0; start < self->anchors->len; start += NAMES_A_FILTER) {
		g_autoptr(GString) filter = g_string_new("(&");
		guint end = MIN(start + NAMES_A_FILTER, self->anchors->len);

		g_string_append_printf(filter, "%s(|", self->setup->filter);
		for (guint i = start; i < end; i++)
			append_anchor(filter, attribute, g_ptr_array_index(self->anchors, i));
		g_string_append(filter, "))");
		if (!search(self, self->setup->base, filter->str, put_named, error))
			return FALSE;
	}
	return TRUE;
}

/* True if an outer container of the list covers this one. */
static gboolean is_covered(const Reread *self, guint index)
{
	g_autofree char *dn = dn_normalize(g_ptr_array_index(self->containers, index),
					   strlen(g_ptr_array_index(self->containers, index)));

	for (guint i = 0; dn && i < self->containers->len; i++) {
		const char *other = g_ptr_array_index(self->containers, i);
		g_autofree char *outer = dn_normalize(other, strlen(other));

		if (i == index || !outer || !dn_is_within(dn, outer))
			continue;
		if (strcmp(dn, outer) != 0 || i < index)
			return TRUE;
	}
	return FALSE;
}

static gboolean read_containers(Reread *self, GError **error)
{
	for (guint i = 0; i < self->containers->len && !self->too_much; i++) {
		if (is_covered(self, i))
			continue;
		if (!search(self, g_ptr_array_index(self->containers, i), self->setup->filter,
			    put_beneath, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean read_groups(Reread *self, GError **error)
{
	for (guint start = 0; start < self->names->len; start += NAMES_A_FILTER) {
		g_autoptr(GString) filter = g_string_new("(&");

		g_string_append_printf(filter, "%s(|", self->setup->filter);
		for (guint i = start; i < MIN(start + NAMES_A_FILTER, self->names->len); i++) {
			g_autofree char *dn = ldap_conf_escape(g_ptr_array_index(self->names, i));

			g_string_append_printf(filter, "(member=%s)(uniqueMember=%s)", dn, dn);
		}
		g_string_append(filter, "))");
		if (!search(self, self->setup->base, filter->str, put_group, error))
			return FALSE;
	}
	return TRUE;
}

gboolean reread_run(Reread *self, GError **error)
{
	if (!read_anchors(self, error) || !read_containers(self, error))
		return FALSE;
	/* Beneath the containers may stand more than is worth asking about one by one. */
	if (self->too_much)
		return TRUE;
	if (!read_groups(self, error))
		return FALSE;
	if (self->unreadable)
		return error_set(error, ERROR_RETRY,
				 "'%s': %u entries have no readable '%s'\n"
				 "let the bind account read this operational attribute",
				 self->setup->conn->uri, self->unreadable,
				 self->setup->shape.uuid_attribute);
	return TRUE;
}
