/*
 * The one HTTP engine: libcurl multi behind submit and step. Connection reuse, a cap on requests
 * in flight, time limits, bounded answers, retry with backoff and jitter, Retry-After, same-origin
 * redirects. Credentials are set per engine, go to its origin only, and never into a message.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#include "base/secret.h"

typedef struct Http Http;

/* Which requests a rate is about. */
typedef enum {
	HTTP_RATE_ALL,
	HTTP_RATE_READ,   /* GET */
	HTTP_RATE_WRITE,  /* all else */
	HTTP_RATE_CREATE, /* POST */
	HTTP_RATE_UPDATE, /* PUT, PATCH */
	HTTP_RATE_DELETE, /* DELETE */
} HttpRateClass;

/*
 * At most 'calls' requests in 'per_us' on the whole, 'burst' at once: never more than both together
 * in any 'per_us'. Counted within this process: others that use the same service are not seen.
 */
typedef struct {
	int what;         /* HttpRateClass */
	const char *path; /* beginning of the paths that it is about, constant; NULL: all */
	gint64 calls, per_us;
	gint64 burst; /* 0: a tenth of 'calls' */
} HttpRate;

typedef struct {
	const char *base_url;      /* scheme, host, port, path; may carry a query string */
	const char *ca_file;       /* or NULL: the system's */
	const char *bearer_prefix; /* "Bearer"; "" sends the bare token; NULL with no token */
	const Secret *token;       /* Authorization: <prefix> <token>, or NULL */
	const char *user;          /* basic authentication with 'password', or NULL */
	const Secret *password;
	const char *user_agent; /* or NULL: our own */
	const HttpRate *rates;  /* copied */
	guint n_rates;
	guint concurrency; /* requests in flight, at least 1 */
	gint64 connect_timeout_us, request_timeout_us;
	gsize max_body;         /* bytes of an answer; more is an error of that request */
	guint max_tries;        /* of one request, all reasons together */
	gint64 longest_wait_us; /* a Retry-After beyond this is not waited for: HTTP_LATER */
} HttpSetup;

typedef struct {
	const char *method; /* "GET", ... */
	char *path;         /* appended to the base URL, already percent-encoded; owned */
	char *body;         /* or NULL; owned */
	gsize body_length;
	const char *content_type; /* or NULL */
	const char *accept;       /* or NULL */
	char *if_match;           /* version that is changed (RFC 9110 §13.1.1), or NULL; owned */
	gboolean repeatable;      /* may be sent again when its fate is not known (not POST) */
	void *tag;                /* the caller's */
} HttpRequest;

typedef enum {
	HTTP_ANSWERED,    /* 'status' and 'body' are the service's */
	HTTP_UNREACHABLE, /* never reached the service, in no try: name, connection, TLS */
	HTTP_LOST,        /* sent, perhaps done, no usable answer (cut, timed out) */
	HTTP_TOO_LARGE,   /* sent, done for all we know, the answer exceeds max_body */
	HTTP_LATER,       /* throttled or unavailable, tries or waiting exhausted; not done */
} HttpFate;

/* Borrowed during the callback. */
typedef struct {
	HttpFate fate;
	int status;
	const char *body; /* NUL-terminated beyond 'length'; NULL if none */
	gsize length;
	const char *location;     /* header, or NULL */
	const char *content_type; /* header, or NULL */
	gint64 retry_after_us;
	guint calls;
	gboolean doubtful; /* sent before without a usable answer: perhaps done, whatever this is */
	const char *problem; /* sentence for people when not HTTP_ANSWERED; NULL otherwise */
} HttpAnswer;

typedef void (*HttpDoneFn)(HttpRequest *request, const HttpAnswer *answer, void *data);

/* Makes an engine. ERROR_CONFIG for a URL that is none or a CA file that cannot be read. */
Http *http_new(const HttpSetup *setup, GError **error);

/* Drops what is under way without callbacks, and frees; NULL is fine. */
void http_free(Http *self);

/* Takes a request (and its strings). Its callback comes from http_step() only. */
void http_submit(Http *self, HttpRequest *request);

/* Makes progress, waits at most 'timeout_ms'; returns the number still under way. */
guint http_step(Http *self, guint timeout_ms, HttpDoneFn done, void *data);

/* How long requests were held back so far: by 'rates', or because the service asked to wait. */
gint64 http_waited_us(const Http *self);

/* A request with copies of the strings; 'method', types are literals. */
HttpRequest *http_request_new(const char *method, const char *path);

/* Frees a request that was answered; the strings too. */
void http_request_free(HttpRequest *request);

/*
 * Checks a base URL as http_new() does, without I/O. *clear_text tells whether a credential would
 * cross a network unencrypted: plain http, and not to this host itself.
 */
gboolean http_url_check(const char *url, gboolean *clear_text, GError **error);

/* Percent-encodes everything but unreserved characters (RFC 3986 §2.3). New string. */
char *http_escape(const char *text);
