/*
 * What services say of their rates in headers, and when to come again. Pure.
 *
 *	Retry-After, x-ratelimit-retry-after        seconds, or a moment
 *	x-ratelimit-reset-after                     seconds
 *	x-ratelimit-reset, x-rate-limit-reset,
 *	ratelimit-reset                             seconds, or a moment
 *	ratelimit                                   "short";r=0;t=5, "day";r=90;t=900
 *	                                            limit=100, remaining=0, reset=30
 *
 * There are as many habits as services, under the same names: a moment is an HTTP date (RFC 9110
 * §5.6.7), RFC 3339, or an epoch in seconds or milliseconds, and is told from a span by its size.
 * It is taken as of the service's own clock where it shows that (Date). What makes no sense, lies
 * in the past or more than a month ahead is as good as not said.
 *
 * The last form is that of draft-ietf-httpapi-ratelimit-headers, in its later and earlier spelling.
 */
#include <curl/curl.h>
#include <string.h>

#include "base/clock.h"
#include "base/timefmt.h"
#include "http_internal.h"

#define LONGEST_US (35 * CLOCK_DAY)
#define EPOCH_S 1e9 /* 2001: a number from here on is a moment */
#define EPOCH_MS 1e12

static const char *const waits[] = { "Retry-After",
				     "x-ratelimit-retry-after",
				     "x-ratelimit-reset-after",
				     "x-ratelimit-reset",
				     "x-rate-limit-reset",
				     "ratelimit-reset",
				     NULL };

/* Those of them that ask for something; a reset is but told, with every answer perhaps. */
static const char *const wishes[] = { "Retry-After", "x-ratelimit-retry-after", NULL };

static const char *const remains[] = { "x-ratelimit-remaining", "x-rate-limit-remaining",
				       "ratelimit-remaining", NULL };

gboolean http_is_of_rates(const char *line, gsize length)
{
	static const char *const beginnings[] = { "x-rate", "ratelimit", "retry-after", NULL };

	if (length == 0 || (*line != 'x' && *line != 'X' && *line != 'r' && *line != 'R'))
		return FALSE;
	for (guint i = 0; beginnings[i]; i++) {
		gsize n = strlen(beginnings[i]);
		if (length >= n && g_ascii_strncasecmp(line, beginnings[i], n) == 0)
			return TRUE;
	}
	return FALSE;
}

/* A number, with nothing behind it but what separates it from the next. */
static gboolean read_number(const char *text, gdouble *value)
{
	char *end;
	gdouble number = g_ascii_strtod(text, &end);

	if (end == text || (*end && !g_ascii_isspace(*end) && !strchr(",;", *end)))
		return FALSE;
	*value = number;
	return TRUE;
}

gboolean http_date_parse(const char *text, gint64 *moment_us)
{
	time_t seconds;

	if (timefmt_parse_rfc3339(text, moment_us))
		return TRUE;
	seconds = curl_getdate(text, NULL);
	if (seconds < 0)
		return FALSE;
	*moment_us = (gint64)seconds * CLOCK_SECOND;
	return TRUE;
}

/* As a span from now; 0 if it is none. */
static gint64 span_of(const char *text, gint64 now_us)
{
	gdouble value, span;
	gint64 moment;

	if (read_number(text, &value)) {
		if (value >= EPOCH_MS)
			value /= 1000;
		span = value >= EPOCH_S ? value * (gdouble)CLOCK_SECOND - (gdouble)now_us
					: value * (gdouble)CLOCK_SECOND;
	} else if (http_date_parse(text, &moment)) {
		span = (gdouble)moment - (gdouble)now_us;
	} else {
		return 0;
	}
	return span > 0 && span <= (gdouble)LONGEST_US ? (gint64)span : 0;
}

/* The header "ratelimit" ----------------------------------------------------------------------- */

typedef struct {
	gdouble left, reset; /* of the rate that is read; -1: not said */
	gboolean spent;
	gdouble wait, other; /* seconds: until all that is spent is there again; of the rest */
} Rates;

static void rate_ends(Rates *self)
{
	if (self->left == 0)
		self->spent = TRUE;
	if (self->reset > 0 && self->left == 0)
		self->wait = MAX(self->wait, self->reset);
	else if (self->reset > 0)
		self->other = MAX(self->other, self->reset);
	self->left = self->reset = -1;
}

static void take_part(Rates *self, const char *part)
{
	const char *value = strchr(part, '=');
	gdouble number;

	/* A name without a value begins another rate. */
	if (!value) {
		rate_ends(self);
		return;
	}
	if (!read_number(value + 1, &number))
		return;
	if (g_str_has_prefix(part, "r=") || g_str_has_prefix(part, "remaining="))
		self->left = number;
	else if (g_str_has_prefix(part, "t=") || g_str_has_prefix(part, "reset="))
		self->reset = number;
}

static Rates read_rates(HttpHeaderFn header, void *data)
{
	Rates rates = { .left = -1, .reset = -1 };
	const char *text = header(data, "ratelimit");
	g_auto(GStrv) parts = text ? g_strsplit_set(text, ",; ", 64) : NULL;

	for (guint i = 0; parts && parts[i]; i++) {
		if (*parts[i])
			take_part(&rates, parts[i]);
	}
	rate_ends(&rates);
	return rates;
}

/* The promises --------------------------------------------------------------------------------- */

/* What the first header that makes sense says; 0: none. */
static gint64 span_in(const char *const *names, HttpHeaderFn header, void *data, gint64 now_us)
{
	const char *date = header(data, "Date");
	gint64 span = 0;

	if (date)
		http_date_parse(date, &now_us);
	for (guint i = 0; names[i] && span == 0; i++) {
		const char *text = header(data, names[i]);
		span = text ? span_of(text, now_us) : 0;
	}
	return span;
}

gint64 http_limits_wait_us(HttpHeaderFn header, void *data, gint64 now_us)
{
	gint64 span = span_in(waits, header, data, now_us);

	if (span > 0)
		return span;
	Rates rates = read_rates(header, data);
	gdouble wait = (rates.spent ? rates.wait : rates.other) * (gdouble)CLOCK_SECOND;
	return wait <= (gdouble)LONGEST_US ? (gint64)wait : 0;
}

gint64 http_limits_asked_us(HttpHeaderFn header, void *data, gint64 now_us)
{
	gint64 span = span_in(wishes, header, data, now_us);

	if (span > 0 || !http_limits_spent(header, data))
		return span;
	return http_limits_wait_us(header, data, now_us);
}

gboolean http_limits_spent(HttpHeaderFn header, void *data)
{
	for (guint i = 0; remains[i]; i++) {
		const char *text = header(data, remains[i]);
		gdouble left;
		if (text && read_number(text, &left))
			return left <= 0;
	}
	return read_rates(header, data).spent;
}
