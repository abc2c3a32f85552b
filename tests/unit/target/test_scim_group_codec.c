/*
 * What is sent about groups in each dialect, how members are portioned, and what a group that was
 * read is taken to say.
 */
#include <string.h>

#include "../../../src/target/scim_group_internal.h"
#include "base/error.h"
#include "base/json.h"
#include "drive_support.h"

#define URN_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"

static const TargetMember people[] = {
	{ .id = "1" }, { .id = "a\"b" }, { .id = "3", .is_group = TRUE },
	{ .id = "4" }, { .id = "5" },    { .id = "6" },
	{ .id = "7" }, { .id = "8" },
};

static TargetRequest request_of(TargetVerb verb, guint count)
{
	return (TargetRequest){ .verb = verb, .id = "g", .members = people, .member_count = count };
}

static void assert_ops(json_t *message, const char *ops)
{
	assert_json(json_object_get(message, "schemas"),
		    "['urn:ietf:params:scim:api:messages:2.0:PatchOp']");
	assert_json(json_object_get(message, "Operations"), ops);
	json_decref(message);
}

static void assert_dialect(ScimGroupQuirks quirks, TargetVerb verb, guint first, guint count,
			   const char *ops)
{
	TargetRequest request = request_of(verb, G_N_ELEMENTS(people));
	assert_ops(scim_members_patch(&quirks, &request, first, count), ops);
}

static void test_adding(void)
{
	assert_dialect((ScimGroupQuirks){ .add = SCIM_ADD_LIST }, TARGET_MEMBERS_ADD, 1, 2,
		       "[{'op':'add','path':'members','value':"
		       "[{'value':'a\\\"b'},{'type':'Group','value':'3'}]}]");
	assert_dialect((ScimGroupQuirks){ .add = SCIM_ADD_SINGLE }, TARGET_MEMBERS_ADD, 2, 2,
		       "[{'op':'add','path':'members','value':[{'type':'Group','value':'3'}]},"
		       "{'op':'add','path':'members','value':[{'value':'4'}]}]");
	assert_dialect((ScimGroupQuirks){ .add = SCIM_ADD_NESTED }, TARGET_MEMBERS_ADD, 3, 2,
		       "[{'op':'add','path':'members','value':"
		       "{'members':[{'value':'4'},{'value':'5'}]}}]");
}

static void test_removing(void)
{
	assert_dialect((ScimGroupQuirks){ .remove = SCIM_REMOVE_FILTER }, TARGET_MEMBERS_REMOVE, 0,
		       2,
		       "[{'op':'remove','path':'members[value eq \\\"1\\\"]'},"
		       "{'op':'remove','path':'members[value eq \\\"a\\\\\\\"b\\\"]'}]");
	assert_dialect((ScimGroupQuirks){ .remove = SCIM_REMOVE_VALUE }, TARGET_MEMBERS_REMOVE, 3,
		       2,
		       "[{'op':'remove','path':'members','value':"
		       "[{'value':'4'},{'value':'5'}]}]");
	assert_dialect((ScimGroupQuirks){ .remove = SCIM_REMOVE_NESTED }, TARGET_MEMBERS_REMOVE, 3,
		       1, "[{'op':'remove','path':'members','value':{'members':[{'value':'4'}]}}]");
}

static void test_documents(void)
{
	const ScimGroupQuirks exact = { 0 }, slug = { .name = SCIM_NAME_SLUG };
	g_autoptr(json_t) resource = json_of("{'displayName':'Vertrieb Süd','members':'x'}");
	g_autoptr(json_t) plain = scim_group_document(&exact, resource, "anchor-1");
	g_autoptr(json_t) mended = scim_group_document(&slug, resource, NULL);

	/* Never with members, whatever is mapped. */
	assert_json(plain, "{'schemas':['" URN_GROUP "'],'externalId':'anchor-1',"
			   "'displayName':'Vertrieb Süd'}");
	assert_json(mended, "{'schemas':['" URN_GROUP "'],'displayName':'vertrieb-sud'}");

	json_object_del(resource, "members");
	assert_ops(scim_group_patch(&exact, resource, TRUE),
		   "[{'op':'replace','path':'displayName','value':'Vertrieb Süd'}]");
	assert_ops(scim_group_patch(&slug, resource, FALSE),
		   "[{'op':'replace','value':{'displayName':'vertrieb-sud'}}]");
	g_autoptr(json_t) group = json_of("{'schemas':['x'],'id':'g','meta':{},'displayName':'A',"
					  "'urn:x:Group':{'owner':'o'},'members':[{'value':'1'}]}");
	scim_group_overlay(&exact, group, resource);
	assert_json(group, "{'schemas':['" URN_GROUP "','urn:x:Group'],'id':'g',"
			   "'displayName':'Vertrieb Süd',"
			   "'urn:x:Group':{'owner':'o'},'members':[{'value':'1'}]}");
}

static void test_names(void)
{
	static const char *const names[][2] = {
		{ "Sales", "sales" },
		{ " Sales  &  Service! ", "sales-service" },
		{ "app-zoom_EU", "app-zoom-eu" },
		{ "Продажи 2", "продажи-2" },
		{ "!!!", "!!!" },
	};
	const ScimGroupQuirks slug = { .name = SCIM_NAME_SLUG };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *name = scim_group_name(&slug, names[i][0]);
		g_autofree char *again = scim_group_name(&slug, name);
		g_assert_cmpstr(name, ==, names[i][1]);
		g_assert_cmpstr(again, ==, name);
	}
}

static void test_addresses(void)
{
	const ScimGroupQuirks exact = { 0 }, slug = { .name = SCIM_NAME_SLUG };
	g_autofree char *by_name = scim_group_lookup_path(&exact, "displayName", "A \"b\"");
	g_autofree char *by_slug = scim_group_lookup_path(&slug, "displayName", "A b");
	g_autofree char *by_id = scim_group_lookup_path(&slug, "externalId", "A b");
	g_autofree char *path = scim_group_path("a/b");

	g_assert_cmpstr(by_name, ==,
			"/Groups?filter=displayName%20eq%20%22A%20%5C%22b%5C%22%22"
			"&excludedAttributes=members");
	g_assert_nonnull(strstr(by_slug, "displayName%20eq%20%22a-b%22"));
	g_assert_nonnull(strstr(by_id, "externalId%20eq%20%22A%20b%22"));
	g_assert_cmpstr(path, ==, "/Groups/a%2Fb");
}

static void assert_after(const char *group_text, TargetVerb verb, guint count, gboolean changes,
			 const char *members_after)
{
	g_autoptr(json_t) group = json_of(group_text);
	TargetRequest request = request_of(verb, count);
	gboolean changed;
	g_autoptr(json_t) members = scim_members_after(group, &request, &changed);

	g_assert_cmpint(members != NULL, ==, members_after != NULL);
	if (!members)
		return;
	assert_json(members, members_after);
	g_assert_cmpint(changed, ==, changes);
}

static void test_whole_list(void)
{
	assert_after("{'Members':[{'VALUE':'9','display':'x','$ref':'y'},{'value':1}]}",
		     TARGET_MEMBERS_ADD, 3, TRUE,
		     "[{'value':'9'},{'value':'1'},{'value':'a\\\"b'},"
		     "{'type':'Group','value':'3'}]");
	/* A group within the group stays one. */
	assert_after("{'members':[{'value':'1'},{'value':'9','type':'Group'}]}",
		     TARGET_MEMBERS_REMOVE, 2, TRUE, "[{'type':'Group','value':'9'}]");
	assert_after("{'members':[{'value':'1'}]}", TARGET_MEMBERS_ADD, 1, FALSE,
		     "[{'value':'1'}]");
	assert_after("{'members':null}", TARGET_MEMBERS_REMOVE, 1, FALSE, "[]");
	assert_after("{}", TARGET_MEMBERS_ADD, 1, TRUE, "[{'value':'1'}]");
	assert_after("{'members':[{'display':'x'}]}", TARGET_MEMBERS_ADD, 1, FALSE, NULL);
}

static void test_who_shows_all(void)
{
	g_autoptr(json_t) two = json_of("{'members':[{'value':'1'},{'value':'2'}]}");
	g_autoptr(json_t) odd = json_of("{'members':{'0':{'value':'1'}}}");
	const char *why;

	for (int read = SCIM_READ_FULL; read <= SCIM_READ_QUERY; read++) {
		ScimGroupQuirks quirks = { .read = read, .read_max = 3 };
		gboolean shows = read == SCIM_READ_FULL || read == SCIM_READ_CAPPED;
		g_assert_cmpint(scim_members_are_all(&quirks, two, &why), ==, shows);
		g_assert_cmpint(why == NULL, ==, shows);
		g_assert_false(scim_members_are_all(&quirks, odd, &why));
	}
	/* As many as are ever shown: there may be more. */
	ScimGroupQuirks capped = { .read = SCIM_READ_CAPPED, .read_max = 2 };
	g_assert_false(scim_members_are_all(&capped, two, &why));
}

/* Portions ------------------------------------------------------------------------------------- */

/* A service that takes so many members, refuses one of them, or says that one is in already. */
typedef struct {
	guint most, status;
	const char *bad, *already;
} Service;

static guint ops_of(const json_t *body)
{
	return (guint)json_array_size(json_object_get(body, "Operations"));
}

static gboolean has_member(const ScimChunks *chunks, const char *id)
{
	for (guint i = chunks->first; id && i < chunks->first + chunks->count; i++) {
		if (g_str_equal(chunks->request->members[i].id, id))
			return TRUE;
	}
	return FALSE;
}

static ScimReply reply_of(const Service *service, const ScimChunks *chunks, const json_t *body)
{
	if (ops_of(body) > service->most)
		return (ScimReply){ .outcome = TARGET_REJECTED, .status = (int)service->status };
	if (has_member(chunks, service->bad))
		return (ScimReply){ .outcome = TARGET_REJECTED,
				    .status = 400,
				    .detail = g_strdup("unknown") };
	if (has_member(chunks, service->already))
		return (ScimReply){ .outcome = TARGET_STALE,
				    .status = 409,
				    .detail = g_strdup("Already a member of the group") };
	return (ScimReply){ .outcome = TARGET_OK, .status = 200 };
}

/* The sizes of the requests as text, "8 4 4"; the outcome, and what was learnt of the size. */
static char *play(const Service *service, gint64 payload_max, TargetOutcome *outcome,
		  guint *learned)
{
	const ScimGroupQuirks quirks = { .add = SCIM_ADD_SINGLE, .payload_max = payload_max };
	TargetRequest request = request_of(TARGET_MEMBERS_ADD, G_N_ELEMENTS(people));
	GString *sizes = g_string_new(NULL);
	ScimReply reply = { 0 };
	gboolean goes_on = TRUE;
	ScimChunks chunks;
	json_t *body;

	scim_chunks_init(&chunks, &quirks, &request, 100);
	while (goes_on && (body = scim_chunks_next(&chunks))) {
		scim_reply_clear(&reply);
		g_string_append_printf(sizes, "%s%u", sizes->len > 0 ? " " : "", ops_of(body));
		reply = reply_of(service, &chunks, body);
		goes_on = scim_chunks_answered(&chunks, &reply);
		json_decref(body);
	}
	if (goes_on)
		scim_chunks_conclude(&chunks, &reply);
	*outcome = reply.outcome;
	*learned = scim_chunks_learned(&chunks);
	scim_reply_clear(&reply);
	scim_chunks_clear(&chunks);
	return g_string_free(sizes, FALSE);
}

static void test_portions(void)
{
	static const struct {
		Service service;
		gint64 payload_max;
		const char *sizes;
		TargetOutcome outcome;
		guint learned;
	} cases[] = {
		{ { .most = 100 }, 0, "8", TARGET_OK, 0 },
		/* Too much: halved, and remembered. */
		{ { .most = 4, .status = 413 }, 0, "8 4 4", TARGET_OK, 4 },
		{ { .most = 3, .status = 400 }, 0, "8 4 2 2 2 2", TARGET_OK, 2 },
		/* Somebody is refused: the others are not, and no size is learnt. */
		{ { .most = 100, .bad = "1" }, 0, "8 4 2 1 2 4 1", TARGET_REJECTED, 0 },
		{ { .most = 100, .bad = "8" }, 0, "8 4 4 2 2 1 1", TARGET_REJECTED, 0 },
		/* In already: that is what was wanted. */
		{ { .most = 100, .already = "1" }, 0, "8 4 2 1 2 4 1", TARGET_OK, 0 },
		/* Nobody is taken: not asked for each. */
		{ { .most = 0, .status = 400 }, 0, "8 4 2 1 2 1 2 1 2 1 2 1", TARGET_REJECTED, 0 },
		/* Another refusal is that of the group. */
		{ { .most = 0, .status = 403 }, 0, "8", TARGET_REJECTED, 0 },
		{ { .most = 100 }, 330, "4 4", TARGET_OK, 0 },
		{ { .most = 100 }, 10, "1 1 1 1 1 1 1 1", TARGET_OK, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		TargetOutcome outcome;
		guint learned;
		g_autofree char *sizes = play(&cases[i].service, cases[i].payload_max, &outcome,
					      &learned);
		g_assert_cmpstr(sizes, ==, cases[i].sizes);
		g_assert_cmpint(outcome, ==, cases[i].outcome);
		g_assert_cmpuint(learned, ==, cases[i].learned);
	}
}

/* What one answer to the removal or addition of one member means. */
static void test_one_member(void)
{
	static const struct {
		TargetVerb verb;
		int status;
		const char *type, *words;
		gboolean done;
	} cases[] = {
		{ TARGET_MEMBERS_REMOVE, 400, "noTarget", "", TRUE },
		{ TARGET_MEMBERS_REMOVE, 404, "noTarget", "", TRUE },
		{ TARGET_MEMBERS_REMOVE, 409, NULL, "User is not a member of it", TRUE },
		{ TARGET_MEMBERS_REMOVE, 404, NULL, "no such group", FALSE },
		{ TARGET_MEMBERS_REMOVE, 409, NULL, "version conflict", FALSE },
		{ TARGET_MEMBERS_REMOVE, 409, "uniqueness", "", FALSE },
		{ TARGET_MEMBERS_ADD, 409, "uniqueness", "", TRUE },
		{ TARGET_MEMBERS_ADD, 400, NULL, "object references already exist", TRUE },
		{ TARGET_MEMBERS_ADD, 400, "noTarget", "", FALSE },
		{ TARGET_MEMBERS_ADD, 409, NULL, "version conflict", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const ScimGroupQuirks quirks = { 0 };
		TargetRequest request = request_of(cases[i].verb, 1);
		ScimReply reply = { .outcome = cases[i].status == 409   ? TARGET_STALE
					       : cases[i].status == 404 ? TARGET_ABSENT
									: TARGET_REJECTED,
				    .status = cases[i].status,
				    .scim_type = g_strdup(cases[i].type),
				    .detail = g_strdup(cases[i].words) };
		ScimChunks chunks;

		scim_chunks_init(&chunks, &quirks, &request, 10);
		json_decref(scim_chunks_next(&chunks));
		if (scim_chunks_answered(&chunks, &reply))
			scim_chunks_conclude(&chunks, &reply);
		g_assert_cmpint(reply.outcome == TARGET_OK, ==, cases[i].done);
		scim_chunks_clear(&chunks);
		scim_reply_clear(&reply);
	}
}

/* Settings ------------------------------------------------------------------------------------- */

static void test_settings(void)
{
	static const struct {
		ScimGroupQuirks quirks;
		const char *says; /* or NULL: sound */
	} cases[] = {
		{ { .put = TRUE }, NULL },
		{ { .put = TRUE, .read = SCIM_READ_CAPPED }, "read_max" },
		{ { .put = TRUE, .read_max = 5 }, "capped" },
		{ { .add = SCIM_ADD_PUT }, "put = false" },
		{ { .remove = SCIM_REMOVE_REPLACE, .read = SCIM_READ_NONE }, "read = \"none\"" },
		{ { .remove = SCIM_REMOVE_REPLACE, .read = SCIM_READ_CAPPED, .read_max = 9 },
		  NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		gboolean sound = scim_group_validate(&cases[i].quirks, "app", &error);
		g_assert_cmpint(sound, ==, cases[i].says == NULL);
		if (cases[i].says)
			g_assert_nonnull(strstr(error->message, cases[i].says));
	}
	ScimGroupQuirks rename = { .offered = TRUE, .read = SCIM_READ_QUERY, .can_rename = TRUE };
	g_assert_cmpuint(scim_group_caps(&rename), ==, TARGET_CAN_GROUPS | TARGET_CAN_RENAME_GROUP);
	rename.offered = FALSE;
	g_assert_cmpuint(scim_group_caps(&rename), ==, 0);
}

static void test_no_groups(void)
{
	static const struct {
		const char *body;
		gboolean none;
	} cases[] = {
		{ "{'Resources':[{'name':'User'}]}", TRUE },
		{ "{'resources':[{'endpoint':'/Users'},{'endpoint':'/Devices'}]}", TRUE },
		{ "{'Resources':[{'name':'User'},{'name':'group'}]}", FALSE },
		{ "[{'name':'User'},{'endpoint':'https://x/v2/Groups'}]", FALSE },
		/* Whoever says nothing has not said no. */
		{ "{'Resources':[]}", FALSE },
		{ "{}", FALSE },
		{ "{'Resources':[{'name':'User'},{}]}", FALSE },
		{ "'x'", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) body = json_of(cases[i].body);
		g_assert_cmpint(scim_has_no_groups(body), ==, cases[i].none);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-group-codec/adding", test_adding);
	g_test_add_func("/scim-group-codec/removing", test_removing);
	g_test_add_func("/scim-group-codec/documents", test_documents);
	g_test_add_func("/scim-group-codec/names", test_names);
	g_test_add_func("/scim-group-codec/addresses", test_addresses);
	g_test_add_func("/scim-group-codec/whole-list", test_whole_list);
	g_test_add_func("/scim-group-codec/who-shows-all", test_who_shows_all);
	g_test_add_func("/scim-group-codec/portions", test_portions);
	g_test_add_func("/scim-group-codec/one-member", test_one_member);
	g_test_add_func("/scim-group-codec/settings", test_settings);
	g_test_add_func("/scim-group-codec/no-groups", test_no_groups);
	return g_test_run();
}
