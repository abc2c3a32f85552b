/*
 * Which servers there are, and failover between them.
 *
 * With "domain" the list is made anew for each connect: domain controllers come and go, and a
 * daemon runs for months. DNS is asked twice:
 *
 *	_ldap._tcp.<site>._sites.dc._msdcs.<domain>	those nearby; only with "site"
 *	_ldap._tcp.dc._msdcs.<domain>			all of them
 *
 * in this order, each by priority and weight, without repetitions: those of the site come first,
 * the others when none of them can be used. A site without servers is a remark and no failure, for
 * a site may be closed while its users still are to be served.
 *
 * Nobody signs these answers. Whoever can forge them could name a host of his own, for which he has
 * a perfectly valid certificate, and would be sent the password. Hence only hosts inside of the
 * domain count: a certificate for one of those he cannot get.
 *
 * Ports: what TLS begins with is on 636, whatever the record says, which is about 389.
 *
 * Each server gets a handle of its own (libldap's lists do not work with our time limits), in turn.
 * One that cannot be reached, is busy, or fails its certificate gives way to the next.
 */
#include <string.h>

#include "base/error.h"
#include "ldap_servers_internal.h"
#include "ldap_srv_internal.h"

struct LdapServers {
	const LdapConf *conf;
	GPtrArray *uris;     /* char * */
	GPtrArray *problems; /* GError *, of those that were tried */
	guint next;
	gboolean refused; /* the credentials: no use in asking another */
	char *remark;     /* about the discovery, or NULL */
};

static gboolean is_inside(const char *host, const char *domain)
{
	gsize host_length = strlen(host), domain_length = strlen(domain);

	return host_length > domain_length + 1 && host[host_length - domain_length - 1] == '.' &&
	       g_ascii_strcasecmp(host + host_length - domain_length, domain) == 0;
}

static char *make_uri(const LdapConf *conf, const LdapSrv *srv)
{
	if (!ldap_conf_wants_ldap_scheme(conf))
		return g_strdup_printf("ldaps://%s:%d", srv->host, LDAPS_PORT);
	return g_strdup_printf("ldap://%s:%d", srv->host, srv->port ? srv->port : LDAP_PORT);
}

guint ldap_servers_add(GPtrArray *uris, const LdapConf *conf, GPtrArray *records)
{
	guint strangers = 0;

	for (guint i = 0; i < records->len; i++) {
		const LdapSrv *srv = g_ptr_array_index(records, i);
		g_autofree char *uri = make_uri(conf, srv);

		/* RFC 2782: a target "." says that the service is not there. */
		if (!*srv->host)
			continue;
		if (!is_inside(srv->host, conf->domain))
			strangers++;
		else if (!g_ptr_array_find_with_equal_func(uris, uri, g_str_equal, NULL))
			g_ptr_array_add(uris, g_steal_pointer(&uri));
	}
	return strangers;
}

/* True if the URI is 'wanted', or leads to the host 'wanted'. */
static gboolean leads_to(const char *uri, const char *wanted)
{
	const char *host = strstr(uri, "://");
	gsize length = strlen(wanted);

	if (g_ascii_strcasecmp(uri, wanted) == 0)
		return TRUE;
	return host && g_ascii_strncasecmp(host + 3, wanted, length) == 0 &&
	       (host[3 + length] == '\0' || host[3 + length] == ':' || host[3 + length] == '/');
}

void ldap_servers_prefer(GPtrArray *uris, const char *preferred)
{
	for (guint i = 0; preferred && *preferred && i < uris->len; i++)
		if (leads_to(g_ptr_array_index(uris, i), preferred)) {
			g_ptr_array_insert(uris, 0, g_ptr_array_steal_index(uris, i));
			return;
		}
}

static gboolean add_from(LdapServers *self, const char *name, guint *strangers, GError **error)
{
	g_autoptr(GPtrArray) records = ldap_srv_ask(name, self->conf->connect_timeout_us, error);

	if (!records)
		return FALSE;
	ldap_srv_order(records, NULL, NULL);
	*strangers += ldap_servers_add(self->uris, self->conf, records);
	return TRUE;
}

static gboolean found_none(const LdapConf *conf, guint strangers, const char *near, const char *all,
			   GError **error)
{
	if (strangers)
		return error_set(
			error, ERROR_DOWN,
			"'%s' in DNS names %u servers, and none of them is inside of '%s'\n"
			"name the servers as \"uri\" if that is right: an answer of DNS can be "
			"forged",
			all, strangers, conf->domain);
	return error_set(error, ERROR_DOWN,
			 "no domain controller of '%s' is known: DNS has no SRV record '%s'%s%s%s\n"
			 "check \"domain\", and that /etc/resolv.conf names a DNS server of the "
			 "domain; or name the servers as \"uri\"",
			 conf->domain, all, near ? " and none '" : "", near ? near : "",
			 near ? "'" : "");
}

static gboolean discover(LdapServers *self, GError **error)
{
	const LdapConf *conf = self->conf;
	g_autofree char *all = g_strdup_printf("_ldap._tcp.dc._msdcs.%s", conf->domain);
	g_autofree char *near = conf->site ? g_strdup_printf("_ldap._tcp.%s._sites.dc._msdcs.%s",
							     conf->site, conf->domain)
					   : NULL;
	guint strangers = 0;

	if (near && !add_from(self, near, &strangers, error))
		return FALSE;
	if (near && self->uris->len == 0)
		self->remark = g_strdup_printf("DNS knows no domain controller in the site '%s': "
					       "any of the domain is used",
					       conf->site);
	if (!add_from(self, all, &strangers, error))
		return FALSE;
	return self->uris->len > 0 || found_none(conf, strangers, near, all, error);
}

LdapServers *ldap_servers_new(const LdapConf *conf, const char *preferred, GError **error)
{
	g_autoptr(LdapServers) self = g_new0(LdapServers, 1);

	self->conf = conf;
	self->uris = g_ptr_array_new_with_free_func(g_free);
	self->problems = g_ptr_array_new_with_free_func((GDestroyNotify)g_error_free);
	for (guint i = 0; i < conf->uris->len; i++)
		g_ptr_array_add(self->uris, g_strdup(g_ptr_array_index(conf->uris, i)));
	if (conf->domain && !discover(self, error))
		return NULL;
	ldap_servers_prefer(self->uris, preferred);
	return g_steal_pointer(&self);
}

/*
 * One error for a whole list: each server with its reason, in order, the hint of the first last.
 * Who refuses us ends the search, so then the kind of the last counts.
 */
static void fail_all(const GPtrArray *problems, GError **error)
{
	const GError *last = g_ptr_array_index(problems, problems->len - 1);
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
	const GError *telling = error_is(last, ERROR_CONFIG) ? last : first;
	error_set(error, error_kind(telling), "%s%s", text->str, hint ? hint : "");
	g_string_free(text, TRUE);
}

LdapConn *ldap_servers_next(LdapServers *self, GError **error)
{
	while (self->next < self->uris->len && !self->refused) {
		GError *problem = NULL;
		const char *uri = g_ptr_array_index(self->uris, self->next++);
		LdapConn *conn = ldap_conn_open_one(self->conf, uri, &self->refused, &problem);

		if (conn) {
			conn->remark = g_strdup(self->remark);
			return conn;
		}
		g_ptr_array_add(self->problems, problem);
	}
	fail_all(self->problems, error);
	return NULL;
}

void ldap_servers_reject(LdapServers *self, LdapConn *conn, GError *why)
{
	ldap_conn_close(conn);
	g_ptr_array_add(self->problems, why);
}

guint ldap_servers_left(const LdapServers *self)
{
	return self->refused ? 0 : self->uris->len - self->next;
}

void ldap_servers_free(LdapServers *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->uris);
	g_ptr_array_unref(self->problems);
	g_free(self->remark);
	g_free(self);
}
