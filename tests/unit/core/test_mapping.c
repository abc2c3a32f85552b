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

static json_t *json(const char *text)
{
	g_autoptr(GError) error = NULL;
	json_t *value = json_parse_bounded(text, strlen(text), &error);

	g_assert_no_error(error);
	return value;
}

static void add_row(Mapping *mapping, const MappingRow *row)
{
	g_autoptr(GError) error = NULL;

	if (!mapping_add(mapping, row, NULL, &error))
		g_error("%s from %s: %s", row->to, row->from, error->message);
}

static void assert_row_refused(const MappingRow *row, const char *message)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GError) error = NULL;
	guint column = 4711;

	g_assert_false(mapping_add(mapping, row, &column, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_cmpuint(column, ==, 0);
	if (!strstr(error->message, message))
		g_error("%s from %s: %s", row->to, row->from, error->message);
	g_assert_null(mapping_spelling(mapping, row->to));
}

static void test_settings_that_exclude_each_other(void)
{
	assert_row_refused(&(MappingRow){ .to = "manager.value",
					  .from = "[manager]",
					  .reference = TRUE,
					  .all = TRUE },
			   "'reference' and values = \"all\" exclude each other");
	assert_row_refused(&(MappingRow){ .to = "password",
					  .from = "[manager]",
					  .reference = TRUE },
			   "a reference cannot be secret");
	assert_row_refused(&(MappingRow){ .to = "emails",
					  .from = "[mail]",
					  .all = TRUE,
					  .clear = MAPPING_CLEAR_EMPTY },
			   "an empty text is no list");
	assert_row_refused(&(MappingRow){ .to = "title",
					  .from = "[title]",
					  .when = MAPPING_CREATE,
					  .clear = MAPPING_CLEAR_OMIT },
			   "never cleared");
}

/* A row that is compared each time must not yield something else each time. */
static void test_chance(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	assert_row_refused(&(MappingRow){ .to = "nickName", .from = "Guid()" },
			   "when = \"create\" sends it once");
	assert_row_refused(&(MappingRow){ .to = "password",
					  .from = "RandomString(12, 1, 1, 1, 1)" },
			   "when = \"create\"");
	add_row(mapping,
		&(MappingRow){ .to = "nickName", .from = "Guid()", .when = MAPPING_CREATE });
	add_row(mapping, &(MappingRow){ .to = "title",
					.from = "Coalesce(ImportedValue(\"title\"), Guid())" });
}

static void test_choice(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GError) error = NULL;
	Constraint limit = { .path = "userName", .max_length = 4, .why = "it says so" };
	const char *const rules = "SelectUniqueValue(\"toolong\", [sn], \"JD\")";

	assert_row_refused(&(MappingRow){ .to = "userName", .from = rules },
			   "add when = \"create\"");
	add_row(mapping, &(MappingRow){ .to = "userName", .from = rules, .when = MAPPING_CREATE });
	assert_apply(mapping, "{\"userName\":{\"$choose\":[\"toolong\",\"Doe\",\"JD\"]}}");
	/* What the target would refuse is not offered. */
	g_assert_true(mapping_constrain(mapping, &limit, &error));
	assert_apply(mapping, "{\"userName\":{\"$choose\":[\"Doe\",\"JD\"]}}");

	g_autoptr(json_t) mapped = json("{\"userName\":{\"$choose\":[\"Doe\",\"JD\"]}}");
	g_autoptr(json_t) wanted = mapping_create(mapping, mapped, &error);
	g_assert_true(json_equal(wanted, mapped));
}

static void test_all_values(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add_row(mapping, &(MappingRow){ .to = "aliases", .from = "[mail]", .all = TRUE });
	add_row(mapping, &(MappingRow){ .to = "names", .from = "[sn]", .all = TRUE });
	add_row(mapping, &(MappingRow){ .to = "none", .from = "[missing]", .all = TRUE });
	assert_apply(mapping, "{\"aliases\":[\"z@x.org\",\"a@x.org\"],\"names\":[\"Doe\"]}");
}

static void test_markers(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add_row(mapping,
		&(MappingRow){ .to = "manager.value", .from = "\"cn=Boss\"", .reference = TRUE });
	add_row(mapping, &(MappingRow){ .to = "b", .from = "[missing]", .reference = TRUE });
	add_row(mapping, &(MappingRow){ .to = "c", .from = "IgnoreThisFlow" });
	add_row(mapping, &(MappingRow){ .to = "d", .from = "AuthoritativeNull" });
	add_row(mapping, &(MappingRow){ .to = "e", .from = "CRef(\"cn=Aunt\")" });
	assert_apply(mapping, "{\"c\":{\"$keep\":true},\"d\":{\"$clear\":true},"
			      "\"e\":{\"$reference\":\"cn=Aunt\"},"
			      "\"manager.value\":{\"$reference\":\"cn=Boss\"}}");
}

/* ---- what is wanted ---- */

static void assert_create(const Mapping *mapping, const char *mapped_text, const char *expected)
{
	g_autoptr(json_t) mapped = json(mapped_text);
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) wanted = mapping_create(mapping, mapped, &error);
	g_autofree char *text = wanted ? json_canonical(wanted)
				       : g_strdup_printf("! %s", error->message);

	g_assert_cmpstr(text, ==, expected);
}

static void test_create(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add_row(mapping, &(MappingRow){ .to = "a", .from = "[title]", .fallback = "none" });
	add_row(mapping, &(MappingRow){ .to = "b", .from = "[sn]", .when = MAPPING_CREATE });
	add_row(mapping, &(MappingRow){ .to = "c", .from = "[manager]", .reference = TRUE });
	add_row(mapping,
		&(MappingRow){ .to = "d", .from = "[mail]", .fallback = "x", .all = TRUE });
	assert_create(mapping, "{}", "{\"a\":\"none\",\"d\":[\"x\"]}");
	assert_create(mapping, "{\"a\":\"1\",\"b\":\"2\",\"c\":\"id\",\"d\":[\"y\"]}",
		      "{\"a\":\"1\",\"b\":\"2\",\"c\":\"id\",\"d\":[\"y\"]}");
	assert_create(mapping, "{\"a\":{\"$keep\":true},\"b\":{\"$clear\":true},\"d\":[]}",
		      "{\"d\":[]}");
	assert_create(mapping, "{\"a\":\"1\",\"c\":{\"$reference\":\"cn=x\"}}",
		      "{\"a\":\"1\",\"d\":[\"x\"]}");
}

static void test_required_reference(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add_row(mapping, &(MappingRow){ .to = "manager.value",
					.from = "[manager]",
					.reference = TRUE,
					.required = TRUE });
	assert_create(mapping, "{\"manager.value\":{\"$keep\":true}}",
		      "! \"manager.value\" is required, but who it refers to has no account yet");
}

/* Of each row: what the person has now, what the target has, what it should have. */
typedef struct {
	MappingRow row;
	const char *mapped, *shadow, *wanted;
} Update;

#define TITLE .to = "title", .from = "[title]"

static const Update updates[] = {
	{ { TITLE }, "{\"title\":\"b\"}", "{\"title\":\"a\"}", "{\"title\":\"b\"}" },
	{ { TITLE }, "{}", "{\"title\":\"a\"}", "{}" },
	{ { TITLE }, "{\"title\":{\"$keep\":true}}", "{\"title\":\"a\"}", "{\"title\":\"a\"}" },
	{ { TITLE }, "{\"title\":{\"$keep\":true}}", "{}", "{}" },
	{ { TITLE }, "{\"title\":{\"$clear\":true}}", "{\"title\":\"a\"}", "{}" },
	{ { TITLE }, "{}", "{\"title\":\"a\",\"unmapped\":\"x\"}", "{}" },
	{ { TITLE, .clear = MAPPING_CLEAR_OMIT }, "{}", "{\"title\":\"a\"}", "{\"title\":\"a\"}" },
	{ { TITLE, .clear = MAPPING_CLEAR_OMIT },
	  "{\"title\":{\"$clear\":true}}",
	  "{\"title\":\"a\"}",
	  "{}" },
	{ { TITLE, .clear = MAPPING_CLEAR_NULL }, "{}", "{\"title\":\"a\"}", "{\"title\":null}" },
	{ { TITLE, .clear = MAPPING_CLEAR_NULL }, "{}", "{}", "{}" },
	{ { TITLE, .clear = MAPPING_CLEAR_NULL }, "{}", "{\"title\":null}", "{\"title\":null}" },
	{ { TITLE, .clear = MAPPING_CLEAR_EMPTY }, "{}", "{\"title\":\"a\"}", "{\"title\":\"\"}" },
	{ { TITLE, .clear = MAPPING_CLEAR_EMPTY }, "{}", "{}", "{}" },
	{ { TITLE, .fallback = "none" }, "{}", "{\"title\":\"none\"}", "{\"title\":\"none\"}" },
	{ { TITLE, .fallback = "none" }, "{}", "{\"title\":\"a\"}", "{\"title\":\"a\"}" },
	{ { TITLE, .fallback = "none" }, "{}", "{}", "{}" },
	{ { TITLE, .fallback = "none" },
	  "{\"title\":{\"$clear\":true}}",
	  "{\"title\":\"a\"}",
	  "{}" },
	{ { TITLE, .when = MAPPING_CREATE }, "{\"title\":\"b\"}", "{}", "{}" },
	/* A row that was compared before, and is not any more, takes nothing away. */
	{ { TITLE, .when = MAPPING_CREATE },
	  "{\"title\":\"b\"}",
	  "{\"title\":\"a\"}",
	  "{\"title\":\"a\"}" },
	{ { TITLE, .reference = TRUE },
	  "{\"title\":{\"$reference\":\"cn=x\"}}",
	  "{\"title\":\"7\"}",
	  "{\"title\":\"7\"}" },
	/* What stays is not sent again only because the config spells it otherwise now. */
	{ { TITLE, .clear = MAPPING_CLEAR_OMIT }, "{}", "{\"Title\":\"a\"}", "{\"Title\":\"a\"}" },
};

static void test_update(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(updates); i++) {
		g_autoptr(Mapping) mapping = mapping_new();
		g_autoptr(json_t) mapped = json(updates[i].mapped);
		g_autoptr(json_t) shadow = json(updates[i].shadow);
		g_autoptr(GError) error = NULL;

		add_row(mapping, &updates[i].row);
		g_autoptr(json_t) wanted = mapping_update(mapping, mapped, shadow, NULL, &error);
		g_assert_no_error(error);
		g_autofree char *text = json_canonical(wanted);
		g_assert_cmpstr(text, ==, updates[i].wanted);

		/* Once that is true there is nothing more to do. */
		g_autoptr(json_t) again = mapping_update(mapping, mapped, wanted, NULL, &error);
		g_assert_true(json_equal(again, wanted));
	}
}

static void assert_kept(const char *mapped_text, const char *shadow_text, const char *expected,
			const char *path)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(json_t) mapped = json(mapped_text), shadow = json(shadow_text);
	g_autoptr(GError) error = NULL;

	add(mapping, "userName", "[mail]", MAPPING_ALWAYS, FALSE);
	g_assert_true(mapping_constrain(mapping,
					&(Constraint){ .path = "USERNAME", .immutable = TRUE },
					&error));
	g_autoptr(json_t) wanted = mapping_update(mapping, mapped, shadow, kept, &error);
	g_autofree char *text = json_canonical(wanted);
	g_assert_cmpstr(text, ==, expected);
	g_assert_cmpuint(kept->len, ==, path ? 1 : 0);
	if (path)
		g_assert_cmpstr(kept->pdata[0], ==, path);
}

static void test_immutable(void)
{
	assert_kept("{\"userName\":\"a\"}", "{\"userName\":\"a\"}", "{\"userName\":\"a\"}", NULL);
	assert_kept("{\"userName\":\"b\"}", "{\"userName\":\"a\"}", "{\"userName\":\"a\"}",
		    "userName");
	assert_kept("{}", "{\"userName\":\"a\"}", "{\"userName\":\"a\"}", "userName");
	assert_kept("{\"userName\":\"b\"}", "{}", "{}", "userName");
	assert_kept("{}", "{}", "{}", NULL);
}

static void test_two_primaries(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GError) error = NULL;
	const char *const work = "emails[type eq \"work\"].primary";
	const char *const home = "emails[type eq \"home\"].primary";
	const char *const two = "{\"emails[type eq \\\"work\\\"].primary\":true,"
				"\"emails[type eq \\\"home\\\"].primary\":true}";

	add(mapping, work, "[accountEnabled]", MAPPING_ALWAYS, FALSE);
	add(mapping, home, "\"True\"", MAPPING_ALWAYS, FALSE);
	add(mapping, "phoneNumbers[type eq \"work\"].primary", "true", MAPPING_ALWAYS, FALSE);
	add(mapping, "list", "[mail]", MAPPING_ALWAYS, FALSE);
	assert_create(
		mapping, two,
		"! \"emails[type eq \"work\"].primary\" and \"emails[type eq "
		"\"home\"].primary\" are both true, but one value only can be the primary one");
	assert_create(mapping, "{\"list\":[{\"value\":1,\"primary\":true},{\"Primary\":\"True\"}]}",
		      "! two values of \"list\" claim to be the primary one");
	g_autoptr(json_t) mapped = json(two), shadow = json("{}");
	g_assert_null(mapping_update(mapping, mapped, shadow, NULL, &error));
	g_assert_true(error_is(error, ERROR_OBJECT));
	/* Two constants fail everybody, so nobody has to be there. */
	assert_refused(mapping, "emails[type eq 'other'].primary", "true", 0,
		       "one value only can be the primary one");
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

/* ---- what the target demands ---- */

static void constrain(Mapping *mapping, const Constraint *constraint)
{
	g_autoptr(GError) error = NULL;

	if (!mapping_constrain(mapping, constraint, &error))
		g_error("%s: %s", constraint->path, error->message);
}

static void assert_constraint_refused(Mapping *mapping, const Constraint *constraint,
				      const char *message)
{
	g_autoptr(GError) error = NULL;

	g_assert_false(mapping_constrain(mapping, constraint, &error));
	g_assert_true(error_is(error, ERROR_CONFIG));
	g_assert_cmpstr(error->message, ==, message);
}

static void test_constraints_on_rows(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add(mapping, "emails[type eq \"work\"].value", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "emails[type eq \"work\"].primary", "true", MAPPING_ALWAYS, FALSE);
	add(mapping, "emails[type eq \"home\"].value", "[missing]", MAPPING_ALWAYS, FALSE);
	add(mapping, "name.givenName", "[givenName]", MAPPING_ALWAYS, FALSE);
	add_row(mapping, &(MappingRow){ .to = "title", .from = "[sn]", .fallback = "nobody" });
	assert_constraint_refused(mapping,
				  &(Constraint){ .path = "name", .forbidden = TRUE, .why = "no!" },
				  "\"name.givenName\" must not be filled\nno!");
	assert_constraint_refused(mapping, &(Constraint){ .path = "userName", .required = TRUE },
				  "nothing is mapped to \"userName\"\nthe target has it so");
	assert_constraint_refused(
		mapping, &(Constraint){ .path = "emails", .single = TRUE },
		"\"emails[type eq \"work\"].value\" and \"emails[type eq \"home\"].value\" are two "
		"values, but the target takes one of \"emails\"\nthe target has it so");
	assert_constraint_refused(
		mapping, &(Constraint){ .path = "title", .max_length = 5 },
		"the default of \"title\" has 6 characters, and the target takes 5");
	constrain(mapping, &(Constraint){ .path = "photos", .forbidden = TRUE });
	constrain(mapping, &(Constraint){ .path = "emails[type eq 'work']", .lower = TRUE });
	assert_constraint_refused(mapping, &(Constraint){ .path = "Photos", .single = TRUE },
				  "a second constraint of \"Photos\"");
}

static void test_constraints_on_people(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(Mapping) shouting = mapping_new();

	add(mapping, "userName", "[sn]", MAPPING_ALWAYS, FALSE);
	add(mapping, "displayName", "[givenName]", MAPPING_ALWAYS, FALSE);
	constrain(mapping,
		  &(Constraint){ .path = "displayName", .lower = TRUE, .pattern = "[a-z]+" });
	assert_apply(mapping, "{\"displayName\":\"jane\",\"userName\":\"Doe\"}");
	constrain(mapping, &(Constraint){ .path = "userName",
					  .max_length = 2,
					  .why = "the service refuses longer ones" });
	assert_apply(mapping, "! \"userName\" has 3 characters, and the target takes 2\n"
			      "the service refuses longer ones");
	add(shouting, "userName", "[sn]", MAPPING_ALWAYS, FALSE);
	constrain(shouting, &(Constraint){ .path = "userName", .pattern = "[A-Z]+" });
	assert_apply(shouting, "! \"userName\" is not what the target takes, which is [A-Z]+");
}

/* What is required may be filled by a row of its own, or by any row beneath it. */
static void test_required_by_target(void)
{
	g_autoptr(Mapping) exact = mapping_new();
	g_autoptr(Mapping) parts = mapping_new();

	add(exact, "nickName", "[missing]", MAPPING_ALWAYS, FALSE);
	constrain(exact, &(Constraint){ .path = "nickName", .required = TRUE });
	assert_apply(exact, "! \"nickName\" is required, but [missing] yields nothing");
	add(parts, "emails[type eq \"home\"].value", "[missing]", MAPPING_ALWAYS, FALSE);
	add(parts, "emails[type eq \"home\"].primary", "true", MAPPING_ALWAYS, FALSE);
	constrain(parts, &(Constraint){ .path = "emails", .required = TRUE });
	assert_apply(parts, "! \"emails\" is required, but no row yields a value of it");
	add(parts, "emails[type eq \"work\"].value", "[mail]", MAPPING_ALWAYS, FALSE);
	assert_apply(parts, "{\"emails[type eq \\\"home\\\"].primary\":true,"
			    "\"emails[type eq \\\"work\\\"].value\":\"z@x.org\"}");
}

/* ---- lists that are only added to ---- */

#define ROLES "AppRoleAssignmentsComplex([appRoleAssignments])"

static void test_adding(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) mapped = json("{\"roles\":[{\"value\":\"b\",\"display\":\"B\"},"
					"{\"value\":\"c\"}]}");
	g_autoptr(json_t) shadow = json("{\"roles\":[{\"value\":\"a\"},{\"Value\":\"b\"}]}");
	g_autoptr(json_t) nobody = json("{}");

	add(mapping, "roles", ROLES, MAPPING_ALWAYS, FALSE);
	g_autoptr(json_t) wanted = mapping_update(mapping, mapped, shadow, NULL, &error);
	g_autoptr(json_t) changes = mapping_diff(mapping, shadow, wanted);
	g_autofree char *text = json_canonical(changes);
	g_assert_cmpstr(text, ==,
			"[{\"add\":[{\"value\":\"c\"}],"
			"\"new\":[{\"value\":\"a\"},{\"Value\":\"b\"},{\"value\":\"c\"}],"
			"\"old\":[{\"value\":\"a\"},{\"Value\":\"b\"}],\"path\":\"roles\"}]");

	g_autoptr(json_t) again = mapping_update(mapping, mapped, wanted, NULL, &error);
	g_assert_true(json_equal(again, wanted));
	g_autoptr(json_t) gone = mapping_update(mapping, nobody, shadow, NULL, &error);
	g_assert_true(json_equal(gone, shadow));
	g_autoptr(json_t) first = mapping_update(mapping, mapped, nobody, NULL, &error);
	g_autoptr(json_t) firsts = mapping_diff(mapping, nobody, first);
	g_assert_cmpuint(json_array_size(json_object_get(json_array_get(firsts, 0), "add")), ==, 2);
}

/* What an adopted account has at a secret path stays as unknown as what it gets. */
static void test_old_secret(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(json_t) before = json("{\"a\":\"x\",\"n\":\"S3cret\",\"o\":\"[Redact] 1\"}");
	g_autoptr(json_t) wanted = json("{\"a\":\"y\",\"n\":\"[Redact] 2\",\"o\":\"[Redact] 3\"}");

	add(mapping, "a", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "n", "Redact([mail])", MAPPING_ALWAYS, FALSE);
	add(mapping, "o", "Redact([sn])", MAPPING_ALWAYS, FALSE);
	g_autoptr(json_t) changes = mapping_diff(mapping, before, wanted);
	g_autofree char *text = json_canonical(changes);
	g_assert_cmpstr(text, ==,
			"[{\"new\":\"y\",\"old\":\"x\",\"path\":\"a\"},"
			"{\"new\":\"[Redact] 2\",\"old\":\"[Redact]\",\"path\":\"n\"},"
			"{\"new\":\"[Redact] 3\",\"old\":\"[Redact] 1\",\"path\":\"o\"}]");
}

/* What an account that others made shows of secret rows is kept without the value. */
static void test_found_secret(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GError) error = NULL;
	const Constraint fixed = { .path = "i", .immutable = TRUE };
	const MappingRow given = { .to = "d", .from = "Redact([sn])", .fallback = "Default-9" };

	add(mapping, "a", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "i", "Redact([mail])", MAPPING_ALWAYS, FALSE);
	g_assert_true(mapping_add(mapping, &given, NULL, &error));
	g_assert_true(mapping_constrain(mapping, &fixed, &error));
	g_autoptr(json_t) there = json("{\"a\":\"x\",\"i\":\"Plain-1\",\"d\":[\"Plain-2\"]}");
	mapping_mask(mapping, there);
	g_autofree char *masked = json_canonical(there);
	g_assert_cmpstr(masked, ==, "{\"a\":\"x\",\"d\":\"[Redact]\",\"i\":\"[Redact]\"}");

	g_autoptr(json_t) resource = json("{\"a\":\"y\",\"d\":\"[Redact]\",\"i\":\"[Redact] 1\"}");
	g_autoptr(json_t) wanted = mapping_adopt(mapping, resource, there, &error);
	g_assert_no_error(error);
	g_autoptr(json_t) changes = mapping_diff(mapping, there, wanted);
	g_autofree char *text = json_canonical(changes);
	g_assert_cmpstr(json_string_value(json_object_get(wanted, "i")), ==, "[Redact]");
	g_assert_cmpstr(text, ==, "[{\"new\":\"y\",\"old\":\"x\",\"path\":\"a\"}]");
}

static void test_objects_are_always_a_list(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(Entry) entry = person_new();
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	const ExprRole role = { "agent", 0 };
	ExprInput input = { .entry = entry, .roles = &role, .role_count = 1 };

	add(mapping, "roles", ROLES, MAPPING_ALWAYS, FALSE);
	g_autoptr(json_t) mapped = mapping_apply(mapping, &input, arena, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(json_array_size(json_object_get(mapped, "roles")), ==, 1);
}

/* ---- secrets ---- */

static json_t *apply_json(const Mapping *mapping, const Entry *entry)
{
	g_autoptr(Arena) arena = arena_new();
	ExprInput input = { .entry = entry };

	return mapping_apply(mapping, &input, arena, NULL);
}

static void test_secrets_are_not_shown(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(Entry) entry = person_new();
	g_autoptr(Entry) other = entry_new("7ba7b810-9dad-11d1-80b4-00c04fd430c8", "CN=Jim,DC=x");

	g_assert_false(mapping_has_secret(mapping));
	add(mapping, "credentials.Password", "[sn]", MAPPING_ALWAYS, FALSE);
	add(mapping, "pin", "Redact([sn])", MAPPING_ALWAYS, FALSE);
	add(mapping, "password", "RandomString(9, 1, 0, 1, 1)", MAPPING_CREATE, FALSE);
	add(mapping, "userName", "[sn]", MAPPING_ALWAYS, FALSE);
	g_assert_true(mapping_has_secret(mapping));
	g_assert_true(mapping_is_secret(mapping, "pin"));
	g_assert_false(mapping_is_secret(mapping, "userName"));

	g_autoptr(json_t) mapped = apply_json(mapping, entry);
	const char *password = json_get_string(mapped, "credentials.Password");
	const char *pin = json_get_string(mapped, "pin");
	g_assert_true(g_regex_match_simple("^\\[Redact\\] [0-9a-f]{16}$", password, 0, 0));
	g_assert_true(g_regex_match_simple("^\\[Redact\\] [0-9a-f]{16}$", pin, 0, 0));
	g_assert_cmpstr(json_get_string(mapped, "password"), ==, MAPPING_REDACTED);
	g_assert_cmpstr(json_get_string(mapped, "userName"), ==, "Doe");
	g_assert_cmpstr(password, !=, pin);

	/* Two people with the same secret do not look alike; another secret looks otherwise. */
	entry_add(other, "sn", "Doe", 3);
	g_autoptr(json_t) others = apply_json(mapping, other);
	g_assert_cmpstr(json_get_string(others, "pin"), !=, pin);
	g_autoptr(json_t) again = apply_json(mapping, entry);
	g_assert_cmpstr(json_get_string(again, "pin"), ==, pin);
}

static void test_reveal(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(Entry) entry = person_new();
	g_autoptr(Entry) changed = entry_new(entry_anchor(entry), "CN=Jane,DC=x");
	g_autoptr(Arena) arena = arena_new();
	g_autoptr(GError) error = NULL;
	ExprInput input = { .entry = entry }, later = { .entry = changed };

	add_row(mapping, &(MappingRow){ .to = "password", .from = "[uid]", .fallback = "start" });
	add(mapping, "x.password", "[sn]", MAPPING_ALWAYS, FALSE);
	add(mapping, "userName", "[sn]", MAPPING_ALWAYS, FALSE);
	g_autoptr(json_t) mapped = apply_json(mapping, entry);
	g_autoptr(json_t) wanted = mapping_create(mapping, mapped, &error);
	g_assert_cmpstr(json_get_string(wanted, "password"), ==, MAPPING_REDACTED);
	g_autoptr(json_t) wire = mapping_reveal(mapping, wanted, &input, arena, &error);
	g_autofree char *text = json_canonical(wire);
	g_assert_cmpstr(text, ==,
			"{\"password\":\"start\",\"userName\":\"Doe\",\"x.password\":\"Doe\"}");

	g_autoptr(json_t) before = json("{\"x.password\":\"[Redact] 0123\",\"userName\":\"Doe\"}");
	g_autoptr(json_t) changes = mapping_diff(mapping, before, wanted);
	g_autoptr(json_t) sent = mapping_reveal(mapping, changes, &input, arena, &error);
	g_assert_cmpstr(json_get_string(json_array_get(sent, 0), "new"), ==, "start");
	g_assert_cmpstr(json_get_string(json_array_get(sent, 1), "new"), ==, "Doe");
	g_assert_true(g_str_has_prefix(json_get_string(json_array_get(changes, 1), "new"),
				       MAPPING_REDACTED));

	/* What was planned for one value is not carried out with another. */
	entry_add(changed, "sn", "Roe", 3);
	g_assert_null(mapping_reveal(mapping, wanted, &later, arena, &error));
	g_assert_true(error_is(error, ERROR_STALE));
}

/* A default, an optional reference and a row without value do not count as missing. */
static void test_required_with_default(void)
{
	g_autoptr(Mapping) mapping = mapping_new();

	add_row(mapping,
		&(MappingRow){
			.to = "nickName", .from = "[missing]", .required = TRUE, .fallback = "x" });
	assert_apply(mapping, "{}");
}

static void count_row(const MappingRow *row, const Expr *expr, void *data)
{
	GString *seen = data;

	g_assert_nonnull(expr);
	g_string_append_printf(seen, "%s<-%s;", row->to, row->from);
}

static void test_foreach(void)
{
	g_autoptr(Mapping) mapping = mapping_new();
	g_autoptr(GString) seen = g_string_new(NULL);

	add(mapping, "userName", "[mail]", MAPPING_ALWAYS, FALSE);
	add(mapping, "emails[type eq 'work']", "[mail]", MAPPING_ALWAYS, FALSE);
	mapping_foreach(mapping, count_row, seen);
	g_assert_cmpstr(seen->str, ==, "userName<-[mail];emails[type eq \"work\"].value<-[mail];");
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
	g_test_add_func("/mapping/settings-that-exclude-each-other",
			test_settings_that_exclude_each_other);
	g_test_add_func("/mapping/chance", test_chance);
	g_test_add_func("/mapping/choice", test_choice);
	g_test_add_func("/mapping/all-values", test_all_values);
	g_test_add_func("/mapping/markers", test_markers);
	g_test_add_func("/mapping/create", test_create);
	g_test_add_func("/mapping/required-reference", test_required_reference);
	g_test_add_func("/mapping/required-with-default", test_required_with_default);
	g_test_add_func("/mapping/update", test_update);
	g_test_add_func("/mapping/immutable", test_immutable);
	g_test_add_func("/mapping/two-primaries", test_two_primaries);
	g_test_add_func("/mapping/steady", test_steady);
	g_test_add_func("/mapping/constraints-on-rows", test_constraints_on_rows);
	g_test_add_func("/mapping/constraints-on-people", test_constraints_on_people);
	g_test_add_func("/mapping/required-by-target", test_required_by_target);
	g_test_add_func("/mapping/adding", test_adding);
	g_test_add_func("/mapping/old-secret", test_old_secret);
	g_test_add_func("/mapping/found-secret", test_found_secret);
	g_test_add_func("/mapping/objects-are-always-a-list", test_objects_are_always_a_list);
	g_test_add_func("/mapping/secrets-are-not-shown", test_secrets_are_not_shown);
	g_test_add_func("/mapping/reveal", test_reveal);
	g_test_add_func("/mapping/foreach", test_foreach);
	g_test_add_func("/mapping/attributes", test_attributes);
	return g_test_run();
}
