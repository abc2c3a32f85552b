/*
 * The HTTP engine over libcurl's multi interface: the queue, and what is sent when.
 *
 *	submit --> queue --> slot on the wire --> answered --> callback, slot idle again
 *	                        ^       |
 *	                        |       v  again, or moved (http_land.c)
 *	                        '-- slot waiting for a time
 *
 * There are as many slots as 'concurrency'. A slot that waits for its next try stays taken: a
 * service in trouble is asked less, not more. When a service throttles, nothing new is sent to it
 * until that time has passed. Nor is anything sent beyond the rates that were given (http_rate.c):
 * the head of the queue waits, and what is behind it too, so that the order of requests stays the
 * caller's.
 *
 * Urgent requests have a queue of their own, and a share of the rates that nobody else takes. They
 * go first, and past slots that wait for their next try; only a service that asks to be left alone
 * is left alone by them too. Where it asks for more than may be waited, nothing waits.
 *
 * The credential is asked for right before something is sent. While it is being fetched, what is on
 * the wire goes on and the rest waits; where none can be had, the rest is answered so. A request
 * keeps the header lines that it went out with (http_headers.c). Redirects are ours to follow, so
 * they never leave the origin.
 *
 * With HTTP/2 the slots share connections, as many requests on each as the service says it takes.
 */
#include <string.h>

#include "base/clock.h"
#include "http_engine_internal.h"

#define FIRST_PAUSE_US (CLOCK_SECOND / 2)
#define LONGEST_PAUSE_US (30 * CLOCK_SECOND)
#define CREDENTIAL_STEP_MS 20u /* while it is fetched, and others are on the wire */

static void start_libcurl(void)
{
	/* lint: state: libcurl wants its set-up once a process, before any thread uses it */
	static gsize once;

	if (g_once_init_enter(&once)) {
		curl_global_init(CURL_GLOBAL_DEFAULT);
		g_once_init_leave(&once, 1);
	}
}

static guint in_use(const Http *self)
{
	return self->slots->len - self->idle->len;
}

static guint on_the_wire(const Http *self)
{
	return in_use(self) - self->n_waiting;
}

/* Starting ------------------------------------------------------------------------------------- */

/* May a request go now? What goes is counted. */
static gboolean may_send(Http *self, const HttpRequest *request, gint64 now)
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

/* Tries whose time has come; one class of requests after the other. */
static void resume(Http *self, gboolean urgent, gint64 now)
{
	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		HttpSlot *slot = self->slots->pdata[i];
		if (on_the_wire(self) >= self->concurrency)
			return;
		if (!http_slot_is_due(slot, now) || slot->request->urgent != urgent ||
		    !may_send(self, slot->request, now))
			continue;
		self->n_waiting--;
		http_slot_send(slot);
	}
}

/* Whether there is room for one more; those that wait are not in the way of what is urgent. */
static gboolean has_room(const Http *self, gboolean urgent)
{
	guint taken = urgent ? on_the_wire(self) : in_use(self);
	return taken < self->concurrency;
}

static HttpSlot *free_slot(Http *self)
{
	if (self->idle->len > 0)
		return g_ptr_array_steal_index_fast(self->idle, self->idle->len - 1);
	HttpSlot *slot = http_slot_new(self);
	g_ptr_array_add(self->slots, slot);
	return slot;
}

/* The head of a queue into a slot, as long as there is room and the rates allow it. */
static void start_queued(Http *self, GQueue *queue, gboolean urgent, gint64 now)
{
	while (queue->length > 0 && has_room(self, urgent) &&
	       may_send(self, g_queue_peek_head(queue), now)) {
		HttpSlot *slot = free_slot(self);
		http_slot_take(slot, g_queue_pop_head(queue));
		http_slot_send(slot);
	}
}

/* Time in which something could be sent, and is not to spare the service. */
static void count_waiting(Http *self, gint64 now)
{
	gboolean wants = self->queue.length + self->urgent.length + self->n_waiting > 0;
	gboolean held = wants && (self->paused_until_us > now || self->rated_until_us > now);

	if (self->held_since_us > 0)
		self->waited_us += now - self->held_since_us;
	self->held_since_us = held ? now : 0;
}

/* The step ------------------------------------------------------------------------------------- */

static gboolean has_something_to_send(const Http *self, gint64 now)
{
	if (self->queue.length + self->urgent.length > 0)
		return TRUE;
	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		if (http_slot_is_due(self->slots->pdata[i], now))
			return TRUE;
	}
	return FALSE;
}

/* Sends what may be sent now: urgent before not, a next try before a first one. */
static void start(Http *self, HttpDelivery *to)
{
	gint64 now = clock_monotonic_us();

	self->is_pending = FALSE;
	if (!http_is_away(self, now, to) && self->paused_until_us <= now) {
		self->rated_until_us = 0;
		if (has_something_to_send(self, now) && http_has_credential(self, now, to)) {
			resume(self, TRUE, now);
			start_queued(self, &self->urgent, TRUE, now);
			resume(self, FALSE, now);
			start_queued(self, &self->queue, FALSE, now);
		}
	}
	count_waiting(self, now);
}

static void collect(Http *self, HttpDelivery *to)
{
	int ignored;
	CURLMsg *message;

	curl_multi_perform(self->multi, &ignored);
	while ((message = curl_multi_info_read(self->multi, &ignored))) {
		CURL *easy = message->easy_handle;
		CURLcode result = message->data.result;
		HttpSlot *slot = NULL;

		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
		curl_multi_remove_handle(self->multi, easy);
		http_slot_landed(slot, result, to);
	}
}

static guint under_way(const Http *self)
{
	return self->queue.length + self->urgent.length + in_use(self);
}

/* How long there is nothing to do but wait for the wire. */
static guint patience_ms(const Http *self, guint timeout_ms)
{
	gint64 now = clock_monotonic_us();
	gint64 until = now + (gint64)timeout_ms * 1000;

	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		const HttpSlot *slot = self->slots->pdata[i];
		if (slot->request && slot->due_us > now)
			until = MIN(until, MAX(slot->due_us, self->paused_until_us));
	}
	if (self->rated_until_us > now)
		until = MIN(until, MAX(self->rated_until_us, self->paused_until_us));
	if (self->paused_until_us > now)
		until = MIN(until, self->paused_until_us);
	return (guint)((MAX(until - now, 0) + 999) / 1000);
}

/* For an answer, for a credential, or for both by turns. */
static void wait(Http *self, guint timeout_ms)
{
	const char *line, *problem;

	if (self->is_pending && on_the_wire(self) == 0) {
		self->credentials.get(self->credentials.self, timeout_ms, &line, &problem);
		return;
	}
	guint ms = self->is_pending ? MIN(timeout_ms, CREDENTIAL_STEP_MS) : timeout_ms;
	curl_multi_poll(self->multi, NULL, 0, (int)ms, NULL);
}

guint http_step(Http *self, guint timeout_ms, HttpDoneFn done, void *data)
{
	HttpDelivery to = { .done = done, .data = data };

	start(self, &to);
	collect(self, &to);
	if (to.delivered == 0 && under_way(self) > 0) {
		wait(self, patience_ms(self, timeout_ms));
		start(self, &to);
		collect(self, &to);
	}
	start(self, &to);
	return under_way(self);
}

/* The other promises of the header ------------------------------------------------------------- */

static void set_limits(Http *self, const HttpSetup *setup)
{
	gint64 longest = CLAMP(setup->longest_wait_us, FIRST_PAUSE_US, LONGEST_PAUSE_US);

	self->concurrency = MAX(setup->concurrency, 1);
	self->connect_timeout_us = setup->connect_timeout_us;
	self->request_timeout_us = setup->request_timeout_us;
	self->longest_wait_us = setup->longest_wait_us;
	self->max_body = setup->max_body;
	self->policy = (RetryPolicy){ .max_tries = MAX(setup->max_tries, 1),
				      .first_us = FIRST_PAUSE_US,
				      .longest_us = longest };
	self->buckets = http_buckets_new(setup->rates, setup->n_rates);
	http_buckets_load(self->buckets, setup->rates_left, clock_monotonic_us(), clock_now_us());
	if (setup->throttled)
		self->throttled = g_ptr_array_ref((GPtrArray *)setup->throttled);
}

Http *http_new(const HttpSetup *setup, GError **error)
{
	HttpBase base = { 0 };
	HttpPeer peer = { 0 };

	if (!http_base_parse(&base, setup->base_url, error) ||
	    !http_peer_init(&peer, setup, &base, error)) {
		http_base_clear(&base);
		return NULL;
	}
	start_libcurl();

	Http *self = g_new0(Http, 1);
	self->base = base;
	self->peer = peer;
	self->credentials = setup->credentials;
	self->headers = http_headers_new(NULL, FALSE);
	self->user_agent = g_strdup(setup->user_agent);
	set_limits(self, setup);
	self->slots = g_ptr_array_new_with_free_func(http_slot_free);
	self->idle = g_ptr_array_new();
	self->chance = g_rand_new();
	self->multi = curl_multi_init();
	curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS, (long)self->concurrency);
	curl_multi_setopt(self->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	return self;
}

void http_free(Http *self)
{
	if (!self)
		return;
	g_ptr_array_unref(self->slots);
	g_ptr_array_unref(self->idle);
	curl_multi_cleanup(self->multi);
	g_queue_clear_full(&self->urgent, (GDestroyNotify)http_request_free);
	g_queue_clear_full(&self->queue, (GDestroyNotify)http_request_free);
	http_headers_unref(self->headers);
	g_array_unref(self->buckets);
	g_clear_pointer(&self->throttled, g_ptr_array_unref);
	g_free(self->user_agent);
	http_peer_clear(&self->peer);
	http_base_clear(&self->base);
	g_rand_free(self->chance);
	g_free(self);
}

void http_submit(Http *self, HttpRequest *request)
{
	g_queue_push_tail(request->urgent ? &self->urgent : &self->queue, request);
}

json_t *http_rates_left(const Http *self)
{
	if (self->buckets->len == 0)
		return NULL;
	return http_buckets_save(self->buckets, clock_monotonic_us(), clock_now_us());
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

static void wipe_request(HttpRequest *request)
{
	secret_wipe(request->path, strlen(request->path));
	if (request->body)
		secret_wipe(request->body, request->body_length);
	for (guint i = 0; request->headers && i < request->headers->len; i++)
		secret_wipe(request->headers->pdata[i], strlen(request->headers->pdata[i]));
}

void http_request_free(HttpRequest *request)
{
	if (request->secret)
		wipe_request(request);
	g_clear_pointer(&request->headers, g_ptr_array_unref);
	g_free(request->path);
	g_free(request->body);
	g_free(request->if_match);
	g_free(request);
}
