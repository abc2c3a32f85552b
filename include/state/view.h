/*
 * View: our replica of the sources' users, groups and containers.
 *
 * DNs are a tree of nodes (parent, rdn): renaming an OU is one row, and everything beneath has its
 * new DN. A node may stand without entry: a DN that somebody names as member but that we have not
 * seen (yet). Membership is an edge from a group's entry to a node, so it follows renames, and an
 * unknown member comes to life when its entry arrives. A member that is named by its anchor means
 * that entry, in whichever source it is; until it arrives it is a placeholder too, by its anchor.
 *
 * Some memberships are no value of the group: an AD user's primary group, and the user names of a
 * posixGroup. They are derived here from the attributes of both sides, whichever comes first.
 *
 * An entry keeps its row for ever: gone entries stay as tombstones with their last DN and data,
 * because links, assignments and the audit refer to the row, and a returner finds it again.
 *
 * Touched: users whose facts or group chains changed since they were last looked at, and groups
 * whose own facts, name or place did. Durable; the pull adds in its own transaction, assign takes
 * away in the one that stores its result.
 */
#pragma once
#include "core/entry.h"
#include "state/state.h"

/* ---- sources ---- */

typedef struct {
	gint64 id;
	char *cursor;        /* NULL: none, or it was damaged (checksum) */
	char *server;        /* who answered last, or NULL */
	gint64 pulled_at_us; /* last pull that ended complete; 0 never */
	gint64 tried_at_us;  /* last pull, however it ended; 0 never */
	char *problem;       /* why the last one was incomplete or failed; NULL if it was good */
	char **attributes;   /* that every living entry was read with; NULL: no pull so far */
	char *coverage;      /* what part of the directory the living entries are; or NULL */
	guint64 users, groups, containers;
} ViewSource;

/* The source's row, made when missing (in STATE_READ mode id 0). Clear with the below. */
gboolean view_source_get(State *state, const char *name, ViewSource *out, GError **error);

/* Frees the strings. */
void view_source_clear(ViewSource *source);

/* Appends the names (char *) of the sources that have living users. */
gboolean view_sources_with_users(State *state, GPtrArray *names, GError **error);

/* Remembers how a pull that did not commit ended, for status. */
gboolean view_source_failed(State *state, gint64 source, const char *problem, gint64 now_us,
			    GError **error);

/* ---- writing: one pull ---- */

typedef enum {
	VIEW_SAME,
	VIEW_CHANGED,
	VIEW_NEW, /* also a tombstone that came back */
	VIEW_RENAMED,
} ViewVerdict;

typedef struct ViewPull ViewPull;

typedef struct {
	guint64 put, changed, added, renamed, removed, absent;
	guint64 users_before; /* live users before the pull */
	guint64 users_absent; /* live users that a full read did not see, and nobody removed */
	guint64 groups_absent;
	guint64 users_removed; /* live users that were removed explicitly */
	guint64 users_other;   /* live users that were put as something else */
	guint64 unresolved;    /* members by anchor of groups put in this pull whom nobody has */
} ViewPullStats;

/* Begins a pull in a transaction of its own and a new generation. */
ViewPull *view_pull_begin(State *state, gint64 source, GError **error);

/*
 * One entry as it is now, with what kind we take it for. Stores it, moves its node, compares and
 * replaces the members of a group (placeholders for unknown DNs), touches who is affected: the
 * user itself; for an edge to a user, that user; for an edge to a group, all users beneath it; for
 * a kind change, likewise. If the entry's members are changes (entry_merge), only those are made;
 * the entry must be known then. 'old_dn' (may be NULL) gets the former DN on VIEW_RENAMED (new
 * string).
 */
gboolean view_pull_put(ViewPull *self, const Entry *entry, EntryKind kind, ViewVerdict *verdict,
		       char **old_dn, GError **error);

/*
 * Takes a delta as put (VIEW_SAME) if it says nothing new: of a known entry, at its DN, with the
 * attributes that are stored and no member. Else *same is FALSE, and nothing was done. Costs little
 * more than view_pull_present(): for listings of everything that is there.
 */
gboolean view_pull_confirm(ViewPull *self, const Entry *delta, gboolean *same, GError **error);

/* Marks an anchor as seen in this generation. Unknown anchors are ignored. */
gboolean view_pull_present(ViewPull *self, const char *anchor, GError **error);

/* Marks an anchor as removed unless it is also put in this pull. Applied at commit. */
gboolean view_pull_remove(ViewPull *self, const char *anchor, GError **error);

/*
 * This anchor is gone, whatever was said of it before in this pull; who is put after that is there
 * again. Applied at commit. 'left': it is only where this source does not read. Then groups that
 * mean it by its anchor still mean it, wherever it turns up; else those memberships end with it.
 */
gboolean view_pull_retract(ViewPull *self, const char *anchor, gboolean left, GError **error);

/*
 * This anchor was deleted since the last pull, and is back: it is in no group but those that name
 * it after this was said. Of a pull without removals it keeps them all.
 */
gboolean view_pull_renew(ViewPull *self, const char *anchor, GError **error);

/* What removal by absence would do now; fills users_before and the other users_. */
gboolean view_pull_absent(ViewPull *self, ViewPullStats *stats, GError **error);

/*
 * The living users and groups that were not seen and not removed so far: appends 'limit' entries
 * (Entry *) at most, with anchor and DN alone. *count is how many there are.
 */
gboolean view_pull_absentees(ViewPull *self, guint limit, GPtrArray *entries, guint64 *count,
			     GError **error);

/*
 * Applies removals (with everything beneath a removed container that was not put; memberships of
 * what is gone go too; gone users are touched) as 'end' allows; stores cursor
 * (NULL keeps the old one), server, problem (NULL: complete) and commits the transaction. On
 * failure everything is rolled back. Frees the pull in either case.
 *
 * 'attributes' and 'coverage' are those of this pull. If absence is believed, all living entries
 * were seen, and they replace the stored ones. If not, there are entries of both kinds: only the
 * attributes common to both lists stay, and the old coverage.
 */
typedef struct {
	gboolean removals; /* apply what was removed explicitly */
	gboolean absence;  /* and what was not seen */
	const char *cursor, *server, *problem;
	const char *const *attributes; /* no spaces in them, NULL-terminated; NULL: as before */
	const char *coverage;          /* NULL: as before */
	gint64 now_us;
} ViewPullEnd;
gboolean view_pull_commit(ViewPull *self, const ViewPullEnd *end, ViewPullStats *stats,
			  GError **error);

/* Rolls the pull back and frees it; NULL is fine. */
void view_pull_abort(ViewPull *self);

/* ---- reading ---- */

typedef struct {
	gint64 id, source;
	EntryKind kind;
	gint64 gone_at_us; /* 0: alive */
	Entry *entry; /* with anchor, full DN (last DN of a tombstone), attributes; no members */
} ViewEntry;

/* Loads by row id; out->id is 0 if there is none. Clear with view_entry_clear(). */
gboolean view_load(State *state, gint64 id, ViewEntry *out, GError **error);

/* The anchor of an entry, living or not; NULL if there is none. New string. */
gboolean view_anchor(State *state, gint64 id, char **anchor, GError **error);

/* Frees the entry. */
void view_entry_clear(ViewEntry *entry);

/* Appends up to 'limit' ids (gint64) of living users greater than 'after', ascending. */
gboolean view_users(State *state, gint64 after, guint limit, GArray *ids, GError **error);

/* Row id of a live entry by DN (any spelling), or by anchor; 0 if unknown. */
gboolean view_find_dn(State *state, gint64 source, const char *dn, gint64 *id, GError **error);
gboolean view_find_anchor(State *state, gint64 source, const char *anchor, gint64 *id,
			  GError **error);

/* TRUE in *holds if a live entry has this DN (any spelling), or stands beneath it. */
gboolean view_holds(State *state, gint64 source, const char *dn, gboolean *holds, GError **error);

/* Appends the row ids (gint64) of the live groups that have this entry as direct member. */
gboolean view_groups_of(State *state, gint64 id, GArray *groups, GError **error);

/*
 * Users for whom 'text' is the DN, the anchor, or, without regard to case, the value of an
 * identifying attribute (uid, mail, cn, sAMAccountName, userPrincipalName, employeeNumber,
 * employeeID, displayName) or DOMAIN\sAMAccountName; the gone ones (tombstones) only if nobody
 * living is called so. Appends row ids to 'ids'. Scans; for people, not runs.
 */
gboolean view_search_users(State *state, const char *text, GArray *ids, GError **error);

/*
 * Appends what live groups of a source name by anchor and nobody has: the DN (char *) as the server
 * wrote it, at most 'limit' of them; *count is how many there are.
 */
gboolean view_unresolved(State *state, gint64 source, guint limit, GPtrArray *dns, guint64 *count,
			 GError **error);

/* ---- due: what changes by time alone ---- */

/* Remembers that an entry must be looked at again at a moment; 0 forgets it. */
gboolean view_due_put(State *state, gint64 entry, gint64 at_us, GError **error);

/* Touches all whose moment has come, and forgets those moments. */
gboolean view_due_touch(State *state, gint64 now_us, GError **error);

/* The next moment, 0: none. */
gboolean view_due_next(State *state, gint64 *at_us, GError **error);

/* ---- touched ---- */

/*
 * Touches all users and groups of all sources, the gone ones too, and who is none any more but has
 * an app, an account or a pushed group; for a changed config.
 */
gboolean view_touch_all(State *state, GError **error);

/* Touches all users and groups beneath a group, at any depth. */
gboolean view_touch_beneath(State *state, gint64 group, GError **error);

/* Touches one entry. */
gboolean view_touch(State *state, gint64 id, GError **error);

/* Appends up to 'limit' touched ids greater than 'after', ascending. */
gboolean view_touched(State *state, gint64 after, guint limit, GArray *ids, GError **error);

/* Forgets that one was touched; to be called in the transaction that stores what came of it. */
gboolean view_untouch(State *state, gint64 id, GError **error);
