/*
 * An account as a service shows it, and as callers know it.
 */
#include "../../../src/target/custom_internal.h"
#include "base/json.h"

static void field_free(void *field_)
{
	CustomField *field = field_;

	path_free(field->to);
	place_free(field->from);
	g_free(field);
}

static GPtrArray *texts(const char *list)
{
	GPtrArray *array = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) words = g_strsplit(list ? list : "", "|", -1);

	for (guint i = 0; words[i]; i++)
		g_ptr_array_add(array, g_strdup(words[i]));
	return array;
}

static CustomShape shape_of(const char *id, const char *active, const char *on, const char *off)
{
	return (CustomShape){
		.id = place_parse(id, NULL),
		.active = active ? place_parse(active, NULL) : NULL,
		.active_values = texts(on),
		.inactive_values = texts(off),
		.fields = g_ptr_array_new_with_free_func(field_free),
	};
}

static void add_field(CustomShape *shape, const char *to, const char *from)
{
	CustomField *field = g_new0(CustomField, 1);

	field->to = path_parse(to, NULL);
	field->from = place_parse(from, NULL);
	g_ptr_array_add(shape->fields, field);
}

static void shape_clear(CustomShape *shape)
{
	place_free(shape->id);
	place_free(shape->active);
	g_ptr_array_unref(shape->active_values);
	g_ptr_array_unref(shape->inactive_values);
	g_ptr_array_unref(shape->fields);
}

static void assert_shown(const CustomShape *shape, const char *record, int active,
			 const char *expected)
{
	g_autoptr(json_t) tree = json_loads(record, JSON_DECODE_ANY, NULL);
	g_autofree char *before = json_canonical(tree);
	g_autoptr(json_t) shown = custom_shown(shape, tree, active);
	g_autofree char *text = shown ? json_canonical(shown) : NULL;
	g_autofree char *after = json_canonical(tree);

	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpstr(before, ==, after);
}

static void test_fields(void)
{
	CustomShape shape = shape_of("user_id", "status", "active", "closed");

	add_field(&shape, "mail.primary", "addresses[1].value");
	add_field(&shape, "name.givenName", "first");
	assert_shown(&shape,
		     "{\"user_id\":7,\"first\":\"Jane\",\"status\":\"Active\",\"addresses\":"
		     "[{\"value\":\"a\"},{\"value\":\"b\"}]}",
		     -1,
		     "{\"active\":true,\"addresses\":[{\"value\":\"a\"},{\"value\":\"b\"}],"
		     "\"first\":\"Jane\",\"id\":\"7\",\"mail\":{\"primary\":\"b\"},"
		     "\"name\":{\"givenName\":\"Jane\"},\"status\":\"Active\",\"user_id\":7}");
	shape_clear(&shape);
}

static void test_no_record(void)
{
	CustomShape shape = shape_of("id", "active", NULL, NULL);

	assert_shown(&shape, "{\"name\":\"x\"}", -1, NULL);
	assert_shown(&shape, "{\"id\":null}", -1, NULL);
	assert_shown(&shape, "{\"id\":\"\"}", -1, NULL);
	assert_shown(&shape, "{\"id\":{\"a\":1}}", -1, NULL);
	assert_shown(&shape, "\"7\"", -1, NULL);
	assert_shown(&shape, "[]", -1, NULL);
	shape_clear(&shape);
}

static void test_truth_values(void)
{
	CustomShape shape = shape_of("id", "enabled", NULL, NULL);

	assert_shown(&shape, "{\"id\":\"1\",\"enabled\":true}", -1,
		     "{\"active\":true,\"enabled\":true,\"id\":\"1\"}");
	assert_shown(&shape, "{\"id\":\"1\",\"enabled\":\"False\"}", -1,
		     "{\"active\":false,\"enabled\":\"False\",\"id\":\"1\"}");
	assert_shown(&shape, "{\"id\":\"1\",\"enabled\":\"gone\"}", -1,
		     "{\"enabled\":\"gone\",\"id\":\"1\"}");
	assert_shown(&shape, "{\"id\":\"1\"}", -1, "{\"id\":\"1\"}");
	shape_clear(&shape);
}

/* A word that the definition does not know is neither, and no other "active" stands in for it. */
static void test_words(void)
{
	CustomShape both = shape_of("id", "s", "on|1", "off|0");
	CustomShape off = shape_of("id", "s", NULL, "true");

	assert_shown(&both, "{\"id\":\"1\",\"s\":1}", -1, "{\"active\":true,\"id\":\"1\",\"s\":1}");
	assert_shown(&both, "{\"id\":\"1\",\"s\":\"OFF\"}", -1,
		     "{\"active\":false,\"id\":\"1\",\"s\":\"OFF\"}");
	assert_shown(&both, "{\"id\":\"1\",\"s\":\"new\",\"active\":true}", -1,
		     "{\"id\":\"1\",\"s\":\"new\"}");
	assert_shown(&off, "{\"id\":\"1\",\"s\":true}", -1,
		     "{\"active\":false,\"id\":\"1\",\"s\":true}");
	assert_shown(&off, "{\"id\":\"1\",\"s\":false}", -1,
		     "{\"active\":true,\"id\":\"1\",\"s\":false}");
	shape_clear(&both);
	shape_clear(&off);
}

static void test_listing_says(void)
{
	CustomShape shape = shape_of("id", "s", "on", "off");

	/* The record's own word wins: a service may not know what its listing was asked for. */
	assert_shown(&shape, "{\"id\":\"1\",\"s\":\"on\"}", 0,
		     "{\"active\":true,\"id\":\"1\",\"s\":\"on\"}");
	assert_shown(&shape, "{\"id\":\"1\",\"s\":\"odd\"}", 0,
		     "{\"active\":false,\"id\":\"1\",\"s\":\"odd\"}");
	assert_shown(&shape, "{\"id\":\"1\"}", 1, "{\"active\":true,\"id\":\"1\"}");
	shape_clear(&shape);
}

static void test_bare_member(void)
{
	CustomShape shape = shape_of("id", NULL, NULL, NULL);

	assert_shown(&shape, "\"7\"", -1, "{\"id\":\"7\"}");
	assert_shown(&shape, "7", -1, "{\"id\":\"7\"}");
	assert_shown(&shape, "true", -1, NULL);
	assert_shown(&shape, "\"\"", -1, NULL);
	assert_shown(&shape, "\"..\"", -1, NULL);
	assert_shown(&shape, "{\"id\":true}", -1, NULL);
	assert_shown(&shape, "{\"id\":\" \"}", -1, NULL);
	assert_shown(&shape, "{\"id\":\"a\\r\\nb\"}", -1, NULL);
	shape_clear(&shape);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/shown/fields", test_fields);
	g_test_add_func("/shown/no-record", test_no_record);
	g_test_add_func("/shown/active/truth", test_truth_values);
	g_test_add_func("/shown/active/words", test_words);
	g_test_add_func("/shown/active/listing", test_listing_says);
	g_test_add_func("/shown/member", test_bare_member);
	return g_test_run();
}
