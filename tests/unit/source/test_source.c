/* The registry: what the config may name, and what is assumed where it says nothing. */
#include <string.h>

#include "core/filter.h"
#include "source/source.h"

static void test_found(void)
{
	g_assert_cmpstr(source_find("openldap", "auto")->name, ==, "syncrepl");
	g_assert_cmpstr(source_find("389ds", NULL)->name, ==, "syncrepl");
	g_assert_cmpstr(source_find("ldap", "auto")->name, ==, "scan");
	g_assert_true(source_find("openldap", "scan") == source_find("ldap", "scan"));
	g_assert_true(source_find("389ds", "scan") == source_find("ldap", "scan"));
	g_assert_null(source_find("ldap", "syncrepl"));
	g_assert_null(source_find("nonsense", "auto"));
}

/* Every type can be found, and its defaults are filters, or nothing. */
static void test_defaults(void)
{
	for (const char *const *type = source_types(); *type; type++) {
		const SourceDefaults *defaults = source_defaults(*type);
		const char *filters[] = { defaults->users, defaults->groups, defaults->disabled,
					  defaults->locked };

		g_assert_nonnull(source_find(*type, "auto"));
		for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
			if (!*filters[i])
				continue;
			g_autoptr(GError) error = NULL;
			g_autoptr(Filter) filter = filter_parse(filters[i], &error);

			g_assert_no_error(error);
			g_assert_nonnull(filter);
		}
	}
}

static FilterResult match(const char *filter_text, const char *name, const char *value)
{
	g_autoptr(Filter) filter = filter_parse(filter_text, NULL);
	g_autoptr(Entry) entry = entry_new("a", "uid=ann,dc=ex");

	entry_add(entry, name, value, strlen(value));
	return filter_match(filter, entry);
}

static void test_locks(void)
{
	const SourceDefaults *openldap = source_defaults("openldap");
	const SourceDefaults *ds389 = source_defaults("389ds");

	g_assert_cmpint(match(openldap->disabled, "pwdaccountlockedtime", "000001010000Z"), ==,
			FILTER_TRUE);
	g_assert_cmpint(match(openldap->disabled, "pwdaccountlockedtime", "20261122081500Z"), ==,
			FILTER_FALSE);
	g_assert_cmpint(match(openldap->locked, "pwdaccountlockedtime", "20261122081500Z"), ==,
			FILTER_TRUE);
	g_assert_cmpint(match(ds389->disabled, "nsaccountlock", "true"), ==, FILTER_TRUE);
	g_assert_cmpint(match(ds389->disabled, "nsaccountlock", "TRUE"), ==, FILTER_TRUE);
	g_assert_cmpint(match(ds389->disabled, "nsaccountlock", "false"), ==, FILTER_FALSE);
	g_assert_cmpint(match(ds389->groups, "objectclass", "posixGroup"), ==, FILTER_TRUE);
	g_assert_cmpint(match(openldap->groups, "objectclass", "groupOfURLs"), ==, FILTER_TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/source/found", test_found);
	g_test_add_func("/source/defaults", test_defaults);
	g_test_add_func("/source/locks", test_locks);
	return g_test_run();
}
