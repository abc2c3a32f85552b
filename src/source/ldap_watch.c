/*
 * What all ways of being told about changes have in common, whatever control the search carries.
 *
 *	search + control  ->  (nothing, for hours)  ->  entry: news  ->  (nothing)  ->  ...
 *	root DSE  ->  its answer                        root DSE every minute of silence
 *
 * The root DSE is read for two reasons. Behind the search, it is the sign that the server has
 * looked at the search and not refused it: a search of this kind is not confirmed. And in silence
 * it is the sign of life: a peer that was switched off sends nothing either, and Active Directory
 * closes a connection over which it hears nothing for 15 minutes.
 *
 * TLS may have decoded more than one message from what poll() saw, so messages are taken until
 * libldap has no more, and only then is the descriptor worth polling.
 *
 * That something changed is remembered until it was told, also when it came while we waited for
 * something else.
 */
#include "base/clock.h"
#include "base/error.h"
#include "ldap_error_internal.h"
#include "ldap_watch_internal.h"

#define LONGEST_SILENCE CLOCK_MINUTE

struct LdapWatch {
	LdapConn *conn; /* owned */
	LdapWatchFn fn;
	void *data;
	int msgid; /* of the search; 0: none */
	int beat;  /* of the root DSE read under way; 0: none */
	gint64 heard_us, beat_us;
	gboolean news;    /* not told yet */
	LdapResult ended; /* how the search ended, if 'is_over' */
	gboolean is_over;
};

LdapWatch *ldap_watch_new(LdapConn *conn, LdapWatchFn fn, void *data)
{
	LdapWatch *self = g_new0(LdapWatch, 1);

	self->conn = conn;
	self->fn = fn;
	self->data = data;
	return self;
}

LdapConn *ldap_watch_conn(const LdapWatch *self)
{
	return self->conn;
}

void ldap_watch_free(LdapWatch *self)
{
	if (!self)
		return;
	ldap_result_clear(&self->ended);
	ldap_conn_close(self->conn);
	g_free(self);
}

int ldap_watch_fd(const LdapWatch *self)
{
	int fd = -1;

	ldap_get_option(self->conn->ld, LDAP_OPT_DESC, &fd);
	return fd;
}

static gboolean beat_send(LdapWatch *self, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	const LdapSearch root = { .base = "",
				  .scope = LDAP_SCOPE_BASE,
				  .filter = "(objectClass=*)",
				  .attributes = none };

	self->beat_us = clock_monotonic_us();
	return ldap_conn_search(self->conn, &root, &self->beat, error);
}

/* The end of the search, or a notice of disconnection (RFC 4511 §4.4.1). */
static gboolean take_end(LdapWatch *self, LDAPMessage *message, GError **error)
{
	ldap_result_clear(&self->ended);
	self->is_over = TRUE;
	self->msgid = 0;
	return ldap_conn_result(self->conn, message, &self->ended, error);
}

static gboolean take(LdapWatch *self, LDAPMessage *message, GError **error)
{
	int msgid = ldap_msgid(message), type = ldap_msgtype(message);

	self->heard_us = clock_monotonic_us();
	if (type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_INTERMEDIATE) {
		if (msgid == self->msgid && self->fn(self->conn->ld, message, self->data))
			self->news = TRUE;
		return TRUE;
	}
	if (type == LDAP_RES_SEARCH_REFERENCE)
		return TRUE;
	if (msgid == self->beat && self->beat) {
		self->beat = 0;
		return TRUE;
	}
	return (msgid != self->msgid && msgid != LDAP_RES_UNSOLICITED) ||
	       take_end(self, message, error);
}

/* Takes one message, waiting so long for it; *taken FALSE if none came. */
static gboolean take_next(LdapWatch *self, gint64 wait_us, gboolean *taken, GError **error)
{
	struct timeval limit = { .tv_sec = wait_us / CLOCK_SECOND,
				 .tv_usec = wait_us % CLOCK_SECOND };
	LDAPMessage *message = NULL;
	int type = ldap_result(self->conn->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &limit, &message);
	int code = LDAP_SERVER_DOWN;

	*taken = message != NULL;
	if (message) {
		gboolean ok = take(self, message, error);
		ldap_msgfree(message);
		return ok;
	}
	if (type == 0)
		return TRUE;
	ldap_get_option(self->conn->ld, LDAP_OPT_RESULT_CODE, &code);
	return ldap_error_set(error, code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code, NULL,
			      self->conn->uri);
}

/* Waits until the root DSE was answered, or the search refused. */
static gboolean settle(LdapWatch *self, GError **error)
{
	gint64 limit_us = self->conn->conf->timeout_us;
	gboolean taken = TRUE;

	while (self->beat && !self->is_over && taken)
		if (!take_next(self, limit_us, &taken, error))
			return FALSE;
	return taken || ldap_error_set(error, LDAP_TIMEOUT, NULL, self->conn->uri);
}

gboolean ldap_watch_search(LdapWatch *self, const LdapSearch *search, LdapResult *refused,
			   GError **error)
{
	self->is_over = FALSE;
	self->heard_us = clock_monotonic_us();
	if (!ldap_conn_search(self->conn, search, &self->msgid, error) || !beat_send(self, error) ||
	    !settle(self, error))
		return FALSE;
	if (self->is_over) {
		*refused = self->ended;
		self->ended = (LdapResult){ 0 };
	}
	return TRUE;
}

static gboolean live(LdapWatch *self, GError **error)
{
	gint64 now_us = clock_monotonic_us(), limit_us = self->conn->conf->timeout_us;

	if (self->beat)
		return now_us - self->beat_us <= limit_us ||
		       ldap_error_set(error, LDAP_TIMEOUT, NULL, self->conn->uri);
	return now_us - self->heard_us < MIN(limit_us, LONGEST_SILENCE) || beat_send(self, error);
}

/* A server that ends the search with success does not tell us any more either. */
static gboolean fail_over(const LdapWatch *self, GError **error)
{
	if (self->ended.code == LDAP_SUCCESS)
		return error_set(error, ERROR_RETRY,
				 "'%s': the server stopped telling about changes", self->conn->uri);
	return ldap_error_set(error, self->ended.code, self->ended.text, self->conn->uri);
}

gboolean ldap_watch_news(LdapWatch *self, gboolean *news, GError **error)
{
	gboolean taken = TRUE;

	while (taken && !self->is_over)
		if (!take_next(self, 0, &taken, error))
			return FALSE;
	if (self->is_over)
		return fail_over(self, error);
	if (!live(self, error))
		return FALSE;
	*news = self->news;
	self->news = FALSE;
	return TRUE;
}
