/*
 * The fragment to paste: only what differs from the config, nested as a config file has it.
 */
#include <string.h>

#include "../../../src/run/probe_internal.h"
#include "base/json.h"
#include "run/probe.h"

static void add(GPtrArray *rows, const char *setting, const char *value, gboolean odd)
{
	TargetFinding *row = g_new0(TargetFinding, 1);

	row->subject = g_strdup("subject");
	row->what = g_strdup("what");
	row->found = g_strdup("found");
	row->setting = g_strdup(setting);
	row->value = g_strdup(value);
	row->odd = odd;
	g_ptr_array_add(rows, row);
}

static void assert_fragment(const GPtrArray *rows, const char *expected)
{
	g_autofree char *fragment = probe_fragment(rows);

	g_assert_cmpstr(fragment, ==, expected);
}

static void test_nothing(void)
{
	g_autoptr(GPtrArray) rows = target_findings_new();

	assert_fragment(rows, "");
	add(rows, NULL, NULL, TRUE);
	add(rows, "update", NULL, TRUE);
	add(rows, "quirks.page", "\"auto\"", FALSE);
	assert_fragment(rows, "");
}

static void test_nested(void)
{
	g_autoptr(GPtrArray) rows = target_findings_new();

	add(rows, "quirks.groups.remove", "\"value\"", TRUE);
	add(rows, "quirks.page", "\"cursor\"", TRUE);
	add(rows, "update", "\"put\"", TRUE);
	add(rows, "quirks.groups.add_max", "20", TRUE);
	add(rows, "quirks.filter", "[ \"userName\" ]", TRUE);
	assert_fragment(rows, "update = \"put\";\n"
			      "quirks = {\n"
			      "  page = \"cursor\";\n"
			      "  filter = [ \"userName\" ];\n"
			      "  groups = {\n"
			      "    remove = \"value\";\n"
			      "    add_max = 20;\n"
			      "  };\n"
			      "};\n");
}

/* A setting that stands twice would be refused by the config reader. */
static void test_twice(void)
{
	g_autoptr(GPtrArray) rows = target_findings_new();

	add(rows, "quirks.boolean", "\"text\"", TRUE);
	add(rows, "quirks.boolean", "\"json\"", TRUE);
	assert_fragment(rows, "quirks = {\n  boolean = \"json\";\n};\n");
	add(rows, "quirks.boolean", NULL, FALSE);
	assert_fragment(rows, "quirks = {\n  boolean = \"json\";\n};\n");
	add(rows, "quirks.boolean", "\"text\"", FALSE);
	assert_fragment(rows, "");
}

static void add_row(Mapping *mapping, const char *to, const char *from, MappingWhen when)
{
	guint column;
	const MappingRow row = { .to = to, .from = from, .when = when };

	g_assert_true(mapping_add(mapping, &row, &column, NULL));
}

/* What is about nobody is taken from the map; who it is, and whether it is active, is not. */
static void test_attributes(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(json_t) demanded = json_pack("{s:s, s:{s:s}}", "locale", "de", "name",
					       "honorificPrefix", "Dr");

	add_row(mapping, "userName", "\"somebody\"", MAPPING_ALWAYS);
	add_row(mapping, "name.formatted", "\"Some Body\"", MAPPING_ALWAYS);
	add_row(mapping, "active", "true", MAPPING_ALWAYS);
	add_row(mapping, "title", "[title]", MAPPING_ALWAYS);
	add_row(mapping, "department", "IIF([accountEnabled], \"a\", \"b\")", MAPPING_ALWAYS);
	add_row(mapping, "locale", "\"en\"", MAPPING_ALWAYS);
	add_row(mapping, "userType", "\"Basic\"", MAPPING_ALWAYS);
	add_row(mapping, "password", "RandomString(20, 2, 2, 2, 2)", MAPPING_CREATE);
	g_autoptr(json_t) one = probe_attributes(mapping, demanded);
	g_autoptr(json_t) two = probe_attributes(mapping, NULL);
	const char *password = json_get_string(one, "password");

	g_assert_cmpuint(strlen(password), ==, 20);
	g_assert_cmpstr(password, !=, json_get_string(two, "password"));
	g_assert_cmpstr(json_get_string(two, "locale"), ==, "en");
	g_assert_cmpuint(json_object_size(two), ==, 3);
	json_object_del(one, "password");
	g_autofree char *text = json_canonical(one);
	g_assert_cmpstr(text, ==,
			"{\"locale\":\"de\",\"name\":{\"honorificPrefix\":\"Dr\"},"
			"\"userType\":\"Basic\"}");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/probe/nothing", test_nothing);
	g_test_add_func("/probe/nested", test_nested);
	g_test_add_func("/probe/twice", test_twice);
	g_test_add_func("/probe/attributes", test_attributes);
	return g_test_run();
}
