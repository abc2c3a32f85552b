/*
 * Notify: sd_notify(3), one datagram a message to the socket that NOTIFY_SOCKET names.
 *
 *	READY=1   RELOADING=1 MONOTONIC_USEC=...   STOPPING=1   STATUS=...   WATCHDOG=1
 *
 * The protocol is stable and documented for reimplementation; a library for one datagram would be
 * one more to install on every host, those without systemd too.
 *
 * WATCHDOG_USEC and WATCHDOG_PID say how often a sign of life is expected, and of whom.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "notify_internal.h"

/* "/run/..." or "@name", an abstract socket. */
static gboolean connect_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	gsize length = strlen(path);

	if (length < 2 || length >= sizeof address.sun_path || !strchr("/@", *path))
		return FALSE;
	memcpy(address.sun_path, path, length);
	if (*path == '@')
		address.sun_path[0] = '\0';
	return connect(fd, (struct sockaddr *)&address,
		       (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + length)) == 0;
}

static gint64 watchdog_us(void)
{
	const char *pid = g_getenv("WATCHDOG_PID"), *text = g_getenv("WATCHDOG_USEC");
	gint64 span = text ? g_ascii_strtoll(text, NULL, 10) : 0;

	if (pid && g_ascii_strtoll(pid, NULL, 10) != getpid())
		return 0;
	return MAX(span, 0);
}

void notify_init(Notify *self)
{
	static const struct timeval patience = { .tv_sec = 1 };
	const char *path = g_getenv("NOTIFY_SOCKET");

	*self = (Notify){ .socket = -1 };
	if (!path)
		return;
	self->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (self->socket < 0)
		return;
	/* Its queue may be full for a moment; but nobody is waited for who does not read at all. */
	setsockopt(self->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect_to(self->socket, path))
		self->watchdog_us = watchdog_us();
	else
		notify_clear(self);
}

void notify_send(const Notify *self, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	if (self->socket < 0)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	if (send(self->socket, text, strlen(text), MSG_NOSIGNAL) < 0)
		return; /* the manager is gone, or hangs */
}

void notify_clear(Notify *self)
{
	if (self->socket >= 0)
		close(self->socket);
	self->socket = -1;
	self->watchdog_us = 0;
}
