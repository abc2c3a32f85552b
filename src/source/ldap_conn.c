/*
 * One connection, and one message at a time.
 *
 * Which server it is: ldap_servers.c. Being let in: ldap_bind.c. What to look out for in libldap:
 * ldap_handle.c.
 *
 * Messages are taken one by one (LDAP_MSG_ONE): memory does not depend on the size of an answer.
 * A connection that ended stays ended: nothing here connects again, because what was read over two
 * connections may come from two servers.
 */
#include "base/clock.h"
#include "base/error.h"
#include "ldap_bind_internal.h"
#include "ldap_entry_internal.h"
#include "ldap_error_internal.h"
#include "ldap_handle_internal.h"
#include "ldap_servers_internal.h"

#define SIZELIMIT_MAX G_MAXINT32

/*
 * The connection is over. A server may say why in a message that belongs to no request (notice of
 * disconnection, RFC 4511 §4.4.1): of it libldap keeps the result code, which is positive.
 */
static gboolean fail_ended(LdapConn *self, GError **error)
{
	int code = LDAP_SERVER_DOWN;

	ldap_get_option(self->ld, LDAP_OPT_RESULT_CODE, &code);
	if (code <= LDAP_SUCCESS)
		return ldap_error_set(error, code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code, NULL,
				      self->uri);
	ldap_error_set(error, code, NULL, self->uri);
	g_prefix_error(error, "the server ended the connection: ");
	return FALSE;
}

gboolean ldap_conn_wait(LdapConn *self, int msgid, gint64 limit_us, LDAPMessage **message,
			GError **error)
{
	struct timeval limit = { .tv_sec = limit_us / CLOCK_SECOND,
				 .tv_usec = limit_us % CLOCK_SECOND };
	int type = ldap_result(self->ld, msgid, LDAP_MSG_ONE, &limit, message);

	if (type > 0)
		return TRUE;
	if (type == 0) {
		ldap_abandon_ext(self->ld, msgid, NULL, NULL);
		return ldap_error_set(error, LDAP_TIMEOUT, NULL, self->uri);
	}
	return fail_ended(self, error);
}

/* The two ports are mistaken for each other, and both servers then wait or hang up. */
static void explain_port(const char *uri, GError **error)
{
	gboolean tls = g_ascii_strncasecmp(uri, "ldaps://", 8) == 0;
	g_autofree char *plain = g_strdup(uri);
	const char *hint = NULL;
	GError *problem = *error;

	g_strdelimit(plain, "/", ' ');
	g_strchomp(plain);
	if (tls && g_str_has_suffix(plain, ":389"))
		hint = "port 389 is for ldap://, and 636 for ldaps://";
	if (!tls && g_str_has_suffix(plain, ":636"))
		hint = "port 636 is for ldaps://";
	if (!hint)
		return;
	*error = NULL;
	error_set(error, (ErrorKind)error_kind(problem), "%s\n%s", problem->message, hint);
	g_error_free(problem);
}

LdapConn *ldap_conn_open_one(const LdapConf *conf, const char *uri, gboolean *refused,
			     GError **error)
{
	g_autoptr(LdapConn) self = g_new0(LdapConn, 1);

	self->conf = conf;
	self->uri = g_strdup(uri);
	*refused = FALSE;
	self->ld = ldap_handle_open(conf, uri, LDAP_VERIFY_ALL, error);
	if (!self->ld)
		g_prefix_error(error, "'%s': ", uri);
	else if (ldap_bind(self, refused, error))
		return g_steal_pointer(&self);
	if (error && !*refused)
		explain_port(uri, error);
	return NULL;
}

LdapConn *ldap_conn_open_preferring(const LdapConf *conf, const char *preferred, GError **error)
{
	g_autoptr(LdapServers) servers = ldap_servers_new(conf, preferred, error);

	return servers ? ldap_servers_next(servers, error) : NULL;
}

LdapConn *ldap_conn_open(const LdapConf *conf, GError **error)
{
	return ldap_conn_open_preferring(conf, NULL, error);
}

char *ldap_conn_describe(const LdapConn *self, const char *server)
{
	static const char *const ways[] = { "by password", "as this process", "anonymously",
					    "with Kerberos", "with Kerberos" };
	const LdapBind *bind = &self->conf->bind;
	const char *who = bind->method == LDAP_BIND_SIMPLE ? bind->dn : self->who;
	const char *privacy = self->sealed                                  ? "signed and sealed"
			      : ldap_conf_is_private(self->conf, self->uri) ? "private"
									    : "not encrypted";

	return g_strdup_printf("connected to '%s' (%s, %s), bound %s%s%s%s%s", self->uri, server,
			       privacy, ways[bind->method], who ? " as " : "", who ? who : "",
			       self->remark ? "\n" : "", self->remark ? self->remark : "");
}

void ldap_conn_close(LdapConn *self)
{
	if (!self)
		return;
	ldap_handle_close(self->ld);
	g_free(self->uri);
	g_free(self->who);
	g_free(self->remark);
	g_free(self);
}

gboolean ldap_conn_search(LdapConn *self, const LdapSearch *search, int *msgid, GError **error)
{
	/* A hard limit is the server's; a soft one is lifted by asking for more (OpenLDAP). */
	int code = ldap_search_ext(self->ld, search->base, search->scope, search->filter,
				   (char **)search->attributes, 0, search->controls, NULL, NULL,
				   SIZELIMIT_MAX, msgid);

	return code == LDAP_SUCCESS || ldap_error_set(error, code, NULL, self->uri);
}

gboolean ldap_conn_next(LdapConn *self, int msgid, LDAPMessage **message, GError **error)
{
	return ldap_conn_wait(self, msgid, self->conf->timeout_us, message, error);
}

gboolean ldap_conn_is_final(LDAPMessage *message)
{
	int type = ldap_msgtype(message);

	return type != LDAP_RES_SEARCH_ENTRY && type != LDAP_RES_SEARCH_REFERENCE &&
	       type != LDAP_RES_INTERMEDIATE;
}

gboolean ldap_conn_result(LdapConn *self, LDAPMessage *message, LdapResult *result, GError **error)
{
	char *text = NULL;
	int code = ldap_parse_result(self->ld, message, &result->code, NULL, &text, NULL,
				     &result->controls, 0);

	if (code != LDAP_SUCCESS) {
		ldap_memfree(text);
		return ldap_error_set(error, LDAP_DECODING_ERROR, NULL, self->uri);
	}
	result->text = g_strdup(text);
	ldap_memfree(text);
	return TRUE;
}

void ldap_result_clear(LdapResult *result)
{
	g_clear_pointer(&result->text, g_free);
	g_clear_pointer(&result->controls, ldap_controls_free);
}

/* Takes one message of a read: TRUE while there is more to come. */
static gboolean read_message(LdapConn *self, LDAPMessage *message, Entry **entry, GError **error)
{
	g_auto(LdapResult) result = { 0 };
	int type = ldap_msgtype(message);

	if (type == LDAP_RES_SEARCH_ENTRY && !*entry)
		*entry = ldap_entry_read(self->ld, message, &(LdapEntryShape){ .anchor = "" });
	if (!ldap_conn_is_final(message))
		return TRUE;
	if (!ldap_conn_result(self, message, &result, error))
		g_clear_pointer(entry, entry_free);
	else if (result.code != LDAP_SUCCESS) {
		g_clear_pointer(entry, entry_free);
		ldap_error_set(error, result.code, result.text, self->uri);
	} else if (!*entry)
		ldap_error_set(error, LDAP_NO_SUCH_OBJECT, NULL, self->uri);
	return FALSE;
}

Entry *ldap_conn_read(LdapConn *self, const char *dn, const char *const *attributes, GError **error)
{
	const LdapSearch search = { .base = dn,
				    .scope = LDAP_SCOPE_BASE,
				    .filter = "(objectClass=*)",
				    .attributes = attributes };
	Entry *entry = NULL;
	gboolean more = TRUE;
	int msgid;

	if (!ldap_conn_search(self, &search, &msgid, error))
		return NULL;
	while (more) {
		LDAPMessage *message = NULL;

		if (!ldap_conn_next(self, msgid, &message, error)) {
			g_clear_pointer(&entry, entry_free);
			return NULL;
		}
		more = read_message(self, message, &entry, error);
		ldap_msgfree(message);
	}
	return entry;
}
