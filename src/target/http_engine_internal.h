/*
 * The HTTP engine, as those of its files see each other that know libcurl. What needs no libcurl is
 * in http_internal.h.
 *
 *	http.c             the queue, and what is sent when
 *	http_headers.c     header lines, which carry the credential
 *	http_credential.c  which credential that is
 *	http_peer.c        how the service is reached: TLS, a proxy, the version of HTTP
 *	http_slot.c        a request on the wire
 *	http_read.c        what came back
 *	http_problem.c     what went wrong, in words
 *	http_land.c        what becomes of a try that is over
 */
#pragma once
#include <curl/curl.h>

#include "http_internal.h"

/* Lists of header lines with one credential, shared by the requests that carry it. */
typedef struct {
	guint users;
	char *credential;  /* the line, or NULL */
	gboolean in_query; /* it is no line, but a parameter of each address */
	GArray *sets;      /* one per combination of types; there are two or three in a run */
} HttpHeaders;

/* How the service is reached. */
typedef struct {
	char *ca_file, *cert_file, *key_file;
	const Secret *key_password;
	int min_version;
	char *proxy; /* its address; "": none; NULL: as the environment says */
	char *proxy_user;
	const Secret *proxy_password;
	int version;
	gboolean tls;
} HttpPeer;

typedef struct {
	Http *http;
	CURL *easy;
	HttpRequest *request; /* NULL: idle */
	char *url;
	HttpHeaders *headers;   /* those on the wire use, or NULL */
	struct curl_slist *own; /* header lines of this request alone, or NULL */
	GString *body;
	gsize header_bytes;
	guint tries, calls, retries, hops;
	guint sendings;    /* of this try; a second one is libcurl's own idea */
	gboolean replayed; /* a refused credential was replaced by another one */
	gboolean doubtful; /* an earlier sending may have been done */
	gboolean lingers;  /* HttpAnswer.lingers */
	gboolean limited;  /* the answer speaks of rates */
	gint64 due_us;     /* monotonic; 0: on the wire */
	char reason[CURL_ERROR_SIZE];
} HttpSlot;

struct Http {
	CURLM *multi;
	HttpBase base;
	HttpPeer peer;
	HttpCredentials credentials;
	HttpHeaders *headers; /* with the credential of now */
	gboolean is_pending;  /* the credential is being fetched */
	char *user_agent;
	GArray *buckets;      /* HttpBucket */
	GPtrArray *throttled; /* Pattern, or NULL */
	RetryPolicy policy;
	gint64 connect_timeout_us, request_timeout_us, longest_wait_us;
	gsize max_body;
	guint concurrency;
	GQueue urgent, queue;   /* HttpRequest, not started */
	GPtrArray *slots;       /* all that were made */
	GPtrArray *idle;        /* those without a request */
	guint n_waiting;        /* slots with due_us */
	gint64 paused_until_us; /* the service asked for it */
	gint64 away_until_us;   /* the same, for longer than we may wait: nothing is sent */
	int away_status;        /* with which it was asked */
	gboolean was_answered;  /* the service has answered something */
	gint64 rated_until_us;  /* the first request that a rate holds back may go then; 0: none */
	gint64 held_since_us;   /* nothing was sent since, on account of the two; 0: not so */
	gint64 waited_us;
	GRand *chance;
};

typedef struct {
	HttpDoneFn done;
	void *data;
	guint delivered;
} HttpDelivery;

/* http_headers.c */

/* 'credential' is copied; NULL: none. */
HttpHeaders *http_headers_new(const char *credential, gboolean in_query);
HttpHeaders *http_headers_ref(HttpHeaders *self);

/* Wipes and frees with the last user; NULL is fine. */
void http_headers_unref(HttpHeaders *self);

/* The lines of a request. They live as long as 'self'. */
struct curl_slist *http_headers_for(HttpHeaders *self, const HttpRequest *request);

/* The same as a list of its own, with what only this request has. */
struct curl_slist *http_headers_make(const HttpHeaders *self, const HttpRequest *request);

/* Wipes and frees such a list; NULL is fine. */
void http_headers_drop(struct curl_slist *list);

/* http_peer.c */

/* Checks and copies. ERROR_CONFIG. */
gboolean http_peer_init(HttpPeer *self, const HttpSetup *setup, const HttpBase *base,
			GError **error);
void http_peer_clear(HttpPeer *self);
void http_peer_apply(const HttpPeer *self, CURL *easy);

/* True if more requests than one may be on a connection. */
gboolean http_peer_shares(const HttpPeer *self);

/* http_credential.c */

/* TRUE if there is a credential to send with, or none is wanted. Else what is due may be denied. */
gboolean http_has_credential(Http *self, gint64 now_us, HttpDelivery *to);

/* http_slot.c */

HttpSlot *http_slot_new(Http *http);
void http_slot_free(void *slot); /* a void * for arrays */

/* An address may hold the parameters of a token request. */
void http_slot_forget_url(HttpSlot *self);

/* An answer to a secret request may hold a password or a token. */
void http_slot_forget_body(HttpSlot *self);

/* Takes a request: its first try is to come. */
void http_slot_take(HttpSlot *self, HttpRequest *request);

/* Puts the next try on the wire. */
void http_slot_send(HttpSlot *self);

/* Lets the next try wait. */
void http_slot_wait(HttpSlot *self, gint64 pause_us);

/* Whether a next try's time has come. */
gboolean http_slot_is_due(const HttpSlot *self, gint64 now_us);

/* Off the wire: gives back what only the wire needs. */
void http_slot_release(HttpSlot *self);

/* http_read.c */

/* A header of the service's answer, or NULL. */
const char *http_slot_header(HttpSlot *self, const char *name);

/* All of them, as HttpAnswer.headers; bounded. New array. */
GPtrArray *http_slot_headers(HttpSlot *self);

/* What the try came to. */
HttpTry http_slot_read(HttpSlot *self, CURLcode result);

/* How long to leave the service alone after an answer that says that a rate is used up; or 0. */
gint64 http_slot_rest_us(HttpSlot *self);

/* http_problem.c */

/* Why nothing but a change of settings will help, with what to do; NULL: not so. Constant. */
const char *http_slot_hint(HttpSlot *self, CURLcode result);

/* True if a new connection ended because of our certificate, or for want of one. */
gboolean http_slot_is_turned_away(HttpSlot *self);

/* True if a proxy answered in place of the service. */
gboolean http_slot_is_of_proxy(HttpSlot *self);

/* True if a new connection ended before anything came, for which there may be many reasons. */
gboolean http_slot_is_dropped(HttpSlot *self, CURLcode result);

/* A service that asks for more time than we have. New string. */
char *http_problem_of_waiting(const Http *self, int status, gint64 asked_us);

/* The sentence for people; NULL if the service answered. New string. */
char *http_slot_problem(HttpSlot *self, const HttpTry *try, CURLcode result);

/* http_land.c */

/* The try on the wire is over: answers the request, or has it tried again. */
void http_slot_landed(HttpSlot *self, CURLcode result, HttpDelivery *to);

/* Answers so whatever would be sent until 'until_us', without sending it. */
void http_turn_back(Http *self, const HttpAnswer *answer, gint64 until_us, HttpDelivery *to);

/* TRUE if the service is to be left alone for longer than we may wait: all is answered so. */
gboolean http_is_away(Http *self, gint64 now_us, HttpDelivery *to);
