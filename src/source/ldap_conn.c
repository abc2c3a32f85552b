/*
 * Failover, bind, and one message at a time.
 *
 * The list of servers is tried in order, each with a handle of its own. A server that cannot be
 * reached, is busy or fails its certificate gives way to the next; one that refuses the password
 * does not, because the next would refuse it too and count it towards the lockout.
 *
 * Binds are asynchronous requests with our own wait: so connect_timeout holds for them as well, and
 * a connect that is still under way (LDAP_X_CONNECTING) is waited for, not spun upon.
 *
 * Messages are taken one by one (LDAP_MSG_ONE): memory does not depend on the size of an answer.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "ldap_conn_internal.h"
#include "ldap_entry_internal.h"
#include "ldap_error_internal.h"
#include "ldap_handle_internal.h"

#define SIZELIMIT_MAX G_MAXINT32

static int bind_send(LdapConn *self, int *msgid)
{
	const LdapBind *bind = &self->conf->bind;
	char nothing[] = "";
	/* Empty, not absent: a server answers absent SASL credentials with "go on". */
	struct berval password = { .bv_val = nothing };

	switch (bind->method) {
	case LDAP_BIND_EXTERNAL:
		return ldap_sasl_bind(self->ld, NULL, "EXTERNAL", &password, NULL, NULL, msgid);
	case LDAP_BIND_ANONYMOUS:
		return ldap_sasl_bind(self->ld, NULL, LDAP_SASL_SIMPLE, &password, NULL, NULL,
				      msgid);
	default:
		password.bv_val = (char *)secret_peek(bind->password);
		password.bv_len = secret_length(bind->password);
		return ldap_sasl_bind(self->ld, bind->dn, LDAP_SASL_SIMPLE, &password, NULL, NULL,
				      msgid);
	}
}

static gboolean wait_message(LdapConn *self, int msgid, gint64 limit_us, LDAPMessage **message,
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
	int code = LDAP_SERVER_DOWN;
	ldap_get_option(self->ld, LDAP_OPT_RESULT_CODE, &code);
	return ldap_error_set(error, code == LDAP_SUCCESS ? LDAP_SERVER_DOWN : code, NULL,
			      self->uri);
}

static gboolean bind_finish(LdapConn *self, int msgid, GError **error)
{
	g_auto(LdapResult) result = { 0 };
	LDAPMessage *message = NULL;

	if (!wait_message(self, msgid, self->conf->connect_timeout_us, &message, error))
		return FALSE;
	gboolean ok = ldap_conn_result(self, message, &result, error);
	ldap_msgfree(message);
	if (!ok)
		return FALSE;
	if (result.code == LDAP_SUCCESS)
		return TRUE;
	ldap_error_set(error, result.code, result.text, self->uri);
	if (self->conf->bind.method == LDAP_BIND_SIMPLE)
		g_prefix_error(error, "cannot bind as '%s' to ", self->conf->bind.dn);
	else
		g_prefix_error(error, "cannot bind to ");
	return FALSE;
}

static gboolean bind_all(LdapConn *self, GError **error)
{
	gint64 until_us = clock_monotonic_us() + self->conf->connect_timeout_us;
	int msgid, code;

	do {
		code = bind_send(self, &msgid);
	} while (code == LDAP_X_CONNECTING && clock_monotonic_us() < until_us &&
		 ldap_handle_wait_connected(self->ld, until_us));
	if (code == LDAP_X_CONNECTING)
		code = LDAP_TIMEOUT;
	if (code != LDAP_SUCCESS)
		return ldap_error_set(error, code, NULL, self->uri);
	return bind_finish(self, msgid, error);
}

static LdapConn *open_one(const LdapConf *conf, const char *uri, gboolean *refused, GError **error)
{
	g_autoptr(LdapConn) self = g_new0(LdapConn, 1);

	self->conf = conf;
	self->uri = uri;
	*refused = FALSE;
	self->ld = ldap_handle_open(conf, uri, LDAP_VERIFY_ALL, error);
	if (!self->ld) {
		g_prefix_error(error, "'%s': ", uri);
		return NULL;
	}
	if (bind_all(self, error))
		return g_steal_pointer(&self);
	int code = LDAP_SUCCESS;
	ldap_get_option(self->ld, LDAP_OPT_RESULT_CODE, &code);
	*refused = code == LDAP_INVALID_CREDENTIALS;
	return NULL;
}

/* One error for a whole list: each server with its reason, in order, the hint of the first last. */
static void fail_all(GPtrArray *problems, GError **error)
{
	const GError *first = g_ptr_array_index(problems, 0);

	if (problems->len == 1) {
		g_propagate_error(error, g_error_copy(first));
		return;
	}
	GString *text = g_string_new("none of the servers can be used");
	for (guint i = 0; i < problems->len; i++) {
		const GError *problem = g_ptr_array_index(problems, i);
		g_autofree char *sentence = g_strdup(problem->message);

		sentence[strcspn(sentence, "\n")] = '\0';
		g_string_append_printf(text, "; %s", sentence);
	}
	const char *hint = strchr(first->message, '\n');
	error_set(error, (ErrorKind)error_kind(first), "%s%s", text->str, hint ? hint : "");
	g_string_free(text, TRUE);
}

LdapConn *ldap_conn_open(const LdapConf *conf, GError **error)
{
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(
		(GDestroyNotify)g_error_free);
	gboolean refused = FALSE;

	for (guint i = 0; i < conf->uris->len && !refused; i++) {
		GError *problem = NULL;
		LdapConn *self = open_one(conf, g_ptr_array_index(conf->uris, i), &refused,
					  &problem);

		if (self)
			return self;
		g_ptr_array_add(problems, problem);
	}
	fail_all(problems, error);
	return NULL;
}

void ldap_conn_close(LdapConn *self)
{
	if (!self)
		return;
	ldap_handle_close(self->ld);
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
	return wait_message(self, msgid, self->conf->timeout_us, message, error);
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
	if (type == LDAP_RES_SEARCH_ENTRY || type == LDAP_RES_SEARCH_REFERENCE ||
	    type == LDAP_RES_INTERMEDIATE)
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
