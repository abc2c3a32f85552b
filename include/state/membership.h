/*
 * Memberships: the groups that are pushed to an app as groups, and who is in them there.
 *
 * pushed: a directory group at an app, with its link (target id) when there is one.
 * membership: an entry in a pushed group; wanted there, and what is there so far as we made it.
 * stranger: a member that a complete reading showed and that no membership explains.
 *
 * A membership that is wanted and not there, or the other way round, is work for its group. One
 * that cannot be sent yet, because its member has no account there, waits; the account wakes the
 * group.
 */
#pragma once
#include <jansson.h>

#include "state/state.h"

/* ---- pushed groups ---- */

#define PUSHED_UNREAD G_GINT64_CONSTANT(-1) /* members are not read: only what we do counts */

typedef struct {
	gint64 app, group;
	gboolean wanted; /* a rule fits it */
	char *rule;      /* how it is pushed, in the caller's words; of the rule that fitted last */
	char *named;     /* the group's name in that rule (DN or anchor); NULL: none is named */
	char *name;      /* that it shall have there; NULL: none could be worked out */
	char *target_id; /* NULL: it is not there, or not ours */
	char *label;     /* its name there, as we made or found it; NULL without target id */
	gboolean adopted;
	char *match; /* adopted: the path by which it was found */
	char *told;  /* the name of which it was said that it cannot be given */
	gint64 linked_at_us;
	guint portion; /* so many members in a request, because more were refused; 0: any number */
	gint64 read_at_us; /* when its members were read last, 0 never; or PUSHED_UNREAD */
} Pushed;

/* NULL in *pushed if there is none; free with pushed_free(). */
gboolean pushed_find(State *state, gint64 app, gint64 group, Pushed **pushed, GError **error);

/* Stores or replaces it. ERROR_OBJECT if the target id is another group's. */
gboolean pushed_put(State *state, const Pushed *pushed, GError **error);

/* Forgets it with all its memberships. */
gboolean pushed_remove(State *state, gint64 app, gint64 group, GError **error);

/* It is not there any more: no target id, no member there. */
gboolean pushed_unlink(State *state, gint64 app, gint64 group, GError **error);

/* Another wanted group with this name (any case); 0 if there is none. */
gboolean pushed_namesake(State *state, const Pushed *pushed, gint64 *other, GError **error);

/* The group that a target id belongs to; 0 if none. */
gboolean pushed_owner(State *state, gint64 app, const char *target_id, gint64 *group,
		      GError **error);

/* The wanted group that a rule with this name had when it fitted last; 0 if none. */
gboolean pushed_by_name(State *state, gint64 app, const char *named, gint64 *group, GError **error);

/* Appends up to 'limit' groups (gint64) greater than 'after' that have work, parked or not. */
gboolean pushed_work(State *state, gint64 app, gint64 after, guint limit, GArray *groups,
		     GError **error);

/* How many are there, and TRUE in *any if there is a row at all. */
gboolean pushed_count(State *state, gint64 app, guint64 *there, gboolean *any, GError **error);

/* Appends the groups (gint64) that are wanted. */
gboolean pushed_wanted(State *state, gint64 app, GArray *groups, GError **error);

/* Appends the groups (gint64) that are wanted and there, whose members were read before 'us'. */
gboolean pushed_unread(State *state, gint64 app, gint64 us, GArray *groups, GError **error);

/* Frees it; NULL is fine. */
void pushed_free(Pushed *pushed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pushed, pushed_free)

/* Whether an app takes groups as members: 0 no, 1 yes, 2 not known yet. */
gboolean pushed_nests(State *state, gint64 app, guint *nests, GError **error);
gboolean pushed_set_nests(State *state, gint64 app, gboolean nests, GError **error);

/* ---- memberships ---- */

typedef enum {
	MEMBER_ABSENT = 0,
	MEMBER_THERE = 1,
	MEMBER_PERHAPS = 2, /* asked for, and no answer was noted */
} MemberThere;

typedef struct {
	gint64 group;
	gboolean wanted;
	MemberThere there;
} Membership;

/* Appends all memberships (Membership) of an entry, in order of group. */
gboolean membership_of(State *state, gint64 app, gint64 entry, GArray *rows, GError **error);

/* The entry shall be in the group, or shall not; what was never there is forgotten then. */
gboolean membership_want(State *state, gint64 app, gint64 group, gint64 entry, gboolean wanted,
			 GError **error);

/* Notes what is there now. What is neither wanted nor there is forgotten. */
gboolean membership_note(State *state, gint64 app, gint64 group, gint64 entry, MemberThere there,
			 GError **error);

typedef struct {
	gint64 app, group;
	gint64 plan;  /* accounts and groups that this one makes count as there */
	gint64 after; /* entries beyond this one */
	gint64 only;  /* this entry alone; 0: all */
	guint limit;
} MemberQuery;

/*
 * New array of { "entry", "label", "id" when known, "group": true for a group } of those to be
 * added or removed, in order of entry. Who has no account there, and gets none by the plan, is left
 * out.
 */
gboolean membership_to_add(State *state, const MemberQuery *query, json_t **members,
			   GError **error);
gboolean membership_to_remove(State *state, const MemberQuery *query, json_t **members,
			      GError **error);

/* The id of a member there, new string: an account's, or a pushed group's. NULL if it has none. */
gboolean membership_target(State *state, gint64 app, gint64 entry, char **id, gboolean *is_group,
			   GError **error);

/* Of a group, forgets those that are not wanted: all, or those whose account is gone. */
gboolean membership_forget(State *state, gint64 app, gint64 group, gboolean all, GError **error);

/* An account or a group came to be there: the groups in which it is wanted are work again. */
gboolean membership_wake(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error);

/* The same for whom the plan makes an account or a group, before it is carried out. */
gboolean membership_wake_planned(State *state, gint64 plan, gint64 now_us, GError **error);

/* The app's rules changed: all of its groups that are not as wanted are work. */
gboolean membership_wake_all(State *state, gint64 app, gint64 now_us, GError **error);

/* An account is not there any more: it is in no group. Those in which it is wanted are work. */
gboolean membership_lost(State *state, gint64 app, gint64 entry, gint64 now_us, GError **error);

/* An account becomes that of another entry, with the groups that it is in. */
gboolean membership_hand_over(State *state, gint64 app, gint64 from, gint64 to, GError **error);

/* How many are there, at the app or in one group (0: all). */
gboolean membership_count(State *state, gint64 app, gint64 group, guint64 *there, GError **error);

/* How many wait for the account of somebody who is to have one now. */
gboolean membership_waiting(State *state, gint64 app, guint64 *waiting, GError **error);

/* ---- what a reading of a group's members showed ---- */

/* Begins a reading. */
gboolean reading_begin(State *state, GError **error);

/* One member. */
gboolean reading_add(State *state, const char *target_id, GError **error);

/*
 * Ends a complete reading of a group: who was seen and is wanted is there, who was not seen is not;
 * the others are its strangers, but for those whom the plan (0: none) adopts.
 */
gboolean reading_end(State *state, gint64 app, gint64 group, gint64 plan, GError **error);

/* New array of { "id", "label" } of a group's strangers beyond 'after' (NULL: from the start). */
gboolean stranger_next(State *state, gint64 app, gint64 group, const char *after, guint limit,
		       json_t **members, GError **error);

/* Appends the groups (gint64) that have strangers. */
gboolean stranger_groups(State *state, gint64 app, GArray *groups, GError **error);

/* It was removed there, or may stay. */
gboolean stranger_remove(State *state, gint64 app, gint64 group, const char *target_id,
			 GError **error);

/* The group is not ours to clean any more. */
gboolean stranger_forget(State *state, gint64 app, gint64 group, GError **error);
