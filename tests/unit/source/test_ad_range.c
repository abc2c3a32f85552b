/* Large groups: all of them or nothing, whatever the server answers. */
#include <string.h>

#include "../../../src/source/ad_range_internal.h"
#include "base/error.h"
#include "ldap_support.h"

#define GUID "967835c6-8fd4-403a-97e7-74c5e7112f4f"
#define GUID_BYTES "objectGUID:: xjV4ltSPOkCX53TF5xEvTw==\n"
#define DN "CN=Group,DC=corp,DC=test"
#define M(digit)                                                 \
	"<GUID=" digit digit digit digit digit digit digit digit \
	"-1111-1111-1111-111111111111>;<SID=S-1-5-21-1-2-3-110" digit ">;CN=M" digit ",DC=x\n"

static char *members_of(const Entry *entry)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint count;
	const EntryMember *members = entry_members(entry, &count);

	for (guint i = 0; i < count; i++)
		g_string_append_printf(text, "%c", members[i].anchor[0]);
	return g_strdup(text->str);
}

static Entry *read_group(LdapScript *script, GError **error)
{
	static const char *const attributes[] = { "cn", NULL };

	return ad_group_read(script->conn, GUID, attributes, error);
}

/* Answers requests from 'first' on; each has an entry and success. NULL is: no entry, not found. */
static void script_answers(LdapScript *script, const char *const *answers)
{
	for (int msgid = 1; *answers; answers++, msgid++) {
		if (**answers)
			ldap_script_entry(script, msgid, "<GUID=" GUID ">;" DN, *answers);
		ldap_script_result(script, msgid, **answers ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT);
	}
}

#define FIRST GUID_BYTES "cn: Group\nmember\nmember;range=0-1: " M("1") "member;range=0-1: " M("2")

static void test_small(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script,
		       (const char *const[]){ GUID_BYTES "cn: Group\nmember: " M("1"), NULL });
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_no_error(error);
	g_autofree char *members = members_of(entry);
	g_autofree char *asked = ldap_script_asked(script), *more = ldap_script_asked(script);

	g_assert_cmpstr(entry_dn(entry), ==, DN);
	g_assert_cmpstr(entry_text(entry, "cn"), ==, "Group");
	g_assert_cmpstr(members, ==, "1");
	g_assert_cmpstr(asked, ==,
			"<GUID=" GUID ">|objectGUID,isDeleted,member,cn|"
			"1.2.840.113556.1.4.529! 1.2.840.113556.1.4.1339 ");
	g_assert_null(more);
}

static void test_ranges(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script, (const char *const[]){
				       FIRST,
				       "member;range=1-3: " M("2") "member;range=1-3: " M(
					       "3") "member;range=1-3: " M("4"),
				       "member;range=3-*: " M("4") "member;range=3-*: " M("5"),
				       NULL,
			       });
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_no_error(error);
	g_autofree char *members = members_of(entry);
	g_assert_cmpstr(members, ==, "12345");
	g_free(ldap_script_asked(script));
	g_autofree char *second = ldap_script_asked(script), *third = ldap_script_asked(script);
	g_assert_cmpstr(second, ==,
			"<GUID=" GUID ">|member;range=1-*|"
			"1.2.840.113556.1.4.529! 1.2.840.113556.1.4.1339 ");
	g_assert_nonnull(strstr(third, "member;range=3-*"));
}

/* The last range has nothing new in it: the first answer had ended exactly at the end. */
static void test_exact_end(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script, (const char *const[]){ FIRST, "member;range=1-*: " M("2"), NULL });
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_no_error(error);
	g_autofree char *members = members_of(entry);
	g_assert_cmpstr(members, ==, "12");
}

/* Fewer values than the range has numbers: the server hides some, and there is no seam to check. */
static void test_hidden_values(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script, (const char *const[]){ GUID_BYTES "member;range=0-2: " M("1"),
						      "member;range=3-*: " M("4"), NULL });
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_no_error(error);
	g_autofree char *members = members_of(entry);
	g_assert_cmpstr(members, ==, "14");
}

static void test_cut_short(void)
{
	static const char *const answers[] = {
		"",                                                      /* gone meanwhile */
		"cn: Group\n",                                           /* no range */
		"member: " M("2"),                                       /* no range either */
		"member;range=0-1: " M("1") "member;range=0-1: " M("2"), /* another one */
		"member;range=2-3: " M("3") "member;range=2-3: " M("4"), /* a gap */
		"member;range=1-1: " M("2"),                             /* no progress */
		"member;range=1-2\n",                                    /* none in it */
		"member;range=1-*\n",                                    /* fewer by now */
		"member;range=1-*: " M("3"),                             /* they moved up */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autoptr(LdapScript) script = ldap_script_new();
		g_autoptr(GError) error = NULL;

		g_test_message("%s", answers[i]);
		script_answers(script, (const char *const[]){ FIRST, answers[i], NULL });
		/* Whoever goes on asking would get this and believe it. */
		ldap_script_entry(script, 3, DN, "member;range=2-*: " M("9"));
		ldap_script_result(script, 3, LDAP_SUCCESS);
		g_autoptr(Entry) entry = read_group(script, &error);
		g_assert_null(entry);
		g_assert_cmpint(error_kind(error), ==, ERROR_RETRY);
		g_assert_nonnull(strstr(error->message, "cut short"));
	}
}

static void test_gone(void)
{
	static const char *const answers[][2] = { { "", NULL },
						  { GUID_BYTES "isDeleted: TRUE\n", NULL } };

	for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autoptr(LdapScript) script = ldap_script_new();
		g_autoptr(GError) error = NULL;

		script_answers(script, answers[i]);
		g_autoptr(Entry) entry = read_group(script, &error);
		g_assert_null(entry);
		g_assert_no_error(error);
	}
}

static void test_connection_breaks(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script, (const char *const[]){ FIRST, NULL });
	ldap_script_hang_up(script);
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_null(entry);
	g_assert_cmpint(error_kind(error), ==, ERROR_DOWN);
}

/* An answer of another kind is none, and is not waited out. */
static void test_other_answer(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	script_answers(script, (const char *const[]){ FIRST, NULL });
	ldap_script_other(script, 2);
	g_autoptr(Entry) entry = read_group(script, &error);
	g_assert_null(entry);
	g_assert_cmpint(error_kind(error), ==, ERROR_DOWN);
	g_assert_nonnull(strstr(error->message, "members of '" DN "'"));
	g_assert_nonnull(strstr(error->message, "could not be decoded"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ad-range/small", test_small);
	g_test_add_func("/ad-range/ranges", test_ranges);
	g_test_add_func("/ad-range/exact-end", test_exact_end);
	g_test_add_func("/ad-range/hidden-values", test_hidden_values);
	g_test_add_func("/ad-range/cut-short", test_cut_short);
	g_test_add_func("/ad-range/gone", test_gone);
	g_test_add_func("/ad-range/connection-breaks", test_connection_breaks);
	g_test_add_func("/ad-range/other-answer", test_other_answer);
	return g_test_run();
}
