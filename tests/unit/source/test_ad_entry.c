/* Entries as domain controllers send them: whole, bare and as the changes of a DirSync. */
#include <string.h>

#include "../../../src/source/ad_entry_internal.h"
#include "ldap_support.h"

#define GUID "967835c6-8fd4-403a-97e7-74c5e7112f4f"
#define GUID_BYTES "objectGUID:: xjV4ltSPOkCX53TF5xEvTw==\n"
#define DN "CN=Ada,DC=corp,DC=test"
#define ADA "<GUID=11111111-1111-1111-1111-111111111111>;<SID=S-1-5-21-1-2-3-1104>;CN=A,DC=x"
#define BOB "<GUID=22222222-2222-2222-2222-222222222222>;CN=B,DC=x"

static void print_attribute(const char *name, const EntryValue *values, guint count, void *data)
{
	g_string_append_printf(data, "%s", name);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(data, "%c%s", i ? ',' : '=', values[i].data);
	g_string_append_c(data, '|');
}

/* "dn|attribute=value,value|removed|+member|-member|"; "none" if it cannot be used. */
static char *print(const AdEntry *read)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint count;

	if (!read->entry)
		return g_strdup("none");
	const EntryMember *members = entry_members(read->entry, &count);
	g_string_append_printf(text, "%s|", entry_dn(read->entry));
	entry_foreach(read->entry, print_attribute, text);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(text, "%c%.8s %s|", members[i].left ? '-' : '+',
				       members[i].anchor ? members[i].anchor : "", members[i].dn);
	return g_strdup(text->str);
}

typedef struct {
	const char *dn, *lines;
	AdEntryForm form;
	const char *const *wanted;
	const char *text; /* behind "dn|objectguid=..|" with the usual DN; or all of it */
	gboolean deleted, restored, cut;
	gint64 range_next;
} Row;

static void check(const Row *row)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_auto(AdEntry) read = { 0 };
	g_autofree char *usual = NULL, *text = NULL;

	ldap_script_entry(script, 1, row->dn ? row->dn : DN, row->lines);
	LDAPMessage *message = ldap_script_message(script, 1);
	ad_entry_read(script->conn->ld, message, row->form, row->wanted, &read);
	ldap_msgfree(message);
	text = print(&read);
	usual = g_strdup_printf("%s|%s", DN, row->text);
	g_test_message("%s", row->lines);
	g_assert_cmpstr(text, ==, row->dn ? row->text : usual);
	g_assert_cmpint(read.deleted, ==, row->deleted);
	g_assert_cmpint(read.restored, ==, row->restored);
	g_assert_cmpint(read.cut, ==, row->cut);
	g_assert_cmpint(read.range_next, ==, row->range_next);
	if (read.entry) {
		g_assert_cmpstr(entry_anchor(read.entry), ==, GUID);
		g_assert_cmpint(entry_is_delta(read.entry), ==, row->form == AD_ENTRY_DELTA);
		g_assert_cmpint(entry_members_are_changes(read.entry), ==,
				row->form != AD_ENTRY_WHOLE);
	}
}

#define ID "objectguid=" GUID "|"

static void test_whole(void)
{
	static const Row rows[] = {
		{ .lines = GUID_BYTES "cn: Ada\nmail: a@x\nmail: b@x\n",
		  .text = "cn=Ada|mail=a@x,b@x|" ID },
		{ .lines = GUID_BYTES "objectSid:: AQIAAAAAAAUgAAAAIAIAAA==\n",
		  .text = ID "objectsid=S-1-5-32-544|" },
		/* Not a SID: as it is. */
		{ .lines = GUID_BYTES "objectSid: x\n", .text = ID "objectsid=x|" },
		{ .lines = GUID_BYTES "manager: " ADA "\n", .text = "manager=CN=A,DC=x|" ID },
		{ .lines = GUID_BYTES "description: <GUID=1>;x\n",
		  .text = "description=<GUID=1>;x|" ID },
		{ .lines = GUID_BYTES "unicodePwd: x\nmail: a@x\n", .text = "mail=a@x|" ID },
		{ .lines = GUID_BYTES "isDeleted: TRUE\n",
		  .text = "isdeleted=TRUE|" ID,
		  .deleted = TRUE },
		{ .lines = GUID_BYTES "isDeleted: FALSE\n", .text = "isdeleted=FALSE|" ID },
		{ .lines = GUID_BYTES "memberOf;range=0-1499: CN=G,DC=x\n",
		  .text = "memberof=CN=G,DC=x|" ID,
		  .cut = TRUE },
		{ .lines = GUID_BYTES "memberOf;range=0-*: CN=G,DC=x\n",
		  .text = "memberof=CN=G,DC=x|" ID },
		{ .dn = "<GUID=" GUID ">;<SID=S-1-5-21-1>;" DN,
		  .lines = GUID_BYTES,
		  .text = DN "|" ID },
		{ .dn = "<GUID=" GUID ">;" DN, .lines = "cn: Ada\n", .text = DN "|cn=Ada|" ID },
		{ .dn = DN, .lines = "cn: Ada\n", .text = "none" },
		{ .dn = DN, .lines = "objectGUID: short\n", .text = "none" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		check(&rows[i]);
}

static void test_wanted(void)
{
	static const char *const wanted[] = { "mail", "unicodepwd", "CN", NULL };
	static const Row rows[] = {
		{ .lines = GUID_BYTES "cn: Ada\ninstanceType: 4\nmail: a@x\nunicodePwd: x\n"
				      "isDeleted: TRUE\nmember: " BOB "\n",
		  .wanted = wanted,
		  .text = "cn=Ada|mail=a@x|" ID "+22222222 CN=B,DC=x|",
		  .deleted = TRUE },
		{ .lines = GUID_BYTES "isDeleted\nmail: a@x\n",
		  .form = AD_ENTRY_DELTA,
		  .wanted = wanted,
		  .text = "mail=a@x|" ID,
		  .restored = TRUE },
		{ .lines = GUID_BYTES "isDeleted\nmail: a@x\n",
		  .wanted = wanted,
		  .text = "mail=a@x|" ID },
		{ .lines = GUID_BYTES "instanceType: 4\nunicodePwd\ntitle\nmail\n",
		  .form = AD_ENTRY_DELTA,
		  .wanted = wanted,
		  .text = "mail|" ID },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		check(&rows[i]);
}

/* A user has these always: that they are gone is said of what may not be read. */
static void test_lacks(void)
{
	static const Row lost = { .lines = GUID_BYTES "userAccountControl\ncn: Ada\n",
				  .form = AD_ENTRY_DELTA,
				  .text = "cn=Ada|" ID,
				  .cut = TRUE };
	static const char *const names[] = { "useraccountcontrol", "primarygroupid", "objectsid",
					     "samaccountname" };
	g_autoptr(Entry) group = entry_new(GUID, DN);

	check(&lost);
	entry_add(group, "objectclass", "group", 5);
	g_assert_null(ad_entry_lacks(group));
	for (guint missing = 0; missing <= G_N_ELEMENTS(names); missing++) {
		g_autoptr(Entry) user = entry_new(GUID, DN);

		entry_add(user, "objectclass", "user", 4);
		for (guint i = 0; i < G_N_ELEMENTS(names); i++)
			if (i != missing)
				entry_add(user, names[i], "1", 1);
		const char *lacks = ad_entry_lacks(user);
		if (missing == G_N_ELEMENTS(names))
			g_assert_null(lacks);
		else
			g_assert_cmpint(g_ascii_strcasecmp(lacks, names[missing]), ==, 0);
	}
}

static void test_members(void)
{
	static const Row rows[] = {
		{ .lines = GUID_BYTES "member: " ADA "\nmember: " BOB "\nmember: CN=C,DC=x\n",
		  .text = ID "+11111111 CN=A,DC=x|+22222222 CN=B,DC=x|+ CN=C,DC=x|" },
		{ .lines = GUID_BYTES "member\nmember;range=0-1: " ADA "\nmember;range=0-1: " BOB
				      "\n",
		  .text = ID "+11111111 CN=A,DC=x|+22222222 CN=B,DC=x|",
		  .range_next = 2 },
		{ .lines = GUID_BYTES "member;range=0-*: " ADA "\n",
		  .text = ID "+11111111 CN=A,DC=x|" },
		/* Nobody asked for the end alone, and what comes before it is not known. */
		{ .dn = DN, .lines = GUID_BYTES "member;range=1-*: " ADA "\n", .text = "none" },
		{ .lines = GUID_BYTES "cn: G\nmember: " ADA "\n",
		  .form = AD_ENTRY_BARE,
		  .text = "cn=G|" ID },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		check(&rows[i]);
}

static void test_delta(void)
{
	static const Row rows[] = {
		{ .lines = GUID_BYTES "mail: a@x\ntitle\n",
		  .form = AD_ENTRY_DELTA,
		  .text = "mail=a@x|" ID "title|" },
		{ .lines = GUID_BYTES "member;range=1-1: " ADA "\nmember;range=0-0: " BOB "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = ID "+11111111 CN=A,DC=x|-22222222 CN=B,DC=x|" },
		{ .lines = GUID_BYTES "member: " ADA "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = ID "+11111111 CN=A,DC=x|" },
		/* Who left is not named by id, so it cannot be said. */
		{ .lines = GUID_BYTES "member;range=0-0: CN=B,DC=x\n",
		  .form = AD_ENTRY_DELTA,
		  .text = ID,
		  .cut = TRUE },
		{ .lines = GUID_BYTES "manager;range=0-0: " BOB "\nmanager;range=1-1: " ADA "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = "manager=CN=A,DC=x|" ID },
		{ .lines = GUID_BYTES "manager;range=1-1: " ADA "\nmanager;range=0-0: " BOB "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = "manager=CN=A,DC=x|" ID },
		{ .lines = GUID_BYTES "manager;range=0-0: " BOB "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = "manager|" ID },
		{ .lines = GUID_BYTES "publicDelegates;range=1-1: " ADA "\n",
		  .form = AD_ENTRY_DELTA,
		  .text = ID,
		  .cut = TRUE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
		check(&rows[i]);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ad-entry/lacks", test_lacks);
	g_test_add_func("/ad-entry/whole", test_whole);
	g_test_add_func("/ad-entry/wanted", test_wanted);
	g_test_add_func("/ad-entry/members", test_members);
	g_test_add_func("/ad-entry/delta", test_delta);
	return g_test_run();
}
