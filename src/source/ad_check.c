/*
 * The same first steps as a pull, and then a count of everybody without any attribute: about a
 * hundred bytes an entry, and the limits of the server show. Nothing is decided by the last pull:
 * what is told is what the next full read would find.
 */
#include "ad_check_internal.h"
#include "ad_read_internal.h"
#include "base/clock.h"
#include "base/timefmt.h"
#include "ldap_servers_internal.h"

/* Kerberos gives up at five minutes ([MS-KILE]), and so much is never only the network's. */
#define CLOCKS_APART_US (5 * CLOCK_MINUTE)

static gboolean count_begin(Sink *self, GError **error)
{
	return TRUE;
}

static gboolean count_put(Sink *self, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	if (verdict)
		*verdict = SINK_SAME;
	return TRUE;
}

static gboolean count_anchor(Sink *self, const char *anchor, GError **error)
{
	return TRUE;
}

static gboolean count_retract(Sink *self, const char *anchor, gboolean left, GError **error)
{
	return TRUE;
}

static gboolean count_absent(Sink *self, guint limit, GPtrArray *entries, guint64 *count,
			     GError **error)
{
	*count = 0;
	return TRUE;
}

static const SinkOps count_ops = {
	.begin = count_begin,
	.put = count_put,
	.present = count_anchor,
	.remove = count_anchor,
	.retract = count_retract,
	.renew = count_anchor,
	.absent = count_absent,
};

static gboolean count_entries(AdSession *session, GPtrArray *findings, GError **error)
{
	static const char *const none[] = { NULL };
	const AdSetup *setup = session->setup;
	Sink sink = { .ops = &count_ops };
	g_autoptr(AdFollow) follow = ad_follow_new(TRUE);
	AdReader reader = {
		.conn = session->conn,
		.server = &session->server,
		.sink = &sink,
		.base = setup->ldap->base,
		.within = setup->within,
		.filter = setup->filter,
		.attributes = none,
		.kept = none,
		.follow = follow,
	};

	if (!ad_read_names(&reader, error))
		return FALSE;
	g_ptr_array_add(findings,
			g_strdup_printf("'%s' gives %" G_GUINT64_FORMAT " entries beneath '%s'",
					session->server.host, reader.entries, setup->ldap->base));
	if (reader.unreadable || !reader.entries)
		g_ptr_array_add(findings,
				g_strdup_printf("removals would not be believed: %u entries have "
						"no readable objectGUID\nsee what the bind "
						"account may read beneath '%s'",
						reader.unreadable, setup->ldap->base));
	return TRUE;
}

static void add(GPtrArray *findings, char *sentence)
{
	if (sentence)
		g_ptr_array_add(findings, sentence);
}

static void tell_way(const AdSession *session, GPtrArray *findings)
{
	AdWay way = session->now->way;
	g_autofree char *fix = ad_server_dirsync_fix(&session->server);
	gboolean poor = way == AD_WAY_DIRSYNC_OBJECT;

	add(findings, g_strdup_printf("changes are followed %s%s%s", ad_session_way_text(way),
				      poor ? ": without the right 'Replicating Directory Changes', "
					     "so what the account may not read is not seen\n"
					   : "",
				      poor ? fix : ""));
	add(findings, ad_session_way_remark(session, way));
	if (session->server.tombstones)
		add(findings, g_strdup("the account may read deleted objects"));
	else if (way != AD_WAY_SCAN)
		add(findings, ad_session_tombstone_remark(session));
}

static void tell_clock(const AdSession *session, GPtrArray *findings)
{
	gint64 apart_us = session->server.clock_us - clock_now_us();

	if (!session->server.clock_us || ABS(apart_us) <= CLOCKS_APART_US)
		return;
	g_autofree char *span = timefmt_span(ABS(apart_us));
	add(findings,
	    g_strdup_printf("the clock of '%s' is %s %s ours\nKerberos and the expiry of "
			    "accounts depend on it; synchronise both",
			    session->server.host, span, apart_us > 0 ? "ahead of" : "behind"));
}

static gboolean describe(AdSession *session, GPtrArray *findings, GError **error)
{
	g_autofree char *server = g_strdup_printf("domain controller %s of '%s'",
						  session->server.host, session->server.context);

	add(findings, ldap_conn_describe(session->conn, server));
	if (!ad_session_choose(session, NULL, error))
		return FALSE;
	tell_way(session, findings);
	tell_clock(session, findings);
	for (guint i = 0; i < session->setup->remarks->len; i++)
		add(findings, g_strdup(g_ptr_array_index(session->setup->remarks, i)));
	return count_entries(session, findings, error);
}

gboolean ad_check(const AdSetup *setup, GPtrArray *findings, GError **error)
{
	g_autoptr(LdapServers) servers = ldap_servers_new(setup->ldap, NULL, error);
	LdapConn *conn;

	while (servers && (conn = ldap_servers_next(servers, error))) {
		g_auto(AdSession) session = { 0 };
		GError *why = NULL;

		if (ad_session_open(&session, setup, conn, &why))
			return describe(&session, findings, error);
		ldap_servers_reject(servers, g_steal_pointer(&session.conn), why);
	}
	return FALSE;
}
