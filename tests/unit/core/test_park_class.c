/*
 * Park classes: the names in the store, and what is none.
 */
#include "core/park_class.h"

static void test_names(void)
{
	static const char *const names[PARK_CLASSES] = {
		"unclassified", "mapping", "conflict", "protected",
		"refused",      "gone",    "waiting",  "unknown",
	};

	for (guint i = 0; i < PARK_CLASSES; i++) {
		g_assert_cmpstr(park_class_name((ParkClass)i), ==, names[i]);
		g_assert_cmpint(park_class_parse(names[i]), ==, i);
	}
	g_assert_cmpint(park_class_parse(NULL), ==, PARK_UNCLASSIFIED);
	g_assert_cmpint(park_class_parse("of a newer program"), ==, PARK_UNCLASSIFIED);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/park-class/names", test_names);
	return g_test_run();
}
