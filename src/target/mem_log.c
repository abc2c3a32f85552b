/*
 * The file of the mem driver: effects, a line of JSON each. They are replayed when it is opened,
 * and each new one is appended and flushed to the disk before anybody is told of it.
 *
 * A crash can leave half a line at the end. That effect did not happen, and the half is cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "mem_internal.h"

struct MemLog {
	char *path;
	int fd; /* -1 once a line could not be written */
};

/* Replays whole lines; *whole is where they end. */
static gboolean replay(const MemLog *self, const char *text, gsize length, gsize *whole,
		       MemTakeFn take, void *data, GError **error)
{
	guint line = 1;

	for (*whole = 0; *whole < length; line++) {
		const char *start = text + *whole;
		const char *end = memchr(start, '\n', length - *whole);
		if (!end)
			return TRUE;
		g_autoptr(json_t) effect = json_parse_bounded(start, (gsize)(end - start), NULL);
		if (!effect || !take(effect, data))
			return error_set(error, ERROR_DOWN,
					 "line %u of '%s' is no effect on the mem target", line,
					 self->path);
		*whole += (gsize)(end - start) + 1;
	}
	return TRUE;
}

static gboolean load(MemLog *self, MemTakeFn take, void *data, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) cause = NULL;
	gsize length, whole;

	self->fd = open(self->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (self->fd < 0)
		return error_set(error, ERROR_DOWN, "cannot open '%s': %s", self->path,
				 g_strerror(errno));
	if (!g_file_get_contents(self->path, &text, &length, &cause))
		return error_set(error, ERROR_DOWN, "cannot read '%s': %s", self->path,
				 cause->message);
	if (!replay(self, text, length, &whole, take, data, error))
		return FALSE;
	if (whole < length && ftruncate(self->fd, (off_t)whole) != 0)
		return error_set(error, ERROR_DOWN, "cannot cut a torn line off '%s': %s",
				 self->path, g_strerror(errno));
	return TRUE;
}

MemLog *mem_log_open(const char *path, MemTakeFn take, void *data, GError **error)
{
	MemLog *self = g_new0(MemLog, 1);

	self->fd = -1;
	self->path = g_strdup(path);
	if (load(self, take, data, error))
		return self;
	mem_log_close(self);
	return NULL;
}

void mem_log_close(MemLog *self)
{
	if (!self)
		return;
	if (self->fd >= 0)
		close(self->fd);
	g_free(self->path);
	g_free(self);
}

gboolean mem_log_append(MemLog *self, const json_t *effect)
{
	g_autofree char *text = json_canonical(effect);
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	gssize length = (gssize)strlen(line);

	if (self->fd >= 0 && write(self->fd, line, (gsize)length) == length && fsync(self->fd) == 0)
		return TRUE;
	/* Half a line may stand there now; nothing may follow it. */
	if (self->fd >= 0)
		close(self->fd);
	self->fd = -1;
	return FALSE;
}
