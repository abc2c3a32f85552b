/*
 * What went wrong, in words: where, why, and which setting it may be.
 *
 * libcurl's own words name host and cause and hold nothing secret. What TLS refuses comes as the
 * text of an alert (RFC 8446 §6.2); who is refused without a certificate, or for the one he has,
 * hears it with TLS 1.3 only after he thought that he was in: such a request was read by nobody.
 */
#include <string.h>

#include "base/timefmt.h"
#include "http_engine_internal.h"

static const char *reason_of(const HttpSlot *self, CURLcode result)
{
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

gboolean http_slot_is_turned_away(HttpSlot *self)
{
	long connects = 0;

	curl_easy_getinfo(self->easy, CURLINFO_NUM_CONNECTS, &connects);
	return connects > 0 && self->sendings <= 1 && is_about_us(self);
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

const char *http_slot_hint(HttpSlot *self, CURLcode result)
{
	if (proxy_status(self) == 407)
		return self->http->peer.proxy_user
			       ? "the proxy does not accept proxy.user and proxy.password"
			       : "the proxy wants to know who we are: set proxy.user and "
				 "proxy.password_file";
	return hint_of_tls(self, result);
}

static char *problem_of_reaching(HttpSlot *self, const HttpTry *try, CURLcode result)
{
	const char *origin = self->http->base.origin, *proxy = self->http->peer.proxy;
	long refusal = proxy_status(self);
	const char *hint = http_slot_hint(self, result);
	g_autoptr(GString) text = g_string_new(NULL);

	if (try->too_old)
		return g_strdup_printf("%s does not speak HTTP/2, which is asked of it\n"
				       "set http to \"auto\"",
				       origin);
	g_string_printf(text, "could not reach %s", origin);
	if (proxy && *proxy)
		g_string_append_printf(text, " through %s (proxy.url)", proxy);
	if (refusal > 0)
		g_string_append_printf(text, ": the proxy answered %ld", refusal);
	else
		g_string_append_printf(text, ": %s", reason_of(self, result));
	if (hint)
		g_string_append_printf(text, "\n%s", hint);
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *problem_of_loss(HttpSlot *self, CURLcode result)
{
	const char *origin = self->http->base.origin;
	g_autofree char *span = timefmt_span(self->http->request_timeout_us);

	if (result == CURLE_OPERATION_TIMEDOUT)
		return g_strdup_printf("%s did not answer within %s", origin, span);
	return g_strdup_printf("the answer of %s was lost: %s", origin,
			       result == CURLE_ABORTED_BY_CALLBACK
				       ? "the connection was closed before it came"
				       : reason_of(self, result));
}

static char *problem_of_waiting(const HttpSlot *self, const HttpTry *try)
{
	const char *origin = self->http->base.origin;
	g_autofree char *span = timefmt_span(try->asked_us);

	if (try->asked_us > 0)
		return g_strdup_printf("%s answered %d and asks to wait %s", origin, try->status,
				       span);
	return g_strdup_printf("%s answered %d, %u times", origin, try->status, try->tries);
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
		return problem_of_waiting(self, try);
	case HTTP_DENIED:
	case HTTP_ANSWERED:
		break;
	}
	return NULL;
}
