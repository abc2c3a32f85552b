/*
 * Settings that all drivers over HTTP share: rates, patterns, and what is refused.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "../../../src/target/http_conf_internal.h"
#include "base/error.h"

static Conf *conf_of(const char *text)
{
	g_autoptr(ConfProblems) problems = conf_problems_new();
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("http-XXXXXX.cfg", &path, NULL);
	Conf *conf;

	g_assert_cmpint(fd, >=, 0);
	close(fd);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	conf = conf_read(path, problems);
	g_unlink(path);
	g_assert_nonnull(conf);
	return conf;
}

typedef struct {
	Conf *conf;
	GArray *rates;
	GPtrArray *patterns;
	GError *error;
	gboolean ok;
} Rates;

static Rates read_rates(const char *text, gboolean with_paths)
{
	static const char *const names[] = { "all", "users", NULL };
	static const char *const paths[] = { NULL, "/Users" };
	Rates self = { .conf = conf_of(text),
		       .rates = g_array_new(FALSE, FALSE, sizeof(HttpRate)),
		       .patterns = g_ptr_array_new_with_free_func((GDestroyNotify)pattern_free) };

	self.ok = http_conf_rates(conf_member(conf_root(self.conf), "rate"), "rate",
				  with_paths ? names : NULL, with_paths ? paths : NULL, self.rates,
				  self.patterns, &self.error);
	return self;
}

static void rates_clear(Rates *self)
{
	conf_free(self->conf);
	g_array_unref(self->rates);
	g_ptr_array_unref(self->patterns);
	g_clear_error(&self->error);
}

static void test_rates(void)
{
	Rates self =
		read_rates("rate = ( { what = \"write\"; of = \"users\"; calls = 6; },\n"
			   "{ match = \"^POST /a\\\\b\"; calls = 1; per = \"2s\"; burst = 3; } );",
			   TRUE);
	const HttpRate *first = &g_array_index(self.rates, HttpRate, 0), *second = first + 1;

	g_assert_no_error(self.error);
	g_assert_cmpuint(self.rates->len, ==, 2);
	g_assert_cmpint(first->what, ==, HTTP_RATE_WRITE);
	g_assert_cmpstr(first->path, ==, "/Users");
	g_assert_null(first->pattern);
	g_assert_cmpint(first->per_us, ==, 60 * G_USEC_PER_SEC);
	g_assert_null(second->path);
	g_assert_cmpint(second->burst, ==, 3);
	g_assert_cmpint(pattern_match(second->pattern, "POST /a?x", 9, NULL), ==, PATTERN_YES);
	g_assert_cmpint(pattern_match(second->pattern, "POST /ab", 8, NULL), ==, PATTERN_NO);
	rates_clear(&self);
}

static void test_bad_rates(void)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "rate = 7;", "must be a list" },
		{ "rate = (\n{ calls = 5; per = 0; } );", "rate, line 2: 'per' must be more" },
		{ "rate = ( { per = \"1m\"; } );", "missing setting 'calls'" },
		{ "rate = (\n{ calls = 5; match = \"(\"; } );", "rate, line 2: match: " },
		{ "rate = ( { calls = 5; of = \"users\"; } );", "unknown setting 'of'" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Rates self = read_rates(cases[i].text, FALSE);
		g_assert_false(self.ok);
		g_assert_true(error_is(self.error, ERROR_CONFIG));
		g_assert_nonnull(strstr(self.error->message, cases[i].words));
		rates_clear(&self);
	}
}

static gboolean any_matches(const GPtrArray *patterns, const char *text)
{
	for (guint i = 0; i < patterns->len; i++) {
		if (pattern_match(patterns->pdata[i], text, strlen(text), NULL) == PATTERN_YES)
			return TRUE;
	}
	return FALSE;
}

static void test_patterns(void)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(texts, (char *)"too busy");
	g_autoptr(GPtrArray) own = http_conf_patterns(texts, FALSE, &error);
	g_autoptr(GPtrArray) all = http_conf_patterns(texts, TRUE, &error);
	g_assert_no_error(error);
	g_assert_true(any_matches(own, "We are TOO BUSY now"));
	g_assert_false(any_matches(own, "quotaExceeded"));
	g_assert_true(any_matches(all, "quotaExceeded"));
	g_ptr_array_add(texts, (char *)"[");
	g_assert_null(http_conf_patterns(texts, TRUE, &error));
	g_assert_error(error, BRIDGE_ERROR, ERROR_CONFIG);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-conf/rates", test_rates);
	g_test_add_func("/http-conf/bad-rates", test_bad_rates);
	g_test_add_func("/http-conf/patterns", test_patterns);
	return g_test_run();
}
