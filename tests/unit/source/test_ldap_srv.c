/* SRV records: reading them, their order, and the list of servers made of them. */
#include <string.h>

#include "../../../src/source/ldap_servers_internal.h"
#include "../../../src/source/ldap_srv_internal.h"
#include "base/error.h"

static void srv_free(gpointer data)
{
	g_free(((LdapSrv *)data)->host);
	g_free(data);
}

static GPtrArray *list_new(void)
{
	return g_ptr_array_new_with_free_func(srv_free);
}

static void add(GPtrArray *list, guint16 priority, guint16 weight, const char *host)
{
	LdapSrv *srv = g_new0(LdapSrv, 1);

	*srv = (LdapSrv){ priority, weight, 389, g_strdup(host) };
	g_ptr_array_add(list, srv);
}

static char *hosts(GPtrArray *list)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++)
		g_string_append_printf(text, "%s%s", i ? " " : "",
				       ((LdapSrv *)g_ptr_array_index(list, i))->host);
	return g_string_free(text, FALSE);
}

/* A random source that says what the test wants: the share 'data' (percent) of the most. */
static guint32 share(guint32 most, void *data)
{
	return (guint32)((guint64)most * GPOINTER_TO_UINT(data) / 100);
}

static void test_priorities(void)
{
	g_autoptr(GPtrArray) list = list_new();

	add(list, 20, 0, "c");
	add(list, 0, 1, "a");
	add(list, 10, 65535, "b");
	ldap_srv_order(list, share, GUINT_TO_POINTER(100));
	g_autofree char *order = hosts(list);
	g_assert_cmpstr(order, ==, "a b c");
}

static void test_weights(void)
{
	static const struct {
		guint percent;
		const char *order;
	} rows[] = {
		{ 0, "zero light heavy" },  /* weight 0 comes first in the running sum */
		{ 1, "light heavy zero" },  /* ... and has a chance only with a 0 */
		{ 25, "light heavy zero" }, /* 100 of 400 */
		{ 26, "heavy light zero" }, { 100, "heavy light zero" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) list = list_new();

		add(list, 0, 100, "light");
		add(list, 0, 300, "heavy");
		add(list, 0, 0, "zero");
		ldap_srv_order(list, share, GUINT_TO_POINTER(rows[i].percent));
		g_autofree char *order = hosts(list);
		g_assert_cmpstr(order, ==, rows[i].order);
	}
}

/* With the random source of the program, each comes first in about its share of the draws. */
static void test_shares(void)
{
	guint first = 0;

	for (guint i = 0; i < 2000; i++) {
		g_autoptr(GPtrArray) list = list_new();

		add(list, 0, 10, "light");
		add(list, 0, 30, "heavy");
		ldap_srv_order(list, NULL, NULL);
		g_autofree char *order = hosts(list);
		first += order[0] == 'h';
	}
	g_assert_cmpuint(first, >, 1300);
	g_assert_cmpuint(first, <, 1700);
}

/* One question and two SRV records, the second with a compressed name. */
static const guint8 answer[] = "\x12\x34\x85\x80\0\x01\0\x02\0\0\0\0"
			       "\x05_ldap\x04"
			       "corp\0\0\x21\0\x01"
			       "\xc0\x0c\0\x21\0\x01\0\0\0\x3c\0\x10\0\x0a\0\x32\x01\x85\x03"
			       "DC1\x04"
			       "corp\0"
			       "\xc0\x0c\0\x21\0\x01\0\0\0\x3c\0\x0c\0\0\0\x64\x01\x85\x03"
			       "dc2\xc0\x12";

static void test_reads_answer(void)
{
	g_autoptr(GPtrArray) list = ldap_srv_parse(answer, sizeof(answer) - 1);

	g_assert_nonnull(list);
	g_assert_cmpuint(list->len, ==, 2);
	const LdapSrv *first = g_ptr_array_index(list, 0), *second = g_ptr_array_index(list, 1);
	g_assert_cmpstr(first->host, ==, "dc1.corp");
	g_assert_cmpuint(first->priority, ==, 10);
	g_assert_cmpuint(first->weight, ==, 50);
	g_assert_cmpuint(first->port, ==, 389);
	g_assert_cmpstr(second->host, ==, "dc2.corp");
	g_assert_cmpuint(second->weight, ==, 100);
}

/* Cut anywhere, it is refused or read, never read beyond. */
static void test_cut_answer(void)
{
	for (gsize length = 0; length < sizeof(answer) - 1; length++) {
		g_autofree guint8 *copy = g_memdup2(answer, length);
		g_autoptr(GPtrArray) list = ldap_srv_parse(copy, length);

		g_assert_null(list);
	}
}

static char *joined(GPtrArray *uris)
{
	g_ptr_array_add(uris, NULL);
	char *text = g_strjoinv(" ", (char **)uris->pdata);
	g_ptr_array_set_size(uris, (gint)uris->len - 1);
	return text;
}

static void test_uris(void)
{
	LdapConf conf = { .domain = (char[]){ "Corp.Test" } };
	g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = list_new();

	add(list, 0, 0, "dc1.corp.test");
	add(list, 0, 0, "dc2.sub.corp.test");
	add(list, 0, 0, "dc1.corp.test");
	add(list, 0, 0, "");
	add(list, 0, 0, "evilcorp.test");
	add(list, 0, 0, "dc1.corp.test.evil");
	add(list, 0, 0, "corp.test");
	g_assert_cmpuint(ldap_servers_add(uris, &conf, list), ==, 3);
	g_autofree char *ldaps = joined(uris);
	g_assert_cmpstr(ldaps, ==, "ldaps://dc1.corp.test:636 ldaps://dc2.sub.corp.test:636");

	conf.bind.method = LDAP_BIND_GSSAPI;
	g_ptr_array_set_size(uris, 0);
	ldap_servers_add(uris, &conf, list);
	g_autofree char *kerberos = joined(uris);
	g_assert_cmpstr(kerberos, ==, "ldap://dc1.corp.test:389 ldap://dc2.sub.corp.test:389");

	conf.bind.method = LDAP_BIND_SIMPLE;
	conf.tls.starttls = TRUE;
	g_ptr_array_set_size(uris, 0);
	ldap_servers_add(uris, &conf, list);
	g_autofree char *starttls = joined(uris);
	g_assert_cmpstr(starttls, ==, kerberos);
}

static void test_prefers(void)
{
	static const struct {
		const char *preferred, *order;
	} rows[] = {
		{ NULL, "ldap://a.test ldap://b.test:389 ldap://c.test" },
		{ "", "ldap://a.test ldap://b.test:389 ldap://c.test" },
		{ "gone.test", "ldap://a.test ldap://b.test:389 ldap://c.test" },
		{ "b", "ldap://a.test ldap://b.test:389 ldap://c.test" },
		{ "B.test", "ldap://b.test:389 ldap://a.test ldap://c.test" },
		{ "c.test", "ldap://c.test ldap://a.test ldap://b.test:389" },
		{ "ldap://c.test", "ldap://c.test ldap://a.test ldap://b.test:389" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GPtrArray) uris = g_ptr_array_new_with_free_func(g_free);

		g_ptr_array_add(uris, g_strdup("ldap://a.test"));
		g_ptr_array_add(uris, g_strdup("ldap://b.test:389"));
		g_ptr_array_add(uris, g_strdup("ldap://c.test"));
		ldap_servers_prefer(uris, rows[i].preferred);
		g_autofree char *order = joined(uris);
		g_assert_cmpstr(order, ==, rows[i].order);
	}
}

/* Who was rejected is in the error beside those that could not be reached. */
static void test_rejects(void)
{
	g_autoptr(GPtrArray) uris = g_ptr_array_new();
	const LdapConf conf = { .uris = uris,
				.bind = { .method = LDAP_BIND_ANONYMOUS },
				.connect_timeout_us = 1000000,
				.timeout_us = 1000000 };
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(uris, (char[]){ "ldapi://%2Fnonexistent%2Fa" });
	g_ptr_array_add(uris, (char[]){ "ldapi://%2Fnonexistent%2Fb" });
	g_autoptr(LdapServers) servers = ldap_servers_new(&conf, NULL, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(ldap_servers_left(servers), ==, 2);
	ldap_servers_reject(servers, NULL,
			    g_error_new(BRIDGE_ERROR, ERROR_RETRY, "'x' lags behind\nwait"));
	g_assert_null(ldap_servers_next(servers, &error));
	g_assert_true(error_is(error, ERROR_RETRY));
	g_assert_true(
		g_str_has_prefix(error->message,
				 "none of the servers can be used; 'x' lags behind; 'ldapi:"));
	g_assert_true(g_str_has_suffix(error->message, "\nwait"));
	g_assert_nonnull(strstr(error->message, "%2Fb'"));
	g_assert_cmpuint(ldap_servers_left(servers), ==, 0);
	/* Asked again, it says the same again. */
	g_clear_error(&error);
	g_assert_null(ldap_servers_next(servers, &error));
	g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ldap-srv/priorities", test_priorities);
	g_test_add_func("/ldap-srv/weights", test_weights);
	g_test_add_func("/ldap-srv/shares", test_shares);
	g_test_add_func("/ldap-srv/answer", test_reads_answer);
	g_test_add_func("/ldap-srv/cut", test_cut_answer);
	g_test_add_func("/ldap-servers/uris", test_uris);
	g_test_add_func("/ldap-servers/prefers", test_prefers);
	g_test_add_func("/ldap-servers/rejects", test_rejects);
	return g_test_run();
}
