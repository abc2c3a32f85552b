/*
 * Overlay: flat changes laid over the document that a service holds, its lists above all.
 */
#include <string.h>

#include "../../../src/target/target_internal.h"
#include "base/json.h"
#include "core/resource.h"

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

/* What becomes of 'held' when a resource changes from one to the other. */
static void assert_changed(const char *held, const char *from_text, const char *to_text,
			   const char *expected)
{
	g_autoptr(json_t) document = json(held), from = json(from_text), to = json(to_text);
	g_autoptr(json_t) changes = resource_diff(from, to);
	g_autofree char *text = NULL;

	overlay_changes(document, changes);
	text = json_canonical(document);
	g_assert_cmpstr(text, ==, expected);
}

static void test_typed(void)
{
	const char *held = "{\"emails\":[{\"type\":\"home\",\"value\":\"h\"},"
			   "{\"primary\":true,\"type\":\"Work\",\"value\":\"w\"}]}";

	assert_changed(held, "{\"emails[type eq \\\"work\\\"].value\":\"w\"}", "{}",
		       "{\"emails\":[{\"type\":\"home\",\"value\":\"h\"}]}");
	assert_changed(held, "{}", "{\"emails[type eq \\\"work\\\"].value\":\"n\"}",
		       "{\"emails\":[{\"type\":\"home\",\"value\":\"h\"},"
		       "{\"primary\":true,\"type\":\"Work\",\"value\":\"n\"}]}");
}

static void test_elements_set(void)
{
	assert_changed("{\"e\":[{\"id\":1,\"x\":0},{\"id\":2}],\"k\":1}", "{}",
		       "{\"e[0].id\":5,\"e[1].y\":6,\"e[2].id\":7}",
		       "{\"e\":[{\"id\":5,\"x\":0},{\"id\":2,\"y\":6},{\"id\":7}],\"k\":1}");
	assert_changed("{\"p\":[\"1\"]}", "{}", "{\"p[0]\":\"a\",\"p[5]\":\"b\"}",
		       "{\"p\":[\"a\",\"b\"]}");
}

static void test_elements_removed(void)
{
	const char *three = "{\"p\":[\"a\",\"b\",\"c\"],\"k\":1}";

	assert_changed(three, "{\"p[0]\":\"a\",\"p[1]\":\"b\",\"p[2]\":\"c\"}", "{\"p[1]\":\"b\"}",
		       "{\"k\":1,\"p\":[\"b\"]}");
	assert_changed(three, "{\"p[0]\":\"a\",\"p[1]\":\"b\",\"p[2]\":\"c\"}", "{}", "{\"k\":1}");
	/* The one that is set is the one that was meant, though one in front of it goes. */
	assert_changed(three, "{\"p[0]\":\"a\",\"p[1]\":\"b\"}", "{\"p[1]\":\"n\"}",
		       "{\"k\":1,\"p\":[\"n\",\"c\"]}");
	assert_changed(three, "{\"p[7]\":\"a\",\"q[0]\":1,\"k[0]\":1}", "{}",
		       "{\"k\":1,\"p\":[\"a\",\"b\",\"c\"]}");
}

static void test_parts_of_elements_removed(void)
{
	const char *two = "{\"e\":[{\"id\":1,\"x\":2},{\"ID\":3}]}";

	assert_changed(two, "{\"e[0].id\":1}", "{}", "{\"e\":[{\"x\":2},{\"ID\":3}]}");
	assert_changed(two, "{\"e[0].id\":1,\"e[0].x\":2,\"e[1].id\":3}", "{}", "{}");
	assert_changed(two, "{\"e[0].id\":1,\"e[0].x\":2}", "{}", "{\"e\":[{\"ID\":3}]}");
	assert_changed("{\"a\":{\"b\":[{\"c\":1},{\"c\":2}],\"k\":1}}", "{\"a.b[0].c\":1}", "{}",
		       "{\"a\":{\"b\":[{\"c\":2}],\"k\":1}}");
	assert_changed("{\"a\":{\"b\":[{\"c\":1}]}}", "{\"a.b[0].c\":1}", "{}", "{}");
	assert_changed("{\"urn:x:U\":{\"b\":[1,2]}}", "{\"urn:x:U:b[0]\":1,\"urn:x:U:b[1]\":2}",
		       "{}", "{}");
}

/* Ten and more of them: [10] is behind [9], not behind [1]. */
static void test_many_elements(void)
{
	g_autoptr(json_t) numbers = json_array(), held = json_object(), from = json_object();
	g_autofree char *held_text = NULL, *from_text = NULL;

	for (int i = 0; i < 12; i++) {
		g_autofree char *path = g_strdup_printf("p[%d]", i);

		json_array_append_new(numbers, json_integer(i));
		if (i != 3)
			json_object_set_new(from, path, json_integer(i));
	}
	json_object_set(held, "p", numbers);
	held_text = json_canonical(held);
	from_text = json_canonical(from);
	assert_changed(held_text, from_text, "{}", "{\"p\":[3]}");
}

static void test_respelled(void)
{
	assert_changed("{\"e\":[{\"id\":1}]}", "{\"e[0].id\":1}", "{\"E[0].ID\":1}",
		       "{\"e\":[{\"id\":1}]}");
	assert_changed("{\"e\":[{\"id\":1}]}", "{\"e[0].id\":1}", "{\"e\":[{\"id\":2}]}",
		       "{\"e\":[{\"id\":2}]}");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/overlay/typed", test_typed);
	g_test_add_func("/overlay/elements_set", test_elements_set);
	g_test_add_func("/overlay/elements_removed", test_elements_removed);
	g_test_add_func("/overlay/parts_of_elements_removed", test_parts_of_elements_removed);
	g_test_add_func("/overlay/many_elements", test_many_elements);
	g_test_add_func("/overlay/respelled", test_respelled);
	return g_test_run();
}
