/*
 * What came back: whether a request was done, whether the service wants to be left alone.
 *
 *	answered                the service's own status
 *	a proxy's answer        unreachable: the service never saw it
 *	no connection           unreachable
 *	cut, reset, timed out   lost, unless it was never sent
 *
 * "Sent" is said of the whole request as soon as any of it may have gone out. With HTTP/2 that is
 * when libcurl was handed it: a stream that is reset, a connection that says GOAWAY or dies may
 * have been read by the service or not, and libcurl does not tell. "Lost" is then the safe reading,
 * which the caller settles by asking what the service holds.
 */
#include <string.h>

#include "base/clock.h"
#include "core/pattern.h"
#include "http_engine_internal.h"

#define WORDS_MAX ((gsize)16 * 1024) /* of a refusal that are looked through */
#define LINES_MAX 200
#define LINES_BYTES_MAX ((gsize)64 * 1024)

/*
 * Not connected, though the same try was sent before, on a connection that then died: the service
 * may have done it. A GET does nothing, and a service that is gone is better called so.
 */
static HttpFate fate_of_unconnected(const HttpSlot *self)
{
	gboolean safe = http_is_harmless(self->request);
	return self->sendings > 0 && !safe ? HTTP_LOST : HTTP_UNREACHABLE;
}

static gboolean was_sent(HttpSlot *self)
{
	long bytes = 0;

	if (self->sendings == 0)
		return FALSE;
	if (http_peer_shares(&self->http->peer))
		return TRUE;
	curl_easy_getinfo(self->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

/* Who has never answered anything, and hangs up before the first word, was not reached. */
static gboolean is_never_heard(HttpSlot *self, CURLcode result)
{
	return !self->http->was_answered && !self->doubtful && http_is_harmless(self->request) &&
	       http_slot_is_dropped(self, result);
}

static HttpFate fate_of(HttpSlot *self, CURLcode result)
{
	switch (result) {
	case CURLE_OK:
		return http_slot_is_of_proxy(self) ? HTTP_UNREACHABLE : HTTP_ANSWERED;
	case CURLE_WRITE_ERROR:
		return HTTP_TOO_LARGE;
	case CURLE_ABORTED_BY_CALLBACK:
		return HTTP_LOST;
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
		return fate_of_unconnected(self);
	default:
		if (http_slot_is_turned_away(self) || is_never_heard(self, result))
			return HTTP_UNREACHABLE;
		return was_sent(self) ? HTTP_LOST : fate_of_unconnected(self);
	}
}

const char *http_slot_header(HttpSlot *self, const char *name)
{
	struct curl_header *found = NULL;

	if (curl_easy_header(self->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return NULL;
	return found->value;
}

GPtrArray *http_slot_headers(HttpSlot *self)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	struct curl_header *header = NULL;
	gsize bytes = 0;

	while (lines->len < LINES_MAX &&
	       (header = curl_easy_nextheader(self->easy, CURLH_HEADER, -1, header))) {
		g_autofree char *name = g_ascii_strdown(header->name, -1);
		/* Of a line without a value libcurl leaves its end. */
		g_autofree char *value = g_strchomp(g_strdup(header->value));
		bytes += strlen(name) + strlen(value) + 2;
		if (bytes > LINES_BYTES_MAX)
			break;
		g_ptr_array_add(lines, g_strconcat(name, ": ", value, NULL));
	}
	return lines;
}

static const char *header_of(void *slot, const char *name)
{
	return http_slot_header(slot, name);
}

/* Whether the words of a refusal are those of a service that is asked too much. */
static gboolean says_throttled(const HttpSlot *self)
{
	const GPtrArray *patterns = self->http->throttled;
	gsize length = MIN(self->body->len, WORDS_MAX);

	if (!patterns || patterns->len == 0 || length == 0)
		return FALSE;
	g_autofree char *words = g_utf8_make_valid(self->body->str, (gssize)length);
	for (guint i = 0; i < patterns->len; i++) {
		if (pattern_match(patterns->pdata[i], words, strlen(words), NULL) == PATTERN_YES)
			return TRUE;
	}
	return FALSE;
}

/* GitHub and Google throttle with 403; what tells it from a refusal is in headers or words. */
static gboolean is_throttled(HttpSlot *self, int status)
{
	switch (status) {
	case 429:
	case 503:
		return TRUE;
	case 403:
		return http_slot_header(self, "Retry-After") ||
		       (self->limited && http_limits_spent(header_of, self)) ||
		       says_throttled(self);
	case 400:
		return says_throttled(self);
	default:
		return FALSE;
	}
}

gint64 http_slot_rest_us(HttpSlot *self)
{
	if (!self->limited || !http_limits_spent(header_of, self))
		return 0;
	return http_limits_wait_us(header_of, self, clock_now_us());
}

/* With "2 or nothing" the first answers tell; what was written is written. */
static gboolean is_too_old(const HttpSlot *self)
{
	long version = 0;

	if (self->http->peer.version != HTTP_VERSION_2 || !http_is_harmless(self->request))
		return FALSE;
	curl_easy_getinfo(self->easy, CURLINFO_HTTP_VERSION, &version);
	return version != CURL_HTTP_VERSION_2_0;
}

/* Many tell with every answer when a rate is reset: no wish, where something else is wrong. */
static gint64 asked_us(HttpSlot *self, const HttpTry *try)
{
	if (try->throttled && try->status != 503)
		return http_limits_wait_us(header_of, self, clock_now_us());
	if (try->status >= 500)
		return http_limits_asked_us(header_of, self, clock_now_us());
	return 0;
}

HttpTry http_slot_read(HttpSlot *self, CURLcode result)
{
	long status = 0;
	HttpTry try = {
		.fate = fate_of(self, result),
		.repeatable = self->request->repeatable,
		.tries = self->tries,
	};

	if (try.fate == HTTP_ANSWERED && is_too_old(self)) {
		try.fate = HTTP_UNREACHABLE;
		try.too_old = TRUE;
	}
	try.hopeless = try.too_old ||
		       (try.fate == HTTP_UNREACHABLE && http_slot_hint(self, result));
	self->lingers |= try.fate == HTTP_LOST && result == CURLE_OPERATION_TIMEDOUT;
	if (try.fate != HTTP_ANSWERED)
		return try;
	curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &status);
	try.status = (int)status;
	/* A gateway that did not want to wait says nothing of what is behind it. */
	self->lingers |= try.status == 504;
	try.throttled = is_throttled(self, try.status);
	try.asked_us = asked_us(self, &try);
	return try;
}
