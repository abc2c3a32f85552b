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
 * The host that is checked here must be the one that libcurl connects to, and two parsers need not
 * agree on one: GLib decodes "evil.example%2F.good.example" to a host beneath good.example, libcurl
 * and others end it at the slash. So nothing is believed in which they could differ: a host is a
 * name of letters, digits, dots, hyphens and underscores or an address in brackets, behind it
 * stands a port or nothing, and no address has control characters.
 *
 * A credential that belongs into addresses is put there right before one is sent. An address that
 * a service gave us (of the next page, of a redirect) often has it already, perhaps an old one.
 */
#include <string.h>

#include "base/error.h"
#include "http_internal.h"

#define URL_FLAGS (G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED)

static gboolean is_web_scheme(const char *scheme)
{
	return g_str_equal(scheme, "http") || g_str_equal(scheme, "https");
}

/* A name, or an IPv4 address. */
static gboolean is_name(const char *host)
{
	for (const char *at = host; *at; at++) {
		if (!g_ascii_isalnum(*at) && !strchr("-._", *at))
			return FALSE;
	}
	return *host != '\0';
}

/* Without the brackets. No zone: "%25eth0" is of one machine. */
static gboolean is_ipv6(const char *host)
{
	return strspn(host, "0123456789abcdefABCDEF:.") == strlen(host) &&
	       g_hostname_is_ip_address(host);
}

/* "host", "host:8443", "[::1]:8443"; 'text' up to 'length'. */
static gboolean is_plain_authority(const char *text, gsize length)
{
	g_autofree char *host = g_strndup(text, length);
	char *behind = host + strcspn(host, *host == '[' ? "]" : ":");
	gboolean is_bracketed = *host == '[' && *behind;

	if (is_bracketed)
		*behind++ = '\0';
	if (*behind && (*behind != ':' || behind[1 + strspn(behind + 1, "0123456789")] != '\0'))
		return FALSE;
	*behind = '\0';
	return is_bracketed ? is_ipv6(host + 1) : is_name(host);
}

static gboolean has_control(const char *text)
{
	for (; *text; text++) {
		if (g_ascii_iscntrl(*text))
			return TRUE;
	}
	return FALSE;
}

/* TRUE if no reader of addresses could see another host in it than we do. */
static gboolean is_plain_url(const char *url)
{
	gsize scheme = strcspn(url, ":");
	const char *authority = url + scheme + strlen("://");

	return g_ascii_isalpha(*url) && strncmp(url + scheme, "://", 3) == 0 && !has_control(url) &&
	       is_plain_authority(authority, strcspn(authority, "/?#"));
}

/* Both sights of it: as it was written, and as it is written out again. */
static GUri *checked(GUri *uri, const char *url)
{
	const char *host = uri ? g_uri_get_host(uri) : NULL;

	if (host && is_web_scheme(g_uri_get_scheme(uri)) && !g_uri_get_userinfo(uri) &&
	    (is_name(host) || is_ipv6(host)) && is_plain_url(url))
		return uri;
	g_clear_pointer(&uri, g_uri_unref);
	return NULL;
}

GUri *http_uri_parse(const char *url)
{
	return checked(g_uri_parse(url, URL_FLAGS, NULL), url);
}

GUri *http_uri_resolve(GUri *from, const char *reference)
{
	GUri *uri = has_control(reference) ? NULL
					   : g_uri_parse_relative(from, reference, URL_FLAGS, NULL);
	g_autofree char *whole = NULL;

	/* GLib writes nothing else out. */
	if (uri && g_uri_get_host(uri) && strchr("/", *g_uri_get_path(uri)))
		whole = g_uri_to_string(uri);
	if (whole)
		return checked(uri, whole);
	g_clear_pointer(&uri, g_uri_unref);
	return NULL;
}

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

gboolean http_base_parse(HttpBase *self, const char *url, GError **error)
{
	g_autoptr(GUri) uri = g_uri_parse(url, URL_FLAGS, NULL);
	g_autoptr(GUri) plain = http_uri_parse(url);

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
	if (!plain)
		return error_set(error, ERROR_CONFIG,
				 "the url has a host or a port that is none: a name has letters, "
				 "digits, dots and hyphens\nwrite others as xn--...");
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
	g_autoptr(GUri) from = http_uri_parse(url);
	g_autoptr(GUri) to = from && location ? http_uri_resolve(from, location) : NULL;

	if (!to) {
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
