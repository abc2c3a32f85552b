/*
 * Pull: lets a source state its facts and decides what may be believed.
 *
 * The driver pushes entries into the sink below; the sink says what kind each is (the filters of
 * the config, evaluated here and not by the server) and hands it to the view. At the end stands
 * the completeness certificate. Without it nobody is removed. With it explicit deletions are
 * believed, and absence when
 *
 *	- somebody was seen at all (unless allow_empty),
 *	- no more of the known users are absent than max_drop percent,
 *	- every canary was seen,
 *	- the driver does not know of absent ones that they are neither shown nor deleted (unless
 *	  max_drop is 100): who is hidden from the account is alive,
 *	- nobody is absent, if the config now tells to read another part of the directory: who
 *	  stands outside of that is alive, and would be taken for deleted.
 *
 * A pull that fails one of these still adds and updates, removes nobody, is read again the next
 * time (after an incomplete read the driver decides that) and says why: a short answer is not news.
 *
 * A full read in which too many people are no users any more is refused as a whole: they would lose
 * their accounts as if they were absent, because of a filter.
 *
 * A full read in which nothing at all was known is another directory, or the old one loaded anew
 * with new ids. Not even what it adds is taken: its groups stand at the DNs of ours, and whoever is
 * not in them would lose the account by a rule, although "nobody was removed". That holds for one
 * that was cut short all the more.
 */
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "core/anchor.h"
#include "core/dn.h"
#include "run_internal.h"
#include "source/sink.h"
#include "state/view.h"

/* A handful may always be absent: percentages of small numbers say nothing. */
#define DROP_FLOOR 10

/* Of members that are nobody, so many are named. */
#define UNRESOLVED_NAMED 50

typedef struct {
	char *dn; /* normalised */
	char anchor[ANCHOR_LENGTH + 1];
	gboolean seen;
} Canary;

typedef struct {
	Sink base;
	Run *run;
	const SourceConfig *source;
	SourceResult *result;
	gint64 id;
	const ViewSource *before; /* how the last pull left it */
	ViewPull *pull;
	Canary *canaries;
	guint n_canaries;
	guint64 put;   /* entries that were sent */
	guint64 known; /* entries that were in the view before */
	char *kept;    /* what is not done when absence is not believed, in words */
	gboolean committed;
} PullSink;

static const char *const container_classes[] = { "organizationalunit", "organization", "domain",
						 "dcobject",           "container",    "country",
						 "locality",           "builtindomain" };

static gboolean is_container(const Entry *entry)
{
	for (gsize i = 0; i < G_N_ELEMENTS(container_classes); i++)
		if (entry_has(entry, "objectclass", container_classes[i]))
			return TRUE;
	return FALSE;
}

/* A group that is also within the users' filter, as in "(memberOf=...)", is no person. */
static EntryKind classify(const SourceConfig *source, const Entry *entry)
{
	if (filter_match(source->groups, entry) == FILTER_TRUE)
		return ENTRY_GROUP;
	if (filter_match(source->users, entry) == FILTER_TRUE)
		return ENTRY_USER;
	return is_container(entry) ? ENTRY_CONTAINER : ENTRY_OTHER;
}

/* Canaries are recognised by DN when they are sent, and by anchor in a present phase. */
static gboolean load_canaries(PullSink *self, GError **error)
{
	self->n_canaries = self->source->canaries ? self->source->canaries->len : 0;
	self->canaries = g_new0(Canary, self->n_canaries);
	for (guint i = 0; i < self->n_canaries; i++) {
		const char *dn = g_ptr_array_index(self->source->canaries, i);
		gint64 id = 0;
		ViewEntry entry = { 0 };

		self->canaries[i].dn = dn_normalize(dn, strlen(dn));
		if (!view_find_dn(self->run->state, self->id, dn, &id, error))
			return FALSE;
		if (id && !view_load(self->run->state, id, &entry, error))
			return FALSE;
		if (entry.entry)
			g_strlcpy(self->canaries[i].anchor, entry_anchor(entry.entry),
				  sizeof self->canaries[i].anchor);
		view_entry_clear(&entry);
	}
	return TRUE;
}

static void see_canary(PullSink *self, const Entry *entry)
{
	g_autofree char *dn = NULL;

	if (!self->n_canaries)
		return;
	dn = dn_normalize(entry_dn(entry), strlen(entry_dn(entry)));
	for (guint i = 0; i < self->n_canaries; i++)
		self->canaries[i].seen |= g_strcmp0(dn, self->canaries[i].dn) == 0;
}

static gboolean sink_begin(Sink *sink, GError **error)
{
	PullSink *self = (PullSink *)sink;

	view_pull_abort(g_steal_pointer(&self->pull));
	g_ptr_array_set_size(self->result->notes, 0);
	self->known = self->put = 0;
	self->pull = view_pull_begin(self->run->state, self->id, error);
	return self->pull != NULL;
}

static gboolean put_whole(PullSink *self, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	static const SinkVerdict verdicts[] = {
		[VIEW_SAME] = SINK_SAME,
		[VIEW_CHANGED] = SINK_CHANGED,
		[VIEW_NEW] = SINK_NEW,
		[VIEW_RENAMED] = SINK_RENAMED,
	};
	EntryKind kind = classify(self->source, entry);
	ViewVerdict meant;

	if (!view_pull_put(self->pull, entry, kind, &meant, NULL, error))
		return FALSE;
	see_canary(self, entry);
	self->put++;
	self->known += meant != VIEW_NEW;
	if (verdict)
		*verdict = verdicts[meant];
	return TRUE;
}

/* A delta that is news. What it does not say is as the view has it. */
static gboolean put_news(PullSink *self, const Entry *delta, SinkVerdict *verdict, GError **error)
{
	ViewEntry known = { 0 };
	gint64 id;

	if (!view_find_anchor(self->run->state, self->id, entry_anchor(delta), &id, error) ||
	    (id && !view_load(self->run->state, id, &known, error)))
		return FALSE;
	if (!known.entry) {
		*verdict = SINK_UNKNOWN;
		return TRUE;
	}
	g_autoptr(Entry) merged = entry_merge(known.entry, delta);
	view_entry_clear(&known);
	if (known.kind != ENTRY_GROUP && classify(self->source, merged) == ENTRY_GROUP) {
		/* It becomes a group, and its members were not kept while it was none. */
		*verdict = SINK_UNKNOWN;
		return TRUE;
	}
	return put_whole(self, merged, verdict, error);
}

static gboolean put_delta(PullSink *self, const Entry *delta, SinkVerdict *verdict, GError **error)
{
	gboolean same;

	if (!view_pull_confirm(self->pull, delta, &same, error))
		return FALSE;
	if (!same)
		return put_news(self, delta, verdict, error);
	see_canary(self, delta);
	self->put++;
	self->known++;
	*verdict = SINK_SAME;
	return TRUE;
}

static gboolean sink_put(Sink *sink, const Entry *entry, SinkVerdict *verdict, GError **error)
{
	PullSink *self = (PullSink *)sink;

	return entry_is_delta(entry) ? put_delta(self, entry, verdict, error)
				     : put_whole(self, entry, verdict, error);
}

static gboolean sink_present(Sink *sink, const char *anchor, GError **error)
{
	PullSink *self = (PullSink *)sink;

	for (guint i = 0; i < self->n_canaries; i++)
		self->canaries[i].seen |= strcmp(anchor, self->canaries[i].anchor) == 0;
	self->known++;
	return view_pull_present(self->pull, anchor, error);
}

static gboolean sink_remove(Sink *sink, const char *anchor, GError **error)
{
	return view_pull_remove(((PullSink *)sink)->pull, anchor, error);
}

static gboolean sink_retract(Sink *sink, const char *anchor, gboolean left, GError **error)
{
	return view_pull_retract(((PullSink *)sink)->pull, anchor, left, error);
}

static gboolean sink_renew(Sink *sink, const char *anchor, GError **error)
{
	return view_pull_renew(((PullSink *)sink)->pull, anchor, error);
}

static gboolean sink_absent(Sink *sink, guint limit, GPtrArray *entries, guint64 *count,
			    GError **error)
{
	return view_pull_absentees(((PullSink *)sink)->pull, limit, entries, count, error);
}

static void sink_note(Sink *sink, const char *text)
{
	g_ptr_array_add(((PullSink *)sink)->result->notes, g_strdup(text));
}

/* What of one coverage the other has not: "base .. with FILTER" is long. */
static char *coverage_news(const char *text, const char *other)
{
	const char *filter = strstr(text, " with "), *others = strstr(other, " with ");

	if (!filter || !others)
		return g_strdup(text);
	if (strcmp(filter, others) == 0)
		return g_strndup(text, (gsize)(filter - text));
	gsize length = (gsize)(filter - text);
	gboolean same_base = length == (gsize)(others - other) && strncmp(text, other, length) == 0;
	return g_strdup(same_base ? filter + strlen(" with ") : text);
}

/* Why not if the config was changed to read another part of the directory. */
static guint64 allowed_loss(const PullSink *self, const ViewPullStats *stats)
{
	return MAX(DROP_FLOOR, stats->users_before * (guint64)self->source->max_drop / 100);
}

/* Explicit deletions are believed even if absence is not. New string. */
static char *words_for_kept(const ViewPullStats *stats, const PullEnd *end)
{
	if (!stats->users_removed || !end->complete)
		return g_strdup("nobody was removed");
	return g_strdup_printf("nobody was removed for being absent; %" G_GUINT64_FORMAT
			       " deletions that the directory states were believed",
			       stats->users_removed);
}

static char *doubt_coverage(const PullSink *self, const ViewPullStats *stats, const char *now)
{
	const char *before = self->before->coverage;

	if (!before || !now || strcmp(before, now) == 0 || self->source->max_drop == 100)
		return NULL;
	if (!stats->users_absent && !stats->groups_absent)
		return NULL;
	g_autofree char *there = coverage_news(now, before), *then = coverage_news(before, now);
	return g_strdup_printf(
		"%" G_GUINT64_FORMAT " of the known users and %" G_GUINT64_FORMAT
		" of the groups were not there, but the config tells to read %s, and they were "
		"found in %s\n%s; put the setting back, or, if they are to be "
		"taken for deleted, set max_drop = 100 for one run",
		stats->users_absent, stats->groups_absent, there, then, self->kept);
}

/* Why not if the driver asked after who is absent, and was not told that they are gone. */
static char *doubt_hidden(const PullSink *self, const PullEnd *end)
{
	if (!end->hidden || self->source->max_drop == 100)
		return NULL;
	return g_strdup_printf(
		"%" G_GUINT64_FORMAT " known users and groups are neither shown nor deleted, e.g. "
		"'%s': the account may no longer read them, or the domain was put back to an older "
		"state\n%s; give the account the right to read, or, if they are "
		"gone for good, set max_drop = 100 for one run",
		end->hidden, end->hidden_dn ? end->hidden_dn : "", self->kept);
}

/* Why absence must not be believed although the driver believes it; NULL if it may. */
static char *doubt(const PullSink *self, const ViewPullStats *stats, const PullEnd *end)
{
	guint64 allowed = allowed_loss(self, stats);

	for (guint i = 0; i < self->n_canaries; i++)
		if (!self->canaries[i].seen)
			return g_strdup_printf(
				"the canary entry '%s' was not there\n%s; if it is gone for good, "
				"take it out of 'canary'",
				(char *)g_ptr_array_index(self->source->canaries, i), self->kept);
	char *hidden = doubt_hidden(self, end);
	if (hidden)
		return hidden;
	if (stats->users_absent &&
	    stats->users_absent + stats->users_removed == stats->users_before &&
	    !self->source->allow_empty)
		return g_strdup_printf(
			"none of the %" G_GUINT64_FORMAT " known users was there\n"
			"%s; look at the directory, the base and the "
			"rights of the bind account, or set allow_empty = true if it is so",
			stats->users_before, self->kept);
	if (stats->users_absent > allowed)
		return g_strdup_printf(
			"%" G_GUINT64_FORMAT " of the %" G_GUINT64_FORMAT
			" known users were not there, more than max_drop = %" G_GINT64_FORMAT
			" percent\n%s; if they are really gone, raise max_drop for one run",
			stats->users_absent, stats->users_before, self->source->max_drop,
			self->kept);
	return doubt_coverage(self, stats, end->coverage);
}

static gboolean is_another_directory(const PullSink *self, const ViewPullStats *stats)
{
	return stats->users_before && self->put && !self->known && !self->source->allow_empty;
}

/* Forgets what was read; takes 'problem'. */
static gboolean refuse_read(PullSink *self, char *problem, GError **error)
{
	view_pull_abort(g_steal_pointer(&self->pull));
	self->result->complete = FALSE;
	self->result->problem = problem;
	return view_source_failed(self->run->state, self->id, problem, self->run->now_us, error);
}

static char *words_for_another(const ViewPullStats *stats)
{
	return g_strdup_printf(
		"none of the %" G_GUINT64_FORMAT " known users was there, nor any known group or "
		"container: this is another directory, or ours loaded anew with new ids\n"
		"nobody was removed, and nothing of it was taken over; look at uri and base, or, "
		"if it is meant, move the state aside: the next sync finds the accounts again by "
		"'match'",
		stats->users_before);
}

/*
 * Who is there and no user any more has lost the app as surely as who is absent: by a filter with a
 * mistake in it, or because its attributes cannot be read now. NULL if that may be.
 */
static char *doubt_filter(const PullSink *self, const ViewPullStats *stats, const PullEnd *end)
{
	gboolean absence = end->complete && end->absence_means_gone;
	guint64 lost = stats->users_other + (absence ? stats->users_absent : 0);
	gboolean all = lost + stats->users_removed >= stats->users_before;

	if (!stats->users_other ||
	    (all ? self->source->allow_empty : lost <= allowed_loss(self, stats)))
		return NULL;
	return g_strdup_printf(
		"%" G_GUINT64_FORMAT " of the %" G_GUINT64_FORMAT
		" known users are there and are no users any more%s\n"
		"nothing of what was read was taken over; look at users.filter, and whether the "
		"bind account may read the attributes in it, or, if it is meant, %s for one run",
		stats->users_other, stats->users_before,
		all ? ", and no other known user is left" : ", more than max_drop allows",
		all ? "set allow_empty = true" : "raise max_drop");
}

/*
 * What stands for a crowd ("Authenticated Users", S-1-5-11) and is in a group of every domain: the
 * accounts of another domain are S-1-5-21-... [MS-DTYP] 2.4.2.4.
 */
static gboolean is_well_known(const char *dn)
{
	return g_ascii_strncasecmp(dn, "CN=S-1-", 7) == 0 &&
	       g_ascii_strncasecmp(dn, "CN=S-1-5-21-", 12) != 0;
}

/* Members in domains that no source reads are named, not dropped without a word. */
static gboolean note_unresolved(PullSink *self, GError **error)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *names = NULL;
	guint64 count;
	guint others;

	if (!self->result->stats.unresolved)
		return TRUE;
	if (!view_unresolved(self->run->state, self->id, G_MAXUINT, dns, &count, error))
		return FALSE;
	for (guint i = dns->len; i > 0; i--)
		if (is_well_known(g_ptr_array_index(dns, i - 1)))
			g_ptr_array_remove_index(dns, i - 1);
	others = dns->len;
	if (!others)
		return TRUE;
	g_ptr_array_set_size(dns, (gint)MIN(others, UNRESOLVED_NAMED));
	g_ptr_array_add(dns, NULL);
	names = g_strjoinv("; ", (char **)dns->pdata);
	g_ptr_array_add(self->result->notes,
			g_strdup_printf("%u members of groups are nobody that this source or "
					"another reads: %s%s",
					others, names, others > UNRESOLVED_NAMED ? "; ..." : ""));
	return TRUE;
}

static gboolean sink_commit(Sink *sink, const PullEnd *end, GError **error)
{
	PullSink *self = (PullSink *)sink;
	ViewPullStats stats = { 0 };
	g_autofree char *problem = g_strdup(end->complete ? NULL : end->reason);
	/* A read that told nothing says nothing about what the entries were read with. */
	gboolean silent = !end->complete && !self->put;
	ViewPullEnd view_end;

	if ((end->whole || end->absence_means_gone) && !view_pull_absent(self->pull, &stats, error))
		return FALSE;
	if (end->whole && is_another_directory(self, &stats))
		return refuse_read(self, words_for_another(&stats), error);
	char *lost = end->whole ? doubt_filter(self, &stats, end) : NULL;
	if (lost)
		return refuse_read(self, lost, error);
	self->kept = words_for_kept(&stats, end);
	if (end->complete && end->absence_means_gone)
		problem = doubt(self, &stats, end);
	view_end = (ViewPullEnd){
		.removals = end->complete,
		.absence = end->complete && end->absence_means_gone && !problem,
		/* What the driver says of an incomplete read, it says with that in mind. */
		.cursor = end->complete && problem ? end->doubted : end->cursor,
		.server = end->server,
		.problem = problem,
		.attributes = silent ? NULL : (const char *const *)self->run->config->attributes,
		.coverage = silent ? NULL : end->coverage,
		.now_us = self->run->now_us,
	};
	crash_point("facts read, not committed");
	if (!view_pull_commit(g_steal_pointer(&self->pull), &view_end, &self->result->stats, error))
		return FALSE;
	crash_point("facts stored");
	self->committed = TRUE;
	self->result->complete = problem == NULL;
	self->result->problem = g_steal_pointer(&problem);
	return note_unresolved(self, error);
}

static void sink_abort(Sink *sink)
{
	view_pull_abort(g_steal_pointer(&((PullSink *)sink)->pull));
}

static const SinkOps sink_ops = {
	.begin = sink_begin,
	.put = sink_put,
	.present = sink_present,
	.remove = sink_remove,
	.retract = sink_retract,
	.renew = sink_renew,
	.absent = sink_absent,
	.note = sink_note,
	.commit = sink_commit,
	.abort = sink_abort,
};

/* Opens the driver and pulls; a failure of the source (not of the state) ends in the result. */
static gboolean pull_with_driver(PullSink *self, GError **error)
{
	g_autofree char *kinds = digest_strings(self->source->users_text, self->source->groups_text,
						NULL);
	SourceSetup setup = {
		.name = self->source->name,
		.conf = self->source->conf,
		.attributes = (const char *const *)self->run->config->attributes,
		.kinds = kinds,
		.changes = self->source->changes,
	};
	g_autoptr(GError) problem = NULL;
	Source *driver = self->source->ops->open(&setup, &problem);
	const char *cursor = self->before->cursor;
	gboolean ok = driver && driver->ops->pull(driver, cursor, &self->base, &problem);

	self->source->ops->close(driver);
	if (ok)
		return TRUE;
	sink_abort(&self->base);
	if (error_is(problem, ERROR_FATAL)) {
		g_propagate_error(error, g_steal_pointer(&problem));
		return FALSE;
	}
	self->result->complete = FALSE;
	self->result->refused = error_is(problem, ERROR_CONFIG);
	self->result->problem = g_strdup(problem->message);
	return view_source_failed(self->run->state, self->id, problem->message, self->run->now_us,
				  error);
}

static void pull_report(const PullSink *self)
{
	const SourceResult *result = self->result;

	for (guint i = 0; i < result->notes->len; i++)
		log_info("%s", (char *)g_ptr_array_index(result->notes, i));
	if (result->problem)
		log_info("%s: %s", self->committed ? "the read was not complete" : "cannot read",
			 result->problem);
	else
		log_info("read %" G_GUINT64_FORMAT " entries, %" G_GUINT64_FORMAT
			 " new, %" G_GUINT64_FORMAT " changed, %" G_GUINT64_FORMAT " gone",
			 result->stats.put, result->stats.added,
			 result->stats.changed + result->stats.renamed, result->stats.removed);
}

gboolean pull_check_sources(const Config *config, State *state, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

	if (!view_sources_with_users(state, names, error))
		return FALSE;
	for (guint i = 0; i < names->len; i++) {
		const char *name = g_ptr_array_index(names, i);

		if (!config_source(config, name))
			return error_set(
				error, ERROR_CONFIG,
				"the state knows people of the source '%s', and the config has no "
				"source of this name; nothing was done\n"
				"give the source its old name back; if its people are to lose "
				"their accounts, first let a sync run with users = { filter = "
				"\"(!(objectClass=*))\"; }; allow_empty = true; in it; if they "
				"come from another source now, move the state aside: the next sync "
				"finds the accounts again by 'match'",
				name);
	}
	return TRUE;
}

gboolean pull_source(Run *run, const SourceConfig *source, GError **error)
{
	ViewSource row = { 0 };
	PullSink sink = { .base = { &sink_ops }, .run = run, .source = source, .before = &row };
	gboolean ok;

	log_set_context("source", source->name);
	sink.result = result_add_source(run->result, source->name);
	ok = view_source_get(run->state, source->name, &row, error);
	sink.id = row.id;
	ok = ok && load_canaries(&sink, error) && pull_with_driver(&sink, error);
	if (ok)
		pull_report(&sink);
	for (guint i = 0; i < sink.n_canaries; i++)
		g_free(sink.canaries[i].dn);
	g_free(sink.canaries);
	g_free(sink.kept);
	view_source_clear(&row);
	log_set_context("source", NULL);
	return ok;
}
