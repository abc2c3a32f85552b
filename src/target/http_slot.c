/*
 * A slot: a request on the wire, or on its way there again. It is an easy handle with its buffers,
 * made on first use and kept, so a request costs no allocation of libcurl's beyond what the wire
 * needs.
 *
 * Nothing is sent twice behind our back. libcurl repeats a request by itself when a kept connection
 * dies without a byte of answer, a POST too, though the service may have done it; and, with HTTP/2,
 * one whose stream was refused. The pre-request hook sees that second sending and stops it for
 * requests that are not repeatable. It runs when there is a connection, through a proxy and TLS,
 * and right before the request goes out: what it has not seen was never sent.
 *
 * Bounds: body (after decompression), header bytes, time. CURLOPT_VERBOSE is never set.
 */
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "http_engine_internal.h"

#ifndef DIRBRIDGE_VERSION
#define DIRBRIDGE_VERSION "dev"
#endif

#define HEADER_BYTES_MAX ((gsize)256 * 1024)
#define BODY_KEEP_MAX ((gsize)256 * 1024) /* a larger buffer is not kept for the next request */

static gsize on_body(char *bytes, gsize size, gsize n, void *slot_)
{
	HttpSlot *slot = slot_;

	if (slot->body->len + size * n > slot->http->max_body)
		return 0;
	g_string_append_len(slot->body, bytes, size * n);
	return size * n;
}

static gsize on_header(char *bytes, gsize size, gsize n, void *slot_)
{
	HttpSlot *slot = slot_;

	slot->header_bytes += size * n;
	slot->limited |= http_is_of_rates(bytes, size * n);
	return slot->header_bytes > HEADER_BYTES_MAX ? 0 : size * n;
}

static int on_sending(void *slot_, char *to, char *from, int to_port, int from_port)
{
	HttpSlot *slot = slot_;

	slot->sendings++;
	if (slot->sendings == 1)
		return CURL_PREREQFUNC_OK;
	slot->doubtful |= !http_is_harmless(slot->request);
	return slot->request->repeatable ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static void set_options(const Http *http, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT,
			 http->user_agent ? http->user_agent : "dirbridge/" DIRBRIDGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(http->connect_timeout_us / 1000));
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(http->request_timeout_us / 1000));
}

static void set_hooks(HttpSlot *self)
{
	curl_easy_setopt(self->easy, CURLOPT_PRIVATE, self);
	curl_easy_setopt(self->easy, CURLOPT_ERRORBUFFER, self->reason);
	curl_easy_setopt(self->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(self->easy, CURLOPT_WRITEDATA, self);
	curl_easy_setopt(self->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(self->easy, CURLOPT_HEADERDATA, self);
	curl_easy_setopt(self->easy, CURLOPT_PREREQFUNCTION, on_sending);
	curl_easy_setopt(self->easy, CURLOPT_PREREQDATA, self);
}

HttpSlot *http_slot_new(Http *http)
{
	HttpSlot *self = g_new0(HttpSlot, 1);

	self->http = http;
	self->body = g_string_sized_new(1024);
	self->easy = curl_easy_init();
	g_assert(self->easy);
	set_options(http, self->easy);
	http_peer_apply(&http->peer, self->easy);
	set_hooks(self);
	return self;
}

void http_slot_release(HttpSlot *self)
{
	g_clear_pointer(&self->own, http_headers_drop);
	g_clear_pointer(&self->headers, http_headers_unref);
}

void http_slot_forget_url(HttpSlot *self)
{
	if (self->url)
		secret_wipe(self->url, strlen(self->url));
	g_clear_pointer(&self->url, g_free);
}

void http_slot_free(void *self_)
{
	HttpSlot *self = self_;

	curl_multi_remove_handle(self->http->multi, self->easy);
	curl_easy_cleanup(self->easy);
	if (self->request)
		http_request_free(self->request);
	http_slot_release(self);
	g_string_free(self->body, TRUE);
	http_slot_forget_url(self);
	g_free(self);
}

void http_slot_take(HttpSlot *self, HttpRequest *request)
{
	self->request = request;
	self->url = http_base_join(&self->http->base, request->path);
	self->tries = self->calls = self->retries = self->hops = 0;
	self->replayed = self->doubtful = self->lingers = FALSE;
}

void http_slot_forget_body(HttpSlot *self)
{
	secret_wipe(self->body->str, self->body->len);
	g_string_truncate(self->body, 0);
}

static void empty_body(HttpSlot *self)
{
	if (self->body->allocated_len > BODY_KEEP_MAX) {
		g_string_free(self->body, TRUE);
		self->body = g_string_sized_new(1024);
	}
	g_string_truncate(self->body, 0);
}

/* A version, and what a request brings along, is of one request; all else is shared. */
static struct curl_slist *lines_of(HttpSlot *self)
{
	self->headers = http_headers_ref(self->http->headers);
	if (!self->request->if_match && !self->request->headers)
		return http_headers_for(self->headers, self->request);
	self->own = http_headers_make(self->headers, self->request);
	return self->own;
}

/* The address with the credential, if it belongs there; it stays out of all that is kept. */
static void set_url(HttpSlot *self)
{
	if (!self->headers->in_query || !self->headers->credential) {
		curl_easy_setopt(self->easy, CURLOPT_URL, self->url);
		return;
	}
	char *url = http_url_with(self->url, self->headers->credential);
	curl_easy_setopt(self->easy, CURLOPT_URL, url);
	secret_wipe(url, strlen(url));
	g_free(url);
}

void http_slot_send(HttpSlot *self)
{
	HttpRequest *request = self->request;
	gboolean plain = g_str_equal(request->method, request->body ? "POST" : "GET");

	empty_body(self);
	self->header_bytes = 0;
	self->limited = FALSE;
	self->sendings = 0;
	self->due_us = 0;
	self->reason[0] = '\0';
	self->calls++;
	curl_easy_setopt(self->easy, CURLOPT_HTTPHEADER, lines_of(self));
	set_url(self);
	if (request->body) {
		curl_easy_setopt(self->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)request->body_length);
		curl_easy_setopt(self->easy, CURLOPT_POSTFIELDS, request->body);
	} else {
		curl_easy_setopt(self->easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(self->easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : request->method);
	curl_multi_add_handle(self->http->multi, self->easy);
}

void http_slot_wait(HttpSlot *self, gint64 pause_us)
{
	self->due_us = clock_monotonic_us() + pause_us;
	self->http->n_waiting++;
}

gboolean http_slot_is_due(const HttpSlot *self, gint64 now_us)
{
	return self->request && self->due_us > 0 && self->due_us <= now_us;
}
