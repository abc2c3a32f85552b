/*
 * The mem target: what it answers, and what its file holds after it was closed or cut off.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"

static char *fresh_file(void)
{
	g_autofree char *folder = g_dir_make_tmp("mem-XXXXXX", NULL);
	return g_build_filename(folder, "accounts", NULL);
}

static Target *open_mem(char *file, GError **error)
{
	return open_mem_target(file, 100, NULL, error);
}

static char *create(Target *target, const char *resource_text, TargetOutcome outcome)
{
	g_autoptr(json_t) resource = json_of(resource_text);
	Got got = drive(target, (TargetRequest){ .verb = TARGET_CREATE,
						 .anchor = "anchor",
						 .resource = resource });
	char *id = g_strdup(got.id);

	g_assert_cmpint(got.outcome, ==, outcome);
	got_clear(&got);
	return id;
}

static void expect(Target *target, TargetRequest request, TargetOutcome outcome,
		   const char *documents)
{
	Got got = drive(target, request);

	g_assert_cmpint(got.outcome, ==, outcome);
	if (documents) {
		json_t *document;
		size_t i;
		json_array_foreach (got.documents, i, document)
			json_object_del(document, "schemas");
		assert_json(got.documents, documents);
	}
	got_clear(&got);
}

static void test_life_of_an_account(void)
{
	g_autofree char *file = fresh_file();
	Target *target = open_mem(file, NULL);
	g_autofree char *id = create(target, "{'userName':'Jane','title':'a'}", TARGET_OK);
	g_autoptr(json_t) changes = json_of(
		"[{'path':'title','old':'a'},{'path':'name.givenName','new':'J'}]");

	g_assert_cmpstr(id, ==, "m1");
	g_assert_null(create(target, "{'userName':'jANE'}", TARGET_EXISTS));
	expect(target, (TargetRequest){ .verb = TARGET_UPDATE, .id = id, .changes = changes },
	       TARGET_OK, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_DISABLE, .id = id }, TARGET_OK, NULL);
	target->ops->close(target);

	/* All of it is still true after a restart. */
	target = open_mem(file, NULL);
	expect(target,
	       (TargetRequest){
		       .verb = TARGET_LOOKUP, .match_path = "userName", .match_value = "JANE" },
	       TARGET_OK,
	       "[{'id':'m1','externalId':'anchor','userName':'Jane','active':false,"
	       "'name':{'givenName':'J'}}]");
	expect(target,
	       (TargetRequest){
		       .verb = TARGET_LOOKUP, .match_path = "externalId", .match_value = "anchor" },
	       TARGET_OK, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_DELETE, .id = id }, TARGET_OK, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_DELETE, .id = id }, TARGET_ABSENT, NULL);
	target->ops->close(target);

	/* The name is free again; the id is not given twice. */
	target = open_mem(file, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_READ, .id = id }, TARGET_ABSENT, NULL);
	g_autofree char *second = create(target, "{'userName':'jane'}", TARGET_OK);
	g_assert_cmpstr(second, ==, "m2");
	target->ops->close(target);
}

static void test_rename_to_a_taken_name(void)
{
	g_autofree char *file = fresh_file();
	Target *target = open_mem(file, NULL);
	g_free(create(target, "{'userName':'a'}", TARGET_OK));
	g_autofree char *b = create(target, "{'userName':'b'}", TARGET_OK);
	g_autoptr(json_t) taken = json_of("[{'path':'userName','old':'b','new':'A'}]");
	g_autoptr(json_t) own = json_of("[{'path':'userName','old':'b','new':'B'}]");

	expect(target, (TargetRequest){ .verb = TARGET_UPDATE, .id = b, .changes = taken },
	       TARGET_REJECTED, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_UPDATE, .id = b, .changes = own }, TARGET_OK,
	       NULL);
	target->ops->close(target);
}

/* A crash in the middle of a line: that effect never was, and the next one is whole. */
static void test_torn_line(void)
{
	g_autofree char *file = fresh_file();
	Target *target = open_mem(file, NULL);
	g_free(create(target, "{'userName':'a'}", TARGET_OK));
	g_autofree char *text = NULL;

	target->ops->close(target);
	g_file_get_contents(file, &text, NULL, NULL);
	g_autofree char *torn = g_strconcat(text, "{\"document\":{\"userName\":\"b", NULL);
	g_file_set_contents(file, torn, -1, NULL);

	target = open_mem(file, NULL);
	g_assert_nonnull(target);
	g_autofree char *second = create(target, "{'userName':'b'}", TARGET_OK);
	g_assert_cmpstr(second, ==, "m2");
	target->ops->close(target);
	target = open_mem(file, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_READ, .id = "m2" }, TARGET_OK, NULL);
	target->ops->close(target);
}

static void test_damaged_file(void)
{
	g_autofree char *file = fresh_file();
	g_autoptr(GError) error = NULL;

	g_file_set_contents(file, "{\"id\":\"m1\",\"deleted\":true}\nnonsense\n", -1, NULL);
	g_assert_null(open_mem(file, &error));
	g_assert_true(error_is(error, ERROR_DOWN));
	g_assert_nonnull(strstr(error->message, "line 2"));
}

/* What it lacks is refused without a call, and the bit for it is off. */
static void test_lacks(void)
{
	static const struct {
		const char *name;
		guint cap;
		TargetVerb verb;
	} rows[] = {
		{ "lookup", TARGET_CAN_LOOKUP, TARGET_LOOKUP },
		{ "read", 0, TARGET_READ },
		{ "create", TARGET_CAN_CREATE, TARGET_CREATE },
		{ "enable", TARGET_CAN_ENABLE, TARGET_ENABLE },
		{ "password", TARGET_CAN_PASSWORD, TARGET_PASSWORD },
	};
	g_autoptr(json_t) resource = json_of("{'userName':'b'}");

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *file = fresh_file();
		Target *target = open_mem_target(file, 100, rows[i].name, NULL);
		g_autoptr(Secret) password = secret_new("hunter2", 7);
		Got got = drive(target, (TargetRequest){ .verb = rows[i].verb,
							 .id = "m1",
							 .resource = resource,
							 .match_path = "userName",
							 .match_value = "a",
							 .password = password });

		g_assert_cmpint(got.outcome, ==, TARGET_REJECTED);
		g_assert_cmpuint(got.calls, ==, 0);
		g_assert_cmpuint(target->caps & rows[i].cap, ==, 0);
		got_clear(&got);
		target->ops->close(target);
	}
}

static void test_password(void)
{
	g_autofree char *file = fresh_file();
	g_autofree char *text = NULL;
	g_autoptr(Secret) password = secret_new("hunter2", 7);
	Target *target = open_mem(file, NULL);
	g_autofree char *id = create(target, "{'userName':'a'}", TARGET_OK);

	expect(target, (TargetRequest){ .verb = TARGET_PASSWORD, .id = id, .password = password },
	       TARGET_OK, NULL);
	expect(target, (TargetRequest){ .verb = TARGET_READ, .id = "m1" }, TARGET_OK,
	       "[{'externalId':'anchor','id':'m1','passwordSet':true,'userName':'a'}]");
	expect(target, (TargetRequest){ .verb = TARGET_RESET_MAIL, .id = "m1" }, TARGET_REJECTED,
	       NULL);
	target->ops->close(target);
	g_file_get_contents(file, &text, NULL, NULL);
	g_assert_null(strstr(text, "hunter2"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mem/life-of-an-account", test_life_of_an_account);
	g_test_add_func("/mem/rename-to-a-taken-name", test_rename_to_a_taken_name);
	g_test_add_func("/mem/torn-line", test_torn_line);
	g_test_add_func("/mem/damaged-file", test_damaged_file);
	g_test_add_func("/mem/lacks", test_lacks);
	g_test_add_func("/mem/password", test_password);
	return g_test_run();
}
