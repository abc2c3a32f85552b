/*
 * A tiny HTTP server inside the test: answers in the order of a script, and keeps what was asked.
 */
#pragma once
#include <glib.h>

typedef struct Sink Sink;

/* Listens on a free port of 127.0.0.1, with its own thread. */
Sink *sink_new(void);

/* Stops the threads and frees; what was asked goes with it. */
void sink_free(Sink *self);

/* "http://127.0.0.1:port/scim". Borrowed. */
const char *sink_url(const Sink *self);

/* The next answer of the script. 'headers' are whole lines with CRLF. The last one repeats. */
void sink_say(Sink *self, int status, const char *headers, const char *body);

/* The next answer: bytes as they are, then the connection is closed. "" only closes. */
void sink_cut(Sink *self, const char *bytes, gsize length);

/* The next answer: none, until the test is over. */
void sink_hang(Sink *self);

/* The next answer: none, and from then on nobody can connect any more. */
void sink_leave(Sink *self);

/* How many requests came. */
guint sink_count(Sink *self);

/* The text of request 'n' from 0: request line, headers, blank line, body. Borrowed. */
const char *sink_request(Sink *self, guint n);

/* The most connections that were open at once. */
guint sink_connections(Sink *self);
