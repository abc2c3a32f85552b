/*
 * Groups of the mem target: what it answers, how strict it is, and what its file holds.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"

static char *file_with(const char *lines)
{
	g_autofree char *folder = g_dir_make_tmp("mem-XXXXXX", NULL);
	char *file = g_build_filename(folder, "accounts", NULL);

	g_file_set_contents(file, lines, -1, NULL);
	return file;
}

static const char people[] = "{\"id\":\"m1\",\"document\":{\"id\":\"m1\",\"userName\":\"a\"}}\n"
			     "{\"id\":\"m2\",\"document\":{\"id\":\"m2\",\"userName\":\"b\"}}\n"
			     "{\"id\":\"m3\",\"document\":{\"id\":\"m3\",\"userName\":\"c\"}}\n";

static TargetOutcome ask(Target *target, TargetRequest request)
{
	Got got = drive(target, request);
	TargetOutcome outcome = got.outcome;

	g_assert_cmpint(got.detail != NULL, ==, outcome != TARGET_OK);
	got_clear(&got);
	return outcome;
}

static TargetOutcome create(Target *target, const char *name, const char *anchor, const char *id)
{
	g_autoptr(json_t) resource = json_object();
	json_object_set_new(resource, "displayName", json_string(name));
	Got got = drive(target, (TargetRequest){ .verb = TARGET_GROUP_CREATE,
						 .anchor = anchor,
						 .resource = resource });
	TargetOutcome outcome = got.outcome;

	g_assert_cmpstr(got.id, ==, id);
	got_clear(&got);
	return outcome;
}

static TargetOutcome rename_group(Target *target, const char *id, const char *name)
{
	g_autoptr(json_t) resource = json_object();
	json_object_set_new(resource, "displayName", json_string(name));
	return ask(target,
		   (TargetRequest){ .verb = TARGET_GROUP_RENAME, .id = id, .resource = resource });
}

/* "m1 m2 @g2": a @ marks a group. */
static TargetOutcome members(Target *target, TargetVerb verb, const char *group, const char *words)
{
	g_auto(GStrv) ids = g_strsplit(words, " ", -1);
	TargetMember list[8];
	guint count = 0;

	for (; ids[count]; count++) {
		gboolean is_group = ids[count][0] == '@';
		list[count] = (TargetMember){ .id = ids[count] + is_group, .is_group = is_group };
	}
	return ask(target,
		   (TargetRequest){
			   .verb = verb, .id = group, .members = list, .member_count = count });
}

static void assert_members(Target *target, const char *group, const char *wanted)
{
	g_autofree char *text = members_text(target, group);
	g_assert_cmpstr(text, ==, wanted);
}

static Target *reopen(Target *target, char *file)
{
	target->ops->close(target);
	target = open_mem_target(file, 100, NULL, NULL);
	g_assert_nonnull(target);
	return target;
}

static void test_life_of_a_group(void)
{
	g_autofree char *file = file_with(people);
	Target *target = open_mem_target(file, 100, NULL, NULL);

	g_assert_cmpint(create(target, "Sales", "anchor", "g1"), ==, TARGET_OK);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "m1 m2"), ==, TARGET_OK);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "m2 m3"), ==, TARGET_OK);
	g_assert_cmpint(members(target, TARGET_MEMBERS_REMOVE, "g1", "m1 m9"), ==, TARGET_OK);
	g_assert_cmpint(rename_group(target, "g1", "Sales and Service"), ==, TARGET_OK);
	target = reopen(target, file);
	assert_members(target, "g1", "m2,m3");
	Got got = drive(target, (TargetRequest){ .verb = TARGET_GROUP_LOOKUP,
						 .match_path = "displayName",
						 .match_value = "sales AND service" });
	assert_json(got.documents,
		    "[{'id':'g1','externalId':'anchor','displayName':'Sales and Service'}]");
	got_clear(&got);

	/* Who is deleted is in no group any more, also after a restart. */
	g_assert_cmpint(ask(target, (TargetRequest){ .verb = TARGET_DELETE, .id = "m2" }), ==,
			TARGET_OK);
	assert_members(target, "g1", "m3");
	target = reopen(target, file);
	assert_members(target, "g1", "m3");

	g_assert_cmpint(ask(target, (TargetRequest){ .verb = TARGET_GROUP_DELETE, .id = "g1" }), ==,
			TARGET_OK);
	g_assert_cmpint(rename_group(target, "g1", "x"), ==, TARGET_ABSENT);
	target = reopen(target, file);
	/* The name is free again; the id is not given twice. */
	g_assert_cmpint(create(target, "Sales and Service", NULL, "g2"), ==, TARGET_OK);
	target->ops->close(target);
}

static void test_strictness(void)
{
	g_autofree char *file = file_with(people);
	Target *target = open_mem_target(file, 2, NULL, NULL);

	g_assert_cmpuint(target->add_batch, ==, 2);
	create(target, "One", "1", "g1");
	create(target, "Two", "2", "g2");
	g_assert_cmpint(create(target, "oNE", "3", NULL), ==, TARGET_EXISTS);
	g_assert_cmpint(rename_group(target, "g2", "ONE"), ==, TARGET_REJECTED);
	g_assert_cmpint(rename_group(target, "g2", "TWO"), ==, TARGET_OK);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "m1 m9"), ==, TARGET_REJECTED);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "m1 m2 m3"), ==, TARGET_REJECTED);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "@g1"), ==, TARGET_REJECTED);
	/* An account is no group, and a group no account. */
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "@m1"), ==, TARGET_REJECTED);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "g2"), ==, TARGET_REJECTED);
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g9", "m1"), ==, TARGET_ABSENT);
	assert_members(target, "g1", "");
	g_assert_cmpint(members(target, TARGET_MEMBERS_ADD, "g1", "@g2 m1"), ==, TARGET_OK);
	assert_members(target, "g1", "g2,m1");
	target->ops->close(target);
}

/* One member more of a large group is a short line, and none is written for what is true. */
static void test_the_file(void)
{
	g_autofree char *file = file_with(people);
	Target *target = open_mem_target(file, 100, NULL, NULL);
	g_autofree char *text = NULL;

	create(target, "Sales", "s", "g1");
	members(target, TARGET_MEMBERS_ADD, "g1", "m1 m2");
	members(target, TARGET_MEMBERS_ADD, "g1", "m2 m1");
	members(target, TARGET_MEMBERS_ADD, "g1", "m1 m3");
	members(target, TARGET_MEMBERS_REMOVE, "g1", "m1");
	members(target, TARGET_MEMBERS_REMOVE, "g1", "m1");
	rename_group(target, "g1", "Sale");
	rename_group(target, "g1", "Sale");
	ask(target, (TargetRequest){ .verb = TARGET_GROUP_DELETE, .id = "g1" });
	target->ops->close(target);
	g_file_get_contents(file, &text, NULL, NULL);
	g_assert_cmpstr(text + strlen(people), ==,
			"{\"group\":{\"displayName\":\"Sales\",\"externalId\":\"s\",\"id\":\"g1\"},"
			"\"id\":\"g1\"}\n"
			"{\"add\":[\"m1\",\"m2\"],\"id\":\"g1\"}\n"
			"{\"add\":[\"m3\"],\"id\":\"g1\"}\n"
			"{\"id\":\"g1\",\"remove\":[\"m1\"]}\n"
			"{\"id\":\"g1\",\"set\":{\"displayName\":\"Sale\"}}\n"
			"{\"deleted\":true,\"id\":\"g1\"}\n");
}

static void test_made_by_others(void)
{
	g_autofree char *lines =
		g_strconcat(people,
			    "{\"id\":\"x9\",\"group\":{\"id\":\"x9\",\"displayName\":\"Sales\","
			    "\"members\":[{\"value\":\"m1\"},{\"value\":\"m3\"}]}}\n"
			    "{\"id\":\"x9\",\"add\":[\"m2\"]}\n",
			    NULL);
	g_autofree char *file = file_with(lines);
	Target *target = open_mem_target(file, 100, NULL, NULL);

	assert_members(target, "x9", "m1,m2,m3");
	/* A search shows no members: there may be a hundred thousand. */
	Got got = drive(target, (TargetRequest){ .verb = TARGET_GROUP_LOOKUP,
						 .match_path = "displayName",
						 .match_value = "sales" });
	assert_json(got.documents, "[{'id':'x9','displayName':'Sales'}]");
	got_clear(&got);
	target->ops->close(target);

	g_autofree char *damaged = file_with("{\"id\":\"g7\",\"add\":[\"m1\"]}\n");
	g_autoptr(GError) error = NULL;
	g_assert_null(open_mem_target(damaged, 100, NULL, &error));
	g_assert_true(error_is(error, ERROR_DOWN));
}

static void test_abilities_taken_away(void)
{
	static const struct {
		const char *lacks;
		guint caps; /* left, of the two */
	} cases[] = {
		{ "groups", 0 },
		{ "group_rename", TARGET_CAN_GROUPS | TARGET_CAN_CREATE_GROUP },
		{ "group_create", TARGET_CAN_GROUPS },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *file = file_with("");
		Target *target = open_mem_target(file, 100, cases[i].lacks, NULL);
		gboolean makes = cases[i].caps & TARGET_CAN_CREATE_GROUP;

		g_assert_cmpuint(target->caps & (TARGET_CAN_GROUPS | TARGET_CAN_CREATE_GROUP), ==,
				 cases[i].caps);
		g_assert_cmpint(create(target, "x", NULL, makes ? "g1" : NULL), ==,
				makes ? TARGET_OK : TARGET_REJECTED);
		g_assert_cmpint(rename_group(target, "g1", "y"), ==,
				i < 2 ? TARGET_REJECTED : TARGET_ABSENT);
		target->ops->close(target);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mem-group/life", test_life_of_a_group);
	g_test_add_func("/mem-group/strictness", test_strictness);
	g_test_add_func("/mem-group/file", test_the_file);
	g_test_add_func("/mem-group/made-by-others", test_made_by_others);
	g_test_add_func("/mem-group/abilities-taken-away", test_abilities_taken_away);
	return g_test_run();
}
