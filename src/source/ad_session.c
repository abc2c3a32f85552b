/*
 * Which way to follow changes. "auto" takes the first that the server grants:
 *
 *	dirsync, the right to replicate    the server knows what we have; any controller goes on
 *	dirsync, object security           the same for every account, with what it may read
 *	usn                                if DirSync is refused
 *	scan                               if the server tells no numbers, or not whose they are
 *
 * All but the last two can tell a member that joined from a group of 50,000 in some hundred bytes.
 *
 * The question is put to the server by a DirSync search that finds nothing (ad_dirsync.c), and only
 * when everything is to be read: the way that was found then stays until the next full read, and a
 * right that is granted meanwhile counts from then on. By USN, too, that search is made: its cookie
 * is the only place where a domain controller tells what it has heard of the others.
 */
#include <string.h>

#include "ad_dirsync_internal.h"
#include "ad_session_internal.h"
#include "ad_vector_internal.h"
#include "base/error.h"
#include "ldap_error_internal.h"

gboolean ad_session_open(AdSession *self, const AdSetup *setup, LdapConn *conn, GError **error)
{
	self->setup = setup;
	self->conn = conn;
	if (!ad_server_identify(conn, setup->ldap->base, &self->server, error))
		return FALSE;
	AdCursor *now = self->now = g_new0(AdCursor, 1);
	now->way = AD_WAY_SCAN;
	now->base = g_strdup(setup->within);
	now->filter = g_strdup(setup->filter);
	now->attributes = g_strdup(setup->digest);
	now->domain = g_strdup(self->server.domain);
	now->dsa = g_strdup(self->server.dsa);
	now->invocation = g_strdup(self->server.invocation);
	now->uri = g_strdup(conn->uri);
	now->mark = MAX(self->server.highest, 0);
	return TRUE;
}

gboolean ad_session_allows(const AdSetup *setup, AdWay way)
{
	switch (setup->changes) {
	case AD_CHANGES_DIRSYNC:
		return ad_way_is_dirsync(way);
	case AD_CHANGES_USN:
		return way == AD_WAY_USN;
	case AD_CHANGES_SCAN:
		return way == AD_WAY_SCAN;
	default:
		return TRUE;
	}
}

static gboolean is_refusal(int code)
{
	return code == LDAP_INSUFFICIENT_ACCESS || code == LDAP_UNWILLING_TO_PERFORM ||
	       code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION || code == LDAP_PROTOCOL_ERROR ||
	       code == LDAP_OPERATIONS_ERROR;
}

/* A cookie that the server does not take any more is left away. */
static gboolean ask(AdSession *self, gboolean object_security, GBytes *cookie, AdDirsyncEnd *end,
		    GError **error)
{
	LdapConn *conn = self->conn;
	const char *context = self->server.context;

	if (!ad_dirsync_probe(conn, context, object_security, cookie, end, error))
		return FALSE;
	if (cookie && end->code != LDAP_SUCCESS && end->code != LDAP_INSUFFICIENT_ACCESS) {
		ad_dirsync_end_clear(end);
		if (!ad_dirsync_probe(conn, context, object_security, NULL, end, error))
			return FALSE;
	}
	return end->code == LDAP_SUCCESS || is_refusal(end->code) ||
	       ldap_error_set(error, end->code, end->text, conn->uri);
}

static void take_start(AdSession *self, const AdDirsyncEnd *end)
{
	gsize length;
	const void *data;

	if (!end->cookie)
		return;
	data = g_bytes_get_data(end->cookie, &length);
	self->start = g_bytes_ref(end->cookie);
	self->knows = ad_vector_from_cookie(data, length);
}

static void take_refusal(AdSession *self, const AdDirsyncEnd *end)
{
	g_autoptr(GError) problem = NULL;

	ldap_error_set(&problem, end->code, end->text, self->conn->uri);
	self->refused = g_strndup(problem->message, strcspn(problem->message, "\n"));
}

/* DirSync if the server grants it; what it knows in any case. */
static gboolean try_dirsync(AdSession *self, gboolean wanted, GBytes *cookie, AdWay *way,
			    GError **error)
{
	g_auto(AdDirsyncEnd) end = { 0 }, second = { 0 };

	if (wanted && !ask(self, FALSE, cookie, &end, error))
		return FALSE;
	if (wanted && end.code == LDAP_SUCCESS) {
		*way = AD_WAY_DIRSYNC;
		take_start(self, &end);
		return TRUE;
	}
	if (!ask(self, TRUE, cookie, &second, error))
		return FALSE;
	take_start(self, &second);
	if (second.code != LDAP_SUCCESS)
		take_refusal(self, &second);
	else if (wanted)
		*way = AD_WAY_DIRSYNC_OBJECT;
	return TRUE;
}

gboolean ad_session_choose(AdSession *self, GBytes *cookie, GError **error)
{
	AdChanges changes = self->setup->changes;
	gboolean wanted = changes == AD_CHANGES_AUTO || changes == AD_CHANGES_DIRSYNC;
	gboolean numbers = self->server.invocation && self->server.highest > 0;
	AdWay way = numbers && changes != AD_CHANGES_SCAN ? AD_WAY_USN : AD_WAY_SCAN;

	self->chosen = TRUE;
	if (numbers && !try_dirsync(self, wanted, cookie, &way, error))
		return FALSE;
	self->now->way = way;
	if (ad_session_allows(self->setup, way))
		return TRUE;
	g_autofree char *fix = ad_server_dirsync_fix(&self->server);
	if (!numbers)
		return error_set(error, ERROR_CONFIG,
				 "'%s' tells no USN, or not its invocationId: changes can only be "
				 "found by reading everything\nset changes = \"scan\"",
				 self->conn->uri);
	return error_set(error, ERROR_CONFIG, "DirSync is not possible: %s\n%s",
			 self->refused ? self->refused : "the server refuses it", fix);
}

const char *ad_session_way_text(AdWay way)
{
	static const char *const texts[] = {
		[AD_WAY_DIRSYNC] = "by DirSync",
		[AD_WAY_DIRSYNC_OBJECT] = "by DirSync with object security",
		[AD_WAY_USN] = "by USN",
		[AD_WAY_SCAN] = "by reading everything",
	};

	return texts[way];
}

char *ad_session_way_remark(const AdSession *self, AdWay way)
{
	g_autofree char *fix = NULL;

	if (self->setup->changes != AD_CHANGES_AUTO || ad_way_is_dirsync(way))
		return NULL;
	if (way == AD_WAY_SCAN)
		return g_strdup_printf("'%s' tells no USN, or not its invocationId: everything is "
				       "read at each pull\nuse a domain controller itself as the "
				       "uri, not a proxy",
				       self->conn->uri);
	fix = ad_server_dirsync_fix(&self->server);
	return g_strdup_printf("changes are followed by USN: the account has no right 'Replicating "
			       "Directory Changes' on '%s', and DirSync without it is refused%s%s\n"
			       "%s",
			       self->server.context, self->refused ? ": " : "",
			       self->refused ? self->refused : "", fix);
}

char *ad_session_tombstone_remark(const AdSession *self)
{
	g_autofree char *fix = NULL;

	if (self->server.tombstones)
		return NULL;
	fix = ad_server_tombstone_fix(&self->server);
	return g_strdup_printf("the account may not read deleted objects of '%s': to see who is "
			       "gone, everybody is listed after each change\n%s",
			       self->server.context, fix);
}

void ad_session_clear(AdSession *self)
{
	ldap_conn_close(self->conn);
	ad_server_clear(&self->server);
	ad_cursor_free(self->now);
	g_clear_pointer(&self->start, g_bytes_unref);
	g_free(self->knows);
	g_free(self->refused);
	*self = (AdSession){ 0 };
}
