/*
 * Connecting, and the traps of libldap 2.5 (GnuTLS build), each found by experiment:
 *
 *  - ldap.conf, ~/.ldaprc, ./ldaprc and LDAP* variables can turn verification off: LDAPNOINIT is
 *    set before libldap is touched. Then it knows no CA file at all: the system's is named here.
 *  - NETWORK_TIMEOUT alone spins at 100 % CPU for ever in a TLS handshake with a silent peer; with
 *    CONNECT_ASYNC it ends in time. With CONNECT_ASYNC a list of URIs breaks: one URI per handle.
 *  - With CONNECT_ASYNC requests fail with LDAP_X_CONNECTING until the socket is writable.
 *  - Without RESTART a signal during ldap_result() looks like "server down" and kills the handle.
 *  - REFERRALS mixes in other servers' entries, read after an anonymous bind: off.
 *  - TLS options of a handle are ignored without NEWCTX, set last; its failure, ignored, leaves
 *    the process-wide context in use.
 *  - keepalive waits two hours by default.
 *  - liblber writes with write(2): to a connection that the peer closed, even the unbind that frees
 *    the handle raises SIGPIPE, which by default ends the process.
 *
 * GnuTLS gives no reason when it refuses a certificate. The diagnosis connects again, never binds,
 * and asks in turn: does it work when nothing is verified (then it is the certificate), does it
 * still fail when only the name is verified (then it is the name), are the dates over? What then
 * remains is the signer.
 *
 * Not here: getaddrinfo() has time limits of its own (resolv.conf(5)) that nobody can set from
 * outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "ldap_cert_internal.h"
#include "ldap_handle_internal.h"

#define SYSTEM_CA_FILE "/etc/ssl/certs/ca-certificates.crt"

static const char *ca_file(const LdapConf *conf)
{
	return conf->tls.ca_file ? conf->tls.ca_file : SYSTEM_CA_FILE;
}

static gboolean wants_tls(const LdapConf *conf, const char *uri)
{
	return conf->tls.starttls || g_ascii_strncasecmp(uri, "ldaps://", 8) == 0;
}

static struct timeval timeval_of(gint64 us)
{
	return (struct timeval){ .tv_sec = us / CLOCK_SECOND, .tv_usec = us % CLOCK_SECOND };
}

static gboolean set_options(LDAP *ld, const LdapConf *conf)
{
	const int version = LDAP_VERSION3, idle = 60, interval = 10, probes = 6;
	const struct timeval connecting = timeval_of(conf->connect_timeout_us);
	const struct timeval answering = timeval_of(conf->timeout_us);
	const struct {
		int option;
		const void *value;
	} rows[] = {
		{ LDAP_OPT_PROTOCOL_VERSION, &version },
		{ LDAP_OPT_REFERRALS, LDAP_OPT_OFF },
		{ LDAP_OPT_RESTART, LDAP_OPT_ON },
		{ LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON },
		{ LDAP_OPT_NETWORK_TIMEOUT, &connecting },
		{ LDAP_OPT_TIMEOUT, &answering },
		{ LDAP_OPT_X_KEEPALIVE_IDLE, &idle },
		{ LDAP_OPT_X_KEEPALIVE_INTERVAL, &interval },
		{ LDAP_OPT_X_KEEPALIVE_PROBES, &probes },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		if (ldap_set_option(ld, rows[i].option, rows[i].value) != LDAP_OPT_SUCCESS)
			return FALSE;
	return TRUE;
}

/* GnuTLS takes a file without certificates, and then trusts nobody. */
static gboolean check_ca_file(const LdapConf *conf, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autofree char *text = NULL;
	const char *file = conf->tls.ca_file;

	if (!file)
		return TRUE;
	int descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int saved = errno;
	if (descriptor < 0)
		return error_set(error, ERROR_CONFIG,
				 "cannot use the CA certificates in '%s': %s\n"
				 "name a readable PEM file as tls.ca_file",
				 file, g_strerror(saved));
	close(descriptor);
	if (!g_file_get_contents(file, &text, NULL, &problem))
		return error_set(error, ERROR_CONFIG,
				 "cannot use the CA certificates: %s\n"
				 "name a readable PEM file as tls.ca_file",
				 problem->message);
	if (strstr(text, "CERTIFICATE-----"))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "'%s' holds no PEM certificate\nif it holds one in binary form (DER), "
			 "convert it: openssl x509 -inform der -in '%s' -out ca.pem",
			 file, file);
}

static gboolean set_tls_options(LDAP *ld, const LdapConf *conf, LdapVerify verify, GError **error)
{
	const int demand = LDAP_OPT_X_TLS_DEMAND, never = LDAP_OPT_X_TLS_NEVER;
	const int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
	const char *file = ca_file(conf);

	if (!check_ca_file(conf, error))
		return FALSE;
	if (ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, file) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT,
			    verify == LDAP_VERIFY_ALL ? &demand : &never) != LDAP_OPT_SUCCESS ||
	    ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) != LDAP_OPT_SUCCESS)
		return error_set(error, ERROR_CONFIG,
				 "cannot use the CA certificates in '%s'\n"
				 "name a readable PEM file as tls.ca_file",
				 file);
	/* The context verifies the chain, the handle the name: each may be told its own. */
	if (verify == LDAP_VERIFY_NAME &&
	    ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != LDAP_OPT_SUCCESS)
		return error_set(error, ERROR_DOWN, "cannot set the TLS options");
	return TRUE;
}

gboolean ldap_handle_wait_connected(LDAP *ld, gint64 until_us)
{
	int fd = -1, problem = 0;
	socklen_t size = sizeof(problem);

	if (ldap_get_option(ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS || fd < 0)
		return FALSE;
	for (;;) {
		struct pollfd poller = { .fd = fd, .events = POLLOUT };
		gint64 left_ms = (until_us - clock_monotonic_us()) / 1000;
		int ready = poll(&poller, 1, (int)CLAMP(left_ms, 0, G_MAXINT));

		if (ready == 0 || (ready < 0 && errno != EINTR))
			return FALSE;
		if (ready > 0)
			break;
	}
	/* A local socket has no pending error and may not know the question. */
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 && problem) {
		errno = problem;
		return FALSE;
	}
	return TRUE;
}

/*
 * With ldaps:// on a connect that took its time the handshake happens inside the first request.
 * One that asks for nothing brings it about.
 */
static gboolean finish_handshake(LDAP *ld, gint64 until_us)
{
	char none[] = LDAP_NO_ATTRS;
	char *attributes[] = { none, NULL };
	int msgid, code;

	do {
		code = ldap_search_ext(ld, "", LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 1,
				       NULL, NULL, NULL, 1, &msgid);
	} while (code == LDAP_X_CONNECTING && clock_monotonic_us() < until_us &&
		 ldap_handle_wait_connected(ld, until_us));
	if (code != LDAP_SUCCESS)
		return FALSE;
	ldap_abandon_ext(ld, msgid, NULL, NULL);
	return TRUE;
}

static gboolean connect_all(LDAP *ld, const LdapConf *conf, const char *uri)
{
	gint64 until_us = clock_monotonic_us() + conf->connect_timeout_us;

	if (ldap_connect(ld) != LDAP_SUCCESS || !ldap_handle_wait_connected(ld, until_us))
		return FALSE;
	if (conf->tls.starttls && g_ascii_strncasecmp(uri, "ldapi://", 8) != 0)
		return ldap_start_tls_s(ld, NULL, NULL) == LDAP_SUCCESS && ldap_tls_inplace(ld);
	if (g_ascii_strncasecmp(uri, "ldaps://", 8) == 0 && !ldap_tls_inplace(ld))
		return finish_handshake(ld, until_us) && ldap_tls_inplace(ld);
	return TRUE;
}

/* What holds for the whole process, before the first call into libldap; the same each time. */
static void prepare_process(void)
{
	struct sigaction pipe_action;

	g_setenv("LDAPNOINIT", "1", TRUE);
	if (sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

static LDAP *handle_new(const LdapConf *conf, const char *uri, LdapVerify verify, GError **error)
{
	LDAP *ld = NULL;

	prepare_process();
	if (ldap_initialize(&ld, uri) != LDAP_SUCCESS) {
		error_set(error, ERROR_CONFIG, "'%s' is no LDAP address", uri);
		return NULL;
	}
	if (!set_options(ld, conf)) {
		error_set(error, ERROR_DOWN, "cannot set the options of the connection");
	} else if (!wants_tls(conf, uri) || set_tls_options(ld, conf, verify, error)) {
		return ld;
	}
	ldap_handle_close(ld);
	return NULL;
}

/* Opens without finding out why not. */
static LDAP *open_quietly(const LdapConf *conf, const char *uri, LdapVerify verify, GError **error)
{
	LDAP *ld = handle_new(conf, uri, verify, error);

	if (!ld)
		return NULL;
	/* The limit also holds for the answer to StartTLS, which is waited for synchronously. */
	const struct timeval connecting = timeval_of(conf->connect_timeout_us);
	const struct timeval answering = timeval_of(conf->timeout_us);
	ldap_set_option(ld, LDAP_OPT_TIMEOUT, &connecting);
	errno = 0;
	if (connect_all(ld, conf, uri)) {
		ldap_set_option(ld, LDAP_OPT_TIMEOUT, &answering);
		return ld;
	}
	int saved = errno;
	ldap_handle_close(ld);
	errno = saved;
	return NULL;
}

LDAP *ldap_handle_open(const LdapConf *conf, const char *uri, LdapVerify verify, GError **error)
{
	g_autoptr(GError) problem = NULL;
	gint64 start_us = clock_monotonic_us();
	LDAP *ld = open_quietly(conf, uri, verify, &problem);

	if (ld)
		return ld;
	if (problem) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return NULL;
	}
	int saved = errno;
	g_autofree char *why = ldap_handle_diagnose(conf, uri, saved,
						    clock_monotonic_us() - start_us);
	error_set(error, ERROR_DOWN, "%s", why);
	return NULL;
}

void ldap_handle_close(LDAP *ld)
{
	if (ld)
		ldap_unbind_ext(ld, NULL, NULL);
}

/* What the system says about a TCP connection to this address; 0 if it works. */
static int tcp_errno(const struct addrinfo *address, gint64 limit_us)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int problem = 0;
	socklen_t size = sizeof(problem);

	if (fd < 0)
		return errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno == EINPROGRESS) {
		struct pollfd poller = { .fd = fd, .events = POLLOUT };

		if (poll(&poller, 1, (int)MIN(limit_us / 1000, G_MAXINT)) <= 0)
			problem = ETIMEDOUT;
		else
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
	} else if (errno) {
		problem = errno;
	}
	close(fd);
	return problem;
}

static char *refusal_text(int problem)
{
	return g_strdup_printf("could not connect: %s\nsee whether the server runs, and whether "
			       "\"uri\" names its host and port",
			       g_strerror(problem));
}

/* The same for the URI of a TLS server, where libldap swallows the reason. NULL if it works. */
static char *tcp_problem(const LdapConf *conf, const char *uri)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	LDAPURLDesc *url = NULL;
	char *why = NULL;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return NULL;
	g_autofree char *port = g_strdup_printf("%d", url->lud_port);
	if (getaddrinfo(url->lud_host, port, &hints, &found) == 0) {
		errno = 0;
		int problem = tcp_errno(found, conf->connect_timeout_us);

		if (problem)
			why = refusal_text(problem);
		freeaddrinfo(found);
	}
	ldap_free_urldesc(url);
	return why;
}

/* NULL if the host of the URI resolves. */
static char *name_problem(const char *uri)
{
	LDAPURLDesc *url = NULL;
	struct addrinfo *found = NULL;
	char *why = NULL;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return NULL;
	if (url->lud_host && *url->lud_host && strcmp(url->lud_scheme, "ldapi") != 0) {
		int code = getaddrinfo(url->lud_host, NULL, NULL, &found);

		if (code)
			why = g_strdup_printf("the host name '%s' does not resolve: %s\n"
					      "check the name in \"uri\", and the DNS servers of "
					      "this host (/etc/resolv.conf)",
					      url->lud_host, gai_strerror(code));
		else
			freeaddrinfo(found);
	}
	ldap_free_urldesc(url);
	return why;
}

char *ldap_handle_host(const char *uri)
{
	LDAPURLDesc *url = NULL;

	if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return g_strdup(uri);
	char *host = g_strdup(url->lud_host ? url->lud_host : "");
	ldap_free_urldesc(url);
	return host;
}

static gboolean name_is_wrong(const LdapConf *conf, const char *uri)
{
	LDAP *ld = open_quietly(conf, uri, LDAP_VERIFY_NAME, NULL);
	gboolean wrong = !ld;

	ldap_handle_close(ld);
	return wrong;
}

/* What is wrong with the certificate of a server that can be reached; NULL if it cannot be. */
static char *certificate_problem(const LdapConf *conf, const char *uri)
{
	LDAP *ld = open_quietly(conf, uri, LDAP_VERIFY_NOTHING, NULL);

	if (!ld)
		return NULL;
	g_autofree char *dates = ldap_cert_date_problem(ld, clock_now_us());
	g_autofree char *host = ldap_handle_host(uri);
	ldap_handle_close(ld);
	if (dates)
		return g_strdup_printf("the server's certificate %s", dates);
	if (name_is_wrong(conf, uri))
		return g_strdup_printf(
			"the server's certificate is not for the host '%s'\n"
			"use the name in the certificate as host of the uri, or give "
			"the server a certificate with this name",
			host);
	return g_strdup_printf("the server's certificate is not signed by a CA in '%s'\n"
			       "name the file with the right CA certificate as tls.ca_file",
			       ca_file(conf));
}

char *ldap_handle_diagnose(const LdapConf *conf, const char *uri, int saved_errno, gint64 took_us)
{
	char *why = name_problem(uri);

	if (why)
		return why;
	if (took_us >= conf->connect_timeout_us) {
		g_autofree char *span = timefmt_span(conf->connect_timeout_us);

		return g_strdup_printf(
			"no connection within %s\n"
			"see whether the server runs and no firewall is between; the "
			"limit is \"connect_timeout\"",
			span);
	}
	if (saved_errno == ECONNREFUSED || saved_errno == ENOENT || saved_errno == EACCES ||
	    saved_errno == EHOSTUNREACH || saved_errno == ENETUNREACH)
		return refusal_text(saved_errno);
	if (g_ascii_strncasecmp(uri, "ldaps://", 8) == 0)
		why = tcp_problem(conf, uri);
	if (!why && wants_tls(conf, uri))
		why = certificate_problem(conf, uri);
	if (why)
		return why;
	return g_strdup_printf("could not connect%s",
			       wants_tls(conf, uri)
				       ? ": the server does not speak TLS there, or hung up"
				       : ": the server hung up or is not there");
}
