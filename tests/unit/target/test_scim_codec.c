/*
 * What is sent to a SCIM service, and what its answers are taken to mean.
 */
#include <string.h>

#include "../../../src/target/scim_internal.h"
#include "../../../src/target/words_internal.h"
#include "base/json.h"
#include "core/resource.h"
#include "drive_support.h"

#define URN_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/* Sending -------------------------------------------------------------------------------------- */

static void test_create_document(void)
{
	g_autoptr(json_t) resource = json_of(
		"{'userName':'jane','active':'True','name.givenName':'Jane'}");
	json_object_set_new(resource, "emails[type eq \"work\"].value", json_string("j@x.org"));
	json_object_set_new(resource, URN_ENTERPRISE ":department", json_string("Sales"));
	g_autoptr(json_t) document = scim_create_document(resource, "anchor-1");

	assert_json(document, "{'schemas':['urn:ietf:params:scim:schemas:core:2.0:User',"
			      "'" URN_ENTERPRISE "'],"
			      "'externalId':'anchor-1','userName':'jane','active':true,"
			      "'name':{'givenName':'Jane'},"
			      "'emails':[{'primary':true,'type':'work','value':'j@x.org'}],"
			      "'" URN_ENTERPRISE "':{'department':'Sales'}}");

	json_object_set_new(resource, "externalId", json_string("mapped"));
	g_autoptr(json_t) mapped = scim_create_document(resource, "anchor-1");
	g_assert_cmpstr(json_get_string(mapped, "externalId"), ==, "mapped");
}

static json_t *patch_between(const char *shadow_text, const char *wanted_text)
{
	g_autoptr(json_t) shadow = json_of(shadow_text);
	g_autoptr(json_t) wanted = json_of(wanted_text);
	g_autoptr(json_t) changes = resource_diff(shadow, wanted);
	return scim_patch_changes(changes, wanted);
}

static void assert_ops(json_t *message, const char *ops)
{
	g_assert_nonnull(message);
	assert_json(json_object_get(message, "schemas"),
		    "['urn:ietf:params:scim:api:messages:2.0:PatchOp']");
	assert_json(json_object_get(message, "Operations"), ops);
	json_decref(message);
}

static void test_patch(void)
{
	assert_ops(patch_between("{'title':'a'}", "{'title':'b'}"),
		   "[{'op':'replace','path':'title','value':'b'}]");
	assert_ops(patch_between("{}", "{'name.givenName':'Jo'}"),
		   "[{'op':'add','path':'name.givenName','value':'Jo'}]");
	assert_ops(patch_between("{'title':'a'}", "{}"), "[{'op':'remove','path':'title'}]");
	/* JSON's own types; text that means a boolean becomes one where the schema has it. */
	assert_ops(patch_between("{'active':true}", "{'active':'False'}"),
		   "[{'op':'replace','path':'active','value':false}]");
	assert_ops(patch_between("{}", "{'x':['a','b'],'y':3}"),
		   "[{'op':'add','path':'x','value':['a','b']},{'op':'add','path':'y','value':3}]");
	assert_ops(patch_between("{}", "{'" URN_ENTERPRISE ":department':'Sales'}"),
		   "[{'op':'add','path':'" URN_ENTERPRISE ":department','value':'Sales'}]");
	g_assert_null(patch_between("{'a':1}", "{'a':1}"));
}

/* Removing the last value of a typed element removes the element, once. */
static void test_patch_typed_removal(void)
{
	g_autoptr(json_t) shadow = json_object();
	g_autoptr(json_t) wanted = json_object();

	json_object_set_new(shadow, "addresses[type eq \"work\"].locality", json_string("Bonn"));
	json_object_set_new(shadow, "addresses[type eq \"work\"].country", json_string("DE"));
	g_autoptr(json_t) all = resource_diff(shadow, wanted);
	g_autoptr(json_t) whole = scim_patch_changes(all, wanted);
	json_t *ops = json_object_get(whole, "Operations");
	g_assert_cmpuint(json_array_size(ops), ==, 1);
	g_assert_cmpstr(json_get_string(json_array_get(ops, 0), "path"), ==,
			"addresses[type eq \"work\"]");

	json_object_set_new(wanted, "addresses[type eq \"work\"].country", json_string("DE"));
	g_autoptr(json_t) some = resource_diff(shadow, wanted);
	g_autoptr(json_t) part = scim_patch_changes(some, wanted);
	ops = json_object_get(part, "Operations");
	g_assert_cmpuint(json_array_size(ops), ==, 1);
	g_assert_cmpstr(json_get_string(json_array_get(ops, 0), "path"), ==,
			"addresses[type eq \"work\"].locality");
}

/* After noTarget: missing elements whole and once, existing ones by path, gone ones not at all. */
static void test_patch_against(void)
{
	g_autoptr(json_t) shadow = json_object();
	g_autoptr(json_t) wanted = json_object();
	g_autoptr(json_t) held = json_of("{'Emails':[{'Type':'home','value':'old'}]}");

	json_object_set_new(shadow, "phoneNumbers[type eq \"fax\"].value", json_string("1"));
	json_object_set_new(wanted, "addresses[type eq \"work\"].locality", json_string("Bonn"));
	json_object_set_new(wanted, "addresses[type eq \"work\"].country", json_string("DE"));
	json_object_set_new(wanted, "emails[type eq \"home\"].value", json_string("new"));
	g_autoptr(json_t) changes = resource_diff(shadow, wanted);
	g_autoptr(json_t) message = scim_patch_against(changes, wanted, held);
	g_autofree char *ops = json_canonical(json_object_get(message, "Operations"));
	g_assert_cmpstr(ops, ==,
			"[{\"op\":\"add\",\"path\":\"addresses\",\"value\":[{\"country\":\"DE\","
			"\"locality\":\"Bonn\",\"type\":\"work\"}]},"
			"{\"op\":\"replace\",\"path\":\"emails[type eq \\\"home\\\"].value\","
			"\"value\":\"new\"}]");
}

/* So are complex attributes: of an extension whatever is there, else if nothing is there. */
static void test_patch_against_complex(void)
{
	static const char manager[] = URN_ENTERPRISE ":manager.value";
	g_autoptr(json_t) shadow = json_of("{'title':'a'}");
	g_autoptr(json_t) wanted = json_of("{'title':'a','name.familyName':'D',"
					   "'name.givenName':'J','nickName':'n'}");
	g_autoptr(json_t) held = json_of("{'title':'a'}");

	json_object_set_new(wanted, manager, json_string("7"));
	g_autoptr(json_t) changes = resource_diff(shadow, wanted);
	g_autoptr(json_t) message = scim_patch_against(changes, wanted, held);
	g_autofree char *ops = json_canonical(json_object_get(message, "Operations"));
	g_assert_cmpstr(ops, ==,
			"[{\"op\":\"add\",\"path\":\"name\",\"value\":{\"familyName\":\"D\","
			"\"givenName\":\"J\"}},"
			"{\"op\":\"add\",\"path\":\"nickName\",\"value\":\"n\"},"
			"{\"op\":\"add\",\"path\":\"" URN_ENTERPRISE ":manager\","
			"\"value\":{\"value\":\"7\"}}]");
}

/* PUT keeps what others wrote and leaves read-only attributes out. */
static void test_put_document(void)
{
	g_autoptr(json_t) held = json_of(
		"{'id':'1','meta':{'v':1},'groups':[{'value':'g'}],'nickName':'n',"
		"'Title':'a','name':{'givenName':'J','familyName':'D'},"
		"'emails':[{'type':'work','value':'w','primary':true},"
		"{'type':'home','value':'h'}]}");
	g_autoptr(json_t) changes = json_of("[{'path':'name.familyName','old':'D'},"
					    "{'path':'title','old':'a','new':'b'},"
					    "{'path':'name.givenName','old':'J','new':'K'}]");
	g_autoptr(json_t) removal = json_of("{'old':'w'}");

	json_object_set_new(removal, "path", json_string("emails[type eq \"work\"].value"));
	json_array_append(changes, removal);
	scim_put_document(held, changes);
	g_assert_null(json_get_nocase(held, "meta"));
	g_assert_null(json_get_nocase(held, "groups"));
	g_assert_cmpstr(json_get_string(held, "nickName"), ==, "n");
	g_assert_cmpstr(json_string_value(json_get_nocase(held, "title")), ==, "b");
	assert_json(json_object_get(held, "name"), "{'givenName':'K'}");
	assert_json(json_object_get(held, "emails"), "[{'type':'home','value':'h'}]");
}

static void assert_path(const char *path, const char *value, const char *decoded)
{
	g_autofree char *sent = scim_lookup_path(path, value);
	g_autofree char *plain = g_uri_unescape_string(sent, NULL);

	g_assert_cmpstr(plain, ==, decoded);
	/* RFC 3986: nothing but unreserved characters after the "=". */
	g_assert_cmpuint(
		strspn(sent + strlen("/Users?filter="),
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%"),
		==, strlen(sent) - strlen("/Users?filter="));
}

static void test_filters(void)
{
	assert_path("userName", "a b+c@x.org", "/Users?filter=userName eq \"a b+c@x.org\"");
	assert_path("userName", "a\"b\\c", "/Users?filter=userName eq \"a\\\"b\\\\c\"");
	assert_path("externalId", "\" or id pr or \"",
		    "/Users?filter=externalId eq \"\\\" or id pr or \\\"\"");
	assert_path("emails[type eq \"work\"].value", "ü@x",
		    "/Users?filter=emails.value eq \"ü@x\"");

	g_autofree char *account = scim_account_path("a/b?c#d");
	g_assert_cmpstr(account, ==, "/Users/a%2Fb%3Fc%23d");
}

/* Reading -------------------------------------------------------------------------------------- */

static ScimReply reply_to(TargetVerb verb, int status, const char *body)
{
	static const CredentialConf bearer = { .type = CREDENTIAL_BEARER };
	ScimContext context = { .verb = verb, .url_good = TRUE, .auth = &bearer };
	g_autoptr(GString) text = g_string_new(body);
	ScimReply reply;

	g_string_replace(text, "'", "\"", 0);
	HttpAnswer answer = {
		.fate = HTTP_ANSWERED, .status = status, .body = text->str, .length = text->len
	};
	scim_reply_read(&reply, &context, &answer);
	return reply;
}

static void test_outcomes(void)
{
	static const struct {
		TargetVerb verb;
		int status;
		const char *body;
		TargetOutcome outcome;
	} cases[] = {
		{ TARGET_CREATE, 201, "{'id':'1'}", TARGET_OK },
		{ TARGET_CREATE, 201, "", TARGET_OK },
		{ TARGET_CREATE, 201, "{'id':", TARGET_UNKNOWN },
		{ TARGET_CREATE, 200, "<!DOCTYPE html><p>", TARGET_UNKNOWN },
		{ TARGET_CREATE, 409, "", TARGET_EXISTS },
		{ TARGET_CREATE, 400, "{'scimType':'uniqueness'}", TARGET_EXISTS },
		{ TARGET_CREATE, 400, "{'userName':['has Already Been taken']}", TARGET_EXISTS },
		{ TARGET_CREATE, 400, "{'detail':'no name'}", TARGET_REJECTED },
		{ TARGET_CREATE, 500, "", TARGET_UNKNOWN },
		{ TARGET_CREATE, 404, "", TARGET_REJECTED },
		{ TARGET_CREATE, 413, "", TARGET_REJECTED },
		{ TARGET_UPDATE, 204, "", TARGET_OK },
		{ TARGET_UPDATE, 200, "{'id':", TARGET_OK },
		{ TARGET_UPDATE, 200, "<html>login", TARGET_UNKNOWN },
		{ TARGET_UPDATE, 200, "OK", TARGET_UNKNOWN },
		{ TARGET_UPDATE, 200, "", TARGET_OK },
		{ TARGET_ENABLE, 200, "[]", TARGET_UNKNOWN },
		{ TARGET_ENABLE, 200, " {}", TARGET_OK },
		{ TARGET_UPDATE, 404, "", TARGET_ABSENT },
		{ TARGET_UPDATE, 404, "<html>", TARGET_REJECTED },
		{ TARGET_UPDATE, 409, "", TARGET_STALE },
		{ TARGET_UPDATE, 409, "{'scimType':'uniqueness'}", TARGET_REJECTED },
		{ TARGET_UPDATE, 412, "", TARGET_STALE },
		{ TARGET_UPDATE, 500, "", TARGET_UNKNOWN },
		{ TARGET_ENABLE, 502, "", TARGET_UNKNOWN },
		{ TARGET_DISABLE, 504, "", TARGET_UNKNOWN },
		{ TARGET_DELETE, 500, "", TARGET_UNKNOWN },
		{ TARGET_DISABLE, 501, "", TARGET_REJECTED },
		{ TARGET_ENABLE, 503, "", TARGET_LATER },
		{ TARGET_READ, 500, "", TARGET_LATER },
		{ TARGET_LOOKUP, 500, "", TARGET_LATER },
		{ TARGET_UPDATE, 403, "", TARGET_REJECTED },
		{ TARGET_UPDATE, 403, "{'error':{'message':'userRateLimitExceeded'}}",
		  TARGET_LATER },
		{ TARGET_UPDATE, 200,
		  "{'schemas':['urn:ietf:params:scim:api:messages:2.0:Error'],'status':'400'}",
		  TARGET_REJECTED },
		{ TARGET_DELETE, 204, "", TARGET_OK },
		{ TARGET_DELETE, 404, "", TARGET_ABSENT },
		{ TARGET_READ, 200, "nonsense", TARGET_REJECTED },
		{ TARGET_READ, 200, "<html>", TARGET_REJECTED },
		{ TARGET_LOOKUP, 400, "{'scimType':'invalidFilter'}", TARGET_REJECTED },
		{ TARGET_LOOKUP, 401, "", TARGET_DOWN },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		ScimReply reply = reply_to(cases[i].verb, cases[i].status, cases[i].body);
		g_test_message("%s %d %s", target_verb_name(cases[i].verb), cases[i].status,
			       cases[i].body);
		g_assert_cmpstr(target_outcome_name(reply.outcome), ==,
				target_outcome_name(cases[i].outcome));
		g_assert_cmpint(reply.detail != NULL, ==, reply.outcome != TARGET_OK);
		scim_reply_clear(&reply);
	}
}

/* Before anything beneath the URL has answered, a 404 speaks of the URL. */
static void test_404_of_a_wrong_url(void)
{
	ScimContext context = { .verb = TARGET_READ };
	HttpAnswer answer = { .fate = HTTP_ANSWERED, .status = 404 };
	ScimReply reply;

	scim_reply_read(&reply, &context, &answer);
	g_assert_cmpint(reply.outcome, ==, TARGET_DOWN);
	g_assert_nonnull(strstr(reply.detail, "is the url right?"));
	scim_reply_clear(&reply);
}

static void assert_words(const char *body, const char *words)
{
	g_autoptr(json_t) json = json_of(body);
	g_autofree char *type = NULL;
	g_autofree char *found = words_of_error(json, &type);

	g_assert_cmpstr(found, ==, words);
}

static void test_error_words(void)
{
	assert_words("{'detail':'taken','status':409,'scimType':'uniqueness'}", "taken");
	assert_words("{'DETAIL':'x'}", "x");
	assert_words("{'Errors':{'description':'d','code':409}}", "d");
	assert_words("{'Errors':[{'description':'d2'}]}", "d2");
	assert_words("{'error':{'code':7,'message':'m'}}", "m");
	assert_words("{'error':'invalid_token','error_description':'expired'}", "expired");
	assert_words("{'error':'invalid_token'}", "invalid_token");
	assert_words("{'message':'hm'}", "hm");
	assert_words("{'userName':['bad','worse']}", "userName: bad");
	assert_words("{'other':1}", NULL);
	assert_words("[1,2]", NULL);
}

/* Shapes of errors as services have them: a sentence, and a code where it is a word. */
static void test_error_shapes(void)
{
	static const struct {
		const char *body, *words, *code;
	} cases[] = {
		{ "{'schema':'urn:x:Error','detail':'d','exceptionRequestId':'r'}", "d", NULL },
		{ "{'Errors':[{'description':'d','code':'user_not_found'}]}", "d",
		  "user_not_found" },
		{ "{'error':{'code':409,'message':'m','status':'ALREADY_EXISTS'}}", "m",
		  "ALREADY_EXISTS" },
		{ "{'error':{'code':'Request_BadRequest','message':'m'}}", "m",
		  "Request_BadRequest" },
		{ "{'error':{'errors':[{'reason':'quotaExceeded'}],'message':'m'}}", "m",
		  "quotaExceeded" },
		{ "{'error':'invalid_token','error_description':'expired'}", "expired",
		  "invalid_token" },
		{ "{'message':'Rate exceeded','__type':'ThrottlingException'}", "Rate exceeded",
		  "ThrottlingException" },
		{ "{'errorCode':'E0000011','errorSummary':'Invalid token'}", "Invalid token",
		  "E0000011" },
		{ "{'type':'about:blank','title':'Forbidden','status':403}", "Forbidden", NULL },
		{ "{'non_field_errors':['taken']}", "non_field_errors: taken", NULL },
		{ "{'detail':{'userName':['taken']}}", "detail: userName: taken", NULL },
		{ "{'errors':{'userName':['taken']}}", "userName: taken", NULL },
		{ "{'errors':[{'msg':'bad'}]}", "bad", NULL },
		{ "['oops']", "oops", NULL },
		{ "{'schemas':['urn:x'],'a':1}", NULL, NULL },
		{ "{'code':'500','message':'m'}", "m", NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(json_t) json = json_of(cases[i].body);
		g_autofree char *code = NULL;
		g_autofree char *words = words_of_error(json, &code);

		g_test_message("%s", cases[i].body);
		g_assert_cmpstr(words, ==, cases[i].words);
		g_assert_cmpstr(code, ==, cases[i].code);
	}
}

static void assert_refused(const char *type, const char *body, const char *words)
{
	ScimContext context = { .verb = TARGET_UPDATE, .url_good = TRUE };
	HttpAnswer answer = { .fate = HTTP_ANSWERED,
			      .status = 400,
			      .body = body,
			      .length = strlen(body),
			      .content_type = type };
	ScimReply reply;

	scim_reply_read(&reply, &context, &answer);
	g_assert_cmpstr(reply.detail, ==, words);
	scim_reply_clear(&reply);
}

/* What is no JSON: a page's title, and RFC 7644's own example, which lacks a comma. */
static void test_error_text(void)
{
	assert_refused("text/html", "<html><head><title>502 Bad\n Gateway</title></head>",
		       "the service answered 400: an HTML page, not SCIM (\"502 Bad Gateway\"): is "
		       "the url right?");
	assert_refused(
		"text/html", "<html><body><h1>It</h1> works</body>",
		"the service answered 400: an HTML page, not SCIM (\"It works\"): is the url "
		"right?");
	assert_refused("text/html", "<html>",
		       "the service answered 400: an HTML page, not SCIM: is the url right?");
	assert_refused(
		"application/scim+json",
		"{\"schemas\":[\"x\"],\"scimType\":\"mutability\"\n\"detail\": \"not \\\"id\\\"\"}",
		"the service answered 400 mutability: not \"id\"");
	assert_refused(NULL, "nope", "the service answered 400: nope");
}

static void test_excerpt(void)
{
	g_autoptr(Secret) secret = secret_new("s3cr3t-token", 12);
	const CredentialConf conf = { .type = CREDENTIAL_BEARER,
				      .header = (char *)"Authorization",
				      .token = secret };
	const CredentialPeer peer = { .app = "app" };
	g_autoptr(Credential) credential = credential_new(&conf, &peer, NULL);
	g_autofree char *echo = words_excerpt("bad header: Bearer s3cr3t-token\r\n\x1b[31m  now",
					      -1, credential);
	g_assert_cmpstr(echo, ==, "bad header: Bearer [hidden] [31m now");

	/* A cut must not leave the first half of the secret. */
	g_autofree char *padding = g_strnfill(195, 'x');
	g_autofree char *late = g_strconcat(padding, "s3cr3t-token", NULL);
	g_autofree char *cut = words_excerpt(late, -1, credential);
	g_assert_null(strstr(cut, "s3c"));
	g_assert_cmpint(g_utf8_strlen(cut, -1), <=, 201);

	g_autofree char *bytes = words_excerpt("a\xff\xfe"
					       "b",
					       4, NULL);
	g_assert_true(g_utf8_validate(bytes, -1, NULL));
}

static void test_created_id(void)
{
	static const struct {
		const char *body, *location, *id;
	} cases[] = {
		{ "{'id':'7'}", "/Users/8", "7" },
		{ "{'ID':7}", NULL, "7" },
		{ "", "https://h/scim/Users/a%2Fb/?x", "a/b" },
		{ "{'userName':'x'}", "/users/9", "9" },
		{ "", "/scim/Users/", NULL },
		{ "{'id':''}", NULL, NULL },
		{ "{'id':{}}", NULL, NULL },
		{ "[]", NULL, NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		ScimReply reply = reply_to(TARGET_CREATE, 201, cases[i].body);
		g_autofree char *id = scim_created_id(&reply, cases[i].location);
		g_assert_cmpstr(id, ==, cases[i].id);
		scim_reply_clear(&reply);
	}
}

static void test_found(void)
{
	static const struct {
		const char *body;
		TargetOutcome outcome;
		guint found;
	} cases[] = {
		{ "{'totalResults':1,'Resources':[{'id':1,'userName':'JANE'}]}", TARGET_OK, 1 },
		{ "{'totalresults':'1','resources':[{'Id':'1','username':'jane'}]}", TARGET_OK, 1 },
		{ "\xef\xbb\xbf{'Resources':[{'id':'1','userName':'jane'}]}", TARGET_OK, 1 },
		{ "{'totalResults':0}", TARGET_ABSENT, 0 },
		{ "{'totalResults':0,'Resources':null}", TARGET_ABSENT, 0 },
		{ "{'totalResults':0,'Resources':[]}", TARGET_ABSENT, 0 },
		{ "{'totalResults':1,'Resources':[{'id':'2','userName':'joe'}]}", TARGET_ABSENT,
		  0 },
		/* Anything that is not plainly "none" must not be taken for it. */
		{ "{'totalResults':9,'Resources':[{'id':'2','userName':'joe'}]}", TARGET_REJECTED,
		  0 },
		{ "{'totalResults':1,'Resources':[]}", TARGET_REJECTED, 0 },
		{ "{'totalResults':1}", TARGET_REJECTED, 0 },
		{ "{}", TARGET_REJECTED, 0 },
		{ "[]", TARGET_REJECTED, 0 },
		{ "{'totalResults':0,'Resources':{}}", TARGET_REJECTED, 0 },
		{ "{'totalResults':1,'Resources':['jane']}", TARGET_REJECTED, 0 },
		{ "{'totalResults':1,'Resources':[{'userName':'jane'}]}", TARGET_REJECTED, 0 },
		{ "", TARGET_REJECTED, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		ScimReply reply = reply_to(TARGET_LOOKUP, 200, cases[i].body);
		g_autoptr(json_t) found = scim_found_documents(&reply, "userName", "jane");
		g_test_message("%s", cases[i].body);
		g_assert_cmpint(reply.outcome, ==, cases[i].outcome);
		g_assert_cmpuint(json_array_size(found), ==, cases[i].found);
		if (cases[i].found)
			g_assert_cmpstr(json_get_string(json_array_get(found, 0), "id"), ==, "1");
		scim_reply_clear(&reply);
	}
}

static void test_read(void)
{
	ScimReply good = reply_to(TARGET_READ, 200, "{'id':5,'active':'False'}");
	g_autoptr(json_t) document = scim_read_document(&good, "5");
	assert_json(document, "{'id':'5','active':false}");
	scim_reply_clear(&good);

	static const char *const bad[] = { "{'id':'6'}", "{}", "[]", "" };
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		ScimReply reply = reply_to(TARGET_READ, 200, bad[i]);
		g_assert_null(scim_read_document(&reply, "5"));
		g_assert_cmpint(reply.outcome, ==, TARGET_REJECTED);
		scim_reply_clear(&reply);
	}
}

static void test_profile(void)
{
	ScimConf conf = { .update = SCIM_UPDATE_AUTO,
			  .content_type = (char *)"application/scim+json" };
	ScimProfile profile;
	g_autoptr(json_t) partial = json_of(
		"{'PATCH':{'supported':'false'},'filter':{'maxResults':'50'}}");
	g_autoptr(json_t) empty = json_of("{'patch':7,'filter':[],'bulk':null}");

	scim_profile_init(&profile, &conf, NULL);
	scim_profile_discover(&profile, empty);
	g_assert_true(profile.patch.value);
	g_assert_cmpint(profile.page_size.value, ==, SCIM_PAGE_SIZE);
	scim_profile_discover(&profile, partial);
	g_assert_false(profile.patch.value);
	g_assert_cmpint(profile.page_size.value, ==, 50);
	g_assert_cmpint(profile.patch.by, ==, SCIM_BY_DISCOVERY);
	scim_profile_clear(&profile);

	/* A setting wins over what the service says. */
	conf.update = SCIM_UPDATE_PATCH;
	scim_profile_init(&profile, &conf, NULL);
	scim_profile_discover(&profile, partial);
	g_assert_true(profile.patch.value);
	g_assert_cmpint(profile.patch.by, ==, SCIM_BY_SETTING);
	scim_profile_clear(&profile);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-codec/create-document", test_create_document);
	g_test_add_func("/scim-codec/patch", test_patch);
	g_test_add_func("/scim-codec/patch-typed-removal", test_patch_typed_removal);
	g_test_add_func("/scim-codec/patch-against", test_patch_against);
	g_test_add_func("/scim-codec/patch-against-complex", test_patch_against_complex);
	g_test_add_func("/scim-codec/put-document", test_put_document);
	g_test_add_func("/scim-codec/filters", test_filters);
	g_test_add_func("/scim-codec/outcomes", test_outcomes);
	g_test_add_func("/scim-codec/404-of-a-wrong-url", test_404_of_a_wrong_url);
	g_test_add_func("/scim-codec/error-words", test_error_words);
	g_test_add_func("/scim-codec/error-shapes", test_error_shapes);
	g_test_add_func("/scim-codec/error-text", test_error_text);
	g_test_add_func("/scim-codec/excerpt", test_excerpt);
	g_test_add_func("/scim-codec/created-id", test_created_id);
	g_test_add_func("/scim-codec/found", test_found);
	g_test_add_func("/scim-codec/read", test_read);
	g_test_add_func("/scim-codec/profile", test_profile);
	return g_test_run();
}
