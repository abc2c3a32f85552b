/*
 * Watch: what it makes of a driver that tells, that fails, and that wakes us for nothing.
 */
#include <unistd.h>

#include "../../../src/run/watch_internal.h"
#include "base/error.h"
#include "base/log.h"

/* A driver whose descriptor is a pipe: one byte is one word of news; "silent" ones stay in it. */
typedef struct {
	Source base;
	int fds[2];
	gboolean broken;
} Pipe;

typedef struct {
	Config config;
	SourceConfig source;
	SourceOps ops;
	WatchSet *set;
	Pipe *pipe; /* the one that is open */
	gboolean refuse, deaf;
	ErrorKind kind; /* of the refusal */
	guint refused;
	guint opened;
} Bench;

static Source *pipe_open(const SourceSetup *setup, GError **error)
{
	Bench *bench = (Bench *)setup->conf;

	if (bench->refuse) {
		bench->refused++;
		error_set(error, bench->kind, "nobody is there");
		return NULL;
	}
	bench->pipe = g_new0(Pipe, 1);
	bench->pipe->base.ops = &bench->ops;
	bench->opened++;
	g_assert_cmpint(pipe(bench->pipe->fds), ==, 0);
	bench->pipe->broken = bench->deaf;
	return &bench->pipe->base;
}

static gboolean pipe_watch(Source *self, GError **error)
{
	return TRUE;
}

static int pipe_fd(Source *self)
{
	return ((Pipe *)self)->fds[0];
}

static gboolean pipe_news(Source *self, gboolean *news, GError **error)
{
	Pipe *pipe = (Pipe *)self;
	struct pollfd fd = { .fd = pipe->fds[0], .events = POLLIN };
	char byte;

	*news = FALSE;
	if (pipe->broken || poll(&fd, 1, 0) == 0)
		return TRUE;
	*news = read(pipe->fds[0], &byte, 1) == 1;
	return *news || error_set(error, ERROR_DOWN, "it hung up");
}

static void pipe_close(Source *self)
{
	Pipe *pipe = (Pipe *)self;

	if (!pipe)
		return;
	close(pipe->fds[0]);
	if (pipe->fds[1] >= 0)
		close(pipe->fds[1]);
	g_free(pipe);
}

static void bench_make(Bench *bench, gconstpointer deaf)
{
	bench->ops = (SourceOps){ .name = "pipe",
				  .open = pipe_open,
				  .watch = pipe_watch,
				  .watch_fd = pipe_fd,
				  .watch_news = pipe_news,
				  .close = pipe_close };
	bench->source = (SourceConfig){ .name = (char *)"corp", .ops = &bench->ops, .conf = bench };
	bench->config.sources = g_ptr_array_new();
	g_ptr_array_add(bench->config.sources, &bench->source);
	bench->deaf = deaf != NULL;
	bench->kind = ERROR_DOWN;
	bench->set = watch_set_new(&bench->config);
	log_set_level(LOG_LEVEL_ERROR);
}

static void bench_remove(Bench *bench, gconstpointer unused)
{
	(void)unused;
	watch_set_free(bench->set);
	g_ptr_array_unref(bench->config.sources);
}

/* One turn of the service's loop. */
static gboolean turn(Bench *bench)
{
	struct pollfd fds[1];
	guint count = watch_set_poll(bench->set, fds);

	if (poll(fds, count, 0) > 0)
		watch_set_polled(bench->set, fds);
	return watch_set_news(bench->set);
}

static void tell(Bench *bench)
{
	g_assert_cmpint(write(bench->pipe->fds[1], "x", 1), ==, 1);
}

static void test_news(Bench *bench, gconstpointer unused)
{
	(void)unused;
	g_assert_cmpuint(watch_set_size(bench->set), ==, 1);
	g_assert_true(watch_set_open(bench->set));
	g_assert_false(watch_set_open(bench->set));
	g_assert_false(turn(bench));
	/* However often it tells: news are no reason to give up. */
	for (guint i = 0; i < 3000; i++) {
		tell(bench);
		g_assert_true(turn(bench));
	}
	g_assert_false(turn(bench));
	g_assert_cmpuint(watch_set_connected(bench->set), ==, 1);
	g_assert_cmpint(watch_set_due_us(bench->set), ==, G_MAXINT64);
}

static void test_failure(Bench *bench, gconstpointer unused)
{
	(void)unused;
	g_assert_true(watch_set_open(bench->set));
	close(bench->pipe->fds[1]);
	bench->pipe->fds[1] = -1;
	bench->refuse = TRUE;
	g_assert_false(turn(bench));
	g_assert_cmpuint(watch_set_connected(bench->set), ==, 0);
	gint64 due = watch_set_due_us(bench->set);
	g_assert_cmpint(due, <, G_MAXINT64);
	/* The pause is kept. */
	g_assert_false(watch_set_open(bench->set));
	g_assert_cmpint(watch_set_due_us(bench->set), ==, due);
	g_assert_cmpuint(bench->opened, ==, 1);
}

static void pass(Bench *bench, gboolean refused)
{
	g_autoptr(Result) result = result_new();

	result_add_source(result, "other")->refused = !refused;
	result_add_source(result, "corp")->refused = refused;
	watch_set_passed(bench->set, result);
}

/* A wrong password is offered once, and again when a pass was let in: not after a pause. */
static void test_refused(Bench *bench, gconstpointer unused)
{
	(void)unused;
	bench->refuse = TRUE;
	bench->kind = ERROR_CONFIG;
	g_assert_false(watch_set_open(bench->set));
	g_assert_cmpint(watch_set_due_us(bench->set), ==, G_MAXINT64);
	pass(bench, TRUE);
	g_assert_false(watch_set_open(bench->set));
	g_assert_cmpuint(bench->refused, ==, 1);
	pass(bench, FALSE);
	g_assert_false(watch_set_open(bench->set));
	g_assert_cmpuint(bench->refused, ==, 2);
	pass(bench, FALSE);
	bench->refuse = FALSE;
	g_assert_true(watch_set_open(bench->set));
}

/* Always readable, never news: closed after some turns, and opened again after a pause. */
static void test_wakes_for_nothing(Bench *bench, gconstpointer unused)
{
	guint turns = 0;

	(void)unused;
	g_assert_true(watch_set_open(bench->set));
	tell(bench);
	while (watch_set_connected(bench->set) && turns < 100000) {
		g_assert_false(turn(bench));
		turns++;
	}
	g_assert_cmpuint(watch_set_connected(bench->set), ==, 0);
	g_assert_cmpuint(turns, >=, 100);
	bench->deaf = FALSE;
	while (!watch_set_open(bench->set))
		g_usleep(10000);
	g_assert_cmpuint(bench->opened, ==, 2);
	tell(bench);
	g_assert_true(turn(bench));
}

#define ADD(name, data, fn) g_test_add("/watch/" name, Bench, data, bench_make, fn, bench_remove)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("news", NULL, test_news);
	ADD("failure", NULL, test_failure);
	ADD("refused", NULL, test_refused);
	ADD("wakes-for-nothing", "deaf", test_wakes_for_nothing);
	return g_test_run();
}
