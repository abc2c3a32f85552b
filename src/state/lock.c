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
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "state_internal.h"

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

static gboolean fail_held(const char *path, const char *holder, GError **error)
{
	gint64 pid = g_ascii_strtoll(holder, NULL, 10);
	g_autofree char *command = process_command(pid);

	return error_set(
		error, ERROR_REFUSED,
		"the state '%s' is in use by process %" G_GINT64_FORMAT " (%s)\n"
		"wait for it to end, or stop it if it hangs; the lock goes with the process",
		path, pid, command ? command : "dirbridge");
}

static gboolean write_pid(int lock)
{
	g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());
	gssize length = (gssize)strlen(text);

	return ftruncate(lock, 0) == 0 && pwrite(lock, text, (gsize)length, 0) == length;
}

gboolean lock_take(const char *path, int *lock, gboolean *died, GError **error)
{
	g_autofree char *name = g_strconcat(path, ".lock", NULL);
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char holder[32] = "";

	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_open(path, errno, error);
	int locked = fcntl(fd, F_OFD_SETLK, &wanted);
	int number = errno;
	gssize length = pread(fd, holder, sizeof(holder) - 1, 0);
	if (locked == 0 && length >= 0 && write_pid(fd)) {
		*lock = fd;
		*died = length > 0;
		return TRUE;
	}
	if (locked == 0)
		number = errno;
	close(fd);
	if (locked != 0 && (number == EAGAIN || number == EACCES))
		return fail_held(path, holder, error);
	return fail_open(path, number, error);
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
