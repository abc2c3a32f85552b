/*
 * Source driver "syncrepl": follows an RFC 4533 server by refreshOnly searches with a cookie.
 *
 *	connect -> look at base and root DSE -> may the cookie be used? -> refresh -> judge
 *	                                             ^                              |
 *	                                             '------ everything again ------'
 *	-> read again what the delta kept silent about (sync_reread.c) -> dynamic groups -> commit
 *
 * What the absence of an entry means depends on more than the answer says:
 *
 *	cookie sent  refreshDeletes  refreshPresent seen   absent means
 *	no           (TRUE)          -                     gone: this was everything
 *	yes          TRUE            no                    nothing
 *	yes          FALSE           -                     gone: a present phase named all others
 *	yes          TRUE            yes                   gone: both phases were sent
 *	yes, 389-ds  (FALSE)         -                     nothing: it says FALSE for deltas too
 *
 * and it is never believed when a limit or a broken connection cut the answer, when referrals or
 * unreadable entries were in it, when there was nothing in it at all, or when the answering server
 * is older, for some provider, than what we have seen (a lagging replica, sync_cookie.c). In that
 * last case the cursor goes back to that server's cookie, so that a server which is up to date
 * sends us again what the lagging one did not know, and a full compare is owed for as long. A
 * server that is newer for no provider has no news at all: what it says is how things were, and
 * believing it would take the latest members out of their groups. Nothing of it is taken over, and
 * the cursor stays.
 *
 * Everything is read again, within the same pull, when the server refuses the cookie (4096), says
 * that we are newer than it (53), when too much would have to be looked up one by one, and when the
 * last full compare is older than full_every: only that finds what a server lost in a crash or a
 * restore, and what an ACL hid or showed.
 *
 * A delta that broke off before its silent parts were read cannot be repeated: at the second time
 * the entries are not new to the view any more. Such a pull leaves a cursor without cookie. So does
 * a full read that broke off, or that nobody believed: part of the view is newer than the old
 * cookie then, or was read with other settings, and a delta would find nothing to do about that.
 */
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "core/dn.h"
#include "cursor_text_internal.h"
#include "ldap_attributes_internal.h"
#include "ldap_conn_internal.h"
#include "ldap_error_internal.h"
#include "ldap_generic_internal.h"
#include "ldap_schema_internal.h"
#include "source/source.h"
#include "sync_cookie_internal.h"
#include "sync_cursor_internal.h"
#include "sync_notify_internal.h"
#include "sync_refresh_internal.h"
#include "sync_reread_internal.h"
#include "url_group_internal.h"

extern const SourceOps source_syncrepl;

typedef struct {
	LdapConf ldap;
	gint64 full_every_us;
} SyncreplConf;

static const Option syncrepl_options[] = {
	LDAP_CONF_ROWS(SyncreplConf),
	OPTION(DURATION, SyncreplConf, full_every_us, "full_every", 0, .fallback = "1d"),
	OPTION_END,
};

typedef struct {
	const char *prefix; /* of vendorName in the root DSE; the last row matches all */
	const char *name;
	const char *uuid_attribute; /* the same 16 bytes as in the sync state control */
	gboolean delta_absence;     /* refreshDeletes FALSE after a cookie means a present phase */
	gboolean delta_names;       /* of a delta only the ids can be used: see sync_reread.c */
} Vendor;

static const Vendor vendors[] = {
	/*
	 * QUIRK(389-ds): refreshDeletes is FALSE for every refreshOnly answer; deltas have all user
	 * attributes and no operational ones, whatever was asked for, 2.3.1, 2026-11.
	 */
	{ "389 Project", "389-ds", "nsUniqueId", FALSE, TRUE },
	{ "", "openldap", "entryUUID", TRUE, FALSE },
};

typedef struct {
	Source base;
	const SyncreplConf *conf;
	LdapAsk ask;
	SyncNotify *notify; /* while watching; else NULL */
} Syncrepl;

/* One pull. */
typedef struct {
	Syncrepl *source;
	Sink *sink;
	LdapConn *conn;
	const Vendor *vendor;
	GPtrArray *reread_attributes; /* those of the source and the uuid attribute */
	SyncCursor *old;              /* what the cursor said; NULL: nothing usable */
	SyncCursor *now;              /* what the next one will say */
	gboolean incremental;         /* this round sends the cookie */
	gboolean found_silence;       /* something needed to be read beyond the delta */
	char *remark;                 /* why everything is read, noted once begun */
	char *lag;                    /* why absence is not believed; NULL if it may be */
	gboolean behind;              /* ... and the server is newer in nothing */
	char *trouble;                /* why the pull is not complete; NULL if it is */
} Pull;

typedef enum {
	ROUND_FAILED,
	ROUND_AGAIN, /* everything, without cookie */
	ROUND_COMMIT,
} RoundEnd;

static void trouble(Pull *pull, char *sentence)
{
	if (pull->trouble)
		g_free(sentence);
	else
		pull->trouble = sentence;
}

/* Leaves the delta for a full read; the sentence is noted. */
static RoundEnd again(Pull *pull, char *sentence)
{
	g_free(pull->remark);
	pull->remark = sentence;
	pull->incremental = FALSE;
	return ROUND_AGAIN;
}

static void cursor_free_cookie(SyncCursor *cursor)
{
	g_clear_pointer(&cursor->cookie, g_bytes_unref);
}

/* Finding out with whom we talk ---------------------------------------------------------------- */

static const Vendor *vendor_find(const char *vendor_name)
{
	guint i = 0;

	while (!g_str_has_prefix(vendor_name ? vendor_name : "", vendors[i].prefix))
		i++;
	return &vendors[i];
}

/* A root DSE that lists controls but not this one is proof; one that hides its list is not. */
static gboolean check_control(LdapConn *conn, const Entry *root, GError **error)
{
	guint count;

	entry_values(root, "supportedcontrol", &count);
	if (count == 0 || entry_has(root, "supportedcontrol", LDAP_CONTROL_SYNC))
		return TRUE;
	return ldap_error_set(error, LDAP_UNAVAILABLE_CRITICAL_EXTENSION, NULL, conn->uri);
}

static gboolean identify(Pull *pull, GError **error)
{
	static const char *const root_attributes[] = { "vendorName", "supportedControl",
						       "supportedCapabilities", NULL };
	const char *base_dn = pull->source->conf->ldap.base;
	g_autoptr(Entry) root = ldap_conn_read(pull->conn, "", root_attributes, error);

	if (!root || !ldap_generic_check(pull->conn, root, error) ||
	    !check_control(pull->conn, root, error))
		return FALSE;
	pull->vendor = vendor_find(entry_text(root, "vendorname"));
	const char *base_attributes[] = { pull->vendor->uuid_attribute, NULL };
	g_autoptr(Entry) base = ldap_conn_read(pull->conn, base_dn, base_attributes, error);
	if (!base) {
		g_prefix_error(error, "base '%s': ", base_dn);
		return FALSE;
	}
	g_autofree char *lower = g_ascii_strdown(pull->vendor->uuid_attribute, -1);
	const char *uuid = entry_text(base, lower);
	SyncCursor *now = g_new0(SyncCursor, 1);
	pull->now = now;
	now->base = dn_normalize(base_dn, strlen(base_dn));
	now->filter = g_strdup(pull->source->ask.filter);
	now->attributes = g_strdup(pull->source->ask.digest);
	now->vendor = g_strdup(pull->vendor->name);
	now->database = g_strdup(uuid ? uuid : "");
	return TRUE;
}

static gboolean full_is_due(const Pull *pull)
{
	return cursor_full_is_due(pull->old->full_us, pull->source->conf->full_every_us,
				  clock_now_us());
}

/* Decides whether the cookie may be sent, and carries over what stays true without it. */
static void choose(Pull *pull, const char *cursor)
{
	pull->old = cursor ? sync_cursor_parse(cursor) : NULL;
	if (!pull->old) {
		if (cursor)
			again(pull, g_strdup("the stored cursor is damaged or of an older version; "
					     "everything is read"));
		return;
	}
	if (!sync_cursor_is_like(pull->old, pull->now)) {
		again(pull, g_strdup("base, attributes, classes, filters or the database behind "
				     "the server are not the same as at the last pull; everything "
				     "is read"));
		/* With the same database, an older server is older still. */
		if (sync_cursor_is_same_database(pull->old, pull->now)) {
			cursor_free_cookie(pull->old);
			pull->old->full_us = 0;
		} else {
			g_clear_pointer(&pull->old, sync_cursor_free);
			return;
		}
	}
	pull->now->seen = g_strdup(pull->old->seen);
	pull->now->full_us = pull->old->full_us;
	pull->incremental = pull->old->cookie && !full_is_due(pull);
}

/* Judging an answer ---------------------------------------------------------------------------- */

static RoundEnd judge_code(Pull *pull, const Refresh *refresh, GError **error)
{
	g_autoptr(GError) problem = NULL;
	gboolean refused = refresh->code == LDAP_SYNC_REFRESH_REQUIRED ||
			   refresh->code == LDAP_UNWILLING_TO_PERFORM;

	if (refused && pull->incremental)
		return again(pull, g_strdup_printf("'%s' does not take our cookie (LDAP result %d, "
						   "%s); everything is read",
						   pull->conn->uri, refresh->code,
						   refresh->text ? refresh->text : ""));
	ldap_error_set(&problem, refresh->code, refresh->text, pull->conn->uri);
	if (!sync_refresh_has_read(refresh)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return ROUND_FAILED;
	}
	trouble(pull, g_strdup(problem->message));
	return ROUND_COMMIT;
}

/* Compares the answer with the newest change numbers ever seen, and moves those forward. */
static void judge_age(Pull *pull, GBytes *cookie)
{
	gsize length = 0;
	const char *text = cookie ? g_bytes_get_data(cookie, &length) : NULL;
	g_autofree char *csns = text ? sync_cookie_csns(text, length) : NULL;
	const char *seen = pull->old ? pull->old->seen : NULL;

	g_clear_pointer(&pull->lag, g_free);
	pull->behind = FALSE;
	g_free(pull->now->seen);
	pull->now->seen = sync_cookie_merge(csns, seen);
	if (sync_cookie_compare(csns, seen) != SYNC_COOKIE_OLDER)
		return;
	pull->behind = g_strcmp0(pull->now->seen, seen) == 0;
	pull->lag = g_strdup_printf(
		"'%s' knows less than the server we read from before: it lags behind, or was "
		"restored\nnobody is removed%s until it has caught up; see to its replication",
		pull->conn->uri, pull->behind ? ", and nothing of it is taken over," : "");
}

static gboolean absence_means_gone(const Pull *pull, const Refresh *refresh)
{
	if (!pull->incremental)
		return TRUE;
	return pull->vendor->delta_absence && (!refresh->refresh_deletes || refresh->present_phase);
}

static void judge_content(Pull *pull, const Refresh *refresh)
{
	if (refresh->broken)
		trouble(pull, g_strdup(refresh->broken));
	if (refresh->references)
		trouble(pull,
			g_strdup_printf(
				"%u referrals to other servers beneath '%s' were not followed\n"
				"choose a base without them, and make the other servers "
				"sources of their own",
				refresh->references, pull->source->conf->ldap.base));
	if (refresh->unreadable)
		trouble(pull, g_strdup_printf("%u parts of the answer of '%s' could not be read",
					      refresh->unreadable, pull->conn->uri));
	if (absence_means_gone(pull, refresh) && !sync_refresh_has_read(refresh))
		trouble(pull, g_strdup_printf("'%s' answered with success and no entry at all\n"
					      "see whether its database is empty, and what the "
					      "bind account may read",
					      pull->conn->uri));
}

/* The silent parts. A failure is trouble, not an error: what was read is still news. */
static RoundEnd read_silence(Pull *pull, Reread *reread)
{
	g_autoptr(GError) problem = NULL;

	if (reread_is_too_much(reread))
		return again(pull, g_strdup("so much is new or renamed that everything is read"));
	if (!reread_is_due(reread))
		return ROUND_COMMIT;
	pull->found_silence = TRUE;
	if (!pull->trouble && !reread_run(reread, &problem))
		trouble(pull, g_strdup(problem->message));
	if (!pull->trouble && reread_is_too_much(reread))
		return again(pull, g_strdup("so much stands beneath renamed containers that "
					    "everything is read"));
	return ROUND_COMMIT;
}

static RoundEnd judge(Pull *pull, const Refresh *refresh, Reread *reread, GError **error)
{
	if (refresh->code != LDAP_SUCCESS) {
		RoundEnd end = judge_code(pull, refresh, error);

		return end == ROUND_COMMIT && pull->incremental ? read_silence(pull, reread) : end;
	}
	GBytes *cookie = refresh->cookie     ? refresh->cookie
			 : pull->incremental ? pull->old->cookie
					     : NULL;
	judge_age(pull, cookie);
	if (pull->behind)
		return ROUND_COMMIT;
	judge_content(pull, refresh);
	if (!pull->incremental)
		return ROUND_COMMIT;
	if (pull->old->owed && !pull->lag && !pull->trouble)
		return again(pull, g_strdup_printf("'%s' has caught up; everything is compared",
						   pull->conn->uri));
	return read_silence(pull, reread);
}

/* One round: a refresh and its judgement, then the commit ---------------------------------- */

/* The cursor of the commit, or NULL to keep the old one. */
static char *next_cursor(Pull *pull, const Refresh *refresh, gboolean absence)
{
	SyncCursor *now = pull->now;

	cursor_free_cookie(now);
	if (pull->trouble) {
		/* Reading the same delta again would not find these entries new again. */
		return pull->found_silence || !pull->incremental ? sync_cursor_format(now) : NULL;
	}
	if (pull->incremental && !refresh->cookie)
		return NULL;
	if (!refresh->cookie)
		return NULL;
	now->cookie = g_bytes_ref(refresh->cookie);
	now->owed = pull->lag && (absence || (pull->old && pull->old->owed));
	if (!pull->incremental)
		now->full_us = clock_now_us();
	return sync_cursor_format(now);
}

/* What to keep if the sink doubts a full read: all but the cookie. Of a delta, the old cursor. */
static char *doubted_cursor(const Pull *pull)
{
	SyncCursor doubted = *pull->now;

	if (pull->incremental)
		return NULL;
	doubted.cookie = NULL;
	doubted.full_us = pull->old ? pull->old->full_us : 0;
	return sync_cursor_format(&doubted);
}

static char *server_name(const Pull *pull)
{
	return g_strdup_printf("%s (%s)", pull->conn->uri, pull->vendor->name);
}

static gboolean commit(Pull *pull, const Refresh *refresh, GError **error)
{
	gboolean absence = absence_means_gone(pull, refresh);
	g_autofree char *cursor = next_cursor(pull, refresh, absence);
	g_autofree char *doubted = doubted_cursor(pull);
	g_autofree char *server = server_name(pull);
	const char *reason = pull->trouble ? pull->trouble : absence ? pull->lag : NULL;
	const PullEnd end = {
		.complete = !reason,
		.reason = reason,
		.absence_means_gone = absence && !reason,
		.whole = !pull->incremental,
		.cursor = cursor,
		.doubted = doubted,
		.coverage = pull->source->ask.coverage,
		.server = server,
	};

	return pull->sink->ops->commit(pull->sink, &end, error);
}

static gboolean begin(Pull *pull, GError **error)
{
	Sink *sink = pull->sink;

	if (!sink->ops->begin(sink, error))
		return FALSE;
	for (guint i = 0; i < pull->source->ask.remarks->len; i++)
		sink->ops->note(sink, g_ptr_array_index(pull->source->ask.remarks, i));
	if (pull->remark)
		sink->ops->note(sink, pull->remark);
	g_clear_pointer(&pull->trouble, g_free);
	pull->found_silence = FALSE;
	return TRUE;
}

/* Ends the pull as if the server had said nothing; whether it is whole is to be seen later. */
static gboolean forget(Pull *pull, GError **error)
{
	SyncCursor *now = pull->now;

	if (!begin(pull, error))
		return FALSE;
	cursor_free_cookie(now);
	now->cookie = pull->old->cookie ? g_bytes_ref(pull->old->cookie) : NULL;
	now->owed = TRUE;

	g_autofree char *cursor = sync_cursor_format(now);
	g_autofree char *server = server_name(pull);
	const PullEnd end = { .reason = pull->lag, .cursor = cursor, .server = server };
	return pull->sink->ops->commit(pull->sink, &end, error);
}

/* Who is in groups that are a search: nothing tells that this changed (url_group.c). */
static gboolean find_dynamic(Pull *pull, const RereadSetup *setup, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (pull->trouble || pull->lag)
		return url_groups_keep(setup, error);
	if (url_groups_run(setup, &problem))
		return TRUE;
	if (error_is(problem, ERROR_FATAL)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	trouble(pull, g_strdup(problem->message));
	return TRUE;
}

static RoundEnd round_run(Pull *pull, GError **error)
{
	Syncrepl *source = pull->source;
	const char *const *attributes = (const char *const *)source->ask.attributes->pdata;
	g_autoptr(GHashTable) held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const RereadSetup again_setup = {
		.conn = pull->conn,
		.sink = pull->sink,
		.base = source->conf->ldap.base,
		.filter = source->ask.filter,
		.attributes = (const char *const *)pull->reread_attributes->pdata,
		.shape = { .uuid_attribute = pull->vendor->uuid_attribute,
			   .keep_uuid = pull->reread_attributes->len ==
					source->ask.attributes->len },
		.held = held,
	};
	g_autoptr(Reread) reread = reread_new(&again_setup);
	const RefreshSetup setup = {
		.conn = pull->conn,
		.sink = pull->sink,
		.base = source->conf->ldap.base,
		.filter = source->ask.filter,
		.attributes = attributes,
		.cookie = pull->incremental ? pull->old->cookie : NULL,
		.reread = pull->incremental ? reread : NULL,
		.names_only = pull->incremental && pull->vendor->delta_names,
		.held = held,
	};
	g_auto(Refresh) refresh = { 0 };

	if (!begin(pull, error) || !sync_refresh(&setup, &refresh, error))
		return ROUND_FAILED;
	RoundEnd end = judge(pull, &refresh, reread, error);
	if (end != ROUND_COMMIT)
		return end;
	if (pull->behind)
		return forget(pull, error) ? ROUND_COMMIT : ROUND_FAILED;
	if (!find_dynamic(pull, &again_setup, error))
		return ROUND_FAILED;
	return commit(pull, &refresh, error) ? ROUND_COMMIT : ROUND_FAILED;
}

static void pull_clear(Pull *pull)
{
	ldap_conn_close(pull->conn);
	sync_cursor_free(pull->old);
	sync_cursor_free(pull->now);
	g_clear_pointer(&pull->reread_attributes, g_ptr_array_unref);
	g_free(pull->remark);
	g_free(pull->lag);
	g_free(pull->trouble);
}

static gboolean syncrepl_pull(Source *base, const char *cursor, Sink *sink, GError **error)
{
	Syncrepl *self = (Syncrepl *)base;
	Pull pull = { .source = self, .sink = sink };
	RoundEnd end = ROUND_FAILED;

	pull.conn = ldap_conn_open(&self->conf->ldap, error);
	if (pull.conn && identify(&pull, error)) {
		choose(&pull, cursor);
		pull.reread_attributes =
			ldap_attributes_build((const char *[]){ pull.vendor->uuid_attribute, NULL },
					      (const char *const *)self->ask.attributes->pdata,
					      NULL);
		do {
			end = round_run(&pull, error);
		} while (end == ROUND_AGAIN);
		if (end == ROUND_FAILED)
			sink->ops->abort(sink);
	}
	pull_clear(&pull);
	return end == ROUND_COMMIT;
}

/* For 'check' ---------------------------------------------------------------------------------- */

static gboolean count_begin(Sink *self, GError **error)
{
	return TRUE;
}

static gboolean count_put(Sink *self, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	return TRUE;
}

static gboolean count_anchor(Sink *self, const char *anchor, GError **error)
{
	return TRUE;
}

static const SinkOps count_ops = {
	.begin = count_begin,
	.put = count_put,
	.present = count_anchor,
	.remove = count_anchor,
};

/* Reads everything without attributes: about 100 bytes an entry, and the server's limits show. */
static gboolean test_read(Pull *pull, GPtrArray *findings, GError **error)
{
	static const char *const none[] = { LDAP_NO_ATTRS, NULL };
	const char *base = pull->source->conf->ldap.base;
	const RefreshSetup setup = { .conn = pull->conn,
				     .sink = &(Sink){ .ops = &count_ops },
				     .base = base,
				     .filter = pull->source->ask.filter,
				     .attributes = none };
	g_auto(Refresh) refresh = { 0 };

	if (!sync_refresh(&setup, &refresh, error))
		return FALSE;
	if (refresh.code != LDAP_SUCCESS)
		return ldap_error_set(error, refresh.code, refresh.text, pull->conn->uri);
	judge_content(pull, &refresh);
	g_ptr_array_add(findings,
			g_strdup_printf("'%s' gives %" G_GUINT64_FORMAT " entries beneath '%s'",
					pull->conn->uri, refresh.entries, base));
	if (pull->trouble)
		g_ptr_array_add(findings, g_strdup_printf("removals would not be believed: %s",
							  pull->trouble));
	return TRUE;
}

static gboolean syncrepl_schema(Source *base, GHashTable *names, GError **error)
{
	return ldap_schema_names(&((Syncrepl *)base)->conf->ldap, names, error);
}

static gboolean syncrepl_test(Source *base, GPtrArray *findings, GError **error)
{
	Syncrepl *self = (Syncrepl *)base;
	Pull pull = { .source = self };
	gboolean ok = FALSE;

	pull.conn = ldap_conn_open(&self->conf->ldap, error);
	if (pull.conn && identify(&pull, error)) {
		g_ptr_array_add(findings, ldap_conn_describe(pull.conn, pull.vendor->name));
		if (!*pull.now->database)
			g_ptr_array_add(
				findings,
				g_strdup_printf("'%s' of the base cannot be read; what is "
						"beneath renamed containers will be missed\n"
						"let the bind account read it",
						pull.vendor->uuid_attribute));
		for (guint i = 0; i < self->ask.remarks->len; i++)
			g_ptr_array_add(findings,
					g_strdup(g_ptr_array_index(self->ask.remarks, i)));
		ok = test_read(&pull, findings, error);
	}
	pull_clear(&pull);
	return ok;
}

/* Watching ------------------------------------------------------------------------------------- */

static gboolean syncrepl_watch(Source *base, GError **error)
{
	Syncrepl *self = (Syncrepl *)base;
	LdapConn *conn = ldap_conn_open(&self->conf->ldap, error);

	if (conn)
		self->notify = sync_notify_open(conn, self->conf->ldap.base, self->ask.filter,
						error);
	return self->notify != NULL;
}

static int syncrepl_watch_fd(Source *base)
{
	return sync_notify_fd(((Syncrepl *)base)->notify);
}

static gboolean syncrepl_watch_news(Source *base, gboolean *news, GError **error)
{
	return sync_notify_news(((Syncrepl *)base)->notify, news, error);
}

/* Opening and closing ---------------------------------------------------------------------- */

static gboolean syncrepl_validate(const void *conf, const char *name, GError **error)
{
	return ldap_generic_validate(&((const SyncreplConf *)conf)->ldap, name, error);
}

static Source *syncrepl_open(const SourceSetup *setup, GError **error)
{
	Syncrepl *self = g_new0(Syncrepl, 1);

	self->base.ops = &source_syncrepl;
	self->conf = setup->conf;
	ldap_ask_init(&self->ask, &self->conf->ldap, setup);
	return &self->base;
}

static void syncrepl_close(Source *base)
{
	Syncrepl *self = (Syncrepl *)base;

	if (!self)
		return;
	sync_notify_close(self->notify);
	ldap_ask_clear(&self->ask);
	g_free(self);
}

const SourceOps source_syncrepl = {
	.name = "syncrepl",
	.options = syncrepl_options,
	.conf_size = sizeof(SyncreplConf),
	.validate = syncrepl_validate,
	.open = syncrepl_open,
	.test = syncrepl_test,
	.schema = syncrepl_schema,
	.pull = syncrepl_pull,
	.watch = syncrepl_watch,
	.watch_fd = syncrepl_watch_fd,
	.watch_news = syncrepl_watch_news,
	.close = syncrepl_close,
};
