/*
 * Pull: facts of one source go into the view, in one transaction together with the cursor.
 *
 *	begin -> put | present | remove ... -> commit: removals, moves, touched users, cursor
 *	                                    -> abort:  as if nothing had been said
 *
 * What is told of an entry is compared with its row; a full read in which nothing changed writes
 * nothing. Whom the pull saw is a set in memory (bits.c). The row of an entry is found by its
 * anchor, never by its DN.
 *
 * While the pull runs the tree keeps the names of before, so that facts mean the same in whatever
 * order they come; what has to wait for the end is noted (view_moves.c says what and why).
 */
#include <string.h>

#include "base/error.h"
#include "view_internal.h"

/* What is known of an entry before it is put. */
typedef struct {
	gint64 id;   /* 0: the anchor is new */
	gint64 node; /* 0: none yet; its move is staged */
	EntryKind kind;
	gboolean live, same_facts;
	Entry *before; /* if it lives and its facts are others now: what it was */
} Known;

static void known_clear(Known *known)
{
	g_clear_pointer(&known->before, entry_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Known, known_clear)

static gboolean begin(ViewPull *self, GError **error)
{
	g_auto(Query) last = query_new(self->state, "SELECT max(id) FROM entry");
	g_auto(Query) own = query_new(self->state, "SELECT EXISTS (SELECT 1 FROM entry"
						   " WHERE source = ? AND gone_at = 0)");
	g_auto(Query) others = query_new(self->state,
					 "SELECT EXISTS (SELECT 1 FROM source s WHERE s.id <> ?"
					 " AND EXISTS (SELECT 1 FROM entry e WHERE e.source = s.id"
					 " AND e.gone_at = 0))");
	g_auto(Query) nameless = query_new(self->state,
					   "SELECT EXISTS (SELECT 1 FROM node WHERE parent = 0"
					   " AND name >= '#' AND name < '$')");
	g_auto(Query) users = query_new(self->state, "SELECT users FROM source WHERE id = ?");
	gint64 has_own, has_others, has_nameless, before;

	query_int(&own, self->source);
	query_int(&others, self->source);
	query_int(&users, self->source);
	if (!tree_init(&self->tree, self->state, self->source, error) ||
	    !query_value(&last, &self->last_entry, error) || !query_value(&own, &has_own, error) ||
	    !query_value(&others, &has_others, error) ||
	    !query_value(&nameless, &has_nameless, error) || !query_value(&users, &before, error))
		return FALSE;
	self->others = has_others != 0;
	self->nameless = has_nameless != 0;
	self->fresh = !has_own && !has_others;
	self->stats.users_before = (guint64)before;
	return TRUE;
}

static void pull_free(ViewPull *self)
{
	tree_clear(&self->tree);
	bits_clear(&self->seen);
	bits_clear(&self->put);
	bits_clear(&self->whole);
	bits_clear(&self->nobody);
	bits_clear(&self->removed);
	bits_clear(&self->left);
	bits_clear(&self->touched);
	bits_clear(&self->dirty);
	bits_clear(&self->vacated);
	g_array_unref(self->wanted);
	g_array_unref(self->stored);
	g_array_unref(self->ended);
	g_free(self);
}

ViewPull *view_pull_begin(State *state, gint64 source, GError **error)
{
	if (!state_begin(state, error))
		return NULL;

	ViewPull *self = g_new0(ViewPull, 1);
	self->state = state;
	self->source = source;
	self->wanted = g_array_new(FALSE, FALSE, sizeof(gint64));
	self->stored = g_array_new(FALSE, FALSE, sizeof(gint64));
	self->ended = pull_new_ended();
	if (!begin(self, error)) {
		view_pull_abort(self);
		return NULL;
	}
	return self;
}

void view_pull_abort(ViewPull *self)
{
	if (!self)
		return;
	state_rollback(self->state);
	pull_free(self);
}

/* ---- put ---- */

static gboolean find_known(ViewPull *self, const char *anchor, GBytes *facts, Known *known,
			   GError **error)
{
	g_auto(Query) query =
		query_new(self->state, "SELECT e.id, e.node, e.kind, e.gone_at, f.data FROM entry e"
				       " LEFT JOIN fact f ON f.entry = e.id"
				       " WHERE e.source = ? AND e.anchor = ?");
	gboolean row;

	query_int(&query, self->source);
	query_text(&query, anchor);
	if (!query_next(&query, &row, error))
		return FALSE;
	*known = (Known){ 0 };
	if (!row)
		return TRUE;

	gsize length, wanted;
	const void *stored = query_peek_bytes(&query, 4, &length);
	const void *now = g_bytes_get_data(facts, &wanted);
	known->id = query_get_int(&query, 0);
	known->node = query_get_int(&query, 1);
	known->kind = (EntryKind)query_get_int(&query, 2);
	known->live = query_get_int(&query, 3) == 0;
	known->same_facts = length == wanted && (length == 0 || memcmp(stored, now, length) == 0);
	if (!known->live || known->same_facts)
		return TRUE;
	known->before = entry_decode(anchor, "", stored, length, error);
	if (!known->before)
		g_prefix_error(error, "the state '%s' is damaged: ", self->state->path);
	return known->before != NULL;
}

static gboolean store_facts(ViewPull *self, gint64 entry, GBytes *facts, GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"INSERT INTO fact (entry, data) VALUES (?, ?)"
					" ON CONFLICT (entry) DO UPDATE SET data = excluded.data");
	gsize length;
	const void *data = g_bytes_get_data(facts, &length);

	query_int(&query, entry);
	query_bytes(&query, data, length);
	return query_run(&query, error);
}

/* A new row, or a tombstone that comes back to life. */
static gboolean store_row(ViewPull *self, const Entry *entry, const Known *known, GError **error)
{
	g_auto(Query) query = query_new(
		self->state,
		"INSERT INTO entry (id, source, anchor, kind, node)"
		" VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
		" kind = excluded.kind, node = excluded.node, gone_at = 0, last_dn = NULL");

	query_int(&query, known->id);
	query_int(&query, self->source);
	query_text(&query, entry_anchor(entry));
	query_int(&query, known->kind);
	query_id(&query, known->node);
	return query_run(&query, error);
}

/* The node for a free place: the placeholder by which groups meant this entry, or a new one. */
static gboolean make_node(ViewPull *self, const Place *place, const char *anchor, Known *known,
			  GError **error)
{
	gint64 placeholder;

	if (!pull_find_placeholder(self, anchor, &placeholder, error))
		return FALSE;
	if (!placeholder)
		return tree_insert(&self->tree, place, known->id, &known->node, error);
	known->node = placeholder;
	return tree_settle(&self->tree, placeholder, place, known->id, error);
}

/* Finds a node for a new entry; if another entry has its name still, it gets one at commit. */
static gboolean settle_newcomer(ViewPull *self, const Entry *entry, Known *known, GError **error)
{
	g_auto(Place) place = { 0 };
	const char *dn = entry_dn(entry);
	NodeRef there;

	if (!tree_place(&self->tree, dn, &place, error) ||
	    !tree_at(&self->tree, &place, &there, error))
		return FALSE;
	if (there.entry)
		return pull_stage(self, known->id, dn, place.depth, error);
	known->node = there.id;
	if (!(there.id ? tree_occupy(&self->tree, there.id, known->id, place.rdn, error)
		       : make_node(self, &place, entry_anchor(entry), known, error)))
		return FALSE;
	tree_remember(&self->tree, dn, known->node);
	return TRUE;
}

/* Memberships that follow from what the entry is now, beside those that groups state. */
static gboolean put_derived(ViewPull *self, const Entry *entry, EntryKind kind, const Known *known,
			    GError **error)
{
	Derived derived = { .id = known->id, .node = known->node, .kind = kind, .now = entry };

	derived.was_kind = known->live ? known->kind : kind;
	if (known->live)
		derived.was = known->same_facts ? entry : known->before;
	return pull_derive(self, &derived, error);
}

static gboolean put_new(ViewPull *self, const Entry *entry, GBytes *facts, Known *known,
			GError **error)
{
	gboolean changed = FALSE, returned = known->id != 0;

	if (!returned)
		known->id = self->last_entry + 1;
	if (!settle_newcomer(self, entry, known, error))
		return FALSE;
	self->last_entry = MAX(self->last_entry, known->id);
	if (!store_row(self, entry, known, error) || !store_facts(self, known->id, facts, error))
		return FALSE;
	self->counts[known->kind]++;
	if (returned)
		bits_set(&self->touched, known->id);
	pull_touch(self, known->id, known->kind);
	return (!known->node || pull_claim_anchor(self, entry_anchor(entry), known->node, error)) &&
	       put_derived(self, entry, known->kind, known, error) &&
	       (known->kind != ENTRY_GROUP ||
		pull_put_members(self, known->id, entry, !returned, &changed, error));
}

typedef struct {
	gboolean changed, renamed;
	char *old_dn;
} Differences;

/* The DN of an entry as of now: the one it is to move to, or that of its node. */
static gboolean current_dn(ViewPull *self, const Known *known, char **dn, GError **error)
{
	if (!pull_staged_dn(self, known->id, dn, error))
		return FALSE;
	return *dn || tree_dn(self->state, known->node, dn, error);
}

static gboolean respell(ViewPull *self, const Known *known, const Place *place, GError **error)
{
	return tree_occupy(&self->tree, known->node, known->id, place->rdn, error) &&
	       pull_touch_beneath(self, known->node, error);
}

/* Whether the entry stands where it says; if not, its move is noted. */
static gboolean put_place(ViewPull *self, const char *dn, const Known *known,
			  Differences *differences, GError **error)
{
	g_auto(Place) place = { 0 };
	g_autofree char *staged = NULL;
	NodeRef there;

	if (!tree_place(&self->tree, dn, &place, error) ||
	    !tree_at(&self->tree, &place, &there, error) ||
	    !pull_staged_dn(self, known->id, &staged, error))
		return FALSE;
	gboolean home = there.id && there.id == known->node;
	if (home && !staged && there.same_spelling)
		return TRUE;
	if (staged && strcmp(staged, dn) == 0)
		return TRUE;
	if (!current_dn(self, known, &differences->old_dn, error))
		return FALSE;
	differences->renamed = TRUE;
	pull_touch(self, known->id, known->kind);
	if (!home)
		return pull_stage(self, known->id, dn, place.depth, error);
	return pull_unstage(self, known->id, error) &&
	       (there.same_spelling || respell(self, known, &place, error));
}

static gboolean put_kind(ViewPull *self, const Known *known, EntryKind kind, GError **error)
{
	g_auto(Query) query = query_new(self->state, "UPDATE entry SET kind = ? WHERE id = ?");

	self->counts[known->kind]--;
	self->counts[kind]++;
	self->stats.users_other += known->kind == ENTRY_USER;
	pull_touch(self, known->id, known->kind);
	pull_touch(self, known->id, kind);
	if (known->kind == ENTRY_GROUP && !pull_drop_members(self, known->id, error))
		return FALSE;
	query_int(&query, kind);
	query_int(&query, known->id);
	return query_run(&query, error);
}

static gboolean put_known(ViewPull *self, const Entry *entry, EntryKind kind, GBytes *facts,
			  const Known *known, Differences *differences, GError **error)
{
	if (!put_place(self, entry_dn(entry), known, differences, error))
		return FALSE;
	if (kind != known->kind) {
		differences->changed = TRUE;
		if (!put_kind(self, known, kind, error))
			return FALSE;
	}
	if (!known->same_facts) {
		differences->changed = TRUE;
		if (kind == ENTRY_USER ||
		    kind == ENTRY_GROUP) /* not who is beneath: they still are */
			bits_set(&self->touched, known->id);
		if (!store_facts(self, known->id, facts, error))
			return FALSE;
	}
	if (differences->changed && !put_derived(self, entry, kind, known, error))
		return FALSE;
	return kind != ENTRY_GROUP ||
	       pull_put_members(self, known->id, entry, FALSE, &differences->changed, error);
}

static ViewVerdict judge(ViewPull *self, gboolean is_new, const Differences *differences)
{
	if (is_new) {
		self->stats.added++;
		return VIEW_NEW;
	}
	if (differences->renamed) {
		self->stats.renamed++;
		return VIEW_RENAMED;
	}
	if (differences->changed) {
		self->stats.changed++;
		return VIEW_CHANGED;
	}
	return VIEW_SAME;
}

void pull_note_put(ViewPull *self, gint64 entry)
{
	self->stats.put++;
	bits_set(&self->seen, entry);
	bits_set(&self->put, entry);
	bits_unset(&self->removed, entry);
	bits_unset(&self->left, entry);
}

gboolean view_pull_put(ViewPull *self, const Entry *entry, EntryKind kind, ViewVerdict *verdict,
		       char **old_dn, GError **error)
{
	g_autoptr(GBytes) facts = entry_encode(entry);
	g_autofree char *former = NULL;
	Differences differences = { 0 };
	g_auto(Known) known = { 0 };

	if (!find_known(self, entry_anchor(entry), facts, &known, error))
		return FALSE;
	gboolean is_new = !known.live;
	if (is_new)
		known.kind = kind;
	gboolean ok = is_new ? put_new(self, entry, facts, &known, error)
			     : put_known(self, entry, kind, facts, &known, &differences, error);
	former = differences.old_dn;
	if (!ok)
		return FALSE;
	pull_note_put(self, known.id);
	ViewVerdict meant = judge(self, is_new, &differences);
	if (verdict)
		*verdict = meant;
	if (old_dn)
		*old_dn = g_steal_pointer(&former);
	return TRUE;
}

/* ---- present, remove, absent ---- */

gboolean view_pull_present(ViewPull *self, const char *anchor, GError **error)
{
	gint64 id;

	if (!view_find_anchor(self->state, self->source, anchor, &id, error))
		return FALSE;
	if (id)
		bits_set(&self->seen, id);
	return TRUE;
}

gboolean view_pull_remove(ViewPull *self, const char *anchor, GError **error)
{
	gint64 id;

	if (!view_find_anchor(self->state, self->source, anchor, &id, error))
		return FALSE;
	if (id && !bits_has(&self->put, id))
		bits_set(&self->removed, id);
	return TRUE;
}

static void count_unseen(ViewPull *self, gint64 id, EntryKind kind)
{
	self->stats.absent++;
	if (bits_has(&self->removed, id)) {
		self->stats.users_removed += kind == ENTRY_USER;
		return;
	}
	self->stats.users_absent += kind == ENTRY_USER;
	self->stats.groups_absent += kind == ENTRY_GROUP;
}

/* Counts the live entries that were not seen, and marks them as removed if told so. */
static gboolean find_absent(ViewPull *self, gboolean remove, GError **error)
{
	g_auto(Query) query =
		query_new(self->state,
			  "SELECT id, kind FROM entry WHERE source = ? AND gone_at = 0");
	gboolean row;

	self->stats.absent = self->stats.users_absent = self->stats.groups_absent = 0;
	self->stats.users_removed = 0;
	query_int(&query, self->source);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		gint64 id = query_get_int(&query, 0);
		if (bits_has(&self->seen, id))
			continue;
		count_unseen(self, id, (EntryKind)query_get_int(&query, 1));
		if (remove)
			bits_set(&self->removed, id);
	}
}

gboolean view_pull_absent(ViewPull *self, ViewPullStats *stats, GError **error)
{
	if (!find_absent(self, FALSE, error))
		return FALSE;
	stats->users_before = self->stats.users_before;
	stats->users_absent = self->stats.users_absent;
	stats->groups_absent = self->stats.groups_absent;
	stats->users_removed = self->stats.users_removed;
	stats->users_other = self->stats.users_other;
	stats->absent = self->stats.absent;
	return TRUE;
}

static gboolean append_absentee(ViewPull *self, Query *row, GPtrArray *entries, GError **error)
{
	const char *anchor = query_peek_text(row, 1);
	g_autofree char *dn = NULL;

	if (!tree_dn(self->state, query_get_int(row, 2), &dn, error))
		return FALSE;
	g_ptr_array_add(entries, entry_new(anchor, dn));
	return TRUE;
}

gboolean view_pull_absentees(ViewPull *self, guint limit, GPtrArray *entries, guint64 *count,
			     GError **error)
{
	g_auto(Query) query = query_new(self->state,
					"SELECT id, anchor, node FROM entry WHERE source = ?"
					" AND gone_at = 0 AND kind IN (?, ?) ORDER BY id");
	gboolean row;

	*count = 0;
	query_int(&query, self->source);
	query_int(&query, ENTRY_USER);
	query_int(&query, ENTRY_GROUP);
	for (;;) {
		if (!query_next(&query, &row, error))
			return FALSE;
		if (!row)
			return TRUE;
		gint64 id = query_get_int(&query, 0);
		if (bits_has(&self->seen, id) || bits_has(&self->removed, id))
			continue;
		if (++*count <= limit && !append_absentee(self, &query, entries, error))
			return FALSE;
	}
}

/* ---- commit ---- */

static gboolean settle(ViewPull *self, const ViewPullEnd *end, GError **error)
{
	self->now_us = end->now_us;
	if (!end->removals) {
		bits_clear(&self->removed);
		if (!pull_resume_memberships(self, error))
			return FALSE;
	}
	return (!end->absence || find_absent(self, TRUE, error)) &&
	       pull_settle_removals(self, error) && pull_settle_moves(self, error) &&
	       pull_need_reverse(self, error) && pull_count_nobody(self, error) &&
	       pull_settle_touched(self, error) &&
	       view_source_commit(self->state, self->source, end, self->counts, error) &&
	       state_commit(self->state, error);
}

gboolean view_pull_commit(ViewPull *self, const ViewPullEnd *end, ViewPullStats *stats,
			  GError **error)
{
	guint depth = self->state->depth;

	if (!settle(self, end, error)) {
		/* A commit that failed has rolled back already. */
		if (self->state->depth == depth)
			state_rollback(self->state);
		pull_free(self);
		return FALSE;
	}
	if (stats)
		*stats = self->stats;
	pull_free(self);
	return TRUE;
}
