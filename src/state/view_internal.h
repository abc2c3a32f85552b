/*
 * View, for siblings only: sets of row ids, the tree of DN nodes, and the pull.
 */
#pragma once
#include "state/view.h"
#include "state_internal.h"

/* ---- bits.c: a set of row ids at one bit each, 125 kB for a million ---- */

typedef struct {
	guint64 *words;
	gsize count; /* of words */
} Bits;

void bits_set(Bits *self, gint64 id);
void bits_unset(Bits *self, gint64 id);
gboolean bits_has(const Bits *self, gint64 id);
gint64 bits_next(const Bits *self, gint64 after); /* the next greater member, or 0 */
void bits_clear(Bits *self);

/* ---- view_tree.c: nodes ---- */

typedef struct DnCache DnCache;

typedef struct {
	State *state;
	gint64 root; /* parent of the topmost nodes: minus the source's id */
	gint64 last; /* highest node id given out */
	DnCache *cache;
	DnCache *anchors; /* the same for members named by anchor */
} Tree;

/* Where a DN has its place in the tree. */
typedef struct {
	gint64 parent;
	char *name; /* normalised RDN */
	char *rdn;  /* as the server wrote it */
	guint depth;
} Place;

typedef struct {
	gint64 id;    /* 0: no node there */
	gint64 entry; /* 0: a placeholder */
	gboolean same_spelling;
} NodeRef;

gboolean tree_init(Tree *self, State *state, gint64 source, GError **error);
void tree_clear(Tree *self);

/* The place of a DN; its parents are made when missing. ERROR_OBJECT if it is no DN. */
gboolean tree_place(Tree *self, const char *dn, Place *place, GError **error);
void place_clear(Place *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

/* What stands at a place. */
gboolean tree_at(Tree *self, const Place *place, NodeRef *ref, GError **error);

/* A node of no place yet takes a free one, with an entry. Caches stay right. */
gboolean tree_settle(Tree *self, gint64 node, const Place *place, gint64 entry, GError **error);

/* Makes a node at a free place. */
gboolean tree_insert(Tree *self, const Place *place, gint64 entry, gint64 *node, GError **error);

/* The node of a DN, made (with its parents) when missing; 0 if it is no DN. */
gboolean tree_ensure(Tree *self, const char *dn, gsize length, gint64 *node, GError **error);

/* Remembers for the next tree_ensure() which node a DN names. */
void tree_remember(Tree *self, const char *dn, gint64 node);

/* The node of a DN if there is one, else 0. Makes nothing. */
gboolean tree_find(State *state, gint64 source, const char *dn, gint64 *node, GError **error);

/* Sets the entry of a node (0: none) and its spelling. */
gboolean tree_occupy(Tree *self, gint64 node, gint64 entry, const char *rdn, GError **error);

/* The DN of a node, new string. */
gboolean tree_dn(State *state, gint64 node, char **dn, GError **error);

/* Takes a node off its name: still in the tree beneath 'parent' (0: nowhere), hidden to DNs. */
gboolean tree_park(Tree *self, gint64 node, gint64 parent, GError **error);

/* Moves a node with everything beneath it to a free place. */
gboolean tree_move(Tree *self, gint64 node, const Place *place, GError **error);

/* The parent of a node; 0 or negative at the top. */
gboolean tree_parent(Tree *self, gint64 node, gint64 *parent, GError **error);

/* Appends the children of a node. */
gboolean tree_children(Tree *self, gint64 node, GArray *children, GError **error);

/* Removes a node that nobody needs, and its parents that nobody needs then. */
gboolean tree_prune(Tree *self, gint64 node, GError **error);

/* Removes one node, come what may. */
gboolean tree_delete(Tree *self, gint64 node, GError **error);

/* ---- view_pull.c and its helpers ---- */

/* How an edge came to be; part of its row, so the numbers stay. */
typedef enum {
	MEMBER_BY_NAME = 0,   /* the group names a DN */
	MEMBER_BY_ANCHOR = 1, /* the group names an entry */
	MEMBER_DERIVED = 2,   /* by a key that both have */
} MemberHow;

struct ViewPull {
	State *state;
	gint64 source;
	Tree tree;
	gboolean fresh;       /* no source had a live entry: everybody is new and so touched */
	gboolean others;      /* other sources have live entries */
	gboolean nameless;    /* there may be placeholders by anchor */
	gboolean edges_asked; /* whether there were edges before was asked */
	gboolean no_reverse;  /* the index from node to groups is made at commit */
	guint64 moves;        /* rows ever put into staged_move; 0: the tables may not exist */
	gint64 last_entry;    /* highest entry id given out */
	gint64 counts[ENTRY_CONTAINER + 1];
	Bits seen;               /* entries put or present */
	Bits put;                /* entries put: their DN was stated in this pull */
	Bits whole;              /* groups of which all members were stated in this pull */
	Bits nobody;             /* placeholders by anchor that were named in this pull */
	Bits removed;            /* entries to remove at commit */
	Bits left;               /* those of them that are elsewhere */
	Bits touched;            /* users */
	Bits dirty;              /* groups: every user beneath is touched at commit */
	Bits vacated;            /* nodes that lost a child or their entry */
	GArray *wanted, *stored; /* edges of the group at hand: EDGE() */
	GArray *ended;           /* edges of renewed entries, taken back if nobody is removed */
	gint64 now_us;
	ViewPullStats stats;
};

/* Touches an entry of a kind: a user at once, users beneath a group at commit (view_touched.c). */
void pull_touch(ViewPull *self, gint64 entry, EntryKind kind);

/* Touches the entry that stands at a node, if there is one. */
gboolean pull_touch_node(ViewPull *self, gint64 node, GError **error);

/* Works out who is beneath the touched groups and stores all touched users. */
gboolean pull_settle_touched(ViewPull *self, GError **error);

/* An entry was put: it is seen, its DN is stated, it is not removed (view_pull.c). */
void pull_note_put(ViewPull *self, gint64 entry);

/* Compares and replaces, or changes, the members of a group; sets *changed (view_members.c). */
gboolean pull_put_members(ViewPull *self, gint64 group, const Entry *entry, gboolean is_new,
			  gboolean *changed, GError **error);

/* Both parts of an edge in one number that sorts as the rows do; node ids stay far below. */
#define EDGE(how, node) ((gint64)(how) << 60 | (node))
#define EDGE_HOW(edge) ((MemberHow)((edge) >> 60))
#define EDGE_NODE(edge) ((edge) & ~(G_GINT64_CONSTANT(7) << 60))

/* Adds one edge that may be there already, or removes one that may not (view_edges.c). */
gboolean pull_add_edge(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *added,
		       GError **error);
gboolean pull_remove_edge(ViewPull *self, gint64 group, MemberHow how, gint64 node,
			  gboolean *removed, GError **error);

/* The same for one that is the last step of a chain: touches whom it concerns if it was done. */
gboolean pull_join(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *changed,
		   GError **error);
gboolean pull_leave(ViewPull *self, gint64 group, MemberHow how, gint64 node, gboolean *changed,
		    GError **error);

/* Adds edges of a new group. */
gboolean pull_insert_edges(ViewPull *self, gint64 group, const GArray *edges, GError **error);

/* Takes away all members of a group, touching them. */
gboolean pull_drop_members(ViewPull *self, gint64 group, GError **error);

/* Takes away all memberships of a node but the names that were stated in this pull. */
gboolean pull_drop_memberships(ViewPull *self, gint64 node, GError **error);

/* Ends the stated memberships of a node, with a note of them in 'ended' if its entry lives. */
gboolean pull_end_memberships(ViewPull *self, gint64 node, gboolean noted, GError **error);

/* An empty 'ended'. */
GArray *pull_new_ended(void);

/* Makes those again that were noted. */
gboolean pull_resume_memberships(ViewPull *self, GError **error);

/* Lets all groups that mean 'from' mean 'to' instead. */
gboolean pull_repoint(ViewPull *self, gint64 from, gint64 to, GError **error);

/* The same for groups that mean it by anchor. */
gboolean pull_repoint_by_anchor(ViewPull *self, gint64 from, gint64 to, GError **error);

/* Whether a group has this node as a member by anchor. */
gboolean pull_is_meant(ViewPull *self, gint64 node, gint64 *meant, GError **error);

/* The node of a member by anchor: that of an entry, or a placeholder (view_anchors.c). */
gboolean pull_anchor_node(ViewPull *self, const EntryMember *member, gint64 *node, GError **error);

/* Takes a member by anchor out of a group. */
gboolean pull_leave_by_anchor(ViewPull *self, gint64 group, const char *anchor, gboolean *changed,
			      GError **error);

/* The placeholder of an anchor; 0 if there is none. */
gboolean pull_find_placeholder(ViewPull *self, const char *anchor, gint64 *node, GError **error);

/* An entry has come to stand at a node: who named it by anchor meant this one. */
gboolean pull_claim_anchor(ViewPull *self, const char *anchor, gint64 node, GError **error);

/* An entry leaves its node for where we do not read: who named it by anchor goes on doing so. */
gboolean pull_strand_anchor(ViewPull *self, const char *anchor, const char *dn, gint64 node,
			    GError **error);

/* Nobody will ever have this anchor again without being named anew. */
gboolean pull_forget_placeholder(ViewPull *self, const char *anchor, GError **error);

/* Counts members by anchor that were named in this pull and are nobody. */
gboolean pull_count_nobody(ViewPull *self, GError **error);

/* What an entry was and is, for the memberships derived from it; NULL: nothing (view_derived.c). */
typedef struct {
	gint64 id, node; /* node 0: not placed yet */
	EntryKind was_kind, kind;
	const Entry *was, *now;
} Derived;
gboolean pull_derive(ViewPull *self, const Derived *derived, GError **error);

/* A user has come to stand at a node only now. */
gboolean pull_derive_placed(ViewPull *self, gint64 id, gint64 node, GError **error);

/* An entry goes: so do its keys. Its edges are the caller's. */
gboolean pull_derive_removed(ViewPull *self, gint64 id, EntryKind kind, GError **error);

/* What an entry of a kind shares with its groups or users: sorted text (view_keys.c). */
GPtrArray *keys_of(EntryKind kind, const Entry *entry);

/* Before edges are added, and not while something is read: a first pull makes the index last. */
gboolean pull_put_off_reverse(ViewPull *self, GError **error);

/* Makes the index from node to groups if the pull put that off. */
gboolean pull_need_reverse(ViewPull *self, GError **error);

/* Notes that an entry is to stand at a DN at the end of the pull (view_moves.c). */
gboolean pull_stage(ViewPull *self, gint64 entry, const char *dn, guint depth, GError **error);

/* Notes that a group has a member of this name at the end of the pull. */
gboolean pull_stage_edge(ViewPull *self, gint64 group, const char *dn, GError **error);

/* The noted DN of an entry, NULL if there is none; and forgetting it. */
gboolean pull_staged_dn(ViewPull *self, gint64 entry, char **dn, GError **error);
gboolean pull_unstage(ViewPull *self, gint64 entry, GError **error);

/* A group goes: so do the members that were noted of it. */
gboolean pull_unstage_edges(ViewPull *self, gint64 group, GError **error);

/* Carries out all noted moves. */
gboolean pull_settle_moves(ViewPull *self, GError **error);

/* The DN of a node was spelled anew: everything beneath is touched. */
gboolean pull_touch_beneath(ViewPull *self, gint64 node, GError **error);

/* Removes what is to be removed, with what stands beneath (view_removals.c). */
gboolean pull_settle_removals(ViewPull *self, GError **error);

/* Stores how a pull ended, and what it added to the numbers of each kind (view_source.c). */
gboolean view_source_commit(State *state, gint64 source, const ViewPullEnd *end,
			    const gint64 *counts, GError **error);
