/*
 * What becomes of a try that is over.
 *
 *	a redirect within the origin   sent there (http_url.c)
 *	401, another credential        sent once more: a 401 was not done, whatever the method
 *	what may be tried again        waits for its time (http_retry.c)
 *	all else                       the answer
 *
 * A service that throttles (429, or a Retry-After), or says that nothing is left of a rate, is left
 * alone by all requests for as long. If that is longer than may be waited, they are not kept for
 * it, but all turned back at once.
 */
#include "base/clock.h"
#include "http_engine_internal.h"

#define HOPS_MAX 3

static void deliver(HttpSlot *self, HttpAnswer *answer, HttpDelivery *to)
{
	HttpRequest *request = self->request;
	g_autofree char *whole = NULL;

	/* "Not done" is true of this try only. */
	if (self->doubtful && (answer->fate == HTTP_UNREACHABLE || answer->fate == HTTP_LATER ||
			       answer->fate == HTTP_DENIED)) {
		answer->fate = HTTP_LOST;
		whole = g_strconcat("an answer was lost, and then ", answer->problem, NULL);
		answer->problem = whole;
	}
	answer->calls = self->calls;
	answer->retries = self->retries;
	answer->doubtful = self->doubtful;
	answer->lingers = self->lingers;
	gboolean is_secret = request->secret;
	self->request = NULL;
	to->delivered++;
	to->done(request, answer, to->data);
	http_slot_forget_url(self);
	if (is_secret)
		http_slot_forget_body(self);
	g_ptr_array_add(self->http->idle, self);
}

static void deliver_try(HttpSlot *self, const HttpTry *try, const char *problem, HttpDelivery *to)
{
	const char *type = NULL;
	g_autoptr(GPtrArray) lines = NULL;

	curl_easy_getinfo(self->easy, CURLINFO_CONTENT_TYPE, &type);
	if (self->request->wants_headers)
		lines = http_slot_headers(self);
	HttpAnswer answer = {
		.fate = try->fate,
		.status = try->status,
		.body = self->body->len > 0 ? self->body->str : NULL,
		.length = self->body->len,
		.asked = self->request->path,
		.location = http_slot_header(self, "Location"),
		.content_type = type,
		.etag = http_slot_header(self, "ETag"),
		.headers = lines,
		.retry_after_us = try->asked_us,
		.problem = problem,
	};
	deliver(self, &answer, to);
}

/* TRUE if the answer was a redirect and is dealt with. */
static gboolean redirect(HttpSlot *self, HttpTry *try, HttpDelivery *to)
{
	const HttpBase *base = &self->http->base;
	HttpHop hop = http_hop(try->status, self->request->method);
	g_autofree char *problem = NULL;

	if (hop == HTTP_HOP_NONE)
		return FALSE;
	char *url = http_redirect_target(base, self->url, http_slot_header(self, "Location"),
					 &problem);
	if (url && hop == HTTP_HOP_FOLLOW && self->hops < HOPS_MAX) {
		http_slot_forget_url(self);
		self->url = url;
		self->hops++;
		self->tries--;
		http_slot_wait(self, 0);
		return TRUE;
	}
	if (url)
		problem = g_strdup_printf(
			"%s answers %s with a redirect (%d) that %s\nis the url right?",
			base->origin, self->request->method, try->status,
			hop == HTTP_HOP_FOLLOW ? "does not end" : "cannot be followed safely");
	/* Leading elsewhere it was turned away at the door; a POST sent on within may be done. */
	try->fate = url && hop == HTTP_HOP_DOUBTFUL ? HTTP_LOST : HTTP_UNREACHABLE;
	g_free(url);
	deliver_try(self, try, problem, to);
	return TRUE;
}

/* TRUE if the credential was refused and there is another one to try. */
static gboolean replay(HttpSlot *self, const HttpTry *try)
{
	const HttpCredentials *credentials = &self->http->credentials;
	const char *line = self->headers->credential;

	if (try->status != 401 || self->replayed || !line || !credentials->refused ||
	    !credentials->refused(credentials->self, line))
		return FALSE;
	self->replayed = TRUE;
	self->tries--;
	http_slot_wait(self, 0);
	return TRUE;
}

static void pause_all(Http *http, gint64 until_us)
{
	http->paused_until_us = MAX(http->paused_until_us, until_us);
}

/* TRUE if the request will be tried again. */
static gboolean repeat(HttpSlot *self, const HttpTry *try)
{
	Http *http = self->http;
	gint64 pause = http_try_pause_us(try, &http->policy, http->longest_wait_us,
					 g_rand_double(http->chance));

	if (pause < 0)
		return FALSE;
	self->doubtful |= http_try_is_doubtful(try, self->request->method);
	self->retries++;
	http_slot_wait(self, pause);
	if (try->asked_us > 0 || (try->throttled && try->status != 503))
		pause_all(http, self->due_us);
	return TRUE;
}

/* An answer that says that a rate is used up: better to wait than to be refused. */
static void heed_rates(HttpSlot *self)
{
	gint64 rest = http_slot_rest_us(self);

	if (rest > 0 && rest <= self->http->longest_wait_us)
		pause_all(self->http, clock_monotonic_us() + rest);
}

/* It asks for more than may be waited: nobody needs to hear that from the service once more. */
static void heed_absence(Http *http, const HttpTry *try)
{
	gint64 until = clock_monotonic_us() + try->asked_us;

	if (try->asked_us <= http->longest_wait_us || until <= http->away_until_us)
		return;
	http->away_until_us = until;
	http->away_status = try->status;
}

static void settle(HttpSlot *self, CURLcode result, HttpDelivery *to)
{
	self->tries++;
	HttpTry try = http_slot_read(self, result);

	self->http->was_answered |= try.fate == HTTP_ANSWERED;
	heed_absence(self->http, &try);
	if (self->limited && try.fate == HTTP_ANSWERED)
		heed_rates(self);
	if (try.fate == HTTP_ANSWERED && (redirect(self, &try, to) || replay(self, &try)))
		return;
	if (repeat(self, &try))
		return;
	if (try.throttled)
		try.fate = HTTP_LATER;
	g_autofree char *problem = http_slot_problem(self, &try, result);
	deliver_try(self, &try, problem, to);
}

void http_slot_landed(HttpSlot *self, CURLcode result, HttpDelivery *to)
{
	settle(self, result, to);
	http_slot_release(self);
}

/* Turned back ---------------------------------------------------------------------------------- */

static void turn_back_queue(GQueue *queue, const HttpAnswer *answer, HttpDelivery *to)
{
	/* Only those there are now: what a callback submits is for the next step. */
	for (guint n = queue->length; n > 0; n--) {
		to->delivered++;
		to->done(g_queue_pop_head(queue), answer, to->data);
	}
}

void http_turn_back(Http *self, const HttpAnswer *answer, gint64 until_us, HttpDelivery *to)
{
	for (guint i = 0; i < self->slots->len && self->n_waiting > 0; i++) {
		HttpSlot *slot = self->slots->pdata[i];
		HttpAnswer its = *answer;
		if (!http_slot_is_due(slot, until_us))
			continue;
		self->n_waiting--;
		deliver(slot, &its, to);
	}
	turn_back_queue(&self->urgent, answer, to);
	turn_back_queue(&self->queue, answer, to);
}

gint64 http_away_us(const Http *self)
{
	return MAX(self->away_until_us - clock_monotonic_us(), 0);
}

gboolean http_is_away(Http *self, gint64 now, HttpDelivery *to)
{
	gint64 rest = self->away_until_us - now;

	if (rest <= 0)
		return FALSE;
	g_autofree char *problem = http_problem_of_waiting(self, self->away_status, rest);
	HttpAnswer answer = { .fate = HTTP_LATER, .retry_after_us = rest, .problem = problem };
	http_turn_back(self, &answer, G_MAXINT64, to);
	return TRUE;
}
