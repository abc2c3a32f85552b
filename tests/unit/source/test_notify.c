/* Being told that something changed: by Active Directory, by 389-ds, by OpenLDAP. */
#include <poll.h>
#include <string.h>

#include "../../../src/source/ad_notify_internal.h"
#include "../../../src/source/sync_notify_internal.h"
#include "base/clock.h"
#include "base/error.h"
#include "ldap_support.h"

#define DOMAIN "DC=corp,DC=test"
#define NOTIFICATION "1.2.840.113556.1.4.528! 1.2.840.113556.1.4.1339 "
#define SHOW_DELETED "1.2.840.113556.1.4.417! "
#define PERSISTENT "2.16.840.1.113730.3.4.3"
#define SYNC "1.3.6.1.4.1.4203.1.9.1.1"
#define CSN "20261122081500.000001Z#000000#001#000000"

static LdapConn *take_conn(LdapScript *script)
{
	return g_steal_pointer(&script->conn);
}

/* Request 1 is the search, 2 the root DSE behind it. */
static AdNotify *open_ad(LdapScript *script)
{
	g_autoptr(GError) error = NULL;

	ldap_script_result(script, 2, LDAP_SUCCESS);
	AdNotify *notify = ad_notify_open(take_conn(script), DOMAIN, &error);
	g_assert_no_error(error);
	return notify;
}

static gboolean ad_has_news(AdNotify *notify)
{
	g_autoptr(GError) error = NULL;
	gboolean news = FALSE;

	ad_notify_news(notify, &news, &error);
	g_assert_no_error(error);
	return news;
}

static void test_ad_tells(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(AdNotify) notify = open_ad(script);
	g_autofree char *search = ldap_script_asked(script);
	struct pollfd fd = { .fd = ad_notify_fd(notify), .events = POLLIN };

	g_assert_cmpstr(search, ==, DOMAIN "|1.1|" NOTIFICATION SHOW_DELETED);
	g_assert_false(ad_has_news(notify));
	g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
	ldap_script_entry(script, 1, "CN=Ada," DOMAIN, "");
	ldap_script_entry(script, 1, "CN=Bob," DOMAIN, "");
	g_assert_cmpint(poll(&fd, 1, 0), ==, 1);
	g_assert_true(ad_has_news(notify));
	g_assert_false(ad_has_news(notify));
	g_assert_cmpint(poll(&fd, 1, 0), ==, 0);
}

/* A change while the watch is still being opened. */
static void test_ad_early_news(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();

	ldap_script_entry(script, 1, "CN=Ada," DOMAIN, "");
	g_autoptr(AdNotify) notify = open_ad(script);
	g_assert_true(ad_has_news(notify));
}

static void test_ad_without_tombstones(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	ldap_script_result(script, 1, LDAP_INSUFFICIENT_ACCESS);
	ldap_script_result(script, 4, LDAP_SUCCESS);
	g_autoptr(AdNotify) notify = ad_notify_open(take_conn(script), DOMAIN, &error);
	g_assert_no_error(error);
	g_free(ldap_script_asked(script));
	g_free(ldap_script_asked(script));
	g_autofree char *search = ldap_script_asked(script);
	g_assert_cmpstr(search, ==, DOMAIN "|1.1|" NOTIFICATION);
	ldap_script_entry(script, 3, "CN=Ada," DOMAIN, "");
	g_assert_true(ad_has_news(notify));
}

static void test_ad_refused(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();
	g_autoptr(GError) error = NULL;

	ldap_script_result(script, 1, LDAP_ADMINLIMIT_EXCEEDED);
	g_assert_null(ad_notify_open(take_conn(script), DOMAIN, &error));
	g_assert_nonnull(error);
	g_assert_nonnull(strstr(error->message, "LDAP result 11"));
}

static void check_ended(LdapScript *script, AdNotify *notify, ErrorKind kind)
{
	g_autoptr(GError) error = NULL;
	gboolean news = FALSE;

	g_assert_false(ad_notify_news(notify, &news, &error));
	g_assert_cmpint(error_kind(error), ==, kind);
}

static void test_ad_ends(void)
{
	static const struct {
		int code;
		ErrorKind kind;
	} rows[] = {
		{ LDAP_SUCCESS, ERROR_RETRY },
		{ LDAP_BUSY, ERROR_RETRY },
		{ LDAP_UNWILLING_TO_PERFORM, ERROR_RETRY },
		{ -1, ERROR_DOWN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(LdapScript) script = ldap_script_new();
		g_autoptr(AdNotify) notify = open_ad(script);

		if (rows[i].code >= 0)
			ldap_script_result(script, 1, rows[i].code);
		else
			ldap_script_hang_up(script);
		check_ended(script, notify, rows[i].kind);
	}
}

/* A silent server is asked whether it lives, and one that says nothing then is down. */
static void test_ad_heartbeat(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();

	script->conf.timeout_us = 1000;
	g_autoptr(AdNotify) notify = open_ad(script);
	g_free(ldap_script_asked(script));
	g_free(ldap_script_asked(script));
	clock_sleep_ms(2);
	g_assert_false(ad_has_news(notify));
	g_autofree char *beat = ldap_script_asked(script);
	g_assert_cmpstr(beat, ==, "|1.1|");

	ldap_script_result(script, 3, LDAP_SUCCESS);
	g_assert_false(ad_has_news(notify));
	clock_sleep_ms(2);
	g_assert_false(ad_has_news(notify));
	clock_sleep_ms(2);
	check_ended(script, notify, ERROR_DOWN);
}

static void script_read(LdapScript *script, int msgid, const char *lines)
{
	ldap_script_entry(script, msgid, "", lines);
	ldap_script_result(script, msgid, LDAP_SUCCESS);
}

/* Request 1 is the root DSE, which decides how to listen; it is taken off what was asked. */
static SyncNotify *open_sync(LdapScript *script)
{
	g_autoptr(GError) error = NULL;
	SyncNotify *notify = sync_notify_open(take_conn(script), "ou=People,dc=ex",
					      "(objectClass=person)", &error);
	g_assert_no_error(error);
	g_free(ldap_script_asked(script));
	return notify;
}

static gboolean sync_has_news(SyncNotify *notify)
{
	g_autoptr(GError) error = NULL;
	gboolean news = FALSE;

	sync_notify_news(notify, &news, &error);
	g_assert_no_error(error);
	return news;
}

static void test_persistent_search(void)
{
	g_autoptr(LdapScript) script = ldap_script_new();

	script_read(script, 1, "supportedControl: " PERSISTENT "\nsupportedControl: " SYNC "\n");
	ldap_script_result(script, 3, LDAP_SUCCESS);
	g_autoptr(SyncNotify) notify = open_sync(script);
	g_autofree char *search = ldap_script_asked(script);
	g_assert_cmpstr(search, ==, "ou=People,dc=ex|1.1|" PERSISTENT "! ");
	g_assert_false(sync_has_news(notify));
	ldap_script_entry(script, 2, "cn=a,ou=People,dc=ex", "");
	g_assert_true(sync_has_news(notify));
	g_assert_false(sync_has_news(notify));
}

static void test_sync_from_position(void)
{
	/* refreshDelete { refreshDone TRUE }; a set of deleted entries; a new cookie. */
	static const char done[] = "\xa1\x00",
			  gone[] = "\xa3\x17\x01\x01\xff\x31\x12\x04\x10"
				   "0123456789abcdef",
			  cookie[] = "\x80\x03"
				     "abc";
	g_autoptr(LdapScript) script = ldap_script_new();

	script_read(script, 1,
		    "namingContexts: \nnamingContexts: dc=other\nnamingContexts: DC=ex\n"
		    "supportedControl: " SYNC "\n");
	script_read(script, 2, "contextCSN: " CSN "\n");
	ldap_script_sync_info(script, 3, done, sizeof done - 1);
	ldap_script_result(script, 4, LDAP_SUCCESS);
	g_autoptr(SyncNotify) notify = open_sync(script);
	g_autofree char *position = ldap_script_asked(script);
	g_autofree char *search = ldap_script_asked(script);
	g_assert_cmpstr(position, ==, "DC=ex|contextCSN|");
	g_assert_cmpstr(search, ==, "ou=People,dc=ex|1.1|" SYNC "! ");
	g_assert_false(sync_has_news(notify));
	ldap_script_sync_info(script, 3, cookie, sizeof cookie - 1);
	g_assert_false(sync_has_news(notify));
	ldap_script_sync_info(script, 3, gone, sizeof gone - 1);
	g_assert_true(sync_has_news(notify));
	ldap_script_entry(script, 3, "cn=a,ou=People,dc=ex", "");
	g_assert_true(sync_has_news(notify));
	g_assert_false(sync_has_news(notify));
}

/* Where the position may not be read, or is refused, all entries come first and are no news. */
static void check_from_nothing(LdapScript *script, int msgid)
{
	static const char done[] = "\xa1\x00";

	ldap_script_result(script, msgid + 1, LDAP_SUCCESS);
	g_autoptr(SyncNotify) notify = open_sync(script);
	ldap_script_entry(script, msgid, "cn=a,ou=People,dc=ex", "");
	g_assert_false(sync_has_news(notify));
	ldap_script_entry(script, msgid, "cn=b,ou=People,dc=ex", "");
	ldap_script_sync_info(script, msgid, done, sizeof done - 1);
	g_assert_false(sync_has_news(notify));
	ldap_script_entry(script, msgid, "cn=a,ou=People,dc=ex", "");
	g_assert_true(sync_has_news(notify));
}

static void test_sync_from_nothing(void)
{
	g_autoptr(LdapScript) hidden = ldap_script_new();
	g_autoptr(LdapScript) refused = ldap_script_new();

	script_read(hidden, 1, "namingContexts: dc=ex\n");
	script_read(hidden, 2, "");
	check_from_nothing(hidden, 3);

	script_read(refused, 1, "namingContexts: dc=ex\n");
	script_read(refused, 2, "contextCSN: " CSN "\n");
	ldap_script_result(refused, 3, LDAP_SYNC_REFRESH_REQUIRED);
	check_from_nothing(refused, 5);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/notify/ad/tells", test_ad_tells);
	g_test_add_func("/notify/ad/early-news", test_ad_early_news);
	g_test_add_func("/notify/ad/without-tombstones", test_ad_without_tombstones);
	g_test_add_func("/notify/ad/refused", test_ad_refused);
	g_test_add_func("/notify/ad/ends", test_ad_ends);
	g_test_add_func("/notify/ad/heartbeat", test_ad_heartbeat);
	g_test_add_func("/notify/sync/persistent-search", test_persistent_search);
	g_test_add_func("/notify/sync/from-position", test_sync_from_position);
	g_test_add_func("/notify/sync/from-nothing", test_sync_from_nothing);
	return g_test_run();
}
