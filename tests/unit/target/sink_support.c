/*
 * A tiny HTTP server inside the test: plain sockets, a thread per connection, keep-alive.
 */
#include "sink_support.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
	char *bytes;
	gsize length;
	gboolean closes, hangs, leaves;
} Line;

struct Sink {
	int listener;
	char *url;
	GThread *thread;
	GMutex lock;
	GPtrArray *script, *requests, *threads;
	GArray *fds;
	guint connections;
	gboolean over;
};

typedef struct {
	Sink *sink;
	int fd;
} Guest;

static void line_free(void *line_)
{
	Line *line = line_;
	g_free(line->bytes);
	g_free(line);
}

static gsize body_length(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");
	return at ? (gsize)g_ascii_strtoull(at + 17, NULL, 10) : 0;
}

/* Reads one request; NULL when the guest has gone. */
static char *read_request(int fd, GString *buffer)
{
	for (;;) {
		char *end = strstr(buffer->str, "\r\n\r\n");
		if (end) {
			gsize whole = (gsize)(end - buffer->str) + 4 + body_length(buffer->str);
			if (buffer->len >= whole) {
				char *request = g_strndup(buffer->str, whole);
				g_string_erase(buffer, 0, (gssize)whole);
				return request;
			}
		}
		char chunk[4096];
		gssize n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			return NULL;
		g_string_append_len(buffer, chunk, n);
	}
}

static Line *take_line(Sink *self, char *request)
{
	g_mutex_lock(&self->lock);
	guint n = self->requests->len;
	g_ptr_array_add(self->requests, request);
	g_assert_cmpuint(self->script->len, >, 0);
	Line *line = self->script->pdata[MIN(n, self->script->len - 1)];
	g_mutex_unlock(&self->lock);
	return line;
}

static void hang(Sink *self)
{
	while (!g_atomic_int_get(&self->over))
		g_usleep(5000);
}

static void *serve(void *guest_)
{
	Guest *guest = guest_;
	Sink *self = guest->sink;
	g_autoptr(GString) buffer = g_string_new(NULL);
	char *request;

	while ((request = read_request(guest->fd, buffer))) {
		const Line *line = take_line(self, request);
		if (line->hangs)
			hang(self);
		if (line->leaves)
			shutdown(self->listener, SHUT_RDWR);
		if (line->length && send(guest->fd, line->bytes, line->length, MSG_NOSIGNAL) < 0)
			break;
		if (line->closes || line->hangs)
			break;
	}
	shutdown(guest->fd, SHUT_RDWR);
	g_free(guest);
	return NULL;
}

static void *accept_all(void *self_)
{
	Sink *self = self_;
	int fd;

	while ((fd = accept(self->listener, NULL, NULL)) >= 0) {
		Guest *guest = g_new0(Guest, 1);
		guest->sink = self;
		guest->fd = fd;
		g_mutex_lock(&self->lock);
		self->connections++;
		g_array_append_val(self->fds, fd);
		g_ptr_array_add(self->threads, g_thread_new("guest", serve, guest));
		g_mutex_unlock(&self->lock);
	}
	return NULL;
}

Sink *sink_new(void)
{
	Sink *self = g_new0(Sink, 1);
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);

	self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_assert_cmpint(bind(self->listener, (struct sockaddr *)&address, length), ==, 0);
	g_assert_cmpint(listen(self->listener, 64), ==, 0);
	getsockname(self->listener, (struct sockaddr *)&address, &length);
	self->url = g_strdup_printf("http://127.0.0.1:%d/scim", ntohs(address.sin_port));
	g_mutex_init(&self->lock);
	self->script = g_ptr_array_new_with_free_func(line_free);
	self->requests = g_ptr_array_new_with_free_func(g_free);
	self->threads = g_ptr_array_new();
	self->fds = g_array_new(FALSE, FALSE, sizeof(int));
	self->thread = g_thread_new("sink", accept_all, self);
	return self;
}

void sink_free(Sink *self)
{
	g_atomic_int_set(&self->over, TRUE);
	shutdown(self->listener, SHUT_RDWR);
	g_thread_join(self->thread);
	close(self->listener);
	for (guint i = 0; i < self->threads->len; i++) {
		int fd = g_array_index(self->fds, int, i);
		shutdown(fd, SHUT_RDWR);
		g_thread_join(self->threads->pdata[i]);
		close(fd);
	}
	g_ptr_array_unref(self->threads);
	g_array_unref(self->fds);
	g_ptr_array_unref(self->script);
	g_ptr_array_unref(self->requests);
	g_mutex_clear(&self->lock);
	g_free(self->url);
	g_free(self);
}

const char *sink_url(const Sink *self)
{
	return self->url;
}

static void add_line(Sink *self, Line line)
{
	g_mutex_lock(&self->lock);
	g_ptr_array_add(self->script, g_memdup2(&line, sizeof(line)));
	g_mutex_unlock(&self->lock);
}

void sink_say(Sink *self, int status, const char *headers, const char *body)
{
	GString *text = g_string_new(NULL);

	g_string_printf(text, "HTTP/1.1 %d Word\r\n%s", status, headers);
	if (status != 204)
		g_string_append_printf(text, "Content-Length: %" G_GSIZE_FORMAT "\r\n",
				       strlen(body));
	g_string_append_printf(text, "\r\n%s", body);
	gsize length = text->len;
	add_line(self, (Line){ .bytes = g_string_free(text, FALSE), .length = length });
}

void sink_cut(Sink *self, const char *bytes, gsize length)
{
	add_line(self,
		 (Line){ .bytes = g_memdup2(bytes, length), .length = length, .closes = TRUE });
}

void sink_hang(Sink *self)
{
	add_line(self, (Line){ .hangs = TRUE });
}

void sink_leave(Sink *self)
{
	add_line(self, (Line){ .closes = TRUE, .leaves = TRUE });
}

guint sink_count(Sink *self)
{
	g_mutex_lock(&self->lock);
	guint n = self->requests->len;
	g_mutex_unlock(&self->lock);
	return n;
}

const char *sink_request(Sink *self, guint n)
{
	g_mutex_lock(&self->lock);
	g_assert_cmpuint(n, <, self->requests->len);
	const char *request = self->requests->pdata[n];
	g_mutex_unlock(&self->lock);
	return request;
}

guint sink_connections(Sink *self)
{
	g_mutex_lock(&self->lock);
	guint n = self->connections;
	g_mutex_unlock(&self->lock);
	return n;
}
