/*
 * Definitions of custom APIs: what they compile to, and what is said of mistakes, with the line.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../../../src/target/custom_api_internal.h"

typedef struct {
	Conf *file;
	ConfProblems *problems;
	CustomConf conf;
	Mapping *mapping;
} Loaded;

static Mapping *mapping_of(const char *const *paths)
{
	Mapping *mapping = mapping_new();

	for (guint i = 0; paths[i]; i++) {
		MappingRow row = { .to = paths[i], .from = "[mail]" };
		g_assert_true(mapping_add(mapping, &row, NULL, NULL));
	}
	return mapping;
}

static Loaded load(const char *text)
{
	static const char *const paths[] = { "email", "name.givenName", "name.familyName", NULL };
	static const char *const also[] = { "match", "map", "type", "name", "assign", NULL };
	Loaded self = { .problems = conf_problems_new(), .mapping = mapping_of(paths) };
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("custom-XXXXXX.cfg", &path, NULL);

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	self.file = conf_read(path, self.problems);
	g_unlink(path);
	g_assert_nonnull(self.file);
	conf_fill(conf_root(self.file), &(OptionSet){ custom_options, &self.conf }, 1, also,
		  self.problems);
	custom_load(&self.conf, &(TargetLoad){ .app = "app",
					       .group = conf_root(self.file),
					       .mapping = self.mapping,
					       .problems = self.problems });
	return self;
}

static void loaded_clear(Loaded *self)
{
	custom_unload(&self->conf);
	custom_unload(&self->conf);
	option_clear(custom_options, &self->conf);
	mapping_free(self->mapping);
	conf_free(self->file);
	conf_problems_free(self->problems);
}

/* "2: message" of each problem, one a line; warnings with a sign. New string. */
static char *said(const Loaded *self)
{
	const GPtrArray *list = conf_problems_list(self->problems);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++) {
		const ConfProblem *problem = list->pdata[i];
		if (strstr(problem->message, "stands in the config file itself"))
			continue;
		g_string_append_printf(text, "%s%u: %s\n",
				       problem->severity == CONF_PROBLEM ? "" : "~", problem->line,
				       problem->message);
	}
	return g_string_free(text, FALSE);
}

static Loaded load_well(const char *text)
{
	Loaded self = load(text);
	g_autofree char *words = said(&self);
	g_autoptr(GError) error = NULL;

	g_assert_cmpstr(words, ==, "");
	g_assert_nonnull(self.conf.api);
	custom_validate(&self.conf, "app", &error);
	g_assert_no_error(error);
	return self;
}

static const CustomStep *step_of(const CustomOp *op, guint i)
{
	g_assert_nonnull(op);
	g_assert_cmpuint(op->steps->len, >, i);
	return op->steps->pdata[i];
}

/* The plain form ------------------------------------------------------------------------------- */

#define PLAIN                                                                               \
	"create = { url = \"https://api.example/users\"; };\n"                              \
	"update = { url = \"https://api.example/users/{id}\"; };\n"                         \
	"delete = { url = \"https://api.example/users/{id}\"; };\n"                         \
	"auth = { type = \"header\"; name = \"Authorization\"; value = \"Token abc\"; };\n" \
	"content_type = \"application/json\";\n"                                            \
	"success = { path = \"status\"; value = \"success\"; };\n"                          \
	"error = { path = \"message\"; };\n"                                                \
	"id = { path = \"data.id\"; };\n"                                                   \
	"match = [ \"email\" ];\n"

static void test_plain(void)
{
	Loaded self = load_well(PLAIN);
	const CustomApi *api = self.conf.api;
	const CustomStep *create = step_of(custom_op(api, CUSTOM_CREATE), 0);
	const CustomStep *update = step_of(custom_op(api, CUSTOM_UPDATE), 0);
	const CustomStep *delete = step_of(custom_op(api, CUSTOM_DELETE), 0);
	const CustomSuccess *success;

	g_assert_cmpstr(api->origin, ==, "https://api.example");
	g_assert_cmpstr(create->method, ==, "POST");
	g_assert_cmpstr(update->method, ==, "PUT");
	g_assert_cmpstr(delete->method, ==, "DELETE");
	g_assert_cmpstr(template_text(create->path), ==, "/users");
	g_assert_cmpstr(template_text(update->path), ==, "/users/{id}");
	g_assert_nonnull(create->body);
	g_assert_nonnull(update->body);
	g_assert_null(delete->body);
	g_assert_false(create->repeatable);
	g_assert_true(update->repeatable);
	g_assert_true(delete->repeatable);
	g_assert_cmpuint(create->success->len, ==, 1);
	success = create->success->pdata[0];
	g_assert_cmpstr(place_text(success->place), ==, "status");
	g_assert_cmpstr(success->values->pdata[0], ==, "success");
	g_assert_cmpuint(create->error.words->len, ==, 1);
	g_assert_cmpuint(custom_op(api, CUSTOM_CREATE)->ids->len, ==, 1);
	g_assert_cmpstr(api->match->pdata[0], ==, "email");
	g_assert_cmphex(custom_abilities(&self.conf), ==,
			TARGET_CAN_CREATE | TARGET_CAN_UPDATE | TARGET_CAN_DELETE |
				TARGET_CAN_DISABLE | TARGET_DISABLE_DELETES);
	loaded_clear(&self);
}

/* Everything ----------------------------------------------------------------------------------- */

static const char groups_text[] =
	"url = \"https://graph.example/v1.0/\";\n"
	"list = ( { url = \"/users\"; items = \"value\"; active = true;\n"
	"           pages = { kind = \"url\"; next = \"'@odata.nextLink'\"; }; },\n"
	"         { url = \"/gone\"; items = \"value\"; active = false; } );\n"
	"update = { mode = \"merge\"; method = \"PATCH\"; url = \"/users/{id}\"; };\n"
	"disable = { url = \"/users/{id}/off\"; body = \"\"; };\n"
	"delete = { off = \"not confirmed\"; };\n"
	"password = { url = \"/users/{id}\"; method = \"PATCH\";\n"
	"  body = { pw = \"{password}\"; change = \"{must_change}\"; }; };\n"
	"group = { name = \"displayName\"; lookup = { items = \"value\";\n"
	"  url = \"/groups?$filter=displayName eq '{group.name|odata}'\"; }; };\n"
	"member = { add = { method = \"POST\"; url = \"/groups/{id}/members/$ref\";\n"
	"    body = \"{ \\\"@odata.id\\\": \\\"https://graph.example/v1.0/o/{member.id}\\\" }\";\n"
	"    errors = ( { status = 400; message = \"already exist\"; is = \"member\"; } ); };\n"
	"  remove = { url = \"/groups/{id}/members/{member.id}/$ref\";\n"
	"    errors = ( { status = ( 404, \"500-502\" ); is = \"not_member\"; } ); }; };\n"
	"errors = ( { code = 17; is = \"fatal\"; } );\n";

static void test_groups(void)
{
	Loaded self = load_well(groups_text);
	const CustomApi *api = self.conf.api;
	const CustomOp *update = custom_op(api, CUSTOM_UPDATE);
	const CustomStep *remove = step_of(custom_op(api, CUSTOM_MEMBER_REMOVE), 0);
	const CustomError *first = remove->errors->pdata[0], *second = remove->errors->pdata[1];
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	g_assert_cmpuint(api->lists->len, ==, 2);
	g_assert_true(api->operations[CUSTOM_LIST] == api->lists->pdata[0]);
	g_assert_cmpint(custom_op(api, CUSTOM_LIST)->active, ==, 1);
	g_assert_cmpint(((CustomOp *)api->lists->pdata[1])->active, ==, 0);
	g_assert_true(api->looks_up_by_list);
	g_assert_true(update->reads_first);
	g_assert_cmpstr(template_text(step_of(update, 0)->path), ==, "/v1.0/users/{id}");
	g_assert_false(step_of(update, 0)->repeatable);
	g_assert_null(step_of(custom_op(api, CUSTOM_DISABLE), 0)->body);
	g_assert_null(custom_op(api, CUSTOM_DELETE));
	g_assert_nonnull(api->operations[CUSTOM_DELETE]);
	g_assert_true(step_of(custom_op(api, CUSTOM_PASSWORD), 0)->secret);
	g_assert_false(remove->secret);
	g_assert_cmpuint(remove->errors->len, ==, 2);
	g_assert_cmpint(g_array_index(first->statuses, CustomRange, 1).high, ==, 502);
	g_assert_cmpint(first->class, ==, CUSTOM_IS_NOT_MEMBER);
	g_assert_cmpint(second->class, ==, CUSTOM_IS_FATAL);
	g_assert_cmpstr(second->codes->pdata[0], ==, "17");
	g_assert_cmphex(custom_abilities(&self.conf), ==,
			TARGET_CAN_LIST | TARGET_CAN_LOOKUP | TARGET_CAN_UPDATE |
				TARGET_CAN_DISABLE | TARGET_CAN_PASSWORD | TARGET_CAN_GROUPS);
	custom_operations(&self.conf, names);
	g_assert_cmpuint(names->len, ==, 7);
	loaded_clear(&self);
}

static void test_steps(void)
{
	Loaded self = load_well(
		"url = \"https://api.example\";\n"
		"create = { steps = ( { url = \"/2/add\"; body = { e = \"{resource.email}\"; };\n"
		"    outputs = ( { name = \"job\"; path = \"async_job_id\"; } ); },\n"
		"  { name = \"wait\"; when = \"step.job\"; url = \"/2/status\";\n"
		"    body = { async_job_id = \"{step.job}\"; };\n"
		"    poll = { path = \"'.tag'\"; done = [ \"complete\" ]; failed = \"failed\";\n"
		"      pending = [ \"in_progress\" ]; interval = \"1s\"; }; },\n"
		"  { when = [ \"not step.job\", \"resource.email\" ];\n"
		"    url = \"/2/get/{id}\"; } ); };\n"
		"id = ( { header = \"Location\"; pattern = \"/users/([^/]+)\"; },\n"
		"       { lookup = true; } );\n"
		"lookup = { url = \"/2/find\"; items = \"\";\n"
		"  query = { q = \"{match.value}\"; }; };\n");
	const CustomOp *create = custom_op(self.conf.api, CUSTOM_CREATE);
	const CustomStep *wait = step_of(create, 1), *third = step_of(create, 2);
	const CustomWhen *when = third->when->pdata[0];

	g_assert_nonnull(step_of(create, 0)->body);
	g_assert_cmpstr(step_of(create, 0)->name, ==, "1");
	g_assert_cmpstr(wait->name, ==, "wait");
	g_assert_cmpstr(wait->method, ==, "POST");
	g_assert_cmpstr(third->method, ==, "GET");
	g_assert_true(third->repeatable);
	g_assert_null(third->body);
	g_assert_true(when->negated);
	g_assert_cmpstr(when->name, ==, "step.job");
	g_assert_cmpint(wait->poll->interval_us, ==, 1000000);
	g_assert_true(create->id_by_lookup);
	g_assert_cmpuint(create->ids->len, ==, 1);
	g_assert_cmpstr(((CustomTake *)create->ids->pdata[0])->header, ==, "location");
	loaded_clear(&self);
}

static void test_hosts(void)
{
	g_autofree char *identity = NULL, *other = NULL;
	Loaded self = load_well(
		"url = \"https://www.Zoho.{parameter.region}/one/v1\";\n"
		"parameters = { region = { value = \"eu\"; one_of = [ \"com\", "
		"\"eu\" ]; }; org = 17; colour = \"red\"; };\n"
		"headers = ( { name = \"X-Colour\"; value = \"{parameter.colour}\"; } );\n"
		"create = { url = \"/{parameter.org}/users?a={parameter.region}\"; };\n");
	Loaded token = load_well(
		"base_from = \"instance_url\"; hosts = [ \"Example.com\" ];\n"
		"auth = { type = \"client_credentials\"; client_id = \"c\"; "
		"client_secret = \"s\"; token_url = \"https://t.example/token\"; };\n"
		"create = { url = \"/users\"; };\n");

	identity = custom_identity(&self.conf);
	g_assert_cmpstr(self.conf.api->origin, ==, "https://www.zoho.eu");
	g_assert_cmpstr(self.conf.api->base_path, ==, "/one/v1");
	g_assert_cmpstr(identity, ==, "https://www.zoho.eu/one/v1{\"org\":17,\"region\":\"eu\"}");
	other = custom_identity(&token.conf);
	g_assert_cmpstr(other, ==, "*.example.com");
	g_assert_null(token.conf.api->origin);
	loaded_clear(&self);
	loaded_clear(&token);
}

/* Mistakes ------------------------------------------------------------------------------------- */

typedef struct {
	const char *text, *said;
} Mistake;

static void check_mistakes(const Mistake *mistakes, gsize n)
{
	for (gsize i = 0; i < n; i++) {
		Loaded self = load(mistakes[i].text);
		g_autofree char *words = said(&self);

		g_assert_cmpstr(words, ==, mistakes[i].said);
		g_assert_true((self.conf.api == NULL) == (*words != '~'));
		loaded_clear(&self);
	}
}

#define URL "url = \"https://api.example\";\n"
#define THERE "\nthere are "

static void test_mistaken_settings(void)
{
	static const Mistake mistakes[] = {
		{ URL "create = { url = \"/u\";\n methd = \"PUT\"; };",
		  "3: unknown setting 'methd' (did you mean 'method'?)\n" },
		{ URL "create = { url = \"/u\"; mode = \"full\"; };",
		  "2: unknown setting 'mode'\n" },
		{ URL "create = { url = \"/u\"; method = \"pots\"; };",
		  "2: 'method' must be one of GET, POST, PUT, PATCH, DELETE, HEAD; found \"pots\" "
		  "(did you mean \"POST\"?)\n" },
		{ URL "create = { method = \"PUT\"; };", "2: missing setting 'url'\n" },
		{ URL, "1: no operation is defined: set 'create', 'update', 'delete' and so on\n" },
		{ URL "create = { url = \"/u\"; };\nsuccess = { path = \"status\"; };",
		  "3: which value at 'status' means success is not said: set 'value'\n" },
		{ URL "create = { url = \"/u\"; };\nerrors = ( { is = \"exists\"; } );",
		  "3: every error would fit this row: set 'status', 'code' or 'message'\n" },
		{ URL "create = { url = \"/u\"; };\nerrors = ( { status = 99; is = \"exsts\"; } );",
		  "3: 'is' must be one of ok, exists, not_found, member, not_member, stale, "
		  "throttled, auth, retry, unknown, fatal; found \"exsts\" (did you mean "
		  "\"exists\"?)\n"
		  "3: '99' is no status of HTTP: 409 and \"500-599\" are\n" },
		{ URL "create = { url = \"/u\"; };\nid = { path = \"a\"; header = \"b\"; };",
		  "3: where the value is found is not clear: set 'path' or 'header'\n" },
		{ URL "create = { url = \"/u\"; headers = { Host = \"x\"; }; };",
		  "2: the header 'Host' cannot be set here: it follows from the url\n" },
		{ URL "list = { url = \"/u\"; pages = { kind = \"page\"; }; };",
		  "2: each page would be the first one: set 'parameter', or name {page.number} "
		  "where it belongs\n" },
		{ URL "list = { url = \"/u\"; pages = { kind = \"url\"; }; };",
		  "2: where an answer tells the next page is not said: set 'next'\n" },
		{ URL "create = { url = \"/u\"; };\nrate = ( { calls = 3; per = \"0s\"; } );",
		  "3: rate, line 3: 'per' must be more than none\n" },
		{ URL "delete = { steps = ( { url = \"/u/{id}\"; } );\n url = \"/u\"; };",
		  "3: 'url' belongs into one of the 'steps' here\n" },
		{ URL "create = { url = \"/u\"; };\naccount = { active_values = [ \"on\" ]; };",
		  "3: where these values stand is not said: set 'active'\n" },
	};

	check_mistakes(mistakes, G_N_ELEMENTS(mistakes));
}

static void test_mistaken_names(void)
{
	static const Mistake mistakes[] = {
		{ URL "delete = { url = \"/u/{ids}\"; };",
		  "2: there is no {ids} in operation 'delete' (did you mean {id}?)" THERE
		  "{id}, {anchor}, {now}, {uuid}, {document}, {document.PLACE}, {merged}, "
		  "{parameter.NAME}, {auth.user}, {auth.password}, {auth.token}, {auth.value}, "
		  "{auth.client_id}, {auth.client_secret}, {token.NAME}\n" },
		{ URL "list = { url = \"/u/{password}\"; };",
		  "2: there is no {password} in operation 'list'" THERE
		  "{now}, {uuid}, {parameter.NAME}, {auth.user}, {auth.password}, {auth.token}, "
		  "{auth.value}, {auth.client_id}, {auth.client_secret}, {token.NAME}\n" },
		{ URL
		  "create = { url = \"/u\";\n body = { a = 1;\n  e = \"{resource.emial}\"; }; };",
		  "4: {resource.emial} is never there: no row of the map fills 'emial' (did you "
		  "mean {resource.email}?)\n" },
		{ URL "create = { url = \"/u/{id}\"; };",
		  "2: {id} is never there: what is created has its id only when the first call "
		  "was answered\n{anchor} is the person's own key\n" },
		{ URL
		  "delete = { url = \"/u/{id}/{parameter.rog}\"; };\nparameters = { org = 1; };",
		  "2: {parameter.rog} is never there: 'parameters' has no 'rog' (did you mean "
		  "{parameter.org}?)\n" },
		{ URL "delete = { url = \"/u/{id}\"; query = { o = \"{parameter.org}\"; }; };",
		  "2: {parameter.org} is never there: 'parameters' has no 'org'\n"
		  "say parameters = { org = \"...\"; }\n" },
		{ URL "disable = { url = \"/u/{id}\"; body = \"{document}\"; };",
		  "2: {document} is never there: an account is read by operation 'get' or 'list', "
		  "and there is none\n" },
		{ URL "disable = { url = \"/u/{id}\"; body = { a = \"{auth.user}\"; }; };",
		  "2: {auth.user} is never there: the group 'auth' does not set it\n" },
		{ URL "delete = { steps = ( { url = \"/u/{id}\"; },\n"
		      "  { url = \"/v/{step.x}\"; } ); };",
		  "3: {step.x} is never there: no earlier call has an output 'x'\n" },
		{ URL "delete = { steps = ( { url = \"/u/{id}\";\n"
		      "  outputs = { name = \"x\"; path = \"a\"; }; } ); };",
		  "~3: nothing uses output 'x'\n" },
		{ URL "delete = { steps = ( { url = \"/u/{id}\"; outputs = { name = \"x\"; path = "
		      "\"a\"; }; },\n"
		      "  { url = \"/v\"; when = [ \"step.x\", \"not step.x\" ]; } ); };",
		  "3: this call is never sent: 'step.x' and 'not step.x' exclude each other\n" },
		{ URL "delete = { url = \"/users\"; };",
		  "2: operation 'delete' does not say which account it is about: {id}\n" },
		{ URL "password = { url = \"/u/{id}\"; body = \"\"; };",
		  "2: operation 'password' does not say the {password}\n" },
		{ URL "create = { url = \"/u\"; id = { lookup = true; }; };",
		  "2: 'lookup' needs the operation 'lookup' or 'list', and there is neither\n" },
	};

	check_mistakes(mistakes, G_N_ELEMENTS(mistakes));
}

#define CHOOSE(row)                                                                     \
	URL "delete = { steps = ( { method = \"GET\"; url = \"/u/{id}\"; outputs = (\n" \
	    "  { name = \"x\"; " row " } ); },\n{ url = \"/v/{step.x}\"; } ); };"

static void test_mistaken_choices(void)
{
	static const Mistake mistakes[] = {
		{ CHOOSE("path = \"a\"; items = \"e\";"),
		  "3: which of these records is meant is not said: set 'where'\n" },
		{ CHOOSE("path = \"a\"; items = \"e\"; where = ( );"),
		  "3: which of these records is meant is not said: set 'where'\n" },
		{ CHOOSE("path = \"a\"; where = { path = \"b\"; value = 1; };"),
		  "3: where the records are that it chooses from is not said: set 'items'\n" },
		{ CHOOSE("header = \"a\"; items = \"e\"; where = { path = \"b\"; value = 1; };"),
		  "3: 'items' is without effect: where the value is found in a record is said by "
		  "'path'\n" },
		{ CHOOSE("path = \"a\"; items_may_miss = true;"),
		  "3: 'items_may_miss' is without effect: it is for 'items'\n" },
		{ CHOOSE("path = \"a\"; items = \"e\"; where = { path = \"b\"; };"),
		  "3: missing setting 'value' in 'where'\n" },
		{ CHOOSE("path = \"a\"; items = \"e\";\n where = { path = \"b\"; value = [ ]; };"),
		  "4: 'value' needs a text, a number, true or false\n" },
		{ CHOOSE("path = \"a\"; items = \"e\";\n where = { path = \"b\"; value = "
			 "\"{step.x}\"; };"),
		  "4: {step.x} is never there: no earlier call has an output 'x'\n" },
		{ URL "create = { url = \"/u\"; id = { path = \"a\"; items = \"e\";\n"
		      " where = { path = \"b\"; value = \"{id}\"; }; }; };",
		  "3: {id} is never there: what is created has its id only when the first call "
		  "was answered\n{anchor} is the person's own key\n" },
	};

	check_mistakes(mistakes, G_N_ELEMENTS(mistakes));
}

static void test_mistaken_addresses(void)
{
	static const Mistake mistakes[] = {
		{ "create = { url = \"https://a.example/u\"; };\n"
		  "delete = { url = \"https://b.example:8443/u/{id}\"; };",
		  "2: https://b.example:8443 is another origin than https://a.example\n"
		  "all addresses of an app must have the same scheme, host and port, for the "
		  "credential goes there\n" },
		{ "url = \"https://api.example\"; create = { url = \"/u\"; };\n"
		  "list = { url = \"/u\"; poll = { path = \"s\"; done = \"yes\"; }; };",
		  "2: operation 'list' is read page by page: 'poll' and 'foreach' cannot stand in "
		  "it\n" },
		{ "create = { url = \"/u\"; };",
		  "1: the address '/u' stands behind the app's url, which is missing\n" },
		{ "create = { url = \"https://{resource.email}/u\"; };",
		  "1: {resource.email} cannot stand before the path of an address\n" },
		{ "url = \"https://x.{parameter.r}/\"; parameters = { r = \"eu\"; };\n"
		  "create = { url = \"/u\"; };",
		  "1: {parameter.r} cannot stand before the path of an address\n"
		  "a parameter can if it lists its values: r = { value = \"eu\"; one_of = [ "
		  "\"com\", \"eu\" ]; }\n" },
		{ URL "parameters = { org = \"\"; };\ncreate = { url = \"/{parameter.org}/u\"; };",
		  "3: {parameter.org} stands in the path of an address, and has no value: say "
		  "parameters = { org = \"...\"; }\n" },
		{ URL "create = { url = \"{parameter.p}/u\"; };",
		  "2: no value can stand before the path of an address: '{parameter.p}/u' must "
		  "begin with / or https://\n" },
		{ URL "create = { url = \"/u\"; };\n"
		      "parameters = { r = { value = \"us\"; one_of = [ \"com\", \"eu\", \"in\" ]; "
		      "}; };",
		  "3: parameter 'r' must be \"com\", \"eu\" or \"in\", found \"us\"\n" },
		{ "url = \"http://api.example\"; create = { url = \"/u\"; };\n"
		  "auth = { type = \"bearer\"; token = \"x\"; };",
		  "1: app 'app': the credential would cross the network unencrypted\n"
		  "use https, or say insecure = true\n" },
		{ "base_from = \"x\"; create = { url = \"/u\"; };",
		  "1: 'base_from' names a field of a token's answer, and these settings of 'auth' "
		  "fetch no token\n"
		  "1: 'base_from' needs 'hosts': the names that a base address from a token may "
		  "have, or be beneath\n" },
	};

	check_mistakes(mistakes, G_N_ELEMENTS(mistakes));
}

static void test_mistaken_bodies(void)
{
	static const Mistake mistakes[] = {
		{ URL "create = { url = \"/u\"; content_type = \"image/png\"; };",
		  "2: bodies of content type 'image/png' cannot be written: JSON, forms "
		  "(application/x-www-form-urlencoded), XML and text/plain can\n" },
		{ URL "content_type = \"image/png\"; create = { url = \"/u\"; };\n"
		      "delete = { url = \"/u/{id}\"; };",
		  "2: bodies of content type 'image/png' cannot be written: JSON, forms "
		  "(application/x-www-form-urlencoded), XML and text/plain can\n" },
		{ URL "content_type = \"text/xml\"; create = { url = \"/u\"; };",
		  "2: an XML body has one element that holds all others: body = { user = "
		  "\"{resource}\"; }\n" },
		{ URL "content_type = \"text/xml\"; create = { url = \"/u\";\n"
		      "  body = { a = \"1\"; b = \"{anchor}\"; }; };",
		  "3: an XML body has one element that holds all others: body = { user = "
		  "\"{resource}\"; }\n" },
		{ URL "content_type = \"application/x-www-form-urlencoded\";\n"
		      "create = { url = \"/u\"; body = ( \"{anchor}\" ); };",
		  "3: a form has names and values: body = { user = \"{resource.email}\"; }\n" },
	};

	check_mistakes(mistakes, G_N_ELEMENTS(mistakes));
}

/* Whatever stands where a group, a list or a text should: it is said, and nothing else happens. */
static void test_odd_shapes(void)
{
	static const char *const names[] = { "create",     "list",   "group",  "member",  "success",
					     "error",      "errors", "id",     "account", "rate",
					     "parameters", "auth",   "delete", "headers" };
	static const char *const inner[] = { "steps",  "query",   "headers",   "outputs", "poll",
					     "pages",  "success", "error",     "errors",  "when",
					     "repeat", "active",  "leave_out", "items" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *text = g_strdup_printf(URL "%s = 7;", names[i]);
		Loaded self = load(text);
		g_assert_null(self.conf.api);
		loaded_clear(&self);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(inner); i++) {
		g_autofree char *text =
			g_strdup_printf(URL "list = { url = \"/u\"; %s = ( 7, { x = ( ); } ); };",
					inner[i]);
		Loaded self = load(text);
		g_assert_null(self.conf.api);
		loaded_clear(&self);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom-conf/plain-form", test_plain);
	g_test_add_func("/custom-conf/groups", test_groups);
	g_test_add_func("/custom-conf/steps", test_steps);
	g_test_add_func("/custom-conf/hosts", test_hosts);
	g_test_add_func("/custom-conf/mistakes/settings", test_mistaken_settings);
	g_test_add_func("/custom-conf/mistakes/names", test_mistaken_names);
	g_test_add_func("/custom-conf/mistakes/choices", test_mistaken_choices);
	g_test_add_func("/custom-conf/mistakes/addresses", test_mistaken_addresses);
	g_test_add_func("/custom-conf/mistakes/bodies", test_mistaken_bodies);
	g_test_add_func("/custom-conf/odd-shapes", test_odd_shapes);
	return g_test_run();
}
