/*
 * floor_http: the least that sending so many requests over libcurl costs: a bare multi loop.
 *
 *	floor_http URL COUNT CONNECTIONS BODY_BYTES TOKEN [METHOD]
 *
 * Sends COUNT bodies of BODY_BYTES bytes on CONNECTIONS connections, by POST or what METHOD says,
 * and throws the answers away.
 * The options and headers are those of src/target/http.c, so that the requests are of equal size;
 * what is missing is everything that dirbridge does besides: no plan, no journal, no parsing. Each
 * answer must be 2xx. One handle a connection is used again and again.
 */
#include <curl/curl.h>
#include <glib.h>
#include <stdio.h>

#include "base/clock.h"

typedef struct {
	CURLM *multi;
	char *body;
	const char *method; /* NULL: POST */
	guint64 left, failed;
} Floor;

static size_t drop(char *data, size_t size, size_t count, void *user)
{
	return size * count;
}

static CURL *make_handle(const Floor *self, const char *url, size_t length,
			 struct curl_slist *headers)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "dirbridge/" DIRBRIDGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, self->body);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, self->method);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	return easy;
}

/* Counts the answer and sends the next request on the same handle. */
static void take(Floor *self, const CURLMsg *message)
{
	CURL *easy = message->easy_handle;
	long status = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (message->data.result != CURLE_OK || status / 100 != 2)
		self->failed++;
	curl_multi_remove_handle(self->multi, easy);
	if (self->left == 0) {
		curl_easy_cleanup(easy);
		return;
	}
	self->left--;
	curl_multi_add_handle(self->multi, easy);
}

static void loop(Floor *self)
{
	int running, queued;

	do {
		const CURLMsg *message;

		curl_multi_perform(self->multi, &running);
		while ((message = curl_multi_info_read(self->multi, &queued)))
			if (message->msg == CURLMSG_DONE)
				take(self, message);
		curl_multi_perform(self->multi, &running);
		if (running)
			curl_multi_poll(self->multi, NULL, 0, 1000, NULL);
	} while (running || self->left);
}

static struct curl_slist *make_headers(const char *token)
{
	g_autofree char *authorization = g_strdup_printf("Authorization: Bearer %s", token);
	struct curl_slist *headers = curl_slist_append(NULL, authorization);

	headers = curl_slist_append(headers, "Accept: application/scim+json, application/json");
	headers = curl_slist_append(headers, "Content-Type: application/scim+json");
	return curl_slist_append(headers, "Expect:");
}

int main(int argc, char **argv)
{
	struct curl_slist *headers;
	Floor self = { 0 };
	guint64 connections;
	gsize length;

	if (argc != 6 && argc != 7) {
		fprintf(stderr, "usage: floor_http URL COUNT CONNECTIONS BODY_BYTES TOKEN"
				" [METHOD]\n");
		return 2;
	}
	self.left = g_ascii_strtoull(argv[2], NULL, 10);
	connections = g_ascii_strtoull(argv[3], NULL, 10);
	length = (gsize)g_ascii_strtoull(argv[4], NULL, 10);
	self.body = g_strnfill(length, 'x');
	self.method = argv[6];
	curl_global_init(CURL_GLOBAL_DEFAULT);
	self.multi = curl_multi_init();
	headers = make_headers(argv[5]);
	for (guint64 i = 0; i < connections && self.left > 0; i++, self.left--)
		curl_multi_add_handle(self.multi, make_handle(&self, argv[1], length, headers));
	loop(&self);
	curl_multi_cleanup(self.multi);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	g_free(self.body);
	if (self.failed)
		fprintf(stderr, "%" G_GUINT64_FORMAT " requests failed\n", self.failed);
	return self.failed ? 1 : 0;
}
