/*
 * The fragment to paste: only what differs from the config, nested as a config file has it.
 */
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

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/probe/nothing", test_nothing);
	g_test_add_func("/probe/nested", test_nested);
	g_test_add_func("/probe/twice", test_twice);
	return g_test_run();
}
