/*
 * How a service is reached: TLS, who we are in it, a proxy, the version of HTTP.
 *
 * What can be told from the settings alone is told when the engine is made. Whether a certificate
 * and its key are what they should be libcurl finds out when it connects; http_problem.c says then
 * which setting it is.
 *
 * A proxy that is configured is used whatever no_proxy says; one from the environment as libcurl
 * reads it. Neither is asked for what is on this host. HTTP/2 is spoken only where TLS agreed on it
 * (ALPN): over plain http the only way to it is to begin with it and hope.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "http_engine_internal.h"

static gboolean is_readable(const char *file, const char *what, GError **error)
{
	return !file || access(file, R_OK) == 0 ||
	       error_set(error, ERROR_CONFIG, "cannot read %s in '%s': %s", what, file,
			 g_strerror(errno));
}

static gboolean check_tls(const HttpTls *tls, GError **error)
{
	if (tls->key_file && !tls->cert_file)
		return error_set(error, ERROR_CONFIG,
				 "there is a key, but no certificate that it belongs to\n"
				 "set tls.cert_file");
	return is_readable(tls->ca_file, "the certificates", error) &&
	       is_readable(tls->cert_file, "our certificate", error) &&
	       is_readable(tls->key_file, "our key", error);
}

static gboolean is_proxy_scheme(const char *scheme)
{
	static const char *const schemes[] = { "http", "https", "socks5", "socks5h", NULL };
	return g_strv_contains(schemes, scheme);
}

static gboolean check_proxy(const HttpProxy *proxy, GError **error)
{
	g_autoptr(GUri) uri = NULL;

	if (!proxy->url || !*proxy->url)
		return !proxy->user ||
		       error_set(error, ERROR_CONFIG,
				 "there is a user for a proxy, but no proxy\nset proxy.url");
	uri = g_uri_parse(proxy->url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
	/* Not printed: it may hold a password. */
	if (!uri || g_uri_get_userinfo(uri))
		return error_set(error, ERROR_CONFIG,
				 "the address of the proxy is none, or holds a user name\n"
				 "set proxy.url to \"http://host:port\", and proxy.user");
	if (!is_proxy_scheme(g_uri_get_scheme(uri)) || !g_uri_get_host(uri) ||
	    !*g_uri_get_host(uri) || g_uri_get_port(uri) <= 0)
		return error_set(error, ERROR_CONFIG,
				 "the proxy '%s' is no address of the form http://host:port\n"
				 "set proxy.url",
				 proxy->url);
	return TRUE;
}

gboolean http_peer_init(HttpPeer *self, const HttpSetup *setup, const HttpBase *base,
			GError **error)
{
	gboolean tls = g_str_has_prefix(base->origin, "https:");

	if (!check_tls(&setup->tls, error) || !check_proxy(&setup->proxy, error))
		return FALSE;
	if (setup->version == HTTP_VERSION_2 && !tls)
		return error_set(error, ERROR_CONFIG,
				 "http = \"2\" needs an address that begins with https");
	*self = (HttpPeer){
		.ca_file = g_strdup(setup->tls.ca_file),
		.cert_file = g_strdup(setup->tls.cert_file),
		.key_file = g_strdup(setup->tls.key_file),
		.key_password = setup->tls.key_password,
		.min_version = setup->tls.min_version,
		.proxy = g_strdup(base->loopback ? "" : setup->proxy.url),
		.proxy_user = g_strdup(setup->proxy.user),
		.proxy_password = setup->proxy.password,
		.version = setup->version,
		.tls = tls,
	};
	return TRUE;
}

void http_peer_clear(HttpPeer *self)
{
	g_clear_pointer(&self->ca_file, g_free);
	g_clear_pointer(&self->cert_file, g_free);
	g_clear_pointer(&self->key_file, g_free);
	g_clear_pointer(&self->proxy, g_free);
	g_clear_pointer(&self->proxy_user, g_free);
}

gboolean http_peer_shares(const HttpPeer *self)
{
	return self->tls && self->version != HTTP_VERSION_1_1;
}

static void apply_tls(const HttpPeer *self, CURL *easy)
{
	const Secret *password = self->key_password;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 self->min_version == HTTP_TLS_1_3 ? (long)CURL_SSLVERSION_TLSv1_3
							   : (long)CURL_SSLVERSION_TLSv1_2);
	if (self->ca_file) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, self->ca_file);
		curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, self->ca_file);
	}
	if (!self->cert_file)
		return;
	curl_easy_setopt(easy, CURLOPT_SSLCERT, self->cert_file);
	curl_easy_setopt(easy, CURLOPT_SSLKEY, self->key_file ? self->key_file : self->cert_file);
	/* Without any, OpenSSL would ask for it at the terminal. */
	curl_easy_setopt(easy, CURLOPT_KEYPASSWD, password ? secret_peek(password) : "");
}

static void apply_proxy(const HttpPeer *self, CURL *easy)
{
	/* What is ours, a proxy does not see, nor are its answers the service's. */
	curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (!self->proxy)
		return;
	curl_easy_setopt(easy, CURLOPT_PROXY, self->proxy);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	if (!self->proxy_user)
		return;
	curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, self->proxy_user);
	curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD,
			 self->proxy_password ? secret_peek(self->proxy_password) : "");
}

void http_peer_apply(const HttpPeer *self, CURL *easy)
{
	gboolean shares = http_peer_shares(self);

	apply_tls(self, easy);
	apply_proxy(self, easy);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
			 shares ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
	/* A second connection only if the first has turned out to take one request at a time. */
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, shares ? 1L : 0L);
}
