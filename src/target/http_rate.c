/*
 * Rates: how many requests a service takes in a time. Token buckets, pure; the clock comes in.
 *
 *	{ what = "write", calls = 600, per = "1m", burst = 180 }
 *
 *	a bucket holds at most 180 tokens, gets 10 a second, and each write takes one
 *
 * A request goes out when every bucket that is about it has a token; it then takes one of each. So
 * "all" and "create" can stand side by side, as services state them. Within any minute there are
 * never more than calls + burst, which is what services mean by a burst; where none is given it is
 * a tenth, so that a service that counts by the clock's minute is not far off.
 *
 * A tenth is kept for what is urgent: other requests take their token from a second, smaller
 * level as well, which gets nine tenths of the calls.
 *
 *	urgent   all      180, 10 a second
 *	others   all and  162,  9 a second
 *
 * The buckets are this process's: a second one, or another program with the same credential, is not
 * seen. What then is too much the service refuses with 429, and http_retry.c waits. From one run to
 * the next the levels are kept, with the time of day, so that a run right after another one does
 * not begin with a burst. A clock that was set back counts as one that stood still; what is kept
 * and cannot be read, as a rate that was not used.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "http_internal.h"

#define NOT_KEPT 0.9

/* What a pattern sees: "POST /users?notify=no". A credential is not in it yet. */
static gboolean fits(const Pattern *pattern, const HttpRequest *request)
{
	char *line = g_strconcat(request->method, " ", request->path, NULL);
	gboolean fits = pattern_match(pattern, line, strlen(line), NULL) == PATTERN_YES;

	if (request->secret)
		secret_wipe(line, strlen(line));
	g_free(line);
	return fits;
}

static gboolean is_about(const HttpRate *rate, const HttpRequest *request)
{
	const char *method = request->method;

	if (rate->path && !g_str_has_prefix(request->path, rate->path))
		return FALSE;
	if (rate->pattern && !fits(rate->pattern, request))
		return FALSE;
	switch ((HttpRateClass)rate->what) {
	case HTTP_RATE_READ:
		return http_is_safe(method);
	case HTTP_RATE_WRITE:
		return !http_is_safe(method);
	case HTTP_RATE_CREATE:
		return g_str_equal(method, "POST");
	case HTTP_RATE_UPDATE:
		return g_str_equal(method, "PUT") || g_str_equal(method, "PATCH");
	case HTTP_RATE_DELETE:
		return g_str_equal(method, "DELETE");
	case HTTP_RATE_ALL:
		break;
	}
	return TRUE;
}

/* Levels --------------------------------------------------------------------------------------- */

static gdouble most_of(const HttpRate *rate, gboolean urgent)
{
	return (gdouble)(urgent ? rate->burst : rate->burst - rate->burst / 10);
}

/* Tokens a microsecond. */
static gdouble flow_of(const HttpRate *rate, gboolean urgent)
{
	return (urgent ? 1.0 : NOT_KEPT) * (gdouble)rate->calls / (gdouble)rate->per_us;
}

static gdouble level_after(const HttpRate *rate, gboolean urgent, gdouble tokens, gint64 span_us)
{
	gdouble level = tokens + (gdouble)MAX(span_us, 0) * flow_of(rate, urgent);

	return CLAMP(level, 0.0, most_of(rate, urgent));
}

static gdouble tokens_at(const HttpBucket *self, gboolean urgent, gint64 now_us)
{
	return level_after(&self->rate, urgent, urgent ? self->tokens : self->common,
			   now_us - self->at_us);
}

GArray *http_buckets_new(const HttpRate *rates, guint n)
{
	GArray *buckets = g_array_new(FALSE, FALSE, sizeof(HttpBucket));

	for (guint i = 0; i < n; i++) {
		HttpBucket bucket = { .rate = rates[i] };
		if (bucket.rate.burst <= 0)
			bucket.rate.burst = MAX(bucket.rate.calls / 10, 1);
		bucket.tokens = most_of(&bucket.rate, TRUE);
		bucket.common = most_of(&bucket.rate, FALSE);
		g_array_append_val(buckets, bucket);
	}
	return buckets;
}

/* How long until a level has a whole token. */
static gint64 wait_of(const HttpBucket *self, gboolean urgent, gint64 now_us)
{
	gdouble missing = 1.0 - tokens_at(self, urgent, now_us);

	return missing <= 0 ? 0 : (gint64)(missing / flow_of(&self->rate, urgent)) + 1;
}

gint64 http_buckets_wait_us(const GArray *buckets, const HttpRequest *request, gint64 now_us)
{
	gint64 wait = 0;

	for (guint i = 0; i < buckets->len; i++) {
		const HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		if (!is_about(&bucket->rate, request))
			continue;
		wait = MAX(wait, wait_of(bucket, TRUE, now_us));
		if (!request->urgent)
			wait = MAX(wait, wait_of(bucket, FALSE, now_us));
	}
	return wait;
}

void http_buckets_take(GArray *buckets, const HttpRequest *request, gint64 now_us)
{
	for (guint i = 0; i < buckets->len; i++) {
		HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		if (!is_about(&bucket->rate, request))
			continue;
		bucket->tokens = tokens_at(bucket, TRUE, now_us) - 1.0;
		bucket->common = tokens_at(bucket, FALSE, now_us) - !request->urgent;
		bucket->at_us = now_us;
	}
}

/* From run to run ------------------------------------------------------------------------------ */

json_t *http_buckets_save(const GArray *buckets, gint64 now_us, gint64 wall_us)
{
	json_t *levels = json_array();

	for (guint i = 0; i < buckets->len; i++) {
		const HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		json_t *level = json_pack("{s:i, s:f, s:f}", "what", bucket->rate.what, "tokens",
					  tokens_at(bucket, TRUE, now_us), "common",
					  tokens_at(bucket, FALSE, now_us));
		if (bucket->rate.path)
			json_object_set_new(level, "path", json_string(bucket->rate.path));
		if (bucket->rate.pattern)
			json_object_set_new(level, "place", json_integer(i));
		json_array_append_new(levels, level);
	}
	return json_pack("{s:I, s:o}", "at_us", (json_int_t)wall_us, "levels", levels);
}

/* Patterns are told apart by their place: one that moved counts as a rate that was not used. */
static gboolean is_at(const HttpRate *rate, guint place, const json_t *level)
{
	const json_t *kept = json_object_get(level, "place");

	if (!rate->pattern)
		return !kept;
	return json_is_integer(kept) && json_integer_value(kept) == place;
}

/* What was kept of a rate, or NULL. */
static const json_t *kept_of(const HttpRate *rate, guint place, const json_t *levels)
{
	size_t i;
	json_t *level;

	json_array_foreach ((json_t *)levels, i, level) {
		const json_t *what = json_object_get(level, "what");
		if (json_is_integer(what) && json_integer_value(what) == rate->what &&
		    g_strcmp0(json_get_string(level, "path"), rate->path) == 0 &&
		    is_at(rate, place, level))
			return level;
	}
	return NULL;
}

void http_buckets_load(GArray *buckets, const json_t *saved, gint64 now_us, gint64 wall_us)
{
	const json_t *at = json_object_get(saved, "at_us");
	gint64 span = wall_us - json_integer_value(at);

	for (guint i = 0; json_is_integer(at) && i < buckets->len; i++) {
		HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		const json_t *kept = kept_of(&bucket->rate, i, json_object_get(saved, "levels"));
		const json_t *tokens = json_object_get(kept, "tokens");
		const json_t *common = json_object_get(kept, "common");
		if (!json_is_number(tokens) || !json_is_number(common))
			continue;
		bucket->tokens = level_after(&bucket->rate, TRUE, json_number_value(tokens), span);
		bucket->common = level_after(&bucket->rate, FALSE, json_number_value(common), span);
		bucket->at_us = now_us;
	}
}
