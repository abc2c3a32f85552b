/*
 * Walks under way beside the other requests of the driver for custom APIs.
 *
 *	custom_stroll.c   a walk that goes on page by page as answers come
 *	custom_seek.c     who looks for something in one
 *	custom_member.c   the members of a group, read for a request that sends all of them
 *	custom_group.c    whether a group is there
 *	custom_list.c     the same walks, waited for
 */
#pragma once
#include "custom_internal.h"

typedef struct CustomStroll CustomStroll;

/* How a walk ended. */
typedef struct {
	gboolean complete;     /* it showed all; else 'why' */
	const char *why;       /* or NULL */
	TargetOutcome trouble; /* what kept it from that; OK: it was ended by 'fn' */
	gboolean unclear;      /* its last answer was a 404 that no row speaks of */
	gint64 retry_after_us;
	guint calls, retries;
} CustomStrollEnd;

/* Told once, by a step; the stroll and its 'data' are freed afterwards. */
typedef void (*CustomStrollEndFn)(CustomTarget *self, const CustomStrollEnd *end, void *data,
				  const CustomDelivery *to);

typedef struct {
	TargetListFn fn; /* FALSE without an error: enough was seen */
	CustomStrollEndFn end;
	void *data;
	GDestroyNotify free_data; /* may be NULL */
} CustomStrollFns;

/* Those that wait for the next walk, and those that are told by the one under way. */
typedef struct {
	GQueue waiting; /* CustomJob */
	gboolean busy;
} CustomQueue;

struct CustomSeek {
	GPtrArray *strolls; /* CustomStroll */
	CustomQueue accounts, groups;
	guint jobs; /* that strolls are for */
};

/* The seek of a target; it is made when it is needed first. */
CustomSeek *custom_seek_of(CustomTarget *self);

/*
 * Begins a walk and asks for its first page as soon as may be. A NULL job: a scope of its own is
 * used; else the job's, which lives until 'end'.
 */
CustomStroll *custom_stroll_begin(CustomTarget *self, CustomJob *job, const GPtrArray *ops,
				  const CustomShape *shape, const CustomStrollFns *fns);

/* The walk itself; until 'end' has returned. */
const CustomWalk *custom_stroll_walk(const CustomStroll *self);

/* The record that is being told of, as the service shows it; for 'fn'. Borrowed. */
const json_t *custom_stroll_record(const CustomStroll *self);

/* Asks for what is due; ends what cannot go on. */
void custom_strolls_step(CustomTarget *self, const CustomDelivery *to);

/* Which listings show all accounts, or all groups; without those that are switched off. New. */
GPtrArray *custom_listings(const CustomApi *api, gboolean of_groups);

/* What shows the members of a group. New. */
GPtrArray *custom_member_listing(const CustomApi *api);

/* MEMBERS_ADD, MEMBERS_REMOVE where only all members can be sent at once. */
void custom_member_replace(CustomTarget *self, CustomJob *job);
