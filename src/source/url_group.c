/*
 * Dynamic groups: groupOfURLs with memberURL (RFC 4516).
 *
 *	objectClass: groupOfURLs
 *	memberURL: ldap:///ou=People,dc=example,dc=com??sub?(departmentNumber=42)
 *
 * Nothing tells that somebody begins or ceases to match, on any server. So at the end of every pull
 * all such groups are looked up, which costs one small search where there is none, and each URL is
 * searched at the server, for ids only. The server evaluates its own filter, by its own schema,
 * over attributes that we do not read: a second evaluation here could only differ.
 *
 * A server that computes the members itself (OpenLDAP's overlay dynlist) shows them as values of
 * the group. They are kept, as are static members beside the URL: both ways name the same people.
 *
 * A group is put once in a pull, with its members. What a refresh says of a dynamic group is
 * therefore held back: put as it came it would be empty, and everybody would leave it if the
 * searches that follow fail. A group of which a search breaks off, or whose URL cannot be
 * used, is named as present and nothing more.
 *
 * Base and scope of a URL are taken as they are, even outside of the source's base; whom the source
 * does not read is a member without an entry. A URL that names a host is refused: there is nobody
 * whose answer to believe. A URL without scope means the base alone (RFC 4516 §2), and its base
 * that does not exist holds nobody.
 */
#include <string.h>

#include "base/error.h"
#include "core/anchor.h"
#include "ldap_page_internal.h"
#include "url_group_internal.h"

#define DYNAMIC_CLASSES "(|(objectClass=groupOfURLs)(objectClass=ibm-dynamicGroup))"

typedef struct {
	const RereadSetup *setup;
	GPtrArray *groups; /* Entry * */
	guint unreadable;
} Lookup;

/* Whom one group has. */
typedef struct {
	const RereadSetup *setup;
	Entry *group;
	guint unreadable;
	char *refused; /* why a URL of the group cannot be used at all; NULL if it can */
} Search;

gboolean url_group_is(const Entry *entry)
{
	guint count;

	entry_values(entry, "memberurl", &count);
	return count > 0 && (entry_has(entry, "objectclass", "groupOfURLs") ||
			     entry_has(entry, "objectclass", "ibm-dynamicGroup"));
}

static gboolean take_group(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Lookup *self = data;
	Entry *group = ldap_entry_read(conn->ld, message, &self->setup->shape);

	if (group && url_group_is(group)) {
		g_ptr_array_add(self->groups, group);
		return TRUE;
	}
	self->unreadable += group == NULL;
	entry_free(group);
	return TRUE;
}

static gboolean take_member(LdapConn *conn, LDAPMessage *message, void *data, GError **error)
{
	Search *self = data;
	char anchor[ANCHOR_LENGTH + 1];
	BerElement *ber = NULL;
	struct berval dn;

	if (!ldap_entry_anchor(conn->ld, message, self->setup->shape.uuid_attribute, anchor)) {
		self->unreadable++;
		return TRUE;
	}
	if (strcmp(anchor, entry_anchor(self->group)) == 0)
		return TRUE;
	if (ldap_get_dn_ber(conn->ld, message, &ber, &dn) == LDAP_SUCCESS)
		entry_add_member_by_anchor(self->group, anchor, dn.bv_val, dn.bv_len, FALSE);
	else
		self->unreadable++;
	if (ber)
		ber_free(ber, 0);
	return TRUE;
}

/* True if what failed last will fail the same way tomorrow. */
static gboolean is_for_good(LdapConn *conn)
{
	int code = LDAP_SUCCESS;

	ldap_get_option(conn->ld, LDAP_OPT_RESULT_CODE, &code);
	return code == LDAP_FILTER_ERROR || code == LDAP_INVALID_DN_SYNTAX ||
	       code == LDAP_INAPPROPRIATE_MATCHING || code == LDAP_REFERRAL;
}

/* TRUE also for a URL that cannot be used; then 'refused' is set. */
static gboolean search_url(Search *self, const LDAPURLDesc *url, GError **error)
{
	LdapConn *conn = self->setup->conn;
	const char *attributes[] = { self->setup->shape.uuid_attribute, NULL };
	const LdapSearch search = {
		.base = url->lud_dn ? url->lud_dn : "",
		.scope = url->lud_scope == LDAP_SCOPE_DEFAULT ? LDAP_SCOPE_BASE : url->lud_scope,
		.filter = url->lud_filter ? url->lud_filter : "(objectClass=*)",
		.attributes = attributes,
	};
	LdapPageCount count = { 0 };
	g_autoptr(GError) problem = NULL;

	if (ldap_page_search(conn, &search, take_member, self, &count, &problem)) {
		if (!count.references && !self->unreadable)
			return TRUE;
		return error_set(error, ERROR_RETRY,
				 "'%s': %u referrals were not followed, %u entries could not be "
				 "read",
				 conn->uri, count.references, self->unreadable);
	}
	if (is_for_good(conn)) {
		self->refused = g_strdup(problem->message);
		return TRUE;
	}
	g_propagate_error(error, g_steal_pointer(&problem));
	return FALSE;
}

static gboolean has_critical_extension(const LDAPURLDesc *url)
{
	for (char **extension = url->lud_exts; extension && *extension; extension++)
		if (**extension == '!')
			return TRUE;
	return FALSE;
}

static gboolean run_url(Search *self, const char *text, GError **error)
{
	LDAPURLDesc *url = NULL;
	gboolean ok = TRUE;

	if (ldap_url_parse(text, &url) != LDAP_URL_SUCCESS) {
		self->refused = g_strdup("it is no LDAP URL");
		return TRUE;
	}
	if (url->lud_host && *url->lud_host)
		self->refused = g_strdup("it names a server of its own\nwrite it as "
					 "ldap:///BASE??SCOPE?FILTER");
	else if (has_critical_extension(url))
		self->refused = g_strdup("it asks for an extension that is not supported");
	else
		ok = search_url(self, url, error);
	ldap_free_urldesc(url);
	return ok;
}

static void note_refused(const Search *self, const char *url)
{
	Sink *sink = self->setup->sink;
	g_autofree char *text = g_strdup_printf(
		"the members of '%s' stay as they were: its memberURL '%s' cannot be used: %s",
		entry_dn(self->group), url, self->refused);

	sink->ops->note(sink, text);
}

/* Every URL of the group, until one cannot be used. */
static gboolean run_urls(Search *self, GError **error)
{
	guint count;
	const EntryValue *urls = entry_values(self->group, "memberurl", &count);

	for (guint i = 0; i < count && !self->refused; i++) {
		if (!run_url(self, urls[i].data, error)) {
			g_prefix_error(error, "members of the dynamic group '%s': ",
				       entry_dn(self->group));
			return FALSE;
		}
		if (self->refused)
			note_refused(self, urls[i].data);
	}
	return TRUE;
}

static gboolean put_group(const RereadSetup *setup, Entry *group, GError **error)
{
	Search search = { .setup = setup, .group = group };
	Sink *sink = setup->sink;
	g_autoptr(GError) problem = NULL;
	gboolean found = run_urls(&search, &problem);
	gboolean usable = found && !search.refused;

	g_free(search.refused);
	if (usable)
		return sink->ops->put(sink, group, NULL, error);
	if (!sink->ops->present(sink, entry_anchor(group), error))
		return FALSE;
	if (!found)
		g_propagate_error(error, g_steal_pointer(&problem));
	return found;
}

gboolean url_groups_keep(const RereadSetup *setup, GError **error)
{
	GHashTableIter iter;
	void *anchor;

	if (!setup->held)
		return TRUE;
	g_hash_table_iter_init(&iter, setup->held);
	while (g_hash_table_iter_next(&iter, &anchor, NULL))
		if (!setup->sink->ops->present(setup->sink, anchor, error))
			return FALSE;
	return TRUE;
}

static gboolean look_up(Lookup *lookup, GError **error)
{
	const RereadSetup *setup = lookup->setup;
	g_autofree char *filter = g_strdup_printf("(&%s" DYNAMIC_CLASSES "(memberURL=*))",
						  setup->filter);
	const LdapSearch search = { .base = setup->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = filter,
				    .attributes = setup->attributes };
	LdapPageCount count = { 0 };

	if (!ldap_page_search(setup->conn, &search, take_group, lookup, &count, error)) {
		g_prefix_error(error, "looking for dynamic groups: ");
		return FALSE;
	}
	if (count.references || lookup->unreadable)
		return error_set(error, ERROR_RETRY,
				 "'%s': not every dynamic group could be read: %u referrals, %u "
				 "entries without a readable '%s'",
				 setup->conn->uri, count.references, lookup->unreadable,
				 setup->shape.uuid_attribute);
	return TRUE;
}

gboolean url_groups_run(const RereadSetup *setup, GError **error)
{
	g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func((GDestroyNotify)entry_free);
	Lookup lookup = { .setup = setup, .groups = groups };
	g_autoptr(GError) first = NULL;

	if (!url_groups_keep(setup, error) || !look_up(&lookup, error))
		return FALSE;
	/* One that cannot be read leaves the others their news. */
	for (guint i = 0; i < groups->len; i++) {
		GError *problem = NULL;

		if (put_group(setup, g_ptr_array_index(groups, i), &problem))
			continue;
		if (!first || error_is(problem, ERROR_FATAL)) {
			g_clear_error(&first);
			first = problem;
		} else {
			g_error_free(problem);
		}
		if (error_is(first, ERROR_FATAL))
			break;
	}
	if (!first)
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&first));
	return FALSE;
}
