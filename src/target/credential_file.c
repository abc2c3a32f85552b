/*
 * A small private file that survives everything: the cache of tokens.
 *
 *	/var/lib/dirbridge/state.db.tokens/      0700
 *	        zoom.token                       0600, replaced as a whole
 *	        zoom.token.new                   0600, the next one, while it is written
 *	        zoom.lock                        0600, flock(2); never removed
 *
 * With a service that rotates refresh tokens the file holds what nobody can get again without an
 * administrator at the service. So a write must not fail for want of space after the old token is
 * used up: the new file is filled with padding and synced before the request goes out, then
 * overwritten in place, cut, synced and renamed; the folder is synced after that. (On a file system
 * that writes anew what is overwritten this makes a failure rarer, not impossible.)
 *
 * A service and a command by hand share the tokens. The lock makes reading, refreshing and writing
 * one step; it ends with its process. When root runs the command, what it makes belongs to whom the
 * folder of the state belongs to, or the service could not read it afterwards.
 *
 * What others can read is no secret any more, and what others could have written is not to be
 * trusted: both are refused, with the command that mends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "credential_internal.h"

#define READ_MAX ((gsize)1024 * 1024)

struct CredentialFile {
	char *folder, *path; /* path: for messages */
	char *name, *name_new, *name_lock;
	int folder_fd, lock_fd, new_fd; /* -1: not open */
	uid_t keeper;                   /* who owns the folder of the state */
	gid_t keeper_group;
};

static gboolean failed(GError **error, const char *what, const char *path)
{
	int number = errno;

	/* Whoever made it meant another place for the tokens; there is a setting for that. */
	if (number == ELOOP)
		return error_set(
			error, ERROR_CONFIG,
			"'%s' is a symbolic link, which is not followed\nremove it; to keep "
			"tokens elsewhere, set state to a file there",
			path);
	return error_set(error, number == EACCES || number == EPERM ? ERROR_CONFIG : ERROR_DOWN,
			 "cannot %s '%s': %s", what, path, g_strerror(number));
}

CredentialFile *credential_file_new(const char *folder, const char *name)
{
	CredentialFile *self = g_new0(CredentialFile, 1);

	self->folder = g_strdup(folder);
	self->name = g_strconcat(name, ".token", NULL);
	self->name_new = g_strconcat(name, ".token.new", NULL);
	self->name_lock = g_strconcat(name, ".lock", NULL);
	self->path = g_build_filename(folder, self->name, NULL);
	self->folder_fd = self->lock_fd = self->new_fd = -1;
	return self;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void credential_file_free(CredentialFile *self)
{
	if (!self)
		return;
	credential_file_unlock(self);
	close_one(&self->folder_fd);
	g_free(self->folder);
	g_free(self->path);
	g_free(self->name);
	g_free(self->name_new);
	g_free(self->name_lock);
	g_free(self);
}

const char *credential_file_path(const CredentialFile *self)
{
	return self->path;
}

/* Whose it is ---------------------------------------------------------------------------------- */

/* What root makes for a service is given to it. */
static gboolean give_away(const CredentialFile *self, int fd)
{
	return geteuid() != 0 || self->keeper == 0 ||
	       fchown(fd, self->keeper, self->keeper_group) == 0;
}

static gboolean check_owner(const CredentialFile *self, const struct stat *status, const char *path,
			    GError **error)
{
	if (status->st_uid == geteuid() || (geteuid() == 0 && status->st_uid == self->keeper))
		return TRUE;
	return error_set(error, ERROR_CONFIG,
			 "'%s' belongs to somebody else (user id %u), so it is not used\n"
			 "run as that user, or chown it",
			 path, (guint)status->st_uid);
}

static gboolean check_file(const CredentialFile *self, const struct stat *status, GError **error)
{
	if (!S_ISREG(status->st_mode))
		return error_set(error, ERROR_CONFIG, "'%s' is not a regular file\nremove it",
				 self->path);
	if (status->st_mode & (S_IRWXG | S_IRWXO))
		return error_set(error, ERROR_CONFIG,
				 "others can read or change '%s' (mode %04o), so it is not used\n"
				 "chmod 600 it, and get a new credential if somebody may have seen "
				 "it",
				 self->path, (guint)status->st_mode & 07777);
	return check_owner(self, status, self->path, error);
}

/* The folder ----------------------------------------------------------------------------------- */

static void find_keeper(CredentialFile *self)
{
	g_autofree char *above = g_path_get_dirname(self->folder);
	struct stat status;

	self->keeper = geteuid();
	self->keeper_group = getegid();
	if (stat(above, &status) == 0) {
		self->keeper = status.st_uid;
		self->keeper_group = status.st_gid;
	}
}

static gboolean check_folder(CredentialFile *self, gboolean made, GError **error)
{
	struct stat status;

	if (fstat(self->folder_fd, &status) != 0)
		return failed(error, "look at", self->folder);
	if (made && !give_away(self, self->folder_fd))
		return failed(error, "hand over", self->folder);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return error_set(
			error, ERROR_CONFIG,
			"others can change what is in '%s' (mode %04o), so it is not used\n"
			"chmod 700 it",
			self->folder, (guint)status.st_mode & 07777);
	return made || check_owner(self, &status, self->folder, error);
}

static gboolean open_folder(CredentialFile *self, GError **error)
{
	gboolean made;

	if (self->folder_fd >= 0)
		return TRUE;
	find_keeper(self);
	made = mkdir(self->folder, 0700) == 0;
	if (!made && errno != EEXIST)
		return failed(error, "make the folder for tokens", self->folder);
	self->folder_fd = open(self->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (self->folder_fd < 0)
		return failed(error, "open the folder for tokens", self->folder);
	if (check_folder(self, made, error))
		return TRUE;
	close_one(&self->folder_fd);
	return FALSE;
}

/* The lock ------------------------------------------------------------------------------------- */

/* Two that begin at once both get the one file: whoever comes second opens the first one's. */
static int open_lock(CredentialFile *self)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
	int fd = openat(self->folder_fd, self->name_lock, flags);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	fd = openat(self->folder_fd, self->name_lock, flags | O_CREAT | O_EXCL, 0600);
	if (fd < 0 && errno == EEXIST)
		return openat(self->folder_fd, self->name_lock, flags);
	if (fd >= 0 && !give_away(self, fd))
		close_one(&fd);
	return fd;
}

gboolean credential_file_lock(CredentialFile *self, gboolean *got, GError **error)
{
	if (!open_folder(self, error))
		return FALSE;
	if (self->lock_fd < 0)
		self->lock_fd = open_lock(self);
	if (self->lock_fd < 0)
		return failed(error, "open the lock of", self->path);
	*got = flock(self->lock_fd, LOCK_EX | LOCK_NB) == 0;
	return *got || errno == EWOULDBLOCK || errno == EINTR || failed(error, "lock", self->path);
}

void credential_file_unlock(CredentialFile *self)
{
	if (self->new_fd >= 0)
		unlinkat(self->folder_fd, self->name_new, 0);
	close_one(&self->new_fd);
	close_one(&self->lock_fd);
}

/* Reading -------------------------------------------------------------------------------------- */

static gboolean read_all(int fd, char *into, gsize size, gsize *length)
{
	gssize got;

	for (*length = 0; *length < size; *length += (gsize)got) {
		got = read(fd, into + *length, size - *length);
		if (got < 0 && errno == EINTR)
			got = 0;
		else if (got <= 0)
			return got == 0;
	}
	return TRUE;
}

static gboolean read_open(const CredentialFile *self, int fd, char **text, gsize *length,
			  GError **error)
{
	struct stat status;
	gsize size;
	char *bytes;

	if (fstat(fd, &status) != 0)
		return failed(error, "look at", self->path);
	if (!check_file(self, &status, error))
		return FALSE;
	/* What is larger than any cache is cut, and so found damaged. */
	size = MIN((gsize)status.st_size, READ_MAX);
	bytes = g_malloc0(size + 1);
	if (!read_all(fd, bytes, size, length)) {
		g_free(bytes);
		return failed(error, "read", self->path);
	}
	*text = bytes;
	return TRUE;
}

gboolean credential_file_read(CredentialFile *self, char **text, gsize *length, GError **error)
{
	gboolean ok;
	int fd = openat(self->folder_fd, self->name,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*text = NULL;
	if (fd < 0)
		return errno == ENOENT || failed(error, "open", self->path);
	ok = read_open(self, fd, text, length, error);
	close(fd);
	return ok;
}

/* Writing -------------------------------------------------------------------------------------- */

static gboolean open_new(CredentialFile *self)
{
	if (self->new_fd >= 0)
		return TRUE;
	/* One that is there is of a process that died: we have the lock. */
	unlinkat(self->folder_fd, self->name_new, 0);
	self->new_fd = openat(self->folder_fd, self->name_new,
			      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return self->new_fd >= 0 && fchmod(self->new_fd, 0600) == 0 &&
	       give_away(self, self->new_fd);
}

static gboolean write_at_start(int fd, const char *bytes, gsize length)
{
	for (gsize done = 0; done < length;) {
		gssize n = pwrite(fd, bytes + done, length - done, (off_t)done);
		if (n < 0 && errno != EINTR)
			return FALSE;
		if (n > 0)
			done += (gsize)n;
	}
	return TRUE;
}

static gboolean write_failed(CredentialFile *self, GError **error)
{
	failed(error, "write", self->path);
	if (self->new_fd >= 0)
		unlinkat(self->folder_fd, self->name_new, 0);
	close_one(&self->new_fd);
	return FALSE;
}

gboolean credential_file_reserve(CredentialFile *self, gsize bytes, GError **error)
{
	g_autofree char *padding = g_malloc(bytes);

	memset(padding, ' ', bytes);
	if (open_new(self) && write_at_start(self->new_fd, padding, bytes) &&
	    fsync(self->new_fd) == 0)
		return TRUE;
	return write_failed(self, error);
}

gboolean credential_file_write(CredentialFile *self, const char *text, gsize length, GError **error)
{
	if (!open_new(self) || !write_at_start(self->new_fd, text, length) ||
	    ftruncate(self->new_fd, (off_t)length) != 0 || fsync(self->new_fd) != 0 ||
	    renameat(self->folder_fd, self->name_new, self->folder_fd, self->name) != 0)
		return write_failed(self, error);
	close_one(&self->new_fd);
	return fsync(self->folder_fd) == 0 || failed(error, "write", self->folder);
}
