/*
 * Service: one pass at the start, and then one whenever there is a reason:
 *
 *	- a source says that something changed; a moment later, so that the changes that belong
 *	  together are seen together,
 *	- somebody's account ends by itself, delete_after is over, or a parked object may be tried
 *	  again,
 *	- another command wrote the state: a plan was approved, or somebody synced by hand,
 *	- the config was read anew,
 *	- the interval is over: whatever was not told is found then.
 *
 * A pass is the same as that of 'sync', to all sources and apps; its cost follows the change. Every
 * pass is a run of its own in the history. Between passes nothing happens: the one place to wait is
 * poll(2) below, over the signals and the watches; inside of a pass it is the HTTP engine's.
 *
 * Signals are blocked and read from a descriptor, so no call anywhere in a pass is interrupted by
 * one, and what they ask for is done between passes. TERM and INT end the service, HUP reads the
 * config again: one with problems is refused, and the old one stays.
 *
 * Moments of the calendar ("ends at 17:00") are compared with the wall clock, which may be set or
 * may have slept; so the service looks at it once a minute at least. All pauses are measured on the
 * clock that never goes back.
 *
 * The state is opened for each pass, and let go of after it, so that other commands can write in
 * between; state/service.c tells how we hear of that. Who finds it in use waits: they for some
 * seconds, a pass for as long as it takes. A program that died here leaves what 'sync' would leave.
 */
#include "run/service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "notify_internal.h"
#include "run/cycle.h"
#include "run_internal.h"
#include "state/view.h"
#include "watch_internal.h"

#define PARKED_NAMED 20 /* of an app, in the log */
#define LONGEST_NAP CLOCK_MINUTE
#define LOOK_AGAIN CLOCK_SECOND       /* whether the state is free */
#define MAKE_ROOM (CLOCK_SECOND / 2)  /* between two slices, for commands that wait */
#define LONGEST_PASS (6 * CLOCK_HOUR) /* after that the watchdog may think that we hang */

typedef struct {
	Config *config;
	StateService *place;
	const ServiceHooks *hooks;
	Notify notify;
	WatchSet *watches;
	int signals;        /* of signalfd(2) */
	gint64 pass_us;     /* when the next pass is to begin, monotonic */
	const char *reason; /* of the next pass */
	gint64 moment_us;   /* something changes by time then, wall clock; 0: nothing does */
	char *troubles;     /* digest of what was wrong after the last pass */
	gboolean blocked;   /* the pass that is due waits for another writer */
	gboolean stop;
} Service;

/* ---- what the next pass waits for ---- */

static void want_pass(Service *self, gint64 within_us, const char *reason)
{
	gint64 at = clock_monotonic_us() + within_us;

	if (at >= self->pass_us)
		return;
	self->pass_us = at;
	self->reason = reason;
}

typedef struct {
	gint64 now_us, soonest_us; /* 0: none */
} Soonest;

static void sooner(Soonest *self, gint64 at_us)
{
	if (at_us > self->now_us && (!self->soonest_us || at_us < self->soonest_us))
		self->soonest_us = at_us;
}

static void consider_parked(const Work *work, void *data)
{
	sooner(data, work->retry_at_us);
}

/* A moment that has passed already is none: what it was for has been tried just now. */
static gboolean find_moment(Service *self, State *state, gint64 due_us, GError **error)
{
	Soonest soonest = { .now_us = clock_now_us() };

	sooner(&soonest, due_us);
	for (guint i = 0; i < self->config->apps->len; i++) {
		const AppConfig *app = g_ptr_array_index(self->config->apps, i);
		AppRow row = { 0 };
		gboolean ok = app_row_get(state, app->name, &row, error) &&
			      work_parked(state, row.id, G_MAXUINT, consider_parked, &soonest,
					  error);

		app_row_clear(&row);
		if (!ok)
			return FALSE;
	}
	self->moment_us = soonest.soonest_us;
	return TRUE;
}

/* ---- a pass ---- */

static guint64 count_done(const Result *result)
{
	guint64 sum = 0;

	for (guint i = 0; i < result->apps->len; i++) {
		const AppResult *app = g_ptr_array_index(result->apps, i);

		for (int kind = 0; kind < OP_KINDS; kind++)
			sum += app->done[kind];
		sum += app->settled;
	}
	return sum;
}

/* What an operator would want to hear of once, and not with every pass. New string. */
static char *troubles_of(const Result *result)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < result->sources->len; i++) {
		const SourceResult *source = g_ptr_array_index(result->sources, i);

		g_string_append_printf(text, "%s\n", source->problem ? source->problem : "");
	}
	for (guint i = 0; i < result->apps->len; i++) {
		const AppResult *app = g_ptr_array_index(result->apps, i);

		g_string_append_printf(text, "%s\n%s\n%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
				       app->problem ? app->problem : "",
				       app->held ? app->held_why : "", app->parked, app->unsettled);
	}
	return digest_bytes(text->str, text->len);
}

static void warn_parked(const Work *work, void *data)
{
	ViewEntry person = { 0 };

	if (view_load(data, work->entry, &person, NULL) && person.entry)
		log_warning("parked: %s: %s", entry_dn(person.entry), work->error);
	view_entry_clear(&person);
}

static void warn_app(State *state, const AppResult *app)
{
	AppRow row = { 0 };

	log_set_context("app", app->name);
	if (app->problem)
		log_warning("failed: %s", app->problem);
	if (app->held)
		log_warning("plan %" G_GINT64_FORMAT " is held: %s\nrelease it with 'dirbridge "
			    "approve %" G_GINT64_FORMAT "'",
			    app->plan, app->held_why, app->plan);
	if (app->parked && app_row_get(state, app->name, &row, NULL))
		work_parked(state, row.id, PARKED_NAMED, warn_parked, state, NULL);
	app_row_clear(&row);
	log_set_context("app", NULL);
}

/* What a human must look at, each in a line of its own; said once, and again when it changes. */
static void warn(State *state, const Result *result)
{
	for (guint i = 0; i < result->apps->len; i++)
		warn_app(state, g_ptr_array_index(result->apps, i));
}

typedef struct {
	State *state;
	const char *reason;
	gint64 began_us;
} Pass;

static void tell(Service *self, const Pass *pass, const Result *result)
{
	g_autofree char *troubles = troubles_of(result);
	guint64 done = count_done(result);
	gboolean others = g_strcmp0(troubles, self->troubles) != 0, news = done > 0 || others;
	int code = result_exit_code(result);
	gint64 took_us = clock_monotonic_us() - pass->began_us;

	g_free(self->troubles);
	self->troubles = g_steal_pointer(&troubles);
	log_info("run %" G_GINT64_FORMAT " (%s): %" G_GUINT64_FORMAT
		 " ops done in %" G_GINT64_FORMAT " ms, exit %d",
		 result->run, pass->reason, done, took_us / 1000, code);
	notify_send(&self->notify,
		    "WATCHDOG=1\nSTATUS=run %" G_GINT64_FORMAT " (%s): %" G_GUINT64_FORMAT
		    " ops done, exit %d; %u sources tell of changes",
		    result->run, pass->reason, done, code, watch_set_connected(self->watches));
	if (others)
		warn(pass->state, result);
	self->hooks->report(self->config, pass->state, result, news, self->hooks->data);
}

static gboolean cycle(Service *self, State *state, Result *result, GError **error)
{
	static const CycleOptions options = { .command = "run", .one_slice = TRUE };
	gboolean ok;

	if (self->notify.watchdog_us)
		notify_send(&self->notify, "WATCHDOG=1\nWATCHDOG_USEC=%" G_GINT64_FORMAT,
			    LONGEST_PASS);
	log_set_level(self->hooks->pass_level);
	ok = cycle_sync(self->config, state, &options, result, error);
	log_set_level(self->hooks->level);
	if (self->notify.watchdog_us)
		notify_send(&self->notify, "WATCHDOG_USEC=%" G_GINT64_FORMAT,
			    self->notify.watchdog_us);
	return ok;
}

/* Somebody else is at work: that is no failure, and the reason for our pass stays. */
static gboolean put_off(Service *self, GError *problem, GError **error)
{
	if (!error_is(problem, ERROR_REFUSED)) {
		g_propagate_error(error, problem);
		return FALSE;
	}
	if (!self->blocked)
		log_info("the pass waits: %s", problem->message);
	self->blocked = TRUE;
	self->pass_us = clock_monotonic_us() + LOOK_AGAIN;
	g_error_free(problem);
	return TRUE;
}

static gboolean pass(Service *self, GError **error)
{
	GError *busy = NULL;
	g_autoptr(State) state = state_service_open(self->place, &busy);
	g_autoptr(Result) result = result_new();
	const Pass now = { state, self->reason, clock_monotonic_us() };

	if (!state)
		return put_off(self, busy, error);
	self->blocked = FALSE;
	if (!cycle(self, state, result, error))
		return FALSE;
	self->pass_us = clock_monotonic_us() + self->config->interval_us;
	self->reason = "the interval is over";
	watch_set_passed(self->watches, result);
	if (result->unfinished)
		want_pass(self, MAKE_ROOM, "there was more to do than a slice of time");
	tell(self, &now, result);
	return find_moment(self, state, result->due_us, error);
}

/* ---- a new config ---- */

static gboolean check_new(const Service *self, const Config *config, GError **error)
{
	g_autoptr(State) state = NULL;

	if (g_strcmp0(config->state_path, self->config->state_path) != 0)
		return error_set(error, ERROR_CONFIG,
				 "'state' names another file now: '%s'\nrestart the service for "
				 "that",
				 config->state_path);
	state = state_open(config->state_path, STATE_READ, error);
	return state && pull_check_sources(config, state, error);
}

static void reload(Service *self)
{
	g_autoptr(Config) config = NULL;
	g_autoptr(GError) problem = NULL;

	notify_send(&self->notify, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
		    clock_monotonic_us());
	config = self->hooks->load(self->hooks->data);
	if (!config || !check_new(self, config, &problem)) {
		log_error("the config was not taken over, the one from before stays%s%s",
			  problem ? ": " : "", problem ? problem->message : "");
	} else {
		log_info("the config was read again");
		watch_set_free(self->watches);
		config_free(self->config);
		self->config = g_steal_pointer(&config);
		self->watches = watch_set_new(self->config);
		self->pass_us = G_MAXINT64;
		want_pass(self, 0, "the config was read again");
	}
	notify_send(&self->notify, "READY=1");
}

/* ---- waiting ---- */

static void take_signals(Service *self)
{
	struct signalfd_siginfo info;

	while (read(self->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGHUP)
			reload(self);
		else
			self->stop = TRUE;
	}
}

static int nap_ms(const Service *self)
{
	gint64 now = clock_monotonic_us(), nap = LONGEST_NAP;

	nap = MIN(nap, self->pass_us - now);
	nap = MIN(nap, watch_set_due_us(self->watches) - now);
	if (self->moment_us)
		nap = MIN(nap, self->moment_us - clock_now_us());
	if (self->notify.watchdog_us)
		nap = MIN(nap, self->notify.watchdog_us / 2);
	/* Rounded up: a nap that ends too early would be followed by many short ones. */
	return (int)((MAX(nap, 0) + 999) / 1000);
}

static void nap(Service *self)
{
	g_autofree struct pollfd *fds = g_new0(struct pollfd, watch_set_size(self->watches) + 2);
	guint count = watch_set_poll(self->watches, fds + 2) + 2;

	fds[0] = (struct pollfd){ .fd = self->signals, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = state_service_fd(self->place), .events = POLLIN };
	if (poll(fds, count, nap_ms(self)) > 0)
		watch_set_polled(self->watches, fds + 2);
	if (self->notify.watchdog_us)
		notify_send(&self->notify, "WATCHDOG=1");
}

static void look_around(Service *self)
{
	take_signals(self);
	if (self->stop)
		return;
	if (watch_set_open(self->watches) || watch_set_news(self->watches))
		want_pass(self, self->config->debounce_us, "a source has news");
	if (state_service_rung(self->place))
		want_pass(self, 0, "another command wrote the state");
	if (self->moment_us && self->moment_us <= clock_now_us()) {
		self->moment_us = 0;
		want_pass(self, 0, "a moment has come");
	}
}

static gboolean live(Service *self, GError **error)
{
	watch_set_open(self->watches);
	notify_send(&self->notify, "READY=1");
	while (!self->stop) {
		if (self->pass_us <= clock_monotonic_us() && !pass(self, error))
			return FALSE;
		look_around(self);
		if (!self->stop && self->pass_us > clock_monotonic_us())
			nap(self);
	}
	notify_send(&self->notify, "STOPPING=1");
	log_info("told to stop");
	return TRUE;
}

/* ---- the whole ---- */

static gboolean take_over_signals(Service *self, sigset_t *before, GError **error)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGHUP);
	self->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (self->signals < 0)
		return error_set(error, ERROR_FATAL, "cannot receive signals: %s",
				 g_strerror(errno));
	pthread_sigmask(SIG_BLOCK, &ours, before);
	return TRUE;
}

/* What is wrong with the state is told before anybody relies on us. */
static gboolean take_place(Service *self, GError **error)
{
	g_autoptr(State) state = NULL;
	GError *problem = NULL;

	self->place = state_service_new(self->config->state_path, error);
	if (!self->place)
		return FALSE;
	state = state_service_open(self->place, &problem);
	if (state)
		return pull_check_sources(self->config, state, error);
	return put_off(self, problem, error);
}

gboolean service_run(Config *config, const ServiceHooks *hooks, GError **error)
{
	Service self = {
		.config = config,
		.hooks = hooks,
		.watches = watch_set_new(config),
		.reason = "start",
	};
	sigset_t before;
	gboolean ok = take_over_signals(&self, &before, error);

	log_set_level(hooks->level);
	notify_init(&self.notify);
	if (ok) {
		ok = take_place(&self, error) && live(&self, error);
		close(self.signals);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	notify_clear(&self.notify);
	watch_set_free(self.watches);
	state_service_free(self.place);
	config_free(self.config);
	g_free(self.troubles);
	return ok;
}
