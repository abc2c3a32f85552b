/*
 * Change notification, [MS-ADTS] 3.1.1.3.4.1.9.
 *
 * One search over the whole naming context, without attributes: an entry comes 30 to 80 ms after a
 * write, and nothing is read from it. The domain controller insists on the filter (objectClass=*),
 * lets five such searches run on a connection (the sixth ends with result 11), and does not answer
 * until something changes. What happened before the search, or while nobody listened, is not told.
 *
 * Deletes are seen with the show-deleted control only. An account that may not read tombstones may
 * send it too, but if a server refuses the search, deletes can wait for the next pull: so it is
 * sent once more without.
 */
#include "ad_control_internal.h"
#include "ad_notify_internal.h"
#include "ldap_error_internal.h"
#include "ldap_watch_internal.h"

struct AdNotify {
	LdapWatch *watch;
};

static gboolean is_news(LDAP *ld, LDAPMessage *message, void *data)
{
	return ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY;
}

static gboolean listen_to(LdapWatch *watch, const char *domain_dn, gboolean deleted,
			  LdapResult *refused, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	LDAPControl *controls[] = {
		(LDAPControl *)&ad_control_notification,
		(LDAPControl *)&ad_control_domain_scope,
		deleted ? (LDAPControl *)&ad_control_show_deleted : NULL,
		NULL,
	};
	const LdapSearch search = { .base = domain_dn,
				    .scope = LDAP_SCOPE_SUBTREE,
				    .filter = "(objectClass=*)",
				    .attributes = none,
				    .controls = controls };

	return ldap_watch_search(watch, &search, refused, error);
}

/* Refused because of the control for deleted entries, perhaps. */
static gboolean may_try_without(int code)
{
	return code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION || code == LDAP_INSUFFICIENT_ACCESS ||
	       code == LDAP_UNWILLING_TO_PERFORM;
}

AdNotify *ad_notify_open(LdapConn *conn, const char *domain_dn, GError **error)
{
	g_autoptr(LdapWatch) watch = ldap_watch_new(conn, is_news, NULL);
	g_auto(LdapResult) refused = { 0 };

	if (!listen_to(watch, domain_dn, TRUE, &refused, error))
		return NULL;
	if (may_try_without(refused.code)) {
		ldap_result_clear(&refused);
		refused.code = LDAP_SUCCESS;
		if (!listen_to(watch, domain_dn, FALSE, &refused, error))
			return NULL;
	}
	if (refused.code != LDAP_SUCCESS) {
		ldap_error_set(error, refused.code, refused.text, conn->uri);
		return NULL;
	}
	AdNotify *self = g_new0(AdNotify, 1);
	self->watch = g_steal_pointer(&watch);
	return self;
}

int ad_notify_fd(const AdNotify *self)
{
	return ldap_watch_fd(self->watch);
}

gboolean ad_notify_news(AdNotify *self, gboolean *news, GError **error)
{
	return ldap_watch_news(self->watch, news, error);
}

void ad_notify_close(AdNotify *self)
{
	if (!self)
		return;
	ldap_watch_free(self->watch);
	g_free(self);
}
