/*
 * Addresses: what is believed to be one, and that nobody can read another host out of it.
 */
#include <string.h>

#include "../../../src/target/http_internal.h"
#include "base/error.h"

/* Each is one that GLib and libcurl, or a person, may read differently. */
static const char *const evil[] = {
	"https://127.0.0.77%2F.good.example",
	"https://127.0.0.77%2f.good.example/x",
	"https://127.0.0.77%3F.good.example",
	"https://127.0.0.77%23.good.example:9/",
	"https://127.0.0.77%5C.good.example",
	"https://127.0.0.77%40good.example",
	"https://127.0.0.77%00.good.example",
	"https://127.0.0.77%3A80.good.example",
	"https://good%2Eexample/",
	"https://127.0.0.77\\.good.example/",
	"https://127.0.0.77\\@good.example/",
	"https://me@good.example/",
	"https://me:secret@good.example/",
	"https://@good.example/",
	"https://good.example@127.0.0.77/",
	"https://127.0.0.77 .good.example/",
	"https://127.0.0.77\t.good.example/",
	"https://127.0.0.77\n.good.example/",
	"https://good.example/\r\nHost: x",
	" https://good.example/",
	"https:good.example/",
	"https:/good.example/",
	"https:///good.example/",
	"https://",
	"https://:443/",
	"https://good.example:80:90/",
	"https://good.example:x/",
	"https://good.example:-1/",
	("https://g\xc3\xb6"
	 "od.example/"),
	"https://127.0.0.77\xef\xbc\x8f.good.example/",
	"https://good.example\xef\xbc\x8e/",
	"https://127.0.0.77;.good.example/",
	"https://127.0.0.77,good.example/",
	"https://127.0.0.77|good.example/",
	"https://127.0.0.77\".good.example/",
	"https://[127.0.0.77].good.example/",
	"https://[::1].good.example/",
	"https://[::1/",
	"https://[::1%25.good.example]/",
	"https://[good.example]/",
	"ftp://good.example/",
	"file:///etc/passwd",
	"",
};

static void test_evil(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(evil); i++) {
		g_autoptr(GError) error = NULL;
		HttpBase base = { 0 };
		g_autoptr(GUri) uri = http_uri_parse(evil[i]);
		gboolean ok = http_base_parse(&base, evil[i], &error);

		g_test_message("%s", evil[i]);
		g_assert_null(uri);
		g_assert_false(ok);
		g_assert_true(error_is(error, ERROR_CONFIG));
		g_assert_null(strstr(error->message, "secret"));
		http_base_clear(&base);
	}
}

static void test_good(void)
{
	static const struct {
		const char *url, *origin;
	} cases[] = {
		{ "https://good.example", "https://good.example" },
		{ "HTTPS://Good.Example:443/x%2Fy?a=b%20c", "https://good.example" },
		{ "https://xn--gd-fka.example:8443/", "https://xn--gd-fka.example:8443" },
		{ "http://under_score.example:80/", "http://under_score.example" },
		{ "https://127.0.0.77:/x", "https://127.0.0.77" },
		{ "http://[::1]:8080/x", "http://[::1]:8080" },
		{ "http://[::ffff:127.0.0.1]/@:", "http://[::ffff:127.0.0.1]" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		HttpBase base = { 0 };

		http_base_parse(&base, cases[i].url, &error);
		g_assert_no_error(error);
		g_assert_cmpstr(base.origin, ==, cases[i].origin);
		http_base_clear(&base);
	}
}

/* What an answer names is read as strictly as what a setting does. */
static void test_resolved(void)
{
	static const struct {
		const char *reference, *whole; /* NULL: refused */
	} cases[] = {
		{ "/b?c=1", "https://good.example/b?c=1" },
		{ "c", "https://good.example/a/c" },
		{ "//Other.example/x", "https://Other.example/x" },
		{ "//127.0.0.77%2F.good.example/x", NULL },
		{ "//127.0.0.77\\.good.example/x", NULL },
		{ "//me@good.example/x", NULL },
		{ "https://127.0.0.77%2F.good.example/x", NULL },
		{ "https://good.example%3F@127.0.0.77/x", NULL },
		{ "/x\ny", NULL },
		{ "javascript:1", NULL },
	};
	g_autoptr(GUri) from = http_uri_parse("https://good.example/a/b");

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GUri) uri = http_uri_resolve(from, cases[i].reference);
		g_autofree char *whole = uri ? g_uri_to_string(uri) : NULL;

		g_assert_cmpstr(whole, ==, cases[i].whole);
	}
}

static void test_redirects(void)
{
	HttpBase base = { 0 };

	g_assert_true(http_base_parse(&base, "https://good.example", NULL));
	for (guint i = 0; i < G_N_ELEMENTS(evil); i++) {
		g_autofree char *problem = NULL;
		g_autofree char *to = NULL;

		if (!strstr(evil[i], "//"))
			continue;
		to = http_redirect_target(&base, "https://good.example/a", evil[i], &problem);
		g_test_message("%s", evil[i]);
		g_assert_true(!to || g_str_equal(to, "https://good.example/"));
		g_assert_true(to || problem);
	}
	http_base_clear(&base);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http_url/evil", test_evil);
	g_test_add_func("/http_url/good", test_good);
	g_test_add_func("/http_url/resolved", test_resolved);
	g_test_add_func("/http_url/redirects", test_redirects);
	return g_test_run();
}
