/*
 * The one HTTP engine: libcurl multi behind submit and step. Connection reuse, a cap on requests
 * in flight, time limits, bounded answers, retry with backoff and jitter, Retry-After, same-origin
 * redirects. A credential goes to the engine's origin only, and never into a message; where it
 * comes from is target/credential.h's business.
 */
#pragma once
#include <glib.h>
#include <jansson.h>

#include "base/secret.h"
#include "core/pattern.h"

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
 * in any 'per_us'. Counted within this process: others that use the same service are not seen. A
 * tenth of it is kept for requests that are urgent, so that these never queue behind the others.
 */
typedef struct {
	int what;               /* HttpRateClass */
	const char *path;       /* beginning of the paths that it is about, constant; NULL: all */
	const Pattern *pattern; /* or what "METHOD /path?query" must match somewhere; outlives */
	gint64 calls, per_us;
	gint64 burst; /* 0: a tenth of 'calls' */
} HttpRate;

typedef enum {
	HTTP_CREDENTIAL_READY,
	HTTP_CREDENTIAL_PENDING, /* being fetched; nothing is sent until it is there */
	HTTP_CREDENTIAL_FAILED,  /* cannot be had: what would need it is HTTP_DENIED */
} HttpCredentialState;

/* Where requests get their credential from. Called by http_step() only. */
typedef struct {
	void *self;
	gboolean in_query; /* *header is "name=value", encoded, for the address of each request */
	/*
	 * Makes progress, waits at most 'timeout_ms'. READY: *header is the line to send ("Name:
	 * value"), valid until the next call of either function, or NULL for none. FAILED:
	 * *problem is the sentence, valid as long.
	 */
	HttpCredentialState (*get)(void *self, guint timeout_ms, const char **header,
				   const char **problem);
	/* The service answered 401 to this line. TRUE: get() will have another one to try. */
	gboolean (*refused)(void *self, const char *header);
} HttpCredentials;

typedef enum {
	HTTP_TLS_1_2,
	HTTP_TLS_1_3,
} HttpTlsVersion;

/* Files are PEM; all strings borrowed until http_new() returns, secrets for the engine's life. */
typedef struct {
	const char *ca_file;              /* or NULL: the system's */
	const char *cert_file, *key_file; /* who we are; NULL: no certificate; no key_file: in it */
	const Secret *key_password;       /* or NULL */
	int min_version;                  /* HttpTlsVersion */
} HttpTls;

/* A proxy is never used for what is on this host itself. */
typedef struct {
	const char *url; /* "http://host:port"; "": none; NULL: as the environment says */
	const char *user;
	const Secret *password;
} HttpProxy;

typedef enum {
	HTTP_VERSION_AUTO, /* 2 where the service offers it over TLS, else 1.1 */
	HTTP_VERSION_1_1,
	HTTP_VERSION_2, /* as auto; a service that does not offer it is unreachable */
} HttpVersion;

typedef struct {
	const char *base_url;        /* scheme, host, port, path; may carry a query string */
	HttpCredentials credentials; /* 'get' NULL: requests go out without */
	HttpTls tls;
	HttpProxy proxy;
	int version;            /* HttpVersion */
	const char *user_agent; /* or NULL: our own */
	const HttpRate *rates;  /* copied */
	guint n_rates;
	const json_t *rates_left;   /* http_rates_left() of an earlier run, or NULL */
	const GPtrArray *throttled; /* Pattern, or NULL: words of a 403 or 400 that mean 429;
				     * kept by reference */
	guint concurrency;          /* requests in flight, at least 1 */
	gint64 connect_timeout_us, request_timeout_us;
	gsize max_body;         /* bytes of an answer; more is an error of that request */
	guint max_tries;        /* of one request, all failures together */
	gint64 longest_wait_us; /* of one wait, so that a request waits at most 'max_tries' times as
				 * long; a Retry-After beyond this is not waited for: HTTP_LATER,
				 * to this request and to all others until then */
} HttpSetup;

typedef struct {
	const char *method; /* "GET", ... */
	char *path;         /* appended to the base URL, already percent-encoded; owned */
	char *body;         /* or NULL; owned */
	gsize body_length;
	const char *content_type; /* or NULL */
	const char *accept;       /* or NULL */
	char *if_match;           /* version that is changed (RFC 9110 §13.1.1), or NULL; owned */
	GPtrArray *headers;       /* further lines (char *, "Name: value", no line breaks), or NULL;
				   * owned. They stand in place of our usual ones, not of the
				   * credential; of several with one name the last one counts */
	gboolean wants_headers;   /* HttpAnswer.headers is needed */
	gboolean secret;          /* path and body hold a password: wiped before they are freed */
	gboolean repeatable;      /* may be sent again when its fate is not known (not POST) */
	gboolean urgent;          /* may use the share of the rates that is kept, and overtakes */
	void *tag;                /* the caller's */
} HttpRequest;

typedef enum {
	HTTP_ANSWERED,    /* 'status' and 'body' are the service's */
	HTTP_UNREACHABLE, /* never reached the service, in no try: name, connection, TLS */
	HTTP_LOST,        /* sent, perhaps done, no usable answer (cut, timed out) */
	HTTP_TOO_LARGE,   /* sent, done for all we know, the answer exceeds max_body */
	HTTP_LATER,       /* throttled or unavailable, tries or waiting exhausted; not done */
	HTTP_DENIED,      /* not done: no credential could be had */
} HttpFate;

/* Borrowed during the callback. */
typedef struct {
	HttpFate fate;
	int status;
	const char *body; /* NUL-terminated beyond 'length'; NULL if none */
	gsize length;
	const char *asked;        /* path of the request, with its query */
	const char *location;     /* header, or NULL */
	const char *content_type; /* header, or NULL */
	const char *etag;         /* header as it came ("W/\"7\""), or NULL */
	const GPtrArray *headers; /* all lines (char *) "name: value", names in lower case; NULL
				   * unless asked for */
	gint64 retry_after_us;
	guint calls;       /* on the wire */
	guint retries;     /* of these, on account of a failure (no redirect, no new token) */
	gboolean doubtful; /* sent before without a usable answer: perhaps done, whatever this is */
	gboolean lingers;  /* no answer came in time, in any try: the service may still be at it */
	const char *problem; /* sentence for people when not HTTP_ANSWERED; NULL otherwise */
} HttpAnswer;

typedef void (*HttpDoneFn)(HttpRequest *request, const HttpAnswer *answer, void *data);

/*
 * Makes an engine. ERROR_CONFIG for a URL or a proxy that is none, a file of TLS that cannot be
 * read. What is in the files is found out when connecting, and said with the setting's name.
 */
Http *http_new(const HttpSetup *setup, GError **error);

/* Drops what is under way without callbacks, and frees; NULL is fine. */
void http_free(Http *self);

/* Takes a request (and its strings). Its callback comes from http_step() only. */
void http_submit(Http *self, HttpRequest *request);

/* Makes progress, waits at most 'timeout_ms'; returns the number still under way. */
guint http_step(Http *self, guint timeout_ms, HttpDoneFn done, void *data);

/* How long requests were held back so far: by 'rates', or because the service asked to wait. */
gint64 http_waited_us(const Http *self);

/*
 * For how long from now the service wants to be left alone, where that is longer than may be waited
 * for: until then every request is answered HTTP_LATER without being sent. 0: it does not.
 */
gint64 http_away_us(const Http *self);

/*
 * What the rates have left now, for the next run to begin with; NULL without rates. New reference.
 * An object of our own; the clock's time is in it.
 */
json_t *http_rates_left(const Http *self);

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
