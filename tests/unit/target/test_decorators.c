/*
 * dryrun, trace and fault, each over a mem target.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"
#include "target/decorators.h"

static char *fresh_file(const char *name)
{
	g_autofree char *folder = g_dir_make_tmp("deco-XXXXXX", NULL);
	return g_build_filename(folder, name, NULL);
}

static Target *open_mem(char *file)
{
	return open_mem_target(file, 100, NULL, NULL);
}

static TargetOutcome create(Target *target, const char *resource_text)
{
	g_autoptr(json_t) resource = json_of(resource_text);
	Got got = drive(target, (TargetRequest){ .verb = TARGET_CREATE, .resource = resource });
	TargetOutcome outcome = got.outcome;

	/* An id only where the account was made, and known to be. */
	g_assert_cmpint(got.id != NULL, ==, outcome == TARGET_OK);
	g_assert_cmpint(got.detail != NULL, ==, outcome != TARGET_OK);
	got_clear(&got);
	return outcome;
}

static TargetOutcome lookup(Target *target, const char *name)
{
	Got got = drive(target, (TargetRequest){ .verb = TARGET_LOOKUP,
						 .match_path = "userName",
						 .match_value = name });
	TargetOutcome outcome = got.outcome;
	got_clear(&got);
	return outcome;
}

static void test_dryrun(void)
{
	g_autofree char *file = fresh_file("accounts");
	Target *mem = open_mem(file);
	g_assert_cmpint(create(mem, "{'userName':'a'}"), ==, TARGET_OK);
	g_autofree char *before = NULL, *after = NULL;
	g_file_get_contents(file, &before, NULL, NULL);

	Target *target = target_dryrun(mem);
	g_autoptr(json_t) none = json_array();
	for (TargetVerb verb = TARGET_CREATE; verb < TARGET_VERBS; verb++) {
		Got got = drive(target, (TargetRequest){ .verb = verb,
							 .id = "m1",
							 .resource = none,
							 .changes = none });
		g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
		g_assert_cmpstr(got.detail, ==, "dry run");
		got_clear(&got);
	}
	g_assert_cmpint(lookup(target, "a"), ==, TARGET_OK);
	/* The driver's identity shines through. */
	g_assert_cmpstr(target->ops->name, ==, "mem");
	g_assert_cmpstr(target->ops->active_path, ==, "active");
	g_assert_cmpuint(target->caps, ==, mem->caps);
	target->ops->close(target);
	g_file_get_contents(file, &after, NULL, NULL);
	g_assert_cmpstr(before, ==, after);
}

static void test_trace(void)
{
	g_autofree char *file = fresh_file("accounts");
	g_autofree char *path = fresh_file("trace");
	Target *target = target_trace(open_mem(file), path, "zoom", NULL);
	g_autofree char *text = NULL;

	create(target, "{'userName':'a','password':'hunter2'}");
	g_autoptr(json_t) secret = json_of("{'userName':'b','nickName':'hunter4'}");
	g_autoptr(json_t) shown = json_of("{'userName':'b','nickName':'[Redact]'}");
	Got made = drive(target, (TargetRequest){ .verb = TARGET_CREATE,
						  .resource = secret,
						  .resource_shown = shown });
	got_clear(&made);
	g_autoptr(json_t) changes = json_of("[{'path':'password','old':'hunter2','new':'hunter3'},"
					    "{'path':'title','new':'Boss'}]");
	Got got = drive(target,
			(TargetRequest){ .verb = TARGET_UPDATE, .id = "m1", .changes = changes });
	got_clear(&got);
	target->ops->close(target);

	g_file_get_contents(path, &text, NULL, NULL);
	g_assert_null(strstr(text, "hunter"));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 7);
	g_autoptr(json_t) answer = json_loads(lines[1], 0, NULL);
	g_assert_cmpstr(json_get_string(answer, "event"), ==, "answer");
	g_assert_cmpstr(json_get_string(answer, "app"), ==, "zoom");
	g_assert_cmpstr(json_get_string(answer, "verb"), ==, "create");
	g_assert_cmpstr(json_get_string(answer, "id"), ==, "m1");
	g_assert_cmpstr(json_get_string(answer, "outcome"), ==, "ok");
	g_autoptr(json_t) hidden = json_loads(lines[2], 0, NULL);
	assert_json(json_object_get(hidden, "resource"), "{'userName':'b','nickName':'[Redact]'}");
	g_autoptr(json_t) request = json_loads(lines[4], 0, NULL);
	assert_json(json_object_get(request, "changes"),
		    "[{'path':'password','old':'***','new':'***'},{'path':'title','new':'Boss'}]");
}

static void test_trace_without_a_file(void)
{
	g_autofree char *file = fresh_file("accounts");
	g_autoptr(GError) error = NULL;
	Target *mem = open_mem(file);

	g_assert_null(target_trace(mem, "/nonexistent/trace", "zoom", &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	/* Still ours. */
	g_assert_cmpint(lookup(mem, "a"), ==, TARGET_ABSENT);
	mem->ops->close(mem);
}

static Target *faulty(char *file, const char *rule, GError **error)
{
	g_autoptr(GPtrArray) rules = g_ptr_array_new();

	g_ptr_array_add(rules, (char *)rule);
	Target *mem = open_mem(file);
	Target *target = target_fault(mem, rules, error);
	if (!target)
		mem->ops->close(mem);
	return target;
}

static void test_faults(void)
{
	static const struct {
		const char *rule;
		TargetOutcome outcome;
		gboolean done;
	} cases[] = {
		{ "create 2 lost", TARGET_UNKNOWN, TRUE },
		{ "create 2 cut", TARGET_UNKNOWN, FALSE },
		{ "create 2 later", TARGET_LATER, FALSE },
		{ "create 2 reject", TARGET_REJECTED, FALSE },
		{ "create 2 down", TARGET_DOWN, FALSE },
		{ "create 2 taken", TARGET_EXISTS, FALSE },
		{ "delete 2 down", TARGET_OK, TRUE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *file = fresh_file("accounts");
		Target *target = faulty(file, cases[i].rule, NULL);

		g_assert_cmpint(create(target, "{'userName':'a'}"), ==, TARGET_OK);
		g_assert_cmpint(create(target, "{'userName':'b'}"), ==, cases[i].outcome);
		g_assert_cmpint(lookup(target, "b"), ==, cases[i].done ? TARGET_OK : TARGET_ABSENT);
		g_assert_cmpint(create(target, "{'userName':'c'}"), ==, TARGET_OK);
		target->ops->close(target);
	}
}

static void test_onwards(void)
{
	g_autofree char *file = fresh_file("accounts");
	Target *target = faulty(file, "create 2+ cut", NULL);

	g_assert_cmpint(create(target, "{'userName':'a'}"), ==, TARGET_OK);
	for (guint i = 0; i < 3; i++)
		g_assert_cmpint(create(target, "{'userName':'b'}"), ==, TARGET_UNKNOWN);
	g_assert_cmpint(lookup(target, "b"), ==, TARGET_ABSENT);
	target->ops->close(target);
}

static void test_bad_rules(void)
{
	static const char *const bad[] = { "",
					   "create",
					   "create 0 lost",
					   "create x lost",
					   "create + lost",
					   "make 1 lost",
					   "create 1 gone",
					   "create 1 lost twice" };

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autofree char *file = fresh_file("accounts");
		g_autoptr(GError) error = NULL;
		g_assert_null(faulty(file, bad[i], &error));
		g_assert_true(error_is(error, ERROR_CONFIG));
	}
}

/* A group with its people; the requests of the tests below. */
static Target *open_with_group(char *file)
{
	Target *mem = open_mem(file);
	g_autoptr(json_t) resource = json_of("{'displayName':'Sales'}");

	create(mem, "{'userName':'a'}");
	create(mem, "{'userName':'b'}");
	Got got = drive(mem, (TargetRequest){ .verb = TARGET_GROUP_CREATE, .resource = resource });
	g_assert_cmpstr(got.id, ==, "g1");
	got_clear(&got);
	return mem;
}

static TargetOutcome add_members(Target *target)
{
	static const TargetMember members[] = { { .id = "m1" }, { .id = "m2" } };
	Got got = drive(target, (TargetRequest){ .verb = TARGET_MEMBERS_ADD,
						 .id = "g1",
						 .members = members,
						 .member_count = G_N_ELEMENTS(members) });
	TargetOutcome outcome = got.outcome;

	got_clear(&got);
	return outcome;
}

static void assert_members(Target *target, const char *wanted)
{
	g_autofree char *text = members_text(target, "g1");
	g_assert_cmpstr(text, ==, wanted);
}

/* Groups are read through a dry run, and not changed. */
static void test_dryrun_of_groups(void)
{
	g_autofree char *file = fresh_file("accounts");
	Target *target = target_dryrun(open_with_group(file));

	g_assert_cmpint(add_members(target), ==, TARGET_REJECTED);
	assert_members(target, "");
	Got got = drive(target, (TargetRequest){ .verb = TARGET_GROUP_LOOKUP,
						 .match_path = "displayName",
						 .match_value = "sales" });
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	target->ops->close(target);
}

static void test_faults_of_groups(void)
{
	static const struct {
		const char *rule;
		TargetOutcome outcome;
		const char *members;
	} cases[] = {
		{ "members_add 1 lost", TARGET_UNKNOWN, "m1,m2" },
		{ "members_add 1 cut", TARGET_UNKNOWN, "" },
		{ "group_create 1 down", TARGET_OK, "m1,m2" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *file = fresh_file("accounts");
		g_autoptr(GPtrArray) rules = g_ptr_array_new();

		g_ptr_array_add(rules, (char *)cases[i].rule);
		Target *target = target_fault(open_with_group(file), rules, NULL);
		g_assert_cmpint(add_members(target), ==, cases[i].outcome);
		assert_members(target, cases[i].members);
		target->ops->close(target);
	}
}

static void test_trace_of_groups(void)
{
	g_autofree char *file = fresh_file("accounts");
	g_autofree char *path = fresh_file("trace");
	Target *target = target_trace(open_with_group(file), path, "zoom", NULL);
	g_autofree char *text = NULL;

	add_members(target);
	target->ops->close(target);
	g_file_get_contents(path, &text, NULL, NULL);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(json_t) request = json_loads(lines[0], 0, NULL);
	json_object_del(request, "at");
	assert_json(request, "{'app':'zoom','event':'request','verb':'members_add','id':'g1',"
			     "'members':['m1','m2'],'count':2}");
}

/* A very large group does not fill the disk. */
static void test_trace_of_many_members(void)
{
	g_autofree char *file = fresh_file("accounts");
	g_autofree char *path = fresh_file("trace");
	Target *target = target_trace(open_with_group(file), path, "zoom", NULL);
	g_autofree TargetMember *many = g_new0(TargetMember, 5000);
	g_autofree char *text = NULL;

	for (guint i = 0; i < 5000; i++)
		many[i].id = "m1";
	Got got = drive(target, (TargetRequest){ .verb = TARGET_MEMBERS_REMOVE,
						 .id = "g1",
						 .members = many,
						 .member_count = 5000 });
	got_clear(&got);
	target->ops->close(target);
	g_file_get_contents(path, &text, NULL, NULL);
	g_assert_nonnull(strstr(text, "\"count\":5000"));
	g_assert_cmpuint(strlen(text), <, 2000);
}

/* What a driver learns while it works is heard above. */
static guint learning_step(Target *target, guint timeout_ms, TargetDoneFn done, void *data)
{
	target->add_batch = 7;
	return 0;
}

static void nothing_to_close(Target *target)
{
}

static void test_learning_is_heard(void)
{
	static const TargetOps ops = { .step = learning_step, .close = nothing_to_close };
	Target driver = { .ops = &ops, .add_batch = 100 };
	Target *target = target_dryrun(&driver);

	g_assert_cmpuint(target->add_batch, ==, 100);
	target->ops->step(target, 0, NULL, NULL);
	g_assert_cmpuint(target->add_batch, ==, 7);
	target->ops->close(target);
}

static void test_registry(void)
{
	const char *const *types = target_types();

	g_assert_null(target_find("ldap"));
	for (guint i = 0; types[i]; i++)
		g_assert_cmpstr(target_find(types[i])->name, ==, types[i]);
}

/* A password is in no line of a trace. */
static void test_trace_of_a_password(void)
{
	g_autofree char *file = fresh_file("accounts");
	g_autofree char *path = fresh_file("trace");
	Target *target = target_trace(open_mem(file), path, "zoom", NULL);
	g_autoptr(Secret) password = secret_new("hunter2-hunter2", 15);
	g_autofree char *text = NULL;
	Got got;

	create(target, "{'userName':'a'}");
	got = drive(target,
		    (TargetRequest){ .verb = TARGET_PASSWORD, .id = "m1", .password = password });
	g_assert_cmpint(got.outcome, ==, TARGET_OK);
	got_clear(&got);
	target->ops->close(target);
	g_file_get_contents(path, &text, NULL, NULL);
	g_assert_nonnull(strstr(text, "\"verb\":\"password\""));
	g_assert_null(strstr(text, "hunter2"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decorators/dryrun", test_dryrun);
	g_test_add_func("/decorators/trace", test_trace);
	g_test_add_func("/decorators/trace-of-a-password", test_trace_of_a_password);
	g_test_add_func("/decorators/trace-without-a-file", test_trace_without_a_file);
	g_test_add_func("/decorators/faults", test_faults);
	g_test_add_func("/decorators/faults-onwards", test_onwards);
	g_test_add_func("/decorators/bad-rules", test_bad_rules);
	g_test_add_func("/decorators/dryrun-of-groups", test_dryrun_of_groups);
	g_test_add_func("/decorators/faults-of-groups", test_faults_of_groups);
	g_test_add_func("/decorators/trace-of-groups", test_trace_of_groups);
	g_test_add_func("/decorators/trace-of-many-members", test_trace_of_many_members);
	g_test_add_func("/decorators/learning-is-heard", test_learning_is_heard);
	g_test_add_func("/decorators/registry", test_registry);
	return g_test_run();
}
