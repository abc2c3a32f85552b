/*
 * Addresses: the base URL, what is beneath it, and where a redirect may lead.
 *
 *	https://host:8443/scim/v2/?tenant=7   +   /Users?count=1
 *	= https://host:8443/scim/v2/Users?count=1&tenant=7
 *
 * An origin is scheme, host and port (RFC 6454 §4), host without regard to case, default ports
 * left out. A credential goes to the origin of the base URL and nowhere else; that is the whole
 * reason for resolving redirects here and not in libcurl, which would also turn a POST into a GET.
 *
 * A credential that belongs into addresses is put there right before one is sent. An address that
 * a service gave us (of the next page, of a redirect) often has it already, perhaps an old one.
 */
#include <string.h>

#include "base/error.h"
#include "http_internal.h"

#define URL_FLAGS (G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED)

static int default_port(const char *scheme)
{
	return g_str_equal(scheme, "https") ? 443 : 80;
}

static char *origin_of(GUri *uri)
{
	g_autofree char *host = g_ascii_strdown(g_uri_get_host(uri) ? g_uri_get_host(uri) : "", -1);
	const char *scheme = g_uri_get_scheme(uri);
	int port = g_uri_get_port(uri);
	GString *text = g_string_new(NULL);

	g_string_printf(text, strchr(host, ':') ? "%s://[%s]" : "%s://%s", scheme, host);
	if (port > 0 && port != default_port(scheme))
		g_string_append_printf(text, ":%d", port);
	return g_string_free(text, FALSE);
}

static gboolean is_loopback(const char *host)
{
	return g_ascii_strcasecmp(host, "localhost") == 0 || g_str_equal(host, "::1") ||
	       (g_str_has_prefix(host, "127.") && g_hostname_is_ip_address(host));
}

static gboolean is_web_scheme(const char *scheme)
{
	return g_str_equal(scheme, "http") || g_str_equal(scheme, "https");
}

gboolean http_base_parse(HttpBase *self, const char *url, GError **error)
{
	g_autoptr(GUri) uri = g_uri_parse(url, URL_FLAGS, NULL);

	/* Not printed: what cannot be parsed may hold a password. */
	if (!uri)
		return error_set(error, ERROR_CONFIG, "the url is not a valid address");
	if (g_uri_get_userinfo(uri))
		return error_set(error, ERROR_CONFIG,
				 "the url holds a user name or password\n"
				 "use the auth group, with password_file or token_file");
	if (!is_web_scheme(g_uri_get_scheme(uri)) || !g_uri_get_host(uri) ||
	    g_uri_get_host(uri)[0] == '\0')
		return error_set(error, ERROR_CONFIG,
				 "the url '%s' is no address of the form https://host/path", url);
	if (g_uri_get_fragment(uri))
		return error_set(error, ERROR_CONFIG, "the url '%s' has a '#' part", url);

	self->prefix = g_strndup(url, strcspn(url, "?"));
	while (g_str_has_suffix(self->prefix, "/"))
		self->prefix[strlen(self->prefix) - 1] = '\0';
	self->query = g_strdup(g_uri_get_query(uri));
	self->origin = origin_of(uri);
	self->loopback = is_loopback(g_uri_get_host(uri));
	return TRUE;
}

void http_base_clear(HttpBase *self)
{
	g_clear_pointer(&self->prefix, g_free);
	g_clear_pointer(&self->query, g_free);
	g_clear_pointer(&self->origin, g_free);
}

char *http_base_join(const HttpBase *self, const char *path)
{
	if (!self->query)
		return g_strconcat(self->prefix, path, NULL);
	return g_strconcat(self->prefix, path, strchr(path, '?') ? "&" : "?", self->query, NULL);
}

char *http_url_with(const char *url, const char *pair)
{
	gsize path = strcspn(url, "?"), name = strcspn(pair, "=") + 1;
	/* Large enough that it is not moved about, which would leave copies. */
	GString *text = g_string_sized_new(strlen(url) + strlen(pair) + 2);
	char sign = '?';

	g_string_append_len(text, url, (gssize)path);
	for (const char *at = url + path; *at;) {
		gsize length = strcspn(++at, "&");
		if (length > 0 && strncmp(at, pair, name) != 0) {
			g_string_append_c(text, sign);
			g_string_append_len(text, at, (gssize)length);
			sign = '&';
		}
		at += length;
	}
	g_string_append_c(text, sign);
	return g_string_free(g_string_append(text, pair), FALSE);
}

char *http_redirect_target(const HttpBase *base, const char *url, const char *location,
			   char **problem)
{
	g_autoptr(GUri) from = g_uri_parse(url, URL_FLAGS, NULL);
	g_autoptr(GUri) to = NULL;

	if (from && location)
		to = g_uri_parse_relative(from, location, URL_FLAGS, NULL);
	if (!to || !is_web_scheme(g_uri_get_scheme(to))) {
		*problem = g_strdup_printf("%s redirects to an address that is none", base->origin);
		return NULL;
	}
	g_autofree char *origin = origin_of(to);
	if (!g_str_equal(origin, base->origin)) {
		*problem =
			g_strdup_printf("%s redirects to %s, which is not followed: the credential "
					"is for the first only\nis the url right?",
					base->origin, origin);
		return NULL;
	}
	return g_uri_to_string(to);
}

gboolean http_url_check(const char *url, gboolean *clear_text, GError **error)
{
	HttpBase base = { 0 };

	if (!http_base_parse(&base, url, error))
		return FALSE;
	*clear_text = g_str_has_prefix(base.origin, "http:") && !base.loopback;
	http_base_clear(&base);
	return TRUE;
}

char *http_escape(const char *text)
{
	return g_uri_escape_string(text, NULL, FALSE);
}
