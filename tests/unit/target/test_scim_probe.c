/*
 * What a probe makes of answers and settings: whose an object is, what is configured, which of the
 * searches are to be relied on, what a removal did.
 */
#include "../../../src/target/scim_probe_internal.h"
#include "base/json.h"

#define TOKEN "3f9c01d2a4be"

/* Whether a document, in single quotes, is ours. */
static gboolean is_ours(const char *text, const char *token)
{
	g_autofree char *quoted = g_strdelimit(g_strdup(text), "'", '"');
	g_autoptr(json_t) document = json_loads(quoted, 0, NULL);

	g_assert_nonnull(document);
	return scim_probe_is_ours(document, token);
}

static void test_ours(void)
{
	g_assert_true(is_ours("{'externalId':'dirbridge-probe-" TOKEN "-1'}", TOKEN));
	g_assert_true(is_ours("{'USERNAME':'DIRBRIDGE-PROBE-3F9C01D2A4BE-1@X.ORG'}", TOKEN));
	g_assert_true(is_ours("{'displayName':'dirbridge-probe-" TOKEN "-1'}", TOKEN));
	g_assert_false(is_ours("{'externalId':'dirbridge-probe-3f9c01d2a4bf-1'}", TOKEN));
	g_assert_false(is_ours("{'title':'" TOKEN "','userName':'eve'}", TOKEN));
	g_assert_false(is_ours("{'userName':7}", TOKEN));
}

/* What --clean removes: an earlier run's, and nothing that only sounds like it. */
static void test_left_behind(void)
{
	g_assert_true(is_ours("{'externalId':'dirbridge-probe-" TOKEN "-1','userName':'x'}", NULL));
	g_assert_true(is_ours("{'userName':'dirbridge-probe-" TOKEN "-12@x.org'}", NULL));
	g_assert_true(is_ours("{'externalId':'','userName':'dirbridge-probe-" TOKEN "-1'}", NULL));
	g_assert_true(is_ours("{'displayName':'Dirbridge-Probe-" TOKEN "-2'}", NULL));
	g_assert_false(
		is_ours("{'externalId':'7','userName':'dirbridge-probe-" TOKEN "-1'}", NULL));
	g_assert_false(is_ours("{'userName':'dirbridge-probe-is-my-name'}", NULL));
	g_assert_false(is_ours("{'userName':'dirbridge-probe-" TOKEN "'}", NULL));
	g_assert_false(
		is_ours("{'userName':'eve','displayName':'dirbridge-probe-" TOKEN "-1'}", NULL));
	g_assert_false(is_ours("{}", NULL));
}

static ScimConf usual_conf(void)
{
	ScimConf conf = { 0 };
	g_autoptr(ConfProblems) problems = conf_problems_new();

	conf_fill(NULL, &(OptionSet){ scim_options, &conf }, 1, NULL, problems);
	return conf;
}

static void assert_configured(const ScimConf *conf, const char *setting, const char *text,
			      gboolean usual)
{
	gboolean is_default = !usual;
	g_autofree char *found = scim_probe_configured(conf, setting, &is_default);

	g_assert_cmpstr(found, ==, text);
	g_assert_cmpint(is_default, ==, usual);
}

static void test_configured(void)
{
	ScimConf conf = usual_conf();

	assert_configured(&conf, "update", "\"auto\"", TRUE);
	assert_configured(&conf, "quirks.discovery", "true", TRUE);
	assert_configured(&conf, "quirks.filter", NULL, TRUE);
	assert_configured(&conf, "quirks.accept", NULL, TRUE);
	assert_configured(&conf, "quirks.groups.remove", "\"filter\"", TRUE);
	assert_configured(&conf, "quirks.groups.add_max", "100", TRUE);
	assert_configured(&conf, "page_size", NULL, TRUE);

	conf.quirks.discovery = FALSE;
	conf.quirks.groups.remove = SCIM_REMOVE_VALUE;
	conf.quirks.groups.add_max = 20;
	conf.page_size = 50;
	conf.quirks.accept = g_strdup("a\"b\\c");
	g_ptr_array_add(conf.quirks.filter, g_strdup("userName"));
	g_ptr_array_add(conf.quirks.filter, g_strdup("id"));
	assert_configured(&conf, "quirks.discovery", "false", FALSE);
	assert_configured(&conf, "quirks.groups.remove", "\"value\"", FALSE);
	assert_configured(&conf, "quirks.groups.add_max", "20", FALSE);
	assert_configured(&conf, "page_size", "50", FALSE);
	assert_configured(&conf, "quirks.accept", "\"a\\\"b\\\\c\"", FALSE);
	assert_configured(&conf, "quirks.filter", "[ \"userName\", \"id\" ]", FALSE);
	option_clear(scim_options, &conf);
}

/* In the order of scim_probe_searched_by: userName, externalId, emails.value, id. */
static void assert_filter(const char *configured, const ScimSearch *searches, const char *value)
{
	g_auto(GStrv) names = g_strsplit(configured, " ", -1);
	g_autoptr(GPtrArray) list = g_ptr_array_new();
	const ScimQuirks quirks = { .filter = list };
	g_autofree char *found = NULL;

	for (guint i = 0; *configured && names[i]; i++)
		g_ptr_array_add(list, names[i]);
	found = scim_probe_filter_value(&quirks, searches);
	g_assert_cmpstr(found, ==, value);
}

static void test_filter(void)
{
	const ScimSearch all[] = { SCIM_SEARCH_WORKS, SCIM_SEARCH_WORKS, SCIM_SEARCH_WORKS,
				   SCIM_SEARCH_REFUSED };
	const ScimSearch one[] = { SCIM_SEARCH_WORKS, SCIM_SEARCH_BLIND, SCIM_SEARCH_IGNORED,
				   SCIM_SEARCH_REFUSED };
	const ScimSearch none[] = { SCIM_SEARCH_REFUSED, SCIM_SEARCH_REFUSED, SCIM_SEARCH_REFUSED,
				    SCIM_SEARCH_REFUSED };
	const ScimSearch unknown[SCIM_PROBE_SEARCHES] = { SCIM_SEARCH_NOT_TRIED };

	assert_filter("", all, NULL);
	assert_filter("", unknown, NULL);
	assert_filter("", one, "[ \"userName\" ]");
	assert_filter("", none, "[ \"id\" ]");
	assert_filter("userName", all, NULL);
	assert_filter("userName title", one, NULL);
	assert_filter("userName ExternalId title", one, "[ \"userName\", \"title\" ]");
	assert_filter("userName", none, "[ \"id\" ]");
}

static ScimSearch search_of(int status, const char *body)
{
	ScimReply reply = { .outcome = status < 300 ? TARGET_OK : TARGET_REJECTED,
			    .status = status };
	g_autoptr(json_t) parsed = json_loads(body, 0, NULL);

	reply.body = parsed;
	return scim_probe_judge_search(&reply);
}

static void test_search(void)
{
	g_assert_cmpint(search_of(200, "{\"totalResults\":0}"), ==, SCIM_SEARCH_WORKS);
	g_assert_cmpint(search_of(200, "{\"resources\":[]}"), ==, SCIM_SEARCH_WORKS);
	g_assert_cmpint(search_of(404, "{}"), ==, SCIM_SEARCH_WORKS);
	g_assert_cmpint(search_of(200, "{\"totalResults\":\"9\"}"), ==, SCIM_SEARCH_IGNORED);
	g_assert_cmpint(search_of(200, "{\"Resources\":[{\"id\":1}]}"), ==, SCIM_SEARCH_IGNORED);
	g_assert_cmpint(search_of(200, "{\"ok\":true}"), ==, SCIM_SEARCH_REFUSED);
	g_assert_cmpint(search_of(400, "{}"), ==, SCIM_SEARCH_REFUSED);
}

static void test_removal(void)
{
	g_assert_cmpint(scim_probe_judge_removal(7, 6), ==, SCIM_TRY_WORKS);
	g_assert_cmpint(scim_probe_judge_removal(7, 7), ==, SCIM_TRY_IGNORED);
	g_assert_cmpint(scim_probe_judge_removal(7, 0), ==, SCIM_TRY_HARMS);
	g_assert_cmpint(scim_probe_judge_removal(7, 2), ==, SCIM_TRY_HARMS);
	g_assert_cmpint(scim_probe_judge_removal(7, 5), ==, SCIM_TRY_HARMS);
}

static void test_holds(void)
{
	g_autoptr(json_t) document = json_pack("{s:s, s:s, s:[], s:[{s:s, s:s}]}", "title", "Clerk",
					       "nickName", "", "phoneNumbers", "emails", "type",
					       "work", "value", "a@x.org");
	g_autoptr(json_t) clerk = json_string("Clerk");
	g_autoptr(json_t) mail = json_string("a@x.org");

	g_assert_true(scim_probe_holds(document, "title", clerk));
	g_assert_false(scim_probe_holds(document, "title", NULL));
	g_assert_false(scim_probe_holds(document, "nickName", clerk));
	g_assert_true(scim_probe_holds(document, "nickName", NULL));
	g_assert_true(scim_probe_holds(document, "phoneNumbers", NULL));
	g_assert_true(scim_probe_holds(document, "locale", NULL));
	g_assert_true(scim_probe_holds(document, "emails[type eq \"work\"].value", mail));
	g_assert_false(scim_probe_holds(document, "emails[type eq \"home\"].value", mail));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scim-probe/ours", test_ours);
	g_test_add_func("/scim-probe/left-behind", test_left_behind);
	g_test_add_func("/scim-probe/configured", test_configured);
	g_test_add_func("/scim-probe/filter", test_filter);
	g_test_add_func("/scim-probe/search", test_search);
	g_test_add_func("/scim-probe/removal", test_removal);
	g_test_add_func("/scim-probe/holds", test_holds);
	return g_test_run();
}
