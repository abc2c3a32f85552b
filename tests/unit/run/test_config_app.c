/*
 * What an app can say beyond the basics: rows and their settings, what the target demands, presets
 * and their overrides, rules of every kind, pushed groups, protected accounts. Each mistake has its
 * line, and inside of an expression its column.
 */
#include <string.h>

#include "run_support.h"

/* The map is on line 4, what is tested on line 5 and on. */
#define HEAD                                                               \
	"state = \"s\";\n"                                                 \
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"x\"; }," \
	" { name = \"lab\"; type = \"ldif\"; file = \"y\"; } );\n"         \
	"apps = ( { name = \"app\"; type = \"mem\"; file = \"y\";\n"
#define MAP                                                 \
	"map = ( { to = \"userName\"; from = \"[uid]\"; }," \
	" { to = \"title\"; from = \"[title]\"; } );\n"
#define ALL "assign = \"all\";\n"
#define TAIL "} );\n"

typedef struct {
	const char *name, *config, *problems;
} Mistake;

static const Mistake mistakes[] = {
	/* rows */
	{ "clear-mistyped",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"title\"; from = \"[title]\"; clear = \"empty\"; } );\n" ALL TAIL,
	  "main.cfg:5: 'clear' must be one of remove, omit, null, \"\"; found \"empty\"\n" },
	{ "row-without-from", HEAD "map = ( { to = \"userName\"; } );\nmatch = [];\n" ALL TAIL,
	  "main.cfg:4: missing setting 'from' in 'map'\n"
	  "main.cfg:5: accounts are matched by 'userName', but nothing is mapped to it\n"
	  "add it to 'map', or name another attribute in 'match'\n" },
	{ "drop-in-map",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"title\"; drop = true; } );\n" ALL TAIL,
	  "main.cfg:5: 'drop' is of 'map_override'\nhere, leave the row out\n" },
	{ "chance",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"nickName\"; from = \"Guid()\"; } );\n" ALL TAIL,
	  "main.cfg:5: mapping to 'nickName': Guid() and RandomString() yield a new value at each "
	  "look, which would be sent each time\nwhen = \"create\" sends it once\n" },
	{ "the-time",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"nickName\";\nfrom = \"Now()\"; } );\n" ALL TAIL,
	  "main.cfg:6: warning: mapping of 'nickName': the time is another one at each look, and "
	  "what comes of it may be sent each time\nwhen = \"create\" sends it once\n" },
	{ "a-reference-sent-once",
	  HEAD
	  "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	  "{ to = \"manager.value\";\nfrom = \"CRef([manager])\"; when = \"create\"; } );\n" ALL
		  TAIL,
	  "main.cfg:6: warning: mapping of 'manager.value': who gets an account later than the one "
	  "that refers to it is never filled in\nleave out when = \"create\"\n" },
	{ "column-in-a-row-of-several-lines",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"nickName\";\nfrom = \"Join(' ',\n   Joyn([cn]))\"; } );\n" ALL TAIL,
	  "main.cfg:6: mapping of 'nickName', column 14: unknown function \"Joyn\"\n"
	  "did you mean Join?\n"
	  "  Join(' ',    Joyn([cn]))\n"
	  "               ^\n" },
	{ "two-constant-primaries",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"emails[type eq 'work'].primary\"; from = \"true\"; },\n"
	       "{ to = \"emails[type eq 'home'].primary\"; from = \"true\"; } );\n" ALL TAIL,
	  "main.cfg:6: mapping to 'emails[type eq 'home'].primary': \"emails[type eq "
	  "\"home\"].primary\" and \"emails[type eq \"work\"].primary\" are both true, but one "
	  "value only can be the primary one\n" },
	/* match */
	{ "match-by-a-secret",
	  HEAD "map = ( { to = \"password\"; from = \"[uid]\"; } );\n"
	       "match = \"password\";\n" ALL TAIL,
	  "main.cfg:5: accounts cannot be matched by 'password': it is secret\n" },
	{ "match-by-a-choice",
	  HEAD "map = ( { to = \"userName\"; when = \"create\";\n"
	       "from = \"SelectUniqueValue([uid], [cn])\"; } );\n" ALL TAIL,
	  "main.cfg:3: accounts cannot be matched by 'userName': SelectUniqueValue() makes a new "
	  "value, so nobody's account has it yet\n" },
	{ "match-by-a-reference",
	  HEAD
	  "map = ( { to = \"userName\"; from = \"[manager]\"; reference = true; } );\n" ALL TAIL,
	  "main.cfg:3: accounts cannot be matched by 'userName': a reference says who somebody "
	  "else is\n" },
	/* map_override */
	{ "override-drops-nothing",
	  HEAD MAP "map_override = ( { to = \"titel\";\ndrop = true; } );\n" ALL TAIL,
	  "main.cfg:5: nothing is mapped to 'titel', so there is nothing to drop\n"
	  "did you mean 'title'?\n" },
	{ "override-twice",
	  HEAD MAP "map_override = ( { to = \"title\"; from = \"[cn]\"; },\n"
		   "{ to = \"Title\"; from = \"[sn]\"; } );\n" ALL TAIL,
	  "main.cfg:6: 'Title' stands twice in 'map_override'\n" },
	{ "override-without-from", HEAD MAP "map_override = ( { to = \"title\"; } );\n" ALL TAIL,
	  "main.cfg:5: missing setting 'from' in 'map_override'\n" },
	{ "override-drops-and-fills",
	  HEAD MAP
	  "map_override = ( { to = \"title\"; from = \"[cn]\"; drop = true; } );\n" ALL TAIL,
	  "main.cfg:5: a row that is dropped needs no 'from'\n" },
	{ "override-with-a-mistake",
	  HEAD MAP "map_override = (\n{ to = \"title\"; from = \"[cn\"; } );\n" ALL TAIL,
	  "main.cfg:6: mapping of 'title', column 1: the attribute is not closed\n"
	  "end its name with ]\n  [cn\n  ^\n" },
	/* constraints */
	{ "constraint-forbids",
	  HEAD MAP "constraints = (\n{ path = \"title\"; forbidden = true;\n"
		   "why = \"titles are refused\"; } );\n" ALL TAIL,
	  "main.cfg:6: constraint of 'title': \"title\" must not be filled\n"
	  "titles are refused\n" },
	{ "constraint-requires",
	  HEAD MAP "constraints = (\n{ path = \"nickName\"; required = true; } );\n" ALL TAIL,
	  "main.cfg:6: constraint of 'nickName': nothing is mapped to \"nickName\"\n"
	  "the target has it so\n" },
	{ "constraint-with-a-bad-pattern",
	  HEAD MAP "constraints = ( { path = \"title\";\npattern = \"ab(c\"; } );\n" ALL TAIL,
	  NULL },
	{ "constraint-is-text", HEAD MAP "constraints = ( \"title\" );\n" ALL TAIL,
	  "main.cfg:5: a constraint is a group\n"
	  "write { path = \"userName\"; max_length = 21; }\n" },
	{ "constraint-twice",
	  HEAD MAP "constraints = ( { path = \"title\"; lower = true; },\n"
		   "{ path = \"Title\"; single = true; } );\n" ALL TAIL,
	  "main.cfg:6: constraint of 'Title': a second constraint of \"Title\"\n" },
	/* who */
	{ "rule-that-names-nobody", HEAD MAP "assign = ( { role = \"x\"; } );\n" TAIL,
	  "main.cfg:5: a rule names a 'group', a 'filter' or an 'ou'\n"
	  "everybody has an account by assign = \"all\"\n" },
	{ "nested-without-group",
	  HEAD MAP "assign = ( { filter = \"(uid=*)\";\nnested = true; } );\n" TAIL,
	  "main.cfg:6: 'nested' is about the members of a 'group', and the rule names none\n" },
	{ "ou-is-no-dn", HEAD MAP "assign = ( { ou = \"Staff\"; } );\n" TAIL,
	  "main.cfg:5: 'Staff' is not a DN\nwrite \"OU=Staff,DC=corp,DC=example\"\n" },
	{ "rule-with-a-bad-filter",
	  HEAD MAP "assign = ( { group = \"cn=a\";\nfilter = \"(a=b\"; } );\n" TAIL,
	  "main.cfg:6: filter '(a=b': cannot read the filter at column 5: the bracket opened at "
	  "column 1 is not closed\nadd ')' at the end or where the condition ends\n" },
	{ "rule-of-unknown-source",
	  HEAD MAP "assign = ( { group = \"cn=a\";\nsource = \"crop\"; } );\n" TAIL,
	  "main.cfg:6: unknown source 'crop' (did you mean 'corp'?)\nthere are: corp, lab\n" },
	{ "role-of-who-is-excluded",
	  HEAD MAP "exclude = ( { group = \"cn=a\";\nrole = \"x\"; } );\n" ALL TAIL,
	  "main.cfg:6: a rule that excludes gives no role\n" },
	{ "priority-of-nothing",
	  HEAD MAP "assign = ( { group = \"cn=a\";\npriority = 3; } );\n" TAIL,
	  "main.cfg:6: 'priority' is that of a role\nadd role = \"...\", or take it away\n" },
	{ "role-conflict-mistyped", HEAD MAP "role_conflict = \"first\";\n" ALL TAIL,
	  "main.cfg:5: 'role_conflict' must be one of priority, park; found \"first\"\n" },
	{ "precedence", HEAD MAP "precedence = [ \"corp\",\n\"labs\",\n\"corp\" ];\n" ALL TAIL,
	  "main.cfg:6: unknown source 'labs' (did you mean 'lab'?)\nthere are: corp, lab\n"
	  "main.cfg:7: source 'corp' stands twice in 'precedence'\n" },
	/* protect */
	{ "protect-what-is-not-read",
	  HEAD MAP "protect = ( { path = \"nickName\"; value = \"x\"; } );\n" ALL TAIL,
	  "main.cfg:5: nothing is mapped to 'nickName', so it is not looked at\n"
	  "name a path of 'map', or \"id\"\n" },
	{ "protect-by-what-is-sent-once",
	  HEAD "map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	       "{ to = \"kind\"; from = \"[title]\"; when = \"create\"; } );\n"
	       "protect = ( { path = \"Kind\"; value = \"x\"; } );\n" ALL TAIL,
	  "main.cfg:6: 'kind' is sent on create only, so nobody knows what an account has later\n"
	  "name a path that is always mapped, or \"id\"\n" },
	{ "protect-nothing", HEAD MAP "protect = ( { path = \"id\"; } );\n" ALL TAIL,
	  "main.cfg:5: one of 'value' and 'pattern' says which accounts are protected\n" },
	{ "protect-both",
	  HEAD MAP "protect = ( { path = \"id\"; value = \"a\"; pattern = \"b\"; } );\n" ALL TAIL,
	  "main.cfg:5: one of 'value' and 'pattern' says which accounts are protected\n" },
	{ "protect-empty", HEAD MAP "protect = ( { path = \"id\"; pattern = \"\"; } );\n" ALL TAIL,
	  "main.cfg:5: 'pattern' is empty\nall accounts are pattern = \".\"\n" },
	{ "protect-is-text", HEAD MAP "protect = \"admin\";\n" ALL TAIL,
	  "main.cfg:5: 'protect' must be a list\n"
	  "write protect = ( { path = \"userName\"; value = \"admin@corp.example\"; } );\n" },
	/* groups */
	{ "groups-without-which", HEAD MAP "groups = ( { mode = \"additive\"; } );\n" ALL TAIL,
	  "main.cfg:5: which groups? name a 'group', a 'filter' or an 'ou'\n"
	  "all groups are filter = \"(objectClass=*)\"\n" },
	{ "groups-of-one-name",
	  HEAD MAP "groups = ( { filter = \"(cn=*)\";\nname = \"'Staff'\"; } );\n" ALL TAIL,
	  "main.cfg:6: 'name' is the same for all groups of this rule\n"
	  "use an attribute of the group, as in [cn], or name one 'group'\n" },
	{ "groups-named-by-the-clock",
	  HEAD MAP
	  "groups = ( { filter = \"(cn=*)\";\nname = \"Append([cn], Now())\"; } );\n" ALL TAIL,
	  "main.cfg:6: 'name': the time would rename the group at each look\n" },
	{ "groups-with-a-bad-name",
	  HEAD MAP "groups = ( { filter = \"(cn=*)\";\nname = \"ToLowr([cn])\"; } );\n" ALL TAIL,
	  "main.cfg:6: name of the group, column 1: unknown function \"ToLowr\"\n"
	  "did you mean ToLower?\n  ToLowr([cn])\n  ^\n" },
	{ "groups-mode-mistyped",
	  HEAD MAP "groups = ( { ou = \"ou=a\"; mode = \"add\"; gone = \"drop\";\n"
		   "nested = \"yes\"; source = \"corb\"; } );\n" ALL TAIL,
	  "main.cfg:5: 'mode' must be one of managed, additive, exclusive; found \"add\"\n"
	  "main.cfg:5: 'gone' must be one of empty, delete, keep; found \"drop\"\n"
	  "main.cfg:6: 'nested' must be one of flatten, direct, keep; found \"yes\"\n"
	  "main.cfg:6: unknown source 'corb' (did you mean 'corp'?)\nthere are: corp, lab\n" },
	/* preset */
	{ "preset-without-name", HEAD MAP "preset = { titel = \"x\"; type = \"mem\"; };\n" ALL TAIL,
	  "main.cfg:5: missing setting 'name' in 'preset'\n"
	  "main.cfg:5: unknown setting 'titel' (did you mean 'title'?)\n" },
};

static void test_mistake(gconstpointer data)
{
	const Mistake *mistake = data;
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config = bench_load(bench, mistake->config);

	if (mistake->problems)
		bench_assert_problems(bench, mistake->problems);
	g_assert_cmpint(config == NULL, ==, conf_problems_count(bench->problems) > 0);
}

/* The words are PCRE2's; place and caret are ours. */
static void test_bad_pattern(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config =
		bench_load(bench, HEAD MAP
			   "protect = ( { path = \"id\";\npattern = \"ab(c\"; } );\n" ALL TAIL);
	const GPtrArray *list = conf_problems_list(bench->problems);
	const ConfProblem *problem;

	g_assert_null(config);
	g_assert_cmpuint(list->len, ==, 1);
	problem = list->pdata[0];
	g_assert_cmpuint(problem->line, ==, 6);
	g_assert_true(g_str_has_prefix(problem->message, "pattern of 'protect', column 5: "));
	g_assert_true(g_str_has_suffix(problem->message, "\n  ab(c\n      ^"));
}

/* Of an expression of a screenful only the part around the mistake is shown. */
static void test_long_expression(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(GString) text = g_string_new(HEAD
					       "map = ( { to = \"userName\"; from = \"Join('',");
	g_autoptr(Config) config = NULL;
	const ConfProblem *problem;

	for (guint i = 0; i < 100; i++)
		g_string_append(text, " [givenName],");
	g_string_append(text, " Joyn([sn])");
	for (guint i = 0; i < 100; i++)
		g_string_append(text, ", [givenName]");
	g_string_append(text, ")\"; } );\n" ALL TAIL);
	config = bench_load(bench, text->str);
	g_assert_null(config);
	problem = conf_problems_list(bench->problems)->pdata[1];
	const char *shown = strstr(problem->message, "\n  ...");
	const char *caret = strrchr(problem->message, '\n');
	g_assert_nonnull(shown);
	g_assert_cmpuint(caret - shown, <, 120);
	g_assert_true(g_str_has_prefix(shown + strlen(caret) - 1, "Joyn"));
}

static const char complete[] =
	"state = \"s\";\n"
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"x\"; },\n"
	"            { name = \"lab\"; type = \"ldif\"; file = \"y\"; } );\n"
	"apps = ( { name = \"app\"; type = \"mem\"; file = \"y\";\n"
	"  map = ( { to = \"userName\"; from = \"[uid]\"; },\n"
	"    { to = \"title\"; from = \"[title]\"; default = \"none\"; clear = \"\"; },\n"
	"    { to = \"manager.value\"; from = \"[manager]\"; reference = true; },\n"
	"    { to = \"aliases\"; from = \"[mail]\"; values = \"all\"; clear = \"null\"; },\n"
	"    { to = \"nickName\"; from = \"[nick]\"; } );\n"
	"  map_override = ( { to = \"TITLE\"; from = \"[jobTitle]\"; clear = \"omit\"; },\n"
	"    { to = \"nickName\"; drop = true; },\n"
	"    { to = \"locale\"; from = \"'de'\"; when = \"create\"; } );\n"
	"  constraints = ( { path = \"userName\"; lower = true; max_length = 21; },\n"
	"    { path = \"active\"; required = true; } );\n"
	"  assign = ( { group = \"cn=a,dc=ex\"; filter = \"(employeeType=staff)\";\n"
	"      ou = \"ou=People,dc=ex\"; source = \"lab\"; role = \"agent\"; priority = 7; },\n"
	"    { filter = \"(l=Berlin)\"; } );\n"
	"  exclude = ( { ou = \"ou=Temps,dc=ex\"; } );\n"
	"  role_conflict = \"park\"; precedence = [ \"lab\", \"corp\" ];\n"
	"  protect = ( { path = \"USERNAME\"; value = \"admin\"; },\n"
	"    { path = \"id\"; pattern = \"^0\"; } );\n"
	"  groups = ( { filter = \"(gidNumber=*)\"; name = \"Append('g-', [gn])\"; mode = "
	"\"exclusive\";\n"
	"      nested = \"keep\"; gone = \"delete\"; source = \"corp\"; },\n"
	"    { group = \"cn=b,dc=ex\"; } );\n"
	"  preset = { name = \"own\"; type = \"mem\"; title = \"Own\";\n"
	"    notes = [ \"n1\", \"n2\" ];\n"
	"    needs = \"u: x\"; };\n"
	"} );\n";

static void note_row(const MappingRow *row, const Expr *expr, void *data)
{
	g_string_append_printf(data, "%s<-%s %d%d%d%d%d %s;\n", row->to, row->from, row->when,
			       row->required, row->clear, row->reference, row->all,
			       row->fallback ? row->fallback : "-");
}

static void check_rules(const AppConfig *app)
{
	const AssignRule *rule = app->include->pdata[0], *other = app->include->pdata[1];
	const AssignRule *excluded = app->exclude->pdata[0];

	g_assert_cmpstr(rule->filter, ==, "(employeeType=staff)");
	g_assert_cmpstr(rule->ou, ==, "ou=People,dc=ex");
	g_assert_cmpint(rule->priority, ==, 7);
	g_assert_true(rule->compiled && rule->nested);
	g_assert_true(!other->group && !other->ou && other->compiled && other->priority == 0);
	g_assert_true(g_str_has_suffix(other->place, "main.cfg:17"));
	g_assert_cmpstr(excluded->ou, ==, "ou=Temps,dc=ex");
	g_assert_true(app->one_role);
	g_assert_cmpstr(app->precedence->pdata[0], ==, "lab");
}

static void check_others(const AppConfig *app)
{
	const ProtectRule *admin = app->protect->pdata[0], *id = app->protect->pdata[1];
	const PushRule *push = app->push->pdata[0], *plain = app->push->pdata[1];

	g_assert_cmpstr(admin->path, ==, "userName");
	g_assert_true(admin->value && !admin->compiled && !id->value && id->compiled);
	g_assert_true(push->compiled && push->name);
	g_assert_cmpint(push->mode, ==, PUSH_EXCLUSIVE);
	g_assert_cmpint(push->nested, ==, PUSH_KEEP);
	g_assert_cmpint(push->gone, ==, PUSH_GONE_DELETE);
	g_assert_cmpstr(plain->name_text, ==, "[cn]");
	g_assert_cmpint(plain->mode, ==, PUSH_MANAGED);
	g_assert_cmpint(plain->nested, ==, PUSH_FLATTEN);
	g_assert_cmpint(plain->gone, ==, PUSH_GONE_EMPTY);
	g_assert_cmpstr(app->preset->name, ==, "own");
	g_assert_cmpuint(app->preset->notes->len, ==, 2);
	g_assert_cmpuint(app->preset->unconfirmed->len, ==, 0);
	g_assert_true(g_str_has_suffix(app->preset->file, "/main.cfg"));
}

static void test_complete(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) config = bench_load(bench, complete);
	g_autoptr(GString) rows = g_string_new(NULL);

	bench_assert_problems(bench, "");
	mapping_foreach(config_app(config, "app")->mapping, note_row, rows);
	/* An overriding row stands where the one stood that it replaces, spelt as it is itself. */
	g_assert_cmpstr(rows->str, ==,
			"userName<-[uid] 00000 -;\n"
			"TITLE<-[jobTitle] 00100 -;\n"
			"manager.value<-[manager] 00010 -;\n"
			"aliases<-[mail] 00201 -;\n"
			"locale<-'de' 10000 -;\n");
	check_rules(config_app(config, "app"));
	check_others(config_app(config, "app"));
	for (const char *const *name = (const char *const[]){ "employeetype", "l", "gidnumber",
							      "gn", "jobtitle", NULL };
	     *name; name++)
		g_assert_true(g_strv_contains((const char *const *)config->attributes, *name));
}

/* A preset, and what the administrator says otherwise. */
static void test_preset(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autofree char *path = g_build_filename(bench->folder, "zoom.cfg", NULL);
	g_autoptr(GError) error = NULL;
	static const char preset[] = "preset = { name = \"zoom\"; type = \"mem\"; };\n"
				     "match = [ \"userName\" ];\n"
				     "limits = { removals = 9; removals_percent = 9; };\n"
				     "map = ( { to = \"userName\"; from = \"[mail]\"; },\n"
				     "  { to = \"title\"; from = \"[title\"; } );\n"
				     "tittle = 1;\n";
	static const char own[] = HEAD "@include \"zoom.cfg\"\n"
				       "limits = { removals = 1; };\n" ALL TAIL;
	static const char map[] = HEAD "@include \"zoom.cfg\"\n" MAP
				       "limits = { removals = 1; };\n" ALL "trace = \"t\";\n" TAIL;

	g_assert_true(g_file_set_contents(path, preset, -1, &error));
	g_assert_null(bench_load(bench, own));
	bench_assert_problems(bench,
			      "zoom.cfg:5: mapping of 'title', column 1: the attribute is not "
			      "closed\nend its name with ]\n  [title\n  ^\n"
			      "zoom.cfg:6: unknown setting 'tittle'\n");

	g_autoptr(Bench) again = bench_new();
	g_autofree char *other = g_build_filename(again->folder, "zoom.cfg", NULL);
	g_autofree char *sound = g_strndup(preset, strlen(preset) - strlen("tittle = 1;\n"));
	g_assert_true(g_file_set_contents(other, sound, -1, &error));
	g_autoptr(Config) config = bench_load(again, map);
	bench_assert_problems(again, "");
	g_assert_cmpint(config_app(config, "app")->limits.removals, ==, 1);
	g_assert_cmpint(config_app(config, "app")->limits.removals_percent, ==, 9);
	g_assert_true(g_str_has_suffix(config_app(config, "app")->preset->file, "/zoom.cfg"));
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
	return g_strdup(config_app(config, "app")->digest);
}

static void check_digest(const char *from, const char *to, gboolean same)
{
	g_autofree char *before = digest_of(NULL, NULL), *after = digest_of(from, to);

	g_assert_cmpint(g_str_equal(before, after), ==, same);
}

/* What decides about accounts makes everybody be looked at again; what explains it does not. */
static void test_digest(void)
{
	check_digest("default = \"none\"", "default = \"some\"", FALSE);
	check_digest("[jobTitle]", "[title]", FALSE);
	check_digest("max_length = 21", "max_length = 22", FALSE);
	check_digest("(l=Berlin)", "(l=Bonn)", FALSE);
	check_digest("priority = 7", "priority = 8", FALSE);
	check_digest("\"park\"", "\"priority\"", FALSE);
	check_digest("[ \"lab\", \"corp\" ]", "[ \"corp\", \"lab\" ]", FALSE);
	check_digest("\"admin\"", "\"root\"", FALSE);
	check_digest("\"exclusive\"", "\"additive\"", FALSE);
	check_digest("\"Own\"", "\"Other\"", TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/config-app/complete", test_complete);
	g_test_add_func("/config-app/preset", test_preset);
	g_test_add_func("/config-app/digest", test_digest);
	g_test_add_func("/config-app/bad-pattern", test_bad_pattern);
	g_test_add_func("/config-app/long-expression", test_long_expression);
	for (gsize i = 0; i < G_N_ELEMENTS(mistakes); i++) {
		g_autofree char *path = g_strconcat("/config-app/mistake/", mistakes[i].name, NULL);

		g_test_add_data_func(path, &mistakes[i], test_mistake);
	}
	return g_test_run();
}
