/*
 * What an answer of a custom API comes to: the verdict in its body, rows of errors, and the table
 * of statuses beneath them.
 */
#include <string.h>

#include "base/json.h"
#include "custom_support.h"

typedef struct {
	const char *definition; /* beside the operations; "": nothing */
	CustomOperation operation;
	gboolean proven;
	int status;
	const char *type, *body;
	TargetOutcome outcome;
	const char *said; /* in the detail; NULL: there is none */
} Case;

#define URLS                                                                                       \
	"url = 'https://api.example'; list = { url = '/users'; }; get = { url = '/users/{id}'; };" \
	"create = { url = '/users'; }; update = { url = '/users/{id}'; };"                         \
	"delete = { url = '/users/{id}'; };"                                                       \
	"member = { add = { url = '/groups/{id}/{member.id}'; };"                                  \
	"           remove = { url = '/groups/{id}/{member.id}'; }; };"                            \
	"group = { list = { url = '/groups'; }; };"

#define JSON "application/json; charset=utf-8"
#define STATUS "success = { path = 'status'; value = 'success'; }; error = { path = 'message'; };"

static CustomReply read_case(const Case *it, const Definition *definition)
{
	HttpAnswer answer = { .fate = HTTP_ANSWERED,
			      .status = it->status,
			      .content_type = it->type,
			      .body = it->body,
			      .length = it->body ? strlen(it->body) : 0 };
	CustomReply reply;

	custom_reply_read(&reply, definition_step(definition, it->operation), it->operation,
			  custom_operation_writes(it->operation), it->proven, NULL,
			  &definition->conf.net.auth, &answer);
	return reply;
}

static void check(const Case *cases, gsize length)
{
	for (gsize i = 0; i < length; i++) {
		g_autofree char *text = g_strconcat(URLS, cases[i].definition, NULL);
		g_autoptr(Definition) definition = definition_new(text);
		CustomReply reply = read_case(&cases[i], definition);

		g_test_message("%s: %d %s: %s", custom_operation_name(cases[i].operation),
			       cases[i].status, cases[i].body ? cases[i].body : "", reply.detail);
		g_assert_cmpstr(target_outcome_name(reply.outcome), ==,
				target_outcome_name(cases[i].outcome));
		if (cases[i].said)
			g_assert_nonnull(strstr(reply.detail ? reply.detail : "", cases[i].said));
		else
			g_assert_null(reply.detail);
		custom_reply_clear(&reply);
	}
}

/* The verdict in the body ---------------------------------------------------------------------- */

static void test_status_key(void)
{
	static const Case cases[] = {
		{ STATUS, CUSTOM_CREATE, FALSE, 200, JSON, "{\"status\":\"success\"}", TARGET_OK,
		  NULL },
		{ STATUS, CUSTOM_CREATE, FALSE, 200, JSON,
		  "{\"status\":\"error\",\"message\":\"no licence\"}", TARGET_REJECTED,
		  "'status' is 'error': no licence" },
		/* A success is both: the status of HTTP and the key. */
		{ STATUS, CUSTOM_CREATE, FALSE, 400, JSON, "{\"status\":\"success\"}",
		  TARGET_REJECTED, "answered 400" },
		{ STATUS, CUSTOM_CREATE, FALSE, 200, JSON, "{\"message\":\"no licence\"}",
		  TARGET_REJECTED, "without 'status': no licence" },
		{ STATUS, CUSTOM_CREATE, FALSE, 200, JSON, "{\"id\":7}", TARGET_UNKNOWN,
		  "does not say 'status'" },
		{ STATUS, CUSTOM_CREATE, FALSE, 204, NULL, NULL, TARGET_UNKNOWN,
		  "does not say 'status'" },
		{ STATUS, CUSTOM_GET, FALSE, 200, JSON, "{\"id\":7}", TARGET_REJECTED,
		  "does not say 'status'" },
		{ "success = { path = 'status'; value = 'success'; may_miss = true; };",
		  CUSTOM_DELETE, FALSE, 204, NULL, NULL, TARGET_OK, NULL },
	};
	check(cases, G_N_ELEMENTS(cases));
}

#define ERRORS "error = { path = 'message'; code = 'code'; };"

/* A service that answers 200 to everything: its errors are asked before it is believed. */
static void test_error_in_2xx(void)
{
	static const char by_code[] = ERRORS "errors = ( { code = 'RATE'; is = 'throttled'; } );";
	static const char usual[] = "errors = ( { code = 'RATE'; is = 'throttled'; } );";
	static const char by_word[] = ERRORS "errors = ( { message = 'slow'; is = 'fatal'; } );";
	static const char by_any_word[] = "errors = ( { message = 'slow'; is = 'fatal'; } );";
	static const char by_status[] =
		"errors = ( { status = 200; message = 'slow'; is = 'fatal'; } );";
	static const char optional[] =
		"success = { path = 'ok'; value = true; may_miss = true; };" ERRORS
		"errors = ( { code = 'RATE'; is = 'throttled'; } );";
	static const char throttled[] = ERRORS "throttled = [ 'slow' ];";
	static const char slow[] = "{\"code\":\"RATE\",\"message\":\"too slow\"}";
	static const Case cases[] = {
		{ by_code, CUSTOM_UPDATE, TRUE, 200, JSON, slow, TARGET_LATER, "200 RATE" },
		{ by_code, CUSTOM_UPDATE, TRUE, 200, JSON, "{\"id\":7}", TARGET_OK, NULL },
		{ by_code, CUSTOM_UPDATE, TRUE, 204, NULL, NULL, TARGET_OK, NULL },
		{ usual, CUSTOM_UPDATE, TRUE, 200, JSON, slow, TARGET_LATER, "too slow" },
		{ by_word, CUSTOM_UPDATE, TRUE, 200, JSON, slow, TARGET_REJECTED, "too slow" },
		/* A record may say anything. */
		{ by_word, CUSTOM_GET, TRUE, 200, JSON, "{\"id\":7,\"title\":\"slow\"}", TARGET_OK,
		  NULL },
		{ by_any_word, CUSTOM_GET, TRUE, 200, JSON, "{\"id\":7,\"message\":\"slow\"}",
		  TARGET_OK, NULL },
		{ by_any_word, CUSTOM_UPDATE, TRUE, 200, JSON, "{\"error\":\"slow\"}",
		  TARGET_REJECTED, "slow" },
		{ by_status, CUSTOM_UPDATE, TRUE, 200, JSON, "{\"x\":\"slow\"}", TARGET_REJECTED,
		  "200" },
		{ optional, CUSTOM_UPDATE, TRUE, 200, JSON, slow, TARGET_LATER, "too slow" },
		{ optional, CUSTOM_UPDATE, TRUE, 200, JSON, "{\"ok\":true,\"code\":\"RATE\"}",
		  TARGET_OK, NULL },
		{ throttled, CUSTOM_DELETE, TRUE, 200, JSON, slow, TARGET_LATER, "too slow" },
		{ throttled, CUSTOM_GET, TRUE, 200, JSON, "{\"id\":7,\"title\":\"slow\"}",
		  TARGET_OK, NULL },
		{ "success = { path = 'ok'; value = true; }; throttled = [ 'slow' ];" ERRORS,
		  CUSTOM_UPDATE, TRUE, 200, JSON, "{\"ok\":false,\"message\":\"slow\"}",
		  TARGET_LATER, "slow" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

/* A number in one answer and a text in the next. */
static void test_numbers_and_texts(void)
{
	static const char is_201[] = "success = { path = 'code'; value = '201'; };";
	static const char is_true[] = "success = { path = 'ok'; value = 'true'; };";
	static const Case cases[] = {
		{ is_201, CUSTOM_CREATE, FALSE, 200, JSON, "{\"code\":201}", TARGET_OK, NULL },
		{ is_201, CUSTOM_CREATE, FALSE, 200, JSON, "{\"code\":\"201\"}", TARGET_OK, NULL },
		{ is_201, CUSTOM_CREATE, FALSE, 200, JSON, "{\"code\":201.0}", TARGET_OK, NULL },
		{ is_201, CUSTOM_CREATE, FALSE, 200, JSON, "{\"code\":2010}", TARGET_REJECTED,
		  "'code' is '2010'" },
		{ is_201, CUSTOM_CREATE, FALSE, 200, JSON, "{\"code\":[201]}", TARGET_UNKNOWN,
		  "does not say 'code'" },
		{ is_201, CUSTOM_GET, FALSE, 200, JSON, "{\"code\":{}}", TARGET_REJECTED,
		  "does not say 'code'" },
		{ is_true, CUSTOM_CREATE, FALSE, 200, JSON, "{\"ok\":true}", TARGET_OK, NULL },
		{ is_true, CUSTOM_CREATE, FALSE, 200, JSON, "{\"ok\":\"True\"}", TARGET_OK, NULL },
		{ is_true, CUSTOM_CREATE, FALSE, 200, JSON, "{\"ok\":false}", TARGET_REJECTED,
		  "'ok' is 'false'" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

static void test_quantities(void)
{
	static const char mixed[] = "{\"users\":[{\"status\":\"success\"},{\"status\":\"error\"}]}";
	static const Case cases[] = {
		{ "success = { path = 'users[*].status'; value = 'success'; };", CUSTOM_CREATE,
		  FALSE, 200, JSON, mixed, TARGET_OK, NULL },
		{ "success = { path = 'users[*].status'; value = 'success'; quantity = 'all'; };",
		  CUSTOM_CREATE, FALSE, 200, JSON, mixed, TARGET_REJECTED, "users[*].status" },
		{ "success = { path = 'users[*].status'; value = 'error'; quantity = 'any'; };",
		  CUSTOM_CREATE, FALSE, 200, JSON, mixed, TARGET_OK, NULL },
		{ "success = ( { path = 'a'; value = '1'; }, { path = 'b'; value = '2'; } );",
		  CUSTOM_CREATE, FALSE, 200, JSON, "{\"a\":1,\"b\":3}", TARGET_REJECTED, "'b'" },
		{ "success = { statuses = [ '200-299', '404' ]; };", CUSTOM_DELETE, FALSE, 404,
		  JSON, "{}", TARGET_OK, NULL },
		{ "success = { statuses = [ '201' ]; };", CUSTOM_CREATE, FALSE, 202, JSON, "{}",
		  TARGET_UNKNOWN, "does not name" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

/* What cannot be read -------------------------------------------------------------------------- */

static void test_another_type(void)
{
	static const char page[] = "<!DOCTYPE html><title>Sign in</title>";
	static const Case cases[] = {
		{ "", CUSTOM_DELETE, FALSE, 200, "text/html", page, TARGET_UNKNOWN,
		  "an HTML page, not JSON" },
		{ "", CUSTOM_GET, FALSE, 200, "text/html", page, TARGET_REJECTED,
		  "an HTML page, not JSON" },
		{ STATUS, CUSTOM_UPDATE, FALSE, 200, JSON, "{\"status\":\"succ", TARGET_UNKNOWN,
		  "JSON" },
		{ STATUS, CUSTOM_UPDATE, FALSE, 200, "application/xml", "<a><b></a>",
		  TARGET_UNKNOWN, "XML" },
		/* It may come as another type, if that can be read. */
		{ STATUS, CUSTOM_UPDATE, FALSE, 200, "application/xml",
		  "<answer><status>success</status></answer>", TARGET_UNKNOWN,
		  "does not say 'status'" },
		{ "success = { path = 'answer.status'; value = 'success'; };", CUSTOM_UPDATE, FALSE,
		  200, "application/xml", "<answer><status>success</status></answer>", TARGET_OK,
		  NULL },
		{ STATUS, CUSTOM_UPDATE, FALSE, 200, "application/x-www-form-urlencoded",
		  "status=success&id=7", TARGET_OK, NULL },
		/* Nothing of it is needed. */
		{ "", CUSTOM_DELETE, FALSE, 200, "text/plain", "done", TARGET_OK, NULL },
		{ "", CUSTOM_LIST, FALSE, 200, JSON, "[{", TARGET_REJECTED, "answered 200" },
		{ "", CUSTOM_DELETE, TRUE, 404, "text/html", page, TARGET_REJECTED, "Sign in" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

/* Rows of 'errors' ----------------------------------------------------------------------------- */

static void test_rows(void)
{
	static const char rows[] =
		"error = { path = 'error.message'; code = 'error.code'; };"
		"errors = ( { status = 400; code = 'DUPLICATE'; is = 'exists'; },"
		"           { message = 'same value'; is = 'exists'; },"
		"           { message = 'already .* member'; is = 'member'; },"
		"           { code = [ '1001', '1002' ]; is = 'not_found'; },"
		"           { status = [ 403 ]; code = 'quota'; is = 'throttled'; },"
		"           { status = '423-429'; is = 'retry'; },"
		"           { code = 'expired'; is = 'auth'; },"
		"           { status = 500; code = 'locked'; is = 'fatal'; },"
		"           { code = 'fine'; is = 'ok'; } );";
	static const Case cases[] = {
		{ rows, CUSTOM_CREATE, FALSE, 400, JSON,
		  "{\"error\":{\"code\":\"DUPLICATE\",\"message\":\"taken\"}}", TARGET_EXISTS,
		  "400 DUPLICATE: taken" },
		/* All that a row names must fit. */
		{ rows, CUSTOM_CREATE, FALSE, 422, JSON,
		  "{\"error\":{\"code\":\"DUPLICATE\",\"message\":\"taken\"}}", TARGET_REJECTED,
		  "422 DUPLICATE: taken" },
		{ rows, CUSTOM_CREATE, FALSE, 400, JSON,
		  "{\"error\":{\"message\":\"Another object with the same value exists\"}}",
		  TARGET_EXISTS, "same value" },
		{ rows, CUSTOM_UPDATE, FALSE, 400, JSON,
		  "{\"error\":{\"message\":\"Another object with the same value exists\"}}",
		  TARGET_REJECTED, "same value" },
		{ rows, CUSTOM_MEMBER_ADD, FALSE, 400, JSON,
		  "{\"error\":{\"message\":\"is already a member\"}}", TARGET_OK, NULL },
		/* A number there, a text here; proved by nothing but its word. */
		{ rows, CUSTOM_GET, FALSE, 400, JSON, "{\"error\":{\"code\":1001}}", TARGET_ABSENT,
		  "400 1001" },
		{ rows, CUSTOM_UPDATE, FALSE, 403, JSON, "{\"error\":{\"code\":\"quota\"}}",
		  TARGET_LATER, "quota" },
		{ rows, CUSTOM_UPDATE, FALSE, 423, JSON, "{}", TARGET_LATER, "423" },
		{ rows, CUSTOM_UPDATE, FALSE, 400, JSON, "{\"error\":{\"code\":\"expired\"}}",
		  TARGET_DOWN, "credential is refused" },
		{ rows, CUSTOM_UPDATE, FALSE, 500, JSON, "{\"error\":{\"code\":\"locked\"}}",
		  TARGET_REJECTED, "locked" },
		{ rows, CUSTOM_UPDATE, FALSE, 400, JSON, "{\"error\":{\"code\":\"fine\"}}",
		  TARGET_OK, NULL },
		/* A message in an answer that is no tree. */
		{ rows, CUSTOM_CREATE, FALSE, 400, "text/plain", "the same value is there",
		  TARGET_EXISTS, "the same value is there" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

/* 200, and the verdict in the body says what is wrong. */
static void test_rows_within_200(void)
{
	static const char rows[] = STATUS "errors = ( { message = 'exists'; is = 'exists'; } );"
					  "id = { path = 'id'; };";
	static const Case cases[] = {
		{ rows, CUSTOM_CREATE, FALSE, 200, JSON,
		  "{\"status\":\"error\",\"message\":\"the user exists\"}", TARGET_EXISTS,
		  "the user exists" },
		{ rows, CUSTOM_CREATE, FALSE, 200, JSON,
		  "{\"status\":\"success\",\"message\":\"the user exists now\"}", TARGET_OK, NULL },
	};
	check(cases, G_N_ELEMENTS(cases));
}

/* By status ------------------------------------------------------------------------------------ */

static void test_statuses(void)
{
	static const char hint[] = "check url of operation 'delete'";
	static const Case cases[] = {
		{ "", CUSTOM_UPDATE, FALSE, 401, JSON, "{}", TARGET_DOWN, "credential" },
		{ "", CUSTOM_DELETE, TRUE, 404, JSON, "{}", TARGET_ABSENT, "404" },
		{ "", CUSTOM_DELETE, FALSE, 404, JSON, "{}", TARGET_REJECTED, hint },
		{ "lookup = { url = '/find/{match.value}'; items = ''; };", CUSTOM_LOOKUP, FALSE,
		  404, JSON, "{}", TARGET_REJECTED, "not_found" },
		{ "lookup = { url = '/find/{match.value}'; items = ''; };", CUSTOM_LOOKUP, TRUE,
		  404, JSON, "{}", TARGET_REJECTED, "not_found" },
		{ "lookup = { url = '/find/{match.value}'; items = ''; errors = ( { status = 404; "
		  "is = 'not_found'; } ); };",
		  CUSTOM_LOOKUP, FALSE, 404, JSON, "{}", TARGET_ABSENT, "404" },
		{ "", CUSTOM_DELETE, TRUE, 410, JSON, "{}", TARGET_ABSENT, "410" },
		{ "", CUSTOM_CREATE, TRUE, 404, JSON, "{}", TARGET_REJECTED, "404" },
		{ "", CUSTOM_LIST, TRUE, 404, JSON, "{}", TARGET_REJECTED, "404" },
		{ "", CUSTOM_CREATE, FALSE, 409, JSON, "{}", TARGET_EXISTS, "409" },
		{ "", CUSTOM_UPDATE, FALSE, 409, JSON, "{}", TARGET_STALE, "409" },
		{ "", CUSTOM_UPDATE, FALSE, 412, JSON, "{}", TARGET_STALE, "412" },
		{ "", CUSTOM_UPDATE, FALSE, 503, JSON, "{}", TARGET_LATER, "503" },
		{ "", CUSTOM_UPDATE, FALSE, 500, JSON, "{}", TARGET_UNKNOWN, "500" },
		{ "", CUSTOM_GET, FALSE, 500, JSON, "{}", TARGET_LATER, "500" },
		{ "", CUSTOM_UPDATE, FALSE, 501, JSON, "{}", TARGET_REJECTED, "501" },
		{ "", CUSTOM_UPDATE, FALSE, 400, JSON, "{\"message\":\"bad\\ntitle\\u001b[31m\"}",
		  TARGET_REJECTED, "400: bad title" },
	};
	check(cases, G_N_ELEMENTS(cases));
}

static void test_no_answer(void)
{
	static const struct {
		HttpFate fate;
		CustomOperation operation;
		TargetOutcome outcome;
	} cases[] = {
		{ HTTP_LOST, CUSTOM_UPDATE, TARGET_UNKNOWN },
		{ HTTP_LOST, CUSTOM_GET, TARGET_LATER },
		{ HTTP_TOO_LARGE, CUSTOM_CREATE, TARGET_UNKNOWN },
		{ HTTP_TOO_LARGE, CUSTOM_LIST, TARGET_REJECTED },
		{ HTTP_UNREACHABLE, CUSTOM_CREATE, TARGET_DOWN },
		{ HTTP_DENIED, CUSTOM_GET, TARGET_DOWN },
		{ HTTP_LATER, CUSTOM_CREATE, TARGET_LATER },
	};
	g_autoptr(Definition) definition = definition_new(URLS);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		HttpAnswer answer = { .fate = cases[i].fate, .problem = "the line is cut" };
		CustomReply reply;

		custom_reply_read(&reply, definition_step(definition, cases[i].operation),
				  cases[i].operation, custom_operation_writes(cases[i].operation),
				  TRUE, NULL, NULL, &answer);
		g_assert_cmpstr(target_outcome_name(reply.outcome), ==,
				target_outcome_name(cases[i].outcome));
		g_assert_cmpstr(reply.detail, ==, "the line is cut");
		custom_reply_clear(&reply);
	}
}

/* Ids ------------------------------------------------------------------------------------------ */

static void test_takes(void)
{
	static const struct {
		const char *id, *body, *header, *found;
	} cases[] = {
		{ "path = 'data.id';", "{\"data\":{\"id\":\"a/b\"}}", NULL, "a/b" },
		{ "path = 'data.id';", "{\"data\":{\"id\":12345678901}}", NULL, "12345678901" },
		{ "path = 'data.id';", "{\"data\":{}}", NULL, NULL },
		{ "path = 'data.id';", "{\"data\":{\"id\":\"\"}}", NULL, NULL },
		{ "header = 'Location';", "{}", "location: https://api.example/users/a%2Fb%20c?x=1",
		  "a/b c" },
		{ "header = 'Location';", "{}", "location: /users/7/", "7" },
		{ "header = 'X-Id';", "{}", "x-id: 42", "42" },
		{ "header = 'Location'; pattern = '/users/([^/?]+)';", "{}",
		  "location: https://api.example/users/u%2F1/rest", "u/1" },
		{ "header = 'Location'; pattern = '/users/([^/?]+)';", "{}",
		  "location: https://api.example/groups/1", NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf("%s id = { %s };", URLS, cases[i].id);
		g_autoptr(Definition) definition = definition_new(text);
		g_autoptr(GPtrArray) headers = g_ptr_array_new();
		HttpAnswer answer = { .headers = headers };
		g_autoptr(json_t) body = json_loads(cases[i].body, 0, NULL);
		const GPtrArray *ids = custom_op(definition->conf.api, CUSTOM_CREATE)->ids;

		if (cases[i].header)
			g_ptr_array_add(headers, (gpointer)cases[i].header);
		const CustomScope scope = { .api = definition->conf.api };
		g_autofree char *found = custom_take_text(ids->pdata[0], body, &answer, &scope);
		g_assert_cmpstr(found, ==, cases[i].found);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/custom_verdict/status_key", test_status_key);
	g_test_add_func("/custom_verdict/error_in_2xx", test_error_in_2xx);
	g_test_add_func("/custom_verdict/numbers_and_texts", test_numbers_and_texts);
	g_test_add_func("/custom_verdict/quantities", test_quantities);
	g_test_add_func("/custom_verdict/another_type", test_another_type);
	g_test_add_func("/custom_verdict/rows", test_rows);
	g_test_add_func("/custom_verdict/rows_within_200", test_rows_within_200);
	g_test_add_func("/custom_verdict/statuses", test_statuses);
	g_test_add_func("/custom_verdict/no_answer", test_no_answer);
	g_test_add_func("/custom_verdict/takes", test_takes);
	return g_test_run();
}
