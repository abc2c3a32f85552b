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
	struct {
		char *file;
	} conf = { file };
	TargetSetup setup = { .app = "test", .conf = &conf };
	return target_find("mem")->open(&setup, NULL);
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
	g_autoptr(json_t) changes = json_of("[{'path':'password','old':'hunter2','new':'hunter3'},"
					    "{'path':'title','new':'Boss'}]");
	Got got = drive(target,
			(TargetRequest){ .verb = TARGET_UPDATE, .id = "m1", .changes = changes });
	got_clear(&got);
	target->ops->close(target);

	g_file_get_contents(path, &text, NULL, NULL);
	g_assert_null(strstr(text, "hunter"));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 5);
	g_autoptr(json_t) answer = json_loads(lines[1], 0, NULL);
	g_assert_cmpstr(json_get_string(answer, "event"), ==, "answer");
	g_assert_cmpstr(json_get_string(answer, "app"), ==, "zoom");
	g_assert_cmpstr(json_get_string(answer, "verb"), ==, "create");
	g_assert_cmpstr(json_get_string(answer, "id"), ==, "m1");
	g_assert_cmpstr(json_get_string(answer, "outcome"), ==, "ok");
	g_autoptr(json_t) request = json_loads(lines[2], 0, NULL);
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

static void test_bad_rules(void)
{
	static const char *const bad[] = { "",
					   "create",
					   "create 0 lost",
					   "create x lost",
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

static void test_registry(void)
{
	const char *const *types = target_types();

	g_assert_null(target_find("ldap"));
	for (guint i = 0; types[i]; i++)
		g_assert_cmpstr(target_find(types[i])->name, ==, types[i]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/decorators/dryrun", test_dryrun);
	g_test_add_func("/decorators/trace", test_trace);
	g_test_add_func("/decorators/trace-without-a-file", test_trace_without_a_file);
	g_test_add_func("/decorators/faults", test_faults);
	g_test_add_func("/decorators/bad-rules", test_bad_rules);
	g_test_add_func("/decorators/registry", test_registry);
	return g_test_run();
}
