/*
 * Who has which app, against a naive model.
 *
 * A small world of people and groups changes at random: memberships of people and of groups, in
 * cycles and in themselves too, locks, attributes, deaths and returns. The view is told what a
 * server would tell, and nothing more. After every pull the standings that assign stored must be
 * those that the model works out from scratch, the reasons must be chains that exist and are
 * shortest, and a change of one membership must have touched exactly the people beneath it.
 */
#include <string.h>

#include "../../../src/run/run_internal.h"
#include "base/json.h"
#include "run_support.h"
#include "state/history.h"
#include "state/view.h"

enum {
	USERS = 30,
	GROUPS = 18,
	RULE_GROUPS = 8, /* those that rules name never die */
	ROUNDS = 250,
	SEED = 20240229,
	FAR = 1000,
};

static const char config_text[] =
	"state = \"@DIR@/state.db\";\n"
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"none\"; } );\n"
	"apps = (\n"
	"{\n@include \"app.cfg\"\n name = \"a\"; assign = ( { group = \"cn=g0,dc=ex\"; } ); },\n"
	"{\n@include \"app.cfg\"\n name = \"b\";"
	"  assign = ( { group = \"cn=g1,dc=ex\"; nested = false;"
	"  }, { group = \"cn=g2,dc=ex\"; } ); },\n"
	"{\n@include \"app.cfg\"\n name = \"c\"; assign = ( { group = \"cn=g0,dc=ex\"; },"
	"  { group = \"cn=g3,dc=ex\"; } ); exclude = ( { group = \"cn=g4,dc=ex\"; } ); },\n"
	"{\n@include \"app.cfg\"\n name = \"d\"; scope = \"(employeeType=staff)\";"
	"  assign = ( { group = \"cn=g5,dc=ex\"; } );"
	"  exclude = ( { group = \"cn=g6,dc=ex\"; nested = false; } ); },\n"
	"{\n@include \"app.cfg\"\n name = \"e\"; assign = \"all\";"
	"  exclude = ( { group = \"cn=g7,dc=ex\"; } ); }\n"
	");\n";

static const char app_text[] = "type = \"mem\"; file = \"@DIR@/app.jsonl\";\n"
			       "map = ( { to = \"userName\"; from = \"[uid]\"; } );\n";

/* The same rules for the model; -1 ends a list. */
typedef struct {
	const char *app;
	gboolean all, scope;
	struct {
		gint group;
		gboolean direct;
	} include[3], exclude[2];
} ModelApp;

static const ModelApp model_apps[] = {
	{ "a", FALSE, FALSE, { { 0, FALSE }, { -1 } }, { { -1 } } },
	{ "b", FALSE, FALSE, { { 1, TRUE }, { 2, FALSE }, { -1 } }, { { -1 } } },
	{ "c", FALSE, FALSE, { { 0, FALSE }, { 3, FALSE }, { -1 } }, { { 4, FALSE }, { -1 } } },
	{ "d", FALSE, TRUE, { { 5, FALSE }, { -1 } }, { { 6, TRUE }, { -1 } } },
	{ "e", TRUE, FALSE, { { -1 } }, { { 7, FALSE }, { -1 } } },
};

typedef struct {
	gboolean alive, locked, staff, changed;
	gint64 row;
} Person;

typedef struct {
	gboolean alive, changed;
	gboolean people[USERS];
	gboolean groups[GROUPS];
	guint distance[USERS]; /* links of the chain down to a person; FAR: not beneath */
} Group;

typedef struct {
	GRand *rand;
	Person people[USERS];
	Group groups[GROUPS];
	GPtrArray *gone; /* anchors */

	Bench *bench;
	Config *config;
	State *state;
	gint64 source;
} World;

/* ---- the model ---- */

static gboolean is_people_edge(const World *world, guint group, guint person)
{
	return world->groups[group].alive && world->people[person].alive &&
	       world->groups[group].people[person];
}

static gboolean shorten(World *world, guint group)
{
	Group *self = &world->groups[group];
	gboolean shorter = FALSE;

	for (guint below = 0; below < GROUPS; below++) {
		if (!self->alive || !world->groups[below].alive || !self->groups[below])
			continue;
		for (guint person = 0; person < USERS; person++) {
			guint way = world->groups[below].distance[person] + 1;
			if (way >= self->distance[person])
				continue;
			self->distance[person] = way;
			shorter = TRUE;
		}
	}
	return shorter;
}

static void measure(World *world)
{
	gboolean again = TRUE;

	for (guint group = 0; group < GROUPS; group++)
		for (guint person = 0; person < USERS; person++)
			world->groups[group].distance[person] = is_people_edge(world, group, person)
									? 1
									: FAR;
	while (again) {
		again = FALSE;
		for (guint group = 0; group < GROUPS; group++)
			again |= shorten(world, group);
	}
}

static gboolean holds(const World *world, gint group, gboolean direct, guint person)
{
	guint distance = world->groups[group].distance[person];

	return direct ? distance == 1 : distance < FAR;
}

static Standing model_standing(const World *world, const ModelApp *app, guint person)
{
	const Person *self = &world->people[person];
	gboolean included = app->all;

	if (!self->alive)
		return STANDING_DELETED;
	for (guint i = 0; app->include[i].group >= 0; i++)
		included |= holds(world, app->include[i].group, app->include[i].direct, person);
	for (guint i = 0; app->exclude[i].group >= 0; i++)
		included &= !holds(world, app->exclude[i].group, app->exclude[i].direct, person);
	if (!included)
		return STANDING_UNASSIGNED;
	if (app->scope && !self->staff)
		return STANDING_OUT_OF_SCOPE;
	return self->locked ? STANDING_DISABLED : STANDING_ASSIGNED;
}

/* ---- telling the view ---- */

static char *user_anchor(guint person)
{
	return g_strdup_printf("00000000-0000-0000-0000-%012u", person);
}

static char *group_anchor(guint group)
{
	return g_strdup_printf("00000001-0000-0000-0000-%012u", group);
}

static void add_text(Entry *entry, const char *name, const char *value)
{
	entry_add(entry, name, value, strlen(value));
}

static void add_member(Entry *entry, const char *rdn, guint number)
{
	g_autofree char *dn = g_strdup_printf("%s%u, DC=ex", rdn, number);
	entry_add_member(entry, dn, strlen(dn));
}

static Entry *user_entry(const World *world, guint person)
{
	g_autofree char *anchor = user_anchor(person);
	g_autofree char *dn = g_strdup_printf("uid=u%u,dc=ex", person);
	Entry *entry = entry_new(anchor, dn);

	add_text(entry, "employeetype", world->people[person].staff ? "staff" : "guest");
	if (world->people[person].locked)
		add_text(entry, "nsaccountlock", "true");
	return entry;
}

static Entry *group_entry(const World *world, guint group)
{
	g_autofree char *anchor = group_anchor(group);
	g_autofree char *dn = g_strdup_printf("cn=g%u,dc=ex", group);
	const Group *self = &world->groups[group];
	Entry *entry = entry_new(anchor, dn);

	for (guint i = 0; i < USERS; i++)
		if (self->people[i])
			add_member(entry, "uid=u", i);
	for (guint i = 0; i < GROUPS; i++)
		if (self->groups[i])
			add_member(entry, "CN=g", i);
	return entry;
}

static void put(ViewPull *pull, EntryKind kind, Entry *entry)
{
	g_autoptr(GError) error = NULL;
	ViewVerdict verdict;

	g_assert_true(view_pull_put(pull, entry, kind, &verdict, NULL, &error));
	entry_free(entry);
}

static void pull(World *world)
{
	g_autoptr(GError) error = NULL;
	ViewPull *self = view_pull_begin(world->state, world->source, &error);
	ViewPullEnd end = { .removals = TRUE, .cursor = "c", .now_us = 1 };
	ViewPullStats stats;

	for (guint i = 0; i < GROUPS; i++)
		if (world->groups[i].changed && world->groups[i].alive)
			put(self, ENTRY_GROUP, group_entry(world, i));
	for (guint i = 0; i < USERS; i++)
		if (world->people[i].changed && world->people[i].alive)
			put(self, ENTRY_USER, user_entry(world, i));
	for (guint i = 0; i < world->gone->len; i++)
		g_assert_true(view_pull_remove(self, g_ptr_array_index(world->gone, i), &error));
	g_assert_true(view_pull_commit(self, &end, &stats, &error));
	g_ptr_array_set_size(world->gone, 0);
	for (guint i = 0; i < GROUPS; i++)
		world->groups[i].changed = FALSE;
	for (guint i = 0; i < USERS; i++)
		world->people[i].changed = FALSE;
}

static void assign(World *world)
{
	g_autoptr(Result) result = result_new();
	g_autoptr(GError) error = NULL;
	Run run = { .config = world->config, .state = world->state, .now_us = 1, .result = result };

	g_assert_true(run_begin(world->state, "test", 1, &run.id, &error));
	g_assert_true(assign_touched(&run, &error));
	g_assert_no_error(error);
}

/* ---- what happens in the world ---- */

static guint pick(World *world, guint below)
{
	return (guint)g_rand_int_range(world->rand, 0, (gint32)below);
}

/* Toggles one membership of a person or of a group. Returns the member: persons first. */
static guint toggle_member(World *world)
{
	guint group = pick(world, GROUPS), member = pick(world, USERS + GROUPS);
	Group *self = &world->groups[group];
	gboolean *edge = member < USERS ? &self->people[member] : &self->groups[member - USERS];

	if (!self->alive ||
	    !(member < USERS ? world->people[member].alive : world->groups[member - USERS].alive))
		return toggle_member(world);
	*edge = !*edge;
	self->changed = TRUE;
	return member;
}

/* Nobody's group says that its member is gone: the view has to know. */
static void kill_person(World *world, guint person)
{
	world->people[person].alive = FALSE;
	world->people[person].changed = FALSE;
	g_ptr_array_add(world->gone, user_anchor(person));
	for (guint i = 0; i < GROUPS; i++)
		world->groups[i].people[person] = FALSE;
}

static void kill_group(World *world, guint group)
{
	Group *self = &world->groups[group];

	*self = (Group){ 0 };
	g_ptr_array_add(world->gone, group_anchor(group));
	for (guint i = 0; i < GROUPS; i++)
		world->groups[i].groups[group] = FALSE;
}

/* Who dies and returns between two pulls never died for the view, and keeps its memberships. */
static gboolean may_return(const World *world, char *anchor)
{
	g_autofree char *owned = anchor;

	return !g_ptr_array_find_with_equal_func(world->gone, owned, g_str_equal, NULL);
}

static void change_person(World *world, guint what)
{
	guint person = pick(world, USERS);
	Person *self = &world->people[person];

	if (!self->alive) {
		self->alive = self->changed = may_return(world, user_anchor(person));
	} else if (what == 0) {
		kill_person(world, person);
	} else {
		self->locked ^= what == 1;
		self->staff ^= what == 2;
		self->changed = TRUE;
	}
}

static void change_group(World *world)
{
	guint group = RULE_GROUPS + pick(world, GROUPS - RULE_GROUPS);

	if (world->groups[group].alive)
		kill_group(world, group);
	else
		world->groups[group].alive = world->groups[group].changed =
			may_return(world, group_anchor(group));
}

static void change(World *world)
{
	for (guint n = 1 + pick(world, 5); n > 0; n--) {
		guint what = pick(world, 10);

		if (what < 3)
			change_person(world, what);
		else if (what == 3)
			change_group(world);
		else
			toggle_member(world);
	}
}

/* ---- checking ---- */

static gint64 row_of(World *world, guint person)
{
	g_autofree char *anchor = user_anchor(person);
	g_autoptr(GError) error = NULL;
	gint64 row = 0;

	g_assert_true(view_find_anchor(world->state, world->source, anchor, &row, &error));
	if (row)
		world->people[person].row = row;
	return world->people[person].row;
}

static guint group_named(const json_t *names, size_t at)
{
	return (guint)g_ascii_strtoull(json_string_value(json_array_get(names, at)) + 1, NULL, 10);
}

/* The chain goes from the rule's group down to the person, over edges that exist, the short way. */
static void check_chain(const World *world, const json_t *reason, guint person)
{
	const json_t *names = json_object_get(reason, "names");
	size_t length = json_array_size(names);

	if (g_strcmp0(json_get_string(reason, "rule"), "all") == 0)
		return;
	g_assert_cmpuint(length, >, 0);
	g_assert_cmpuint(length, ==, world->groups[group_named(names, 0)].distance[person]);
	for (size_t i = 0; i + 1 < length; i++)
		g_assert_true(
			world->groups[group_named(names, i)].groups[group_named(names, i + 1)]);
	g_assert_true(world->groups[group_named(names, length - 1)].people[person]);
}

static void check_standing(World *world, const ModelApp *app, guint person)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) reason = NULL;
	Standing expected = model_standing(world, app, person), found = STANDING_UNASSIGNED;
	AppRow row = { 0 };
	gboolean known;

	g_assert_true(app_row_get(world->state, app->app, &row, &error));
	g_assert_true(assignment_get(world->state, row.id, row_of(world, person), &known, &found,
				     &reason, &error));
	app_row_clear(&row);
	if (!known) {
		/* Who never had anything to do with an app leaves no row. */
		g_assert_cmpint(expected, >, STANDING_DISABLED);
		return;
	}
	g_assert_cmpstr(standing_name(found), ==, standing_name(expected));
	if (found <= STANDING_OUT_OF_SCOPE)
		check_chain(world, reason, person);
}

static void check_world(World *world)
{
	measure(world);
	for (guint person = 0; person < USERS; person++)
		for (guint app = 0; app < G_N_ELEMENTS(model_apps); app++)
			check_standing(world, &model_apps[app], person);
}

static GArray *touched(const World *world)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;

	g_assert_true(view_touched(world->state, 0, 10 * USERS, rows, &error));
	return rows;
}

/* Groups are touched too: those that changed may be pushed. */
static guint count_users(World *world, const GArray *rows)
{
	g_autoptr(GError) error = NULL;
	guint users = 0;

	for (guint i = 0; i < rows->len; i++) {
		ViewEntry entry = { 0 };

		g_assert_true(
			view_load(world->state, g_array_index(rows, gint64, i), &entry, &error));
		users += entry.kind == ENTRY_USER;
		view_entry_clear(&entry);
	}
	return users;
}

/* One membership changed: exactly the member, or those beneath it, are to be looked at. */
static void check_touched(World *world, guint member)
{
	g_autoptr(GArray) rows = touched(world);
	guint expected = 0;

	measure(world);
	for (guint person = 0; person < USERS; person++) {
		gboolean affected = member < USERS
					    ? member == person
					    : world->groups[member - USERS].distance[person] < FAR;
		gboolean seen = FALSE;

		for (guint i = 0; i < rows->len; i++)
			seen |= g_array_index(rows, gint64, i) == row_of(world, person);
		g_assert_cmpint(seen, ==, affected && world->people[person].alive);
		expected += seen;
	}
	g_assert_cmpuint(count_users(world, rows), ==, expected);
}

/* ---- the tests ---- */

static World *world_new(void)
{
	World *world = g_new0(World, 1);
	g_autoptr(GError) error = NULL;
	g_autofree char *state = NULL, *app = NULL;
	ViewSource source = { 0 };

	world->rand = g_rand_new_with_seed(SEED);
	world->gone = g_ptr_array_new_with_free_func(g_free);
	world->bench = bench_new();
	app = bench_path(world->bench, "app.cfg");
	g_assert_true(g_file_set_contents(app, app_text, -1, NULL));
	world->config = bench_load(world->bench, config_text);
	bench_assert_problems(world->bench, "");
	state = bench_path(world->bench, "state.db");
	world->state = state_open(state, STATE_WRITE, &error);
	g_assert_no_error(error);
	g_assert_true(view_source_get(world->state, "corp", &source, &error));
	world->source = source.id;
	view_source_clear(&source);
	for (guint i = 0; i < USERS; i++)
		world->people[i] = (Person){ .alive = TRUE, .staff = i % 3 != 0, .changed = TRUE };
	for (guint i = 0; i < GROUPS; i++)
		world->groups[i].alive = world->groups[i].changed = TRUE;
	g_test_message("seed %u", SEED);
	return world;
}

static void world_free(World *world)
{
	state_close(world->state);
	config_free(world->config);
	bench_free(world->bench);
	g_ptr_array_unref(world->gone);
	g_rand_free(world->rand);
	g_free(world);
}

static void test_random(void)
{
	World *world = world_new();

	for (guint i = 0; i < 3 * GROUPS; i++)
		toggle_member(world);
	for (guint round = 0; round < ROUNDS; round++) {
		g_autoptr(GArray) left = NULL;

		pull(world);
		assign(world);
		check_world(world);
		left = touched(world);
		g_assert_cmpuint(left->len, ==, 0);
		change(world);
	}
	world_free(world);
}

static void test_only_affected(void)
{
	World *world = world_new();

	for (guint i = 0; i < 2 * GROUPS; i++)
		toggle_member(world);
	pull(world);
	assign(world);
	for (guint round = 0; round < ROUNDS; round++) {
		guint member = toggle_member(world);

		pull(world);
		check_touched(world, member);
		assign(world);
		check_world(world);
	}
	world_free(world);
}

static void test_idle(void)
{
	World *world = world_new();
	g_autoptr(GArray) rows = NULL;

	pull(world);
	assign(world);
	for (guint i = 0; i < USERS; i++)
		world->people[i].changed = TRUE;
	for (guint i = 0; i < GROUPS; i++)
		world->groups[i].changed = TRUE;
	pull(world);
	rows = touched(world);
	g_assert_cmpuint(rows->len, ==, 0);
	world_free(world);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rules/random-graphs", test_random);
	g_test_add_func("/rules/only-affected-people-are-touched", test_only_affected);
	g_test_add_func("/rules/same-facts-touch-nobody", test_idle);
	return g_test_run();
}
