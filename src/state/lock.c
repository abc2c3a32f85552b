/*
 * Lock: one writer at a time, and knowing whether the last one ended in order.
 *
 * The lock is an open-file-description lock (F_OFD_SETLK) on "<state>.lock". The kernel gives it
 * back when the process dies, however it dies, and unlike POSIX locks it also holds between two
 * opens of one process. The file itself is never removed: two processes could otherwise hold locks
 * on two files of the same name.
 *
 * What is written in the file is for people and for the next writer:
 *
 *	empty            the last writer closed the store in order
 *	"<pid>\n"        lock held: this process writes; lock free: it died, check the store
 *
 * When it was written in last says since when the lock is held.
 *
 * "<state>.service" is locked in the same way by the one service of a state, all the time that it
 * runs; see service.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "state_internal.h"

#define LOOK_EVERY_MS 50

static gboolean fail_open(const char *path, int number, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (number == ENOENT || number == ENOTDIR)
		return error_set(error, ERROR_FATAL,
				 "cannot open the state '%s': there is no folder '%s'\n"
				 "make the folder, or correct 'state' in the config",
				 path, folder);
	return error_set(error, ERROR_FATAL,
			 "cannot open the state '%s' for writing: %s\n"
			 "the folder '%s' and the files in it must be writable for the user that "
			 "runs dirbridge",
			 path, g_strerror(number), folder);
}

/* What a process was started as, "dirbridge sync"; NULL if it cannot be seen. */
static char *process_command(gint64 pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%" G_GINT64_FORMAT "/cmdline", pid);
	g_autofree char *text = NULL;
	gsize length = 0;

	if (!g_file_get_contents(path, &text, &length, NULL) || length == 0)
		return NULL;
	for (gsize i = 0; i + 1 < length; i++) {
		if (text[i] == '\0')
			text[i] = ' ';
	}
	return g_utf8_make_valid(text, (gssize)MIN(strlen(text), 100));
}

/* "process 4711 (dirbridge sync)": whoever wrote its number into the file. New string. */
static char *describe_holder(int lock)
{
	char text[32] = "";
	gssize length = pread(lock, text, sizeof(text) - 1, 0);
	gint64 pid = length > 0 ? g_ascii_strtoll(text, NULL, 10) : 0;
	g_autofree char *command = process_command(pid);

	if (!pid)
		return g_strdup("another process");
	return g_strdup_printf("process %" G_GINT64_FORMAT " (%s)", pid,
			       command ? command : "dirbridge");
}

/* "12 s", "5 min", "3 h": since the file was written in. New string. */
static char *describe_span(int lock)
{
	struct stat file;
	gint64 span = fstat(lock, &file) == 0
			      ? clock_now_us() - file.st_mtim.tv_sec * CLOCK_SECOND -
					file.st_mtim.tv_nsec / 1000
			      : 0;

	span = MAX(span, 0);
	if (span < 2 * CLOCK_MINUTE)
		return g_strdup_printf("%" G_GINT64_FORMAT " s", span / CLOCK_SECOND);
	if (span < 2 * CLOCK_HOUR)
		return g_strdup_printf("%" G_GINT64_FORMAT " min", span / CLOCK_MINUTE);
	return g_strdup_printf("%" G_GINT64_FORMAT " h", span / CLOCK_HOUR);
}

static gboolean fail_held(const char *path, int lock, GError **error)
{
	g_autofree char *holder = describe_holder(lock), *span = describe_span(lock);

	return error_set(error, ERROR_REFUSED,
			 "the state '%s' is in use by %s, for %s now\n"
			 "wait for it to end (a service: its pass), or stop it if it hangs; the "
			 "lock goes with the process",
			 path, holder, span);
}

static gboolean fail_served(const char *path, int lock, GError **error)
{
	g_autofree char *holder = describe_holder(lock);

	return error_set(error, ERROR_REFUSED,
			 "there is a service for the state '%s' already: %s\n"
			 "one state has one service; stop that one first",
			 path, holder);
}

static gboolean write_pid(int lock)
{
	g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
	gssize length = (gssize)strlen(text);

	return ftruncate(lock, 0) == 0 && pwrite(lock, text, (gsize)length, 0) == length;
}

static int open_file(const char *path, const char *suffix, GError **error)
{
	g_autofree char *name = g_strconcat(path, suffix, NULL);
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		fail_open(path, errno, error);
	return fd;
}

/* 0, or the number of the failure; EAGAIN: somebody else has it. */
static int try_lock(int fd)
{
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &wanted) == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}

static int wait_for_lock(int fd, gint64 patience_us)
{
	gint64 end_us = clock_monotonic_us() + patience_us;
	int number = try_lock(fd);

	while (number == EAGAIN && clock_monotonic_us() < end_us) {
		clock_sleep_ms(LOOK_EVERY_MS);
		number = try_lock(fd);
	}
	return number;
}

gboolean lock_take(const char *path, gint64 patience_us, int *lock, gboolean *died, GError **error)
{
	struct stat file;
	int fd = open_file(path, ".lock", error), number;

	if (fd < 0)
		return FALSE;
	number = wait_for_lock(fd, patience_us);
	if (number == 0 && fstat(fd, &file) == 0 && write_pid(fd)) {
		*lock = fd;
		*died = file.st_size > 0;
		return TRUE;
	}
	if (number == EAGAIN)
		fail_held(path, fd, error);
	else
		fail_open(path, number ? number : errno, error);
	close(fd);
	return FALSE;
}

gboolean lock_serve(const char *path, int *lock, GError **error)
{
	int fd = open_file(path, ".service", error), number;

	if (fd < 0)
		return FALSE;
	number = try_lock(fd);
	if (number == 0 && write_pid(fd)) {
		*lock = fd;
		return TRUE;
	}
	if (number == EAGAIN)
		fail_served(path, fd, error);
	else
		fail_open(path, number ? number : errno, error);
	close(fd);
	return FALSE;
}

int lock_lift_bell(const char *path)
{
	g_autofree char *name = g_strconcat(path, ".service", NULL);

	return open(name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

void lock_release(int lock, gboolean clean)
{
	if (lock < 0)
		return;
	/* Should this fail, the next writer checks the store once more than needed. */
	if (clean && ftruncate(lock, 0) != 0)
		g_debug("could not empty the lock file: %s", g_strerror(errno));
	close(lock);
}
