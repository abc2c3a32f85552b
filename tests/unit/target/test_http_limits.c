/*
 * What services say of their rates in headers: as many habits as there are services.
 */
#include <string.h>

#include "../../../src/target/http_internal.h"
#include "base/clock.h"

typedef struct {
	const char *name, *value;
} Line;

static const char *find(void *lines_, const char *name)
{
	for (const Line *line = lines_; line->name; line++) {
		if (g_ascii_strcasecmp(line->name, name) == 0)
			return line->value;
	}
	return NULL;
}

#define NOW_S G_GINT64_CONSTANT(1795000000) /* 2026-11-18T11:06:40Z */

static gint64 wait_s(const char *name, const char *value)
{
	Line lines[] = { { name, value }, { NULL, NULL } };
	return http_limits_wait_us(find, lines, NOW_S * CLOCK_SECOND) / CLOCK_SECOND;
}

static void test_spellings(void)
{
	static const struct {
		const char *name, *value;
		gint64 wait_s;
	} cases[] = {
		{ "Retry-After", "30", 30 },
		{ "Retry-After", "Wed, 18 Nov 2026 11:07:10 GMT", 30 },
		{ "Retry-After", "1.5", 1 },
		{ "retry-after", " 30 ", 30 },
		{ "X-RateLimit-Retry-After", "30", 30 },
		{ "x-ratelimit-reset-after", "30.25", 30 },
		{ "x-ratelimit-reset", "30", 30 },
		{ "x-ratelimit-reset", "1795000030", 30 },
		{ "x-ratelimit-reset", "1795000030000", 30 },
		{ "x-ratelimit-reset", "2026-11-18T11:07:10Z", 30 },
		{ "X-Rate-Limit-Reset", "1795000030", 30 },
		{ "RateLimit-Reset", "30", 30 },
		{ "RateLimit", "\"default\";r=0;t=30", 30 },
		{ "RateLimit", "limit=100, remaining=0, reset=30", 30 },
		{ "RateLimit", "\"short\";r=0;t=5, \"day\";r=90;t=900", 5 },
		{ "RateLimit", "\"short\";r=0;t=5,\"day\";r=0;t=900", 900 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 got = wait_s(cases[i].name, cases[i].value);
		if (got != cases[i].wait_s)
			g_error("%s: %s is %" G_GINT64_FORMAT " s", cases[i].name, cases[i].value,
				got);
	}
}

/* Nonsense, the past, and times that nobody means are as good as not said. */
static void test_absurd(void)
{
	static const Line cases[] = {
		{ "Retry-After", "" },
		{ "Retry-After", "soon" },
		{ "Retry-After", "-5" },
		{ "Retry-After", "0" },
		{ "Retry-After", "nan" },
		{ "Retry-After", "inf" },
		{ "Retry-After", "1e308" },
		{ "Retry-After", "99999999" },
		{ "Retry-After", "Wed, 18 Nov 2020 11:07:10 GMT" },
		{ "x-ratelimit-reset", "1794999999" },
		{ "x-ratelimit-reset", "1999999999" },
		{ "x-ratelimit-reset", "99999999999999999999" },
		{ "RateLimit", "" },
		{ "RateLimit", ";;==,=;r=;t=" },
		{ "RateLimit", "\"x\";r=0;t=1e300" },
		{ "Warning", "30" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(wait_s(cases[i].name, cases[i].value), ==, 0);
}

/* The first header that makes sense wins; a moment is one of the service's clock. */
static void test_several(void)
{
	Line lines[] = { { "Retry-After", "later" },
			 { "x-ratelimit-reset", "1795003630" },
			 { "Date", "Wed, 18 Nov 2026 12:06:40 GMT" },
			 { NULL, NULL } };

	g_assert_cmpint(http_limits_wait_us(find, lines, NOW_S * CLOCK_SECOND), ==,
			30 * CLOCK_SECOND);
	lines[0].value = "7";
	g_assert_cmpint(http_limits_wait_us(find, lines, NOW_S * CLOCK_SECOND), ==,
			7 * CLOCK_SECOND);
}

static void test_spent(void)
{
	static const struct {
		const char *name, *value;
		gboolean spent;
	} cases[] = {
		{ "x-ratelimit-remaining", "0", TRUE },
		{ "X-RateLimit-Remaining", "1", FALSE },
		{ "x-rate-limit-remaining", "0", TRUE },
		{ "ratelimit-remaining", "0", TRUE },
		{ "x-ratelimit-remaining", "none", FALSE },
		{ "ratelimit", "\"default\";r=0;t=30", TRUE },
		{ "ratelimit", "\"default\";r=3;t=30", FALSE },
		{ "ratelimit", "limit=100, remaining=0, reset=30", TRUE },
		{ "ratelimit", "\"a\";r=3;t=30, \"b\";r=0;t=30", TRUE },
		{ "ratelimit-limit", "0", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Line lines[] = { { cases[i].name, cases[i].value }, { NULL, NULL } };
		g_assert_cmpint(http_limits_spent(find, lines), ==, cases[i].spent);
		g_assert_true(http_is_of_rates(cases[i].name, strlen(cases[i].name)));
	}
	g_assert_false(http_is_of_rates("Referrer-Policy: none", 21));
	g_assert_false(http_is_of_rates("x-rat", 5));
	g_assert_false(http_is_of_rates("", 0));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http-limits/spellings", test_spellings);
	g_test_add_func("/http-limits/absurd", test_absurd);
	g_test_add_func("/http-limits/several", test_several);
	g_test_add_func("/http-limits/spent", test_spent);
	return g_test_run();
}
