/*
 * The HTTP engine driven by a test: one request after the other, and what came of the last one.
 */
#pragma once
#include "target/http.h"

typedef struct {
	HttpFate fate;
	int status;
	char *body, *problem, *location, *etag;
	gint64 retry_after_us;
	guint calls, retries, answers;
	gboolean doubtful;
} Seen;

/* HttpDoneFn with a Seen: copies the answer and frees the request. */
void on_done(HttpRequest *request, const HttpAnswer *answer, void *seen);

/* Frees what it holds. */
void seen_clear(Seen *seen);

/* One connection, three tries, five seconds for everything. */
HttpSetup setup_for(const char *url);

/* Asserts that there is one. */
Http *engine(const HttpSetup *setup);

/* Steps until nothing is under way. */
void run(Http *http, Seen *seen);

/* 'body' may be NULL. */
void submit(Http *http, const char *method, const char *path, const char *body);
void submit_urgent(Http *http, const char *method, const char *path, const char *body);

/* One request with an engine of its own. */
Seen ask(const HttpSetup *setup, const char *method, const char *body);

/* A credential that never changes; 'line' is the header. */
HttpCredentials fixed(char *line);
