/*
 * The config: what an administrator is told about each mistake, and what a complete file becomes.
 */
#include <string.h>

#include "run_support.h"

#define SOURCE "sources = ( { name = \"corp\"; type = \"ldif\"; file = \"x\"; } );\n"
#define APP "{ name = \"app\"; type = \"mem\"; file = \"y\";\n"
#define MAP "map = ( { to = \"userName\"; from = \"[uid]\"; } );\n"
#define ASSIGN "assign = ( { group = \"cn=a,dc=ex\"; } );\n"

/* One mistake in an otherwise sound file; the app is the third line of the file and on. */
typedef struct {
	const char *name, *config, *problems;
} Mistake;

static const Mistake mistakes[] = {
	{ "nothing", "",
	  "main.cfg:1: missing setting 'state'\n"
	  "main.cfg:1: missing setting 'sources'\n"
	  "main.cfg:1: missing setting 'apps'\n" },
	{ "no-sources", "state = \"s\";\nsources = ( );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:2: 'sources' must be a list with at least one group\n"
	  "write sources = ( { ... } );\n" },
	{ "sources-is-a-group",
	  "state = \"s\";\nsources = { };\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:2: 'sources' must be a list with at least one group\n"
	  "write sources = ( { ... } );\n" },
	{ "unknown-key-at-top",
	  "state = \"s\";\n" SOURCE "app = 1;\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: unknown setting 'app' (did you mean 'apps'?)\n" },
	{ "elements-are-no-groups", "state = \"s\";\nsources = ( 1 );\napps = ( \"a\" );\n",
	  "main.cfg:2: a source must be a group\n"
	  "write ( { name = \"...\"; type = \"...\"; } )\n"
	  "main.cfg:3: an app must be a group\n"
	  "write ( { name = \"...\"; type = \"...\"; } )\n" },
	{ "types-are-no-words",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = 5; } );\n"
	  "apps = ( { name = \"a\"; } );\n",
	  "main.cfg:2: a source needs a 'type', a word in quotes\n"
	  "main.cfg:3: an app needs a 'type', a word in quotes\n" },
	{ "source-without-base",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"openldap\";\n"
	  "uri = \"ldap://h\"; } );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:2: missing setting 'base' in 'sources'\n" },
	{ "unknown-source-type",
	  "state = \"s\";\nsources = ( { name = \"c\";\ntype = \"ldap2\"; } );\napps = (\n" APP MAP
		  ASSIGN "} );\n",
	  "main.cfg:3: unknown source type 'ldap2' (did you mean 'ldap'?)\n"
	  "there are: ad, openldap, 389ds, ldap, ldif\n" },
	{ "source-type-in-capitals",
	  "state = \"s\";\nsources = ( { name = \"c\";\ntype = \"AD\"; } );\napps = (\n" APP MAP
		  ASSIGN "} );\n",
	  "main.cfg:3: unknown source type 'AD' (did you mean 'ad'?)\n"
	  "there are: ad, openldap, 389ds, ldap, ldif\n" },
	{ "source-changes-mistyped",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ad\";\n"
	  "changes = \"dirsnyc\"; } );\n"
	  "apps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: a source of type 'ad' cannot follow changes by 'dirsnyc' (did you mean "
	  "'dirsync'?)\n"
	  "there are: auto, dirsync, usn, scan\n" },
	{ "source-cannot-follow",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\"; file = \"x\";\n"
	  "changes = \"syncrepl\"; } );\n"
	  "apps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: a source of type 'ldif' cannot follow changes by 'syncrepl'\n"
	  "there are: auto, scan\n" },
	{ "rule-by-short-name",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP "assign = (\n"
	  "{ group = \"UP\\\\app\"; },\n"
	  "{ group = \"{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}\"; } );\n"
	  "} );\n",
	  "main.cfg:7: 'UP\\app' names no group\n"
	  "write its DN or its permanent id (objectGUID, entryUUID, nsUniqueId), as 'dirbridge "
	  "explain' shows them\n" },
	{ "source-without-name",
	  "state = \"s\";\nsources = ( { type = \"ldif\";\nfile = \"x\"; } );\napps = (\n" APP MAP
		  ASSIGN "} );\n",
	  "main.cfg:2: missing setting 'name' in 'sources'\n" },
	{ "two-sources-of-one-name",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\"; file = \"x\"; },\n"
	  "{ name = \"c\"; type = \"ldif\"; file = \"y\"; } );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: a second source named 'c'\n" },
	{ "bad-user-filter",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\"; file = \"x\";\n"
	  "users = { filter = \"(uid=a\"; }; } );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: filter '(uid=a': cannot read the filter at column 7: the bracket opened "
	  "at column 1 is not closed\n"
	  "add ')' at the end or where the condition ends\n" },
	{ "bad-canary",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\"; file = \"x\";\n"
	  "canary = [\"cn=a,dc=ex\", \"nobody\"]; } );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: 'nobody' is not a DN\n" },
	{ "max-drop-out-of-range",
	  "state = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\"; file = \"x\";\n"
	  "max_drop = 101; } );\napps = (\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:3: 'max_drop' must be from 0 to 100, found 101\n" },
	{ "unknown-app-type",
	  "state = \"s\";\n" SOURCE "apps = ( { name = \"a\";\ntype = \"skim\";\n" MAP ASSIGN
	  "} );\n",
	  "main.cfg:4: unknown app type 'skim'\n"
	  "the types are: scim, custom, mem\n" },
	{ "driver-setting-missing",
	  "state = \"s\";\n" SOURCE "apps = (\n{ name = \"a\"; type = \"mem\";\n" MAP ASSIGN
	  "} );\n",
	  "main.cfg:4: missing setting 'file' in 'apps'\n" },
	{ "no-map-no-assign", "state = \"s\";\n" SOURCE "apps = (\n" APP "} );\n",
	  "main.cfg:4: missing setting 'map' in 'apps'\n"
	  "main.cfg:4: missing setting 'assign' in 'apps'\n"
	  "main.cfg:4: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n" },
	{ "mistyped-key",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "deprovison = { };\n} );\n",
	  "main.cfg:7: unknown setting 'deprovison' (did you mean 'deprovision'?)\n" },
	{ "mistyped-action",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN
	  "deprovision = { deleted = \"remove\"; };\n} );\n",
	  "main.cfg:7: 'deleted' must be one of disable, delete, keep; found \"remove\"\n" },
	{ "bad-duration",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN
	  "deprovision = { delete_after = \"a month\"; };\n} );\n",
	  "main.cfg:7: 'delete_after' needs a time span such as \"30s\", \"5m\", \"12h\" or "
	  "\"30d\", found \"a month\"\n" },
	{ "negative-limit",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN
	  "limits = { removals = -1; };\n} );\n",
	  "main.cfg:7: 'removals' must be from 0 to 2147483647, found -1\n" },
	{ "bad-first-run",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "first_run = \"yes\";\n} );\n",
	  "main.cfg:7: 'first_run' must be one of hold, apply; found \"yes\"\n" },
	{ "assign-word",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP "assign = \"everybody\";\n} );\n",
	  "main.cfg:6: 'assign' is a list of rules, or the word \"all\"\n" },
	{ "assign-group",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP "assign = { group = \"cn=a\"; };\n"
	  "} );\n",
	  "main.cfg:6: 'assign' must be a list\n"
	  "write assign = ( { group = ...; } );\n" },
	{ "assign-text-in-list",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP "assign = ( \"cn=a,dc=ex\" );\n} );\n",
	  "main.cfg:6: a rule is a group\n"
	  "write { group = \"cn=...\"; }\n" },
	{ "assign-empty", "state = \"s\";\n" SOURCE "apps = (\n" APP MAP "assign = ( );\n} );\n",
	  "main.cfg:6: warning: no assign rule: nobody has an account at 'app'\n" },
	{ "exclude-is-no-list",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "exclude = \"cn=a,dc=ex\";\n"
	  "} );\n",
	  "main.cfg:7: 'exclude' must be a list\n"
	  "write exclude = ( { group = ...; } );\n" },
	{ "rule-of-unknown-source",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP
	  "assign = ( { group = \"cn=a\"; source = \"crop\"; } );\n} );\n",
	  "main.cfg:6: unknown source 'crop' (did you mean 'corp'?)\n"
	  "there are: corp\n" },
	{ "bad-scope",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "scope = \"(uid=*\";\n} );\n",
	  "main.cfg:7: filter '(uid=*': cannot read the filter at column 7: the bracket opened "
	  "at column 1 is not closed\n"
	  "add ')' at the end or where the condition ends\n" },
	{ "map-is-text",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP "map = \"userName\";\n" ASSIGN "} );\n",
	  "main.cfg:4: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n"
	  "main.cfg:5: 'map' must be a list\n"
	  "write map = ( { to = ...; from = ...; } );\n" },
	{ "map-text",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP "map = ( \"userName\" );\n" ASSIGN "} );\n",
	  "main.cfg:4: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n"
	  "main.cfg:5: a mapping is a group\n"
	  "write { to = \"...\"; from = \"...\"; }\n" },
	{ "bad-expression",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"title\"; from = \"Joyn(' ', [cn])\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:6: mapping of 'title', column 1: unknown function \"Joyn\"\n"
	  "did you mean Join?\n"
	  "  Joyn(' ', [cn])\n"
	  "  ^\n" },
	{ "bad-path",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"emails[type eq\"; from = \"[mail]\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:6: mapping to 'emails[type eq': bad path at column 15: text in quotes "
	  "expected\n"
	  "only a filter such as [type eq \"work\"] is supported\n" },
	{ "mapped-twice",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"username\"; from = \"[mail]\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:6: mapping to 'username': \"username\" is filled twice\n" },
	{ "mapped-to-what-is-given",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"ID\"; from = \"[uid]\"; },\n"
	  "{ to = \"meta.created\"; from = \"[uid]\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:6: mapping to 'ID': the service gives it to each account, it cannot be filled\n"
	  "the attribute for an id of the directory is externalId\n"
	  "main.cfg:7: mapping to 'meta.created': the service gives it to each account, it cannot "
	  "be filled\n"
	  "the attribute for an id of the directory is externalId\n" },
	{ "no-numbers-in-scim",
	  "state = \"s\";\n" SOURCE "apps = (\n"
	  "{ name = \"app\"; type = \"scim\"; url = \"https://h/scim\"; "
	  "auth = { type = \"none\"; };\n"
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"emails[0].value\"; from = \"[mail]\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:6: mapping to 'emails[0].value': SCIM has no numbers for the elements of a "
	  "list\nname it by what it is: [type eq \"work\"]\n" },
	{ "match-twice",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN
	  "match = [\"userName\", \"username\"];\n} );\n",
	  "main.cfg:7: 'userName' stands in 'match' twice\nleave it out once\n" },
	{ "match-not-mapped",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN
	  "match = [\"userName\", \"nickName\"];\n} );\n",
	  "main.cfg:7: accounts are matched by 'nickName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n" },
	{ "default-match-not-mapped",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP
	  "map = ( { to = \"title\"; from = \"[title]\"; } );\n" ASSIGN "} );\n",
	  "main.cfg:4: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n" },
	{ "settings-in-the-wrong-group",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "slice = \"1m\";\n"
	  "limits = { first_run = \"apply\"; };\nremovals = 3;\n} );\n",
	  "main.cfg:7: unknown setting 'slice' (it belongs to the top of the file, outside of all "
	  "groups)\n"
	  "main.cfg:8: unknown setting 'first_run' (it belongs into the group around 'limits')\n"
	  "main.cfg:9: unknown setting 'removals' (did you mean 'limits.removals'?)\n" },
	{ "two-apps-of-one-name",
	  "state = \"s\";\n" SOURCE "apps = (\n" APP MAP ASSIGN "},\n" APP MAP ASSIGN "} );\n",
	  "main.cfg:8: a second app named 'app'\n" },
	{ "several-at-once",
	  "stat = \"s\";\nsources = ( { name = \"c\"; type = \"ldif\";\n"
	  "max_drop = \"many\"; } );\napps = (\n" APP
	  "map = ( { to = \"userName\"; from = \"[uid\"; } );\n"
	  "assign = ( { grup = \"cn=a\"; } );\n"
	  "scope = \"(a=b\";\n} );\n",
	  "main.cfg:1: missing setting 'state'\n"
	  "main.cfg:1: unknown setting 'stat' (did you mean 'state'?)\n"
	  "main.cfg:2: missing setting 'file' in 'sources'\n"
	  "main.cfg:3: 'max_drop' needs a whole number, found text in double quotes\n"
	  "main.cfg:5: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n"
	  "main.cfg:6: mapping of 'userName', column 1: the attribute is not closed\n"
	  "end its name with ]\n"
	  "  [uid\n"
	  "  ^\n"
	  "main.cfg:7: unknown setting 'grup' (did you mean 'group'?)\n"
	  "main.cfg:7: a rule names a 'group', a 'filter' or an 'ou'\n"
	  "everybody has an account by assign = \"all\"\n"
	  "main.cfg:8: filter '(a=b': cannot read the filter at column 5: the bracket opened at "
	  "column 1 is not closed\n"
	  "add ')' at the end or where the condition ends\n" },
};

static void test_mistake(gconstpointer data)
{
	const Mistake *mistake = data;
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config = bench_load(bench, mistake->config);

	bench_assert_problems(bench, mistake->problems);
	/* Only warnings leave a config. */
	g_assert_cmpint(config == NULL, ==, conf_problems_count(bench->problems) > 0);
}

static const char complete[] =
	"state = \"/var/lib/dirbridge/state.db\";\n"
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"corp.ldif\"; base = "
	"\"dc=ex\";\n"
	"  max_drop = 20; allow_empty = true; canary = \"cn=bridge,dc=ex\";\n"
	"  users = { filter = \"(objectClass=inetOrgPerson)\"; disabled = \"(shadowFlag=1)\"; "
	"};\n"
	"  groups = { filter = \"(objectClass=groupOfNames)\"; }; } );\n"
	"apps = ( { name = \"zoom\"; type = \"mem\"; file = \"zoom.jsonl\";\n"
	"  map = ( { to = \"userName\"; from = \"ToLower([mail])\"; required = true; },\n"
	"          { to = \"name.givenName\"; from = \"[givenName]\"; },\n"
	"          { to = \"preferredLanguage\"; from = \"[preferredLanguage]\"; when = "
	"\"create\"; } );\n"
	"  match = [\"userName\"];\n"
	"  assign = ( { group = \"cn=app,dc=ex\"; role = \"agent\"; },\n"
	"             { group = \"cn=other,dc=ex\"; nested = false; source = \"corp\"; } );\n"
	"  exclude = ( { group = \"cn=temps,dc=ex\"; } );\n"
	"  scope = \"(employeeType=staff)\";\n"
	"  deprovision = { unassigned = \"keep\"; deleted = \"delete\"; delete_after = \"30d\"; "
	"};\n"
	"  limits = { removals = 3; removals_percent = 7; window = \"12h\"; };\n"
	"  features = { delete = false; };\n"
	"  first_run = \"apply\"; recreate = true; } );\n";

static void test_complete(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config = bench_load(bench, complete);
	const AppConfig *app;
	const AssignRule *rule;

	bench_assert_problems(bench, "");
	app = config_app(config, "zoom");
	g_assert_nonnull(config_source(config, "corp"));
	g_assert_null(config_source(config, "zoom"));
	g_assert_cmpuint(app->include->len, ==, 2);
	rule = g_ptr_array_index(app->include, 1);
	g_assert_cmpstr(rule->group, ==, "cn=other,dc=ex");
	g_assert_false(rule->nested);
	g_assert_cmpint(app->policy.disabled, ==, DEPROVISION_DISABLE);
	g_assert_cmpint(app->policy.unassigned, ==, DEPROVISION_KEEP);
	g_assert_cmpint(app->policy.deleted, ==, DEPROVISION_DELETE);
	g_assert_cmpint(app->policy.delete_after_us, ==, 30 * 24 * 3600 * (gint64)G_USEC_PER_SEC);
	g_assert_cmpint(app->limits.removals, ==, 3);
	g_assert_cmpint(app->limits.removals_percent, ==, 7);
	g_assert_cmpint(app->window_us, ==, 12 * 3600 * (gint64)G_USEC_PER_SEC);
	g_assert_false(app->limits.hold_first_run);
	g_assert_true(app->features.create && !app->features.delete &&app->recreate);
}

/* What the sources read is derived: mappings, filters and what names a person, and nothing else. */
static void test_attributes(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config = bench_load(bench, complete);
	g_autofree char *list = g_strjoinv(" ", config->attributes);

	g_assert_cmpstr(list, ==,
			"accountexpires accountunlocktime cn displayname employeeid employeenumber "
			"employeetype givenname lockouttime mail objectclass preferredlanguage "
			"pwdaccountlockedtime samaccountname shadowflag uid userprincipalname");
}

/* What a source's type knows is the default; "" says that there is none. */
static void test_standing(void)
{
	static const char form[] =
		"state = \"s\"; sources = ( { name = \"c\"; type = \"%s\"; file = \"f\";"
		" users = { %s }; } );"
		"apps = ( { name = \"a\"; type = \"mem\"; file = \"f\"; assign = \"all\";"
		" map = ( { to = \"userName\"; from = \"[uid]\"; } ); } );";
	static const struct {
		const char *users, *expires, *problem;
		gboolean locked;
	} cases[] = {
		{ "", "accountexpires", "", TRUE },
		{ "expires = \"\"; locked = \"\";", "", "", FALSE },
		{ "expires = \"pwdEndTime\"; locked = \"(x=y)\";", "pwdendtime", "", TRUE },
		{ "expires = \"a b\";", NULL,
		  "main.cfg:1: 'a b' is not the name of an attribute\n'expires' names the one with "
		  "the moment when an account ends\n",
		  FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(Bench) bench = bench_new();
		g_autofree char *text = g_strdup_printf(form, "ldif", cases[i].users);
		g_autoptr(Config) config = bench_load(bench, text);
		const SourceConfig *source;

		bench_assert_problems(bench, cases[i].problem);
		g_assert_true((config != NULL) == (cases[i].expires != NULL));
		if (!config)
			continue;
		source = g_ptr_array_index(config->sources, 0);
		g_assert_cmpstr(source->expires, ==, cases[i].expires);
		g_assert_true((source->locked != NULL) == cases[i].locked);
		g_assert_true(
			!*source->expires ||
			g_strv_contains((const char *const *)config->attributes, source->expires));
		g_assert_cmpint(config->interval_us, ==, 15 * 60 * (gint64)G_USEC_PER_SEC);
		g_assert_cmpint(config->debounce_us, ==, G_USEC_PER_SEC / 5);
		g_assert_false(((const AppConfig *)g_ptr_array_index(config->apps, 0))->rehire);
	}
}

static char *digest_of(const char *from, const char *to)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(GString) text = g_string_new(complete);
	g_autoptr(Config) config = NULL;

	if (from)
		g_assert_cmpuint(g_string_replace(text, from, to, 1), ==, 1);
	config = bench_load(bench, text->str);
	bench_assert_problems(bench, "");
	return g_strdup(config_app(config, "zoom")->digest);
}

static void check_digest(const char *from, const char *to, gboolean same)
{
	g_autofree char *before = digest_of(NULL, NULL), *after = digest_of(from, to);

	g_assert_cmpint(g_str_equal(before, after), ==, same);
}

/* What decides about accounts makes everybody be looked at again; what does not, does not. */
static void test_digest(void)
{
	check_digest("[givenName]", "[cn]", FALSE);
	check_digest("nested = false", "nested = true", FALSE);
	check_digest("cn=temps", "cn=others", FALSE);
	check_digest("employeeType=staff", "employeeType=other", FALSE);
	check_digest("delete_after = \"30d\"", "delete_after = \"31d\"", FALSE);
	check_digest("when = \"create\"", "when = \"always\"", FALSE);
	check_digest("required = true", "required = false", FALSE);
	check_digest("delete = false", "delete = true", FALSE);
	check_digest("removals = 3", "removals = 4", TRUE);
	check_digest("max_drop = 20", "max_drop = 21", TRUE);
}

static char *settings_of(const char *settings)
{
	g_autoptr(Bench) bench = bench_new();
	g_autofree char *text = g_strconcat("state = \"s\";\n" SOURCE "apps = ( { name = \"a\";",
					    settings, MAP ASSIGN "} );\n", NULL);
	g_autoptr(Config) config = bench_load(bench, text);

	bench_assert_problems(bench, "main.cfg:3: warning: 'token' stands in the config file "
				     "itself; better 'token_file'\n");
	return g_strdup(config_app(config, "a")->settings);
}

/* Whoever mends a setting need not wait; no digest of a secret is kept anywhere. */
static void test_settings(void)
{
	static const char scim[] = "type = \"scim\"; url = \"https://h/scim\";";
	g_autofree char *one = g_strconcat(scim, "auth = { type = \"bearer\"; token = \"one\"; };",
					   NULL);
	g_autofree char *two = g_strconcat(scim, "auth = { type = \"bearer\"; token = \"two\"; };",
					   NULL);
	g_autofree char *slow = g_strconcat(one, "timeout = \"90s\";", NULL);
	g_autofree char *way = g_strconcat(
		scim, "auth = { type = \"bearer\"; token = \"one\"; prefix = \"Key\"; };", NULL);
	g_autofree char *before = settings_of(one), *again = settings_of(one);
	g_autofree char *other_secret = settings_of(two), *other_time = settings_of(slow);
	g_autofree char *other_way = settings_of(way);

	g_assert_cmpstr(before, ==, again);
	g_assert_cmpstr(before, ==, other_secret);
	g_assert_cmpstr(before, !=, other_time);
	g_assert_cmpstr(before, !=, other_way);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/config/standing", test_standing);
	g_test_add_func("/config/complete", test_complete);
	g_test_add_func("/config/attributes", test_attributes);
	g_test_add_func("/config/digest", test_digest);
	g_test_add_func("/config/settings", test_settings);
	for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
		g_autofree char *path = g_strconcat("/config/mistake/", mistakes[i].name, NULL);
		g_test_add_data_func(path, &mistakes[i], test_mistake);
	}
	return g_test_run();
}
