/*
 * Ids: bytes and texts of GUIDs and SIDs, parts of DNs, and chance that can be repeated.
 */
#include <string.h>

#include "base/json.h"
#include "function_support.h"

#define GUID_BYTES "\020\270\247\153\255\235\321\021\200\264\000\300\117\324\060\310"
#define SID_BYTES                                          \
	"\001\005\000\000\000\000\000\005\025\000\000\000" \
	"\174\353\335\073\043\274\052\106\202\213\246\050\000\002\000\000"

static const guint8 seed_one[EXPR_SEED] = { 1 };
static const guint8 seed_two[EXPR_SEED] = { 2 };

static Entry *person_new(void)
{
	Entry *entry = entry_new("6ba7b810-9dad-11d1-80b4-00c04fd430c8",
				 "cn=Joe,ou=Atlanta,ou=GA,ou=US, dc=contoso,dc=com");

	entry_add(entry, "objectguid", GUID_BYTES, 16);
	entry_add(entry, "texty", "AAAAAAAAAAAAAAAA", 16);
	entry_add(entry, "objectsid", SID_BYTES, 28);
	entry_add(entry, "half", SID_BYTES, 20);
	entry_add(entry, "entryuuid", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", 36);
	entry_add(entry, "nsuniqueid", "6ba7b810-9dad11d1-80b400c0-4fd430c8", 35);
	entry_add(entry, "manager", "CN=Doe\\, Jane \\\"JD\\\"+UID=7,OU=a\\+b,DC=x", 38);
	entry_add(entry, "guids", GUID_BYTES, 16);
	entry_add(entry, "guids", "AAAAAAAAAAAAAAAA", 16);
	entry_add(entry, "two", "a", 1);
	entry_add(entry, "two", "b", 1);
	entry_add(entry, "empty", "", 0);
	entry_add(entry, "name", " #Doe, \"J\" + <x>;\\ ", 19);
	entry_add(entry, "hash", "#7", 2);
	entry_add(entry, "length", "6", 1);
	return entry;
}

static void run(const FunctionCase *cases, gsize count)
{
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry, .seed = seed_one };

	function_cases_run(cases, count, &input);
}

#define RUN(cases) run(cases, G_N_ELEMENTS(cases))

static void test_guids(void)
{
	static const FunctionCase cases[] = {
		{ "StringFromGuid([objectGUID])", "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"" },
		{ "StringFromGuid([texty])", "\"41414141-4141-4141-4141-414141414141\"" },
		{ "StringFromGuid([entryUUID])", "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"" },
		{ "StringFromGuid([guids])", "[\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\","
					     "\"41414141-4141-4141-4141-414141414141\"]" },
		{ "StringFromGuid([missing])", "-" },
		{ "StringFromGuid('Jane')", "! 'Jane' is no GUID, of 16 bytes or as text" },
		{ "StringFromGuid([half])",
		  "! '0x0105000000000005150000007cebdd3b...' is no GUID, of 16 bytes or as text" },
		{ "CGuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8')",
		  "#10b8a76bad9dd11180b400c04fd430c8" },
		{ "CGuid('{6BA7B810-9DAD-11D1-80B4-00C04FD430C8}')",
		  "#10b8a76bad9dd11180b400c04fd430c8" },
		/* Bytes stay bytes, even where they look like text. */
		{ "CGuid('41414141-4141-4141-4141-414141414141')",
		  "#41414141414141414141414141414141" },
		{ "StringFromGuid(CGuid([entryUUID]))",
		  "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"" },
		/* connect, IsGuid */
		{ "IIF(IsGuid([entryUUID]),CGuid([entryUUID]),NULL)",
		  "#10b8a76bad9dd11180b400c04fd430c8" },
		{ "IIF(IsGuid([manager]),CGuid([manager]),NULL)", "-" },
		{ "CGuid([missing])", "-" },
		{ "CGuid('6ba7b810')", "! '6ba7b810' is no GUID" },
		{ "CGuid([nsUniqueId])", "! '6ba7b810-9dad11d1-80b400c0-4fd430c8' is no GUID" },
		{ "IsGuid([entryUUID])", "true" },
		{ "IsGuid('{6ba7b810-9dad-11d1-80b4-00c04fd430c8}')", "true" },
		{ "IsGuid('{6ba7b810-9dad-11d1-80b4-00c04fd430c8')", "false" },
		{ "IsGuid([nsUniqueId])", "false" },
		{ "IsGuid([objectGUID])", "false" },
		{ "IsGuid([missing])", "false" },
	};

	RUN(cases);
}

static void test_sids(void)
{
	static const FunctionCase cases[] = {
		{ "StringFromSid([objectSid])",
		  "\"S-1-5-21-1004399484-1177205795-682003330-512\"" },
		{ "StringFromSid('S-1-5-32-544')", "\"S-1-5-32-544\"" },
		{ "StringFromSid('S-1-0xABCDEF012345-1')", "\"S-1-0xABCDEF012345-1\"" },
		{ "StringFromSid([missing])", "-" },
		{ "StringFromSid([half])", "! '0x0105000000000005150000007cebdd3b...' is no SID" },
		{ "StringFromSid('S-1')", "! 'S-1' is no SID" },
		{ "StringFromSid('S-1-5-4294967296')", "! 'S-1-5-4294967296' is no SID" },
		{ "StringFromSid('S-1-5--1')", "! 'S-1-5--1' is no SID" },
		{ "StringFromSid(12)", "! '12' is no SID" },
	};

	RUN(cases);
}

static void test_dns(void)
{
	static const FunctionCase cases[] = {
		/* connect: "Joe", and US both ways. */
		{ "DNComponent(CRef([dn]),1)", "\"Joe\"" },
		{ "DNComponentRev(CRef([dn]),3)", "\"US\"" },
		{ "DNComponentRev(CRef([dn]),1,\"DC\")", "\"US\"" },
		{ "DNComponentRev([dn], 4, 'dc')", "\"Joe\"" },
		{ "DNComponentRev([dn], 5, 'DC')", "-" },
		{ "DNComponentRev([dn], 1)", "\"com\"" },
		{ "DNComponent([dn], 6)", "\"com\"" },
		{ "DNComponent([dn], 7)", "-" },
		{ "DNComponent([manager], 1)", "\"Doe, Jane \\\"JD\\\"\"" },
		{ "DNComponent([manager], 2)", "\"a+b\"" },
		{ "DNComponentRev([manager], 1, 'DC')", "\"a+b\"" },
		{ "DNComponent('DomainComponent=x,0.9.2342.19200300.100.1.25=y', 2)", "\"y\"" },
		{ "DNComponentRev('cn=a,DomainComponent=x', 1, 'DC')", "\"a\"" },
		{ "DNComponent([missing], 1)", "-" },
		{ "DNComponent([dn], [missing])", "-" },
		{ "DNComponent([dn], 0)", "! '0' is no number of a component: the first one is 1" },
		{ "DNComponent('Joe', 1)", "! 'Joe' is no DN" },
		{ "DNComponent('cn=a,', 1)", "! 'cn=a,' is no DN" },
		{ "DNComponentRev([dn], 1, 'OU')", "! 'OU' is no option: the only one is \"DC\"" },
		{ "EscapeDNComponent('cn=Doe, Jane')", "\"cn=Doe\\\\, Jane\"" },
		{ "EscapeDNComponent('Doe, Jane')", "\"Doe\\\\, Jane\"" },
		{ "EscapeDNComponent([name])",
		  "\"\\\\ #Doe\\\\, \\\\\\\"J\\\\\\\" \\\\+ \\\\<x\\\\>\\\\;\\\\\\\\\\\\ \"" },
		{ "EscapeDNComponent([hash])", "\"\\\\#7\"" },
		{ "EscapeDNComponent('cn=#7')", "\"cn=\\\\#7\"" },
		{ "EscapeDNComponent('a b')", "\"a b\"" },
		{ "EscapeDNComponent([empty])", "\"\"" },
		{ "EscapeDNComponent([missing])", "-" },
		{ "DNComponent(Append(EscapeDNComponent(Append('cn=', [name])), ',dc=x'), 1)",
		  "\" #Doe, \\\"J\\\" + <x>;\\\\ \"" },
	};

	RUN(cases);
}

static char *with_seed(const char *expr, const guint8 *seed)
{
	g_autoptr(Entry) entry = person_new();
	ExprInput input = { .entry = entry, .seed = seed };

	return function_result(expr, &input);
}

/* The same seed and place give the same id, another of either gives another one. */
static void test_random_guid(void)
{
	g_autofree char *once = with_seed("Guid()", seed_one);
	g_autofree char *again = with_seed("Guid()", seed_one);
	g_autofree char *other_seed = with_seed("Guid()", seed_two);
	g_autofree char *other_place = with_seed(" Guid()", seed_one);
	g_autofree char *no_seed = with_seed("Guid()", NULL);
	g_autofree char *pair = with_seed("Join(' ', Guid(), Guid())", seed_one);
	g_autoptr(GRegex) version_4 = g_regex_new("^\"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
						  "[89ab][0-9a-f]{3}-[0-9a-f]{12}\"$",
						  0, 0, NULL);

	g_assert_cmpstr(once, ==, again);
	g_assert_cmpstr(once, !=, other_seed);
	g_assert_cmpstr(once, !=, other_place);
	g_assert_cmpstr(once, !=, no_seed);
	g_assert_true(g_regex_match(version_4, once, 0, NULL));
	g_assert_true(g_regex_match(version_4, other_seed, 0, NULL));
	g_assert_cmpint(strlen(pair), ==, 2 + 36 + 1 + 36);
	g_assert_cmpint(strncmp(pair + 1, pair + 1 + 37, 36), !=, 0);
}

/* One call that is evaluated for several values draws anew for each, and the same each time. */
static void test_random_turns(void)
{
	g_autofree char *both = with_seed("Join(' ', Select($x, [two], Guid()))", seed_one);
	g_autofree char *again = with_seed("Join(' ', Select($x, [two], Guid()))", seed_one);

	g_assert_cmpint(strlen(both), ==, 2 + 36 + 1 + 36);
	g_assert_cmpstr(both, ==, again);
	g_assert_cmpint(strncmp(both + 1, both + 1 + 37, 36), !=, 0);
}

/* Which branch was taken elsewhere does not change what a call draws. */
static void test_random_place(void)
{
	g_autofree char *with = with_seed("Append(IIF(IsPresent([empty]), '', Guid()), Guid())",
					  seed_one);
	g_autofree char *without = with_seed("Append(IIF(IsPresent([texty]), '', Guid()), Guid())",
					     seed_one);

	g_assert_true(g_str_has_suffix(with, without + strlen(without) - 36));
}

/* The place of a call is part of the promise: an id that was written down stays the same. */
static void test_random_is_fixed(void)
{
	g_autofree char *id = with_seed("Guid()", seed_one);
	g_autofree char *text = with_seed("RandomString(12, 1, 1, 1, 1)", seed_one);

	g_assert_cmpstr(id, ==, "\"0fcceb33-cb16-4856-99f3-6e3e761381dc\"");
	g_assert_cmpstr(text, ==, "\"Q(}<Z4L=zUqL\"");
}

static guint count_of(const char *text, gboolean (*is)(char))
{
	guint count = 0;

	for (; *text; text++)
		count += is(*text);
	return count;
}

static gboolean is_digit(char c)
{
	return g_ascii_isdigit(c);
}

static gboolean is_special(char c)
{
	return g_ascii_ispunct(c);
}

static gboolean is_upper(char c)
{
	return g_ascii_isupper(c);
}

static gboolean is_lower(char c)
{
	return g_ascii_islower(c);
}

/* The text of an expression, without quotes. */
static char *random_text(const char *expr, guint number)
{
	g_autoptr(Entry) entry = person_new();
	guint8 seed[EXPR_SEED] = { 9, (guint8)number, (guint8)(number >> 8) };
	ExprInput input = { .entry = entry, .seed = seed };
	g_autofree char *json = function_result(expr, &input);
	g_autoptr(json_t) text = json_loads(json, JSON_DECODE_ANY, NULL);

	g_assert_nonnull(text);
	return g_strdup(json_string_value(text));
}

static void test_random_strings(void)
{
	for (guint i = 0; i < 500; i++) {
		/* entra, examples 1 and 2 */
		g_autofree char *plain = random_text("RandomString(6,3,0,0,3)", i);
		g_autofree char *mixed = random_text("RandomString(10,2,2,2,1,\"?,\")", i);
		g_autofree char *any = random_text("RandomString([length],0,0,0,0)", i);
		g_autofree char *lower = random_text("RandomString(9,0,0,0,1,'abc')", i);

		g_assert_cmpuint(strlen(plain), ==, 6);
		g_assert_cmpuint(count_of(plain, is_digit), ==, 3);
		g_assert_cmpuint(count_of(plain, is_lower), ==, 3);
		g_assert_cmpuint(strlen(mixed), ==, 10);
		g_assert_cmpuint(count_of(mixed, is_digit), >=, 2);
		g_assert_cmpuint(count_of(mixed, is_special), >=, 2);
		g_assert_cmpuint(count_of(mixed, is_upper), >=, 2);
		g_assert_cmpuint(count_of(mixed, is_lower), >=, 1);
		g_assert_null(strpbrk(mixed, "?,"));
		g_assert_cmpuint(strlen(any), ==, 6);
		g_assert_cmpuint(count_of(any, is_special), ==, 0);
		g_assert_cmpuint(count_of(lower, is_lower), ==, 9);
		g_assert_null(strpbrk(lower, "abc"));
	}
}

/* Every digit is as likely as another, at every place: 5 standard deviations at most. */
static void test_random_is_even(void)
{
	guint seen[2][10] = { 0 };
	const guint rounds = 4000, expected = rounds / 10;

	for (guint i = 0; i < rounds; i++) {
		g_autofree char *text =
			random_text("RandomString(2,1,0,0,1,'bcdefghijklmnopqrstuvwxyz')", i);
		guint place = g_ascii_isdigit(text[0]) ? 0 : 1;
		seen[place][text[place] - '0']++;
	}
	for (guint digit = 0; digit < 10; digit++) {
		guint count = seen[0][digit] + seen[1][digit];
		g_assert_cmpuint(count, >, expected - 100);
		g_assert_cmpuint(count, <, expected + 100);
	}
	guint first = 0;
	for (guint digit = 0; digit < 10; digit++)
		first += seen[0][digit];
	g_assert_cmpuint(first, >, rounds / 2 - 160);
	g_assert_cmpuint(first, <, rounds / 2 + 160);
}

static void test_random_refused(void)
{
	static const FunctionCase cases[] = {
		{ "RandomString([missing], 0, 0, 0, 0)", "-" },
		{ "RandomString([length], [missing], 0, 0, 0)", "-" },
		{ "RandomString([name], 0, 0, 0, 0)",
		  "! ' #Doe, \"J\" + <x>;\\ ' is no whole number" },
		{ "RandomString([length], 3, 3, 1, 0)",
		  "! the least numbers of a random string exceed its length" },
		{ "RandomString([length], 0, 0, -1, 0)",
		  "! each least number of a random string is a number from 0 to its length" },
		{ "RandomString([length], 1, 0, 0, 0, '0123456789')",
		  "! no character of a kind that a random string needs is left" },
	};
	static const FunctionCase mistakes[] = {
		{ "RandomString(0, 0, 0, 0, 0)", "14: the length of a random string" },
		{ "RandomString(257, 0, 0, 0, 0)", "14: the length of a random string" },
		{ "RandomString(3, 1, 1, 1, 1)",
		  "14: the least numbers of a random string exceed" },
		{ "RandomString(8, 1, , 1, 1)", "1: a number is missing" },
		{ "RandomString(8, 'x', 1, 1, 1)", "17: this is no whole number" },
		{ "RandomString(8, 1)", "1: RandomString takes at least 5 arguments" },
	};

	RUN(cases);
	FUNCTION_MISTAKES_RUN(mistakes);
}

static void test_longest(void)
{
	g_autofree char *text = random_text("RandomString(256, 64, 64, 64, 64)", 1);

	g_assert_cmpuint(strlen(text), ==, 256);
	g_assert_cmpuint(count_of(text, is_special), ==, 64);
}

static void test_traits(void)
{
	g_autoptr(Expr) guid = expr_compile("Append('', Guid())", NULL, NULL);
	g_autoptr(Expr) string = expr_compile("RandomString(8, 1, 1, 1, 1)", NULL, NULL);
	g_autoptr(Expr) fixed = expr_compile("CGuid('x')", NULL, NULL);

	g_assert_cmpuint(expr_traits(guid), ==, EXPR_RANDOM);
	g_assert_cmpuint(expr_traits(string), ==, EXPR_RANDOM);
	g_assert_cmpuint(expr_traits(fixed), ==, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/functions-id/guids", test_guids);
	g_test_add_func("/functions-id/sids", test_sids);
	g_test_add_func("/functions-id/dns", test_dns);
	g_test_add_func("/functions-id/random-guid", test_random_guid);
	g_test_add_func("/functions-id/random-turns", test_random_turns);
	g_test_add_func("/functions-id/random-place", test_random_place);
	g_test_add_func("/functions-id/random-is-fixed", test_random_is_fixed);
	g_test_add_func("/functions-id/random-strings", test_random_strings);
	g_test_add_func("/functions-id/random-is-even", test_random_is_even);
	g_test_add_func("/functions-id/random-refused", test_random_refused);
	g_test_add_func("/functions-id/longest", test_longest);
	g_test_add_func("/functions-id/traits", test_traits);
	return g_test_run();
}
