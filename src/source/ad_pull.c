/*
 * From a cursor to the next one.
 *
 *	the next server of the list -> who is it? -> how to read?  (ad_decide.c)
 *	        ^                                        |
 *	        '--- it lacks what we have seen ---------+
 *	                                                 v
 *	                      changes  --too much------> all
 *	                         |     --cookie refused-> |
 *	                         v                        v
 *	            what they left open (ad_follow.c)    commit
 *	                         '------------------------^
 *
 * Where the next pull continues is taken before anything is read: the USN of the root DSE at the
 * connect, or a DirSync cookie of then. What happens during the read comes again, without harm.
 *
 * A server that lacks changes which we have seen is passed over. If no other one can be used,
 * nothing is taken over and the cursor stays: what it says is how things were. That it lacks them
 * for longer than max_lag says that they are lost; then it is believed, with what it has.
 *
 * Without the right to read deleted objects changes tell everything except who is gone. So after
 * each delta everybody is listed, with nothing but the ids, and absence then means gone. A domain
 * whose USN did not move has nobody less than before.
 *
 * Whom a full read or such a listing does not show, is asked after before he is said to be gone
 * (ad_absent.c). Without the right to read deleted objects nothing can be learnt about people whom
 * a controller has forgotten because it was put back or restored: that read removes nobody, and
 * neither does a listing; the next full read does.
 *
 * A read that broke off adds and updates, and removes nobody. If it was of changes, the cursor
 * stays, and they are read once more. But then nobody is new a second time: if something was left
 * open, the cursor loses its position, and everything is read. The same holds for a full read that
 * broke off or that was not believed.
 */
#include <string.h>

#include "ad_absent_internal.h"
#include "ad_decide_internal.h"
#include "ad_pull_internal.h"
#include "ad_read_internal.h"
#include "ad_vector_internal.h"
#include "base/clock.h"
#include "base/error.h"
#include "ldap_error_internal.h"
#include "ldap_servers_internal.h"

typedef enum {
	ROUND_FAILED,
	ROUND_AGAIN, /* everything */
	ROUND_COMMIT,
} RoundEnd;

typedef struct {
	const AdSetup *setup;
	Sink *sink;
	AdCursor *old;    /* what the cursor said; NULL: nothing sound */
	gboolean damaged; /* ... although there is one */
	AdSession session;
	AdReason reason;
	gboolean all;    /* this round reads everything */
	gboolean anew;   /* ... and what was seen before counts no more */
	gboolean named;  /* everybody was listed */
	gboolean unsure; /* who is absent may be one whom the server has forgotten */
	AdAbsent absent;
	AdReader reader;
	GBytes *cookie; /* where changes by DirSync go on; or of what the server knew */
	char *remark;   /* why everything is read, noted once begun */
	char *lag;      /* why nothing is taken over */
	char *late;     /* that the server lacks changes and is read all the same */
	char *trouble;  /* why the pull is not complete; NULL if it is */
} Pull;

static void set_text(char **text, char *sentence)
{
	g_free(*text);
	*text = sentence;
}

static void trouble(Pull *pull, char *sentence)
{
	if (pull->trouble)
		g_free(sentence);
	else
		pull->trouble = sentence;
}

/* Choosing the server, and how to read it ------------------------------------------------------ */

/* Whether what the server has may be taken for everything there is. */
static AdLag judge_lag(Pull *pull)
{
	const AdSetup *setup = pull->setup;
	const AdCursor *old = pull->old;
	const char *seen = pull->anew || !old ? NULL : old->seen;
	gint64 since_us = seen ? old->pulled_us : 0;

	if (pull->reason == AD_REASON_DUE)
		since_us = old->full_us + setup->full_every_us;
	AdLag lag = ad_judge_lag(pull->session.knows, seen, since_us, setup->max_lag_us,
				 clock_now_us());
	if (lag == AD_LAG_NONE)
		return lag;
	g_autofree char *behind = ad_vector_behind(pull->session.knows, seen);
	const char *what = lag == AD_LAG_OVER
				   ? "it had time enough to catch up, and what it has is taken over"
				   : "nothing is taken over from it yet";
	char *sentence = g_strdup_printf(
		"'%s' lacks changes that were read before, made on the domain controller with "
		"the invocationId %s: %s\nsee to the replication of the domain (repadmin "
		"/replsummary; samba-tool drs showrepl)",
		pull->session.server.host, behind ? behind : "(none is told)", what);
	set_text(lag == AD_LAG_OVER ? &pull->late : &pull->lag, sentence);
	return lag;
}

/* A cookie for the probe, if it is about the numbers that this server counts by. */
static GBytes *usable_cookie(const Pull *pull)
{
	return pull->old && !pull->anew ? pull->old->cookie : NULL;
}

/* Prepares to read everything: FALSE without an error if the server is to be passed over. */
static gboolean prepare_all(Pull *pull, GError **error)
{
	pull->all = TRUE;
	if (!pull->session.chosen && !ad_session_choose(&pull->session, usable_cookie(pull), error))
		return FALSE;
	return judge_lag(pull) != AD_LAG_WAIT;
}

static void decide(Pull *pull)
{
	const AdQuestion question = {
		.old = pull->old,
		.now = pull->session.now,
		.way_allowed = pull->old && ad_session_allows(pull->setup, pull->old->way),
		.full_every_us = pull->setup->full_every_us,
		.now_us = clock_now_us(),
	};
	AdDecision decision = ad_decide(&question, &pull->reason);
	const char *text = ad_reason_text(pull->reason);

	pull->all = decision != AD_READ_CHANGES;
	pull->anew = decision == AD_READ_ALL_ANEW;
	if (pull->damaged)
		text = "the stored cursor is damaged or of an older version; everything is read";
	set_text(&pull->remark,
		 pull->reason == AD_REASON_SETTINGS ? ad_settings_text(&question) : g_strdup(text));
	set_text(&pull->late, NULL);
}

/* TRUE if this server is to be read; else *error says why not. */
static gboolean suits(Pull *pull, LdapConn *conn, GError **error)
{
	g_autoptr(GError) problem = NULL;

	if (!ad_session_open(&pull->session, pull->setup, conn, error))
		return FALSE;
	decide(pull);
	if (!pull->all || prepare_all(pull, &problem))
		return TRUE;
	if (problem) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	if (pull->reason != AD_REASON_DUE)
		return error_set(error, ERROR_RETRY, "%s", pull->lag);
	/* Changes can be read from one that lags: it knows what we have, and says what is new. */
	g_clear_pointer(&pull->lag, g_free);
	pull->all = FALSE;
	return TRUE;
}

static gboolean find_server(Pull *pull, GError **error)
{
	const char *preferred = pull->old ? pull->old->uri : NULL;
	g_autoptr(LdapServers) servers = ldap_servers_new(pull->setup->ldap, preferred, error);
	LdapConn *conn;

	while (servers && (conn = ldap_servers_next(servers, error))) {
		GError *why = NULL;

		if (suits(pull, conn, &why))
			return TRUE;
		conn = g_steal_pointer(&pull->session.conn);
		ad_session_clear(&pull->session);
		ldap_servers_reject(servers, conn, why);
	}
	return FALSE;
}

/* One round ------------------------------------------------------------------------------------ */

static void note(Pull *pull, char *sentence)
{
	if (sentence)
		pull->sink->ops->note(pull->sink, sentence);
	g_free(sentence);
}

static void prepare_reader(Pull *pull)
{
	const AdSetup *setup = pull->setup;

	ad_follow_free(pull->reader.follow);
	ad_read_clear(&pull->reader);
	pull->reader = (AdReader){
		.conn = pull->session.conn,
		.server = &pull->session.server,
		.sink = pull->sink,
		.base = setup->ldap->base,
		.within = setup->within,
		.filter = setup->filter,
		.attributes = (const char *const *)setup->asked->pdata,
		.kept = (const char *const *)setup->kept->pdata,
		.follow = ad_follow_new(!pull->all),
	};
}

static gboolean begin(Pull *pull, GError **error)
{
	AdWay way = pull->all ? pull->session.now->way : pull->old->way;

	if (!pull->sink->ops->begin(pull->sink, error))
		return FALSE;
	for (guint i = 0; i < pull->setup->remarks->len; i++)
		note(pull, g_strdup(g_ptr_array_index(pull->setup->remarks, i)));
	note(pull, g_strdup(pull->remark));
	note(pull, g_strdup(pull->late));
	note(pull, ad_session_way_remark(&pull->session, way));
	if (way != AD_WAY_SCAN)
		note(pull, ad_session_tombstone_remark(&pull->session));
	prepare_reader(pull);
	g_clear_pointer(&pull->trouble, g_free);
	g_clear_pointer(&pull->cookie, g_bytes_unref);
	pull->named = FALSE;
	pull->unsure = FALSE;
	ad_absent_clear(&pull->absent);
	return TRUE;
}

/* Leaves the changes for a full read; the sentence is noted. */
static RoundEnd again(Pull *pull, char *sentence)
{
	set_text(&pull->remark, sentence);
	return ROUND_AGAIN;
}

/* A read that broke off after something was read is a short read, not a failure. */
static RoundEnd broke(Pull *pull, GError *problem, GError **error)
{
	if (error_is(problem, ERROR_FATAL) || !pull->reader.entries) {
		g_propagate_error(error, problem);
		return ROUND_FAILED;
	}
	trouble(pull, g_strdup(problem->message));
	g_error_free(problem);
	return ROUND_COMMIT;
}

/* Users of whom something is hidden are left as they were. */
static void judge_curtailed(Pull *pull)
{
	const AdReader *reader = &pull->reader;

	if (!reader->curtailed)
		return;
	trouble(pull,
		g_strdup_printf("'%s': %u users came without %s, which every user has, e.g. '%s': "
				"the account may not read it\nthey were left as they were, and "
				"nobody was removed; give the account the right to read the "
				"properties of users, dsacls \"%s\" /I:S /G "
				"\"<account>:RP;;user\"; on Samba: samba-tool dsacl set --sddl="
				"\"(A;CI;RP;;;<SID of the account>)\"",
				pull->session.server.host, reader->curtailed,
				reader->curtailed_name, reader->curtailed_dn,
				pull->setup->ldap->base));
}

static void judge_readable(Pull *pull)
{
	judge_curtailed(pull);
	if (pull->reader.unreadable)
		trouble(pull, g_strdup_printf("'%s': %u entries have no readable objectGUID\n"
					      "give the bind account the right to read it",
					      pull->session.server.host, pull->reader.unreadable));
}

static void judge_empty(Pull *pull, guint64 entries)
{
	if (!entries)
		trouble(pull, g_strdup_printf("'%s' answered with success and no entry at all\n"
					      "see what the bind account may read beneath '%s'",
					      pull->session.server.host, pull->setup->ldap->base));
}

/* The server is one that forgot what it gave before, and cannot be asked after anybody. */
static gboolean has_forgotten(const Pull *pull)
{
	if (!pull->all)
		return pull->old->unsure;
	return !pull->session.server.tombstones &&
	       (pull->reason == AD_REASON_ROLLBACK || pull->reason == AD_REASON_RESTORED);
}

/* Who was not shown. */
static gboolean judge_absent(Pull *pull, GError **error)
{
	if (pull->trouble || !(pull->all || pull->named))
		return TRUE;
	if (!ad_absent_judge(&pull->reader, &pull->absent, error))
		return FALSE;
	pull->unsure = has_forgotten(pull);
	if (pull->all && pull->unsure && pull->absent.count)
		note(pull,
		     g_strdup_printf("%" G_GUINT64_FORMAT " known users and groups are not there "
				     "any more; as they may have been lost with the older state, "
				     "nobody is removed before the next full read",
				     pull->absent.count));
	return TRUE;
}

static RoundEnd read_all(Pull *pull, GError **error)
{
	AdReader *reader = &pull->reader;
	GError *problem = NULL;

	if (!ad_read_all(reader, &problem) || !ad_follow_run(reader->follow, reader, &problem))
		return broke(pull, problem, error);
	judge_empty(pull, reader->entries);
	judge_readable(pull);
	return judge_absent(pull, &problem) ? ROUND_COMMIT : broke(pull, problem, error);
}

/* Codes that may mean the cookie: there is no code of its own for that. */
static gboolean is_about_cookie(int code)
{
	return code == LDAP_OPERATIONS_ERROR || code == LDAP_PROTOCOL_ERROR ||
	       code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION || code == LDAP_INSUFFICIENT_ACCESS ||
	       code == LDAP_UNWILLING_TO_PERFORM || code == LDAP_OTHER;
}

static RoundEnd read_dirsync(Pull *pull, GError **error)
{
	gboolean object_security = pull->old->way == AD_WAY_DIRSYNC_OBJECT;
	g_auto(AdDirsyncEnd) end = { 0 };
	GError *problem = NULL;

	if (!ad_read_dirsync(&pull->reader, object_security, pull->old->cookie, &end, &problem))
		return broke(pull, problem, error);
	if (end.code == LDAP_SUCCESS) {
		pull->cookie = g_steal_pointer(&end.cookie);
		return ROUND_COMMIT;
	}
	if (is_about_cookie(end.code))
		return again(pull, g_strdup_printf("'%s' does not go on from the stored DirSync "
						   "cookie (LDAP result %d, %s); everything is "
						   "read",
						   pull->session.server.host, end.code,
						   end.text ? end.text : "no reason given"));
	ldap_error_set(&problem, end.code, end.text, pull->session.conn->uri);
	return broke(pull, problem, error);
}

static gboolean has_moved(const Pull *pull)
{
	return pull->session.now->mark != pull->old->mark ||
	       g_strcmp0(pull->session.now->invocation, pull->old->invocation) != 0;
}

/* Before the changes: what the server knows then, is in them. */
static gboolean ask_vector(Pull *pull, GError **error)
{
	if (has_moved(pull) && !pull->session.chosen &&
	    !ad_session_choose(&pull->session, pull->old->cookie, error))
		return FALSE;
	GBytes *cookie = pull->session.start ? pull->session.start : pull->old->cookie;
	pull->cookie = cookie ? g_bytes_ref(cookie) : NULL;
	return TRUE;
}

static RoundEnd read_usn(Pull *pull, GError **error)
{
	GError *problem = NULL;

	if (!ask_vector(pull, &problem) || !ad_read_usn(&pull->reader, pull->old->mark, &problem))
		return broke(pull, problem, error);
	return ROUND_COMMIT;
}

/*
 * Whether the server may be asked who is there at all. Changes by DirSync can be read from one that
 * lags; but who it has not heard of yet is not gone.
 */
static gboolean may_list(Pull *pull, gboolean *may, GError **error)
{
	*may = TRUE;
	if (g_strcmp0(pull->session.now->invocation, pull->old->invocation) == 0)
		return TRUE;
	if (!pull->session.chosen && !ad_session_choose(&pull->session, pull->old->cookie, error))
		return FALSE;
	*may = judge_lag(pull) != AD_LAG_WAIT;
	if (!*may)
		trouble(pull, g_steal_pointer(&pull->lag));
	return TRUE;
}

/* Everybody's name, where deletions cannot be read. */
static gboolean read_names(Pull *pull, GError **error)
{
	guint64 before = pull->reader.entries;
	gboolean may;

	if (pull->session.server.tombstones || !has_moved(pull))
		return TRUE;
	if (!may_list(pull, &may, error))
		return FALSE;
	if (!may)
		return TRUE;
	if (!ad_read_names(&pull->reader, error))
		return FALSE;
	judge_empty(pull, pull->reader.entries - before);
	pull->named = TRUE;
	return TRUE;
}

/* What the changes left open. */
static RoundEnd read_rest(Pull *pull, GError **error)
{
	AdReader *reader = &pull->reader;
	GError *problem = NULL;

	if (pull->trouble)
		return ROUND_COMMIT;
	if (!read_names(pull, &problem) || (!ad_follow_is_too_much(reader->follow) &&
					    !ad_follow_run(reader->follow, reader, &problem)))
		return broke(pull, problem, error);
	if (ad_follow_is_too_much(reader->follow))
		return again(pull, g_strdup("so much is new or moved that everything is read"));
	judge_readable(pull);
	return judge_absent(pull, &problem) ? ROUND_COMMIT : broke(pull, problem, error);
}

static RoundEnd read_changes(Pull *pull, GError **error)
{
	RoundEnd end = ad_way_is_dirsync(pull->old->way) ? read_dirsync(pull, error)
							 : read_usn(pull, error);

	return end == ROUND_COMMIT ? read_rest(pull, error) : end;
}

/* The commit ----------------------------------------------------------------------------------- */

/* The newest of what was seen before and of what this server tells. */
static char *seen_now(const Pull *pull)
{
	const AdCursor *now = pull->session.now;
	g_autofree char *own = NULL, *knows = NULL, *server = NULL;
	gsize length;
	const void *data = pull->cookie ? g_bytes_get_data(pull->cookie, &length) : NULL;
	gboolean forget = pull->all && (pull->anew || pull->late);

	if (now->invocation)
		own = g_strdup_printf("%s=%" G_GINT64_FORMAT, now->invocation, now->mark);
	knows = data ? ad_vector_from_cookie(data, length) : NULL;
	server = ad_vector_merge(own, knows);
	return ad_vector_merge(forget || !pull->old ? NULL : pull->old->seen, server);
}

/* The cursor after a read that succeeded. */
static char *next_cursor(const Pull *pull)
{
	g_autoptr(AdCursor) next = ad_cursor_copy(pull->session.now);

	next->way = pull->all ? pull->session.now->way : pull->old->way;
	next->cookie = pull->cookie ? g_bytes_ref(pull->cookie) : NULL;
	set_text(&next->seen, seen_now(pull));
	next->pulled_us = clock_now_us();
	next->full_us = pull->all ? next->pulled_us : pull->old->full_us;
	next->unsure = pull->all ? pull->unsure : pull->old->unsure;
	return ad_cursor_format(next);
}

/* One that knows what was seen, and makes the next pull read everything. */
static char *cursor_without_position(const Pull *pull)
{
	g_autoptr(AdCursor) next = ad_cursor_copy(pull->session.now);

	next->mark = 0;
	if (!pull->session.chosen && pull->old)
		next->way = pull->old->way;
	if (pull->old) {
		next->seen = g_strdup(pull->old->seen);
		next->full_us = pull->old->full_us;
		next->pulled_us = pull->old->pulled_us;
		/* Which numbers went back, or whose, must be found out again. */
		set_text(&next->domain, g_strdup(pull->old->domain));
		set_text(&next->dsa, g_strdup(pull->old->dsa));
		set_text(&next->invocation, g_strdup(pull->old->invocation));
	}
	return ad_cursor_format(next);
}

static char *broken_cursor(const Pull *pull)
{
	return pull->all || ad_follow_is_due(pull->reader.follow) ? cursor_without_position(pull)
								  : NULL;
}

static gboolean commit(Pull *pull, GError **error)
{
	gboolean complete = !pull->trouble;
	AdWay way = pull->all ? pull->session.now->way : pull->old->way;
	g_autofree char *cursor = complete ? next_cursor(pull) : broken_cursor(pull);
	/* A list that nobody believed must be made again, although nothing changed since. */
	gboolean again = pull->all || pull->named;
	g_autofree char *doubted = again ? cursor_without_position(pull) : g_strdup(cursor);
	g_autofree char *server = g_strdup_printf("%s, %s", pull->session.server.host,
						  ad_session_way_text(way));
	const PullEnd end = {
		.complete = complete,
		.reason = pull->trouble,
		.absence_means_gone = complete && (pull->all || pull->named) && !pull->unsure,
		.hidden = pull->absent.hidden,
		.hidden_dn = pull->absent.example,
		.whole = pull->all,
		.cursor = cursor,
		.doubted = doubted,
		.coverage = pull->setup->coverage,
		.server = server,
	};

	return pull->sink->ops->commit(pull->sink, &end, error);
}

/* Ends the pull as if the server had said nothing. */
static gboolean forget(Pull *pull, const char *reason, GError **error)
{
	const PullEnd end = { .reason = reason };

	return pull->sink->ops->begin(pull->sink, error) &&
	       pull->sink->ops->commit(pull->sink, &end, error);
}

static RoundEnd round_run(Pull *pull, GError **error)
{
	RoundEnd end;

	if (!begin(pull, error))
		return ROUND_FAILED;
	if (pull->all && pull->session.start)
		pull->cookie = g_bytes_ref(pull->session.start);
	end = pull->all ? read_all(pull, error) : read_changes(pull, error);
	if (end == ROUND_COMMIT && !commit(pull, error))
		end = ROUND_FAILED;
	return end;
}

/* Goes on with everything, unless the server is known to lack something. */
static RoundEnd round_again(Pull *pull, GError **error)
{
	g_autoptr(GError) problem = NULL;

	pull->reason = AD_REASON_NO_POSITION;
	if (prepare_all(pull, &problem))
		return round_run(pull, error);
	if (!problem)
		return forget(pull, pull->lag, error) ? ROUND_COMMIT : ROUND_FAILED;
	g_propagate_error(error, g_steal_pointer(&problem));
	return ROUND_FAILED;
}

static gboolean run(Pull *pull, GError **error)
{
	g_autoptr(GError) problem = NULL;
	RoundEnd end;

	if (!find_server(pull, &problem)) {
		if (pull->lag)
			return forget(pull, problem->message, error);
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	end = round_run(pull, error);
	if (end == ROUND_AGAIN)
		end = round_again(pull, error);
	if (end != ROUND_COMMIT)
		pull->sink->ops->abort(pull->sink);
	return end == ROUND_COMMIT;
}

gboolean ad_pull(const AdSetup *setup, const char *cursor, Sink *sink, GError **error)
{
	Pull pull = { .setup = setup, .sink = sink };
	gboolean ok;

	pull.old = cursor ? ad_cursor_parse(cursor) : NULL;
	pull.damaged = cursor && !pull.old;
	ok = run(&pull, error);
	ad_follow_free(pull.reader.follow);
	ad_read_clear(&pull.reader);
	ad_session_clear(&pull.session);
	ad_cursor_free(pull.old);
	g_clear_pointer(&pull.cookie, g_bytes_unref);
	g_free(pull.remark);
	g_free(pull.lag);
	g_free(pull.late);
	g_free(pull.trouble);
	ad_absent_clear(&pull.absent);
	return ok;
}
