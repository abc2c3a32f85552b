/*
 * Reading what no change names, or what a change does not say.
 *
 *  - A container that is renamed or moved is one change; what stands beneath it has new DNs, or
 *    comes into the base for the first time, without any. Its subtree is read.
 *  - A delta of an object that the view does not have (it was moved into the base, or re-animated)
 *    says only what changed. The object is read whole. By its GUID: it may be renamed meanwhile.
 *    A search beneath <GUID=..> does both: of a user it finds the user.
 *  - Changes by USN come without members, and a group of more than 1,500 does not fit into an
 *    answer. Such groups are read one by one.
 *  - A deletion drops the links to what was deleted, and the recycle bin restores them; who comes
 *    into the base may be in groups that the view has never heard of him. None of that is a change
 *    of the group. So for everybody who is new to the view, or was deleted and is back, the groups
 *    that have it as a direct member are searched for, and only that membership is put: a delta of
 *    the group with one member more. That search needs no members on the wire.
 *
 * The order is fixed, because each step finds work for the next: objects, groups, comers.
 */
#include <string.h>

#include "ad_control_internal.h"
#include "ad_follow_internal.h"
#include "ad_range_internal.h"
#include "ad_read_internal.h"

enum {
	OBJECTS_MAX = 500, /* also for comers; beyond this everything is read */
	GROUPS_MAX = 5000,
};

typedef struct {
	char *anchor, *dn;
} Comer;

struct AdFollow {
	gboolean bounded, too_much;
	GPtrArray *objects, *groups; /* char *: anchors in order */
	GPtrArray *comers;           /* Comer */
	GHashTable *known;           /* what is in one of the two, by its letter and anchor */
};

static void comer_free(Comer *self)
{
	g_free(self->anchor);
	g_free(self->dn);
	g_free(self);
}

AdFollow *ad_follow_new(gboolean bounded)
{
	AdFollow *self = g_new0(AdFollow, 1);

	self->bounded = bounded;
	self->objects = g_ptr_array_new_with_free_func(g_free);
	self->groups = g_ptr_array_new_with_free_func(g_free);
	self->comers = g_ptr_array_new_with_free_func((GDestroyNotify)comer_free);
	self->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return self;
}

void ad_follow_free(AdFollow *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->objects);
	g_ptr_array_unref(self->groups);
	g_ptr_array_unref(self->comers);
	g_hash_table_unref(self->known);
	g_free(self);
}

/* True if there is room for one more. */
static gboolean has_room(AdFollow *self, const GPtrArray *list, guint limit)
{
	if (self->bounded && list->len >= limit)
		self->too_much = TRUE;
	return !self->too_much;
}

static gboolean is_first(AdFollow *self, char kind, const char *anchor)
{
	return g_hash_table_add(self->known, g_strdup_printf("%c%s", kind, anchor));
}

void ad_follow_object(AdFollow *self, const char *anchor)
{
	if (has_room(self, self->objects, OBJECTS_MAX) && is_first(self, 'o', anchor))
		g_ptr_array_add(self->objects, g_strdup(anchor));
}

void ad_follow_group(AdFollow *self, const char *anchor)
{
	if (has_room(self, self->groups, GROUPS_MAX) && is_first(self, 'g', anchor))
		g_ptr_array_add(self->groups, g_strdup(anchor));
}

void ad_follow_comer(AdFollow *self, const Entry *entry)
{
	if (!self->bounded || !has_room(self, self->comers, OBJECTS_MAX) ||
	    !is_first(self, 'c', entry_anchor(entry)))
		return;
	Comer *comer = g_new0(Comer, 1);
	comer->anchor = g_strdup(entry_anchor(entry));
	comer->dn = g_strdup(entry_dn(entry));
	g_ptr_array_add(self->comers, comer);
}

gboolean ad_follow_is_due(const AdFollow *self)
{
	return self->too_much || self->objects->len || self->groups->len || self->comers->len;
}

gboolean ad_follow_is_too_much(const AdFollow *self)
{
	return self->too_much;
}

static gboolean read_objects(AdFollow *self, AdReader *reader, GError **error)
{
	for (guint i = 0; i < self->objects->len && !self->too_much; i++)
		if (!ad_read_beneath(reader, g_ptr_array_index(self->objects, i), error))
			return FALSE;
	return TRUE;
}

static gboolean read_groups(AdFollow *self, AdReader *reader, GError **error)
{
	for (guint i = 0; i < self->groups->len && !self->too_much; i++) {
		g_autoptr(GError) problem = NULL;
		g_autoptr(Entry) group = ad_group_read(reader->conn,
						       g_ptr_array_index(self->groups, i),
						       reader->kept, &problem);

		if (problem) {
			g_propagate_error(error, g_steal_pointer(&problem));
			return FALSE;
		}
		if (group && !ad_read_put(reader, group, NULL, error))
			return FALSE;
	}
	return TRUE;
}

typedef struct {
	AdReader *reader;
	const Comer *comer;
} Membership;

/* One group that has the comer as a member. What the view does not know of it, it learns itself. */
static gboolean put_membership(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Membership *self = data;
	AdReader *reader = self->reader;
	g_auto(AdEntry) read = { 0 };
	SinkVerdict verdict;

	ad_entry_read(conn->ld, message, AD_ENTRY_DELTA, reader->kept, &read);
	if (!read.entry) {
		reader->unreadable++;
		return TRUE;
	}
	if (!ad_read_is_within(reader, read.entry))
		return TRUE;
	entry_add_member_by_anchor(read.entry, self->comer->anchor, self->comer->dn,
				   strlen(self->comer->dn), FALSE);
	return reader->sink->ops->put(reader->sink, read.entry, &verdict, error);
}

static gboolean find_groups(AdReader *reader, const Comer *comer, GError **error)
{
	static const char *const attributes[] = { "objectGUID", NULL };
	g_autofree char *dn = ldap_conf_escape(comer->dn);
	g_autofree char *filter = g_strdup_printf("(&%s(member=%s))", reader->filter, dn);
	LDAPControl *controls[] = { (LDAPControl *)&ad_control_extended_dn,
				    (LDAPControl *)&ad_control_domain_scope, NULL };
	const LdapSearch search = { .base = reader->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter,
				    .attributes = attributes,
				    .controls = controls };
	Membership membership = { reader, comer };
	LdapPageCount count = { 0 };

	return ldap_page_search(reader->conn, &search, put_membership, &membership, &count, error);
}

gboolean ad_follow_run(AdFollow *self, AdReader *reader, GError **error)
{
	if (!read_objects(self, reader, error) || !read_groups(self, reader, error))
		return FALSE;
	for (guint i = 0; i < self->comers->len && !self->too_much; i++)
		if (!find_groups(reader, g_ptr_array_index(self->comers, i), error))
			return FALSE;
	return TRUE;
}
