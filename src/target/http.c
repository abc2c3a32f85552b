/*
 * The HTTP engine over libcurl's multi interface; the only file that knows libcurl.
 *
 *	submit --> queue --> slot on the wire --> answered --> callback, slot idle again
 *	                        ^       |
 *	                        |       v  again (http_retry.c), or moved (http_url.c)
 *	                        '-- slot waiting for a time
 *
 * A slot is an easy handle with its buffers; there are as many as 'concurrency', made on first use
 * and kept, so a request costs no allocation of libcurl's beyond what the wire needs. A slot that
 * waits for its next try stays taken: a service in trouble is asked less, not more. When a service
 * throttles (429, or a Retry-After), nothing new is sent to it until that time has passed. Nor is
 * anything sent beyond the rates that were given (http_rate.c): the head of the queue waits, and
 * what is behind it too, so that the order of requests stays the caller's.
 *
 * Nothing is sent twice behind our back. libcurl repeats a request by itself when a kept connection
 * dies without a byte of answer, a POST too, though the service may have done it. The pre-request
 * hook sees that second sending and stops it for requests that are not repeatable. When that repeat
 * does not even connect, the first sending counts: "could not connect" is then an answer lost.
 *
 * Bounds: body (after decompression), header bytes, redirects, time, tries. Credentials live in
 * the header lists, which are wiped when freed; redirects are ours to follow (http_url.c), so they
 * never leave the origin. CURLOPT_VERBOSE is never set.
 *
 * HTTP/1.1 only: what a broken connection means for each request on it is then plain.
 */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/timefmt.h"
#include "http_internal.h"

#ifndef DIRBRIDGE_VERSION
#define DIRBRIDGE_VERSION "dev"
#endif

#define HEADER_BYTES_MAX ((gsize)256 * 1024)
#define BODY_KEEP_MAX ((gsize)256 * 1024) /* a larger buffer is not kept for the next request */
#define HOPS_MAX 3
#define FIRST_PAUSE_US (CLOCK_SECOND / 2)
#define LONGEST_PAUSE_US (30 * CLOCK_SECOND)

/* One list of request headers per combination of types; there are two or three in a run. */
typedef struct {
	const char *content_type, *accept;
	struct curl_slist *list;
} HeaderSet;

typedef struct {
	Http *http;
	CURL *easy;
	HttpRequest *request; /* NULL: idle */
	char *url;
	struct curl_slist *headers; /* of this request alone, or NULL */
	GString *body;
	gsize header_bytes;
	guint tries, calls, hops;
	guint sendings;    /* of this try; a second one is libcurl's own idea */
	gboolean doubtful; /* an earlier sending may have been done */
	gint64 due_us;     /* monotonic; 0: on the wire */
	char reason[CURL_ERROR_SIZE];
} Slot;

struct Http {
	CURLM *multi;
	HttpBase base;
	HttpCredentials credentials;
	char *ca_file, *credential, *user_agent;
	GArray *header_sets;
	GArray *buckets; /* HttpBucket */
	RetryPolicy policy;
	gint64 connect_timeout_us, request_timeout_us, longest_wait_us;
	gsize max_body;
	guint concurrency;
	GQueue queue;           /* HttpRequest, not started */
	GPtrArray *slots;       /* all that were made */
	GPtrArray *idle;        /* those without a request */
	guint n_waiting;        /* slots with due_us */
	gint64 paused_until_us; /* the service asked for it */
	gint64 rated_until_us;  /* the first request that a rate holds back may go then; 0: none */
	gint64 held_since_us;   /* nothing was sent since, on account of the two; 0: not so */
	gint64 waited_us;
	GRand *chance;
};

typedef struct {
	HttpDoneFn done;
	void *data;
	guint delivered;
} Delivery;

static void start_libcurl(void)
{
	/* lint: state: libcurl wants its set-up once a process, before any thread uses it */
	static gsize once;

	if (g_once_init_enter(&once)) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&once, 1);
	}
}

/* Headers ------------------------------------------------------------------------------------- */

static void header_add(struct curl_slist **list, const char *name, const char *value)
{
	g_autofree char *line = g_strconcat(name, value, NULL);
	*list = curl_slist_append(*list, line);
}

static struct curl_slist *make_headers(const Http *self, const HttpRequest *request)
{
	struct curl_slist *list = NULL;

	if (self->credential)
		list = curl_slist_append(list, self->credential);
	if (request->content_type)
		header_add(&list, "Content-Type: ", request->content_type);
	if (request->accept)
		header_add(&list, "Accept: ", request->accept);
	if (request->if_match)
		header_add(&list, "If-Match: ", request->if_match);
	/* Waiting for "100 Continue" costs a second at services that never send it. */
	header_add(&list, "Expect:", "");
	return list;
}

static struct curl_slist *headers_for(Http *self, const HttpRequest *request)
{
	for (guint i = 0; i < self->header_sets->len; i++) {
		HeaderSet *set = &g_array_index(self->header_sets, HeaderSet, i);
		if (g_strcmp0(set->content_type, request->content_type) == 0 &&
		    g_strcmp0(set->accept, request->accept) == 0)
			return set->list;
	}

	HeaderSet set = { .content_type = request->content_type, .accept = request->accept };
	set.list = make_headers(self, request);
	g_array_append_val(self->header_sets, set);
	return set.list;
}

static void headers_free(struct curl_slist *list)
{
	for (struct curl_slist *node = list; node; node = node->next)
		secret_wipe(node->data, strlen(node->data));
	curl_slist_free_all(list);
}

static void header_set_clear(void *set)
{
	headers_free(((HeaderSet *)set)->list);
}

/* Slots --------------------------------------------------------------------------------------- */

static gsize on_body(char *bytes, gsize size, gsize n, void *slot_)
{
	Slot *slot = slot_;

	if (slot->body->len + size * n > slot->http->max_body)
		return 0;
	g_string_append_len(slot->body, bytes, size * n);
	return size * n;
}

static gsize on_header(char *bytes, gsize size, gsize n, void *slot_)
{
	Slot *slot = slot_;

	slot->header_bytes += size * n;
	return slot->header_bytes > HEADER_BYTES_MAX ? 0 : size * n;
}

static int on_sending(void *slot_, char *to, char *from, int to_port, int from_port)
{
	Slot *slot = slot_;

	slot->sendings++;
	if (slot->sendings == 1)
		return CURL_PREREQFUNC_OK;
	slot->doubtful |= !http_is_safe(slot->request->method);
	return slot->request->repeatable ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void slot_set_security(const Http *self, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (self->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, self->ca_file);
	/* A proxy from the environment sees neither our headers nor what stays on this host. */
	curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	if (self->base.loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

static void slot_set_transport(const Http *self, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
			 self->user_agent ? self->user_agent : "dirbridge/" DIRBRIDGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(self->connect_timeout_us / 1000));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(self->request_timeout_us / 1000));
}

static Slot *slot_new(Http *self)
{
	Slot *slot = g_new0(Slot, 1);

	slot->http = self;
	slot->body = g_string_sized_new(1024);
	slot->easy = curl_easy_init();
	g_assert(slot->easy);
	slot_set_security(self, slot->easy);
	slot_set_transport(self, slot->easy);
	curl_easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
	curl_easy_setopt(slot->easy, CURLOPT_ERRORBUFFER, slot->reason);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(slot->easy, CURLOPT_HEADERDATA, slot);
	curl_easy_setopt(slot->easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(slot->easy, CURLOPT_PREREQDATA, slot);
	g_ptr_array_add(self->slots, slot);
	return slot;
}

static void slot_free(void *slot_)
{
	Slot *slot = slot_;

	curl_multi_remove_handle(slot->http->multi, slot->easy);
	curl_easy_cleanup(slot->easy);
	if (slot->request)
		http_request_free(slot->request);
	headers_free(slot->headers);
	g_string_free(slot->body, TRUE);
	g_free(slot->url);
	g_free(slot);
}

static void slot_empty_body(Slot *slot)
{
	if (slot->body->allocated_len > BODY_KEEP_MAX) {
		g_string_free(slot->body, TRUE);
		slot->body = g_string_sized_new(1024);
	}
	g_string_truncate(slot->body, 0);
}

/* A version is of one request; all else is shared. */
static struct curl_slist *slot_headers(Http *self, Slot *slot)
{
	if (!slot->request->if_match)
		return headers_for(self, slot->request);
	headers_free(slot->headers);
	slot->headers = make_headers(self, slot->request);
	return slot->headers;
}

static void slot_send(Http *self, Slot *slot)
{
	HttpRequest *request = slot->request;
	gboolean plain = g_str_equal(request->method, request->body ? "POST" : "GET");

	slot_empty_body(slot);
	slot->header_bytes = 0;
	slot->sendings = 0;
	slot->due_us = 0;
	slot->reason[0] = '\0';
	slot->calls++;
	curl_easy_setopt(slot->easy, CURLOPT_URL, slot->url);
	curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot_headers(self, slot));
	if (request->body) {
		curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->body_length);
		curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, request->body);
	} else {
		curl_easy_setopt(slot->easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(slot->easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : request->method);
	curl_multi_add_handle(self->multi, slot->easy);
}

static void slot_wait(Http *self, Slot *slot, gint64 pause_us)
{
	slot->due_us = clock_monotonic_us() + pause_us;
	self->n_waiting++;
}

/* What an answer is ---------------------------------------------------------------------------- */

/*
 * Not connected, though the same try was sent before, on a connection that then died: the service
 * may have done it. A GET does nothing, and a service that is gone is better called so.
 */
static HttpFate fate_of_unconnected(const Slot *slot)
{
	gboolean safe = http_is_safe(slot->request->method);
	return slot->sendings > 0 && !safe ? HTTP_LOST : HTTP_UNREACHABLE;
}

static HttpFate fate_of_curl(Slot *slot, CURLcode result)
{
	long sent = 0;

	switch (result) {
	case CURLE_OK:
		return HTTP_ANSWERED;
	case CURLE_WRITE_ERROR:
		return HTTP_TOO_LARGE;
	case CURLE_ABORTED_BY_CALLBACK:
		return HTTP_LOST;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
		return fate_of_unconnected(slot);
	default:
		curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &sent);
		return sent > 0 ? HTTP_LOST : fate_of_unconnected(slot);
	}
}

static const char *header(Slot *slot, const char *name)
{
	struct curl_header *found = NULL;

	if (curl_easy_header(slot->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return NULL;
	return found->value;
}

/* Seconds, an epoch (in seconds or milliseconds), or an HTTP date; as a span from now, or 0. */
static gint64 span_of(const char *text)
{
	gint64 now = clock_now_us() / CLOCK_SECOND;
	char *end;
	gdouble value = g_ascii_strtod(text, &end);

	if (end == text || (*end && !g_ascii_isspace(*end)))
		value = (gdouble)curl_getdate(text, NULL);
	if (value >= 1e12)
		value /= 1000;
	if (value >= 1e9)
		value -= (gdouble)now;
	return value > 0 && value < 1e9 ? (gint64)(value * (gdouble)CLOCK_SECOND) : 0;
}

static gint64 asked_us(Slot *slot)
{
	static const char *const names[] = { "Retry-After", "x-ratelimit-retry-after",
					     "x-ratelimit-reset", "x-rate-limit-reset",
					     "ratelimit-reset" };

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *text = header(slot, names[i]);
		if (text)
			return span_of(text);
	}
	return 0;
}

/* GitHub and Google throttle with 403; what tells it from a refusal is in the headers. */
static gboolean is_throttled(Slot *slot, int status)
{
	if (status == 429 || status == 503)
		return TRUE;
	return status == 403 && (header(slot, "Retry-After") ||
				 g_strcmp0(header(slot, "x-ratelimit-remaining"), "0") == 0);
}

static HttpTry slot_judge(Slot *slot, CURLcode result)
{
	long status = 0;
	HttpTry try = {
		.fate = fate_of_curl(slot, result),
		.repeatable = slot->request->repeatable,
		.hopeless = result == CURLE_PEER_FAILED_VERIFICATION ||
			    result == CURLE_SSL_CACERT_BADFILE,
		.tries = slot->tries,
	};

	if (try.fate != HTTP_ANSWERED)
		return try;
	curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
	try.status = (int)status;
	try.throttled = is_throttled(slot, try.status);
	if (try.throttled || status >= 500)
		try.asked_us = asked_us(slot);
	return try;
}

/* A sentence for people. libcurl's own words name host and cause and hold nothing secret. */
static char *problem_of(const Http *self, Slot *slot, const HttpTry *try, CURLcode result)
{
	const char *reason = slot->reason[0] ? slot->reason : curl_easy_strerror(result);
	const char *origin = self->base.origin;
	g_autofree char *span = NULL;

	switch (try->fate) {
	case HTTP_UNREACHABLE:
		return g_strdup_printf("could not reach %s: %s%s", origin, reason,
				       try->hopeless ? "\nif the service has a certificate of your "
						       "own authority, set tls.ca_file"
						     : "");
	case HTTP_LOST:
		span = timefmt_span(self->request_timeout_us);
		if (result == CURLE_OPERATION_TIMEDOUT)
			return g_strdup_printf("%s did not answer within %s", origin, span);
		return g_strdup_printf("the answer of %s was lost: %s", origin,
				       result == CURLE_ABORTED_BY_CALLBACK
					       ? "the connection was closed before it came"
					       : reason);
	case HTTP_TOO_LARGE:
		return g_strdup_printf(
			"the answer of %s is larger than the allowed %" G_GSIZE_FORMAT
			" bytes (max_body)",
			origin, self->max_body);
	case HTTP_LATER:
		span = timefmt_span(try->asked_us);
		if (try->asked_us > 0)
			return g_strdup_printf("%s answered %d and asks to wait %s", origin,
					       try->status, span);
		return g_strdup_printf("%s answered %d, %u times", origin, try->status, try->tries);
	case HTTP_DENIED:
	case HTTP_ANSWERED:
		break;
	}
	return NULL;
}

/* Landing -------------------------------------------------------------------------------------- */

static void slot_deliver(Http *self, Slot *slot, const HttpTry *try, const char *problem,
			 Delivery *to)
{
	const char *type = NULL;
	g_autofree char *whole = NULL;
	HttpFate fate = try->fate;

	/* "Not done" is true of this try only. */
	if (slot->doubtful && (fate == HTTP_UNREACHABLE || fate == HTTP_LATER)) {
		fate = HTTP_LOST;
		problem = whole = g_strconcat("an answer was lost, and then ", problem, NULL);
	}
	curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_TYPE, &type);
	HttpAnswer answer = {
		.fate = fate,
		.status = try->status,
		.body = slot->body->len > 0 ? slot->body->str : NULL,
		.length = slot->body->len,
		.location = header(slot, "Location"),
		.content_type = type,
		.retry_after_us = try->asked_us,
		.etag = header(slot, "ETag"),
		.calls = slot->calls,
		.retries = slot->calls - 1 - slot->hops,
		.doubtful = slot->doubtful,
		.problem = problem,
	};
	HttpRequest *request = slot->request;

	slot->request = NULL;
	to->delivered++;
	to->done(request, &answer, to->data);
	g_clear_pointer(&slot->url, g_free);
	g_ptr_array_add(self->idle, slot);
}

/* TRUE if the answer was a redirect and is dealt with. */
static gboolean slot_redirect(Http *self, Slot *slot, HttpTry *try, Delivery *to)
{
	HttpHop hop = http_hop(try->status, slot->request->method);
	g_autofree char *problem = NULL;

	if (hop == HTTP_HOP_NONE)
		return FALSE;
	char *url = http_redirect_target(&self->base, slot->url, header(slot, "Location"),
					 &problem);
	if (url && hop == HTTP_HOP_FOLLOW && slot->hops < HOPS_MAX) {
		g_free(slot->url);
		slot->url = url;
		slot->hops++;
		slot_wait(self, slot, 0);
		return TRUE;
	}
	if (url)
		problem = g_strdup_printf(
			"%s answers %s with a redirect (%d) that %s\nis the url right?",
			self->base.origin, slot->request->method, try->status,
			hop == HTTP_HOP_FOLLOW ? "does not end" : "cannot be followed safely");
	/* Leading elsewhere it was turned away at the door; a POST sent on within may be done. */
	try->fate = url && hop == HTTP_HOP_DOUBTFUL ? HTTP_LOST : HTTP_UNREACHABLE;
	g_free(url);
	slot_deliver(self, slot, try, problem, to);
	return TRUE;
}

static void slot_landed(Http *self, Slot *slot, CURLcode result, Delivery *to)
{
	slot->tries++;
	HttpTry try = slot_judge(slot, result);

	if (try.fate == HTTP_ANSWERED && slot_redirect(self, slot, &try, to))
		return;

	gint64 pause = http_try_pause_us(&try, &self->policy, self->longest_wait_us,
					 g_rand_double(self->chance));
	if (pause >= 0) {
		slot->doubtful |= http_try_is_doubtful(&try, slot->request->method);
		slot_wait(self, slot, pause);
		if (try.status == 429 || try.asked_us > 0)
			self->paused_until_us = MAX(self->paused_until_us, slot->due_us);
		return;
	}
	if (try.throttled)
		try.fate = HTTP_LATER;
	g_autofree char *problem = problem_of(self, slot, &try, result);
	slot_deliver(self, slot, &try, problem, to);
}

static void http_collect(Http *self, Delivery *to)
{
	int ignored;
	CURLMsg *message;

	curl_multi_perform(self->multi, &ignored);
	while ((message = curl_multi_info_read(self->multi, &ignored))) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		Slot *slot = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
		curl_multi_remove_handle(self->multi, easy);
		slot_landed(self, slot, result, to);
	}
}

/* Starting ------------------------------------------------------------------------------------- */

/* May a request go now? What goes is counted. */
static gboolean http_may_send(Http *self, const HttpRequest *request, gint64 now)
{
	gint64 wait = http_buckets_wait_us(self->buckets, request, now);

	if (wait == 0) {
		http_buckets_take(self->buckets, request, now);
		return TRUE;
	}
	if (self->rated_until_us == 0 || now + wait < self->rated_until_us)
		self->rated_until_us = now + wait;
	return FALSE;
}

static void http_resume_waiting(Http *self, gint64 now)
{
	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		Slot *slot = self->slots->pdata[i];
		if (!slot->request || slot->due_us == 0 || slot->due_us > now)
			continue;
		if (!http_may_send(self, slot->request, now))
			continue;
		self->n_waiting--;
		slot_send(self, slot);
	}
}

static Slot *http_free_slot(Http *self)
{
	if (self->idle->len > 0)
		return g_ptr_array_steal_index_fast(self->idle, self->idle->len - 1);
	return self->slots->len < self->concurrency ? slot_new(self) : NULL;
}

/* The head of the queue into a free slot, as long as there are both and the rates allow it. */
static void http_start_queued(Http *self, gint64 now)
{
	while (self->queue.length > 0) {
		const HttpRequest *head = g_queue_peek_head(&self->queue);
		if (self->idle->len == 0 && self->slots->len >= self->concurrency)
			return;
		if (!http_may_send(self, head, now))
			return;
		Slot *slot = http_free_slot(self);
		slot->request = g_queue_pop_head(&self->queue);
		slot->url = http_base_join(&self->base, slot->request->path);
		slot->tries = slot->calls = slot->hops = 0;
		slot->doubtful = FALSE;
		slot_send(self, slot);
	}
}

/* Time in which something could be sent, and is not to spare the service. */
static void http_count_waiting(Http *self, gint64 now)
{
	gboolean wants = self->queue.length > 0 || self->n_waiting > 0;
	gboolean held = wants && (self->paused_until_us > now || self->rated_until_us > now);

	if (self->held_since_us > 0)
		self->waited_us += now - self->held_since_us;
	self->held_since_us = held ? now : 0;
}

static void credential_forget(Http *self)
{
	if (self->credential)
		secret_wipe(self->credential, strlen(self->credential));
	g_clear_pointer(&self->credential, g_free);
}

static void credential_take(Http *self)
{
	const char *header = NULL, *problem = NULL;

	if (!self->credentials.get ||
	    self->credentials.get(self->credentials.self, 0, &header, &problem) !=
		    HTTP_CREDENTIAL_READY ||
	    g_strcmp0(header, self->credential) == 0)
		return;
	credential_forget(self);
	self->credential = g_strdup(header);
	g_array_set_size(self->header_sets, 0);
}

/* Sends what may be sent now: tries whose time has come first, then the queue. */
static void http_start(Http *self)
{
	gint64 now = clock_monotonic_us();

	credential_take(self);
	if (self->paused_until_us <= now) {
		self->rated_until_us = 0;
		http_resume_waiting(self, now);
		http_start_queued(self, now);
	}
	http_count_waiting(self, now);
}

static guint http_under_way(const Http *self)
{
	return self->queue.length + self->slots->len - self->idle->len;
}

/* How long there is nothing to do but wait for the wire. */
static int http_patience_ms(const Http *self, guint timeout_ms)
{
	gint64 now = clock_monotonic_us();
	gint64 until = now + (gint64)timeout_ms * 1000;

	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		const Slot *slot = self->slots->pdata[i];
		gint64 held_until = MAX(self->paused_until_us, self->rated_until_us);
		if (slot->request && slot->due_us > 0)
			until = MIN(until, MAX(slot->due_us, held_until));
	}
	if (self->rated_until_us > now)
		until = MIN(until, self->rated_until_us);
	if (self->paused_until_us > now)
		until = MIN(until, self->paused_until_us);
	return (int)((MAX(until - now, 0) + 999) / 1000);
}

/* The promises of the header ------------------------------------------------------------------- */

Http *http_new(const HttpSetup *setup, GError **error)
{
	HttpBase base = { 0 };

	if (!http_base_parse(&base, setup->base_url, error))
		return NULL;
	if (setup->tls.ca_file && access(setup->tls.ca_file, R_OK) != 0) {
		http_base_clear(&base);
		error_set(error, ERROR_CONFIG, "cannot read the certificates in '%s': %s",
			  setup->tls.ca_file, g_strerror(errno));
		return NULL;
	}
	start_libcurl();

	Http *self = g_new0(Http, 1);
	self->base = base;
	self->ca_file = g_strdup(setup->tls.ca_file);
	self->credentials = setup->credentials;
	self->user_agent = g_strdup(setup->user_agent);
	self->buckets = http_buckets_new(setup->rates, setup->n_rates);
	self->header_sets = g_array_new(FALSE, FALSE, sizeof(HeaderSet));
	g_array_set_clear_func(self->header_sets, header_set_clear);
	self->concurrency = MAX(setup->concurrency, 1);
	self->connect_timeout_us = setup->connect_timeout_us;
	self->request_timeout_us = setup->request_timeout_us;
	self->longest_wait_us = setup->longest_wait_us;
	self->max_body = setup->max_body;
	self->policy = (RetryPolicy){ .max_tries = MAX(setup->max_tries, 1),
				      .first_us = FIRST_PAUSE_US,
				      .longest_us = LONGEST_PAUSE_US };
	self->slots = g_ptr_array_new_with_free_func(slot_free);
	self->idle = g_ptr_array_new();
	self->chance = g_rand_new();
	self->multi = curl_multi_init();
	curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)self->concurrency);
	return self;
}

void http_free(Http *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->slots);
	g_ptr_array_unref(self->idle);
	curl_multi_cleanup(self->multi);
	g_queue_clear_full(&self->queue, (GDestroyNotify)http_request_free);
	g_array_unref(self->header_sets);
	g_array_unref(self->buckets);
	g_free(self->user_agent);
	credential_forget(self);
	g_free(self->ca_file);
	http_base_clear(&self->base);
	g_rand_free(self->chance);
	g_free(self);
}

void http_submit(Http *self, HttpRequest *request)
{
	g_queue_push_tail(&self->queue, request);
}

guint http_step(Http *self, guint timeout_ms, HttpDoneFn done, void *data)
{
	Delivery to = { .done = done, .data = data };

	http_start(self);
	http_collect(self, &to);
	if (to.delivered == 0 && http_under_way(self) > 0) {
		curl_multi_poll(self->multi, NULL, 0, http_patience_ms(self, timeout_ms), NULL);
		http_start(self);
		http_collect(self, &to);
	}
	http_start(self);
	return http_under_way(self);
}

json_t *http_rates_left(const Http *self)
{
	return NULL;
}

gint64 http_waited_us(const Http *self)
{
	return self->waited_us;
}

HttpRequest *http_request_new(const char *method, const char *path)
{
	HttpRequest *request = g_new0(HttpRequest, 1);

	request->method = method;
	request->path = g_strdup(path);
	request->repeatable = !g_str_equal(method, "POST");
	return request;
}

void http_request_free(HttpRequest *request)
{
	g_free(request->path);
	g_free(request->body);
	g_free(request->if_match);
	g_free(request);
}
