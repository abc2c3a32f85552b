/*
 * Settings of drivers over LDAP: the sub-tables, and the rules between settings.
 *
 * The one that matters: a password goes over the wire only where nobody can read it (ldaps://,
 * ldapi://, or tls.starttls), unless the config says insecure = true in so many words. Empty
 * passwords are refused here, because a server may take a simple bind with an empty password for
 * an anonymous one and answer success (RFC 4513 §5.1.2): the pull would then see what the world
 * may see, which looks like a directory from which nearly everybody has gone.
 *
 * With "domain" there is no URI to look at: then it is ldaps://, unless StartTLS or Kerberos makes
 * an ldap:// connection private before anything is said.
 *
 * Several URIs are several entries of the list, each one a single server: libldap's own lists do
 * not work with the time limits that we need (see ldap_handle.c).
 */
#include <ldap.h>
#include <string.h>

#include "base/error.h"
#include "ldap_conf_internal.h"

static const char *const method_names[] = { "simple", "external",   "anonymous",
					    "gssapi", "gss-spnego", NULL };

const Option ldap_bind_options[] = {
	OPTION(ENUM, LdapBind, method, "method", 0, .names = method_names, .fallback = "simple"),
	OPTION(STRING, LdapBind, dn, "dn", 0),
	OPTION(SECRET, LdapBind, password, "password", 0),
	OPTION(STRING, LdapBind, keytab, "keytab", OPTION_PATH),
	OPTION(STRING, LdapBind, principal, "principal", 0),
	OPTION_END,
};

const Option ldap_tls_options[] = {
	OPTION(STRING, LdapTls, ca_file, "ca_file", OPTION_PATH),
	OPTION(BOOL, LdapTls, starttls, "starttls", 0, .fallback = "false"),
	OPTION_END,
};

gboolean ldap_conf_is_private(const LdapConf *conf, const char *uri)
{
	return conf->tls.starttls || g_ascii_strncasecmp(uri, "ldaps://", 8) == 0 ||
	       g_ascii_strncasecmp(uri, "ldapi://", 8) == 0;
}

gboolean ldap_conf_is_kerberos(const LdapConf *conf)
{
	return conf->bind.method == LDAP_BIND_GSSAPI || conf->bind.method == LDAP_BIND_GSS_SPNEGO;
}

gboolean ldap_conf_wants_ldap_scheme(const LdapConf *conf)
{
	return conf->tls.starttls || ldap_conf_is_kerberos(conf);
}

static gboolean validate_scheme(const LdapConf *conf, const LDAPURLDesc *url, const char *uri,
				GError **error)
{
	gboolean tls = strcmp(url->lud_scheme, "ldaps") == 0;
	gboolean local = strcmp(url->lud_scheme, "ldapi") == 0;

	if (!tls && !local && strcmp(url->lud_scheme, "ldap") != 0)
		return error_set(error, ERROR_CONFIG,
				 "uri '%s': the scheme '%s' is not supported\n"
				 "use ldaps://, ldap:// or ldapi://",
				 uri, url->lud_scheme);
	if (!local && (!url->lud_host || !*url->lud_host))
		return error_set(error, ERROR_CONFIG,
				 "uri '%s' names no host\nwrite it as \"%s://HOST\"", uri,
				 url->lud_scheme);
	if (tls && conf->tls.starttls)
		return error_set(
			error, ERROR_CONFIG,
			"uri '%s' is encrypted from the start and tls.starttls asks for it again\n"
			"use ldap:// with starttls, or ldaps:// without",
			uri);
	if ((url->lud_dn && *url->lud_dn) || url->lud_filter || url->lud_attrs)
		return error_set(error, ERROR_CONFIG,
				 "uri '%s' holds more than scheme, host and port\n"
				 "give the base DN as \"base\"",
				 uri);
	return TRUE;
}

static gboolean validate_uri(const LdapConf *conf, const char *uri, GError **error)
{
	LDAPURLDesc *url = NULL;

	if (strpbrk(uri, " ,") || ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return error_set(
			error, ERROR_CONFIG,
			"uri '%s' is no LDAP address of one server\n"
			"several servers are written as uri = [\"ldaps://a\", \"ldaps://b\"]",
			uri);
	gboolean ok = validate_scheme(conf, url, uri, error);
	ldap_free_urldesc(url);
	return ok;
}

static gboolean validate_password(const LdapConf *conf, const char *uri, GError **error)
{
	if (conf->bind.method != LDAP_BIND_SIMPLE || conf->insecure ||
	    ldap_conf_is_private(conf, uri))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "the password would go to '%s' over a clear connection\n"
			 "use ldaps://, or set tls = { starttls = true; }, or, on a network where "
			 "nobody listens, insecure = true",
			 uri);
}

static gboolean validate_simple(const LdapConf *conf, GError **error)
{
	if (!conf->bind.dn || !*conf->bind.dn)
		return error_set(
			error, ERROR_CONFIG,
			"bind with method 'simple' needs a dn\n"
			"set bind = { dn = \"...\"; password_file = \"...\"; }, or another method: "
			"\"gssapi\", \"gss-spnego\", \"external\" or \"anonymous\"");
	if (!conf->bind.password || secret_length(conf->bind.password) == 0)
		return error_set(error, ERROR_CONFIG,
				 "bind as '%s' needs a password that is not empty\n"
				 "set password_file or password_env in bind",
				 conf->bind.dn);
	if (strlen(secret_peek(conf->bind.password)) != secret_length(conf->bind.password))
		return error_set(error, ERROR_CONFIG, "the password of '%s' holds a NUL byte",
				 conf->bind.dn);
	return TRUE;
}

/* Settings of another method are a misunderstanding: what was meant would not happen. */
static gboolean validate_bind(const LdapConf *conf, GError **error)
{
	const LdapBind *bind = &conf->bind;
	gboolean kerberos = ldap_conf_is_kerberos(conf);

	if (!kerberos && (bind->keytab || bind->principal))
		return error_set(error, ERROR_CONFIG,
				 "bind has a %s, and method '%s' does not use it\n"
				 "set method = \"gssapi\" (or \"gss-spnego\")",
				 bind->keytab ? "keytab" : "principal", method_names[bind->method]);
	if (kerberos && (bind->dn || bind->password))
		return error_set(error, ERROR_CONFIG,
				 "bind has a %s, and method '%s' does not use it\n"
				 "who we are is the principal of the keytab; take the %s out",
				 bind->dn ? "dn" : "password", method_names[bind->method],
				 bind->dn ? "dn" : "password");
	if (bind->principal && !bind->keytab)
		return error_set(error, ERROR_CONFIG,
				 "bind has a principal and no keytab that its key is in\n"
				 "set keytab too, or take the principal out: the ticket then comes "
				 "from the default credential cache");
	return bind->method != LDAP_BIND_SIMPLE || validate_simple(conf, error);
}

/* A DNS name; 'dots' tells whether it may have several parts. */
static gboolean is_dns_name(const char *name, gboolean dots)
{
	if (!*name || *name == '.' || g_str_has_suffix(name, ".") || strstr(name, ".."))
		return FALSE;
	for (const char *p = name; *p; p++)
		if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_' && !(dots && *p == '.'))
			return FALSE;
	return TRUE;
}

static gboolean validate_domain(const LdapConf *conf, GError **error)
{
	if (conf->uris->len > 0)
		return error_set(error, ERROR_CONFIG,
				 "both uri and domain are set\n"
				 "keep domain to let DNS name the servers, or uri to name them "
				 "yourself");
	if (!is_dns_name(conf->domain, TRUE) || !strchr(conf->domain, '.'))
		return error_set(error, ERROR_CONFIG,
				 "domain '%s' is no DNS name\nwrite it as \"corp.example\"",
				 conf->domain);
	if (conf->site && !is_dns_name(conf->site, FALSE))
		return error_set(error, ERROR_CONFIG,
				 "site '%s' cannot be the name of a site\n"
				 "write it as in \"Active Directory Sites and Services\"",
				 conf->site);
	return TRUE;
}

static gboolean validate_kerberos_host(const LdapConf *conf, const char *uri, GError **error)
{
	LDAPURLDesc *url = NULL;

	if (!ldap_conf_is_kerberos(conf) || ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS)
		return TRUE;
	g_autofree char *host = g_strdup(url->lud_host ? url->lud_host : "");
	ldap_free_urldesc(url);
	if (*host && strchr(host, '.') && !g_hostname_is_ip_address(host))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "uri '%s' and method '%s': Kerberos knows a server by its full host name\n"
			 "write the uri as \"ldap://dc1.corp.example\", or set domain",
			 uri, method_names[conf->bind.method]);
}

static gboolean validate_servers(const LdapConf *conf, GError **error)
{
	if (conf->domain)
		return validate_domain(conf, error);
	if (conf->site)
		return error_set(error, ERROR_CONFIG,
				 "a site is set and no domain\n"
				 "set domain = \"corp.example\" too, or take the site out");
	if (conf->uris->len == 0)
		return error_set(error, ERROR_CONFIG,
				 "no server is named\nset uri = \"ldaps://HOST\", or, with Active "
				 "Directory, domain = \"corp.example\"");
	for (guint i = 0; i < conf->uris->len; i++) {
		const char *uri = g_ptr_array_index(conf->uris, i);

		if (!validate_uri(conf, uri, error) || !validate_password(conf, uri, error) ||
		    !validate_kerberos_host(conf, uri, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean validate_all(const LdapConf *conf, GError **error)
{
	if (!validate_bind(conf, error) || !validate_servers(conf, error))
		return FALSE;
	if (conf->connect_timeout_us <= 0 || conf->timeout_us <= 0)
		return error_set(error, ERROR_CONFIG,
				 "a time limit of zero would wait for ever\n"
				 "set timeout and connect_timeout to at least \"1s\"");
	return TRUE;
}

gboolean ldap_conf_validate(const LdapConf *conf, const char *source, GError **error)
{
	if (validate_all(conf, error))
		return TRUE;
	g_prefix_error(error, "source '%s': ", source);
	return FALSE;
}

char *ldap_conf_escape(const char *value)
{
	GString *out = g_string_new(NULL);

	for (const char *p = value; *p; p++) {
		if (strchr("*()\\", *p))
			g_string_append_printf(out, "\\%02x", (guchar)*p);
		else
			g_string_append_c(out, *p);
	}
	return g_string_free(out, FALSE);
}

static void append_class(GString *filter, const char *name)
{
	g_autofree char *escaped = ldap_conf_escape(name);

	g_string_append_printf(filter, "(objectClass=%s)", escaped);
}

char *ldap_conf_filter(const LdapConf *conf, const char *const *fallback)
{
	GString *filter = g_string_new("(|");

	if (conf->classes && conf->classes->len)
		for (guint i = 0; i < conf->classes->len; i++)
			append_class(filter, g_ptr_array_index(conf->classes, i));
	else
		for (; *fallback; fallback++)
			append_class(filter, *fallback);
	g_string_append_c(filter, ')');
	return g_string_free(filter, FALSE);
}
