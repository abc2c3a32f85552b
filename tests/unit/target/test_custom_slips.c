/*
 * Slips of the pen in definitions of custom APIs, which would do something else than was meant, or
 * nothing: each is said where it stands.
 */
#include <string.h>

#include "../../../src/target/custom_internal.h"
#include "base/json.h"
#include "custom_support.h"

#define URL "url = 'https://api.example';\n"
#define TWO(condition)                                                              \
	URL "delete = { steps = ( { method = 'GET'; url = '/u/{id}'; outputs = (\n" \
	    "{ name = 'x'; path = 'a'; } ); },\n{ url = '/v'; when = \"" condition "\"; } ); };"

static void assert_said(const char *text, const char *said)
{
	g_autofree char *words = definition_problems(text);

	g_assert_cmpstr(words, ==, said);
}

static void test_conditions(void)
{
	static const struct {
		const char *condition, *hint;
	} slips[] = {
		{ "step.x == done", "write one '='" },
		{ "step.x=== done", "write one '='" },
		{ "step.x != done",
		  "that something is not so is said by \"not\": \"not step.state = done\"; nothing "
		  "else is compared" },
		{ "step.x !== done",
		  "that something is not so is said by \"not\": \"not step.state = done\"; nothing "
		  "else is compared" },
		{ "step.x >= 3",
		  "that something is not so is said by \"not\": \"not step.state = done\"; nothing "
		  "else is compared" },
		{ "!step.x", "write \"step.state\", \"not step.state\", \"step.state = done\" or "
			     "\"not step.state = done\"" },
		{ "step.x is done",
		  "write \"step.state\", \"not step.state\", \"step.state = done\" or \"not "
		  "step.state = done\"" },
		{ "step.x = \\'done\\'", "the value stands there without quotes" },
		{ "step.x =", "the value behind '=' is missing; that nothing is there is said by "
			      "\"not step.state\"" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(slips); i++) {
		g_autofree char *text = g_strdup_printf(TWO("%s"), slips[i].condition);
		g_autofree char *words = definition_problems(text);

		g_test_message("%s: %s", slips[i].condition, words);
		g_assert_nonnull(strstr(words, "4: '"));
		g_assert_nonnull(strstr(words, slips[i].hint));
	}
	assert_said(TWO("not  step.x = done "), "");
	assert_said(TWO("step.x = a=b"), "");
}

#define NOTHING                                                                             \
	"' sends nothing of what the map says: without 'body', only POST, PUT and PATCH "   \
	"have one\nchoose one of these methods, write a 'body', or name values in the url " \
	"or the query: {resource.PATH}\n"

static void test_mapped(void)
{
	assert_said(URL "create = { method = 'GET'; url = '/u'; };",
		    "2: operation 'create" NOTHING);
	assert_said(URL "update = { method = 'DELETE'; url = '/u/{id}'; };",
		    "2: operation 'update" NOTHING);
	assert_said(URL "create = { method = 'GET'; url = '/u?e={resource.email}'; };", "");
	assert_said(URL "create = { method = 'GET'; url = '/u';\n"
			"  query = ( { name = 'e'; value = '{resource.email}'; } ); };",
		    "");
	assert_said(URL "create = { method = 'PUT'; url = '/u/{anchor}'; body = ''; };", "");
	assert_said(URL "create = { steps = ( { method = 'GET'; url = '/token'; },\n"
			"  { method = 'POST'; url = '/u'; } ); };",
		    "");
}

/* What could never be written, and a place in the words of another language. */
static void test_written_otherwise(void)
{
	assert_said(URL "create = { url = '/u'; content_type = 'text/plain'; };",
		    "2: a body of content type 'text/plain' is one text, and '{resource}' is an "
		    "object: write a 'body'\n");
	assert_said(URL "delete = { url = '/u/{id}'; };\nid = { path = '$.data.id'; };",
		    "3: path: bad place at column 1: a place begins at the answer itself: leave "
		    "out '$.'\n");
}

static void test_headers(void)
{
	static const char key[] = "auth = { type = 'header'; name = 'X-Key'; value = 'v'; };\n";
	static const char *const rows[] = {
		"headers = ( { name = 'x-key'; value = 'w'; } );\n"
		"delete = { url = '/u/{id}'; };",
		"\ndelete = { url = '/u/{id}'; headers = { X-KEY = 'w'; }; };",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat(URL, key, rows[i], NULL);
		g_autofree char *words = definition_problems(text);

		g_assert_nonnull(strstr(words, "' cannot be set here: 'auth' sends the credential "
					       "in it\n"));
	}
	assert_said(URL "headers = { Authorization = 'Basic eDp5'; };\n"
			"delete = { url = '/u/{id}'; };",
		    "");
}

/* What is asked for, by what is sent and what is said of the answer. */
static void test_accept(void)
{
	static const struct {
		const char *said, *accept;
	} rows[] = {
		{ "", "application/json" },
		{ "content_type = 'application/x-www-form-urlencoded';",
		  "application/json, */*;q=0.5" },
		{ "content_type = 'text/plain'; body = '{anchor}';",
		  "application/json, */*;q=0.5" },
		{ "content_type = 'text/xml'; body = { u = '{resource}'; };",
		  "application/xml, text/xml" },
		{ "content_type = 'application/x-www-form-urlencoded'; answer = 'form';",
		  "application/x-www-form-urlencoded" },
		{ "content_type = 'text/plain'; body = '{anchor}'; accept = 'text/csv';",
		  "text/csv" },
	};
	g_autoptr(json_t) resource = json_pack("{s:s}", "email", "a@x");
	g_autoptr(json_t) outputs = json_object();

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strconcat(URL "create = { url = '/u'; ", rows[i].said,
						    " };", NULL);
		g_autoptr(Definition) definition = definition_new(text);
		TargetRequest request = { .verb = TARGET_CREATE,
					  .anchor = "k",
					  .resource = resource };
		CustomScope scope = { .api = definition->conf.api,
				      .net = &definition->conf.net,
				      .request = &request,
				      .outputs = outputs };
		HttpRequest *http = custom_request_new(definition_step(definition, CUSTOM_CREATE),
						       &scope, NULL, NULL);

		g_assert_nonnull(http);
		g_assert_cmpstr(http->accept, ==, rows[i].accept);
		http_request_free(http);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom-slips/conditions", test_conditions);
	g_test_add_func("/custom-slips/mapped", test_mapped);
	g_test_add_func("/custom-slips/written-otherwise", test_written_otherwise);
	g_test_add_func("/custom-slips/headers", test_headers);
	g_test_add_func("/custom-slips/accept", test_accept);
	return g_test_run();
}
