/*
 * Watch: the sources that tell when something changes, for the service. A source without a way to
 * tell takes no part; one whose connection broke is asked again after a pause.
 */
#pragma once
#include <poll.h>

#include "run/config.h"
#include "run/result.h"

typedef struct WatchSet WatchSet;

/* Nothing is connected yet; 'config' must outlive it. */
WatchSet *watch_set_new(const Config *config);

/* Disconnects all; NULL is fine. */
void watch_set_free(WatchSet *self);

/*
 * Connects what is not connected and whose pause is over. TRUE if a connection was made: what
 * changed while there was none, nobody has told.
 */
gboolean watch_set_open(WatchSet *self);

/*
 * To be called after each pass. A source that refused us is tried again if the pass was let in, and
 * not before: each try counts as a wrong password.
 */
void watch_set_passed(WatchSet *self, const Result *result);

/* Takes what has arrived. TRUE: something changed. */
gboolean watch_set_news(WatchSet *self);

/* How many sources there are: so many descriptors at most. */
guint watch_set_size(const WatchSet *self);

/* Fills in the descriptors to poll; returns their number. */
guint watch_set_poll(const WatchSet *self, struct pollfd *fds);

/* The same descriptors after poll(2), before anything else was called. */
void watch_set_polled(WatchSet *self, const struct pollfd *fds);

/* How many are connected. */
guint watch_set_connected(const WatchSet *self);

/* When watch_set_open() has something to do, by the monotonic clock; G_MAXINT64: never. */
gint64 watch_set_due_us(const WatchSet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(WatchSet, watch_set_free)
