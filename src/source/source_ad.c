/*
 * Source driver "ad": Active Directory, by Windows or by Samba.
 *
 *	ad_session.c   who answers (ad_server.c), and by which way changes are followed
 *	ad_decide.c    how to read, by the cursor (ad_cursor.c) and who answers
 *	ad_pull.c      one pull, to its commit
 *	ad_read.c      searches (ad_dirsync.c) to facts (ad_entry.c)
 *	ad_follow.c    what changes do not tell
 *	ad_check.c     for "check"         ad_notify.c    being woken
 *
 * Here are the settings, and which attributes are asked for. There are three kinds of those:
 *
 *  - what the config reads;
 *  - what makes an entry what it is, kept for filters and for the view: classes, ids, the primary
 *    group, when and whether the account is usable;
 *  - what DirSync must be asked for, because the list of attributes also filters its changes: an
 *    object of which only others changed is not sent. Without 'name' and 'parentGUID' renames and
 *    moves would never arrive, without 'isDeleted' not all deletions. The DN tells the first two
 *    and removal the third, so they are not kept.
 */
#include <string.h>

#include "ad_check_internal.h"
#include "ad_notify_internal.h"
#include "ad_pull_internal.h"
#include "base/digest.h"
#include "base/error.h"
#include "core/dn.h"
#include "ldap_attributes_internal.h"
#include "ldap_schema_internal.h"
#include "ldap_servers_internal.h"
#include "source/source.h"

extern const SourceOps source_ad;

typedef struct {
	LdapConf ldap;
	gint64 full_every_us, max_lag_us;
} AdConf;

static const Option ad_options[] = {
	LDAP_CONF_ROWS(AdConf),
	OPTION(DURATION, AdConf, full_every_us, "full_every", 0, .fallback = "1d"),
	OPTION(DURATION, AdConf, max_lag_us, "max_lag", 0, .fallback = "12h"),
	OPTION_END,
};

/* Users, groups, and everything that may stand above them. */
static const char *const default_classes[] = {
	"user", "group", "organizationalUnit", "container", "domainDNS", "builtinDomain", NULL,
};

static const char *const always_kept[] = {
	"objectClass",        "objectCategory", "objectSid",   "primaryGroupID", "groupType",
	"userAccountControl", "accountExpires", "lockoutTime", "sAMAccountName", NULL,
};

static const char *const always_asked[] = { "objectGUID", "isDeleted", "name", "parentGUID", NULL };

/* QUIRK(AD): a search that is not of one object fails if it asks for these. */
static const char *const never_asked[] = {
	"tokengroups",
	"tokengroupsglobalanduniversal",
	"tokengroupsnogcacceptable",
};

typedef struct {
	Source base;
	AdSetup setup;
	AdNotify *notify; /* while watching; else NULL */
} Ad;

static gboolean is_global_catalogue(const char *uri)
{
	gsize length = strcspn(uri, "?");

	while (length && uri[length - 1] == '/')
		length--;
	return length > 5 && (strncmp(uri + length - 5, ":3268", 5) == 0 ||
			      strncmp(uri + length - 5, ":3269", 5) == 0);
}

static gboolean ad_validate(const void *conf, const char *name, GError **error)
{
	const AdConf *self = conf;

	if (!ldap_conf_validate(&self->ldap, name, error))
		return FALSE;
	for (guint i = 0; i < self->ldap.uris->len; i++) {
		const char *uri = g_ptr_array_index(self->ldap.uris, i);

		/* It has no members of global and domain local groups: they would look empty. */
		if (is_global_catalogue(uri))
			return error_set(error, ERROR_CONFIG,
					 "source '%s': '%s' is a global catalogue, which does not "
					 "have the members of most groups\nuse port 636 (or 389), "
					 "and a source for each domain",
					 name, uri);
	}
	g_autofree char *base = dn_normalize(self->ldap.base, strlen(self->ldap.base));
	if (base)
		return TRUE;
	g_auto(GStrv) parts = g_strsplit(self->ldap.base, ".", -1);
	g_autofree char *dn = g_strjoinv(",DC=", parts);
	return error_set(error, ERROR_CONFIG, "source '%s': base '%s' is no DN\nwrite \"%s%s\"",
			 name, self->ldap.base, strchr(dn, '=') && parts[1] ? "DC=" : "",
			 parts[1] ? dn : "DC=corp,DC=example");
}

/* Computers, and the accounts of services that are kept like them, are users by their class. */
static char *make_filter(const LdapConf *conf)
{
	g_autofree char *classes = ldap_conf_filter(conf, default_classes);

	if (conf->classes && conf->classes->len)
		return g_steal_pointer(&classes);
	return g_strdup_printf("(&%s(!(objectClass=computer)))", classes);
}

static AdChanges find_changes(const char *name)
{
	static const char *const names[] = {
		[AD_CHANGES_AUTO] = "auto",
		[AD_CHANGES_DIRSYNC] = "dirsync",
		[AD_CHANGES_USN] = "usn",
		[AD_CHANGES_SCAN] = "scan",
	};

	for (guint i = 0; name && i < G_N_ELEMENTS(names); i++)
		if (strcmp(names[i], name) == 0)
			return (AdChanges)i;
	return AD_CHANGES_AUTO;
}

static gboolean is_never_asked(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(never_asked); i++)
		if (g_ascii_strcasecmp(name, never_asked[i]) == 0)
			return TRUE;
	return FALSE;
}

static void take_attributes(AdSetup *self, const char *const *wanted, const char *kinds)
{
	g_autoptr(GPtrArray) possible = g_ptr_array_new();

	for (; wanted && *wanted; wanted++) {
		if (!is_never_asked(*wanted))
			g_ptr_array_add(possible, (char *)*wanted);
		else
			g_ptr_array_add(self->remarks,
					g_strdup_printf("attribute '%s' is computed for one object "
							"at a time and is never read\nuse rules "
							"over groups instead",
							*wanted));
	}
	g_ptr_array_add(possible, NULL);
	self->kept = ldap_attributes_build((const char *const *)possible->pdata, always_kept,
					   self->remarks);
	self->asked = ldap_attributes_build((const char *const *)self->kept->pdata, always_asked,
					    NULL);
	g_autofree char *list = g_strjoinv(",", (char **)self->kept->pdata);
	self->digest = digest_strings(list, kinds ? kinds : "", NULL);
}

static Source *ad_open(const SourceSetup *setup, GError **error)
{
	const AdConf *conf = setup->conf;
	Ad *self = g_new0(Ad, 1);
	AdSetup *own = &self->setup;

	self->base.ops = &source_ad;
	own->ldap = &conf->ldap;
	own->changes = find_changes(setup->changes);
	own->full_every_us = conf->full_every_us;
	own->max_lag_us = conf->max_lag_us;
	own->within = dn_normalize(conf->ldap.base, strlen(conf->ldap.base));
	own->filter = make_filter(&conf->ldap);
	own->remarks = g_ptr_array_new_with_free_func(g_free);
	own->coverage = g_strdup_printf("base '%s' with %s", conf->ldap.base, own->filter);
	take_attributes(own, setup->attributes, setup->kinds);
	return &self->base;
}

static gboolean ad_pull_source(Source *base, const char *cursor, Sink *sink, GError **error)
{
	return ad_pull(&((Ad *)base)->setup, cursor, sink, error);
}

static gboolean ad_schema(Source *base, GHashTable *names, GError **error)
{
	return ldap_schema_names(((Ad *)base)->setup.ldap, names, error);
}

static gboolean ad_test(Source *base, GPtrArray *findings, GError **error)
{
	return ad_check(&((Ad *)base)->setup, findings, error);
}

static gboolean ad_watch(Source *base, GError **error)
{
	Ad *self = (Ad *)base;
	g_autoptr(LdapServers) servers = ldap_servers_new(self->setup.ldap, NULL, error);
	LdapConn *conn;

	while (servers && (conn = ldap_servers_next(servers, error))) {
		g_auto(AdSession) session = { 0 };
		GError *why = NULL;

		if (ad_session_open(&session, &self->setup, conn, &why)) {
			conn = g_steal_pointer(&session.conn);
			self->notify = ad_notify_open(conn, session.server.context, error);
			return self->notify != NULL;
		}
		ldap_servers_reject(servers, g_steal_pointer(&session.conn), why);
	}
	return FALSE;
}

static int ad_watch_fd(Source *base)
{
	return ad_notify_fd(((Ad *)base)->notify);
}

static gboolean ad_watch_news(Source *base, gboolean *news, GError **error)
{
	return ad_notify_news(((Ad *)base)->notify, news, error);
}

static void ad_close(Source *base)
{
	Ad *self = (Ad *)base;

	if (!self)
		return;
	ad_notify_close(self->notify);
	g_free(self->setup.within);
	g_free(self->setup.filter);
	g_free(self->setup.digest);
	g_free(self->setup.coverage);
	g_ptr_array_unref(self->setup.asked);
	g_ptr_array_unref(self->setup.kept);
	g_ptr_array_unref(self->setup.remarks);
	g_free(self);
}

const SourceOps source_ad = {
	.name = "ad",
	.options = ad_options,
	.conf_size = sizeof(AdConf),
	.validate = ad_validate,
	.open = ad_open,
	.test = ad_test,
	.schema = ad_schema,
	.pull = ad_pull_source,
	.watch = ad_watch,
	.watch_fd = ad_watch_fd,
	.watch_news = ad_watch_news,
	.close = ad_close,
};
