/*
 * What went wrong, in words: where, why, and which setting it may be.
 *
 * libcurl's own words name host and cause and, but for one case, hold nothing secret. What TLS
 * refuses comes as the text of an alert (RFC 8446 §6.2); who is refused without a certificate, or
 * for the one he has, hears it with TLS 1.3 only after he thought that he was in: such a request
 * was read by nobody. Some services say nothing at all then, and hang up; others do for other
 * reasons. That a certificate may be it is said, and nothing made of it.
 */
#include <string.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "http_engine_internal.h"

/* libcurl quotes the whole variable of the environment then, with the password in it. */
static gboolean is_no_proxy(const HttpSlot *self)
{
	return g_str_has_prefix(self->reason, "Unsupported proxy");
}

static const char *reason_of(const HttpSlot *self, CURLcode result)
{
	if (is_no_proxy(self))
		return "that is no address of the form http://host:port";
	/* What libcurl finds of a connection that is gone before it was looked at. */
	if (g_str_has_prefix(self->reason, "getpeername() failed") ||
	    g_str_has_prefix(self->reason, "getsockname() failed"))
		return "the connection was closed by the other side as soon as it was made";
	if (result == CURLE_GOT_NOTHING ||
	    (result == CURLE_PARTIAL_FILE && self->header_bytes == 0))
		return "the connection was closed without an answer";
	return self->reason[0] ? self->reason : curl_easy_strerror(result);
}

static gboolean has_alert(const HttpSlot *self, const char *const *alerts)
{
	for (; *alerts; alerts++) {
		if (strstr(self->reason, *alerts))
			return TRUE;
	}
	return FALSE;
}

/* As OpenSSL words the alerts about a certificate of ours. */
static gboolean is_about_us(const HttpSlot *self)
{
	static const char *const alerts[] = {
		"alert certificate required", "alert bad certificate",
		"alert certificate unknown",  "alert certificate expired",
		"alert certificate revoked",  "alert unsupported certificate",
		"alert unknown ca",           "alert access denied",
		"alert handshake failure",    NULL
	};
	return has_alert(self, alerts);
}

static gboolean is_about_version(const HttpSlot *self)
{
	static const char *const alerts[] = { "alert protocol version", "unsupported protocol",
					      NULL };
	return has_alert(self, alerts);
}

/* Not one that served others before, and may have ended for its age. */
static gboolean is_new_connection(HttpSlot *self)
{
	long connects = 0;

	curl_easy_getinfo(self->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects > 0 && self->sendings <= 1;
}

gboolean http_slot_is_turned_away(HttpSlot *self)
{
	return is_about_us(self) && is_new_connection(self);
}

gboolean http_slot_is_dropped(HttpSlot *self, CURLcode result)
{
	switch (result) {
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_PARTIAL_FILE: /* so it calls a stream of HTTP/2 without an answer */
		return self->header_bytes == 0 && is_new_connection(self);
	default:
		return FALSE;
	}
}

gboolean http_slot_is_of_proxy(HttpSlot *self)
{
	long status = 0;

	curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &status);
	return status == 407;
}

/* The status with which a proxy refused to connect us, or 0. */
static long proxy_status(HttpSlot *self)
{
	long status = 0;

	curl_easy_getinfo(self->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	return status > 0 ? status : http_slot_is_of_proxy(self) ? 407 : 0;
}

static const char *hint_of_tls(const HttpSlot *self, CURLcode result)
{
	switch (result) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return "if the service has a certificate of your own authority, set tls.ca_file";
	case CURLE_SSL_CERTPROBLEM:
		return "check tls.cert_file, tls.key_file and tls.key_password: a certificate and "
		       "the key that belongs to it, PEM";
	default:
		break;
	}
	if (is_about_version(self))
		return "the service speaks no version of TLS that tls.min_version allows";
	if (!is_about_us(self))
		return NULL;
	return self->http->peer.cert_file
		       ? "the service does not accept our certificate: check tls.cert_file"
		       : "if the service wants to know us by a certificate, set tls.cert_file and "
			 "tls.key_file";
}

/* Proxies -------------------------------------------------------------------------------------- */

/* Which proxy the environment names for the service, by which variable; as libcurl reads it. */
static const char *proxy_of_environment(const Http *http, const char **variable)
{
	static const char *const of_tls[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
					      "ALL_PROXY", NULL };
	static const char *const of_plain[] = { "http_proxy", "all_proxy", "ALL_PROXY", NULL };

	for (const char *const *name = http->peer.tls ? of_tls : of_plain; *name; name++) {
		const char *value = g_getenv(*name);
		*variable = *name;
		if (value && *value)
			return value;
	}
	return NULL;
}

/* Where a user's name and password end in the address of a proxy; NULL: there are none. */
static const char *end_of_user(const char *proxy)
{
	return strrchr(proxy, '@');
}

/* "through PROXY (SETTING)", without what is secret in the address. */
static void append_proxy(GString *text, const Http *http, gboolean from_environment)
{
	const char *proxy = http->peer.proxy, *setting = "proxy.url";

	if (!proxy && from_environment)
		proxy = proxy_of_environment(http, &setting);
	if (!proxy || !*proxy)
		return;
	const char *scheme = strstr(proxy, "://"), *user = end_of_user(proxy);
	if (user)
		g_string_append_printf(text, " through %.*s%s (%s)",
				       scheme ? (int)(scheme + 3 - proxy) : 0, proxy, user + 1,
				       setting);
	else
		g_string_append_printf(text, " through %s (%s)", proxy, setting);
}

static const char *hint_of_proxy(const Http *http)
{
	const char *variable, *proxy;

	if (http->peer.proxy)
		return http->peer.proxy_user
			       ? "the proxy does not accept proxy.user and proxy.password"
			       : "the proxy wants to know who we are: set proxy.user and "
				 "proxy.password_file";
	proxy = proxy_of_environment(http, &variable);
	if (proxy && end_of_user(proxy))
		return "the proxy does not accept the user and the password in this variable of "
		       "the environment";
	return "the proxy wants to know who we are: put a user and a password into this variable "
	       "of the environment, or set proxy.url, proxy.user and proxy.password_file";
}

const char *http_slot_hint(HttpSlot *self, CURLcode result)
{
	if (proxy_status(self) == 407)
		return hint_of_proxy(self->http);
	return hint_of_tls(self, result);
}

/* What is worth a look, though it may be something else. */
static const char *guess_of(HttpSlot *self, CURLcode result)
{
	if (!self->http->peer.tls || !http_slot_is_dropped(self, result))
		return NULL;
	return self->http->peer.cert_file
		       ? "one reason may be that the service does not accept our certificate: "
			 "check tls.cert_file"
		       : "one reason may be that the service wants to know us by a certificate: "
			 "see tls.cert_file";
}

/* Sentences ------------------------------------------------------------------------------------ */

static char *problem_of_reaching(HttpSlot *self, const HttpTry *try, CURLcode result)
{
	const char *origin = self->http->base.origin;
	long refusal = proxy_status(self);
	const char *hint = http_slot_hint(self, result);
	const char *guess = hint ? hint : guess_of(self, result);
	g_autoptr(GString) text = g_string_new(NULL);

	if (try->too_old)
		return g_strdup_printf("%s does not speak HTTP/2, which is asked of it\n"
				       "set http to \"auto\"",
				       origin);
	g_string_printf(text, "could not reach %s", origin);
	append_proxy(text, self->http,
		     refusal > 0 || result == CURLE_COULDNT_RESOLVE_PROXY || is_no_proxy(self));
	if (refusal > 0)
		g_string_append_printf(text, ": the proxy answered %ld", refusal);
	else
		g_string_append_printf(text, ": %s", reason_of(self, result));
	if (guess)
		g_string_append_printf(text, "\n%s", guess);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *problem_of_loss(HttpSlot *self, CURLcode result)
{
	const char *origin = self->http->base.origin, *guess = guess_of(self, result);
	g_autofree char *span = timefmt_span(self->http->request_timeout_us);

	if (result == CURLE_OPERATION_TIMEDOUT)
		return g_strdup_printf("%s did not answer within %s", origin, span);
	return g_strdup_printf("the answer of %s was lost: %s%s%s", origin,
			       result == CURLE_ABORTED_BY_CALLBACK
				       ? "the connection was closed before it came"
				       : reason_of(self, result),
			       guess ? "\n" : "", guess ? guess : "");
}

char *http_problem_of_waiting(const Http *self, int status, gint64 asked_us)
{
	/* To the second: it is told again and again while the time passes. */
	gint64 seconds = (asked_us + CLOCK_SECOND - 1) / CLOCK_SECOND;
	g_autofree char *span = timefmt_span(seconds * CLOCK_SECOND);

	return g_strdup_printf("%s answered %d and asks to wait %s", self->base.origin, status,
			       span);
}

static char *problem_of_trying(const HttpSlot *self, const HttpTry *try)
{
	if (try->asked_us > 0)
		return http_problem_of_waiting(self->http, try->status, try->asked_us);
	return g_strdup_printf("%s answered %d, %u times", self->http->base.origin, try->status,
			       try->tries);
}

char *http_slot_problem(HttpSlot *self, const HttpTry *try, CURLcode result)
{
	switch (try->fate) {
	case HTTP_UNREACHABLE:
		return problem_of_reaching(self, try, result);
	case HTTP_LOST:
		return problem_of_loss(self, result);
	case HTTP_TOO_LARGE:
		return g_strdup_printf(
			"the answer of %s is larger than the allowed %" G_GSIZE_FORMAT
			" bytes (max_body)",
			self->http->base.origin, self->http->max_body);
	case HTTP_LATER:
		return problem_of_trying(self, try);
	case HTTP_DENIED:
	case HTTP_ANSWERED:
		break;
	}
	return NULL;
}
