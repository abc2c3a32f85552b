/*
 * The view against a naive directory in memory.
 *
 * The directory does at random what people do to directories: hire, rename, move, swap two names,
 * delete a subtree, reuse the name of somebody dead, put people and groups into groups. Then it
 * says what a server would say, in random order: entries that changed, anchors that went, and
 * nothing about memberships that followed a rename or a deletion. After every pull the view must
 * know the same as the directory, and everybody whose own facts or group chains changed must have
 * been touched.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "state/view.h"

#define BASE "dc=example,dc=org"
#define MANY 400

typedef struct {
	EntryKind kind;
	gint parent; /* index, or -1: the base, which is never sent */
	char *rdn;
	char *anchor;
	guint version;
	gboolean alive, dirty;
	GHashTable *members; /* of a group: indices */
} Thing;

typedef struct {
	GRand *rand;
	Thing things[MANY];
	guint count;
	GPtrArray *removed; /* anchors to report */
} World;

typedef struct {
	char *folder, *path;
	State *state;
	gint64 source;
	GHashTable *rows; /* index of a thing + 1 -> its row id, once it was seen */
} Store;

/* ---- store ---- */

static void store_open(Store *store)
{
	g_autoptr(GError) error = NULL;
	ViewSource source;

	store->rows = g_hash_table_new(NULL, NULL);
	store->folder = g_dir_make_tmp("dirbridge-view-XXXXXX", NULL);
	store->path = g_build_filename(store->folder, "state.db", NULL);
	store->state = state_open(store->path, STATE_WRITE, &error);
	g_assert_no_error(error);
	g_assert_true(view_source_get(store->state, "corp", &source, &error));
	store->source = source.id;
	view_source_clear(&source);
}

static void store_close(Store *store)
{
	g_autofree char *lock = g_strconcat(store->path, ".lock", NULL);

	state_close(store->state);
	g_unlink(store->path);
	g_unlink(lock);
	g_assert_cmpint(g_rmdir(store->folder), ==, 0);
	g_hash_table_unref(store->rows);
	g_free(store->path);
	g_free(store->folder);
}

/* ---- the naive directory ---- */

static guint pick(World *world, guint below)
{
	return (guint)g_rand_int_range(world->rand, 0, (gint32)below);
}

static char *world_dn(const World *world, gint at)
{
	if (at < 0)
		return g_strdup(BASE);
	g_autofree char *parent = world_dn(world, world->things[at].parent);
	return g_strconcat(world->things[at].rdn, ",", parent, NULL);
}

static gboolean world_within(const World *world, gint at, gint top)
{
	for (; at >= 0; at = world->things[at].parent) {
		if (at == top)
			return TRUE;
	}
	return FALSE;
}

/* A live thing of a kind (ENTRY_OTHER: any), or -1. */
static gint world_any(World *world, EntryKind kind)
{
	for (guint tries = 0; world->count > 0 && tries < 60; tries++) {
		guint at = pick(world, world->count);
		const Thing *thing = &world->things[at];
		if (thing->alive && (kind == ENTRY_OTHER || thing->kind == kind))
			return (gint)at;
	}
	return -1;
}

static gboolean world_is_free(const World *world, gint parent, const char *rdn)
{
	for (guint i = 0; i < world->count; i++) {
		const Thing *thing = &world->things[i];
		if (thing->alive && thing->parent == parent && strcmp(thing->rdn, rdn) == 0)
			return FALSE;
	}
	return TRUE;
}

static char *some_rdn(World *world)
{
	/* Few names, so that they are reused; some that need care. */
	static const char *const odd[] = { "cn=a\\, b", "cn=a\\+b+uid=7", "cn=\\C3\\A4rger" };
	guint number = pick(world, 24);

	return number < G_N_ELEMENTS(odd) ? g_strdup(odd[number])
					  : g_strdup_printf("cn=N%u", number);
}

static void world_create(World *world)
{
	static const EntryKind kinds[] = { ENTRY_USER, ENTRY_USER, ENTRY_USER, ENTRY_GROUP,
					   ENTRY_CONTAINER };
	g_autofree char *rdn = some_rdn(world);
	gint parent = pick(world, 3) ? world_any(world, ENTRY_CONTAINER) : -1;

	if (world->count == MANY || !world_is_free(world, parent, rdn))
		return;
	Thing *thing = &world->things[world->count];
	*thing = (Thing){
		.kind = kinds[pick(world, G_N_ELEMENTS(kinds))],
		.parent = parent,
		.rdn = g_steal_pointer(&rdn),
		.anchor = g_strdup_printf("%08x-0000-4000-8000-%012x", g_rand_int(world->rand),
					  world->count),
		.alive = TRUE,
		.dirty = TRUE,
		.members = g_hash_table_new(NULL, NULL),
	};
	world->count++;
}

static void world_modify(World *world)
{
	gint at = world_any(world, ENTRY_OTHER);

	if (at < 0)
		return;
	world->things[at].version++;
	world->things[at].dirty = TRUE;
}

static void world_rename(World *world)
{
	g_autofree char *rdn = some_rdn(world);
	gint at = world_any(world, ENTRY_OTHER);
	gint parent = pick(world, 4) ? world_any(world, ENTRY_CONTAINER) : -1;

	if (at < 0 || world_within(world, parent, at) || !world_is_free(world, parent, rdn))
		return;
	Thing *thing = &world->things[at];
	g_free(thing->rdn);
	thing->rdn = g_steal_pointer(&rdn);
	thing->parent = parent;
	thing->dirty = TRUE;
}

static void world_swap(World *world)
{
	gint one = world_any(world, ENTRY_OTHER), other = world_any(world, ENTRY_OTHER);

	if (one < 0 || other < 0 || world_within(world, one, other) ||
	    world_within(world, other, one))
		return;
	Thing *a = &world->things[one], *b = &world->things[other];
	gint parent = a->parent;
	char *rdn = a->rdn;
	a->parent = b->parent;
	a->rdn = b->rdn;
	b->parent = parent;
	b->rdn = rdn;
	a->dirty = b->dirty = TRUE;
}

/* A subtree goes; the server may report the top alone, and what it told nothing of before. */
static void world_delete(World *world)
{
	gint top = world_any(world, ENTRY_OTHER);

	for (guint i = 0; top >= 0 && i < world->count; i++) {
		Thing *thing = &world->things[i];
		if (!thing->alive || !world_within(world, (gint)i, top))
			continue;
		thing->alive = FALSE;
		if ((gint)i == top || thing->dirty || pick(world, 2))
			g_ptr_array_add(world->removed, g_strdup(thing->anchor));
		for (guint j = 0; j < world->count; j++)
			g_hash_table_remove(world->things[j].members, GUINT_TO_POINTER(i));
	}
}

static void world_regroup(World *world)
{
	gint group = world_any(world, ENTRY_GROUP), at = world_any(world, ENTRY_OTHER);

	if (group < 0 || at < 0)
		return;
	Thing *thing = &world->things[group];
	if (!g_hash_table_remove(thing->members, GINT_TO_POINTER(at)))
		g_hash_table_add(thing->members, GINT_TO_POINTER(at));
	thing->dirty = TRUE;
}

static void world_change(World *world)
{
	static void (*const changes[])(World *) = { world_create, world_create,  world_modify,
						    world_rename, world_rename,  world_swap,
						    world_delete, world_regroup, world_regroup,
						    world_regroup };

	changes[pick(world, G_N_ELEMENTS(changes))](world);
}

static World *world_new(guint32 seed)
{
	World *world = g_new0(World, 1);

	world->rand = g_rand_new_with_seed(seed);
	world->removed = g_ptr_array_new_with_free_func(g_free);
	return world;
}

static void world_free(World *world)
{
	for (guint i = 0; i < world->count; i++) {
		g_free(world->things[i].rdn);
		g_free(world->things[i].anchor);
		g_hash_table_unref(world->things[i].members);
	}
	g_ptr_array_unref(world->removed);
	g_rand_free(world->rand);
	g_free(world);
}

/* ---- what the server says ---- */

static Entry *world_entry(const World *world, guint at)
{
	const Thing *thing = &world->things[at];
	g_autofree char *dn = world_dn(world, (gint)at);
	g_autofree char *version = g_strdup_printf("%u", thing->version);
	Entry *entry = entry_new(thing->anchor, dn);
	GHashTableIter iter;
	gpointer member;

	entry_add(entry, "description", version, strlen(version));
	g_hash_table_iter_init(&iter, thing->members);
	while (g_hash_table_iter_next(&iter, &member, NULL)) {
		g_autofree char *name = world_dn(world, GPOINTER_TO_INT(member));
		entry_add_member(entry, name, strlen(name));
	}
	return entry;
}

static void shuffle(guint *order, guint count, GRand *rand)
{
	for (guint i = count; i > 1; i--) {
		guint j = (guint)g_rand_int_range(rand, 0, (gint32)i), swapped = order[i - 1];
		order[i - 1] = order[j];
		order[j] = swapped;
	}
}

static void pull_world(Store *store, const World *world, gboolean full, GRand *rand)
{
	g_autoptr(GError) error = NULL;
	guint count = world->count + world->removed->len;
	g_autofree guint *order = g_new(guint, count + 1);
	ViewPull *pull = view_pull_begin(store->state, store->source, &error);
	ViewPullEnd end = { .removals = TRUE, .absence = full, .cursor = "c", .now_us = 77 };
	ViewPullStats stats;

	g_assert_no_error(error);
	for (guint i = 0; i < count; i++)
		order[i] = i;
	shuffle(order, count, rand);
	for (guint i = 0; i < count; i++) {
		const Thing *thing = &world->things[MIN(order[i], world->count - 1)];
		if (order[i] >= world->count) {
			const char *anchor = g_ptr_array_index(world->removed,
							       order[i] - world->count);
			g_assert_true(full || view_pull_remove(pull, anchor, &error));
		} else if (thing->alive && thing->dirty) {
			g_autoptr(Entry) entry = world_entry(world, order[i]);
			g_assert_true(view_pull_put(pull, entry, thing->kind, NULL, NULL, &error));
		} else if (thing->alive && full) {
			g_assert_true(view_pull_present(pull, thing->anchor, &error));
		}
	}
	view_pull_commit(pull, &end, &stats, &error);
	g_assert_no_error(error);
}

static void world_told(World *world)
{
	for (guint i = 0; i < world->count; i++)
		world->things[i].dirty = FALSE;
	g_ptr_array_set_size(world->removed, 0);
}

/* ---- comparing ---- */

static gint64 row_of(Store *store, const World *world, guint at)
{
	gint64 id;

	g_assert_true(
		view_find_anchor(store->state, store->source, world->things[at].anchor, &id, NULL));
	return id;
}

static void check_groups(Store *store, const World *world, guint at, gint64 id)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint expected = 0;

	g_assert_true(view_groups_of(store->state, id, groups, NULL));
	for (guint i = 0; i < world->count; i++) {
		if (!world->things[i].alive ||
		    !g_hash_table_contains(world->things[i].members, GUINT_TO_POINTER(at)))
			continue;
		gint64 group = row_of(store, world, i);
		gboolean found = FALSE;
		for (guint j = 0; j < groups->len; j++)
			found |= g_array_index(groups, gint64, j) == group;
		g_assert_true(found);
		expected++;
	}
	g_assert_cmpuint(groups->len, ==, expected);
}

static void check_thing(Store *store, const World *world, guint at)
{
	g_autofree char *dn = world_dn(world, (gint)at);
	g_autofree char *version = g_strdup_printf("%u", world->things[at].version);
	ViewEntry seen;
	gint64 id = row_of(store, world, at), by_dn;

	if (!world->things[at].alive) {
		g_assert_cmpint(id, ==, 0);
		return;
	}
	g_assert_cmpint(id, !=, 0);
	g_assert_true(view_load(store->state, id, &seen, NULL));
	g_assert_cmpstr(entry_dn(seen.entry), ==, dn);
	g_assert_cmpstr(entry_text(seen.entry, "description"), ==, version);
	g_assert_cmpint(seen.kind, ==, world->things[at].kind);
	g_assert_cmpint(seen.gone_at_us, ==, 0);
	view_entry_clear(&seen);
	g_assert_true(view_find_dn(store->state, store->source, dn, &by_dn, NULL));
	g_assert_cmpint(by_dn, ==, id);
	check_groups(store, world, at, id);
}

static void check_world(Store *store, const World *world)
{
	guint64 users = 0, groups = 0, containers = 0;
	ViewSource source;

	for (guint i = 0; i < world->count; i++) {
		const Thing *thing = &world->things[i];
		check_thing(store, world, i);
		users += thing->alive && thing->kind == ENTRY_USER;
		groups += thing->alive && thing->kind == ENTRY_GROUP;
		containers += thing->alive && thing->kind == ENTRY_CONTAINER;
	}
	g_assert_true(view_source_get(store->state, "corp", &source, NULL));
	g_assert_cmpuint(source.users, ==, users);
	g_assert_cmpuint(source.groups, ==, groups);
	g_assert_cmpuint(source.containers, ==, containers);
	view_source_clear(&source);
}

/* Everything that decides about a user: alive, DN, facts, all groups above. */
static char *standing_of(const World *world, guint at)
{
	GString *text = g_string_new(NULL);
	g_autofree gboolean *above = g_new0(gboolean, MANY);
	gboolean again = TRUE;

	if (at >= world->count || !world->things[at].alive)
		return g_string_free(text, FALSE);
	g_autofree char *dn = world_dn(world, (gint)at);
	g_string_append_printf(text, "%s %u", dn, world->things[at].version);
	while (again) {
		again = FALSE;
		for (guint i = 0; i < world->count; i++) {
			GHashTableIter iter;
			gpointer member;
			g_hash_table_iter_init(&iter, world->things[i].members);
			while (world->things[i].alive && !above[i] &&
			       g_hash_table_iter_next(&iter, &member, NULL))
				above[i] = GPOINTER_TO_UINT(member) == at ||
					   above[GPOINTER_TO_UINT(member)];
			if (!above[i] || strstr(text->str, world->things[i].anchor))
				continue;
			again = TRUE;
			g_string_append_printf(text, " %s", world->things[i].anchor);
		}
	}
	return g_string_free(text, FALSE);
}

static GPtrArray *all_standings(const World *world)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < MANY; i++)
		g_ptr_array_add(all, standing_of(world, i));
	return all;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The groups come in the order they were found, which is no difference. */
static gboolean same_standing(const char *a, const char *b)
{
	g_auto(GStrv) left = g_strsplit(a, " ", -1), right = g_strsplit(b, " ", -1);

	if (g_strv_length(left) != g_strv_length(right))
		return FALSE;
	qsort(left, g_strv_length(left), sizeof(*left), compare_words);
	qsort(right, g_strv_length(right), sizeof(*right), compare_words);
	return g_strv_equal((const char *const *)left, (const char *const *)right);
}

/* Takes all that are touched; everybody who changed must be among them. */
static void check_touched(Store *store, const World *world, GPtrArray *before, GPtrArray *after)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GHashTable) touched = g_hash_table_new(NULL, NULL);

	g_assert_true(view_touched(store->state, 0, 100000, ids, NULL));
	for (guint i = 0; i < ids->len; i++) {
		gint64 id = g_array_index(ids, gint64, i);
		g_hash_table_add(touched, GINT_TO_POINTER((gint)id));
		g_assert_true(view_untouch(store->state, id, NULL));
	}
	for (guint i = 0; i < world->count; i++) {
		gint64 row = row_of(store, world, i);
		if (row)
			g_hash_table_insert(store->rows, GUINT_TO_POINTER(i + 1),
					    GINT_TO_POINTER((gint)row));
		gpointer known = g_hash_table_lookup(store->rows, GUINT_TO_POINTER(i + 1));
		if (world->things[i].kind != ENTRY_USER || !known ||
		    same_standing(g_ptr_array_index(before, i), g_ptr_array_index(after, i)))
			continue;
		g_assert_true(g_hash_table_contains(touched, known));
	}
}

static void run_world(guint32 seed)
{
	World *world = world_new(seed);
	Store stores[2];

	store_open(&stores[0]);
	store_open(&stores[1]);
	for (guint round = 0; round < 25; round++) {
		g_autoptr(GPtrArray) before = all_standings(world);
		guint changes = round == 0 ? 60 : 1 + pick(world, 12);
		for (guint i = 0; i < changes; i++)
			world_change(world);
		if (world->count == 0)
			continue;
		g_autoptr(GPtrArray) after = all_standings(world);
		gboolean full = pick(world, 5) == 0;
		/* The same facts in two orders: both views must come out alike. */
		for (guint i = 0; i < 2; i++) {
			pull_world(&stores[i], world, full, world->rand);
			check_world(&stores[i], world);
			check_touched(&stores[i], world, before, after);
		}
		world_told(world);
	}
	store_close(&stores[0]);
	store_close(&stores[1]);
	world_free(world);
}

static void test_random(void)
{
	guint32 first = 20261122, worlds = g_test_slow() ? 400 : 40;

	for (guint32 i = 0; i < worlds; i++) {
		g_test_message("world of seed %u", first + i);
		run_world(first + i);
	}
}

/* ---- told by hand ---- */

typedef struct {
	Store store;
	ViewPull *pull;
} Told;

static void told_begin(Told *told)
{
	told->pull = view_pull_begin(told->store.state, told->store.source, NULL);
	g_assert_nonnull(told->pull);
}

static ViewVerdict told_put(Told *told, guint anchor, const char *dn, EntryKind kind,
			    const char *members, char **old_dn)
{
	g_autofree char *text = g_strdup_printf("00000000-0000-4000-8000-%012u", anchor);
	g_auto(GStrv) names = g_strsplit(members ? members : "", ";", -1);
	g_autoptr(Entry) entry = entry_new(text, dn);
	g_autoptr(GError) error = NULL;
	ViewVerdict verdict;

	entry_add(entry, "uid", text + 30, 6);
	for (guint i = 0; names[i]; i++)
		entry_add_member(entry, names[i], strlen(names[i]));
	view_pull_put(told->pull, entry, kind, &verdict, old_dn, &error);
	g_assert_no_error(error);
	return verdict;
}

static ViewPullStats told_end(Told *told, gboolean absence)
{
	ViewPullEnd end = { .removals = TRUE, .absence = absence, .now_us = 5 };
	ViewPullStats stats;

	g_assert_true(view_pull_commit(told->pull, &end, &stats, NULL));
	return stats;
}

static gint64 told_row(Told *told, guint anchor)
{
	g_autofree char *text = g_strdup_printf("00000000-0000-4000-8000-%012u", anchor);
	gint64 id;

	g_assert_true(view_find_anchor(told->store.state, told->store.source, text, &id, NULL));
	return id;
}

static guint told_groups(Told *told, guint anchor)
{
	g_autoptr(GArray) groups = g_array_new(FALSE, FALSE, sizeof(gint64));

	g_assert_true(view_groups_of(told->store.state, told_row(told, anchor), groups, NULL));
	return groups->len;
}

/* Takes all that are touched; how many of them are users, and groups. */
static guint told_touched_groups(Told *told, guint *groups)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	guint users = 0;

	*groups = 0;
	g_assert_true(view_touched(told->store.state, 0, 1000, ids, NULL));
	for (guint i = 0; i < ids->len; i++) {
		ViewEntry entry;

		g_assert_true(
			view_load(told->store.state, g_array_index(ids, gint64, i), &entry, NULL));
		users += entry.kind == ENTRY_USER;
		*groups += entry.kind == ENTRY_GROUP;
		view_entry_clear(&entry);
		g_assert_true(view_untouch(told->store.state, g_array_index(ids, gint64, i), NULL));
	}
	return users;
}

static guint told_touched(Told *told)
{
	guint groups;

	return told_touched_groups(told, &groups);
}

static void told_company(Told *told)
{
	store_open(&told->store);
	told_begin(told);
	told_put(told, 10, "cn=all," BASE, ENTRY_GROUP, "cn=it," BASE ";cn=ghost," BASE, NULL);
	told_put(told, 11, "cn=it," BASE, ENTRY_GROUP, "uid=a,ou=p," BASE ";uid=B ,OU=P," BASE,
		 NULL);
	told_put(told, 1, "uid=a,ou=p," BASE, ENTRY_USER, NULL, NULL);
	told_put(told, 2, "uid=b,ou=p," BASE, ENTRY_USER, NULL, NULL);
	told_put(told, 3, "uid=c,ou=p," BASE, ENTRY_USER, NULL, NULL);
	told_put(told, 20, "ou=p," BASE, ENTRY_CONTAINER, NULL, NULL);
	told_end(told, TRUE);
	g_assert_cmpuint(told_touched(told), ==, 3);
}

static void test_verdicts(void)
{
	Told told;
	g_autofree char *old_dn = NULL;

	told_company(&told);
	told_begin(&told);
	g_assert_cmpint(told_put(&told, 1, "UID=a, ou=p," BASE, ENTRY_USER, NULL, NULL), ==,
			VIEW_RENAMED);
	g_assert_cmpint(told_put(&told, 2, "uid=b,ou=p," BASE, ENTRY_USER, NULL, NULL), ==,
			VIEW_SAME);
	g_assert_cmpint(told_put(&told, 3, "uid=z,ou=p," BASE, ENTRY_USER, NULL, &old_dn), ==,
			VIEW_RENAMED);
	g_assert_cmpstr(old_dn, ==, "uid=c,ou=p," BASE);
	g_assert_cmpint(told_put(&told, 3, "uid=z,ou=p," BASE, ENTRY_USER, NULL, NULL), ==,
			VIEW_SAME);
	g_assert_cmpint(told_put(&told, 11, "cn=it," BASE, ENTRY_GROUP, "uid=a,ou=p," BASE, NULL),
			==, VIEW_CHANGED);
	g_assert_cmpint(told_put(&told, 4, "uid=d,ou=p," BASE, ENTRY_USER, NULL, NULL), ==,
			VIEW_NEW);
	ViewPullStats stats = told_end(&told, FALSE);
	g_assert_cmpuint(stats.users_before, ==, 3);
	g_assert_cmpuint(stats.added, ==, 1);
	g_assert_cmpuint(stats.renamed, ==, 2);
	g_assert_cmpuint(stats.removed, ==, 0);
	store_close(&told.store);
}

static void test_one_membership_touches_one(void)
{
	Told told;

	told_company(&told);
	told_begin(&told);
	told_put(&told, 11, "cn=it," BASE, ENTRY_GROUP,
		 "uid=a,ou=p," BASE ";uid=b,ou=p," BASE ";uid=c,ou=p," BASE, NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched(&told), ==, 1);

	/* A group leaves a group: everybody beneath. */
	told_begin(&told);
	told_put(&told, 10, "cn=all," BASE, ENTRY_GROUP, "cn=ghost," BASE, NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched(&told), ==, 3);

	/* The unknown member comes to life, with the membership it had all along. */
	told_begin(&told);
	told_put(&told, 5, "cn=Ghost," BASE, ENTRY_USER, NULL, NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched(&told), ==, 1);
	g_assert_cmpuint(told_groups(&told, 5), ==, 1);
	store_close(&told.store);
}

/* Groups are touched for themselves, and their members are asked for when a rule begins to fit. */
static void test_groups_are_touched(void)
{
	Told told;
	guint groups;

	told_company(&told);
	told_begin(&told); /* who comes is touched, and not the group */
	told_put(&told, 11, "cn=it," BASE, ENTRY_GROUP,
		 "uid=a,ou=p," BASE ";uid=b,ou=p," BASE ";uid=c,ou=p," BASE, NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched_groups(&told, &groups), ==, 1);
	g_assert_cmpuint(groups, ==, 0);

	told_begin(&told); /* a new name: everybody beneath, and the groups in it */
	told_put(&told, 10, "cn=everybody," BASE, ENTRY_GROUP, "cn=it," BASE ";cn=ghost," BASE,
		 NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched_groups(&told, &groups), ==, 3);
	g_assert_cmpuint(groups, ==, 2);

	g_assert_true(view_touch_beneath(told.store.state, told_row(&told, 10), NULL));
	g_assert_cmpuint(told_touched_groups(&told, &groups), ==, 3);
	g_assert_cmpuint(groups, ==, 1);

	told_begin(&told);
	g_assert_true(view_pull_remove(told.pull, "00000000-0000-4000-8000-000000000011", NULL));
	told_end(&told, FALSE);
	g_assert_cmpuint(told_touched_groups(&told, &groups), ==, 3);
	g_assert_cmpuint(groups, ==, 1);
	store_close(&told.store);
}

static void test_newcomer_inherits_nothing(void)
{
	Told told;
	ViewEntry dead;

	told_company(&told);
	gint64 first = told_row(&told, 1);
	told_begin(&told);
	g_assert_true(view_pull_remove(told.pull, "00000000-0000-4000-8000-000000000001", NULL));
	told_put(&told, 6, "uid=a,ou=p," BASE, ENTRY_USER, NULL, NULL);
	told_end(&told, FALSE);
	g_assert_cmpuint(told_groups(&told, 6), ==, 0);
	g_assert_true(view_load(told.store.state, first, &dead, NULL));
	g_assert_cmpint(dead.gone_at_us, ==, 5);
	g_assert_cmpstr(entry_dn(dead.entry), ==, "uid=a,ou=p," BASE);
	g_assert_cmpstr(entry_text(dead.entry, "uid"), ==, "000001");
	view_entry_clear(&dead);

	/* The dead one returns elsewhere, under its old row. */
	told_begin(&told);
	g_assert_cmpint(told_put(&told, 1, "uid=a2,ou=p," BASE, ENTRY_USER, NULL, NULL), ==,
			VIEW_NEW);
	told_end(&told, FALSE);
	g_assert_cmpint(told_row(&told, 1), ==, first);
	store_close(&told.store);
}

static void test_container_takes_along(void)
{
	Told told;

	told_company(&told);
	told_begin(&told);
	g_assert_true(view_pull_remove(told.pull, "00000000-0000-4000-8000-000000000020", NULL));
	told_put(&told, 2, "uid=b,ou=saved," BASE, ENTRY_USER, NULL, NULL);
	ViewPullStats stats = told_end(&told, FALSE);
	g_assert_cmpuint(stats.removed, ==, 3);
	g_assert_cmpint(told_row(&told, 1), ==, 0);
	g_assert_cmpint(told_row(&told, 2), !=, 0);
	g_assert_cmpuint(told_groups(&told, 2), ==, 1);
	store_close(&told.store);
}

static void test_absent_only_when_said(void)
{
	Told told;
	ViewPullStats stats;

	told_company(&told);
	told_begin(&told);
	g_assert_true(view_pull_present(told.pull, "00000000-0000-4000-8000-000000000001", NULL));
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_before, ==, 3);
	g_assert_cmpuint(stats.users_absent, ==, 2);
	g_assert_cmpuint(stats.absent, ==, 5);
	stats = told_end(&told, FALSE);
	g_assert_cmpuint(stats.removed, ==, 0);
	g_assert_cmpint(told_row(&told, 2), !=, 0);
	g_assert_cmpuint(told_touched(&told), ==, 0);
	store_close(&told.store);
}

/* Who was removed in so many words is not absent; who is something else now is told apart. */
static void test_absent_by_cause(void)
{
	Told told;
	ViewPullStats stats;

	told_company(&told);
	told_begin(&told);
	told_put(&told, 1, "uid=a,ou=p," BASE, ENTRY_OTHER, NULL, NULL);
	g_assert_true(view_pull_remove(told.pull, "00000000-0000-4000-8000-000000000002", NULL));
	g_assert_true(view_pull_absent(told.pull, &stats, NULL));
	g_assert_cmpuint(stats.users_before, ==, 3);
	g_assert_cmpuint(stats.users_other, ==, 1);
	g_assert_cmpuint(stats.users_removed, ==, 1);
	g_assert_cmpuint(stats.users_absent, ==, 1);
	view_pull_abort(told.pull);
	store_close(&told.store);
}

static void test_abort_leaves_all(void)
{
	Told told;

	told_company(&told);
	told_begin(&told);
	told_put(&told, 1, "uid=x,ou=p," BASE, ENTRY_USER, NULL, NULL);
	told_put(&told, 7, "uid=new,ou=p," BASE, ENTRY_USER, NULL, NULL);
	view_pull_abort(told.pull);
	g_assert_cmpint(told_row(&told, 7), ==, 0);
	g_assert_cmpuint(told_touched(&told), ==, 0);
	store_close(&told.store);
}

static void test_cursor(void)
{
	Store store;
	ViewSource source;

	store_open(&store);
	ViewPull *pull = view_pull_begin(store.state, store.source, NULL);
	ViewPullEnd end = { .removals = TRUE, .cursor = "rid=1", .server = "ldap1", .now_us = 9 };
	g_assert_true(view_pull_commit(pull, &end, NULL, NULL));
	g_assert_true(view_source_failed(store.state, store.source, "timed out", 12, NULL));
	g_assert_true(view_source_get(store.state, "corp", &source, NULL));
	g_assert_cmpstr(source.cursor, ==, "rid=1");
	g_assert_cmpstr(source.server, ==, "ldap1");
	g_assert_cmpstr(source.problem, ==, "timed out");
	g_assert_cmpint(source.pulled_at_us, ==, 9);
	g_assert_cmpint(source.tried_at_us, ==, 12);
	view_source_clear(&source);
	store_close(&store);
}

static void check_reach(const Store *store, ViewPullEnd end, const char *attributes,
			const char *coverage)
{
	ViewPull *pull = view_pull_begin(store->state, store->source, NULL);
	g_autofree char *names = NULL;
	ViewSource source;

	g_assert_true(view_pull_commit(pull, &end, NULL, NULL));
	g_assert_true(view_source_get(store->state, "corp", &source, NULL));
	names = g_strjoinv(" ", source.attributes);
	g_assert_cmpstr(names, ==, attributes);
	g_assert_cmpstr(source.coverage, ==, coverage);
	view_source_clear(&source);
}

/* An attribute counts as read only if no entry can be without it for another reason. */
static void test_reach(void)
{
	static const char *const two[] = { "cn", "mail", NULL };
	static const char *const other[] = { "mail", "title", NULL };
	Store store;

	store_open(&store);
	check_reach(&store, (ViewPullEnd){ .attributes = two, .coverage = "a" }, "cn mail", "a");
	check_reach(&store, (ViewPullEnd){ .attributes = two, .coverage = "a" }, "cn mail", "a");
	check_reach(&store, (ViewPullEnd){ .attributes = other, .coverage = "b" }, "mail", "a");
	check_reach(&store, (ViewPullEnd){ .attributes = two, .coverage = "b" }, "mail", "a");
	check_reach(&store, (ViewPullEnd){ .absence = TRUE, .attributes = other, .coverage = "b" },
		    "mail title", "b");
	check_reach(&store, (ViewPullEnd){ .absence = TRUE }, "mail title", "b");
	store_close(&store);
}

/* DOMAIN\\name, in any case; what has an equals sign in it is a DN with an escape. */
static void test_search_by_account(void)
{
	static const struct {
		const char *query;
		guint found;
	} rows[] = { { "CORP\\Jane", 1 }, { "corp\\jane", 1 }, { "CORP\\jan", 0 },
		     { "\\", 0 },         { "CN=x\\jane", 0 }, { "jane", 1 } };
	g_autoptr(Entry) jane = entry_new("00000000-0000-4000-8000-000000000009", "cn=x," BASE);
	Told told;

	told_company(&told);
	told_begin(&told);
	entry_add(jane, "samaccountname", "jane", 4);
	g_assert_true(view_pull_put(told.pull, jane, ENTRY_USER, NULL, NULL, NULL));
	told_end(&told, FALSE);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));

		g_assert_true(view_search_users(told.store.state, rows[i].query, ids, NULL));
		g_assert_cmpuint(ids->len, ==, rows[i].found);
	}
	store_close(&told.store);
}

static void test_search(void)
{
	Told told;
	static const char *const queries[] = { "000002", ("UID=b, OU=p," BASE),
					       "00000000-0000-4000-8000-000000000002" };

	told_company(&told);
	for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
		g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
		g_assert_true(view_search_users(told.store.state, queries[i], ids, NULL));
		g_assert_cmpuint(ids->len, ==, 1);
		g_assert_cmpint(g_array_index(ids, gint64, 0), ==, told_row(&told, 2));
	}
	store_close(&told.store);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/view/verdicts", test_verdicts);
	g_test_add_func("/view/one-membership-touches-one", test_one_membership_touches_one);
	g_test_add_func("/view/groups-are-touched", test_groups_are_touched);
	g_test_add_func("/view/newcomer-inherits-nothing", test_newcomer_inherits_nothing);
	g_test_add_func("/view/container-takes-along", test_container_takes_along);
	g_test_add_func("/view/absent-only-when-said", test_absent_only_when_said);
	g_test_add_func("/view/absent-by-cause", test_absent_by_cause);
	g_test_add_func("/view/abort-leaves-all", test_abort_leaves_all);
	g_test_add_func("/view/cursor", test_cursor);
	g_test_add_func("/view/reach", test_reach);
	g_test_add_func("/view/search", test_search);
	g_test_add_func("/view/search-by-account", test_search_by_account);
	g_test_add_func("/view/random", test_random);
	return g_test_run();
}
