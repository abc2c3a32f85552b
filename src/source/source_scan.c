/*
 * Source driver "scan": any LDAPv3 server, without its help.
 *
 *	connect -> look at base and root DSE -> is there a mark? -> read -> judge
 *	                                            ^                        |
 *	                                            '-- everything whole ----'
 *	-> groups of who is new or renamed (sync_reread.c) -> dynamic groups -> commit
 *
 * Every pull lists all that there is, ids and DNs, so whoever is not in a complete list is gone,
 * and renames, moves and what stands beneath a moved container are seen as they are. What changed
 * is only asked for: entries with a modifyTimestamp of the mark or later. The mark is the server's
 * time when the last good pull began,
 *
 *	newest modifyTimestamp seen  -  how long the read took  -  margin
 *
 * which is at or before that moment, whatever our own clock says: nothing that the server dates
 * after it was read before it. The margin is for servers whose clocks differ and for changes that
 * arrive late by replication.
 *
 * The date is a hint and no more. What it cannot show: a change that another replica made longer
 * ago than the margin and that arrived only after the last pull; what an ACL hides or shows; writes
 * of overlays that keep the date. So everything is read whole after full_every, and each time where
 * no entry shows when it was modified.
 *
 * The cursor is that of syncrepl with the mark for a cookie: the same things must be the same for
 * it to mean anything. A pull that found new or renamed entries and then broke off leaves one
 * without mark, for those would not be new a second time; so does a whole read that broke off or
 * was doubted.
 */
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "core/dn.h"
#include "cursor_text_internal.h"
#include "ldap_anchor_internal.h"
#include "ldap_attributes_internal.h"
#include "ldap_conn_internal.h"
#include "ldap_generic_internal.h"
#include "ldap_schema_internal.h"
#include "scan_read_internal.h"
#include "source/source.h"
#include "sync_cursor_internal.h"
#include "url_group_internal.h"

extern const SourceOps source_scan;

typedef struct {
	LdapConf ldap;
	char *anchor; /* NULL: what the base entry shows */
	gint64 margin_us;
	gint64 full_every_us;
} ScanConf;

static const Option scan_options[] = {
	LDAP_CONF_ROWS(ScanConf),
	OPTION(STRING, ScanConf, anchor, "anchor", 0),
	OPTION(DURATION, ScanConf, margin_us, "margin", 0, .fallback = "30s"),
	OPTION(DURATION, ScanConf, full_every_us, "full_every", 0, .fallback = "1d"),
	OPTION_END,
};

typedef struct {
	Source base;
	const ScanConf *conf;
	LdapAsk ask;
} Scanner;

/* One pull. */
typedef struct {
	Scanner *source;
	Sink *sink;
	LdapConn *conn;
	char *vendor;           /* vendorName of the root DSE, or NULL */
	const char *anchor;     /* the attribute with the permanent id */
	GPtrArray *attributes;  /* those of the source, the anchor and the dates */
	GPtrArray *hidden;      /* const char *, NULL-terminated: read and not kept */
	SyncCursor *old;        /* what the cursor said; NULL: nothing usable */
	SyncCursor *now;        /* what the next one will say */
	gint64 mark_us;         /* of this round; 0: everything is read whole */
	gint64 next_mark_us;    /* for the next pull; 0: none can be had */
	gboolean found_silence; /* something was new or renamed */
	char *remark;           /* why everything is read, noted once begun */
	char *trouble;          /* why the pull is not complete; NULL if it is */
} Pull;

typedef enum {
	ROUND_FAILED,
	ROUND_AGAIN, /* everything whole */
	ROUND_COMMIT,
} RoundEnd;

static void trouble(Pull *pull, char *sentence)
{
	if (pull->trouble)
		g_free(sentence);
	else
		pull->trouble = sentence;
}

static RoundEnd again(Pull *pull, char *sentence)
{
	g_free(pull->remark);
	pull->remark = sentence;
	pull->mark_us = 0;
	return ROUND_AGAIN;
}

/* Finding out with whom we talk ---------------------------------------------------------------- */

/* A root DSE may be hidden: it is only asked for a name. */
static void look_at_root(Pull *pull)
{
	static const char *const attributes[] = { "vendorName", NULL };
	g_autoptr(Entry) root = ldap_conn_read(pull->conn, "", attributes, NULL);

	pull->vendor = root ? g_strdup(entry_text(root, "vendorname")) : NULL;
}

static gboolean shows_anchor(const Entry *base, const char *attribute, char *anchor)
{
	g_autofree char *lower = g_ascii_strdown(attribute, -1);
	guint count;
	const EntryValue *values = entry_values(base, lower, &count);

	if (!count)
		return FALSE;
	struct berval value = { .bv_val = (char *)values[0].data, .bv_len = values[0].length };
	return ldap_anchor_read(attribute, &value, anchor);
}

/* The first attribute with an id that the base entry shows; 'anchor' gets the id. */
static const char *find_anchor(const Pull *pull, const Entry *base, char *anchor)
{
	const char *const *names = ldap_anchor_attributes();
	const char *chosen = pull->source->conf->anchor;

	if (chosen)
		return shows_anchor(base, chosen, anchor) ? chosen : NULL;
	/* QUIRK(389-ds): entryUUID exists but is not what RFC 4533 names entries by, 2.3.1. */
	if (g_str_has_prefix(pull->vendor ? pull->vendor : "", "389 Project") &&
	    shows_anchor(base, "nsUniqueId", anchor))
		return "nsUniqueId";
	while (*names && !shows_anchor(base, *names, anchor))
		names++;
	return *names;
}

static gboolean fail_anchor(const Pull *pull, GError **error)
{
	const char *chosen = pull->source->conf->anchor;

	return error_set(error, ERROR_CONFIG,
			 "'%s': the base '%s' shows no permanent id%s%s%s\n"
			 "let the bind account read it (entryUUID, nsUniqueId, ...), or name the "
			 "attribute that holds a UUID as \"anchor\"",
			 pull->conn->uri, pull->source->conf->ldap.base, chosen ? " in '" : "",
			 chosen ? chosen : "", chosen ? "'" : "");
}

static void take_identity(Pull *pull, const char *database)
{
	const Scanner *source = pull->source;
	const char *base_dn = source->conf->ldap.base;
	SyncCursor *now = pull->now = g_new0(SyncCursor, 1);

	now->base = dn_normalize(base_dn, strlen(base_dn));
	now->filter = g_strdup(source->ask.filter);
	now->attributes = g_strdup(source->ask.digest);
	now->vendor = g_strdup_printf("scan by %s", pull->anchor);
	now->database = g_strdup(database);
}

static gboolean has_name(const GPtrArray *list, const char *name)
{
	for (guint i = 0; g_ptr_array_index(list, i); i++)
		if (g_ascii_strcasecmp(g_ptr_array_index(list, i), name) == 0)
			return TRUE;
	return FALSE;
}

/* Besides what is kept: the id, and the dates. */
static void take_attributes(Pull *pull)
{
	const char *needed[] = { pull->anchor, SCAN_STAMP, "createTimestamp", NULL };

	pull->attributes =
		ldap_attributes_build((const char *const *)pull->source->ask.attributes->pdata,
				      needed, NULL);
	pull->hidden = g_ptr_array_new();
	for (gsize i = 0; needed[i]; i++)
		if (!has_name(pull->source->ask.attributes, needed[i]))
			g_ptr_array_add(pull->hidden, (char *)needed[i]);
	g_ptr_array_add(pull->hidden, NULL);
}

static gboolean identify(Pull *pull, GError **error)
{
	const ScanConf *conf = pull->source->conf;
	const char *chosen[] = { conf->anchor, NULL };
	char anchor[ANCHOR_LENGTH + 1];

	look_at_root(pull);
	g_autoptr(Entry) base = ldap_conn_read(pull->conn, conf->ldap.base,
					       conf->anchor ? chosen : ldap_anchor_attributes(),
					       error);
	if (!base) {
		g_prefix_error(error, "base '%s': ", conf->ldap.base);
		return FALSE;
	}
	pull->anchor = find_anchor(pull, base, anchor);
	if (!pull->anchor)
		return fail_anchor(pull, error);
	take_identity(pull, anchor);
	take_attributes(pull);
	return TRUE;
}

/* The mark ------------------------------------------------------------------------------------- */

static GBytes *mark_bytes(gint64 mark_us)
{
	char *text = timefmt_rfc3339(mark_us);

	return g_bytes_new_take(text, strlen(text));
}

static gint64 mark_parse(GBytes *bytes)
{
	gsize length;
	const char *data = g_bytes_get_data(bytes, &length);
	g_autofree char *text = g_strndup(data, length);
	gint64 us = 0;

	return timefmt_parse_rfc3339(text, &us) ? us : 0;
}

static gboolean full_is_due(const Pull *pull)
{
	return cursor_full_is_due(pull->old->full_us, pull->source->conf->full_every_us,
				  clock_now_us());
}

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
		again(pull, g_strdup("base, attributes, classes, filters, the id or the database "
				     "behind the server are not the same as at the last pull; "
				     "everything is read"));
		return;
	}
	pull->now->full_us = pull->old->full_us;
	if (pull->old->cookie && !full_is_due(pull))
		pull->mark_us = mark_parse(pull->old->cookie);
}

/* What the next pull can start from; notes why there is nothing. */
static void take_mark(Pull *pull, const ScanAnswer *answer, gint64 took_us)
{
	Sink *sink = pull->sink;
	gint64 mark_us = answer->newest_us - took_us - pull->source->conf->margin_us;
	g_autofree char *text = NULL;

	pull->next_mark_us = 0;
	if (answer->modified == 0 || answer->undated > 0)
		text = g_strdup_printf("'%s' does not show of %s when it was modified ('" SCAN_STAMP
				       "'); everything is read each time\n"
				       "let the bind account read this operational attribute",
				       pull->conn->uri,
				       answer->modified ? "every entry" : "any entry");
	else if (answer->future > 0)
		text = g_strdup_printf("'%s' dates %u entries in the future: a clock is or was "
				       "wrong",
				       pull->conn->uri, answer->future);
	if (text)
		sink->ops->note(sink, text);
	if (answer->modified > 0 && answer->undated == 0 && answer->newest_us > 0)
		pull->next_mark_us = MAX(mark_us, 1);
}

/* Judging an answer ---------------------------------------------------------------------------- */

static void judge_content(Pull *pull, const ScanAnswer *answer)
{
	if (answer->references)
		trouble(pull,
			g_strdup_printf(
				"%u referrals to other servers beneath '%s' were not followed\n"
				"choose a base without them, and make the other servers "
				"sources of their own",
				answer->references, pull->source->conf->ldap.base));
	if (answer->unreadable)
		trouble(pull, g_strdup_printf("'%s': %u entries have no readable '%s'\n"
					      "let the bind account read this attribute",
					      pull->conn->uri, answer->unreadable, pull->anchor));
	if (!answer->entries)
		trouble(pull, g_strdup_printf("'%s' answered with success and no entry at all\n"
					      "see whether its database is empty, and what the "
					      "bind account may read",
					      pull->conn->uri));
}

/* A failure after something was read is trouble: what was read is still news. */
static gboolean survive(Pull *pull, GError *problem, gboolean has_read, GError **error)
{
	if (!has_read || error_is(problem, ERROR_FATAL)) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	trouble(pull, g_strdup(problem->message));
	g_error_free(problem);
	return TRUE;
}

/* The groups of who is new or renamed. */
static RoundEnd read_silence(Pull *pull, Reread *reread, GError **error)
{
	GError *problem = NULL;

	if (!reread_is_due(reread))
		return ROUND_COMMIT;
	pull->found_silence = TRUE;
	if (!pull->trouble && !reread_run(reread, &problem) && !survive(pull, problem, TRUE, error))
		return ROUND_FAILED;
	return ROUND_COMMIT;
}

static RoundEnd judge(Pull *pull, const ScanAnswer *answer, Reread *reread, GError **error)
{
	judge_content(pull, answer);
	if (!pull->mark_us)
		return ROUND_COMMIT;
	if (!pull->trouble && answer->too_much)
		return again(pull, g_strdup("so much is new or changed that everything is read"));
	if (!pull->trouble && !answer->modified)
		return again(pull, g_strdup("no entry shows any more when it was modified; "
					    "everything is read"));
	return read_silence(pull, reread, error);
}

static gboolean find_dynamic(Pull *pull, const RereadSetup *setup, GError **error)
{
	GError *problem = NULL;

	if (pull->trouble)
		return url_groups_keep(setup, error);
	return url_groups_run(setup, &problem) || survive(pull, problem, TRUE, error);
}

/* One round: a read and its judgement, then the commit --------------------------------------- */

/* The cursor of the commit, or NULL to keep the old one. */
static char *next_cursor(Pull *pull)
{
	SyncCursor *now = pull->now;

	g_clear_pointer(&now->cookie, g_bytes_unref);
	if (pull->trouble)
		return pull->mark_us && !pull->found_silence ? NULL : sync_cursor_format(now);
	if (pull->next_mark_us)
		now->cookie = mark_bytes(pull->next_mark_us);
	if (!pull->mark_us)
		now->full_us = clock_now_us();
	return sync_cursor_format(now);
}

/* If the sink doubts what was read: everything, the next time. */
static char *doubted_cursor(const Pull *pull)
{
	SyncCursor doubted = *pull->now;

	doubted.cookie = NULL;
	doubted.full_us = pull->old ? pull->old->full_us : 0;
	return sync_cursor_format(&doubted);
}

static gboolean commit(Pull *pull, GError **error)
{
	g_autofree char *cursor = next_cursor(pull);
	g_autofree char *doubted = doubted_cursor(pull);
	g_autofree char *server = g_strdup_printf("%s (%s)", pull->conn->uri,
						  pull->vendor ? pull->vendor : "LDAP");
	const PullEnd end = {
		.complete = !pull->trouble,
		.reason = pull->trouble,
		.absence_means_gone = !pull->trouble,
		.whole = TRUE,
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

static gboolean read_round(Pull *pull, const RereadSetup *setup, Reread *reread, ScanAnswer *answer,
			   GError **error)
{
	gint64 began_us = clock_monotonic_us();
	GError *problem = NULL;
	gboolean ok = pull->mark_us
			      ? scan_read_changes(setup, pull->mark_us, reread, answer, &problem)
			      : scan_read_whole(setup, answer, &problem);

	if (!ok)
		return survive(pull, problem, answer->entries > 0, error);
	take_mark(pull, answer, clock_monotonic_us() - began_us);
	return TRUE;
}

static RereadSetup search_setup(const Pull *pull)
{
	return (RereadSetup){
		.conn = pull->conn,
		.sink = pull->sink,
		.base = pull->source->conf->ldap.base,
		.filter = pull->source->ask.filter,
		.attributes = (const char *const *)pull->attributes->pdata,
		.shape = { .uuid_attribute = pull->anchor,
			   .keep_uuid = has_name(pull->source->ask.attributes, pull->anchor),
			   .hidden = (const char *const *)pull->hidden->pdata },
	};
}

static RoundEnd round_run(Pull *pull, GError **error)
{
	g_autoptr(GHashTable) held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	RereadSetup setup = search_setup(pull);
	g_autoptr(Reread) reread = reread_new(&setup);
	ScanAnswer answer = { 0 };

	setup.held = held;
	if (!begin(pull, error) || !read_round(pull, &setup, reread, &answer, error))
		return ROUND_FAILED;
	RoundEnd end = judge(pull, &answer, reread, error);
	if (end != ROUND_COMMIT)
		return end;
	return find_dynamic(pull, &setup, error) && commit(pull, error) ? ROUND_COMMIT
									: ROUND_FAILED;
}

static void pull_clear(Pull *pull)
{
	ldap_conn_close(pull->conn);
	sync_cursor_free(pull->old);
	sync_cursor_free(pull->now);
	g_clear_pointer(&pull->attributes, g_ptr_array_unref);
	g_clear_pointer(&pull->hidden, g_ptr_array_unref);
	g_free(pull->vendor);
	g_free(pull->remark);
	g_free(pull->trouble);
}

static gboolean scan_pull(Source *base, const char *cursor, Sink *sink, GError **error)
{
	Scanner *self = (Scanner *)base;
	Pull pull = { .source = self, .sink = sink };
	RoundEnd end = ROUND_FAILED;

	pull.conn = ldap_conn_open(&self->conf->ldap, error);
	if (pull.conn && identify(&pull, error)) {
		choose(&pull, cursor);
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

static gboolean test_dates(const RereadSetup *setup, const ScanAnswer *answer, GPtrArray *findings,
			   GError **error)
{
	gboolean finds = FALSE;
	const char *sentence;

	if (answer->newest_us && !scan_read_finds(setup, answer->newest_us, &finds, error))
		return FALSE;
	if (!answer->newest_us)
		sentence = "'" SCAN_STAMP "' cannot be read: everything is read each time\n"
			   "let the bind account read this operational attribute";
	else if (!finds)
		sentence = "'" SCAN_STAMP "' can be read but not searched for: changed entries are "
			   "read one by one, or everything if they are many";
	else
		sentence = "changes are found by '" SCAN_STAMP "'";
	g_ptr_array_add(findings, g_strdup(sentence));
	return TRUE;
}

static gboolean test_read(Pull *pull, GPtrArray *findings, GError **error)
{
	const RereadSetup setup = search_setup(pull);
	ScanAnswer answer = { 0 };

	if (!scan_read_list(&setup, &answer, error))
		return FALSE;
	judge_content(pull, &answer);
	g_ptr_array_add(findings,
			g_strdup_printf("'%s' gives %" G_GUINT64_FORMAT
					" entries beneath '%s', known by '%s'",
					pull->conn->uri, answer.entries, setup.base, pull->anchor));
	if (pull->trouble)
		g_ptr_array_add(findings, g_strdup_printf("removals would not be believed: %s",
							  pull->trouble));
	return test_dates(&setup, &answer, findings, error);
}

static gboolean scan_schema(Source *base, GHashTable *names, GError **error)
{
	return ldap_schema_names(&((Scanner *)base)->conf->ldap, names, error);
}

static gboolean scan_test(Source *base, GPtrArray *findings, GError **error)
{
	Scanner *self = (Scanner *)base;
	Pull pull = { .source = self };
	gboolean ok = FALSE;

	pull.conn = ldap_conn_open(&self->conf->ldap, error);
	if (pull.conn && identify(&pull, error)) {
		g_ptr_array_add(findings,
				ldap_conn_describe(pull.conn, pull.vendor ? pull.vendor : "LDAP"));
		for (guint i = 0; i < self->ask.remarks->len; i++)
			g_ptr_array_add(findings,
					g_strdup(g_ptr_array_index(self->ask.remarks, i)));
		ok = test_read(&pull, findings, error);
	}
	pull_clear(&pull);
	return ok;
}

/* Opening and closing ---------------------------------------------------------------------- */

static gboolean scan_validate(const void *conf, const char *name, GError **error)
{
	const ScanConf *self = conf;

	if (!ldap_generic_validate(&self->ldap, name, error))
		return FALSE;
	if (self->anchor && !*self->anchor)
		return error_set(error, ERROR_CONFIG,
				 "source '%s': the anchor is empty\n"
				 "name the attribute that holds a UUID, or leave it out",
				 name);
	return TRUE;
}

static Source *scan_open(const SourceSetup *setup, GError **error)
{
	Scanner *self = g_new0(Scanner, 1);

	self->base.ops = &source_scan;
	self->conf = setup->conf;
	ldap_ask_init(&self->ask, &self->conf->ldap, setup);
	return &self->base;
}

static void scan_close(Source *base)
{
	Scanner *self = (Scanner *)base;

	if (!self)
		return;
	ldap_ask_clear(&self->ask);
	g_free(self);
}

const SourceOps source_scan = {
	.name = "scan",
	.options = scan_options,
	.conf_size = sizeof(ScanConf),
	.validate = scan_validate,
	.open = scan_open,
	.test = scan_test,
	.schema = scan_schema,
	.pull = scan_pull,
	.close = scan_close,
};
