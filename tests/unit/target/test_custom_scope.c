/*
 * What the names in the templates of a custom API stand for.
 */
#include "base/json.h"
#include "custom_support.h"
#include "drive_support.h"

#define API                                                          \
	"url = 'https://api.example'; create = { url = '/users'; };" \
	"parameters = { org = '123'; };"                             \
	"auth = { type = 'basic'; user = 'admin'; password = 'hush-hush'; };"

typedef struct {
	Definition *definition;
	json_t *resource, *changes, *outputs, *document;
	TargetRequest request;
	CustomScope scope;
} Fixture;

static Fixture fixture_new(const char *more)
{
	g_autofree char *text = g_strconcat(API, more, NULL);
	Fixture self = { .definition = definition_new(text) };

	self.resource = json_of("{'email':'a@x','emails':'n','name.givenName':'Jo','age':7,"
				"'on':true}");
	json_object_set_new(self.resource, "mails[type eq \"work\"].value", json_string("w@x"));
	self.changes = json_of("[{'path':'email','old':'b@x','new':'a@x'},"
			       "{'path':'name.givenName','old':'Jim'}]");
	self.outputs = json_of("{'job':{'id':3},'state':'done','none':''}");
	self.document = json_of("{'id':9,'email':'b@x','name':{'givenName':'Jim','other':1}}");
	return self;
}

static CustomScope *scope_of(Fixture *self, TargetVerb verb)
{
	self->request = (TargetRequest){ .verb = verb,
					 .id = "u/1",
					 .anchor = "anchor-1",
					 .resource = self->resource,
					 .changes = self->changes,
					 .match_path = "email",
					 .match_value = "a@x" };
	self->scope = (CustomScope){ .api = self->definition->conf.api,
				     .net = &self->definition->conf.net,
				     .request = &self->request,
				     .outputs = self->outputs,
				     .document = self->document,
				     .uuid = "0-1-2" };
	return &self->scope;
}

static void fixture_clear(Fixture *self)
{
	definition_free(self->definition);
	json_decref(self->resource);
	json_decref(self->changes);
	json_decref(self->outputs);
	json_decref(self->document);
}

static void assert_is(CustomScope *scope, const char *name, const char *json)
{
	g_autoptr(json_t) value = custom_scope_get(name, scope);

	g_test_message("%s", name);
	if (json) {
		g_assert_nonnull(value);
		assert_json(value, json);
	} else {
		g_assert_null(value);
	}
}

static void test_names(void)
{
	static const struct {
		const char *name, *value;
	} cases[] = {
		{ "id", "'u/1'" },
		{ "anchor", "'anchor-1'" },
		{ "now", "'1970-01-01T00:00:00Z'" },
		{ "uuid", "'0-1-2'" },
		{ "resource",
		  "{'age':7,'email':'a@x','emails':'n','mails':[{'type':'work','value':'w@x'}],"
		  "'name':{'givenName':'Jo'},'on':true}" },
		{ "resource.email", "'a@x'" },
		{ "resource.age", "7" },
		{ "resource.on", "true" },
		{ "resource.NAME.givenname", "'Jo'" },
		{ "resource.name", "{'givenName':'Jo'}" },
		{ "resource.title", NULL },
		{ "changes", "{'email':'a@x','name':{'givenName':null}}" },
		{ "changes.email", "'a@x'" },
		{ "changes.age", NULL },
		{ "old.name.givenName", "'Jim'" },
		{ "document", "{'email':'b@x','id':9,'name':{'givenName':'Jim','other':1}}" },
		{ "document.name.other", "1" },
		{ "merged", "{'email':'a@x','id':9,'name':{'other':1}}" },
		{ "match.path", "'email'" },
		{ "match.value", "'a@x'" },
		{ "parameter.org", "'123'" },
		{ "parameter.other", NULL },
		{ "auth.user", "'admin'" },
		{ "auth.password", "'hush-hush'" },
		{ "token.api_domain", NULL },
		{ "step.job", "{'id':3}" },
		{ "step.other", NULL },
		{ "password", NULL },
		{ "members", NULL },
		{ "item", NULL },
		{ "nonsense", NULL },
		{ "i", NULL },
	};
	Fixture self = fixture_new("");
	CustomScope *scope = scope_of(&self, TARGET_UPDATE);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_is(scope, cases[i].name, cases[i].value);
	/* Whoever asks has changed nothing. */
	assert_json(self.document, "{'email':'b@x','id':9,'name':{'givenName':'Jim','other':1}}");
	fixture_clear(&self);
}

static void test_left_out(void)
{
	Fixture self = fixture_new("");
	CustomScope *scope = scope_of(&self, TARGET_UPDATE);
	g_autoptr(GPtrArray) left_out = g_ptr_array_new();

	g_ptr_array_add(left_out, (gpointer) "Email");
	g_ptr_array_add(left_out, (gpointer) "name");
	g_ptr_array_add(left_out, (gpointer) "mails");
	scope->leave_out = left_out;
	assert_is(scope, "resource", "{'age':7,'emails':'n','on':true}");
	assert_is(scope, "changes", "{}");
	assert_is(scope, "merged", "{'id':9}");
	/* By its own name it can be sent all the same. */
	assert_is(scope, "resource.email", "'a@x'");
	fixture_clear(&self);
}

static void test_removed(void)
{
	static const struct {
		const char *setting, *changes, *value;
	} cases[] = {
		{ "removed = 'null';", "{'email':'a@x','name':{'givenName':null}}", "null" },
		{ "removed = 'empty';", "{'email':'a@x','name':{'givenName':''}}", "''" },
		{ "removed = 'omit';", "{'email':'a@x'}", NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fixture self = fixture_new(cases[i].setting);
		CustomScope *scope = scope_of(&self, TARGET_UPDATE);

		assert_is(scope, "changes", cases[i].changes);
		assert_is(scope, "changes.name.givenName", cases[i].value);
		fixture_clear(&self);
	}
}

static void test_members(void)
{
	static const TargetMember members[] = { { .id = "a" }, { .id = "b" } };
	Fixture self = fixture_new("");
	CustomScope *scope = scope_of(&self, TARGET_MEMBERS_ADD);
	g_autoptr(json_t) items = json_of("[{'id':'x','n':{'m':5}}]");
	g_autoptr(json_t) all = json_of("['a','b','c']");

	self.request.members = members;
	self.request.member_count = 2;
	assert_is(scope, "members", "['a','b']");
	assert_is(scope, "member.id", NULL);
	self.request.member_count = 1;
	assert_is(scope, "member.id", "'a'");
	scope->members = all;
	assert_is(scope, "members", "['a','b','c']");
	scope->items = items;
	assert_is(scope, "items", "[{'id':'x','n':{'m':5}}]");
	assert_is(scope, "item.n.m", "5");
	fixture_clear(&self);
}

/* Shown to people: nothing secret, and what only an answer could tell by its name. */
static void test_pretended(void)
{
	Fixture self = fixture_new("");
	CustomScope *scope = scope_of(&self, TARGET_PASSWORD);
	g_autoptr(Secret) password = secret_new("correct horse", 13);

	self.request.password = password;
	self.request.must_change = TRUE;
	assert_is(scope, "password", "'correct horse'");
	assert_is(scope, "must_change", "true");
	scope->pretended = TRUE;
	scope->document = NULL;
	assert_is(scope, "password", "'<password>'");
	assert_is(scope, "auth.password", "'<auth.password>'");
	assert_is(scope, "token.api_domain", "'<token.api_domain>'");
	assert_is(scope, "step.other", "'<step.other>'");
	assert_is(scope, "merged", "'<merged>'");
	assert_is(scope, "id", "'u/1'");
	assert_is(scope, "resource.title", NULL);
	fixture_clear(&self);
}

/* Conditions ----------------------------------------------------------------------------------- */

static gboolean holds(CustomScope *scope, const char *name, CustomWhenKind kind, const char *text,
		      gboolean negated)
{
	CustomWhen when = {
		.name = (char *)name, .kind = kind, .text = (char *)text, .negated = negated
	};
	g_autoptr(GPtrArray) list = g_ptr_array_new();

	g_ptr_array_add(list, &when);
	return custom_when_holds(list, scope);
}

static void test_when(void)
{
	Fixture self = fixture_new("");
	CustomScope *scope = scope_of(&self, TARGET_UPDATE);

	g_assert_true(custom_when_holds(NULL, scope));
	g_assert_true(holds(scope, "step.job", CUSTOM_WHEN_THERE, NULL, FALSE));
	g_assert_false(holds(scope, "step.job", CUSTOM_WHEN_THERE, NULL, TRUE));
	g_assert_false(holds(scope, "step.none", CUSTOM_WHEN_THERE, NULL, FALSE));
	g_assert_true(holds(scope, "step.missing", CUSTOM_WHEN_THERE, NULL, TRUE));
	g_assert_true(holds(scope, "step.state", CUSTOM_WHEN_EQUAL, "done", FALSE));
	g_assert_false(holds(scope, "step.state", CUSTOM_WHEN_EQUAL, "failed", FALSE));
	g_assert_true(holds(scope, "resource.age", CUSTOM_WHEN_EQUAL, "7", FALSE));
	g_assert_true(holds(scope, "resource.on", CUSTOM_WHEN_EQUAL, "True", FALSE));
	g_assert_true(holds(scope, "step.missing", CUSTOM_WHEN_EQUAL, "x", TRUE));
	g_assert_true(holds(scope, "changes.email", CUSTOM_WHEN_THERE, NULL, FALSE));
	g_assert_false(holds(scope, "changes.name.givenName", CUSTOM_WHEN_THERE, NULL, FALSE));
	fixture_clear(&self);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_scope/names", test_names);
	g_test_add_func("/custom_scope/left_out", test_left_out);
	g_test_add_func("/custom_scope/removed", test_removed);
	g_test_add_func("/custom_scope/members", test_members);
	g_test_add_func("/custom_scope/pretended", test_pretended);
	g_test_add_func("/custom_scope/when", test_when);
	return g_test_run();
}
