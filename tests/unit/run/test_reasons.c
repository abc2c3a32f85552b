/*
 * Rules by filter and by OU, roles, and what reasons say of them.
 *
 * A small directory: people in OUs, an OU within an OU. The view is told of it what a server would
 * tell: of a renamed OU nothing but the OU.
 */
#include <string.h>

#include "../../../src/run/roles_internal.h"
#include "../../../src/run/rules_internal.h"
#include "../../../src/run/run_internal.h"
#include "base/json.h"
#include "run_support.h"
#include "state/history.h"
#include "state/view.h"

static const char config_text[] =
	"state = \"@DIR@/state.db\";\n"
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"none\"; },\n"
	"  { name = \"hr\"; type = \"ldif\"; file = \"none\"; } );\n"
	"apps = ( { name = \"app\"; type = \"mem\"; file = \"@DIR@/app.jsonl\";\n"
	"  map = ( { to = \"userName\"; from = \"[uid]\"; } );\n"
	"  assign = ( @RULES@ );\n@MORE@\n} );\n";

typedef struct {
	Bench *bench;
	Config *config;
	State *state;
	gint64 source;
} World;

static gint64 source_id(State *state, const char *name)
{
	g_autoptr(GError) error = NULL;
	ViewSource row = { 0 };

	g_assert_true(view_source_get(state, name, &row, &error));
	view_source_clear(&row);
	return row.id;
}

static World *world_new(const char *rules, const char *more)
{
	World *world = g_new0(World, 1);
	g_autoptr(GString) text = g_string_new(config_text);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;

	world->bench = bench_new();
	g_string_replace(text, "@RULES@", rules, 0);
	g_string_replace(text, "@MORE@", more, 0);
	world->config = bench_load(world->bench, text->str);
	bench_assert_problems(world->bench, "");
	path = bench_path(world->bench, "state.db");
	world->state = state_open(path, STATE_WRITE, &error);
	g_assert_no_error(error);
	world->source = source_id(world->state, "corp");
	return world;
}

static void world_free(World *world)
{
	state_close(world->state);
	config_free(world->config);
	bench_free(world->bench);
	g_free(world);
}

/* ---- telling the view ---- */

typedef struct {
	EntryKind kind;
	guint number;
	const char *dn, *title;
	const char *member; /* DN, or NULL */
} Fact;

static void put(ViewPull *pull, const Fact *fact)
{
	g_autofree char *anchor = g_strdup_printf("00000000-0000-0000-0000-%012u", fact->number);
	Entry *entry = entry_new(anchor, fact->dn);
	g_autoptr(GError) error = NULL;
	ViewVerdict verdict;

	if (fact->title)
		entry_add(entry, "title", fact->title, strlen(fact->title));
	if (fact->member)
		entry_add_member(entry, fact->member, strlen(fact->member));
	g_assert_true(view_pull_put(pull, entry, fact->kind, &verdict, NULL, &error));
	g_assert_no_error(error);
	entry_free(entry);
}

static void pull(World *world, const Fact *facts, guint count)
{
	g_autoptr(GError) error = NULL;
	ViewPull *self = view_pull_begin(world->state, world->source, &error);
	ViewPullEnd end = {
		.removals = TRUE,
		.cursor = "c",
		.now_us = 1,
	};
	ViewPullStats stats;

	for (guint i = 0; i < count; i++)
		put(self, &facts[i]);
	g_assert_true(view_pull_commit(self, &end, &stats, &error));
	g_assert_no_error(error);
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

/* ---- looking ---- */

static gint64 row_of(World *world, guint number)
{
	g_autofree char *anchor = g_strdup_printf("00000000-0000-0000-0000-%012u", number);
	g_autoptr(GError) error = NULL;
	gint64 row = 0;

	g_assert_true(view_find_anchor(world->state, world->source, anchor, &row, &error));
	return row;
}

/* Standing and reason, "assigned {...}"; "" if nothing is stored. */
static char *standing_of(World *world, guint number)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) reason = NULL;
	g_autofree char *text = NULL;
	Standing standing = STANDING_UNASSIGNED;
	AppRow row = { 0 };
	gboolean known;

	g_assert_true(app_row_get(world->state, "app", &row, &error));
	g_assert_true(assignment_get(world->state, row.id, row_of(world, number), &known, &standing,
				     &reason, &error));
	app_row_clear(&row);
	if (!known)
		return g_strdup("");
	text = json_canonical(reason);
	return g_strdup_printf("%s %s", standing_name(standing), text);
}

static void assert_standing(World *world, guint number, const char *expected)
{
	g_autofree char *found = standing_of(world, number);

	g_assert_cmpstr(found, ==, expected);
}

/* The numbers of those who are touched, in order: "3 4 ". */
static char *touched(World *world, guint highest)
{
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	g_autoptr(GError) error = NULL;
	GString *text = g_string_new(NULL);

	g_assert_true(view_touched(world->state, 0, 100, ids, &error));
	for (guint number = 1; number <= highest; number++)
		for (guint i = 0; i < ids->len; i++)
			if (g_array_index(ids, gint64, i) == row_of(world, number))
				g_string_append_printf(text, "%u ", number);
	return g_string_free(text, FALSE);
}

/* ---- the tests ---- */

#define SALES "ou=sales,dc=ex"
#define STAFF "ou=staff,dc=ex"

static const Fact directory[] = {
	{ ENTRY_CONTAINER, 1, SALES, NULL, NULL },
	{ ENTRY_CONTAINER, 2, STAFF, NULL, NULL },
	{ ENTRY_CONTAINER, 3, "ou=team," STAFF, NULL, NULL },
	{ ENTRY_USER, 4, "uid=ann," SALES, "boss", NULL },
	{ ENTRY_USER, 5, "uid=bob,ou=team," STAFF, "clerk", NULL },
	{ ENTRY_USER, 6, "uid=cid,ou=deep,ou=team," STAFF, NULL, NULL },
	{ ENTRY_USER, 7, "uid=dan," STAFF, "Boss", NULL },
	{ ENTRY_GROUP, 8, "cn=g," STAFF, NULL, "uid=bob,ou=team," STAFF },
	{ ENTRY_USER, 9, "uid=eve,ou=sales\\,dc\\=ex,dc=ex", NULL, NULL },
};

static void test_moved_ou(void)
{
	static const Fact moved = { ENTRY_CONTAINER, 3, "ou=crew," SALES, NULL, NULL };
	World *world = world_new("{ ou = \"OU=Sales , DC=ex\"; }", "");
	g_autofree char *looked_at = NULL;

	pull(world, directory, G_N_ELEMENTS(directory));
	assign(world);
	assert_standing(world, 4, "assigned {\"ou\":\"OU=Sales , DC=ex\",\"rule\":\"ou\"}");
	assert_standing(world, 5, "");
	assert_standing(world, 9, "");
	pull(world, &moved, 1);
	looked_at = touched(world, 9);
	g_assert_cmpstr(looked_at, ==, "5 6 ");
	assign(world);
	assert_standing(world, 5, "assigned {\"ou\":\"OU=Sales , DC=ex\",\"rule\":\"ou\"}");
	assert_standing(world, 6, "assigned {\"ou\":\"OU=Sales , DC=ex\",\"rule\":\"ou\"}");
	pull(world, &directory[2], 1);
	assign(world);
	assert_standing(world, 6,
			"unassigned {\"was\":{\"ou\":\"OU=Sales , DC=ex\",\"rule\":\"ou\"}}");
	world_free(world);
}

static void test_filter(void)
{
	World *world = world_new("{ filter = \"(title=boss)\"; },"
				 "{ group = \"cn=g," STAFF
				 "\"; filter = \"(title=*)\"; ou = \"" STAFF "\"; }",
				 "exclude = ( { ou = \"" SALES "\"; filter = \"(title=b*)\"; } );");

	pull(world, directory, G_N_ELEMENTS(directory));
	assign(world);
	assert_standing(world, 7, "assigned {\"filter\":\"(title=boss)\",\"rule\":\"filter\"}");
	assert_standing(world, 5,
			"assigned {\"chain\":[\"00000000-0000-0000-0000-000000000008\"],"
			"\"filter\":\"(title=*)\",\"group\":\"cn=g," STAFF "\",\"names\":[\"g\"],"
			"\"ou\":\"" STAFF "\",\"rule\":\"group\"}");
	assert_standing(world, 6, "");
	assert_standing(world, 4, "");
	world_free(world);
}

/* A rule by OU with a source holds for nobody of another source. */
static void test_source(void)
{
	World *world = world_new("{ ou = \"" SALES "\"; source = \"corp\"; }", "");

	pull(world, directory, G_N_ELEMENTS(directory));
	world->source = source_id(world->state, "hr");
	pull(world, directory, G_N_ELEMENTS(directory));
	assign(world);
	assert_standing(world, 4, "");
	world->source = source_id(world->state, "corp");
	assert_standing(world, 4, "assigned {\"ou\":\"" SALES "\",\"rule\":\"ou\"}");
	world_free(world);
}

static void assert_problem(World *world, const char *part)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Rules) rules = rules_new(world->config, world->state, 1, &error);

	g_assert_no_error(error);
	if (part)
		g_assert_nonnull(strstr(rules_problem(rules, 0), part));
	else
		g_assert_null(rules_problem(rules, 0));
}

/* An OU is there if something is beneath it, and an unknown one is no empty one. */
static void test_unknown_ou(void)
{
	static const Fact empty = { ENTRY_CONTAINER, 10, "ou=empty,dc=ex", NULL, NULL };
	World *known = world_new("{ ou = \"dc=ex\"; }, { ou = \"ou=deep,ou=team," STAFF "\"; }",
				 "");
	World *unknown = world_new("{ ou = \"ou=empty,dc=ex\"; }", "");

	assert_problem(known, "never read completely");
	pull(known, directory, G_N_ELEMENTS(directory));
	assert_problem(known, NULL);
	pull(unknown, directory, G_N_ELEMENTS(directory));
	unknown->source = source_id(unknown->state, "hr");
	pull(unknown, directory, G_N_ELEMENTS(directory));
	assert_problem(unknown, "names the OU 'ou=empty,dc=ex'");
	pull(unknown, &empty, 1);
	assert_problem(unknown, NULL);
	world_free(known);
	world_free(unknown);
}

#define RULE(name, number)                                                      \
	&(AssignRule)                                                           \
	{                                                                       \
		.group = (char *)name, .role = (char *)name, .priority = number \
	}

static void assert_roles(AssignRule **rules, guint count, const char *expected)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	g_autoptr(json_t) reason = json_object();
	g_autoptr(GString) found = g_string_new(NULL);
	g_autofree ExprRole *roles = NULL;
	guint n;

	for (guint i = 0; i < count; i++)
		g_ptr_array_add(list, rules[i]);
	json_object_set_new(reason, "roles", roles_json(list));
	roles = roles_of_reason(reason, &n);
	for (guint i = 0; i < n; i++)
		g_string_append_printf(found, "%s=%d ", roles[i].name, (int)roles[i].priority);
	g_assert_cmpstr(found->str, ==, expected);
}

static void test_role_order(void)
{
	AssignRule *rules[] = { RULE("a", 0), RULE("b", 5), RULE("c", 0),
				RULE("a", 7), RULE("d", 5), RULE("b", -1) };
	guint count;
	ExprRole *none = roles_of_reason(NULL, &count);

	g_free(none);
	assert_roles(rules, 0, "");
	assert_roles(rules, 1, "a=0 ");
	assert_roles(rules, G_N_ELEMENTS(rules), "a=7 b=5 d=5 c=0 ");
	g_assert_cmpuint(count, ==, 0);
}

/* All rules that hold give their roles; a change of roles alone is work. */
static void test_roles_in_reason(void)
{
	static const Fact promoted = { ENTRY_USER, 4, "uid=ann," SALES, "chief", NULL };
	World *world = world_new("{ ou = \"" SALES "\"; role = \"user\"; },"
				 "{ filter = \"(title=chief)\"; role = \"admin\"; priority = 3; }",
				 "");
	AppRow row = { 0 };
	g_autoptr(GError) error = NULL;
	g_autoptr(Work) work = NULL;

	pull(world, directory, G_N_ELEMENTS(directory));
	assign(world);
	assert_standing(world, 4,
			"assigned {\"ou\":\"" SALES "\",\"role\":\"user\",\"roles\":["
			"{\"ou\":\"" SALES
			"\",\"priority\":0,\"role\":\"user\"}],\"rule\":\"ou\"}");
	g_assert_true(app_row_get(world->state, "app", &row, &error));
	g_assert_true(work_done(world->state, row.id, row_of(world, 4), &error));
	pull(world, &promoted, 1);
	assign(world);
	assert_standing(world, 4,
			"assigned {\"ou\":\"" SALES "\",\"role\":\"user\",\"roles\":["
			"{\"filter\":\"(title=chief)\",\"priority\":3,\"role\":\"admin\"},"
			"{\"ou\":\"" SALES
			"\",\"priority\":0,\"role\":\"user\"}],\"rule\":\"ou\"}");
	g_assert_true(work_find(world->state, row.id, row_of(world, 4), &work, &error));
	g_assert_nonnull(work);
	app_row_clear(&row);
	world_free(world);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/reasons/moved-ou-touches-those-beneath", test_moved_ou);
	g_test_add_func("/reasons/filter-and-what-is-named-beside-it", test_filter);
	g_test_add_func("/reasons/people-of-the-rules-source", test_source);
	g_test_add_func("/reasons/an-unknown-ou-is-no-empty-one", test_unknown_ou);
	g_test_add_func("/reasons/order-of-roles", test_role_order);
	g_test_add_func("/reasons/roles-of-all-rules-that-hold", test_roles_in_reason);
	return g_test_run();
}
