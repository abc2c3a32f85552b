/*
 * Resources: comparing, changing, nesting, reading back, matching.
 */
#include <string.h>

#include "base/json.h"
#include "core/resource.h"

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

/* Not sorted by us: the order of the changes is part of what is promised. */
static void assert_diff(const char *shadow_text, const char *wanted_text, const char *expected)
{
	g_autoptr(json_t) shadow = json(shadow_text);
	g_autoptr(json_t) wanted = json(wanted_text);
	g_autoptr(json_t) changes = resource_diff(shadow, wanted);
	g_autoptr(json_t) applied = resource_apply(shadow, changes);
	g_autoptr(json_t) before = json(shadow_text);
	g_autofree char *text = json_canonical(changes);

	g_assert_cmpstr(text, ==, expected);
	g_assert_true(json_equal(applied, wanted));
	g_assert_true(json_equal(shadow, before));
}

static void test_diff(void)
{
	assert_diff("{}", "{}", "[]");
	assert_diff("{\"a\":\"1\"}", "{\"a\":\"1\"}", "[]");
	assert_diff("{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"2\",\"a\":\"1\"}", "[]");
	assert_diff("{\"a\":\"1\"}", "{\"a\":\"2\"}",
		    "[{\"new\":\"2\",\"old\":\"1\",\"path\":\"a\"}]");
	assert_diff("{}", "{\"a\":\"1\"}", "[{\"new\":\"1\",\"path\":\"a\"}]");
	assert_diff("{\"a\":\"1\"}", "{}", "[{\"old\":\"1\",\"path\":\"a\"}]");
	assert_diff("{\"c\":1}", "{\"b\":2,\"a\":3}",
		    "[{\"new\":3,\"path\":\"a\"},{\"new\":2,\"path\":\"b\"},"
		    "{\"old\":1,\"path\":\"c\"}]");
}

static void test_diff_is_strict(void)
{
	assert_diff("{\"a\":\"1\"}", "{\"a\":1}", "[{\"new\":1,\"old\":\"1\",\"path\":\"a\"}]");
	assert_diff("{\"a\":\"true\"}", "{\"a\":true}",
		    "[{\"new\":true,\"old\":\"true\",\"path\":\"a\"}]");
	assert_diff("{\"a\":\"Jane\"}", "{\"a\":\"jane\"}",
		    "[{\"new\":\"jane\",\"old\":\"Jane\",\"path\":\"a\"}]");
	assert_diff("{\"a\":\"\"}", "{}", "[{\"old\":\"\",\"path\":\"a\"}]");
	assert_diff("{\"a\":[1,2]}", "{\"a\":[2,1]}",
		    "[{\"new\":[2,1],\"old\":[1,2],\"path\":\"a\"}]");
}

/* No value is no value, however it is written (RFC 7643 §2.5). */
static void test_null_is_no_value(void)
{
	g_autoptr(json_t) null = json("{\"a\":null}"), none = json("{}");
	g_autoptr(json_t) brings = resource_diff(none, null), takes = resource_diff(null, none);

	g_assert_cmpuint(json_array_size(brings) + json_array_size(takes), ==, 0);
	assert_diff("{\"a\":\"1\"}", "{\"a\":null}",
		    "[{\"new\":null,\"old\":\"1\",\"path\":\"a\"}]");
	assert_diff("{\"a\":null}", "{\"a\":\"1\"}",
		    "[{\"new\":\"1\",\"old\":null,\"path\":\"a\"}]");
}

static void test_mark_added(void)
{
	g_autoptr(json_t) shadow = json("{\"a\":[1,2],\"b\":[1],\"c\":1}");
	g_autoptr(json_t) wanted = json("{\"a\":[1,2,3],\"b\":[2],\"c\":2,\"d\":[4]}");
	g_autoptr(json_t) changes = resource_diff(shadow, wanted);

	resource_mark_added(changes, "a");
	resource_mark_added(changes, "c");
	resource_mark_added(changes, "d");
	g_autofree char *text = json_canonical(changes);
	g_autoptr(json_t) applied = resource_apply(shadow, changes);
	g_assert_cmpstr(text, ==,
			"[{\"add\":[3],\"new\":[1,2,3],\"old\":[1,2],\"path\":\"a\"},"
			"{\"new\":[2],\"old\":[1],\"path\":\"b\"},"
			"{\"new\":2,\"old\":1,\"path\":\"c\"},"
			"{\"add\":[4],\"new\":[4],\"path\":\"d\"}]");
	g_assert_true(json_equal(applied, wanted));
}

/* At a target without regard to case, removing "userName" last would remove what was just set. */
static void test_respelt_path_is_removed_first(void)
{
	assert_diff(
		"{\"username\":\"j\"}", "{\"userName\":\"j\"}",
		"[{\"old\":\"j\",\"path\":\"username\"},{\"new\":\"j\",\"path\":\"userName\"}]");
	assert_diff(
		"{\"userName\":\"j\"}", "{\"username\":\"j\"}",
		"[{\"old\":\"j\",\"path\":\"userName\"},{\"new\":\"j\",\"path\":\"username\"}]");
}

static void assert_document(const char *resource_text, const char *expected)
{
	g_autoptr(json_t) resource = json(resource_text);
	g_autoptr(json_t) document = resource_document(resource);
	g_autofree char *text = json_canonical(document);

	g_assert_cmpstr(text, ==, expected);
}

static void test_document(void)
{
	assert_document("{}", "{}");
	assert_document("{\"userName\":\"j\",\"name.givenName\":\"J\",\"name.familyName\":\"D\","
			"\"active\":true,\"urn:x:2.0:User:department\":\"IT\"}",
			"{\"active\":true,\"name\":{\"familyName\":\"D\",\"givenName\":\"J\"},"
			"\"urn:x:2.0:User\":{\"department\":\"IT\"},\"userName\":\"j\"}");
	assert_document("{\"phoneNumbers[type eq \\\"work\\\"].value\":\"1\","
			"\"phoneNumbers[type eq \\\"mobile\\\"].value\":\"2\"}",
			"{\"phoneNumbers\":[{\"type\":\"mobile\",\"value\":\"2\"},"
			"{\"type\":\"work\",\"value\":\"1\"}]}");
	assert_document("{\"not a path\":1,\"userName\":\"j\"}", "{\"userName\":\"j\"}");
}

/* By number, not by digit, and without holes. */
static void test_elements(void)
{
	assert_document("{\"e[10].n\":10,\"e[2].n\":2,\"e[1].n\":1,\"E[0].n\":0,\"f[7]\":\"x\"}",
			"{\"E\":[{\"n\":0},{\"n\":1},{\"n\":2},{\"n\":10}],\"f\":[\"x\"]}");
	assert_document("{\"a.b[1].c\":1,\"a.b[0].c\":0,\"a.b[0].d\":2}",
			"{\"a\":{\"b\":[{\"c\":0,\"d\":2},{\"c\":1}]}}");
	assert_diff("{\"e[2]\":1,\"e[10]\":1}", "{\"e[9]\":1}",
		    "[{\"old\":1,\"path\":\"e[2]\"},{\"new\":1,\"path\":\"e[9]\"},"
		    "{\"old\":1,\"path\":\"e[10]\"}]");
}

static void test_primary_email(void)
{
	assert_document("{\"emails[type eq \\\"work\\\"].value\":\"w\"}",
			"{\"emails\":[{\"primary\":true,\"type\":\"work\",\"value\":\"w\"}]}");
	assert_document("{\"emails[type eq \\\"work\\\"].value\":\"w\","
			"\"emails[type eq \\\"work\\\"].primary\":false}",
			"{\"emails\":[{\"primary\":false,\"type\":\"work\",\"value\":\"w\"}]}");
	assert_document("{\"emails[type eq \\\"home\\\"].value\":\"h\","
			"\"emails[type eq \\\"work\\\"].value\":\"w\"}",
			"{\"emails\":[{\"type\":\"home\",\"value\":\"h\"},"
			"{\"type\":\"work\",\"value\":\"w\"}]}");
	assert_document("{\"emails[type eq \\\"work\\\"].display\":\"w\"}",
			"{\"emails\":[{\"display\":\"w\",\"type\":\"work\"}]}");
	assert_document("{\"phoneNumbers[type eq \\\"work\\\"].value\":\"1\"}",
			"{\"phoneNumbers\":[{\"type\":\"work\",\"value\":\"1\"}]}");
	assert_document("{\"emails\":[{\"value\":\"w\"}]}", "{\"emails\":[{\"value\":\"w\"}]}");
}

static void test_project(void)
{
	g_autoptr(json_t) like = json("{\"userName\":\"\",\"name.givenName\":\"\","
				      "\"emails[type eq \\\"work\\\"].value\":\"\",\"title\":\"\","
				      "\"nickName\":\"\"}");
	g_autoptr(json_t) document = json(
		"{\"id\":\"1\",\"USERNAME\":\"Jane\",\"name\":{\"givenname\":\"J\"},"
		"\"emails\":[{\"type\":\"Work\",\"value\":\"w\"}],\"nickName\":null}");
	g_autoptr(json_t) result = resource_project(document, like);
	g_autofree char *text = json_canonical(result);

	g_assert_cmpstr(text, ==,
			"{\"emails[type eq \\\"work\\\"].value\":\"w\",\"name.givenName\":\"J\","
			"\"userName\":\"Jane\"}");
}

static void test_matches(void)
{
	static const struct {
		const char *resource, *document, *path;
		gboolean matches;
	} cases[] = {
		{ "{\"userName\":\"Jane\"}", "{\"USERNAME\":\"jANE\"}", "userName", TRUE },
		{ "{\"userName\":\"Jane\"}", "{\"userName\":\"jane \"}", "userName", FALSE },
		{ "{\"userName\":\"Jane\"}", "{\"userName\":\"janet\"}", "userName", FALSE },
		{ "{\"userName\":\"Stra\303\237e\"}", "{\"userName\":\"STRASSE\"}", "userName",
		  TRUE },
		{ "{\"externalId\":\"a1\"}", "{\"externalId\":\"a1\"}", "externalId", TRUE },
		{ "{\"externalId\":\"a1\"}", "{\"externalId\":\"A1\"}", "externalId", FALSE },
		{ "{\"id\":\"a1\"}", "{\"id\":\"A1\"}", "id", FALSE },
		{ "{\"number\":\"12\"}", "{\"number\":12}", "number", TRUE },
		{ "{\"number\":12}", "{\"number\":\"012\"}", "number", FALSE },
		{ "{\"userName\":\"\"}", "{\"userName\":\"\"}", "userName", FALSE },
		{ "{\"userName\":\"j\"}", "{}", "userName", FALSE },
		{ "{}", "{\"userName\":\"j\"}", "userName", FALSE },
		{ "{\"userName\":\"j\"}", "{\"userName\":null}", "userName", FALSE },
		{ "{\"a\":{}}", "{\"a\":{}}", "a", FALSE },
		{ "{\"userName\":\"j\"}", "{\"userName\":\"j\"}", "no path", FALSE },
		{ "{\"emails[type eq \\\"work\\\"].value\":\"J@x\"}",
		  "{\"emails\":[{\"type\":\"work\",\"value\":\"j@X\"}]}", "emails[type eq 'work']",
		  TRUE },
		{ "{\"emails[type eq \\\"work\\\"].value\":\"j@x\"}",
		  "{\"emails\":[{\"type\":\"home\",\"value\":\"j@x\"}]}", "emails[type eq 'work']",
		  FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) resource = json(cases[i].resource);
		g_autoptr(json_t) document = json(cases[i].document);

		if (resource_matches(resource, document, cases[i].path) != cases[i].matches)
			g_error("%s, %s, %s", cases[i].resource, cases[i].document, cases[i].path);
	}
}

static json_t *random_scalar(GRand *rand)
{
	static const char *const texts[] = { "",           "a", "A", "1", "true", "\303\244\"\\",
					     "a long text" };

	switch (g_rand_int_range(rand, 0, 4)) {
	case 0:
		return json_integer(g_rand_int_range(rand, -1, 3));
	case 1:
		return json_boolean(g_rand_boolean(rand));
	default:
		return json_string(texts[g_rand_int_range(rand, 0, G_N_ELEMENTS(texts))]);
	}
}

/* Some of the paths of a real mapping, none of which is inside another. */
static json_t *random_resource(GRand *rand)
{
	static const char *const paths[] = {
		"userName",
		"displayName",
		"active",
		"name.givenName",
		"name.familyName",
		"profile.address.city",
		"profile.address.zip",
		"emails[type eq \"work\"].value",
		"emails[type eq \"work\"].display",
		"emails[type eq \"home\"].value",
		"phoneNumbers[type eq \"a\\\"]:.b\"].value",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
		"urn:x:1.0:User:roles[type eq \"main\"].value",
	};
	json_t *resource = json_object();

	for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
		if (g_rand_boolean(rand))
			json_object_set_new(resource, paths[i], random_scalar(rand));
	}
	return resource;
}

static void test_random(void)
{
	guint32 seed = 3512;
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);

	g_test_message("seed %u", seed);
	for (guint i = 0; i < 5000; i++) {
		g_autoptr(json_t) a = random_resource(rand);
		g_autoptr(json_t) b = random_resource(rand);
		g_autoptr(json_t) none = resource_diff(a, a);
		g_autoptr(json_t) changes = resource_diff(a, b);
		g_autoptr(json_t) applied = resource_apply(a, changes);
		g_autoptr(json_t) document = resource_document(a);
		g_autoptr(json_t) projected = resource_project(document, a);

		g_assert_cmpuint(json_array_size(none), ==, 0);
		g_assert_true(json_equal(applied, b));
		g_assert_true(json_equal(projected, a));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/resource/diff", test_diff);
	g_test_add_func("/resource/diff-is-strict", test_diff_is_strict);
	g_test_add_func("/resource/null-is-no-value", test_null_is_no_value);
	g_test_add_func("/resource/mark-added", test_mark_added);
	g_test_add_func("/resource/respelt-path-is-removed-first",
			test_respelt_path_is_removed_first);
	g_test_add_func("/resource/document", test_document);
	g_test_add_func("/resource/elements", test_elements);
	g_test_add_func("/resource/primary-email", test_primary_email);
	g_test_add_func("/resource/project", test_project);
	g_test_add_func("/resource/matches", test_matches);
	g_test_add_func("/resource/random", test_random);
	return g_test_run();
}
