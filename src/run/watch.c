/*
 * Watch: one connection a source, over which the server says that something changed.
 *
 *	closed --open--> watching --error---> closed, for a pause that doubles from 1 s to 5 min
 *	       \------------------refused--> closed, until a pass was let in
 *
 * A watch is a wake-up call and nothing else: what changed is read by the pass, over a connection
 * of its own. So it may fail as often as it likes; passes go on at their interval. It fails aloud
 * once, and says when it is back. The pauses begin anew when a connection has lived for a minute.
 *
 * What the operator must mend (CONFIG: above all refused credentials) is not tried again after a
 * pause: a domain locks an account after a few wrong passwords, and the watch would see to that in
 * seconds. It waits for a pass that got in; passes come at their interval, or by SIGHUP.
 *
 * A driver that calls its descriptor readable and takes nothing from it would have us run in
 * circles: a watch that wakes us a thousand times in a second, and has no news, is closed like one
 * that failed.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/log.h"
#include "core/retry.h"
#include "watch_internal.h"

#define LONG_ENOUGH CLOCK_MINUTE
#define MOST_WAKINGS 1000 /* a second, of a connection that has no news */

typedef struct {
	const SourceConfig *config;
	SourceSetup setup;
	char *kinds;
	Source *source;  /* NULL: not connected */
	gboolean silent; /* it was said that it does not tell */
	guint failures;  /* since it last was connected for long enough */
	gint64 again_us; /* not connected: the pause is over then; G_MAXINT64: after a pass */
	gint64 since_us; /* connected: since when */
	gboolean woke;   /* its descriptor was readable */
	guint wakings;   /* without news */
	gint64 first_us; /* when the first of them was */
} Watch;

struct WatchSet {
	GArray *watches; /* Watch */
};

static Watch *watch_at(const WatchSet *self, guint index)
{
	return &g_array_index(self->watches, Watch, index);
}

WatchSet *watch_set_new(const Config *config)
{
	WatchSet *self = g_new0(WatchSet, 1);

	self->watches = g_array_new(FALSE, TRUE, sizeof(Watch));
	for (guint i = 0; i < config->sources->len; i++) {
		const SourceConfig *source = g_ptr_array_index(config->sources, i);
		Watch watch = { .config = source };

		if (!source->ops->watch)
			continue;
		watch.kinds = digest_strings(source->users_text, source->groups_text, NULL);
		watch.setup = (SourceSetup){
			.name = source->name,
			.conf = source->conf,
			.changes = source->changes,
			.attributes = (const char *const *)config->attributes,
			.kinds = watch.kinds,
		};
		g_array_append_val(self->watches, watch);
	}
	return self;
}

void watch_set_free(WatchSet *self)
{
	if (!self)
		return;
	for (guint i = 0; i < self->watches->len; i++) {
		Watch *watch = watch_at(self, i);

		watch->config->ops->close(watch->source);
		g_free(watch->kinds);
	}
	g_array_unref(self->watches);
	g_free(self);
}

static gint64 pause_us(Watch *watch)
{
	static const RetryPolicy policy = {
		.max_tries = G_MAXUINT,
		.first_us = CLOCK_SECOND,
		.longest_us = 5 * CLOCK_MINUTE,
	};

	return retry_pause_us(&policy, ++watch->failures, 0, g_random_double());
}

static void failed(Watch *watch, const GError *problem)
{
	gint64 now = clock_monotonic_us();

	if (watch->source && now - watch->since_us > LONG_ENOUGH)
		watch->failures = 0;
	watch->config->ops->close(watch->source);
	watch->source = NULL;
	watch->again_us = error_is(problem, ERROR_CONFIG) ? G_MAXINT64 : now + pause_us(watch);
	if (!watch->silent)
		log_warning("source '%s' does not tell of changes now, it is only asked at the "
			    "interval: %s",
			    watch->config->name, problem->message);
	else
		log_debug("source '%s' still does not tell of changes: %s", watch->config->name,
			  problem->message);
	watch->silent = TRUE;
}

static gboolean connect_one(Watch *watch)
{
	const SourceOps *ops = watch->config->ops;
	g_autoptr(GError) problem = NULL;

	watch->source = ops->open(&watch->setup, &problem);
	if (!watch->source || !ops->watch(watch->source, &problem)) {
		failed(watch, problem);
		return FALSE;
	}
	if (watch->silent)
		log_info("source '%s' tells of changes again", watch->config->name);
	watch->silent = FALSE;
	watch->since_us = clock_monotonic_us();
	watch->wakings = 0;
	return TRUE;
}

gboolean watch_set_open(WatchSet *self)
{
	gint64 now = clock_monotonic_us();
	gboolean connected = FALSE;

	for (guint i = 0; i < self->watches->len; i++) {
		Watch *watch = watch_at(self, i);

		if (!watch->source && watch->again_us <= now)
			connected |= connect_one(watch);
	}
	return connected;
}

void watch_set_passed(WatchSet *self, const Result *result)
{
	for (guint i = 0; i < self->watches->len; i++) {
		Watch *watch = watch_at(self, i);

		if (watch->again_us == G_MAXINT64 &&
		    !result_was_refused(result, watch->config->name))
			watch->again_us = 0;
	}
}

static gboolean check_wakings(Watch *watch, gboolean news, GError **error)
{
	gint64 now = clock_monotonic_us();
	gboolean woke = watch->woke;

	watch->woke = FALSE;
	if (news || now - watch->first_us > CLOCK_SECOND)
		watch->wakings = 0;
	if (!woke || news)
		return TRUE;
	if (watch->wakings == 0)
		watch->first_us = now;
	return ++watch->wakings < MOST_WAKINGS ||
	       error_set(error, ERROR_RETRY,
			 "its connection woke us %u times in a second, and had nothing to say",
			 watch->wakings);
}

gboolean watch_set_news(WatchSet *self)
{
	gboolean any = FALSE;

	for (guint i = 0; i < self->watches->len; i++) {
		Watch *watch = watch_at(self, i);
		g_autoptr(GError) problem = NULL;
		gboolean news = FALSE;

		if (!watch->source)
			continue;
		if (!watch->config->ops->watch_news(watch->source, &news, &problem) ||
		    !check_wakings(watch, news, &problem))
			failed(watch, problem);
		any |= news;
	}
	return any;
}

guint watch_set_size(const WatchSet *self)
{
	return self->watches->len;
}

guint watch_set_poll(const WatchSet *self, struct pollfd *fds)
{
	guint count = 0;

	for (guint i = 0; i < self->watches->len; i++) {
		const Watch *watch = watch_at(self, i);

		if (watch->source)
			fds[count++] = (struct pollfd){
				.fd = watch->config->ops->watch_fd(watch->source),
				.events = POLLIN,
			};
	}
	return count;
}

void watch_set_polled(WatchSet *self, const struct pollfd *fds)
{
	guint count = 0;

	for (guint i = 0; i < self->watches->len; i++) {
		Watch *watch = watch_at(self, i);

		if (watch->source)
			watch->woke = fds[count++].revents != 0;
	}
}

guint watch_set_connected(const WatchSet *self)
{
	guint count = 0;

	for (guint i = 0; i < self->watches->len; i++)
		count += watch_at(self, i)->source != NULL;
	return count;
}

gint64 watch_set_due_us(const WatchSet *self)
{
	gint64 due = G_MAXINT64;

	for (guint i = 0; i < self->watches->len; i++) {
		const Watch *watch = watch_at(self, i);

		if (!watch->source)
			due = MIN(due, watch->again_us);
	}
	return due;
}
