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
 * The buckets are this process's: a second one, or another program with the same credential, is not
 * seen. What then is too much the service refuses with 429, and http_retry.c waits.
 */
#include "http_internal.h"

static gboolean is_about(const HttpRate *rate, const HttpRequest *request)
{
	const char *method = request->method;

	if (rate->path && !g_str_has_prefix(request->path, rate->path))
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

static gdouble tokens_at(const HttpBucket *self, gint64 now_us)
{
	gdouble since = (gdouble)MAX(now_us - self->at_us, 0);
	gdouble tokens = self->tokens +
			 since * (gdouble)self->rate.calls / (gdouble)self->rate.per_us;

	return MIN(tokens, (gdouble)self->rate.burst);
}

GArray *http_buckets_new(const HttpRate *rates, guint n)
{
	GArray *buckets = g_array_new(FALSE, FALSE, sizeof(HttpBucket));

	for (guint i = 0; i < n; i++) {
		HttpBucket bucket = { .rate = rates[i] };
		if (bucket.rate.burst <= 0)
			bucket.rate.burst = MAX(bucket.rate.calls / 10, 1);
		bucket.tokens = (gdouble)bucket.rate.burst;
		g_array_append_val(buckets, bucket);
	}
	return buckets;
}

gint64 http_buckets_wait_us(const GArray *buckets, const HttpRequest *request, gint64 now_us)
{
	gint64 wait = 0;

	for (guint i = 0; i < buckets->len; i++) {
		const HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		gdouble missing = 1.0 - tokens_at(bucket, now_us);
		if (missing <= 0 || !is_about(&bucket->rate, request))
			continue;
		gdouble each = (gdouble)bucket->rate.per_us / (gdouble)bucket->rate.calls;
		wait = MAX(wait, (gint64)(missing * each) + 1);
	}
	return wait;
}

void http_buckets_take(GArray *buckets, const HttpRequest *request, gint64 now_us)
{
	for (guint i = 0; i < buckets->len; i++) {
		HttpBucket *bucket = &g_array_index(buckets, HttpBucket, i);
		if (!is_about(&bucket->rate, request))
			continue;
		bucket->tokens = tokens_at(bucket, now_us) - 1.0;
		bucket->at_us = now_us;
	}
}
