/*
 * Members by name, by anchor and derived ones, in two sources, against a naive model.
 *
 * In the model a group has a set of things that it names by DN, a set of anchors, and keys; so who
 * is in it is worked out anew each time. Each round changes one source at random (hire, rename,
 * regroup, delete, come back, leave what is read, delete and bring back at once, change primary
 * group or user names, stop being a user or a group) and tells it to two stores in different
 * orders, as whole entries or as deltas. After every pull both must know every membership of the
 * model, and must have touched everybody whose groups, at any depth, or facts changed, and nobody
 * whom no changed edge, entry or name is near.
 *
 * The same anchor may be in both sources: a group means the one of its own source first.
 */
#include <stdlib.h>
#include <string.h>

#include "members_support.h"

#define THINGS 28 /* of which each source may have every one */
#define COUNT (THINGS * SOURCES)
#define NAMES 6 /* user names, and primary groups */
#define ROUNDS 30

typedef struct {
	gboolean alive, known; /* known: the stores were told that it is alive */
	gboolean fresh_dead;   /* died or left in this round */
	gboolean left;         /* not alive here, but on the server it is a member still */
	gboolean died_outside; /* in this round, having left before */
	gboolean renewed;      /* in this round */
	gboolean dirty;
	gboolean was_group; /* when last told */
	gboolean had_names; /* named members by DN when last told */
	EntryKind kind;     /* what the filters make of it */
	EntryKind nature;   /* user or group */
	guint name, version, rid;
	guint uids;             /* bits: user names, or member names */
	gboolean named[COUNT];  /* members by DN */
	gboolean meant[THINGS]; /* members by anchor */
	gboolean told[THINGS];  /* what the stores were told of that */
} Thing;

typedef struct {
	GRand *rand;
	Thing things
		[COUNT]; /* the source is index / THINGS, the anchor is that of index % THINGS */
} World;

typedef struct {
	Sources two;
	gint64 rows[COUNT];
} View;

/* ---- a store ---- */

static gint64 row_of(const View *view, guint at)
{
	return sources_row(&view->two, at / THINGS, at % THINGS);
}

/* ---- the model ---- */

static guint pick(World *world, guint below)
{
	return (guint)g_rand_int_range(world->rand, 0, (gint32)below);
}

static gboolean is_a(const Thing *thing, EntryKind kind)
{
	return thing->alive && thing->kind == kind;
}

/* Whom a group of this source means by an anchor; COUNT: nobody. */
static guint meant_by(const World *world, guint source, guint anchor)
{
	if (world->things[source * THINGS + anchor].alive)
		return source * THINGS + anchor;
	for (guint other = 0; other < SOURCES; other++)
		if (world->things[other * THINGS + anchor].alive)
			return other * THINGS + anchor;
	return COUNT;
}

/* Ways in which a thing is in a group, as bits. */
static guint ways(const World *world, guint at, guint group)
{
	const Thing *member = &world->things[at], *of = &world->things[group];
	gboolean same_source = at / THINGS == group / THINGS;
	guint found = 0;

	if (!member->alive || !is_a(of, ENTRY_GROUP))
		return 0;
	found |= of->named[at] ? 1 : 0;
	if (of->meant[at % THINGS] && meant_by(world, group / THINGS, at % THINGS) == at)
		found |= 2;
	if (same_source && is_a(member, ENTRY_USER) &&
	    (member->rid == of->rid || (member->uids & of->uids)))
		found |= 4;
	return found;
}

static void spread_up(const World *world, guint at, gboolean *above)
{
	for (guint group = 0; group < COUNT; group++) {
		if (above[group] || !ways(world, at, group))
			continue;
		above[group] = TRUE;
		spread_up(world, group, above);
	}
}

/* Nobody means 'meant', which is called 'at', any more. */
static void end_memberships(World *world, guint at, guint meant)
{
	for (guint group = 0; group < COUNT; group++) {
		world->things[group].named[at] = FALSE;
		if (meant_by(world, group / THINGS, at % THINGS) == meant)
			world->things[group].meant[at % THINGS] =
				world->things[group].told[at % THINGS] = FALSE;
	}
}

static void world_bury(Thing *thing)
{
	memset(thing->named, 0, sizeof(thing->named));
	memset(thing->meant, 0, sizeof(thing->meant));
	memset(thing->told, 0, sizeof(thing->told));
	thing->alive = thing->was_group = FALSE;
	thing->fresh_dead = thing->dirty = TRUE;
}

/* The server takes who dies out of all groups; those of other sources meant this one, too. */
static void world_kill(World *world, guint at)
{
	Thing *thing = &world->things[at];

	if (thing->alive && thing->known) {
		end_memberships(world, at, at);
		world_bury(thing);
	} else if (thing->left && !thing->fresh_dead) {
		end_memberships(world, at, COUNT);
		thing->left = FALSE;
		thing->fresh_dead = thing->died_outside = thing->dirty = TRUE;
	}
}

/* Who means it by its anchor goes on doing so; a name is that of somebody here. */
static void world_leave(World *world, guint at)
{
	Thing *thing = &world->things[at];

	if (!thing->alive || !thing->known)
		return;
	for (guint group = 0; group < COUNT; group++)
		world->things[group].named[at] = FALSE;
	world_bury(thing);
	thing->left = TRUE;
}

/* Deleted and back: in no group, until one says so. */
static void world_renew(World *world, guint at)
{
	Thing *thing = &world->things[at];

	if (!thing->alive || !thing->known)
		return;
	end_memberships(world, at, at);
	thing->renewed = TRUE;
}

static gboolean name_is_free(const World *world, guint source, guint name)
{
	for (guint i = source * THINGS; i < (source + 1) * THINGS; i++)
		if (world->things[i].alive && world->things[i].name == name)
			return FALSE;
	return TRUE;
}

static void world_rename(World *world, guint at)
{
	guint name = pick(world, THINGS + 6);

	if (!world->things[at].alive || !name_is_free(world, at / THINGS, name))
		return;
	world->things[at].name = name;
	world->things[at].dirty = TRUE;
}

static void world_revive(World *world, guint at)
{
	Thing *thing = &world->things[at];
	guint name = pick(world, THINGS + 6);

	if (thing->alive || thing->fresh_dead || !name_is_free(world, at / THINGS, name))
		return;
	thing->alive = thing->dirty = TRUE;
	thing->left = FALSE;
	thing->name = name;
	thing->nature = thing->kind = at % THINGS % 3 ? ENTRY_USER : ENTRY_GROUP;
}

static void world_rekey(World *world, guint at)
{
	Thing *thing = &world->things[at];

	if (!thing->alive)
		return;
	thing->rid = pick(world, 3) ? pick(world, NAMES) : thing->rid;
	thing->uids = pick(world, 3) ? 0 : pick(world, 1 << NAMES) & pick(world, 1 << NAMES);
	thing->dirty = TRUE;
}

static void world_modify(World *world, guint at)
{
	Thing *thing = &world->things[at];

	thing->version++;
	if (pick(world, 4) == 0)
		thing->kind = thing->kind == thing->nature ? ENTRY_OTHER : thing->nature;
	thing->dirty |= thing->alive;
}

static void world_regroup(World *world, guint at)
{
	Thing *thing = &world->things[at];
	guint source = at / THINGS, member = pick(world, THINGS);
	gboolean just_died = world->things[source * THINGS + member].fresh_dead &&
			     !world->things[source * THINGS + member].left;

	if (!thing->alive || thing->nature != ENTRY_GROUP)
		return;
	thing->dirty = TRUE;
	if (pick(world, 4) == 0 && world->things[source * THINGS + member].alive) {
		thing->named[source * THINGS + member] ^= TRUE;
		return;
	}
	/* What a group still says of somebody who died since is taken by neither. */
	if (just_died)
		return;
	thing->meant[member] ^= TRUE;
}

static void world_change(World *world, guint source)
{
	static void (*const changes[])(World *, guint) = {
		world_revive, world_revive,  world_kill,    world_rename,  world_rekey, world_rekey,
		world_modify, world_regroup, world_regroup, world_regroup, world_leave, world_renew,
	};

	changes[pick(world, G_N_ELEMENTS(changes))](world, source * THINGS + pick(world, THINGS));
}

/* ---- what the server says ---- */

static char *dn_of(const World *world, guint at)
{
	return g_strdup_printf("cn=n%u," BASE, world->things[at].name);
}

static void add_number(Entry *entry, const char *name, const char *prefix, guint number)
{
	g_autofree char *text = g_strdup_printf("%s%u", prefix, number);

	add_text(entry, name, text);
}

static void add_facts(Entry *entry, const Thing *thing, guint at)
{
	gboolean group = thing->nature == ENTRY_GROUP;

	add_number(entry, "description", "", thing->version);
	add_number(entry, "objectsid", "S-1-5-21-1-2-3-", group ? thing->rid : 1000 + at);
	if (!group)
		add_number(entry, "primarygroupid", "", thing->rid);
	add_text(entry, "objectclass", "top");
	add_text(entry, "objectclass", group ? "posixGroup" : "posixAccount");
	for (guint i = 0; i < NAMES; i++)
		if (thing->uids >> i & 1)
			add_number(entry, group ? "memberUid" : "uid", "name", i);
}

static Entry *whole_entry(const World *world, guint at)
{
	const Thing *thing = &world->things[at];
	g_autofree char *anchor = anchor_text(at % THINGS), *dn = dn_of(world, at);
	Entry *entry = entry_new(anchor, dn);

	add_facts(entry, thing, at);
	for (guint i = 0; i < COUNT; i++) {
		g_autofree char *name = dn_of(world, i);
		if (thing->named[i])
			entry_add_member(entry, name, strlen(name));
	}
	for (guint i = 0; i < THINGS; i++)
		if (thing->meant[i])
			add_by_anchor(entry, i, FALSE);
	return entry;
}

static Entry *delta_entry(const World *world, guint at)
{
	const Thing *thing = &world->things[at];
	g_autofree char *anchor = anchor_text(at % THINGS), *dn = dn_of(world, at);
	Entry *entry = entry_new_delta(anchor, dn);

	entry_clear(entry, "memberuid");
	entry_clear(entry, "uid");
	add_facts(entry, thing, at);
	for (guint i = 0; i < THINGS; i++)
		if (thing->meant[i] != thing->told[i])
			add_by_anchor(entry, i, thing->told[i]);
	return entry;
}

static void put_delta(ViewPull *pull, const View *view, const World *world, guint at)
{
	g_autoptr(Entry) delta = delta_entry(world, at);
	gint64 row = row_of(view, at);
	ViewEntry known;

	g_assert_true(view_load(view->two.store.state, row, &known, NULL));
	g_autoptr(Entry) merged = entry_merge(known.entry, delta);
	view_entry_clear(&known);
	put(pull, merged, world->things[at].kind);
}

static gboolean has_names(const Thing *thing)
{
	return memchr(thing->named, TRUE, sizeof(thing->named)) != NULL;
}

/* Deltas are for who is known; of members by name, and of a new group, all must be said. */
static gboolean fits_delta(const Thing *thing)
{
	return thing->known && !has_names(thing) && !thing->had_names &&
	       (thing->kind != ENTRY_GROUP || thing->was_group);
}

static void tell_unchanged(ViewPull *pull, const World *world, guint at, gboolean listed)
{
	g_autofree char *anchor = anchor_text(at % THINGS), *dn = dn_of(world, at);
	g_autoptr(Entry) delta = entry_new_delta(anchor, dn);
	gboolean same;

	if (!listed) {
		g_assert_true(view_pull_present(pull, anchor, NULL));
		return;
	}
	add_number(delta, "description", "", world->things[at].version);
	g_assert_true(view_pull_confirm(pull, delta, &same, NULL));
	g_assert_true(same);
}

static void tell_gone(ViewPull *pull, const World *world, guint at, gboolean full, guint dice)
{
	const Thing *thing = &world->things[at];
	g_autofree char *anchor = anchor_text(at % THINGS);
	gboolean outside = thing->left || thing->died_outside;

	if (!thing->dirty || (full && !outside))
		return;
	/* It changed, before it went. */
	if (!thing->died_outside && thing->nature == ENTRY_USER && dice % 3 == 0) {
		g_autoptr(Entry) entry = whole_entry(world, at);
		put(pull, entry, thing->kind);
	} else if (!outside && dice % 3 == 1) {
		g_assert_true(view_pull_remove(pull, anchor, NULL));
		return;
	}
	retract(pull, at % THINGS, thing->left);
}

static void tell(ViewPull *pull, const View *view, const World *world, guint at, gboolean full,
		 guint dice)
{
	const Thing *thing = &world->things[at];

	if (!thing->alive) {
		tell_gone(pull, world, at, full, dice);
		return;
	}
	if (!thing->dirty) {
		if (full)
			tell_unchanged(pull, world, at, dice % 2);
		return;
	}
	if (thing->known && dice % 7 == 0)
		retract(pull, at % THINGS, dice % 2);
	if (fits_delta(thing) && view->rows[at] && dice % 3) {
		put_delta(pull, view, world, at);
		return;
	}
	g_autoptr(Entry) entry = whole_entry(world, at);
	put(pull, entry, thing->kind);
	if (dice % 5 == 0)
		put(pull, entry, thing->kind);
}

static void pull_source(const View *view, World *world, guint source, gboolean full)
{
	ViewPull *pull = view_pull_begin(view->two.store.state, view->two.sources[source], NULL);
	ViewPullEnd end = { .removals = TRUE, .absence = full, .cursor = "c", .now_us = 77 };
	guint order[THINGS];

	for (guint i = 0; i < THINGS; i++) {
		guint j = pick(world, i + 1);
		order[i] = order[j];
		order[j] = source * THINGS + i;
	}
	for (guint i = source * THINGS; i < (source + 1) * THINGS; i++)
		if (world->things[i].renewed)
			renew(pull, i % THINGS);
	for (guint i = 0; i < THINGS; i++)
		tell(pull, view, world, order[i], full, pick(world, 30));
	g_assert_true(view_pull_commit(pull, &end, NULL, NULL));
}

static void world_told(World *world)
{
	for (guint i = 0; i < COUNT; i++) {
		Thing *thing = &world->things[i];
		thing->was_group = is_a(thing, ENTRY_GROUP);
		thing->had_names = has_names(thing);
		thing->known = thing->alive;
		thing->dirty = thing->fresh_dead = FALSE;
		thing->died_outside = thing->renewed = FALSE;
		memcpy(thing->told, thing->meant, sizeof(thing->told));
	}
}

/* ---- comparing ---- */

static gboolean list_has(const GArray *ids, gint64 id)
{
	for (guint i = 0; i < ids->len; i++)
		if (g_array_index(ids, gint64, i) == id)
			return TRUE;
	return FALSE;
}

static void check_thing(View *view, const World *world, guint at)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	gint64 row = row_of(view, at);
	guint expected = 0;

	g_assert_cmpint(row != 0, ==, world->things[at].alive);
	if (!row)
		return;
	view->rows[at] = row;
	g_assert_true(view_groups_of(view->two.store.state, row, groups, NULL));
	for (guint group = 0; group < COUNT; group++) {
		if (!ways(world, at, group))
			continue;
		g_assert_true(list_has(groups, row_of(view, group)));
		expected++;
	}
	g_assert_cmpuint(groups->len, ==, expected);
}

/* Anchors that living groups of a source name and nobody has. */
static void check_unresolved(const View *view, const World *world, guint source)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count, expected = 0;

	for (guint anchor = 0; anchor < THINGS; anchor++) {
		gboolean named = FALSE;
		for (guint i = source * THINGS; i < (source + 1) * THINGS; i++)
			named |= is_a(&world->things[i], ENTRY_GROUP) &&
				 world->things[i].meant[anchor];
		expected += named && meant_by(world, source, anchor) == COUNT;
	}
	g_assert_true(view_unresolved(view->two.store.state, view->two.sources[source], 2, dns,
				      &count, NULL));
	g_assert_cmpuint(count, ==, expected);
	g_assert_cmpuint(dns->len, ==, MIN(expected, 2));
}

static gboolean same_self(const Thing *a, const Thing *b)
{
	return a->alive == b->alive && a->kind == b->kind && a->name == b->name &&
	       a->version == b->version && a->rid == b->rid && a->uids == b->uids;
}

/* A rule may ask for the DN of a group, so its name counts; its other facts do not. */
static gboolean same_group(const Thing *a, const Thing *b)
{
	return a->alive == b->alive && a->kind == b->kind && a->name == b->name;
}

/*
 * The one documented excess: whoever has the anchor of a newcomer in another source may have been
 * taken for the newcomer until that came.
 */
static gboolean same_twin(const World *before, const World *after, guint at)
{
	for (guint twin = at % THINGS; twin < COUNT; twin += THINGS)
		if (before->things[twin].alive != after->things[twin].alive)
			return FALSE;
	return TRUE;
}

typedef struct {
	gboolean must, may;
} Expected;

static Expected expect_touch(const World *before, const World *after, guint user)
{
	gboolean old[COUNT] = { 0 }, new[COUNT] = { 0 };
	Expected expected = { 0 };

	spread_up(before, user, old);
	spread_up(after, user, new);
	expected.must = !same_self(&before->things[user], &after->things[user]) ||
			memcmp(old, new, sizeof(old)) != 0;
	expected.may = expected.must;
	for (guint at = 0; at < COUNT && !expected.may; at++) {
		if (at != user && !old[at] && !new[at])
			continue;
		expected.may |= !same_twin(before, after, at) || after->things[at].renewed;
		expected.may |= at != user && !same_group(&before->things[at], &after->things[at]);
		for (guint group = 0; group < COUNT; group++)
			expected.may |= ways(before, at, group) != ways(after, at, group);
	}
	return expected;
}

static void check_touched(View *view, const World *before, const World *after)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_touched(view->two.store.state, 0, 100000, ids, NULL));
	for (guint i = 0; i < ids->len; i++)
		g_assert_true(
			view_untouch(view->two.store.state, g_array_index(ids, gint64, i), NULL));
	for (guint at = 0; at < COUNT; at++) {
		const Thing *old = &before->things[at], *new = &after->things[at];
		gboolean touched = list_has(ids, view->rows[at]);
		Expected expected = expect_touch(before, after, at);

		if (!is_a(old, ENTRY_USER) && !is_a(new, ENTRY_USER))
			continue;
		if (expected.must)
			g_assert_true(touched);
		if (touched)
			g_assert_true(expected.may);
	}
}

static void check_view(View *view, const World *before, const World *after)
{
	for (guint at = 0; at < COUNT; at++)
		check_thing(view, after, at);
	for (guint source = 0; source < SOURCES; source++)
		check_unresolved(view, after, source);
	check_touched(view, before, after);
}

static void run_world(guint32 seed)
{
	g_autofree World *world = g_new0(World, 1);
	View views[2] = { 0 };

	world->rand = g_rand_new_with_seed(seed);
	sources_open(&views[0].two);
	sources_open(&views[1].two);
	g_assert_true(state_begin(views[0].two.store.state, NULL)); /* nothing for the disk */
	g_assert_true(state_begin(views[1].two.store.state, NULL));
	for (guint round = 0; round < ROUNDS; round++) {
		g_autofree World *before = g_memdup2(world, sizeof(*world));
		guint source = pick(world, SOURCES), changes = round < 2 ? 80 : 1 + pick(world, 8);
		gboolean full = pick(world, 4) == 0;

		for (guint i = 0; i < changes; i++)
			world_change(world, source);
		for (guint i = 0; i < 2; i++) {
			pull_source(&views[i], world, source, full);
			check_view(&views[i], before, world);
		}
		world_told(world);
	}
	sources_close(&views[0].two);
	sources_close(&views[1].two);
	g_rand_free(world->rand);
}

static void test_random(void)
{
	guint32 first = 20261123, worlds = g_test_slow() ? 600 : 25;

	for (guint32 i = 0; i < worlds; i++) {
		g_test_message("world of seed %u", first + i);
		run_world(first + i);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/model/random", test_random);
	return g_test_run();
}
