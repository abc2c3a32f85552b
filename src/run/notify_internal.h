/*
 * Notify: tells the service manager how the service is, by sd_notify(3)'s protocol.
 */
#pragma once
#include <glib.h>

typedef struct {
	int socket;         /* -1: nobody listens */
	gint64 watchdog_us; /* a sign of life is expected so often; 0: none is */
} Notify;

/* Finds out from the environment who listens. */
void notify_init(Notify *self);

/* Sends lines such as "READY=1". What cannot be sent is lost: nothing depends on it. */
void notify_send(const Notify *self, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Closes the socket. */
void notify_clear(Notify *self);
