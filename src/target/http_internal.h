/*
 * Parts of the HTTP engine that need no libcurl: addresses, and the decision to try again.
 */
#pragma once
#include "core/retry.h"
#include "target/http.h"

/*
 * Parses an address of the web; NULL: it is none, or one in which another parser, libcurl's above
 * all, could see another host. To be used for whatever leads to a host.
 */
GUri *http_uri_parse(const char *url);

/* The same of an address or part of one as seen from 'from'. RFC 3986 §5. */
GUri *http_uri_resolve(GUri *from, const char *reference);

/* A base URL taken apart once, so that a request's own URL is a concatenation. */
typedef struct {
	char *prefix; /* scheme, host, port, path; no trailing slash */
	char *query;  /* of the base URL, without "?", or NULL */
	char *origin; /* "https://host" or "https://host:8443" */
	gboolean loopback;
} HttpBase;

/* Parses a base URL. ERROR_CONFIG with the reason; credentials in it are refused unprinted. */
gboolean http_base_parse(HttpBase *self, const char *url, GError **error);

/* Frees the strings. */
void http_base_clear(HttpBase *self);

/* The address of 'path' (which may have a query) beneath the base. New string. */
char *http_base_join(const HttpBase *self, const char *path);

/* An address with "name=value" in place of parameters of that name. New string; wipe it. */
char *http_url_with(const char *url, const char *pair);

/*
 * Where a redirect from 'url' leads, if it stays at the origin. Otherwise NULL and a sentence in
 * *problem that names both origins (new string).
 */
char *http_redirect_target(const HttpBase *base, const char *url, const char *location,
			   char **problem);

/* What a rate has left; see http_rate.c. */
typedef struct {
	HttpRate rate;
	gdouble tokens, common; /* at 'at_us', monotonic time: of all; of what is not urgent */
	gint64 at_us;
} HttpBucket;

/* Full buckets (HttpBucket) of these rates. */
GArray *http_buckets_new(const HttpRate *rates, guint n);

/* How long a request has to wait; 0: it may go. */
gint64 http_buckets_wait_us(const GArray *buckets, const HttpRequest *request, gint64 now_us);

/* Counts a request that goes. */
void http_buckets_take(GArray *buckets, const HttpRequest *request, gint64 now_us);

/* The levels with the time of day, for http_buckets_load(). New reference. */
json_t *http_buckets_save(const GArray *buckets, gint64 now_us, gint64 wall_us);

/* Begins where an earlier run ended; 'saved' may be anything. */
void http_buckets_load(GArray *buckets, const json_t *saved, gint64 now_us, gint64 wall_us);

/* The value of a header of an answer, or NULL. */
typedef const char *(*HttpHeaderFn)(void *data, const char *name);

/* Whether a header line may be one that the next two functions read. */
gboolean http_is_of_rates(const char *line, gsize length);

/* For how long an answer asks to be left alone; 0: it does not say, or nothing sensible. */
gint64 http_limits_wait_us(HttpHeaderFn header, void *data, gint64 now_us);

/* The same of an answer that is not about rates: what is left tells what a reset is worth. */
gint64 http_limits_asked_us(HttpHeaderFn header, void *data, gint64 now_us);

/* Whether an answer says that nothing is left of a rate. */
gboolean http_limits_spent(HttpHeaderFn header, void *data);

/* A date of HTTP (RFC 9110 §5.6.7), in any of its forms, or RFC 3339. FALSE if it is none. */
gboolean http_date_parse(const char *text, gint64 *us);

/* What one try came to, as far as the decision to repeat it goes. */
typedef struct {
	HttpFate fate;
	int status;
	gboolean repeatable;
	gboolean hopeless;  /* only other settings would help */
	gboolean too_old;   /* HTTP/2 is asked of a service that does not speak it */
	gboolean throttled; /* refused for now: certainly not done */
	gint64 asked_us;    /* the service's wish, or 0 */
	guint tries;
} HttpTry;

/* The pause before the next try, or -1 if this one is final. */
gint64 http_try_pause_us(const HttpTry *self, const RetryPolicy *policy, gint64 longest_wait_us,
			 double chance);

/* Whether a method changes nothing by definition. RFC 9110 §9.2.1. */
gboolean http_is_safe(const char *method);

/* Whether a request changes nothing: it may not be so of a GET that must not be sent again. */
gboolean http_is_harmless(const HttpRequest *request);

/* Whether this try may have been done although it brought no answer that says so. */
gboolean http_try_is_doubtful(const HttpTry *self, const char *method);

/* What a redirect status allows. */
typedef enum {
	HTTP_HOP_NONE, /* no redirect */
	HTTP_HOP_FOLLOW,
	HTTP_HOP_REFUSED,  /* not followed, and certainly not done */
	HTTP_HOP_DOUBTFUL, /* not followed, and perhaps done: the answer of many forms to a POST */
} HttpHop;

/* Judges status and method. RFC 9110 §15.4: only 307 and 308 keep method and body. */
HttpHop http_hop(int status, const char *method);
