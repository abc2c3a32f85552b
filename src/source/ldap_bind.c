/*
 * Being let in.
 *
 * Binds are asynchronous requests with our own wait: so connect_timeout holds for them as well, and
 * a connect that is still under way (LDAP_X_CONNECTING) is waited for, not spun upon.
 *
 * Kerberos ("gssapi", "gss-spnego") makes an ldap:// connection private by itself: at least 56 bit,
 * "sign and seal", is asked for and refused to do without. Over TLS there is nothing to seal
 * (Active Directory forbids both at once): then the bind is tied to the TLS connection instead, so
 * that nobody between can pass it on (channel binding, RFC 5929 tls-server-end-point).
 *
 * Cyrus SASL would ask the DNS for the canonical name of the server and take what comes; NOCANON
 * keeps the name of the URI, which is the one that was verified or asked a ticket for.
 *
 * A server that refuses the credentials ends the search for a server that takes them.
 */
#include <sasl/sasl.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "ldap_bind_internal.h"
#include "ldap_error_internal.h"
#include "ldap_handle_internal.h"
#include "ldap_krb_internal.h"

static int send_simple(LdapConn *self, int *msgid)
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

/* After LDAP_X_CONNECTING: waits until a request can be sent. FALSE when the time is over. */
static gboolean may_try_again(LdapConn *self, gint64 until_us)
{
	return clock_monotonic_us() < until_us && ldap_handle_wait_connected(self->ld, until_us);
}

/* Sets the error for a bind that was answered with, or failed with, 'code'. */
static gboolean fail(LdapConn *self, int code, const char *text, gboolean *refused, GError **error)
{
	const char *who = self->who ? self->who : self->conf->bind.dn;

	*refused = code == LDAP_INVALID_CREDENTIALS;
	ldap_error_set(error, code, text, self->uri);
	if (who)
		g_prefix_error(error, "cannot bind as '%s' to ", who);
	else
		g_prefix_error(error, "cannot bind to ");
	return FALSE;
}

static gboolean finish_simple(LdapConn *self, int msgid, gboolean *refused, GError **error)
{
	g_auto(LdapResult) result = { 0 };
	LDAPMessage *message = NULL;

	if (!ldap_conn_wait(self, msgid, self->conf->connect_timeout_us, &message, error))
		return FALSE;
	gboolean ok = ldap_conn_result(self, message, &result, error);
	ldap_msgfree(message);
	if (!ok)
		return FALSE;
	return result.code == LDAP_SUCCESS || fail(self, result.code, result.text, refused, error);
}

static gboolean bind_simple(LdapConn *self, gboolean *refused, GError **error)
{
	gint64 until_us = clock_monotonic_us() + self->conf->connect_timeout_us;
	int msgid, code;

	do {
		code = send_simple(self, &msgid);
	} while (code == LDAP_X_CONNECTING && may_try_again(self, until_us));
	if (code == LDAP_X_CONNECTING)
		code = LDAP_TIMEOUT;
	if (code != LDAP_SUCCESS)
		return ldap_error_set(error, code, NULL, self->uri);
	return finish_simple(self, msgid, refused, error);
}

/* Kerberos ------------------------------------------------------------------------------------- */

/* SASL's questions (who do you want to be?) all have the same answer: as the ticket says. */
static int answer_nothing(LDAP *ld, unsigned flags, void *defaults, void *questions)
{
	for (sasl_interact_t *ask = questions; ask->id != SASL_CB_LIST_END; ask++) {
		ask->result = "";
		ask->len = 0;
	}
	return LDAP_SUCCESS;
}

static gboolean set_sasl_options(LdapConn *self, gboolean tls)
{
	static const char seal[] = "noanonymous,noplain,minssf=56";
	static const char no_seal[] = "noanonymous,noplain,maxssf=0";
	const int binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;

	return ldap_set_option(self->ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) ==
		       LDAP_OPT_SUCCESS &&
	       ldap_set_option(self->ld, LDAP_OPT_X_SASL_SECPROPS, tls ? no_seal : seal) ==
		       LDAP_OPT_SUCCESS &&
	       (!tls ||
		ldap_set_option(self->ld, LDAP_OPT_X_SASL_CBINDING, &binding) == LDAP_OPT_SUCCESS);
}

/* The rounds of a SASL bind; the answer to the last is in *code. FALSE: no answer came. */
static gboolean talk(LdapConn *self, int *code, GError **error)
{
	const char *wanted = self->conf->bind.method == LDAP_BIND_GSSAPI ? "GSSAPI" : "GSS-SPNEGO";
	gint64 until_us = clock_monotonic_us() + self->conf->connect_timeout_us;
	const char *mechanism = NULL;
	LDAPMessage *message = NULL;
	int msgid = 0;

	for (;;) {
		*code = ldap_sasl_interactive_bind(self->ld, NULL, wanted, NULL, NULL,
						   LDAP_SASL_QUIET, answer_nothing, NULL, message,
						   &mechanism, &msgid);
		ldap_msgfree(message);
		message = NULL;
		gint64 left_us = until_us - clock_monotonic_us();
		if (*code == LDAP_X_CONNECTING && may_try_again(self, until_us)) {
			mechanism = NULL;
			continue;
		}
		if (*code != LDAP_SASL_BIND_IN_PROGRESS)
			return TRUE;
		if (!ldap_conn_wait(self, msgid, MAX(left_us, 1), &message, error))
			return FALSE;
	}
}

static gboolean negotiate(LdapConn *self, gboolean *refused, GError **error)
{
	gboolean tls = ldap_conf_is_private(self->conf, self->uri);
	char *text = NULL;
	int code;

	if (!set_sasl_options(self, tls))
		return error_set(error, ERROR_DOWN,
				 "'%s': cannot set the options of the Kerberos bind", self->uri);
	if (!talk(self, &code, error))
		return FALSE;
	self->sealed = code == LDAP_SUCCESS && !tls;
	if (code == LDAP_SUCCESS)
		return TRUE;
	ldap_get_option(self->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
	fail(self, code == LDAP_X_CONNECTING ? LDAP_TIMEOUT : code, text, refused, error);
	ldap_memfree(text);
	return FALSE;
}

/* How far apart the clocks are, by the root DSE of the server, which anybody may read. */
static void explain_clock(LdapConn *self, GError **error)
{
	static const char *const attributes[] = { "currentTime", NULL };
	g_autoptr(Entry) root = ldap_conn_read(self, "", attributes, NULL);
	const char *text = root ? entry_text(root, "currenttime") : NULL;
	gint64 there_us;

	if (!text || !timefmt_parse_generalized(text, &there_us))
		return;
	gint64 ahead_us = clock_now_us() - there_us;
	g_autofree char *span = timefmt_span(ABS(ahead_us));
	g_prefix_error(error, "the clock of this host is %s %s that of the server; ", span,
		       ahead_us > 0 ? "ahead of" : "behind");
}

static gboolean bind_kerberos(LdapConn *self, gboolean *refused, GError **error)
{
	g_autofree char *host = ldap_handle_host(self->uri);
	const LdapKrbSetup setup = { .host = host, .limit_us = self->conf->connect_timeout_us };
	LdapKrbFault fault;
	g_autoptr(LdapKrb) krb = ldap_krb_open(&self->conf->bind, &setup, &fault, error);

	if (krb) {
		self->who = g_strdup(ldap_krb_who(krb));
		return negotiate(self, refused, error);
	}
	*refused = fault == LDAP_KRB_FAULT_SELF;
	if (fault == LDAP_KRB_FAULT_CLOCK)
		explain_clock(self, error);
	g_prefix_error(error, "cannot bind to '%s': ", self->uri);
	return FALSE;
}

gboolean ldap_bind(LdapConn *self, gboolean *refused, GError **error)
{
	*refused = FALSE;
	return ldap_conf_is_kerberos(self->conf) ? bind_kerberos(self, refused, error)
						 : bind_simple(self, refused, error);
}
