/*
 * Members by name, by anchor and derived ones, in two sources, against a naive model.
 *
 * In the model a group has a set of things that it names by DN, a set of anchors, and keys; so who
 * is in it is worked out anew each time. Each round changes one source at random (hire, rename,
 * regroup, delete, come back, change primary group or user names, stop being a user or a group)
 * and tells it to two stores in different orders, as whole entries or as deltas. After every pull
 * both must know every membership of the model, and must have touched everybody whose groups, at
 * any depth, or facts changed, and nobody whom no changed edge, entry or name is near.
 *
 * The same anchor may be in both sources: a group means the one of its own source first.
 */
#include <stdlib.h>
#include <string.h>

#include "state/view.h"
#include "state_support.h"

#define BASE "dc=example,dc=org"
#define THINGS 28 /* of which each source may have every one */
#define SOURCES 2
#define COUNT (THINGS * SOURCES)
#define NAMES 6 /* user names, and primary groups */
#define ROUNDS 30

typedef struct {
	gboolean alive, known; /* known: the stores were told that it is alive */
	gboolean fresh_dead;   /* died in this round */
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
	Store store;
	gint64 sources[SOURCES];
	gint64 rows[COUNT];
} View;

/* ---- a store ---- */

static gint64 source_id(State *state, const char *name)
{
	ViewSource source;

	g_assert_true(view_source_get(state, name, &source, NULL));
	gint64 id = source.id;
	view_source_clear(&source);
	return id;
}

static void view_start(View *view)
{
	*view = (View){ 0 };
	store_open(&view->store, NULL);
	view->sources[0] = source_id(view->store.state, "corp");
	view->sources[1] = source_id(view->store.state, "branch");
}

static void view_stop(View *view)
{
	store_close(&view->store, NULL);
}

static char *anchor_text(guint anchor)
{
	return g_strdup_printf("00000000-0000-4000-8000-%012u", anchor);
}

static gint64 row_of(const View *view, guint at)
{
	g_autofree char *anchor = anchor_text(at % THINGS);
	gint64 id;

	g_assert_true(
		view_find_anchor(view->store.state, view->sources[at / THINGS], anchor, &id, NULL));
	return id;
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

/* The server takes who dies out of all groups; those of other sources meant this one, too. */
static void world_kill(World *world, guint at)
{
	Thing *thing = &world->things[at];

	if (!thing->alive || !thing->known)
		return;
	for (guint group = 0; group < COUNT; group++) {
		world->things[group].named[at] = FALSE;
		if (meant_by(world, group / THINGS, at % THINGS) == at)
			world->things[group].meant[at % THINGS] =
				world->things[group].told[at % THINGS] = FALSE;
	}
	memset(thing->named, 0, sizeof(thing->named));
	memset(thing->meant, 0, sizeof(thing->meant));
	memset(thing->told, 0, sizeof(thing->told));
	thing->alive = thing->was_group = FALSE;
	thing->fresh_dead = thing->dirty = TRUE;
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
	guint meant = meant_by(world, source, member);

	if (!thing->alive || thing->nature != ENTRY_GROUP)
		return;
	thing->dirty = TRUE;
	if (pick(world, 4) == 0 && world->things[source * THINGS + member].alive) {
		thing->named[source * THINGS + member] ^= TRUE;
		return;
	}
	/* What a group still says of somebody who died since is taken by neither. */
	if (meant == COUNT && world->things[source * THINGS + member].fresh_dead)
		return;
	if (meant < COUNT && world->things[source * THINGS + member].fresh_dead)
		return;
	thing->meant[member] ^= TRUE;
}

static void world_change(World *world, guint source)
{
	static void (*const changes[])(World *, guint) = {
		world_revive, world_revive, world_kill,    world_rename,  world_rekey,
		world_rekey,  world_modify, world_regroup, world_regroup, world_regroup,
	};

	changes[pick(world, G_N_ELEMENTS(changes))](world, source * THINGS + pick(world, THINGS));
}

/* ---- what the server says ---- */

static char *dn_of(const World *world, guint at)
{
	return g_strdup_printf("cn=n%u," BASE, world->things[at].name);
}

static void add_text(Entry *entry, const char *name, const char *text)
{
	entry_add(entry, name, text, strlen(text));
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

static void add_by_anchor(Entry *entry, guint anchor, gboolean left)
{
	g_autofree char *text = anchor_text(anchor);

	entry_add_member_by_anchor(entry, text, "cn=whatever", 11, left);
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

static void put(ViewPull *pull, const Entry *entry, EntryKind kind)
{
	g_autoptr(GError) error = NULL;

	view_pull_put(pull, entry, kind, NULL, NULL, &error);
	g_assert_no_error(error);
}

static void put_delta(ViewPull *pull, const View *view, const World *world, guint at)
{
	g_autoptr(Entry) delta = delta_entry(world, at);
	gint64 row = row_of(view, at);
	ViewEntry known;

	g_assert_true(view_load(view->store.state, row, &known, NULL));
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

static void tell(ViewPull *pull, const View *view, const World *world, guint at, gboolean full,
		 guint dice)
{
	const Thing *thing = &world->things[at];
	g_autofree char *anchor = anchor_text(at % THINGS);

	if (!thing->alive) {
		if (thing->dirty && !full)
			g_assert_true(view_pull_remove(pull, anchor, NULL));
		return;
	}
	if (!thing->dirty) {
		if (full)
			tell_unchanged(pull, world, at, dice % 2);
		return;
	}
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
	ViewPull *pull = view_pull_begin(view->store.state, view->sources[source], NULL);
	ViewPullEnd end = { .removals = TRUE, .absence = full, .cursor = "c", .now_us = 77 };
	guint order[THINGS];

	for (guint i = 0; i < THINGS; i++) {
		guint j = pick(world, i + 1);
		order[i] = order[j];
		order[j] = source * THINGS + i;
	}
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
	g_assert_true(view_groups_of(view->store.state, row, groups, NULL));
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
	g_assert_true(
		view_unresolved(view->store.state, view->sources[source], 2, dns, &count, NULL));
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
		expected.may |= !same_twin(before, after, at);
		expected.may |= at != user && !same_group(&before->things[at], &after->things[at]);
		for (guint group = 0; group < COUNT; group++)
			expected.may |= ways(before, at, group) != ways(after, at, group);
	}
	return expected;
}

static void check_touched(View *view, const World *before, const World *after)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_touched(view->store.state, 0, 100000, ids, NULL));
	for (guint i = 0; i < ids->len; i++)
		g_assert_true(view_untouch(view->store.state, g_array_index(ids, gint64, i), NULL));
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
	View views[2];

	world->rand = g_rand_new_with_seed(seed);
	view_start(&views[0]);
	view_start(&views[1]);
	g_assert_true(state_begin(views[0].store.state, NULL)); /* nothing for the disk */
	g_assert_true(state_begin(views[1].store.state, NULL));
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
	view_stop(&views[0]);
	view_stop(&views[1]);
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

/* ---- told by hand ---- */

typedef struct {
	View view;
	ViewPull *pull;
	guint source;
} Told;

static void told_begin(Told *told, guint source)
{
	told->source = source;
	told->pull = view_pull_begin(told->view.store.state, told->view.sources[source], NULL);
	g_assert_nonnull(told->pull);
}

static ViewPullStats told_end(Told *told)
{
	ViewPullEnd end = { .removals = TRUE, .now_us = 5 };
	ViewPullStats stats;

	g_assert_true(view_pull_commit(told->pull, &end, &stats, NULL));
	return stats;
}

static Entry *new_entry(guint anchor, const char *name)
{
	g_autofree char *text = anchor_text(anchor), *dn = g_strconcat(name, "," BASE, NULL);

	return entry_new(text, dn);
}

static void told_user(Told *told, guint anchor, const char *name)
{
	g_autoptr(Entry) entry = new_entry(anchor, name);

	put(told->pull, entry, ENTRY_USER);
}

/* Members by anchor in words: "1 2 30". */
static void told_group(Told *told, guint anchor, const char *name, const char *members)
{
	g_autoptr(Entry) entry = new_entry(anchor, name);
	g_auto(GStrv) words = g_strsplit(members, " ", -1);

	for (guint i = 0; *members && words[i]; i++) {
		g_autofree char *member = anchor_text((guint)atoi(words[i]));
		g_autofree char *dn = g_strdup_printf("CN=S-1-5-%s,CN=Foreign", words[i]);
		entry_add_member_by_anchor(entry, member, dn, strlen(dn), FALSE);
	}
	put(told->pull, entry, ENTRY_GROUP);
}

static gint64 told_row(const Told *told, guint source, guint anchor)
{
	g_autofree char *text = anchor_text(anchor);
	gint64 id;

	g_assert_true(view_find_anchor(told->view.store.state, told->view.sources[source], text,
				       &id, NULL));
	return id;
}

static guint told_groups(const Told *told, guint source, guint anchor)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_groups_of(told->view.store.state, told_row(told, source, anchor), groups,
				     NULL));
	return groups->len;
}

static guint told_touched(const Told *told)
{
	State *state = told->view.store.state;
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_touched(state, 0, 1000, ids, NULL));
	for (guint i = 0; i < ids->len; i++)
		g_assert_true(view_untouch(state, g_array_index(ids, gint64, i), NULL));
	return ids->len;
}

static void told_change(Told *told, guint group, guint member, gboolean left)
{
	g_autofree char *anchor = anchor_text(group);
	ViewEntry known;

	g_assert_true(view_load(told->view.store.state, told_row(told, told->source, group), &known,
				NULL));
	g_autoptr(Entry) delta = entry_new_delta(anchor, entry_dn(known.entry));
	add_by_anchor(delta, member, left);
	g_autoptr(Entry) merged = entry_merge(known.entry, delta);
	view_entry_clear(&known);
	put(told->pull, merged, ENTRY_GROUP);
}

/* One member more or less of a group concerns that member alone. */
static void test_changes(void)
{
	Told told;

	view_start(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1 2");
	for (guint i = 1; i < 5; i++) {
		g_autofree char *name = g_strdup_printf("cn=u%u", i);
		told_user(&told, i, name);
	}
	told_end(&told);
	g_assert_cmpuint(told_touched(&told), ==, 4);

	told_begin(&told, 0);
	told_change(&told, 10, 3, FALSE);
	told_change(&told, 10, 2, TRUE);
	told_change(&told, 10, 1, FALSE); /* it is one already */
	told_change(&told, 10, 4, TRUE);  /* it never was one */
	told_end(&told);
	g_assert_cmpuint(told_touched(&told), ==, 2);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 1);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 0);
	g_assert_cmpuint(told_groups(&told, 0, 3), ==, 1);
	view_stop(&told.view);
}

/* A member that a change names by its DN is whoever is called so in the end. */
static void test_change_by_name(void)
{
	g_autofree char *anchor = anchor_text(10);
	Told told;

	view_start(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "");
	told_user(&told, 1, "cn=old");
	told_user(&told, 2, "cn=new");
	told_end(&told);

	told_begin(&told, 0);
	g_autoptr(Entry) known = new_entry(10, "cn=all");
	g_autoptr(Entry) delta = entry_new_delta(anchor, "cn=all," BASE);
	entry_add_member(delta, "cn=new," BASE, strlen("cn=new," BASE));
	g_autoptr(Entry) merged = entry_merge(known, delta);
	put(told.pull, merged, ENTRY_GROUP);
	told_user(&told, 1, "cn=new");
	told_user(&told, 2, "cn=old");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 1);
	g_assert_cmpuint(told_groups(&told, 0, 2), ==, 0);
	view_stop(&told.view);
}

static void check_listed(Told *told, const Entry *delta, gboolean expected)
{
	gboolean same;

	g_assert_true(view_pull_confirm(told->pull, delta, &same, NULL));
	g_assert_cmpint(same, ==, expected);
}

/* What a listing says of everybody is taken as seen, and never as the same if it is not. */
static void test_confirm(void)
{
	g_autofree char *anchor = anchor_text(1), *other = anchor_text(9);
	g_autoptr(Entry) same = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) moved = entry_new_delta(anchor, "cn=u2," BASE);
	g_autoptr(Entry) spelled = entry_new_delta(anchor, "CN=u1," BASE);
	g_autoptr(Entry) unknown = entry_new_delta(other, "cn=u1," BASE);
	g_autoptr(Entry) changed = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) cleared = entry_new_delta(anchor, "cn=u1," BASE);
	g_autoptr(Entry) user = new_entry(1, "cn=u1");
	ViewPullStats stats;
	Told told;

	view_start(&told.view);
	told_begin(&told, 0);
	add_text(user, "mail", "a@x");
	put(told.pull, user, ENTRY_USER);
	told_user(&told, 2, "cn=other");
	told_end(&told);

	told_begin(&told, 0);
	add_text(same, "mail", "a@x");
	add_text(changed, "mail", "b@x");
	entry_clear(cleared, "mail");
	check_listed(&told, moved, FALSE);
	check_listed(&told, spelled, FALSE);
	check_listed(&told, unknown, FALSE);
	check_listed(&told, changed, FALSE);
	check_listed(&told, cleared, FALSE);
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_absent, ==, 2);
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	check_listed(&told, same, TRUE);
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_absent, ==, 1);
	told_end(&told);
	g_assert_cmpint(told_row(&told, 0, 1), !=, 0);
	view_stop(&told.view);
}

/* Members whom nobody has are named, and cease to be when somebody brings them. */
static void test_unresolved(void)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count;
	Told told;

	view_start(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1 30 31");
	told_user(&told, 1, "cn=u1");
	g_assert_cmpuint(told_end(&told).unresolved, ==, 2);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 1, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 2);
	g_assert_cmpuint(dns->len, ==, 1);
	g_assert_cmpstr(g_ptr_array_index(dns, 0), ==, "CN=S-1-5-30,CN=Foreign");
	told_touched(&told);

	/* Another source brings one; a group of its own cares for the other no more than before. */
	told_begin(&told, 1);
	told_user(&told, 31, "cn=far");
	g_assert_cmpuint(told_end(&told).unresolved, ==, 0);
	g_assert_cmpuint(told_groups(&told, 1, 31), ==, 1);
	g_assert_cmpuint(told_touched(&told), ==, 1);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[0], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 1);
	g_assert_true(
		view_unresolved(told.view.store.state, told.view.sources[1], 0, dns, &count, NULL));
	g_assert_cmpuint(count, ==, 0);
	view_stop(&told.view);
}

/* A group read before one of its members was deleted still names it; deleted is deleted. */
static void test_removed_leaves(void)
{
	g_autofree char *anchor = anchor_text(1);
	Told told;

	view_start(&told.view);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1");
	told_user(&told, 1, "cn=u1");
	told_end(&told);
	told_begin(&told, 0);
	told_group(&told, 10, "cn=all", "1");
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	told_end(&told);
	told_begin(&told, 0);
	told_user(&told, 1, "cn=u1");
	told_end(&told);
	g_assert_cmpuint(told_groups(&told, 0, 1), ==, 0);
	view_stop(&told.view);
}

static void test_due(void)
{
	g_autofree char *anchor = anchor_text(2);
	State *state;
	gint64 at;
	Told told;

	view_start(&told.view);
	state = told.view.store.state;
	told_begin(&told, 0);
	told_user(&told, 1, "cn=u1");
	told_user(&told, 2, "cn=u2");
	told_user(&told, 3, "cn=u3");
	told_end(&told);
	told_touched(&told);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 0);
	g_assert_true(view_due_put(state, told_row(&told, 0, 1), 500, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 1), 300, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 2), 200, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 3), 100, NULL));
	g_assert_true(view_due_put(state, told_row(&told, 0, 3), 0, NULL));
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 200);

	/* The second is removed before its moment. */
	told_begin(&told, 0);
	g_assert_true(view_pull_remove(told.pull, anchor, NULL));
	told_end(&told);
	told_touched(&told);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 300);
	g_assert_true(view_due_touch(state, 299, NULL));
	g_assert_cmpuint(told_touched(&told), ==, 0);
	g_assert_true(view_due_touch(state, 300, NULL));
	g_assert_cmpuint(told_touched(&told), ==, 1);
	g_assert_true(view_due_next(state, &at, NULL));
	g_assert_cmpint(at, ==, 0);
	view_stop(&told.view);
}

/* ---- all orders of a few facts ---- */

#define FACTS 5

static void add_key(Entry *entry, const char *class, const char *name, const char *value)
{
	add_text(entry, "objectclass", class);
	add_text(entry, name, value);
}

/* Users 1 (corp) and 2 (branch); groups 10 to 12 (corp). */
static void tell_fact(ViewPull *pull, guint fact)
{
	static const char *const names[] = { "cn=u1", "cn=u2", "cn=g10", "cn=g11", "cn=g12" };
	static const guint anchors[] = { 1, 2, 10, 11, 12 };
	g_autoptr(Entry) entry = new_entry(anchors[fact], names[fact]);

	if (fact == 0) {
		add_text(entry, "objectsid", "S-1-5-21-1-2-3-1104");
		add_text(entry, "primarygroupid", "513");
		add_key(entry, "posixAccount", "uid", "anna");
	} else if (fact == 2) {
		add_by_anchor(entry, 1, FALSE);
		add_by_anchor(entry, 2, FALSE);
		add_by_anchor(entry, 27, FALSE);
	} else if (fact == 3) {
		add_text(entry, "objectsid", "S-1-5-21-1-2-3-513");
		add_by_anchor(entry, 10, FALSE);
		entry_add_member(entry, "cn=g12," BASE, strlen("cn=g12," BASE));
		add_key(entry, "posixGroup", "memberuid", "Anna"); /* is not anna */
	} else if (fact == 4) {
		add_key(entry, "posixGroup", "memberuid", "anna");
		entry_add_member(entry, "cn=u1," BASE, strlen("cn=u1," BASE));
	}
	put(pull, entry, fact < 2 ? ENTRY_USER : ENTRY_GROUP);
}

static void check_facts(const Told *told)
{
	g_autoptr(GPtrArray) dns = g_ptr_array_new_with_free_func(g_free);
	guint64 count;

	g_assert_cmpuint(told_groups(told, 0, 1), ==, 3);  /* 10, 11 by primary group, 12 */
	g_assert_cmpuint(told_groups(told, 1, 2), ==, 1);  /* 10 */
	g_assert_cmpuint(told_groups(told, 0, 10), ==, 1); /* 11 */
	g_assert_cmpuint(told_groups(told, 0, 11), ==, 0);
	g_assert_cmpuint(told_groups(told, 0, 12), ==, 1); /* 11 */
	g_assert_true(view_unresolved(told->view.store.state, told->view.sources[0], 9, dns, &count,
				      NULL));
	g_assert_cmpuint(count, ==, 1);
}

/* As few pulls as the order allows, or one for each fact; then it never was. */
static void tell_facts(Told *told, const guint *order, gboolean one_by_one)
{
	g_assert_true(state_begin(told->view.store.state, NULL));
	told_begin(told, order[0] == 1);
	for (guint i = 0; i < FACTS; i++) {
		guint source = order[i] == 1;
		if (source != told->source || (one_by_one && i > 0)) {
			told_end(told);
			told_begin(told, source);
		}
		tell_fact(told->pull, order[i]);
	}
	told_end(told);
	check_facts(told);
	state_rollback(told->view.store.state);
}

static void permute(Told *told, guint *order, guint fixed)
{
	if (fixed == FACTS) {
		tell_facts(told, order, FALSE);
		tell_facts(told, order, TRUE);
		return;
	}
	for (guint i = fixed; i < FACTS; i++) {
		guint first = order[fixed];
		order[fixed] = order[i];
		order[i] = first;
		permute(told, order, fixed + 1);
		order[i] = order[fixed];
		order[fixed] = first;
	}
}

static void test_all_orders(void)
{
	guint order[FACTS] = { 0, 1, 2, 3, 4 };
	Told told;

	view_start(&told.view);
	permute(&told, order, 0);
	view_stop(&told.view);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/members/changes", test_changes);
	g_test_add_func("/members/change-by-name", test_change_by_name);
	g_test_add_func("/members/confirm", test_confirm);
	g_test_add_func("/members/unresolved", test_unresolved);
	g_test_add_func("/members/removed-leaves", test_removed_leaves);
	g_test_add_func("/members/due", test_due);
	g_test_add_func("/members/all-orders", test_all_orders);
	g_test_add_func("/members/random", test_random);
	return g_test_run();
}
