/*
 * Three ways to listen, the cheapest that the server has:
 *
 *  - A persistent search (draft-ietf-ldapext-psearch-03, in 389-ds) with changesOnly: the server
 *    sends nothing until something changes.
 *  - refreshAndPersist (RFC 4533 §3.4) from where the server is now: the refresh is empty. Where
 *    that is, OpenLDAP tells in contextCSN of the suffix entry, and a cookie is made of it. A
 *    pull's own cookie would do as well, but is older: what was read meanwhile would come again.
 *  - refreshAndPersist from nothing, where contextCSN may not be read: all entries are named once,
 *    a hundred bytes each, and everything until refreshDone is passed over.
 *
 * Whatever comes after is news; no attribute is asked for and nothing is looked at. A new cookie
 * alone says that something changed in the database beyond our base or filter: no news. Entries
 * that leave the filter are reported by refreshAndPersist, not by a persistent search; classes do
 * not change often, and pulls go on anyway.
 */
#include <string.h>

#include "core/dn.h"
#include "ldap_error_internal.h"
#include "ldap_sync_internal.h"
#include "ldap_watch_internal.h"
#include "sync_cookie_internal.h"
#include "sync_notify_internal.h"

#define PERSISTENT_SEARCH "2.16.840.1.113730.3.4.3"

struct SyncNotify {
	LdapWatch *watch;
	gboolean settled; /* what comes is news, and no more what there was */
};

static gboolean take_info(SyncNotify *self, LDAP *ld, LDAPMessage *message)
{
	g_auto(SyncInfo) info = { 0 };
	struct berval *value = NULL;
	char *oid = NULL;
	gboolean news = FALSE;

	if (ldap_parse_intermediate(ld, message, &oid, &value, NULL, 0) == LDAP_SUCCESS && oid &&
	    strcmp(oid, LDAP_SYNC_INFO) == 0 && sync_value_parse_info(value, &info)) {
		/* Named as deleted; the other kind of set names what is still there. */
		news = self->settled && info.kind == SYNC_INFO_ID_SET && info.refresh_deletes;
		if (info.refresh_done && (info.kind == SYNC_INFO_REFRESH_DELETE ||
					  info.kind == SYNC_INFO_REFRESH_PRESENT))
			self->settled = TRUE;
	}
	ldap_memfree(oid);
	ber_bvfree(value);
	return news;
}

static gboolean is_news(LDAP *ld, LDAPMessage *message, void *data)
{
	SyncNotify *self = data;

	return ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY ? self->settled
							      : take_info(self, ld, message);
}

typedef struct {
	const char *base, *filter;
} Scope;

static gboolean listen_to(SyncNotify *self, const Scope *scope, LDAPControl *control,
			  LdapResult *refused, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	LDAPControl *controls[] = { control, NULL };
	const LdapSearch search = { .base = scope->base,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = scope->filter,
				    .attributes = none,
				    .controls = controls };

	ldap_result_clear(refused);
	refused->code = LDAP_SUCCESS;
	return ldap_watch_search(self->watch, &search, refused, error);
}

static gboolean listen_persistently(SyncNotify *self, const Scope *scope, LdapResult *refused,
				    GError **error)
{
	/* SEQUENCE { changeTypes 15: all, changesOnly TRUE, returnECs FALSE } */
	static const char value[] = { 0x30, 0x09,       0x02, 0x01, 0x0f, 0x01,
				      0x01, (char)0xff, 0x01, 0x01, 0x00 };
	LDAPControl control = { .ldctl_oid = (char *)PERSISTENT_SEARCH,
				.ldctl_value = { .bv_len = sizeof value, .bv_val = (char *)value },
				.ldctl_iscritical = 1 };

	self->settled = TRUE;
	return listen_to(self, scope, &control, refused, error);
}

static gboolean listen_from(SyncNotify *self, const Scope *scope, GBytes *cookie,
			    LdapResult *refused, GError **error)
{
	g_autoptr(GBytes) request = sync_value_request_persist(cookie);
	gsize length;
	const char *bytes = g_bytes_get_data(request, &length);
	LDAPControl control = { .ldctl_oid = (char *)LDAP_CONTROL_SYNC,
				.ldctl_value = { .bv_len = length, .bv_val = (char *)bytes },
				.ldctl_iscritical = 1 };

	/* With a cookie that is a minute old at most, whatever comes is new. */
	self->settled = cookie != NULL;
	return listen_to(self, scope, &control, refused, error);
}

/* The suffix of the server that the base is in, or NULL. Borrowed from 'root'. */
static const char *find_suffix(const Entry *root, const char *base)
{
	const char *found = NULL;
	guint count;
	const EntryValue *values = entry_values(root, "namingcontexts", &count);
	g_autofree char *wanted = dn_normalize(base, strlen(base));

	for (guint i = 0; wanted && i < count; i++) {
		g_autofree char *suffix = dn_normalize(values[i].data, values[i].length);

		if (suffix && *suffix && dn_is_within(wanted, suffix) &&
		    (!found || strlen(found) < values[i].length))
			found = values[i].data;
	}
	return found;
}

/* Where the server is now, as a cookie; NULL if it does not say. */
static GBytes *read_position(LdapConn *conn, const char *suffix)
{
	static const char *const attributes[] = { "contextCSN", NULL };
	g_autoptr(GString) text = g_string_new("rid=000,csn=");
	g_autoptr(Entry) entry = ldap_conn_read(conn, suffix, attributes, NULL);
	guint count = 0;
	const EntryValue *values = entry ? entry_values(entry, "contextcsn", &count) : NULL;

	for (guint i = 0; i < count; i++)
		g_string_append_printf(text, "%s%s", i ? ";" : "", values[i].data);
	g_autofree char *csns = sync_cookie_csns(text->str, text->len);
	return csns ? g_bytes_new(text->str, text->len) : NULL;
}

static gboolean refuses_cookie(int code)
{
	return code == LDAP_SYNC_REFRESH_REQUIRED || code == LDAP_UNWILLING_TO_PERFORM;
}

static gboolean listen_by_sync(SyncNotify *self, const Scope *scope, const Entry *root,
			       LdapResult *refused, GError **error)
{
	LdapConn *conn = ldap_watch_conn(self->watch);
	const char *suffix = find_suffix(root, scope->base);
	g_autoptr(GBytes) position = suffix ? read_position(conn, suffix) : NULL;

	if (!listen_from(self, scope, position, refused, error))
		return FALSE;
	return !position || !refuses_cookie(refused->code) ||
	       listen_from(self, scope, NULL, refused, error);
}

static gboolean start(SyncNotify *self, const Scope *scope, GError **error)
{
	static const char *const attributes[] = { "supportedControl", "namingContexts", NULL };
	LdapConn *conn = ldap_watch_conn(self->watch);
	g_auto(LdapResult) refused = { .code = LDAP_UNAVAILABLE_CRITICAL_EXTENSION };
	g_autoptr(Entry) root = ldap_conn_read(conn, "", attributes, error);

	if (!root)
		return FALSE;
	if (entry_has(root, "supportedcontrol", PERSISTENT_SEARCH) &&
	    !listen_persistently(self, scope, &refused, error))
		return FALSE;
	if (refused.code != LDAP_SUCCESS && !listen_by_sync(self, scope, root, &refused, error))
		return FALSE;
	return refused.code == LDAP_SUCCESS ||
	       ldap_error_set(error, refused.code, refused.text, conn->uri);
}

SyncNotify *sync_notify_open(LdapConn *conn, const char *base, const char *filter, GError **error)
{
	g_autoptr(SyncNotify) self = g_new0(SyncNotify, 1);

	self->watch = ldap_watch_new(conn, is_news, self);
	return start(self, &(Scope){ base, filter }, error) ? g_steal_pointer(&self) : NULL;
}

int sync_notify_fd(const SyncNotify *self)
{
	return ldap_watch_fd(self->watch);
}

gboolean sync_notify_news(SyncNotify *self, gboolean *news, GError **error)
{
	return ldap_watch_news(self->watch, news, error);
}

void sync_notify_close(SyncNotify *self)
{
	if (!self)
		return;
	ldap_watch_free(self->watch);
	g_free(self);
}
