/*
 * The HTTP engine driven by a test.
 */
#include "engine_support.h"

#include <string.h>

#include "base/clock.h"

void on_done(HttpRequest *request, const HttpAnswer *answer, void *seen_)
{
	Seen *seen = seen_;

	g_free(seen->body);
	g_free(seen->problem);
	g_free(seen->location);
	g_free(seen->etag);
	seen->fate = answer->fate;
	seen->status = answer->status;
	seen->body = g_strdup(answer->body);
	seen->problem = g_strdup(answer->problem);
	seen->location = g_strdup(answer->location);
	seen->etag = g_strdup(answer->etag);
	seen->retry_after_us = answer->retry_after_us;
	seen->calls = answer->calls;
	seen->retries = answer->retries;
	seen->doubtful = answer->doubtful;
	seen->answers++;
	http_request_free(request);
}

void seen_clear(Seen *seen)
{
	g_free(seen->body);
	g_free(seen->problem);
	g_free(seen->location);
	g_free(seen->etag);
	*seen = (Seen){ 0 };
}

HttpSetup setup_for(const char *url)
{
	return (HttpSetup){ .base_url = url,
			    .concurrency = 1,
			    .connect_timeout_us = 5 * CLOCK_SECOND,
			    .request_timeout_us = 5 * CLOCK_SECOND,
			    .max_body = 100000,
			    .max_tries = 3,
			    .longest_wait_us = 5 * CLOCK_SECOND };
}

Http *engine(const HttpSetup *setup)
{
	g_autoptr(GError) error = NULL;
	Http *http = http_new(setup, &error);

	g_assert_no_error(error);
	return http;
}

void run(Http *http, Seen *seen)
{
	while (http_step(http, 1000, on_done, seen) > 0)
		continue;
}

static HttpRequest *request_of(const char *method, const char *path, const char *body)
{
	HttpRequest *request = http_request_new(method, path);

	request->accept = "application/json";
	if (body) {
		request->body = g_strdup(body);
		request->body_length = strlen(body);
		request->content_type = "application/scim+json";
	}
	return request;
}

void submit(Http *http, const char *method, const char *path, const char *body)
{
	http_submit(http, request_of(method, path, body));
}

void submit_urgent(Http *http, const char *method, const char *path, const char *body)
{
	HttpRequest *request = request_of(method, path, body);

	request->urgent = TRUE;
	http_submit(http, request);
}

Seen ask(const HttpSetup *setup, const char *method, const char *body)
{
	Http *http = engine(setup);
	Seen seen = { 0 };

	submit(http, method, "/Users", body);
	run(http, &seen);
	g_assert_cmpuint(seen.answers, ==, 1);
	http_free(http);
	return seen;
}

static HttpCredentialState fixed_get(void *line, guint timeout_ms, const char **header,
				     const char **problem)
{
	*header = line;
	return HTTP_CREDENTIAL_READY;
}

static gboolean fixed_refused(void *line, const char *header)
{
	return FALSE;
}

HttpCredentials fixed(char *line)
{
	return (HttpCredentials){ .self = line, .get = fixed_get, .refused = fixed_refused };
}
