/*
 * Mapping: the rows of an app's table, and one person put through them.
 */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "core/mapping.h"

static void add(Mapping *mapping, const char *to, const char *from, MappingWhen when,
		gboolean required)
{
	g_autoptr(GError) error = NULL;
	MappingRow row = { .to = to, .from = from, .when = when, .required = required };

	if (!mapping_add(mapping, &row, NULL, &error))
		g_error("%s from %s: %s", to, from, error->message);
}

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jane,DC=x");

	entry_add(entry, "mail", "z@x.org", 7);
	entry_add(entry, "mail", "a@x.org", 7);
	entry_add(entry, "givenname", "Jane", 4);
	entry_add(entry, "sn", "Doe", 3);
	entry_add(entry, "title", "", 0);
	entry_add(entry, "photo", "\377\330\377", 3);
	return entry;
}

/* The resource as text, or "! message". New string. */
static char *apply(const Mapping *mapping)
{
	g_autoptr(Entry) entry = person_new();
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	ExprInput input = { .entry = entry, .account_enabled = TRUE };
	g_autoptr(json_t) resource = mapping_apply(mapping, &input, arena, &error);

	if (resource)
		return json_canonical(resource);
	g_assert_true(error_is(error, ERROR_OBJECT));
	return g_strdup_printf("! %s", error->message);
}

static void assert_apply(const Mapping *mapping, const char *expected)
{
	g_autofree char *result = apply(mapping);

	g_assert_cmpstr(result, ==, expected);
}

static void test_apply(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	assert_apply(mapping, "{}");
	add(mapping, "userName", "ToLower([sn])", MAPPING_ALWAYS, TRUE);
	add(mapping, "name.givenName", "[givenName]", MAPPING_ALWAYS, FALSE);
	add(mapping, "active", "[accountEnabled]", MAPPING_ALWAYS, FALSE);
	add(mapping, "emails[type eq 'work']", "[mail]", MAPPING_ALWAYS, TRUE);
	add(mapping, "nickName", "[missing]", MAPPING_ALWAYS, FALSE);
	add(mapping, "title", "[title]", MAPPING_ALWAYS, FALSE);
	add(mapping, "level", "7", MAPPING_ALWAYS, FALSE);
	add(mapping, "picture", "[photo]", MAPPING_ALWAYS, FALSE);
	assert_apply(mapping, "{\"active\":true,\"emails[type eq \\\"work\\\"].value\":\"z@x.org\","
			      "\"level\":7,\"name.givenName\":\"Jane\",\"picture\":\"/9j/\","
			      "\"title\":\"\",\"userName\":\"doe\"}");
}

static void test_required(void)
{
	g_autoptr(Mapping) absent = mapping_new();
	g_autoptr(Mapping) empty = mapping_new();

	add(absent, "userName", "[uid]", MAPPING_ALWAYS, TRUE);
	assert_apply(absent, "! \"userName\" is required, but [uid] yields nothing");
	add(empty, "title", "[title]", MAPPING_ALWAYS, TRUE);
	assert_apply(empty, "! \"title\" is required, but [title] yields nothing");
}

static void test_failing_row_is_named(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add(mapping, "displayName", "ToLower([photo])", MAPPING_ALWAYS, FALSE);
	assert_apply(mapping,
		     "! cannot fill \"displayName\": [photo] holds bytes that are no text");
}

static void assert_refused(Mapping *mapping, const char *to, const char *from, guint at,
			   const char *message)
{
	g_autoptr(GError) error = NULL;
	MappingRow row = { .to = to, .from = from };
	guint column = 4711;

	g_assert_false(mapping_add(mapping, &row, &column, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_cmpuint(column, ==, at);
	if (!strstr(error->message, message))
		g_error("%s from %s: %s", to, from, error->message);
}

static void test_refused_rows(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add(mapping, "name.givenName", "[givenName]", MAPPING_ALWAYS, FALSE);
	add(mapping, "emails[type eq \"work\"]", "[mail]", MAPPING_ALWAYS, FALSE);
	assert_refused(mapping, "NAME.givenname", "[sn]", 0, "is filled twice");
	assert_refused(mapping, "emails[type eq 'WORK'].value", "[sn]", 0, "is filled twice");
	assert_refused(mapping, "name", "[sn]", 0, "exclude each other");
	assert_refused(mapping, "emails", "[sn]", 0, "exclude each other");
	assert_refused(mapping, "user name", "[sn]", 0, "bad path at column 5");
	assert_refused(mapping, "userName", "ToLowr([sn])", 1, "did you mean ToLower?");
	assert_refused(mapping, "userName", "Join(\" \", sn)", 11, "[sn]");
	/* What was refused left nothing behind. */
	g_assert_null(mapping_spelling(mapping, "userName"));
	assert_apply(mapping, "{\"emails[type eq \\\"work\\\"].value\":\"z@x.org\","
			      "\"name.givenName\":\"Jane\"}");
}

static void test_has(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add(mapping, "emails[type eq \"work\"]", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "userName", "[mail]", MAPPING_CREATE, FALSE);
	g_assert_nonnull(mapping_spelling(mapping, "emails[type eq \"work\"].value"));
	g_assert_nonnull(mapping_spelling(mapping, "Emails[type eq 'work']"));
	g_assert_cmpstr(mapping_spelling(mapping, "username"), ==, "userName");
	g_assert_null(mapping_spelling(mapping, "emails"));
	g_assert_null(mapping_spelling(mapping, "emails[type eq \"home\"]"));
	g_assert_null(mapping_spelling(mapping, "no path"));
}

static void test_steady(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(json_t) resource = json_pack("{s:s, s:s, s:s}", "userName", "j", "name.givenName",
					       "J", "other", "x");

	add(mapping, "userName", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "name.givenName", "[givenName]", MAPPING_CREATE, FALSE);
	add(mapping, "title", "[title]", MAPPING_CREATE, FALSE);
	g_autoptr(json_t) steady = mapping_steady(mapping, resource);
	g_autofree char *text = json_canonical(steady);

	g_assert_cmpstr(text, ==, "{\"other\":\"x\",\"userName\":\"j\"}");
	g_assert_nonnull(json_object_get(resource, "name.givenName"));
}

static void test_attributes(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	add(mapping, "userName", "Coalesce([mail], [UID])", MAPPING_ALWAYS, FALSE);
	add(mapping, "title", "Append([Mail], [dn])", MAPPING_CREATE, FALSE);
	mapping_attributes(mapping, names);
	g_assert_cmpuint(g_hash_table_size(names), ==, 2);
	g_assert_true(g_hash_table_contains(names, "mail"));
	g_assert_true(g_hash_table_contains(names, "uid"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mapping/apply", test_apply);
	g_test_add_func("/mapping/required", test_required);
	g_test_add_func("/mapping/failing-row-is-named", test_failing_row_is_named);
	g_test_add_func("/mapping/refused-rows", test_refused_rows);
	g_test_add_func("/mapping/has", test_has);
	g_test_add_func("/mapping/steady", test_steady);
	g_test_add_func("/mapping/attributes", test_attributes);
	return g_test_run();
}
