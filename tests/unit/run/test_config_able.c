/*
 * What is switched on and the target cannot do: a mistake where it was written down, and a warning
 * where a leaver would keep the access by default.
 */
#include "../../../src/run/config_internal.h"
#include "run_support.h"

#define ALL (~0u & ~(guint)TARGET_DISABLE_DELETES)

/* What is tested is on line 5 and on. */
#define HEAD                                                                           \
	"state = \"s\";\n"                                                             \
	"sources = ( { name = \"corp\"; type = \"ldif\"; file = \"x\"; } );\n"         \
	"apps = ( { name = \"app\"; type = \"mem\"; file = \"y\"; assign = \"all\";\n" \
	"map = ( { to = \"userName\"; from = \"[uid]\"; } );\n"
#define TAIL "} );\n"

#define LEAVE "define how, or say in 'deprovision' what is to be done instead\n"

typedef struct {
	const char *name, *settings;
	guint can;
	const char *problems;
} Row;

static const Row rows[] = {
	{ "everything",
	  "features = { create = true; update = true; disable = true; delete = true;"
	  " groups = true; password = true; };\n"
	  "deprovision = { deleted = \"delete\"; delete_after = \"30d\"; };\n"
	  "groups = ( { group = \"cn=g,dc=ex\"; } );\n",
	  ALL, "" },
	{ "by-default", "", ALL & ~(guint)(TARGET_CAN_UPDATE | TARGET_CAN_DELETE), "" },
	{ "create-by-default", "", ALL & ~(guint)TARGET_CAN_CREATE,
	  "main.cfg:3: warning: nobody gets an account: accounts cannot be made at this target as "
	  "it is defined\ndefine how, or say features = { create = false; } if that is meant\n" },
	{ "create", "features = {\ncreate = true; };\n", ALL & ~(guint)TARGET_CAN_CREATE,
	  "main.cfg:6: 'create' is switched on, but accounts cannot be made at this target as it "
	  "is defined\ndefine how, or leave it out\n" },
	{ "switched-off", "features = { create = false; delete = false; };\n", TARGET_CAN_DISABLE,
	  "" },
	{ "update-and-groups", "features = {\nupdate = true;\ngroups = true; };\n",
	  ALL & ~(guint)(TARGET_CAN_UPDATE | TARGET_CAN_GROUPS),
	  "main.cfg:6: 'update' is switched on, but accounts cannot be changed at this target as "
	  "it is defined\ndefine how, or leave it out\n"
	  "main.cfg:7: 'groups' is switched on, but nothing can be done with groups at this target "
	  "as it is defined\ndefine how, or leave it out\n" },
	{ "password-by-mail", "features = { password = true; };\n",
	  ALL & ~(guint)TARGET_CAN_PASSWORD, "" },
	{ "password", "features = { password = true; };\n",
	  ALL & ~(guint)(TARGET_CAN_PASSWORD | TARGET_CAN_RESET_MAIL),
	  "main.cfg:5: 'password' is switched on, but passwords can neither be set nor reset at "
	  "this target as it is defined\ndefine how, or leave it out\n" },
	{ "pushed-groups", "groups = ( {\ngroup = \"cn=g,dc=ex\"; } );\n",
	  ALL & ~(guint)TARGET_CAN_GROUPS,
	  "main.cfg:5: groups are to be pushed, and nothing can be done with groups at this target "
	  "as it is defined\ndefine how, or leave 'groups' out\n" },
	{ "groups-switched-off",
	  "groups = ( { group = \"cn=g,dc=ex\"; } ); features = { groups = false; };\n",
	  ALL & ~(guint)TARGET_CAN_GROUPS, "" },
	{ "disable-by-default", "", ALL & ~(guint)TARGET_CAN_DISABLE,
	  "main.cfg:3: warning: whoever leaves keeps the access: accounts are to be disabled "
	  "(disabled), and cannot be at this target as it is defined\n" LEAVE },
	{ "disable-as-written",
	  "deprovision = { deleted = \"keep\";\nunassigned = \"disable\"; "
	  "disabled = \"keep\"; out_of_scope = \"keep\"; };\n",
	  ALL & ~(guint)TARGET_CAN_DISABLE,
	  "main.cfg:6: whoever leaves keeps the access: accounts are to be disabled (unassigned), "
	  "and cannot be at this target as it is defined\n" LEAVE },
	{ "disable-switched-off", "features = { disable = false; };\n",
	  ALL & ~(guint)TARGET_CAN_DISABLE, "" },
	{ "delete", "deprovision = {\ndeleted = \"delete\"; };\n", ALL & ~(guint)TARGET_CAN_DELETE,
	  "main.cfg:6: accounts are to be deleted (deleted), and cannot be at this target as it is "
	  "defined\n" LEAVE },
	{ "delete-later", "deprovision = {\ndelete_after = \"30d\"; };\n",
	  ALL & ~(guint)TARGET_CAN_DELETE,
	  "main.cfg:6: accounts are to be deleted (delete_after), and cannot be at this target as "
	  "it is defined\n" LEAVE },
	{ "disable-deletes", "features = {\ndelete = false; };\n", ALL | TARGET_DISABLE_DELETES,
	  "main.cfg:6: 'delete' is switched off, but an account is disabled by deleting it at this "
	  "target as it is defined\ndefine how it is disabled, or say in 'deprovision' what is to "
	  "be done instead\n" },
	{ "disable-deletes-and-may", "", ALL | TARGET_DISABLE_DELETES, "" },
	{ "disable-deletes-nobody",
	  "features = { delete = false; }; deprovision = { disabled = \"keep\"; unassigned = "
	  "\"keep\"; deleted = \"keep\"; out_of_scope = \"keep\"; };\n",
	  ALL | TARGET_DISABLE_DELETES, "" },
};

static guint abilities(const void *can)
{
	return *(const guint *)can;
}

static void test_row(const void *data)
{
	const Row *row = data;
	g_autoptr(Bench) bench = bench_new();
	g_autofree char *text = g_strconcat(HEAD, row->settings, TAIL, NULL);
	g_autoptr(Config) config = bench_load(bench, text);
	guint can = row->can;
	TargetOps ops = { .abilities = abilities };
	ConfigLoader loader = { .problems = bench->problems };
	const ConfNode *apps;
	AppConfig app;

	bench_assert_problems(bench, "");
	apps = conf_member(conf_root(config->file), "apps");
	app = *(const AppConfig *)config->apps->pdata[0];
	app.ops = &ops;
	app.conf = &can;
	config_able_check(&loader, &app, conf_element(apps, 0));
	bench_assert_problems(bench, row->problems);
}

static void test_import(void)
{
	g_autoptr(Bench) bench = bench_new();
	g_autoptr(Config) refused = bench_load(bench,
					       HEAD "features = {\nimport = true; };\n" TAIL);

	g_assert_null(refused);
	bench_assert_problems(bench, "main.cfg:6: importing people from an application is not "
				     "offered\nleave 'import' out\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *path = g_strconcat("/config-able/", rows[i].name, NULL);
		g_test_add_data_func(path, &rows[i], test_row);
	}
	g_test_add_func("/config-able/import", test_import);
	return g_test_run();
}
